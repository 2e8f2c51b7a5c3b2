/* A splint on a finger that is a rod: shares of a tube. */
#include "make.h"

#define FINGER                                                                                 \
    "\"skin\":{\"kind\":\"capsule\",\"from_mm\":[0,0,-15],\"to_mm\":[0,0,70],"                 \
    "\"radius_mm\":9},"
#define AXIS "\"skin\":\"skin\",\"axis_mm\":[[0,0,0],[0,0,25],[0,0,50]],\"open\":[1,0,0],"

/* Req: R-105 */
static void a_splint_is_a_share_of_a_tube(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make(FINGER "\"out\":{\"kind\":\"splint\"," AXIS
                      "\"reach_mm\":20,\"edge_mm\":0,\"clearance_mm\":2,\"thickness_mm\":3,"
                      "\"open_deg\":120}",
               0.3, &made, &err));
    CHECK(make_is_solid(&made.mesh));
    const double tube = NW_PI * (14 * 14 - 11 * 11) * 50;
    CHECK_NEAR(nw_mesh_volume_mm3(&made.mesh) / tube, 2.0 / 3, 0.004);
    /* the chord of 120 degrees at 11 mm over the finger's 18 */
    CHECK_NEAR(make_check(&made, "opening").value, 2 * 11 * sin(NW_PI / 3) / 18, 0.01);
    CHECK_NEAR(make_check(&made, "mass").value, tube * 2 / 3 / 1000 * 0.93, 0.02);
    nw_design_made_release(&made);
}

/* Holes take away what they are, rounding little; a narrow opening is said. Req: R-403 */
static void holes_and_edges_are_made(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make(FINGER "\"out\":{\"kind\":\"splint\"," AXIS
                      "\"reach_mm\":20,\"edge_mm\":0.8,\"clearance_mm\":2,\"thickness_mm\":3,"
                      "\"open_deg\":60,\"hole_mm\":5,\"hole_pitch_mm\":12}",
               0.4, &made, &err));
    CHECK(make_is_solid(&made.mesh));
    const double whole = NW_PI * (14 * 14 - 11 * 11) * 50 * 5 / 6;
    const double taken = whole - nw_mesh_volume_mm3(&made.mesh), hole = NW_PI * 2.5 * 2.5 * 3;
    /* four rows of 6, 5, 6, 5; rounding takes about another three's worth */
    CHECK(taken > 22 * hole && taken < 26 * hole);
    CHECK(make_check(&made, "opening").verdict == NW_VERDICT_CONDITIONAL);
    CHECK(make_check(&made, "edge").verdict == NW_VERDICT_PASS);
    nw_design_made_release(&made);
}

static void what_fits_no_limb_is_refused(void)
{
    CHECK(make_fails(FINGER "\"out\":{\"kind\":\"splint\",\"skin\":\"skin\",\"axis_mm\":"
                            "[[0,0,0],[0,0,50]],\"open\":[0,0,1]}",
                     "runs along the axis"));
    CHECK(make_fails(FINGER "\"out\":{\"kind\":\"splint\",\"skin\":\"skin\",\"axis_mm\":"
                            "[[0,90,0],[0,90,50]],\"open\":[1,0,0],\"reach_mm\":20}",
                     "does not run inside a limb"));
    CHECK(make_fails(FINGER "\"out\":{\"kind\":\"splint\"," AXIS "\"edge_mm\":2}",
                     "leaves nothing: edges of 2.00 mm"));
}

int main(void)
{
    UNIT(a_splint_is_a_share_of_a_tube);
    UNIT(holes_and_edges_are_made);
    UNIT(what_fits_no_limb_is_refused);
    return unit_end();
}
