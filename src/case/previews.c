/*
 * Previews: files whose name has ".preview." in it, as "plate.preview.stl". They are of use
 * while somebody works, and are no records: not listed, in no dossier and no link. The next one
 * of that name by the same person takes its place; the real one ("plate.stl") and a day end it.
 *
 * Their row in case_files has the ledger's row that tells of it as its number, below zero:
 * whose it is and since when stands there.
 */
#include <stdio.h>
#include <string.h>

#include "case/jobs_priv.h"
#include "case/retention.h"

enum { KEPT_S = 24 * 60 * 60, AT_ONCE = 1000 };

bool nw_is_preview(const char *name)
{
    return strstr(name, ".preview.") != NULL;
}

/* The bytes go when the sweep of retention finds that nobody else has them. */
static bool drop_one(struct nw_tx *tx, const struct nw_rows *rows, size_t row, const char *time,
                     struct nw_err *err)
{
    const char *case_id = nw_row_text(rows, row, 0), *sha256 = nw_row_text(rows, row, 2);
    json_t *body = json_pack("{s:s, s:s}", "name", nw_row_text(rows, row, 3), "sha256", sha256);
    const struct nw_row told = {.case_id = case_id, .act = "file.drop", .body = body};
    const bool good =
        body &&
        nw_tx_run(tx, "DELETE FROM case_files WHERE case_id = ? AND number = ?",
                  NW_VALUES(NW_STRING(case_id), NW_WHOLE(nw_row_whole(rows, row, 1))), NULL,
                  err) &&
        nw_tx_run(tx,
                  "INSERT INTO doomed (sha256, bytes, since) SELECT b.sha256, b.bytes, ? FROM "
                  "blobs b WHERE b.sha256 = ? AND NOT EXISTS (SELECT 1 FROM case_files f WHERE "
                  "f.sha256 = b.sha256) ON CONFLICT DO NOTHING",
                  NW_VALUES(NW_STRING(time), NW_STRING(sha256)), NULL, err) &&
        nw_tx_run(tx,
                  "DELETE FROM blobs WHERE sha256 = ? AND NOT EXISTS (SELECT 1 FROM case_files "
                  "WHERE sha256 = ?)",
                  NW_VALUES(NW_STRING(sha256), NW_STRING(sha256)), NULL, err) &&
        nw_ledger_append(tx, &told, time, NULL, NULL, err);
    json_decref(body);
    return good || (err->code ? false : nw_no_memory(err));
}

#define PREVIEWS                                                                               \
    "SELECT f.case_id, f.number, f.sha256, f.name FROM case_files f JOIN ledger l ON "         \
    "l.number = -f.number WHERE f.number < 0 AND "

static bool drop_all(struct nw_tx *tx, const struct nw_rows *rows, const char *time,
                     struct nw_err *err)
{
    for (size_t i = 0; i < rows->count; i++)
        if (!drop_one(tx, rows, i, time, err))
            return false;
    return true;
}

bool nw_previews_make_way(struct nw_tx *tx, const struct nw_kept_file *file, const char *time,
                          struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    const struct nw_value values[] = {NW_STRING(file->case_id), NW_STRING(file->name),
                                      NW_STRING(file->person)};
    const bool is = nw_is_preview(file->name);
    return nw_tx_query(tx, &arena,
                       is ? PREVIEWS "f.case_id = ? AND f.name = ? AND l.person = ?"
                          : PREVIEWS "f.case_id = ? AND replace(f.name, '.preview.', '.') = ?",
                       values, is ? 3 : 2, &rows, err) &&
           drop_all(tx, &rows, time, err);
}

static bool find_old(struct nw_tx *tx, struct nw_arena *arena, struct nw_rows *rows,
                     struct nw_err *err)
{
    char now[NW_TIME_TEXT], before[NW_TIME_TEXT];
    nw_time_now(now);
    nw_time_after(now, -KEPT_S, before);
    return nw_tx_query(tx, arena, PREVIEWS "l.time < ? ORDER BY f.number DESC LIMIT ?",
                       NW_VALUES(NW_STRING(before), NW_WHOLE(AT_ONCE)), rows, err);
}

static bool any_old(struct nw_tx *tx, void *context, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!find_old(tx, &arena, &rows, err))
        return false;
    *(bool *)context = rows.count > 0;
    return true;
}

static bool drop_old(struct nw_tx *tx, void *context, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    char time[NW_TIME_TEXT];
    (void)context;
    return nw_ledger_time(tx, time, err) && find_old(tx, &arena, &rows, err) &&
           drop_all(tx, &rows, time, err);
}

bool nw_previews_sweep(struct nw_desk *desk, struct nw_err *err)
{
    bool any = false;
    return nw_store_read(desk->store, any_old, &any, err) &&
           (!any || nw_store_write(desk->store, drop_old, NULL, err));
}
