/* case/book_read.c -- what the book says: each item with its entries, when something is due,
 * and what is open. */
#include <stdio.h>
#include <string.h>

#include "case/book_priv.h"

enum { SOON_DAYS = 30, WARRANTY_YEARS = 3, DAYS_OF_MONTH = 28 };

/* ------------------------------------------------------------------ days */

/* Year, month and day of a date; false: it is none. */
static bool take_apart(const char *text, int part[3])
{
    static const char shape[] = "dddd-dd-dd";
    size_t k = 0;
    memset(part, 0, 3 * sizeof *part);
    for (size_t i = 0; shape[i]; i++) {
        if (shape[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
        if (shape[i] == '-')
            k++;
        else
            part[k] = part[k] * 10 + (text[i] - '0');
    }
    return true;
}

/* So many months later; never a day that a month has not. */
static void add_months(const char *day, int months, char out[11])
{
    int part[3];
    if (!take_apart(day, part)) {
        (void)snprintf(out, 11, "%.10s", day);
        return;
    }
    const int all = part[1] + months - 1;
    const int date = part[2] > DAYS_OF_MONTH ? DAYS_OF_MONTH : part[2];
    (void)snprintf(out, 11, "%04u-%02u-%02u", (unsigned)(part[0] + all / 12) % 10000,
                   (unsigned)(all % 12 + 1) % 100, (unsigned)date % 100);
}

/* The state of something that is due on a day. */
static const char *of_day(const char *due, const char *time)
{
    int64_t day, today;
    if (!nw_date_parse(due, &day) || !nw_date_parse(time, &today) || day < today)
        return "due";
    return day <= today + SOON_DAYS ? "soon" : "ok";
}

/* ------------------------------------------------------------------ entries */

struct reading {
    const json_t *table;
    const char *time;
    json_t *entries; /* "kind/item": its entries */
    json_t *items;
};

static bool take_entry(struct reading *reading, const struct nw_rows *rows, size_t i)
{
    char key[160];
    json_t *row = json_loads(nw_row_text(rows, i, 4), 0, NULL);
    json_t *person = json_loads(nw_row_text(rows, i, 5), 0, NULL);
    (void)snprintf(key, sizeof key, "%s/%s", nw_member_text(row, "kind"),
                   nw_member_text(row, "item"));
    json_t *list = json_object_get(reading->entries, key);
    if (!list && row) {
        list = json_array();
        if (json_object_set_new(reading->entries, key, list) != 0)
            list = NULL;
    }
    json_t *one =
        json_pack("{s:I, s:s, s:s, s:s, s:O?, s:O?}", "number",
                  (json_int_t)nw_row_whole(rows, i, 0), "time", nw_row_text(rows, i, 1), "name",
                  nw_member_text(person, "name"), "role", nw_row_text(rows, i, 3), "act",
                  json_object_get(row, "act"), "form", json_object_get(row, "form"));
    const bool good = list && json_array_append_new(list, one) == 0;
    json_decref(row);
    json_decref(person);
    return good;
}

static bool read_entries(struct nw_tx *tx, struct reading *reading, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(
            tx, &arena,
            "SELECT l.number, l.time, l.person, l.role, l.body, p.body FROM ledger l "
            "LEFT JOIN people p ON p.id = l.person WHERE l.act = 'book.entry' ORDER BY "
            "l.number",
            NW_NO_VALUES, &rows, err))
        return false;
    for (size_t i = 0; i < rows.count; i++)
        if (!take_entry(reading, &rows, i))
            return nw_no_memory(err);
    return true;
}

/* ------------------------------------------------------------------ what follows of them */

struct standing {
    json_t *open;        /* numbers of faults that are not mended */
    const json_t *wrote; /* the form of the newest version */
    char base[11];       /* since when the interval runs; "" none */
    bool checked, failed;
    int months;
};

static bool is_act(const json_t *entry, const char *act)
{
    return strcmp(nw_member_text(entry, "act"), act) == 0;
}

static void close_open(json_t *open, const json_t *about)
{
    for (size_t i = json_array_size(open); i-- > 0;)
        if (json_equal(json_array_get(open, i), about))
            (void)json_array_remove(open, i);
}

/* What is written anew does not put a drill off: the interval runs from the last that was
 * passed, and before there is one from the first version. */
static void take(struct standing *to, const json_t *entry)
{
    const json_t *form = json_object_get(entry, "form");
    const json_t *months = json_object_get(form, "months");
    if (json_is_integer(months))
        to->months = (int)json_integer_value(months);
    if (is_act(entry, "write")) {
        to->wrote = form;
        if (!*to->base)
            (void)snprintf(to->base, sizeof to->base, "%.10s", nw_member_text(entry, "time"));
    } else if (is_act(entry, "check")) {
        to->checked = true;
        to->failed = !json_is_true(json_object_get(form, "passed"));
        if (!to->failed)
            (void)snprintf(to->base, sizeof to->base, "%.10s", nw_member_text(form, "date"));
    } else if (is_act(entry, "fault")) {
        (void)json_array_append(to->open, json_object_get(entry, "number"));
    } else if (is_act(entry, "mend")) {
        close_open(to->open, json_object_get(form, "about"));
    }
}

static bool has_act(const json_t *kind, const char *act)
{
    return nw_book_named(json_object_get(kind, "acts"), act) != NULL;
}

/* From the first day to the day before it comes back in so many years. */
static bool lasts(const char *from, const char *until, int years)
{
    char day[11];
    int64_t back, last;
    int part[3];
    if (!take_apart(from, part) || !nw_date_parse(until, &last))
        return false;
    const unsigned year = (unsigned)(part[0] + years) % 10000;
    (void)snprintf(day, sizeof day, "%04u-%02u-%02u", year, (unsigned)part[1] % 100,
                   (unsigned)part[2] % 100);
    if (!nw_date_parse(day, &back)) { /* the 29th of February */
        (void)snprintf(day, sizeof day, "%04u-03-01", year);
        if (!nw_date_parse(day, &back))
            return false;
    }
    return last + 1 >= back;
}

/* Of what comes again at set times. */
static const char *judge(const json_t *kind, const struct standing *on, const char *time,
                         char due[11])
{
    if (has_act(kind, "write") ? !on->wrote : !on->checked)
        return "missing";
    if (on->failed)
        return "due";
    add_months(on->base, on->months, due);
    return of_day(due, time);
}

/* A printer's: number, service and warranty are on record, and nothing of it is over or open.
 */
static const char *judge_machine(const json_t *body, const struct standing *on,
                                 const char *time, char due[11], json_t *item)
{
    const char *from = nw_member_text(body, "warranty_from");
    const char *to = nw_member_text(body, "warranty_until");
    const char *service = nw_member_text(body, "service_until");
    if (*from && *to) {
        (void)json_object_set_new(item, "warranty",
                                  json_pack("{s:b, s:b}", "enough",
                                            lasts(from, to, WARRANTY_YEARS), "over",
                                            strncmp(to, time, 10) < 0));
    }
    (void)snprintf(due, 11, "%.10s", service);
    if (json_array_size(on->open))
        return "fault";
    if (!*nw_member_text(body, "serial") || !*from || !*to || !*service)
        return "missing";
    return of_day(service, time);
}

static bool add_item(struct reading *reading, const json_t *kind, const char *name,
                     const char *zh, const char *en, const json_t *body)
{
    char key[160], due[11] = "";
    const char *of = nw_member_text(kind, "name");
    size_t i;
    const json_t *entry;
    struct standing on = {
        .open = json_array(),
        .months = (int)json_integer_value(json_object_get(kind, "months")),
    };
    (void)snprintf(key, sizeof key, "%s/%s", of, name);
    const json_t *entries = json_object_get(reading->entries, key);
    json_array_foreach(entries, i, entry)
    {
        take(&on, entry);
    }
    json_t *item = json_object();
    const char *state =
        strcmp(of, "machine") == 0        ? judge_machine(body, &on, reading->time, due, item)
        : strcmp(of, "revalidation") == 0 ? (on.checked && !on.failed ? "ok" : "due")
                                          : judge(kind, &on, reading->time, due);
    const json_t *shown = on.wrote ? on.wrote : body;
    const bool good =
        nw_put(item, "kind", json_string(of)) && nw_put(item, "item", json_string(name)) &&
        nw_put_label(item, zh, en) && nw_put(item, "state", json_string(state)) &&
        nw_put(item, "due", *due ? json_string(due) : json_null()) &&
        nw_put(item, "body", shown ? json_deep_copy(shown) : json_object()) &&
        nw_put(item, "entries", entries ? json_deep_copy(entries) : json_array()) &&
        nw_put(item, "open", on.open) && json_array_append(reading->items, item) == 0;
    json_decref(item);
    return good;
}

static bool add_registered(struct nw_tx *tx, struct reading *reading, const json_t *kind,
                           struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    bool good = true;
    if (!nw_tx_query(tx, &arena, "SELECT id, body FROM registry WHERE kind = ? ORDER BY id",
                     NW_VALUES(NW_STRING(nw_member_text(kind, "registry"))), &rows, err))
        return false;
    for (size_t i = 0; good && i < rows.count; i++) {
        const char *id = nw_row_text(&rows, i, 0);
        json_t *body = json_loads(nw_row_text(&rows, i, 1), 0, NULL);
        good = body && add_item(reading, kind, id, id, id, body);
        json_decref(body);
    }
    return good || nw_no_memory(err);
}

static bool add_tasks(struct nw_tx *tx, struct reading *reading, const json_t *kind,
                      struct nw_err *err)
{
    size_t i;
    const json_t *task;
    bool good = true;
    json_t *tasks = nw_book_tasks(tx, reading->table, err);
    if (!tasks)
        return false;
    json_array_foreach(tasks, i, task)
    {
        const json_t *body = json_object_get(task, "body");
        const char *id = nw_member_text(body, "id");
        good = good && add_item(reading, kind, nw_member_text(task, "item"), id, id, body);
    }
    json_decref(tasks);
    return good || nw_no_memory(err);
}

static bool add_kind(struct nw_tx *tx, struct reading *reading, const json_t *kind,
                     struct nw_err *err)
{
    size_t i;
    const json_t *item;
    if (*nw_member_text(kind, "registry"))
        return add_registered(tx, reading, kind, err);
    if (strcmp(nw_member_text(kind, "name"), "revalidation") == 0)
        return add_tasks(tx, reading, kind, err);
    json_array_foreach(json_object_get(kind, "items"), i, item)
    {
        if (!add_item(reading, kind, nw_member_text(item, "name"), nw_member_text(item, "zh"),
                      nw_member_text(item, "en"), NULL))
            return nw_no_memory(err);
    }
    return true;
}

json_t *nw_book_items(struct nw_tx *tx, const json_t *table, const char *time,
                      struct nw_err *err)
{
    size_t i;
    const json_t *kind;
    struct reading reading = {
        .table = table, .time = time, .entries = json_object(), .items = json_array()};
    bool good =
        reading.entries && reading.items ? read_entries(tx, &reading, err) : nw_no_memory(err);
    json_array_foreach(json_object_get(table, "kinds"), i, kind)
    {
        good = good && add_kind(tx, &reading, kind, err);
    }
    json_decref(reading.entries);
    if (good)
        return reading.items;
    json_decref(reading.items);
    return NULL;
}
