/* Labels that were given and corrected: their names, what is refused, and the surface where a
 * person drew it. */
#include <stdio.h>
#include <string.h>

#include "anatomy/drawn_priv.h"
#include "anatomy/tissue_priv.h"
#include "starve.h"
#include "unit.h"

enum { SIDE = 40 };

static const struct nw_grid GRID = {.dim = {SIDE, SIDE, SIDE},
                                    .step_mm = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

/* A scan of 40 HU with a slab of 1000 HU below z = 8, which is the label. */
struct setting {
    struct nw_volume scan;
    struct nw_grey grey;
    struct nw_tissues tissues;
    struct nw_reconstruction out;
    struct nw_edits *edits;
};

static bool set_up(struct setting *s, const char *steps, struct nw_err *err)
{
    char text[600];
    (void)snprintf(text, sizeof text, "{\"nuwa\": \"edit 1\", \"steps\": [%s]}", steps);
    *s = (struct setting){0};
    if (!nw_volume_init(&s->scan, NW_VOXEL_I16, &GRID, err) ||
        !nw_volume_init(&s->tissues.labels, NW_VOXEL_U8, &GRID, err) ||
        !nw_grey_init(&s->grey, &s->scan, err))
        return false;
    for (size_t v = 0; v < nw_grid_count(&GRID); v++) {
        const bool in = v / SIDE / SIDE < 8;
        s->scan.i16[v] = in ? 1000 : 40;
        s->tissues.labels.u8[v] = in;
    }
    s->tissues.tissue[0] =
        (struct nw_tissue){.name = "bone", .edge = nw_edge_range(&s->grey, 500, 1e9)};
    s->tissues.count = 1;
    s->edits = nw_edits_parse(text, strlen(text), err);
    return s->edits != NULL;
}

static void tear_down(struct setting *s)
{
    nw_grey_release(&s->grey);
    nw_volume_release(&s->scan);
    nw_volume_release(&s->tissues.labels);
    nw_bits_release(&s->tissues.changed);
    nw_reconstruction_release(&s->out);
    nw_edits_free(s->edits);
}

static bool correct(struct setting *s, const struct nw_volume *labels, struct nw_err *err)
{
    const struct nw_reconstruct_opts opts = {.labels = labels, .edits = s->edits};
    return nw_tissues_correct(&s->tissues, &s->scan, &opts, &s->out, err);
}

static void parts_that_steps_make_have_names_and_labels_that_are_given_too(void)
{
    struct setting s;
    struct nw_err err = {0};
    CHECK(
        set_up(&s, "{\"do\": \"cut\", \"point_mm\": [20, 0, 0], \"normal\": [1, 0, 0]}", &err));
    struct nw_volume given = {0};
    CHECK(nw_volume_init(&given, NW_VOXEL_F32, &GRID, &err));
    for (size_t v = 0; v < nw_grid_count(&GRID); v++)
        given.f32[v] = v / SIDE / SIDE < 8 ? 1 : v / SIDE / SIDE > 30 ? 4 : 0;
    CHECK(nw_labels_check(&given, &GRID, &err) && correct(&s, &given, &err));
    CHECK(s.tissues.count == 4);
    CHECK(strcmp(s.tissues.tissue[0].name, "bone") == 0);
    CHECK(strcmp(s.tissues.tissue[1].name, "bone-2") == 0); /* the step's */
    CHECK(s.tissues.tissue[2].name == NULL);
    CHECK(strcmp(s.tissues.tissue[3].name, "bone-4") == 0); /* the file's */
    CHECK(s.out.edited_count == 1 && s.out.edited[0].moved == 19 * SIDE * 8);
    CHECK(nw_bits_at(&s.tissues.changed, 21, 0, 0) &&
          !nw_bits_at(&s.tissues.changed, 20, 0, 0));
    given.f32[5] = 0.5f;
    CHECK(!correct(&s, &given, &err) && strstr(err.msg, "has the value 0.5"));
    struct nw_grid other = GRID;
    other.origin_mm.x = 3;
    err = (struct nw_err){0};
    CHECK(!nw_labels_check(&given, &other, &err) && err.code == NW_ERR_GEOMETRY);
    nw_volume_release(&given);
    tear_down(&s);
}

static bool surface(struct setting *s, struct nw_mesh *mesh, struct nw_err *err)
{
    NW_AUTOFREE uint8_t *block = nw_edge_blocks(&s->tissues.labels, 1, err);
    struct nw_edge edge = s->tissues.tissue[0].edge;
    edge.labels = &s->tissues.labels;
    edge.part = 1;
    edge.block = block;
    const struct nw_lattice lattice = nw_edge_lattice(&edge);
    if (!block || !nw_surface_extract(&lattice, mesh, err))
        return false;
    mesh->uncertainty_mm = NW_ALLOC(float, mesh->vert_count, err);
    mesh->vert_class = mesh->uncertainty_mm ? NW_ALLOC(uint8_t, mesh->vert_count, err) : NULL;
    NW_AUTOFREE nw_vec3 *from =
        mesh->vert_class ? NW_ALLOC(nw_vec3, mesh->vert_count, err) : NULL;
    if (!from)
        return false;
    memcpy(from, mesh->pos_mm, mesh->vert_count * sizeof *from);
    return nw_drawn_place(&edge, &s->tissues.changed, from, mesh, err);
}

static const char *const BALL =
    "{\"do\": \"paint\", \"stroke_mm\": [[20, 20, 24]], \"radius_mm\": 9}";

static void a_ball_that_was_drawn_is_round_to_a_fraction_of_a_voxel_and_says_so(void)
{
    struct setting s;
    struct nw_mesh mesh = {0};
    struct nw_err err = {0};
    CHECK(set_up(&s, BALL, &err) && correct(&s, NULL, &err) && surface(&s, &mesh, &err));
    double sum = 0, worst = 0;
    size_t drawn = 0, wrong = 0;
    for (size_t v = 0; v < mesh.vert_count; v++) {
        const bool of_ball = mesh.pos_mm[v].z > 12;
        wrong += of_ball != (mesh.vert_class[v] == NW_CLASS_DRAWN);
        wrong += of_ball != (mesh.uncertainty_mm[v] >= 0.5f);
        if (!of_ball)
            continue;
        const double miss = nw_length(nw_sub(mesh.pos_mm[v], nw_v3(20, 20, 24))) - 9;
        sum += miss;
        worst = fmax(worst, fabs(miss));
        drawn++;
    }
    printf("# figure: drawn ball, mean %.3f, worst %.3f voxels off\n", sum / (double)drawn,
           worst);
    CHECK(drawn > 500 && wrong == 0);
    CHECK(fabs(sum / (double)drawn) < 0.1 && worst < 0.35);
    nw_mesh_release(&mesh);
    tear_down(&s);
}

/* What a correction says as the grey values do is theirs: not a vertex is drawn. */
static void where_the_grey_values_agree_nothing_is_drawn(void)
{
    struct setting s;
    struct nw_mesh mesh = {0};
    struct nw_err err = {0};
    CHECK(set_up(&s,
                 "{\"do\": \"threshold\", \"stroke_mm\": [[20, 20, 5]], \"radius_mm\": 6, "
                 "\"min\": 500, \"max\": 2000}",
                 &err));
    for (size_t k = 2; k < 8; k++) /* a hole that the recipe left */
        for (size_t j = 17; j < 23; j++)
            for (size_t i = 17; i < 23; i++)
                s.tissues.labels.u8[nw_grid_at(&GRID, i, j, k)] = 0;
    CHECK(correct(&s, NULL, &err) && surface(&s, &mesh, &err));
    CHECK(s.out.edited[0].added == 216);
    size_t drawn = 0;
    for (size_t v = 0; v < mesh.vert_count; v++)
        drawn += mesh.vert_class[v] == NW_CLASS_DRAWN;
    CHECK(drawn == 0 && mesh.vert_count > 1000);
    nw_mesh_release(&mesh);
    tear_down(&s);
}

static bool attempt(struct nw_err *err)
{
    struct setting s;
    struct nw_mesh mesh = {0};
    const bool ok = set_up(&s, BALL, err) && correct(&s, NULL, err) && surface(&s, &mesh, err);
    nw_mesh_release(&mesh);
    tear_down(&s);
    return ok;
}

static void every_allocation_may_fail(void)
{
    CHECK(unit_starve(attempt) > 15);
}

int main(void)
{
    UNIT(parts_that_steps_make_have_names_and_labels_that_are_given_too);
    UNIT(a_ball_that_was_drawn_is_round_to_a_fraction_of_a_voxel_and_says_so);
    UNIT(where_the_grey_values_agree_nothing_is_drawn);
    UNIT(every_allocation_may_fail);
    return unit_end();
}
