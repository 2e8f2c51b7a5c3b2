/* plan/eval_fuse.c -- registrations of a plan, and broken bones put together; see plan.h. */
#include <string.h>

#include "core/hash.h"
#include "core/text.h"
#include "plan/eval_priv.h"
#include "plan/fuse.h"
#include "plan/reduce.h"

static bool put_motion(struct nw_eval *e, const struct nw_fuse *f)
{
    json_t *rows = json_array(), *cov = json_array();
    const double shift[3] = {f->motion.shift.x, f->motion.shift.y, f->motion.shift.z};
    for (int r = 0; rows && r < 3; r++) {
        const nw_vec3 row = f->motion.linear.r[r];
        (void)json_array_append_new(rows,
                                    json_pack("[f, f, f, f]", row.x, row.y, row.z, shift[r]));
    }
    for (int r = 0; cov && r < 6; r++) {
        json_t *row = json_array();
        for (int c = 0; row && c < 6; c++)
            (void)json_array_append_new(row, nw_real(f->covariance[r][c]));
        (void)json_array_append_new(cov, row);
    }
    return nw_put(e, "moving_to_fixed", rows) && nw_put(e, "covariance", cov) &&
           nw_put_vec(e, "centre_mm", f->centre_mm) && nw_put_number(e, "rms_mm", f->rms_mm) &&
           nw_put_number(e, "p95_mm", f->p95_mm) && nw_put_number(e, "kept", f->kept) &&
           nw_put_number(e, "weakest_firmness", f->firm[0]) &&
           nw_put_number(e, "sigma_at_centre_mm", nw_fuse_sigma_at(f, f->centre_mm));
}

/* Of the motions to a micrometre: what a person accepts. */
static bool digest_of(const nw_affine *motion, size_t count, char out[17], struct nw_err *err)
{
    NW_AUTOFREE char *text = NW_ALLOC(char, count * 12 * (NW_NUMBER_MAX + 1) + 1, err);
    char hex[NW_DIGEST_TEXT];
    nw_digest digest;
    size_t len = 0;
    for (size_t i = 0; text && i < 12 * count; i++) {
        const nw_affine *m = &motion[i / 12];
        const size_t k = i % 12;
        const nw_vec3 r = k < 9 ? m->linear.r[k / 3] : m->shift;
        nw_number_format_fixed(text + len,
                               k % 3 == 0   ? r.x
                               : k % 3 == 1 ? r.y
                                            : r.z,
                               k < 9 ? 6 : 3);
        len += strlen(text + len);
        text[len++] = ' ';
    }
    if (!text || !nw_hash_bytes(text, len, &digest, err))
        return false;
    nw_digest_format(&digest, hex);
    memcpy(out, hex, 16);
    out[16] = '\0';
    return true;
}

/* Whether the motions that came out are those that were accepted; other ones are refused. */
static bool put_accepted(struct nw_eval *e, const nw_affine *motion, size_t count)
{
    char digest[17];
    if (!digest_of(motion, count, digest, e->err))
        return false;
    const bool anew = e->item == &e->plan->item[e->accepting];
    const struct nw_json_value *accepted = anew ? NULL : nw_member(e, "accepted");
    if (accepted && strcmp(accepted->text, digest) != 0)
        return nw_json_fail(accepted, e->err,
                            "what was accepted is not what comes out now (%s): look at the "
                            "result and accept it anew",
                            digest);
    e->own->accepted = accepted != NULL;
    return nw_put(e, "digest", json_string(digest)) &&
           nw_put(e, "accepted", json_boolean(accepted != NULL));
}

static bool by_landmarks(struct nw_eval *e, struct nw_fuse *out)
{
    const struct nw_json_value *pairs = nw_member(e, "landmarks");
    NW_AUTOFREE nw_vec3 *p = NW_ALLOC(nw_vec3, 2 * pairs->count, e->err);
    if (!p)
        return false;
    size_t n = 0;
    double sum2 = 0;
    for (const struct nw_json_value *v = pairs->first; v; v = v->next, n++) {
        const struct nw_value *a = nw_named(e, v->first), *b = nw_named(e, v->first->next);
        p[n] = a->a;
        p[pairs->count + n] = b->a;
        sum2 += 3 * (a->sigma_mm * a->sigma_mm + b->sigma_mm * b->sigma_mm); /* per axis */
    }
    return nw_fuse_landmarks(p, p + pairs->count, n, sqrt(sum2 / (double)n), out, e->err);
}

bool nw_do_register(struct nw_eval *e)
{
    struct nw_fuse f = {0};
    const struct nw_value *moving = nw_maybe(e, "moving"), *fixed = nw_maybe(e, "fixed");
    const bool marks = nw_member(e, "landmarks") != NULL, surfaces = moving && fixed;
    if ((!marks && !surfaces) || (moving != NULL) != (fixed != NULL))
        return nw_json_fail(
            e->item->at, e->err,
            "a registration needs landmarks, or moving and fixed, or all three");
    if (marks && !by_landmarks(e, &f))
        return false;
    const nw_affine start = f.motion;
    const struct nw_fuse_opts opts = {.start = marks ? &start : NULL,
                                      .turn = !marks,
                                      .kept = nw_number(e, "kept", 0),
                                      .correlation_mm = NW_CORRELATION_MM,
                                      .limit_mm = nw_number(e, "limit_mm", 0)};
    if (surfaces && !nw_fuse_surfaces(&moving->mesh, &fixed->mesh, &opts, &f, e->err))
        return false;
    if (opts.limit_mm > 0 && f.rms_mm > opts.limit_mm)
        return nw_fail(e->err, NW_ERR_GEOMETRY,
                       "the landmarks lie %.2f mm (rms) apart after the registration, and "
                       "limit_mm is %.2f",
                       f.rms_mm, opts.limit_mm);
    e->own->motion = f.motion;
    return put_motion(e, &f) && put_accepted(e, &f.motion, 1);
}

bool nw_eval_motion(struct nw_eval *e, const struct nw_value *by, nw_affine *out)
{
    const struct nw_json_value *name = nw_member(e, "by"), *part = nw_member(e, "part");
    const struct nw_plan_item *item = &e->plan->item[nw_plan_find(e->plan, name->text)];
    if (!by->accepted)
        return nw_json_fail(name, e->err,
                            "the registration has not been accepted: look at its result, then "
                            "write its digest as \"accepted\" in it");
    *out = by->motion;
    if (item->kind != NW_PLAN_REDUCTION)
        return true;
    size_t i = 0;
    const struct nw_json_value *v = nw_json_member(item->at, "fragments")->first;
    for (; v && strcmp(v->text, part->text) != 0; v = v->next)
        i++;
    if (!v)
        return nw_json_fail(part, e->err, "\"%.60s\" is no fragment of \"%.60s\"", part->text,
                            name->text);
    *out = by->motions[i];
    return true;
}

/* ---- reductions ---- */

/* A fragment in hand: what it is called, its pairs of landmarks, its motion. */
struct fragment {
    const struct nw_json_value *name;
    struct nw_value *part;
    nw_vec3 *moving, *fixed; /* room for all pairs */
    size_t pairs;
    double sum2; /* of the pairs' sigmas */
    struct nw_reduced found;
    struct nw_mesh moved;
};

static void release_fragments(struct fragment *f, size_t count)
{
    for (size_t i = 0; f && i < count; i++) {
        nw_free(f[i].moving);
        nw_free(f[i].fixed);
        nw_mesh_release(&f[i].moved);
    }
    nw_free(f);
}

/* A pair is of the fragment on whose surface its first landmark lies. */
static bool share_pairs(struct nw_eval *e, struct fragment *f, size_t count)
{
    const struct nw_json_value *pairs = nw_member(e, "landmarks");
    for (const struct nw_json_value *v = pairs ? pairs->first : NULL; v; v = v->next) {
        const struct nw_value *a = nw_named(e, v->first), *b = nw_named(e, v->first->next);
        double least = NW_REACH_MM;
        struct fragment *its = NULL;
        for (size_t i = 0; i < count; i++) {
            struct nw_nearest near;
            if (!nw_eval_tree(e, f[i].part))
                return false;
            if (nw_bvh_nearest(f[i].part->bvh, a->a, least, &near)) {
                least = near.distance_mm;
                its = &f[i];
            }
        }
        if (!its)
            return nw_json_fail(v->first, e->err,
                                "this landmark lies on none of the fragments (within %g mm)",
                                NW_REACH_MM);
        its->moving[its->pairs] = a->a;
        its->fixed[its->pairs++] = b->a;
        its->sum2 += 3 * (a->sigma_mm * a->sigma_mm + b->sigma_mm * b->sigma_mm);
    }
    return true;
}

static bool reduce_one(struct nw_eval *e, struct fragment *f, const struct nw_value *near)
{
    struct nw_fuse marks = {0};
    assert(f->part);
    const struct nw_reduce_opts opts = {.start = f->pairs ? &marks.motion : NULL,
                                        .near = near ? &near->region : NULL,
                                        .kept = nw_number(e, "kept", 0),
                                        .correlation_mm = NW_CORRELATION_MM,
                                        .face = f->part->face};
    const bool ok =
        (f->pairs == 0 ||
         nw_fuse_landmarks(f->moving, f->fixed, f->pairs, sqrt(f->sum2 / (double)f->pairs),
                           &marks, e->err)) &&
        nw_reduce(&f->part->mesh, &nw_ref(e, "onto")->mesh, &opts, &f->found, e->err);
    return ok || nw_fail_at(e->err, "%.60s", f->name->text);
}

/* Together, so that the broken faces meet. */
static bool bring_together(struct nw_eval *e, struct fragment *f, size_t count)
{
    const struct nw_json_value *faces = nw_member(e, "faces");
    if (count < 2 || (faces && strcmp(faces->text, "free") == 0))
        return true;
    NW_AUTOFREE struct nw_fragment *all = NW_ALLOC(struct nw_fragment, count, e->err);
    NW_AUTOFREE struct nw_reduced *r = all ? NW_ALLOC(struct nw_reduced, count, e->err) : NULL;
    for (size_t i = 0; r && i < count; i++) {
        all[i] = (struct nw_fragment){&f[i].part->mesh, f[i].part->face};
        r[i] = f[i].found;
    }
    if (!r ||
        !nw_reduce_meet(all, count, &nw_ref(e, "onto")->mesh, NW_CORRELATION_MM, r, e->err))
        return false;
    for (size_t i = 0; i < count; i++)
        f[i].found = r[i];
    return true;
}

static bool lay_down(struct nw_eval *e, struct fragment *f)
{
    const double limit = nw_number(e, "limit_mm", 0);
    if (limit > 0 && f->found.fuse.rms_mm > limit)
        return nw_json_fail(f->name, e->err,
                            "this fragment lies %.2f mm (rms) off the bone after the "
                            "reduction, and limit_mm is %.2f",
                            f->found.fuse.rms_mm, limit);
    if (!nw_mesh_copy(&f->moved, &f->part->mesh, e->err))
        return false;
    for (size_t v = 0; v < f->moved.vert_count; v++)
        f->moved.pos_mm[v] = nw_apply(f->found.fuse.motion, f->moved.pos_mm[v]);
    return true;
}

static bool put_fragments(struct nw_eval *e, const struct fragment *f, size_t count)
{
    json_t *all = json_object(), *whole = e->out;
    bool ok = all && json_object_set_new(whole, "fragments", all) == 0;
    for (size_t i = 0; ok && i < count; i++) {
        const struct nw_reduced *r = &f[i].found;
        e->out = json_object();
        ok = e->out && json_object_set_new(all, f[i].name->text, e->out) == 0 &&
             put_motion(e, &r->fuse) &&
             nw_put_number(e, "turned_deg", r->turned_rad * NW_DEG_PER_RAD) &&
             nw_put_number(e, "moved_mm", nw_length(r->shift_mm)) &&
             nw_put_vec(e, "shift_mm", r->shift_mm) && nw_put_vec(e, "from_mm", r->from_mm) &&
             nw_put_number(e, "outer_share", r->outer) &&
             nw_put_number(e, "met_share", r->met) &&
             nw_put_number(e, "face_gap_mm", r->gap_mm) &&
             nw_put_number(e, "moved_by_faces_mm", r->by_faces_mm);
    }
    e->out = whole;
    return ok || e->err->code != NW_OK ||
           nw_fail(e->err, NW_ERR_MEMORY, "no memory for the result");
}

/* Of each two fragments as they lie after it. */
static bool put_overlaps(struct nw_eval *e, const struct fragment *f, size_t count)
{
    json_t *list = json_array();
    double volume = 0, depth = 0;
    if (!nw_put(e, "overlaps", list))
        return false;
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++) {
            struct nw_overlap o;
            if (!nw_overlap(&f[i].moved, &f[k].moved, &o, e->err))
                return false;
            volume += o.volume_mm3;
            depth = o.depth_mm > depth || !isfinite(o.depth_mm) ? o.depth_mm : depth;
            if (o.volume_mm3 == 0)
                continue;
            if (json_array_append_new(list, json_pack("{s:[s, s], s:o, s:o}", "of",
                                                      f[i].name->text, f[k].name->text,
                                                      "volume_mm3", nw_real(o.volume_mm3),
                                                      "depth_mm", nw_real(o.depth_mm))) != 0)
                return nw_fail(e->err, NW_ERR_MEMORY, "no memory for the result");
        }
    return nw_put_number(e, "overlap_mm3", volume) &&
           nw_put_number(e, "overlap_depth_mm", depth);
}

static bool reduce_all(struct nw_eval *e, struct fragment *f, size_t count)
{
    const struct nw_json_value *near = nw_member(e, "near");
    if (!share_pairs(e, f, count))
        return false;
    near = near ? near->first : NULL;
    for (size_t i = 0; i < count; i++, near = near ? near->next : NULL)
        if (!reduce_one(e, &f[i], near ? nw_named(e, near) : NULL))
            return false;
    if (!bring_together(e, f, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!lay_down(e, &f[i]))
            return false;
        e->own->motions[i] = f[i].found.fuse.motion;
    }
    return put_fragments(e, f, count) && put_overlaps(e, f, count) &&
           put_accepted(e, e->own->motions, count);
}

bool nw_do_reduction(struct nw_eval *e)
{
    const struct nw_json_value *list = nw_member(e, "fragments"), *near = nw_member(e, "near"),
                               *pairs = nw_member(e, "landmarks");
    if (near && near->count != list->count)
        return nw_json_fail(near, e->err,
                            "\"near\" names one region for each fragment, in their order");
    struct fragment *f = NW_ALLOC(struct fragment, list->count, e->err);
    e->own->motions = f ? NW_ALLOC(nw_affine, list->count, e->err) : NULL;
    bool ok = e->own->motions != NULL;
    const struct nw_json_value *v = list->first;
    size_t n = 0;
    for (; ok && n < list->count; v = v->next, n++) {
        assert(v);
        const size_t room = (pairs ? pairs->count : 0) + 1;
        f[n].name = v;
        f[n].part = nw_named(e, v);
        f[n].moving = NW_ALLOC(nw_vec3, room, e->err);
        f[n].fixed = f[n].moving ? NW_ALLOC(nw_vec3, room, e->err) : NULL;
        ok = f[n].fixed != NULL;
        for (const struct nw_json_value *w = list->first; ok && w != v; w = w->next)
            if (strcmp(w->text, v->text) == 0)
                ok = nw_json_fail(v, e->err, "\"%.60s\" is named twice", v->text);
    }
    ok = ok && reduce_all(e, f, n);
    release_fragments(f, list->count);
    return ok;
}
