/* fuzz/gltf.c -- any bytes as a GLB. */
#include "io_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_model(&nw_format_glb, data, size);
}
