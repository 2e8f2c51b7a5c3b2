/* Papers of a case: made by a process of their own, which is given the records a person may see
 * and gives back the page. Both are in memory only: nothing of a patient lies on the disk. */
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

enum { AT_ONCE = 4, PAPER_CPU_S = 30, PAPER_BYTES = 256 << 20, SAID_BYTES = 400 };

static const int64_t paper_memory = INT64_C(4) << 30;

/* One run of `nuwa documents -`. */
struct making {
    struct nw_call *call;
    const char *name; /* of the paper; NULL: the list */
    const char *lang;
    int in, out, said; /* of the process: records, the page, what it says */
};

static bool write_all(int file, const char *text, size_t size, struct nw_err *err)
{
    for (ssize_t done = 1; size > 0 && done > 0; size -= (size_t)done, text += done)
        done = write(file, text, size);
    return (size == 0 && lseek(file, 0, SEEK_SET) == 0) ||
           nw_fail(err, NW_ERR_IO, "there is no room for a paper: %s", strerror(errno));
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
        nw_fail(err, NW_ERR_IO, "there is no room for a paper: %s", strerror(errno));
        return NULL;
    }
    return text;
}

/* Empty, and nothing can be kept in it: a place to be, for a process that needs none. */
static const char *make_folder(struct making *making, struct nw_err *err)
{
    struct nw_arena *arena = &making->call->request->arena;
    char whole[4096];
    if (!realpath(making->call->server->options->data, whole)) {
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

static bool run(struct making *making, int *status, struct nw_err *err)
{
    struct nw_arena *arena = &making->call->request->arena;
    const char *folder = make_folder(making, err);
    const char *const words[] = {"nuwa",
                                 "documents",
                                 "-",
                                 "--lang",
                                 making->lang,
                                 making->name ? "-o" : "--json",
                                 making->name ? "-" : "--list",
                                 making->name ? "--only" : NULL,
                                 making->name,
                                 NULL};
    const char *own[] = {folder ? nw_arena_printf(arena, err, "HOME=%s", folder) : NULL,
                         "OMP_NUM_THREADS=1", "OMP_WAIT_POLICY=passive", "PATH=/usr/bin:/bin",
                         NULL};
    if (!own[0])
        return false;
    const struct nw_jail jail = {.folder = folder,
                                 .program = "/proc/self/exe",
                                 .argv = (char *const *)(uintptr_t)words,
                                 .envp = (char *const *)(uintptr_t)own,
                                 .in = making->in,
                                 .out = making->out,
                                 .err = making->said,
                                 .memory_bytes = paper_memory,
                                 .cpu_s = PAPER_CPU_S,
                                 .file_bytes = PAPER_BYTES};
    const int pid = nw_jail_start(&jail, err);
    if (pid < 0)
        return false;
    while (waitpid(pid, status, 0) < 0 && errno == EINTR)
        continue;
    return true;
}

/* A refusal in the program's own words, behind "nuwa documents: ". */
static bool refuse(const struct making *making, int status, struct nw_err *err)
{
    struct nw_err unread = {0};
    size_t size = 0;
    char *said = read_back(making->said, SAID_BYTES, &size, &unread);
    const char *text = said ? strstr(said, "documents: ") : NULL;
    if (text && WIFEXITED(status) && WEXITSTATUS(status) == 1) {
        text += strlen("documents: ");
        nw_fail(err, NW_ERR_NOTFOUND, "%.*s", (int)strcspn(text, "\n"), text);
    } else {
        nw_fail(err, NW_ERR_IO, "the paper could not be made: try again in a moment");
    }
    nw_free(said);
    return false;
}

/* New text; NULL with *err. */
static char *make(struct making *making, const char *records, size_t size, size_t *made,
                  struct nw_err *err)
{
    int status = 0;
    char *out = NULL;
    making->in = memfd_create("records", MFD_CLOEXEC);
    making->out = memfd_create("paper", MFD_CLOEXEC);
    making->said = memfd_create("said", MFD_CLOEXEC);
    bool good = (making->in > 0 && making->out > 0 && making->said > 0) ||
                nw_fail(err, NW_ERR_IO, "there is no room for a paper: %s", strerror(errno));
    good = good && write_all(making->in, records, size, err) && run(making, &status, err);
    if (good && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
        good = refuse(making, status, err);
    if (good)
        out = read_back(making->out, PAPER_BYTES, made, err);
    const int all[] = {making->in, making->out, making->said};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i] >= 0)
            (void)close(all[i]);
    return out;
}

/* A few at once: the others are told to come again. */
static char *make_in_turn(struct making *making, const char *records, size_t size, size_t *made,
                          struct nw_err *err)
{
    struct nw_server *server = making->call->server;
    char *out = NULL;
    if (atomic_fetch_add(&server->papers, 1) < AT_ONCE)
        out = make(making, records, size, made, err);
    else
        nw_fail(err, NW_ERR_IO, "the server is busy: try again in a moment");
    (void)atomic_fetch_sub(&server->papers, 1);
    return out;
}

static bool take_lang(struct making *making, struct nw_err *err)
{
    const char *lang = nw_request_query(making->call->request, "lang");
    making->lang = lang ? lang : nw_either("zh", "en");
    return strcmp(making->lang, "zh") == 0 || strcmp(making->lang, "en") == 0 ||
           nw_fail(err, NW_ERR_ARGUMENT, "\"lang\" is zh or en");
}

/* Made anew each time: the same records give the same bytes. */
static char *make_of(struct making *making, size_t *made, char digest[NW_DIGEST_TEXT],
                     struct nw_err *err)
{
    struct nw_call *call = making->call;
    char *records = NULL;
    size_t size = 0;
    if (!take_lang(making, err) ||
        !nw_desk_records(call->server->desk, &call->who, call->request->part[0], making->name,
                         &records, &size, digest, err))
        return NULL;
    char *out = make_in_turn(making, records, size, made, err);
    nw_free(records);
    return out;
}

NW_ANSWERS(documents)
{
    struct making making = {.call = call};
    size_t size = 0;
    char digest[NW_DIGEST_TEXT];
    char *text = make_of(&making, &size, digest, err);
    if (!text)
        return false;
    json_t *said = json_loadb(text, size, 0, NULL);
    nw_free(text);
    json_t *reply = json_pack("{s:s, s:s, s:O}", "case", call->request->part[0], "digest",
                              digest, "documents", json_object_get(said, "documents"));
    json_decref(said);
    return nw_call_said(reply, json, err);
}

/* "order.pdf" is the paper "order". */
static const char *paper_name(struct nw_call *call, struct nw_err *err)
{
    const char *asked = call->request->part[1];
    const size_t len = strspn(asked, "abcdefghijklmnopqrstuvwxyz0123456789-");
    if (len > 0 && len <= 60 && asked[0] != '-' && strcmp(asked + len, ".pdf") == 0)
        return nw_arena_textn(&call->request->arena, asked, len, err);
    nw_fail(err, NW_ERR_NOTFOUND, "there is no paper of this name: see the list of documents");
    return NULL;
}

NW_ANSWERS(document)
{
    struct making making = {.call = call, .name = paper_name(call, err)};
    char digest[NW_DIGEST_TEXT];
    size_t size = 0;
    *json = NULL;
    char *bytes = making.name ? make_of(&making, &size, digest, err) : NULL;
    if (!bytes)
        return false;
    call->reply->type = "application/pdf";
    call->reply->bytes = bytes;
    call->reply->size = size;
    nw_reply_header(call->reply, "ETag", "\"%s-%s-%s\"", digest, making.name, making.lang);
    nw_reply_header(call->reply, "Content-Disposition", "inline; filename=\"%s.pdf\"",
                    making.name);
    return true;
}
