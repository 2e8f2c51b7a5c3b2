/* case/checks.c -- see flow_priv.h: rules over several rows, records or dates. */
#include <math.h>
#include <string.h>

#include "case/flow_priv.h"
#include "core/udi.h"

typedef bool check_fn(const struct nw_case *state, const struct nw_entry *entry, bool *good,
                      struct nw_err *err);

static const json_t *form_of(const struct nw_case *state, const char *item)
{
    const int at = nw_flow_item(state->flow, item);
    return at < 0 ? NULL : nw_item_form(state, at);
}

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static const json_t *row_named(const json_t *rows, const char *name)
{
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (strcmp(nw_member_text(json_array_get(rows, i), "name"), name) == 0)
            return json_array_get(rows, i);
    return NULL;
}

/* Rounding of decimal fractions must not decide. */
static bool within(double value, double limit)
{
    return value <= limit + 1e-9;
}

/* Each row's name once, and each name of `wanted` there. */
static bool check_names(const json_t *rows, const json_t *wanted, const char *list,
                        struct nw_err *err)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *name = nw_member_text(row, "name");
        if (row_named(rows, name) != row)
            return nw_fail(err, NW_ERR_DATA, "%s[%zu] has a name that stands there already",
                           list, i);
        if (wanted && !row_named(wanted, name))
            return nw_fail(err, NW_ERR_DATA, "%s[%zu] is not one of those the order asks for",
                           list, i);
    }
    for (size_t i = 0; i < json_array_size(wanted); i++)
        if (!row_named(rows, nw_member_text(json_array_get(wanted, i), "name")))
            return nw_fail(err, NW_ERR_DATA, "%s has no row for number %zu of the order's",
                           list, i + 1);
    return true;
}

static bool order_rows(const struct nw_case *state, const struct nw_entry *entry, bool *good,
                       struct nw_err *err)
{
    (void)state;
    (void)good;
    return check_names(json_object_get(entry->form, "key_dimensions"), NULL, "key_dimensions",
                       err) &&
           check_names(json_object_get(entry->form, "roughness"), NULL, "roughness", err);
}

/* 029 8.3.2.1: every key dimension of the order, within its smallest allowed difference. */
static bool dimensions(const struct nw_case *state, const struct nw_entry *entry, bool *good,
                       struct nw_err *err)
{
    const json_t *wanted = json_object_get(form_of(state, "order.write"), "key_dimensions");
    const json_t *rows = json_object_get(entry->form, "dimensions");
    if (!check_names(rows, wanted, "dimensions", err))
        return false;
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        const json_t *w = json_array_get(wanted, i);
        const json_t *row = row_named(rows, nw_member_text(w, "name"));
        const double tolerance = number(w, "tolerance_mm");
        if (number(row, "uncertainty_mm") > tolerance)
            return nw_fail(err, NW_ERR_DATA,
                           "dimensions[%zu]: the instrument's uncertainty must not be larger "
                           "than the allowed difference of %g mm",
                           i, tolerance);
        *good &= within(fabs(number(row, "measured_mm") - number(w, "nominal_mm")), tolerance);
    }
    return true;
}

static bool roughness(const struct nw_case *state, const struct nw_entry *entry, bool *good,
                      struct nw_err *err)
{
    const json_t *wanted = json_object_get(form_of(state, "order.write"), "roughness");
    const json_t *rows = json_object_get(entry->form, "roughness");
    if (!check_names(rows, wanted, "roughness", err))
        return false;
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        const json_t *w = json_array_get(wanted, i);
        const double ra = number(row_named(rows, nw_member_text(w, "name")), "measured_ra_um");
        const json_t *least = json_object_get(w, "min_ra_um");
        *good &= within(ra, number(w, "max_ra_um")) &&
                 (!least || within(number(w, "min_ra_um"), ra));
    }
    return true;
}

/* 029 5.3.5.3: the second person's values beside the first one's. */
static bool compare(const struct nw_case *state, const struct nw_entry *entry, bool *good,
                    struct nw_err *err)
{
    const json_t *wanted = json_object_get(form_of(state, "order.write"), "key_dimensions");
    const json_t *first = json_object_get(form_of(state, "verify.designer"), "dimensions");
    const json_t *rows = json_object_get(entry->form, "dimensions");
    if (!check_names(rows, wanted, "dimensions", err))
        return false;
    for (size_t i = 0; first && i < json_array_size(wanted); i++) {
        const json_t *w = json_array_get(wanted, i);
        const char *name = nw_member_text(w, "name");
        const double a = number(row_named(first, name), "value_mm");
        const double b = number(row_named(rows, name), "value_mm");
        const double tolerance = number(w, "tolerance_mm");
        *good &= within(fabs(b - number(w, "nominal_mm")), tolerance) &&
                 within(fabs(a - b), tolerance);
    }
    return true;
}

static bool own_dimensions(const struct nw_case *state, const struct nw_entry *entry,
                           bool *good, struct nw_err *err)
{
    const json_t *wanted = json_object_get(form_of(state, "order.write"), "key_dimensions");
    const json_t *rows = json_object_get(entry->form, "dimensions");
    if (!check_names(rows, wanted, "dimensions", err))
        return false;
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        const json_t *w = json_array_get(wanted, i);
        const double v = number(row_named(rows, nw_member_text(w, "name")), "value_mm");
        *good &= within(fabs(v - number(w, "nominal_mm")), number(w, "tolerance_mm"));
    }
    return true;
}

/* Roles the product type asks for, and nobody twice in the same role. */
static bool team(const struct nw_case *state, const struct nw_entry *entry, bool *good,
                 struct nw_err *err)
{
    (void)good;
    const struct nw_flow *flow = state->flow;
    const json_t *members = json_object_get(entry->form, "members");
    uint32_t have = 0;
    for (size_t i = 0; i < json_array_size(members); i++) {
        const json_t *a = json_array_get(members, i);
        const int role = nw_flow_role(flow, nw_member_text(a, "role"));
        if (role < 0)
            return nw_fail(err, NW_ERR_DATA, "members[%zu].role is not a role", i);
        have |= 1u << role;
        for (size_t k = 0; k < i; k++) {
            const json_t *b = json_array_get(members, k);
            if (json_equal(json_object_get(a, "person"), json_object_get(b, "person")) &&
                json_equal(json_object_get(a, "role"), json_object_get(b, "role")))
                return nw_fail(err, NW_ERR_DATA, "members[%zu] stands there twice", i);
        }
    }
    const uint32_t missing = state->type < 0 ? 0 : flow->type[state->type].team & ~have;
    for (size_t r = 0; r < flow->role_count; r++)
        if (missing >> r & 1)
            return nw_fail(err, NW_ERR_DATA, "members: a case of this kind needs the role %s",
                           nw_either(flow->role[r].zh, flow->role[r].en));
    return true;
}

/* 029 5.3.4: what was decided between physician and engineer is met by the design. */
static bool decisions(const struct nw_case *state, const struct nw_entry *entry, bool *good,
                      struct nw_err *err)
{
    (void)good;
    const int item = nw_flow_item(state->flow, "discuss.decide");
    const json_t *met = json_object_get(entry->form, "requirements");
    for (size_t i = 0; i < state->version_count; i++) {
        const struct nw_version *v = &state->version[i];
        bool found = v->item != item;
        for (size_t k = 0; !found && k < json_array_size(met); k++)
            found = json_integer_value(json_object_get(json_array_get(met, k), "entry")) ==
                    (json_int_t)v->entry_number;
        if (!found)
            return nw_fail(err, NW_ERR_DATA,
                           "requirements: the decision of entry %zu is not among those the "
                           "design meets",
                           v->entry_number);
    }
    return true;
}

/* 029 10.1.1: not less than the type's, nor than the like standard device's. */
static bool followup_plan(const struct nw_case *state, const struct nw_entry *entry, bool *good,
                          struct nw_err *err)
{
    (void)good;
    const struct nw_type *type = &state->flow->type[state->type];
    const double visits = number(entry->form, "visits"), months = number(entry->form, "months");
    const double least_visits = fmax(type->visits, number(entry->form, "standard_visits"));
    const double least_months = fmax(type->months, number(entry->form, "standard_months"));
    if (visits < least_visits)
        return nw_fail(err, NW_ERR_DATA, "visits: at least %g are wanted", least_visits);
    if (months < least_months)
        return nw_fail(err, NW_ERR_DATA, "months: at least %g are wanted", least_months);
    return true;
}

static bool followup_done(const struct nw_case *state, const struct nw_entry *entry, bool *good,
                          struct nw_err *err)
{
    (void)good;
    const struct nw_flow *flow = state->flow;
    const json_t *plan = form_of(state, "followup.plan");
    const int visit = nw_flow_item(flow, "followup.visit");
    if (!plan || visit < 0)
        return true;
    const int wanted = (int)number(plan, "visits");
    if (state->item[visit].valid < wanted)
        return nw_fail(err, NW_ERR_STATE, "%d of %d follow-up visits are recorded",
                       state->item[visit].valid, wanted);
    int64_t used, today;
    const struct nw_version *use = nw_item_newest(state, flow->use_item);
    if (!use || !nw_date_parse(nw_member_text(use->entry, "time"), &used) ||
        !nw_date_parse(entry->time, &today))
        return true;
    const double days = number(plan, "months") * 30;
    return (double)(today - used) >= days ||
           nw_fail(err, NW_ERR_STATE, "the follow-up lasts at least %g months",
                   number(plan, "months"));
}

/* 029 5.4.5 and 5.4.6. */
static bool retention(const struct nw_case *state, const struct nw_entry *entry, bool *good,
                      struct nw_err *err)
{
    (void)good;
    int64_t until = 0, today;
    char date[11];
    switch (nw_keep_until(state, &until)) {
    case NW_KEEP_FOREVER:
        return nw_fail(err, NW_ERR_STATE, "the records of an implant are kept for ever");
    case NW_KEEP_UNRELEASED:
        return true; /* closed before anything was released */
    case NW_KEEP_UNTIL:
        nw_date_format(until, date);
        return (nw_date_parse(entry->time, &today) && today > until) ||
               nw_fail(err, NW_ERR_STATE, "the records of this case are kept until %s", date);
    }
    NW_UNREACHABLE();
}

/* An override is for what the table says may be overridden, and is not there. */
static bool override(const struct nw_case *state, const struct nw_entry *entry, bool *good,
                     struct nw_err *err)
{
    (void)good;
    const int item = nw_flow_item(state->flow, nw_member_text(entry->form, "item"));
    if (item < 0 || !state->flow->item[item].overridable)
        return nw_fail(err, NW_ERR_DATA,
                       "item: this cannot be passed over, also not in an "
                       "emergency");
    if (state->flow->item[item].stage > state->stage)
        return nw_fail(err, NW_ERR_STATE, "item: it is not its turn yet");
    return !nw_item_valid(state, item) ||
           nw_fail(err, NW_ERR_STATE, "item: it is there, and needs no passing over");
}

/* A change ends when all it touched stands again. */
static bool change_done(const struct nw_case *state, const struct nw_entry *entry, bool *good,
                        struct nw_err *err)
{
    (void)good;
    const size_t number = (size_t)json_integer_value(json_object_get(entry->form, "about"));
    for (size_t i = 0; i < state->issue_count; i++)
        if (state->issue[i].entry_number == number && state->issue[i].open &&
            !state->issue[i].confirmed)
            return nw_fail(err, NW_ERR_STATE, "the attending physician has not confirmed it");
    for (size_t l = 0; l < state->flow->lock_count; l++) {
        const struct nw_lock *lock = &state->flow->lock[l];
        for (size_t i = 0; i < lock->items.count; i++) {
            const int item = lock->items.at[i];
            if (nw_item_newest(state, item) && nw_item_required(state, item) &&
                !nw_item_valid(state, item))
                return nw_fail(
                    err, NW_ERR_STATE, "\"%s\" must be done again first",
                    nw_either(state->flow->item[item].zh, state->flow->item[item].en));
        }
        if (state->item[lock->after].ever_good && nw_item_required(state, lock->after) &&
            !nw_item_valid(state, lock->after))
            return nw_fail(err, NW_ERR_STATE, "\"%s\" must be done again first",
                           nw_either(state->flow->item[lock->after].zh,
                                     state->flow->item[lock->after].en));
    }
    return true;
}

static bool same_part(const char *stated, const char *coded, const char *field,
                      struct nw_err *err)
{
    return !*coded || strcmp(stated, coded) == 0 ||
           nw_fail(err, NW_ERR_DATA, "%s: it is not the one in the device's code", field);
}

static bool take_part(char *out, size_t room, const char *text, const char *field,
                      struct nw_err *err)
{
    if (strlen(text) >= room)
        return nw_fail(err, NW_ERR_DATA, "%s: at most %zu letters fit into a UDI", field,
                       room - 1);
    memcpy(out, text, strlen(text) + 1);
    return true;
}

/* 029 7.1.3: a UDI can be formed of what is stated; and where the code is itself one, it says
 * the same. Codes of issuers whose rule is not published, and the site's own, are taken as they
 * are. */
static bool udi(const struct nw_case *state, const struct nw_entry *entry, bool *good,
                struct nw_err *err)
{
    (void)state;
    (void)good;
    struct nw_udi stated = {0}, coded = {0};
    struct nw_err plain = {0};
    char whole[NW_UDI_TEXT];
    const char *issuer = nw_member_text(entry->form, "issuer");
    const char *di = nw_member_text(entry->form, "di");
    if (strcmp(issuer, "gs1") != 0 && strcmp(issuer, "ma") != 0)
        return true;
    stated.issuer = strcmp(issuer, "gs1") == 0 ? NW_UDI_GS1 : NW_UDI_MA;
    if (!take_part(stated.di, sizeof stated.di, di, "di", err) ||
        !take_part(stated.serial, sizeof stated.serial, nw_member_text(entry->form, "serial"),
                   "serial", err) ||
        !take_part(stated.made, sizeof stated.made, nw_member_text(entry->form, "made"), "made",
                   err) ||
        !take_part(stated.expires, sizeof stated.expires,
                   nw_member_text(entry->form, "expires"), "expires", err))
        return false;
    if (*di && !nw_udi_format(&stated, NW_UDI_READABLE, whole, err))
        return nw_fail_at(err, "%s", "di");
    const char *code = nw_member_text(entry->form, "device_code");
    if (!nw_udi_parse(code, &coded, &plain)) {
        if (strncmp(code, "(01)", 4) != 0 && strncmp(code, "MA.", 3) != 0)
            return true; /* a code of the maker's own */
        *err = plain;
        return nw_fail_at(err, "%s", "device_code");
    }
    if (coded.issuer != stated.issuer)
        return nw_fail(err, NW_ERR_DATA, "issuer: it is not the one of the device's code");
    return same_part(stated.di, coded.di, "di", err) &&
           same_part(stated.serial, coded.serial, "serial", err) &&
           same_part(stated.made, coded.made, "made", err) &&
           same_part(stated.expires, coded.expires, "expires", err);
}

static const struct {
    const char *name;
    check_fn *run;
} check[] = {
    {"order_rows", order_rows},
    {"dimensions", dimensions},
    {"roughness", roughness},
    {"compare", compare},
    {"own_dimensions", own_dimensions},
    {"team", team},
    {"decisions", decisions},
    {"followup_plan", followup_plan},
    {"followup_done", followup_done},
    {"retention", retention},
    {"override", override},
    {"change_done", change_done},
    {"udi", udi},
};

int nw_check_find(const struct nw_flow *flow, const char *name)
{
    (void)flow;
    for (size_t i = 0; name && i < sizeof check / sizeof *check; i++)
        if (strcmp(check[i].name, name) == 0)
            return (int)i;
    return -1;
}

bool nw_check_run(const struct nw_case *state, const struct nw_entry *entry, int at, bool *good,
                  struct nw_err *err)
{
    return check[at].run(state, entry, good, err);
}

json_t *nw_check_differences(const struct nw_case *state)
{
    const json_t *order = json_object_get(form_of(state, "order.write"), "key_dimensions");
    const json_t *a = json_object_get(form_of(state, "verify.designer"), "dimensions");
    const json_t *b = json_object_get(form_of(state, "verify.reviewer"), "dimensions");
    json_t *out = json_array();
    bool ok = out != NULL;
    for (size_t i = 0; ok && a && b && i < json_array_size(order); i++) {
        const char *name = nw_member_text(json_array_get(order, i), "name");
        const double x = number(row_named(a, name), "value_mm");
        const double y = number(row_named(b, name), "value_mm");
        ok = json_array_append_new(out, json_pack("{s:s, s:f, s:f, s:f}", "name", name,
                                                  "designer_mm", x, "reviewer_mm", y,
                                                  "difference_mm", y - x)) == 0;
    }
    if (ok)
        return out;
    json_decref(out);
    return NULL;
}
