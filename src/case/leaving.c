/* case/leaving.c -- see leaving.h. */
#include "case/leaving.h"

#include <string.h>

#include "case/desk_priv.h"
#include "case/flow_priv.h"

enum { TO_BYTES = 120, REFERENCE_BYTES = 200 };

/* ------------------------------------------------------------------ what is asked */

static bool is(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

static bool is_text(const char *text, size_t most)
{
    return text && text[strspn(text, " \t\r\n")] && strlen(text) <= most;
}

/* Who asks in writing is known by the number of what he wrote. */
static bool by_letter(const char *ground)
{
    return is(ground, "ethics") || is(ground, "authority");
}

bool nw_leaving_check(const struct nw_leaving *leaving, bool own, struct nw_err *err)
{
    const char *ground = leaving->ground;
    if (own && is(ground, "own"))
        return (!leaving->to && !leaving->reference) ||
               nw_fail(err, NW_ERR_DATA,
                       "what the site keeps itself goes to nobody: say another ground, or "
                       "no \"to\" and \"reference\"");
    if (!is(ground, "patient") && !is(ground, "team") && !by_letter(ground))
        return nw_fail(err, NW_ERR_DATA,
                       "\"ground\" is why data may leave the case: one of %s%s",
                       NW_GROUND_WORDS, own ? ", own" : "");
    if (!is_text(leaving->to, TO_BYTES))
        return nw_fail(err, NW_ERR_DATA, "\"to\" is who gets the data: 1 to %d bytes",
                       TO_BYTES);
    if ((by_letter(ground) || leaving->reference) &&
        !is_text(leaving->reference, REFERENCE_BYTES))
        return nw_fail(err, NW_ERR_DATA,
                       "\"reference\" is the number of the request or approval: 1 to %d bytes",
                       REFERENCE_BYTES);
    return true;
}

bool nw_leaving_read(const json_t *request, struct nw_leaving *out, struct nw_err *err)
{
    const json_t *reference = json_object_get(request, "reference");
    out->ground = json_string_value(json_object_get(request, "ground"));
    out->to = json_string_value(json_object_get(request, "to"));
    out->reference =
        reference && !json_is_string(reference) ? "" : json_string_value(reference);
    return nw_leaving_check(out, false, err);
}

/* ------------------------------------------------------------------ whether it may */

static json_t *registered(struct nw_tx *tx, const char *kind, const char *id,
                          struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena, "SELECT body FROM registry WHERE kind = ? AND id = ?",
                     NW_VALUES(NW_STRING(kind), NW_STRING(id)), &rows, err))
        return NULL;
    json_t *out = rows.count ? json_loads(nw_row_text(&rows, 0, 0), 0, NULL) : json_object();
    if (!out)
        nw_no_memory(err);
    return out;
}

static bool is_over(const json_t *body, const char *member, int64_t today)
{
    int64_t until;
    const char *text = nw_member_text(body, member);
    return *text && (!nw_date_parse(text, &until) || until < today);
}

static bool is_permitted(const struct nw_case *state, const char *to, int64_t today)
{
    const int item = nw_flow_item(state->flow, "share.permit");
    for (size_t i = 0; item >= 0 && i < state->version_count; i++) {
        const json_t *form = json_object_get(state->version[i].entry, "form");
        if (state->version[i].item == item && state->version[i].valid &&
            strcmp(nw_member_text(form, "to"), to) == 0 && !is_over(form, "until", today))
            return true;
    }
    return false;
}

static bool is_on_team(const struct nw_case *state, const char *person)
{
    size_t i;
    const json_t *member;
    json_array_foreach(json_object_get(nw_item_form(state, state->flow->team_item), "members"),
                       i, member)
    {
        if (strcmp(nw_member_text(member, "person"), person) == 0)
            return true;
    }
    return false;
}

/* What the case itself says: permitted, of its team, kept in the country. */
static bool ask_case(struct nw_desk *desk, struct nw_tx *tx, const char *case_id,
                     struct nw_leaving *leaving, int64_t today, bool *stays, struct nw_err *err)
{
    struct nw_held_case held;
    if (!nw_case_take(desk, tx, case_id, &held, err))
        return false;
    const struct nw_case *state = held.state;
    const bool patient = is(leaving->ground, "patient"), team = is(leaving->ground, "team");
    *stays = json_is_true(
        json_object_get(nw_item_form(state, state->flow->open_item), "stays_in_country"));
    leaving->refused = (patient && !is_permitted(state, leaving->to, today)) ||
                       (team && !is_on_team(state, leaving->to));
    nw_case_return(&held);
    if (!leaving->refused)
        return true;
    return patient ? nw_fail(err, NW_ERR_DENIED,
                             "the patient has not permitted giving data to %.120s, or no "
                             "longer",
                             leaving->to)
                   : nw_fail(err, NW_ERR_DENIED, "%.120s is not on the team of this case",
                             leaving->to);
}

static bool site_keeps_inside(struct nw_tx *tx, bool *inside, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena, "SELECT body FROM registry WHERE kind = 'site'", NW_NO_VALUES,
                     &rows, err))
        return false;
    for (size_t i = 0; i < rows.count; i++) {
        json_t *body = json_loads(nw_row_text(&rows, i, 0), 0, NULL);
        *inside = *inside || json_is_true(json_object_get(body, "data_inside"));
        json_decref(body);
    }
    return true;
}

/* Of a member of the team his organisation is the place data go to; in the arena. */
static const char *place_of(struct nw_tx *tx, struct nw_arena *arena,
                            const struct nw_leaving *leaving, struct nw_err *err)
{
    struct nw_rows rows;
    if (!is(leaving->ground, "team"))
        return leaving->to;
    if (!nw_tx_query(tx, arena, "SELECT body FROM people WHERE id = ?",
                     NW_VALUES(NW_STRING(leaving->to)), &rows, err))
        return NULL;
    json_t *body = rows.count ? json_loads(nw_row_text(&rows, 0, 0), 0, NULL) : NULL;
    const char *place = nw_arena_text(arena, nw_member_text(body, "organisation"), err);
    json_decref(body);
    return place;
}

static bool ask_list(struct nw_tx *tx, struct nw_leaving *leaving, int64_t today, bool stays,
                     struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    const char *place = place_of(tx, &arena, leaving, err);
    json_t *on_list = place ? registered(tx, "recipient", place, err) : NULL;
    if (!on_list || !site_keeps_inside(tx, &stays, err)) {
        json_decref(on_list);
        return false;
    }
    const bool over = is_over(on_list, "valid_until", today);
    const bool named = !by_letter(leaving->ground) ||
                       (!over && strcmp(nw_member_text(on_list, "as"), leaving->ground) == 0);
    const bool inside = !stays || (!over && json_is_true(json_object_get(on_list, "inside")));
    json_decref(on_list);
    leaving->refused = !named || !inside;
    if (!named)
        return nw_fail(err, NW_ERR_DENIED,
                       "%.120s is not on this site's list of recipients as \"%s\", or no "
                       "longer",
                       place, leaving->ground);
    return inside || nw_fail(err, NW_ERR_DENIED,
                             "data stay in the country: %.120s is not on the list of "
                             "recipients there, or no longer",
                             place);
}

bool nw_leaving_judge(struct nw_desk *desk, struct nw_tx *tx, const char *case_id,
                      struct nw_leaving *leaving, struct nw_err *err)
{
    char now[NW_TIME_TEXT];
    int64_t today = 0;
    bool stays = false;
    leaving->refused = false;
    if (is(leaving->ground, "own"))
        return true;
    nw_time_now(now);
    if (!nw_date_parse(now, &today))
        today = INT64_MAX; /* on no day, nothing is valid */
    return ask_case(desk, tx, case_id, leaving, today, &stays, err) &&
           ask_list(tx, leaving, today, stays, err);
}

/* ------------------------------------------------------------------ on record */

bool nw_leaving_say(const struct nw_leaving *leaving, json_t *body, struct nw_err *err)
{
    const char *const member[][2] = {{"how", leaving->how},
                                     {"ground", leaving->ground},
                                     {"to", leaving->to},
                                     {"reference", leaving->reference}};
    for (size_t i = 0; i < sizeof member / sizeof *member; i++)
        if (member[i][1] &&
            json_object_set_new(body, member[i][0], json_string(member[i][1])) != 0)
            return nw_no_memory(err);
    return true;
}

static struct nw_row row_of(const struct nw_leaving *leaving, const char *case_id,
                            const char *act, const json_t *body)
{
    return (struct nw_row){.person = leaving->person,
                           .session = leaving->session,
                           .case_id = case_id,
                           .act = act,
                           .body = body};
}

bool nw_leaving_put(struct nw_desk *desk, struct nw_tx *tx, const char *case_id,
                    struct nw_leaving *leaving, const char *time, struct nw_err *err)
{
    json_t *body = json_object();
    const struct nw_row row = row_of(leaving, case_id, "data.leave", body);
    const bool good = (body || nw_no_memory(err)) && nw_leaving_say(leaving, body, err) &&
                      nw_leaving_judge(desk, tx, case_id, leaving, err) &&
                      nw_ledger_append(tx, &row, time, NULL, NULL, err);
    json_decref(body);
    return good;
}

bool nw_leaving_refused(struct nw_desk *desk, const char *case_id,
                        const struct nw_leaving *leaving, struct nw_err *err)
{
    struct nw_err why = {0};
    if (!leaving->refused)
        return false;
    json_t *body = json_pack("{s:s}", "why", err->msg);
    const struct nw_row row = row_of(leaving, case_id, "data.refuse", body);
    if (!body || !nw_leaving_say(leaving, body, &why) ||
        !nw_ledger_note(desk->ledger, &row, &why)) {
        *err = why;
        if (!err->code)
            (void)nw_no_memory(err);
    }
    json_decref(body);
    return false;
}

struct allowing {
    struct nw_desk *desk;
    const struct nw_session *who;
    const char *case_id;
    struct nw_leaving leaving;
};

static bool allow(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct allowing *a = (struct allowing *)context;
    char time[NW_TIME_TEXT];
    return nw_case_open_to(a->desk, tx, a->who, a->case_id, err) &&
           nw_ledger_time(tx, time, err) &&
           nw_leaving_put(a->desk, tx, a->case_id, &a->leaving, time, err);
}

bool nw_leaving_allow(struct nw_desk *desk, const struct nw_session *who, const char *case_id,
                      const char *how, const json_t *request, struct nw_err *err)
{
    struct allowing a = {.desk = desk,
                         .who = who,
                         .case_id = case_id,
                         .leaving = {.how = how, .person = who->person, .session = who->id}};
    return nw_leaving_read(request, &a.leaving, err) &&
           (nw_store_write(desk->store, allow, &a, err) ||
            nw_leaving_refused(desk, case_id, &a.leaving, err));
}
