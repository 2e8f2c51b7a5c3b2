/* cli/edit_region.c -- nuwa edit on a region: cut from a scan (--at), then corrected at once
 * (anatomy/region.h). */
#include <math.h>
#include <string.h>

#include "anatomy/region.h"
#include "cli/reconstruct_priv.h"
#include "core/parallel.h"
#include "core/text.h"
#include "io/file.h"
#include "io/io.h"
#include "report/browse.h"

static const uint64_t REGION_BYTES = (uint64_t)8 << 30;

static bool has_ending(const char *path, const char *wanted)
{
    char ending[16];
    nw_path_ending(path, ending);
    return strcmp(ending, wanted) == 0;
}

bool nw_edit_is_region(const struct nw_reconstruct_args *args)
{
    return args->at || has_ending(args->path, "region");
}

static bool parse_place(const char *text, nw_vec3 *out, struct nw_err *err)
{
    double v[3];
    const char *at = text;
    for (int a = 0; at && a < 3; a++) {
        at = nw_number_parse(at, &v[a]);
        if (at && a < 2)
            at = *at == ',' ? at + 1 : NULL;
    }
    if (!at || *at)
        return nw_fail(err, NW_ERR_ARGUMENT, "a place is x,y,z in mm, such as 12.5,-30,210");
    *out = nw_v3(v[0], v[1], v[2]);
    return true;
}

/* ---- cutting ---- */

static uint8_t *cut_from(const struct nw_reconstruct_args *args, struct nw_run *run,
                         struct nw_edits *edits, size_t *len, struct nw_err *err)
{
    const struct nw_pick pick = {
        .series = args->series, .charset = args->charset, .resample = args->resample};
    struct nw_reconstruct_opts opts;
    nw_vec3 at;
    struct nw_scan scan, labels;
    uint8_t *bytes = NULL;
    nw_scan_init(&scan);
    nw_scan_init(&labels);
    if (nw_reconstruct_opts(args, &opts, err) && parse_place(args->at, &at, err) &&
        nw_run_load_scan(run, args->path, &pick, &scan, err) &&
        (!args->labels ||
         nw_run_load_scan(run, args->labels, &(struct nw_pick){0}, &labels, err))) {
        opts.edits = edits;
        opts.labels = args->labels ? &labels.volume : NULL;
        bytes = nw_region_cut(&scan, &opts, at, (size_t)args->across, len, err);
    }
    nw_scan_release(&scan);
    nw_scan_release(&labels);
    return bytes;
}

static bool cut(const struct nw_reconstruct_args *args, struct nw_run *run, struct nw_err *err)
{
    const char *staged;
    size_t len;
    if (args->out.count != 1 || !has_ending(args->out.item[0], "region"))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "--at cuts a region and writes nothing else: -o NAME.region");
    struct nw_edits *edits = nw_run_read_edits(run, args->edits, NULL, err);
    NW_AUTOFREE uint8_t *bytes = edits ? cut_from(args, run, edits, &len, err) : NULL;
    nw_edits_free(edits);
    if (!bytes || !nw_run_stage(run, args->out.item[0], &staged, err) ||
        !nw_file_write(staged, bytes, len, err))
        return false;
    nw_run_print(run, "%s\n", args->out.item[0]);
    return true;
}

/* ---- answering ---- */

static bool write_piece(const char *path, const char *staged, const struct nw_model *model,
                        json_t **head, struct nw_err *err)
{
    const struct nw_browse_maps none = {0};
    const struct nw_model_write_opts opts = {0};
    if (has_ending(path, "view"))
        return nw_browse_model(staged, model, &none, head, err);
    return nw_model_write(staged, model, &opts, err);
}

static bool put_piece(struct nw_run *run, const struct nw_region *region,
                      const struct nw_piece_answer *piece, struct nw_err *err)
{
    const struct nw_grid *grid = nw_region_grid(region);
    const double voxel = fabs(nw_grid_voxel_mm3(grid));
    json_t *box = json_pack("{s:[I,I,I], s:[I,I,I], s:b}", "from", (json_int_t)piece->lo[0],
                            (json_int_t)piece->lo[1], (json_int_t)piece->lo[2], "to",
                            (json_int_t)piece->hi[0], (json_int_t)piece->hi[1],
                            (json_int_t)piece->hi[2], "beyond", (int)piece->beyond);
    nw_edited_print(run, piece->done, piece->done_count, voxel);
    return nw_run_put(run, "box", box, err) &&
           nw_run_put(run, "edits", nw_edited_json(piece->done, piece->done_count, voxel), err);
}

static bool write_all(const struct nw_reconstruct_args *args, struct nw_run *run,
                      const struct nw_piece_answer *piece, struct nw_err *err)
{
    nw_stage("写出文件", "writing the files");
    for (size_t i = 0; i < args->out.count; i++) {
        json_t *head = NULL;
        const char *staged, *path = args->out.item[i];
        if (!nw_run_stage(run, path, &staged, err) ||
            !write_piece(path, staged, &piece->model, &head, err))
            return false;
        if (head && !nw_run_put(run, "view", head, err))
            return false;
        nw_run_print(run, "%s\n", path);
    }
    return true;
}

static json_t *parts_json(const struct nw_parts_answer *answer)
{
    const double voxel = fabs(nw_grid_voxel_mm3(&answer->became.grid));
    json_t *list = json_array();
    for (size_t n = 0; n < answer->part_count; n++) {
        const struct nw_part_now *p = &answer->part[n];
        json_array_append_new(list, json_pack("{s:s, s:i, s:b, s:[i,i,i,i], s:f}", "name",
                                              p->name, "label", p->label, "made", (int)p->made,
                                              "rgba", p->rgba[0], p->rgba[1], p->rgba[2],
                                              p->rgba[3], "mm3", voxel * (double)p->voxels));
    }
    return list;
}

static bool write_parts(const struct nw_reconstruct_args *args, struct nw_run *run,
                        const struct nw_parts_answer *answer, struct nw_err *err)
{
    const double voxel = fabs(nw_grid_voxel_mm3(&answer->became.grid));
    const char *staged;
    size_t len;
    nw_edited_print(run, answer->done, answer->done_count, voxel);
    nw_stage("写出文件", "writing the files");
    NW_AUTOFREE uint8_t *bytes = nw_parts_write(answer, &len, err);
    return bytes && nw_run_put(run, "parts", parts_json(answer), err) &&
           nw_run_put(run, "edits", nw_edited_json(answer->done, answer->done_count, voxel),
                      err) &&
           nw_run_stage(run, args->out.item[0], &staged, err) &&
           nw_file_write(staged, bytes, len, err) &&
           (nw_run_print(run, "%s\n", args->out.item[0]), true);
}

/* Whole parts, by labels alone. */
static bool answer_parts(const struct nw_reconstruct_args *args, struct nw_run *run,
                         const struct nw_region *region, const struct nw_edits *edits,
                         struct nw_err *err)
{
    struct nw_parts_answer answer = {0};
    bool ok = nw_region_parts(region, edits, &answer, err);
    if (!ok && (err->code == NW_ERR_DATA || err->code == NW_ERR_STATE))
        (void)nw_fail_at(err, "%s", args->edits);
    ok = ok && write_parts(args, run, &answer, err);
    nw_parts_answer_release(&answer);
    return ok;
}

static bool answer_piece(const struct nw_reconstruct_args *args, struct nw_run *run,
                         struct nw_region *region, const struct nw_edits *edits,
                         struct nw_err *err)
{
    struct nw_piece_answer piece = {0};
    bool ok = nw_region_correct(region, edits, &piece, err);
    if (!ok && (err->code == NW_ERR_DATA || err->code == NW_ERR_STATE))
        (void)nw_fail_at(err, "%s", args->edits);
    ok = ok && put_piece(run, region, &piece, err) && write_all(args, run, &piece, err);
    nw_piece_answer_release(&piece);
    return ok;
}

static bool answer_from(const struct nw_reconstruct_args *args, struct nw_run *run,
                        struct nw_region *region, struct nw_err *err)
{
    bool parts = false;
    for (size_t i = 0; i < args->out.count; i++)
        parts = parts || has_ending(args->out.item[i], "parts");
    if (parts && args->out.count != 1)
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "what parts become is written by itself: -o NAME.parts");
    struct nw_edits *edits = nw_run_read_edits(run, args->edits, NULL, err);
    if (!edits)
        return false;
    const bool ok = parts ? answer_parts(args, run, region, edits, err)
                          : answer_piece(args, run, region, edits, err);
    nw_edits_free(edits);
    return ok;
}

static bool answer(const struct nw_reconstruct_args *args, struct nw_run *run,
                   struct nw_err *err)
{
    size_t len;
    nw_stage("读取区域", "reading the region");
    NW_AUTOFREE uint8_t *bytes = nw_file_read(args->path, REGION_BYTES, &len, err);
    if (!bytes || !nw_run_read_file(run, args->path, err))
        return false;
    struct nw_region *region = nw_region_read(bytes, len, err);
    if (!region)
        return nw_fail_at(err, "%s", args->path);
    const bool ok = answer_from(args, run, region, err);
    nw_region_free(region);
    return ok;
}

int nw_edit_region(const struct nw_reconstruct_args *args, struct nw_run *run,
                   struct nw_err *err)
{
    return (args->at ? cut(args, run, err) : answer(args, run, err)) ? 0 : 1;
}
