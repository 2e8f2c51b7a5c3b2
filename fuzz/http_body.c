/* fuzz/http_body.c -- any bytes as the body of a request: refused in words, or taken; what was
 * taken is, written canonically and read again, the same. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "case/flow.h"
#include "net/api_priv.h"

static bool answered;

static bool answer(struct nw_call *call, json_t **json, struct nw_err *err)
{
    size_t size, again_size;
    assert(json_is_object(call->body));
    char *text = nw_canonical(call->body, &size, err);
    answered = true;
    if (!text)
        return false;
    json_t *again = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    assert(again);
    char *same = nw_canonical(again, &again_size, err);
    assert(same && again_size == size && memcmp(same, text, size) == 0);
    json_decref(again);
    nw_free(same);
    nw_free(text);
    *json = json_object();
    return *json != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct nw_endpoint endpoint = {
        .right = "public", .answer = answer, .takes = true, .en = "take", .zh = "take"};
    const struct nw_route route = {
        .method = "POST", .path = "/take", .handle = nw_api_handle, .more = &endpoint};
    struct nw_server server = {0};
    struct nw_reply reply = {0};
    char *body = (char *)(malloc)(size + 1);
    assert(body);
    memcpy(body, data, size);
    body[size] = 0;
    struct nw_request request = {.method = "POST",
                                 .path = "/take",
                                 .address = "",
                                 .route = &route,
                                 .body = body,
                                 .body_size = size};
    answered = false;
    nw_api_handle(&server, &request, &reply);
    assert(reply.json);
    if (!answered)
        assert(reply.status == 400 && json_object_get(reply.json, "error"));
    json_decref(reply.json);
    nw_arena_release(&request.arena);
    (free)(body);
    return 0;
}
