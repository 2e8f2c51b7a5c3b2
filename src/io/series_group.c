/* io/series_group.c -- which images belong together: see series_priv.h. */
#include <stdlib.h>
#include <string.h>

#include "io/series_priv.h"

/* Images of one series agree in their axes to header rounding; scouts and reformats do not. */
static const double AXIS_SLACK = 2e-3, SPACING_SLACK = 1e-3;
static const double PLACE_SLACK_MM = 1e-3;
enum { CLUSTERS_MAX = 64, VALUES_MAX = 4096 };

void nw_grouping_release(struct nw_grouping *g)
{
    for (size_t i = 0; i < g->series_count; i++)
        nw_free((void *)(uintptr_t)g->series[i].found.remark);
    nw_free(g->series);
    nw_free(g->slice);
    nw_arena_release(&g->arena);
    *g = (struct nw_grouping){0};
}

static struct nw_series *add_series(struct nw_grouping *g, struct nw_slice *slice, size_t count,
                                    struct nw_err *err)
{
    if (!nw_grow(&g->series, &g->series_room, g->series_count + 1, sizeof *g->series, err))
        return NULL;
    struct nw_series *s = &g->series[g->series_count++];
    *s = (struct nw_series){.slice = slice, .slice_count = count, .volume_entry = SIZE_MAX};
    s->found.zh = s->found.en = "";
    return s;
}

static bool has_word(const char *list, const char *word)
{
    const size_t n = strlen(word);
    for (const char *p = list; (p = strstr(p, word)) != NULL; p += n)
        if ((p == list || p[-1] == '\\') && (p[n] == '\0' || p[n] == '\\'))
            return true;
    return false;
}

static int by_number(double a, double b)
{
    return a < b ? -1 : a > b;
}

/* What must be the same to the letter. */
static int by_kind(const struct nw_slice *a, const struct nw_slice *b)
{
    const struct nw_dicom *p = a->header, *q = b->header;
    int c = strcmp(p->facts.study_uid, q->facts.study_uid);
    if (c == 0)
        c = strcmp(p->facts.series_uid, q->facts.series_uid);
    if (c == 0)
        c = strcmp(p->facts.sop_class_uid, q->facts.sop_class_uid);
    if (c == 0)
        c = strcmp(p->facts.modality, q->facts.modality);
    if (c == 0)
        c = (p->rows > q->rows) - (p->rows < q->rows);
    if (c == 0)
        c = (p->cols > q->cols) - (p->cols < q->cols);
    if (c == 0)
        c = (p->samples > q->samples) - (p->samples < q->samples);
    if (c == 0)
        c = (int)has_word(p->facts.image_type, "LOCALIZER") -
            (int)has_word(q->facts.image_type, "LOCALIZER");
    return c;
}

static int by_kind_then_order(const void *a, const void *b)
{
    const struct nw_slice *p = a, *q = b;
    int c = by_kind(p, q);
    if (c == 0)
        c = (p->entry > q->entry) - (p->entry < q->entry);
    if (c == 0)
        c = (p->frame > q->frame) - (p->frame < q->frame);
    return c;
}

static bool near3(nw_vec3 a, nw_vec3 b)
{
    return fabs(a.x - b.x) <= AXIS_SLACK && fabs(a.y - b.y) <= AXIS_SLACK &&
           fabs(a.z - b.z) <= AXIS_SLACK;
}

static bool near_plane(const struct nw_dicom_plane *a, const struct nw_dicom_plane *b)
{
    if (a->has_axes != b->has_axes || a->has_spacing != b->has_spacing ||
        a->has_position != b->has_position)
        return false;
    if (a->has_axes && (!near3(a->row, b->row) || !near3(a->col, b->col)))
        return false;
    return !a->has_spacing ||
           (fabs(a->row_step_mm - b->row_step_mm) <= SPACING_SLACK * fabs(a->row_step_mm) &&
            fabs(a->col_step_mm - b->col_step_mm) <= SPACING_SLACK * fabs(a->col_step_mm));
}

/* Moves the slices that lie in the first one's plane direction to the front, keeping order;
 * returns how many. `spare` has room for all of them. */
static size_t gather(struct nw_slice *s, size_t count, struct nw_slice *spare)
{
    const struct nw_dicom_plane first = *s[0].plane;
    size_t in = 0, out = 0;
    for (size_t i = 0; i < count; i++)
        if (near_plane(&first, s[i].plane))
            s[in++] = s[i];
        else
            spare[out++] = s[i];
    memcpy(s + in, spare, out * sizeof *s);
    return in;
}

static int by_place(const void *a, const void *b)
{
    const struct nw_slice *p = a, *q = b;
    int c = by_number(p->along_mm, q->along_mm);
    if (c == 0)
        c = (p->number > q->number) - (p->number < q->number);
    if (c == 0)
        c = strcmp(p->header->instance_uid, q->header->instance_uid);
    if (c == 0)
        c = (p->entry > q->entry) - (p->entry < q->entry);
    if (c == 0)
        c = (p->frame > q->frame) - (p->frame < q->frame);
    return c;
}

static void sort_by_place(struct nw_slice *s, size_t count)
{
    const struct nw_dicom_plane *p = s[0].plane;
    const nw_vec3 normal = nw_unit(nw_cross(p->row, p->col));
    for (size_t i = 0; i < count; i++)
        s[i].along_mm = p->has_axes && s[i].plane->has_position
                            ? nw_dot(s[i].plane->position_mm, normal)
                            : (double)i;
    qsort(s, count, sizeof *s, by_place);
}

static bool same_place(const struct nw_slice *a, const struct nw_slice *b)
{
    return nw_length(nw_sub(a->plane->position_mm, b->plane->position_mm)) < PLACE_SLACK_MM;
}

/* The most images that lie at one place; slices sorted by place. */
static size_t multiplicity(const struct nw_slice *s, size_t count)
{
    size_t most = 1, run = 1;
    for (size_t i = 1; i < count; i++) {
        run = same_place(&s[i - 1], &s[i]) ? run + 1 : 1;
        most = run > most ? run : most;
    }
    return most;
}

/* qsort has no argument for the key: one comparison a key. */
#define BY_KEY(name, k)                                                                        \
    static int name(const void *a, const void *b)                                              \
    {                                                                                          \
        const struct nw_slice *p = a, *q = b;                                                  \
        const int c = strcmp(p->plane->key[k], q->plane->key[k]);                              \
        return c ? c : by_place(a, b);                                                         \
    }
BY_KEY(by_stack, NW_KEY_STACK)
BY_KEY(by_type, NW_KEY_TYPE)
BY_KEY(by_temporal, NW_KEY_TEMPORAL)
BY_KEY(by_echo, NW_KEY_ECHO)
BY_KEY(by_kernel, NW_KEY_KERNEL)
BY_KEY(by_b_value, NW_KEY_B_VALUE)
BY_KEY(by_trigger, NW_KEY_TRIGGER)
BY_KEY(by_acquisition, NW_KEY_ACQUISITION)
BY_KEY(by_description, NW_KEY_DESCRIPTION)
BY_KEY(by_time, NW_KEY_TIME)
static int (*const by_key[NW_KEY_COUNT])(const void *, const void *) = {
    by_stack,   by_type,    by_temporal,    by_echo,        by_kernel,
    by_b_value, by_trigger, by_acquisition, by_description, by_time};

static size_t value_end(const struct nw_slice *s, size_t from, size_t count, int key)
{
    size_t to = from + 1;
    while (to < count && strcmp(s[from].plane->key[key], s[to].plane->key[key]) == 0)
        to++;
    return to;
}

/* Sorted by the key: how many values, and do all of them leave no place doubled? */
static size_t count_values(const struct nw_slice *s, size_t count, int key, size_t *worst)
{
    size_t values = 0;
    *worst = 1;
    for (size_t from = 0; from < count; values++) {
        const size_t to = value_end(s, from, count, key);
        const size_t m = multiplicity(s + from, to - from);
        *worst = m > *worst ? m : *worst;
        from = to;
    }
    return values;
}

/* The key that tells the images at one place apart, or -1. A key with a value of its own for
 * every slice tells nothing: so many values as images at one place, or a few more, will do. */
static int telling_key(struct nw_slice *s, size_t count, size_t most)
{
    int best = -1;
    size_t best_worst = most;
    for (int k = 0; k < NW_KEY_COUNT && best_worst > 1; k++) {
        size_t worst;
        qsort(s, count, sizeof *s, by_key[k]);
        const size_t values = count_values(s, count, k, &worst);
        if (values > 1 && values <= 2 * most && worst < best_worst) {
            best = k;
            best_worst = worst;
        }
    }
    return best;
}

/* Splits what lies doubled; appends the parts behind, to be looked at in turn. */
static bool split(struct nw_grouping *g, size_t at, struct nw_err *err)
{
    struct nw_slice *const s = g->series[at].slice;
    const size_t count = g->series[at].slice_count;
    sort_by_place(s, count);
    const size_t most = multiplicity(s, count);
    if (most < 2 || !s[0].plane->has_position || !s[0].plane->has_axes)
        return true;
    const int key = telling_key(s, count, most);
    qsort(s, count, sizeof *s, key >= 0 ? by_key[key] : by_place);
    for (size_t from = 0; key >= 0 && from < count;) {
        const size_t to = value_end(s, from, count, key);
        struct nw_series *part =
            from == 0 ? &g->series[at] : add_series(g, s + from, to - from, err);
        if (!part)
            return false;
        part->slice_count = to - from;
        part->split_by = (enum nw_dicom_key)key;
        part->split_value = s[from].plane->key[key];
        sort_by_place(part->slice, part->slice_count);
        from = to;
    }
    return true;
}

static bool cluster(struct nw_grouping *g, size_t from, size_t to, struct nw_slice *spare,
                    struct nw_err *err)
{
    for (int n = 0; from < to; n++) {
        const size_t in = n < CLUSTERS_MAX ? gather(g->slice + from, to - from, spare)
                                           : to - from; /* a spinning thing: judged as one */
        if (!add_series(g, g->slice + from, in, err))
            return false;
        from += in;
    }
    return true;
}

static size_t count_files(const struct nw_series *s)
{
    size_t files = 0;
    for (size_t i = 0; i < s->slice_count; i++) {
        bool seen = i > 0 && s->slice[i].entry == s->slice[i - 1].entry;
        if (!seen && s->slice[i].header->frame_count > 1) /* its frames may lie apart */
            for (size_t k = 0; k < i && !seen; k++)
                seen = s->slice[k].entry == s->slice[i].entry;
        files += !seen;
    }
    return files;
}

static bool list_slices(struct nw_grouping *g, const struct nw_entries *e, struct nw_err *err)
{
    size_t count = 0;
    for (size_t i = 0; i < e->count; i++)
        if (e->item[i].kind == NW_ENTRY_DICOM && e->item[i].header.kind == NW_DICOM_IMAGE)
            count += e->item[i].header.frame_count;
    g->slice = NW_ALLOC(struct nw_slice, count, err);
    for (size_t i = 0; g->slice && i < e->count; i++) {
        const struct nw_dicom *h = &e->item[i].header;
        if (e->item[i].kind != NW_ENTRY_DICOM || h->kind != NW_DICOM_IMAGE)
            continue;
        for (size_t f = 0; f < h->frame_count; f++)
            g->slice[g->slice_count++] = (struct nw_slice){
                .entry = i,
                .frame = f,
                .header = h,
                .plane = &h->plane[f],
                .number = h->frame_count > 1       ? f + 1
                          : h->instance_number > 0 ? (size_t)h->instance_number
                                                   : 0};
    }
    return g->slice != NULL;
}

bool nw_series_group(struct nw_grouping *out, const struct nw_entries *entries,
                     struct nw_err *err)
{
    if (!list_slices(out, entries, err))
        return false;
    NW_AUTOFREE struct nw_slice *spare = NW_ALLOC(struct nw_slice, out->slice_count, err);
    if (!spare)
        return false;
    qsort(out->slice, out->slice_count, sizeof *out->slice, by_kind_then_order);
    for (size_t from = 0; from < out->slice_count;) {
        size_t to = from + 1;
        while (to < out->slice_count && by_kind(&out->slice[from], &out->slice[to]) == 0)
            to++;
        if (!cluster(out, from, to, spare, err))
            return false;
        from = to;
    }
    for (size_t i = 0; i < out->series_count && i < VALUES_MAX; i++)
        if (!split(out, i, err))
            return false;
    for (size_t i = 0; i < out->series_count; i++)
        out->series[i].file_count = count_files(&out->series[i]);
    return true;
}
