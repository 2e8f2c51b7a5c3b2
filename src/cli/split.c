/* cli/split.c -- nuwa split: a part larger than the bed, in pieces that key together. */
#include "print/split.h"

#include <string.h>

#include "cli/bed_priv.h"
#include "core/parallel.h"
#include "core/text.h"
#include "io/io.h"

struct split_args {
    const char *model, *machine, *out, *part, *planes;
    double clearance_mm, peg_mm, cell_mm;
};

static const struct nw_arg split_args[] = {
    NW_INPUT(struct split_args, model, "model", "要分块的模型，按其现有方向放置（+z 朝上）",
             "model to cut, lying as it is, +z up"),
    NW_OUTPUT(struct split_args, out, 'o', "out", true,
              "输出：各块同在一个模型中；文件名含 {n} 时每块一个文件",
              "model of all pieces to write; with {n} in its name, a file for each"),
    {.kind = NW_ARG_TEXT,
     .name = "machine",
     .offset = NW_OF(struct split_args, machine, const char *),
     .zh = "打印机档案：名称（见 nuwa machine）或文件",
     .en = "printer's profile: a name (see nuwa machine) or a file",
     .required = true},
    NW_TEXT(struct split_args, planes, "plane",
            "切割平面，如 z=120，或 L,P,H:nL,nP,nH（点与法向），多个以分号隔开（默认自动选取）",
            "where to cut: z=120, or L,P,H:nL,nP,nH for a place and a normal; several with ; "
            "between (default: chosen)"),
    NW_TEXT(struct split_args, part, "part", "模型有多个部件时：分哪一个",
            "of a model of several parts: which"),
    NW_LENGTH(struct split_args, clearance_mm, "clearance", 0.02, 2, NAN,
              "插孔四周的间隙（默认取自档案）",
              "room around a peg in its socket (default: the profile's, for fits)"),
    NW_LENGTH(struct split_args, peg_mm, "peg", 1, 40, 8, "最粗的销的直径",
              "diameter of the thickest peg"),
    NW_LENGTH(struct split_args, cell_mm, "cell", 0.02, 5, NAN,
              "曲面网格边长（默认：打印机精度，或使整个表面约四十万格）",
              "edge of the surface's grid (default: the machine's accuracy, or for about four "
              "hundred "
              "thousand cells on the surface)"),
    {.kind = NW_ARG_END},
};

static const char placeholder[] = "{n}";

/* ---- planes ---- */

static const char *read_three(const char *at, char end, nw_vec3 *out)
{
    double v[3];
    for (int a = 0; at && a < 3; a++) {
        at = nw_number_parse(at, &v[a]);
        if (at && a < 2)
            at = *at == ',' ? at + 1 : NULL;
    }
    if (!at || *at != end)
        return NULL;
    *out = nw_v3(v[0], v[1], v[2]);
    return at;
}

/* One plane of `text`, which ends at a semicolon or the end. */
static bool read_plane(const char *text, struct nw_split_plane *out)
{
    static const nw_vec3 normal[3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    if (*text >= 'x' && *text <= 'z' && text[1] == '=') {
        double at;
        const char *end = nw_number_parse(text + 2, &at);
        out->normal = normal[*text - 'x'];
        out->point_mm = nw_scale(out->normal, end ? at : 0);
        return end && *end == 0 && isfinite(at);
    }
    const char *colon = read_three(text, ':', &out->point_mm);
    return colon && read_three(colon + 1, 0, &out->normal) && nw_finite3(out->point_mm) &&
           nw_finite3(out->normal) && nw_length(out->normal) > 1e-9;
}

static bool read_planes(const char *text, struct nw_split_plane *out, size_t *count,
                        struct nw_err *err)
{
    *count = 0;
    while (text && *text) {
        char one[128];
        const size_t len = strcspn(text, ";");
        if (*count == NW_SPLIT_PLANES)
            return nw_fail(err, NW_ERR_ARGUMENT, "--plane takes at most %d planes",
                           NW_SPLIT_PLANES);
        (void)snprintf(one, sizeof one, "%.*s", (int)(len < 127 ? len : 127), text);
        if (!read_plane(one, &out[(*count)++]))
            return nw_fail(err, NW_ERR_ARGUMENT,
                           "--plane needs planes such as z=120 or 0,0,120:0,0.1,1, not "
                           "\"%.60s\"",
                           one);
        text += len + (text[len] == ';');
    }
    return true;
}

/* ---- what came of it ---- */

static json_t *keys_json(const struct nw_split *s)
{
    json_t *list = json_array();
    for (size_t k = 0; k < s->key_count; k++) {
        const struct nw_split_key *key = &s->key[k];
        (void)json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:f, s:f, s:s, s:I, s:I, s:f}", "place_mm",
                      nw_json_point(key->place_mm), "axis", nw_json_point(key->axis),
                      "diameter_mm", 2 * key->radius_mm, "length_mm", key->length_mm, "shape",
                      key->flat ? "flat" : "round", "peg_on", (json_int_t)key->piece + 1,
                      "socket_in", (json_int_t)key->socket + 1, "turn_deg",
                      key->turn_rad * 180 / NW_PI));
    }
    return list;
}

static json_t *planes_json(const struct nw_split *s)
{
    json_t *list = json_array();
    for (size_t p = 0; p < s->plane_count; p++)
        (void)json_array_append_new(
            list, json_pack("{s:o, s:o}", "point_mm", nw_json_point(s->plane[p].point_mm),
                            "normal", nw_json_point(s->plane[p].normal)));
    return list;
}

static json_t *pieces_json(const struct nw_run *run, const struct nw_split *s)
{
    json_t *list = json_array();
    for (size_t n = 0; n < s->count; n++) {
        const struct nw_split_piece *p = &s->piece[n];
        const nw_vec3 size = nw_box_size(nw_mesh_box(&p->mesh));
        size_t pegs = 0, sockets = 0;
        for (size_t k = 0; k < s->key_count; k++) {
            pegs += s->key[k].piece == n;
            sockets += s->key[k].socket == n;
        }
        nw_run_print(run,
                     nw_say(run, "%zu：%.1f × %.1f × %.1f mm，%.2f cm³，%zu 个销、%zu 个孔%s\n",
                            "%zu: %.1f x %.1f x %.1f mm, %.2f cm3, %zu pegs, %zu sockets%s\n"),
                     n + 1, size.x, size.y, size.z, p->volume_mm3 / 1000, pegs, sockets,
                     p->turned ? nw_say(run, "；须转 90° 放置", "; turn it by 90 degrees")
                               : "");
        (void)json_array_append_new(
            list, json_pack("{s:o, s:f, s:I, s:I, s:b}", "size_mm", nw_json_point(size),
                            "volume_mm3", p->volume_mm3, "pegs", (json_int_t)pegs, "sockets",
                            (json_int_t)sockets, "turned", (int)p->turned));
    }
    return list;
}

static bool put_split(struct nw_run *run, const struct nw_split *s, struct nw_err *err)
{
    json_t *pieces = pieces_json(run, s);
    nw_run_print(run,
                 nw_say(run,
                        "间隙 %g mm；各块与间隙之和与整体相差 %+.4f %%（限值 0.1 %%），网格 %g "
                        "mm\n",
                        "clearance %g mm; pieces and clearance are off the whole by %+.4f %% "
                        "(limit 0.1 %%), at cells of %g mm\n"),
                 s->clearance_mm, 100 * s->off_mm3 / s->whole_mm3, s->cell_mm);
    return nw_run_put(run, "pieces", pieces, err) &&
           nw_run_put(run, "keys", keys_json(s), err) &&
           nw_run_put(run, "planes", planes_json(s), err) &&
           nw_run_put(run, "clearance_mm", nw_json_number(s->clearance_mm), err) &&
           nw_run_put(run, "cell_mm", nw_json_number(s->cell_mm), err) &&
           nw_run_put(run, "volume",
                      json_pack("{s:f, s:f, s:f, s:f, s:f}", "whole_mm3", s->whole_mm3,
                                "pieces_mm3", s->pieces_mm3, "clearance_mm3", s->clearance_mm3,
                                "off_mm3", s->off_mm3, "off_limit_mm3", s->off_limit_mm3),
                      err);
}

/* ---- writing ---- */

static bool write_model(struct nw_run *run, const char *path, const struct nw_model *model,
                        struct nw_err *err)
{
    const char *staged = NULL;
    return nw_run_stage(run, path, &staged, err) && nw_model_write(staged, model, NULL, err);
}

/* Takes the meshes. */
static bool write_pieces(struct nw_run *run, const char *out, const struct nw_part *part,
                         struct nw_split *s, struct nw_err *err)
{
    const char *hole = strstr(out, placeholder);
    struct nw_model all = {0};
    bool ok = true;
    for (size_t n = 0; ok && n < s->count; n++) {
        const char *name = nw_arena_printf(&run->arena, err, "%s %zu", part->name, n + 1);
        const char *path =
            hole ? nw_arena_printf(&run->arena, err, "%.*s%zu%s", (int)(hole - out), out, n + 1,
                                   hole + strlen(placeholder))
                 : out;
        ok = name && path && nw_model_add(&all, name, part->rgba, &s->piece[n].mesh, err);
        if (ok && hole) {
            ok = write_model(run, path, &all, err);
            nw_model_release(&all);
        }
    }
    ok = ok && (hole || write_model(run, out, &all, err));
    nw_model_release(&all);
    return ok;
}

static bool find_part(const struct nw_model *m, const char *name, const struct nw_part **out,
                      struct nw_err *err)
{
    for (size_t n = 0; n < m->part_count; n++)
        if (!name || strcmp(m->part[n].name, name) == 0) {
            *out = &m->part[n];
            return name || m->part_count == 1 ||
                   nw_fail(err, NW_ERR_ARGUMENT,
                           "the model has %zu parts; say which with --part, such as --part "
                           "%.60s",
                           m->part_count, m->part[0].name);
        }
    return nw_fail(err, NW_ERR_NOTFOUND, "the model has no part named %.60s", name ? name : "");
}

static bool check_out(const char *out, struct nw_err *err)
{
    char ending[16];
    const char *hole = strstr(out, placeholder), *slash = strrchr(out, '/');
    nw_path_ending(out, ending);
    if (!nw_model_ending_is_known(ending))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "the ending .%s is not known; models are .3mf .stl .ply .obj .amf .glb "
                       ".vtk .wrl",
                       ending);
    return !hole || !slash || slash < hole ||
           nw_fail(err, NW_ERR_ARGUMENT,
                   "{n} must stand in the file's name, not in a folder's");
}

static int split(const void *void_args, struct nw_run *run, struct nw_err *err)
{
    const struct split_args *args = void_args;
    const struct nw_bed_args bed_args = {.model = args->model, .machine = args->machine};
    struct nw_split_plane plane[NW_SPLIT_PLANES];
    struct nw_split_opts opts = {.plane = plane,
                                 .clearance_mm = args->clearance_mm,
                                 .peg_mm = args->peg_mm,
                                 .cell_mm = args->cell_mm};
    const struct nw_part *part = NULL;
    struct nw_bed bed = {0};
    NW_AUTOFREE struct nw_split *made = NW_ALLOC(struct nw_split, 1, err);
    if (!made || !check_out(args->out, err) ||
        !read_planes(args->planes, plane, &opts.plane_count, err))
        return err->code == NW_ERR_MEMORY ? 1 : 2;
    bool ok =
        nw_bed_load(run, &bed_args, &bed, err) && find_part(&bed.model, args->part, &part, err);
    nw_stage("分块", "splitting");
    ok = ok && nw_split(&part->mesh, &bed.machine, &opts, made, err) &&
         nw_bed_put(run, &bed, err) && put_split(run, made, err) &&
         write_pieces(run, args->out, part, made, err);
    nw_split_release(made);
    nw_bed_release(&bed);
    return ok ? 0 : 1;
}

const struct nw_command nw_cmd_split = {
    .name = "split",
    .zh = "把超出成形空间的模型切成带定位销的几块",
    .en = "Cut a model larger than the bed into pieces that key together",
    .args = split_args,
    .args_size = sizeof(struct split_args),
    .run = split,
};
