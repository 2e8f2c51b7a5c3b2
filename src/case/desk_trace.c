/* Exercises in tracing: a device drawn by chance, whose case then has to show its whole chain.
 */
#include <string.h>

#include "case/desk_priv.h"

struct drawing {
    struct nw_desk *desk;
    const struct nw_session *who;
    json_t *reply;
    char case_id[NW_ID_TEXT];
};

/* Evenly, of 0 .. count - 1; `count` is far below 2^64. */
static bool draw_of(int64_t count, int64_t *out, struct nw_err *err)
{
    uint64_t random;
    if (!nw_random(&random, sizeof random, err))
        return false;
    *out = (int64_t)(random % (uint64_t)count);
    return true;
}

static bool draw(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct drawing *drawing = (struct drawing *)context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    int64_t at = 0;
    json_decref(drawing->reply);
    drawing->reply = NULL;
    if (!nw_tx_query(tx, &arena, "SELECT COUNT(device_code) FROM cases", NULL, 0, &rows, err))
        return false;
    const int64_t count = nw_row_whole(&rows, 0, 0);
    if (count < 1)
        return nw_fail(err, NW_ERR_NOTFOUND, "no device has a code yet: there is none to draw");
    if (!draw_of(count, &at, err) ||
        !nw_tx_query(tx, &arena,
                     "SELECT id, number, device_code FROM cases WHERE device_code IS NOT NULL "
                     "ORDER BY device_code LIMIT 1 OFFSET ?",
                     NW_VALUES(NW_WHOLE(at)), &rows, err) ||
        !nw_case_open_to(drawing->desk, tx, drawing->who, nw_row_text(&rows, 0, 0), err))
        return false;
    (void)snprintf(drawing->case_id, sizeof drawing->case_id, "%s", nw_row_text(&rows, 0, 0));
    drawing->reply = json_pack("{s:s, s:s, s:s, s:I}", "case", drawing->case_id, "number",
                               nw_row_text(&rows, 0, 1), "device_code",
                               nw_row_text(&rows, 0, 2), "of", (json_int_t)count);
    return drawing->reply || nw_no_memory(err);
}

bool nw_desk_draw(struct nw_desk *desk, const struct nw_session *who, json_t **reply,
                  struct nw_err *err)
{
    struct drawing drawing = {.desk = desk, .who = who};
    if (!nw_store_read(desk->store, draw, &drawing, err)) {
        json_decref(drawing.reply);
        return false;
    }
    json_t *body = json_pack("{s:O}", "of", json_object_get(drawing.reply, "of"));
    const struct nw_row row = {.person = who->person,
                               .session = who->id,
                               .case_id = drawing.case_id,
                               .act = "trace.draw",
                               .body = body};
    const bool good = body ? nw_ledger_note(desk->ledger, &row, err) : nw_no_memory(err);
    json_decref(body);
    if (good)
        *reply = drawing.reply;
    else /* what could not be put on record is not shown */
        json_decref(drawing.reply);
    return good;
}
