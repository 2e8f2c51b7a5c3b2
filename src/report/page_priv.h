/*
 * report/page_priv.h -- a document as a list of blocks, without saying how it is shown: what
 * report.c writes once, and html.c and pdf.c show each in its own way.
 *
 * A page remembers its first failure, and adding to a failed page does nothing; so a long
 * document is written without a check a line, and asked once at its end.
 */
#ifndef NW_REPORT_PAGE_PRIV_H
#define NW_REPORT_PAGE_PRIV_H

#include "core/text.h"
#include "report/picture.h"

enum nw_tone { NW_TONE_PLAIN, NW_TONE_GOOD, NW_TONE_WARN, NW_TONE_BAD, NW_TONE_MUTED };

struct nw_cell {
    const char *text;
    enum nw_tone tone;
    bool has_swatch;
    uint8_t swatch[3];
    double share; /* of bars, 0..1 */
};

enum nw_block_kind {
    NW_BLOCK_TITLE,
    NW_BLOCK_HEADING,
    NW_BLOCK_TEXT,
    NW_BLOCK_CODE,    /* text kept as it is, broken anywhere */
    NW_BLOCK_VERDICT, /* boxes side by side: cells in threes: label, value, remark; the tone is
                         the value's */
    NW_BLOCK_FACTS,   /* cells in pairs: label, value; two pairs side by side */
    NW_BLOCK_FORM, /* a form's boxes: cells in pairs: label, value; two pairs side by side where
                      both values have a share of 0.5, else one over the whole width */
    NW_BLOCK_TABLE,  /* the first row is the head */
    NW_BLOCK_BARS,   /* upright bars: cells with label, share and colour */
    NW_BLOCK_SHARES, /* one bar cut in pieces, with their labels */
    NW_BLOCK_FIGURES,
    NW_BLOCK_BREAK, /* a new page where pages are */
};

struct nw_figure {
    size_t picture;
    const char *caption;
};

struct nw_block {
    enum nw_block_kind kind;
    enum nw_tone tone;
    const char *text;   /* of titles and texts; under bars: what they show */
    const char *aligns; /* of a table: l or r a column */
    const char *widths; /* of a table: a digit a column, its share of the width */
    struct nw_cell *cell;
    size_t cell_count, cell_room;
    struct nw_figure *figure;
    size_t figure_count, figure_room, across;
};

struct nw_page {
    struct nw_arena arena;
    struct nw_block *block;
    size_t block_count, block_room;
    const struct nw_picture *picture; /* borrowed */
    size_t picture_count;
    const char *lang;         /* "zh-CN" or "en" */
    const char *title, *foot; /* foot: at the bottom of each sheet */
    const char *sheet_format; /* "Page %zu of %zu" in the page's language */
    struct nw_err err;
};

void nw_page_release(struct nw_page *page);
/* Adds a block, the one that cells and figures then go to. text may be NULL. */
void nw_page_add(struct nw_page *page, enum nw_block_kind kind, enum nw_tone tone,
                 const char *text);
void nw_page_table(struct nw_page *page, const char *aligns, const char *widths);
void nw_page_cell(struct nw_page *page, enum nw_tone tone, const char *text);
void nw_page_swatch(struct nw_page *page, const uint8_t rgb[3]); /* to the last cell */
/* A pair of a form. */
void nw_page_box(struct nw_page *page, const char *label, enum nw_tone tone, const char *text,
                 bool half);
void nw_page_bar(struct nw_page *page, const char *label, double share, const uint8_t rgb[3]);
void nw_page_figure(struct nw_page *page, size_t picture, const char *caption, size_t across);
/* Borrowed until the page's release; "" when the page has failed. */
const char *nw_page_print(struct nw_page *page, const char *fmt, ...) NW_PRINTF(2, 3);

/* Both write the whole page; NW_ERR_MEMORY, NW_ERR_LIMIT, NW_ERR_IO. */
NW_MUST_CHECK bool nw_page_html(const struct nw_page *page, struct nw_text *out,
                                struct nw_err *err);
NW_MUST_CHECK bool nw_page_pdf(const struct nw_page *page, struct nw_text *out,
                               struct nw_err *err);

#endif
