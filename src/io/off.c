/* io/off.c -- OFF, read only: counts, vertices, faces; what stands behind them on a line
 * (colours) is left. */
#include <string.h>

#include "io/model_priv.h"

enum { CORNERS_MAX = 1 << 16 };

struct cursor {
    const char *p, *end;
};

static bool off_is(const uint8_t *data, size_t len)
{
    const size_t at = len > 0 && data[0] == 'C' ? 1 : 0;
    return len >= at + 4 && memcmp(data + at, "OFF", 3) == 0 && data[at + 3] <= ' ';
}

static void skip(struct cursor *c)
{
    while (c->p < c->end) {
        if (*c->p == '#')
            while (c->p < c->end && *c->p != '\n')
                c->p++;
        else if ((unsigned char)*c->p <= ' ')
            c->p++;
        else
            return;
    }
}

static void skip_line(struct cursor *c)
{
    while (c->p < c->end && *c->p != '\n')
        c->p++;
}

static bool next(struct cursor *c, double *out, struct nw_err *err)
{
    skip(c);
    const char *end = c->p < c->end ? nw_number_parse(c->p, out) : NULL;
    if (!end)
        return nw_fail(err, NW_ERR_DATA,
                       c->p == c->end
                           ? "the OFF ends before all its vertices and faces are there"
                           : "the OFF has something that is not a number");
    c->p = end;
    return true;
}

static bool parse_face(struct cursor *c, struct nw_mesh_builder *b, struct nw_err *err)
{
    double count, v;
    uint32_t first = 0, last = 0;
    if (!next(c, &count, err))
        return false;
    if (!(count >= 0 && count <= CORNERS_MAX))
        return nw_fail(err, NW_ERR_DATA, "an OFF face has %g corners", count);
    for (int i = 0; i < (int)count; i++) {
        if (!next(c, &v, err))
            return false;
        if (!(v >= 0 && v < UINT32_MAX))
            return nw_fail(err, NW_ERR_DATA, "an OFF face names vertex %g", v);
        if (i >= 2 && !nw_builder_triangle(b, first, last, (uint32_t)v, err))
            return false;
        first = i == 0 ? (uint32_t)v : first;
        last = (uint32_t)v;
    }
    skip_line(c);
    return true;
}

static bool parse_body(struct cursor *c, struct nw_mesh_builder *b, struct nw_err *err)
{
    double verts, faces, edges;
    if (!next(c, &verts, err) || !next(c, &faces, err) || !next(c, &edges, err))
        return false;
    const double most = (double)(c->end - c->p);
    if (!(verts >= 0 && faces >= 0 && verts * 6 <= most + 6 && faces * 2 <= most + 2))
        return nw_fail(err, NW_ERR_DATA,
                       "the OFF claims %g vertices and %g faces, but the file has %g bytes for "
                       "them",
                       verts, faces, most);
    for (double n = 0; n < verts; n++) {
        double v[3] = {0};
        if (!next(c, &v[0], err) || !next(c, &v[1], err) || !next(c, &v[2], err) ||
            !nw_builder_vertex(b, nw_v3(v[0], v[1], v[2]), err))
            return false;
        skip_line(c);
    }
    for (double n = 0; n < faces; n++)
        if (!parse_face(c, b, err))
            return false;
    return true;
}

static bool off_parse(struct nw_model_source *from, struct nw_model *out, struct nw_err *err)
{
    const char *text = (const char *)from->data;
    struct cursor c = {text, text + from->len};
    struct nw_mesh_builder b = {.vert_room = 0};
    struct nw_mesh mesh = {0};
    while (c.p < c.end && (unsigned char)*c.p > ' ')
        c.p++;
    if (!off_is(from->data, from->len))
        return nw_fail(err, NW_ERR_DATA, "this is no OFF: it does not begin with that word");
    const bool ok = parse_body(&c, &b, err) && nw_builder_take(&b, &mesh, err) &&
                    nw_model_add_unique(out, "part", 4, nw_plain_rgba, &mesh, err);
    nw_mesh_release(&b.mesh);
    return ok;
}

const struct nw_model_format nw_format_off = {
    .ending = "off", .is = off_is, .parse = off_parse};
