/*
 * image/edit_priv.h -- a step as it was read, and what its doers share: a mask over a box of
 * the grid, and one place where labels are changed by it.
 */
#ifndef NW_IMAGE_EDIT_PRIV_H
#define NW_IMAGE_EDIT_PRIV_H

#include "core/json.h"
#include "image/edit.h"

enum nw_edit_kind {
    NW_EDIT_PAINT,
    NW_EDIT_ERASE,
    NW_EDIT_THRESHOLD,
    NW_EDIT_GROW,
    NW_EDIT_SCISSORS,
    NW_EDIT_ISLANDS,
    NW_EDIT_FILL,
    NW_EDIT_SPLIT,
    NW_EDIT_CUT,
    NW_EDIT_JOIN,
    NW_EDIT_KINDS
};

enum { NW_EDIT_STEPS_MAX = 4000, NW_EDIT_POINTS_MAX = 2000, NW_EDIT_OUTLINE_MAX = 500 };
enum { NW_EDIT_PLACES_MAX = 200 };

enum nw_edit_over { NW_OVER_EMPTY, NW_OVER_ALL };
enum nw_edit_do { NW_DO_ADD, NW_DO_REMOVE, NW_DO_BOTH };
enum nw_edit_side { NW_SIDE_INSIDE, NW_SIDE_OUTSIDE };
enum nw_edit_pieces { NW_PIECES_KEEP, NW_PIECES_REMOVE, NW_PIECES_SPLIT };

/* All kinds' members together; each kind fills its own. Lists are borrowed from the arena. */
struct nw_edit_step {
    enum nw_edit_kind kind;
    const struct nw_json_value *at; /* the step itself */
    const char *part, *name;
    const char **word; /* names, or the parts to join */
    size_t word_count;
    nw_vec3 *point; /* the stroke, seeds, an outline, clicks */
    size_t point_count;
    nw_vec3 normal, at_mm; /* normal 0: none */
    double radius_mm, thickness_mm, min, max, from_mm, to_mm, below_mm3, largest;
    double choice, axis; /* an index into the member's words */
};

struct nw_edits {
    struct nw_arena arena;
    struct nw_edit_step *step;
    size_t step_count;
};

/* One application. */
struct nw_editing {
    const struct nw_volume *scan;
    struct nw_volume *labels;
    struct nw_edit_names *names;
    struct nw_grid_inverse inv;
    struct nw_arena *arena;    /* for the names of new parts */
    struct nw_edit_done *done; /* of the step that is being done */
};

/* Voxels lo <= p < hi of the grid, i fastest; 0: not touched, 1 and 2: by to[0] and to[1]. */
struct nw_edit_mask {
    size_t lo[3], hi[3];
    uint8_t *v;
};

/* For each label value, what it becomes. */
struct nw_edit_map {
    uint8_t to[2][256];
};

NW_MUST_CHECK bool nw_edit_mask_init(struct nw_edit_mask *mask, struct nw_err *err);
void nw_edit_mask_release(struct nw_edit_mask *mask);
static inline size_t nw_edit_mask_row(const struct nw_edit_mask *m, size_t j, size_t k)
{
    return (m->hi[0] - m->lo[0]) * ((j - m->lo[1]) + (m->hi[1] - m->lo[1]) * (k - m->lo[2]));
}
/* The mask's voxels as a volume of its own that borrows them: spacing kept, origin moved. */
struct nw_volume nw_edit_mask_volume(const struct nw_edit_mask *mask,
                                     const struct nw_grid *grid);

/* Every label as it is. */
struct nw_edit_map nw_edit_map_same(void);
/* Changes the labels under the mask and counts. */
NW_MUST_CHECK bool nw_edit_change(struct nw_editing *e, const struct nw_edit_mask *mask,
                                  const struct nw_edit_map *map, struct nw_err *err);

/* The value of a part by its name (NULL: the first there is), or 0 and *err. */
uint8_t nw_edit_part(const struct nw_editing *e, const struct nw_edit_step *step,
                     const char *member, const char *name, struct nw_err *err);
/* The value of a new part of this name; NULL: `of`'s, numbered. 0 and *err on failure. */
uint8_t nw_edit_new_part(struct nw_editing *e, const struct nw_edit_step *step,
                         const char *name, uint8_t of, struct nw_err *err);

/* The voxel whose centre is nearest; false when the place lies outside the grid. */
bool nw_edit_voxel(const struct nw_editing *e, nw_vec3 at_mm, size_t voxel[3]);
/* As that, of the n-th place of a list member; fails with its place in the document. */
NW_MUST_CHECK bool nw_edit_voxel_of(const struct nw_editing *e, const struct nw_edit_step *s,
                                    const char *member, size_t n, size_t voxel[3],
                                    struct nw_err *err);
/* The n-th item of a list member of the step, or the step itself. */
const struct nw_json_value *nw_edit_item(const struct nw_edit_step *step, const char *member,
                                         size_t n);
/* Shrinks a box to what lies within a distance of these places; false when nothing does. */
bool nw_edit_box(const struct nw_editing *e, const nw_vec3 *point, size_t count,
                 double reach_mm, size_t lo[3], size_t hi[3]);

/* Parts of the document's grammar; see edit.c for what each does. */
NW_MUST_CHECK bool nw_edit_fill(struct nw_editing *e, const struct nw_edit_step *step,
                                struct nw_err *err);
NW_MUST_CHECK bool nw_edit_split(struct nw_editing *e, const struct nw_edit_step *step,
                                 struct nw_err *err);
NW_MUST_CHECK bool nw_edit_islands(struct nw_editing *e, const struct nw_edit_step *step,
                                   struct nw_err *err);
NW_MUST_CHECK bool nw_edit_grow(struct nw_editing *e, const struct nw_edit_step *step,
                                struct nw_err *err);
NW_MUST_CHECK bool nw_edit_scissors(struct nw_editing *e, const struct nw_edit_step *step,
                                    struct nw_err *err);

const char *nw_edit_kind_name(enum nw_edit_kind kind);

#endif
