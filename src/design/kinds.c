/* design/kinds.c -- the kinds that are one node of the field: shapes, sets, moves. */
#include <math.h>

#include "core/vec.h"
#include "design/kinds_priv.h"

/* What slot of `part` is called, in the order of its kind's table. */
#define SLOT(part, which) (&(part)->slot[which])

static const double SMALL_MM = 0.01;
#define LENGTH(n, must, z, e)                                                                  \
    {                                                                                          \
        .name = n, .type = NW_LENGTH_MEMBER, .required = must, .preset = NAN, .min = 0.01,     \
        .max = 1000, .zh = z, .en = e                                                          \
    }
#define POINT(n, z, e)                                                                         \
    {                                                                                          \
        .name = n, .type = NW_POINT_MEMBER, .required = true, .zh = z, .en = e                 \
    }
#define DIRECTION(n, must, z, e)                                                               \
    {                                                                                          \
        .name = n, .type = NW_DIRECTION_MEMBER, .required = must, .zh = z, .en = e             \
    }
#define PART(n, z, e)                                                                          \
    {                                                                                          \
        .name = n, .type = NW_PART_MEMBER, .required = true, .zh = z, .en = e                  \
    }
#define PARTS(n, least, z, e)                                                                  \
    {                                                                                          \
        .name = n, .type = NW_PARTS_MEMBER, .required = true, .min = least, .zh = z, .en = e   \
    }

static nw_node of(const struct nw_making *m, const struct nw_design_part *part, size_t slot,
                  size_t at)
{
    return m->node[part->slot[slot].part[at]];
}

/* ---- shapes ---- */

static const struct nw_member sphere_members[] = {
    POINT("centre_mm", "球心", "its centre"),
    LENGTH("radius_mm", true, "半径", "its radius"),
    {0},
};

static nw_node make_sphere(struct nw_making *m, const struct nw_design_part *p)
{
    return nw_field_sphere(m->field, p->slot[0].vec, p->slot[1].number, m->err);
}

static const struct nw_member box_members[] = {
    POINT("min_mm", "最小角", "the corner with the smallest coordinates"),
    POINT("max_mm", "最大角", "the corner with the largest coordinates"),
    {0},
};

static nw_node make_box(struct nw_making *m, const struct nw_design_part *p)
{
    const nw_vec3 a = p->slot[0].vec, b = p->slot[1].vec;
    if (!(b.x > a.x && b.y > a.y && b.z > a.z)) {
        nw_json_fail(p->slot[1].at, m->err, "must be above min_mm along every axis");
        return -1;
    }
    return nw_field_box(m->field, a, b, m->err);
}

static const struct nw_member cylinder_members[] = {
    POINT("from_mm", "一端的中心", "the middle of one end"),
    POINT("to_mm", "另一端的中心", "the middle of the other end"),
    LENGTH("radius_mm", true, "半径", "its radius"),
    {0},
};

/* Two ends that are not the same place. */
static bool are_apart(struct nw_making *m, const struct nw_slot *a, const struct nw_slot *b)
{
    return nw_length(nw_sub(a->vec, b->vec)) >= SMALL_MM ||
           nw_json_fail(b->at, m->err, "must not be the same place as from_mm");
}

static nw_node make_cylinder(struct nw_making *m, const struct nw_design_part *p)
{
    if (!are_apart(m, SLOT(p, 0), SLOT(p, 1)))
        return -1;
    return nw_field_cylinder(m->field, p->slot[0].vec, p->slot[1].vec, p->slot[2].number,
                             m->err);
}

static nw_node make_capsule(struct nw_making *m, const struct nw_design_part *p)
{
    return nw_field_capsule(m->field, p->slot[0].vec, p->slot[1].vec, p->slot[2].number,
                            m->err);
}

static const struct nw_member cone_members[] = {
    POINT("from_mm", "一端的中心", "the middle of one end"),
    POINT("to_mm", "另一端的中心", "the middle of the other end"),
    {.name = "radius_from_mm",
     .type = NW_LENGTH_MEMBER,
     .required = true,
     .min = 0,
     .max = 1000,
     .zh = "一端的半径",
     .en = "radius at from_mm; may be 0"},
    {.name = "radius_to_mm",
     .type = NW_LENGTH_MEMBER,
     .required = true,
     .min = 0,
     .max = 1000,
     .zh = "另一端的半径",
     .en = "radius at to_mm; may be 0"},
    {0},
};

static nw_node make_cone(struct nw_making *m, const struct nw_design_part *p)
{
    if (!are_apart(m, SLOT(p, 0), SLOT(p, 1)))
        return -1;
    if (!(p->slot[2].number + p->slot[3].number > 0)) {
        nw_json_fail(p->slot[3].at, m->err, "and radius_from_mm must not both be 0");
        return -1;
    }
    return nw_field_cone(m->field, p->slot[0].vec, p->slot[1].vec, p->slot[2].number,
                         p->slot[3].number, m->err);
}

static const struct nw_member torus_members[] = {
    POINT("centre_mm", "中心", "its centre"),
    DIRECTION("axis", true, "轴的方向", "direction of its axis"),
    LENGTH("radius_mm", true, "环的半径", "from the axis to the middle of the tube"),
    LENGTH("tube_mm", true, "管的半径", "radius of the tube"),
    {0},
};

static nw_node make_torus(struct nw_making *m, const struct nw_design_part *p)
{
    return nw_field_torus(m->field, p->slot[0].vec, p->slot[1].vec, p->slot[2].number,
                          p->slot[3].number, m->err);
}

static const struct nw_member half_space_members[] = {
    POINT("point_mm", "平面上的一点", "a place on the plane"),
    DIRECTION("outward", true, "向外的方向", "points out of the half that is kept"),
    {0},
};

static nw_node make_half_space(struct nw_making *m, const struct nw_design_part *p)
{
    return nw_field_half_space(m->field, p->slot[0].vec, p->slot[1].vec, m->err);
}

static const struct nw_member extrusion_members[] = {
    POINT("origin_mm", "轮廓坐标的原点", "where the outline's [0, 0] lies"),
    DIRECTION("u", true, "轮廓的第一轴", "direction of the outline's first axis"),
    DIRECTION("v", true, "轮廓的第二轴", "and of its second, square to the first"),
    {.name = "outline_mm",
     .type = NW_OUTLINE_MEMBER,
     .required = true,
     .zh = "轮廓的各点，不自交",
     .en = "corners of the outline, which must not cross itself"},
    LENGTH("height_mm", true, "沿 u x v 的高度", "height along u x v"),
    {0},
};

static nw_node make_extrusion(struct nw_making *m, const struct nw_design_part *p)
{
    const nw_vec3 u = p->slot[1].vec, v = p->slot[2].vec;
    if (!(fabs(nw_dot(u, v)) < 1e-6)) {
        nw_json_fail(p->slot[2].at, m->err, "must be square to u");
        return -1;
    }
    return nw_field_extrusion(m->field, p->slot[0].vec, u, v,
                              (const double(*)[2])p->slot[3].outline, p->slot[3].count,
                              p->slot[4].number, m->err);
}

static const struct nw_member mesh_members[] = {
    {.name = "file",
     .type = NW_FILE_MEMBER,
     .required = true,
     .zh = "模型文件",
     .en = "a model file: {\"path\", \"sha256\", \"unit\", \"axes\"}; paths are relative to "
           "the document"},
    {0},
};

/* Leaves what the mesh says of its vertices, for checks of what lies on it. */
static bool leave_doubts(struct nw_making *m, const struct nw_design_part *p,
                         const struct nw_mesh *mesh)
{
    if (!mesh->uncertainty_mm && !mesh->vert_class)
        return true;
    struct nw_arena *arena = &m->out->arena;
    const size_t count = mesh->vert_count;
    struct nw_doubts *d = nw_arena_alloc(arena, sizeof *d, m->err);
    nw_vec3 *place = d ? nw_arena_alloc(arena, count * sizeof *place, m->err) : NULL;
    float *doubt = place ? nw_arena_alloc(arena, count * sizeof *doubt, m->err) : NULL;
    if (!doubt)
        return false;
    for (size_t v = 0; v < count; v++) {
        const int known = mesh->vert_class ? mesh->vert_class[v] : NW_CLASS_RESOLVED;
        place[v] = mesh->pos_mm[v];
        doubt[v] = mesh->uncertainty_mm ? mesh->uncertainty_mm[v] : 0;
        if (known != NW_CLASS_RESOLVED && known != NW_CLASS_THIN)
            doubt[v] = HUGE_VALF;
    }
    *d = (struct nw_doubts){count, place, doubt};
    m->left[p - m->design->part] = d;
    return true;
}

static const char *const presets[] = {"bone", "skin", "lung", "airway", NULL};
static const struct nw_member anatomy_members[] = {
    {.name = "scan",
     .type = NW_FILE_MEMBER,
     .required = true,
     .zh = "影像（目录或文件）",
     .en = "a scan, as `nuwa reconstruct` takes it; sha256 is that of the scan in its step"},
    {.name = "preset",
     .type = NW_CHOICE_MEMBER,
     .required = true,
     .choices = presets,
     .zh = "组织",
     .en = "what of it"},
    {0},
};

bool nw_part_is_surface(const struct nw_design_part *p)
{
    return p->kind->members == mesh_members || p->kind->members == anatomy_members;
}

bool nw_part_load(struct nw_making *m, const struct nw_design_part *p, struct nw_mesh *out)
{
    const struct nw_slot *slot = SLOT(p, 0);
    const struct nw_design_files *files = m->files;
    char place[NW_JSON_PLACE];
    if (p->kind->members == mesh_members
            ? files->mesh(files->user, &slot->file, out, m->err)
            : files->anatomy(files->user, slot->file.path, slot->file.sha256,
                             presets[(int)p->slot[1].number], out, m->err))
        return true;
    nw_json_place(slot->at, place);
    return nw_fail_at(m->err, "%s", place);
}

static nw_node make_surface(struct nw_making *m, const struct nw_design_part *p)
{
    NW_AUTO(nw_mesh) mesh = {0};
    return nw_part_load(m, p, &mesh) && leave_doubts(m, p, &mesh)
               ? nw_field_mesh(m->field, &mesh, m->err)
               : -1;
}

static nw_node make_mesh(struct nw_making *m, const struct nw_design_part *p)
{
    return make_surface(m, p);
}

static nw_node make_anatomy(struct nw_making *m, const struct nw_design_part *p)
{
    return make_surface(m, p);
}

static const struct nw_member tube_members[] = {
    {.name = "along_mm",
     .type = NW_POINTS_MEMBER,
     .required = true,
     .min = 2,
     .zh = "折线的各点",
     .en = "corners of the line"},
    LENGTH("radius_mm", true, "半径", "its radius"),
    {0},
};

static nw_node make_tube(struct nw_making *m, const struct nw_design_part *p)
{
    const struct nw_slot *line = SLOT(p, 0);
    NW_AUTOFREE double *radius = NW_ALLOC(double, line->count, m->err);
    for (size_t i = 0; radius && i < line->count; i++)
        radius[i] = p->slot[1].number;
    return radius ? nw_field_tube(m->field, line->point, radius, line->count, m->err) : -1;
}

/* ---- sets ---- */

static const struct nw_member set_members[] = {
    PARTS("of", 1, "部件", "names of parts"),
    {0},
};

static nw_node make_union(struct nw_making *m, const struct nw_design_part *p)
{
    nw_node node = of(m, p, 0, 0);
    for (size_t i = 1; i < p->slot[0].count; i++)
        node = nw_field_union(m->field, node, of(m, p, 0, i), m->err);
    return node;
}

static nw_node make_intersection(struct nw_making *m, const struct nw_design_part *p)
{
    nw_node node = of(m, p, 0, 0);
    for (size_t i = 1; i < p->slot[0].count; i++)
        node = nw_field_intersection(m->field, node, of(m, p, 0, i), m->err);
    return node;
}

static const struct nw_member difference_members[] = {
    PART("of", "要切削的部件", "the part that is cut"),
    PARTS("minus", 1, "要去除的部件", "the parts that are taken away"),
    {0},
};

static nw_node make_difference(struct nw_making *m, const struct nw_design_part *p)
{
    nw_node node = of(m, p, 0, 0);
    for (size_t i = 0; i < p->slot[1].count; i++)
        node = nw_field_difference(m->field, node, of(m, p, 1, i), m->err);
    return node;
}

static const struct nw_member blend_members[] = {
    PARTS("of", 2, "部件", "names of parts"),
    LENGTH("radius_mm", true, "过渡半径", "radius of the rounding where they meet"),
    {0},
};

static nw_node make_blend(struct nw_making *m, const struct nw_design_part *p)
{
    nw_node node = of(m, p, 0, 0);
    for (size_t i = 1; i < p->slot[0].count; i++)
        node = nw_field_blend(m->field, node, of(m, p, 0, i), p->slot[1].number, m->err);
    return node;
}

static const struct nw_member offset_members[] = {
    PART("of", "部件", "a part"),
    {.name = "by_mm",
     .type = NW_LENGTH_MEMBER,
     .required = true,
     .min = -100,
     .max = 100,
     .zh = "向外偏置（负值向内）",
     .en = "outward; inward when negative"},
    {0},
};

static nw_node make_offset(struct nw_making *m, const struct nw_design_part *p)
{
    return nw_field_offset(m->field, of(m, p, 0, 0), p->slot[1].number, m->err);
}

static const struct nw_member shell_members[] = {
    PART("of", "部件", "a part"),
    LENGTH("inward_mm", true, "壁厚，自表面向内", "thickness of the wall, inward"),
    {0},
};

static nw_node make_shell(struct nw_making *m, const struct nw_design_part *p)
{
    return nw_field_shell(m->field, of(m, p, 0, 0), p->slot[1].number, m->err);
}

/* ---- moves ---- */

static const struct nw_member moved_members[] = {
    PART("of", "部件", "a part"),
    {.name = "axis",
     .type = NW_DIRECTION_MEMBER,
     .zh = "转轴方向",
     .en = "direction of the axis it is turned about"},
    {.name = "turn_deg",
     .type = NW_ANGLE_MEMBER,
     .min = -360,
     .max = 360,
     .zh = "转角（右手）",
     .en = "by how much it is turned, right-handed"},
    {.name = "about_mm",
     .type = NW_POINT_MEMBER,
     .zh = "转轴上的一点",
     .en = "a place on the axis"},
    {.name = "by_mm", .type = NW_POINT_MEMBER, .zh = "再平移", .en = "then shifted by this"},
    {0},
};

static nw_node make_moved(struct nw_making *m, const struct nw_design_part *p)
{
    const bool turned = p->slot[1].at && p->slot[2].at && p->slot[3].at;
    if (!turned && (p->slot[1].at || p->slot[2].at || p->slot[3].at)) {
        nw_json_fail(p->at, m->err, "axis, turn_deg and about_mm go together");
        return -1;
    }
    const double angle = turned ? p->slot[2].number * NW_PI / 180 : 0;
    const nw_vec3 a = turned ? p->slot[1].vec : nw_v3(0, 0, 1), at = p->slot[3].vec;
    const double c = nw_cos(angle), s = nw_sin(angle), d = 1 - c;
    const nw_mat3 turn = {
        {{c + a.x * a.x * d, a.x * a.y * d - a.z * s, a.x * a.z * d + a.y * s},
         {a.y * a.x * d + a.z * s, c + a.y * a.y * d, a.y * a.z * d - a.x * s},
         {a.z * a.x * d - a.y * s, a.z * a.y * d + a.x * s, c + a.z * a.z * d}}};
    const nw_vec3 shift = nw_add(nw_sub(at, nw_mul(turn, at)), p->slot[4].vec);
    return nw_field_moved(m->field, of(m, p, 0, 0), (nw_affine){turn, shift}, m->err);
}

static const struct nw_member mirrored_members[] = {
    PART("of", "部件", "a part"),
    POINT("point_mm", "镜面上的一点", "a place on the mirror plane"),
    DIRECTION("normal", true, "镜面的法向", "square to the mirror plane"),
    {0},
};

static nw_node make_mirrored(struct nw_making *m, const struct nw_design_part *p)
{
    return nw_field_mirrored(m->field, of(m, p, 0, 0), p->slot[1].vec, p->slot[2].vec, m->err);
}

#define KIND(k, z, e, table)                                                                   \
    static const struct nw_kind kind_##k = {                                                   \
        .name = #k, .zh = z, .en = e, .members = table, .make = make_##k}
KIND(sphere, "球", "a ball", sphere_members);
KIND(box, "长方体", "a block along the axes", box_members);
KIND(cylinder, "圆柱", "a cylinder with flat ends", cylinder_members);
KIND(capsule, "两端为半球的圆柱", "a cylinder with round ends", cylinder_members);
KIND(cone, "圆台或圆锥", "a cone or a part of one, with flat ends", cone_members);
KIND(torus, "圆环", "a ring", torus_members);
KIND(half_space, "平面一侧的全部", "everything on one side of a plane", half_space_members);
KIND(extrusion, "拉伸的轮廓", "an outline pulled straight", extrusion_members);
KIND(mesh, "模型文件中的实体", "a solid from a model file", mesh_members);
KIND(anatomy, "影像中的组织", "a tissue of a scan", anatomy_members);
KIND(tube, "沿折线的圆管", "a round bar along a line", tube_members);
KIND(union, "并集", "all of several parts together", set_members);
KIND(intersection, "交集", "what several parts have in common", set_members);
KIND(difference, "差集", "a part less others", difference_members);
KIND(blend, "圆滑的并集", "parts together, rounded where they meet", blend_members);
KIND(offset, "偏置", "a part grown or shrunk", offset_members);
KIND(shell, "壳", "the outer layer of a part", shell_members);
KIND(moved, "转动并平移", "a part turned, then shifted", moved_members);
KIND(mirrored, "镜像", "a part seen in a mirror", mirrored_members);

const struct nw_doubts *nw_slot_doubts(const struct nw_making *m, const struct nw_slot *slot)
{
    const size_t part = slot->part[0];
    return nw_part_is_surface(&m->design->part[part]) ? m->left[part] : NULL;
}

const struct nw_kind *const nw_kinds[] = {
    &kind_sphere,       &kind_box,        &kind_cylinder,    &kind_capsule,   &kind_cone,
    &kind_torus,        &kind_half_space, &kind_extrusion,   &kind_mesh,      &kind_union,
    &kind_intersection, &kind_difference, &kind_blend,       &kind_offset,    &kind_shell,
    &kind_moved,        &kind_mirrored,   &nw_kind_guide,    &kind_anatomy,   &kind_tube,
    &nw_kind_plate,     &nw_kind_tpms,    &nw_kind_struts,   &nw_kind_porous, &nw_kind_implant,
    &nw_kind_text,      &nw_kind_code,    &nw_kind_base,     &nw_kind_mask,   &nw_kind_puncture,
    &nw_kind_splint,    &nw_kind_dental,  &nw_kind_vertebra, &nw_kind_brace,  NULL,
};
