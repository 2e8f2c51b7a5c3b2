/* io/voxels.c -- see voxels_priv.h. */
#include "io/voxels_priv.h"

#include <inttypes.h>
#include <string.h>

#include "core/parallel.h"
#include "core/text.h"

/* Voxels in a block of a parallel loop. */
enum { BLOCK = 1 << 16 };

/* Bytes compared at a time. */
enum { PIECE = 1 << 18 };

size_t nw_stored_bytes(enum nw_stored type)
{
    static const uint8_t bytes[] = {1, 1, 2, 2, 4, 4, 8, 8, 4, 8};
    return bytes[type];
}

bool nw_is_big_endian(void)
{
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
}

/* ---- the grid ---- */

/* The step's component along the patient axis it follows most. */
static double along_patient_axis(nw_vec3 step)
{
    const nw_vec3 u = nw_unit(step);
    if (fabs(u.x) >= fabs(u.y) && fabs(u.x) >= fabs(u.z))
        return u.x;
    return fabs(u.y) >= fabs(u.z) ? u.y : u.z;
}

int nw_grid_make_right_handed(struct nw_grid *grid)
{
    if (!(nw_grid_voxel_mm3(grid) < 0))
        return -1;
    int axis = 2;
    for (int a = 1; a >= 0; a--)
        if (along_patient_axis(grid->step_mm[a]) < along_patient_axis(grid->step_mm[axis]))
            axis = a;
    grid->origin_mm =
        nw_along(grid->origin_mm, grid->step_mm[axis], (double)grid->dim[axis] - 1);
    grid->step_mm[axis] = nw_scale(grid->step_mm[axis], -1);
    return axis;
}

static void swap_runs(uint8_t *a, uint8_t *b, size_t bytes)
{
    uint8_t kept[512];
    for (size_t at = 0; at < bytes; at += sizeof kept) {
        const size_t n = bytes - at < sizeof kept ? bytes - at : sizeof kept;
        memcpy(kept, a + at, n);
        memcpy(a + at, b + at, n);
        memcpy(b + at, kept, n);
    }
}

/* Runs one axis of the data backwards. */
static void reverse_axis(struct nw_volume *vol, int axis)
{
    const size_t *dim = vol->grid.dim, size = nw_voxel_bytes(vol->type);
    const size_t n = dim[axis];
    size_t run = size; /* bytes that stay together */
    for (int a = 0; a < axis; a++)
        run *= dim[a];
    const size_t outer = nw_grid_count(&vol->grid) * size / (run * n);
    uint8_t *data = vol->data;
    NW_PARALLEL_FOR
    for (size_t o = 0; o < outer; o++) {
        uint8_t *line = data + o * run * n;
        for (size_t i = 0; i < n / 2; i++)
            swap_runs(line + i * run, line + (n - 1 - i) * run, run);
    }
}

bool nw_voxels_check(const struct nw_voxels_head *head, uint64_t most_bytes, struct nw_err *err)
{
    if (!nw_grid_check(&head->grid, err))
        return false;
    if (!isfinite(head->slope) || !isfinite(head->inter))
        return nw_fail(err, NW_ERR_DATA,
                       "the header's rescale slope or intercept is no number");
    const uint64_t need = (uint64_t)nw_grid_count(&head->grid) * nw_stored_bytes(head->type);
    if (need > most_bytes)
        return nw_fail(err, NW_ERR_DATA,
                       "the header claims %zu x %zu x %zu voxels, %" PRIu64
                       " bytes, but the file holds at most %" PRIu64,
                       head->grid.dim[0], head->grid.dim[1], head->grid.dim[2], need,
                       most_bytes);
    return true;
}

bool nw_numbers_parse(const char *text, double *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        while (*text == ' ' || *text == '\t')
            text++;
        text = nw_number_parse(text, &out[i]);
        if (!text)
            return false;
    }
    return true;
}

/* ---- the values ---- */

static void swap_bytes(uint8_t *data, size_t count, size_t size)
{
    const size_t blocks = count / BLOCK + 1;
    NW_PARALLEL_FOR
    for (size_t b = 0; b < blocks; b++) {
        const size_t end = b + 1 < blocks ? (b + 1) * BLOCK : count;
        for (size_t i = b * BLOCK; i < end; i++) {
            uint8_t *p = data + i * size;
            for (size_t k = 0; k < size / 2; k++) {
                const uint8_t kept = p[k];
                p[k] = p[size - 1 - k];
                p[size - 1 - k] = kept;
            }
        }
    }
}

/* As a double: exact but for 64-bit integers beyond 2^53. */
static double load(enum nw_stored type, const uint8_t *p)
{
    union {
        int8_t i8;
        uint16_t u16;
        int16_t i16;
        uint32_t u32;
        int32_t i32;
        uint64_t u64;
        int64_t i64;
        float f32;
        double f64;
    } v;
    switch (type) {
    case NW_STORED_U8:
        return p[0];
    case NW_STORED_I8:
        memcpy(&v.i8, p, 1);
        return v.i8;
    case NW_STORED_U16:
        memcpy(&v.u16, p, 2);
        return v.u16;
    case NW_STORED_I16:
        memcpy(&v.i16, p, 2);
        return v.i16;
    case NW_STORED_U32:
        memcpy(&v.u32, p, 4);
        return v.u32;
    case NW_STORED_I32:
        memcpy(&v.i32, p, 4);
        return v.i32;
    case NW_STORED_U64:
        memcpy(&v.u64, p, 8);
        return (double)v.u64;
    case NW_STORED_I64:
        memcpy(&v.i64, p, 8);
        return (double)v.i64;
    case NW_STORED_F32:
        memcpy(&v.f32, p, 4);
        return (double)v.f32;
    case NW_STORED_F64:
        memcpy(&v.f64, p, 8);
        return v.f64;
    }
    NW_UNREACHABLE();
}

/* What a pass over the values (slope applied) finds. */
struct survey {
    double min, max;
    size_t nan_count, inexact_count; /* inexact: float cannot hold it */
    bool integral;
};

static void survey_block(const struct nw_voxels_head *h, const uint8_t *raw, size_t begin,
                         size_t end, struct survey *s)
{
    const size_t size = nw_stored_bytes(h->type);
    *s = (struct survey){.min = HUGE_VAL, .max = -HUGE_VAL, .integral = true};
    for (size_t i = begin; i < end; i++) {
        const double v = load(h->type, raw + i * size) * h->slope + h->inter;
        if (v != v) {
            s->nan_count++;
            continue;
        }
        s->min = v < s->min ? v : s->min;
        s->max = v > s->max ? v : s->max;
        s->integral = s->integral && v == rint(v);
        s->inexact_count += (double)(float)v != v;
    }
}

/* Blocks are joined in order; nothing here depends on the order anyway. */
static bool survey_all(const struct nw_voxels_head *h, const uint8_t *raw, struct survey *all,
                       struct nw_err *err)
{
    const size_t count = nw_grid_count(&h->grid), blocks = (count - 1) / BLOCK + 1;
    NW_AUTOFREE struct survey *part = NW_ALLOC(struct survey, blocks, err);
    if (!part)
        return false;
    NW_PARALLEL_FOR
    for (size_t b = 0; b < blocks; b++)
        survey_block(h, raw, b * BLOCK, b + 1 < blocks ? (b + 1) * BLOCK : count, &part[b]);
    *all = part[0];
    for (size_t b = 1; b < blocks; b++) {
        all->min = fmin(all->min, part[b].min);
        all->max = fmax(all->max, part[b].max);
        all->nan_count += part[b].nan_count;
        all->inexact_count += part[b].inexact_count;
        all->integral = all->integral && part[b].integral;
    }
    return true;
}

static bool is_plain(const struct nw_voxels_head *h)
{
    const double one = 1, zero = 0;
    return h->slope == one && h->inter == zero;
}

/* Int16 where it is exact, the unsigned small types as they are, float for the rest. */
static enum nw_voxel choose_type(const struct nw_voxels_head *h, const struct survey *s)
{
    if (is_plain(h) && h->type == NW_STORED_U8)
        return NW_VOXEL_U8;
    if (is_plain(h) && h->type == NW_STORED_U16)
        return NW_VOXEL_U16;
    if (h->type == NW_STORED_F32 && is_plain(h))
        return NW_VOXEL_F32;
    if (s->nan_count > 0 || !s->integral)
        return NW_VOXEL_F32;
    if (s->min >= INT16_MIN && s->max <= INT16_MAX)
        return NW_VOXEL_I16;
    if (s->min >= 0 && s->max <= UINT16_MAX)
        return NW_VOXEL_U16;
    return NW_VOXEL_F32;
}

static void store(enum nw_voxel type, uint8_t *p, double v)
{
    const float f = (float)v;
    int16_t i;
    uint16_t u;
    switch (type) {
    case NW_VOXEL_U8:
        *p = (uint8_t)v;
        return;
    case NW_VOXEL_I16:
        i = (int16_t)v;
        memcpy(p, &i, 2);
        return;
    case NW_VOXEL_U16:
        u = (uint16_t)v;
        memcpy(p, &u, 2);
        return;
    case NW_VOXEL_F32:
        memcpy(p, &f, 4);
        return;
    }
}

/* dst may be raw itself when its voxels are no wider: then the loop runs forward, alone. */
static void convert(const struct nw_voxels_head *h, const uint8_t *raw, enum nw_voxel type,
                    double nan_value, uint8_t *dst)
{
    const size_t count = nw_grid_count(&h->grid), from = nw_stored_bytes(h->type),
                 to = nw_voxel_bytes(type);
    for (size_t i = 0; i < count; i++) {
        const double v = load(h->type, raw + i * from) * h->slope + h->inter;
        store(type, dst + i * to, v != v ? nan_value : v);
    }
}

static bool remark_losses(struct nw_scan *out, const struct nw_voxels_head *h,
                          const struct survey *s, enum nw_voxel type, struct nw_err *err)
{
    char zh[240], en[240];
    if (s->nan_count > 0) {
        (void)snprintf(zh, sizeof zh, "%zu 个体素不是数字(NaN),已取为最小值 %g", s->nan_count,
                       s->min);
        (void)snprintf(en, sizeof en,
                       "%zu voxels are no number (NaN) and were given the lowest value, %g",
                       s->nan_count, s->min);
        if (!nw_scan_remark(out, NW_WARNING, "nan-voxels", zh, en, err))
            return false;
    }
    if (type == NW_VOXEL_F32 && h->type != NW_STORED_F32 && s->inexact_count > 0) {
        (void)snprintf(zh, sizeof zh, "%zu 个体素值按单精度浮点数取整", s->inexact_count);
        (void)snprintf(en, sizeof en, "%zu voxel values were rounded to single precision",
                       s->inexact_count);
        return nw_scan_remark(out, NW_NOTE, "rounded-to-float", zh, en, err);
    }
    return true;
}

/* A plain type that is used inside as it is. */
static bool as_it_is(const struct nw_voxels_head *h, enum nw_voxel *type)
{
    if (!is_plain(h))
        return false;
    *type = h->type == NW_STORED_U8    ? NW_VOXEL_U8
            : h->type == NW_STORED_U16 ? NW_VOXEL_U16
                                       : NW_VOXEL_I16;
    return h->type == NW_STORED_U8 || h->type == NW_STORED_U16 || h->type == NW_STORED_I16;
}

/* Turns *raw into voxels, reusing the block where it can: *raw is NULL or free to go after. */
static bool take_values(const struct nw_voxels_head *h, uint8_t **raw, struct nw_scan *out,
                        struct nw_err *err)
{
    struct nw_volume *vol = &out->volume;
    if (as_it_is(h, &vol->type)) {
        vol->data = *raw;
        *raw = NULL;
        return true;
    }
    struct survey s;
    if (!survey_all(h, *raw, &s, err))
        return false;
    if (s.nan_count == nw_grid_count(&h->grid))
        return nw_fail(err, NW_ERR_DATA, "every voxel is NaN");
    if (!isfinite(s.min) || !isfinite(s.max) || fabs(s.min) > 3e38 || fabs(s.max) > 3e38)
        return nw_fail(err, NW_ERR_DATA, "some voxels are infinite or beyond single precision");
    const enum nw_voxel type = choose_type(h, &s);
    if (!remark_losses(out, h, &s, type, err))
        return false;
    const size_t count = nw_grid_count(&h->grid), to = nw_voxel_bytes(type);
    if (to <= nw_stored_bytes(h->type)) {
        convert(h, *raw, type, s.min, *raw);
        if (to < nw_stored_bytes(h->type) && !nw_resize(raw, count, to, err))
            return false;
        vol->data = *raw;
        *raw = NULL;
    } else {
        vol->data = nw_alloc_unset(count, to, err);
        if (!vol->data)
            return false;
        convert(h, *raw, type, s.min, vol->data);
    }
    vol->type = type;
    return true;
}

/* Values are in place: the grid, its handedness, and what is odd about it. */
static bool take_grid(const struct nw_voxels_head *h, struct nw_scan *out, struct nw_err *err)
{
    static const char *const name[3] = {"i", "j", "k"};
    char zh[160], en[160];
    out->volume.grid = h->grid;
    const int axis = nw_grid_make_right_handed(&out->volume.grid);
    if (axis >= 0) {
        if (out->volume.data)
            reverse_axis(&out->volume, axis);
        (void)snprintf(zh, sizeof zh, "体素轴为左手系:已将 %s 轴反向,空间位置不变", name[axis]);
        (void)snprintf(en, sizeof en,
                       "the voxel axes are left-handed: axis %s was run backwards, positions "
                       "unchanged",
                       name[axis]);
        if (!nw_scan_remark(out, NW_NOTE, "axis-reversed", zh, en, err))
            return false;
    }
    if (nw_grid_is_straight(&out->volume.grid))
        return true;
    return nw_scan_remark(out, NW_WARNING, "sheared-grid", "体素轴不互相垂直(倾斜网格)",
                          "the voxel axes are not at right angles "
                          "(a sheared grid)",
                          err);
}

/* Reads in pieces and holds them against voxels in memory. */
static bool compare_voxels(struct nw_instream *in, const struct nw_voxels_head *head,
                           const struct nw_volume *expect, struct nw_err *err)
{
    static const enum nw_stored same[] = {NW_STORED_I16, NW_STORED_U8, NW_STORED_U16,
                                          NW_STORED_F32};
    if (head->type != same[expect->type] || head->swapped || !is_plain(head) ||
        memcmp(head->grid.dim, expect->grid.dim, sizeof expect->grid.dim) != 0)
        return nw_fail(err, NW_ERR_IO, "the header reads back otherwise than it was written");
    const size_t bytes = nw_grid_count(&expect->grid) * nw_voxel_bytes(expect->type);
    const uint8_t *want = expect->data;
    NW_AUTOFREE uint8_t *piece = NW_ALLOC_UNSET(uint8_t, PIECE, err);
    for (size_t at = 0; piece && at < bytes; at += PIECE) {
        const size_t n = bytes - at < PIECE ? bytes - at : PIECE;
        size_t got;
        if (!nw_stream_read(in, piece, n, &got, err))
            return false;
        if (got != n || memcmp(piece, want + at, n) != 0)
            return nw_fail(err, NW_ERR_IO,
                           "the voxels read back otherwise than they were "
                           "written");
    }
    return piece != NULL;
}

bool nw_voxels_read(struct nw_instream *in, const struct nw_volume_source *from,
                    const struct nw_voxels_head *head, struct nw_scan *out, struct nw_err *err)
{
    if (!nw_voxels_check(head, nw_stream_limit(in), err))
        return false;
    if (from->expect)
        return compare_voxels(in, head, from->expect, err) && take_grid(head, out, err);
    const size_t count = nw_grid_count(&head->grid), size = nw_stored_bytes(head->type);
    NW_AUTOFREE uint8_t *raw = nw_alloc_unset(count, size, err);
    size_t got;
    if (!raw || !nw_stream_read(in, raw, count * size, &got, err))
        return false;
    if (got < count * size)
        return nw_fail(err, NW_ERR_DATA,
                       "the file ends early: %zu of %zu bytes of voxels are there", got,
                       count * size);
    if (head->swapped)
        swap_bytes(raw, count, size);
    if (!take_values(head, &raw, out, err) || !take_grid(head, out, err))
        return false;
    out->facts.format = head->format;
    return true;
}

bool nw_voxels_parse_text(const char *text, size_t len, const struct nw_voxels_head *head,
                          struct nw_scan *out, struct nw_err *err)
{
    struct nw_voxels_head h = *head;
    h.type = NW_STORED_F64;
    h.swapped = false;
    const size_t count = nw_grid_count(&h.grid);
    struct nw_voxels_head least = h;
    least.type = NW_STORED_U8;
    if (!nw_voxels_check(&least, len / 2 + 1, err)) /* a digit and a blank each */
        return false;
    NW_AUTOFREE uint8_t *raw = nw_alloc_unset(count, sizeof(double), err);
    if (!raw)
        return false;
    const char *p = text, *end = text + len;
    for (size_t i = 0; i < count; i++) {
        while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t' || *p == ','))
            p++;
        double v = 0;
        p = p < end ? nw_number_parse(p, &v) : NULL;
        if (!p)
            return nw_fail(err, NW_ERR_DATA, "voxel %zu of %zu is not a number", i + 1, count);
        memcpy(raw + i * sizeof v, &v, sizeof v);
    }
    if (!take_values(&h, &raw, out, err) || !take_grid(&h, out, err))
        return false;
    out->facts.format = head->format;
    return true;
}

bool nw_voxels_take_grid(const struct nw_voxels_head *head, struct nw_scan *out,
                         struct nw_err *err)
{
    out->facts.format = head->format;
    return take_grid(head, out, err);
}
