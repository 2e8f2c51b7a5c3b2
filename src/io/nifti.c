/* io/nifti.c -- NIfTI-1: 348 bytes of header, then voxels; in one file or two, gzip or not. */
#include <string.h>

#include "core/text.h"
#include "io/voxels_priv.h"

enum { HEADER = 348 };

static uint16_t u16_at(const uint8_t *h, size_t at, bool swapped)
{
    uint16_t v;
    memcpy(&v, h + at, 2);
    return swapped ? __builtin_bswap16(v) : v;
}

static int i16_at(const uint8_t *h, size_t at, bool swapped)
{
    return (int16_t)u16_at(h, at, swapped);
}

static double f32_at(const uint8_t *h, size_t at, bool swapped)
{
    uint32_t bits;
    memcpy(&bits, h + at, 4);
    bits = swapped ? __builtin_bswap32(bits) : bits;
    float v;
    memcpy(&v, &bits, 4);
    return (double)v;
}

static uint32_t size_field(const uint8_t *h, bool swapped)
{
    uint32_t v;
    memcpy(&v, h, 4);
    return swapped ? __builtin_bswap32(v) : v;
}

static bool is_size(const uint8_t *h, uint32_t size)
{
    return size_field(h, false) == size || size_field(h, true) == size;
}

bool nw_nifti_is(const uint8_t *head, size_t len)
{
    if (len >= HEADER && is_size(head, HEADER))
        return memcmp(head + 344, "n+1", 4) == 0 || memcmp(head + 344, "ni1", 4) == 0;
    return len >= 12 && is_size(head, 540) && memcmp(head + 5, "+2", 2) == 0;
}

static bool set_type(struct nw_voxels_head *out, int code, struct nw_err *err)
{
    static const struct {
        int code;
        enum nw_stored type;
    } known[] = {{2, NW_STORED_U8},    {4, NW_STORED_I16},   {8, NW_STORED_I32},
                 {16, NW_STORED_F32},  {64, NW_STORED_F64},  {256, NW_STORED_I8},
                 {512, NW_STORED_U16}, {768, NW_STORED_U32}, {1024, NW_STORED_I64},
                 {1280, NW_STORED_U64}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].code == code) {
            out->type = known[i].type;
            return true;
        }
    return nw_fail(
        err, NW_ERR_UNSUPPORTED,
        "NIfTI voxels of type %d (colour, complex or bits) are not read; integers and "
        "real numbers are",
        code);
}

static bool set_dims(struct nw_grid *g, const uint8_t *h, bool swapped, struct nw_err *err)
{
    const int n = i16_at(h, 40, swapped);
    if (n < 1 || n > 7)
        return nw_fail(err, NW_ERR_DATA, "the NIfTI header says %d dimensions; 1 to 7 exist",
                       n);
    for (int a = 0; a < 3; a++) {
        const int dim = a < n ? i16_at(h, 42 + 2 * (size_t)a, swapped) : 1;
        if (dim < 1)
            return nw_fail(
                err, NW_ERR_DATA,
                "the NIfTI header says %d voxels along axis %d; at least 1 is needed", dim,
                a + 1);
        g->dim[a] = (size_t)dim;
    }
    for (int a = 3; a < n; a++) {
        const int dim = i16_at(h, 42 + 2 * (size_t)a, swapped);
        if (dim > 1)
            return nw_fail(err, NW_ERR_UNSUPPORTED,
                           "the NIfTI file holds %d volumes (axis %d); one at a time is read",
                           dim, a + 1);
    }
    return true;
}

/* ---- where the voxels are: NIfTI says RAS ---- */

struct place {
    nw_vec3 step[3], origin; /* RAS, file's unit */
};

/* Method 3: an affine. */
static struct place sform_place(const uint8_t *h, bool swapped)
{
    double row[3][4];
    for (size_t r = 0; r < 3; r++)
        for (size_t c = 0; c < 4; c++)
            row[r][c] = f32_at(h, 280 + 16 * r + 4 * c, swapped);
    struct place p;
    for (int c = 0; c < 3; c++)
        p.step[c] = nw_v3(row[0][c], row[1][c], row[2][c]);
    p.origin = nw_v3(row[0][3], row[1][3], row[2][3]);
    return p;
}

/* Method 2: a rotation as a quaternion, spacings, and the sign of the third axis. */
static struct place qform_place(const uint8_t *h, bool swapped)
{
    const double b = f32_at(h, 256, swapped), c = f32_at(h, 260, swapped),
                 d = f32_at(h, 264, swapped);
    const double rest = 1 - (b * b + c * c + d * d);
    double a = rest > 0 ? sqrt(rest) : 0, s = 1;
    if (rest < 1e-7) { /* half a turn: normalise what is there, as the standard's code does */
        a = 0;
        s = 1 / sqrt(b * b + c * c + d * d);
    }
    const double x = b * s, y = c * s, z = d * s;
    const double dx = f32_at(h, 80, swapped), dy = f32_at(h, 84, swapped),
                 dz = f32_at(h, 88, swapped) * (f32_at(h, 76, swapped) < 0 ? -1 : 1);
    struct place p;
    p.step[0] = nw_scale(
        nw_v3(a * a + x * x - y * y - z * z, 2 * (x * y + a * z), 2 * (x * z - a * y)), dx);
    p.step[1] = nw_scale(
        nw_v3(2 * (x * y - a * z), a * a + y * y - x * x - z * z, 2 * (y * z + a * x)), dy);
    p.step[2] = nw_scale(
        nw_v3(2 * (x * z + a * y), 2 * (y * z - a * x), a * a + z * z - x * x - y * y), dz);
    p.origin = nw_v3(f32_at(h, 268, swapped), f32_at(h, 272, swapped), f32_at(h, 276, swapped));
    return p;
}

/* Method 1: spacings alone. */
static struct place plain_place(const uint8_t *h, bool swapped)
{
    const struct place p = {{nw_v3(f32_at(h, 80, swapped), 0, 0),
                             nw_v3(0, f32_at(h, 84, swapped), 0),
                             nw_v3(0, 0, f32_at(h, 88, swapped))},
                            {0, 0, 0}};
    return p;
}

static void set_grid(struct nw_grid *g, const struct place *p, double unit_mm)
{
    for (int a = 0; a < 3; a++)
        g->step_mm[a] =
            nw_v3(-p->step[a].x * unit_mm, -p->step[a].y * unit_mm, p->step[a].z * unit_mm);
    g->origin_mm = nw_v3(-p->origin.x * unit_mm, -p->origin.y * unit_mm, p->origin.z * unit_mm);
}

/* The furthest a corner voxel lies apart in two grids. */
static double disagreement_mm(const struct nw_grid *a, const struct nw_grid *b)
{
    double most = 0;
    for (int c = 0; c < 8; c++) {
        const nw_ijk p = {c & 1 ? (double)a->dim[0] - 1 : 0, c & 2 ? (double)a->dim[1] - 1 : 0,
                          c & 4 ? (double)a->dim[2] - 1 : 0};
        most = fmax(most, nw_length(nw_sub(nw_grid_point(a, p), nw_grid_point(b, p))));
    }
    return most;
}

static bool remark_disagreement(struct nw_scan *out, double mm, struct nw_err *err)
{
    char zh[200], en[200];
    (void)snprintf(zh, sizeof zh,
                   "文件中两种空间位置(sform 与 qform)最多相差 %.3g mm:采用 sform", mm);
    (void)snprintf(
        en, sizeof en,
        "the file's two positions (sform and qform) differ by up to %.3g mm: sform is "
        "taken",
        mm);
    return nw_scan_remark(out, NW_WARNING, "sform-qform-differ", zh, en, err);
}

/* Half of what float32 headers can agree to at all. */
static const double AGREE_MM = 0.01;

static bool set_place(struct nw_voxels_head *out, const uint8_t *h, struct nw_scan *scan,
                      struct nw_err *err)
{
    const bool sw = out->swapped;
    const int space_unit = h[123] & 7;
    const double unit_mm = space_unit == 1 ? 1000 : space_unit == 3 ? 0.001 : 1;
    const bool has_q = i16_at(h, 252, sw) > 0, has_s = i16_at(h, 254, sw) > 0;
    const struct place plain = plain_place(h, sw);
    struct nw_grid by_q = out->grid;
    if (has_q) {
        const struct place q = qform_place(h, sw);
        set_grid(&by_q, &q, unit_mm);
    }
    const struct place s = sform_place(h, sw);
    if (has_s)
        set_grid(&out->grid, &s, unit_mm);
    else if (has_q)
        out->grid = by_q;
    else
        set_grid(&out->grid, &plain, unit_mm);
    if (!nw_grid_check(&out->grid, err))
        return false;
    if (space_unit == 0 &&
        !nw_scan_remark(scan, NW_NOTE, "unit-assumed", "文件未写明长度单位:按毫米处理",
                        "the file does not say its unit of length: millimetres are assumed",
                        err))
        return false;
    if (!has_s && !has_q)
        return nw_scan_remark(
            scan, NW_WARNING, "orientation-unknown", "文件未写明方位:左右无法确定,按 RAS 处理",
            "the file does not say how it lies: left and right cannot be told, "
            "RAS is assumed",
            err);
    const double apart = has_s && has_q ? disagreement_mm(&out->grid, &by_q) : 0;
    if (!(apart <= AGREE_MM))
        return remark_disagreement(scan, apart, err);
    return true;
}

static bool parse_header(const uint8_t *h, struct nw_voxels_head *out, struct nw_scan *scan,
                         struct nw_err *err)
{
    *out = (struct nw_voxels_head){.format = "NIfTI-1", .slope = 1};
    out->swapped = size_field(h, false) != HEADER;
    if (!set_dims(&out->grid, h, out->swapped, err) ||
        !set_type(out, i16_at(h, 70, out->swapped), err) || !set_place(out, h, scan, err))
        return false;
    const double slope = f32_at(h, 112, out->swapped), inter = f32_at(h, 116, out->swapped);
    const double none = 0;
    if (slope != none) { /* 0: the two fields say nothing */
        out->slope = slope;
        out->inter = inter;
    }
    return true;
}

/* The .img beside a .hdr, packed like it or not. */
static bool open_pair(struct nw_instream *in, const char *path, struct nw_err *err)
{
    char name[4096];
    const size_t len = path ? strlen(path) : 0;
    if (len < 5 || len >= sizeof name || strcasecmp(path + len - 4, ".hdr") != 0)
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "this NIfTI header keeps its voxels in another file: name the .hdr with "
                       "its .img beside it");
    memcpy(name, path, len + 1);
    const bool upper = path[len - 1] == 'R';
    memcpy(name + len - 3, upper ? "IMG" : "img", 3);
    if (nw_stream_open(in, name, NULL, 0, err))
        return true;
    return nw_fail_at(err, "the .img file beside the NIfTI header");
}

static bool skip_to_voxels(struct nw_instream *in, const uint8_t *h, bool swapped, size_t begin,
                           struct nw_err *err)
{
    const double offset = f32_at(h, 108, swapped);
    if (!(offset >= (double)begin || (begin == HEADER && offset >= 0 && offset < 1)) ||
        offset > 1e9)
        return nw_fail(err, NW_ERR_DATA, "the NIfTI header places its voxels at byte %g",
                       offset);
    const uint64_t at = offset < 1 && begin == HEADER ? 352 : (uint64_t)offset;
    return nw_stream_skip(in, at - begin, err);
}

static bool read_open(const struct nw_volume_source *from, struct nw_instream *in,
                      struct nw_instream *pair, struct nw_scan *out, struct nw_err *err)
{
    uint8_t h[HEADER];
    size_t got;
    if (!nw_stream_read(in, h, sizeof h, &got, err))
        return false;
    if (got >= 12 && is_size(h, 540))
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "NIfTI-2 is not read; save the scan as NIfTI-1");
    if (got < HEADER)
        return nw_fail(err, NW_ERR_DATA,
                       "the file ends inside its NIfTI header (%zu of 348 bytes)", got);
    struct nw_voxels_head head;
    if (!parse_header(h, &head, out, err))
        return false;
    const bool two_files = memcmp(h + 344, "ni1", 4) == 0;
    if (two_files && !open_pair(pair, from->path, err))
        return false;
    struct nw_instream *voxels = two_files ? pair : in;
    if (from->head_only)
        return nw_voxels_check(&head, nw_stream_limit(voxels), err) &&
               nw_voxels_take_grid(&head, out, err);
    return skip_to_voxels(voxels, h, head.swapped, two_files ? 0 : HEADER, err) &&
           nw_voxels_read(voxels, from, &head, out, err);
}

static bool is_gzip(const struct nw_volume_source *from, struct nw_err *err)
{
    struct nw_instream look;
    uint8_t magic[2] = {0};
    size_t got = 0;
    const bool ok = nw_stream_open(&look, from->path, from->data, from->len, err) &&
                    nw_stream_read(&look, magic, 2, &got, err);
    nw_stream_release(&look);
    return ok && got == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
}

bool nw_nifti_read(const struct nw_volume_source *from, struct nw_scan *out, struct nw_err *err)
{
    struct nw_instream in = {0}, pair = {0};
    const bool packed = is_gzip(from, err);
    const bool ok =
        err->code == NW_OK && nw_stream_open(&in, from->path, from->data, from->len, err) &&
        (!packed || nw_stream_unpack(&in, err)) && read_open(from, &in, &pair, out, err);
    nw_stream_release(&in);
    nw_stream_release(&pair);
    return ok;
}
