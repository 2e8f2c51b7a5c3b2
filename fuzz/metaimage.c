/* fuzz/metaimage.c -- any bytes as a MetaImage. */
#include "io_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_volume(data, size);
}
