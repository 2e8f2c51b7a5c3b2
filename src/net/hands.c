#include "net/hands.h"

#include <pthread.h>

#include "core/mem.h"

struct nw_hands {
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t given;
    struct nw_task *first, *last;
    bool over;
    int count;
    pthread_t thread[];
};

/* The task that has waited longest; NULL when there will be none. */
static struct nw_task *take(struct nw_hands *hands)
{
    (void)pthread_mutex_lock(&hands->lock);
    while (!hands->first && !hands->over)
        (void)pthread_cond_wait(&hands->given, &hands->lock);
    struct nw_task *task = hands->first;
    if (task)
        hands->first = task->next;
    (void)pthread_mutex_unlock(&hands->lock);
    return task;
}

static void *work(void *context)
{
    struct nw_hands *hands = (struct nw_hands *)context;
    for (struct nw_task *task; (task = take(hands));)
        task->run(task);
    return NULL;
}

struct nw_hands *nw_hands_new(int count, struct nw_err *err)
{
    struct nw_hands *hands = (struct nw_hands *)nw_alloc(
        1, sizeof *hands + (size_t)count * sizeof hands->thread[0], err);
    if (!hands)
        return NULL;
    (void)pthread_mutex_init(&hands->lock, NULL);
    (void)pthread_cond_init(&hands->given, NULL);
    while (hands->count < count &&
           pthread_create(&hands->thread[hands->count], NULL, work, hands) == 0)
        hands->count++;
    if (hands->count == count)
        return hands;
    nw_hands_free(hands);
    nw_fail(err, NW_ERR_MEMORY, "out of memory");
    return NULL;
}

bool nw_hands_give(struct nw_hands *hands, struct nw_task *task)
{
    task->next = NULL;
    (void)pthread_mutex_lock(&hands->lock);
    const bool takes = !hands->over;
    if (takes) {
        *(hands->first ? &hands->last->next : &hands->first) = task;
        hands->last = task;
        (void)pthread_cond_signal(&hands->given);
    }
    (void)pthread_mutex_unlock(&hands->lock);
    return takes;
}

void nw_hands_end(struct nw_hands *hands)
{
    (void)pthread_mutex_lock(&hands->lock);
    hands->over = true;
    (void)pthread_cond_broadcast(&hands->given);
    (void)pthread_mutex_unlock(&hands->lock);
    for (; hands->count > 0; hands->count--)
        (void)pthread_join(hands->thread[hands->count - 1], NULL);
}

void nw_hands_free(struct nw_hands *hands)
{
    if (!hands)
        return;
    nw_hands_end(hands);
    (void)pthread_cond_destroy(&hands->given);
    (void)pthread_mutex_destroy(&hands->lock);
    nw_free(hands);
}
