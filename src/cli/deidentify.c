/* cli/deidentify.c -- `nuwa deidentify`: DICOM series without who they are of. */
#include <string.h>

#include "anatomy/deface.h"
#include "cli/command.h"
#include "core/crypto.h"
#include "core/parallel.h"
#include "core/text.h"
#include "io/deid.h"
#include "io/file.h"
#include "io/parcel.h"

struct deid_args {
    const char *path, *out, *series, *name, *key, *dates, *face;
    bool traits, device, institution, uids, descriptions, private_elements;
};

static const char *const date_words[] = {"none", "shifted", "full", NULL};
static const char *const face_words[] = {"auto",   "deface", "deface-all",
                                         "refuse", "none",   NULL};
enum { KEY_LEAST = 16, KEY_MOST = 4096 };

/* One run over all series. */
struct job {
    const struct deid_args *args;
    struct nw_run *run;
    struct nw_intake *intake;
    struct nw_parcel *parcel;
    struct nw_deid_opts opts;
    struct nw_deid_done done;
    size_t series, files; /* written */
    json_t *report;       /* a list, one member a series */
    char prefix[32];      /* of the names of a series' files */
    /* of the series that is written now */
    const struct nw_volume *mask;
    struct nw_grid_inverse inverse;
    double air;
};

/* ---- faces ---- */

static size_t nearest(double at)
{
    return at < -0.5 ? SIZE_MAX : (size_t)(at + 0.5);
}

/* Pixels of marked voxels become air. */
static bool take_face(void *user, struct nw_deid_frame *f, struct nw_err *err)
{
    const struct job *job = (const struct job *)user;
    if (!job->mask)
        return true;
    if (!f->placed || f->slope == 0)
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "an image does not say where it lies, so its face cannot be taken off");
    const struct nw_grid *g = &job->mask->grid;
    double air = (job->air - f->intercept) / f->slope;
    air = air < f->least ? f->least : air > f->most ? f->most : air;
    for (size_t r = 0; r < f->rows; r++)
        for (size_t c = 0; c < f->cols; c++) {
            const nw_vec3 at =
                nw_along(nw_along(f->at_mm, f->column_mm, (double)c), f->row_mm, (double)r);
            const nw_ijk p = nw_grid_index(&job->inverse, at);
            const size_t i = nearest(p.i), j = nearest(p.j), k = nearest(p.k);
            if (i < g->dim[0] && j < g->dim[1] && k < g->dim[2] &&
                job->mask->u8[nw_grid_at(g, i, j, k)])
                f->stored[r * f->cols + c] = (int32_t)floor(air + 0.5);
        }
    return true;
}

/* What is to be done about this series' face: "none", "deface", "deface-all" or "refuse". */
static const char *face_of(const struct job *job, const struct nw_scan *scan,
                           struct nw_err *err)
{
    const char *asked = job->args->face;
    const enum nw_face_chance chance = nw_face_chance_of(scan);
    if (strcmp(asked, "auto") == 0) {
        if (chance == NW_FACE_MAY) {
            nw_fail(err, NW_ERR_STATE,
                    "it does not say what part of the body it shows: say --face deface, or "
                    "--face none when no face is in it");
            return NULL;
        }
        return chance == NW_FACE_NO ? "none" : "deface";
    }
    if (strcmp(asked, "refuse") == 0)
        return chance == NW_FACE_NO ? "none" : "refuse";
    return asked;
}

/* ---- one series ---- */

static bool write_one(void *user, size_t number, const uint8_t *data, size_t len,
                      struct nw_err *err)
{
    struct job *job = (struct job *)user;
    char name[80];
    size_t out_len = 0;
    NW_AUTOFREE uint8_t *out = nw_deid_file(data, len, &job->opts, &out_len, &job->done, err);
    (void)snprintf(name, sizeof name, "%s-IM%05zu.dcm", job->prefix, number + 1);
    if (!out || !nw_parcel_add(job->parcel, name, out, out_len, err))
        return false;
    job->files++;
    return true;
}

static bool tell_series(struct job *job, size_t number, const char *face, const char *zh,
                        const char *en, size_t files, struct nw_err *err)
{
    json_t *one = json_pack("{s:I, s:s, s:I, s:s, s:s}", "series", (json_int_t)number, "face",
                            face, "files", (json_int_t)files, "zh", zh, "en", en);
    nw_run_print(job->run,
                 nw_say(job->run, "序列 %zu：%zu 个文件；%s\n", "series %zu: %zu files; %s\n"),
                 number, files, nw_say(job->run, zh, en));
    return json_array_append_new(job->report, one) == 0 ||
           nw_fail(err, NW_ERR_MEMORY, "out of memory");
}

static bool write_series(struct job *job, size_t index, const struct nw_scan *scan,
                         const char *face, struct nw_err *err)
{
    const bool takes = strncmp(face, "deface", 6) == 0;
    const size_t before = job->files;
    struct nw_volume mask = {0};
    struct nw_defaced done = {0};
    char zh[200], en[200];
    (void)snprintf(zh, sizeof zh, "已去除身份信息，%s",
                   strcmp(job->args->face, "none") == 0 ? "按要求未处理面部"
                                                        : "影像中没有面部");
    (void)snprintf(en, sizeof en, "without identity, %s",
                   strcmp(job->args->face, "none") == 0 ? "faces left as you asked"
                                                        : "no face in it");
    if (takes) {
        uint64_t seed;
        memcpy(&seed, job->opts.key, sizeof seed);
        const struct nw_deface_opts opts = {.with_bone = strcmp(face, "deface-all") == 0,
                                            .seed = seed + index};
        if (!nw_deface_mark(scan, &opts, &mask, &done, err))
            return false;
        const double ml = (double)done.voxels * fabs(nw_grid_voxel_mm3(&mask.grid)) / 1000;
        (void)snprintf(zh, sizeof zh, "已去除身份信息，面部 %.0f mL 已变为空气，骨%s", ml,
                       !scan->facts.is_hu ? "无法识别"
                       : opts.with_bone   ? "不保留"
                                          : "保留");
        (void)snprintf(en, sizeof en,
                       "without identity, %.0f mL of face turned to air, bone %s", ml,
                       !scan->facts.is_hu ? "not told apart"
                       : opts.with_bone   ? "not spared"
                                          : "spared");
    }
    job->mask = takes ? &mask : NULL;
    job->air = done.air;
    if (takes)
        job->inverse = nw_grid_invert(&mask.grid);
    job->opts.no_face = job->opts.took_face = takes;
    (void)snprintf(job->prefix, sizeof job->prefix, "S%02zu", index + 1);
    nw_stage("去除身份信息", "taking identity away");
    const bool ok = nw_intake_each_file(job->intake, index, write_one, job, err) &&
                    tell_series(job, index + 1, face, zh, en, job->files - before, err);
    job->mask = NULL;
    nw_volume_release(&mask);
    job->series += ok;
    return ok;
}

static bool take_series(struct job *job, size_t index, struct nw_err *err)
{
    const struct nw_read_opts opts = {.resample_unequal = true};
    struct nw_scan scan;
    nw_scan_init(&scan);
    bool ok = nw_intake_read(job->intake, index, &opts, &scan, err) &&
              nw_run_read_scan(job->run, job->args->path, &scan, err);
    const char *face = ok ? face_of(job, &scan, err) : NULL;
    if (face && strcmp(face, "refuse") == 0)
        ok = tell_series(job, index + 1, face, "可能显示面部，未导出",
                         "may show a face and was left out", 0, err);
    else
        ok = face && write_series(job, index, &scan, face, err);
    nw_scan_release(&scan);
    return ok || nw_fail_at(err, "series %zu", index + 1);
}

/* ---- all of them ---- */

static bool is_asked(const struct job *job, size_t index)
{
    char number[24];
    (void)snprintf(number, sizeof number, "%zu", index + 1);
    return !job->args->series || strcmp(job->args->series, number) == 0;
}

static bool take_all(struct job *job, struct nw_err *err)
{
    const size_t count = nw_intake_count(job->intake);
    for (size_t i = 0; i < count; i++) {
        const struct nw_found *f = nw_intake_at(job->intake, i);
        if (!is_asked(job, i))
            continue;
        const bool usable = f->usable && strcmp(f->facts.format, "DICOM") == 0;
        const char *zh = f->usable ? "不是 DICOM，未导出" : f->zh,
                   *en = f->usable ? "no DICOM, and was left out" : f->en;
        if (usable ? !take_series(job, i, err)
                   : !tell_series(job, i + 1, "left-out", zh, en, 0, err))
            return false;
    }
    return job->files > 0 ||
           nw_fail(err, NW_ERR_DATA,
                   "nothing is left to hand out: no series of images here can "
                   "go without identity");
}

static unsigned kept(const struct deid_args *a)
{
    return (strcmp(a->dates, "full") == 0 ? NW_DEID_DATES : 0U) |
           (strcmp(a->dates, "shifted") == 0 ? NW_DEID_SHIFTED : 0U) |
           (a->traits ? NW_DEID_TRAITS : 0U) | (a->device ? NW_DEID_DEVICE : 0U) |
           (a->institution ? NW_DEID_INSTITUTION : 0U) | (a->uids ? NW_DEID_UIDS : 0U) |
           (a->descriptions ? NW_DEID_DESCRIPTORS : 0U) |
           (a->private_elements ? NW_DEID_PRIVATE : 0U);
}

/* From the file, whatever is in it; without one by chance, and nobody can do the same again. */
static bool take_key(const struct deid_args *a, uint8_t key[NW_DEID_KEY_BYTES],
                     struct nw_err *err)
{
    if (!a->key)
        return nw_random(key, NW_DEID_KEY_BYTES, err);
    size_t len = 0;
    nw_digest digest;
    uint8_t *data = nw_file_read(a->key, KEY_MOST, &len, err);
    const bool ok =
        data &&
        (len >= KEY_LEAST ||
         nw_fail(err, NW_ERR_DATA, "a key has %d bytes or more, best by chance", KEY_LEAST)) &&
        nw_hash_bytes(data, len, &digest, err);
    if (ok)
        memcpy(key, digest.byte, NW_DEID_KEY_BYTES);
    if (data)
        nw_wipe(data, len);
    nw_free(data);
    return ok;
}

static bool put_report(struct job *job, struct nw_err *err)
{
    const struct nw_deid_done *d = &job->done;
    json_t *report = json_pack(
        "{s:s, s:I, s:I, s:O, s:{s:I, s:I, s:I, s:I, s:I, s:I}, s:s, s:{s:b, s:b, s:b, s:b, "
        "s:b, s:b}}",
        "profile", nw_deid_edition, "series_written", (json_int_t)job->series, "files",
        (json_int_t)job->files, "series", job->report, "elements", "removed",
        (json_int_t)d->removed, "emptied", (json_int_t)d->emptied, "replaced",
        (json_int_t)d->replaced, "uids", (json_int_t)d->uids, "dates_shifted",
        (json_int_t)d->dates, "swept", (json_int_t)d->swept, "dates", job->args->dates, "kept",
        "traits", job->args->traits, "device", job->args->device, "institution",
        job->args->institution, "uids", job->args->uids, "descriptions",
        job->args->descriptions, "private", job->args->private_elements);
    enum { MOST = 1 << 20 };
    NW_AUTOFREE char *text = NW_ALLOC(char, MOST, err);
    const size_t len = report && text ? json_dumpb(report, text, MOST, JSON_INDENT(2)) : 0;
    const bool ok =
        text && (len > 0 && len <= MOST
                     ? nw_parcel_add(job->parcel, "deidentified.json", text, len, err)
                     : nw_fail(err, NW_ERR_MEMORY, "out of memory"));
    nw_run_print(
        job->run,
        nw_say(job->run,
               "%zu 个序列，%zu 个文件；删除 %zu 项，清空 %zu 项，替换 %zu 项和 %zu 个 UID\n",
               "%zu series, %zu files; %zu elements removed, %zu emptied, %zu replaced, "
               "%zu with UIDs\n"),
        job->series, job->files, d->removed, d->emptied, d->replaced, d->uids);
    return nw_run_put(job->run, "deidentified", report, err) && ok;
}

static bool hand_out(struct job *job, struct nw_err *err)
{
    const struct deid_args *a = job->args;
    char ending[16];
    const char *path = a->out;
    nw_path_ending(a->out, ending);
    const bool zip = strcmp(ending, "zip") == 0;
    if (zip && !nw_run_stage(job->run, a->out, &path, err))
        return false;
    job->parcel = nw_parcel_new(path, err);
    if (!job->parcel || !take_all(job, err) || !put_report(job, err)) {
        nw_parcel_abandon(job->parcel);
        return false;
    }
    if (!nw_parcel_commit(job->parcel, err))
        return false;
    const char *said =
        zip ? NULL : nw_arena_printf(&job->run->arena, err, "%s/deidentified.json", a->out);
    return zip || (said && nw_run_wrote(job->run, said, err));
}

static int deidentify(const void *void_args, struct nw_run *run, struct nw_err *err)
{
    struct deid_args mine = *(const struct deid_args *)void_args;
    const struct deid_args *a = &mine;
    struct job job = {.args = a, .run = run};
    if (!mine.dates)
        mine.dates = "none";
    if (!mine.face)
        mine.face = "auto";
    job.opts = (struct nw_deid_opts){
        .keep = kept(a), .pseudonym = a->name, .frame = take_face, .user = &job};
    if (!nw_deid_check(&job.opts, err) || !take_key(a, job.opts.key, err))
        return 1;
    if (!run->record) { /* beside what is handed out, not in it: it names the files read */
        size_t len = strlen(a->out);
        while (len > 1 && a->out[len - 1] == '/')
            len--;
        run->record = nw_arena_printf(&run->arena, err, "%.*s.step.json", (int)len, a->out);
        if (!run->record)
            return 1;
    }
    job.report = json_array();
    job.intake = nw_intake_new(a->path, NULL, err);
    if (job.intake && nw_intake_patient_count(job.intake) > 1)
        nw_fail(err, NW_ERR_CONFLICT,
                "the folder holds scans of %zu patients; separate them first",
                nw_intake_patient_count(job.intake));
    const bool ok = job.intake && err->code == NW_OK && hand_out(&job, err);
    nw_intake_free(job.intake);
    json_decref(job.report);
    nw_wipe(job.opts.key, sizeof job.opts.key);
    return ok ? 0 : 1;
}

static const struct nw_arg deid_args[] = {
    NW_INPUT(struct deid_args, path, "scan", "DICOM 文件、目录或压缩包",
             "DICOM file, folder or archive"),
    NW_OUTPUT(struct deid_args, out, 'o', "output", true, "输出：新目录，或 .zip",
              "what to write: a new folder, or a .zip"),
    NW_TEXT(struct deid_args, series, "series", "只导出 `nuwa info` 列出的这一序列",
            "only this series, by its number in `nuwa info`"),
    NW_TEXT(struct deid_args, name, "name", "患者的化名（默认由密钥生成）",
            "what the patient is called from now on (default: made from the key)"),
    NW_TEXT(struct deid_args, key, "key", "密钥文件：同一密钥得到同样的 UID、日期和化名",
            "file with a key: the same key gives the same UIDs, dates and names again"),
    NW_CHOICE(struct deid_args, dates, "dates", date_words,
              "日期：none 删除，shifted 一致平移，full 保留",
              "dates: none of them, all shifted alike, or in full"),
    NW_CHOICE(struct deid_args, face, "face", face_words,
              "面部：auto 头部扫描去除面部，deface 去除（保留骨），deface-all 连骨去除，"
              "refuse 不导出，none 没有面部",
              "faces: auto takes those of heads off, deface (bone stays), deface-all (bone "
              "goes too), refuse leaves such series out, none: there is none"),
    NW_FLAG(struct deid_args, traits, "keep-traits", "保留年龄、性别、身高、体重等",
            "age, sex, size, weight and the like stay"),
    NW_FLAG(struct deid_args, device, "keep-device", "保留设备标识", "device identity stays"),
    NW_FLAG(struct deid_args, institution, "keep-institution", "保留机构标识",
            "institution identity stays"),
    NW_FLAG(struct deid_args, uids, "keep-uids", "保留 UID", "UIDs stay"),
    NW_FLAG(struct deid_args, descriptions, "keep-descriptions", "描述中保留部位和技术用语",
            "descriptions keep the words for parts and technique"),
    NW_FLAG(struct deid_args, private_elements, "keep-private", "保留已知安全的私有元素",
            "private elements known to be safe stay"),
    {.kind = NW_ARG_END},
};

const struct nw_command nw_cmd_deidentify = {
    .name = "deidentify",
    .zh = "去除 DICOM 影像中的身份信息和面部",
    .en = "Take identity and faces out of DICOM images",
    .args = deid_args,
    .args_size = sizeof(struct deid_args),
    .run = deidentify,
};
