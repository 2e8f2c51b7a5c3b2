/*
 * io/io.h -- files to scans and models, and back. Formats, sniffing, compression, byte order,
 * frames and limits are hidden here: who calls sees patient space (LPS, mm) and nothing else.
 */
#ifndef NW_IO_IO_H
#define NW_IO_IO_H

#include "core/mesh.h"
#include "core/scan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- intake: whatever the radiology department handed over ---- */

/* One thing found: a series, a volume file, or something left out with its reason. */
struct nw_found {
    struct nw_scan_facts facts;
    bool usable;         /* can be read as a volume */
    const char *zh, *en; /* why not, when not usable; "" otherwise */
    struct nw_grid grid; /* as it would be read (tilt corrected), when usable */
    size_t file_count, slice_count;
    const struct nw_remark *remark;
    size_t remark_count;
    double score; /* which one `reconstruct` takes when nobody says: higher is better */
};

struct nw_intake; /* everything found under one path; texts live as long as it does */

struct nw_intake_opts {
    const char *charset; /* overrides what the files declare, NULL: as declared */
};

/* Looks at a folder (searched to the bottom, with anything else in it), a file, a DICOMDIR,
 * a zip or tar archive. Reads headers only, on all cores. A file that cannot be used is a
 * found thing with its reason, never an error; NW_ERR_NOTFOUND when the path is not there,
 * NW_ERR_DATA when nothing in it is a scan, in words that say what was found instead. */
NW_MUST_CHECK struct nw_intake *
nw_intake_new(const char *path, const struct nw_intake_opts *opts, struct nw_err *err);
void nw_intake_free(struct nw_intake *intake);
size_t nw_intake_count(const struct nw_intake *intake);
const struct nw_found *nw_intake_at(const struct nw_intake *intake, size_t index);
/* Files that are no scans at all (pictures, texts), for one line in the listing. */
size_t nw_intake_other_files(const struct nw_intake *intake);
/* Usable series belonging to different patients (by id, name and birth date)? */
size_t nw_intake_patient_count(const struct nw_intake *intake);

struct nw_read_opts {
    bool resample_unequal; /* unequal slice distances: resample instead of refusing */
    bool keep_tilt;        /* leave a tilted gantry's sheared grid as it is */
};

/* Reads one found thing into *out (nw_scan_init first). Slices decode on all cores; memory
 * stays near one copy of the volume. Fails with the remark's sentence when not usable. */
NW_MUST_CHECK bool nw_intake_read(struct nw_intake *intake, size_t index,
                                  const struct nw_read_opts *opts, struct nw_scan *out,
                                  struct nw_err *err);

/* Gives each DICOM file of one found thing, as it stands, in the order they were found
 * (`number` from 0); those that are there twice once. NW_ERR_UNSUPPORTED for what is no DICOM. */
typedef bool nw_intake_take(void *user, size_t number, const uint8_t *data, size_t len,
                            struct nw_err *err);
NW_MUST_CHECK bool nw_intake_each_file(struct nw_intake *intake, size_t index,
                                       nw_intake_take *take, void *user, struct nw_err *err);

/* ---- volumes out ---- */

/* By the ending: .nii .nii.gz .nrrd .mha .mhd(+raw) for any voxel type. Whole or not at all,
 * read back and compared. `names` are label names (index = label value), NULL for none. */
NW_MUST_CHECK bool nw_volume_write(const char *path, const struct nw_volume *vol,
                                   const char *const *names, size_t name_count,
                                   struct nw_err *err);
bool nw_volume_ending_is_known(const char *ending);

/* ---- models ---- */

/* .3mf .stl .ply .obj .amf .glb .vtk .wrl (the last is written only, .off read only), by
 * content first, ending second. STL, PLY and OBJ have no unit: `unit_mm` (0: the file's own, or
 * mm) scales on the way in. Vertices of an STL are welded where they are bit for bit the same.
 */
struct nw_model_read_opts {
    double unit_mm;
    const char *axes; /* where its x, y and z point (nw_axes_parse), e.g. "RAS" for 3D Slicer's
                         STL before 2020; NULL: as the file says, else LPS */
};
NW_MUST_CHECK bool nw_model_read(const char *path, const struct nw_model_read_opts *opts,
                                 struct nw_model *out, struct nw_err *err);
/* What the file says of itself, in literals. */
struct nw_model_sense {
    const char *format; /* its usual ending */
    double unit_mm;     /* 0: it names none */
    const char *frame;  /* "LPS", "RAS", or "" when it names none */
};
/* As nw_model_read without options, and tells what the file said. */
NW_MUST_CHECK bool nw_model_read_sense(const char *path, struct nw_model *out,
                                       struct nw_model_sense *sense, struct nw_err *err);
/* Reads only a scan's or model's first bytes. */
bool nw_path_is_model(const char *path);

struct nw_model_write_opts {
    const uint8_t *thumbnail_png; /* for 3MF; NULL for none */
    size_t thumbnail_len;
};
/* Whole or not at all. Before the file takes its name it is read back: an STL's bytes are all
 * those that were meant; any other is unpacked and parsed anew as nw_model_read does, and must
 * have the same parts and names, at every vertex the same float32, at every triangle the same
 * corners, and the colours and attributes that the format keeps. Coordinates are LPS mm, said
 * so in the file where the format can. */
NW_MUST_CHECK bool nw_model_write(const char *path, const struct nw_model *model,
                                  const struct nw_model_write_opts *opts, struct nw_err *err);
bool nw_model_ending_is_known(const char *ending);

#ifdef __cplusplus
}
#endif
#endif
