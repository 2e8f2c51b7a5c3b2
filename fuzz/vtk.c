/* fuzz/vtk.c -- any bytes as a legacy VTK file. */
#include "io_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_model(&nw_format_vtk, data, size);
}
