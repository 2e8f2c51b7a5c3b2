/* Profiles of printers: the built-in ones, and what is refused in a file, with its place. */
#include "print/machine.h"

#include <string.h>

#include "core/text.h"
#include "starve.h"
#include "unit.h"

static const char good[] =
    "{\"format\": \"nuwa-machine-1\", \"name\": \"a\", \"zh\": \"a\", \"en\": \"a\",\n"
    "\"revision\": \"2\", \"date\": \"2026-01-31\", \"valid_until\": \"2028-02-29\",\n"
    "\"process\": \"sla\", \"build_mm\": [120, 60, 150],\n"
    "\"layer\": {\"preset_mm\": 0.05, \"min_mm\": 0.025, \"max_mm\": 0.1},\n"
    "\"pixels\": {\"count\": [2400, 1000], \"column_axis\": \"+y\", \"row_axis\": \"-x\"},\n"
    "\"limits\": {\"min_wall_mm\": 0.8, \"min_feature_mm\": 0.5, \"min_hole_mm\": 0.5,\n"
    "\"min_gap_mm\": 0.3, \"clearance_fit_mm\": 0.15, \"clearance_loose_mm\": 0.3,\n"
    "\"overhang_deg\": 45, \"accuracy_mm\": 0.15},\n"
    "\"compensation\": {\"scale\": [1.01, 1.02, 1.03], \"outward_mm\": -0.05,\n"
    "\"hole_mm\": 0.1, \"first_layer_mm\": 0, \"source\": \"measured\",\n"
    "\"valid_until\": \"2027-06-30\"},\n"
    "\"materials\": [\n"
    "{\"name\": \"m\", \"zh\": \"m\", \"en\": \"m\", \"density_g_cm3\": 1.1,\n"
    "\"slicer\": {\"key\": \"value\"}},\n"
    "{\"name\": \"n\", \"zh\": \"n\", \"en\": \"n\", \"density_g_cm3\": 1.2,\n"
    "\"rgb\": [1, 2, 3],\n"
    "\"valid_until\": \"2026-12-31\"}]}\n";

/* Parses the good profile with one text replaced. */
static bool parse_with(const char *from, const char *to, struct nw_machine *out,
                       struct nw_err *err)
{
    struct nw_text text;
    nw_text_init(&text, 1 << 16);
    const char *at = from ? strstr(good, from) : NULL;
    CHECK(at || !from);
    struct nw_err mine = {0};
    if (at)
        CHECK(nw_text_addn(&text, good, (size_t)(at - good), &mine) &&
              nw_text_add(&text, to, &mine) && nw_text_add(&text, at + strlen(from), &mine));
    else
        CHECK(nw_text_add(&text, good, &mine));
    const bool ok = nw_machine_parse(text.data, text.len, out, err);
    nw_text_release(&text);
    return ok;
}

static void refuses(const char *from, const char *to, const char *line, const char *member)
{
    struct nw_machine m = {0};
    struct nw_err err = {0};
    CHECK(!parse_with(from, to, &m, &err));
    CHECK(err.code == NW_ERR_DATA);
    CHECK(strstr(err.msg, line) && strstr(err.msg, member));
    if (!strstr(err.msg, line) || !strstr(err.msg, member))
        printf("# %s\n", err.msg);
    CHECK(m.name == NULL);
    nw_machine_release(&m);
}

/* Req: R-134 */
static void each_built_in_profile_is_sound_and_named_as_its_file(void)
{
    bool has[4] = {0};
    CHECK(nw_machine_count() >= 4);
    for (size_t i = 0; i < nw_machine_count(); i++) {
        struct nw_machine m = {0}, again = {0};
        struct nw_err err = {0};
        CHECK(nw_machine_builtin(i, &m, &err));
        if (err.code)
            printf("# %s\n", err.msg);
        CHECK(m.name && nw_machine_find(m.name, &again, &err));
        CHECK(again.name && strcmp(again.name, m.name) == 0);
        CHECK(m.limits.min_feature_mm > 0 && m.limits.accuracy_mm > 0);
        has[m.process] = true;
        nw_machine_release(&m);
        nw_machine_release(&again);
    }
    CHECK(has[0] && has[1] && has[2] && has[3]);
}

static void a_profile_is_read_whole(void)
{
    struct nw_machine m = {0};
    struct nw_err err = {0};
    CHECK(parse_with(NULL, NULL, &m, &err));
    CHECK(m.process == NW_PROCESS_SLA && m.date == 20260131 && m.valid_until == 20280229);
    CHECK(m.build_mm[1] == 60 && m.layer_min_mm == 0.025);
    CHECK(m.pixels.count[0] == 2400 && m.pixels.column_axis == 'y' && !m.pixels.column_back);
    CHECK(m.pixels.row_axis == 'x' && m.pixels.row_back);
    CHECK_NEAR(nw_machine_pixel_mm(&m, 0), 0.05, 1e-15);
    CHECK_NEAR(nw_machine_pixel_mm(&m, 1), 0.06, 1e-15);
    CHECK(m.compensation.scale[2] == 1.03 && m.compensation.outward_mm == -0.05);
    CHECK(m.material_count == 2 && m.material[0].setting_count == 1);
    CHECK(strcmp(m.material[0].setting[0].value, "value") == 0 && m.material[1].rgb[2] == 3);
    nw_machine_release(&m);
}

static void what_is_wrong_is_named_with_its_line(void)
{
    refuses("\"accuracy_mm\": 0.15", "\"accuracy_mm\": \"x\"", "line 8", "limits.accuracy_mm");
    refuses("\"min_wall_mm\": 0.8", "\"min_wall_mm\": -1", "line 6",
            "limits.min_wall_mm is -1");
    refuses("\"min_gap_mm\": 0.3, ", "", "line 6", "limits.min_gap_mm is missing");
    refuses("\"overhang_deg\"", "\"overhang\"", "line 8", "limits.overhang is not known");
    refuses("2028-02-29", "2027-02-29", "line 2", "valid_until must be a day");
    refuses("\"sla\"", "\"glue\"", "line 3", "process is one of");
    refuses("[120, 60, 150]", "[120, 60]", "line 3", "build_mm must be a list of 3");
    refuses("\"-x\"", "\"-y\"", "line 5", "pixels.row_axis must be the other");
    refuses("2400", "2400.5", "line 5", "pixels.count must be whole");
    refuses("\"preset_mm\": 0.05", "\"preset_mm\": 0.5", "line 4", "layer.preset_mm must lie");
    refuses("\"name\": \"n\"", "\"name\": \"m\"", "line 15", "materials[1].name is the name");
    refuses("\"key\": \"value\"", "\"key\": 3", "line 14", "materials[0].slicer.key");
    refuses("\"value\"", "\"v\\nexec=1\"", "line 14", "must be one line");
    refuses("[1, 2, 3]", "[1, 2, 300]", "line 16", "materials[1].rgb is 300");
    refuses("\"nuwa-machine-1\"", "\"nuwa-machine-9\"", "line 1", "format must be");
    refuses("\"revision\": \"2\"", "\"revision\" \"2\"", "line 2", "not JSON");
}

static void a_name_that_is_none_lists_those_there_are(void)
{
    struct nw_machine m = {0};
    struct nw_err err = {0};
    CHECK(!nw_machine_find("sla-999", &m, &err));
    CHECK(err.code == NW_ERR_NOTFOUND && strstr(err.msg, "sla-120"));
    err = (struct nw_err){0};
    CHECK(parse_with(NULL, NULL, &m, &err));
    CHECK(nw_machine_material(&m, NULL, &err) == &m.material[0]);
    CHECK(nw_machine_material(&m, "n", &err) == &m.material[1]);
    CHECK(!nw_machine_material(&m, "x", &err));
    CHECK(err.code == NW_ERR_NOTFOUND && strstr(err.msg, "it has m, n"));
    nw_machine_release(&m);
}

static void what_ran_out_is_not_used(void)
{
    struct nw_machine m = {0};
    struct nw_err err = {0};
    CHECK(parse_with(NULL, NULL, &m, &err));
    CHECK(nw_machine_is_valid(&m, &m.material[0], 20270630, &err));
    CHECK(!nw_machine_is_valid(&m, &m.material[0], 20270701, &err));
    CHECK(err.code == NW_ERR_STATE && strstr(err.msg, "2027-06-30"));
    err = (struct nw_err){0};
    CHECK(!nw_machine_is_valid(&m, &m.material[1], 20270101, &err));
    CHECK(strstr(err.msg, "material n") && strstr(err.msg, "2026-12-31"));
    err = (struct nw_err){0};
    CHECK(!nw_machine_is_valid(&m, NULL, 20280301, &err));
    CHECK(strstr(err.msg, "profile a"));
    nw_machine_release(&m);
}

static bool read_it(struct nw_err *err)
{
    struct nw_machine m = {0};
    const bool ok = nw_machine_parse(good, strlen(good), &m, err);
    nw_machine_release(&m);
    return ok;
}

static void it_survives_every_allocation_failing(void)
{
    CHECK(unit_starve(read_it) > 0);
}

int main(void)
{
    UNIT(each_built_in_profile_is_sound_and_named_as_its_file);
    UNIT(a_profile_is_read_whole);
    UNIT(what_is_wrong_is_named_with_its_line);
    UNIT(a_name_that_is_none_lists_those_there_are);
    UNIT(what_ran_out_is_not_used);
    UNIT(it_survives_every_allocation_failing);
    return unit_end();
}
