/* cli/replay.c -- nuwa replay STEP: make the outputs again, elsewhere, and compare. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/version.h"
#include "io/file.h"

enum { STEP_MAX_BYTES = 64 << 20 };

struct replay_args {
    const char *step, *folder, *keep;
    bool any_version;
};

static const struct nw_arg replay_args[] = {
    NW_INPUT(struct replay_args, step, "STEP", "步骤文件（*.step.json）",
             "step file (*.step.json)"),
    NW_TEXT(struct replay_args, folder, "folder",
            "输入文件所在的目录（默认：步骤中记录的目录）",
            "where the inputs are now (default: the folder in the step)"),
    NW_TEXT(struct replay_args, keep, "keep", "把重做的文件留在这个新目录",
            "keep the files made again in this new folder"),
    NW_FLAG(struct replay_args, any_version, "any-version",
            "程序版本不同也重做（结果可能不同）",
            "replay a step of another version too (bytes may differ)"),
    {.kind = NW_ARG_END},
};

static const struct nw_command *find_command(const char *name)
{
    for (const struct nw_command *const *c = nw_commands; *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* Is a path one of those that a name with {n} in it stands for? */
static bool is_one_of(const char *path, const char *pattern)
{
    const char *hole = strstr(pattern, "{n}");
    const size_t before = hole ? (size_t)(hole - pattern) : 0;
    if (!hole || strncmp(path, pattern, before) != 0)
        return false;
    const size_t digits = strspn(path + before, "0123456789");
    return digits > 0 && strcmp(path + before + digits, hole + 3) == 0;
}

static bool names_output(const struct nw_step *step, const char *text)
{
    const size_t len = strlen(text);
    for (size_t i = 0; i < step->output_count; i++) {
        const char *path = step->output[i].path;
        if (strcmp(path, text) == 0 || is_one_of(path, text) ||
            (len > 0 && strncmp(path, text, len) == 0 &&
             (path[len] == '/' || text[len - 1] == '/')))
            return true;
    }
    return false;
}

/* An argument that is an output, or `--name=output`, is redirected by its base name; two
 * outputs of one base name in different folders get numbers. */
static bool redirect_argument(const struct nw_step *step, struct nw_run *run, size_t index,
                              const char *folder, const char **out, struct nw_err *err)
{
    const char *text = step->argument[index], *equals = strchr(text, '=');
    const char *value = text[0] == '-' && equals ? equals + 1 : text;
    *out = text;
    if (!names_output(step, value))
        return true;
    *out = nw_arena_printf(&run->arena, err, "%.*s%s/%zu/%s", (int)(value - text), text, folder,
                           index, base_name(value));
    const char *dir = *out ? nw_arena_printf(&run->arena, err, "%s/%zu", folder, index) : NULL;
    if (!dir)
        return false;
    if (mkdir(dir, 0777) != 0 && errno != EEXIST)
        return nw_fail(err, NW_ERR_IO, "%s cannot be made: %s", dir, strerror(errno));
    return true;
}

static const char *replayed_path(const struct nw_step *step, struct nw_run *run,
                                 const char *folder, const char *path, struct nw_err *err)
{
    for (size_t i = 0; i < step->argument_count; i++) {
        const char *text = step->argument[i], *equals = strchr(text, '=');
        const char *value = text[0] == '-' && equals ? equals + 1 : text;
        const size_t len = strlen(value);
        if (strcmp(path, value) == 0 || is_one_of(path, value))
            return nw_arena_printf(&run->arena, err, "%s/%zu/%s", folder, i, base_name(path));
        if (len > 0 && strncmp(path, value, len) == 0 &&
            (path[len] == '/' || value[len - 1] == '/'))
            return nw_arena_printf(&run->arena, err, "%s/%zu/%s/%s", folder, i,
                                   base_name(value), path + len);
    }
    nw_fail(err, NW_ERR_DATA, "no argument of the step names its output %s", path);
    return NULL;
}

static bool run_again(const struct nw_step *step, struct nw_run *run, const char *from,
                      const char *folder, struct nw_err *err)
{
    const char **argv =
        nw_arena_alloc(&run->arena, (step->argument_count + 6) * sizeof *argv, err);
    if (!argv)
        return false;
    size_t n = 0;
    argv[n++] = "nuwa";
    argv[n++] = step->command;
    argv[n++] = "--quiet";
    argv[n++] = "--no-record";
    for (size_t i = 0; i < step->argument_count; i++)
        if (!redirect_argument(step, run, i, folder, &argv[n++], err))
            return false;
    const pid_t child = fork();
    if (child < 0)
        return nw_fail(err, NW_ERR_IO, "no process could be started: %s", strerror(errno));
    if (child == 0) {
        if (chdir(from) != 0 || !freopen("/dev/null", "w", stdout))
            _exit(127);
        (void)execv("/proc/self/exe", (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return nw_fail(err, NW_ERR_IO, "the replay was lost: %s", strerror(errno));
    if (!WIFEXITED(status) || WEXITSTATUS(status) == 1 || WEXITSTATUS(status) == 2 ||
        WEXITSTATUS(status) == 127)
        return nw_fail(err, NW_ERR_STATE,
                       "the step's command did not succeed when run again in "
                       "%s; its own message is above",
                       from);
    return true;
}

static bool compare_outputs(const struct nw_step *step, struct nw_run *run, const char *folder,
                            size_t *different, struct nw_err *err)
{
    json_t *list = json_array();
    bool ok = true;
    for (size_t i = 0; ok && i < step->output_count; i++) {
        const struct nw_stream *was = &step->output[i];
        const char *path = replayed_path(step, run, folder, was->path, err);
        nw_digest digest;
        uint64_t bytes;
        ok = path && nw_hash_file(path, &digest, &bytes, err);
        if (!ok)
            break;
        const bool same = memcmp(&digest, &was->sha256, sizeof digest) == 0;
        *different += !same;
        nw_run_print(run, "%s: %s\n", was->path,
                     same ? nw_say(run, "逐字节相同", "the same bytes")
                          : nw_say(run, "不同", "different"));
        json_array_append_new(list, json_pack("{s:s, s:b}", "path", was->path, "same", same));
    }
    return nw_run_put(run, "outputs", list, err) && ok;
}

static void remove_tree(const char *folder)
{
    const pid_t child = fork();
    if (child == 0) {
        (void)execlp("rm", "rm", "-rf", "--", folder, (char *)NULL);
        _exit(127);
    }
    int status;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
}

/* A new folder for the outputs: --keep's, or one of our own that is taken away again. */
static const char *make_folder(const struct replay_args *args, struct nw_run *run,
                               struct nw_err *err)
{
    if (args->keep) {
        if (mkdir(args->keep, 0777) != 0) {
            nw_fail(err, NW_ERR_IO, "%s cannot be made: %s", args->keep, strerror(errno));
            return NULL;
        }
        char *full = realpath(args->keep, NULL);
        const char *kept = full ? nw_arena_text(&run->arena, full, err) : NULL;
        free(full); /* allowed: realpath's own allocation */
        return kept;
    }
    const char *base = getenv("TMPDIR");
    char *folder = nw_arena_printf(&run->arena, err, "%s/nuwa-replay-XXXXXX",
                                   base && *base ? base : "/tmp");
    if (folder && !mkdtemp(folder)) {
        nw_fail(err, NW_ERR_IO, "%s cannot be made: %s", folder, strerror(errno));
        return NULL;
    }
    return folder;
}

static bool check_step(const struct nw_step *step, const struct replay_args *args,
                       struct nw_err *err)
{
    if (!find_command(step->command))
        return nw_fail(err, NW_ERR_UNSUPPORTED, "this program has no command \"%s\"",
                       step->command);
    if (strcmp(step->version, NW_VERSION) != 0 && !args->any_version)
        return nw_fail(err, NW_ERR_STATE,
                       "the step was made by version %s and this is %s; the same bytes are "
                       "promised only by the same version (--any-version tries all the same)",
                       step->version, NW_VERSION);
    if (step->output_count == 0)
        return nw_fail(err, NW_ERR_DATA, "the step has no outputs to make again");
    return true;
}

static int replay(const void *void_args, struct nw_run *run, struct nw_err *err)
{
    const struct replay_args *args = void_args;
    size_t len, different = 0;
    NW_AUTOFREE uint8_t *text = nw_file_read(args->step, STEP_MAX_BYTES, &len, err);
    struct nw_step step = {0};
    if (!text || !nw_step_parse((const char *)text, len, &step, err))
        return 1;
    const char *folder = check_step(&step, args, err) ? make_folder(args, run, err) : NULL;
    bool ok = folder &&
              run_again(&step, run, args->folder ? args->folder : step.folder, folder, err) &&
              compare_outputs(&step, run, folder, &different, err) &&
              nw_run_put(run, "same", json_boolean(different == 0), err);
    if (folder && !args->keep)
        remove_tree(folder);
    if (ok)
        nw_run_print(
            run, "%s\n",
            different ? nw_say(run, "重做的结果与记录不同", "not the same as recorded")
                      : nw_say(run, "重做的结果与记录逐字节相同", "made again, byte for byte"));
    nw_step_release(&step);
    return ok && different == 0 ? 0 : 3;
}

const struct nw_command nw_cmd_replay = {
    .name = "replay",
    .zh = "按记录重做一个步骤并逐字节比较",
    .en = "Make a step's outputs again and compare them byte for byte",
    .args = replay_args,
    .args_size = sizeof(struct replay_args),
    .run = replay,
    .status3_zh = "重做的结果不同",
    .status3_en = "the outputs came out different",
};
