/* fuzz/backup.c -- any bytes as a backup: checked and restored, or refused with nothing left.
 */
#include <assert.h>
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/backup.h"

static char folder[64];

static void clean_up(void)
{
    char path[100];
    (void)snprintf(path, sizeof path, "%s/b.tar", folder);
    (void)unlink(path);
    (void)rmdir(folder);
}

/* How many names are in the folder besides the archive. */
static int others(void)
{
    int count = 0;
    DIR *dir = opendir(folder);
    assert(dir);
    for (const struct dirent *e; (e = readdir(dir));)
        count += e->d_name[0] != '.' && strcmp(e->d_name, "b.tar") != 0;
    (void)closedir(dir);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char archive[100], to[100];
    if (!*folder) {
        (void)snprintf(folder, sizeof folder, "/tmp/nuwa-fuzz-backup-XXXXXX");
        assert(mkdtemp(folder));
        (void)setenv("TMPDIR", folder, 1);
        (void)atexit(clean_up);
    }
    (void)snprintf(archive, sizeof archive, "%s/b.tar", folder);
    (void)snprintf(to, sizeof to, "%s/to", folder);
    FILE *file = fopen(archive, "wb");
    assert(file);
    (void)fwrite(data, 1, size, file);
    (void)fclose(file);
    struct nw_arena arena = {0};
    struct nw_backup backup;
    struct nw_err err = {0}, why = {0};
    const struct nw_backup_opts opts = {.data = to};
    const bool checked = nw_backup_check(archive, &arena, &backup, &err);
    const bool restored = nw_backup_restore(archive, &opts, &arena, &backup, &why);
    assert(checked || err.code != NW_OK);
    assert(restored || why.code != NW_OK);
    assert(!restored || checked);
    if (!restored)
        assert(others() == 0);
    else
        abort(); /* no input here holds a whole database */
    nw_arena_release(&arena);
    return 0;
}
