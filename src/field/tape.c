/* field/tape.c -- an expression as a flat list of operations on slots of BATCH values, in the
 * order of Sethi and Ullman (1970), so that even long chains need few slots. Of a box only the
 * steps are run that can matter in it (Duff 1992; Keeter 2020). */
#include <string.h>

#include "core/parallel.h"
#include "field/tape_priv.h"

static bool add_op(struct nw_tape *t, const struct op *op, struct nw_err *err)
{
    if (!nw_grow(&t->op, &t->room, t->op_count + 1, sizeof *op, err))
        return false;
    t->op[t->op_count++] = *op;
    return true;
}

/* Leaves the node's value in slot `out`. At most DEPTH_LIMIT deep. */
static bool compile(struct nw_tape *t, const struct nw_field *f, nw_node at, uint16_t out,
                    uint16_t frame, struct nw_err *err)
{
    const struct node *n = &f->node[at];
    struct op op = {.kind = n->kind, .out = out, .a = out, .frame = frame, .node = *n};
    if (n->kind == NODE_MOVED) {
        op.enter = true;
        if (!add_op(t, &op, err) || !compile(t, f, n->a, out, (uint16_t)(frame + 1), err))
            return false;
        op.enter = false;
    } else if (n->b >= 0) {
        const bool b_first = f->node[n->b].need > f->node[n->a].need;
        const uint16_t next = (uint16_t)(out + 1);
        op.a = b_first ? next : out;
        op.b = b_first ? out : next;
        if (!compile(t, f, b_first ? n->b : n->a, out, frame, err) ||
            !compile(t, f, b_first ? n->a : n->b, next, frame, err))
            return false;
    } else if (n->a >= 0 && !compile(t, f, n->a, out, frame, err)) {
        return false;
    }
    return add_op(t, &op, err);
}

/* Every operation is a step. */
static bool list_steps(struct nw_tape *t, struct nw_err *err)
{
    t->step = NW_ALLOC_UNSET(struct step, t->op_count, err);
    for (size_t o = 0; t->step && o < t->op_count; o++)
        t->step[o] = (struct step){(uint32_t)o, USE_RUN};
    t->count = t->op_count;
    return t->step != NULL;
}

struct nw_tape *nw_tape_new(const struct nw_field *f, nw_node root, struct nw_err *err)
{
    if (root < 0 || (size_t)root >= f->count) {
        nw_fail(err, NW_ERR_ARGUMENT, "node %d does not exist", (int)root);
        return NULL;
    }
    struct nw_tape *t = NW_ALLOC(struct nw_tape, 1, err);
    if (t && compile(t, f, root, 0, 0, err) && list_steps(t, err))
        return t;
    nw_tape_free(t);
    return NULL;
}

void nw_tape_free(struct nw_tape *tape)
{
    if (!tape)
        return;
    if (!tape->borrows)
        nw_free(tape->op);
    nw_free(tape->step);
    nw_free(tape);
}

/* ---- points ---- */

struct points {
    double x[BATCH], y[BATCH], z[BATCH];
};

/* Each shape's loop by itself, so that it can be vectorised. */
#define SHAPE_LOOP(name)                                                                       \
    NW_CLONES static void name##_loop(const double *num, const struct points *p, double *out)  \
    {                                                                                          \
        for (int i = 0; i < BATCH; i++)                                                        \
            out[i] = name##_value(num, p->x[i], p->y[i], p->z[i]);                             \
    }

SHAPE_LOOP(sphere)
SHAPE_LOOP(box)
SHAPE_LOOP(cylinder)
SHAPE_LOOP(capsule)
SHAPE_LOOP(cone)
SHAPE_LOOP(torus)
SHAPE_LOOP(ellipsoid)
SHAPE_LOOP(half_space)

NW_CLONES static void move_loop(const double *num, const struct points *p, struct points *to)
{
    for (int i = 0; i < BATCH; i++) {
        const nw_vec3 q = moved_point(num, p->x[i], p->y[i], p->z[i]);
        to->x[i] = q.x;
        to->y[i] = q.y;
        to->z[i] = q.z;
    }
}

NW_CLONES static void pair_loop(enum node_kind kind, const double *num, const double *a,
                                const double *b, double *out)
{
    if (kind == NODE_UNION) {
        for (int i = 0; i < BATCH; i++)
            out[i] = less(a[i], b[i]);
    } else if (kind == NODE_INTERSECTION) {
        for (int i = 0; i < BATCH; i++)
            out[i] = more(a[i], b[i]);
    } else if (kind == NODE_DIFFERENCE) {
        for (int i = 0; i < BATCH; i++)
            out[i] = more(a[i], -b[i]);
    } else if (kind == NODE_ROUND) {
        for (int i = 0; i < BATCH; i++)
            out[i] = round_value(num, a[i], b[i]);
    } else {
        for (int i = 0; i < BATCH; i++)
            out[i] = blend_value(a[i], b[i], num[0]);
    }
}

NW_CLONES static void single_loop(enum node_kind kind, const double *num, double *v)
{
    if (kind == NODE_OFFSET) {
        for (int i = 0; i < BATCH; i++)
            v[i] = v[i] - num[0];
    } else if (kind == NODE_SHELL) {
        for (int i = 0; i < BATCH; i++)
            v[i] = shell_value(v[i], num[0]);
    } else {
        for (int i = 0; i < BATCH; i++)
            v[i] = v[i] * num[MOVED_FACTOR];
    }
}

/* Edge by edge, all places at once. */
NW_CLONES static void outline_loop(const struct node *n, const double *x, const double *y,
                                   double *out)
{
    double side[BATCH];
    for (int i = 0; i < BATCH; i++) {
        side[i] = 1;
        out[i] = HUGE_VAL;
    }
    for (size_t e = 0, from = n->outline_count - 1; e < n->outline_count; from = e++) {
        const struct edge2 edge = edge_from(n->outline[from], n->outline[e]);
        for (int i = 0; i < BATCH; i++) {
            out[i] = less(out[i], edge_distance2(&edge, x[i], y[i]));
            side[i] = edge_crosses(&edge, x[i], y[i]) ? -side[i] : side[i];
        }
    }
    for (int i = 0; i < BATCH; i++)
        out[i] = side[i] * sqrt(out[i]);
}

NW_CLONES static void extrusion_loop(const struct node *n, const struct points *p, double *out)
{
    double x[BATCH], y[BATCH], up[BATCH];
    const double half = n->num[12] / 2;
    for (int i = 0; i < BATCH; i++) {
        const nw_vec3 at = extrusion_local(n->num, p->x[i], p->y[i], p->z[i]);
        x[i] = at.x;
        y[i] = at.y;
        up[i] = fabs(at.z - half) - half;
    }
    outline_loop(n, x, y, out);
    for (int i = 0; i < BATCH; i++)
        out[i] = quadrant(out[i], up[i]);
}

static void leaf_loop(const struct node *n, const struct points *p, double *out)
{
    for (int i = 0; i < BATCH; i++)
        out[i] = leaf_value(n, nw_v3(p->x[i], p->y[i], p->z[i]));
}

/* The first n values are asked for; the rest become the last of them. */
static void own_loop(const struct node *node, const struct points *p, size_t n, double *out)
{
    if (node->a < 0)
        memset(out, 0, n * sizeof *out); /* a leaf is given no values */
    node->own_kind->values(node->own, p->x, p->y, p->z, n, out);
    for (size_t i = n; i < BATCH; i++)
        out[i] = out[n - 1];
}

static void run_op(const struct op *op, struct points *frame, double (*slot)[BATCH], size_t n)
{
    const double *num = op->node.num;
    const struct points *p = &frame[op->frame];
    double *out = slot[op->out];
    switch (op->kind) {
    case NODE_SPHERE:
        sphere_loop(num, p, out);
        return;
    case NODE_BOX:
        box_loop(num, p, out);
        return;
    case NODE_CYLINDER:
        cylinder_loop(num, p, out);
        return;
    case NODE_CAPSULE:
        capsule_loop(num, p, out);
        return;
    case NODE_CONE:
        cone_loop(num, p, out);
        return;
    case NODE_TORUS:
        torus_loop(num, p, out);
        return;
    case NODE_ELLIPSOID:
        ellipsoid_loop(num, p, out);
        return;
    case NODE_HALF_SPACE:
        half_space_loop(num, p, out);
        return;
    case NODE_EXTRUSION:
        extrusion_loop(&op->node, p, out);
        return;
    case NODE_SAMPLED:
        leaf_loop(&op->node, p, out);
        return;
    case NODE_OWN:
        own_loop(&op->node, p, n, out);
        return;
    case NODE_UNION:
    case NODE_INTERSECTION:
    case NODE_DIFFERENCE:
    case NODE_BLEND:
    case NODE_ROUND:
        pair_loop(op->kind, num, slot[op->a], slot[op->b], out);
        return;
    case NODE_OFFSET:
    case NODE_SHELL:
        single_loop(op->kind, num, out);
        return;
    case NODE_MOVED:
        if (op->enter)
            move_loop(num, p, &frame[op->frame + 1]);
        else
            single_loop(op->kind, num, out);
        return;
    }
    NW_UNREACHABLE();
}

static void take(const double *from, double sign, double *out)
{
    for (int i = 0; i < BATCH; i++)
        out[i] = sign * from[i];
}

/* use: of each step, or NULL to do what it says. */
static void run_tape(const struct nw_tape *tape, const uint8_t *use, const nw_vec3 *point_mm,
                     size_t count, double *value)
{
    struct points frame[FRAME_LIMIT];
    double slot[SLOT_LIMIT][BATCH];
    for (size_t first = 0; first < count; first += BATCH) {
        const size_t left = count - first, n = left < BATCH ? left : BATCH;
        for (size_t i = 0; i < BATCH; i++) { /* the last batch is filled up with its last */
            const nw_vec3 p = point_mm[first + (i < n ? i : n - 1)];
            frame[0].x[i] = p.x;
            frame[0].y[i] = p.y;
            frame[0].z[i] = p.z;
        }
        for (size_t s = 0; s < tape->count; s++) {
            const struct op *op = &tape->op[tape->step[s].op];
            const uint8_t how = use ? use[s] : tape->step[s].use;
            if (how == USE_RUN)
                run_op(op, frame, slot, n);
            else if (how == USE_A && op->a != op->out)
                take(slot[op->a], 1, slot[op->out]);
            else if (how == USE_B && (op->b != op->out || turns_b(op)))
                take(slot[op->b], turns_b(op) ? -1 : 1, slot[op->out]);
        }
        memcpy(value + first, slot[0], n * sizeof *value);
    }
}

void nw_tape_values(const struct nw_tape *tape, const nw_vec3 *point_mm, size_t count,
                    double *value)
{
    run_tape(tape, NULL, point_mm, count, value);
}

/* ---- boxes ---- */

static struct region moved_region(const double *n, const struct region *r)
{
    struct region to = {.box = nw_box_empty(), .radius = r->radius * n[MOVED_STRETCH]};
    to.centre = moved_point(n, r->centre.x, r->centre.y, r->centre.z);
    for (int c = 0; c < 8; c++)
        to.box = nw_box_with(to.box, moved_point(n, c & 1 ? r->box.max.x : r->box.min.x,
                                                 c & 2 ? r->box.max.y : r->box.min.y,
                                                 c & 4 ? r->box.max.z : r->box.min.z));
    return to;
}

/* All leaves but sampled ones change by at most the distance gone. */
static nw_interval leaf_interval(const struct node *n, const struct region *r)
{
    if (n->kind == NODE_SAMPLED)
        return nw_sampled_interval(n->sampled, r->box);
    return steady_interval(leaf_value(n, r->centre), r);
}

static nw_interval pair_interval(const struct op *op, nw_interval a, nw_interval b)
{
    const double k = op->node.num[0];
    if (op->kind == NODE_UNION)
        return (nw_interval){less(a.min, b.min), less(a.max, b.max)};
    if (op->kind == NODE_INTERSECTION)
        return (nw_interval){more(a.min, b.min), more(a.max, b.max)};
    if (op->kind == NODE_DIFFERENCE)
        return (nw_interval){more(a.min, -b.max), more(a.max, -b.min)};
    if (!isfinite(a.min + a.max + b.min + b.max))
        return (nw_interval){-HUGE_VAL, HUGE_VAL};
    if (op->kind == NODE_ROUND) { /* grows with a, and with b or its negative */
        const bool down = turns_b(op);
        return (nw_interval){round_value(op->node.num, a.min, down ? b.max : b.min),
                             round_value(op->node.num, a.max, down ? b.min : b.max)};
    }
    return (nw_interval){blend_value(a.min, b.min, k), blend_value(a.max, b.max, k)};
}

static nw_interval single_interval(const struct op *op, nw_interval a)
{
    const double k = op->node.num[0];
    if (op->kind == NODE_OFFSET)
        return (nw_interval){a.min - k, a.max - k};
    if (op->kind == NODE_MOVED)
        return (nw_interval){a.min * op->node.num[MOVED_FACTOR],
                             a.max * op->node.num[MOVED_FACTOR]};
    /* max(v, -v - k) is lowest at -k/2 */
    const double at_min = shell_value(a.min, k), at_max = shell_value(a.max, k);
    const bool holds_lowest = a.min <= -k / 2 && a.max >= -k / 2;
    return (nw_interval){holds_lowest ? -k / 2 : less(at_min, at_max), more(at_min, at_max)};
}

/* For a rounded union of both: is a alone its value? */
static bool is_alone(nw_interval a, nw_interval b, double radius)
{
    return a.max < b.min && (b.min >= radius || a.max < -radius / 2);
}

static nw_interval signed_interval(nw_interval a, double sign)
{
    return sign < 0 ? (nw_interval){-a.max, -a.min} : a;
}

/* Which of a pair's sides alone gives the value, when one is beyond the other everywhere. */
static uint8_t pair_use(const struct op *op, nw_interval a, nw_interval b)
{
    const double *num = op->node.num, k = op->kind == NODE_BLEND ? num[0] : 0;
    if (op->kind == NODE_ROUND) {
        const nw_interval x = signed_interval(a, num[1]), y = signed_interval(b, num[2]);
        return is_alone(x, y, num[0]) ? USE_A : is_alone(y, x, num[0]) ? USE_B : USE_RUN;
    }
    if (op->kind == NODE_DIFFERENCE)
        b = signed_interval(b, -1);
    const bool a_below = a.max + k < b.min, b_below = b.max + k < a.min;
    if (op->kind == NODE_UNION || op->kind == NODE_BLEND)
        return a_below ? USE_A : b_below ? USE_B : USE_RUN;
    return b_below ? USE_A : a_below ? USE_B : USE_RUN;
}

/* Of a step; slots hold the intervals of what came before. */
static nw_interval step_interval(const struct op *op, uint8_t use, const struct region *r,
                                 const nw_interval *slot)
{
    const nw_interval none = {0, 0}, own = slot[op->out];
    if (use == USE_A)
        return slot[op->a];
    if (use == USE_B)
        return signed_interval(slot[op->b], turns_b(op) ? -1 : 1);
    if (op->kind == NODE_OWN)
        return op->node.own_kind->range(op->node.own, r, op->node.a < 0 ? none : own);
    if (op->node.a < 0)
        return leaf_interval(&op->node, r);
    return op->node.b >= 0 ? pair_interval(op, slot[op->a], slot[op->b])
                           : single_interval(op, own);
}

/* Intervals of all steps; use (NULL: not asked) becomes which side of each counts. */
static nw_interval run_boxes(const struct nw_tape *tape, nw_box box, uint8_t *use)
{
    struct region frame[FRAME_LIMIT];
    nw_interval slot[SLOT_LIMIT + 1] = {{0}};
    frame[0].box = box;
    frame[0].centre = nw_scale(nw_add(box.min, box.max), 0.5);
    frame[0].radius = nw_length(nw_box_size(box)) / 2 * (1 + 1e-15);
    for (size_t s = 0; s < tape->count; s++) {
        const struct op *op = &tape->op[tape->step[s].op];
        const struct region *r = &frame[op->frame];
        const uint8_t how = tape->step[s].use;
        if (use)
            use[s] = how == USE_RUN && op->node.b >= 0 ? pair_use(op, slot[op->a], slot[op->b])
                                                       : how;
        if (op->kind == NODE_MOVED && op->enter)
            frame[op->frame + 1] = moved_region(op->node.num, r);
        else
            slot[op->out] = step_interval(op, how, r, slot);
    }
    return slot[0];
}

nw_interval nw_tape_interval(const struct nw_tape *tape, nw_box box)
{
    return run_boxes(tape, box, NULL);
}

/* From the result backwards: what nothing asks for is not run. */
static void leave_out(const struct nw_tape *tape, uint8_t *use)
{
    bool slot[SLOT_LIMIT + 1] = {true}, frame[FRAME_LIMIT + 1] = {false};
    for (size_t s = tape->count; s-- > 0;) {
        const struct op *op = &tape->op[tape->step[s].op];
        if (op->kind == NODE_MOVED && op->enter) {
            if (!frame[op->frame + 1])
                use[s] = USE_NOT;
            frame[op->frame] |= frame[op->frame + 1];
            frame[op->frame + 1] = false;
            continue;
        }
        if (!slot[op->out]) {
            use[s] = USE_NOT;
            continue;
        }
        if (op->node.b >= 0) {
            slot[op->out] = false;
            slot[op->a] |= use[s] != USE_B;
            slot[op->b] |= use[s] != USE_A;
            continue;
        }
        slot[op->out] = op->node.a >= 0;
        frame[op->frame] |= op->kind != NODE_MOVED; /* it looks at the points */
    }
}

/* Only the steps of some use; one that would copy a slot onto itself is none. */
static size_t keep_steps(const struct nw_tape *tape, const uint8_t *use, struct step *out)
{
    size_t count = 0;
    for (size_t s = 0; s < tape->count; s++) {
        const struct op *op = &tape->op[tape->step[s].op];
        if (use[s] == USE_NOT || (use[s] == USE_A && op->a == op->out) ||
            (use[s] == USE_B && op->b == op->out && !turns_b(op)))
            continue;
        if (out)
            out[count] = (struct step){tape->step[s].op, use[s]};
        count++;
    }
    return count;
}

struct nw_tape *nw_tape_within(const struct nw_tape *tape, nw_box box, struct nw_err *err)
{
    NW_AUTOFREE uint8_t *use = NW_ALLOC_UNSET(uint8_t, tape->count, err);
    struct nw_tape *t = use ? NW_ALLOC(struct nw_tape, 1, err) : NULL;
    if (!t)
        return NULL;
    (void)run_boxes(tape, box, use);
    leave_out(tape, use);
    *t = (struct nw_tape){.op = tape->op, .op_count = tape->op_count, .borrows = true};
    t->count = keep_steps(tape, use, NULL);
    t->step = NW_ALLOC_UNSET(struct step, t->count, err);
    if (!t->step) {
        nw_free(t);
        return NULL;
    }
    (void)keep_steps(tape, use, t->step);
    return t;
}

size_t nw_tape_length(const struct nw_tape *tape)
{
    return tape->count;
}

nw_interval nw_tape_values_in(const struct nw_tape *tape, nw_box box, const nw_vec3 *point_mm,
                              size_t count, double *value, enum nw_want want)
{
    enum { MOST = 1024 }; /* steps; longer tapes are run whole */
    uint8_t use[MOST];
    const bool choose = tape->count <= MOST;
    const nw_interval in = run_boxes(tape, box, choose ? use : NULL);
    if (want == NW_WANT_SIGN && (in.min > 0 || in.max < 0))
        return in;
    if (choose)
        leave_out(tape, use);
    run_tape(tape, choose ? use : NULL, point_mm, count, value);
    return in;
}
