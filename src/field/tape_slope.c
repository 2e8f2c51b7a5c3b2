/* field/tape_slope.c -- a tape at one place, with its gradient: for the short tapes of small
 * boxes, on which a batch would mostly be idle. Values go forward; from the result backward
 * it is asked whose slope counts; only those are taken. */
#include "field/slope_priv.h"
#include "field/tape_priv.h"

static double own_value(const struct node *n, nw_vec3 p, double below)
{
    double value = n->a < 0 ? 0 : below;
    n->own_kind->values(n->own, &p.x, &p.y, &p.z, 1, &value);
    return value;
}

static double pair_value(const struct node *n, double a, double b)
{
    if (n->kind == NODE_UNION)
        return less(a, b);
    if (n->kind == NODE_INTERSECTION)
        return more(a, b);
    if (n->kind == NODE_DIFFERENCE)
        return more(a, -b);
    return n->kind == NODE_BLEND ? blend_value(a, b, n->num[0]) : round_value(n->num, a, b);
}

static double step_value(const struct op *op, uint8_t use, nw_vec3 p, const double *slot)
{
    const struct node *n = &op->node;
    if (use == USE_A)
        return slot[op->a];
    if (use == USE_B)
        return turns_b(op) ? -slot[op->b] : slot[op->b];
    if (n->b >= 0)
        return pair_value(n, slot[op->a], slot[op->b]);
    if (n->kind == NODE_OFFSET)
        return slot[op->out] - n->num[0];
    if (n->kind == NODE_SHELL)
        return shell_value(slot[op->out], n->num[0]);
    if (n->kind == NODE_MOVED)
        return slot[op->out] * n->num[MOVED_FACTOR];
    return n->kind == NODE_OWN ? own_value(n, p, slot[op->out]) : leaf_value(n, p);
}

static bool enters(const struct op *op)
{
    return op->kind == NODE_MOVED && op->enter;
}

static void enter(const struct op *op, nw_vec3 *frame)
{
    const nw_vec3 p = frame[op->frame];
    frame[op->frame + 1] = moved_point(op->node.num, p.x, p.y, p.z);
}

double nw_tape_value(const struct nw_tape *tape, nw_vec3 point_mm)
{
    nw_vec3 frame[FRAME_LIMIT + 1];
    double slot[SLOT_LIMIT + 1] = {0};
    frame[0] = point_mm;
    for (size_t s = 0; s < tape->count; s++) {
        const struct op *op = &tape->op[tape->step[s].op];
        if (enters(op))
            enter(op, frame);
        else
            slot[op->out] = step_value(op, tape->step[s].use, frame[op->frame], slot);
    }
    return slot[0];
}

/* ---- gradients ---- */

enum side { SIDE_A = 1, SIDE_B = 2 };

/* What a step made, and, of a pair, from what. */
struct kept {
    double out, a, b;
    uint8_t sides; /* of a pair: whose slopes count */
    bool counts;
};

/* Of which sides the slope of a pair is made: as slope_of_pair takes it. */
static uint8_t sides_of(const struct node *n, double a, double b)
{
    const double r = n->num[0], x = n->num[1] * a, y = n->num[2] * b;
    if (n->kind == NODE_UNION)
        return a < b ? SIDE_A : SIDE_B;
    if (n->kind == NODE_INTERSECTION)
        return a > b ? SIDE_A : SIDE_B;
    if (n->kind == NODE_DIFFERENCE)
        return a > -b ? SIDE_A : SIDE_B;
    const bool round = n->kind == NODE_ROUND;
    if (round ? fillet(x, y, r) != less(x, y) : fabs(a - b) < r)
        return SIDE_A | SIDE_B;
    return (round ? x < y : a < b) ? SIDE_A : SIDE_B;
}

static uint8_t sides_of_step(const struct op *op, uint8_t use, const double *slot)
{
    if (op->node.b < 0)
        return 0;
    if (use == USE_RUN)
        return sides_of(&op->node, slot[op->a], slot[op->b]);
    return use == USE_A ? SIDE_A : SIDE_B;
}

static void keep_values(const struct nw_tape *tape, nw_vec3 point_mm, struct kept *kept)
{
    nw_vec3 frame[FRAME_LIMIT + 1];
    double slot[SLOT_LIMIT + 1] = {0};
    frame[0] = point_mm;
    for (size_t s = 0; s < tape->count; s++) {
        const struct op *op = &tape->op[tape->step[s].op];
        const uint8_t use = tape->step[s].use;
        if (enters(op)) {
            enter(op, frame);
            continue;
        }
        kept[s].sides = sides_of_step(op, use, slot);
        kept[s].a = slot[op->a];
        kept[s].b = slot[op->b];
        slot[op->out] = kept[s].out = step_value(op, use, frame[op->frame], slot);
    }
}

/* From the result backwards. */
static void mark(const struct nw_tape *tape, struct kept *kept)
{
    bool slot[SLOT_LIMIT + 1] = {true};
    for (size_t s = tape->count; s-- > 0;) {
        const struct op *op = &tape->op[tape->step[s].op];
        kept[s].counts = enters(op) || slot[op->out];
        if (enters(op) || !slot[op->out])
            continue;
        slot[op->out] = op->node.b < 0 && op->node.a >= 0;
        if (kept[s].sides & SIDE_A)
            slot[op->a] = true;
        if (kept[s].sides & SIDE_B)
            slot[op->b] = true;
    }
}

/* The side that does not count has only its value. */
static struct slope step_slope(const struct op *op, uint8_t use, nw_vec3 p,
                               const struct kept *kept, const struct slope *slot)
{
    const struct slope none = {0};
    const struct node *n = &op->node;
    if (use == USE_A)
        return slot[op->a];
    if (use == USE_B)
        return turns_b(op) ? slope_negative(slot[op->b]) : slot[op->b];
    if (n->b >= 0) {
        const struct slope a = {kept->a, nw_v3(0, 0, 0)}, b = {kept->b, nw_v3(0, 0, 0)};
        return slope_of_pair(n, kept->sides & SIDE_A ? slot[op->a] : a,
                             kept->sides & SIDE_B ? slot[op->b] : b);
    }
    if (n->kind == NODE_OWN)
        return n->own_kind->slope(n->own, p, n->a < 0 ? none : slot[op->out]);
    if (n->kind == NODE_MOVED)
        return slope_moved(n->num, slot[op->out]);
    if (n->a >= 0)
        return slope_of_single(n, slot[op->out]);
    return (struct slope){kept->out, nw_leaf_gradient(n, p)};
}

double nw_tape_gradient(const struct nw_tape *tape, nw_vec3 point_mm, nw_vec3 *out)
{
    struct kept kept[NW_TAPE_SHORT];
    nw_vec3 frame[FRAME_LIMIT + 1];
    struct slope slot[SLOT_LIMIT + 1];
    assert(tape->count <= NW_TAPE_SHORT);
    keep_values(tape, point_mm, kept);
    mark(tape, kept);
    frame[0] = point_mm;
    for (size_t s = 0; s < tape->count; s++) {
        const struct op *op = &tape->op[tape->step[s].op];
        if (!kept[s].counts)
            continue;
        if (enters(op))
            enter(op, frame);
        else
            slot[op->out] = step_slope(op, tape->step[s].use, frame[op->frame], &kept[s], slot);
    }
    *out = slot[0].grad;
    return slot[0].value;
}
