/*
 * core/err.h -- how anything here fails.
 *
 * A function that can fail takes `struct nw_err *err` last and returns bool or a pointer;
 * false or NULL means failed and *err says why, in one sentence for the person at the
 * keyboard: what was wrong, what would be right, with units. Never a patient's name.
 */
#ifndef NW_CORE_ERR_H
#define NW_CORE_ERR_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

#define NW_MUST_CHECK __attribute__((warn_unused_result))
#define NW_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define NW_UNREACHABLE() __builtin_unreachable()

#ifdef NW_DEV
#define nw_slow_assert(cond) assert(cond)
#else
#define nw_slow_assert(cond) ((void)sizeof(cond))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Few codes, each a different thing to do about it. */
enum nw_code {
    NW_OK,
    NW_ERR_MEMORY,      /* no memory, or over the budget: use a smaller region */
    NW_ERR_ARGUMENT,    /* a value the caller chose is wrong: choose another */
    NW_ERR_DATA,        /* outside bytes are broken or contradict themselves */
    NW_ERR_UNSUPPORTED, /* sound, but not something this program does; named */
    NW_ERR_GEOMETRY,    /* the shape cannot be used so: open, empty, too thin */
    NW_ERR_LIMIT,       /* over a stated limit */
    NW_ERR_IO,          /* the system could not read or write */
    NW_ERR_CANCELLED,   /* somebody asked to stop */
    NW_ERR_DENIED,      /* not allowed */
    NW_ERR_STATE,       /* not now: something must come first */
    NW_ERR_CONFLICT,    /* somebody else was faster, or two sources disagree */
    NW_ERR_NOTFOUND,    /* the thing named does not exist */
    NW_ERR_INTERNAL,    /* our own bug */
};

struct nw_err {
    enum nw_code code;
    char msg[480]; /* one sentence without a full stop */
};

/* Fills *err, which must be clear. Always false, so that `return nw_fail(...)` reads well. */
bool nw_fail(struct nw_err *err, enum nw_code code, const char *fmt, ...) NW_PRINTF(3, 4);

/* Puts "what: " before the message of a filled *err. Always false. */
bool nw_fail_at(struct nw_err *err, const char *fmt, ...) NW_PRINTF(2, 3);

/* The analyzer sees one file at a time: here it learns that a failure is false. */
#ifdef __clang_analyzer__
#define nw_fail(...) (nw_fail(__VA_ARGS__) && false)
#define nw_fail_at(...) (nw_fail_at(__VA_ARGS__) && false)
#endif

/* Where sentences become Chinese: given an English format, the one to use instead (same
 * conversions in the same order, or with positions), or the same pointer back. NULL: none. */
void nw_set_translator(const char *(*translate)(const char *fmt));
const char *nw_translated(const char *fmt);
/* On this thread sentences stay English although there is a translator (a server answers each
 * in his own language), or are translated again. */
void nw_stay_english(bool english);
/* Of a text that has both: the Chinese one when sentences become Chinese. */
const char *nw_either(const char *zh, const char *en);

/* A stable word for a code ("data", "memory", ...), the exit status it ends a command with, and
 * the status a server answers with. */
const char *nw_code_name(enum nw_code code);
int nw_code_exit_status(enum nw_code code);
int nw_code_http_status(enum nw_code code);

#ifdef __cplusplus
}
#endif
#endif
