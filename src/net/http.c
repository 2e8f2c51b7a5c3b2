#include "net/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/hands.h"

enum {
    CONNECTIONS = 1000,
    CONNECTION_BYTES =
        256 << 10, /* headers and the reading buffer: uploads are quick with it */
    SILENCE_S = 60,
    EVENTS_BEHIND = 1000,
    BLOCK = 64 << 10,
};

struct nw_http {
    struct MHD_Daemon *daemon;
    struct nw_http_options options;
    struct nw_hands *hands; /* answer; the library's threads only receive and send */
    int port;
    pthread_mutex_t lock;
    struct nw_channel *first; /* those that are being listened to */
    int active;               /* requests on their way, without them */
};

/* One request on its way. */
struct exchange {
    struct nw_http *http;
    struct nw_request request;
    char *body;
    size_t room;
    struct nw_err failure; /* of receiving */
    bool began;            /* the route's end must be called */
    struct nw_task task;   /* to answer it */
    bool given;            /* into other hands: comes back with the response */
    struct MHD_Response *response;
    unsigned status;
};

/* ------------------------------------------------------------------ what is asked */

static struct MHD_Connection *library(const struct nw_request *request)
{
    return (struct MHD_Connection *)request->connection;
}

const char *nw_request_header(const struct nw_request *request, const char *name)
{
    return MHD_lookup_connection_value(library(request), MHD_HEADER_KIND, name);
}

const char *nw_request_query(const struct nw_request *request, const char *name)
{
    return MHD_lookup_connection_value(library(request), MHD_GET_ARGUMENT_KIND, name);
}

const char *nw_request_cookie(const struct nw_request *request, const char *name)
{
    return MHD_lookup_connection_value(library(request), MHD_COOKIE_KIND, name);
}

void nw_reply_header(struct nw_reply *reply, const char *name, const char *fmt, ...)
{
    assert(reply->header_count < NW_REPLY_HEADERS);
    reply->header[reply->header_count].name = name;
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(reply->header[reply->header_count].value, sizeof reply->header[0].value,
                    fmt, args);
    va_end(args);
    reply->header_count++;
}

/* Word by word; what stands for {} is put into the arena. */
static bool is_method(const struct nw_route *route, const char *method)
{
    return strcmp(route->method, method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

static bool fits(const struct nw_route *route, const char *path, struct nw_request *request,
                 struct nw_err *err)
{
    size_t parts = 0;
    const char *want = route->path;
    while (*want && *path) {
        size_t want_len = strcspn(want + 1, "/") + 1, len = strcspn(path + 1, "/") + 1;
        if (want[1] == '{') {
            if (len < 2 || parts == NW_PARTS)
                return false;
            request->part[parts++] = nw_arena_textn(&request->arena, path + 1, len - 1, err);
        } else if (want_len != len || memcmp(want, path, len) != 0) {
            return false;
        }
        want += want_len;
        path += len;
    }
    return !*want && !*path && !err->code;
}

static const struct nw_route *find_route(struct nw_http *http, struct nw_request *request,
                                         struct nw_err *err)
{
    const struct nw_route *route = http->options.routes;
    for (; request->path[0] == '/' && route->method; route++)
        if (is_method(route, request->method) && fits(route, request->path, request, err))
            return route;
    return NULL;
}

/* With which methods this path is there; NULL: not at all. Not for who has found a route. */
static const char *find_methods(struct nw_http *http, struct nw_request *request,
                                struct nw_err *err)
{
    const char *list = NULL;
    const struct nw_route *route = http->options.routes;
    for (; request->path[0] == '/' && route->method && !err->code; route++)
        if (fits(route, request->path, request, err))
            list = nw_arena_printf(&request->arena, err, "%s%s%s%s", list ? list : "",
                                   list ? ", " : "", route->method,
                                   strcmp(route->method, "GET") == 0 ? ", HEAD" : "");
    return list;
}

/* ------------------------------------------------------------------ what is answered */

struct blob_read {
    struct nw_blob_reader *blob;
    uint64_t from;
};

static ssize_t read_blob(void *context, uint64_t offset, char *out, size_t room)
{
    struct blob_read *read = (struct blob_read *)context;
    struct nw_err err = {0};
    return nw_blob_read(read->blob, read->from + offset, out, room, &err)
               ? (ssize_t)room
               : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void drop_blob(void *context)
{
    struct blob_read *read = (struct blob_read *)context;
    nw_blob_close(read->blob);
    nw_free(read);
}

/* A whole number at *text, which goes on behind it; false when there is none. */
static bool take_number(const char **text, uint64_t *out)
{
    char *end = NULL;
    errno = 0;
    if (**text < '0' || **text > '9')
        return false;
    *out = strtoull(*text, &end, 10);
    *text = end;
    return errno == 0;
}

/* "bytes=a-b", "bytes=a-", "bytes=-n"; false when it is none of them: then all is sent, as RFC
 * 9110 allows. */
static bool parse_range(const char *text, uint64_t size, uint64_t *from, uint64_t *to)
{
    uint64_t a = 0, b = 0;
    if (strncmp(text, "bytes=", 6) != 0)
        return false;
    text += 6;
    bool has_a = take_number(&text, &a);
    if (*text++ != '-')
        return false;
    bool has_b = take_number(&text, &b);
    if (*text || (!has_a && (!has_b || b == 0)) || (has_a && has_b && a > b))
        return false;
    *from = has_a ? a : b < size ? size - b : 0;
    *to = has_a && has_b && b < size ? b : size - 1;
    return true;
}

static struct MHD_Response *blob_response(struct nw_request *request, struct nw_reply *reply)
{
    uint64_t from = 0, to = reply->blob_size ? reply->blob_size - 1 : 0;
    const char *range = nw_request_header(request, "Range");
    if (range && reply->blob_size && parse_range(range, reply->blob_size, &from, &to)) {
        if (from >= reply->blob_size) {
            reply->status = 416;
            nw_reply_header(reply, "Content-Range", "bytes */%llu",
                            (unsigned long long)reply->blob_size);
            nw_blob_close(reply->blob);
            return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
        }
        reply->status = 206;
        nw_reply_header(reply, "Content-Range", "bytes %llu-%llu/%llu",
                        (unsigned long long)from, (unsigned long long)to,
                        (unsigned long long)reply->blob_size);
    }
    nw_reply_header(reply, "Accept-Ranges", "bytes");
    struct nw_err err = {0};
    struct blob_read *read = NW_ALLOC(struct blob_read, 1, &err);
    struct MHD_Response *response = NULL;
    if (read) {
        *read = (struct blob_read){reply->blob, from};
        response = MHD_create_response_from_callback(reply->blob_size ? to - from + 1 : 0,
                                                     BLOCK, read_blob, read, drop_blob);
    }
    if (!response) {
        nw_blob_close(reply->blob);
        nw_free(read);
    }
    return response;
}

static struct MHD_Response *channel_response(struct nw_http *http, struct nw_channel *channel,
                                             struct MHD_Connection *connection);

static struct MHD_Response *make_response(struct exchange *exchange, struct nw_reply *reply)
{
    struct nw_request *request = &exchange->request;
    if (reply->blob)
        return blob_response(request, reply);
    if (reply->channel)
        return channel_response(exchange->http, reply->channel, library(request));
    if (reply->json) {
        char *text = json_dumps(reply->json, JSON_COMPACT);
        json_decref(reply->json);
        reply->json = NULL;
        if (!reply->type)
            reply->type = "application/json; charset=utf-8";
        return text ? MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE)
                    : NULL;
    }
    if (reply->fixed)
        return MHD_create_response_from_buffer(reply->size, (void *)(uintptr_t)reply->fixed,
                                               MHD_RESPMEM_PERSISTENT);
    return MHD_create_response_from_buffer_with_free_callback(reply->size, reply->bytes,
                                                              nw_free);
}

static void add_headers(struct MHD_Response *response, const struct nw_reply *reply, bool tls)
{
    static const char *const always[][2] = {
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(), microphone=(), geolocation=()"},
        {"Content-Security-Policy",
         "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
         "worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action "
         "'self'"},
    };
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        (void)MHD_add_response_header(response, always[i][0], always[i][1]);
    if (tls)
        (void)MHD_add_response_header(response, "Strict-Transport-Security",
                                      "max-age=31536000");
    bool cached = false;
    for (size_t i = 0; i < reply->header_count; i++) {
        cached |= strcmp(reply->header[i].name, "Cache-Control") == 0;
        (void)MHD_add_response_header(response, reply->header[i].name, reply->header[i].value);
    }
    if (!cached) /* patients' data stay in no cache */
        (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    if (reply->type)
        (void)MHD_add_response_header(response, "Content-Type", reply->type);
}

/* From any thread; the response is none when memory is short. */
static void respond(struct exchange *exchange, struct nw_reply *reply)
{
    exchange->response = make_response(exchange, reply);
    exchange->status = (unsigned)(reply->status ? reply->status : 200);
    if (exchange->response)
        add_headers(exchange->response, reply, exchange->http->options.certificate != NULL);
}

/* On the connection's own thread. */
static enum MHD_Result queue(struct exchange *exchange)
{
    return exchange->response ? MHD_queue_response(library(&exchange->request),
                                                   exchange->status, exchange->response)
                              : MHD_NO;
}

/* ------------------------------------------------------------------ receiving */

static void write_address(struct MHD_Connection *connection, struct nw_request *request,
                          struct nw_err *err)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    char text[INET6_ADDRSTRLEN] = "";
    const struct sockaddr *address = info ? info->client_addr : NULL;
    if (address && address->sa_family == AF_INET)
        (void)inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
                        text, sizeof text);
    else if (address && address->sa_family == AF_INET6)
        (void)inet_ntop(AF_INET6,
                        &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, text,
                        sizeof text);
    request->address = nw_arena_text(&request->arena, text, err);
}

static struct exchange *begin_exchange(struct nw_http *http, struct MHD_Connection *connection,
                                       const char *url, const char *method, struct nw_err *err)
{
    struct exchange *exchange = NW_ALLOC(struct exchange, 1, err);
    if (!exchange)
        return NULL;
    struct nw_request *request = &exchange->request;
    exchange->http = http;
    request->connection = (struct nw_connection *)connection;
    request->method = nw_arena_text(&request->arena, method, err);
    request->path = nw_arena_text(&request->arena, url, err);
    write_address(connection, request, err);
    const char *length = nw_request_header(request, "Content-Length");
    if (!length || !take_number(&length, &request->length_said))
        request->length_said = UINT64_MAX;
    if (!err->code)
        request->route = find_route(http, request, err);
    if (!err->code && !request->route)
        request->allowed = find_methods(http, request, err);
    if (!err->code)
        return exchange;
    nw_arena_release(&request->arena);
    nw_free(exchange);
    return NULL;
}

static bool receive(struct exchange *exchange, const char *bytes, size_t size)
{
    struct nw_request *request = &exchange->request;
    struct nw_http *http = exchange->http;
    if (exchange->failure.code)
        return true; /* said at the end */
    if (request->route && request->route->chunk)
        return request->route->chunk(http->options.server, request, bytes, size);
    if (size > NW_BODY_MAX - request->body_size)
        return nw_fail(&exchange->failure, NW_ERR_LIMIT, "a request has at most %d MiB",
                       NW_BODY_MAX >> 20) ||
               true;
    if (!nw_grow(&exchange->body, &exchange->room, request->body_size + size + 1, 1,
                 &exchange->failure))
        return true;
    memcpy(exchange->body + request->body_size, bytes, size);
    request->body_size += size;
    exchange->body[request->body_size] = 0;
    return true;
}

static enum MHD_Result too_large(struct exchange *exchange)
{
    struct nw_reply reply = {.status = 413};
    json_t *json = json_pack("{s:{s:s, s:s}}", "error", "code", "limit", "message",
                             nw_either("请求正文过大", "the request's body is too large"));
    reply.json = json;
    respond(exchange, &reply);
    return queue(exchange);
}

static void count_active(struct nw_http *http, int change)
{
    pthread_mutex_lock(&http->lock);
    http->active += change;
    pthread_mutex_unlock(&http->lock);
}

static enum MHD_Result first_call(struct nw_http *http, struct MHD_Connection *connection,
                                  const char *url, const char *method, void **con)
{
    struct nw_err err = {0};
    struct exchange *exchange = begin_exchange(http, connection, url, method, &err);
    if (!exchange)
        return MHD_NO;
    *con = exchange;
    count_active(http, 1);
    struct nw_request *request = &exchange->request;
    if (request->route && request->route->begin) {
        struct nw_reply reply = {0};
        exchange->began = true;
        request->route->begin(http->options.server, request, &reply);
        if (!reply.status)
            return MHD_YES;
        respond(exchange, &reply);
        return queue(exchange);
    }
    if (request->length_said != UINT64_MAX && request->length_said > NW_BODY_MAX)
        return too_large(exchange); /* before it is sent; the connection ends */
    return MHD_YES;
}

static struct exchange *of_task(struct nw_task *task)
{
    return (struct exchange *)(void *)((char *)task - offsetof(struct exchange, task));
}

/* By one of the hands: the connection sleeps meanwhile. */
static void handle(struct nw_task *task)
{
    struct exchange *exchange = of_task(task);
    struct nw_request *request = &exchange->request;
    struct nw_reply reply = {0};
    request->route->handle(exchange->http->options.server, request, &reply);
    respond(exchange, &reply);
    MHD_resume_connection(library(request));
}

/* The library deals connections out to its threads as they come, to some many and to others
 * few: whoever answered on them would keep the many waiting. So they go to the hands, which
 * take them in their order. Pages, which lie ready, are given at once. */
static enum MHD_Result let_answer(struct exchange *exchange)
{
    struct nw_http *http = exchange->http;
    struct nw_request *request = &exchange->request;
    request->body = exchange->body ? exchange->body : "";
    if (!request->route) {
        struct nw_reply reply = {0};
        http->options.otherwise(http->options.server, request, &reply);
        respond(exchange, &reply);
        return queue(exchange);
    }
    exchange->given = true;
    exchange->task.run = handle;
    MHD_suspend_connection(library(request));
    if (!nw_hands_give(http->hands, &exchange->task)) /* the server ends */
        MHD_resume_connection(library(request));
    return MHD_YES;
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **con)
{
    (void)version;
    struct nw_http *http = (struct nw_http *)context;
    if (!*con)
        return first_call(http, connection, url, method, con);
    struct exchange *exchange = (struct exchange *)*con;
    if (*upload_size) {
        bool good = receive(exchange, upload, *upload_size);
        *upload_size = 0;
        return good ? MHD_YES : MHD_NO;
    }
    if (exchange->failure.code)
        return exchange->failure.code == NW_ERR_LIMIT ? too_large(exchange) : MHD_NO;
    return exchange->given ? queue(exchange) : let_answer(exchange);
}

static void completed(void *context, struct MHD_Connection *connection, void **con,
                      enum MHD_RequestTerminationCode how)
{
    (void)connection, (void)how;
    struct nw_http *http = (struct nw_http *)context;
    struct exchange *exchange = (struct exchange *)*con;
    if (!exchange)
        return;
    if (exchange->began)
        exchange->request.route->end(http->options.server, &exchange->request);
    count_active(http, -1);
    if (exchange->response)
        MHD_destroy_response(exchange->response);
    nw_free(exchange->body);
    nw_arena_release(&exchange->request.arena);
    nw_free(exchange);
    *con = NULL;
}

/* ------------------------------------------------------------------ events */

struct event {
    struct event *next;
    size_t size, sent;
    char text[];
};

struct nw_channel {
    pthread_mutex_t lock;
    int shares;
    struct event *first, *last;
    size_t count;
    struct MHD_Connection *connection;
    bool sleeping, closed;
    struct nw_http *http;
    struct nw_channel *before, *after; /* in http's list */
};

struct nw_channel *nw_channel_new(struct nw_err *err)
{
    struct nw_channel *channel = NW_ALLOC(struct nw_channel, 1, err);
    if (!channel)
        return NULL;
    pthread_mutex_init(&channel->lock, NULL);
    channel->shares = 1;
    return channel;
}

void nw_channel_leave(struct nw_channel *channel)
{
    if (!channel)
        return;
    pthread_mutex_lock(&channel->lock);
    int left = --channel->shares;
    pthread_mutex_unlock(&channel->lock);
    if (left)
        return;
    for (struct event *event = channel->first, *next; event; event = next) {
        next = event->next;
        nw_free(event);
    }
    pthread_mutex_destroy(&channel->lock);
    nw_free(channel);
}

/* Under the channel's lock. */
static void wake(struct nw_channel *channel)
{
    if (channel->sleeping) {
        channel->sleeping = false;
        MHD_resume_connection(channel->connection);
    }
}

bool nw_channel_send(struct nw_channel *channel, const char *name, const char *text)
{
    struct nw_err err = {0};
    size_t size = strlen(name) + strlen(text) + 32;
    struct event *event =
        (struct event *)nw_alloc(1, offsetof(struct event, text) + size, &err);
    if (!event)
        return false;
    event->size = (size_t)snprintf(event->text, size, "event: %s\ndata: %s\n\n", name, text);
    pthread_mutex_lock(&channel->lock);
    bool good = !channel->closed && channel->count < EVENTS_BEHIND;
    if (good) {
        if (channel->last)
            channel->last->next = event;
        else
            channel->first = event;
        channel->last = event;
        channel->count++;
    } else {
        channel->closed = true; /* the peer asks again from the start */
        nw_free(event);
    }
    wake(channel);
    pthread_mutex_unlock(&channel->lock);
    return good;
}

void nw_channel_close(struct nw_channel *channel)
{
    pthread_mutex_lock(&channel->lock);
    channel->closed = true;
    struct event *event = channel->first;
    if (event && event->sent) { /* half an event is no event: it goes out whole */
        event = event->next;
        channel->first->next = NULL;
        channel->last = channel->first;
        channel->count = 1;
    } else {
        channel->first = channel->last = NULL;
        channel->count = 0;
    }
    for (struct event *next; event; event = next) {
        next = event->next;
        nw_free(event);
    }
    wake(channel);
    pthread_mutex_unlock(&channel->lock);
}

static ssize_t read_channel(void *context, uint64_t offset, char *out, size_t room)
{
    (void)offset;
    struct nw_channel *channel = (struct nw_channel *)context;
    ssize_t size = 0;
    pthread_mutex_lock(&channel->lock);
    struct event *event = channel->first;
    if (event) {
        size_t left = event->size - event->sent;
        size_t now = left < room ? left : room;
        memcpy(out, event->text + event->sent, now);
        event->sent += now;
        size = (ssize_t)now;
        if (event->sent == event->size) {
            channel->first = event->next;
            if (!channel->first)
                channel->last = NULL;
            channel->count--;
            nw_free(event);
        }
    } else if (channel->closed) {
        size = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        channel->sleeping = true;
        MHD_suspend_connection(channel->connection);
    }
    pthread_mutex_unlock(&channel->lock);
    return size;
}

static void drop_channel(void *context)
{
    struct nw_channel *channel = (struct nw_channel *)context;
    struct nw_http *http = channel->http;
    pthread_mutex_lock(&http->lock);
    if (channel->before)
        channel->before->after = channel->after;
    else
        http->first = channel->after;
    if (channel->after)
        channel->after->before = channel->before;
    pthread_mutex_unlock(&http->lock);
    pthread_mutex_lock(&channel->lock);
    channel->closed = true;
    channel->sleeping = false;
    pthread_mutex_unlock(&channel->lock);
    nw_channel_leave(channel);
}

static struct MHD_Response *channel_response(struct nw_http *http, struct nw_channel *channel,
                                             struct MHD_Connection *connection)
{
    channel->connection = connection;
    channel->http = http;
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, 4096, read_channel, channel, drop_channel);
    if (!response)
        return NULL;
    pthread_mutex_lock(&channel->lock);
    channel->shares++;
    pthread_mutex_unlock(&channel->lock);
    pthread_mutex_lock(&http->lock);
    channel->after = http->first;
    if (http->first)
        http->first->before = channel;
    http->first = channel;
    pthread_mutex_unlock(&http->lock);
    (void)MHD_add_response_header(response, "Content-Type", "text/event-stream");
    return response;
}

/* ------------------------------------------------------------------ starting and stopping */

static bool fill_address(const struct nw_http_options *options,
                         struct sockaddr_storage *address, struct nw_err *err)
{
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)address;
    if (inet_pton(AF_INET, options->address, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)options->port);
        return true;
    }
    if (inet_pton(AF_INET6, options->address, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons((uint16_t)options->port);
        return true;
    }
    return nw_fail(err, NW_ERR_ARGUMENT,
                   "%.60s is no address to listen on, such as 127.0.0.1 or ::1",
                   options->address);
}

struct nw_http *nw_http_start(const struct nw_http_options *options, struct nw_err *err)
{
    struct sockaddr_storage address = {0};
    if (!fill_address(options, &address, err))
        return NULL;
    struct nw_http *http = NW_ALLOC(struct nw_http, 1, err);
    if (!http)
        return NULL;
    http->options = *options;
    http->hands = nw_hands_new(options->threads, err);
    if (!http->hands) {
        nw_free(http);
        return NULL;
    }
    pthread_mutex_init(&http->lock, NULL);
    bool tls = options->certificate != NULL;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                     (tls ? MHD_USE_TLS : 0) |
                     (address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);
    struct MHD_OptionItem secure[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)options->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)options->key},
        {MHD_OPTION_END, 0, NULL}};
    http->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, answer, http, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned)(options->threads > 1 ? options->threads : 0),
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_BYTES, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENCE_S,
        MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_NOTIFY_COMPLETED, completed, http,
        MHD_OPTION_ARRAY, tls ? secure : secure + 2, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        http->daemon ? MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (info) {
        http->port = info->port;
        return http;
    }
    nw_hands_free(http->hands);
    pthread_mutex_destroy(&http->lock);
    nw_free(http);
    nw_fail(err, NW_ERR_IO,
            "cannot listen on %.60s port %d: another program may be there, or the certificate "
            "and its key may not fit",
            options->address, options->port);
    return NULL;
}

int nw_http_port(const struct nw_http *http)
{
    return http->port;
}

void nw_http_stop(struct nw_http *http)
{
    if (!http)
        return;
    MHD_socket listening = MHD_quiesce_daemon(http->daemon);
    pthread_mutex_lock(&http->lock);
    for (struct nw_channel *channel = http->first; channel; channel = channel->after) {
        pthread_mutex_lock(&channel->lock);
        channel->closed = true;
        wake(channel);
        pthread_mutex_unlock(&channel->lock);
    }
    pthread_mutex_unlock(&http->lock);
    for (int tenth = 0; tenth < 50; tenth++) {
        pthread_mutex_lock(&http->lock);
        int active = http->active;
        pthread_mutex_unlock(&http->lock);
        if (active == 0)
            break;
        usleep(100000);
    }
    nw_hands_end(http->hands); /* no connection is left asleep */
    MHD_stop_daemon(http->daemon);
    nw_hands_free(http->hands);
    if (listening != MHD_INVALID_SOCKET)
        close(listening);
    pthread_mutex_destroy(&http->lock);
    nw_free(http);
}
