/* field/foreign.c -- a triangle mesh as a leaf: see mesh/solid.h. */
#include "field/field_priv.h"
#include "mesh/solid.h"

static void solid_values(const void *own, const double *x, const double *y, const double *z,
                         size_t count, double *value)
{
    nw_solid_distances(own, x, y, z, count, value);
}

static struct slope solid_slope(const void *own, nw_vec3 p, struct slope other)
{
    (void)other;
    struct slope s;
    s.value = nw_solid_gradient(own, p, &s.grad);
    return s;
}

static nw_interval solid_range(const void *own, const struct region *r, nw_interval other)
{
    (void)other;
    nw_interval in;
    nw_solid_range(own, r->centre, r->radius, &in.min, &in.max);
    return in;
}

static void solid_free(void *own)
{
    nw_solid_free(own);
}

static const struct own_kind solid_kind = {solid_values, solid_slope, solid_range, solid_free};

const struct nw_solid *nw_field_solid(const struct nw_field *f, nw_node a)
{
    const struct node *n = &f->node[a];
    return n->kind == NODE_OWN && n->own_kind == &solid_kind ? n->own : NULL;
}

nw_node nw_field_mesh(struct nw_field *f, const struct nw_mesh *mesh, struct nw_err *err)
{
    if (err->code != NW_OK)
        return -1;
    struct nw_solid *solid = nw_solid_new(mesh, err);
    const struct own_cost cost = {64, 0};
    return solid ? nw_field_add_own(f, &solid_kind, solid, -1, cost, err) : -1;
}
