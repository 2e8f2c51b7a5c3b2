/* report/forms_value.c -- the values of a record as a person reads them: see forms_priv.h. */
#include <math.h>
#include <string.h>

#include "report/forms_priv.h"

/* A box or a table's cell that is longer goes on in the next one, so that none is higher than a
 * sheet. In letters; a new line counts as so many. */
enum { BOX_LETTERS = 1100, CELL_LETTERS = 260, LINE_LETTERS = 40, COLUMNS_MOST = 14 };

const char *nw_papers_choice(const struct nw_papers *papers, const json_t *field,
                             const char *value)
{
    const json_t *choices = json_object_get(field, "choices");
    if (json_is_string(choices))
        choices = json_object_get(json_object_get(papers->table, "words"),
                                  json_string_value(choices));
    for (size_t i = 0; i < json_array_size(choices); i++) {
        const json_t *one = json_array_get(choices, i);
        if (strcmp(nw_papers_text(one, "value"), value) == 0)
            return nw_papers_label(papers, one);
    }
    return "";
}

static const char *unit_of(const struct nw_papers *papers, const json_t *field)
{
    const char *unit = nw_papers_text(field, "unit");
    if (strcmp(unit, "um") == 0)
        return "µm";
    if (strcmp(unit, "a") == 0)
        return NW_PAPERS_SAY(papers, "年", "years");
    return unit;
}

static const char *number_text(struct nw_page *page, const json_t *value)
{
    char out[NW_NUMBER_MAX];
    if (json_is_integer(value))
        return nw_page_print(page, "%lld", (long long)json_integer_value(value));
    (void)nw_number_format(out, json_number_value(value));
    return nw_page_print(page, "%s", out);
}

static const char *file_text(const struct nw_papers *papers, struct nw_page *page,
                             const json_t *file)
{
    return nw_page_print(
        page,
        NW_PAPERS_SAY(papers, "%s（%lld 字节）\nSHA-256 %s", "%s (%lld bytes)\nSHA-256 %s"),
        nw_papers_text(file, "name"),
        (long long)json_integer_value(json_object_get(file, "bytes")),
        nw_papers_text(file, "sha256"));
}

const char *nw_papers_value(const struct nw_papers *papers, struct nw_page *page,
                            const json_t *field, const json_t *value)
{
    const char *kind = nw_papers_text(field, "kind");
    if (json_is_boolean(value))
        return json_is_true(value) ? NW_PAPERS_SAY(papers, "是", "yes")
                                   : NW_PAPERS_SAY(papers, "否", "no");
    if (strcmp(kind, "entry") == 0 && json_is_integer(value))
        return nw_page_print(page, NW_PAPERS_SAY(papers, "第 %lld 条记录", "entry %lld"),
                             (long long)json_integer_value(value));
    if (json_is_number(value)) {
        const char *unit = unit_of(papers, field);
        return nw_page_print(page, "%s%s%s", number_text(page, value), *unit ? " " : "", unit);
    }
    if (json_is_object(value))
        return file_text(papers, page, value);
    if (!json_is_string(value))
        return "";
    if (strcmp(kind, "choice") == 0) {
        const char *label = nw_papers_choice(papers, field, json_string_value(value));
        return *label ? label : json_string_value(value);
    }
    return json_string_value(value);
}

const json_t *nw_papers_field(const json_t *act, const char *name)
{
    const json_t *fields = json_object_get(act, "fields");
    for (size_t i = 0; i < json_array_size(fields); i++)
        if (strcmp(nw_papers_text(json_array_get(fields, i), "name"), name) == 0)
            return json_array_get(fields, i);
    return NULL;
}

/* A value that is not one of those that let the case go on. */
static enum nw_tone tone_of(const json_t *field, const json_t *value)
{
    const json_t *good = json_object_get(field, "good");
    for (size_t i = 0; i < json_array_size(good); i++)
        if (json_equal(json_array_get(good, i), value))
            return NW_TONE_PLAIN;
    return json_array_size(good) > 0 ? NW_TONE_BAD : NW_TONE_PLAIN;
}

/* Where a piece of at most so many letters ends. */
static size_t piece_length(const char *text, int letters)
{
    size_t at = 0;
    for (int count = 0; text[at] && count < letters; count++) {
        count += text[at] == '\n' ? LINE_LETTERS : 0;
        at++;
        while (((unsigned char)text[at] & 0xc0) == 0x80)
            at++;
    }
    return at;
}

/* ---- boxes ---- */

static bool is_short(const json_t *field)
{
    static const char *const kinds[] = {"bool", "number", "whole", "date", "choice", "entry"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(nw_papers_text(field, "kind"), kinds[i]) == 0)
            return true;
    return false;
}

static void show_box(const struct nw_papers *papers, struct nw_page *page, const json_t *field,
                     const json_t *value)
{
    const char *label = nw_papers_label(papers, field);
    if (!value) {
        nw_page_box(page, label, NW_TONE_BAD, NW_PAPERS_SAY(papers, "未填写", "not filled in"),
                    is_short(field));
        return;
    }
    const char *text = nw_papers_value(papers, page, field, value);
    const bool half = is_short(field) || (strcmp(nw_papers_text(field, "kind"), "text") == 0 &&
                                          strlen(text) <= 60);
    do {
        const size_t len = piece_length(text, BOX_LETTERS);
        nw_page_box(page, label, tone_of(field, value),
                    nw_page_print(page, "%.*s", (int)len, text), half);
        text += len;
        label = NW_PAPERS_SAY(papers, "（续）", "(goes on)");
    } while (*text);
}

/* May a field be absent from a form that stands? */
static bool may_be_absent(const json_t *field)
{
    return json_is_true(json_object_get(field, "optional")) ||
           json_object_get(field, "required_when") || json_object_get(field, "types");
}

/* ---- lists as tables ---- */

static const json_t *row_by(const json_t *rows, const char *key, const char *name)
{
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (strcmp(nw_papers_text(json_array_get(rows, i), key), name) == 0)
            return json_array_get(rows, i);
    return NULL;
}

struct columns {
    size_t count;
    const json_t *field[COLUMNS_MOST]; /* NULL: the result of the join */
    bool of_join[COLUMNS_MOST];        /* from the row of the other list */
};

static void add_column(struct columns *c, const json_t *field, bool of_join)
{
    if (c->count == COLUMNS_MOST)
        return;
    c->of_join[c->count] = of_join;
    c->field[c->count++] = field;
}

static int column_width(const json_t *field)
{
    const char *kind = nw_papers_text(field, "kind");
    if (strcmp(kind, "prose") == 0 || strcmp(kind, "digest") == 0 || strcmp(kind, "file") == 0)
        return 6;
    return strcmp(kind, "text") == 0 ? 4 : 3;
}

static void table_head(const struct nw_papers *papers, struct nw_page *page,
                       const struct columns *c)
{
    char aligns[COLUMNS_MOST + 1] = "", widths[COLUMNS_MOST + 1] = "";
    for (size_t k = 0; k < c->count; k++) {
        const char *kind = nw_papers_text(c->field[k], "kind");
        aligns[k] = strcmp(kind, "number") == 0 || strcmp(kind, "whole") == 0 ? 'r' : 'l';
        widths[k] = (char)('0' + (c->field[k] ? column_width(c->field[k]) : 2));
    }
    nw_page_table(page, nw_page_print(page, "%s", aligns), nw_page_print(page, "%s", widths));
    for (size_t k = 0; k < c->count; k++)
        nw_page_cell(page, NW_TONE_PLAIN,
                     c->field[k] ? nw_papers_label(papers, c->field[k])
                                 : NW_PAPERS_SAY(papers, "结果", "result"));
}

/* 029 8.3.2.1: a measured value against what the order asks for. */
static bool is_within(const json_t *join, const json_t *row, const json_t *other)
{
    const double slack = 1e-9; /* rounding of decimal fractions must not decide */
    const double value = json_number_value(json_object_get(row, nw_papers_text(join, "value")));
    const json_t *nominal = json_object_get(other, nw_papers_text(join, "nominal"));
    const json_t *tolerance = json_object_get(other, nw_papers_text(join, "tolerance"));
    const json_t *most = json_object_get(other, nw_papers_text(join, "most"));
    const json_t *least = json_object_get(other, nw_papers_text(join, "least"));
    return other &&
           (!nominal ||
            fabs(value - json_number_value(nominal)) <= json_number_value(tolerance) + slack) &&
           (!most || value <= json_number_value(most) + slack) &&
           (!least || value >= json_number_value(least) - slack);
}

static void row_cell(struct nw_page *page, const json_t *field, const json_t *value,
                     const char **rest)
{
    const size_t len = piece_length(*rest, CELL_LETTERS);
    nw_page_cell(page, value && !json_is_null(value) ? tone_of(field, value) : NW_TONE_MUTED,
                 value ? nw_page_print(page, "%.*s", (int)len, *rest) : "—");
    *rest += len;
}

static void table_row(const struct nw_papers *papers, struct nw_page *page,
                      const struct columns *c, const json_t *join, const json_t *row,
                      const json_t *other)
{
    const char *rest[COLUMNS_MOST];
    const json_t *value[COLUMNS_MOST];
    for (size_t k = 0; k < c->count; k++) {
        value[k] = c->field[k] ? json_object_get(c->of_join[k] ? other : row,
                                                 nw_papers_text(c->field[k], "name"))
                               : NULL;
        rest[k] = value[k] ? nw_papers_value(papers, page, c->field[k], value[k]) : "";
    }
    for (bool first = true, more = true; more; first = false) {
        more = false;
        for (size_t k = 0; k < c->count; k++) {
            if (!first && !*rest[k])
                nw_page_cell(page, NW_TONE_PLAIN, "");
            else if (c->field[k])
                row_cell(page, c->field[k], value[k], &rest[k]);
            else if (is_within(join, row, other))
                nw_page_cell(page, NW_TONE_GOOD, NW_PAPERS_SAY(papers, "合格", "pass"));
            else
                nw_page_cell(page, NW_TONE_BAD, NW_PAPERS_SAY(papers, "不合格", "fail"));
            more = more || *rest[k];
        }
    }
}

static const json_t *join_of(const json_t *section, const char *list)
{
    return row_by(json_object_get(section, "joins"), "list", list);
}

static void show_list(const struct nw_papers *papers, struct nw_page *page, const json_t *field,
                      const json_t *rows, const json_t *section)
{
    const json_t *join = join_of(section, nw_papers_text(field, "name"));
    const json_t *other_act = join ? nw_papers_act(papers, nw_papers_text(join, "from")) : NULL;
    const json_t *other_list =
        other_act ? nw_papers_field(other_act, nw_papers_text(join, "rows")) : NULL;
    const json_t *others =
        join ? json_object_get(nw_papers_form(papers, nw_papers_text(join, "from")),
                               nw_papers_text(join, "rows"))
             : NULL;
    const json_t *of = json_object_get(field, "of"),
                 *other_of = json_object_get(other_list, "of");
    const char *by = join ? nw_papers_text(join, "by") : "";
    struct columns c = {0};
    nw_page_add(page, NW_BLOCK_TEXT, NW_TONE_PLAIN,
                nw_page_print(page, NW_PAPERS_SAY(papers, "%s（%zu 项）", "%s (%zu)"),
                              nw_papers_label(papers, field), json_array_size(rows)));
    if (json_array_size(rows) == 0)
        return;
    for (size_t i = 0; i < json_array_size(of); i++) {
        add_column(&c, json_array_get(of, i), false);
        if (strcmp(nw_papers_text(json_array_get(of, i), "name"), by) == 0 && other_of)
            for (size_t k = 0; k < json_array_size(other_of); k++)
                if (strcmp(nw_papers_text(json_array_get(other_of, k), "name"), by) != 0)
                    add_column(&c, json_array_get(other_of, k), true);
    }
    if (join)
        add_column(&c, NULL, false);
    table_head(papers, page, &c);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        table_row(papers, page, &c, join, row,
                  join ? row_by(others, by, nw_papers_text(row, by)) : NULL);
    }
}

static bool is_wanted(const json_t *section, const char *name)
{
    const json_t *wanted = json_object_get(section, "fields");
    for (size_t i = 0; i < json_array_size(wanted); i++)
        if (strcmp(json_string_value(json_array_get(wanted, i)), name) == 0)
            return true;
    return !wanted;
}

void nw_papers_show(const struct nw_papers *papers, struct nw_page *page, const json_t *act,
                    const json_t *form, const json_t *section)
{
    const json_t *fields = json_object_get(act, "fields");
    bool in_form = false;
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *field = json_array_get(fields, i);
        const char *name = nw_papers_text(field, "name");
        const json_t *value = json_object_get(form, name);
        if (!is_wanted(section, name) || (!value && may_be_absent(field)))
            continue;
        if (json_is_array(value)) {
            show_list(papers, page, field, value, section);
            in_form = false;
            continue;
        }
        if (!in_form)
            nw_page_add(page, NW_BLOCK_FORM, NW_TONE_PLAIN, NULL);
        in_form = true;
        show_box(papers, page, field, value);
    }
}
