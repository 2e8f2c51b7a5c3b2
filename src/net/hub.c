/* Who listens to which case. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "case/together.h"
#include "net/api_priv.h"

struct listener {
    struct listener *next;
    char case_id[NW_ID_TEXT];
    char key[NW_DIGEST_TEXT]; /* of the session that it was opened in */
    uint64_t number;          /* told from all others while the server runs */
    struct nw_channel *channel;
};

struct nw_hub {
    pthread_mutex_t lock;
    struct listener *first;
    uint64_t joined; /* so far */
};

struct nw_hub *nw_hub_new(struct nw_err *err)
{
    struct nw_hub *hub = NW_ALLOC(struct nw_hub, 1, err);
    if (hub)
        pthread_mutex_init(&hub->lock, NULL);
    return hub;
}

void nw_hub_free(struct nw_hub *hub)
{
    if (!hub)
        return;
    for (struct listener *one = hub->first, *next; one; one = next) {
        next = one->next;
        nw_channel_leave(one->channel);
        nw_free(one);
    }
    pthread_mutex_destroy(&hub->lock);
    nw_free(hub);
}

bool nw_hub_join(struct nw_hub *hub, const char *case_id, const char *token,
                 struct nw_channel *channel, struct nw_err *err)
{
    struct listener *one = NW_ALLOC(struct listener, 1, err);
    if (!one || !nw_session_key(token, one->key, err)) {
        nw_free(one);
        return false;
    }
    snprintf(one->case_id, sizeof one->case_id, "%s", case_id);
    one->channel = channel;
    pthread_mutex_lock(&hub->lock);
    one->number = ++hub->joined;
    one->next = hub->first;
    hub->first = one;
    pthread_mutex_unlock(&hub->lock);
    return true;
}

/* Sends to those of the case (NULL: to all), and lets go of those who are away. */
static void send_all(struct nw_hub *hub, const char *case_id, const char *name,
                     const char *text)
{
    pthread_mutex_lock(&hub->lock);
    for (struct listener **at = &hub->first; *at;) {
        struct listener *one = *at;
        if ((case_id && strcmp(case_id, one->case_id) != 0) ||
            nw_channel_send(one->channel, name, text)) {
            at = &one->next;
            continue;
        }
        *at = one->next;
        nw_channel_leave(one->channel);
        nw_free(one);
    }
    pthread_mutex_unlock(&hub->lock);
}

void nw_hub_tell(struct nw_hub *hub, const char *case_id, const char *name, const json_t *data)
{
    size_t len;
    struct nw_err ignored = {0}; /* who missed an event asks for the case */
    NW_AUTOFREE char *text = nw_canonical(data, &len, &ignored);
    if (text)
        send_all(hub, case_id, name, text);
}

/* The listener that joined next after `number`; false when there is none. */
static bool next_of(struct nw_hub *hub, uint64_t number, struct listener *out)
{
    bool found = false;
    pthread_mutex_lock(&hub->lock);
    for (const struct listener *one = hub->first; one; one = one->next)
        if (one->number > number && (!found || one->number < out->number)) {
            *out = *one;
            found = true;
        }
    pthread_mutex_unlock(&hub->lock);
    return found;
}

static void end_of(struct nw_hub *hub, uint64_t number)
{
    pthread_mutex_lock(&hub->lock);
    for (struct listener **at = &hub->first; *at; at = &(*at)->next) {
        struct listener *one = *at;
        if (one->number != number)
            continue;
        *at = one->next;
        nw_channel_close(one->channel);
        nw_channel_leave(one->channel);
        nw_free(one);
        break;
    }
    pthread_mutex_unlock(&hub->lock);
}

/* He is in, and the case is open to him. A database that is away ends nobody's listening. */
static bool may_listen(struct nw_server *server, const struct listener *one)
{
    struct nw_session who;
    struct nw_err why = {0};
    if (nw_session_look(server->desk->people, one->key, &who, &why)) {
        const bool must_change = who.must_change;
        const bool open = nw_together(server->desk, &who, one->case_id, false, &why);
        nw_session_release(&who);
        if (open)
            return !must_change;
    }
    return why.code != NW_ERR_DENIED && why.code != NW_ERR_NOTFOUND;
}

void nw_hub_sweep(struct nw_server *server)
{
    struct listener one = {0};
    while (next_of(server->hub, one.number, &one))
        if (!may_listen(server, &one))
            end_of(server->hub, one.number);
}

void nw_hub_beat(struct nw_hub *hub)
{
    send_all(hub, NULL, "beat", "{}");
}
