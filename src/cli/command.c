/* cli/command.c -- the frame around every command; see command.h. */
#include "cli/command.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "cli/parse_priv.h"
#include "cli/stage_priv.h"
#include "cli/times_priv.h"
#include "cli/version.h"
#include "cli/zh_priv.h"
#include "core/parallel.h"
#include "core/text.h"
#include "io/file.h"

/* ---- progress on standard error, for people at a terminal ---- */

static struct {
    bool on, shown, times;
    bool lines; /* for a worker to read: NUWA_PROGRESS is set */
    enum nw_tongue tongue;
    const char *stage;
    struct timespec begun, drawn;
} meter;

static double seconds_since(const struct timespec *from)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - from->tv_sec) + 1e-9 * (double)(now.tv_nsec - from->tv_nsec);
}

static void meter_stage(const char *zh, const char *en)
{
    meter.stage = meter.tongue == NW_ZH ? zh : en;
    (void)clock_gettime(CLOCK_MONOTONIC, &meter.begun);
    meter.drawn = (struct timespec){0};
    if (meter.times)
        nw_times_stage(meter.stage);
    if (meter.lines)
        (void)fprintf(stderr, "progress 0 %s\n", meter.stage);
}

static void meter_progress(size_t done, size_t total)
{
    const double spent = seconds_since(&meter.begun);
    if (!meter.on || !meter.stage || (spent < 1 && !meter.lines) ||
        seconds_since(&meter.drawn) < 0.2)
        return;
    const double share = total ? (double)done / (double)total : 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &meter.drawn);
    if (meter.lines) {
        (void)fprintf(stderr, "progress %.3f %s\n", share, meter.stage);
        return;
    }
    meter.shown = true;
    if (share > 0.02)
        (void)fprintf(stderr,
                      meter.tongue == NW_ZH ? "\r\033[K%s %3.0f %%，还需约 %.0f 秒"
                                            : "\r\033[K%s %3.0f %%, about %.0f s left",
                      meter.stage, 100 * share, ceil(spent * (1 - share) / share));
    else
        (void)fprintf(stderr, "\r\033[K%s", meter.stage);
}

static void meter_clear(void)
{
    if (meter.shown)
        (void)fprintf(stderr, "\r\033[K");
    meter.shown = false;
}

static void on_signal(int number)
{
    (void)number;
    nw_cancel();
}

/* ---- helpers of commands ---- */

bool nw_run_put(struct nw_run *run, const char *key, json_t *value, struct nw_err *err)
{
    return json_object_set_new(run->result, key, value) == 0 ||
           nw_fail(err, NW_ERR_MEMORY, "no memory for the result \"%s\"", key);
}

json_t *nw_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

void nw_run_print(const struct nw_run *run, const char *fmt, ...)
{
    if (run->json)
        return;
    meter_clear();
    va_list args;
    va_start(args, fmt);
    (void)vprintf(fmt, args);
    va_end(args);
}

bool nw_run_read_file(struct nw_run *run, const char *path, struct nw_err *err)
{
    return nw_step_add_input(&run->step, path, err);
}

bool nw_run_wrote(struct nw_run *run, const char *path, struct nw_err *err)
{
    return nw_step_add_output(&run->step, path, err);
}

bool nw_run_default_output(struct nw_run *run, const char *name, const char *path,
                           struct nw_err *err)
{
    const char *option = nw_arena_printf(&run->arena, err, "--%s", name);
    return option && nw_step_add_argument(&run->step, option, err) &&
           nw_step_add_argument(&run->step, path, err);
}

/* ---- one call ---- */

struct words {
    const char **item;
    size_t count;
};

struct common {
    bool help, times;
    int64_t threads;
};

/* Takes the common options out of the line; what remains is the command's own. */
static bool take_common(struct nw_run *run, int argc, char **argv, struct words *rest,
                        struct common *common, struct nw_err *err)
{
    rest->item = nw_arena_alloc(&run->arena, ((size_t)argc + 1) * sizeof *rest->item, err);
    if (!rest->item)
        return false;
    bool options_end = false;
    for (int i = 0; i < argc; i++) {
        const char *w = argv[i];
        options_end = options_end || strcmp(w, "--") == 0;
        const bool has_next = i + 1 < argc;
        double number;
        if (options_end)
            rest->item[rest->count++] = w;
        else if (strcmp(w, "--help") == 0 || strcmp(w, "-h") == 0)
            common->help = true;
        else if (strcmp(w, "--json") == 0)
            run->json = true;
        else if (strcmp(w, "--quiet") == 0)
            run->quiet = true;
        else if (strcmp(w, "--times") == 0)
            common->times = true;
        else if (strcmp(w, "--no-record") == 0)
            run->no_record = true;
        else if (strcmp(w, "--record") == 0 && has_next)
            run->record = argv[++i];
        else if (strcmp(w, "--lang") == 0 && has_next && strcmp(argv[i + 1], "zh") == 0)
            run->tongue = NW_ZH, i++;
        else if (strcmp(w, "--lang") == 0 && has_next && strcmp(argv[i + 1], "en") == 0)
            run->tongue = NW_EN, i++;
        else if (strcmp(w, "--threads") == 0 && has_next) {
            const char *end = nw_number_parse(argv[++i], &number);
            if (!end || *end || number < 1 || number > 1024 || number != rint(number))
                return nw_fail(err, NW_ERR_ARGUMENT,
                               "--threads needs a whole number from 1 to 1024, not \"%s\"",
                               argv[i]);
            common->threads = (int64_t)number;
        } else if (strcmp(w, "--record") == 0 || strcmp(w, "--threads") == 0)
            return nw_fail(err, NW_ERR_ARGUMENT, "%s needs a value", w);
        else if (strcmp(w, "--lang") == 0)
            return nw_fail(err, NW_ERR_ARGUMENT, "--lang is zh or en");
        else
            rest->item[rest->count++] = w;
    }
    return true;
}

static enum nw_tongue tongue_of_environment(void)
{
    const char *const names[] = {"NUWA_LANG", "LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < 4; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return strncmp(value, "en", 2) == 0 ? NW_EN : NW_ZH;
    }
    return NW_ZH;
}

static bool begin_step(struct nw_run *run, const struct nw_command *cmd,
                       const struct words *words, struct nw_err *err)
{
    struct nw_step *step = &run->step;
    char folder[4096], started[40];
    const time_t now = time(NULL);
    struct tm local;
    if (!getcwd(folder, sizeof folder))
        folder[0] = '.', folder[1] = '\0';
    (void)localtime_r(&now, &local);
    (void)strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%S%z", &local);
    const struct passwd *user = getpwuid(getuid());
    step->command = cmd->name;
    step->version = NW_VERSION;
    step->folder = nw_arena_text(&step->arena, folder, err);
    step->started = step->folder ? nw_arena_text(&step->arena, started, err) : NULL;
    step->who =
        step->started ? nw_arena_text(&step->arena, user ? user->pw_name : "", err) : NULL;
    step->threads = nw_threads();
    bool ok = step->who != NULL;
    for (size_t i = 0; ok && i < words->count; i++)
        ok = nw_step_add_argument(step, words->item[i], err);
    /* Reports are written in it, so it belongs to the record. */
    return ok && nw_step_add_argument(step, "--lang", err) &&
           nw_step_add_argument(step, run->tongue == NW_ZH ? "zh" : "en", err);
}

/* The step file becomes one more output of the run, beside the first. */
static bool write_step(struct nw_run *run, const struct timespec *begun, struct nw_err *err)
{
    struct nw_step *step = &run->step;
    if (run->no_record || (step->output_count == 0 && !run->record))
        return true;
    const char *path = run->record;
    if (!path)
        path = nw_arena_printf(&run->arena, err, "%s.step.json", step->output[0].path);
    const char *staged;
    if (!path || !nw_run_stage(run, path, &staged, err))
        return false;
    struct rusage use;
    (void)getrusage(RUSAGE_SELF, &use);
    step->peak_memory_bytes = (uint64_t)use.ru_maxrss * 1024;
    step->wall_s = seconds_since(begun);
    char *text = nw_step_format(step, run->result, err);
    const bool ok = text && nw_file_write(staged, text, strlen(text), err);
    nw_free(text);
    return ok;
}

static bool finish(struct nw_run *run, const struct timespec *begun, struct nw_err *err)
{
    nw_stage("记录步骤", "recording the step");
    return nw_stage_record(run, err) && write_step(run, begun, err) &&
           nw_stage_commit(run, err);
}

static void print_error(const struct nw_run *run, const struct nw_command *cmd,
                        const struct nw_err *err)
{
    meter_clear();
    (void)fprintf(stderr, "nuwa %s: %s\n", cmd->name, err->msg);
    if (run->json)
        printf("{\"error\": {\"code\": \"%s\"}}\n", nw_code_name(err->code));
}

static int run_command(const struct nw_command *cmd, int argc, char **argv)
{
    struct nw_run run = {.tongue = tongue_of_environment()};
    struct nw_err err = {0};
    struct words words = {0};
    struct common common = {0};
    struct timespec begun;
    (void)clock_gettime(CLOCK_MONOTONIC, &begun);
    bool ok = take_common(&run, argc, argv, &words, &common, &err);
    int status = 0;
    if (run.tongue == NW_ZH)
        nw_set_translator(nw_zh);
    if (ok && common.help) {
        nw_args_help(cmd, run.tongue);
        nw_arena_release(&run.arena);
        return 0;
    }
    nw_set_threads((int)common.threads);
    meter.lines = getenv("NUWA_PROGRESS") != NULL;
    meter.on = !run.quiet && (meter.lines || isatty(STDERR_FILENO));
    meter.tongue = run.tongue;
    meter.times = common.times;
    nw_stage("开始", "starting");
    run.result = json_object();
    void *args = ok ? nw_arena_alloc(&run.arena, cmd->args_size + 1, &err) : NULL;
    ok = args && nw_args_parse(cmd, &run.arena, words.item, words.count, args, &err) &&
         begin_step(&run, cmd, &words, &err);
    if (ok)
        status = cmd->run(args, &run, &err);
    if (err.code == NW_OK)
        (void)finish(&run, &begun, &err);
    meter_clear();
    if (err.code != NW_OK) {
        nw_out_abandon_all();
        nw_stage_abandon(&run);
        print_error(&run, cmd, &err);
        status = nw_code_exit_status(err.code);
    } else if (run.json) {
        (void)json_dumpf(run.result, stdout,
                         JSON_INDENT(1) | JSON_SORT_KEYS | JSON_REAL_PRECISION(12));
        (void)printf("\n");
    }
    if (fflush(stdout) != 0 && status == 0) {
        (void)fprintf(stderr, "nuwa %s: standard output cannot be written: %s\n", cmd->name,
                      strerror(errno));
        status = 1;
    }
    if (meter.times)
        nw_times_print();
    json_decref(run.result);
    nw_step_release(&run.step);
    nw_arena_release(&run.arena);
    return status;
}

/* ---- the program ---- */

enum { REUSED_BYTES = 64 << 20 }; /* a mesh's arrays are below it, a scan's voxels above */

static void print_commands_json(void)
{
    json_t *list = json_array();
    for (const struct nw_command *const *c = nw_commands; *c; c++)
        json_array_append_new(list, nw_args_json(*c));
    (void)json_dumpf(list, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    (void)printf("\n");
    json_decref(list);
}

static void print_overview(void)
{
    const bool zh = tongue_of_environment() == NW_ZH;
    printf("nuwa %s: %s\n\n", NW_VERSION,
           zh ? "从影像到可打印、可测量、可追溯的个体化模型"
              : "from a patient's scan to a printable, measured, traceable model");
    for (const struct nw_command *const *c = nw_commands; *c; c++)
        printf("  %-14s %s\n", (*c)->name, zh ? (*c)->zh : (*c)->en);
    printf("\n%s\n", zh ? "nuwa 命令 --help 显示该命令的用法；nuwa --version 显示版本"
                        : "nuwa COMMAND --help tells more; nuwa --version tells the version");
}

static void set_up_process(void)
{
    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* allowed: numbers keep the C locale */
    const struct sigaction stop = {.sa_handler = on_signal};
    (void)sigaction(SIGINT, &stop, NULL);
    (void)sigaction(SIGTERM, &stop, NULL);
    (void)signal(SIGXFSZ, SIG_IGN); /* a full quota is an error to report, not a death */
    static const struct nw_progress_sink sink = {meter_stage, meter_progress};
    nw_set_progress_sink(&sink);
    nw_mem_reuse_below(REUSED_BYTES);
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0) /* beyond this the machine would swap */
        nw_mem_set_budget((size_t)pages / 10 * 9 * (size_t)page);
}

int nw_command_main(int argc, char **argv)
{
    set_up_process();
    if (argc < 2 || strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0) {
        print_overview();
        return argc < 2 ? 2 : 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("nuwa %s\n", NW_VERSION);
        return 0;
    }
    if (strcmp(argv[1], "--commands-json") == 0) {
        print_commands_json();
        return 0;
    }
    for (const struct nw_command *const *c = nw_commands; *c; c++)
        if (strcmp(argv[1], (*c)->name) == 0)
            return run_command(*c, argc - 2, argv + 2);
    (void)fprintf(stderr, "nuwa: there is no command \"%s\"; nuwa help lists them\n", argv[1]);
    return 2;
}
