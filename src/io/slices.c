/* io/slices.c -- frames decoded on all cores: see series_priv.h. */
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "io/file.h"
#include "io/series_priv.h"

enum { BATCH = 128, STRAND = 8 };
static const uint64_t FILE_MAX = (uint64_t)1 << 36, BATCH_BYTES = (uint64_t)256 << 20;

/* The jobs of one file, or a part of them. */
struct part {
    struct nw_entry *entry;
    size_t from, to;
    const uint8_t *data; /* NULL: whoever decodes it reads the file */
    size_t len;
};

/* Some parts done one after the other by one thread, with the same buffers: touching new
 * pages for each file would cost as much as decoding it. */
struct strand {
    size_t from, to; /* parts */
    bool rubbish;
};

struct batch {
    struct part part[BATCH];
    struct strand strand[BATCH];
    uint8_t *owned[BATCH];
    size_t part_count, strand_count, owned_count;
    uint64_t bytes;
};

struct scratch {
    struct nw_dicom_frames *frames;
    int32_t *stored;
    uint8_t *file;
    size_t stored_room, file_room;
};

static int by_file(const void *a, const void *b)
{
    const struct nw_slice *p = ((const struct nw_slice_job *)a)->slice,
                          *q = ((const struct nw_slice_job *)b)->slice;
    const int c = (p->entry > q->entry) - (p->entry < q->entry);
    return c ? c : (p->frame > q->frame) - (p->frame < q->frame);
}

static bool decode_frames(const struct nw_slice_job *job, size_t count, struct scratch *w,
                          const uint8_t *data, size_t len, nw_slice_sink *sink, void *user,
                          struct nw_err *err)
{
    const struct nw_dicom *h = job[0].slice->header;
    if (!nw_dicom_frames_open(w->frames, data, len, h, err))
        return nw_fail_at(err, "image %zu", job[0].slice->number);
    bool ok =
        nw_grow(&w->stored, &w->stored_room, (size_t)h->rows * h->cols, sizeof *w->stored, err);
    for (size_t i = 0; ok && i < count; i++) {
        ok = nw_dicom_frames_get(w->frames, job[i].slice->frame, w->stored, err) ||
             nw_fail_at(err, "image %zu", job[i].slice->number);
        ok = ok && sink(user, &job[i], w->stored, err);
    }
    return ok;
}

static bool run_part(const struct nw_slice_job *job, struct part *p, struct scratch *w,
                     nw_slice_sink *sink, void *user, struct nw_err *err)
{
    if (!p->data) {
        if (!nw_file_read_into(p->entry->path, FILE_MAX, &w->file, &w->file_room, &p->len,
                               err) ||
            !nw_hash_bytes(w->file, p->len, &p->entry->sha256, err))
            return false;
        p->data = w->file;
    }
    return decode_frames(job + p->from, p->to - p->from, w, p->data, p->len, sink, user, err);
}

static bool run_strand(struct batch *b, struct strand *s, const struct nw_slice_job *job,
                       nw_slice_sink *sink, void *user, struct nw_err *err)
{
    struct scratch w = {.frames = nw_dicom_frames_new(err)};
    bool ok = w.frames != NULL;
    for (size_t i = s->from; ok && i < s->to; i++)
        ok = run_part(job, &b->part[i], &w, sink, user, err);
    s->rubbish = w.frames && nw_dicom_frames_have_rubbish(w.frames);
    nw_dicom_frames_free(w.frames);
    nw_free(w.stored);
    nw_free(w.file);
    return ok;
}

static void make_strands(struct batch *b)
{
    for (size_t i = 0; i < b->part_count;) {
        size_t to = i + 1; /* a part of many frames is a strand of its own */
        while (to < b->part_count && to - i < STRAND && b->part[i].to - b->part[i].from == 1 &&
               b->part[to].to - b->part[to].from == 1)
            to++;
        b->strand[b->strand_count++] = (struct strand){.from = i, .to = to};
        i = to;
    }
}

static bool run_batch(struct batch *b, const struct nw_slice_job *job, nw_slice_sink *sink,
                      void *user, bool *rubbish, struct nw_err *err)
{
    struct nw_err errs[BATCH] = {{0}};
    make_strands(b);
    NW_PARALLEL_FOR_UNEVEN
    for (size_t i = 0; i < b->strand_count; i++)
        (void)!run_strand(b, &b->strand[i], job, sink, user, &errs[i]);
    for (size_t i = 0; i < b->owned_count; i++)
        nw_free(b->owned[i]);
    for (size_t i = 0; i < b->strand_count && err->code == NW_OK; i++) {
        *err = errs[i];
        *rubbish = *rubbish || b->strand[i].rubbish;
    }
    *b = (struct batch){0};
    return err->code == NW_OK;
}

/* A file's jobs as parts: one, or for a file of many frames one a thread. */
static bool add_file(struct batch *b, struct nw_loader *loader, struct nw_entry *entry,
                     size_t from, size_t to, struct nw_err *err)
{
    size_t parts = to - from > 1 ? (size_t)nw_threads() : 1;
    parts = parts > to - from ? to - from : parts;
    parts = parts > BATCH - b->part_count ? BATCH - b->part_count : parts;
    const uint8_t *data = NULL;
    size_t len = 0;
    if (entry->kept) {
        data = entry->kept;
        len = (size_t)entry->bytes;
        if (!nw_hash_bytes(data, len, &entry->sha256, err))
            return false;
    } else if (entry->member != SIZE_MAX || to - from > 1) {
        uint8_t *own = nw_loader_take(loader, entry, &len, err);
        if (!own)
            return false;
        b->owned[b->owned_count++] = own;
        b->bytes += len;
        data = own;
        if (!nw_hash_bytes(own, len, &entry->sha256, err))
            return false;
    }
    for (size_t p = 0; p < parts; p++)
        b->part[b->part_count++] = (struct part){.entry = entry,
                                                 .from = from + (to - from) * p / parts,
                                                 .to = from + (to - from) * (p + 1) / parts,
                                                 .data = data,
                                                 .len = len};
    return true;
}

static bool decode_all(struct nw_entries *e, struct nw_loader *loader,
                       const struct nw_slice_job *job, size_t count, nw_slice_sink *sink,
                       void *user, bool *rubbish, struct nw_err *err)
{
    struct batch b = {0};
    bool ok = true;
    for (size_t from = 0; ok && from < count;) {
        size_t to = from + 1;
        while (to < count && job[to].slice->entry == job[from].slice->entry)
            to++;
        ok = add_file(&b, loader, &e->item[job[from].slice->entry], from, to, err);
        from = to;
        if (ok && (b.part_count == BATCH || b.bytes > BATCH_BYTES || from == count))
            ok = run_batch(&b, job, sink, user, rubbish, err) &&
                 (nw_progress(from, count) || nw_fail_cancelled(err));
    }
    for (size_t i = 0; i < b.owned_count; i++) /* of a batch that was not run */
        nw_free(b.owned[i]);
    return ok;
}

bool nw_slices_decode(struct nw_entries *entries, struct nw_slice_job *job, size_t count,
                      nw_slice_sink *sink, void *user, bool *rubbish, struct nw_err *err)
{
    struct nw_loader loader = {0};
    qsort(job, count, sizeof *job, by_file);
    const bool ok = decode_all(entries, &loader, job, count, sink, user, rubbish, err);
    nw_loader_release(&loader);
    return ok;
}
