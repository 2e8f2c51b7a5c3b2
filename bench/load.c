/* bench/load.c -- fifty people (or N) at once, each asking for the next page as soon as the
 * last has come: how long they wait, and how many requests a second are answered.
 *
 * usage: bench_load PORT SECONDS N TOKENS PATH... TOKENS has lines "token role case" (of
 * bench_fill), or is "-": nobody logs in. In a PATH %r stands for the role, %c for the case.
 * Each person takes the paths by turns. Prints, for each path and for all, answers a second
 * and the times of 50, 95 and 99 of 100, in ms. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 256, PATHS = 8, TIMES = 1 << 20, ROOM = 1 << 16 };

struct person {
    pthread_t thread;
    char token[80], role[32], cases[64];
    int number;
    long answers, refused;
};

static struct {
    int port, people, paths;
    char **path;
    double until;
    struct person person[MOST];
    pthread_mutex_t lock;
    float *took[PATHS]; /* ms */
    long count[PATHS];
} load = {.lock = PTHREAD_MUTEX_INITIALIZER};

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int reach(void)
{
    const int line = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)load.port),
                             .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    (void)setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (line < 0 || connect(line, (struct sockaddr *)(void *)&to, sizeof to) != 0) {
        perror("bench_load: connect");
        exit(1);
    }
    return line;
}

static void write_request(const struct person *who, const char *path, char out[1024])
{
    char place[512];
    size_t len = 0;
    for (const char *at = path; *at && len + 64 < sizeof place; at++) {
        if (at[0] == '%' && (at[1] == 'r' || at[1] == 'c')) {
            const char *word = at[1] == 'r' ? who->role : who->cases;
            len += (size_t)snprintf(place + len, sizeof place - len, "%s", word);
            at++;
        } else {
            place[len++] = *at;
        }
    }
    place[len] = 0;
    (void)snprintf(out, 1024, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s%s%s\r\n", place,
                   *who->token ? "Authorization: Bearer " : "", who->token,
                   *who->token ? "\r\n" : "");
}

/* One answer, whole; its status. What is over the buffer's end is counted and dropped. */
static int take_answer(int line, char *room)
{
    size_t have = 0;
    char *end = NULL;
    while (!end) {
        const ssize_t got = recv(line, room + have, ROOM - 1 - have, 0);
        if (got <= 0)
            return -1;
        have += (size_t)got;
        room[have] = 0;
        end = strstr(room, "\r\n\r\n");
    }
    const char *said = strcasestr(room, "\r\nContent-Length:");
    size_t left = said ? strtoul(said + 17, NULL, 10) : 0;
    const size_t came = have - (size_t)(end + 4 - room);
    const int status = (int)strtol(room + 9, NULL, 10);
    for (left -= came < left ? came : left; left > 0;) {
        const ssize_t got = recv(line, room, left < ROOM ? left : ROOM, 0);
        if (got <= 0)
            return -1;
        left -= (size_t)got;
    }
    return status;
}

static void *live(void *context)
{
    struct person *who = (struct person *)context;
    char request[1024], *room = malloc(ROOM);
    int line = reach();
    for (int turn = who->number; room && now_s() < load.until; turn++) {
        const int which = turn % load.paths;
        write_request(who, load.path[which], request);
        const double from = now_s();
        const int status =
            send(line, request, strlen(request), 0) > 0 ? take_answer(line, room) : -1;
        const double took = now_s() - from;
        if (status < 0) {
            (void)close(line);
            line = reach();
        }
        if (status != 200) {
            who->refused++;
            continue;
        }
        (void)pthread_mutex_lock(&load.lock);
        if (load.count[which] < TIMES)
            load.took[which][load.count[which]++] = (float)(1000 * took);
        (void)pthread_mutex_unlock(&load.lock);
    }
    (void)close(line);
    free(room);
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void report(const char *name, float *took, long count, double seconds)
{
    qsort(took, (size_t)count, sizeof *took, by_size);
    printf("%-44s %8.0f /s  p50 %7.1f  p95 %7.1f  p99 %7.1f ms\n", name,
           (double)count / seconds, count ? (double)took[count / 2] : 0,
           count ? (double)took[count * 95 / 100] : 0,
           count ? (double)took[count * 99 / 100] : 0);
}

/* The next line of "token role case"; false at the end, or when it is another. */
static bool read_person(FILE *tokens, struct person *who)
{
    char line[200], *rest = NULL;
    if (!fgets(line, sizeof line, tokens))
        return false;
    const char *token = strtok_r(line, " \n", &rest), *role = strtok_r(NULL, " \n", &rest);
    const char *cases = strtok_r(NULL, " \n", &rest);
    if (!token || !role || !cases || strlen(token) >= sizeof who->token ||
        strlen(role) >= sizeof who->role || strlen(cases) >= sizeof who->cases)
        return false;
    (void)snprintf(who->token, sizeof who->token, "%s", token);
    (void)snprintf(who->role, sizeof who->role, "%s", role);
    (void)snprintf(who->cases, sizeof who->cases, "%s", cases);
    return true;
}

int main(int argc, char **argv)
{
    if (argc < 6 || argc - 5 > PATHS)
        return 2;
    load.port = (int)strtol(argv[1], NULL, 10);
    const double seconds = strtod(argv[2], NULL);
    load.people = (int)strtol(argv[3], NULL, 10);
    load.paths = argc - 5;
    load.path = argv + 5;
    FILE *tokens = strcmp(argv[4], "-") == 0 ? NULL : fopen(argv[4], "r");
    if (load.people < 1 || load.people > MOST || (strcmp(argv[4], "-") != 0 && !tokens))
        return 2;
    for (int i = 0; i < load.people; i++) {
        struct person *who = &load.person[i];
        who->number = i;
        if (tokens && !read_person(tokens, who)) {
            rewind(tokens); /* fewer persons than wanted: they come again */
            if (!read_person(tokens, who)) {
                fprintf(stderr, "bench_load: %s has no line \"token role case\"\n", argv[4]);
                return 2;
            }
        }
    }
    for (int i = 0; i < load.paths; i++)
        load.took[i] = malloc(sizeof(float) * TIMES);
    const double from = now_s();
    load.until = from + seconds;
    for (int i = 0; i < load.people; i++)
        if (pthread_create(&load.person[i].thread, NULL, live, &load.person[i]) != 0)
            return 1;
    long refused = 0;
    for (int i = 0; i < load.people; i++) {
        (void)pthread_join(load.person[i].thread, NULL);
        refused += load.person[i].refused;
    }
    const double took = now_s() - from;
    long all = 0;
    for (int i = 0; i < load.paths; i++) {
        report(load.path[i], load.took[i], load.count[i], took);
        all += load.count[i];
    }
    printf("together %.0f /s; %ld not answered with 200\n", (double)all / took, refused);
    if (tokens)
        (void)fclose(tokens);
    return refused > 0;
}
