/* strength/element.c -- the stiffness of a cube of eight nodes with incompatible modes. */
#include <string.h>

#include "strength/element_priv.h"

static const double GAUSS = 0.57735026918962576451; /* 1 / sqrt 3 */
enum { MODES = 9, ALL = NW_CUBE_DOFS + MODES };

static double sign_of(int node, int axis)
{
    return node >> axis & 1 ? 1 : -1;
}

/* Slopes of the shapes and of the three bubbles 1 - s^2 at a place of a brick. */
static void slopes(const double s[3], const double side[3], double out[NW_CUBE_NODES + 3][3])
{
    for (int n = 0; n < NW_CUBE_NODES; n++)
        for (int d = 0; d < 3; d++) {
            double v = sign_of(n, d) / 4 / side[d]; /* of (1 + s) / 8, over half a side */
            for (int k = 0; k < 3; k++)
                v *= k == d ? 1 : 1 + sign_of(n, k) * s[k];
            out[n][d] = v;
        }
    for (int b = 0; b < 3; b++)
        for (int d = 0; d < 3; d++)
            out[NW_CUBE_NODES + b][d] = b == d ? -4 * s[b] / side[d] : 0;
}

/* Strains xx yy zz xy yz zx of unit displacements, a column each. */
static void strain_rows(const double slope[][3], int count, double out[6][ALL])
{
    for (int n = 0; n < count; n++) {
        const double x = slope[n][0], y = slope[n][1], z = slope[n][2];
        const double rows[6][3] = {{x, 0, 0}, {0, y, 0}, {0, 0, z},
                                   {y, x, 0}, {0, z, y}, {z, 0, x}};
        for (int r = 0; r < 6; r++)
            memcpy(&out[r][3 * n], rows[r], sizeof rows[r]);
    }
}

void nw_elastic_law(double poisson, double out[6][6])
{
    const double scale = 1 / ((1 + poisson) * (1 - 2 * poisson));
    memset(out, 0, 36 * sizeof(double));
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            out[i][k] = scale * (i == k ? 1 - poisson : poisson);
    for (int i = 3; i < 6; i++)
        out[i][i] = scale * (1 - 2 * poisson) / 2;
}

void nw_cube_strain(double out[6][NW_CUBE_DOFS])
{
    const double middle[3] = {0, 0, 0}, side[3] = {1, 1, 1};
    double slope[NW_CUBE_NODES + 3][3], rows[6][ALL];
    slopes(middle, side, slope);
    strain_rows((const double(*)[3])slope, NW_CUBE_NODES, rows);
    for (int r = 0; r < 6; r++)
        memcpy(out[r], rows[r], NW_CUBE_DOFS * sizeof(double));
}

/* Takes the modes out: they follow the nodes so that no force is left on them. */
static void condense(double k[ALL][ALL])
{
    for (int m = ALL - 1; m >= NW_CUBE_DOFS; m--)
        for (int i = 0; i < m; i++) {
            const double share = k[i][m] / k[m][m];
            for (int j = 0; j < m; j++)
                k[i][j] -= share * k[m][j];
        }
}

void nw_brick_stiffness(double poisson, const double side[3],
                        double out[NW_CUBE_DOFS][NW_CUBE_DOFS])
{
    double law[6][6], k[ALL][ALL] = {{0}};
    nw_elastic_law(poisson, law);
    for (int g = 0; g < 8; g++) {
        const double s[3] = {GAUSS * sign_of(g, 0), GAUSS * sign_of(g, 1),
                             GAUSS * sign_of(g, 2)};
        double slope[NW_CUBE_NODES + 3][3], b[6][ALL];
        slopes(s, side, slope);
        strain_rows((const double(*)[3])slope, NW_CUBE_NODES + 3, b);
        for (int i = 0; i < ALL; i++)
            for (int r = 0; r < 6; r++) {
                double stress = 0;
                for (int c = 0; c < 6; c++)
                    stress += law[r][c] * b[c][i];
                for (int j = 0; j < ALL; j++)
                    k[i][j] += stress * b[r][j] * side[0] * side[1] * side[2] / 8;
            }
    }
    condense(k);
    for (int i = 0; i < NW_CUBE_DOFS; i++)
        for (int j = 0; j < NW_CUBE_DOFS; j++)
            out[i][j] = (k[i][j] + k[j][i]) / 2; /* to the last bit symmetric */
}

void nw_part_stiffness(double poisson, int part, double out[NW_CUBE_DOFS][NW_CUBE_DOFS])
{
    static const double side[3] = {1, 1, 1};
    const double at[3] = {part % NW_CUBE_CUTS, part / NW_CUBE_CUTS % NW_CUBE_CUTS,
                          part / (NW_CUBE_CUTS * NW_CUBE_CUTS)};
    double law[6][6];
    nw_elastic_law(poisson, law);
    memset(out, 0, NW_CUBE_DOFS * sizeof *out);
    for (int g = 0; g < 8; g++) {
        double s[3], slope[NW_CUBE_NODES + 3][3], b[6][ALL];
        for (int d = 0; d < 3; d++)
            s[d] = (2 * at[d] + 1 + GAUSS * sign_of(g, d)) / NW_CUBE_CUTS - 1;
        slopes(s, side, slope);
        strain_rows((const double(*)[3])slope, NW_CUBE_NODES, b);
        for (int i = 0; i < NW_CUBE_DOFS; i++)
            for (int r = 0; r < 6; r++) {
                double stress = 0;
                for (int c = 0; c < 6; c++)
                    stress += law[r][c] * b[c][i];
                for (int j = 0; j < NW_CUBE_DOFS; j++)
                    out[i][j] += stress * b[r][j] / (8 * NW_CUBE_PARTS);
            }
    }
}
