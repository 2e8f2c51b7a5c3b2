/* report/html.c -- a page as one HTML file: pictures inside as base64, no script, nothing from
 * elsewhere, and well-formed XML besides, so that any reader can take it apart. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "core/parallel.h"
#include "report/page_priv.h"

static const char STYLE[] =
    "@page{size:A4;margin:14mm}"
    "*{box-sizing:border-box}"
    "body{font:14px/1.5 'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','PingFang SC',"
    "'Microsoft YaHei',sans-serif;color:#1d2733;background:#eef1f4;margin:0}"
    "main{max-width:980px;margin:24px auto;background:#fff;padding:36px 44px;"
    "border:1px solid #dde3e8;border-radius:4px}"
    "h1{font-size:25px;line-height:1.3;margin:0 0 2px;font-weight:700}"
    "h2{font-size:16px;margin:30px 0 10px;padding-bottom:5px;border-bottom:2px solid #1f5f8b;"
    "color:#174a6d;break-after:avoid}"
    "p{margin:6px 0;white-space:pre-line}"
    ".t1{color:#17653c}.t2{color:#8a5600}.t3{color:#a8231c}.t4{color:#5b6775}"
    "p.t4{font-size:13px}"
    "p.t2,p.t3,p.t1{padding:8px 12px;border-left:4px solid;background:#f7f8f9}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f4f6f8;padding:8px 12px;"
    "font:12.5px/1.5 'Noto Sans Mono CJK SC','DejaVu Sans Mono',monospace;margin:6px 0;"
    "border-radius:3px}"
    ".verdict{display:flex;flex-wrap:wrap;gap:12px;margin:18px 0 6px;break-inside:avoid}"
    ".verdict>div{flex:1 1 190px;border:1px solid #ccd4dc;border-left:6px solid #5b6775;"
    "padding:10px 14px;border-radius:3px}"
    ".verdict b{display:block;font-size:21px;line-height:1.35}"
    ".verdict span{display:block;font-size:12.5px;color:#4a5562}"
    ".verdict .t1{border-left-color:#1b7f4b;background:#eff8f2}"
    ".verdict .t2{border-left-color:#d08a10;background:#fef7e8}"
    ".verdict .t3{border-left-color:#b3261e;background:#fdefee}"
    "dl{display:grid;grid-template-columns:max-content 1fr max-content 1fr;margin:0}"
    "dt,dd{padding:4px 0;border-bottom:1px solid #edf0f3;margin:0;overflow-wrap:anywhere}"
    "dt{color:#5b6775;padding-right:14px}dd{padding-right:22px}"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;margin:4px 0}"
    "th{font-weight:600;text-align:left;color:#3a4653;background:#f1f4f7;font-size:12.5px;"
    "vertical-align:bottom}"
    "td,th{padding:5px 8px;border-bottom:1px solid #e3e8ec;vertical-align:top}"
    "thead{display:table-header-group}tr{break-inside:avoid}"
    ".r{text-align:right}td.r{white-space:nowrap}"
    "i{display:inline-block;width:11px;height:11px;margin-right:7px;border:1px solid #0004;"
    "border-radius:2px}"
    "figure{margin:0;break-inside:avoid}figure img{width:100%;height:auto;display:block;"
    "border:1px solid #dde3e8}figcaption{font-size:12.5px;color:#4a5562;padding:3px 0 8px}"
    ".figures{display:grid;gap:10px 14px;margin:8px 0;align-items:start}"
    ".shares{display:flex;height:22px;margin:8px 0 4px;border:1px solid #8a95a1}"
    ".keys span{margin-right:18px;white-space:nowrap;font-size:13px}"
    "svg{width:100%;height:auto;display:block}"
    "footer{margin-top:26px;padding-top:8px;border-top:1px solid #dde3e8;color:#5b6775;"
    "font-size:12px}"
    "@media print{body{background:#fff;font-size:11.5px}main{margin:0;padding:0;border:0;"
    "max-width:none}.brk{break-before:page}}"
    "@media(max-width:640px){main{padding:18px}dl{grid-template-columns:max-content 1fr}"
    ".figures{grid-template-columns:1fr !important}}";

struct out {
    struct nw_text *text;
    struct nw_err *err;
    bool ok;
};

static void put(struct out *o, const char *s)
{
    o->ok = o->ok && nw_text_add(o->text, s, o->err);
}

static void put_xml(struct out *o, const char *s)
{
    o->ok = o->ok && nw_text_add_xml(o->text, s, o->err);
}

#define PUTF(o, ...) ((o)->ok = (o)->ok && nw_text_addf((o)->text, (o)->err, __VA_ARGS__))

static void put_base64(struct out *o, const uint8_t *data, size_t len)
{
    static const char digit[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    enum { THREES = 768 };
    char text[4 * THREES];
    for (size_t i = 0; o->ok && i < len;) {
        size_t n = 0;
        for (; i < len && n < sizeof text; i += 3, n += 4) {
            const uint32_t b1 = i + 1 < len ? data[i + 1] : 0,
                           b2 = i + 2 < len ? data[i + 2] : 0;
            const uint32_t v = (uint32_t)data[i] << 16 | b1 << 8 | b2;
            text[n] = digit[v >> 18];
            text[n + 1] = digit[v >> 12 & 63];
            text[n + 2] = i + 1 < len ? digit[v >> 6 & 63] : '=';
            text[n + 3] = i + 2 < len ? digit[v & 63] : '=';
        }
        o->ok = nw_text_addn(o->text, text, n, o->err);
    }
}

static void put_swatch(struct out *o, const struct nw_cell *c)
{
    if (c->has_swatch)
        PUTF(o, "<i style=\"background:#%02x%02x%02x\"></i>", c->swatch[0], c->swatch[1],
             c->swatch[2]);
}

static void put_verdict(struct out *o, const struct nw_block *b)
{
    put(o, "<div class=\"verdict\">");
    for (size_t i = 0; i + 2 < b->cell_count; i += 3) {
        PUTF(o, "<div class=\"t%d\"><span>", b->cell[i + 1].tone);
        put_xml(o, b->cell[i].text);
        put(o, "</span><b>");
        put_xml(o, b->cell[i + 1].text);
        put(o, "</b><span>");
        put_xml(o, b->cell[i + 2].text);
        put(o, "</span></div>");
    }
    put(o, "</div>\n");
}

static void put_facts(struct out *o, const struct nw_block *b)
{
    put(o, "<dl>");
    for (size_t i = 0; i + 1 < b->cell_count; i += 2) {
        put(o, "<dt>");
        put_xml(o, b->cell[i].text);
        PUTF(o, "</dt><dd class=\"t%d\">", b->cell[i + 1].tone);
        put_xml(o, b->cell[i + 1].text);
        put(o, "</dd>\n");
    }
    put(o, "</dl>\n");
}

static void put_table(struct out *o, const struct nw_block *b)
{
    const size_t columns = strlen(b->aligns);
    unsigned total = 0;
    for (size_t c = 0; c < columns; c++)
        total += (unsigned)(b->widths[c] - '0');
    assert(total > 0); /* a table has a column, and a column has a width */
    put(o, "<table><colgroup>");
    for (size_t c = 0; c < columns; c++)
        PUTF(o, "<col style=\"width:%u%%\"/>", 100 * (unsigned)(b->widths[c] - '0') / total);
    put(o, "</colgroup><thead><tr>");
    for (size_t i = 0; i < b->cell_count; i++) {
        const struct nw_cell *cell = &b->cell[i];
        const size_t c = i % columns;
        const char tag = i < columns ? 'h' : 'd';
        if (i > 0 && c == 0)
            put(o, i == columns ? "</tr></thead>\n<tbody><tr>" : "</tr>\n<tr>");
        PUTF(o, "<t%c class=\"%s%st%d\">", tag, b->aligns[c] == 'r' ? "r" : "",
             b->aligns[c] == 'r' ? " " : "", cell->tone);
        put_swatch(o, cell);
        put_xml(o, cell->text);
        PUTF(o, "</t%c>", tag);
    }
    put(o, b->cell_count > columns ? "</tr></tbody></table>\n" : "</tr></thead></table>\n");
}

static void put_bars(struct out *o, const struct nw_block *b)
{
    const size_t width = 880, height = 190, base = 160, step = width / b->cell_count;
    double top = 0.01;
    for (size_t i = 0; i < b->cell_count; i++)
        top = fmax(top, b->cell[i].share);
    PUTF(o, "<svg viewBox=\"0 0 %zu %zu\" role=\"img\" aria-label=\"", width, height);
    put_xml(o, b->text);
    put(o, "\" font-size=\"13\" text-anchor=\"middle\" fill=\"#1d2733\">\n");
    for (size_t i = 0; i < b->cell_count; i++) {
        const struct nw_cell *c = &b->cell[i];
        const double tall = 132 * c->share / top;
        const unsigned tall10 = (unsigned)rint(10 * tall);
        const size_t x = i * step, middle = x + step / 2;
        const unsigned y10 = (unsigned)base * 10 - tall10;
        PUTF(o,
             "<rect x=\"%zu\" y=\"%u.%u\" width=\"%zu\" height=\"%u.%u\" "
             "fill=\"#%02x%02x%02x\" stroke=\"#3a4653\" stroke-width=\"0.6\"/>",
             x + 6, y10 / 10, y10 % 10, step - 12, tall10 / 10, tall10 % 10, c->swatch[0],
             c->swatch[1], c->swatch[2]);
        char percent[NW_NUMBER_MAX];
        (void)nw_number_format_fixed(percent, 100 * c->share, 1);
        PUTF(o, "<text x=\"%zu\" y=\"%u\">%s %%</text><text x=\"%zu\" y=\"178\">", middle,
             y10 / 10 - 5, percent, middle);
        put_xml(o, c->text);
        put(o, "</text>\n");
    }
    PUTF(o, "<path d=\"M0 %zu.5H%zu\" stroke=\"#3a4653\"/></svg>\n", base, width);
    put(o, "<p class=\"t4\">");
    put_xml(o, b->text);
    put(o, "</p>\n");
}

static void put_shares(struct out *o, const struct nw_block *b)
{
    put(o, "<div class=\"shares\">");
    for (size_t i = 0; i < b->cell_count; i++) {
        const struct nw_cell *c = &b->cell[i];
        char percent[NW_NUMBER_MAX];
        (void)nw_number_format_fixed(percent, 100 * c->share, 2);
        PUTF(o, "<div style=\"width:%s%%;background:#%02x%02x%02x\"></div>", percent,
             c->swatch[0], c->swatch[1], c->swatch[2]);
    }
    put(o, "</div><p class=\"keys\">");
    for (size_t i = 0; i < b->cell_count; i++) {
        put(o, "<span>");
        put_swatch(o, &b->cell[i]);
        put_xml(o, b->cell[i].text);
        put(o, "</span> ");
    }
    put(o, "</p>\n");
}

struct png {
    uint8_t *data;
    size_t len;
};

static void put_figures(struct out *o, const struct nw_page *page, const struct nw_block *b,
                        const struct png *png)
{
    PUTF(o, "<div class=\"figures\" style=\"grid-template-columns:repeat(%zu,1fr)\">\n",
         b->across);
    for (size_t i = 0; i < b->figure_count; i++) {
        const struct nw_figure *f = &b->figure[i];
        PUTF(o, "<figure><img width=\"%zu\" height=\"%zu\" alt=\"",
             page->picture[f->picture].width, page->picture[f->picture].height);
        put_xml(o, f->caption);
        put(o, "\" src=\"data:image/png;base64,");
        put_base64(o, png[f->picture].data, png[f->picture].len);
        put(o, "\"/><figcaption>");
        put_xml(o, f->caption);
        put(o, "</figcaption></figure>\n");
    }
    put(o, "</div>\n");
}

static void put_tagged(struct out *o, const char *tag, const struct nw_block *b)
{
    PUTF(o, "<%s class=\"t%d\">", tag, b->tone);
    put_xml(o, b->text);
    PUTF(o, "</%s>\n", tag);
}

static void put_block(struct out *o, const struct nw_page *page, const struct nw_block *b,
                      const struct png *png)
{
    switch (b->kind) {
    case NW_BLOCK_TITLE:
        put_tagged(o, "h1", b);
        return;
    case NW_BLOCK_HEADING:
        put_tagged(o, "h2", b);
        return;
    case NW_BLOCK_TEXT:
        put_tagged(o, "p", b);
        return;
    case NW_BLOCK_CODE:
        put_tagged(o, "pre", b);
        return;
    case NW_BLOCK_VERDICT:
        put_verdict(o, b);
        return;
    case NW_BLOCK_FACTS:
    case NW_BLOCK_FORM:
        put_facts(o, b);
        return;
    case NW_BLOCK_TABLE:
        put_table(o, b);
        return;
    case NW_BLOCK_BARS:
        put_bars(o, b);
        return;
    case NW_BLOCK_SHARES:
        put_shares(o, b);
        return;
    case NW_BLOCK_FIGURES:
        put_figures(o, page, b, png);
        return;
    case NW_BLOCK_BREAK:
        put(o, "<div class=\"brk\"></div>\n");
        return;
    }
    NW_UNREACHABLE();
}

/* All pictures at once, side by side; the first failure in their order is told. */
static bool encode(const struct nw_page *page, struct png *png, struct nw_err *err)
{
    NW_AUTOFREE struct nw_err *errs = NW_ALLOC(struct nw_err, page->picture_count, err);
    if (!errs)
        return false;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t i = 0; i < page->picture_count; i++)
        png[i].data = nw_picture_png(&page->picture[i], &png[i].len, &errs[i]);
    for (size_t i = 0; i < page->picture_count; i++)
        if (!png[i].data) {
            *err = errs[i];
            return false;
        }
    return true;
}

static bool write_all(const struct nw_page *page, const struct png *png, struct nw_text *text,
                      struct nw_err *err)
{
    struct out o = {text, err, true};
    PUTF(&o, "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"/>", page->lang);
    put(&o, "<meta name=\"viewport\" content=\"width=device-width\"/>\n<title>");
    put_xml(&o, page->title);
    put(&o, "</title>\n<style>");
    put(&o, STYLE);
    put(&o, "</style></head>\n<body><main>\n");
    for (size_t b = 0; b < page->block_count; b++)
        put_block(&o, page, &page->block[b], png);
    put(&o, "<footer>");
    put_xml(&o, page->foot);
    put(&o, "</footer>\n</main></body></html>\n");
    return o.ok;
}

bool nw_page_html(const struct nw_page *page, struct nw_text *text, struct nw_err *err)
{
    NW_AUTOFREE struct png *png = NW_ALLOC(struct png, page->picture_count, err);
    if (!png)
        return false;
    const bool ok = encode(page, png, err) && write_all(page, png, text, err);
    for (size_t i = 0; i < page->picture_count; i++)
        nw_free(png[i].data);
    return ok;
}
