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
    if (err->code != NW_OK)
        return 2;
    return nw_edit_is_region(args) ? nw_edit_region(args, run, err)
                                   : nw_reconstruct_command(args, run, err);
}

#define OF(member, type) NW_OF(struct nw_reconstruct_args, member, type)

static const struct nw_arg edit_args[] = {
    {.kind = NW_ARG_INPUT,
     .name = "SCAN",
     .offset = OF(path, const char *),
     .zh = "影像：目录、文件、DICOMDIR、zip 或 tar；或 --at 切出的区域（.region）",
     .en = "the scan: a folder, file, DICOMDIR, zip or tar; or a region cut by --at (.region)"},
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
    NW_TEXT(struct nw_reconstruct_args, at, "at",
            "在此处（x,y,z，毫米）切出区域（-o 名.region），之后的修正可立即得到结果",
            "cut a region around this place (x,y,z in mm; -o NAME.region): corrections in it "
            "are then answered at once"),
    NW_COUNT(struct nw_reconstruct_args, across, "across", 16, 1000, 200, "区域每边的体素数",
             "voxels of the region along each axis"),
    NW_RECONSTRUCT_ROWS,
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
