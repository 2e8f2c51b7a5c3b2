/* cli/edit.c -- nuwa edit SCAN EDITS: corrections of labels by a document, and the surface made
 * again from them. */
#include <math.h>

#include "cli/reconstruct_priv.h"
#include "image/edit.h"

static int edit(const void *void_args, struct nw_run *run, struct nw_err *err)
{
    const struct nw_reconstruct_args *args = void_args;
    if (args->schema) {
        NW_AUTOFREE char *text = nw_edits_schema(err);
        if (text)
            fputs(text, stdout);
        return 0;
    }
    if (!args->path || !args->edits)
        nw_fail(err, NW_ERR_ARGUMENT,
                "name a scan and a document of corrections, e.g. scan.zip edits.json");
    else if (args->out.count == 0)
        nw_fail(err, NW_ERR_ARGUMENT,
                "name what to write, e.g. -o bone-2.3mf -o bone-2.nii.gz");
    return err->code == NW_OK ? nw_reconstruct_command(args, run, err) : 2;
}

#define OF(member, type) NW_OF(struct nw_reconstruct_args, member, type)

static const struct nw_arg edit_args[] = {
    {.kind = NW_ARG_INPUT,
     .name = "SCAN",
     .offset = OF(path, const char *),
     .zh = "影像：目录、文件、DICOMDIR、zip 或 tar",
     .en = "the scan: a folder, file, DICOMDIR, zip or tar"},
    {.kind = NW_ARG_INPUT,
     .name = "EDITS",
     .offset = OF(edits, const char *),
     .zh = "修正文档（JSON）",
     .en = "document of corrections (JSON)"},
    NW_OUTPUTS(struct nw_reconstruct_args, out, 'o', "out",
               "输出文件，按扩展名定格式，可多次：与 nuwa reconstruct 相同",
               "output, its format by the ending, as often as wanted: as in nuwa reconstruct"),
    NW_TEXT(struct nw_reconstruct_args, labels, "labels",
            "从此标签体数据开始修正（默认：预设自动找到的）",
            "label volume to begin with (default: what the preset finds)"),
    NW_TEXT(struct nw_reconstruct_args, preset, "preset",
            "组织：bone（默认）、skin、lung、airway，或 threshold=下限..上限",
            "the tissue: bone (default), skin, lung, airway, or threshold=LO..HI"),
    NW_TEXT(struct nw_reconstruct_args, series, "series",
            "序列号，见 nuwa info（默认：最合适的）",
            "number of the series in nuwa info (default: the best)"),
    NW_TEXT(struct nw_reconstruct_args, charset, "charset", "字符集，代替文件中声明的",
            "character set, instead of the one declared"),
    NW_LENGTH(struct nw_reconstruct_args, simplify_mm, "simplify", 0.001, 5, 0.05,
              "简化的误差上限", "bound of the simplification"),
    NW_FLAG(struct nw_reconstruct_args, no_simplify, "no-simplify", "不简化",
            "do not simplify"),
    NW_LENGTH(struct nw_reconstruct_args, smooth_mm, "smooth", 0, 2, 0,
              "平滑的误差上限（0：不平滑）", "bound of the smoothing (0: none)"),
    NW_NUMBER(struct nw_reconstruct_args, min_part_mm3, "min-part", "mm3", 0, 1e6, 0,
              "小于此体积的碎块不保留但列出（0：预设值）",
              "smaller pieces are listed and left out (0: the preset's own)"),
    NW_FLAG(struct nw_reconstruct_args, resample, "resample", "层距不等时重采样",
            "resample unequal slice distances"),
    NW_FLAG(struct nw_reconstruct_args, with_identity, "with-identity",
            "报告中写患者姓名和编号", "print the patient's name and number in the report"),
    NW_FLAG(struct nw_reconstruct_args, schema, "schema", "输出修正文档的 JSON Schema",
            "print the JSON schema of documents of corrections"),
    {.kind = NW_ARG_END},
};

const struct nw_command nw_cmd_edit = {
    .name = "edit",
    .zh = "按修正文档修改分割结果，并重新生成模型",
    .en = "Correct what was told apart in a scan by a document, and make the model again",
    .args = edit_args,
    .args_size = sizeof(struct nw_reconstruct_args),
    .run = edit,
};
