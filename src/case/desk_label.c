/* Labels: what a scanner reads opens the case it belongs to, and each print is on record. */
#include <stdio.h>
#include <string.h>

#include "case/desk_priv.h"
#include "core/udi.h"

enum { SCAN_MOST = 500, REASON_MOST = 500, LIKELY_MOST = 500 };

struct scanning {
    struct nw_desk *desk;
    const struct nw_session *who;
    const char *text;
    json_t *reply;
    char case_id[NW_ID_TEXT];
};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* What stands on a telephone's code: the case's address, or its name. */
static const char *name_in(const char *text)
{
    const char *slash = strrchr(text, '/');
    return slash && strncmp(text, "http", 4) == 0 ? slash + 1 : text;
}

/* The device of a summary has this identifier: all that the label says is on record so. */
static bool is_device(const json_t *summary, const struct nw_udi *udi)
{
    struct nw_udi own = {0};
    struct nw_err none = {0};
    const char *di = text_of(summary, "di"), *serial = text_of(summary, "serial");
    const char *lot = text_of(summary, "lot");
    if (!*di && nw_udi_parse(text_of(summary, "device_code"), &own, &none)) {
        di = own.di;
        serial = own.serial;
        lot = own.lot;
    }
    return *di && strcmp(di, udi->di) == 0 && strcmp(serial, udi->serial) == 0 &&
           (!*udi->lot || strcmp(lot, udi->lot) == 0);
}

/* Words as summaries are filed under: the last of the DI (the others are the maker's), and the
 * first of the serial. */
struct words {
    char di[64], serial[64];
};

static bool take_last(void *context, const char *word, struct nw_err *err)
{
    (void)err;
    (void)snprintf((char *)context, 64, "%s", word);
    return true;
}

static bool take_first(void *context, const char *word, struct nw_err *err)
{
    char *first = (char *)context;
    (void)err;
    if (!*first)
        (void)snprintf(first, 64, "%s", word);
    return true;
}

/* New: {"case", "number", "summary"}. */
static json_t *case_json(const struct nw_rows *rows, size_t row)
{
    return json_pack("{s:s, s:s, s:o?}", "case", nw_row_text(rows, row, 0), "number",
                     nw_row_text(rows, row, 1), "summary",
                     json_loads(nw_row_text(rows, row, 2), 0, NULL));
}

/* Of the likely cases the one that is meant and that this person may see; *reply stays NULL
 * when there is none. `udi` NULL: each is meant. */
static bool choose(struct nw_tx *tx, struct scanning *scanning, const struct nw_rows *rows,
                   const struct nw_udi *udi, struct nw_err *err)
{
    for (size_t i = 0; !scanning->reply && i < rows->count; i++) {
        struct nw_err hidden = {0};
        json_t *one = case_json(rows, i);
        if (!one)
            return nw_no_memory(err);
        if (udi && !is_device(json_object_get(one, "summary"), udi)) {
            json_decref(one);
        } else if (nw_case_open_to(scanning->desk, tx, scanning->who, nw_row_text(rows, i, 0),
                                   &hidden)) {
            scanning->reply = one;
            (void)snprintf(scanning->case_id, sizeof scanning->case_id, "%s",
                           nw_row_text(rows, i, 0));
        } else {
            json_decref(one);
            if (hidden.code != NW_ERR_NOTFOUND) {
                *err = hidden;
                return false;
            }
        }
    }
    return true;
}

static bool find_by_name(struct nw_tx *tx, struct scanning *scanning, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    const char *name = name_in(scanning->text);
    return nw_tx_query(tx, &arena,
                       "SELECT id, number, summary FROM cases WHERE id = ? OR number = ? OR "
                       "device_code = ?",
                       NW_VALUES(NW_STRING(name), NW_STRING(name), NW_STRING(scanning->text)),
                       &rows, err) &&
           choose(tx, scanning, &rows, NULL, err);
}

static bool find_by_udi(struct nw_tx *tx, struct scanning *scanning, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    struct nw_udi udi;
    struct nw_err none = {0};
    struct words words = {0};
    if (!nw_udi_parse(scanning->text, &udi, &none))
        return true;
    if (!nw_words_each(udi.di, take_last, words.di, err) ||
        !nw_words_each(udi.serial, take_first, words.serial, err))
        return false;
    return nw_tx_query(tx, &arena,
                       "SELECT c.id, c.number, c.summary FROM cases c WHERE c.id IN (SELECT "
                       "w.case_id FROM case_words w WHERE w.word = ?) AND (? = '' OR EXISTS "
                       "(SELECT 1 FROM case_words s WHERE s.case_id = c.id AND s.word = ?)) "
                       "ORDER BY c.id DESC LIMIT ?",
                       NW_VALUES(NW_STRING(words.di), NW_STRING(words.serial),
                                 NW_STRING(words.serial), NW_WHOLE(LIKELY_MOST)),
                       &rows, err) &&
           choose(tx, scanning, &rows, &udi, err);
}

static bool find(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct scanning *scanning = (struct scanning *)context;
    json_decref(scanning->reply);
    scanning->reply = NULL;
    if (!find_by_name(tx, scanning, err) ||
        (!scanning->reply && !find_by_udi(tx, scanning, err)))
        return false;
    return scanning->reply ||
           nw_fail(err, NW_ERR_NOTFOUND, "no case that you may see has this label");
}

bool nw_desk_label(struct nw_desk *desk, const struct nw_session *who, const char *text,
                   json_t **reply, struct nw_err *err)
{
    struct scanning scanning = {.desk = desk, .who = who, .text = text};
    if (!*text || strlen(text) > SCAN_MOST)
        return nw_fail(err, NW_ERR_ARGUMENT, "\"text\" is what a scanner reads of a label");
    if (!nw_store_read(desk->store, find, &scanning, err)) {
        json_decref(scanning.reply);
        return false;
    }
    json_t *body = json_pack("{s:s}", "what", "label");
    const struct nw_row row = {.person = who->person,
                               .session = who->id,
                               .case_id = scanning.case_id,
                               .act = "read.case",
                               .body = body};
    const bool good = body ? nw_ledger_note(desk->ledger, &row, err) : nw_no_memory(err);
    json_decref(body);
    if (good)
        *reply = scanning.reply;
    else
        json_decref(scanning.reply);
    return good;
}

/* ------------------------------------------------------------------ printing */

struct printing {
    struct nw_desk *desk;
    const struct nw_session *who;
    const char *case_id, *reason;
};

static bool print(struct nw_tx *tx, void *context, struct nw_err *err)
{
    const struct printing *printing = (const struct printing *)context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    char time[NW_TIME_TEXT];
    if (!nw_case_open_to(printing->desk, tx, printing->who, printing->case_id, err) ||
        !nw_tx_query(tx, &arena,
                     "SELECT COUNT(*) FROM ledger WHERE case_id = ? AND act = 'print.label'",
                     NW_VALUES(NW_STRING(printing->case_id)), &rows, err))
        return false;
    const int64_t before = nw_row_whole(&rows, 0, 0);
    if (before > 0 && !printing->reason)
        return nw_fail(err, NW_ERR_STATE,
                       "the label was printed before: say for which reason it is printed again "
                       "(\"reason\")");
    json_t *body =
        json_pack("{s:I, s:s*}", "copy", (json_int_t)before + 1, "reason", printing->reason);
    const struct nw_row row = {.person = printing->who->person,
                               .session = printing->who->id,
                               .case_id = printing->case_id,
                               .act = "print.label",
                               .body = body};
    const bool good = body ? nw_ledger_time(tx, time, err) &&
                                 nw_ledger_append(tx, &row, time, NULL, NULL, err)
                           : nw_no_memory(err);
    json_decref(body);
    return good;
}

bool nw_desk_print_label(struct nw_desk *desk, const struct nw_session *who,
                         const char *case_id, const char *reason, struct nw_err *err)
{
    struct printing printing = {desk, who, case_id, reason && *reason ? reason : NULL};
    if (reason && strlen(reason) > REASON_MOST)
        return nw_fail(err, NW_ERR_ARGUMENT, "\"reason\" has at most %d bytes", REASON_MOST);
    return nw_store_write(desk->store, print, &printing, err);
}
