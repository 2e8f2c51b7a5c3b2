/* io/runs.c -- see runs_priv.h. */
#include "io/runs_priv.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "core/mem.h"
#include "core/parallel.h"
#include "core/text.h"

enum { CHUNK = 1 << 16 };

/* A literal with its length, since it is compared a million times. */
struct word {
    const char *text;
    size_t len;
};

struct form {
    size_t count, few, least; /* bytes of the shortest element */
    struct word before[NW_RUN_NUMBERS], after, close;
};

/* One chunk's part of the text, and what was found in it. */
struct found {
    size_t begin, end, used, count;
};

static struct word word_of(const char *text)
{
    const struct word w = {text, strlen(text)};
    return w;
}

static struct form measure(const struct nw_run_form *form)
{
    struct form f = {form->count,          form->few,           0, {{0}},
                     word_of(form->after), word_of(form->close)};
    for (size_t k = 0; k < f.count; k++) {
        f.before[k] = word_of(form->before[k]);
        if (k < f.few)
            f.least += f.before[k].len + 1;
    }
    f.least += f.after.len + f.close.len;
    return f;
}

static bool starts(const char *p, const char *end, const struct word *w)
{
    return (size_t)(end - p) >= w->len && memcmp(p, w->text, w->len) == 0;
}

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

/* Past `after`, blanks and `close`; NULL when something else is there. */
static const char *skip_end(const struct form *f, const char *p, const char *end)
{
    if (!starts(p, end, &f->after))
        return NULL;
    p = skip_blanks(p + f->after.len, end);
    return starts(p, end, &f->close) ? p + f->close.len : NULL;
}

/* Past the element, or NULL. The text ends in '>', so that no number runs over its end. */
static const char *scan_element(const struct form *f, const char *p, const char *end,
                                double *number)
{
    for (size_t k = 0; k < f->count; k++) {
        if (!starts(p, end, &f->before[k]))
            return NULL;
        p = nw_number_parse(p + f->before[k].len, &number[k]);
        if (!p)
            return NULL;
        if (k + 1 != f->few && k + 1 != f->count)
            continue;
        const char *after = skip_end(f, p, end);
        if (!after)
            continue;
        for (size_t rest = k + 1; rest < f->count; rest++)
            number[rest] = (double)NAN;
        return after;
    }
    return NULL;
}

static void scan_chunk(const struct form *f, const char *text, struct found *c, double *number)
{
    const char *p = text + c->begin, *end = text + c->end;
    c->used = c->begin;
    for (;;) {
        const char *q = skip_blanks(p, end);
        q = scan_element(f, q, end, number + c->count * f->count);
        if (!q)
            break;
        c->count++;
        p = q;
        c->used = (size_t)(p - text);
    }
    /* blanks behind the last one belong to it, so that chunks meet */
    if (skip_blanks(p, end) == end)
        c->used = c->end;
}

/* Cuts before the starts of elements, roughly every CHUNK bytes. */
static void cut(const struct form *f, const char *text, size_t len, struct found *chunk,
                size_t count)
{
    size_t at = 0;
    for (size_t c = 0; c < count; c++) {
        const size_t from = (c + 1) * CHUNK < at ? at : (c + 1) * CHUNK;
        const char *next =
            c + 1 < count && from < len
                ? memmem(text + from, len - from, f->before[0].text, f->before[0].len)
                : NULL;
        chunk[c].begin = at;
        at = chunk[c].end = next ? (size_t)(next - text) : len;
    }
}

/* Where a chunk's numbers begin: never more rows than its bytes allow, and one to try in. */
static size_t row_of(const struct form *f, size_t chunk, size_t begin)
{
    return (begin / f->least + chunk) * f->count;
}

static size_t give(const struct form *f, const struct found *chunk, size_t count,
                   const double *number, nw_run_take take, void *ctx, struct nw_err *err)
{
    size_t used = 0;
    for (size_t c = 0; c < count; c++) {
        const double *row = number + row_of(f, c, chunk[c].begin);
        for (size_t i = 0; i < chunk[c].count; i++)
            if (!take(ctx, row + i * f->count, err))
                return SIZE_MAX;
        used = chunk[c].used;
        if (used < chunk[c].end)
            break;
    }
    return used;
}

size_t nw_run_scan(const struct nw_run_form *form, const char *text, size_t len,
                   nw_run_take take, void *ctx, struct nw_err *err)
{
    const struct form f = measure(form);
    assert(f.before[0].text); /* an element has at least one number */
    double first[NW_RUN_NUMBERS];
    /* most often it is another element or the rest of one: nothing to begin threads for */
    if (!scan_element(&f, skip_blanks(text, text + len), text + len, first))
        return 0;
    const size_t count = len / CHUNK + 1;
    NW_AUTOFREE struct found *chunk = NW_ALLOC(struct found, count, err);
    NW_AUTOFREE double *number =
        chunk ? NW_ALLOC_UNSET(double, row_of(&f, count, len) + f.count, err) : NULL;
    if (!number)
        return SIZE_MAX;
    cut(&f, text, len, chunk, count);
    NW_PARALLEL_FOR_UNEVEN
    for (size_t c = 0; c < count; c++)
        scan_chunk(&f, text, &chunk[c], number + row_of(&f, c, chunk[c].begin));
    return give(&f, chunk, count, number, take, ctx, err);
}
