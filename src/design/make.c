/* design/make.c -- from parts to a closed surface: see design.h. */
#include <math.h>
#include <string.h>

#include "design/kinds_priv.h"
#include "field/surface.h"
#include "mesh/simplify.h"

static const double REACH_MM = 2048;   /* a device lies within it of the scanner's origin */
static const double BOUND_CELL_MM = 4; /* boxes no smaller are told apart */
static const double MARGIN_CELLS = 1.5;

nw_node nw_slot_node(const struct nw_making *m, const struct nw_slot *slot)
{
    return m->node[slot->part[0]];
}

bool nw_making_check(struct nw_making *m, const struct nw_design_check *check)
{
    struct nw_design_made *o = m->out;
    struct nw_design_check copy = *check;
    copy.part = nw_arena_text(&o->arena, check->part, m->err);
    copy.code = m->err->code ? NULL : nw_arena_text(&o->arena, check->code, m->err);
    copy.unit = m->err->code ? NULL : nw_arena_text(&o->arena, check->unit, m->err);
    copy.zh = m->err->code ? NULL : nw_arena_text(&o->arena, check->zh, m->err);
    copy.en = m->err->code ? NULL : nw_arena_text(&o->arena, check->en, m->err);
    if (m->err->code ||
        !nw_grow(&o->check, &o->check_room, o->check_count + 1, sizeof copy, m->err))
        return false;
    o->check[o->check_count++] = copy;
    return true;
}

/* ---- where a node has something inside ---- */

static bool may_hold(const struct nw_tape *tape, nw_box box)
{
    return nw_tape_interval(tape, box).min < 0;
}

/* The part of `box` that may hold something, by halving; `found` grows. */
static void gather(const struct nw_tape *tape, nw_box box, nw_box *found)
{
    const nw_vec3 size = nw_box_size(box);
    const bool known = box.min.x >= found->min.x && box.min.y >= found->min.y &&
                       box.min.z >= found->min.z && box.max.x <= found->max.x &&
                       box.max.y <= found->max.y && box.max.z <= found->max.z;
    if (known || !may_hold(tape, box))
        return;
    if (size.x <= BOUND_CELL_MM) {
        *found = nw_box_with(nw_box_with(*found, box.min), box.max);
        return;
    }
    const nw_vec3 half = nw_scale(size, 0.5);
    for (int c = 0; c < 8; c++) {
        const nw_vec3 min =
            nw_add(box.min, nw_v3(c & 1 ? half.x : 0, c & 2 ? half.y : 0, c & 4 ? half.z : 0));
        gather(tape, (nw_box){min, nw_add(min, half)}, found);
    }
}

bool nw_node_bounds(const struct nw_field *field, nw_node node, nw_box *out, struct nw_err *err)
{
    const nw_vec3 reach = {REACH_MM, REACH_MM, REACH_MM};
    struct nw_tape *tape = nw_tape_new(field, node, err);
    if (!tape)
        return false;
    *out = nw_box_empty();
    gather(tape, (nw_box){nw_scale(reach, -1), reach}, out);
    nw_tape_free(tape);
    if (out->min.x > out->max.x)
        return nw_fail(err, NW_ERR_GEOMETRY, "has nothing inside");
    if (out->min.x <= -REACH_MM || out->min.y <= -REACH_MM || out->min.z <= -REACH_MM ||
        out->max.x >= REACH_MM || out->max.y >= REACH_MM || out->max.z >= REACH_MM)
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "has no end; cut it with a box or another part that has one");
    return true;
}

/* ---- one output ---- */

static bool fail_at_part(struct nw_making *m, const struct nw_design_part *part)
{
    char place[NW_JSON_PLACE];
    if (m->err->code != NW_ERR_GEOMETRY && m->err->code != NW_ERR_ARGUMENT)
        return false;
    nw_json_place(part->at, place);
    return nw_fail_at(m->err, "%s", place);
}

static void need(const struct nw_design *d, const struct nw_member *members,
                 const struct nw_slot *slot, bool *needed)
{
    for (size_t i = 0; members[i].name; i++) {
        for (size_t k = 0; slot[i].part && k < slot[i].count; k++)
            needed[slot[i].part[k]] = true;
        if (members[i].type != NW_ITEMS_MEMBER)
            continue;
        size_t wide = 0;
        while (members[i].items[wide].name)
            wide++;
        for (size_t k = 0; k < slot[i].count; k++)
            need(d, members[i].items, &slot[i].item[k * wide], needed);
    }
}

/* Makes the nodes of `wanted` and all it is made from, in the document's order. */
static bool make_nodes(struct nw_making *m, size_t wanted)
{
    const struct nw_design *d = m->design;
    NW_AUTOFREE bool *needed = NW_ALLOC(bool, d->part_count, m->err);
    if (!needed)
        return false;
    needed[wanted] = true;
    for (size_t i = d->part_count; i-- > 0;)
        if (needed[d->order[i]])
            need(d, d->part[d->order[i]].kind->members, d->part[d->order[i]].slot, needed);
    for (size_t i = 0; i < d->part_count; i++) {
        const size_t p = d->order[i];
        if (!needed[p])
            continue;
        m->node[p] = d->part[p].kind->make(m, &d->part[p]);
        if (m->err->code != NW_OK)
            return fail_at_part(m, &d->part[p]);
    }
    return true;
}

static bool extract(struct nw_making *m, size_t wanted)
{
    nw_box box;
    if (!nw_node_bounds(m->field, m->node[wanted], &box, m->err))
        return fail_at_part(m, &m->design->part[wanted]);
    box = nw_box_grown(box, MARGIN_CELLS * m->cell_mm);
    if (!nw_surface_of_field(m->field, m->node[wanted], box, m->cell_mm, &m->out->mesh, m->err))
        return fail_at_part(m, &m->design->part[wanted]);
    m->out->mesh.frame = NW_FRAME_PATIENT;
    return true;
}

static bool simplify(struct nw_making *m, double tolerance_mm)
{
    const struct nw_simplify_opts opts = {.bound_mm = tolerance_mm};
    struct nw_moved moved;
    return tolerance_mm <= 0 || nw_mesh_simplify_inplace(&m->out->mesh, &opts, &moved, m->err);
}

/* Checks look at the surface as it was extracted: many vertices, all of them on the field. */
static bool make(struct nw_making *m, size_t wanted, double tolerance_mm)
{
    const struct nw_design_part *part = &m->design->part[wanted];
    return make_nodes(m, wanted) && extract(m, wanted) &&
           (!part->kind->check || part->kind->check(m, part, &m->out->mesh)) &&
           simplify(m, tolerance_mm);
}

/* What is made from is kept in out's arena: nodes, and what kinds leave for their checks. */
static bool begin(struct nw_making *m, const struct nw_design *design, double cell_mm)
{
    struct nw_arena *arena = &m->out->arena;
    m->design = design;
    m->cell_mm = cell_mm;
    m->node = nw_arena_alloc(arena, design->part_count * sizeof *m->node, m->err);
    m->left =
        m->node ? nw_arena_alloc(arena, design->part_count * sizeof *m->left, m->err) : NULL;
    m->field = m->left ? nw_field_new(m->err) : NULL;
    return m->field != NULL;
}

static double cell_of(const struct nw_design *design, size_t at, double asked_mm)
{
    return asked_mm > 0 ? asked_mm : design->output[at].cell_mm;
}

bool nw_design_make(const struct nw_design *design, size_t at, double cell_mm,
                    const struct nw_design_files *files, struct nw_design_made *out,
                    struct nw_err *err)
{
    struct nw_making m = {.files = files, .out = out, .err = err};
    const bool ok = begin(&m, design, cell_of(design, at, cell_mm)) &&
                    make(&m, design->output_part[at], design->output[at].tolerance_mm);
    nw_field_free(m.field);
    if (!ok)
        nw_design_made_release(out);
    return ok;
}

bool nw_design_make_shown(const struct nw_design *design, size_t at,
                          const struct nw_design_files *files, struct nw_mesh *out,
                          struct nw_err *err)
{
    struct nw_design_made made = {0};
    struct nw_making m = {.design = design, .files = files, .out = &made, .err = err};
    const size_t wanted = design->shown_part[at];
    bool ok;
    if (nw_part_is_surface(&design->part[wanted]))
        ok = nw_part_load(&m, &design->part[wanted], &made.mesh);
    else
        ok = begin(&m, design, design->shown[at].cell_mm) && make_nodes(&m, wanted) &&
             extract(&m, wanted);
    nw_field_free(m.field);
    if (ok) {
        *out = made.mesh;
        made.mesh = (struct nw_mesh){0};
    }
    nw_design_made_release(&made);
    return ok;
}

bool nw_design_solid(const struct nw_design *design, size_t at, double cell_mm,
                     const struct nw_design_files *files, struct nw_design_solid *out,
                     struct nw_err *err)
{
    struct nw_design_made made = {0};
    const size_t wanted = design->output_part[at];
    struct nw_making m = {.files = files, .out = &made, .err = err};
    nw_box box;
    bool ok = begin(&m, design, cell_of(design, at, cell_mm)) && make_nodes(&m, wanted);
    if (ok && !nw_node_bounds(m.field, m.node[wanted], &box, err))
        ok = fail_at_part(&m, &design->part[wanted]);
    nw_free(made.check); /* checks of a mesh that there is not */
    if (!ok) {
        nw_field_free(m.field);
        nw_arena_release(&made.arena);
        return false;
    }
    *out = (struct nw_design_solid){made.arena, m.field, m.node[wanted], box};
    return true;
}

void nw_design_solid_release(struct nw_design_solid *solid)
{
    nw_field_free(solid->field);
    nw_arena_release(&solid->arena);
    *solid = (struct nw_design_solid){0};
}

void nw_design_made_release(struct nw_design_made *made)
{
    nw_mesh_release(&made->mesh);
    nw_free(made->check);
    nw_arena_release(&made->arena);
    *made = (struct nw_design_made){0};
}
