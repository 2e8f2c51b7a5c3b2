/* Strength studies: what is refused and where, and a bar pulled along, whose answer is a
 * formula. */
#include "strength/study.h"

#include <string.h>

#include "field/surface.h"
#include "unit.h"

static const char good[] =
    "{\"nuwa\": \"strength 1\", \"title\": \"bars\",\n"
    " \"material\": {\"name\": \"m\", \"young_gpa\": 100, \"poisson\": 0.3,\n"
    "  \"yield_mpa\": 500, \"density_g_cm3\": 4},\n"
    " \"cell_mm\": 0.5,\n"
    " \"variants\": [{\"name\": \"one\", \"design\": {\"path\": \"a.json\"}}],\n"
    " \"fixed\": [{\"min_mm\": [-1, -1, -1], \"max_mm\": [1, 9, 9]}],\n"
    " \"cases\": [{\"name\": \"pull\", \"loads\": [\n"
    "  {\"min_mm\": [19, -1, -1], \"max_mm\": [21, 9, 9], \"force_n\": [1600, 0, 0]}]}]}\n";

static void what_is_wrong_is_said_with_its_place(void)
{
    static const struct {
        const char *from, *to, *says;
    } wrong[] = {
        {"strength 1", "strength 2", "line 1, nuwa: is 'strength 2'"},
        {"\"poisson\": 0.3", "\"poisson\": 0.6", "line 2, material.poisson: 0.6 is not within"},
        {"\"young_gpa\": 100, ", "", "line 2, material: \"young_gpa\" is missing"},
        {"\"cell_mm\": 0.5", "\"cell_mm\": 0", "line 4, cell_mm"},
        {"\"design\"", "\"dessign\"", "line 5, variants[0].dessign"},
        {"\"design\": {\"path\": \"a.json\"}", "\"part\": \"a\"",
         "line 5, variants[0]: needs either"},
        {"[1, 9, 9]", "[-1, 9, 9]", "line 6, fixed[0]: min_mm must be below"},
        {"[1, 9, 9]}", "[1, 9, 9], \"force_n\": [1, 0, 0]}", "line 6, fixed[0]: is fixed"},
        {", \"force_n\": [1600, 0, 0]", "",
         "line 8, cases[0].loads[0]: \"force_n\" is missing"},
        {"[1600, 0, 0]", "[0, 0, 0]", "line 8, cases[0].loads[0]: a force is above 0"},
        {"\"cases\"", "\"case\"", "line 7, case"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[sizeof good + 64];
        const char *at = strstr(good, wrong[i].from);
        struct nw_err err = {0};
        CHECK(at != NULL);
        if (!at)
            continue;
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, wrong[i].to,
                 at + strlen(wrong[i].from));
        CHECK(!nw_study_parse(text, strlen(text), &err));
        CHECK(err.code == NW_ERR_DATA);
        if (!strstr(err.msg, wrong[i].says))
            printf("# %s\n# %s\n", err.msg, wrong[i].says);
        CHECK(strstr(err.msg, wrong[i].says) != NULL);
    }
}

static bool make_box(nw_vec3 size, struct nw_mesh *out, struct nw_err *err)
{
    struct nw_field *f = nw_field_new(err);
    const bool ok =
        f && nw_surface_of_field(f, nw_field_box(f, nw_v3(0, 0, 0), size, err),
                                 (nw_box){nw_v3(-1, -1, -1), nw_v3(22, 10, 10)}, 0.5, out, err);
    nw_field_free(f);
    return ok;
}

/* 18 mm between what holds and what pulls (and some of both): stress is force over section. */
static void a_bar_pulled_along_stretches_evenly(void)
{
    struct nw_err err = {0};
    struct nw_mesh bar = {0};
    static struct nw_study_found found;
    struct nw_study *s = nw_study_parse(good, strlen(good), &err);
    CHECK(s && make_box(nw_v3(20, 4, 4), &bar, &err));
    const bool ok = s && nw_study_run(s, &bar, &found, &err);
    if (!ok)
        printf("# %s\n", err.msg);
    CHECK(ok);
    CHECK_NEAR(found.volume_mm3, 320, 0.1);
    CHECK_NEAR(found.mass_g, 1.28, 0.001);
    const struct nw_study_step *fine = &found.step[0][NW_STUDY_STEPS - 1];
    CHECK_NEAR(fine->stress99_mpa, 100, 3);
    /* 18 mm stretch whole, and a third of the last millimetre, where the force comes in. */
    CHECK_NEAR(fine->stiffness, 100000 * 16 / 18.3, 0.03 * 100000 * 16 / 18.3);
    CHECK(found.shown[0].vert_rgba != NULL && found.shown[0].vert_count > 1000);
    for (int k = 0; k < NW_STUDY_STEPS; k++)
        CHECK(found.step[0][k].cells > 0);
    nw_study_found_release(&found);

    /* Too short for the place that pulls. */
    nw_mesh_release(&bar);
    CHECK(make_box(nw_v3(12, 4, 4), &bar, &err));
    CHECK(s && !nw_study_run(s, &bar, &found, &err));
    CHECK(strstr(err.msg, "line 8, cases[0].loads[0]: pulls nothing") != NULL);
    nw_mesh_release(&bar);
    nw_study_free(s);
}

int main(void)
{
    UNIT(what_is_wrong_is_said_with_its_place);
    UNIT(a_bar_pulled_along_stretches_evenly);
    return unit_end();
}
