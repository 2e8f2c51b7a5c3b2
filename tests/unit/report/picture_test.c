/* tests/unit/report/picture_test.c */
#include "report/picture.h"

#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "report/shapes.h"

static void save(const struct nw_picture *p, const char *name)
{
    const char *folder = getenv("NUWA_SAMPLES"); /* to look at */
    if (!folder)
        return;
    struct nw_err err = {0};
    size_t len = 0;
    NW_AUTOFREE uint8_t *png = nw_picture_png(p, &len, &err);
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s.png", folder, name);
    FILE *f = fopen(path, "wb");
    CHECK(png && f && fwrite(png, 1, len, f) == len);
    if (f)
        (void)fclose(f);
}

static void samples(void)
{
    static const char *const view[] = {"front", "back",  "left",   "right",
                                       "above", "below", "oblique"};
    struct nw_model m = torus_and_sphere(100);
    struct nw_err err = {0};
    for (int v = 0; v < 7; v++) {
        struct nw_picture p = {0};
        struct nw_view_opts o = {.view = (enum nw_view)v,
                                 .background = {255, 255, 255},
                                 .shade = v == 6   ? NW_SHADE_UNCERTAINTY
                                          : v == 5 ? NW_SHADE_CLASS
                                                   : NW_SHADE_PART};
        CHECK(nw_picture_of_model(&m, &o, &p, &err));
        save(&p, view[v]);
        nw_picture_release(&p);
    }
    for (int v = 0; v < 3; v++) {
        struct nw_picture p = {0};
        struct nw_slice_opts o = {.plane = (enum nw_plane)v, .through_mm = {-10, -5, 100}};
        CHECK(nw_picture_of_slice(NULL, &m, &o, &p, &err));
        save(&p, v == 0 ? "axial" : v == 1 ? "coronal" : "sagittal");
        nw_picture_release(&p);
    }
    nw_model_release(&m);
}

int main(void)
{
    UNIT(samples);
    return unit_end();
}
