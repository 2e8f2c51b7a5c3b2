/* case/trace.c: every entry reaches what it rests on and what rests on it; gaps show. */
#include "case/steps.h"

static const json_t *links_of(const json_t *trace)
{
    return json_object_get(trace, "links");
}

static size_t newest(const struct play *play, const char *act)
{
    return last_of(play->entries, act);
}

static bool holds(const json_t *list, size_t number)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_integer_value(json_array_get(list, i)) == (json_int_t)number)
            return true;
    return false;
}

/* Is `on` among what `from` reaches over "back" or "forth"? */
static bool reaches(const struct play *play, const char *way, size_t from, size_t on)
{
    struct nw_err err = {0};
    json_t *trace = nw_case_trace(play->state);
    const bool found = nw_case_trace_from(trace, (int64_t)from, &err) &&
                       holds(json_object_get(trace, way), on);
    json_decref(trace);
    return found;
}

/* Req: R-340 */
static void every_edge_stands_at_both_its_ends(void)
{
    struct play play = played_to(NULL);
    json_t *trace = nw_case_trace(play.state);
    const json_t *links = links_of(trace);
    size_t edges = 0;
    CHECK(json_array_size(links) == json_array_size(play.entries));
    for (size_t i = 0; i < json_array_size(links); i++) {
        const json_t *link = json_array_get(links, i);
        const json_t *rests = json_object_get(link, "rests_on");
        const json_t *carries = json_object_get(link, "carries");
        CHECK(json_integer_value(json_object_get(link, "entry")) == (json_int_t)i + 1);
        for (size_t k = 0; k < json_array_size(rests); k++, edges++) {
            const size_t on = (size_t)json_integer_value(json_array_get(rests, k));
            CHECK(on >= 1 && on <= i);
            CHECK(holds(json_object_get(json_array_get(links, on - 1), "carries"), i + 1));
        }
        for (size_t k = 0; k < json_array_size(carries); k++) {
            const size_t by = (size_t)json_integer_value(json_array_get(carries, k));
            CHECK(by > i + 1 && by <= json_array_size(links));
            CHECK(holds(json_object_get(json_array_get(links, by - 1), "rests_on"), i + 1));
        }
    }
    CHECK(edges > json_array_size(links));
    json_decref(trace);
    play_free(&play);
}

/* The items that the standard names, each from each other. Req: R-340 R-342 */
static void from_any_item_all_others_are_reached(void)
{
    static const char *const chain[] = {
        "images.take",   "images.confirm",   "order.write",      "design.submit",
        "verify.result", "production.start", "inspection.sheet", "delivery.list",
        "delivery.sign", "use.record"};
    enum { COUNT = sizeof chain / sizeof *chain };
    struct play play = played_to(NULL);
    for (size_t i = 0; i < COUNT; i++)
        for (size_t k = 0; k < COUNT; k++) {
            const size_t a = newest(&play, chain[i]), b = newest(&play, chain[k]);
            if (a == b)
                continue;
            const bool found = reaches(&play, a > b ? "back" : "forth", a, b);
            if (!found && (a > b ? a : b) == newest(&play, "use.record"))
                printf("# %s and %s\n", chain[i], chain[k]);
            /* the last of the chain rests on all of it, and each carries it */
            if (i == COUNT - 1 || k == COUNT - 1)
                CHECK(found);
            CHECK(found == reaches(&play, a > b ? "forth" : "back", b, a));
        }
    play_free(&play);
}

/* Req: R-345 */
static void missing_links_are_marked(void)
{
    struct play play = played_to(NULL);
    json_t *trace = nw_case_trace(play.state);
    CHECK(json_is_true(json_object_get(trace, "whole")));
    CHECK(json_array_size(json_object_get(trace, "missing")) == 0);
    json_decref(trace);
    play_free(&play);

    play = played_to("device.issue"); /* all is there, then the order is changed */
    trace = nw_case_trace(play.state);
    CHECK(json_is_true(json_object_get(trace, "whole")));
    json_decref(trace);
    play_free(&play);

    play = played_to("design.submit");
    CHECK(takes_altered(&play, "order.write", NULL, "age", json_integer(47)));
    trace = nw_case_trace(play.state);
    const json_t *missing = json_object_get(trace, "missing");
    bool signs = false;
    for (size_t i = 0; i < json_array_size(missing); i++) {
        const json_t *one = json_array_get(missing, i);
        CHECK(strcmp(json_string_value(json_object_get(one, "state")), "stale") == 0);
        signs |= strcmp(json_string_value(json_object_get(one, "name")),
                        "order.sign_physician") == 0;
    }
    CHECK(signs && !json_is_true(json_object_get(trace, "whole")));
    const json_t *link =
        json_array_get(links_of(trace), newest(&play, "order.sign_physician") - 1);
    CHECK(strcmp(json_string_value(json_object_get(link, "state")), "stale") == 0);
    json_decref(trace);
    play_free(&play);
}

/* A change says which result it comes from, and is found from there. Req: R-233 */
static void a_change_is_linked_to_what_caused_it(void)
{
    struct play play = played_to("design.review");
    const size_t cause = newest(&play, "input.review");
    CHECK(refuses_altered(&play, "change.open", NULL, "source", json_integer(9999), NW_ERR_DATA,
                          "source"));
    CHECK(takes_altered(&play, "change.open", NULL, "source", json_integer((json_int_t)cause)));
    const size_t change = newest(&play, "change.open");
    CHECK(reaches(&play, "forth", cause, change) && reaches(&play, "back", change, cause));
    CHECK(!reaches(&play, "back", change, newest(&play, "risk.file")));
    play_free(&play);
}

/* Req: R-240 */
static void a_piece_has_lot_code_and_each_way_in_and_out(void)
{
    static const char *const step[] = {"production.start", "code.assign", "production.run",
                                       "store.in",         "store.out",   "delivery.receive"};
    struct play play = played_to("store.in");
    CHECK(refuses(&play, "store.out", NW_ERR_STATE, "must come first"));
    play_free(&play);
    play = played_to("store.out");
    CHECK(refuses(&play, "transport.record", NW_ERR_STATE, "must come"));
    play_free(&play);
    play = played_to(NULL);
    for (size_t i = 1; i < sizeof step / sizeof *step; i++)
        CHECK(newest(&play, step[i - 1]) > 0 && newest(&play, step[i]) > 0);
    CHECK(reaches(&play, "back", newest(&play, "store.out"), newest(&play, "store.in")));
    CHECK(reaches(&play, "back", newest(&play, "store.in"), newest(&play, "production.start")));
    CHECK(strcmp(json_string_value(
                     json_object_get(nw_case_record(play.state, "production.start", 0), "lot")),
                 "B-2026-001") == 0);
    play_free(&play);
}

/* Who chose the method and why, who collected and how the patient is protected. Req: R-360 */
static void images_say_who_took_them_and_protect_the_patient(void)
{
    static const char *const member[] = {"method_chosen_by", "method_reason", "collected_by"};
    struct play play = played_to("images.take");
    for (size_t i = 0; i < sizeof member / sizeof *member; i++)
        CHECK(refuses_altered(&play, "images.take", NULL, member[i], json_string(""),
                              NW_ERR_DATA, member[i]));
    CHECK(takes_altered(&play, "images.take", NULL, "privacy", json_false()));
    CHECK(stands(&play, "images.take", "negative"));
    CHECK(refuses(&play, "images.confirm", NW_ERR_STATE, "must come first"));
    CHECK(takes(&play, "images.take") && takes(&play, "images.confirm"));
    play_free(&play);
}

static void what_is_not_there_is_refused(void)
{
    struct play play = played_to("team.set");
    json_t *trace = nw_case_trace(play.state);
    struct nw_err err = {0};
    CHECK(nw_case_trace_from(trace, 1, &err));
    CHECK(json_array_size(json_object_get(trace, "back")) == 0);
    for (int64_t number = 0; number < 3; number += 2) {
        err = (struct nw_err){0};
        CHECK(!nw_case_trace_from(trace, number, &err));
        CHECK(says(&err, NW_ERR_NOTFOUND, "has no entry"));
    }
    json_decref(trace);
    play_free(&play);
}

int main(void)
{
    steps_begin();
    UNIT(every_edge_stands_at_both_its_ends);
    UNIT(from_any_item_all_others_are_reached);
    UNIT(missing_links_are_marked);
    UNIT(a_change_is_linked_to_what_caused_it);
    UNIT(a_piece_has_lot_code_and_each_way_in_and_out);
    UNIT(images_say_who_took_them_and_protect_the_patient);
    UNIT(what_is_not_there_is_refused);
    steps_end();
    return unit_end();
}
