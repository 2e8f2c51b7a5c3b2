/* case/statistics_file.c -- a case's figures, filed beside it with each entry. */
#include <stdio.h>
#include <string.h>

#include "case/desk_priv.h"
#include "case/statistics.h"
#include "core/text.h"

enum kind { TEXT, MAYBE_TEXT, WHOLE, MAYBE_WHOLE, MAYBE_REAL };

/* The columns of case_figures but "case_id" and "stays": members of the summary or of the
 * figures. */
static const struct {
    const char *name;
    enum kind kind;
    bool of_figures;
} column[] = {
    {"opened", TEXT, true},
    {"ended", MAYBE_TEXT, true},
    {"released", MAYBE_TEXT, false},
    {"used", MAYBE_TEXT, false},
    {"type", TEXT, false},
    {"device", TEXT, false},
    {"site", TEXT, false},
    {"department", TEXT, false},
    {"hospital", TEXT, false},
    {"maker", TEXT, false},
    {"stage", TEXT, false},
    {"since", WHOLE, true},
    {"due", MAYBE_TEXT, false},
    {"implant", WHOLE, false},
    {"cancelled", WHOLE, true},
    {"changes", WHOLE, true},
    {"reopened", WHOLE, true},
    {"again", WHOLE, true},
    {"rework", WHOLE, true},
    {"scrap", WHOLE, true},
    {"stops", WHOLE, true},
    {"recalls", WHOLE, true},
    {"overrides", WHOLE, true},
    {"adverse", WHOLE, true},
    {"adverse_harm", TEXT, true},
    {"adverse_late", WHOLE, true},
    {"report_due", MAYBE_TEXT, true},
    {"visits", WHOLE, true},
    {"visits_wanted", MAYBE_WHOLE, true},
    {"harm", TEXT, false},
    {"effect", TEXT, false},
    {"operation_min", MAYBE_REAL, true},
    {"blood_ml", MAYBE_REAL, true},
    {"fluoroscopies", MAYBE_REAL, true},
    {"recovery_score", MAYBE_REAL, true},
};
enum { COLUMNS = sizeof column / sizeof *column, SQL_BYTES = 2048, STAYS_BYTES = 8192 };

static struct nw_value value_of(const json_t *value, enum kind kind)
{
    const char *text = json_string_value(value);
    switch (kind) {
    case TEXT:
        return NW_STRING(text ? text : "");
    case MAYBE_TEXT:
        return NW_STRING(text && *text ? text : NULL);
    case WHOLE:
        return NW_WHOLE(json_is_true(value) ? 1 : json_integer_value(value));
    case MAYBE_WHOLE:
        return json_is_integer(value) ? NW_WHOLE(json_integer_value(value)) : NW_NULL;
    case MAYBE_REAL:
        return json_is_number(value) ? NW_REAL(json_number_value(value)) : NW_NULL;
    }
    NW_UNREACHABLE();
}

static bool write_stays(const json_t *stays, struct nw_text *out, struct nw_err *err)
{
    const char *stage;
    const json_t *stay;
    bool good = nw_text_add(out, "", err);
    json_object_foreach((json_t *)(uintptr_t)stays, stage, stay)
    {
        good = good &&
               nw_text_addf(out, err, "%s%s %lld %d %d", out->len ? ";" : "", stage,
                            (long long)json_integer_value(json_object_get(stay, "seconds")),
                            json_is_true(json_object_get(stay, "over")),
                            json_is_true(json_object_get(stay, "late")));
    }
    return good;
}

static bool insert(struct nw_tx *tx, const char *id, const json_t *summary,
                   const json_t *figures, struct nw_err *err)
{
    char sql[SQL_BYTES];
    struct nw_value value[COLUMNS + 2];
    struct nw_text stays;
    int len = snprintf(sql, sizeof sql, "INSERT INTO case_figures (case_id, stays");
    for (size_t i = 0; i < COLUMNS; i++)
        len += snprintf(sql + len, sizeof sql - (size_t)len, ", %s", column[i].name);
    len += snprintf(sql + len, sizeof sql - (size_t)len, ") VALUES (?, ?");
    for (size_t i = 0; i < COLUMNS; i++)
        len += snprintf(sql + len, sizeof sql - (size_t)len, ", ?");
    (void)snprintf(sql + len, sizeof sql - (size_t)len, ")");
    nw_text_init(&stays, STAYS_BYTES);
    bool good = write_stays(json_object_get(figures, "stays"), &stays, err);
    value[0] = NW_STRING(id);
    value[1] = NW_STRING(stays.len ? stays.data : "");
    for (size_t i = 0; i < COLUMNS; i++)
        value[i + 2] =
            value_of(json_object_get(column[i].of_figures ? figures : summary, column[i].name),
                     column[i].kind);
    good = good && nw_tx_run(tx, sql, value, COLUMNS + 2, NULL, err);
    nw_text_release(&stays);
    return good;
}

bool nw_figures_file(struct nw_tx *tx, const struct nw_case *state, const char *id,
                     const json_t *summary, struct nw_err *err)
{
    json_t *figures = nw_case_figures(state);
    bool good = figures ? nw_tx_run(tx, "DELETE FROM case_figures WHERE case_id = ?",
                                    NW_VALUES(NW_STRING(id)), NULL, err) &&
                              insert(tx, id, summary, figures, err)
                        : nw_no_memory(err);
    json_decref(figures);
    return good;
}

/* ------------------------------------------------------------------ cases of before */

struct catching {
    struct nw_desk *desk;
    int most;
    bool left;
};

static bool count_case(struct nw_tx *tx, struct nw_desk *desk, const char *id,
                       struct nw_err *err)
{
    struct nw_held_case held;
    char now[NW_TIME_TEXT];
    nw_time_now(now);
    if (!nw_case_take(desk, tx, id, &held, err))
        return false;
    json_t *summary = nw_case_summary(held.state, now);
    bool good = summary ? nw_figures_file(tx, held.state, id, summary, err) : nw_no_memory(err);
    json_decref(summary);
    nw_case_return(&held);
    return good;
}

static bool catch_up(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct catching *catching = (struct catching *)context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena,
                     "SELECT c.id FROM cases c WHERE NOT EXISTS (SELECT 1 FROM case_figures f "
                     "WHERE f.case_id = c.id) ORDER BY c.id DESC LIMIT ?",
                     NW_VALUES(NW_WHOLE(catching->most)), &rows, err))
        return false;
    catching->left = rows.count == (size_t)catching->most;
    bool good = true;
    for (size_t i = 0; good && i < rows.count; i++)
        good = count_case(tx, catching->desk, nw_row_text(&rows, i, 0), err);
    return good;
}

bool nw_figures_catch_up(struct nw_desk *desk, int most, bool *left, struct nw_err *err)
{
    struct catching catching = {.desk = desk, .most = most};
    *left = true;
    if (!nw_store_write(desk->store, catch_up, &catching, err))
        return false;
    *left = catching.left;
    return true;
}
