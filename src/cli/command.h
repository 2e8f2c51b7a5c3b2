/*
 * cli/command.h -- a command is a table and a function. From the table come --help, the man
 * page, shell completion and the job schema; values reach `run` parsed, in range, in mm.
 * The frame around it writes the step file, shows progress, and turns errors into one
 * sentence and an exit status.
 */
#ifndef NW_CLI_COMMAND_H
#define NW_CLI_COMMAND_H

#include <jansson.h>
#include <stdio.h>

#include "case/step.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/scan.h"

enum nw_arg_kind {
    NW_ARG_END,
    NW_ARG_INPUT,   /* positional path: const char * */
    NW_ARG_INPUTS,  /* positional paths, the rest of the line: struct nw_words */
    NW_ARG_WORD,    /* positional word that is not a path: const char * */
    NW_ARG_OUTPUT,  /* -o or --name PATH, once: const char * */
    NW_ARG_OUTPUTS, /* -o or --name PATH, as often as wanted: struct nw_words */
    NW_ARG_TEXT,    /* --name TEXT: const char * */
    NW_ARG_CHOICE,  /* --name ONE-OF: const char *; choices end with NULL */
    NW_ARG_LENGTH,  /* --name 0.05mm (mm, um or cm; a bare number is mm): double, in mm */
    NW_ARG_NUMBER,  /* --name 1.5: double */
    NW_ARG_COUNT,   /* --name 12: int64_t */
    NW_ARG_FLAG,    /* --name: bool */
};

struct nw_words {
    const char **item;
    size_t count;
};

struct nw_arg {
    enum nw_arg_kind kind;
    char letter; /* -o; 0 for none */
    const char *name;
    size_t offset;
    const char *zh, *en;
    bool required;
    double min, max, preset; /* preset NAN: none (the value stays 0) */
    const char *unit;        /* "HU", "deg", ... for numbers; NULL for none */
    const char *const *choices;
};

/* The member's type must be what the kind fills: anything else does not compile. */
#define NW_OF(S, m, T)                                                                         \
    (offsetof(S, m) + 0 * sizeof(struct {                                                      \
                          _Static_assert(_Generic(((S *)0)->m, T : 1, default : 0),            \
                                         "wrong type for this kind");                          \
                          int unused;                                                          \
                      }))
#define NW_INPUT(S, m, n, z, e)                                                                \
    {                                                                                          \
        .kind = NW_ARG_INPUT, .name = n, .offset = NW_OF(S, m, const char *), .zh = z,         \
        .en = e, .required = true                                                              \
    }
#define NW_INPUTS(S, m, n, z, e)                                                               \
    {                                                                                          \
        .kind = NW_ARG_INPUTS, .name = n, .offset = NW_OF(S, m, struct nw_words), .zh = z,     \
        .en = e, .required = true                                                              \
    }
#define NW_WORD(S, m, n, must, z, e)                                                           \
    {                                                                                          \
        .kind = NW_ARG_WORD, .name = n, .offset = NW_OF(S, m, const char *), .zh = z, .en = e, \
        .required = must                                                                       \
    }
#define NW_OUTPUT(S, m, l, n, must, z, e)                                                      \
    {                                                                                          \
        .kind = NW_ARG_OUTPUT, .letter = l, .name = n, .offset = NW_OF(S, m, const char *),    \
        .zh = z, .en = e, .required = must                                                     \
    }
#define NW_OUTPUT_WORD(S, m, n, z, e) /* positional output, as in `convert IN OUT` */          \
    {                                                                                          \
        .kind = NW_ARG_OUTPUT, .letter = 1, .name = n, .offset = NW_OF(S, m, const char *),    \
        .zh = z, .en = e, .required = true                                                     \
    }
#define NW_OUTPUTS(S, m, l, n, z, e)                                                           \
    {                                                                                          \
        .kind = NW_ARG_OUTPUTS, .letter = l, .name = n,                                        \
        .offset = NW_OF(S, m, struct nw_words), .zh = z, .en = e                               \
    }
#define NW_TEXT(S, m, n, z, e)                                                                 \
    {                                                                                          \
        .kind = NW_ARG_TEXT, .name = n, .offset = NW_OF(S, m, const char *), .zh = z, .en = e  \
    }
#define NW_CHOICE(S, m, n, list, z, e)                                                         \
    {                                                                                          \
        .kind = NW_ARG_CHOICE, .name = n, .offset = NW_OF(S, m, const char *), .zh = z,        \
        .en = e, .choices = list                                                               \
    }
#define NW_LENGTH(S, m, n, lo, hi, pre, z, e)                                                  \
    {                                                                                          \
        .kind = NW_ARG_LENGTH, .name = n, .offset = NW_OF(S, m, double), .zh = z, .en = e,     \
        .min = lo, .max = hi, .preset = pre, .unit = "mm"                                      \
    }
#define NW_NUMBER(S, m, n, u, lo, hi, pre, z, e)                                               \
    {                                                                                          \
        .kind = NW_ARG_NUMBER, .name = n, .offset = NW_OF(S, m, double), .zh = z, .en = e,     \
        .min = lo, .max = hi, .preset = pre, .unit = u                                         \
    }
#define NW_COUNT(S, m, n, lo, hi, pre, z, e)                                                   \
    {                                                                                          \
        .kind = NW_ARG_COUNT, .name = n, .offset = NW_OF(S, m, int64_t), .zh = z, .en = e,     \
        .min = lo, .max = hi, .preset = pre                                                    \
    }
#define NW_FLAG(S, m, n, z, e)                                                                 \
    {                                                                                          \
        .kind = NW_ARG_FLAG, .name = n, .offset = NW_OF(S, m, bool), .zh = z, .en = e          \
    }

enum nw_tongue { NW_ZH, NW_EN };

/* One call of a command. */
struct nw_run {
    struct nw_arena arena; /* dies with the command */
    enum nw_tongue tongue;
    bool json, quiet, no_record;
    const char *record;     /* --record FILE, or NULL */
    struct nw_step step;    /* what will be written beside the first output */
    struct nw_stage *stage; /* outputs on their way */
    json_t *result;         /* an object; printed with --json and kept in the step */
};

struct nw_command {
    const char *name;
    const char *zh, *en;       /* one line */
    const struct nw_arg *args; /* ends with {0} */
    size_t args_size;          /* of the struct that run gets */
    /* Exit status for success: 0, or 3 and 4 where the table below names them. When *err is
     * filled the frame prints it and takes the status from its code. */
    int (*run)(const void *args, struct nw_run *run, struct nw_err *err);
    const char *status3_en, *status4_en, *status3_zh, *status4_zh; /* what they mean here */
};

extern const struct nw_command *const nw_commands[]; /* ends with NULL */

int nw_command_main(int argc, char **argv);

/* The sentence in the caller's language. */
__attribute__((format_arg(2), format_arg(3))) static inline const char *
nw_say(const struct nw_run *run, const char *zh, const char *en)
{
    return run->tongue == NW_ZH ? zh : en;
}

/* Sets a member of run->result; steals the value; NULL value or no memory is NW_ERR_MEMORY. */
NW_MUST_CHECK bool nw_run_put(struct nw_run *run, const char *key, json_t *value,
                              struct nw_err *err);
/* A number for JSON: null when it is not finite. */
json_t *nw_json_number(double value);
/* Prints a line of the human result, unless --json. */
void nw_run_print(const struct nw_run *run, const char *fmt, ...) NW_PRINTF(2, 3);
/* Tells the step what was read and written. Outputs are digested when the step is written. */
NW_MUST_CHECK bool nw_run_read_file(struct nw_run *run, const char *path, struct nw_err *err);
NW_MUST_CHECK bool nw_run_read_scan(struct nw_run *run, const char *path,
                                    const struct nw_scan *scan, struct nw_err *err);
NW_MUST_CHECK bool nw_run_wrote(struct nw_run *run, const char *path, struct nw_err *err);
/* Where to write an output: a hidden place that becomes `path` when the whole run has
 * succeeded, recorded in the step. Borrowed until the run's end. The preferred way; a folder
 * full of files is the exception that uses nw_run_wrote. */
NW_MUST_CHECK bool nw_run_stage(struct nw_run *run, const char *path, const char **staged,
                                struct nw_err *err);
/* An output nobody named: from now on part of the recorded line, as `--name path`. */
NW_MUST_CHECK bool nw_run_default_output(struct nw_run *run, const char *name, const char *path,
                                         struct nw_err *err);

/* Finds the scan a command works on: opens the path, refuses two patients, and takes
 * `series` (its number in `nuwa info`, NULL: the best) into *out. */
struct nw_pick {
    const char *series, *charset;
    bool resample, keep_tilt;
};
NW_MUST_CHECK bool nw_run_load_scan(struct nw_run *run, const char *path,
                                    const struct nw_pick *pick, struct nw_scan *out,
                                    struct nw_err *err);

#endif
