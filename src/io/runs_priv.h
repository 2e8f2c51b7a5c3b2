/*
 * io/runs_priv.h -- long runs of the same short element, read without an XML parser: what
 * stands around its numbers is always the same text. Nearly all of a 3MF or AMF is such runs.
 * Whatever deviates in a single byte is left to the parser.
 */
#ifndef NW_IO_RUNS_PRIV_H
#define NW_IO_RUNS_PRIV_H

#include <stddef.h>

#include "core/err.h"

enum { NW_RUN_NUMBERS = 7 };

/* <vertex x="1" y="2" z="3"/> is: before {<vertex x=", " y=", " z="}, after ", close />.
 * Blanks may stand before `close`; an element may also end after `few` numbers. */
struct nw_run_form {
    size_t count, few;
    const char *before[NW_RUN_NUMBERS];
    const char *after, *close;
};

/* `number` has form->count values; those that are not there are NAN. */
typedef bool (*nw_run_take)(void *ctx, const double *number, struct nw_err *err);

/* Gives every element of the form at the start of the text, in order; returns the length of
 * the text they take, up to the end of the last one. Stops before what is not of the form;
 * SIZE_MAX when `take` failed or memory ran out. Scans on all cores, memory a few times len. */
size_t nw_run_scan(const struct nw_run_form *form, const char *text, size_t len,
                   nw_run_take take, void *ctx, struct nw_err *err);

#endif
