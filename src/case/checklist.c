/* case/checklist.c -- see flow.h: 029 clause by clause against what the case holds. */
#include <string.h>

#include "case/flow_priv.h"

enum result { PRESENT, MISSING, INVALID, NOT_NEEDED };
static const char *const word[] = {"present", "missing", "invalid", "not needed"};

/* Of one item: every entry that made it is named. */
static enum result look(const struct nw_case *state, int item, json_t *entries, bool *ok)
{
    for (size_t i = 0; *ok && i < state->version_count; i++)
        if (state->version[i].item == item)
            *ok = json_array_append_new(
                      entries, json_integer((json_int_t)state->version[i].entry_number)) == 0;
    if (!state->item[item].newest)
        return nw_item_required(state, item) ? MISSING : NOT_NEEDED;
    return state->item[item].valid ? PRESENT : INVALID;
}

/* A clause is met when all that it needs is: what is not needed does not count. */
static enum result judge(const struct nw_case *state, const json_t *items, json_t *entries,
                         bool *ok)
{
    size_t count[4] = {0};
    for (size_t i = 0; *ok && i < json_array_size(items); i++) {
        const char *name = json_string_value(json_array_get(items, i));
        const int item = nw_flow_item(state->flow, name);
        if (item >= 0)
            count[look(state, item, entries, ok)]++;
    }
    if (count[INVALID])
        return INVALID;
    if (count[MISSING])
        return MISSING;
    return count[PRESENT] ? PRESENT : NOT_NEEDED;
}

static json_t *clause_json(const struct nw_case *state, const json_t *clause, size_t total[4])
{
    json_t *entries = json_array(), *one = json_object();
    bool ok = entries && one;
    const enum result result = judge(state, json_object_get(clause, "items"), entries, &ok);
    total[result]++;
    ok = ok && nw_put(one, "clause", json_string(nw_member_text(clause, "clause"))) &&
         nw_put_label(one, nw_member_text(clause, "zh"), nw_member_text(clause, "en")) &&
         nw_put(one, "row", json_string(nw_member_text(clause, "row"))) &&
         nw_put(one, "result", json_string(word[result])) &&
         json_object_set(one, "entries", entries) == 0;
    json_decref(entries);
    if (ok)
        return one;
    json_decref(one);
    return NULL;
}

json_t *nw_case_checklist(const struct nw_case *state, const char *time)
{
    (void)time;
    const json_t *clauses = json_object_get(state->flow->table, "clauses");
    json_t *list = json_array(), *out = json_object();
    size_t total[4] = {0};
    bool ok = list && out;
    for (size_t i = 0; ok && i < json_array_size(clauses); i++) {
        json_t *one = clause_json(state, json_array_get(clauses, i), total);
        ok = one && json_array_append_new(list, one) == 0;
    }
    ok = ok && json_object_set(out, "clauses", list) == 0 &&
         nw_put(out, "total",
                json_pack("{s:I, s:I, s:I, s:I, s:b}", "present", (json_int_t)total[PRESENT],
                          "missing", (json_int_t)total[MISSING], "invalid",
                          (json_int_t)total[INVALID], "not_needed",
                          (json_int_t)total[NOT_NEEDED], "complete",
                          total[MISSING] == 0 && total[INVALID] == 0));
    json_decref(list);
    if (ok)
        return out;
    json_decref(out);
    return NULL;
}
