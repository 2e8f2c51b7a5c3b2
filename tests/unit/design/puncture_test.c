/* Needle guides on a body that is a ball: ways and clearances are a triangle's. */
#include "make.h"

#define BODY                                                                                   \
    "\"skin\":{\"kind\":\"sphere\",\"centre_mm\":[0,0,0],\"radius_mm\":50},"                   \
    "\"vein\":{\"kind\":\"capsule\",\"from_mm\":[6,-40,20],\"to_mm\":[6,40,20],"               \
    "\"radius_mm\":2},"

/* Req: R-102 */
static void a_needle_goes_where_it_was_told_and_says_what_it_passes(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make(BODY "\"out\":{\"kind\":\"puncture\",\"skin\":\"skin\",\"use\":\"biopsy\","
                    "\"entry_mm\":[0,0,51],\"target_mm\":[0,0,10],\"play_mm\":0.23,"
                    "\"insertion\":[0,0,-1],\"avoid\":[{\"part\":\"vein\"}]}",
               0.3, &made, &err));
    CHECK(make_is_solid(&made.mesh));
    double bore = HUGE_VAL, least = HUGE_VAL, top = 0;
    for (size_t v = 0; v < made.mesh.vert_count; v++) {
        const nw_vec3 p = made.mesh.pos_mm[v];
        bore = fmin(bore, hypot(p.x, p.y));
        least = fmin(least, nw_length(p));
        top = fmax(top, p.z);
    }
    CHECK_NEAR(bore, 0.75, 0.02);
    CHECK(least > 50.25);
    CHECK_NEAR(top, 70, 0.05);
    CHECK_NEAR(make_check(&made, "entry-on-skin").value, 1, 1e-6);
    CHECK_NEAR(make_check(&made, "needle-way").value, 40, 1e-3);
    CHECK_NEAR(make_check(&made, "clearance").value, 6 - 2 - 1.27 / 2, 0.01);
    CHECK(make_check(&made, "clearance").verdict == NW_VERDICT_PASS);
    CHECK(!isnan(make_check(&made, "contact-area").value));
    nw_design_made_release(&made);
}

/* Of 3 x 2 needles 6 mm apart the nearest to the vein is the one beside it. Req: R-101 */
static void a_grid_is_judged_by_its_worst_needle(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make(BODY "\"out\":{\"kind\":\"puncture\",\"skin\":\"skin\",\"use\":\"seeds\","
                    "\"entry_mm\":[0,0,50],\"target_mm\":[0,0,10],\"columns\":3,\"rows\":2,"
                    "\"pitch_mm\":6,\"across\":[1,0,0.2],\"insertion\":[0,0,-1],"
                    "\"avoid\":[{\"part\":\"vein\",\"margin_mm\":1}]}",
               0.5, &made, &err));
    CHECK(make_check(&made, "clearance").verdict == NW_VERDICT_FAIL); /* one goes through it */
    CHECK_NEAR(make_check(&made, "clearance").value, -2 - 1.27 / 2, 0.02);
    /* six holes: six rings of places near their radius */
    for (int i = 0; i < 6; i++) {
        double bore = HUGE_VAL;
        for (size_t v = 0; v < made.mesh.vert_count; v++) {
            const nw_vec3 p = made.mesh.pos_mm[v];
            bore = fmin(bore, hypot(p.x - 6 * (i % 3 - 1), p.y - 6 * (i / 3 - 0.5)));
        }
        CHECK_NEAR(bore, (1.27 + 0.2) / 2, 0.06);
    }
    nw_design_made_release(&made);
}

static void what_no_needle_does_is_refused(void)
{
    CHECK(make_fails(BODY "\"out\":{\"kind\":\"puncture\",\"skin\":\"skin\",\"use\":\"sacral\","
                          "\"entry_mm\":[0,0,50],\"target_mm\":[0,0,-190]}",
                     "needles reach 200 mm"));
    CHECK(make_fails(BODY "\"out\":{\"kind\":\"puncture\",\"skin\":\"skin\",\"use\":\"sacral\","
                          "\"entry_mm\":[0,0,150],\"target_mm\":[0,0,100]}",
                     "meets no skin within 40 mm"));
    CHECK(make_fails(BODY "\"out\":{\"kind\":\"puncture\",\"skin\":\"skin\",\"use\":\"seeds\","
                          "\"entry_mm\":[0,0,50],\"target_mm\":[0,0,10],\"columns\":2.5}",
                     "needs whole columns"));
    CHECK(make_fails(BODY "\"out\":{\"kind\":\"puncture\",\"skin\":\"skin\",\"use\":\"seeds\","
                          "\"entry_mm\":[0,0,50],\"target_mm\":[0,0,10],\"across\":[0,0,1]}",
                     "runs along the needle"));
}

int main(void)
{
    UNIT(a_needle_goes_where_it_was_told_and_says_what_it_passes);
    UNIT(a_grid_is_judged_by_its_worst_needle);
    UNIT(what_no_needle_does_is_refused);
    return unit_end();
}
