/* cli/verify.c -- nuwa verify FILE: are the bytes still those of the record, or of the dossier?
 */
#include <string.h>

#include "case/dossier.h"
#include "cli/command.h"
#include "io/file.h"

enum { STEP_MAX_BYTES = 64 << 20 };

struct verify_args {
    const char *step, *folder, *key;
};

static const struct nw_arg verify_args[] = {
    NW_INPUT(struct verify_args, step, "FILE", "步骤文件（*.step.json）或病例档案（.zip）",
             "a step file (*.step.json) or a case's dossier (.zip)"),
    NW_TEXT(struct verify_args, folder, "folder", "文件所在的目录（默认：步骤中记录的目录）",
            "where the files are now (default: the folder in the step)"),
    NW_TEXT(struct verify_args, key, "key", "服务器公钥（十六进制），已知时",
            "the server's key in hexadecimal, when it is known"),
    {.kind = NW_ARG_END},
};

static const char *finding_name(enum nw_finding f)
{
    static const char *const name[] = {"same", "changed", "missing"};
    return name[f];
}

static json_t *findings_json(const struct nw_stream_check *list, size_t count, size_t bad[3])
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        bad[list[i].finding]++;
        if (list[i].finding != NW_STREAM_SAME)
            json_array_append_new(array, json_pack("{s:s, s:s, s:s}", "path", list[i].path,
                                                   "file", list[i].file, "finding",
                                                   finding_name(list[i].finding)));
    }
    return array;
}

static void print_findings(const struct nw_run *run, const struct nw_stream_check *list,
                           size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].finding != NW_STREAM_SAME)
            nw_run_print(run, "%s%s%s: %s\n", list[i].path, *list[i].file ? ": " : "",
                         list[i].file,
                         list[i].finding == NW_STREAM_CHANGED
                             ? nw_say(run, "内容已改变", "its bytes have changed")
                             : nw_say(run, "找不到", "is missing"));
}

static int verify_dossier(const struct verify_args *args, struct nw_run *run,
                          struct nw_err *err)
{
    struct nw_dossier_verdict verdict;
    if (!nw_dossier_verify(args->step, args->key, &verdict, err) ||
        !nw_run_put(run, "valid", json_boolean(verdict.valid), err) ||
        !nw_run_put(run, "case", json_string(verdict.case_id), err) ||
        !nw_run_put(run, "entries", json_integer(verdict.entries), err) ||
        !nw_run_put(run, "signatures", json_integer(verdict.signatures), err) ||
        !nw_run_put(run, "files", json_integer(verdict.files), err) ||
        !nw_run_put(run, "server_key", json_string(verdict.key), err) ||
        !nw_run_put(run, "what", json_string(verdict.what), err))
        return 1;
    if (!verdict.valid) {
        nw_run_print(run, nw_say(run, "无效：%s\n", "not valid: %s\n"), verdict.what);
        return 3;
    }
    nw_run_print(run,
                 nw_say(run,
                        "有效：%lld 条记录按流程逐条重演，%lld 个签名、%lld 个文件与记录一致\n"
                        "服务器公钥 %s\n",
                        "valid: %lld entries were allowed when they were made, %lld signatures "
                        "and %lld files are as recorded\nserver's key %s\n"),
                 (long long)verdict.entries, (long long)verdict.signatures,
                 (long long)verdict.files, verdict.key);
    return 0;
}

static int verify(const void *void_args, struct nw_run *run, struct nw_err *err)
{
    const struct verify_args *args = void_args;
    if (nw_is_dossier(args->step))
        return verify_dossier(args, run, err);
    size_t len, count;
    NW_AUTOFREE uint8_t *text = nw_file_read(args->step, STEP_MAX_BYTES, &len, err);
    struct nw_step step = {0};
    if (!text || !nw_step_parse((const char *)text, len, &step, err))
        return 1;
    NW_AUTOFREE struct nw_stream_check *list = nw_step_check(&step, args->folder, &count, err);
    size_t found[3] = {0};
    const bool ok = list &&
                    nw_run_put(run, "findings", findings_json(list, count, found), err) &&
                    nw_run_put(run, "streams", json_integer((json_int_t)count), err) &&
                    nw_run_put(run, "valid", json_boolean(found[1] + found[2] == 0), err) &&
                    nw_run_put(run, "command", json_string(step.command), err) &&
                    nw_run_put(run, "version", json_string(step.version), err);
    if (ok) {
        print_findings(run, list, count);
        if (found[1] + found[2] == 0)
            nw_run_print(run,
                         nw_say(run, "有效：%zu 个文件与记录一致\n",
                                "valid: %zu files are as recorded\n"),
                         count);
        else
            nw_run_print(run,
                         nw_say(run, "无效：%zu 个文件中 %zu 个已改变，%zu 个缺失\n",
                                "not valid: of %zu files %zu changed and %zu are missing\n"),
                         count, found[1], found[2]);
    }
    nw_step_release(&step);
    return ok && found[1] + found[2] == 0 ? 0 : 3;
}

const struct nw_command nw_cmd_verify = {
    .name = "verify",
    .zh = "核对：步骤的文件是否仍与记录一致，病例档案是否完好",
    .en = "Check that a step's files, or a case's dossier, are still as recorded",
    .args = verify_args,
    .args_size = sizeof(struct verify_args),
    .run = verify,
    .status3_zh = "有内容已改变或缺失",
    .status3_en = "something has changed or is missing",
};
