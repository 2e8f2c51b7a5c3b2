/*
 * io/parcel.h -- many files handed over as one thing: a new folder, or a zip archive. It
 * appears whole or not at all. Members carry no times, so that the same content is the same
 * bytes.
 */
#ifndef NW_IO_PARCEL_H
#define NW_IO_PARCEL_H

#include <stdint.h>

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_parcel;
/* A zip where the path ends in .zip, else a folder, which must not be there yet or be empty
 * (NW_ERR_CONFLICT). */
NW_MUST_CHECK struct nw_parcel *nw_parcel_new(const char *path, struct nw_err *err);
/* A member of this plain name; each name once. */
NW_MUST_CHECK bool nw_parcel_add(struct nw_parcel *parcel, const char *name, const void *data,
                                 size_t len, struct nw_err *err);
/* It takes its name; frees (on failure too). */
NW_MUST_CHECK bool nw_parcel_commit(struct nw_parcel *parcel, struct nw_err *err);
/* Takes away what was written, and frees; NULL is fine. */
void nw_parcel_abandon(struct nw_parcel *parcel);

#ifdef __cplusplus
}
#endif
#endif
