/* case/shares_open.c -- somebody comes with a link: counted, told, shown what it names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case/shares_priv.h"

enum {
    VISIT_S = 12 * 3600, /* how long who has come in may read on */
    VISIT_BYTES = 128
};

/* A link that somebody came with. */
struct opening {
    struct nw_desk *desk;
    const char *hidden;
    const char *visit; /* what he was given when he came in, or NULL */
    bool enters;       /* counts */
    int64_t most;
    char id[NW_ID_TEXT], case_id[NW_ID_TEXT], until[NW_TIME_TEXT];
    char given[VISIT_BYTES];
    json_t *shown, *files;
};

/* One sentence for a link that never was, has ended, or was taken back. */
static bool no_link(struct nw_err *err)
{
    return nw_fail(err, NW_ERR_NOTFOUND, "there is nothing at this address");
}

/* "seconds.digest": who has it came in then by this link. */
static bool write_visit(struct opening *o, int64_t seconds, struct nw_err *err)
{
    char what[VISIT_BYTES], hex[NW_DIGEST_TEXT];
    nw_digest digest;
    (void)snprintf(what, sizeof what, "%s %lld", o->id, (long long)seconds);
    if (!nw_desk_derive(o->desk, "share.visit", what, &digest, err))
        return false;
    nw_digest_format(&digest, hex);
    nw_wipe(&digest, sizeof digest);
    (void)snprintf(o->given, sizeof o->given, "%lld.%s", (long long)seconds, hex);
    return true;
}

/* Leaves the visit in o->given, or a new one there. */
static bool is_visiting(struct opening *o, const char *now, bool *is, struct nw_err *err)
{
    int64_t seconds = 0;
    *is = false;
    if (!nw_time_parse(now, &seconds))
        return no_link(err);
    const int64_t since = o->visit ? strtoll(o->visit, NULL, 10) : 0;
    if (o->visit && since <= seconds && since > seconds - VISIT_S) {
        if (!write_visit(o, since, err))
            return false;
        const size_t len = strlen(o->given);
        *is = strlen(o->visit) == len && nw_same_secret(o->visit, o->given, len);
    }
    return *is || write_visit(o, seconds, err);
}

static bool read_share(struct nw_tx *tx, struct opening *o, const char *now, int64_t *opened,
                       struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena,
                     "SELECT id, case_id, until, shown, files, most, opened FROM shares WHERE "
                     "token = ? AND revoked IS NULL AND until > ?",
                     NW_VALUES(NW_STRING(o->hidden), NW_STRING(now)), &rows, err))
        return false;
    if (!rows.count)
        return no_link(err);
    (void)snprintf(o->id, sizeof o->id, "%s", nw_row_text(&rows, 0, 0));
    (void)snprintf(o->case_id, sizeof o->case_id, "%s", nw_row_text(&rows, 0, 1));
    (void)snprintf(o->until, sizeof o->until, "%s", nw_row_text(&rows, 0, 2));
    o->most = nw_row_whole(&rows, 0, 5);
    *opened = nw_row_whole(&rows, 0, 6);
    json_decref(o->shown);
    json_decref(o->files);
    o->shown = json_loads(nw_row_text(&rows, 0, 3), 0, NULL);
    o->files = json_loads(nw_row_text(&rows, 0, 4), 0, NULL);
    return (o->shown && o->files) || nw_no_memory(err);
}

/* A link that may be opened so many times shows its files to who was counted when he came. */
static bool open_share(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct opening *o = (struct opening *)context;
    char now[NW_TIME_TEXT];
    int64_t opened = 0;
    bool visiting;
    if (!nw_share_now(tx, now, err) || !read_share(tx, o, now, &opened, err) ||
        !is_visiting(o, now, &visiting, err))
        return false;
    if (visiting || (!o->enters && !o->most))
        return true;
    if (!o->enters || (o->most && opened >= o->most))
        return no_link(err);
    return nw_tx_run(tx, "UPDATE shares SET opened = opened + 1 WHERE id = ?",
                     NW_VALUES(NW_STRING(o->id)), NULL, err);
}

static bool come_in(struct nw_desk *desk, const char *token, const char *visit, bool enters,
                    struct opening *o, struct nw_err *err)
{
    char hidden[NW_DIGEST_TEXT];
    nw_digest digest;
    if (strlen(token) >
        2 * NW_SHARE_TOKEN_BYTES) /* no secret is so long; shorter ones are none */
        return no_link(err);
    if (!nw_hash_bytes(token, strlen(token), &digest, err))
        return false;
    nw_digest_format(&digest, hidden);
    *o = (struct opening){.desk = desk, .hidden = hidden, .visit = visit, .enters = enters};
    const bool good = enters ? nw_store_write(desk->store, open_share, o, err)
                             : nw_store_read(desk->store, open_share, o, err);
    if (good)
        return true;
    json_decref(o->shown);
    json_decref(o->files);
    return false;
}

static bool note_opening(struct nw_desk *desk, const struct opening *o, const char *what,
                         const char *address, struct nw_err *err)
{
    json_t *body = json_pack("{s:s, s:s, s:s}", "share", o->id, "what", what, "address",
                             address ? address : "");
    const struct nw_row row = {.case_id = o->case_id, .act = "share.open", .body = body};
    const bool good = body ? nw_ledger_note(desk->ledger, &row, err) : nw_no_memory(err);
    json_decref(body);
    return good;
}

static json_t *outside_json(struct nw_desk *desk, const struct opening *o, struct nw_err *err)
{
    json_t *list = json_array();
    size_t i;
    const json_t *one;
    json_array_foreach(o->files, i, one)
    {
        nw_digest digest;
        uint64_t bytes = 0;
        const char *hex = json_string_value(json_object_get(one, "sha256"));
        struct nw_blob_reader *reader = hex && nw_digest_parse(hex, &digest)
                                            ? nw_blob_open(desk->blobs, &digest, &bytes, err)
                                            : NULL;
        if (!reader) {
            json_decref(list);
            return NULL;
        }
        nw_blob_close(reader);
        (void)json_array_append_new(
            list,
            json_pack("{s:I, s:O, s:O, s:O, s:I}", "file", (json_int_t)i + 1, "name",
                      json_object_get(one, "name"), "kind", json_object_get(one, "kind"),
                      "media", json_object_get(one, "media"), "bytes", (json_int_t)bytes));
    }
    json_t *about = json_copy(o->shown);
    (void)json_object_del(about, "label");
    json_t *out =
        json_pack("{s:O, s:s, s:o, s:o, s:s}", "label", json_object_get(o->shown, "label"),
                  "until", o->until, "case", about, "files", list, "visit", o->given);
    if (!out)
        (void)nw_no_memory(err);
    return out;
}

bool nw_share_look(struct nw_desk *desk, const char *token, const char *visit,
                   const char *address, json_t **reply, struct nw_err *err)
{
    struct opening o;
    if (!come_in(desk, token, visit, true, &o, err))
        return false;
    *reply = note_opening(desk, &o, "list", address, err) ? outside_json(desk, &o, err) : NULL;
    json_decref(o.shown);
    json_decref(o.files);
    return *reply != NULL;
}

static bool open_file(struct nw_desk *desk, const struct opening *o, size_t index,
                      const char *address, struct nw_desk_file *out, struct nw_err *err)
{
    const json_t *one = json_array_get(o->files, index);
    const char *hex = json_string_value(json_object_get(one, "sha256"));
    const char *name = json_string_value(json_object_get(one, "name"));
    nw_digest digest;
    if (!hex || !name || !nw_digest_parse(hex, &digest))
        return no_link(err);
    if (!note_opening(desk, o, name, address, err))
        return false;
    (void)snprintf(out->name, sizeof out->name, "%s", name);
    (void)snprintf(out->media, sizeof out->media, "%s",
                   json_string_value(json_object_get(one, "media")));
    out->reader = nw_blob_open(desk->blobs, &digest, &out->bytes, err);
    return out->reader != NULL;
}

bool nw_share_file(struct nw_desk *desk, const char *token, const char *file, const char *visit,
                   const char *address, struct nw_desk_file *out, struct nw_err *err)
{
    struct opening o;
    char *end = NULL;
    const long number = strtol(file, &end, 10);
    *out = (struct nw_desk_file){0};
    if (!come_in(desk, token, visit, false, &o, err))
        return false;
    const bool good = *file && !*end && number >= 1 && number <= NW_SHARE_FILES
                          ? open_file(desk, &o, (size_t)number - 1, address, out, err)
                          : no_link(err);
    json_decref(o.shown);
    json_decref(o.files);
    return good;
}
