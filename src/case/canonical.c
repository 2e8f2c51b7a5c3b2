/* case/canonical.c -- see flow.h: one text for one JSON value. */
#include <stdlib.h>
#include <string.h>

#include "case/flow.h"
#include "core/mem.h"
#include "core/text.h"

enum { MAX_DEPTH = 64, MAX_BYTES = 64 << 20 };

static bool add_string(struct nw_text *text, const char *s, size_t len, struct nw_err *err)
{
    static const char hex[] = "0123456789abcdef";
    bool ok = nw_text_addn(text, "\"", 1, err);
    size_t from = 0;
    for (size_t i = 0; ok && i <= len; i++) {
        const unsigned char c = i < len ? (unsigned char)s[i] : 0;
        if (i < len && c >= 0x20 && c != '"' && c != '\\')
            continue;
        ok = i == from || nw_text_addn(text, s + from, i - from, err);
        from = i + 1;
        if (!ok || i == len)
            break;
        static const char plain[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
        const char *at = c ? strchr(plain, c) : NULL;
        const char two[] = {'\\', at ? letter[at - plain] : 'u'};
        const char code[] = {'0', '0', hex[c >> 4], hex[c & 15]};
        ok = nw_text_addn(text, two, 2, err) && (at || nw_text_addn(text, code, 4, err));
    }
    return ok && nw_text_addn(text, "\"", 1, err);
}

static bool add_number(struct nw_text *text, const json_t *value, struct nw_err *err)
{
    char out[NW_NUMBER_MAX];
    if (json_is_integer(value))
        return nw_text_addf(text, err, "%lld", (long long)json_integer_value(value));
    const double real = json_real_value(value);
    nw_number_format(out, real == 0 ? 0 : real);
    return nw_text_add(text, out, err);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Depth at most MAX_DEPTH, checked before each step down. */
static bool add_value(struct nw_text *text, const json_t *value, int depth, struct nw_err *err);

static bool add_object(struct nw_text *text, const json_t *object, int depth,
                       struct nw_err *err)
{
    enum { FEW = 48 };
    const char *few[FEW];
    const size_t count = json_object_size(object);
    NW_AUTOFREE const char **many = count > FEW ? NW_ALLOC(const char *, count, err) : NULL;
    if (count > FEW && !many)
        return false;
    const char **key = many ? many : few;
    size_t n = 0;
    const char *name;
    json_t *member;
    union {
        const json_t *given;
        json_t *asked;
    } o = {object}; /* jansson's loop asks for one it could change */
    json_object_foreach(o.asked, name, member) key[n++] = name;
    qsort(key, n, sizeof *key, by_key);
    bool ok = nw_text_addn(text, "{", 1, err);
    for (size_t i = 0; ok && i < n; i++)
        ok = (i == 0 || nw_text_addn(text, ",", 1, err)) &&
             add_string(text, key[i], strlen(key[i]), err) && nw_text_addn(text, ":", 1, err) &&
             add_value(text, json_object_get(object, key[i]), depth + 1, err);
    return ok && nw_text_addn(text, "}", 1, err);
}

static bool add_array(struct nw_text *text, const json_t *array, int depth, struct nw_err *err)
{
    bool ok = nw_text_addn(text, "[", 1, err);
    for (size_t i = 0; ok && i < json_array_size(array); i++)
        ok = (i == 0 || nw_text_addn(text, ",", 1, err)) &&
             add_value(text, json_array_get(array, i), depth + 1, err);
    return ok && nw_text_addn(text, "]", 1, err);
}

static bool add_value(struct nw_text *text, const json_t *value, int depth, struct nw_err *err)
{
    if (depth > MAX_DEPTH)
        return nw_fail(err, NW_ERR_LIMIT, "JSON nested deeper than %d levels", MAX_DEPTH);
    if (!value)
        return nw_fail(err, NW_ERR_MEMORY, "no memory for JSON");
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return add_object(text, value, depth, err);
    case JSON_ARRAY:
        return add_array(text, value, depth, err);
    case JSON_STRING:
        return add_string(text, json_string_value(value), json_string_length(value), err);
    case JSON_INTEGER:
    case JSON_REAL:
        return add_number(text, value, err);
    case JSON_TRUE:
        return nw_text_addn(text, "true", 4, err);
    case JSON_FALSE:
        return nw_text_addn(text, "false", 5, err);
    case JSON_NULL:
        return nw_text_addn(text, "null", 4, err);
    }
    NW_UNREACHABLE();
}

char *nw_canonical(const json_t *value, size_t *len, struct nw_err *err)
{
    struct nw_text text;
    nw_text_init(&text, MAX_BYTES);
    if (!add_value(&text, value, 0, err)) {
        nw_text_release(&text);
        return NULL;
    }
    if (len)
        *len = text.len;
    return text.data; /* the text's block is one of nw_resize */
}

bool nw_canonical_digest(const json_t *value, nw_digest *out, struct nw_err *err)
{
    size_t len = 0;
    NW_AUTOFREE char *text = nw_canonical(value, &len, err);
    return text && nw_hash_bytes(text, len, out, err);
}
