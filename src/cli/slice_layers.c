/* cli/slice_layers.c -- pictures of the layers of a model or of a design's field, and their
 * proof; see slice_priv.h. */
#include "cli/slice_priv.h"

#include <string.h>

#include "cli/version.h"
#include "core/parallel.h"
#include "io/io.h"
#include "print/hollow.h"
#include "print/support.h"

/* A name the printer can show: of the output's, what is a letter, a digit, - or _. */
static const char *job_name(struct nw_run *run, const char *path, struct nw_err *err)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *point = strrchr(base, '.');
    char *name =
        nw_arena_textn(&run->arena, base, point ? (size_t)(point - base) : strlen(base), err);
    for (char *c = name; c && *c; c++) {
        const bool plain = (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') ||
                           (*c >= 'A' && *c <= 'Z') || *c == '-';
        if (!plain)
            *c = '_';
    }
    if (name && strlen(name) > 40)
        name[40] = 0;
    /* PrusaSlicer passes over pictures that are called so */
    char *word = name ? strcasestr(name, "thumbnail") : NULL;
    for (; word; word = strcasestr(word, "thumbnail"))
        *word = '_';
    return name;
}

/* ---- the proof at hand-over ---- */

/* What is read back from the file against the design, at the scale it is built with. */
struct proof {
    double volume_percent; /* differences; NAN: the volume is not known otherwise */
    double planned_mm3, box_mm, volume_limit_percent, box_limit_mm;
    struct nw_layers_compared compared; /* of a field's pixels */
};

/* A tenth of a percent, and what rounding to bytes and layers can do to thin parts. */
enum { VOLUME_LIMIT_PERCENT = 1, COMPARED_ROWS = 100 };

struct slicing {
    const struct slice_args *args;
    struct nw_run *run;
    struct nw_bed *bed;
    struct nw_slice_field field;
    struct nw_field *own; /* that a model was made into, to be hollow */
    struct nw_tape *tape;
    struct nw_placement place;
    struct nw_layers layers; /* of the part */
    struct nw_layers grown;  /* its faces moved as the profile asks */
    struct nw_layers all;    /* and with its supports */
    double layers_mm3;       /* of the first of them; NAN: of what was written */
    struct nw_supports supports;
    struct nw_tracked found;
    struct nw_stack_cost cost;
    struct nw_stack_facts back;
};

/* Of a model as planned; of a field, as its pixels are. */
static nw_vec3 built_size(const struct slicing *s)
{
    const nw_vec3 has = nw_box_size(s->back.box);
    const bool along = s->bed->machine.pixels.column_axis == 'x';
    return s->field.field ? nw_v3(along ? has.x : has.y, along ? has.y : has.x, has.z)
                          : nw_box_size(s->place.box);
}

/* Limits of the box: two pixels and a layer. */
static struct proof prove(const struct slicing *s)
{
    const double *k = s->place.scale;
    const bool along = s->bed->machine.pixels.column_axis == 'x';
    const nw_vec3 want = nw_box_size(s->place.box), has = nw_box_size(s->back.box);
    double dx = (along ? has.x : has.y) - want.x, dy = (along ? has.y : has.x) - want.y;
    const bool supported = s->supports.rod_count > 0;
    const double lifted = supported ? s->bed->place.lift_mm : 0;
    if (s->field.field) { /* its extent along x and y is only known to be no larger */
        dx = fmax(dx, 0);
        dy = fmax(dy, 0);
    }
    const double grown = 2 * s->bed->machine.compensation.outward_mm;
    dx = fabs(dx) > 0 ? dx - grown : dx;
    dy = fabs(dy) > 0 ? dy - grown : dy;
    if (supported) /* they stand around it, and on the bed */
        dx = dy = 0;
    double dz = has.z - lifted - want.z;
    if (s->args->hollow_mm > 0) /* a hole may take away a tip */
        dz = fmax(dz, 0);
    const double volume = isnan(s->layers_mm3) ? s->back.volume_mm3 : s->layers_mm3;
    const double planned =
        s->field.field ? (double)NAN : s->bed->volume_mm3 * k[0] * k[1] * k[2];
    return (struct proof){
        .planned_mm3 = planned,
        .volume_percent = 100 * (volume / planned - 1),
        .box_mm = fmax(fabs(dx), fmax(fabs(dy), fabs(dz))),
        .volume_limit_percent = VOLUME_LIMIT_PERCENT,
        .box_limit_mm =
            2 * fmax(s->layers.pixel_mm[0], s->layers.pixel_mm[1]) + s->layers.layer_mm,
    };
}

static void print_proof(const struct slicing *s, const struct proof *p)
{
    struct nw_run *run = s->run;
    if (s->field.field)
        nw_run_print(run,
                     nw_say(run,
                            "1:1 核对：%zu 个像素与直接计算比较，%zu 个不同；尺寸 %.3f mm\n",
                            "1:1 proof: of %zu pixels asked of the field itself %zu differ; "
                            "size %.3f mm\n"),
                     p->compared.pixels, p->compared.differing, p->box_mm);
    else
        nw_run_print(
            run,
            nw_say(run, "1:1 核对（从文件读回）：体积 %+.3f %%，尺寸 %.3f mm\n",
                   "1:1 proof (read back from the file): volume %+.3f %%, size %.3f mm\n"),
            p->volume_percent, p->box_mm);
}

static bool judge_proof(const struct slicing *s, const struct proof *p, struct nw_err *err)
{
    print_proof(s, p);
    /* overlapping parts have less volume together than one by one */
    const bool volume_ok = s->field.field ||
                           fabs(p->volume_percent) <= p->volume_limit_percent ||
                           (s->bed->model.part_count > 1 && p->volume_percent < 0);
    if (p->compared.differing > 0)
        return nw_fail(err, NW_ERR_INTERNAL,
                       "%zu of %zu pixels are not what the field itself says",
                       p->compared.differing, p->compared.pixels);
    if (!volume_ok || p->box_mm > p->box_limit_mm)
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "the layers differ from the model by %.2f %% in volume and %.3f mm in "
                       "size; at most %g %% and %.3f mm are allowed: is the model a solid "
                       "(nuwa check), and are its walls thicker than a pixel",
                       p->volume_percent, p->box_mm, p->volume_limit_percent, p->box_limit_mm);
    return nw_run_put(s->run, "proof",
                      json_pack("{s:o, s:o, s:f, s:f, s:f, s:I, s:I}", "planned_mm3",
                                nw_json_number(p->planned_mm3), "volume_error_percent",
                                nw_json_number(p->volume_percent), "size_error_mm", p->box_mm,
                                "volume_limit_percent", p->volume_limit_percent,
                                "size_limit_mm", p->box_limit_mm, "pixels_compared",
                                (json_int_t)p->compared.pixels, "pixels_differing",
                                (json_int_t)p->compared.differing),
                      err);
}

/* ---- pictures ---- */

bool nw_slice_put_cost(struct nw_run *run, const struct nw_layers *layers,
                       const struct nw_stack_cost *c, struct nw_err *err)
{
    nw_run_print(run,
                 nw_say(run, "%zu 层，每层 %g mm；材料 %.2f cm³、%.1f g；约 %.0f 分钟\n",
                        "%zu layers of %g mm; material %.2f cm3, %.1f g; about %.0f min\n"),
                 layers->count, layers->layer_mm, c->volume_mm3 / 1000, c->mass_g,
                 c->time_s / 60);
    return nw_run_put(run, "layers", json_integer((json_int_t)layers->count), err) &&
           nw_run_put(run, "layer_mm", nw_json_number(layers->layer_mm), err) &&
           nw_run_put(run, "volume_mm3", nw_json_number(c->volume_mm3), err) &&
           nw_run_put(run, "mass_g", nw_json_number(c->mass_g), err) &&
           nw_run_put(run, "cost", nw_json_number(c->cost), err) &&
           nw_run_put(run, "time_s", nw_json_number(c->time_s), err);
}

/* Of all parts together. */
static bool field_of_model(struct slicing *s, struct nw_err *err)
{
    const struct nw_model *m = &s->bed->model;
    s->own = nw_field_new(err);
    nw_node root = -1;
    nw_box box = nw_box_empty();
    for (size_t n = 0; s->own && n < m->part_count; n++) {
        const nw_node part = nw_field_mesh(s->own, &m->part[n].mesh, err);
        const nw_box own = nw_mesh_box(&m->part[n].mesh);
        root = n == 0 ? part : nw_field_union(s->own, root, part, err);
        box = nw_box_with(nw_box_with(box, own.min), own.max);
    }
    s->field = (struct nw_slice_field){s->own, root, box};
    return root >= 0;
}

static bool place_part(struct slicing *s, struct nw_err *err)
{
    struct nw_bed *bed = s->bed;
    if (bed->model.part_count > 0)
        return nw_place_model(&bed->model, &bed->machine, &bed->place, &s->place, err);
    struct nw_tape *tape = nw_tape_new(s->field.field, s->field.root, err);
    const bool ok =
        tape && nw_place_tape(tape, s->field.box, &bed->machine, &bed->place, &s->place, err);
    nw_tape_free(tape);
    return ok;
}

static bool put_hollow(const struct slicing *s, const struct nw_hollowed *h, struct nw_err *err)
{
    json_t *holes = json_array();
    nw_run_print(s->run,
                 nw_say(s->run, "掏空：%zu 个空腔，省 %.2f cm³；%zu 个排液孔\n",
                        "hollow: %zu hollows save %.2f cm3; %zu drain holes\n"),
                 h->hollows, h->saved_mm3 / 1000, h->holes);
    for (size_t n = 0; n < h->holes; n++)
        (void)json_array_append_new(holes, nw_json_point(h->hole_mm[n]));
    return nw_run_put(s->run, "hollow",
                      json_pack("{s:f, s:I, s:f, s:o}", "wall_mm", s->args->hollow_mm,
                                "hollows", (json_int_t)h->hollows, "saved_mm3", h->saved_mm3,
                                "holes_mm", holes),
                      err);
}

/* Distances of a mesh or a design are asked often from here on: sampled once. */
static bool hollow_out(struct slicing *s, struct nw_err *err)
{
    const struct nw_hollow_opts opts = {s->args->hollow_mm, s->args->hole_mm};
    const struct nw_bake_opts bake = {.band_mm = 1, .inside_mm = s->args->hollow_mm + 1};
    struct nw_hollowed h = {0};
    nw_stage("掏空", "hollowing");
    if (!s->field.field && !field_of_model(s, err))
        return false;
    const nw_box box = nw_box_grown(s->field.box, 1);
    const nw_node baked = nw_field_baked(s->field.field, s->field.root, box, &bake, NULL, err);
    if (baked < 0 ||
        !nw_hollow(s->field.field, baked, &s->place, &s->bed->machine, &opts, &h, err))
        return false;
    s->field.root = h.root;
    return put_hollow(s, &h, err);
}

static bool take_layers(struct slicing *s, struct nw_err *err)
{
    const struct nw_raster_opts raster = {.layer_mm = s->args->layer_mm};
    struct nw_bed *bed = s->bed;
    if (!place_part(s, err) || (s->args->hollow_mm > 0 && !hollow_out(s, err)))
        return false;
    if (!s->field.field)
        return nw_layers_of_model(&bed->model, &s->place, &bed->machine, &raster, &s->layers,
                                  err);
    s->tape = nw_tape_new(s->field.field, s->field.root, err);
    return s->tape &&
           nw_layers_of_tape(s->tape, &s->place, &bed->machine, &raster, &s->layers, err);
}

/* ---- supports ---- */

/* Without --lift, room for posts and for cutting them off. */
static const double LIFT_MM = 5;

static bool put_supports(const struct slicing *s, struct nw_err *err)
{
    const struct nw_supports *p = &s->supports;
    nw_run_print(
        s->run,
        nw_say(s->run,
               "支撑：%zu 个（其中 %zu 个立在部件上），约 %.2f cm³；无支撑时孤岛 %zu 个\n",
               "supports: %zu (%zu of them stand on the part), about %.2f cm3; without "
               "them %zu islands\n"),
        p->tips, p->on_part, p->volume_mm3 / 1000, p->islands);
    if (p->kept_clear > 0)
        nw_run_print(s->run,
                     nw_say(s->run, "应避开而未支撑：%zu 处，其中孤岛 %zu 个\n",
                            "kept clear and not held: %zu places, %zu islands among them\n"),
                     p->kept_clear, p->islands_clear);
    return nw_run_put(s->run, "supports",
                      json_pack("{s:I, s:I, s:I, s:I, s:I, s:f, s:f}", "tips",
                                (json_int_t)p->tips, "on_part", (json_int_t)p->on_part,
                                "islands_without", (json_int_t)p->islands, "kept_clear",
                                (json_int_t)p->kept_clear, "islands_kept_clear",
                                (json_int_t)p->islands_clear, "volume_mm3", p->volume_mm3,
                                "lift_mm", s->bed->place.lift_mm),
                      err);
}

static bool find_supports(struct slicing *s, struct nw_err *err)
{
    const struct nw_model_read_opts read = {0};
    const char *path = s->args->keep_clear;
    struct nw_model clear = {0};
    const struct nw_support_opts opts = {.overhang_deg = s->bed->machine.limits.overhang_deg,
                                         .spacing_mm = s->args->spacing_mm,
                                         .keep_clear = path ? &clear : NULL,
                                         .clear_mm = s->args->clear_mm};
    nw_stage("支撑", "supports");
    const bool ok =
        (!path ||
         (nw_model_read(path, &read, &clear, err) && nw_run_read_file(s->run, path, err))) &&
        nw_supports_find(&s->grown, &opts, &s->supports, err) && put_supports(s, err);
    nw_model_release(&clear);
    return ok;
}

/* The volume to prove is that of the layers before anything is done to them. */
static bool measure_layers(struct slicing *s, struct nw_err *err)
{
    struct nw_tracked found = {0};
    const struct nw_track_opts opts = nw_bed_track_opts(&s->bed->machine);
    if (!nw_layers_track(&s->layers, &opts, &found, err))
        return false;
    s->layers_mm3 = found.volume_mm3;
    return true;
}

static bool add_supports(struct slicing *s, struct nw_err *err)
{
    const struct nw_compensation *c = &s->bed->machine.compensation;
    const bool moves = fabs(c->outward_mm) > 0 || c->first_layer_mm > 0;
    s->layers_mm3 = (double)NAN;
    if ((moves && !measure_layers(s, err)) ||
        !nw_layers_grown(&s->layers, c, &s->bed->machine, &s->grown, err) ||
        (s->args->supports && !find_supports(s, err)))
        return false;
    if (!moves && s->args->supports)
        s->layers_mm3 = s->supports.part_mm3;
    return nw_layers_supported(&s->grown, &s->supports, &s->bed->machine, &s->all, err);
}

/* ---- the whole ---- */

static bool write_pictures(struct slicing *s, enum nw_stack_kind kind, struct nw_err *err)
{
    const char *staged = NULL, *name = job_name(s->run, s->args->out, err);
    const struct nw_stack_job job = {
        .kind = kind,
        .layers = &s->all,
        .machine = &s->bed->machine,
        .material = s->bed->material,
        .name = name,
        .program = "nuwa-" NW_VERSION,
        .track = nw_bed_track_opts(&s->bed->machine),
    };
    nw_stage("切片", "slicing");
    return name && nw_run_stage(s->run, s->args->out, &staged, err) &&
           nw_stack_write(staged, &job, &s->found, &s->cost, &s->back, err) &&
           nw_slice_put_cost(s->run, &s->all, &s->cost, err);
}

static bool verify(struct slicing *s, struct nw_err *err)
{
    struct proof proof = prove(s);
    if (s->field.field && !nw_layers_compare(&s->layers, s->field.field, s->field.root,
                                             COMPARED_ROWS, 1, &proof.compared, err))
        return false;
    return judge_proof(s, &proof, err) &&
           nw_run_put(s->run, "size_mm", nw_json_point(built_size(s)), err) &&
           nw_bed_put_found(s->run, &s->all, &s->found, err);
}

int nw_slice_pictures(const struct slice_args *args, struct nw_run *run, struct nw_bed *bed,
                      const struct nw_slice_field *field, enum nw_stack_kind kind,
                      struct nw_err *err)
{
    struct slicing s = {.args = args, .run = run, .bed = bed, .field = *field};
    if (args->supports && !(args->lift_mm > 0))
        bed->place.lift_mm = LIFT_MM;
    const bool ok = take_layers(&s, err) && add_supports(&s, err) &&
                    write_pictures(&s, kind, err) && verify(&s, err);
    nw_layers_release(&s.all);
    nw_supports_release(&s.supports);
    nw_layers_release(&s.grown);
    nw_layers_release(&s.layers);
    nw_tape_free(s.tape);
    nw_field_free(s.own);
    return ok ? (nw_bed_is_doubtful(bed, &s.found) ? 3 : 0) : 1;
}
