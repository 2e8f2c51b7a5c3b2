/* io/series_shape.c -- from positions to a grid: see series_priv.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "io/series_priv.h"

/*
 * Positions are written with few digits: a slice may lie this far from the even grid. Beyond
 * it something is missing or the steps differ.
 */
static const double UNEVEN_SHARE = 0.1, UNEVEN_MAX_MM = 0.1, UNEVEN_TOLD_MM = 0.01;
static const double DRIFT_MAX_MM = 0.15; /* off the line through the slices' corners */
static const double DOUBLE_SHARE = 0.01, DOUBLE_MIN_MM = 1e-3;
static const double TILT_MIN_PIXEL =
    0.1; /* drift over all slices that is not header rounding */
static const double SQUARE_SLACK = 1e-3;
enum { LISTED_MAX = 12 };

bool nw_series_remark(struct nw_grouping *g, struct nw_series *s, enum nw_severity severity,
                      const char *code, const char *zh, const char *en, struct nw_err *err)
{
    const struct nw_remark remark = {
        .severity = severity,
        .code = code,
        .zh = nw_arena_text(&g->arena, zh, err),
        .en = err->code == NW_OK ? nw_arena_text(&g->arena, en, err) : NULL};
    struct nw_remark *list = (struct nw_remark *)(uintptr_t)s->found.remark;
    if (!remark.en ||
        !nw_grow(&list, &s->remark_room, s->found.remark_count + 1, sizeof *list, err))
        return false;
    list[s->found.remark_count++] = remark;
    s->found.remark = list;
    return true;
}

/* ---- the slices that count ---- */

static size_t next_single(const struct nw_series *s, size_t from)
{
    while (from < s->slice_count && s->slice[from].doubled)
        from++;
    return from;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The middle one of the distances that are not doubles; 0 without memory or distances. */
static double median_step(const struct nw_series *s, struct nw_err *err)
{
    NW_AUTOFREE double *step = NW_ALLOC(double, s->slice_count, err);
    if (!step)
        return 0;
    size_t count = 0;
    for (size_t i = 1; i < s->slice_count; i++) {
        const double d = s->slice[i].along_mm - s->slice[i - 1].along_mm;
        if (d > DOUBLE_MIN_MM)
            step[count++] = d;
    }
    qsort(step, count, sizeof *step, by_value);
    return count > 0 ? step[count / 2] : 0;
}

size_t nw_series_next_double(const struct nw_series *s, size_t from)
{
    struct nw_err err = {0};
    const double median = median_step(s, &err);
    const double near = fmax(DOUBLE_MIN_MM, DOUBLE_SHARE * median);
    for (size_t i = from > 0 ? from : 1; i < s->slice_count; i++)
        if (s->slice[i].along_mm - s->slice[i - 1].along_mm < near)
            return i;
    return s->slice_count;
}

/* ---- axes and the line of positions ---- */

static bool square_axes(struct nw_grouping *g, struct nw_series *s, struct nw_err *err)
{
    const struct nw_dicom_plane *p = s->slice[0].plane;
    const double lr = nw_length(p->row), lc = nw_length(p->col);
    struct nw_shape *shape = &s->shape;
    if (!(fabs(lr - 1) < 1e-2) || !(fabs(lc - 1) < 1e-2) ||
        !(fabs(nw_dot(p->row, p->col)) < 1e-2)) {
        shape->trouble = NW_SHAPE_BAD;
        return nw_series_leave_out(g, s, "图像方向不是两个互相垂直的单位向量",
                                   "its row and column directions are not at right angles",
                                   err);
    }
    shape->row = nw_unit(p->row);
    const nw_vec3 upright =
        nw_along(p->col, shape->row, -nw_dot(p->col, shape->row)); /* header rounding */
    shape->col = nw_unit(upright);
    shape->normal = nw_cross(shape->row, shape->col);
    shape->row_step_mm = p->row_step_mm;
    shape->col_step_mm = p->col_step_mm;
    if (fabs(nw_dot(p->row, p->col)) > SQUARE_SLACK)
        return nw_series_remark(
            g, s, NW_WARNING, "axes-squared", "行与列方向略不垂直，已校正到直角",
            "rows and columns were not quite at right angles; squared", err);
    return true;
}

static nw_vec3 in_plane(const struct nw_shape *shape, nw_vec3 v)
{
    return nw_along(v, shape->normal, -nw_dot(v, shape->normal));
}

/* Positions must lie on one line; how it leans is the tilt. */
static bool line_up(struct nw_grouping *g, struct nw_series *s, struct nw_err *err)
{
    struct nw_shape *shape = &s->shape;
    const struct nw_slice *first = &s->slice[0], *last = &s->slice[s->slice_count - 1];
    for (size_t i = 0; i < s->slice_count; i++) /* now along the squared normal */
        s->slice[i].along_mm = nw_dot(s->slice[i].plane->position_mm, shape->normal);
    const double extent = last->along_mm - first->along_mm;
    shape->origin_mm = first->plane->position_mm;
    const nw_vec3 drift =
        in_plane(shape, nw_sub(last->plane->position_mm, first->plane->position_mm));
    shape->shear = extent > 0 ? nw_scale(drift, 1 / extent) : nw_v3(0, 0, 0);
    double worst = 0;
    size_t at = 0;
    for (size_t i = 0; i < s->slice_count; i++) {
        const nw_vec3 from = nw_sub(s->slice[i].plane->position_mm, shape->origin_mm);
        const double along = s->slice[i].along_mm - first->along_mm;
        const double off = nw_length(nw_along(in_plane(shape, from), shape->shear, -along));
        if (!(off <= worst)) {
            worst = off;
            at = i;
        }
    }
    if (!(worst <= DRIFT_MAX_MM)) {
        char zh[200], en[200];
        shape->trouble = NW_SHAPE_BAD;
        (void)snprintf(zh, sizeof zh, "各层不在一条直线上：第 %zu 幅偏离 %.2f mm",
                       s->slice[at].number, worst);
        (void)snprintf(en, sizeof en,
                       "its slices do not lie in one line: image %zu is %.2f mm "
                       "off",
                       s->slice[at].number, worst);
        return nw_series_leave_out(g, s, zh, en, err);
    }
    const double pixel = fmin(shape->row_step_mm, shape->col_step_mm);
    shape->is_tilted = nw_length(drift) > TILT_MIN_PIXEL * pixel;
    if (shape->is_tilted)
        shape->tilt_deg = nw_atan(nw_length(shape->shear)) * (180 / NW_PI);
    else
        shape->shear = nw_v3(0, 0, 0);
    return true;
}

/* ---- the steps ---- */

/* How far the slice furthest from the even grid lies from it. */
static double unevenness(const struct nw_series *s, size_t count, double step)
{
    double worst = 0;
    size_t k = 0;
    for (size_t i = next_single(s, 0); i < s->slice_count && k < count;
         i = next_single(s, i + 1), k++)
        worst =
            fmax(worst, fabs(s->slice[i].along_mm - s->slice[0].along_mm - (double)k * step));
    return worst;
}

/* Names the places where the step is not the usual one. */
static bool name_gaps(struct nw_grouping *g, struct nw_series *s, double median,
                      struct nw_err *err)
{
    struct nw_text zh, en;
    nw_text_init(&zh, 4096);
    nw_text_init(&en, 4096);
    size_t missing = 0, unequal = 0, listed = 0;
    const double slack = fmin(UNEVEN_SHARE * median, UNEVEN_MAX_MM);
    bool ok = true;
    for (size_t i = next_single(s, 0), n; ok && (n = next_single(s, i + 1)) < s->slice_count;
         i = n) {
        const double d = s->slice[n].along_mm - s->slice[i].along_mm;
        if (fabs(d - median) <= slack)
            continue;
        const double whole = rint(d / median);
        if (whole >= 2 && fabs(d - whole * median) <= 2 * slack)
            missing += (size_t)whole - 1;
        else
            unequal++;
        if (listed++ < LISTED_MAX)
            ok = nw_text_addf(&zh, err, "%s%zu–%zu（%.3f mm）", listed > 1 ? "、" : "",
                              s->slice[i].number, s->slice[n].number, d) &&
                 nw_text_addf(&en, err, "%s%zu-%zu (%.3f mm)", listed > 1 ? ", " : "",
                              s->slice[i].number, s->slice[n].number, d);
    }
    char more[48];
    more[0] = '\0';
    if (listed > LISTED_MAX)
        (void)snprintf(more, sizeof more, " +%zu", listed - LISTED_MAX);
    struct nw_text full_zh, full_en;
    nw_text_init(&full_zh, 8192);
    nw_text_init(&full_en, 8192);
    if (missing > 0 && unequal == 0)
        ok = ok &&
             nw_text_addf(&full_zh, err, "缺少 %zu 层，层距 %.3f mm，图像号之间：%s%s", missing,
                          median, zh.data ? zh.data : "", more) &&
             nw_text_addf(&full_en, err,
                          "%zu slice%s missing from a step of %.3f mm, between images %s%s",
                          missing, missing > 1 ? "s are" : " is", median,
                          en.data ? en.data : "", more);
    else
        ok = ok &&
             nw_text_addf(&full_zh, err,
                          "层距不等（多为 %.3f mm），图像号之间：%s%s；可要求重采样", median,
                          zh.data ? zh.data : "", more) &&
             nw_text_addf(&full_en, err,
                          "slice distances are unequal (most are %.3f mm), between images "
                          "%s%s; they can be resampled on request",
                          median, en.data ? en.data : "", more);
    ok = ok &&
         nw_series_remark(g, s, NW_REFUSAL,
                          missing > 0 && unequal == 0 ? "missing-slices" : "unequal-slices",
                          full_zh.data, full_en.data, err) &&
         nw_series_leave_out(g, s, full_zh.data, full_en.data, err);
    nw_text_release(&zh);
    nw_text_release(&en);
    nw_text_release(&full_zh);
    nw_text_release(&full_en);
    return ok;
}

static bool space(struct nw_grouping *g, struct nw_series *s, struct nw_err *err)
{
    struct nw_shape *shape = &s->shape;
    size_t count = 0, last = 0;
    for (size_t i = next_single(s, 0); i < s->slice_count; i = next_single(s, i + 1)) {
        count++;
        last = i;
    }
    shape->slice_count = count;
    const double median = median_step(s, err);
    if (err->code != NW_OK)
        return false;
    if (count < 2 || !(median > 0)) {
        shape->trouble = NW_SHAPE_BAD;
        return nw_series_leave_out(g, s, "所有图像位于同一位置",
                                   "all its images lie at one place", err);
    }
    /* The mean step carries no rounding; the median finds what is odd. */
    const double mean = (s->slice[last].along_mm - s->slice[0].along_mm) / (double)(count - 1);
    const double worst = unevenness(s, count, mean);
    shape->step_mm = mean;
    if (worst > fmin(UNEVEN_SHARE * mean, UNEVEN_MAX_MM)) {
        shape->trouble = NW_SHAPE_UNEQUAL;
        shape->step_mm = median;
        return name_gaps(g, s, median, err);
    }
    if (worst > UNEVEN_TOLD_MM) {
        char zh[160], en[160];
        (void)snprintf(zh, sizeof zh, "层位置与等距网格最多相差 %.3f mm（标题取整）", worst);
        (void)snprintf(en, sizeof en,
                       "slice positions differ from an even grid by up to %.3f mm (rounding in "
                       "the header)",
                       worst);
        return nw_series_remark(g, s, NW_NOTE, "uneven-rounding", zh, en, err);
    }
    return true;
}

static bool tell_tilt(struct nw_grouping *g, struct nw_series *s, struct nw_err *err)
{
    if (!s->shape.is_tilted)
        return true;
    char zh[200], en[200];
    (void)snprintf(zh, sizeof zh, "机架倾斜 %.2f°，按真实轴重采样校正", s->shape.tilt_deg);
    (void)snprintf(en, sizeof en,
                   "the gantry was tilted by %.2f degrees; corrected by resampling along the "
                   "true axes",
                   s->shape.tilt_deg);
    return nw_series_remark(g, s, NW_NOTE, "tilt-corrected", zh, en, err);
}

/* Slices that jumped into this series although their axes differ. */
static bool one_direction(struct nw_grouping *g, struct nw_series *s, struct nw_err *err)
{
    const struct nw_dicom_plane *p = s->slice[0].plane;
    for (size_t i = 1; i < s->slice_count; i++) {
        const struct nw_dicom_plane *q = s->slice[i].plane;
        if (q->has_position && q->has_axes && nw_dot(p->row, q->row) > 0.9999 &&
            nw_dot(p->col, q->col) > 0.9999)
            continue;
        s->shape.trouble = NW_SHAPE_BAD;
        return nw_series_leave_out(g, s, "各层方向不同", "its slices have different directions",
                                   err);
    }
    return true;
}

bool nw_series_measure(struct nw_grouping *g, struct nw_series *s, struct nw_err *err)
{
    s->shape = (struct nw_shape){0};
    if (!one_direction(g, s, err) || s->shape.trouble == NW_SHAPE_BAD)
        return err->code == NW_OK;
    if (!square_axes(g, s, err) || s->shape.trouble == NW_SHAPE_BAD)
        return err->code == NW_OK;
    if (!line_up(g, s, err) || s->shape.trouble == NW_SHAPE_BAD)
        return err->code == NW_OK;
    if (!space(g, s, err) || s->shape.trouble == NW_SHAPE_BAD)
        return err->code == NW_OK;
    if (!tell_tilt(g, s, err))
        return false;
    s->found.grid = nw_shape_grid(s, false);
    struct nw_err why = {0};
    if (!nw_grid_check(&s->found.grid, &why)) {
        s->shape.trouble = NW_SHAPE_BAD;
        return nw_series_leave_out(g, s, why.msg, why.msg, err);
    }
    s->found.usable = s->shape.trouble == NW_SHAPE_GOOD;
    return true;
}

/* ---- the grid ---- */

void nw_shape_shift(const struct nw_shape *p, double above_mm, double *columns, double *rows)
{
    *columns = nw_dot(p->shear, p->row) * above_mm / p->row_step_mm;
    *rows = nw_dot(p->shear, p->col) * above_mm / p->col_step_mm;
}

/* Whole voxels to add at the low and high end so that every shifted slice has room. */
static void widen(double shift, size_t *dim, double *before)
{
    const double low = floor(fmin(0, shift)), high = ceil(fmax(0, shift));
    const double total = (double)*dim + high - low;
    *before = low;
    *dim = total < 1e6 ? (size_t)total : (size_t)1000000; /* refused by the grid's check */
}

struct nw_grid nw_shape_grid(const struct nw_series *s, bool keep_tilt)
{
    const struct nw_shape *p = &s->shape;
    const struct nw_dicom *h = s->slice[0].header;
    size_t slices = p->slice_count;
    if (p->trouble == NW_SHAPE_UNEQUAL) {
        const double extent = s->slice[s->slice_count - 1].along_mm - s->slice[0].along_mm;
        slices = (size_t)fmin(1e6, floor(extent / p->step_mm + 1e-6) + 1);
    }
    struct nw_grid grid = {.dim = {h->cols, h->rows, slices},
                           .origin_mm = p->origin_mm,
                           .step_mm = {nw_scale(p->row, p->row_step_mm),
                                       nw_scale(p->col, p->col_step_mm),
                                       nw_scale(p->normal, p->step_mm)}};
    if (!p->is_tilted)
        return grid;
    if (keep_tilt) {
        grid.step_mm[2] = nw_scale(nw_add(p->normal, p->shear), p->step_mm);
        return grid;
    }
    double columns, rows, before[2];
    nw_shape_shift(p, s->slice[s->slice_count - 1].along_mm - s->slice[0].along_mm, &columns,
                   &rows);
    widen(columns, &grid.dim[0], &before[0]);
    widen(rows, &grid.dim[1], &before[1]);
    grid.origin_mm = nw_along(nw_along(grid.origin_mm, grid.step_mm[0], before[0]),
                              grid.step_mm[1], before[1]);
    return grid;
}
