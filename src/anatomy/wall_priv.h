/*
 * anatomy/wall_priv.h -- a wall seen through a blur: soft tissue or air, dense bone, and what
 * lies behind, along one profile. The two edges and the three levels are fitted together, the
 * level of dense bone held by what is known of it, as firmly as it is known (after Treece et
 * al. 2010, who fix it). A wide wall so tells its own level, a thin one takes the known one.
 */
#ifndef NW_ANATOMY_WALL_PRIV_H
#define NW_ANATOMY_WALL_PRIV_H

#include <stdbool.h>

enum { NW_WALL_REACH = 12, NW_WALL_SAMPLES = 2 * NW_WALL_REACH + 1 };

/* Of the Gaussian: its integral and itself at n + phase / NW_WALL_PHASES half sigmas before the
 * middle, as many rows as phases and one more, so that a profile's samples lie side by side. */
enum { NW_WALL_PHASES = 32, NW_WALL_FAR = 40 };
struct nw_wall_table {
    float cdf[NW_WALL_PHASES + 1][2 * NW_WALL_FAR + 1];
    float pdf[NW_WALL_PHASES + 1][2 * NW_WALL_FAR + 1];
};
void nw_wall_table_fill(struct nw_wall_table *table);

/* Lengths are in sigmas of the blur, outward positive, from the profile's middle sample. */
struct nw_wall {
    double outer, inner; /* where the wall begins and ends: outer > inner */
    double y0, y1, y2;   /* grey outside, in the wall, behind it */
    double level;        /* what the blurred profile shows at `outer` */
    double outer_sd;     /* one sigma of `outer`: by noise and by what is not known of y1 */
    double misfit;       /* of the samples, root mean square, in units of the noise */
};

struct nw_wall_known {
    double y1, y1_sd; /* of dense bone */
    double noise;     /* of a sample, one sigma */
};

enum nw_wall_found {
    NW_WALL_NONE,   /* no wall with its far side in reach, or none that fits */
    NW_WALL_FITTED, /* *out is filled */
    NW_WALL_WIDE,   /* there is one, wide enough to see its density, and it was not asked for */
};

/*
 * Fits the wall that begins about the middle of y, samples half a sigma apart from the inside
 * to the outside. Cost: about a microsecond.
 */
enum nw_wall_found nw_wall_fit(const struct nw_wall_table *table,
                               const double y[NW_WALL_SAMPLES],
                               const struct nw_wall_known *known, bool wide_too,
                               struct nw_wall *out);

#endif
