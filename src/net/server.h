/*
 * net/server.h -- the hospital's server: the API under /api/v1, answered by the desk
 * (case/desk.h), the browser's pages at /, jobs as processes of their own.
 */
#ifndef NW_NET_SERVER_H
#define NW_NET_SERVER_H

#include <stdint.h>

#include "core/err.h"

struct nw_server_options {
    const char *data;     /* the data folder; made when there is none */
    const char *database; /* "postgresql://...", or NULL: SQLite in the data folder */
    const char *address;
    int port; /* 0: a free one */
    int threads;
    const char *certificate, *key; /* PEM files, or NULL */
    const char *directory;         /* settings of the LDAP directory, or NULL */
    int jobs;                      /* at the same time; 0: others do them (`nuwa work`) */
    int64_t lease_s;
    const char *version;
    const char *(*chinese)(
        const char *fmt); /* sentences for those who do not ask for English */
    /* Called once, when requests are answered: with the one-time password of the first
     * administrator, or NULL when there are people already. */
    void (*ready)(void *context, int port, const char *password);
    /* Called about once a minute while the disk, or the database's, is slow: for how many
     * seconds somebody waited for it. */
    void (*slow)(void *context, double seconds);
    void *context;
};
/* Returns when somebody asked to stop (nw_cancelled) and everything is closed in good order. */
NW_MUST_CHECK bool nw_server_run(const struct nw_server_options *options, struct nw_err *err);

/* The API as an OpenAPI 3.1 document, new by NW_ALLOC. */
NW_MUST_CHECK char *nw_openapi(const char *version, struct nw_err *err);

#endif
