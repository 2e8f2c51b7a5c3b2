/* io/intake.c -- whatever was handed over, as a list of what can be read: see io.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "core/text.h"
#include "io/charset_priv.h"
#include "io/file.h"
#include "io/series_priv.h"
#include "io/volume_priv.h"

struct nw_intake {
    struct nw_entries entries;
    struct nw_grouping grouping;
    size_t other_files;
};

/* ---- series of DICOM images ---- */

static bool tell_what_split(struct nw_grouping *g, struct nw_series *s, struct nw_err *err)
{
    static const struct {
        const char *zh, *en;
    } names[NW_KEY_COUNT] = {{"堆栈", "stack"},
                             {"图像类型", "image type"},
                             {"时相", "temporal position"},
                             {"回波时间", "echo time"},
                             {"重建核", "kernel"},
                             {"b 值", "b value"},
                             {"触发时间", "trigger time"},
                             {"采集号", "acquisition number"},
                             {"序列描述", "description"},
                             {"采集时间", "acquisition time"}};
    char zh[240], en[240];
    if (!s->split_value)
        return true;
    (void)snprintf(zh, sizeof zh, "同一序列号下有多组图像，按%s分开：%.100s",
                   names[s->split_by].zh, s->split_value);
    (void)snprintf(en, sizeof en, "one series held several sets, told apart by %s: %.100s",
                   names[s->split_by].en, s->split_value);
    return nw_series_remark(g, s, NW_NOTE, "series-split", zh, en, err);
}

static bool tell_facts(struct nw_grouping *g, struct nw_series *s, struct nw_err *err)
{
    const struct nw_dicom *h = s->slice[0].header;
    if (h->facts.lossy &&
        !nw_series_remark(g, s, NW_WARNING, "lossy", "图像曾经有损压缩",
                          "the images were compressed with loss at some time", err))
        return false;
    if (h->charset_guessed &&
        !nw_series_remark(g, s, NW_WARNING, "charset-guessed",
                          "声明的字符集与文字不符，已推断；可用 --charset 指定",
                          "texts do not fit the declared character set; another was assumed "
                          "(--charset names one)",
                          err))
        return false;
    if (strcmp(h->facts.modality, "CT") == 0 && !h->has_rescale)
        return nw_series_remark(g, s, NW_WARNING, "no-rescale", "CT 没有换算参数，数值不是 HU",
                                "a CT without rescale values: its numbers are not HU", err);
    return tell_what_split(g, s, err);
}

static double score(const struct nw_series *s)
{
    const struct nw_found *f = &s->found;
    const char *type = f->facts.image_type;
    double points = strcmp(f->facts.modality, "CT") == 0   ? 1000
                    : strcmp(f->facts.modality, "MR") == 0 ? 500
                                                           : 400;
    if (strstr(type, "ORIGINAL"))
        points += 200;
    if (strstr(type, "PRIMARY"))
        points += 50;
    if (strstr(type, "AXIAL"))
        points += 100;
    const nw_vec3 step = nw_grid_spacing(&f->grid);
    const double extent_mm = step.z * (double)f->grid.dim[2];
    return points + fmin(150, (double)f->grid.dim[2] / 4) + fmin(100, extent_mm / 8) -
           fmin(100, 20 * step.z);
}

static bool look_at_series(struct nw_intake *in, struct nw_series *s, struct nw_err *err)
{
    struct nw_grouping *g = &in->grouping;
    struct nw_found *f = &s->found;
    f->facts = s->slice[0].header->facts;
    f->file_count = s->file_count;
    f->slice_count = s->slice_count;
    if (!nw_series_judge(g, s, err) || (!f->en[0] && !tell_facts(g, s, err)))
        return false;
    if (!f->en[0] && !nw_series_drop_doubles(g, s, &in->entries, err))
        return false;
    if (!f->en[0] && !nw_series_measure(g, s, err))
        return false;
    if (f->usable && !nw_series_find_mask(g, s, &in->entries, err))
        return false;
    if (isnan(f->facts.tilt_deg) && s->shape.is_tilted)
        f->facts.tilt_deg = s->shape.tilt_deg;
    if (f->usable)
        f->score = score(s);
    return true;
}

/* A reformat is left out for the sake of its source; alone, it is what there is. */
static bool judge_reformats(struct nw_intake *in, struct nw_err *err)
{
    struct nw_grouping *g = &in->grouping;
    for (size_t i = 0; i < g->series_count; i++) {
        struct nw_series *s = &g->series[i];
        if (!s->is_reformat || !s->found.usable)
            continue;
        bool has_source = false;
        for (size_t k = 0; k < g->series_count && !has_source; k++) {
            const struct nw_series *o = &g->series[k];
            has_source = o->found.usable && !o->is_reformat &&
                         strcmp(o->found.facts.study_uid, s->found.facts.study_uid) == 0 &&
                         strcmp(o->found.facts.modality, s->found.facts.modality) == 0;
        }
        if (has_source ? !nw_series_leave_out(g, s, "是由另一序列重组的图像（MPR）",
                                              "a reformat of another series that is here", err)
                       : !nw_series_remark(g, s, NW_WARNING, "reformat",
                                           "是重组图像（MPR），不是原始断层",
                                           "a reformat, not the original slices", err))
            return false;
        s->found.score -= 300;
    }
    return true;
}

/* ---- everything else that was found ---- */

static struct nw_series *add_found(struct nw_intake *in, const char *format, struct nw_err *err)
{
    struct nw_grouping *g = &in->grouping;
    if (!nw_grow(&g->series, &g->series_room, g->series_count + 1, sizeof *g->series, err))
        return NULL;
    struct nw_series *s = &g->series[g->series_count++];
    struct nw_scan blank;
    nw_scan_init(&blank);
    *s = (struct nw_series){.volume_entry = SIZE_MAX};
    s->found.facts = blank.facts;
    s->found.facts.format = format;
    s->found.zh = s->found.en = "";
    s->found.file_count = 1;
    return s;
}

static bool add_volume(struct nw_intake *in, size_t entry, struct nw_err *err)
{
    const struct nw_entry *e = &in->entries.item[entry];
    struct nw_series *s = add_found(in, e->format, err);
    if (!s)
        return false;
    s->volume_entry = entry;
    s->found.usable = true;
    s->found.grid = e->grid;
    s->found.slice_count = e->grid.dim[2];
    s->found.score = score(s);
    return true;
}

/* One line for all files left out for one reason. */
static bool add_left_out(struct nw_intake *in, const char *format, const char *zh,
                         const char *en, struct nw_err *err)
{
    struct nw_grouping *g = &in->grouping;
    for (size_t i = 0; i < g->series_count; i++)
        if (!g->series[i].slice && g->series[i].volume_entry == SIZE_MAX &&
            strcmp(g->series[i].found.en, en) == 0) {
            g->series[i].found.file_count++;
            return true;
        }
    struct nw_series *s = add_found(in, format, err);
    return s && nw_series_leave_out(g, s, zh, en, err);
}

static bool add_object(struct nw_intake *in, const struct nw_dicom *h, struct nw_err *err)
{
    char zh[200], en[200];
    const char *name = h->class_name[0] ? h->class_name : "an unknown kind of object";
    (void)snprintf(zh, sizeof zh, "不含图像的 DICOM 对象：%.120s", name);
    (void)snprintf(en, sizeof en, "a DICOM object without images: %.120s", name);
    return add_left_out(in, "DICOM", zh, en, err);
}

static bool add_entry(struct nw_intake *in, size_t i, struct nw_err *err)
{
    const struct nw_entry *e = &in->entries.item[i];
    switch (e->kind) {
    case NW_ENTRY_OTHER:
        in->other_files++;
        return true;
    case NW_ENTRY_VOLUME:
        return add_volume(in, i, err);
    case NW_ENTRY_BROKEN:
        return add_left_out(in, "", e->why, e->why, err);
    case NW_ENTRY_ARCHIVE:
        return true;
    case NW_ENTRY_DICOM:
        if (e->header.kind == NW_DICOM_OTHER)
            return add_object(in, &e->header, err);
        return true;
    }
    NW_UNREACHABLE();
}

static bool tell_dangling(struct nw_intake *in, struct nw_err *err)
{
    const size_t dangling = in->entries.dangling;
    if (!in->entries.from_directory || dangling == 0)
        return true;
    char zh[160], en[160];
    (void)snprintf(zh, sizeof zh, "DICOMDIR 中有 %zu 个文件不存在（共 %zu 个）", dangling,
                   in->entries.named);
    (void)snprintf(en, sizeof en, "%zu of the %zu files that the DICOMDIR names are not there",
                   dangling, in->entries.named);
    return add_left_out(in, "DICOMDIR", zh, en, err);
}

/* ---- the order they are shown in ---- */

static int by_text_number(const char *a, const char *b)
{
    double x = 0, y = 0;
    (void)nw_number_parse(a, &x); /* what is no number counts as 0 */
    (void)nw_number_parse(b, &y);
    return (x > y) - (x < y);
}

static int in_order(const void *a, const void *b)
{
    const struct nw_series *p = a, *q = b;
    int c = (int)q->found.usable - (int)p->found.usable;
    if (c == 0)
        c = (q->slice != NULL) - (p->slice != NULL);
    if (c == 0)
        c = strcmp(p->found.facts.study_date, q->found.facts.study_date);
    if (c == 0)
        c = strcmp(p->found.facts.study_uid, q->found.facts.study_uid);
    if (c == 0)
        c = by_text_number(p->found.facts.series_number, q->found.facts.series_number);
    if (c == 0)
        c = strcmp(p->found.facts.series_uid, q->found.facts.series_uid);
    if (c == 0)
        c = (p->volume_entry > q->volume_entry) - (p->volume_entry < q->volume_entry);
    if (c == 0 && p->slice && q->slice)
        c = (p->slice > q->slice) - (p->slice < q->slice); /* one block: the grouping's order */
    return c ? c : strcmp(p->found.en, q->found.en);
}

static bool nothing_found(const struct nw_intake *in, struct nw_err *err)
{
    if (in->entries.from_directory)
        return nw_fail(err, NW_ERR_DATA, "the DICOMDIR names no scan that is there");
    if (in->entries.count == 0)
        return nw_fail(err, NW_ERR_DATA, "the folder is empty: there is no scan in it");
    if (in->entries.count == 1)
        return nw_fail(err, NW_ERR_DATA,
                       "the file is no scan: DICOM, NIfTI, NRRD, MetaImage, or an archive of "
                       "them are");
    return nw_fail(err, NW_ERR_DATA,
                   "none of the %zu files is a scan (DICOM, NIfTI, NRRD or MetaImage)",
                   in->other_files);
}

static bool take_in(struct nw_intake *in, const char *path, const struct nw_intake_opts *opts,
                    struct nw_err *err)
{
    if (!nw_entries_find(&in->entries, path, opts ? opts->charset : NULL, err) ||
        !nw_series_group(&in->grouping, &in->entries, err))
        return false;
    for (size_t i = 0; i < in->grouping.series_count; i++)
        if (!look_at_series(in, &in->grouping.series[i], err))
            return false;
    if (!judge_reformats(in, err))
        return false;
    for (size_t i = 0; i < in->entries.count; i++)
        if (!add_entry(in, i, err))
            return false;
    if (!tell_dangling(in, err))
        return false;
    if (in->grouping.series_count == 0)
        return nothing_found(in, err);
    qsort(in->grouping.series, in->grouping.series_count, sizeof *in->grouping.series,
          in_order);
    return true;
}

struct nw_intake *nw_intake_new(const char *path, const struct nw_intake_opts *opts,
                                struct nw_err *err)
{
    if (opts && opts->charset && !nw_charset_is_known(opts->charset)) {
        nw_fail(err, NW_ERR_ARGUMENT,
                "the character set %.40s is not known; GB18030, GBK, \"ISO_IR 192\" are among "
                "those that are",
                opts->charset);
        return NULL;
    }
    struct nw_intake *in = nw_dicom_start(err) ? NW_ALLOC(struct nw_intake, 1, err) : NULL;
    if (in && !take_in(in, path, opts, err)) {
        nw_intake_free(in);
        return NULL;
    }
    return in;
}

void nw_intake_free(struct nw_intake *in)
{
    if (!in)
        return;
    nw_grouping_release(&in->grouping);
    nw_entries_release(&in->entries);
    nw_free(in);
}

size_t nw_intake_count(const struct nw_intake *in)
{
    return in->grouping.series_count;
}

const struct nw_found *nw_intake_at(const struct nw_intake *in, size_t index)
{
    return &in->grouping.series[index].found;
}

size_t nw_intake_other_files(const struct nw_intake *in)
{
    return in->other_files;
}

static bool is_same_patient(const struct nw_scan_facts *a, const struct nw_scan_facts *b)
{
    return strcmp(a->patient_id, b->patient_id) == 0 &&
           strcmp(a->patient_name, b->patient_name) == 0 &&
           strcmp(a->patient_birth_date, b->patient_birth_date) == 0;
}

size_t nw_intake_patient_count(const struct nw_intake *in)
{
    const struct nw_grouping *g = &in->grouping;
    size_t count = 0;
    for (size_t i = 0; i < g->series_count; i++) {
        bool is_new = g->series[i].found.usable && g->series[i].slice;
        for (size_t k = 0; k < i && is_new; k++)
            is_new = !(g->series[k].found.usable && g->series[k].slice &&
                       is_same_patient(&g->series[k].found.facts, &g->series[i].found.facts));
        count += is_new;
    }
    return count;
}

/* ---- reading ---- */

static bool own_text(struct nw_scan *scan, const char **text, struct nw_err *err)
{
    const char *own = nw_arena_text(&scan->arena, *text, err);
    if (own)
        *text = own;
    return own != NULL;
}

static bool own_facts(struct nw_scan *scan, const struct nw_scan_facts *facts,
                      struct nw_err *err)
{
    struct nw_scan_facts f = *facts;
    const char **const texts[] = {
        &f.format,           &f.modality,
        &f.patient_name,     &f.patient_id,
        &f.patient_sex,      &f.patient_birth_date,
        &f.study_uid,        &f.series_uid,
        &f.frame_uid,        &f.study_date,
        &f.study_time,       &f.study_id,
        &f.accession_number, &f.study_description,
        &f.series_number,    &f.series_description,
        &f.body_part,        &f.protocol,
        &f.manufacturer,     &f.model,
        &f.software,         &f.kernel,
        &f.acquisition_type, &f.contrast_agent,
        &f.acquisition_date, &f.acquisition_time,
        &f.patient_position, &f.image_type,
        &f.sequence,         &f.sop_class_uid,
        &f.transfer_syntax,  &f.charset,
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!own_text(scan, texts[i], err))
            return false;
    scan->facts = f;
    return true;
}

static int by_source_name(const void *a, const void *b)
{
    return strcmp(((const struct nw_source *)a)->name, ((const struct nw_source *)b)->name);
}

static int by_digest(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(nw_digest));
}

static bool digest_sources(struct nw_scan *scan, struct nw_err *err)
{
    NW_AUTOFREE nw_digest *list = NW_ALLOC(nw_digest, scan->source_count, err);
    if (!list)
        return false;
    for (size_t i = 0; i < scan->source_count; i++)
        list[i] = scan->source[i].sha256;
    qsort(list, scan->source_count, sizeof *list, by_digest);
    return nw_hash_bytes(list, scan->source_count * sizeof *list, &scan->sources_sha256, err);
}

static bool add_source(struct nw_scan *scan, const struct nw_entry *e, struct nw_err *err)
{
    const char *name = nw_arena_text(&scan->arena, e->name, err);
    if (!name)
        return false;
    scan->source[scan->source_count++] =
        (struct nw_source){.name = name, .bytes = e->bytes, .sha256 = e->sha256};
    return true;
}

static bool list_sources(const struct nw_intake *in, const struct nw_series *s,
                         struct nw_scan *scan, struct nw_err *err)
{
    const size_t most = s->slice ? s->slice_count : 1;
    NW_AUTOFREE uint8_t *seen = NW_ALLOC(uint8_t, in->entries.count, err);
    scan->source = seen ? nw_arena_alloc(&scan->arena, most * sizeof *scan->source, err) : NULL;
    if (!scan->source)
        return false;
    scan->source_count = 0;
    for (size_t i = 0; i < most; i++) {
        const size_t entry = s->slice ? s->slice[i].entry : s->volume_entry;
        if (seen[entry] || (s->slice && s->slice[i].doubled))
            continue;
        seen[entry] = 1;
        if (!add_source(scan, &in->entries.item[entry], err))
            return false;
    }
    qsort(scan->source, scan->source_count, sizeof *scan->source, by_source_name);
    return digest_sources(scan, err);
}

static bool read_volume_file(struct nw_intake *in, size_t entry, struct nw_scan *out,
                             struct nw_err *err)
{
    struct nw_entry *e = &in->entries.item[entry];
    if (e->member == SIZE_MAX) {
        uint64_t bytes;
        return nw_volume_file_read(e->path, NULL, 0, out, err) &&
               nw_hash_file(e->path, &e->sha256, &bytes, err);
    }
    struct nw_loader loader = {0};
    size_t len = 0;
    NW_AUTOFREE uint8_t *data = nw_loader_take(&loader, e, &len, err);
    nw_loader_release(&loader);
    return data && nw_hash_bytes(data, len, &e->sha256, err) &&
           nw_volume_file_read(NULL, data, len, out, err);
}

bool nw_intake_read(struct nw_intake *in, size_t index, const struct nw_read_opts *opts,
                    struct nw_scan *out, struct nw_err *err)
{
    static const struct nw_read_opts plain = {0};
    const struct nw_series *s = &in->grouping.series[index];
    if (!opts)
        opts = &plain;
    const bool lifted =
        s->slice && s->shape.trouble == NW_SHAPE_UNEQUAL && opts->resample_unequal;
    if (!s->found.usable && !lifted)
        return nw_fail(err, NW_ERR_UNSUPPORTED, "%s", nw_either(s->found.zh, s->found.en));
    const bool ok = s->slice ? nw_series_read(s, &in->entries, opts, out, err) &&
                                   own_facts(out, &s->found.facts, err)
                             : read_volume_file(in, s->volume_entry, out, err);
    if (ok && list_sources(in, s, out, err))
        return true;
    nw_scan_release(out);
    return false;
}

/* ---- the files themselves ---- */

static bool give_entry(struct nw_intake *in, size_t entry, struct nw_loader *loader,
                       nw_intake_take *take, void *user, size_t number, struct nw_err *err)
{
    const struct nw_entry *e = &in->entries.item[entry];
    if (e->kept)
        return take(user, number, e->kept, (size_t)e->bytes, err);
    size_t len = 0;
    NW_AUTOFREE uint8_t *data = nw_loader_take(loader, e, &len, err);
    return data && take(user, number, data, len, err);
}

bool nw_intake_each_file(struct nw_intake *in, size_t index, nw_intake_take *take, void *user,
                         struct nw_err *err)
{
    const struct nw_series *s = &in->grouping.series[index];
    if (!s->slice)
        return nw_fail(err, NW_ERR_UNSUPPORTED, "it is no DICOM series");
    NW_AUTOFREE uint8_t *mine = NW_ALLOC(uint8_t, in->entries.count, err);
    struct nw_loader loader = {0};
    size_t number = 0;
    bool ok = mine != NULL;
    for (size_t i = 0; ok && i < s->slice_count; i++)
        mine[s->slice[i].entry] |= !s->slice[i].doubled;
    for (size_t entry = 0; ok && entry < in->entries.count; entry++) /* as archives are read */
        if (mine[entry])
            ok = (nw_progress(number, s->slice_count) || nw_fail_cancelled(err)) &&
                 give_entry(in, entry, &loader, take, user, number++, err);
    nw_loader_release(&loader);
    return ok;
}
