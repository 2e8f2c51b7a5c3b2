#include "net/shelf.h"

#include <pthread.h>
#include <string.h>

#include "core/mem.h"

struct place {
    nw_digest from;
    char *text;
    size_t size;
};

struct nw_shelf {
    pthread_mutex_t lock; /* of all below */
    size_t next;          /* the place that is given up next */
    struct place place[NW_SHELF_PLACES];
};

struct nw_shelf *nw_shelf_new(struct nw_err *err)
{
    struct nw_shelf *shelf = NW_ALLOC(struct nw_shelf, 1, err);
    if (shelf)
        (void)pthread_mutex_init(&shelf->lock, NULL);
    return shelf;
}

void nw_shelf_free(struct nw_shelf *shelf)
{
    if (!shelf)
        return;
    for (size_t i = 0; i < NW_SHELF_PLACES; i++)
        nw_free(shelf->place[i].text);
    (void)pthread_mutex_destroy(&shelf->lock);
    nw_free(shelf);
}

static struct place *find(struct nw_shelf *shelf, const nw_digest *from)
{
    for (size_t i = 0; i < NW_SHELF_PLACES; i++) {
        struct place *p = &shelf->place[i];
        if (p->text && memcmp(&p->from, from, sizeof *from) == 0)
            return p;
    }
    return NULL;
}

static char *copy(const char *text, size_t size)
{
    struct nw_err ignored = {0};
    char *out = NW_ALLOC_UNSET(char, size + 1, &ignored);
    if (out) {
        memcpy(out, text, size);
        out[size] = '\0';
    }
    return out;
}

char *nw_shelf_take(struct nw_shelf *shelf, const nw_digest *from, size_t *size)
{
    (void)pthread_mutex_lock(&shelf->lock);
    const struct place *p = find(shelf, from);
    char *out = p ? copy(p->text, p->size) : NULL;
    *size = out ? p->size : 0;
    (void)pthread_mutex_unlock(&shelf->lock);
    return out;
}

void nw_shelf_put(struct nw_shelf *shelf, const nw_digest *from, const char *text, size_t size)
{
    if (size > NW_SHELF_LONGEST)
        return;
    (void)pthread_mutex_lock(&shelf->lock);
    char *mine = find(shelf, from) ? NULL : copy(text, size);
    if (mine) {
        struct place *p = &shelf->place[shelf->next];
        nw_free(p->text);
        *p = (struct place){*from, mine, size};
        shelf->next = (shelf->next + 1) % NW_SHELF_PLACES;
    }
    (void)pthread_mutex_unlock(&shelf->lock);
}
