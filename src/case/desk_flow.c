/* The versions of the process: a case is judged by the one it was opened under, however often
 * the site or the program has changed it since. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "case/desk_priv.h"

enum { VERSIONS_MOST = 4096 };

/* Those that were asked for, opened once and kept: states and requests borrow them. */
struct nw_flows {
    pthread_mutex_t lock;
    struct nw_flow **list;
    size_t count;
};

struct nw_flows *nw_flows_new(struct nw_err *err)
{
    struct nw_flows *flows = NW_ALLOC(struct nw_flows, 1, err);
    if (flows)
        pthread_mutex_init(&flows->lock, NULL);
    return flows;
}

void nw_flows_free(struct nw_flows *flows)
{
    if (!flows)
        return;
    for (size_t i = 0; i < flows->count; i++)
        nw_flow_close(flows->list[i]);
    nw_free(flows->list);
    pthread_mutex_destroy(&flows->lock);
    nw_free(flows);
}

/* Takes `fresh` over (NULL: only looks); of two that opened the same at once one is let go. */
static const struct nw_flow *keep_open(struct nw_flows *flows, const char *sha256,
                                       struct nw_flow *fresh, struct nw_err *err)
{
    struct nw_flow *found = NULL;
    pthread_mutex_lock(&flows->lock);
    for (size_t i = 0; !found && i < flows->count; i++)
        if (strcmp(nw_flow_digest(flows->list[i]), sha256) == 0)
            found = flows->list[i];
    if (!found && fresh) {
        if (flows->count == VERSIONS_MOST)
            nw_fail(err, NW_ERR_LIMIT, "there are too many versions of the process");
        else if (nw_resize(&flows->list, flows->count + 1, sizeof *flows->list, err)) {
            flows->list[flows->count++] = found = fresh;
            fresh = NULL;
        }
    }
    pthread_mutex_unlock(&flows->lock);
    nw_flow_close(fresh);
    return found;
}

static struct nw_flow *read_flow(struct nw_tx *tx, const char *sha256, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena, "SELECT body FROM flows WHERE sha256 = ?",
                     NW_VALUES(NW_STRING(sha256)), &rows, err))
        return NULL;
    if (!rows.count) {
        nw_fail(err, NW_ERR_NOTFOUND, "there is no such version of the process");
        return NULL;
    }
    const char *text = nw_row_text(&rows, 0, 0);
    struct nw_flow *flow = nw_flow_open(text, strlen(text), err);
    if (!flow || strcmp(nw_flow_digest(flow), sha256) == 0)
        return flow;
    nw_flow_close(flow);
    nw_fail(err, NW_ERR_DATA, "a version of the process on record was changed");
    return NULL;
}

const struct nw_flow *nw_desk_flow(struct nw_desk *desk, struct nw_tx *tx, const char *sha256,
                                   struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!sha256) {
        if (!nw_tx_query(tx, &arena, "SELECT value FROM settings WHERE name = 'process'",
                         NW_NO_VALUES, &rows, err))
            return NULL;
        if (!rows.count)
            return desk->flow;
        sha256 = nw_row_text(&rows, 0, 0);
    }
    if (strcmp(sha256, nw_flow_digest(desk->flow)) == 0)
        return desk->flow;
    const struct nw_flow *found = keep_open(desk->flows, sha256, NULL, err);
    struct nw_flow *fresh = found ? NULL : read_flow(tx, sha256, err);
    return fresh ? keep_open(desk->flows, sha256, fresh, err) : found;
}

const struct nw_flow *nw_desk_flow_of(struct nw_desk *desk, struct nw_tx *tx,
                                      const json_t *opening, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    const char *sha256 = json_string_value(json_object_get(opening, "table"));
    if (sha256)
        return nw_desk_flow(desk, tx, sha256, err);
    if (!nw_tx_query(tx, &arena, "SELECT sha256 FROM flows ORDER BY created, sha256 LIMIT 1",
                     NW_NO_VALUES, &rows, err))
        return NULL;
    return rows.count ? nw_desk_flow(desk, tx, nw_row_text(&rows, 0, 0), err) : desk->flow;
}

bool nw_desk_flow_keep(struct nw_tx *tx, const struct nw_flow *flow, const char *time,
                       struct nw_err *err)
{
    size_t len;
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena, "SELECT 1 FROM flows WHERE sha256 = ?",
                     NW_VALUES(NW_STRING(nw_flow_digest(flow))), &rows, err))
        return false;
    if (rows.count)
        return true;
    NW_AUTOFREE char *text = nw_canonical(nw_flow_table(flow), &len, err);
    return text && nw_tx_run(tx, "INSERT INTO flows (sha256, body, created) VALUES (?, ?, ?)",
                             NW_VALUES(NW_STRING(nw_flow_digest(flow)), NW_STRING(text),
                                       NW_STRING(time)),
                             NULL, err);
}

/* ------------------------------------------------------------------ looked at, and changed */

struct versions {
    struct nw_desk *desk;
    const struct nw_session *who;
    const char *sha256, *before;
    struct nw_flow *flow; /* the new one; NULL: the program's own */
    json_t *table;
    char digest[NW_DIGEST_TEXT];
};

static bool look_up(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct versions *versions = (struct versions *)context;
    const struct nw_flow *flow = nw_desk_flow(versions->desk, tx, versions->sha256, err);
    if (!flow)
        return false;
    json_decref(versions->table);
    versions->table = json_deep_copy(nw_flow_table(flow));
    memcpy(versions->digest, nw_flow_digest(flow), NW_DIGEST_TEXT);
    return versions->table || nw_no_memory(err);
}

bool nw_desk_process(struct nw_desk *desk, const char *sha256, json_t **table,
                     char digest[NW_DIGEST_TEXT], struct nw_err *err)
{
    struct versions versions = {.desk = desk, .sha256 = sha256};
    if (!nw_store_read(desk->store, look_up, &versions, err)) {
        json_decref(versions.table);
        return false;
    }
    memcpy(digest, versions.digest, NW_DIGEST_TEXT);
    *table = versions.table;
    return true;
}

static bool set_process(struct nw_tx *tx, const struct versions *versions, const char *time,
                        struct nw_err *err)
{
    if (!nw_tx_run(tx, "DELETE FROM settings WHERE name = 'process'", NW_NO_VALUES, NULL, err))
        return false;
    return !versions->flow ||
           (nw_desk_flow_keep(tx, versions->flow, time, err) &&
            nw_tx_run(tx, "INSERT INTO settings (name, value) VALUES ('process', ?)",
                      NW_VALUES(NW_STRING(nw_flow_digest(versions->flow))), NULL, err));
}

static bool put(struct nw_tx *tx, void *context, struct nw_err *err)
{
    const struct versions *versions = (const struct versions *)context;
    const struct nw_flow *now = nw_desk_flow(versions->desk, tx, NULL, err);
    const struct nw_flow *next = versions->flow ? versions->flow : versions->desk->flow;
    char time[NW_TIME_TEXT];
    if (!now)
        return false;
    if (strcmp(versions->before, nw_flow_digest(now)) != 0)
        return nw_fail(err, NW_ERR_CONFLICT,
                       "the process is on record in another version: read it again");
    json_t *body =
        json_pack("{s:s, s:s}", "before", versions->before, "table", nw_flow_digest(next));
    const struct nw_row row = {.person = versions->who->person,
                               .session = versions->who->id,
                               .act = "process.put",
                               .body = body};
    const bool good = body ? nw_ledger_time(tx, time, err) &&
                                 set_process(tx, versions, time, err) &&
                                 nw_ledger_append(tx, &row, time, NULL, NULL, err)
                           : nw_no_memory(err);
    json_decref(body);
    return good;
}

bool nw_desk_process_put(struct nw_desk *desk, const struct nw_session *who,
                         const json_t *table, const char *before, json_t **reply,
                         struct nw_err *err)
{
    size_t len;
    struct versions versions = {.desk = desk, .who = who, .before = before};
    if (!json_is_null(table)) {
        NW_AUTOFREE char *text = nw_canonical(table, &len, err);
        versions.flow = text ? nw_flow_open(text, len, err) : NULL;
        if (!versions.flow)
            return false;
    }
    const bool good = nw_store_write(desk->store, put, &versions, err);
    if (good) {
        *reply = json_pack("{s:s}", "table",
                           nw_flow_digest(versions.flow ? versions.flow : desk->flow));
        if (!*reply)
            nw_no_memory(err);
    }
    nw_flow_close(versions.flow);
    return good && *reply;
}
