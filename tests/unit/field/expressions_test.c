/* Random expressions of a bone, primitives, lattices and text: each gives a closed solid or
 * says that it is empty. expressions_test [COUNT [FIRST]]: the bone is a real one when
 * NUWA_DATA is set, else a lump with a hole and turned triangles. */
#include <stdlib.h>

#include "../mesh/shapes.h"
#include "core/parallel.h"
#include "field/lattice.h"
#include "field/relief.h"
#include "field/surface.h"
#include "io/io.h"
#include "mesh/check.h"
#include "unit.h"

static const nw_box box = {{-10, -10, -10}, {10, 10, 10}};
enum { READY = 6 };

/* A field with what is costly to make, and a source of random numbers. */
struct maker {
    struct nw_field *f;
    nw_node ready[READY];
    uint64_t seed, next;
};

static double chance(struct maker *m)
{
    return nw_rand_even(m->seed, m->next++);
}

static unsigned among(struct maker *m, unsigned count)
{
    return (unsigned)(chance(m) * count);
}

static double between(struct maker *m, double low, double high)
{
    const double x = low + (high - low) * chance(m);
    return among(m, 3) ? x : rint(4 * x) / 4; /* coincidences, often */
}

static nw_vec3 place(struct maker *m, double reach)
{
    const double x = between(m, -reach, reach), y = between(m, -reach, reach);
    return nw_v3(x, y, between(m, -reach, reach));
}

static nw_node primitive(struct maker *m, struct nw_err *err)
{
    const nw_vec3 p = place(m, 7), q = place(m, 7);
    const double r = between(m, 0.5, 4), s = between(m, 0.5, 4);
    const nw_vec3 row[] = {p, q, place(m, 8)};
    const double radius[] = {r / 2, s / 2, r / 3};
    switch (among(m, 9)) {
    case 0:
        return nw_field_sphere(m->f, p, r, err);
    case 1:
        return nw_field_box(m->f, nw_sub(p, nw_v3(r, s, r)), nw_add(p, nw_v3(s, r, s)), err);
    case 2:
        return nw_field_cylinder(m->f, p, q, r, err);
    case 3:
        return nw_field_capsule(m->f, p, q, s, err);
    case 4:
        return nw_field_cone(m->f, p, q, r, s, err);
    case 5:
        return nw_field_torus(m->f, p, q, r + 1, s / 2, err);
    case 6:
        return nw_field_ellipsoid(m->f, p, nw_v3(r, s, 2), err);
    case 7:
        return nw_field_tube(m->f, row, radius, 3, err);
    default:
        return nw_field_half_space(m->f, p, q, err);
    }
}

static nw_node lattice(struct maker *m, struct nw_err *err)
{
    const struct nw_ramp level = {-2, 3, -0.5, 0.6}, thick = {-3, 2, 0.4, 1};
    const nw_node by = among(m, 2) ? m->ready[among(m, READY)] : -1;
    if (among(m, 2)) {
        const struct nw_tpms_opts o = {.kind = (enum nw_tpms)among(m, NW_TPMS_KINDS),
                                       .sheet = among(m, 2),
                                       .cell_mm = between(m, 3, 8),
                                       .origin_mm = place(m, 2),
                                       .level = between(m, -1, 1),
                                       .wall_mm = between(m, 0.4, 1)};
        return nw_field_tpms(m->f, &o, by, o.sheet ? &thick : &level, err);
    }
    const struct nw_struts_opts o = {.cell = (enum nw_strut_cell)among(m, NW_STRUT_CELLS),
                                     .cell_mm = between(m, 3, 8),
                                     .origin_mm = place(m, 2),
                                     .radius_mm = between(m, 0.3, 1)};
    return nw_field_struts(m->f, &o, by, &thick, err);
}

static nw_node leaf(struct maker *m, struct nw_err *err)
{
    const unsigned kind = among(m, 4);
    return kind == 0   ? m->ready[among(m, READY)]
           : kind == 1 ? lattice(m, err)
                       : primitive(m, err);
}

static nw_node over(struct maker *m, nw_node a, nw_node b, struct nw_err *err)
{
    const double r = between(m, 0.25, 2);
    switch (among(m, 12)) {
    case 0:
        return nw_field_union(m->f, a, b, err);
    case 1:
        return nw_field_intersection(m->f, a, b, err);
    case 2:
    case 3:
        return nw_field_difference(m->f, a, b, err);
    case 4:
        return nw_field_blend(m->f, a, b, r, err);
    case 5:
        return nw_field_union_round(m->f, a, b, r, err);
    case 6:
        return nw_field_intersection_round(m->f, a, b, r, err);
    case 7:
        return nw_field_difference_round(m->f, a, b, r, err);
    case 8:
        return nw_field_offset(m->f, a, between(m, -1, 1), err);
    case 9:
        return nw_field_shell(m->f, a, r, err);
    case 10:
        return nw_field_mirrored(m->f, a, place(m, 3), place(m, 1), err);
    default: {
        const nw_vec3 x = place(m, 1), y = place(m, 1);
        const nw_affine map = {{{nw_add(nw_v3(1, 0, 0), x), nw_add(nw_v3(0, 1, 0), y),
                                 nw_add(nw_v3(0, 0, 1), nw_cross(x, y))}},
                               place(m, 2)};
        return nw_field_moved(m->f, a, map, err);
    }
    }
}

/* What is refused (a map that cannot be inverted, say) is left out. */
static nw_node expression(struct maker *m)
{
    nw_node last = -1;
    const unsigned steps = 2 + among(m, 8);
    for (unsigned n = 0; n < steps || last < 0; n++) {
        struct nw_err err = {0};
        const nw_node other = leaf(m, &err);
        if (other < 0)
            continue;
        struct nw_err refused = {0};
        const nw_node made = last < 0 ? other : over(m, last, other, &refused);
        if (made >= 0)
            last = made;
    }
    if (among(m, 12) == 0) { /* now and then, since it costs */
        struct nw_err err = {0};
        const nw_node swept = nw_field_swept(m->f, last, place(m, 4), 0.5, &err);
        last = swept >= 0 ? swept : last;
    }
    return last;
}

/* No sample of the lattice is inside: asked of every 7th. */
static bool is_empty(const struct nw_field *f, nw_node n, double cell)
{
    const int side = (int)ceil(20 / cell);
    for (int i = 0; i < side * side * side; i += 7) {
        const double half = (side - 1) / 2.0;
        const nw_vec3 p = nw_v3((i % side - half) * cell, (i / side % side - half) * cell,
                                (i / side / side - half) * cell);
        if (nw_field_value(f, n, p) < -1e-6)
            return false;
    }
    return true;
}

static struct {
    int solid, empty, wrong;
    size_t triangles;
} seen;

static void try_one(struct maker *m, nw_node n)
{
    const double cell = 0.9;
    struct nw_err err = {0};
    struct nw_mesh mesh = {0};
    static struct nw_mesh_check c;
    const struct nw_check_opts opts = {0};
    bool good;
    if (nw_surface_of_field(m->f, n, box, cell, &mesh, &err)) {
        good = nw_mesh_check(&mesh, &opts, &c, &err) && c.solid && c.volume_mm3 > 0;
        seen.solid += good;
        seen.triangles += mesh.tri_count;
    } else {
        good = err.code == NW_ERR_GEOMETRY && is_empty(m->f, n, cell);
        seen.empty += good;
    }
    nw_mesh_release(&mesh);
    if (good)
        return;
    seen.wrong++;
    printf("# expression %llu: %s\n", (unsigned long long)m->seed, err.msg);
}

/* Of about 16 mm, about the origin. */
static void put_middle(struct nw_mesh *mesh)
{
    const nw_box b = nw_mesh_box(mesh);
    const nw_vec3 size = nw_box_size(b), middle = nw_scale(nw_add(b.min, b.max), 0.5);
    const double scale = 16 / fmax(size.x, fmax(size.y, size.z));
    for (size_t v = 0; v < mesh->vert_count; v++)
        mesh->pos_mm[v] = nw_scale(nw_sub(mesh->pos_mm[v], middle), scale);
}

static double wave(nw_vec3 d)
{
    return 0.8 * sin(4 * d.x) * cos(5 * d.y);
}

static void make_bone(struct nw_mesh *mesh)
{
    const char *data = getenv("NUWA_DATA");
    struct nw_err err = {0};
    struct nw_model model = {0};
    const struct nw_model_read_opts opts = {0};
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/mesh_bones_vhm/VHM_Left_Bone_Talus_smooth.stl",
                   data ? data : "");
    if (data && nw_model_read(path, &opts, &model, &err) && model.part_count > 0) {
        CHECK(nw_mesh_copy(mesh, &model.part[0].mesh, &err));
        printf("# a real bone of %zu triangles\n", mesh->tri_count);
    } else {
        printf("# SKIP no real bone: a lump\n");
        shape_sphere(mesh, 20, 8, wave);
        mesh->tri_count -= 40;
        for (size_t t = 0; t < mesh->tri_count; t += 9) {
            const uint32_t v = mesh->tri[t][0];
            mesh->tri[t][0] = mesh->tri[t][1];
            mesh->tri[t][1] = v;
        }
    }
    nw_model_release(&model);
    put_middle(mesh);
}

static bool make_ready(struct maker *m, const struct nw_mesh *bone, struct nw_err *err)
{
    const struct nw_bake_opts bake = {.cell_mm = 0.3, .band_mm = 2};
    const struct nw_text_opts text = {.size_mm = 7};
    const struct nw_mark_place flat = {{-9, -3, -4}, {1, 0, 0}, {0, 1, 0}, 8};
    const nw_box middle = {{-4, -4, -4}, {4, 4, 4}};
    nw_vec3(*ends)[2] = NULL;
    size_t count = 0;
    m->f = nw_field_new(err);
    if (!m->f || !nw_voronoi_struts(middle, 3, 0.9, 5, &ends, &count, err))
        return false;
    m->ready[0] = nw_field_mesh(m->f, bone, err);
    m->ready[1] = nw_field_baked(m->f, m->ready[0], box, &bake, NULL, err);
    m->ready[2] = nw_field_offset(m->f, m->ready[1], 0.15, err);
    m->ready[3] = nw_field_text(m->f, "骨8R", &text, &flat, err);
    m->ready[4] =
        nw_field_strut_list(m->f, (const nw_vec3(*)[2])ends, count, 0.5, -1, NULL, err);
    m->ready[5] = nw_field_shell(m->f, m->ready[1], 1, err);
    nw_free(ends);
    return m->ready[5] >= 0;
}

static int wanted = 200, first;

static void each_expression_is_a_solid_or_empty(void)
{
    struct nw_err err = {0};
    struct nw_mesh bone = {0};
    make_bone(&bone);
    struct maker m = {0};
    for (int n = first; n < first + wanted; n++) {
        if (!m.f) { /* anew from time to time, so that nodes do not pile up */
            const bool ok = make_ready(&m, &bone, &err);
            CHECK(ok);
            if (!ok)
                break;
        }
        m.seed = (uint64_t)n;
        m.next = 0;
        try_one(&m, expression(&m));
        if (n % 500 == 499) {
            nw_field_free(m.f);
            m.f = NULL;
        }
    }
    nw_field_free(m.f);
    nw_mesh_release(&bone);
    printf("# %d solids of %zu triangles, %d empty, %d wrong\n", seen.solid, seen.triangles,
           seen.empty, seen.wrong);
    CHECK(seen.wrong == 0);
    CHECK(seen.solid + seen.empty == wanted);
    CHECK(seen.solid > wanted / 2);
}

int main(int argc, char **argv)
{
    wanted = argc > 1 ? (int)strtol(argv[1], NULL, 10) : wanted;
    first = argc > 2 ? (int)strtol(argv[2], NULL, 10) : first;
    UNIT(each_expression_is_a_solid_or_empty);
    return unit_end();
}
