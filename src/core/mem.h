/*
 * core/mem.h -- all memory comes from here: counted, zeroed, checked for overflow, and under
 * one budget for the process, so that a hostile header ends in a sentence and not in swap.
 */
#ifndef NW_CORE_MEM_H
#define NW_CORE_MEM_H

#include <stdint.h>

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Returns a new zeroed block; NULL and NW_ERR_MEMORY when there is none or the budget is spent.
 */
NW_MUST_CHECK void *nw_alloc(size_t count, size_t size, struct nw_err *err);
/* As nw_alloc, but its content is not set: for big numeric data that is written at once. */
NW_MUST_CHECK void *nw_alloc_unset(size_t count, size_t size, struct nw_err *err);
/* Makes room for `count` items at *block (which may be NULL), keeping what was there; what is
 * new is not set. On failure *block stays as it was. */
NW_MUST_CHECK bool nw_resize(void *block_ptr, size_t count, size_t size, struct nw_err *err);
void nw_free(void *block);
void nw_autofree(void *variable); /* of any pointer type, leaving scope */

#define NW_ALLOC(type, count, err) ((type *)nw_alloc((count), sizeof(type), (err)))
#define NW_ALLOC_UNSET(type, count, err) ((type *)nw_alloc_unset((count), sizeof(type), (err)))
#define NW_AUTOFREE __attribute__((cleanup(nw_autofree)))
/* NW_AUTO(nw_mesh) m = {0}; releases with nw_mesh_release_auto, which each such type declares.
 */
#define NW_AUTO(name) __attribute__((cleanup(name##_release))) struct name

/* Grows an array for one more item: doubles. `*items` is the pointer, `*room` its capacity. */
NW_MUST_CHECK bool nw_grow(void *items_ptr, size_t *room, size_t need, size_t size,
                           struct nw_err *err);

/* The process's budget in bytes (default: none), and what is held now and was at most. */
void nw_mem_set_budget(size_t bytes);
size_t nw_mem_held(void);
size_t nw_mem_peak(void);

/* Freed blocks below this size stay with the process for its next ones, instead of going back
 * to the system page by page: pages that are new to the process cost a fault each. To be
 * called once, before threads begin. */
void nw_mem_reuse_below(size_t bytes);
/* The end of that: what is kept and not used goes back to the system, and so does from now on
 * each large block when it is freed. Before the step that needs most, and in other sizes. */
void nw_mem_reuse_end(void);

/* For tests: the nth allocation from now on fails, once. */
void nw_mem_fail_at(size_t nth);

/* Small things that live and die together. Zero-initialise; release once. */
struct nw_arena {
    struct nw_arena_block *last;
};
NW_MUST_CHECK void *nw_arena_alloc(struct nw_arena *arena, size_t size, struct nw_err *err);
/* Returns a copy of the string (or its first `len` bytes), borrowed until the release. */
NW_MUST_CHECK char *nw_arena_text(struct nw_arena *arena, const char *text, struct nw_err *err);
NW_MUST_CHECK char *nw_arena_textn(struct nw_arena *arena, const char *text, size_t len,
                                   struct nw_err *err);
NW_MUST_CHECK char *nw_arena_printf(struct nw_arena *arena, struct nw_err *err, const char *fmt,
                                    ...) NW_PRINTF(3, 4);
void nw_arena_release(struct nw_arena *arena);

#ifdef __cplusplus
}
#endif
#endif
