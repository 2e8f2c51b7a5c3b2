/* field/matrix.c -- matrix codes, through zint: see relief.h. */
#include <string.h>
#include <zint.h>

#include "field/field_priv.h"
#include "field/relief.h"

void nw_matrix_release(struct nw_matrix *matrix)
{
    nw_free(matrix->dark);
    *matrix = (struct nw_matrix){0};
}

/* Zint warns of a wrong check digit and goes on: to us a warning is an error, save that it had
 * to say which characters the text is in. */
static bool encode(struct zint_symbol *symbol, enum nw_code_kind kind, const char *text,
                   struct nw_err *err)
{
    symbol->symbology = kind == NW_MATRIX_QR ? BARCODE_QRCODE : BARCODE_DATAMATRIX;
    symbol->input_mode = kind == NW_MATRIX_GS1_DATAMATRIX ? GS1_MODE : UNICODE_MODE;
    if (kind == NW_MATRIX_QR)
        symbol->option_1 = 2; /* level M */
    else
        symbol->option_3 = DM_SQUARE;
    const size_t length = strlen(text);
    if (length == 0 || length > 3000)
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "the text of a code has %zu bytes and needs 1 to 3000", length);
    const int status = ZBarcode_Encode(symbol, (const unsigned char *)text, (int)length);
    if (status == 0 || status == ZINT_WARN_USES_ECI)
        return true;
    if (status == ZINT_ERROR_MEMORY)
        return nw_fail(err, NW_ERR_MEMORY, "there is no memory for a code");
    if (kind == NW_MATRIX_GS1_DATAMATRIX)
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "the text of a GS1 code has a wrong element or check digit");
    return nw_fail(err, NW_ERR_ARGUMENT,
                   "the text of a code has too many or unsuited characters");
}

bool nw_matrix_encode(enum nw_code_kind kind, const char *text, struct nw_matrix *out,
                      struct nw_err *err)
{
    struct zint_symbol *symbol = ZBarcode_Create();
    if (!symbol)
        return nw_fail(err, NW_ERR_MEMORY, "there is no memory for a code");
    struct nw_matrix m = {0};
    bool ok = encode(symbol, kind, text, err);
    if (ok) {
        m.rows = (size_t)symbol->rows;
        m.cols = (size_t)symbol->width;
        m.dark = NW_ALLOC_UNSET(uint8_t, m.rows * m.cols, err);
        ok = m.dark != NULL;
    }
    for (size_t r = 0; r < m.rows && ok; r++)
        for (size_t c = 0; c < m.cols; c++)
            m.dark[c + m.cols * r] = symbol->encoded_data[r][c >> 3] >> (c & 7) & 1;
    ZBarcode_Delete(symbol);
    if (ok)
        *out = m;
    return ok;
}

/* A module by its column and its row from below; light beyond the border. */
static bool is_dark(const struct nw_matrix *m, ptrdiff_t x, ptrdiff_t y)
{
    return x >= 0 && y >= 0 && (size_t)x < m->cols && (size_t)y < m->rows &&
           m->dark[(size_t)x + m->cols * (m->rows - 1 - (size_t)y)];
}

/* The border between modules, with the dark to the left. */
bool nw_matrix_outlines(const struct nw_matrix *matrix, double module_mm,
                        struct nw_outlines *out, struct nw_err *err)
{
    if (!nw_field_check_size(module_mm, "the module of a code", err))
        return false;
    struct nw_outlines o = {
        .max_mm = {(double)matrix->cols * module_mm, (double)matrix->rows * module_mm}};
    size_t room = 0;
    for (ptrdiff_t y = 0; y <= (ptrdiff_t)matrix->rows; y++)
        for (ptrdiff_t x = 0; x <= (ptrdiff_t)matrix->cols; x++)
            for (int upright = 0; upright < 2; upright++) {
                /* between the module at x, y and the one before it along the other axis */
                const bool here = is_dark(matrix, x, y),
                           before =
                               upright ? is_dark(matrix, x - 1, y) : is_dark(matrix, x, y - 1);
                if (here == before)
                    continue;
                const bool forth =
                    upright ? before : here; /* +x, or +y, has dark at its left */
                const double x0 = (double)x * module_mm, y0 = (double)y * module_mm,
                             x1 = upright ? x0 : (double)(x + 1) * module_mm,
                             y1 = upright ? (double)(y + 1) * module_mm : y0;
                if (!nw_grow(&o.edge_mm, &room, o.count + 1, sizeof *o.edge_mm, err)) {
                    nw_outlines_release(&o);
                    return false;
                }
                const double edge[2][4] = {{x1, y1, x0, y0}, {x0, y0, x1, y1}};
                memcpy(o.edge_mm[o.count++], edge[forth], sizeof edge[0]);
            }
    *out = o;
    return true;
}

nw_node nw_field_matrix(struct nw_field *f, enum nw_code_kind kind, const char *text,
                        double module_mm, const struct nw_mark_place *place, struct nw_err *err)
{
    NW_AUTO(nw_matrix) matrix = {0};
    NW_AUTO(nw_outlines) outlines = {0};
    if (err->code != NW_OK || !nw_matrix_encode(kind, text, &matrix, err) ||
        !nw_matrix_outlines(&matrix, module_mm, &outlines, err))
        return -1;
    return nw_field_outlines(f, &outlines, place, err);
}
