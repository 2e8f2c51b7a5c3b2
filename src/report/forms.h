/*
 * report/forms.h -- the papers of a case: consent, order, inspection sheet, label ... as PDF
 * pages that are printed, signed by hand where a hospital wants it, and kept.
 *
 * What goes on which paper is data (report/forms/documents.json); what a record's fields are
 * called, their units and choices come from the process table the case was judged by
 * (case/flow.h); the values, signatures and their states come from the entries and the view.
 * So a paper says nothing that the records do not say: what is missing stands there as missing,
 * what has become void as void. No time of day, path or host name inside: the same records give
 * the same bytes.
 */
#ifndef NW_REPORT_FORMS_H
#define NW_REPORT_FORMS_H

#include <jansson.h>

#include "core/text.h"
#include "report/report.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_papers {
    const json_t *table, *entries, *view, *checklist; /* borrowed; see case/flow.h */
    const json_t *trace;
    const char *case_name; /* the number people call it by; NULL: its identifier */
    const char *address; /* where cases are looked at, "https://..." (for the label); or NULL */
    const char *version; /* of the program */
    enum nw_lang lang;
};

struct nw_forms; /* the templates, read only */
/* NULL text: the shipped ones. NW_ERR_DATA names the document. */
NW_MUST_CHECK struct nw_forms *nw_forms_open(const char *text, size_t len, struct nw_err *err);
void nw_forms_close(struct nw_forms *forms);
size_t nw_forms_count(const struct nw_forms *forms);
/* Borrowed: "order"; the paper's title. */
const char *nw_forms_name(const struct nw_forms *forms, size_t at);
const char *nw_forms_title(const struct nw_forms *forms, size_t at, enum nw_lang lang);
/* Does this case have such a paper? (its product type needs it, or there is something on it) */
bool nw_forms_applies(const struct nw_forms *forms, size_t at, const struct nw_papers *papers);
/* How far it is: nothing to be on it; nothing on it yet; something missing or void; all that
 * the case asks for now is on it and stands. */
enum nw_paper_state { NW_PAPER_NONE, NW_PAPER_MISSING, NW_PAPER_PART, NW_PAPER_READY };
enum nw_paper_state nw_forms_state(const struct nw_forms *forms, size_t at,
                                   const struct nw_papers *papers);
/* Appends the PDF's bytes. NW_ERR_DATA when the records are no case's, NW_ERR_MEMORY. About
 * 50 ms a paper. */
NW_MUST_CHECK bool nw_forms_write(const struct nw_forms *forms, size_t at,
                                  const struct nw_papers *papers, struct nw_text *out,
                                  struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
