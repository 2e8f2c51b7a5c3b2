/* io/vrml.c -- VRML97 (ISO/IEC 14772-1), written for colour printers that take nothing newer:
 * a shape a part with its colour or its vertices' colours. Lengths stay in mm, as
 * those machines expect, and the file says so. Not read, but what was written is held against
 * the model number by number. */
#include <math.h>
#include <string.h>

#include "io/model_priv.h"

/* ---- writing ---- */

static bool fill_points(const void *ctx, size_t begin, size_t end, struct nw_text *text,
                        struct nw_err *err)
{
    const struct nw_mesh *mesh = ctx;
    char n[3][NW_NUMBER_MAX];
    for (size_t v = begin; v < end; v++) {
        (void)nw_number_format_float(n[0], (float)mesh->pos_mm[v].x);
        (void)nw_number_format_float(n[1], (float)mesh->pos_mm[v].y);
        (void)nw_number_format_float(n[2], (float)mesh->pos_mm[v].z);
        if (!nw_text_addf(text, err, "%s %s %s,\n", n[0], n[1], n[2]))
            return false;
    }
    return true;
}

static bool fill_colours(const void *ctx, size_t begin, size_t end, struct nw_text *text,
                         struct nw_err *err)
{
    const struct nw_mesh *mesh = ctx;
    for (size_t v = begin; v < end; v++)
        for (int c = 0; c < 3; c++) {
            char n[NW_NUMBER_MAX];
            (void)nw_number_format_float(n, (float)mesh->vert_rgba[v][c] / 255);
            if (!nw_text_addf(text, err, "%s%s", n, c < 2 ? " " : ",\n"))
                return false;
        }
    return true;
}

static bool fill_triangles(const void *ctx, size_t begin, size_t end, struct nw_text *text,
                           struct nw_err *err)
{
    const struct nw_mesh *mesh = ctx;
    for (size_t t = begin; t < end; t++)
        if (!nw_text_addf(text, err, "%u,%u,%u,-1,\n", mesh->tri[t][0], mesh->tri[t][1],
                          mesh->tri[t][2]))
            return false;
    return true;
}

/* In a comment: old readers take nothing but ASCII in texts. */
static bool add_name(struct nw_text *text, const char *name, struct nw_err *err)
{
    bool ok = nw_text_add(text, "# name ", err);
    for (const char *c = name; ok && *c; c++)
        ok = nw_text_addn(text, (unsigned char)*c < 32 ? " " : c, 1, err);
    return ok && nw_text_add(text, "\n", err);
}

static bool add_head(struct nw_text *text, const struct nw_part *part, size_t number,
                     struct nw_err *err)
{
    char n[4][NW_NUMBER_MAX];
    for (int c = 0; c < 3; c++)
        (void)nw_number_format_float(n[c], (float)part->rgba[c] / 255);
    (void)nw_number_format_float(n[3], (float)(255 - part->rgba[3]) / 255);
    return add_name(text, part->name, err) &&
           nw_text_addf(text, err,
                        "DEF part_%zu Shape {\nappearance Appearance { material Material { "
                        "diffuseColor %s %s %s transparency %s } }\n"
                        "geometry IndexedFaceSet {\nccw TRUE solid TRUE\n",
                        number, n[0], n[1], n[2], n[3]);
}

static bool put(struct nw_out *out, const char *text, struct nw_err *err)
{
    return nw_out_add(out, text, strlen(text), err);
}

static bool write_part(struct nw_out *out, const struct nw_part *part, size_t number,
                       struct nw_err *err)
{
    const struct nw_mesh *m = &part->mesh;
    struct nw_text text;
    nw_text_init(&text, 1 << 16);
    bool ok = add_head(&text, part, number, err) && nw_out_add(out, text.data, text.len, err);
    nw_text_release(&text);
    ok = ok && put(out, "coord Coordinate { point [\n", err) &&
         nw_out_add_lines(out, m->vert_count, fill_points, m, err) && put(out, "] }\n", err);
    if (m->vert_rgba)
        ok = ok && put(out, "colorPerVertex TRUE\ncolor Color { color [\n", err) &&
             nw_out_add_lines(out, m->vert_count, fill_colours, m, err) &&
             put(out, "] }\n", err);
    return ok && put(out, "coordIndex [\n", err) &&
           nw_out_add_lines(out, m->tri_count, fill_triangles, m, err) &&
           put(out, "]\n} }\n", err);
}

static bool write_vrml(struct nw_out *out, const struct nw_model *model,
                       const struct nw_model_write_opts *opts, struct nw_err *err)
{
    (void)opts;
    bool ok = put(out, "#VRML V2.0 utf8\n# unit mm\n# frame LPS\n", err);
    for (size_t n = 0; ok && n < model->part_count; n++)
        ok = write_part(out, &model->part[n], n + 1, err);
    return ok;
}

/* ---- what was written, against the model ---- */

/* The next number behind *at, over blanks and commas. */
static bool take(const char **at, double *out)
{
    const char *p = *at + strspn(*at, " ,\n");
    *at = nw_number_parse(p, out);
    return *at != NULL;
}

static bool seek(const char **at, const char *words)
{
    const char *found = *at ? strstr(*at, words) : NULL;
    *at = found ? found + strlen(words) : NULL;
    return found != NULL;
}

static bool same_vectors(const char **at, const struct nw_mesh *m)
{
    double v[3];
    for (size_t n = 0; n < m->vert_count; n++) {
        const double want[3] = {m->pos_mm[n].x, m->pos_mm[n].y, m->pos_mm[n].z};
        for (int a = 0; a < 3; a++)
            if (!take(at, &v[a]) || (float)v[a] != (float)want[a])
                return false;
    }
    return true;
}

static bool same_colours(const char **at, const struct nw_mesh *m)
{
    double v;
    for (size_t n = 0; n < m->vert_count; n++)
        for (int c = 0; c < 3; c++)
            if (!take(at, &v) || (int)rint(v * 255) != m->vert_rgba[n][c])
                return false;
    return true;
}

static bool same_triangles(const char **at, const struct nw_mesh *m)
{
    double v;
    for (size_t t = 0; t < m->tri_count; t++) {
        for (int c = 0; c < 3; c++)
            if (!take(at, &v) || v != (double)m->tri[t][c])
                return false;
        if (!take(at, &v) || v != -1)
            return false;
    }
    return true;
}

static bool check_vrml(const char *path, const struct nw_model *model, struct nw_err *err)
{
    size_t len;
    NW_AUTOFREE uint8_t *data = nw_file_read(path, (uint64_t)16 << 30, &len, err);
    if (!data)
        return false;
    const char *at = (const char *)data;
    bool same = true;
    for (size_t n = 0; same && n < model->part_count; n++) {
        const struct nw_mesh *m = &model->part[n].mesh;
        same = seek(&at, "point [\n") && same_vectors(&at, m) &&
               (!m->vert_rgba || (seek(&at, "color [\n") && same_colours(&at, m))) &&
               seek(&at, "coordIndex [\n") && same_triangles(&at, m);
    }
    return same || nw_fail(err, NW_ERR_IO, "what was written reads back differently");
}

const struct nw_model_format nw_format_vrml = {
    .ending = "wrl",
    .write = write_vrml,
    .check = check_vrml,
};
