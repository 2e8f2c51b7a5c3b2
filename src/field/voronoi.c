/*
 * field/voronoi.c -- the edges of Voronoi cells. The face between two seeds is the plane half
 * way, cut by the planes half way to the others, the nearest first; each of its sides belongs
 * to three seeds and is taken where the lowest two of them meet.
 */
#include "core/parallel.h"
#include "core/rand.h"
#include "field/lattice.h"

enum {
    AROUND = 3,   /* cubes looked at on each side */
    MOST = 343,   /* 7^3 of them */
    CORNERS = 64, /* of a face, while it is cut */
    SEED_LIMIT = 1 << 20,
};

/* A grid of seeds that never ends: seed (i, j, k). */
struct seeds {
    double spacing_mm, jitter;
    uint64_t seed;
};

struct cube {
    int64_t i, j, k;
};

static nw_vec3 seed_at(const struct seeds *s, struct cube c)
{
    const uint64_t at = (uint64_t)(c.i + (1 << 20)) | (uint64_t)(c.j + (1 << 20)) << 21 |
                        (uint64_t)(c.k + (1 << 20)) << 42;
    const double x = nw_rand_even(s->seed, 3 * at), y = nw_rand_even(s->seed, 3 * at + 1),
                 z = nw_rand_even(s->seed, 3 * at + 2);
    return nw_v3(((double)c.i + 0.5 + s->jitter * (x - 0.5)) * s->spacing_mm,
                 ((double)c.j + 0.5 + s->jitter * (y - 0.5)) * s->spacing_mm,
                 ((double)c.k + 0.5 + s->jitter * (z - 0.5)) * s->spacing_mm);
}

/* One around a seed; its place counts from that seed. */
struct other {
    nw_vec3 at;
    double d2;
    struct cube cube;
};

static bool is_before(struct cube a, struct cube b)
{
    return a.k != b.k ? a.k < b.k : a.j != b.j ? a.j < b.j : a.i < b.i;
}

/* All around a seed, the nearest first. */
static size_t gather(const struct seeds *s, struct cube own, struct other *list)
{
    const nw_vec3 from = seed_at(s, own);
    size_t count = 0;
    for (int64_t k = -AROUND; k <= AROUND; k++)
        for (int64_t j = -AROUND; j <= AROUND; j++)
            for (int64_t i = -AROUND; i <= AROUND; i++) {
                if (i == 0 && j == 0 && k == 0)
                    continue;
                struct other o = {.cube = {own.i + i, own.j + j, own.k + k}};
                o.at = nw_sub(seed_at(s, o.cube), from);
                o.d2 = nw_length2(o.at);
                size_t n = count++;
                for (; n > 0 && list[n - 1].d2 > o.d2; n--)
                    list[n] = list[n - 1];
                list[n] = o;
            }
    return count;
}

/* A face: its corners in order, and beyond which seed each side from a corner on lies. */
struct face {
    nw_vec3 corner[CORNERS];
    size_t beyond[CORNERS];
    size_t count;
};

static struct face start_face(const struct other *o, double size)
{
    const nw_vec3 n = nw_unit(o->at), middle = nw_scale(o->at, 0.5);
    const nw_vec3 axis = fabs(n.x) < 0.6 ? nw_v3(1, 0, 0) : nw_v3(0, 1, 0);
    const nw_vec3 u = nw_scale(nw_unit(nw_cross(n, axis)), size),
                  v = nw_scale(nw_cross(n, nw_unit(u)), size);
    struct face f = {.count = 4};
    for (int c = 0; c < 4; c++) {
        f.corner[c] =
            nw_along(nw_along(middle, u, c == 0 || c == 3 ? 1 : -1), v, c < 2 ? 1 : -1);
        f.beyond[c] = SIZE_MAX;
    }
    return f;
}

/* Keeps what is nearer to the seed than to the other (Sutherland and Hodgman 1974). */
static void cut(struct face *f, const struct other *o, size_t which)
{
    struct face to;
    to.count = 0;
    for (size_t a = 0; a < f->count; a++) {
        const size_t b = (a + 1) % f->count;
        const double da = nw_dot(f->corner[a], o->at) - o->d2 / 2,
                     db = nw_dot(f->corner[b], o->at) - o->d2 / 2;
        if (to.count + 2 > CORNERS)
            break; /* does not happen: a face of a cell has few sides */
        if (da <= 0) {
            to.corner[to.count] = f->corner[a];
            to.beyond[to.count++] = f->beyond[a];
        }
        if ((da <= 0) == (db <= 0))
            continue;
        to.corner[to.count] =
            nw_along(f->corner[a], nw_sub(f->corner[b], f->corner[a]), da / (da - db));
        /* leaving, the cut itself begins; coming back, the old side goes on */
        to.beyond[to.count++] = da <= 0 ? which : f->beyond[a];
    }
    *f = to;
}

static double reach2(const struct face *f)
{
    double far = 0;
    for (size_t c = 0; c < f->count; c++)
        far = fmax(far, nw_length2(f->corner[c]));
    return far;
}

struct edges {
    nw_vec3 (*ends)[2];
    size_t count, room;
};

static bool add_edges(struct edges *out, const struct face *f, const struct other *list,
                      struct cube own, size_t j, nw_vec3 from, double shortest,
                      struct nw_err *err)
{
    for (size_t c = 0; c < f->count; c++) {
        const size_t k = f->beyond[c];
        if (k == SIZE_MAX || !is_before(own, list[k].cube) ||
            !is_before(list[j].cube, list[k].cube))
            continue; /* of three seeds, the lowest two have it */
        const nw_vec3 a = f->corner[c], b = f->corner[(c + 1) % f->count];
        if (!(nw_length(nw_sub(a, b)) > shortest))
            continue;
        if (!nw_grow(&out->ends, &out->room, out->count + 1, sizeof *out->ends, err))
            return false;
        out->ends[out->count][0] = nw_add(a, from);
        out->ends[out->count++][1] = nw_add(b, from);
    }
    return true;
}

static bool add_cell(const struct seeds *s, struct cube own, struct edges *out,
                     struct nw_err *err)
{
    struct other list[MOST];
    const size_t count = gather(s, own, list);
    const nw_vec3 from = seed_at(s, own);
    for (size_t j = 0; j < count; j++) {
        if (!is_before(own, list[j].cube))
            continue;
        struct face f = start_face(&list[j], 4 * s->spacing_mm);
        for (size_t k = 0; k < count && f.count > 0; k++) {
            if (list[k].d2 > 4 * reach2(&f))
                break; /* too far to cut any more */
            if (k != j)
                cut(&f, &list[k], k);
        }
        if (!add_edges(out, &f, list, own, j, from, 1e-6 * s->spacing_mm, err))
            return false;
    }
    return true;
}

static bool is_in(nw_box box, nw_vec3 p)
{
    return p.x >= box.min.x && p.y >= box.min.y && p.z >= box.min.z && p.x <= box.max.x &&
           p.y <= box.max.y && p.z <= box.max.z;
}

static void keep_in(nw_box box, struct edges *e)
{
    size_t kept = 0;
    for (size_t i = 0; i < e->count; i++) {
        if (!is_in(box, e->ends[i][0]) && !is_in(box, e->ends[i][1]))
            continue;
        const nw_vec3 a = e->ends[i][0], b = e->ends[i][1];
        e->ends[kept][0] = a;
        e->ends[kept++][1] = b;
    }
    e->count = kept;
}

static bool check_opts(nw_box box, const struct seeds *s, struct nw_err *err)
{
    const nw_vec3 size = nw_box_size(box);
    if (!(s->spacing_mm > 0 && isfinite(s->spacing_mm)))
        return nw_fail(err, NW_ERR_ARGUMENT, "%s is %g mm and must be above 0",
                       "the spacing of seeds", s->spacing_mm);
    if (!(s->jitter >= 0 && s->jitter <= 1))
        return nw_fail(err, NW_ERR_ARGUMENT, "a jitter is %g and must be 0 to 1", s->jitter);
    if (!nw_finite3(box.min) || !nw_finite3(box.max) ||
        !(size.x > 0 && size.y > 0 && size.z > 0))
        return nw_fail(err, NW_ERR_ARGUMENT, "the box of a lattice must have a volume");
    const double far = fmax(fabs(box.min.x), fabs(box.max.x)) +
                       fmax(fabs(box.min.y), fabs(box.max.y)) +
                       fmax(fabs(box.min.z), fabs(box.max.z));
    const double all = (size.x / s->spacing_mm + 3) * (size.y / s->spacing_mm + 3) *
                       (size.z / s->spacing_mm + 3);
    if (!(all <= SEED_LIMIT && far / s->spacing_mm < SEED_LIMIT / 2))
        return nw_fail(err, NW_ERR_LIMIT,
                       "a lattice of seeds %g mm apart is too fine for its box", s->spacing_mm);
    return true;
}

bool nw_voronoi_struts(nw_box box, double spacing_mm, double jitter, uint64_t seed,
                       nw_vec3 (**ends_mm)[2], size_t *count, struct nw_err *err)
{
    const struct seeds s = {spacing_mm, jitter, seed};
    if (!check_opts(box, &s, err))
        return false;
    const double lo[3] = {box.min.x, box.min.y, box.min.z},
                 hi[3] = {box.max.x, box.max.y, box.max.z};
    int64_t first[3], last[3];
    for (int a = 0; a < 3; a++) { /* an edge in the box is at most so far from its seeds */
        first[a] = (int64_t)floor(lo[a] / spacing_mm) - 2;
        last[a] = (int64_t)floor(hi[a] / spacing_mm) + 2;
    }
    struct edges e = {0};
    bool ok = true;
    for (int64_t k = first[2]; k <= last[2] && ok; k++)
        for (int64_t j = first[1]; j <= last[1] && ok; j++)
            for (int64_t i = first[0]; i <= last[0] && ok; i++)
                ok = add_cell(&s, (struct cube){i, j, k}, &e, err);
    if (!ok) {
        nw_free(e.ends);
        return false;
    }
    keep_in(box, &e);
    *ends_mm = e.ends;
    *count = e.count;
    return true;
}
