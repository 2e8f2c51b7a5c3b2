/* report/slice.c -- a plane of the scan in grey with the exact sections of the parts on it. */
#include "report/picture.h"

#include <string.h>

#include "report/canvas_priv.h"

static const double BONE_CENTRE = 350, BONE_WIDTH = 2000; /* HU */
static const double AROUND_SHARE = 0.08, AROUND_MM = 8;   /* shown beyond the model */

/* Directions of the picture in patient space: right and down unit axes, and the plane's. */
struct layout {
    int right, down, across; /* 0 x, 1 y, 2 z */
    double down_sign;
    const char *letter[4]; /* left, right, top, bottom */
    double low_mm;         /* of `right`, at the left edge */
    double first_mm;       /* of `down`, at the top edge */
    double at_mm;          /* of `across` */
    double mm_per_px;
    size_t width, height;
};

/* As radiologists look: axial from the feet, coronal from the front, sagittal from the left. */
static struct layout layout_of(enum nw_plane plane)
{
    switch (plane) {
    case NW_PLANE_AXIAL:
        return (struct layout){0, 1, 2, 1, {"R", "L", "A", "P"}, 0, 0, 0, 0, 0, 0};
    case NW_PLANE_CORONAL:
        return (struct layout){0, 2, 1, -1, {"R", "L", "H", "F"}, 0, 0, 0, 0, 0, 0};
    case NW_PLANE_SAGITTAL:
        return (struct layout){1, 2, 0, -1, {"A", "P", "H", "F"}, 0, 0, 0, 0, 0, 0};
    }
    NW_UNREACHABLE();
}

static double axis_of(nw_vec3 v, int axis)
{
    return axis == 0 ? v.x : axis == 1 ? v.y : v.z;
}

static nw_vec3 with_axis(nw_vec3 v, int axis, double value)
{
    if (axis == 0)
        v.x = value;
    else if (axis == 1)
        v.y = value;
    else
        v.z = value;
    return v;
}

static nw_box shown_box(const struct nw_volume *vol, const struct nw_model *model)
{
    nw_box box = nw_box_empty();
    for (size_t p = 0; p < model->part_count; p++) {
        const nw_box b = nw_mesh_box(&model->part[p].mesh);
        if (model->part[p].mesh.vert_count > 0)
            box = nw_box_with(nw_box_with(box, b.min), b.max);
    }
    if (!(box.min.x <= box.max.x))
        return vol ? nw_grid_box(&vol->grid) : box;
    const nw_vec3 size = nw_box_size(box);
    box = nw_box_grown(box, AROUND_MM + AROUND_SHARE * fmax(size.x, fmax(size.y, size.z)));
    if (!vol)
        return box;
    const nw_box scan = nw_grid_box(&vol->grid);
    box.min = nw_max3(box.min, scan.min);
    box.max = nw_min3(box.max, scan.max);
    return box;
}

/* Of the box, in the picture's directions. */
static void place_box(struct layout *l, nw_box box, const struct nw_slice_opts *opts)
{
    const double low = axis_of(box.min, l->right), wide = axis_of(box.max, l->right) - low;
    const double foot = axis_of(box.min, l->down), tall = axis_of(box.max, l->down) - foot;
    l->width = opts->width ? opts->width : 480;
    l->height = opts->height;
    l->mm_per_px = wide / (double)l->width;
    if (l->height == 0) {
        const double slack = 1e-6; /* of a pixel: a square field has a square picture */
        const double rows = ceil(tall / l->mm_per_px - slack), most = 8 * (double)l->width;
        l->height = rows < 1 ? 1 : (size_t)(rows < most ? rows : most);
    }
    l->mm_per_px = fmax(l->mm_per_px, tall / (double)l->height);
    l->low_mm = low + wide / 2 - l->mm_per_px * (double)l->width / 2;
    l->first_mm = foot + tall / 2 - l->down_sign * l->mm_per_px * (double)l->height / 2;
}

static bool place(struct layout *l, const struct nw_volume *vol, const struct nw_model *model,
                  const struct nw_slice_opts *opts, struct nw_err *err)
{
    nw_box box = shown_box(vol, model);
    if (opts->field_mm > 0)
        box = nw_box_grown((nw_box){opts->through_mm, opts->through_mm}, opts->field_mm / 2);
    const nw_vec3 size = nw_box_size(box);
    if (!(size.x > 0 && size.y > 0 && size.z > 0) || !nw_finite3(opts->through_mm))
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "a slice cannot be drawn: neither scan nor model reach there");
    place_box(l, box, opts);
    l->at_mm = axis_of(opts->through_mm, l->across);
    return true;
}

static nw_vec3 pixel_point(const struct layout *l, size_t x, size_t y)
{
    nw_vec3 p = {0, 0, 0};
    p = with_axis(p, l->right, l->low_mm + ((double)x + 0.5) * l->mm_per_px);
    p = with_axis(p, l->down, l->first_mm + l->down_sign * ((double)y + 0.5) * l->mm_per_px);
    return with_axis(p, l->across, l->at_mm);
}

/* Within half a voxel of the voxels' middles there are data; beyond there are none. */
static bool inside_grid(const struct nw_grid *g, nw_ijk p)
{
    return p.i >= -0.5 && p.i <= (double)g->dim[0] - 0.5 && p.j >= -0.5 &&
           p.j <= (double)g->dim[1] - 0.5 && p.k >= -0.5 && p.k <= (double)g->dim[2] - 0.5;
}

static void paint_greys(const struct nw_volume *vol, const struct layout *l, double centre,
                        double width, struct nw_picture *p)
{
    const struct nw_grid_inverse inv = nw_grid_invert(&vol->grid);
    for (size_t y = 0; y < p->height; y++) {
        for (size_t x = 0; x < p->width; x++) {
            const nw_ijk at = nw_grid_index(&inv, pixel_point(l, x, y));
            if (!inside_grid(&vol->grid, at))
                continue;
            const double t = (nw_volume_sample(vol, at) - centre) / width + 0.5;
            const uint8_t grey = (uint8_t)rint(255 * (t > 0 ? (t < 1 ? t : 1) : 0));
            memset(p->rgb + 3 * (y * p->width + x), grey, 3);
        }
    }
}

/* Where the edge from a to b meets the plane, in pixels; da and db lie on its two sides. The
 * corner below comes first, so that both triangles of an edge find the same point. */
static void crossing(const struct layout *l, nw_vec3 a, nw_vec3 b, double *x, double *y)
{
    if (axis_of(a, l->across) > axis_of(b, l->across)) {
        const nw_vec3 was = a;
        a = b;
        b = was;
    }
    const double da = axis_of(a, l->across) - l->at_mm, db = axis_of(b, l->across) - l->at_mm;
    const nw_vec3 p = nw_along(a, nw_sub(b, a), da / (da - db));
    *x = (axis_of(p, l->right) - l->low_mm) / l->mm_per_px;
    *y = (axis_of(p, l->down) - l->first_mm) * l->down_sign / l->mm_per_px;
}

/* A vertex on the plane counts as above it, so that each triangle gives one stroke or none. */
static void mark_above(const struct layout *l, const struct nw_mesh *m, uint8_t *above)
{
    for (size_t v = 0; v < m->vert_count; v++)
        above[v] = axis_of(m->pos_mm[v], l->across) >= l->at_mm;
}

static void stroke_triangle(const struct layout *l, const struct nw_mesh *m,
                            const uint32_t v[3], const uint8_t *above, double width,
                            struct nw_mask *mask)
{
    double x[3] = {0}, y[3] = {0};
    int ends = 0;
    for (int k = 0; k < 3; k++) {
        const uint32_t a = v[k], b = v[(k + 1) % 3];
        if (above[a] != above[b]) {
            crossing(l, m->pos_mm[a], m->pos_mm[b], &x[ends], &y[ends]);
            ends++;
        }
    }
    nw_mask_stroke(mask, x[0], y[0], x[1], y[1], width);
}

static bool stroke_section(const struct layout *l, const struct nw_mesh *m, double width,
                           struct nw_mask *mask, struct nw_err *err)
{
    NW_AUTOFREE uint8_t *above = NW_ALLOC_UNSET(uint8_t, m->vert_count, err);
    if (!above)
        return false;
    mark_above(l, m, above);
    for (size_t t = 0; t < m->tri_count; t++) {
        const uint32_t *v = m->tri[t];
        const int count = above[v[0]] + above[v[1]] + above[v[2]];
        if (count != 0 && count != 3)
            stroke_triangle(l, m, v, above, width, mask);
    }
    return true;
}

static bool draw_sections(const struct layout *l, const struct nw_model *model, double width,
                          struct nw_mask *mask, struct nw_picture *p, struct nw_err *err)
{
    for (size_t k = 0; k < model->part_count; k++) {
        uint8_t rgb[3];
        nw_outline_colour(model, k, rgb);
        if (!stroke_section(l, &model->part[k].mesh, width, mask, err))
            return false;
        nw_mask_paint(mask, p, rgb);
    }
    return true;
}

static void letter(const struct layout *l, struct nw_picture *p, struct nw_mask *mask)
{
    struct nw_lettering look = {
        .size_px = fmax(13, 0.032 * (double)p->width),
        .ink = {255, 255, 255},
        .align = NW_ALIGN_LEFT,
    };
    const double w = (double)p->width, h = (double)p->height, foot = h / 2 + look.size_px / 2;
    nw_canvas_text(p, mask, 8, foot, l->letter[0], &look);
    look.align = NW_ALIGN_RIGHT;
    nw_canvas_text(p, mask, w - 8, foot, l->letter[1], &look);
    look.align = NW_ALIGN_MIDDLE;
    nw_canvas_text(p, mask, w / 2, 8 + look.size_px, l->letter[2], &look);
    nw_canvas_text(p, mask, w / 2, h - 8, l->letter[3], &look);
    nw_canvas_scale_bar(p, mask, 12, h - 12, l->mm_per_px, w / 4, &look);
}

bool nw_picture_of_slice(const struct nw_volume *vol, const struct nw_model *model,
                         const struct nw_slice_opts *opts, struct nw_picture *out,
                         struct nw_err *err)
{
    static const uint8_t no_data[3] = {24, 28, 34};
    struct layout l = layout_of(opts->plane);
    double centre = opts->window_centre, width = opts->window_width;
    if (width == 0) {
        centre = BONE_CENTRE;
        width = BONE_WIDTH;
    }
    if (!(width > 0) || !isfinite(centre))
        return nw_fail(err, NW_ERR_ARGUMENT, "the window of a slice must be wider than 0");
    if (!place(&l, vol, model, opts, err))
        return false;

    struct nw_picture p = {0};
    NW_AUTO(nw_mask) mask = {0};
    bool ok =
        nw_picture_init(&p, l.width, l.height, no_data, err) && nw_mask_init(&mask, &p, err);
    if (ok && vol)
        paint_greys(vol, &l, centre, width, &p);
    ok = ok && draw_sections(&l, model, opts->field_mm > 0 ? 2 : 1.8, &mask, &p, err);
    if (!ok) {
        nw_picture_release(&p);
        return false;
    }
    letter(&l, &p, &mask);
    *out = p;
    return true;
}
