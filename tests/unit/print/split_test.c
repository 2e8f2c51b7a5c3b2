/* Splitting: every piece is a solid that fits the bed, together with the clearance they are the
 * whole, and they can be joined in one way only. */
#include "print/split.h"

#include "bench_machine.h"
#include "field/surface.h"
#include "mesh/check.h"
#include "mesh/solid.h"
#include "starve.h"
#include "unit.h"

static struct nw_machine machine_with_clearance(void)
{
    struct nw_machine m = bench_machine();
    m.limits.clearance_fit_mm = 0.2;
    return m;
}

static bool is_solid(const struct nw_mesh *mesh)
{
    static struct nw_mesh_check c;
    const struct nw_check_opts opts = {0};
    struct nw_err err = {0};
    return nw_mesh_check(mesh, &opts, &c, &err) && c.solid;
}

/* How deep the keys of one piece lie in the other at worst, when turned about their axis
 * through a place; below 0: nothing touches. */
static double deepest(const struct nw_split *s, const struct nw_split_key *k, nw_vec3 about,
                      double angle)
{
    struct nw_err err = {0};
    const struct nw_mesh *m = &s->piece[k->piece].mesh;
    struct nw_solid *other = nw_solid_new(&s->piece[k->socket].mesh, &err);
    const nw_vec3 a = k->axis;
    double worst = -HUGE_VAL;
    CHECK(other);
    for (size_t v = 0; v < m->vert_count; v++) {
        if (nw_dot(nw_sub(m->pos_mm[v], k->place_mm), a) < 0.5)
            continue; /* no peg */
        const nw_vec3 p = nw_sub(m->pos_mm[v], about), along = nw_scale(a, nw_dot(p, a)),
                      flat = nw_sub(p, along),
                      turned = nw_add(nw_add(nw_scale(flat, nw_cos(angle)),
                                             nw_scale(nw_cross(a, flat), nw_sin(angle))),
                                      nw_add(along, about));
        double d;
        nw_solid_distances(other, &turned.x, &turned.y, &turned.z, 1, &d);
        worst = fmax(worst, -d);
    }
    nw_solid_free(other);
    return worst;
}

static void check_account(const struct nw_split *s, double whole_mm3)
{
    double sum = s->clearance_mm3;
    for (size_t n = 0; n < s->count; n++) {
        CHECK(is_solid(&s->piece[n].mesh));
        sum += nw_mesh_volume_mm3(&s->piece[n].mesh);
    }
    CHECK_NEAR(sum, whole_mm3, whole_mm3 / 1000);
    CHECK_NEAR(s->whole_mm3, whole_mm3, 1e-6 * whole_mm3);
    CHECK(fabs(s->off_mm3) <= s->off_limit_mm3);
}

static void a_bar_too_long_becomes_pieces_that_fit(void)
{
    const struct nw_machine machine = machine_with_clearance();
    const struct nw_split_opts opts = {.cell_mm = 0.7};
    struct nw_err err = {0};
    struct nw_mesh bar = {0};
    struct nw_split s = {0};
    shape_add_box(&bar, nw_v3(0, 0, 0), nw_v3(70, 20, 16));
    CHECK(nw_split(&bar, &machine, &opts, &s, &err));
    CHECK(s.count == 3 && s.plane_count == 2 && s.key_count == 4);
    check_account(&s, 70 * 20 * 16);
    for (size_t n = 0; n < s.count; n++) {
        const nw_vec3 size = nw_box_size(nw_mesh_box(&s.piece[n].mesh));
        CHECK(size.x <= 40 && size.y <= 30 && size.z <= 50);
    }
    nw_split_release(&s);
    nw_mesh_release(&bar);
}

static void two_pegs_of_two_sizes_join_in_one_way(void)
{
    const struct nw_machine machine = machine_with_clearance();
    const struct nw_split_plane cut = {{15, 0, 0}, {1, 0, 0}};
    const struct nw_split_opts opts = {
        .plane = &cut, .plane_count = 1, .cell_mm = 0.4, .peg_mm = 5};
    struct nw_err err = {0};
    struct nw_mesh bar = {0};
    struct nw_split s = {0};
    shape_add_box(&bar, nw_v3(0, 0, 0), nw_v3(30, 20, 16));
    CHECK(nw_split(&bar, &machine, &opts, &s, &err));
    CHECK(s.count == 2 && s.key_count == 2);
    check_account(&s, 30 * 20 * 16);
    const struct nw_split_key *a = &s.key[0], *b = &s.key[1];
    CHECK_NEAR(a->radius_mm, 2.5, 1e-9);
    CHECK(a->radius_mm - b->radius_mm >= 0.2 + 0.15);
    /* far apart, and within the walls */
    CHECK(nw_length(nw_sub(a->place_mm, b->place_mm)) > 12);
    for (const struct nw_split_key *k = a; k <= b; k++) {
        const double wall = k->radius_mm + 0.2 + 0.8;
        CHECK(k->place_mm.y >= wall && k->place_mm.y <= 20 - wall);
        CHECK(k->place_mm.z >= wall && k->place_mm.z <= 16 - wall);
        CHECK_NEAR(k->place_mm.x, 15, 1e-9);
    }
    /* joined as meant they are apart by the clearance; turned or changed over they do not go */
    const nw_vec3 middle = nw_scale(nw_add(a->place_mm, b->place_mm), 0.5);
    CHECK_NEAR(deepest(&s, a, middle, 0), -0.2, 0.02);
    CHECK(deepest(&s, a, middle, NW_PI) > 0.15);
    CHECK(deepest(&s, a, nw_v3(15, 10, 8), NW_PI) > 0.15);
    CHECK(deepest(&s, a, middle, a->turn_rad / 2) < 0);
    CHECK(deepest(&s, a, middle, 3 * a->turn_rad) > 0);
    nw_split_release(&s);
    nw_mesh_release(&bar);
}

static void a_rod_has_one_key_with_a_flat(void)
{
    const struct nw_machine machine = machine_with_clearance();
    const struct nw_split_plane cut = {{0, 0, 12}, {0, 0, 1}};
    const struct nw_split_opts opts = {.plane = &cut, .plane_count = 1, .cell_mm = 0.22};
    struct nw_err err = {0};
    struct nw_model rod = {0};
    struct nw_split s = {0};
    bench_add_prism(&rod, 48, 3.2, 24);
    CHECK(nw_split(&rod.part[0].mesh, &machine, &opts, &s, &err));
    CHECK(s.count == 2 && s.key_count == 1 && s.key[0].flat);
    check_account(&s, nw_mesh_volume_mm3(&rod.part[0].mesh));
    const struct nw_split_key *k = &s.key[0];
    CHECK(k->radius_mm > 1.1);
    CHECK_NEAR(deepest(&s, k, k->place_mm, 0), -0.2, 0.03);
    for (int n = 1; n < 12; n++)
        CHECK(deepest(&s, k, k->place_mm, n * NW_PI / 6) > 0.05);
    nw_split_release(&s);
    nw_model_release(&rod);
}

/* A tube: the keys stand in its wall. A second cut across the first leaves four pieces. */
static void keys_keep_out_of_hollows_and_of_other_cuts(void)
{
    const struct nw_machine machine = machine_with_clearance();
    const struct nw_split_plane cut[2] = {{{0, 0, 10}, {0, 0, 1}}, {{0, 0.1, 0}, {0, 1, 0}}};
    const struct nw_split_opts opts = {.plane = cut, .plane_count = 2, .cell_mm = 0.5};
    struct nw_err err = {0};
    struct nw_model tube = {0};
    struct nw_split s = {0};
    bench_add_hollow(&tube, nw_v3(-12, -12, 0), nw_v3(12, 12, 20), nw_v3(-6, -6, 6),
                     nw_v3(6, 6, 14));
    CHECK(nw_split(&tube.part[0].mesh, &machine, &opts, &s, &err));
    CHECK(s.count == 4);
    check_account(&s, 24 * 24 * 20 - 12 * 12 * 8);
    CHECK(s.key_count >= 6);
    for (size_t n = 0; n < s.key_count; n++) {
        const struct nw_split_key *k = &s.key[n];
        const double r = k->radius_mm + 0.2 + 0.8;
        for (double t = 0; t <= k->length_mm + 0.2; t += 0.1) {
            const nw_vec3 p = nw_along(k->place_mm, k->axis, t);
            const double out = nw_length(nw_v3(fmax(fabs(p.x) - 6, 0), fmax(fabs(p.y) - 6, 0),
                                               fmax(fabs(p.z - 10) - 4, 0)));
            CHECK(out >= r - 1e-6);
            CHECK(12 - fabs(p.x) >= r && 12 - fabs(p.y) >= r && p.z >= r && 20 - p.z >= r);
            CHECK(k->axis.z > 0.5 ? fabs(p.y - 0.1) >= r : fabs(p.z - 10) >= r);
        }
    }
    nw_split_release(&s);
    nw_model_release(&tube);
}

/* Req: R-134 */
static void what_cannot_be_is_refused(void)
{
    const struct nw_machine machine = machine_with_clearance();
    const struct nw_split_plane cut = {{15, 0, 0}, {1, 0, 0}}, away = {{99, 0, 0}, {1, 0, 0}};
    struct nw_split_opts opts = {.plane = &cut, .plane_count = 1, .cell_mm = 0.4};
    struct nw_err err = {0}, thin_err = {0}, away_err = {0}, peg_err = {0}, long_err = {0};
    struct nw_mesh thin = {0}, bar = {0}, long_bar = {0};
    struct nw_split s = {0};
    shape_add_box(&thin, nw_v3(0, 0, 0), nw_v3(30, 20, 2));
    shape_add_box(&bar, nw_v3(0, 0, 0), nw_v3(30, 20, 16));
    shape_add_box(&long_bar, nw_v3(0, 0, 0), nw_v3(80, 20, 16));
    CHECK(!nw_split(&thin, &machine, &opts, &s, &thin_err));
    CHECK(thin_err.code == NW_ERR_GEOMETRY && strstr(thin_err.msg, "too thin for a key"));
    CHECK(strstr(thin_err.msg, "at (15.0, "));
    CHECK(!nw_split(&long_bar, &machine, &opts, &s, &long_err));
    CHECK(strstr(long_err.msg, "piece 2 is still 65.0 x 20.0 x 16.0 mm"));
    opts.plane = &away;
    CHECK(!nw_split(&bar, &machine, &opts, &s, &away_err));
    CHECK(strstr(away_err.msg, "does not meet the part"));
    opts.plane_count = 0;
    CHECK(!nw_split(&bar, &machine, &opts, &s, &err));
    CHECK(err.code == NW_ERR_STATE && strstr(err.msg, "fits bench as it is"));
    opts.peg_mm = 1;
    CHECK(!nw_split(&bar, &machine, &opts, &s, &peg_err));
    CHECK(peg_err.code == NW_ERR_ARGUMENT);
    CHECK(s.count == 0);
    nw_mesh_release(&thin);
    nw_mesh_release(&bar);
    nw_mesh_release(&long_bar);
}

/* Cut where it is thick: a dumbbell's neck is no joint. */
static void the_cut_keeps_away_from_a_neck(void)
{
    const struct nw_machine machine = machine_with_clearance();
    const struct nw_split_opts opts = {.cell_mm = 0.7};
    struct nw_err err = {0};
    struct nw_model m = {0};
    struct nw_split s = {0};
    /* 56 long, 20 x 16, but 4.4 x 16 around the middle */
    static const double profile[12][2] = {{0, 0},   {27, 0},  {27, 8},  {29, 8},
                                          {29, 0},  {56, 0},  {56, 20}, {29, 20},
                                          {29, 12}, {27, 12}, {27, 20}, {0, 20}};
    struct nw_field *f = nw_field_new(&err);
    const nw_node n = nw_field_extrusion(f, nw_v3(0, 0, 0), nw_v3(1, 0, 0), nw_v3(0, 1, 0),
                                         profile, 12, 16, &err);
    struct nw_mesh mesh = {0};
    CHECK(nw_surface_of_field(f, n, (nw_box){{-1, -1, -1}, {57, 21, 17}}, 1, &mesh, &err));
    nw_field_free(f);
    bench_add(&m, &mesh);
    CHECK(nw_split(&m.part[0].mesh, &machine, &opts, &s, &err));
    CHECK(s.count == 2 && s.plane_count == 1);
    CHECK(s.plane[0].point_mm.x > 31 && s.plane[0].point_mm.x <= 32);
    nw_split_release(&s);
    nw_model_release(&m);
}

static struct nw_mesh starved;

static bool attempt(struct nw_err *err)
{
    const struct nw_machine machine = machine_with_clearance();
    const struct nw_split_plane cut = {{6, 0, 0}, {1, 0, 0}};
    const struct nw_split_opts opts = {
        .plane = &cut, .plane_count = 1, .cell_mm = 0.8, .peg_mm = 3};
    struct nw_split s = {0};
    const bool ok = nw_split(&starved, &machine, &opts, &s, err);
    if (ok)
        nw_split_release(&s);
    return ok;
}

static void a_split_survives_each_allocation_failing(void)
{
    shape_add_box(&starved, nw_v3(0, 0, 0), nw_v3(12, 9, 8));
    CHECK(unit_starve(attempt) > 30);
    nw_mesh_release(&starved);
}

int main(void)
{
    UNIT(a_bar_too_long_becomes_pieces_that_fit);
    UNIT(two_pegs_of_two_sizes_join_in_one_way);
    UNIT(a_rod_has_one_key_with_a_flat);
    UNIT(keys_keep_out_of_hollows_and_of_other_cuts);
    UNIT(what_cannot_be_is_refused);
    UNIT(the_cut_keeps_away_from_a_neck);
    UNIT(a_split_survives_each_allocation_failing);
    return unit_end();
}
