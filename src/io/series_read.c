/* io/series_read.c -- a series' voxels: see series_priv.h. */
#include <stdio.h>
#include <string.h>

#include "core/parallel.h"
#include "io/series_priv.h"

static const double AIR_HU = -1024;

/* What the sink of each slice needs; planes are written each by one thread. */
struct build {
    const struct nw_series *series;
    struct nw_volume *volume;
    bool shifts;      /* the gantry was tilted: planes move in their plane */
    double before[2]; /* columns and rows the grid begins before the first slice's */
    float fill;
    uint8_t *overflow; /* a plane had values beyond int16 */
};

/* Integers in, integers out: then int16 holds it if its range does. */
static bool is_whole(const struct nw_slice *s)
{
    const struct nw_dicom_plane *p = s->plane;
    return s->header->bits_stored <= 16 && p->slope == rint(p->slope) &&
           p->intercept == rint(p->intercept) && fabs(p->slope) <= 1000 &&
           fabs(p->intercept) <= 1e6;
}

NW_CLONES
static bool scale_whole(const int32_t *stored, size_t count, int32_t slope, int32_t intercept,
                        int16_t *out)
{
    int32_t beyond = 0;
    for (size_t i = 0; i < count; i++) {
        const int32_t v = stored[i] * slope + intercept;
        out[i] = (int16_t)v;
        beyond |= v - (int32_t)(int16_t)v;
    }
    return beyond != 0;
}

NW_CLONES
static void scale_float(const int32_t *stored, size_t count, double slope, double intercept,
                        float *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (float)(stored[i] * slope + intercept);
}

/* Halves to even, like everything here; the kernel may overshoot the range of int16. */
static bool round_plane(const float *src, size_t count, int16_t *out)
{
    bool beyond = false;
    for (size_t i = 0; i < count; i++) {
        const float v = rintf(src[i]);
        beyond = beyond || !(v >= -32768.0f && v <= 32767.0f);
        out[i] = (int16_t)(v < -32768.0f ? -32768.0f : v > 32767.0f ? 32767.0f : v);
    }
    return beyond;
}

static bool place_shifted(const struct build *b, const struct nw_slice_job *job,
                          const int32_t *stored, struct nw_err *err)
{
    const struct nw_slice *s = job->slice;
    const size_t count = (size_t)s->header->rows * s->header->cols;
    const size_t *dim = b->volume->grid.dim, plane = dim[0] * dim[1];
    NW_AUTOFREE float *src = NW_ALLOC_UNSET(float, count, err);
    const bool whole = b->volume->type == NW_VOXEL_I16;
    NW_AUTOFREE float *moved = src && whole ? NW_ALLOC_UNSET(float, plane, err) : NULL;
    if (err->code != NW_OK)
        return false;
    scale_float(stored, count, s->plane->slope, s->plane->intercept, src);
    double columns, rows;
    nw_shape_shift(&b->series->shape, s->along_mm - b->series->slice[0].along_mm, &columns,
                   &rows);
    float *dst = whole ? moved : b->volume->f32 + job->plane * plane;
    if (!nw_plane_shift(src, s->header->cols, s->header->rows, columns - b->before[0],
                        rows - b->before[1], b->fill, dst, dim[0], dim[1], err))
        return false;
    if (whole)
        b->overflow[job->plane] =
            round_plane(moved, plane, b->volume->i16 + job->plane * plane);
    return true;
}

static bool place_sink(void *user, const struct nw_slice_job *job, const int32_t *stored,
                       struct nw_err *err)
{
    const struct build *b = user;
    const struct nw_slice *s = job->slice;
    const size_t count = (size_t)s->header->rows * s->header->cols;
    if (b->shifts)
        return place_shifted(b, job, stored, err);
    if (b->volume->type == NW_VOXEL_I16)
        b->overflow[job->plane] =
            scale_whole(stored, count, (int32_t)s->plane->slope, (int32_t)s->plane->intercept,
                        b->volume->i16 + job->plane * count);
    else
        scale_float(stored, count, s->plane->slope, s->plane->intercept,
                    b->volume->f32 + job->plane * count);
    return true;
}

/* The slices that are read, and the plane each one fills. */
static struct nw_slice_job *list_jobs(const struct nw_series *s, size_t *count,
                                      struct nw_err *err)
{
    struct nw_slice_job *job = NW_ALLOC(struct nw_slice_job, s->slice_count, err);
    *count = 0;
    for (size_t i = 0; job && i < s->slice_count; i++)
        if (!s->slice[i].doubled) {
            job[*count] = (struct nw_slice_job){&s->slice[i], *count};
            ++*count;
        }
    return job;
}

/* ---- unequal distances ---- */

static void mix_planes(const struct nw_volume *from, size_t lower, double share,
                       struct nw_volume *to, size_t k)
{
    const size_t plane = to->grid.dim[0] * to->grid.dim[1];
    const size_t upper = lower + 1 < from->grid.dim[2] ? lower + 1 : lower;
    for (size_t i = 0; i < plane; i++) {
        const double a = nw_volume_value(from, lower * plane + i);
        const double b = nw_volume_value(from, upper * plane + i);
        const double v = a + share * (b - a);
        if (to->type == NW_VOXEL_I16)
            to->i16[k * plane + i] = (int16_t)rint(v);
        else
            to->f32[k * plane + i] = (float)v;
    }
}

/* Linear between neighbours; nothing is made beyond the first and last slice. */
static bool even_out(const struct nw_series *s, const struct nw_slice_job *by_plane,
                     size_t count, const struct nw_grid *grid, struct nw_volume *volume,
                     struct nw_err *err)
{
    struct nw_volume even = {0};
    if (!nw_volume_init_unset(&even, volume->type, grid, err))
        return false;
    size_t lower = 0;
    NW_AUTOFREE double *along = NW_ALLOC(double, count, err);
    if (!along) {
        nw_volume_release(&even);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        along[by_plane[i].plane] = by_plane[i].slice->along_mm - s->slice[0].along_mm;
    for (size_t k = 0; k < grid->dim[2]; k++) {
        const double at = (double)k * s->shape.step_mm;
        while (lower + 1 < count && along[lower + 1] <= at)
            lower++;
        const double gap = lower + 1 < count ? along[lower + 1] - along[lower] : 1;
        mix_planes(volume, lower, lower + 1 < count ? (at - along[lower]) / gap : 0, &even, k);
    }
    nw_volume_release(volume);
    *volume = even;
    return true;
}

/* ---- remarks that only reading tells ---- */

static bool tell_headers(const struct nw_series *s, struct nw_scan *out, struct nw_err *err)
{
    const struct nw_dicom *h = s->slice[0].header;
    char zh[160], en[160];
    for (size_t i = 0; i < s->found.remark_count; i++) {
        const struct nw_remark *r = &s->found.remark[i];
        if (r->severity !=
                NW_REFUSAL && /* a refusal that was lifted is told by what was done */
            !nw_scan_remark(out, r->severity, r->code, r->zh, r->en, err))
            return false;
    }
    if (h->has_padding) {
        const double value =
            (double)h->padding * s->slice[0].plane->slope + s->slice[0].plane->intercept;
        (void)snprintf(zh, sizeof zh, "填充值 %g 标记扫描野外的像素，保持原样", value);
        (void)snprintf(en, sizeof en,
                       "pixels outside the field of view hold %g; kept as they are", value);
        if (!nw_scan_remark(out, NW_NOTE, "padding-value", zh, en, err))
            return false;
    }
    return strcmp(h->photometric, "MONOCHROME1") != 0 ||
           nw_scan_remark(
               out, NW_NOTE, "monochrome1", "图像以黑白反转方式显示（MONOCHROME1），数值不变",
               "shown inverted by its maker (MONOCHROME1); values are unchanged", err);
}

static bool tell_reading(const struct nw_series *s, const struct nw_scan *scan, bool rubbish,
                         struct nw_scan *out, struct nw_err *err)
{
    if (rubbish && !nw_scan_remark(out, NW_WARNING, "bits-above-high-bit",
                                   "最高位以上存有无关数据，已屏蔽",
                                   "bits above the high bit were set; masked", err))
        return false;
    if (scan->volume.type == NW_VOXEL_F32 &&
        !nw_scan_remark(out, NW_NOTE, "not-whole-numbers",
                        "换算后的像素值不是 16 位整数，以浮点数保存",
                        "scaled values are no 16-bit integers; kept as floating point", err))
        return false;
    if (s->shape.trouble != NW_SHAPE_UNEQUAL)
        return true;
    char zh[160], en[160];
    (void)snprintf(zh, sizeof zh, "层距不等，已按要求线性重采样为 %.3f mm", s->shape.step_mm);
    (void)snprintf(en, sizeof en,
                   "slice distances were unequal; resampled linearly to %.3f mm as asked",
                   s->shape.step_mm);
    return nw_scan_remark(out, NW_WARNING, "resampled-slices", zh, en, err);
}

/* ---- all of it ---- */

static bool decode_as(const struct nw_series *s, struct nw_entries *entries,
                      struct nw_slice_job *job, size_t count, enum nw_voxel type,
                      const struct nw_grid *grid, bool keep_tilt, struct nw_volume *out,
                      bool *rubbish, bool *fits, struct nw_err *err)
{
    struct nw_grid planes = *grid;
    planes.dim[2] = count;
    NW_AUTOFREE uint8_t *overflow = NW_ALLOC(uint8_t, count, err);
    if (!overflow || !nw_volume_init_unset(out, type, &planes, err))
        return false;
    struct build b = {.series = s,
                      .volume = out,
                      .shifts = s->shape.is_tilted && !keep_tilt,
                      .fill = s->slice[0].header->facts.is_hu ? (float)AIR_HU : 0,
                      .overflow = overflow};
    if (b.shifts) {
        const nw_vec3 d = nw_sub(grid->origin_mm, s->shape.origin_mm);
        b.before[0] = rint(nw_dot(d, s->shape.row) / s->shape.row_step_mm);
        b.before[1] = rint(nw_dot(d, s->shape.col) / s->shape.col_step_mm);
    }
    if (!nw_slices_decode(entries, job, count, place_sink, &b, rubbish, err)) {
        nw_volume_release(out);
        return false;
    }
    *fits = true;
    for (size_t i = 0; i < count; i++)
        *fits = *fits && !overflow[i];
    return true;
}

static bool read_volume(const struct nw_series *s, struct nw_entries *entries,
                        const struct nw_read_opts *opts, struct nw_volume *out, bool *rubbish,
                        struct nw_err *err)
{
    size_t count;
    NW_AUTOFREE struct nw_slice_job *job = list_jobs(s, &count, err);
    if (!job)
        return false;
    enum nw_voxel type = NW_VOXEL_I16;
    for (size_t i = 0; i < count && type == NW_VOXEL_I16; i++)
        if (!is_whole(job[i].slice))
            type = NW_VOXEL_F32;
    const struct nw_grid grid = nw_shape_grid(s, opts->keep_tilt);
    bool fits = false;
    if (!decode_as(s, entries, job, count, type, &grid, opts->keep_tilt, out, rubbish, &fits,
                   err))
        return false;
    if (!fits && type == NW_VOXEL_I16) { /* rare: once more, as float */
        nw_volume_release(out);
        if (!decode_as(s, entries, job, count, NW_VOXEL_F32, &grid, opts->keep_tilt, out,
                       rubbish, &fits, err))
            return false;
    }
    if (s->shape.trouble == NW_SHAPE_UNEQUAL && !even_out(s, job, count, &grid, out, err)) {
        nw_volume_release(out);
        return false;
    }
    return true;
}

bool nw_series_read(const struct nw_series *s, struct nw_entries *entries,
                    const struct nw_read_opts *opts, struct nw_scan *out, struct nw_err *err)
{
    bool rubbish = false;
    nw_stage("读取影像", "reading the scan");
    return read_volume(s, entries, opts, &out->volume, &rubbish, err) &&
           tell_headers(s, out, err) && tell_reading(s, out, rubbish, out, err);
}
