/*
 * case/flow.h -- what may be done in a case, when and by whom: the process of T/CAMDI 029 as a
 * table (process.json), and the one judge of it.
 *
 * A case is the sequence of its entries. An entry is one act of the table: who did it, in which
 * role, when, the form that was filled in, the facts that were looked up for it, and a
 * signature where the act is one. The state of a case is what its entries make of it and
 * nothing else: the server, which asks before it writes, and `nuwa verify`, which plays the
 * entries of a dossier again ten years later, judge by this code.
 *
 * An entry as JSON (canonical: keys sorted, no spaces, UTF-8, whole numbers and short reals):
 *   {"case": "...", "number": 7, "act": "order.submit", "time": "2026-03-01T08:30:00.000000Z",
 *    "actor": {"id": "...", "name": "...", "role": "physician", "rank": 3, "organisation":
 * "...", "licence_until": "2027-01-01", ...},     what was on record of the person then "form":
 * {...}, "facts": {...},                     facts: machine, material, lot, code ... as
 *    "signature": {...} or absent, "before": "<hex>"}   they stood; before: the entry before it
 * The first entry names the version of the table that the whole case is judged by: "table",
 * its digest; one that does not is judged by any.
 *
 * Acts make records ("order" in version 3), sign them, or note something. A record and a
 * signature rest on the versions of what the act needed; when one of those gets a new version
 * they are stale, and whatever rests on them, and must be made again: changes re-open what
 * depends on them. Nothing is ever overwritten.
 *
 * No clock, no database, no files here: everything is in the entry. Memory and time grow with
 * the number of entries (some hundred a case).
 */
#ifndef NW_CASE_FLOW_H
#define NW_CASE_FLOW_H

#include <jansson.h>

#include "core/err.h"
#include "core/hash.h"

struct nw_flow; /* the table, read only: may be shared by threads */
/* NULL text: the shipped one. NW_ERR_DATA names the place in a site's own. */
NW_MUST_CHECK struct nw_flow *nw_flow_open(const char *text, size_t len, struct nw_err *err);
void nw_flow_close(struct nw_flow *flow);
/* Borrowed: the whole table (roles, product types, stages, acts with fields, vocabulary). */
const json_t *nw_flow_table(const struct nw_flow *flow);
/* SHA-256 of the table's canonical text, in hex: its version. */
const char *nw_flow_digest(const struct nw_flow *flow);
/* Role × act × stage: may this role ever do this act while the case is in this stage? */
bool nw_flow_allows(const struct nw_flow *flow, const char *role, const char *act,
                    const char *stage);

struct nw_case; /* the state, one thread at a time */
NW_MUST_CHECK struct nw_case *nw_case_new(const struct nw_flow *flow, struct nw_err *err);
void nw_case_free(struct nw_case *state);
/* The table it is judged by. */
const struct nw_flow *nw_case_flow(const struct nw_case *state);

/* Judges an entry and, when it may stand, applies it (and keeps a reference to it: it must not
 * be changed any more); else the state stays as it was and NW_ERR_DENIED (not this role, not of
 * this team, lapsed licence, same person), NW_ERR_STATE (something must come first: says what),
 * NW_ERR_DATA (the form: says which member and what would be right), NW_ERR_CONFLICT (a
 * signature over what is no longer the newest), NW_ERR_NOTFOUND (no such act). The signature's
 * bytes are not checked here (case/sign.h), its statement is. */
NW_MUST_CHECK bool nw_case_apply(struct nw_case *state, const json_t *entry,
                                 struct nw_err *err);

/* New JSON for people and programs, labels in both languages ("zh", "en"); NULL: no memory.
 * `time` is the question's: lateness and validity depend on it. */
/* Stages in order, each with its acts: done by whom and when, stale, missing; records with
 * their versions; open overrides; due times; what keeps the device from use. */
json_t *nw_case_view(const struct nw_case *state, const char *time);
/* Members to search, sort and count by: "type", "implant", "stage", "due" (of the stage, or of
 * the next visit), "late", "title", "site", "side", "device", "department", "patient",
 * "hospital", "maker", "closed", "blocked", "keep_until" (a date, "forever", or null before
 * release), "waits_for" (roles); for recalls "device_code", "di", "serial", "lot", "machine",
 * "material", "material_lot", "process", "software" (["name version"]), "persons" (ids); for
 * statistics "opened", "released", "used" (dates or null), "done" ({stage: date}), "changes",
 * "rework", "scrap", "visits", "harm" (the worst of the visits), "effect" (the last),
 * "open_issues" (kinds). */
json_t *nw_case_summary(const struct nw_case *state, const char *time);
/* The same for lists that all read who see the case: without what comes from visits that are
 * kept from some of them. */
json_t *nw_case_listed(const struct nw_case *state, const char *time);
/* What is counted of a case, all by its entries: "opened", "ended" (dates, or null),
 * "cancelled", "reopened" (steps that a change made void), "again" (records made anew),
 * "scrap", "rework", "changes", "stops", "recalls", "overrides", "adverse", "adverse_harm" (the
 * worst), "adverse_late" (reported after its day), "report_due" (of what is still to be
 * reported), "visits", "visits_wanted", "operation_min", "blood_ml", "fluoroscopies",
 * "recovery_score" (numbers or null), "since" (of the stage that runs, seconds since 1970) and
 * "stays": {stage:
 * {"seconds", "over", "late"}}. "over": the case went on from there, and has not come back. */
json_t *nw_case_figures(const struct nw_case *state);
/* What this actor may do now: {"acts": [{"act", "zh", "en", "fields", "preset" (values from
 * what is on record), "facts_wanted" (what the server is to look up), "signed" (a signature is
 * asked), "again", "due_now"}...], "blocked": [{"act", "zh", "en", "code", "reason"}...]}.
 * "fields" and "facts_wanted" are the table's own: not to be changed. */
json_t *nw_case_may(const struct nw_case *state, const json_t *actor, const char *time);
/* What was looked up for an act (`facts`, as its entry will hold them), as far as no form is
 * needed to judge it: so that a person learns before he fills it in what keeps it back. */
NW_MUST_CHECK bool nw_case_facts_hold(const struct nw_case *state, const char *act,
                                      const json_t *actor, const char *time,
                                      const json_t *facts, struct nw_err *err);
/* Whether "acts" of that has anything in it, which costs much less. */
bool nw_case_waits_for(const struct nw_case *state, const json_t *actor, const char *time);
/* What a signature of this act would cover: {"case", "act", "role", "person", "meaning_zh",
 * "meaning_en", "version" (of what it makes: of two who sign at once, the second has seen what
 * is no longer so), "records": [{"name", "version", "sha256"}...]}. Canonical bytes of it with
 * the "time" added, and "form_sha256" (the digest of the canonical form) when the act has a
 * form that is not empty, are what is signed; an entry carries it under "signature":
 * {"statement":
 * {...}, and what case/sign.h adds}. NULL with *err when the act may not be done. */
NW_MUST_CHECK json_t *nw_case_statement(const struct nw_case *state, const char *act,
                                        const json_t *actor, const char *time,
                                        struct nw_err *err);
/* The same for an entry that lacks only its signature, with the time and the form's digest:
 * what is signed, to the letter. */
NW_MUST_CHECK json_t *nw_case_statement_of(const struct nw_case *state, const json_t *entry,
                                           struct nw_err *err);
/* The number and "before" that the next entry must have (zeros before the first). */
void nw_case_next(const struct nw_case *state, int64_t *number, char before[NW_DIGEST_TEXT]);
/* The requirement list of 029 clause by clause: {"clauses": [{"clause", "zh", "en", "row",
 * "result": "present"/"missing"/"invalid"/"not needed", "entries": [numbers]}...], "total":
 * {"present", "missing", "invalid", "not_needed", "complete"}}. */
json_t *nw_case_checklist(const struct nw_case *state, const char *time);
/* What rests on what: {"links": [{"entry", "act", "zh", "en", "clause", "stage", "time",
 * "name", "role", "sha256" (of what it states), "state":
 * "valid"/"stale"/"void"/"negative"/"event", "rests_on", "carries" (numbers of older and of
 * newer entries; each edge stands at both its ends), "overridden" (true where something was
 * passed over)}...] in the order of entries, "missing": [{"name", "zh", "en", "stage",
 * "state"}...] of what the stages behind the case ask for and what does not stand, "whole":
 * none is missing}. NULL: no memory. */
json_t *nw_case_trace(const struct nw_case *state);
/* Adds to that "entry", "back" and "forth": all that this entry rests on, and all that rests on
 * it, by however many steps. NW_ERR_NOTFOUND. */
NW_MUST_CHECK bool nw_case_trace_from(json_t *trace, int64_t entry, struct nw_err *err);
/* A record's content as last stated, or of a version (0: newest); borrowed, NULL when none. */
const json_t *nw_case_record(const struct nw_case *state, const char *name, int version);
/* May this person see the case? Who is of its team, or opened it, in the role of `actor`:
 * whoever has lost that role is outside of the team; and audit and authority roles. */
bool nw_case_sees(const struct nw_case *state, const json_t *actor);

/* The role in which it was opened; borrowed, "" before. */
const char *nw_case_opened_as(const struct nw_case *state);

/* And this entry of it? What of a follow-up visit is the hospital's own, the maker's people see
 * only when they are invited. */
bool nw_case_shows(const struct nw_case *state, int64_t number, const json_t *actor);
/* Is it one that some of those who see the case are not shown? */
bool nw_case_hides(const struct nw_case *state, int64_t number);

/* Canonical text of any JSON value (new, by NW_ALLOC; free with nw_free), and its digest. */
NW_MUST_CHECK char *nw_canonical(const json_t *value, size_t *len, struct nw_err *err);
NW_MUST_CHECK bool nw_canonical_digest(const json_t *value, nw_digest *out, struct nw_err *err);

#endif
