/* report/page.c -- see page_priv.h. */
#include "report/page_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void nw_page_release(struct nw_page *page)
{
    for (size_t b = 0; b < page->block_count; b++) {
        nw_free(page->block[b].cell);
        nw_free(page->block[b].figure);
    }
    nw_free(page->block);
    nw_arena_release(&page->arena);
    *page = (struct nw_page){0};
}

static const char *keep(struct nw_page *page, const char *text)
{
    char *kept = NULL;
    if (page->err.code == NW_OK && text)
        kept = nw_arena_text(&page->arena, text, &page->err);
    if (kept && !nw_text_is_utf8(kept, strlen(kept))) /* what no reader could show */
        for (char *c = kept; *c; c++)
            *c = (unsigned char)*c < 0x80 ? *c : '?';
    return kept ? kept : "";
}

void nw_page_add(struct nw_page *page, enum nw_block_kind kind, enum nw_tone tone,
                 const char *text)
{
    const char *kept = keep(page, text);
    if (page->err.code != NW_OK ||
        !nw_grow(&page->block, &page->block_room, page->block_count + 1, sizeof *page->block,
                 &page->err))
        return;
    page->block[page->block_count++] =
        (struct nw_block){.kind = kind, .tone = tone, .text = kept, .across = 1};
}

static struct nw_block *last(struct nw_page *page)
{
    return &page->block[page->block_count - 1];
}

void nw_page_table(struct nw_page *page, const char *aligns, const char *widths)
{
    nw_page_add(page, NW_BLOCK_TABLE, NW_TONE_PLAIN, NULL);
    if (page->err.code != NW_OK)
        return;
    last(page)->aligns = aligns;
    last(page)->widths = widths;
}

static struct nw_cell *new_cell(struct nw_page *page, const char *text)
{
    const char *kept = keep(page, text);
    if (page->err.code != NW_OK)
        return NULL;
    struct nw_block *b = last(page);
    if (!nw_grow(&b->cell, &b->cell_room, b->cell_count + 1, sizeof *b->cell, &page->err))
        return NULL;
    struct nw_cell *cell = &b->cell[b->cell_count++];
    *cell = (struct nw_cell){.text = kept};
    return cell;
}

void nw_page_cell(struct nw_page *page, enum nw_tone tone, const char *text)
{
    struct nw_cell *cell = new_cell(page, text);
    if (cell)
        cell->tone = tone;
}

void nw_page_swatch(struct nw_page *page, const uint8_t rgb[3])
{
    if (page->err.code != NW_OK)
        return;
    struct nw_cell *cell = &last(page)->cell[last(page)->cell_count - 1];
    cell->has_swatch = true;
    memcpy(cell->swatch, rgb, 3);
}

void nw_page_box(struct nw_page *page, const char *label, enum nw_tone tone, const char *text,
                 bool half)
{
    (void)new_cell(page, label);
    struct nw_cell *cell = new_cell(page, text);
    if (!cell)
        return;
    cell->tone = tone;
    cell->share = half ? 0.5 : 1;
}

void nw_page_bar(struct nw_page *page, const char *label, double share, const uint8_t rgb[3])
{
    struct nw_cell *cell = new_cell(page, label);
    if (!cell)
        return;
    cell->share = share;
    nw_page_swatch(page, rgb);
}

void nw_page_figure(struct nw_page *page, size_t picture, const char *caption, size_t across)
{
    const char *kept = keep(page, caption);
    if (page->err.code != NW_OK)
        return;
    struct nw_block *b = last(page);
    if (!nw_grow(&b->figure, &b->figure_room, b->figure_count + 1, sizeof *b->figure,
                 &page->err))
        return;
    b->figure[b->figure_count++] = (struct nw_figure){picture, kept};
    b->across = across;
}

const char *nw_page_print(struct nw_page *page, const char *fmt, ...)
{
    if (page->err.code != NW_OK)
        return "";
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    const int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *text = NULL;
    if (len >= 0)
        text = nw_arena_alloc(&page->arena, (size_t)len + 1, &page->err);
    else
        nw_fail(&page->err, NW_ERR_INTERNAL, "a text of the report could not be formatted");
    if (text)
        (void)vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    return text ? text : "";
}
