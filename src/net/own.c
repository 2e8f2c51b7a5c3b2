/* This very program, asked something small while a request waits: a process that reads and
 * writes memory only and sees nothing else. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/text.h"
#include "net/api_priv.h"
#include "net/worker.h"

enum { OWN_CPU_S = 30, OWN_BYTES = 256 << 20, SAID_BYTES = 400 };

static const int64_t own_memory = INT64_C(4) << 30;

/* One run. */
struct asking {
    struct nw_call *call;
    const char *const *words;
    int in, out, said; /* of the process: what it reads, prints, complains of */
};

static bool write_all(int file, const char *text, size_t size, struct nw_err *err)
{
    for (ssize_t done = 1; size > 0 && done > 0; size -= (size_t)done, text += done)
        done = write(file, text, size);
    return (size == 0 && lseek(file, 0, SEEK_SET) == 0) ||
           nw_fail(err, NW_ERR_IO, "there is no room for the answer: %s", strerror(errno));
}

/* What is in a file in memory, from its beginning; ends with a 0 that does not count. */
static char *read_back(int file, size_t most, size_t *size, struct nw_err *err)
{
    struct stat st;
    if (fstat(file, &st) != 0 || st.st_size < 0)
        st.st_size = 0;
    *size = (size_t)st.st_size < most ? (size_t)st.st_size : most;
    char *text = NW_ALLOC(char, *size + 1, err);
    if (text && pread(file, text, *size, 0) != (ssize_t)*size) {
        nw_free(text);
        nw_fail(err, NW_ERR_IO, "there is no room for the answer: %s", strerror(errno));
        return NULL;
    }
    return text;
}

/* Empty, and nothing can be kept in it: a place to be, for a process that needs none. */
static const char *make_folder(struct asking *asking, struct nw_err *err)
{
    struct nw_arena *arena = &asking->call->request->arena;
    char whole[4096];
    if (!realpath(asking->call->server->options->data, whole)) {
        nw_fail(err, NW_ERR_IO, "a job's folder cannot be made: %s", strerror(errno));
        return NULL;
    }
    const char *path = nw_arena_printf(arena, err, "%s/jobs/.papers", whole);
    if (path && mkdir(path, 0500) != 0 && errno != EEXIST) {
        nw_fail(err, NW_ERR_IO, "a job's folder cannot be made: %s", strerror(errno));
        return NULL;
    }
    return path;
}

static bool run(struct asking *asking, int *status, struct nw_err *err)
{
    struct nw_arena *arena = &asking->call->request->arena;
    const char *folder = make_folder(asking, err);
    const char *own[] = {folder ? nw_arena_printf(arena, err, "HOME=%s", folder) : NULL,
                         "OMP_NUM_THREADS=1",
                         "OMP_WAIT_POLICY=passive",
                         "PATH=/usr/bin:/bin",
                         NW_JAILED_SET,
                         NULL};
    if (!own[0])
        return false;
    const struct nw_jail jail = {.folder = folder,
                                 .program = "/proc/self/exe",
                                 .argv = (char *const *)(uintptr_t)asking->words,
                                 .envp = (char *const *)(uintptr_t)own,
                                 .in = asking->in,
                                 .out = asking->out,
                                 .err = asking->said,
                                 .memory_bytes = own_memory,
                                 .cpu_s = OWN_CPU_S,
                                 .file_bytes = OWN_BYTES};
    const int pid = nw_jail_start(&jail, err);
    if (pid < 0)
        return false;
    while (waitpid(pid, status, 0) < 0 && errno == EINTR)
        continue;
    return true;
}

/* A refusal in the program's own words, behind "nuwa NAME: ". */
static bool refuse(const struct asking *asking, int status, struct nw_err *err)
{
    struct nw_err unread = {0};
    size_t size = 0;
    char *said = read_back(asking->said, SAID_BYTES, &size, &unread);
    const char *text = said ? strstr(said, asking->words[1]) : NULL;
    if (text && WIFEXITED(status) && WEXITSTATUS(status) == 1) {
        text += strlen(asking->words[1]) + strspn(text + strlen(asking->words[1]), ": ");
        nw_fail(err, NW_ERR_NOTFOUND, "%.*s", (int)strcspn(text, "\n"), text);
    } else {
        nw_fail(err, NW_ERR_IO, "the answer could not be made: try again in a moment");
    }
    nw_free(said);
    return false;
}

char *nw_call_program(struct nw_call *call, const char *const *words, const char *in,
                      size_t in_size, size_t *size, struct nw_err *err)
{
    struct asking asking = {.call = call, .words = words};
    int status = 0;
    char *out = NULL;
    asking.in = memfd_create("in", MFD_CLOEXEC);
    asking.out = memfd_create("out", MFD_CLOEXEC);
    asking.said = memfd_create("said", MFD_CLOEXEC);
    bool good = (asking.in > 0 && asking.out > 0 && asking.said > 0) ||
                nw_fail(err, NW_ERR_IO, "there is no room for the answer: %s", strerror(errno));
    good = good && write_all(asking.in, in, in_size, err) && run(&asking, &status, err);
    if (good && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
        good = refuse(&asking, status, err);
    if (good)
        out = read_back(asking.out, OWN_BYTES, size, err);
    const int all[] = {asking.in, asking.out, asking.said};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i] >= 0)
            (void)close(all[i]);
    return out;
}
