/*
 * case/shares_priv.h -- the parts of links: which files of a case may go out (shares_files.c),
 * what in them would say who the patient is (shares_identity.c), who comes with a link
 * (shares_open.c).
 */
#ifndef NW_CASE_SHARES_PRIV_H
#define NW_CASE_SHARES_PRIV_H

#include "case/flow_priv.h"
#include "case/jobs_priv.h"
#include "case/shares.h"

enum {
    NW_SHARE_TOKEN_BYTES = 32,
    NW_SHARE_FILES = 50,
    NW_IDENTITY_WORDS = 64,
    NW_IDENTITY_BYTES = 128
};

enum nw_shared_kind {
    NW_SHARED_MODEL,
    NW_SHARED_PICTURE,
    NW_SHARED_SCAN,
    NW_SHARED_VIEW,
    NW_SHARED_NONE
};

struct nw_shared_file {
    char name[256], plain[32], media[64]; /* in the case; as it goes out */
    nw_digest sha256;
    enum nw_shared_kind kind;
    bool packed; /* a zip: looked through member by member */
};

const char *nw_shared_kind_name(enum nw_shared_kind kind);

/* The case's file of this digest, if it may go out at all; `number` is for its plain name. */
NW_MUST_CHECK bool nw_shared_file(struct nw_tx *tx, const char *case_id, const char *hex,
                                  size_t number, struct nw_shared_file *out,
                                  struct nw_err *err);

/* What says who the patient is, or which case it is of. */
struct nw_identity {
    char word[NW_IDENTITY_WORDS][NW_IDENTITY_BYTES];
    size_t count;
};

/* Texts of under 4 bytes are left: they stand anywhere by accident. */
void nw_identity_learn(struct nw_identity *identity, const char *text);
/* Every member of forms, however deep, that names a person. */
void nw_identity_learn_from(struct nw_identity *identity, const json_t *entries);
bool nw_identity_in_text(const struct nw_identity *identity, const char *text);
/* NW_ERR_DATA when a byte of the file, packed ones unpacked, says who it is of. */
NW_MUST_CHECK bool nw_identity_look(const struct nw_identity *identity, struct nw_blobs *blobs,
                                    const struct nw_shared_file *file, struct nw_err *err);

/* A secret of the server's own for `what` of a case or link. */
NW_MUST_CHECK bool nw_desk_derive(const struct nw_desk *desk, const char *what, const char *of,
                                  nw_digest *out, struct nw_err *err);
/* The later of the clock and the ledger's last row: a clock put back revives no link. */
NW_MUST_CHECK bool nw_share_now(struct nw_tx *tx, char out[NW_TIME_TEXT], struct nw_err *err);

#endif
