/* anatomy/scanner.c -- see scanner.h. */
#include "anatomy/scanner.h"

#include <string.h>

#include "core/mem.h"
#include "core/parallel.h"
#include "core/rand.h"

enum {
    TAPS_MAX = 256,
    TILE = 64,      /* fine cells: one interval test decides for so many a side */
    BLOCK = 16,     /* then for these; then cell by cell */
    POINTS = 64,    /* about a cell that a surface may cut */
    SETS = 32,      /* of such points: neighbours get different ones */
    CHUNK = 8,      /* slices made together */
    WORKERS = 8,    /* fine slices in flight */
    NOISE_REACH = 5 /* of the noise filter, in voxels */
};

/* Fine cells a Gaussian's width. Occupancy is averaged with a tent two cells wide before it is
 * sampled (a box would let too much of a thin wall fold back), which leaves below 0.2 % of it.
 */
static const double CELLS_PER_SIGMA = 1.25;
static const double REACH_SIGMAS = 4.5;

/* A separable kernel on the fine grid: output p is the sum of w[m] fine[fine_per*p + m]. */
struct taps {
    size_t fine_per; /* fine cells a voxel */
    size_t reach, count;
    double step_mm;
    float w[TAPS_MAX];
};

/* The Gaussian less the variance of the cells' own tent, with a box of width_mm (0: none) over
 * it. */
static bool taps_init(struct taps *t, double spacing_mm, double sigma_mm, double width_mm,
                      struct nw_err *err)
{
    t->fine_per = (size_t)fmax(1, ceil(spacing_mm * CELLS_PER_SIGMA / sigma_mm));
    t->step_mm = spacing_mm / (double)t->fine_per;
    t->reach = (size_t)ceil((width_mm / 2 + REACH_SIGMAS * sigma_mm) / t->step_mm);
    t->count = 2 * t->reach + 1;
    if (t->count > TAPS_MAX)
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "the slice of %g mm is too thick for a point spread of %g mm", width_mm,
                       sigma_mm);
    const double sigma = sqrt(sigma_mm * sigma_mm - t->step_mm * t->step_mm / 6);
    double w[TAPS_MAX], sum = 0;
    for (size_t m = 0; m < t->count; m++) {
        const double x = ((double)m - (double)t->reach) * t->step_mm;
        w[m] = width_mm > 0 ? nw_erf((x + width_mm / 2) / (sigma * sqrt(2))) -
                                  nw_erf((x - width_mm / 2) / (sigma * sqrt(2)))
                            : nw_exp(-x * x / (2 * sigma * sigma));
        sum += w[m];
    }
    for (size_t m = 0; m < t->count; m++)
        t->w[m] = (float)(w[m] / sum);
    return true;
}

/* One picture being made. */
struct job {
    const struct nw_scanner *scanner;
    const struct nw_grid *grid;
    nw_vec3 u, v, n; /* unit: along a row, along a column, the slice normal */
    struct taps x, y, z;
    size_t fine_dim[2];
    bool leaning;                 /* the slices do not lie above each other */
    double reach_mm;              /* from a cell's centre to the furthest it looks */
    nw_vec3 offset[SETS][POINTS]; /* from a cell's centre, mm */
};

/* One fine slice on its way: occupancy, and a row on its way to voxels. */
struct work {
    float *fine, *row;
};

/* A rectangle of fine cells, and the layers that may have a surface in it. */
struct tile {
    size_t lo[2], hi[2];
    double hu; /* of what covers the whole tile below the active layers */
    uint8_t active[NW_LAYER_MAX];
    size_t active_count;
};

static nw_vec3 cell_centre(const struct job *job, nw_vec3 corner, double i, double j)
{
    return nw_along(nw_along(corner, job->u, i * job->x.step_mm), job->v, j * job->y.step_mm);
}

static nw_box tile_box(const struct job *job, nw_vec3 corner, const struct tile *t)
{
    nw_box box = nw_box_empty();
    const double half = job->z.step_mm;
    for (int c = 0; c < 8; c++) {
        const nw_vec3 p =
            cell_centre(job, corner, c & 1 ? (double)t->hi[0] : (double)t->lo[0] - 1,
                        c & 2 ? (double)t->hi[1] : (double)t->lo[1] - 1);
        box = nw_box_with(box, nw_along(p, job->n, c & 4 ? half : -half));
    }
    return box;
}

/* Drops the layers that are all outside here, and those under one that is all inside. */
static void tile_narrow(const struct job *job, nw_vec3 corner, struct tile *t)
{
    const nw_box box = tile_box(job, corner, t);
    size_t kept = 0;
    for (size_t a = 0; a < t->active_count; a++) {
        const struct nw_layer *layer = &job->scanner->layer[t->active[a]];
        const nw_interval range = nw_tape_interval(layer->tape, box);
        if (range.min >= 0)
            continue;
        if (range.max < 0) {
            t->hu = layer->hu;
            kept = 0;
        } else {
            t->active[kept++] = t->active[a];
        }
    }
    t->active_count = kept;
}

static void tile_fill(const struct job *job, const struct tile *t, float *fine)
{
    for (size_t j = t->lo[1]; j < t->hi[1]; j++)
        for (size_t i = t->lo[0]; i < t->hi[0]; i++)
            fine[j * job->fine_dim[0] + i] = (float)t->hu;
}

/* The mean, under a tent, about a cell that a surface cuts; bit a of `cut` for active layer a.
 */
static double cell_mean(const struct job *job, const struct tile *t, uint64_t cut, double hu,
                        nw_vec3 centre, uint64_t where)
{
    nw_vec3 at[POINTS];
    double grey[POINTS], value[POINTS];
    const nw_vec3 *offset = job->offset[nw_rand_bits(0x5ca9, where) % SETS];
    for (int p = 0; p < POINTS; p++) {
        at[p] = nw_add(centre, offset[p]);
        grey[p] = hu;
    }
    for (size_t a = 0; a < t->active_count; a++) {
        if (!(cut >> a & 1))
            continue;
        const struct nw_layer *layer = &job->scanner->layer[t->active[a]];
        nw_tape_values(layer->tape, at, POINTS, value);
        for (int p = 0; p < POINTS; p++)
            grey[p] = value[p] < 0 ? layer->hu : grey[p];
    }
    double sum = 0;
    for (int p = 0; p < POINTS; p++)
        sum += grey[p];
    return sum / POINTS;
}

/* Cell by cell: by the distance at its centre, or by points where a surface may cut it. */
static void tile_sample(const struct job *job, nw_vec3 corner, const struct tile *t,
                        uint64_t slice, float *fine)
{
    nw_vec3 centre[BLOCK * BLOCK];
    double hu[BLOCK * BLOCK], value[BLOCK * BLOCK];
    uint64_t cut[BLOCK * BLOCK];
    size_t count = 0;
    for (size_t j = t->lo[1]; j < t->hi[1]; j++)
        for (size_t i = t->lo[0]; i < t->hi[0]; i++, count++) {
            centre[count] = cell_centre(job, corner, (double)i, (double)j);
            hu[count] = t->hu;
            cut[count] = 0;
        }
    for (size_t a = 0; a < t->active_count; a++) {
        const struct nw_layer *layer = &job->scanner->layer[t->active[a]];
        nw_tape_values(layer->tape, centre, count, value);
        for (size_t c = 0; c < count; c++) {
            if (value[c] < -job->reach_mm) {
                hu[c] = layer->hu;
                cut[c] = 0;
            } else if (value[c] < job->reach_mm) {
                cut[c] |= (uint64_t)1 << a;
            }
        }
    }
    const size_t width = t->hi[0] - t->lo[0];
    for (size_t c = 0; c < count; c++) {
        const size_t at = (t->lo[1] + c / width) * job->fine_dim[0] + t->lo[0] + c % width;
        const uint64_t where = slice * job->fine_dim[0] * job->fine_dim[1] + at;
        fine[at] = (float)(cut[c] ? cell_mean(job, t, cut[c], hu[c], centre[c], where) : hu[c]);
    }
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void tile_render(const struct job *job, nw_vec3 corner, const struct tile *outer,
                        uint64_t slice, float *fine)
{
    for (size_t j = outer->lo[1]; j < outer->hi[1]; j += BLOCK)
        for (size_t i = outer->lo[0]; i < outer->hi[0]; i += BLOCK) {
            struct tile t = *outer;
            t.lo[0] = i;
            t.lo[1] = j;
            t.hi[0] = smaller(i + BLOCK, outer->hi[0]);
            t.hi[1] = smaller(j + BLOCK, outer->hi[1]);
            tile_narrow(job, corner, &t);
            if (t.active_count)
                tile_sample(job, corner, &t, slice, fine);
            else
                tile_fill(job, &t, fine);
        }
}

/* Occupancy of one fine slice whose cell (0,0) has its centre at `corner`. */
static void slice_render(const struct job *job, nw_vec3 corner, uint64_t slice, float *fine)
{
    for (size_t j = 0; j < job->fine_dim[1]; j += TILE)
        for (size_t i = 0; i < job->fine_dim[0]; i += TILE) {
            struct tile t = {.lo = {i, j},
                             .hi = {smaller(i + TILE, job->fine_dim[0]),
                                    smaller(j + TILE, job->fine_dim[1])},
                             .hu = job->scanner->air_hu,
                             .active_count = job->scanner->layer_count};
            for (size_t a = 0; a < t.active_count; a++)
                t.active[a] = (uint8_t)a;
            tile_narrow(job, corner, &t);
            if (t.active_count)
                tile_render(job, corner, &t, slice, fine);
            else
                tile_fill(job, &t, fine);
        }
}

NW_CLONES static void add_scaled(float *restrict out, const float *restrict in, float w,
                                 size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] += w * in[i];
}

NW_CLONES static void add_strided(float *restrict out, const float *restrict in, float w,
                                  size_t stride, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] += w * in[i * stride];
}

static bool rows_are_one_value(const float *rows, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (rows[i] != rows[0])
            return false;
    return true;
}

/* In-plane convolution of a fine slice down to voxels. */
static void slice_blur(const struct job *job, struct work *w, float *out)
{
    const size_t nx = job->grid->dim[0], ny = job->grid->dim[1], fx = job->fine_dim[0];
    for (size_t j = 0; j < ny; j++, out += nx) {
        const float *rows = w->fine + j * job->y.fine_per * fx;
        if (rows_are_one_value(rows, job->y.count * fx)) {
            for (size_t i = 0; i < nx; i++)
                out[i] = rows[0];
            continue;
        }
        memset(w->row, 0, fx * sizeof *w->row);
        for (size_t m = 0; m < job->y.count; m++)
            add_scaled(w->row, rows + m * fx, job->y.w[m], fx);
        memset(out, 0, nx * sizeof *out);
        for (size_t m = 0; m < job->x.count; m++)
            add_strided(out, w->row + m, job->x.w[m], job->x.fine_per, nx);
    }
}

/* Where cell (0,0) of fine slice f of the picture lies; for leaning slices, fine slices are
 * counted slice by slice, else through. */
static nw_vec3 fine_corner(const struct job *job, size_t f)
{
    const size_t k = job->leaning ? f / job->z.count : 0;
    const size_t m = job->leaning ? f % job->z.count : f;
    nw_vec3 p = nw_along(job->grid->origin_mm, job->grid->step_mm[2], (double)k);
    p = nw_along(p, job->n, ((double)m - (double)job->z.reach) * job->z.step_mm);
    return cell_centre(job, p, -(double)job->x.reach, -(double)job->y.reach);
}

/* ---- noise ---- */

struct noise {
    size_t dim[2]; /* of the white field, wider than the slice by the filter's reach */
    float w[(2 * NOISE_REACH + 1) * (2 * NOISE_REACH + 1)];
};

/* The filter whose squared transfer function is the noise power of filtered back-projection:
 * |f| times the square of the Gaussian's own; nothing at f = 0; sum of squares 1. */
static void noise_init(struct noise *noise, const struct job *job)
{
    enum { N = 32, WIDE = 2 * NOISE_REACH + 1 };
    const double s = job->scanner->sigma_mm;
    const double dx = job->x.step_mm * (double)job->x.fine_per,
                 dy = job->y.step_mm * (double)job->y.fine_per;
    double w[WIDE * WIDE] = {0}, mean = 0, square = 0;
    for (int q = -N / 2; q < N / 2; q++)
        for (int p = -N / 2; p < N / 2; p++) {
            const double fx = (double)p / (N * dx), fy = (double)q / (N * dy);
            const double f2 = fx * fx + fy * fy;
            const double gain = sqrt(sqrt(f2)) * nw_exp(-2 * NW_PI * NW_PI * s * s * f2);
            for (int y = 0; y < WIDE; y++)
                for (int x = 0; x < WIDE; x++)
                    w[y * WIDE + x] +=
                        gain * nw_cos(2 * NW_PI / N *
                                      (double)(p * (x - NOISE_REACH) + q * (y - NOISE_REACH)));
        }
    for (int i = 0; i < WIDE * WIDE; i++)
        mean += w[i] / (WIDE * WIDE);
    for (int i = 0; i < WIDE * WIDE; i++) {
        w[i] -= mean;
        square += w[i] * w[i];
    }
    for (int i = 0; i < WIDE * WIDE; i++)
        noise->w[i] = (float)(w[i] / sqrt(square));
    noise->dim[0] = job->grid->dim[0] + 2 * NOISE_REACH;
    noise->dim[1] = job->grid->dim[1] + 2 * NOISE_REACH;
}

/* Nearly normal, variance 1: the sum of four even numbers. The filter over it sums a hundred
 * of them. */
static void noise_white(const struct noise *noise, uint64_t seed, size_t k, float *out)
{
    const size_t count = noise->dim[0] * noise->dim[1];
    const float scale = 1.7320508f / 65536;
    for (size_t i = 0; i < count; i++) {
        const uint64_t b = nw_rand_bits(seed, k * count + i);
        const int sum = (int)(b & 0xffff) + (int)(b >> 16 & 0xffff) + (int)(b >> 32 & 0xffff) +
                        (int)(b >> 48);
        out[i] = (float)(sum - 131070) * scale;
    }
}

static void noise_add(const struct job *job, const struct noise *noise, size_t k, float *white,
                      float *slice)
{
    const struct nw_scanner *s = job->scanner;
    const size_t nx = job->grid->dim[0], ny = job->grid->dim[1], wide = 2 * NOISE_REACH + 1;
    if (s->white_noise) {
        for (size_t i = 0; i < nx * ny; i++)
            slice[i] += (float)(s->noise_hu * nw_rand_normal(s->seed, k * nx * ny + i));
        return;
    }
    noise_white(noise, s->seed, k, white);
    for (size_t j = 0; j < ny; j++)
        for (size_t m = 0; m < wide * wide; m++)
            add_scaled(slice + j * nx, white + (j + m / wide) * noise->dim[0] + m % wide,
                       noise->w[m] * (float)s->noise_hu, nx);
}

/* Bright and dark rays away from a rod of metal, fading with distance. */
static void streaks_add(const struct job *job, size_t k, float *slice)
{
    const struct nw_scanner *s = job->scanner;
    for (size_t j = 0; j < job->grid->dim[1]; j++)
        for (size_t i = 0; i < job->grid->dim[0]; i++) {
            const nw_ijk at = {(double)i, (double)j, (double)k};
            const nw_vec3 d = nw_sub(nw_grid_point(job->grid, at), s->streak_mm);
            const double r = sqrt(d.x * d.x + d.y * d.y);
            if (r <= s->streak_radius_mm || r > 25 * s->streak_radius_mm)
                continue;
            const double rays =
                nw_cos(2 * nw_atan2(d.y, d.x)) + 0.5 * nw_cos(14 * nw_atan2(d.y, d.x));
            slice[j * job->grid->dim[0] + i] +=
                (float)(s->streak_hu * rays * s->streak_radius_mm / r);
        }
}

/* ---- the picture ---- */

static void slice_store(const struct job *job, const float *slice, size_t k,
                        struct nw_volume *vol)
{
    const size_t count = job->grid->dim[0] * job->grid->dim[1];
    const float min = (float)job->scanner->min_hu, max = (float)job->scanner->max_hu;
    for (size_t i = 0; i < count; i++) {
        const float below = slice[i] < max ? slice[i] : max;
        const float v = below > min ? below : min;
        if (vol->type == NW_VOXEL_F32)
            vol->f32[k * count + i] = v;
        else
            vol->i16[k * count + i] = (int16_t)rintf(v);
    }
}

/* Evenly spread u becomes spread as a tent over -1 .. 1. */
static double tent(double u)
{
    u -= floor(u);
    return u < 0.5 ? sqrt(2 * u) - 1 : 1 - sqrt(2 * (1 - u));
}

/* Korobov lattices, even along each axis; the sets' shifts are even between them too, so that
 * a flat surface along an axis meets all of SETS * POINTS places. */
static void points_init(struct job *job)
{
    for (int set = 0; set < SETS; set++) {
        const double sx = ((double)(set * 11 % SETS) + 0.5) / SETS / POINTS,
                     sy = ((double)(set * 23 % SETS) + 0.5) / SETS / POINTS,
                     sz = ((double)set + 0.5) / SETS / POINTS;
        for (int p = 0; p < POINTS; p++) {
            const double x = tent((double)p / POINTS + sx) * job->x.step_mm,
                         y = tent((double)(p * 19 % POINTS) / POINTS + sy) * job->y.step_mm,
                         z = tent((double)(p * 41 % POINTS) / POINTS + sz) * job->z.step_mm;
            job->offset[set][p] = nw_along(nw_along(nw_scale(job->u, x), job->v, y), job->n, z);
        }
    }
}

static bool job_init(struct job *job, const struct nw_scanner *s, const struct nw_grid *grid,
                     struct nw_err *err)
{
    const nw_vec3 spacing = nw_grid_spacing(grid);
    if (!(s->sigma_mm >= 0.02 && s->sigma_mm <= 5))
        return nw_fail(err, NW_ERR_ARGUMENT, "the point spread must be 0.02 to 5 mm, not %g",
                       s->sigma_mm);
    if (!(s->thickness_mm >= 0 && s->thickness_mm <= 50) || !(s->noise_hu >= 0))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "slices must be 0 to 50 mm thick and noise not negative");
    if (s->layer_count > NW_LAYER_MAX)
        return nw_fail(err, NW_ERR_LIMIT, "%zu layers are more than %d", s->layer_count,
                       NW_LAYER_MAX);
    *job = (struct job){.scanner = s, .grid = grid};
    job->u = nw_unit(grid->step_mm[0]);
    job->v = nw_unit(grid->step_mm[1]);
    job->n = nw_cross(job->u, job->v);
    if (fabs(nw_dot(job->u, job->v)) > 1e-9)
        return nw_fail(err, NW_ERR_ARGUMENT, "rows and columns must be at right angles");
    const double rise = nw_dot(grid->step_mm[2], job->n);
    job->leaning = spacing.z - fabs(rise) > 1e-9 * spacing.z || rise < 0;
    if (!taps_init(&job->x, spacing.x, s->sigma_mm, 0, err) ||
        !taps_init(&job->y, spacing.y, s->sigma_mm, 0, err) ||
        !taps_init(&job->z, spacing.z, s->sigma_mm, s->thickness_mm, err))
        return false;
    job->fine_dim[0] = (grid->dim[0] - 1) * job->x.fine_per + job->x.count;
    job->fine_dim[1] = (grid->dim[1] - 1) * job->y.fine_per + job->y.count;
    job->reach_mm = nw_length(nw_v3(job->x.step_mm, job->y.step_mm, job->z.step_mm));
    points_init(job);
    return true;
}

/* Buffers for a picture. */
struct room {
    float *fine, *row; /* WORKERS fine slices, and rows */
    float *strip;      /* blurred fine slices, as many as a chunk needs */
    float *slice;      /* CHUNK slices of voxels */
    float *white;      /* and of white noise */
};

static void room_release(struct room *r)
{
    nw_free(r->fine);
    nw_free(r->row);
    nw_free(r->strip);
    nw_free(r->slice);
    nw_free(r->white);
}

static size_t chunk_fine(const struct job *job, size_t slices)
{
    return job->leaning ? slices * job->z.count : (slices - 1) * job->z.fine_per + job->z.count;
}

static bool room_init(struct room *r, const struct job *job, const struct noise *noise,
                      struct nw_err *err)
{
    const size_t fine = job->fine_dim[0] * job->fine_dim[1];
    const size_t plane = job->grid->dim[0] * job->grid->dim[1];
    *r = (struct room){.fine = NW_ALLOC_UNSET(float, WORKERS *fine, err)};
    if (r->fine)
        r->row = NW_ALLOC_UNSET(float, WORKERS * job->fine_dim[0], err);
    if (r->row)
        r->strip = NW_ALLOC_UNSET(float, chunk_fine(job, CHUNK) * plane, err);
    if (r->strip)
        r->slice = NW_ALLOC_UNSET(float, CHUNK *plane, err);
    if (r->slice)
        r->white = NW_ALLOC_UNSET(float, CHUNK * noise->dim[0] * noise->dim[1], err);
    if (r->white)
        return true;
    room_release(r);
    return false;
}

/* Fine slices first .. first + count of the picture into strip. */
static void render_strip(const struct job *job, struct room *r, size_t first, size_t count,
                         float *strip)
{
    const size_t plane = job->grid->dim[0] * job->grid->dim[1];
    for (size_t done = 0; done < count; done += WORKERS) {
        const int batch = (int)smaller(WORKERS, count - done);
        NW_PARALLEL_FOR_UNEVEN
        for (int b = 0; b < batch; b++) {
            const size_t f = done + (size_t)b;
            struct work w = {r->fine + (size_t)b * job->fine_dim[0] * job->fine_dim[1],
                             r->row + (size_t)b * job->fine_dim[0]};
            slice_render(job, fine_corner(job, first + f), first + f, w.fine);
            slice_blur(job, &w, strip + f * plane);
        }
    }
}

static void finish_chunk(const struct job *job, struct room *r, const struct noise *noise,
                         size_t first, size_t count, struct nw_volume *vol)
{
    const size_t plane = job->grid->dim[0] * job->grid->dim[1];
    const size_t apart = job->leaning ? job->z.count : job->z.fine_per;
    NW_PARALLEL_FOR
    for (int c = 0; c < (int)count; c++) {
        float *slice = r->slice + (size_t)c * plane;
        const float *strip = r->strip + (size_t)c * apart * plane;
        memset(slice, 0, plane * sizeof *slice);
        for (size_t m = 0; m < job->z.count; m++)
            add_scaled(slice, strip + m * plane, job->z.w[m], plane);
        const size_t k = first + (size_t)c;
        if (job->scanner->streaks)
            streaks_add(job, k, slice);
        if (job->scanner->noise_hu > 0)
            noise_add(job, noise, k, r->white + (size_t)c * noise->dim[0] * noise->dim[1],
                      slice);
        slice_store(job, slice, k, vol);
    }
}

static bool make_picture(const struct job *job, const struct noise *noise, struct room *r,
                         struct nw_volume *vol, struct nw_err *err)
{
    const size_t slices = job->grid->dim[2], plane = job->grid->dim[0] * job->grid->dim[1];
    size_t have = 0; /* fine slices at the strip's start that the last chunk made */
    for (size_t k = 0; k < slices; k += CHUNK) {
        if (!nw_progress(k, slices))
            return nw_fail_cancelled(err);
        const size_t count = smaller(CHUNK, slices - k), need = chunk_fine(job, count);
        const size_t first = k * (job->leaning ? job->z.count : job->z.fine_per);
        if (need > have)
            render_strip(job, r, first + have, need - have, r->strip + have * plane);
        finish_chunk(job, r, noise, k, count, vol);
        have = 0;
        if (!job->leaning && count == CHUNK && need > CHUNK * job->z.fine_per) {
            have = need - CHUNK * job->z.fine_per;
            memmove(r->strip, r->strip + CHUNK * job->z.fine_per * plane,
                    have * plane * sizeof *r->strip);
        }
    }
    return true;
}

bool nw_scanner_image(const struct nw_scanner *scanner, struct nw_volume *vol,
                      struct nw_err *err)
{
    struct job job;
    struct noise noise = {.dim = {1, 1}};
    struct room room;
    if (vol->type != NW_VOXEL_I16 && vol->type != NW_VOXEL_F32)
        return nw_fail(err, NW_ERR_ARGUMENT, "a picture needs int16 or float voxels");
    if (!job_init(&job, scanner, &vol->grid, err))
        return false;
    if (scanner->noise_hu > 0 && !scanner->white_noise)
        noise_init(&noise, &job);
    if (!room_init(&room, &job, &noise, err))
        return false;
    const bool ok = make_picture(&job, &noise, &room, vol, err);
    room_release(&room);
    return ok;
}
