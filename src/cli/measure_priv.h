/* cli/measure_priv.h -- what the files of `nuwa measure` share. */
#ifndef NW_CLI_MEASURE_PRIV_H
#define NW_CLI_MEASURE_PRIV_H

#include "cli/command.h"
#include "io/io.h"
#include "plan/points.h"

struct measure_args {
    const char *what, *points, *frame, *use, *parts;
    struct nw_words in;
    double sigma_mm, reach_mm, correlation_mm, step_mm, depth_mm;
};

/* What was named, as it was read. */
struct nw_measure_job {
    const struct measure_args *args;
    struct nw_run *run;
    double sigma_mm; /* NAN: not stated */
    struct nw_points points;
    struct nw_mesh mesh[2];
    const char *name[2]; /* of the parts */
    struct nw_bvh *bvh;  /* of mesh[0] */
    size_t meshes;
    struct nw_scan scan;
    bool has_scan;
};

/* One number: into the result under its key, and as a line. */
bool nw_measure_say(struct nw_measure_job *j, const char *zh, const char *en, const char *key,
                    const char *unit, struct nw_measured m, struct nw_err *err);
bool nw_measure_needs(const struct nw_measure_job *j, size_t points, size_t meshes,
                      struct nw_err *err);
bool nw_measure_say_tolerance(struct nw_measure_job *j, struct nw_err *err);

/* Volumes in common, areas within outlines, grey values within shapes (measure_shape.c). */
bool nw_measure_say_overlap(struct nw_measure_job *j, struct nw_err *err);
bool nw_measure_say_area(struct nw_measure_job *j, struct nw_err *err);
bool nw_measure_say_ball(struct nw_measure_job *j, struct nw_err *err);
bool nw_measure_say_circle(struct nw_measure_job *j, struct nw_err *err);
bool nw_measure_say_box(struct nw_measure_job *j, struct nw_err *err);

#endif
