/*
 * case/flow_priv.h -- the process table as the judge uses it: process/ (JSON) with every name
 * turned into an index once, when the table is opened, and the state of a case over it.
 */
#ifndef NW_CASE_FLOW_PRIV_H
#define NW_CASE_FLOW_PRIV_H

#include <stdint.h>

#include "case/flow.h"
#include "core/mem.h"

enum nw_kind {
    NW_KIND_TEXT,
    NW_KIND_PROSE,
    NW_KIND_NUMBER,
    NW_KIND_WHOLE,
    NW_KIND_BOOL,
    NW_KIND_DATE,
    NW_KIND_CHOICE,
    NW_KIND_LIST,
    NW_KIND_DIGEST,
    NW_KIND_FILE,
    NW_KIND_ENTRY
};

/* "item:field" of an item's newest version; "form:field" and "actor:field" of the entry. */
enum { NW_REF_NONE = -1, NW_REF_FORM = -2, NW_REF_ACTOR = -3 };
struct nw_ref {
    int item;
    const char *field;
};

enum nw_cond_kind { NW_COND_IS, NW_COND_NOT, NW_COND_ACT, NW_COND_LATE, NW_COND_AGAIN };
struct nw_cond {
    enum nw_cond_kind kind;
    struct nw_ref of;    /* IS, NOT: this value; ACT: of.item was made by `act` */
    const json_t *value; /* borrowed from the table */
    int act, stage;
};
struct nw_conds {
    struct nw_cond *at;
    size_t count;
};

struct nw_indices {
    int *at;
    size_t count;
};

struct nw_field {
    const char *name, *zh, *en;
    enum nw_kind kind;
    bool optional, not_past, not_future, has_min, has_max;
    double min, max;
    size_t most;           /* letters of a text, rows of a list */
    const json_t *choices; /* array of {"value", "zh", "en"} */
    const json_t *good;    /* values with which what is made may be relied on; NULL: any */
    struct nw_ref equals, preset;
    struct nw_conds required_when;
    uint32_t types; /* required for these product types only; 0: for all */
    int issue;      /* ENTRY: number of the entry that opened one of these */
    int item;       /* ENTRY: number of an entry that made this */
    struct nw_field *sub;
    size_t sub_count;
    const json_t *json;
};

enum nw_fact_rule_kind {
    NW_FACT_UNTIL,
    NW_FACT_IS,
    NW_FACT_SAME,
    NW_FACT_HAS,
    NW_FACT_SKILL,
    NW_FACT_SETTLED
};
struct nw_fact_rule {
    enum nw_fact_rule_kind kind;
    const char *field;
    const json_t *value; /* IS */
    struct nw_ref of;    /* SAME, HAS, SKILL */
    int item;            /* SETTLED: by which record */
    uint32_t types;
    const char *zh, *en;
};
struct nw_fact {
    const char *name, *zh, *en;
    struct nw_ref about; /* what is looked up; of a list: each row's member */
    const char *row;     /* NULL, or the member of each row of the list `about` */
    struct nw_fact_rule *rule;
    size_t rule_count;
    uint32_t types;
    bool given; /* whether it is always wanted, or only when `about` was filled in */
};

struct nw_act {
    const char *name, *zh, *en;
    uint32_t roles, types;
    int stage, from, until, item;
    bool many, optional, event, ends, once, sign, no_proof, overridable;
    struct nw_conds when;
    struct nw_indices need, signs, not_person, voids, checks;
    int same_person, rank_above; /* items; -1: none */
    struct nw_field *field;
    size_t field_count;
    struct nw_fact *fact;
    size_t fact_count;
    int opens, opens_bad, closes, confirms; /* kinds of issue; -1: none */
    struct nw_cond *void_when;              /* per item of voids */
    const json_t *json;
};

struct nw_proof {
    const char *date, *skill; /* one of them */
    const char *zh, *en;
};
struct nw_role {
    const char *name, *zh, *en;
    bool outside_team, sees_all;
    struct nw_proof *proof;
    size_t proof_count;
};
struct nw_type {
    const char *name, *zh, *en;
    uint32_t team; /* roles that must be on it */
    double keep_years;
    int visits, months;
    bool custom;
};
struct nw_stage {
    const char *name, *zh, *en, *clause;
    int days; /* from the opening, when nothing was agreed */
};
struct nw_issue_kind {
    const char *name, *zh, *en;
    int blocks_from;          /* stage; -1: none */
    struct nw_indices blocks; /* acts */
};
struct nw_lock {
    int after; /* item: once it was there */
    struct nw_indices items;
};
struct nw_item_kind {
    const char *name, *zh, *en; /* of the first act that makes it */
    int stage;
    bool many, overridable;
    struct nw_indices makers; /* acts */
};

struct nw_flow {
    struct nw_arena arena;
    json_t *table;
    char digest[NW_DIGEST_TEXT]; /* of the table */
    struct nw_role *role;
    struct nw_type *type;
    struct nw_stage *stage;
    struct nw_issue_kind *issue;
    struct nw_lock *lock;
    struct nw_item_kind *item;
    struct nw_act *act;
    size_t role_count, type_count, stage_count, issue_count, lock_count, item_count, act_count;
    size_t most_needs;              /* of any act */
    json_t *act_index, *item_index; /* name -> number */
    int open_act, open_item, order_item, images_item, plan_item, team_item, use_stage, use_item,
        follow_stage, end_stage, accept_stage, override_issue, change_issue, release_item,
        delivered_item, follow_plan_item, visit_item;
};

int nw_flow_role(const struct nw_flow *flow, const char *name); /* -1: none */
int nw_flow_type(const struct nw_flow *flow, const char *name);
int nw_flow_stage(const struct nw_flow *flow, const char *name);
int nw_flow_issue(const struct nw_flow *flow, const char *name);
int nw_flow_act(const struct nw_flow *flow, const char *name);
int nw_flow_item(const struct nw_flow *flow, const char *name);
bool nw_act_in_stage(const struct nw_act *act, int stage);
/* flow_act.c: one act of the table; items and acts are already named. */
NW_MUST_CHECK bool nw_flow_take_act(struct nw_flow *flow, struct nw_act *act,
                                    struct nw_err *err);
NW_MUST_CHECK bool nw_flow_take_indices(struct nw_flow *flow, const json_t *list,
                                        int (*find)(const struct nw_flow *, const char *),
                                        struct nw_indices *out, struct nw_err *err);
/* flow_field.c */
NW_MUST_CHECK bool nw_flow_take_fields(struct nw_flow *flow, const json_t *list,
                                       struct nw_field **out, size_t *count,
                                       struct nw_err *err);
NW_MUST_CHECK bool nw_flow_take_ref(struct nw_flow *flow, const json_t *text,
                                    struct nw_ref *out, struct nw_err *err);
NW_MUST_CHECK bool nw_flow_take_conds(struct nw_flow *flow, const json_t *list,
                                      struct nw_conds *out, struct nw_err *err);
NW_MUST_CHECK bool nw_flow_take_types(const struct nw_flow *flow, const json_t *list,
                                      uint32_t *out, struct nw_err *err);
/* text member, "" when there is none */
const char *nw_member_text(const json_t *object, const char *key);

/* ---- the state ---- */

struct nw_rest {
    size_t version; /* index; SIZE_MAX: an override stood for it */
};
struct nw_rests {
    size_t first, count; /* in the case's list */
};
struct nw_version {
    int item, number, act;
    const json_t *entry; /* referenced */
    size_t entry_number;
    bool good, voided, valid;
    struct nw_rests rests;
    nw_digest sha256; /* of the form */
};
struct nw_item_state {
    size_t newest; /* index + 1; 0: none */
    int versions, valid;
    bool ever_good, overridden;
    bool stood; /* before the change that is being settled */
};
struct nw_issue {
    int kind;
    size_t entry_number, closed_by;
    bool open, confirmed;
    const json_t *entry;
    int overrides; /* item that counts as there while `rests` hold; -1: none */
    struct nw_rests rests;
};

/* How long the case was in a stage. */
struct nw_stay {
    int64_t seconds; /* of the stays that are over */
    int64_t since;   /* when the last one began: seconds since 1970 */
    int times;
    bool late; /* it was left after its day */
};

struct nw_case {
    const struct nw_flow *flow;
    json_t *entries; /* references to them, in order */
    struct nw_version *version;
    struct nw_rest *rest;
    struct nw_issue *issue;
    size_t version_count, version_room, rest_count, rest_room, issue_count, issue_room;
    struct nw_item_state *item; /* [flow->item_count] */
    struct nw_stay *stay;       /* [flow->stage_count] */
    int type, stage;
    int reopened;       /* steps that stood and stood no more */
    int cancelled_from; /* the stage in which the case was given up; -1: it was not */
    bool closed;
    nw_digest last; /* of the last entry */
};

/* An entry taken apart; borrows it. */
struct nw_entry {
    const json_t *json, *form, *facts, *actor;
    const char *time, *person, *act_name;
    const struct nw_act *act;
    int role;
    nw_digest form_sha256; /* set before the statement is looked at */
};

bool nw_item_valid(const struct nw_case *state, int item);
bool nw_act_applies(const struct nw_case *state, const struct nw_act *act);
bool nw_item_applies(const struct nw_case *state, int item);
bool nw_item_required(const struct nw_case *state, int item);
/* First required item of the stage that is not valid; -1: none. */
int nw_stage_missing(const struct nw_case *state, int stage);
const struct nw_version *nw_item_newest(const struct nw_case *state, int item); /* or NULL */
const json_t *nw_item_form(const struct nw_case *state, int item);              /* or NULL */
const json_t *nw_ref_value(const struct nw_case *state, struct nw_ref ref,
                           const struct nw_entry *entry);
bool nw_cond_holds(const struct nw_case *state, const struct nw_cond *cond,
                   const struct nw_entry *entry);
bool nw_conds_hold(const struct nw_case *state, const struct nw_conds *conds,
                   const struct nw_entry *entry);
const struct nw_issue *nw_issue_open(const struct nw_case *state, int kind);

/* rules.c: who, when, what first: all that is known before the form is filled in. */
/* One of {"what", "until"} is this skill and still valid on the day. */
bool nw_skill_valid(const json_t *skills, const char *what, int64_t today);
NW_MUST_CHECK bool nw_rules_check(const struct nw_case *state, const struct nw_entry *entry,
                                  struct nw_err *err);
/* facts.c */
NW_MUST_CHECK bool nw_facts_check(const struct nw_case *state, const struct nw_entry *entry,
                                  struct nw_err *err);
/* forms.c: *good: whether what is made may be relied on. */
NW_MUST_CHECK bool nw_form_check(const struct nw_case *state, const struct nw_entry *entry,
                                 bool *good, struct nw_err *err);
/* checks.c: rules over rows and dates that are no single field's. */
int nw_check_find(const struct nw_flow *flow, const char *name); /* -1: none */
NW_MUST_CHECK bool nw_check_run(const struct nw_case *state, const struct nw_entry *entry,
                                int check, bool *good, struct nw_err *err);
/* New array of {"name", "zh", "en", ...}: where two measured lists differ. */
json_t *nw_check_differences(const struct nw_case *state);

/* statement.c: of an entry whose act and actor are known. */
json_t *nw_statement_make(const struct nw_case *state, const struct nw_entry *entry);
NW_MUST_CHECK bool nw_statement_check(const struct nw_case *state, const struct nw_entry *entry,
                                      struct nw_err *err);

/* dates.c: days since 1970 of "YYYY-MM-DD..." (false: no date), and back. */
bool nw_date_parse(const char *text, int64_t *days);
void nw_date_format(int64_t days, char out[11]);
bool nw_time_is_entry(const char *text); /* "YYYY-MM-DDTHH:MM:SS.ffffffZ" */
/* When a stage is to be done; false: nothing was agreed and there is no rule. */
bool nw_stage_due(const struct nw_case *state, int stage, int64_t *days);
bool nw_anatomy_until(const struct nw_case *state, int64_t *days);
/* Late for the stage's due day, or (for acceptance) for what the images still show. */
bool nw_stage_late(const struct nw_case *state, int stage, const char *time);
enum nw_keep { NW_KEEP_UNRELEASED, NW_KEEP_FOREVER, NW_KEEP_UNTIL };
enum nw_keep nw_keep_until(const struct nw_case *state, int64_t *days);

/* "zh" and "en" of something, put into an object. */
bool nw_put_label(json_t *object, const char *zh, const char *en);
/* summary.c */
bool nw_put_date(json_t *object, const char *key, int64_t days);
bool nw_put_keep(const struct nw_case *state, json_t *object); /* "keep_until" */
/* Takes `value`; false when it is NULL or there is no memory. */
bool nw_put(json_t *object, const char *key, json_t *value);

#endif
