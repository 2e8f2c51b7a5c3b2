/*
 * cli/reconstruct_priv.h -- the main job as two commands do it: `reconstruct` on what a recipe
 * finds, `edit` on labels that a person corrected. Files, checks, report and result are one.
 */
#ifndef NW_CLI_RECONSTRUCT_PRIV_H
#define NW_CLI_RECONSTRUCT_PRIV_H

#include "anatomy/recipe.h"
#include "cli/command.h"

struct nw_reconstruct_args {
    const char *path, *preset, *series, *charset;
    const char *edits, *labels; /* of `edit` only: the document, and what it begins with */
    struct nw_words out;
    double simplify_mm, smooth_mm, min_part_mm3, fixed_hu;
    bool resample, keep_table, with_identity, no_simplify;
    bool schema;    /* of `edit` only */
    const char *at; /* of `edit` only: cut a region around this place */
    int64_t across; /* its voxels along each axis */
};

/* Options that both have. */
#define NW_RECONSTRUCT_ROWS                                                                    \
    NW_TEXT(struct nw_reconstruct_args, preset, "preset",                                      \
            "组织：bone（默认）、skin、lung、airway，或 threshold=下限..上限",                 \
            "the tissue: bone (default), skin, lung, airway, or threshold=LO..HI"),            \
        NW_TEXT(struct nw_reconstruct_args, series, "series",                                  \
                "序列号，见 nuwa info（默认：最合适的）",                                      \
                "number of the series in nuwa info (default: the best)"),                      \
        NW_TEXT(struct nw_reconstruct_args, charset, "charset", "字符集，代替文件中声明的",    \
                "character set, instead of the one declared"),                                 \
        NW_LENGTH(struct nw_reconstruct_args, simplify_mm, "simplify", 0.001, 5, 0.05,         \
                  "简化的误差上限", "bound of the simplification"),                            \
        NW_FLAG(struct nw_reconstruct_args, no_simplify, "no-simplify", "不简化",              \
                "do not simplify"),                                                            \
        NW_LENGTH(struct nw_reconstruct_args, smooth_mm, "smooth", 0, 2, 0,                    \
                  "平滑的误差上限（0：不平滑）", "bound of the smoothing (0: none)"),          \
        NW_NUMBER(struct nw_reconstruct_args, min_part_mm3, "min-part", "mm3", 0, 1e6, 0,      \
                  "小于此体积的碎块不保留但列出（0：预设值）",                                 \
                  "smaller pieces are listed and left out (0: the preset's own)"),             \
        NW_FLAG(struct nw_reconstruct_args, resample, "resample", "层距不等时重采样",          \
                "resample unequal slice distances"),                                           \
        NW_FLAG(struct nw_reconstruct_args, with_identity, "with-identity",                    \
                "报告中写患者姓名和编号", "print the patient's name and number in the report")

/* What --preset, and the bounds, ask for. */
NW_MUST_CHECK bool nw_reconstruct_opts(const struct nw_reconstruct_args *args,
                                       struct nw_reconstruct_opts *opts, struct nw_err *err);
/* The document of corrections; its digest, as text, when wanted. Sentences name the file. */
struct nw_edits *nw_run_read_edits(struct nw_run *run, const char *path,
                                   char sha256[NW_DIGEST_TEXT], struct nw_err *err);
/* What each correction did, as JSON and as lines. */
json_t *nw_edited_json(const struct nw_edit_done *done, size_t count, double voxel_mm3);
void nw_edited_print(const struct nw_run *run, const struct nw_edit_done *done, size_t count,
                     double voxel_mm3);
/* `nuwa edit` on a region of a scan: is one asked for, or given? Then its exit status. */
bool nw_edit_is_region(const struct nw_reconstruct_args *args);
int nw_edit_region(const struct nw_reconstruct_args *args, struct nw_run *run,
                   struct nw_err *err);

/* The exit status. */
int nw_reconstruct_command(const struct nw_reconstruct_args *args, struct nw_run *run,
                           struct nw_err *err);

#endif
