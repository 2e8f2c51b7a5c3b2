/* A mask on a head that is a ball: distances are radii. */
#include "make.h"

#define HEAD "\"skin\":{\"kind\":\"sphere\",\"centre_mm\":[0,0,0],\"radius_mm\":60},"
#define CURVE                                                                                  \
    "\"skin\":\"skin\",\"facing\":[0,-1,0],\"outline_mm\":[[30,-52,0],[21,-52,21],"            \
    "[0,-52,30],[-21,-52,21],[-30,-52,0],[-21,-52,-21],[0,-52,-30],[21,-52,-21]],"

/* Req: R-105 */
static void a_mask_lies_at_its_clearance_and_is_as_thick_as_ordered(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make(HEAD
               "\"out\":{\"kind\":\"mask\"," CURVE
               "\"clearance_mm\":0.8,\"thickness_mm\":2.4,\"edge_mm\":0.8,\"openings\":["
               "{\"name\":\"eye\",\"at_mm\":[12,-58,6],\"radius_mm\":5},{\"name\":\"mouth\","
               "\"outline_mm\":[[-8,-57,-16],[8,-57,-16],[8,-57,-10],[-8,-57,-10]]}],"
               "\"slots\":[{\"at_mm\":[-20,-55,0],\"along\":[0,0,1],\"length_mm\":10}]}",
               0.5, &made, &err));
    CHECK(make_is_solid(&made.mesh));
    double low = HUGE_VAL, high = 0, eye = HUGE_VAL, slot = HUGE_VAL;
    for (size_t v = 0; v < made.mesh.vert_count; v++) {
        const nw_vec3 p = made.mesh.pos_mm[v];
        const double r = nw_length(p);
        low = fmin(low, r);
        high = fmax(high, r);
        eye = fmin(eye, hypot(p.x - 12, p.z - 6));
        if (fabs(p.z) < 3)
            slot = fmin(slot, fabs(55 * p.x - 20 * p.y) / hypot(55, 20));
        CHECK(p.y < -45);
    }
    CHECK_NEAR(low, 60.8, 0.05);
    CHECK_NEAR(high, 63.2, 0.05);
    CHECK_NEAR(eye, 5, 0.06);
    CHECK_NEAR(slot, 1.5, 0.1);
    CHECK_NEAR(make_check(&made, "skin-clearance").value, 0.8, 0.05);
    CHECK(make_check(&made, "opening").verdict == NW_VERDICT_PASS);
    CHECK(make_check(&made, "edge").verdict == NW_VERDICT_PASS);
    CHECK(make_check(&made, "wall").verdict == NW_VERDICT_PASS);
    nw_design_made_release(&made);
}

/* A hollow in the skin is spanned; a zone presses in by what is ordered. Req: R-401 */
static void hollows_are_spanned_and_zones_press(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make("\"ball\":{\"kind\":\"sphere\",\"centre_mm\":[0,0,0],\"radius_mm\":60},"
               "\"pit\":{\"kind\":\"sphere\",\"centre_mm\":[0,-60,10],\"radius_mm\":4},"
               "\"skin\":{\"kind\":\"difference\",\"of\":\"ball\",\"minus\":[\"pit\"]},"
               "\"out\":{\"kind\":\"mask\"," CURVE
               "\"smooth_mm\":12,\"edge_mm\":0,\"clearance_mm\":0.5,\"zones\":[{\"at_mm\":"
               "[0,-60,-12],\"radius_mm\":4,\"press_mm\":1,\"taper_mm\":8}]}",
               0.6, &made, &err));
    double zone = HUGE_VAL, pit = HUGE_VAL;
    for (size_t v = 0; v < made.mesh.vert_count; v++) {
        const nw_vec3 p = made.mesh.pos_mm[v];
        if (nw_length(nw_sub(p, nw_v3(0, -60, -12))) < 3)
            zone = fmin(zone, nw_length(p));
        if (hypot(p.x, p.z - 10) < 4)
            pit = fmin(pit, nw_length(p));
    }
    CHECK_NEAR(zone, 59, 0.1);
    CHECK(pit > 59.4); /* the ball of 12 mm that rolls over it sinks by 0.8 mm */
    CHECK(make_check(&made, "edge").verdict == NW_VERDICT_CONDITIONAL);
    nw_design_made_release(&made);
}

static void what_leaves_nothing_is_refused(void)
{
    CHECK(make_fails(HEAD "\"out\":{\"kind\":\"mask\"," CURVE
                          "\"thickness_mm\":2,\"edge_mm\":1.2}",
                     "edges of 1.20 mm need"));
    CHECK(make_fails(HEAD "\"out\":{\"kind\":\"mask\"," CURVE
                          "\"openings\":[{\"name\":\"eye\",\"at_mm\":[0,-60,0]}]}",
                     "needs at_mm and radius_mm, or outline_mm"));
}

int main(void)
{
    UNIT(a_mask_lies_at_its_clearance_and_is_as_thick_as_ordered);
    UNIT(hollows_are_spanned_and_zones_press);
    UNIT(what_leaves_nothing_is_refused);
    return unit_end();
}
