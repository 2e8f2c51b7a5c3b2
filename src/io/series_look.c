/* io/series_look.c -- pixels looked into before reading: see series_priv.h. */
#include <stdio.h>
#include <string.h>

#include "io/series_priv.h"

/* ---- slices that are there twice ---- */

static bool digest_sink(void *user, const struct nw_slice_job *job, const int32_t *stored,
                        struct nw_err *err)
{
    nw_digest *digest = user;
    const struct nw_dicom *h = job->slice->header;
    return nw_hash_bytes(stored, (size_t)h->rows * h->cols * sizeof *stored,
                         &digest[job->plane], err);
}

static bool is_same_image(const struct nw_series *s, const nw_digest *digest, size_t a,
                          size_t b)
{
    const struct nw_dicom_plane *p = s->slice[a].plane, *q = s->slice[b].plane;
    return memcmp(&digest[a], &digest[b], sizeof *digest) == 0 &&
           memcmp(&p->slope, &q->slope, sizeof p->slope) == 0 &&
           memcmp(&p->intercept, &q->intercept, sizeof p->intercept) == 0;
}

/* The images of doubled places, and the first of each place. */
static size_t list_doubles(const struct nw_series *s, struct nw_slice_job *job)
{
    size_t count = 0, last = SIZE_MAX;
    for (size_t i = nw_series_next_double(s, 1); i < s->slice_count;
         i = nw_series_next_double(s, i + 1)) {
        if (last == SIZE_MAX || last != i - 1)
            job[count++] = (struct nw_slice_job){&s->slice[i - 1], i - 1};
        job[count++] = (struct nw_slice_job){&s->slice[i], i};
        last = i;
    }
    return count;
}

static bool judge_doubles(struct nw_grouping *g, struct nw_series *s, const nw_digest *digest,
                          struct nw_err *err)
{
    size_t dropped = 0, kept = 0;
    char zh[200], en[200];
    for (size_t i = nw_series_next_double(s, 1); i < s->slice_count;
         i = nw_series_next_double(s, i + 1)) {
        kept = s->slice[i - 1].doubled ? kept : i - 1;
        if (!is_same_image(s, digest, kept, i)) {
            (void)snprintf(zh, sizeof zh, "同一位置有两幅不同的图像：第 %zu 与第 %zu 幅",
                           s->slice[kept].number, s->slice[i].number);
            (void)snprintf(en, sizeof en, "two different images lie at one place: %zu and %zu",
                           s->slice[kept].number, s->slice[i].number);
            return nw_series_leave_out(g, s, zh, en, err);
        }
        s->slice[i].doubled = true;
        dropped++;
    }
    (void)snprintf(zh, sizeof zh, "有 %zu 幅图像完全重复，各只读一次", dropped);
    (void)snprintf(en, sizeof en,
                   "%zu image%s there twice, the same to the last bit; read once", dropped,
                   dropped > 1 ? "s are" : " is");
    return nw_series_remark(g, s, NW_NOTE, "doubled-slices", zh, en, err);
}

bool nw_series_drop_doubles(struct nw_grouping *g, struct nw_series *s,
                            struct nw_entries *entries, struct nw_err *err)
{
    if (nw_series_next_double(s, 1) >= s->slice_count)
        return true;
    NW_AUTOFREE struct nw_slice_job *job = NW_ALLOC(struct nw_slice_job, s->slice_count, err);
    NW_AUTOFREE nw_digest *digest = job ? NW_ALLOC(nw_digest, s->slice_count, err) : NULL;
    if (!digest)
        return false;
    const size_t count = list_doubles(s, job);
    bool rubbish = false;
    if (nw_slices_decode(entries, job, count, digest_sink, digest, &rubbish, err))
        return judge_doubles(g, s, digest, err);
    if (err->code == NW_ERR_MEMORY || err->code == NW_ERR_CANCELLED)
        return false;
    const struct nw_err why = *err;
    *err = (struct nw_err){0};
    return nw_series_leave_out(g, s, why.msg, why.msg, err);
}

/* ---- masks that say they are CT ---- */

enum { SAMPLES = 3, LABEL_MAX = 255 };

struct range {
    int32_t min, max;
};

static bool range_sink(void *user, const struct nw_slice_job *job, const int32_t *stored,
                       struct nw_err *err)
{
    (void)err;
    struct range r = {stored[0], stored[0]};
    const size_t count = (size_t)job->slice->header->rows * job->slice->header->cols;
    for (size_t i = 1; i < count; i++) {
        r.min = stored[i] < r.min ? stored[i] : r.min;
        r.max = stored[i] > r.max ? stored[i] : r.max;
    }
    ((struct range *)user)[job->plane] = r;
    return true;
}

/*
 * A scan of a body in HU has air below -900 and tissue around 0; labels are small numbers from
 * 0 up, stored or rescaled. Three slices tell.
 */
bool nw_series_find_mask(struct nw_grouping *g, struct nw_series *s, struct nw_entries *entries,
                         struct nw_err *err)
{
    struct nw_slice_job job[SAMPLES];
    struct range range[SAMPLES];
    const struct nw_dicom_plane *p = s->slice[0].plane;
    if (strcmp(s->slice[0].header->facts.modality, "CT") != 0 || p->slope < 1 || p->slope > 1)
        return true;
    for (size_t i = 0; i < SAMPLES; i++)
        job[i] = (struct nw_slice_job){&s->slice[(i + 1) * s->slice_count / (SAMPLES + 1)], i};
    bool rubbish = false;
    if (!nw_slices_decode(entries, job, SAMPLES, range_sink, range, &rubbish, err)) {
        if (err->code == NW_ERR_MEMORY || err->code == NW_ERR_CANCELLED)
            return false;
        const struct nw_err why = *err;
        *err = (struct nw_err){0};
        return nw_series_leave_out(g, s, why.msg, why.msg, err);
    }
    struct range all = range[0];
    for (size_t i = 1; i < SAMPLES; i++) {
        all.min = range[i].min < all.min ? range[i].min : all.min;
        all.max = range[i].max > all.max ? range[i].max : all.max;
    }
    const double low = all.min + p->intercept, high = all.max + p->intercept;
    if (!(all.min >= 0 && all.max <= LABEL_MAX) && !(low >= 0 && high <= LABEL_MAX))
        return true;
    char zh[160], en[160];
    (void)snprintf(zh, sizeof zh, "名为 CT，但像素值仅为 %d 至 %d,实为分割结果", all.min,
                   all.max);
    (void)snprintf(en, sizeof en,
                   "stored as CT, but its values run from %d to %d only: a segmentation",
                   all.min, all.max);
    return nw_series_leave_out(g, s, zh, en, err);
}
