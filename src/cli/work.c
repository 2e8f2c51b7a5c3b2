/* cli/work.c -- nuwa work: does the jobs of a server, beside it or on another machine. */
#include <time.h>

#include "cli/command.h"
#include "core/parallel.h"
#include "net/worker.h"

struct work_args {
    const char *data, *database;
    int64_t jobs, threads, lease, memory, cpu;
};

static const struct nw_arg work_args[] = {
    NW_TEXT(struct work_args, data, "data", "服务器的数据目录（默认 nuwa-data）",
            "the server's data folder (default nuwa-data)"),
    NW_TEXT(struct work_args, database, "database", "PostgreSQL 的地址（服务器用它时）",
            "the PostgreSQL the server uses, when it does"),
    NW_COUNT(struct work_args, jobs, "jobs", 1, 64, 1, "同时进行的任务数",
             "jobs at the same time"),
    NW_COUNT(struct work_args, threads, "job-threads", 1, 256, 2, "每个任务的线程数",
             "threads of each job"),
    NW_COUNT(struct work_args, lease, "lease", 2, 3600, 30,
             "多少秒没有动静后任务交给别的工作进程",
             "seconds without a sign of life after which another worker takes a job"),
    NW_COUNT(struct work_args, memory, "job-memory", 1, 4096, 16, "每个任务的内存上限（GiB）",
             "most memory of a job, in GiB"),
    NW_COUNT(struct work_args, cpu, "job-cpu", 1, 864000, 14400,
             "每个任务的处理器时间上限（秒）", "most processor time of a job, in seconds"),
    {.kind = NW_ARG_END},
};

static int run_work(const void *args_pointer, struct nw_run *run, struct nw_err *err)
{
    const struct work_args *args = (const struct work_args *)args_pointer;
    const char *data = args->data ? args->data : "nuwa-data";
    const struct timespec tenth = {.tv_nsec = 100000000};
    run->no_record = true; /* each job has its own step */
    struct nw_desk *desk = nw_desk_attach(data, args->database, err);
    struct nw_worker_options options = {.desk = desk,
                                        .data = data,
                                        .count = (int)args->jobs,
                                        .threads = (int)args->threads,
                                        .lease_s = args->lease,
                                        .memory_bytes = args->memory << 30,
                                        .cpu_s = args->cpu,
                                        .file_bytes = INT64_C(64) << 30};
    struct nw_worker *worker = desk ? nw_worker_start(&options, err) : NULL;
    if (worker) {
        nw_run_print(run, nw_say(run, "正在等待任务（Ctrl-C 结束）\n",
                                 "waiting for jobs (Ctrl-C ends)\n"));
        (void)fflush(stdout);
    }
    while (worker && !nw_cancelled())
        (void)nanosleep(&tenth, NULL);
    nw_worker_stop(worker);
    nw_desk_close(desk);
    return worker ? 0 : 1;
}

const struct nw_command nw_cmd_work = {
    .name = "work",
    .zh = "执行服务器的任务，可在同一台或另一台机器上",
    .en = "does a server's jobs, beside it or on another machine",
    .args = work_args,
    .args_size = sizeof(struct work_args),
    .run = run_work,
};
