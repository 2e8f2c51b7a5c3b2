/* print/layers.c -- layers of a mesh: the exact area of each pixel that its cross section
 * covers; see layers.h. */
#include "print/layers_priv.h"

#include <stdlib.h>
#include <string.h>

/* Pixels are cut into 256 x 256 places: corners of cross sections are rounded to them, then
 * all areas are whole numbers, so that nothing leaks and no order shows. */
enum { SUB = 256, FULL = 2 * SUB * SUB, AXIS_MOST = 65535 };

bool nw_layers_measure(const struct nw_placement *place, const struct nw_machine *machine,
                       const struct nw_raster_opts *opts, struct nw_layers *out,
                       struct nw_err *err)
{
    const double box_lo[2] = {place->box.min.x, place->box.min.y};
    const double box_hi[2] = {place->box.max.x, place->box.max.y};
    out->to_bed = place->to_bed;
    out->layer_mm = opts->layer_mm > 0 ? opts->layer_mm : machine->layer_mm;
    if (!opts->any_layer &&
        (out->layer_mm < machine->layer_min_mm || out->layer_mm > machine->layer_max_mm))
        return nw_fail(err, NW_ERR_ARGUMENT, "layers of %g mm; %s does %g to %g mm",
                       out->layer_mm, machine->name, machine->layer_min_mm,
                       machine->layer_max_mm);
    for (int a = 0; a < 2; a++) {
        const double own = nw_machine_pixel_mm(machine, a);
        double pixel = own > 0 ? own : machine->limits.min_feature_mm / 4;
        if (opts->pixel_mm[a] > 0)
            pixel = opts->pixel_mm[a];
        const double most = ceil(machine->build_mm[a] / pixel - 1e-9);
        if (!(most <= AXIS_MOST))
            return nw_fail(err, NW_ERR_LIMIT,
                           "%.0f pixels of %g mm are too many; at most 65535 along an axis",
                           most, pixel);
        const double first = floor(box_lo[a] / pixel), last = ceil(box_hi[a] / pixel);
        out->pixel_mm[a] = pixel;
        out->lo[a] = first > 0 ? (size_t)first : 0;
        out->hi[a] = last < most ? (size_t)last : (size_t)most;
        if (out->hi[a] <= out->lo[a])
            out->hi[a] = out->lo[a] + 1;
    }
    const double layers = ceil(place->box.max.z / out->layer_mm - 1e-9);
    if (layers > AXIS_MOST)
        return nw_fail(err, NW_ERR_LIMIT, "%.0f layers of %g mm are too many; at most 65535",
                       layers, out->layer_mm);
    out->count = layers < 1 ? 1 : (size_t)layers;
    return true;
}

void nw_layers_release(struct nw_layers *layers)
{
    if (layers->free_user)
        layers->free_user(layers->user);
    *layers = (struct nw_layers){0};
}

/* ---- a mesh, and which of its triangles each layer crosses ---- */

struct sliced {
    size_t lo[2], hi[2];
    double pixel_mm[2], layer_mm;
    nw_vec3 *pos; /* in bed mm */
    uint32_t (*tri)[3];
    size_t *first; /* layer k's triangles are list[first[k]] .. list[first[k + 1]] */
    uint32_t *list;
};

static void free_sliced(void *user)
{
    struct sliced *s = user;
    if (!s)
        return;
    nw_free(s->pos);
    nw_free(s->tri);
    nw_free(s->first);
    nw_free(s->list);
    nw_free(s);
}

/* The layers whose middle lies in min < z <= max: from *lo to *hi - 1. */
static void layers_of(const struct sliced *s, size_t count, const uint32_t tri[3], size_t *lo,
                      size_t *hi)
{
    const double a = s->pos[tri[0]].z, b = s->pos[tri[1]].z, c = s->pos[tri[2]].z;
    const double min = fmin(a, fmin(b, c)) / s->layer_mm,
                 max = fmax(a, fmax(b, c)) / s->layer_mm;
    /* a layer more on either side than rounding can err: the cut itself decides */
    const double from = floor(min - 0.5), to = ceil(max + 0.5);
    *lo = from > 0 ? (size_t)fmin(from, (double)count) : 0;
    *hi = to > 0 ? (size_t)fmin(to, (double)count) : 0;
}

static bool list_triangles(struct sliced *s, size_t tri_count, size_t count, struct nw_err *err)
{
    s->first = NW_ALLOC(size_t, count + 2, err);
    if (!s->first)
        return false;
    size_t lo, hi;
    for (size_t t = 0; t < tri_count; t++) {
        layers_of(s, count, s->tri[t], &lo, &hi);
        for (size_t k = lo; k < hi; k++)
            s->first[k + 2]++;
    }
    for (size_t k = 1; k < count + 2; k++)
        s->first[k] += s->first[k - 1];
    s->list = NW_ALLOC_UNSET(uint32_t, s->first[count + 1] + 1, err);
    if (!s->list)
        return false;
    for (size_t t = 0; t < tri_count; t++) {
        layers_of(s, count, s->tri[t], &lo, &hi);
        for (size_t k = lo; k < hi; k++)
            s->list[s->first[k + 1]++] = (uint32_t)t;
    }
    return true;
}

static bool take_model(struct sliced *s, const struct nw_model *model, nw_affine to_bed,
                       size_t *tri_count, struct nw_err *err)
{
    size_t verts = 0, tris = 0;
    for (size_t n = 0; n < model->part_count; n++) {
        verts += model->part[n].mesh.vert_count;
        tris += model->part[n].mesh.tri_count;
    }
    if (verts > UINT32_MAX || tris > UINT32_MAX)
        return nw_fail(err, NW_ERR_LIMIT, "the model has more than 2^32 triangles");
    s->pos = NW_ALLOC_UNSET(nw_vec3, verts + 1, err);
    s->tri = s->pos ? nw_alloc_unset(tris + 1, sizeof *s->tri, err) : NULL;
    if (!s->tri)
        return false;
    const bool mirrored = nw_det(to_bed.linear) < 0;
    size_t v0 = 0, t0 = 0;
    for (size_t n = 0; n < model->part_count; n++) {
        const struct nw_mesh *mesh = &model->part[n].mesh;
        for (size_t v = 0; v < mesh->vert_count; v++)
            s->pos[v0 + v] = nw_apply(to_bed, mesh->pos_mm[v]);
        for (size_t t = 0; t < mesh->tri_count; t++) {
            for (int c = 0; c < 3; c++) {
                if (mesh->tri[t][c] >= mesh->vert_count)
                    return nw_fail(err, NW_ERR_DATA,
                                   "a triangle names a vertex that is not there");
                s->tri[t0 + t][mirrored ? 2 - c : c] = (uint32_t)(v0 + mesh->tri[t][c]);
            }
        }
        v0 += mesh->vert_count;
        t0 += mesh->tri_count;
    }
    *tri_count = tris;
    return true;
}

/* ---- area under a line ---- */

/* Rows row_lo .. row_hi of a window, each with width + 2 sums; a running sum along a row gives
 * FULL times how often its pixel is covered. */
struct sheet {
    int32_t *sum;
    size_t width, rows;
};

/* A piece of line within one row of pixels; y counts from the row's top in 1/256 pixel. */
static void add_in_row(int32_t *row, int64_t width, int64_t x0, int64_t y0, int64_t x1,
                       int64_t y1)
{
    const int64_t dy = y1 - y0;
    if (dy == 0)
        return;
    const int step = x1 >= x0 ? 1 : -1;
    int64_t x = x0, y = y0;
    for (;;) {
        /* at a border of pixels the direction decides which one is meant */
        const int64_t cell = step > 0 ? x / SUB : x > 0 ? (x - 1) / SUB : 0;
        const int64_t border = step > 0 ? (cell + 1) * SUB : cell * SUB;
        const bool last = step > 0 ? x1 <= border : x1 >= border || border == 0;
        const int64_t to_x = last ? x1 : border;
        const int64_t to_y = last ? y1 : y0 + dy * (to_x - x0) / (x1 - x0);
        const int32_t part = (int32_t)(to_y - y);
        const int64_t at = cell < width ? cell : width;
        const int32_t area = (int32_t)((x + to_x - 2 * at * SUB) * part);
        row[at] += part * 2 * SUB - area;
        row[at + 1] += area;
        if (last)
            return;
        x = to_x;
        y = to_y;
    }
}

/* From (x0, y0) to (x1, y1) in 1/256 pixel of the sheet; parts above and below do not show. */
static void add_line(const struct sheet *s, int64_t x0, int64_t y0, int64_t x1, int64_t y1)
{
    if (y0 == y1)
        return;
    const int64_t end = (int64_t)s->rows * SUB;
    const int step = y1 > y0 ? 1 : -1;
    int64_t row = step > 0 ? y0 / SUB : (y0 - 1) / SUB;
    if (y0 < 0 || (step < 0 && y0 == 0))
        row = step > 0 ? 0 : -1;
    if (y0 > end)
        row = step < 0 ? (int64_t)s->rows - 1 : (int64_t)s->rows;
    const int64_t dx = x1 - x0, dy = y1 - y0;
    for (; row >= 0 && row < (int64_t)s->rows; row += step) {
        const int64_t top = row * SUB, bottom = top + SUB;
        const int64_t enter = step > 0 ? top : bottom, leave = step > 0 ? bottom : top;
        const bool begins = step > 0 ? y0 >= enter : y0 <= enter;
        const bool ends = step > 0 ? y1 <= leave : y1 >= leave;
        if (step > 0 ? y1 <= enter : y1 >= enter)
            return;
        const int64_t ya = begins ? y0 : enter, yb = ends ? y1 : leave;
        const int64_t xa = begins ? x0 : x0 + dx * (ya - y0) / dy;
        const int64_t xb = ends ? x1 : x0 + dx * (yb - y0) / dy;
        add_in_row(s->sum + (size_t)row * (s->width + 2), (int64_t)s->width, xa, ya - top, xb,
                   yb - top);
        if (ends)
            return;
    }
}

struct flat {
    int64_t x, y;
};

/* Where an edge crosses the height z: always from its lower to its upper end, so that both
 * triangles at it find the same place. */
static struct flat cross(const struct sliced *s, nw_vec3 a, nw_vec3 b, double z, size_t row_lo)
{
    if (a.z > b.z || (a.z == b.z && (a.x > b.x || (a.x == b.x && a.y > b.y)))) {
        const nw_vec3 swap = a;
        a = b;
        b = swap;
    }
    const double t = (z - a.z) / (b.z - a.z);
    const double x = (a.x + t * (b.x - a.x)) / s->pixel_mm[0] - (double)s->lo[0];
    const double y = (a.y + t * (b.y - a.y)) / s->pixel_mm[1];
    const double width = (double)(s->hi[0] - s->lo[0]);
    const struct flat p = {
        (int64_t)rint(fmin(fmax(x, 0), width) * SUB),
        (int64_t)rint(fmin(fmax(y, (double)s->lo[1]), (double)s->hi[1]) * SUB) -
            (int64_t)row_lo * SUB,
    };
    return p;
}

/* What lies at the height counts as above it. The line runs with the inside to its left. */
static void add_triangle(const struct sliced *s, const struct sheet *sheet,
                         const uint32_t tri[3], double z, size_t row_lo)
{
    const nw_vec3 p[3] = {s->pos[tri[0]], s->pos[tri[1]], s->pos[tri[2]]};
    const int above = (p[0].z >= z) | (p[1].z >= z) << 1 | (p[2].z >= z) << 2;
    if (above == 0 || above == 7)
        return;
    const int alone = above == 1 || above == 6 ? 0 : above == 2 || above == 5 ? 1 : 2;
    const nw_vec3 one = p[alone], next = p[(alone + 1) % 3], before = p[(alone + 2) % 3];
    const bool one_above = one.z >= z;
    const struct flat out = cross(s, one, next, z, row_lo),
                      back = cross(s, before, one, z, row_lo);
    const struct flat a = one_above ? out : back, b = one_above ? back : out;
    add_line(sheet, b.x, b.y, a.x, a.y);
}

static uint8_t to_byte(int32_t covered)
{
    if (covered <= 0)
        return 0;
    if (covered >= FULL)
        return 255;
    return (uint8_t)(((int64_t)covered * 255 + FULL / 2) / FULL);
}

static bool fill_sliced(const void *user, size_t layer, size_t row_lo, size_t row_hi,
                        uint8_t *out, struct nw_err *err)
{
    const struct sliced *s = user;
    const struct sheet sheet = {
        .width = s->hi[0] - s->lo[0],
        .rows = row_hi - row_lo,
        .sum = NW_ALLOC(int32_t, (s->hi[0] - s->lo[0] + 2) * (row_hi - row_lo), err),
    };
    if (!sheet.sum)
        return false;
    const double z = ((double)layer + 0.5) * s->layer_mm;
    for (size_t n = s->first[layer]; n < s->first[layer + 1]; n++)
        add_triangle(s, &sheet, s->tri[s->list[n]], z, row_lo);
    for (size_t j = 0; j < sheet.rows; j++) {
        const int32_t *row = sheet.sum + j * (sheet.width + 2);
        int32_t covered = 0;
        for (size_t i = 0; i < sheet.width; i++) {
            covered += row[i];
            out[j * sheet.width + i] = to_byte(covered);
        }
    }
    nw_free(sheet.sum);
    return true;
}

bool nw_layers_of_model(const struct nw_model *model, const struct nw_placement *place,
                        const struct nw_machine *machine, const struct nw_raster_opts *opts,
                        struct nw_layers *out, struct nw_err *err)
{
    struct nw_layers layers = {0};
    size_t tri_count = 0;
    struct sliced *s = NW_ALLOC(struct sliced, 1, err);
    bool ok = s && nw_layers_measure(place, machine, opts, &layers, err);
    if (ok) {
        memcpy(s->lo, layers.lo, sizeof s->lo);
        memcpy(s->hi, layers.hi, sizeof s->hi);
        memcpy(s->pixel_mm, layers.pixel_mm, sizeof s->pixel_mm);
        s->layer_mm = layers.layer_mm;
        ok = take_model(s, model, place->to_bed, &tri_count, err) &&
             list_triangles(s, tri_count, layers.count, err);
    }
    if (!ok) {
        free_sliced(s);
        return false;
    }
    layers.user = s;
    layers.fill = fill_sliced;
    layers.free_user = free_sliced;
    *out = layers;
    return true;
}
