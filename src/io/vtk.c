/* io/vtk.c -- legacy VTK polydata, ASCII or binary (big endian): points, polygons, strips, and
 * our point data. Versions 1 to 4 and the offsets of 5. Written as version 3, binary. */
#include <stdio.h>
#include <string.h>

#include "io/model_priv.h"

enum { CORNERS_MAX = 1 << 16, WORD_MAX = 128 };

enum vtk_type { NO_TYPE, I8, U8, I16, U16, I32, U32, I64, U64, F32, F64 };

struct reader {
    struct nw_model_source *from;
    const uint8_t *p, *end;
    bool ascii;
    struct nw_mesh_builder b;
    struct nw_part_lines parts;
    struct nw_arena arena;
    double version;
    bool in_points; /* what FIELD and SCALARS belong to */
};

static bool vtk_is(const uint8_t *data, size_t len)
{
    return len >= 14 && memcmp(data, "# vtk DataFile", 14) == 0;
}

/* ---- words, lines, values ---- */

static bool next_word(struct reader *r, char out[WORD_MAX])
{
    size_t n = 0;
    while (r->p < r->end && *r->p <= ' ')
        r->p++;
    while (r->p<r->end && * r->p> ' ' && n + 1 < WORD_MAX)
        out[n++] = (char)*r->p++;
    out[n] = '\0';
    return n > 0;
}

static void next_line(struct reader *r, char *out, size_t room)
{
    size_t n = 0;
    while (r->p < r->end && *r->p != '\n') {
        if (n + 1 < room && *r->p != '\r')
            out[n++] = (char)*r->p;
        r->p++;
    }
    r->p += r->p < r->end;
    out[n] = '\0';
}

static bool next_count(struct reader *r, double *out, struct nw_err *err)
{
    char word[WORD_MAX];
    if (!next_word(r, word) || !nw_number_parse(word, out) || !(*out >= 0 && *out < 1e12))
        return nw_fail(err, NW_ERR_DATA, "the VTK file has '%.20s' where a count belongs",
                       word);
    return true;
}

static enum vtk_type type_of(const char *name)
{
    static const struct {
        const char *name;
        enum vtk_type type;
    } known[] = {{"char", I8},           {"unsigned_char", U8},
                 {"short", I16},         {"unsigned_short", U16},
                 {"int", I32},           {"unsigned_int", U32},
                 {"vtkIdType", I32},     {"long", I64},
                 {"unsigned_long", U64}, {"vtktypeint64", I64},
                 {"vtktypeint32", I32},  {"float", F32},
                 {"double", F64}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i].name) == 0)
            return known[i].type;
    return NO_TYPE;
}

static size_t type_bytes(enum vtk_type type)
{
    static const uint8_t bytes[] = {0, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8};
    return bytes[type];
}

static double decode(enum vtk_type type, const uint8_t *p)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < type_bytes(type); i++)
        bits = bits << 8 | p[i];
    const uint32_t low = (uint32_t)bits;
    float f32;
    double f64;
    switch (type) {
    case NO_TYPE:
        return 0;
    case I8:
        return (int8_t)bits;
    case I16:
        return (int16_t)bits;
    case I32:
        return (int32_t)bits;
    case I64:
        return (double)(int64_t)bits;
    case U8:
    case U16:
    case U32:
    case U64:
        return (double)bits;
    case F32:
        memcpy(&f32, &low, 4);
        return (double)f32;
    case F64:
        memcpy(&f64, &bits, 8);
        return f64;
    }
    NW_UNREACHABLE();
}

static bool too_short(struct nw_err *err)
{
    return nw_fail(err, NW_ERR_DATA,
                   "the VTK file ends before all its points and cells are there");
}

/* Before an array: a line end in binary files; can so many values follow at all? */
static bool begin_array(struct reader *r, enum vtk_type type, double count, struct nw_err *err)
{
    if (type == NO_TYPE)
        return nw_fail(err, NW_ERR_UNSUPPORTED, "the VTK file has an array of an unknown type");
    if (!r->ascii)
        while (r->p < r->end && *r->p++ != '\n')
            continue;
    const double least = r->ascii ? 2 : (double)type_bytes(type);
    return count * least <= (double)(r->end - r->p) + 1 || too_short(err);
}

static bool next_value(struct reader *r, enum vtk_type type, double *out, struct nw_err *err)
{
    if (!r->ascii) {
        if ((size_t)(r->end - r->p) < type_bytes(type))
            return too_short(err);
        *out = decode(type, r->p);
        r->p += type_bytes(type);
        return true;
    }
    while (r->p < r->end && *r->p <= ' ')
        r->p++;
    const char *text = (const char *)r->p;
    const char *end = r->p < r->end ? nw_number_parse(text, out) : NULL;
    if (!end && r->p < r->end && strncasecmp(text, "nan", 3) == 0) {
        *out = (double)NAN;
        end = text + 3;
    }
    if (!end)
        return r->p >= r->end
                   ? too_short(err)
                   : nw_fail(err, NW_ERR_DATA,
                             "the VTK file has something that is not a number at byte "
                             "%zu",
                             (size_t)(r->p - r->from->data));
    r->p = (const uint8_t *)end;
    return true;
}

static bool skip_values(struct reader *r, enum vtk_type type, double count, struct nw_err *err)
{
    double waste;
    if (!begin_array(r, type, count, err))
        return false;
    if (!r->ascii) {
        if (count * (double)type_bytes(type) > (double)(r->end - r->p))
            return too_short(err);
        r->p += (size_t)count * type_bytes(type);
        return true;
    }
    for (double n = 0; n < count; n++)
        if (!next_value(r, type, &waste, err))
            return false;
    return true;
}

/* ---- geometry ---- */

static bool read_points(struct reader *r, struct nw_err *err)
{
    double count;
    char type_name[WORD_MAX];
    if (!next_count(r, &count, err))
        return false;
    (void)next_word(r, type_name);
    const enum vtk_type type = type_of(type_name);
    if (r->b.mesh.vert_count > 0)
        return nw_fail(err, NW_ERR_DATA, "the VTK file has two lists of points");
    if (!begin_array(r, type, 3 * count, err))
        return false;
    for (double n = 0; n < count; n++) {
        double v[3] = {0};
        if (!next_value(r, type, &v[0], err) || !next_value(r, type, &v[1], err) ||
            !next_value(r, type, &v[2], err) ||
            !nw_builder_vertex(&r->b, nw_v3(v[0], v[1], v[2]), err))
            return false;
    }
    return true;
}

/* One cell: a polygon becomes a fan, a strip turns every other triangle. */
struct cell {
    uint32_t first, before, last;
    double corner;
    bool strip;
};

static bool add_corner(struct reader *r, struct cell *c, double v, struct nw_err *err)
{
    if (!(v >= 0 && v < UINT32_MAX))
        return nw_fail(err, NW_ERR_DATA, "a VTK cell names point %g", v);
    const uint32_t now = (uint32_t)v;
    bool ok = true;
    if (c->corner >= 2 && c->strip)
        ok = (long)c->corner % 2 == 0
                 ? nw_builder_triangle(&r->b, c->before, c->last, now, err)
                 : nw_builder_triangle(&r->b, c->last, c->before, now, err);
    else if (c->corner >= 2)
        ok = nw_builder_triangle(&r->b, c->first, c->last, now, err);
    c->first = c->corner < 1 ? now : c->first;
    c->before = c->last;
    c->last = now;
    c->corner++;
    return ok;
}

static bool read_cells_old(struct reader *r, double cells, double size, bool strip,
                           struct nw_err *err)
{
    if (!begin_array(r, I32, size, err))
        return false;
    for (double n = 0; n < cells; n++) {
        struct cell c = {.strip = strip};
        double corners, v;
        if (!next_value(r, I32, &corners, err))
            return false;
        if (!(corners >= 0 && corners <= (strip ? size : CORNERS_MAX)))
            return nw_fail(err, NW_ERR_DATA, "a VTK cell has %g corners", corners);
        for (double k = 0; k < corners; k++)
            if (!next_value(r, I32, &v, err) || !add_corner(r, &c, v, err))
                return false;
    }
    return true;
}

/* Version 5: one more offset than cells, then the corners of all. */
static bool read_cells_new(struct reader *r, double offsets, double corners, bool strip,
                           struct nw_err *err)
{
    char word[WORD_MAX], type_name[WORD_MAX];
    (void)next_word(r, word); /* OFFSETS */
    (void)next_word(r, type_name);
    enum vtk_type type = type_of(type_name);
    if (!begin_array(r, type, offsets, err))
        return false;
    NW_AUTOFREE double *offset = NW_ALLOC(double, (size_t)offsets + 1, err);
    if (!offset)
        return false;
    for (size_t n = 0; n < (size_t)offsets; n++)
        if (!next_value(r, type, &offset[n], err))
            return false;
    (void)next_word(r, word); /* CONNECTIVITY */
    (void)next_word(r, type_name);
    type = type_of(type_name);
    if (!begin_array(r, type, corners, err))
        return false;
    struct cell c = {.strip = strip};
    size_t at = 1;
    for (double k = 0; k < corners; k++) {
        double v;
        while (at < (size_t)offsets && k >= offset[at]) {
            c = (struct cell){.strip = strip};
            at++;
        }
        if (!next_value(r, type, &v, err) || !add_corner(r, &c, v, err))
            return false;
    }
    return true;
}

static bool read_cells(struct reader *r, const char *keyword, struct nw_err *err)
{
    double cells, size;
    const bool keep =
        strcmp(keyword, "POLYGONS") == 0 || strcmp(keyword, "TRIANGLE_STRIPS") == 0;
    if (!next_count(r, &cells, err) || !next_count(r, &size, err))
        return false;
    const size_t before = r->b.mesh.tri_count;
    const bool strip = strcmp(keyword, "TRIANGLE_STRIPS") == 0;
    const bool ok = r->version >= 5 ? read_cells_new(r, cells, size, strip, err)
                                    : read_cells_old(r, cells, size, strip, err);
    if (!keep)
        r->b.mesh.tri_count = before; /* vertices and lines are no surface */
    return ok;
}

/* ---- data of points ---- */

static bool read_values(struct reader *r, const char *name, enum vtk_type type,
                        double components, double tuples, struct nw_err *err)
{
    struct nw_mesh *m = &r->b.mesh;
    const size_t n = m->vert_count;
    const double one = 1, four = 4, all = (double)n;
    const bool fits = r->in_points && tuples == all;
    const bool sigma =
        fits && strcmp(name, "uncertainty_mm") == 0 && components == one && !m->uncertainty_mm;
    const bool kind = fits && strcmp(name, "class") == 0 && components == one && !m->vert_class;
    const bool rgba = fits && strcmp(name, "rgba") == 0 && components == four && !m->vert_rgba;
    if (!sigma && !kind && !rgba)
        return skip_values(r, type, components * tuples, err);
    if (!begin_array(r, type, components * tuples, err))
        return false;
    if (sigma)
        m->uncertainty_mm = NW_ALLOC(float, n, err);
    else if (kind)
        m->vert_class = NW_ALLOC(uint8_t, n, err);
    else
        m->vert_rgba = nw_alloc(n, 4, err);
    for (size_t i = 0; err->code == NW_OK && i < n * (size_t)components; i++) {
        double v;
        if (!next_value(r, type, &v, err))
            return false;
        if (sigma)
            m->uncertainty_mm[i] = (float)v;
        else if (kind)
            m->vert_class[i] =
                v >= 0 && v < NW_CLASS_COUNT ? (uint8_t)v : (uint8_t)NW_CLASS_INFERRED;
        else
            m->vert_rgba[i / 4][i % 4] = v > 0 ? (v < 255 ? (uint8_t)v : 255) : 0;
    }
    return err->code == NW_OK;
}

/* Our lines about parts, as bytes: VTK's own binary strings are of its making only. */
static bool read_parts(struct reader *r, double bytes, struct nw_err *err)
{
    char line[4096];
    if (!begin_array(r, U8, bytes, err))
        return false;
    const uint8_t *file_end = r->end;
    if (r->ascii || bytes > (double)(r->end - r->p))
        return r->ascii ? skip_values(r, U8, bytes, err) : too_short(err);
    r->end = r->p + (size_t)bytes;
    bool ok = true;
    while (ok && r->p < r->end) {
        next_line(r, line, sizeof line);
        ok = nw_part_lines_add(&r->parts, line, &r->arena, err);
    }
    r->end = file_end;
    return ok;
}

/* Text is of no use here, and each string stands on a line of its own. */
static void skip_strings(struct reader *r, double count)
{
    char line[64];
    next_line(r, line, sizeof line); /* the rest of the array's own line */
    for (double n = 0; n < count && r->p < r->end; n++)
        next_line(r, line, sizeof line);
}

static bool read_field(struct reader *r, struct nw_err *err)
{
    char name[WORD_MAX], type_name[WORD_MAX];
    double arrays, components, tuples;
    (void)next_word(r, name); /* FieldData */
    if (!next_count(r, &arrays, err))
        return false;
    for (double n = 0; n < arrays; n++) {
        if (!next_word(r, name))
            return too_short(err);
        if (strcmp(name, "METADATA") == 0) { /* up to an empty line */
            char line[256] = "x";
            next_line(r, line, sizeof line);
            while (r->p < r->end && line[0] != '\0')
                next_line(r, line, sizeof line);
            n--;
            continue;
        }
        if (!next_count(r, &components, err) || !next_count(r, &tuples, err))
            return false;
        (void)next_word(r, type_name);
        const enum vtk_type type = type_of(type_name);
        bool ok = true;
        if (strcmp(type_name, "string") == 0)
            skip_strings(r, components * tuples);
        else if (strcmp(name, "nuwa_parts") == 0 && type == U8)
            ok = read_parts(r, components * tuples, err);
        else
            ok = read_values(r, name, type, components, tuples, err);
        if (!ok)
            return false;
    }
    return true;
}

static bool read_scalars(struct reader *r, double tuples, struct nw_err *err)
{
    char name[WORD_MAX], line[256], type_name[WORD_MAX] = "";
    double components = 1;
    (void)next_word(r, name);
    next_line(r, line, sizeof line);
    int at = 0;
    if (sscanf(line, " %127s %n", type_name, &at) == 1 && at > 0) /* a word, no number */
        (void)nw_number_parse(line + at, &components);
    const uint8_t *before = r->p;
    char word[WORD_MAX];
    if (next_word(r, word) && strcmp(word, "LOOKUP_TABLE") == 0)
        (void)next_word(r, word);
    else
        r->p = before - 1; /* the line end again */
    if (!(components >= 1 && components <= 16))
        return nw_fail(err, NW_ERR_DATA, "VTK scalars have %g components", components);
    return read_values(r, name, type_of(type_name), components, tuples, err);
}

/* Normals, vectors, texture coordinates: over them. */
static bool skip_attribute(struct reader *r, const char *keyword, double tuples,
                           struct nw_err *err)
{
    char name[WORD_MAX], word[WORD_MAX];
    double components = 3;
    (void)next_word(r, name);
    if (strcmp(keyword, "TEXTURE_COORDINATES") == 0 && !next_count(r, &components, err))
        return false;
    if (strcmp(keyword, "TENSORS") == 0)
        components = 9;
    (void)next_word(r, word);
    return skip_values(r, type_of(word), components * tuples, err);
}

static bool read_section(struct reader *r, const char *keyword, double *tuples,
                         struct nw_err *err)
{
    if (strcmp(keyword, "POINTS") == 0)
        return read_points(r, err);
    if (strcmp(keyword, "POLYGONS") == 0 || strcmp(keyword, "TRIANGLE_STRIPS") == 0 ||
        strcmp(keyword, "VERTICES") == 0 || strcmp(keyword, "LINES") == 0)
        return read_cells(r, keyword, err);
    if (strcmp(keyword, "POINT_DATA") == 0 || strcmp(keyword, "CELL_DATA") == 0) {
        r->in_points = keyword[0] == 'P';
        return next_count(r, tuples, err);
    }
    if (strcmp(keyword, "FIELD") == 0)
        return read_field(r, err);
    if (strcmp(keyword, "SCALARS") == 0)
        return read_scalars(r, *tuples, err);
    if (strcmp(keyword, "NORMALS") == 0 || strcmp(keyword, "VECTORS") == 0 ||
        strcmp(keyword, "TENSORS") == 0 || strcmp(keyword, "TEXTURE_COORDINATES") == 0)
        return skip_attribute(r, keyword, *tuples, err);
    if (strcmp(keyword, "METADATA") == 0) {
        char line[256] = "x";
        next_line(r, line, sizeof line);
        while (r->p < r->end && line[0] != '\0')
            next_line(r, line, sizeof line);
        return true;
    }
    return nw_fail(err, NW_ERR_UNSUPPORTED,
                   "the VTK file has a section '%.30s' that is not read", keyword);
}

static bool parse_header(struct reader *r, struct nw_err *err)
{
    char line[512], word[WORD_MAX];
    next_line(r, line, sizeof line);
    const char *version = strstr(line, "Version ");
    if (!version || !nw_number_parse(version + 8, &r->version))
        return nw_fail(err, NW_ERR_DATA, "the VTK file does not say its version");
    next_line(r, line, sizeof line);
    r->from->is_ras = strstr(line, "SPACE=RAS") != NULL;
    r->from->is_lps = strstr(line, "SPACE=LPS") != NULL;
    (void)next_word(r, word);
    if (strcmp(word, "ASCII") != 0 && strcmp(word, "BINARY") != 0)
        return nw_fail(err, NW_ERR_DATA, "the VTK file is neither ASCII nor BINARY");
    r->ascii = word[0] == 'A';
    if (!next_word(r, word) || strcmp(word, "DATASET") != 0 || !next_word(r, word))
        return nw_fail(err, NW_ERR_DATA, "the VTK file names no dataset");
    if (strcmp(word, "POLYDATA") != 0)
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "the VTK file holds %.30s; only POLYDATA is a surface", word);
    return true;
}

static bool vtk_parse(struct nw_model_source *from, struct nw_model *out, struct nw_err *err)
{
    struct reader r = {.from = from, .p = from->data, .end = from->data + from->len};
    char keyword[WORD_MAX];
    struct nw_mesh mesh = {0};
    double tuples = 0;
    bool ok = parse_header(&r, err);
    while (ok && next_word(&r, keyword))
        ok = read_section(&r, keyword, &tuples, err);
    ok = ok && nw_builder_take(&r.b, &mesh, err) &&
         nw_model_add_cut(out, &mesh, &r.parts, "part", err);
    nw_mesh_release(&r.b.mesh);
    nw_free(r.parts.line);
    nw_arena_release(&r.arena);
    return ok;
}

/* ---- writing ---- */

enum column { POINTS, CELLS, SIGMA, KIND, RGBA };

struct job {
    const struct nw_part *part;
    enum column column;
    uint32_t first;
};

static uint8_t *put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
    return p + 4;
}

static uint8_t *put_float(uint8_t *p, float f)
{
    uint32_t bits;
    memcpy(&bits, &f, 4);
    return put32(p, bits);
}

static uint8_t *put_row(uint8_t *p, const struct job *job, size_t i)
{
    const struct nw_mesh *m = &job->part->mesh;
    switch (job->column) {
    case POINTS:
        p = put_float(p, (float)m->pos_mm[i].x);
        p = put_float(p, (float)m->pos_mm[i].y);
        return put_float(p, (float)m->pos_mm[i].z);
    case CELLS:
        p = put32(p, 3);
        for (int k = 0; k < 3; k++)
            p = put32(p, m->tri[i][k] + job->first);
        return p;
    case SIGMA:
        return put_float(p, m->uncertainty_mm ? m->uncertainty_mm[i] : 0);
    case KIND:
        *p = m->vert_class ? m->vert_class[i] : 0;
        return p + 1;
    case RGBA:
        memcpy(p, nw_vertex_rgba(job->part, i), 4);
        return p + 4;
    }
    NW_UNREACHABLE();
}

static bool fill_rows(const void *ctx, size_t begin, size_t end, struct nw_text *text,
                      struct nw_err *err)
{
    NW_AUTOFREE uint8_t *rows = NW_ALLOC_UNSET(uint8_t, (end - begin) * 16, err);
    if (!rows)
        return false;
    uint8_t *p = rows;
    for (size_t i = begin; i < end; i++)
        p = put_row(p, ctx, i);
    return nw_text_addn(text, (const char *)rows, (size_t)(p - rows), err);
}

static bool add_column(struct nw_out *out, const struct nw_model *model, enum column column,
                       struct nw_err *err)
{
    struct job job = {.column = column};
    for (size_t p = 0; p < model->part_count; p++) {
        job.part = &model->part[p];
        const struct nw_mesh *m = &job.part->mesh;
        if (!nw_out_add_lines(out, column == CELLS ? m->tri_count : m->vert_count, fill_rows,
                              &job, err))
            return false;
        job.first += (uint32_t)m->vert_count;
    }
    return nw_out_add(out, "\n", 1, err);
}

static bool add_part_lines(struct nw_text *t, const struct nw_model *model, struct nw_err *err)
{
    struct nw_text lines;
    nw_text_init(&lines, 1 << 24);
    bool ok = true;
    for (size_t p = 0; ok && p < model->part_count; p++)
        ok =
            nw_part_line_format(&lines, &model->part[p], err) && nw_text_add(&lines, "\n", err);
    ok = ok &&
         nw_text_addf(t, err, "FIELD FieldData 1\nnuwa_parts 1 %zu unsigned_char\n",
                      lines.len) &&
         nw_text_addn(t, lines.data, lines.len, err) && nw_text_add(t, "\n", err);
    nw_text_release(&lines);
    return ok;
}

static bool add_text(struct nw_out *out, struct nw_text *t, bool ok, struct nw_err *err)
{
    ok = ok && nw_out_add(out, t->data, t->len, err);
    t->len = 0;
    return ok;
}

static bool write_sections(struct nw_out *out, struct nw_text *t, const struct nw_model *model,
                           struct nw_err *err)
{
    size_t verts = 0, tris = 0;
    bool sigma = false, kind = false;
    for (size_t p = 0; p < model->part_count; p++) {
        const struct nw_mesh *m = &model->part[p].mesh;
        verts += m->vert_count;
        tris += m->tri_count;
        sigma = sigma || m->uncertainty_mm;
        kind = kind || m->vert_class;
    }
    if (verts > INT32_MAX || tris > INT32_MAX)
        return nw_fail(err, NW_ERR_LIMIT, "a legacy VTK file holds at most 2147483647 points");
    bool ok = nw_text_add(t,
                          "# vtk DataFile Version 3.0\nnuwa SPACE=LPS unit millimetre\nBINARY\n"
                          "DATASET POLYDATA\n",
                          err) &&
              add_part_lines(t, model, err) &&
              nw_text_addf(t, err, "POINTS %zu float\n", verts);
    ok = add_text(out, t, ok, err) && add_column(out, model, POINTS, err) &&
         nw_text_addf(t, err, "POLYGONS %zu %zu\n", tris, 4 * tris);
    ok = add_text(out, t, ok, err) && add_column(out, model, CELLS, err) &&
         nw_text_addf(t, err, "POINT_DATA %zu\nFIELD FieldData %d\nrgba 4 %zu unsigned_char\n",
                      verts, 1 + sigma + kind, verts);
    ok = add_text(out, t, ok, err) && add_column(out, model, RGBA, err);
    if (ok && sigma)
        ok = add_text(out, t, nw_text_addf(t, err, "uncertainty_mm 1 %zu float\n", verts),
                      err) &&
             add_column(out, model, SIGMA, err);
    if (ok && kind)
        ok =
            add_text(out, t, nw_text_addf(t, err, "class 1 %zu unsigned_char\n", verts), err) &&
            add_column(out, model, KIND, err);
    return ok;
}

static bool vtk_write(struct nw_out *out, const struct nw_model *model,
                      const struct nw_model_write_opts *opts, struct nw_err *err)
{
    struct nw_text t;
    (void)opts;
    nw_text_init(&t, 1 << 26);
    const bool ok = write_sections(out, &t, model, err);
    nw_text_release(&t);
    return ok;
}

const struct nw_model_format nw_format_vtk = {
    .ending = "vtk",
    .is = vtk_is,
    .parse = vtk_parse,
    .write = vtk_write,
    .keeps = {.colours = true, .vert_rgba = true, .uncertainty = true, .vert_class = true},
};
