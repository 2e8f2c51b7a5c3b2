/* fuzz/io_fuzz.h -- what the targets of volume and model parsers share. */
#ifndef NW_IO_FUZZ_H
#define NW_IO_FUZZ_H

#include <assert.h>
#include <string.h>

#include "io/model_priv.h"
#include "io/volume_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A model that is read has only triangles that name its vertices. */
static inline int fuzz_model(const struct nw_model_format *format, const uint8_t *data,
                             size_t size)
{
    struct nw_err err = {0};
    struct nw_model model = {0};
    NW_AUTOFREE uint8_t *copy = NW_ALLOC_UNSET(uint8_t, size + 1, &err);
    if (size)
        memcpy(copy, data, size);
    copy[size] = 0;
    struct nw_model_source from = {.data = copy, .len = size};
    const bool ok = format->parse(&from, &model, &err);
    assert(ok == (err.code == NW_OK));
    assert(ok || err.msg[0]);
    for (size_t p = 0; ok && p < model.part_count; p++) {
        struct nw_err none = {0};
        assert(nw_mesh_indices_check(&model.part[p].mesh, &none));
        assert(nw_text_is_utf8(model.part[p].name, strlen(model.part[p].name)));
    }
    nw_model_release(&model);
    return 0;
}

/* A volume that is read lies on a sound right-handed grid. */
static inline int fuzz_volume(const uint8_t *data, size_t size)
{
    struct nw_err err = {0};
    struct nw_scan scan;
    nw_scan_init(&scan);
    NW_AUTOFREE uint8_t *copy = NW_ALLOC_UNSET(uint8_t, size ? size : 1, &err);
    if (size)
        memcpy(copy, data, size);
    (void)nw_volume_parse_is(copy, size, NULL);
    const bool ok = nw_volume_file_read(NULL, copy, size, &scan, &err);
    assert(ok == (err.code == NW_OK));
    if (ok) {
        struct nw_err none = {0};
        assert(nw_grid_check(&scan.volume.grid, &none));
        assert(nw_grid_voxel_mm3(&scan.volume.grid) > 0);
        assert(scan.volume.data);
    }
    nw_scan_release(&scan);
    return 0;
}

#endif
