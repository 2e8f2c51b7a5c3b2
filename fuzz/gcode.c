/* fuzz/gcode.c -- any bytes as G-code. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "core/mem.h"
#include "print/fff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nw_gcode_facts facts;
    struct nw_err err = {0};
    char *text = nw_alloc(size + 1, 1, &err); /* a 0 behind it, as a file's content has */
    if (!text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    if (nw_gcode_read(text, size, &facts, &err))
        assert(facts.layers > 0 && facts.filament_mm > 0);
    nw_free(text);
    return 0;
}
