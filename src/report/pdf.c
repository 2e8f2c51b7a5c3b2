/* report/pdf.c -- a page as PDF on A4, by cairo and pango: text stays text, fonts are embedded
 * as far as they are used. */
#include <cairo-pdf.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

#include "report/page_priv.h"
#include "report/pdf_priv.h"

/* Points. */
static const double SHEET_WIDTH = 595.276, SHEET_HEIGHT = 841.89, SIDE = 45, TOP = 42,
                    BOTTOM = 52, GAP = 10;
static const double FIGURE_HIGH = 330;

struct font {
    double size;
    bool bold, mono, right;
    enum nw_tone tone;
};

struct sheet {
    const struct nw_page *page;
    cairo_surface_t *surface;
    cairo_t *cr;
    PangoLayout *layout;
    double y;
    size_t number, total; /* total is 0 in the first run, which only counts */
};

static bool drawing(const struct sheet *s)
{
    return s->total > 0;
}

static double content_width(void)
{
    return SHEET_WIDTH - 2 * SIDE;
}

static void ink(cairo_t *cr, unsigned rgb)
{
    cairo_set_source_rgb(cr, (rgb >> 16) / 255.0, (rgb >> 8 & 255) / 255.0,
                         (rgb & 255) / 255.0);
}

static void tone_ink(cairo_t *cr, enum nw_tone tone)
{
    static const unsigned rgb[] = {0x1d2733, 0x17653c, 0x8a5600, 0xa8231c, 0x5b6775};
    ink(cr, rgb[tone]);
}

/* ---- text ---- */

static void set_layout(PangoLayout *layout, const char *text, double width,
                       const struct font *font)
{
    const struct nw_pdf_text look = {
        .size = font->size, .bold = font->bold, .mono = font->mono, .right = font->right};
    nw_pdf_layout(layout, text, width, &look);
}

static double text_height(struct sheet *s, const char *text, double width,
                          const struct font *font)
{
    int high = 0;
    set_layout(s->layout, text, width, font);
    pango_layout_get_size(s->layout, NULL, &high);
    return (double)high / PANGO_SCALE;
}

/* Returns how high it is. */
static double show_text(struct sheet *s, const char *text, double x, double y, double width,
                        const struct font *font)
{
    const double high = text_height(s, text, width, font);
    if (drawing(s)) {
        tone_ink(s->cr, font->tone);
        cairo_move_to(s->cr, x, y);
        pango_cairo_show_layout(s->cr, s->layout);
    }
    return high;
}

static void box(struct sheet *s, double x, double y, double width, double height, unsigned rgb)
{
    if (!drawing(s))
        return;
    ink(s->cr, rgb);
    cairo_rectangle(s->cr, x, y, width, height);
    cairo_fill(s->cr);
}

static void swatch(struct sheet *s, double x, double y, double width, double height,
                   const uint8_t rgb[3])
{
    if (!drawing(s))
        return;
    box(s, x, y, width, height, (unsigned)rgb[0] << 16 | (unsigned)rgb[1] << 8 | rgb[2]);
    ink(s->cr, 0x3a4653);
    cairo_set_line_width(s->cr, 0.4);
    cairo_rectangle(s->cr, x, y, width, height);
    cairo_stroke(s->cr);
}

/* ---- sheets ---- */

static void finish_sheet(struct sheet *s)
{
    if (!drawing(s))
        return;
    const struct font small = {.size = 7.5, .tone = NW_TONE_MUTED};
    const struct font right = {.size = 7.5, .tone = NW_TONE_MUTED, .right = true};
    const double y = SHEET_HEIGHT - BOTTOM + 16;
    box(s, SIDE, y - 5, content_width(), 0.5, 0xccd4dc);
    show_text(s, s->page->foot, SIDE, y, content_width() - 90, &small);
    struct nw_text number;
    struct nw_err dropped = {0};
    nw_text_init(&number, 200);
    char digits[2][NW_NUMBER_MAX];
    (void)nw_number_format_fixed(digits[0], (double)s->number, 0);
    (void)nw_number_format_fixed(digits[1], (double)s->total, 0);
    size_t next = 0;
    bool ok = true;
    for (const char *f = s->page->sheet_format; ok && *f; f++)
        ok = *f == '#' && next < 2 ? nw_text_add(&number, digits[next++], &dropped)
                                   : nw_text_addn(&number, f, 1, &dropped);
    if (ok && number.data)
        show_text(s, number.data, SHEET_WIDTH - SIDE - 90, y, 90, &right);
    nw_text_release(&number);
    cairo_show_page(s->cr);
}

static void new_sheet(struct sheet *s)
{
    finish_sheet(s);
    s->number++;
    s->y = TOP;
}

/* True when a new sheet had to be begun. */
static bool make_room(struct sheet *s, double height)
{
    if (s->y + height <= SHEET_HEIGHT - BOTTOM || s->y <= TOP)
        return false;
    new_sheet(s);
    return true;
}

/* ---- blocks ---- */

static double figure_width(const struct nw_block *b)
{
    return (content_width() - GAP * (double)(b->across - 1)) / (double)b->across;
}

static double figure_height(const struct sheet *s, const struct nw_block *b, size_t i)
{
    const struct nw_picture *p = &s->page->picture[b->figure[i].picture];
    return fmin(FIGURE_HIGH, figure_width(b) * (double)p->height / (double)p->width);
}

static double figure_row_height(struct sheet *s, const struct nw_block *b, size_t first)
{
    const struct font small = {.size = 8};
    double high = 0;
    for (size_t i = first; i < first + b->across && i < b->figure_count; i++)
        high = fmax(high, figure_height(s, b, i) + 3 +
                              text_height(s, b->figure[i].caption, figure_width(b), &small));
    return high + 8;
}

/* What of the next block must stand under a heading. */
static double least_height(struct sheet *s, const struct nw_block *b)
{
    if (b->kind == NW_BLOCK_FIGURES)
        return figure_row_height(s, b, 0);
    return b->kind == NW_BLOCK_BARS ? 150 : 60;
}

static void show_heading(struct sheet *s, const struct nw_block *b, const struct nw_block *next)
{
    const struct font font = {.size = 12, .bold = true};
    make_room(s, 52 + (next ? least_height(s, next) : 0));
    if (s->y > TOP)
        s->y += 12;
    if (drawing(s)) {
        struct nw_text link;
        struct nw_err dropped = {0};
        nw_text_init(&link, 100);
        if (nw_text_addf(&link, &dropped, "page=%zu pos=[0 %d]", s->number, (int)s->y))
            cairo_pdf_surface_add_outline(s->surface, CAIRO_PDF_OUTLINE_ROOT, b->text,
                                          link.data, 0);
        nw_text_release(&link);
        ink(s->cr, 0x174a6d);
    }
    s->y += show_text(s, b->text, SIDE, s->y, content_width(), &font) + 2;
    box(s, SIDE, s->y, content_width(), 1.4, 0x1f5f8b);
    s->y += 6;
}

static void show_paragraph(struct sheet *s, const struct nw_block *b)
{
    struct font font = {.size = 9, .tone = b->tone, .mono = b->kind == NW_BLOCK_CODE};
    if (b->kind == NW_BLOCK_TITLE)
        font = (struct font){.size = 19, .bold = true};
    if (b->tone == NW_TONE_MUTED || font.mono)
        font.size = 8;
    const bool framed = font.mono || (b->kind == NW_BLOCK_TEXT && b->tone != NW_TONE_PLAIN &&
                                      b->tone != NW_TONE_MUTED);
    const double inset = framed ? 8 : 0, width = content_width() - 2 * inset;
    const double high = text_height(s, b->text, width, &font);
    make_room(s, high + inset);
    if (framed)
        box(s, SIDE, s->y, content_width(), high + inset, 0xf4f6f8);
    if (framed && drawing(s) && !font.mono) {
        tone_ink(s->cr, b->tone);
        cairo_rectangle(s->cr, SIDE, s->y, 3, high + inset);
        cairo_fill(s->cr);
    }
    show_text(s, b->text, SIDE + inset, s->y + inset / 2, width, &font);
    s->y += high + inset + 4;
}

static void show_verdict(struct sheet *s, const struct nw_block *b)
{
    static const unsigned paper[] = {0xf6f8fa, 0xeff8f2, 0xfef7e8, 0xfdefee, 0xf6f8fa};
    const struct font label = {.size = 8, .tone = NW_TONE_MUTED};
    const double count = (double)(b->cell_count / 3);
    const double width = (content_width() - GAP * (count - 1)) / count, inner = width - 18;
    double high = 0;
    for (size_t i = 0; i + 2 < b->cell_count; i += 3) {
        const struct font value = {.size = 14, .bold = true, .tone = b->cell[i + 1].tone};
        high = fmax(high, text_height(s, b->cell[i].text, inner, &label) +
                              text_height(s, b->cell[i + 1].text, inner, &value) +
                              text_height(s, b->cell[i + 2].text, inner, &label) + 14);
    }
    s->y += 8;
    make_room(s, high);
    for (size_t i = 0; i + 2 < b->cell_count; i += 3) {
        const enum nw_tone tone = b->cell[i + 1].tone;
        const struct font value = {.size = 14, .bold = true, .tone = tone};
        const double x = SIDE + (double)(i / 3) * (width + GAP);
        box(s, x, s->y, width, high, paper[tone]);
        if (drawing(s)) {
            tone_ink(s->cr, tone);
            cairo_rectangle(s->cr, x, s->y, 4, high);
            cairo_fill(s->cr);
        }
        double y = s->y + 6;
        y += show_text(s, b->cell[i].text, x + 11, y, inner, &label);
        y += show_text(s, b->cell[i + 1].text, x + 11, y, inner, &value) + 1;
        show_text(s, b->cell[i + 2].text, x + 11, y, inner, &label);
    }
    s->y += high + 8;
}

static void show_facts(struct sheet *s, const struct nw_block *b)
{
    const double half = content_width() / 2, label_width = 84;
    for (size_t i = 0; i + 1 < b->cell_count; i += 4) {
        double high = 0;
        for (size_t k = i; k < i + 4 && k + 1 < b->cell_count; k += 2) {
            const struct font value = {.size = 9, .tone = b->cell[k + 1].tone};
            const struct font label = {.size = 9, .tone = NW_TONE_MUTED};
            high = fmax(high,
                        text_height(s, b->cell[k + 1].text, half - label_width - 12, &value));
            high = fmax(high, text_height(s, b->cell[k].text, label_width - 6, &label));
        }
        make_room(s, high + 4);
        for (size_t k = i; k < i + 4 && k + 1 < b->cell_count; k += 2) {
            const struct font value = {.size = 9, .tone = b->cell[k + 1].tone};
            const struct font label = {.size = 9, .tone = NW_TONE_MUTED};
            const double x = SIDE + (k > i ? half : 0);
            show_text(s, b->cell[k].text, x, s->y + 1.5, label_width - 6, &label);
            show_text(s, b->cell[k + 1].text, x + label_width, s->y + 1.5,
                      half - label_width - 12, &value);
        }
        s->y += high + 4;
        box(s, SIDE, s->y - 0.4, content_width(), 0.4, 0xe3e8ec);
    }
    s->y += 4;
}

static const double LABEL_WIDTH = 96;

/* How many pairs stand in the row that begins with cell i. */
static size_t pairs_at(const struct nw_block *b, size_t i)
{
    const bool two =
        i + 3 < b->cell_count && b->cell[i + 1].share < 1 && b->cell[i + 3].share < 1;
    return two ? 2 : 1;
}

static void show_frame(struct sheet *s, double x, double width, double high)
{
    if (!drawing(s))
        return;
    ink(s->cr, 0xb4bec8);
    cairo_set_line_width(s->cr, 0.5);
    cairo_rectangle(s->cr, x, s->y, width, high);
    cairo_stroke(s->cr);
}

static void show_form(struct sheet *s, const struct nw_block *b)
{
    const struct font label = {.size = 8.5, .tone = NW_TONE_MUTED};
    for (size_t i = 0, pairs; i + 1 < b->cell_count; i += 2 * pairs) {
        pairs = pairs_at(b, i);
        const double width = content_width() / (double)pairs, room = width - LABEL_WIDTH - 12;
        double high = 0;
        for (size_t k = i; k < i + 2 * pairs; k += 2) {
            const struct font value = {.size = 9, .tone = b->cell[k + 1].tone};
            high = fmax(high, text_height(s, b->cell[k].text, LABEL_WIDTH - 10, &label));
            high = fmax(high, text_height(s, b->cell[k + 1].text, room, &value));
        }
        high += 5;
        make_room(s, high);
        for (size_t k = i; k < i + 2 * pairs; k += 2) {
            const struct font value = {.size = 9, .tone = b->cell[k + 1].tone};
            const double x = SIDE + (k > i ? width : 0);
            box(s, x, s->y, LABEL_WIDTH, high, 0xf1f4f7);
            show_frame(s, x, LABEL_WIDTH, high);
            show_frame(s, x + LABEL_WIDTH, width - LABEL_WIDTH, high);
            show_text(s, b->cell[k].text, x + 5, s->y + 2.5, LABEL_WIDTH - 10, &label);
            show_text(s, b->cell[k + 1].text, x + LABEL_WIDTH + 6, s->y + 2, room, &value);
        }
        s->y += high;
    }
    s->y += 6;
}

struct columns {
    size_t count;
    double x[16], width[16];
};

static struct columns columns_of(const struct nw_block *b)
{
    struct columns c = {.count = strlen(b->aligns)};
    assert(c.count <= sizeof c.x / sizeof c.x[0]);
    double total = 0, x = SIDE;
    for (size_t i = 0; i < c.count; i++)
        total += b->widths[i] - '0';
    for (size_t i = 0; i < c.count; i++) {
        c.x[i] = x;
        c.width[i] = content_width() * (b->widths[i] - '0') / total;
        x += c.width[i];
    }
    return c;
}

static struct font cell_font(const struct nw_block *b, size_t i, size_t columns)
{
    return (struct font){
        .size = columns > 8 ? 7.5 : 8.5,
        .bold = i < columns,
        .right = b->aligns[i % columns] == 'r',
        .tone = b->cell[i].tone,
    };
}

static double cell_inset(const struct nw_cell *cell)
{
    return cell->has_swatch ? 13 : 0;
}

static double row_height(struct sheet *s, const struct nw_block *b, const struct columns *c,
                         size_t row)
{
    double high = 0;
    for (size_t i = 0; i < c->count; i++) {
        const size_t at = row * c->count + i;
        const struct font font = cell_font(b, at, c->count);
        high = fmax(high, text_height(s, b->cell[at].text,
                                      c->width[i] - 8 - cell_inset(&b->cell[at]), &font));
    }
    return high + 6;
}

static void show_row(struct sheet *s, const struct nw_block *b, const struct columns *c,
                     size_t row)
{
    const double high = row_height(s, b, c, row);
    if (row == 0)
        box(s, SIDE, s->y, content_width(), high, 0xf1f4f7);
    for (size_t i = 0; i < c->count; i++) {
        const size_t at = row * c->count + i;
        const struct nw_cell *cell = &b->cell[at];
        const struct font font = cell_font(b, at, c->count);
        const double inset = cell_inset(cell);
        if (cell->has_swatch)
            swatch(s, c->x[i] + 4, s->y + 5, 8, 8, cell->swatch);
        show_text(s, cell->text, c->x[i] + 4 + inset, s->y + 3, c->width[i] - 8 - inset, &font);
    }
    s->y += high;
    box(s, SIDE, s->y - 0.4, content_width(), 0.4, 0xd5dbe1);
}

static void show_table(struct sheet *s, const struct nw_block *b)
{
    const struct columns c = columns_of(b);
    const size_t rows = b->cell_count / c.count;
    for (size_t row = 0; row < rows; row++) {
        double need = row_height(s, b, &c, row);
        if (row == 0 && rows > 1)
            need += row_height(s, b, &c, 1);
        if (make_room(s, need) && row > 0)
            show_row(s, b, &c, 0);
        show_row(s, b, &c, row);
    }
    s->y += 6;
}

static void show_bars(struct sheet *s, const struct nw_block *b)
{
    const double high = 96, step = content_width() / (double)b->cell_count;
    const struct font small = {.size = 7.5}, note = {.size = 8, .tone = NW_TONE_MUTED};
    double top = 0.01;
    for (size_t i = 0; i < b->cell_count; i++)
        top = fmax(top, b->cell[i].share);
    make_room(s, high + 44);
    const double base = s->y + high + 14;
    for (size_t i = 0; i < b->cell_count; i++) {
        const struct nw_cell *cell = &b->cell[i];
        const double x = SIDE + step * (double)i, tall = high * cell->share / top;
        swatch(s, x + 5, base - tall, step - 10, tall, cell->swatch);
        char percent[NW_NUMBER_MAX];
        const size_t len = nw_number_format_fixed(percent, 100 * cell->share, 1);
        if (len + 3 < sizeof percent)
            memcpy(percent + len, " %", 3);
        show_text(s, percent, x + 6, base - tall - 12, step - 6, &small);
        show_text(s, cell->text, x + 6, base + 2, step - 6, &small);
    }
    box(s, SIDE, base, content_width(), 0.7, 0x3a4653);
    s->y = base + 15;
    s->y += show_text(s, b->text, SIDE, s->y, content_width(), &note) + 6;
}

static void show_shares(struct sheet *s, const struct nw_block *b)
{
    const struct font small = {.size = 8.5};
    const double width = content_width() / (double)(b->cell_count ? b->cell_count : 1);
    make_room(s, 44);
    double x = SIDE;
    for (size_t i = 0; i < b->cell_count; i++) {
        const double wide = content_width() * b->cell[i].share;
        if (wide > 0)
            swatch(s, x, s->y + 2, wide, 13, b->cell[i].swatch);
        x += wide;
    }
    double high = 0;
    for (size_t i = 0; i < b->cell_count; i++) {
        const double left = SIDE + width * (double)i;
        swatch(s, left, s->y + 21, 7, 7, b->cell[i].swatch);
        high =
            fmax(high, show_text(s, b->cell[i].text, left + 11, s->y + 18, width - 13, &small));
    }
    s->y += 22 + high;
}

static void show_picture(struct sheet *s, const struct nw_picture *p, double x, double y,
                         double width, double height)
{
    cairo_surface_t *image =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)p->width, (int)p->height);
    if (cairo_surface_status(image) == CAIRO_STATUS_SUCCESS) {
        uint8_t *data = cairo_image_surface_get_data(image);
        const size_t stride = (size_t)cairo_image_surface_get_stride(image);
        for (size_t row = 0; row < p->height; row++)
            for (size_t i = 0; i < p->width; i++) {
                const uint8_t *c = p->rgb + 3 * (row * p->width + i);
                const uint32_t pixel = (uint32_t)c[0] << 16 | (uint32_t)c[1] << 8 | c[2];
                memcpy(data + row * stride + 4 * i, &pixel, sizeof pixel);
            }
        cairo_surface_mark_dirty(image);
    }
    cairo_save(s->cr);
    cairo_translate(s->cr, x, y);
    cairo_scale(s->cr, width / (double)p->width, height / (double)p->height);
    cairo_set_source_surface(s->cr, image, 0, 0);
    cairo_paint(s->cr);
    cairo_restore(s->cr);
    cairo_surface_destroy(image);
    ink(s->cr, 0xccd4dc);
    cairo_set_line_width(s->cr, 0.5);
    cairo_rectangle(s->cr, x, y, width, height);
    cairo_stroke(s->cr);
}

static void show_figures(struct sheet *s, const struct nw_block *b)
{
    const struct font small = {.size = 8, .tone = NW_TONE_MUTED};
    const double width = figure_width(b);
    for (size_t first = 0; first < b->figure_count; first += b->across) {
        const double high = figure_row_height(s, b, first);
        make_room(s, high);
        for (size_t i = first; i < first + b->across && i < b->figure_count; i++) {
            const struct nw_picture *p = &s->page->picture[b->figure[i].picture];
            const double x = SIDE + (width + GAP) * (double)(i - first);
            const double tall = figure_height(s, b, i);
            const double wide = tall * (double)p->width / (double)p->height;
            if (drawing(s))
                show_picture(s, p, x, s->y, wide, tall);
            show_text(s, b->figure[i].caption, x, s->y + tall + 2, width, &small);
        }
        s->y += high;
    }
}

static void show_block(struct sheet *s, const struct nw_block *b, const struct nw_block *next)
{
    switch (b->kind) {
    case NW_BLOCK_TITLE:
    case NW_BLOCK_TEXT:
    case NW_BLOCK_CODE:
        show_paragraph(s, b);
        return;
    case NW_BLOCK_HEADING:
        show_heading(s, b, next);
        return;
    case NW_BLOCK_VERDICT:
        show_verdict(s, b);
        return;
    case NW_BLOCK_FACTS:
        show_facts(s, b);
        return;
    case NW_BLOCK_FORM:
        show_form(s, b);
        return;
    case NW_BLOCK_TABLE:
        show_table(s, b);
        return;
    case NW_BLOCK_BARS:
        show_bars(s, b);
        return;
    case NW_BLOCK_SHARES:
        show_shares(s, b);
        return;
    case NW_BLOCK_FIGURES:
        show_figures(s, b);
        return;
    case NW_BLOCK_BREAK:
        if (s->y > TOP)
            new_sheet(s);
        return;
    }
    NW_UNREACHABLE();
}

/* total 0: nothing is drawn. Returns how many sheets there are. */
static size_t run(struct sheet *s, size_t total)
{
    const struct nw_page *page = s->page;
    s->number = 1;
    s->total = total;
    s->y = TOP;
    for (size_t b = 0; b < page->block_count; b++)
        show_block(s, &page->block[b], b + 1 < page->block_count ? &page->block[b + 1] : NULL);
    finish_sheet(s);
    return s->number;
}

/* ---- the file ---- */

bool nw_page_pdf(const struct nw_page *page, struct nw_text *text, struct nw_err *err)
{
    struct nw_pdf pdf;
    if (!nw_pdf_begin(&pdf, text, SHEET_WIDTH, SHEET_HEIGHT, err))
        return false;
    struct sheet s = {.page = page, .surface = pdf.surface, .cr = pdf.cr, .layout = pdf.layout};
    nw_pdf_title(&pdf, page->title);
    const size_t total = run(&s, 0);
    (void)run(&s, total);
    return nw_pdf_end(&pdf, err);
}
