/*
 * report/forms_priv.h -- what the papers of a case ask of its records.
 */
#ifndef NW_REPORT_FORMS_PRIV_H
#define NW_REPORT_FORMS_PRIV_H

#include "report/forms.h"
#include "report/page_priv.h"

/* "" when there is no such member or it is no text. */
const char *nw_papers_text(const json_t *object, const char *key);
/* An object's label in the papers' language, from its members "zh" and "en". */
const char *nw_papers_label(const struct nw_papers *papers, const json_t *object);
#define NW_PAPERS_SAY(papers, zh, en) ((papers)->lang == NW_LANG_ZH ? (zh) : (en))

const json_t *nw_papers_act(const struct nw_papers *papers, const char *name); /* or NULL */
/* The newest entry of an act, or NULL; its form. */
const json_t *nw_papers_newest(const struct nw_papers *papers, const char *act);
const json_t *nw_papers_form(const struct nw_papers *papers, const char *act);
/* The view's word on the record that an entry made, or NULL: {"version", "state", "sha256"}. */
const json_t *nw_papers_record(const struct nw_papers *papers, const json_t *entry);
/* The same of an item that may have no record: {"state", "required", "count"}, or NULL. */
const json_t *nw_papers_item(const struct nw_papers *papers, const char *name);
/* The case as people call it. */
const char *nw_papers_case(const struct nw_papers *papers);

/* One field of the table with its value, as a person reads it; borrowed from the page. */
const char *nw_papers_value(const struct nw_papers *papers, struct nw_page *page,
                            const json_t *field, const json_t *value);
/* The label of one of a field's choices; "" when it is none. */
const char *nw_papers_choice(const struct nw_papers *papers, const json_t *field,
                             const char *value);
/* A field of an act by its name, or NULL. */
const json_t *nw_papers_field(const json_t *act, const char *name);
/* The fields of one record as boxes and tables. `section` says which, and may join lists. */
void nw_papers_show(const struct nw_papers *papers, struct nw_page *page, const json_t *act,
                    const json_t *form, const json_t *section);

/* A paper as it is being written. */
struct nw_paper_writer {
    const struct nw_papers *papers;
    struct nw_page *page;
    const json_t *template;
};
/* Words for people, borrowed from the page or static: of a record's state (and its tone), of an
 * entry's time, of an actor's role. */
const char *nw_paper_state_word(const struct nw_paper_writer *w, const char *state,
                                enum nw_tone *tone);
const char *nw_paper_time(const struct nw_paper_writer *w, const json_t *entry);
const char *nw_paper_role(const struct nw_paper_writer *w, const json_t *actor);
/* Papers that are lists: see forms_lists.c. */
void nw_paper_checklist(const struct nw_paper_writer *w);
void nw_paper_trace(const struct nw_paper_writer *w);

/* A label on a small page of its own. */
NW_MUST_CHECK bool nw_label_pdf(const struct nw_papers *papers, struct nw_text *out,
                                struct nw_err *err);

#endif
