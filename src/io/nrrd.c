/* io/nrrd.c -- NRRD: lines of "field: value", an empty line, voxels; or the voxels elsewhere.
 * Only what is a scalar volume of three axes is read; http://teem.sourceforge.net/nrrd. */
#include <string.h>

#include "core/text.h"
#include "io/voxels_priv.h"

enum { LINE_MAX_BYTES = 1 << 20, HEADER_MAX_LINES = 20000, AXES_MAX = 4 };

enum encoding { ENCODING_NONE, ENCODING_RAW, ENCODING_GZIP, ENCODING_TEXT };

struct header {
    struct nw_voxels_head voxels;
    size_t axis_count, size[AXES_MAX];
    bool has_type, has_sizes, has_endian, big_endian, has_origin, has_space;
    enum encoding encoding;
    double flip[3]; /* to LPS: -1 or 1 along the file's space axes */
    bool has_direction[AXES_MAX];
    nw_vec3 direction[AXES_MAX], origin;
    double spacing[AXES_MAX], unit_mm;
    bool has_spacing;
    char data_file[1024];
    double byte_skip, line_skip;
};

bool nw_nrrd_is(const uint8_t *head, size_t len)
{
    return len >= 8 && memcmp(head, "NRRD000", 7) == 0 && head[7] >= '1' && head[7] <= '9';
}

static bool is_one_of(const char *value, const char *list)
{
    const size_t len = strlen(value);
    for (const char *p = list; *p; p += strlen(p) + 1)
        if (strlen(p) == len && strcasecmp(p, value) == 0)
            return true;
    return false;
}

static bool set_type(struct header *h, const char *value, struct nw_err *err)
{
    static const struct {
        enum nw_stored type;
        const char *names; /* each ends in a zero byte */
    } known[] = {
        {NW_STORED_I8, "signed char\0int8\0int8_t\0"},
        {NW_STORED_U8, "uchar\0unsigned char\0uint8\0uint8_t\0"},
        {NW_STORED_I16, "short\0short int\0signed short\0signed short int\0int16\0int16_t\0"},
        {NW_STORED_U16, "ushort\0unsigned short\0unsigned short int\0uint16\0uint16_t\0"},
        {NW_STORED_I32, "int\0signed int\0int32\0int32_t\0"},
        {NW_STORED_U32, "uint\0unsigned int\0uint32\0uint32_t\0"},
        {NW_STORED_I64, "longlong\0long long\0long long int\0signed long long\0"
                        "signed long long int\0int64\0int64_t\0"},
        {NW_STORED_U64, "ulonglong\0unsigned long long\0unsigned long long int\0uint64\0"
                        "uint64_t\0"},
        {NW_STORED_F32, "float\0"},
        {NW_STORED_F64, "double\0"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (is_one_of(value, known[i].names)) {
            h->voxels.type = known[i].type;
            h->has_type = true;
            return true;
        }
    return nw_fail(err, NW_ERR_UNSUPPORTED,
                   "NRRD voxels of this type are not read; integers and real numbers are");
}

static bool set_encoding(struct header *h, const char *value, struct nw_err *err)
{
    if (is_one_of(value, "raw\0"))
        h->encoding = ENCODING_RAW;
    else if (is_one_of(value, "gzip\0gz\0"))
        h->encoding = ENCODING_GZIP;
    else if (is_one_of(value, "txt\0text\0ascii\0"))
        h->encoding = ENCODING_TEXT;
    else
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "an NRRD of this encoding is not read; raw, gzip and ascii are");
    return true;
}

static bool set_space(struct header *h, const char *value, struct nw_err *err)
{
    h->has_space = true;
    h->flip[0] = h->flip[1] = h->flip[2] = 1;
    if (is_one_of(value, "left-posterior-superior\0LPS\0"))
        return true;
    h->flip[1] = -1;
    if (is_one_of(value, "left-anterior-superior\0LAS\0"))
        return true;
    h->flip[0] = -1;
    if (is_one_of(value, "right-anterior-superior\0RAS\0"))
        return true;
    return nw_fail(err, NW_ERR_UNSUPPORTED,
                   "an NRRD in this space is not read; LPS, RAS and LAS of three axes are");
}

/* "(a,b,c)"; returns what is behind it, or NULL. */
static const char *parse_vector(const char *p, nw_vec3 *out)
{
    double v[3];
    if (*p++ != '(')
        return NULL;
    for (int a = 0; a < 3; a++) {
        while (*p == ' ')
            p++;
        p = nw_number_parse(p, &v[a]);
        if (!p)
            return NULL;
        while (*p == ' ')
            p++;
        if (*p++ != (a < 2 ? ',' : ')'))
            return NULL;
    }
    *out = nw_v3(v[0], v[1], v[2]);
    return p;
}

static bool set_directions(struct header *h, const char *value, struct nw_err *err)
{
    const char *p = value;
    for (size_t a = 0; p && a < h->axis_count; a++) {
        while (*p == ' ')
            p++;
        if (strncasecmp(p, "none", 4) == 0) {
            p += 4;
            continue;
        }
        h->has_direction[a] = true;
        p = parse_vector(p, &h->direction[a]);
    }
    if (!p)
        return nw_fail(err, NW_ERR_DATA,
                       "the NRRD header's space directions are not vectors of three numbers");
    return true;
}

static bool set_sizes(struct header *h, const char *value, struct nw_err *err)
{
    double n[AXES_MAX];
    if (h->axis_count == 0)
        return nw_fail(err, NW_ERR_DATA, "the NRRD header gives sizes before its dimension");
    if (!nw_numbers_parse(value, n, h->axis_count))
        return nw_fail(err, NW_ERR_DATA, "the NRRD header's sizes are not %zu numbers",
                       h->axis_count);
    for (size_t a = 0; a < h->axis_count; a++) {
        if (!(n[a] >= 1 && n[a] <= 1e9))
            return nw_fail(
                err, NW_ERR_DATA,
                "the NRRD header says %g voxels along axis %zu; at least 1 is needed", n[a],
                a + 1);
        h->size[a] = (size_t)n[a];
    }
    h->has_sizes = true;
    return true;
}

static bool set_dimension(struct header *h, const char *value, struct nw_err *err)
{
    double n;
    if (!nw_number_parse(value, &n) || !(n >= 3 && n <= AXES_MAX))
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "an NRRD of dimension %.20s is not read; a volume has 3", value);
    h->axis_count = (size_t)n;
    return true;
}

static bool set_spacings(struct header *h, const char *value)
{
    const char *p = value;
    h->has_spacing = true;
    for (size_t a = 0; a < h->axis_count; a++) {
        while (*p == ' ')
            p++;
        h->spacing[a] = 0;
        const char *end = nw_number_parse(p, &h->spacing[a]); /* nan: not an axis of space */
        p = end ? end : p + strcspn(p, " ");
    }
    return true;
}

static bool set_units(struct header *h, const char *value, struct nw_err *err)
{
    static const struct {
        const char *name;
        double mm;
    } known[] = {{"\"mm\"", 1},   {"\"millimeter\"", 1}, {"\"cm\"", 10},
                 {"\"m\"", 1000}, {"\"um\"", 0.001},     {"\"\"", 1}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(value, known[i].name, strlen(known[i].name)) == 0) {
            h->unit_mm = known[i].mm;
            return true;
        }
    return nw_fail(err, NW_ERR_UNSUPPORTED,
                   "the NRRD header's unit of length is not mm, cm, m or um");
}

static bool set_data_file(struct header *h, const char *value, struct nw_err *err)
{
    if (strncmp(value, "LIST", 4) == 0 || strchr(value, '%'))
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "an NRRD with its voxels in several files is not read");
    if (strlen(value) >= sizeof h->data_file)
        return nw_fail(err, NW_ERR_LIMIT, "the NRRD header's data file name is too long");
    memcpy(h->data_file, value, strlen(value) + 1);
    return true;
}

static bool set_skip(double *skip, const char *value, double least, struct nw_err *err)
{
    if (!nw_number_parse(value, skip) || !(*skip >= least && *skip < 1e12))
        return nw_fail(err, NW_ERR_DATA,
                       "the NRRD header's skip is no number of bytes or lines");
    return true;
}

static bool set_field(struct header *h, const char *key, const char *value, struct nw_err *err)
{
    if (is_one_of(key, "dimension\0"))
        return set_dimension(h, value, err);
    if (is_one_of(key, "type\0"))
        return set_type(h, value, err);
    if (is_one_of(key, "sizes\0"))
        return set_sizes(h, value, err);
    if (is_one_of(key, "encoding\0"))
        return set_encoding(h, value, err);
    if (is_one_of(key, "space\0"))
        return set_space(h, value, err);
    if (is_one_of(key, "space directions\0"))
        return set_directions(h, value, err);
    if (is_one_of(key, "spacings\0"))
        return set_spacings(h, value);
    if (is_one_of(key, "space units\0units\0"))
        return set_units(h, value, err);
    if (is_one_of(key, "data file\0datafile\0"))
        return set_data_file(h, value, err);
    if (is_one_of(key, "byte skip\0byteskip\0"))
        return set_skip(&h->byte_skip, value, -1, err);
    if (is_one_of(key, "line skip\0lineskip\0"))
        return set_skip(&h->line_skip, value, 0, err);
    if (is_one_of(key, "endian\0")) {
        h->has_endian = true;
        h->big_endian = is_one_of(value, "big\0");
    } else if (is_one_of(key, "space origin\0")) {
        h->has_origin = true;
        if (!parse_vector(value, &h->origin))
            return nw_fail(err, NW_ERR_DATA,
                           "the NRRD header's space origin is not a vector of three numbers");
    }
    return true; /* other fields and key:=value pairs do not change voxels or place */
}

static bool parse_line(struct header *h, char *line, struct nw_err *err)
{
    char *colon = strchr(line, ':');
    if (line[0] == '#' || !colon || colon[1] == '=')
        return true;
    *colon = '\0';
    char *value = colon + 1 + strspn(colon + 1, " \t");
    for (size_t n = strlen(value); n > 0 && (value[n - 1] == ' ' || value[n - 1] == '\t'); n--)
        value[n - 1] = '\0';
    return set_field(h, line, value, err);
}

static bool parse_header(struct nw_instream *in, struct header *h, struct nw_err *err)
{
    struct nw_text line;
    nw_text_init(&line, LINE_MAX_BYTES);
    bool ok = true, more = true, ended = false;
    for (size_t n = 0; ok && more && !ended; n++) {
        ok = nw_stream_line(in, &line, &more, err);
        ended = ok && line.len == 0;
        if (ok && n > HEADER_MAX_LINES)
            ok = nw_fail(err, NW_ERR_LIMIT, "the NRRD header has over %d lines",
                         HEADER_MAX_LINES);
        if (ok && n > 0 && !ended)
            ok = parse_line(h, line.data, err);
    }
    nw_text_release(&line);
    return ok;
}

/* ---- from fields to a grid ---- */

/* Which of four axes is not one of space: it must have a single value. Else -1. */
static int spare_axis(const struct header *h)
{
    if (h->axis_count == 3)
        return -1;
    for (int a = 0; a < AXES_MAX; a++)
        if (h->has_space && !h->has_direction[a])
            return a;
    return h->size[0] == 1 ? 0 : 3;
}

static bool place_axes(struct header *h, struct nw_scan *out, struct nw_err *err)
{
    struct nw_grid *g = &h->voxels.grid;
    const int spare = spare_axis(h);
    if (spare >= 0 && h->size[spare] != 1)
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "the NRRD holds %zu values in each voxel or %zu volumes; one is read",
                       h->size[spare], h->size[spare]);
    bool directed = true;
    int to = 0;
    for (int a = 0; a < (int)h->axis_count; a++) {
        if (a == spare)
            continue;
        directed = directed && h->has_direction[a];
        const nw_vec3 d = h->direction[a];
        const double s = h->unit_mm;
        g->dim[to] = h->size[a];
        g->step_mm[to] =
            nw_v3(d.x * h->flip[0] * s, d.y * h->flip[1] * s, d.z * h->flip[2] * s);
        if (!h->has_direction[a])
            g->step_mm[to] =
                nw_v3(to == 0 ? h->spacing[a] * s : 0, to == 1 ? h->spacing[a] * s : 0,
                      to == 2 ? h->spacing[a] * s : 0);
        to++;
    }
    const double s = h->unit_mm;
    g->origin_mm = nw_v3(h->origin.x * h->flip[0] * s, h->origin.y * h->flip[1] * s,
                         h->origin.z * h->flip[2] * s);
    if (!directed && !h->has_spacing)
        return nw_fail(err, NW_ERR_DATA, "the NRRD header says no voxel spacing");
    if (!directed || !h->has_space)
        return nw_scan_remark(
            out, NW_WARNING, "orientation-unknown", "文件未写明方位:左右无法确定,按 LPS 处理",
            "the file does not say how it lies: left and right cannot be told, "
            "LPS is assumed",
            err);
    return true;
}

static bool check_complete(const struct header *h, struct nw_err *err)
{
    const char *missing = h->axis_count == 0             ? "dimension"
                          : !h->has_type                 ? "type"
                          : !h->has_sizes                ? "sizes"
                          : h->encoding == ENCODING_NONE ? "encoding"
                                                         : NULL;
    if (missing)
        return nw_fail(err, NW_ERR_DATA, "the NRRD header has no field '%s'", missing);
    if (!h->has_endian && h->encoding != ENCODING_TEXT && nw_stored_bytes(h->voxels.type) > 1)
        return nw_fail(err, NW_ERR_DATA,
                       "the NRRD header does not say its byte order (endian)");
    return true;
}

/* ---- the voxels ---- */

static bool skip(struct nw_instream *in, const struct header *h, struct nw_err *err)
{
    struct nw_text line;
    nw_text_init(&line, LINE_MAX_BYTES);
    bool ok = true, more = true;
    for (double n = 0; ok && more && n < h->line_skip; n++)
        ok = nw_stream_line(in, &line, &more, err);
    nw_text_release(&line);
    if (!ok)
        return false;
    if (h->byte_skip >= 0)
        return nw_stream_skip(in, (uint64_t)h->byte_skip, err);
    const uint64_t need =
        (uint64_t)nw_grid_count(&h->voxels.grid) * nw_stored_bytes(h->voxels.type);
    const uint64_t left = nw_stream_limit(in); /* -1: the voxels are the file's end */
    if (h->encoding != ENCODING_RAW || left < need)
        return nw_fail(err, NW_ERR_DATA, "the file ends before its voxels begin");
    return nw_stream_skip(in, left - need, err);
}

static bool read_text(struct nw_instream *in, const struct header *h, struct nw_scan *out,
                      struct nw_err *err)
{
    size_t len;
    NW_AUTOFREE char *text = nw_stream_rest(in, &len, err);
    return text && nw_voxels_parse_text(text, len, &h->voxels, out, err);
}

static bool read_voxels(struct nw_instream *in, const struct nw_volume_source *from,
                        const struct header *h, struct nw_scan *out, struct nw_err *err)
{
    /* Checked before anything is skipped or asked for. */
    if (!nw_grid_check(&h->voxels.grid, err))
        return false;
    if (h->encoding == ENCODING_GZIP && !nw_stream_unpack(in, err))
        return false;
    if (!skip(in, h, err))
        return false;
    return h->encoding == ENCODING_TEXT ? read_text(in, h, out, err)
                                        : nw_voxels_read(in, from, &h->voxels, out, err);
}

static bool read_open(const struct nw_volume_source *from, struct nw_instream *in,
                      struct nw_instream *other, struct nw_scan *out, struct nw_err *err)
{
    struct header h = {
        .voxels = {.format = "NRRD", .slope = 1}, .flip = {1, 1, 1}, .unit_mm = 1};
    if (!parse_header(in, &h, err) || !check_complete(&h, err) || !place_axes(&h, out, err))
        return false;
    h.voxels.swapped = h.has_endian && h.big_endian != nw_is_big_endian();
    if (h.data_file[0] && !nw_stream_open_beside(other, from->path, h.data_file, err))
        return false;
    if (from->head_only)
        return nw_grid_check(&h.voxels.grid, err) && nw_voxels_take_grid(&h.voxels, out, err);
    return read_voxels(h.data_file[0] ? other : in, from, &h, out, err);
}

bool nw_nrrd_read(const struct nw_volume_source *from, struct nw_scan *out, struct nw_err *err)
{
    struct nw_instream in = {0}, other = {0};
    const bool ok = nw_stream_open(&in, from->path, from->data, from->len, err) &&
                    read_open(from, &in, &other, out, err);
    nw_stream_release(&in);
    nw_stream_release(&other);
    return ok;
}
