/*
 * case/book_priv.h -- the parts of the book: its table and what is put into it (book.c), what
 * follows from its rows (book_read.c), what is to be validated again (book_tasks.c).
 */
#ifndef NW_CASE_BOOK_PRIV_H
#define NW_CASE_BOOK_PRIV_H

#include "case/book.h"
#include "case/desk_priv.h"
#include "case/flow_priv.h"

/* New reference. */
json_t *nw_book_table(struct nw_err *err);
/* Of a list of objects the one with this "name"; borrowed, NULL: none. */
const json_t *nw_book_named(const json_t *list, const char *name);

/* Every item there is: new array of {"kind", "item", "zh", "en", "state", "due", "body",
 * "entries", "open", and of printers "warranty"}. In a transaction. */
json_t *nw_book_items(struct nw_tx *tx, const json_t *table, const char *time,
                      struct nw_err *err);

/* What changed: new array of {"item": number of the row, "body": {"what", "id", "changed",
 * "from", "to", "time"}}. */
json_t *nw_book_tasks(struct nw_tx *tx, const json_t *table, struct nw_err *err);
/* Puts into each task's body which open cases it affects: "cases" (their numbers). */
NW_MUST_CHECK bool nw_book_affects(struct nw_tx *tx, const json_t *items, struct nw_err *err);

#endif
