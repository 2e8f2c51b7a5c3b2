/* store/store.c -- see store.h. Connections, transactions, and when to run one again. */
#include "store/store.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "core/text.h"
#include "store/store_priv.h"

enum { MAX_CONNECTIONS = 16, MAX_TRIES = 5, PATIENCE_MS = 5000, SLOW_FOR_MS = 60000 };

struct nw_store {
    const struct nw_driver *driver;
    char *where;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t freed;
    struct nw_conn *idle;
    unsigned generation; /* older connections are not trusted any more */
    int open, busy;
    bool known;                        /* it has been there before */
    int64_t slowest_ms, slowest_at_ms; /* of the last minute's commits; when it ended */
    pthread_mutex_t writer;            /* where the database itself has no queue */
};

static int64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void wait_ms(int64_t ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL);
}

static bool is_url(const char *where)
{
    return strncmp(where, "postgresql://", 13) == 0 || strncmp(where, "postgres://", 11) == 0;
}

/* An idle connection, or the right to open one (NULL). */
static struct nw_conn *take_idle(struct nw_store *store)
{
    (void)pthread_mutex_lock(&store->lock);
    while (!store->idle && store->open >= MAX_CONNECTIONS)
        (void)pthread_cond_wait(&store->freed, &store->lock);
    struct nw_conn *conn = store->idle;
    if (conn)
        store->idle = conn->next;
    else
        store->open++;
    store->busy++;
    (void)pthread_mutex_unlock(&store->lock);
    return conn;
}

static void release_place(struct nw_store *store)
{
    (void)pthread_mutex_lock(&store->lock);
    store->open--;
    store->busy--;
    (void)pthread_cond_signal(&store->freed);
    (void)pthread_mutex_unlock(&store->lock);
}

static void give_back(struct nw_store *store, struct nw_conn *conn)
{
    (void)pthread_mutex_lock(&store->lock);
    const bool trusted = !conn->broken && conn->generation == store->generation;
    if (trusted) {
        conn->next = store->idle;
        store->idle = conn;
        store->busy--;
        (void)pthread_cond_signal(&store->freed);
    }
    (void)pthread_mutex_unlock(&store->lock);
    if (!trusted) {
        store->driver->close(conn);
        release_place(store);
    }
}

/* One connection was lost: the others that are idle have most likely gone the same way. */
static void drop_lost(struct nw_store *store, struct nw_conn *conn)
{
    (void)pthread_mutex_lock(&store->lock);
    store->generation++;
    struct nw_conn *list = store->idle;
    store->idle = NULL;
    for (struct nw_conn *c = list; c; c = c->next)
        store->open--;
    (void)pthread_cond_broadcast(&store->freed);
    (void)pthread_mutex_unlock(&store->lock);
    while (list) {
        struct nw_conn *next = list->next;
        store->driver->close(list);
        list = next;
    }
    store->driver->close(conn);
    release_place(store);
}

/* Once. On failure *fault says whether waiting may help. */
static bool open_once(struct nw_store *store, struct nw_conn **out, enum nw_fault *fault,
                      struct nw_err *err)
{
    (void)pthread_mutex_lock(&store->lock);
    const unsigned generation = store->generation;
    (void)pthread_mutex_unlock(&store->lock);
    *out = store->driver->open(store->where, !store->known, fault, err);
    if (*out)
        (*out)->generation = generation;
    return *out != NULL;
}

/* Opens until it works or `until` has come. The place must be held; it is given up on
 * failure. */
static struct nw_conn *open_until(struct nw_store *store, int64_t until, struct nw_err *err)
{
    struct nw_conn *conn = NULL;
    for (int64_t pause = 25;; pause = pause < 400 ? pause * 2 : pause) {
        enum nw_fault fault = NW_FAULT_NONE;
        struct nw_err why = {0};
        if (open_once(store, &conn, &fault, &why))
            return conn;
        if (fault != NW_FAULT_LOST || now_ms() + pause > until) {
            *err = why;
            release_place(store);
            return NULL;
        }
        wait_ms(pause);
    }
}

static struct nw_conn *take(struct nw_store *store, int64_t until, struct nw_err *err)
{
    struct nw_conn *conn = take_idle(store);
    return conn ? conn : open_until(store, until, err);
}

struct attempt {
    nw_store_work *work;
    void *context;
    bool writes;
};

/* Runs it once. The connection is in conn->fault's state afterwards. */
static void remember(struct nw_store *store, int64_t took_ms)
{
    const int64_t now = now_ms();
    (void)pthread_mutex_lock(&store->lock);
    if (took_ms >= store->slowest_ms || now - store->slowest_at_ms > SLOW_FOR_MS) {
        store->slowest_ms = took_ms;
        store->slowest_at_ms = now;
    }
    (void)pthread_mutex_unlock(&store->lock);
}

double nw_store_slowest_s(struct nw_store *store)
{
    (void)pthread_mutex_lock(&store->lock);
    const bool is_recent = now_ms() - store->slowest_at_ms <= SLOW_FOR_MS;
    const double slowest = is_recent ? (double)store->slowest_ms / 1000 : 0;
    (void)pthread_mutex_unlock(&store->lock);
    return slowest;
}

static bool commit(struct nw_store *store, struct nw_conn *conn, bool writes,
                   struct nw_err *err)
{
    const int64_t began = now_ms();
    const bool ok = conn->driver->commit(conn, err);
    if (ok && writes)
        remember(store, now_ms() - began);
    return ok;
}

static bool run_once(struct nw_store *store, struct nw_conn *conn,
                     const struct attempt *attempt, struct nw_err *err)
{
    const struct nw_driver *driver = conn->driver;
    struct nw_tx tx = {.conn = conn, .writes = attempt->writes};
    conn->fault = NW_FAULT_NONE;
    bool ok =
        driver->begin(conn, attempt->writes, err) && attempt->work(&tx, attempt->context, err);
    if (ok && tx.failed)
        ok = err->code != NW_OK ||
             nw_fail(err, NW_ERR_INTERNAL, "a transaction went on after a failed statement");
    ok = ok && err->code == NW_OK;
    if (ok && commit(store, conn, attempt->writes, err))
        return true;
    if (conn->fault != NW_FAULT_LOST && conn->fault != NW_FAULT_UNSURE)
        driver->rollback(conn);
    return false;
}

/* A commit whose answer was lost: asks the database itself what became of it. */
static enum nw_kept find_out(struct nw_store *store, const char *mark, int64_t until)
{
    enum nw_kept kept = NW_KEPT_UNKNOWN;
    while (kept == NW_KEPT_UNKNOWN && now_ms() < until) {
        struct nw_err ignored = {0};
        struct nw_conn *conn = take(store, until, &ignored);
        if (!conn)
            break;
        conn->fault = NW_FAULT_NONE;
        kept = store->driver->kept(conn, mark);
        if (conn->fault == NW_FAULT_NONE)
            give_back(store, conn);
        else
            drop_lost(store, conn);
        if (kept == NW_KEPT_UNKNOWN)
            wait_ms(50);
    }
    return kept;
}

/* What became of one run, and whether it is worth another. */
enum next { NEXT_DONE, NEXT_FAILED, NEXT_AGAIN };

static enum next settle(struct nw_store *store, struct nw_conn *conn, bool ok, int64_t until,
                        struct nw_err *err)
{
    const enum nw_fault fault = ok ? NW_FAULT_NONE : conn->fault;
    char mark[NW_MARK_TEXT];
    memcpy(mark, conn->mark, sizeof mark);
    if (fault == NW_FAULT_NONE || fault == NW_FAULT_AGAIN)
        give_back(store, conn);
    else
        drop_lost(store, conn);
    if (fault == NW_FAULT_NONE)
        return ok ? NEXT_DONE : NEXT_FAILED;
    if (fault != NW_FAULT_UNSURE)
        return NEXT_AGAIN;
    switch (find_out(store, mark, until)) {
    case NW_KEPT_YES:
        return NEXT_DONE;
    case NW_KEPT_NO:
        return NEXT_AGAIN;
    case NW_KEPT_UNKNOWN:
        break;
    }
    *err = (struct nw_err){0};
    nw_fail(err, NW_ERR_IO,
            "the database went away while it was saving: whether this was kept is not known");
    return NEXT_FAILED;
}

static bool run(struct nw_store *store, const struct attempt *attempt, struct nw_err *err)
{
    int64_t until = 0; /* set when something first goes wrong */
    for (int tries = 1;; tries++) {
        struct nw_conn *conn = take(store, until ? until : now_ms() + PATIENCE_MS, err);
        if (!conn)
            return false;
        struct nw_err why = {0};
        const bool ok = run_once(store, conn, attempt, &why);
        if (!until)
            until = now_ms() + PATIENCE_MS;
        const enum next next = settle(store, conn, ok, until, &why);
        if (next == NEXT_DONE)
            return true;
        const int64_t pause = (int64_t)10 << 2 * tries;
        if (next == NEXT_FAILED || tries == MAX_TRIES || now_ms() + pause > until) {
            *err = why;
            return false;
        }
        wait_ms(pause);
    }
}

bool nw_store_read(struct nw_store *store, nw_store_work *work, void *context,
                   struct nw_err *err)
{
    const struct attempt attempt = {.work = work, .context = context};
    return run(store, &attempt, err);
}

bool nw_store_write(struct nw_store *store, nw_store_work *work, void *context,
                    struct nw_err *err)
{
    const struct attempt attempt = {.work = work, .context = context, .writes = true};
    if (store->driver->single_writer)
        (void)pthread_mutex_lock(&store->writer);
    const bool ok = run(store, &attempt, err);
    if (store->driver->single_writer)
        (void)pthread_mutex_unlock(&store->writer);
    return ok;
}

struct nw_store *nw_store_new(const char *where, struct nw_err *err)
{
    struct nw_store *store = NW_ALLOC(struct nw_store, 1, err);
    const size_t len = strlen(where);
    char *copy = store ? NW_ALLOC(char, len + 1, err) : NULL;
    if (!copy) {
        nw_free(store);
        return NULL;
    }
    memcpy(copy, where, len + 1);
    store->where = copy;
    store->driver = is_url(where) ? &nw_postgres_driver : &nw_sqlite_driver;
    (void)pthread_mutex_init(&store->lock, NULL);
    (void)pthread_mutex_init(&store->writer, NULL);
    (void)pthread_cond_init(&store->freed, NULL);
    store->known = true;
    return store;
}

struct nw_store *nw_store_open(const char *where, struct nw_err *err)
{
    struct nw_store *store = nw_store_new(where, err);
    if (!store)
        return NULL;
    store->known = false;
    if (nw_store_migrate(store, err)) {
        store->known = true;
        return store;
    }
    nw_store_close(store);
    return NULL;
}

void nw_store_close(struct nw_store *store)
{
    if (!store)
        return;
    assert(store->busy == 0);
    while (store->idle) {
        struct nw_conn *conn = store->idle;
        store->idle = conn->next;
        store->driver->close(conn);
    }
    (void)pthread_cond_destroy(&store->freed);
    (void)pthread_mutex_destroy(&store->writer);
    (void)pthread_mutex_destroy(&store->lock);
    nw_free(store->where);
    nw_free(store);
}

const char *nw_store_kind(const struct nw_store *store)
{
    return store->driver->kind;
}

const struct nw_driver *nw_store_driver(const struct nw_store *store)
{
    return store->driver;
}

struct nw_value nw_text_value(const char *text)
{
    if (!text)
        return NW_NULL;
    return (struct nw_value){.kind = NW_VALUE_TEXT, .data = text, .size = strlen(text)};
}

/* Both databases must refuse the same. */
static bool check_values(const struct nw_value *values, size_t count, struct nw_err *err)
{
    for (size_t i = 0; i < count; i++)
        if (values[i].kind == NW_VALUE_TEXT &&
            (memchr(values[i].data, 0, values[i].size) ||
             !nw_text_is_utf8(values[i].data, values[i].size)))
            return nw_fail(err, NW_ERR_DATA, "a text is not UTF-8, or has a 0 byte in it");
    return true;
}

static bool run_statement(struct nw_tx *tx, const char *sql, const struct nw_value *values,
                          size_t count, struct nw_result *result, struct nw_err *err)
{
    if (tx->failed)
        return nw_fail(err, NW_ERR_INTERNAL, "a transaction went on after a failed statement");
    const bool ok = check_values(values, count, err) &&
                    tx->conn->driver->run(tx, sql, values, count, result, err);
    tx->failed = !ok;
    return ok;
}

bool nw_tx_run(struct nw_tx *tx, const char *sql, const struct nw_value *values, size_t count,
               int64_t *changed, struct nw_err *err)
{
    struct nw_result result = {0};
    if (!run_statement(tx, sql, values, count, &result, err))
        return false;
    if (changed)
        *changed = result.changed;
    return true;
}

bool nw_tx_run_each(struct nw_tx *tx, const char *sql, const struct nw_value *values,
                    size_t count, size_t rows, struct nw_err *err)
{
    if (tx->conn->driver->run_each && rows > 1) {
        if (tx->failed)
            return nw_fail(err, NW_ERR_INTERNAL,
                           "a transaction went on after a failed statement");
        tx->failed = !check_values(values, count * rows, err) ||
                     !tx->conn->driver->run_each(tx, sql, values, count, rows, err);
        return !tx->failed;
    }
    for (size_t i = 0; i < rows; i++)
        if (!nw_tx_run(tx, sql, values + i * count, count, NULL, err))
            return false;
    return true;
}

bool nw_tx_query(struct nw_tx *tx, struct nw_arena *arena, const char *sql,
                 const struct nw_value *values, size_t count, struct nw_rows *out,
                 struct nw_err *err)
{
    struct nw_result result = {.arena = arena};
    if (!run_statement(tx, sql, values, count, &result, err))
        return false;
    *out = result.rows;
    return true;
}

static const struct nw_value *cell_at(const struct nw_rows *rows, size_t row, size_t column)
{
    assert(row < rows->count && column < rows->columns);
    return &rows->cell[row * rows->columns + column];
}

const char *nw_row_text(const struct nw_rows *rows, size_t row, size_t column)
{
    const struct nw_value *cell = cell_at(rows, row, column);
    assert(cell->kind == NW_VALUE_TEXT || cell->kind == NW_VALUE_NULL);
    return cell->kind == NW_VALUE_TEXT ? cell->data : "";
}

int64_t nw_row_whole(const struct nw_rows *rows, size_t row, size_t column)
{
    const struct nw_value *cell = cell_at(rows, row, column);
    assert(cell->kind == NW_VALUE_INT || cell->kind == NW_VALUE_NULL);
    return cell->whole;
}

uint64_t nw_ready_hash(const char *sql, const struct nw_value *values, size_t count)
{
    uint64_t hash = 0xcbf29ce484222325U; /* FNV-1a */
    for (; *sql; sql++)
        hash = (hash ^ (uint8_t)*sql) * 0x100000001b3U;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ (uint8_t)values[i].kind) * 0x100000001b3U;
    return hash;
}

/* Text and bytes are borrowed from the database's buffers: here they are kept. */
bool nw_gather_add(struct nw_gather *gather, struct nw_arena *arena, struct nw_value value,
                   struct nw_err *err)
{
    if (value.kind == NW_VALUE_TEXT || value.kind == NW_VALUE_BYTES) {
        const void *from = value.data;
        char *to = nw_arena_alloc(arena, value.size + 1, err);
        if (!to)
            return false;
        if (value.size > 0)
            memcpy(to, from, value.size);
        to[value.size] = 0;
        value.data = to;
    }
    if (!nw_grow(&gather->cell, &gather->room, gather->count + 1, sizeof *gather->cell, err))
        return false;
    gather->cell[gather->count++] = value;
    return true;
}

bool nw_gather_end(const struct nw_gather *gather, struct nw_arena *arena, struct nw_rows *rows,
                   struct nw_err *err)
{
    const size_t bytes = gather->count * sizeof(struct nw_value);
    struct nw_value *cell = nw_arena_alloc(arena, bytes ? bytes : 1, err);
    if (!cell)
        return false;
    if (bytes > 0)
        memcpy(cell, gather->cell, bytes);
    rows->cell = cell;
    rows->count = rows->columns ? gather->count / rows->columns : 0;
    return true;
}

struct backup {
    const struct nw_store *store;
    const char *file;
    struct nw_arena *arena;
    struct nw_census *census;
};

static bool copy_out(struct nw_tx *tx, void *context, struct nw_err *err)
{
    const struct backup *backup = context;
    return (!backup->census || nw_tx_census(tx, backup->arena, backup->census, err)) &&
           tx->conn->driver->copy(tx, backup->store->where, backup->file, err);
}

bool nw_store_backup(struct nw_store *store, const char *file, struct nw_arena *arena,
                     struct nw_census *census, struct nw_err *err)
{
    struct backup backup = {store, file, arena, census};
    return nw_store_read(store, copy_out, &backup, err);
}
