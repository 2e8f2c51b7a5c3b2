/*
 * anatomy/bone.c -- bone: brighter than its own local half-maximum, in pieces that hold
 * something surely bone, neither table nor cast nor a vessel full of contrast.
 */
#include "anatomy/tissue_priv.h"

#include "core/parallel.h"

/* A level this far above soft tissue is bone's lowest; in noise, this many sigmas. */
static const double LOWEST_HU = 100, LOWEST_SIGMAS = 3.3, LOWEST_STREAKS = 2.6;
static const double SURE_HU = 200, SURE_SIGMAS = 5, SURE_SHARE = 0.1;
static const double CAVITY_MM3 = 60, MARROW_HU = 40;
static const double CONTRAST_MAX_HU = 450, CONTRAST_MM3 = 300;
static const double CAST_MM3 = 3000, BARE_SHARE = 0.3;
/* In voxels as thick as a cortex its half is out of reach: there the label asks for less, and
 * the profiles place the surface. */
static const double COARSE_MM = 1.5, COARSE_CAP_HU = 180;

/* What the voxels of one run say. */
struct run_stats {
    float sum, sum2;
    uint16_t sure;
    bool table, outside, naked;
};

struct piece_stats {
    double sum, sum2;
    size_t sure, runs, table, outside, naked;
};

struct bone {
    const struct nw_tissue_input *in;
    struct nw_body body;
    struct nw_runs runs;
    struct run_stats *run;
    struct piece_stats *piece;
    double soft_hu;
    int sure;
};

static int reach_of(double sigma_mm, double spacing_mm)
{
    const double r = rint(2.2 * sigma_mm / spacing_mm);
    return r < 1 ? 1 : r > NW_EDGE_REACH_MAX ? NW_EDGE_REACH_MAX : (int)r;
}

static struct nw_edge local_edge(const struct nw_tissue_input *in)
{
    const struct nw_grey *g = in->grey;
    const struct nw_calibration *c = in->cal;
    const nw_vec3 h = nw_grid_spacing(&g->grid);
    const double soft = nw_calibration_soft_hu(c);
    const double dense = isfinite(c->dense_hu) ? c->dense_hu : 1200;
    struct nw_edge e = {
        .grey = g,
        .kind = NW_EDGE_LOCAL,
        .level_lo = nw_grey_stored(g, in->opts->lo_hu),
        .reach = {reach_of(c->sigma_xy_mm, h.x), reach_of(c->sigma_xy_mm, h.y),
                  reach_of(c->sigma_z_mm, h.z)},
        .soft = nw_grey_stored(g, soft),
        .cap = nw_grey_stored(g, fmax(h.x, fmax(h.y, h.z)) > COARSE_MM ? soft + COARSE_CAP_HU
                                                                       : 0.5 * (dense + soft)),
        .peak_cap = nw_grey_stored(g, 1.15 * dense),
        .noise3 = (int)rint(3 * c->noise_hu / g->scale),
    };
    for (int n = 0; n < NW_NOISE_LEVELS; n++) {
        const double quiet = LOWEST_SIGMAS * c->noise_third_hu[3 * n / NW_NOISE_LEVELS];
        const double streaks = LOWEST_STREAKS * c->noise_along_hu[n];
        e.lowest[n] = nw_grey_stored(g, soft + fmax(LOWEST_HU, fmax(quiet, streaks)));
    }
    return e;
}

static struct run_stats measure_run(const struct bone *b, struct nw_run run, size_t j, size_t k)
{
    const struct nw_grey *g = b->in->grey;
    const int16_t *row = g->v + nw_grid_at(&g->grid, 0, j, k);
    struct run_stats s = {0};
    double sum = 0, sum2 = 0;
    for (size_t i = run.lo; i < run.hi; i++) {
        sum += row[i];
        sum2 += (double)row[i] * row[i];
        s.sure = (uint16_t)(s.sure + (row[i] >= b->sure));
    }
    s.sum = (float)sum;
    s.sum2 = (float)sum2;
    if (!b->body.found)
        return s;
    const uint8_t where = nw_body_at(&b->body, (size_t)(run.lo + run.hi) / 2, j, k);
    s.table = where & NW_BODY_TABLE;
    s.outside = !(where & NW_BODY_HULL);
    const size_t away = (size_t)rint(3 / nw_length(g->grid.step_mm[0])) + 1;
    const int air = nw_grey_stored(g, -300);
    s.naked = (run.lo >= away && row[run.lo - away] < air) ||
              (run.hi + away <= g->grid.dim[0] && row[run.hi + away - 1] < air);
    return s;
}

static void measure_pieces(struct bone *b)
{
    const struct nw_runs *r = &b->runs;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < r->dim[2]; k++)
        for (size_t j = 0; j < r->dim[1]; j++)
            for (size_t a = r->row[j + r->dim[1] * k]; a < r->row[j + r->dim[1] * k + 1]; a++)
                b->run[a] = measure_run(b, r->run[a], j, k);
    for (size_t a = 0; a < r->run_count; a++) {
        struct piece_stats *p = &b->piece[r->run[a].piece];
        p->sum += (double)b->run[a].sum;
        p->sum2 += (double)b->run[a].sum2;
        p->sure += b->run[a].sure;
        p->runs++;
        p->table += b->run[a].table;
        p->outside += b->run[a].outside;
        p->naked += b->run[a].naked;
    }
}

/* A vessel or organ full of contrast is bright and even; bone is brighter or uneven. Asked
 * only where contrast may be: a thin skull cap of a plain scan is bright and even too. */
static bool is_contrast(const struct bone *b, const struct piece_stats *s, double voxels,
                        double volume_mm3)
{
    const double scale = b->in->grey->scale;
    const double mean = scale * s->sum / voxels + b->in->grey->shift;
    const double sd =
        scale * sqrt(fmax(s->sum2 / voxels - (s->sum / voxels) * (s->sum / voxels), 0));
    return b->in->may_hold_contrast && volume_mm3 > CONTRAST_MM3 &&
           mean < b->soft_hu + CONTRAST_MAX_HU &&
           sd < 0.25 * (mean - b->soft_hu) + b->in->cal->noise_hu;
}

/* NW_LEFT_KINDS means it is kept. */
static enum nw_leftover_kind judge(const struct bone *b, size_t p)
{
    const struct piece_stats *s = &b->piece[p];
    const double voxels = (double)b->runs.piece[p].voxels;
    const double volume = voxels * fabs(nw_grid_voxel_mm3(&b->in->grey->grid));
    if (2 * s->table > s->runs)
        return NW_LEFT_TABLE;
    if (b->body.found && 10 * s->outside > 7 * s->runs && 2 * s->naked > s->runs)
        return volume >= CAST_MM3 ? NW_LEFT_CAST : NW_LEFT_OUTSIDE;
    if (volume < b->in->min_part_mm3)
        return NW_LEFT_SMALL;
    if ((double)s->sure < SURE_SHARE * voxels)
        return NW_LEFT_SOFT;
    return is_contrast(b, s, voxels, volume) ? NW_LEFT_CONTRAST : NW_LEFT_KINDS;
}

/* Label of a piece by its verdict: bone 1, and table and cast when they are wanted. */
static uint8_t label_of(const struct bone *b, enum nw_leftover_kind kind)
{
    if (kind == NW_LEFT_KINDS)
        return 1;
    if (!b->in->opts->keep_cast)
        return 0;
    return kind == NW_LEFT_TABLE ? 2 : kind == NW_LEFT_CAST ? 3 : 0;
}

static size_t largest_piece(const struct bone *b)
{
    size_t best = 0;
    for (size_t p = 1; p < b->runs.piece_count; p++)
        if (b->runs.piece[p].voxels > b->runs.piece[best].voxels)
            best = p;
    return best;
}

/* In a scan of bare bones nothing lies in flesh: then a piece that is partly inside the hull is
 * bone, and what lies wholly outside is a holder, unless the largest piece lies there too. */
static bool is_bare_bone(const struct bone *b, size_t p, size_t main_piece)
{
    const struct piece_stats *s = &b->piece[p], *m = &b->piece[main_piece];
    return s->outside < s->runs || m->outside == m->runs;
}

static bool choose_pieces(struct bone *b, struct nw_tissues *out, struct nw_err *err)
{
    if (!nw_runs_find(&out->labels, 0xff, 1, NW_NEIGHBOURS_6, &b->runs, err))
        return false;
    b->run = NW_ALLOC_UNSET(struct run_stats, b->runs.run_count + 1, err);
    b->piece = b->run ? NW_ALLOC(struct piece_stats, b->runs.piece_count + 1, err) : NULL;
    NW_AUTOFREE uint8_t *value =
        b->piece ? NW_ALLOC(uint8_t, b->runs.piece_count + 1, err) : NULL;
    if (!value)
        return false;
    measure_pieces(b);
    double inside = 0, outside = 0;
    for (size_t p = 0; p < b->runs.piece_count; p++) {
        value[p] = (uint8_t)judge(b, p);
        inside += value[p] == NW_LEFT_KINDS ? (double)b->runs.piece[p].voxels : 0;
        outside += value[p] == NW_LEFT_CAST ? (double)b->runs.piece[p].voxels : 0;
    }
    const bool bare = inside < BARE_SHARE * outside;
    const size_t main_piece = largest_piece(b);
    for (size_t p = 0; p < b->runs.piece_count; p++) {
        enum nw_leftover_kind kind = value[p];
        if (bare && (kind == NW_LEFT_CAST || kind == NW_LEFT_OUTSIDE) &&
            is_bare_bone(b, p, main_piece)) {
            b->body.found = false;
            kind = judge(b, p);
            b->body.found = true;
        }
        value[p] = label_of(b, kind);
        if (kind != NW_LEFT_KINDS && value[p] == 0)
            nw_leftover_add(out->left, kind, &b->runs.piece[p], &out->labels.grid);
    }
    nw_runs_paint(&b->runs, value, 1, &out->labels);
    return true;
}

static bool find(struct bone *b, struct nw_tissues *out, struct nw_err *err)
{
    const struct nw_tissue_input *in = b->in;
    const bool fixed = in->opts->fixed_threshold;
    const struct nw_edge edge =
        fixed ? nw_edge_range(in->grey, in->opts->lo_hu, 1e9) : local_edge(in);
    b->soft_hu = nw_calibration_soft_hu(in->cal);
    b->sure = fixed
                  ? edge.level_lo
                  : nw_grey_stored(in->grey,
                                   b->soft_hu + fmax(SURE_HU, SURE_SIGMAS * in->cal->noise_hu));
    nw_stage("分离人体、床板和外固定", "separating body, table and cast");
    if (!nw_body_find(in->grey, &b->body, err))
        return false;
    nw_stage("标记骨骼", "marking bone");
    if (!nw_volume_init_unset(&out->labels, NW_VOXEL_U8, &in->grey->grid, err) ||
        !nw_edge_mark(&edge, &out->labels, err) || !choose_pieces(b, out, err) ||
        (!fixed && !nw_pores_fill(&out->labels, in->grey, b->soft_hu, err)) ||
        (!fixed && !nw_spongy_fill(out, in->grey, b->soft_hu, err)) ||
        !nw_fill_cavities(out, in->grey, CAVITY_MM3,
                          nw_grey_stored(in->grey, b->soft_hu + MARROW_HU), err))
        return false;
    const char *name[] = {"bone", "table", "cast"};
    const uint8_t rgba[3][4] = {
        {227, 218, 201, 255}, {120, 130, 140, 255}, {150, 190, 220, 255}};
    out->count = in->opts->keep_cast ? 3 : 1;
    for (size_t n = 0; n < out->count; n++) {
        out->tissue[n] =
            (struct nw_tissue){.name = name[n],
                               .edge = edge,
                               .local = !fixed,
                               .plateau_hu = fixed ? (double)NAN : in->cal->dense_hu};
        for (int c = 0; c < 4; c++)
            out->tissue[n].rgba[c] = rgba[n][c];
    }
    return true;
}

bool nw_bone_find(const struct nw_tissue_input *in, struct nw_tissues *out, struct nw_err *err)
{
    struct bone b = {.in = in};
    const bool ok = find(&b, out, err);
    nw_body_release(&b.body);
    nw_runs_release(&b.runs);
    nw_free(b.run);
    nw_free(b.piece);
    return ok;
}
