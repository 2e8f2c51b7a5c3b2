/*
 * cli/selftest.c -- nuwa selftest: does this installation do what is stated? Known phantoms
 * are pictured, written, read, reconstructed and held against their formulas; every format
 * goes out and in; one, two and four threads must give the same bytes.
 *
 * Req: R-210
 */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "anatomy/phantom.h"
#include "anatomy/recipe.h"
#include "cli/command.h"
#include "cli/version.h"
#include "core/parallel.h"
#include "core/text.h"
#include "field/surface.h"
#include "io/dicom.h"
#include "io/file.h"
#include "io/io.h"
#include "mesh/check.h"

struct selftest_args {
    const char *out;
};

static const struct nw_arg selftest_args[] = {
    NW_OUTPUT(struct selftest_args, out, 'o', "output", false,
              "报告目录：selftest.txt 与 selftest.json",
              "folder for the report: selftest.txt and selftest.json"),
    {.kind = NW_ARG_END},
};

enum { REPORT_MAX_BYTES = 1 << 20 };

/* A run of the test: its findings as JSON and as lines of text. */
struct test {
    struct nw_run *run;
    struct nw_err *err; /* of the test itself: no memory, no folder to work in */
    const char *folder; /* for what goes out and in */
    json_t *items;
    struct nw_text text;
    size_t passed, failed;
};

/* ---- findings ---- */

static void note(struct test *t, const char *name, bool ok, const char *detail_zh,
                 const char *detail_en, json_t *numbers)
{
    t->passed += ok;
    t->failed += !ok;
    json_array_append_new(t->items,
                          json_pack("{s:s, s:b, s:s, s:s, s:o}", "name", name, "passed", ok,
                                    "zh", detail_zh, "en", detail_en, "numbers", numbers));
    const char *line = nw_say(t->run, detail_zh, detail_en);
    nw_run_print(t->run, "%s  %-28s %s\n", ok ? "ok  " : "FAIL", name, line);
    if (t->err->code == NW_OK &&
        !nw_text_addf(&t->text, t->err, "%s  %-28s %s / %s\n", ok ? "ok  " : "FAIL", name,
                      detail_zh, detail_en))
        t->failed++; /* no memory: *err says so */
}

/* A number against its limit, both in the report. */
static void hold(struct test *t, const char *name, double value, double min, double max,
                 const char *unit)
{
    char zh[160], en[160];
    snprintf(zh, sizeof zh, "%.4f %s，限 %.4g 至 %.4g %s", value, unit, min, max, unit);
    snprintf(en, sizeof en, "%.4f %s, limits %.4g to %.4g %s", value, unit, min, max, unit);
    note(t, name, value >= min && value <= max, zh, en,
         json_pack("{s:o, s:f, s:f, s:s}", "value", nw_json_number(value), "min", min, "max",
                   max, "unit", unit));
}

static void state(struct test *t, const char *name, bool ok, const char *zh, const char *en)
{
    note(t, name, ok, zh, en, json_object());
}

/* A step of the test that could not be done is a finding, not the end. */
static void broke(struct test *t, const char *name, const struct nw_err *err)
{
    state(t, name, false, err->msg, err->msg);
}

static const struct nw_phantom_kind *kind_of(const char *name)
{
    size_t i = 0;
    while (strcmp(nw_phantom_at(i)->name, name) != 0)
        i++;
    return nw_phantom_at(i);
}

/* ---- accuracy ---- */

struct figures {
    double sum, square, covered, count;
};

/* The vertices near one solid of the truth against its formula. */
static struct figures measure(const struct nw_phantom *p, const struct nw_phantom_truth *solid,
                              const struct nw_model *model)
{
    struct figures f = {0};
    const nw_box near = nw_box_grown(solid->box, 1);
    for (size_t m = 0; m < model->part_count; m++) {
        const struct nw_mesh *mesh = &model->part[m].mesh;
        for (size_t v = 0; v < mesh->vert_count; v++) {
            const nw_vec3 at = mesh->pos_mm[v];
            const nw_vec3 in = nw_max3(nw_min3(at, near.max), near.min);
            const double d = nw_length2(nw_sub(at, in)) > 0
                                 ? HUGE_VAL
                                 : nw_field_value(p->field, solid->node, at);
            if (!(fabs(d) < 1))
                continue;
            f.sum += d;
            f.square += d * d;
            f.count++;
            f.covered += mesh->uncertainty_mm && fabs(d) <= (double)mesh->uncertainty_mm[v];
        }
    }
    return f;
}

static void check_solids(struct test *t, const struct nw_phantom *p,
                         const struct nw_model *model)
{
    struct figures all = {0};
    for (size_t i = 0; i < p->truth_count; i++) {
        char name[64];
        const struct figures f = measure(p, &p->truth[i], model);
        if (f.count == 0) {
            state(t, p->truth[i].name, false, "未找到", "not found");
            continue;
        }
        snprintf(name, sizeof name, "%s bias", p->truth[i].name);
        hold(t, name, f.sum / f.count, -0.02, 0.02, "mm");
        snprintf(name, sizeof name, "%s rms", p->truth[i].name);
        hold(t, name, sqrt(f.square / f.count), 0, 0.05, "mm");
        all.covered += f.covered;
        all.count += f.count;
    }
    if (all.count > 0)
        hold(t, "uncertainty covers", 100 * all.covered / all.count, 60, 76, "%");
}

static void check_volume(struct test *t, const struct nw_phantom *p,
                         const struct nw_model *model)
{
    double truth = 0, found = 0;
    for (size_t i = 0; i < p->truth_count; i++)
        truth += p->truth[i].volume_mm3;
    for (size_t m = 0; m < model->part_count; m++)
        found += nw_mesh_volume_mm3(&model->part[m].mesh);
    hold(t, "volume of all balls", 100 * (found / truth - 1), -0.5, 0.5, "%");
}

static void check_solid(struct test *t, const struct nw_model *model)
{
    for (size_t m = 0; m < model->part_count; m++) {
        struct nw_err err = {0};
        struct nw_mesh_check c = {0};
        const struct nw_check_opts opts = {0};
        if (!nw_mesh_check(&model->part[m].mesh, &opts, &c, &err))
            broke(t, "printable solid", &err);
        else
            state(t, "printable solid", c.solid,
                  c.solid ? "封闭、二维流形、无自交" : "不是实体",
                  c.solid ? "closed, 2-manifold, no self-intersection" : "not a solid");
    }
}

/* Balls and a torus through the scanner model, 0.5 x 0.5 x 0.625 mm, 30 HU. */
static void test_accuracy(struct test *t)
{
    struct nw_err err = {0};
    struct nw_phantom p = {0};
    struct nw_reconstruction r = {0};
    const struct nw_phantom_opts opts = {.kind = kind_of("spheres"), .table = true};
    const struct nw_reconstruct_opts how = {.simplify_mm = -1, .min_part_mm3 = 1};
    if (!nw_phantom_make(&opts, &p, &err)) {
        broke(t, "phantom", &err);
        return;
    }
    if (!nw_reconstruct(&p.scan, &how, &r, &err)) {
        broke(t, "reconstruction", &err);
    } else {
        check_solids(t, &p, &r.model);
        check_volume(t, &p, &r.model);
        check_solid(t, &r.model);
    }
    nw_reconstruction_release(&r);
    nw_phantom_release(&p);
}

/* ---- sameness ---- */

static bool digest_of(const struct nw_reconstruction *r, nw_digest *out, struct nw_err *err)
{
    struct nw_hash *hash = nw_hash_new(err);
    bool ok = hash != NULL;
    for (size_t m = 0; ok && m < r->model.part_count; m++) {
        const struct nw_mesh *mesh = &r->model.part[m].mesh;
        ok = nw_hash_add(hash, mesh->pos_mm, mesh->vert_count * sizeof *mesh->pos_mm, err) &&
             nw_hash_add(hash, mesh->tri, mesh->tri_count * sizeof *mesh->tri, err);
    }
    ok = ok && nw_hash_end(hash, out, err);
    nw_hash_free(hash);
    return ok;
}

static bool handed_digest(int threads, nw_digest *out, struct nw_err *err)
{
    struct nw_phantom p = {0};
    struct nw_reconstruction r = {0};
    const struct nw_phantom_opts opts = {
        .kind = kind_of("handed"), .spacing_mm = 0.8, .slice_mm = 0.8, .sigma_mm = 0.5};
    const struct nw_reconstruct_opts how = {0};
    nw_set_threads(threads);
    const bool ok = nw_phantom_make(&opts, &p, err) && nw_reconstruct(&p.scan, &how, &r, err) &&
                    digest_of(&r, out, err);
    nw_reconstruction_release(&r);
    nw_phantom_release(&p);
    return ok;
}

static void test_sameness(struct test *t)
{
    const int before = nw_threads();
    const int threads[] = {1, 2, 4};
    nw_digest digest[3];
    struct nw_err err = {0};
    bool ok = true;
    for (int i = 0; i < 3 && ok; i++)
        ok = handed_digest(threads[i], &digest[i], &err);
    nw_set_threads(before);
    if (!ok) {
        broke(t, "same on 1, 2, 4 threads", &err);
        return;
    }
    const bool same = memcmp(&digest[0], &digest[1], sizeof digest[0]) == 0 &&
                      memcmp(&digest[0], &digest[2], sizeof digest[0]) == 0;
    state(t, "same on 1, 2, 4 threads", same, same ? "逐字节相同" : "结果不同",
          same ? "the same bytes" : "different");
}

/* ---- scans out and in ---- */

static bool read_back(const char *path, struct nw_scan *out, struct nw_err *err)
{
    const struct nw_intake_opts opts = {0};
    const struct nw_read_opts how = {0};
    struct nw_intake *intake = nw_intake_new(path, &opts, err);
    const bool ok = intake && nw_intake_read(intake, 0, &how, out, err);
    nw_intake_free(intake);
    return ok;
}

/* Voxels to the bit, places to 0.001 mm. */
static bool same_scan(const struct nw_volume *a, const struct nw_volume *b)
{
    if (a->type != b->type || memcmp(a->grid.dim, b->grid.dim, sizeof a->grid.dim) != 0)
        return false;
    const nw_ijk end = {(double)a->grid.dim[0] - 1, (double)a->grid.dim[1] - 1,
                        (double)a->grid.dim[2] - 1};
    return nw_length(nw_sub(a->grid.origin_mm, b->grid.origin_mm)) < 1e-3 &&
           nw_length(nw_sub(nw_grid_point(&a->grid, end), nw_grid_point(&b->grid, end))) <
               1e-3 &&
           memcmp(a->data, b->data, nw_grid_count(&a->grid) * nw_voxel_bytes(a->type)) == 0;
}

static void test_scan(struct test *t, const struct nw_phantom *p, const char *name)
{
    struct nw_err err = {0};
    struct nw_scan back;
    nw_scan_init(&back);
    const char *path = nw_arena_printf(&t->run->arena, t->err, "%s/%s", t->folder, name);
    if (!path)
        return;
    const bool dicom = strchr(name, '.') == NULL;
    const bool written =
        dicom ? nw_dicom_write_series(path, &p->scan.volume, &p->scan.facts, &err)
              : nw_volume_write(path, &p->scan.volume, NULL, 0, &err);
    char title[64];
    snprintf(title, sizeof title, "scan out and in: %s", name);
    if (!written || !read_back(path, &back, &err)) {
        broke(t, title, &err);
    } else {
        const bool same = same_scan(&p->scan.volume, &back.volume);
        state(t, title, same, same ? "体素与坐标相同" : "不同",
              same ? "the same voxels and frame" : "different");
    }
    nw_scan_release(&back);
}

/* ---- models out and in ---- */

/* Lengths, volume and side of the handed block. Req: R-009 */
static bool same_block(const struct nw_model *model, nw_box box, double volume)
{
    if (model->part_count != 1)
        return false;
    const struct nw_mesh *m = &model->part[0].mesh;
    const nw_box b = nw_mesh_box(m);
    const double slack = 1e-3; /* mm: what the project promises of every format */
    return nw_length(nw_sub(b.min, box.min)) < slack &&
           nw_length(nw_sub(b.max, box.max)) < slack &&
           fabs(nw_mesh_volume_mm3(m) - volume) < 1e-3 * volume;
}

static void test_models(struct test *t, const struct nw_phantom *p)
{
    static const char *const ending[] = {"stl", "3mf", "ply", "obj", "amf", "glb", "vtk"};
    static const uint8_t ivory[4] = {227, 218, 201, 255};
    struct nw_err err = {0};
    struct nw_mesh mesh = {0};
    struct nw_model model = {0};
    if (!nw_surface_of_field(p->field, p->bone, nw_box_grown(p->box, 2), 1, &mesh, &err)) {
        broke(t, "surface of a formula", &err);
        return;
    }
    const nw_box box = nw_mesh_box(&mesh);
    const double volume = nw_mesh_volume_mm3(&mesh);
    hold(t, "volume of the handed block", 100 * (volume / p->truth[0].volume_mm3 - 1), -0.5,
         0.5, "%");
    const bool added = nw_model_add(&model, "handed", ivory, &mesh, &err);
    for (size_t i = 0; added && i < sizeof ending / sizeof *ending; i++) {
        struct nw_model back = {0};
        struct nw_err why = {0};
        char title[64];
        const char *path =
            nw_arena_printf(&t->run->arena, t->err, "%s/handed.%s", t->folder, ending[i]);
        snprintf(title, sizeof title, "model out and in: %s", ending[i]);
        if (!path)
            break;
        if (!nw_model_write(path, &model, NULL, &why) ||
            !nw_model_read(path, NULL, &back, &why)) {
            broke(t, title, &why);
        } else {
            const bool same = same_block(&back, box, volume);
            state(t, title, same, same ? "长度、体积与左右相同" : "不同",
                  same ? "the same lengths, volume and side" : "different");
        }
        nw_model_release(&back);
    }
    nw_mesh_release(&mesh);
    nw_model_release(&model);
}

static void test_formats(struct test *t)
{
    struct nw_err err = {0};
    struct nw_phantom p = {0};
    const struct nw_phantom_opts opts = {
        .kind = kind_of("handed"), .spacing_mm = 1, .slice_mm = 1.25, .sigma_mm = 0.6};
    if (!nw_phantom_make(&opts, &p, &err)) {
        broke(t, "phantom", &err);
        return;
    }
    test_scan(t, &p, "dicom");
    test_scan(t, &p, "scan.nii.gz");
    test_scan(t, &p, "scan.nrrd");
    test_scan(t, &p, "scan.mha");
    test_models(t, &p);
    nw_phantom_release(&p);
}

/* ---- the folder and the report ---- */

static void remove_files(const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    for (const struct dirent *e; (e = readdir(dir)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            (void)unlinkat(dirfd(dir), e->d_name, 0);
    (void)closedir(dir);
    (void)rmdir(folder);
}

static bool make_work_folder(struct test *t)
{
    const char *base = getenv("TMPDIR");
    char *folder = nw_arena_printf(&t->run->arena, t->err, "%s/nuwa-selftest-XXXXXX",
                                   base && *base ? base : "/tmp");
    if (!folder)
        return false;
    t->folder = folder;
    return mkdtemp(folder) != NULL ||
           nw_fail(t->err, NW_ERR_IO, "%s cannot be made: %s", folder, strerror(errno));
}

static void remove_work_folder(struct test *t)
{
    const char *dicom = nw_arena_printf(&t->run->arena, t->err, "%s/dicom", t->folder);
    if (dicom)
        remove_files(dicom);
    remove_files(t->folder);
}

static bool put_result(struct test *t)
{
    struct nw_run *run = t->run;
    return nw_run_put(run, "version", json_string(NW_VERSION), t->err) &&
           nw_run_put(run, "date", json_string(run->step.started ? run->step.started : ""),
                      t->err) &&
           nw_run_put(run, "passed", json_integer((json_int_t)t->passed), t->err) &&
           nw_run_put(run, "failed", json_integer((json_int_t)t->failed), t->err) &&
           nw_run_put(run, "items", json_incref(t->items), t->err);
}

static bool write_report(struct test *t, const char *folder)
{
    if (!folder)
        return true;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return nw_fail(t->err, NW_ERR_IO, "%s cannot be made: %s", folder, strerror(errno));
    const char *text_path = nw_arena_printf(&t->run->arena, t->err, "%s/selftest.txt", folder);
    const char *json_path =
        text_path ? nw_arena_printf(&t->run->arena, t->err, "%s/selftest.json", folder) : NULL;
    if (!json_path)
        return false;
    char *json = json_dumps(t->run->result, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    const bool ok = json ? nw_file_write(text_path, t->text.data, t->text.len, t->err) &&
                               nw_file_write(json_path, json, strlen(json), t->err)
                         : nw_fail(t->err, NW_ERR_MEMORY, "no memory for the report");
    free(json); /* allowed: jansson's own allocation */
    return ok;
}

static bool run_all(struct test *t)
{
    const char *when = t->run->step.started ? t->run->step.started : "";
    if (!nw_text_addf(&t->text, t->err, "Nuwa %s 自检 / self-test, %s\n\n", NW_VERSION, when) ||
        !make_work_folder(t))
        return false;
    test_accuracy(t);
    test_sameness(t);
    test_formats(t);
    remove_work_folder(t);
    if (t->err->code != NW_OK)
        return false;
    nw_run_print(t->run,
                 nw_say(t->run, "%zu 项通过，%zu 项未通过\n", "%zu passed, %zu failed\n"),
                 t->passed, t->failed);
    return nw_text_addf(&t->text, t->err, "\n%zu passed, %zu failed\n", t->passed, t->failed);
}

static int selftest(const void *void_args, struct nw_run *run, struct nw_err *err)
{
    const struct selftest_args *args = void_args;
    struct test t = {.run = run, .err = err, .items = json_array()};
    nw_text_init(&t.text, REPORT_MAX_BYTES);
    run->no_record = true; /* the report is dated, and so never the same bytes */
    const bool ok = run_all(&t) && put_result(&t) && write_report(&t, args->out);
    json_decref(t.items);
    nw_text_release(&t.text);
    return ok && t.failed == 0 ? 0 : 1;
}

const struct nw_command nw_cmd_selftest = {
    .name = "selftest",
    .zh = "用已知真值检查本安装，写出带日期的报告",
    .en = "Check this installation on known truth and write a dated report",
    .args = selftest_args,
    .args_size = sizeof(struct selftest_args),
    .run = selftest,
};
