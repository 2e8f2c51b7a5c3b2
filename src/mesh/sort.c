/* mesh/sort.c -- see sort_priv.h. */
#include "mesh/sort_priv.h"

#include <string.h>

#include "core/mem.h"
#include "core/parallel.h"

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, CHUNKS = 32 };

static size_t chunk_begin(size_t count, size_t chunk)
{
    return count / CHUNKS * chunk + (chunk < count % CHUNKS ? chunk : count % CHUNKS);
}

/* One pass from `from` to `to` by the digit at `shift`. at: CHUNKS rows of DIGITS. */
static void sort_digit(const uint64_t *from, uint64_t *to, size_t count, int shift,
                       uint64_t mask, size_t (*at)[DIGITS])
{
    NW_PARALLEL_FOR
    for (size_t c = 0; c < CHUNKS; c++) {
        memset(at[c], 0, sizeof at[c]);
        for (size_t i = chunk_begin(count, c); i < chunk_begin(count, c + 1); i++)
            at[c][from[i] >> shift & mask]++;
    }
    size_t before = 0;
    for (size_t d = 0; d <= mask; d++)
        for (size_t c = 0; c < CHUNKS; c++) {
            const size_t here = at[c][d];
            at[c][d] = before;
            before += here;
        }
    NW_PARALLEL_FOR
    for (size_t c = 0; c < CHUNKS; c++)
        for (size_t i = chunk_begin(count, c); i < chunk_begin(count, c + 1); i++)
            to[at[c][from[i] >> shift & mask]++] = from[i];
}

bool nw_sort_bits(uint64_t *key, uint64_t *spare, size_t count, int shift, int bits,
                  struct nw_err *err)
{
    NW_AUTOFREE size_t(*at)[DIGITS] = nw_alloc_unset(CHUNKS, sizeof *at, err);
    if (!at)
        return false;
    uint64_t *from = key, *to = spare;
    for (int done = 0; done < bits; done += DIGIT_BITS) {
        const int width = bits - done < DIGIT_BITS ? bits - done : DIGIT_BITS;
        sort_digit(from, to, count, shift + done, ((uint64_t)1 << width) - 1, at);
        uint64_t *const other = from;
        from = to;
        to = other;
    }
    if (from != key && count)
        memcpy(key, from, count * sizeof *key);
    return true;
}

static void sift_down(uint64_t *key, size_t root, size_t count)
{
    const uint64_t value = key[root];
    for (size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && key[child + 1] > key[child])
            child++;
        if (key[child] <= value)
            break;
        key[root] = key[child];
        root = child;
    }
    key[root] = value;
}

void nw_sort_small(uint64_t *key, size_t count)
{
    enum { FEW = 24 };
    if (count <= FEW) { /* by insertion */
        for (size_t i = 1; i < count; i++) {
            const uint64_t value = key[i];
            size_t j = i;
            for (; j > 0 && key[j - 1] > value; j--)
                key[j] = key[j - 1];
            key[j] = value;
        }
        return;
    }
    for (size_t i = count / 2; i-- > 0;) /* by a heap: no worse on any order */
        sift_down(key, i, count);
    for (size_t end = count - 1; end > 0; end--) {
        const uint64_t top = key[0];
        key[0] = key[end];
        key[end] = top;
        sift_down(key, 0, end);
    }
}
