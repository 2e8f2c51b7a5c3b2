/* case/process: the table's own sense, and every role × act × stage. */
#include "case/play.h"

static const json_t *part(const char *name)
{
    return json_object_get(nw_flow_table(flow), name);
}

static const char *text(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : "";
}

static bool has_both_labels(const json_t *object)
{
    const char *zh = text(object, "zh"), *en = text(object, "en");
    if (*zh && *en && (unsigned char)en[0] < 0x80) /* some names are Latin in both: CT, PEEK */
        return true;
    printf("# %s: zh \"%s\", en \"%s\"\n", text(object, "name"), zh, en);
    return false;
}

static void check_labels(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        CHECK(has_both_labels(one));
        check_labels(json_object_get(one, "of"));
        check_labels(json_object_get(one, "facts_wanted"));
        check_labels(json_object_get(one, "rules"));
        if (json_is_array(json_object_get(one, "choices")))
            check_labels(json_object_get(one, "choices"));
    }
}

/* Req: R-442 */
static void every_label_is_in_both_languages(void)
{
    const json_t *acts = part("acts");
    static const char *const lists[] = {"roles", "types", "stages", "issues", "clauses"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        check_labels(part(lists[i]));
    check_labels(acts);
    for (size_t i = 0; i < json_array_size(acts); i++)
        check_labels(json_object_get(json_array_get(acts, i), "fields"));
    const char *name;
    json_t *words = json_deep_copy(part("words")), *list;
    json_object_foreach(words, name, list) check_labels(list);
    json_decref(words);
}

static bool is_in(const json_t *names, const char *name)
{
    for (size_t i = 0; i < json_array_size(names); i++)
        if (strcmp(json_string_value(json_array_get(names, i)), name) == 0)
            return true;
    return false;
}

static const json_t *maker_of(const char *item)
{
    const json_t *acts = part("acts");
    for (size_t i = 0; i < json_array_size(acts); i++) {
        const json_t *act = json_array_get(acts, i);
        if (strcmp(*text(act, "makes") ? text(act, "makes") : text(act, "name"), item) == 0)
            return act;
    }
    return NULL;
}

/* What an act needs is made by an act of the same stage or an earlier one: nothing waits for
 * itself, and every act can be reached. */
static void every_need_is_made_no_later(void)
{
    const json_t *acts = part("acts");
    for (size_t i = 0; i < json_array_size(acts); i++) {
        const json_t *act = json_array_get(acts, i);
        const json_t *needs = json_object_get(act, "needs");
        for (size_t k = 0; k < json_array_size(needs); k++) {
            const json_t *maker = maker_of(json_string_value(json_array_get(needs, k)));
            CHECK(maker != NULL);
            const bool fine =
                maker && (json_is_true(json_object_get(act, "event")) ||
                          stage_index(text(maker, "stage")) <= stage_index(text(act, "stage")));
            if (!fine)
                printf("# %s needs %s\n", text(act, "name"),
                       json_string_value(json_array_get(needs, k)));
            CHECK(fine);
        }
    }
}

/* The three administrators do nothing of a case's own; the audit administrator nothing at all.
 */
static void administrators_are_kept_apart(void)
{
    static const char *const apart[] = {"security", "audit", "authority"};
    const json_t *acts = part("acts");
    for (size_t i = 0; i < json_array_size(acts); i++) {
        const json_t *act = json_array_get(acts, i);
        for (size_t k = 0; k < 3; k++)
            CHECK(!is_in(json_object_get(act, "roles"), apart[k]));
        if (is_in(json_object_get(act, "roles"), "administrator"))
            CHECK(strcmp(text(act, "stage"), "closed") == 0);
    }
}

/* ---- role × act × stage ---- */

/* Independent of the judge: what the table says, read word by word. */
static bool table_allows(const json_t *act, const char *role, int stage)
{
    const int own = stage_index(text(act, "stage")), use = stage_index("use");
    const int from = *text(act, "from") ? stage_index(text(act, "from")) : own;
    const int until = *text(act, "until") ? stage_index(text(act, "until"))
                      : own <= use        ? use
                                          : stage_index("followup");
    return is_in(json_object_get(act, "roles"), role) && stage >= from && stage <= until;
}

static void the_matrix_says_what_the_table_says(void)
{
    const json_t *roles = part("roles"), *acts = part("acts"), *stages = part("stages");
    size_t yes = 0, all = 0;
    for (size_t r = 0; r < json_array_size(roles); r++)
        for (size_t a = 0; a < json_array_size(acts); a++)
            for (size_t s = 0; s < json_array_size(stages); s++, all++) {
                const char *role = text(json_array_get(roles, r), "name");
                const json_t *act = json_array_get(acts, a);
                const bool allowed = nw_flow_allows(flow, role, text(act, "name"),
                                                    text(json_array_get(stages, s), "name"));
                yes += allowed;
                CHECK(allowed == table_allows(act, role, (int)s));
            }
    printf("# %zu of %zu are allowed\n", yes, all);
    CHECK(yes > 500 && yes < all / 5);
    CHECK(!nw_flow_allows(flow, "king", "order.write", "order"));
    CHECK(!nw_flow_allows(flow, "physician", "order.steal", "order"));
    CHECK(!nw_flow_allows(flow, "physician", "order.write", "elsewhere"));
}

static const json_t *person_of(const char *role)
{
    json_t *all = people, *person;
    const char *key;
    json_object_foreach(all, key,
                        person) if (strcmp(text(person, "role"), role) == 0) return person;
    return NULL;
}

/* In a case that stands in this stage every pair is asked. */
static void ask_all(struct play *play, const char *stage)
{
    const json_t *roles = part("roles"), *acts = part("acts");
    char time[80];
    play_time(play, time);
    for (size_t r = 0; r < json_array_size(roles); r++)
        for (size_t a = 0; a < json_array_size(acts); a++) {
            const char *role = text(json_array_get(roles, r), "name");
            const char *act = text(json_array_get(acts, a), "name");
            const bool is_for = is_in(json_object_get(json_array_get(acts, a), "roles"), role);
            struct nw_err err = {0};
            json_t *statement =
                nw_case_statement(play->state, act, person_of(role), time, &err);
            if (statement)
                CHECK(nw_flow_allows(flow, role, act, stage));
            else if (!is_for)
                CHECK(err.code == NW_ERR_DENIED);
            else if (!nw_flow_allows(flow, role, act, stage))
                CHECK(err.code == NW_ERR_STATE ||
                      (!last_of(play->entries, "team.set") && err.code == NW_ERR_DENIED));
            else /* allowed by role and stage: something else must come first, or another person
                  */
                CHECK(err.code == NW_ERR_STATE || err.code == NW_ERR_DENIED);
            json_decref(statement);
        }
}

/* At each act's own moment every role is tried: those of the table may, all others may not. */
static void ask_roles(struct play *play, const json_t *step)
{
    const json_t *act = act_named(step_act(step)), *roles = part("roles");
    const json_t *bound = json_object_get(act, "people");
    json_t *entry = play_entry(play, step);
    for (size_t r = 0; r < json_array_size(roles); r++) {
        const char *role = text(json_array_get(roles, r), "name");
        const bool is_for = is_in(json_object_get(act, "roles"), role);
        struct nw_err err = {0};
        json_t *statement = nw_case_statement(play->state, step_act(step), person_of(role),
                                              text(entry, "time"), &err);
        if (!is_for)
            CHECK(!statement && err.code == NW_ERR_DENIED);
        else if (!bound && json_array_size(play->entries) > 2)
            CHECK(statement != NULL);
        json_decref(statement);
    }
    json_decref(entry);
}

/* Req: R-170 */
static void every_role_act_and_stage_is_tried(void)
{
    json_t *file = load_json("custom"), *steps = json_object_get(file, "steps");
    struct play play = play_new();
    char before[40] = "";
    size_t stages = 0;
    for (size_t i = 0; i < json_array_size(steps); i++) {
        struct nw_err err = {0};
        ask_roles(&play, json_array_get(steps, i));
        CHECK(play_step(&play, json_array_get(steps, i), &err));
        if (strcmp(before, stage_now(&play)) != 0) {
            snprintf(before, sizeof before, "%s", stage_now(&play));
            ask_all(&play, before);
            stages++;
        }
    }
    CHECK(stages == json_array_size(part("stages")));
    play_free(&play);
    json_decref(file);
}

/* ---- a site's own table ---- */

static void expect_refused(const char *pointer, const char *member, json_t *value,
                           const char *said)
{
    json_t *table = json_deep_copy(nw_flow_table(flow));
    json_t *list = json_object_get(table, pointer);
    json_object_set_new(json_is_array(list) ? json_array_get(list, 3) : list, member, value);
    char *dump = json_dumps(table, 0);
    struct nw_err err = {0};
    struct nw_flow *own = nw_flow_open(dump, strlen(dump), &err);
    CHECK(!own && err.code == NW_ERR_DATA);
    if (!strstr(err.msg, said))
        printf("# %s.%s: %s\n", pointer, member, err.msg);
    CHECK(strstr(err.msg, said) != NULL);
    nw_flow_close(own);
    free(dump);
    json_decref(table);
}

static void a_table_of_ones_own_is_checked(void)
{
    struct nw_err err = {0};
    char *dump = json_dumps(nw_flow_table(flow), 0);
    struct nw_flow *own = nw_flow_open(dump, strlen(dump), &err);
    CHECK(own && json_equal(nw_flow_table(own), nw_flow_table(flow)));
    nw_flow_close(own);
    free(dump);
    CHECK(!nw_flow_open("{", 1, &err) && err.code == NW_ERR_DATA);
    expect_refused("acts", "needs", json_pack("[s]", "a.dream"), "a.dream");
    expect_refused("acts", "roles", json_pack("[s]", "king"), "king");
    expect_refused("acts", "stage", json_string("limbo"), "limbo");
    expect_refused("acts", "zh", json_string(""), "both languages");
    expect_refused("acts", "name", json_string("team.set"), "twice");
    expect_refused("acts", "checks", json_pack("[s]", "luck"), "luck");
    expect_refused("acts", "fields",
                   json_pack("[{s:s, s:s, s:s, s:s}]", "name", "x", "zh", "甲", "en", "x",
                             "kind", "number of the beast"),
                   "kind of field");
    expect_refused("acts", "when", json_pack("[{s:s}]", "is", "x"), "condition");
    expect_refused("roles", "proofs", json_pack("[{}]"), "proof");
    expect_refused("issues", "blocks_from", json_string("limbo"), "limbo");
    expect_refused("keys", "use", json_string("limbo"), "\"use\"");
    expect_refused("keys", "open", json_integer(3), "\"open\"");
}

static bool open_once(struct nw_err *err)
{
    struct nw_flow *own = nw_flow_open(NULL, 0, err);
    nw_flow_close(own);
    return own != NULL;
}

static void it_survives_each_allocation_failing(void)
{
    CHECK(unit_starve(open_once) > 2);
}

int main(void)
{
    play_begin();
    UNIT(every_label_is_in_both_languages);
    UNIT(every_need_is_made_no_later);
    UNIT(administrators_are_kept_apart);
    UNIT(the_matrix_says_what_the_table_says);
    UNIT(every_role_act_and_stage_is_tried);
    UNIT(a_table_of_ones_own_is_checked);
    UNIT(it_survives_each_allocation_failing);
    play_end();
    return unit_end();
}
