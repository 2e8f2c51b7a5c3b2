/* io/gltf_write.c -- GLB out: one node a part under one node that turns LPS mm into glTF's
 * metres, y up. See docs/formats/glb.md. */
#include <jansson.h>
#include <string.h>

#include "io/gltf_priv.h"

enum { POSITIONS, INDICES, SIGMAS, CLASSES, COLOURS };

/* Where a part's arrays lie in the binary chunk. */
struct layout {
    const struct nw_part *part;
    json_t *accessors, *views;
    uint64_t at;
};

static size_t row_bytes(int what)
{
    static const uint8_t bytes[] = {12, 12, 4, 4, 8};
    return bytes[what];
}

/* Adds a view and an accessor for one array; returns the accessor's index. */
static json_int_t add_array(struct layout *l, int what, size_t count)
{
    static const char *const type[] = {"VEC3", "SCALAR", "SCALAR", "SCALAR", "VEC4"};
    /* A class is a float too: some readers take no bytes with gaps between them. */
    static const int component[] = {NW_GLTF_FLOAT, NW_GLTF_UINT, NW_GLTF_FLOAT, NW_GLTF_FLOAT,
                                    NW_GLTF_USHORT};
    const size_t bytes = count * row_bytes(what);
    json_t *view =
        json_pack("{s:i,s:I,s:I,s:i}", "buffer", 0, "byteOffset", (json_int_t)l->at,
                  "byteLength", (json_int_t)bytes, "target", what == INDICES ? 34963 : 34962);
    json_t *accessor =
        json_pack("{s:I,s:i,s:I,s:s}", "bufferView", (json_int_t)json_array_size(l->views),
                  "componentType", component[what], "count",
                  (json_int_t)(what == INDICES ? 3 * count : count), "type", type[what]);
    if (what == COLOURS)
        (void)json_object_set_new(accessor, "normalized", json_true());
    l->at += bytes;
    (void)json_array_append_new(l->views, view);
    (void)json_array_append_new(l->accessors, accessor);
    return (json_int_t)json_array_size(l->accessors) - 1;
}

static void set_bounds(json_t *accessor, const struct nw_mesh *m)
{
    const nw_box b = nw_mesh_box(m);
    (void)json_object_set_new(accessor, "min",
                              json_pack("[f,f,f]", (double)(float)b.min.x,
                                        (double)(float)b.min.y, (double)(float)b.min.z));
    (void)json_object_set_new(accessor, "max",
                              json_pack("[f,f,f]", (double)(float)b.max.x,
                                        (double)(float)b.max.y, (double)(float)b.max.z));
}

static json_t *mesh_json(struct layout *l, size_t number)
{
    const struct nw_mesh *m = &l->part->mesh;
    json_t *attributes = json_object();
    const json_int_t position = add_array(l, POSITIONS, m->vert_count);
    set_bounds(json_array_get(l->accessors, (size_t)position), m);
    (void)json_object_set_new(attributes, "POSITION", json_integer(position));
    const json_int_t indices = add_array(l, INDICES, m->tri_count);
    if (m->uncertainty_mm)
        (void)json_object_set_new(attributes, "_UNCERTAINTY_MM",
                                  json_integer(add_array(l, SIGMAS, m->vert_count)));
    if (m->vert_class)
        (void)json_object_set_new(attributes, "_CLASS",
                                  json_integer(add_array(l, CLASSES, m->vert_count)));
    if (m->vert_rgba)
        (void)json_object_set_new(attributes, "COLOR_0",
                                  json_integer(add_array(l, COLOURS, m->vert_count)));
    return json_pack("{s:s,s:[{s:o,s:I,s:I,s:i}],s:{s:f}}", "name", l->part->name, "primitives",
                     "attributes", attributes, "indices", indices, "material",
                     (json_int_t)number, "mode", 4, "extras", "tol_mm", m->tol_mm);
}

static json_t *material_json(const struct nw_part *part)
{
    const uint8_t *c = part->rgba;
    json_t *m = json_pack("{s:s,s:{s:[f,f,f,f],s:f,s:f},s:[i,i,i,i]}", "name", part->name,
                          "pbrMetallicRoughness", "baseColorFactor", nw_srgb_to_linear(c[0]),
                          nw_srgb_to_linear(c[1]), nw_srgb_to_linear(c[2]), c[3] / 255.0,
                          "metallicFactor", 0.0, "roughnessFactor", 0.7, "extras", c[0], c[1],
                          c[2], c[3]);
    if (c[3] < 255)
        (void)json_object_set_new(m, "alphaMode", json_string("BLEND"));
    return m;
}

static json_t *asset_json(const struct nw_model *model)
{
    json_t *facts = json_object();
    for (size_t f = 0; f < model->fact_count; f++)
        (void)json_object_set_new(facts, model->fact[f].key, json_string(model->fact[f].value));
    return json_pack("{s:s,s:s,s:{s:s,s:s,s:o}}", "version", "2.0", "generator", "nuwa",
                     "extras", "space", "LPS", "unit", "mm", "facts", facts);
}

/* The node above all parts: x stays, z becomes y, -y becomes z, mm become metres. */
static json_t *root_node(const struct nw_model *model)
{
    json_t *children = json_array();
    for (size_t p = 0; p < model->part_count; p++)
        (void)json_array_append_new(children, json_integer((json_int_t)p + 1));
    return json_pack("{s:s,s:[f,i,i,i,i,i,f,i,i,f,i,i,i,i,i,i],s:o}", "name", "LPS mm",
                     "matrix", 0.001, 0, 0, 0, 0, 0, -0.001, 0, 0, 0.001, 0, 0, 0, 0, 0, 1,
                     "children", children);
}

/* A new document; NULL when jansson had no memory for some of it. */
static json_t *document(const struct nw_model *model, uint64_t *bytes)
{
    struct layout l = {.accessors = json_array(), .views = json_array()};
    json_t *nodes = json_array(), *meshes = json_array(), *materials = json_array();
    (void)json_array_append_new(nodes, root_node(model));
    for (size_t p = 0; p < model->part_count; p++) {
        l.part = &model->part[p];
        (void)json_array_append_new(meshes, mesh_json(&l, p));
        (void)json_array_append_new(materials, material_json(l.part));
        (void)json_array_append_new(
            nodes, json_pack("{s:s,s:I}", "name", l.part->name, "mesh", (json_int_t)p));
    }
    *bytes = l.at;
    return json_pack("{s:o,s:i,s:[{s:[i]}],s:o,s:o,s:o,s:o,s:o,s:[{s:I}]}", "asset",
                     asset_json(model), "scene", 0, "scenes", "nodes", 0, "nodes", nodes,
                     "meshes", meshes, "materials", materials, "accessors", l.accessors,
                     "bufferViews", l.views, "buffers", "byteLength", (json_int_t)l.at);
}

/* ---- the binary chunk ---- */

struct job {
    const struct nw_part *part;
    int what;
    const double *linear; /* of 256 */
};

static void put_row(uint8_t *p, const struct job *job, size_t i)
{
    const struct nw_mesh *m = &job->part->mesh;
    const float pos[3] = {(float)m->pos_mm[job->what == INDICES ? 0 : i].x,
                          (float)m->pos_mm[job->what == INDICES ? 0 : i].y,
                          (float)m->pos_mm[job->what == INDICES ? 0 : i].z};
    uint16_t colour[4] = {0};
    float kind;
    switch (job->what) {
    case POSITIONS:
        memcpy(p, pos, 12);
        return;
    case INDICES:
        memcpy(p, m->tri[i], 12);
        return;
    case SIGMAS:
        memcpy(p, &m->uncertainty_mm[i], 4);
        return;
    case CLASSES:
        kind = m->vert_class[i];
        memcpy(p, &kind, 4);
        return;
    default:
        for (int c = 0; c < 3; c++)
            colour[c] = (uint16_t)rint(job->linear[m->vert_rgba[i][c]] * 65535);
        colour[3] = (uint16_t)(m->vert_rgba[i][3] * 257);
        memcpy(p, colour, 8);
    }
}

static bool fill_rows(const void *ctx, size_t begin, size_t end, struct nw_text *text,
                      struct nw_err *err)
{
    const struct job *job = ctx;
    const size_t row = row_bytes(job->what);
    NW_AUTOFREE uint8_t *rows = NW_ALLOC_UNSET(uint8_t, (end - begin) * row, err);
    if (!rows)
        return false;
    for (size_t i = begin; i < end; i++)
        put_row(rows + (i - begin) * row, job, i);
    return nw_text_addn(text, (const char *)rows, (end - begin) * row, err);
}

static bool add_arrays(struct nw_out *out, const struct nw_part *part, const double *linear,
                       struct nw_err *err)
{
    const struct nw_mesh *m = &part->mesh;
    const bool there[] = {true, true, m->uncertainty_mm != NULL, m->vert_class != NULL,
                          m->vert_rgba != NULL};
    for (int what = POSITIONS; what <= COLOURS; what++) {
        const struct job job = {part, what, linear};
        if (there[what] &&
            !nw_out_add_lines(out, what == INDICES ? m->tri_count : m->vert_count, fill_rows,
                              &job, err))
            return false;
    }
    return true;
}

static bool write_chunks(struct nw_out *out, const struct nw_model *model, const char *json,
                         uint64_t bytes, struct nw_err *err)
{
    double linear[256];
    for (int v = 0; v < 256; v++)
        linear[v] = nw_srgb_to_linear((uint8_t)v);
    const size_t len = strlen(json), padded = (len + 3) / 4 * 4;
    const uint64_t total = 12 + 8 + padded + 8 + bytes;
    if (total > UINT32_MAX)
        return nw_fail(err, NW_ERR_LIMIT, "a GLB file holds at most 4 GiB; simplify the model");
    const uint32_t head[5] = {0x46546C67, 2, (uint32_t)total, (uint32_t)padded, 0x4E4F534A};
    const uint32_t binary[2] = {(uint32_t)bytes, 0x004E4942};
    if (!nw_out_add(out, head, sizeof head, err) || !nw_out_add(out, json, len, err) ||
        !nw_out_add(out, "   ", padded - len, err) ||
        !nw_out_add(out, binary, sizeof binary, err))
        return false;
    for (size_t p = 0; p < model->part_count; p++)
        if (!add_arrays(out, &model->part[p], linear, err))
            return false;
    return true;
}

bool nw_glb_write(struct nw_out *out, const struct nw_model *model,
                  const struct nw_model_write_opts *opts, struct nw_err *err)
{
    uint64_t bytes = 0;
    (void)opts;
    for (size_t p = 0; p < model->part_count; p++)
        if (!nw_text_is_utf8(model->part[p].name, strlen(model->part[p].name)))
            return nw_fail(err, NW_ERR_ARGUMENT, "the name of part %zu is not UTF-8", p + 1);
    json_t *doc = document(model, &bytes);
    char *json = doc ? json_dumps(doc, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(doc);
    if (!json)
        return nw_fail(err, NW_ERR_MEMORY, "no memory for the GLB's description");
    const bool ok = write_chunks(out, model, json, bytes, err);
    free(json); /* allowed: jansson's own block */
    return ok;
}
