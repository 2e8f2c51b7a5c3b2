/* tests/unit/report/picture_test.c */
#include "report/picture.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "report/canvas_priv.h"
#include "report/raster_priv.h"
#include "report/shapes.h"
#include "starve.h"

/* ---- helpers ---- */

static void add_ball(struct nw_model *m, const char *name, nw_vec3 at, double radius_mm,
                     uint8_t r, uint8_t g, uint8_t b)
{
    struct nw_err err = {0};
    const uint8_t rgba[4] = {r, g, b, 255};
    struct nw_mesh mesh = sphere(at, radius_mm, 64, 32);
    CHECK(nw_model_add(m, name, rgba, &mesh, &err));
}

static struct nw_picture seen(const struct nw_model *m, enum nw_view view)
{
    struct nw_picture p = {0};
    struct nw_err err = {0};
    const struct nw_view_opts opts = {
        .view = view, .width = 240, .height = 240, .background = {255, 255, 255}};
    CHECK(nw_picture_of_model(m, &opts, &p, &err));
    return p;
}

/* Mean place of the pixels where channel `c` stands out, from the middle, y up; in pixels. */
static size_t mean_place(const struct nw_picture *p, int c, double *x, double *y)
{
    size_t count = 0;
    double sx = 0, sy = 0;
    for (size_t i = 0; i < p->width * p->height; i++) {
        const int a = p->rgb[3 * i + (size_t)c], b = p->rgb[3 * i + (size_t)((c + 1) % 3)],
                  d = p->rgb[3 * i + (size_t)((c + 2) % 3)];
        if (a < b + 60 || a < d + 60)
            continue;
        sx += (double)(i % p->width) + 0.5;
        sy += (double)(i / p->width) + 0.5;
        count++;
    }
    *x = sx / (double)count - (double)p->width / 2;
    *y = (double)p->height / 2 - sy / (double)count;
    return count;
}

static bool is_same(const struct nw_picture *a, const struct nw_picture *b)
{
    return a->width == b->width && a->height == b->height &&
           memcmp(a->rgb, b->rgb, 3 * a->width * a->height) == 0;
}

/* ---- the rasteriser ---- */

static void a_ball_covers_pi_r_squared(void)
{
    struct nw_model m = {0};
    add_ball(&m, "ball", nw_v3(3, -7, 11), 20, 200, 200, 200);
    struct nw_scene scene = {0};
    struct nw_err err = {0};
    CHECK(nw_scene_init(&scene, &m, &err));
    for (int view = NW_VIEW_FRONT; view <= NW_VIEW_OBLIQUE; view++) {
        struct nw_camera camera = nw_camera_at((enum nw_view)view);
        camera.middle_mm = nw_v3(3, -7, 11);
        camera.mm_per_px = 0.1;
        camera.middle_x = camera.middle_y = 225;
        struct nw_raster r = {0};
        CHECK(nw_raster_init(&r, &scene, &camera, 450, 450, &err));
        size_t covered = 0;
        float nearest = HUGE_VALF;
        for (size_t i = 0; i < 900 * 900; i++) {
            covered += r.tri[i] != NW_NO_TRI;
            nearest = r.depth[i] < nearest ? r.depth[i] : nearest;
        }
        const double area_mm2 = (double)covered * 0.05 * 0.05;
        CHECK_NEAR(area_mm2 / (NW_PI * 400), 1, 0.006); /* the polygon's own share: 0.3 % */
        CHECK_NEAR((double)nearest, -20, 0.06);
        nw_raster_release(&r);
    }
    nw_scene_release(&scene);
    nw_model_release(&m);
}

static void what_is_nearer_hides_what_is_behind(void)
{
    struct nw_model m = {0};
    add_ball(&m, "big behind", nw_v3(0, 30, 0), 20, 220, 20, 20);
    add_ball(&m, "small before", nw_v3(0, -30, 0), 6, 20, 20, 220);
    double x, y;
    struct nw_picture p = seen(&m, NW_VIEW_FRONT);
    const size_t blue = mean_place(&p, 2, &x, &y);
    CHECK(blue > 1000 && fabs(x) < 1 && fabs(y) < 1);
    nw_picture_release(&p);
    p = seen(&m, NW_VIEW_BACK);
    CHECK(mean_place(&p, 2, &x, &y) == 0);
    nw_picture_release(&p);
    nw_model_release(&m);
}

/* Red on the patient's left, green in front, blue at the head. */
static void each_side_is_seen_where_it_is(void)
{
    static const struct {
        enum nw_view view;
        int left_x, front_x, head_x, left_y, front_y, head_y; /* signs; 0: not asked */
    } want[] = {
        {NW_VIEW_FRONT, 1, 0, 0, 0, 0, 1},    {NW_VIEW_BACK, -1, 0, 0, 0, 0, 1},
        {NW_VIEW_LEFT, 0, -1, 0, 0, 0, 1},    {NW_VIEW_RIGHT, 0, 1, 0, 0, 0, 1},
        {NW_VIEW_ABOVE, -1, 0, 0, 0, 1, 0},   {NW_VIEW_BELOW, 1, 0, 0, 0, 1, 0},
        {NW_VIEW_OBLIQUE, 1, -1, 0, 0, 0, 1},
    };
    struct nw_model m = {0};
    add_ball(&m, "middle", nw_v3(0, 0, 0), 4, 128, 128, 128);
    add_ball(&m, "left", nw_v3(40, 0, 0), 6, 230, 20, 20);
    add_ball(&m, "front", nw_v3(0, -40, 0), 6, 20, 230, 20);
    add_ball(&m, "head", nw_v3(0, 0, 40), 6, 20, 20, 230);
    add_ball(&m, "right", nw_v3(-40, 0, 0), 6, 128, 128, 128);
    add_ball(&m, "back", nw_v3(0, 40, 0), 6, 128, 128, 128);
    add_ball(&m, "foot", nw_v3(0, 0, -40), 6, 128, 128, 128);
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        struct nw_picture p = seen(&m, want[i].view);
        double x[3] = {0}, y[3] = {0};
        for (int c = 0; c < 3; c++)
            (void)mean_place(&p, c, &x[c], &y[c]);
        CHECK(want[i].left_x == 0 || want[i].left_x * x[0] > 15);
        CHECK(want[i].front_x == 0 || want[i].front_x * x[1] > 15);
        CHECK(want[i].front_y == 0 || want[i].front_y * y[1] > 15);
        CHECK(want[i].head_y == 0 || want[i].head_y * y[2] > 15);
        nw_picture_release(&p);
    }
    nw_model_release(&m);
}

/* Is the letter what stands at x (by the alignment) on the picture's middle line, or at the
 * middle of its top or foot? */
static bool has_letter(const struct nw_picture *p, const char *letter, enum nw_align align,
                       double x, double foot, const struct nw_lettering *like)
{
    struct nw_picture alone = {0};
    struct nw_mask mask = {0};
    struct nw_err err = {0};
    const uint8_t key[3] = {120, 130, 140}; /* far from ink and halo */
    struct nw_lettering look = *like;
    look.align = align;
    CHECK(nw_picture_init(&alone, p->width, p->height, key, &err));
    CHECK(nw_mask_init(&mask, &alone, &err));
    nw_canvas_text(&alone, &mask, x, foot, letter, &look);
    size_t inked = 0, same = 0;
    for (size_t i = 0; i < p->width * p->height; i++)
        if (memcmp(alone.rgb + 3 * i, look.ink, 3) == 0) {
            inked++;
            same += memcmp(alone.rgb + 3 * i, p->rgb + 3 * i, 3) == 0;
        }
    size_t halo = 0, halo_same = 0;
    for (size_t i = 0; i < p->width * p->height; i++)
        if (memcmp(alone.rgb + 3 * i, look.halo, 3) == 0) {
            halo++;
            halo_same += memcmp(alone.rgb + 3 * i, p->rgb + 3 * i, 3) == 0;
        }
    nw_mask_release(&mask);
    nw_picture_release(&alone);
    return inked > 5 && same == inked && halo == halo_same;
}

/* left, right, top, foot of each */
static void letters_name_the_sides(void)
{
    static const char *const view[6] = {"RLHF", "LRHF", "APHF", "PAHF", "LRAP", "RLAP"};
    static const char *const slice[3] = {"RLAP", "RLHF", "APHF"};
    struct nw_model m = {0};
    struct nw_err err = {0};
    add_ball(&m, "ball", nw_v3(0, 0, 0), 20, 128, 128, 128);
    for (int i = 0; i < 9; i++) {
        const char *want = i < 6 ? view[i] : slice[i - 6];
        struct nw_picture p = {0};
        const struct nw_slice_opts cut = {
            .plane = (enum nw_plane)(i - 6), .width = 240, .height = 240, .field_mm = 60};
        if (i < 6)
            p = seen(&m, (enum nw_view)i);
        else
            CHECK(nw_picture_of_slice(NULL, &m, &cut, &p, &err));
        const struct nw_lettering dark = {11, {40, 48, 58}, {255, 255, 255}, NW_ALIGN_LEFT},
                                  light = {13, {255, 255, 255}, {0, 0, 0}, NW_ALIGN_LEFT};
        const struct nw_lettering *look = i < 6 ? &dark : &light;
        const double foot = 120 + look->size_px / 2;
        char text[4][2] = {{want[0], 0}, {want[1], 0}, {want[2], 0}, {want[3], 0}};
        CHECK(has_letter(&p, text[0], NW_ALIGN_LEFT, 8, foot, look));
        CHECK(has_letter(&p, text[1], NW_ALIGN_RIGHT, 232, foot, look));
        CHECK(has_letter(&p, text[2], NW_ALIGN_MIDDLE, 120, 8 + look->size_px, look));
        CHECK(has_letter(&p, text[3], NW_ALIGN_MIDDLE, 120, 232, look));
        CHECK(!has_letter(&p, text[1], NW_ALIGN_LEFT, 8, foot, look));
        nw_picture_release(&p);
    }
    nw_model_release(&m);
}

/* Skipping what faces away must not show on a closed model. */
static void the_far_side_of_a_closed_model_is_not_missed(void)
{
    struct nw_model m = torus_and_sphere(40);
    struct nw_scene scene = {0};
    struct nw_err err = {0};
    CHECK(nw_scene_init(&scene, &m, &err));
    const enum nw_shade shade = NW_SHADE_PART;
    const struct nw_view_opts opts = {.view = NW_VIEW_OBLIQUE, .width = 200, .height = 200};
    struct nw_picture all = {0}, facing = {0};
    CHECK(nw_pictures_of_scene(&scene, &opts, &shade, 1, &all, &err));
    scene.closed = true;
    CHECK(nw_pictures_of_scene(&scene, &opts, &shade, 1, &facing, &err));
    size_t different = 0;
    for (size_t i = 0; i < 3 * 200 * 200; i++)
        different += abs(all.rgb[i] - facing.rgb[i]) > 24;
    CHECK(different < 30); /* samples exactly on a silhouette */
    nw_picture_release(&all);
    nw_picture_release(&facing);
    nw_scene_release(&scene);
    nw_model_release(&m);
}

static void uncertainty_is_coloured_by_its_scale(void)
{
    struct nw_model m = {0};
    add_ball(&m, "ball", nw_v3(0, 0, 0), 20, 10, 200, 10);
    for (size_t v = 0; v < m.part[0].mesh.vert_count; v++)
        m.part[0].mesh.uncertainty_mm[v] = 0.5F;
    struct nw_err err = {0};
    struct nw_picture p = {0};
    struct nw_view_opts opts = {
        .shade = NW_SHADE_UNCERTAINTY, .width = 200, .height = 200, .uncertainty_max_mm = 1};
    CHECK(nw_picture_of_model(&m, &opts, &p, &err));
    uint8_t want[3];
    nw_uncertainty_colour(0.5, want);
    const uint8_t *at = p.rgb + 3 * (100 * 200 + 76); /* left of the scale's room */
    for (int c = 0; c < 3; c++) /* as bright as the light makes it, of the same hue */
        CHECK(abs(at[c] * want[0] - want[c] * at[0]) <= 600);
    nw_picture_release(&p);
    nw_model_release(&m);
}

/* Read in grey it must be read in the same order. */
static void the_scale_grows_darker_all_the_way(void)
{
    double was = 1e9;
    for (int i = 0; i <= 100; i++) {
        uint8_t c[3];
        nw_uncertainty_colour(i / 100.0, c);
        const double grey = 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
        CHECK(grey < was);
        was = grey;
    }
    uint8_t low[3], below[3], high[3], above[3];
    nw_uncertainty_colour(0, low);
    nw_uncertainty_colour(-3, below);
    nw_uncertainty_colour(1, high);
    nw_uncertainty_colour(7, above);
    CHECK(memcmp(low, below, 3) == 0 && memcmp(high, above, 3) == 0);
}

/* ---- slices ---- */

static struct nw_picture cut(const struct nw_volume *vol, const struct nw_model *m,
                             enum nw_plane plane, nw_vec3 through, double field_mm)
{
    struct nw_picture p = {0};
    struct nw_err err = {0};
    const struct nw_slice_opts opts = {
        .plane = plane, .through_mm = through, .width = 600, .field_mm = field_mm};
    CHECK(nw_picture_of_slice(vol, m, &opts, &p, &err));
    return p;
}

static bool is_outline(const struct nw_picture *p, double x, double y)
{
    const uint8_t *c = p->rgb + 3 * ((size_t)y * p->width + (size_t)x);
    return c[0] > 140 && c[2] < 100;
}

/* A ball of 20 mm cut 5 mm off its middle shows a circle of sqrt(375) mm, in every plane. */
static void an_outline_is_the_exact_section(void)
{
    struct nw_model m = {0};
    add_ball(&m, "ball", nw_v3(7, -3, 50), 20, 255, 60, 10);
    nw_model_release(&m);
    const uint8_t red[4] = {255, 60, 10, 255};
    struct nw_mesh fine = sphere(nw_v3(7, -3, 50), 20, 512, 256);
    struct nw_err err = {0};
    CHECK(nw_model_add(&m, "ball", red, &fine, &err));
    const double circle_px = sqrt(375.0) * 10;
    for (int plane = 0; plane < 3; plane++) {
        const nw_vec3 off = plane == 0   ? nw_v3(0, 0, 5)
                            : plane == 1 ? nw_v3(0, 5, 0)
                                         : nw_v3(5, 0, 0);
        struct nw_picture p =
            cut(NULL, &m, (enum nw_plane)plane, nw_add(nw_v3(7, -3, 50), off), 60);
        CHECK(p.width == 600 && p.height == 600);
        for (int a = 0; a < 360; a += 5) { /* 0.1 mm a pixel: found on it, not 4 px beside it */
            const double cx = nw_cos(a * NW_PI / 180), cy = nw_sin(a * NW_PI / 180);
            CHECK(is_outline(&p, 300 + circle_px * cx, 300 + circle_px * cy));
            CHECK(!is_outline(&p, 300 + (circle_px + 4) * cx, 300 + (circle_px + 4) * cy));
            CHECK(!is_outline(&p, 300 + (circle_px - 4) * cx, 300 + (circle_px - 4) * cy));
        }
        nw_picture_release(&p);
    }
    nw_model_release(&m);
}

/* A pyramid of 40 mm on a base of 40 by 40 mm, cut 10 mm up: a square of 30 mm. */
static void long_edges_are_cut_where_the_plane_is(void)
{
    static const double corner[5][3] = {
        {-20, -20, 0}, {20, -20, 0}, {20, 20, 0}, {-20, 20, 0}, {0, 0, 40}};
    static const uint32_t tri[6][3] = {{0, 2, 1}, {0, 3, 2}, {0, 1, 4},
                                       {1, 2, 4}, {2, 3, 4}, {3, 0, 4}};
    const uint8_t red[4] = {255, 60, 10, 255};
    struct nw_model m = {0};
    struct nw_mesh mesh = {0};
    struct nw_err err = {0};
    CHECK(nw_mesh_init(&mesh, 5, 6, &err));
    for (size_t v = 0; v < 5; v++)
        mesh.pos_mm[v] = nw_v3(corner[v][0], corner[v][1], corner[v][2]);
    memcpy(mesh.tri, tri, sizeof tri);
    CHECK(nw_model_add(&m, "pyramid", red, &mesh, &err));
    struct nw_picture p = cut(NULL, &m, NW_PLANE_AXIAL, nw_v3(0, 0, 10), 60);
    for (int i = -140; i <= 140; i += 10) {
        CHECK(is_outline(&p, 300 + i, 450) && is_outline(&p, 300 + i, 150));
        CHECK(is_outline(&p, 450, 300 + i) && is_outline(&p, 150, 300 + i));
        CHECK(!is_outline(&p, 300 + i, 446) && !is_outline(&p, 300 + i, 454));
    }
    nw_picture_release(&p);
    nw_model_release(&m);
}

/* Red left, green front, blue head: their sections, in the radiologist's directions. */
static void slices_have_the_sides_of_radiology(void)
{
    struct nw_model m = {0};
    double x, y;
    add_ball(&m, "left", nw_v3(40, 0, 0), 12, 255, 30, 30);
    add_ball(&m, "front", nw_v3(0, -40, 0), 12, 30, 255, 30);
    add_ball(&m, "head", nw_v3(0, 0, 40), 12, 30, 30, 255);
    struct nw_picture axial = cut(NULL, &m, NW_PLANE_AXIAL, nw_v3(0, 0, 0), 120);
    CHECK(mean_place(&axial, 0, &x, &y) > 0 && x > 190 && fabs(y) < 2);
    CHECK(mean_place(&axial, 1, &x, &y) > 0 && y > 190 && fabs(x) < 2);
    CHECK(mean_place(&axial, 2, &x, &y) == 0);
    struct nw_picture coronal = cut(NULL, &m, NW_PLANE_CORONAL, nw_v3(0, 0, 0), 120);
    CHECK(mean_place(&coronal, 0, &x, &y) > 0 && x > 190);
    CHECK(mean_place(&coronal, 2, &x, &y) > 0 && y > 190);
    struct nw_picture sagittal = cut(NULL, &m, NW_PLANE_SAGITTAL, nw_v3(0, 0, 0), 120);
    CHECK(mean_place(&sagittal, 1, &x, &y) > 0 && x < -190);
    CHECK(mean_place(&sagittal, 2, &x, &y) > 0 && y > 190);
    nw_picture_release(&axial);
    nw_picture_release(&coronal);
    nw_picture_release(&sagittal);
    nw_model_release(&m);
}

/* Greys rise to the left, to the back and to the head, on a grid that runs the other way. */
static void grey_values_lie_where_the_grid_puts_them(void)
{
    struct nw_volume vol = {0};
    struct nw_err err = {0};
    const struct nw_grid grid = {
        {41, 41, 41}, {40, 40, 40}, {{-2, 0, 0}, {0, -2, 0}, {0, 0, -2}}};
    CHECK(nw_volume_init(&vol, NW_VOXEL_I16, &grid, &err));
    for (size_t k = 0; k < 41; k++)
        for (size_t j = 0; j < 41; j++)
            for (size_t i = 0; i < 41; i++) /* 10 HU a mm of x, 5 of y, 3 of z */
                vol.i16[nw_grid_at(&grid, i, j, k)] =
                    (int16_t)(10 * (40 - 2 * (int)i) + 5 * (40 - 2 * (int)j) +
                              3 * (40 - 2 * (int)k));
    struct nw_model m = {0};
    add_ball(&m, "ball", nw_v3(0, 0, 0), 5, 255, 30, 30);
    struct nw_slice_opts opts = {.through_mm = {0, 0, 10},
                                 .width = 600,
                                 .field_mm = 60,
                                 .window_centre = 0,
                                 .window_width = 1000};
    struct nw_picture p = {0};
    CHECK(nw_picture_of_slice(&vol, &m, &opts, &p, &err));
    for (int i = -2; i <= 2; i++)
        for (int j = -2; j <= 2; j++) {
            const double x_mm = 9.05 * i, y_mm = 9.05 * j;
            const size_t px = (size_t)(300 + 10 * x_mm), py = (size_t)(300 + 10 * y_mm);
            const double hu = 10 * x_mm + 5 * y_mm + 30;
            CHECK_NEAR(p.rgb[3 * (py * 600 + px)], 255 * (hu / 1000 + 0.5), 1.2);
        }
    nw_picture_release(&p);
    nw_model_release(&m);
    nw_volume_release(&vol);
}

/* ---- files, failures, sameness ---- */

/* Voxels of 1 mm whose slices lie across `axis`; only the middle slice holds other numbers than
 * 0: the left half of the picture `low`, the right half `high`. */
static struct nw_volume with_a_middle(int axis, double low, double high)
{
    struct nw_volume vol = {0};
    struct nw_err err = {0};
    const nw_vec3 x = nw_v3(1, 0, 0), y = nw_v3(0, 1, 0), z = nw_v3(0, 0, 1);
    struct nw_grid grid = {.dim = {40, 40, 9}, .origin_mm = {0, 0, 0}, .step_mm = {x, y, z}};
    if (axis == 1) { /* coronal: to the head is up */
        grid.step_mm[1] = z;
        grid.step_mm[2] = y;
    } else if (axis == 0) { /* sagittal: along y, then z */
        grid.step_mm[0] = y;
        grid.step_mm[1] = z;
        grid.step_mm[2] = x;
    }
    CHECK(nw_volume_init(&vol, NW_VOXEL_F32, &grid, &err));
    for (size_t j = 0; j < 40; j++)
        for (size_t i = 0; i < 40; i++)
            vol.f32[nw_grid_at(&grid, i, j, 4)] = (float)(i < 20 ? low : high);
    return vol;
}

static uint8_t grey_at(const struct nw_picture *p, size_t x, size_t y)
{
    return p->rgb[3 * (y * p->width + x)];
}

static void the_middle_slice_tells_series_apart(void)
{
    struct nw_err err = {0};
    for (int axis = 0; axis < 3; axis++) {
        struct nw_picture bone = {0}, own = {0};
        struct nw_volume hu = with_a_middle(axis, 50, 1250), mr = with_a_middle(axis, 3, 7);
        CHECK(nw_picture_of_middle(&hu, true, 160, &bone, &err));
        CHECK(bone.width == 160 && bone.height == 160);
        CHECK(grey_at(&bone, 50, 60) == 89);   /* 255 (50 - 350) / 2000 + 127.5 */
        CHECK(grey_at(&bone, 110, 60) == 242); /* of 1250 */
        CHECK(nw_picture_of_middle(&mr, false, 160, &own, &err));
        CHECK(grey_at(&own, 50, 60) == 0 && grey_at(&own, 110, 60) == 255);
        nw_picture_release(&bone);
        nw_picture_release(&own);
        nw_volume_release(&hu);
        nw_volume_release(&mr);
    }
    struct nw_volume flat = with_a_middle(2, 5, 5);
    struct nw_picture grey = {0};
    CHECK(nw_picture_of_middle(&flat, false, 64, &grey, &err));
    CHECK(grey_at(&grey, 20, 24) == 128); /* one number alone: grey, not black */
    nw_picture_release(&grey);
    nw_volume_release(&flat);
}

static bool draw_middle(struct nw_err *err)
{
    struct nw_volume vol = {0};
    struct nw_picture p = {0};
    const struct nw_grid grid = {.dim = {4, 4, 3},
                                 .step_mm = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    const bool ok = nw_volume_init(&vol, NW_VOXEL_I16, &grid, err) &&
                    nw_picture_of_middle(&vol, false, 32, &p, err);
    nw_picture_release(&p);
    nw_volume_release(&vol);
    return ok;
}

static void a_middle_slice_without_memory_fails_cleanly(void)
{
    CHECK(unit_starve(draw_middle) > 3);
}

static void another_reader_finds_the_same_pixels(void)
{
    struct nw_model m = torus_and_sphere(30);
    struct nw_picture p = seen(&m, NW_VIEW_OBLIQUE);
    struct nw_err err = {0};
    size_t len = 0;
    uint8_t *png = nw_picture_png(&p, &len, &err);
    CHECK(png != NULL);
    png_image image = {.version = PNG_IMAGE_VERSION};
    CHECK(png_image_begin_read_from_memory(&image, png, len));
    image.format = PNG_FORMAT_RGB;
    CHECK(image.width == 240 && image.height == 240);
    static uint8_t back[3 * 240 * 240];
    CHECK(png_image_finish_read(&image, NULL, back, 0, NULL));
    CHECK(memcmp(back, p.rgb, sizeof back) == 0);
    nw_free(png);
    nw_picture_release(&p);
    nw_model_release(&m);
}

static void refused(const struct nw_model *m, struct nw_view_opts opts, enum nw_code code)
{
    struct nw_picture p = {0};
    struct nw_err err = {0};
    CHECK(!nw_picture_of_model(m, &opts, &p, &err));
    CHECK(err.code == code && err.msg[0] && p.rgb == NULL);
}

static void what_cannot_be_drawn_is_refused(void)
{
    struct nw_model m = {0};
    refused(&m, (struct nw_view_opts){0}, NW_ERR_GEOMETRY);
    add_ball(&m, "ball", nw_v3(0, 0, 0), 5, 1, 2, 3);
    refused(&m, (struct nw_view_opts){.width = 100000}, NW_ERR_LIMIT);
    refused(&m, (struct nw_view_opts){.uncertainty_max_mm = -1}, NW_ERR_ARGUMENT);
    refused(&m, (struct nw_view_opts){.uncertainty_max_mm = (double)NAN}, NW_ERR_ARGUMENT);
    m.part[0].mesh.pos_mm[3].y = (double)NAN;
    refused(&m, (struct nw_view_opts){0}, NW_ERR_DATA);
    m.part[0].mesh.pos_mm[3].y = 0;
    m.part[0].mesh.tri[7][1] = (uint32_t)m.part[0].mesh.vert_count;
    refused(&m, (struct nw_view_opts){0}, NW_ERR_DATA);
    nw_model_release(&m);

    struct nw_picture p = {0};
    struct nw_err err = {0};
    CHECK(!nw_picture_of_slice(NULL, &m, &(struct nw_slice_opts){0}, &p, &err));
    CHECK(err.code == NW_ERR_GEOMETRY && p.rgb == NULL);
}

static void without_memory_it_fails_cleanly(void)
{
    struct nw_model m = torus_and_sphere(12);
    const struct nw_view_opts view = {.width = 40, .height = 40};
    const struct nw_slice_opts slice = {.through_mm = {-10, -5, 100}, .width = 40};
    const size_t held = nw_mem_held();
    for (int what = 0; what < 2; what++) {
        bool ok = false;
        size_t nth = 0;
        for (; !ok && nth < 100; nth++) {
            struct nw_picture p = {0};
            struct nw_err err = {0};
            size_t len = 0;
            uint8_t *png = NULL;
            nw_mem_fail_at(nth);
            ok = what ? nw_picture_of_slice(NULL, &m, &slice, &p, &err)
                      : nw_picture_of_model(&m, &view, &p, &err);
            if (ok)
                png = nw_picture_png(&p, &len, &err);
            ok = png != NULL;
            nw_mem_fail_at(SIZE_MAX);
            CHECK(err.code == (ok ? NW_OK : NW_ERR_MEMORY));
            nw_free(png);
            nw_picture_release(&p);
            CHECK(nw_mem_held() == held);
        }
        CHECK(ok && nth > 6);
    }
    nw_model_release(&m);
}

static void the_same_picture_twice(void)
{
    struct nw_model m = torus_and_sphere(30);
    struct nw_picture a = seen(&m, NW_VIEW_OBLIQUE), b = seen(&m, NW_VIEW_OBLIQUE);
    CHECK(is_same(&a, &b));
    nw_picture_release(&a);
    nw_picture_release(&b);
    nw_model_release(&m);
}

/* A ball of 10 mm radius among others: the aim keeps it and its margin, whatever else there is.
 */
static void a_picture_aims_at_the_first_parts(void)
{
    struct nw_model one = {0}, two = {0};
    struct nw_err err = {0};
    add_ball(&one, "ball", nw_v3(0, 0, 0), 10, 200, 180, 90);
    add_ball(&two, "ball", nw_v3(0, 0, 0), 10, 200, 180, 90);
    add_ball(&two, "far", nw_v3(0, 0, 400), 10, 0, 0, 255);
    const struct nw_view_opts front = {.view = NW_VIEW_FRONT, .background = {255, 255, 255}};
    const struct nw_view_opts aimed = {
        .from = {0, -3, 0}, .aim_parts = 1, .background = {255, 255, 255}};
    struct nw_picture a = {0}, b = {0};
    CHECK(nw_picture_of_model(&one, &front, &a, &err));
    CHECK(nw_picture_of_model(&two, &aimed, &b, &err));
    CHECK(memcmp(a.rgb, b.rgb, 3 * a.width * a.height) == 0);
    nw_picture_release(&a);
    nw_picture_release(&b);
    nw_model_release(&one);
    nw_model_release(&two);
}

int main(void)
{
    UNIT(a_ball_covers_pi_r_squared);
    UNIT(what_is_nearer_hides_what_is_behind);
    UNIT(each_side_is_seen_where_it_is);
    UNIT(letters_name_the_sides);
    UNIT(the_far_side_of_a_closed_model_is_not_missed);
    UNIT(uncertainty_is_coloured_by_its_scale);
    UNIT(the_scale_grows_darker_all_the_way);
    UNIT(an_outline_is_the_exact_section);
    UNIT(long_edges_are_cut_where_the_plane_is);
    UNIT(slices_have_the_sides_of_radiology);
    UNIT(grey_values_lie_where_the_grid_puts_them);
    UNIT(the_middle_slice_tells_series_apart);
    UNIT(a_middle_slice_without_memory_fails_cleanly);
    UNIT(another_reader_finds_the_same_pixels);
    UNIT(what_cannot_be_drawn_is_refused);
    UNIT(without_memory_it_fails_cleanly);
    UNIT(a_picture_aims_at_the_first_parts);
    UNIT(the_same_picture_twice);
    return unit_end();
}
