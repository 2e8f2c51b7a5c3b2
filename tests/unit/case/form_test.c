/* case/forms.c, case/facts.c: every field of every act of the way filled in wrongly, and every
 * rule about a fact broken. */
#include "case/play.h"

static const char *text(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : "";
}

/* The entry in the step's place, with its form or facts changed, is refused; the state stays.
 */
static void refused(struct play *play, json_t *entry, enum nw_code code, const char *said)
{
    struct nw_err err = {0};
    char *copy = json_dumps(entry, JSON_SORT_KEYS);
    play_sign(play, entry);
    CHECK(!nw_case_apply(play->state, entry, &err));
    if (err.code != code || !strstr(err.msg, said))
        printf("# %s: wanted \"%s\", got %d \"%s\" for %.300s\n", text(entry, "act"), said,
               (int)err.code, err.msg, copy);
    CHECK(err.code == code);
    CHECK(strstr(err.msg, said) != NULL);
    free(copy);
    json_decref(entry);
}

static json_t *wrong_value(const char *kind, int which)
{
    if (strcmp(kind, "text") == 0 || strcmp(kind, "prose") == 0) {
        static char big[30000];
        memset(big, 'x', sizeof big - 1);
        return which == 0   ? json_integer(7)
               : which == 1 ? json_string(" \n")
                            : json_string(big);
    }
    if (strcmp(kind, "number") == 0 || strcmp(kind, "whole") == 0)
        return which == 0   ? json_string("NaN")
               : which == 1 ? json_real(-1e300)
                            : json_real(1e300);
    if (strcmp(kind, "bool") == 0)
        return which == 0 ? json_string("true") : which == 1 ? json_integer(1) : json_object();
    if (strcmp(kind, "date") == 0)
        return which == 0   ? json_string("2027-02-29")
               : which == 1 ? json_integer(20270101)
                            : json_string("01.02.2027");
    if (strcmp(kind, "choice") == 0)
        return which == 0   ? json_string("'; DROP TABLE cases; --")
               : which == 1 ? json_array()
                            : json_true();
    if (strcmp(kind, "digest") == 0)
        return which == 0   ? json_string("abc")
               : which == 1 ? json_string("ABCDEF0123456789ABCDEF0123456789"
                                          "ABCDEF0123456789ABCDEF0123456789")
                            : json_integer(0);
    if (strcmp(kind, "file") == 0)
        return which == 0   ? json_string("file.pdf")
               : which == 1 ? json_pack("{s:s}", "name", "a")
                            : json_object();
    if (strcmp(kind, "entry") == 0)
        return which == 0   ? json_integer(100000)
               : which == 1 ? json_integer(-1)
                            : json_string("1");
    return which == 0 ? json_object() : which == 1 ? json_string("[]") : json_pack("[i]", 3);
}

static void try_field(struct play *play, const json_t *step, const json_t *field)
{
    const char *name = text(field, "name");
    for (int which = 0; which < 4; which++) {
        json_t *entry = play_entry(play, step);
        json_object_set_new(json_object_get(entry, "form"), name,
                            which < 3 ? wrong_value(text(field, "kind"), which) : json_null());
        refused(play, entry, NW_ERR_DATA, name);
    }
    json_t *entry = play_entry(play, step);
    json_t *form = json_object_get(entry, "form");
    const bool optional = json_object_get(field, "optional") ||
                          json_object_get(field, "required_when") ||
                          json_object_get(field, "types");
    if (!json_object_get(form, name) || optional) {
        json_decref(entry);
        return;
    }
    json_object_del(form, name);
    refused(play, entry, NW_ERR_DATA, name);
}

static void try_rows(struct play *play, const json_t *step, const json_t *field)
{
    const char *name = text(field, "name");
    const json_t *of = json_object_get(field, "of");
    for (size_t i = 0; i < json_array_size(of); i++) {
        const json_t *sub = json_array_get(of, i);
        json_t *entry = play_entry(play, step);
        json_t *rows = json_object_get(json_object_get(entry, "form"), name);
        if (json_array_size(rows)) {
            json_object_set_new(json_array_get(rows, json_array_size(rows) - 1),
                                text(sub, "name"), wrong_value(text(sub, "kind"), 0));
            refused(play, entry, NW_ERR_DATA, text(sub, "name"));
            entry = play_entry(play, step);
            rows = json_object_get(json_object_get(entry, "form"), name);
            json_object_set_new(json_array_get(rows, 0), "stowaway", json_true());
            refused(play, entry, NW_ERR_DATA, "stowaway");
            entry = play_entry(play, step);
            rows = json_object_get(json_object_get(entry, "form"), name);
            for (int k = 0; k < 600; k++)
                json_array_append(rows, json_array_get(rows, 0));
            refused(play, entry, NW_ERR_DATA, name);
            entry = play_entry(play, step);
        }
        json_decref(entry);
    }
}

/* Req: R-151 */
static void every_field_of_the_way_is_checked(void)
{
    json_t *file = load_json("custom"), *steps = json_object_get(file, "steps");
    struct play play = play_new();
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        const json_t *fields = json_object_get(act_named(step_act(step)), "fields");
        for (size_t k = 0; k < json_array_size(fields); k++) {
            try_field(&play, step, json_array_get(fields, k));
            try_rows(&play, step, json_array_get(fields, k));
        }
        json_t *entry = play_entry(&play, step);
        json_object_set_new(json_object_get(entry, "form"), "stowaway", json_true());
        refused(&play, entry, NW_ERR_DATA, "stowaway");
        struct nw_err err = {0};
        CHECK(play_step(&play, step, &err));
    }
    CHECK(strcmp(stage_now(&play), "closed") == 0);
    play_free(&play);
    json_decref(file);
}

/* ---- facts ---- */

static json_t *fact_of(json_t *entry, const json_t *wanted)
{
    const char *name = text(wanted, "fact");
    if (strcmp(name, "actor") == 0) {
        json_t *own = json_deep_copy(json_object_get(entry, "actor"));
        json_object_set_new(entry, "actor", own);
        return own;
    }
    json_t *facts = json_deep_copy(json_object_get(entry, "facts"));
    json_object_set_new(entry, "facts", facts);
    json_t *fact = json_object_get(facts, name);
    if (!json_object_get(wanted, "row"))
        return fact;
    const char *key;
    json_t *one;
    json_object_foreach(fact, key, one) return one;
    return NULL;
}

static void break_rule(struct play *play, const json_t *step, const json_t *wanted,
                       const json_t *rule)
{
    const char *field = text(rule, "field");
    const bool actor = strcmp(text(wanted, "fact"), "actor") == 0;
    const enum nw_code code = actor ? NW_ERR_DENIED : NW_ERR_STATE;
    for (int which = 0; which < 2; which++) {
        json_t *entry = play_entry(play, step), *fact = fact_of(entry, wanted);
        CHECK(fact && json_object_get(fact, field));
        json_t *worse = json_true();
        if (which == 1 && actor) {
            worse = json_deep_copy(json_object_get(fact, field)); /* skills that ran out */
            for (size_t i = 0; i < json_array_size(worse); i++)
                if (strcmp(text(json_array_get(worse, i), "what"), "interaction") != 0 &&
                    strcmp(text(json_array_get(worse, i), "what"), "design") != 0)
                    json_object_set_new(json_array_get(worse, i), "until",
                                        json_string("2026-12-31"));
        } else if (which == 1 && json_object_get(rule, "until")) {
            worse = json_string("2026-12-31");
        } else if (which == 1 && json_object_get(rule, "is")) {
            worse = json_boolean(!json_is_true(json_object_get(rule, "is")));
        } else if (which == 1 && json_object_get(rule, "settled_by")) {
            worse = json_pack("[s]", "number");
        }
        if (which == 0 && actor) {
            json_decref(entry); /* without any skill not even the role's proof holds */
            continue;
        }
        if (which == 0)
            json_object_del(fact, field);
        else
            json_object_set_new(fact, field, worse);
        refused(play, entry, code, text(rule, "en"));
    }
}

/* Req: R-171 R-173 R-175 R-176 R-211 R-212 R-213 R-260 */
static void every_rule_about_a_fact_is_kept(void)
{
    json_t *file = load_json("custom"), *steps = json_object_get(file, "steps");
    struct play play = play_new();
    int rules_tried = 0;
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        const json_t *facts = json_object_get(act_named(step_act(step)), "facts_wanted");
        for (size_t k = 0; k < json_array_size(facts); k++) {
            const json_t *wanted = json_array_get(facts, k);
            const json_t *rules = json_object_get(wanted, "rules");
            for (size_t r = 0; r < json_array_size(rules); r++, rules_tried++)
                break_rule(&play, step, wanted, json_array_get(rules, r));
            if (strcmp(text(wanted, "fact"), "actor") == 0)
                continue;
            json_t *entry = play_entry(&play, step);
            json_object_del(entry, "facts");
            refused(&play, entry, NW_ERR_STATE, "nothing is on record");
        }
        struct nw_err err = {0};
        CHECK(play_step(&play, step, &err));
    }
    CHECK(rules_tried > 18);
    play_free(&play);
    json_decref(file);
}

static void a_device_identifier_must_form_a_udi(void)
{
    static const struct {
        const char *issuer, *di, *code, *serial, *wrong; /* NULL: nothing */
    } line[] = {
        {"gs1", "06901234567892", "NW-1", "1", NULL},
        {"gs1", "06901234567893", "NW-1", "1", "di"}, /* check digit */
        {"gs1", "690123456789", "NW-1", "1", "di"},
        {"gs1", "06901234567892", "(01)06901234567892(21)A1", "A1", NULL},
        {"gs1", "06901234567892", "(01)06901234567892(21)A1", "A2", "serial"},
        {"gs1", "06901234567892", "(01)00614141999996(21)A1", "A1", "di"},
        {"gs1", "06901234567892", "(01)06901234567893(21)A1", "A1", "device_code"},
        {"gs1", "06901234567892", "NW-1", "123456789012345678901", "serial"},
        {"ma", "MA.156.M0.123456.12345678", "NW-1", "1", NULL},
        {"ma", "06901234567892", "NW-1", "1", "di"},
        {"ma", "MA.156.M0.123456.12345678", "(01)06901234567892(21)A1", "A1", "issuer"},
        {"ahm", "whatever they give", "NW-1", "1", NULL},
    };
    json_t *file = load_json("custom"), *steps = json_object_get(file, "steps");
    struct play play = play_new();
    struct nw_err err = {0};
    size_t at = 0;
    while (strcmp(step_act(json_array_get(steps, at)), "code.assign") != 0)
        CHECK(play_step(&play, json_array_get(steps, at++), &err));
    for (size_t i = 0; i < sizeof line / sizeof *line; i++) {
        json_t *entry = play_entry(&play, json_array_get(steps, at));
        json_object_update_new(json_object_get(entry, "form"),
                               json_pack("{s:s, s:s, s:s, s:s}", "issuer", line[i].issuer, "di",
                                         line[i].di, "device_code", line[i].code, "serial",
                                         line[i].serial));
        if (line[i].wrong) {
            refused(&play, entry, NW_ERR_DATA, line[i].wrong);
            continue;
        }
        CHECK(play_apply(&play, entry, &err));
        if (err.code)
            printf("# %zu: %s\n", i, err.msg);
    }
    play_free(&play);
    json_decref(file);
}

static bool role_asks(const char *name, const char *skill)
{
    const json_t *roles = json_object_get(nw_flow_table(flow), "roles");
    for (size_t i = 0; i < json_array_size(roles); i++) {
        const json_t *role = json_array_get(roles, i);
        const json_t *proofs = json_object_get(role, "proofs");
        for (size_t k = 0; k < json_array_size(proofs); k++)
            if (strcmp(text(role, "name"), name) == 0 &&
                strcmp(text(json_array_get(proofs, k), "skill"), skill) == 0)
                return true;
    }
    return false;
}

/* Req: R-172 R-177 */
static void who_has_no_valid_proof_acts_no_more(void)
{
    static const struct {
        const char *what;
        bool is_date;
    } proof[] = {{"licence_until", true}, {"interaction", false}, {"design", false}};
    json_t *file = load_json("custom"), *steps = json_object_get(file, "steps");
    struct play play = play_new();
    size_t tried = 0;
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        for (size_t p = 0; p < sizeof proof / sizeof *proof; p++) {
            json_t *entry = play_entry(&play, step);
            json_t *actor = json_deep_copy(json_object_get(entry, "actor"));
            json_object_set_new(entry, "actor", actor);
            bool has = proof[p].is_date && json_object_get(actor, proof[p].what);
            if (has)
                json_object_set_new(actor, proof[p].what, json_string("2026-12-31"));
            json_t *skills = json_object_get(actor, "skills");
            for (size_t k = 0; !proof[p].is_date && k < json_array_size(skills); k++)
                if (strcmp(text(json_array_get(skills, k), "what"), proof[p].what) == 0) {
                    json_array_remove(skills, k);
                    has = role_asks(text(actor, "role"), proof[p].what);
                }
            if (has)
                refused(&play, entry, NW_ERR_DENIED, "missing or has run out");
            else
                json_decref(entry);
            tried += has;
        }
        struct nw_err err = {0};
        CHECK(play_step(&play, step, &err));
    }
    CHECK(tried > 100);
    play_free(&play);
    json_decref(file);
}

int main(void)
{
    play_begin();
    UNIT(every_field_of_the_way_is_checked);
    UNIT(every_rule_about_a_fact_is_kept);
    UNIT(a_device_identifier_must_form_a_udi);
    UNIT(who_has_no_valid_proof_acts_no_more);
    play_end();
    return unit_end();
}
