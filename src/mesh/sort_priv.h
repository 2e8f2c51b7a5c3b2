/* mesh/sort_priv.h -- sorting integers by some of their bits, in parallel, stably. */
#ifndef NW_MESH_SORT_PRIV_H
#define NW_MESH_SORT_PRIV_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/* Sorts key[count] by its bits from `shift` up to `shift + bits`, equal ones in their old
 * order; spare is as long. By counting digits from the lowest (radix), in a fixed number of
 * chunks: the result does not depend on threads. NW_ERR_MEMORY only. */
NW_MUST_CHECK bool nw_sort_bits(uint64_t *key, uint64_t *spare, size_t count, int shift,
                                int bits, struct nw_err *err);

/* Sorts whole values without any memory, for short lists. */
void nw_sort_small(uint64_t *key, size_t count);

#endif
