/* Takes jobs, looks after their processes, brings home what they made. See worker.h. */
#include "net/worker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "case/shares.h"
#include "core/text.h"

enum {
    LINES = 20, /* of messages that are kept */
    LINE_BYTES = 400,
    STOP_S = 5, /* between asking and killing */
    RESULT_BYTES = 128 << 10,
    FOLDER_DEPTH = 8,
    IDLE_MS = 50, /* a person may be waiting for what takes less than a second */
    LOOK_MS = 200,
    END_MS = 2, /* between the last message and the end of the process */
};

struct nw_worker {
    struct nw_worker_options options;
    char jobs[4200]; /* the folder */
    pthread_t *thread;
    int count;
    atomic_bool stop;
};

/* One job being done. */
struct doing {
    struct nw_worker *worker;
    struct nw_claim claim;
    struct nw_arena arena;
    char folder[4300];
    int pid, messages; /* the process, the pipe its messages come from */
    char line[LINES][LINE_BYTES], part[LINE_BYTES];
    size_t lines, part_size; /* how many came in all; of the one that comes */
    char stage[LINE_BYTES];
    double progress;
    double next_beat, stop_at; /* seconds; stop_at: when patience ends, or 0 */
    bool stopping, cancelled;
};

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ------------------------------------------------------------------ folders */

static void remove_all(const char *path, int depth)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return;
    DIR *dir = S_ISDIR(st.st_mode) && depth < FOLDER_DEPTH ? opendir(path) : NULL;
    for (const struct dirent *e; dir && (e = readdir(dir));) {
        char inner[4600];
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
            snprintf(inner, sizeof inner, "%s/%s", path, e->d_name) < (int)sizeof inner)
            remove_all(inner, depth + 1);
    }
    if (dir)
        (void)closedir(dir);
    (void)(S_ISDIR(st.st_mode) ? rmdir(path) : unlink(path));
}

/* What workers that are no more have left. */
static void clear_away(struct nw_worker *worker)
{
    DIR *dir = opendir(worker->jobs);
    for (const struct dirent *e; dir && (e = readdir(dir));) {
        struct nw_err ignored = {0};
        bool lives = true;
        char path[4600];
        if (e->d_name[0] == '.' ||
            snprintf(path, sizeof path, "%s/%s", worker->jobs, e->d_name) >= (int)sizeof path)
            continue;
        if (nw_claim_lives(worker->options.desk, e->d_name, &lives, &ignored) && !lives)
            remove_all(path, 0);
    }
    if (dir)
        (void)closedir(dir);
}

static bool bring_inputs(struct doing *doing, struct nw_err *err)
{
    const char *name;
    json_t *value;
    if (mkdir(doing->folder, 0700) != 0)
        return nw_fail(err, NW_ERR_IO, "a job's folder cannot be made: %s", strerror(errno));
    json_object_foreach(json_object_get(doing->claim.request, "inputs"), name, value)
    {
        nw_digest digest;
        const char *path = nw_arena_printf(&doing->arena, err, "%s/%s", doing->folder, name);
        if (!path)
            return false;
        if (!nw_digest_parse(json_string_value(value), &digest))
            return nw_fail(err, NW_ERR_DATA, "a job's input is no digest");
        if (!nw_blob_export(doing->worker->options.desk->blobs, &digest, path, err))
            return false;
    }
    return true;
}

/* The key that takes identity out of a case's scans: for that command alone, and gone with the
 * folder. */
static bool bring_key(struct doing *doing, struct nw_err *err)
{
    const char *command = json_string_value(json_object_get(doing->claim.request, "command"));
    uint8_t key[NW_CASE_KEY_BYTES];
    char name[NW_CASE_ALIAS];
    if (!command || strcmp(command, "deidentify") != 0)
        return true;
    const char *path = nw_arena_printf(&doing->arena, err, "%s/.key", doing->folder);
    if (!path ||
        !nw_case_alias(doing->worker->options.desk, doing->claim.case_id, key, name, err))
        return false;
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const bool good = file >= 0 && write(file, key, sizeof key) == (ssize_t)sizeof key;
    if (file >= 0)
        (void)close(file);
    nw_wipe(key, sizeof key);
    return good ||
           nw_fail(err, NW_ERR_IO, "a job's folder cannot be made: %s", strerror(errno));
}

/* ------------------------------------------------------------------ messages */

/* "progress 0.25 what it does" is told; all else is a message. */
static void take_line(struct doing *doing)
{
    char *text = doing->part;
    text[doing->part_size] = 0;
    doing->part_size = 0;
    for (char *at = text; *at; at++)
        if ((unsigned char)*at < 32 || *at == 127)
            *at = ' ';
    if (strncmp(text, "progress ", 9) == 0) {
        double share = 0;
        const char *end = nw_number_parse(text + 9, &share);
        if (end && *end == ' ' && share >= 0 && share <= 1) {
            doing->progress = share;
            snprintf(doing->stage, sizeof doing->stage, "%s", end + 1);
        }
        return;
    }
    if (*text)
        memcpy(doing->line[doing->lines++ % LINES], text, LINE_BYTES);
}

/* False at the end. */
static bool take_messages(struct doing *doing)
{
    char bytes[4096];
    ssize_t got = read(doing->messages, bytes, sizeof bytes);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    for (ssize_t i = 0; i < got; i++) {
        if (bytes[i] == '\n' || bytes[i] == '\r')
            take_line(doing);
        else if (doing->part_size + 1 < LINE_BYTES)
            doing->part[doing->part_size++] = bytes[i];
    }
    return got > 0;
}

/* A cut in the middle of a letter leaves no text: what is whole stays. */
static json_t *text_json(const char *text)
{
    size_t size = strlen(text);
    for (size_t cut = 0; cut < 4 && cut <= size; cut++) {
        json_t *whole = json_stringn(text, size - cut);
        if (whole)
            return whole;
    }
    return json_string("?");
}

static json_t *result_json(const struct doing *doing)
{
    json_t *list = json_array();
    size_t first = doing->lines > LINES ? doing->lines - LINES : 0;
    for (size_t i = first; i < doing->lines; i++)
        (void)json_array_append_new(list, text_json(doing->line[i % LINES]));
    return json_pack("{s:o, s:o}", "messages", list, "stage", text_json(doing->stage));
}

/* A sentence of the worker's own among the messages. */
static void say(struct doing *doing, const char *text)
{
    snprintf(doing->line[doing->lines++ % LINES], LINE_BYTES, "%.*s", LINE_BYTES - 1, text);
}

/* ------------------------------------------------------------------ the process */

static bool start(struct doing *doing, struct nw_err *err)
{
    const struct nw_worker_options *options = &doing->worker->options;
    const json_t *arguments = json_object_get(doing->claim.request, "arguments");
    size_t given = json_array_size(arguments), count = 0;
    char **argv = nw_arena_alloc(&doing->arena, (given + 12) * sizeof *argv, err);
    const char *lang = json_string_value(json_object_get(doing->claim.request, "lang"));
    const char *words[] = {"nuwa",
                           json_string_value(json_object_get(doing->claim.request, "command")),
                           "--json",
                           "--record",
                           ".step.json",
                           "--threads",
                           nw_arena_printf(&doing->arena, err, "%d", options->threads)};
    const char *own[] = {
        nw_arena_printf(&doing->arena, err, "HOME=%s", doing->folder),
        nw_arena_printf(&doing->arena, err, "TMPDIR=%s", doing->folder),
        nw_arena_printf(&doing->arena, err, "OMP_NUM_THREADS=%d", options->threads),
        "OMP_WAIT_POLICY=passive",
        "NUWA_PROGRESS=1",
        NW_JAILED_SET,
        lang && strcmp(lang, "en") == 0 ? "NUWA_LANG=en" : "NUWA_LANG=zh",
        "PATH=/usr/bin:/bin",
        NULL};
    if (err->code)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        argv[count++] = (char *)(uintptr_t)words[i];
    for (size_t i = 0; i < given; i++)
        argv[count++] = (char *)(uintptr_t)json_string_value(json_array_get(arguments, i));
    argv[count] = NULL;
    const char *said = nw_arena_printf(&doing->arena, err, "%s/.said", doing->folder);
    int ends[2] = {-1, -1};
    int out = said ? open(said, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    if (out < 0 || pipe2(ends, O_CLOEXEC) != 0) {
        if (out >= 0)
            close(out);
        return nw_fail(err, NW_ERR_IO, "a job's folder cannot be made: %s", strerror(errno));
    }
    const struct nw_jail jail = {.folder = doing->folder,
                                 .program = "/proc/self/exe",
                                 .argv = argv,
                                 .envp = (char *const *)(uintptr_t)own,
                                 .out = out,
                                 .err = ends[1],
                                 .memory_bytes = options->memory_bytes,
                                 .cpu_s = options->cpu_s,
                                 .file_bytes = options->file_bytes};
    doing->pid = nw_jail_start(&jail, err);
    close(out);
    close(ends[1]);
    doing->messages = ends[0];
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return doing->pid > 0;
}

static void ask_to_stop(struct doing *doing)
{
    if (doing->stopping)
        return;
    doing->stopping = true;
    doing->stop_at = seconds() + STOP_S;
    (void)kill(-doing->pid, SIGTERM);
}

/* Once a second: still there, so far. */
static void beat(struct doing *doing)
{
    struct nw_err later = {0}; /* a database that is away: the lease says how long */
    bool stop = false;
    json_t *result = result_json(doing);
    if (result &&
        nw_job_beat(doing->worker->options.desk, &doing->claim, doing->worker->options.lease_s,
                    doing->progress, result, &stop, &later) &&
        stop) {
        doing->cancelled = true;
        ask_to_stop(doing);
    }
    json_decref(result);
    doing->next_beat = seconds() + 1;
}

/* Until the process has ended: its status as waitpid gives it. */
static int look_after(struct doing *doing)
{
    int status = 0;
    bool open = true;
    for (;;) {
        struct pollfd wait = {doing->messages, POLLIN, 0};
        if (open && poll(&wait, 1, LOOK_MS) > 0)
            open = take_messages(doing);
        else if (!open)
            usleep(END_MS * 1000);
        if (waitpid(doing->pid, &status, WNOHANG) == doing->pid)
            break;
        if (atomic_load(&doing->worker->stop))
            ask_to_stop(doing);
        if (seconds() >= doing->next_beat)
            beat(doing);
        if (doing->stopping && seconds() > doing->stop_at)
            (void)kill(-doing->pid, SIGKILL);
    }
    (void)kill(-doing->pid, SIGKILL); /* what it may have left behind */
    for (int i = 0; i < 64 && open && doing->messages >= 0; i++) {
        struct pollfd rest = {doing->messages, POLLIN, 0};
        open = poll(&rest, 1, 0) > 0 && take_messages(doing);
    }
    if (doing->part_size)
        take_line(doing);
    return status;
}

/* ------------------------------------------------------------------ what it made */

/* One output: a plain file of the folder; *there false when it is not. */
static bool bring_home(struct doing *doing, const char *name, const char *as,
                       struct nw_job_file *file, bool *there, struct nw_err *err)
{
    struct stat st;
    const char *path = nw_arena_printf(&doing->arena, err, "%s/%s", doing->folder, name);
    if (!path)
        return false;
    *there = lstat(path, &st) == 0 && S_ISREG(st.st_mode);
    snprintf(file->name, sizeof file->name, "%s", as);
    return !*there || nw_blob_put_file(doing->worker->options.desk->blobs, path, &file->sha256,
                                       &file->bytes, err);
}

/* What the command printed with --json, when it is not too much. */
static json_t *read_said(struct doing *doing)
{
    struct nw_err err = {0};
    const char *path = nw_arena_printf(&doing->arena, &err, "%s/.said", doing->folder);
    FILE *file = path ? fopen(path, "re") : NULL;
    char *text = file ? nw_arena_alloc(&doing->arena, RESULT_BYTES, &err) : NULL;
    size_t size = text ? fread(text, 1, RESULT_BYTES, file) : 0;
    if (file)
        (void)fclose(file);
    return size && size < RESULT_BYTES ? json_loadb(text, size, 0, NULL) : NULL;
}

/* All outputs, and the step; *missing names one that is not there. */
static bool bring_all(struct doing *doing, struct nw_job_file *file, size_t *count,
                      const char **missing, struct nw_err *err)
{
    const json_t *outputs = json_object_get(doing->claim.request, "outputs");
    const char *first = json_string_value(json_array_get(outputs, 0));
    bool there;
    *count = 0;
    for (size_t i = 0; i < json_array_size(outputs); i++) {
        const char *name = json_string_value(json_array_get(outputs, i));
        if (!bring_home(doing, name, name, &file[*count], &there, err))
            return false;
        if (there)
            (*count)++;
        else
            *missing = name;
    }
    const char *as = nw_arena_printf(
        &doing->arena, err, "%.200s.step.json",
        first ? first : json_string_value(json_object_get(doing->claim.request, "command")));
    if (!as || !bring_home(doing, ".step.json", as, &file[*count], &there, err))
        return false;
    *count += there;
    return true;
}

static void describe_end(struct doing *doing, int status)
{
    char text[LINE_BYTES];
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
        snprintf(text, sizeof text, "%s",
                 nw_either("任务用完了允许的处理器时间", "the job used up its processor time"));
    else
        snprintf(text, sizeof text, "%s %d",
                 nw_either("任务的进程被信号终止：", "the job's process was ended by signal"),
                 WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    say(doing, text);
}

static json_t *files_json(const struct nw_job_file *file, size_t count)
{
    json_t *list = json_array();
    char hex[NW_DIGEST_TEXT];
    for (size_t i = 0; i < count; i++) {
        nw_digest_format(&file[i].sha256, hex);
        (void)json_array_append_new(list,
                                    json_pack("{s:s, s:s, s:I}", "name", file[i].name, "sha256",
                                              hex, "bytes", (json_int_t)file[i].bytes));
    }
    return list;
}

/* 0: done; 3 and 4 are findings of a command that did its work (see its page). */
static enum nw_job_end judge(struct doing *doing, int status)
{
    if (doing->cancelled)
        return NW_JOB_CANCELLED;
    if (doing->stopping)
        return NW_JOB_LEFT;
    if (!WIFEXITED(status))
        return NW_JOB_CRASHED;
    int code = WEXITSTATUS(status);
    return code == 0 || code == 3 || code == 4 ? NW_JOB_DONE : NW_JOB_FAILED;
}

static void finish(struct doing *doing, int status, struct nw_err *err)
{
    enum nw_job_end how = judge(doing, status);
    size_t outputs = json_array_size(json_object_get(doing->claim.request, "outputs"));
    struct nw_job_file *file = nw_arena_alloc(&doing->arena, (outputs + 1) * sizeof *file, err);
    size_t count = 0;
    const char *missing = NULL;
    if (!file || (how == NW_JOB_DONE && !bring_all(doing, file, &count, &missing, err)))
        return;
    if (how == NW_JOB_DONE && missing) {
        say(doing, nw_either("缺少声明的输出文件", "an output that was named is not there"));
        how = NW_JOB_FAILED;
    }
    if (how == NW_JOB_CRASHED)
        describe_end(doing, status);
    json_t *result = result_json(doing), *said = read_said(doing);
    remove_all(doing->folder, 0); /* before anybody hears that it has ended */
    if (result && WIFEXITED(status))
        (void)json_object_set_new(result, "status", json_integer(WEXITSTATUS(status)));
    if (result && said)
        (void)json_object_set(result, "said", said);
    if (result && how == NW_JOB_DONE)
        (void)json_object_set_new(result, "outputs", files_json(file, count));
    if (!result)
        nw_fail(err, NW_ERR_MEMORY, "out of memory");
    else
        (void)!nw_job_end(doing->worker->options.desk, &doing->claim, how, result, file, count,
                          err);
    json_decref(said);
    json_decref(result);
}

/* ------------------------------------------------------------------ one after another */

/* What could not be begun, or not be kept, is told in the job itself. */
static void tell_failure(struct doing *doing, const struct nw_err *why)
{
    struct nw_err ignored = {0}; /* then the lease ends, and another tries */
    say(doing, why->msg);
    json_t *result = result_json(doing);
    if (result && why->code != NW_ERR_CONFLICT)
        (void)!nw_job_end(doing->worker->options.desk, &doing->claim, NW_JOB_CRASHED, result,
                          NULL, 0, &ignored);
    json_decref(result);
}

static void do_job(struct doing *doing)
{
    struct nw_err err = {0};
    doing->messages = -1;
    (void)snprintf(doing->folder, sizeof doing->folder, "%s/%s", doing->worker->jobs,
                   doing->claim.name);
    doing->next_beat = seconds() + 1;
    if (doing->claim.before[0]) {
        char left[4300];
        (void)snprintf(left, sizeof left, "%s/%s", doing->worker->jobs, doing->claim.before);
        remove_all(left, 0);
    }
    if (bring_inputs(doing, &err) && bring_key(doing, &err) && start(doing, &err))
        finish(doing, look_after(doing), &err);
    if (err.code)
        tell_failure(doing, &err);
    if (doing->messages >= 0)
        close(doing->messages);
    remove_all(doing->folder, 0);
}

static void *work(void *context)
{
    struct nw_worker *worker = (struct nw_worker *)context;
    struct nw_err no_memory = {0};
    struct doing *doing = NW_ALLOC(struct doing, 1, &no_memory);
    while (doing && !atomic_load(&worker->stop)) {
        struct nw_err later = {0};
        bool found = false;
        memset(doing, 0, sizeof *doing);
        doing->worker = worker;
        if (nw_job_claim(worker->options.desk, worker->options.lease_s, &doing->claim, &found,
                         &later) &&
            found)
            do_job(doing);
        nw_arena_release(&doing->arena);
        nw_claim_release(&doing->claim);
        if (!found)
            usleep(IDLE_MS * 1000);
    }
    nw_free(doing);
    return NULL;
}

struct nw_worker *nw_worker_start(const struct nw_worker_options *options, struct nw_err *err)
{
    struct nw_worker *worker = NW_ALLOC(struct nw_worker, 1, err);
    if (!worker)
        return NULL;
    worker->options = *options;
    worker->thread = NW_ALLOC(pthread_t, (size_t)options->count + 1, err);
    char *whole = realpath(options->data, NULL);
    if (whole)
        (void)snprintf(worker->jobs, sizeof worker->jobs, "%.4000s/jobs", whole);
    (free)(whole);
    if (!worker->thread || !worker->jobs[0] ||
        (mkdir(worker->jobs, 0700) != 0 && errno != EEXIST)) {
        if (!err->code)
            nw_fail(err, NW_ERR_IO, "cannot make the folder %.200s: %s", options->data,
                    strerror(errno));
        nw_worker_stop(worker);
        return NULL;
    }
    clear_away(worker);
    while (worker->count < options->count &&
           pthread_create(&worker->thread[worker->count], NULL, work, worker) == 0)
        worker->count++;
    if (worker->count == options->count)
        return worker;
    nw_fail(err, NW_ERR_IO, "no thread for the jobs can be started");
    nw_worker_stop(worker);
    return NULL;
}

void nw_worker_stop(struct nw_worker *worker)
{
    if (!worker)
        return;
    atomic_store(&worker->stop, true);
    for (int i = 0; i < worker->count; i++)
        (void)pthread_join(worker->thread[i], NULL);
    nw_free(worker->thread);
    nw_free(worker);
}
