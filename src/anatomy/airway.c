/*
 * anatomy/airway.c -- air inside the body: the airway by growth from the windpipe with a stop
 * before it leaks into the lung, and the lungs without it.
 */
#include "anatomy/tissue_priv.h"

#include <string.h>

#include "core/parallel.h"

static const double LUNG_HU = -500, LUNG_SHARE = 0.05;
static const double SEED_HU = -800, SEED_MIN_MM2 = 60, SEED_MAX_MM2 = 700;
static const double SEED_FAR_MM = 60, SEED_LENGTH_MM = 12;
static const double GROW_LO_HU = -980, GROW_HI_HU = -600, TREE_MAX_MM3 = 130e3;
static const double LEAK_RATIO = 1.6;

static bool keep_hull(const struct nw_body *b, struct nw_volume *labels, struct nw_err *err)
{
    if (!b->found)
        return nw_fail(err, NW_ERR_GEOMETRY, "no body was found in this scan");
    const size_t *d = labels->grid.dim;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < d[2]; k++)
        for (size_t j = 0; j < d[1]; j++)
            for (size_t i = 0; i < d[0]; i++)
                if (!(nw_body_at(b, i, j, k) & NW_BODY_HULL))
                    labels->u8[nw_grid_at(&labels->grid, i, j, k)] = 0;
    return true;
}

static bool mark_below(const struct nw_grey *grey, const struct nw_body *b, double hu,
                       struct nw_volume *labels, struct nw_err *err)
{
    const struct nw_edge edge = nw_edge_range(grey, -1e9, hu);
    return nw_edge_mark(&edge, labels, err) && keep_hull(b, labels, err);
}

struct seed {
    size_t voxel[3];
    bool found;
};

/* Is this piece of one slice as large, as round and as central as a windpipe? */
static bool looks_like_windpipe(const struct nw_piece *p, nw_vec3 h, nw_vec3 middle)
{
    const double n = (double)p->voxels, area = n * h.x * h.y;
    const double w = (double)(p->hi[0] - p->lo[0]) * h.x,
                 t = (double)(p->hi[1] - p->lo[1]) * h.y;
    const double x = p->sum[0] / n * h.x, y = p->sum[1] / n * h.y;
    return !p->at_border && area > SEED_MIN_MM2 && area < SEED_MAX_MM2 && w < 2.2 * t &&
           t < 2.2 * w && area > 0.55 * w * t && fabs(x - middle.x) < SEED_FAR_MM &&
           fabs(y - middle.y) < SEED_FAR_MM;
}

/* One slice's candidates, as a volume of one slice so that the same code finds pieces. */
static bool candidates(const struct nw_volume *labels, size_t k, nw_vec3 middle,
                       size_t (*out)[2], size_t *count, size_t room, struct nw_err *err)
{
    struct nw_volume slice = *labels;
    slice.u8 = labels->u8 + nw_grid_at(&labels->grid, 0, 0, k);
    slice.grid.dim[2] = 1;
    struct nw_runs runs = {0};
    if (!nw_runs_find(&slice, 0xff, 1, NW_NEIGHBOURS_6, &runs, err))
        return false;
    const nw_vec3 h = nw_grid_spacing(&labels->grid);
    *count = 0;
    for (size_t p = 0; p < runs.piece_count && *count < room; p++) {
        struct nw_piece c = runs.piece[p];
        c.at_border =
            c.lo[0] == 0 || c.lo[1] == 0 || c.hi[0] == runs.dim[0] || c.hi[1] == runs.dim[1];
        if (!looks_like_windpipe(&c, h, middle))
            continue;
        out[*count][0] = (size_t)(c.sum[0] / (double)c.voxels + 0.5);
        out[*count][1] = (size_t)(c.sum[1] / (double)c.voxels + 0.5);
        (*count)++;
    }
    nw_runs_release(&runs);
    return true;
}

static nw_vec3 body_middle(const struct nw_body *b, const struct nw_grid *g)
{
    double n = 0, x = 0, y = 0;
    const size_t *d = b->map.grid.dim;
    for (size_t v = 0; v < nw_grid_count(&b->map.grid); v++)
        if (b->map.u8[v] & NW_BODY_CORE) {
            n += 1;
            x += (double)(v % d[0]);
            y += (double)(v / d[0] % d[1]);
        }
    return nw_v3((x / n + 0.5) * (double)b->factor[0] * nw_length(g->step_mm[0]),
                 (y / n + 0.5) * (double)b->factor[1] * nw_length(g->step_mm[1]), 0);
}

/* From the head down: the first round hole that goes on for a while. */
static bool find_seed(const struct nw_body *b, const struct nw_volume *labels, struct seed *out,
                      struct nw_err *err)
{
    enum { ROOM = 16 };
    const struct nw_grid *g = &labels->grid;
    const bool up = g->step_mm[2].z > 0;
    const nw_vec3 middle = body_middle(b, g), h = nw_grid_spacing(g);
    const size_t need = (size_t)fmax(3, ceil(SEED_LENGTH_MM / h.z));
    size_t was[ROOM][2], was_count = 0, length[ROOM] = {0};
    for (size_t n = 0; n < g->dim[2] && !out->found; n++) {
        const size_t k = up ? g->dim[2] - 1 - n : n;
        size_t now[ROOM][2], count = 0, now_length[ROOM];
        if (!candidates(labels, k, middle, now, &count, ROOM, err))
            return false;
        for (size_t c = 0; c < count; c++) {
            now_length[c] = 1;
            for (size_t w = 0; w < was_count; w++) {
                const double x = ((double)now[c][0] - (double)was[w][0]) * h.x,
                             y = ((double)now[c][1] - (double)was[w][1]) * h.y;
                if (x * x + y * y < 25 + h.z * h.z && length[w] + 1 > now_length[c])
                    now_length[c] = length[w] + 1;
            }
            if (now_length[c] >= need && !out->found)
                *out = (struct seed){{now[c][0], now[c][1], k}, true};
        }
        memcpy(was, now, sizeof was);
        memcpy(length, now_length, sizeof(size_t) * count);
        was_count = count;
    }
    return true;
}

static uint32_t piece_at(const struct nw_runs *r, const size_t at[3])
{
    const size_t row = at[1] + r->dim[1] * at[2];
    for (size_t a = r->row[row]; a < r->row[row + 1]; a++)
        if (r->run[a].lo <= at[0] && at[0] < r->run[a].hi)
            return r->run[a].piece;
    return UINT32_MAX;
}

/* Leaves label 1 only on the piece that holds the seed; its volume, 0 when there is none. */
static bool grow(const struct nw_tissue_input *in, const struct nw_body *b, const size_t at[3],
                 double hu, struct nw_volume *labels, double *volume_mm3, struct nw_err *err)
{
    struct nw_runs runs = {0};
    if (!mark_below(in->grey, b, hu, labels, err) ||
        !nw_runs_find(labels, 0xff, 1, NW_NEIGHBOURS_6, &runs, err))
        return false;
    const uint32_t piece = piece_at(&runs, at);
    *volume_mm3 = piece == UINT32_MAX ? 0
                                      : (double)runs.piece[piece].voxels *
                                            fabs(nw_grid_voxel_mm3(&labels->grid));
    NW_AUTOFREE uint8_t *value = NW_ALLOC(uint8_t, runs.piece_count + 1, err);
    if (value && piece != UINT32_MAX)
        value[piece] = 1;
    if (value)
        nw_runs_paint(&runs, value, 1, labels);
    nw_runs_release(&runs);
    return value != NULL;
}

/* The highest level whose tree is still a tree; the label holds it afterwards. */
static bool grow_tree(const struct nw_tissue_input *in, const struct nw_body *b,
                      const size_t at[3], struct nw_volume *labels, double *level_hu,
                      struct nw_err *err)
{
    enum { STEP_HU = 20 };
    double best = NAN, last = 0;
    for (double hu = GROW_LO_HU; hu <= GROW_HI_HU; hu += STEP_HU) {
        double volume;
        if (!grow(in, b, at, hu, labels, &volume, err))
            return false;
        if (volume > TREE_MAX_MM3 || (last > 5000 && volume > LEAK_RATIO * last))
            break;
        if (volume > 0)
            best = hu;
        last = volume;
        if (!nw_progress((size_t)(hu - GROW_LO_HU), (size_t)(GROW_HI_HU - GROW_LO_HU)))
            return nw_fail_cancelled(err);
    }
    *level_hu = best;
    if (!isfinite(best))
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "the windpipe's air could not be told from the lung's");
    double volume;
    return grow(in, b, at, best, labels, &volume, err);
}

static bool find_tree(const struct nw_tissue_input *in, const struct nw_body *b,
                      struct nw_volume *labels, double *level_hu, struct nw_err *err)
{
    struct seed seed = {0};
    if (!mark_below(in->grey, b, SEED_HU, labels, err) || !find_seed(b, labels, &seed, err))
        return false;
    if (!seed.found)
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "no windpipe was found: the scan must show at least 12 mm of it");
    return grow_tree(in, b, seed.voxel, labels, level_hu, err);
}

static bool find_airway(const struct nw_tissue_input *in, struct nw_body *b,
                        struct nw_tissues *out, struct nw_err *err)
{
    nw_stage("追踪气道", "following the airway");
    double level = NAN;
    if (!nw_body_find(in->grey, b, err) ||
        !nw_volume_init(&out->labels, NW_VOXEL_U8, &in->grey->grid, err) ||
        !find_tree(in, b, &out->labels, &level, err))
        return false;
    out->tissue[out->count++] = (struct nw_tissue){.name = "airway",
                                                   .rgba = {160, 205, 230, 255},
                                                   .edge = nw_edge_range(in->grey, -1e9, level),
                                                   .local = true,
                                                   .plateau_hu = (double)NAN};
    return true;
}

bool nw_airway_find(const struct nw_tissue_input *in, struct nw_tissues *out,
                    struct nw_err *err)
{
    struct nw_body body = {0};
    const bool ok = find_airway(in, &body, out, err);
    nw_body_release(&body);
    return ok;
}

/* Keeps the lungs: large pieces of air in the hull, down to a twentieth of the largest. */
/* The air between the skin and the hull drawn around it: its runs end at the hull. */
static void count_at_hull(const struct nw_runs *runs, const struct nw_body *b, size_t *total,
                          size_t *at_hull)
{
    for (size_t row = 0; row < runs->dim[1] * runs->dim[2]; row++)
        for (size_t a = runs->row[row]; a < runs->row[row + 1]; a++) {
            const struct nw_run r = runs->run[a];
            const size_t j = row % runs->dim[1], k = row / runs->dim[1];
            const bool left = r.lo == 0 || !(nw_body_at(b, r.lo - 1u, j, k) & NW_BODY_HULL);
            const bool right =
                r.hi >= runs->dim[0] || !(nw_body_at(b, r.hi, j, k) & NW_BODY_HULL);
            total[r.piece]++;
            at_hull[r.piece] += left || right;
        }
}

static bool keep_large(const struct nw_body *b, struct nw_tissues *out, double min_mm3,
                       struct nw_err *err)
{
    struct nw_runs runs = {0};
    if (!nw_runs_find(&out->labels, 0xff, 1, NW_NEIGHBOURS_6, &runs, err))
        return false;
    NW_AUTOFREE uint8_t *value = NW_ALLOC(uint8_t, runs.piece_count + 1, err);
    NW_AUTOFREE size_t *total = value ? NW_ALLOC(size_t, 2 * runs.piece_count + 1, err) : NULL;
    if (!total) {
        nw_runs_release(&runs);
        return false;
    }
    size_t *at_hull = total + runs.piece_count;
    count_at_hull(&runs, b, total, at_hull);
    const double voxel = fabs(nw_grid_voxel_mm3(&out->labels.grid));
    size_t largest = 0;
    for (size_t p = 0; p < runs.piece_count; p++) {
        if (5 * at_hull[p] > total[p])
            runs.piece[p].voxels = 0; /* not a lung, and nothing anybody would miss */
        largest = runs.piece[p].voxels > largest ? runs.piece[p].voxels : largest;
    }
    for (size_t p = 0; p < runs.piece_count; p++) {
        const double n = (double)runs.piece[p].voxels;
        value[p] = n * voxel >= min_mm3 && n >= LUNG_SHARE * (double)largest;
        if (!value[p] && n > 0)
            nw_leftover_add(out->left, NW_LEFT_SMALL, &runs.piece[p], &out->labels.grid);
    }
    nw_runs_paint(&runs, value, 1, &out->labels);
    nw_runs_release(&runs);
    return true;
}

/* Takes the airway, grown by a voxel for its blurred rim, out of the air. */
static void subtract(const struct nw_volume *tree, struct nw_volume *labels)
{
    const size_t *d = labels->grid.dim, slice = d[0] * d[1];
    NW_PARALLEL_FOR
    for (size_t k = 0; k < d[2]; k++)
        for (size_t j = 1; j + 1 < d[1]; j++)
            for (size_t i = 1; i + 1 < d[0]; i++) {
                const size_t v = i + d[0] * j + slice * k;
                const uint8_t *t = tree->u8 + v;
                if (t[0] | t[-1] | t[1] | t[-(ptrdiff_t)d[0]] | t[d[0]] |
                    (k > 0 ? t[-(ptrdiff_t)slice] : 0) | (k + 1 < d[2] ? t[slice] : 0))
                    labels->u8[v] = 0;
            }
}

static bool find_lung(const struct nw_tissue_input *in, struct nw_body *b,
                      struct nw_tissues *out, struct nw_err *err)
{
    nw_stage("标记肺", "marking the lungs");
    if (!nw_body_find(in->grey, b, err) ||
        !nw_volume_init(&out->labels, NW_VOXEL_U8, &in->grey->grid, err))
        return false;
    struct nw_volume tree = {0};
    if (!nw_volume_init(&tree, NW_VOXEL_U8, &in->grey->grid, err))
        return false;
    double level;
    struct nw_err none = {0}; /* without a windpipe in the scan the lungs keep theirs */
    const bool have_tree = find_tree(in, b, &tree, &level, &none);
    bool ok = have_tree || none.code == NW_ERR_GEOMETRY;
    if (!ok)
        *err = none;
    ok = ok && mark_below(in->grey, b, LUNG_HU, &out->labels, err);
    if (ok && have_tree)
        subtract(&tree, &out->labels);
    nw_volume_release(&tree);
    if (!ok || !keep_large(b, out, in->min_part_mm3, err) ||
        !nw_fill_cavities(out, in->grey, HUGE_VAL, 0, err))
        return false;
    out->left[NW_LEFT_CAVITY] = (struct nw_leftover){0}; /* vessels within: part of the lung */
    out->tissue[out->count++] =
        (struct nw_tissue){.name = "lung",
                           .rgba = {205, 150, 160, 255},
                           .edge = nw_edge_range(in->grey, -1e9, LUNG_HU),
                           .local = true,
                           .plateau_hu = (double)NAN};
    return true;
}

bool nw_lung_find(const struct nw_tissue_input *in, struct nw_tissues *out, struct nw_err *err)
{
    struct nw_body body = {0};
    const bool ok = find_lung(in, &body, out, err);
    nw_body_release(&body);
    return ok;
}
