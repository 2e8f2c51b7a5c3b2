/* io/series_judge.c -- what is no scan to measure on, and why: see series_priv.h. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "io/series_priv.h"

/* SOP classes that hold slices in space. */
static const char *const sliced[] = {
    "1.2.840.10008.5.1.4.1.1.2",      "1.2.840.10008.5.1.4.1.1.2.1",
    "1.2.840.10008.5.1.4.1.1.2.2",    "1.2.840.10008.5.1.4.1.1.4",
    "1.2.840.10008.5.1.4.1.1.4.1",    "1.2.840.10008.5.1.4.1.1.4.4",
    "1.2.840.10008.5.1.4.1.1.128",    "1.2.840.10008.5.1.4.1.1.130",
    "1.2.840.10008.5.1.4.1.1.128.1",  "1.2.840.10008.5.1.4.1.1.13.1.1",
    "1.2.840.10008.5.1.4.1.1.13.1.2", "1.2.840.10008.5.1.4.1.1.13.1.3",
};

/* What other classes are, for people. Longest first where one begins another. */
static const struct {
    const char *uid, *zh, *en;
} others[] = {
    {"1.2.840.10008.5.1.4.1.1.66.4", "是分割结果，不是扫描", "a segmentation, not a scan"},
    {"1.2.840.10008.5.1.4.1.1.7", "是屏幕截图（二次采集），不是扫描",
     "a secondary capture (a picture of a screen), not a scan"},
    {"1.2.840.10008.5.1.4.1.1.481", "是放疗对象，不是扫描",
     "a radiotherapy object, not a scan"},
    {"1.2.840.10008.5.1.4.1.1.1", "是平片（投影），不是断层扫描",
     "a projection radiograph, not a sliced scan"},
    {"1.2.840.10008.5.1.4.1.1.12", "是血管造影投影，不是断层扫描",
     "a projection angiogram, not a sliced scan"},
    {"1.2.840.10008.5.1.4.1.1.6", "是超声图像，不是断层扫描",
     "an ultrasound picture, not a sliced scan"},
    {"1.2.840.10008.5.1.4.1.1.3", "是超声图像，不是断层扫描",
     "an ultrasound picture, not a sliced scan"},
    {"1.2.840.10008.5.1.4.1.1.20", "是核医学图像，不是断层扫描",
     "a nuclear medicine picture, not a sliced scan"},
};

bool nw_series_leave_out(struct nw_grouping *g, struct nw_series *s, const char *zh,
                         const char *en, struct nw_err *err)
{
    if (s->found.en[0])
        return true;
    const char *own_zh = nw_arena_text(&g->arena, zh, err);
    const char *own_en = own_zh ? nw_arena_text(&g->arena, en, err) : NULL;
    if (!own_en)
        return false;
    s->found.usable = false;
    s->found.zh = own_zh;
    s->found.en = own_en;
    return true;
}

static bool has(const char *text, const char *word)
{
    return strcasestr(text, word) != NULL;
}

static bool is_sliced(const struct nw_dicom *h)
{
    for (size_t i = 0; i < sizeof sliced / sizeof *sliced; i++)
        if (strcmp(h->facts.sop_class_uid, sliced[i]) == 0)
            return true;
    return h->facts.sop_class_uid[0] == '\0'; /* judged by its geometry */
}

static bool judge_class(struct nw_grouping *g, struct nw_series *s, const struct nw_dicom *h,
                        struct nw_err *err)
{
    if (is_sliced(h))
        return true;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strncmp(h->facts.sop_class_uid, others[i].uid, strlen(others[i].uid)) == 0)
            return nw_series_leave_out(g, s, others[i].zh, others[i].en, err);
    char zh[160], en[160];
    (void)snprintf(zh, sizeof zh, "不是断层扫描，而是 %.100s",
                   h->class_name[0] ? h->class_name : "未知类型");
    (void)snprintf(en, sizeof en, "not a sliced scan but: %.100s",
                   h->class_name[0] ? h->class_name : "an unknown kind of object");
    return nw_series_leave_out(g, s, zh, en, err);
}

/* A scout is announced by its image type; MR's only by its name. */
static bool is_scout(const struct nw_dicom *h)
{
    const char *type = h->facts.image_type, *name = h->facts.series_description;
    if (has(type, "LOCALIZER") || has(type, "SCOUT") || has(type, "TOPOGRAM"))
        return true;
    return strcmp(h->facts.modality, "MR") == 0 &&
           (has(name, "localizer") || has(name, "localiser") || has(name, "scout") ||
            has(name, "survey"));
}

static bool is_projection(const struct nw_dicom *h)
{
    static const char *const words[] = {
        "MIP", "MINIP", "PROJECTION IMAGE", "VOLUME_RENDER", "VOLUME RENDER",
        "VRT", "SSD",   "3D_RENDER",        "CURVED",        "SCREEN SAVE"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (has(h->facts.image_type, words[i]))
            return true;
    return false;
}

static bool is_named_mask(const struct nw_dicom *h)
{
    const char *name = h->facts.series_description;
    return has(h->facts.image_type, "DERIVED") &&
           (has(name, "segmentation") || has(name, "labelmap") || has(name, "label map") ||
            has(name, "mask"));
}

static bool judge_words(struct nw_grouping *g, struct nw_series *s, const struct nw_dicom *h,
                        struct nw_err *err)
{
    if (h->samples != 1)
        return nw_series_leave_out(g, s, "是彩色图片，不是扫描", "a colour picture, not a scan",
                                   err);
    if (is_scout(h))
        return nw_series_leave_out(g, s, "是定位像", "a scout (localiser)", err);
    if (is_projection(h))
        return nw_series_leave_out(g, s, "是由扫描算出的投影或渲染图",
                                   "a projection or rendering made from a scan", err);
    if (is_named_mask(h))
        return nw_series_leave_out(g, s, "名为 CT/MR，实为分割结果",
                                   "a segmentation stored as if it were a scan", err);
    if (h->conversion[0])
        return nw_series_leave_out(g, s, "是屏幕截图（二次采集），不是扫描",
                                   "a secondary capture (a picture of a screen), not a scan",
                                   err);
    return true;
}

static bool judge_pixels(struct nw_grouping *g, struct nw_series *s, const struct nw_dicom *h,
                         struct nw_err *err)
{
    char name[128], zh[320], en[320];
    if (!nw_dicom_syntax_is_read(h->facts.transfer_syntax)) {
        nw_dicom_syntax_name(h->facts.transfer_syntax, name);
        (void)snprintf(zh, sizeof zh, "不支持传输语法 %s", name);
        (void)snprintf(en, sizeof en, "transfer syntax %s is not supported", name);
        return nw_series_leave_out(g, s, zh, en, err);
    }
    if (h->has_modality_lut)
        return nw_series_leave_out(g, s, "像素值经查找表（Modality LUT）变换，不支持",
                                   "its values go through a modality lookup table, which is "
                                   "not supported",
                                   err);
    if ((h->bits_allocated != 8 && h->bits_allocated != 16 && h->bits_allocated != 32) ||
        h->bits_stored < 1 || h->bits_stored > h->bits_allocated ||
        h->high_bit >= h->bits_allocated || h->high_bit + 1 < h->bits_stored) {
        (void)snprintf(zh, sizeof zh, "%u 位像素存于 %u 位，最高位 %u，无法读取",
                       h->bits_stored, h->bits_allocated, h->high_bit);
        (void)snprintf(en, sizeof en, "%u bits stored in %u up to bit %u cannot be read",
                       h->bits_stored, h->bits_allocated, h->high_bit);
        return nw_series_leave_out(g, s, zh, en, err);
    }
    return true;
}

/* Native pixel data say in the header how long they are, and the file how long it is. */
static bool judge_lengths(struct nw_grouping *g, struct nw_series *s, struct nw_err *err)
{
    for (size_t i = 0; i < s->slice_count && !s->found.en[0]; i++) {
        const struct nw_dicom *h = s->slice[i].header;
        const uint64_t need =
            (uint64_t)h->rows * h->cols * (h->bits_allocated / 8) * h->frame_count;
        if (h->is_encapsulated || h->pixels_len >= need)
            continue;
        char zh[160], en[160];
        (void)snprintf(zh, sizeof zh, "第 %zu 幅图像被截断：像素数据只有 %llu 字节，应为 %llu",
                       s->slice[i].number, (unsigned long long)h->pixels_len,
                       (unsigned long long)need);
        (void)snprintf(en, sizeof en, "image %zu is cut off: %llu of %llu bytes of pixels",
                       s->slice[i].number, (unsigned long long)h->pixels_len,
                       (unsigned long long)need);
        if (!nw_series_leave_out(g, s, zh, en, err))
            return false;
    }
    return true;
}

static bool judge_place(struct nw_grouping *g, struct nw_series *s,
                        const struct nw_dicom_plane *p, struct nw_err *err)
{
    if (!p->has_position || !p->has_axes)
        return nw_series_leave_out(g, s, "没有空间位置或方向信息",
                                   "it does not say where its slices lie", err);
    if (!(nw_length(nw_cross(p->row, p->col)) > 0.9))
        return nw_series_leave_out(g, s, "图像方向不是两个互相垂直的单位向量",
                                   "its row and column directions are not at right angles",
                                   err);
    if (!p->has_spacing)
        return nw_series_leave_out(g, s, "没有像素间距（或不是数字）",
                                   "its pixel spacing is missing or no number", err);
    if (!(p->row_step_mm > 0) || !(p->col_step_mm > 0))
        return nw_series_leave_out(g, s, "像素间距不是正数",
                                   "its pixel spacing is not above 0 mm", err);
    if (s->slice_count < 2)
        return nw_series_leave_out(g, s, "只有 1 层；至少需要 2 层（请指定整个文件夹）",
                                   "only 1 slice; a volume needs at least 2 (name the whole "
                                   "folder)",
                                   err);
    return true;
}

bool nw_series_judge(struct nw_grouping *g, struct nw_series *s, struct nw_err *err)
{
    const struct nw_dicom *h = s->slice[0].header;
    const char *type = h->facts.image_type;
    s->is_reformat = has(type, "DERIVED") && (has(type, "MPR") || has(type, "REFORMATTED") ||
                                              has(type, "RESAMPLED") || has(type, "AVERAGE"));
    return judge_class(g, s, h, err) && judge_words(g, s, h, err) &&
           judge_place(g, s, s->slice[0].plane, err) && judge_pixels(g, s, h, err) &&
           judge_lengths(g, s, err);
}
