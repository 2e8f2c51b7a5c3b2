#include "net/server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "case/book.h"
#include "case/retention.h"
#include "case/statistics.h"
#include "core/parallel.h"
#include "net/api_priv.h"
#include "net/directory.h"
#include "net/worker.h"

enum {
    PEM_MOST = 1 << 20,
    BEAT_S = 15,
    SIGN_S = 600,
    PREVIEWS_S = 60,
    SLOW_S = 60,
    JOB_CPU_S = 14400
};

/* A PEM file as text, by NW_ALLOC. */
static char *read_pem(const char *path, struct nw_err *err)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        nw_fail(err, NW_ERR_IO, "cannot read %.200s: %s", path, strerror(errno));
        return NULL;
    }
    char *text = NW_ALLOC(char, PEM_MOST, err);
    size_t size = text ? fread(text, 1, PEM_MOST - 1, file) : 0;
    (void)fclose(file);
    if (text && size > 0 && strstr(text, "-----BEGIN "))
        return text;
    nw_free(text);
    if (!err->code)
        nw_fail(err, NW_ERR_DATA, "%.200s is no PEM file", path);
    return NULL;
}

/* Figures of cases that were filed before there were any, some a second. One that cannot be
 * played stays uncounted, which the statistics say. */
static void catch_up(struct nw_server *server, bool *left)
{
    enum { CASES_A_SECOND = 20 };
    struct nw_err why = {0};
    if (*left && !nw_figures_catch_up(server->desk, CASES_A_SECOND, left, &why))
        *left = why.code == NW_ERR_IO; /* a database that is away */
}

double nw_server_slow_s(struct nw_server *server)
{
    static const double bearable_s = 1;
    const double slowest = nw_store_slowest_s(server->desk->store);
    return slowest > bearable_s ? slowest : 0;
}

/* Until it is told to stop: looks after those who listen, signs the chain's end. */
static void keep_house(struct nw_server *server)
{
    const struct timespec tenth = {.tv_nsec = 100000000};
    char since[NW_TIME_TEXT];
    bool uncounted = true;
    long quiet_until = 0;
    nw_time_now(since);
    for (long ticks = 1; !nw_cancelled(); ticks++) {
        struct nw_err later = {0}; /* a database that is away: the next round does it */
        (void)nanosleep(&tenth, NULL);
        if (ticks % 10 == 0) {
            nw_jobs_tell(server, since);
            nw_hub_sweep(server);
            catch_up(server, &uncounted);
            (void)!nw_retention_sweep(server->desk, &later);
        }
        if (nw_server_slow_s(server) > 0 && ticks >= quiet_until) {
            server->options->slow(server->options->context, nw_server_slow_s(server));
            quiet_until = ticks + SLOW_S * 10;
        }
        if (ticks % (PREVIEWS_S * 10) == 1)
            (void)!nw_previews_sweep(server->desk, &later);
        if (ticks % (BEAT_S * 10) == 0)
            nw_hub_beat(server->hub);
        if (ticks % (SIGN_S * 10) == 0)
            (void)!nw_desk_sign(server->desk, &later);
    }
}

static bool house_with_jobs(struct nw_server *server, struct nw_err *err)
{
    const struct nw_server_options *options = server->options;
    const struct nw_worker_options work = {.desk = server->desk,
                                           .data = options->data,
                                           .count = options->jobs,
                                           .threads = 2,
                                           .lease_s = options->lease_s,
                                           .memory_bytes = INT64_C(16) << 30,
                                           .cpu_s = JOB_CPU_S,
                                           .file_bytes = INT64_C(64) << 30};
    struct nw_worker *worker = nw_worker_start(&work, err);
    if (!worker)
        return false;
    keep_house(server);
    nw_worker_stop(worker);
    return true;
}

static bool serve(struct nw_server *server, const char *certificate, const char *key,
                  struct nw_err *err)
{
    const struct nw_server_options *options = server->options;
    char password[NW_ONE_TIME_TEXT];
    bool made;
    struct nw_http_options http_options = {.address = options->address,
                                           .port = options->port,
                                           .threads = options->threads,
                                           .certificate = certificate,
                                           .key = key,
                                           .routes = nw_api_routes,
                                           .otherwise = nw_pages_answer,
                                           .server = server};
    if (!nw_people_first(server->desk->people, &made, password, err))
        return false;
    struct nw_http *http = nw_http_start(&http_options, err);
    if (!http)
        return false;
    nw_set_translator(options->chinese);
    options->ready(options->context, nw_http_port(http), made ? password : NULL);
    nw_wipe(password, sizeof password);
    bool good = house_with_jobs(server, err);
    nw_http_stop(http);
    return good;
}

bool nw_server_run(const struct nw_server_options *options, struct nw_err *err)
{
    struct nw_server server = {.options = options};
    struct nw_ldap *ldap = options->directory ? nw_ldap_open(options->directory, err) : NULL;
    if (options->directory && !ldap)
        return false;
    char *certificate = NULL, *key = NULL;
    if (options->certificate && (!(certificate = read_pem(options->certificate, err)) ||
                                 !(key = read_pem(options->key, err)))) {
        nw_free(certificate);
        nw_ldap_close(ldap);
        return false;
    }
    bool loopback =
        strncmp(options->address, "127.", 4) == 0 || strcmp(options->address, "::1") == 0;
    bool good = loopback || certificate ||
                nw_fail(err, NW_ERR_ARGUMENT,
                        "%.60s is not this machine alone: patients' data need a certificate "
                        "there (--certificate and --key)",
                        options->address);
    if (good) {
        server.desk = nw_desk_open(options->data, options->database, err);
        if (server.desk && ldap)
            nw_people_ask(server.desk->people, nw_ldap_directory(ldap));
        const bool begun = server.desk && nw_book_begin(server.desk, options->version, err);
        server.brake = begun ? nw_brake_new(err) : NULL;
        server.hub = server.brake ? nw_hub_new(err) : NULL;
        server.seats = server.hub ? nw_seats_new(err) : NULL;
        server.lists = server.seats ? nw_shelf_new(err) : NULL;
        good = server.lists && serve(&server, certificate, key, err);
    }
    nw_shelf_free(server.lists);
    nw_seats_free(server.seats);
    nw_hub_free(server.hub);
    nw_brake_free(server.brake);
    nw_desk_close(server.desk);
    nw_ldap_close(ldap);
    if (key)
        nw_wipe(key, strlen(key));
    nw_free(key);
    nw_free(certificate);
    return good;
}
