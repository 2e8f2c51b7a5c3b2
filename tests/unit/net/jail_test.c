/* net/jail.c: what a job's process tries and may not. This program is its own prisoner: started
 * with the name of an attempt it makes it and ends with 0 when what should happen happened. */
#include "net/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

enum { LANDLOCK_VERSION_ASKED = 1 };

/* ------------------------------------------------------------------ inside */

static int opened(const char *path, int how)
{
    const int file = open(path, how, 0600);
    if (file < 0)
        return errno;
    (void)close(file);
    return 0;
}

static int try_folder(const char *unused)
{
    (void)unused;
    return opened("given", O_RDONLY) || opened("made", O_WRONLY | O_CREAT) ||
           opened("/etc/passwd", O_RDONLY);
}

static int try_reading(const char *path)
{
    return opened(path, O_RDONLY) != EACCES;
}

static int try_writing(const char *path)
{
    char beside[4200];
    (void)snprintf(beside, sizeof beside, "%s.new", path);
    return opened(path, O_WRONLY) != EACCES || opened(beside, O_WRONLY | O_CREAT) != EACCES ||
           unlink(path) == 0 || rename("given", beside) == 0 || link(path, "taken") == 0;
}

static int try_climbing(const char *path)
{
    return symlink(path, "way") != 0 || opened("way", O_RDONLY) != EACCES ||
           opened("../secret", O_RDONLY) != EACCES || mkdir("../more", 0700) == 0;
}

static int no_socket(int family, int type)
{
    return socket(family, type, 0) >= 0 || errno != EPERM;
}

static int try_network(const char *unused)
{
    (void)unused;
    return no_socket(AF_INET, SOCK_STREAM) || no_socket(AF_INET6, SOCK_DGRAM) ||
           no_socket(AF_UNIX, SOCK_STREAM) || no_socket(AF_NETLINK, SOCK_RAW) ||
           syscall(SYS_io_uring_setup, 8, NULL) >= 0 || errno != EPERM;
}

static int try_programs(const char *unused)
{
    (void)unused;
    struct nw_err err = {0};
    if (!nw_jail_settle(&err))
        return 1;
    (void)execl("/bin/true", "true", (char *)NULL);
    return errno != EPERM || system("true") == 0;
}

static int try_signals(const char *unused)
{
    (void)unused;
    return kill(getppid(), 0) == 0 || errno != EPERM || kill(-1, 0) == 0 || errno != EPERM ||
           kill(0, 0) == 0 || kill(getpid(), 0) != 0;
}

static int try_parent(const char *unused)
{
    (void)unused;
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/environ", (int)getppid());
    const int environment = opened(path, O_RDONLY);
    (void)snprintf(path, sizeof path, "/proc/%d/mem", (int)getppid());
    return environment == 0 || opened(path, O_RDWR) == 0;
}

static int try_input(const char *expected)
{
    char text[64] = "";
    const ssize_t size = read(0, text, sizeof text - 1);
    return size != (ssize_t)strlen(expected) || strcmp(text, expected) != 0;
}

static int try_descriptors(const char *unused)
{
    (void)unused;
    for (int file = 3; file < 100; file++)
        if (fcntl(file, F_GETFD) >= 0)
            return 1;
    return 0;
}

static int try_time(const char *unused)
{
    (void)unused;
    for (volatile unsigned turns = 1; turns; turns += 2)
        continue;
    return 0;
}

static int try_size(const char *unused)
{
    (void)unused;
    static const char block[4096];
    const int file = open("large", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    (void)signal(SIGXFSZ, SIG_IGN);
    ssize_t size = 1;
    for (int i = 0; size > 0 && i < 100; i++)
        size = write(file, block, sizeof block);
    return !(size < 0 && errno == EFBIG);
}

static int try_core(const char *unused)
{
    (void)unused;
    struct rlimit core;
    return getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0;
}

static const struct {
    const char *name;
    int (*attempt)(const char *argument);
} attempts[] = {
    {"folder", try_folder},
    {"reading", try_reading},
    {"writing", try_writing},
    {"climbing", try_climbing},
    {"network", try_network},
    {"programs", try_programs},
    {"signals", try_signals},
    {"parent", try_parent},
    {"input", try_input},
    {"time", try_time},
    {"size", try_size},
    {"core", try_core},
    {"descriptors", try_descriptors},
};

/* ------------------------------------------------------------------ outside */

static char top[] = "/tmp/nuwa-jail.XXXXXX", folder[64], secret[64];

static bool put(const char *path, const char *text)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const bool good = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
    if (file >= 0)
        (void)close(file);
    return good;
}

/* The status as waitpid gives it. */
static int attempt(const char *name, const char *argument, int in)
{
    struct nw_err err = {0};
    char *argv[] = {(char *)(uintptr_t) "prisoner", (char *)(uintptr_t)name,
                    (char *)(uintptr_t)argument, NULL};
    char *envp[] = {(char *)(uintptr_t) "PATH=/usr/bin:/bin",
                    (char *)(uintptr_t) "ASAN_OPTIONS=detect_leaks=0", NULL};
    const struct nw_jail jail = {.folder = folder,
                                 .program = "/proc/self/exe",
                                 .argv = argv,
                                 .envp = envp,
                                 .in = in,
                                 .out = 1,
                                 .err = 2,
                                 .memory_bytes = INT64_C(4) << 30,
                                 .cpu_s = 1,
                                 .file_bytes = 65536};
    int status = -1;
    const int pid = nw_jail_start(&jail, &err);
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
    return status;
}

static bool holds(const char *name, const char *argument)
{
    const int status = attempt(name, argument, 0);
    if (status != 0)
        printf("# %s: status %d\n", name, status);
    return status == 0;
}

static bool has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION_ASKED) >= 1;
}

static void a_job_has_its_folder_and_the_system(void)
{
    CHECK(holds("folder", ""));
    CHECK(holds("descriptors", ""));
}

static void a_job_reads_and_writes_nothing_outside(void)
{
    if (!has_landlock()) {
        printf("# skipped: this kernel has no Landlock\n");
        return;
    }
    CHECK(holds("reading", secret));
    CHECK(holds("writing", secret));
    CHECK(holds("climbing", secret));
    CHECK(access(secret, F_OK) == 0);
}

static void a_job_has_no_network(void)
{
    CHECK(holds("network", ""));
}

static void a_job_starts_no_program(void)
{
    CHECK(holds("programs", ""));
}

static void a_job_reaches_no_other_process(void)
{
    CHECK(holds("signals", ""));
    if (has_landlock())
        CHECK(holds("parent", ""));
}

static void a_job_reads_what_it_is_given_alone(void)
{
    char given[80];
    CHECK(holds("input", ""));
    (void)snprintf(given, sizeof given, "%s/given", folder);
    const int in = open(given, O_RDONLY | O_CLOEXEC);
    CHECK(in > 0 && attempt("input", "for the job", in) == 0);
    (void)close(in);
}

static void a_job_has_limits(void)
{
    const int status = attempt("time", "", 0);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU);
    CHECK(holds("size", ""));
    CHECK(holds("core", ""));
}

int main(int argc, char **argv)
{
    char remove[80];
    for (size_t i = 0; argc == 3 && i < sizeof attempts / sizeof *attempts; i++)
        if (strcmp(argv[1], attempts[i].name) == 0)
            return attempts[i].attempt(argv[2]);
    if (!mkdtemp(top))
        return 1;
    (void)snprintf(folder, sizeof folder, "%s/job", top);
    (void)snprintf(secret, sizeof secret, "%s/secret", top);
    char given[80];
    (void)snprintf(given, sizeof given, "%s/given", folder);
    CHECK(mkdir(folder, 0700) == 0 && put(secret, "a patient") && put(given, "for the job"));
    UNIT(a_job_has_its_folder_and_the_system);
    UNIT(a_job_reads_and_writes_nothing_outside);
    UNIT(a_job_has_no_network);
    UNIT(a_job_starts_no_program);
    UNIT(a_job_reaches_no_other_process);
    UNIT(a_job_reads_what_it_is_given_alone);
    UNIT(a_job_has_limits);
    (void)snprintf(remove, sizeof remove, "rm -rf %s", top);
    return unit_end() | (system(remove) != 0);
}
