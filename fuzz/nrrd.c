/* fuzz/nrrd.c -- any bytes as an NRRD. */
#include "io_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_volume(data, size);
}
