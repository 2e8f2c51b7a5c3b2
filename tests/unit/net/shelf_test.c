/* net/shelf.c: what was put is taken back as it was, until enough came after it. */
#include "net/shelf.h"

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "unit.h"

static nw_digest from_of(int n)
{
    nw_digest from;
    struct nw_err err = {0};
    CHECK(nw_hash_bytes(&n, sizeof n, &from, &err));
    return from;
}

static bool is_there(struct nw_shelf *shelf, int n)
{
    const nw_digest from = from_of(n);
    char wanted[32];
    size_t size = 99;
    snprintf(wanted, sizeof wanted, "text %d", n);
    char *got = nw_shelf_take(shelf, &from, &size);
    CHECK(got ? size == strlen(wanted) && strcmp(got, wanted) == 0 : size == 0);
    const bool there = got != NULL;
    nw_free(got);
    return there;
}

static void put(struct nw_shelf *shelf, int n)
{
    const nw_digest from = from_of(n);
    char text[32];
    snprintf(text, sizeof text, "text %d", n);
    nw_shelf_put(shelf, &from, text, strlen(text));
}

static void what_was_put_is_there_until_enough_came_after_it(void)
{
    struct nw_err err = {0};
    struct nw_shelf *shelf = nw_shelf_new(&err);
    CHECK(shelf && !is_there(shelf, 0));
    for (int n = 0; n < NW_SHELF_PLACES; n++)
        put(shelf, n);
    put(shelf, 0); /* again: takes no place */
    for (int n = 0; n < NW_SHELF_PLACES; n++)
        CHECK(is_there(shelf, n));
    put(shelf, NW_SHELF_PLACES);
    CHECK(!is_there(shelf, 0) && is_there(shelf, 1) && is_there(shelf, NW_SHELF_PLACES));
    nw_shelf_free(shelf);
}

static void what_is_too_long_is_not_kept(void)
{
    struct nw_err err = {0};
    struct nw_shelf *shelf = nw_shelf_new(&err);
    static const char text[NW_SHELF_LONGEST + 1];
    const nw_digest from = from_of(1);
    size_t size;
    nw_shelf_put(shelf, &from, text, sizeof text);
    CHECK(!nw_shelf_take(shelf, &from, &size));
    nw_shelf_put(shelf, &from, text, sizeof text - 1);
    char *got = nw_shelf_take(shelf, &from, &size);
    CHECK(got && size == sizeof text - 1);
    nw_free(got);
    nw_shelf_free(shelf);
}

int main(void)
{
    UNIT(what_was_put_is_there_until_enough_came_after_it);
    UNIT(what_is_too_long_is_not_kept);
    return unit_end();
}
