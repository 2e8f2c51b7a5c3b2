/* case/statement.c -- see flow.h: what a signature says, word for word. */
#include <string.h>

#include "case/flow_priv.h"

bool nw_put(json_t *object, const char *key, json_t *value)
{
    return value && json_object_set_new(object, key, value) == 0;
}

bool nw_put_label(json_t *object, const char *zh, const char *en)
{
    return nw_put(object, "zh", json_string(zh)) && nw_put(object, "en", json_string(en));
}

static bool add_records(const struct nw_case *state, const struct nw_indices *items,
                        json_t *records)
{
    for (size_t i = 0; i < items->count; i++) {
        const struct nw_version *v = nw_item_newest(state, items->at[i]);
        if (!v || !v->valid)
            continue;
        char sha[NW_DIGEST_TEXT];
        nw_digest_format(&v->sha256, sha);
        json_t *one = json_pack("{s:s, s:i, s:s}", "name", state->flow->item[v->item].name,
                                "version", v->number, "sha256", sha);
        if (!one || json_array_append_new(records, one))
            return false;
    }
    return true;
}

json_t *nw_statement_make(const struct nw_case *state, const struct nw_entry *entry)
{
    const struct nw_act *act = entry->act;
    const json_t *first = json_array_get(state->entries, 0);
    json_t *records = json_array(), *out = json_object();
    const bool ok = records && out && add_records(state, &act->signs, records) &&
                    add_records(state, &act->need, records) &&
                    nw_put(out, "case", json_string(nw_member_text(first, "case"))) &&
                    nw_put(out, "act", json_string(act->name)) &&
                    nw_put(out, "role", json_string(nw_member_text(entry->actor, "role"))) &&
                    nw_put(out, "person", json_string(entry->person)) &&
                    nw_put(out, "meaning_zh", json_string(act->zh)) &&
                    nw_put(out, "meaning_en", json_string(act->en)) &&
                    nw_put(out, "version", json_integer(state->item[act->item].versions + 1)) &&
                    json_object_set(out, "records", records) == 0;
    json_decref(records);
    if (ok)
        return out;
    json_decref(out);
    return NULL;
}

/* The statement with the time, and with the digest of the form when one was filled in. */
static json_t *whole_statement(const struct nw_case *state, const struct nw_entry *entry,
                               struct nw_err *err)
{
    char sha[NW_DIGEST_TEXT];
    nw_digest_format(&entry->form_sha256, sha);
    json_t *out = nw_statement_make(state, entry);
    if (out && nw_put(out, "time", json_string(entry->time)) &&
        (json_object_size(entry->form) == 0 || nw_put(out, "form_sha256", json_string(sha))))
        return out;
    json_decref(out);
    nw_fail(err, NW_ERR_MEMORY, "no memory for a statement");
    return NULL;
}

bool nw_statement_check(const struct nw_case *state, const struct nw_entry *entry,
                        struct nw_err *err)
{
    const json_t *signature = json_object_get(entry->json, "signature");
    if (!signature)
        return !entry->act->sign || nw_fail(err, NW_ERR_DATA, "\"%s\" needs a signature",
                                            nw_either(entry->act->zh, entry->act->en));
    const json_t *stated = json_object_get(signature, "statement");
    if (!entry->act->sign || !json_is_object(stated))
        return nw_fail(err, NW_ERR_DATA, "\"%s\" has a signature that does not belong to it",
                       nw_either(entry->act->zh, entry->act->en));
    json_t *wanted = whole_statement(state, entry, err);
    if (!wanted)
        return false;
    if (!json_object_get(stated, "version")) /* of before statements had one */
        (void)json_object_del(wanted, "version");
    const bool same = json_equal(wanted, stated);
    json_decref(wanted);
    return same || nw_fail(err, NW_ERR_CONFLICT,
                           "the signature of \"%s\" does not cover the newest version of what "
                           "is signed: look at it again and sign anew",
                           nw_either(entry->act->zh, entry->act->en));
}

static bool take_question(const struct nw_case *state, const char *act, const json_t *actor,
                          const char *time, struct nw_entry *out, struct nw_err *err)
{
    const int at = nw_flow_act(state->flow, act);
    if (at < 0)
        return nw_fail(err, NW_ERR_NOTFOUND, "there is no act \"%.60s\"", act);
    *out = (struct nw_entry){.actor = actor,
                             .time = time,
                             .person = nw_member_text(actor, "id"),
                             .act_name = act,
                             .act = &state->flow->act[at],
                             .role = nw_flow_role(state->flow, nw_member_text(actor, "role"))};
    return true;
}

json_t *nw_case_statement(const struct nw_case *state, const char *act, const json_t *actor,
                          const char *time, struct nw_err *err)
{
    struct nw_entry entry;
    if (!take_question(state, act, actor, time, &entry, err) ||
        !nw_rules_check(state, &entry, err))
        return NULL;
    json_t *out = nw_statement_make(state, &entry);
    if (!out)
        nw_fail(err, NW_ERR_MEMORY, "no memory for a statement");
    return out;
}

json_t *nw_case_statement_of(const struct nw_case *state, const json_t *entry,
                             struct nw_err *err)
{
    struct nw_entry e;
    if (!take_question(state, nw_member_text(entry, "act"), json_object_get(entry, "actor"),
                       nw_member_text(entry, "time"), &e, err))
        return NULL;
    e.form = json_object_get(entry, "form");
    if (!json_is_object(e.form)) {
        nw_fail(err, NW_ERR_DATA, "an entry's \"form\", \"actor\" and \"facts\" are objects");
        return NULL;
    }
    if (!nw_rules_check(state, &e, err) || !nw_canonical_digest(e.form, &e.form_sha256, err))
        return NULL;
    return whole_statement(state, &e, err);
}
