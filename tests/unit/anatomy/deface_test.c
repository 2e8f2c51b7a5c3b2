/* tests/unit/anatomy/deface_test.c -- faces: where one may be, and what of the head goes. */
#include "anatomy/deface.h"

#include <string.h>

#include "starve.h"
#include "unit.h"

enum { SIDE = 88 };
static const double STEP_MM = 2.5, HEAD_MM = 90, SKULL_OUT_MM = 82, SKULL_IN_MM = 75;

/* A ball of soft tissue with a shell of bone in it, a nose and two ears. `turn`: the patient's
 * front is at the other end of the grid's second axis. */
static void make_head(struct nw_scan *scan, bool turn, struct nw_err *err)
{
    nw_scan_init(scan);
    const double edge = -(SIDE - 1) / 2.0 * STEP_MM, y = turn ? -1 : 1;
    const struct nw_grid grid = {{SIDE, SIDE, SIDE},
                                 {edge * y, edge * y, edge},
                                 {{STEP_MM * y, 0, 0}, {0, STEP_MM * y, 0}, {0, 0, STEP_MM}}};
    if (!nw_volume_init(&scan->volume, NW_VOXEL_I16, &grid, err))
        return;
    scan->facts.is_hu = true;
    scan->facts.body_part = "HEAD";
    for (size_t n = 0; n < nw_grid_count(&grid); n++) {
        const nw_ijk at = {(double)(n % SIDE), (double)(n / SIDE % SIDE),
                           (double)(n / SIDE / SIDE)};
        const nw_vec3 p = nw_grid_point(&grid, at);
        const double r = nw_length(p);
        const bool nose = nw_length(nw_sub(p, nw_v3(0, -95, -10))) < 12,
                   ear = nw_length(nw_sub(p, nw_v3(p.x > 0 ? 92 : -92, 5, 0))) < 10;
        scan->volume.i16[n] = (int16_t)(r < SKULL_IN_MM              ? 35
                                        : r < SKULL_OUT_MM           ? 1000
                                        : r < HEAD_MM || nose || ear ? 40
                                                                     : -1000);
    }
}

static nw_vec3 place(const struct nw_grid *g, size_t n)
{
    const nw_ijk at = {(double)(n % SIDE), (double)(n / SIDE % SIDE),
                       (double)(n / SIDE / SIDE)};
    return nw_grid_point(g, at);
}

/* Req: R-353 */
static void a_nose_and_ears_go_and_bone_and_brain_stay(void)
{
    for (int turn = 0; turn < 2; turn++) {
        struct nw_err err = {0};
        struct nw_scan scan;
        struct nw_volume mask = {0};
        struct nw_defaced done;
        make_head(&scan, turn == 1, &err);
        const struct nw_deface_opts opts = {.seed = 5};
        CHECK(nw_deface_mark(&scan, &opts, &mask, &done, &err));
        size_t features = 0, features_gone = 0, hurt = 0, back = 0, front = 0, front_gone = 0;
        for (size_t n = 0; n < nw_grid_count(&mask.grid); n++) {
            const nw_vec3 p = place(&mask.grid, n);
            const double r = nw_length(p);
            const bool soft = scan.volume.i16[n] == 40;
            if (soft && r > HEAD_MM) {
                features++;
                features_gone += mask.u8[n];
            }
            hurt += mask.u8[n] && (scan.volume.i16[n] == 1000 || r < SKULL_OUT_MM);
            back += mask.u8[n] && p.y > 75;
            if (soft && p.y < -60 && r > SKULL_OUT_MM + 2 * STEP_MM) {
                front++;
                front_gone += mask.u8[n];
            }
        }
        CHECK(features > 300 && features_gone == features);
        CHECK(front > 1000 && front_gone == front);
        CHECK(hurt == 0);
        CHECK(back == 0);
        CHECK(done.voxels > front_gone && done.air < -999);
        nw_volume_release(&mask);
        nw_scan_release(&scan);
        nw_volume_release(&scan.volume);
    }
}

static void depths_are_by_chance_and_the_same_chance_gives_the_same(void)
{
    struct nw_err err = {0};
    struct nw_scan scan;
    struct nw_volume a = {0}, b = {0}, c = {0};
    struct nw_defaced done;
    make_head(&scan, false, &err);
    const struct nw_deface_opts one = {.seed = 1, .with_bone = true},
                                two = {.seed = 2, .with_bone = true};
    CHECK(nw_deface_mark(&scan, &one, &a, &done, &err));
    CHECK(nw_deface_mark(&scan, &one, &b, &done, &err));
    CHECK(nw_deface_mark(&scan, &two, &c, &done, &err));
    CHECK(nw_volume_is_equal(&a, &b) && !nw_volume_is_equal(&a, &c));
    size_t bone = 0;
    for (size_t n = 0; n < nw_grid_count(&a.grid); n++)
        bone += a.u8[n] && scan.volume.i16[n] == 1000;
    CHECK(bone > 1000); /* as asked */
    nw_volume_release(&a);
    nw_volume_release(&b);
    nw_volume_release(&c);
    nw_volume_release(&scan.volume);
    nw_scan_release(&scan);
}

static void a_head_is_known_by_its_words_or_by_its_top(void)
{
    struct nw_err err = {0};
    struct nw_scan scan;
    make_head(&scan, false, &err);
    const struct {
        const char *part, *series;
        enum nw_face_chance chance;
    } row[] = {{"HEAD", "", NW_FACE_EXPECTED},
               {"", "颌面部平扫", NW_FACE_EXPECTED},
               {"CHEST", "", NW_FACE_EXPECTED}, /* the top of a head is in it all the same */
               {"", "", NW_FACE_EXPECTED}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        scan.facts.body_part = row[i].part;
        scan.facts.series_description = row[i].series;
        CHECK(nw_face_chance_of(&scan) == row[i].chance);
    }
    for (size_t n = 0; n < nw_grid_count(&scan.volume.grid); n++)
        scan.volume.i16[n] = 40; /* cut off at all sides */
    scan.facts.body_part = "KNEE";
    scan.facts.series_description = "";
    CHECK(nw_face_chance_of(&scan) == NW_FACE_NO);
    scan.facts.body_part = "";
    CHECK(nw_face_chance_of(&scan) == NW_FACE_MAY);
    nw_volume_release(&scan.volume);
    nw_scan_release(&scan);
}

static void what_has_no_front_or_no_skin_is_refused(void)
{
    struct nw_err err = {0};
    struct nw_scan scan;
    struct nw_volume mask = {0};
    struct nw_defaced done;
    const struct nw_deface_opts opts = {0};
    make_head(&scan, false, &err);
    struct nw_grid *g = &scan.volume.grid;
    const struct nw_grid upright = *g;
    g->step_mm[0] = nw_scale(nw_unit(nw_v3(1, 1, 0)), STEP_MM);
    g->step_mm[1] = nw_scale(nw_unit(nw_v3(-1, 1, 0)), STEP_MM);
    CHECK(!nw_deface_mark(&scan, &opts, &mask, &done, &err) && err.code == NW_ERR_UNSUPPORTED);
    *g = upright;
    for (size_t n = 0; n < nw_grid_count(g); n++)
        scan.volume.i16[n] = -1000;
    err = (struct nw_err){0};
    CHECK(!nw_deface_mark(&scan, &opts, &mask, &done, &err) && err.code == NW_ERR_GEOMETRY);
    nw_volume_release(&scan.volume);
    nw_scan_release(&scan);
}

static struct nw_scan standing;

static bool attempt(struct nw_err *err)
{
    struct nw_volume mask = {0};
    struct nw_defaced done;
    const struct nw_deface_opts opts = {0};
    const bool ok = nw_deface_mark(&standing, &opts, &mask, &done, err);
    nw_volume_release(&mask);
    return ok;
}

static void memory_that_ends_is_told(void)
{
    struct nw_err err = {0};
    make_head(&standing, false, &err);
    CHECK(unit_starve(attempt) > 5);
    nw_volume_release(&standing.volume);
    nw_scan_release(&standing);
}

int main(void)
{
    UNIT(a_nose_and_ears_go_and_bone_and_brain_stay);
    UNIT(depths_are_by_chance_and_the_same_chance_gives_the_same);
    UNIT(a_head_is_known_by_its_words_or_by_its_top);
    UNIT(what_has_no_front_or_no_skin_is_refused);
    UNIT(memory_that_ends_is_told);
    return unit_end();
}
