/* io/dicom_seg.c -- labels as a binary Segmentation (PS3.3 A.51): see dicom.h. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "io/dicom.h"
#include "io/dicom_head_priv.h"
#include "io/file.h"

static const char SEG_CLASS[] = "1.2.840.10008.5.1.4.1.1.66.4";

/* A slice that has voxels of a segment. */
struct frame {
    size_t segment, slice;
};

struct seg {
    const struct nw_volume *labels;
    const struct nw_segment *segment;
    size_t segment_count, frame_count, frame_room;
    struct frame *frame;
    struct nw_dicom_uids uids;
    char dimension[NW_UID_MAX];
};

static bool is_label(const struct nw_volume *v, size_t index, uint16_t label)
{
    return (v->type == NW_VOXEL_U8 ? v->u8[index] : v->u16[index]) == label;
}

static bool has_label(const struct nw_volume *v, size_t slice, uint16_t label)
{
    const size_t plane = v->grid.dim[0] * v->grid.dim[1];
    for (size_t i = slice * plane; i < (slice + 1) * plane; i++)
        if (is_label(v, i, label))
            return true;
    return false;
}

static bool list_frames(struct seg *s, struct nw_err *err)
{
    for (size_t n = 0; n < s->segment_count; n++)
        for (size_t k = 0; k < s->labels->grid.dim[2]; k++) {
            if (!has_label(s->labels, k, s->segment[n].label))
                continue;
            if (!nw_grow(&s->frame, &s->frame_room, s->frame_count + 1, sizeof *s->frame, err))
                return false;
            s->frame[s->frame_count++] = (struct frame){n, k};
        }
    return s->frame_count > 0 ||
           nw_fail(err, NW_ERR_GEOMETRY, "none of the segments has a voxel");
}

/* Bits run on from frame to frame, the lowest first. */
static uint8_t *pack_bits(const struct seg *s, size_t *len, struct nw_err *err)
{
    const size_t plane = s->labels->grid.dim[0] * s->labels->grid.dim[1];
    *len = (s->frame_count * plane + 7) / 8;
    uint8_t *bits = NW_ALLOC(uint8_t, *len, err);
    for (size_t f = 0; bits && f < s->frame_count; f++) {
        const uint16_t label = s->segment[s->frame[f].segment].label;
        const size_t from = s->frame[f].slice * plane, to = f * plane;
        for (size_t i = 0; i < plane; i++)
            if (is_label(s->labels, from + i, label))
                bits[(to + i) / 8] |= (uint8_t)(1u << (to + i) % 8);
    }
    return bits;
}

/* What a name means in SNOMED CT; an unknown one is tissue. */
static void put_type(struct nw_put *put, const char *name)
{
    static const struct {
        const char *word, *code, *meaning;
    } known[] = {{"bone", "272673000", "Bone"},
                 {"lung", "39607008", "Lung"},
                 {"airway", "89187006", "Airway"},
                 {"skin", "39937001", "Skin"},
                 {"", "85756007", "Tissue"}};
    size_t i = 0;
    while (known[i].word[0] && !strcasestr(name, known[i].word))
        i++;
    nw_put_code(put, 0x0062000F, known[i].code, "SCT", known[i].meaning);
}

/* sRGB to CIELab (D65 white is near enough for a display hint), scaled as PS3.3 C.10.7.1.1. */
static void put_colour(struct nw_put *put, const uint8_t rgba[4])
{
    double lin[3], f[3];
    for (int c = 0; c < 3; c++) {
        const double v = rgba[c] / 255.0;
        lin[c] = v <= 0.04045 ? v / 12.92 : nw_pow((v + 0.055) / 1.055, 2.4);
    }
    const double xyz[3] = {(0.4124 * lin[0] + 0.3576 * lin[1] + 0.1805 * lin[2]) / 0.9505,
                           0.2126 * lin[0] + 0.7152 * lin[1] + 0.0722 * lin[2],
                           (0.0193 * lin[0] + 0.1192 * lin[1] + 0.9505 * lin[2]) / 1.089};
    for (int c = 0; c < 3; c++)
        f[c] = xyz[c] > 0.008856 ? nw_pow(xyz[c], 1.0 / 3) : 7.787 * xyz[c] + 16.0 / 116;
    const double lab[3] = {(116 * f[1] - 16) / 100, (500 * (f[0] - f[1]) + 128) / 255,
                           (200 * (f[1] - f[2]) + 128) / 255};
    uint16_t value[3];
    for (int c = 0; c < 3; c++)
        value[c] = (uint16_t)rint(65535 * fmin(1, fmax(0, lab[c])));
    nw_put_us3(put, 0x0062000D, value);
}

static void put_segments(struct nw_put *put, const struct seg *s)
{
    nw_put_sequence(put, 0x00620002);
    for (size_t n = 0; n < s->segment_count; n++) {
        char label[65];
        (void)snprintf(label, sizeof label, "%.60s", s->segment[n].name);
        nw_put_item(put);
        nw_put_code(put, 0x00620003, "123037004", "SCT", "Anatomical Structure");
        nw_put_us(put, 0x00620004, n + 1);
        nw_put_text(put, 0x00620005, "LO", label);
        nw_put_text(put, 0x00620008, "CS", "AUTOMATIC");
        nw_put_text(put, 0x00620009, "LO", "Nuwa");
        put_colour(put, s->segment[n].rgba);
        put_type(put, s->segment[n].name);
        nw_put_item_end(put);
    }
    nw_put_sequence_end(put);
}

static void put_dimensions(struct nw_put *put, const struct seg *s)
{
    static const uint32_t pointer[2][2] = {{0x0062000B, 0x0062000A}, {0x00200032, 0x00209113}};
    nw_put_sequence(put, 0x00209221);
    nw_put_item(put);
    nw_put_text(put, 0x00209164, "UI", s->dimension);
    nw_put_item_end(put);
    nw_put_sequence_end(put);
    nw_put_sequence(put, 0x00209222);
    for (int i = 0; i < 2; i++) {
        nw_put_item(put);
        nw_put_text(put, 0x00209164, "UI", s->dimension);
        nw_put_at(put, 0x00209165, pointer[i][0]);
        nw_put_at(put, 0x00209167, pointer[i][1]);
        nw_put_item_end(put);
    }
    nw_put_sequence_end(put);
}

static void put_shared(struct nw_put *put, const struct nw_grid *g)
{
    const nw_vec3 row = nw_unit(g->step_mm[0]), col = nw_unit(g->step_mm[1]);
    const nw_vec3 step = nw_grid_spacing(g);
    const double axes[6] = {row.x, row.y, row.z, col.x, col.y, col.z};
    const double spacing[2] = {step.y, step.x};
    nw_put_sequence(put, 0x52009229);
    nw_put_item(put);
    nw_put_sequence(put, 0x00209116);
    nw_put_item(put);
    nw_put_numbers(put, 0x00200037, axes, 6);
    nw_put_item_end(put);
    nw_put_sequence_end(put);
    nw_put_sequence(put, 0x00289110);
    nw_put_item(put);
    nw_put_number(put, 0x00180050, step.z);
    nw_put_number(put, 0x00180088, step.z);
    nw_put_numbers(put, 0x00280030, spacing, 2);
    nw_put_item_end(put);
    nw_put_sequence_end(put);
    nw_put_item_end(put);
    nw_put_sequence_end(put);
}

static void put_frame(struct nw_put *put, const struct seg *s, const struct frame *f)
{
    const nw_vec3 at = nw_grid_point(&s->labels->grid, (nw_ijk){0, 0, (double)f->slice});
    const double position[3] = {at.x, at.y, at.z};
    nw_put_item(put);
    nw_put_sequence(put, 0x00209111);
    nw_put_item(put);
    nw_put_ul2(put, 0x00209157, f->segment + 1, f->slice + 1);
    nw_put_item_end(put);
    nw_put_sequence_end(put);
    nw_put_sequence(put, 0x00209113);
    nw_put_item(put);
    nw_put_numbers(put, 0x00200032, position, 3);
    nw_put_item_end(put);
    nw_put_sequence_end(put);
    nw_put_sequence(put, 0x0062000A);
    nw_put_item(put);
    nw_put_us(put, 0x0062000B, f->segment + 1);
    nw_put_item_end(put);
    nw_put_sequence_end(put);
    nw_put_item_end(put);
}

static void put_all(struct nw_put *put, const struct seg *s, const struct nw_dicom_head *head,
                    const uint8_t *bits, size_t len)
{
    const struct nw_grid *g = &s->labels->grid;
    nw_dicom_put_identity(put, head);
    nw_dicom_put_equipment(put);
    nw_dicom_put_relation(put, head, "900");
    nw_put_text(put, 0x00200013, "IS", "1");
    nw_put_text(put, 0x00200052, "UI", s->uids.frame);
    nw_put_text(put, 0x00201040, "LO", "");
    put_dimensions(put, s);
    nw_put_us(put, 0x00280002, 1);
    nw_put_text(put, 0x00280004, "CS", "MONOCHROME2");
    nw_put_is(put, 0x00280008, s->frame_count);
    nw_put_us(put, 0x00280010, g->dim[1]);
    nw_put_us(put, 0x00280011, g->dim[0]);
    nw_put_us(put, 0x00280100, 1);
    nw_put_us(put, 0x00280101, 1);
    nw_put_us(put, 0x00280102, 0);
    nw_put_us(put, 0x00280103, 0);
    nw_put_text(put, 0x00282110, "CS", "00");
    nw_put_text(put, 0x00620001, "CS", "BINARY");
    put_segments(put, s);
    nw_put_text(put, 0x00700080, "CS", "LABELS");
    nw_put_text(put, 0x00700081, "LO", "");
    nw_put_text(put, 0x00700084, "PN", "");
    put_shared(put, g);
    nw_put_sequence(put, 0x52009230);
    for (size_t f = 0; f < s->frame_count; f++)
        put_frame(put, s, &s->frame[f]);
    nw_put_sequence_end(put);
    nw_put_bytes(put, 0x7FE00010, "OB", bits, len);
}

static bool write_seg(const char *path, struct seg *s, const struct nw_scan_facts *facts,
                      struct nw_err *err)
{
    char instance[NW_UID_MAX];
    size_t len;
    NW_AUTOFREE uint8_t *bits = list_frames(s, err) ? pack_bits(s, &len, err) : NULL;
    if (!bits || !nw_dicom_uids_make(&s->uids, facts, NULL, bits, len, err) ||
        !nw_uid_from_digest(instance, &s->uids.content, "seg", 0, err) ||
        !nw_uid_from_digest(s->dimension, &s->uids.content, "dimension", 0, err))
        return false;
    const struct nw_dicom_head head = {.facts = facts,
                                       .uids = &s->uids,
                                       .sop_class = SEG_CLASS,
                                       .sop_instance = instance,
                                       .modality = "SEG",
                                       .image_type = "DERIVED\\PRIMARY",
                                       .series_description = "Segmentation",
                                       .derived = true};
    struct nw_put put;
    nw_put_init(&put, SEG_CLASS, instance,
                len + 512 * s->frame_count + 1024 * s->segment_count + (1 << 20), err);
    put_all(&put, s, &head, bits, len);
    const bool ok = nw_put_ok(&put) && nw_file_write(path, put.bytes.data, put.bytes.len, err);
    nw_text_release(&put.bytes);
    return ok;
}

bool nw_dicom_write_seg(const char *path, const struct nw_volume *labels,
                        const struct nw_segment *segment, size_t segment_count,
                        const struct nw_scan_facts *facts, struct nw_err *err)
{
    if (labels->type != NW_VOXEL_U8 && labels->type != NW_VOXEL_U16)
        return nw_fail(err, NW_ERR_ARGUMENT, "only labels go into a DICOM segmentation");
    if (!nw_grid_check(&labels->grid, err))
        return false;
    if (!nw_grid_is_straight(&labels->grid))
        return nw_fail(err, NW_ERR_GEOMETRY, "a DICOM segmentation needs axes at right angles");
    if (segment_count == 0 || segment_count > 65535)
        return nw_fail(err, NW_ERR_ARGUMENT, "a DICOM segmentation has 1 to 65535 segments");
    struct seg s = {.labels = labels, .segment = segment, .segment_count = segment_count};
    const bool ok = write_seg(path, &s, facts, err);
    nw_free(s.frame);
    return ok;
}
