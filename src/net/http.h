/*
 * net/http.h -- an HTTP/1.1 server on one address: a table of routes, requests whole in memory
 * or as a stream, replies as JSON, bytes or a blob (with ranges), and channels of server-sent
 * events. TLS when a certificate is given. By libmicrohttpd; a few threads, whatever the number
 * of connections.
 *
 * Limits: 8 MiB for a body in memory, 32 KiB for the headers, 60 s of silence, 1000
 * connections.
 */
#ifndef NW_NET_HTTP_H
#define NW_NET_HTTP_H

#include <jansson.h>

#include "core/mem.h"
#include "store/blob.h"

enum { NW_BODY_MAX = 8 << 20, NW_PARTS = 4, NW_REPLY_HEADERS = 8 };

struct nw_http;
struct nw_connection; /* the library's */
struct nw_route;

struct nw_request {
    const char *method, *path;  /* as asked */
    const char *part[NW_PARTS]; /* what stood for each {} of the route, decoded */
    const char *address;        /* of the peer */
    const struct nw_route *route;
    const char *allowed; /* where there is none: "GET, POST" of those of this path, or NULL */
    const char *body;    /* ends with a 0 that does not count */
    size_t body_size;
    uint64_t length_said;  /* Content-Length; UINT64_MAX when not said */
    struct nw_arena arena; /* dies with the request */
    void *context;         /* of the route's begin */
    struct nw_connection *connection;
};
/* Borrowed, or NULL when there is none. */
const char *nw_request_header(const struct nw_request *request, const char *name);
const char *nw_request_query(const struct nw_request *request, const char *name);
const char *nw_request_cookie(const struct nw_request *request, const char *name);

/* What goes back. Zero-initialised; one of json, bytes, fixed, blob or nothing. All but
 * fixed are taken over. */
struct nw_reply {
    int status; /* 0 means 200 */
    const char *type;
    json_t *json;
    char *bytes;       /* by NW_ALLOC */
    const void *fixed; /* size bytes that live as long as the program */
    size_t size;
    struct nw_blob_reader *blob;
    uint64_t blob_size;
    struct nw_channel *channel; /* events, until the peer goes */
    struct {
        const char *name;
        char value[256];
    } header[NW_REPLY_HEADERS];
    size_t header_count;
};
void nw_reply_header(struct nw_reply *reply, const char *name, const char *fmt, ...)
    NW_PRINTF(3, 4);

struct nw_route {
    const char *method,
        *path; /* "/api/v1/cases/{case}": a part in braces stands for one word */
    void (*handle)(void *server, struct nw_request *request, struct nw_reply *reply);
    /* For bodies that do not fit in memory, all three or none: begin may answer at once (by a
     * status), each chunk comes as it arrives; `end` is always called, also when the line is
     * cut, after handle. */
    void (*begin)(void *server, struct nw_request *request, struct nw_reply *reply);
    bool (*chunk)(void *server, struct nw_request *request, const void *bytes, size_t size);
    void (*end)(void *server, struct nw_request *request);
    const void *more; /* what the layer above knows of the route */
};

struct nw_http_options {
    const char *address; /* "127.0.0.1" or "::1", or what the person has chosen */
    int port;            /* 0: a free one */
    int threads;
    const char *certificate, *key; /* PEM texts, or NULL: no TLS */
    const struct nw_route *routes; /* ends with a NULL method */
    /* What is not on the table: pages, or an error in the server's words. */
    void (*otherwise)(void *server, struct nw_request *request, struct nw_reply *reply);
    void *server; /* given to every handler */
};
NW_MUST_CHECK struct nw_http *nw_http_start(const struct nw_http_options *options,
                                            struct nw_err *err);
int nw_http_port(const struct nw_http *http);
/* Takes no more connections, lets those that are answered end (5 s), then closes. */
void nw_http_stop(struct nw_http *http);

/* A channel of events to one peer. Kept by count: the connection holds one, the caller one. */
NW_MUST_CHECK struct nw_channel *nw_channel_new(struct nw_err *err);
/* Queues "event: name\ndata: text\n\n"; false when the peer is gone or 1000 events behind. */
bool nw_channel_send(struct nw_channel *channel, const char *name, const char *text);
/* Nothing more goes to the peer, also not what was queued: the stream ends. */
void nw_channel_close(struct nw_channel *channel);
void nw_channel_leave(struct nw_channel *channel); /* the caller's share */

#endif
