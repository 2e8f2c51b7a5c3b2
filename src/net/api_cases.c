/* Cases: the worklist, one case, its acts, its events; and the ledger. */
#include <stdlib.h>
#include <string.h>

#include "case/retention.h"
#include "core/text.h"
#include "net/api_priv.h"

NW_ANSWERS(health)
{
    const double slow = nw_server_slow_s(call->server);
    json_t *reply =
        json_pack("{s:s, s:s, s:s}", "status", "ok", "version", call->server->options->version,
                  "database", nw_store_kind(call->server->desk->store));
    if (reply && slow > 0)
        (void)json_object_set_new(reply, "slow_s", json_real(slow));
    return nw_call_said(reply, json, err);
}

NW_ANSWERS(openapi)
{
    char *text = nw_openapi(call->server->options->version, err);
    *json = text ? json_loads(text, 0, NULL) : NULL;
    nw_free(text);
    return *json || err->code != NW_OK ? *json != NULL : nw_call_said(NULL, json, err);
}

NW_ANSWERS(flow)
{
    /* deep: a reply goes to another thread's hands, the table stays with the desk */
    char digest[NW_DIGEST_TEXT];
    if (!nw_desk_process(call->server->desk, nw_request_query(call->request, "table"), json,
                         digest, err))
        return false;
    nw_reply_header(call->reply, "ETag", "\"%s\"", digest);
    return true;
}

NW_ANSWERS(flow_put)
{
    const json_t *table = json_object_get(call->body, "table");
    const char *before = nw_call_text(call, "before", err);
    if (before && !json_is_object(table) && !json_is_null(table))
        return nw_fail(err, NW_ERR_DATA,
                       "\"table\" is the process table, or null for the program's own");
    return before &&
           nw_desk_process_put(call->server->desk, &call->who, table, before, json, err);
}

/* Tells who listens that the case went on. */
static void tell(struct nw_call *call, const char *act, const json_t *reply)
{
    const char *id = json_string_value(json_object_get(reply, "case"));
    json_t *event = json_pack("{s:s, s:O, s:s}", "case", id, "number",
                              json_object_get(reply, "number"), "act", act);
    if (event)
        nw_hub_tell(call->server->hub, id, "case", event);
    json_decref(event);
}

static void etag(struct nw_call *call, const json_t *reply)
{
    const char *digest = json_string_value(json_object_get(reply, "digest"));
    if (digest)
        nw_reply_header(call->reply, "ETag", "\"%s\"", digest);
}

NW_ANSWERS(case_open)
{
    if (!nw_desk_open_case(call->server->desk, &call->who, call->body, &call->once, json, err))
        return false;
    etag(call, *json);
    return true;
}

NW_ANSWERS(case_act)
{
    const char *act = call->request->part[1];
    if (!nw_desk_act(call->server->desk, &call->who, call->request->part[0], act, call->body,
                     &call->once, json, err))
        return false;
    etag(call, *json);
    tell(call, act, *json);
    return true;
}

/* What was read before and is still so need not be sent again; the look is on record all the
 * same. */
static bool look(struct nw_call *call, enum nw_desk_look what, json_t **json,
                 struct nw_err *err)
{
    if (!nw_desk_look(call->server->desk, &call->who, call->request->part[0], what, json, err))
        return false;
    etag(call, *json);
    const char *known = nw_request_header(call->request, "If-None-Match");
    const char *digest = json_string_value(json_object_get(*json, "digest"));
    if (what == NW_LOOK_ENTRIES && known && strlen(known) == 66 &&
        strncmp(known + 1, digest, 64) == 0) {
        json_decref(*json);
        *json = NULL;
        call->reply->status = 304;
    }
    return true;
}

/* The reply is JSON that was written already. */
static void answer_text(struct nw_call *call, struct nw_text *text)
{
    call->reply->type = "application/json; charset=utf-8";
    call->reply->bytes = text->data;
    call->reply->size = text->len;
}

NW_ANSWERS(case_look)
{
    struct nw_text page;
    char digest[NW_DIGEST_TEXT];
    *json = NULL;
    if (!nw_desk_page(call->server->desk, &call->who, call->request->part[0], &page, digest,
                      err))
        return false;
    answer_text(call, &page);
    nw_reply_header(call->reply, "ETag", "\"%s\"", digest);
    return true;
}

NW_ANSWERS(case_todo)
{
    return look(call, NW_LOOK_MAY, json, err);
}

NW_ANSWERS(case_entries)
{
    return look(call, NW_LOOK_ENTRIES, json, err);
}

NW_ANSWERS(case_checklist)
{
    return look(call, NW_LOOK_CHECKLIST, json, err);
}

NW_ANSWERS(case_parties)
{
    return look(call, NW_LOOK_PARTIES, json, err);
}

NW_ANSWERS(case_statement)
{
    return nw_desk_statement(call->server->desk, &call->who, call->request->part[0],
                             call->request->part[1], nw_request_query(call->request, "role"),
                             json, err);
}

/* A whole number of the query, or `fallback`. */
static bool query_whole(const struct nw_call *call, const char *name, int64_t fallback,
                        int64_t *out, struct nw_err *err)
{
    const char *text = nw_request_query(call->request, name);
    char *end = NULL;
    *out = text ? strtoll(text, &end, 10) : fallback;
    if (!text || (*text && !*end))
        return true;
    return nw_fail(err, NW_ERR_ARGUMENT, "\"%s\" is a whole number", name);
}

NW_ANSWERS(case_trace)
{
    int64_t entry;
    if (!query_whole(call, "entry", 0, &entry, err) || !look(call, NW_LOOK_TRACE, json, err))
        return false;
    if (!nw_request_query(call->request, "entry") ||
        nw_case_trace_from(json_object_get(*json, "data"), entry, err))
        return true;
    json_decref(*json);
    *json = NULL;
    return false;
}

NW_ANSWERS(trace_draw)
{
    return nw_desk_draw(call->server->desk, &call->who, json, err);
}

NW_ANSWERS(cases)
{
    struct nw_request *request = call->request;
    struct nw_desk_search search = {.words = nw_request_query(request, "words"),
                                    .stage = nw_request_query(request, "stage"),
                                    .type = nw_request_query(request, "type"),
                                    .role = nw_request_query(request, "role"),
                                    .by = nw_request_query(request, "person"),
                                    .after = nw_request_query(request, "after")};
    struct nw_text text = {0};
    *json = NULL;
    if (!query_whole(call, "limit", 50, &search.limit, err) ||
        !nw_desk_search(call->server->desk, &call->who, &search, &text, err))
        return false;
    answer_text(call, &text);
    return true;
}

NW_ANSWERS(retention)
{
    struct nw_request *request = call->request;
    struct nw_retention_query query = {.state = nw_request_query(request, "state"),
                                       .after = nw_request_query(request, "after")};
    return query_whole(call, "limit", 50, &query.limit, err) &&
           nw_retention(call->server->desk, &call->who, &query, json, err);
}

NW_ANSWERS(audit)
{
    struct nw_request *request = call->request;
    int64_t before;
    return query_whole(call, "before", 0, &before, err) &&
           nw_desk_audit(call->server->desk, &call->who, nw_request_query(request, "person"),
                         nw_request_query(request, "case"), nw_request_query(request, "act"),
                         before, json, err);
}

NW_ANSWERS(audit_check)
{
    int64_t rows;
    struct nw_ledger_fault fault;
    if (!nw_ledger_check(call->server->desk->store, &rows, &fault, err))
        return false;
    json_t *reply =
        json_pack("{s:b, s:I}", "holds", fault.number == 0, "rows", (json_int_t)rows);
    if (reply && fault.number) {
        (void)json_object_set_new(reply, "row", json_integer(fault.number));
        (void)json_object_set_new(reply, "what", json_string(fault.what));
    }
    return nw_call_said(reply, json, err);
}

/* Only for who may see the case: the look is judged and on record as any other. */
NW_ANSWERS(events)
{
    json_t *seen = NULL;
    if (!nw_desk_look(call->server->desk, &call->who, call->request->part[0], NW_LOOK_CASE,
                      &seen, err))
        return false;
    json_decref(seen);
    struct nw_channel *channel = nw_channel_new(err);
    if (!channel ||
        !nw_hub_join(call->server->hub, call->request->part[0], call->token, channel, err)) {
        nw_channel_leave(channel);
        return false;
    }
    call->reply->channel = channel; /* the hub's share is the caller's */
    *json = NULL;
    return true;
}
