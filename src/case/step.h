/*
 * case/step.h -- the ledger's unit: what was done, with what, to what. A step names a command,
 * its version and arguments, and the digests of what went in and came out; it is written
 * beside the first output, can be made again (`nuwa replay`) and checked by anyone (`nuwa
 * verify`). Time, place and person stand here and never inside an output.
 */
#ifndef NW_CASE_STEP_H
#define NW_CASE_STEP_H

#include <jansson.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/scan.h"

/* A byte stream that went in or came out. A folder, archive or DICOMDIR that was read as a
 * scan lists its files; `sha256` is then over their sorted content digests. */
struct nw_stream {
    const char *path; /* as given on the command line */
    uint64_t bytes;
    nw_digest sha256;
    bool is_scan;
    struct nw_source *file; /* of a scan */
    size_t file_count;
};

struct nw_step {
    struct nw_arena arena; /* all texts and lists below */
    const char *command, *version;
    const char **argument; /* after the command's name, with defaults that name files */
    size_t argument_count;
    struct nw_stream *input, *output;
    size_t input_count, output_count;
    const char *folder;  /* working folder of the run */
    const char *started; /* ISO 8601 with zone */
    const char *who;     /* login name */
    double wall_s;
    uint64_t peak_memory_bytes;
    int threads;
    nw_digest digest; /* of the canonical text without this member: set by write and read */
};

void nw_step_release(struct nw_step *step);
NW_MUST_CHECK bool nw_step_add_argument(struct nw_step *step, const char *text,
                                        struct nw_err *err);
NW_MUST_CHECK bool nw_step_add_input(struct nw_step *step, const char *path,
                                     struct nw_err *err); /* digests the file now */
NW_MUST_CHECK bool nw_step_add_scan(struct nw_step *step, const char *path,
                                    const struct nw_scan *scan, struct nw_err *err);
NW_MUST_CHECK bool nw_step_add_output(struct nw_step *step, const char *path,
                                      struct nw_err *err); /* digests the file now */

/* `result` (borrowed, may be NULL) is kept under "result". Returns new text, as it is to stand
 * in the file; sets step->digest. */
NW_MUST_CHECK char *nw_step_format(struct nw_step *step, const json_t *result,
                                   struct nw_err *err);
/* NW_ERR_DATA when it is no step, has members it should not, or its own digest is wrong. */
NW_MUST_CHECK bool nw_step_parse(const char *text, size_t len, struct nw_step *out,
                                 struct nw_err *err);

/* One stream held against what is on disk now. */
enum nw_finding { NW_STREAM_SAME, NW_STREAM_CHANGED, NW_STREAM_MISSING };
struct nw_stream_check {
    const char *path; /* borrowed from the step */
    const char *file; /* which file of a scan, "" for the stream itself */
    enum nw_finding finding;
};
/* Checks all inputs and outputs with paths relative to `folder` (NULL: the step's own), into
 * a new list. NW_ERR_IO only when something exists and cannot be read. */
NW_MUST_CHECK struct nw_stream_check *nw_step_check(const struct nw_step *step,
                                                    const char *folder, size_t *count,
                                                    struct nw_err *err);

#endif
