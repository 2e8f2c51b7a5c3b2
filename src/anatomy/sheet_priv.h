/*
 * anatomy/sheet_priv.h -- the requirement sheets as read from their JSON text, and what a
 * header says against them.
 */
#ifndef NW_ANATOMY_SHEET_PRIV_H
#define NW_ANATOMY_SHEET_PRIV_H

#include <jansson.h>

#include "core/scan.h"

/* One sheet; texts are borrowed from `root` until the release. */
struct nw_sheet {
    json_t *root, *body;
};
/* By its name or a preset's. NW_ERR_NOTFOUND lists the sheets. */
NW_MUST_CHECK bool nw_sheet_find(const char *name, struct nw_sheet *out, struct nw_err *err);
void nw_sheet_release(struct nw_sheet *sheet);

const char *nw_sheet_text(const struct nw_sheet *sheet, const char *key); /* "" when absent */
double nw_sheet_number(const struct nw_sheet *sheet, const char *key);    /* 0 when absent */
bool nw_sheet_flag(const struct nw_sheet *sheet, const char *key);
double nw_sheet_limit(const struct nw_sheet *sheet, const char *key); /* of all sheets */
const char *nw_sheet_version(const struct nw_sheet *sheet);
size_t nw_sheet_count(const struct nw_sheet *sheet, const char *list);
json_t *nw_sheet_item(const struct nw_sheet *sheet, const char *list, size_t index);
const char *nw_json_text(const json_t *object, const char *key); /* "" when absent */

enum nw_contrast { NW_CONTRAST_SILENT, NW_CONTRAST_PLAIN, NW_CONTRAST_GIVEN };
enum nw_contrast nw_header_contrast(const struct nw_sheet *sheet,
                                    const struct nw_scan_facts *f);
bool nw_header_names_phase(const struct nw_sheet *sheet, const struct nw_scan_facts *f);
/* Is this series what the row asks for, as far as its header tells? */
bool nw_header_suits(const struct nw_sheet *sheet, const json_t *row,
                     const struct nw_scan_facts *f);

#endif
