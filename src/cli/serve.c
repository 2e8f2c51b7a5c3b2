/* cli/serve.c -- nuwa serve: the hospital's server. */
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/version.h"
#include "cli/zh_priv.h"
#include "net/server.h"

struct serve_args {
    const char *data, *listen, *database, *certificate, *key, *directory;
    int64_t workers, jobs, lease;
    bool openapi;
};

static const struct nw_arg serve_args[] = {
    NW_TEXT(struct serve_args, data, "data", "数据目录，没有时新建（默认 nuwa-data）",
            "the data folder, made when there is none (default nuwa-data)"),
    NW_TEXT(struct serve_args, listen, "listen",
            "监听的地址与端口（默认 127.0.0.1:8040；端口 0 取一个空闲的）",
            "address and port (default 127.0.0.1:8040; port 0 takes a free one)"),
    NW_TEXT(struct serve_args, database, "database",
            "PostgreSQL 的地址 postgresql://…（默认是数据目录里的 SQLite）",
            "a PostgreSQL as postgresql://... (default: SQLite in the data folder)"),
    NW_TEXT(struct serve_args, certificate, "certificate", "TLS 证书（PEM 文件）",
            "certificate for TLS, a PEM file"),
    NW_TEXT(struct serve_args, key, "key", "证书的私钥（PEM 文件）",
            "the certificate's key, a PEM file"),
    NW_TEXT(
        struct serve_args, directory, "directory",
        "医院 LDAP 目录的设置（JSON 文件）：由它核对姓名与口令",
        "settings of the hospital's LDAP directory, a JSON file: it knows names and passwords"),
    NW_COUNT(struct serve_args, workers, "workers", 1, 64, 8, "同时应答的请求数",
             "requests answered at the same time"),
    NW_COUNT(struct serve_args, jobs, "jobs", 0, 64, 1,
             "本机同时进行的任务数（0：由 nuwa work 执行）",
             "jobs done here at the same time (0: nuwa work does them)"),
    NW_COUNT(struct serve_args, lease, "lease", 2, 3600, 30,
             "多少秒没有动静后任务交给别的工作进程",
             "seconds without a sign of life after which another worker takes a job"),
    NW_FLAG(struct serve_args, openapi, "openapi", "输出接口的说明（OpenAPI）后结束",
            "print the API's description (OpenAPI) and end"),
    {.kind = NW_ARG_END},
};

/* "127.0.0.1:8040", "[::1]:0" */
static bool split_listen(const char *text, char address[64], int *port, struct nw_err *err)
{
    const char *colon = strrchr(text, ':');
    char *end = NULL;
    long number = colon ? strtol(colon + 1, &end, 10) : -1;
    size_t len = colon ? (size_t)(colon - text) : 0;
    if (!colon || !colon[1] || *end || number < 0 || number > 65535 || len == 0 || len >= 64)
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "--listen takes an address and a port, such as 127.0.0.1:8040, not %s",
                       text);
    bool bracketed = text[0] == '[' && text[len - 1] == ']';
    memcpy(address, text + bracketed, len - 2 * (size_t)bracketed);
    address[len - 2 * (size_t)bracketed] = 0;
    *port = (int)number;
    return true;
}

struct serving {
    struct nw_run *run;
    const char *data, *address;
    bool tls;
};

static void say_ready(void *context, int port, const char *password)
{
    const struct serving *serving = (const struct serving *)context;
    const char *colon = strchr(serving->address, ':');
    if (serving->run->json)
        printf("{\"port\": %d%s%s%s}\n", port, password ? ", \"password\": \"" : "",
               password ? password : "", password ? "\"" : "");
    else
        printf(nw_say(serving->run, "女娲在 %s://%s%s%s:%d/ 提供服务，数据在 %s\n",
                      "Nuwa answers at %s://%s%s%s:%d/, its data are in %s\n"),
               serving->tls ? "https" : "http", colon ? "[" : "", serving->address,
               colon ? "]" : "", port, serving->data);
    if (password && !serving->run->json)
        printf(
            nw_say(serving->run,
                   "首位安全管理员：admin，一次性口令 %s（首次登录后必须修改，不再显示）\n",
                   "first security administrator: admin, one-time password %s (to be changed "
                   "at the first login; it is not shown again)\n"),
            password);
    (void)fflush(stdout);
}

static void say_slow(void *context, double seconds)
{
    const struct serving *serving = (const struct serving *)context;
    (void)fprintf(stderr,
                  nw_say(serving->run,
                         "磁盘慢：最近一分钟内，保存一次最长等了 %.1f s（通常不到 0.1 s）；"
                         "数据没有丢失，请检查数据目录或数据库所在的磁盘\n",
                         "the disk is slow: in the last minute a write waited up to %.1f s to "
                         "be safe (0.1 s is usual); nothing is lost, look at the disk of the "
                         "data folder or of the database\n"),
                  seconds);
}

static int print_openapi(struct nw_err *err)
{
    NW_AUTOFREE char *text = nw_openapi(NW_VERSION, err);
    if (text)
        (void)puts(text);
    return text ? 0 : 1;
}

static int run_serve(const void *args_pointer, struct nw_run *run, struct nw_err *err)
{
    const struct serve_args *args = (const struct serve_args *)args_pointer;
    char address[64];
    int port = 0;
    if (args->openapi)
        return print_openapi(err);
    if (!split_listen(args->listen ? args->listen : "127.0.0.1:8040", address, &port, err))
        return 1;
    if ((args->certificate != NULL) != (args->key != NULL)) {
        nw_fail(err, NW_ERR_ARGUMENT, "--certificate and --key belong together");
        return 1;
    }
    struct serving serving = {.run = run,
                              .data = args->data ? args->data : "nuwa-data",
                              .address = address,
                              .tls = args->certificate != NULL};
    struct nw_server_options options = {.data = serving.data,
                                        .database = args->database,
                                        .address = address,
                                        .port = port,
                                        .threads = (int)args->workers,
                                        .certificate = args->certificate,
                                        .key = args->key,
                                        .directory = args->directory,
                                        .jobs = (int)args->jobs,
                                        .lease_s = args->lease,
                                        .version = NW_VERSION,
                                        .chinese = nw_zh,
                                        .ready = say_ready,
                                        .slow = say_slow,
                                        .context = &serving};
    nw_stay_english(run->tongue == NW_EN);
    run->no_record = true; /* what happens is on record in the server's own ledger */
    return nw_server_run(&options, err) ? 0 : 1;
}

const struct nw_command nw_cmd_serve = {
    .name = "serve",
    .zh = "医院服务器：病例的全过程，网页与接口",
    .en = "the hospital's server: cases from order to follow-up, pages and API",
    .args = serve_args,
    .args_size = sizeof(struct serve_args),
    .run = run_serve,
};
