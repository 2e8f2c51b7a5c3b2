/* fuzz/dossier.c -- any bytes as a dossier: never valid, as none here has a server's signature;
 * what does not hold is told. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "case/dossier.h"

static char folder[64], path[100];

static void clean_up(void)
{
    (void)unlink(path);
    (void)rmdir(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!*folder) {
        (void)snprintf(folder, sizeof folder, "/tmp/nuwa-fuzz-dossier-XXXXXX");
        assert(mkdtemp(folder));
        (void)snprintf(path, sizeof path, "%s/d.zip", folder);
        (void)atexit(clean_up);
    }
    FILE *file = fopen(path, "wb");
    assert(file);
    (void)fwrite(data, 1, size, file);
    (void)fclose(file);
    struct nw_dossier_verdict verdict = {0};
    struct nw_err err = {0};
    const bool read = nw_dossier_verify(path, NULL, &verdict, &err);
    assert(read || err.code != NW_OK);
    assert(!read || (!verdict.valid && verdict.what[0]));
    return 0;
}
