/* cli/info_priv.h -- who the patient of what was found is, and how names would read. */
#ifndef NW_CLI_INFO_PRIV_H
#define NW_CLI_INFO_PRIV_H

#include "cli/command.h"
#include "io/io.h"

/*
 * Each patient once, into path's "patients_found": name, id, sex, birth date; with `order`
 * (NULL: none) whether the scan's number is that of the order, null where the scan has none.
 */
NW_MUST_CHECK bool nw_info_patients(struct nw_run *run, const struct nw_intake *intake,
                                    const char *order, json_t *path, struct nw_err *err);

/* The same names in one character set after the other, into path's "charsets". */
NW_MUST_CHECK bool nw_info_charsets(struct nw_run *run, const char *name, json_t *path,
                                    struct nw_err *err);

#endif
