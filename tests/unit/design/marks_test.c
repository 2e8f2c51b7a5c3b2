/* Text, codes and bases: volumes that are areas times depths, distances that are the scale's.
 */
#include "field/relief.h"

#include "make.h"

#define BLOCK "\"b\":{\"kind\":\"box\",\"min_mm\":[0,0,0],\"max_mm\":[40,14,6]},"
#define BLOCK_MM3 (40.0 * 14 * 6)

static double volume(const char *parts, double cell_mm)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make(parts, cell_mm, &made, &err));
    CHECK(make_is_solid(&made.mesh));
    const double v = nw_mesh_volume_mm3(&made.mesh);
    nw_design_made_release(&made);
    return v;
}

static double text_volume(const char *more)
{
    char parts[900];
    snprintf(parts, sizeof parts,
             BLOCK "\"out\":{\"kind\":\"text\",\"text\":\"左 L-07\",\"size_mm\":7,"
                   "\"origin_mm\":[4,4,6],\"u\":[1,0,0],\"v\":[0,1,0],%s}",
             more);
    return volume(parts, 0.2);
}

/* Raised, engraved or alone: the same letters. Req: R-116 */
static void letters_are_as_high_raised_as_deep_engraved(void)
{
    const double alone = text_volume("\"depth_mm\":1");
    CHECK(alone > 30);
    CHECK_NEAR(text_volume("\"on\":\"b\",\"depth_mm\":1") - BLOCK_MM3, alone, 0.03 * alone);
    CHECK_NEAR(BLOCK_MM3 - text_volume("\"on\":\"b\",\"way\":\"engraved\",\"depth_mm\":1"),
               alone, 0.03 * alone);
    CHECK_NEAR(text_volume("\"depth_mm\":2"), 2 * alone, 0.01 * alone);
}

/* As many squares as the code has dark modules. */
static void a_code_is_its_dark_modules(void)
{
    struct nw_err err = {0};
    struct nw_matrix matrix = {0};
    CHECK(nw_matrix_encode(NW_MATRIX_DATAMATRIX, "NW-0042-L", &matrix, &err));
    size_t dark = 0;
    for (size_t i = 0; i < matrix.rows * matrix.cols; i++)
        dark += matrix.dark[i] != 0;
    nw_matrix_release(&matrix);
    const double v =
        volume(BLOCK "\"out\":{\"kind\":\"code\",\"content\":\"NW-0042-L\",\"module_mm\":0.6,"
                     "\"on\":\"b\",\"origin_mm\":[4,2,6],\"u\":[1,0,0],\"v\":[0,1,0],"
                     "\"depth_mm\":0.8}",
               0.15);
    CHECK_NEAR((v - BLOCK_MM3) / ((double)dark * 0.36 * 0.8), 1, 0.03);
}

/* On a ball letters are as high everywhere. */
static void marks_follow_the_surface(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make("\"b\":{\"kind\":\"sphere\",\"centre_mm\":[0,0,0],\"radius_mm\":15},"
               "\"out\":{\"kind\":\"text\",\"text\":\"HIIIH\",\"size_mm\":6,\"on\":\"b\","
               "\"origin_mm\":[-8,-2,15],\"u\":[1,0,0],\"v\":[0,1,0],\"depth_mm\":0.7}",
               0.2, &made, &err));
    double most = 0;
    for (size_t v = 0; v < made.mesh.vert_count; v++)
        most = fmax(most, nw_length(made.mesh.pos_mm[v]));
    CHECK_NEAR(most, 15.7, 0.02);
    nw_design_made_release(&made);
}

#define MARK "\"origin_mm\":[4,4,6],\"u\":[1,0,0],\"v\":[0,1,0]"
static void what_no_machine_could_show_is_refused(void)
{
    CHECK(make_fails(BLOCK "\"out\":{\"kind\":\"text\",\"text\":\"L\",\"size_mm\":3,"
                           "\"feature_mm\":0.4," MARK "}",
                     "legible from 3.60 mm"));
    CHECK(make_fails(BLOCK "\"out\":{\"kind\":\"text\",\"text\":\"左\",\"size_mm\":6,"
                           "\"feature_mm\":0.4," MARK "}",
                     "legible from 8.00 mm"));
    CHECK(make_fails(BLOCK "\"out\":{\"kind\":\"code\",\"content\":\"1\",\"module_mm\":0.5,"
                           "\"feature_mm\":0.4," MARK "}",
                     "from modules of 0.80 mm"));
    CHECK(make_fails(BLOCK "\"out\":{\"kind\":\"code\",\"content\":\"[01]1\","
                           "\"symbology\":\"gs1-datamatrix\"," MARK "}",
                     "parts.out.content"));
    CHECK(make_fails(BLOCK "\"out\":{\"kind\":\"text\",\"text\":\"L\",\"size_mm\":5,"
                           "\"origin_mm\":[0,0,0],\"u\":[1,0,0],\"v\":[1,1,0]}",
                     "must be square to u"));
}

/* Ticks 10 mm apart, the model where it was, the slab below it. Req: R-133 */
static void a_base_has_a_scale(void)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    CHECK(make("\"ball\":{\"kind\":\"sphere\",\"centre_mm\":[5,7,30],\"radius_mm\":12},"
               "\"out\":{\"kind\":\"base\",\"under\":\"ball\",\"text\":\"K-17\","
               "\"scale_mm\":30}",
               0.25, &made, &err));
    CHECK(make_is_solid(&made.mesh));
    CHECK(isnan(make_check(&made, "one-piece").value)); /* it is one, so nothing is said */
    const nw_box box = nw_mesh_box(&made.mesh);
    CHECK_NEAR(box.max.z, 42, 0.02);
    CHECK_NEAR(box.min.z, 18 + 1 - 4, 0.1);
    /* the first 3 mm of the ticks stand alone, 0.8 mm above the slab's top: their middles */
    double sum[4] = {0};
    int count[4] = {0};
    for (size_t v = 0; v < made.mesh.vert_count; v++) {
        const nw_vec3 p = made.mesh.pos_mm[v];
        const double k = rint((p.x + 10) / 10);
        if (p.z < box.min.z + 4.7 || p.z > box.min.z + 4.9 || p.y < box.min.y + 3.3 ||
            p.y > box.min.y + 4.8 || k < 0 || k > 3)
            continue;
        sum[(int)k] += p.x;
        count[(int)k]++;
    }
    for (int k = 0; k < 4; k++)
        CHECK(count[k] > 5 && fabs(sum[k] / count[k] - (10 * k - 10)) < 0.05);
    nw_design_made_release(&made);
}

int main(void)
{
    UNIT(letters_are_as_high_raised_as_deep_engraved);
    UNIT(a_code_is_its_dark_modules);
    UNIT(marks_follow_the_surface);
    UNIT(what_no_machine_could_show_is_refused);
    UNIT(a_base_has_a_scale);
    return unit_end();
}
