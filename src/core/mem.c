/* core/mem.c -- see mem.h. */
#include "core/mem.h"

#include <limits.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_size_t fail_countdown = SIZE_MAX; /* never */
static atomic_size_t held_bytes, peak_bytes;
static size_t budget_bytes = SIZE_MAX;

static bool fails_now(void)
{
    if (atomic_load_explicit(&fail_countdown, memory_order_relaxed) == SIZE_MAX)
        return false;
    return atomic_fetch_sub(&fail_countdown, 1) == 0; /* wraps to SIZE_MAX: never again */
}

static void count_in(void *block)
{
    const size_t bytes = malloc_usable_size(block);
    const size_t now = atomic_fetch_add(&held_bytes, bytes) + bytes;
    size_t peak = atomic_load(&peak_bytes);
    while (now > peak && !atomic_compare_exchange_weak(&peak_bytes, &peak, now))
        continue;
}

static bool over_budget(size_t bytes)
{
    const size_t held = atomic_load(&held_bytes);
    return held >= budget_bytes || bytes > budget_bytes - held;
}

static bool out_of_memory(size_t count, size_t size, struct nw_err *err)
{
    return nw_fail(err, NW_ERR_MEMORY, "no memory for %zu items of %zu bytes", count, size);
}

void *nw_alloc(size_t count, size_t size, struct nw_err *err)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX || fails_now() ||
        over_budget(bytes)) {
        out_of_memory(count, size, err);
        return NULL;
    }
    void *block = calloc(1, bytes ? bytes : 1);
    if (!block) {
        out_of_memory(count, size, err);
        return NULL;
    }
    count_in(block);
    return block;
}

void *nw_alloc_unset(size_t count, size_t size, struct nw_err *err)
{
    void *block = NULL;
    return nw_resize(&block, count, size, err) ? block : NULL;
}

bool nw_resize(void *block_ptr, size_t count, size_t size, struct nw_err *err)
{
    void *was;
    memcpy(&was, block_ptr, sizeof was); /* any object pointer, without aliasing it */
    const size_t was_bytes = was ? malloc_usable_size(was) : 0;
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX || fails_now() ||
        (bytes > was_bytes && over_budget(bytes - was_bytes)))
        return out_of_memory(count, size, err);
    void *block = realloc(was, bytes ? bytes : 1);
    if (!block)
        return out_of_memory(count, size, err);
    atomic_fetch_sub(&held_bytes, was_bytes);
    count_in(block);
    memcpy(block_ptr, &block, sizeof block);
    return true;
}

bool nw_grow(void *items_ptr, size_t *room, size_t need, size_t size, struct nw_err *err)
{
    if (need <= *room)
        return true;
    size_t more = *room < 16 ? 16 : *room + *room / 2;
    if (more < need)
        more = need;
    if (!nw_resize(items_ptr, more, size, err))
        return false;
    *room = more;
    return true;
}

void nw_free(void *block)
{
    if (block)
        atomic_fetch_sub(&held_bytes, malloc_usable_size(block));
    free(block);
}

void nw_autofree(void *variable)
{
    void *block;
    memcpy(&block, variable, sizeof block);
    nw_free(block);
}

void nw_mem_set_budget(size_t bytes)
{
    budget_bytes = bytes;
}

size_t nw_mem_held(void)
{
    return atomic_load(&held_bytes);
}

size_t nw_mem_peak(void)
{
    return atomic_load(&peak_bytes);
}

void nw_mem_reuse_below(size_t bytes)
{
    (void)mallopt(M_MMAP_THRESHOLD, bytes < INT_MAX ? (int)bytes : INT_MAX);
    (void)mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

void nw_mem_reuse_end(void)
{
    enum { LARGE = 1 << 20 };
    (void)mallopt(M_MMAP_THRESHOLD, LARGE);
    (void)malloc_trim(0);
}

void nw_mem_fail_at(size_t nth)
{
    atomic_store(&fail_countdown, nth);
}

struct nw_arena_block {
    struct nw_arena_block *before;
    size_t used, room;
    max_align_t data[];
};

void *nw_arena_alloc(struct nw_arena *arena, size_t size, struct nw_err *err)
{
    enum { BLOCK = 16384 };
    if (size > PTRDIFF_MAX / 2) {
        out_of_memory(1, size, err);
        return NULL;
    }
    const size_t rounded =
        (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    struct nw_arena_block *block = arena->last;
    if (!block || block->room - block->used < rounded) {
        const size_t room = rounded > BLOCK ? rounded : BLOCK;
        block = nw_alloc(1, sizeof *block + room, err);
        if (!block)
            return NULL;
        block->room = room;
        block->before = arena->last;
        arena->last = block;
    }
    void *item = (char *)block->data + block->used;
    block->used += rounded;
    return item;
}

char *nw_arena_textn(struct nw_arena *arena, const char *text, size_t len, struct nw_err *err)
{
    char *copy = nw_arena_alloc(arena, len + 1, err);
    if (!copy)
        return NULL;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *nw_arena_text(struct nw_arena *arena, const char *text, struct nw_err *err)
{
    return nw_arena_textn(arena, text, strlen(text), err);
}

char *nw_arena_printf(struct nw_arena *arena, struct nw_err *err, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    const int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *text = NULL;
    if (len < 0)
        nw_fail(err, NW_ERR_INTERNAL, "a text could not be formatted");
    else
        text = nw_arena_alloc(arena, (size_t)len + 1, err);
    if (text)
        (void)vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    return text;
}

void nw_arena_release(struct nw_arena *arena)
{
    while (arena->last) {
        struct nw_arena_block *block = arena->last;
        arena->last = block->before;
        nw_free(block);
    }
}
