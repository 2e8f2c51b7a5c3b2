/* fuzz/amf.c -- any bytes as an AMF. */
#include "io_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_model(&nw_format_amf, data, size);
}
