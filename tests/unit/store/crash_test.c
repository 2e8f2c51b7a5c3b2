/* tests/unit/store/crash_test.c -- a writer, or PostgreSQL itself, killed at any moment: what
 * was acknowledged is there afterwards, once, and nothing is there by halves. */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "place.h"
#include "store/blob.h"

enum {
    KILLS = 50,
    SERVER_KILLS = 8,
    MOST_WRITES = 200000,
    BLOB_BYTES = 150000,
    PATIENCE_S = 4
};

struct note {
    int64_t number; /* what was acknowledged */
    nw_digest blob;
};

/* Two tables in one transaction: a half would show. */
static bool write_pair(struct nw_tx *tx, void *context, struct nw_err *err)
{
    const int64_t number = *(const int64_t *)context;
    char name[32];
    (void)snprintf(name, sizeof name, "n%lld", (long long)number);
    return nw_tx_run(tx,
                     "INSERT INTO ledger (number, time, act, body, before, digest)"
                     " SELECT COALESCE(MAX(number), 0) + 1, 'now', 'test', ?, '',"
                     " CAST(COALESCE(MAX(number), 0) + 1 AS TEXT) FROM ledger",
                     NW_VALUES(NW_STRING(name)), NULL, err) &&
           nw_tx_run(tx,
                     "INSERT INTO heads (number, time, digest, key, signature)"
                     " VALUES (?, 'now', '', '', '')",
                     NW_VALUES(NW_WHOLE(number)), NULL, err);
}

static bool highest(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct nw_arena arena = {0};
    struct nw_rows rows;
    const bool ok = nw_tx_query(tx, &arena, "SELECT COALESCE(MAX(number), 0) FROM heads",
                                NW_NO_VALUES, &rows, err);
    if (ok)
        *(int64_t *)context = nw_row_whole(&rows, 0, 0);
    nw_arena_release(&arena);
    return ok;
}

static int64_t random_state = 88172645463325252;

static int64_t random_below(int64_t below)
{
    uint64_t x = (uint64_t)random_state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    random_state = (int64_t)x;
    return (int64_t)(x % (uint64_t)below);
}

static void sleep_us(int64_t us)
{
    const struct timespec t = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    (void)nanosleep(&t, NULL);
}

static char blob_folder[200], key_file[200];

/* What is kept once the database answers, within a minute. */
static bool look_again(struct nw_store *store, int64_t *number)
{
    const time_t end = time(NULL) + 60;
    bool ok = false;
    while (!ok && time(NULL) < end) {
        struct nw_err err = {0};
        ok = nw_store_read(store, highest, number, &err);
    }
    return ok;
}

/* The child: writes until it is killed, and says each number once it is kept. */
static void write_for_ever(int to, bool blobs_too)
{
    struct nw_err err = {0};
    struct note note = {0};
    struct nw_store *store = nw_store_open(place.where, &err);
    struct nw_blobs *blobs = nw_blobs_open(blob_folder, key_file, &err);
    static uint8_t bytes[BLOB_BYTES];
    if (!store || !blobs || !nw_store_read(store, highest, &note.number, &err))
        _exit(1);
    for (note.number++; note.number < MOST_WRITES; note.number++) {
        memcpy(bytes, &note.number, sizeof note.number);
        if (blobs_too && !nw_blob_put(blobs, bytes, sizeof bytes, &note.blob, &err))
            _exit(2);
        const time_t before = time(NULL);
        if (!nw_store_write(store, write_pair, &note.number, &err)) {
            (void)dprintf(2, "# %s\n", err.msg);
            /* on a busy machine a database is back later than a writer waits for it; told of
             * that, it looks what there is and goes on */
            if (time(NULL) - before < PATIENCE_S || !look_again(store, &note.number))
                _exit(3);
            err = (struct nw_err){0};
            continue;
        }
        if (write(to, &note, sizeof note) != sizeof note)
            _exit(4);
    }
}

static struct note last, last_blob;
static int64_t said;

static void listen_to(int from)
{
    struct note note;
    while (read(from, &note, sizeof note) == sizeof note) {
        CHECK(note.number > last.number);
        last = note;
        last_blob = note;
        said++;
    }
}

static bool count_all(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct nw_arena arena = {0};
    struct nw_rows rows;
    int64_t *count = context;
    const bool ok = nw_tx_query(
        tx, &arena,
        "SELECT (SELECT COUNT(*) FROM ledger), (SELECT COALESCE(MAX(number), 0) FROM ledger),"
        " (SELECT COUNT(*) FROM heads), (SELECT COALESCE(MAX(number), 0) FROM heads),"
        " (SELECT COUNT(DISTINCT body) FROM ledger)",
        NW_NO_VALUES, &rows, err);
    for (size_t i = 0; ok && i < 5; i++)
        count[i] = nw_row_whole(&rows, 0, i);
    nw_arena_release(&arena);
    return ok;
}

/* Numbers are given without gaps, so all there is must be 1 ... n, with n at least what was
 * said, in both tables. */
static void check_whole(struct nw_blobs *blobs)
{
    struct nw_err err = {0};
    int64_t count[5] = {-1};
    struct nw_store *store = nw_store_open(place.where, &err);
    CHECK(store && nw_store_read(store, count_all, count, &err));
    if (err.code != NW_OK)
        printf("# %s\n", err.msg);
    for (int i = 1; i < 5; i++)
        CHECK(count[i] == count[0]);
    CHECK(count[0] >= last.number && count[0] <= last.number + 1);
    nw_store_close(store);
    if (blobs && last_blob.number > 0)
        CHECK(nw_blob_check(blobs, &last_blob.blob, &err));
    last.number = count[0];
}

static void a_killed_writer_loses_nothing(void)
{
    struct nw_err err = {0};
    (void)place_new();
    last = (struct note){0};
    said = 0;
    for (int i = 0; i < KILLS; i++) {
        int pipe_end[2];
        CHECK(pipe(pipe_end) == 0);
        const pid_t child = fork();
        if (child == 0) {
            (void)close(pipe_end[0]);
            write_for_ever(pipe_end[1], i % 2 == 0);
            _exit(0);
        }
        (void)close(pipe_end[1]);
        last_blob = (struct note){0};
        sleep_us(random_below(i < KILLS / 2 ? 60000 : 250000));
        (void)kill(child, SIGKILL);
        listen_to(pipe_end[0]);
        (void)close(pipe_end[0]);
        (void)waitpid(child, NULL, 0);
        struct nw_blobs *blobs = nw_blobs_open(blob_folder, key_file, &err);
        CHECK(blobs != NULL);
        check_whole(i % 2 == 0 ? blobs : NULL);
        nw_blobs_close(blobs);
    }
    CHECK(said > KILLS);
    printf("# %lld writes were acknowledged by %d killed writers\n", (long long)said, KILLS);
}

enum { UPLOADS = 30, UPLOAD_BYTES = 3000000, PIECE_MOST = 200000 };

static uint8_t upload[UPLOAD_BYTES];

/* The child: goes on with the upload piece by piece, and says how far it is safe. */
static void upload_for_ever(int to)
{
    struct nw_err err = {0};
    uint64_t bytes = 0;
    struct nw_blobs *blobs = nw_blobs_open(blob_folder, key_file, &err);
    for (;;) {
        struct nw_blob_writer *w = blobs ? nw_blob_resume(blobs, "big", &bytes, &err) : NULL;
        if (!w)
            _exit(1);
        const uint64_t left = UPLOAD_BYTES - bytes;
        const uint64_t piece = (uint64_t)random_below(PIECE_MOST);
        const uint64_t n = piece < left ? piece : left;
        if (!nw_blob_write(w, upload + bytes, n, &err) || !nw_blob_pause(w, &err))
            _exit(2);
        bytes += n;
        if (write(to, &bytes, sizeof bytes) != sizeof bytes)
            _exit(3);
        if (bytes == UPLOAD_BYTES)
            _exit(0);
    }
}

/* What was called safe is there after a kill, and the whole is what was sent. */
static void a_killed_upload_goes_on_where_it_was_safe(void)
{
    struct nw_err err = {0};
    uint64_t safe = 0, bytes = 0, there;
    nw_digest digest, expected;
    for (size_t i = 0; i < UPLOAD_BYTES; i++)
        upload[i] = (uint8_t)(i * 2654435761U >> 13);
    for (int i = 0; i < UPLOADS; i++) {
        int pipe_end[2];
        CHECK(pipe(pipe_end) == 0);
        const pid_t child = fork();
        if (child == 0) {
            random_state += i;
            upload_for_ever(pipe_end[1]);
        }
        (void)close(pipe_end[1]);
        sleep_us(random_below(40000));
        (void)kill(child, SIGKILL);
        (void)waitpid(child, NULL, 0);
        while (read(pipe_end[0], &there, sizeof there) == sizeof there)
            safe = there;
        (void)close(pipe_end[0]);
        struct nw_blobs *blobs = nw_blobs_open(blob_folder, key_file, &err);
        struct nw_blob_writer *w = nw_blob_resume(blobs, "big", &bytes, &err);
        CHECK(w && bytes >= safe);
        if (i + 1 < UPLOADS) {
            CHECK(w && nw_blob_pause(w, &err));
        } else if (w) {
            CHECK(nw_blob_write(w, upload + bytes, UPLOAD_BYTES - bytes, &err));
            CHECK(nw_blob_finish(w, &digest, &bytes, &err) && bytes == UPLOAD_BYTES);
            CHECK(nw_hash_bytes(upload, UPLOAD_BYTES, &expected, &err));
            CHECK(memcmp(&digest, &expected, sizeof digest) == 0);
            CHECK(nw_blob_check(blobs, &digest, &err));
        }
        nw_blobs_close(blobs);
    }
    if (err.code != NW_OK)
        printf("# %s\n", err.msg);
    printf("# %llu bytes were safe when the last of %d was killed\n", (unsigned long long)safe,
           UPLOADS);
}

static bool control(const char *what)
{
    char line[400];
    (void)snprintf(line, sizeof line, "%s %s", getenv("NUWA_TEST_POSTGRES_CTL"), what);
    return system(line) == 0;
}

/* The writer lives on and asks again; what it did twice, or believed and lost, would show. */
static void a_killed_database_loses_nothing_and_doubles_nothing(void)
{
    int pipe_end[2], status = 0;
    (void)place_new();
    struct nw_err err = {0};
    nw_store_close(nw_store_open(place.where, &err));
    last = (struct note){0};
    said = 0;
    CHECK(pipe(pipe_end) == 0);
    const pid_t child = fork();
    if (child == 0) {
        (void)close(pipe_end[0]);
        write_for_ever(pipe_end[1], false);
        _exit(0);
    }
    (void)close(pipe_end[1]);
    for (int i = 0; i < SERVER_KILLS; i++) {
        sleep_us(100000 + random_below(400000));
        CHECK(control("kill"));
        CHECK(control("start"));
    }
    sleep_us(200000);
    CHECK(waitpid(child, &status, WNOHANG) == 0); /* it never gave up */
    (void)kill(child, SIGKILL);
    listen_to(pipe_end[0]);
    (void)close(pipe_end[0]);
    (void)waitpid(child, &status, 0);
    check_whole(NULL);
    CHECK(said > SERVER_KILLS);
    printf("# %lld writes while the database was killed %d times\n", (long long)said,
           SERVER_KILLS);
}

static void tests(void)
{
    (void)snprintf(blob_folder, sizeof blob_folder, "%s/blobs", place.folder);
    (void)snprintf(key_file, sizeof key_file, "%s/site.key", place.folder);
    UNIT(a_killed_writer_loses_nothing);
    if (!place.postgres)
        UNIT(a_killed_upload_goes_on_where_it_was_safe);
    if (place.postgres && getenv("NUWA_TEST_POSTGRES_CTL"))
        UNIT(a_killed_database_loses_nothing_and_doubles_nothing);
}

int main(void)
{
    return place_run(tests);
}
