/* io/obj.c -- Wavefront OBJ with its materials beside it (.mtl): objects, faces of any number
 * of corners, colours of materials and of vertices. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "io/model_priv.h"

enum { CORNERS_MAX = 1 << 16, MTL_MOST = 1 << 26 };

struct material {
    const char *name;
    uint8_t rgba[4];
};

struct piece {
    const char *name, *material;
    size_t first_vert, first_tri;
};

struct reader {
    struct nw_model_source *from;
    struct nw_model *out;
    const char *p, *end;
    size_t line;
    struct nw_mesh_builder b;
    uint8_t (*rgba)[4]; /* of vertices; alpha 0: none was given */
    size_t rgba_room;
    struct piece *piece;
    size_t piece_count, piece_room;
    struct material *material;
    size_t material_count, material_room;
    char *mtllib;
};

/* ---- lines ---- */

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p;
}

static const char *line_end(const char *p, const char *end)
{
    const char *nl = memchr(p, '\n', (size_t)(end - p));
    return nl ? nl : end;
}

/* Does the line begin with the keyword? Then *rest is what is behind it. */
static bool after(const char *p, const char *end, const char *keyword, const char **rest)
{
    const size_t n = strlen(keyword);
    if ((size_t)(end - p) <= n || memcmp(p, keyword, n) != 0 || (p[n] != ' ' && p[n] != '\t'))
        return false;
    *rest = skip_blanks(p + n, end);
    return true;
}

static bool bad_line(const struct reader *r, const char *what, struct nw_err *err)
{
    return nw_fail(err, NW_ERR_DATA, "line %zu of the OBJ %s", r->line, what);
}

static char *rest_of_line(struct reader *r, const char *p, const char *end, struct nw_err *err)
{
    while (end > p && (unsigned char)end[-1] <= ' ')
        end--;
    return nw_arena_textn(&r->out->arena, p, (size_t)(end - p), err);
}

static uint8_t colour_of(double v)
{
    return (uint8_t)rint(fmin(fmax(v, 0), 1) * 255);
}

/* ---- geometry ---- */

static bool parse_vertex(struct reader *r, const char *p, const char *end, struct nw_err *err)
{
    double v[7];
    int count = 0;
    while (count < 7) {
        p = skip_blanks(p, end);
        const char *next = p < end ? nw_number_parse(p, &v[count]) : NULL;
        if (!next || next > end)
            break;
        p = next;
        count++;
    }
    if (count < 3)
        return bad_line(r, "has a vertex without three numbers", err);
    const size_t at = r->b.mesh.vert_count;
    if (!nw_builder_vertex(&r->b, nw_v3(v[0], v[1], v[2]), err) ||
        !nw_grow(&r->rgba, &r->rgba_room, at + 1, 4, err))
        return false;
    memset(r->rgba[at], 0, 4);
    if (count >= 6) {
        for (int c = 0; c < 3; c++)
            r->rgba[at][c] = colour_of(v[3 + c]);
        r->rgba[at][3] = 255;
    }
    return true;
}

/* "7", "7/1", "7//3", "-1": the vertex, from 0; UINT32_MAX when it is none. */
static uint32_t parse_corner(const struct reader *r, const char **p, const char *end)
{
    double n;
    const char *next = nw_number_parse(*p, &n);
    if (!next || next > end)
        return UINT32_MAX;
    while (next < end && (unsigned char)*next > ' ')
        next++;
    *p = next;
    const double count = (double)r->b.mesh.vert_count;
    const double v = n < 0 ? count + n : n - 1;
    return v >= 0 && v < UINT32_MAX && n == rint(n) ? (uint32_t)v : UINT32_MAX;
}

static bool parse_face(struct reader *r, const char *p, const char *end, struct nw_err *err)
{
    uint32_t first = 0, last = 0;
    for (int k = 0; k < CORNERS_MAX; k++) {
        p = skip_blanks(p, end);
        if (p == end || *p == '\r' || *p == '#')
            return k >= 3 || k == 0 ||
                   bad_line(r, "has a face of fewer than three corners", err);
        const uint32_t v = parse_corner(r, &p, end);
        if (v == UINT32_MAX)
            return bad_line(r, "has a face corner that names no vertex", err);
        if (k >= 2 && !nw_builder_triangle(&r->b, first, last, v, err))
            return false;
        first = k == 0 ? v : first;
        last = v;
    }
    return bad_line(r, "has a face of over 65536 corners", err);
}

static bool begin_piece(struct reader *r, const char *name, struct nw_err *err)
{
    const struct piece p = {name, NULL, r->b.mesh.vert_count, r->b.mesh.tri_count};
    if (!nw_grow(&r->piece, &r->piece_room, r->piece_count + 1, sizeof p, err))
        return false;
    r->piece[r->piece_count++] = p;
    return true;
}

static bool parse_line(struct reader *r, const char *p, const char *end, struct nw_err *err)
{
    const char *rest;
    if (after(p, end, "v", &rest))
        return parse_vertex(r, rest, end, err);
    if (after(p, end, "f", &rest))
        return parse_face(r, rest, end, err);
    if (after(p, end, "o", &rest)) {
        char *name = rest_of_line(r, rest, end, err);
        return name && begin_piece(r, name, err);
    }
    if (after(p, end, "usemtl", &rest)) {
        struct piece *piece = &r->piece[r->piece_count - 1];
        if (!piece->material)
            piece->material = rest_of_line(r, rest, end, err);
        return piece->material != NULL;
    }
    if (after(p, end, "mtllib", &rest)) {
        r->mtllib = rest_of_line(r, rest, end, err);
        return r->mtllib != NULL;
    }
    if (*p == '#') {
        const size_t n = (size_t)(end - p);
        r->from->is_ras = r->from->is_ras || memmem(p, n, "SPACE=RAS", 9);
        r->from->is_lps = r->from->is_lps || memmem(p, n, "SPACE=LPS", 9);
    }
    return true;
}

static bool parse_lines(struct reader *r, struct nw_err *err)
{
    if (!begin_piece(r, "part", err))
        return false;
    while (r->p < r->end) {
        const char *end = line_end(r->p, r->end);
        const char *p = skip_blanks(r->p, end);
        r->line++;
        if (p < end && !parse_line(r, p, end, err))
            return false;
        r->p = end < r->end ? end + 1 : end;
    }
    return nw_mesh_indices_check(&r->b.mesh, err);
}

/* ---- materials ---- */

static bool parse_mtl(struct reader *r, const char *p, const char *end, struct nw_err *err)
{
    for (; p < end; p = line_end(p, end) + 1) {
        const char *stop = line_end(p, end), *line = skip_blanks(p, stop), *rest;
        struct material *m = r->material_count ? &r->material[r->material_count - 1] : NULL;
        double v[3];
        if (after(line, stop, "newmtl", &rest)) {
            struct material fresh = {.name = rest_of_line(r, rest, stop, err)};
            memcpy(fresh.rgba, nw_plain_rgba, 4);
            if (!fresh.name || !nw_grow(&r->material, &r->material_room, r->material_count + 1,
                                        sizeof fresh, err))
                return false;
            r->material[r->material_count++] = fresh;
        } else if (m && after(line, stop, "Kd", &rest)) {
            for (int c = 0; rest && c < 3; c++) {
                rest = nw_number_parse(skip_blanks(rest, stop), &v[c]);
                if (rest)
                    m->rgba[c] = colour_of(v[c]);
            }
        } else if (m && after(line, stop, "d", &rest) && nw_number_parse(rest, v)) {
            m->rgba[3] = colour_of(v[0]);
        }
        if (stop == end)
            break;
    }
    return true;
}

/* The materials beside the model; without them colours are plain, which is no error. */
static bool read_mtl(struct reader *r, struct nw_err *err)
{
    char path[4096];
    struct nw_err quiet = {0};
    size_t len;
    const char *base = r->from->path;
    const char *name = r->mtllib;
    if (!base || !name || name[0] == '/' || strstr(name, ".."))
        return true;
    const char *slash = strrchr(base, '/');
    const int folder = slash ? (int)(slash - base) + 1 : 0;
    const int n = r->from->beside_path
                      ? snprintf(path, sizeof path, "%s", r->from->beside_path)
                      : snprintf(path, sizeof path, "%.*s%s", folder, base, name);
    if (n >= (int)sizeof path)
        return true;
    NW_AUTOFREE uint8_t *data = nw_file_read(path, MTL_MOST, &len, &quiet);
    if (!data && quiet.code == NW_ERR_MEMORY) {
        *err = quiet;
        return false;
    }
    return !data || parse_mtl(r, (const char *)data, (const char *)data + len, err);
}

/* ---- pieces to parts ---- */

static const uint8_t *colour_of_piece(const struct reader *r, const struct piece *p)
{
    for (size_t m = 0; p->material && m < r->material_count; m++)
        if (strcmp(r->material[m].name, p->material) == 0)
            return r->material[m].rgba;
    return nw_plain_rgba;
}

static bool copy_colours(const struct reader *r, const uint32_t *from, struct nw_mesh *m,
                         struct nw_err *err)
{
    for (size_t v = 0; v < m->vert_count; v++)
        if (r->rgba[from[v]][3] == 0)
            return true;
    m->vert_rgba = nw_alloc_unset(m->vert_count, 4, err);
    for (size_t v = 0; m->vert_rgba && v < m->vert_count; v++)
        memcpy(m->vert_rgba[v], r->rgba[from[v]], 4);
    return m->vert_rgba != NULL;
}

/* The vertices a piece uses, in the file's order: all that were declared in it when its faces
 * use no others. `to` is scratch of vert_count, zeroed before and after. */
static bool add_piece(struct reader *r, size_t n, uint32_t *to, struct nw_err *err)
{
    const struct nw_mesh *all = &r->b.mesh;
    const struct piece *p = &r->piece[n];
    const bool last = n + 1 == r->piece_count;
    const size_t tri_end = last ? all->tri_count : p[1].first_tri;
    const size_t vert_end = last ? all->vert_count : p[1].first_vert;
    const size_t tris = tri_end - p->first_tri;
    size_t low = p->first_vert, high = vert_end, used = 0;
    bool own = true;
    if (tris == 0)
        return true;
    for (size_t t = p->first_tri; t < tri_end; t++)
        for (int k = 0; k < 3; k++) {
            const uint32_t v = all->tri[t][k];
            own = own && v >= p->first_vert && v < vert_end;
            low = v < low ? v : low;
            high = v >= high ? v + 1 : high;
            to[v] = 1;
        }
    for (size_t v = low; v < high; v++)
        used += own || to[v];
    struct nw_mesh m = {0};
    NW_AUTOFREE uint32_t *from = NW_ALLOC_UNSET(uint32_t, used, err);
    if (!from || !nw_mesh_init(&m, used, tris, err))
        return false;
    uint32_t kept = 0;
    for (size_t v = low; v < high; v++)
        if (own || to[v]) {
            from[kept] = (uint32_t)v;
            m.pos_mm[kept] = all->pos_mm[v];
            to[v] = kept++;
        }
    for (size_t t = 0; t < tris; t++)
        for (int k = 0; k < 3; k++)
            m.tri[t][k] = to[all->tri[p->first_tri + t][k]];
    memset(to + low, 0, (high - low) * sizeof *to);
    if (!copy_colours(r, from, &m, err)) {
        nw_mesh_release(&m);
        return false;
    }
    return nw_model_add_unique(r->out, p->name, strlen(p->name), colour_of_piece(r, p), &m,
                               err);
}

static bool add_pieces(struct reader *r, struct nw_err *err)
{
    NW_AUTOFREE uint32_t *to = NW_ALLOC(uint32_t, r->b.mesh.vert_count, err);
    for (size_t n = 0; to && n < r->piece_count; n++)
        if (!add_piece(r, n, to, err))
            return false;
    return to != NULL;
}

static bool obj_parse(struct nw_model_source *from, struct nw_model *out, struct nw_err *err)
{
    const char *text = (const char *)from->data;
    struct reader r = {.from = from, .out = out, .p = text, .end = text + from->len};
    const bool ok = parse_lines(&r, err) && read_mtl(&r, err) && add_pieces(&r, err);
    nw_mesh_release(&r.b.mesh);
    nw_free(r.rgba);
    nw_free(r.piece);
    nw_free(r.material);
    return ok;
}

/* ---- writing ---- */

struct job {
    const struct nw_part *part;
    size_t first; /* vertices before this part's */
};

static char *put_coordinate(char *p, double v)
{
    *p++ = ' ';
    return p + nw_number_format_float(p, (float)v);
}

static bool fill_vertices(const void *ctx, size_t begin, size_t end, struct nw_text *text,
                          struct nw_err *err)
{
    const struct nw_mesh *m = &((const struct job *)ctx)->part->mesh;
    for (size_t v = begin; v < end; v++) {
        char line[7 * NW_NUMBER_MAX], *p = line;
        *p++ = 'v';
        p = put_coordinate(p, m->pos_mm[v].x);
        p = put_coordinate(p, m->pos_mm[v].y);
        p = put_coordinate(p, m->pos_mm[v].z);
        for (int c = 0; m->vert_rgba && c < 3; c++)
            p = put_coordinate(p, (double)((float)m->vert_rgba[v][c] / 255));
        *p++ = '\n';
        if (!nw_text_addn(text, line, (size_t)(p - line), err))
            return false;
    }
    return true;
}

static char *put_index(char *p, uint64_t n)
{
    char digit[24];
    int count = 0;
    *p++ = ' ';
    do
        digit[count++] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    while (count > 0)
        *p++ = digit[--count];
    return p;
}

static bool fill_faces(const void *ctx, size_t begin, size_t end, struct nw_text *text,
                       struct nw_err *err)
{
    const struct job *job = ctx;
    const struct nw_mesh *m = &job->part->mesh;
    for (size_t t = begin; t < end; t++) {
        char line[96], *p = line;
        *p++ = 'f';
        for (int k = 0; k < 3; k++)
            p = put_index(p, (uint64_t)m->tri[t][k] + job->first + 1);
        *p++ = '\n';
        if (!nw_text_addn(text, line, (size_t)(p - line), err))
            return false;
    }
    return true;
}

static bool addf(struct nw_out *out, struct nw_err *err, const char *fmt, ...) NW_PRINTF(3, 4);
static bool addf(struct nw_out *out, struct nw_err *err, const char *fmt, ...)
{
    char line[4096];
    va_list args;
    va_start(args, fmt);
    const int len = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    if (len < 0 || len >= (int)sizeof line)
        return nw_fail(err, NW_ERR_LIMIT, "a name is too long for an OBJ");
    return nw_out_add(out, line, (size_t)len, err);
}

static bool obj_write(struct nw_out *out, const char *beside_name, const struct nw_model *model,
                      struct nw_err *err)
{
    struct job job = {.first = 0};
    if (!addf(out, err, "# nuwa, SPACE=LPS, unit millimetre\nmtllib %s\n", beside_name))
        return false;
    for (size_t p = 0; p < model->part_count; p++) {
        job.part = &model->part[p];
        const struct nw_mesh *m = &job.part->mesh;
        if (!addf(out, err, "o %s\nusemtl part%zu\n", job.part->name, p + 1) ||
            !nw_out_add_lines(out, m->vert_count, fill_vertices, &job, err) ||
            !nw_out_add_lines(out, m->tri_count, fill_faces, &job, err))
            return false;
        job.first += m->vert_count;
    }
    return true;
}

static bool mtl_write(struct nw_out *out, const struct nw_model *model, struct nw_err *err)
{
    if (!addf(out, err, "# nuwa\n"))
        return false;
    for (size_t p = 0; p < model->part_count; p++) {
        char text[4 * NW_NUMBER_MAX], *end = text;
        for (int c = 0; c < 3; c++)
            end = put_coordinate(end, (double)((float)model->part[p].rgba[c] / 255));
        *end = '\0';
        char alpha[NW_NUMBER_MAX];
        (void)nw_number_format_float(alpha, (float)model->part[p].rgba[3] / 255);
        if (!addf(out, err, "newmtl part%zu\nKa 0 0 0\nKd%s\nKs 0.1 0.1 0.1\nd %s\nillum 2\n",
                  p + 1, text, alpha))
            return false;
    }
    return true;
}

const struct nw_model_format nw_format_obj = {
    .ending = "obj",
    .parse = obj_parse,
    .write_pair = obj_write,
    .beside_ending = "mtl",
    .write_beside = mtl_write,
    .keeps = {.colours = true, .vert_rgba = true, .no_vertex_alpha = true},
};
