/* Pieces on a plate: inside of it, apart by the gap, turned as said, whatever fails. */
#include "print/nest.h"

#include "bench_machine.h"
#include "starve.h"
#include "unit.h"

enum { PIECES = 9 };

/* Plates of different sizes, some with a post that shows which way they were turned. */
static void make_pieces(struct nw_model piece[PIECES], const struct nw_model *pointer[PIECES])
{
    for (int n = 0; n < PIECES; n++) {
        const double w = 3 + n % 4 * 2.3, d = 2.1 + n % 3 * 3.7;
        bench_add_box(&piece[n], nw_v3(-5, 7, 1), nw_v3(-5 + w, 7 + d, 2));
        bench_add_box(&piece[n], nw_v3(-5, 7, 1.5), nw_v3(-4.5, 7.5, 4));
        pointer[n] = &piece[n];
    }
}

static nw_box moved_box(const struct nw_model *m, nw_affine map)
{
    nw_box box = nw_box_empty();
    for (size_t p = 0; p < m->part_count; p++)
        for (size_t v = 0; v < m->part[p].mesh.vert_count; v++)
            box = nw_box_with(box, nw_apply(map, m->part[p].mesh.pos_mm[v]));
    return box;
}

static double apart(nw_box a, nw_box b)
{
    return fmax(fmax(a.min.x - b.max.x, b.min.x - a.max.x),
                fmax(a.min.y - b.max.y, b.min.y - a.max.y));
}

static void pieces_lie_apart_on_the_plate(void)
{
    const struct nw_machine machine = bench_machine();
    struct nw_model piece[PIECES] = {0};
    const struct nw_model *pointer[PIECES];
    struct nw_nested at[PIECES];
    struct nw_err err = {0};
    make_pieces(piece, pointer);
    for (int g = 0; g < 3; g++) {
        CHECK(nw_nest(pointer, PIECES, &machine, g * 0.5, at, &err));
        for (int n = 0; n < PIECES; n++) {
            const nw_box box = moved_box(&piece[n], at[n].to_plate);
            CHECK(box.min.x >= -1e-9 && box.max.x <= 40 && box.min.y >= -1e-9 &&
                  box.max.y <= 30);
            CHECK_NEAR(box.min.z, 0, 1e-12);
            CHECK_NEAR(nw_length(nw_sub(box.min, at[n].box.min)), 0, 1e-9);
            CHECK_NEAR(nw_det(at[n].to_plate.linear), 1, 1e-12);
            for (int k = 0; k < n; k++)
                CHECK(apart(box, at[k].box) >= g * 0.5 - 1e-9);
        }
    }
    for (int n = 0; n < PIECES; n++)
        nw_model_release(&piece[n]);
}

static void what_finds_no_room_is_named(void)
{
    const struct nw_machine machine = bench_machine();
    struct nw_model big = {0}, high = {0};
    struct nw_nested at[3];
    struct nw_err err = {0};
    bench_add_box(&big, nw_v3(0, 0, 0), nw_v3(25, 18, 2));
    bench_add_box(&high, nw_v3(0, 0, 0), nw_v3(2, 2, 51));
    const struct nw_model *const three[3] = {&big, &big, &big}, *const one = &high;
    CHECK(nw_nest(three, 1, &machine, 1, at, &err));
    CHECK(!nw_nest(three, 3, &machine, 1, at, &err));
    CHECK(err.code == NW_ERR_GEOMETRY);
    CHECK(strstr(err.msg, "piece 2 (25.0 x 18.0 x 2.0 mm) finds no room"));
    err = (struct nw_err){0};
    CHECK(!nw_nest(&one, 1, &machine, 1, at, &err) && err.code == NW_ERR_GEOMETRY);
    nw_model_release(&big);
    nw_model_release(&high);
}

static struct nw_model starved;
static bool nest_starved(struct nw_err *err)
{
    const struct nw_machine machine = bench_machine();
    const struct nw_model *const two[2] = {&starved, &starved};
    struct nw_nested at[2];
    return nw_nest(two, 2, &machine, 1, at, err);
}

static void it_survives_every_allocation_failing(void)
{
    bench_add_box(&starved, nw_v3(0, 0, 0), nw_v3(5, 3, 1));
    CHECK(unit_starve(nest_starved) >= 8);
    nw_model_release(&starved);
}

int main(void)
{
    UNIT(pieces_lie_apart_on_the_plate);
    UNIT(what_finds_no_room_is_named);
    UNIT(it_survives_every_allocation_failing);
    return unit_end();
}
