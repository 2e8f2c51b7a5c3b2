/*
 * net/shape.h -- the shapes of the API's replies as data, in a notation that is read at a
 * glance: {name: text, bytes: int, made?: text, jobs: [Job], more: {*: number}, kind: 'a' |
 * 'b'} text, int, number, bool, null, any; [list]; {object}, where ? may be missing and *
 * stands for any further name, and nothing else may come; 'one word'; Name of another shape;
 * either | or.
 */
#ifndef NW_NET_SHAPE_H
#define NW_NET_SHAPE_H

#include <jansson.h>

#include "core/err.h"

/* The JSON schema of a shape: new reference, or NULL with NW_ERR_DATA when it is no shape or
 * with NW_ERR_MEMORY. */
NW_MUST_CHECK json_t *nw_shape_schema(const char *shape, struct nw_err *err);

/* The schemas of all shapes that have names: new reference, or NULL as above. */
NW_MUST_CHECK json_t *nw_shapes_named(struct nw_err *err);

#endif
