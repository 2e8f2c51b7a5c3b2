/* A guide for dental implants on a row of teeth made of cones, with a gap. */
#include "make.h"

#define CROWN(n, x, y)                                                                         \
    "\"" n "\":{\"kind\":\"cone\",\"from_mm\":[" x "," y ",-6],\"to_mm\":[" x "," y ",8],"     \
    "\"radius_from_mm\":5.2,\"radius_to_mm\":3.4},"
/* The gum is a bar whose top is at 0; crowns are 8 mm high and lean inward by 7 degrees. */
#define JAW                                                                                    \
    CROWN("a", "-21", "9")                                                                     \
    CROWN("b", "-12", "3")                                                                     \
    CROWN("c", "12", "3")                                                                      \
        CROWN("d", "21",                                                                       \
              "9") "\"gum\":{\"kind\":\"tube\",\"along_mm\":[[-27,13,-6],[-12,3,-6],[0,0,-6]," \
                   "[12,3,-6],"                                                                \
                   "[27,13,-6]],\"radius_mm\":6},"                                             \
                   "\"scan\":{\"kind\":\"union\",\"of\":[\"gum\",\"a\",\"b\",\"c\",\"d\"]},"   \
                   "\"nerve\":{\"kind\":\"capsule\",\"from_mm\":[-30,0,-17.5],\"to_mm\":[30,"  \
                   "0,-17.5],"                                                                 \
                   "\"radius_mm\":1.5},"
#define POST(more)                                                                             \
    "{\"name\":\"36\",\"platform_mm\":[0,0,-2],\"direction\":[0,0,-1],\"length_mm\":10,"       \
    "\"diameter_mm\":4" more "}"
#define PADS "\"pads_mm\":[[-21,9,8],[-12,3,8],[12,3,8],[21,9,8]],\"insertion\":[0,0,-1],"
#define WINDOWS                                                                                \
    "\"windows\":[{\"at_mm\":[-12,-2,5],\"outward\":[0,-1,0]},"                                \
    "{\"at_mm\":[12,-2,5],\"outward\":[0,-1,0]}],"
#define DENTAL(posts, more)                                                                    \
    JAW "\"out\":{\"kind\":\"dental\",\"surface\":\"scan\",\"implants\":[" posts               \
        "]," PADS WINDOWS more "}"

/* Req: R-101 */
static void a_guide_on_teeth_passes_its_checks(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make(DENTAL(POST(",\"sleeve_above_mm\":4,\"drill_mm\":19"),
                      "\"support\":\"teeth\",\"avoid\":[{\"part\":\"nerve\",\"margin_mm\":2}]"),
               0.5, &made, &err));
    CHECK(make_is_solid(&made.mesh));
    for (size_t i = 0; i < made.check_count; i++)
        CHECK(made.check[i].verdict == NW_VERDICT_PASS);
    /* its lower edge is 2 mm above the bar, and 2.3 to 2.7 from its round sides */
    CHECK_NEAR(make_check(&made, "sleeve-seat").value, 2, 0.01);
    CHECK_NEAR(make_check(&made, "drill-length").value, 4 + 5 + 10, 1e-9);
    /* half the play at the sleeve's end, and its slope over the 14 mm below */
    CHECK_NEAR(make_check(&made, "drill-play").value, 0.025 + 14 * 0.05 / 5, 1e-9);
    /* the tip is at -12, the canal's roof at -16 */
    CHECK_NEAR(make_check(&made, "clearance").value, 17.5 - 1.5 - 12, 0.03);
    CHECK_NEAR(make_check(&made, "windows").value, 2, 1e-12);
    nw_design_made_release(&made);
}

/* Below the sleeve the shell is lifted, beside it not. */
static void gum_carries_nothing_when_teeth_do(void)
{
    struct nw_design_made made[2] = {0};
    struct nw_err err = {0};
    CHECK(make(DENTAL(POST(""), "\"support\":\"teeth\",\"block_out_mm\":0"), 0.4, &made[0],
               &err));
    CHECK(
        make(DENTAL(POST(""), "\"support\":\"bone\",\"block_out_mm\":0"), 0.4, &made[1], &err));
    for (int k = 0; k < 2; k++) {
        double low = HUGE_VAL; /* of the shell beside the bore, over the bar's top at 0 */
        for (size_t v = 0; v < made[k].mesh.vert_count; v++) {
            const nw_vec3 p = made[k].mesh.pos_mm[v];
            const double r = sqrt(p.x * p.x + p.y * p.y);
            if (r > 2.3 && r < 3 && fabs(p.y - fabs(p.x) / 4) < 0.4)
                low = fmin(low, p.z);
        }
        CHECK_NEAR(low, k == 0 ? 1.15 : 0.15, 0.05);
    }
    CHECK(make_check(&made[0], "contact-area").value + 20 <
          make_check(&made[1], "contact-area").value);
    nw_design_made_release(&made[0]);
    nw_design_made_release(&made[1]);
}

static void what_is_wrong_is_said(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make(JAW "\"out\":{\"kind\":\"dental\",\"surface\":\"scan\",\"support\":\"teeth\","
                   "\"implants\":[{\"name\":\"36\",\"platform_mm\":[-2.5,0,-2],\"direction\":"
                   "[0,0,-1],\"length_mm\":15,\"diameter_mm\":4,\"sleeve_above_mm\":1,"
                   "\"drill_mm\":22.5},{\"name\":\"37\",\"platform_mm\":[3,0,-2],\"direction\":"
                   "[0,0,-1],\"length_mm\":10,\"diameter_mm\":4}]," PADS
                   "\"block_out_mm\":0,\"drill_play_mm\":0.4,\"windows\":[{\"at_mm\":[-12,-2,5]"
                   ",\"outward\":"
                   "[0,-1,0],\"size_mm\":3}],"
                   "\"avoid\":[{\"part\":\"nerve\",\"margin_mm\":2}]}",
               0.5, &made, &err));
    CHECK(make_check(&made, "sleeve-seat").verdict == NW_VERDICT_FAIL);  /* inside the gum */
    CHECK(make_check(&made, "drill-length").verdict == NW_VERDICT_FAIL); /* 1.5 too deep */
    CHECK(make_check(&made, "drill-play").verdict == NW_VERDICT_CONDITIONAL);
    CHECK(make_check(&made, "clearance").verdict == NW_VERDICT_FAIL);
    CHECK(make_check(&made, "windows").verdict == NW_VERDICT_CONDITIONAL);
    CHECK_NEAR(make_check(&made, "implants-apart").value, 1.5, 0.01);
    CHECK(make_check(&made, "implants-apart").verdict == NW_VERDICT_CONDITIONAL);
    nw_design_made_release(&made);
}

static void what_cannot_be_is_refused(void)
{
    CHECK(make_fails(DENTAL(POST(""), "\"support\":\"gum\""), "at least 3 pins hold it"));
    CHECK(make_fails(JAW "\"out\":{\"kind\":\"dental\",\"surface\":\"scan\",\"support\":"
                         "\"teeth\",\"implants\":[{\"name\":\"36\",\"platform_mm\":[0,0,12],"
                         "\"direction\":[0,0,-1],\"length_mm\":10,\"diameter_mm\":4}]," PADS
                         "\"margin_mm\":6}",
                     "mm above the surface"));
    CHECK(make_fails(JAW "\"out\":{\"kind\":\"dental\",\"surface\":\"scan\",\"support\":"
                         "\"teeth\",\"implants\":[" POST("") "],\"pads_mm\":[[0,0,8]]}",
                     "pads_mm"));
}

int main(void)
{
    UNIT(a_guide_on_teeth_passes_its_checks);
    UNIT(gum_carries_nothing_when_teeth_do);
    UNIT(what_is_wrong_is_said);
    UNIT(what_cannot_be_is_refused);
    return unit_end();
}
