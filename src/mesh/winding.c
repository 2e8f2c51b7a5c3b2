/* mesh/winding.c -- see winding_priv.h. */
#include "mesh/winding_priv.h"

#include "core/parallel.h"

enum { W = NW_BVH_WIDE, BLOCK = 512 };
/* Nodes waiting to be visited: all children of a node on each level. */
enum { STACK = W * NW_BVH_LEVELS };

/* A group counts as one from this many of its radii on. */
static const double FAR = 2;

/* What a group of triangles is seen as from afar. */
struct group {
    double size;          /* area */
    nw_vec3 centre, area; /* of the area; sum of normals times area */
    double moment[3][3];  /* of the area vectors about the centre */
    double radius;
};

static struct group group_of_triangle(const struct nw_mesh *mesh, uint32_t t)
{
    const uint32_t *v = mesh->tri[t];
    const nw_vec3 a = mesh->pos_mm[v[0]], b = mesh->pos_mm[v[1]], c = mesh->pos_mm[v[2]];
    struct group g = {.area = nw_scale(nw_cross(nw_sub(b, a), nw_sub(c, a)), 0.5)};
    g.size = nw_length(g.area);
    g.centre = nw_scale(nw_add(a, nw_add(b, c)), 1.0 / 3);
    g.radius =
        sqrt(fmax(nw_length2(nw_sub(a, g.centre)),
                  fmax(nw_length2(nw_sub(b, g.centre)), nw_length2(nw_sub(c, g.centre)))));
    return g;
}

static void add_moment(double m[3][3], nw_vec3 at, nw_vec3 area)
{
    const double x[3] = {at.x, at.y, at.z}, a[3] = {area.x, area.y, area.z};
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            m[i][j] += x[i] * a[j];
}

static struct group group_of_groups(const struct group *part, size_t count)
{
    struct group g = {0};
    for (size_t i = 0; i < count; i++) {
        g.size += part[i].size;
        g.area = nw_add(g.area, part[i].area);
        g.centre = nw_along(g.centre, part[i].centre, part[i].size);
    }
    g.centre = g.size > 0 ? nw_scale(g.centre, 1 / g.size) : part[0].centre;
    for (size_t i = 0; i < count; i++) {
        const nw_vec3 off = nw_sub(part[i].centre, g.centre);
        g.radius = fmax(g.radius, nw_length(off) + part[i].radius);
        add_moment(g.moment, off, part[i].area);
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                g.moment[a][b] += part[i].moment[a][b];
    }
    return g;
}

static void put_group(struct nw_winding_node *n, int c, const struct group *g)
{
    n->centre[0][c] = (float)g->centre.x;
    n->centre[1][c] = (float)g->centre.y;
    n->centre[2][c] = (float)g->centre.z;
    n->area[0][c] = (float)g->area.x;
    n->area[1][c] = (float)g->area.y;
    n->area[2][c] = (float)g->area.z;
    for (int a = 0; a < 3; a++) {
        const int b = (a + 1) % 3;
        n->moment[a][c] = (float)g->moment[a][a];
        n->moment[3 + a][c] = (float)(g->moment[a][b] + g->moment[b][a]);
    }
    const double radius = g->radius * (1 + 1e-6); /* with room for the floats' rounding */
    n->near2[c] = (float)(FAR * FAR * radius * radius);
    n->radius[c] = (float)radius;
    n->size[c] = (float)g->size;
}

/* An absent child: nothing, seen from any distance. */
static void put_nothing(struct nw_winding_node *n, int c)
{
    const struct group none = {0};
    put_group(n, c, &none);
    n->near2[c] = -1;
}

/* The child's box may hold it more tightly than the balls of its parts do. */
static void tighten(struct group *g, const struct nw_bvh_node *n, int c)
{
    const double at[3] = {g->centre.x, g->centre.y, g->centre.z};
    double sum = 0;
    for (int a = 0; a < 3; a++) {
        const double far =
            fmax(fabs(at[a] - (double)n->min[a][c]), fabs((double)n->max[a][c] - at[a]));
        sum += far * far;
    }
    g->radius = fmin(g->radius, sqrt(sum));
}

/* Node i of the leaves; *whole becomes the group of all it holds. */
static void fill_leaf(struct nw_winding *w, size_t i, struct group *whole)
{
    const struct nw_bvh *bvh = w->bvh;
    struct group part[W];
    size_t count = 0;
    for (int c = 0; c < W; c++) {
        if (i * W + (size_t)c >= bvh->count) {
            put_nothing(&w->node[i], c);
            continue;
        }
        part[count] = group_of_triangle(bvh->mesh, bvh->order[i * W + (size_t)c]);
        put_group(&w->node[i], c, &part[count++]);
    }
    *whole = group_of_groups(part, count);
}

static size_t wide(size_t count)
{
    return (count + W - 1) / W;
}

bool nw_winding_init(struct nw_winding *out, const struct nw_bvh *bvh, struct nw_err *err)
{
    const size_t leaves = wide(bvh->count);
    size_t total = 0;
    for (size_t n = leaves; bvh->count > 0; n = wide(n)) {
        total += n;
        if (n == 1)
            break;
    }
    struct nw_winding w = {.bvh = bvh};
    NW_AUTOFREE struct group *group = NW_ALLOC_UNSET(struct group, leaves, err);
    if (group)
        w.node = NW_ALLOC_UNSET(struct nw_winding_node, total, err);
    if (!w.node)
        return false;
    NW_PARALLEL_FOR
    for (size_t k = 0; k < (leaves + BLOCK - 1) / BLOCK; k++)
        for (size_t i = k * BLOCK; i < leaves && i < (k + 1) * BLOCK; i++)
            fill_leaf(&w, i, &group[i]);
    size_t below = leaves;
    for (int l = 1; l <= bvh->top; l++) {
        for (size_t i = 0; i < wide(below); i++) {
            const size_t count = below - i * W < W ? below - i * W : W;
            struct nw_winding_node *n = &w.node[bvh->level[l] + i];
            for (int c = 0; c < W; c++) {
                if ((size_t)c >= count) {
                    put_nothing(n, c);
                    continue;
                }
                tighten(&group[i * W + (size_t)c], &bvh->node[bvh->level[l] + i], c);
                put_group(n, c, &group[i * W + (size_t)c]);
            }
            group[i] = group_of_groups(&group[i * W], count); /* in place: i <= i W */
        }
        below = wide(below);
    }
    *out = w;
    return true;
}

void nw_winding_release(struct nw_winding *winding)
{
    nw_free(winding->node);
    *winding = (struct nw_winding){0};
}

/* The solid angle of a triangle over 4 pi, after van Oosterom and Strackee (1983). */
static double triangle_share(const struct nw_mesh *mesh, uint32_t t, nw_vec3 p)
{
    const uint32_t *v = mesh->tri[t];
    const nw_vec3 a = nw_sub(mesh->pos_mm[v[0]], p), b = nw_sub(mesh->pos_mm[v[1]], p),
                  c = nw_sub(mesh->pos_mm[v[2]], p);
    const double la = nw_length(a), lb = nw_length(b), lc = nw_length(c);
    const double up = nw_dot(a, nw_cross(b, c));
    const double down =
        la * lb * lc + nw_dot(a, b) * lc + nw_dot(b, c) * la + nw_dot(c, a) * lb;
    if (up == 0)
        return 0; /* in the triangle's plane, or on it */
    return nw_atan2(up, down) / (2 * NW_PI);
}

/* Each child's share as a dipole and quadrupole, and whether it is too near for that. */
NW_CLONES
static void far_shares(const struct nw_winding_node *n, const float p[3], float share[W],
                       int32_t near[W])
{
    for (int c = 0; c < W; c++) {
        const float x = n->centre[0][c] - p[0], y = n->centre[1][c] - p[1],
                    z = n->centre[2][c] - p[2];
        const float r2 = x * x + y * y + z * z, inv = 1 / (r2 > 1e-20F ? r2 : 1e-20F);
        const float inv3 = inv * sqrtf(inv);
        const float dipole = n->area[0][c] * x + n->area[1][c] * y + n->area[2][c] * z;
        const float trace = n->moment[0][c] + n->moment[1][c] + n->moment[2][c];
        const float bend = n->moment[0][c] * x * x + n->moment[1][c] * y * y +
                           n->moment[2][c] * z * z + n->moment[3][c] * x * y +
                           n->moment[4][c] * y * z + n->moment[5][c] * z * x;
        share[c] = (dipole + trace - 3 * bend * inv) * inv3;
        near[c] = !(r2 > n->near2[c]);
    }
}

struct visit {
    uint32_t node, level;
};

double nw_winding_number(const struct nw_winding *winding, nw_vec3 p)
{
    const struct nw_bvh *bvh = winding->bvh;
    const float at_p[3] = {(float)p.x, (float)p.y, (float)p.z};
    double dipoles = 0, exact = 0;
    struct visit stack[STACK];
    size_t top = 0;
    if (bvh->top >= 0)
        stack[top++] = (struct visit){0, (uint32_t)bvh->top};
    while (top > 0) {
        const struct visit at = stack[--top];
        float share[W];
        int32_t near[W];
        far_shares(&winding->node[bvh->level[at.level] + at.node], at_p, share, near);
        for (uint32_t c = 0; c < W; c++) {
            const uint32_t child = at.node * W + c;
            if (!near[c])
                dipoles += (double)share[c];
            else if (at.level > 0)
                stack[top++] = (struct visit){child, at.level - 1};
            else
                exact += triangle_share(bvh->mesh, bvh->order[child], p);
        }
    }
    return exact + dipoles / (4 * NW_PI);
}

/* The gradient of a dipole of area A seen from r is at most 2 A / (4 pi r^3). */
double nw_winding_slope(const struct nw_winding *winding, nw_vec3 p, double clear,
                        double radius)
{
    const struct nw_bvh *bvh = winding->bvh;
    double sum = 0;
    struct visit stack[STACK];
    size_t top = 0;
    if (bvh->top >= 0)
        stack[top++] = (struct visit){0, (uint32_t)bvh->top};
    while (top > 0) {
        const struct visit at = stack[--top];
        const struct nw_winding_node *n = &winding->node[bvh->level[at.level] + at.node];
        for (uint32_t c = 0; c < W; c++) {
            if (n->near2[c] < 0)
                continue;
            const nw_vec3 centre = nw_v3((double)n->centre[0][c], (double)n->centre[1][c],
                                         (double)n->centre[2][c]);
            const double size = (double)n->radius[c];
            const double gap = fmax(nw_length(nw_sub(centre, p)) - size, clear) - radius;
            if (at.level > 0 && size > gap) {
                stack[top++] = (struct visit){at.node * W + c, at.level - 1};
                continue;
            }
            sum += (double)n->size[c] / (2 * NW_PI * gap * gap * gap);
        }
    }
    return sum * (1 + 1e-5);
}
