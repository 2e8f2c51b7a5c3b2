/*
 * case/book.h -- the book of the site: what it keeps beside cases and comes back to at set
 * times. Rules, the plan for incidents, the keeper of the data with his drills, confirmations
 * of processes, faults of printers, and what is to be validated again because something
 * changed.
 *
 * Kinds, forms and who may fill them in are a table (src/case/book/book.json). An entry is a
 * row of the ledger ("book.entry", body {"kind", "item", "act", "form"}) and nothing else:
 * what the book says follows from these rows, so that nothing in it can be changed or taken
 * out.
 *
 * What is to be validated again follows from the ledger too: a change of a material, a lot's
 * source, a process, machine, program or product in the registry ("registry.put"), and a new
 * version of a program that cases use ("program.used"), the server's own included.
 */
#ifndef NW_CASE_BOOK_H
#define NW_CASE_BOOK_H

#include "case/desk.h"

/* Reply {"kinds": the table's, "items": [{"kind", "item", "zh", "en", "state", "due", "body",
 * "entries", "open"}], "due": how many want something done}. States: "missing" (nothing is
 * there yet), "due", "soon" (within 30 days), "fault" (one is open), "ok". `brief`: how many
 * alone, without looking through the open cases. */
NW_MUST_CHECK bool nw_book_read(struct nw_desk *desk, const struct nw_session *who, bool brief,
                                json_t **reply, struct nw_err *err);
/* `request`: {"act", "form"}. Reply {"number", "kind", "item"}. NW_ERR_DENIED: not for one of
 * the person's roles; NW_ERR_DATA names the member. */
NW_MUST_CHECK bool nw_book_put(struct nw_desk *desk, const struct nw_session *who,
                               const char *kind, const char *item, const json_t *request,
                               const struct nw_once *once, json_t **reply, struct nw_err *err);

/* In a write transaction: a row "program.used" when this version of the program was not there
 * before; `case_id` NULL: the server's own. */
NW_MUST_CHECK bool nw_program_used(struct nw_tx *tx, const char *name, const char *version,
                                   const char *case_id, const char *time, struct nw_err *err);
/* Those that a form names: "software" with "software_version", "program" with
 * "program_version", rows of a list "software". */
NW_MUST_CHECK bool nw_programs_used(struct nw_tx *tx, const json_t *form, const char *case_id,
                                    const char *time, struct nw_err *err);
/* The server's own, when it starts. */
NW_MUST_CHECK bool nw_book_begin(struct nw_desk *desk, const char *version, struct nw_err *err);

#endif
