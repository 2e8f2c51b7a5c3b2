/* fuzz/stl.c -- any bytes as an STL. */
#include "io_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_model(&nw_format_stl, data, size);
}
