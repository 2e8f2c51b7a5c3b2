/* cli/stage.c -- see stage_priv.h and nw_run_stage in command.h. */
#include "cli/stage_priv.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/hash.h"

struct item {
    const char *path, *staged, *folder; /* final name, hidden name, hidden folder */
};

struct nw_stage {
    struct item *item;
    size_t count, room;
};

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool refuse_unwritable(const char *path, struct nw_err *err)
{
    struct stat st;
    if (!*last_part(path) || (stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
        return nw_fail(err, NW_ERR_ARGUMENT, "%s is a folder; name a file to write", path);
    return true;
}

bool nw_run_stage(struct nw_run *run, const char *path, const char **staged, struct nw_err *err)
{
    if (!refuse_unwritable(path, err))
        return false;
    if (!run->stage)
        run->stage = NW_ALLOC(struct nw_stage, 1, err);
    struct nw_stage *s = run->stage;
    if (!s || !nw_grow(&s->item, &s->room, s->count + 1, sizeof *s->item, err))
        return false;
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->item[i].path, path) == 0)
            return nw_fail(err, NW_ERR_ARGUMENT, "%s is named twice as an output", path);
    const int parent = (int)(last_part(path) - path);
    struct item item = {
        .path = nw_arena_text(&run->arena, path, err),
    };
    if (item.path)
        item.folder =
            nw_arena_printf(&run->arena, err, "%.*s.nuwa-%ld", parent, path, (long)getpid());
    if (item.folder)
        item.staged = nw_arena_printf(&run->arena, err, "%s/%s", item.folder, last_part(path));
    if (!item.staged)
        return false;
    if (mkdir(item.folder, 0777) != 0 && errno != EEXIST)
        return nw_fail(err, NW_ERR_IO, "%s cannot be written: %s", path, strerror(errno));
    s->item[s->count++] = item;
    *staged = item.staged;
    return true;
}

bool nw_stage_record(struct nw_run *run, struct nw_err *err)
{
    const struct nw_stage *s = run->stage;
    for (size_t i = 0; s && i < s->count; i++) {
        if (!nw_step_add_output(&run->step, s->item[i].staged, err))
            return false;
        run->step.output[run->step.output_count - 1].path = s->item[i].path;
    }
    return true;
}

/* Companions too: an .mtl beside its .obj. False with errno when one cannot be moved. */
static bool move_all(const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return errno == ENOENT; /* moved with an earlier item of the same folder */
    bool ok = true;
    for (const struct dirent *e; ok && (e = readdir(dir));) {
        char from[4096], to[4096];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        const int parent = (int)(last_part(folder) - folder);
        if (snprintf(from, sizeof from, "%s/%s", folder, e->d_name) >= (int)sizeof from ||
            snprintf(to, sizeof to, "%.*s%s", parent, folder, e->d_name) >= (int)sizeof to) {
            errno = ENAMETOOLONG;
            ok = false;
        } else {
            ok = rename(from, to) == 0;
        }
    }
    const int why = errno;
    (void)closedir(dir);
    if (ok)
        (void)rmdir(folder);
    errno = why;
    return ok;
}

bool nw_stage_commit(struct nw_run *run, struct nw_err *err)
{
    struct nw_stage *s = run->stage;
    for (size_t i = 0; s && i < s->count; i++)
        if (!move_all(s->item[i].folder))
            return nw_fail(err, NW_ERR_IO, "%s cannot be written: %s", s->item[i].path,
                           strerror(errno));
    nw_stage_abandon(run);
    return true;
}

static void remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    for (const struct dirent *e; dir && (e = readdir(dir));) {
        char path[4096];
        if (snprintf(path, sizeof path, "%s/%s", folder, e->d_name) < (int)sizeof path)
            (void)unlink(path); /* "." and ".." refuse */
    }
    if (dir)
        (void)closedir(dir);
    (void)rmdir(folder);
}

void nw_stage_abandon(struct nw_run *run)
{
    struct nw_stage *s = run->stage;
    for (size_t i = 0; s && i < s->count; i++)
        remove_folder(s->item[i].folder);
    if (s)
        nw_free(s->item);
    nw_free(s);
    run->stage = NULL;
}
