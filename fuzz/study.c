/* fuzz/study.c -- any text as a strength study, and as two versions of a document. */
#include <assert.h>
#include <string.h>

#include "design/changes.h"
#include "strength/study.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_study(const char *text, size_t size)
{
    struct nw_err err = {0};
    struct nw_study *s = nw_study_parse(text, size, &err);
    assert((s != NULL) == (err.code == NW_OK));
    assert(s || strstr(err.msg, "line ") || err.code == NW_ERR_MEMORY);
    for (size_t i = 0; s && i < nw_study_variant_count(s); i++)
        assert(nw_study_variant(s, i).file.path);
    nw_study_free(s);
}

/* Its halves as versions, and the whole against itself. */
static void as_versions(const char *text, size_t size)
{
    struct nw_design_changes changes = {0};
    struct nw_err err = {0};
    if (nw_design_changes(text, size / 2, text + size / 2, size - size / 2, &changes, &err))
        nw_design_changes_release(&changes);
    err = (struct nw_err){0};
    if (nw_design_changes(text, size, text, size, &changes, &err))
        assert(changes.count == 0);
    nw_design_changes_release(&changes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    as_study((const char *)data, size);
    as_versions((const char *)data, size);
    return 0;
}
