/* print/orient.c -- see orient.h. */
#include "print/orient.h"

#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "mesh/distance.h"

enum {
    SPREAD = 1200, /* directions all around */
    FACES = 64,    /* directions of the part's own faces */
    BINS = 24,     /* of normals, along each side of a cube's faces */
    REFINED = 12,  /* best ones looked at more closely */
    RING = 8,      /* directions around each of them */
    ROUNDS = 4,
    SPINS = 12, /* turns tried to make it fit, 15 degrees apart */
};

/* The surface, a triangle an entry, and the points that can be outermost. */
struct shape {
    size_t count;
    nw_vec3 *middle, *normal;
    float *area;
    uint8_t *keep; /* to be kept clear */
    size_t vert_count;
    nw_vec3 *vert;
    double area_mm2, keep_mm2, longest_mm;
};

static void release(struct shape *s)
{
    nw_free(s->middle);
    nw_free(s->normal);
    nw_free(s->area);
    nw_free(s->keep);
    nw_free(s->vert);
}

static bool make_room(struct shape *s, const struct nw_model *model, struct nw_err *err)
{
    size_t tris = 0, verts = 0;
    for (size_t p = 0; p < model->part_count; p++) {
        tris += model->part[p].mesh.tri_count;
        verts += model->part[p].mesh.vert_count;
    }
    s->middle = NW_ALLOC(nw_vec3, tris + 1, err);
    s->normal = s->middle ? NW_ALLOC(nw_vec3, tris + 1, err) : NULL;
    s->area = s->normal ? NW_ALLOC(float, tris + 1, err) : NULL;
    s->keep = s->area ? NW_ALLOC(uint8_t, tris + 1, err) : NULL;
    s->vert = s->keep ? NW_ALLOC(nw_vec3, verts + 1, err) : NULL;
    return s->vert != NULL;
}

static bool take_shape(struct shape *s, const struct nw_model *model, struct nw_err *err)
{
    if (!make_room(s, model, err))
        return false;
    nw_box box = nw_box_empty();

    for (size_t p = 0; p < model->part_count; p++) {
        const struct nw_mesh *m = &model->part[p].mesh;
        for (size_t v = 0; v < m->vert_count; v++) {
            s->vert[s->vert_count++] = m->pos_mm[v];
            box = nw_box_with(box, m->pos_mm[v]);
        }
        for (size_t t = 0; t < m->tri_count; t++) {
            const nw_vec3 a = m->pos_mm[m->tri[t][0]], b = m->pos_mm[m->tri[t][1]],
                          c = m->pos_mm[m->tri[t][2]];
            const nw_vec3 n = nw_cross(nw_sub(b, a), nw_sub(c, a));
            const double len = nw_length(n);
            if (!(len > 0))
                continue;
            s->middle[s->count] = nw_scale(nw_add(nw_add(a, b), c), 1.0 / 3);
            s->normal[s->count] = nw_scale(n, 1 / len);
            s->area[s->count++] = (float)(len / 2);
            s->area_mm2 += len / 2;
        }
    }
    s->longest_mm = nw_length(nw_box_size(box));
    return s->count > 0 || nw_fail(err, NW_ERR_GEOMETRY, "there is nothing to print");
}

static bool mark_clear(struct shape *s, const struct nw_orient_opts *opts, struct nw_err *err)
{
    for (size_t p = 0; opts->keep_clear && p < opts->keep_clear->part_count; p++) {
        struct nw_bvh *bvh = nw_bvh_new(&opts->keep_clear->part[p].mesh, err);
        if (!bvh)
            return false;
        NW_PARALLEL_FOR
        for (size_t n = 0; n < s->count; n++) {
            struct nw_nearest near;
            if (nw_bvh_nearest(bvh, s->middle[n], opts->clear_mm, &near))
                s->keep[n] = 1;
        }
        nw_bvh_free(bvh);
    }
    for (size_t n = 0; n < s->count; n++)
        s->keep_mm2 += s->keep[n] ? (double)s->area[n] : 0;
    return true;
}

/* ---- one direction ---- */

/* The lowest and the highest point. */
static void ends(const struct shape *s, nw_vec3 up, nw_vec3 out[2])
{
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (size_t v = 0; v < s->vert_count; v++) {
        const double z = nw_dot(s->vert[v], up);
        if (z < low) {
            low = z;
            out[0] = s->vert[v];
        }
        if (z > high) {
            high = z;
            out[1] = s->vert[v];
        }
    }
}

static struct nw_orientation judge(const struct shape *s, const struct nw_machine *m,
                                   nw_vec3 up, const nw_vec3 end[2])
{
    struct nw_orientation o = {.up = up};
    const double low = nw_dot(end[0], up), high = nw_dot(end[1], up);
    const double steep = -nw_sin(m->limits.overhang_deg * NW_PI / 180);
    for (size_t n = 0; n < s->count; n++) {
        const double lean = nw_dot(s->normal[n], up);
        if (!(lean < steep - 1e-9))
            continue;
        const double z = nw_dot(s->middle[n], up) - low, area = (double)s->area[n];
        if (z < m->layer_mm) {
            o.base_mm2 += area;
            continue;
        }
        o.overhang_mm2 += area;
        o.support_mm3 += area * -lean * z;
        o.clear_mm2 += s->keep[n] ? area : 0;
    }
    o.height_mm = high - low;
    return o;
}

/* The turn about the vertical at which these points fit, the first of twelve; the narrowest
 * otherwise. */
static void fit(const nw_vec3 *point, size_t count, const struct nw_machine *m,
                struct nw_orientation *o)
{
    double best = HUGE_VAL;
    o->fits = false;
    for (int k = 0; k < SPINS && !o->fits; k++) {
        const struct nw_place_opts opts = {.up = o->up, .spin_rad = k * NW_PI / SPINS};
        const nw_mat3 turn = nw_place_turn(&opts);
        nw_box box = nw_box_empty();
        for (size_t v = 0; v < count; v++)
            box = nw_box_with(box, nw_mul(turn, point[v]));
        const nw_vec3 size = nw_box_size(box);
        const double *c = m->compensation.scale, *b = m->build_mm;
        const double over =
            fmax(size.x * c[0] / b[0], fmax(size.y * c[1] / b[1], size.z * c[2] / b[2]));
        if (over < best) {
            best = over;
            o->spin_rad = opts.spin_rad;
        }
        o->fits = over <= 1;
    }
}

static double cost_of(const struct shape *s, const struct nw_machine *m,
                      const struct nw_orientation *o)
{
    /* what stands on less than a twentieth of its surface falls over, but resin hangs */
    const double stand =
        m->process == NW_PROCESS_SLA ? 1 : fmin(20 * o->base_mm2 / s->area_mm2, 1);
    const double box = o->height_mm > 0 ? s->area_mm2 / 6 * o->height_mm : 1;
    return 100 * (o->overhang_mm2 / s->area_mm2 + 0.5 * o->support_mm3 / box +
                  0.25 * o->height_mm / s->longest_mm + 0.1 * (1 - stand) +
                  (s->keep_mm2 > 0 ? 10 * o->clear_mm2 / s->keep_mm2 : 0));
}

static struct nw_orientation weigh(const struct shape *s, const struct nw_machine *m,
                                   nw_vec3 up, nw_vec3 end[2])
{
    ends(s, up, end);
    struct nw_orientation o = judge(s, m, up, end);
    o.cost = cost_of(s, m, &o);
    return o;
}

/* ---- candidates ---- */

static void spread(nw_vec3 *out, size_t count)
{
    const double golden = NW_PI * (3 - sqrt(5)); /* a spiral of equal steps */
    for (size_t n = 0; n < count; n++) {
        const double z = 1 - (2 * (double)n + 1) / (double)count, r = sqrt(1 - z * z);
        out[n] = nw_v3(r * nw_cos(golden * (double)n), r * nw_sin(golden * (double)n), z);
    }
}

/* Bin of a direction on a cube around it. */
static size_t bin_of(nw_vec3 n)
{
    const double a[3] = {n.x, n.y, n.z};
    int axis = 0;
    for (int k = 1; k < 3; k++)
        if (fabs(a[k]) > fabs(a[axis]))
            axis = k;
    const double u = a[(axis + 1) % 3] / fabs(a[axis]), v = a[(axis + 2) % 3] / fabs(a[axis]);
    const size_t i = (size_t)fmin((u + 1) / 2 * BINS, BINS - 1),
                 j = (size_t)fmin((v + 1) / 2 * BINS, BINS - 1);
    return ((size_t)axis * 2 + (a[axis] < 0)) * BINS * BINS + j * BINS + i;
}

/* The directions in which most of the surface looks: on such a face a part can stand. */
static bool face_directions(const struct shape *s, nw_vec3 *out, size_t *count,
                            struct nw_err *err)
{
    enum { ALL = 6 * BINS * BINS };
    NW_AUTOFREE nw_vec3 *sum = NW_ALLOC(nw_vec3, ALL, err);
    if (!sum)
        return false;
    for (size_t n = 0; n < s->count; n++) {
        nw_vec3 *b = &sum[bin_of(s->normal[n])];
        *b = nw_along(*b, s->normal[n], (double)s->area[n]);
    }
    for (*count = 0; *count < FACES; ++*count) {
        size_t best = 0;
        for (size_t b = 1; b < ALL; b++)
            best = nw_length2(sum[b]) > nw_length2(sum[best]) ? b : best;
        if (!(nw_length2(sum[best]) > 0))
            break;
        out[*count] = nw_scale(nw_unit(sum[best]), -1);
        sum[best] = nw_v3(0, 0, 0);
    }
    return true;
}

static int by_cost(const void *a, const void *b)
{
    const struct nw_orientation *x = a, *y = b;
    if (x->cost < y->cost || x->cost > y->cost)
        return x->cost < y->cost ? -1 : 1;
    return memcmp(&x->up, &y->up, sizeof x->up); /* a tie: any order, but always the same */
}

/* Steps around a direction, each round a third of the last, towards what costs less. */
static void refine(const struct shape *s, const struct nw_machine *m, struct nw_orientation *o)
{
    double step = 0.06;
    for (int round = 0; round < ROUNDS; round++, step /= 3) {
        const nw_vec3 side =
            nw_unit(nw_cross(o->up, fabs(o->up.z) < 0.7 ? nw_v3(0, 0, 1) : nw_v3(1, 0, 0)));
        const nw_vec3 other = nw_cross(o->up, side), centre = o->up;
        for (int k = 0; k < RING; k++) {
            const double a = 2 * NW_PI * k / RING;
            const nw_vec3 up = nw_unit(
                nw_along(nw_along(centre, side, step * nw_cos(a)), other, step * nw_sin(a)));
            nw_vec3 end[2];
            const struct nw_orientation near = weigh(s, m, up, end);
            if (near.cost < o->cost)
                *o = near;
        }
    }
}

static void pick(const struct nw_orientation *all, size_t count,
                 struct nw_orientation out[NW_ORIENTATIONS], size_t *picked)
{
    *picked = 0;
    for (size_t n = 0; n < count && *picked < NW_ORIENTATIONS; n++) {
        bool apart = true;
        for (size_t k = 0; k < *picked; k++)
            apart = apart && nw_dot(out[k].up, all[n].up) < 0.966; /* 15 degrees */
        if (apart)
            out[(*picked)++] = all[n];
    }
}

/* All directions weighed, best first, and in end[] the outermost points of the part. */
static bool weigh_all(const struct shape *s, const struct nw_machine *m,
                      struct nw_orientation *o, nw_vec3 *end, size_t *count, struct nw_err *err)
{
    enum { STRIDE = 64 };
    NW_AUTOFREE nw_vec3 *up = NW_ALLOC(nw_vec3, SPREAD + FACES, err);
    size_t faces = 0;
    if (!up || !face_directions(s, up, &faces, err))
        return false;
    spread(up + faces, SPREAD);
    *count = faces + SPREAD;
    for (size_t n0 = 0; n0 < *count; n0 += STRIDE) {
        const size_t n1 = n0 + STRIDE < *count ? n0 + STRIDE : *count;
        NW_PARALLEL_FOR_UNEVEN
        for (size_t n = n0; n < n1; n++)
            o[n] = weigh(s, m, up[n], end + 2 * n);
        if (!nw_progress(n1, *count + REFINED))
            return nw_fail_cancelled(err);
    }
    qsort(o, *count, sizeof *o, by_cost);
    return true;
}

/* The best ones that fit and are not neighbours; where too few fit, the best that do not. */
static size_t choose(const struct nw_machine *m, struct nw_orientation *o, size_t count,
                     const nw_vec3 *outer, struct nw_orientation best[REFINED])
{
    size_t kept = 0;
    for (int fitting = 1; fitting >= 0; fitting--)
        for (size_t n = 0; n < count && kept < REFINED; n++) {
            bool wanted = true;
            for (size_t k = 0; k < kept; k++)
                wanted = wanted && nw_dot(best[k].up, o[n].up) < 0.99;
            if (!wanted)
                continue;
            if (fitting)
                fit(outer, 2 * count, m, &o[n]);
            if (o[n].fits == (fitting == 1))
                best[kept++] = o[n];
        }
    return kept;
}

/* Refined, unless it then no longer fits. */
static void finish(const struct shape *s, const struct nw_machine *m, struct nw_orientation *o)
{
    struct nw_orientation finer = *o;
    refine(s, m, &finer);
    fit(s->vert, s->vert_count, m, &finer);
    fit(s->vert, s->vert_count, m, o);
    if (finer.fits || !o->fits)
        *o = finer;
    o->cost += o->fits ? 0 : 1000;
}

static bool search(const struct shape *s, const struct nw_machine *m,
                   struct nw_orientation out[NW_ORIENTATIONS], size_t *picked,
                   struct nw_err *err)
{
    NW_AUTOFREE nw_vec3 *end = NW_ALLOC(nw_vec3, 2 * (SPREAD + FACES), err);
    NW_AUTOFREE struct nw_orientation *o =
        end ? NW_ALLOC(struct nw_orientation, SPREAD + FACES, err) : NULL;
    struct nw_orientation best[REFINED];
    size_t count = 0;
    if (!o || !weigh_all(s, m, o, end, &count, err))
        return false;
    const size_t kept = choose(m, o, count, end, best);
    NW_PARALLEL_FOR_UNEVEN
    for (size_t n = 0; n < kept; n++)
        finish(s, m, &best[n]);
    qsort(best, kept, sizeof *best, by_cost);
    pick(best, kept, out, picked);
    return true;
}

bool nw_orient(const struct nw_model *model, const struct nw_machine *machine,
               const struct nw_orient_opts *opts, struct nw_orientation out[NW_ORIENTATIONS],
               size_t *count, struct nw_orientation *as_is, struct nw_err *err)
{
    struct shape s = {0};
    const bool ok = take_shape(&s, model, err) && mark_clear(&s, opts, err) &&
                    search(&s, machine, out, count, err);
    if (ok) {
        nw_vec3 end[2];
        *as_is = weigh(&s, machine, nw_v3(0, 0, 1), end);
        fit(s.vert, s.vert_count, machine, as_is);
        as_is->cost += as_is->fits ? 0 : 1000;
    }
    release(&s);
    return ok;
}
