/* fuzz/design.c -- any text as a design document: read or refused with a place, never more. */
#include <assert.h>
#include <string.h>

#include "design/design.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nw_err err = {0};
    struct nw_design *d = nw_design_parse((const char *)data, size, &err);
    assert((d != NULL) == (err.code == NW_OK));
    assert(d || strstr(err.msg, "line ") || err.code == NW_ERR_MEMORY);
    for (size_t i = 0; d && i < nw_design_output_count(d); i++)
        assert(nw_design_output(d, i).cell_mm > 0);
    nw_design_free(d);
    return 0;
}
