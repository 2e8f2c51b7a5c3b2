/* io/metaimage.c -- MetaImage: lines of "Key = Value", the last one naming the voxels: LOCAL
 * (behind the header, .mha) or a file beside it (.mhd). The frame is LPS, mm. */
#include <string.h>

#include "core/text.h"
#include "io/voxels_priv.h"

enum { LINE_MAX_BYTES = 1 << 16, HEADER_MAX_LINES = 1000 };

struct header {
    struct nw_voxels_head voxels;
    int axis_count;
    bool has_dims, has_type, has_spacing, has_matrix, big_endian, text, packed;
    double dim[4], spacing[4], origin[4], matrix[16], head_bytes;
    char data_file[1024];
};

bool nw_metaimage_is(const uint8_t *head, size_t len)
{
    static const char *const first[] = {"ObjectType", "NDims", "Comment"};
    size_t at = 0;
    while (at < len && (head[at] == ' ' || head[at] == '\n' || head[at] == '\r'))
        at++;
    for (size_t f = 0; f < sizeof first / sizeof *first; f++) {
        const size_t n = strlen(first[f]);
        if (len - at < n + 2 || memcmp(head + at, first[f], n) != 0)
            continue;
        size_t p = at + n;
        while (p < len && head[p] == ' ')
            p++;
        /* "Comment = " alone could be any text: a dimension must follow in sight */
        return p < len && head[p] == '=' &&
               (f < 2 || memmem(head, len, "\nNDims", 6) ||
                memmem(head, len, "\nObjectType", 11));
    }
    return false;
}

static bool is_yes(const char *value)
{
    return value[0] == 'T' || value[0] == 't' || value[0] == '1' || value[0] == 'Y' ||
           value[0] == 'y';
}

static bool set_type(struct header *h, const char *value, struct nw_err *err)
{
    static const struct {
        const char *name;
        enum nw_stored type;
    } known[] = {
        {"MET_UCHAR", NW_STORED_U8},       {"MET_CHAR", NW_STORED_I8},
        {"MET_USHORT", NW_STORED_U16},     {"MET_SHORT", NW_STORED_I16},
        {"MET_UINT", NW_STORED_U32},       {"MET_INT", NW_STORED_I32},
        {"MET_ULONG", NW_STORED_U32},      {"MET_LONG", NW_STORED_I32},
        {"MET_ULONG_LONG", NW_STORED_U64}, {"MET_LONG_LONG", NW_STORED_I64},
        {"MET_FLOAT", NW_STORED_F32},      {"MET_DOUBLE", NW_STORED_F64},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(value, known[i].name) == 0) {
            h->voxels.type = known[i].type;
            h->has_type = true;
            return true;
        }
    return nw_fail(
        err, NW_ERR_UNSUPPORTED,
        "MetaImage voxels of this ElementType are not read; integers and real numbers "
        "are");
}

static bool numbers(const struct header *h, const char *key, const char *value, double *out,
                    int count, struct nw_err *err)
{
    if (h->axis_count == 0)
        return nw_fail(err, NW_ERR_DATA, "the MetaImage header gives %s before NDims", key);
    if (!nw_numbers_parse(value, out, (size_t)count))
        return nw_fail(err, NW_ERR_DATA, "the MetaImage header's %s is not %d numbers", key,
                       count);
    return true;
}

static bool set_axes(struct header *h, const char *value, struct nw_err *err)
{
    double n;
    if (!nw_number_parse(value, &n) || !(n >= 3 && n <= 4))
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "a MetaImage of %.20s dimensions is not read; a volume has 3", value);
    h->axis_count = (int)n;
    return true;
}

static bool is_key(const char *key, const char *a, const char *b, const char *c)
{
    return strcmp(key, a) == 0 || (b && strcmp(key, b) == 0) || (c && strcmp(key, c) == 0);
}

static bool set_field(struct header *h, const char *key, const char *value, struct nw_err *err)
{
    const int n = h->axis_count;
    if (is_key(key, "NDims", NULL, NULL))
        return set_axes(h, value, err);
    if (is_key(key, "ElementType", NULL, NULL))
        return set_type(h, value, err);
    if (is_key(key, "DimSize", NULL, NULL)) {
        h->has_dims = true;
        return numbers(h, key, value, h->dim, n, err);
    }
    if (is_key(key, "ElementSpacing", NULL, NULL)) {
        h->has_spacing = true;
        return numbers(h, key, value, h->spacing, n, err);
    }
    if (is_key(key, "ElementSize", NULL, NULL))
        return h->has_spacing || numbers(h, key, value, h->spacing, n, err);
    if (is_key(key, "Offset", "Position", "Origin"))
        return numbers(h, key, value, h->origin, n, err);
    if (is_key(key, "TransformMatrix", "Orientation", "Rotation")) {
        h->has_matrix = true;
        return numbers(h, key, value, h->matrix, n * n, err);
    }
    if (is_key(key, "BinaryDataByteOrderMSB", "ElementByteOrderMSB", NULL))
        h->big_endian = is_yes(value);
    else if (is_key(key, "BinaryData", NULL, NULL))
        h->text = !is_yes(value);
    else if (is_key(key, "CompressedData", NULL, NULL))
        h->packed = is_yes(value);
    else if (is_key(key, "ElementToIntensityFunctionSlope", NULL, NULL))
        return numbers(h, key, value, &h->voxels.slope, 1, err);
    else if (is_key(key, "ElementToIntensityFunctionOffset", NULL, NULL))
        return numbers(h, key, value, &h->voxels.inter, 1, err);
    else if (is_key(key, "HeaderSize", NULL, NULL))
        return numbers(h, key, value, &h->head_bytes, 1, err);
    else if (is_key(key, "ElementNumberOfChannels", NULL, NULL) && strcmp(value, "1") != 0)
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "the MetaImage holds %.20s values in each voxel; one is read", value);
    else if (is_key(key, "ObjectType", NULL, NULL) && strcmp(value, "Image") != 0)
        return nw_fail(err, NW_ERR_UNSUPPORTED, "this MetaIO file is not an image");
    return true;
}

static bool set_data_file(struct header *h, const char *value, struct nw_err *err)
{
    if (strncmp(value, "LIST", 4) == 0 || strchr(value, '%'))
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "a MetaImage with its voxels in several files is not read");
    if (strlen(value) >= sizeof h->data_file)
        return nw_fail(err, NW_ERR_LIMIT, "the MetaImage header's data file name is too long");
    memcpy(h->data_file, value, strlen(value) + 1);
    return true;
}

static bool parse_line(struct header *h, char *line, struct nw_err *err)
{
    char *equals = strchr(line, '=');
    if (!equals)
        return true;
    char *key = line + strspn(line, " \t");
    size_t n = (size_t)(equals - key);
    while (n > 0 && (key[n - 1] == ' ' || key[n - 1] == '\t'))
        n--;
    key[n] = '\0';
    char *value = equals + 1 + strspn(equals + 1, " \t");
    for (size_t e = strlen(value); e > 0 && (value[e - 1] == ' ' || value[e - 1] == '\t'); e--)
        value[e - 1] = '\0';
    if (strcmp(key, "ElementDataFile") == 0)
        return set_data_file(h, value, err);
    return set_field(h, key, value, err);
}

static bool parse_header(struct nw_instream *in, struct header *h, struct nw_err *err)
{
    struct nw_text line;
    nw_text_init(&line, LINE_MAX_BYTES);
    bool ok = true, more = true;
    for (size_t n = 0; ok && more && !h->data_file[0]; n++) {
        ok = nw_stream_line(in, &line, &more, err);
        if (ok && n > HEADER_MAX_LINES)
            ok = nw_fail(err, NW_ERR_LIMIT, "the MetaImage header has over %d lines",
                         HEADER_MAX_LINES);
        if (ok && line.len > 0)
            ok = parse_line(h, line.data, err);
    }
    nw_text_release(&line);
    return ok;
}

static bool check_complete(const struct header *h, struct nw_err *err)
{
    const char *missing = h->axis_count == 0 ? "NDims"
                          : !h->has_dims     ? "DimSize"
                          : !h->has_type     ? "ElementType"
                          : !h->data_file[0] ? "ElementDataFile"
                                             : NULL;
    if (missing)
        return nw_fail(err, NW_ERR_DATA, "the MetaImage header has no %s", missing);
    const double none = 0;
    if (!h->has_spacing && h->spacing[0] == none)
        return nw_fail(err, NW_ERR_DATA, "the MetaImage header says no voxel spacing");
    return true;
}

static bool place_axes(struct header *h, struct nw_scan *out, struct nw_err *err)
{
    struct nw_grid *g = &h->voxels.grid;
    const int n = h->axis_count;
    if (n == 4 && !(h->dim[3] >= 1 && h->dim[3] < 2))
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "the MetaImage holds %g volumes; one at a time is read", h->dim[3]);
    for (int a = 0; a < 3; a++) {
        if (!(h->dim[a] >= 1 && h->dim[a] <= 1e9))
            return nw_fail(err, NW_ERR_DATA,
                           "the MetaImage header says %g voxels along axis %d; at least 1 is "
                           "needed",
                           h->dim[a], a + 1);
        const double *d = h->matrix + a * n;
        g->dim[a] = (size_t)h->dim[a];
        g->step_mm[a] = h->has_matrix ? nw_v3(d[0], d[1], d[2])
                                      : nw_v3(a == 0 ? 1 : 0, a == 1 ? 1 : 0, a == 2 ? 1 : 0);
        g->step_mm[a] = nw_scale(g->step_mm[a], h->spacing[a]);
    }
    g->origin_mm = nw_v3(h->origin[0], h->origin[1], h->origin[2]);
    if (!h->has_matrix)
        return nw_scan_remark(
            out, NW_WARNING, "orientation-unknown", "文件未写明方位:左右无法确定,按 LPS 处理",
            "the file does not say how it lies: left and right cannot be told, "
            "LPS is assumed",
            err);
    return true;
}

static bool skip_head(struct nw_instream *in, const struct header *h, struct nw_err *err)
{
    if (h->head_bytes >= 0)
        return nw_stream_skip(in, (uint64_t)h->head_bytes, err);
    const uint64_t need =
        (uint64_t)nw_grid_count(&h->voxels.grid) * nw_stored_bytes(h->voxels.type);
    const uint64_t left = nw_stream_limit(in); /* -1: the voxels are the file's end */
    if (left < need)
        return nw_fail(err, NW_ERR_DATA, "the file ends before its voxels begin");
    return nw_stream_skip(in, left - need, err);
}

static bool read_voxels(struct nw_instream *in, const struct nw_volume_source *from,
                        const struct header *h, struct nw_scan *out, struct nw_err *err)
{
    if (!(h->head_bytes >= -1 && h->head_bytes < 1e12))
        return nw_fail(err, NW_ERR_DATA, "the MetaImage header's HeaderSize is %g",
                       h->head_bytes);
    if (!nw_grid_check(&h->voxels.grid, err) || !skip_head(in, h, err))
        return false;
    if (h->text) {
        size_t len;
        NW_AUTOFREE char *text = nw_stream_rest(in, &len, err);
        return text && nw_voxels_parse_text(text, len, &h->voxels, out, err);
    }
    return (!h->packed || nw_stream_unpack(in, err)) &&
           nw_voxels_read(in, from, &h->voxels, out, err);
}

static bool open_voxels(struct nw_instream *in, const struct nw_volume_source *from,
                        const char *name, struct nw_err *err)
{
    if (from->voxel_path)
        return nw_stream_open(in, from->voxel_path, NULL, 0, err);
    return nw_stream_open_beside(in, from->path, name, err);
}

static bool read_open(const struct nw_volume_source *from, struct nw_instream *in,
                      struct nw_instream *other, struct nw_scan *out, struct nw_err *err)
{
    struct header h = {.voxels = {.format = "MetaImage", .slope = 1}};
    if (!parse_header(in, &h, err) || !check_complete(&h, err) || !place_axes(&h, out, err))
        return false;
    h.voxels.swapped = h.big_endian != nw_is_big_endian();
    const bool local = strcasecmp(h.data_file, "LOCAL") == 0;
    if (!local && !open_voxels(other, from, h.data_file, err))
        return false;
    if (from->head_only)
        return nw_grid_check(&h.voxels.grid, err) && nw_voxels_take_grid(&h.voxels, out, err);
    return read_voxels(local ? in : other, from, &h, out, err);
}

bool nw_metaimage_read(const struct nw_volume_source *from, struct nw_scan *out,
                       struct nw_err *err)
{
    struct nw_instream in = {0}, other = {0};
    const bool ok = nw_stream_open(&in, from->path, from->data, from->len, err) &&
                    read_open(from, &in, &other, out, err);
    nw_stream_release(&in);
    nw_stream_release(&other);
    return ok;
}
