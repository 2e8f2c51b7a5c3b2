/*
 * io/file.h -- bytes in and out of files. What is written appears whole or not at all: it
 * goes to a hidden neighbour, is synced, and takes its name last; a failure, a full disk or
 * Ctrl-C leaves what was there before.
 */
#ifndef NW_IO_FILE_H
#define NW_IO_FILE_H

#include <stdint.h>

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads a whole file into a new block of *len bytes (with a 0 behind them, not counted).
 * NW_ERR_NOTFOUND, NW_ERR_IO, or NW_ERR_LIMIT above max_bytes. */
NW_MUST_CHECK uint8_t *nw_file_read(const char *path, uint64_t max_bytes, size_t *len,
                                    struct nw_err *err);

/* As nw_file_read, into a block that is grown when need be (*room bytes now). */
NW_MUST_CHECK bool nw_file_read_into(const char *path, uint64_t max_bytes, uint8_t **data,
                                     size_t *room, size_t *len, struct nw_err *err);

/* An output that does not exist until it is committed. */
struct nw_out;
NW_MUST_CHECK struct nw_out *nw_out_new(const char *path, struct nw_err *err);
NW_MUST_CHECK bool nw_out_add(struct nw_out *out, const void *data, size_t len,
                              struct nw_err *err);
NW_MUST_CHECK bool nw_out_seek(struct nw_out *out, uint64_t offset, struct nw_err *err);
/* The hidden neighbour's path, for libraries that insist on opening files themselves. */
const char *nw_out_path(const struct nw_out *out);
/* Syncs and closes; the bytes are all there, under the hidden name, to be read back. */
NW_MUST_CHECK bool nw_out_close(struct nw_out *out, struct nw_err *err);
/* Closes if need be, gives the file its name and frees `out` (on failure too). */
NW_MUST_CHECK bool nw_out_commit(struct nw_out *out, struct nw_err *err);
/* Removes the hidden neighbour and frees; NULL is fine. */
void nw_out_abandon(struct nw_out *out);
/* Removes every hidden neighbour still there: for a process that is about to end. */
void nw_out_abandon_all(void);

/* Whole in one go. */
NW_MUST_CHECK bool nw_file_write(const char *path, const void *data, size_t len,
                                 struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
