/*
 * net/sheet.h -- tables for spreadsheets: CSV (RFC 4180, UTF-8 with its mark, so that Excel
 * reads Chinese) and XLSX (ISO/IEC 29500, by libxlsxwriter).
 *
 * A text never becomes a formula: XLSX has it as a string, and in CSV what begins with = + - @,
 * a tabulator or a line's end has an apostrophe before it.
 */
#ifndef NW_NET_SHEET_H
#define NW_NET_SHEET_H

#include <jansson.h>

#include "core/err.h"

/* Rows of cells: texts, numbers, or null for an empty one; the first row has the headings. */
struct nw_sheet {
    const char *name; /* at most 31 letters */
    json_t *rows;     /* owned by whom made it */
};
/* New bytes by NW_ALLOC. */
NW_MUST_CHECK char *nw_sheet_csv(const struct nw_sheet *sheet, size_t *size,
                                 struct nw_err *err);
/* `title` goes into the file's properties. */
NW_MUST_CHECK char *nw_sheet_xlsx(const struct nw_sheet *sheets, size_t count,
                                  const char *title, size_t *size, struct nw_err *err);

#endif
