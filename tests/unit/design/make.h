/* tests/unit/design/make.h -- documents written in a test, made, and their checks found. */
#ifndef NW_TEST_MAKE_H
#define NW_TEST_MAKE_H

#include <math.h>
#include <string.h>

#include "design/design.h"
#include "mesh/check.h"
#include "unit.h"

static inline bool make_no_files(void *user, const struct nw_file_ref *file,
                                 struct nw_mesh *out, struct nw_err *err)
{
    (void)user, (void)file, (void)out;
    return nw_fail(err, NW_ERR_NOTFOUND, "there are no files here");
}

/* Makes the part "out". True when made; what was wrong is in err. */
static inline bool make(const char *parts, double cell_mm, struct nw_design_made *made,
                        struct nw_err *err)
{
    static const struct nw_design_files none = {.mesh = make_no_files};
    static char all[20000];
    snprintf(all, sizeof all,
             "{\"nuwa\": \"design 1\", \"parts\": {%s},\n"
             "\"make\": [{\"part\": \"out\", \"tolerance_mm\": 0}]}",
             parts);
    struct nw_design *d = nw_design_parse(all, strlen(all), err);
    const bool ok = d && nw_design_make(d, 0, cell_mm, &none, made, err);
    nw_design_free(d);
    if (!ok)
        printf("# %s\n", err->msg);
    for (size_t i = 0; ok && i < made->check_count; i++)
        printf("# %d %s: %s\n", (int)made->check[i].verdict, made->check[i].code,
               made->check[i].en);
    return ok;
}

static inline bool make_fails(const char *parts, const char *says)
{
    struct nw_design_made made = {0};
    struct nw_err err = {0};
    const bool ok = make(parts, 1, &made, &err);
    nw_design_made_release(&made);
    return !ok && strstr(err.msg, says) != NULL;
}

static inline bool make_is_solid(const struct nw_mesh *mesh)
{
    static struct nw_mesh_check check;
    struct nw_err err = {0};
    return nw_mesh_check(mesh, NULL, &check, &err) && check.solid;
}

/* The check of that code; a failed one of no value when there is none. */
static inline struct nw_design_check make_check(const struct nw_design_made *made,
                                                const char *code)
{
    for (size_t i = 0; i < made->check_count; i++)
        if (strcmp(made->check[i].code, code) == 0)
            return made->check[i];
    return (struct nw_design_check){.verdict = NW_VERDICT_FAIL, .value = (double)NAN};
}

#endif
