/* io/amf.c -- AMF (GB/T 35352, ISO/ASTM 52915): objects, volumes, materials, colours,
 * constellations, metadata; plain or zipped. Written zipped. See docs/formats/amf.md. */
#include <string.h>

#include "io/runs_priv.h"
#include "io/threemf_priv.h"
#include "io/xml_priv.h"

enum { DEPTH_MOST = 16, INSTANCES_MOST = 100000, LINES = 8192, LINE_MOST = 400 };
static const size_t TRIANGLES_MOST = 400000000, TEXT_MOST = (size_t)1 << 24;

struct instance {
    double object_id;
    double delta[3], angle_deg[3];
};

struct constellation {
    double id;
    size_t first, count; /* in reader.instance */
    bool placed;         /* by another */
};

struct volume {
    size_t first_tri;
    double material;
    uint8_t rgba[4];
    bool has_colour;
    const char *name;
};

struct object {
    double id;
    const char *name;
    uint8_t rgba[4];
    bool has_colour, placed;
    struct nw_mesh mesh;
    struct volume *volume;
    size_t volume_count, volume_room;
    double tol_mm;
};

struct material {
    double id;
    const char *name;
    uint8_t rgba[4];
};

/* Where a <color> or <metadata> belongs. */
enum place {
    PLACE_ROOT,
    PLACE_MATERIAL,
    PLACE_OBJECT,
    PLACE_VOLUME,
    PLACE_VERTEX,
    PLACE_OTHER
};

struct reader {
    struct nw_model *out;
    double unit_mm;
    enum place place;
    struct object *object;
    size_t object_count, object_room;
    bool in_object; /* the last one is open: the builder is its */
    struct material *material;
    size_t material_count, material_room;
    struct constellation *constellation;
    size_t constellation_count, constellation_room;
    struct instance *instance;
    size_t instance_count, instance_room;
    struct nw_mesh_builder b;
    size_t rgba_room;
    double number[3], colour[4]; /* of the vertex, triangle, instance or colour that is open */
    bool keep_text;
    struct nw_text text, key;
    size_t instances, triangles;
};

static bool is(const char *name, const char *other)
{
    return strcmp(name, other) == 0;
}

/* ---- elements ---- */

static bool open_root(struct reader *r, const struct nw_xml_attrs *attrs, struct nw_err *err)
{
    static const struct {
        const char *name;
        double mm;
    } known[] = {{"millimeter", 1}, {"inch", 25.4},        {"feet", 304.8},  {"foot", 304.8},
                 {"meter", 1000},   {"micrometer", 0.001}, {"micron", 0.001}};
    size_t len;
    const char *unit = nw_xml_attr(attrs, "unit", &len);
    if (!unit)
        return true;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i].name) == len && strncasecmp(known[i].name, unit, len) == 0) {
            r->unit_mm = known[i].mm;
            return true;
        }
    return nw_fail(err, NW_ERR_DATA, "the AMF has a unit that AMF does not know");
}

static double id_of(const struct nw_xml_attrs *attrs, const char *name)
{
    double id = -1;
    (void)nw_xml_attr_number(attrs, name, &id);
    return id;
}

static bool open_object(struct reader *r, const struct nw_xml_attrs *attrs, struct nw_err *err)
{
    struct object o = {.id = id_of(attrs, "id"), .name = ""};
    if (r->in_object)
        return nw_fail(err, NW_ERR_DATA, "the AMF has an object within another");
    if (!nw_grow(&r->object, &r->object_room, r->object_count + 1, sizeof o, err))
        return false;
    r->object[r->object_count++] = o;
    nw_mesh_release(&r->b.mesh);
    r->b = (struct nw_mesh_builder){.vert_room = 0};
    r->rgba_room = 0;
    r->in_object = true;
    r->place = PLACE_OBJECT;
    return true;
}

static bool open_volume(struct reader *r, const struct nw_xml_attrs *attrs, struct nw_err *err)
{
    struct object *o = &r->object[r->object_count - 1];
    const struct volume v = {
        .first_tri = r->b.mesh.tri_count, .material = id_of(attrs, "materialid"), .name = ""};
    if (!nw_grow(&o->volume, &o->volume_room, o->volume_count + 1, sizeof v, err))
        return false;
    o->volume[o->volume_count++] = v;
    r->place = PLACE_VOLUME;
    return true;
}

static bool open_material(struct reader *r, const struct nw_xml_attrs *attrs,
                          struct nw_err *err)
{
    struct material m = {.id = id_of(attrs, "id"), .name = ""};
    memcpy(m.rgba, nw_plain_rgba, 4);
    if (!nw_grow(&r->material, &r->material_room, r->material_count + 1, sizeof m, err))
        return false;
    r->material[r->material_count++] = m;
    r->place = PLACE_MATERIAL;
    return true;
}

static bool open_constellation(struct reader *r, const struct nw_xml_attrs *attrs,
                               struct nw_err *err)
{
    const struct constellation c = {.id = id_of(attrs, "id"), .first = r->instance_count};
    if (!nw_grow(&r->constellation, &r->constellation_room, r->constellation_count + 1,
                 sizeof c, err))
        return false;
    r->constellation[r->constellation_count++] = c;
    r->place = PLACE_OTHER;
    return true;
}

static bool open_instance(struct reader *r, const struct nw_xml_attrs *attrs,
                          struct nw_err *err)
{
    const struct instance i = {.object_id = id_of(attrs, "objectid")};
    if (r->constellation_count == 0)
        return true;
    if (!nw_grow(&r->instance, &r->instance_room, r->instance_count + 1, sizeof i, err))
        return false;
    r->instance[r->instance_count++] = i;
    r->constellation[r->constellation_count - 1].count++;
    return true;
}

static bool is_number_element(const char *name)
{
    static const char *const known[] = {"x",  "y",      "z",      "v1",    "v2", "v3",
                                        "r",  "g",      "b",      "a",     "rx", "ry",
                                        "rz", "deltax", "deltay", "deltaz"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (is(name, known[i]))
            return true;
    return false;
}

static bool on_open(void *ctx, const char *name, const struct nw_xml_attrs *attrs,
                    struct nw_err *err)
{
    struct reader *r = ctx;
    if (name[0] == 'v' && is(name, "vertex")) {
        r->place = PLACE_VERTEX;
        r->number[0] = r->number[1] = r->number[2] = (double)NAN;
        return true;
    }
    if (is(name, "triangle")) {
        r->number[0] = r->number[1] = r->number[2] = -1;
        return true;
    }
    if (is_number_element(name) || is(name, "metadata")) {
        r->keep_text = true;
        r->text.len = r->key.len = 0;
        if (name[0] != 'm')
            return nw_text_add(&r->text, "", err);
        size_t len = 0;
        const char *type = nw_xml_attr(attrs, "type", &len);
        return nw_text_addn(&r->key, type ? type : "", len, err) &&
               nw_text_add(&r->text, "", err);
    }
    if (is(name, "color")) {
        r->colour[0] = r->colour[1] = r->colour[2] = 0;
        r->colour[3] = 1;
        return true;
    }
    if (is(name, "amf"))
        return open_root(r, attrs, err);
    if (is(name, "object"))
        return open_object(r, attrs, err);
    if (is(name, "volume") && r->in_object)
        return open_volume(r, attrs, err);
    if (is(name, "material"))
        return open_material(r, attrs, err);
    if (is(name, "constellation"))
        return open_constellation(r, attrs, err);
    if (is(name, "instance"))
        return open_instance(r, attrs, err);
    return true;
}

static bool close_number(struct reader *r, const char *name, struct nw_err *err)
{
    double v;
    const char *text = r->text.data + strspn(r->text.data, " \t\r\n");
    r->keep_text = false;
    if (!nw_number_parse(text, &v))
        return nw_fail(err, NW_ERR_DATA, "the AMF has a <%.8s> that is not a number", name);
    struct instance *i = r->instance_count ? &r->instance[r->instance_count - 1] : NULL;
    if (name[1] == '\0' && name[0] >= 'x')
        r->number[name[0] - 'x'] = v;
    else if (name[0] == 'v')
        r->number[name[1] - '1'] = v;
    else if (name[1] == '\0')
        r->colour[name[0] == 'r' ? 0 : name[0] == 'g' ? 1 : name[0] == 'b' ? 2 : 3] = v;
    else if (i && name[0] == 'r')
        i->angle_deg[name[1] - 'x'] = v;
    else if (i)
        i->delta[name[5] - 'x'] = v;
    return true;
}

static bool close_vertex(struct reader *r, struct nw_err *err)
{
    const nw_vec3 p = nw_v3(r->number[0], r->number[1], r->number[2]);
    r->place = PLACE_OBJECT;
    if (!nw_finite3(p))
        return nw_fail(err, NW_ERR_DATA, "vertex %zu of an AMF object lacks x, y or z",
                       r->b.mesh.vert_count + 1);
    if (!nw_builder_vertex(&r->b, nw_scale(p, r->unit_mm), err))
        return false;
    struct nw_mesh *m = &r->b.mesh;
    if (!m->vert_rgba)
        return true;
    if (!nw_grow(&m->vert_rgba, &r->rgba_room, m->vert_count + 1, 4, err))
        return false;
    /* The next one's, until it says its own: the object's. */
    memcpy(m->vert_rgba[m->vert_count], r->object[r->object_count - 1].rgba, 4);
    return true;
}

static bool close_triangle(struct reader *r, struct nw_err *err)
{
    for (int k = 0; k < 3; k++)
        if (!(r->number[k] >= 0 && r->number[k] < UINT32_MAX))
            return nw_fail(err, NW_ERR_DATA, "triangle %zu of an AMF object lacks v1, v2 or v3",
                           r->b.mesh.tri_count + 1);
    return nw_builder_triangle(&r->b, (uint32_t)r->number[0], (uint32_t)r->number[1],
                               (uint32_t)r->number[2], err);
}

static bool colour_vertex(struct reader *r, const uint8_t rgba[4], struct nw_err *err)
{
    struct nw_mesh *m = &r->b.mesh;
    if (!nw_grow(&m->vert_rgba, &r->rgba_room, m->vert_count + 1, 4, err))
        return false;
    memcpy(m->vert_rgba[m->vert_count], rgba, 4);
    return true;
}

static bool close_colour(struct reader *r, struct nw_err *err)
{
    uint8_t rgba[4];
    for (int c = 0; c < 4; c++)
        rgba[c] = (uint8_t)rint(fmin(fmax(r->colour[c], 0), 1) * 255);
    struct object *o = r->in_object ? &r->object[r->object_count - 1] : NULL;
    if (r->place == PLACE_MATERIAL) {
        memcpy(r->material[r->material_count - 1].rgba, rgba, 4);
    } else if (r->place == PLACE_OBJECT && o) {
        memcpy(o->rgba, rgba, 4);
        o->has_colour = true;
    } else if (r->place == PLACE_VOLUME && o && o->volume_count > 0) {
        memcpy(o->volume[o->volume_count - 1].rgba, rgba, 4);
        o->volume[o->volume_count - 1].has_colour = true;
    } else if (r->place == PLACE_VERTEX && o) {
        /* A first colour in the middle leaves those before without: only whole sets count. */
        if (!r->b.mesh.vert_rgba && r->b.mesh.vert_count > 0)
            return true;
        return colour_vertex(r, rgba, err);
    }
    return true;
}

static bool close_metadata(struct reader *r, struct nw_err *err)
{
    r->keep_text = false;
    if (r->key.len == 0)
        return true;
    const bool is_name = is(r->key.data, "name");
    char *value = nw_arena_text(&r->out->arena, r->text.data, err);
    if (!value)
        return false;
    struct object *o = r->in_object ? &r->object[r->object_count - 1] : NULL;
    if (r->place == PLACE_ROOT)
        return nw_model_set_fact(
            r->out, strncmp(r->key.data, "nuwa:", 5) == 0 ? r->key.data + 5 : r->key.data,
            value, err);
    if (r->place == PLACE_MATERIAL && is_name)
        r->material[r->material_count - 1].name = value;
    if (r->place == PLACE_OBJECT && o && is_name)
        o->name = value;
    if (r->place == PLACE_OBJECT && o && is(r->key.data, "nuwa:tol_mm"))
        (void)nw_number_parse(value, &o->tol_mm);
    if (r->place == PLACE_VOLUME && o && o->volume_count > 0 && is_name)
        o->volume[o->volume_count - 1].name = value;
    return true;
}

static bool on_close(void *ctx, const char *name, struct nw_err *err)
{
    struct reader *r = ctx;
    if (r->keep_text && is_number_element(name))
        return close_number(r, name, err);
    if (is(name, "vertex"))
        return !r->in_object || close_vertex(r, err);
    if (is(name, "triangle"))
        return !r->in_object || close_triangle(r, err);
    if (is(name, "color"))
        return close_colour(r, err);
    if (is(name, "metadata"))
        return !r->keep_text || close_metadata(r, err);
    if (is(name, "volume"))
        r->place = PLACE_OBJECT;
    if (is(name, "object") && r->in_object) {
        r->in_object = false;
        r->place = PLACE_ROOT;
        return nw_builder_take(&r->b, &r->object[r->object_count - 1].mesh, err);
    }
    if (is(name, "material") || is(name, "constellation"))
        r->place = PLACE_ROOT;
    return true;
}

static bool on_text(void *ctx, const char *text, size_t len, struct nw_err *err)
{
    struct reader *r = ctx;
    return !r->keep_text || nw_text_addn(&r->text, text, len, err);
}

/* ---- the same from the text itself, where it is as nearly every writer has it ---- */

static const struct nw_run_form vertex_form = {
    3,
    3,
    {"<vertex><coordinates><x>", "</x><y>", "</y><z>"},
    "</z></coordinates>",
    "</vertex>"};
static const struct nw_run_form triangle_form = {
    3, 3, {"<triangle><v1>", "</v1><v2>", "</v2><v3>"}, "</v3>", "</triangle>"};

static bool take_vertex(void *ctx, const double *number, struct nw_err *err)
{
    struct reader *r = ctx;
    memcpy(r->number, number, sizeof r->number);
    return close_vertex(r, err);
}

static bool take_triangle(void *ctx, const double *number, struct nw_err *err)
{
    struct reader *r = ctx;
    memcpy(r->number, number, sizeof r->number);
    return close_triangle(r, err);
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

/* ---- from objects to parts ---- */

static const struct material *find_material(const struct reader *r, double id)
{
    for (size_t m = 0; m < r->material_count; m++)
        if (r->material[m].id == id)
            return &r->material[m];
    return NULL;
}

static bool take_volume(const struct object *o, size_t n, struct nw_mesh *out,
                        struct nw_err *err)
{
    const size_t first = o->volume[n].first_tri;
    const size_t end = n + 1 < o->volume_count ? o->volume[n + 1].first_tri : o->mesh.tri_count;
    if (!nw_mesh_copy(out, &o->mesh, err))
        return false;
    out->tri_count = end - first;
    memmove(out->tri, out->tri + first, out->tri_count * sizeof *out->tri);
    out->tol_mm = o->tol_mm;
    return o->volume_count == 1 || nw_mesh_compact(out, err);
}

static bool add_volume(struct reader *r, const struct object *o, size_t n,
                       const nw_affine *place, struct nw_err *err)
{
    const struct volume *v = &o->volume[n];
    const struct material *material = find_material(r, v->material);
    const uint8_t *rgba = v->has_colour   ? v->rgba
                          : o->has_colour ? o->rgba
                          : material      ? material->rgba
                                          : nw_plain_rgba;
    const char *name = v->name[0] && o->volume_count > 1 ? v->name
                       : o->name[0]                      ? o->name
                       : material                        ? material->name
                                                         : v->name;
    struct nw_mesh mesh = {0};
    if (!take_volume(o, n, &mesh, err)) {
        nw_mesh_release(&mesh);
        return false;
    }
    r->triangles += mesh.tri_count;
    for (size_t k = 0; k < mesh.vert_count; k++)
        mesh.pos_mm[k] = nw_apply(*place, mesh.pos_mm[k]);
    if (r->triangles > TRIANGLES_MOST) {
        nw_mesh_release(&mesh);
        return nw_fail(err, NW_ERR_LIMIT, "the AMF repeats its objects to over %zu triangles",
                       TRIANGLES_MOST);
    }
    return nw_model_add_unique(r->out, name, strlen(name), rgba, &mesh, err);
}

static nw_affine place_of(const struct reader *r, const struct instance *i)
{
    nw_affine a = {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, {0, 0, 0}};
    for (int axis = 0; axis < 3; axis++) { /* about x, then y, then z */
        const double angle = i->angle_deg[axis] * (NW_PI / 180);
        const double zero = 0;
        if (angle == zero || !(fabs(angle) < 1e6))
            continue;
        const double c = nw_cos(angle), s = nw_sin(angle);
        const nw_mat3 turn[3] = {{{{1, 0, 0}, {0, c, -s}, {0, s, c}}},
                                 {{{c, 0, s}, {0, 1, 0}, {-s, 0, c}}},
                                 {{{c, -s, 0}, {s, c, 0}, {0, 0, 1}}}};
        a.linear = nw_matmul(turn[axis], a.linear);
    }
    a.shift = nw_scale(nw_v3(i->delta[0], i->delta[1], i->delta[2]), r->unit_mm);
    return a;
}

/* Recursion at most DEPTH_MOST deep: constellations may hold constellations. */
static bool place_id(struct reader *r, double id, const nw_affine *outer, int depth,
                     struct nw_err *err)
{
    if (depth > DEPTH_MOST || ++r->instances > INSTANCES_MOST)
        return nw_fail(err, NW_ERR_LIMIT,
                       "the AMF nests constellations over %d deep or places over %d objects",
                       DEPTH_MOST, INSTANCES_MOST);
    for (size_t o = 0; o < r->object_count; o++)
        if (r->object[o].id == id) {
            for (size_t v = 0; v < r->object[o].volume_count; v++)
                if (!add_volume(r, &r->object[o], v, outer, err))
                    return false;
            return true;
        }
    for (size_t c = 0; c < r->constellation_count; c++) {
        const struct constellation *k = &r->constellation[c];
        if (k->id != id)
            continue;
        for (size_t i = k->first; i < k->first + k->count; i++) {
            const nw_affine own = place_of(r, &r->instance[i]);
            const nw_affine both = {nw_matmul(outer->linear, own.linear),
                                    nw_apply(*outer, own.shift)};
            if (!place_id(r, r->instance[i].object_id, &both, depth + 1, err))
                return false;
        }
        return true;
    }
    return nw_fail(err, NW_ERR_DATA, "the AMF places object %g, which it does not have", id);
}

static bool is_placed(const struct reader *r, double id)
{
    for (size_t i = 0; i < r->instance_count; i++)
        if (r->instance[i].object_id == id)
            return true;
    return false;
}

static bool place_all(struct reader *r, struct nw_err *err)
{
    const nw_affine same = {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, {0, 0, 0}};
    for (size_t o = 0; o < r->object_count; o++)
        if (!is_placed(r, r->object[o].id) && !place_id(r, r->object[o].id, &same, 1, err))
            return false;
    for (size_t c = 0; c < r->constellation_count; c++)
        if (!is_placed(r, r->constellation[c].id) &&
            !place_id(r, r->constellation[c].id, &same, 1, err))
            return false;
    return true;
}

static void release(struct reader *r)
{
    for (size_t o = 0; o < r->object_count; o++) {
        nw_mesh_release(&r->object[o].mesh);
        nw_free(r->object[o].volume);
    }
    nw_free(r->object);
    nw_free(r->material);
    nw_free(r->constellation);
    nw_free(r->instance);
    nw_mesh_release(&r->b.mesh);
    nw_text_release(&r->text);
    nw_text_release(&r->key);
}

static bool push(void *ctx, const uint8_t *data, size_t len, struct nw_err *err)
{
    return nw_xml_push(ctx, data, len, err);
}

static bool parse(const struct nw_zip_reader *zip, int64_t index, struct nw_model_source *from,
                  struct nw_model *out, struct nw_err *err)
{
    struct reader r = {.out = out, .unit_mm = 1};
    const struct nw_xml_handler handler = {
        on_open, on_close, on_text, &r, {"vertices", "volume"}, on_run};
    nw_text_init(&r.text, 1 << 20);
    nw_text_init(&r.key, 1 << 16);
    struct nw_xml *xml = nw_xml_new(&handler, err);
    bool ok = xml && (zip ? nw_zip_read_entry(zip, index, push, xml, err)
                          : nw_xml_push(xml, from->data, from->len, err));
    ok = ok && nw_xml_end(xml, err) && place_all(&r, err);
    nw_xml_free(xml);
    from->unit_mm = r.unit_mm;
    const char *space = ok ? nw_model_fact(out, "space") : NULL;
    from->is_lps = space && strcmp(space, "LPS") == 0;
    release(&r);
    return ok;
}

bool nw_amf_parse_entry(const struct nw_zip_reader *zip, int64_t index,
                        struct nw_model_source *from, struct nw_model *out, struct nw_err *err)
{
    return parse(zip, index, from, out, err);
}

static bool amf_parse(struct nw_model_source *from, struct nw_model *out, struct nw_err *err)
{
    return from->len > 4 && memcmp(from->data, "PK\3\4", 4) == 0
               ? nw_format_3mf.parse(from, out, err)
               : parse(NULL, 0, from, out, err);
}

static bool amf_is(const uint8_t *data, size_t len)
{
    size_t at = len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (at < len && data[at] <= ' ')
        at++;
    return at < len && data[at] == '<' &&
           memmem(data, len < 4096 ? len : 4096, "<amf", 4) != NULL;
}

/* ---- writing ---- */

static char *put(char *p, const char *s)
{
    const size_t len = strlen(s);
    memcpy(p, s, len);
    return p + len;
}

static char *put_colour(char *p, const uint8_t rgba[4])
{
    static const char *const open[4] = {"<color><r>", "</r><g>", "</g><b>", "</b><a>"};
    for (int c = 0; c < 4; c++) {
        p = put(p, open[c]);
        p += nw_number_format_float(p, (float)rgba[c] / 255);
    }
    return put(p, "</a></color>");
}

static bool fill_vertices(const void *ctx, size_t block, struct nw_text *text,
                          const void **data, size_t *len, struct nw_err *err)
{
    const struct nw_mesh *m = ctx;
    const size_t begin = block * LINES;
    const size_t end = begin + LINES < m->vert_count ? begin + LINES : m->vert_count;
    (void)data;
    (void)len;
    for (size_t v = begin; v < end; v++) {
        char line[LINE_MOST], *p = put(line, "<vertex><coordinates><x>");
        p += nw_number_format_float(p, (float)m->pos_mm[v].x);
        p = put(p, "</x><y>");
        p += nw_number_format_float(p, (float)m->pos_mm[v].y);
        p = put(p, "</y><z>");
        p += nw_number_format_float(p, (float)m->pos_mm[v].z);
        p = put(p, "</z></coordinates>");
        if (m->vert_rgba)
            p = put_colour(p, m->vert_rgba[v]);
        p = put(p, "</vertex>\n");
        if (!nw_text_addn(text, line, (size_t)(p - line), err))
            return false;
    }
    return true;
}

static char *put_index(char *p, uint32_t n)
{
    char digit[12];
    int count = 0;
    do
        digit[count++] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    while (count > 0)
        *p++ = digit[--count];
    return p;
}

static bool fill_triangles(const void *ctx, size_t block, struct nw_text *text,
                           const void **data, size_t *len, struct nw_err *err)
{
    const struct nw_mesh *m = ctx;
    const size_t begin = block * LINES;
    const size_t end = begin + LINES < m->tri_count ? begin + LINES : m->tri_count;
    (void)data;
    (void)len;
    for (size_t t = begin; t < end; t++) {
        char line[LINE_MOST], *p = put(line, "<triangle><v1>");
        p = put_index(p, m->tri[t][0]);
        p = put(p, "</v1><v2>");
        p = put_index(p, m->tri[t][1]);
        p = put(p, "</v2><v3>");
        p = put_index(p, m->tri[t][2]);
        p = put(p, "</v3></triangle>\n");
        if (!nw_text_addn(text, line, (size_t)(p - line), err))
            return false;
    }
    return true;
}

static bool add_metadata(struct nw_text *t, const char *prefix, const char *key,
                         const char *value, struct nw_err *err)
{
    return nw_text_addf(t, err, "<metadata type=\"%s", prefix) &&
           nw_text_add_xml(t, key, err) && nw_text_add(t, "\">", err) &&
           nw_text_add_xml(t, value, err) && nw_text_add(t, "</metadata>\n", err);
}

static bool add_colour(struct nw_text *t, const uint8_t rgba[4], struct nw_err *err)
{
    char line[LINE_MOST];
    return nw_text_addn(t, line, (size_t)(put_colour(line, rgba) - line), err) &&
           nw_text_add(t, "\n", err);
}

static bool add_object(struct nw_pack *pack, struct nw_text *t, const struct nw_part *part,
                       size_t id, struct nw_err *err)
{
    const struct nw_mesh *m = &part->mesh;
    char tol[NW_NUMBER_MAX];
    (void)nw_number_format(tol, m->tol_mm);
    t->len = 0;
    bool ok = nw_text_addf(t, err, "<object id=\"%zu\">\n", id) &&
              add_metadata(t, "", "name", part->name, err) &&
              add_metadata(t, "nuwa:", "tol_mm", tol, err) && add_colour(t, part->rgba, err) &&
              nw_text_add(t, "<mesh><vertices>\n", err) &&
              nw_pack_add(pack, t->data, t->len, err) &&
              nw_pack_blocks(pack, (m->vert_count + LINES - 1) / LINES, fill_vertices, m, err);
    t->len = 0;
    ok = ok && nw_text_addf(t, err, "</vertices><volume materialid=\"%zu\">\n", id) &&
         nw_pack_add(pack, t->data, t->len, err) &&
         nw_pack_blocks(pack, (m->tri_count + LINES - 1) / LINES, fill_triangles, m, err);
    t->len = 0;
    return ok && nw_text_add(t, "</volume></mesh></object>\n", err) &&
           nw_pack_add(pack, t->data, t->len, err);
}

static bool add_head(struct nw_text *t, const struct nw_model *model, struct nw_err *err)
{
    bool ok = nw_text_add(t,
                          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                          "<amf unit=\"millimeter\" version=\"1.1\" xml:lang=\"en\">\n",
                          err) &&
              add_metadata(t, "nuwa:", "space", "LPS", err);
    for (size_t f = 0; ok && f < model->fact_count; f++)
        if (strcmp(model->fact[f].key, "space") != 0)
            ok = add_metadata(t, "", model->fact[f].key, model->fact[f].value, err);
    for (size_t p = 0; ok && p < model->part_count; p++)
        ok = nw_text_addf(t, err, "<material id=\"%zu\">", p + 1) &&
             add_metadata(t, "", "name", model->part[p].name, err) &&
             add_colour(t, model->part[p].rgba, err) && nw_text_add(t, "</material>\n", err);
    return ok;
}

static bool add_constellation(struct nw_text *t, const struct nw_model *model,
                              struct nw_err *err)
{
    bool ok = nw_text_addf(t, err, "<constellation id=\"%zu\">\n", model->part_count + 1);
    for (size_t p = 0; ok && p < model->part_count; p++)
        ok = nw_text_addf(t, err,
                          "<instance objectid=\"%zu\"><deltax>0</deltax><deltay>0</deltay>"
                          "<deltaz>0</deltaz><rx>0</rx><ry>0</ry><rz>0</rz></instance>\n",
                          p + 1);
    return ok && nw_text_add(t, "</constellation>\n</amf>\n", err);
}

static bool amf_write(struct nw_out *out, const struct nw_model *model,
                      const struct nw_model_write_opts *opts, struct nw_err *err)
{
    struct nw_zip_writer zip = {.out = out};
    struct nw_text t;
    (void)opts;
    nw_text_init(&t, TEXT_MOST);
    bool ok = add_head(&t, model, err) && nw_zip_open_entry(&zip, "model.amf", err) &&
              nw_pack_add(&zip.pack, t.data, t.len, err);
    for (size_t p = 0; ok && p < model->part_count; p++)
        ok = add_object(&zip.pack, &t, &model->part[p], p + 1, err);
    t.len = 0;
    ok = ok && add_constellation(&t, model, err) &&
         nw_pack_add(&zip.pack, t.data, t.len, err) && nw_zip_close_entry(&zip, err) &&
         nw_zip_end(&zip, err);
    nw_text_release(&t);
    return ok;
}

const struct nw_model_format nw_format_amf = {
    .ending = "amf",
    .is = amf_is,
    .parse = amf_parse,
    .write = amf_write,
    .keeps = {.colours = true, .vert_rgba = true},
};
