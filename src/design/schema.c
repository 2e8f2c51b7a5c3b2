/* design/schema.c -- the JSON schema of documents, from the tables that read them. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "design/kinds_priv.h"

/* The text so far; the first failure stays in err and makes all later writing nothing. */
struct writer {
    struct nw_text text;
    struct nw_err *err;
    const char *kind, *in; /* whose members are being written, and of which list's items */
};

static void put(struct writer *t, const char *text)
{
    if (t->err->code == NW_OK)
        (void)!nw_text_add(&t->text, text, t->err);
}

NW_PRINTF(2, 3) static void printf_to(struct writer *t, const char *fmt, ...)
{
    char text[600];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    put(t, text);
}

static void put_string(struct writer *t, const char *text)
{
    put(t, "\"");
    for (const char *c = text; *c; c++)
        printf_to(t, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
    put(t, "\"");
}

static void put_members(struct writer *t, const struct nw_member *members, const char *kind);

static void put_range(struct writer *t, const struct nw_member *m)
{
    printf_to(t, "\"type\":\"number\",\"minimum\":%g,\"maximum\":%g", m->min, m->max);
    if (isfinite(m->preset) && !m->required)
        printf_to(t, ",\"default\":%g", m->preset);
}

static void put_choices(struct writer *t, const struct nw_member *m)
{
    put(t, "\"enum\":[");
    for (size_t i = 0; m->choices[i]; i++) {
        put(t, i > 0 ? "," : "");
        put_string(t, m->choices[i]);
    }
    put(t, "]");
    if (isfinite(m->preset) && !m->required) {
        put(t, ",\"default\":");
        put_string(t, m->choices[(size_t)m->preset]);
    }
}

/* What a form needs and JSON schema has no word for: the Chinese sentence, and what a number, a
 * name or a list of three stands for, also in a picture. */
static void put_meaning(struct writer *t, const struct nw_member *m)
{
    static const char *const what[] = {
        [NW_LENGTH_MEMBER] = "length",       [NW_ANGLE_MEMBER] = "angle",
        [NW_NUMBER_MEMBER] = "number",       [NW_POINT_MEMBER] = "point",
        [NW_DIRECTION_MEMBER] = "direction", [NW_TEXT_MEMBER] = "text",
        [NW_CHOICE_MEMBER] = "choice",       [NW_FILE_MEMBER] = "file",
        [NW_PART_MEMBER] = "part",           [NW_PARTS_MEMBER] = "parts",
        [NW_POINTS_MEMBER] = "points",       [NW_OUTLINE_MEMBER] = "outline",
        [NW_ITEMS_MEMBER] = "items"};
    printf_to(t, "\"x-what\":\"%s\",\"x-zh\":", what[m->type]);
    put_string(t, m->zh);
    put(t, ",");
    const struct nw_handle h = nw_handle_of(t->kind, t->in, m);
    if (!h.as)
        return;
    printf_to(t, "\"x-handle\":{\"as\":\"%s\"", h.as);
    if (h.at)
        printf_to(t, ",\"at\":\"%s\"", h.at);
    if (h.on)
        printf_to(t, ",\"on\":\"%s\"", h.on);
    put(t, "},");
}

static void put_type(struct writer *t, const struct nw_member *m)
{
    switch (m->type) {
    case NW_LENGTH_MEMBER:
    case NW_ANGLE_MEMBER:
    case NW_NUMBER_MEMBER:
        put_range(t, m);
        return;
    case NW_POINT_MEMBER:
    case NW_DIRECTION_MEMBER:
        put(t, "\"$ref\":\"#/$defs/vector\"");
        return;
    case NW_TEXT_MEMBER:
    case NW_PART_MEMBER:
        put(t, "\"type\":\"string\",\"minLength\":1");
        return;
    case NW_CHOICE_MEMBER:
        put_choices(t, m);
        return;
    case NW_FILE_MEMBER:
        put(t, "\"$ref\":\"#/$defs/file\"");
        return;
    case NW_PARTS_MEMBER:
        printf_to(t, "\"type\":\"array\",\"minItems\":%.0f,\"items\":{\"type\":\"string\"}",
                  fmax(m->min, 1));
        return;
    case NW_POINTS_MEMBER:
        printf_to(
            t, "\"type\":\"array\",\"minItems\":%.0f,\"items\":{\"$ref\":\"#/$defs/vector\"}",
            fmax(m->min, 1));
        return;
    case NW_OUTLINE_MEMBER:
        put(t, "\"type\":\"array\",\"minItems\":3,\"items\":{\"type\":\"array\","
               "\"items\":{\"type\":\"number\"},\"minItems\":2,\"maxItems\":2}");
        return;
    case NW_ITEMS_MEMBER:
        printf_to(t, "\"type\":\"array\",\"minItems\":%.0f,\"items\":{", m->min);
        t->in = m->name;
        put_members(t, m->items, NULL);
        t->in = NULL;
        put(t, "}");
        return;
    }
    NW_UNREACHABLE();
}

/* The inside of an object's schema. */
static void put_members(struct writer *t, const struct nw_member *members, const char *kind)
{
    put(t, "\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
           "\"about\":{}");
    if (kind)
        printf_to(t, ",\"kind\":{\"const\":\"%s\"}", kind);
    for (const struct nw_member *m = members; m->name; m++) {
        printf_to(t, ",\"%s\":{\"description\":", m->name);
        put_string(t, m->en);
        put(t, ",");
        put_meaning(t, m);
        put_type(t, m);
        put(t, "}");
    }
    put(t, "},\"required\":[");
    const char *comma = "";
    if (kind) {
        put(t, "\"kind\"");
        comma = ",";
    }
    for (const struct nw_member *m = members; m->name; m++)
        if (m->required) {
            printf_to(t, "%s\"%s\"", comma, m->name);
            comma = ",";
        }
    put(t, "]");
}

char *nw_design_schema(struct nw_err *err)
{
    struct writer t = {.err = err, .kind = ""};
    nw_text_init(&t.text, 1 << 20);
    put(&t, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\n"
            "\"title\":\"Nuwa design document\",\n"
            "\"$defs\":{\"vector\":{\"type\":\"array\",\"items\":{\"type\":\"number\"},"
            "\"minItems\":3,\"maxItems\":3},\n"
            "\"file\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
            "\"path\":{\"type\":\"string\"},\"sha256\":{\"type\":\"string\","
            "\"pattern\":\"^[0-9a-f]{64}$\"},\"unit\":{\"enum\":[\"mm\",\"cm\",\"m\",\"inch\","
            "\"um\"]},\"axes\":{\"type\":\"string\",\"pattern\":\"^[RLAPHSFI]{3}$\"},"
            "\"about\":{}},\"required\":[\"path\"]}},\n"
            "\"type\":\"object\",\"additionalProperties\":false,\n"
            "\"required\":[\"nuwa\",\"parts\",\"make\"],\n\"properties\":{"
            "\"nuwa\":{\"const\":\"design 1\"},\"title\":{\"type\":\"string\"},\"about\":{},\n"
            "\"make\":{\"type\":\"array\",\"minItems\":1,\"items\":{");
    put_members(&t, nw_make_members, NULL);
    put(&t, "}},\n\"show\":{");
    put_members(&t, nw_show_members, NULL);
    put(&t, "},\n\"parts\":{\"type\":\"object\",\"minProperties\":1,"
            "\"additionalProperties\":{\"oneOf\":[");
    for (size_t k = 0; nw_kinds[k]; k++) {
        printf_to(&t, "%s\n{\"description\":", k > 0 ? "," : "");
        put_string(&t, nw_kinds[k]->en);
        put(&t, ",\"x-zh\":");
        put_string(&t, nw_kinds[k]->zh);
        put(&t, ",");
        t.kind = nw_kinds[k]->name;
        put_members(&t, nw_kinds[k]->members, nw_kinds[k]->name);
        put(&t, "}");
    }
    put(&t, "]}}}}\n");
    if (err->code == NW_OK)
        return t.text.data;
    nw_text_release(&t.text);
    return NULL;
}
