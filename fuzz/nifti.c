/* fuzz/nifti.c -- any bytes as a NIfTI-1 file, gzip or not. */
#include "io_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_volume(data, size);
}
