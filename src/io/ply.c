/* io/ply.c -- PLY: elements with properties, ASCII or binary in either byte order. Written
 * binary little endian; see docs/formats/ply.md for the vertex attributes and comments. */
#include <stdio.h>
#include <string.h>

#include "io/model_priv.h"

enum { ELEMENTS_MAX = 16, PROPERTIES_MAX = 64, CORNERS_MAX = 1 << 16 };

enum ply_type { NO_TYPE, I8, U8, I16, U16, I32, U32, F32, F64 };

/* What a property is to us. */
enum meaning { IGNORED, X, Y, Z, RED, GREEN, BLUE, ALPHA, UNCERTAINTY, CLASS, CORNERS };

struct property {
    enum ply_type type, count_type; /* count_type: a list */
    enum meaning meaning;
};

struct element {
    char name[32];
    double count;
    struct property property[PROPERTIES_MAX];
    size_t property_count;
};

struct reader {
    struct nw_model_source *from;
    const uint8_t *p, *end;
    bool ascii, swapped;
    struct element element[ELEMENTS_MAX];
    size_t element_count;
    struct nw_part_lines parts;
    struct nw_arena arena;
    struct nw_mesh_builder b;
    size_t uncertainty_room, class_room, rgba_room;
};

static bool ply_is(const uint8_t *data, size_t len)
{
    return len >= 4 && memcmp(data, "ply", 3) == 0 && (data[3] == '\n' || data[3] == '\r');
}

/* ---- header ---- */

static enum ply_type type_of(const char *name)
{
    static const struct {
        const char *name, *other;
        enum ply_type type;
    } known[] = {{"char", "int8", I8},      {"uchar", "uint8", U8},    {"short", "int16", I16},
                 {"ushort", "uint16", U16}, {"int", "int32", I32},     {"uint", "uint32", U32},
                 {"float", "float32", F32}, {"double", "float64", F64}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i].name) == 0 || strcmp(name, known[i].other) == 0)
            return known[i].type;
    return NO_TYPE;
}

static enum meaning meaning_of(const char *name, bool is_list)
{
    static const struct {
        const char *name;
        enum meaning meaning;
    } known[] = {
        {"x", X},         {"y", Y},       {"z", Z},         {"red", RED},
        {"green", GREEN}, {"blue", BLUE}, {"alpha", ALPHA}, {"uncertainty_mm", UNCERTAINTY},
        {"class", CLASS}};
    if (is_list)
        return strcmp(name, "vertex_indices") == 0 || strcmp(name, "vertex_index") == 0
                   ? CORNERS
                   : IGNORED;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i].name) == 0)
            return known[i].meaning;
    return IGNORED;
}

static bool add_property(struct reader *r, const char *line, struct nw_err *err)
{
    char count[32], type[32], name[64];
    struct element *e = r->element_count ? &r->element[r->element_count - 1] : NULL;
    if (!e || e->property_count == PROPERTIES_MAX)
        return nw_fail(err, NW_ERR_DATA, "the PLY header has a property out of place");
    struct property *p = &e->property[e->property_count++];
    if (sscanf(line, "property list %31s %31s %63s", count, type, name) == 3)
        *p = (struct property){type_of(type), type_of(count), meaning_of(name, true)};
    else if (sscanf(line, "property %31s %63s", type, name) == 2)
        *p = (struct property){type_of(type), NO_TYPE, meaning_of(name, false)};
    if (p->type == NO_TYPE)
        return nw_fail(err, NW_ERR_DATA, "the PLY header has a property of an unknown type");
    return true;
}

static bool add_element(struct reader *r, const char *line, struct nw_err *err)
{
    if (r->element_count == ELEMENTS_MAX)
        return nw_fail(err, NW_ERR_LIMIT, "the PLY header has over %d elements", ELEMENTS_MAX);
    struct element *e = &r->element[r->element_count];
    int at = 0;
    if (sscanf(line, "element %31s %n", e->name, &at) != 1 || at == 0 ||
        !nw_number_parse(line + at, &e->count) || !(e->count >= 0 && e->count < 1e10))
        return nw_fail(err, NW_ERR_DATA, "the PLY header has an element without a count");
    r->element_count++;
    return true;
}

static bool set_format(struct reader *r, const char *line, struct nw_err *err)
{
    if (strncmp(line, "format ascii", 12) == 0)
        r->ascii = true;
    else if (strncmp(line, "format binary_big_endian", 24) == 0)
        r->swapped = true;
    else if (strncmp(line, "format binary_little_endian", 27) != 0)
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "the PLY is neither ascii nor binary_little_endian nor "
                       "binary_big_endian");
    return true;
}

static bool parse_header_line(struct reader *r, const char *line, struct nw_err *err)
{
    if (strncmp(line, "format ", 7) == 0)
        return set_format(r, line, err);
    if (strncmp(line, "element ", 8) == 0)
        return add_element(r, line, err);
    if (strncmp(line, "property ", 9) == 0)
        return add_property(r, line, err);
    if (strncmp(line, "comment ", 8) == 0) {
        r->from->is_ras = r->from->is_ras || strstr(line, "SPACE=RAS");
        r->from->is_lps = r->from->is_lps || strstr(line, "SPACE=LPS");
        return nw_part_lines_add(&r->parts, line + 8, &r->arena, err);
    }
    return true; /* obj_info and whatever else does not change the rest */
}

static bool parse_header(struct reader *r, struct nw_err *err)
{
    char line[1024];
    for (size_t n = 0; n < 10000; n++) {
        size_t len = 0;
        while (r->p < r->end && *r->p != '\n' && *r->p != '\r') {
            if (len + 1 < sizeof line)
                line[len++] = (char)*r->p;
            r->p++;
        }
        line[len] = '\0';
        if (r->p == r->end)
            break;
        r->p += r->end - r->p > 1 && r->p[0] == '\r' && r->p[1] == '\n' ? 2 : 1;
        if (strncmp(line, "end_header", 10) == 0)
            return true;
        if (!parse_header_line(r, line, err))
            return false;
    }
    return nw_fail(err, NW_ERR_DATA, "the PLY header does not end");
}

/* ---- values ---- */

static size_t type_bytes(enum ply_type type)
{
    static const uint8_t bytes[] = {0, 1, 1, 2, 2, 4, 4, 4, 8};
    return bytes[type];
}

static double decode(enum ply_type type, const uint8_t *p)
{
    int16_t i16;
    uint16_t u16;
    int32_t i32;
    uint32_t u32;
    float f32;
    double f64 = 0;
    switch (type) {
    case NO_TYPE:
        return 0;
    case I8:
        return p[0] < 128 ? p[0] : p[0] - 256;
    case U8:
        return p[0];
    case I16:
        memcpy(&i16, p, 2);
        return i16;
    case U16:
        memcpy(&u16, p, 2);
        return u16;
    case I32:
        memcpy(&i32, p, 4);
        return i32;
    case U32:
        memcpy(&u32, p, 4);
        return u32;
    case F32:
        memcpy(&f32, p, 4);
        return (double)f32;
    case F64:
        memcpy(&f64, p, 8);
        return f64;
    }
    NW_UNREACHABLE();
}

static bool too_short(struct nw_err *err)
{
    return nw_fail(err, NW_ERR_DATA,
                   "the PLY ends before all its vertices and faces are there");
}

static bool next_value(struct reader *r, enum ply_type type, double *out, struct nw_err *err)
{
    if (r->ascii) {
        while (r->p < r->end && *r->p <= ' ')
            r->p++;
        const char *text = (const char *)r->p;
        const char *end = r->p < r->end ? nw_number_parse(text, out) : NULL;
        if (!end && r->p < r->end && strncasecmp(text, "nan", 3) == 0) {
            *out = (double)NAN;
            end = text + 3;
        }
        if (!end)
            return r->p == r->end
                       ? too_short(err)
                       : nw_fail(err, NW_ERR_DATA,
                                 "the PLY has something that is not a number at byte "
                                 "%zu",
                                 (size_t)(r->p - r->from->data));
        r->p = (const uint8_t *)end;
        return true;
    }
    const size_t n = type_bytes(type);
    if ((size_t)(r->end - r->p) < n)
        return too_short(err);
    uint8_t raw[8];
    for (size_t i = 0; i < n; i++)
        raw[i] = r->p[r->swapped ? n - 1 - i : i];
    r->p += n;
    *out = decode(type, raw);
    return true;
}

/* What a row of the element takes at least: to hold its count against the file's size. */
static size_t least_row(const struct reader *r, const struct element *e)
{
    size_t bytes = 0;
    for (size_t i = 0; i < e->property_count; i++)
        bytes += r->ascii ? 2
                          : type_bytes(e->property[i].count_type ? e->property[i].count_type
                                                                 : e->property[i].type);
    return bytes;
}

/* ASCII has a line for each row; some writers put more on it than their header says. */
static void end_row(struct reader *r)
{
    while (r->ascii && r->p < r->end && *r->p != '\n')
        r->p++;
}

static uint8_t colour_value(enum ply_type type, double v)
{
    const double scaled = type == F32 || type == F64 ? rint(v * 255) : v;
    return (uint8_t)(scaled > 0 ? (scaled < 255 ? scaled : 255) : 0);
}

static bool skip_list(struct reader *r, const struct property *p, struct nw_err *err)
{
    double count, waste;
    if (!next_value(r, p->count_type, &count, err))
        return false;
    if (!(count >= 0 && count <= (double)(r->end - r->p)))
        return too_short(err);
    for (double i = 0; i < count; i++)
        if (!next_value(r, p->type, &waste, err))
            return false;
    return true;
}

static bool has(const struct element *e, enum meaning what)
{
    for (size_t i = 0; i < e->property_count; i++)
        if (e->property[i].meaning == what)
            return true;
    return false;
}

static bool read_vertices(struct reader *r, const struct element *e, struct nw_err *err)
{
    const size_t count = (size_t)e->count;
    struct nw_mesh *m = &r->b.mesh;
    if (m->vert_count > 0 || !has(e, X) || !has(e, Y) || !has(e, Z))
        return nw_fail(err, NW_ERR_DATA, "the PLY's vertices are not one list with x, y and z");
    nw_mesh_release(m);
    if (!nw_mesh_init(m, count, 0, err))
        return false;
    if (has(e, UNCERTAINTY))
        m->uncertainty_mm = NW_ALLOC(float, count, err);
    if (err->code == NW_OK && has(e, CLASS))
        m->vert_class = NW_ALLOC(uint8_t, count, err);
    if (err->code == NW_OK && has(e, RED) && has(e, GREEN) && has(e, BLUE))
        m->vert_rgba = nw_alloc(count, 4, err);
    if (err->code != NW_OK)
        return false;
    for (size_t v = 0; v < count; v++) {
        double value[CORNERS + 1] = {0};
        value[ALPHA] = -1;
        for (size_t i = 0; i < e->property_count; i++) {
            const struct property *p = &e->property[i];
            if (p->count_type ? !skip_list(r, p, err)
                              : !next_value(r, p->type, &value[p->meaning], err))
                return false;
            if (p->meaning >= RED && p->meaning <= ALPHA)
                value[p->meaning] = colour_value(p->type, value[p->meaning]);
        }
        end_row(r);
        m->pos_mm[v] = nw_v3(value[X], value[Y], value[Z]);
        if (m->uncertainty_mm)
            m->uncertainty_mm[v] = (float)value[UNCERTAINTY];
        if (m->vert_class)
            m->vert_class[v] = value[CLASS] >= 0 && value[CLASS] < NW_CLASS_COUNT
                                   ? (uint8_t)value[CLASS]
                                   : (uint8_t)NW_CLASS_INFERRED;
        for (int c = 0; m->vert_rgba && c < 4; c++)
            m->vert_rgba[v][c] = value[RED + c] < 0 ? 255 : (uint8_t)value[RED + c];
    }
    return true;
}

/* A polygon becomes a fan around its first corner. */
static bool read_polygon(struct reader *r, const struct property *p, struct nw_err *err)
{
    double count, v;
    uint32_t first = 0, last = 0;
    if (!next_value(r, p->count_type, &count, err))
        return false;
    if (!(count >= 0 && count <= CORNERS_MAX))
        return nw_fail(err, NW_ERR_DATA, "a PLY face has %g corners", count);
    for (int i = 0; i < (int)count; i++) {
        if (!next_value(r, p->type, &v, err))
            return false;
        if (!(v >= 0 && v < UINT32_MAX))
            return nw_fail(err, NW_ERR_DATA, "a PLY face names vertex %g", v);
        if (i >= 2 && !nw_builder_triangle(&r->b, first, last, (uint32_t)v, err))
            return false;
        first = i == 0 ? (uint32_t)v : first;
        last = (uint32_t)v;
    }
    return true;
}

static bool read_row(struct reader *r, const struct element *e, bool faces, struct nw_err *err)
{
    for (size_t i = 0; i < e->property_count; i++) {
        const struct property *p = &e->property[i];
        double waste;
        bool ok;
        if (faces && p->meaning == CORNERS)
            ok = read_polygon(r, p, err);
        else
            ok = p->count_type ? skip_list(r, p, err) : next_value(r, p->type, &waste, err);
        if (!ok)
            return false;
    }
    end_row(r);
    return true;
}

static bool read_rows(struct reader *r, const struct element *e, bool faces, struct nw_err *err)
{
    for (double n = 0; n < e->count; n++)
        if (!read_row(r, e, faces, err))
            return false;
    return true;
}

static bool read_elements(struct reader *r, struct nw_err *err)
{
    for (size_t n = 0; n < r->element_count; n++) {
        const struct element *e = &r->element[n];
        const size_t row = least_row(r, e);
        if (row == 0 && e->count > 0)
            return nw_fail(err, NW_ERR_DATA, "the PLY has elements without properties");
        if (row > 0 && e->count > (double)(r->end - r->p) / (double)row + 1)
            return nw_fail(err, NW_ERR_DATA,
                           "the PLY claims %.0f of '%s', but the file has %zu bytes for them",
                           e->count, strcmp(e->name, "vertex") == 0 ? "vertex" : "face",
                           (size_t)(r->end - r->p));
        const bool ok = strcmp(e->name, "vertex") == 0
                            ? read_vertices(r, e, err)
                            : read_rows(r, e, strcmp(e->name, "face") == 0, err);
        if (!ok)
            return false;
    }
    return true;
}

static bool ply_parse(struct nw_model_source *from, struct nw_model *out, struct nw_err *err)
{
    NW_AUTOFREE struct reader *r = NW_ALLOC(struct reader, 1, err);
    if (!r)
        return false;
    r->from = from;
    r->p =
        from->data + (from->len > 4 && from->data[3] == '\r' && from->data[4] == '\n' ? 5 : 4);
    r->end = from->data + from->len;
    struct nw_mesh mesh = {0};
    bool ok =
        parse_header(r, err) && read_elements(r, err) && nw_builder_take(&r->b, &mesh, err);
    ok = ok && nw_model_add_cut(out, &mesh, &r->parts, "part", err);
    nw_mesh_release(&r->b.mesh);
    nw_free(r->parts.line);
    nw_arena_release(&r->arena);
    return ok;
}

/* ---- writing ---- */

struct attributes {
    bool uncertainty, vert_class;
    const struct nw_part *part;
    uint32_t first; /* the part's first vertex in the file */
};

static bool fill_vertices(const void *ctx, size_t begin, size_t end, struct nw_text *text,
                          struct nw_err *err)
{
    const struct attributes *a = ctx;
    const struct nw_mesh *m = &a->part->mesh;
    const size_t row = 16 + (a->uncertainty ? 4u : 0u) + (a->vert_class ? 1u : 0u);
    NW_AUTOFREE uint8_t *rows = NW_ALLOC(uint8_t, (end - begin) * row, err);
    if (!rows)
        return false;
    for (size_t v = begin; v < end; v++) {
        uint8_t *p = rows + (v - begin) * row;
        const float pos[3] = {(float)m->pos_mm[v].x, (float)m->pos_mm[v].y,
                              (float)m->pos_mm[v].z};
        const float sigma = m->uncertainty_mm ? m->uncertainty_mm[v] : 0;
        memcpy(p, pos, 12);
        memcpy(p + 12, nw_vertex_rgba(a->part, v), 4);
        if (a->uncertainty)
            memcpy(p + 16, &sigma, 4);
        if (a->vert_class)
            p[row - 1] = m->vert_class ? m->vert_class[v] : 0;
    }
    return nw_text_addn(text, (const char *)rows, (end - begin) * row, err);
}

static bool fill_faces(const void *ctx, size_t begin, size_t end, struct nw_text *text,
                       struct nw_err *err)
{
    const struct attributes *a = ctx;
    const struct nw_mesh *m = &a->part->mesh;
    NW_AUTOFREE uint8_t *rows = NW_ALLOC(uint8_t, (end - begin) * 13, err);
    if (!rows)
        return false;
    for (size_t t = begin; t < end; t++) {
        uint8_t *p = rows + (t - begin) * 13;
        const uint32_t v[3] = {m->tri[t][0] + a->first, m->tri[t][1] + a->first,
                               m->tri[t][2] + a->first};
        p[0] = 3;
        memcpy(p + 1, v, 12);
    }
    return nw_text_addn(text, (const char *)rows, (end - begin) * 13, err);
}

static bool add_header(struct nw_text *t, const struct nw_model *model,
                       const struct attributes *a, size_t verts, size_t tris,
                       struct nw_err *err)
{
    if (!nw_text_add(t,
                     "ply\nformat binary_little_endian 1.0\n"
                     "comment SPACE=LPS unit millimetre\n",
                     err))
        return false;
    for (size_t p = 0; p < model->part_count; p++)
        if (!nw_text_add(t, "comment ", err) || !nw_part_line_format(t, &model->part[p], err) ||
            !nw_text_add(t, "\n", err))
            return false;
    return nw_text_addf(t, err,
                        "element vertex %zu\nproperty float x\nproperty float y\n"
                        "property float z\nproperty uchar red\nproperty uchar green\n"
                        "property uchar blue\nproperty uchar alpha\n%s%selement face %zu\n"
                        "property list uchar uint vertex_indices\nend_header\n",
                        verts, a->uncertainty ? "property float uncertainty_mm\n" : "",
                        a->vert_class ? "property uchar class\n" : "", tris);
}

static bool ply_write(struct nw_out *out, const struct nw_model *model,
                      const struct nw_model_write_opts *opts, struct nw_err *err)
{
    (void)opts;
    struct attributes a = {.first = 0};
    size_t verts = 0, tris = 0;
    for (size_t p = 0; p < model->part_count; p++) {
        const struct nw_mesh *m = &model->part[p].mesh;
        a.uncertainty = a.uncertainty || m->uncertainty_mm;
        a.vert_class = a.vert_class || m->vert_class;
        verts += m->vert_count;
        tris += m->tri_count;
    }
    if (verts >= UINT32_MAX)
        return nw_fail(err, NW_ERR_LIMIT, "a PLY file holds at most 2^32 - 2 vertices");
    struct nw_text head;
    nw_text_init(&head, 1 << 24);
    bool ok = add_header(&head, model, &a, verts, tris, err) &&
              nw_out_add(out, head.data, head.len, err);
    nw_text_release(&head);
    for (size_t p = 0; ok && p < model->part_count; p++) {
        a.part = &model->part[p];
        ok = nw_out_add_lines(out, a.part->mesh.vert_count, fill_vertices, &a, err);
    }
    for (size_t p = 0; ok && p < model->part_count; p++) {
        a.part = &model->part[p];
        ok = nw_out_add_lines(out, a.part->mesh.tri_count, fill_faces, &a, err);
        a.first += (uint32_t)a.part->mesh.vert_count;
    }
    return ok;
}

const struct nw_model_format nw_format_ply = {
    .ending = "ply",
    .is = ply_is,
    .parse = ply_parse,
    .write = ply_write,
    .keeps = {.colours = true, .vert_rgba = true, .uncertainty = true, .vert_class = true},
};
