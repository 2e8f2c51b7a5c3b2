/* What each session was shown already, as sums in a table of fixed size: a sum that another has
 * pushed out is one row too many in the ledger, never one too few. */
#include <pthread.h>
#include <string.h>

#include "case/desk_priv.h"

enum { SLOTS = 4096 };

struct nw_looks {
    pthread_mutex_t lock;
    nw_digest seen[SLOTS];
};

struct nw_looks *nw_looks_new(struct nw_err *err)
{
    struct nw_looks *looks = NW_ALLOC(struct nw_looks, 1, err);
    if (looks)
        pthread_mutex_init(&looks->lock, NULL);
    return looks;
}

void nw_looks_free(struct nw_looks *looks)
{
    if (!looks)
        return;
    pthread_mutex_destroy(&looks->lock);
    nw_free(looks);
}

static nw_digest *slot_of(struct nw_looks *looks, const nw_digest *look)
{
    return &looks->seen[(look->byte[0] << 8 | look->byte[1]) % SLOTS];
}

bool nw_looks_has(struct nw_looks *looks, const nw_digest *look)
{
    pthread_mutex_lock(&looks->lock);
    const bool has = memcmp(slot_of(looks, look), look, sizeof *look) == 0;
    pthread_mutex_unlock(&looks->lock);
    return has;
}

void nw_looks_keep(struct nw_looks *looks, const nw_digest *look)
{
    pthread_mutex_lock(&looks->lock);
    *slot_of(looks, look) = *look;
    pthread_mutex_unlock(&looks->lock);
}
