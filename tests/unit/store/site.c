/* tests/unit/store/site.c -- makes a small site to back up: usage: site FOLDER [URL] [SECONDS].
 * Rows, three stored files, a key; with SECONDS it goes on writing for that long. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "store/blob.h"
#include "store/store.h"

struct row {
    int64_t number;
    char sha256[NW_DIGEST_TEXT];
    int64_t bytes;
};

static bool put(struct nw_tx *tx, void *context, struct nw_err *err)
{
    const struct row *row = context;
    char digest[65];
    (void)snprintf(digest, sizeof digest, "%064lld", (long long)row->number);
    return nw_tx_run(tx,
                     "INSERT INTO ledger (number, time, act, body, before, digest)"
                     " SELECT COALESCE(MAX(number), 0) + 1, 'now', 'test', '{}', '', ?"
                     " FROM ledger",
                     NW_VALUES(NW_STRING(digest)), NULL, err) &&
           (row->bytes == 0 ||
            nw_tx_run(tx,
                      "INSERT INTO blobs (sha256, bytes, media, created)"
                      " VALUES (?, ?, 'application/dicom', 'now')",
                      NW_VALUES(NW_STRING(row->sha256), NW_WHOLE(row->bytes)), NULL, err));
}

static int failed(const struct nw_err *err)
{
    (void)fprintf(stderr, "%s\n", err->msg);
    return 1;
}

int main(int argc, char **argv)
{
    struct nw_err err = {0};
    char path[3][300];
    static uint8_t bytes[200000];
    if (argc < 2)
        return 2;
    (void)mkdir(argv[1], 0700);
    (void)snprintf(path[0], sizeof path[0], "%s/nuwa.db", argv[1]);
    (void)snprintf(path[1], sizeof path[1], "%s/blobs", argv[1]);
    (void)snprintf(path[2], sizeof path[2], "%s/keys", argv[1]);
    (void)mkdir(path[2], 0700);
    (void)snprintf(path[2], sizeof path[2], "%s/keys/site.key", argv[1]);
    struct nw_store *store = nw_store_open(argc > 2 && *argv[2] ? argv[2] : path[0], &err);
    struct nw_blobs *blobs = store ? nw_blobs_open(path[1], path[2], &err) : NULL;
    if (!blobs)
        return failed(&err);
    const time_t until = time(NULL) + (argc > 3 ? strtol(argv[3], NULL, 10) : 0);
    for (int64_t i = 1; i <= 5 || time(NULL) < until; i++) {
        struct row row = {.number = i};
        nw_digest digest;
        if (i <= 3) {
            row.bytes = i * 60000;
            memset(bytes, (int)i, sizeof bytes);
            if (!nw_blob_put(blobs, bytes, (size_t)row.bytes, &digest, &err))
                return failed(&err);
            nw_digest_format(&digest, row.sha256);
        }
        if (!nw_store_write(store, put, &row, &err))
            return failed(&err);
    }
    nw_blobs_close(blobs);
    nw_store_close(store);
    return 0;
}
