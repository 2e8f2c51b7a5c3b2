/* report/pdf_file.c -- see pdf_priv.h. */
#include "report/pdf_priv.h"

#include <cairo-pdf.h>

/* A document's date is fixed, so that its bytes are. */
static const char FIXED_DATE[] = "2000-01-01T00:00:00Z";

static cairo_status_t take(void *closure, const unsigned char *data, unsigned len)
{
    struct nw_pdf_sink *sink = (struct nw_pdf_sink *)closure;
    if (!sink->text)
        return CAIRO_STATUS_SUCCESS;
    if (sink->err->code == NW_OK &&
        nw_text_addn(sink->text, (const char *)data, len, sink->err))
        return CAIRO_STATUS_SUCCESS;
    return CAIRO_STATUS_WRITE_ERROR;
}

/* The same letters at any size and place: no fitting to a screen's pixels. */
static PangoLayout *plain_layout(cairo_t *cr)
{
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    PangoContext *context = pango_cairo_create_context(cr);
    pango_cairo_context_set_font_options(context, options);
    pango_context_set_round_glyph_positions(context, FALSE);
    PangoLayout *layout = pango_layout_new(context);
    g_object_unref(context);
    cairo_font_options_destroy(options);
    return layout;
}

bool nw_pdf_begin(struct nw_pdf *pdf, struct nw_text *out, double width, double height,
                  struct nw_err *err)
{
    pdf->sink = (struct nw_pdf_sink){out, err};
    pdf->surface = cairo_pdf_surface_create_for_stream(take, &pdf->sink, width, height);
    pdf->cr = cairo_create(pdf->surface);
    pdf->layout = plain_layout(pdf->cr);
    cairo_pdf_surface_set_metadata(pdf->surface, CAIRO_PDF_METADATA_CREATOR, "Nuwa");
    cairo_pdf_surface_set_metadata(pdf->surface, CAIRO_PDF_METADATA_CREATE_DATE, FIXED_DATE);
    return true;
}

void nw_pdf_title(struct nw_pdf *pdf, const char *title)
{
    cairo_pdf_surface_set_metadata(pdf->surface, CAIRO_PDF_METADATA_TITLE, title);
}

/* A digest that is broken over two lines must not gain a letter. */
static void set_no_hyphens(PangoLayout *layout)
{
    PangoAttrList *list = pango_attr_list_new();
    pango_attr_list_insert(list, pango_attr_insert_hyphens_new(FALSE));
    pango_layout_set_attributes(layout, list);
    pango_attr_list_unref(list);
}

void nw_pdf_layout(PangoLayout *layout, const char *text, double width,
                   const struct nw_pdf_text *look)
{
    PangoFontDescription *d = pango_font_description_from_string(
        look->mono ? "Noto Sans Mono CJK SC" : "Noto Sans CJK SC");
    pango_font_description_set_absolute_size(d, look->size * PANGO_SCALE);
    pango_font_description_set_weight(d, look->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, d);
    pango_font_description_free(d);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(layout, look->right ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
    pango_layout_set_spacing(layout, 0);
    set_no_hyphens(layout);
    pango_layout_set_text(layout, text, -1);
}

static void set_ink(cairo_t *cr, unsigned rgb)
{
    cairo_set_source_rgb(cr, (rgb >> 16) / 255.0, (rgb >> 8 & 255) / 255.0,
                         (rgb & 255) / 255.0);
}

double nw_pdf_text(struct nw_pdf *pdf, const char *text, double x, double y, double width,
                   const struct nw_pdf_text *look)
{
    static const struct nw_pdf_text measured = {.size = 8, .bold = true};
    int high = 0;
    nw_pdf_layout(pdf->layout, text, width, look ? look : &measured);
    pango_layout_get_size(pdf->layout, NULL, &high);
    if (look) {
        set_ink(pdf->cr, look->rgb);
        cairo_move_to(pdf->cr, x, y);
        pango_cairo_show_layout(pdf->cr, pdf->layout);
    }
    return (double)high / PANGO_SCALE;
}

void nw_pdf_box(struct nw_pdf *pdf, double x, double y, double width, double height,
                unsigned rgb)
{
    set_ink(pdf->cr, rgb);
    cairo_rectangle(pdf->cr, x, y, width, height);
    cairo_fill(pdf->cr);
}

bool nw_pdf_end(struct nw_pdf *pdf, struct nw_err *err)
{
    cairo_status_t status = cairo_status(pdf->cr);
    g_object_unref(pdf->layout);
    cairo_destroy(pdf->cr);
    cairo_surface_finish(pdf->surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(pdf->surface);
    cairo_surface_destroy(pdf->surface);
    if (err->code != NW_OK)
        return false;
    if (status != CAIRO_STATUS_SUCCESS)
        return nw_fail(err, status == CAIRO_STATUS_NO_MEMORY ? NW_ERR_MEMORY : NW_ERR_INTERNAL,
                       "the PDF could not be drawn: %s", cairo_status_to_string(status));
    return true;
}
