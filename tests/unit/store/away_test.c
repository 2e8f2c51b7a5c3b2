/* tests/unit/store/away_test.c -- no room, no file, no server: told, and survived. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "place.h"
#include "store/blob.h"

static bool put_row(struct nw_tx *tx, void *context, struct nw_err *err)
{
    static char large[20000];
    memset(large, 'x', sizeof large - 1);
    return nw_tx_run(tx, "INSERT INTO settings (name, value) VALUES (?, ?)",
                     NW_VALUES(NW_STRING((const char *)context), NW_STRING(large)), NULL, err);
}

static bool count_rows(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct nw_arena arena = {0};
    struct nw_rows rows;
    const bool ok =
        nw_tx_query(tx, &arena, "SELECT COUNT(*) FROM settings", NW_NO_VALUES, &rows, err);
    *(int64_t *)context = ok ? nw_row_whole(&rows, 0, 0) : -1;
    nw_arena_release(&arena);
    return ok;
}

/* Writes until it fails; returns how many rows were kept. */
static int64_t fill(struct nw_store *store, struct nw_err *err)
{
    for (int64_t i = 0; i < 2000; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%lld", (long long)i);
        if (!nw_store_write(store, put_row, name, err))
            return i;
    }
    return -1;
}

static uint8_t noise[1 << 20];

/* On a disk of `folder` that will be full: rows and blobs, before and after. */
static void use_full_disk(const char *folder)
{
    struct nw_err err = {0};
    char path[3][200];
    nw_digest digest, second;
    int64_t there = -1;
    (void)snprintf(path[0], sizeof path[0], "%s/a.db", folder);
    (void)snprintf(path[1], sizeof path[1], "%s/blobs", folder);
    (void)snprintf(path[2], sizeof path[2], "%s/site.key", folder);
    struct nw_store *store = nw_store_open(path[0], &err);
    struct nw_blobs *blobs = nw_blobs_open(path[1], path[2], &err);
    CHECK(store && blobs);
    if (!store || !blobs)
        return;
    CHECK(nw_blob_put(blobs, noise, 1000, &digest, &err));
    const int64_t kept = fill(store, &err);
    CHECK(kept > 10 && err.code == NW_ERR_IO);
    printf("# %s\n", err.msg);
    err = (struct nw_err){0};
    CHECK(nw_store_read(store, count_rows, &there, &err) && there == kept);
    CHECK(!nw_blob_put(blobs, noise, sizeof noise, &second, &err) && err.code == NW_ERR_IO);
    printf("# %s\n", err.msg);
    err = (struct nw_err){0};
    CHECK(nw_blob_check(blobs, &digest, &err));
    nw_store_close(store);
    nw_blobs_close(blobs);
    store = nw_store_open(path[0], &err);
    if (!store)
        printf("# %s\n", err.msg);
    CHECK(store && nw_store_read(store, count_rows, &there, &err) && there == kept);
    nw_store_close(store);
}

static void a_full_disk_is_told_and_survived(void)
{
    char folder[200];
    (void)snprintf(folder, sizeof folder, "%s/small", place.folder);
    CHECK(mkdir(folder, 0700) == 0);
    if (mount("none", folder, "tmpfs", 0, "size=3m") != 0) {
        printf("# SKIP a small disk cannot be mounted here\n");
        return;
    }
    use_full_disk(folder);
    CHECK(umount2(folder, MNT_DETACH) == 0);
}

static void a_file_that_may_not_grow_is_told_and_survived(void)
{
    const struct rlimit small = {.rlim_cur = 1000000, .rlim_max = RLIM_INFINITY};
    struct rlimit was;
    char folder[200];
    (void)snprintf(folder, sizeof folder, "%s/limited", place.folder);
    CHECK(mkdir(folder, 0700) == 0);
    CHECK(getrlimit(RLIMIT_FSIZE, &was) == 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    use_full_disk(folder);
    CHECK(setrlimit(RLIMIT_FSIZE, &was) == 0);
}

static void a_database_moved_away_takes_no_writes(void)
{
    struct nw_err err = {0};
    char moved[1100], name[] = "a", again[] = "b";
    int64_t there = -1;
    struct nw_store *store = nw_store_open(place_new(), &err);
    CHECK(store && nw_store_write(store, put_row, name, &err));
    (void)snprintf(moved, sizeof moved, "%s.moved", place.where);
    CHECK(rename(place.where, moved) == 0);
    CHECK(!nw_store_write(store, put_row, again, &err));
    CHECK(err.code != NW_OK);
    err = (struct nw_err){0};
    (void)unlink(place.where);
    CHECK(rename(moved, place.where) == 0);
    CHECK(nw_store_write(store, put_row, again, &err));
    CHECK(nw_store_read(store, count_rows, &there, &err) && there == 2);
    nw_store_close(store);
}

static void a_log_without_its_database_is_kept(void)
{
    struct nw_err err = {0};
    char moved[1100], name[] = "a";
    int64_t there = -1;
    const pid_t child = fork();
    const char *where = place_new();
    if (child == 0) {
        struct nw_store *store = nw_store_open(where, &err);
        _exit(store && nw_store_write(store, put_row, name, &err) ? 0 : 1); /* not closed */
    }
    (void)waitpid(child, NULL, 0);
    (void)snprintf(moved, sizeof moved, "%s.moved", where);
    CHECK(rename(where, moved) == 0);
    CHECK(!nw_store_open(where, &err) && err.code == NW_ERR_STATE);
    err = (struct nw_err){0};
    CHECK(rename(moved, where) == 0);
    struct nw_store *store = nw_store_open(where, &err);
    CHECK(store && nw_store_read(store, count_rows, &there, &err) && there == 1);
    nw_store_close(store);
}

static void what_is_no_database_is_refused(void)
{
    struct nw_err err = {0};
    char path[200];
    (void)snprintf(path, sizeof path, "%s/text", place.folder);
    FILE *file = fopen(path, "wb");
    for (int i = 0; file && i < 1000; i++)
        (void)fputs("this is a letter and not a database\n", file);
    if (file)
        (void)fclose(file);
    CHECK(!nw_store_open(path, &err) && err.code == NW_ERR_DATA);
    err = (struct nw_err){0};
    (void)snprintf(path, sizeof path, "%s/nowhere/a.db", place.folder);
    CHECK(!nw_store_open(path, &err) && err.code == NW_ERR_IO);
}

static bool control(const char *what)
{
    char line[400];
    (void)snprintf(line, sizeof line, "%s %s", getenv("NUWA_TEST_POSTGRES_CTL"), what);
    return system(line) == 0;
}

static int64_t seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

static void a_server_that_is_gone_is_told_in_time(void)
{
    struct nw_err err = {0};
    char a[] = "a", b[] = "b";
    int64_t there = -1;
    struct nw_store *store = nw_store_open(place_new(), &err);
    CHECK(store && nw_store_write(store, put_row, a, &err));
    CHECK(control("stop"));
    const int64_t from = seconds();
    CHECK(!nw_store_write(store, put_row, b, &err) && err.code == NW_ERR_IO);
    CHECK(seconds() - from >= 3 && seconds() - from <= 15);
    printf("# %s\n", err.msg);
    err = (struct nw_err){0};
    CHECK(control("start"));
    CHECK(nw_store_write(store, put_row, b, &err));
    CHECK(nw_store_read(store, count_rows, &there, &err) && there == 2);
    nw_store_close(store);
}

static void a_server_that_comes_back_is_waited_for(void)
{
    struct nw_err err = {0};
    char a[] = "a", b[] = "b";
    struct nw_store *store = nw_store_open(place_new(), &err);
    CHECK(store && nw_store_write(store, put_row, a, &err));
    CHECK(control("stop"));
    const pid_t child = fork();
    if (child == 0) {
        (void)sleep(1);
        _exit(control("start") ? 0 : 1);
    }
    CHECK(nw_store_write(store, put_row, b, &err));
    if (err.code != NW_OK)
        printf("# %s\n", err.msg);
    (void)waitpid(child, NULL, 0);
    nw_store_close(store);
}

/* Stands between the program and the server, and swallows the answer to the first COMMIT after
 * `cut` is set: the write was kept, and nobody was told. */
static int proxy_listens;
static bool cut;
static struct sockaddr_un server_at;

static bool pass_on(int from, int to, bool *commit)
{
    static char data[1 << 16];
    const ssize_t n = read(from, data, sizeof data);
    *commit = n > 0 && memmem(data, (size_t)n, "COMMIT", 7) != NULL; /* with its 0 */
    return n > 0 &&
           send(to, data, (size_t)n, MSG_NOSIGNAL) == n; /* who hung up hears no more */
}

static void carry(int client, int server)
{
    bool commit = false, swallow = false, ignored;
    struct pollfd ends[2] = {{.fd = client, .events = POLLIN},
                             {.fd = server, .events = POLLIN}};
    while (poll(ends, 2, 20000) > 0) {
        if (ends[1].revents) {
            if (swallow || !pass_on(server, client, &ignored))
                return;
        } else if (ends[0].revents) {
            if (!pass_on(client, server, &commit))
                return;
            swallow = commit && cut;
            cut = cut && !swallow;
        }
    }
}

static void *run_proxy(void *context)
{
    (void)context;
    for (int client; (client = accept(proxy_listens, NULL, NULL)) >= 0;) {
        const int server = socket(AF_UNIX, SOCK_STREAM, 0);
        if (connect(server, (const struct sockaddr *)&server_at, sizeof server_at) == 0)
            carry(client, server);
        (void)close(server);
        (void)close(client);
    }
    return NULL;
}

static void a_commit_whose_answer_is_lost_is_done_once(void)
{
    struct nw_err err = {0};
    pthread_t thread;
    struct sockaddr_un here = {.sun_family = AF_UNIX};
    char where[1200], folder[64], a[] = "a", b[] = "b";
    int64_t there = -1;
    const char *real = strstr(place_new(), "host=") + 5;
    const int host_len = (int)strcspn(real, "&");
    server_at.sun_family = AF_UNIX;
    (void)snprintf(server_at.sun_path, sizeof server_at.sun_path, "%.*s/.s.PGSQL.5432",
                   host_len, real);
    memcpy(folder, place.folder, sizeof folder);
    (void)snprintf(here.sun_path, sizeof here.sun_path, "%s/.s.PGSQL.5432", folder);
    (void)snprintf(where, sizeof where, "postgresql:///postgres?host=%s%s", folder,
                   real + host_len);
    proxy_listens = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(bind(proxy_listens, (const struct sockaddr *)&here, sizeof here) == 0);
    CHECK(listen(proxy_listens, 4) == 0);
    CHECK(pthread_create(&thread, NULL, run_proxy, NULL) == 0);
    struct nw_store *store = nw_store_open(where, &err);
    CHECK(store && nw_store_write(store, put_row, a, &err));
    cut = true;
    CHECK(store && nw_store_write(store, put_row, b, &err)); /* twice would be a conflict */
    if (err.code != NW_OK)
        printf("# %s\n", err.msg);
    CHECK(!cut);
    CHECK(store && nw_store_read(store, count_rows, &there, &err) && there == 2);
    nw_store_close(store);
    (void)shutdown(proxy_listens, SHUT_RDWR);
    (void)pthread_join(thread, NULL);
    (void)close(proxy_listens);
}

static void tests(void)
{
    if (!place.postgres) {
        UNIT(a_full_disk_is_told_and_survived);
        UNIT(a_file_that_may_not_grow_is_told_and_survived);
        UNIT(a_database_moved_away_takes_no_writes);
        UNIT(a_log_without_its_database_is_kept);
        UNIT(what_is_no_database_is_refused);
    } else if (getenv("NUWA_TEST_POSTGRES_CTL")) {
        UNIT(a_server_that_is_gone_is_told_in_time);
        UNIT(a_server_that_comes_back_is_waited_for);
        UNIT(a_commit_whose_answer_is_lost_is_done_once);
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)(i * 2654435761U >> 11);
    return place_run(tests);
}
