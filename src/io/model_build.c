/* io/model_build.c -- see model_priv.h: building, welding, cutting into parts, comparing. */
#include <string.h>

#include "core/parallel.h"
#include "io/model_priv.h"

const uint8_t nw_plain_rgba[4] = {200, 200, 200, 255};

bool nw_builder_vertex(struct nw_mesh_builder *b, nw_vec3 p, struct nw_err *err)
{
    struct nw_mesh *m = &b->mesh;
    if (m->vert_count >= UINT32_MAX - 1)
        return nw_fail(err, NW_ERR_LIMIT, "the file has more than 2^32 - 2 vertices");
    if (!nw_grow(&m->pos_mm, &b->vert_room, m->vert_count + 1, sizeof *m->pos_mm, err))
        return false;
    m->pos_mm[m->vert_count++] = p;
    return true;
}

bool nw_builder_triangle(struct nw_mesh_builder *b, uint32_t v0, uint32_t v1, uint32_t v2,
                         struct nw_err *err)
{
    struct nw_mesh *m = &b->mesh;
    if (!nw_grow(&m->tri, &b->tri_room, m->tri_count + 1, sizeof *m->tri, err))
        return false;
    uint32_t *t = m->tri[m->tri_count++];
    t[0] = v0;
    t[1] = v1;
    t[2] = v2;
    return true;
}

bool nw_mesh_indices_check(const struct nw_mesh *mesh, struct nw_err *err)
{
    for (size_t t = 0; t < mesh->tri_count; t++)
        for (int k = 0; k < 3; k++)
            if (mesh->tri[t][k] >= mesh->vert_count)
                return nw_fail(err, NW_ERR_DATA,
                               "triangle %zu names vertex %zu of %zu (counting from 1)", t + 1,
                               (size_t)mesh->tri[t][k] + 1, mesh->vert_count);
    return true;
}

bool nw_builder_take(struct nw_mesh_builder *b, struct nw_mesh *out, struct nw_err *err)
{
    if (!nw_mesh_indices_check(&b->mesh, err))
        return false;
    *out = b->mesh;
    *b = (struct nw_mesh_builder){.vert_room = 0};
    return true;
}

/* ---- welding ---- */

static uint64_t hash_position(const nw_vec3 *p)
{
    uint64_t bits[3], h = 0;
    memcpy(bits, p, sizeof bits);
    for (int a = 0; a < 3; a++) {
        h = (h ^ bits[a]) * 0x9E3779B97F4A7C15u;
        h ^= h >> 29;
    }
    return h;
}

static nw_vec3 without_minus_zero(nw_vec3 p)
{
    return nw_v3(p.x + 0.0, p.y + 0.0, p.z + 0.0); /* -0 + 0 is 0 */
}

bool nw_mesh_weld_inplace(struct nw_mesh *mesh, struct nw_err *err)
{
    size_t room = 64;
    while (room < mesh->vert_count * 2)
        room *= 2;
    NW_AUTOFREE uint32_t *slot = NW_ALLOC(uint32_t, room, err); /* vertex + 1, 0: free */
    NW_AUTOFREE uint32_t *to = slot ? NW_ALLOC_UNSET(uint32_t, mesh->vert_count, err) : NULL;
    if (!to)
        return false;
    uint32_t kept = 0;
    for (size_t v = 0; v < mesh->vert_count; v++) {
        const nw_vec3 p = without_minus_zero(mesh->pos_mm[v]);
        size_t s = (size_t)hash_position(&p) & (room - 1);
        while (slot[s] && memcmp(&mesh->pos_mm[slot[s] - 1], &p, sizeof p) != 0)
            s = (s + 1) & (room - 1);
        if (!slot[s]) {
            mesh->pos_mm[kept++] = p;
            slot[s] = kept;
        }
        to[v] = slot[s] - 1;
    }
    for (size_t t = 0; t < mesh->tri_count; t++)
        for (int k = 0; k < 3; k++)
            mesh->tri[t][k] = to[mesh->tri[t][k]];
    mesh->vert_count = kept;
    return kept == 0 || nw_resize(&mesh->pos_mm, kept, sizeof *mesh->pos_mm, err);
}

/* ---- parts ---- */

static bool name_is_taken(const struct nw_model *model, const char *name)
{
    for (size_t p = 0; p < model->part_count; p++)
        if (strcmp(model->part[p].name, name) == 0)
            return true;
    return false;
}

enum { NAME_MOST = 1000 };

/* UTF-8 without control characters, at most NAME_MOST bytes. */
static char *clean_name(struct nw_model *model, const char *name, size_t len,
                        struct nw_err *err)
{
    while (len > 0 && (unsigned char)name[len - 1] <= ' ')
        len--;
    while (len > 0 && (unsigned char)name[0] <= ' ') {
        name++;
        len--;
    }
    len = len < NAME_MOST ? len : NAME_MOST;
    const bool utf8 = nw_text_is_utf8(name, len);
    char *copy = len ? nw_arena_textn(&model->arena, name, len, err)
                     : nw_arena_text(&model->arena, "part", err);
    for (char *c = copy; c && *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127 || (!utf8 && (unsigned char)*c > 126))
            *c = '_';
    return copy;
}

bool nw_model_add_unique(struct nw_model *model, const char *name, size_t name_len,
                         const uint8_t rgba[4], struct nw_mesh *mesh, struct nw_err *err)
{
    char *base = clean_name(model, name, name_len, err);
    char *full = base;
    for (size_t n = 2; full && name_is_taken(model, full); n++)
        full = nw_arena_printf(&model->arena, err, "%s (%zu)", base, n);
    if (!full) {
        nw_mesh_release(mesh);
        return false;
    }
    return nw_model_add(model, full, rgba, mesh, err);
}

bool nw_part_line_format(struct nw_text *text, const struct nw_part *part, struct nw_err *err)
{
    char tol[NW_NUMBER_MAX];
    (void)nw_number_format(tol, part->mesh.tol_mm);
    const size_t before = text->len;
    if (!nw_text_addf(text, err,
                      "part vertices %zu triangles %zu rgba %d %d %d %d tol_mm %s "
                      "name %s",
                      part->mesh.vert_count, part->mesh.tri_count, part->rgba[0], part->rgba[1],
                      part->rgba[2], part->rgba[3], tol, part->name))
        return false;
    for (char *c = text->data + before; *c; c++)
        if (*c == '\n' || *c == '\r')
            *c = ' ';
    return true;
}

static const char *word(const char *p, const char *expect)
{
    const size_t n = strlen(expect);
    return p && strncmp(p, expect, n) == 0 ? p + n : NULL;
}

static const char *number(const char *p, double *out)
{
    p = p ? nw_number_parse(p, out) : NULL;
    return p && *p == ' ' ? p + 1 : NULL;
}

bool nw_part_line_parse(const char *line, struct nw_part_line *out)
{
    double verts, tris, rgba[4], tol;
    const char *p = number(word(line, "part vertices "), &verts);
    p = number(word(p, "triangles "), &tris);
    p = word(p, "rgba ");
    for (int c = 0; c < 4; c++)
        p = number(p, &rgba[c]);
    p = word(number(word(p, "tol_mm "), &tol), "name ");
    if (!p || !(verts >= 0 && verts < UINT32_MAX) || !(tris >= 0 && tris < 1e10) || !(tol >= 0))
        return false;
    *out = (struct nw_part_line){.vert_count = (size_t)verts, .tri_count = (size_t)tris};
    for (int c = 0; c < 4; c++) {
        if (!(rgba[c] >= 0 && rgba[c] <= 255))
            return false;
        out->rgba[c] = (uint8_t)rgba[c];
    }
    out->tol_mm = tol;
    out->name = p;
    return true;
}

bool nw_part_lines_add(struct nw_part_lines *lines, const char *text, struct nw_arena *arena,
                       struct nw_err *err)
{
    struct nw_part_line line;
    if (!nw_part_line_parse(text, &line))
        return true;
    line.name = nw_arena_text(arena, line.name, err);
    if (!line.name ||
        !nw_grow(&lines->line, &lines->room, lines->count + 1, sizeof *lines->line, err))
        return false;
    lines->line[lines->count++] = line;
    return true;
}

static bool lines_fit(const struct nw_mesh *mesh, const struct nw_part_lines *lines)
{
    size_t verts = 0, tris = 0;
    for (size_t n = 0; n < lines->count; n++) {
        const struct nw_part_line *l = &lines->line[n];
        if (l->vert_count > mesh->vert_count - verts || l->tri_count > mesh->tri_count - tris)
            return false;
        for (size_t t = tris; t < tris + l->tri_count; t++)
            for (int k = 0; k < 3; k++)
                if (mesh->tri[t][k] < verts || mesh->tri[t][k] >= verts + l->vert_count)
                    return false;
        verts += l->vert_count;
        tris += l->tri_count;
    }
    return lines->count > 0 && verts == mesh->vert_count && tris == mesh->tri_count;
}

static void *copy_piece(const void *data, size_t first, size_t count, size_t size,
                        struct nw_err *err)
{
    void *piece = data ? nw_alloc_unset(count, size, err) : NULL;
    if (piece && count)
        memcpy(piece, (const uint8_t *)data + first * size, count * size);
    return piece;
}

static bool cut_piece(const struct nw_mesh *from, size_t vert, size_t tri,
                      const struct nw_part_line *l, struct nw_mesh *out, struct nw_err *err)
{
    if (!nw_mesh_init(out, l->vert_count, l->tri_count, err))
        return false;
    if (l->vert_count)
        memcpy(out->pos_mm, from->pos_mm + vert, l->vert_count * sizeof *out->pos_mm);
    for (size_t t = 0; t < l->tri_count; t++)
        for (int k = 0; k < 3; k++)
            out->tri[t][k] = from->tri[tri + t][k] - (uint32_t)vert;
    const size_t n = l->vert_count;
    out->uncertainty_mm = copy_piece(from->uncertainty_mm, vert, n, sizeof(float), err);
    if (err->code == NW_OK)
        out->vert_class = copy_piece(from->vert_class, vert, n, 1, err);
    if (err->code == NW_OK)
        out->vert_rgba = copy_piece(from->vert_rgba, vert, n, 4, err);
    out->tol_mm = l->tol_mm;
    if (err->code == NW_OK)
        return true;
    nw_mesh_release(out);
    return false;
}

static void drop_plain_colours(struct nw_part *part)
{
    struct nw_mesh *m = &part->mesh;
    if (!m->vert_rgba)
        return;
    for (size_t v = 0; v < m->vert_count; v++)
        if (memcmp(m->vert_rgba[v], part->rgba, 4) != 0)
            return;
    nw_free(m->vert_rgba);
    m->vert_rgba = NULL;
}

static bool add_pieces(struct nw_model *model, const struct nw_mesh *mesh,
                       const struct nw_part_lines *lines, struct nw_err *err)
{
    size_t vert = 0, tri = 0;
    for (size_t n = 0; n < lines->count; n++) {
        const struct nw_part_line *l = &lines->line[n];
        struct nw_mesh piece = {0};
        if (!cut_piece(mesh, vert, tri, l, &piece, err) ||
            !nw_model_add_unique(model, l->name, strlen(l->name), l->rgba, &piece, err))
            return false;
        drop_plain_colours(&model->part[model->part_count - 1]);
        vert += l->vert_count;
        tri += l->tri_count;
    }
    return true;
}

bool nw_model_add_cut(struct nw_model *model, struct nw_mesh *mesh,
                      const struct nw_part_lines *lines, const char *name, struct nw_err *err)
{
    if (lines->count > 1 && lines_fit(mesh, lines)) {
        const bool ok = add_pieces(model, mesh, lines, err);
        nw_mesh_release(mesh);
        return ok;
    }
    const bool known = lines->count == 1 && lines_fit(mesh, lines);
    if (known)
        mesh->tol_mm = lines->line[0].tol_mm;
    const char *own = known ? lines->line[0].name : name;
    if (!nw_model_add_unique(model, own, strlen(own),
                             known ? lines->line[0].rgba : nw_plain_rgba, mesh, err))
        return false;
    if (known)
        drop_plain_colours(&model->part[model->part_count - 1]);
    return true;
}

/* ---- lines, in parallel ---- */

enum { LINES = 8192, ROUND = 32 };
static const size_t TEXT_MOST = (size_t)1 << 28;

bool nw_out_add_lines(struct nw_out *out, size_t count, nw_lines_fill fill, const void *ctx,
                      struct nw_err *err)
{
    const size_t blocks = count ? (count - 1) / LINES + 1 : 0;
    for (size_t first = 0; first < blocks; first += ROUND) {
        struct nw_text text[ROUND];
        struct nw_err why[ROUND] = {{NW_OK, ""}};
        const size_t n = blocks - first < ROUND ? blocks - first : ROUND;
        NW_PARALLEL_FOR_UNEVEN
        for (size_t b = 0; b < n; b++) {
            const size_t begin = (first + b) * LINES;
            nw_text_init(&text[b], TEXT_MOST);
            (void)fill(ctx, begin, begin + LINES < count ? begin + LINES : count, &text[b],
                       &why[b]);
        }
        bool ok = true;
        for (size_t b = 0; b < n; b++) {
            if (err->code == NW_OK && why[b].code != NW_OK)
                *err = why[b];
            ok = ok && err->code == NW_OK &&
                 (text[b].len == 0 || nw_out_add(out, text[b].data, text[b].len, err));
            nw_text_release(&text[b]);
        }
        if (!ok)
            return false;
    }
    return true;
}

/* ---- is it what was written? ---- */

static bool differs(struct nw_err *err, const char *what)
{
    return nw_fail(err, NW_ERR_IO,
                   "the file was written but reads back otherwise: %s; it was not kept", what);
}

/* Each coordinate as its float32. */
static bool same_positions(const struct nw_mesh *want, const struct nw_mesh *got)
{
    const size_t blocks = want->vert_count / LINES + 1;
    size_t wrong = 0;
    for (size_t b = 0; b < blocks && wrong == 0; b++) {
        const size_t end = b + 1 < blocks ? (b + 1) * LINES : want->vert_count;
        for (size_t v = b * LINES; v < end; v++) {
            const double *p = &want->pos_mm[v].x, *q = &got->pos_mm[v].x;
            for (int a = 0; a < 3; a++)
                wrong += (float)p[a] != (float)q[a];
        }
    }
    return wrong == 0;
}

static bool same_attributes(const struct nw_mesh *want, const struct nw_mesh *got,
                            const struct nw_model_keeps *keeps)
{
    const size_t n = want->vert_count;
    if (keeps->uncertainty && want->uncertainty_mm &&
        (!got->uncertainty_mm ||
         memcmp(want->uncertainty_mm, got->uncertainty_mm, n * sizeof(float)) != 0))
        return false;
    return !keeps->vert_class || !want->vert_class ||
           (got->vert_class && memcmp(want->vert_class, got->vert_class, n) == 0);
}

static bool same_colours(const struct nw_part *want, const struct nw_part *got,
                         const struct nw_model_keeps *keeps)
{
    if (!keeps->vert_rgba)
        return !keeps->colours || memcmp(want->rgba, got->rgba, 4) == 0;
    for (size_t v = 0; v < want->mesh.vert_count; v++)
        if (memcmp(nw_vertex_rgba(want, v), nw_vertex_rgba(got, v),
                   keeps->no_vertex_alpha ? 3 : 4) != 0)
            return false;
    return true;
}

static bool same_part(const struct nw_part *want, const struct nw_part *got,
                      const struct nw_model_keeps *keeps, struct nw_err *err)
{
    const struct nw_mesh *w = &want->mesh, *g = &got->mesh;
    if (w->vert_count != g->vert_count || w->tri_count != g->tri_count)
        return differs(err, "another count of vertices or triangles");
    if (!same_positions(w, g))
        return differs(err, "a vertex lies elsewhere");
    if (w->tri_count && memcmp(w->tri, g->tri, w->tri_count * sizeof *w->tri) != 0)
        return differs(err, "a triangle has other corners");
    if (!same_attributes(w, g, keeps))
        return differs(err, "uncertainty or class of a vertex");
    if (!same_colours(want, got, keeps))
        return differs(err, "a colour");
    return strcmp(want->name, got->name) == 0 || differs(err, "a name");
}

bool nw_model_check_same(const struct nw_model *want, const struct nw_model *got,
                         const struct nw_model_keeps *keeps, struct nw_err *err)
{
    if (want->part_count != got->part_count)
        return differs(err, "another count of parts");
    for (size_t p = 0; p < want->part_count; p++)
        if (!same_part(&want->part[p], &got->part[p], keeps, err))
            return false;
    return true;
}
