/* fuzz/off.c -- any bytes as an OFF. */
#include "io_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_model(&nw_format_off, data, size);
}
