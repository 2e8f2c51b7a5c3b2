/* cli/documents.c -- nuwa documents DOSSIER -o FOLDER: the papers of a case as PDF. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/papers_priv.h"
#include "cli/version.h"
#include "io/file.h"
#include "report/forms.h"

enum { PAPER_BYTES_MOST = 256 << 20, RECORDS_BYTES_MOST = 256 << 20 };

struct documents_args {
    const char *dossier, *out, *only, *address;
    bool list;
};

static const struct nw_arg documents_args[] = {
    NW_INPUT(struct documents_args, dossier, "DOSSIER",
             "病例档案（.zip）；- 表示由标准输入读记录（JSON）",
             "the case's dossier (.zip); -: its records as JSON from standard input"),
    NW_OUTPUT(struct documents_args, out, 'o', "out", false,
              "存放 PDF 的目录，没有时新建；- 表示标准输出（与 --only 同用）",
              "folder for the PDF files, made when there is none; -: standard output, with "
              "--only"),
    NW_FLAG(struct documents_args, list, "list", "只列出文书及其齐备情况",
            "only list the papers and how far each is"),
    NW_TEXT(struct documents_args, only, "only", "只要一份文书，如 order",
            "one paper only, such as order"),
    NW_TEXT(
        struct documents_args, address, "address",
        "查看病例的网址，印入标签的二维码（默认只印病例标识）",
        "where cases are looked at, for the label's QR code (default: the case's identifier)"),
    {.kind = NW_ARG_END},
};

/* "order, label, ..." */
static bool list_names(const struct nw_forms *forms, struct nw_text *out, struct nw_err *err)
{
    for (size_t i = 0; i < nw_forms_count(forms); i++)
        if (!nw_text_addf(out, err, "%s%s", i ? ", " : "", nw_forms_name(forms, i)))
            return false;
    return true;
}

static bool is_known(const struct nw_forms *forms, const char *name, struct nw_err *err)
{
    struct nw_text names;
    for (size_t i = 0; i < nw_forms_count(forms); i++)
        if (strcmp(nw_forms_name(forms, i), name) == 0)
            return true;
    nw_text_init(&names, 4096);
    if (list_names(forms, &names, err))
        nw_fail(err, NW_ERR_NOTFOUND, "there is no paper %.40s; there are %s", name,
                names.data);
    nw_text_release(&names);
    return false;
}

static struct nw_papers papers_of(const struct nw_papers_job *job,
                                  const struct nw_dossier_contents *contents)
{
    return (struct nw_papers){.table = contents->table,
                              .entries = contents->entries,
                              .view = contents->view,
                              .checklist = contents->checklist,
                              .trace = contents->trace,
                              .address = job->address,
                              .version = NW_VERSION,
                              .lang = job->run->tongue == NW_ZH ? NW_LANG_ZH : NW_LANG_EN};
}

bool nw_papers_make(void *job_pointer, const struct nw_dossier_contents *contents,
                    bool (*take)(void *archive, const char *name, const void *bytes,
                                 size_t size, struct nw_err *err),
                    void *archive, struct nw_err *err)
{
    struct nw_papers_job *job = (struct nw_papers_job *)job_pointer;
    const struct nw_papers papers = papers_of(job, contents);
    struct nw_forms *forms = nw_forms_open(NULL, 0, err);
    bool ok = forms && (!job->only || is_known(forms, job->only, err));
    for (size_t i = 0; ok && i < nw_forms_count(forms); i++) {
        const char *name = nw_forms_name(forms, i);
        char file[100];
        struct nw_text pdf;
        if (job->only ? strcmp(job->only, name) != 0 : !nw_forms_applies(forms, i, &papers))
            continue;
        nw_text_init(&pdf, PAPER_BYTES_MOST);
        (void)snprintf(file, sizeof file, "%.80s.pdf", name);
        ok = nw_forms_write(forms, i, &papers, &pdf, err) &&
             take(archive, file, pdf.data, pdf.len, err);
        nw_text_release(&pdf);
        job->count += ok;
    }
    nw_forms_close(forms);
    return ok;
}

static bool take_file(void *folder, const char *name, const void *bytes, size_t size,
                      struct nw_err *err)
{
    char path[4096];
    const int len = snprintf(path, sizeof path, "%s/%s", (const char *)folder, name);
    if (len < 0 || (size_t)len >= sizeof path)
        return nw_fail(err, NW_ERR_ARGUMENT, "the folder's name is too long");
    return nw_file_write(path, bytes, size, err);
}

static bool take_stdout(void *unused, const char *name, const void *bytes, size_t size,
                        struct nw_err *err)
{
    (void)unused;
    (void)name;
    return (fwrite(bytes, 1, size, stdout) == size && fflush(stdout) == 0) ||
           nw_fail(err, NW_ERR_IO, "cannot write to standard output: %s", strerror(errno));
}

/* ------------------------------------------------------------------ the records alone */

static bool read_stdin(struct nw_text *text, struct nw_err *err)
{
    char bytes[16384];
    nw_text_init(text, RECORDS_BYTES_MOST);
    for (size_t got; (got = fread(bytes, 1, sizeof bytes, stdin)) > 0;)
        if (!nw_text_addn(text, bytes, got, err))
            return false;
    return !ferror(stdin) || nw_fail(err, NW_ERR_IO, "cannot read standard input");
}

/* What the server hands over: the parts of a dossier's contents as members. */
static bool take_records(struct nw_dossier_contents *out, struct nw_err *err)
{
    struct nw_text text;
    json_t *all = read_stdin(&text, err)
                      ? json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL)
                      : NULL;
    nw_text_release(&text);
    *out = (struct nw_dossier_contents){.entries = json_object_get(all, "entries"),
                                        .view = json_object_get(all, "view"),
                                        .checklist = json_object_get(all, "checklist"),
                                        .trace = json_object_get(all, "trace"),
                                        .table = json_object_get(all, "table")};
    (void)json_incref(out->entries);
    (void)json_incref(out->view);
    (void)json_incref(out->checklist);
    (void)json_incref(out->trace);
    (void)json_incref(out->table);
    const bool good = json_is_array(out->entries) && json_is_object(out->view) &&
                      json_is_object(out->checklist) && json_is_object(out->trace) &&
                      json_is_object(out->table);
    json_decref(all);
    if (good || err->code)
        return good;
    return nw_fail(err, NW_ERR_DATA,
                   "the records are a JSON object with \"entries\", \"view\", "
                   "\"checklist\", \"trace\" and \"table\"");
}

static const char *state_name(enum nw_paper_state state)
{
    static const char *const name[] = {"none", "missing", "part", "ready"};
    return name[state];
}

static const char *state_said(const struct nw_run *run, enum nw_paper_state state)
{
    static const char *const zh[] = {"无", "缺", "不全", "齐"};
    static const char *const en[] = {"none", "missing", "in part", "ready"};
    return nw_say(run, zh[state], en[state]);
}

static bool list_papers(const struct nw_papers_job *job,
                        const struct nw_dossier_contents *contents, struct nw_run *run,
                        struct nw_err *err)
{
    const struct nw_papers papers = papers_of(job, contents);
    struct nw_forms *forms = nw_forms_open(NULL, 0, err);
    json_t *list = json_array();
    for (size_t i = 0; forms && i < nw_forms_count(forms); i++) {
        const enum nw_paper_state state = nw_forms_state(forms, i, &papers);
        if (state == NW_PAPER_NONE)
            continue;
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s}", "name", nw_forms_name(forms, i), "zh",
                            nw_forms_title(forms, i, NW_LANG_ZH), "en",
                            nw_forms_title(forms, i, NW_LANG_EN), "state", state_name(state)));
        nw_run_print(run, "%-20s %s  %s\n", nw_forms_name(forms, i), state_said(run, state),
                     nw_forms_title(forms, i, papers.lang));
    }
    const bool good = forms && nw_run_put(run, "documents", json_incref(list), err);
    json_decref(list);
    nw_forms_close(forms);
    return good;
}

/* ------------------------------------------------------------------ the command */

static bool make_papers(const struct documents_args *args, struct nw_papers_job *job,
                        const struct nw_dossier_contents *contents, struct nw_err *err)
{
    if (strcmp(args->out, "-") == 0)
        return nw_papers_make(job, contents, take_stdout, NULL, err);
    if (mkdir(args->out, 0700) != 0 && errno != EEXIST)
        return nw_fail(err, NW_ERR_IO, "cannot make the folder %.200s", args->out);
    return nw_papers_make(job, contents, take_file, (char *)(uintptr_t)args->out, err);
}

static int run_documents(const void *args_pointer, struct nw_run *run, struct nw_err *err)
{
    const struct documents_args *args = (const struct documents_args *)args_pointer;
    struct nw_papers_job job = {.run = run, .only = args->only, .address = args->address};
    struct nw_dossier_contents contents = {0};
    run->no_record = true; /* the dossier is the record */
    const bool aloud = args->out && strcmp(args->out, "-") == 0;
    if (!args->list == !args->out || (aloud && !args->only)) {
        nw_fail(err, NW_ERR_ARGUMENT,
                "give -o and a folder, or -o - and --only with a paper's name, or --list");
        return 1;
    }
    bool ok = strcmp(args->dossier, "-") == 0 ? take_records(&contents, err)
                                              : nw_dossier_read(args->dossier, &contents, err);
    ok = ok && (args->list ? list_papers(&job, &contents, run, err)
                           : make_papers(args, &job, &contents, err));
    nw_dossier_contents_release(&contents);
    if (!ok || args->list || aloud)
        return ok ? 0 : 1;
    if (!nw_run_put(run, "papers", json_integer(job.count), err))
        return 1;
    nw_run_print(run, nw_say(run, "%d 份文书已写入 %s\n", "%d papers are in %s\n"), job.count,
                 args->out);
    return 0;
}

const struct nw_command nw_cmd_documents = {
    .name = "documents",
    .zh = "病例的文书：同意书、订单、检验报告、标签等，按记录生成 PDF",
    .en = "the papers of a case as PDF: consent, order, inspection sheet, label and the rest",
    .args = documents_args,
    .args_size = sizeof(struct documents_args),
    .run = run_documents,
};
