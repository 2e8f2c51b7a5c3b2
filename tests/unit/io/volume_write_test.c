/* io/volume_write: what is written reads back to the bit, the same bytes on any threads. */
#include <sys/stat.h>
#include <unistd.h>

#include "volume_make.h"

#include "core/parallel.h"
#include "io/file.h"
#include "io/io.h"

static char folder[] = "/tmp/nuwa-volume-XXXXXX";
static const char *const endings[] = {"nii", "nii.gz", "nrrd", "mha", "mhd"};
enum { ENDINGS = 5 };

static const char *file(const char *ending)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/v.%s", folder, ending);
    return path;
}

/* An oblique right-handed grid whose numbers float32 holds, with every voxel another value. */
static struct nw_volume sample(enum nw_voxel type)
{
    struct nw_grid g = {
        {33, 20, 7}, {-100.5, 42.25, 7}, {{0.5, 0, 0}, {0, 0.375, 0.5}, {0, 0, 1}}};
    g.step_mm[2] = nw_v3(0, -0.75, 0.5625); /* at right angles to the second */
    struct nw_volume v = {0};
    struct nw_err err = {0};
    CHECK(nw_volume_init(&v, type, &g, &err));
    for (size_t i = 0; i < nw_grid_count(&g); i++) {
        if (type == NW_VOXEL_U8)
            v.u8[i] = (uint8_t)i;
        else if (type == NW_VOXEL_F32)
            v.f32[i] = (float)i / 3 - 100;
        else
            v.u16[i] = (uint16_t)(i * 13);
    }
    return v;
}

/* Req: R-009 */
static void every_type_reads_back_the_same_from_every_format(void)
{
    for (int type = 0; type < 4; type++)
        for (int e = 0; e < ENDINGS; e++) {
            struct nw_volume v = sample((enum nw_voxel)type);
            struct nw_scan s;
            struct nw_err err = {0};
            nw_scan_init(&s);
            CHECK(nw_volume_write(file(endings[e]), &v, NULL, 0, &err));
            CHECK(nw_volume_file_read(file(endings[e]), NULL, 0, &s, &err));
            if (err.code != NW_OK)
                printf("# %s %s\n", endings[e], err.msg);
            CHECK(s.volume.type == v.type);
            CHECK(memcmp(s.volume.data, v.data,
                         nw_grid_count(&v.grid) * nw_voxel_bytes(v.type)) == 0);
            const nw_ijk far = {32, 19, 6};
            CHECK(nw_length(nw_sub(nw_grid_point(&s.volume.grid, far),
                                   nw_grid_point(&v.grid, far))) < 1e-5);
            CHECK(nw_grid_voxel_mm3(&s.volume.grid) > 0);
            if (e == 2) /* NRRD keeps doubles */
                CHECK(nw_volume_is_equal(&s.volume, &v));
            nw_scan_release(&s);
            nw_volume_release(&v);
        }
}

static void label_names_stand_in_nifti_and_nrrd(void)
{
    static const char *const names[] = {NULL, "femur left", NULL, "骶骨"};
    struct nw_volume v = sample(NW_VOXEL_U8);
    struct nw_err err = {0};
    CHECK(nw_volume_write(file("nrrd"), &v, names, 4, &err));
    CHECK(nw_volume_write(file("nii"), &v, names, 4, &err));
    size_t len;
    NW_AUTOFREE uint8_t *nrrd = nw_file_read(file("nrrd"), 1 << 20, &len, &err);
    CHECK(nrrd && memmem(nrrd, len, "Segment1_Name:=骶骨\n", 22) != NULL);
    CHECK(nrrd && memmem(nrrd, len, "Segment0_LabelValue:=1\n", 23) != NULL);
    NW_AUTOFREE uint8_t *nii = nw_file_read(file("nii"), 1 << 20, &len, &err);
    CHECK(nii && memmem(nii, len, "label 1 femur left\nlabel 3 骶骨\n", 33) != NULL);
    struct nw_scan s;
    nw_scan_init(&s);
    CHECK(nw_volume_file_read(file("nii"), NULL, 0, &s, &err));
    CHECK(s.volume.u8[5] == 5);
    nw_scan_release(&s);
    nw_volume_release(&v);
}

static void the_bytes_do_not_depend_on_threads_or_time(void)
{
    struct nw_grid g = {{128, 128, 100}, {0, 0, 0}, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    struct nw_volume v = {0};
    struct nw_err err = {0};
    CHECK(nw_volume_init(&v, NW_VOXEL_U16, &g, &err));
    for (size_t i = 0; i < nw_grid_count(&g); i++)
        v.u16[i] = (uint16_t)((i * i) >> 7 & 0x3F);
    nw_digest one, two;
    uint64_t bytes;
    nw_set_threads(1);
    CHECK(nw_volume_write(file("nii.gz"), &v, NULL, 0, &err));
    CHECK(nw_hash_file(file("nii.gz"), &one, &bytes, &err));
    nw_set_threads(3);
    CHECK(nw_volume_write(file("nii.gz"), &v, NULL, 0, &err));
    CHECK(nw_hash_file(file("nii.gz"), &two, &bytes, &err));
    CHECK(memcmp(&one, &two, sizeof one) == 0);
    CHECK(bytes < nw_grid_count(&g));
    nw_volume_release(&v);
}

static void what_cannot_be_written_is_refused_and_leaves_nothing(void)
{
    struct nw_volume v = sample(NW_VOXEL_U8);
    struct nw_err err = {0};
    CHECK(!nw_volume_write(file("xyz"), &v, NULL, 0, &err));
    CHECK(strcmp(err.msg, "a volume is written as .nii, .nii.gz, .nrrd, .mha or .mhd, not as "
                          ".xyz") == 0);
    err = (struct nw_err){0};
    v.grid.step_mm[0].x = -0.5;
    CHECK(!nw_volume_write(file("nii"), &v, NULL, 0, &err));
    CHECK(strcmp(err.msg, "a left-handed grid is not written") == 0);
    nw_volume_release(&v);
    const struct nw_grid g = {{40000, 1, 1}, {0, 0, 0}, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    err = (struct nw_err){0};
    CHECK(nw_volume_init(&v, NW_VOXEL_U8, &g, &err));
    (void)unlink(file("nii"));
    CHECK(!nw_volume_write(file("nii"), &v, NULL, 0, &err));
    CHECK(strcmp(err.msg, "NIfTI-1 holds at most 32767 voxels along an axis, here are 40000; "
                          "write NRRD instead") == 0);
    CHECK(access(file("nii"), F_OK) != 0);
    err = (struct nw_err){0};
    static const char *const names[] = {NULL, "a\nb"};
    CHECK(!nw_volume_write(file("nrrd"), &v, names, 2, &err));
    CHECK(strcmp(err.msg, "the name of label 1 has a line end in it") == 0);
    nw_volume_release(&v);
}

static void each_allocation_may_fail(void)
{
    for (int e = 0; e < ENDINGS; e++) {
        struct nw_volume v = sample(NW_VOXEL_I16);
        bool ok = false;
        for (size_t n = 0; n < 400 && !ok; n++) {
            struct nw_err err = {0};
            (void)unlink(file(endings[e]));
            nw_mem_fail_at(n);
            ok = nw_volume_write(file(endings[e]), &v, NULL, 0, &err);
            nw_mem_fail_at((size_t)-1);
            if (!ok && err.code != NW_ERR_MEMORY)
                printf("# %s, allocation %zu: %s\n", endings[e], n, err.msg);
            CHECK(ok || err.code == NW_ERR_MEMORY);
            CHECK(ok == (access(file(endings[e]), F_OK) == 0));
        }
        CHECK(ok);
        nw_volume_release(&v);
    }
}

/* nibabel, where there is one, sees the same place for the last voxel and the same value. */
static void nibabel_agrees(void)
{
    if (system("/usr/bin/python3 -c 'import nibabel' 2>/dev/null") != 0) {
        printf("# SKIP python3-nibabel is not there\n");
        return;
    }
    struct nw_volume v = sample(NW_VOXEL_I16);
    struct nw_err err = {0};
    CHECK(nw_volume_write(file("nii.gz"), &v, NULL, 0, &err));
    const nw_ijk far = {32, 19, 6};
    const nw_vec3 p = nw_grid_point(&v.grid, far);
    char line[1024];
    (void)snprintf(line, sizeof line,
                   "/usr/bin/python3 -c \"import nibabel,numpy as n; i=nibabel.load('%s'); "
                   "q=i.affine@[32,19,6,1]; d=i.get_fdata(); "
                   "assert abs(q[:3]-[%.9g,%.9g,%.9g]).max()<1e-4, q; "
                   "assert d[32,19,6]==%d, d[32,19,6]; "
                   "assert abs(i.header.get_qform()-i.affine).max()<1e-5\"",
                   file("nii.gz"), -p.x, -p.y, p.z, v.i16[nw_grid_at(&v.grid, 32, 19, 6)]);
    CHECK(system(line) == 0);
    nw_volume_release(&v);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    UNIT(every_type_reads_back_the_same_from_every_format);
    UNIT(label_names_stand_in_nifti_and_nrrd);
    UNIT(the_bytes_do_not_depend_on_threads_or_time);
    UNIT(what_cannot_be_written_is_refused_and_leaves_nothing);
    UNIT(each_allocation_may_fail);
    UNIT(nibabel_agrees);
    char line[128];
    (void)snprintf(line, sizeof line, "rm -rf %s", folder);
    return system(line) != 0 || unit_end();
}
