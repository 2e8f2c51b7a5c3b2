/* fuzz/threemf.c -- any bytes as a 3MF package. */
#include "io_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_model(&nw_format_3mf, data, size);
}
