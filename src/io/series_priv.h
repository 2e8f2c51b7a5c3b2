/*
 * io/series_priv.h -- images put together: which belong to one series by what they are, and
 * what grid they lie on. Plain C, no files: entries' headers go in.
 */
#ifndef NW_IO_SERIES_PRIV_H
#define NW_IO_SERIES_PRIV_H

#include "io/entries_priv.h"
#include "io/io.h"

struct nw_slice {
    size_t entry, frame;
    const struct nw_dicom *header;
    const struct nw_dicom_plane *plane;
    double along_mm; /* its position along the series' normal */
    size_t number;   /* what people call it: instance number, or the frame's */
    bool doubled;    /* lies where the one before it lies, and is the same image: not read */
};

enum nw_shape_trouble {
    NW_SHAPE_GOOD,
    NW_SHAPE_UNEQUAL, /* unequal or missing: good when resampled */
    NW_SHAPE_BAD,
};

/* How the slices of a series become a volume. */
struct nw_shape {
    enum nw_shape_trouble trouble;
    nw_vec3 row, col, normal; /* orthonormal */
    nw_vec3 origin_mm;        /* of the first slice */
    nw_vec3 shear;            /* in-plane drift per mm along the normal; 0 when upright */
    double row_step_mm, col_step_mm, step_mm; /* between columns, rows, slices */
    size_t slice_count;                       /* distinct places */
    double tilt_deg;
    bool is_tilted;
};

/* A series, before and after it was looked at. */
struct nw_series {
    struct nw_slice *slice; /* sorted along the normal; in the grouping's block */
    size_t slice_count, file_count;
    struct nw_shape shape;
    enum nw_dicom_key split_by; /* with split_value, when one series' UID held several */
    const char *split_value;    /* NULL: not split */
    struct nw_found found;      /* what is shown of it */
    size_t remark_room;
    size_t volume_entry; /* a volume file's entry, or SIZE_MAX */
    bool is_reformat;
};

struct nw_grouping {
    struct nw_arena arena; /* texts */
    struct nw_slice *slice;
    struct nw_series *series;
    size_t slice_count, series_count, series_room;
};

/* Every frame of every DICOM image, in series. You release *out, on failure too. */
NW_MUST_CHECK bool nw_series_group(struct nw_grouping *out, const struct nw_entries *entries,
                                   struct nw_err *err);
void nw_grouping_release(struct nw_grouping *grouping);

/* Why a series is left out before its geometry is looked at; "" and "" when nothing speaks
 * against it. Sets is_reformat. */
NW_MUST_CHECK bool nw_series_judge(struct nw_grouping *grouping, struct nw_series *series,
                                   struct nw_err *err);

/* Sets series->shape, found.grid, and remarks; found.usable and the reason when it is none.
 * Slices marked doubled are passed over. */
NW_MUST_CHECK bool nw_series_measure(struct nw_grouping *grouping, struct nw_series *series,
                                     struct nw_err *err);
/* Slices at one place as their neighbour: first such index at or after `from`, or
 * slice_count. */
size_t nw_series_next_double(const struct nw_series *series, size_t from);

NW_MUST_CHECK bool nw_series_remark(struct nw_grouping *grouping, struct nw_series *series,
                                    enum nw_severity severity, const char *code, const char *zh,
                                    const char *en, struct nw_err *err);
/* Leaves it out with a reason; the first reason stays. Sentences are copied. */
NW_MUST_CHECK bool nw_series_leave_out(struct nw_grouping *grouping, struct nw_series *series,
                                       const char *zh, const char *en, struct nw_err *err);

/* The grid that reading with these options gives. */
struct nw_grid nw_shape_grid(const struct nw_series *series, bool keep_tilt);
/* How many columns and rows a slice so far above the first one is shifted against it. */
void nw_shape_shift(const struct nw_shape *p, double above_mm, double *columns, double *rows);

/* ---- slices.c: frames decoded on all cores ---- */

struct nw_slice_job {
    const struct nw_slice *slice;
    size_t plane; /* handed on to the sink */
};
/* Called once a slice, from many threads at once. */
typedef bool nw_slice_sink(void *user, const struct nw_slice_job *job, const int32_t *stored,
                           struct nw_err *err);
/* Decodes each job's frame and gives it to the sink; sorts the jobs by file. Digests of the
 * files are left in their entries. *rubbish: bits above the high bit were set. */
NW_MUST_CHECK bool nw_slices_decode(struct nw_entries *entries, struct nw_slice_job *job,
                                    size_t count, nw_slice_sink *sink, void *user,
                                    bool *rubbish, struct nw_err *err);

/* series_look.c: looks into pixels where headers do not tell: drops slices that are there
 * twice, finds masks in disguise. */
NW_MUST_CHECK bool nw_series_drop_doubles(struct nw_grouping *grouping,
                                          struct nw_series *series, struct nw_entries *entries,
                                          struct nw_err *err);
NW_MUST_CHECK bool nw_series_find_mask(struct nw_grouping *grouping, struct nw_series *series,
                                       struct nw_entries *entries, struct nw_err *err);

/* series_read.c: voxels, and the remarks that only reading tells, into *out. */
NW_MUST_CHECK bool nw_series_read(const struct nw_series *series, struct nw_entries *entries,
                                  const struct nw_read_opts *opts, struct nw_scan *out,
                                  struct nw_err *err);

/* shift.c: a plane of cols * rows shifted by fractions of a voxel into one of another size,
 * by a Lanczos kernel of 8 taps; `column` and `row` are where its pixel (0,0) comes to lie.
 * What lies outside becomes `fill`. */
NW_MUST_CHECK bool nw_plane_shift(const float *src, size_t cols, size_t rows, double column,
                                  double row, float fill, float *dst, size_t dst_cols,
                                  size_t dst_rows, struct nw_err *err);

#endif
