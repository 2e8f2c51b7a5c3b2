/* fuzz/ply.c -- any bytes as a PLY. */
#include "io_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_model(&nw_format_ply, data, size);
}
