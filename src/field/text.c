/* field/text.c -- the outlines of a text, through FreeType: see relief.h. */
#include <freetype/freetype.h>
#include <freetype/ftoutln.h>
#include <string.h>

#include "field/field_priv.h"
#include "field/relief.h"

/* What grows while the font's outlines are walked; in mm. */
struct pen {
    struct nw_outlines *out;
    size_t room;
    double scale, x, y; /* font units to mm; where the character stands */
    double within;
    double start[2], at[2];
    bool open; /* a contour has been begun */
    struct nw_err *err;
};

static bool line_to(struct pen *pen, double x, double y)
{
    struct nw_outlines *o = pen->out;
    if (x == pen->at[0] && y == pen->at[1])
        return true;
    if (!nw_grow(&o->edge_mm, &pen->room, o->count + 1, sizeof *o->edge_mm, pen->err))
        return false;
    const double edge[4] = {pen->at[0], pen->at[1], x, y};
    memcpy(o->edge_mm[o->count++], edge, sizeof edge);
    pen->at[0] = x;
    pen->at[1] = y;
    return true;
}

static void to_mm(const struct pen *pen, const FT_Vector *v, double p[2])
{
    p[0] = pen->x + (double)v->x * pen->scale;
    p[1] = pen->y + (double)v->y * pen->scale;
}

static bool close_contour(struct pen *pen)
{
    const bool open = pen->open;
    pen->open = false;
    return !open || line_to(pen, pen->start[0], pen->start[1]);
}

static int on_move(const FT_Vector *to, void *user)
{
    struct pen *pen = user;
    if (!close_contour(pen))
        return 1;
    to_mm(pen, to, pen->start);
    memcpy(pen->at, pen->start, sizeof pen->at);
    pen->open = true;
    return 0;
}

static int on_line(const FT_Vector *to, void *user)
{
    struct pen *pen = user;
    double p[2];
    to_mm(pen, to, p);
    return !line_to(pen, p[0], p[1]);
}

/* A chord over 1/n of a curve is off by at most the second derivative / 8 n^2. */
static int pieces(double second, double within)
{
    const double n = ceil(sqrt(second / (8 * within)));
    return n < 1 ? 1 : n > 256 ? 256 : (int)n;
}

static double bend(const double a[2], const double b[2], const double c[2])
{
    const double x = a[0] - 2 * b[0] + c[0], y = a[1] - 2 * b[1] + c[1];
    return sqrt(x * x + y * y);
}

/* All curves as cubics. */
static bool curve_to(struct pen *pen, const double b[2], const double c[2], const double d[2])
{
    const double a[2] = {pen->at[0], pen->at[1]};
    const int n = pieces(6 * more(bend(a, b, c), bend(b, c, d)), pen->within);
    for (int i = 1; i <= n; i++) {
        const double t = (double)i / n, s = 1 - t;
        double p[2];
        for (int k = 0; k < 2; k++)
            p[k] = i == n ? d[k]
                          : s * s * s * a[k] + 3 * s * s * t * b[k] + 3 * s * t * t * c[k] +
                                t * t * t * d[k];
        if (!line_to(pen, p[0], p[1]))
            return false;
    }
    return true;
}

static int on_conic(const FT_Vector *control, const FT_Vector *to, void *user)
{
    struct pen *pen = user;
    double q[2], b[2], c[2], d[2];
    to_mm(pen, control, q);
    to_mm(pen, to, d);
    for (int k = 0; k < 2; k++) {
        b[k] = pen->at[k] + (q[k] - pen->at[k]) * 2 / 3;
        c[k] = d[k] + (q[k] - d[k]) * 2 / 3;
    }
    return !curve_to(pen, b, c, d);
}

static int on_cubic(const FT_Vector *first, const FT_Vector *second, const FT_Vector *to,
                    void *user)
{
    struct pen *pen = user;
    double b[2], c[2], d[2];
    to_mm(pen, first, b);
    to_mm(pen, second, c);
    to_mm(pen, to, d);
    return !curve_to(pen, b, c, d);
}

/* The next character of UTF-8; 0 at the end, UINT32_MAX when it is none. */
static uint32_t next_character(const unsigned char **at)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    const unsigned char *p = *at;
    const int more_bytes = *p < 0x80       ? 0
                           : *p >> 5 == 6  ? 1
                           : *p >> 4 == 14 ? 2
                           : *p >> 3 == 30 ? 3
                                           : -1;
    if (more_bytes < 0)
        return UINT32_MAX;
    uint32_t c = more_bytes ? *p & (0x3fU >> more_bytes) : *p;
    for (int i = 1; i <= more_bytes; i++) {
        if (p[i] >> 6 != 2)
            return UINT32_MAX;
        c = c << 6 | (p[i] & 0x3fU);
    }
    *at += more_bytes + 1;
    return c < least[more_bytes] || c > 0x10ffff || c >> 11 == 27 ? UINT32_MAX : c;
}

static bool put_character(FT_Face face, uint32_t c, struct pen *pen)
{
    static const FT_Outline_Funcs funcs = {on_move, on_line, on_conic, on_cubic, 0, 0};
    const FT_UInt glyph = FT_Get_Char_Index(face, c);
    if (glyph == 0)
        return nw_fail(pen->err, NW_ERR_UNSUPPORTED, "the font has no character U+%04X", c);
    if (FT_Load_Glyph(face, glyph, FT_LOAD_NO_SCALE | FT_LOAD_NO_BITMAP) != 0 ||
        face->glyph->format != FT_GLYPH_FORMAT_OUTLINE)
        return nw_fail(pen->err, NW_ERR_UNSUPPORTED, "the font has no outline for U+%04X", c);
    pen->open = false;
    const bool ok =
        FT_Outline_Decompose(&face->glyph->outline, &funcs, pen) == 0 && close_contour(pen);
    if (!ok && pen->err->code == NW_OK)
        return nw_fail(pen->err, NW_ERR_DATA, "the font's outline for U+%04X is broken", c);
    pen->x += (double)face->glyph->advance.x * pen->scale;
    return ok;
}

static bool put_text(FT_Face face, const char *text, const struct nw_text_opts *opts,
                     struct nw_outlines *out, struct nw_err *err)
{
    enum { MOST = 256 };
    struct pen pen = {.out = out, .err = err};
    pen.scale = opts->size_mm / (double)face->units_per_EM;
    pen.within = opts->within_mm != 0 ? opts->within_mm : 0.01;
    const double advance_mm = opts->advance_mm != 0 ? opts->advance_mm : 1.3 * opts->size_mm;
    const unsigned char *at = (const unsigned char *)text;
    for (int n = 0; *at; n++) {
        const uint32_t c = next_character(&at);
        if (c == UINT32_MAX)
            return nw_fail(err, NW_ERR_ARGUMENT, "the text of a mark is not UTF-8");
        if (n == MOST)
            return nw_fail(err, NW_ERR_ARGUMENT, "the text of a mark has over %d characters",
                           (int)MOST);
        if (c == '\n') {
            pen.x = 0;
            pen.y -= advance_mm;
        } else if (!put_character(face, c, &pen)) {
            return false;
        }
    }
    return out->count > 0 || nw_fail(err, NW_ERR_ARGUMENT, "the text of a mark is empty");
}

/* The first of the files that is there. In a collection the simplified Chinese forms. */
static bool open_font(FT_Library library, const char *path, FT_Face *face, struct nw_err *err)
{
    static const char *const known[] = {
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"};
    const size_t count = path ? 1 : sizeof known / sizeof *known;
    for (size_t i = 0; i < count; i++) {
        const char *name = path ? path : known[i];
        if (FT_New_Face(library, name, 0, face) != 0)
            continue;
        const FT_Long faces = (*face)->num_faces;
        for (FT_Long k = 1; k < faces; k++) {
            FT_Face other;
            if (FT_New_Face(library, name, k, &other) != 0)
                continue;
            if (!other->family_name || strcmp(other->family_name, "Noto Sans CJK SC") != 0) {
                (void)FT_Done_Face(other);
                continue;
            }
            (void)FT_Done_Face(*face);
            *face = other;
            break;
        }
        if ((*face)->units_per_EM > 0)
            return true;
        (void)FT_Done_Face(*face);
    }
    return nw_fail(err, NW_ERR_NOTFOUND,
                   "the font is not there; on Debian the package fonts-noto-cjk has it");
}

static void put_bounds(struct nw_outlines *o)
{
    for (int k = 0; k < 2; k++) {
        o->min_mm[k] = HUGE_VAL;
        o->max_mm[k] = -HUGE_VAL;
        for (size_t i = 0; i < o->count; i++) {
            o->min_mm[k] = less(o->min_mm[k], o->edge_mm[i][k]);
            o->max_mm[k] = more(o->max_mm[k], o->edge_mm[i][k]);
        }
    }
}

bool nw_text_outlines(const char *text, const struct nw_text_opts *opts,
                      struct nw_outlines *out, struct nw_err *err)
{
    if (!nw_field_check_size(opts->size_mm, "the size of a text", err) ||
        (opts->within_mm != 0 &&
         !nw_field_check_size(opts->within_mm, "the tolerance of a text", err)))
        return false;
    FT_Library library;
    if (FT_Init_FreeType(&library) != 0)
        return nw_fail(err, NW_ERR_MEMORY, "there is no memory for fonts");
    FT_Face face;
    struct nw_outlines made = {0};
    bool ok = open_font(library, opts->font, &face, err);
    if (ok) {
        ok = put_text(face, text, opts, &made, err);
        (void)FT_Done_Face(face);
    }
    (void)FT_Done_FreeType(library);
    put_bounds(&made);
    if (ok)
        *out = made;
    else
        nw_outlines_release(&made);
    return ok;
}

nw_node nw_field_text(struct nw_field *f, const char *text, const struct nw_text_opts *opts,
                      const struct nw_mark_place *place, struct nw_err *err)
{
    NW_AUTO(nw_outlines) outlines = {0};
    if (err->code != NW_OK || !nw_text_outlines(text, opts, &outlines, err))
        return -1;
    return nw_field_outlines(f, &outlines, place, err);
}
