/* tests/unit/core/json_test.c -- documents, and what is wrong with them, with their places. */
#include "core/json.h"

#include <string.h>

#include "starve.h"
#include "unit.h"

static const char DOC[] = "{\n"
                          "  \"name\": \"left \\u9aa8\\ud83d\\ude00 \\\"x\\\"\",\n"
                          "  \"items\": {\n"
                          "    \"hip\": {\"at_mm\": [1, -2.5e1,\n"
                          "      0.125], \"on\": true, \"none\": null}\n"
                          "  }\n"
                          "}\n";

static const struct nw_json_value *parse(struct nw_arena *arena, const char *text,
                                         struct nw_err *err)
{
    *err = (struct nw_err){0};
    return nw_json_parse(arena, text, strlen(text), err);
}

static void a_document_is_read_with_its_places(void)
{
    struct nw_arena arena = {0};
    struct nw_err err;
    const struct nw_json_value *doc = parse(&arena, DOC, &err);
    CHECK(doc && doc->kind == NW_JSON_OBJECT && doc->count == 2);
    CHECK(strcmp(nw_json_member(doc, "name")->text,
                 "left \xe9\xaa\xa8\xf0\x9f\x98\x80 \"x\"") == 0);
    const struct nw_json_value *hip = nw_json_member(nw_json_member(doc, "items"), "hip");
    nw_vec3 at;
    CHECK(nw_json_take_vec3(nw_json_member(hip, "at_mm"), &at, &err));
    CHECK(at.x == 1 && at.y == -25 && at.z == 0.125);
    bool on = false;
    CHECK(nw_json_take_bool(nw_json_member(hip, "on"), &on, &err) && on);
    CHECK(nw_json_member(hip, "none")->kind == NW_JSON_NULL);
    CHECK(nw_json_member(hip, "nothing") == NULL);
    char place[NW_JSON_PLACE];
    nw_json_place(nw_json_member(hip, "at_mm")->first->next->next, place);
    CHECK(strcmp(place, "line 5, items.hip.at_mm[2]") == 0);
    nw_json_place(doc, place);
    CHECK(strcmp(place, "line 1") == 0);
    nw_arena_release(&arena);
}

static void what_is_no_json_is_said_with_its_line(void)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"", "line 1: the text ends where a value should be"},
        {"{\n\"a\": NaN}",
         "line 2: NaN is no value; texts stand in quotes, numbers are finite"},
        {"{\n\"a\": 1,\n\"a\": 2}", "line 3: \"a\" is already there in line 2"},
        {"[1,\n2", "line 2: the text ends where a comma or ] should be"},
        {"[1 2]", "line 1: '2' stands where a comma or ] should be"},
        {"{\"a\" 1}", "line 1: '1' stands where a colon should be"},
        {"{a: 1}", "line 1: 'a' stands where a member's name in quotes should be"},
        {"[1,]", "line 1: ']' stands where a value should be"},
        {"[01]", "line 1: '0' stands where a value should be"},
        {"[1.]", "line 1: '1' stands where a value should be"},
        {"[1e999]", "line 1: a number is too large to be held"},
        {"\"a\nb\"", "line 1: a text runs over the end of its line"},
        {"\"a", "line 1: the text ends where the end of a quoted text should be"},
        {"\"\\q\"", "line 1: a backslash in a text begins no escape that JSON knows"},
        {"\"\\u0000\"", "line 1: a backslash in a text begins no escape that JSON knows"},
        {"\"\\ud800x\"", "line 1: a backslash in a text begins no escape that JSON knows"},
        {"1 1", "line 1: '1' stands where the end should be"},
        {"\"\xff\"", "line 1: a document is text in UTF-8, which this line is not"},
        {"\"\xe9\xaa\xa8\",\n\n\"\xb9\xc7\"",
         "line 3: a document is text in UTF-8, which this line is not"},
        {"\"\xe9\n\xaa\xa8\"", "line 1: a document is text in UTF-8, which this line is not"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct nw_arena arena = {0};
        struct nw_err err;
        CHECK(!parse(&arena, bad[i].text, &err) && err.code == NW_ERR_DATA);
        if (strcmp(err.msg, bad[i].says) != 0)
            printf("# %s\n", err.msg);
        CHECK(strcmp(err.msg, bad[i].says) == 0);
        nw_arena_release(&arena);
    }
}

static void depth_and_width_are_bounded(void)
{
    struct nw_arena arena = {0};
    struct nw_err err;
    char deep[4096];
    memset(deep, '[', 2000);
    deep[2000] = '\0';
    CHECK(!parse(&arena, deep, &err) && err.code == NW_ERR_LIMIT);
    size_t len = 1;
    static char wide[1 << 17];
    wide[0] = '{';
    for (int i = 0; i <= 4096; i++)
        len += (size_t)snprintf(wide + len, sizeof wide - len, "%s\"k%d\":1", i ? "," : "", i);
    wide[len++] = (char)125;
    wide[len] = 0;
    CHECK(!parse(&arena, wide, &err) && err.code == NW_ERR_LIMIT);
    nw_arena_release(&arena);
}

static bool fails(bool ok, const char *says, struct nw_err *err)
{
    const bool right = !ok && strcmp(err->msg, says) == 0;
    if (!right)
        printf("# %s\n", err->msg);
    *err = (struct nw_err){0};
    return right;
}

static void a_value_of_the_wrong_kind_is_said_with_its_place(void)
{
    struct nw_arena arena = {0};
    struct nw_err err;
    const struct nw_json_value *doc =
        parse(&arena, "{\"a\":\"x\",\n\"b\":[1,2],\n\"c\":[1,2,1e7],\"d\":9,\"e\":\"\"}", &err);
    double x;
    nw_vec3 v;
    bool flag;
    const char *text;
    CHECK(fails(nw_json_take_number(nw_json_member(doc, "a"), 0, 1, &x, &err),
                "line 1, a: a number should stand here", &err));
    CHECK(fails(nw_json_take_number(nw_json_member(doc, "d"), 0, 1, &x, &err),
                "line 3, d: 9 is not within 0 to 1", &err));
    CHECK(fails(nw_json_take_vec3(nw_json_member(doc, "b"), &v, &err),
                "line 2, b: a list of three numbers should stand here", &err));
    CHECK(fails(nw_json_take_vec3(nw_json_member(doc, "c"), &v, &err),
                "line 3, c[2]: 1e+07 is not within -1e+06 to 1e+06", &err));
    CHECK(fails(nw_json_take_bool(nw_json_member(doc, "d"), &flag, &err),
                "line 3, d: true or false should stand here", &err));
    CHECK(fails(nw_json_take_text(nw_json_member(doc, "e"), &text, &err),
                "line 3, e: a text in quotes should stand here", &err));
    static const char *const known[] = {"a", "b", "c", "e", NULL};
    CHECK(fails(nw_json_check_keys(doc, known, &err),
                "line 3, d: this member is not known here; known are a, b, c, e", &err));
    nw_arena_release(&arena);
}

static void a_file_is_taken_whole_or_its_fault_is_said(void)
{
    static const char text[] =
        "{\"a\": {\"path\": \"b.stl\", \"unit\": \"cm\", \"axes\": \"LAF\"},\n"
        "\"b\": {\"unit\": \"mm\"},\n"
        "\"c\": {\"path\": \"b.stl\", \"sha256\": \"ABC\"},\n"
        "\"d\": {\"path\": \"b.stl\", \"unit\": \"km\"},\n"
        "\"e\": {\"path\": \"b.stl\", \"axes\": \"LPF\"},\n"
        "\"f\": {\"path\": \"b.stl\", \"file\": 1}}";
    struct nw_arena arena = {0};
    struct nw_err err = {0};
    const struct nw_json_value *doc = nw_json_parse(&arena, text, sizeof text - 1, &err);
    struct nw_file_ref file = {0};
    CHECK(doc && nw_json_take_file(nw_json_member(doc, "a"), &file, &err));
    CHECK(strcmp(file.path, "b.stl") == 0 && !file.sha256 && strcmp(file.unit, "cm") == 0 &&
          strcmp(file.axes, "LAF") == 0);
    CHECK(fails(nw_json_take_file(nw_json_member(doc, "b"), &file, &err),
                "line 2, b: \"path\" is missing", &err));
    CHECK(fails(nw_json_take_file(nw_json_member(doc, "c"), &file, &err),
                "line 3, c.sha256: a SHA-256 has 64 hexadecimal digits in small letters",
                &err));
    CHECK(fails(nw_json_take_file(nw_json_member(doc, "d"), &file, &err),
                "line 4, d.unit: \"km\" is none of mm, cm, m, inch, um", &err));
    CHECK(
        fails(nw_json_take_file(nw_json_member(doc, "e"), &file, &err),
              "line 5, e.axes: \"LPF\" does not say where x, y and z point in three letters of "
              "R L A P H F, right-handed, such as LPS or RAS",
              &err));
    CHECK(fails(nw_json_take_file(nw_json_member(doc, "f"), &file, &err),
                "line 6, f.file: this member is not known here; known are path, sha256, unit, "
                "axes, about",
                &err));
    nw_arena_release(&arena);
}

static bool attempt(struct nw_err *err)
{
    struct nw_arena arena = {0};
    const bool ok = nw_json_parse(&arena, DOC, sizeof DOC - 1, err) != NULL;
    nw_arena_release(&arena);
    return ok;
}

static void no_allocation_is_missed(void)
{
    unit_starve(attempt);
}

int main(void)
{
    UNIT(a_document_is_read_with_its_places);
    UNIT(what_is_no_json_is_said_with_its_line);
    UNIT(depth_and_width_are_bounded);
    UNIT(a_value_of_the_wrong_kind_is_said_with_its_place);
    UNIT(a_file_is_taken_whole_or_its_fault_is_said);
    UNIT(no_allocation_is_missed);
    return unit_end();
}
