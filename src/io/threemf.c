/* io/threemf.c -- 3MF in: core specification with colours of the materials extension, every
 * unit, components and transforms. libzip and libxml2 underneath. */
#include <stdio.h>
#include <string.h>

#include "io/runs_priv.h"
#include "io/threemf_priv.h"
#include "io/xml_priv.h"
#include "io/zip_priv.h"

enum { DEPTH_MOST = 16, INSTANCES_MOST = 100000 };
static const size_t TRIANGLES_MOST = 400000000; /* after copies of components are made */

/* Colours that triangles and objects refer to by group id and index. */
struct group {
    double id;
    uint8_t (*rgba)[4];
    size_t count, room;
};

struct component {
    double object_id;
    nw_affine place;
};

struct object {
    double id;
    const char *name;
    uint8_t rgba[4];
    struct nw_mesh mesh;
    struct component *component;
    size_t component_count, component_room;
};

struct reader {
    struct nw_model *out;
    double unit_mm;
    struct group *group;
    size_t group_count, group_room;
    struct object *object;
    size_t object_count, object_room;
    struct component *item; /* of the build */
    size_t item_count, item_room;
    struct nw_mesh_builder b; /* of the object that is open */
    bool in_object, in_metadata;
    double default_group; /* NAN: none */
    struct nw_text text, key;
    size_t instances, triangles;
};

/* ---- elements ---- */

static bool is(const char *name, const char *other)
{
    return strcmp(name, other) == 0;
}

static const struct {
    const char *name;
    double mm;
} units[] = {{"micron", 0.001}, {"millimeter", 1}, {"centimeter", 10},
             {"inch", 25.4},    {"foot", 304.8},   {"meter", 1000}};

static bool open_model(struct reader *r, const struct nw_xml_attrs *attrs, struct nw_err *err)
{
    size_t len;
    const char *unit = nw_xml_attr(attrs, "unit", &len);
    r->unit_mm = 1;
    if (!unit)
        return true;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i].name) == len && memcmp(units[i].name, unit, len) == 0) {
            r->unit_mm = units[i].mm;
            return true;
        }
    return nw_fail(err, NW_ERR_DATA, "the 3MF has a unit that 3MF does not know");
}

/* "#RRGGBB" or "#RRGGBBAA". */
static bool parse_colour(const char *s, size_t len, uint8_t rgba[4])
{
    if (!s || (len != 7 && len != 9) || s[0] != '#')
        return false;
    rgba[3] = 255;
    for (size_t i = 0; i < len / 2; i++) {
        int value = 0;
        for (size_t k = 1; k <= 2; k++) {
            const char c = s[2 * i + k];
            const int digit = c >= '0' && c <= '9'   ? c - '0'
                              : c >= 'a' && c <= 'f' ? c - 'a' + 10
                              : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                     : -1;
            if (digit < 0)
                return false;
            value = value * 16 + digit;
        }
        rgba[i] = (uint8_t)value;
    }
    return true;
}

static bool open_group(struct reader *r, const struct nw_xml_attrs *attrs, struct nw_err *err)
{
    struct group g = {.id = -1};
    (void)nw_xml_attr_number(attrs, "id", &g.id);
    if (!nw_grow(&r->group, &r->group_room, r->group_count + 1, sizeof g, err))
        return false;
    r->group[r->group_count++] = g;
    return true;
}

static bool open_colour(struct reader *r, const struct nw_xml_attrs *attrs, const char *which,
                        struct nw_err *err)
{
    struct group *g = r->group_count ? &r->group[r->group_count - 1] : NULL;
    size_t len = 0;
    const char *value = nw_xml_attr(attrs, which, &len);
    if (!g)
        return true;
    if (!nw_grow(&g->rgba, &g->room, g->count + 1, 4, err))
        return false;
    memcpy(g->rgba[g->count], nw_plain_rgba, 4);
    if (value && !parse_colour(value, len, g->rgba[g->count]))
        return nw_fail(err, NW_ERR_DATA,
                       "the 3MF has a colour that is not #RRGGBB or #RRGGBBAA");
    g->count++;
    return true;
}

/* A colour by group and index; NULL when the group is none of colours (a texture, say). */
static const uint8_t *find_colour(const struct reader *r, double id, double index)
{
    for (size_t g = r->group_count; g-- > 0;)
        if (r->group[g].id == id)
            return index >= 0 && index < (double)r->group[g].count
                       ? r->group[g].rgba[(size_t)index]
                       : NULL;
    return NULL;
}

static bool open_object(struct reader *r, const struct nw_xml_attrs *attrs, struct nw_err *err)
{
    struct object o = {.id = -1, .name = ""};
    double index = 0;
    size_t len = 0;
    r->default_group = -1;
    (void)nw_xml_attr_number(attrs, "id", &o.id);
    (void)nw_xml_attr_number(attrs, "pid", &r->default_group);
    (void)nw_xml_attr_number(attrs, "pindex", &index);
    const uint8_t *rgba = find_colour(r, r->default_group, index);
    memcpy(o.rgba, rgba ? rgba : nw_plain_rgba, 4);
    const char *name = nw_xml_attr(attrs, "name", &len);
    if (name)
        o.name = nw_arena_textn(&r->out->arena, name, len, err);
    if (!o.name || !nw_grow(&r->object, &r->object_room, r->object_count + 1, sizeof o, err))
        return false;
    r->object[r->object_count++] = o;
    r->in_object = true;
    nw_mesh_release(&r->b.mesh);
    r->b = (struct nw_mesh_builder){.vert_room = 0};
    return true;
}

static bool add_vertex(struct reader *r, double x, double y, double z, struct nw_err *err)
{
    if (r->b.mesh.vert_rgba)
        return nw_fail(err, NW_ERR_DATA, "a 3MF object has vertices after its triangles");
    return nw_builder_vertex(&r->b, nw_scale(nw_v3(x, y, z), r->unit_mm), err);
}

static bool open_vertex(struct reader *r, const struct nw_xml_attrs *attrs, struct nw_err *err)
{
    double x, y, z;
    if (!nw_xml_attr_number(attrs, "x", &x) || !nw_xml_attr_number(attrs, "y", &y) ||
        !nw_xml_attr_number(attrs, "z", &z))
        return nw_fail(err, NW_ERR_DATA,
                       "vertex %zu of a 3MF object has no number for x, y or z",
                       r->b.mesh.vert_count + 1);
    return add_vertex(r, x, y, z, err);
}

/* From now on every vertex of the open object has a colour of its own. */
static bool begin_colours(struct reader *r, struct nw_err *err)
{
    struct nw_mesh *m = &r->b.mesh;
    if (m->vert_rgba)
        return true;
    m->vert_rgba = nw_alloc_unset(m->vert_count, 4, err);
    for (size_t v = 0; m->vert_rgba && v < m->vert_count; v++)
        memcpy(m->vert_rgba[v], r->object[r->object_count - 1].rgba, 4);
    return m->vert_rgba != NULL;
}

static bool colour_corners(struct reader *r, const uint32_t v[3], double group,
                           const double p[3], struct nw_err *err)
{
    for (int k = 0; k < 3; k++) {
        const uint8_t *rgba = find_colour(r, group, p[k]);
        if (!rgba)
            continue;
        if (!begin_colours(r, err))
            return false;
        if (v[k] < r->b.mesh.vert_count)
            memcpy(r->b.mesh.vert_rgba[v[k]], rgba, 4);
    }
    return true;
}

static bool colour_triangle(struct reader *r, const struct nw_xml_attrs *attrs,
                            const uint32_t v[3], struct nw_err *err)
{
    double group = r->default_group, p[3];
    (void)nw_xml_attr_number(attrs, "pid", &group);
    if (!nw_xml_attr_number(attrs, "p1", &p[0]))
        return true;
    if (!nw_xml_attr_number(attrs, "p2", &p[1]) || !nw_xml_attr_number(attrs, "p3", &p[2]))
        p[1] = p[2] = p[0];
    return colour_corners(r, v, group, p, err);
}

static const char *const corner_name[3] = {"v1", "v2", "v3"};

static bool open_triangle(struct reader *r, const struct nw_xml_attrs *attrs,
                          struct nw_err *err)
{
    uint32_t v[3];
    for (int k = 0; k < 3; k++) {
        double n;
        if (!nw_xml_attr_number(attrs, corner_name[k], &n) || !(n >= 0 && n < UINT32_MAX))
            return nw_fail(err, NW_ERR_DATA, "triangle %zu of a 3MF object has no %s",
                           r->b.mesh.tri_count + 1, corner_name[k]);
        v[k] = (uint32_t)n;
    }
    return nw_builder_triangle(&r->b, v[0], v[1], v[2], err) &&
           (attrs->count == 3 || colour_triangle(r, attrs, v, err));
}

/* ---- the same from the text itself, where it is as nearly every writer has it ---- */

static const struct nw_run_form vertex_form = {
    3, 3, {"<vertex x=\"", "\" y=\"", "\" z=\""}, "\"", "/>"};
static const struct nw_run_form triangle_form = {7,
                                                 3,
                                                 {"<triangle v1=\"", "\" v2=\"", "\" v3=\"",
                                                  "\" pid=\"", "\" p1=\"", "\" p2=\"",
                                                  "\" p3=\""},
                                                 "\"",
                                                 "/>"};

static bool take_vertex(void *ctx, const double *number, struct nw_err *err)
{
    return add_vertex(ctx, number[0], number[1], number[2], err);
}

static bool take_triangle(void *ctx, const double *number, struct nw_err *err)
{
    struct reader *r = ctx;
    uint32_t v[3];
    for (int k = 0; k < 3; k++) {
        if (!(number[k] >= 0 && number[k] < UINT32_MAX))
            return nw_fail(err, NW_ERR_DATA, "triangle %zu of a 3MF object has no %s",
                           r->b.mesh.tri_count + 1, corner_name[k]);
        v[k] = (uint32_t)number[k];
    }
    return nw_builder_triangle(&r->b, v[0], v[1], v[2], err) &&
           (isnan(number[3]) || colour_corners(r, v, number[3], number + 4, err));
}

static size_t on_run(void *ctx, const char *list, const char *text, size_t len,
                     struct nw_err *err)
{
    struct reader *r = ctx;
    if (!r->in_object)
        return 0;
    return is(list, "vertices") ? nw_run_scan(&vertex_form, text, len, take_vertex, r, err)
                                : nw_run_scan(&triangle_form, text, len, take_triangle, r, err);
}

/* Rows times a row vector: the standard's order. */
static bool parse_place(const struct reader *r, const struct nw_xml_attrs *attrs,
                        nw_affine *place, struct nw_err *err)
{
    const nw_affine same = {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, {0, 0, 0}};
    size_t len = 0;
    const char *p = nw_xml_attr(attrs, "transform", &len);
    double m[12];
    *place = same;
    if (!p)
        return true;
    const char *end = p + len;
    for (int i = 0; i < 12; i++) {
        while (p && p < end && (unsigned char)*p <= ' ')
            p++;
        p = p && p < end ? nw_number_parse(p, &m[i]) : NULL;
    }
    if (!p || p > end)
        return nw_fail(err, NW_ERR_DATA, "a transform of the 3MF is not twelve numbers");
    for (int c = 0; c < 3; c++)
        place->linear.r[c] = nw_v3(m[c], m[3 + c], m[6 + c]);
    place->shift = nw_scale(nw_v3(m[9], m[10], m[11]), r->unit_mm);
    return true;
}

static bool open_reference(struct reader *r, const struct nw_xml_attrs *attrs, bool is_item,
                           struct nw_err *err)
{
    struct component c = {.object_id = -1};
    size_t len;
    if (nw_xml_attr(attrs, "path", &len))
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "the 3MF spreads its objects over several files (production extension), "
                       "which is not read");
    if (!nw_xml_attr_number(attrs, "objectid", &c.object_id) ||
        !parse_place(r, attrs, &c.place, err))
        return err->code == NW_OK
                   ? nw_fail(err, NW_ERR_DATA, "the 3MF places an object without naming it")
                   : false;
    if (is_item) {
        if (!nw_grow(&r->item, &r->item_room, r->item_count + 1, sizeof c, err))
            return false;
        r->item[r->item_count++] = c;
        return true;
    }
    struct object *o = r->in_object ? &r->object[r->object_count - 1] : NULL;
    if (!o)
        return nw_fail(err, NW_ERR_DATA, "the 3MF has a component outside an object");
    if (!nw_grow(&o->component, &o->component_room, o->component_count + 1, sizeof c, err))
        return false;
    o->component[o->component_count++] = c;
    return true;
}

static bool open_metadata(struct reader *r, const struct nw_xml_attrs *attrs,
                          struct nw_err *err)
{
    size_t len = 0;
    const char *name = nw_xml_attr(attrs, "name", &len);
    if (r->in_object || !name)
        return true;
    r->in_metadata = true;
    r->text.len = r->key.len = 0;
    const bool ours = len > 5 && memcmp(name, "nuwa:", 5) == 0;
    return nw_text_addn(&r->key, ours ? name + 5 : name, ours ? len - 5 : len, err) &&
           nw_text_add(&r->text, "", err);
}

static bool on_open(void *ctx, const char *name, const struct nw_xml_attrs *attrs,
                    struct nw_err *err)
{
    struct reader *r = ctx;
    if (is(name, "vertex"))
        return !r->in_object || open_vertex(r, attrs, err);
    if (is(name, "triangle"))
        return !r->in_object || open_triangle(r, attrs, err);
    if (is(name, "model"))
        return open_model(r, attrs, err);
    if (is(name, "basematerials") || is(name, "colorgroup"))
        return open_group(r, attrs, err);
    if (is(name, "base"))
        return open_colour(r, attrs, "displaycolor", err);
    if (is(name, "color"))
        return open_colour(r, attrs, "color", err);
    if (is(name, "object"))
        return open_object(r, attrs, err);
    if (is(name, "component"))
        return open_reference(r, attrs, false, err);
    if (is(name, "item"))
        return open_reference(r, attrs, true, err);
    if (is(name, "metadata"))
        return open_metadata(r, attrs, err);
    return true;
}

static bool close_object(struct reader *r, struct nw_err *err)
{
    r->in_object = false;
    return nw_builder_take(&r->b, &r->object[r->object_count - 1].mesh, err);
}

static bool on_close(void *ctx, const char *name, struct nw_err *err)
{
    struct reader *r = ctx;
    if (is(name, "object") && r->in_object)
        return close_object(r, err);
    if (!is(name, "metadata") || !r->in_metadata)
        return true;
    r->in_metadata = false;
    return nw_model_set_fact(r->out, r->key.data, r->text.data, err);
}

static bool on_text(void *ctx, const char *text, size_t len, struct nw_err *err)
{
    struct reader *r = ctx;
    return !r->in_metadata || nw_text_addn(&r->text, text, len, err);
}

/* ---- putting objects in their places ---- */

static const struct object *find_object(const struct reader *r, double id)
{
    for (size_t o = 0; o < r->object_count; o++)
        if (r->object[o].id == id)
            return &r->object[o];
    return NULL;
}

static bool is_same_place(const nw_affine *a)
{
    static const nw_affine same = {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, {0, 0, 0}};
    return memcmp(a, &same, sizeof same) == 0;
}

static bool place_mesh(struct reader *r, const struct object *o, const nw_affine *place,
                       struct nw_err *err)
{
    struct nw_mesh copy = {0};
    r->triangles += o->mesh.tri_count;
    if (r->triangles > TRIANGLES_MOST)
        return nw_fail(err, NW_ERR_LIMIT, "the 3MF repeats its objects to over %zu triangles",
                       TRIANGLES_MOST);
    const double det = nw_det(place->linear);
    if (!isfinite(det) || fabs(det) < 1e-12)
        return nw_fail(err, NW_ERR_DATA, "a transform of the 3MF makes an object flat");
    if (!nw_mesh_copy(&copy, &o->mesh, err))
        return false;
    if (!is_same_place(place))
        for (size_t v = 0; v < copy.vert_count; v++)
            copy.pos_mm[v] = nw_apply(*place, copy.pos_mm[v]);
    if (det < 0)
        nw_mesh_flip(&copy);
    return nw_model_add_unique(r->out, o->name, strlen(o->name), o->rgba, &copy, err);
}

static nw_affine after(const nw_affine *first, const nw_affine *then)
{
    const nw_affine both = {nw_matmul(then->linear, first->linear),
                            nw_apply(*then, first->shift)};
    return both;
}

/* Recursion at most DEPTH_MOST deep: objects may be made of objects. */
static bool place_object(struct reader *r, const struct component *c, const nw_affine *outer,
                         int depth, struct nw_err *err)
{
    const struct object *o = find_object(r, c->object_id);
    const nw_affine place = after(&c->place, outer);
    if (!o)
        return nw_fail(err, NW_ERR_DATA, "the 3MF places object %g, which it does not have",
                       c->object_id);
    if (depth > DEPTH_MOST || ++r->instances > INSTANCES_MOST)
        return nw_fail(err, NW_ERR_LIMIT,
                       "the 3MF nests objects over %d deep or places over %d of them",
                       DEPTH_MOST, INSTANCES_MOST);
    for (size_t n = 0; n < o->component_count; n++)
        if (!place_object(r, &o->component[n], &place, depth + 1, err))
            return false;
    return o->mesh.tri_count == 0 || place_mesh(r, o, &place, err);
}

static bool place_all(struct reader *r, struct nw_err *err)
{
    const nw_affine same = {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, {0, 0, 0}};
    for (size_t n = 0; n < r->item_count; n++)
        if (!place_object(r, &r->item[n], &same, 1, err))
            return false;
    return true;
}

/* ---- the package ---- */

struct collected {
    struct nw_text text;
};

static bool collect(void *ctx, const uint8_t *data, size_t len, struct nw_err *err)
{
    return nw_text_addn(&((struct collected *)ctx)->text, (const char *)data, len, err);
}

static bool push(void *ctx, const uint8_t *data, size_t len, struct nw_err *err)
{
    return nw_xml_push(ctx, data, len, err);
}

static bool on_relationship(void *ctx, const char *name, const struct nw_xml_attrs *attrs,
                            struct nw_err *err)
{
    char *target = ctx; /* of 256 bytes */
    size_t type_len, len;
    (void)err;
    const char *type = nw_xml_attr(attrs, "Type", &type_len);
    const char *value = nw_xml_attr(attrs, "Target", &len);
    if (is(name, "Relationship") && type && value && type_len > 7 && len < 256 &&
        memcmp(type + type_len - 7, "3dmodel", 7) == 0) {
        memcpy(target, value, len);
        target[len] = '\0';
    }
    return true;
}

static bool ignore_close(void *ctx, const char *name, struct nw_err *err)
{
    (void)ctx;
    (void)name;
    (void)err;
    return true;
}

static bool parse_entry(const struct nw_zip_reader *zip, int64_t index,
                        const struct nw_xml_handler *handler, struct nw_err *err)
{
    struct nw_xml *xml = nw_xml_new(handler, err);
    const bool ok =
        xml && nw_zip_read_entry(zip, index, push, xml, err) && nw_xml_end(xml, err);
    nw_xml_free(xml);
    return ok;
}

/* Which entry is the model: as the package's relationships say, else the usual name. */
static bool find_model(const struct nw_zip_reader *zip, int64_t *index, struct nw_err *err)
{
    char target[256] = "/3D/3dmodel.model";
    const struct nw_xml_handler handler = {
        .open = on_relationship, .close = ignore_close, .ctx = target};
    const int64_t rels = nw_zip_find(zip, "_rels/.rels");
    if (rels >= 0 && !parse_entry(zip, rels, &handler, err))
        return false;
    *index = nw_zip_find(zip, target[0] == '/' ? target + 1 : target);
    if (*index < 0)
        *index = nw_zip_find_ending(zip, ".model");
    return *index >= 0 ||
           nw_fail(err, NW_ERR_DATA, "the archive holds no 3MF model and no AMF");
}

/* Sets each part's vertex facts when the block fits the parts to the last byte. */
static bool take_vertex_facts(struct nw_model *model, const uint8_t *p, size_t len,
                              struct nw_err *err)
{
    uint32_t head[2];
    const uint8_t *end = p + len;
    if (len < 16 || memcmp(p, NW_VERTICES_MAGIC, 8) != 0)
        return true;
    memcpy(head, p + 8, 8);
    p += 16;
    if (head[0] != 1 || head[1] != model->part_count)
        return true;
    for (size_t n = 0; n < model->part_count; n++) {
        struct nw_mesh *m = &model->part[n].mesh;
        uint32_t part[2];
        if (end - p < 16)
            return true;
        memcpy(part, p, 8);
        memcpy(&m->tol_mm, p + 8, 8);
        p += 16;
        if (!(m->tol_mm >= 0 && m->tol_mm < 1e6))
            m->tol_mm = 0;
        const size_t need =
            (part[1] & 1 ? 4 * m->vert_count : 0) + (part[1] & 2 ? m->vert_count : 0);
        if (part[0] != m->vert_count || (size_t)(end - p) < need)
            return true;
        if (part[1] & 1) {
            m->uncertainty_mm = NW_ALLOC_UNSET(float, m->vert_count, err);
            if (!m->uncertainty_mm)
                return false;
            memcpy(m->uncertainty_mm, p, 4 * m->vert_count);
            p += 4 * m->vert_count;
        }
        if (part[1] & 2) {
            m->vert_class = NW_ALLOC_UNSET(uint8_t, m->vert_count, err);
            if (!m->vert_class)
                return false;
            for (size_t v = 0; v < m->vert_count; v++)
                m->vert_class[v] = p[v] < NW_CLASS_COUNT ? p[v] : (uint8_t)NW_CLASS_INFERRED;
            p += m->vert_count;
        }
    }
    return true;
}

static bool read_vertex_facts(const struct nw_zip_reader *zip, struct nw_model *model,
                              struct nw_err *err)
{
    const int64_t index = nw_zip_find(zip, "Metadata/nuwa-vertices.bin");
    struct collected c;
    if (index < 0)
        return true;
    nw_text_init(&c.text, (size_t)1 << 36);
    const bool ok = nw_zip_read_entry(zip, index, collect, &c, err) &&
                    take_vertex_facts(model, (const uint8_t *)c.text.data, c.text.len, err);
    nw_text_release(&c.text);
    return ok;
}

static void release(struct reader *r)
{
    for (size_t g = 0; g < r->group_count; g++)
        nw_free(r->group[g].rgba);
    for (size_t o = 0; o < r->object_count; o++) {
        nw_mesh_release(&r->object[o].mesh);
        nw_free(r->object[o].component);
    }
    nw_free(r->group);
    nw_free(r->object);
    nw_free(r->item);
    nw_mesh_release(&r->b.mesh);
    nw_text_release(&r->text);
    nw_text_release(&r->key);
}

static bool read_package(const struct nw_zip_reader *zip, struct nw_model_source *from,
                         struct nw_model *out, struct nw_err *err)
{
    struct reader r = {.out = out, .unit_mm = 1};
    const struct nw_xml_handler handler = {
        on_open, on_close, on_text, &r, {"vertices", "triangles"}, on_run};
    int64_t index = -1;
    nw_text_init(&r.text, 1 << 20);
    nw_text_init(&r.key, 1 << 16);
    const bool ok = find_model(zip, &index, err) && parse_entry(zip, index, &handler, err) &&
                    place_all(&r, err) && read_vertex_facts(zip, out, err);
    from->unit_mm = r.unit_mm;
    const char *space = ok ? nw_model_fact(out, "space") : NULL;
    from->is_lps = space && strcmp(space, "LPS") == 0;
    release(&r);
    return ok;
}

/* A zip alone may hold a scan: the names of a package's first entries stand in its head. */
static bool threemf_is(const uint8_t *data, size_t len)
{
    static const char *const names[] = {"[Content_Types].xml", "_rels/.rels", ".model", ".amf"};
    const size_t head = len < 4096 ? len : 4096;
    if (len <= 30 || memcmp(data, "PK\3\4", 4) != 0)
        return false;
    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        if (memmem(data, head, names[n], strlen(names[n])))
            return true;
    return false;
}

static bool threemf_parse(struct nw_model_source *from, struct nw_model *out,
                          struct nw_err *err)
{
    struct nw_zip_reader zip;
    if (!nw_zip_read_begin(&zip, from->data, from->len, err))
        return false;
    const int64_t amf = nw_zip_find_ending(&zip, ".amf");
    const bool ok = amf >= 0 ? nw_amf_parse_entry(&zip, amf, from, out, err)
                             : read_package(&zip, from, out, err);
    nw_zip_read_end(&zip);
    return ok;
}

const struct nw_model_format nw_format_3mf = {
    .ending = "3mf",
    .is = threemf_is,
    .parse = threemf_parse,
    .write = nw_threemf_write,
    .keeps = {.colours = true, .vert_rgba = true, .uncertainty = true, .vert_class = true},
};
