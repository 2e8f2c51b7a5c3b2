/* tests/unit/mesh/hole_test.c -- holes whose width is known, and what is none. */
#include "mesh/hole.h"

#include <string.h>

#include "core/rand.h"
#include "design/design.h"
#include "mesh/shapes.h"
#include "starve.h"
#include "unit.h"

/* A block with three oblique holes and a blind one, a slot, a cone and a hollow of a ball. */
#define BLOCK "\"block\":{\"kind\":\"box\",\"min_mm\":[0,0,0],\"max_mm\":[40,30,8]},"
#define ROD(name, a, b, r)                                                                     \
    "\"" name "\":{\"kind\":\"cylinder\",\"from_mm\":" a ",\"to_mm\":" b ",\"radius_mm\":" r   \
    "},"
#define OTHERS                                                                                 \
    ROD("slot_a", "[15,4.5,-1]", "[15,4.5,9]", "1.5")                                          \
    ROD("slot_b", "[25,4.5,-1]", "[25,4.5,9]", "1.5")                                          \
    "\"slot_c\":{\"kind\":\"box\",\"min_mm\":[15,3,-1],\"max_mm\":[25,6,9]},"                  \
    "\"cone\":{\"kind\":\"cone\",\"from_mm\":[35,25,-1],\"to_mm\":[35,25,9],"                  \
    "\"radius_from_mm\":1,\"radius_to_mm\":2.5},"                                              \
    "\"ball\":{\"kind\":\"sphere\",\"centre_mm\":[24,25,4],\"radius_mm\":3},"
#define PART(minus) "\"out\":{\"kind\":\"difference\",\"of\":\"block\",\"minus\":[" minus "]}"
static const char drilled[] =
    BLOCK ROD("a", "[6,8,-10]", "[12,11,20]", "1") ROD("b", "[14,18,-10]", "[28,16,20]", "1.25")
        ROD("c", "[34,8,-10]", "[32,20,20]", "2.25") ROD("d", "[8,22,3]", "[8,22,20]", "1.5")
            OTHERS PART("\"a\",\"b\",\"c\",\"d\",\"slot_a\",\"slot_b\",\"slot_c\",\"cone\","
                        "\"ball\"");
static const char undrilled[] =
    BLOCK OTHERS PART("\"slot_a\",\"slot_b\",\"slot_c\",\"cone\",\"ball\"");
static const struct {
    double width_mm;
    nw_vec3 from, to;
} drill[] = {
    {2, {6, 8, -10}, {12, 11, 20}},
    {2.5, {14, 18, -10}, {28, 16, 20}},
    {4.5, {34, 8, -10}, {32, 20, 20}},
    {3, {8, 22, 3}, {8, 22, 20}},
};
enum { DRILLS = 4 };

static bool no_files(void *user, const struct nw_file_ref *file, struct nw_mesh *out,
                     struct nw_err *err)
{
    (void)user, (void)file, (void)out;
    return nw_fail(err, NW_ERR_NOTFOUND, "there are no files here");
}

/* As nuwa design makes it: cells of 0.15 mm, triangles merged within 0.01 mm. */
static void design(const char *parts, struct nw_mesh *out)
{
    static const struct nw_design_files none = {.mesh = no_files};
    static char all[8000];
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    snprintf(all, sizeof all,
             "{\"nuwa\": \"design 1\", \"parts\": {%s}, \"make\": [{\"part\": \"out\"}]}",
             parts);
    struct nw_design *d = nw_design_parse(all, strlen(all), &err);
    CHECK(d && nw_design_make(d, 0, 0, &none, &made, &err));
    nw_design_free(d);
    *out = made.mesh;
    made.mesh = (struct nw_mesh){0};
    nw_design_made_release(&made);
}

/* The hole of a drill: on its axis to 0.03 mm and 0.5 degrees. */
static const struct nw_hole *of_drill(const struct nw_holes *holes, int i)
{
    const nw_vec3 way = nw_unit(nw_sub(drill[i].to, drill[i].from));
    for (size_t k = 0; k < holes->count; k++) {
        const struct nw_hole *h = &holes->item[k];
        const nw_vec3 own = nw_unit(nw_sub(h->to_mm, h->from_mm));
        const nw_vec3 d = nw_sub(nw_scale(nw_add(h->from_mm, h->to_mm), 0.5), drill[i].from);
        if (nw_length(nw_cross(d, way)) < 0.03 && fabs(nw_dot(own, way)) > cos(0.5 / 57.3))
            return h;
    }
    return NULL;
}

static struct nw_holes holes_of(const struct nw_mesh *mesh)
{
    struct nw_err err = {0};
    struct nw_holes holes = {0};
    struct nw_bvh *bvh = nw_bvh_new(mesh, &err);
    CHECK(bvh && nw_mesh_holes(mesh, bvh, NULL, &holes, &err));
    nw_bvh_free(bvh);
    return holes;
}

static struct nw_mesh block, bare; /* made once */

static void designed_holes_are_as_wide_as_designed(void)
{
    struct nw_holes holes = holes_of(&block);
    CHECK(holes.count == DRILLS);
    for (int i = 0; i < DRILLS; i++) {
        const struct nw_hole *h = of_drill(&holes, i);
        CHECK(h);
        if (!h)
            continue;
        CHECK_NEAR(h->diameter_mm, drill[i].width_mm, 0.02);
        CHECK(h->sigma_mm > 0 && h->sigma_mm < 0.01);
        CHECK(fabs(h->diameter_mm - drill[i].width_mm) < 3 * h->sigma_mm);
        CHECK(h->pin_mm < drill[i].width_mm + 0.005 && h->pin_mm > drill[i].width_mm - 0.04);
        CHECK(h->around_deg == 360);
        CHECK(h->oval_mm < 0.01);
        CHECK(h->ends == (i == 3 ? NW_HOLE_BLIND : NW_HOLE_THROUGH));
    }
    /* a blind one begins at its mouth and ends at its bottom */
    const struct nw_hole *blind = of_drill(&holes, 3);
    if (blind) {
        CHECK_NEAR(blind->depth_mm, 5, 0.02);
        CHECK_NEAR(blind->from_mm.z, 8, 0.02);
        CHECK_NEAR(blind->to_mm.z, 3, 0.02);
    }
    /* an oblique one is as deep as the block along its axis, and its mouths' slant */
    const nw_vec3 way = nw_unit(nw_sub(drill[2].to, drill[2].from));
    const double slant = sqrt(1 - way.z * way.z) / way.z;
    const struct nw_hole *oblique = of_drill(&holes, 2);
    if (oblique)
        CHECK_NEAR(oblique->depth_mm, 8 / way.z + 4.5 * slant, 0.05);
    nw_holes_release(&holes);
}

static void a_part_without_holes_has_none(void)
{
    struct nw_mesh box = {0};
    shape_add_box(&box, nw_v3(0, 0, 0), nw_v3(20, 20, 20));
    struct nw_holes holes = holes_of(&box);
    CHECK(holes.count == 0);
    nw_holes_release(&holes);
    holes = holes_of(&bare);
    CHECK(holes.count == 0);
    nw_holes_release(&holes);
    nw_mesh_release(&box);
}

/* A scan of a print: 0.02 mm at each vertex moves no width by more than 0.02. */
static void noise_widens_nothing(void)
{
    struct nw_mesh noisy = {0};
    struct nw_err err = {0};
    CHECK(nw_mesh_copy(&noisy, &block, &err));
    for (size_t v = 0; v < noisy.vert_count; v++)
        for (uint64_t k = 0; k < 3; k++)
            (&noisy.pos_mm[v].x)[k] += 0.02 * nw_rand_normal(7, 3 * v + k);
    struct nw_holes holes = holes_of(&noisy);
    CHECK(holes.count == DRILLS);
    for (int i = 0; i < DRILLS; i++) {
        const struct nw_hole *h = of_drill(&holes, i);
        CHECK(h && fabs(h->diameter_mm - drill[i].width_mm) < 0.02);
        CHECK(h && h->scatter_mm > 0.015 && h->scatter_mm < 0.025);
    }
    nw_holes_release(&holes);
    nw_mesh_release(&noisy);
}

static bool at(nw_vec3 place, struct nw_hole *out, struct nw_err *err)
{
    *err = (struct nw_err){0};
    struct nw_bvh *bvh = nw_bvh_new(&block, err);
    const bool ok = bvh && nw_mesh_hole_at(&block, bvh, NULL, place, 1, out, err);
    nw_bvh_free(bvh);
    return ok;
}

static void a_place_names_its_hole_or_is_refused(void)
{
    struct nw_hole h = {.diameter_mm = -1};
    struct nw_err err;
    CHECK(at(nw_v3(8, 22, 8), &h, &err)); /* the mouth's middle */
    CHECK_NEAR(h.diameter_mm, 3, 0.02);
    CHECK(at(nw_v3(9.5, 22, 8.5), &h, &err)); /* near its rim */
    CHECK_NEAR(h.diameter_mm, 3, 0.02);
    h.diameter_mm = -1;
    CHECK(!at(nw_v3(8, 22, 9.5), &h, &err)); /* beyond reach */
    CHECK(err.code == NW_ERR_GEOMETRY && h.diameter_mm == -1);
    CHECK(strstr(err.msg, "no cylindrical hole within 1.00 mm of (8.00, 22.00, 9.50)"));
    CHECK(!at(nw_v3(15, 4.5, 4), &h, &err) && strstr(err.msg, "what is there goes round"));
    CHECK(!at(nw_v3(35, 25, 4), &h, &err) && strstr(err.msg, "leans by 8.6 degrees"));
    CHECK(!at(nw_v3(24, 25, 4), &h, &err) && strstr(err.msg, "no cylindrical hole"));
    CHECK(!at(nw_v3(1, 1, 4), &h, &err) && strstr(err.msg, "no cylindrical hole"));
}

/* A tube of n sides about z through the origin, 5 mm high, inscribed in 2 mm. */
static void tube(int n, struct nw_mesh *out)
{
    struct nw_err err = {0};
    CHECK(nw_mesh_init(out, (size_t)(4 * n), (size_t)(8 * n), &err));
    for (int i = 0; i < n; i++)
        for (int k = 0; k < 4; k++) { /* inside below, above; outside above, below */
            const double r = k < 2 ? 1 : 3, turn = 2 * NW_PI * i / n;
            out->pos_mm[4 * i + k] =
                nw_v3(r * cos(turn), r * sin(turn), k == 1 || k == 2 ? 5 : 0);
        }
    for (int i = 0, t = 0; i < n; i++)
        for (int k = 0; k < 4; k++) {
            const uint32_t a = (uint32_t)(4 * i + k), b = (uint32_t)(4 * i + (k + 1) % 4);
            const uint32_t c = (uint32_t)(4 * ((i + 1) % n) + k),
                           d = (uint32_t)(4 * ((i + 1) % n) + (k + 1) % 4);
            memcpy(out->tri[t++], (uint32_t[3]){a, b, c}, 12);
            memcpy(out->tri[t++], (uint32_t[3]){c, b, d}, 12);
        }
    CHECK(nw_mesh_volume_mm3(out) > 0);
}

static void facets_are_told_from_circles(void)
{
    struct nw_mesh mesh = {0};
    tube(24, &mesh);
    struct nw_holes holes = holes_of(&mesh);
    CHECK(holes.count == 1);
    if (holes.count == 1) {
        const double flat = 2 * (1 - cos(NW_PI / 24));
        CHECK_NEAR(holes.item[0].diameter_mm, 2, 1e-6);
        CHECK_NEAR(holes.item[0].pin_mm, 2 - flat, 1e-6);
        CHECK_NEAR(holes.item[0].sigma_mm, flat / sqrt(12), flat / 10);
        CHECK_NEAR(holes.item[0].depth_mm, 5, 1e-9);
    }
    nw_holes_release(&holes);
    nw_mesh_release(&mesh);
    tube(6, &mesh); /* a nut's seat */
    holes = holes_of(&mesh);
    CHECK(holes.count == 0);
    nw_holes_release(&holes);
    nw_mesh_release(&mesh);
}

static bool starve(struct nw_err *err)
{
    struct nw_holes holes = {0};
    struct nw_bvh *bvh = nw_bvh_new(&bare, err);
    const bool ok = bvh && nw_mesh_holes(&bare, bvh, NULL, &holes, err);
    nw_bvh_free(bvh);
    nw_holes_release(&holes);
    return ok;
}

static void without_memory_it_fails(void)
{
    CHECK(unit_starve(starve) > 8);
}

static void what_makes_no_sense_is_refused(void)
{
    struct nw_err err = {0};
    struct nw_holes holes = {0};
    struct nw_bvh *bvh = nw_bvh_new(&bare, &err);
    const struct nw_hole_opts wrong = {.least_mm = 5, .most_mm = 2};
    CHECK(!nw_mesh_holes(&bare, bvh, &wrong, &holes, &err) && err.code == NW_ERR_ARGUMENT);
    CHECK(holes.count == 0 && !holes.item);
    nw_bvh_free(bvh);
}

int main(void)
{
    design(drilled, &block);
    design(undrilled, &bare);
    UNIT(designed_holes_are_as_wide_as_designed);
    UNIT(a_part_without_holes_has_none);
    UNIT(noise_widens_nothing);
    UNIT(a_place_names_its_hole_or_is_refused);
    UNIT(facets_are_told_from_circles);
    UNIT(without_memory_it_fails);
    UNIT(what_makes_no_sense_is_refused);
    nw_mesh_release(&block);
    nw_mesh_release(&bare);
    return unit_end();
}
