/* G-code read move by move. */
#include <string.h>

#include "print/fff.h"
#include "unit.h"

static struct nw_gcode_facts read_text(const char *text)
{
    struct nw_gcode_facts f;
    struct nw_err err = {0};
    memset(&f, 0, sizeof f);
    CHECK(nw_gcode_read(text, strlen(text), &f, &err));
    if (err.code)
        printf("# %s\n", err.msg);
    return f;
}

static void layers_box_and_length_are_counted(void)
{
    const struct nw_gcode_facts f =
        read_text("G90\nM82\nG28\nG92 E0\nG1 Z0.2 F600\nG0 X10 Y20\nG1 X30 E1.5 ; a wall\n"
                  "G1 Y40 E2.5\nG1 Z0.4\nG1 X10 E4\r\n"
                  "; estimated printing time (normal mode) = 1h 2m 3s\n");
    CHECK(f.layers == 2);
    CHECK_NEAR(f.filament_mm, 4, 1e-12);
    CHECK_NEAR(f.box.min.x, 10, 1e-12);
    CHECK_NEAR(f.box.max.x, 30, 1e-12);
    CHECK_NEAR(f.box.max.y, 40, 1e-12);
    CHECK_NEAR(f.box.min.z, 0.2, 1e-12);
    CHECK_NEAR(f.box.max.z, 0.4, 1e-12);
    CHECK_NEAR(f.time_s, 3723, 1e-9);
}

static void what_is_pulled_back_is_not_extruded_twice(void)
{
    const struct nw_gcode_facts f =
        read_text("G1 Z1\nG1 X10 E5\nG1 E3\nG0 X20\nG1 E5\nG1 X30 E7\nG92 E0\nG1 E-2\nG0 X0\n"
                  "G1 E0\nG1 X5 E1\n");
    CHECK_NEAR(f.filament_mm, 8, 1e-12);
    CHECK(f.layers == 1);
}

static void relative_moves_are_followed(void)
{
    const struct nw_gcode_facts f = read_text("G91\nM83\nG1 Z2\nG1 X5 E1\nG1 X5 E1\nG1 E-1\n"
                                              "G1 Y3\nG1 E1\nG90\nG1 X1 E0.5\n");
    CHECK_NEAR(f.filament_mm, 2.5, 1e-12);
    CHECK_NEAR(f.box.max.x, 10, 1e-12);
    CHECK_NEAR(f.box.min.x, 0, 1e-12);
}

static void what_cannot_be_judged_is_refused(void)
{
    const char *const bad[] = {
        "",           "G1 X10 Y10\n", "G1 Xten E1\n", "G2 X1 Y1 I1 E1\n", "G1 X1e300 E1\n",
        "M104 S200\n"};
    for (size_t n = 0; n < sizeof bad / sizeof *bad; n++) {
        struct nw_gcode_facts f;
        struct nw_err err = {0};
        CHECK(!nw_gcode_read(bad[n], strlen(bad[n]), &f, &err));
        CHECK(err.code == NW_ERR_DATA || err.code == NW_ERR_UNSUPPORTED);
    }
}

static void a_zero_byte_is_no_letter(void)
{
    static const char text[] = "G1 Z1\nG1 X10 E5 \0"
                               "7\n";
    struct nw_gcode_facts f;
    struct nw_err err = {0};
    CHECK(nw_gcode_read(text, sizeof text - 1, &f, &err));
    CHECK_NEAR(f.filament_mm, 5, 1e-12);
    CHECK_NEAR(f.box.max.x, 10, 1e-12);
}

int main(void)
{
    UNIT(layers_box_and_length_are_counted);
    UNIT(what_is_pulled_back_is_not_extruded_twice);
    UNIT(relative_moves_are_followed);
    UNIT(what_cannot_be_judged_is_refused);
    UNIT(a_zero_byte_is_no_letter);
    return unit_end();
}
