/* io/nifti: what a NIfTI-1 file says is what comes out, in LPS; what it cannot mean is refused.
 */
#include "volume_make.h"

/* 4 x 3 x 2 int16 voxels of 0.5 x 0.6 x 0.7 mm, index value 0..23, RAS axes by sform. */
static struct bytes sample(bool swapped)
{
    struct bytes b = {.len = 0};
    const int32_t size = 348;
    put(&b, 0, &size, 4, swapped);
    const int dim[8] = {3, 4, 3, 2, 1, 1, 1, 1};
    for (size_t d = 0; d < 8; d++)
        put16(&b, 40 + 2 * d, dim[d], swapped);
    put16(&b, 70, 4, swapped);
    put16(&b, 72, 16, swapped);
    put_f32(&b, 76, 1, swapped);
    put_f32(&b, 80, 0.5, swapped);
    put_f32(&b, 84, 0.625, swapped);
    put_f32(&b, 88, 0.75, swapped);
    put_f32(&b, 108, 352, swapped);
    b.data[123] = 2; /* mm */
    put16(&b, 254, 1, swapped);
    const float row[3][4] = {{0.5F, 0, 0, 10}, {0, 0.625F, 0, 20}, {0, 0, 0.75F, 30}};
    for (size_t r = 0; r < 3; r++)
        for (size_t c = 0; c < 4; c++)
            put(&b, 280 + 16 * r + 4 * c, &row[r][c], 4, swapped);
    put(&b, 344, "n+1", 4, false);
    for (int v = 0; v < 24; v++)
        put16(&b, 352 + 2 * (size_t)v, v - 5, swapped);
    return b;
}

static bool is_sample(const struct nw_scan *s)
{
    const struct nw_volume *v = &s->volume;
    bool ok = v->type == NW_VOXEL_I16 && v->grid.dim[0] == 4 && v->grid.dim[1] == 3 &&
              v->grid.dim[2] == 2;
    for (int i = 0; ok && i < 24; i++)
        ok = v->i16[i] == i - 5;
    return ok;
}

static void both_byte_orders_give_the_same_scan(void)
{
    for (int swapped = 0; swapped < 2; swapped++) {
        struct nw_scan s;
        struct nw_err err;
        const struct bytes b = sample(swapped);
        CHECK(read_bytes(&b, &s, &err));
        CHECK(is_sample(&s));
        CHECK(s.remark_count == 0);
        CHECK(strcmp(s.facts.format, "NIfTI-1") == 0);
        /* RAS turned to LPS: x and y change sign, z stays */
        CHECK(s.volume.grid.origin_mm.x == -10 && s.volume.grid.origin_mm.y == -20 &&
              s.volume.grid.origin_mm.z == 30);
        CHECK(s.volume.grid.step_mm[0].x == -0.5 && s.volume.grid.step_mm[1].y == -0.625 &&
              s.volume.grid.step_mm[2].z == 0.75);
        CHECK(nw_grid_is_straight(&s.volume.grid));
        nw_scan_release(&s);
    }
}

/* Req: R-009 */
static void a_left_handed_grid_is_run_backwards_with_every_voxel_in_its_place(void)
{
    struct bytes b = sample(false);
    put_f32(&b, 280, -0.5, false); /* x runs to the left: LAS */
    struct nw_scan s;
    struct nw_err err;
    CHECK(read_bytes(&b, &s, &err));
    CHECK(nw_grid_is_straight(&s.volume.grid));
    CHECK(has_remark(&s, "axis-reversed"));
    const struct nw_grid_inverse inv = nw_grid_invert(&s.volume.grid);
    for (int k = 0; k < 2; k++)
        for (int j = 0; j < 3; j++)
            for (int i = 0; i < 4; i++) {
                const nw_vec3 lps = nw_v3(-(10 - 0.5 * i), -(20 + 0.625 * j), 30 + 0.75 * k);
                const nw_ijk at = nw_grid_index(&inv, lps);
                const size_t n = nw_grid_at(&s.volume.grid, (size_t)rint(at.i),
                                            (size_t)rint(at.j), (size_t)rint(at.k));
                CHECK(s.volume.i16[n] == i + 4 * (j + 3 * k) - 5);
            }
    nw_scan_release(&s);
}

static void a_whole_slope_stays_int16_and_a_broken_one_becomes_float(void)
{
    struct bytes b = sample(false);
    struct nw_scan s;
    struct nw_err err;
    put_f32(&b, 112, 2, false);
    put_f32(&b, 116, -1024, false);
    CHECK(read_bytes(&b, &s, &err));
    CHECK(s.volume.type == NW_VOXEL_I16 && s.volume.i16[0] == -1034 &&
          s.volume.i16[23] == -988);
    nw_scan_release(&s);
    put_f32(&b, 112, 0.5, false);
    CHECK(read_bytes(&b, &s, &err));
    CHECK(s.volume.type == NW_VOXEL_F32 && s.volume.f32[0] == -1026.5F);
    nw_scan_release(&s);
    put_f32(&b, 112, 30000, false);
    CHECK(read_bytes(&b, &s, &err));
    CHECK(s.volume.type == NW_VOXEL_F32 && s.volume.f32[23] == 538976.0F);
    nw_scan_release(&s);
}

/* Replaces the voxels by `count` values of one type. */
static struct bytes with_voxels(int code, const void *value, size_t size, int nx, bool swapped)
{
    struct bytes b = sample(swapped);
    put16(&b, 42, nx, swapped);
    put16(&b, 44, 1, swapped);
    put16(&b, 46, 1, swapped);
    put16(&b, 70, code, swapped);
    for (int i = 0; i < nx; i++)
        put(&b, 352 + (size_t)i * size, (const uint8_t *)value + (size_t)i * size, size,
            swapped);
    b.len = 352 + (size_t)nx * size;
    return b;
}

static void each_stored_type_is_read_exactly(void)
{
    static const uint8_t u8[3] = {0, 7, 255};
    static const int8_t i8[3] = {-128, 7, 127};
    static const uint16_t u16[3] = {0, 7, 65535};
    static const int16_t i16[3] = {-32768, 7, 32767};
    static const uint32_t u32[3] = {0, 7, 40000};
    static const int32_t i32[3] = {-32768, 7, 32767};
    static const int64_t i64[3] = {-5, 7, 9};
    static const float f32[3] = {-0.25F, 7, 1e6F};
    static const double f64[3] = {-0.25, 7, 1e6};
    static const double whole[3] = {-1024, 7, 3071};
    const struct {
        int code;
        const void *value;
        size_t size;
        enum nw_voxel type;
        double first, last;
    } all[] = {
        {2, u8, 1, NW_VOXEL_U8, 0, 255},        {256, i8, 1, NW_VOXEL_I16, -128, 127},
        {512, u16, 2, NW_VOXEL_U16, 0, 65535},  {4, i16, 2, NW_VOXEL_I16, -32768, 32767},
        {768, u32, 4, NW_VOXEL_U16, 0, 40000},  {8, i32, 4, NW_VOXEL_I16, -32768, 32767},
        {1024, i64, 8, NW_VOXEL_I16, -5, 9},    {16, f32, 4, NW_VOXEL_F32, -0.25, 1e6},
        {64, f64, 8, NW_VOXEL_F32, -0.25, 1e6}, {64, whole, 8, NW_VOXEL_I16, -1024, 3071},
    };
    for (size_t n = 0; n < sizeof all / sizeof *all; n++)
        for (int swapped = 0; swapped < 2; swapped++) {
            const struct bytes b =
                with_voxels(all[n].code, all[n].value, all[n].size, 3, swapped);
            struct nw_scan s;
            struct nw_err err;
            CHECK(read_bytes(&b, &s, &err));
            CHECK(s.volume.type == all[n].type);
            CHECK(nw_volume_value(&s.volume, 0) == all[n].first);
            CHECK(nw_volume_value(&s.volume, 1) == 7);
            CHECK(nw_volume_value(&s.volume, 2) == all[n].last);
            CHECK(s.remark_count == 0);
            nw_scan_release(&s);
        }
}

static void nan_voxels_are_counted_and_said(void)
{
    const float f[4] = {NAN, -3.5F, NAN, 2};
    const struct bytes b = with_voxels(16, f, 4, 4, false);
    struct nw_scan s;
    struct nw_err err;
    CHECK(read_bytes(&b, &s, &err));
    CHECK(s.volume.f32[0] == -3.5F && s.volume.f32[2] == -3.5F && s.volume.f32[3] == 2);
    CHECK(has_remark(&s, "nan-voxels"));
    CHECK(strcmp(s.remark[0].en,
                 "2 voxels are no number (NaN) and were given the lowest value, -3.5") == 0);
    nw_scan_release(&s);
}

static void doubles_that_float_cannot_hold_are_said(void)
{
    const double f[3] = {0.1, 0.5, 16777217};
    const struct bytes b = with_voxels(64, f, 8, 3, false);
    struct nw_scan s;
    struct nw_err err;
    CHECK(read_bytes(&b, &s, &err));
    CHECK(s.volume.type == NW_VOXEL_F32 && s.volume.f32[0] == 0.1F);
    CHECK(s.remark_count == 1 &&
          strcmp(s.remark[0].en, "2 voxel values were rounded to single precision") == 0);
    nw_scan_release(&s);
}

static void the_quaternion_gives_the_same_place_and_a_difference_is_said(void)
{
    struct bytes b = sample(false);
    put16(&b, 254, 0, false);
    put16(&b, 252, 1, false);
    put_f32(&b, 268, 10, false);
    put_f32(&b, 272, 20, false);
    put_f32(&b, 276, 30, false);
    struct nw_scan s;
    struct nw_err err;
    CHECK(read_bytes(&b, &s, &err)); /* quaternion 1,0,0,0 */
    CHECK(s.volume.grid.step_mm[1].y == -0.625 && s.volume.grid.origin_mm.x == -10);
    CHECK(s.remark_count == 0);
    nw_scan_release(&s);
    put_f32(&b, 264, 1, false); /* half a turn about z: x and y both run backwards */
    CHECK(read_bytes(&b, &s, &err));
    CHECK(s.volume.grid.step_mm[0].x == 0.5 && s.volume.grid.step_mm[1].y == 0.625 &&
          s.volume.grid.step_mm[2].z == 0.75);
    nw_scan_release(&s);
    put16(&b, 254, 1, false); /* now sform is there too, and says otherwise */
    CHECK(read_bytes(&b, &s, &err));
    CHECK(s.volume.grid.step_mm[0].x == -0.5);
    CHECK(has_remark(&s, "sform-qform-differ"));
    nw_scan_release(&s);
    put16(&b, 254, 0, false);
    put16(&b, 252, 0, false);
    CHECK(read_bytes(&b, &s, &err));
    CHECK(has_remark(&s, "orientation-unknown"));
    nw_scan_release(&s);
}

static void metres_and_micrometres_become_millimetres(void)
{
    struct bytes b = sample(false);
    struct nw_scan s;
    struct nw_err err;
    b.data[123] = 3;
    CHECK(read_bytes(&b, &s, &err));
    CHECK_NEAR(s.volume.grid.step_mm[0].x, -0.0005, 1e-12);
    nw_scan_release(&s);
    b.data[123] = 1;
    CHECK(read_bytes(&b, &s, &err));
    CHECK(s.volume.grid.step_mm[0].x == -500);
    nw_scan_release(&s);
    b.data[123] = 0;
    CHECK(read_bytes(&b, &s, &err));
    CHECK(has_remark(&s, "unit-assumed"));
    nw_scan_release(&s);
}

static void what_cannot_be_true_is_refused_in_one_sentence(void)
{
    struct bytes b = sample(false);
    b.len = 100;
    b.data[344] = 0;
    CHECK(fails_with(&b, NW_ERR_DATA,
                     "this is not a volume file that is known: NIfTI-1, NRRD or MetaImage"));
    b = sample(false);
    b.len -= 3;
    CHECK(fails_with(&b, NW_ERR_DATA,
                     "the header claims 4 x 3 x 2 voxels, 48 bytes, but the file holds at most "
                     "45"));
    b = sample(false);
    for (size_t a = 0; a < 3; a++)
        put16(&b, 42 + 2 * a, 1024, false);
    CHECK(fails_with(
        &b, NW_ERR_DATA,
        "the header claims 1024 x 1024 x 1024 voxels, 2147483648 bytes, but the file "
        "holds at most 48"));
    b = sample(false);
    put16(&b, 44, -3, false);
    CHECK(fails_with(&b, NW_ERR_DATA,
                     "the NIfTI header says -3 voxels along axis 2; at least 1 is needed"));
    b = sample(false);
    put16(&b, 40, 9, false);
    CHECK(fails_with(&b, NW_ERR_DATA, "the NIfTI header says 9 dimensions; 1 to 7 exist"));
    b = sample(false);
    put16(&b, 40, 4, false);
    put16(&b, 48, 6, false);
    CHECK(fails_with(&b, NW_ERR_UNSUPPORTED,
                     "the NIfTI file holds 6 volumes (axis 4); one at a time is read"));
    b = sample(false);
    put16(&b, 70, 128, false);
    CHECK(
        fails_with(&b, NW_ERR_UNSUPPORTED,
                   "NIfTI voxels of type 128 (colour, complex or bits) are not read; integers "
                   "and real numbers are"));
    b = sample(false);
    put_f32(&b, 108, 1e30, false);
    CHECK(fails_with(&b, NW_ERR_DATA, "the NIfTI header places its voxels at byte 1e+30"));
    b = sample(false);
    put_f32(&b, 280, 0, false);
    CHECK(
        fails_with(&b, NW_ERR_DATA,
                   "the voxel spacing along axis 1 is 0 mm; 0.0001 to 10000 mm are possible"));
    b = sample(false);
    put_f32(&b, 300, (double)NAN, false);
    CHECK(fails_with(
        &b, NW_ERR_DATA,
        "the voxel spacing along axis 2 is nan mm; 0.0001 to 10000 mm are possible"));
    b = sample(false);
    put_f32(&b, 112, (double)NAN, false);
    CHECK(fails_with(&b, NW_ERR_DATA, "the header's rescale slope or intercept is no number"));
    b = sample(false);
    b.data[345] = 'i';
    b.data[344] = 'n';
    CHECK(
        fails_with(&b, NW_ERR_UNSUPPORTED,
                   "this NIfTI header keeps its voxels in another file: name the .hdr with its "
                   ".img beside it"));
    const float nan[2] = {NAN, NAN};
    b = with_voxels(16, nan, 4, 2, false);
    CHECK(fails_with(&b, NW_ERR_DATA, "every voxel is NaN"));
    const float inf[2] = {HUGE_VALF, 1};
    b = with_voxels(16, inf, 4, 2, false);
    CHECK(fails_with(&b, NW_ERR_DATA, "some voxels are infinite or beyond single precision"));
    b = (struct bytes){.len = 540};
    const int32_t size = 540;
    put(&b, 0, &size, 4, false);
    put(&b, 4, "n+2", 4, false);
    CHECK(fails_with(&b, NW_ERR_UNSUPPORTED, "NIfTI-2 is not read; save the scan as NIfTI-1"));
}

static void each_allocation_may_fail(void)
{
    const double f[3] = {0.1, 0.5, 16777217};
    const struct bytes b = with_voxels(64, f, 8, 3, true);
    for (size_t n = 0; n < 100; n++) {
        struct nw_scan s;
        struct nw_err err;
        nw_mem_fail_at(n);
        const bool ok = read_bytes(&b, &s, &err);
        nw_mem_fail_at((size_t)-1);
        CHECK(ok || err.code == NW_ERR_MEMORY);
        nw_scan_release(&s);
        if (ok)
            return;
    }
    CHECK(!"it never came to the end");
}

static void real_scans_are_read(void)
{
    const char *data = getenv("NUWA_DATA");
    char path[1024];
    if (!data) {
        printf("# SKIP NUWA_DATA is not set\n");
        return;
    }
    struct nw_scan s;
    struct nw_err err = {0};
    nw_scan_init(&s);
    (void)snprintf(path, sizeof path, "%s/ct_abdopelvis_totalseg3mm/example_ct.nii.gz", data);
    CHECK(nw_volume_file_read(path, NULL, 0, &s, &err));
    CHECK(s.volume.grid.dim[0] == 122 && s.volume.grid.dim[1] == 101 &&
          s.volume.grid.dim[2] == 112);
    CHECK(nw_grid_is_straight(&s.volume.grid));
    CHECK_NEAR(nw_length(s.volume.grid.step_mm[2]), 3, 1e-4);
    nw_scan_release(&s);
    (void)snprintf(path, sizeof path, "%s/mr_phantom_pacsman/pacsman.nii.gz", data);
    CHECK(nw_volume_file_read(path, NULL, 0, &s, &err));
    CHECK(s.volume.grid.dim[0] == 128 && s.volume.grid.dim[2] == 128);
    nw_scan_release(&s);
}

int main(void)
{
    UNIT(both_byte_orders_give_the_same_scan);
    UNIT(a_left_handed_grid_is_run_backwards_with_every_voxel_in_its_place);
    UNIT(a_whole_slope_stays_int16_and_a_broken_one_becomes_float);
    UNIT(each_stored_type_is_read_exactly);
    UNIT(nan_voxels_are_counted_and_said);
    UNIT(doubles_that_float_cannot_hold_are_said);
    UNIT(the_quaternion_gives_the_same_place_and_a_difference_is_said);
    UNIT(metres_and_micrometres_become_millimetres);
    UNIT(what_cannot_be_true_is_refused_in_one_sentence);
    UNIT(each_allocation_may_fail);
    UNIT(real_scans_are_read);
    return unit_end();
}
