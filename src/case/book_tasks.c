/* case/book_tasks.c -- what is to be validated again: changes in the registry and new versions
 * of programs, from the rows of the ledger. */
#include <stdio.h>
#include <string.h>

#include "case/book_priv.h"

enum { KEY_BYTES = 160 };

/* ------------------------------------------------------------------ changes on record */

struct finding {
    const json_t *kinds, *not_changes;
    json_t *last;  /* "kind/id": its newest body so far */
    json_t *tasks; /* what was found */
};

static bool is_in(const json_t *list, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), text) == 0)
            return true;
    return false;
}

/* Members of either that are not the same in both, but for those of dates and releases. */
static json_t *differences(const struct finding *finding, const json_t *old, const json_t *body)
{
    json_t *out = json_array(), *value;
    const json_t *const both[] = {old, body};
    const char *name;
    for (size_t i = 0; out && i < 2; i++)
        json_object_foreach((json_t *)(uintptr_t)both[i], name, value)
        {
            const bool other = !json_equal(value, json_object_get(both[1 - i], name));
            if (other && (i == 0 || !json_object_get(old, name)) &&
                !is_in(finding->not_changes, name))
                (void)json_array_append_new(out, json_string(name));
        }
    return out;
}

/* A new lot of the same material by another maker is a change of the source. */
static json_t *other_source(const struct finding *finding, const json_t *kind,
                            const json_t *body)
{
    const char *like = nw_member_text(kind, "like"), *source = nw_member_text(kind, "source");
    const char *prefix = nw_member_text(kind, "kind"), *key;
    const json_t *newest = NULL;
    json_t *value;
    if (!*source || !json_object_get(body, source))
        return NULL;
    json_object_foreach(finding->last, key, value)
    {
        if (strncmp(key, prefix, strlen(prefix)) == 0 && key[strlen(prefix)] == '/' &&
            json_object_get(value, source) &&
            json_equal(json_object_get(value, like), json_object_get(body, like)))
            newest = value;
    }
    return newest && !json_equal(json_object_get(newest, source), json_object_get(body, source))
               ? json_pack("[s]", source)
               : NULL;
}

static const json_t *watched(const struct finding *finding, const char *kind)
{
    for (size_t i = 0; i < json_array_size(finding->kinds); i++)
        if (strcmp(nw_member_text(json_array_get(finding->kinds, i), "kind"), kind) == 0)
            return json_array_get(finding->kinds, i);
    return NULL;
}

static bool add_task(struct finding *finding, int64_t number, const char *time,
                     const char *what, const char *id, json_t *changed, const char *from,
                     const char *to)
{
    char item[24];
    (void)snprintf(item, sizeof item, "%lld", (long long)number);
    json_t *body = json_pack("{s:s, s:s, s:o, s:s*, s:s*, s:s, s:[]}", "what", what, "id", id,
                             "changed", changed, "from", from, "to", to, "time", time, "cases");
    return body && json_array_append_new(finding->tasks, json_pack("{s:s, s:o}", "item", item,
                                                                   "body", body)) == 0;
}

static bool take_put(struct finding *finding, int64_t number, const char *time,
                     const json_t *row)
{
    char key[KEY_BYTES];
    const char *kind = nw_member_text(row, "kind"), *id = nw_member_text(row, "id");
    const json_t *body = json_object_get(row, "body"), *how = watched(finding, kind);
    if (!how || !json_is_object(body))
        return true;
    (void)snprintf(key, sizeof key, "%s/%s", kind, id);
    const json_t *old = json_object_get(finding->last, key);
    json_t *changed = old ? differences(finding, old, body) : other_source(finding, how, body);
    bool good = true;
    if (json_array_size(changed) > 0)
        good = add_task(finding, number, time, kind, id, json_incref(changed), NULL, NULL);
    json_decref(changed);
    return good && json_object_set(finding->last, key, (json_t *)(uintptr_t)body) == 0;
}

static bool take_program(struct finding *finding, int64_t number, const char *time,
                         const json_t *row)
{
    const char *from = json_string_value(json_object_get(row, "before"));
    return !from || add_task(finding, number, time, "program", nw_member_text(row, "name"),
                             json_pack("[s]", "version"), from, nw_member_text(row, "version"));
}

static bool find(struct nw_tx *tx, struct finding *finding, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena,
                     "SELECT number, time, act, body FROM ledger WHERE act IN ('registry.put', "
                     "'program.used') ORDER BY number",
                     NW_NO_VALUES, &rows, err))
        return false;
    for (size_t i = 0; i < rows.count; i++) {
        json_t *row = json_loads(nw_row_text(&rows, i, 3), 0, NULL);
        const bool put = strcmp(nw_row_text(&rows, i, 2), "registry.put") == 0;
        const int64_t number = nw_row_whole(&rows, i, 0);
        const char *time = nw_row_text(&rows, i, 1);
        const bool good = row && (put ? take_put(finding, number, time, row)
                                      : take_program(finding, number, time, row));
        json_decref(row);
        if (!good)
            return nw_no_memory(err);
    }
    return true;
}

json_t *nw_book_tasks(struct nw_tx *tx, const json_t *table, struct nw_err *err)
{
    struct finding finding = {.kinds = json_object_get(table, "changes"),
                              .not_changes = json_object_get(table, "not_changes"),
                              .last = json_object(),
                              .tasks = json_array()};
    const bool good =
        finding.last && finding.tasks ? find(tx, &finding, err) : nw_no_memory(err);
    json_decref(finding.last);
    if (good)
        return finding.tasks;
    json_decref(finding.tasks);
    return NULL;
}

/* ------------------------------------------------------------------ what they affect */

static bool uses(const json_t *summary, const char *what, const char *id)
{
    size_t i;
    const json_t *program;
    if (strcmp(what, "program") != 0 && strcmp(what, "software") != 0)
        return strcmp(nw_member_text(summary, strcmp(what, "product") == 0 ? "di" : what),
                      id) == 0;
    json_array_foreach(json_object_get(summary, "software"), i, program)
    {
        const char *text = json_string_value(program);
        const size_t len = strlen(id);
        if (text && strncmp(text, id, len) == 0 && (text[len] == ' ' || !text[len]))
            return true;
    }
    return false;
}

static void add_case(const json_t *items, const char *number, const json_t *summary)
{
    size_t i;
    const json_t *item;
    json_array_foreach(items, i, item)
    {
        const json_t *body = json_object_get(item, "body");
        if (strcmp(nw_member_text(item, "kind"), "revalidation") == 0 &&
            strcmp(nw_member_text(item, "state"), "ok") != 0 &&
            uses(summary, nw_member_text(body, "what"), nw_member_text(body, "id")))
            (void)json_array_append_new(json_object_get(body, "cases"), json_string(number));
    }
}

static bool any_task(const json_t *items)
{
    size_t i;
    const json_t *item;
    json_array_foreach(items, i, item)
    {
        if (strcmp(nw_member_text(item, "kind"), "revalidation") == 0 &&
            strcmp(nw_member_text(item, "state"), "ok") != 0)
            return true;
    }
    return false;
}

bool nw_book_affects(struct nw_tx *tx, const json_t *items, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!any_task(items))
        return true;
    if (!nw_tx_query(tx, &arena,
                     "SELECT number, summary FROM cases WHERE stage <> 'closed' ORDER BY id",
                     NW_NO_VALUES, &rows, err))
        return false;
    for (size_t i = 0; i < rows.count; i++) {
        json_t *summary = json_loads(nw_row_text(&rows, i, 1), 0, NULL);
        if (!summary)
            return nw_no_memory(err);
        if (!json_is_true(json_object_get(summary, "closed")))
            add_case(items, nw_row_text(&rows, i, 0), summary);
        json_decref(summary);
    }
    return true;
}

/* ------------------------------------------------------------------ programs */

bool nw_program_used(struct nw_tx *tx, const char *name, const char *version,
                     const char *case_id, const char *time, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    json_t *before = NULL;
    bool seen = !*name || !*version;
    if (seen)
        return true;
    if (!nw_tx_query(tx, &arena,
                     "SELECT body FROM ledger WHERE act = 'program.used' ORDER BY number",
                     NW_NO_VALUES, &rows, err))
        return false;
    for (size_t i = 0; !seen && i < rows.count; i++) {
        json_t *row = json_loads(nw_row_text(&rows, i, 0), 0, NULL);
        if (strcmp(nw_member_text(row, "name"), name) == 0) {
            seen = strcmp(nw_member_text(row, "version"), version) == 0;
            json_decref(before);
            before = json_incref(json_object_get(row, "version"));
        }
        json_decref(row);
    }
    json_t *body =
        json_pack("{s:s, s:s, s:O*}", "name", name, "version", version, "before", before);
    const struct nw_row row = {.case_id = case_id, .act = "program.used", .body = body};
    const bool good =
        body ? seen || nw_ledger_append(tx, &row, time, NULL, NULL, err) : nw_no_memory(err);
    json_decref(body);
    json_decref(before);
    return good;
}

bool nw_programs_used(struct nw_tx *tx, const json_t *form, const char *case_id,
                      const char *time, struct nw_err *err)
{
    static const char *const member[][2] = {{"software", "software_version"},
                                            {"program", "program_version"}};
    size_t k;
    const json_t *row;
    for (size_t i = 0; i < 2; i++)
        if (!nw_program_used(tx, nw_member_text(form, member[i][0]),
                             nw_member_text(form, member[i][1]), case_id, time, err))
            return false;
    json_array_foreach(json_object_get(form, "software"), k, row)
    {
        if (!nw_program_used(tx, nw_member_text(row, "name"), nw_member_text(row, "version"),
                             case_id, time, err))
            return false;
    }
    return true;
}

struct beginning {
    const char *version;
};

static bool begin(struct nw_tx *tx, void *context, struct nw_err *err)
{
    const struct beginning *beginning = (const struct beginning *)context;
    char time[NW_TIME_TEXT];
    return nw_ledger_time(tx, time, err) &&
           nw_program_used(tx, "nuwa", beginning->version, NULL, time, err);
}

bool nw_book_begin(struct nw_desk *desk, const char *version, struct nw_err *err)
{
    struct beginning beginning = {version};
    return nw_store_write(desk->store, begin, &beginning, err);
}
