/* strength/stress.c -- stress at places, and the same problem as text for CalculiX. */
#include <math.h>
#include <string.h>

#include "core/text.h"
#include "strength/elastic_priv.h"
#include "strength/element_priv.h"

/* Cubes about a place that a fit is made of, and its terms: 1 x y z xx yy zz xy yz zx. */
enum { REACH = 3, TERMS = 10, FEW = 8, ENOUGH = 24 };
static const float FULL = 0.999F;
static const double WIDE = 2.8; /* cells: as far as the fit reaches */

static void stress_of_cube(const struct nw_elastic *e, size_t x, size_t y, size_t z,
                           double out[6])
{
    const struct nw_level *l = &e->level[0];
    double strain_of[6][NW_CUBE_DOFS], law[6][6], strain[6] = {0};
    nw_cube_strain(strain_of);
    nw_elastic_law(e->poisson, law);
    for (size_t b = 0; b < NW_CUBE_NODES; b++) {
        const double *u =
            &e->moved[3 * nw_node_at(l, x + (b & 1), y + (b >> 1 & 1), z + (b >> 2))];
        for (size_t c = 0; c < 3; c++)
            for (int r = 0; r < 6; r++)
                strain[r] += strain_of[r][3 * b + c] * u[c] / e->cell_mm;
    }
    for (int r = 0; r < 6; r++) {
        out[r] = 0;
        for (int c = 0; c < 6; c++)
            out[r] += e->young_mpa * law[r][c] * strain[c];
    }
}

/* Solves a symmetric positive system in place for six right sides; false when it is not. */
static bool solve(double a[TERMS][TERMS], double b[TERMS][6], int n)
{
    for (int k = 0; k < n; k++) {
        const double limit = 1e-9 * fmax(a[k][k], 1e-300);
        for (int j = 0; j < k; j++)
            a[k][k] -= a[k][j] * a[k][j];
        if (!(a[k][k] > limit))
            return false;
        a[k][k] = sqrt(a[k][k]);
        for (int i = k + 1; i < n; i++) {
            for (int j = 0; j < k; j++)
                a[i][k] -= a[i][j] * a[k][j];
            a[i][k] /= a[k][k];
        }
        for (int s = 0; s < 6; s++) {
            for (int j = 0; j < k; j++)
                b[k][s] -= a[k][j] * b[j][s];
            b[k][s] /= a[k][k];
        }
    }
    for (int k = n - 1; k >= 0; k--)
        for (int s = 0; s < 6; s++) {
            for (int i = k + 1; i < n; i++)
                b[k][s] -= a[i][k] * b[i][s];
            b[k][s] /= a[k][k];
        }
    return true;
}

struct samples {
    size_t count;
    double place[(2 * REACH + 1) * (2 * REACH + 1) * (2 * REACH + 1)][3]; /* in cells */
    double weight[(2 * REACH + 1) * (2 * REACH + 1) * (2 * REACH + 1)];
    double stress[(2 * REACH + 1) * (2 * REACH + 1) * (2 * REACH + 1)][6];
};

static void take_samples(const struct nw_elastic *e, nw_vec3 p, struct samples *s)
{
    const struct nw_level *l = &e->level[0];
    const nw_vec3 at = nw_scale(nw_sub(p, e->origin_mm), 1 / e->cell_mm);
    const double mid[3] = {floor(at.x), floor(at.y), floor(at.z)};
    s->count = 0;
    for (int dz = -REACH; dz <= REACH; dz++)
        for (int dy = -REACH; dy <= REACH; dy++)
            for (int dx = -REACH; dx <= REACH; dx++) {
                const double x = mid[0] + dx, y = mid[1] + dy, z = mid[2] + dz;
                if (x < 0 || y < 0 || z < 0 || x >= (double)l->n[0] || y >= (double)l->n[1] ||
                    z >= (double)l->n[2] ||
                    l->share[nw_cube_at(l, (size_t)x, (size_t)y, (size_t)z)] < FULL)
                    continue;
                const double rx = x + 0.5 - at.x, ry = y + 0.5 - at.y, rz = z + 0.5 - at.z;
                const double far = (rx * rx + ry * ry + rz * rz) / (WIDE * WIDE);
                if (far >= 1)
                    continue;
                memcpy(s->place[s->count], (double[3]){rx, ry, rz}, 3 * sizeof(double));
                s->weight[s->count] = (1 - far) * (1 - far);
                stress_of_cube(e, (size_t)x, (size_t)y, (size_t)z, s->stress[s->count++]);
            }
}

/* The fit's value at the place itself is its first term. */
static bool fit(const struct samples *s, int terms, double out[6])
{
    double a[TERMS][TERMS] = {{0}}, b[TERMS][6] = {{0}};
    for (size_t k = 0; k < s->count; k++) {
        const double x = s->place[k][0], y = s->place[k][1], z = s->place[k][2];
        const double term[TERMS] = {1, x, y, z, x * x, y * y, z * z, x * y, y * z, z * x};
        for (int i = 0; i < terms; i++) {
            for (int j = 0; j < terms; j++)
                a[i][j] += s->weight[k] * term[i] * term[j];
            for (int c = 0; c < 6; c++)
                b[i][c] += s->weight[k] * term[i] * s->stress[k][c];
        }
    }
    for (int i = 1; i < terms; i++) /* what the cubes do not tell (walls of two cubes) is 0 */
        a[i][i] += 1e-7 * a[0][0];
    if (!solve(a, b, terms))
        return false;
    memcpy(out, b[0], 6 * sizeof(double));
    return true;
}

bool nw_elastic_stress(const struct nw_elastic *e, nw_vec3 point_mm, double stress_mpa[6])
{
    struct samples s;
    take_samples(e, point_mm, &s);
    return (s.count >= ENOUGH && fit(&s, TERMS, stress_mpa)) ||
           (s.count >= FEW && fit(&s, 4, stress_mpa)) ||
           (s.count > 0 && fit(&s, 1, stress_mpa));
}

double nw_von_mises_mpa(const double s[6])
{
    const double a = s[0] - s[1], b = s[1] - s[2], c = s[2] - s[0];
    return sqrt((a * a + b * b + c * c) / 2 + 3 * (s[3] * s[3] + s[4] * s[4] + s[5] * s[5]));
}

/* ---- for another program ---- */

static bool put_nodes(const struct nw_elastic *e, struct nw_text *out, struct nw_err *err)
{
    const struct nw_level *l = &e->level[0];
    bool ok = nw_text_add(out, "*NODE, NSET=ALL\n", err);
    for (size_t i = 0; ok && i < l->nodes; i++) {
        const size_t wide = l->n[0] + 1, high = l->n[1] + 1;
        const nw_vec3 p = nw_along(
            e->origin_mm,
            nw_v3((double)(i % wide), (double)(i / wide % high), (double)(i / wide / high)),
            e->cell_mm);
        if (l->moves[i] || e->fixed[i])
            ok = nw_text_addf(out, err, "%zu, %.9g, %.9g, %.9g\n", i + 1, p.x, p.y, p.z);
    }
    return ok;
}

static bool put_cubes(const struct nw_elastic *e, struct nw_text *out, struct nw_err *err)
{
    static const size_t order[8] = {0, 1, 3, 2, 4, 5, 7, 6};
    const struct nw_level *l = &e->level[0];
    bool ok = nw_text_add(out, "*ELEMENT, TYPE=C3D8I, ELSET=CUBES\n", err);
    for (size_t c = 0; ok && c < l->n[0] * l->n[1] * l->n[2]; c++) {
        const size_t x = c % l->n[0], y = c / l->n[0] % l->n[1], z = c / l->n[0] / l->n[1];
        if (l->share[c] <= 0)
            continue;
        if (l->share[c] < FULL)
            return nw_fail(err, NW_ERR_GEOMETRY,
                           "a cell is cut by the surface; another program cannot be asked");
        ok = nw_text_addf(out, err, "%zu", c + 1);
        for (size_t k = 0; ok && k < 8; k++)
            ok = nw_text_addf(out, err, ", %zu",
                              nw_node_at(l, x + (order[k] & 1), y + (order[k] >> 1 & 1),
                                         z + (order[k] >> 2)) +
                                  1);
        ok = ok && nw_text_add(out, "\n", err);
    }
    return ok;
}

bool nw_elastic_inp(const struct nw_elastic *e, struct nw_text *out, struct nw_err *err)
{
    const struct nw_level *l = &e->level[0];
    bool ok = put_nodes(e, out, err) && put_cubes(e, out, err) &&
              nw_text_addf(out, err,
                           "*MATERIAL, NAME=M\n*ELASTIC\n%.9g, %.9g\n"
                           "*SOLID SECTION, ELSET=CUBES, MATERIAL=M\n*BOUNDARY\n",
                           e->young_mpa, e->poisson);
    for (size_t i = 0; ok && i < l->nodes; i++)
        if (e->fixed[i])
            ok = nw_text_addf(out, err, "%zu, 1, 3\n", i + 1);
    ok = ok && nw_text_add(out, "*STEP\n*STATIC\n*CLOAD\n", err);
    for (size_t i = 0; ok && i < 3 * l->nodes; i++)
        if (e->force[i] != 0 && l->moves[i / 3])
            ok = nw_text_addf(out, err, "%zu, %zu, %.12g\n", i / 3 + 1, i % 3 + 1, e->force[i]);
    return ok && nw_text_add(out, "*NODE PRINT, NSET=ALL\nU\n*END STEP\n", err);
}
