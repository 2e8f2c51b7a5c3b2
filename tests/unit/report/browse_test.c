/* Views for the browser: what is in them is the scan and the model, coarse first. */
#include "report/browse.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/file.h"
#include "starve.h"
#include "unit.h"

static char path[] = "/tmp/nuwa-browse-XXXXXX";

static uint64_t data_begin(const uint8_t *bytes)
{
    uint32_t len;
    memcpy(&len, bytes + 12, sizeof len);
    return (16 + (uint64_t)len + 4095) / 4096 * 4096;
}

static uint8_t *read_back(size_t *len)
{
    struct nw_err err = {0};
    uint8_t *bytes = nw_file_read(path, 1U << 28, len, &err);
    CHECK(bytes != NULL);
    return bytes;
}

static json_int_t whole(const json_t *at, const char *key)
{
    return json_integer_value(json_object_get(at, key));
}

/* A ramp: the value is 10 i + 3 j - 2 k, so that a mean is the value in the middle. */
static bool ramp(struct nw_scan *scan, size_t side, enum nw_voxel type, struct nw_err *err)
{
    const struct nw_grid grid = {
        {side, side, side}, {5, 6, 7}, {{0.5, 0, 0}, {0, 0.5, 0}, {0, 0, 2}}};
    nw_scan_init(scan);
    if (!nw_volume_init(&scan->volume, type, &grid, err))
        return false;
    for (size_t k = 0; k < side; k++)
        for (size_t j = 0; j < side; j++)
            for (size_t i = 0; i < side; i++) {
                const double v = 10 * (double)i + 3 * (double)j - 2 * (double)k;
                if (type == NW_VOXEL_F32)
                    scan->volume.f32[nw_grid_at(&grid, i, j, k)] = (float)(v / 1000);
                else
                    scan->volume.i16[nw_grid_at(&grid, i, j, k)] = (int16_t)v;
            }
    return true;
}

static void a_large_scan_comes_in_levels_and_a_coarse_voxel_is_the_mean_at_its_place(void)
{
    struct nw_err err = {0};
    struct nw_scan scan;
    json_t *head = NULL;
    size_t len = 0;
    CHECK(ramp(&scan, 176, NW_VOXEL_I16, &err) && nw_browse_scan(path, &scan, &head, &err));
    uint8_t *bytes = read_back(&len);
    const json_t *levels = json_object_get(head, "levels");
    CHECK(json_array_size(levels) == 2);
    const json_t *coarse = json_array_get(levels, 0), *full = json_array_get(levels, 1);
    const uint8_t *data = bytes + data_begin(bytes);
    CHECK(memcmp(data + whole(full, "offset"), scan.volume.i16, 2 * 176 * 176 * 176) == 0);
    CHECK(len == data_begin(bytes) + (size_t)whole(full, "offset") + 2 * 176 * 176 * 176);
    int16_t mean;
    memcpy(&mean, data + whole(coarse, "offset") + 2 * (3 + 88 * (2 + 88 * 1)), sizeof mean);
    CHECK(mean == (int16_t)floor(10 * 6.5 + 3 * 4.5 - 2 * 2.5 + 0.5));
    const json_t *origin = json_object_get(coarse, "origin_mm");
    CHECK_NEAR(json_number_value(json_array_get(origin, 0)), 5.25, 1e-12);
    CHECK_NEAR(json_number_value(json_array_get(origin, 2)), 8, 1e-12);
    json_decref(head);
    nw_free(bytes);
    nw_scan_release(&scan);
}

static void numbers_that_int16_does_not_hold_are_scaled_and_come_back(void)
{
    struct nw_err err = {0};
    struct nw_scan scan;
    json_t *head = NULL;
    size_t len = 0;
    CHECK(ramp(&scan, 8, NW_VOXEL_F32, &err) && nw_browse_scan(path, &scan, &head, &err));
    uint8_t *bytes = read_back(&len);
    const double slope = json_number_value(json_object_get(head, "slope")),
                 intercept = json_number_value(json_object_get(head, "intercept"));
    const int16_t *voxel = (const int16_t *)(const void *)(bytes + data_begin(bytes));
    for (size_t i = 0; i < 512; i++)
        CHECK(fabs(slope * voxel[i] + intercept - (double)scan.volume.f32[i]) <= slope);
    const json_t *window = json_array_get(json_object_get(head, "windows"), 0);
    CHECK(strcmp(json_string_value(json_object_get(window, "name")), "auto") == 0);
    json_decref(head);
    nw_free(bytes);
    scan.volume.f32[9] = NAN;
    CHECK(!nw_browse_scan(path, &scan, &head, &err) && err.code == NW_ERR_DATA && !head);
    nw_scan_release(&scan);
}

/* A flat square of n by n cells of 1 mm in z = 4, with an uncertainty that grows along x. */
static bool plate(struct nw_model *model, size_t n, struct nw_err *err)
{
    struct nw_mesh mesh = {0};
    const uint8_t rgba[4] = {200, 100, 50, 255};
    if (!nw_mesh_init(&mesh, (n + 1) * (n + 1), 2 * n * n, err))
        return false;
    mesh.uncertainty_mm = NW_ALLOC(float, mesh.vert_count, err);
    if (!mesh.uncertainty_mm) {
        nw_mesh_release(&mesh);
        return false;
    }
    for (size_t v = 0; v < mesh.vert_count; v++) {
        mesh.pos_mm[v] = nw_v3((double)(v % (n + 1)), (double)(v / (n + 1)), 4);
        mesh.uncertainty_mm[v] = (float)(v % (n + 1));
    }
    for (size_t c = 0; c < n * n; c++) {
        const uint32_t a = (uint32_t)(c % n + c / n * (n + 1)), b = a + (uint32_t)n + 1;
        const uint32_t two[2][3] = {{a, a + 1, b}, {a + 1, b + 1, b}};
        memcpy(mesh.tri[2 * c], two, sizeof two);
    }
    return nw_model_add(model, "plate", rgba, &mesh, err);
}

static void a_large_model_has_a_coarse_level_on_the_same_surface(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_model) model = {0}, other = {0};
    json_t *head = NULL;
    size_t len = 0;
    CHECK(plate(&model, 300, &err) && plate(&other, 2, &err));
    for (size_t v = 0; v < other.part[0].mesh.vert_count; v++)
        other.part[0].mesh.pos_mm[v] = nw_v3(other.part[0].mesh.pos_mm[v].x * 400 - 100,
                                             other.part[0].mesh.pos_mm[v].y * 400 - 100, 1);
    const struct nw_browse_maps maps = {.other = &other.part[0].mesh};
    CHECK(nw_browse_model(path, &model, &maps, &head, &err));
    uint8_t *bytes = read_back(&len);
    const json_t *levels =
        json_object_get(json_array_get(json_object_get(head, "parts"), 0), "levels");
    CHECK(json_array_size(levels) == 2);
    const json_t *coarse = json_array_get(levels, 0), *full = json_array_get(levels, 1);
    const json_int_t verts = whole(coarse, "vertices"), tris = whole(coarse, "triangles");
    CHECK(tris > 20000 && tris < 150000 && whole(full, "triangles") == 180000);
    const uint8_t *data = bytes + data_begin(bytes);
    const float *pos = (const float *)(const void *)(data + whole(coarse, "positions"));
    const float *doubt =
        (const float *)(const void *)(data +
                                      whole(json_object_get(coarse, "maps"), "uncertainty_mm"));
    const uint32_t *tri = (const uint32_t *)(const void *)(data + whole(coarse, "indices"));
    bool flat = true, carried = true, named = true;
    for (json_int_t v = 0; v < verts; v++) {
        flat &= pos[3 * v + 2] == 4;
        carried &= fabsf(doubt[v] - pos[3 * v]) < 1e-3F * 300;
    }
    for (json_int_t t = 0; t < 3 * tris; t++)
        named &= tri[t] < (uint64_t)verts;
    CHECK(flat && carried && named);
    const json_t *distance = json_array_get(json_object_get(head, "maps"), 1);
    CHECK_NEAR(json_number_value(json_object_get(distance, "min")), 3, 1e-6);
    CHECK_NEAR(json_number_value(json_object_get(distance, "max")), 3, 1e-6);
    json_decref(head);
    nw_free(bytes);
}

static void what_cannot_be_shown_is_refused(void)
{
    struct nw_err err = {0};
    NW_AUTO(nw_model) model = {0};
    const struct nw_browse_maps maps = {0};
    json_t *head = NULL;
    CHECK(nw_browse_model(path, &model, &maps, &head, &err)); /* all of it was taken away */
    CHECK(json_array_size(json_object_get(head, "parts")) == 0);
    json_decref(head);
    head = NULL;
    CHECK(plate(&model, 2, &err));
    const size_t triangles = model.part[0].mesh.tri_count;
    model.part[0].mesh.tri_count = 0;
    CHECK(!nw_browse_model(path, &model, &maps, &head, &err) && err.code == NW_ERR_GEOMETRY);
    model.part[0].mesh.tri_count = triangles;
    err = (struct nw_err){0};
    model.part[0].mesh.tri[0][0] = 9;
    CHECK(!nw_browse_model(path, &model, &maps, &head, &err) && err.code == NW_ERR_DATA);
    err = (struct nw_err){0};
    model.part[0].mesh.tri[0][0] = 0;
    model.part[0].mesh.pos_mm[0].x = NAN;
    CHECK(!nw_browse_model(path, &model, &maps, &head, &err) && err.code == NW_ERR_DATA);
}

static bool both(struct nw_err *err)
{
    struct nw_scan scan;
    NW_AUTO(nw_model) model = {0};
    json_t *head = NULL;
    bool ok = ramp(&scan, 6, NW_VOXEL_F32, err) && nw_browse_scan(path, &scan, &head, err);
    json_decref(head);
    head = NULL;
    const struct nw_browse_maps maps = {.thickness = true, .hu = &scan.volume};
    ok = ok && plate(&model, 4, err) && nw_browse_model(path, &model, &maps, &head, err);
    json_decref(head);
    nw_scan_release(&scan);
    return ok;
}

static void it_survives_without_memory(void)
{
    CHECK(unit_starve(both) > 10);
}

int main(void)
{
    const int made = mkstemp(path);
    if (made >= 0)
        close(made);
    UNIT(a_large_scan_comes_in_levels_and_a_coarse_voxel_is_the_mean_at_its_place);
    UNIT(numbers_that_int16_does_not_hold_are_scaled_and_come_back);
    UNIT(a_large_model_has_a_coarse_level_on_the_same_surface);
    UNIT(what_cannot_be_shown_is_refused);
    UNIT(it_survives_without_memory);
    unlink(path);
    return unit_end();
}
