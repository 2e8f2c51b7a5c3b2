/* core/err.c -- see err.h. The one table from code to word, exit status and HTTP status. */
#include "core/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#undef nw_fail /* what analysis puts in their place */
#undef nw_fail_at

static const struct {
    const char *name;
    int exit_status, http_status;
} table[] = {
    [NW_OK] = {"ok", 0, 200},
    [NW_ERR_MEMORY] = {"memory", 1, 503},
    [NW_ERR_ARGUMENT] = {"argument", 2, 400},
    [NW_ERR_DATA] = {"data", 1, 422},
    [NW_ERR_UNSUPPORTED] = {"unsupported", 1, 415},
    [NW_ERR_GEOMETRY] = {"geometry", 1, 422},
    [NW_ERR_LIMIT] = {"limit", 1, 413},
    [NW_ERR_IO] = {"io", 1, 503},
    [NW_ERR_CANCELLED] = {"cancelled", 1, 409},
    [NW_ERR_DENIED] = {"denied", 1, 403},
    [NW_ERR_STATE] = {"state", 1, 409},
    [NW_ERR_CONFLICT] = {"conflict", 1, 409},
    [NW_ERR_NOTFOUND] = {"notfound", 1, 404},
    [NW_ERR_INTERNAL] = {"internal", 1, 500},
};

static const char *(*translator)(const char *fmt);
static _Thread_local bool english_here;

void nw_set_translator(const char *(*translate)(const char *fmt))
{
    translator = translate;
}

void nw_stay_english(bool english)
{
    english_here = english;
}

const char *nw_translated(const char *fmt)
{
    return translator && !english_here ? translator(fmt) : fmt;
}

const char *nw_either(const char *zh, const char *en)
{
    return translator && !english_here ? zh : en;
}

/* The formats come from callers whose own declarations the compiler has checked. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

bool nw_fail(struct nw_err *err, enum nw_code code, const char *fmt, ...)
{
    assert(err->code == NW_OK); /* the first failure is the one worth reading */
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(err->msg, sizeof err->msg, nw_translated(fmt),
                    args); /* cut short if need be */
    va_end(args);
    err->code = code;
    return false;
}

bool nw_fail_at(struct nw_err *err, const char *fmt, ...)
{
    assert(err->code != NW_OK);
    char was[sizeof err->msg];
    memcpy(was, err->msg, sizeof was);
    va_list args;
    va_start(args, fmt);
    const int len = vsnprintf(err->msg, sizeof err->msg, nw_translated(fmt), args);
    va_end(args);
    if (len >= 0 && (size_t)len + 3 < sizeof err->msg) {
        const int left = (int)(sizeof err->msg - 3) - len; /* cut short if need be */
        (void)snprintf(err->msg + len, sizeof err->msg - (size_t)len, ": %.*s", left, was);
    }
    return false;
}

const char *nw_code_name(enum nw_code code)
{
    return table[code].name;
}

int nw_code_exit_status(enum nw_code code)
{
    return table[code].exit_status;
}

int nw_code_http_status(enum nw_code code)
{
    return table[code].http_status;
}
