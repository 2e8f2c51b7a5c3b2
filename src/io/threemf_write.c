/* io/threemf_write.c -- 3MF out: core and materials extension, our facts in our namespace.
 * See docs/formats/3mf.md. */
#include <string.h>

#include "io/threemf_priv.h"
#include "io/zip_priv.h"

enum { LINES = 8192, LINE_MOST = 160 };
static const size_t TEXT_MOST = (size_t)1 << 24;

static const char content_types[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
    "<Default Extension=\"rels\" "
    "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
    "<Default Extension=\"model\" "
    "ContentType=\"application/vnd.ms-package.3dmanufacturing-3dmodel+xml\"/>"
    "<Default Extension=\"png\" ContentType=\"image/png\"/>"
    "<Default Extension=\"bin\" ContentType=\"application/octet-stream\"/></Types>\n";
#define RELS_HEAD                                                                              \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                                             \
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"   \
    "<Relationship Target=\"/3D/3dmodel.model\" Id=\"rel0\" "                                  \
    "Type=\"http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel\"/>"
#define RELS_THUMBNAIL                                                                         \
    "<Relationship Target=\"/Metadata/thumbnail.png\" Id=\"rel1\" "                            \
    "Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/"            \
    "thumbnail\"/>"
#define RELS_END "</Relationships>\n"
static const char rels_plain[] = RELS_HEAD RELS_END;
static const char rels_thumbnail[] = RELS_HEAD RELS_THUMBNAIL RELS_END;

/* The distinct colours of a part's vertices, in rising order. */
struct palette {
    uint32_t *colour;
    size_t count;
};

struct part_job {
    const struct nw_part *part;
    struct palette palette; /* empty: the part's own colour */
    size_t group_id;
};

static char *put_text(char *p, const char *s, size_t len)
{
    memcpy(p, s, len);
    return p + len;
}
#define PUT(p, literal) put_text(p, literal, sizeof(literal) - 1)

static char *put_number(char *p, size_t n)
{
    char digit[24];
    int count = 0;
    do
        digit[count++] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    while (count > 0)
        *p++ = digit[--count];
    return p;
}

static bool fill_vertices(const void *ctx, size_t block, struct nw_text *text,
                          const void **data, size_t *len, struct nw_err *err)
{
    const struct nw_mesh *m = &((const struct part_job *)ctx)->part->mesh;
    const size_t begin = block * LINES;
    const size_t end = begin + LINES < m->vert_count ? begin + LINES : m->vert_count;
    (void)data;
    (void)len;
    for (size_t v = begin; v < end; v++) {
        char line[LINE_MOST], *p = PUT(line, "<vertex x=\"");
        p += nw_number_format_float(p, (float)m->pos_mm[v].x);
        p = PUT(p, "\" y=\"");
        p += nw_number_format_float(p, (float)m->pos_mm[v].y);
        p = PUT(p, "\" z=\"");
        p += nw_number_format_float(p, (float)m->pos_mm[v].z);
        p = PUT(p, "\"/>\n");
        if (!nw_text_addn(text, line, (size_t)(p - line), err))
            return false;
    }
    return true;
}

static uint32_t colour_key(const uint8_t rgba[4])
{
    return (uint32_t)rgba[0] << 24 | (uint32_t)rgba[1] << 16 | (uint32_t)rgba[2] << 8 | rgba[3];
}

static size_t colour_index(const struct palette *palette, uint32_t key)
{
    size_t low = 0, high = palette->count - 1;
    while (low < high) {
        const size_t mid = (low + high) / 2;
        if (palette->colour[mid] < key)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static bool fill_triangles(const void *ctx, size_t block, struct nw_text *text,
                           const void **data, size_t *len, struct nw_err *err)
{
    const struct part_job *job = ctx;
    const struct nw_mesh *m = &job->part->mesh;
    const size_t begin = block * LINES;
    const size_t end = begin + LINES < m->tri_count ? begin + LINES : m->tri_count;
    (void)data;
    (void)len;
    for (size_t t = begin; t < end; t++) {
        const uint32_t *v = m->tri[t];
        char line[LINE_MOST], *p = PUT(line, "<triangle v1=\"");
        p = put_number(p, v[0]);
        p = PUT(p, "\" v2=\"");
        p = put_number(p, v[1]);
        p = PUT(p, "\" v3=\"");
        p = put_number(p, v[2]);
        if (job->palette.count > 0) {
            p = PUT(p, "\" pid=\"");
            p = put_number(p, job->group_id);
            for (int k = 0; k < 3; k++) {
                p = PUT(p, "\" p");
                *p++ = (char)('1' + k);
                p = PUT(p, "=\"");
                p = put_number(p, colour_index(&job->palette, colour_key(m->vert_rgba[v[k]])));
            }
        }
        p = PUT(p, "\"/>\n");
        if (!nw_text_addn(text, line, (size_t)(p - line), err))
            return false;
    }
    return true;
}

/* ---- resources ---- */

static int by_value(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static bool make_palette(struct part_job *job, struct nw_err *err)
{
    const struct nw_mesh *m = &job->part->mesh;
    if (!m->vert_rgba)
        return true;
    uint32_t *colour = NW_ALLOC_UNSET(uint32_t, m->vert_count, err);
    if (!colour)
        return false;
    /* Neighbours are often alike: fewer to sort. */
    size_t n = 0;
    for (size_t v = 0; v < m->vert_count; v++) {
        const uint32_t key = colour_key(m->vert_rgba[v]);
        if (n == 0 || colour[n - 1] != key)
            colour[n++] = key;
    }
    qsort(colour, n, sizeof *colour, by_value);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || colour[kept - 1] != colour[i])
            colour[kept++] = colour[i];
    job->palette = (struct palette){colour, kept};
    return true;
}

static bool is_well_known(const char *key)
{
    static const char *const known[] = {"Title",        "Designer",         "Description",
                                        "Copyright",    "LicenseTerms",     "Rating",
                                        "CreationDate", "ModificationDate", "Application"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(key, known[i]) == 0)
            return true;
    return false;
}

static bool add_fact(struct nw_text *t, const struct nw_fact *fact, struct nw_err *err)
{
    if (!nw_text_add(
            t, is_well_known(fact->key) ? "<metadata name=\"" : "<metadata name=\"nuwa:", err))
        return false;
    for (const char *c = fact->key; *c; c++) {
        const bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                           (*c >= '0' && *c <= '9') || *c == '_' || *c == '-' || *c == '.';
        if (!nw_text_addn(t, plain ? c : "_", 1, err))
            return false;
    }
    return nw_text_add(t, "\">", err) && nw_text_add_xml(t, fact->value, err) &&
           nw_text_add(t, "</metadata>\n", err);
}

static bool add_palette(struct nw_text *t, const struct part_job *job, struct nw_err *err)
{
    if (job->palette.count == 0)
        return true;
    bool ok = nw_text_addf(t, err, "<m:colorgroup id=\"%zu\">", job->group_id);
    for (size_t i = 0; ok && i < job->palette.count; i++)
        ok = nw_text_addf(t, err, "<m:color color=\"#%08X\"/>\n", job->palette.colour[i]);
    return ok && nw_text_add(t, "</m:colorgroup>\n", err);
}

static bool add_materials(struct nw_text *t, const struct nw_model *model, struct nw_err *err)
{
    bool ok = nw_text_add(t, "<resources>\n<basematerials id=\"1\">\n", err);
    for (size_t p = 0; ok && p < model->part_count; p++)
        ok = nw_text_add(t, "<base name=\"", err) &&
             nw_text_add_xml(t, model->part[p].name, err) &&
             nw_text_addf(t, err, "\" displaycolor=\"#%08X\"/>\n",
                          colour_key(model->part[p].rgba));
    return ok && nw_text_add(t, "</basematerials>\n", err);
}

static bool head_text(struct nw_text *t, const struct nw_model *model,
                      const struct part_job *job, struct nw_err *err)
{
    bool ok = nw_text_add(
        t,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<model unit=\"millimeter\" xml:lang=\"en-US\" "
        "xmlns=\"http://schemas.microsoft.com/3dmanufacturing/core/2015/02\" "
        "xmlns:m=\"http://schemas.microsoft.com/3dmanufacturing/material/2015/02\" "
        "xmlns:nuwa=\"urn:nuwa:model:1\">\n<metadata name=\"nuwa:space\">LPS</metadata>\n",
        err);
    for (size_t f = 0; ok && f < model->fact_count; f++)
        if (strcmp(model->fact[f].key, "space") != 0)
            ok = add_fact(t, &model->fact[f], err);
    ok = ok && add_materials(t, model, err);
    for (size_t p = 0; ok && p < model->part_count; p++)
        ok = add_palette(t, &job[p], err);
    return ok;
}

static bool add_object(struct nw_zip_writer *zip, struct nw_text *t, const struct part_job *job,
                       size_t object_id, size_t material, struct nw_err *err)
{
    const struct nw_mesh *m = &job->part->mesh;
    t->len = 0;
    bool ok =
        nw_text_addf(t, err, "<object id=\"%zu\" type=\"model\" name=\"", object_id) &&
        nw_text_add_xml(t, job->part->name, err) &&
        nw_text_addf(t, err, "\" pid=\"1\" pindex=\"%zu\"><mesh><vertices>\n", material) &&
        nw_pack_add(&zip->pack, t->data, t->len, err) &&
        nw_pack_blocks(&zip->pack, (m->vert_count + LINES - 1) / LINES, fill_vertices, job,
                       err);
    t->len = 0;
    ok = ok && nw_text_add(t, "</vertices><triangles>\n", err) &&
         nw_pack_add(&zip->pack, t->data, t->len, err) &&
         nw_pack_blocks(&zip->pack, (m->tri_count + LINES - 1) / LINES, fill_triangles, job,
                        err);
    t->len = 0;
    return ok && nw_text_add(t, "</triangles></mesh></object>\n", err) &&
           nw_pack_add(&zip->pack, t->data, t->len, err);
}

static bool add_model(struct nw_zip_writer *zip, struct nw_text *t,
                      const struct nw_model *model, struct part_job *job, struct nw_err *err)
{
    size_t id = 2;
    for (size_t p = 0; p < model->part_count; p++) {
        job[p].part = &model->part[p];
        if (!make_palette(&job[p], err))
            return false;
        job[p].group_id = id;
        id += job[p].palette.count > 0;
    }
    bool ok = head_text(t, model, job, err) &&
              nw_zip_open_entry(zip, "3D/3dmodel.model", err) &&
              nw_pack_add(&zip->pack, t->data, t->len, err);
    for (size_t p = 0; ok && p < model->part_count; p++)
        ok = add_object(zip, t, &job[p], id + p, p, err);
    t->len = 0;
    ok = ok && nw_text_add(t, "</resources>\n<build>\n", err);
    for (size_t p = 0; ok && p < model->part_count; p++)
        ok = nw_text_addf(t, err, "<item objectid=\"%zu\"/>\n", id + p);
    return ok && nw_text_add(t, "</build>\n</model>\n", err) &&
           nw_pack_add(&zip->pack, t->data, t->len, err) && nw_zip_close_entry(zip, err);
}

/* ---- what 3MF has no words for: see nw_threemf_vertices_parse ---- */

static bool vertices_text(struct nw_text *t, const struct nw_model *model, struct nw_err *err)
{
    const uint32_t head[2] = {1, (uint32_t)model->part_count};
    bool ok = nw_text_addn(t, NW_VERTICES_MAGIC, 8, err) &&
              nw_text_addn(t, (const char *)head, sizeof head, err);
    for (size_t p = 0; ok && p < model->part_count; p++) {
        const struct nw_mesh *m = &model->part[p].mesh;
        const uint32_t part[2] = {(uint32_t)m->vert_count,
                                  (m->uncertainty_mm ? 1u : 0u) | (m->vert_class ? 2u : 0u)};
        ok = nw_text_addn(t, (const char *)part, sizeof part, err) &&
             nw_text_addn(t, (const char *)&m->tol_mm, sizeof m->tol_mm, err);
        if (ok && m->uncertainty_mm)
            ok = nw_text_addn(t, (const char *)m->uncertainty_mm, m->vert_count * sizeof(float),
                              err);
        if (ok && m->vert_class)
            ok = nw_text_addn(t, (const char *)m->vert_class, m->vert_count, err);
    }
    return ok;
}

static bool has_vertex_facts(const struct nw_model *model)
{
    for (size_t p = 0; p < model->part_count; p++) {
        const struct nw_mesh *m = &model->part[p].mesh;
        if (m->uncertainty_mm || m->vert_class || m->tol_mm > 0)
            return true;
    }
    return false;
}

static bool add_vertices(struct nw_zip_writer *zip, const struct nw_model *model,
                         struct nw_err *err)
{
    struct nw_text t;
    if (!has_vertex_facts(model))
        return true;
    nw_text_init(&t, (size_t)1 << 36);
    const bool ok = vertices_text(&t, model, err) &&
                    nw_zip_add(zip, "Metadata/nuwa-vertices.bin", t.data, t.len, err);
    nw_text_release(&t);
    return ok;
}

bool nw_threemf_write(struct nw_out *out, const struct nw_model *model,
                      const struct nw_model_write_opts *opts, struct nw_err *err)
{
    struct nw_zip_writer zip = {.out = out};
    const bool picture = opts && opts->thumbnail_png && opts->thumbnail_len > 0;
    const char *rels = picture ? rels_thumbnail : rels_plain;
    NW_AUTOFREE struct part_job *job = NW_ALLOC(struct part_job, model->part_count, err);
    if (!job)
        return false;
    struct nw_text text;
    nw_text_init(&text, TEXT_MOST);
    const bool ok =
        nw_zip_add(&zip, "[Content_Types].xml", content_types, sizeof content_types - 1, err) &&
        nw_zip_add(&zip, "_rels/.rels", rels, strlen(rels), err) &&
        add_model(&zip, &text, model, job, err) && add_vertices(&zip, model, err) &&
        (!picture || nw_zip_add(&zip, "Metadata/thumbnail.png", opts->thumbnail_png,
                                opts->thumbnail_len, err)) &&
        nw_zip_end(&zip, err);
    for (size_t p = 0; p < model->part_count; p++)
        nw_free(job[p].palette.colour);
    nw_text_release(&text);
    return ok;
}
