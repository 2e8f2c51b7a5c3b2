/* fuzz/case_entry.c -- any bytes as lines of JSON, each an entry of one case. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "case/flow.h"
#include "core/mem.h"

static struct nw_flow *flow; /* opened once: the table is read only */

/* What the case says of itself must be possible to say after anything that it took. */
static void look(const struct nw_case *state, const json_t *entry)
{
    struct nw_err err = {0};
    const char *time = "2027-06-01T00:00:00.000000Z";
    json_t *all[] = {nw_case_view(state, time), nw_case_summary(state, time),
                     nw_case_checklist(state, time),
                     nw_case_may(state, json_object_get(entry, "actor"), time)};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert(all[i]);
        json_decref(all[i]);
    }
    (void)nw_case_sees(state, json_object_get(entry, "actor"));
    json_decref(nw_case_statement_of(state, entry, &err));
}

/* Number and chain are put right, so that more than the first entry is reached. */
static bool apply(struct nw_case *state, json_t *entry)
{
    struct nw_err err = {0};
    int64_t number;
    char before[NW_DIGEST_TEXT];
    nw_case_next(state, &number, before);
    if (json_is_object(entry) && !json_object_get(entry, "exact")) {
        json_object_set_new(entry, "number", json_integer(number));
        json_object_set_new(entry, "before", json_string(before));
        if (json_object_get(entry, "sign")) {
            json_object_del(entry, "sign");
            json_t *statement = nw_case_statement_of(state, entry, &err);
            err = (struct nw_err){0};
            if (statement)
                json_object_set_new(entry, "signature",
                                    json_pack("{s:o}", "statement", statement));
        }
    }
    const bool ok = nw_case_apply(state, entry, &err);
    assert(ok == (err.code == NW_OK));
    assert(ok || err.msg[0]);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nw_err err = {0};
    flow = flow ? flow : nw_flow_open(NULL, 0, &err);
    assert(flow);
    struct nw_case *state = nw_case_new(flow, &err);
    assert(state);
    const uint8_t *end = data + size;
    json_t *last = json_object();
    while (data < end) {
        const uint8_t *line = memchr(data, '\n', (size_t)(end - data));
        line = line ? line : end;
        json_t *entry = json_loadb((const char *)data, (size_t)(line - data),
                                   JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
        if (entry) {
            apply(state, entry);
            json_decref(last);
            last = entry;
        }
        data = line < end ? line + 1 : end;
    }
    look(state, last);
    json_decref(last);
    nw_case_free(state);
    return 0;
}
