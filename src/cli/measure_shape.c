/* cli/measure_shape.c -- what is measured within something: areas, volumes in common, grey
 * values. */
#include "cli/measure_priv.h"
#include "plan/reduce.h"

/* As the mesh is, no doubt is stated: the parts' own is in their volumes. */
bool nw_measure_say_overlap(struct nw_measure_job *j, struct nw_err *err)
{
    struct nw_overlap o;
    if (!nw_measure_needs(j, 0, 2, err) || !nw_overlap(&j->mesh[0], &j->mesh[1], &o, err))
        return false;
    if (!isfinite(o.volume_mm3))
        return nw_fail(err, NW_ERR_GEOMETRY, "only closed parts have a volume in common");
    const double none = (double)NAN;
    return nw_measure_say(j, "两部件共有的体积", "volume in both parts", "overlap", "mm3",
                          (struct nw_measured){o.volume_mm3, o.volume_mm3 > 0 ? none : 0},
                          err) &&
           nw_run_put(j->run, "depth_mm", nw_json_number(o.depth_mm), err) &&
           nw_measure_say_tolerance(j, err);
}

bool nw_measure_say_area(struct nw_measure_job *j, struct nw_err *err)
{
    struct nw_outline o;
    if (!nw_measure_needs(j, 3, 0, err))
        return false;
    NW_AUTOFREE struct nw_place *corner = NW_ALLOC(struct nw_place, j->points.count, err);
    if (!corner)
        return false;
    for (size_t i = 0; i < j->points.count; i++)
        corner[i] = j->points.item[i].place;
    if (!nw_measure_outline(corner, j->points.count, j->meshes ? &j->mesh[0] : NULL,
                            j->args->depth_mm, &o, err) ||
        !nw_measure_say(j, "轮廓内的面积", "area within the outline", "area", "mm2", o.area_mm2,
                        err) ||
        (j->meshes && !nw_measure_say(j, "轮廓下的表面积", "surface below the outline",
                                      "surface", "mm2", o.surface_mm2, err)))
        return false;
    nw_run_print(j->run,
                 nw_say(j->run, "周长 %.2f mm，角点离平面最远 %.2f mm\n",
                        "%.2f mm around, corners up to %.2f mm off its plane\n"),
                 o.around_mm, o.off_plane_mm);
    return nw_run_put(j->run, "around_mm", nw_json_number(o.around_mm), err) &&
           nw_run_put(j->run, "off_plane_mm", nw_json_number(o.off_plane_mm), err) &&
           nw_measure_say_tolerance(j, err);
}

static bool measure_inside(struct nw_measure_job *j, enum nw_shape shape, struct nw_err *err)
{
    struct nw_inside in;
    struct nw_place place[3];
    const size_t count = shape == NW_SHAPE_CIRCLE ? 3 : 2;
    if (!j->has_scan)
        return nw_fail(err, NW_ERR_ARGUMENT, "%s needs a scan", j->args->what);
    if (!nw_measure_needs(j, count, 0, err))
        return false;
    for (size_t i = 0; i < count; i++)
        place[i] = j->points.item[i].place;
    const char *unit = j->scan.facts.is_hu ? "HU" : "";
    if (!nw_measure_inside(&j->scan.volume, shape, place, &in, err) ||
        !nw_measure_say(j, "区域内的平均值", "mean within", "mean", unit, in.mean, err))
        return false;
    nw_run_print(j->run,
                 nw_say(j->run, "最小 %.0f，最大 %.0f，标准差 %.1f，%zu 个体素\n",
                        "least %.0f, most %.0f, deviation %.1f, %zu voxels\n"),
                 in.min, in.max, in.deviation, in.voxels);
    return nw_run_put(j->run, "min", nw_json_number(in.min), err) &&
           nw_run_put(j->run, "max", nw_json_number(in.max), err) &&
           nw_run_put(j->run, "deviation", nw_json_number(in.deviation), err) &&
           nw_run_put(j->run, "voxels", json_integer((json_int_t)in.voxels), err) &&
           nw_run_put(j->run, shape == NW_SHAPE_CIRCLE ? "size_mm2" : "size_mm3",
                      nw_json_number(in.size), err);
}

bool nw_measure_say_ball(struct nw_measure_job *j, struct nw_err *err)
{
    return measure_inside(j, NW_SHAPE_BALL, err);
}

bool nw_measure_say_circle(struct nw_measure_job *j, struct nw_err *err)
{
    return measure_inside(j, NW_SHAPE_CIRCLE, err);
}

bool nw_measure_say_box(struct nw_measure_job *j, struct nw_err *err)
{
    return measure_inside(j, NW_SHAPE_BOX, err);
}
