/* Who listens to which case. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "net/api_priv.h"

struct listener {
    struct listener *next;
    char case_id[NW_ID_TEXT];
    struct nw_channel *channel;
};

struct nw_hub {
    pthread_mutex_t lock;
    struct listener *first;
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

bool nw_hub_join(struct nw_hub *hub, const char *case_id, struct nw_channel *channel,
                 struct nw_err *err)
{
    struct listener *one = NW_ALLOC(struct listener, 1, err);
    if (!one)
        return false;
    snprintf(one->case_id, sizeof one->case_id, "%s", case_id);
    one->channel = channel;
    pthread_mutex_lock(&hub->lock);
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

void nw_hub_beat(struct nw_hub *hub)
{
    send_all(hub, NULL, "beat", "{}");
}
