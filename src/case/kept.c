/* Files that come with entries which are kept from somebody: they are kept from him too. */
#include <string.h>

#include "case/flow_priv.h"
#include "case/jobs_priv.h"

enum { DEPTH = 8, DIGITS = 64 };

/* Each digest that stands anywhere in a form. */
static bool gather(json_t *into, const json_t *value, int depth)
{
    nw_digest digest;
    const char *key, *text = json_string_value(value);
    json_t *member;
    size_t i;
    bool ok = true;
    if (text && strlen(text) == DIGITS && nw_digest_parse(text, &digest))
        return json_object_set_new(into, text, json_true()) == 0;
    if (depth == DEPTH)
        return true;
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        ok = ok && gather(into, member, depth + 1);
    }
    json_array_foreach(value, i, member)
    {
        ok = ok && gather(into, member, depth + 1);
    }
    return ok;
}

static bool is_kept_from(const struct nw_session *who, const struct nw_case *state, size_t at)
{
    const int64_t number = (int64_t)at + 1;
    return nw_case_hides(state, number) && !nw_session_shows(who, state, number);
}

static const json_t *form_of(const struct nw_case *state, size_t at)
{
    return json_object_get(json_array_get(state->entries, at), "form");
}

/* Of entries that he is not shown, without what another entry shows him. */
static json_t *of_entries(const struct nw_session *who, const struct nw_case *state)
{
    const size_t count = json_array_size(state->entries);
    json_t *kept = json_object(), *shown = json_object();
    const char *digest;
    json_t *value;
    bool ok = kept && shown;
    for (size_t i = 0; ok && i < count; i++)
        ok = !is_kept_from(who, state, i) || gather(kept, form_of(state, i), 0);
    for (size_t i = 0; ok && i < count && json_object_size(kept); i++)
        ok = is_kept_from(who, state, i) || gather(shown, form_of(state, i), 0);
    json_object_foreach(shown, digest, value)
    {
        (void)json_object_del(kept, digest);
    }
    json_decref(shown);
    if (ok)
        return kept;
    json_decref(kept);
    return NULL;
}

bool nw_job_kept(const json_t *kept, const json_t *request)
{
    const char *name;
    json_t *digest;
    bool is = false;
    json_object_foreach(json_object_get(request, "inputs"), name, digest)
    {
        is = is || json_object_get(kept, json_string_value(digest));
    }
    return is;
}

/* And what was made of them, in the order in which it was made. */
static bool add_made(struct nw_tx *tx, const char *case_id, json_t *kept, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!json_object_size(kept))
        return true;
    if (!nw_tx_query(tx, &arena,
                     "SELECT command, result FROM jobs WHERE case_id = ? AND state = 'done' "
                     "ORDER BY id",
                     NW_VALUES(NW_STRING(case_id)), &rows, err))
        return false;
    for (size_t i = 0; i < rows.count; i++) {
        json_t *request = json_loads(nw_row_text(&rows, i, 0), 0, NULL);
        json_t *result =
            nw_job_kept(kept, request) ? json_loads(nw_row_text(&rows, i, 1), 0, NULL) : NULL;
        const bool ok = !result || gather(kept, json_object_get(result, "outputs"), 0);
        json_decref(request);
        json_decref(result);
        if (!ok)
            return nw_no_memory(err);
    }
    return true;
}

bool nw_case_kept(struct nw_desk *desk, struct nw_tx *tx, const struct nw_session *who,
                  const char *case_id, json_t **kept, struct nw_err *err)
{
    struct nw_held_case held;
    if (!nw_case_open_to(desk, tx, who, case_id, err) ||
        !nw_case_take(desk, tx, case_id, &held, err))
        return false;
    *kept = of_entries(who, held.state);
    nw_case_return(&held);
    if (!*kept)
        return nw_no_memory(err);
    if (add_made(tx, case_id, *kept, err))
        return true;
    json_decref(*kept);
    *kept = NULL;
    return false;
}
