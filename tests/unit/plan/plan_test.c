/* tests/unit/plan/plan_test.c -- a fracture reduced by a document; memory that runs out. */
#include "plan/plan.h"

#include <string.h>

#include "mesh/shapes.h"
#include "plan/evaluate.h"
#include "starve.h"
#include "unit.h"

static double bumps(nw_vec3 d)
{
    return 6 * sin(3 * d.x + 1) * sin(2 * d.y) + 5 * d.z * d.z * d.x;
}

static struct nw_mesh box; /* made before memory runs out */

/* "right": a bumpy bone. "left": its mirror image through x = 60, turned away: the fragment. */
static bool mesh(void *user, const struct nw_file_ref *file, struct nw_mesh *out,
                 struct nw_err *err)
{
    (void)user;
    struct nw_mesh m = {0};
    if (strcmp(file->path, "box") == 0)
        return nw_mesh_copy(out, &box, err);
    shape_sphere(&m, 30, 40, bumps);
    if (strcmp(file->path, "left") == 0) {
        const double c = cos(0.15), s = sin(0.15);
        for (size_t v = 0; v < m.vert_count; v++) {
            const nw_vec3 p = nw_v3(120 - m.pos_mm[v].x, m.pos_mm[v].y, m.pos_mm[v].z);
            const nw_vec3 q = nw_v3(p.x - 120, p.y, p.z);
            m.pos_mm[v] = nw_v3(c * q.x - s * q.y + 123, s * q.x + c * q.y - 2, q.z + 4);
        }
        nw_mesh_flip(&m);
    }
    *out = m;
    return true;
}

static bool scan(void *user, const char *path, const char *sha256, struct nw_volume *out,
                 struct nw_err *err)
{
    const struct nw_grid grid = {{4, 4, 4}, {0, 0, 0}, {{10, 0, 0}, {0, 10, 0}, {0, 0, 10}}};
    (void)user;
    (void)path;
    (void)sha256;
    return nw_volume_init(out, NW_VOXEL_I16, &grid, err);
}

static const struct nw_plan_files files = {NULL, mesh, scan};

static json_t *evaluate(const char *text, struct nw_err *err)
{
    return evaluate_with(text, &files, err);
}

static const char reduction[] =
    "{\"nuwa\": \"plan 1\", \"items\": {"
    "\"right\": {\"kind\": \"mesh\", \"file\": {\"path\": \"right\"}},"
    "\"left\": {\"kind\": \"mesh\", \"file\": {\"path\": \"left\"}},"
    "\"middle\": {\"kind\": \"plane\", \"point_mm\": [60, 0, 0], \"normal\": [1, 0, 0]},"
    "\"healthy\": {\"kind\": \"mirrored\", \"part\": \"right\", \"plane\": \"middle\"},"
    "\"fit\": {\"kind\": \"register\", \"moving\": \"left\", \"fixed\": \"healthy\"%s},"
    "%s"
    "\"end\": {\"kind\": \"box\", \"around\": \"left\"}}}";

/* Req: R-085 */
static void a_fragment_is_reduced_onto_the_mirrored_side(void)
{
    struct nw_err err = {0};
    char text[2048], accepted[64];
    snprintf(text, sizeof text, reduction, "", "");
    json_t *r = evaluate(text, &err);
    CHECK(r != NULL);
    const json_t *fit = json_object_get(r, "fit");
    CHECK(json_number_value(json_object_get(fit, "rms_mm")) < 1e-6);
    const json_t *rows = json_object_get(fit, "moving_to_fixed");
    /* the turn of 0.15 about z is undone */
    CHECK_NEAR(json_number_value(json_array_get(json_array_get(rows, 0), 1)), sin(0.15), 1e-6);
    CHECK_NEAR(json_number_value(json_array_get(json_array_get(rows, 2), 3)), -4, 1e-5);
    snprintf(accepted, sizeof accepted, ", \"accepted\": \"%s\"",
             json_string_value(json_object_get(fit, "digest")));
    snprintf(text, sizeof text, reduction, accepted,
             "\"reduced\": {\"kind\": \"moved\", \"part\": \"left\", \"by\": \"fit\"},"
             "\"again\": {\"kind\": \"register\", \"moving\": \"reduced\", \"fixed\": "
             "\"healthy\"},"
             "\"rest\": {\"kind\": \"measure\", \"what\": \"distance\", \"of\": [\"reduced\", "
             "\"healthy\"]},");
    json_decref(r);
    r = evaluate(text, &err);
    if (err.code)
        printf("# %s\n", err.msg);
    CHECK(r != NULL);
    const json_t *again = json_object_get(json_object_get(r, "again"), "moving_to_fixed");
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 4; k++)
            CHECK_NEAR(json_number_value(json_array_get(json_array_get(again, i), k)), i == k,
                       1e-5);
    json_decref(r);
}

static void what_the_tables_do_not_know_is_refused(void)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"[]", "line 1: an object in braces should stand here"},
        {"{}", "line 1: \"nuwa\" is missing"},
        {"{\"nuwa\": \"design 1\"}",
         "line 1, nuwa: this should be \"plan 1\", not \"design 1\""},
        {"{\"nuwa\": \"plan 1\"}", "line 1: \"items\" is missing"},
        {"{\"nuwa\": \"plan 1\", \"items\": {\"a\": {}}}",
         "line 1, items.a: \"kind\" is missing"},
        {"{\"nuwa\": \"plan 1\",\n \"items\": {\"a\": {\"kind\": \"scan\", \"file\": {}}}}",
         "line 2, items.a.file: \"path\" is missing"},
        {"{\"nuwa\": \"plan 1\", \"items\": {\"a\": {\"kind\": \"mesh\", \"file\": {\"path\": "
         "\"x\", \"sha256\": \"12\"}}}}",
         "line 1, items.a.file.sha256: a SHA-256 has 64 hexadecimal digits in small letters"},
        {"{\"nuwa\": \"plan 1\", \"items\": {\"a\": {\"kind\": \"mesh\", \"file\": {\"path\": "
         "\"x\", \"unit\": \"foot\"}}}}",
         "line 1, items.a.file.unit: \"foot\" is none of mm, cm, m, inch, um"},
        {"{\"nuwa\": \"plan 1\", \"items\": {\"a\": {\"kind\": \"mirrored\", \"part\": \"a\", "
         "\"plane\": \"p\"}, \"p\": {\"kind\": \"mirror_plane\", \"of\": \"a\"}}}",
         "line 1, items.a: this item needs itself, by way of what it names"},
        {"{\"nuwa\": \"plan 1\", \"items\": {\"p\": {\"kind\": \"plane\"}}}",
         "line 1, items.p: a plane is given by point_mm and normal, or by through, fit, over "
         "or parallel_to"},
        {"{\"nuwa\": \"plan 1\", \"items\": {\"p\": {\"kind\": \"plane\", \"point_mm\": [0, 0, "
         "0], \"normal\": [0, 0, 0]}}}",
         "line 1, items.p: the normal has no length"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct nw_err err = {0};
        json_t *r = evaluate(bad[i].text, &err);
        CHECK(!r && err.code == NW_ERR_DATA);
        if (strcmp(err.msg, bad[i].says) != 0)
            printf("# %s\n", err.msg);
        CHECK(strcmp(err.msg, bad[i].says) == 0);
        json_decref(r);
    }
}

static const char everything[] =
    "{\"nuwa\": \"plan 1\", \"items\": {"
    "\"a\": {\"kind\": \"mesh\", \"file\": {\"path\": \"box\"}, \"sigma_mm\": 0.2},"
    "\"ct\": {\"kind\": \"scan\", \"file\": {\"path\": \"ct\"}},"
    "\"A\": {\"kind\": \"landmark\", \"at_mm\": [5, 10, 0], \"sigma_mm\": 0.3},"
    "\"B\": {\"kind\": \"landmark\", \"at_mm\": [5, 10, 29]},"
    "\"C\": {\"kind\": \"landmark\", \"at_mm\": [0, 20, 5]},"
    "\"p\": {\"kind\": \"plane\", \"point_mm\": [0, 0, 12], \"normal\": [0, 0, 1]},"
    "\"cut\": {\"kind\": \"cut\", \"part\": \"a\", \"plane\": \"p\", \"kerf_mm\": 1},"
    "\"u\": {\"kind\": \"piece\", \"of\": \"cut\", \"side\": \"above\"},"
    "\"l\": {\"kind\": \"piece\", \"of\": \"cut\", \"side\": \"below\"},"
    "\"g\": {\"kind\": \"faces\", \"a\": \"u\", \"b\": \"l\"},"
    "\"r\": {\"kind\": \"register\", \"landmarks\": [[\"A\", \"A\"], [\"B\", \"B\"], [\"C\", "
    "\"C\"]]},"
    "\"t\": {\"kind\": \"trajectory\", \"entry\": \"A\", \"target\": \"B\", \"diameter_mm\": 2,"
    " \"clear_of\": [\"l\"], \"within\": \"a\", \"scan\": \"ct\"},"
    "\"s\": {\"kind\": \"measure\", \"what\": \"solid\", \"of\": [\"a\"]},"
    "\"w\": {\"kind\": \"measure\", \"what\": \"curve\", \"of\": [\"a\", \"A\", \"C\"]}}}";

static bool attempt(struct nw_err *err)
{
    json_t *r = evaluate(everything, err);
    json_decref(r);
    return r != NULL;
}

static void no_allocation_is_missed(void)
{
    shape_add_box(&box, nw_v3(0, 0, 0), nw_v3(10, 20, 30));
    CHECK(unit_starve(attempt) > 50);
    nw_mesh_release(&box);
}

static const char accept_text[] =
    "{\"nuwa\": \"plan 1\", \"items\": {\n"
    " \"a\": {\"kind\": \"landmark\", \"at_mm\": [0, 0, 0]},\n"
    " \"b\": {\"kind\": \"landmark\", \"at_mm\": [9, 0, 0]},\n"
    " \"c\": {\"kind\": \"landmark\", \"at_mm\": [0, 7, 0]},\n"
    " \"r\": {\n  \"accepted\": \"0123456789abcdef\",\n  \"kind\": \"register\",\n"
    "  \"landmarks\": [[\"a\", \"b\"], [\"b\", \"c\"], [\"c\", \"a\"]]\n },\n"
    " \"box\": {\"kind\": \"mesh\", \"file\": {\"path\": \"box\"}},\n"
    " \"far\": {\"kind\": \"moved\", \"part\": \"box\", \"by\": \"r\"},\n"
    " \"patch\": {\"kind\": \"region\", \"polygon\": [\"a\", \"b\", \"c\"], \"on\": "
    "\"box\"}}}\n";

static bool accept(struct nw_err *err)
{
    json_t *result = NULL;
    char *text =
        nw_plan_accept(accept_text, sizeof accept_text - 1, "r", "Li", &files, &result, err);
    json_decref(result);
    if (!text)
        return false;
    /* the digest in its place, the name on a line of its own behind the last member */
    const char *was = strstr(accept_text, "0123456789abcdef"),
               *behind = strstr(accept_text, "\n },");
    const size_t head = (size_t)(was - accept_text), body = (size_t)(behind - was) - 16;
    CHECK(memcmp(text, accept_text, head) == 0);
    CHECK(strspn(text + head, "0123456789abcdef") == 16 && memcmp(text + head, was, 16) != 0);
    CHECK(memcmp(text + head + 16, was + 16, body) == 0);
    static const char added[] = ",\n  \"accepted_by\": \"Li\"";
    const char *rest = text + head + 16 + body;
    CHECK(strncmp(rest, added, sizeof added - 1) == 0);
    CHECK(strcmp(rest + sizeof added - 1, behind) == 0);
    json_t *all = NULL;
    struct nw_model made = {0};
    struct nw_plan *plan = nw_plan_parse(text, strlen(text), err); /* and now it moves */
    const bool ok = plan && nw_plan_evaluate(plan, &files, &all, &made, err);
    nw_plan_free(plan);
    nw_model_release(&made);
    json_decref(all);
    nw_free(text);
    return ok;
}

static void acceptance_changes_two_members_and_no_other_byte(void)
{
    shape_add_box(&box, nw_v3(0, 0, 0), nw_v3(10, 20, 30));
    CHECK(unit_starve(accept) > 20);
    nw_mesh_release(&box);
}

static bool is_called_something(const json_t *one, const char *name)
{
    const char *zh = json_string_value(json_object_get(one, "x-zh")),
               *en = json_string_value(json_object_get(one, "description"));
    return zh && en && *zh && *en && strcmp(zh, name) != 0;
}

/* Forms are drawn from the schema: each kind and member is called something in both languages.
 */
static void everything_in_the_schema_has_words(void)
{
    struct nw_err err = {0};
    json_t *schema = nw_plan_schema(&err), *one, *member;
    json_t *kinds = json_object_get(
        json_object_get(json_object_get(json_object_get(schema, "properties"), "items"),
                        "additionalProperties"),
        "oneOf");
    const char *name;
    size_t k;
    CHECK(json_array_size(kinds) > 20);
    json_array_foreach(kinds, k, one)
    {
        json_t *members = json_object_get(one, "properties");
        CHECK(is_called_something(one, ""));
        CHECK(json_array_size(json_object_get(one, "x-sorts")) == 1);
        json_object_foreach(members, name, member)
        {
            if (strcmp(name, "kind") == 0 || strcmp(name, "about") == 0)
                continue;
            CHECK(is_called_something(member, name));
            CHECK(json_is_string(json_object_get(member, "x-what")));
        }
    }
    json_decref(schema);
}

int main(void)
{
    UNIT(a_fragment_is_reduced_onto_the_mirrored_side);
    UNIT(what_the_tables_do_not_know_is_refused);
    UNIT(no_allocation_is_missed);
    UNIT(acceptance_changes_two_members_and_no_other_byte);
    UNIT(everything_in_the_schema_has_words);
    return unit_end();
}
