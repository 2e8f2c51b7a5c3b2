/* What a guide is judged by, each judgement on a bone made so that it must come out one way and
 * on one where it must not. */
#include "design/design.h"

#include <math.h>
#include <string.h>

#include "field/surface.h"
#include "unit.h"

/* A ball of 12 mm whose upper half is less certain: one sigma 0.5 mm. */
static bool doubtful_ball(void *user, const struct nw_file_ref *file, struct nw_mesh *out,
                          struct nw_err *err)
{
    (void)user;
    struct nw_field *f = nw_field_new(err);
    const nw_box box = {nw_v3(-13, -13, -13), nw_v3(13, 13, 13)};
    const nw_node ball = f ? nw_field_sphere(f, nw_v3(0, 0, 0), 12, err) : -1;
    bool ok = f && nw_surface_of_field(f, ball, box, 0.8, out, err);
    nw_field_free(f);
    if (ok && strcmp(file->path, "doubtful") == 0)
        out->uncertainty_mm = NW_ALLOC(float, out->vert_count, err);
    if (ok && strcmp(file->path, "unseen") == 0)
        out->vert_class = NW_ALLOC(uint8_t, out->vert_count, err);
    for (size_t v = 0; ok && v < out->vert_count; v++) {
        if (out->uncertainty_mm)
            out->uncertainty_mm[v] = out->pos_mm[v].z > 0 ? 0.5F : 0.05F;
        if (out->vert_class)
            out->vert_class[v] =
                out->pos_mm[v].z > 0 ? (uint8_t)NW_CLASS_INFERRED : (uint8_t)NW_CLASS_RESOLVED;
    }
    return ok;
}

#define BALL "\"bone\": {\"kind\": \"sphere\", \"centre_mm\": [0, 0, 0], \"radius_mm\": 12}"
#define DRILL(name, x, dx, more)                                                               \
    "{\"name\": \"" name "\", \"entry_mm\": [" #x ", 0, 12], \"direction\": [" #dx             \
    ", 0, -1], \"diameter_mm\": 2.5" more "}"

/* A guide put on from above, on `parts`, with these members and drills. */
static void make(const char *parts, const char *members, const char *drills,
                 struct nw_design_made *made)
{
    static const struct nw_design_files files = {.mesh = doubtful_ball};
    char text[3000];
    struct nw_err err = {0};
    snprintf(text, sizeof text,
             "{\"nuwa\": \"design 1\", \"parts\": {%s,\n\"guide\": {\"kind\": \"guide\", "
             "\"bone\": \"bone\", \"insertion\": [0, 0, -1], \"margin_mm\": 6, %s\n"
             "\"drills\": [%s]}},\n"
             "\"make\": [{\"part\": \"guide\", \"cell_mm\": 0.4, \"tolerance_mm\": 0}]}",
             parts, members, drills);
    struct nw_design *d = nw_design_parse(text, strlen(text), &err);
    const bool ok = d && nw_design_make(d, 0, 0, &files, made, &err);
    if (!ok)
        printf("# %s\n", err.msg);
    CHECK(ok);
    nw_design_free(d);
}

/* The worst of this code, or one that is in no order. */
static struct nw_design_check find(const struct nw_design_made *made, const char *code)
{
    struct nw_design_check worst = {.value = (double)NAN, .en = ""};
    for (size_t i = 0; i < made->check_count; i++)
        if (strcmp(made->check[i].code, code) == 0 &&
            (!(worst.value == worst.value) || made->check[i].verdict > worst.verdict))
            worst = made->check[i];
    return worst;
}

static struct nw_design_check judged(const char *parts, const char *members, const char *drills,
                                     const char *code)
{
    static char en[300];
    struct nw_design_made made = {0};
    make(parts, members, drills, &made);
    struct nw_design_check c = find(&made, code);
    snprintf(en, sizeof en, "%s", c.en);
    printf("# %s: %s\n", code, en);
    c.en = en;
    nw_design_made_release(&made);
    return c;
}

/* Req: R-115 */
static void thin_bone_under_it_is_told(void)
{
    const struct nw_design_check thick = judged(BALL, "", DRILL("a", 0, 0, ""), "thin-bone");
    CHECK(thick.value == 0 && thick.verdict == NW_VERDICT_PASS);
    const struct nw_design_check thin =
        judged("\"bone\": {\"kind\": \"box\", \"min_mm\": [-20, -20, 11], "
               "\"max_mm\": [20, 20, 12]}",
               "\"min_bone_mm\": 1.5,", DRILL("a", 0, 0, ""), "thin-bone");
    CHECK(thin.value > 99 && thin.verdict == NW_VERDICT_CONDITIONAL);
    CHECK(isfinite(thin.place_mm.x) && fabs(thin.place_mm.z - 12) < 0.1);
    const struct nw_design_check enough =
        judged("\"bone\": {\"kind\": \"box\", \"min_mm\": [-20, -20, 11], "
               "\"max_mm\": [20, 20, 12]}",
               "\"min_bone_mm\": 0.9,", DRILL("a", 0, 0, ""), "thin-bone");
    CHECK(enough.value == 0);
}

#define MESH(path) "\"bone\": {\"kind\": \"mesh\", \"file\": {\"path\": \"" path "\"}}"

static void uncertain_bone_under_it_is_told(void)
{
    const struct nw_design_check bad = judged(MESH("doubtful"), "\"bone_sd_mm\": 0.2,",
                                              DRILL("a", 0, 0, ""), "uncertain-bone");
    CHECK(bad.value > 99 && bad.verdict == NW_VERDICT_CONDITIONAL);
    const struct nw_design_check known = judged(MESH("doubtful"), "\"bone_sd_mm\": 0.3,",
                                                DRILL("a", 0, 0, ""), "uncertain-bone");
    CHECK(known.value == 0 && known.verdict == NW_VERDICT_PASS);
    const struct nw_design_check unseen =
        judged(MESH("unseen"), "\"bone_sd_mm\": 3,", DRILL("a", 0, 0, ""), "uncertain-bone");
    CHECK(unseen.value > 99 && unseen.verdict == NW_VERDICT_CONDITIONAL);
    const struct nw_design_check silent =
        judged(MESH("plain"), "", DRILL("a", 0, 0, ""), "uncertain-bone");
    CHECK(silent.value != silent.value); /* nothing is stated, so nothing is said */
}

/* The chuck of one meets the sleeve of the other, 9 mm away: 9 less 8, 2.5 / 2 + 0.1 and 2. */
static void chucks_need_room_beside_the_other_sleeve(void)
{
    const char *two = DRILL("a", -4.5, 0, ", \"tool_mm\": 16, \"sleeve_mm\": 12") "," DRILL(
        "b", 4.5, 0, ", \"tool_mm\": 4, \"sleeve_mm\": 24");
    const struct nw_design_check tight = judged(BALL, "", two, "tool-room");
    CHECK_NEAR(tight.value, 9 - 8 - 1.35 - 2, 0.1);
    CHECK(tight.verdict == NW_VERDICT_FAIL && strstr(tight.en, "sleeve of b"));
    const char *wide = DRILL("a", -4.5, 0, ", \"tool_mm\": 6, \"sleeve_mm\": 12") "," DRILL(
        "b", 4.5, 0, ", \"tool_mm\": 4, \"sleeve_mm\": 24");
    CHECK(judged(BALL, "", wide, "tool-room").verdict == NW_VERDICT_PASS);
}

/* A bar of bone beside the sleeve, at the height of the chuck: 9 mm off the axis. */
#define BAR                                                                                    \
    "\"ball\": {\"kind\": \"sphere\", \"centre_mm\": [0, 0, 0], \"radius_mm\": 12},"           \
    "\"bar\": {\"kind\": \"capsule\", \"from_mm\": [%s, -30, 40], \"to_mm\": [%s, 30, 40], "   \
    "\"radius_mm\": 3}, \"bone\": {\"kind\": \"union\", \"of\": [\"ball\", \"bar\"]}"

static void chucks_need_room_beside_the_bone(void)
{
    char parts[600];
    snprintf(parts, sizeof parts, BAR, "9", "9");
    const struct nw_design_check c =
        judged(parts, "", DRILL("a", 0, 0, ", \"tool_mm\": 14"), "tool-room");
    CHECK_NEAR(c.value, 9 - 3 - 7, 0.1);
    CHECK(c.verdict == NW_VERDICT_FAIL && strstr(c.en, "off the bone"));
    CHECK(fabs(c.place_mm.z - 40) < 1);
}

/* Straight above the sleeve: nothing can be put on past it. */
static void bone_above_a_sleeve_is_told(void)
{
    char parts[600];
    snprintf(parts, sizeof parts, BAR, "2", "2");
    const struct nw_design_check c = judged(parts, "", DRILL("a", 0, 0, ""), "sleeve-clear");
    CHECK(c.verdict == NW_VERDICT_FAIL && c.value < -0.5);
    snprintf(parts, sizeof parts, BAR, "12", "12");
    const struct nw_design_check free = judged(parts, "", DRILL("a", 0, 0, ""), "sleeve-clear");
    CHECK(free.value != free.value);
}

static void the_thinnest_wall_is_measured(void)
{
    const struct nw_design_check thin = judged(
        BALL, "\"min_wall_mm\": 1.2,", DRILL("a", 0, 0, ", \"wall_mm\": 0.9"), "minimum-wall");
    CHECK_NEAR(thin.value, 0.9, 0.1);
    CHECK(thin.verdict == NW_VERDICT_CONDITIONAL);
    const struct nw_design_check flimsy = judged(
        BALL, "\"min_wall_mm\": 2,", DRILL("a", 0, 0, ", \"wall_mm\": 0.9"), "minimum-wall");
    CHECK(flimsy.verdict == NW_VERDICT_FAIL);
    const struct nw_design_check sound = judged(
        BALL, "\"min_wall_mm\": 0.8,", DRILL("a", 0, 0, ", \"wall_mm\": 2"), "minimum-wall");
    CHECK(sound.verdict == NW_VERDICT_PASS && sound.value > 1.5);
}

/* Two balls far apart: nothing lies between them for the plate to lie on. */
static void pieces_are_counted_and_a_bridge_joins_them(void)
{
    static const char balls[] =
        "\"a\": {\"kind\": \"sphere\", \"centre_mm\": [-20, 0, 4], \"radius_mm\": 8},"
        "\"b\": {\"kind\": \"sphere\", \"centre_mm\": [20, 0, 4], \"radius_mm\": 8},"
        "\"bone\": {\"kind\": \"union\", \"of\": [\"a\", \"b\"]}";
    const char *two = DRILL("a", -20, 0, "") "," DRILL("b", 20, 0, "");
    const struct nw_design_check apart = judged(balls, "", two, "one-piece");
    CHECK(apart.value == 2 && apart.verdict == NW_VERDICT_FAIL);
    const struct nw_design_check joined = judged(balls, "\"bridge_mm\": 3,", two, "one-piece");
    CHECK(joined.value == 1 && joined.verdict == NW_VERDICT_PASS);
}

static void drills_that_meet_are_told(void)
{
    const struct nw_design_check cross =
        judged(BALL, "", DRILL("a", -5, 0.5, "") "," DRILL("b", 5, -0.5, ""), "drills-apart");
    CHECK(cross.verdict == NW_VERDICT_FAIL && cross.value < -2.6);
    const struct nw_design_check beside =
        judged(BALL, "", DRILL("a", -5, 0, "") "," DRILL("b", 5, 0, ""), "drills-apart");
    CHECK(beside.value != beside.value);
}

static void a_pad_adds_contact(void)
{
    static const char flat[] = "\"bone\": {\"kind\": \"box\", \"min_mm\": [-40, -40, 0], "
                               "\"max_mm\": [40, 40, 12]}";
    const double one = judged(flat, "", DRILL("a", 0, 0, ""), "contact-area").value;
    const double more =
        judged(flat, "\"pads_mm\": [[16, 0, 12]],", DRILL("a", 0, 0, ""), "contact-area").value;
    CHECK(one > NW_PI * 4 * 4 && one < NW_PI * 6 * 6);
    CHECK(more > 2 * one && more < 3.5 * one); /* another disc, and what joins them */
}

int main(void)
{
    UNIT(thin_bone_under_it_is_told);
    UNIT(uncertain_bone_under_it_is_told);
    UNIT(chucks_need_room_beside_the_other_sleeve);
    UNIT(chucks_need_room_beside_the_bone);
    UNIT(bone_above_a_sleeve_is_told);
    UNIT(the_thinnest_wall_is_measured);
    UNIT(pieces_are_counted_and_a_bridge_joins_them);
    UNIT(drills_that_meet_are_told);
    UNIT(a_pad_adds_contact);
    return unit_end();
}
