/* fuzz/stack.c -- any bytes as an archive of layer pictures. */
#include <assert.h>
#include <stdint.h>

#include "print/stack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nw_stack_facts facts = {0};
    struct nw_err err = {0};
    if (nw_stack_parse(data, size, &facts, &err))
        assert(facts.layers > 0 && facts.volume_mm3 >= 0);
    else
        assert(err.code != NW_OK);
    return 0;
}
