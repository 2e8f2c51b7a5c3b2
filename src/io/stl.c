/* io/stl.c -- STL: triangle soup in float32. Read binary and ASCII, told apart by the file's
 * size and not by its first word; written binary, frame and unit in the 80 free bytes. */
#include <stdio.h>
#include <string.h>

#include "core/parallel.h"
#include "io/model_priv.h"

enum { HEAD = 84, RECORD = 50, BLOCK = 4096, ROUND = 16 * BLOCK };

static uint32_t count_at(const uint8_t *data)
{
    return (uint32_t)data[80] | (uint32_t)data[81] << 8 | (uint32_t)data[82] << 16 |
           (uint32_t)data[83] << 24;
}

static bool is_binary(const uint8_t *data, size_t len)
{
    return len >= HEAD && (len - HEAD) % RECORD == 0 && (len - HEAD) / RECORD == count_at(data);
}

static bool is_ascii(const uint8_t *data, size_t len)
{
    return len >= 6 && memcmp(data, "solid", 5) == 0 && data[5] <= ' ' &&
           (len < 15 || memmem(data, len < 4096 ? len : 4096, "facet", 5) ||
            memmem(data, len < 4096 ? len : 4096, "endsolid", 8));
}

static bool stl_is(const uint8_t *data, size_t len)
{
    return is_binary(data, len) || is_ascii(data, len);
}

static void note_frame(struct nw_model_source *from, const char *text, size_t len)
{
    from->is_ras = from->is_ras || memmem(text, len, "SPACE=RAS", 9) != NULL;
    from->is_lps = from->is_lps || memmem(text, len, "SPACE=LPS", 9) != NULL;
}

/* ---- binary ---- */

static nw_vec3 corner_at(const uint8_t *p)
{
    float f[3];
    memcpy(f, p, sizeof f); /* little endian, as are all machines this runs on */
    return nw_v3((double)f[0], (double)f[1], (double)f[2]);
}

static bool parse_binary(struct nw_model_source *from, struct nw_model *out, struct nw_err *err)
{
    const size_t count = count_at(from->data);
    struct nw_mesh mesh = {0};
    note_frame(from, (const char *)from->data, 80);
    if (!nw_mesh_init(&mesh, 3 * count, count, err))
        return false;
    const size_t blocks = count / BLOCK + 1;
    NW_PARALLEL_FOR
    for (size_t b = 0; b < blocks; b++)
        for (size_t t = b * BLOCK; t < count && t < (b + 1) * BLOCK; t++)
            for (size_t k = 0; k < 3; k++) {
                mesh.pos_mm[3 * t + k] =
                    corner_at(from->data + HEAD + RECORD * t + 12 + 12 * k);
                mesh.tri[t][k] = (uint32_t)(3 * t + k);
            }
    if (!nw_mesh_weld_inplace(&mesh, err)) {
        nw_mesh_release(&mesh);
        return false;
    }
    return nw_model_add_unique(out, "part", 4, nw_plain_rgba, &mesh, err);
}

/* ---- ASCII ---- */

struct cursor {
    const char *p, *end;
    size_t line;
};

static void skip_blanks(struct cursor *c)
{
    for (; c->p < c->end && (unsigned char)*c->p <= ' '; c->p++)
        c->line += *c->p == '\n';
}

/* The next word; in any case of letters. */
static bool takes_word(struct cursor *c, const char *word)
{
    skip_blanks(c);
    const size_t n = strlen(word);
    if ((size_t)(c->end - c->p) < n || strncasecmp(c->p, word, n) != 0 ||
        (c->p + n < c->end && (unsigned char)c->p[n] > ' '))
        return false;
    c->p += n;
    return true;
}

static bool bad_line(const struct cursor *c, const char *expected, struct nw_err *err)
{
    return nw_fail(err, NW_ERR_DATA, "line %zu of the STL is not what STL says: %s is expected",
                   c->line, expected);
}

static bool parse_numbers(struct cursor *c, double v[3], struct nw_err *err)
{
    for (int a = 0; a < 3; a++) {
        skip_blanks(c);
        const char *end = c->p < c->end ? nw_number_parse(c->p, &v[a]) : NULL;
        if (!end)
            return bad_line(c, "a number", err);
        c->p = end;
    }
    return true;
}

/* Normals are made anew from the corners; some writers put "nan" there. */
static void skip_words(struct cursor *c, int count)
{
    for (int n = 0; n < count; n++) {
        skip_blanks(c);
        while (c->p < c->end && (unsigned char)*c->p > ' ')
            c->p++;
    }
}

static bool parse_facet(struct cursor *c, struct nw_mesh_builder *b, struct nw_err *err)
{
    if (!takes_word(c, "normal"))
        return bad_line(c, "'normal'", err);
    skip_words(c, 3);
    if (!takes_word(c, "outer") || !takes_word(c, "loop"))
        return bad_line(c, "'outer loop'", err);
    for (int k = 0; k < 3; k++) {
        double v[3] = {0};
        if (!takes_word(c, "vertex"))
            return bad_line(c, "'vertex'", err);
        if (!parse_numbers(c, v, err) || !nw_builder_vertex(b, nw_v3(v[0], v[1], v[2]), err))
            return false;
    }
    if (!takes_word(c, "endloop") || !takes_word(c, "endfacet"))
        return bad_line(c, "'endloop' and 'endfacet'", err);
    const uint32_t n = (uint32_t)b->mesh.vert_count;
    return nw_builder_triangle(b, n - 3, n - 2, n - 1, err);
}

static bool parse_facets(struct cursor *c, struct nw_mesh_builder *b, struct nw_err *err)
{
    while (takes_word(c, "facet"))
        if (!parse_facet(c, b, err))
            return false;
    if (!takes_word(c, "endsolid"))
        return bad_line(c, "'facet' or 'endsolid'", err);
    return true;
}

static bool parse_solid(struct cursor *c, struct nw_model *out, struct nw_err *err)
{
    const char *name = c->p;
    while (c->p < c->end && *c->p != '\n')
        c->p++;
    const size_t name_len = (size_t)(c->p - name);
    struct nw_mesh_builder b = {.vert_room = 0};
    struct nw_mesh mesh = {0};
    if (!parse_facets(c, &b, err) || !nw_mesh_weld_inplace(&b.mesh, err) ||
        !nw_builder_take(&b, &mesh, err)) {
        nw_mesh_release(&b.mesh);
        return false;
    }
    while (c->p < c->end && *c->p != '\n') /* the name again */
        c->p++;
    if (mesh.tri_count == 0) {
        nw_mesh_release(&mesh);
        return true;
    }
    return nw_model_add_unique(out, name, name_len, nw_plain_rgba, &mesh, err);
}

static bool parse_ascii(struct nw_model_source *from, struct nw_model *out, struct nw_err *err)
{
    const char *text = (const char *)from->data;
    struct cursor c = {text, text + from->len, 1};
    note_frame(from, text, from->len < 1000 ? from->len : 1000);
    while (takes_word(&c, "solid"))
        if (!parse_solid(&c, out, err))
            return false;
    skip_blanks(&c);
    if (c.p < c.end && *c.p != '\0')
        return bad_line(&c, "'solid' or the file's end", err);
    return true;
}

static bool stl_parse(struct nw_model_source *from, struct nw_model *out, struct nw_err *err)
{
    if (is_binary(from->data, from->len))
        return parse_binary(from, out, err);
    if (is_ascii(from->data, from->len))
        return parse_ascii(from, out, err);
    if (from->len < HEAD)
        return nw_fail(err, NW_ERR_DATA,
                       "this is no STL: a binary one has at least 84 bytes, this has %zu",
                       from->len);
    return nw_fail(err, NW_ERR_DATA,
                   "the STL claims %u triangles, which are %llu bytes, but the file has %zu",
                   (unsigned)count_at(from->data),
                   HEAD + (unsigned long long)RECORD * count_at(from->data), from->len);
}

/* ---- writing ---- */

static void put_vector(uint8_t *p, nw_vec3 v)
{
    const float f[3] = {(float)v.x, (float)v.y, (float)v.z};
    memcpy(p, f, sizeof f);
}

static void make_records(const struct nw_mesh *m, size_t begin, size_t end, uint8_t *record)
{
    for (size_t t = begin; t < end; t++, record += RECORD) {
        const nw_vec3 a = m->pos_mm[m->tri[t][0]], b = m->pos_mm[m->tri[t][1]],
                      c = m->pos_mm[m->tri[t][2]];
        put_vector(record, nw_unit(nw_cross(nw_sub(b, a), nw_sub(c, a))));
        put_vector(record + 12, a);
        put_vector(record + 24, b);
        put_vector(record + 36, c);
        record[48] = record[49] = 0;
    }
}

/* Makes the records of one round of blocks on all cores; returns how many triangles. */
static size_t make_round(const struct nw_mesh *m, size_t first, uint8_t *records)
{
    const size_t count = m->tri_count - first < ROUND ? m->tri_count - first : ROUND;
    const size_t blocks = (count + BLOCK - 1) / BLOCK;
    NW_PARALLEL_FOR
    for (size_t b = 0; b < blocks; b++) {
        const size_t end = (b + 1) * BLOCK < count ? (b + 1) * BLOCK : count;
        make_records(m, first + b * BLOCK, first + end, records + b * BLOCK * RECORD);
    }
    return count;
}

static bool write_records(struct nw_out *out, const struct nw_mesh *m, uint8_t *records,
                          struct nw_err *err)
{
    for (size_t t = 0; t < m->tri_count; t += ROUND) {
        const size_t count = make_round(m, t, records);
        if (!nw_out_add(out, records, count * RECORD, err))
            return false;
        if (nw_cancelled())
            return nw_fail_cancelled(err);
    }
    return true;
}

static bool make_head(const struct nw_model *model, uint8_t head[HEAD], struct nw_err *err)
{
    static const uint8_t words[HEAD] =
        "nuwa binary STL, SPACE=LPS (patient left, posterior, superior), unit millimetre";
    uint64_t count = 0;
    for (size_t p = 0; p < model->part_count; p++)
        count += model->part[p].mesh.tri_count;
    if (count > UINT32_MAX)
        return nw_fail(err, NW_ERR_LIMIT, "STL holds at most 4294967295 triangles");
    memcpy(head, words, HEAD);
    for (int i = 0; i < 4; i++)
        head[80 + i] = (uint8_t)(count >> (8 * i));
    return true;
}

static bool stl_write(struct nw_out *out, const struct nw_model *model,
                      const struct nw_model_write_opts *opts, struct nw_err *err)
{
    uint8_t head[HEAD];
    (void)opts;
    if (!make_head(model, head, err) || !nw_out_add(out, head, sizeof head, err))
        return false;
    NW_AUTOFREE uint8_t *records = NW_ALLOC_UNSET(uint8_t, (size_t)ROUND * RECORD, err);
    bool ok = records != NULL;
    for (size_t p = 0; ok && p < model->part_count; p++)
        ok = write_records(out, &model->part[p].mesh, records, err);
    return ok;
}

/* ---- reading back ---- */

static bool differs(struct nw_err *err)
{
    return nw_fail(err, NW_ERR_IO,
                   "the file was written but reads back otherwise: %s; it was not kept",
                   "a triangle has other corners");
}

static bool same_records(FILE *file, const struct nw_mesh *m, uint8_t *want, uint8_t *got,
                         struct nw_err *err)
{
    for (size_t t = 0; t < m->tri_count; t += ROUND) {
        const size_t len = make_round(m, t, want) * RECORD;
        if (fread(got, 1, len, file) != len || memcmp(want, got, len) != 0)
            return differs(err);
    }
    return true;
}

/* The same bytes as before, to the last one: each triangle's corners as their float32. */
static bool stl_check(const char *path, const struct nw_model *model, struct nw_err *err)
{
    uint8_t head[HEAD], read_head[HEAD];
    NW_AUTOFREE uint8_t *want = NW_ALLOC_UNSET(uint8_t, (size_t)ROUND * RECORD, err);
    NW_AUTOFREE uint8_t *got =
        want ? NW_ALLOC_UNSET(uint8_t, (size_t)ROUND * RECORD, err) : NULL;
    if (!got || !make_head(model, head, err))
        return false;
    FILE *file = fopen(path, "rb");
    if (!file)
        return differs(err);
    (void)setvbuf(file, NULL, _IONBF, 0);
    bool ok = (fread(read_head, 1, HEAD, file) == HEAD && memcmp(head, read_head, HEAD) == 0) ||
              differs(err);
    for (size_t p = 0; ok && p < model->part_count; p++)
        ok = same_records(file, &model->part[p].mesh, want, got, err);
    ok = ok && (fgetc(file) == EOF || differs(err));
    (void)fclose(file);
    return ok;
}

const struct nw_model_format nw_format_stl = {
    .ending = "stl", .is = stl_is, .parse = stl_parse, .write = stl_write, .check = stl_check};
