/* tests/unit/io/dicom_objects_test.c -- segmentations and models as DICOM objects. */
#include "io/dicom.h"

#include <stdlib.h>
#include <string.h>

#include "io/dicom_priv.h"
#include "io/file.h"
#include "unit.h"

static char folder[] = "/tmp/nw_objects_XXXXXX";
static char seg_path[64], stl_path[64];

static struct nw_scan make_scan(void)
{
    struct nw_scan scan;
    nw_scan_init(&scan);
    scan.facts.modality = "CT";
    scan.facts.patient_name = "\xE5\xBC\xA0^\xE4\xB8\x89";
    scan.facts.patient_id = "P1";
    scan.facts.study_uid = "1.2.3.4";
    scan.facts.frame_uid = "1.2.3.5";
    scan.facts.study_date = "20260102";
    scan.facts.study_time = "101500";
    scan.facts.study_id = "1";
    return scan;
}

/* Is there a checker of DICOM objects, and does it find no error? */
static bool is_valid(const char *path)
{
    char command[160];
    if (system("command -v dciodvfy >/dev/null 2>&1") != 0) {
        printf("# dciodvfy is not installed: the object was not checked by it\n");
        return true;
    }
    (void)snprintf(command, sizeof command, "! dciodvfy %s 2>&1 | grep '^Error'", path);
    return system(command) == 0;
}

/* How often some bytes occur in a file. */
static int count_in_file(const char *path, const void *what, size_t len)
{
    struct nw_err err = {0};
    size_t size;
    uint8_t *data = nw_file_read(path, 1 << 24, &size, &err);
    int count = 0;
    for (size_t i = 0; data && i + len <= size; i++)
        count += memcmp(data + i, what, len) == 0;
    nw_free(data);
    return count;
}

/* Req: R-056 */
static void a_segmentation_is_a_valid_object(void)
{
    struct nw_err err = {0};
    struct nw_scan scan = make_scan();
    const struct nw_grid grid = {{10, 7, 5}, {1, 2, 3}, {{0.5, 0, 0}, {0, 0.5, 0}, {0, 0, 1}}};
    struct nw_volume labels = {0};
    CHECK(nw_volume_init(&labels, NW_VOXEL_U8, &grid, &err));
    for (size_t i = 70; i < 140; i++) /* the second slice */
        labels.u8[i] = (uint8_t)(i % 3);
    const struct nw_segment segments[2] = {{1, "bone", {200, 190, 150, 255}},
                                           {2, "\xE7\x9A\xAE\xE8\x82\xA4", {90, 90, 200, 255}}};
    CHECK(nw_dicom_write_seg(seg_path, &labels, segments, 2, &scan.facts, &err));
    CHECK(is_valid(seg_path));
    CHECK(count_in_file(seg_path, "1.2.3.5", 7) == 1); /* the scan's frame of reference */
    CHECK(count_in_file(seg_path, "\xE5\xBC\xA0^\xE4\xB8\x89", 7) == 1);
    uint8_t bits[18] = {0}; /* two frames of 70 bits, run together */
    for (size_t i = 0; i < 70; i++) {
        if ((70 + i) % 3 == 1)
            bits[i / 8] |= (uint8_t)(1u << i % 8);
        if ((70 + i) % 3 == 2)
            bits[(70 + i) / 8] |= (uint8_t)(1u << (70 + i) % 8);
    }
    CHECK(count_in_file(seg_path, bits, sizeof bits) == 1);
    nw_volume_release(&labels);
}

static struct nw_mesh make_mesh(void)
{
    struct nw_err err = {0};
    struct nw_mesh mesh = {0};
    static const nw_vec3 corner[4] = {{0, 0, 0}, {10, 0, 0}, {0, 20, 0}, {0, 0, 30}};
    static const uint32_t tri[4][3] = {{0, 2, 1}, {0, 1, 3}, {0, 3, 2}, {1, 2, 3}};
    CHECK(nw_mesh_init(&mesh, 4, 4, &err));
    memcpy(mesh.pos_mm, corner, sizeof corner);
    memcpy(mesh.tri, tri, sizeof tri);
    mesh.frame = NW_FRAME_PATIENT;
    return mesh;
}

/* Req: R-056 */
static void a_model_is_a_valid_object(void)
{
    struct nw_err err = {0};
    struct nw_scan scan = make_scan();
    struct nw_mesh mesh = make_mesh();
    CHECK(nw_dicom_write_stl(stl_path, &mesh, "tetrahedron", &scan.facts, &err));
    CHECK(is_valid(stl_path));
    static const uint8_t corner[12] = {0, 0, 0x20, 0x41}; /* 10 mm, 0, 0 */
    CHECK(count_in_file(stl_path, corner, sizeof corner) >= 3);
    CHECK(count_in_file(stl_path, "1.2.3.5", 7) == 1);
    CHECK(count_in_file(stl_path, "UCUM", 4) == 1);
    nw_mesh_release(&mesh);
}

static void empty_things_are_refused(void)
{
    struct nw_err err = {0};
    struct nw_scan scan = make_scan();
    const struct nw_grid grid = {{2, 2, 2}, {0, 0, 0}, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    const struct nw_segment segment = {1, "bone", {0}};
    struct nw_volume labels = {0};
    CHECK(nw_volume_init(&labels, NW_VOXEL_U16, &grid, &err));
    CHECK(!nw_dicom_write_seg(seg_path, &labels, &segment, 1, &scan.facts, &err));
    CHECK(err.code == NW_ERR_GEOMETRY);
    err = (struct nw_err){0};
    const struct nw_mesh none = {0};
    CHECK(!nw_dicom_write_stl(stl_path, &none, "", &scan.facts, &err));
    CHECK(err.code == NW_ERR_LIMIT);
    nw_volume_release(&labels);
}

/* 3.7 GB are promised by an element of a meta header, in a file of 152 bytes. */
static void a_meta_header_longer_than_its_file_is_refused(void)
{
    uint8_t file[152] = {0};
    static const uint8_t meta[] = "DICM\2\0\1\0OB\0\0\2\0\0\340";
    memcpy(file + 128, meta, sizeof meta - 1);
    struct nw_err err = {0};
    NW_AUTO(nw_arena) arena = {0};
    struct nw_dicom header;
    CHECK(nw_dicom_parse(file, sizeof file, sizeof file, NULL, &arena, &header, &err) ==
          NW_DICOM_IS_NOT);
    CHECK(strstr(err.msg, "longer than the file"));
}

static void every_failed_allocation_is_survived(void)
{
    struct nw_scan scan = make_scan();
    struct nw_mesh mesh = make_mesh();
    bool done = false;
    for (size_t n = 0; n < 200 && !done; n++) {
        struct nw_err err = {0};
        const size_t held = nw_mem_held();
        nw_mem_fail_at(n);
        done = nw_dicom_write_stl(stl_path, &mesh, "x", &scan.facts, &err);
        nw_mem_fail_at(SIZE_MAX);
        CHECK(done || err.code == NW_ERR_MEMORY);
        CHECK(nw_mem_held() == held);
    }
    CHECK(done);
    nw_mesh_release(&mesh);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    (void)snprintf(seg_path, sizeof seg_path, "%s/seg.dcm", folder);
    (void)snprintf(stl_path, sizeof stl_path, "%s/stl.dcm", folder);
    UNIT(a_segmentation_is_a_valid_object);
    UNIT(a_model_is_a_valid_object);
    UNIT(empty_things_are_refused);
    UNIT(a_meta_header_longer_than_its_file_is_refused);
    UNIT(every_failed_allocation_is_survived);
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return (void)!system(command), unit_end();
}
