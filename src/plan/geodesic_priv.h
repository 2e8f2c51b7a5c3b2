/* plan/geodesic_priv.h -- what the bound and the windows of a shortest way share. */
#ifndef NW_PLAN_GEODESIC_PRIV_H
#define NW_PLAN_GEODESIC_PRIV_H

#include "core/mesh.h"

#define NW_NO_TWIN UINT32_MAX
/* Half edge h = 3 t + k runs from corner k of triangle t to the next; twin[h] is the other at
 * its edge. NW_ERR_GEOMETRY for an edge with more than two triangles. */
NW_MUST_CHECK bool nw_twins(const struct nw_mesh *mesh, uint32_t *twin, struct nw_err *err);
/* Each edge has two triangles, which run it in opposite ways. */
bool nw_twins_closed(const struct nw_mesh *mesh, const uint32_t *twin);

/* Corners (3 t + k) at each vertex: those of v are list[first[v]] .. list[first[v + 1] - 1]. */
struct nw_fans {
    size_t *first;
    uint32_t *list;
};
NW_MUST_CHECK bool nw_fans_init(struct nw_fans *out, const struct nw_mesh *mesh,
                                struct nw_err *err);
void nw_fans_release(struct nw_fans *fans);

/* The least key first; of equal ones the one that came first. */
struct nw_queued {
    double key;
    uint64_t serial;
    uint32_t what;
};
struct nw_queue {
    struct nw_queued *item;
    size_t count, room;
    uint64_t serial;
};
NW_MUST_CHECK bool nw_queue_push(struct nw_queue *q, double key, uint32_t what,
                                 struct nw_err *err);
struct nw_queued nw_queue_pop(struct nw_queue *q);

/* The length of the shortest way between two vertices, which is at most `bound`. */
NW_MUST_CHECK bool nw_windows_run(const struct nw_mesh *mesh, uint32_t source, uint32_t target,
                                  double bound, double *out, struct nw_err *err);

#endif
