/* cli/plan.c -- `nuwa plan`: a plan document, checked and evaluated. */
#include "plan/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/document_priv.h"
#include "core/parallel.h"
#include "io/file.h"
#include "io/io.h"

enum { DOCUMENT_BYTES = 4 << 20 };

struct plan_args {
    const char *document, *out, *model, *accept, *by;
    bool schema;
};

static const struct nw_arg plan_args[] = {
    {.kind = NW_ARG_INPUT,
     .name = "DOC.json",
     .offset = NW_OF(struct plan_args, document, const char *),
     .zh = "计划文档",
     .en = "plan document"},
    NW_OUTPUT(struct plan_args, out, 'o', "output", false, "结果（.json）", "results (.json)"),
    NW_OUTPUT(struct plan_args, model, 'm', "model", false,
              "骨块、移动后的部件和轨迹（模型文件）",
              "pieces, moved parts and rods (a model file)"),
    NW_TEXT(struct plan_args, accept, "accept",
            "接受这个配准：把其结果的摘要写入文档（或写入 -o）",
            "accept this registration: its digest goes into the document (or to -o)"),
    NW_TEXT(struct plan_args, by, "by", "由谁接受", "who accepts it"),
    NW_FLAG(struct plan_args, schema, "schema", "输出计划文档的 JSON Schema",
            "print the JSON schema of plan documents"),
    {.kind = NW_ARG_END},
};

struct job {
    const struct plan_args *args;
    struct nw_run *run;
    struct nw_plan *plan;
    struct nw_model made;
    json_t *items;
};

static bool load_scan(void *user, const char *path, const char *sha256, struct nw_volume *out,
                      struct nw_err *err)
{
    const struct nw_document *d = user;
    const char *from = nw_document_beside(d, path, err);
    if (!from || !nw_document_is_unchanged(from, sha256, err))
        return false;
    struct nw_scan scan;
    nw_scan_init(&scan);
    const struct nw_pick pick = {0};
    const bool ok = nw_run_load_scan(d->run, from, &pick, &scan, err);
    if (ok) {
        *out = scan.volume; /* the item owns it from now on */
        scan.volume = (struct nw_volume){0};
    }
    nw_scan_release(&scan);
    return ok;
}

static bool read_plan(struct job *j, struct nw_err *err)
{
    size_t len;
    char *text = (char *)nw_file_read(j->args->document, DOCUMENT_BYTES, &len, err);
    if (!text)
        return false;
    j->plan = nw_plan_parse(text, len, err);
    nw_free(text);
    return (j->plan || nw_fail_at(err, "%s", j->args->document)) &&
           nw_run_read_file(j->run, j->args->document, err);
}

static bool evaluate(struct job *j, struct nw_err *err)
{
    struct nw_document doc = {.run = j->run, .path = j->args->document};
    const struct nw_plan_files files = {&doc, nw_document_mesh, load_scan};
    nw_stage("计划", "plan");
    if (!nw_plan_evaluate(j->plan, &files, &j->items, &j->made, err))
        return nw_fail_at(err, "%s", j->args->document);
    return true;
}

/* ---- what is said ---- */

static void say_measured(const struct nw_run *run, const char *key, const json_t *m)
{
    const json_t *sigma = json_object_get(m, "sigma");
    const char *unit = json_string_value(json_object_get(m, "unit"));
    const double value = json_number_value(json_object_get(m, "value"));
    if (json_is_number(sigma))
        nw_run_print(run, "  %s: %.2f +- %.2f %s\n", key, value, json_number_value(sigma),
                     unit);
    else
        nw_run_print(run,
                     nw_say(run, "  %s：%.2f %s，不确定度未知\n",
                            "  %s: %.2f %s, uncertainty not known\n"),
                     key, value, unit);
}

static double of(const json_t *f, const char *key)
{
    const json_t *v = json_object_get(f, key);
    return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

/* The axis of the weakest turn or shift, and its sigma; false: it says none. */
static bool weakest(const json_t *f, const char *list, const char *key, double axis[3],
                    double *sigma)
{
    const json_t *one = json_array_get(json_object_get(f, list), 0);
    *sigma = json_number_value(json_object_get(one, key));
    for (size_t i = 0; i < 3; i++)
        axis[i] = json_number_value(json_array_get(json_object_get(one, "axis"), i));
    return one != NULL;
}

/* How well a motion is determined, and what may be done about it. */
static void say_doubt(const struct nw_run *run, const json_t *f)
{
    double a[3], sigma;
    size_t i;
    json_t *w;
    if (weakest(f, "turns", "sigma_deg", a, &sigma))
        nw_run_print(run,
                     nw_say(run, "  最弱的转动：±%.2f°，绕轴 (%.2f %.2f %.2f)\n",
                            "  weakest turn: +- %.2f° about (%.2f %.2f %.2f)\n"),
                     sigma, a[0], a[1], a[2]);
    if (weakest(f, "shifts", "sigma_mm", a, &sigma))
        nw_run_print(run,
                     nw_say(run, "  最弱的移动：±%.2f mm，沿 (%.2f %.2f %.2f)\n",
                            "  weakest shift: +- %.2f mm along (%.2f %.2f %.2f)\n"),
                     sigma, a[0], a[1], a[2]);
    json_array_foreach(json_object_get(f, "warnings"), i, w)
    {
        nw_run_print(run, nw_say(run, "  注意：%s\n", "  note: %s\n"),
                     json_string_value(json_object_get(w, nw_say(run, "zh", "en"))));
    }
}

/* Broken faces that are whole meet nearly everywhere, and closely. */
static const double MOSTLY_MET = 0.6, CLOSE_MM = 0.5;

/* How each fragment of a reduction comes to lie. */
static void say_fragments(const struct nw_run *run, json_t *fragments)
{
    const char *name;
    json_t *f;
    json_object_foreach(fragments, name, f)
    {
        nw_run_print(run,
                     nw_say(run,
                            "  %s：移动 %.2f mm，转 %.2f°；外表面偏差 %.2f mm（均方根，95%% 在 "
                            "%.2f 内），标准不确定度 %.2f mm",
                            "  %s: moved %.2f mm, turned %.2f°; outer surface off by %.2f mm "
                            "rms (95%% within %.2f), one sigma %.2f mm"),
                     name, of(f, "moved_mm"), of(f, "turned_deg"), of(f, "rms_mm"),
                     of(f, "p95_mm"), of(f, "sigma_at_centre_mm"));
        if (of(f, "met_share") > 0)
            nw_run_print(run,
                         nw_say(run, "；骨折面 %.0f%% 相接，间隙 %.2f mm，因此移动 %.2f mm",
                                "; %.0f%% of its broken surface meets at %.2f mm rms, which "
                                "moved it by %.2f mm"),
                         100 * of(f, "met_share"), of(f, "face_gap_mm"),
                         of(f, "moved_by_faces_mm"));
        if (of(f, "met_share") > 0 &&
            (of(f, "met_share") < MOSTLY_MET || of(f, "face_gap_mm") > CLOSE_MM))
            nw_run_print(run, "%s",
                         nw_say(run, "；可能有骨缺失，请与 \"faces\": \"free\" 的结果比较",
                                "; bone may be lost: compare with \"faces\": \"free\""));
        nw_run_print(run, "\n");
        say_doubt(run, f);
    }
}

/* The plain numbers and words of each item; lists and tables stand in the result. */
static void say_item(const struct nw_run *run, const char *name, json_t *item)
{
    const char *key;
    json_t *v;
    nw_run_print(run, "%s (%s)\n", name, json_string_value(json_object_get(item, "kind")));
    json_object_foreach(item, key, v)
    {
        if (json_is_number(v))
            nw_run_print(run, "  %s: %.6g\n", key, json_number_value(v));
        else if (json_is_string(v) && strcmp(key, "kind") != 0)
            nw_run_print(run, "  %s: %s\n", key, json_string_value(v));
        else if (json_is_boolean(v))
            nw_run_print(run, "  %s: %s\n", key,
                         json_is_true(v) ? nw_say(run, "是", "yes") : nw_say(run, "否", "no"));
        else if (json_is_object(v) && json_object_get(v, "unit"))
            say_measured(run, key, v);
        else if (json_is_object(v) && strcmp(key, "fragments") == 0)
            say_fragments(run, v);
    }
    say_doubt(run, item);
}

static bool write_result(struct job *j, struct nw_err *err)
{
    const char *staged;
    if (!j->args->out)
        return true;
    json_t *doc = json_pack("{s:s, s:s, s:O}", "nuwa", "plan result 1", "frame", "LPS mm",
                            "items", j->items);
    char *text = doc ? json_dumps(doc, JSON_INDENT(2) | JSON_SORT_KEYS) : NULL;
    json_decref(doc);
    bool ok = text ? nw_run_stage(j->run, j->args->out, &staged, err) &&
                         nw_file_write(staged, text, strlen(text), err)
                   : nw_fail(err, NW_ERR_MEMORY, "no memory for the result");
    free(text); /* allowed: jansson's own allocation */
    return ok;
}

static bool write_model(struct job *j, struct nw_err *err)
{
    const char *staged;
    const struct nw_model_write_opts opts = {0};
    if (!j->args->model)
        return true;
    if (j->made.part_count == 0)
        return nw_fail(err, NW_ERR_GEOMETRY,
                       "the plan makes no part: no piece, no moved part, no trajectory");
    return nw_run_stage(j->run, j->args->model, &staged, err) &&
           nw_model_write(staged, &j->made, &opts, err);
}

/* ---- acceptance ---- */

static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

static bool write_accepted(struct job *j, const char *text, struct nw_err *err)
{
    const char *to = j->args->out ? j->args->out : j->args->document, *staged;
    return (j->args->out || nw_run_default_output(j->run, "output", to, err)) &&
           nw_run_stage(j->run, to, &staged, err) &&
           nw_file_write(staged, text, strlen(text), err);
}

static bool run_accept(struct job *j, struct nw_err *err)
{
    const struct plan_args *a = j->args;
    struct nw_document doc = {.run = j->run, .path = j->args->document};
    const struct nw_plan_files files = {&doc, nw_document_mesh, load_scan};
    const size_t folder = folder_length(a->document);
    size_t len;
    if (a->model)
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "--accept makes no model: run the plan once it is accepted");
    if (a->out &&
        (folder_length(a->out) != folder || strncmp(a->out, a->document, folder) != 0))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "what is accepted must stay in the document's folder, as it names its "
                       "files from there");
    char *text = (char *)nw_file_read(a->document, DOCUMENT_BYTES, &len, err);
    if (!text || !nw_run_read_file(j->run, a->document, err)) {
        nw_free(text);
        return false;
    }
    nw_stage("计划", "plan");
    char *accepted = nw_plan_accept(text, len, a->accept, a->by, &files, &j->items, err);
    nw_free(text);
    if (!accepted)
        return err->code == NW_ERR_ARGUMENT ? false : nw_fail_at(err, "%s", a->document);
    const bool ok = write_accepted(j, accepted, err);
    nw_free(accepted);
    if (!ok)
        return false;
    json_t *item = json_object_get(j->items, a->accept);
    say_item(j->run, a->accept, item);
    return nw_run_put(j->run, "accepted", json_incref(item), err);
}

static bool say_schema(struct nw_run *run, struct nw_err *err)
{
    json_t *schema = nw_plan_schema(err);
    if (!schema)
        return false;
    char *text = json_dumps(schema, JSON_INDENT(2));
    if (text)
        nw_run_print(run, "%s\n", text);
    free(text); /* allowed: jansson's own allocation */
    return nw_run_put(run, "schema", schema, err);
}

static bool run_plan(struct job *j, struct nw_err *err)
{
    const char *name;
    json_t *item;
    if (!j->args->document)
        return nw_fail(err, NW_ERR_ARGUMENT, "a plan document must be named, or --schema");
    if (j->args->accept)
        return run_accept(j, err);
    if (j->args->by)
        return nw_fail(err, NW_ERR_ARGUMENT, "--by says who accepts, and needs --accept");
    if (!read_plan(j, err) || !evaluate(j, err))
        return false;
    json_object_foreach(j->items, name, item)
    {
        say_item(j->run, name, item);
    }
    return write_result(j, err) && write_model(j, err) &&
           nw_run_put(j->run, "items", json_incref(j->items), err);
}

static int plan(const void *raw, struct nw_run *run, struct nw_err *err)
{
    struct job j = {.args = raw, .run = run};
    if (j.args->schema)
        (void)say_schema(run, err);
    else
        (void)run_plan(&j, err);
    nw_plan_free(j.plan);
    nw_model_release(&j.made);
    json_decref(j.items);
    return err->code == NW_ERR_ARGUMENT ? 2 : 0;
}

const struct nw_command nw_cmd_plan = {
    .name = "plan",
    .zh = "检查并计算手术计划文档：截骨、复位、轨迹、配准、测量",
    .en = "Evaluate a plan: cuts, reduction, trajectories, registration, measures",
    .args = plan_args,
    .args_size = sizeof(struct plan_args),
    .run = plan,
};
