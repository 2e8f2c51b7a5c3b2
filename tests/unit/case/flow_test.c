/* case/flow.c and its kin: the whole way of each kind of product, step by step. */
#include "case/play.h"

/* All steps; the first that is refused is told. */
static void plays_through(const char *name)
{
    json_t *file = load_json(name), *steps = json_object_get(file, "steps");
    struct play play = play_new();
    for (size_t i = 0; i < json_array_size(steps); i++) {
        struct nw_err err = {0};
        const json_t *step = json_array_get(steps, i);
        if (!play_step(&play, step, &err)) {
            printf("# %s, step %zu (%s): %s\n", name, i + 1, step_act(step), err.msg);
            CHECK(!"every step is accepted");
            break;
        }
    }
    CHECK(strcmp(stage_now(&play), "closed") == 0);
    play_free(&play);
    json_decref(file);
}

/* Req: R-190 */
static void a_custom_implant_goes_all_the_way(void)
{
    plays_through("custom");
}

/* Req: R-158 */
static void the_other_kinds_need_less_and_go_all_the_way(void)
{
    plays_through("matched");
    plays_through("guide");
    plays_through("orthosis");
    plays_through("model");
}

int main(void)
{
    play_begin();
    UNIT(a_custom_implant_goes_all_the_way);
    UNIT(the_other_kinds_need_less_and_go_all_the_way);
    play_end();
    return unit_end();
}
