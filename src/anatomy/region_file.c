/* anatomy/region_file.c -- a region's bytes (docs/formats/region.md). Numbers are visited in
 * one order by one function, which writes them or reads them. */
#include <stdio.h>
#include <string.h>

#include "anatomy/region_priv.h"
#include "core/text.h"

static const char MAGIC[8] = {'N', 'U', 'W', 'A', 'R', 'E', 'G', '2'};
enum { NAME_BYTES = 128, WHOLE_MAX = 1000000 };
static const size_t VOXELS_MAX = (size_t)1 << 32;

/* Where the visit is: `out` is being written, or `at` read. */
struct tape {
    struct nw_text *out;
    const uint8_t *at, *end;
    struct nw_err *err;
};

static bool bytes(struct tape *t, void *p, size_t len)
{
    if (t->out)
        return nw_text_addn(t->out, p, len, t->err);
    if ((size_t)(t->end - t->at) < len)
        return nw_fail(t->err, NW_ERR_DATA, "the region's file is cut short");
    memcpy(p, t->at, len);
    t->at += len;
    return true;
}

static bool bad(struct tape *t)
{
    return nw_fail(t->err, NW_ERR_DATA, "the region's file holds a number that none can have");
}

/* All that is not voxels is kept as little-endian doubles. */
static bool number(struct tape *t, double *x)
{
    return bytes(t, x, sizeof *x);
}

static bool numbers(struct tape *t, double *x, size_t count)
{
    for (size_t n = 0; n < count; n++)
        if (!number(t, &x[n]))
            return false;
    return true;
}

static bool whole(struct tape *t, int *x, int min, int max)
{
    double d = *x;
    if (!number(t, &d))
        return false;
    if (!(d >= min && d <= max) || d != floor(d))
        return bad(t);
    *x = (int)d;
    return true;
}

static bool count_of(struct tape *t, size_t *x, size_t min, size_t max)
{
    int n = (int)*x;
    if (!whole(t, &n, (int)min, (int)max))
        return false;
    *x = (size_t)n;
    return true;
}

static bool flag(struct tape *t, bool *x)
{
    int n = *x;
    if (!whole(t, &n, 0, 1))
        return false;
    *x = n;
    return true;
}

static bool grid(struct tape *t, struct nw_grid *g)
{
    for (int a = 0; a < 3; a++)
        if (!count_of(t, &g->dim[a], 1, 65535))
            return false;
    double *place[4] = {&g->origin_mm.x, &g->step_mm[0].x, &g->step_mm[1].x, &g->step_mm[2].x};
    for (int n = 0; n < 4; n++)
        if (!numbers(t, place[n], 3))
            return false;
    if (!nw_grid_check(g, t->err))
        return false;
    return nw_grid_count(g) <= VOXELS_MAX ||
           nw_fail(t->err, NW_ERR_LIMIT, "the region's scan has more than 2^32 voxels");
}

/* Sentences are not kept: a region's scan was judged when it was cut. */
static bool calibration(struct tape *t, struct nw_calibration *c)
{
    int scale = (int)c->scale;
    double *const one[] = {&c->air_hu,    &c->fat_hu,      &c->muscle_hu,
                           &c->dense_hu,  &c->noise_hu,    &c->overshoot_percent,
                           &c->min_hu,    &c->max_hu,      &c->saturated_percent,
                           &c->metal_mm3, &c->sigma_xy_mm, &c->sigma_z_mm};
    if (!whole(t, &scale, NW_GREY_HU, NW_GREY_OTHER))
        return false;
    c->scale = (enum nw_grey_scale)scale;
    c->zh = c->en = "";
    for (size_t n = 0; n < sizeof one / sizeof *one; n++)
        if (!number(t, one[n]))
            return false;
    if (!numbers(t, c->noise_third_hu, 3) || !numbers(t, c->noise_correlation, 3) ||
        !numbers(t, c->noise_along_hu, NW_NOISE_LEVELS))
        return false;
    return (c->sigma_xy_mm > 0 && c->sigma_xy_mm < 100 && c->sigma_z_mm > 0 &&
            c->sigma_z_mm < 100 && c->noise_hu >= 0) ||
           bad(t);
}

static bool edge(struct tape *t, struct nw_edge *e)
{
    int kind = (int)e->kind;
    if (!whole(t, &kind, NW_EDGE_LOCAL, NW_EDGE_RANGE))
        return false;
    e->kind = (enum nw_edge_kind)kind;
    const bool local = e->kind == NW_EDGE_LOCAL;
    for (int a = 0; a < 3; a++)
        if (!whole(t, &e->reach[a], local, NW_EDGE_REACH_MAX))
            return false;
    int *const one[] = {&e->level_lo, &e->level_hi, &e->soft,
                        &e->cap,      &e->noise3,   &e->peak_cap};
    for (size_t n = 0; n < sizeof one / sizeof *one; n++)
        if (!whole(t, one[n], -WHOLE_MAX, WHOLE_MAX))
            return false;
    for (int n = 0; n < NW_NOISE_LEVELS; n++)
        if (!whole(t, &e->lowest[n], -WHOLE_MAX, WHOLE_MAX))
            return false;
    return true;
}

static bool name(struct tape *t, struct nw_arena *arena, const char **text)
{
    char room[NAME_BYTES] = {0};
    if (t->out && *text)
        (void)snprintf(room, sizeof room, "%s", *text);
    if (!bytes(t, room, sizeof room))
        return false;
    if (t->out)
        return true;
    if (room[NAME_BYTES - 1] || !nw_text_is_utf8(room, strlen(room)))
        return nw_fail(t->err, NW_ERR_DATA, "the region's file has a part without a name");
    *text = *room ? nw_arena_text(arena, room, t->err) : NULL;
    return *text || !*room;
}

static bool tissue(struct tape *t, struct nw_arena *arena, struct nw_tissue *one)
{
    return name(t, arena, &one->name) && bytes(t, one->rgba, sizeof one->rgba) &&
           edge(t, &one->edge) && flag(t, &one->local) && number(t, &one->plateau_hu) &&
           flag(t, &one->density.known) && number(t, &one->density.stored);
}

static bool head(struct tape *t, struct nw_region *r)
{
    char magic[sizeof MAGIC];
    memcpy(magic, MAGIC, sizeof magic);
    if (!bytes(t, magic, sizeof magic))
        return false;
    if (memcmp(magic, MAGIC, sizeof magic) != 0)
        return nw_fail(t->err, NW_ERR_DATA, "this is not a region of a scan");
    if (!grid(t, &r->scan.grid))
        return false;
    for (int a = 0; a < 3; a++)
        if (!count_of(t, &r->lo[a], 0, r->scan.grid.dim[a] - 1) ||
            !count_of(t, &r->hi[a], r->lo[a] + 1, r->scan.grid.dim[a]))
            return false;
    if (!calibration(t, &r->calibration) || !count_of(t, &r->tissues.count, 1, NW_TISSUES_MAX))
        return false;
    for (size_t n = 0; n < r->tissues.count; n++)
        if (!tissue(t, &r->arena, &r->tissues.tissue[n]))
            return false;
    return true;
}

/* ---- voxels, row by row ---- */

static bool greys(struct tape *t, struct nw_region *r)
{
    for (size_t k = r->lo[2]; k < r->hi[2]; k++)
        for (size_t j = r->lo[1]; j < r->hi[1]; j++)
            if (!bytes(t, r->scan.i16 + nw_grid_at(&r->scan.grid, r->lo[0], j, k),
                       (r->hi[0] - r->lo[0]) * sizeof *r->scan.i16))
                return false;
    return true;
}

/* Labels as runs of one value, which end with the row at the latest. */
static bool write_row(struct tape *t, const uint8_t *v, size_t len)
{
    for (size_t i = 0, end; i < len; i = end) {
        for (end = i + 1; end < len && v[end] == v[i];)
            end++;
        const size_t n = end - i;
        uint8_t run[3] = {v[i], (uint8_t)(n & 255), (uint8_t)(n >> 8)};
        if (!bytes(t, run, sizeof run))
            return false;
    }
    return true;
}

static bool read_row(struct tape *t, size_t values, uint8_t *v, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint8_t run[3];
        if (!bytes(t, run, sizeof run))
            return false;
        const size_t n = run[1] + ((size_t)run[2] << 8);
        if (n == 0 || n > len - i || run[0] > values)
            return bad(t);
        memset(v + i, run[0], n);
        i += n;
    }
    return true;
}

static bool labels_in(struct tape *t, const size_t lo[3], const size_t hi[3], size_t values,
                      const struct nw_volume *v)
{
    const size_t len = hi[0] - lo[0];
    for (size_t k = lo[2]; k < hi[2]; k++)
        for (size_t j = lo[1]; j < hi[1]; j++) {
            uint8_t *row = v->u8 + nw_grid_at(&v->grid, lo[0], j, k);
            if (!(t->out ? write_row(t, row, len) : read_row(t, values, row, len)))
                return false;
        }
    return true;
}

static bool labels(struct tape *t, const struct nw_region *r, const struct nw_volume *v)
{
    return labels_in(t, r->lo, r->hi, r->tissues.count, v);
}

static bool all_labels(struct tape *t, size_t values, const struct nw_volume *v)
{
    static const size_t first[3] = {0, 0, 0};
    return labels_in(t, first, v->grid.dim, values, v);
}

/* Labels of the whole grid, their bytes counted before them: most readers pass them by. */
static bool write_all(struct tape *t, const struct nw_region *r)
{
    struct nw_text text;
    struct tape own = {.out = &text, .err = t->err};
    nw_text_init(&text, (size_t)1 << 40);
    bool ok = all_labels(&own, r->tissues.count, &r->found) &&
              all_labels(&own, r->tissues.count, &r->tissues.labels);
    double count = (double)text.len;
    ok = ok && number(t, &count) && nw_text_addn(t->out, text.data, text.len, t->err);
    nw_text_release(&text);
    return ok;
}

/* They are the rest of the file; whether that can be is seen when they are asked for. */
static bool find_all(struct tape *t, struct nw_region *r)
{
    double count;
    if (!number(t, &count))
        return false;
    const size_t left = (size_t)(t->end - t->at);
    if (count > (double)left)
        return nw_fail(t->err, NW_ERR_DATA, "the region's file is cut short");
    if (count != (double)left)
        return nw_fail(t->err, NW_ERR_DATA, "the region's file is longer than it should be");
    r->all = t->at;
    r->all_len = left;
    return true;
}

bool nw_region_all_labels(const struct nw_region *r, struct nw_volume *found,
                          struct nw_volume *now, struct nw_err *err)
{
    struct tape t = {.at = r->all, .end = r->all + r->all_len, .err = err};
    return nw_volume_init_unset(found, NW_VOXEL_U8, &r->scan.grid, err) &&
           nw_volume_init_unset(now, NW_VOXEL_U8, &r->scan.grid, err) &&
           all_labels(&t, r->tissues.count, found) && all_labels(&t, r->tissues.count, now) &&
           (t.at == t.end ||
            nw_fail(err, NW_ERR_DATA, "the region's file is longer than it should be"));
}

uint8_t *nw_region_write(const struct nw_region *region, size_t *len, struct nw_err *err)
{
    struct nw_text text;
    struct nw_region r = *region; /* visited, not changed */
    struct tape t = {.out = &text, .err = err};
    nw_text_init(&text, (size_t)1 << 40);
    if (!head(&t, &r) || !greys(&t, &r) || !labels(&t, &r, &r.found) ||
        !labels(&t, &r, &r.tissues.labels) || !write_all(&t, &r)) {
        nw_text_release(&text);
        return NULL;
    }
    *len = text.len;
    return (uint8_t *)text.data;
}

static bool read_voxels(struct tape *t, struct nw_region *r)
{
    const struct nw_grid g = r->scan.grid;
    r->scan = (struct nw_volume){0};
    if (!nw_volume_init(&r->scan, NW_VOXEL_I16, &g, t->err) ||
        !nw_volume_init(&r->found, NW_VOXEL_U8, &g, t->err) ||
        !nw_volume_init(&r->tissues.labels, NW_VOXEL_U8, &g, t->err) || !greys(t, r) ||
        !labels(t, r, &r->found) || !labels(t, r, &r->tissues.labels) || !find_all(t, r) ||
        !nw_grey_init(&r->grey, &r->scan, t->err))
        return false;
    for (size_t n = 0; n < r->tissues.count; n++)
        r->tissues.tissue[n].edge.grey = &r->grey;
    return true;
}

/* The bytes that greys alone need are there before room for the whole grid is asked for. */
static bool is_long_enough(struct tape *t, const struct nw_region *r)
{
    size_t need = sizeof(int16_t);
    for (int a = 0; a < 3; a++)
        need *= r->hi[a] - r->lo[a];
    return (size_t)(t->end - t->at) > need ||
           nw_fail(t->err, NW_ERR_DATA, "the region's file is cut short");
}

struct nw_region *nw_region_read(const uint8_t *from, size_t len, struct nw_err *err)
{
    struct tape t = {.at = from, .end = from + len, .err = err};
    struct nw_region *r = NW_ALLOC(struct nw_region, 1, err);
    if (!r)
        return NULL;
    if (head(&t, r) && is_long_enough(&t, r) && read_voxels(&t, r))
        return r;
    nw_region_free(r);
    return NULL;
}

/* ---- what parts became ---- */

uint8_t *nw_parts_write(const struct nw_parts_answer *answer, size_t *len, struct nw_err *err)
{
    static const char PARTS[8] = {'N', 'U', 'W', 'A', 'P', 'R', 'T', '1'};
    struct nw_text text;
    struct tape t = {.out = &text, .err = err};
    double dim[3];
    for (int a = 0; a < 3; a++)
        dim[a] = (double)answer->became.grid.dim[a];
    nw_text_init(&text, (size_t)1 << 40);
    if (!nw_text_addn(&text, PARTS, sizeof PARTS, err) || !numbers(&t, dim, 3) ||
        !all_labels(&t, 255, &answer->became)) {
        nw_text_release(&text);
        return NULL;
    }
    *len = text.len;
    return (uint8_t *)text.data;
}
