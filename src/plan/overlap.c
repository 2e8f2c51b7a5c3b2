/* plan/overlap.c -- what two solids fill both; see reduce.h. */
#include "core/parallel.h"
#include "plan/fuse_priv.h"
#include "plan/geodesic_priv.h"
#include "plan/reduce.h"

enum { COLUMNS = 160, MOST_HITS = 128, SAMPLES = 4000 };

static bool closed(const struct nw_mesh *m, bool *is, struct nw_err *err)
{
    NW_AUTOFREE uint32_t *twin = NW_ALLOC_UNSET(uint32_t, 3 * m->tri_count + 1, err);
    struct nw_err why = {0};
    if (!twin)
        return false;
    *is = nw_twins(m, twin, &why) && nw_twins_closed(m, twin);
    if (why.code != NW_OK && why.code != NW_ERR_GEOMETRY) {
        *err = why;
        return false;
    }
    return true;
}

static double part_of(nw_vec3 v, int axis)
{
    return axis == 0 ? v.x : axis == 1 ? v.y : v.z;
}

/* Columns run along the axis in which the shared box is thinnest. */
struct columns {
    const struct nw_bvh *tree[2];
    nw_box box;     /* shared by both boxes */
    double lo, hi;  /* along the axis, beyond both meshes */
    double step_mm; /* between columns */
    int axis;
    size_t count[2]; /* along the two others */
};

static nw_vec3 place(const struct columns *c, double u, double v, double w)
{
    const double x[3] = {w, u, v};
    double p[3];
    for (int k = 0; k < 3; k++)
        p[(c->axis + k) % 3] = x[k];
    return nw_v3(p[0], p[1], p[2]);
}

/* Where the way goes through the mesh, pair by pair: in, out. */
static size_t crossings(const struct nw_bvh *tree, nw_vec3 a, nw_vec3 b, double *along)
{
    size_t n = 0;
    double beyond = -1;
    struct nw_segment_near hit;
    while (n < MOST_HITS && nw_bvh_first_hit(tree, a, b, beyond, &hit))
        along[n++] = beyond = hit.along;
    return n & ~(size_t)1; /* one grazed */
}

static double shared_by(const double *a, size_t na, const double *b, size_t nb)
{
    double sum = 0;
    for (size_t i = 0, k = 0; i < na && k < nb;) {
        const double from = fmax(a[i], b[k]), to = fmin(a[i + 1], b[k + 1]);
        sum += fmax(to - from, 0);
        if (a[i + 1] < b[k + 1])
            i += 2;
        else
            k += 2;
    }
    return sum;
}

static double row_of(const struct columns *c, size_t row)
{
    static const double OFF[2] = {0.5137, 0.4831}; /* never through a regular mesh's edges */
    const nw_vec3 lo = c->box.min;
    double sum = 0, a[MOST_HITS], b[MOST_HITS];
    const double v = part_of(lo, (c->axis + 2) % 3) + c->step_mm * ((double)row + OFF[1]);
    for (size_t i = 0; i < c->count[0]; i++) {
        const double u = part_of(lo, (c->axis + 1) % 3) + c->step_mm * ((double)i + OFF[0]);
        const nw_vec3 from = place(c, u, v, c->lo), to = place(c, u, v, c->hi);
        const size_t na = crossings(c->tree[0], from, to, a),
                     nb = na ? crossings(c->tree[1], from, to, b) : 0;
        sum += shared_by(a, na, b, nb);
    }
    return sum * (c->hi - c->lo) * c->step_mm * c->step_mm;
}

static bool shared_volume(const struct columns *c, double *volume, struct nw_err *err)
{
    NW_AUTOFREE double *part = NW_ALLOC_UNSET(double, c->count[1] + 1, err);
    if (!part)
        return false;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t row = 0; row < c->count[1]; row++)
        part[row] = row_of(c, row);
    *volume = 0;
    for (size_t row = 0; row < c->count[1]; row++)
        *volume += part[row];
    return true;
}

/* How deep the surface of one lies in the other. */
static bool deepest(const struct nw_mesh *m, const struct nw_bvh *other, nw_box box,
                    double *depth, struct nw_err *err)
{
    struct nw_samples s = {0};
    struct nw_nearest near;
    if (!nw_samples_init(&s, m, SAMPLES, err))
        return false;
    for (size_t i = 0; i < s.count + m->vert_count; i++) {
        const nw_vec3 p = i < s.count ? s.at[i] : m->pos_mm[i - s.count];
        const bool in = p.x >= box.min.x && p.y >= box.min.y && p.z >= box.min.z &&
                        p.x <= box.max.x && p.y <= box.max.y && p.z <= box.max.z;
        if (in && nw_bvh_nearest(other, p, HUGE_VAL, &near))
            *depth = fmax(*depth, -near.signed_mm);
    }
    nw_samples_release(&s);
    return true;
}

static bool measure(const struct nw_mesh *a, const struct nw_mesh *b, struct columns *c,
                    struct nw_overlap *o, struct nw_err *err)
{
    const nw_box x = nw_mesh_box(a), y = nw_mesh_box(b);
    const nw_vec3 size = nw_sub(c->box.max, c->box.min);
    c->axis = 0;
    for (int k = 1; k < 3; k++)
        c->axis = part_of(size, k) < part_of(size, c->axis) ? k : c->axis;
    const double u = part_of(size, (c->axis + 1) % 3), v = part_of(size, (c->axis + 2) % 3);
    c->lo = part_of(nw_min3(x.min, y.min), c->axis) - 1;
    c->hi = part_of(nw_max3(x.max, y.max), c->axis) + 1;
    c->step_mm = fmax(u, v) / COLUMNS;
    if (!(c->step_mm > 0))
        return true;
    c->count[0] = (size_t)ceil(u / c->step_mm);
    c->count[1] = (size_t)ceil(v / c->step_mm);
    return shared_volume(c, &o->volume_mm3, err) &&
           deepest(a, c->tree[1], c->box, &o->depth_mm, err) &&
           deepest(b, c->tree[0], c->box, &o->depth_mm, err);
}

bool nw_overlap(const struct nw_mesh *a, const struct nw_mesh *b, struct nw_overlap *out,
                struct nw_err *err)
{
    bool both[2];
    struct nw_overlap o = {0, 0};
    const nw_box x = nw_mesh_box(a), y = nw_mesh_box(b);
    struct columns c = {.box = {nw_max3(x.min, y.min), nw_min3(x.max, y.max)}};
    if (!closed(a, &both[0], err) || !closed(b, &both[1], err))
        return false;
    if (!both[0] || !both[1]) {
        *out = (struct nw_overlap){(double)NAN, (double)NAN};
        return true;
    }
    bool ok = true;
    if (c.box.min.x < c.box.max.x && c.box.min.y < c.box.max.y && c.box.min.z < c.box.max.z) {
        struct nw_bvh *p = nw_bvh_new(a, err), *q = p ? nw_bvh_new(b, err) : NULL;
        c.tree[0] = p;
        c.tree[1] = q;
        ok = q && measure(a, b, &c, &o, err);
        nw_bvh_free(p);
        nw_bvh_free(q);
    }
    if (ok)
        *out = o;
    return ok;
}
