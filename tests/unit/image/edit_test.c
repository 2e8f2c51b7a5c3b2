/* Corrections to labels: each step against its formula, and what holds of all of them. */
#include "image/edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "image/runs.h"
#include "starve.h"
#include "unit.h"

/* 60 x 50 x 40 voxels of 0.5 x 0.5 x 1 mm; its middle voxel is at (15, 12.5, 20) mm. */
enum { NX = 60, NY = 50, NZ = 40 };

struct bench {
    struct nw_volume scan, labels;
    struct nw_edit_names names;
    struct nw_edit_done done[8];
    struct nw_err err;
};

static nw_vec3 place(size_t i, size_t j, size_t k)
{
    return nw_v3(0.5 * (double)i, 0.5 * (double)j, (double)k);
}

static void set_up(struct bench *b)
{
    const struct nw_grid g = {.dim = {NX, NY, NZ},
                              .step_mm = {{0.5, 0, 0}, {0, 0.5, 0}, {0, 0, 1}}};
    *b = (struct bench){.names = {.name = {"", "bone"}}};
    CHECK(nw_volume_init(&b->scan, NW_VOXEL_I16, &g, &b->err));
    CHECK(nw_volume_init(&b->labels, NW_VOXEL_U8, &g, &b->err));
}

static void tear_down(struct bench *b)
{
    nw_volume_release(&b->scan);
    nw_volume_release(&b->labels);
}

static size_t at(size_t i, size_t j, size_t k)
{
    return i + NX * (j + NY * k);
}

/* Steps as they stand between the brackets of the list, done to what is there. */
static bool do_steps(struct bench *b, const char *steps)
{
    char text[4096];
    (void)snprintf(text, sizeof text, "{\"nuwa\": \"edit 1\", \"steps\": [%s]}", steps);
    b->err = (struct nw_err){0};
    struct nw_edits *e = nw_edits_parse(text, strlen(text), &b->err);
    const bool ok = e && nw_edits_apply(e, &b->scan, &b->labels, &b->names, b->done, &b->err);
    for (int v = 0; v < NW_EDIT_LABELS; v++) /* texts die with the document */
        if (b->names.name[v])
            b->names.name[v] = v < 2 ? (v ? "bone" : "") : "made";
    nw_edits_free(e);
    return ok;
}

static bool refuses(struct bench *b, const char *steps, const char *sentence)
{
    const bool ok = do_steps(b, steps);
    if (ok || !strstr(b->err.msg, sentence))
        printf("# %s: \"%s\"\n", steps, ok ? "done" : b->err.msg);
    return !ok && strstr(b->err.msg, sentence) != NULL;
}

static size_t count_of(const struct bench *b, uint8_t value)
{
    size_t count = 0;
    for (size_t v = 0; v < NX * NY * NZ; v++)
        count += b->labels.u8[v] == value;
    return count;
}

static uint8_t *copy_of(const struct bench *b)
{
    uint8_t *copy = NW_ALLOC(uint8_t, NX * NY * NZ, &(struct nw_err){0});
    memcpy(copy, b->labels.u8, NX * NY * NZ);
    return copy;
}

static bool is_same(const struct bench *b, const uint8_t *copy)
{
    return memcmp(b->labels.u8, copy, NX * NY * NZ) == 0;
}

static const char *const BALL =
    "{\"do\": \"paint\", \"stroke_mm\": [[15, 12.5, 20]], \"radius_mm\": 6}";

static void a_dab_of_paint_is_the_ball_of_its_radius(void)
{
    struct bench b;
    set_up(&b);
    CHECK(do_steps(&b, BALL));
    size_t wrong = 0;
    for (size_t k = 0; k < NZ; k++)
        for (size_t j = 0; j < NY; j++)
            for (size_t i = 0; i < NX; i++) {
                const nw_vec3 d = nw_sub(place(i, j, k), nw_v3(15, 12.5, 20));
                wrong += (nw_dot(d, d) <= 36) != (b.labels.u8[at(i, j, k)] == 1);
            }
    CHECK(wrong == 0);
    CHECK(b.done[0].added == count_of(&b, 1) && b.done[0].removed == 0);
    CHECK(strcmp(b.done[0].what, "paint") == 0);
    tear_down(&b);
}

static void a_stroke_is_all_dabs_along_it_and_a_flat_brush_one_layer(void)
{
    struct bench b;
    set_up(&b);
    CHECK(do_steps(&b, "{\"do\": \"paint\", \"stroke_mm\": [[5, 5, 20], [25, 5, 20], "
                       "[25, 20, 20]], \"radius_mm\": 2, \"normal\": [0, 0, 3]}"));
    size_t wrong = 0;
    for (size_t k = 0; k < NZ; k++)
        for (size_t j = 0; j < NY; j++)
            for (size_t i = 0; i < NX; i++) {
                const nw_vec3 p = place(i, j, k);
                const double dx = fmax(fmax(5 - p.x, p.x - 25), 0), dy = p.y - 5;
                const double ex = p.x - 25, ey = fmax(fmax(5 - p.y, p.y - 20), 0);
                const bool in = k == 20 && (dx * dx + dy * dy <= 4 || ex * ex + ey * ey <= 4);
                wrong += in != (b.labels.u8[at(i, j, k)] == 1);
            }
    CHECK(wrong == 0);
    tear_down(&b);
}

static void painting_then_erasing_gives_back_what_was_empty(void)
{
    struct bench b;
    set_up(&b);
    CHECK(do_steps(&b, "{\"do\": \"paint\", \"stroke_mm\": [[4, 4, 5]], \"radius_mm\": 3}"));
    uint8_t *before = copy_of(&b);
    char both[600];
    (void)snprintf(both, sizeof both,
                   "%s, {\"do\": \"erase\", \"stroke_mm\": [[15, 12.5, 20]], \"radius_mm\": 6}",
                   BALL);
    CHECK(do_steps(&b, both));
    CHECK(is_same(&b, before));
    CHECK(b.done[0].added == b.done[1].removed && b.done[0].added > 0);
    nw_free(before);
    tear_down(&b);
}

static void undo_is_the_list_without_its_last_row(void)
{
    static const char *const more =
        ", {\"do\": \"erase\", \"stroke_mm\": [[15, 12.5, 20], [20, 12.5, 20]], "
        "\"radius_mm\": 2}";
    static const char *const last = ", {\"do\": \"cut\", \"point_mm\": [15, 0, 0], \"normal\": "
                                    "[1, 0, 0], \"name\": \"left\"}";
    char text[1200];
    struct bench b, c;
    set_up(&b);
    set_up(&c);
    (void)snprintf(text, sizeof text, "%s%s", BALL, more);
    CHECK(do_steps(&b, text));
    (void)snprintf(text, sizeof text, "%s%s%s", BALL, more, last);
    CHECK(do_steps(&c, text));
    CHECK(!is_same(&b, c.labels.u8) && c.done[2].moved == count_of(&c, 2));
    /* what one does after an undo does not know of what was undone */
    tear_down(&c);
    set_up(&c);
    (void)snprintf(text, sizeof text, "%s%s", BALL, more);
    CHECK(do_steps(&c, text));
    CHECK(is_same(&b, c.labels.u8));
    tear_down(&b);
    tear_down(&c);
}

/* A ramp along x: 100 HU a mm. */
static void make_ramp(struct bench *b)
{
    for (size_t v = 0; v < NX * NY * NZ; v++)
        b->scan.i16[v] = (int16_t)(50 * (v % NX));
}

static void the_threshold_brush_takes_what_is_in_range_and_in_the_ball(void)
{
    static const char *const how[] = {"add", "remove", "both"};
    for (int n = 0; n < 3; n++) {
        struct bench b;
        set_up(&b);
        make_ramp(&b);
        for (size_t v = 0; v < NX * NY * NZ; v++)
            b.labels.u8[v] = v % NX < 30 && v % 7 < 3;
        uint8_t *before = copy_of(&b);
        char text[300];
        (void)snprintf(text, sizeof text,
                       "{\"do\": \"threshold\", \"stroke_mm\": [[14, 12, 20]], \"radius_mm\": "
                       "5, \"min\": 1000, \"max\": 1500, \"how\": \"%s\"}",
                       how[n]);
        CHECK(do_steps(&b, text));
        size_t wrong = 0;
        for (size_t k = 0; k < NZ; k++)
            for (size_t j = 0; j < NY; j++)
                for (size_t i = 0; i < NX; i++) {
                    const nw_vec3 d = nw_sub(place(i, j, k), nw_v3(14, 12, 20));
                    const bool under = nw_dot(d, d) <= 25, in = i >= 20 && i <= 30;
                    uint8_t want = before[at(i, j, k)];
                    if (under && in && n != 1)
                        want = 1;
                    if (under && !in && n != 0)
                        want = 0;
                    wrong += want != b.labels.u8[at(i, j, k)];
                }
        CHECK(wrong == 0);
        nw_free(before);
        tear_down(&b);
    }
}

static void growing_stays_in_its_range_and_its_radius_and_is_connected(void)
{
    struct bench b;
    set_up(&b);
    /* two bright boxes, 12 mm apart, joined by nothing */
    for (size_t k = 10; k < 30; k++)
        for (size_t j = 10; j < 40; j++)
            for (size_t i = 5; i < 55; i++)
                if (i < 25 || i >= 40)
                    b.scan.i16[at(i, j, k)] = 500;
    CHECK(do_steps(&b, "{\"do\": \"grow\", \"seeds_mm\": [[5, 10, 20]], \"min\": 300, "
                       "\"max\": 900}"));
    CHECK(count_of(&b, 1) == 20 * 30 * 20);
    CHECK(b.labels.u8[at(24, 39, 29)] == 1 && b.labels.u8[at(40, 20, 20)] == 0);
    memset(b.labels.u8, 0, NX * NY * NZ);
    CHECK(do_steps(&b, "{\"do\": \"grow\", \"seeds_mm\": [[5, 10, 20]], \"min\": 300, "
                       "\"max\": 900, \"radius_mm\": 3}"));
    size_t wrong = 0;
    for (size_t v = 0; v < NX * NY * NZ; v++) {
        const nw_vec3 d = nw_sub(place(v % NX, v / NX % NY, v / (NX * NY)), nw_v3(5, 10, 20));
        wrong += (nw_dot(d, d) <= 9 && b.scan.i16[v] == 500) != (b.labels.u8[v] == 1);
    }
    CHECK(wrong == 0 && count_of(&b, 1) > 100);
    CHECK(refuses(
        &b,
        "{\"do\": \"grow\", \"seeds_mm\": [[5, 10, 20], [16, 10, 20]], \"min\": "
        "300, \"max\": 900}",
        "steps[0].seeds_mm[1]: the grey value there is 0, and the range is 300 to 900"));
    tear_down(&b);
}

static void scissors_take_what_the_outline_covers_within_their_depth(void)
{
    struct bench b;
    set_up(&b);
    memset(b.labels.u8, 1, NX * NY * NZ);
    /* an arrow head, so that a row is crossed four times */
    CHECK(do_steps(&b, "{\"do\": \"scissors\", \"outline_mm\": [[5.1, 5.1, 0], [25.1, 5.1, 0], "
                       "[25.1, 20.3, 0], [15.1, 10.3, 0], [5.1, 20.3, 0]], \"direction\": "
                       "[0, 0, 1], \"from_mm\": 10, \"to_mm\": 20}"));
    size_t wrong = 0;
    for (size_t k = 0; k < NZ; k++)
        for (size_t j = 0; j < NY; j++)
            for (size_t i = 0; i < NX; i++) {
                const nw_vec3 p = place(i, j, k);
                const double roof = 10.3 + fabs(p.x - 15.1);
                const bool in =
                    p.x > 5.1 && p.x < 25.1 && p.y > 5.1 && p.y < roof && k >= 10 && k <= 20;
                wrong += in == (b.labels.u8[at(i, j, k)] == 1);
            }
    CHECK(wrong == 0);
    tear_down(&b);
}

static void scissors_seen_along_a_row_and_aslant_agree_with_points_one_by_one(void)
{
    struct bench b;
    set_up(&b);
    memset(b.labels.u8, 1, NX * NY * NZ);
    CHECK(do_steps(&b, "{\"do\": \"scissors\", \"outline_mm\": [[0, 5.1, 10.1], [0, 20.1, "
                       "10.1], [0, 5.1, 30.1]], \"direction\": [2, 0, 0], \"what\": "
                       "\"outside\"}"));
    size_t wrong = 0;
    for (size_t v = 0; v < NX * NY * NZ; v++) {
        const nw_vec3 p = place(v % NX, v / NX % NY, v / (NX * NY));
        const bool in = p.y > 5.1 && p.z > 10.1 && (p.y - 5.1) / 15 + (p.z - 10.1) / 20 < 1;
        wrong += in != (b.labels.u8[v] == 1);
    }
    CHECK(wrong == 0);
    memset(b.labels.u8, 1, NX * NY * NZ);
    /* a parallelogram in x and y moved along (1, 0, 1): a slanting prism */
    CHECK(do_steps(&b, "{\"do\": \"scissors\", \"outline_mm\": [[5.1, 5.1, 0], [10.1, 5.1, 0], "
                       "[10.1, 20.1, 0], [5.1, 20.1, 0]], \"direction\": [1, 0, 1]}"));
    wrong = 0;
    for (size_t v = 0; v < NX * NY * NZ; v++) {
        const nw_vec3 p = place(v % NX, v / NX % NY, v / (NX * NY));
        const double x = p.x - p.z;
        wrong += (x > 5.1 && x < 10.1 && p.y > 5.1 && p.y < 20.1) == (b.labels.u8[v] == 1);
    }
    CHECK(wrong == 0);
    tear_down(&b);
}

/* Boxes of 4000, 400, 40 and 4 voxels in part 1, apart from one another. */
static void make_islands(struct bench *b)
{
    const size_t width[] = {40, 4, 4, 1}, depth[] = {10, 10, 5, 2}, high[] = {10, 10, 2, 2};
    memset(b->labels.u8, 0, NX * NY * NZ);
    for (size_t n = 0; n < 4; n++)
        for (size_t k = 0; k < high[n]; k++)
            for (size_t j = 0; j < depth[n]; j++)
                for (size_t i = 0; i < width[n]; i++)
                    b->labels.u8[at(2 + i, 3 + 12 * n + j, 5 + k)] = 1;
}

static void islands_are_kept_removed_and_split_by_size_and_by_click(void)
{
    struct bench b;
    set_up(&b);
    make_islands(&b);
    CHECK(do_steps(&b, "{\"do\": \"islands\", \"how\": \"keep\", \"largest\": 2}"));
    CHECK(count_of(&b, 1) == 4400 && b.done[0].removed == 44);
    make_islands(&b); /* a voxel has 0.25 mm3 */
    CHECK(do_steps(&b, "{\"do\": \"islands\", \"how\": \"remove\", \"below_mm3\": 10}"));
    CHECK(count_of(&b, 1) == 4440);
    CHECK(do_steps(&b, "{\"do\": \"islands\", \"how\": \"remove\", \"at_mm\": [[1.5, 8, 6]]}"));
    CHECK(count_of(&b, 1) == 4040 && b.done[0].removed == 400);
    make_islands(&b);
    CHECK(do_steps(&b,
                   "{\"do\": \"islands\", \"how\": \"keep\", \"at_mm\": [[1.5, 8, 6], [1.5, "
                   "8, 7]]}"));
    CHECK(count_of(&b, 1) == 400);
    make_islands(&b);
    CHECK(do_steps(&b, "{\"do\": \"islands\", \"how\": \"split\", \"largest\": 3}"));
    CHECK(count_of(&b, 1) == 4004 && count_of(&b, 2) == 400 && count_of(&b, 3) == 40);
    CHECK(b.done[0].moved == 440);
    CHECK(refuses(&b, "{\"do\": \"islands\", \"how\": \"split\", \"at_mm\": [[29, 24, 39]]}",
                  "steps[0].at_mm[0]: nothing of the part is there"));
    tear_down(&b);
}

static void filling_between_slices_of_a_cone_is_the_cone(void)
{
    struct bench b;
    set_up(&b);
    /* radius 10 mm at slice 5 to 4 mm at slice 35: its distance maps are linear in between */
    for (size_t k = 5; k <= 35; k += 30)
        for (size_t j = 0; j < NY; j++)
            for (size_t i = 0; i < NX; i++) {
                const nw_vec3 d = nw_sub(place(i, j, k), nw_v3(15, 12.5, (double)k));
                b.labels.u8[at(i, j, k)] = nw_length(d) < (k == 5 ? 10 : 4);
            }
    CHECK(do_steps(&b, "{\"do\": \"fill\", \"through_mm\": [[15, 12.5, 35], [15, 12.5, 5]]}"));
    double most = 0;
    for (size_t k = 6; k < 35; k++) {
        const double radius = 10 - 0.2 * ((double)k - 5);
        for (size_t j = 0; j < NY; j++)
            for (size_t i = 0; i < NX; i++) {
                const double r = nw_length(nw_sub(place(i, j, k), nw_v3(15, 12.5, (double)k)));
                if ((r < radius) != (b.labels.u8[at(i, j, k)] == 1))
                    most = fmax(most, fabs(r - radius));
            }
    }
    printf("# furthest voxel on the wrong side of the cone: %.3f mm\n", most);
    CHECK(most < 0.5); /* a voxel across */
    CHECK(b.done[0].added > 10000);
    CHECK(refuses(&b, "{\"do\": \"fill\", \"through_mm\": [[15, 12.5, 35], [15, 12.5, 39]]}",
                  "slice 40 holds nothing of the part to fill from"));
    CHECK(refuses(&b, "{\"do\": \"fill\", \"through_mm\": [[15, 12.5, 35], [1, 1, 35.2]]}",
                  "two of its places lie in slice 36"));
    tear_down(&b);
}

/* Two balls joined by a neck of 2 mm: x below 15 mm one, above the other. */
static void make_dumbbell(struct bench *b)
{
    for (size_t k = 0; k < NZ; k++)
        for (size_t j = 0; j < NY; j++)
            for (size_t i = 0; i < NX; i++) {
                const nw_vec3 p = place(i, j, k);
                const nw_vec3 a = nw_sub(p, nw_v3(8, 12.5, 20)),
                              c = nw_sub(p, nw_v3(22, 12.5, 20));
                const bool neck =
                    fabs(p.y - 12.5) <= 1 && fabs(p.z - 20) <= 1 && p.x > 8 && p.x < 22;
                b->labels.u8[at(i, j, k)] = nw_dot(a, a) <= 36 || nw_dot(c, c) <= 36 || neck;
            }
}

static void splitting_parts_at_the_neck_and_joining_undoes_it(void)
{
    struct bench b;
    set_up(&b);
    make_dumbbell(&b);
    uint8_t *before = copy_of(&b);
    CHECK(do_steps(&b, "{\"do\": \"split\", \"seeds_mm\": [[5, 12.5, 20], [25, 12.5, 23]], "
                       "\"names\": [\"made\"]}"));
    size_t wrong = 0;
    for (size_t v = 0; v < NX * NY * NZ; v++) {
        const double x = 0.5 * (double)(v % NX);
        if (before[v] && (x < 13.5 || x > 16.5))
            wrong += b.labels.u8[v] != (x < 15 ? 1 : 2);
        wrong += !before[v] && b.labels.u8[v];
    }
    CHECK(wrong == 0);
    CHECK(b.done[0].moved == count_of(&b, 2) && b.done[0].added + b.done[0].removed == 0);
    CHECK(do_steps(&b, "{\"do\": \"join\", \"parts\": [\"bone\", \"made\"]}"));
    CHECK(is_same(&b, before) && !b.names.name[2]);
    CHECK(refuses(&b, "{\"do\": \"split\", \"seeds_mm\": [[5, 12.5, 20], [1, 1, 1]]}",
                  "steps[0].seeds_mm[1]: nothing of the part is there"));
    nw_free(before);
    tear_down(&b);
}

static void documents_are_refused_with_their_place(void)
{
    static const char *const bad[][2] = {
        {"{\"do\": \"pain\"}", "line 1, steps[0].do: is 'pain'; it is one of paint"},
        {"{\"do\": \"paint\", \"stroke_mm\": [[1, 2, 3]]}",
         "steps[0]: radius_mm is missing from this paint"},
        {"{\"do\": \"paint\", \"stroke_mm\": [[1, 2]], \"radius_mm\": 1}", "stroke_mm[0]"},
        {"{\"do\": \"paint\", \"stroke_mm\": [], \"radius_mm\": 1}", "stroke_mm"},
        {"{\"do\": \"paint\", \"stroke_mm\": [[1, 2, 3]], \"radius_mm\": 1, \"colour\": 2}",
         "colour"},
        {"{\"do\": \"paint\", \"stroke_mm\": [[1, 2, 3]], \"radius_mm\": 1, \"over\": \"x\"}",
         "steps[0].over: is 'x'; it is one of empty, all"},
        {"{\"do\": \"paint\", \"part\": \"liver\", \"stroke_mm\": [[1, 2, 3]], \"radius_mm\": "
         "1}",
         "steps[0].part: no part is named 'liver' at this step"},
        {"{\"do\": \"grow\", \"seeds_mm\": [[1, 2, 3]], \"min\": 5, \"max\": 2}",
         "min is above max"},
        {"{\"do\": \"grow\", \"seeds_mm\": [[1, 2, 300]], \"min\": 0, \"max\": 2}",
         "steps[0].seeds_mm[0]: lies outside the scan"},
        {"{\"do\": \"cut\", \"point_mm\": [1, 2, 3], \"normal\": [0, 0, 0]}",
         "is no direction: its length is 0"},
        {"{\"do\": \"cut\", \"point_mm\": [1, 2, 3], \"normal\": [0, 0, 1]}",
         "nothing of the part lies beyond this plane"},
        {"{\"do\": \"cut\", \"point_mm\": [1, 2, 3], \"normal\": [0, 0, 1], \"name\": "
         "\"bone\"}",
         "there is a part named 'bone' already"},
        {"{\"do\": \"islands\", \"how\": \"keep\"}", "by one of at_mm, largest and below_mm3"},
        {"{\"do\": \"islands\", \"how\": \"keep\", \"below_mm3\": 3}", "goes with \"how\""},
        {"{\"do\": \"split\", \"seeds_mm\": [[1, 2, 3], [2, 2, 3]], \"names\": [\"a\", "
         "\"b\"]}",
         "one name for each seed after the first: 1"},
        {"{\"do\": \"join\", \"parts\": [\"bone\", \"bone\"]}", "parts[1]: is named twice"},
        {"{\"do\": \"scissors\", \"outline_mm\": [[0,0,0],[1,0,0],[1,1,0]], \"direction\": "
         "[0,0,1], \"from_mm\": 3, \"to_mm\": 1}",
         "from_mm is above to_mm"},
        {"7", "steps[0]"},
    };
    struct bench b;
    set_up(&b);
    for (size_t n = 0; n < sizeof bad / sizeof *bad; n++)
        CHECK(refuses(&b, bad[n][0], bad[n][1]));
    tear_down(&b);
    static const char *const heads[][2] = {
        {"{}", "\"nuwa\": \"edit 1\" is missing"},
        {"{\"nuwa\": \"edit 2\", \"steps\": []}", "is 'edit 2'; this program reads \"edit 1\""},
        {"{\"nuwa\": \"edit 1\"}", "\"steps\" is a list of at most 4000"},
        {"{\"nuwa\": \"edit 1\", \"steps\": [], \"more\": 1}", "more"},
        {"[", "line 1"},
    };
    for (size_t n = 0; n < sizeof heads / sizeof *heads; n++) {
        struct nw_err err = {0};
        CHECK(!nw_edits_parse(heads[n][0], strlen(heads[n][0]), &err));
        CHECK(strstr(err.msg, heads[n][1]) != NULL);
    }
}

static const char *const ALL =
    "{\"do\": \"paint\", \"stroke_mm\": [[8, 12, 20], [22, 12, 20]], \"radius_mm\": 4},"
    "{\"do\": \"threshold\", \"stroke_mm\": [[15, 18, 20]], \"radius_mm\": 4, \"min\": 500, "
    "\"max\": 1500, \"how\": \"both\"},"
    "{\"do\": \"grow\", \"seeds_mm\": [[15, 12, 20]], \"min\": 700, \"max\": 800, "
    "\"radius_mm\": 9},"
    "{\"do\": \"scissors\", \"outline_mm\": [[10, 10, 0], [12, 10, 0], [11, 13, 0]], "
    "\"direction\": [0, 0, 1]},"
    "{\"do\": \"islands\", \"how\": \"keep\", \"largest\": 1},"
    "{\"do\": \"fill\", \"through_mm\": [[15, 12, 18], [15, 12, 22]], \"radius_mm\": 9},"
    "{\"do\": \"split\", \"seeds_mm\": [[7, 12, 20], [23, 12, 20]]},"
    "{\"do\": \"cut\", \"point_mm\": [0, 0, 20], \"normal\": [0, 0, 1]}";

static void any_number_of_threads_gives_the_same_bytes(void)
{
    uint8_t *first = NULL;
    for (int threads = 1; threads <= 5; threads += 2) {
        struct bench b;
        set_up(&b);
        make_ramp(&b);
        nw_set_threads(threads);
        CHECK(do_steps(&b, ALL));
        if (first)
            CHECK(is_same(&b, first));
        else
            first = copy_of(&b);
        CHECK(count_of(&b, 1) > 0 && count_of(&b, 2) > 0 && count_of(&b, 3) > 0);
        tear_down(&b);
    }
    nw_set_threads(0);
    nw_free(first);
}

static bool attempt(struct nw_err *err)
{
    const struct nw_grid g = {.dim = {NX, NY, NZ},
                              .step_mm = {{0.5, 0, 0}, {0, 0.5, 0}, {0, 0, 1}}};
    struct bench b = {.names = {.name = {"", "bone"}}};
    char text[4096];
    (void)snprintf(text, sizeof text, "{\"nuwa\": \"edit 1\", \"steps\": [%s]}", ALL);
    bool ok = nw_volume_init(&b.scan, NW_VOXEL_I16, &g, err) &&
              nw_volume_init(&b.labels, NW_VOXEL_U8, &g, err);
    if (ok)
        make_ramp(&b);
    struct nw_edits *e = ok ? nw_edits_parse(text, strlen(text), err) : NULL;
    ok = e && nw_edits_apply(e, &b.scan, &b.labels, &b.names, b.done, err);
    char *schema = ok ? nw_edits_schema(err) : NULL;
    ok = schema != NULL;
    nw_free(schema);
    nw_edits_free(e);
    tear_down(&b);
    return ok;
}

static void every_allocation_may_fail(void)
{
    CHECK(unit_starve(attempt) > 20);
}

int main(void)
{
    UNIT(a_dab_of_paint_is_the_ball_of_its_radius);
    UNIT(a_stroke_is_all_dabs_along_it_and_a_flat_brush_one_layer);
    UNIT(painting_then_erasing_gives_back_what_was_empty);
    UNIT(undo_is_the_list_without_its_last_row);
    UNIT(the_threshold_brush_takes_what_is_in_range_and_in_the_ball);
    UNIT(growing_stays_in_its_range_and_its_radius_and_is_connected);
    UNIT(scissors_take_what_the_outline_covers_within_their_depth);
    UNIT(scissors_seen_along_a_row_and_aslant_agree_with_points_one_by_one);
    UNIT(islands_are_kept_removed_and_split_by_size_and_by_click);
    UNIT(filling_between_slices_of_a_cone_is_the_cone);
    UNIT(splitting_parts_at_the_neck_and_joining_undoes_it);
    UNIT(documents_are_refused_with_their_place);
    UNIT(any_number_of_threads_gives_the_same_bytes);
    UNIT(every_allocation_may_fail);
    return unit_end();
}
