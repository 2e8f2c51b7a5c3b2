/* print/stack_read.c -- what a stack of layer pictures says and holds; see stack.h. */
#include <jansson.h>
#include <string.h>
#include <zlib.h>

#include "core/parallel.h"
#include "core/text.h"
#include "print/bundle_priv.h"
#include "print/png_priv.h"
#include "print/stack_priv.h"

enum { TEXT_BYTES = 1 << 20, PICTURE_BYTES = 1 << 28 };

/* The number after "key =" at the beginning of a line; false when there is none. */
static bool ini_number(const char *text, const char *key, double *out)
{
    const size_t len = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, len) != 0)
            continue;
        const char *at = line + len;
        while (*at == ' ' || *at == '\t')
            at++;
        if (*at != '=')
            continue;
        at++;
        while (*at == ' ' || *at == '\t')
            at++;
        return nw_number_parse(at, out) != NULL;
    }
    return false;
}

/* The word after "key =" begins with `word`? */
static bool ini_says(const char *text, const char *key, const char *word)
{
    const char *at = strstr(text, key);
    at = at ? strchr(at, '=') : NULL;
    while (at && (*at == '=' || *at == ' '))
        at++;
    return at && strncmp(at, word, strlen(word)) == 0;
}

static bool read_ini(const char *text, struct nw_stack_facts *out, struct nw_err *err)
{
    double width = 0, height = 0, x = 0, y = 0;
    if (!ini_number(text, "display_width", &width) ||
        !ini_number(text, "display_height", &height) ||
        !ini_number(text, "display_pixels_x", &x) ||
        !ini_number(text, "display_pixels_y", &y) ||
        !ini_number(text, "layer_height", &out->layer_mm))
        return nw_fail(err, NW_ERR_DATA, "the archive does not say how large its pixels are");
    if (!(width > 0 && width < 1e5 && height > 0 && height < 1e5 && x >= 1 && x < 1e6 &&
          y >= 1 && y < 1e6 && out->layer_mm > 0 && out->layer_mm < 100))
        return nw_fail(err, NW_ERR_DATA,
                       "the archive's pixels or layers have no possible size");
    const bool portrait = ini_says(text, "display_orientation", "portrait");
    out->pixel_mm[portrait ? 1 : 0] = width / x;
    out->pixel_mm[portrait ? 0 : 1] = height / y;
    return true;
}

static bool read_manifest(const char *text, size_t len, struct nw_stack_facts *out,
                          struct nw_err *err)
{
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    if (!root)
        return nw_fail(err, NW_ERR_DATA, "the stack's manifest is not JSON");
    out->layer_mm = json_number_value(json_object_get(root, "layer_mm"));
    out->pixel_mm[0] = json_number_value(json_object_get(root, "column_mm"));
    out->pixel_mm[1] = json_number_value(json_object_get(root, "row_mm"));
    const char *content = json_string_value(json_object_get(root, "content"));
    if (content && strcmp(content, "material") == 0)
        out->kind = NW_STACK_MATERIAL;
    json_decref(root);
    for (int a = 0; a < 3; a++) {
        const double v = a < 2 ? out->pixel_mm[a] : out->layer_mm;
        if (!(v > 0 && v < 100))
            return nw_fail(err, NW_ERR_DATA,
                           "the archive's pixels or layers have no possible size");
    }
    return true;
}

static bool ends_in(const char *name, const char *ending)
{
    const size_t len = strlen(name), end = strlen(ending);
    return len >= end && strcmp(name + len - end, ending) == 0;
}

static bool read_texts(const struct nw_unbundle *u, struct nw_stack_facts *out,
                       struct nw_err *err)
{
    for (size_t n = 0; n < nw_unbundle_count(u); n++) {
        const char *name = nw_unbundle_name(u, n);
        const bool ini = strcmp(name, "prusaslicer.ini") == 0;
        if (!ini && strcmp(name, "manifest.json") != 0)
            continue;
        size_t len = 0;
        NW_AUTOFREE char *text = (char *)nw_unbundle_read(u, n, TEXT_BYTES, &len, err);
        out->kind = ini ? NW_STACK_SL1 : NW_STACK_PNG;
        return text && (ini ? read_ini(text, out, err) : read_manifest(text, len, out, err));
    }
    return nw_fail(err, NW_ERR_DATA,
                   "the archive is no stack of layers: it holds no prusaslicer.ini and no "
                   "manifest.json");
}

/* Pictures of layers, not the thumbnails some archives hold. */
static bool is_layer(const char *name)
{
    return ends_in(name, ".png") && strncmp(name, "thumbnail", 9) != 0;
}

/* What one of the readers found. */
struct sums {
    double covered;
    size_t lo[3], hi[3];
    size_t width, height;
    struct nw_err err;
};

static bool is_blank(const uint8_t *row, size_t width)
{
    uint8_t any = 0;
    for (size_t x = 0; x < width; x++)
        any |= row[x];
    return any == 0;
}

static void add_plate(struct sums *s, const struct nw_plate *p, size_t layer, bool material)
{
    for (size_t y = 0; y < p->height; y++) {
        const uint8_t *row = p->byte + y * p->width;
        if (is_blank(row, p->width))
            continue;
        uint32_t sum = 0; /* of at most 2^24 pixels: see the sizes */
        for (size_t x = 0; x < p->width; x++)
            sum += material ? (row[x] ? 255 : 0) : row[x];
        size_t first = 0, last = p->width;
        while (!row[first])
            first++;
        while (!row[last - 1])
            last--;
        const size_t lo[3] = {first, y, layer}, hi[3] = {last, y + 1, layer + 1};
        for (int a = 0; a < 3; a++) {
            s->lo[a] = s->covered <= 0 || lo[a] < s->lo[a] ? lo[a] : s->lo[a];
            s->hi[a] = hi[a] > s->hi[a] ? hi[a] : s->hi[a];
        }
        s->covered += sum;
    }
}

static bool hold_against(const struct nw_stack_proof *proof, const struct nw_plate *p,
                         size_t layer, struct nw_err *err)
{
    bool same = layer < proof->layers && proof->row_hi <= p->height;
    for (size_t y = 0; same && y < p->height; y++)
        if (y < proof->row_lo || y >= proof->row_hi)
            same = is_blank(p->byte + y * p->width, p->width);
    if (same)
        same = crc32_z(crc32(0, NULL, 0), p->byte + proof->row_lo * p->width,
                       (proof->row_hi - proof->row_lo) * p->width) == proof->sum[layer];
    return same ||
           nw_fail(err, NW_ERR_INTERNAL, "a layer reads back other than it was written");
}

static bool add_picture(const struct nw_unbundle *u, size_t entry, size_t layer,
                        const struct nw_stack_proof *proof, bool material, struct sums *s)
{
    size_t len = 0;
    struct nw_plate plate = {0};
    NW_AUTOFREE uint8_t *png = nw_unbundle_read(u, entry, PICTURE_BYTES, &len, &s->err);
    if (!png || !nw_plate_unpack(png, len, &plate, &s->err))
        return false;
    if (s->width == 0) {
        s->width = plate.width;
        s->height = plate.height;
    }
    bool ok = plate.width == s->width && plate.height == s->height && plate.width < 1 << 24;
    if (!ok)
        (void)nw_fail(&s->err, NW_ERR_DATA, "the layers' pictures are not all of one size");
    ok = ok && (!proof || hold_against(proof, &plate, layer, &s->err));
    if (ok)
        add_plate(s, &plate, layer, material);
    nw_free(plate.byte);
    return ok;
}

/* An archive is read by a few readers at once, each with its own opening of it. */
enum { READERS = 4 };
struct opened {
    struct nw_unbundle *u[READERS];
    size_t *entry, count; /* the layers' places; names count up, in files of every maker */
};

static bool list_layers(struct opened *o, struct nw_err *err)
{
    const size_t all = nw_unbundle_count(o->u[0]);
    o->entry = NW_ALLOC(size_t, all + 1, err);
    for (size_t n = 0; o->entry && n < all; n++)
        if (is_layer(nw_unbundle_name(o->u[0], n)))
            o->entry[o->count++] = n;
    return o->entry && (o->count > 0 ||
                        nw_fail(err, NW_ERR_DATA, "the archive holds no picture of a layer"));
}

static void read_share(const struct opened *o, size_t reader,
                       const struct nw_stack_proof *proof, bool material, struct sums *s)
{
    for (size_t k = reader; k < o->count; k += READERS)
        if (!add_picture(o->u[reader], o->entry[k], k, proof, material, s))
            return;
}

static bool join_sums(const struct sums s[READERS], struct nw_stack_facts *f,
                      struct nw_err *err)
{
    double covered = 0;
    size_t lo[3] = {0}, hi[3] = {0};
    for (size_t r = 0; r < READERS && r < f->layers; r++) {
        if (s[r].err.code) {
            *err = s[r].err;
            return false;
        }
        if (s[r].width != s[0].width || s[r].height != s[0].height)
            return nw_fail(err, NW_ERR_DATA, "the layers' pictures are not all of one size");
        for (int a = 0; a < 3 && s[r].covered > 0; a++) {
            lo[a] = covered <= 0 || s[r].lo[a] < lo[a] ? s[r].lo[a] : lo[a];
            hi[a] = s[r].hi[a] > hi[a] ? s[r].hi[a] : hi[a];
        }
        covered += s[r].covered;
    }
    f->width = s[0].width;
    f->height = s[0].height;
    f->volume_mm3 = covered / 255 * f->pixel_mm[0] * f->pixel_mm[1] * f->layer_mm;
    f->box.min = nw_v3((double)lo[0] * f->pixel_mm[0], (double)lo[1] * f->pixel_mm[1],
                       (double)lo[2] * f->layer_mm);
    f->box.max = nw_v3((double)hi[0] * f->pixel_mm[0], (double)hi[1] * f->pixel_mm[1],
                       (double)hi[2] * f->layer_mm);
    return true;
}

/* Takes what was opened. */
static bool read_stack(struct opened *o, const struct nw_stack_proof *proof,
                       struct nw_stack_facts *out, struct nw_err *err)
{
    struct nw_stack_facts f = {0};
    struct sums sums[READERS] = {{0}};
    bool ok = err->code == NW_OK && read_texts(o->u[0], &f, err) && list_layers(o, err);
    if (ok) {
        f.layers = o->count;
        NW_PARALLEL_FOR
        for (size_t r = 0; r < READERS; r++)
            read_share(o, r, proof, f.kind == NW_STACK_MATERIAL, &sums[r]);
        ok = join_sums(sums, &f, err);
        if (ok && proof && proof->layers != f.layers)
            ok = nw_fail(err, NW_ERR_INTERNAL, "a layer reads back other than it was written");
    }
    for (int r = 0; r < READERS; r++)
        nw_unbundle_free(o->u[r]);
    nw_free(o->entry);
    if (ok)
        *out = f;
    return ok;
}

bool nw_stack_read_proved(const char *path, const struct nw_stack_proof *proof,
                          struct nw_stack_facts *out, struct nw_err *err)
{
    struct opened o = {0};
    for (int r = 0; r < READERS && err->code == NW_OK; r++)
        o.u[r] = nw_unbundle_new(path, err);
    return read_stack(&o, proof, out, err);
}

bool nw_stack_read(const char *path, struct nw_stack_facts *out, struct nw_err *err)
{
    return nw_stack_read_proved(path, NULL, out, err);
}

bool nw_stack_parse(const uint8_t *data, size_t len, struct nw_stack_facts *out,
                    struct nw_err *err)
{
    struct opened o = {0};
    for (int r = 0; r < READERS && err->code == NW_OK; r++)
        o.u[r] = nw_unbundle_of_bytes(data, len, err);
    return read_stack(&o, NULL, out, err);
}
