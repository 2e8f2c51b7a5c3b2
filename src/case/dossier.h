/*
 * case/dossier.h -- everything of one case in one archive (zip, open formats, readable without
 * this program), and the proof that nothing of it was changed, taken out or put in another
 * order.
 *
 *   manifest.json   format, case, who made it and when, each file with size and SHA-256
 *   table.json      the process the case was judged by
 *   entries.json    the case's entries, in order (case/flow.h)
 *   rows.json       the case's rows of the ledger, in full (case/ledger.h)
 *   keys.json       the rows by which the signers' keys were made
 *   head.json       the row of this export, which names the digests of all files above, and the
 *                   server's signature over it
 *   checklist.json  the requirement list of 029 clause by clause
 *   documents/...   pages for people; files/...  images and models, or only their digests
 *
 * Checking needs neither server nor network: entries are played again by the same judge that
 * let them in, every digest and signature is computed again.
 */
#ifndef NW_CASE_DOSSIER_H
#define NW_CASE_DOSSIER_H

#include "case/leaving.h"

/* What papers are made from: see nw_case_view, nw_case_checklist and nw_case_trace. */
struct nw_dossier_contents {
    json_t *entries, *view, *checklist, *trace;
    json_t *table; /* the process the case was judged by */
};

struct nw_dossier_options {
    bool no_files;             /* digests only */
    struct nw_leaving leaving; /* for which ground it is taken; "own" is one */
    /* Adds pages: called once with the state and a function that takes each. May be NULL. */
    bool (*documents)(void *context, const struct nw_dossier_contents *contents,
                      bool (*take)(void *archive, const char *name, const void *bytes,
                                   size_t size, struct nw_err *err),
                      void *archive, struct nw_err *err);
    void *context;
};
/* Appears whole or not at all; puts a row "export.dossier" into the ledger,
 * which says the ground. `case_id` may be
 * the case's number. */
NW_MUST_CHECK bool nw_dossier_write(struct nw_desk *desk, const char *case_id,
                                    const struct nw_dossier_options *options, const char *path,
                                    struct nw_err *err);

struct nw_dossier_verdict {
    bool valid;
    char what[320]; /* the first thing that does not hold, in words */
    int64_t entries, rows, signatures, files;
    char case_id[NW_ID_TEXT];
    char key[2 * NW_PUBLIC_MAX +
             1]; /* the server's shown key, to be compared with a known one */
};
bool nw_is_dossier(const char *path); /* by its first bytes: a zip */
/* `key`: hex of the server's key when it is known, or NULL. False with *err only when the file
 * cannot be read; what does not hold is a verdict. Cost: 1 s a GB of files. */
NW_MUST_CHECK bool nw_dossier_verify(const char *path, const char *key,
                                     struct nw_dossier_verdict *out, struct nw_err *err);
/* The records of a dossier, played by the judge but not proven (nw_dossier_verify does that).
 * NW_ERR_DATA when it is none or its entries may not stand. */
NW_MUST_CHECK bool nw_dossier_read(const char *path, struct nw_dossier_contents *out,
                                   struct nw_err *err);
void nw_dossier_contents_release(struct nw_dossier_contents *contents);

#endif
