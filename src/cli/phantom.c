/* cli/phantom.c -- nuwa phantom NAME -o DIR: a scan of known truth, with the truth beside it.
 */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "anatomy/phantom.h"
#include "cli/command.h"
#include "field/surface.h"
#include "io/dicom.h"
#include "io/file.h"
#include "io/io.h"

struct phantom_args {
    const char *name, *out;
    bool list, white_noise, table, metal, no_truth;
    double spacing_mm, slice_mm, thickness_mm, sigma_mm, truth_cell_mm;
    double noise_hu, bone_hu, soft_hu, tilt_deg;
    int64_t seed, extent;
};

static const struct nw_arg phantom_args[] = {
    NW_WORD(struct phantom_args, name, "NAME", false, "模体名称（--list 列出全部）",
            "which phantom (--list names them)"),
    NW_OUTPUT(struct phantom_args, out, 'o', "output", false,
              "输出目录：dicom/、truth.stl、truth.json",
              "folder to write: dicom/, truth.stl, truth.json"),
    NW_FLAG(struct phantom_args, list, "list", "列出所有模体", "list the phantoms"),
    NW_LENGTH(struct phantom_args, spacing_mm, "spacing", 0.05, 5, 0.5, "层内体素边长",
              "voxel edge in the slice"),
    NW_LENGTH(struct phantom_args, slice_mm, "slice", 0.05, 10, 0.625, "层间距",
              "distance between slices"),
    NW_LENGTH(struct phantom_args, thickness_mm, "thickness", 0.01, 20, NAN,
              "层厚（默认等于层间距）", "thickness of a slice (default: the distance)"),
    NW_LENGTH(struct phantom_args, sigma_mm, "sigma", 0.05, 5, 0.35, "点扩散的标准差",
              "standard deviation of the point spread"),
    NW_NUMBER(struct phantom_args, noise_hu, "noise", "HU", 0, 1000, 30, "噪声标准差",
              "standard deviation of the noise"),
    NW_FLAG(struct phantom_args, white_noise, "white-noise", "各体素独立的噪声",
            "noise of each voxel by itself, not that of filtered back-projection"),
    NW_NUMBER(struct phantom_args, bone_hu, "bone", "HU", -1000, 3000, 1250, "骨的灰度",
              "grey value of bone"),
    NW_NUMBER(struct phantom_args, soft_hu, "soft", "HU", -1000, 3000, 50, "软组织的灰度",
              "grey value of soft tissue"),
    NW_NUMBER(struct phantom_args, tilt_deg, "tilt", "deg", -35, 35, 0, "机架倾角",
              "tilt of the gantry"),
    NW_FLAG(struct phantom_args, table, "table", "加检查床", "add the scanner's table"),
    NW_FLAG(struct phantom_args, metal, "metal", "加金属棒及其伪影",
            "add a rod of metal with streaks"),
    NW_COUNT(struct phantom_args, seed, "seed", 0, 1e15, 0, "噪声种子", "seed of the noise"),
    NW_COUNT(struct phantom_args, extent, "extent", 0, 4096, 0,
             "各轴体素数，实体随之缩放（0：按实体所需）",
             "voxels along each axis, solids scaled to fill them (0: what they need)"),
    NW_LENGTH(struct phantom_args, truth_cell_mm, "truth-cell", 0.02, 5, 0.4,
              "真值表面的网格边长", "cell size of the truth's surface"),
    NW_FLAG(struct phantom_args, no_truth, "no-truth", "不写 truth.stl", "leave truth.stl out"),
    {.kind = NW_ARG_END},
};

static int list_kinds(struct nw_run *run, struct nw_err *err)
{
    json_t *list = json_array();
    for (size_t i = 0; nw_phantom_at(i); i++) {
        const struct nw_phantom_kind *k = nw_phantom_at(i);
        nw_run_print(run, "%-10s %s\n", k->name, nw_say(run, k->zh, k->en));
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s}", "name", k->name, "zh", k->zh, "en", k->en));
    }
    return nw_run_put(run, "phantoms", list, err) ? 0 : 1;
}

static bool find_kind(const char *name, const struct nw_phantom_kind **out, struct nw_err *err)
{
    char names[200] = "";
    for (size_t i = 0; nw_phantom_at(i); i++) {
        const struct nw_phantom_kind *k = nw_phantom_at(i);
        if (name && strcmp(k->name, name) == 0) {
            *out = k;
            return true;
        }
        const size_t len = strlen(names);
        snprintf(names + len, sizeof names - len, "%s%s", i ? ", " : "", k->name);
    }
    return nw_fail(err, NW_ERR_ARGUMENT, "name a phantom: %s", names);
}

static struct nw_phantom_opts options(const struct phantom_args *a,
                                      const struct nw_phantom_kind *kind)
{
    const struct nw_phantom_opts o = {
        .kind = kind,
        .spacing_mm = a->spacing_mm,
        .slice_mm = a->slice_mm,
        .thickness_mm = a->thickness_mm,
        .sigma_mm = a->sigma_mm,
        .noise_hu = a->noise_hu > 0 ? a->noise_hu : -1,
        .white_noise = a->white_noise,
        .bone_hu = a->bone_hu,
        .soft_hu = a->soft_hu,
        .tilt_deg = a->tilt_deg,
        .table = a->table,
        .metal = a->metal,
        .seed = (uint64_t)a->seed,
        .extent = (size_t)a->extent,
    };
    return o;
}

static json_t *json_vector(nw_vec3 v)
{
    return json_pack("[f, f, f]", v.x, v.y, v.z);
}

static json_t *truth_json(const struct nw_phantom *p)
{
    const struct nw_phantom_opts *o = &p->used;
    json_t *solids = json_array();
    for (size_t i = 0; i < p->truth_count; i++) {
        const struct nw_phantom_truth *t = &p->truth[i];
        json_array_append_new(solids,
                              json_pack("{s:s, s:s, s:o, s:o, s:o}", "name", t->name, "formula",
                                        t->formula, "volume_mm3", nw_json_number(t->volume_mm3),
                                        "box_min_mm", json_vector(t->box.min), "box_max_mm",
                                        json_vector(t->box.max)));
    }
    return json_pack(
        "{s:s, s:s, s:f, s:o, s:{s:f, s:f, s:f, s:f, s:f, s:b, s:f, s:f, s:f, s:b, s:b, s:I, "
        "s:I}}",
        "phantom", o->kind->name, "frame", "DICOM LPS, mm", "scale", p->scale, "solids", solids,
        "options", "spacing_mm", o->spacing_mm, "slice_mm", o->slice_mm, "thickness_mm",
        o->thickness_mm, "sigma_mm", o->sigma_mm, "noise_hu", o->noise_hu, "white_noise",
        o->white_noise, "bone_hu", o->bone_hu, "soft_hu", o->soft_hu, "tilt_deg", o->tilt_deg,
        "table", o->table, "metal", o->metal, "seed", (json_int_t)o->seed, "extent",
        (json_int_t)o->extent);
}

static bool make_folder(const char *path, struct nw_err *err)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST ||
           nw_fail(err, NW_ERR_IO, "%s cannot be made: %s", path, strerror(errno));
}

/* Takes away the slices of an earlier run, and nothing else. */
static bool remove_series(const char *folder, struct nw_err *err)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return errno == ENOENT ||
               nw_fail(err, NW_ERR_IO, "%s cannot be read: %s", folder, strerror(errno));
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        const size_t len = strlen(e->d_name);
        if (len > 6 && strncmp(e->d_name, "IM", 2) == 0 &&
            strcmp(e->d_name + len - 4, ".dcm") == 0)
            (void)unlinkat(dirfd(dir), e->d_name, 0);
    }
    (void)closedir(dir);
    return rmdir(folder) == 0 ||
           nw_fail(err, NW_ERR_CONFLICT,
                   "%s holds other files than a phantom's; name another output folder", folder);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool record_series(struct nw_run *run, const char *folder, struct nw_err *err)
{
    struct dirent **entry = NULL;
    const int count = scandir(folder, &entry, NULL, by_name);
    bool ok =
        count >= 0 || nw_fail(err, NW_ERR_IO, "%s cannot be read: %s", folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        const char *path =
            ok && entry[i]->d_name[0] != '.'
                ? nw_arena_printf(&run->arena, err, "%s/%s", folder, entry[i]->d_name)
                : NULL;
        ok = ok && err->code == NW_OK && (!path || nw_run_wrote(run, path, err));
        free(entry[i]); /* allowed: scandir's own allocation */
    }
    free(entry); /* allowed: scandir's own allocation */
    return ok;
}

/* The whole series, or what was there before. */
static bool write_series(struct nw_run *run, const char *out, const struct nw_scan *scan,
                         struct nw_err *err)
{
    const char *folder = nw_arena_printf(&run->arena, err, "%s/dicom", out);
    const char *hidden =
        folder ? nw_arena_printf(&run->arena, err, "%s/.dicom.nuwa-%ld", out, (long)getpid())
               : NULL;
    if (!hidden)
        return false;
    struct nw_err ignored = {0};
    if (!nw_dicom_write_series(hidden, &scan->volume, &scan->facts, err) ||
        !remove_series(folder, err)) {
        (void)remove_series(hidden, &ignored);
        return false;
    }
    if (rename(hidden, folder) != 0)
        return nw_fail(err, NW_ERR_IO, "%s cannot be written: %s", folder, strerror(errno));
    return record_series(run, folder, err);
}

static bool write_truth_surface(struct nw_run *run, const char *out, double cell_mm,
                                const struct nw_phantom *p, struct nw_err *err)
{
    static const uint8_t ivory[4] = {227, 218, 201, 255};
    struct nw_mesh mesh = {0};
    struct nw_model model = {0};
    const char *staged = NULL;
    const char *path = nw_arena_printf(&run->arena, err, "%s/truth.stl", out);
    const bool ok = path && nw_run_stage(run, path, &staged, err) &&
                    nw_surface_of_field(p->field, p->bone, nw_box_grown(p->box, 2 * cell_mm),
                                        cell_mm, &mesh, err) &&
                    nw_model_add(&model, "truth", ivory, &mesh, err) &&
                    nw_model_write(staged, &model, NULL, err);
    nw_mesh_release(&mesh);
    nw_model_release(&model);
    return ok;
}

static bool write_truth_json(struct nw_run *run, const char *out, const struct nw_phantom *p,
                             struct nw_err *err)
{
    const char *staged = NULL;
    const char *path = nw_arena_printf(&run->arena, err, "%s/truth.json", out);
    if (!path || !nw_run_stage(run, path, &staged, err))
        return false;
    json_t *truth = truth_json(p);
    char *text = truth ? json_dumps(truth, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) : NULL;
    const bool ok = text ? nw_file_write(staged, text, strlen(text), err)
                         : nw_fail(err, NW_ERR_MEMORY, "no memory for the truth's text");
    free(text); /* allowed: jansson's own allocation */
    json_decref(truth);
    return ok;
}

static bool report(struct nw_run *run, const char *out, const struct nw_phantom *p,
                   struct nw_err *err)
{
    const struct nw_grid *g = &p->scan.volume.grid;
    nw_run_print(run,
                 nw_say(run, "%s：%zu×%zu×%zu 体素，%zu 个已知实体，写入 %s\n",
                        "%s: %zu x %zu x %zu voxels, %zu solids of known truth, in %s\n"),
                 p->used.kind->name, g->dim[0], g->dim[1], g->dim[2], p->truth_count, out);
    return nw_run_put(run, "truth", truth_json(p), err) &&
           nw_run_put(run, "dim",
                      json_pack("[I, I, I]", (json_int_t)g->dim[0], (json_int_t)g->dim[1],
                                (json_int_t)g->dim[2]),
                      err);
}

static int phantom(const void *void_args, struct nw_run *run, struct nw_err *err)
{
    const struct phantom_args *args = void_args;
    const struct nw_phantom_kind *kind = NULL;
    if (args->list)
        return list_kinds(run, err);
    if (!find_kind(args->name, &kind, err))
        return 2;
    if (!args->out) {
        nw_fail(err, NW_ERR_ARGUMENT, "say where to write the phantom: -o FOLDER");
        return 2;
    }
    if (!run->record) /* beside the truth, not among the slices */
        run->record = nw_arena_printf(&run->arena, err, "%s/phantom.step.json", args->out);
    if (!run->record)
        return 1;
    struct nw_phantom p = {0};
    const struct nw_phantom_opts opts = options(args, kind);
    if (!nw_phantom_make(&opts, &p, err))
        return 1;
    const bool ok =
        make_folder(args->out, err) && write_truth_json(run, args->out, &p, err) &&
        (args->no_truth || write_truth_surface(run, args->out, args->truth_cell_mm, &p, err)) &&
        write_series(run, args->out, &p.scan, err) && report(run, args->out, &p, err);
    nw_phantom_release(&p);
    return ok ? 0 : 1;
}

const struct nw_command nw_cmd_phantom = {
    .name = "phantom",
    .zh = "制作已知真值的模体扫描（DICOM），真值在旁",
    .en = "Make a DICOM scan of known truth, with the truth beside it",
    .args = phantom_args,
    .args_size = sizeof(struct phantom_args),
    .run = phantom,
};
