/* plan/reduce.c -- see reduce.h. */
#include "plan/reduce.h"

#include <string.h>

#include "core/parallel.h"
#include "plan/reduce_priv.h"

/* Marks the triangles that lie on the bone and face as it does. */
static void mark_outer(const struct nw_mesh *f, size_t face, const struct nw_mesh *bone,
                       const struct nw_bvh *tree, nw_affine motion, double band_mm,
                       uint8_t *outer)
{
    static const double LEAST_COSINE = 0.5; /* 60 degrees, as of a pair */
    NW_PARALLEL_FOR_UNEVEN
    for (size_t t = 0; t < f->tri_count; t++) {
        const nw_vec3 a = f->pos_mm[f->tri[t][0]], b = f->pos_mm[f->tri[t][1]],
                      c = f->pos_mm[f->tri[t][2]];
        const nw_vec3 middle = nw_scale(nw_add(a, nw_add(b, c)), 1.0 / 3);
        struct nw_nearest near;
        outer[t] = 0;
        if ((face > 0 && t >= face) ||
            !nw_bvh_nearest(tree, nw_apply(motion, middle), band_mm, &near))
            continue;
        const uint32_t *v = bone->tri[near.triangle];
        const nw_vec3 p = bone->pos_mm[v[0]];
        const nw_vec3 there =
            nw_unit(nw_cross(nw_sub(bone->pos_mm[v[1]], p), nw_sub(bone->pos_mm[v[2]], p)));
        const nw_vec3 here =
            nw_mul(motion.linear, nw_unit(nw_cross(nw_sub(b, a), nw_sub(c, a))));
        outer[t] = nw_dot(here, there) > LEAST_COSINE;
    }
}

/* The triangles that are marked so. */
static bool take(const struct nw_mesh *f, size_t count, const uint8_t *outer, uint8_t which,
                 struct nw_mesh *out, struct nw_err *err)
{
    if (!nw_mesh_copy(out, f, err))
        return false;
    out->tri_count = 0;
    for (size_t t = 0; t < count; t++)
        if (outer[t] == which)
            memcpy(out->tri[out->tri_count++], f->tri[t], sizeof *f->tri);
    return nw_mesh_compact(out, err);
}

bool nw_reduce_split(const struct nw_mesh *f, size_t face, const struct nw_mesh *bone,
                     const struct nw_bvh *tree, const struct nw_fuse *fuse,
                     struct nw_mesh *outer, struct nw_mesh *inner, struct nw_err *err)
{
    static const double BAND_RMS = 3, LEAST_BAND_MM = 1;
    NW_AUTOFREE uint8_t *mark = NW_ALLOC(uint8_t, f->tri_count, err);
    if (!mark)
        return false;
    mark_outer(f, face, bone, tree, fuse->motion, fmax(BAND_RMS * fuse->rms_mm, LEAST_BAND_MM),
               mark);
    return take(f, f->tri_count, mark, 1, outer, err) &&
           (!inner || take(f, face > 0 ? face : f->tri_count, mark, 0, inner, err));
}

void nw_reduced_moved(struct nw_reduced *r)
{
    const nw_mat3 m = r->fuse.motion.linear;
    const nw_vec3 twice = {m.r[2].y - m.r[1].z, m.r[0].z - m.r[2].x, m.r[1].x - m.r[0].y};
    r->turned_rad = nw_atan2(nw_length(twice), m.r[0].x + m.r[1].y + m.r[2].z - 1);
    r->shift_mm = nw_sub(nw_apply(r->fuse.motion, r->from_mm), r->from_mm);
}

/* The fragment's outer surface, where it lies now. */
static bool take_outer(const struct nw_mesh *f, size_t face, const struct nw_mesh *bone,
                       const struct nw_fuse *fuse, struct nw_mesh *out, struct nw_err *err)
{
    struct nw_bvh *tree = nw_bvh_new(bone, err);
    const bool ok = tree && nw_reduce_split(f, face, bone, tree, fuse, out, NULL, err);
    nw_bvh_free(tree);
    return ok;
}

/* The start is looked for where the fragment belongs: laid with its middle there, and with its
 * principal axes on those of the bone within. */
static bool lay_roughly(const struct nw_mesh *f, nw_vec3 middle, const struct nw_mesh *bone,
                        const struct nw_reduce_opts *o, struct nw_fuse *out, struct nw_err *err)
{
    enum { ROUGH_SAMPLES = 1000 };
    static const double PRESET_KEPT = 0.35;
    struct nw_fuse_opts opts = {.start = o->start,
                                .kept = o->kept > 0 ? o->kept : PRESET_KEPT,
                                .samples = o->samples ? o->samples : ROUGH_SAMPLES,
                                .correlation_mm = o->correlation_mm,
                                .sigma_mm = o->sigma_mm};
    if (!o->near)
        return nw_fuse_surfaces(f, bone, &opts, out, err);
    NW_AUTO(nw_mesh) there = {0};
    const nw_affine start = {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
                             nw_sub(o->near->centre_mm, middle)};
    if (!nw_region_near(o->near, bone, &there, err))
        return false;
    if (there.tri_count == 0)
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "no place of the part's surface lies in the region");
    opts.start = o->start ? o->start : &start;
    opts.turn = true;
    return nw_fuse_surfaces(f, &there, &opts, out, err);
}

static nw_vec3 middle_of(const struct nw_mesh *m)
{
    nw_vec3 sum = {0, 0, 0};
    double area = 0;
    for (size_t t = 0; t < m->tri_count; t++) {
        const nw_vec3 a = m->pos_mm[m->tri[t][0]], b = m->pos_mm[m->tri[t][1]],
                      c = m->pos_mm[m->tri[t][2]];
        const double w = nw_length(nw_cross(nw_sub(b, a), nw_sub(c, a)));
        sum = nw_along(sum, nw_add(a, nw_add(b, c)), w / 3);
        area += w;
    }
    return area > 0 ? nw_scale(sum, 1 / area) : sum;
}

/* What of the fragment is to be laid on what, and how much of it is outer there. */
struct laying {
    const struct nw_mesh *fragment, *bone;
    const struct nw_reduce_opts *opts;
    double outer;
};

/* By the surface that is outer where it lies roughly. */
static bool lay_outer(struct laying *l, const struct nw_fuse *rough, struct nw_fuse *out,
                      struct nw_err *err)
{
    static const double LEAST_OUTER = 0.05;
    NW_AUTO(nw_mesh) outer = {0};
    if (!take_outer(l->fragment, l->opts->face, l->bone, rough, &outer, err))
        return false;
    l->outer = nw_mesh_area_mm2(&outer) / nw_mesh_area_mm2(l->fragment);
    if (!(l->outer >= LEAST_OUTER))
        return nw_fail(
            err, NW_ERR_GEOMETRY,
            "only %.0f %% of the fragment's surface lie on the bone: start it nearer "
            "to its place",
            100 * l->outer);
    const struct nw_fuse_opts fine = {.start = &rough->motion,
                                      .samples = l->opts->samples,
                                      .correlation_mm = l->opts->correlation_mm,
                                      .sigma_mm = l->opts->sigma_mm};
    return nw_fuse_surfaces(&outer, l->bone, &fine, out, err);
}

static bool lay_from(void *user, nw_affine start, struct nw_fuse *out, struct nw_err *err)
{
    const struct nw_fuse rough = {.motion = start};
    return lay_outer(user, &rough, out, err);
}

bool nw_reduce(const struct nw_mesh *fragment, const struct nw_mesh *bone,
               const struct nw_reduce_opts *opts, struct nw_reduced *out, struct nw_err *err)
{
    struct nw_reduced r = {.from_mm = middle_of(fragment), .gap_mm = (double)NAN};
    struct laying l = {fragment, bone, opts, 0}, other = l;
    const struct nw_turn_opts turns = {.shape = fragment,
                                       .face = opts->face,
                                       .correlation_mm = opts->correlation_mm,
                                       .sigma_mm = opts->sigma_mm,
                                       .marks = opts->marks,
                                       .refine = lay_from,
                                       .user = &other};
    struct nw_fuse rough;
    if (!lay_roughly(fragment, r.from_mm, bone, opts, &rough, err) ||
        !lay_outer(&l, &rough, &r.fuse, err) ||
        !nw_fuse_other_turns(bone, &turns, &r.fuse, &r.doubt, err))
        return false;
    r.outer = l.outer;
    nw_reduced_moved(&r);
    *out = r;
    return true;
}
