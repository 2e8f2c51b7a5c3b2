/*
 * strength/study.h -- a comparison of variants: the same material, held and pulled at the same
 * places, at three resolutions. A study is a document (docs/formats/strength.md); what it finds
 * ranks variants, it does not certify one.
 */
#ifndef NW_STRENGTH_STUDY_H
#define NW_STRENGTH_STUDY_H

#include "core/json.h"
#include "core/mesh.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nw_study; /* a document that was read */

/* NW_ERR_DATA with line and member. Nothing is read from disk. */
NW_MUST_CHECK struct nw_study *nw_study_parse(const char *text, size_t len, struct nw_err *err);
void nw_study_free(struct nw_study *study);

struct nw_study_material {
    const char *name, *source; /* source: NULL when not said */
    double young_gpa, poisson, yield_mpa, density_g_cm3;
};
struct nw_study_variant {
    const char *name;
    bool is_design;          /* else a mesh */
    struct nw_file_ref file; /* as written */
    const char *part;        /* of the design: which of its outputs; NULL: the first */
};
enum { NW_STUDY_VARIANTS = 16, NW_STUDY_CASES = 8, NW_STUDY_STEPS = 3 };

const char *nw_study_title(const struct nw_study *s);
double nw_study_cell_mm(const struct nw_study *s);
struct nw_study_material nw_study_material(const struct nw_study *s);
size_t nw_study_variant_count(const struct nw_study *s);
struct nw_study_variant nw_study_variant(const struct nw_study *s, size_t at);
size_t nw_study_case_count(const struct nw_study *s);
const char *nw_study_case_name(const struct nw_study *s, size_t at);
nw_vec3 nw_study_case_force(const struct nw_study *s, size_t at); /* the sum of its forces, N */

struct nw_study_step { /* of one case at one resolution */
    double cell_mm;
    size_t cells;
    int rounds;
    double moved_mm;     /* the largest */
    double stiffness;    /* N/mm: squared force over work, the same for all directions */
    double stress_mpa;   /* largest von Mises on the surface, where it is the part's own: two
                            cells or more from what is held and pulled */
    double stress99_mpa; /* 99 % of that surface has less */
    nw_vec3 place_mm;    /* of the largest */
};
struct nw_study_found { /* of one variant */
    double volume_mm3, mass_g;
    struct nw_study_step step[NW_STUDY_CASES][NW_STUDY_STEPS]; /* coarse to fine: 2, 1.4, 1 */
    struct nw_mesh shown[NW_STUDY_CASES]; /* the surface coloured by stress over yield */
};
/* Release *found when done. NW_ERR_GEOMETRY when a place holds or pulls nothing. */
NW_MUST_CHECK bool nw_study_run(const struct nw_study *s, const struct nw_mesh *solid,
                                struct nw_study_found *found, struct nw_err *err);
void nw_study_found_release(struct nw_study_found *found);

/* The stiffness of the last two resolutions differs by no more than this: converged. */
#define NW_STUDY_CONVERGED 0.05

/* Blue, green, yellow, red for 0 to 1 of the yield stress; above it violet. */
void nw_stress_colour(double share, uint8_t rgb[3]);

/* The JSON schema (2020-12) of studies. */
extern const char nw_study_schema[];

#ifdef __cplusplus
}
#endif
#endif
