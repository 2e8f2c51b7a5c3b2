/* What pages draw their forms from: what this very program says of its documents and machines.
 */
#include <string.h>

#include "net/api_priv.h"

/* JSON as the program prints it; the same until another program is put in its place. */
static bool answer_with(struct nw_call *call, const char *const *words, json_t **json,
                        struct nw_err *err)
{
    size_t size = 0;
    char *text = nw_call_program(call, words, "", 0, &size, err);
    if (!text)
        return false;
    json_t *said = json_loadb(text, size, 0, NULL);
    nw_free(text);
    return nw_call_said(said, json, err);
}

NW_ANSWERS(design_schema)
{
    static const char *const words[] = {"nuwa", "design", "--schema", NULL};
    return answer_with(call, words, json, err);
}

NW_ANSWERS(plan_schema)
{
    static const char *const words[] = {"nuwa", "plan", "--schema", NULL};
    return answer_with(call, words, json, err);
}

NW_ANSWERS(machines)
{
    static const char *const words[] = {"nuwa", "machine", "--json", NULL};
    return answer_with(call, words, json, err);
}
