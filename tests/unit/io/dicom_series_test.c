/* tests/unit/io/dicom_series_test.c -- written series: same bytes for the same content. */
#include "io/dicom.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/dicom_put_priv.h"
#include "io/file.h"
#include "unit.h"

static char folder[] = "/tmp/nw_dicom_XXXXXX";

static void make(struct nw_scan *scan)
{
    struct nw_err err = {0};
    nw_scan_init(scan);
    const struct nw_grid grid = {
        {6, 5, 4}, {-10.5, 20.25, 100}, {{0.5, 0, 0}, {0, 0.75, 0}, {0, 0, 1.25}}};
    CHECK(nw_volume_init(&scan->volume, NW_VOXEL_I16, &grid, &err));
    for (size_t i = 0; i < nw_grid_count(&grid); i++)
        scan->volume.i16[i] = (int16_t)(i * 7 % 4000) - 1000;
    scan->facts.modality = "CT";
    scan->facts.patient_name = "\xE5\xBC\xA0^\xE4\xB8\x89";
    scan->facts.study_date = "20260102";
}

static void the_same_scan_gives_the_same_bytes(void)
{
    struct nw_scan scan;
    make(&scan);
    struct nw_err err = {0};
    char path[2][64];
    for (int n = 0; n < 2; n++) {
        (void)snprintf(path[n], sizeof path[n], "%s/%d", folder, n);
        CHECK(nw_dicom_write_series(path[n], &scan.volume, &scan.facts, &err));
    }
    for (int k = 1; k <= 4; k++) {
        uint8_t *data[2];
        size_t len[2];
        for (int n = 0; n < 2; n++) {
            char file[96];
            (void)snprintf(file, sizeof file, "%s/IM%04d.dcm", path[n], k);
            data[n] = nw_file_read(file, 1 << 20, &len[n], &err);
            CHECK(data[n]);
        }
        CHECK(len[0] == len[1] && memcmp(data[0], data[1], len[0]) == 0);
        CHECK(memcmp(data[0] + 128, "DICM", 4) == 0);
        CHECK(memcmp(data[0] + len[0] - 60, scan.volume.i16 + 30 * (k - 1), 60) == 0);
        nw_free(data[0]);
        nw_free(data[1]);
    }
    nw_scan_release(&scan);
}

static void uids_are_valid_and_differ_by_role_and_index(void)
{
    struct nw_err err = {0};
    nw_digest digest = {{1, 2, 3}};
    char a[NW_UID_MAX], b[NW_UID_MAX], c[NW_UID_MAX], again[NW_UID_MAX];
    CHECK(nw_uid_from_digest(a, &digest, "x", 0, &err));
    CHECK(nw_uid_from_digest(b, &digest, "x", 1, &err));
    CHECK(nw_uid_from_digest(c, &digest, "y", 0, &err));
    CHECK(nw_uid_from_digest(again, &digest, "x", 0, &err));
    CHECK(strncmp(a, "2.25.", 5) == 0 && a[5] != '0' && strlen(a) <= 44);
    CHECK(strspn(a + 5, "0123456789") == strlen(a + 5));
    CHECK(strcmp(a, b) != 0 && strcmp(a, c) != 0 && strcmp(a, again) == 0);
}

static void what_cannot_be_written_is_said(void)
{
    struct nw_scan scan;
    make(&scan);
    struct nw_err err = {0};
    scan.facts.modality = "US";
    CHECK(!nw_dicom_write_series(folder, &scan.volume, &scan.facts, &err));
    CHECK(err.code == NW_ERR_UNSUPPORTED);
    err = (struct nw_err){0};
    scan.facts.modality = "CT";
    CHECK(!nw_dicom_write_series("/proc/nothing/here", &scan.volume, &scan.facts, &err));
    CHECK(err.code == NW_ERR_IO);
    nw_scan_release(&scan);
}

static void every_failed_allocation_is_survived(void)
{
    struct nw_scan scan;
    make(&scan);
    bool done = false;
    for (size_t n = 0; n < 200 && !done; n++) {
        struct nw_err err = {0};
        char path[64];
        (void)snprintf(path, sizeof path, "%s/m", folder);
        const size_t held = nw_mem_held();
        nw_mem_fail_at(n);
        done = nw_dicom_write_series(path, &scan.volume, &scan.facts, &err);
        nw_mem_fail_at(SIZE_MAX);
        CHECK(done || err.code == NW_ERR_MEMORY);
        CHECK(nw_mem_held() == held);
    }
    CHECK(done);
    nw_scan_release(&scan);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    UNIT(the_same_scan_gives_the_same_bytes);
    UNIT(uids_are_valid_and_differ_by_role_and_index);
    UNIT(what_cannot_be_written_is_said);
    UNIT(every_failed_allocation_is_survived);
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    (void)!system(command);
    return unit_end();
}
