/*
 * io/stream_priv.h -- bytes in order, from a file or from memory, unpacked on the way when
 * they are gzip or zlib. Knows how many bytes can still come at most, so that a header's
 * claim is held against what the file can hold before memory is asked for.
 */
#ifndef NW_IO_STREAM_PRIV_H
#define NW_IO_STREAM_PRIV_H

#include <stdint.h>
#include <stdio.h>
#include <zlib.h>

#include "core/text.h"

struct nw_instream {
    const uint8_t *data; /* borrowed; NULL when from a file */
    size_t len, at;
    FILE *file;
    uint64_t left; /* stored bytes of the file not read yet */
    bool packed, ended;
    z_stream z;
    uint8_t *buffer; /* of packed bytes of the file */
};

/* From memory when data is not NULL, else from the file at path. Release it in any case. */
NW_MUST_CHECK bool nw_stream_open(struct nw_instream *s, const char *path, const uint8_t *data,
                                  size_t len, struct nw_err *err);
/* From here on the bytes are gzip or zlib, told apart by themselves. */
NW_MUST_CHECK bool nw_stream_unpack(struct nw_instream *s, struct nw_err *err);
/* Reads n bytes, or as many as there are: *got says how many. */
NW_MUST_CHECK bool nw_stream_read(struct nw_instream *s, void *dst, size_t n, size_t *got,
                                  struct nw_err *err);
NW_MUST_CHECK bool nw_stream_skip(struct nw_instream *s, uint64_t n, struct nw_err *err);
/* Reads a line into *line (a nw_text, cleared first) without its end; *more is false when there
 * was none left. NW_ERR_LIMIT beyond the text's limit. */
NW_MUST_CHECK bool nw_stream_line(struct nw_instream *s, struct nw_text *line, bool *more,
                                  struct nw_err *err);
/* Returns a new block with all that is left of an unpacked stream, a 0 behind it. */
NW_MUST_CHECK char *nw_stream_rest(struct nw_instream *s, size_t *len, struct nw_err *err);
/* Opens the file a header names for its voxels: in the header's own folder or below it. */
NW_MUST_CHECK bool nw_stream_open_beside(struct nw_instream *s, const char *header_path,
                                         const char *name, struct nw_err *err);
/* No more than so many bytes can come. */
uint64_t nw_stream_limit(const struct nw_instream *s);
bool nw_stream_is_done(const struct nw_instream *s);
void nw_stream_release(struct nw_instream *s);

/* For zlib's zalloc and zfree. */
void *nw_zlib_alloc(void *opaque, unsigned count, unsigned size);
void nw_zlib_free(void *opaque, void *block);

#endif
