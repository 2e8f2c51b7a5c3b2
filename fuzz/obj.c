/* fuzz/obj.c -- any bytes as an OBJ. */
#include "io_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_model(&nw_format_obj, data, size);
}
