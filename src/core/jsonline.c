/* core/jsonline.c -- see jsonline.h: one pass over the text, a small stack of containers. */
#include "core/jsonline.h"

#include <stdbool.h>
#include <string.h>

enum { PARTS = 16, DEPTH = 64 };

/* A part of the path: a member's name, or an index when name is NULL. */
struct part {
    const char *name;
    size_t len, index;
};

struct level {
    bool is_array, on_path, wants_key;
    size_t index;
};

struct walk {
    struct part part[PARTS];
    size_t part_count;
    struct level level[DEPTH];
    size_t depth; /* containers open; level[depth - 1] is the innermost */
    bool child_on_path;
    size_t line, found;
    bool done;
};

static void split(struct walk *w, const char *path)
{
    while (*path && w->part_count < PARTS) {
        struct part *p = &w->part[w->part_count++];
        if (*path == '[') {
            for (path++; *path >= '0' && *path <= '9'; path++)
                p->index = p->index * 10 + (size_t)(*path - '0');
            path += *path == ']';
        } else {
            p->name = path;
            p->len = strcspn(path, ".[");
            path += p->len;
        }
        path += *path == '.';
    }
}

/* A member or element that lies on the path so far begins here. */
static void meet(struct walk *w, bool on_path)
{
    w->child_on_path = on_path;
    if (!on_path)
        return;
    w->found = w->line;
    w->done = w->depth >= w->part_count;
}

static struct level *inner(struct walk *w)
{
    return w->depth > 0 && w->depth <= DEPTH ? &w->level[w->depth - 1] : NULL;
}

/* Depth d holds the names of part d - 1. */
static const struct part *expected(const struct walk *w, const struct level *at)
{
    return at->on_path && w->depth <= w->part_count ? &w->part[w->depth - 1] : NULL;
}

static void begin_value(struct walk *w)
{
    const struct level *at = inner(w);
    if (!at || !at->is_array)
        return;
    const struct part *want = expected(w, at);
    meet(w, want && !want->name && want->index == at->index);
}

static void begin_key(struct walk *w, const char *key, size_t len)
{
    struct level *at = inner(w);
    const struct part *want = expected(w, at);
    at->wants_key = false;
    meet(w, want && want->name && want->len == len && memcmp(want->name, key, len) == 0);
}

static void open_container(struct walk *w, bool is_array)
{
    begin_value(w);
    const bool on_path = w->depth == 0 || w->child_on_path;
    if (++w->depth <= DEPTH)
        w->level[w->depth - 1] = (struct level){is_array, on_path, !is_array, 0};
    w->child_on_path = false;
}

static void next_item(struct walk *w)
{
    struct level *at = inner(w);
    if (!at)
        return;
    at->index++;
    at->wants_key = !at->is_array;
    w->child_on_path = false;
}

/* Past the string that begins at `at`; its content is at + 1 .. the result - 1. */
static size_t string_end(struct walk *w, const char *text, size_t len, size_t at)
{
    size_t i = at + 1;
    while (i < len && text[i] != '"') {
        w->line += text[i] == '\n';
        i += text[i] == '\\' ? 2 : 1;
    }
    return i < len ? i + 1 : len;
}

size_t nw_json_line(const char *text, size_t len, const char *path)
{
    struct walk w = {.line = 1, .found = 1};
    split(&w, path);
    bool in_word = false;
    for (size_t i = 0; i < len && !w.done;) {
        const char c = text[i];
        const bool was_word = in_word;
        in_word = false;
        if (c == '"') {
            const struct level *at = inner(&w);
            const size_t end = string_end(&w, text, len, i);
            if (at && at->wants_key)
                begin_key(&w, text + i + 1, end > i + 2 ? end - i - 2 : 0);
            else
                begin_value(&w);
            i = end;
            continue;
        }
        if (c == '{' || c == '[') {
            open_container(&w, c == '[');
        } else if ((c == '}' || c == ']') && w.depth > 0) {
            w.depth--;
            w.child_on_path = false;
        } else if (c == ',') {
            next_item(&w);
        } else if (c != ':' && c != ' ' && c != '\t' && c != '\n' && c != '\r') {
            if (!was_word)
                begin_value(&w);
            in_word = true;
        }
        w.line += c == '\n';
        i++;
    }
    return w.found;
}
