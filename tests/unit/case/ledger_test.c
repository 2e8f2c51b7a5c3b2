/* tests/unit/case/ledger_test.c -- the chain of everything: whatever is changed in it, shows.
 */
#include "case/ledger.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

static struct nw_store *store;
static uint8_t secret[NW_SECRET_BYTES];
static struct nw_public_key shown;

static void note(struct nw_ledger *ledger, const char *act, const char *text)
{
    struct nw_err err = {0};
    json_t *body = json_pack("{s:s}", "text", text);
    struct nw_row row = {.person = "p", .act = act, .body = body};
    CHECK(nw_ledger_note(ledger, &row, &err));
    json_decref(body);
}

static bool run_sql(struct nw_tx *tx, void *context, struct nw_err *err)
{
    return nw_tx_run(tx, (const char *)context, NW_NO_VALUES, NULL, err);
}

static void sql(const char *text)
{
    struct nw_err err = {0};
    CHECK(nw_store_write(store, run_sql, (void *)(uintptr_t)text, &err));
}

static bool sign(struct nw_tx *tx, void *context, struct nw_err *err)
{
    (void)context;
    return nw_ledger_sign(tx, secret, &shown, err);
}

static int64_t first_fault(int64_t *rows)
{
    struct nw_err err = {0};
    struct nw_ledger_fault fault = {0};
    CHECK(nw_ledger_check(store, rows, &fault, &err));
    return fault.number;
}

/* A chain of five rows and a head over them, then one change, then undone. */
static void every_change_to_a_row_shows_where_it_is(void)
{
    static const struct {
        const char *change, *undo;
        int64_t at;
    } change[] = {
        {"UPDATE ledger SET body = '{\"text\":\"x\"}' WHERE number = 3",
         "UPDATE ledger SET body = '{\"text\":\"c\"}' WHERE number = 3", 3},
        {"UPDATE ledger SET person = 'q' WHERE number = 2",
         "UPDATE ledger SET person = 'p' WHERE number = 2", 2},
        {"UPDATE ledger SET case_id = 'k' WHERE number = 5",
         "UPDATE ledger SET case_id = NULL WHERE number = 5", 5},
        {"UPDATE ledger SET act = 'b' WHERE number = 1",
         "UPDATE ledger SET act = 'a' WHERE number = 1", 1},
        {"UPDATE ledger SET number = -4 WHERE number = 4",
         "UPDATE ledger SET number = 4 WHERE number = -4", 4},
        {"UPDATE ledger SET time = '2000' || substr(time, 5) WHERE number = 4",
         "UPDATE ledger SET time = (SELECT time FROM ledger WHERE number = 5) WHERE number = 0",
         4},
    };
    int64_t rows;
    CHECK(first_fault(&rows) == 0 && rows == 5);
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        sql(change[i].change);
        CHECK(first_fault(&rows) == change[i].at);
        sql(change[i].undo);
        if (i + 1 < sizeof change / sizeof *change)
            CHECK(first_fault(&rows) == 0);
    }
}

/* Rows of the end are not missed by the chain: the head knows how far it went. */
static void a_chain_cut_at_its_end_shows_by_its_head(void)
{
    int64_t rows;
    sql("DELETE FROM ledger WHERE number = 5");
    CHECK(first_fault(&rows) != 0);
}

static void *ten_notes(void *ledger)
{
    for (int i = 0; i < 10; i++)
        note((struct nw_ledger *)ledger, "read", "many");
    return NULL;
}

static void notes_of_many_at_once_all_stand_in_one_chain(void)
{
    struct nw_err err = {0};
    struct nw_ledger *ledger = nw_ledger_new(store, &err);
    pthread_t thread[8];
    int64_t rows;
    for (int i = 0; i < 8; i++)
        CHECK(pthread_create(&thread[i], NULL, ten_notes, ledger) == 0);
    for (int i = 0; i < 8; i++)
        (void)pthread_join(thread[i], NULL);
    nw_ledger_free(ledger);
    CHECK(first_fault(&rows) == 0 && rows == 80);
}

static void times_are_read_and_reckoned(void)
{
    int64_t at = 0;
    char then[NW_TIME_TEXT];
    CHECK(nw_time_parse("1970-01-02T00:00:01.500000Z", &at) && at == 86401);
    CHECK(!nw_time_parse("1970-01-02 00:00:01Z", &at));
    CHECK(!nw_time_parse("1970-01-02T00:00:01.5", &at));
    nw_time_after("2024-02-28T23:59:59.000000Z", 1, then);
    CHECK(strcmp(then, "2024-02-29T00:00:00.000000Z") == 0);
}

struct asked {
    const char *sql;
    int64_t number;
};

static bool ask_number(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct asked *asked = (struct asked *)context;
    struct nw_arena arena = {0};
    struct nw_rows rows;
    bool good = nw_tx_query(tx, &arena, asked->sql, NW_NO_VALUES, &rows, err);
    asked->number = good && rows.count ? nw_row_whole(&rows, 0, 0) : -1;
    nw_arena_release(&arena);
    return good;
}

static int64_t number_of(const char *text)
{
    struct nw_err err = {0};
    struct asked asked = {.sql = text};
    CHECK(nw_store_read(store, ask_number, &asked, &err));
    return asked.number;
}

/* A last row of tomorrow: time stands still until then, and that the clock was put back is a
 * row, once. */
static void a_clock_that_goes_back_is_told_and_order_stays(void)
{
    struct nw_err err = {0};
    struct nw_ledger *ledger = nw_ledger_new(store, &err);
    char tomorrow[NW_TIME_TEXT], text[200];
    note(ledger, "a", "a");
    nw_time_now(tomorrow);
    nw_time_after(tomorrow, 86400, tomorrow);
    snprintf(text, sizeof text, "UPDATE ledger SET time = '%s'", tomorrow);
    sql(text);
    note(ledger, "b", "b");
    note(ledger, "c", "c");
    CHECK(number_of("SELECT COUNT(*) FROM ledger") == 4);
    CHECK(number_of("SELECT COUNT(*) FROM ledger WHERE act = 'clock.back'") == 1);
    CHECK(number_of("SELECT COUNT(DISTINCT time) FROM ledger") == 1);
    nw_ledger_free(ledger);
}

static void with_new_store(void (*fill)(struct nw_ledger *), void (*test)(void),
                           const char *name)
{
    char path[] = "/tmp/nuwa-ledger-XXXXXX", file[64];
    struct nw_err err = {0};
    CHECK(mkdtemp(path) != NULL);
    snprintf(file, sizeof file, "%s/nuwa.db", path);
    store = nw_store_open(file, &err);
    CHECK(store != NULL);
    if (fill) {
        struct nw_ledger *ledger = nw_ledger_new(store, &err);
        fill(ledger);
        nw_ledger_free(ledger);
        CHECK(nw_store_write(store, sign, NULL, &err));
    }
    unit_run(name, test);
    nw_store_close(store);
    snprintf(file, sizeof file, "rm -r %s", path);
    CHECK(system(file) == 0);
}

static void five_rows(struct nw_ledger *ledger)
{
    static const char *const act[] = {"a", "b", "c", "d", "e"};
    for (int i = 0; i < 5; i++)
        note(ledger, act[i], act[i]);
}

int main(void)
{
    struct nw_err err = {0};
    CHECK(nw_key_make(NW_ED25519, secret, &shown, &err));
    UNIT(times_are_read_and_reckoned);
    with_new_store(five_rows, every_change_to_a_row_shows_where_it_is,
                   "every_change_to_a_row_shows_where_it_is");
    with_new_store(five_rows, a_chain_cut_at_its_end_shows_by_its_head,
                   "a_chain_cut_at_its_end_shows_by_its_head");
    with_new_store(NULL, notes_of_many_at_once_all_stand_in_one_chain,
                   "notes_of_many_at_once_all_stand_in_one_chain");
    with_new_store(NULL, a_clock_that_goes_back_is_told_and_order_stays,
                   "a_clock_that_goes_back_is_told_and_order_stays");
    return unit_end();
}
