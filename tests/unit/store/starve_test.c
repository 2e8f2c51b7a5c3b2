/* tests/unit/store/starve_test.c -- rows and blobs when any one allocation fails. */
#include "starve.h"

#include "place.h"
#include "store/blob.h"

static char blob_folder[200], key_file[200];

static bool put_and_get(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct nw_arena arena = {0};
    struct nw_rows rows;
    (void)context;
    const bool ok = nw_tx_run(tx,
                              "INSERT INTO settings (name, value) VALUES (?, ?)"
                              " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                              NW_VALUES(NW_STRING("a"), NW_STRING("1")), NULL, err) &&
                    nw_tx_query(tx, &arena, "SELECT name, value, NULL FROM settings",
                                NW_NO_VALUES, &rows, err);
    if (ok)
        CHECK(rows.count == 1 && strcmp(nw_row_text(&rows, 0, 1), "1") == 0);
    nw_arena_release(&arena);
    return ok;
}

static bool open_write_close(struct nw_err *err)
{
    struct nw_store *store = nw_store_open(place.where, err);
    const bool ok = store && nw_store_write(store, put_and_get, NULL, err);
    nw_store_close(store);
    return ok;
}

static void a_store_survives_every_failed_allocation(void)
{
    (void)place_new();
    CHECK(unit_starve(open_write_close) > 5);
}

static uint8_t content[70000], back[70000];

static bool blob_there_and_back(struct nw_err *err)
{
    nw_digest digest;
    uint64_t bytes;
    bool ok = false;
    struct nw_blobs *blobs = nw_blobs_open(blob_folder, key_file, err);
    struct nw_blob_writer *w = blobs ? nw_blob_resume(blobs, "up", &bytes, err) : NULL;
    if (w && !nw_blob_write(w, content, sizeof content, err)) {
        nw_blob_drop(w);
        w = NULL;
    }
    if (w && nw_blob_finish(w, &digest, &bytes, err)) {
        struct nw_blob_reader *r = nw_blob_open(blobs, &digest, &bytes, err);
        ok = r && bytes == sizeof content && nw_blob_read(r, 0, back, sizeof back, err);
        nw_blob_close(r);
        ok = ok && nw_blob_check(blobs, &digest, err);
    }
    if (ok)
        CHECK(memcmp(back, content, sizeof back) == 0);
    nw_blobs_close(blobs);
    return ok;
}

static void a_blob_survives_every_failed_allocation(void)
{
    (void)snprintf(blob_folder, sizeof blob_folder, "%s/blobs", place.folder);
    (void)snprintf(key_file, sizeof key_file, "%s/site.key", place.folder);
    memset(content, 7, sizeof content);
    CHECK(unit_starve(blob_there_and_back) > 5);
}

static void tests(void)
{
    UNIT(a_store_survives_every_failed_allocation);
    if (!place.postgres)
        UNIT(a_blob_survives_every_failed_allocation);
}

int main(void)
{
    return place_run(tests);
}
