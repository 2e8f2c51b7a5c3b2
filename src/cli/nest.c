/* cli/nest.c -- nuwa nest: several models on one plate. */
#include "print/nest.h"

#include <string.h>

#include "cli/bed_priv.h"
#include "io/io.h"

struct nest_args {
    struct nw_words model;
    const char *machine, *out;
    double gap_mm;
};

static const struct nw_arg nest_args[] = {
    NW_INPUTS(struct nest_args, model, "model",
              "要一起打印的模型，各按其现有方向放置（+z 朝上）",
              "models to build together, each lying as it is, +z up"),
    NW_OUTPUT(struct nest_args, out, 'o', "out", true, "输出：一个平台的模型",
              "model of the plate to write"),
    {.kind = NW_ARG_TEXT,
     .name = "machine",
     .offset = NW_OF(struct nest_args, machine, const char *),
     .zh = "打印机档案：名称（见 nuwa machine）或文件",
     .en = "printer's profile: a name (see nuwa machine) or a file",
     .required = true},
    NW_LENGTH(struct nest_args, gap_mm, "gap", 0, 50, 2, "模型之间的间距",
              "room between models"),
    {.kind = NW_ARG_END},
};

struct nesting {
    const struct nest_args *args;
    struct nw_run *run;
    struct nw_machine machine;
    struct nw_model *piece;
    const struct nw_model **pointer;
    struct nw_nested *place;
    struct nw_model plate;
};

static bool load(struct nesting *n, struct nw_err *err)
{
    const size_t count = n->args->model.count;
    const struct nw_model_read_opts opts = {0};
    n->piece = NW_ALLOC(struct nw_model, count, err);
    n->pointer = n->piece ? NW_ALLOC(const struct nw_model *, count, err) : NULL;
    n->place = n->pointer ? NW_ALLOC(struct nw_nested, count, err) : NULL;
    for (size_t k = 0; n->place && k < count; k++) {
        n->pointer[k] = &n->piece[k];
        if (!nw_model_read(n->args->model.item[k], &opts, &n->piece[k], err) ||
            !nw_run_read_file(n->run, n->args->model.item[k], err))
            return false;
    }
    return n->place != NULL;
}

static bool has_part(const struct nw_model *m, const char *name)
{
    for (size_t k = 0; k < m->part_count; k++)
        if (strcmp(m->part[k].name, name) == 0)
            return true;
    return false;
}

/* Its parts, moved; a name that is taken gets the piece's number. */
static bool take_piece(struct nesting *n, size_t k, struct nw_err *err)
{
    struct nw_model *from = &n->piece[k];
    for (size_t p = 0; p < from->part_count; p++) {
        struct nw_part *part = &from->part[p];
        for (size_t v = 0; v < part->mesh.vert_count; v++)
            part->mesh.pos_mm[v] = nw_apply(n->place[k].to_plate, part->mesh.pos_mm[v]);
        const char *name = part->name;
        if (has_part(&n->plate, name))
            name = nw_arena_printf(&n->run->arena, err, "%s %zu", part->name, k + 1);
        if (!name || !nw_model_add(&n->plate, name, part->rgba, &part->mesh, err))
            return false;
    }
    return true;
}

static bool put_places(const struct nesting *n, struct nw_err *err)
{
    json_t *list = json_array();
    for (size_t k = 0; k < n->args->model.count; k++) {
        const struct nw_nested *p = &n->place[k];
        nw_run_print(
            n->run,
            nw_say(n->run, "%zu：(%.1f, %.1f) 至 (%.1f, %.1f) mm，转 %d°\n",
                   "%zu: from (%.1f, %.1f) to (%.1f, %.1f) mm, turned by %d degrees\n"),
            k + 1, p->box.min.x, p->box.min.y, p->box.max.x, p->box.max.y, 90 * p->quarters);
        (void)json_array_append_new(
            list, json_pack("{s:o, s:o, s:i}", "min_mm", nw_json_point(p->box.min), "max_mm",
                            nw_json_point(p->box.max), "turned_deg", 90 * p->quarters));
    }
    return nw_run_put(n->run, "pieces", list, err);
}

static bool nest_all(struct nesting *n, struct nw_err *err)
{
    const struct nest_args *a = n->args;
    const char *staged = NULL;
    if (!nw_machine_load(a->machine, &n->machine, err) || !load(n, err) ||
        !nw_nest(n->pointer, a->model.count, &n->machine, a->gap_mm, n->place, err) ||
        !put_places(n, err))
        return false;
    for (size_t k = 0; k < a->model.count; k++)
        if (!take_piece(n, k, err))
            return false;
    return (!nw_machine_is_path(a->machine) || nw_run_read_file(n->run, a->machine, err)) &&
           nw_run_stage(n->run, a->out, &staged, err) &&
           nw_model_write(staged, &n->plate, NULL, err);
}

static int nest(const void *void_args, struct nw_run *run, struct nw_err *err)
{
    struct nesting n = {.args = void_args, .run = run};
    const bool ok = nest_all(&n, err);
    for (size_t k = 0; n.piece && k < n.args->model.count; k++)
        nw_model_release(&n.piece[k]);
    nw_free(n.piece);
    nw_free(n.pointer);
    nw_free(n.place);
    nw_model_release(&n.plate);
    nw_machine_release(&n.machine);
    return ok ? 0 : 1;
}

const struct nw_command nw_cmd_nest = {
    .name = "nest",
    .zh = "把几个模型排在同一个打印平台上",
    .en = "Lay several models on one plate",
    .args = nest_args,
    .args_size = sizeof(struct nest_args),
    .run = nest,
};
