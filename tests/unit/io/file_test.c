/* tests/unit/io/file_test.c -- what is written appears whole or not at all. */
#include "io/file.h"

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"
#include "starve.h"
#include "unit.h"

static char folder[] = "/tmp/nuwa-file-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[4][600];
    static int turn;
    char *p = path[turn++ % 4];
    (void)snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

/* Hidden neighbours that are left over. */
static int left_over(const char *where)
{
    int count = 0;
    DIR *dir = opendir(where);
    for (const struct dirent *e; dir && (e = readdir(dir));)
        count += strstr(e->d_name, ".part") != NULL;
    if (dir)
        (void)closedir(dir);
    return count;
}

static bool holds(const char *path, const char *text)
{
    struct nw_err err = {0};
    size_t len = 0;
    NW_AUTOFREE uint8_t *data = nw_file_read(path, 1 << 20, &len, &err);
    return data && len == strlen(text) && memcmp(data, text, len + 1) == 0;
}

static void what_was_written_reads_back_with_a_zero_behind(void)
{
    struct nw_err err = {0};
    CHECK(nw_file_write(in_folder("a"), "hello", 5, &err));
    CHECK(holds(in_folder("a"), "hello"));
    CHECK(nw_file_write(in_folder("a"), "", 0, &err));
    CHECK(holds(in_folder("a"), ""));
    CHECK(left_over(folder) == 0);
}

static void an_output_is_not_there_until_it_is_committed(void)
{
    struct nw_err err = {0};
    CHECK(nw_file_write(in_folder("b"), "before", 6, &err));
    struct nw_out *out = nw_out_new(in_folder("b"), &err);
    CHECK(nw_out_add(out, "XXter", 5, &err) && nw_out_seek(out, 0, &err));
    CHECK(nw_out_add(out, "af", 2, &err) && nw_out_close(out, &err));
    CHECK(holds(in_folder("b"), "before") && holds(nw_out_path(out), "after"));
    CHECK(nw_out_commit(out, &err));
    CHECK(holds(in_folder("b"), "after") && left_over(folder) == 0);
}

static void an_abandoned_output_leaves_what_was_there(void)
{
    struct nw_err err = {0};
    CHECK(nw_file_write(in_folder("c"), "before", 6, &err));
    struct nw_out *out = nw_out_new(in_folder("c"), &err);
    CHECK(nw_out_add(out, "after", 5, &err));
    nw_out_abandon(out);
    nw_out_abandon(NULL);
    CHECK(holds(in_folder("c"), "before") && left_over(folder) == 0);
}

static void all_open_outputs_go_when_the_process_is_about_to_end(void)
{
    struct nw_err err = {0};
    struct nw_out *one = nw_out_new(in_folder("d1"), &err),
                  *two = nw_out_new(in_folder("d2"), &err);
    CHECK(one && two && left_over(folder) == 2);
    CHECK(nw_out_add(one, "x", 1, &err));
    nw_out_abandon_all();
    CHECK(left_over(folder) == 0 && access(in_folder("d1"), F_OK) != 0);
}

static void reading_refuses_what_is_missing_too_big_or_a_folder(void)
{
    struct nw_err err = {0};
    size_t len = 7;
    CHECK(!nw_file_read(in_folder("none"), 100, &len, &err) && err.code == NW_ERR_NOTFOUND);
    err = (struct nw_err){0};
    CHECK(!nw_file_read(folder, 100, &len, &err) && err.code == NW_ERR_IO);
    err = (struct nw_err){0};
    CHECK(nw_file_write(in_folder("e"), "12345", 5, &err));
    CHECK(!nw_file_read(in_folder("e"), 4, &len, &err) && err.code == NW_ERR_LIMIT);
    CHECK(len == 7);
}

static void writing_refuses_folders_and_places_that_do_not_exist(void)
{
    struct nw_err err = {0};
    CHECK(!nw_file_write(folder, "x", 1, &err) && err.code == NW_ERR_IO);
    CHECK(strstr(err.msg, "folder"));
    err = (struct nw_err){0};
    CHECK(!nw_file_write(in_folder("no/such/place"), "x", 1, &err) && err.code == NW_ERR_IO);
    CHECK(strstr(err.msg, "No such file"));
}

static bool write_and_read(struct nw_err *err)
{
    size_t len;
    if (!nw_file_write(in_folder("f"), "content", 7, err))
        return false;
    NW_AUTOFREE uint8_t *data = nw_file_read(in_folder("f"), 100, &len, err);
    return data != NULL;
}

static void files_survive_each_allocation_failing(void)
{
    CHECK(unit_starve(write_and_read) >= 3);
    CHECK(left_over(folder) == 0);
}

static void writing_200_kb_fails_and_leaves_the_old_file(const char *where, const char *reason)
{
    static char block[200000];
    memset(block, 'x', sizeof block);
    char path[700];
    (void)snprintf(path, sizeof path, "%s/out", where);
    struct nw_err err = {0};
    CHECK(nw_file_write(path, "before", 6, &err));
    CHECK(!nw_file_write(path, block, sizeof block, &err));
    CHECK(err.code == NW_ERR_IO && strstr(err.msg, reason));
    CHECK(holds(path, "before") && left_over(where) == 0);
}

/* In a child, since limits and mounts stay with a process. Its status: failures, or 77. */
static int in_a_child(int (*run)(void))
{
    (void)fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        const int status = run();
        (void)fflush(stdout);
        _exit(status);
    }
    int status = 1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int under_a_quota(void)
{
    unit.failures = 0;
    const struct rlimit limit = {100000, 100000};
    (void)signal(SIGXFSZ, SIG_IGN);
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    writing_200_kb_fails_and_leaves_the_old_file(folder, "File too large");
    return unit.failures;
}

static void a_quota_reached_leaves_the_old_file(void)
{
    CHECK(in_a_child(under_a_quota) == 0);
}

static int on_a_small_disk(void)
{
    unit.failures = 0;
    const char *disk = in_folder("disk");
    char where[600];
    (void)snprintf(where, sizeof where, "%s", disk);
    CHECK(mkdir(where, 0700) == 0);
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("small", where, "tmpfs", 0, "size=64k") != 0)
        return 77;
    writing_200_kb_fails_and_leaves_the_old_file(where, "No space left");
    CHECK(umount(where) == 0);
    return unit.failures;
}

static void a_full_disk_leaves_the_old_file(void)
{
    const int status = in_a_child(on_a_small_disk);
    if (status == 77)
        printf("# a disk of 64 kB cannot be mounted here (needs root): not tried\n");
    CHECK(status == 0 || status == 77);
}

static void clean_up(void)
{
    DIR *dir = opendir(folder);
    for (const struct dirent *e; dir && (e = readdir(dir));)
        if (e->d_name[0] != '.')
            (void)remove(in_folder(e->d_name));
    if (dir)
        (void)closedir(dir);
    (void)rmdir(folder);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    UNIT(what_was_written_reads_back_with_a_zero_behind);
    UNIT(an_output_is_not_there_until_it_is_committed);
    UNIT(an_abandoned_output_leaves_what_was_there);
    UNIT(all_open_outputs_go_when_the_process_is_about_to_end);
    UNIT(reading_refuses_what_is_missing_too_big_or_a_folder);
    UNIT(writing_refuses_folders_and_places_that_do_not_exist);
    UNIT(files_survive_each_allocation_failing);
    UNIT(a_quota_reached_leaves_the_old_file);
    UNIT(a_full_disk_leaves_the_old_file);
    clean_up();
    return unit_end();
}
