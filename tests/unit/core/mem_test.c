/* tests/unit/core/mem_test.c */
#include "core/mem.h"

#include <string.h>

#include "starve.h"
#include "unit.h"

static void a_new_block_is_zeroed_and_counted(void)
{
    const size_t before = nw_mem_held();
    struct nw_err err = {0};
    uint8_t *block = NW_ALLOC(uint8_t, 100000, &err);
    CHECK(block != NULL && nw_mem_held() >= before + 100000);
    size_t set = 0;
    for (size_t i = 0; block && i < 100000; i++)
        set += block[i] != 0;
    CHECK(set == 0);
    nw_free(block);
    CHECK(nw_mem_held() == before);
    CHECK(nw_mem_peak() >= before + 100000);
}

static void nothing_is_still_a_block_and_freeing_null_is_fine(void)
{
    struct nw_err err = {0};
    char *block = NW_ALLOC(char, 0, &err);
    CHECK(block != NULL && err.code == NW_OK);
    nw_free(block);
    nw_free(NULL);
}

static void sizes_that_overflow_are_refused(void)
{
    const size_t huge[][2] = {{SIZE_MAX, 2}, {SIZE_MAX / 8 + 1, 8}, {SIZE_MAX, 1}};
    for (size_t i = 0; i < 3; i++) {
        struct nw_err err = {0};
        CHECK(nw_alloc(huge[i][0], huge[i][1], &err) == NULL);
        CHECK(err.code == NW_ERR_MEMORY);
        struct nw_err again = {0};
        void *block = NULL;
        CHECK(!nw_resize(&block, huge[i][0], huge[i][1], &again) && block == NULL);
        CHECK(again.code == NW_ERR_MEMORY);
    }
}

static void over_the_budget_there_is_no_memory(void)
{
    struct nw_err err = {0};
    nw_mem_set_budget(nw_mem_held() + 100000);
    char *first = NW_ALLOC(char, 60000, &err);
    CHECK(first != NULL);
    CHECK(NW_ALLOC(char, 60000, &err) == NULL && err.code == NW_ERR_MEMORY);
    err = (struct nw_err){0};
    CHECK(!nw_resize(&first, 200000, 1, &err) && first != NULL);
    err = (struct nw_err){0};
    CHECK(nw_resize(&first, 90000, 1, &err)); /* growing in place counts the difference */
    nw_free(first);
    char *second = NW_ALLOC(char, 60000, &(struct nw_err){0});
    CHECK(second != NULL); /* what was freed is there again */
    nw_free(second);
    nw_mem_set_budget(SIZE_MAX);
}

static void resizing_keeps_what_was_there(void)
{
    struct nw_err err = {0};
    uint32_t *list = NULL;
    size_t room = 0;
    for (uint32_t i = 0; i < 10000; i++) {
        CHECK(nw_grow(&list, &room, i + 1, sizeof *list, &err));
        list[i] = i * 3;
    }
    size_t wrong = 0;
    for (uint32_t i = 0; i < 10000; i++)
        wrong += list[i] != i * 3;
    CHECK(wrong == 0 && room >= 10000);
    nw_free(list);
}

static void a_failed_resize_leaves_the_block(void)
{
    struct nw_err err = {0};
    char *block = NW_ALLOC(char, 10, &err);
    memcpy(block, "unchanged", 10);
    nw_mem_fail_at(0);
    CHECK(!nw_resize(&block, 1000000, 1, &err) && err.code == NW_ERR_MEMORY);
    CHECK(strcmp(block, "unchanged") == 0);
    nw_free(block);
}

static void the_nth_allocation_fails_once(void)
{
    for (size_t nth = 0; nth < 5; nth++) {
        nw_mem_fail_at(nth);
        for (size_t i = 0; i < 8; i++) {
            struct nw_err err = {0};
            char *block = NW_ALLOC(char, 1, &err);
            CHECK((block == NULL) == (i == nth));
            nw_free(block);
        }
    }
}

static bool use_an_arena(struct nw_err *err)
{
    struct nw_arena arena = {0};
    bool ok = true;
    for (int i = 0; ok && i < 50; i++)
        ok = nw_arena_alloc(&arena, 1000, err) && nw_arena_text(&arena, "text", err) &&
             nw_arena_printf(&arena, err, "%d of %s", i, "many");
    nw_arena_release(&arena);
    return ok;
}

static void an_arena_survives_each_allocation_failing(void)
{
    CHECK(unit_starve(use_an_arena) > 1);
}

static void an_arena_gives_aligned_zeroed_separate_places(void)
{
    struct nw_arena arena = {0};
    struct nw_err err = {0};
    uint8_t *item[200];
    for (size_t i = 0; i < 200; i++) {
        const size_t size = i * i % 977;
        item[i] = nw_arena_alloc(&arena, size, &err);
        CHECK(item[i] && (uintptr_t)item[i] % _Alignof(max_align_t) == 0);
        for (size_t b = 0; b < size; b++)
            CHECK(item[i][b] == 0);
        memset(item[i], (int)i, size);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t b = 0; b < i * i % 977; b++)
            CHECK(item[i][b] == (uint8_t)i);
    nw_arena_release(&arena);
    CHECK(arena.last == NULL);
    nw_arena_release(&arena);
}

static void an_arena_takes_big_items_and_refuses_impossible_ones(void)
{
    struct nw_arena arena = {0};
    struct nw_err err = {0};
    CHECK(nw_arena_alloc(&arena, 1 << 20, &err) != NULL);
    CHECK(nw_arena_alloc(&arena, SIZE_MAX - 3, &err) == NULL && err.code == NW_ERR_MEMORY);
    nw_arena_release(&arena);
}

static void arena_texts_are_copies(void)
{
    struct nw_arena arena = {0};
    struct nw_err err = {0};
    char text[] = "changing";
    const char *whole = nw_arena_text(&arena, text, &err),
               *part = nw_arena_textn(&arena, text, 4, &err),
               *made = nw_arena_printf(&arena, &err, "%s %d", text, 5);
    text[0] = 'X';
    CHECK(strcmp(whole, "changing") == 0 && strcmp(part, "chan") == 0);
    CHECK(strcmp(made, "changing 5") == 0);
    nw_arena_release(&arena);
}

static void an_automatic_block_is_freed_at_the_end_of_its_scope(void)
{
    const size_t before = nw_mem_held();
    {
        struct nw_err err = {0};
        NW_AUTOFREE char *block = NW_ALLOC(char, 1000, &err);
        CHECK(block && nw_mem_held() > before);
    }
    CHECK(nw_mem_held() == before);
}

int main(void)
{
    UNIT(a_new_block_is_zeroed_and_counted);
    UNIT(nothing_is_still_a_block_and_freeing_null_is_fine);
    UNIT(sizes_that_overflow_are_refused);
    UNIT(over_the_budget_there_is_no_memory);
    UNIT(resizing_keeps_what_was_there);
    UNIT(a_failed_resize_leaves_the_block);
    UNIT(the_nth_allocation_fails_once);
    UNIT(an_arena_survives_each_allocation_failing);
    UNIT(an_arena_gives_aligned_zeroed_separate_places);
    UNIT(an_arena_takes_big_items_and_refuses_impossible_ones);
    UNIT(arena_texts_are_copies);
    UNIT(an_automatic_block_is_freed_at_the_end_of_its_scope);
    return unit_end();
}
