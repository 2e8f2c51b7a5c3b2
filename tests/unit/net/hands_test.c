/* net/hands.c: what is given is done, in its order, and nothing is left behind. */
#include "net/hands.h"

#include <pthread.h>

#include "core/mem.h"
#include "unit.h"

enum { TASKS = 2000, GIVERS = 4, ALL = TASKS * GIVERS };

struct numbered {
    struct nw_task task;
    int number;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct numbered task[ALL];
    int done[ALL], count, inside;
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void note(struct nw_task *task)
{
    (void)pthread_mutex_lock(&seen.lock);
    seen.done[seen.count++] = ((struct numbered *)(void *)task)->number;
    (void)pthread_mutex_unlock(&seen.lock);
}

static bool give(struct nw_hands *hands, int number, void (*run)(struct nw_task *task))
{
    seen.task[number] = (struct numbered){.task.run = run, .number = number};
    return nw_hands_give(hands, &seen.task[number].task);
}

static struct nw_hands *hands_of(int count)
{
    struct nw_err err = {0};
    seen.count = 0;
    struct nw_hands *hands = nw_hands_new(count, &err);
    CHECK(hands != NULL);
    return hands;
}

static void one_hand_keeps_the_order(void)
{
    struct nw_hands *hands = hands_of(1);
    bool taken = true, in_order = true;
    for (int i = 0; i < ALL; i++)
        taken = give(hands, i, note) && taken;
    nw_hands_end(hands);
    for (int i = 0; i < ALL; i++)
        in_order = in_order && seen.done[i] == i;
    CHECK(taken && seen.count == ALL && in_order);
    nw_hands_free(hands);
}

static struct nw_hands *shared;

static void *give_a_share(void *context)
{
    const int from = TASKS * *(const int *)context;
    for (int i = from; i < from + TASKS; i++)
        if (!give(shared, i, note))
            return context;
    return NULL;
}

static void many_givers_lose_nothing(void)
{
    pthread_t giver[GIVERS];
    int share[GIVERS], twice = 0;
    bool found[ALL] = {false};
    shared = hands_of(3);
    for (int i = 0; i < GIVERS; i++) {
        share[i] = i;
        CHECK(pthread_create(&giver[i], NULL, give_a_share, &share[i]) == 0);
    }
    for (int i = 0; i < GIVERS; i++) {
        void *refused;
        (void)pthread_join(giver[i], &refused);
        CHECK(refused == NULL);
    }
    nw_hands_free(shared); /* ends what was given first */
    for (int i = 0; i < seen.count; i++) {
        twice += found[seen.done[i]];
        found[seen.done[i]] = true;
    }
    CHECK(seen.count == ALL && twice == 0);
}

/* Goes on when all of three are there: one after the other they never would. */
static void meet(struct nw_task *task)
{
    (void)task;
    (void)pthread_mutex_lock(&seen.lock);
    seen.inside++;
    (void)pthread_cond_broadcast(&seen.changed);
    while (seen.inside < 3)
        (void)pthread_cond_wait(&seen.changed, &seen.lock);
    (void)pthread_mutex_unlock(&seen.lock);
}

static void several_work_at_once(void)
{
    struct nw_hands *hands = hands_of(3);
    for (int i = 0; i < 3; i++)
        CHECK(give(hands, i, meet));
    nw_hands_free(hands);
    CHECK(seen.inside == 3);
}

static void ended_hands_take_nothing(void)
{
    struct nw_hands *hands = hands_of(2);
    nw_hands_end(hands);
    CHECK(!give(hands, 0, note) && seen.count == 0);
    nw_hands_free(hands);
    nw_hands_free(NULL);
}

static void without_memory_there_are_none(void)
{
    struct nw_err err = {0};
    nw_mem_fail_at(0);
    CHECK(!nw_hands_new(2, &err) && err.code == NW_ERR_MEMORY);
}

int main(void)
{
    UNIT(one_hand_keeps_the_order);
    UNIT(many_givers_lose_nothing);
    UNIT(several_work_at_once);
    UNIT(ended_hands_take_nothing);
    UNIT(without_memory_there_are_none);
    return unit_end();
}
