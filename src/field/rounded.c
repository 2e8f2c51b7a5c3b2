/* field/rounded.c -- shapes measured anew, edges rounded by that, and hollow shapes. */
#include "field/field_priv.h"
#include "field/surface.h"

nw_node nw_field_remeasured(struct nw_field *f, nw_node a, nw_box box, double cell_mm,
                            struct nw_err *err)
{
    if (err->code != NW_OK || !nw_field_check_node(f, a, err))
        return -1;
    NW_AUTO(nw_mesh) mesh = {0};
    if (!nw_surface_of_field(f, a, box, cell_mm, &mesh, err))
        return -1;
    return nw_field_mesh(f, &mesh, err);
}

/* Moves the surface by `by`, measures anew, and back. */
static nw_node there_and_back(struct nw_field *f, nw_node a, nw_box box, double cell_mm,
                              double by, struct nw_err *err)
{
    const nw_box room = nw_box_grown(box, more(by, 0) + 2 * cell_mm);
    const nw_node moved = nw_field_offset(f, a, by, err);
    return nw_field_offset(f, nw_field_remeasured(f, moved, room, cell_mm, err), -by, err);
}

nw_node nw_field_rounded(struct nw_field *f, nw_node a, nw_box box, double cell_mm,
                         double convex_mm, double concave_mm, struct nw_err *err)
{
    if (err->code != NW_OK ||
        (convex_mm != 0 &&
         !nw_field_check_size(convex_mm, "the radius of convex edges", err)) ||
        (concave_mm != 0 &&
         !nw_field_check_size(concave_mm, "the radius of concave edges", err)))
        return -1;
    nw_node n = nw_field_remeasured(f, a, box, cell_mm, err);
    if (convex_mm > 0)
        n = there_and_back(f, n, box, cell_mm, -convex_mm, err);
    if (convex_mm > 0 && concave_mm > 0) /* the grown shape is no exact distance inside */
        n = nw_field_remeasured(f, n, box, cell_mm, err);
    if (concave_mm > 0)
        n = there_and_back(f, n, box, cell_mm, concave_mm, err);
    return n;
}

/* From outside of the surface to where the hollow is as wide as the hole. */
static nw_node drill(struct nw_field *f, nw_node a, double wall_mm, const struct nw_drain *d,
                     struct nw_err *err)
{
    enum { WALLS = 20, STEPS = 8 };
    nw_vec3 g;
    if (!nw_field_check_place(d->place_mm, "the place of a drain", err) ||
        !nw_field_check_size(d->radius_mm, "the radius of a drain", err))
        return -1;
    const double v = nw_field_gradient(f, a, d->place_mm, &g);
    const nw_vec3 inward = nw_unit(nw_length(d->inward) > 0 ? d->inward : nw_scale(g, -1));
    if (!(fabs(v) <= wall_mm) || !(nw_length(inward) > 0.5)) {
        nw_fail(err, NW_ERR_GEOMETRY,
                "a drain is %g mm from the surface; at most %g are allowed", fabs(v), wall_mm);
        return -1;
    }
    for (int n = 1; n <= WALLS * STEPS; n++) {
        const double depth = wall_mm * n / STEPS;
        const nw_vec3 foot = nw_along(d->place_mm, inward, depth);
        if (!(nw_field_value(f, a, foot) < -wall_mm))
            continue;
        const nw_vec3 end = nw_along(foot, inward, d->radius_mm),
                      top = nw_along(d->place_mm, inward, -wall_mm - d->radius_mm);
        return nw_field_cylinder(f, top, end, d->radius_mm, err);
    }
    nw_fail(err, NW_ERR_GEOMETRY, "a drain does not reach the hollow within %g mm",
            WALLS * wall_mm);
    return -1;
}

nw_node nw_field_hollowed(struct nw_field *f, nw_node a, double wall_mm,
                          const struct nw_drain *drain, size_t count, struct nw_err *err)
{
    nw_node n = nw_field_shell(f, a, wall_mm, err);
    for (size_t i = 0; i < count && n >= 0; i++)
        n = nw_field_difference(f, n, drill(f, a, wall_mm, &drain[i], err), err);
    return n;
}
