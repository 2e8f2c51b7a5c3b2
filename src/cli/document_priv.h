/*
 * cli/document_priv.h -- a document on disk: the files it names are found beside it, their
 * digests checked, and all told to the step; and design documents read.
 */
#ifndef NW_CLI_DOCUMENT_PRIV_H
#define NW_CLI_DOCUMENT_PRIV_H

#include "cli/command.h"
#include "design/design.h"

/* A tissue that was made, with its names as they stand in the design. */
struct nw_document_tissue {
    const char *path, *sha256, *preset;
    struct nw_mesh mesh;
};

enum { NW_DOCUMENT_TISSUES = 4 };
struct nw_document {
    struct nw_run *run;
    const char *path;
    bool keep; /* tissues of scans, for who asks for them again: release when done */
    struct nw_document_tissue kept[NW_DOCUMENT_TISSUES];
    size_t kept_count;
};
void nw_document_release(struct nw_document *doc);

/* Returns a new design; failures name the document. */
NW_MUST_CHECK struct nw_design *nw_document_read(const struct nw_document *doc,
                                                 struct nw_err *err);
/* A path that the document names, as it must be opened from here: relative to the document. */
NW_MUST_CHECK const char *nw_document_beside(const struct nw_document *doc, const char *path,
                                             struct nw_err *err);
/* Is the file what the document expects? NULL: nothing in particular. NW_ERR_CONFLICT. */
NW_MUST_CHECK bool nw_document_is_unchanged(const char *path, const char *sha256,
                                            struct nw_err *err);
/* All parts of a model that it names as one mesh; `user` is the document. */
NW_MUST_CHECK bool nw_document_mesh(void *user, const struct nw_file_ref *file,
                                    struct nw_mesh *out, struct nw_err *err);
/* The output of a name; NULL: the only one. */
NW_MUST_CHECK bool nw_document_output(const struct nw_design *design, const char *name,
                                      size_t *out, struct nw_err *err);
/* Borrows the document. */
struct nw_design_files nw_document_files(struct nw_document *doc);

#endif
