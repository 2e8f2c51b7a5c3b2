/* case/jobs_priv.h -- what jobs share with the files of a case (desk_files.c). */
#ifndef NW_CASE_JOBS_PRIV_H
#define NW_CASE_JOBS_PRIV_H

#include "case/desk_priv.h"

/* A name without folders, nor anything a shell or a page would take for more. */
NW_MUST_CHECK bool nw_plain_name(const char *name, struct nw_err *err);
/* NW_ERR_DATA unless the case has a file of this digest; a preview counts for jobs only. */
NW_MUST_CHECK bool nw_case_has_file(struct nw_tx *tx, const char *case_id, const char *name,
                                    const char *sha256, bool or_preview, struct nw_err *err);
/* In a write transaction: the bytes, which are in the blobs, become the case's next file, with
 * a row "file.keep" ("file.preview" for a preview); `session` may be NULL. */
struct nw_kept_file {
    const char *case_id, *person, *session, *name, *sha256;
    int64_t bytes;
};
NW_MUST_CHECK bool nw_case_keep_file(struct nw_tx *tx, const struct nw_kept_file *file,
                                     const char *time, struct nw_err *err);

/* Previews (previews.c): by their name. */
bool nw_is_preview(const char *name);
/* Drops those that a file which is about to be kept replaces. */
NW_MUST_CHECK bool nw_previews_make_way(struct nw_tx *tx, const struct nw_kept_file *file,
                                        const char *time, struct nw_err *err);

#endif
