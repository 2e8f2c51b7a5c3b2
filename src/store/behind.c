#include "store/behind.h"

#include <pthread.h>

#include "core/mem.h"
#include "store/seal_priv.h"

enum { BLOCKS = 16 };

struct nw_behind {
    nw_behind_put *put;
    void *context;
    pthread_t thread;
    pthread_mutex_t lock; /* of all below; a block is its holder's alone */
    pthread_cond_t changed;
    uint64_t given, done; /* so many blocks, of which the last BLOCKS have a place */
    bool over;
    struct nw_err failure;
    struct nw_block block[BLOCKS];
};

static void *work(void *context)
{
    struct nw_behind *b = (struct nw_behind *)context;
    (void)pthread_mutex_lock(&b->lock);
    while (!b->over || b->done < b->given) {
        if (b->done == b->given) {
            (void)pthread_cond_wait(&b->changed, &b->lock);
            continue;
        }
        struct nw_err err = b->failure;
        (void)pthread_mutex_unlock(&b->lock);
        const bool good = !err.code && b->put(b->context, &b->block[b->done % BLOCKS], &err);
        (void)pthread_mutex_lock(&b->lock);
        if (!good)
            b->failure = err;
        b->done++;
        (void)pthread_cond_broadcast(&b->changed);
    }
    (void)pthread_mutex_unlock(&b->lock);
    return NULL;
}

struct nw_behind *nw_behind_new(nw_behind_put *put, void *context, struct nw_err *err)
{
    struct nw_behind *b = NW_ALLOC(struct nw_behind, 1, err);
    if (!b)
        return NULL;
    b->put = put;
    b->context = context;
    (void)pthread_mutex_init(&b->lock, NULL);
    (void)pthread_cond_init(&b->changed, NULL);
    if (pthread_create(&b->thread, NULL, work, b) == 0)
        return b;
    (void)pthread_cond_destroy(&b->changed);
    (void)pthread_mutex_destroy(&b->lock);
    nw_free(b);
    nw_fail(err, NW_ERR_MEMORY, "out of memory");
    return NULL;
}

struct nw_block *nw_behind_next(struct nw_behind *b)
{
    (void)pthread_mutex_lock(&b->lock);
    while (b->given - b->done == BLOCKS)
        (void)pthread_cond_wait(&b->changed, &b->lock);
    struct nw_block *next = &b->block[b->given % BLOCKS];
    (void)pthread_mutex_unlock(&b->lock);
    return next;
}

bool nw_behind_give(struct nw_behind *b)
{
    (void)pthread_mutex_lock(&b->lock);
    const bool good = !b->failure.code;
    b->given += good;
    (void)pthread_cond_broadcast(&b->changed);
    (void)pthread_mutex_unlock(&b->lock);
    return good;
}

bool nw_behind_end(struct nw_behind *b, struct nw_err *err)
{
    (void)pthread_mutex_lock(&b->lock);
    b->over = true;
    (void)pthread_cond_broadcast(&b->changed);
    (void)pthread_mutex_unlock(&b->lock);
    (void)pthread_join(b->thread, NULL);
    const bool good = !b->failure.code;
    if (!good)
        *err = b->failure;
    (void)pthread_cond_destroy(&b->changed);
    (void)pthread_mutex_destroy(&b->lock);
    nw_seal_wipe(b->block, sizeof b->block);
    nw_free(b);
    return good;
}
