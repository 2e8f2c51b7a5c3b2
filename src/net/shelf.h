/*
 * net/shelf.h -- texts that take a process to make, kept for a while by what they were made
 * from: whoever asks for the same gets the same bytes at once. In memory only; the oldest goes
 * first.
 */
#ifndef NW_NET_SHELF_H
#define NW_NET_SHELF_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/hash.h"

enum { NW_SHELF_PLACES = 128, NW_SHELF_LONGEST = 64 << 10 };

struct nw_shelf; /* may be used from any thread */

NW_MUST_CHECK struct nw_shelf *nw_shelf_new(struct nw_err *err);
void nw_shelf_free(struct nw_shelf *shelf); /* NULL is fine */

/* A copy by NW_ALLOC, *size bytes of it; NULL when it is not there, or no memory is. */
char *nw_shelf_take(struct nw_shelf *shelf, const nw_digest *from, size_t *size);
/* Copies; longer texts and those there is no memory for are not kept. */
void nw_shelf_put(struct nw_shelf *shelf, const nw_digest *from, const char *text, size_t size);

#endif
