/* Several at one case: what each looks at goes to the others, and is kept nowhere. */
#include "case/together.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "net/api_priv.h"

enum {
    SEAT_MIN = 8,
    SEAT_MAX = 40,
    STATE_BYTES = 16 << 10,
    SEATS_OF_CASE = 32,
    SEATS_MOST = 4096,
    AWAY_S = 150 /* a window in the background speaks once a minute */
};

/* A window that somebody looks at a case through. */
struct seat {
    struct seat *next;
    char case_id[NW_ID_TEXT], person[NW_ID_TEXT], name[SEAT_MAX + 1];
    json_t *called; /* the person's name */
    double seen;    /* seconds */
};

struct nw_seats {
    pthread_mutex_t lock;
    struct seat *first;
    size_t count;
};

struct nw_seats *nw_seats_new(struct nw_err *err)
{
    struct nw_seats *seats = NW_ALLOC(struct nw_seats, 1, err);
    if (seats)
        pthread_mutex_init(&seats->lock, NULL);
    return seats;
}

/* Takes *at out of the list. */
static void take_out(struct nw_seats *seats, struct seat **at)
{
    struct seat *one = *at;
    *at = one->next;
    seats->count--;
    json_decref(one->called);
    nw_free(one);
}

void nw_seats_free(struct nw_seats *seats)
{
    if (!seats)
        return;
    while (seats->first)
        take_out(seats, &seats->first);
    pthread_mutex_destroy(&seats->lock);
    nw_free(seats);
}

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool is_seat(const struct seat *seat, const char *case_id, const char *person,
                    const char *name)
{
    return strcmp(seat->case_id, case_id) == 0 && strcmp(seat->person, person) == 0 &&
           strcmp(seat->name, name) == 0;
}

/* Where the seat stands in the list, or the list's end. Those that were silent for long go. */
static struct seat **find(struct nw_seats *seats, const char *case_id, const char *person,
                          const char *name, size_t *of_case)
{
    struct seat **found = NULL;
    const double now = now_s();
    struct seat **at = &seats->first;
    *of_case = 0;
    while (*at) {
        if (now - (*at)->seen > AWAY_S) {
            take_out(seats, at);
            continue;
        }
        *of_case += strcmp((*at)->case_id, case_id) == 0;
        if (is_seat(*at, case_id, person, name))
            found = at;
        at = &(*at)->next;
    }
    return found ? found : at;
}

static bool is_there(struct nw_seats *seats, const char *case_id, const char *person,
                     const char *name, struct nw_err *err)
{
    size_t of_case;
    pthread_mutex_lock(&seats->lock);
    const bool is = *find(seats, case_id, person, name, &of_case) != NULL;
    const bool full = !is && (of_case >= SEATS_OF_CASE || seats->count >= SEATS_MOST);
    pthread_mutex_unlock(&seats->lock);
    if (full)
        nw_fail(err, NW_ERR_LIMIT, "at most %d windows look at a case together", SEATS_OF_CASE);
    return is;
}

static bool sit_down(struct nw_seats *seats, const char *case_id, const struct nw_session *who,
                     const char *name, struct nw_err *err)
{
    const char *called = json_string_value(json_object_get(who->body, "name"));
    struct seat *fresh = NW_ALLOC(struct seat, 1, err);
    size_t of_case;
    if (!fresh)
        return false;
    fresh->called = json_string(called ? called : "");
    (void)snprintf(fresh->case_id, sizeof fresh->case_id, "%s", case_id);
    (void)snprintf(fresh->person, sizeof fresh->person, "%s", who->person);
    (void)snprintf(fresh->name, sizeof fresh->name, "%s", name);
    pthread_mutex_lock(&seats->lock);
    struct seat **at = find(seats, case_id, who->person, name, &of_case);
    if (!*at) {
        *at = fresh;
        seats->count++;
        fresh = NULL;
    }
    (*at)->seen = now_s();
    pthread_mutex_unlock(&seats->lock);
    if (fresh)
        json_decref(fresh->called);
    nw_free(fresh);
    return true;
}

static void stand_up(struct nw_seats *seats, const char *case_id, const char *person,
                     const char *name)
{
    size_t of_case;
    pthread_mutex_lock(&seats->lock);
    struct seat **at = find(seats, case_id, person, name, &of_case);
    if (*at)
        take_out(seats, at);
    pthread_mutex_unlock(&seats->lock);
}

/* [{"seat", "person", "name"}] of the case. */
static json_t *present(struct nw_seats *seats, const char *case_id)
{
    json_t *list = json_array();
    pthread_mutex_lock(&seats->lock);
    for (const struct seat *one = seats->first; one; one = one->next)
        if (strcmp(one->case_id, case_id) == 0)
            (void)json_array_append_new(list, json_pack("{s:s, s:s, s:o?}", "seat", one->name,
                                                        "person", one->person, "name",
                                                        json_deep_copy(one->called)));
    pthread_mutex_unlock(&seats->lock);
    return list;
}

/* The name of a window is by chance, and says nothing. */
static const char *seat_of(const struct nw_call *call, struct nw_err *err)
{
    const char *seat = nw_call_text(call, "seat", err);
    const size_t len = seat ? strlen(seat) : 0;
    if (seat && len >= SEAT_MIN && len <= SEAT_MAX &&
        strspn(seat, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == len)
        return seat;
    if (seat)
        nw_fail(err, NW_ERR_DATA, "\"%s\" is %d to %d letters, digits and dashes", "seat",
                SEAT_MIN, SEAT_MAX);
    return NULL;
}

static bool check_state(const struct nw_call *call, struct nw_err *err)
{
    const json_t *state = json_object_get(call->body, "state");
    size_t len = 0;
    if (!state)
        return true;
    if (!json_is_object(state))
        return nw_fail(err, NW_ERR_DATA, "\"state\" is an object");
    NW_AUTOFREE char *text = nw_canonical(state, &len, err);
    return text && (len <= STATE_BYTES ||
                    nw_fail(err, NW_ERR_LIMIT, "what is looked at takes at most %d KiB",
                            STATE_BYTES >> 10));
}

static void tell(const struct nw_call *call, const char *seat, bool leaves)
{
    const char *case_id = call->request->part[0];
    json_t *event =
        json_pack("{s:s, s:s, s:s, s:O?}", "case", case_id, "seat", seat, "person",
                  call->who.person, "name", json_object_get(call->who.body, "name"));
    const json_t *state = json_object_get(call->body, "state");
    if (event && state && !leaves)
        (void)json_object_set(event, "state", (json_t *)(uintptr_t)state);
    if (event && leaves)
        (void)json_object_set_new(event, "left", json_true());
    if (event)
        nw_hub_tell(call->server->hub, case_id, "together", event);
    json_decref(event);
}

/* A hand that moves sends some ten a second; a person who does more is no hand. */
NW_ANSWERS(together)
{
    static const struct nw_brake_rate views = {60, 20};
    const char *case_id = call->request->part[0];
    const char *seat = seat_of(call, err);
    struct nw_seats *seats = call->server->seats;
    if (!seat || !check_state(call, err))
        return false;
    if (!nw_brake_pass(call->server->brake, 'v', call->who.person, &views, 1)) {
        call->too_many = true;
        return nw_fail(err, NW_ERR_LIMIT, "too many requests at once: wait a few seconds");
    }
    const bool leaves = json_is_true(json_object_get(call->body, "leave"));
    const bool there = is_there(seats, case_id, call->who.person, seat, err);
    if (err->code ||
        !nw_together(call->server->desk, &call->who, case_id, !there && !leaves, err))
        return false;
    if (leaves)
        stand_up(seats, case_id, call->who.person, seat);
    else if (!sit_down(seats, case_id, &call->who, seat, err))
        return false;
    tell(call, seat, leaves);
    return nw_call_said(json_pack("{s:o}", "present", present(seats, case_id)), json, err);
}
