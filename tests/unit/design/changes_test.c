/* Versions of a document as text: only what says something else is listed. */
#include "design/changes.h"

#include <string.h>

#include "starve.h"
#include "unit.h"

static const char a[] =
    "{\"title\": \"x\", \"parts\": {\"p\": {\"at_mm\": [1, 2, 3], \"r\": 1},\n"
    "\"drills\": [{\"name\": \"l\", \"d\": 2}, {\"name\": \"r\", \"d\": 3}],\n"
    "\"gone\": [true, null, \"a\\\"b\"]}}";
static const char b[] =
    "{\"parts\": {\"drills\": [{\"d\": 3.5, \"name\": \"r\"},\n"
    " {\"name\": \"l\", \"d\": 2.0}], \"p\": {\"r\": 1e0, \"at_mm\": [1, 2, 4]},"
    " \"new\": {\"k\": 1}}, \"title\": \"x\"}";

static void order_and_spelling_do_not_count(void)
{
    struct nw_design_changes c = {0};
    struct nw_err err = {0};
    static const char *const want[][3] = {
        {"parts.p.at_mm", "[1, 2, 3]", "[1, 2, 4]"},
        {"parts.drills[r].d", "3", "3.5"},
        {"parts.gone", "[true, null, \"a\\\"b\"]", NULL},
        {"parts.new", NULL, "{\"k\": 1}"},
    };
    CHECK(nw_design_changes(a, sizeof a - 1, b, sizeof b - 1, &c, &err));
    CHECK(c.count == 4);
    for (size_t i = 0; i < c.count && i < 4; i++) {
        CHECK(strcmp(c.item[i].place, want[i][0]) == 0);
        CHECK(!c.item[i].from == !want[i][1] && !c.item[i].to == !want[i][2]);
        CHECK(!c.item[i].from || !want[i][1] || strcmp(c.item[i].from, want[i][1]) == 0);
        CHECK(!c.item[i].to || !want[i][2] || strcmp(c.item[i].to, want[i][2]) == 0);
    }
    nw_design_changes_release(&c);
    CHECK(nw_design_changes(a, sizeof a - 1, a, sizeof a - 1, &c, &err) && c.count == 0);
    nw_design_changes_release(&c);
}

static void a_kind_of_value_that_changes_is_a_change(void)
{
    static const char *const pairs[][2] = {
        {"{\"k\": 1}", "{\"k\": \"1\"}"},     {"{\"k\": [1]}", "{\"k\": [1, 2]}"},
        {"{\"k\": null}", "{\"k\": false}"},  {"{\"k\": {}}", "{\"k\": []}"},
        {"{\"k\": \"a\"}", "{\"k\": \"b\"}"}, {"{\"k\": true}", "{\"k\": false}"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct nw_design_changes c = {0};
        struct nw_err err = {0};
        CHECK(nw_design_changes(pairs[i][0], strlen(pairs[i][0]), pairs[i][1],
                                strlen(pairs[i][1]), &c, &err));
        CHECK(c.count == 1 && c.item && strcmp(c.item[0].place, "k") == 0);
        nw_design_changes_release(&c);
    }
}

static void items_of_one_name_keep_their_order(void)
{
    static const char twice[] = "[{\"name\": \"a\", \"d\": 1}, 7, {\"name\": \"a\", \"d\": 2}]";
    static const char second[] =
        "[{\"name\": \"a\", \"d\": 1}, {\"name\": \"a\", \"d\": 3}, 7]";
    struct nw_design_changes c = {0};
    struct nw_err err = {0};
    CHECK(nw_design_changes(twice, sizeof twice - 1, twice, sizeof twice - 1, &c, &err));
    CHECK(c.count == 0);
    nw_design_changes_release(&c);
    CHECK(nw_design_changes(twice, sizeof twice - 1, second, sizeof second - 1, &c, &err));
    CHECK(c.count == 1 && c.item && strcmp(c.item[0].place, "[a].d") == 0);
    nw_design_changes_release(&c);
}

static void broken_text_is_told_apart(void)
{
    struct nw_design_changes c = {0};
    struct nw_err err = {0};
    CHECK(!nw_design_changes(a, sizeof a - 1, b, 20, &c, &err));
    CHECK(err.code == NW_ERR_DATA && strstr(err.msg, "the second: line 1"));
}

static bool attempt(struct nw_err *err)
{
    struct nw_design_changes c = {0};
    const bool ok = nw_design_changes(a, sizeof a - 1, b, sizeof b - 1, &c, err);
    nw_design_changes_release(&c);
    return ok;
}

static void memory_running_out_is_survived(void)
{
    CHECK(unit_starve(attempt) > 5);
}

int main(void)
{
    UNIT(order_and_spelling_do_not_count);
    UNIT(a_kind_of_value_that_changes_is_a_change);
    UNIT(items_of_one_name_keep_their_order);
    UNIT(broken_text_is_told_apart);
    UNIT(memory_running_out_is_survived);
    return unit_end();
}
