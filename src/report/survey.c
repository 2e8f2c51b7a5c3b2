/* report/survey.c -- see survey_priv.h. */
#include "report/survey_priv.h"

#include <stdlib.h>
#include <string.h>

/* ---- closed? ---- */

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Half edges sorted by their lower end; the higher end is kept with the direction in the lowest
 * bit. Each must have exactly one partner that runs the other way. */
static size_t unmatched(uint64_t *edge, size_t count)
{
    enum { FEW = 32 }; /* as around most vertices: insertion is fastest */
    size_t open = 0;
    if (count > FEW)
        qsort(edge, count, sizeof *edge, by_value);
    for (size_t i = 1; i < count && count <= FEW; i++) {
        const uint64_t e = edge[i];
        size_t j = i;
        for (; j > 0 && edge[j - 1] > e; j--)
            edge[j] = edge[j - 1];
        edge[j] = e;
    }
    for (size_t i = 0; i < count;) {
        size_t end = i;
        while (end < count && edge[end] >> 1 == edge[i] >> 1)
            end++;
        const bool pair = end - i == 2 && edge[i] + 1 == edge[i + 1];
        open += !pair;
        i = end;
    }
    return open;
}

static bool count_open_edges(const struct nw_mesh *m, size_t *open, struct nw_err *err)
{
    const size_t halves = 3 * m->tri_count;
    NW_AUTOFREE size_t *first = NW_ALLOC(size_t, m->vert_count + 2, err);
    if (!first)
        return false;
    NW_AUTOFREE uint64_t *edge = NW_ALLOC_UNSET(uint64_t, halves, err);
    if (!edge)
        return false;
    if (!m->tri)
        return true;
    const uint32_t *v = m->tri[0];
    for (size_t h = 0; h < halves; h++) {
        const uint32_t a = v[h], b = v[h % 3 == 2 ? h - 2 : h + 1];
        first[(a < b ? a : b) + 2]++;
    }
    for (size_t i = 2; i < m->vert_count + 2; i++)
        first[i] += first[i - 1];
    for (size_t h = 0; h < halves; h++) {
        const uint32_t a = v[h], b = v[h % 3 == 2 ? h - 2 : h + 1];
        const uint32_t low = a < b ? a : b, high = a < b ? b : a;
        edge[first[low + 1]++] = (uint64_t)high << 1 | (a > b);
    }
    for (size_t i = 0; i < m->vert_count; i++)
        *open += unmatched(edge + first[i], first[i + 1] - first[i]);
    return true;
}

/* ---- how uncertain? ---- */

enum { FINE_BINS = 4096 };
static const double FINE_MM = 0.001, COARSE_MM = 0.05;

static double triangle_area(const struct nw_mesh *m, size_t t)
{
    const uint32_t *v = m->tri[t];
    const nw_vec3 a = m->pos_mm[v[0]];
    return nw_length(nw_cross(nw_sub(m->pos_mm[v[1]], a), nw_sub(m->pos_mm[v[2]], a))) / 2;
}

static void add_mesh(const struct nw_mesh *m, double *fine, struct nw_survey *s)
{
    for (size_t t = 0; t < m->tri_count; t++) {
        const uint32_t *v = m->tri[t];
        const double third = triangle_area(m, t) / 3;
        for (int k = 0; k < 3; k++) {
            const unsigned c = m->vert_class ? m->vert_class[v[k]] : NW_CLASS_RESOLVED;
            s->class_share[c < NW_CLASS_COUNT ? c : NW_CLASS_RESOLVED] += third;
            const double u = m->uncertainty_mm ? (double)m->uncertainty_mm[v[k]] : -1;
            if (!(u >= 0))
                continue;
            const double at = u / FINE_MM, coarse = u / COARSE_MM;
            fine[at < FINE_BINS - 1 ? (size_t)at : FINE_BINS - 1] += third;
            s->uncertainty_share[coarse < NW_UNCERTAINTY_BINS - 1 ? (size_t)coarse
                                                                  : NW_UNCERTAINTY_BINS - 1] +=
                third;
        }
    }
}

static double quantile(const double *fine, double total, double share)
{
    double below = 0;
    for (size_t b = 0; b < FINE_BINS; b++) {
        if (below + fine[b] >= share * total && fine[b] > 0)
            return FINE_MM * ((double)b + (share * total - below) / fine[b]);
        below += fine[b];
    }
    return FINE_MM * FINE_BINS;
}

static bool measure_uncertainty(const struct nw_model *model, struct nw_survey *s,
                                struct nw_err *err)
{
    NW_AUTOFREE double *fine = NW_ALLOC(double, FINE_BINS, err);
    if (!fine)
        return false;
    double total = 0, classed = 0;
    for (size_t p = 0; p < model->part_count; p++)
        add_mesh(&model->part[p].mesh, fine, s);
    for (size_t b = 0; b < FINE_BINS; b++)
        total += fine[b];
    for (size_t c = 0; c < NW_CLASS_COUNT; c++)
        classed += s->class_share[c];
    for (size_t c = 0; c < NW_CLASS_COUNT && classed > 0; c++)
        s->class_share[c] /= classed;
    for (size_t b = 0; b < NW_UNCERTAINTY_BINS && total > 0; b++)
        s->uncertainty_share[b] /= total;
    s->has_uncertainty = total > 0;
    s->p50_mm = total > 0 ? quantile(fine, total, 0.50) : (double)NAN;
    s->p95_mm = total > 0 ? quantile(fine, total, 0.95) : (double)NAN;
    return true;
}

/* ---- where to look? ---- */

static bool is_doubtful(const struct nw_mesh *m, size_t v)
{
    return (m->vert_class && m->vert_class[v] != NW_CLASS_RESOLVED) ||
           (m->uncertainty_mm && (double)m->uncertainty_mm[v] > NW_REVIEW_ABOVE_MM);
}

static uint32_t root_of(uint32_t *parent, uint32_t v)
{
    while (parent[v] != v) {
        parent[v] = parent[parent[v]];
        v = parent[v];
    }
    return v;
}

/* The lower index becomes the root, so that the order of joining does not show. */
static void join(uint32_t *parent, uint32_t a, uint32_t b)
{
    a = root_of(parent, a);
    b = root_of(parent, b);
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

static void list_place(struct nw_survey *s, const struct nw_place *place)
{
    if (place->area_mm2 < NW_REVIEW_FROM_MM2) {
        s->speck_count++;
        s->speck_area_mm2 += place->area_mm2;
        return;
    }
    const size_t listed = s->place_count < NW_PLACES_LISTED ? s->place_count : NW_PLACES_LISTED;
    s->place_count++;
    s->place_area_mm2 += place->area_mm2;
    size_t at = listed;
    while (at > 0 && s->place[at - 1].area_mm2 < place->area_mm2)
        at--;
    if (at == NW_PLACES_LISTED)
        return;
    const size_t after = (listed < NW_PLACES_LISTED ? listed : NW_PLACES_LISTED - 1) - at;
    memmove(&s->place[at + 1], &s->place[at], after * sizeof s->place[0]);
    s->place[at] = *place;
}

struct patch {
    double area_mm2;
    uint32_t worst_vert;
    uint8_t worst;
};

static void gather_patch(const struct nw_mesh *m, uint32_t v, struct patch *p)
{
    const uint8_t c = m->vert_class ? m->vert_class[v] : 0;
    if (m->uncertainty_mm && m->uncertainty_mm[v] > m->uncertainty_mm[p->worst_vert])
        p->worst_vert = v;
    p->worst = c > p->worst ? c : p->worst;
}

/* One byte a vertex; false when there is nothing to doubt. */
static bool mark_doubtful(const struct nw_mesh *m, uint8_t *doubt)
{
    bool any = false;
    for (size_t v = 0; v < m->vert_count; v++) {
        doubt[v] = is_doubtful(m, v);
        any = any || doubt[v];
    }
    return any;
}

/* Joins neighbours that are both doubtful, and adds up areas at the roots. */
static void join_patches(const struct nw_mesh *m, const uint8_t *doubt, uint32_t *parent,
                         struct patch *patch)
{
    for (size_t v = 0; v < m->vert_count; v++) {
        parent[v] = (uint32_t)v;
        patch[v].worst_vert = (uint32_t)v;
    }
    for (size_t t = 0; t < m->tri_count; t++)
        for (int k = 0; k < 3; k++) {
            const uint32_t a = m->tri[t][k], b = m->tri[t][(k + 1) % 3];
            if (doubt[a] && doubt[b])
                join(parent, a, b);
        }
    for (size_t t = 0; t < m->tri_count; t++) {
        const uint32_t *v = m->tri[t];
        const double third =
            doubt[v[0]] | doubt[v[1]] | doubt[v[2]] ? triangle_area(m, t) / 3 : 0;
        for (int k = 0; k < 3; k++)
            if (doubt[v[k]])
                patch[root_of(parent, v[k])].area_mm2 += third;
    }
    for (uint32_t v = 0; v < m->vert_count; v++)
        if (doubt[v])
            gather_patch(m, v, &patch[root_of(parent, v)]);
}

static void list_patch(const struct nw_mesh *m, size_t part, const struct patch *p,
                       struct nw_survey *s)
{
    const struct nw_place place = {
        .part = part,
        .worst = (enum nw_class)(p->worst < NW_CLASS_COUNT ? p->worst : 0),
        .at_mm = m->pos_mm[p->worst_vert],
        .uncertainty_mm =
            m->uncertainty_mm ? (double)m->uncertainty_mm[p->worst_vert] : (double)NAN,
        .area_mm2 = p->area_mm2,
    };
    list_place(s, &place);
}

static bool find_places(const struct nw_mesh *m, size_t part, struct nw_survey *s,
                        struct nw_err *err)
{
    NW_AUTOFREE uint8_t *doubt = NW_ALLOC_UNSET(uint8_t, m->vert_count, err);
    if (!doubt)
        return false;
    if (!mark_doubtful(m, doubt))
        return true;
    NW_AUTOFREE uint32_t *parent = NW_ALLOC_UNSET(uint32_t, m->vert_count, err);
    if (!parent)
        return false;
    NW_AUTOFREE struct patch *patch = NW_ALLOC(struct patch, m->vert_count, err);
    if (!patch)
        return false;
    join_patches(m, doubt, parent, patch);
    for (size_t v = 0; v < m->vert_count; v++)
        if (doubt[v] && parent[v] == v)
            list_patch(m, part, &patch[v], s);
    return true;
}

/* ---- where do slices show most? ---- */

static size_t fullest(const uint32_t *count, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (count[i] > count[best])
            best = i;
    return best;
}

/* Slabs across each of patient space's axes, and what they hold. */
struct slabs {
    nw_vec3 low_mm;
    double thick_mm;
    size_t count[3]; /* of slabs on each axis, one axis after the other in `filled` */
    uint32_t *filled;
};

static void count_voxel(struct slabs *s, nw_vec3 p)
{
    const double at[3] = {p.x - s->low_mm.x, p.y - s->low_mm.y, p.z - s->low_mm.z};
    uint32_t *filled = s->filled;
    for (int a = 0; a < 3; a++) {
        const double slab = at[a] / s->thick_mm;
        if (slab >= 0 && slab < (double)s->count[a])
            filled[(size_t)slab]++;
        filled += s->count[a];
    }
}

/* Visits labelled voxels, thinned to a few million in all. */
static bool count_voxels(const struct nw_volume *labels, size_t stride, struct slabs *s)
{
    const struct nw_grid *g = &labels->grid;
    bool any = false;
    for (size_t k = 0; k < g->dim[2]; k += stride)
        for (size_t j = 0; j < g->dim[1]; j += stride)
            for (size_t i = 0; i < g->dim[0]; i += stride)
                if (labels->u8[nw_grid_at(g, i, j, k)] > 0) {
                    const nw_ijk at = {(double)i, (double)j, (double)k};
                    count_voxel(s, nw_grid_point(g, at));
                    any = true;
                }
    return any;
}

/* The middle of the fullest slab on each axis; the grid may lie at any angle to them. */
static bool densest(const struct nw_volume *labels, nw_vec3 *out, struct nw_err *err)
{
    enum { VISITED = 4 << 20 };
    const double thinnest_mm = 1;
    size_t stride = 1;
    while (nw_grid_count(&labels->grid) / (stride * stride * stride) > VISITED)
        stride++;
    const nw_vec3 step = nw_grid_spacing(&labels->grid);
    const nw_box box = nw_grid_box(&labels->grid);
    struct slabs s = {.low_mm = nw_sub(box.min, nw_v3(1, 1, 1))};
    s.thick_mm = fmax(thinnest_mm, 2 * (double)stride * fmax(step.x, fmax(step.y, step.z)));
    const nw_vec3 size = nw_sub(box.max, s.low_mm);
    s.count[0] = (size_t)(size.x / s.thick_mm) + 1;
    s.count[1] = (size_t)(size.y / s.thick_mm) + 1;
    s.count[2] = (size_t)(size.z / s.thick_mm) + 1;
    NW_AUTOFREE uint32_t *filled =
        NW_ALLOC(uint32_t, s.count[0] + s.count[1] + s.count[2], err);
    if (!filled)
        return false;
    s.filled = filled;
    if (!count_voxels(labels, stride, &s))
        return true;
    const uint32_t *of_y = filled + s.count[0], *of_z = of_y + s.count[1];
    const nw_vec3 slab = {(double)fullest(filled, s.count[0]),
                          (double)fullest(of_y, s.count[1]), (double)fullest(of_z, s.count[2])};
    *out = nw_along(s.low_mm, nw_add(slab, nw_v3(0.5, 0.5, 0.5)), s.thick_mm);
    return true;
}

static void nearest_vertex(const struct nw_model *model, struct nw_survey *s)
{
    double best = HUGE_VAL;
    for (size_t p = 0; p < model->part_count; p++)
        for (size_t v = 0; v < model->part[p].mesh.vert_count; v++) {
            const nw_vec3 at = model->part[p].mesh.pos_mm[v];
            const double d = nw_length2(nw_sub(at, s->through_mm));
            if (d < best) {
                best = d;
                s->detail_mm = at;
            }
        }
}

bool nw_survey(const struct nw_reconstruction *r, struct nw_survey *out, struct nw_err *err)
{
    struct nw_survey s = {0};
    nw_box box = nw_box_empty();
    for (size_t p = 0; p < r->model.part_count; p++) {
        const struct nw_mesh *m = &r->model.part[p].mesh;
        if (!count_open_edges(m, &s.open_edges, err) || !find_places(m, p, &s, err))
            return false;
        s.tri_count += m->tri_count;
        const nw_box b = nw_mesh_box(m);
        if (m->vert_count > 0)
            box = nw_box_with(nw_box_with(box, b.min), b.max);
    }
    s.closed = s.open_edges == 0 && s.tri_count > 0;
    s.through_mm = s.tri_count ? nw_scale(nw_add(box.min, box.max), 0.5) : nw_v3(0, 0, 0);
    if (!measure_uncertainty(&r->model, &s, err))
        return false;
    if (r->labels.data && r->labels.type == NW_VOXEL_U8 &&
        !densest(&r->labels, &s.through_mm, err))
        return false;
    nearest_vertex(&r->model, &s);
    *out = s;
    return true;
}
