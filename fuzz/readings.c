/* fuzz/readings.c -- any bytes as calliper readings. */
#include <assert.h>
#include <stdint.h>

#include "print/calibrate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nw_err err = {0};
    struct nw_fit fit;
    size_t count = 0;
    struct nw_reading *list = nw_readings_parse((const char *)data, size, &count, &err);
    if (list && nw_readings_fit(list, count, &fit, &err))
        assert(fit.scale[0] > 0.89 && fit.count == count);
    nw_free(list);
    return 0;
}
