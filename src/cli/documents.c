/* cli/documents.c -- nuwa documents DOSSIER -o FOLDER: the papers of a case as PDF. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/papers_priv.h"
#include "cli/version.h"
#include "io/file.h"
#include "report/forms.h"

enum { PAPER_BYTES_MOST = 256 << 20 };

struct documents_args {
    const char *dossier, *out, *only, *address;
};

static const struct nw_arg documents_args[] = {
    NW_INPUT(struct documents_args, dossier, "DOSSIER", "病例档案（.zip）",
             "the case's dossier (.zip)"),
    NW_OUTPUT(struct documents_args, out, 'o', "out", true, "存放 PDF 的目录，没有时新建",
              "folder for the PDF files, made when there is none"),
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

bool nw_papers_make(void *job_pointer, const struct nw_dossier_contents *contents,
                    bool (*take)(void *archive, const char *name, const void *bytes,
                                 size_t size, struct nw_err *err),
                    void *archive, struct nw_err *err)
{
    struct nw_papers_job *job = (struct nw_papers_job *)job_pointer;
    const struct nw_papers papers = {.table = contents->table,
                                     .entries = contents->entries,
                                     .view = contents->view,
                                     .checklist = contents->checklist,
                                     .address = job->address,
                                     .version = NW_VERSION,
                                     .lang =
                                         job->run->tongue == NW_ZH ? NW_LANG_ZH : NW_LANG_EN};
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

static int run_documents(const void *args_pointer, struct nw_run *run, struct nw_err *err)
{
    const struct documents_args *args = (const struct documents_args *)args_pointer;
    struct nw_papers_job job = {.run = run, .only = args->only, .address = args->address};
    struct nw_dossier_contents contents = {0};
    run->no_record = true; /* the dossier is the record */
    if (!nw_dossier_read(args->dossier, &contents, err))
        return 1;
    bool ok = mkdir(args->out, 0700) == 0 || errno == EEXIST ||
              nw_fail(err, NW_ERR_IO, "cannot make the folder %.200s", args->out);
    char *folder = (char *)(uintptr_t)args->out;
    ok = ok && nw_papers_make(&job, &contents, take_file, folder, err);
    nw_dossier_contents_release(&contents);
    if (!ok || !nw_run_put(run, "papers", json_integer(job.count), err))
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
