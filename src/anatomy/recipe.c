/* anatomy/recipe.c -- see recipe.h. */
#include <string.h>

#include "anatomy/drawn_priv.h"
#include "anatomy/numbers_priv.h"
#include "anatomy/tissue_priv.h"
#include "anatomy/untangle_priv.h"
#include "core/parallel.h"
#include "field/surface.h"

static const double SIMPLIFY_MM = 0.05, METAL_REACH_MM = 4;

struct entry {
    struct nw_recipe recipe;
    double min_part_mm3;
    bool (*find)(const struct nw_tissue_input *in, struct nw_tissues *out, struct nw_err *err);
};

static const struct entry ENTRY[] = {
    {{"bone", "骨骼：局部半高处的表面（CT）", "bone, at its local half-maximum (CT)", true},
     20,
     nw_bone_find},
    {{"skin", "皮肤（CT）", "skin (CT)", true}, 1000, nw_skin_find},
    {{"lung", "肺，不含气道（CT）", "lungs without the airway (CT)", true}, 2000, nw_lung_find},
    {{"airway", "气道，从气管开始（CT）", "airway, from the windpipe (CT)", true},
     20,
     nw_airway_find},
    {{"threshold", "任意组织：灰度范围 LO..HI", "any tissue: a range of grey values LO..HI",
      false},
     20,
     nw_range_find},
};
enum { ENTRIES = sizeof ENTRY / sizeof *ENTRY };

const struct nw_recipe *nw_recipe_at(size_t index)
{
    return index < ENTRIES ? &ENTRY[index].recipe : NULL;
}

const struct nw_recipe *nw_recipe_find(const char *name)
{
    for (size_t n = 0; n < ENTRIES; n++)
        if (strcmp(ENTRY[n].recipe.name, name) == 0)
            return &ENTRY[n].recipe;
    return NULL;
}

static const struct entry *entry_of(const struct nw_recipe *recipe)
{
    for (size_t n = 0; n < ENTRIES; n++)
        if (!recipe || recipe == &ENTRY[n].recipe)
            return &ENTRY[n];
    return NULL;
}

static bool check_opts(const struct entry *e, const struct nw_reconstruct_opts *o,
                       struct nw_err *err)
{
    if (!e)
        return nw_fail(err, NW_ERR_ARGUMENT, "this is not one of the recipes");
    if (e->find == nw_range_find && !(o->lo_hu <= o->hi_hu))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "the range of grey values must run from low to high, such as 150..3000");
    if (!(o->min_part_mm3 >= 0) || !isfinite(o->simplify_mm) || !(o->smooth_mm >= 0))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "limits in mm and mm3 must be numbers that are not negative");
    return true;
}

static bool check_scale(const struct entry *e, const struct nw_calibration *c,
                        struct nw_err *err)
{
    if (!e->recipe.needs_hu || c->scale == NW_GREY_HU)
        return true;
    return nw_fail(
        err, NW_ERR_STATE,
        "the %s recipe needs Hounsfield units, but %s; use --preset "
        "threshold=LO..HI with grey values of this scan, which run from %.6g to %.6g",
        e->recipe.name, nw_either(c->zh, c->en), c->min_hu, c->max_hu);
}

struct job {
    const struct nw_scan *scan;
    const struct nw_reconstruct_opts *opts;
    struct nw_grey grey;
    struct nw_tissues tissues;
    struct nw_reconstruction *out;
};

static struct nw_refine_opts refine_opts(struct nw_tissue *t, const struct nw_calibration *cal)
{
    return (struct nw_refine_opts){
        .cal = cal,
        .density = &t->density,
        .local = t->local,
        .plateau_hu = t->plateau_hu,
        .soft_hu = nw_calibration_soft_hu(cal),
        .metal_mm = METAL_REACH_MM,
    };
}

bool nw_tissue_surface(struct nw_tissue *t, const struct nw_edge *edge,
                       const struct nw_calibration *cal, const struct nw_bits *changed,
                       struct nw_mesh *mesh, struct nw_err *err)
{
    nw_stage("提取表面", "extracting the surface");
    const struct nw_lattice lattice = nw_edge_lattice(edge);
    if (!nw_surface_extract(&lattice, mesh, err))
        return false;
    if (mesh->tri_count == 0)
        return true;
    nw_stage("按原始灰度精确定位表面", "placing the surface by the original grey values");
    NW_AUTOFREE nw_vec3 *before = NW_ALLOC_UNSET(nw_vec3, mesh->vert_count, err);
    if (!before)
        return false;
    memcpy(before, mesh->pos_mm, mesh->vert_count * sizeof *before);
    const struct nw_refine_opts opts = refine_opts(t, cal);
    if (!nw_edge_refine(edge, &opts, mesh, err))
        return false;
    if (changed->word && !nw_drawn_place(edge, changed, before, mesh, err))
        return false;
    nw_stage("检查表面不自相交", "making sure that the surface does not cross itself");
    return nw_untangle(mesh, before, err);
}

/* Smoothing and simplification, as asked, with what they moved. */
static bool finish_mesh(const struct nw_reconstruct_opts *o, struct nw_mesh *mesh,
                        struct nw_part_numbers *numbers, struct nw_err *err)
{
    if (o->smooth_mm > 0) {
        nw_stage("平滑", "smoothing");
        const struct nw_smooth_opts opts = {.bound_mm = o->smooth_mm};
        if (!nw_mesh_smooth_inplace(mesh, &opts, &numbers->smoothed, err))
            return false;
    }
    if (o->simplify_mm < 0)
        return true;
    nw_stage("简化", "simplifying");
    nw_mem_reuse_end();
    const struct nw_simplify_opts opts = {.bound_mm = o->simplify_mm > 0 ? o->simplify_mm
                                                                         : SIMPLIFY_MM};
    return nw_mesh_simplify_inplace(mesh, &opts, &numbers->simplified, err);
}

static bool make_part(struct job *j, size_t n, struct nw_mesh *mesh, struct nw_err *err)
{
    struct nw_tissue *t = &j->tissues.tissue[n];
    struct nw_reconstruction *r = j->out;
    NW_AUTOFREE uint8_t *block = nw_edge_blocks(&j->tissues.labels, (uint8_t)(n + 1), err);
    if (!block)
        return false;
    struct nw_edge edge = t->edge;
    edge.labels = &j->tissues.labels;
    edge.part = (uint8_t)(n + 1);
    edge.block = block;
    if (!nw_tissue_surface(t, &edge, &r->calibration, &j->tissues.changed, mesh, err))
        return false;
    if (mesh->tri_count == 0)
        return true;
    struct nw_part_numbers *numbers = &r->numbers[r->part_count];
    if (!finish_mesh(j->opts, mesh, numbers, err))
        return false;
    nw_stage("测量", "measuring");
    if (!nw_part_measure(mesh, &j->grey, &j->tissues.labels, edge.part, numbers, err) ||
        !nw_model_add(&r->model, t->name, t->rgba, mesh, err))
        return false;
    numbers->name = nw_arena_text(&r->arena, t->name, err);
    numbers->label = edge.part;
    r->part_count++;
    return numbers->name != NULL;
}

static bool make_parts(struct job *j, struct nw_err *err)
{
    struct nw_reconstruction *r = j->out;
    const size_t count = j->tissues.count;
    r->numbers = nw_arena_alloc(&r->arena, NW_TISSUES_MAX * sizeof *r->numbers, err);
    r->label_name = nw_arena_alloc(&r->arena, (count + 1) * sizeof *r->label_name, err);
    if (!r->numbers || !r->label_name)
        return false;
    memset(r->numbers, 0, NW_TISSUES_MAX * sizeof *r->numbers);
    r->label_name[0] = "";
    r->label_count = count + 1;
    for (size_t n = 0; n < count; n++) {
        const char *name = j->tissues.tissue[n].name;
        r->label_name[n + 1] = name ? nw_arena_text(&r->arena, name, err) : "";
        struct nw_mesh mesh = {0};
        const bool ok = r->label_name[n + 1] && (!name || make_part(j, n, &mesh, err));
        nw_mesh_release(&mesh);
        if (!ok)
            return false;
    }
    if (r->part_count == 0)
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "nothing of this kind, and not below the limit of size, was found");
    return true;
}

static bool list_left_out(struct job *j, struct nw_err *err)
{
    static const struct {
        const char *zh, *en;
    } text[NW_LEFT_KINDS] = {
        [NW_LEFT_TABLE] = {"检查床", "table"},
        [NW_LEFT_CAST] = {"皮肤外的大块物体：石膏、夹板或支架",
                          "large object outside the skin: cast, splint or holder"},
        [NW_LEFT_OUTSIDE] = {"皮肤外的小物体：导线、夹子", "small object outside the skin"},
        [NW_LEFT_SMALL] = {"小于体积下限的碎块", "piece below the limit of size"},
        [NW_LEFT_CONTRAST] = {"均匀的高亮结构：含造影剂的血管或脏器",
                              "bright and even: vessel or organ with contrast agent"},
        [NW_LEFT_SOFT] = {"亮度不足以确认为骨：软骨、钙化或造影剂",
                          "too faint to be surely bone: cartilage, calcification or contrast"},
        [NW_LEFT_CAVITY] = {"填实的内部小空腔", "small inner cavity, filled"},
        [NW_LEFT_PORES] = {"填实的松质骨孔隙", "spongy pores, filled"},
        [NW_LEFT_OTHER] = {"其他", "other"},
    };
    struct nw_reconstruction *r = j->out;
    r->left_out = nw_arena_alloc(&r->arena, NW_LEFT_KINDS * sizeof *r->left_out, err);
    if (!r->left_out)
        return false;
    for (int k = 0; k < NW_LEFT_KINDS; k++) {
        const struct nw_leftover *l = &j->tissues.left[k];
        if (l->pieces)
            r->left_out[r->left_out_count++] = (struct nw_left_out){
                text[k].zh, text[k].en, l->place_mm, l->volume_mm3, l->pieces};
    }
    return true;
}

/* On what the recipe found, before anybody corrects it: what walls are made of is the scan's to
 * say, and the same for the whole and for a region of it. */
static bool measure_densities(struct nw_tissues *tissues, const struct nw_calibration *cal,
                              struct nw_err *err)
{
    nw_stage("测量骨壁的密度", "measuring the density of walls");
    for (size_t n = 0; n < tissues->count; n++) {
        struct nw_tissue *t = &tissues->tissue[n];
        if (!t->name || !t->local)
            continue;
        struct nw_edge edge = t->edge;
        struct nw_mesh mesh = {0};
        edge.labels = &tissues->labels;
        edge.part = (uint8_t)(n + 1);
        NW_AUTOFREE uint8_t *block = nw_edge_blocks(edge.labels, edge.part, err);
        edge.block = block;
        const struct nw_lattice lattice = nw_edge_lattice(&edge);
        const struct nw_refine_opts opts = refine_opts(t, cal);
        const bool ok = block && nw_surface_extract(&lattice, &mesh, err) &&
                        (mesh.tri_count == 0 || nw_edge_density(&edge, &opts, &mesh, err));
        nw_mesh_release(&mesh);
        if (!ok)
            return false;
    }
    return true;
}

bool nw_tissues_find(const struct nw_scan *scan, const struct nw_reconstruct_opts *opts,
                     struct nw_grey *grey, struct nw_calibration *cal,
                     struct nw_tissues *tissues, struct nw_err *err)
{
    const struct entry *e = entry_of(opts->recipe);
    if (!check_opts(e, opts, err) ||
        (opts->labels && !nw_labels_check(opts->labels, &scan->volume.grid, err)) ||
        !nw_calibrate(scan, cal, err) || !check_scale(e, cal, err) ||
        !nw_grey_init(grey, &scan->volume, err))
        return false;
    const struct nw_tissue_input in = {
        .grey = grey,
        .cal = cal,
        .opts = opts,
        .min_part_mm3 = opts->min_part_mm3 > 0 ? opts->min_part_mm3 : e->min_part_mm3,
        .may_hold_contrast =
            strcmp(scan->facts.format, "DICOM") != 0 || *scan->facts.contrast_agent,
    };
    return e->find(&in, tissues, err) && (!opts->edits || measure_densities(tissues, cal, err));
}

static bool run(struct job *j, struct nw_err *err)
{
    if (!nw_tissues_find(j->scan, j->opts, &j->grey, &j->out->calibration, &j->tissues, err) ||
        !nw_tissues_correct(&j->tissues, &j->scan->volume, j->opts, j->out, err) ||
        !make_parts(j, err) || !list_left_out(j, err))
        return false;
    nw_budget_fill(j->out, j->opts);
    j->out->labels = j->tissues.labels;
    j->tissues.labels = (struct nw_volume){0};
    return true;
}

bool nw_reconstruct(const struct nw_scan *scan, const struct nw_reconstruct_opts *opts,
                    struct nw_reconstruction *out, struct nw_err *err)
{
    struct nw_reconstruction r = {0};
    struct job job = {.scan = scan, .opts = opts, .out = &r};
    const bool ok = run(&job, err);
    nw_grey_release(&job.grey);
    nw_volume_release(&job.tissues.labels);
    nw_bits_release(&job.tissues.changed);
    if (ok)
        *out = r;
    else
        nw_reconstruction_release(&r);
    return ok;
}

void nw_reconstruction_release(struct nw_reconstruction *r)
{
    nw_model_release(&r->model);
    nw_volume_release(&r->labels);
    nw_arena_release(&r->arena);
    *r = (struct nw_reconstruction){0};
}
