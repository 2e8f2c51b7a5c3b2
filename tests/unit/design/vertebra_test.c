/* A vertebral body between neighbours that are boxes, balls or wedges. */
#include "make.h"

/* Flat end plates, 20 mm apart. */
#define FLAT                                                                                   \
    "\"up\":{\"kind\":\"box\",\"min_mm\":[-30,-30,10],\"max_mm\":[30,30,30]},"                 \
    "\"low\":{\"kind\":\"box\",\"min_mm\":[-30,-30,-30],\"max_mm\":[30,30,-10]},"
#define LATTICE                                                                                \
    "\"net\":{\"kind\":\"tpms\",\"surface\":\"gyroid\",\"solid\":\"skeletal\",\"unit_mm\":5,"  \
    "\"porosity\":0.7},"
#define BODY(more)                                                                             \
    "\"out\":{\"kind\":\"vertebra\",\"upper\":\"up\",\"lower\":\"low\",\"upper_mm\":[0,0,10]," \
    "\"lower_mm\":[0,0,-10],\"front\":[0,-1,0],\"width_mm\":24,\"depth_mm\":18,"               \
    "\"lattice\":\"net\"" more "}"

/* Of |x/a|^2.5 + |y/b|^2.5 = 1: 4 a b gamma(1.4)^2 / gamma(1.8). */
static double outline_area(double a, double b)
{
    return 4 * a * b * tgamma(1.4) * tgamma(1.4) / tgamma(1.8);
}

/* Req: R-104 R-407 */
static void between_flat_plates_all_is_known(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make(FLAT LATTICE BODY(",\"rim_mm\":1,\"edge_mm\":0.5,\"graft_mm\":6,\"window_mm\":0"), 0.4, &made,
               &err));
    CHECK(make_is_solid(&made.mesh));
    for (size_t i = 0; i < made.check_count; i++)
        CHECK(made.check[i].verdict == NW_VERDICT_PASS);
    const nw_box box = nw_mesh_box(&made.mesh);
    CHECK_NEAR(box.max.z - box.min.z, 20, 0.02);
    CHECK_NEAR(box.max.x - box.min.x, 24, 0.05);
    CHECK_NEAR(box.max.y - box.min.y, 18, 0.05);
    CHECK_NEAR(make_check(&made, "height").value, 20, 1e-3);
    CHECK_NEAR(make_check(&made, "end-support").value, 1, 1e-9);
    CHECK_NEAR(make_check(&made, "porosity").value, 0.7, 0.03);
    CHECK_NEAR(make_check(&made, "wall").value, 1, 0.15);
    /* wall, lining of the canal, and the ordered share of what is left */
    const double wall = outline_area(12, 9) - outline_area(11, 8);
    const double lining = NW_PI * (4 * 4 - 3 * 3);
    const double core = outline_area(11, 8) - NW_PI * 4 * 4;
    const double volume = 20 * (wall + lining + 0.3 * core);
    CHECK_NEAR(nw_mesh_volume_mm3(&made.mesh) / volume, 1, 0.02);
    CHECK_NEAR(make_check(&made, "mass").value, nw_mesh_volume_mm3(&made.mesh) * 4.43e-3, 1e-6);
    nw_design_made_release(&made);
}

/* Ends that are a ball's and a wedge's: nothing goes into them, and the angle is told. */
static void its_ends_follow_the_neighbours(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make("\"ball\":{\"kind\":\"sphere\",\"centre_mm\":[0,0,50],\"radius_mm\":40},"
               "\"block\":{\"kind\":\"box\",\"min_mm\":[-40,-40,-40],\"max_mm\":[40,40,-10]},"
               "\"low\":{\"kind\":\"moved\",\"of\":\"block\",\"axis\":[1,0,0],\"turn_deg\":6,"
               "\"about_mm\":[0,0,-10]},"
               "\"up\":{\"kind\":\"union\",\"of\":[\"ball\"]}," LATTICE BODY(
                   ",\"clearance_mm\":0.2,\"screws\":[{\"name\":\"s\",\"at_mm\":[0,-8,4],"
                   "\"direction\":[0,0.5,1],\"length_mm\":30,\"diameter_mm\":3}]"),
               0.5, &made, &err));
    CHECK(make_is_solid(&made.mesh));
    double least = HUGE_VAL, on_ball = 0;
    for (size_t v = 0; v < made.mesh.vert_count; v++) {
        const nw_vec3 p = made.mesh.pos_mm[v];
        const double d = nw_length(nw_sub(p, nw_v3(0, 0, 50))) - 40;
        least = fmin(least, d);
        on_ball += fabs(d - 0.2) < 0.03;
    }
    CHECK(least > 0.09);
    CHECK(on_ball > 300);
    CHECK(make_check(&made, "end-fit").verdict == NW_VERDICT_PASS);
    /* the ball's plane is level; the wedge falls to the front, which is -y: it opens by 6 */
    const char *height = make_check(&made, "height").en;
    CHECK(height && strstr(height, "to the front by 6.0"));
    /* the axis meets the ball's lower side where it is known: 18.9 of 30 mm are within */
    const double s = sqrt(1.25), y0 = -8, z0 = 4 - 50;
    const double h = (y0 * 0.5 + z0) / s, q = y0 * y0 + z0 * z0 - 1600;
    CHECK_NEAR(make_check(&made, "screw-hold").value, 30 - (-h - sqrt(h * h - q)), 0.1);
    nw_design_made_release(&made);
}

/* A neighbour that is too small, and a screw that misses. */
static void what_does_not_hold_is_said(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make("\"up\":{\"kind\":\"box\",\"min_mm\":[-12,-2,10],\"max_mm\":[12,9,30]},"
               "\"low\":{\"kind\":\"box\",\"min_mm\":[-30,-30,-30],\"max_mm\":[30,30,-10]},"
               "\"canal\":{\"kind\":\"capsule\",\"from_mm\":[0,15,-40],\"to_mm\":[0,15,40],"
               "\"radius_mm\":5}," LATTICE BODY(
                   ",\"screws\":[{\"name\":\"s\",\"at_mm\":[0,-9,0],\"direction\":[0,-1,0]}],"
                   "\"avoid\":[{\"part\":\"canal\"}]"),
               0.6, &made, &err));
    CHECK(make_check(&made, "end-support").verdict == NW_VERDICT_PASS); /* the first: below */
    bool upper = false;
    for (size_t i = 0; i < made.check_count; i++)
        upper = upper || (strcmp(made.check[i].code, "end-support") == 0 &&
                          made.check[i].verdict == NW_VERDICT_CONDITIONAL);
    CHECK(upper);
    CHECK(make_check(&made, "screw-hold").verdict == NW_VERDICT_FAIL);
    CHECK_NEAR(make_check(&made, "clearance").value, 1, 0.05);
    CHECK(make_check(&made, "clearance").verdict == NW_VERDICT_CONDITIONAL);
    nw_design_made_release(&made);
}

static void what_cannot_be_is_refused(void)
{
    CHECK(make_fails(FLAT LATTICE BODY(",\"rim_mm\":5"), "leaves no core"));
    CHECK(make_fails(FLAT LATTICE BODY(",\"rim_mm\":1"), "leaves a knife's edge"));
    CHECK(make_fails(FLAT LATTICE BODY(",\"graft_mm\":14"), "leaves no core beside the canal"));
    CHECK(make_fails(FLAT LATTICE BODY(",\"window_mm\":16"), "is too large for the height"));
    CHECK(make_fails(FLAT LATTICE BODY(",\"window_mm\":5,\"graft_mm\":0"), "leads nowhere"));
    CHECK(make_fails(FLAT "\"out\":{\"kind\":\"vertebra\",\"upper\":\"up\",\"lower\":\"low\","
                          "\"upper_mm\":[0,0,10],\"lower_mm\":[0,0,-10],\"front\":[0,0,1],"
                          "\"width_mm\":24,\"depth_mm\":18}",
                     "runs along the axis"));
}

int main(void)
{
    UNIT(between_flat_plates_all_is_known);
    UNIT(its_ends_follow_the_neighbours);
    UNIT(what_does_not_hold_is_said);
    UNIT(what_cannot_be_is_refused);
    return unit_end();
}
