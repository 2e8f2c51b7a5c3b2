/*
 * store/tar_priv.h -- archives of plain files, in the tar format of POSIX (ustar), written and
 * read as a stream: what `tar` and everything else can open in thirty years. Only what this
 * program writes is read: regular files with short relative names.
 */
#ifndef NW_STORE_TAR_PRIV_H
#define NW_STORE_TAR_PRIV_H

#include <stdint.h>

#include "core/err.h"

enum { NW_TAR_NAME = 100 };

struct nw_tar;
NW_MUST_CHECK struct nw_tar *nw_tar_create(const char *path, struct nw_err *err);
NW_MUST_CHECK struct nw_tar *nw_tar_open(const char *path, struct nw_err *err);
/* Syncs what was written: then it is whole. */
NW_MUST_CHECK bool nw_tar_finish(struct nw_tar *tar, struct nw_err *err);
void nw_tar_close(struct nw_tar *tar); /* NULL is fine */

/* Writing: a member of exactly `size` bytes, given in pieces. `time` in seconds since 1970. */
NW_MUST_CHECK bool nw_tar_begin(struct nw_tar *tar, const char *name, uint64_t size,
                                int64_t time, struct nw_err *err);
NW_MUST_CHECK bool nw_tar_put(struct nw_tar *tar, const void *bytes, size_t size,
                              struct nw_err *err);

/* Reading: goes to the next member (what is left of this one is passed over). `name` is ""
 * at the end. NW_ERR_DATA when it is no archive, is cut, or has something of another kind. */
NW_MUST_CHECK bool nw_tar_next(struct nw_tar *tar, char name[NW_TAR_NAME + 1], uint64_t *size,
                               struct nw_err *err);
/* Up to `room` bytes of the member; *got 0 at its end. */
NW_MUST_CHECK bool nw_tar_get(struct nw_tar *tar, void *out, size_t room, size_t *got,
                              struct nw_err *err);

#endif
