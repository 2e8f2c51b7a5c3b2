/*
 * store/blob.h -- bytes of any length under the name of their SHA-256, encrypted where they
 * lie: a folder of files, each frames of 64 KiB under AES-256-GCM, whose key is itself
 * wrapped by the site's key file (kept outside the database). The same bytes are kept once.
 * A blob appears whole (written, synced, renamed) or not at all. Memory: one frame; 1 MiB while
 * a long part with a name is written, whose frames a thread of its own seals and writes.
 */
#ifndef NW_STORE_BLOB_H
#define NW_STORE_BLOB_H

#include <stdint.h>

#include "core/err.h"
#include "core/hash.h"

struct nw_blobs; /* may be used from any thread */

/* Makes the folder and, when there is none, the key file (32 random bytes, mode 0600). The
 * folder keeps a name of its key: NW_ERR_NOTFOUND when the key file is gone (a new one would
 * open nothing), NW_ERR_STATE when it is another, NW_ERR_DENIED when others may read it. */
NW_MUST_CHECK struct nw_blobs *nw_blobs_open(const char *folder, const char *key_file,
                                             struct nw_err *err);
void nw_blobs_close(struct nw_blobs *blobs);

/* Writing. A part written under a name can be gone on with after a crash or a cut line:
 * `name` is the upload's (1 to 64 letters and digits); nw_blob_resume says how many bytes are
 * safe, 0 for a new one; NW_ERR_CONFLICT while another writes it. */
struct nw_blob_writer;
NW_MUST_CHECK struct nw_blob_writer *nw_blob_begin(struct nw_blobs *blobs, struct nw_err *err);
NW_MUST_CHECK struct nw_blob_writer *nw_blob_resume(struct nw_blobs *blobs, const char *name,
                                                    uint64_t *bytes, struct nw_err *err);
/* How many bytes of the part are safe, also while another writes it; 0 when there is none. */
NW_MUST_CHECK bool nw_blob_safe(struct nw_blobs *blobs, const char *name, uint64_t *bytes,
                                struct nw_err *err);
NW_MUST_CHECK bool nw_blob_write(struct nw_blob_writer *writer, const void *bytes, size_t size,
                                 struct nw_err *err);
/* Makes what was written so far safe, to be gone on with under its name. Frees the writer. A
 * part with a name is made safe by itself every 64 MiB. Nothing is read again to go on. */
NW_MUST_CHECK bool nw_blob_pause(struct nw_blob_writer *writer, struct nw_err *err);
/* Gives the bytes their name. Frees the writer, also when it fails. */
NW_MUST_CHECK bool nw_blob_finish(struct nw_blob_writer *writer, nw_digest *digest,
                                  uint64_t *bytes, struct nw_err *err);
void nw_blob_drop(struct nw_blob_writer *writer); /* forgets what was written; NULL is fine */
/* A file or bytes at once. */
NW_MUST_CHECK bool nw_blob_put(struct nw_blobs *blobs, const void *bytes, size_t size,
                               nw_digest *digest, struct nw_err *err);
NW_MUST_CHECK bool nw_blob_put_file(struct nw_blobs *blobs, const char *path, nw_digest *digest,
                                    uint64_t *bytes, struct nw_err *err);

/* Reading, from any offset. NW_ERR_NOTFOUND; NW_ERR_DATA when the bytes on disk are not the
 * ones that were written. */
struct nw_blob_reader;
NW_MUST_CHECK struct nw_blob_reader *nw_blob_open(struct nw_blobs *blobs,
                                                  const nw_digest *digest, uint64_t *bytes,
                                                  struct nw_err *err);
NW_MUST_CHECK bool nw_blob_read(struct nw_blob_reader *reader, uint64_t offset, void *out,
                                size_t size, struct nw_err *err);
void nw_blob_close(struct nw_blob_reader *reader);
/* Decrypted into a file that appears whole or not at all. */
NW_MUST_CHECK bool nw_blob_export(struct nw_blobs *blobs, const nw_digest *digest,
                                  const char *path, struct nw_err *err);
/* Reads every byte back: the digest must be the name. */
NW_MUST_CHECK bool nw_blob_check(struct nw_blobs *blobs, const nw_digest *digest,
                                 struct nw_err *err);
/* For a recorded destruction only. */
NW_MUST_CHECK bool nw_blob_remove(struct nw_blobs *blobs, const nw_digest *digest,
                                  struct nw_err *err);

#endif
