/*
 * design/kinds_priv.h -- what a part can be: one row a kind, with the table of its members.
 * Reading, checking and the schema follow the tables; only `make` is code.
 */
#ifndef NW_DESIGN_KINDS_PRIV_H
#define NW_DESIGN_KINDS_PRIV_H

#include "core/json.h"
#include "design/design.h"

enum nw_member_type {
    NW_LENGTH_MEMBER,    /* mm: number within min..max */
    NW_ANGLE_MEMBER,     /* degrees: number within min..max */
    NW_NUMBER_MEMBER,    /* without unit */
    NW_POINT_MEMBER,     /* [x, y, z] in mm */
    NW_DIRECTION_MEMBER, /* [x, y, z], not all 0; comes as a unit vector */
    NW_TEXT_MEMBER,      /* not empty */
    NW_CHOICE_MEMBER,    /* number: which of `choices` */
    NW_FILE_MEMBER,      /* {"path": ..., "sha256": ..., "unit": ..., "axes": ...} */
    NW_PART_MEMBER,      /* the name of another part */
    NW_PARTS_MEMBER,     /* a list of names, at least min of them */
    NW_POINTS_MEMBER,    /* a list of points, at least min of them */
    NW_OUTLINE_MEMBER,   /* a list of [u, v] in mm, at least 3 */
    NW_ITEMS_MEMBER,     /* a list of objects by the table `items`, at least min of them */
};

struct nw_member {
    const char *name;
    enum nw_member_type type;
    bool required;
    double preset, min, max; /* preset: when it is not given, NAN: none */
    const char *const *choices;
    const struct nw_member *items;
    const char *zh, *en; /* what it is, with the source of its preset */
};

/* A member's value; which of these is set follows from the type. */
struct nw_slot {
    const struct nw_json_value *at; /* where it stands; NULL: not given */
    double number;
    nw_vec3 vec;
    const char *text;
    struct nw_file_ref file;
    size_t count;
    size_t *part; /* indices of parts, count of them; also of NW_PART_MEMBER, one */
    nw_vec3 *point;
    double (*outline)[2];
    struct nw_slot *item; /* count rows of as many slots as the table has members */
};

struct nw_design_part {
    const char *name;
    const struct nw_json_value *at;
    const struct nw_kind *kind;
    struct nw_slot *slot; /* one a member of the kind, in the table's order */
};

/* What is at hand while an output is made. */
struct nw_making {
    const struct nw_design *design;
    const struct nw_design_files *files;
    struct nw_field *field;
    nw_node *node; /* one a part; those of parts made so far */
    void **left;   /* one a part: what its make leaves for checks, in out's arena; or NULL */
    double cell_mm;
    struct nw_design_made *out;
    struct nw_err *err;
};

struct nw_kind {
    const char *name;
    const char *zh, *en;
    const struct nw_member *members; /* ends with a name of NULL */
    /* Makes the part's node from its slots and the nodes of the parts it names; negative when
     * err is filled. */
    nw_node (*make)(struct nw_making *m, const struct nw_design_part *part);
    /* Looks at the finished mesh of an output that is this part and adds its checks; NULL:
     * none.
     */
    bool (*check)(struct nw_making *m, const struct nw_design_part *part,
                  const struct nw_mesh *mesh);
};

/*
 * What a place or direction is in a picture in which a person moves it. `as`: "place"; "way" (a
 * direction without a place of its own), "axis" and "plane" (of which it is the normal) through
 * `at`; "rod" to here from `at`; "box" from its corner `at` to here; "shift"; of lists
 * "places", "curve", "loop" (closed). `on` is the kind's member that names the part on whose
 * surface it is meant to lie.
 */
struct nw_handle {
    const char *kind;
    const char *in; /* the member whose items have it; NULL: the part itself */
    const char *member, *as, *at, *on;
};

extern const struct nw_handle nw_handles[]; /* ends with a kind of NULL */
/* `as` is NULL for what is neither place nor direction. */
struct nw_handle nw_handle_of(const char *kind, const char *in, const struct nw_member *member);

extern const struct nw_kind *const nw_kinds[];        /* ends with NULL */
extern const struct nw_member *const nw_make_members; /* of an item of "make" */
extern const struct nw_member *const nw_show_members; /* of "show" */
extern const struct nw_kind nw_kind_guide, nw_kind_plate, nw_kind_tpms, nw_kind_struts,
    nw_kind_porous, nw_kind_implant, nw_kind_text, nw_kind_code, nw_kind_base, nw_kind_mask,
    nw_kind_puncture, nw_kind_splint, nw_kind_dental, nw_kind_vertebra, nw_kind_brace;

/* Is the part a surface as it stands in a file or comes from a scan? Then it can be loaded. */
bool nw_part_is_surface(const struct nw_design_part *part);
NW_MUST_CHECK bool nw_part_load(struct nw_making *m, const struct nw_design_part *part,
                                struct nw_mesh *out);
/* The node of the part that a slot names. */
nw_node nw_slot_node(const struct nw_making *m, const struct nw_slot *slot);
/* What a bone's surface says of its own places: one sigma, infinite where it was not seen. */
struct nw_doubts {
    size_t count;
    nw_vec3 *place_mm;
    float *doubt_mm;
};
/* Of the part that a slot names; NULL when nothing is stated. */
const struct nw_doubts *nw_slot_doubts(const struct nw_making *m, const struct nw_slot *slot);
/* Adds a check; texts are copied. */
NW_MUST_CHECK bool nw_making_check(struct nw_making *m, const struct nw_design_check *check);
/* A box that holds everything of a node; false when it has no bounds within 2 m. */
bool nw_node_bounds(const struct nw_field *field, nw_node node, nw_box *out,
                    struct nw_err *err);

struct nw_design {
    struct nw_arena arena;
    const char *title;
    struct nw_design_part *part;
    size_t part_count;
    size_t *order; /* parts, each after those it names */
    struct nw_design_output *output;
    size_t *output_part;
    size_t output_count;
    struct nw_design_scene scene;
    struct nw_design_output *shown;
    size_t *shown_part;
};

#endif
