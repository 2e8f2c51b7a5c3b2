/* Design documents: what is refused and where, and that what is made is what was written. */
#include "design/design.h"

#include <math.h>
#include <string.h>

#include "design/kinds_priv.h"
#include "mesh/check.h"
#include "starve.h"
#include "unit.h"

static const char good[] =
    "{\"nuwa\": \"design 1\", \"title\": \"plate\", \"about\": \"a hole in a block\",\n"
    " \"parts\": {\n"
    "  \"plate\": {\"kind\": \"difference\", \"of\": \"block\", \"minus\": [\"drill\"]},\n"
    "  \"block\": {\"kind\": \"box\", \"min_mm\": [0, 0, 0], \"max_mm\": [20, 15, 10]},\n"
    "  \"drill\": {\"kind\": \"cylinder\", \"from_mm\": [10, 7, -1], \"to_mm\": [10, 7, 11],\n"
    "            \"radius_mm\": 1.25}},\n"
    " \"make\": [{\"part\": \"plate\", \"cell_mm\": 0.25, \"colour\": \"#0080ff\"}]}\n";

static struct nw_design *parse(const char *text, struct nw_err *err)
{
    return nw_design_parse(text, strlen(text), err);
}

static void what_is_wrong_is_said_with_its_place(void)
{
    static const struct {
        const char *from, *to, *says;
    } wrong[] = {
        {"\"radius_mm\": 1.25", "\"radius_cm\": 0.125", "line 6, parts.drill.radius_cm: is in"},
        {"1.25", "-1.25", "line 6, parts.drill.radius_mm: "},
        {"1.25", "1e999", "line 6"},
        {"\"of\": \"block\"", "\"of\": \"blok\"", "line 3, parts.plate.of: no part"},
        {"\"of\": \"block\"", "\"of\": \"plate\"", "line 3, parts.plate.of: leads in a circle"},
        {"\"minus\": [\"drill\"]", "\"minus\": []", "line 3, parts.plate.minus: has 0 items"},
        {"\"box\"", "\"bix\"", "line 4, parts.block.kind: no kind is named 'bix'"},
        {", \"max_mm\": [20, 15, 10]", "", "line 4, parts.block: \"max_mm\" is missing"},
        {"[20, 15, 10]", "[20, 15]", "line 4, parts.block.max_mm"},
        {"[20, 15, 10]", "[20, 15, 9e5]", "line 4, parts.block.max_mm: is 900000 mm"},
        {"\"#0080ff\"", "\"blue\"", "line 7, make[0].colour: must be a colour"},
        {"design 1", "design 2", "line 1, nuwa: is 'design 2'"},
        {"\"title\"", "\"titel\"", "line 1"},
        {"\"part\": \"plate\"", "\"part\": \"drill2\"", "line 7, make[0].part: no part"},
        {"}]}", "}]", "line 8"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[sizeof good + 64];
        const char *at = strstr(good, wrong[i].from);
        CHECK(at != NULL);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, wrong[i].to,
                 at + strlen(wrong[i].from));
        struct nw_err err = {0};
        CHECK(!parse(text, &err));
        CHECK(err.code == NW_ERR_DATA);
        if (!strstr(err.msg, wrong[i].says))
            printf("# %s\n# %s\n", err.msg, wrong[i].says);
        CHECK(strstr(err.msg, wrong[i].says) != NULL);
    }
}

static bool no_files(void *user, const struct nw_file_ref *file, struct nw_mesh *out,
                     struct nw_err *err)
{
    (void)user, (void)file, (void)out;
    return nw_fail(err, NW_ERR_NOTFOUND, "there are no files here");
}
static const struct nw_design_files none = {.mesh = no_files};

/* What is shown beside is made without its checks, at its own cell, and is no output. */
static void what_is_shown_is_not_made(void)
{
    static const char text[] =
        "{\"nuwa\": \"design 1\", \"parts\": {\n"
        "\"a\": {\"kind\": \"sphere\", \"centre_mm\": [0, 0, 0], \"radius_mm\": 3},\n"
        "\"b\": {\"kind\": \"box\", \"min_mm\": [5, 0, 0], \"max_mm\": [7, 2, 2]}},\n"
        "\"make\": [{\"part\": \"a\"}],\n"
        "\"show\": {\"from\": [0, -2, 0], \"margin_mm\": 4,\n"
        "\"parts\": [{\"part\": \"b\", \"colour\": \"#ff0000\"}]}}";
    struct nw_err err = {0};
    struct nw_design *d = parse(text, &err);
    CHECK(d && nw_design_output_count(d) == 1);
    const struct nw_design_scene scene = nw_design_scene(d);
    CHECK(scene.shown_count == 1 && scene.from.y == -1 && scene.margin_mm == 4);
    CHECK(nw_design_shown(d, 0).rgba[0] == 255 && nw_design_shown(d, 0).rgba[1] == 0);
    struct nw_mesh mesh = {0};
    CHECK(nw_design_make_shown(d, 0, &none, &mesh, &err));
    CHECK_NEAR(nw_mesh_volume_mm3(&mesh), 8, 1e-3);
    nw_mesh_release(&mesh);
    nw_design_free(d);
    CHECK(
        !parse("{\"nuwa\": \"design 1\", \"parts\": {\"a\": {\"kind\": \"sphere\", "
               "\"centre_mm\": [0, 0, 0], \"radius_mm\": 3}}, \"make\": [{\"part\": \"a\"}],\n"
               "\"show\": {\"parts\": [{\"part\": \"b\"}]}}",
               &err));
    CHECK(strstr(err.msg, "line 2, show.parts[0].part: no part") != NULL);
}

/* A block less a hole: volume, size and a closed surface. */
static void what_is_made_is_what_is_written(void)
{
    struct nw_err err = {0};
    struct nw_design *d = parse(good, &err);
    CHECK(d && nw_design_output_count(d) == 1);
    const struct nw_design_output o = nw_design_output(d, 0);
    CHECK(strcmp(o.name, "plate") == 0 && o.rgba[0] == 0 && o.rgba[1] == 128);
    struct nw_design_made made = {0};
    CHECK(nw_design_make(d, 0, 0, &none, &made, &err));
    CHECK_NEAR(nw_mesh_volume_mm3(&made.mesh), 3000 - NW_PI * 1.25 * 1.25 * 10, 1.5);
    const nw_vec3 size = nw_box_size(nw_mesh_box(&made.mesh));
    CHECK_NEAR(size.x, 20, 1e-4);
    CHECK_NEAR(size.y, 15, 1e-4);
    CHECK_NEAR(size.z, 10, 0.0101); /* the rims of the hole may be merged that far */
    static struct nw_mesh_check check;
    CHECK(nw_mesh_check(&made.mesh, NULL, &check, &err) && check.solid);
    nw_design_made_release(&made);
    nw_design_free(d);
}

/* Turned by a quarter about an axis and shifted: a place known by hand. */
static void a_part_is_turned_right_handed_then_shifted(void)
{
    static const char text[] =
        "{\"nuwa\": \"design 1\", \"parts\": {"
        "\"a\": {\"kind\": \"box\", \"min_mm\": [1, 0, 0], \"max_mm\": [3, 1, 1]},"
        "\"b\": {\"kind\": \"moved\", \"of\": \"a\", \"axis\": [0, 0, 2], \"turn_deg\": 90,"
        "\"about_mm\": [1, 0, 0], \"by_mm\": [0, 0, 5]}},"
        "\"make\": [{\"part\": \"b\", \"cell_mm\": 0.1}]}";
    struct nw_err err = {0};
    struct nw_design *d = parse(text, &err);
    struct nw_design_made made = {0};
    CHECK(d && nw_design_make(d, 0, 0, &none, &made, &err));
    const nw_box box = nw_mesh_box(&made.mesh);
    CHECK_NEAR(box.min.x, 0, 1e-3);
    CHECK_NEAR(box.max.x, 1, 1e-3);
    CHECK_NEAR(box.min.y, 0, 1e-3);
    CHECK_NEAR(box.max.y, 2, 1e-3);
    CHECK_NEAR(box.min.z, 5, 1e-3);
    CHECK_NEAR(box.max.z, 6, 1e-3);
    nw_design_made_release(&made);
    nw_design_free(d);
}

static void refuse(const char *part, const char *says)
{
    char text[400];
    snprintf(text, sizeof text,
             "{\"nuwa\": \"design 1\", \"parts\": {\"a\": %s, \"c\": {\"kind\": \"sphere\", "
             "\"centre_mm\": [9, 9, 9], \"radius_mm\": 1}}, \"make\": [{\"part\": \"a\"}]}",
             part);
    struct nw_err err = {0};
    struct nw_design *d = parse(text, &err);
    struct nw_design_made made = {0};
    CHECK(d && !nw_design_make(d, 0, 1, &none, &made, &err));
    if (!strstr(err.msg, says))
        printf("# %s\n", err.msg);
    CHECK(strstr(err.msg, says) != NULL && !made.mesh.pos_mm);
    nw_design_free(d);
}

static void what_only_shows_when_made_has_its_place_too(void)
{
    refuse("{\"kind\": \"half_space\", \"point_mm\": [0,0,0], \"outward\": [0,0,1]}",
           "line 1, parts.a: has no end");
    refuse("{\"kind\": \"intersection\", \"of\": [\"c\", \"d\"]}, \"d\": {\"kind\": \"sphere\","
           "\"centre_mm\": [-9, 0, 0], \"radius_mm\": 1}",
           "parts.a: has nothing inside");
    refuse("{\"kind\": \"mesh\", \"file\": {\"path\": \"x.stl\"}}",
           "parts.a.file: there are no files here");
    refuse("{\"kind\": \"box\", \"min_mm\": [0, 0, 0], \"max_mm\": [1, 0, 1]}",
           "parts.a.max_mm: must be above");
}

static bool starved(struct nw_err *err)
{
    struct nw_design *d = parse(good, err);
    struct nw_design_made made = {0};
    const bool ok = d && nw_design_make(d, 0, 2, &none, &made, err);
    nw_design_made_release(&made);
    nw_design_free(d);
    return ok;
}

static void every_allocation_may_fail(void)
{
    CHECK(unit_starve(starved) > 10);
}

/* Every kind and member the schema names is one the reader knows, and it is JSON. */
static void the_schema_is_json(void)
{
    struct nw_err err = {0};
    NW_AUTOFREE char *text = nw_design_schema(&err);
    CHECK(text && strstr(text, "\"const\":\"mirrored\"") && strstr(text, "\"radius_mm\""));
    int depth = 0;
    for (const char *c = text; *c; c++)
        depth += (*c == '{') - (*c == '}');
    CHECK(depth == 0);
}

static const struct nw_member *member_of(const struct nw_member *members, const char *name)
{
    for (const struct nw_member *m = members; name && m && m->name; m++)
        if (strcmp(m->name, name) == 0)
            return m;
    return NULL;
}

/* A handle's member, the place it starts from and the part it lies on exist and are such
 * things. */
static void handles_are_of_members_that_exist(void)
{
    for (const struct nw_handle *h = nw_handles; h->kind; h++) {
        const struct nw_member *own = NULL, *in = NULL;
        for (size_t k = 0; nw_kinds[k]; k++)
            if (strcmp(nw_kinds[k]->name, h->kind) == 0)
                own = nw_kinds[k]->members;
        in = h->in ? member_of(own, h->in) : NULL;
        const struct nw_member *beside = h->in ? (in ? in->items : NULL) : own;
        const struct nw_member *m = member_of(beside, h->member),
                               *at = member_of(beside, h->at), *on = member_of(own, h->on);
        CHECK(m && nw_handle_of(h->kind, h->in, m).as);
        const bool lists = strcmp(h->as, "curve") == 0 || strcmp(h->as, "loop") == 0 ||
                           strcmp(h->as, "places") == 0;
        const bool ways = strcmp(h->as, "axis") == 0 || strcmp(h->as, "plane") == 0;
        CHECK(m && m->type == (lists  ? NW_POINTS_MEMBER
                               : ways ? NW_DIRECTION_MEMBER
                                      : NW_POINT_MEMBER));
        CHECK(!h->at || (at && at->type == NW_POINT_MEMBER));
        CHECK(!h->on || (on && on->type == NW_PART_MEMBER));
    }
    const struct nw_member radius = {.name = "radius_mm", .type = NW_LENGTH_MEMBER};
    CHECK(!nw_handle_of("sphere", NULL, &radius).as);
}

int main(void)
{
    UNIT(what_is_wrong_is_said_with_its_place);
    UNIT(what_is_shown_is_not_made);
    UNIT(what_is_made_is_what_is_written);
    UNIT(a_part_is_turned_right_handed_then_shifted);
    UNIT(what_only_shows_when_made_has_its_place_too);
    UNIT(every_allocation_may_fail);
    UNIT(the_schema_is_json);
    UNIT(handles_are_of_members_that_exist);
    return unit_end();
}
