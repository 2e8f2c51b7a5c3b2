/*
 * core/rand.h -- random numbers as a function of (seed, index): voxel 12345 gets the same
 * noise on any thread and any machine. The mixing is SplitMix64 (Steele, Lea, Flood 2014).
 */
#ifndef NW_CORE_RAND_H
#define NW_CORE_RAND_H

#include <stdint.h>

#include "core/vec.h"

static inline uint64_t nw_rand_bits(uint64_t seed, uint64_t index)
{
    uint64_t z = seed * 0xD1342543DE82EF95u + (index + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* Even in [0, 1). */
static inline double nw_rand_even(uint64_t seed, uint64_t index)
{
    return (double)(nw_rand_bits(seed, index) >> 11) * 0x1p-53;
}

/* Standard normal, by Box and Muller (1958). */
static inline double nw_rand_normal(uint64_t seed, uint64_t index)
{
    const double u = 1 - nw_rand_even(seed, 2 * index), v = nw_rand_even(seed, 2 * index + 1);
    return sqrt(-2 * nw_log(u)) * nw_cos(2 * NW_PI * v);
}

#endif
