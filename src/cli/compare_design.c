/*
 * cli/compare_design.c -- two versions of a design document: as text, member by member, and as
 * geometry, by how far and where the surface of each part that both make has moved.
 */
#include <math.h>
#include <string.h>

#include "cli/compare_priv.h"
#include "cli/document_priv.h"
#include "core/parallel.h"
#include "design/changes.h"
#include "io/file.h"
#include "mesh/distance.h"

enum { DOCUMENT_BYTES = 4 << 20 };
static const double MOVED_MM = 0.02; /* less is the surface's grid, not a change */

bool nw_path_is_document(const char *path)
{
    const size_t len = strlen(path);
    return len > 5 && strcmp(path + len - 5, ".json") == 0;
}

/* ---- as text ---- */

static bool compare_text(struct nw_run *run, const char *const path[2], struct nw_err *err)
{
    struct nw_design_changes changes = {0};
    size_t len[2] = {0, 0};
    NW_AUTOFREE uint8_t *a = nw_file_read(path[0], DOCUMENT_BYTES, &len[0], err);
    NW_AUTOFREE uint8_t *b = a ? nw_file_read(path[1], DOCUMENT_BYTES, &len[1], err) : NULL;
    if (!b ||
        !nw_design_changes((const char *)a, len[0], (const char *)b, len[1], &changes, err))
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < changes.count; i++) {
        const struct nw_design_change *c = &changes.item[i];
        if (c->from && c->to)
            nw_run_print(run, "%s: %s -> %s\n", c->place, c->from, c->to);
        else
            nw_run_print(run, "%c %s: %s\n", c->to ? '+' : '-', c->place,
                         c->to ? c->to : c->from);
        (void)json_array_append_new(list, json_pack("{s:s, s:s?, s:s?}", "place", c->place,
                                                    "from", c->from, "to", c->to));
    }
    if (changes.count == 0)
        nw_run_print(run, "%s\n", nw_say(run, "文本内容相同", "the texts say the same"));
    nw_design_changes_release(&changes);
    return nw_run_put(run, "changes", list, err);
}

/* ---- as geometry ---- */

struct moved {
    double most_mm, mean_mm, share; /* share of the vertices moved by more than MOVED_MM */
    nw_vec3 place_mm;               /* of the most */
    nw_box box;                     /* of what moved */
};

/* How far the surface of b lies from that of a, by b's vertices. */
static bool find_moved(const struct nw_mesh *a, const struct nw_mesh *b, struct moved *out,
                       struct nw_err *err)
{
    struct nw_bvh *bvh = nw_bvh_new(a, err);
    const size_t count = b->vert_count;
    NW_AUTOFREE double *off = bvh ? NW_ALLOC(double, count, err) : NULL;
    *out = (struct moved){.box = nw_box_empty()};
    if (!off) {
        nw_bvh_free(bvh);
        return false;
    }
    NW_PARALLEL_FOR
    for (size_t v = 0; v < count; v++) {
        struct nw_nearest near;
        off[v] = nw_bvh_nearest(bvh, b->pos_mm[v], HUGE_VAL, &near) ? near.distance_mm : 0;
    }
    nw_bvh_free(bvh);
    size_t moved = 0;
    for (size_t v = 0; v < count; v++) {
        out->mean_mm += off[v] / (double)count;
        if (off[v] > out->most_mm) {
            out->most_mm = off[v];
            out->place_mm = b->pos_mm[v];
        }
        if (off[v] > MOVED_MM) {
            out->box = nw_box_with(out->box, b->pos_mm[v]);
            moved++;
        }
    }
    out->share = count ? (double)moved / (double)count : 0;
    return true;
}

static json_t *point_json(nw_vec3 p)
{
    return json_pack("[f, f, f]", p.x, p.y, p.z);
}

static json_t *moved_json(const char *name, const struct moved *m, double a_mm3, double b_mm3)
{
    json_t *o = json_pack("{s:s, s:f, s:f, s:f, s:f, s:f}", "part", name, "largest_mm",
                          m->most_mm, "mean_mm", m->mean_mm, "share_moved", m->share,
                          "volume_a_mm3", a_mm3, "volume_b_mm3", b_mm3);
    if (o && m->share > 0) {
        (void)json_object_set_new(o, "largest_at_mm", point_json(m->place_mm));
        (void)json_object_set_new(o, "moved_min_mm", point_json(m->box.min));
        (void)json_object_set_new(o, "moved_max_mm", point_json(m->box.max));
    }
    return o;
}

static void tell(const struct nw_run *run, const char *name, const struct moved *m,
                 double change_mm3)
{
    if (m->share <= 0) {
        nw_run_print(run,
                     nw_say(run, "%s：表面未移动（不超过 %.2f mm）\n",
                            "%s: the surface has not moved (by more than %.2f mm)\n"),
                     name, MOVED_MM);
        return;
    }
    nw_run_print(
        run,
        nw_say(run,
               "%s：表面最多移动 %.3f mm，位于 (%.1f, %.1f, %.1f)；移动范围 (%.1f, %.1f, "
               "%.1f) 至 (%.1f, %.1f, %.1f)；体积变化 %+.1f mm³\n",
               "%s: the surface moved by up to %.3f mm, at (%.1f, %.1f, %.1f); within "
               "(%.1f, %.1f, %.1f) to (%.1f, %.1f, %.1f); volume %+.1f mm3\n"),
        name, m->most_mm, m->place_mm.x, m->place_mm.y, m->place_mm.z, m->box.min.x,
        m->box.min.y, m->box.min.z, m->box.max.x, m->box.max.y, m->box.max.z, change_mm3);
}

struct version {
    struct nw_document doc;
    struct nw_design *design;
};

static bool make(struct version *v, size_t at, double cell_mm, struct nw_design_made *out,
                 struct nw_err *err)
{
    const struct nw_design_files files = nw_document_files(&v->doc);
    return nw_design_make(v->design, at, cell_mm, &files, out, err) ||
           (err->code != NW_ERR_CANCELLED && nw_fail_at(err, "%s", v->doc.path));
}

static bool compare_output(struct version v[2], size_t at, size_t other, json_t *list,
                           struct nw_err *err)
{
    struct nw_design_made made[2];
    struct moved there, back;
    memset(made, 0, sizeof made);
    const char *name = nw_design_output(v[0].design, at).name;
    const double cell = nw_design_output(v[0].design, at).cell_mm; /* of both: same grid */
    bool ok = make(&v[0], at, cell, &made[0], err) && make(&v[1], other, cell, &made[1], err) &&
              find_moved(&made[0].mesh, &made[1].mesh, &there, err) &&
              find_moved(&made[1].mesh, &made[0].mesh, &back, err);
    if (ok) {
        const double a = nw_mesh_volume_mm3(&made[0].mesh),
                     b = nw_mesh_volume_mm3(&made[1].mesh);
        struct moved m = there.most_mm >= back.most_mm ? there : back;
        m.box = nw_box_with(nw_box_with(there.box, back.box.min), back.box.max);
        if (there.share <= 0 || back.share <= 0)
            m.box = there.share > 0 ? there.box : back.box;
        tell(v[0].doc.run, name, &m, b - a);
        ok = json_array_append_new(list, moved_json(name, &m, a, b)) == 0 ||
             nw_fail(err, NW_ERR_MEMORY, "no memory for the result");
    }
    nw_design_made_release(&made[0]);
    nw_design_made_release(&made[1]);
    return ok;
}

static size_t find_output(const struct nw_design *d, const char *name)
{
    size_t at = 0;
    while (at < nw_design_output_count(d) && strcmp(nw_design_output(d, at).name, name) != 0)
        at++;
    return at;
}

static bool compare_geometry(struct version v[2], struct nw_err *err)
{
    json_t *list = json_array();
    bool ok = list != NULL;
    for (size_t at = 0; ok && at < nw_design_output_count(v[0].design); at++) {
        const size_t other = find_output(v[1].design, nw_design_output(v[0].design, at).name);
        if (other < nw_design_output_count(v[1].design))
            ok = compare_output(v, at, other, list, err);
    }
    if (ok)
        return nw_run_put(v[0].doc.run, "parts", list, err);
    json_decref(list);
    return false;
}

bool nw_compare_documents(struct nw_run *run, const char *a, const char *b, struct nw_err *err)
{
    struct version v[2] = {{.doc = {.run = run, .path = a}}, {.doc = {.run = run, .path = b}}};
    const char *const path[2] = {a, b};
    v[0].design = nw_document_read(&v[0].doc, err);
    v[1].design = v[0].design ? nw_document_read(&v[1].doc, err) : NULL;
    for (int i = 0; v[1].design && i < 2; i++)
        v[i].doc.keep = nw_design_output_count(v[i].design) > 1;
    const bool ok = v[1].design && compare_text(run, path, err) && compare_geometry(v, err);
    nw_document_release(&v[0].doc);
    nw_document_release(&v[1].doc);
    nw_design_free(v[0].design);
    nw_design_free(v[1].design);
    return ok;
}
