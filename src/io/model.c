/* io/model.c -- which model format, units and frames on the way in, and the check on the way
 * out. See io.h. */
#include <stdio.h>
#include <string.h>

#include "io/model_priv.h"

/* Formats that are told apart by their first bytes, then those that are not. */
static const struct nw_model_format *const formats[] = {
    &nw_format_ply, &nw_format_3mf, &nw_format_glb, &nw_format_vtk, &nw_format_off,
    &nw_format_amf, &nw_format_stl, &nw_format_obj, &nw_format_vrml};

static const uint64_t FILE_MOST = (uint64_t)16 << 30;

static const struct nw_model_format *format_of_ending(const char *ending)
{
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++)
        if (strcmp(formats[f]->ending, ending) == 0)
            return formats[f];
    return NULL;
}

bool nw_model_ending_is_known(const char *ending)
{
    const struct nw_model_format *f = format_of_ending(ending);
    return f && (f->write || f->write_pair);
}

/* By content first; by its ending when the content says nothing. */
static const struct nw_model_format *find_format(const char *path, const uint8_t *data,
                                                 size_t len)
{
    char ending[16];
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++)
        if (formats[f]->is && formats[f]->is(data, len))
            return formats[f];
    nw_path_ending(path, ending);
    const struct nw_model_format *f = format_of_ending(ending);
    return f && f->parse ? f : NULL; /* VRML is written only */
}

bool nw_path_is_model(const char *path)
{
    uint8_t head[4096 + 1];
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    const size_t len = fread(head, 1, sizeof head - 1, file);
    (void)fclose(file);
    head[len] = 0;
    return find_format(path, head, len) != NULL;
}

static void scale(struct nw_model *model, double unit_mm, nw_mat3 to_lps)
{
    const nw_mat3 scaled = {{{unit_mm, 0, 0}, {0, unit_mm, 0}, {0, 0, unit_mm}}};
    const nw_mat3 m = nw_matmul(to_lps, scaled);
    for (size_t p = 0; p < model->part_count; p++)
        for (size_t v = 0; v < model->part[p].mesh.vert_count; v++)
            model->part[p].mesh.pos_mm[v] = nw_mul(m, model->part[p].mesh.pos_mm[v]);
}

/* What the file says; NULL: nothing. */
static const char *own_axes(const struct nw_model_source *from)
{
    if (from->is_lps)
        return "LPS";
    return from->is_ras ? "RAS" : NULL;
}

/* Unit and frame: the file's own word, then the caller's; they must not disagree. */
static bool place(const struct nw_model_source *from, const struct nw_model_read_opts *opts,
                  struct nw_model *model, struct nw_err *err)
{
    const struct nw_model_read_opts none = {0};
    const struct nw_model_read_opts *o = opts ? opts : &none;
    if (!(o->unit_mm >= 0) || !(o->unit_mm <= 1e6))
        return nw_fail(err, NW_ERR_ARGUMENT, "a unit must be above 0 mm");
    if (from->unit_mm > 0 && o->unit_mm > 0)
        return nw_fail(err, NW_ERR_CONFLICT,
                       "the file says its own unit (%g mm); leave the unit out", from->unit_mm);
    const char *own = own_axes(from);
    if (o->axes && own && strcmp(o->axes, own) != 0)
        return nw_fail(err, NW_ERR_CONFLICT,
                       "the file says that its coordinates are %s; leave the axes out", own);
    nw_mat3 to_lps;
    const char *axes = o->axes ? o->axes : "LPS";
    if (!o->axes && own)
        axes = own;
    if (!nw_axes_parse(axes, &to_lps))
        return nw_fail(
            err, NW_ERR_ARGUMENT,
            "\"%.40s\" does not say where x, y and z point in three letters of R L A "
            "P H F, right-handed, such as LPS or RAS",
            axes);
    const double unit = o->unit_mm > 0 ? o->unit_mm : 1;
    if (unit != 1.0 || strcmp(axes, "LPS") != 0)
        scale(model, unit, to_lps);
    return true;
}

/* Parts without a triangle are nothing to print or to measure. */
static void drop_empty_parts(struct nw_model *model)
{
    size_t kept = 0;
    for (size_t p = 0; p < model->part_count; p++) {
        if (model->part[p].mesh.tri_count == 0)
            nw_mesh_release(&model->part[p].mesh);
        else
            model->part[kept++] = model->part[p];
    }
    model->part_count = kept;
}

static bool parse(const struct nw_model_format *f, struct nw_model_source *from,
                  const struct nw_model_read_opts *opts, struct nw_model *out,
                  struct nw_err *err)
{
    if (!f->parse(from, out, err) || !place(from, opts, out, err))
        return false;
    drop_empty_parts(out);
    return out->part_count > 0 ||
           nw_fail(err, NW_ERR_GEOMETRY,
                   "the file holds no triangle: there is no surface in it");
}

static bool read_model(const char *path, const struct nw_model_read_opts *opts,
                       struct nw_model *out, struct nw_model_sense *sense, struct nw_err *err)
{
    struct nw_model_source from = {.path = path};
    struct nw_model model = {0};
    NW_AUTOFREE uint8_t *data = nw_file_read(path, FILE_MOST, &from.len, err);
    if (!data)
        return false;
    from.data = data;
    const struct nw_model_format *f = find_format(path, data, from.len);
    if (!f)
        return nw_fail(
            err, NW_ERR_UNSUPPORTED,
            "this is no model that is known: 3MF, STL, PLY, OBJ, AMF, GLB, VTK or OFF");
    if (!parse(f, &from, opts, &model, err)) {
        nw_model_release(&model);
        return false;
    }
    *out = model;
    *sense = (struct nw_model_sense){f->ending, from.unit_mm,
                                     from.is_lps   ? "LPS"
                                     : from.is_ras ? "RAS"
                                                   : ""};
    return true;
}

bool nw_model_read(const char *path, const struct nw_model_read_opts *opts,
                   struct nw_model *out, struct nw_err *err)
{
    struct nw_model_sense sense;
    return read_model(path, opts, out, &sense, err);
}

bool nw_model_read_sense(const char *path, struct nw_model *out, struct nw_model_sense *sense,
                         struct nw_err *err)
{
    return read_model(path, NULL, out, sense, err);
}

/* Reads the hidden file back and holds it against the model. */
static bool check_written(const struct nw_model_format *f, const char *hidden,
                          const char *beside, const struct nw_model *model, struct nw_err *err)
{
    if (f->check)
        return f->check(hidden, model, err);
    struct nw_model_source from = {.path = hidden, .beside_path = beside};
    struct nw_model back = {0};
    NW_AUTOFREE uint8_t *data = nw_file_read(hidden, FILE_MOST, &from.len, err);
    from.data = data;
    const bool ok = data && parse(f, &from, NULL, &back, err) &&
                    nw_model_check_same(model, &back, &f->keeps, err);
    nw_model_release(&back);
    return ok;
}

static bool write_one(const struct nw_model_format *f, const char *path,
                      const struct nw_model *model, const struct nw_model_write_opts *opts,
                      struct nw_err *err)
{
    struct nw_out *out = nw_out_new(path, err);
    if (!out)
        return false;
    if (f->write(out, model, opts, err) && nw_out_close(out, err) &&
        check_written(f, nw_out_path(out), NULL, model, err))
        return nw_out_commit(out, err);
    nw_out_abandon(out);
    return false;
}

/* Both files or neither; what the model names comes first. */
static bool write_two(const struct nw_model_format *f, const char *path,
                      const struct nw_model *model, struct nw_err *err)
{
    struct nw_arena arena = {0};
    char *second = nw_arena_printf(
        &arena, err, "%.*s%s", (int)(strlen(path) - strlen(f->ending)), path, f->beside_ending);
    struct nw_out *out = second ? nw_out_new(path, err) : NULL;
    struct nw_out *beside = out ? nw_out_new(second, err) : NULL;
    const char *slash = second ? strrchr(second, '/') : NULL;
    bool ok = beside && f->write_pair(out, slash ? slash + 1 : second, model, err) &&
              f->write_beside(beside, model, err) && nw_out_close(out, err) &&
              nw_out_close(beside, err) &&
              check_written(f, nw_out_path(out), nw_out_path(beside), model, err);
    if (ok) {
        ok = nw_out_commit(beside, err);
        beside = NULL;
    }
    if (ok) {
        ok = nw_out_commit(out, err);
        out = NULL;
    }
    nw_out_abandon(beside);
    nw_out_abandon(out);
    nw_arena_release(&arena);
    return ok;
}

static bool check_writable(const struct nw_model *model, struct nw_err *err)
{
    if (model->part_count == 0)
        return nw_fail(err, NW_ERR_GEOMETRY, "the model has no parts to write");
    for (size_t p = 0; p < model->part_count; p++) {
        const struct nw_mesh *m = &model->part[p].mesh;
        if (m->tri_count == 0)
            return nw_fail(err, NW_ERR_GEOMETRY, "part %zu of the model has no triangles",
                           p + 1);
        if (!nw_mesh_indices_check(m, err))
            return false;
        for (size_t v = 0; v < m->vert_count; v++)
            if (!(fabs(m->pos_mm[v].x) <= 1e9 && fabs(m->pos_mm[v].y) <= 1e9 &&
                  fabs(m->pos_mm[v].z) <= 1e9))
                return nw_fail(err, NW_ERR_GEOMETRY,
                               "vertex %zu of part %zu is not a place within 1000 km", v + 1,
                               p + 1);
    }
    return true;
}

bool nw_model_write(const char *path, const struct nw_model *model,
                    const struct nw_model_write_opts *opts, struct nw_err *err)
{
    char ending[16];
    nw_path_ending(path, ending);
    if (!nw_model_ending_is_known(ending))
        return nw_fail(
            err, NW_ERR_ARGUMENT,
            "a model is written as .3mf, .stl, .ply, .obj, .amf, .glb, .vtk or .wrl, not as "
            ".%s",
            ending);
    const struct nw_model_format *f = format_of_ending(ending);
    return check_writable(model, err) && (f->write_pair ? write_two(f, path, model, err)
                                                        : write_one(f, path, model, opts, err));
}
