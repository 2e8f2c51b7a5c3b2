/* report/browse_scan.c -- a scan in levels for the browser. See browse.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "report/browse_priv.h"

enum {
    LEVELS = 3,
    COARSE = 160, /* voxels along an axis of the first level, */
    MIDDLE = 320, /* of the second */
};

struct level {
    size_t fold[3]; /* voxels of the scan along each axis of one of its voxels */
    struct nw_volume volume;
    bool borrowed;
};

struct making {
    const struct nw_scan *scan;
    struct nw_volume scaled;      /* when the scan's own voxels are not int16 */
    const struct nw_volume *full; /* int16 */
    double slope, intercept;      /* value = slope * voxel + intercept */
    struct level level[LEVELS];
    size_t count;
    struct nw_blocks blocks;
};

static void making_release(struct making *m)
{
    for (size_t l = 0; l < m->count; l++)
        if (!m->level[l].borrowed)
            nw_volume_release(&m->level[l].volume);
    nw_volume_release(&m->scaled);
    nw_blocks_release(&m->blocks);
}

/* ---- int16 ---- */

static bool find_range(const struct nw_volume *vol, double *low, double *high,
                       struct nw_err *err)
{
    const size_t n = nw_grid_count(&vol->grid);
    *low = HUGE_VAL;
    *high = -HUGE_VAL;
    for (size_t i = 0; i < n; i++) {
        const double v = nw_volume_value(vol, i);
        if (!isfinite(v))
            return nw_fail(err, NW_ERR_DATA, "a voxel of the scan is not a finite number");
        *low = fmin(*low, v);
        *high = fmax(*high, v);
    }
    return true;
}

/* Whole numbers that int16 holds stay what they are; others are spread over its range. */
static bool scale(struct making *m, struct nw_err *err)
{
    const struct nw_volume *in = &m->scan->volume;
    double low, high;
    m->slope = 1;
    m->full = in;
    if (in->type == NW_VOXEL_I16)
        return true;
    if (!find_range(in, &low, &high, err) ||
        !nw_volume_init_unset(&m->scaled, NW_VOXEL_I16, &in->grid, err))
        return false;
    if (in->type == NW_VOXEL_F32 || high > INT16_MAX) {
        m->slope = high > low ? (high - low) / (INT16_MAX - INT16_MIN) : 1;
        m->intercept = low - m->slope * INT16_MIN;
    }
    const size_t n = nw_grid_count(&in->grid);
    for (size_t i = 0; i < n; i++) {
        const double v = rint((nw_volume_value(in, i) - m->intercept) / m->slope);
        m->scaled.i16[i] = (int16_t)fmax(INT16_MIN, fmin(INT16_MAX, v));
    }
    m->full = &m->scaled;
    return true;
}

/* ---- levels ---- */

/* Mean of one block, the half away from the lower number. */
static int16_t block_mean(const struct nw_volume *in, const size_t first[3],
                          const size_t end[3])
{
    int64_t sum = 0;
    for (size_t k = first[2]; k < end[2]; k++)
        for (size_t j = first[1]; j < end[1]; j++) {
            const int16_t *row = in->i16 + nw_grid_at(&in->grid, 0, j, k);
            for (size_t i = first[0]; i < end[0]; i++)
                sum += row[i];
        }
    const size_t n = (end[0] - first[0]) * (end[1] - first[1]) * (end[2] - first[2]);
    return (int16_t)floor((double)sum / (double)n + 0.5);
}

static void fold_slice(const struct nw_volume *in, const size_t fold[3], struct nw_volume *out,
                       size_t k)
{
    for (size_t j = 0; j < out->grid.dim[1]; j++)
        for (size_t i = 0; i < out->grid.dim[0]; i++) {
            const size_t at[3] = {i, j, k};
            size_t first[3], end[3];
            for (int a = 0; a < 3; a++) {
                first[a] = at[a] * fold[a];
                const size_t whole = first[a] + fold[a];
                end[a] = whole < in->grid.dim[a] ? whole : in->grid.dim[a];
            }
            out->i16[nw_grid_at(&out->grid, i, j, k)] = block_mean(in, first, end);
        }
}

/* Voxel 0's centre is that of its block. */
static struct nw_grid folded_grid(const struct nw_grid *grid, const size_t fold[3])
{
    struct nw_grid g = *grid;
    for (int a = 0; a < 3; a++) {
        g.dim[a] = (grid->dim[a] + fold[a] - 1) / fold[a];
        g.origin_mm = nw_along(g.origin_mm, grid->step_mm[a], ((double)fold[a] - 1) / 2);
        g.step_mm[a] = nw_scale(grid->step_mm[a], (double)fold[a]);
    }
    return g;
}

static bool make_level(struct making *m, size_t most, struct nw_err *err)
{
    struct level *level = &m->level[m->count];
    const struct nw_grid *grid = &m->full->grid;
    bool full = true;
    for (int a = 0; a < 3; a++) {
        level->fold[a] = 1;
        while (most && grid->dim[a] > most * level->fold[a])
            level->fold[a] *= 2;
        full = full && level->fold[a] == 1;
    }
    if (full && most)
        return true; /* the full one comes last anyway */
    level->borrowed = full;
    if (full) {
        level->volume = *m->full;
        m->count++;
        return true;
    }
    const struct nw_grid folded = folded_grid(grid, level->fold);
    if (!nw_volume_init_unset(&level->volume, NW_VOXEL_I16, &folded, err))
        return false;
    m->count++;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < folded.dim[2]; k++)
        fold_slice(m->full, level->fold, &level->volume, k);
    return true;
}

static bool put_levels(struct making *m, json_t *head, struct nw_err *err)
{
    json_t *list = json_array();
    bool ok = nw_head_put(head, "levels", list, err);
    for (size_t l = 0; ok && l < m->count; l++) {
        const struct nw_grid *g = &m->level[l].volume.grid;
        const size_t bytes = nw_grid_count(g) * sizeof(int16_t);
        uint64_t offset;
        ok =
            nw_blocks_add(&m->blocks, m->level[l].volume.data, bytes, &offset, err) &&
            nw_head_push(
                list,
                json_pack("{s:[I,I,I], s:o, s:[o,o,o], s:I, s:I}", "dim", (json_int_t)g->dim[0],
                          (json_int_t)g->dim[1], (json_int_t)g->dim[2], "origin_mm",
                          nw_head_vec3(g->origin_mm), "step_mm", nw_head_vec3(g->step_mm[0]),
                          nw_head_vec3(g->step_mm[1]), nw_head_vec3(g->step_mm[2]), "offset",
                          (json_int_t)offset, "bytes", (json_int_t)bytes),
                err);
    }
    return ok;
}

/* ---- windows ---- */

static const struct {
    const char *name;
    double centre, width;
} hu_windows[] = {
    {"bone", 400, 1800},  {"soft", 40, 400}, {"lung", -600, 1500},
    {"vessel", 200, 700}, {"brain", 40, 90},
};

static int by_value(const void *a, const void *b)
{
    const int16_t x = *(const int16_t *)a, y = *(const int16_t *)b;
    return (x > y) - (x < y);
}

/* What lies between the lowest and the highest hundredth of a scan without a scale of its own.
 */
static bool put_own_window(const struct making *m, json_t *list, struct nw_err *err)
{
    const struct nw_volume *vol = &m->level[0].volume;
    const size_t n = nw_grid_count(&vol->grid);
    NW_AUTOFREE int16_t *sorted = NW_ALLOC_UNSET(int16_t, n, err);
    if (!sorted)
        return false;
    memcpy(sorted, vol->i16, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_value);
    const double low = sorted[n / 100] * m->slope + m->intercept,
                 high = sorted[n - 1 - n / 100] * m->slope + m->intercept;
    return nw_head_push(list,
                        json_pack("{s:s, s:f, s:f}", "name", "auto", "centre", (low + high) / 2,
                                  "width", fmax(high - low, m->slope)),
                        err);
}

static bool put_windows(const struct making *m, json_t *head, struct nw_err *err)
{
    json_t *list = json_array();
    if (!nw_head_put(head, "windows", list, err))
        return false;
    for (size_t w = 0; m->scan->facts.is_hu && w < sizeof hu_windows / sizeof *hu_windows; w++)
        if (!nw_head_push(list,
                          json_pack("{s:s, s:f, s:f}", "name", hu_windows[w].name, "centre",
                                    hu_windows[w].centre, "width", hu_windows[w].width),
                          err))
            return false;
    return m->scan->facts.is_hu || put_own_window(m, list, err);
}

static bool put_remarks(const struct nw_scan *scan, json_t *head, struct nw_err *err)
{
    static const char *const severity[] = {"note", "warning", "refusal"};
    json_t *list = json_array();
    bool ok = nw_head_put(head, "remarks", list, err);
    for (size_t r = 0; ok && r < scan->remark_count; r++) {
        const struct nw_remark *one = &scan->remark[r];
        ok = nw_head_push(list,
                          json_pack("{s:s, s:s, s:s, s:s}", "severity", severity[one->severity],
                                    "code", one->code, "zh", one->zh, "en", one->en),
                          err);
    }
    return ok;
}

static bool make_scan(struct making *m, const char *path, json_t *head, struct nw_err *err)
{
    if (!scale(m, err) || !make_level(m, COARSE, err) || !make_level(m, MIDDLE, err))
        return false;
    if (m->count == 2 &&
        memcmp(m->level[0].fold, m->level[1].fold, sizeof m->level[0].fold) == 0)
        nw_volume_release(&m->level[--m->count].volume);
    return make_level(m, 0, err) && nw_head_put(head, "kind", json_string("scan"), err) &&
           nw_head_put(head, "modality", json_string(m->scan->facts.modality), err) &&
           nw_head_put(head, "unit", json_string(m->scan->facts.is_hu ? "HU" : ""), err) &&
           nw_head_put(head, "slope", json_real(m->slope), err) &&
           nw_head_put(head, "intercept", json_real(m->intercept), err) &&
           put_levels(m, head, err) && put_windows(m, head, err) &&
           put_remarks(m->scan, head, err) && nw_blocks_write(&m->blocks, path, head, err);
}

bool nw_browse_scan(const char *path, const struct nw_scan *scan, json_t **head,
                    struct nw_err *err)
{
    struct making m = {.scan = scan};
    *head = json_object();
    const bool ok =
        *head ? make_scan(&m, path, *head, err) : nw_fail(err, NW_ERR_MEMORY, "out of memory");
    making_release(&m);
    if (!ok) {
        json_decref(*head);
        *head = NULL;
    }
    return ok;
}
