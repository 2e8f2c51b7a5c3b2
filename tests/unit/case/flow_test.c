/* case/flow.c and its kin: the whole way of each kind of product, and nothing left out of it.
 */
#include "case/play.h"

/* All steps; the first that is refused is told. */
static void plays_through(const char *name)
{
    json_t *file = load_json(name), *steps = json_object_get(file, "steps");
    struct play play = play_new();
    for (size_t i = 0; i < json_array_size(steps); i++) {
        struct nw_err err = {0};
        const json_t *step = json_array_get(steps, i);
        if (!play_step(&play, step, &err)) {
            printf("# %s, step %zu (%s): %s\n", name, i + 1, step_act(step), err.msg);
            CHECK(!"every step is accepted");
            break;
        }
    }
    CHECK(strcmp(stage_now(&play), "closed") == 0);
    json_t *list = nw_case_checklist(play.state, "2030-01-01T00:00:00.000000Z");
    CHECK(json_is_true(json_object_get(json_object_get(list, "total"), "complete")));
    json_decref(list);
    play_free(&play);
    json_decref(file);
}

/* Req: R-190 R-294 */
static void a_custom_implant_goes_all_the_way(void)
{
    plays_through("custom");
}

/* Req: R-158 */
static void the_other_kinds_need_less_and_go_all_the_way(void)
{
    plays_through("matched");
    plays_through("guide");
    plays_through("orthosis");
    plays_through("model");
}

/* ---- leaving one act out ---- */

static bool names(const json_t *list, const char *word)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), word) == 0)
            return true;
    return false;
}

static const char *made_by(const json_t *act)
{
    const json_t *makes = json_object_get(act, "makes");
    return json_string_value(makes ? makes : json_object_get(act, "name"));
}

static size_t first_of(const json_t *steps, const char *act)
{
    size_t i = 0;
    while (strcmp(step_act(json_array_get(steps, i)), act) != 0)
        i++;
    return i;
}

/* Who is no opener and of no role outside of teams needs a team. */
static bool needs_team(const json_t *step)
{
    const char *who = json_string_value(json_object_get(step, "who"));
    return strcmp(who, "zhao") != 0 && strcmp(who, "wang") != 0;
}

/* Where the table says that the lack of an act shows: at the first act that needs what it
 * makes, or belongs to a later stage. */
static size_t place_of_refusal(const json_t *steps, const char *left_out)
{
    const json_t *gone = act_named(left_out);
    const bool is_team = strcmp(left_out, "team.set") == 0;
    const int stage = stage_index(json_string_value(json_object_get(gone, "stage")));
    if (strcmp(left_out, "case.open") == 0)
        return 1;
    for (size_t i = first_of(steps, left_out) + 1; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i), *act = act_named(step_act(step));
        if (act != gone &&
            (names(json_object_get(act, "needs"), made_by(gone)) ||
             stage_index(json_string_value(json_object_get(act, "stage"))) > stage ||
             (is_team && needs_team(step))))
            return i;
    }
    return json_array_size(steps);
}

/* Plays all but one kind of act; returns the step that was refused. */
static size_t play_without(const json_t *steps, size_t left_out, struct nw_err *err)
{
    struct play play = play_new();
    const char *gone = step_act(json_array_get(steps, left_out));
    size_t refused = json_array_size(steps);
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        if (strcmp(step_act(step), gone) != 0 && !play_step(&play, step, err)) {
            refused = i;
            break;
        }
    }
    play_free(&play);
    return refused;
}

static void leaves_out_each(const char *name)
{
    json_t *file = load_json(name), *steps = json_object_get(file, "steps");
    for (size_t i = 0; i + 1 < json_array_size(steps); i++) {
        const char *act = step_act(json_array_get(steps, i));
        struct nw_err err = {0};
        const size_t wanted = place_of_refusal(steps, act);
        const size_t refused = play_without(steps, i, &err);
        const bool is_team = strcmp(act, "team.set") == 0;
        const bool right = refused == wanted && refused < json_array_size(steps) &&
                           (err.code == NW_ERR_STATE || (is_team && err.code == NW_ERR_DENIED));
        if (!right)
            printf("# %s without %s: refused at %zu, wanted %zu: %s\n", name, act, refused + 1,
                   wanted + 1, err.msg);
        CHECK(right);
    }
    json_decref(file);
}

/* Req: R-190 R-191 R-196 R-291 R-301 */
static void no_act_can_be_left_out(void)
{
    leaves_out_each("custom");
    leaves_out_each("matched");
    leaves_out_each("guide");
    leaves_out_each("orthosis");
    leaves_out_each("model");
}

/* Every other order of two acts next to each other either gives no later trouble or is refused;
 * never does an act go before one that it needs. */
static void no_act_goes_before_what_it_needs(void)
{
    json_t *file = load_json("custom"), *steps = json_object_get(file, "steps");
    for (size_t i = 0; i + 1 < json_array_size(steps); i++) {
        const json_t *first = json_array_get(steps, i), *then = json_array_get(steps, i + 1);
        const json_t *act = act_named(step_act(then));
        if (!names(json_object_get(act, "needs"), made_by(act_named(step_act(first)))) ||
            first_of(steps, step_act(first)) != i)
            continue;
        struct play play = play_new();
        struct nw_err err = {0};
        bool ok = true;
        for (size_t k = 0; ok && k < i; k++)
            ok = play_step(&play, json_array_get(steps, k), &err);
        CHECK(ok && !play_step(&play, then, &err));
        CHECK(err.code == NW_ERR_STATE || err.code == NW_ERR_DATA);
        play_free(&play);
    }
    json_decref(file);
}

/* The entry itself: its place in the chain, its time, its members. */
static void an_entry_out_of_place_is_refused(void)
{
    json_t *file = load_json("custom"), *steps = json_object_get(file, "steps");
    static const struct {
        const char *member, *value;
        enum nw_code code;
    } wrong[] = {
        {"number", "7", NW_ERR_CONFLICT},
        {"number", "\"3\"", NW_ERR_CONFLICT},
        {"case", "\"C-2\"", NW_ERR_CONFLICT},
        {"case", "\"\"", NW_ERR_DATA},
        {"before", "\"0000000000000000000000000000000000000000000000000000000000000000\"",
         NW_ERR_CONFLICT},
        {"before", "17", NW_ERR_CONFLICT},
        {"time", "\"2026-01-01T08:00:00.000000Z\"", NW_ERR_DATA},
        {"time", "\"2027-01-01T25:00:00.000000Z\"", NW_ERR_DATA},
        {"time", "\"2027-02-30T08:00:00.000000Z\"", NW_ERR_DATA},
        {"time", "\"2027-01-05\"", NW_ERR_DATA},
        {"act", "\"order.steal\"", NW_ERR_NOTFOUND},
        {"form", "[]", NW_ERR_DATA},
        {"facts", "\"none\"", NW_ERR_DATA},
        {"actor", "{\"role\": \"surgeon\"}", NW_ERR_DATA},
        {"actor", "{\"id\": \"zhao\", \"role\": \"king\"}", NW_ERR_DENIED},
        {"haste", "true", NW_ERR_DATA},
        {"signature", "{}", NW_ERR_DATA},
    };
    struct play play = play_new();
    struct nw_err err = {0};
    CHECK(play_step(&play, json_array_get(steps, 0), &err));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct nw_err why = {0};
        json_t *entry = play_entry(&play, json_array_get(steps, 1));
        json_object_set_new(entry, wrong[i].member,
                            json_loads(wrong[i].value, JSON_DECODE_ANY, NULL));
        CHECK(!play_apply(&play, entry, &why));
        if (why.code != wrong[i].code)
            printf("# %s %s: %s\n", wrong[i].member, wrong[i].value, why.msg);
        CHECK(why.code == wrong[i].code);
    }
    CHECK(play_step(&play, json_array_get(steps, 1), &err));
    play_free(&play);
    json_decref(file);
}

int main(void)
{
    play_begin();
    UNIT(a_custom_implant_goes_all_the_way);
    UNIT(the_other_kinds_need_less_and_go_all_the_way);
    UNIT(no_act_can_be_left_out);
    UNIT(no_act_goes_before_what_it_needs);
    UNIT(an_entry_out_of_place_is_refused);
    play_end();
    return unit_end();
}
