/* anatomy/deface.c -- see deface.h. */
#include "anatomy/deface.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "core/rand.h"

static const double SKIN_HU = -300, BONE_HU = 250, AIR_HU = -1000;
static const double RIM_MM = 1.5;   /* of what lies on bone: its surface stays where it was */
static const double SPECK_MM = 3;   /* thinner things before the skin are none of it */
static const double WINDOW_MM = 20; /* features narrower than twice this go */
static const double FACE_MM = 260;  /* from the top of a head to below its chin */
static const double BLOCK_MM = 16, CHANCE_MM = 8;
static const double FRONT_MM = 30, SIDE_MM = 25; /* at most so deep */

/* ---- may there be a face? ---- */

static bool names_one(const char *text, const char *const *list)
{
    char upper[200];
    size_t n = 0;
    for (; text[n] && n + 1 < sizeof upper; n++)
        upper[n] = (char)toupper((unsigned char)text[n]);
    upper[n] = '\0';
    for (; *list; list++)
        if (strstr(upper, *list))
            return true;
    return false;
}

static const char *const head_words[] = {
    "HEAD",  "SKULL",  "BRAIN",   "FACE",     "FACIAL", "ORBIT", "SINUS", "NECK",  "JAW",
    "MANDI", "MAXIL",  "DENT",    "TEETH",    "TOOTH",  "TMJ",   "EAR",   "NASAL", "NOSE",
    "EYE",   "CSPINE", "C-SPINE", "CERVICAL", "CRANI",  "WHOLE", "SELLA", "PITUI", "CAROTID",
    "头",    "颅",     "颌",      "面",       "口腔",   "牙",    "鼻",    "眼",    "眶",
    "耳",    "颈",     "脑",      "全身",     NULL};
static const char *const other_words[] = {
    "CHEST",  "THORA",  "LUNG",     "HEART",    "CARDI", "CORON",     "BREAST",  "ABDOM",
    "LIVER",  "KIDNEY", "PELVI",    "HIP",      "SACR",  "LSPINE",    "L-SPINE", "TSPINE",
    "LUMBAR", "KNEE",   "LEG",      "FEMUR",    "TIBIA", "FIBULA",    "ANKLE",   "FOOT",
    "FEET",   "TOE",    "SHOULDER", "HUMER",    "ELBOW", "ARM",       "WRIST",   "HAND",
    "FINGER", "RADIUS", "ULNA",     "PROSTATE", "UTER",  "EXTREMITY", "胸",      "肺",
    "心",     "腹",     "肝",       "肾",       "骨盆",  "盆",        "髋",      "骶",
    "腰",     "膝",     "腿",       "股骨",     "胫",    "踝",        "足",      "肩",
    "肱",     "肘",     "腕",       "手",       NULL};

/* The grid's axis along a direction of the patient; *sign: with or against it. */
static bool axis_along(const struct nw_grid *g, nw_vec3 want, int *axis, int *sign)
{
    double best = 0;
    for (int a = 0; a < 3; a++) {
        const double c = nw_dot(nw_unit(g->step_mm[a]), want);
        if (fabs(c) > fabs(best)) {
            best = c;
            *axis = a;
            *sign = c > 0 ? 1 : -1;
        }
    }
    return fabs(best) > 0.82; /* cos 35 degrees */
}

static double value_at(const struct nw_volume *v, const size_t at[3])
{
    return nw_volume_value(v, nw_grid_at(&v->grid, at[0], at[1], at[2]));
}

/* How much of a level is body, in mm2, every second voxel. */
static double level_area(const struct nw_volume *v, int axis, size_t level)
{
    const struct nw_grid *g = &v->grid;
    const int a = (axis + 1) % 3, b = (axis + 2) % 3;
    size_t count = 0, at[3];
    at[axis] = level;
    for (at[a] = 0; at[a] < g->dim[a]; at[a] += 2)
        for (at[b] = 0; at[b] < g->dim[b]; at[b] += 2)
            count += value_at(v, at) > SKIN_HU;
    return 4 * (double)count * nw_length(g->step_mm[a]) * nw_length(g->step_mm[b]);
}

/* Something as wide as a head ends within the scan at its upper end. */
static bool shows_head_top(const struct nw_scan *scan)
{
    const struct nw_volume *v = &scan->volume;
    int axis = 2, sign = 1;
    if (!scan->facts.is_hu || !axis_along(&v->grid, nw_v3(0, 0, 1), &axis, &sign))
        return false;
    const double step = nw_length(v->grid.step_mm[axis]);
    const size_t levels = v->grid.dim[axis], deep = (size_t)(100 / step);
    size_t top = 0;
    while (top < levels && level_area(v, axis, sign > 0 ? levels - 1 - top : top) < 2000)
        top++;
    if ((double)top * step < 5 || top + deep >= levels)
        return false;
    const size_t below = top + deep;
    const double area = level_area(v, axis, sign > 0 ? levels - 1 - below : below);
    return area > 9000 && area < 60000; /* as round as 107 to 276 mm */
}

enum nw_face_chance nw_face_chance_of(const struct nw_scan *scan)
{
    const struct nw_scan_facts *f = &scan->facts;
    const char *said[] = {f->body_part, f->protocol, f->series_description,
                          f->study_description};
    bool other = false;
    for (size_t i = 0; i < 4; i++) {
        if (names_one(said[i], head_words))
            return NW_FACE_EXPECTED;
        other = other || names_one(said[i], other_words);
    }
    if (shows_head_top(scan))
        return NW_FACE_EXPECTED;
    return other ? NW_FACE_NO : NW_FACE_MAY;
}

/* ---- what goes ---- */

/* Looking at the volume from one side: columns run inwards along `axis`. */
struct sight {
    const struct nw_volume *v;
    int axis, across, up; /* of the grid */
    int inward;           /* +1: columns begin at index 0 */
    size_t depth, width, height;
    double step_mm, across_mm, up_mm;
    double skin, bone, air, most_mm;
    float *first, *cut; /* mm from the edge to the skin, and to where it is cut; < 0: no body */
};

static size_t voxel_at(const struct sight *s, size_t u, size_t w, size_t d)
{
    size_t at[3];
    at[s->axis] = s->inward > 0 ? d : s->depth - 1 - d;
    at[s->across] = u;
    at[s->up] = w;
    return nw_grid_at(&s->v->grid, at[0], at[1], at[2]);
}

static void find_skin(const struct sight *s)
{
    const size_t run = 1 + (size_t)(SPECK_MM / s->step_mm);
    NW_PARALLEL_FOR
    for (size_t w = 0; w < s->height; w++)
        for (size_t u = 0; u < s->width; u++) {
            size_t inside = 0, d = 0;
            while (d < s->depth && inside < run) {
                inside = nw_volume_value(s->v, voxel_at(s, u, w, d)) > s->skin ? inside + 1 : 0;
                d++;
            }
            s->first[w * s->width + u] =
                inside == run ? (float)((double)(d - run) * s->step_mm) : -1;
        }
}

/* Along one line: the deepest within the window, of those that are body. */
static void deepest_along(const float *in, float *out, size_t count, size_t stride,
                          size_t reach)
{
    for (size_t i = 0; i < count; i++) {
        float most = -1;
        const size_t from = i > reach ? i - reach : 0;
        for (size_t k = from; k <= i + reach && k < count; k++)
            if (in[k * stride] > most)
                most = in[k * stride];
        out[i * stride] = most;
    }
}

/* The skin without features: as deep as its deepest nearby, and by chance a little deeper. */
static void blunt(const struct sight *s, float *spare, uint64_t seed)
{
    const size_t across = (size_t)(WINDOW_MM / s->across_mm),
                 up = (size_t)(WINDOW_MM / s->up_mm);
    NW_PARALLEL_FOR
    for (size_t w = 0; w < s->height; w++)
        deepest_along(s->first + w * s->width, spare + w * s->width, s->width, 1, across);
    NW_PARALLEL_FOR
    for (size_t u = 0; u < s->width; u++)
        deepest_along(spare + u, s->cut + u, s->height, s->width, up);
    for (size_t w = 0; w < s->height; w++)
        for (size_t u = 0; u < s->width; u++) {
            const size_t at = w * s->width + u;
            const uint64_t block = (uint64_t)((double)w * s->up_mm / BLOCK_MM) << 20 |
                                   (uint64_t)((double)u * s->across_mm / BLOCK_MM);
            const double chance = CHANCE_MM * (1 + nw_rand_even(seed, block)),
                         skin = (double)s->first[at];
            double cut = (double)s->cut[at] + chance;
            if (cut > skin + s->most_mm + chance)
                cut = skin + s->most_mm + chance;
            s->cut[at] = skin < 0 ? -1 : (float)cut;
        }
}

/* One column inwards to its cut, or to the rim of the bone. Returns how many it marked. */
static size_t mark_column(const struct sight *s, size_t u, size_t w, bool with_bone,
                          struct nw_volume *mask)
{
    const float cut = s->cut[w * s->width + u];
    if (cut < 0)
        return 0;
    size_t end = (size_t)((double)cut / s->step_mm), count = 0;
    if (end > s->depth / 2)
        end = s->depth / 2; /* never beyond the middle: the other side has its own sight */
    const size_t rim = (size_t)ceil(RIM_MM / s->step_mm);
    size_t stop = end;
    const size_t skin = (size_t)((double)s->first[w * s->width + u] / s->step_mm);
    for (size_t d = skin; !with_bone && d < end + rim && d < s->depth; d++)
        if (nw_volume_value(s->v, voxel_at(s, u, w, d)) > s->bone) {
            stop = d > rim ? d - rim : 0;
            break;
        }
    for (size_t d = 0; d < stop && d < end; d++) {
        const size_t at = voxel_at(s, u, w, d);
        if (nw_volume_value(s->v, at) > s->air) {
            mask->u8[at] = 1;
            count++;
        }
    }
    return count;
}

/* Levels of the head, counted along `up`: from its top so far down. */
static void head_levels(const struct sight *s, int head_sign, size_t *from, size_t *to)
{
    *from = s->height;
    *to = 0;
    for (size_t w = 0; w < s->height; w++)
        for (size_t u = 0; u < s->width; u++)
            if (s->first[w * s->width + u] >= 0) {
                *from = w < *from ? w : *from;
                *to = w + 1;
                break;
            }
    const size_t reach = (size_t)(FACE_MM / s->up_mm);
    if (head_sign > 0 && *to > reach && *to - reach > *from)
        *from = *to - reach;
    else if (head_sign < 0 && *from + reach < *to)
        *to = *from + reach;
}

/* Columns across, from the front so far back: ears lie before the last third. */
static void front_columns(const struct sight *s, size_t *from, size_t *to)
{
    const struct nw_grid *g = &s->v->grid;
    const bool front_first = g->step_mm[s->across].y > 0;
    *from = s->width;
    *to = 0;
    for (size_t u = 0; u < s->width; u++)
        for (size_t w = 0; w < s->height; w++)
            if (s->first[w * s->width + u] >= 0) {
                *from = u < *from ? u : *from;
                *to = u + 1;
                break;
            }
    if (*from < *to && front_first)
        *to = *to - (*to - *from) / 3;
    else if (*from < *to)
        *from = *from + (*to - *from) / 3;
}

/* Bone beside a column protects its rim too: what lies within the rim of bone stays. */
static void keep_rim(const struct sight *s, struct nw_volume *mask)
{
    const struct nw_grid *g = &mask->grid;
    size_t reach[3];
    for (int a = 0; a < 3; a++)
        reach[a] = (size_t)ceil(RIM_MM / nw_length(g->step_mm[a]));
    NW_PARALLEL_FOR
    for (size_t k = 0; k < g->dim[2]; k++)
        for (size_t j = 0; j < g->dim[1]; j++)
            for (size_t i = 0; i < g->dim[0]; i++) {
                const size_t at = nw_grid_at(g, i, j, k);
                if (!mask->u8[at])
                    continue;
                bool near = false;
                for (int a = 0; a < 3 && !near; a++) {
                    const size_t pos[3] = {i, j, k};
                    const size_t stride = a == 0   ? 1
                                          : a == 1 ? g->dim[0]
                                                   : g->dim[0] * g->dim[1];
                    for (size_t r = 1; r <= reach[a] && !near; r++)
                        near =
                            (pos[a] >= r && nw_volume_value(s->v, at - r * stride) > s->bone) ||
                            (pos[a] + r < g->dim[a] &&
                             nw_volume_value(s->v, at + r * stride) > s->bone);
                }
                if (near)
                    mask->u8[at] = 2; /* taken back below */
            }
    for (size_t n = 0; n < nw_grid_count(g); n++)
        if (mask->u8[n] == 2)
            mask->u8[n] = 0;
}

static bool take_side(const struct nw_scan *scan, struct sight *s, nw_vec3 outward,
                      const struct nw_deface_opts *opts, uint64_t seed, struct nw_volume *mask,
                      struct nw_err *err)
{
    const struct nw_grid *g = &scan->volume.grid;
    int sign = 1, head_sign = 1;
    if (!axis_along(g, outward, &s->axis, &sign) ||
        !axis_along(g, nw_v3(0, 0, 1), &s->up, &head_sign) || s->up == s->axis)
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "the scan lies so obliquely that the face cannot be told from its grid");
    s->inward = -sign;
    s->across = 3 - s->axis - s->up;
    s->depth = g->dim[s->axis];
    s->width = g->dim[s->across];
    s->height = g->dim[s->up];
    s->step_mm = nw_length(g->step_mm[s->axis]);
    s->across_mm = nw_length(g->step_mm[s->across]);
    s->up_mm = nw_length(g->step_mm[s->up]);
    const size_t columns = s->width * s->height;
    NW_AUTOFREE float *first = NW_ALLOC(float, columns, err);
    NW_AUTOFREE float *cut = first ? NW_ALLOC(float, columns, err) : NULL;
    NW_AUTOFREE float *spare = cut ? NW_ALLOC(float, columns, err) : NULL;
    if (!spare)
        return false;
    s->first = first;
    s->cut = cut;
    size_t from, to, left = 0, right = s->width;
    find_skin(s);
    head_levels(s, head_sign, &from, &to);
    if (fabs(outward.x) > 0)
        front_columns(s, &left, &right);
    blunt(s, spare, seed);
    NW_PARALLEL_FOR
    for (size_t w = from; w < to; w++)
        for (size_t u = left; u < right; u++)
            (void)mark_column(s, u, w, opts->with_bone, mask);
    s->first = s->cut = NULL;
    return true;
}

static int by_value(const void *a, const void *b)
{
    const double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

/* What is skin, bone and air without Hounsfield units: by the brightness of the bright. */
static void guess_levels(const struct nw_volume *v, struct sight *s)
{
    enum { SAMPLES = 4096 };
    const size_t count = nw_grid_count(&v->grid);
    double mine[SAMPLES];
    for (size_t i = 0; i < SAMPLES; i++)
        mine[i] = nw_volume_value(v, nw_rand_bits(1, i) % count);
    qsort(mine, SAMPLES, sizeof *mine, by_value);
    const double low = mine[SAMPLES / 50], high = mine[SAMPLES - SAMPLES / 100];
    s->air = low;
    s->skin = low + 0.12 * (high - low);
    s->bone = (double)INFINITY; /* dark like air: cannot be told */
}

bool nw_deface_mark(const struct nw_scan *scan, const struct nw_deface_opts *opts,
                    struct nw_volume *mask, struct nw_defaced *done, struct nw_err *err)
{
    const struct {
        nw_vec3 outward;
        double most_mm;
    } sides[] = {
        {nw_v3(0, -1, 0), FRONT_MM}, {nw_v3(1, 0, 0), SIDE_MM}, {nw_v3(-1, 0, 0), SIDE_MM}};
    struct sight s = {.v = &scan->volume, .skin = SKIN_HU, .bone = BONE_HU, .air = AIR_HU};
    nw_stage("去除面部", "taking the face off");
    if (!scan->facts.is_hu)
        guess_levels(&scan->volume, &s);
    if (!nw_volume_init(mask, NW_VOXEL_U8, &scan->volume.grid, err))
        return false;
    bool ok = true;
    for (size_t i = 0; i < 3 && ok; i++) {
        s.most_mm = sides[i].most_mm;
        ok = take_side(scan, &s, sides[i].outward, opts, opts->seed + i, mask, err) &&
             (nw_progress(i, 4) || nw_fail_cancelled(err));
    }
    if (ok && !opts->with_bone && scan->facts.is_hu)
        keep_rim(&s, mask);
    *done = (struct nw_defaced){.air = s.air, .deepest_mm = FRONT_MM + 2 * CHANCE_MM};
    for (size_t n = 0; ok && n < nw_grid_count(&mask->grid); n++)
        done->voxels += mask->u8[n];
    if (ok && done->voxels == 0)
        ok = nw_fail(err, NW_ERR_GEOMETRY, "there is no skin in the scan to take a face off");
    if (!ok)
        nw_volume_release(mask);
    return ok;
}
