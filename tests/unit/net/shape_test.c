/* net/shape.c: shapes of replies become JSON schemas, or are refused. */
#include "net/shape.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* A shape's schema as text with its members in order; "" when it is refused. */
static bool gives(const char *shape, const char *text)
{
    struct nw_err err = {0};
    json_t *schema = nw_shape_schema(shape, &err);
    char *got = schema ? json_dumps(schema, JSON_SORT_KEYS | JSON_COMPACT) : NULL;
    const bool same = strcmp(got ? got : "", text) == 0 && (got || err.code == NW_ERR_DATA);
    free(got);
    json_decref(schema);
    return same;
}

static void each_notation_has_its_schema(void)
{
    CHECK(gives("text", "{\"type\":\"string\"}"));
    CHECK(gives("any", "{}"));
    CHECK(gives("[Job]",
                "{\"items\":{\"$ref\":\"#/components/schemas/Job\"},\"type\":\"array\"}"));
    CHECK(gives("'a' | null", "{\"anyOf\":[{\"const\":\"a\"},{\"type\":\"null\"}]}"));
    CHECK(gives("{}", "{\"additionalProperties\":false,\"properties\":{},\"required\":[],"
                      "\"type\":\"object\"}"));
    CHECK(gives("{a: int, b?: bool, *: number}",
                "{\"additionalProperties\":{\"type\":\"number\"},\"properties\":{\"a\":{"
                "\"type\":\"integer\"},\"b\":{\"type\":\"boolean\"}},\"required\":[\"a\"],"
                "\"type\":\"object\"}"));
}

static void what_is_no_shape_is_refused(void)
{
    static const char *const wrong[] = {
        "",          "what",    "{a}",
        "{a: }",     "{a: int", "{a: int b: int}",
        "[text",     "'a",      "text |",
        "text | |",  "text]",   "{: int}",
        "{a: int,}", "*: int",  "[[[[[[[[[[[[[[[[[[[[text]]]]]]]]]]]]]]]]]]]]",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK(gives(wrong[i], ""));
}

/* Every name that a schema refers to has a schema. */
static bool is_closed(const json_t *schema, const json_t *named)
{
    static const char where[] = "#/components/schemas/";
    const char *reference = json_string_value(json_object_get(schema, "$ref"));
    const char *key;
    json_t *one;
    size_t i;
    bool closed = !reference || json_object_get(named, reference + strlen(where));
    json_object_foreach((json_t *)(uintptr_t)schema, key, one) closed &= is_closed(one, named);
    json_array_foreach(schema, i, one) closed &= is_closed(one, named);
    return closed;
}

static void named_shapes_name_each_other(void)
{
    struct nw_err err = {0};
    json_t *named = nw_shapes_named(&err);
    CHECK(named && json_object_size(named) > 20);
    CHECK(is_closed(named, named));
    json_decref(named);
}

int main(void)
{
    UNIT(each_notation_has_its_schema);
    UNIT(what_is_no_shape_is_refused);
    UNIT(named_shapes_name_each_other);
    return unit_end();
}
