/* How much one may ask: buckets that fill again with time. */
#include <pthread.h>
#include <time.h>

#include "net/api_priv.h"

enum { BUCKETS = 4096 };

/* A key's bucket is where its hash says; a newcomer there finds it full. */
struct nw_brake {
    pthread_mutex_t lock;
    struct {
        uint64_t key;
        double left, seen; /* requests; seconds */
    } bucket[BUCKETS];
};

struct nw_brake *nw_brake_new(struct nw_err *err)
{
    struct nw_brake *brake = NW_ALLOC(struct nw_brake, 1, err);
    if (brake)
        pthread_mutex_init(&brake->lock, NULL);
    return brake;
}

void nw_brake_free(struct nw_brake *brake)
{
    if (brake)
        pthread_mutex_destroy(&brake->lock);
    nw_free(brake);
}

/* FNV-1a, with what it is for in front. */
static uint64_t key_of(char what, const char *who)
{
    uint64_t key = (0xcbf29ce484222325U ^ (unsigned char)what) * 0x100000001b3U;
    for (; *who; who++)
        key = (key ^ (unsigned char)*who) * 0x100000001b3U;
    return key ? key : 1;
}

bool nw_brake_pass(struct nw_brake *brake, char what, const char *who,
                   const struct nw_brake_rate *rate, double cost)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    const double seconds = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
    const uint64_t key = key_of(what, who);
    pthread_mutex_lock(&brake->lock);
    const size_t at = (size_t)((key ^ key >> 32) % BUCKETS);
    double left = rate->most;
    if (brake->bucket[at].key == key)
        left = brake->bucket[at].left + rate->per_second * (seconds - brake->bucket[at].seen);
    if (left > rate->most)
        left = rate->most;
    const bool passes = left >= 1;
    brake->bucket[at].key = key;
    brake->bucket[at].seen = seconds;
    brake->bucket[at].left = passes ? left - cost : left;
    pthread_mutex_unlock(&brake->lock);
    return passes;
}
