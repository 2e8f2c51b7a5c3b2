/* io/volume.c -- which volume format, and the doors of io/volume_priv.h. */
#include "io/volume_priv.h"

#include <string.h>

#include "io/voxels_priv.h"

enum { HEAD = 512 };

struct format {
    bool (*is)(const uint8_t *head, size_t len);
    bool (*read)(const struct nw_volume_source *from, struct nw_scan *out, struct nw_err *err);
};

static const struct format formats[] = {
    {nw_nifti_is, nw_nifti_read},
    {nw_nrrd_is, nw_nrrd_read},
    {nw_metaimage_is, nw_metaimage_read},
};

/* The first bytes, unpacked when they are gzip: only NIfTI comes so. */
static size_t unpack_head(const uint8_t *head, size_t len, uint8_t out[HEAD],
                          struct nw_err *err)
{
    struct nw_instream s;
    size_t got = 0;
    if (!nw_stream_open(&s, NULL, head, len, err) || !nw_stream_unpack(&s, err) ||
        !nw_stream_read(&s, out, HEAD, &got, err))
        got = 0;
    if (err->code != NW_ERR_MEMORY)
        *err = (struct nw_err){0}; /* not gzip after all: then it is simply not NIfTI */
    nw_stream_release(&s);
    return got;
}

static const struct format *find_format(const uint8_t *head, size_t len, struct nw_err *err)
{
    uint8_t plain[HEAD];
    const bool packed = len > 18 && head[0] == 0x1f && head[1] == 0x8b;
    if (packed) {
        len = unpack_head(head, len, plain, err);
        return nw_nifti_is(plain, len) ? &formats[0] : NULL;
    }
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++)
        if (formats[f].is(head, len))
            return &formats[f];
    return NULL;
}

bool nw_volume_parse_is(const uint8_t *head, size_t len, const char *name)
{
    struct nw_err err = {0};
    if (find_format(head, len, &err))
        return true;
    /* Too little of a gzip file to tell: the name does. */
    const size_t n = name ? strlen(name) : 0;
    return len >= 2 && len < HEAD && head[0] == 0x1f && head[1] == 0x8b && n > 7 &&
           strcasecmp(name + n - 7, ".nii.gz") == 0;
}

bool nw_volume_source_read(const struct nw_volume_source *from, struct nw_scan *out,
                           struct nw_err *err)
{
    uint8_t bytes[4096];
    struct nw_instream look;
    size_t got = 0;
    const bool ok = nw_stream_open(&look, from->path, from->data, from->len, err) &&
                    nw_stream_read(&look, bytes, sizeof bytes, &got, err);
    nw_stream_release(&look);
    if (!ok)
        return false;
    const struct format *f = find_format(bytes, got, err);
    if (err->code != NW_OK)
        return false;
    if (!f)
        return nw_fail(err, NW_ERR_DATA,
                       "this is not a volume file that is known: NIfTI-1, NRRD or MetaImage");
    return f->read(from, out, err);
}

bool nw_volume_file_read(const char *path, const uint8_t *data, size_t len, struct nw_scan *out,
                         struct nw_err *err)
{
    const struct nw_volume_source from = {.path = path, .data = data, .len = len};
    if (nw_volume_source_read(&from, out, err))
        return true;
    nw_scan_release(out);
    return false;
}

bool nw_volume_file_look(const char *path, const uint8_t *data, size_t len,
                         struct nw_grid *grid, const char **format, struct nw_err *err)
{
    const struct nw_volume_source from = {
        .path = path, .data = data, .len = len, .head_only = true};
    struct nw_scan scan;
    nw_scan_init(&scan);
    const bool ok = nw_volume_source_read(&from, &scan, err);
    if (ok) {
        *grid = scan.volume.grid;
        *format = scan.facts.format;
    }
    nw_scan_release(&scan);
    return ok;
}
