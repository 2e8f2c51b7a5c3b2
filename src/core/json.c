/* core/json.c -- see json.h. */
#include "core/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/frame.h"
#include "core/text.h"

enum { MOST_DEPTH = 64, MOST_MEMBERS = 4096, MOST_BYTES = 4 << 20 };

struct reader {
    struct nw_arena *arena;
    const char *at, *end; /* a 0 stands at the end */
    int line;
    const char *text; /* its first byte */
};

/* ---- the text ---- */

/* Where text stops being UTF-8, or has a 0: the line's number, 0 when nowhere. A line's end is
 * no part of a longer character, so lines can be asked one by one. */
static int first_foreign_line(const char *text, size_t len)
{
    const char *const end = text + len;
    int line = 1;
    for (const char *at = text; at < end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const size_t size = (size_t)((stop ? stop : end) - at);
        if (memchr(at, 0, size) || !nw_text_is_utf8(at, size))
            return line;
        at = stop ? stop + 1 : end;
    }
    return 0;
}

static void skip_space(struct reader *r)
{
    for (; r->at < r->end; r->at++) {
        if (*r->at == '\n')
            r->line++;
        else if (*r->at != ' ' && *r->at != '\t' && *r->at != '\r')
            break;
    }
}

static bool fail_here(const struct reader *r, const char *expected, struct nw_err *err)
{
    if (r->at >= r->end)
        return nw_fail(err, NW_ERR_DATA, "line %d: the text ends where %s should be", r->line,
                       expected);
    const unsigned char c = (unsigned char)*r->at;
    if (c < ' ' || c >= 127)
        return nw_fail(err, NW_ERR_DATA, "line %d: byte %u stands where %s should be", r->line,
                       c, expected);
    return nw_fail(err, NW_ERR_DATA, "line %d: '%c' stands where %s should be", r->line, c,
                   expected);
}

static bool expect(struct reader *r, char c, const char *name, struct nw_err *err)
{
    skip_space(r);
    if (r->at >= r->end || *r->at != c)
        return fail_here(r, name, err);
    r->at++;
    return true;
}

static int hex4(const char *s, const char *end)
{
    int value = 0;
    if (end - s < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        const char c = s[i];
        const int d = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
        if (d < 0)
            return -1;
        value = value * 16 + d;
    }
    return value;
}

static size_t put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 63));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 63));
        out[2] = (char)(0x80 | (code & 63));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 63));
    out[2] = (char)(0x80 | (code >> 6 & 63));
    out[3] = (char)(0x80 | (code & 63));
    return 4;
}

/* \uXXXX, or two of them that are one; r->at is behind the u. 0: not one. */
static uint32_t read_code(struct reader *r)
{
    const int a = hex4(r->at, r->end);
    if (a <= 0 || (a >= 0xDC00 && a < 0xE000))
        return 0;
    r->at += 4;
    if (a < 0xD800 || a >= 0xDC00)
        return (uint32_t)a;
    if (r->end - r->at < 6 || r->at[0] != '\\' || r->at[1] != 'u')
        return 0;
    const int b = hex4(r->at + 2, r->end);
    if (b < 0xDC00 || b >= 0xE000)
        return 0;
    r->at += 6;
    return 0x10000 + ((uint32_t)(a - 0xD800) << 10) + (uint32_t)(b - 0xDC00);
}

static bool read_escape(struct reader *r, char *out, size_t *len, struct nw_err *err)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *which = r->at < r->end ? strchr(from, *r->at) : NULL;
    if (which && *r->at != '\0') {
        out[(*len)++] = to[which - from];
        r->at++;
        return true;
    }
    if (r->at < r->end && *r->at == 'u') {
        r->at++;
        const uint32_t code = read_code(r);
        if (code) {
            *len += put_utf8(out + *len, code);
            return true;
        }
    }
    return nw_fail(err, NW_ERR_DATA,
                   "line %d: a backslash in a text begins no escape that "
                   "JSON knows",
                   r->line);
}

/* r->at is at the opening quote. */
static const char *read_text(struct reader *r, struct nw_err *err)
{
    const char *close = ++r->at;
    while (close < r->end && *close != '"')
        close += *close == '\\' && close + 1 < r->end ? 2 : 1;
    char *out = nw_arena_alloc(r->arena, (size_t)(close - r->at) + 1, err);
    if (!out)
        return NULL;
    size_t len = 0;
    while (r->at < r->end && *r->at != '"') {
        if ((unsigned char)*r->at < ' ') {
            nw_fail(err, NW_ERR_DATA, "line %d: a text runs over the end of its line", r->line);
            return NULL;
        }
        if (*r->at != '\\') {
            out[len++] = *r->at++;
            continue;
        }
        r->at++;
        if (!read_escape(r, out, &len, err))
            return NULL;
    }
    if (r->at >= r->end) {
        (void)fail_here(r, nw_either("引号文本的结尾", "the end of a quoted text"), err);
        return NULL;
    }
    r->at++;
    out[len] = '\0';
    return out;
}

/* JSON's spelling of numbers, which is narrower than ours; NULL when it is none. */
static const char *number_end(const char *s)
{
    s += *s == '-';
    if (*s == '0' && !(s[1] >= '0' && s[1] <= '9'))
        s++;
    else if (*s >= '1' && *s <= '9')
        s += strspn(s, "0123456789");
    else
        return NULL;
    if (*s == '.') {
        const size_t n = strspn(s + 1, "0123456789");
        if (n == 0)
            return NULL;
        s += 1 + n;
    }
    if (*s == 'e' || *s == 'E') {
        s++;
        s += *s == '+' || *s == '-';
        const size_t n = strspn(s, "0123456789");
        if (n == 0)
            return NULL;
        s += n;
    }
    return s;
}

static bool read_number(struct reader *r, struct nw_json_value *v, struct nw_err *err)
{
    const char *end = number_end(r->at);
    if (!end)
        return fail_here(r, nw_either("值", "a value"), err);
    if (nw_number_parse(r->at, &v->number) != end || !isfinite(v->number))
        return nw_fail(err, NW_ERR_DATA, "line %d: a number is too large to be held", r->line);
    v->kind = NW_JSON_NUMBER;
    r->at = end;
    return true;
}

static bool read_word(struct reader *r, struct nw_json_value *v, struct nw_err *err)
{
    static const char *const word[] = {"null", "true", "false"};
    size_t len = 0;
    while (r->at + len < r->end && ((r->at[len] | 32) >= 'a' && (r->at[len] | 32) <= 'z') &&
           len < 20)
        len++;
    for (int i = 0; i < 3; i++)
        if (len == strlen(word[i]) && strncmp(r->at, word[i], len) == 0) {
            v->kind = i == 0 ? NW_JSON_NULL : NW_JSON_BOOL;
            v->truth = i == 1;
            r->at += len;
            return true;
        }
    return nw_fail(err, NW_ERR_DATA,
                   "line %d: %.*s is no value; texts stand in quotes, numbers are finite",
                   r->line, (int)len, r->at);
}

/* ---- the tree ---- */

static uint32_t hash_of(const char *s)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 16777619u;
    return h;
}

static bool read_value(struct reader *r, struct nw_json_value *v, int depth,
                       struct nw_err *err);

/* The key and the colon; refuses one that is already there. */
static bool read_key(struct reader *r, const struct nw_json_value *object,
                     struct nw_json_value *v, struct nw_err *err)
{
    skip_space(r);
    if (r->at >= r->end || *r->at != '"')
        return fail_here(r, nw_either("带引号的成员名", "a member's name in quotes"), err);
    const int line = r->line;
    v->key_at = (size_t)(r->at - r->text);
    v->key = read_text(r, err);
    if (!v->key)
        return false;
    v->key_hash = hash_of(v->key);
    for (const struct nw_json_value *m = object->first; m; m = m->next)
        if (m->key_hash == v->key_hash && strcmp(m->key, v->key) == 0)
            return nw_fail(err, NW_ERR_DATA, "line %d: \"%.60s\" is already there in line %d",
                           line, v->key, m->line);
    return expect(r, ':', nw_either("冒号", "a colon"), err);
}

static bool read_children(struct reader *r, struct nw_json_value *v, int depth,
                          struct nw_err *err)
{
    const bool is_object = v->kind == NW_JSON_OBJECT;
    const char close = is_object ? '}' : ']';
    struct nw_json_value *last = NULL;
    r->at++;
    skip_space(r);
    if (r->at < r->end && *r->at == close) {
        r->at++;
        return true;
    }
    for (;;) {
        struct nw_json_value *child = nw_arena_alloc(r->arena, sizeof *child, err);
        if (!child)
            return false;
        *child = (struct nw_json_value){.parent = v, .index = v->count};
        if (is_object && v->count == MOST_MEMBERS)
            return nw_fail(err, NW_ERR_LIMIT, "line %d: an object has more than %d members",
                           r->line, MOST_MEMBERS);
        if (is_object && !read_key(r, v, child, err))
            return false;
        if (!read_value(r, child, depth + 1, err))
            return false;
        child->end = (size_t)(r->at - r->text);
        if (last)
            last->next = child;
        else
            v->first = child;
        last = child;
        v->count++;
        skip_space(r);
        if (r->at < r->end && *r->at == ',') {
            r->at++;
            continue;
        }
        return expect(r, close,
                      is_object ? nw_either("逗号或 }", "a comma or }")
                                : nw_either("逗号或 ]", "a comma or ]"),
                      err);
    }
}

/* At most MOST_DEPTH deep. */
static bool read_value(struct reader *r, struct nw_json_value *v, int depth, struct nw_err *err)
{
    skip_space(r);
    v->line = r->line;
    v->begin = (size_t)(r->at - r->text);
    if (depth > MOST_DEPTH)
        return nw_fail(err, NW_ERR_LIMIT, "line %d: values lie more than %d levels deep",
                       r->line, MOST_DEPTH);
    const char c = r->at < r->end ? *r->at : '\0';
    if (c == '{' || c == '[') {
        v->kind = c == '{' ? NW_JSON_OBJECT : NW_JSON_LIST;
        return read_children(r, v, depth, err);
    }
    if (c == '"') {
        v->kind = NW_JSON_TEXT;
        v->text = read_text(r, err);
        return v->text != NULL;
    }
    if ((c | 32) >= 'a' && (c | 32) <= 'z')
        return read_word(r, v, err);
    return r->at < r->end ? read_number(r, v, err)
                          : fail_here(r, nw_either("值", "a value"), err);
}

const struct nw_json_value *nw_json_parse(struct nw_arena *arena, const char *text, size_t len,
                                          struct nw_err *err)
{
    if (len > MOST_BYTES) {
        nw_fail(err, NW_ERR_LIMIT, "a document may have %d bytes, not %zu", MOST_BYTES, len);
        return NULL;
    }
    const int foreign = first_foreign_line(text, len);
    if (foreign > 0) {
        nw_fail(err, NW_ERR_DATA,
                "line %d: a document is text in UTF-8, which this line is not", foreign);
        return NULL;
    }
    const char *copy = nw_arena_textn(arena, text, len, err); /* with a 0 at its end */
    struct nw_json_value *root = copy ? nw_arena_alloc(arena, sizeof *root, err) : NULL;
    if (!root)
        return NULL;
    *root = (struct nw_json_value){0};
    struct reader r = {arena, copy, copy + len, 1, copy};
    if (!read_value(&r, root, 0, err))
        return NULL;
    root->end = (size_t)(r.at - copy);
    skip_space(&r);
    if (r.at < r.end) {
        (void)fail_here(&r, nw_either("文末", "the end"), err);
        return NULL;
    }
    return root;
}

/* ---- use ---- */

const struct nw_json_value *nw_json_member(const struct nw_json_value *object, const char *key)
{
    if (!object || object->kind != NW_JSON_OBJECT)
        return NULL;
    const uint32_t hash = hash_of(key);
    for (const struct nw_json_value *m = object->first; m; m = m->next)
        if (m->key_hash == hash && strcmp(m->key, key) == 0)
            return m;
    return NULL;
}

void nw_json_place(const struct nw_json_value *value, char out[NW_JSON_PLACE])
{
    char path[NW_JSON_PLACE - 32];
    size_t at = sizeof path - 1;
    path[at] = '\0';
    for (const struct nw_json_value *v = value; v->parent; v = v->parent) {
        char step[64];
        const bool is_first = !v->parent->parent;
        const int n = v->key
                          ? snprintf(step, sizeof step, "%s%.50s", is_first ? "" : ".", v->key)
                          : snprintf(step, sizeof step, "[%zu]", v->index);
        const size_t len = n < (int)sizeof step ? (size_t)n : sizeof step - 1;
        if (len + 3 > at) {
            memcpy(path + at - 3, "...", 3);
            at -= 3;
            break;
        }
        at -= len;
        memcpy(path + at, step, len);
    }
    snprintf(out, NW_JSON_PLACE, path[at] ? "line %d, %s" : "line %d", value->line, path + at);
}

/* The formats come from callers whose own declarations the compiler has checked. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

bool(nw_json_fail)(const struct nw_json_value *at, struct nw_err *err, const char *fmt, ...)
{
    char place[NW_JSON_PLACE], text[320];
    nw_json_place(at, place);
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, nw_translated(fmt), args);
    va_end(args);
    return nw_fail(err, NW_ERR_DATA, "%s: %s", place, text);
}

bool nw_json_take_number(const struct nw_json_value *value, double min, double max, double *out,
                         struct nw_err *err)
{
    if (value->kind != NW_JSON_NUMBER)
        return nw_json_fail(value, err, "a number should stand here");
    if (!(value->number >= min && value->number <= max))
        return nw_json_fail(value, err, "%g is not within %g to %g", value->number, min, max);
    *out = value->number;
    return true;
}

bool nw_json_take_text(const struct nw_json_value *value, const char **out, struct nw_err *err)
{
    if (value->kind != NW_JSON_TEXT || value->text[0] == '\0')
        return nw_json_fail(value, err, "a text in quotes should stand here");
    *out = value->text;
    return true;
}

bool nw_json_take_bool(const struct nw_json_value *value, bool *out, struct nw_err *err)
{
    if (value->kind != NW_JSON_BOOL)
        return nw_json_fail(value, err, "true or false should stand here");
    *out = value->truth;
    return true;
}

bool nw_json_take_vec3(const struct nw_json_value *value, nw_vec3 *out, struct nw_err *err)
{
    static const double FAR = 1e6; /* mm: a kilometre from the patient is a slip */
    double x[3];
    if (value->kind != NW_JSON_LIST || value->count != 3)
        return nw_json_fail(value, err, "a list of three numbers should stand here");
    const struct nw_json_value *v = value->first;
    for (int k = 0; k < 3; k++, v = v->next)
        if (!nw_json_take_number(v, -FAR, FAR, &x[k], err))
            return false;
    *out = nw_v3(x[0], x[1], x[2]);
    return true;
}

bool nw_json_check_keys(const struct nw_json_value *object, const char *const *known,
                        struct nw_err *err)
{
    if (object->kind != NW_JSON_OBJECT)
        return nw_json_fail(object, err, "an object in braces should stand here");
    for (const struct nw_json_value *m = object->first; m; m = m->next) {
        size_t i = 0;
        while (known[i] && strcmp(known[i], m->key) != 0)
            i++;
        if (known[i])
            continue;
        char list[200] = "";
        size_t len = 0;
        for (i = 0; known[i] && len + strlen(known[i]) + 3 < sizeof list; i++)
            len += (size_t)snprintf(list + len, sizeof list - len, "%s%s", i ? ", " : "",
                                    known[i]);
        return nw_json_fail(m, err, "this member is not known here; known are %s", list);
    }
    return true;
}

static bool take_word(const struct nw_json_value *object, const char *name, const char **out,
                      struct nw_err *err)
{
    const struct nw_json_value *v = nw_json_member(object, name);
    *out = NULL;
    return !v || nw_json_take_text(v, out, err);
}

static bool is_unit(const char *word)
{
    static const char *const units[] = {"mm", "cm", "m", "inch", "um", NULL};
    size_t u = 0;
    while (units[u] && strcmp(units[u], word) != 0)
        u++;
    return units[u] != NULL;
}

bool nw_json_take_file(const struct nw_json_value *value, struct nw_file_ref *out,
                       struct nw_err *err)
{
    static const char *const known[] = {"path", "sha256", "unit", "axes", "about", NULL};
    struct nw_file_ref f;
    nw_mat3 to_lps;
    if (!nw_json_check_keys(value, known, err))
        return false;
    if (!take_word(value, "path", &f.path, err) ||
        !take_word(value, "sha256", &f.sha256, err) ||
        !take_word(value, "unit", &f.unit, err) || !take_word(value, "axes", &f.axes, err))
        return false;
    if (!f.path)
        return nw_json_fail(value, err, "\"%s\" is missing", "path");
    if (f.sha256 && (strlen(f.sha256) != 64 || strspn(f.sha256, "0123456789abcdef") != 64))
        return nw_json_fail(nw_json_member(value, "sha256"), err,
                            "a SHA-256 has 64 hexadecimal digits in small letters");
    if (f.unit && !is_unit(f.unit))
        return nw_json_fail(nw_json_member(value, "unit"), err,
                            "\"%.40s\" is none of mm, cm, m, inch, um", f.unit);
    if (f.axes && !nw_axes_parse(f.axes, &to_lps))
        return nw_json_fail(nw_json_member(value, "axes"), err,
                            "\"%.40s\" does not say where x, y and z point in three letters of "
                            "R L A P H F, right-handed, such as LPS or RAS",
                            f.axes);
    *out = f;
    return true;
}
