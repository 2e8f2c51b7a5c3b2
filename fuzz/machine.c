/* fuzz/machine.c -- any bytes as a printer's profile. */
#include <assert.h>
#include <stdint.h>

#include "print/machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nw_machine m = {0};
    struct nw_err err = {0};
    if (nw_machine_parse((const char *)data, size, &m, &err))
        assert(m.material_count > 0 && nw_machine_material(&m, NULL, &err));
    else
        assert(err.code != NW_OK && m.name == NULL);
    nw_machine_release(&m);
    return 0;
}
