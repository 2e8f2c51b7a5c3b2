/* io/volume_write.c -- volumes out: NIfTI-1, NRRD, MetaImage. See io.h. */
#include <string.h>

#include "core/text.h"
#include "io/io.h"
#include "io/pack_priv.h"
#include "io/voxels_priv.h"

/* Of zlib: half the time of its usual 6 for a few per cent more bytes. */
enum { LEVEL = 4 };
enum { HEADER_MAX = 1 << 24, NIFTI_HEADER = 348 };

/* How far a corner voxel may move through a header's float32 (R-009 allows 0.001 mm). */
static const double MOVED_MM = 5e-4;

struct label_names {
    const char *const *name;
    size_t count;
};

struct volume_job {
    const struct nw_volume *vol;
    struct label_names names;
    const char *file_name; /* for .mhd: the name the voxel file will have */
};

/* ---- headers ---- */

static void put_i16(uint8_t *h, size_t at, int value)
{
    const int16_t v = (int16_t)value;
    memcpy(h + at, &v, 2);
}

static void put_f32(uint8_t *h, size_t at, double value)
{
    const float v = (float)value;
    memcpy(h + at, &v, 4);
}

/* A rotation's quaternion with a >= 0, from the matrix whose columns are x, y, z. */
static void quaternion(nw_vec3 x, nw_vec3 y, nw_vec3 z, double q[4])
{
    const double m[3][3] = {{x.x, y.x, z.x}, {x.y, y.y, z.y}, {x.z, y.z, z.z}};
    const double trace = m[0][0] + m[1][1] + m[2][2];
    if (trace > 0) {
        const double s = 2 * sqrt(1 + trace);
        q[0] = s / 4;
        q[1] = (m[2][1] - m[1][2]) / s;
        q[2] = (m[0][2] - m[2][0]) / s;
        q[3] = (m[1][0] - m[0][1]) / s;
        return;
    }
    const int i = m[0][0] >= m[1][1] && m[0][0] >= m[2][2] ? 0 : m[1][1] >= m[2][2] ? 1 : 2;
    const int j = (i + 1) % 3, k = (i + 2) % 3;
    const double s = 2 * sqrt(1 + m[i][i] - m[j][j] - m[k][k]);
    q[1 + i] = s / 4;
    q[0] = (m[k][j] - m[j][k]) / s;
    q[1 + j] = (m[j][i] + m[i][j]) / s;
    q[1 + k] = (m[k][i] + m[i][k]) / s;
    if (q[0] < 0)
        for (int c = 0; c < 4; c++)
            q[c] = -q[c];
}

/* sform always; qform too where the grid is a rotation, for programs that look only there. */
static void put_place(uint8_t *h, const struct nw_grid *g)
{
    const nw_vec3 o = nw_v3(-g->origin_mm.x, -g->origin_mm.y, g->origin_mm.z);
    const double origin[3] = {o.x, o.y, o.z};
    nw_vec3 ras[3];
    put_i16(h, 254, 1);
    for (size_t a = 0; a < 3; a++) {
        ras[a] = nw_v3(-g->step_mm[a].x, -g->step_mm[a].y, g->step_mm[a].z);
        put_f32(h, 280 + 4 * a, ras[a].x);
        put_f32(h, 296 + 4 * a, ras[a].y);
        put_f32(h, 312 + 4 * a, ras[a].z);
        put_f32(h, 292 + 16 * a, origin[a]);
        put_f32(h, 80 + 4 * a, nw_length(g->step_mm[a]));
    }
    if (!nw_grid_is_straight(g))
        return;
    double q[4] = {1, 0, 0, 0};
    quaternion(nw_unit(ras[0]), nw_unit(ras[1]), nw_unit(ras[2]), q);
    put_i16(h, 252, 1);
    /* Readers take a from 1 - (b2 + c2 + d2). Near half a turn float32's rounding would leave
     * a tenth of a milliradian there, so the rest is made to fall below zero instead. */
    const double a_small = 1e-4, nudge = q[0] < a_small ? 1 + 1e-7 : 1;
    for (size_t c = 0; c < 3; c++) {
        put_f32(h, 256 + 4 * c, q[1 + c] * nudge);
        put_f32(h, 268 + 4 * c, origin[c]);
    }
}

/* Label names ride in a comment extension (code 6), a line each: value, blank, name. */
static bool add_extension(struct nw_text *t, const struct label_names *names,
                          struct nw_err *err)
{
    static const char none[4] = {0}, some[4] = {1};
    struct nw_text lines;
    nw_text_init(&lines, HEADER_MAX);
    bool ok = true;
    for (size_t n = 0; ok && n < names->count; n++)
        if (names->name[n])
            ok = nw_text_addf(&lines, err, "label %zu %s\n", n, names->name[n]);
    if (ok && lines.len == 0) {
        ok = nw_text_addn(t, none, 4, err);
    } else if (ok) {
        const int32_t head[2] = {(int32_t)((lines.len + 8 + 15) / 16 * 16), 6};
        static const char pad[16] = {0};
        ok = nw_text_addn(t, some, 4, err) &&
             nw_text_addn(t, (const char *)head, sizeof head, err) &&
             nw_text_addn(t, lines.data, lines.len, err) &&
             nw_text_addn(t, pad, (size_t)head[0] - 8 - lines.len, err);
    }
    nw_text_release(&lines);
    return ok;
}

static bool nifti_header(const struct volume_job *job, struct nw_text *t, struct nw_err *err)
{
    static const int code[] = {4, 2, 512, 16}, bits[] = {16, 8, 16, 32};
    const struct nw_volume *v = job->vol;
    uint8_t h[NIFTI_HEADER] = {0};
    const int32_t size = NIFTI_HEADER;
    memcpy(h, &size, 4);
    h[38] = 'r';
    put_i16(h, 40, 3);
    for (size_t a = 0; a < 7; a++) {
        const size_t dim = a < 3 ? v->grid.dim[a] : 1;
        if (dim > INT16_MAX)
            return nw_fail(
                err, NW_ERR_LIMIT,
                "NIfTI-1 holds at most 32767 voxels along an axis, here are %zu; write "
                "NRRD instead",
                dim);
        put_i16(h, 42 + 2 * a, (int)dim);
    }
    put_i16(h, 70, code[v->type]);
    put_i16(h, 72, bits[v->type]);
    put_f32(h, 76, 1); /* right-handed: volumes here always are */
    put_f32(h, 112, 1);
    h[123] = 2; /* mm */
    put_place(h, &v->grid);
    memcpy(h + 344, "n+1", 4);
    if (!nw_text_addn(t, (const char *)h, sizeof h, err) || !add_extension(t, &job->names, err))
        return false;
    const float offset = (float)t->len;
    memcpy(t->data + 108, &offset, 4);
    return true;
}

static bool add_vector(struct nw_text *t, nw_vec3 v, const char *left, const char *between,
                       const char *right, struct nw_err *err)
{
    char x[NW_NUMBER_MAX], y[NW_NUMBER_MAX], z[NW_NUMBER_MAX];
    (void)nw_number_format(x, v.x);
    (void)nw_number_format(y, v.y);
    (void)nw_number_format(z, v.z);
    return nw_text_addf(t, err, "%s%s%s%s%s%s%s", left, x, between, y, between, z, right);
}

/* Names as 3D Slicer's segmentations keep them. A line end in a name would end the header. */
static bool add_segments(struct nw_text *t, const struct label_names *names, struct nw_err *err)
{
    size_t segment = 0;
    for (size_t n = 0; n < names->count; n++) {
        if (!names->name[n] || n == 0)
            continue;
        if (strpbrk(names->name[n], "\r\n"))
            return nw_fail(err, NW_ERR_ARGUMENT, "the name of label %zu has a line end in it",
                           n);
        if (!nw_text_addf(t, err,
                          "Segment%zu_ID:=Segment_%zu\nSegment%zu_LabelValue:=%zu\n"
                          "Segment%zu_Layer:=0\nSegment%zu_Name:=%s\n",
                          segment, n, segment, n, segment, segment, names->name[n]))
            return false;
        segment++;
    }
    return true;
}

static bool nrrd_header(const struct volume_job *job, struct nw_text *t, struct nw_err *err)
{
    static const char *const type[] = {"int16", "uint8", "uint16", "float"};
    const struct nw_grid *g = &job->vol->grid;
    return nw_text_addf(t, err,
                        "NRRD0005\n# https://teem.sourceforge.net/nrrd/format.html\n"
                        "type: %s\ndimension: 3\nspace: left-posterior-superior\n"
                        "sizes: %zu %zu %zu\nspace directions:",
                        type[job->vol->type], g->dim[0], g->dim[1], g->dim[2]) &&
           add_vector(t, g->step_mm[0], " (", ",", ")", err) &&
           add_vector(t, g->step_mm[1], " (", ",", ")", err) &&
           add_vector(t, g->step_mm[2], " (", ",", ")\n", err) &&
           nw_text_add(t,
                       "kinds: domain domain domain\nendian: little\nencoding: gzip\n"
                       "space units: \"mm\" \"mm\" \"mm\"\nspace origin: ",
                       err) &&
           add_vector(t, g->origin_mm, "(", ",", ")\n", err) &&
           add_segments(t, &job->names, err) && nw_text_add(t, "\n", err);
}

static bool metaimage_header(const struct volume_job *job, struct nw_text *t,
                             struct nw_err *err)
{
    static const char *const type[] = {"MET_SHORT", "MET_UCHAR", "MET_USHORT", "MET_FLOAT"};
    const struct nw_grid *g = &job->vol->grid;
    if (job->file_name && strpbrk(job->file_name, "\r\n%"))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "the file name has a line end or %% in it, which a .mhd cannot name");
    return nw_text_add(t,
                       "ObjectType = Image\nNDims = 3\nBinaryData = True\n"
                       "BinaryDataByteOrderMSB = False\nCompressedData = False\n"
                       "TransformMatrix =",
                       err) &&
           add_vector(t, nw_unit(g->step_mm[0]), " ", " ", "", err) &&
           add_vector(t, nw_unit(g->step_mm[1]), " ", " ", "", err) &&
           add_vector(t, nw_unit(g->step_mm[2]), " ", " ", "\n", err) &&
           add_vector(t, g->origin_mm, "Offset = ", " ", "\n", err) &&
           nw_text_add(t, "CenterOfRotation = 0 0 0\nAnatomicalOrientation = RAI\n", err) &&
           add_vector(t, nw_grid_spacing(g), "ElementSpacing = ", " ", "\n", err) &&
           nw_text_addf(t, err,
                        "DimSize = %zu %zu %zu\nElementType = %s\nElementDataFile = %s\n",
                        g->dim[0], g->dim[1], g->dim[2], type[job->vol->type],
                        job->file_name ? job->file_name : "LOCAL");
}

/* ---- files ---- */

static size_t voxel_bytes(const struct nw_volume *v)
{
    return nw_grid_count(&v->grid) * nw_voxel_bytes(v->type);
}

static bool add_packed(struct nw_out *out, const void *head, size_t head_len,
                       const struct nw_volume *vol, struct nw_err *err)
{
    struct nw_pack pack;
    return nw_gzip_begin(&pack, out, LEVEL, err) && nw_pack_add(&pack, head, head_len, err) &&
           nw_pack_add(&pack, vol->data, voxel_bytes(vol), err) && nw_gzip_end(&pack, err);
}

static double moved_mm(const struct nw_grid *a, const struct nw_grid *b)
{
    double most = 0;
    for (int c = 0; c < 8; c++) {
        const nw_ijk p = {c & 1 ? (double)a->dim[0] - 1 : 0, c & 2 ? (double)a->dim[1] - 1 : 0,
                          c & 4 ? (double)a->dim[2] - 1 : 0};
        most = fmax(most, nw_length(nw_sub(nw_grid_point(a, p), nw_grid_point(b, p))));
    }
    return most;
}

/* The header's bytes are what was meant, it reads as the same grid, the voxels are the same. */
static bool check_written(const char *path, const char *voxel_path, const struct nw_text *head,
                          bool packed, const struct nw_volume *vol, struct nw_err *err)
{
    const struct nw_volume_source from = {
        .path = path, .voxel_path = voxel_path, .expect = vol};
    struct nw_instream in = {0};
    struct nw_scan scan;
    nw_scan_init(&scan);
    NW_AUTOFREE char *back = NW_ALLOC(char, head->len, err);
    size_t got = 0;
    bool ok = back && nw_stream_open(&in, path, NULL, 0, err) &&
              (!packed || nw_stream_unpack(&in, err)) &&
              nw_stream_read(&in, back, head->len, &got, err);
    if (ok && (got != head->len || memcmp(back, head->data, got) != 0))
        ok = nw_fail(err, NW_ERR_IO, "the header reads back otherwise than it was written");
    ok = ok && nw_volume_source_read(&from, &scan, err);
    if (ok && !(moved_mm(&scan.volume.grid, &vol->grid) <= MOVED_MM))
        ok = nw_fail(err, NW_ERR_IO, "the grid reads back up to %g mm away",
                     moved_mm(&scan.volume.grid, &vol->grid));
    nw_stream_release(&in);
    nw_scan_release(&scan);
    return ok;
}

static bool write_one(struct nw_out *out, const struct nw_text *head, const char *ending,
                      const struct nw_volume *vol, struct nw_err *err)
{
    const bool all_packed = strcmp(ending, "nii.gz") == 0;
    bool ok;
    if (all_packed)
        ok = add_packed(out, head->data, head->len, vol, err);
    else if (strcmp(ending, "nrrd") == 0)
        ok = nw_out_add(out, head->data, head->len, err) && add_packed(out, "", 0, vol, err);
    else
        ok = nw_out_add(out, head->data, head->len, err) &&
             nw_out_add(out, vol->data, voxel_bytes(vol), err);
    return ok && nw_out_close(out, err) &&
           check_written(nw_out_path(out), NULL, head, all_packed, vol, err);
}

static bool write_pair(struct nw_out *out, struct nw_out *raw, const struct nw_text *head,
                       const struct nw_volume *vol, struct nw_err *err)
{
    return nw_out_add(out, head->data, head->len, err) &&
           nw_out_add(raw, vol->data, voxel_bytes(vol), err) && nw_out_close(out, err) &&
           nw_out_close(raw, err) &&
           check_written(nw_out_path(out), nw_out_path(raw), head, false, vol, err);
}

/* Commits both or neither, the voxels first: a header never names what is not there. */
static bool finish(struct nw_out *out, struct nw_out *raw, bool ok, struct nw_err *err)
{
    if (ok && raw) {
        ok = nw_out_commit(raw, err);
        raw = NULL;
    }
    if (ok)
        return nw_out_commit(out, err);
    nw_out_abandon(raw);
    nw_out_abandon(out);
    return false;
}

static bool write_mhd(const char *path, struct volume_job *job, struct nw_text *head,
                      struct nw_err *err)
{
    struct nw_arena arena = {0};
    char *raw_path = nw_arena_printf(&arena, err, "%.*s.raw", (int)strlen(path) - 4, path);
    bool ok = raw_path != NULL;
    if (ok) {
        const char *slash = strrchr(raw_path, '/');
        job->file_name = slash ? slash + 1 : raw_path;
    }
    struct nw_out *out = ok && metaimage_header(job, head, err) ? nw_out_new(path, err) : NULL;
    struct nw_out *raw = out ? nw_out_new(raw_path, err) : NULL;
    ok = raw && write_pair(out, raw, head, job->vol, err);
    ok = out ? finish(out, raw, ok, err) : false;
    nw_arena_release(&arena);
    return ok;
}

static bool write_single(const char *path, const char *ending, const struct volume_job *job,
                         struct nw_text *head, struct nw_err *err)
{
    bool ok;
    if (strcmp(ending, "nrrd") == 0)
        ok = nrrd_header(job, head, err);
    else if (strcmp(ending, "mha") == 0)
        ok = metaimage_header(job, head, err);
    else
        ok = nifti_header(job, head, err);
    struct nw_out *out = ok ? nw_out_new(path, err) : NULL;
    if (!out)
        return false;
    ok = write_one(out, head, ending, job->vol, err);
    return finish(out, NULL, ok, err);
}

bool nw_volume_ending_is_known(const char *ending)
{
    static const char *const known[] = {"nii", "nii.gz", "nrrd", "mha", "mhd"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(ending, known[i]) == 0)
            return true;
    return false;
}

bool nw_volume_write(const char *path, const struct nw_volume *vol, const char *const *names,
                     size_t name_count, struct nw_err *err)
{
    char ending[16];
    nw_path_ending(path, ending);
    if (!nw_volume_ending_is_known(ending))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "a volume is written as .nii, .nii.gz, .nrrd, .mha or .mhd, not as .%s",
                       ending);
    if (!nw_grid_check(&vol->grid, err))
        return false;
    if (nw_grid_voxel_mm3(&vol->grid) < 0)
        return nw_fail(err, NW_ERR_DATA, "a left-handed grid is not written");
    struct volume_job job = {vol, {names, names ? name_count : 0}, NULL};
    struct nw_text head;
    nw_text_init(&head, HEADER_MAX);
    const bool ok = strcmp(ending, "mhd") == 0 ? write_mhd(path, &job, &head, err)
                                               : write_single(path, ending, &job, &head, err);
    nw_text_release(&head);
    return ok;
}
