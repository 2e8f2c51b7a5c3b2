/* A brace on a limb that is a rod or a cone: its wall, clearance, trims, slots and room over a
 * prominence are measured on the surface and held against what was told. */
#include "make.h"
#include "mesh/distance.h"

#define ROD                                                                                    \
    "\"skin\":{\"kind\":\"cylinder\",\"from_mm\":[0,0,-10],\"to_mm\":[0,0,90],"                \
    "\"radius_mm\":15},"
#define BRACE                                                                                  \
    "\"out\":{\"kind\":\"brace\",\"skin\":\"skin\",\"axis_mm\":[[0,0,-5],[0,0,40],[0,0,85]],"  \
    "\"open\":[1,0,0],\"reach_mm\":25,"
/* 30 degrees at the beginning, square to the axis at the end */
#define TRIMS                                                                                  \
    "\"trims\":[{\"name\":\"proximal\",\"at_mm\":[0,0,15],\"outward\":[0,0.5,-0.8660254]},"    \
    "{\"name\":\"distal\",\"at_mm\":[0,0,75]}]"
#define SLOTS "\"straps\":2,\"slot_length_mm\":14,\"slot_width_mm\":4,\"slot_edge_mm\":5"

/* Where a ray from the axis at this height and angle meets the surface, first and second;
 * negative: not. */
static void through(const struct nw_bvh *bvh, double z, double angle, double hit[2])
{
    const double reach = 40;
    const nw_vec3 a = nw_v3(0, 0, z), b = nw_v3(reach * cos(angle), reach * sin(angle), z);
    double beyond = -1;
    for (int k = 0; k < 2; k++) {
        struct nw_segment_near near;
        hit[k] = -1;
        if (!nw_bvh_first_hit(bvh, a, b, beyond, &near))
            return;
        hit[k] = near.along * reach;
        beyond = near.along + 1e-6;
    }
}

/* Extents of the places in the middle of the wall, 18.5 mm from the axis, which only cuts have:
 * of those within a box, along z and along a way. */
struct extent {
    double z[2], way[2];
};
static struct extent cut_within(const struct nw_mesh *mesh, nw_box box, nw_vec3 way)
{
    struct extent e = {{HUGE_VAL, -HUGE_VAL}, {HUGE_VAL, -HUGE_VAL}};
    for (size_t v = 0; v < mesh->vert_count; v++) {
        const nw_vec3 p = mesh->pos_mm[v];
        if (fabs(sqrt(p.x * p.x + p.y * p.y) - 18.5) > 0.4 || p.x < box.min.x ||
            p.y < box.min.y || p.z < box.min.z || p.x > box.max.x || p.y > box.max.y ||
            p.z > box.max.z)
            continue;
        const double along = nw_dot(p, way);
        e.z[0] = fmin(e.z[0], p.z);
        e.z[1] = fmax(e.z[1], p.z);
        e.way[0] = fmin(e.way[0], along);
        e.way[1] = fmax(e.way[1], along);
    }
    return e;
}

/* Req: R-105 */
static void wall_and_clearance_are_as_told(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make(ROD BRACE TRIMS ",\"clearance_mm\":2,\"thickness_mm\":3,\"open_mm\":16,"
                               "\"edge_mm\":0.8,\"flare_mm\":0," SLOTS "}",
               0.5, &made, &err));
    CHECK(make_is_solid(&made.mesh));
    struct nw_bvh *bvh = nw_bvh_new(&made.mesh, &err);
    double worst[2] = {0, 0}, hit[2];
    for (int k = 0; k < 40; k++) { /* the back, away from opening and edges */
        through(bvh, 35 + k * 0.7, NW_PI + 0.05 * (k - 20), hit);
        worst[0] = fmax(worst[0], fabs(hit[0] - 17));
        worst[1] = fmax(worst[1], fabs(hit[1] - hit[0] - 3));
    }
    printf("# clearance off by %.4f mm, wall by %.4f mm\n", worst[0], worst[1]);
    CHECK(worst[0] < 0.03);
    CHECK(worst[1] < 0.03);
    CHECK_NEAR(make_check(&made, "skin-clearance").value, 2, 0.05);
    CHECK(make_check(&made, "wall").verdict == NW_VERDICT_PASS);
    CHECK(make_check(&made, "edge").value == 0.8);
    CHECK(make_check(&made, "one-piece").verdict == NW_VERDICT_FAIL); /* not said: one piece */

    /* the trims: places of the inner face nearest to each plane, seen from the plane */
    const double s = sin(NW_PI / 6), c = cos(NW_PI / 6);
    double beyond[2] = {-HUGE_VAL, -HUGE_VAL};
    double rim[4] = {HUGE_VAL, HUGE_VAL, HUGE_VAL, HUGE_VAL}; /* lowest in front, behind */
    for (size_t v = 0; v < made.mesh.vert_count; v++) {
        const nw_vec3 p = made.mesh.pos_mm[v];
        beyond[0] = fmax(beyond[0], s * p.y - c * (p.z - 15));
        beyond[1] = fmax(beyond[1], p.z - 75);
        if (fabs(p.x) < 1)
            rim[p.y > 0] = fmin(rim[p.y > 0], p.z);
    }
    printf("# beyond the trims %.4f, %.4f mm\n", beyond[0], beyond[1]);
    CHECK_NEAR(beyond[0], 0, 0.07); /* cells of 0.5 on an edge of 0.8: 0.04, oblique */
    CHECK_NEAR(beyond[1], 0, 0.02);
    /* its angle: from the rims on both sides, whose middles of the wall are 37 mm apart */
    CHECK_NEAR(atan2(rim[1] - rim[0], 37) * 180 / NW_PI, 30, 1);

    /* the opening is so wide, a slot so long and so wide, and as far from the opening's edge */
    const double half = asin(8 / 18.5), beside = half + (5 + 2) / 18.5;
    const struct extent gap =
        cut_within(&made.mesh, (nw_box){{0, 0, 35}, {30, 10, 60}}, nw_v3(0, 1, 0));
    CHECK_NEAR(gap.way[0], 8, 0.03);
    const nw_vec3 across = {-sin(beside), cos(beside), 0};
    const nw_vec3 about = {18.5 * cos(beside), 18.5 * sin(beside), 0};
    const nw_box last = {{about.x - 2.4, about.y - 2.4, 50},
                         {about.x + 2.4, about.y + 2.4, 71}};
    const struct extent slot = cut_within(&made.mesh, last, across);
    printf("# slot %.3f x %.3f mm\n", slot.z[1] - slot.z[0], slot.way[1] - slot.way[0]);
    CHECK_NEAR(slot.z[1] - slot.z[0], 14, 0.1);
    CHECK_NEAR(slot.way[1] - slot.way[0], 4, 0.1);
    CHECK_NEAR(75 - slot.z[1], 5, 0.6); /* kept from the trim, sought by half millimetres */
    CHECK(make_check(&made, "slots").value > 4.6 && make_check(&made, "slots").value < 5.2);
    /* slit ring: 3 (30 - 16) / (3 pi 18.5^2) */
    CHECK_NEAR(make_check(&made, "donning").value, 100 * 3 * 14 / (3 * NW_PI * 18.5 * 18.5),
               0.02);
    nw_bvh_free(bvh);
    nw_design_made_release(&made);
}

static void prominences_thumb_and_air_have_room(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make(ROD BRACE TRIMS
               ",\"clearance_mm\":2,\"thickness_mm\":3,\"open_mm\":16,\"edge_mm\":0.8,"
               "\"straps\":0,\"flare_mm\":2,\"hole_mm\":4,\"hole_pitch_mm\":12,"
               "\"reliefs\":[{\"name\":\"styloid\",\"at_mm\":[-15,0,35],\"extra_mm\":2,"
               "\"radius_mm\":5,\"taper_mm\":8}],"
               "\"openings\":[{\"name\":\"thumb\",\"at_mm\":[0,15,48],\"direction\":[0,1,0.4],"
               "\"width_mm\":12,\"length_mm\":16}]}",
               0.5, &made, &err));
    CHECK(make_is_solid(&made.mesh));
    struct nw_bvh *bvh = nw_bvh_new(&made.mesh, &err);
    double hit[2];
    through(bvh, 35, NW_PI, hit);
    printf("# room %.3f mm\n", hit[0] - 15);
    CHECK_NEAR(hit[0], 15 + 2 + 2, 0.06); /* all of it at the prominence */
    CHECK_NEAR(hit[1] - hit[0], 3, 0.05); /* and the wall goes with it */
    CHECK_NEAR(make_check(&made, "relief").value, 4, 0.06);
    through(bvh, 35 + 15, NW_PI, hit); /* none beyond radius and taper */
    CHECK(hit[0] < 0 || fabs(hit[0] - 17) < 0.05);
    through(bvh, 73, NW_PI, hit); /* the end is flared: 11/12 of one half, all of the other */
    printf("# flared to %.3f mm\n", hit[0]);
    CHECK_NEAR(hit[0], 17 + 10.0 / 12 + 1, 0.1);
    /* the thumb's tube leans: at the wall's middle it lies further out along its way */
    CHECK(make_check(&made, "opening").verdict == NW_VERDICT_PASS);
    const double lean = sqrt(1 + 0.4 * 0.4), z = 48 + 0.4 * 3.5;
    const struct extent tube =
        cut_within(&made.mesh, (nw_box){{-0.6, 0, 38}, {0.6, 30, 61}}, nw_v3(1, 0, 0));
    printf("# thumb from %.3f to %.3f mm\n", tube.z[0], tube.z[1]);
    CHECK_NEAR(tube.z[0], z - 8 * lean, 0.25);
    CHECK_NEAR(tube.z[1], z + 8 * lean, 0.25);
    through(bvh, z, NW_PI / 2, hit);
    CHECK(hit[0] < 0);
    CHECK(make_check(&made, "openwork").value > 1);
    /* the tube leaves the wall obliquely: its rim does not taper to nothing */
    CHECK(make_check(&made, "wall").verdict == NW_VERDICT_PASS);
    CHECK(make_check(&made, "slots").verdict == NW_VERDICT_FAIL); /* not said: there are none */
    nw_bvh_free(bvh);
    nw_design_made_release(&made);
}

/* On a cone the wall is as thick square to its face; a trim may be a curve. */
static void a_cone_is_trimmed_along_a_curve(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make("\"skin\":{\"kind\":\"cone\",\"from_mm\":[0,0,-10],\"to_mm\":[0,0,90],"
               "\"radius_from_mm\":20,\"radius_to_mm\":12}," BRACE
               "\"trims\":[{\"name\":\"proximal\",\"curve_mm\":[[18,0,15],[0,18,20],[-18,0,15],"
               "[0,-18,10]]},{\"name\":\"distal\",\"at_mm\":[0,0,75]}],"
               "\"clearance_mm\":2,\"thickness_mm\":3,\"open_mm\":20,\"edge_mm\":0,"
               "\"flare_mm\":0,\"straps\":0}",
               0.6, &made, &err));
    CHECK(make_is_solid(&made.mesh));
    struct nw_bvh *bvh = nw_bvh_new(&made.mesh, &err);
    const double slope = 8.0 / 100, lean = sqrt(1 + slope * slope);
    double hit[2];
    through(bvh, 50, NW_PI, hit);
    CHECK_NEAR(hit[0], 20 - slope * 60 + 2 * lean, 0.04);
    CHECK_NEAR(hit[1] - hit[0], 3 * lean, 0.04);
    double low[2] = {HUGE_VAL, HUGE_VAL};
    for (size_t v = 0; v < made.mesh.vert_count; v++) {
        const nw_vec3 p = made.mesh.pos_mm[v];
        if (fabs(p.x) < 0.5)
            low[p.y > 0] = fmin(low[p.y > 0], p.z);
    }
    CHECK_NEAR(low[1], 20, 0.1);
    CHECK_NEAR(low[0], 10, 0.1);
    nw_bvh_free(bvh);
    nw_design_made_release(&made);
}

#define FAILS(rest, says) CHECK(make_fails(ROD BRACE rest "}", says))
#define AT(z1, z2)                                                                             \
    "\"trims\":[{\"name\":\"proximal\",\"at_mm\":[0,0," z1 "]},"                               \
    "{\"name\":\"distal\",\"at_mm\":[0,0," z2 "]}]"

static void what_cannot_be_worn_is_refused(void)
{
    FAILS(AT("-8", "75"), "misses the limb: trim line proximal does not cross the axis");
    FAILS(AT("15", "95"), "misses the limb: trim line distal does not cross the axis");
    FAILS(AT("40", "50"), "of brace between both trim lines; at least 20");
    FAILS("\"trims\":[{\"name\":\"one\",\"at_mm\":[0,0,10]},{\"name\":\"two\"}]",
          "needs at_mm or curve_mm");
    FAILS("\"trims\":[{\"name\":\"one\",\"at_mm\":[0,0,10],\"outward\":[0,0,1]},"
          "{\"name\":\"two\",\"at_mm\":[0,0,75]}]",
          "must lead off the beginning of the axis");
    FAILS("\"trims\":[{\"name\":\"one\",\"curve_mm\":[[15,0,10],[15,3,10],[15,3,14],"
          "[15,0,14]]},{\"name\":\"two\",\"at_mm\":[0,0,75]}]",
          "does not go once around the axis");
    FAILS(TRIMS ",\"slot_edge_mm\":3", "leaves 3.00 mm between a slot and an edge");
    FAILS(TRIMS ",\"straps\":3,\"open_mm\":16", "3 slots of 26 mm, 6.0 mm apart, need");
    FAILS(TRIMS ",\"open_mm\":2,\"thickness_mm\":6,\"material\":\"Ti6Al4V\"",
          "is too narrow to put the brace on");
    FAILS(TRIMS ",\"thickness_mm\":1,\"edge_mm\":0.2", "is too thin: PA12 needs 1.5 mm");
    FAILS(TRIMS ",\"edge_mm\":1.5", "leaves nothing: edges of 1.50 mm");
    FAILS(TRIMS
          ",\"straps\":0,\"open_mm\":16,\"reliefs\":[{\"name\":\"a\",\"at_mm\":[-15,0,40],"
          "\"extra_mm\":5}]",
          "makes a step: the taper must be at least 3 times");
    FAILS(TRIMS
          ",\"straps\":0,\"open_mm\":16,\"reliefs\":[{\"name\":\"a\",\"at_mm\":[-45,0,40]}]",
          "away from the surface");
    FAILS(TRIMS ",\"straps\":1,\"open_mm\":16,\"slot_length_mm\":14,\"openings\":["
                "{\"name\":\"thumb\",\"at_mm\":[10.6,10.6,45],\"width_mm\":10}]",
          "mm are left to another edge; at least 4");
    /* the limb ends below a trim that leans over its end */
    CHECK(make_fails("\"skin\":{\"kind\":\"cylinder\",\"from_mm\":[0,0,-10],\"to_mm\":[0,0,78],"
                     "\"radius_mm\":15}," BRACE
                     "\"trims\":[{\"name\":\"one\",\"at_mm\":[0,0,15]},{\"name\":\"two\","
                     "\"at_mm\":[0,0,74],\"outward\":[0.6,0,0.8]}]}",
                     "misses the limb: trim line two runs over its end"));
}

int main(void)
{
    UNIT(wall_and_clearance_are_as_told);
    UNIT(prominences_thumb_and_air_have_room);
    UNIT(a_cone_is_trimmed_along_a_curve);
    UNIT(what_cannot_be_worn_is_refused);
    return unit_end();
}
