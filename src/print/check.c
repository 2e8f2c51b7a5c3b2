/* print/check.c -- see check.h. */
#include "print/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "mesh/thickness.h"

/* Samples in all; beyond, they lie further apart. */
#define SAMPLES_MOST 3000000.0
#define APART_MM 5.0 /* of places in a list */
enum { BLOCK = 1024, CUTS_MOST = 64 };

struct sample {
    nw_vec3 point, normal;
    float area;
    uint32_t part;
};

struct samples {
    struct sample *item;
    size_t count;
    double spacing_mm;
};

struct triangle {
    nw_vec3 a, b, c, normal;
    double area;
};

static struct triangle triangle_of(const struct nw_mesh *m, size_t t)
{
    const nw_vec3 a = m->pos_mm[m->tri[t][0]], b = m->pos_mm[m->tri[t][1]],
                  c = m->pos_mm[m->tri[t][2]];
    const nw_vec3 n = nw_cross(nw_sub(b, a), nw_sub(c, a));
    const double len = nw_length(n);
    return (struct triangle){a, b, c, len > 0 ? nw_scale(n, 1 / len) : n, len / 2};
}

/* A triangle is cut into cuts x cuts smaller ones, and asked in their middles. */
static size_t cuts_of(const struct triangle *t, double spacing)
{
    const double cuts = ceil(sqrt(t->area) / spacing);
    return cuts < 1 ? 1 : cuts > CUTS_MOST ? CUTS_MOST : (size_t)cuts;
}

static void cut(const struct triangle *t, size_t cuts, size_t part, struct samples *out)
{
    const double n = (double)cuts;
    for (size_t i = 0; i < cuts; i++)
        for (size_t j = 0; j < 2 * (cuts - i) - 1; j++) {
            const double low = j % 2 ? 2.0 / 3 : 1.0 / 3; /* upright and turned ones */
            const double u = ((double)i + low) / n, v = ((double)(j / 2) + low) / n;
            const nw_vec3 p =
                nw_along(nw_along(t->a, nw_sub(t->b, t->a), u), nw_sub(t->c, t->a), v);
            out->item[out->count++] =
                (struct sample){p, t->normal, (float)(t->area / (n * n)), (uint32_t)part};
        }
}

static bool take_samples(const struct nw_model *model, double spacing, struct samples *out,
                         struct nw_err *err)
{
    double area = 0;
    for (size_t p = 0; p < model->part_count; p++)
        area += nw_mesh_area_mm2(&model->part[p].mesh);
    out->spacing_mm = fmax(spacing, sqrt(area / SAMPLES_MOST));
    size_t count = 0;
    for (size_t p = 0; p < model->part_count; p++)
        for (size_t t = 0; t < model->part[p].mesh.tri_count; t++) {
            const struct triangle tri = triangle_of(&model->part[p].mesh, t);
            const size_t cuts = cuts_of(&tri, out->spacing_mm);
            count += cuts * cuts;
        }
    out->item = NW_ALLOC_UNSET(struct sample, count + 1, err);
    for (size_t p = 0; out->item && p < model->part_count; p++)
        for (size_t t = 0; t < model->part[p].mesh.tri_count; t++) {
            const struct triangle tri = triangle_of(&model->part[p].mesh, t);
            if (tri.area > 0)
                cut(&tri, cuts_of(&tri, out->spacing_mm), p, out);
        }
    return out->item != NULL;
}

struct probe {
    const struct nw_bvh *bvh;
    const struct nw_mesh *mesh;
};

/* ---- places ---- */

/* Worst first; one too close to a worse one is dropped. `sign` +1: small is bad. */
static void add_place(struct nw_places *list, const struct nw_finding_place *p, double sign)
{
    list->worst =
        isnan(list->worst) || sign * p->value < sign * list->worst ? p->value : list->worst;
    size_t at = 0;
    while (at < list->count && sign * list->place[at].value <= sign * p->value) {
        if (nw_length(nw_sub(list->place[at].place_mm, p->place_mm)) < APART_MM)
            return;
        at++;
    }
    if (at >= NW_PLACES)
        return;
    size_t end = at; /* those behind it that it takes the place of */
    for (size_t n = at; n < list->count; n++)
        if (nw_length(nw_sub(list->place[n].place_mm, p->place_mm)) >= APART_MM)
            list->place[end++] = list->place[n];
    list->count = end < NW_PLACES ? end + 1 : NW_PLACES;
    memmove(&list->place[at + 1], &list->place[at],
            (list->count - at - 1) * sizeof list->place[0]);
    list->place[at] = *p;
}

/* ---- patches ---- */

/* A cube of space twice as wide as samples lie apart, and no narrower than a thin wall: the
 * surface concerned in it, and the cube its patch is known by. Cubes that touch are one patch.
 */
struct cube {
    int32_t at[3];
    uint32_t patch;
    double area;
};

static int by_cube(const void *a, const void *b)
{
    const int32_t *x = ((const struct cube *)a)->at, *y = ((const struct cube *)b)->at;
    for (int k = 2; k >= 0; k--)
        if (x[k] != y[k])
            return x[k] < y[k] ? -1 : 1;
    return 0;
}

static uint32_t patch_of(struct cube *c, uint32_t n)
{
    while (c[n].patch != n)
        n = c[n].patch = c[c[n].patch].patch;
    return n;
}

static void join_neighbours(struct cube *c, size_t count, uint32_t n)
{
    for (int d = 0; d < 13; d++) { /* half of the 26; the other half looks back */
        const struct cube key = {
            .at = {c[n].at[0] + d % 3 - 1, c[n].at[1] + d / 3 % 3 - 1, c[n].at[2] + d / 9 - 1}};
        const struct cube *beside = bsearch(&key, c, count, sizeof *c, by_cube);
        if (!beside)
            continue;
        const uint32_t a = patch_of(c, n), b = patch_of(c, (uint32_t)(beside - c));
        if (a < b)
            c[b].patch = a;
        else
            c[a].patch = b;
    }
}

/* Area of the largest patch of the samples with a value. */
static bool measure_patches(const struct samples *s, const float *value, double *largest,
                            struct nw_err *err)
{
    size_t count = 0, used = 0;
    for (size_t n = 0; n < s->count; n++)
        count += isfinite(value[n]) != 0;
    NW_AUTOFREE struct cube *c = NW_ALLOC_UNSET(struct cube, count + 1, err);
    if (!c)
        return false;
    for (size_t n = 0; n < s->count; n++)
        if (isfinite(value[n])) {
            const nw_vec3 at = nw_scale(s->item[n].point, 0.5 / s->spacing_mm);
            c[used++] = (struct cube){
                .at = {(int32_t)floor(at.x), (int32_t)floor(at.y), (int32_t)floor(at.z)},
                .area = (double)s->item[n].area};
        }
    qsort(c, count, sizeof *c, by_cube);
    used = 0;
    for (size_t n = 0; n < count; n++)
        if (used > 0 && by_cube(&c[used - 1], &c[n]) == 0)
            c[used - 1].area += c[n].area;
        else
            c[used++] = c[n];
    for (uint32_t n = 0; n < used; n++)
        c[n].patch = n;
    for (uint32_t n = 0; n < used; n++)
        join_neighbours(c, used, n);
    *largest = 0;
    for (uint32_t n = 0; n < used; n++) { /* a patch is known by its first cube */
        const uint32_t first = patch_of(c, n);
        if (first != n)
            c[first].area += c[n].area;
    }
    for (uint32_t n = 0; n < used; n++)
        *largest = fmax(*largest, c[n].area);
    return true;
}

static bool gather(const struct samples *s, const float *value, double sign,
                   struct nw_places *out, struct nw_err *err)
{
    *out = (struct nw_places){.worst = NAN};
    for (size_t n = 0; n < s->count; n++)
        if (isfinite(value[n])) {
            const struct nw_finding_place p = {s->item[n].point, (double)value[n],
                                               s->item[n].part};
            out->area_mm2 += (double)s->item[n].area;
            add_place(out, &p, sign);
        }
    return measure_patches(s, value, &out->patch_mm2, err);
}

/* ---- all of them ---- */

/* Of samples of one part (or all: part NULL), into value[]. */
struct sweep {
    struct probe probe;
    const struct samples *samples;
    size_t lo, hi;
    enum nw_side side;
    double limit;
    float *value;
};

static bool run_sweep(const struct sweep *w, struct nw_err *err)
{
    const size_t blocks = (w->hi - w->lo + BLOCK - 1) / BLOCK;
    enum { STRIDE = 64 };
    for (size_t b0 = 0; b0 < blocks; b0 += STRIDE) {
        const size_t b1 = b0 + STRIDE < blocks ? b0 + STRIDE : blocks;
        NW_PARALLEL_FOR_UNEVEN
        for (size_t b = b0; b < b1; b++) {
            const size_t from = w->lo + b * BLOCK;
            const size_t to = from + BLOCK < w->hi ? from + BLOCK : w->hi;
            for (size_t n = from; n < to; n++)
                w->value[n] =
                    (float)nw_thin_at(w->probe.bvh, w->probe.mesh, w->samples->item[n].point,
                                      w->samples->item[n].normal, w->side, w->limit);
        }
        if (!nw_progress(b1, blocks))
            return nw_fail_cancelled(err);
    }
    return true;
}

static bool find_walls(const struct nw_model *model, const struct samples *s, double limit,
                       float *value, struct nw_err *err)
{
    size_t lo = 0;
    for (size_t p = 0; p < model->part_count; p++) {
        size_t hi = lo;
        while (hi < s->count && s->item[hi].part == p)
            hi++;
        struct nw_bvh *bvh = nw_bvh_new(&model->part[p].mesh, err);
        const struct sweep w = {
            {bvh, &model->part[p].mesh}, s, lo, hi, NW_SIDE_WALL, limit, value};
        const bool ok = bvh && run_sweep(&w, err);
        nw_bvh_free(bvh);
        if (!ok)
            return false;
        lo = hi;
    }
    return true;
}

static bool find_gaps(const struct nw_model *model, const struct samples *s, double limit,
                      float *value, struct nw_err *err)
{
    struct nw_mesh all = {0};
    bool ok = true;
    for (size_t p = 0; ok && p < model->part_count; p++)
        ok = nw_mesh_append(&all, &model->part[p].mesh, err);
    struct nw_bvh *bvh = ok ? nw_bvh_new(&all, err) : NULL;
    const struct sweep w = {{bvh, &all}, s, 0, s->count, NW_SIDE_GAP, limit, value};
    ok = bvh && run_sweep(&w, err);
    nw_bvh_free(bvh);
    nw_mesh_release(&all);
    return ok;
}

/* Surface that looks down more steeply than the machine can build, not lying on the bed. */
static void find_overhang(const struct samples *s, const struct nw_machine *machine,
                          const struct nw_placement *place, float *value)
{
    const nw_mat3 normals = nw_transpose(nw_inverse(place->to_bed.linear));
    const double limit = machine->limits.overhang_deg, bed = machine->layer_mm;
    for (size_t n = 0; n < s->count; n++) {
        const nw_vec3 normal = nw_unit(nw_mul(normals, s->item[n].normal));
        const double lean = 90 - nw_acos(-normal.z) * 180 / NW_PI;
        const bool lies = nw_apply(place->to_bed, s->item[n].point).z < bed;
        value[n] = lean > limit && !lies ? (float)lean : HUGE_VALF;
    }
}

bool nw_print_check(const struct nw_model *model, const struct nw_machine *machine,
                    const struct nw_placement *place, struct nw_print_check *out,
                    struct nw_err *err)
{
    struct samples s = {0};
    struct nw_print_check c = {.overhang.worst = NAN};
    NW_AUTOFREE float *value = NULL;
    bool ok = take_samples(model, machine->limits.min_wall_mm / 2, &s, err);
    if (ok)
        value = NW_ALLOC_UNSET(float, s.count + 1, err);
    ok = value && find_walls(model, &s, machine->limits.min_wall_mm, value, err);
    ok = ok && gather(&s, value, 1, &c.walls, err) &&
         find_gaps(model, &s, machine->limits.min_gap_mm, value, err) &&
         gather(&s, value, 1, &c.gaps, err);
    if (ok && place) {
        find_overhang(&s, machine, place, value);
        ok = gather(&s, value, -1, &c.overhang, err);
    }
    if (ok) {
        c.samples = s.count;
        c.spacing_mm = s.spacing_mm;
        *out = c;
    }
    nw_free(s.item);
    return ok;
}
