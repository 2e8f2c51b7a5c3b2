/* cli/bed.c -- see bed_priv.h. */
#include "cli/bed_priv.h"

#include <string.h>
#include <time.h>

#include "core/parallel.h"
#include "core/text.h"
#include "io/io.h"
#include "mesh/check.h"

enum { SHOWN = 5 }; /* places of a kind for people; JSON has more */

bool nw_parse_direction(const char *text, const char *option, nw_vec3 *out, struct nw_err *err)
{
    double v[3] = {0};
    const char *at = text;
    for (int a = 0; at && a < 3; a++) {
        at = nw_number_parse(at, &v[a]);
        if (at && a < 2)
            at = *at == ',' ? at + 1 : NULL;
    }
    *out = nw_v3(v[0], v[1], v[2]);
    if (!at || *at || !nw_finite3(*out) || !(nw_length(*out) > 1e-9))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "--%s needs a direction such as 0,-1,0.5 (L,P,H), not \"%.40s\"", option,
                       text);
    *out = nw_unit(*out);
    return true;
}

/* yyyymmdd, of the clock when nothing is said. */
static bool read_today(const char *text, int *out, struct nw_err *err)
{
    if (!text) {
        const time_t now = time(NULL);
        struct tm local;
        if (!localtime_r(&now, &local))
            return nw_fail(err, NW_ERR_IO, "the clock cannot be read");
        *out = (local.tm_year + 1900) * 10000 + (local.tm_mon + 1) * 100 + local.tm_mday;
        return true;
    }
    double day;
    const char *end = nw_number_parse(text, &day);
    if (strlen(text) != 8 || !end || *end || !(day >= 19000101 && day <= 99991231))
        return nw_fail(err, NW_ERR_ARGUMENT, "--use-date needs a day such as 20261231");
    *out = (int)day;
    return true;
}

bool nw_bed_load_machine(struct nw_run *run, const struct nw_bed_args *args, struct nw_bed *out,
                         struct nw_err *err)
{
    int today = 0;
    if (args->up && !nw_parse_direction(args->up, "up", &out->place.up, err))
        return false;
    out->place.spin_rad = args->spin_deg * NW_PI / 180;
    out->place.lift_mm = args->lift_mm;
    if (!read_today(args->today, &today, err) ||
        !nw_machine_load(args->machine, &out->machine, err))
        return false;
    if (nw_machine_is_path(args->machine) && !nw_run_read_file(run, args->machine, err))
        return false;
    out->material = nw_machine_material(&out->machine, args->material, err);
    return out->material && nw_machine_is_valid(&out->machine, out->material, today, err);
}

static bool check_part(const struct nw_part *part, struct nw_err *err)
{
    const struct nw_check_opts opts = {.skip_self_intersection = true};
    NW_AUTOFREE struct nw_mesh_check *c = NW_ALLOC(struct nw_mesh_check, 1, err);
    if (!c || !nw_mesh_check(&part->mesh, &opts, c, err))
        return false;
    if (!c->closed || !c->oriented)
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "the part %.60s is not a closed solid and cannot be printed as it is; "
                       "nuwa check names the places",
                       part->name);
    return true;
}

bool nw_bed_load(struct nw_run *run, const struct nw_bed_args *args, struct nw_bed *out,
                 struct nw_err *err)
{
    if (!nw_bed_load_machine(run, args, out, err))
        return false;
    nw_stage("读取模型", "reading the model");
    const struct nw_model_read_opts opts = {0};
    if (!nw_model_read(args->model, &opts, &out->model, err) ||
        !nw_run_read_file(run, args->model, err))
        return false;
    out->pieces = out->model.part_count;
    for (size_t n = 0; n < out->model.part_count; n++) {
        const struct nw_part *part = &out->model.part[n];
        if (!check_part(part, err))
            return false;
        out->volume_mm3 += nw_mesh_volume_mm3(&part->mesh);
        out->bound_mm = fmax(out->bound_mm, part->mesh.tol_mm);
    }
    return true;
}

void nw_bed_release(struct nw_bed *bed)
{
    nw_model_release(&bed->model);
    nw_machine_release(&bed->machine);
}

bool nw_bed_put(struct nw_run *run, const struct nw_bed *bed, struct nw_err *err)
{
    const struct nw_compensation *c = &bed->machine.compensation;
    return nw_run_put(run, "machine", json_string(bed->machine.name), err) &&
           nw_run_put(run, "machine_revision", json_string(bed->machine.revision), err) &&
           nw_run_put(run, "process", json_string(nw_process_name(bed->machine.process)),
                      err) &&
           nw_run_put(run, "material", json_string(bed->material->name), err) &&
           nw_run_put(run, "compensation",
                      json_pack("{s:[f, f, f], s:f, s:f, s:s}", "scale", c->scale[0],
                                c->scale[1], c->scale[2], "outward_mm", c->outward_mm,
                                "first_layer_mm", c->first_layer_mm, "source", c->source),
                      err);
}

json_t *nw_json_point(nw_vec3 p)
{
    return json_pack("[o, o, o]", nw_json_number(p.x), nw_json_number(p.y),
                     nw_json_number(p.z));
}

struct nw_track_opts nw_bed_track_opts(const struct nw_machine *machine)
{
    const double d = machine->limits.min_feature_mm;
    /* A hundredth of the least feature's square and a thousandth of its cube are noise of
     * pixels. A hollow smaller than the least feature cannot be told from the process's own
     * roughness: it neither sucks nor holds anything that matters. */
    const struct nw_track_opts opts = {d * d / 100, d * d * d / 1000, d * d * d};
    return opts;
}

bool nw_bed_is_doubtful(const struct nw_bed *bed, const struct nw_tracked *found)
{
    const bool resin = bed->machine.process == NW_PROCESS_SLA;
    const bool loose_matters = found->parts.count > bed->pieces;
    return loose_matters || (resin && (found->islands.count > 0 || found->cups.count > 0)) ||
           (bed->machine.limits.min_drain_mm > 0 && found->trapped.count > 0);
}

static bool put_spots(struct nw_run *run, const struct nw_layers *layers, const char *key,
                      const struct nw_spots *spots, struct nw_err *err)
{
    json_t *places = json_array();
    for (size_t n = 0; n < spots->listed; n++) {
        const struct nw_spot *s = &spots->spot[n];
        json_t *one =
            json_pack("{s:I, s:o}", "layer", (json_int_t)s->layer, "place_mm",
                      nw_json_point(nw_layers_place(layers, s->i, s->j, (double)s->layer)));
        (void)json_object_set_new(one, s->area_mm2 > 0 ? "area_mm2" : "volume_mm3",
                                  nw_json_number(s->area_mm2 + s->volume_mm3));
        (void)json_array_append_new(places, one);
    }
    return nw_run_put(run, key,
                      json_pack("{s:I, s:f, s:I, s:f, s:o}", "count", (json_int_t)spots->count,
                                "total", spots->total, "small", (json_int_t)spots->small,
                                "small_total", spots->small_total, "places", places),
                      err);
}

static void print_spots(const struct nw_run *run, const struct nw_layers *layers,
                        const struct nw_spots *spots, const char *what, const char *unit)
{
    if (spots->small > 0)
        nw_run_print(run,
                     nw_say(run, "%s：另有 %zu 处小于此工艺的最小特征，共 %.3g %s，不列出\n",
                            "%s: %zu more smaller than this process's least feature, %.3g %s "
                            "in all, not listed\n"),
                     what, spots->small, spots->small_total, unit);
    if (spots->count == 0)
        return;
    nw_run_print(run, nw_say(run, "%s：%zu 处\n", "%s: %zu\n"), what, spots->count);
    for (size_t n = 0; n < spots->listed && n < SHOWN; n++) {
        const struct nw_spot *s = &spots->spot[n];
        const nw_vec3 p = nw_layers_place(layers, s->i, s->j, (double)s->layer);
        nw_run_print(run,
                     nw_say(run, "  层 %zu，位置 (%.2f, %.2f, %.2f) mm，%.3g %s\n",
                            "  layer %zu, at (%.2f, %.2f, %.2f) mm, %.3g %s\n"),
                     s->layer, p.x, p.y, p.z, s->area_mm2 + s->volume_mm3, unit);
    }
}

bool nw_bed_put_found(struct nw_run *run, const struct nw_layers *layers,
                      const struct nw_tracked *found, struct nw_err *err)
{
    print_spots(run, layers, &found->islands,
                nw_say(run, "孤岛（下方无支承）", "islands (nothing beneath them)"), "mm2");
    print_spots(run, layers, &found->cups,
                nw_say(run, "杯状凹腔（打印时封闭）", "cups (closed while they are built)"),
                "mm3");
    print_spots(
        run, layers, &found->trapped,
        nw_say(run, "封闭空腔（无法排出）", "trapped volumes (nothing drains from them)"),
        "mm3");
    if (found->parts.count > 1)
        print_spots(run, layers, &found->parts, nw_say(run, "分离的部分", "separate pieces"),
                    "mm3");
    return put_spots(run, layers, "islands", &found->islands, err) &&
           put_spots(run, layers, "cups", &found->cups, err) &&
           put_spots(run, layers, "trapped", &found->trapped, err) &&
           put_spots(run, layers, "pieces", &found->parts, err);
}
