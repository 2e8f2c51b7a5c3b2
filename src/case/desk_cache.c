/* The last states of cases: playing some hundred entries costs milliseconds, asking costs none.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "case/desk_priv.h"

enum { SLOTS = 128 };

struct nw_case_slot {
    pthread_mutex_t lock; /* of the state; taken after a transaction began, never before */
    char id[NW_ID_TEXT];
    struct nw_held_case held;
    int users;
    uint64_t used;
    char *page; /* of the state, as text */
    size_t page_size;
    char page_of[NW_DIGEST_TEXT + 10]; /* the entry and the day it was made for */
};

struct nw_case_cache {
    pthread_mutex_t lock; /* of which slot is whose */
    uint64_t clock;
    struct nw_case_slot slot[SLOTS];
};

struct nw_case_cache *nw_case_cache_new(struct nw_err *err)
{
    struct nw_case_cache *cache = NW_ALLOC(struct nw_case_cache, 1, err);
    if (!cache)
        return NULL;
    pthread_mutex_init(&cache->lock, NULL);
    for (int i = 0; i < SLOTS; i++)
        pthread_mutex_init(&cache->slot[i].lock, NULL);
    return cache;
}

void nw_case_cache_free(struct nw_case_cache *cache)
{
    if (!cache)
        return;
    for (int i = 0; i < SLOTS; i++) {
        nw_case_free(cache->slot[i].held.state);
        nw_free(cache->slot[i].page);
        pthread_mutex_destroy(&cache->slot[i].lock);
    }
    pthread_mutex_destroy(&cache->lock);
    nw_free(cache);
}

/* The slot of this case, or the one longest unused that nobody holds; NULL when all are held.
 */
static struct nw_case_slot *choose(struct nw_case_cache *cache, const char *id)
{
    struct nw_case_slot *oldest = NULL;
    for (int i = 0; i < SLOTS; i++) {
        struct nw_case_slot *slot = &cache->slot[i];
        if (strcmp(slot->id, id) == 0)
            return slot;
        if (!slot->users && (!oldest || slot->used < oldest->used))
            oldest = slot;
    }
    return oldest;
}

static struct nw_case_slot *hold_slot(struct nw_case_cache *cache, const char *id)
{
    pthread_mutex_lock(&cache->lock);
    struct nw_case_slot *slot = choose(cache, id);
    if (slot) {
        slot->users++;
        slot->used = ++cache->clock;
        if (strcmp(slot->id, id) != 0) { /* nobody holds it: its state may go */
            nw_case_free(slot->held.state);
            slot->held = (struct nw_held_case){0};
            snprintf(slot->id, sizeof slot->id, "%s", id);
        }
    }
    pthread_mutex_unlock(&cache->lock);
    if (slot)
        pthread_mutex_lock(&slot->lock);
    return slot;
}

static void return_slot(struct nw_case_cache *cache, struct nw_case_slot *slot)
{
    pthread_mutex_unlock(&slot->lock);
    pthread_mutex_lock(&cache->lock);
    slot->users--;
    pthread_mutex_unlock(&cache->lock);
}

/* By the process the case was opened under; one that has just begun, by that of new cases. */
static bool play(struct nw_desk *desk, struct nw_tx *tx, const char *id,
                 struct nw_held_case *held, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena,
                     "SELECT body FROM ledger WHERE case_id = ? AND act = 'case.entry' "
                     "ORDER BY number",
                     NW_VALUES(NW_STRING(id)), &rows, err))
        return false;
    if (!rows.count) {
        const struct nw_flow *flow = nw_desk_flow(desk, tx, NULL, err);
        held->state = flow ? nw_case_new(flow, err) : NULL;
        return held->state != NULL;
    }
    for (size_t i = 0; i < rows.count; i++) {
        json_t *body = json_loads(nw_row_text(&rows, i, 0), 0, NULL);
        const json_t *entry = json_object_get(body, "entry");
        const struct nw_flow *flow = i || !body ? NULL : nw_desk_flow_of(desk, tx, entry, err);
        if (flow)
            held->state = nw_case_new(flow, err);
        if (body && !entry && json_is_true(json_object_get(body, "destroyed"))) {
            json_decref(body);
            return nw_fail(err, NW_ERR_NOTFOUND,
                           "the records of this case were destroyed when their time was over");
        }
        bool good = !body ? nw_fail(err, NW_ERR_DATA, "it is not JSON")
                          : held->state && nw_case_apply(held->state, entry, err);
        json_decref(body);
        if (!good)
            return nw_fail_at(err, "entry %zu of the case on record", i + 1);
    }
    return true;
}

/* What the database says the case is now. */
static bool read_end(struct nw_tx *tx, const char *id, int64_t *entries,
                     char digest[NW_DIGEST_TEXT], struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena, "SELECT entries, digest FROM cases WHERE id = ?",
                     NW_VALUES(NW_STRING(id)), &rows, err))
        return false;
    if (!rows.count)
        return nw_fail(err, NW_ERR_NOTFOUND, "there is no such case");
    *entries = nw_row_whole(&rows, 0, 0);
    snprintf(digest, NW_DIGEST_TEXT, "%s", nw_row_text(&rows, 0, 1));
    return true;
}

bool nw_case_take(struct nw_desk *desk, struct nw_tx *tx, const char *id,
                  struct nw_held_case *out, struct nw_err *err)
{
    int64_t entries = 0;
    char digest[NW_DIGEST_TEXT];
    *out = (struct nw_held_case){0};
    if (strlen(id) >= NW_ID_TEXT)
        return nw_fail(err, NW_ERR_NOTFOUND, "there is no such case");
    if (!read_end(tx, id, &entries, digest, err))
        return false;
    struct nw_case_slot *slot = hold_slot(desk->cache, id);
    if (!slot)
        return nw_fail(err, NW_ERR_LIMIT, "the server is busy: try again in a moment");
    struct nw_held_case *held = &slot->held;
    if (!held->state || held->entries != entries || strcmp(held->digest, digest) != 0) {
        nw_case_free(held->state);
        *held = (struct nw_held_case){.entries = entries};
        if (!play(desk, tx, id, held, err)) {
            nw_case_free(held->state);
            *held = (struct nw_held_case){0};
            return_slot(desk->cache, slot);
            return false;
        }
        memcpy(held->digest, digest, sizeof held->digest);
    }
    *out = *held;
    out->slot = slot;
    out->cache = desk->cache;
    return true;
}

void nw_case_advance(struct nw_held_case *held, const nw_digest *digest)
{
    held->entries++;
    nw_digest_format(digest, held->digest);
    held->slot->held.entries = held->entries;
    memcpy(held->slot->held.digest, held->digest, sizeof held->digest);
}

void nw_case_return(struct nw_held_case *held)
{
    if (held->slot)
        return_slot(held->cache, held->slot);
    *held = (struct nw_held_case){0};
}

const char *nw_case_page(struct nw_held_case *held, const char *time, size_t *size,
                         struct nw_err *err)
{
    struct nw_case_slot *slot = held->slot;
    char of[sizeof slot->page_of];
    (void)snprintf(of, sizeof of, "%.64s%.10s", held->digest, time);
    if (!slot->page || strcmp(of, slot->page_of) != 0) {
        json_t *view = nw_case_view(held->state, time);
        char *page = view ? nw_canonical(view, &slot->page_size, err) : NULL;
        json_decref(view);
        nw_free(slot->page);
        slot->page = page;
        memcpy(slot->page_of, of, sizeof of);
        if (!page && !err->code)
            nw_no_memory(err);
    }
    *size = slot->page_size;
    return slot->page;
}
