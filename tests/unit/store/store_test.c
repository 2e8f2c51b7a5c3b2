/* tests/unit/store/store_test.c -- the laws of store.h, on both databases. */
#include "store/store.h"

#include <pthread.h>
#include <sys/stat.h>

#include "place.h"

struct text_pair {
    const char *name, *value;
};

static bool put_setting(struct nw_tx *tx, void *context, struct nw_err *err)
{
    const struct text_pair *pair = context;
    return nw_tx_run(tx, "INSERT INTO settings (name, value) VALUES (?, ?)",
                     NW_VALUES(NW_STRING(pair->name), NW_STRING(pair->value)), NULL, err);
}

struct found {
    char value[200];
    int64_t count;
};

struct ask {
    const char *name;
    struct found found;
};

static bool get_setting(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct ask *ask = context;
    struct nw_arena arena = {0};
    struct nw_rows rows;
    const bool ok = nw_tx_query(tx, &arena, "SELECT value FROM settings WHERE name = ?",
                                NW_VALUES(NW_STRING(ask->name)), &rows, err);
    if (ok) {
        ask->found.count = (int64_t)rows.count;
        (void)snprintf(ask->found.value, sizeof ask->found.value, "%s",
                       rows.count ? nw_row_text(&rows, 0, 0) : "");
    }
    nw_arena_release(&arena);
    return ok;
}

static struct nw_store *open_new(void)
{
    struct nw_err err = {0};
    struct nw_store *store = nw_store_open(place_new(), &err);
    if (!store)
        printf("# %s\n", err.msg);
    CHECK(store != NULL);
    return store;
}

static struct found setting(struct nw_store *store, const char *name)
{
    struct nw_err err = {0};
    struct ask ask = {.name = name};
    CHECK(nw_store_read(store, get_setting, &ask, &err));
    if (err.code != NW_OK)
        printf("# %s\n", err.msg);
    return ask.found;
}

static bool put(struct nw_store *store, const char *name, const char *value, struct nw_err *err)
{
    struct text_pair pair = {name, value};
    return nw_store_write(store, put_setting, &pair, err);
}

static void what_is_written_is_read(void)
{
    struct nw_err err = {0};
    struct nw_store *store = open_new();
    CHECK(put(store, "a", "1", &err));
    CHECK(setting(store, "a").count == 1 && strcmp(setting(store, "a").value, "1") == 0);
    CHECK(setting(store, "b").count == 0);
    nw_store_close(store);
    store = nw_store_open(place.where, &err);
    CHECK(store && strcmp(setting(store, "a").value, "1") == 0);
    nw_store_close(store);
}

static void values_are_never_statements(void)
{
    static const char *const nasty[] = {"'; DROP TABLE settings; --",
                                        "\" OR 1=1",
                                        "$1 ?",
                                        "<script>alert(1)</script>",
                                        "%s%n%d",
                                        "张三\n\t\\",
                                        ""};
    struct nw_err err = {0};
    struct nw_store *store = open_new();
    for (size_t i = 0; i < sizeof nasty / sizeof *nasty; i++) {
        CHECK(put(store, nasty[i], nasty[i], &err));
        const struct found found = setting(store, nasty[i]);
        CHECK(found.count == 1 && strcmp(found.value, nasty[i]) == 0);
    }
    nw_store_close(store);
}

static bool write_and_fail(struct nw_tx *tx, void *context, struct nw_err *err)
{
    return put_setting(tx, context, err) && nw_fail(err, NW_ERR_STATE, "not now");
}

static void what_fails_leaves_nothing(void)
{
    struct nw_err err = {0};
    struct nw_store *store = open_new();
    struct text_pair pair = {"a", "1"};
    CHECK(!nw_store_write(store, write_and_fail, &pair, &err));
    CHECK(err.code == NW_ERR_STATE && strcmp(err.msg, "not now") == 0);
    CHECK(setting(store, "a").count == 0);
    nw_store_close(store);
}

static void a_second_row_with_a_key_is_a_conflict(void)
{
    struct nw_err err = {0};
    struct nw_store *store = open_new();
    CHECK(put(store, "a", "1", &err));
    CHECK(!put(store, "a", "2", &err) && err.code == NW_ERR_CONFLICT);
    CHECK(strcmp(setting(store, "a").value, "1") == 0);
    nw_store_close(store);
}

static bool write_orphan(struct nw_tx *tx, void *context, struct nw_err *err)
{
    (void)context;
    return nw_tx_run(tx,
                     "INSERT INTO sessions (token, person, csrf, created, seen, expires)"
                     " VALUES ('t', 'nobody', 'c', 'x', 'x', 'x')",
                     NW_NO_VALUES, NULL, err);
}

static void a_row_of_nobody_is_a_conflict(void)
{
    struct nw_err err = {0};
    struct nw_store *store = open_new();
    CHECK(!nw_store_write(store, write_orphan, NULL, &err) && err.code == NW_ERR_CONFLICT);
    nw_store_close(store);
}

static bool write_anyway(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct nw_err ignored = {0};
    (void)err;
    CHECK(put_setting(tx, context, &ignored));
    CHECK(!put_setting(tx, context, &ignored));
    return true;
}

static void a_failed_statement_cannot_be_passed_over(void)
{
    struct nw_err err = {0};
    struct nw_store *store = open_new();
    struct text_pair pair = {"a", "1"};
    CHECK(!nw_store_write(store, write_anyway, &pair, &err) && err.code == NW_ERR_INTERNAL);
    CHECK(setting(store, "a").count == 0);
    nw_store_close(store);
}

static void a_read_cannot_write(void)
{
    struct nw_err err = {0};
    struct nw_store *store = open_new();
    struct text_pair pair = {"a", "1"};
    CHECK(!nw_store_read(store, put_setting, &pair, &err) && err.code == NW_ERR_INTERNAL);
    CHECK(setting(store, "a").count == 0);
    nw_store_close(store);
}

static bool all_kinds(struct nw_tx *tx, void *context, struct nw_err *err)
{
    static const uint8_t bytes[] = {0, 255, 1, 0, '?'};
    struct nw_arena *arena = context;
    struct nw_rows rows;
    int64_t changed = -1;
    const bool ok =
        nw_tx_run(tx, "CREATE TABLE kinds (a BIGINT, b DOUBLE PRECISION, c TEXT, d INTEGER)",
                  NW_NO_VALUES, NULL, err) &&
        nw_tx_run(tx, "INSERT INTO kinds (a, b, c, d) VALUES (?, ?, ?, ?), (?, ?, ?, '7')",
                  NW_VALUES(NW_WHOLE(INT64_MIN), NW_REAL(0.1), NW_STRING("?'\""), NW_NULL,
                            NW_WHOLE(INT64_MAX), NW_REAL(-1e300), NW_STRING("")),
                  &changed, err) &&
        nw_tx_query(tx, arena, "SELECT a, b, c, d, 'it''s ?' AS e FROM kinds ORDER BY a",
                    NW_NO_VALUES, &rows, err);
    CHECK(ok);
    if (!ok)
        return false;
    CHECK(changed == 2 && rows.count == 2 && rows.columns == 5);
    CHECK(strcmp(rows.name[0], "a") == 0 && strcmp(rows.name[4], "e") == 0);
    CHECK(nw_row_whole(&rows, 0, 0) == INT64_MIN && nw_row_whole(&rows, 1, 0) == INT64_MAX);
    CHECK(rows.cell[1].kind == NW_VALUE_REAL && rows.cell[1].real == 0.1);
    CHECK(rows.cell[6].real == -1e300);
    CHECK(strcmp(nw_row_text(&rows, 0, 2), "?'\"") == 0 && rows.cell[2].size == 3);
    CHECK(rows.cell[7].kind == NW_VALUE_TEXT && rows.cell[7].size == 0);
    CHECK(rows.cell[3].kind == NW_VALUE_NULL && nw_row_whole(&rows, 0, 3) == 0);
    CHECK(nw_row_whole(&rows, 1, 3) == 7);
    CHECK(strcmp(nw_row_text(&rows, 0, 4), "it's ?") == 0);
    struct nw_rows sums;
    CHECK(nw_tx_query(tx, arena,
                      "SELECT COUNT(*), SUM(d), MAX(b), COUNT(*) > 1 FROM kinds WHERE ? = ?",
                      NW_VALUES(NW_BYTES(bytes, 5), NW_BYTES(bytes, 5)), &sums, err));
    CHECK(nw_row_whole(&sums, 0, 0) == 2 && nw_row_whole(&sums, 0, 1) == 7);
    CHECK(sums.cell[2].real == 0.1 && nw_row_whole(&sums, 0, 3) == 1);
    CHECK(nw_tx_query(tx, arena, "SELECT ? AS x", NW_VALUES(NW_BYTES(bytes, 5)), &sums, err));
    CHECK(sums.cell[0].kind == NW_VALUE_BYTES && sums.cell[0].size == 5 &&
          memcmp(sums.cell[0].data, bytes, 5) == 0);
    return true;
}

static void every_kind_of_value_comes_back_as_it_was(void)
{
    struct nw_err err = {0};
    struct nw_arena arena = {0};
    struct nw_store *store = open_new();
    CHECK(nw_store_write(store, all_kinds, &arena, &err));
    if (err.code != NW_OK)
        printf("# %s\n", err.msg);
    nw_arena_release(&arena);
    nw_store_close(store);
}

enum { MANY_ROWS = 150 }; /* more than are sent at once */

struct each {
    int twice; /* a row that has the key of the one before; 0: none */
    int64_t kept, nulls;
};

static bool put_each(struct nw_tx *tx, void *context, struct nw_err *err)
{
    const struct each *each = context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_value values[MANY_ROWS * 3];
    for (int i = 0; i < MANY_ROWS; i++) {
        const char *key = nw_arena_printf(&arena, err, "k%d", i - (each->twice == i && i));
        values[3 * i] = NW_STRING(key);
        values[3 * i + 1] = i % 3 == 1 ? NW_NULL : NW_WHOLE(i);
        values[3 * i + 2] = i % 3 == 0 ? NW_NULL : NW_STRING("text");
    }
    return nw_tx_run(tx, "CREATE TABLE each (a TEXT PRIMARY KEY, b BIGINT, c TEXT)",
                     NW_NO_VALUES, NULL, err) &&
           nw_tx_run_each(tx, "INSERT INTO each (a, b, c) VALUES (?, ?, ?)", values, 3,
                          MANY_ROWS, err) &&
           nw_tx_run_each(tx, "not even read", NULL, 0, 0, err);
}

static bool count_each(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct each *each = context;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena, "SELECT COUNT(*), COUNT(b) + COUNT(c), SUM(b) FROM each",
                     NW_NO_VALUES, &rows, err))
        return false;
    each->kept = nw_row_whole(&rows, 0, 0);
    each->nulls = 2 * each->kept - nw_row_whole(&rows, 0, 1);
    CHECK(nw_row_whole(&rows, 0, 2) == MANY_ROWS * (MANY_ROWS - 1) / 2 - 50 * (1 + 148) / 2);
    return true;
}

static void many_rows_are_put_at_once_or_none(void)
{
    struct nw_err err = {0};
    struct nw_store *store = open_new();
    struct each each = {.twice = 100};
    CHECK(!nw_store_write(store, put_each, &each, &err) && err.code == NW_ERR_CONFLICT);
    err = (struct nw_err){0};
    CHECK(!nw_store_read(store, count_each, &each, &err)); /* not even the table */
    err = (struct nw_err){0};
    each.twice = 0;
    CHECK(nw_store_write(store, put_each, &each, &err));
    CHECK(nw_store_read(store, count_each, &each, &err));
    CHECK(each.kept == MANY_ROWS && each.nulls == 100);
    nw_store_close(store);
}

static bool do_nothing(struct nw_tx *tx, void *context, struct nw_err *err)
{
    (void)tx, (void)context, (void)err;
    return true;
}

/* A transaction without statements holds no state of the database, and one after it sees the
 * newest. */
static void a_read_of_nothing_is_one(void)
{
    struct nw_err err = {0};
    struct nw_store *store = open_new();
    CHECK(nw_store_read(store, do_nothing, NULL, &err));
    CHECK(nw_store_write(store, put_setting, &(struct text_pair){"a", "b"}, &err));
    CHECK(nw_store_read(store, do_nothing, NULL, &err));
    CHECK(setting(store, "a").count == 1);
    nw_store_close(store);
}

static void texts_that_are_none_are_refused(void)
{
    struct nw_err err = {0};
    struct nw_store *store = open_new();
    CHECK(!put(store, "a", "\xff\xfe", &err) && err.code == NW_ERR_DATA);
    CHECK(setting(store, "a").count == 0);
    nw_store_close(store);
}

static bool number_on(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct nw_arena arena = {0};
    struct nw_rows rows;
    char digest[40];
    bool ok = nw_tx_query(tx, &arena, "SELECT COALESCE(MAX(number), 0) FROM ledger",
                          NW_NO_VALUES, &rows, err);
    const int64_t number = ok ? nw_row_whole(&rows, 0, 0) + 1 : 0;
    (void)snprintf(digest, sizeof digest, "%lld", (long long)number);
    ok = ok && nw_tx_run(tx,
                         "INSERT INTO ledger (number, time, person, act, body, before, digest)"
                         " VALUES (?, 'now', ?, 'test', '{}', '', ?)",
                         NW_VALUES(NW_WHOLE(number), NW_STRING((const char *)context),
                                   NW_STRING(digest)),
                         NULL, err);
    nw_arena_release(&arena);
    return ok;
}

enum { THREADS = 16, EACH = 25 };

static struct nw_store *shared;
static int thread_failures;

static void *write_many(void *context)
{
    for (int i = 0; i < EACH; i++) {
        struct nw_err err = {0};
        if (!nw_store_write(shared, number_on, context, &err)) {
            printf("# %s\n", err.msg);
            __atomic_add_fetch(&thread_failures, 1, __ATOMIC_SEQ_CST);
        }
        struct ask ask = {.name = "none"};
        if (!nw_store_read(shared, get_setting, &ask, &err))
            __atomic_add_fetch(&thread_failures, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

static bool count_ledger(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct nw_arena arena = {0};
    struct nw_rows rows;
    const bool ok = nw_tx_query(tx, &arena, "SELECT COUNT(*), MAX(number) FROM ledger",
                                NW_NO_VALUES, &rows, err);
    if (ok)
        CHECK(nw_row_whole(&rows, 0, 0) == nw_row_whole(&rows, 0, 1));
    *(int64_t *)context = ok ? nw_row_whole(&rows, 0, 0) : -1;
    nw_arena_release(&arena);
    return ok;
}

static void sixteen_threads_write_one_chain(void)
{
    struct nw_err err = {0};
    pthread_t thread[THREADS];
    char name[THREADS][16];
    int64_t count = 0;
    shared = open_new();
    for (int i = 0; i < THREADS; i++) {
        (void)snprintf(name[i], sizeof name[i], "p%d", i);
        CHECK(pthread_create(&thread[i], NULL, write_many, name[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(thread[i], NULL);
    CHECK(thread_failures == 0);
    CHECK(nw_store_read(shared, count_ledger, &count, &err) && count == THREADS * EACH);
    nw_store_close(shared);
}

static bool read_twice(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct nw_store *store = context;
    int64_t before = 0, after = 0;
    char name[] = "x";
    CHECK(count_ledger(tx, &before, err));
    CHECK(nw_store_write(store, number_on, name, err)); /* on another connection */
    CHECK(count_ledger(tx, &after, err));
    CHECK(before == after);
    return true;
}

static void a_read_sees_one_state(void)
{
    struct nw_err err = {0};
    int64_t count = 0;
    struct nw_store *store = open_new();
    CHECK(nw_store_read(store, read_twice, store, &err));
    CHECK(nw_store_read(store, count_ledger, &count, &err) && count == 1);
    nw_store_close(store);
}

static bool raise_version(struct nw_tx *tx, void *context, struct nw_err *err)
{
    (void)context;
    return nw_tx_run(tx,
                     "INSERT INTO schema_versions (version, applied) VALUES (9999, 'later')",
                     NW_NO_VALUES, NULL, err);
}

static void tables_of_a_newer_version_are_refused(void)
{
    struct nw_err err = {0};
    struct nw_store *store = open_new();
    CHECK(nw_store_write(store, raise_version, NULL, &err));
    nw_store_close(store);
    store = nw_store_open(place.where, &err);
    CHECK(store == NULL && err.code == NW_ERR_UNSUPPORTED);
}

static void tests(void)
{
    UNIT(what_is_written_is_read);
    UNIT(values_are_never_statements);
    UNIT(what_fails_leaves_nothing);
    UNIT(a_second_row_with_a_key_is_a_conflict);
    UNIT(a_row_of_nobody_is_a_conflict);
    UNIT(a_failed_statement_cannot_be_passed_over);
    UNIT(a_read_cannot_write);
    UNIT(every_kind_of_value_comes_back_as_it_was);
    UNIT(many_rows_are_put_at_once_or_none);
    UNIT(a_read_of_nothing_is_one);
    UNIT(texts_that_are_none_are_refused);
    UNIT(sixteen_threads_write_one_chain);
    UNIT(a_read_sees_one_state);
    UNIT(tables_of_a_newer_version_are_refused);
}

int main(void)
{
    return place_run(tests);
}
