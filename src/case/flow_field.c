/* case/flow_field.c -- see flow_priv.h: fields, references and conditions of the table. */
#include <string.h>

#include "case/flow_priv.h"

enum { TEXT_LETTERS = 400, PROSE_LETTERS = 20000, LIST_ROWS = 500, MAX_FIELDS = 200 };

bool nw_flow_take_ref(struct nw_flow *flow, const json_t *text, struct nw_ref *out,
                      struct nw_err *err)
{
    const char *all = json_string_value(text);
    *out = (struct nw_ref){.item = NW_REF_NONE};
    if (!text)
        return true;
    const char *colon = all ? strchr(all, ':') : NULL;
    if (!colon || !colon[1])
        return nw_fail(err, NW_ERR_DATA, "\"%.60s\" is not of the form \"record:field\"",
                       all ? all : "");
    const char *name = nw_arena_textn(&flow->arena, all, (size_t)(colon - all), err);
    if (!name)
        return false;
    out->field = colon + 1;
    if (strcmp(name, "form") == 0)
        out->item = NW_REF_FORM;
    else if (strcmp(name, "actor") == 0)
        out->item = NW_REF_ACTOR;
    else
        out->item = nw_flow_item(flow, name);
    return out->item != NW_REF_NONE ||
           nw_fail(err, NW_ERR_DATA, "\"%.60s\" is made by no act", name);
}

static bool take_cond(struct nw_flow *flow, const json_t *from, struct nw_cond *out,
                      struct nw_err *err)
{
    *out = (struct nw_cond){.of = {.item = NW_REF_NONE}};
    const char *late = json_string_value(json_object_get(from, "late"));
    if (late) {
        out->kind = NW_COND_LATE;
        out->stage = nw_flow_stage(flow, late);
        return out->stage >= 0 || nw_fail(err, NW_ERR_DATA, "\"%.60s\" is not a stage", late);
    }
    if (json_object_get(from, "again")) {
        out->kind = NW_COND_AGAIN;
        return true;
    }
    const char *act = json_string_value(json_object_get(from, "by_act"));
    if (act) {
        out->kind = NW_COND_ACT;
        out->act = nw_flow_act(flow, act);
        return out->act >= 0 || nw_fail(err, NW_ERR_DATA, "\"%.60s\" is not an act", act);
    }
    out->value = json_object_get(from, "is");
    if (!out->value) {
        out->kind = NW_COND_NOT;
        out->value = json_object_get(from, "is_not");
    }
    if (!out->value || !json_object_get(from, "of"))
        return nw_fail(
            err, NW_ERR_DATA,
            "a condition is {\"of\", \"is\" or \"is_not\"}, {\"by_act\"}, {\"late\"} "
            "or {\"again\"}");
    return nw_flow_take_ref(flow, json_object_get(from, "of"), &out->of, err);
}

bool nw_flow_take_conds(struct nw_flow *flow, const json_t *list, struct nw_conds *out,
                        struct nw_err *err)
{
    const size_t count = json_array_size(list);
    *out = (struct nw_conds){0};
    if (count == 0)
        return true;
    out->at = nw_arena_alloc(&flow->arena, count * sizeof *out->at, err);
    bool ok = out->at != NULL;
    for (size_t i = 0; ok && i < count; i++)
        ok = take_cond(flow, json_array_get(list, i), &out->at[i], err);
    out->count = ok ? count : 0;
    return ok;
}

bool nw_flow_take_types(const struct nw_flow *flow, const json_t *list, uint32_t *out,
                        struct nw_err *err)
{
    *out = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        const int at = nw_flow_type(flow, name);
        if (at < 0)
            return nw_fail(err, NW_ERR_DATA, "\"%.60s\" is not a product type",
                           name ? name : "");
        *out |= 1u << at;
    }
    return true;
}

static bool take_kind(const char *word, enum nw_kind *out, struct nw_err *err)
{
    static const char *const name[] = {
        [NW_KIND_TEXT] = "text",     [NW_KIND_PROSE] = "prose", [NW_KIND_NUMBER] = "number",
        [NW_KIND_WHOLE] = "whole",   [NW_KIND_BOOL] = "bool",   [NW_KIND_DATE] = "date",
        [NW_KIND_CHOICE] = "choice", [NW_KIND_LIST] = "list",   [NW_KIND_DIGEST] = "digest",
        [NW_KIND_FILE] = "file",     [NW_KIND_ENTRY] = "entry",
    };
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        if (strcmp(name[i], word) == 0) {
            *out = (enum nw_kind)i;
            return true;
        }
    return nw_fail(err, NW_ERR_DATA, "\"%.60s\" is not a kind of field", word);
}

/* Choices stand with the field, or under their name in the vocabulary. */
static bool take_choices(const struct nw_flow *flow, struct nw_field *field, struct nw_err *err)
{
    const json_t *from = json_object_get(field->json, "choices");
    const char *name = json_string_value(from);
    if (name)
        from = json_object_get(json_object_get(flow->table, "words"), name);
    field->choices = from;
    bool ok = json_array_size(from) > 0;
    for (size_t i = 0; ok && i < json_array_size(from); i++) {
        const json_t *one = json_array_get(from, i);
        ok = *nw_member_text(one, "value") && *nw_member_text(one, "zh") &&
             *nw_member_text(one, "en");
    }
    return ok || nw_fail(err, NW_ERR_DATA, "its choices need \"value\", \"zh\" and \"en\"");
}

static bool is_empty(const json_t *list)
{
    return json_array_size(list) == 0;
}

static bool take_limits(const struct nw_flow *flow, struct nw_field *field, struct nw_err *err)
{
    const json_t *min = json_object_get(field->json, "min");
    const json_t *max = json_object_get(field->json, "max");
    const json_t *most = json_object_get(field->json, "most");
    field->has_min = min != NULL;
    field->has_max = max != NULL;
    field->min = json_number_value(min);
    field->max = json_number_value(max);
    field->most = field->kind == NW_KIND_PROSE  ? PROSE_LETTERS
                  : field->kind == NW_KIND_LIST ? LIST_ROWS
                                                : TEXT_LETTERS;
    if (json_is_integer(most) && json_integer_value(most) > 0)
        field->most = (size_t)json_integer_value(most);
    field->optional = json_is_true(json_object_get(field->json, "optional"));
    field->not_past = json_is_true(json_object_get(field->json, "not_past"));
    field->not_future = json_is_true(json_object_get(field->json, "not_future"));
    field->good = json_object_get(field->json, "good");
    if (field->good && is_empty(field->good))
        return nw_fail(err, NW_ERR_DATA, "\"good\" is a list of values");
    const char *opened = json_string_value(json_object_get(field->json, "issue"));
    field->issue = nw_flow_issue(flow, opened);
    const char *made = json_string_value(json_object_get(field->json, "entry_of"));
    field->item = nw_flow_item(flow, made);
    if ((opened && field->issue < 0) || (made && field->item < 0))
        return nw_fail(err, NW_ERR_DATA, "it refers to entries of no known kind");
    return nw_flow_take_types(flow, json_object_get(field->json, "types"), &field->types, err);
}

static bool take_field(struct nw_flow *flow, const json_t *from, struct nw_field *field,
                       struct nw_err *err)
{
    *field = (struct nw_field){.json = from,
                               .name = nw_member_text(from, "name"),
                               .zh = nw_member_text(from, "zh"),
                               .en = nw_member_text(from, "en")};
    if (!*field->name || !*field->zh || !*field->en)
        return nw_fail(err, NW_ERR_DATA, "it has no name, or no label in both languages");
    return take_kind(nw_member_text(from, "kind"), &field->kind, err) &&
           take_limits(flow, field, err) &&
           (field->kind != NW_KIND_CHOICE || take_choices(flow, field, err)) &&
           nw_flow_take_ref(flow, json_object_get(from, "equals"), &field->equals, err) &&
           nw_flow_take_ref(flow, json_object_get(from, "preset"), &field->preset, err) &&
           nw_flow_take_conds(flow, json_object_get(from, "required_when"),
                              &field->required_when, err);
}

/* Of rows: one level below, no deeper. */
static bool take_rows(struct nw_flow *flow, struct nw_field *field, struct nw_err *err)
{
    const json_t *list = json_object_get(field->json, "of");
    field->sub_count = json_array_size(list);
    if (field->sub_count == 0 || field->sub_count > MAX_FIELDS)
        return nw_fail(err, NW_ERR_DATA, "its rows have no fields");
    field->sub = nw_arena_alloc(&flow->arena, field->sub_count * sizeof *field->sub, err);
    bool ok = field->sub != NULL;
    for (size_t i = 0; ok && i < field->sub_count; i++) {
        ok = take_field(flow, json_array_get(list, i), &field->sub[i], err);
        if (ok && field->sub[i].kind == NW_KIND_LIST)
            return nw_fail(err, NW_ERR_DATA, "rows within rows are not known");
    }
    return ok;
}

bool nw_flow_take_fields(struct nw_flow *flow, const json_t *list, struct nw_field **out,
                         size_t *count, struct nw_err *err)
{
    *count = 0;
    const size_t all = json_array_size(list);
    if (all > MAX_FIELDS)
        return nw_fail(err, NW_ERR_DATA, "a form has at most %d fields", MAX_FIELDS);
    *out = nw_arena_alloc(&flow->arena, (all + 1) * sizeof **out, err);
    if (!*out)
        return false;
    for (size_t i = 0; i < all; i++) {
        struct nw_field *field = &(*out)[i];
        if (!take_field(flow, json_array_get(list, i), field, err) ||
            (field->kind == NW_KIND_LIST && !take_rows(flow, field, err)))
            return nw_fail_at(err, "field \"%.60s\"", field->name);
    }
    *count = all;
    return true;
}
