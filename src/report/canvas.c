/* report/canvas.c -- see canvas_priv.h. */
#include "report/canvas_priv.h"

#include <string.h>

#include "core/text.h"

enum { PICTURE_SIDE_MAX = 8192, LABEL_MAX = NW_NUMBER_MAX + 4 };

void nw_picture_release(struct nw_picture *p)
{
    nw_free(p->rgb);
    *p = (struct nw_picture){0};
}

bool nw_picture_init(struct nw_picture *p, size_t width, size_t height, const uint8_t rgb[3],
                     struct nw_err *err)
{
    if (width < 1 || height < 1 || width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX)
        return nw_fail(
            err, NW_ERR_LIMIT,
            "a picture of %zu by %zu pixels cannot be drawn: each side must be 1 to %d", width,
            height, PICTURE_SIDE_MAX);
    uint8_t *pixels = nw_alloc_unset(width * height, 3, err);
    if (!pixels)
        return false;
    *p = (struct nw_picture){width, height, pixels};
    nw_canvas_fill(p, 0, 0, width, height, rgb);
    return true;
}

void nw_canvas_fill(struct nw_picture *p, size_t left, size_t top, size_t width, size_t height,
                    const uint8_t rgb[3])
{
    for (size_t y = top; y < top + height && y < p->height; y++)
        for (size_t x = left; x < left + width && x < p->width; x++)
            memcpy(p->rgb + 3 * (y * p->width + x), rgb, 3);
}

bool nw_mask_init(struct nw_mask *mask, const struct nw_picture *p, struct nw_err *err)
{
    uint8_t *cover = NW_ALLOC(uint8_t, p->width * p->height, err);
    if (!cover)
        return false;
    *mask = (struct nw_mask){p->width, p->height, cover, p->width, p->height, 0, 0};
    return true;
}

void nw_mask_release(struct nw_mask *mask)
{
    nw_free(mask->cover);
    *mask = (struct nw_mask){0};
}

/* First and past-the-last pixel of from..to, within 0..side. */
static void pixel_range(double from, double to, size_t side, size_t *first, size_t *end)
{
    const double most = (double)side;
    *first = from > 0 ? (size_t)(from < most ? from : most) : 0;
    *end = to > 0 ? (size_t)(to < most ? ceil(to) : most) : 0;
}

void nw_mask_stroke(struct nw_mask *mask, double x0, double y0, double x1, double y1,
                    double width)
{
    const double reach = width / 2 + 1;
    size_t left, right, top, bottom;
    pixel_range(fmin(x0, x1) - reach, fmax(x0, x1) + reach, mask->width, &left, &right);
    pixel_range(fmin(y0, y1) - reach, fmax(y0, y1) + reach, mask->height, &top, &bottom);
    if (left >= right || top >= bottom)
        return;
    mask->left = left < mask->left ? left : mask->left;
    mask->right = right > mask->right ? right : mask->right;
    mask->top = top < mask->top ? top : mask->top;
    mask->bottom = bottom > mask->bottom ? bottom : mask->bottom;

    const double dx = x1 - x0, dy = y1 - y0, length2 = dx * dx + dy * dy;
    for (size_t y = top; y < bottom; y++) {
        for (size_t x = left; x < right; x++) {
            const double px = (double)x + 0.5 - x0, py = (double)y + 0.5 - y0;
            const double along = length2 > 0 ? (px * dx + py * dy) / length2 : 0;
            const double t = along < 0 ? 0 : along > 1 ? 1 : along;
            const double ex = px - t * dx, ey = py - t * dy;
            const double cover = width / 2 + 0.5 - sqrt(ex * ex + ey * ey);
            if (cover <= 0)
                continue;
            const uint8_t value = (uint8_t)rint(255 * (cover < 1 ? cover : 1));
            uint8_t *at = mask->cover + y * mask->width + x;
            *at = value > *at ? value : *at;
        }
    }
}

void nw_mask_paint(struct nw_mask *mask, struct nw_picture *p, const uint8_t rgb[3])
{
    for (size_t y = mask->top; y < mask->bottom; y++) {
        for (size_t x = mask->left; x < mask->right; x++) {
            uint8_t *cover = mask->cover + y * mask->width + x;
            uint8_t *pixel = p->rgb + 3 * (y * p->width + x);
            for (size_t c = 0; c < 3 && *cover; c++)
                pixel[c] = (uint8_t)((pixel[c] * (255 - *cover) + rgb[c] * *cover + 127) / 255);
            *cover = 0;
        }
    }
    mask->left = mask->width;
    mask->top = mask->height;
    mask->right = mask->bottom = 0;
}

/* ---- letters: strokes of points, each two hexadecimal digits x and y; capitals stand on
 * y = E (14) and reach up to 0 ---- */

struct glyph {
    char letter;
    uint8_t width;
    const char *strokes;
};

static const struct glyph glyphs[] = {
    {'0', 8, "40 61 73 85 89 7B 6D 4E 2D 1B 09 05 13 21 40"},
    {'1', 5, "03 40 4E"},
    {'2', 8, "03 11 30 50 71 83 84 76 0E 8E"},
    {'3', 8, "02 20 50 71 73 75 56 26,56 78 8A 8B 7D 5E 2E 0C"},
    {'4', 8, "6E 60 0A 8A"},
    {'5', 8, "70 10 06 25 55 77 89 8B 7D 5E 2E 0C"},
    {'6', 8, "71 50 30 12 05 0A 1D 3E 5E 7D 8B 89 77 56 36 17 09"},
    {'7', 8, "00 80 3E"},
    {'8', 8, "36 15 14 12 30 50 72 74 75 56 36 18 0A 0B 1D 3E 5E 7D 8B 8A 78 56"},
    {'9', 8, "1D 3E 5E 7C 89 84 71 50 30 11 03 05 17 38 58 77 85"},
    {'.', 2, "1E 1E"},
    {'-', 6, "08 68"},
    {'+', 8, "44 4C,08 88"},
    {'>', 8, "02 86 0A,0E 8E"},
    {'m', 10, "05 0E,08 16 25 35 46 58 5E,58 66 75 85 96 A8 AE"},
    {'R', 8, "0E 00 50 71 83 84 76 57 07,47 8E"},
    {'L', 7, "00 0E 7E"},
    {'A', 8, "0E 40 8E,19 79"},
    {'P', 8, "0E 00 50 71 83 85 77 58 08"},
    {'H', 8, "00 0E,80 8E,07 87"},
    {'F', 7, "70 00 0E,07 67"},
};

static const double CAP_UNITS = 14, GAP_UNITS = 4, SPACE_UNITS = 4;

static const struct glyph *find_glyph(char letter)
{
    for (size_t g = 0; g < sizeof glyphs / sizeof glyphs[0]; g++)
        if (glyphs[g].letter == letter)
            return &glyphs[g];
    return NULL;
}

double nw_canvas_text_width(const char *text, double size_px)
{
    double units = 0;
    for (; *text; text++) {
        const struct glyph *g = find_glyph(*text);
        units += (g ? (double)g->width : SPACE_UNITS) + (text[1] ? GAP_UNITS : 0);
    }
    return units * size_px / CAP_UNITS;
}

static int digit_of(char c)
{
    return c <= '9' ? c - '0' : c - 'A' + 10;
}

static void stroke_glyph(struct nw_mask *mask, const struct glyph *g, double x, double top,
                         double unit, double width)
{
    double was_x = 0, was_y = 0;
    bool pen_down = false;
    for (const char *s = g->strokes; *s; s += s[2] ? 3 : 2) {
        const double to_x = x + unit * digit_of(s[0]), to_y = top + unit * digit_of(s[1]);
        if (pen_down)
            nw_mask_stroke(mask, was_x, was_y, to_x, to_y, width);
        was_x = to_x;
        was_y = to_y;
        pen_down = s[2] == ' ';
    }
}

static void stroke_text(struct nw_mask *mask, double x, double y, const char *text, double size,
                        double width)
{
    const double unit = size / CAP_UNITS;
    for (; *text; text++) {
        const struct glyph *g = find_glyph(*text);
        if (g)
            stroke_glyph(mask, g, x, y - size, unit, width);
        x += unit * ((g ? (double)g->width : SPACE_UNITS) + GAP_UNITS);
    }
}

void nw_canvas_text(struct nw_picture *p, struct nw_mask *mask, double x, double y,
                    const char *text, const struct nw_lettering *look)
{
    const double width = nw_canvas_text_width(text, look->size_px);
    if (look->align != NW_ALIGN_LEFT)
        x -= look->align == NW_ALIGN_RIGHT ? width : width / 2;
    const double pen = look->size_px * 0.14 > 1.2 ? look->size_px * 0.14 : 1.2;
    stroke_text(mask, x, y, text, look->size_px, pen + 3);
    nw_mask_paint(mask, p, look->halo);
    stroke_text(mask, x, y, text, look->size_px, pen);
    nw_mask_paint(mask, p, look->ink);
}

/* ---- bars and scales ---- */

static double round_length(double most)
{
    double length = 1e-3;
    static const double next[3] = {2, 2.5, 2}; /* 1 2 5 10 ... */
    for (int i = 0; i < 30 && length * next[i % 3] <= most; i++)
        length *= next[i % 3];
    return length;
}

/* With the decimals it needs, at most three, and the unit behind. */
static void number_text(char out[LABEL_MAX], double value, const char *unit)
{
    static const double per[4] = {1, 10, 100, 1000};
    const double slack = 1e-6; /* of the last decimal: what a step of the scale rounds away */
    int decimals = 0;
    while (decimals < 3 && fabs(value * per[decimals] - rint(value * per[decimals])) > slack)
        decimals++;
    const size_t len = nw_number_format_fixed(out, value, decimals);
    memcpy(out + len, unit, strlen(unit) + 1);
}

void nw_canvas_scale_bar(struct nw_picture *p, struct nw_mask *mask, double x, double y,
                         double mm_per_px, double max_px, const struct nw_lettering *look)
{
    const double length_mm = round_length(max_px * mm_per_px);
    const double end = x + length_mm / mm_per_px;
    for (int pass = 0; pass < 2; pass++) {
        const double width = pass == 0 ? 5 : 2;
        nw_mask_stroke(mask, x, y, end, y, width);
        nw_mask_stroke(mask, x, y - 4, x, y + 4, width);
        nw_mask_stroke(mask, end, y - 4, end, y + 4, width);
        nw_mask_paint(mask, p, pass == 0 ? look->halo : look->ink);
    }
    char label[LABEL_MAX];
    number_text(label, length_mm, " mm");
    struct nw_lettering middle = *look;
    middle.align = NW_ALIGN_MIDDLE;
    const double half = nw_canvas_text_width(label, look->size_px) / 2;
    nw_canvas_text(p, mask, fmax((x + end) / 2, x + half), y - 9, label, &middle);
}

void nw_uncertainty_colour(double t, uint8_t rgb[3])
{
    enum { STOPS = 6 };
    static const double stop[STOPS][3] = {{222, 236, 245}, {168, 207, 231}, {238, 176, 58},
                                          {226, 124, 48},  {188, 50, 45},   {92, 8, 40}};
    const double at = (t > 0 ? (t < 1 ? t : 1) : 0) * (STOPS - 1);
    const int i = at < STOPS - 2 ? (int)at : STOPS - 2;
    for (int c = 0; c < 3; c++)
        /* cppcheck-suppress arrayIndexOutOfBounds; i is at most STOPS - 2 */
        rgb[c] = (uint8_t)rint(stop[i][c] + (at - i) * (stop[i + 1][c] - stop[i][c]));
}

void nw_canvas_uncertainty_scale(struct nw_picture *p, struct nw_mask *mask, size_t x, size_t y,
                                 size_t width, size_t height, double max_mm,
                                 const struct nw_lettering *look)
{
    for (size_t row = 0; row < height; row++) {
        uint8_t rgb[3];
        nw_uncertainty_colour(1 - ((double)row + 0.5) / (double)height, rgb);
        nw_canvas_fill(p, x, y + row, width, 1, rgb);
    }
    enum { TICKS = 5 };
    struct nw_lettering left = *look;
    left.align = NW_ALIGN_LEFT;
    for (int i = 0; i <= TICKS; i++) {
        const double at = (double)y + (double)height * (1 - (double)i / TICKS);
        const double right = (double)(x + width);
        nw_mask_stroke(mask, right, at, right + 4, at, 1);
        nw_mask_paint(mask, p, look->ink);
        char label[LABEL_MAX + 1] = ">";
        number_text(label + (i == TICKS), max_mm * i / TICKS, "");
        nw_canvas_text(p, mask, right + 8, at + look->size_px / 2, label, &left);
    }
    nw_canvas_text(p, mask, (double)x, (double)y - look->size_px, "mm", &left);
}

void nw_class_colour(enum nw_class c, uint8_t rgb[3])
{
    static const uint8_t colour[NW_CLASS_COUNT][3] = {
        {205, 216, 226}, {230, 159, 0}, {170, 68, 153}, {60, 64, 72}, {0, 114, 178}};
    memcpy(rgb, colour[(unsigned)c < NW_CLASS_COUNT ? c : 0], 3);
}

void nw_outline_colour(const struct nw_model *model, size_t part, uint8_t rgb[3])
{
    static const uint8_t strong[][3] = {{255, 92, 51},   {64, 196, 255},  {255, 214, 0},
                                        {105, 240, 140}, {255, 128, 214}, {178, 140, 255}};
    enum { GREYISH = 90 }; /* most minus least of the three, below which a colour is a grey */
    const uint8_t *c = model->part[part].rgba;
    const int most = c[0] > c[1] ? (c[0] > c[2] ? c[0] : c[2]) : (c[1] > c[2] ? c[1] : c[2]);
    const int least = c[0] < c[1] ? (c[0] < c[2] ? c[0] : c[2]) : (c[1] < c[2] ? c[1] : c[2]);
    if (most - least < GREYISH || most < 128)
        memcpy(rgb, strong[part % (sizeof strong / sizeof strong[0])], 3);
    else
        memcpy(rgb, c, 3);
}
