/* case/forms.c -- see flow_priv.h: a filled-in form against its fields. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "case/flow_priv.h"
#include "core/text.h"

/* Where in the form, for the sentence: "key_dimensions[3] tolerance_mm". */
struct place {
    const struct nw_field *field;
    const char *list; /* NULL outside of rows */
    size_t row;
};

/* Puts the place before what was said. Always false. */
static bool placed(const struct place *at, struct nw_err *err, bool failed)
{
    const char *label = nw_either(at->field->zh, at->field->en);
    assert(!failed);
    if (at->list)
        return nw_fail_at(err, "%s[%zu].%s (%s)", at->list, at->row, at->field->name, label);
    return nw_fail_at(err, "%s (%s)", at->field->name, label);
}

static bool wrong_range(struct nw_err *err, const struct place *at)
{
    const struct nw_field *f = at->field;
    char low[NW_NUMBER_MAX] = "-", high[NW_NUMBER_MAX] = "-";
    if (f->has_min)
        nw_number_format(low, f->min);
    if (f->has_max)
        nw_number_format(high, f->max);
    const char *unit = nw_member_text(f->json, "unit");
    return placed(at, err,
                  nw_fail(err, NW_ERR_DATA, "a number from %s to %s is wanted%s%s", low, high,
                          *unit ? ", in " : "", unit));
}

/* Letters of UTF-8 text. */
static size_t letters(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

static bool check_text(const json_t *value, const struct place *at, struct nw_err *err)
{
    const char *text = json_string_value(value);
    if (!text || strlen(text) != json_string_length(value))
        return placed(at, err, nw_fail(err, NW_ERR_DATA, "a text is wanted"));
    if (!text[strspn(text, " \t\r\n")])
        return placed(at, err, nw_fail(err, NW_ERR_DATA, "it must not be empty"));
    if (letters(text) <= at->field->most)
        return true;
    return placed(
        at, err,
        nw_fail(err, NW_ERR_DATA, "at most %zu letters are possible", at->field->most));
}

static bool check_number(const json_t *value, const struct place *at, struct nw_err *err)
{
    const struct nw_field *f = at->field;
    if (f->kind == NW_KIND_WHOLE ? !json_is_integer(value) : !json_is_number(value))
        return placed(at, err,
                      f->kind == NW_KIND_WHOLE
                          ? nw_fail(err, NW_ERR_DATA, "a whole number is wanted")
                          : nw_fail(err, NW_ERR_DATA, "a number is wanted"));
    const double x = json_number_value(value);
    if (!isfinite(x) || (f->has_min && x < f->min) || (f->has_max && x > f->max))
        return wrong_range(err, at);
    return true;
}

static bool check_date(const json_t *value, const struct place *at,
                       const struct nw_entry *entry, struct nw_err *err)
{
    const char *text = json_string_value(value);
    int64_t day, today;
    if (!text || strlen(text) != 10 || !nw_date_parse(text, &day))
        return placed(at, err,
                      nw_fail(err, NW_ERR_DATA, "a date such as 2026-03-01 is wanted"));
    if (!nw_date_parse(entry->time, &today))
        return true;
    if (at->field->not_past && day < today)
        return placed(at, err, nw_fail(err, NW_ERR_DATA, "the date must not lie in the past"));
    if (at->field->not_future && day > today + 1) /* a day ahead of UTC in the east */
        return placed(at, err,
                      nw_fail(err, NW_ERR_DATA, "the date must not lie in the future"));
    return true;
}

static bool is_choice(const json_t *choices, const char *text)
{
    for (size_t i = 0; text && i < json_array_size(choices); i++)
        if (strcmp(nw_member_text(json_array_get(choices, i), "value"), text) == 0)
            return true;
    return false;
}

static bool check_choice(const json_t *value, const struct place *at, struct nw_err *err)
{
    if (is_choice(at->field->choices, json_string_value(value)))
        return true;
    char list[200] = "";
    size_t len = 0;
    for (size_t i = 0; i < json_array_size(at->field->choices); i++) {
        const char *one = nw_member_text(json_array_get(at->field->choices, i), "value");
        const size_t more = strlen(one) + (i ? 2 : 0);
        if (len + more + 6 >= sizeof list) {
            memcpy(list + len, ", ...", 6);
            break;
        }
        memcpy(list + len, ", ", i ? 2 : 0);
        memcpy(list + len + (i ? 2 : 0), one, strlen(one) + 1);
        len += more;
    }
    return placed(at, err, nw_fail(err, NW_ERR_DATA, "one of %s is wanted", list));
}

static bool is_digest(const json_t *value)
{
    const char *text = json_string_value(value);
    nw_digest digest;
    return text && strlen(text) == NW_DIGEST_TEXT - 1 && nw_digest_parse(text, &digest) &&
           strspn(text, "0123456789abcdef") == NW_DIGEST_TEXT - 1;
}

/* {"name", "sha256", "bytes"}: content is kept elsewhere under its digest. */
static bool check_file(const json_t *value, const struct place *at, struct nw_err *err)
{
    const json_t *name = json_object_get(value, "name");
    const json_t *bytes = json_object_get(value, "bytes");
    const char *text = json_string_value(name);
    const bool ok = json_is_object(value) && json_object_size(value) == 3 && text && *text &&
                    strlen(text) <= 400 && is_digest(json_object_get(value, "sha256")) &&
                    json_is_integer(bytes) && json_integer_value(bytes) >= 0;
    return ok ||
           placed(at, err,
                  nw_fail(err, NW_ERR_DATA,
                          "a file is wanted: its name, its SHA-256 and its size in bytes"));
}

static bool check_entry(const struct nw_case *state, const json_t *value,
                        const struct place *at, struct nw_err *err)
{
    const json_int_t number = json_integer_value(value);
    if (json_is_integer(value) && number > 0) {
        for (size_t i = 0; i < state->issue_count; i++)
            if (at->field->issue == state->issue[i].kind && state->issue[i].open &&
                (json_int_t)state->issue[i].entry_number == number)
                return true;
        for (size_t i = 0; i < state->version_count; i++)
            if (at->field->item == state->version[i].item &&
                (json_int_t)state->version[i].entry_number == number)
                return true;
        if (at->field->issue < 0 && at->field->item < 0 &&
            number <= (json_int_t)json_array_size(state->entries))
            return true;
    }
    return placed(
        at, err,
        nw_fail(err, NW_ERR_DATA,
                "the number of an entry of this case is wanted that it can refer to"));
}

static bool check_value(const struct nw_case *state, const struct nw_entry *entry,
                        const json_t *value, const struct place *at, struct nw_err *err)
{
    switch (at->field->kind) {
    case NW_KIND_TEXT:
    case NW_KIND_PROSE:
        return check_text(value, at, err);
    case NW_KIND_NUMBER:
    case NW_KIND_WHOLE:
        return check_number(value, at, err);
    case NW_KIND_BOOL:
        return json_is_boolean(value) ||
               placed(at, err, nw_fail(err, NW_ERR_DATA, "yes or no (true, false) is wanted"));
    case NW_KIND_DATE:
        return check_date(value, at, entry, err);
    case NW_KIND_CHOICE:
        return check_choice(value, at, err);
    case NW_KIND_DIGEST:
        return is_digest(value) ||
               placed(at, err,
                      nw_fail(err, NW_ERR_DATA, "a SHA-256 in 64 small hex digits is wanted"));
    case NW_KIND_FILE:
        return check_file(value, at, err);
    case NW_KIND_ENTRY:
        return check_entry(state, value, at, err);
    case NW_KIND_LIST:
        return placed(at, err, nw_fail(err, NW_ERR_DATA, "a list is wanted"));
    }
    NW_UNREACHABLE();
}

/* The dearer questions come last: most fields are simply required or simply not. */
static bool is_required(const struct nw_case *state, const struct nw_entry *entry,
                        const struct nw_field *field)
{
    if (field->required_when.count)
        return nw_conds_hold(state, &field->required_when, entry);
    if (field->types && state->type >= 0)
        return field->types >> state->type & 1;
    return !field->optional;
}

static bool is_good(const struct nw_field *field, const json_t *value)
{
    for (size_t i = 0; i < json_array_size(field->good); i++)
        if (json_equal(json_array_get(field->good, i), value))
            return true;
    return !field->good;
}

static bool check_known(const json_t *object, const struct nw_field *field, size_t count,
                        const char *where, struct nw_err *err)
{
    union {
        const json_t *given;
        json_t *asked;
    } o = {object};
    const char *key;
    json_t *value;
    json_object_foreach(o.asked, key, value)
    {
        size_t i = 0;
        while (i < count && strcmp(field[i].name, key) != 0)
            i++;
        if (i == count)
            return nw_fail(err, NW_ERR_DATA, "%s has no field \"%.60s\"", where, key);
    }
    return true;
}

static bool check_list(const struct nw_case *state, const struct nw_entry *entry,
                       const json_t *value, const struct nw_field *field, bool *good,
                       struct nw_err *err);

/* Forms have rows, rows have no rows: the depth is two. */
static bool check_fields(const struct nw_case *state, const struct nw_entry *entry,
                         const json_t *object, struct place at, size_t count, bool *good,
                         struct nw_err *err)
{
    const struct nw_field *field = at.field;
    for (size_t i = 0; i < count; i++) {
        at.field = &field[i];
        const json_t *value = json_object_get(object, field[i].name);
        if (!value || json_is_null(value)) {
            if (value)
                return placed(&at, err,
                              nw_fail(err, NW_ERR_DATA, "leave it out instead of null"));
            if (is_required(state, entry, &field[i]))
                return placed(&at, err, nw_fail(err, NW_ERR_DATA, "it must be filled in"));
            continue;
        }
        if (field[i].kind == NW_KIND_LIST
                ? !check_list(state, entry, value, &field[i], good, err)
                : !check_value(state, entry, value, &at, err))
            return false;
        if (field[i].equals.item != NW_REF_NONE &&
            !json_equal(value, nw_ref_value(state, field[i].equals, entry)))
            return placed(&at, err,
                          nw_fail(err, NW_ERR_DATA, "it is not the same as on record"));
        *good &= is_good(&field[i], value);
    }
    return true;
}

static bool check_list(const struct nw_case *state, const struct nw_entry *entry,
                       const json_t *value, const struct nw_field *field, bool *good,
                       struct nw_err *err)
{
    struct place at = {.field = field};
    const size_t count = json_array_size(value);
    if (!json_is_array(value))
        return placed(&at, err, nw_fail(err, NW_ERR_DATA, "a list is wanted"));
    if (count == 0 && is_required(state, entry, field))
        return placed(&at, err, nw_fail(err, NW_ERR_DATA, "it must not be empty"));
    if (count > field->most)
        return placed(&at, err, nw_fail(err, NW_ERR_DATA, "it has too many rows"));
    for (size_t i = 0; i < count; i++) {
        const json_t *row = json_array_get(value, i);
        if (!json_is_object(row))
            return placed(&at, err, nw_fail(err, NW_ERR_DATA, "each row is an object"));
        at = (struct place){field->sub, field->name, i};
        if (!check_known(row, field->sub, field->sub_count, field->name, err) ||
            !check_fields(state, entry, row, at, field->sub_count, good, err))
            return false;
        at.field = field;
        at.list = NULL;
    }
    return true;
}

bool nw_form_check(const struct nw_case *state, const struct nw_entry *entry, bool *good,
                   struct nw_err *err)
{
    const struct nw_act *act = entry->act;
    *good = true;
    if (!check_known(entry->form, act->field, act->field_count, act->name, err) ||
        !check_fields(state, entry, entry->form, (struct place){.field = act->field},
                      act->field_count, good, err))
        return false;
    for (size_t i = 0; i < act->checks.count; i++)
        if (!nw_check_run(state, entry, act->checks.at[i], good, err))
            return false;
    return true;
}
