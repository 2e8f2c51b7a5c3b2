/* tests/unit/io/model_make.h -- a solid with unequal edges and a handed feature, and helpers.
 */
#ifndef NW_TEST_MODEL_MAKE_H
#define NW_TEST_MODEL_MAKE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

#include "io/file.h"
#include "io/io.h"

/* A box of 20.1 x 35.7 x 57.3 mm, away from the origin, with one corner pulled out: its mirror
 * image is another solid. Closed, outward. */
static inline struct nw_mesh handed_solid(void)
{
    static const uint32_t tri[12][3] = {{0, 2, 1}, {0, 3, 2}, {4, 5, 6}, {4, 6, 7},
                                        {0, 1, 5}, {0, 5, 4}, {1, 2, 6}, {1, 6, 5},
                                        {2, 3, 7}, {2, 7, 6}, {3, 0, 4}, {3, 4, 7}};
    static const int corner[8][3] = {{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0},
                                     {0, 0, 1}, {1, 0, 1}, {1, 1, 1}, {0, 1, 1}};
    struct nw_mesh m = {0};
    struct nw_err err = {0};
    CHECK(nw_mesh_init(&m, 8, 12, &err));
    memcpy(m.tri, tri, sizeof tri);
    for (int v = 0; v < 8; v++)
        m.pos_mm[v] = nw_v3(-103.3 + 20.1 * corner[v][0], 12.7 + 35.7 * corner[v][1],
                            -400.9 + 57.3 * corner[v][2]);
    m.pos_mm[6] = nw_add(m.pos_mm[6], nw_v3(5, 3, 1));
    return m;
}

/* Two parts, every attribute there is. */
static inline struct nw_model handed_model(void)
{
    static const uint8_t bone[4] = {226, 215, 190, 255}, blue[4] = {10, 20, 250, 128};
    struct nw_model model = {0};
    struct nw_err err = {0};
    struct nw_mesh a = handed_solid(), b = handed_solid();
    for (int v = 0; v < 8; v++)
        b.pos_mm[v] = nw_add(b.pos_mm[v], nw_v3(100, 0, 0.123));
    a.uncertainty_mm = NW_ALLOC(float, 8, &err);
    a.vert_class = NW_ALLOC(uint8_t, 8, &err);
    for (int v = 0; v < 8; v++) {
        a.uncertainty_mm[v] = 0.01F * (float)v + 0.003F;
        a.vert_class[v] = (uint8_t)(v % 5);
    }
    a.tol_mm = 0.05;
    b.vert_rgba = nw_alloc(8, 4, &err);
    for (int v = 0; v < 8; v++) {
        b.vert_rgba[v][0] = (uint8_t)(v * 30);
        b.vert_rgba[v][1] = 7;
        b.vert_rgba[v][3] = 255;
    }
    CHECK(nw_model_add(&model, "femur left", bone, &a, &err));
    CHECK(nw_model_add(&model, "骶骨 <&\"> ]]>", blue, &b, &err));
    CHECK(nw_model_set_fact(&model, "series", "CT & more", &err));
    CHECK(err.code == NW_OK);
    return model;
}

static inline nw_box model_box(const struct nw_model *m)
{
    nw_box b = nw_box_empty();
    for (size_t p = 0; p < m->part_count; p++)
        for (size_t v = 0; v < m->part[p].mesh.vert_count; v++)
            b = nw_box_with(b, m->part[p].mesh.pos_mm[v]);
    return b;
}

static inline size_t model_tris(const struct nw_model *m)
{
    size_t n = 0;
    for (size_t p = 0; p < m->part_count; p++)
        n += m->part[p].mesh.tri_count;
    return n;
}

static inline size_t model_verts(const struct nw_model *m)
{
    size_t n = 0;
    for (size_t p = 0; p < m->part_count; p++)
        n += m->part[p].mesh.vert_count;
    return n;
}

static inline double model_volume(const struct nw_model *m)
{
    double v = 0;
    for (size_t p = 0; p < m->part_count; p++)
        v += nw_mesh_volume_mm3(&m->part[p].mesh);
    return v;
}

static char test_folder[] = "/tmp/nuwa-model-XXXXXX";

static inline const char *test_file(const char *name)
{
    static char path[4][256];
    static int turn;
    turn = (turn + 1) % 4;
    (void)snprintf(path[turn], sizeof path[turn], "%s/%s", test_folder, name);
    return path[turn];
}

static inline void make_file(const char *name, const void *data, size_t len)
{
    struct nw_err err = {0};
    CHECK(nw_file_write(test_file(name), data, len, &err));
}

/* Is the file refused with this sentence? */
static inline bool refuses(const char *name, const void *data, size_t len, enum nw_code code,
                           const char *msg)
{
    struct nw_model m = {0};
    struct nw_err err = {0};
    make_file(name, data, len);
    const bool ok = nw_model_read(test_file(name), NULL, &m, &err);
    const bool right = !ok && err.code == code && strcmp(err.msg, msg) == 0;
    if (!right)
        printf("# %s: got %s: %s\n", name, nw_code_name(err.code), err.msg);
    nw_model_release(&m);
    return right;
}

static inline bool refuses_text(const char *name, const char *text, enum nw_code code,
                                const char *msg)
{
    return refuses(name, text, strlen(text), code, msg);
}

/* Reading with each allocation failing in turn ends in NW_ERR_MEMORY, then works. */
static inline void read_survives(const char *path)
{
    for (size_t n = 0; n < 2000; n++) {
        struct nw_model m = {0};
        struct nw_err err = {0};
        nw_mem_fail_at(n);
        const bool ok = nw_model_read(path, NULL, &m, &err);
        nw_mem_fail_at((size_t)-1);
        if (!ok && err.code != NW_ERR_MEMORY)
            printf("# allocation %zu: %s\n", n, err.msg);
        CHECK(ok || err.code == NW_ERR_MEMORY);
        nw_model_release(&m);
        if (ok || err.code != NW_ERR_MEMORY)
            return;
    }
    CHECK(!"it never came to the end");
}

static inline void write_survives(const char *path, const struct nw_model *model)
{
    for (size_t n = 0; n < 2000; n++) {
        struct nw_err err = {0};
        (void)unlink(path);
        nw_mem_fail_at(n);
        const bool ok = nw_model_write(path, model, NULL, &err);
        nw_mem_fail_at((size_t)-1);
        if (!ok && err.code != NW_ERR_MEMORY)
            printf("# allocation %zu: %s\n", n, err.msg);
        CHECK(ok || err.code == NW_ERR_MEMORY);
        CHECK(ok == (access(path, F_OK) == 0));
        if (ok || err.code != NW_ERR_MEMORY)
            return;
    }
    CHECK(!"it never came to the end");
}

static inline int model_tests_end(void)
{
    char line[256];
    (void)snprintf(line, sizeof line, "rm -rf '%s'", test_folder);
    return system(line) != 0 || unit_end();
}

#endif
