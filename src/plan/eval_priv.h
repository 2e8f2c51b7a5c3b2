/* plan/eval_priv.h -- what the kinds of a plan share as they are evaluated. */
#ifndef NW_PLAN_EVAL_PRIV_H
#define NW_PLAN_EVAL_PRIV_H

#include <assert.h>

#include "plan/axis.h"
#include "plan/cut.h"
#include "plan/measure.h"
#include "plan/plan_priv.h"

#define NW_DEG_PER_RAD 57.29577951308232
#define NW_CORRELATION_MM 5.0 /* of errors along a surface */
#define NW_REACH_MM 2.0       /* of a landmark to the surface it names */
#define NW_STEP_MM 0.5

/* What an item came to; which of these is set follows from its kind. */
struct nw_value {
    struct nw_mesh mesh;
    struct nw_bvh *bvh; /* made when asked for */
    double sigma_mm;    /* of a place or a part that does not state its own; NAN: unknown */
    size_t face;        /* of a piece: its cut face begins here; 0: none */
    bool curved;        /* that face is of a dome */
    nw_vec3 axis_mm[2]; /* about this axis, as of nw_piece_cut */
    struct nw_volume scan;
    nw_vec3 a, b; /* a place; a plane's point and normal; an axis' ends */
    nw_mat3
        spread; /* covariance of a plane's normal, of an axis' way (length 1); NAN: unknown */
    nw_affine motion;
    nw_affine *motions; /* of a reduction: by fragment, as they are named */
    bool accepted;
    struct nw_piece_cut piece[3]; /* above, below, what was taken out */
    struct nw_region region;
};

struct nw_eval {
    const struct nw_plan *plan;
    const struct nw_plan_files *files;
    struct nw_value *value; /* by item */
    struct nw_model *made;
    const struct nw_plan_item *item; /* the one in hand */
    struct nw_value *own;
    json_t *out;           /* its result */
    const uint8_t *needed; /* by item: only these; NULL: all */
    size_t accepting;      /* what this item was accepted with is not looked at; count: none */
    struct nw_err *err;
};

/* ---- members ---- */

static inline const struct nw_json_value *nw_member(const struct nw_eval *e, const char *name)
{
    return nw_json_member(e->item->at, name);
}

static inline double nw_number(const struct nw_eval *e, const char *name, double preset)
{
    const struct nw_json_value *v = nw_member(e, name);
    return v ? v->number : preset;
}

static inline nw_vec3 nw_vector_at(const struct nw_json_value *v)
{
    const struct nw_json_value *x = v->first;
    return nw_v3(x->number, x->next->number, x->next->next->number);
}

static inline nw_vec3 nw_vector(const struct nw_eval *e, const char *name, nw_vec3 preset)
{
    const struct nw_json_value *v = nw_member(e, name);
    return v ? nw_vector_at(v) : preset;
}

static inline struct nw_value *nw_named(const struct nw_eval *e, const struct nw_json_value *v)
{
    return &e->value[nw_plan_find(e->plan, v->text)];
}

static inline struct nw_value *nw_maybe(const struct nw_eval *e, const char *name)
{
    const struct nw_json_value *v = nw_member(e, name);
    return v ? nw_named(e, v) : NULL;
}

/* Of a member that the kind requires. */
static inline struct nw_value *nw_ref(const struct nw_eval *e, const char *name)
{
    const struct nw_json_value *v = nw_member(e, name);
    assert(v);
    return nw_named(e, v);
}

static inline struct nw_place nw_place_of(const struct nw_value *v)
{
    return (struct nw_place){v->a, v->sigma_mm};
}

/* ---- results ---- */

static inline bool nw_put(struct nw_eval *e, const char *key, json_t *value)
{
    return (value && json_object_set_new(e->out, key, value) == 0) ||
           nw_fail(e->err, NW_ERR_MEMORY, "no memory for the result");
}

static inline json_t *nw_real(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static inline bool nw_put_number(struct nw_eval *e, const char *key, double x)
{
    return nw_put(e, key, nw_real(x));
}

static inline bool nw_put_vec(struct nw_eval *e, const char *key, nw_vec3 v)
{
    return nw_put(e, key, json_pack("[o, o, o]", nw_real(v.x), nw_real(v.y), nw_real(v.z)));
}

static inline bool nw_put_measured(struct nw_eval *e, const char *key, struct nw_measured m,
                                   const char *unit)
{
    return nw_put(e, key,
                  json_pack("{s:o, s:o, s:s}", "value", nw_real(m.value), "sigma",
                            nw_real(m.sigma), "unit", unit));
}

/* The part's tree, made when asked for first. */
const struct nw_bvh *nw_eval_tree(struct nw_eval *e, struct nw_value *part);
/* Adds a copy of the part in hand to what was made; with its volume and area in the result. */
bool nw_eval_keep(struct nw_eval *e, const struct nw_mesh *mesh);
bool nw_eval_put_part(struct nw_eval *e, const struct nw_mesh *mesh);

/* The motion that a registration or a reduction gives the "part" of the item in hand. */
bool nw_eval_motion(struct nw_eval *e, const struct nw_value *by, nw_affine *out);

/* What a part's surface may be off: the most that its vertices state, else what is stated. */
double nw_eval_sigma(const struct nw_value *part);
/* The measures that are angles. */
bool nw_eval_angle(struct nw_eval *e, const char *what);

/* Kinds that live in files of their own. */
bool nw_do_plane(struct nw_eval *e);
bool nw_do_register(struct nw_eval *e);
bool nw_do_reduction(struct nw_eval *e);
bool nw_do_trajectory(struct nw_eval *e);
bool nw_do_search(struct nw_eval *e);
bool nw_do_measure(struct nw_eval *e);

#endif
