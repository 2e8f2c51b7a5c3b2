/* bench/store.c -- files into the store (encrypted, digested, synced) beside the same bytes
 * written plainly to the same disk and synced, as by dd conv=fsync; and durable writes and
 * reads of rows. usage: bench_store FOLDER [MiB]; NUWA_TEST_POSTGRES adds PostgreSQL. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/blob.h"
#include "store/store.h"

enum { CHUNK = 1 << 20, ROUNDS = 3, ROWS = 1000 };

static double now_s(clockid_t which)
{
    struct timespec t;
    (void)clock_gettime(which, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint8_t chunk[CHUNK];

static double plain(const char *folder, int mib)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/plain", folder);
    const double from = now_s(CLOCK_MONOTONIC);
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    for (int i = 0; i < mib; i++)
        if (write(file, chunk, CHUNK) != CHUNK)
            abort();
    if (fsync(file) != 0)
        abort();
    (void)close(file);
    const double took = now_s(CLOCK_MONOTONIC) - from;
    (void)unlink(path);
    return took;
}

static double stored(struct nw_blobs *blobs, int mib, double *read_s)
{
    struct nw_err err = {0};
    nw_digest digest;
    const double from = now_s(CLOCK_MONOTONIC);
    struct nw_blob_writer *w = nw_blob_begin(blobs, &err);
    for (int i = 0; i < mib; i++)
        if (!w || !nw_blob_write(w, chunk, CHUNK, &err))
            abort();
    if (!nw_blob_finish(w, &digest, NULL, &err))
        abort();
    const double took = now_s(CLOCK_MONOTONIC) - from;
    if (!nw_blob_check(blobs, &digest, &err) || !nw_blob_remove(blobs, &digest, &err))
        abort();
    *read_s = now_s(CLOCK_MONOTONIC) - from - took;
    return took;
}

static void time_blobs(const char *folder, int mib)
{
    struct nw_err err = {0};
    char path[300], key[300];
    double sum[4] = {0};
    (void)snprintf(path, sizeof path, "%s/blobs", folder);
    (void)snprintf(key, sizeof key, "%s/site.key", folder);
    struct nw_blobs *blobs = nw_blobs_open(path, key, &err);
    if (!blobs)
        abort();
    for (int i = 0; i < ROUNDS; i++) { /* by turns, so that both meet the same disk */
        double read_s;
        sum[0] += plain(folder, mib);
        sum[3] -= now_s(CLOCK_PROCESS_CPUTIME_ID);
        sum[1] += stored(blobs, mib, &read_s);
        sum[3] += now_s(CLOCK_PROCESS_CPUTIME_ID);
        sum[2] += read_s;
    }
    nw_blobs_close(blobs);
    const double bytes = (double)ROUNDS * mib * 1.048576;
    printf("plain write and fsync  %8.0f MB/s\n", bytes / sum[0]);
    printf("stored                 %8.0f MB/s, %.0f %% of it\n", bytes / sum[1],
           100 * sum[0] / sum[1]);
    printf("checked                %8.0f MB/s\n", bytes / sum[2]);
    printf("processor              %8.2f s/GB to store and check\n", sum[3] * 1000 / bytes);
}

static bool put_row(struct nw_tx *tx, void *context, struct nw_err *err)
{
    char name[40];
    (void)snprintf(name, sizeof name, "%d", *(const int *)context);
    return nw_tx_run(tx, "INSERT INTO settings (name, value) VALUES (?, ?)",
                     NW_VALUES(NW_STRING(name), NW_STRING("a value of some length")), NULL,
                     err);
}

static bool get_row(struct nw_tx *tx, void *context, struct nw_err *err)
{
    char name[40];
    struct nw_arena arena = {0};
    struct nw_rows rows;
    (void)snprintf(name, sizeof name, "%d", *(const int *)context);
    const bool ok = nw_tx_query(tx, &arena, "SELECT value FROM settings WHERE name = ?",
                                NW_VALUES(NW_STRING(name)), &rows, err) &&
                    rows.count == 1;
    nw_arena_release(&arena);
    return ok;
}

static void time_rows(const char *where)
{
    struct nw_err err = {0};
    struct nw_store *store = nw_store_open(where, &err);
    double at[3];
    at[0] = now_s(CLOCK_MONOTONIC);
    for (int i = 0; store && i < ROWS; i++)
        if (!nw_store_write(store, put_row, &i, &err))
            abort();
    at[1] = now_s(CLOCK_MONOTONIC);
    for (int i = 0; store && i < 10 * ROWS; i++) {
        int row = i % ROWS;
        if (!nw_store_read(store, get_row, &row, &err))
            abort();
    }
    at[2] = now_s(CLOCK_MONOTONIC);
    if (!store)
        abort();
    printf("%-22s %8.0f durable writes/s, %.0f reads/s\n", nw_store_kind(store),
           ROWS / (at[1] - at[0]), 10 * ROWS / (at[2] - at[1]));
    nw_store_close(store);
}

int main(int argc, char **argv)
{
    char path[300];
    const int mib = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 256;
    if (argc < 2 || mib < 1)
        return 2;
    for (size_t i = 0; i < CHUNK; i++)
        chunk[i] = (uint8_t)(i * 2654435761U >> 15);
    time_blobs(argv[1], mib);
    (void)snprintf(path, sizeof path, "%s/rows.db", argv[1]);
    time_rows(path);
    if (getenv("NUWA_TEST_POSTGRES"))
        time_rows(getenv("NUWA_TEST_POSTGRES"));
    return 0;
}
