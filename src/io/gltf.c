/* io/gltf.c -- GLB in: triangles of every node of the scene, turned from glTF's metres, y up,
 * into LPS mm; a file that says it holds LPS mm is taken at its word, to the bit. */
#include <jansson.h>
#include <string.h>

#include "io/gltf_priv.h"

enum { DEPTH_MOST = 32, NODES_MOST = 100000 };
static const size_t TRIANGLES_MOST = 400000000;

struct reader {
    json_t *doc;
    const uint8_t *bin;
    size_t bin_len;
    struct nw_model *out;
    bool is_lps;
    size_t nodes, triangles;
};

static bool glb_is(const uint8_t *data, size_t len)
{
    return len >= 20 && memcmp(data, "glTF", 4) == 0;
}

static uint32_t u32_at(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}

/* ---- accessors ---- */

struct array {
    const uint8_t *data;
    size_t count, stride;
    int component, components;
    bool normalized;
};

static int component_bytes(int component)
{
    switch (component) {
    case NW_GLTF_BYTE:
    case NW_GLTF_UBYTE:
        return 1;
    case NW_GLTF_SHORT:
    case NW_GLTF_USHORT:
        return 2;
    case NW_GLTF_UINT:
    case NW_GLTF_FLOAT:
        return 4;
    default:
        return 0;
    }
}

static int component_count(const char *type)
{
    static const char *const name[] = {"SCALAR", "VEC2", "VEC3", "VEC4"};
    for (int n = 0; type && n < 4; n++)
        if (strcmp(type, name[n]) == 0)
            return n + 1;
    return 0;
}

/* A whole number that is not negative; `preset` when the key is missing; -1 when it is wrong.
 */
static json_int_t whole(const json_t *object, const char *key, json_int_t preset)
{
    const json_t *v = json_object_get(object, key);
    if (!v)
        return preset;
    return json_is_integer(v) && json_integer_value(v) >= 0 ? json_integer_value(v) : -1;
}

static const json_t *item(const struct reader *r, const char *list, const json_t *index)
{
    if (!json_is_integer(index) || json_integer_value(index) < 0)
        return NULL;
    return json_array_get(json_object_get(r->doc, list), (size_t)json_integer_value(index));
}

static bool find_array(const struct reader *r, const json_t *index, struct array *out,
                       struct nw_err *err)
{
    const json_t *a = item(r, "accessors", index);
    const json_t *view = item(r, "bufferViews", json_object_get(a, "bufferView"));
    if (!a || !view || json_object_get(a, "sparse"))
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "the GLB has an accessor without data of its own or with sparse data");
    const json_int_t offset = whole(a, "byteOffset", 0), start = whole(view, "byteOffset", 0),
                     length = whole(view, "byteLength", -1), count = whole(a, "count", -1),
                     stride = whole(view, "byteStride", 0);
    out->component = (int)whole(a, "componentType", -1);
    out->components = component_count(json_string_value(json_object_get(a, "type")));
    out->normalized = json_is_true(json_object_get(a, "normalized"));
    const int size = component_bytes(out->component) * out->components;
    const json_int_t most = (json_int_t)r->bin_len;
    if (size == 0 || offset < 0 || start < 0 || length < 0 || count < 0 || stride < 0 ||
        stride > 252 || start > most || length > most - start || offset > length ||
        whole(view, "buffer", -1) != 0)
        return nw_fail(err, NW_ERR_DATA, "the GLB has an accessor that lies outside its data");
    out->stride = stride > 0 ? (size_t)stride : (size_t)size;
    out->count = (size_t)count;
    if (count > 0 &&
        ((json_int_t)out->stride * (count - 1) + size > length - offset || count > most))
        return nw_fail(err, NW_ERR_DATA, "the GLB has an accessor that lies outside its data");
    out->data = r->bin + start + offset;
    return true;
}

static double value_at(const struct array *a, size_t i, int c)
{
    const uint8_t *p = a->data + i * a->stride + (size_t)(c * component_bytes(a->component));
    uint16_t u16;
    float f32;
    switch (a->component) {
    case NW_GLTF_BYTE:
        return (int8_t)*p;
    case NW_GLTF_UBYTE:
        return *p;
    case NW_GLTF_SHORT:
        memcpy(&u16, p, 2);
        return (int16_t)u16;
    case NW_GLTF_USHORT:
        memcpy(&u16, p, 2);
        return u16;
    case NW_GLTF_UINT:
        return u32_at(p);
    default:
        memcpy(&f32, p, 4);
        return (double)f32;
    }
}

/* ---- a primitive ---- */

static bool read_positions(const struct reader *r, const json_t *attributes,
                           struct nw_mesh *mesh, struct nw_err *err)
{
    struct array a;
    const json_t *index = json_object_get(attributes, "POSITION");
    if (!index)
        return nw_fail(err, NW_ERR_DATA, "the GLB has a mesh without positions");
    if (!find_array(r, index, &a, err))
        return false;
    if (a.component != NW_GLTF_FLOAT || a.components != 3)
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "the GLB has positions that are not three floats each");
    if (!nw_mesh_init(mesh, a.count, 0, err))
        return false;
    for (size_t v = 0; v < a.count; v++)
        mesh->pos_mm[v] = nw_v3(value_at(&a, v, 0), value_at(&a, v, 1), value_at(&a, v, 2));
    return true;
}

static bool read_triangles(const struct reader *r, const json_t *primitive,
                           struct nw_mesh *mesh, struct nw_err *err)
{
    struct array a = {.count = mesh->vert_count};
    const json_t *index = json_object_get(primitive, "indices");
    if (index && !find_array(r, index, &a, err))
        return false;
    if (index && (a.components != 1 || a.component == NW_GLTF_FLOAT))
        return nw_fail(err, NW_ERR_DATA, "the GLB has indices that are no whole numbers");
    const size_t count = a.count / 3;
    if (!nw_resize(&mesh->tri, count, sizeof *mesh->tri, err))
        return false;
    mesh->tri_count = count;
    for (size_t t = 0; t < count; t++)
        for (size_t k = 0; k < 3; k++)
            mesh->tri[t][k] =
                index ? (uint32_t)value_at(&a, 3 * t + k, 0) : (uint32_t)(3 * t + k);
    return nw_mesh_indices_check(mesh, err);
}

static uint8_t colour_value(const struct array *a, size_t v, int c)
{
    const double most = a->component == NW_GLTF_UBYTE    ? 255
                        : a->component == NW_GLTF_USHORT ? 65535
                                                         : 1;
    if (c >= a->components)
        return 255;
    const double x = value_at(a, v, c) / most;
    return c < 3 ? nw_linear_to_srgb(x) : (uint8_t)rint(fmin(fmax(x, 0), 1) * 255);
}

/* Attributes of another length than the positions are left out. */
static bool read_attributes(const struct reader *r, const json_t *attributes,
                            struct nw_mesh *mesh, struct nw_err *err)
{
    struct array a;
    const json_t *sigma = json_object_get(attributes, "_UNCERTAINTY_MM");
    const json_t *kind = json_object_get(attributes, "_CLASS");
    const json_t *colour = json_object_get(attributes, "COLOR_0");
    const size_t n = mesh->vert_count;
    if (sigma && !find_array(r, sigma, &a, err))
        return false;
    if (sigma && a.count == n) {
        mesh->uncertainty_mm = NW_ALLOC(float, n, err);
        for (size_t v = 0; mesh->uncertainty_mm && v < n; v++)
            mesh->uncertainty_mm[v] = (float)value_at(&a, v, 0);
    }
    if (err->code != NW_OK || (kind && !find_array(r, kind, &a, err)))
        return false;
    if (kind && a.count == n) {
        mesh->vert_class = NW_ALLOC(uint8_t, n, err);
        for (size_t v = 0; mesh->vert_class && v < n; v++) {
            const double c = value_at(&a, v, 0);
            mesh->vert_class[v] =
                c >= 0 && c < NW_CLASS_COUNT ? (uint8_t)c : (uint8_t)NW_CLASS_INFERRED;
        }
    }
    if (err->code != NW_OK || (colour && !find_array(r, colour, &a, err)))
        return false;
    if (colour && a.count == n && a.components >= 3) {
        mesh->vert_rgba = nw_alloc(n, 4, err);
        for (size_t v = 0; mesh->vert_rgba && v < n; v++)
            for (int c = 0; c < 4; c++)
                mesh->vert_rgba[v][c] = colour_value(&a, v, c);
    }
    return err->code == NW_OK;
}

static void material_colour(const struct reader *r, const json_t *primitive, uint8_t rgba[4])
{
    const json_t *m = item(r, "materials", json_object_get(primitive, "material"));
    const json_t *factor =
        json_object_get(json_object_get(m, "pbrMetallicRoughness"), "baseColorFactor");
    memcpy(rgba, nw_plain_rgba, 4);
    if (json_array_size(factor) != 4)
        return;
    for (size_t c = 0; c < 4; c++) {
        const double v = json_number_value(json_array_get(factor, c));
        rgba[c] = c < 3 ? nw_linear_to_srgb(v) : (uint8_t)rint(fmin(fmax(v, 0), 1) * 255);
    }
}

static void turn(const struct reader *r, const nw_affine *place, struct nw_mesh *mesh)
{
    if (r->is_lps)
        return;
    for (size_t v = 0; v < mesh->vert_count; v++) {
        const nw_vec3 p = nw_apply(*place, mesh->pos_mm[v]); /* metres, y up, front +z */
        mesh->pos_mm[v] = nw_scale(nw_v3(p.x, -p.z, p.y), 1000);
    }
    if (nw_det(place->linear) < 0)
        nw_mesh_flip(mesh);
}

static bool add_primitive(struct reader *r, const json_t *node, const json_t *mesh_json,
                          const json_t *primitive, const nw_affine *place, struct nw_err *err)
{
    const json_t *attributes = json_object_get(primitive, "attributes");
    const char *name = json_string_value(json_object_get(node, "name"));
    const char *mesh_name = json_string_value(json_object_get(mesh_json, "name"));
    struct nw_mesh mesh = {0};
    uint8_t rgba[4];
    if (whole(primitive, "mode", 4) != 4)
        return true; /* points, lines and strips are no solid */
    bool ok = read_positions(r, attributes, &mesh, err) &&
              read_triangles(r, primitive, &mesh, err) &&
              read_attributes(r, attributes, &mesh, err);
    r->triangles += mesh.tri_count;
    if (ok && r->triangles > TRIANGLES_MOST)
        ok = nw_fail(err, NW_ERR_LIMIT, "the GLB repeats its meshes to over %zu triangles",
                     TRIANGLES_MOST);
    if (!ok) {
        nw_mesh_release(&mesh);
        return false;
    }
    turn(r, place, &mesh);
    const double tol =
        json_number_value(json_object_get(json_object_get(mesh_json, "extras"), "tol_mm"));
    mesh.tol_mm = tol > 0 && tol < 1e6 ? tol : 0;
    material_colour(r, primitive, rgba);
    const char *best = mesh_name ? mesh_name : name ? name : "part";
    return nw_model_add_unique(r->out, best, strlen(best), rgba, &mesh, err);
}

/* ---- nodes ---- */

static bool numbers(const json_t *array, size_t count, double *out)
{
    if (json_array_size(array) != count)
        return false;
    for (size_t i = 0; i < count; i++)
        out[i] = json_number_value(json_array_get(array, i));
    return true;
}

static nw_affine place_of(const json_t *node)
{
    nw_affine a = {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, {0, 0, 0}};
    double m[16], t[3] = {0, 0, 0}, q[4] = {0, 0, 0, 1}, s[3] = {1, 1, 1};
    if (numbers(json_object_get(node, "matrix"), 16, m)) { /* columns */
        for (int row = 0; row < 3; row++)
            a.linear.r[row] = nw_v3(m[row], m[4 + row], m[8 + row]);
        a.shift = nw_v3(m[12], m[13], m[14]);
        return a;
    }
    (void)numbers(json_object_get(node, "translation"), 3, t);
    (void)numbers(json_object_get(node, "rotation"), 4, q);
    (void)numbers(json_object_get(node, "scale"), 3, s);
    const double x = q[0], y = q[1], z = q[2], w = q[3];
    a.linear.r[0] = nw_v3((1 - 2 * (y * y + z * z)) * s[0], 2 * (x * y - z * w) * s[1],
                          2 * (x * z + y * w) * s[2]);
    a.linear.r[1] = nw_v3(2 * (x * y + z * w) * s[0], (1 - 2 * (x * x + z * z)) * s[1],
                          2 * (y * z - x * w) * s[2]);
    a.linear.r[2] = nw_v3(2 * (x * z - y * w) * s[0], 2 * (y * z + x * w) * s[1],
                          (1 - 2 * (x * x + y * y)) * s[2]);
    a.shift = nw_v3(t[0], t[1], t[2]);
    return a;
}

static bool add_mesh(struct reader *r, const json_t *node, const nw_affine *place,
                     struct nw_err *err)
{
    const json_t *mesh = item(r, "meshes", json_object_get(node, "mesh"));
    const json_t *primitives = json_object_get(mesh, "primitives");
    for (size_t p = 0; p < json_array_size(primitives); p++)
        if (!add_primitive(r, node, mesh, json_array_get(primitives, p), place, err))
            return false;
    return true;
}

/* Recursion at most DEPTH_MOST deep. */
static bool add_node(struct reader *r, const json_t *index, const nw_affine *outer, int depth,
                     struct nw_err *err)
{
    const json_t *node = item(r, "nodes", index);
    if (!node)
        return nw_fail(err, NW_ERR_DATA, "the GLB names a node that it does not have");
    if (depth > DEPTH_MOST || ++r->nodes > NODES_MOST)
        return nw_fail(err, NW_ERR_LIMIT, "the GLB nests over %d deep or has over %d nodes",
                       DEPTH_MOST, NODES_MOST);
    const nw_affine own = place_of(node);
    const nw_affine place = {nw_matmul(outer->linear, own.linear), nw_apply(*outer, own.shift)};
    if (json_object_get(node, "mesh") && !add_mesh(r, node, &place, err))
        return false;
    const json_t *children = json_object_get(node, "children");
    for (size_t c = 0; c < json_array_size(children); c++)
        if (!add_node(r, json_array_get(children, c), &place, depth + 1, err))
            return false;
    return true;
}

static bool add_scene(struct reader *r, struct nw_err *err)
{
    const nw_affine same = {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, {0, 0, 0}};
    json_t *first = json_integer(0);
    const json_t *which = json_object_get(r->doc, "scene");
    const json_t *scene = item(r, "scenes", which ? which : first);
    json_decref(first);
    const json_t *nodes = json_object_get(scene, "nodes");
    for (size_t n = 0; n < json_array_size(nodes); n++)
        if (!add_node(r, json_array_get(nodes, n), &same, 1, err))
            return false;
    return true;
}

static bool take_facts(struct reader *r, struct nw_err *err)
{
    json_t *extras = json_object_get(json_object_get(r->doc, "asset"), "extras");
    json_t *facts = json_object_get(extras, "facts");
    const char *space = json_string_value(json_object_get(extras, "space"));
    const char *unit = json_string_value(json_object_get(extras, "unit"));
    r->is_lps = space && unit && strcmp(space, "LPS") == 0 && strcmp(unit, "mm") == 0;
    for (void *at = json_object_iter(facts); at; at = json_object_iter_next(facts, at)) {
        const char *value = json_string_value(json_object_iter_value(at));
        if (value && !nw_model_set_fact(r->out, json_object_iter_key(at), value, err))
            return false;
    }
    return true;
}

static bool open_chunks(struct nw_model_source *from, struct reader *r, struct nw_err *err)
{
    const uint8_t *p = from->data;
    if (!glb_is(p, from->len))
        return nw_fail(err, NW_ERR_DATA, "this is no GLB: it does not begin with glTF");
    if (u32_at(p + 4) != 2)
        return nw_fail(err, NW_ERR_UNSUPPORTED, "the GLB has version %u; 2 is read",
                       (unsigned)u32_at(p + 4));
    const size_t json_len = u32_at(p + 12);
    if (u32_at(p + 16) != 0x4E4F534A || json_len > from->len - 20)
        return nw_fail(err, NW_ERR_DATA, "the GLB is cut off in its description");
    json_error_t why;
    r->doc = json_loadb((const char *)p + 20, json_len, JSON_REJECT_DUPLICATES, &why);
    if (!r->doc)
        return nw_fail(err, NW_ERR_DATA, "the GLB's description is no JSON at line %d",
                       why.line);
    const size_t at = 20 + (json_len + 3) / 4 * 4;
    if (at + 8 > from->len)
        return true; /* no binary chunk: every accessor will be refused */
    r->bin_len = u32_at(p + at);
    r->bin = p + at + 8;
    if (u32_at(p + at + 4) != 0x004E4942 || r->bin_len > from->len - at - 8)
        return nw_fail(err, NW_ERR_DATA, "the GLB is cut off in its data: %zu of %zu bytes",
                       from->len - at - 8, r->bin_len);
    return true;
}

static bool glb_parse(struct nw_model_source *from, struct nw_model *out, struct nw_err *err)
{
    struct reader r = {.out = out};
    bool ok = open_chunks(from, &r, err);
    if (ok && json_array_size(json_object_get(r.doc, "extensionsRequired")) > 0)
        ok = nw_fail(err, NW_ERR_UNSUPPORTED,
                     "the GLB needs an extension (compression, say) that is not read");
    ok = ok && take_facts(&r, err) && add_scene(&r, err);
    from->unit_mm = r.is_lps ? 1 : 1000;
    from->is_lps = r.is_lps;
    json_decref(r.doc);
    return ok;
}

const struct nw_model_format nw_format_glb = {
    .ending = "glb",
    .is = glb_is,
    .parse = glb_parse,
    .write = nw_glb_write,
    .keeps = {.colours = true, .vert_rgba = true, .uncertainty = true, .vert_class = true},
};
