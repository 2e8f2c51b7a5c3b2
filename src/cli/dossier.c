/* cli/dossier.c -- nuwa dossier CASE -o FILE: everything of a case in one archive. */
#include "case/dossier.h"

#include "cli/papers_priv.h"

struct dossier_args {
    const char *id, *data, *database, *out, *ground, *to, *reference;
    bool no_files;
};

static const char *const ground_words[] = {"own",       "patient", "ethics",
                                           "authority", "team",    NULL};

static const struct nw_arg dossier_args[] = {
    NW_WORD(struct dossier_args, id, "CASE", true, "病例：标识或编号",
            "the case: its identifier or its number"),
    NW_OUTPUT(struct dossier_args, out, 'o', "out", true, "档案（.zip）", "the archive (.zip)"),
    NW_TEXT(struct dossier_args, data, "data", "服务器的数据目录（默认 nuwa-data）",
            "the server's data folder (default nuwa-data)"),
    NW_TEXT(struct dossier_args, database, "database", "PostgreSQL 的地址（服务器用它时）",
            "the PostgreSQL the server uses, when it does"),
    NW_CHOICE(
        struct dossier_args, ground, "ground", ground_words,
        "依据：own 本机构自存（不写 --to 时的默认值），patient 患者许可，ethics "
        "伦理委员会，authority 监管部门，team 团队成员",
        "the ground: own (kept by this site itself; the default without --to), patient (who "
        "permits it), ethics (committee), authority, team (a member of it)"),
    NW_TEXT(struct dossier_args, to, "to",
            "交给谁：如患者许可或接收方名单所写；团队成员为其标识",
            "who gets it: as permitted or as on the list of recipients; of the team the "
            "person's identifier"),
    NW_TEXT(struct dossier_args, reference, "reference", "伦理委员会或监管部门来文的编号",
            "number of the committee's or the authority's request"),
    NW_FLAG(struct dossier_args, no_files, "no-files", "文件只给摘要，不放入",
            "files by their digests only"),
    {.kind = NW_ARG_END},
};

static int run_dossier(const void *args_pointer, struct nw_run *run, struct nw_err *err)
{
    const struct dossier_args *args = (const struct dossier_args *)args_pointer;
    struct nw_papers_job papers = {.run = run};
    /* Who names nobody takes it for the site itself. */
    const char *ground = args->ground || args->to || args->reference ? args->ground : "own";
    const struct nw_dossier_options options = {.no_files = args->no_files,
                                               .leaving = {.how = "dossier",
                                                           .ground = ground,
                                                           .to = args->to,
                                                           .reference = args->reference},
                                               .documents = nw_papers_make,
                                               .context = &papers};
    struct nw_desk *desk =
        nw_desk_attach(args->data ? args->data : "nuwa-data", args->database, err);
    bool good = desk && nw_dossier_write(desk, args->id, &options, args->out, err);
    nw_desk_close(desk);
    run->no_record = true; /* the export is a row of the server's ledger */
    if (!good)
        return 1;
    nw_run_print(run,
                 nw_say(run, "已写出 %s；用 nuwa verify 离线校验\n",
                        "wrote %s; nuwa verify checks it off line\n"),
                 args->out);
    return 0;
}

const struct nw_command nw_cmd_dossier = {
    .name = "dossier",
    .zh = "一个病例的全部记录、签名与文件，装成一个可离线校验的档案",
    .en = "records, signatures and files of a case in one archive that is checked off line",
    .args = dossier_args,
    .args_size = sizeof(struct dossier_args),
    .run = run_dossier,
};
