/* Where a member of a JSON text stands. */
#include "core/jsonline.h"

#include <string.h>

#include "unit.h"

static const char text[] = "{\n"                                       /* 1 */
                           "  \"name\": \"a \\\"{ b\",\n"              /* 2 */
                           "  \"limits\": {\"min\": 1,\n"              /* 3 */
                           "     \"max\": [1, 2,\n"                    /* 4 */
                           "        {\"deep\": true}]\n"               /* 5 */
                           "  },\n"                                    /* 6 */
                           "  \"parts\": [\n"                          /* 7 */
                           "    {\"name\": \"x\"},\n"                  /* 8 */
                           "    {\n"                                   /* 9 */
                           "      \"name\": \"y\", \"limits\": null\n" /* 10 */
                           "    }\n"                                   /* 11 */
                           "  ],\n"                                    /* 12 */
                           "  \"max\": 3\n"                            /* 13 */
                           "}\n";

static size_t line(const char *path)
{
    return nw_json_line(text, strlen(text), path);
}

static void a_member_is_found_on_its_line(void)
{
    CHECK(line("name") == 2);
    CHECK(line("limits") == 3);
    CHECK(line("limits.min") == 3);
    CHECK(line("limits.max") == 4);
    CHECK(line("limits.max[1]") == 4);
    CHECK(line("limits.max[2].deep") == 5);
    CHECK(line("parts[0].name") == 8);
    CHECK(line("parts[1]") == 9);
    CHECK(line("parts[1].name") == 10);
    CHECK(line("parts[1].limits") == 10);
    CHECK(line("max") == 13);
}

static void what_is_missing_leads_to_where_it_should_be(void)
{
    CHECK(line("parts[1].colour") == 9);
    CHECK(line("parts[7]") == 7);
    CHECK(line("nothing") == 1);
    CHECK(line("") == 1);
}

static void any_bytes_end(void)
{
    const char *const odd[] = {"",       "{",     "\"",   "{\"a",
                               "{\"a\\", "]]]]}", "[[[[", "{\"a\":[1,,}"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        CHECK(nw_json_line(odd[i], strlen(odd[i]), "a[0].b") == 1);
    static char deep[400];
    memset(deep, '[', sizeof deep);
    CHECK(nw_json_line(deep, sizeof deep, "[0][0]") == 1);
}

int main(void)
{
    UNIT(a_member_is_found_on_its_line);
    UNIT(what_is_missing_leads_to_where_it_should_be);
    UNIT(any_bytes_end);
    return unit_end();
}
