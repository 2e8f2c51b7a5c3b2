/* case/book.c -- see book.h: the table, what is put into the book, and the whole of it. */
#include "case/book_priv.h"

#include <string.h>

#include "case/book_book.inc"

/* ------------------------------------------------------------------ the table */

json_t *nw_book_table(struct nw_err *err)
{
    json_t *table =
        json_loadb((const char *)book_book, sizeof book_book - 1, JSON_REJECT_DUPLICATES, NULL);
    if (!table)
        (void)nw_no_memory(err);
    return table;
}

const json_t *nw_book_named(const json_t *list, const char *name)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(nw_member_text(json_array_get(list, i), "name"), name) == 0)
            return json_array_get(list, i);
    return NULL;
}

/* ------------------------------------------------------------------ putting */

struct writing {
    const struct nw_session *who;
    const char *kind, *item, *act;
    const json_t *table, *form;
    const struct nw_once *once;
    json_t *reply;
};

/* The first of the person's roles that may; NULL: none. */
static const char *role_for(const struct nw_session *who, const json_t *act)
{
    size_t i;
    const json_t *role;
    json_array_foreach(json_object_get(act, "roles"), i, role)
    {
        if (nw_session_has(who, json_string_value(role)))
            return json_string_value(role);
    }
    return NULL;
}

/* By the judge of all forms: to it this is a case with one act. */
static bool check_form(const json_t *act, const json_t *form, const char *time,
                       struct nw_err *err)
{
    bool good;
    struct nw_flow flow = {0};
    struct nw_case state = {.flow = &flow, .type = -1};
    struct nw_act asked = {.name = nw_member_text(act, "name"),
                           .zh = nw_member_text(act, "zh"),
                           .en = nw_member_text(act, "en")};
    struct nw_entry entry = {.form = form, .time = time, .act = &asked};
    const bool fits = nw_flow_take_fields(&flow, json_object_get(act, "fields"), &asked.field,
                                          &asked.field_count, err) &&
                      nw_form_check(&state, &entry, &good, err);
    nw_arena_release(&flow.arena);
    return fits;
}

static const json_t *item_of(const json_t *items, const struct writing *writing)
{
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        if (strcmp(nw_member_text(item, "kind"), writing->kind) == 0 &&
            strcmp(nw_member_text(item, "item"), writing->item) == 0)
            return item;
    }
    return NULL;
}

static bool is_open(const json_t *item, const json_t *about)
{
    const json_t *open = json_object_get(item, "open");
    for (size_t i = 0; i < json_array_size(open); i++)
        if (json_equal(json_array_get(open, i), about))
            return true;
    return false;
}

/* Whether it fits what is there already. */
static bool check_item(const struct writing *writing, const json_t *kind, const json_t *item,
                       struct nw_err *err)
{
    const bool check = strcmp(writing->act, "check") == 0;
    if (!item)
        return nw_fail(err, NW_ERR_NOTFOUND, "the book has no %.60s of this kind",
                       writing->item);
    if (check && nw_book_named(json_object_get(kind, "acts"), "write") &&
        !json_object_size(json_object_get(item, "body")))
        return nw_fail(err, NW_ERR_STATE, "it must be written first");
    if (check && strcmp(writing->kind, "revalidation") == 0 &&
        strcmp(nw_member_text(item, "state"), "ok") == 0)
        return nw_fail(err, NW_ERR_STATE, "it was validated again already");
    if (strcmp(writing->act, "mend") == 0 &&
        !is_open(item, json_object_get(writing->form, "about")))
        return nw_fail(err, NW_ERR_DATA,
                       "about (%s): the number of a fault of this printer that is open",
                       nw_either("故障记录号", "number of the fault"));
    return true;
}

static bool append(struct nw_tx *tx, struct writing *writing, const char *role,
                   const char *time, struct nw_err *err)
{
    int64_t number = 0;
    json_t *body = json_pack("{s:s, s:s, s:s, s:O}", "kind", writing->kind, "item",
                             writing->item, "act", writing->act, "form", writing->form);
    const struct nw_row row = {.person = writing->who->person,
                               .role = role,
                               .session = writing->who->id,
                               .act = "book.entry",
                               .body = body};
    const bool good =
        body ? nw_ledger_append(tx, &row, time, &number, NULL, err) : nw_no_memory(err);
    json_decref(body);
    if (!good)
        return false;
    writing->reply = json_pack("{s:I, s:s, s:s}", "number", (json_int_t)number, "kind",
                               writing->kind, "item", writing->item);
    return writing->reply || nw_no_memory(err);
}

static bool write_entry(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct writing *writing = (struct writing *)context;
    char time[NW_TIME_TEXT];
    json_decref(writing->reply);
    writing->reply = NULL;
    const json_t *kind = nw_book_named(json_object_get(writing->table, "kinds"), writing->kind);
    const json_t *act = nw_book_named(json_object_get(kind, "acts"), writing->act);
    if (!act)
        return nw_fail(err, NW_ERR_NOTFOUND, "the book has no such kind or act");
    const char *role = role_for(writing->who, act);
    if (!role)
        return nw_fail(err, NW_ERR_DENIED, "\"%s\" is for none of this person's roles",
                       nw_either(nw_member_text(act, "zh"), nw_member_text(act, "en")));
    if (!nw_once_find(tx, writing->who, writing->once, &writing->reply, err))
        return false;
    if (writing->reply)
        return true;
    if (!nw_ledger_time(tx, time, err) || !check_form(act, writing->form, time, err))
        return false;
    json_t *items = nw_book_items(tx, writing->table, time, err);
    const bool good = items && check_item(writing, kind, item_of(items, writing), err) &&
                      append(tx, writing, role, time, err) &&
                      nw_once_keep(tx, writing->who, writing->once, writing->reply, time, err);
    json_decref(items);
    return good;
}

bool nw_book_put(struct nw_desk *desk, const struct nw_session *who, const char *kind,
                 const char *item, const json_t *request, const struct nw_once *once,
                 json_t **reply, struct nw_err *err)
{
    const json_t *form = json_object_get(request, "form");
    struct writing writing = {.who = who,
                              .kind = kind,
                              .item = item,
                              .act = nw_member_text(request, "act"),
                              .form = form,
                              .once = once};
    if (!json_is_object(form))
        return nw_fail(err, NW_ERR_DATA, "\"form\" is an object");
    json_t *table = nw_book_table(err);
    writing.table = table;
    const bool good = table && nw_store_write(desk->store, write_entry, &writing, err);
    json_decref(table);
    if (good)
        *reply = writing.reply;
    else
        json_decref(writing.reply);
    return good;
}

/* ------------------------------------------------------------------ reading */

struct looking {
    const json_t *table;
    bool brief;
    json_t *items;
};

static bool look(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct looking *looking = (struct looking *)context;
    char time[NW_TIME_TEXT];
    nw_time_now(time);
    json_decref(looking->items);
    looking->items = nw_book_items(tx, looking->table, time, err);
    return looking->items && (looking->brief || nw_book_affects(tx, looking->items, err));
}

/* Numbers of cases are for those who answer for all of them. */
static void hide_cases(const json_t *items)
{
    size_t i;
    const json_t *item;
    json_array_foreach(items, i, item)
    {
        const json_t *body = json_object_get(item, "body");
        if (strcmp(nw_member_text(item, "kind"), "revalidation") == 0)
            (void)json_array_clear(json_object_get(body, "cases"));
    }
}

static int64_t count_due(const json_t *items)
{
    int64_t count = 0;
    for (size_t i = 0; i < json_array_size(items); i++) {
        const char *state = nw_member_text(json_array_get(items, i), "state");
        count += strcmp(state, "ok") != 0 && strcmp(state, "soon") != 0;
    }
    return count;
}

bool nw_book_read(struct nw_desk *desk, const struct nw_session *who, bool brief,
                  json_t **reply, struct nw_err *err)
{
    struct looking looking = {.brief = brief};
    json_t *table = nw_book_table(err);
    looking.table = table;
    if (!table || !nw_store_read(desk->store, look, &looking, err)) {
        json_decref(looking.items);
        json_decref(table);
        return false;
    }
    if (!nw_session_has(who, "quality") && !nw_session_has(who, "administrator") &&
        !nw_session_has(who, "audit") && !nw_session_has(who, "authority"))
        hide_cases(looking.items);
    const json_int_t due = (json_int_t)count_due(looking.items);
    if (brief)
        (void)json_array_clear(looking.items);
    *reply = json_pack("{s:O, s:o, s:I}", "kinds", json_object_get(table, "kinds"), "items",
                       looking.items, "due", due);
    json_decref(table);
    return *reply || nw_no_memory(err);
}
