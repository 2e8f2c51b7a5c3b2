/* net/sheet.c -- see sheet.h. */
#include "net/sheet.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "core/mem.h"
#include "core/text.h"

enum { CSV_MOST = 64 << 20, WIDTH_MOST = 40, WIDTH_LEAST = 9 };

/* ------------------------------------------------------------------ CSV */

static bool add_text(struct nw_text *out, const char *text, struct nw_err *err)
{
    const bool quoted = strpbrk(text, ",\"\r\n") || *text == ' ';
    bool good = nw_text_add(out, quoted ? "\"" : "", err) &&
                (!*text || !strchr("=+-@\t\r\n", *text) || nw_text_add(out, "'", err));
    for (; good && *text; text++)
        good = nw_text_addn(out, text, 1, err) &&
               (*text != '"' || nw_text_addn(out, text, 1, err));
    return good && nw_text_add(out, quoted ? "\"" : "", err);
}

static bool add_cell(struct nw_text *out, const json_t *cell, struct nw_err *err)
{
    char number[NW_NUMBER_MAX];
    if (json_is_string(cell))
        return add_text(out, json_string_value(cell), err);
    if (!json_is_number(cell))
        return true;
    (void)nw_number_format(number, json_number_value(cell));
    return nw_text_add(out, number, err);
}

char *nw_sheet_csv(const struct nw_sheet *sheet, size_t *size, struct nw_err *err)
{
    struct nw_text out;
    nw_text_init(&out, CSV_MOST);
    bool good = nw_text_add(&out, "\xef\xbb\xbf", err);
    for (size_t r = 0; good && r < json_array_size(sheet->rows); r++) {
        const json_t *row = json_array_get(sheet->rows, r);
        for (size_t c = 0; good && c < json_array_size(row); c++)
            good = nw_text_add(&out, c ? "," : "", err) &&
                   add_cell(&out, json_array_get(row, c), err);
        good = good && nw_text_add(&out, "\r\n", err);
    }
    *size = out.len;
    if (good)
        return out.data;
    nw_text_release(&out);
    return NULL;
}

/* ------------------------------------------------------------------ XLSX */

/* Half-width letters that a text takes: Chinese ones take two. */
static double width_of(const char *text)
{
    double width = 0;
    for (; *text; text++) {
        const unsigned char byte = (unsigned char)*text;
        width += byte < 0x80 ? 1 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0;
    }
    return width;
}

static double column_width(const json_t *rows, size_t column)
{
    double width = WIDTH_LEAST;
    for (size_t r = 0; r < json_array_size(rows); r++) {
        const char *text = json_string_value(json_array_get(json_array_get(rows, r), column));
        width = text ? fmax(width, width_of(text) + 2) : width;
    }
    return fmin(width, WIDTH_MOST);
}

static bool write_cell(lxw_worksheet *to, lxw_row_t row, lxw_col_t column, const json_t *cell,
                       lxw_format *format)
{
    if (json_is_string(cell))
        return worksheet_write_string(to, row, column, json_string_value(cell), format) ==
               LXW_NO_ERROR;
    return !json_is_number(cell) ||
           worksheet_write_number(to, row, column, json_number_value(cell), format) ==
               LXW_NO_ERROR;
}

static bool write_sheet(lxw_workbook *book, const struct nw_sheet *sheet, lxw_format *bold)
{
    lxw_worksheet *to = workbook_add_worksheet(book, sheet->name);
    bool good = to != NULL;
    const size_t columns = json_array_size(json_array_get(sheet->rows, 0));
    for (size_t r = 0; good && r < json_array_size(sheet->rows); r++) {
        const json_t *row = json_array_get(sheet->rows, r);
        for (size_t c = 0; good && c < json_array_size(row); c++)
            good = write_cell(to, (lxw_row_t)r, (lxw_col_t)c, json_array_get(row, c),
                              r ? NULL : bold);
    }
    for (size_t c = 0; good && c < columns; c++)
        good = worksheet_set_column(to, (lxw_col_t)c, (lxw_col_t)c,
                                    column_width(sheet->rows, c), NULL) == LXW_NO_ERROR;
    if (good)
        worksheet_freeze_panes(to, 1, 0);
    return good;
}

/* The library writes to a name: this one is of memory. */
static bool write_book(const char *path, const struct nw_sheet *sheets, size_t count,
                       const char *title)
{
    lxw_workbook_options options = {.constant_memory = LXW_FALSE};
    lxw_doc_properties properties = {.title = (char *)(uintptr_t)title};
    lxw_workbook *book = workbook_new_opt(path, &options);
    if (!book)
        return false;
    lxw_format *bold = workbook_add_format(book);
    bool good = bold && workbook_set_properties(book, &properties) == LXW_NO_ERROR;
    if (good)
        format_set_bold(bold);
    for (size_t i = 0; good && i < count; i++)
        good = write_sheet(book, &sheets[i], bold);
    return (workbook_close(book) == LXW_NO_ERROR) && good;
}

static char *read_all(int file, size_t *size, struct nw_err *err)
{
    struct stat stat;
    if (fstat(file, &stat) != 0 || stat.st_size <= 0) {
        nw_fail(err, NW_ERR_IO, "the table could not be written");
        return NULL;
    }
    *size = (size_t)stat.st_size;
    char *bytes = NW_ALLOC(char, *size, err);
    size_t done = 0;
    while (bytes && done < *size) {
        const ssize_t got = pread(file, bytes + done, *size - done, (off_t)done);
        if (got <= 0) {
            nw_free(bytes);
            nw_fail(err, NW_ERR_IO, "the table could not be written");
            return NULL;
        }
        done += (size_t)got;
    }
    return bytes;
}

char *nw_sheet_xlsx(const struct nw_sheet *sheets, size_t count, const char *title,
                    size_t *size, struct nw_err *err)
{
    char path[64];
    const int file = memfd_create("table", MFD_CLOEXEC);
    if (file < 0) {
        nw_fail(err, NW_ERR_IO, "the table could not be written");
        return NULL;
    }
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    char *bytes = NULL;
    if (write_book(path, sheets, count, title))
        bytes = read_all(file, size, err);
    else
        nw_fail(err, NW_ERR_IO, "the table could not be written");
    (void)close(file);
    return bytes;
}
