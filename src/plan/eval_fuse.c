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

/* ---- what is not known well ---- */

static json_t *freedoms(const struct nw_freedom f[3], const char *key, double unit)
{
    json_t *list = json_array();
    for (int k = 0; list && k < 3; k++)
        (void)json_array_append_new(list, json_pack("{s:[f, f, f], s:o}", "axis", f[k].axis.x,
                                                    f[k].axis.y, f[k].axis.z, key,
                                                    nw_real(f[k].sigma * unit)));
    return list;
}

static bool warn(struct nw_eval *e, json_t *list, const char *code, const char *zh,
                 const char *en)
{
    return json_array_append_new(
               list, json_pack("{s:s, s:s, s:s}", "code", code, "zh", zh, "en", en)) == 0 ||
           nw_fail(e->err, NW_ERR_MEMORY, "no memory for the result");
}

/* "10°, -31°" */
static void list_turns(const struct nw_doubt *d, char *out, size_t room)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < d->others && len < room; i++)
        len += (size_t)snprintf(out + len, room - len, "%s%.0f°", i ? ", " : "",
                                d->other_rad[i] * NW_DEG_PER_RAD);
}

static bool put_warnings(struct nw_eval *e, const struct nw_doubt *d)
{
    static const double MOST_DEG = 1, MOST_MM = 1; /* one sigma */
    char turns[64], zh[400], en[400];
    json_t *list = json_array();
    if (!nw_put(e, "warnings", list))
        return false;
    const nw_vec3 a = d->turn[0].axis, b = d->shift[0].axis;
    const double deg = d->turn[0].sigma * NW_DEG_PER_RAD, mm = d->shift[0].sigma;
    if (d->others > 0) {
        list_turns(d, turns, sizeof turns);
        (void)snprintf(zh, sizeof zh,
                       "绕轴 (%.2f %.2f %.2f) 再转 %s 几乎同样吻合，转动不能确定（±%.1f°）："
                       "请增加偏离该轴的标志点或表面特征",
                       a.x, a.y, a.z, turns, deg);
        (void)snprintf(en, sizeof en,
                       "turned on by %s about (%.2f %.2f %.2f) it fits about as well, so that "
                       "turn is not determined (±%.1f°): add landmarks or features away from "
                       "that axis",
                       turns, a.x, a.y, a.z, deg);
        if (!warn(e, list, "other_turns", zh, en))
            return false;
    } else if (deg > MOST_DEG) {
        (void)snprintf(zh, sizeof zh,
                       "绕轴 (%.2f %.2f %.2f) 的转动确定得不好：±%.1f°，超过 ±%g°；"
                       "请增加偏离该轴的标志点或表面特征",
                       a.x, a.y, a.z, deg, MOST_DEG);
        (void)snprintf(en, sizeof en,
                       "the turn about (%.2f %.2f %.2f) is badly determined: ±%.1f°, more than "
                       "±%g°; add landmarks or features away from that axis",
                       a.x, a.y, a.z, deg, MOST_DEG);
        if (!warn(e, list, "weak_turn", zh, en))
            return false;
    }
    if (!(mm > MOST_MM))
        return true;
    (void)snprintf(zh, sizeof zh,
                   "沿 (%.2f %.2f %.2f) 的移动确定得不好：±%.1f mm，超过 ±%g mm；"
                   "请增加标志点，或增加迎着该方向的表面",
                   b.x, b.y, b.z, mm, MOST_MM);
    (void)snprintf(en, sizeof en,
                   "the shift along (%.2f %.2f %.2f) is badly determined: ±%.1f mm, more than "
                   "±%g mm; add landmarks, or surface that faces that way",
                   b.x, b.y, b.z, mm, MOST_MM);
    return warn(e, list, "weak_shift", zh, en);
}

static bool put_doubt(struct nw_eval *e, const struct nw_doubt *d)
{
    json_t *others = json_array();
    for (size_t i = 0; others && i < d->others; i++)
        (void)json_array_append_new(others, nw_real(d->other_rad[i] * NW_DEG_PER_RAD));
    return nw_put(e, "turns", freedoms(d->turn, "sigma_deg", NW_DEG_PER_RAD)) &&
           nw_put(e, "shifts", freedoms(d->shift, "sigma_mm", 1)) &&
           nw_put(e, "other_turns_deg", others) && put_warnings(e, d);
}

/* Of two surfaces' distances; 0: neither is stated. */
static double both_sigmas(const struct nw_value *a, const struct nw_value *b)
{
    const double s = nw_eval_sigma(a), t = nw_eval_sigma(b);
    return sqrt((isfinite(s) ? s * s : 0) + (isfinite(t) ? t * t : 0));
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

/* Of a pair, all directions together; a landmark's is stated per axis. */
static double pair_sigma2(const struct nw_value *a, const struct nw_value *b)
{
    return 3 * (a->sigma_mm * a->sigma_mm + b->sigma_mm * b->sigma_mm);
}

/* As far as landmarks may be off that say nothing of it. */
static double or_as_set(double sigma_mm)
{
    return isfinite(sigma_mm) ? sigma_mm : NW_REACH_MM;
}

/* `guard`: with an error where none is stated; NULL: not asked for. */
static bool by_landmarks(struct nw_eval *e, struct nw_fuse *out, struct nw_fuse *guard)
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
        sum2 += pair_sigma2(a, b);
    }
    const double sigma = sqrt(sum2 / (double)n);
    return nw_fuse_landmarks(p, p + pairs->count, n, sigma, out, e->err) &&
           nw_fuse_landmarks(p, p + pairs->count, n, or_as_set(sigma), guard, e->err);
}

/* A registration's surfaces, fitted anew from elsewhere. */
struct again {
    const struct nw_mesh *moving, *fixed;
    struct nw_fuse_opts opts;
};

static bool fit_again(void *user, nw_affine start, struct nw_fuse *out, struct nw_err *err)
{
    const struct again *a = user;
    struct nw_fuse_opts opts = a->opts;
    opts.start = &start;
    opts.turn = false;
    return nw_fuse_surfaces(a->moving, a->fixed, &opts, out, err);
}

static bool by_surfaces(struct nw_eval *e, const struct nw_value *moving,
                        const struct nw_value *fixed, const struct nw_fuse *marks,
                        const struct nw_fuse *guard, struct nw_fuse *out,
                        struct nw_doubt *doubt)
{
    struct again a = {&moving->mesh,
                      &fixed->mesh,
                      {.start = marks ? &marks->motion : NULL,
                       .turn = !marks,
                       .kept = nw_number(e, "kept", 0),
                       .correlation_mm = NW_CORRELATION_MM,
                       .sigma_mm = both_sigmas(moving, fixed),
                       .limit_mm = nw_number(e, "limit_mm", 0)}};
    const struct nw_turn_opts turns = {.shape = a.moving,
                                       .correlation_mm = NW_CORRELATION_MM,
                                       .sigma_mm = a.opts.sigma_mm,
                                       .marks = guard,
                                       .refine = fit_again,
                                       .user = &a};
    return nw_fuse_surfaces(a.moving, a.fixed, &a.opts, out, e->err) &&
           nw_fuse_other_turns(a.fixed, &turns, out, doubt, e->err);
}

bool nw_do_register(struct nw_eval *e)
{
    struct nw_fuse f = {0}, start = {0}, guard = {0};
    const struct nw_value *moving = nw_maybe(e, "moving"), *fixed = nw_maybe(e, "fixed");
    const bool marks = nw_member(e, "landmarks") != NULL, surfaces = moving && fixed;
    if ((!marks && !surfaces) || (moving != NULL) != (fixed != NULL))
        return nw_json_fail(
            e->item->at, e->err,
            "a registration needs landmarks, or moving and fixed, or all three");
    if (marks && !by_landmarks(e, &start, &guard))
        return false;
    f = start;
    struct nw_doubt doubt = nw_fuse_doubt(&f);
    if (surfaces && !by_surfaces(e, moving, fixed, marks ? &start : NULL, marks ? &guard : NULL,
                                 &f, &doubt))
        return false;
    const double limit = nw_number(e, "limit_mm", 0);
    if (limit > 0 && f.rms_mm > limit)
        return nw_fail(e->err, NW_ERR_GEOMETRY,
                       "the landmarks lie %.2f mm (rms) apart after the registration, and "
                       "limit_mm is %.2f",
                       f.rms_mm, limit);
    e->own->motion = f.motion;
    return put_motion(e, &f) && put_doubt(e, &doubt) && put_accepted(e, &f.motion, 1);
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
        its->sum2 += pair_sigma2(a, b);
    }
    return true;
}

static bool reduce_one(struct nw_eval *e, struct fragment *f, const struct nw_value *near)
{
    struct nw_fuse marks = {0}, guard = {0};
    const struct nw_value *onto = nw_ref(e, "onto");
    assert(f->part);
    const double sigma = f->pairs ? sqrt(f->sum2 / (double)f->pairs) : 0;
    const struct nw_reduce_opts opts = {.start = f->pairs ? &marks.motion : NULL,
                                        .near = near ? &near->region : NULL,
                                        .kept = nw_number(e, "kept", 0),
                                        .correlation_mm = NW_CORRELATION_MM,
                                        .sigma_mm = both_sigmas(f->part, onto),
                                        .marks = f->pairs ? &guard : NULL,
                                        .face = f->part->face};
    const bool ok = (f->pairs == 0 ||
                     (nw_fuse_landmarks(f->moving, f->fixed, f->pairs, sigma, &marks, e->err) &&
                      nw_fuse_landmarks(f->moving, f->fixed, f->pairs, or_as_set(sigma), &guard,
                                        e->err))) &&
                    nw_reduce(&f->part->mesh, &onto->mesh, &opts, &f->found, e->err);
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

/* Of what the bone and the broken faces say together; turns that the bone leaves open stay so.
 */
static struct nw_doubt doubt_of(const struct nw_reduced *r)
{
    struct nw_doubt d = nw_fuse_doubt(&r->fuse);
    if (r->doubt.others > 0) {
        memcpy(d.turn, r->doubt.turn, sizeof d.turn);
        memcpy(d.other_rad, r->doubt.other_rad, sizeof d.other_rad);
        d.others = r->doubt.others;
    }
    return d;
}

static bool put_fragments(struct nw_eval *e, const struct fragment *f, size_t count)
{
    json_t *all = json_object(), *whole = e->out;
    bool ok = all && json_object_set_new(whole, "fragments", all) == 0;
    for (size_t i = 0; ok && i < count; i++) {
        const struct nw_reduced *r = &f[i].found;
        const struct nw_doubt doubt = doubt_of(r);
        e->out = json_object();
        ok = e->out && json_object_set_new(all, f[i].name->text, e->out) == 0 &&
             put_motion(e, &r->fuse) && put_doubt(e, &doubt) &&
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
