/* cli/measure.c -- `nuwa measure`: a number of anatomy with its doubt, never without. */
#include <string.h>

#include "cli/measure_priv.h"
#include "core/text.h"
#include "io/file.h"

enum { LANDMARK_BYTES = 4 << 20, MOST_NAMED = 64 };
static const double DEG_PER_RAD = 57.29577951308232;

static const char *const frames[] = {"LPS", "RAS", NULL};

static const struct nw_arg measure_args[] = {
    NW_WORD(struct measure_args, what, "WHAT", true,
            "length、curve、angle、area、solid、thickness、distance、overlap、hole、hu、ball、c"
            "ircle 或 "
            "box",
            "length, curve, angle, area, solid, thickness, distance, overlap, hole, hu, ball, "
            "circle or box"),
    {.kind = NW_ARG_INPUTS,
     .name = "FILE",
     .offset = NW_OF(struct measure_args, in, struct nw_words),
     .zh = "模型、扫描或标志点文件（.json）",
     .en = "models, a scan, lists of landmarks (.json)"},
    NW_TEXT(struct measure_args, points, "points", "点，\"x,y,z x,y,z\"，单位 mm",
            "places, \"x,y,z x,y,z\", in mm"),
    NW_CHOICE(struct measure_args, frame, "frame", frames, "--points 的坐标系，默认 LPS",
              "frame of --points, LPS when not given"),
    NW_TEXT(struct measure_args, use, "use", "按顺序使用的标志点名称，用逗号分隔",
            "names of the landmarks to use, in order, with commas"),
    NW_TEXT(struct measure_args, parts, "parts", "模型中要测量的部件名称，用逗号分隔",
            "names of the model's parts to measure, with commas"),
    NW_LENGTH(struct measure_args, sigma_mm, "sigma", 0.0001, 100, NAN,
              "数据未说明时点和表面的不确定度（一倍标准差）；不给出则为未知",
              "one sigma of places and surfaces that do not state theirs; unknown when not "
              "given"),
    NW_LENGTH(struct measure_args, reach_mm, "reach", 0.001, 100, 2, "点离表面或孔的最大距离",
              "how far from the surface, or the hole, a place may lie"),
    NW_LENGTH(struct measure_args, correlation_mm, "correlation", 0.1, 100, 5,
              "表面误差的相关长度", "length over which a surface's errors are alike"),
    NW_LENGTH(struct measure_args, step_mm, "step", 0.01, 100, 0.5, "沿路径取样的步长",
              "samples along a path lie so far apart"),
    NW_LENGTH(struct measure_args, depth_mm, "depth", 0.01, 500, 10,
              "表面离轮廓所在平面的最大距离",
              "how far the surface may lie from an outline's plane"),
    {.kind = NW_ARG_END},
};

/* ---- what is read ---- */

static bool read_landmarks(struct nw_measure_job *j, const char *path, struct nw_err *err)
{
    size_t len;
    struct nw_points more;
    char *text = (char *)nw_file_read(path, LANDMARK_BYTES, &len, err);
    const bool ok = text && nw_points_parse(&j->run->arena, text, len, &more, err);
    if (text && !ok)
        (void)nw_fail_at(err, "%s", path);
    nw_free(text);
    if (!ok)
        return false;
    struct nw_point *all =
        nw_arena_alloc(&j->run->arena, (j->points.count + more.count + 1) * sizeof *all, err);
    if (!all)
        return false;
    if (j->points.count)
        memcpy(all, j->points.item, j->points.count * sizeof *all);
    memcpy(all + j->points.count, more.item, more.count * sizeof *all);
    j->points = (struct nw_points){all, j->points.count + more.count};
    return nw_run_read_file(j->run, path, err);
}

static bool is_named(const char *list, const char *name)
{
    const size_t len = strlen(name);
    for (const char *s = list; s; s = strchr(s, ',')) {
        s += *s == ',';
        if (strncmp(s, name, len) == 0 && (s[len] == ',' || s[len] == '\0'))
            return true;
    }
    return false;
}

/* For a distance each part is by itself; else all named parts of a model are one. */
static bool take_part(struct nw_measure_job *j, const struct nw_part *part, bool apart,
                      struct nw_err *err)
{
    if (apart || j->meshes == 0) {
        if (j->meshes == 2)
            return nw_fail(
                err, NW_ERR_ARGUMENT,
                "distance and overlap are between two parts; name them with --parts");
        j->name[j->meshes] = nw_arena_text(&j->run->arena, part->name, err);
        if (!j->name[j->meshes])
            return false;
        return nw_mesh_copy(&j->mesh[j->meshes++], &part->mesh, err);
    }
    return nw_mesh_append(&j->mesh[0], &part->mesh, err);
}

static bool read_model(struct nw_measure_job *j, const char *path, struct nw_err *err)
{
    NW_AUTO(nw_model) model = {0};
    const struct nw_model_read_opts opts = {0};
    const bool apart =
        strcmp(j->args->what, "distance") == 0 || strcmp(j->args->what, "overlap") == 0;
    if (!nw_model_read(path, &opts, &model, err) || !nw_run_read_file(j->run, path, err))
        return false;
    for (size_t p = 0; p < model.part_count; p++) {
        if (j->args->parts && !is_named(j->args->parts, model.part[p].name))
            continue;
        if (!take_part(j, &model.part[p], apart, err))
            return false;
    }
    return true;
}

static bool read_input(struct nw_measure_job *j, const char *path, struct nw_err *err)
{
    char ending[16];
    nw_path_ending(path, ending);
    if (strcmp(ending, "json") == 0)
        return read_landmarks(j, path, err);
    if (nw_path_is_model(path))
        return read_model(j, path, err);
    if (j->has_scan)
        return nw_fail(err, NW_ERR_ARGUMENT, "one scan is measured at a time");
    const struct nw_pick pick = {0};
    j->has_scan = true;
    return nw_run_load_scan(j->run, path, &pick, &j->scan, err);
}

/* Puts the landmarks named by --use first, and only those. */
static bool choose_points(struct nw_measure_job *j, struct nw_err *err)
{
    if (!j->args->use)
        return true;
    struct nw_points chosen = {
        nw_arena_alloc(&j->run->arena, MOST_NAMED * sizeof *chosen.item, err), 0};
    if (!chosen.item)
        return false;
    for (const char *s = j->args->use; *s;) {
        const size_t len = strcspn(s, ",");
        size_t i = 0;
        while (i < j->points.count && (strncmp(j->points.item[i].name, s, len) != 0 ||
                                       j->points.item[i].name[len] != '\0'))
            i++;
        if (i == j->points.count)
            return nw_fail(err, NW_ERR_NOTFOUND, "there is no landmark \"%.*s\"", (int)len, s);
        if (chosen.count == MOST_NAMED)
            return nw_fail(err, NW_ERR_LIMIT, "at most %d landmarks can be named", MOST_NAMED);
        chosen.item[chosen.count++] = j->points.item[i];
        s += len + (s[len] == ',');
    }
    j->points = chosen;
    return true;
}

/* Places that state no error take the surface's they lie on, else the stated one. */
static void give_sigmas(struct nw_measure_job *j)
{
    for (size_t i = 0; i < j->points.count; i++) {
        struct nw_place *p = &j->points.item[i].place;
        struct nw_nearest near;
        if (isfinite(p->sigma_mm))
            continue;
        p->sigma_mm = j->sigma_mm;
        if (j->bvh && nw_bvh_nearest(j->bvh, p->at_mm, j->args->reach_mm, &near))
            p->sigma_mm = nw_mesh_sigma_at(&j->mesh[0], near.triangle, near.bary, j->sigma_mm);
    }
}

static bool gather(struct nw_measure_job *j, struct nw_err *err)
{
    const struct measure_args *a = j->args;
    if (a->points &&
        !nw_points_of_words(&j->run->arena, a->points, a->frame && strcmp(a->frame, "RAS") == 0,
                            &j->points, err))
        return false;
    for (size_t i = 0; i < a->in.count; i++)
        if (!read_input(j, a->in.item[i], err))
            return false;
    if (j->meshes > 0) {
        j->bvh = nw_bvh_new(&j->mesh[0], err);
        if (!j->bvh)
            return false;
    } else if (a->parts) {
        return nw_fail(err, NW_ERR_NOTFOUND, "no part of the models has a name of --parts");
    }
    if (!choose_points(j, err))
        return false;
    give_sigmas(j);
    return true;
}

/* ---- what is said ---- */

bool nw_measure_say(struct nw_measure_job *j, const char *zh, const char *en, const char *key,
                    const char *unit, struct nw_measured m, struct nw_err *err)
{
    json_t *o = json_pack("{s:o, s:o, s:s}", "value", nw_json_number(m.value), "sigma",
                          nw_json_number(m.sigma), "unit", unit);
    if (!nw_run_put(j->run, key, o, err))
        return false;
    const char *name = nw_say(j->run, zh, en);
    if (isfinite(m.sigma))
        nw_run_print(j->run,
                     nw_say(j->run, "%s：%.2f %s ± %.2f %s（一倍标准差）\n",
                            "%s: %.2f %s +- %.2f %s (one sigma)\n"),
                     name, m.value, unit, m.sigma, unit);
    else
        nw_run_print(j->run,
                     nw_say(j->run, "%s：%.2f %s，不确定度未知\n",
                            "%s: %.2f %s, uncertainty not known\n"),
                     name, m.value, unit);
    return true;
}

static struct nw_measured degrees(struct nw_measured rad)
{
    return (struct nw_measured){rad.value * DEG_PER_RAD, rad.sigma * DEG_PER_RAD};
}

bool nw_measure_needs(const struct nw_measure_job *j, size_t points, size_t meshes,
                      struct nw_err *err)
{
    if (j->points.count < points)
        return nw_fail(err, NW_ERR_ARGUMENT, "%s needs %zu places, not %zu", j->args->what,
                       points, j->points.count);
    if (j->meshes < meshes)
        return nw_fail(err, NW_ERR_ARGUMENT, "%s needs %zu parts of a model, not %zu",
                       j->args->what, meshes, j->meshes);
    return true;
}

bool nw_measure_say_tolerance(struct nw_measure_job *j, struct nw_err *err)
{
    if (j->meshes == 0)
        return true;
    if (j->mesh[0].tol_mm > 0)
        nw_run_print(j->run,
                     nw_say(j->run, "网格与其来源的偏差不超过 %.3f mm（界限，未计入）\n",
                            "the mesh lies within %.3f mm of what it was taken from (a bound, "
                            "not in the sigma)\n"),
                     j->mesh[0].tol_mm);
    return nw_run_put(j->run, "mesh_tolerance_mm", nw_json_number(j->mesh[0].tol_mm), err);
}

/* ---- the measures ---- */

static bool measure_length(struct nw_measure_job *j, struct nw_err *err)
{
    if (!nw_measure_needs(j, 2, 0, err))
        return false;
    const struct nw_point *p = j->points.item;
    struct nw_measured sum = {0, 0};
    if (j->points.count == 2)
        sum = nw_measure_length(p[0].place, p[1].place);
    for (size_t i = 0; j->points.count > 2 && i < j->points.count; i++) {
        /* an inner place pulls on both its legs: by the sum of their directions */
        nw_vec3 pull = {0, 0, 0};
        for (size_t k = i > 0 ? i - 1 : 0; k < i + 1 && k + 1 < j->points.count; k++) {
            const nw_vec3 d = nw_sub(p[k + 1].place.at_mm, p[k].place.at_mm);
            sum.value += k == i ? nw_length(d) : 0;
            pull = nw_along(pull, nw_unit(d), k == i ? -1 : 1);
        }
        const double by = nw_length(pull) * p[i].place.sigma_mm;
        sum.sigma = sqrt(sum.sigma * sum.sigma + by * by);
    }
    return nw_measure_say(j, "长度", "length", "length", "mm", sum, err);
}

static bool measure_curve(struct nw_measure_job *j, struct nw_err *err)
{
    struct nw_measured m;
    if (!nw_measure_needs(j, 2, 1, err))
        return false;
    return nw_measure_geodesic(&j->mesh[0], j->points.item[0].place.at_mm,
                               j->points.item[1].place.at_mm, j->args->reach_mm, j->sigma_mm,
                               &m, err) &&
           nw_measure_say(j, "沿表面的最短距离", "shortest way over the surface", "curve", "mm",
                          m, err) &&
           nw_measure_say_tolerance(j, err);
}

static bool measure_angle(struct nw_measure_job *j, struct nw_err *err)
{
    if (!nw_measure_needs(j, 3, 0, err))
        return false;
    const struct nw_point *p = j->points.item;
    const struct nw_measured m =
        j->points.count == 3
            ? nw_measure_angle(p[0].place, p[1].place, p[2].place)
            : nw_measure_angle_of_lines(p[0].place, p[1].place, p[2].place, p[3].place);
    if (!isfinite(m.value))
        return nw_fail(err, NW_ERR_ARGUMENT, "an angle needs two legs that have a length");
    return nw_measure_say(j, "角度", "angle", "angle", "deg", degrees(m), err);
}

static bool measure_solid(struct nw_measure_job *j, struct nw_err *err)
{
    struct nw_measured_solid s;
    if (!nw_measure_needs(j, 0, 1, err) ||
        !nw_measure_solid(&j->mesh[0], j->sigma_mm, j->args->correlation_mm, &s, err))
        return false;
    if (!nw_measure_say(j, "体积", "volume", "volume", "mm3", s.volume_mm3, err) ||
        !nw_measure_say(j, "面积", "area", "area", "mm2", s.area_mm2, err))
        return false;
    if (isfinite(s.volume_if_all_off_mm3))
        nw_run_print(j->run,
                     nw_say(j->run, "若整个表面都偏向同一侧一倍标准差：%.2f mm3，%.2f mm2\n",
                            "were all of the surface off by one sigma to the same side: %.2f "
                            "mm3, %.2f mm2\n"),
                     s.volume_if_all_off_mm3, s.area_if_all_off_mm2);
    return nw_run_put(j->run, "volume_if_all_off_mm3", nw_json_number(s.volume_if_all_off_mm3),
                      err) &&
           nw_run_put(j->run, "area_if_all_off_mm2", nw_json_number(s.area_if_all_off_mm2),
                      err) &&
           nw_run_put(j->run, "correlation_mm", nw_json_number(j->args->correlation_mm), err) &&
           nw_measure_say_tolerance(j, err);
}

static bool measure_thickness(struct nw_measure_job *j, struct nw_err *err)
{
    struct nw_thickness t;
    if (!nw_measure_needs(j, 1, 1, err))
        return false;
    return nw_measure_thickness(&j->mesh[0], j->bvh, j->points.item[0].place.at_mm,
                                j->args->reach_mm, j->sigma_mm, &t, err) &&
           nw_measure_say(j, "壁厚（内切球）", "wall (inscribed ball)", "thickness", "mm",
                          t.ball_mm, err) &&
           nw_measure_say(j, "壁厚（法向穿透）", "wall (straight through)", "thickness_ray",
                          "mm", t.ray_mm, err) &&
           nw_measure_say_tolerance(j, err);
}

static bool measure_distance(struct nw_measure_job *j, struct nw_err *err)
{
    struct nw_apart d;
    if (!nw_measure_needs(j, 0, 2, err) ||
        !nw_measure_apart(&j->mesh[0], &j->mesh[1], j->sigma_mm, &d, err) ||
        !nw_measure_say(j, "两部件间的最小距离", "least distance between the parts", "distance",
                        "mm", d.distance_mm, err))
        return false;
    const bool inside = d.a_in_b || d.b_in_a;
    if (inside)
        nw_run_print(j->run, "%s\n",
                     nw_say(j->run, "一个部件在另一个之内", "one part lies within the other"));
    json_t *a = json_pack("[f, f, f]", d.on_a_mm.x, d.on_a_mm.y, d.on_a_mm.z),
           *b = json_pack("[f, f, f]", d.on_b_mm.x, d.on_b_mm.y, d.on_b_mm.z);
    return nw_run_put(j->run, "inside", json_boolean(inside), err) &&
           nw_run_put(j->run, "on_first_mm", a, err) &&
           nw_run_put(j->run, "on_second_mm", b, err) && nw_measure_say_tolerance(j, err);
}

static json_t *point(nw_vec3 p)
{
    return json_pack("[o, o, o]", nw_json_number(p.x), nw_json_number(p.y),
                     nw_json_number(p.z));
}

static bool say_hole(struct nw_measure_job *j, const struct nw_hole *h, json_t *list,
                     struct nw_err *err)
{
    static const char *const zh[] = {"通孔", "盲孔", "两端封闭"}, *const en[] = {
                                                                      "through", "blind",
                                                                      "closed at both ends"};
    const struct nw_measured d = nw_measure_hole(&j->mesh[0], j->bvh, h, j->sigma_mm);
    const nw_vec3 way = nw_unit(nw_sub(h->to_mm, h->from_mm));
    nw_run_print(j->run,
                 nw_say(j->run,
                        "孔：直径 %.3f mm ± %.3f mm（一倍标准差），深 %.2f mm，%s，周向 %.0f°，"
                        "可通过 %.2f mm 的销\n",
                        "hole: %.3f mm +- %.3f mm (one sigma) wide, %.2f mm deep, %s, %.0f deg "
                        "around, a pin of %.2f mm fits\n"),
                 d.value, d.sigma, h->depth_mm, nw_say(j->run, zh[h->ends], en[h->ends]),
                 h->around_deg, h->pin_mm);
    nw_run_print(j->run,
                 nw_say(j->run,
                        "  自 (%.2f, %.2f, %.2f) 至 (%.2f, %.2f, %.2f) mm，方向 (%.4f, %.4f, "
                        "%.4f)\n",
                        "  from (%.2f, %.2f, %.2f) to (%.2f, %.2f, %.2f) mm, along (%.4f, "
                        "%.4f, %.4f)\n"),
                 h->from_mm.x, h->from_mm.y, h->from_mm.z, h->to_mm.x, h->to_mm.y, h->to_mm.z,
                 way.x, way.y, way.z);
    json_t *one = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "hole_mm",
        nw_json_number(d.value), "sigma_mm", nw_json_number(d.sigma), "depth_mm",
        nw_json_number(h->depth_mm), "around_deg", nw_json_number(h->around_deg), "pin_mm",
        nw_json_number(h->pin_mm), "scatter_mm", nw_json_number(h->scatter_mm), "oval_mm",
        nw_json_number(h->oval_mm), "from_mm", point(h->from_mm), "to_mm", point(h->to_mm),
        "axis", point(way), "ends", nw_hole_ends_name(h->ends));
    return json_array_append_new(list, one) == 0 ||
           nw_fail(err, NW_ERR_MEMORY, "no memory for the result");
}

/* At the places that are named, else all there are. */
static bool measure_holes(struct nw_measure_job *j, struct nw_err *err)
{
    NW_AUTO(nw_holes) holes = {0};
    struct nw_hole one;
    if (!nw_measure_needs(j, 0, 1, err))
        return false;
    json_t *list = json_array();
    bool ok = j->points.count > 0 || nw_mesh_holes(&j->mesh[0], j->bvh, NULL, &holes, err);
    for (size_t i = 0; ok && i < holes.count; i++)
        ok = say_hole(j, &holes.item[i], list, err);
    for (size_t i = 0; ok && i < j->points.count; i++)
        ok = nw_mesh_hole_at(&j->mesh[0], j->bvh, NULL, j->points.item[i].place.at_mm,
                             j->args->reach_mm, &one, err) &&
             say_hole(j, &one, list, err);
    if (ok && j->points.count == 0 && holes.count == 0)
        nw_run_print(j->run, "%s\n",
                     nw_say(j->run, "没有圆柱形的孔", "there are no cylindrical holes"));
    if (!ok) {
        json_decref(list);
        return false;
    }
    return nw_run_put(j->run, "holes", list, err) && nw_measure_say_tolerance(j, err);
}

static bool measure_hu(struct nw_measure_job *j, struct nw_err *err)
{
    if (!j->has_scan)
        return nw_fail(err, NW_ERR_ARGUMENT, "hu needs a scan");
    if (!nw_measure_needs(j, 2, 0, err))
        return false;
    NW_AUTOFREE struct nw_place *way = NW_ALLOC(struct nw_place, j->points.count, err);
    if (!way)
        return false;
    for (size_t i = 0; i < j->points.count; i++)
        way[i] = j->points.item[i].place;
    struct nw_along_path p;
    if (!nw_measure_path(&j->scan.volume, way, j->points.count, j->args->step_mm, &p, err))
        return false;
    json_t *list = json_array();
    for (size_t i = 0; list && i < p.count; i++)
        (void)json_array_append_new(list, nw_json_number(p.value[i]));
    nw_free(p.value);
    const bool ok = nw_run_put(j->run, "samples", list, err) &&
                    nw_run_put(j->run, "step_mm", nw_json_number(j->args->step_mm), err) &&
                    nw_run_put(j->run, "length_mm", nw_json_number(p.length_mm), err) &&
                    nw_run_put(j->run, "min", nw_json_number(p.min), err) &&
                    nw_run_put(j->run, "max", nw_json_number(p.max), err) &&
                    nw_run_put(j->run, "deviation", nw_json_number(p.deviation), err) &&
                    nw_measure_say(j, "路径上的平均值", "mean along the path", "mean",
                                   j->scan.facts.is_hu ? "HU" : "", p.mean, err);
    if (ok)
        nw_run_print(j->run,
                     nw_say(j->run, "最小 %.0f，最大 %.0f，标准差 %.1f，长 %.2f mm\n",
                            "least %.0f, most %.0f, deviation %.1f, over %.2f mm\n"),
                     p.min, p.max, p.deviation, p.length_mm);
    return ok;
}

static const struct {
    const char *name;
    bool (*measure)(struct nw_measure_job *j, struct nw_err *err);
} measures[] = {
    {"length", measure_length},       {"curve", measure_curve},
    {"angle", measure_angle},         {"solid", measure_solid},
    {"thickness", measure_thickness}, {"distance", measure_distance},
    {"hole", measure_holes},          {"hu", measure_hu},
    {"area", nw_measure_say_area},    {"overlap", nw_measure_say_overlap},
    {"ball", nw_measure_say_ball},    {"circle", nw_measure_say_circle},
    {"box", nw_measure_say_box},
};

static int measure(const void *raw, struct nw_run *run, struct nw_err *err)
{
    const struct measure_args *args = raw;
    size_t i = 0;
    while (i < sizeof measures / sizeof *measures && strcmp(args->what, measures[i].name) != 0)
        i++;
    if (i == sizeof measures / sizeof *measures) {
        nw_fail(err, NW_ERR_ARGUMENT,
                "what to measure is length, curve, angle, area, solid, thickness, distance, "
                "overlap, "
                "hole, hu, ball, circle or box, not \"%s\"",
                args->what);
        return 2;
    }
    struct nw_measure_job j = {.args = args,
                               .run = run,
                               .sigma_mm = args->sigma_mm > 0 ? args->sigma_mm : (double)NAN};
    nw_scan_init(&j.scan);
    if (gather(&j, err) && nw_run_put(run, "what", json_string(args->what), err))
        (void)measures[i].measure(&j, err);
    nw_bvh_free(j.bvh);
    nw_mesh_release(&j.mesh[0]);
    nw_mesh_release(&j.mesh[1]);
    nw_scan_release(&j.scan);
    return 0;
}

const struct nw_command nw_cmd_measure = {
    .name = "measure",
    .zh = "测量长度、角度、面积、体积、壁厚、距离、孔径和 HU，并给出不确定度",
    .en = "Measure lengths, angles, areas, volumes, walls, distances, holes, HU, with their "
          "doubt",
    .args = measure_args,
    .args_size = sizeof(struct measure_args),
    .run = measure,
};
