/* tests/unit/io/intake_test.c -- series taken in: geometry, oddities, broken files. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/parallel.h"
#include "io/dicom.h"
#include "io/file.h"
#include "io/io.h"
#include "unit.h"

static char root[] = "/tmp/nw_intake_XXXXXX";

enum { DIM_X = 24, DIM_Y = 20, DIM_Z = 9 };
static const double SPACING_X = 0.5, SPACING_Y = 0.75, SPACING_Z = 1.25;

/* A slow wave in space within 12 bits, so that a shifted grid can be held against it. */
static double wave(nw_vec3 p)
{
    return 400 * sin(0.35 * p.x + 0.2) * cos(0.4 * p.y - 0.1) + 20 * (p.z + 95);
}

static struct nw_grid plain_grid(void)
{
    const struct nw_grid grid = {{DIM_X, DIM_Y, DIM_Z},
                                 {-10.5, 20.25, -100},
                                 {{SPACING_X, 0, 0}, {0, SPACING_Y, 0}, {0, 0, SPACING_Z}}};
    return grid;
}

/* A folder of its own, so that tests do not meet. */
static const char *new_folder(void)
{
    static char path[64];
    static int count;
    (void)snprintf(path, sizeof path, "%s/%d", root, ++count);
    return path;
}

static void fill(struct nw_volume *volume)
{
    for (size_t n = 0; n < nw_grid_count(&volume->grid); n++) {
        const size_t *dim = volume->grid.dim;
        const nw_ijk at = {(double)(n % dim[0]), (double)(n / dim[0] % dim[1]),
                           (double)(n / dim[0] / dim[1])};
        volume->i16[n] = (int16_t)rint(wave(nw_grid_point(&volume->grid, at)));
    }
}

static void write_series(const char *folder, const struct nw_grid *grid, const char *patient,
                         struct nw_volume *volume)
{
    struct nw_err err = {0};
    struct nw_scan scan;
    nw_scan_init(&scan);
    scan.facts.modality = "CT";
    scan.facts.is_hu = true;
    scan.facts.patient_name = patient;
    CHECK(nw_volume_init(volume, NW_VOXEL_I16, grid, &err));
    fill(volume);
    CHECK(nw_dicom_write_series(folder, volume, &scan.facts, &err));
}

static void slice_path(char out[96], const char *folder, int number)
{
    (void)snprintf(out, 96, "%s/IM%04d.dcm", folder, number);
}

/* Takes the folder in and reads its first find; NULL message when that works. */
static const char *read_first(const char *folder, const struct nw_read_opts *opts,
                              struct nw_scan *scan)
{
    static struct nw_err err;
    err = (struct nw_err){0};
    nw_scan_init(scan);
    struct nw_intake *intake = nw_intake_new(folder, NULL, &err);
    const bool ok = intake && nw_intake_read(intake, 0, opts, scan, &err);
    nw_intake_free(intake);
    return ok ? NULL : err.msg;
}

static bool has_remark(const struct nw_scan *scan, const char *code)
{
    for (size_t i = 0; i < scan->remark_count; i++)
        if (strcmp(scan->remark[i].code, code) == 0)
            return true;
    return false;
}

/* Replaces the first `from` in a file by `to`, which is as long. */
static void edit_file(const char *path, const void *from, const void *to, size_t len)
{
    struct nw_err err = {0};
    size_t size;
    uint8_t *data = nw_file_read(path, 1 << 24, &size, &err);
    uint8_t *at = data ? memmem(data, size, from, len) : NULL;
    CHECK(at);
    if (at) {
        memcpy(at, to, len);
        CHECK(nw_file_write(path, data, size, &err));
    }
    nw_free(data);
}

/* Req: R-004 R-007 R-009 */
static void a_series_reads_back_as_it_was_written(void)
{
    const char *folder = new_folder();
    const struct nw_grid grid = plain_grid();
    struct nw_volume volume = {0};
    struct nw_scan scan;
    write_series(folder, &grid, "A", &volume);
    CHECK(!read_first(folder, NULL, &scan));
    CHECK(nw_volume_is_equal(&scan.volume, &volume));
    CHECK(scan.facts.is_hu && scan.source_count == DIM_Z && scan.remark_count == 0);
    CHECK(nw_grid_is_straight(&scan.volume.grid));
    nw_scan_release(&scan);
    nw_volume_release(&volume);
}

/* Req: R-007 */
static void names_and_order_of_files_do_not_matter(void)
{
    const char *folder = new_folder();
    const struct nw_grid grid = plain_grid();
    struct nw_volume volume = {0};
    struct nw_scan scan;
    write_series(folder, &grid, "A", &volume);
    char from[96], to[128];
    for (int k = 1; k <= DIM_Z; k++) { /* another order, other folders, no endings */
        slice_path(from, folder, k);
        (void)snprintf(to, sizeof to, "%s/sub%d", folder, k % 2);
        (void)mkdir(to, 0777);
        (void)snprintf(to, sizeof to, "%s/sub%d/%d", folder, k % 2, (k * 5) % 11);
        CHECK(rename(from, to) == 0);
    }
    struct nw_err err = {0};
    (void)snprintf(to, sizeof to, "%s/holiday.png", folder);
    CHECK(nw_file_write(to, "\x89PNG\r\n\x1A\n, not really", 20, &err));
    CHECK(!read_first(folder, NULL, &scan));
    CHECK(nw_volume_is_equal(&scan.volume, &volume));
    nw_scan_release(&scan);
    nw_volume_release(&volume);
}

static void the_grid_may_lie_askew(void)
{
    const char *folder = new_folder();
    struct nw_grid grid = plain_grid();
    const double c = cos(0.3), s = sin(0.3);
    grid.step_mm[0] = nw_v3(SPACING_X * c, SPACING_X * s, 0);
    grid.step_mm[1] = nw_v3(0, 0, -SPACING_Y); /* coronal, head up */
    grid.step_mm[2] =
        nw_scale(nw_cross(nw_unit(grid.step_mm[0]), nw_unit(grid.step_mm[1])), SPACING_Z);
    struct nw_volume volume = {0};
    struct nw_scan scan;
    write_series(folder, &grid, "A", &volume);
    CHECK(!read_first(folder, NULL, &scan));
    CHECK(memcmp(scan.volume.i16, volume.i16, 2 * nw_grid_count(&grid)) == 0);
    for (int a = 0; a < 3; a++)
        CHECK(nw_length(nw_sub(scan.volume.grid.step_mm[a], grid.step_mm[a])) < 1e-9);
    nw_scan_release(&scan);
    nw_volume_release(&volume);
}

/* Slices stacked against the normal come out as the same places, turned right-handed. */
static void a_left_handed_stack_is_turned(void)
{
    const char *folder = new_folder();
    struct nw_grid grid = plain_grid();
    grid.step_mm[2] = nw_v3(0, 0, -SPACING_Z);
    struct nw_volume volume = {0};
    struct nw_scan scan;
    write_series(folder, &grid, "A", &volume);
    CHECK(!read_first(folder, NULL, &scan));
    const struct nw_grid *got = &scan.volume.grid;
    CHECK(nw_grid_voxel_mm3(got) > 0);
    CHECK_NEAR(got->origin_mm.z, grid.origin_mm.z - (DIM_Z - 1) * SPACING_Z, 1e-9);
    CHECK(scan.volume.i16[0] == volume.i16[nw_grid_at(&grid, 0, 0, DIM_Z - 1)]);
    nw_scan_release(&scan);
    nw_volume_release(&volume);
}

/* Req: R-007 */
static void a_missing_slice_is_refused_by_its_neighbours(void)
{
    const char *folder = new_folder();
    const struct nw_grid grid = plain_grid();
    struct nw_volume volume = {0};
    struct nw_scan scan;
    char path[96];
    write_series(folder, &grid, "A", &volume);
    slice_path(path, folder, 5);
    CHECK(unlink(path) == 0);
    const char *why = read_first(folder, NULL, &scan);
    CHECK(why && strcmp(why, "1 slice is missing from a step of 1.250 mm, between images 4-6 "
                             "(2.500 mm)") == 0);
    const struct nw_read_opts resample = {.resample_unequal = true};
    CHECK(!read_first(folder, &resample, &scan));
    CHECK(scan.volume.grid.dim[2] == DIM_Z && has_remark(&scan, "resampled-slices"));
    const size_t plane = DIM_X * DIM_Y;
    for (size_t i = 0; i < plane;
         i++) { /* half way between its neighbours; others as they are */
        CHECK_NEAR(scan.volume.i16[4 * plane + i],
                   (volume.i16[3 * plane + i] + volume.i16[5 * plane + i]) / 2.0, 0.5);
        CHECK(scan.volume.i16[7 * plane + i] == volume.i16[7 * plane + i]);
    }
    nw_scan_release(&scan);
    nw_volume_release(&volume);
}

static void unequal_distances_are_refused(void)
{
    const char *folder = new_folder();
    const struct nw_grid grid = plain_grid();
    struct nw_volume volume = {0};
    struct nw_scan scan;
    char path[96];
    write_series(folder, &grid, "A", &volume);
    slice_path(path, folder, 5);
    edit_file(path, "\\-95", "\\-94", 4);
    const char *why = read_first(folder, NULL, &scan);
    CHECK(why && strstr(why, "unequal") && strstr(why, "4-5") && strstr(why, "5-6"));
    nw_volume_release(&volume);
}

static void a_doubled_slice_is_read_once_or_refused(void)
{
    const char *folder = new_folder();
    const struct nw_grid grid = plain_grid();
    struct nw_volume volume = {0};
    struct nw_scan scan;
    char path[96], copy[96];
    write_series(folder, &grid, "A", &volume);
    slice_path(path, folder, 3);
    slice_path(copy, folder, 99);
    struct nw_err err = {0};
    size_t len;
    uint8_t *data = nw_file_read(path, 1 << 20, &len, &err);
    CHECK(data && nw_file_write(copy, data, len, &err));
    CHECK(!read_first(folder, NULL, &scan));
    CHECK(nw_volume_is_equal(&scan.volume, &volume) && has_remark(&scan, "doubled-slices"));
    nw_scan_release(&scan);
    data[len - 1] ^= 1; /* one voxel's high byte */
    CHECK(nw_file_write(copy, data, len, &err));
    const char *why = read_first(folder, NULL, &scan);
    CHECK(why && strcmp(why, "two different images lie at one place: 3 and 3") == 0);
    nw_free(data);
    nw_volume_release(&volume);
}

/* The field behind the slices is known: the straight grid must hold its values. Req: R-007 */
static void a_tilted_gantry_is_straightened(void)
{
    const char *folder = new_folder();
    struct nw_grid grid = plain_grid();
    const double tilt = 0.31; /* rad; the slice stays in x, leans in y and z */
    grid.step_mm[1] = nw_v3(0, SPACING_Y * cos(tilt), SPACING_Y * sin(tilt));
    struct nw_volume volume = {0};
    struct nw_scan scan;
    write_series(folder, &grid, "A", &volume);
    CHECK(!read_first(folder, NULL, &scan));
    const struct nw_grid *g = &scan.volume.grid;
    CHECK(nw_grid_is_straight(g) && has_remark(&scan, "tilt-corrected"));
    CHECK_NEAR(nw_length(g->step_mm[2]), SPACING_Z * cos(tilt), 1e-6);
    CHECK_NEAR(scan.facts.tilt_deg, tilt * 180 / NW_PI, 1e-3);
    struct nw_grid_inverse inverse = nw_grid_invert(&grid);
    double worst = 0;
    size_t inside = 0;
    for (size_t n = 0; n < nw_grid_count(g); n++) {
        const nw_ijk at = {(double)(n % g->dim[0]), (double)(n / g->dim[0] % g->dim[1]),
                           (double)(n / g->dim[0] / g->dim[1])};
        const nw_vec3 p = nw_grid_point(g, at);
        const nw_ijk source = nw_grid_index(&inverse, p);
        if (source.j < 4 || source.j > DIM_Y - 5) /* the kernel leans on the edge there */
            continue;
        inside++;
        worst = fmax(worst, fabs(scan.volume.i16[n] - wave(p)));
    }
    CHECK(inside > DIM_X * DIM_Z * 8);
    CHECK(worst < 2.5); /* of 400: the kernel's ripple and two roundings to whole HU */
    nw_scan_release(&scan);
    const struct nw_read_opts keep = {.keep_tilt = true};
    CHECK(!read_first(folder, &keep, &scan));
    CHECK(memcmp(scan.volume.i16, volume.i16, 2 * nw_grid_count(&grid)) == 0);
    CHECK(nw_length(nw_sub(scan.volume.grid.step_mm[2], grid.step_mm[2])) < 1e-9);
    nw_scan_release(&scan);
    nw_volume_release(&volume);
}

static void two_patients_are_counted(void)
{
    const char *folder = new_folder();
    const struct nw_grid grid = plain_grid();
    struct nw_volume volume = {0};
    char inner[96];
    struct nw_err err = {0};
    CHECK(mkdir(folder, 0777) == 0);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(inner, sizeof inner, "%s/p%d", folder, i);
        write_series(inner, &grid, i ? "A" : "B", &volume);
        nw_volume_release(&volume);
    }
    struct nw_intake *intake = nw_intake_new(folder, NULL, &err);
    CHECK(intake && nw_intake_count(intake) == 2 && nw_intake_patient_count(intake) == 2);
    nw_intake_free(intake);
}

/* Scale and bits: (0028,1052) is "0 ", (0028,0101) 16, (0028,0102) 15. Req: R-005 */
static void each_slice_has_its_own_scale(void)
{
    const char *folder = new_folder();
    const struct nw_grid grid = plain_grid();
    struct nw_volume volume = {0};
    struct nw_scan scan;
    char path[96];
    write_series(folder, &grid, "A", &volume);
    slice_path(path, folder, 2);
    edit_file(path,
              "\x28\0\x52\x10"
              "DS\2\0000 ",
              "\x28\0\x52\x10"
              "DS\2\0007 ",
              10);
    CHECK(!read_first(folder, NULL, &scan));
    const size_t plane = DIM_X * DIM_Y;
    CHECK(scan.volume.i16[plane + 5] == volume.i16[plane + 5] + 7);
    CHECK(scan.volume.i16[5] == volume.i16[5]);
    nw_scan_release(&scan);
    edit_file(path,
              "\x28\0\x52\x10"
              "DS\2\0007 ",
              "\x28\0\x52\x10"
              "DS\2\000.5",
              10);
    CHECK(!read_first(folder, NULL, &scan));
    CHECK(scan.volume.type == NW_VOXEL_F32 && has_remark(&scan, "not-whole-numbers"));
    CHECK_NEAR((double)scan.volume.f32[plane + 5], volume.i16[plane + 5] + 0.5, 1e-6);
    nw_scan_release(&scan);
    nw_volume_release(&volume);
}

static void rubbish_above_the_high_bit_is_masked(void)
{
    const char *folder = new_folder();
    const struct nw_grid grid = plain_grid();
    struct nw_volume volume = {0};
    struct nw_scan scan;
    char path[96];
    write_series(folder, &grid, "A", &volume);
    for (int k = 1; k <= DIM_Z; k++) {
        slice_path(path, folder, k);
        edit_file(path, "\x28\0\x01\x01US\2\0\x10", "\x28\0\x01\x01US\2\0\x0C", 9);
        edit_file(path, "\x28\0\x02\x01US\2\0\x0F", "\x28\0\x02\x01US\2\0\x0B", 9);
    }
    struct nw_err err = {0};
    size_t len;
    slice_path(path, folder, 1);
    uint8_t *data = nw_file_read(path, 1 << 20, &len, &err);
    CHECK(data);
    uint8_t *last =
        data + len - 1; /* high byte of the last voxel: other top bits than its sign */
    *last = (uint8_t)((*last & 0x0F) | 0x50);
    CHECK(nw_file_write(path, data, len, &err));
    nw_free(data);
    CHECK(!read_first(folder, NULL, &scan));
    CHECK(has_remark(&scan, "bits-above-high-bit"));
    CHECK(memcmp(scan.volume.i16, volume.i16, 2 * nw_grid_count(&grid)) == 0);
    nw_scan_release(&scan);
    nw_volume_release(&volume);
}

/* One wrong thing in a good series, and the sentence it must give. */
static void expect_refusal(const char *from, const char *to, size_t len, const char *sentence)
{
    const char *folder = new_folder();
    const struct nw_grid grid = plain_grid();
    struct nw_volume volume = {0};
    struct nw_scan scan;
    char path[96];
    write_series(folder, &grid, "A", &volume);
    for (int k = 1; k <= DIM_Z; k++) {
        slice_path(path, folder, k);
        edit_file(path, from, to, len);
    }
    const char *why = read_first(folder, NULL, &scan);
    CHECK(why && strstr(why, sentence));
    if (why && !strstr(why, sentence))
        printf("# %s\n", why);
    nw_scan_release(&scan);
    nw_volume_release(&volume);
}

static void broken_headers_are_refused_in_words(void)
{
    expect_refusal("0.75\\0.5", "0.00\\0.0", 8, "spacing is not above 0 mm");
    expect_refusal("0.75\\0.5", "-nan\\nan", 8, "spacing is missing or no number");
    expect_refusal("PRIMARY\\AXIAL", "P\\LOCALIZER ", 13, "a scout");
    expect_refusal("1\\0\\0\\0\\1\\0", "1\\0\\0\\1\\0\\0", 11, "not at right angles");
    expect_refusal("\x28\0\x02\0US\2\0\1", "\x28\0\x02\0US\2\0\3", 9, "a colour picture");
    expect_refusal("\x28\0\x00\x01US\2\0\x10", "\x28\0\x00\x01US\2\0\x0C", 9,
                   "16 bits stored in 12 up to bit 15");
    expect_refusal("1.2.840.10008.1.2.1\0", "1.2.840.10008.1.2.9\0", 20,
                   "transfer syntax unknown transfer syntax (1.2.840.10008.1.2.9)");
}

static void broken_files_are_refused_in_words(void)
{
    const char *folder = new_folder();
    struct nw_err err = {0};
    struct nw_scan scan;
    char path[96];
    CHECK(mkdir(folder, 0777) == 0);
    CHECK(!nw_intake_new("/nowhere/at/all", NULL, &err) && err.code == NW_ERR_NOTFOUND);
    const char *why = read_first(folder, NULL, &scan);
    CHECK(why && strcmp(why, "the folder is empty: there is no scan in it") == 0);
    slice_path(path, folder, 1);
    err = (struct nw_err){0};
    CHECK(nw_file_write(path, "", 0, &err));
    why = read_first(folder, NULL, &scan);
    CHECK(why && strstr(why, "no scan"));
}

static void a_cut_off_slice_is_named(void)
{
    const char *folder = new_folder();
    const struct nw_grid grid = plain_grid();
    struct nw_volume volume = {0};
    struct nw_scan scan;
    char path[96];
    write_series(folder, &grid, "A", &volume);
    slice_path(path, folder, 4);
    struct nw_err err = {0};
    size_t len;
    uint8_t *data = nw_file_read(path, 1 << 20, &len, &err);
    CHECK(data && nw_file_write(path, data, len - 100, &err));
    nw_free(data);
    const char *why = read_first(folder, NULL, &scan);
    CHECK(why && strcmp(why, "image 4 is cut off: 860 of 960 bytes of pixels") == 0);
    nw_volume_release(&volume);
}

/* A header of 65535 x 65535 on a small file asks for no memory. */
static void a_boasting_header_costs_nothing(void)
{
    const size_t before = nw_mem_peak();
    expect_refusal("\x28\0\x10\0US\2\0\x14\0\x28\0\x11\0US\2\0\x18\0",
                   "\x28\0\x10\0US\2\0\xFF\xFF\x28\0\x11\0US\2\0\xFF\xFF", 20, "cut off");
    CHECK(nw_mem_peak() < before + (1 << 22));
}

static void any_number_of_threads_reads_the_same(void)
{
    const char *folder = new_folder();
    struct nw_grid grid = plain_grid();
    grid.step_mm[1] = nw_v3(0, 0.7, 0.2);
    struct nw_volume volume = {0};
    struct nw_scan scan, first;
    write_series(folder, &grid, "A", &volume);
    nw_set_threads(1);
    CHECK(!read_first(folder, NULL, &first));
    for (int threads = 2; threads <= 8; threads += 3) {
        nw_set_threads(threads);
        CHECK(!read_first(folder, NULL, &scan));
        CHECK(nw_volume_is_equal(&scan.volume, &first.volume));
        nw_scan_release(&scan);
    }
    nw_set_threads(0);
    nw_scan_release(&first);
    nw_volume_release(&volume);
}

static void every_failed_allocation_is_survived(void)
{
    const char *folder = new_folder();
    struct nw_grid grid = plain_grid();
    grid.dim[2] = 3;
    struct nw_volume volume = {0};
    struct nw_scan scan;
    write_series(folder, &grid, "A", &volume);
    nw_set_threads(1);
    bool done = false;
    for (size_t n = 0; n < 2000 && !done; n++) {
        const size_t held = nw_mem_held();
        nw_mem_fail_at(n);
        done = !read_first(folder, NULL, &scan);
        nw_mem_fail_at(SIZE_MAX);
        if (done)
            nw_scan_release(&scan);
        CHECK(nw_mem_held() == held);
    }
    CHECK(done);
    nw_set_threads(0);
    nw_volume_release(&volume);
}

int main(void)
{
    if (!mkdtemp(root))
        return 1;
    UNIT(a_series_reads_back_as_it_was_written);
    UNIT(names_and_order_of_files_do_not_matter);
    UNIT(the_grid_may_lie_askew);
    UNIT(a_left_handed_stack_is_turned);
    UNIT(a_missing_slice_is_refused_by_its_neighbours);
    UNIT(unequal_distances_are_refused);
    UNIT(a_doubled_slice_is_read_once_or_refused);
    UNIT(a_tilted_gantry_is_straightened);
    UNIT(two_patients_are_counted);
    UNIT(each_slice_has_its_own_scale);
    UNIT(rubbish_above_the_high_bit_is_masked);
    UNIT(broken_headers_are_refused_in_words);
    UNIT(broken_files_are_refused_in_words);
    UNIT(a_cut_off_slice_is_named);
    UNIT(a_boasting_header_costs_nothing);
    UNIT(any_number_of_threads_reads_the_same);
    UNIT(every_failed_allocation_is_survived);
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf %s", root);
    (void)!system(command);
    return unit_end();
}
