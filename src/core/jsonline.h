/*
 * core/jsonline.h -- on which line of a JSON text a member stands, so that a sentence about a
 * wrong value can name the place in the file that the person has open.
 */
#ifndef NW_CORE_JSONLINE_H
#define NW_CORE_JSONLINE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The line (from 1) of the member at a path such as "limits.min_wall_mm" or "parts[2].name" in
 * a text that has parsed as JSON. Where the path ends in nothing, the line of the last part of
 * it that exists; 1 when none does. Any bytes are fine, a text that is no JSON gives some line.
 * Paths of more than 16 parts and members below 64 containers are not looked for. */
size_t nw_json_line(const char *text, size_t len, const char *path);

#ifdef __cplusplus
}
#endif
#endif
