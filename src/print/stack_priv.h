/* print/stack_priv.h -- reading a stack back and holding it against what was meant. */
#ifndef NW_PRINT_STACK_PRIV_H
#define NW_PRINT_STACK_PRIV_H

#include "print/stack.h"

/* What must come back of each layer: these rows, and nothing outside them. */
struct nw_stack_proof {
    size_t layers, row_lo, row_hi;
    uint32_t *sum; /* CRC-32 of the rows of each layer */
};

/* As nw_stack_read, on all cores; NW_ERR_INTERNAL where a layer is not what was meant. */
NW_MUST_CHECK bool nw_stack_read_proved(const char *path, const struct nw_stack_proof *proof,
                                        struct nw_stack_facts *out, struct nw_err *err);

#endif
