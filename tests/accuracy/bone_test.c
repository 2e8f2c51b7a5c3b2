/*
 * The accuracy contract of bone on scans whose truth is a formula: balls of bone in flesh in
 * air, exactly blurred, with noise. Prints the figures; holds them against the limits.
 *
 * Req: R-040 (the same scan gives the same model, on any number of threads)
 * Req: R-051 (volume and area of a part against the formula)
 */
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "synthetic.h"

enum { BALLS = 12 };

struct figures {
    double bias_mm, rms_mm, coverage, worst_mm;
    size_t verts;
};

/* Balls of one radius at off-grid places in a flesh ball of 32 mm. */
static size_t place_balls(struct ball *ball, double radius, double spread)
{
    size_t count = 0;
    ball[count++] = (struct ball){{0.13, -0.21, 0.08}, 32, 1050};
    if (radius > 8) {
        ball[count++] = (struct ball){{1.37, -2.21, 0.83}, radius, 1200};
        return count;
    }
    for (int n = 0; n < BALLS; n++) {
        const double turn = 2 * NW_PI * n / 6 + (n >= 6 ? 0.4 : 0);
        const nw_vec3 c = {spread * cos(turn) + 0.137 * n, spread * sin(turn) - 0.093 * n,
                           (n >= 6 ? 7.3 : -7.1) + 0.081 * n};
        ball[count++] = (struct ball){c, radius, 1200};
    }
    return count;
}

static struct nw_reconstruction reconstruct(const struct synthetic *s,
                                            const struct nw_reconstruct_opts *opts)
{
    struct nw_scan scan;
    struct nw_err err = {0};
    struct nw_reconstruction r = {0};
    CHECK(synthetic_make(s, &scan, &err));
    if (!nw_reconstruct(&scan, opts, &r, &err))
        printf("# %s\n", err.msg);
    CHECK(err.code == NW_OK);
    nw_scan_release(&scan);
    return r;
}

static struct figures measure(const struct nw_mesh *m, const struct ball *ball, size_t count)
{
    struct figures f = {0};
    struct errors e = {0};
    for (size_t v = 0; v < m->vert_count; v++) {
        double d = HUGE_VAL;
        for (size_t b = 1; b < count; b++) {
            const double x =
                nw_length(nw_sub(m->pos_mm[v], ball[b].centre_mm)) - ball[b].radius_mm;
            d = fabs(x) < fabs(d) ? x : d;
        }
        errors_add(&e, d, (double)m->uncertainty_mm[v]);
        f.worst_mm = fmax(f.worst_mm, fabs(d));
    }
    f.verts = m->vert_count;
    f.bias_mm = bias_of(&e);
    f.rms_mm = rms_of(&e);
    f.coverage = coverage_of(&e);
    return f;
}

static struct figures run(const char *what, struct synthetic s, double radius, double spread)
{
    struct ball ball[BALLS + 1];
    s.ball_count = place_balls(ball, radius, spread);
    s.ball = ball;
    const struct nw_reconstruct_opts opts = {.simplify_mm = -1};
    struct nw_reconstruction r = reconstruct(&s, &opts);
    struct figures f = {0};
    CHECK(r.part_count == 1);
    if (r.part_count == 1) {
        f = measure(&r.model.part[0].mesh, ball, s.ball_count);
        CHECK(r.numbers[0].pieces == s.ball_count - 1);
        const double truth =
            (double)(s.ball_count - 1) * 4 / 3 * NW_PI * radius * radius * radius;
        printf("# %s, R %.1f mm: bias %+.4f, rms %.4f, worst %.3f mm, covered %.1f%%, volume "
               "%+.2f%%, %zu vertices, thin %.1f%%, inferred %.1f%%\n",
               what, radius, f.bias_mm, f.rms_mm, f.worst_mm, f.coverage,
               100 * (r.numbers[0].volume_mm3 / truth - 1), f.verts,
               100 * r.numbers[0].class_share[NW_CLASS_THIN],
               100 * r.numbers[0].class_share[NW_CLASS_INFERRED]);
        CHECK(fabs(r.numbers[0].volume_mm3 - truth) < 3 * r.numbers[0].volume_uncertainty_mm3);
    }
    nw_reconstruction_release(&r);
    return f;
}

static struct synthetic fine(void)
{
    return bone_in_flesh(NULL, 0);
}

static struct synthetic coarse(void)
{
    struct synthetic s = bone_in_flesh(NULL, 0);
    s.dim[0] = s.dim[1] = 104;
    s.dim[2] = 73;
    s.spacing_mm = nw_v3(0.7, 0.7, 1.0);
    s.sigma_mm = 0.55;
    return s;
}

static void hold(const char *voxels, double radius, struct figures f, double bias_mm,
                 double rms_mm)
{
    char text[64];
    snprintf(text, sizeof text, "ball R %g, %s, bias", radius, voxels);
    at_most(text, f.bias_mm, "mm", bias_mm);
    snprintf(text, sizeof text, "ball R %g, %s, rms", radius, voxels);
    at_most(text, f.rms_mm, "mm", rms_mm);
    snprintf(text, sizeof text, "ball R %g, %s, covered", radius, voxels);
    between(text, f.coverage, "%", 60, 76);
}

static const double radii[] = {15, 10, 5, 2.5};

static void fine_voxels_place_surfaces_within_the_limits(void)
{
    for (int n = 0; n < 4; n++)
        hold("0.5 mm", radii[n], run("0.5x0.5x0.625 mm, 30 HU", fine(), radii[n], 17), 0.02,
             0.05);
}

static void coarse_voxels_place_surfaces_within_the_limits(void)
{
    for (int n = 0; n < 4; n++)
        hold("0.7 mm", radii[n], run("0.7x0.7x1.0 mm, 30 HU", coarse(), radii[n], 17), 0.03,
             0.06);
}

int main(void)
{
    UNIT(fine_voxels_place_surfaces_within_the_limits);
    UNIT(coarse_voxels_place_surfaces_within_the_limits);
    return unit_end();
}
