/*
 * io/archive_priv.h -- zip, tar, tar.gz, tar.xz, ... member by member, by libarchive. Nothing
 * is unpacked to disk, so names in an archive can do no harm; sizes are held to limits.
 */
#ifndef NW_IO_ARCHIVE_PRIV_H
#define NW_IO_ARCHIVE_PRIV_H

#include <stdint.h>

#include "core/err.h"

/* Do these first bytes of a file begin an archive? (A .nii.gz must be asked for before.) */
bool nw_archive_sniff(const uint8_t *head, size_t len);

struct nw_archive;
NW_MUST_CHECK struct nw_archive *nw_archive_new(const char *path, struct nw_err *err);
void nw_archive_free(struct nw_archive *archive);
/* Goes to the next regular file. *name (UTF-8 or as it stands) is borrowed until the next
 * call, and NULL at the end. NW_ERR_LIMIT when the archive holds unbelievably much. */
NW_MUST_CHECK bool nw_archive_next(struct nw_archive *archive, const char **name,
                                   struct nw_err *err);
/* How many regular files came before this one. */
size_t nw_archive_at(const struct nw_archive *archive);
/* Reads up to `most` bytes more of this file into *data (grown as they come; *len before and
 * after). */
NW_MUST_CHECK bool nw_archive_read(struct nw_archive *archive, uint64_t most, uint8_t **data,
                                   size_t *len, struct nw_err *err);

#endif
