/* A process that can compute and write its folder, and nothing else. See worker.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/worker.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif
#else
enum { SANITIZED = 0 };
#endif

enum {
    NO_SUCH_EXIT = 126, /* what the shell says of a program that could not be started */
    READ =
        LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    READ_ONE = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE,
    /* what the first version of Landlock knows: with a later one renaming between folders
     * stays forbidden, which is why REFER is asked for where it is known */
    ALL = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
};

static void limit(int what, int64_t most)
{
    const struct rlimit to = {(rlim_t)most, (rlim_t)most};
    if (most > 0)
        (void)setrlimit((__rlimit_resource_t)what, &to);
}

static void limit_all(const struct nw_jail *jail)
{
    const struct rlimit none = {0, 0};
    if (!SANITIZED) /* whose shadow memory is larger than any limit */
        limit(RLIMIT_AS, jail->memory_bytes);
    const struct rlimit time = {(rlim_t)jail->cpu_s, (rlim_t)jail->cpu_s + 5};
    if (jail->cpu_s > 0)
        (void)setrlimit(RLIMIT_CPU, &time); /* SIGXCPU says why, SIGKILL follows */
    limit(RLIMIT_FSIZE, jail->file_bytes);
    limit(RLIMIT_NOFILE, 512);
    (void)setrlimit(RLIMIT_CORE, &none); /* a core would hold the patient's data */
}

/* A server that runs as root has jobs that are root in name only: with its powers they would see
 * into other processes through the walls. Not permitted to others, who have none. */
static void give_up_powers(void)
{
    for (int power = 0; prctl(PR_CAPBSET_READ, power, 0, 0, 0) >= 0; power++)
        (void)prctl(PR_CAPBSET_DROP, power, 0, 0, 0);
}

#if defined(__x86_64__)
static const unsigned machine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
static const unsigned machine = AUDIT_ARCH_AARCH64;
#else
static const unsigned machine = 0; /* no filter is known */
#endif

static bool filter_calls(struct sock_filter *filter, size_t count)
{
    const struct sock_fprog program = {(unsigned short)count, filter};
    return machine == 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* No sockets of any kind: nothing leaves but by the folder. Signals to nobody but itself: the
 * worker is of the same user. */
static bool forbid_calls(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, machine, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 11, 0), /* the other ABI of x86-64 */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 10, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 9, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tkill, 8, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigqueueinfo, 7, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_tgsigqueueinfo, 6, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_send_signal, 5, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kill, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)getpid(), 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    return filter_calls(filter, sizeof filter / sizeof *filter);
}

bool nw_jail_settle(struct nw_err *err)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execveat, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };
    return filter_calls(filter, sizeof filter / sizeof *filter) ||
           nw_fail(err, NW_ERR_INTERNAL, "a job's process cannot shut itself in: %s",
                   strerror(errno));
}

static bool allow(int rules, const char *path, uint64_t access)
{
    struct landlock_path_beneath_attr beneath = {.allowed_access = access};
    beneath.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (beneath.parent_fd < 0)
        return errno == ENOENT;
    bool good =
        syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
    (void)close(beneath.parent_fd);
    return good;
}

/* Sees the system's libraries and fonts, its program, its folder. True where the kernel has no
 * such thing: the other walls stand. */
static bool hide_files(const struct nw_jail *jail)
{
    long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1)
        return true;
    uint64_t all = ALL;
    if (version >= 2)
        all |= LANDLOCK_ACCESS_FS_REFER;
    const struct landlock_ruleset_attr attr = {.handled_access_fs = all};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    if (rules < 0)
        return false;
    static const char *const seen[] = {
        "/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/var/cache/fontconfig"};
    bool good = allow(rules, jail->folder, all) && allow(rules, jail->program, READ_ONE) &&
                allow(rules, "/dev/null", READ_ONE | LANDLOCK_ACCESS_FS_WRITE_FILE) &&
                allow(rules, "/dev/urandom", LANDLOCK_ACCESS_FS_READ_FILE);
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        good = good && allow(rules, seen[i], READ);
    good = good && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    (void)close(rules);
    return good;
}

static _Noreturn void become(const struct nw_jail *jail, pid_t parent)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(NO_SUCH_EXIT);
    limit_all(jail);
    give_up_powers();
    const int in = jail->in > 0 ? jail->in : open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (in >= 0 && dup2(in, 0) == 0 && dup2(jail->out, 1) == 1 && dup2(jail->err, 2) == 2 &&
        chdir(jail->folder) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
        hide_files(jail) && forbid_calls()) {
        (void)syscall(SYS_close_range, 3, ~0U, 0); /* whatever the libraries left open */
        (void)execve(jail->program, jail->argv, jail->envp);
    }
    _exit(NO_SUCH_EXIT);
}

int nw_jail_start(const struct nw_jail *jail, struct nw_err *err)
{
    pid_t parent = getpid(), child = fork();
    if (child == 0)
        become(jail, parent);
    if (child < 0) {
        nw_fail(err, NW_ERR_IO, "a job's process cannot be started: %s", strerror(errno));
        return -1;
    }
    (void)setpgid(child, child); /* whoever of the two is first */
    return child;
}
