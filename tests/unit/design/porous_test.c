/* Lattices and plates in documents: porosity as ordered, walls as graded, plates on a bone
 * whose shape is a formula. */
#include "make.h"

#define BLOCK "\"block\":{\"kind\":\"box\",\"min_mm\":[0,0,0],\"max_mm\":[8,8,8]},"

/* Whole cells in a block: the surface's volume is the ordered share. */
static void porosity_is_what_was_ordered(void)
{
    static const char *const surfaces[] = {"gyroid", "diamond", "primitive"};
    for (size_t i = 0; i < 3; i++) {
        char parts[600];
        struct nw_design_made made = {0};
        struct nw_err err = {0};
        snprintf(parts, sizeof parts,
                 BLOCK "\"l\":{\"kind\":\"tpms\",\"surface\":\"%s\",\"solid\":\"sheet\","
                       "\"unit_mm\":4,\"porosity\":0.7},"
                       "\"out\":{\"kind\":\"porous\",\"within\":\"block\",\"lattice\":\"l\"}",
                 surfaces[i]);
        CHECK(make(parts, 0.1, &made, &err));
        CHECK_NEAR(1 - nw_mesh_volume_mm3(&made.mesh) / 512, 0.7, 0.01);
        CHECK_NEAR(make_check(&made, "porosity").value, 0.7, 0.01);
        CHECK(make_is_solid(&made.mesh));
        nw_design_made_release(&made);
    }
}

/* A rim 1 mm thick about 60 % of nothing but itself: less is empty by exactly the core's part.
 */
static void a_rim_is_solid(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make(BLOCK "\"l\":{\"kind\":\"tpms\",\"surface\":\"gyroid\",\"solid\":\"sheet\","
                     "\"unit_mm\":2,\"porosity\":0.6},"
                     "\"out\":{\"kind\":\"porous\",\"within\":\"block\",\"lattice\":\"l\","
                     "\"rim_mm\":1}",
               0.1, &made, &err));
    CHECK_NEAR(nw_mesh_volume_mm3(&made.mesh), 512 - 0.6 * 216, 3); /* 3 x 3 x 3 cells within */
    nw_design_made_release(&made);
}

/* Struts that grow from 0.3 to 0.6 mm over the block: the thick half holds more. */
static void grading_moves_the_material(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make(BLOCK "\"floor\":{\"kind\":\"half_space\",\"point_mm\":[0,0,0],"
                     "\"outward\":[0,0,1]},"
                     "\"l\":{\"kind\":\"struts\",\"cell\":\"cubic\",\"unit_mm\":4,"
                     "\"radius_mm\":0.4,\"origin_mm\":[2,2,2],\"graded\":[{\"by\":\"floor\","
                     "\"from_mm\":0,\"to_mm\":8,\"at_from\":0.3,\"at_to\":0.6}]},"
                     "\"out\":{\"kind\":\"porous\",\"within\":\"block\",\"lattice\":\"l\"}",
               0.1, &made, &err));
    CHECK(make_is_solid(&made.mesh));
    /* One stands at x = y = 2, free of others at z = 4, half way from 0.3 at 0 to 0.6 at 8. */
    double sum = 0;
    int count = 0;
    for (size_t v = 0; v < made.mesh.vert_count; v++) {
        const nw_vec3 p = made.mesh.pos_mm[v];
        const double r = nw_length(nw_v3(p.x - 2, p.y - 2, 0));
        if (fabs(p.z - 4) < 0.06 && r < 1) {
            sum += r;
            count++;
        }
    }
    CHECK(count > 8);
    CHECK_NEAR(sum / count, 0.45, 0.02);
    nw_design_made_release(&made);
}

/* By modulus and pore: cell and porosity follow from the table, and what is measured on the
 * result is what was ordered. Req */
static void targets_are_met_as_measured(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make(BLOCK "\"l\":{\"kind\":\"tpms\",\"surface\":\"gyroid\",\"solid\":\"skeletal\","
                     "\"modulus_gpa\":7.92,\"pore_mm\":1.2},"
                     "\"out\":{\"kind\":\"porous\",\"within\":\"block\",\"lattice\":\"l\"}",
               0.1, &made, &err));
    const double unit_mm = 1.2 / 0.546; /* the row of 0.072 of 110 GPa */
    CHECK_NEAR(make_check(&made, "porosity").value, 0.695, 0.02);
    CHECK_NEAR(make_check(&made, "pore-size").value, 1.2, unit_mm / 24);
    CHECK_NEAR(make_check(&made, "strut-size").value, 0.305 * unit_mm, unit_mm / 24);
    CHECK_NEAR(make_check(&made, "pores-open").value, 1, 0.001);
    nw_design_made_release(&made);
}

/* Balls of air in a block: none leads outside; with a bore through one of eight, an eighth. */
static void closed_pores_are_found(void)
{
    static char parts[2000];
    int n = snprintf(parts, sizeof parts,
                     BLOCK "\"bore\":{\"kind\":\"cylinder\",\"from_mm\":[2,2,-1],"
                           "\"to_mm\":[2,2,2],\"radius_mm\":0.3},");
    for (int i = 0; i < 8; i++)
        n += snprintf(parts + n, sizeof parts - (size_t)n,
                      "\"b%d\":{\"kind\":\"sphere\",\"centre_mm\":[%d,%d,%d],"
                      "\"radius_mm\":1.2},",
                      i, i & 1 ? 6 : 2, i & 2 ? 6 : 2, i & 4 ? 6 : 2);
    snprintf(parts + n, sizeof parts - (size_t)n,
             "\"l\":{\"kind\":\"difference\",\"of\":\"block\",\"minus\":[\"bore\",\"b0\","
             "\"b1\",\"b2\",\"b3\",\"b4\",\"b5\",\"b6\",\"b7\"]},"
             "\"out\":{\"kind\":\"porous\",\"within\":\"block\",\"lattice\":\"l\"}");
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make(parts, 0.1, &made, &err));
    CHECK_NEAR(make_check(&made, "pores-open").value, 1.0 / 8, 0.02);
    CHECK(make_check(&made, "pores-open").verdict == NW_VERDICT_CONDITIONAL);
    CHECK_NEAR(make_check(&made, "pore-size").value, 2.4, 0.1);
    nw_design_made_release(&made);
}

static void what_cannot_be_built_is_said(void)
{
    static const struct {
        const char *lattice, *says;
    } wrong[] = {
        {"\"solid\":\"sheet\",\"unit_mm\":4", "parts.l: needs \"porosity\""},
        {"\"solid\":\"sheet\",\"unit_mm\":4,\"wall_mm\":2", "is more than a third of unit_mm"},
        {"\"solid\":\"sheet\",\"unit_mm\":4,\"wall_mm\":1,\"porosity\":0.5", "say the same"},
        {"\"solid\":\"skeletal\",\"unit_mm\":4,\"wall_mm\":1", "is for sheets"},
        {"\"solid\":\"sheet\",\"unit_mm\":4,\"graded\":[{\"by\":\"block\",\"from_mm\":2,"
         "\"to_mm\":1,\"at_from\":1,\"at_to\":1}]",
         "to_mm: must be above from_mm"},
        {"\"solid\":\"sheet\",\"unit_mm\":4,\"porosity\":0.99", "porosity"},
        {"\"solid\":\"sheet\",\"porosity\":0.7", "needs \"unit_mm\""},
        {"\"solid\":\"sheet\",\"modulus_gpa\":50,\"pore_mm\":0.5",
         "this lattice has 3.30 to 18.04 GPa"},
        {"\"solid\":\"sheet\",\"modulus_gpa\":12", "needs pore_mm, strut_mm or both"},
        {"\"solid\":\"sheet\",\"modulus_gpa\":12,\"pore_mm\":0.5,\"unit_mm\":2",
         "stands instead of unit_mm"},
        /* at 0.109 of 110 GPa a wall is 0.10 of a cell whose pores are 0.338 */
        {"\"solid\":\"sheet\",\"modulus_gpa\":11.99,\"pore_mm\":0.5,\"strut_mm\":0.2",
         "it is 0.148 mm; nearest are a pore of 0.68 mm, or 16.9"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char parts[600];
        struct nw_design_made made = {0};
        struct nw_err err = {0};
        snprintf(parts, sizeof parts,
                 BLOCK "\"l\":{\"kind\":\"tpms\",\"surface\":\"gyroid\",%s},"
                       "\"out\":{\"kind\":\"porous\",\"within\":\"block\",\"lattice\":\"l\"}",
                 wrong[i].lattice);
        CHECK(!make(parts, 0.5, &made, &err));
        CHECK(err.code == NW_ERR_DATA);
        if (!strstr(err.msg, wrong[i].says))
            printf("# %s\n", err.msg);
        CHECK(strstr(err.msg, wrong[i].says) != NULL);
        nw_design_made_release(&made);
    }
}

/* A plate bent about a round bone: its lower side is at the clearance, its upper one a
 * thickness further, its holes square to the bone and as wide as ordered. */
static void a_plate_lies_on_the_bone(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make("\"bone\":{\"kind\":\"sphere\",\"centre_mm\":[0,0,0],\"radius_mm\":30},"
               "\"out\":{\"kind\":\"plate\",\"bone\":\"bone\",\"width_mm\":9,"
               "\"thickness_mm\":2,\"clearance_mm\":0.2,"
               "\"along_mm\":[[-20,0,23],[0,0,31],[20,0,23]],"
               "\"screws\":[{\"name\":\"1\",\"at_mm\":[-12,0,28],\"diameter_mm\":2.7},"
               "{\"name\":\"2\",\"at_mm\":[-8,0,29],\"diameter_mm\":2.7}]}",
               0.15, &made, &err));
    CHECK(make_is_solid(&made.mesh));
    double least = HUGE_VAL, most = 0;
    for (size_t v = 0; v < made.mesh.vert_count; v++) {
        least = fmin(least, nw_length(made.mesh.pos_mm[v]));
        most = fmax(most, nw_length(made.mesh.pos_mm[v]));
    }
    CHECK_NEAR(least, 30.2, 0.02);
    CHECK_NEAR(most, 32.2, 0.02);
    CHECK(make_check(&made, "hole-edge").verdict == NW_VERDICT_PASS);
    CHECK_NEAR(make_check(&made, "hole-edge").value, (9 - 2.7) / 2, 1e-9);
    CHECK(make_check(&made, "hole-pitch").verdict == NW_VERDICT_CONDITIONAL); /* 4.1 mm apart */
    nw_design_made_release(&made);
}

/* A bone with grains of marrow in it that the plate's offset fills with crumbs smaller than a
 * cell: whichever grid looks, one solid is left. */
static void a_plate_leaves_no_crumbs(void)
{
    for (int k = 0; k < 3; k++) {
        struct nw_design_made made = {0};
        struct nw_err err = {0};
        char parts[1000];
        snprintf(parts, sizeof parts,
                 "\"ball\":{\"kind\":\"sphere\",\"centre_mm\":[0,0,0],\"radius_mm\":30},"
                 "\"marrow\":{\"kind\":\"sphere\",\"centre_mm\":[%g,0.07,27.2],"
                 "\"radius_mm\":0.33},"
                 "\"cell\":{\"kind\":\"sphere\",\"centre_mm\":[%g,-0.03,27.6],"
                 "\"radius_mm\":0.27},"
                 "\"bone\":{\"kind\":\"difference\",\"of\":\"ball\","
                 "\"minus\":[\"marrow\",\"cell\"]},"
                 "\"out\":{\"kind\":\"plate\",\"bone\":\"bone\",\"width_mm\":9,"
                 "\"thickness_mm\":2,\"clearance_mm\":0.2,"
                 "\"along_mm\":[[-12,0,27.5],[0,0,30],[12,0,27.5]]}",
                 0.1 + 0.06 * k, 5.05 + 0.06 * k);
        CHECK(make(parts, 0.2, &made, &err));
        CHECK(make_is_solid(&made.mesh));
        double least = HUGE_VAL;
        for (size_t v = 0; v < made.mesh.vert_count; v++)
            least = fmin(least, nw_length(made.mesh.pos_mm[v]));
        CHECK_NEAR(least, 30.2, 0.02);
        CHECK(nw_mesh_volume_mm3(&made.mesh) > 100);
        nw_design_made_release(&made);
    }
}

int main(void)
{
    UNIT(porosity_is_what_was_ordered);
    UNIT(a_rim_is_solid);
    UNIT(grading_moves_the_material);
    UNIT(targets_are_met_as_measured);
    UNIT(closed_pores_are_found);
    UNIT(what_cannot_be_built_is_said);
    UNIT(a_plate_lies_on_the_bone);
    UNIT(a_plate_leaves_no_crumbs);
    return unit_end();
}
