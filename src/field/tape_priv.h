/*
 * field/tape_priv.h -- what a tape is: operations on slots, and which of them are run.
 */
#ifndef NW_FIELD_TAPE_PRIV_H
#define NW_FIELD_TAPE_PRIV_H

#include "field/field_priv.h"

struct op {
    enum node_kind kind;
    uint16_t out, a, b; /* value slots */
    uint16_t frame;     /* where the points are: frame 0 is the caller's */
    bool enter;         /* NODE_MOVED: fills frame + 1; else scales the value */
    struct node node;   /* a copy of the numbers; outline and volume stay the field's */
};

/* What to do with an operation in a box. */
enum use { USE_NOT, USE_RUN, USE_A, USE_B };

struct step {
    uint32_t op;
    uint8_t use;
};

struct nw_tape {
    struct op *op; /* of a tape within a box: its parent's */
    size_t op_count, room;
    struct step *step;
    size_t count;
    bool borrows;
};

/* Is it the negative of b that counts? */
static inline bool turns_b(const struct op *op)
{
    return op->kind == NODE_DIFFERENCE ||
           (op->kind == NODE_ROUND && op->node.num[2] * op->node.num[3] < 0);
}

#endif
