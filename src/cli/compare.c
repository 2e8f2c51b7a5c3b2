/*
 * cli/compare.c -- `nuwa compare`: how far two results lie apart. Surfaces by exact distances
 * both ways; labels by what they share and by the distances of their surfaces, which come from
 * the one extractor, so that areas weigh as they are and not as a staircase has them.
 */
#include <string.h>

#include "cli/compare_priv.h"
#include "core/volume.h"
#include "field/surface.h"
#include "image/overlap.h"
#include "io/io.h"
#include "mesh/distance.h"

struct compare_args {
    const char *a, *b;
    double spacing_mm;
    int64_t label;
};

enum { MOST_LABELS = 65535 };
static const double MESH_SPACING_MM = 0.25; /* finer than any scan resolves */

/* One side of the comparison. */
struct side {
    bool is_model;
    struct nw_mesh mesh;     /* of a model: all its parts */
    struct nw_volume labels; /* uint16 */
    size_t label_count;      /* the highest */
};

static void side_release(struct side *s)
{
    nw_mesh_release(&s->mesh);
    nw_volume_release(&s->labels);
}

/* ---- reading ---- */

static bool read_mesh(struct nw_run *run, const char *path, struct side *s, struct nw_err *err)
{
    NW_AUTO(nw_model) model = {0};
    const struct nw_model_read_opts opts = {0};
    if (!nw_model_read(path, &opts, &model, err) || !nw_run_read_file(run, path, err))
        return false;
    for (size_t p = 0; p < model.part_count; p++)
        if (!nw_mesh_append(&s->mesh, &model.part[p].mesh, err))
            return false;
    s->is_model = true;
    return true;
}

/* The volume's values as labels; they must be whole and not below 0. */
static bool take_labels(struct side *s, const struct nw_volume *vol, struct nw_err *err)
{
    if (!nw_volume_init_unset(&s->labels, NW_VOXEL_U16, &vol->grid, err))
        return false;
    const size_t n = nw_grid_count(&vol->grid);
    for (size_t i = 0; i < n; i++) {
        const double x = nw_volume_value(vol, i);
        if (!(x >= 0 && x <= MOST_LABELS && x == rint(x)))
            return nw_fail(err, NW_ERR_DATA,
                           "a label volume holds whole numbers from 0 on; this one holds %g",
                           x);
        s->labels.u16[i] = (uint16_t)x;
        if (s->labels.u16[i] > s->label_count)
            s->label_count = s->labels.u16[i];
    }
    return true;
}

static bool read_side(struct nw_run *run, const char *path, struct side *s, struct nw_err *err)
{
    if (nw_path_is_model(path))
        return read_mesh(run, path, s, err);
    struct nw_scan scan;
    nw_scan_init(&scan);
    const struct nw_pick pick = {0};
    const bool ok =
        nw_run_load_scan(run, path, &pick, &scan, err) && take_labels(s, &scan.volume, err);
    nw_scan_release(&scan);
    return ok;
}

/* ---- what is said ---- */

static json_t *stats_json(const struct nw_distance_stats *s)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "mean_mm", nw_json_number(s->mean_mm),
                     "rms_mm", nw_json_number(s->rms_mm), "p95_mm", nw_json_number(s->p95_mm),
                     "max_mm", nw_json_number(s->max_mm), "signed_mean_mm",
                     nw_json_number(s->signed_mean_mm));
}

static bool put_surfaces(struct nw_run *run, const struct nw_mesh_compare *c,
                         struct nw_err *err)
{
    const struct nw_distance_stats *s = &c->both;
    return nw_run_put(run, "mean_mm", nw_json_number(s->mean_mm), err) &&
           nw_run_put(run, "rms_mm", nw_json_number(s->rms_mm), err) &&
           nw_run_put(run, "p95_mm", nw_json_number(s->p95_mm), err) &&
           nw_run_put(run, "max_mm", nw_json_number(s->max_mm), err) &&
           nw_run_put(run, "signed_mean_mm", nw_json_number(s->signed_mean_mm), err) &&
           nw_run_put(run, "a_to_b", stats_json(&c->a_to_b), err) &&
           nw_run_put(run, "b_to_a", stats_json(&c->b_to_a), err) &&
           nw_run_put(run, "volume_a_mm3", nw_json_number(c->volume_a_mm3), err) &&
           nw_run_put(run, "volume_b_mm3", nw_json_number(c->volume_b_mm3), err);
}

static void print_stats(const struct nw_run *run, const char *name,
                        const struct nw_distance_stats *s)
{
    nw_run_print(
        run,
        nw_say(run, "%s：平均 %.4f mm，均方根 %.4f，95%% %.4f，最大 %.4f，带符号平均 %+.4f\n",
               "%s: mean %.4f mm, rms %.4f, 95%% %.4f, largest %.4f, signed mean "
               "%+.4f\n"),
        name, s->mean_mm, s->rms_mm, s->p95_mm, s->max_mm, s->signed_mean_mm);
}

static bool compare_meshes(struct nw_run *run, const struct nw_mesh *a, const struct nw_mesh *b,
                           double spacing_mm, struct nw_err *err)
{
    struct nw_mesh_compare c;
    if (!nw_mesh_compare(a, b, spacing_mm, &c, err) || !put_surfaces(run, &c, err))
        return false;
    print_stats(run, nw_say(run, "双向", "both ways"), &c.both);
    print_stats(run, nw_say(run, "A 到 B", "A to B"), &c.a_to_b);
    print_stats(run, nw_say(run, "B 到 A", "B to A"), &c.b_to_a);
    nw_run_print(
        run, nw_say(run, "体积 A %.2f mm³，B %.2f mm³\n", "volume A %.2f mm3, B %.2f mm3\n"),
        c.volume_a_mm3, c.volume_b_mm3);
    return true;
}

/* ---- labels ---- */

static json_t *nsd_json(const struct nw_distance_stats *both)
{
    static const char *const key[NW_TOLERANCES] = {"0.25", "0.5", "1", "3"};
    json_t *o = json_object();
    for (int k = 0; o && k < NW_TOLERANCES; k++)
        if (json_object_set_new(o, key[k], nw_json_number(both ? both->within[k] : 0)) != 0) {
            json_decref(o);
            o = NULL;
        }
    return o;
}

static json_t *maybe(const struct nw_mesh_compare *c, double value)
{
    return c ? nw_json_number(value) : json_null();
}

/* One label; c is NULL where a surface is missing on one side: distances are null then, and
 * nothing of either surface lies near the other. */
static json_t *label_json(size_t label, const struct nw_overlap *o, double voxel_mm3,
                          const struct nw_mesh_compare *c)
{
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "label",
                     (json_int_t)label, "dice", nw_json_number(o->dice), "iou",
                     nw_json_number(o->iou), "assd_mm", maybe(c, c ? c->both.mean_mm : 0),
                     "hd95_mm", maybe(c, c ? fmax(c->a_to_b.p95_mm, c->b_to_a.p95_mm) : 0),
                     "max_mm", maybe(c, c ? c->both.max_mm : 0), "volume_error_percent",
                     nw_json_number(o->volume_error_percent), "volume_a_mm3",
                     nw_json_number((double)o->voxels_a * voxel_mm3), "volume_b_mm3",
                     nw_json_number((double)o->voxels_b * voxel_mm3), "nsd",
                     nsd_json(c ? &c->both : NULL));
}

static void print_label(const struct nw_run *run, size_t label, const struct nw_overlap *o,
                        const struct nw_mesh_compare *c)
{
    nw_run_print(run,
                 nw_say(run, "标签 %zu：Dice %.4f，体积误差 %+.2f%%",
                        "label %zu: Dice %.4f, volume %+.2f%%"),
                 label, o->dice, o->volume_error_percent);
    if (c)
        nw_run_print(
            run,
            nw_say(run,
                   "，平均 %.4f mm，HD95 %.4f，最大 %.4f，NSD(0.25/0.5/1/3 mm) %.4f "
                   "%.4f %.4f %.4f",
                   ", mean %.4f mm, HD95 %.4f, largest %.4f, NSD(0.25/0.5/1/3 mm) %.4f "
                   "%.4f %.4f %.4f"),
            c->both.mean_mm, fmax(c->a_to_b.p95_mm, c->b_to_a.p95_mm), c->both.max_mm,
            c->both.within[0], c->both.within[1], c->both.within[2], c->both.within[3]);
    nw_run_print(run, "\n");
}

struct pair {
    const struct side *a, *b;
    struct nw_overlap *overlap;
    struct nw_mesh *mesh_a, *mesh_b; /* by label - 1 */
    size_t count;
    double spacing_mm;
};

static bool add_label(struct nw_run *run, const struct pair *p, size_t i, json_t *list,
                      struct nw_err *err)
{
    const struct nw_overlap *o = &p->overlap[i];
    struct nw_mesh_compare c;
    const bool both = o->voxels_a > 0 && o->voxels_b > 0;
    if (both && !nw_mesh_compare(&p->mesh_a[i], &p->mesh_b[i], p->spacing_mm, &c, err))
        return nw_fail_at(err, "label %zu", i + 1);
    const double voxel_mm3 = fabs(nw_grid_voxel_mm3(&p->a->labels.grid));
    print_label(run, i + 1, o, both ? &c : NULL);
    return json_array_append_new(list, label_json(i + 1, o, voxel_mm3, both ? &c : NULL)) ==
               0 ||
           nw_fail(err, NW_ERR_MEMORY, "no memory for the result");
}

static bool add_labels(struct nw_run *run, struct pair *p, int64_t only, struct nw_err *err)
{
    if (!nw_overlap_labels(&p->a->labels, &p->b->labels, p->count, p->overlap, err) ||
        !nw_surface_of_labels(&p->a->labels, p->count, p->mesh_a, err) ||
        !nw_surface_of_labels(&p->b->labels, p->count, p->mesh_b, err))
        return false;
    json_t *list = json_array();
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < p->count; i++)
        if ((only == 0 || only == (int64_t)i + 1) &&
            p->overlap[i].voxels_a + p->overlap[i].voxels_b > 0)
            ok = add_label(run, p, i, list, err);
    if (!ok) {
        json_decref(list);
        return false;
    }
    return nw_run_put(run, "labels", list, err);
}

static bool compare_labels(struct nw_run *run, const struct side *a, const struct side *b,
                           const struct compare_args *args, struct nw_err *err)
{
    const size_t count = a->label_count > b->label_count ? a->label_count : b->label_count;
    if (count == 0)
        return nw_fail(err, NW_ERR_GEOMETRY, "neither volume holds a label above 0");
    NW_AUTOFREE struct nw_overlap *overlap = NW_ALLOC(struct nw_overlap, count, err);
    NW_AUTOFREE struct nw_mesh *mesh =
        overlap ? NW_ALLOC(struct nw_mesh, 2 * count, err) : NULL;
    if (!mesh)
        return false;
    const nw_vec3 voxel = nw_grid_spacing(&a->labels.grid);
    const double half = fmin(voxel.x, fmin(voxel.y, voxel.z)) / 2;
    const double spacing_mm = args->spacing_mm > 0 ? args->spacing_mm : half;
    struct pair p = {a, b, overlap, mesh, mesh + count, count, spacing_mm};
    const bool ok = add_labels(run, &p, args->label, err);
    for (size_t i = 0; i < 2 * count; i++)
        nw_mesh_release(&mesh[i]);
    return ok;
}

/* The surface of one label, or of all that is not 0. */
static bool label_surface(struct side *s, int64_t label, struct nw_mesh *out,
                          struct nw_err *err)
{
    const size_t n = nw_grid_count(&s->labels.grid);
    for (size_t i = 0; i < n; i++)
        s->labels.u16[i] = label > 0 ? s->labels.u16[i] == label : s->labels.u16[i] > 0;
    return nw_surface_of_labels(&s->labels, 1, out, err);
}

static bool compare(struct nw_run *run, struct side s[2], const struct compare_args *args,
                    struct nw_err *err)
{
    if (!s[0].is_model && !s[1].is_model)
        return compare_labels(run, &s[0], &s[1], args, err);
    for (int i = 0; i < 2; i++)
        if (!s[i].is_model && !label_surface(&s[i], args->label, &s[i].mesh, err))
            return false;
    return compare_meshes(run, &s[0].mesh, &s[1].mesh,
                          args->spacing_mm > 0 ? args->spacing_mm : MESH_SPACING_MM, err);
}

static int run_compare(const void *args, struct nw_run *run, struct nw_err *err)
{
    const struct compare_args *a = args;
    struct side s[2] = {0};
    if (nw_path_is_document(a->a) && nw_path_is_document(a->b))
        return nw_compare_documents(run, a->a, a->b, err) ? 0 : 1;
    const bool ok = read_side(run, a->a, &s[0], err) && read_side(run, a->b, &s[1], err) &&
                    compare(run, s, a, err);
    side_release(&s[0]);
    side_release(&s[1]);
    return ok ? 0 : 1;
}

static const struct nw_arg compare_args[] = {
    NW_INPUT(struct compare_args, a, "a", "网格、标签体数据或设计文档",
             "mesh, label volume or design document"),
    NW_INPUT(struct compare_args, b, "b", "与之比较的同类文件（参考）",
             "what to hold it against (the reference)"),
    NW_LENGTH(struct compare_args, spacing_mm, "spacing", 0.01, 100, NAN,
              "表面上采样点的最大间距（默认网格 0.25 mm，标签半个体素）",
              "samples on the surfaces lie no further apart than this (preset: 0.25 mm, for "
              "labels half a voxel)"),
    NW_COUNT(struct compare_args, label, "label", 0, 65535, 0, "只比较这个标签（0：全部）",
             "compare this label only (0: all)"),
    {.kind = NW_ARG_END},
};

const struct nw_command nw_cmd_compare = {
    .name = "compare",
    .zh = "比较两个结果或设计版本：表面距离、重叠、体积、文本",
    .en =
        "Compare two results or versions of a design: surface distances, overlap, volume, text",
    .args = compare_args,
    .args_size = sizeof(struct compare_args),
    .run = run_compare,
};
