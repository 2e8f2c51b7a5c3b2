/*
 * case/shares.h -- links to chosen files of a case for somebody outside, without identity,
 * until a time: who has the link's secret sees them and nothing else.
 *
 * What goes out: models and pictures that were looked through for what the case's records say
 * of the patient (marks, names, the case's number), and scans that a job of this case took the
 * identity out of. Files go by plain names ("model-1.stl"), the case by a name made by chance.
 * Each opening is a row of the ledger. A link that never was, has ended or was taken back is
 * the same to who asks: NW_ERR_NOTFOUND with one sentence.
 */
#ifndef NW_CASE_SHARES_H
#define NW_CASE_SHARES_H

#include "case/desk.h"

/* Roles that may share, by '|': beside them the person must see the case. */
#define NW_SHARE_ROLES "physician|surgeon|imaging|designer|contact|quality"

/* `request`: {"until": a time at most 90 days away, "files": [digests], "most": how often it
 * may be opened, or none: as often as one likes, "note": for those inside}, and for which
 * ground to whom: see case/leaving.h. Reply {"share", "label", "until", "files", "token"}: the
 * token is shown this once; a request repeated under the same once is answered without it.
 * NW_ERR_DATA: a file that is none of these kinds, or that says who the patient is. */
NW_MUST_CHECK bool nw_share_make(struct nw_desk *desk, const struct nw_session *who,
                                 const char *case_id, const json_t *request,
                                 const struct nw_once *once, json_t **reply,
                                 struct nw_err *err);
/* {"shares": [{"share", "label", "created", "person", "until", "revoked", "live", "opened",
 * "most", "files", "note"}]}, the newest first. */
NW_MUST_CHECK bool nw_shares_list(struct nw_desk *desk, const struct nw_session *who,
                                  const char *case_id, json_t **reply, struct nw_err *err);
/* From now on the link is none. */
NW_MUST_CHECK bool nw_share_revoke(struct nw_desk *desk, const struct nw_session *who,
                                   const char *case_id, const char *share, json_t **reply,
                                   struct nw_err *err);

/* What a case's scans are called, and the key their UIDs and dates go by, when identity is
 * taken out of them: always the same for a case, and only this server (or who has its keys) can
 * tell them. Wipe the key. */
enum { NW_CASE_KEY_BYTES = 32, NW_CASE_ALIAS = 16 };
NW_MUST_CHECK bool nw_case_alias(const struct nw_desk *desk, const char *case_id,
                                 uint8_t key[NW_CASE_KEY_BYTES], char name[NW_CASE_ALIAS],
                                 struct nw_err *err);

/* By anybody. `address` goes into the ledger. Reply {"label", "until", "case": {"type",
 * "device", "site", "side"}, "files": [{"file", "name", "kind", "media", "bytes"}], "visit"}.
 * Each look counts as an opening but those with the `visit` of one before (12 h), else NULL. */
NW_MUST_CHECK bool nw_share_look(struct nw_desk *desk, const char *token, const char *visit,
                                 const char *address, json_t **reply, struct nw_err *err);
/* `file`: its number in that list, from 1, as text. A link with a "most" wants the `visit`. */
NW_MUST_CHECK bool nw_share_file(struct nw_desk *desk, const char *token, const char *file,
                                 const char *visit, const char *address,
                                 struct nw_desk_file *out, struct nw_err *err);

#endif
