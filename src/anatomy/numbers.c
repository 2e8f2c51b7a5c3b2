/* anatomy/numbers.c -- see numbers_priv.h. Areas are those of each vertex's third of its fan.
 */
#include "anatomy/numbers_priv.h"

#include "core/parallel.h"
#include "mesh/check.h"

enum { FINE = 2000, CHUNK = 8192 };
static const double FINE_MM = 0.001, BIN_MM = 0.05;
/* What all of a surface may be off together, one sigma, mm: the level's systematic part on
 * resolved edges, and a wall's assumed density on thin ones. */
static const double COMMON_MM = 0.012, COMMON_THIN_MM = 0.1;

struct areas {
    double all, fine[FINE + 1], class[NW_CLASS_COUNT];
    double thin2; /* of the squared uncertainty, where thin */
};

static void add_area(const struct nw_mesh *m, size_t t, struct areas *a)
{
    const nw_vec3 p = m->pos_mm[m->tri[t][0]];
    const double third = nw_length(nw_cross(nw_sub(m->pos_mm[m->tri[t][1]], p),
                                            nw_sub(m->pos_mm[m->tri[t][2]], p))) /
                         6;
    a->all += 3 * third;
    for (int c = 0; c < 3; c++) {
        const uint32_t v = m->tri[t][c];
        const double u = m->uncertainty_mm ? (double)m->uncertainty_mm[v] : 0;
        const double bin = u / FINE_MM;
        a->fine[bin < FINE ? (size_t)bin : FINE] += third;
        const uint8_t k = m->vert_class ? m->vert_class[v] : 0;
        a->class[k < NW_CLASS_COUNT ? k : 0] += third;
        a->thin2 += k == NW_CLASS_THIN ? third * u * u : 0;
    }
}

static double quantile(const struct areas *a, double share)
{
    double sum = 0;
    for (size_t n = 0; n <= FINE; n++) {
        sum += a->fine[n];
        if (sum >= share * a->all)
            return ((double)n + 0.5) * FINE_MM;
    }
    return FINE * FINE_MM;
}

static void share_out(const struct areas *a, struct nw_part_numbers *out)
{
    for (size_t n = 0; n <= FINE; n++) {
        const size_t bin = (size_t)((double)n * FINE_MM / BIN_MM);
        out->uncertainty_share[bin < NW_UNCERTAINTY_BINS ? bin : NW_UNCERTAINTY_BINS - 1] +=
            a->fine[n] / a->all;
    }
    for (int c = 0; c < NW_CLASS_COUNT; c++)
        out->class_share[c] = a->class[c] / a->all;
    out->thin_mm = a->class[NW_CLASS_THIN] > 0 ? sqrt(a->thin2 / a->class[NW_CLASS_THIN]) : 0;
    out->uncertainty_p50_mm = quantile(a, 0.5);
    out->uncertainty_p95_mm = quantile(a, 0.95);
}

static bool mean_grey(const struct nw_grey *g, const struct nw_volume *labels, uint8_t part,
                      double *mean, struct nw_err *err)
{
    const size_t slices = g->grid.dim[2], slice = g->grid.dim[0] * g->grid.dim[1];
    NW_AUTOFREE double *sum = NW_ALLOC(double, 2 * slices, err);
    if (!sum)
        return false;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < slices; k++) {
        int64_t s = 0, n = 0;
        for (size_t v = slice * k; v < slice * (k + 1); v++)
            if (labels->u8[v] == part) {
                s += g->v[v];
                n++;
            }
        sum[2 * k] = (double)s;
        sum[2 * k + 1] = (double)n;
    }
    double s = 0, n = 0;
    for (size_t k = 0; k < slices; k++) {
        s += sum[2 * k];
        n += sum[2 * k + 1];
    }
    *mean = n > 0 ? g->scale * s / n + g->shift : (double)NAN;
    return true;
}

bool nw_part_measure(const struct nw_mesh *mesh, const struct nw_grey *grey,
                     const struct nw_volume *labels, uint8_t part, struct nw_part_numbers *out,
                     struct nw_err *err)
{
    NW_AUTOFREE struct areas *areas = NW_ALLOC(struct areas, 1, err);
    NW_AUTOFREE uint32_t *piece = areas ? NW_ALLOC(uint32_t, mesh->tri_count, err) : NULL;
    if (!piece || !nw_mesh_components(mesh, piece, &out->pieces, err) ||
        !mean_grey(grey, labels, part, &out->mean_hu, err))
        return false;
    for (size_t t = 0; t < mesh->tri_count; t++)
        add_area(mesh, t, areas);
    share_out(areas, out);
    out->volume_mm3 = nw_mesh_volume_mm3(mesh);
    out->area_mm2 = nw_mesh_area_mm2(mesh);
    out->box = nw_mesh_box(mesh);
    const double unsure = 1 - out->class_share[NW_CLASS_RESOLVED];
    const double common = COMMON_MM * (1 - unsure) + COMMON_THIN_MM * unsure;
    out->volume_uncertainty_mm3 = out->area_mm2 * common;
    return true;
}

/* How far outward a fixed level lies from the half of dense bone in soft tissue. */
static double threshold_bias_mm(const struct nw_calibration *c, double level_hu)
{
    if (!isfinite(c->dense_hu))
        return NAN;
    const double soft = nw_calibration_soft_hu(c), step = c->dense_hu - soft;
    double lo = -4, hi = 4; /* in sigmas: where the blurred edge passes the level */
    for (int n = 0; n < 40; n++) {
        const double x = 0.5 * (lo + hi);
        const double y = soft + step * 0.5 * (1 - nw_erf(x * 0.70710678118654752440));
        if (y > level_hu)
            lo = x;
        else
            hi = x;
    }
    return lo * c->sigma_xy_mm;
}

void nw_budget_fill(struct nw_reconstruction *r, const struct nw_reconstruct_opts *opts)
{
    struct nw_error_budget b = {.scan_mm = NAN, .print_mm = NAN};
    double area = 0, edge2 = 0, model2 = 0, mesh2 = 0;
    for (size_t p = 0; p < r->part_count; p++) {
        const struct nw_part_numbers *n = &r->numbers[p];
        const double unsure = n->class_share[NW_CLASS_THIN];
        const double moved = 0.5 * fmax(n->simplified.p95_mm, n->smoothed.p95_mm);
        area += n->area_mm2;
        edge2 += n->area_mm2 * n->uncertainty_p50_mm * n->uncertainty_p50_mm;
        model2 += n->area_mm2 * unsure * n->thin_mm * n->thin_mm;
        mesh2 += n->area_mm2 * moved * moved;
    }
    if (area > 0) {
        b.edge_mm = sqrt(edge2 / area);
        b.model_mm = sqrt(model2 / area);
        b.mesh_mm = sqrt(mesh2 / area);
    }
    b.total_mm = sqrt(b.edge_mm * b.edge_mm + b.model_mm * b.model_mm + b.mesh_mm * b.mesh_mm);
    b.bias_mm = opts->fixed_threshold ? threshold_bias_mm(&r->calibration, opts->lo_hu) : 0;
    r->budget = b;
}
