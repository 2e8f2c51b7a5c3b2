/*
 * case/leaving.h -- data of a case leave it for a ground and to somebody, never otherwise: the
 * patient's permission, a request of an ethics committee or of the authority, or a member of
 * the team. What left and what was refused are rows of the ledger ("data.leave",
 * "data.refuse").
 *
 * Whom the site gives data to is its registry's kind "recipient": {"as": "ethics" | "authority"
 * | "other", "inside": in the country, "valid_until"}. Where the site ("data_inside" of any
 * item of the kind "site") or the case ("stays_in_country") says that data stay in the country,
 * who is not on that list as inside gets none; a member of the team counts as his organisation.
 */
#ifndef NW_CASE_LEAVING_H
#define NW_CASE_LEAVING_H

#include "case/desk.h"

/* What asks for data says so by members of these names. */
#define NW_GROUND_WORDS "patient, ethics, authority, team"
struct nw_leaving {
    const char *ground;           /* a word of the above, or "own": the site keeps it itself */
    const char *to;               /* who gets them; of "team" the person's identifier, of
                                   * "own" NULL */
    const char *reference;        /* number of the request or approval; NULL where none */
    const char *how;              /* "share", "deidentified", "dossier" */
    const char *person, *session; /* by whom; NULL: the operator at the command line */
    bool refused;                 /* set by nw_leaving_judge */
};

/* "ground", "to" and "reference" of a request; borrowed. NW_ERR_DATA says which is wrong. */
NW_MUST_CHECK bool nw_leaving_read(const json_t *request, struct nw_leaving *out,
                                   struct nw_err *err);
/* The same of texts that were read already; "own" may be the ground when `own` says so. */
NW_MUST_CHECK bool nw_leaving_check(const struct nw_leaving *leaving, bool own,
                                    struct nw_err *err);
/* NW_ERR_DENIED, with `refused`, when it does not hold now. In a transaction, with no case
 * taken. */
NW_MUST_CHECK bool nw_leaving_judge(struct nw_desk *desk, struct nw_tx *tx, const char *case_id,
                                    struct nw_leaving *leaving, struct nw_err *err);
/* Puts its members into a row's body. */
NW_MUST_CHECK bool nw_leaving_say(const struct nw_leaving *leaving, json_t *body,
                                  struct nw_err *err);
/* Judged, and the row "data.leave", in a write transaction. */
NW_MUST_CHECK bool nw_leaving_put(struct nw_desk *desk, struct nw_tx *tx, const char *case_id,
                                  struct nw_leaving *leaving, const char *time,
                                  struct nw_err *err);
/* After a transaction that failed: the row "data.refuse" when it was refused, with what *err
 * says. Always false; when the row cannot be written *err says that. */
bool nw_leaving_refused(struct nw_desk *desk, const char *case_id,
                        const struct nw_leaving *leaving, struct nw_err *err);

/* Read, judged and put on record as one, for a person who sees the case. */
NW_MUST_CHECK bool nw_leaving_allow(struct nw_desk *desk, const struct nw_session *who,
                                    const char *case_id, const char *how, const json_t *request,
                                    struct nw_err *err);

#endif
