/* print/stack.c -- writing stacks of layer pictures; see stack.h. */
#include "print/stack.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "core/parallel.h"
#include "core/text.h"
#include "print/bundle_priv.h"
#include "print/png_priv.h"
#include "print/stack_priv.h"

enum { BATCH = 8, FADE_LAYERS = 10 };

struct writer {
    const struct nw_stack_job *job;
    struct nw_bundle bundle;
    struct nw_stack_proof proof;
    struct nw_packer packer;
    size_t width, height; /* of the pictures */
    size_t from[2];       /* the bed's pixel that the pictures begin with */
    uint8_t (*palette)[4];
    double droplets[256]; /* of each material */
};

/* The window's pixels to the machine's picture, of which `rows` holds those that matter. */
static void lay_out(const struct writer *w, const uint8_t *coverage, uint8_t *rows)
{
    const struct nw_layers *l = w->job->layers;
    const struct nw_pixels *p = &w->job->machine->pixels;
    const size_t width = nw_layers_width(l);
    const bool along = p->column_axis == 'x';
    const ptrdiff_t pitch = (ptrdiff_t)w->width;
    const ptrdiff_t step_c = p->column_back ? -1 : 1, step_r = p->row_back ? -pitch : pitch;
    const ptrdiff_t start =
        (p->column_back ? pitch - 1 : 0) +
        ((p->row_back ? (ptrdiff_t)w->height - 1 : 0) - (ptrdiff_t)w->packer.row_lo) * pitch;
    const ptrdiff_t step_i = along ? step_c : step_r, step_j = along ? step_r : step_c;
    memset(rows, 0, w->width * (w->packer.row_hi - w->packer.row_lo));
    for (size_t j = l->lo[1]; j < l->hi[1]; j++) {
        const uint8_t *row = coverage + (j - l->lo[1]) * width;
        uint8_t *to = rows + (start + (ptrdiff_t)(j - w->from[1]) * step_j +
                              (ptrdiff_t)(l->lo[0] - w->from[0]) * step_i);
        for (size_t i = 0; i < width; i++)
            to[(ptrdiff_t)i * step_i] = row[i];
    }
}

/* Which rows of the picture the window lies in. */
static bool begin_packer(struct writer *w, struct nw_err *err)
{
    const struct nw_layers *l = w->job->layers;
    const struct nw_pixels *p = &w->job->machine->pixels;
    const int axis = p->row_axis == 'x' ? 0 : 1;
    const size_t begin = l->lo[axis] - w->from[axis], end = l->hi[axis] - w->from[axis];
    const size_t lo = p->row_back ? w->height - end : begin;
    const size_t hi = p->row_back ? w->height - begin : end;
    w->proof.row_lo = lo;
    w->proof.row_hi = hi;
    if (!nw_packer_init(&w->packer, w->width, w->height, lo, hi, err))
        return false;
    w->packer.palette = (const uint8_t(*)[4])w->palette;
    return true;
}

/* Colours of the materials by number; nothing is clear. */
static bool make_palette(struct writer *w, struct nw_err *err)
{
    const struct nw_machine *m = w->job->machine;
    w->palette = nw_alloc(256, sizeof *w->palette, err);
    for (size_t n = 0; w->palette && n < m->material_count && n < 255; n++) {
        memcpy(w->palette[n + 1], m->material[n].rgb, 3);
        w->palette[n + 1][3] = 255;
    }
    return w->palette != NULL;
}

/* Counts the droplets and leaves what is and what is not. */
static void count_droplets(struct writer *w, uint8_t *pixel, size_t count)
{
    size_t number[256] = {0};
    for (size_t n = 0; n < count; n++) {
        number[pixel[n]]++;
        pixel[n] = pixel[n] ? 255 : 0;
    }
    for (int n = 0; n < 256; n++)
        w->droplets[n] += (double)number[n];
}

struct packed {
    uint8_t *png;
    size_t len;
    struct nw_err err;
};

static void pack_layer(struct writer *w, size_t layer, uint8_t *coverage, struct packed *out)
{
    const struct nw_layers *l = w->job->layers;
    const size_t size = w->width * (w->proof.row_hi - w->proof.row_lo);
    if (!l->fill(l->user, layer, l->lo[1], l->hi[1], coverage, &out->err))
        return;
    NW_AUTOFREE uint8_t *rows = nw_alloc_unset(size, 1, &out->err);
    if (!rows)
        return;
    lay_out(w, coverage, rows);
    w->proof.sum[layer] = (uint32_t)crc32_z(crc32(0, NULL, 0), rows, size);
    out->png = nw_packer_pack(&w->packer, rows, &out->len, &out->err);
}

static bool add_layer(struct writer *w, size_t layer, const struct packed *p,
                      struct nw_err *err)
{
    char name[64];
    if (p->err.code) {
        *err = p->err;
        return false;
    }
    if (w->job->kind == NW_STACK_SL1)
        (void)snprintf(name, sizeof name, "%.48s%05zu.png", w->job->name, layer);
    else
        (void)snprintf(name, sizeof name, "layers/%05zu.png", layer);
    return nw_bundle_add(&w->bundle, name, p->png, p->len, err);
}

static bool write_layers(struct writer *w, struct nw_track *track, struct nw_err *err)
{
    const struct nw_layers *l = w->job->layers;
    const size_t size = nw_layers_width(l) * nw_layers_rows(l);
    NW_AUTOFREE uint8_t *coverage = nw_alloc_unset(size, BATCH, err);
    bool ok = coverage != NULL;
    for (size_t k = 0; ok && k < l->count; k += BATCH) {
        struct packed packed[BATCH] = {{0}};
        const size_t count = l->count - k < BATCH ? l->count - k : BATCH;
        NW_PARALLEL_FOR_UNEVEN
        for (size_t b = 0; b < count; b++)
            pack_layer(w, k + b, coverage + b * size, &packed[b]);
        for (size_t b = 0; b < count; b++) {
            ok = ok && add_layer(w, k + b, &packed[b], err);
            if (ok && w->job->kind == NW_STACK_MATERIAL)
                count_droplets(w, coverage + b * size, size);
            ok = ok && nw_track_add(track, coverage + b * size, err);
            nw_free(packed[b].png);
        }
        if (ok && !nw_progress(k + count, l->count))
            ok = nw_fail_cancelled(err);
    }
    return ok;
}

/* ---- the texts beside the pictures ---- */

static double total_time_s(const struct nw_stack_job *job)
{
    const struct nw_material *m = job->material;
    double time = (double)job->layers->count * job->machine->layer_time_s;
    for (size_t k = 0; k < job->layers->count; k++) {
        const double fade = k < FADE_LAYERS ? (double)k / FADE_LAYERS : 1;
        time += m->first_exposure_s + (m->exposure_s - m->first_exposure_s) * fade;
    }
    return time;
}

/* Of each material by its own density. */
static struct nw_stack_cost droplet_cost(const struct writer *w, double volume_mm3)
{
    const struct nw_layers *l = w->job->layers;
    const double droplet = l->pixel_mm[0] * l->pixel_mm[1] * l->layer_mm;
    struct nw_stack_cost c = {.volume_mm3 = volume_mm3, .time_s = total_time_s(w->job)};
    for (size_t n = 0; n < w->job->machine->material_count && n < 255; n++) {
        const struct nw_material *m = &w->job->machine->material[n];
        c.material_mm3[n + 1] = w->droplets[n + 1] * droplet;
        const double mass = c.material_mm3[n + 1] * m->density_g_cm3 / 1000;
        c.mass_g += mass;
        c.cost += mass / 1000 * m->cost_per_kg;
    }
    return c;
}

static struct nw_stack_cost cost_of(const struct nw_stack_job *job, double volume_mm3)
{
    const struct nw_material *m = job->material;
    const double mass = volume_mm3 * m->density_g_cm3 / 1000;
    return (struct nw_stack_cost){.volume_mm3 = volume_mm3,
                                  .mass_g = mass,
                                  .cost = mass / 1000 * m->cost_per_kg,
                                  .time_s = total_time_s(job)};
}

struct line {
    const char *key;
    double value;
};

static bool add_lines(struct nw_text *text, const struct line *line, size_t count,
                      struct nw_err *err)
{
    char number[NW_NUMBER_MAX];
    for (size_t n = 0; n < count; n++) {
        (void)nw_number_format(number, line[n].value);
        if (!nw_text_addf(text, err, "%s = %s\n", line[n].key, number))
            return false;
    }
    return true;
}

static bool add_sl1_config(struct writer *w, const struct nw_stack_cost *cost,
                           struct nw_err *err)
{
    const struct nw_stack_job *job = w->job;
    const struct line line[] = {
        {"expTime", job->material->exposure_s},
        {"expTimeFirst", job->material->first_exposure_s},
        {"layerHeight", job->layers->layer_mm},
        {"numFade", FADE_LAYERS},
        {"numFast", (double)job->layers->count},
        {"numSlow", 0},
        {"printTime", rint(cost->time_s)},
        {"usedMaterial", rint(cost->volume_mm3) / 1000},
    };
    struct nw_text text;
    nw_text_init(&text, 1 << 16);
    const bool ok =
        nw_text_addf(&text, err,
                     "action = print\njobDir = %s\nhollow = 0\nexpUserProfile = 0\n",
                     job->name) &&
        add_lines(&text, line, sizeof line / sizeof *line, err) &&
        nw_text_addf(&text, err,
                     "materialName = %s\nprinterModel = %s\nprinterProfile = %s %s\n"
                     "printerVariant = default\nprintProfile = %s\nprusaSlicerVersion = %s\n",
                     job->material->name, job->machine->name, job->machine->name,
                     job->machine->revision, job->program, job->program) &&
        nw_bundle_add(&w->bundle, "config.ini", text.data, text.len, err);
    nw_text_release(&text);
    return ok;
}

/* PrusaSlicer reads the picture's geometry here. */
static bool add_sl1_profile(struct writer *w, struct nw_err *err)
{
    const struct nw_machine *m = w->job->machine;
    const struct nw_pixels *p = &m->pixels;
    const bool portrait = p->column_axis == 'y';
    /* PrusaSlicer's picture of a bed: columns along +x (or +y), rows against +y (or x) */
    const bool mirror_x = portrait ? p->row_back : p->column_back;
    const bool mirror_y = portrait ? p->column_back : !p->row_back;
    const struct line line[] = {
        {"display_width", m->build_mm[0]},
        {"display_height", m->build_mm[1]},
        {"display_pixels_x", (double)p->count[0]},
        {"display_pixels_y", (double)p->count[1]},
        {"display_mirror_x", mirror_x},
        {"display_mirror_y", mirror_y},
        {"max_print_height", m->build_mm[2]},
        {"layer_height", w->job->layers->layer_mm},
        {"initial_layer_height", w->job->layers->layer_mm},
        {"exposure_time", w->job->material->exposure_s},
        {"initial_exposure_time", w->job->material->first_exposure_s},
        {"faded_layers", FADE_LAYERS},
        {"gamma_correction", 1},
        {"relative_correction_x", 1},
        {"relative_correction_y", 1},
        {"relative_correction_z", 1},
    };
    struct nw_text text;
    nw_text_init(&text, 1 << 16);
    char x[NW_NUMBER_MAX], y[NW_NUMBER_MAX];
    (void)nw_number_format(x, m->build_mm[0]);
    (void)nw_number_format(y, m->build_mm[1]);
    const bool ok = nw_text_addf(&text, err,
                                 "printer_technology = SLA\ndisplay_orientation = %s\n"
                                 "bed_shape = 0x0,%sx0,%sx%s,0x%s\nrelative_correction = 1,1\n",
                                 portrait ? "portrait" : "landscape", x, x, y, y) &&
                    add_lines(&text, line, sizeof line / sizeof *line, err) &&
                    nw_bundle_add(&w->bundle, "prusaslicer.ini", text.data, text.len, err);
    nw_text_release(&text);
    return ok;
}

static const char *axis_text(char axis, bool back, char out[4])
{
    out[0] = back ? '-' : '+';
    out[1] = axis;
    out[2] = 0;
    return out;
}

/* "materials": their numbers are their places, from 1 */
static bool add_material_names(struct nw_text *text, const struct nw_machine *m,
                               struct nw_err *err)
{
    bool ok = nw_text_add(text, "  \"materials\": [null", err);
    for (size_t n = 0; ok && n < m->material_count; n++)
        ok = nw_text_addf(text, err, ", \"%s\"", m->material[n].name);
    return ok && nw_text_add(text, "],\n", err);
}

static bool add_manifest(struct writer *w, const struct nw_stack_cost *cost, struct nw_err *err)
{
    const struct nw_stack_job *job = w->job;
    const struct nw_pixels *p = &job->machine->pixels;
    const bool along = p->column_axis == 'x';
    const struct nw_compensation *by = &job->machine->compensation;
    char column[4], row[4], n[9][NW_NUMBER_MAX];
    (void)nw_number_format(n[0], job->layers->pixel_mm[along ? 0 : 1]);
    (void)nw_number_format(n[1], job->layers->pixel_mm[along ? 1 : 0]);
    (void)nw_number_format(n[2], job->layers->layer_mm);
    (void)nw_number_format_fixed(n[3], cost->volume_mm3, 3);
    for (size_t a = 0; a < 3; a++)
        (void)nw_number_format(n[4 + a], by->scale[a]);
    (void)nw_number_format(n[7], by->outward_mm);
    (void)nw_number_format(n[8], by->first_layer_mm);
    struct nw_text text;
    nw_text_init(&text, 1 << 16);
    const bool ok =
        nw_text_addf(&text, err,
                     "{\n  \"format\": \"nuwa-stack-1\",\n  \"program\": \"%s\",\n"
                     "  \"machine\": \"%s\",\n  \"revision\": \"%s\",\n"
                     "  \"material\": \"%s\",\n  \"content\": \"%s\",\n"
                     "  \"first_x\": %zu,\n  \"first_y\": %zu,\n"
                     "  \"layers\": %zu,\n  \"layer_mm\": %s,\n"
                     "  \"columns\": %zu,\n  \"rows\": %zu,\n"
                     "  \"column_mm\": %s,\n  \"row_mm\": %s,\n"
                     "  \"column_axis\": \"%s\",\n  \"row_axis\": \"%s\",\n"
                     "  \"compensation\": {\"scale\": [%s, %s, %s], \"outward_mm\": %s, "
                     "\"first_layer_mm\": %s},\n"
                     "  \"volume_mm3\": %s,\n",
                     job->program, job->machine->name, job->machine->revision,
                     job->kind == NW_STACK_MATERIAL ? "" : job->material->name,
                     job->kind == NW_STACK_MATERIAL ? "material" : "coverage", w->from[0],
                     w->from[1], job->layers->count, n[2], w->width, w->height, n[0], n[1],
                     axis_text(p->column_axis, p->column_back, column),
                     axis_text(p->row_axis, p->row_back, row), n[4], n[5], n[6], n[7], n[8],
                     n[3]) &&
        (job->kind != NW_STACK_MATERIAL || add_material_names(&text, job->machine, err)) &&
        nw_text_add(&text, "  \"pictures\": \"layers/%05d.png\"\n}\n", err) &&
        nw_bundle_add(&w->bundle, "manifest.json", text.data, text.len, err);
    nw_text_release(&text);
    return ok;
}

/* ---- the whole ---- */

static bool check_job(const struct nw_stack_job *job, struct nw_err *err)
{
    const struct nw_machine *m = job->machine;
    for (int a = 0; a < 2; a++)
        if (m->pixels.count[a] == 0 ||
            fabs(job->layers->pixel_mm[a] - nw_machine_pixel_mm(m, a)) > 1e-9)
            return nw_fail(err, NW_ERR_ARGUMENT, "%s does not print pictures of these pixels",
                           m->name);
    return true;
}

static bool write_all(struct writer *w, struct nw_track *track, struct nw_tracked *found,
                      struct nw_stack_cost *cost, struct nw_stack_facts *back,
                      struct nw_err *err)
{
    if (!write_layers(w, track, err) || !nw_track_end(track, found, err))
        return false;
    *cost = w->job->kind == NW_STACK_MATERIAL ? droplet_cost(w, found->volume_mm3)
                                              : cost_of(w->job, found->volume_mm3);
    const bool texts = w->job->kind == NW_STACK_SL1
                           ? add_sl1_config(w, cost, err) && add_sl1_profile(w, err)
                           : add_manifest(w, cost, err);
    if (!texts || !nw_bundle_finish(&w->bundle, err))
        return false;
    nw_stage("读回核对", "reading back");
    return nw_stack_read_proved(nw_out_path(w->bundle.out), &w->proof, back, err);
}

/* Whole plates; of materials only the part itself, whose place the manifest says. */
static void measure_pictures(struct writer *w)
{
    const struct nw_layers *l = w->job->layers;
    const struct nw_pixels *p = &w->job->machine->pixels;
    const bool part = w->job->kind == NW_STACK_MATERIAL;
    const int column = p->column_axis == 'x' ? 0 : 1, row = 1 - column;
    for (int a = 0; a < 2; a++)
        w->from[a] = part ? l->lo[a] : 0;
    w->width = part ? l->hi[column] - l->lo[column] : p->count[column];
    w->height = part ? l->hi[row] - l->lo[row] : p->count[row];
}

bool nw_stack_write(const char *path, const struct nw_stack_job *job, struct nw_tracked *found,
                    struct nw_stack_cost *cost, struct nw_stack_facts *back, struct nw_err *err)
{
    if (!check_job(job, err))
        return false;
    struct writer w = {
        .job = job,
        .proof = {.layers = job->layers->count,
                  .sum = NW_ALLOC(uint32_t, job->layers->count, err)},
    };
    measure_pictures(&w);
    struct nw_track *track = w.proof.sum ? nw_track_new(job->layers, &job->track, err) : NULL;
    const bool ok = track && (job->kind != NW_STACK_MATERIAL || make_palette(&w, err)) &&
                    begin_packer(&w, err) && nw_bundle_init(&w.bundle, path, err) &&
                    write_all(&w, track, found, cost, back, err) &&
                    nw_bundle_end(&w.bundle, err);
    nw_bundle_release(&w.bundle);
    nw_packer_release(&w.packer);
    nw_track_free(track);
    nw_free(w.palette);
    nw_free(w.proof.sum);
    return ok;
}
