#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "net/api_priv.h"

/* ------------------------------------------------------------------ refusing */

void nw_api_speak(const struct nw_request *request)
{
    const char *language = nw_request_header(request, "Accept-Language");
    nw_stay_english(language && strncasecmp(language, "en", 2) == 0);
}

/* A sentence may quote what was sent, cut within a letter: what is no UTF-8 becomes '?', as
 * JSON takes nothing else. */
static void keep_utf8(char *text)
{
    for (size_t size; *text; text += size) {
        const size_t left = strlen(text);
        size = 1;
        while (size < 4 && size < left && !nw_text_is_utf8(text, size))
            size++;
        if (!nw_text_is_utf8(text, size)) {
            *text = '?';
            size = 1;
        }
    }
}

static void refuse_with(struct nw_reply *reply, int status, const char *code,
                        const char *message)
{
    char sentence[sizeof((struct nw_err *)0)->msg];
    (void)snprintf(sentence, sizeof sentence, "%s", message);
    keep_utf8(sentence);
    json_decref(reply->json);
    *reply = (struct nw_reply){.status = status};
    reply->json = json_pack("{s:{s:s, s:s}}", "error", "code", code, "message", sentence);
}

void nw_api_refuse(struct nw_request *request, struct nw_reply *reply, const struct nw_err *err)
{
    (void)request;
    refuse_with(reply, nw_code_http_status(err->code), nw_code_name(err->code), err->msg);
    if (err->code == NW_ERR_IO || err->code == NW_ERR_MEMORY)
        nw_reply_header(reply, "Retry-After", "5");
}

void nw_api_otherwise(void *server, struct nw_request *request, struct nw_reply *reply)
{
    (void)server;
    struct nw_err err = {0};
    nw_api_speak(request);
    if (request->allowed) {
        nw_fail(&err, NW_ERR_ARGUMENT, "this address takes %s alone", request->allowed);
        refuse_with(reply, 405, "method", err.msg);
        nw_reply_header(reply, "Allow", "%s", request->allowed);
        return;
    }
    nw_fail(&err, NW_ERR_NOTFOUND, "there is nothing at this address");
    nw_api_refuse(request, reply, &err);
}

/* ------------------------------------------------------------------ entering */

static bool is_unsafe(const char *method)
{
    return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
}

bool nw_api_enter(struct nw_server *server, struct nw_request *request, struct nw_session *who,
                  char token[NW_TOKEN_TEXT], struct nw_err *err)
{
    const char *bearer = nw_request_header(request, "Authorization");
    const char *cookie = nw_request_cookie(request, "nuwa");
    bool by_bearer = bearer && strncmp(bearer, "Bearer ", 7) == 0;
    const char *given = by_bearer ? bearer + 7 : cookie;
    if (!given || strlen(given) != NW_TOKEN_TEXT - 1)
        return nw_fail(err, NW_ERR_DENIED, "nobody is logged in here: log in again");
    snprintf(token, NW_TOKEN_TEXT, "%s", given);
    if (!nw_session_find(server->desk->people, token, who, err))
        return false;
    const char *csrf = nw_request_header(request, "X-CSRF-Token");
    size_t len = strlen(who->csrf);
    if (by_bearer || !is_unsafe(request->method) ||
        (csrf && strlen(csrf) == len && nw_same_secret(csrf, who->csrf, len)))
        return true;
    nw_session_release(who);
    return nw_fail(
        err, NW_ERR_DENIED,
        "a request that changes something needs the header X-CSRF-Token of the login");
}

static bool has_right(const struct nw_session *who, const char *right)
{
    char role[64];
    for (const char *at = right; *at;) {
        size_t len = strcspn(at, "|");
        snprintf(role, sizeof role, "%.*s", (int)len, at);
        if (nw_session_has(who, role))
            return true;
        at += len + (at[len] != 0);
    }
    return false;
}

static bool is_own_secret(const struct nw_request *request)
{
    return strcmp(request->path, "/api/v1/me") == 0 ||
           strcmp(request->path, "/api/v1/me/password") == 0 ||
           strcmp(request->path, "/api/v1/logout") == 0;
}

enum { TOO_MANY = 429, WAIT_S = 5 };

/* Persons may ask a good deal (a page asks for dozens of things at once); an address may be
 * wrong about names and passwords a few times: behind a hospital's one address are many
 * persons. */
static const struct nw_brake_rate of_person = {2000, 200}, of_guesses = {20, 0.2};

static bool is_slow_enough(struct nw_call *call, char what, const char *who,
                           const struct nw_brake_rate *rate, double cost, int *status,
                           struct nw_err *err)
{
    if (nw_brake_pass(call->server->brake, what, who, rate, cost))
        return true;
    *status = TOO_MANY;
    return nw_fail(err, NW_ERR_LIMIT, "too many requests at once: wait a few seconds");
}

/* *status gets 401 where logging in is the answer. */
static bool let_in(struct nw_call *call, const struct nw_endpoint *endpoint, int *status,
                   struct nw_err *err)
{
    if (endpoint->answer == nw_answer_login)
        return is_slow_enough(call, 'g', call->request->address, &of_guesses, 0, status, err);
    if (endpoint->right && strcmp(endpoint->right, "public") == 0)
        return true;
    *status = 401;
    if (!nw_api_enter(call->server, call->request, &call->who, call->token, err))
        return false;
    *status = 0;
    if (!is_slow_enough(call, 'p', call->who.person, &of_person, 1, status, err))
        return false;
    if (call->who.must_change && !is_own_secret(call->request))
        return nw_fail(
            err, NW_ERR_STATE,
            "the one-time password must be changed first (POST /api/v1/me/password)");
    if (!json_array_size(json_object_get(call->who.body, "roles")) &&
        !is_own_secret(call->request))
        return nw_fail(err, NW_ERR_DENIED,
                       "this person has no role yet: the security administrator gives it");
    if (endpoint->right && !has_right(&call->who, endpoint->right))
        return nw_fail(err, NW_ERR_DENIED, "this is for the role %s", endpoint->right);
    return true;
}

static bool take_body(struct nw_call *call, const struct nw_endpoint *endpoint,
                      struct nw_err *err)
{
    struct nw_request *request = call->request;
    if (!endpoint->takes)
        return true;
    json_error_t why;
    call->body = json_loadb(request->body, request->body_size, JSON_REJECT_DUPLICATES, &why);
    if (!call->body)
        return nw_fail(err, NW_ERR_ARGUMENT, "the body is not JSON: line %d, %.100s", why.line,
                       why.text);
    if (!json_is_object(call->body))
        return nw_fail(err, NW_ERR_ARGUMENT, "the body is not a JSON object");
    call->once.key = nw_request_header(request, "Idempotency-Key");
    if (call->once.key && (strlen(call->once.key) < 8 || strlen(call->once.key) > 100))
        return nw_fail(err, NW_ERR_ARGUMENT, "an Idempotency-Key has 8 to 100 letters");
    json_t *all = json_pack("{s:s, s:O}", "path", request->path, "body", call->body);
    bool good = all ? nw_canonical_digest(all, &call->once.request, err)
                    : nw_fail(err, NW_ERR_MEMORY, "out of memory");
    json_decref(all);
    return good;
}

bool nw_call_said(json_t *json, json_t **out, struct nw_err *err)
{
    *out = json;
    return json || nw_fail(err, NW_ERR_MEMORY, "out of memory");
}

const char *nw_call_text(const struct nw_call *call, const char *name, struct nw_err *err)
{
    const char *text = json_string_value(json_object_get(call->body, name));
    if (!text)
        nw_fail(err, NW_ERR_DATA, "\"%s\" is missing, or is not a text", name);
    return text;
}

void nw_api_handle(void *server, struct nw_request *request, struct nw_reply *reply)
{
    const struct nw_endpoint *endpoint = (const struct nw_endpoint *)request->route->more;
    struct nw_call call = {
        .server = (struct nw_server *)server, .request = request, .reply = reply};
    struct nw_err err = {0};
    json_t *json = NULL;
    int status = 0;
    nw_api_speak(request);
    bool good = let_in(&call, endpoint, &status, &err) && take_body(&call, endpoint, &err) &&
                endpoint->answer(&call, &json, &err);
    if (call.too_many)
        status = TOO_MANY;
    if (good && json) {
        reply->json = json;
        if (!reply->status)
            reply->status = endpoint->success;
    } else if (!good && status == 401 && err.code == NW_ERR_DENIED) {
        refuse_with(reply, 401, "login", err.msg);
    } else if (!good && status == TOO_MANY) {
        refuse_with(reply, TOO_MANY, nw_code_name(err.code), err.msg);
        nw_reply_header(reply, "Retry-After", "%d", WAIT_S);
    } else if (!good) {
        nw_api_refuse(request, reply, &err);
    }
    if (!good && endpoint->answer == nw_answer_login && err.code == NW_ERR_DENIED)
        (void)nw_brake_pass(call.server->brake, 'g', request->address, &of_guesses, 1);
    json_decref(call.body);
    nw_session_release(&call.who);
    nw_wipe(call.token, sizeof call.token);
}
