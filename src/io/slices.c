/* io/slices.c -- frames decoded on all cores: see series_priv.h. */
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "io/file.h"
#include "io/series_priv.h"

enum { BATCH = 32 };
static const uint64_t FILE_MAX = (uint64_t)1 << 36, BATCH_BYTES = (uint64_t)256 << 20;

/* The jobs of one file, or a part of them. */
struct chunk {
    struct nw_entry *entry;
    size_t from, to;
    const uint8_t *data; /* NULL: the chunk reads its file itself */
    size_t len;
    bool rubbish;
};

struct batch {
    struct chunk chunk[BATCH];
    uint8_t *owned[BATCH];
    size_t chunk_count, owned_count;
    uint64_t bytes;
};

static int by_file(const void *a, const void *b)
{
    const struct nw_slice *p = ((const struct nw_slice_job *)a)->slice,
                          *q = ((const struct nw_slice_job *)b)->slice;
    const int c = (p->entry > q->entry) - (p->entry < q->entry);
    return c ? c : (p->frame > q->frame) - (p->frame < q->frame);
}

static bool decode_frames(const struct nw_slice_job *job, size_t count, struct chunk *c,
                          const uint8_t *data, size_t len, nw_slice_sink *sink, void *user,
                          struct nw_err *err)
{
    const struct nw_dicom *h = job[0].slice->header;
    struct nw_dicom_frames *frames = nw_dicom_frames_new(data, len, h, err);
    if (!frames)
        return nw_fail_at(err, "image %zu", job[0].slice->number);
    NW_AUTOFREE int32_t *stored = NW_ALLOC_UNSET(int32_t, (size_t)h->rows * h->cols, err);
    bool ok = stored != NULL;
    for (size_t i = 0; ok && i < count; i++) {
        ok = nw_dicom_frames_get(frames, job[i].slice->frame, stored, err) ||
             nw_fail_at(err, "image %zu", job[i].slice->number);
        ok = ok && sink(user, &job[i], stored, err);
    }
    c->rubbish = nw_dicom_frames_have_rubbish(frames);
    nw_dicom_frames_free(frames);
    return ok;
}

static bool run_chunk(const struct nw_slice_job *job, struct chunk *c, nw_slice_sink *sink,
                      void *user, struct nw_err *err)
{
    NW_AUTOFREE uint8_t *own = NULL;
    const uint8_t *data = c->data;
    size_t len = c->len;
    if (!data) {
        own = nw_file_read(c->entry->path, FILE_MAX, &len, err);
        if (!own || !nw_hash_bytes(own, len, &c->entry->sha256, err))
            return false;
        data = own;
    }
    return decode_frames(job + c->from, c->to - c->from, c, data, len, sink, user, err);
}

static bool run_batch(struct batch *b, const struct nw_slice_job *job, nw_slice_sink *sink,
                      void *user, bool *rubbish, struct nw_err *err)
{
    struct nw_err errs[BATCH] = {{0}};
    NW_PARALLEL_FOR_UNEVEN
    for (size_t i = 0; i < b->chunk_count; i++)
        (void)!run_chunk(job, &b->chunk[i], sink, user, &errs[i]);
    for (size_t i = 0; i < b->owned_count; i++)
        nw_free(b->owned[i]);
    for (size_t i = 0; i < b->chunk_count && err->code == NW_OK; i++) {
        *err = errs[i];
        *rubbish = *rubbish || b->chunk[i].rubbish;
    }
    *b = (struct batch){0};
    return err->code == NW_OK;
}

/* A file's jobs as chunks: one, or for a file of many frames one a thread. */
static bool add_file(struct batch *b, struct nw_loader *loader, struct nw_entry *entry,
                     size_t from, size_t to, struct nw_err *err)
{
    size_t parts = to - from > 1 ? (size_t)nw_threads() : 1;
    parts = parts > to - from ? to - from : parts;
    parts = parts > BATCH - b->chunk_count ? BATCH - b->chunk_count : parts;
    const uint8_t *data = NULL;
    size_t len = 0;
    if (entry->member != SIZE_MAX || to - from > 1) {
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
        b->chunk[b->chunk_count++] = (struct chunk){.entry = entry,
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
        if (ok && (b.chunk_count == BATCH || b.bytes > BATCH_BYTES || from == count))
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
