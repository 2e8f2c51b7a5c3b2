/* print/legible.c -- see legible.h. */
#include "print/legible.h"

#include <dmtx.h>
#include <string.h>

#include "core/parallel.h"
#include "core/text.h"
#include "image/distance.h"

enum { PER_MODULE = 6, FREE = 2, MOST_VOXELS = 1 << 27, MARCH = 4000 };
static const double PER_FEATURE = 8; /* pixels, where the machine has finer ones or none */
static const double ROUND_MM = 1;    /* looked at beyond the mark's highest and lowest */
static const double NEAR_MM = 1e-3;

double nw_machine_feature_mm(const struct nw_machine *machine)
{
    for (size_t n = 0; n < machine->setting_count; n++) {
        double nozzle = 0;
        const char *end = strcmp(machine->setting[n].key, "nozzle_diameter") == 0
                              ? nw_number_parse(machine->setting[n].value, &nozzle)
                              : NULL;
        if (end && *end == 0 && nozzle > 0)
            return nozzle;
    }
    return machine->limits.min_feature_mm;
}

/* ---- the picture's samples ---- */

struct look {
    const struct nw_code_mark *mark;
    nw_vec3 out; /* of the part */
    size_t width, rows;
    double step;
    double *base; /* height of the surface beside the mark, at each sample; -inf: none */
    double low, high;
};

/* Row 0 at the top. */
static nw_vec3 sample_place(const struct look *k, size_t at, double height)
{
    const struct nw_code_mark *m = k->mark;
    const double s = ((double)(at % k->width) + 0.5) * k->step - FREE * m->module_mm,
                 t = ((double)m->matrix->rows + FREE) * m->module_mm -
                     ((double)(at / k->width) + 0.5) * k->step;
    return nw_along(nw_along(nw_along(m->origin_mm, m->u, s), m->v, t), k->out, height);
}

static bool is_dark(const struct look *k, size_t at)
{
    const struct nw_matrix *x = k->mark->matrix;
    const size_t col = at % k->width / PER_MODULE, row = at / k->width / PER_MODULE;
    return col >= FREE && row >= FREE && col < x->cols + FREE && row < x->rows + FREE &&
           x->dark[(col - FREE) + x->cols * (row - FREE)];
}

/* From above down to the surface; a value is never more than the way there. */
static double march(const struct nw_field *f, nw_node root, const struct look *k, size_t at)
{
    const double reach = k->mark->reach_mm + k->mark->depth_mm + ROUND_MM;
    double height = reach;
    for (int n = 0; n < MARCH && height > -reach; n++) {
        const double way = nw_field_value(f, root, sample_place(k, at, height));
        if (way < NEAR_MM)
            return height;
        height -= way;
    }
    return -HUGE_VAL;
}

static void find_base(const struct nw_field *f, nw_node root, struct look *k)
{
    const double up = k->mark->engraved ? -k->mark->depth_mm : k->mark->depth_mm;
    NW_PARALLEL_FOR
    for (size_t j = 0; j < k->rows; j++)
        for (size_t at = j * k->width; at < (j + 1) * k->width; at++)
            k->base[at] = march(f, root, k, at) - (is_dark(k, at) ? up : 0);
    k->low = HUGE_VAL;
    k->high = -HUGE_VAL;
    for (size_t at = 0; at < k->width * k->rows; at++)
        if (isfinite(k->base[at])) {
            k->low = fmin(k->low, k->base[at] + fmin(up, 0) - ROUND_MM);
            k->high = fmax(k->high, k->base[at] + fmax(up, 0) + ROUND_MM);
        }
}

/* ---- its layers ---- */

struct block {
    struct nw_layers layers;
    size_t first, count, width, rows; /* layers and pixels of the region */
    uint8_t *solid;
};

static bool region_of(const struct look *k, const struct nw_placement *place,
                      struct nw_placement *out)
{
    const struct nw_code_mark *m = k->mark;
    const size_t last = k->width * k->rows - 1;
    *out = *place;
    out->box = nw_box_empty();
    for (int c = 0; c < 8; c++) {
        const size_t corner =
            (c & 1 ? last % k->width : 0) + (c & 2 ? k->width * (k->rows - 1) : 0);
        const nw_vec3 p = sample_place(k, corner, c & 4 ? k->high : k->low);
        out->box = nw_box_with(out->box, nw_apply(place->to_bed, p));
    }
    out->box = nw_box_grown(out->box, m->module_mm);
    out->box.min = nw_max3(out->box.min, place->box.min);
    out->box.max = nw_min3(out->box.max, place->box.max);
    return k->low < k->high && out->box.min.x < out->box.max.x &&
           out->box.min.y < out->box.max.y && out->box.min.z < out->box.max.z;
}

/* What comes out of a layer's picture. */
static bool smear(const struct block *b, size_t layer, double feature, struct nw_err *err)
{
    const double *pixel = b->layers.pixel_mm;
    const struct nw_grid grid = {.dim = {b->width, b->rows, 1},
                                 .step_mm = {{pixel[0], 0, 0}, {0, pixel[1], 0}, {0, 0, 1}}};
    struct nw_volume v = {.type = NW_VOXEL_U8, .grid = grid};
    v.u8 = b->solid + layer * b->width * b->rows;
    return nw_shrink_inplace(&v, 1, feature / 2, err) &&
           nw_grow_inplace(&v, 1, feature / 2, err) &&
           nw_grow_inplace(&v, 1, feature / 2, err) &&
           nw_shrink_inplace(&v, 1, feature / 2, err);
}

static bool build_layer(const struct block *b, size_t layer, double feature, struct nw_err *err)
{
    const size_t area = b->width * b->rows;
    uint8_t *out = b->solid + layer * area;
    const struct nw_layers *l = &b->layers;
    if (!l->fill(l->user, b->first + layer, l->lo[1], l->hi[1], out, err))
        return false;
    for (size_t at = 0; at < area; at++)
        out[at] = out[at] >= 128;
    return smear(b, layer, feature, err);
}

static bool build(struct block *b, double feature, struct nw_err *err)
{
    struct nw_err *failed = NW_ALLOC(struct nw_err, b->count, err);
    if (!failed)
        return false;
    NW_PARALLEL_FOR_UNEVEN
    for (size_t n = 0; n < b->count; n++)
        (void)build_layer(b, n, feature, &failed[n]);
    bool ok = true;
    for (size_t n = 0; ok && n < b->count; n++)
        if (failed[n].code != NW_OK) {
            *err = failed[n];
            ok = false;
        }
    nw_free(failed);
    return ok;
}

static bool take_block(const struct nw_tape *tape, const struct nw_placement *region,
                       const struct nw_machine *machine, struct block *b, struct nw_err *err)
{
    const double feature = nw_machine_feature_mm(machine), fine = feature / PER_FEATURE;
    const struct nw_raster_opts raster = {
        .pixel_mm = {fmax(nw_machine_pixel_mm(machine, 0), fine),
                     fmax(nw_machine_pixel_mm(machine, 1), fine)},
        .any_layer = true};
    if (!nw_layers_of_tape(tape, region, machine, &raster, &b->layers, err))
        return false;
    const double first = floor(region->box.min.z / b->layers.layer_mm);
    b->first = first > 0 ? (size_t)first : 0;
    b->first = b->first < b->layers.count ? b->first : b->layers.count;
    b->count = b->layers.count - b->first;
    b->width = b->layers.hi[0] - b->layers.lo[0];
    b->rows = b->layers.hi[1] - b->layers.lo[1];
    if ((double)b->count * (double)b->width * (double)b->rows > MOST_VOXELS)
        return nw_fail(err, NW_ERR_LIMIT,
                       "the code takes %zu layers of %zu x %zu pixels, which is too many to "
                       "look at",
                       b->count, b->width, b->rows);
    b->solid = NW_ALLOC(uint8_t, b->count * b->width * b->rows + 1, err);
    return b->solid && build(b, feature, err);
}

static bool is_solid(const struct block *b, nw_vec3 bed)
{
    const double i = floor(bed.x / b->layers.pixel_mm[0]) - (double)b->layers.lo[0],
                 j = floor(bed.y / b->layers.pixel_mm[1]) - (double)b->layers.lo[1],
                 n = floor(bed.z / b->layers.layer_mm) - (double)b->first;
    if (!(i >= 0 && j >= 0 && n >= 0 && i < (double)b->width && j < (double)b->rows &&
          n < (double)b->count))
        return false;
    return b->solid[((size_t)n * b->rows + (size_t)j) * b->width + (size_t)i];
}

/* ---- looking ---- */

/* Is a sample marked: does its surface stand beyond half of the mark's depth? */
static bool is_marked(const struct look *k, const struct block *b,
                      const struct nw_placement *place, size_t at)
{
    const struct nw_code_mark *m = k->mark;
    const double half = m->depth_mm / 2,
                 step = fmin(b->layers.layer_mm, b->layers.pixel_mm[0]) / 2;
    const double base = isfinite(k->base[at]) ? k->base[at] : -m->depth_mm;
    const double middle = base + (m->engraved ? -half : half);
    bool beyond = false;
    for (double h = k->high; !beyond && h > middle; h -= step)
        beyond = is_solid(b, nw_apply(place->to_bed, sample_place(k, at, h)));
    return beyond != m->engraved;
}

static void draw(const struct look *k, const struct block *b, const struct nw_placement *place,
                 uint8_t *picture)
{
    NW_PARALLEL_FOR
    for (size_t j = 0; j < k->rows; j++)
        for (size_t at = j * k->width; at < (j + 1) * k->width; at++)
            picture[at] = is_marked(k, b, place, at) ? 0 : 255;
}

/* Modules by what most of their middle half shows. */
static void count_wrong(const struct look *k, const uint8_t *picture, struct nw_code_seen *out)
{
    const struct nw_matrix *x = k->mark->matrix;
    out->modules = x->rows * x->cols;
    for (size_t row = 0; row < x->rows; row++)
        for (size_t col = 0; col < x->cols; col++) {
            int dark = 0;
            for (size_t a = 0; a < PER_MODULE * PER_MODULE; a++) {
                const size_t i = a % PER_MODULE, j = a / PER_MODULE;
                const bool middle = i >= PER_MODULE / 4 && i < PER_MODULE - PER_MODULE / 4 &&
                                    j >= PER_MODULE / 4 && j < PER_MODULE - PER_MODULE / 4;
                const size_t at =
                    ((row + FREE) * PER_MODULE + j) * k->width + (col + FREE) * PER_MODULE + i;
                dark += middle ? (picture[at] ? -1 : 1) : 0;
            }
            out->wrong += (dark > 0) != (x->dark[col + x->cols * row] != 0);
        }
}

/* What a reader of DataMatrix makes of a picture; 0: nothing. */
static size_t read_datamatrix(const uint8_t *picture, size_t width, size_t rows, uint8_t *text,
                              size_t room)
{
    size_t len = 0;
    unsigned char *pixels = (unsigned char *)(uintptr_t)picture; /* it does not write */
    DmtxImage *image = dmtxImageCreate(pixels, (int)width, (int)rows, DmtxPack8bppK);
    DmtxDecode *decode = image ? dmtxDecodeCreate(image, 1) : NULL;
    DmtxRegion *region = decode ? dmtxRegionFindNext(decode, NULL) : NULL;
    DmtxMessage *message =
        region ? dmtxDecodeMatrixRegion(decode, region, DmtxUndefined) : NULL;
    if (message && message->outputIdx > 0 && (size_t)message->outputIdx <= room) {
        len = (size_t)message->outputIdx;
        memcpy(text, message->output, len);
    }
    if (message)
        dmtxMessageDestroy(&message);
    if (region)
        dmtxRegionDestroy(&region);
    if (decode)
        dmtxDecodeDestroy(&decode);
    if (image)
        dmtxImageDestroy(&image);
    return len;
}

/* To the same as the pattern itself, drawn without a machine. */
static bool decode(const struct look *k, struct nw_code_seen *out, struct nw_err *err)
{
    enum { ROOM = 4096 };
    const size_t count = k->width * k->rows;
    NW_AUTOFREE uint8_t *text = NW_ALLOC(uint8_t, (size_t)2 * ROOM, err);
    NW_AUTOFREE uint8_t *ideal = text ? NW_ALLOC_UNSET(uint8_t, count, err) : NULL;
    if (!ideal)
        return false;
    for (size_t at = 0; at < count; at++)
        ideal[at] = is_dark(k, at) ? 0 : 255;
    const size_t meant = read_datamatrix(ideal, k->width, k->rows, text, ROOM),
                 got = read_datamatrix(out->picture, k->width, k->rows, text + ROOM, ROOM);
    out->decoded = meant > 0 && got == meant && memcmp(text, text + ROOM, got) == 0;
    return true;
}

static bool see(const struct nw_field *field, nw_node root, const struct nw_placement *place,
                const struct nw_machine *machine, struct look *k, struct nw_code_seen *out,
                struct nw_err *err)
{
    struct nw_placement region;
    struct block b = {0};
    find_base(field, root, k);
    if (!region_of(k, place, &region))
        return nw_fail(err, NW_ERR_ARGUMENT, "there is no surface where the code should be");
    struct nw_tape *tape = nw_tape_new(field, root, err);
    const bool ok = tape && take_block(tape, &region, machine, &b, err);
    if (ok) {
        draw(k, &b, place, out->picture);
        count_wrong(k, out->picture, out);
    }
    nw_free(b.solid);
    nw_layers_release(&b.layers);
    nw_tape_free(tape);
    return ok && (!k->mark->datamatrix || decode(k, out, err));
}

bool nw_code_look(const struct nw_field *field, nw_node root, const struct nw_placement *place,
                  const struct nw_machine *machine, const struct nw_code_mark *mark,
                  struct nw_code_seen *out, struct nw_err *err)
{
    struct nw_code_seen seen = {0};
    if (!mark->matrix->dark || !(mark->module_mm > 0) || !(mark->depth_mm > 0))
        return nw_fail(err, NW_ERR_ARGUMENT, "a code needs modules and a depth above 0 mm");
    struct look k = {.mark = mark,
                     .out = nw_cross(mark->u, mark->v),
                     .width = (mark->matrix->cols + (size_t)2 * FREE) * PER_MODULE,
                     .rows = (mark->matrix->rows + (size_t)2 * FREE) * PER_MODULE,
                     .step = mark->module_mm / PER_MODULE};
    seen.width = k.width;
    seen.rows = k.rows;
    k.base = NW_ALLOC_UNSET(double, k.width *k.rows, err);
    seen.picture = k.base ? NW_ALLOC(uint8_t, k.width * k.rows, err) : NULL;
    const bool ok = seen.picture && see(field, root, place, machine, &k, &seen, err);
    nw_free(k.base);
    seen.legible = mark->datamatrix ? seen.decoded : seen.wrong == 0;
    if (!ok)
        nw_free(seen.picture);
    else
        *out = seen;
    return ok;
}

/* ---- how large it would have to be ---- */

/* In the middle of the bed, turned as before; false when it is larger than that. */
static bool lay_alone(const struct nw_machine *machine, nw_affine there, double wide,
                      double tall, double depth, struct nw_placement *place)
{
    nw_box box = nw_box_empty();
    for (int c = 0; c < 8; c++) {
        const nw_vec3 p = nw_v3(c & 1 ? wide : -wide / 8, c & 2 ? tall : -tall / 8,
                                c & 4 ? depth + 2 : -5 - depth);
        box = nw_box_with(box, nw_apply(place->to_bed, nw_apply(there, p)));
    }
    const nw_vec3 size = nw_box_size(box), low = box.min;
    const double *build = machine->build_mm;
    const nw_vec3 shift =
        nw_v3((build[0] - size.x) / 2 - low.x, (build[1] - size.y) / 2 - low.y, -low.z);
    place->to_bed.shift = nw_add(place->to_bed.shift, shift);
    place->box.min = nw_add(box.min, shift);
    place->box.max = nw_add(box.max, shift);
    return size.x <= build[0] && size.y <= build[1] && size.z <= build[2];
}

/* On a plate of its own, which lies as the part does. */
static bool try_module(const struct nw_placement *place, const struct nw_machine *machine,
                       const struct nw_code_mark *mark, double module, bool *legible,
                       struct nw_err *err)
{
    struct nw_code_mark m = *mark;
    const double wide = ((double)mark->matrix->cols + 2 * FREE) * module,
                 tall = ((double)mark->matrix->rows + 2 * FREE) * module;
    const nw_vec3 out = nw_cross(m.u, m.v);
    m.module_mm = module;
    m.reach_mm = 1;
    const nw_mat3 turn = nw_transpose((nw_mat3){{m.u, m.v, out}});
    const nw_affine there = {turn, m.origin_mm};
    struct nw_outlines lines = {0};
    struct nw_code_seen seen = {0};
    struct nw_field *f = nw_field_new(err);
    const struct nw_mark_place at = {
        nw_along(m.origin_mm, out, m.engraved ? -m.depth_mm : -0.5), m.u, m.v,
        m.engraved ? m.depth_mm + 1 : m.depth_mm + 0.5};
    bool ok = f && nw_matrix_outlines(m.matrix, module, &lines, err);
    const nw_node slab =
        ok ? nw_field_moved(
                 f,
                 nw_field_box(f, nw_v3(-FREE * module, -FREE * module, -4 - m.depth_mm),
                              nw_v3(wide - FREE * module, tall - FREE * module, 0), err),
                 there, err)
           : -1;
    const nw_node code = slab >= 0 ? nw_field_outlines(f, &lines, &at, err) : -1;
    const nw_node root = code < 0     ? -1
                         : m.engraved ? nw_field_difference(f, slab, code, err)
                                      : nw_field_union(f, slab, code, err);
    struct nw_placement alone = *place;
    ok = root >= 0 && (!lay_alone(machine, there, wide, tall, m.depth_mm, &alone) ||
                       nw_code_look(f, root, &alone, machine, &m, &seen, err));
    *legible = seen.legible;
    nw_free(seen.picture);
    nw_outlines_release(&lines);
    nw_field_free(f);
    return ok;
}

bool nw_code_least(const struct nw_placement *place, const struct nw_machine *machine,
                   const struct nw_code_mark *mark, double *module_mm, struct nw_err *err)
{
    enum { STEPS = 24 }; /* 1.1^24 = 9.8 */
    double module = mark->module_mm;
    bool legible = false;
    *module_mm = (double)NAN;
    for (int n = 0; n < STEPS && !legible; n++) {
        module *= 1.1;
        if (!try_module(place, machine, mark, module, &legible, err))
            return false;
    }
    if (legible)
        *module_mm = module;
    return true;
}
