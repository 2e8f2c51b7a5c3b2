/*
 * store/blob_priv.h -- how a blob lies on disk. All numbers are little endian.
 *
 *   head   "NUWABLB1", bytes (8), SHA-256 (32), then the blob's own key, sealed by the site's
 *          with the 48 bytes before it authenticated (12 + 32 + 16), and 20 zeros: 128 bytes
 *   frames of 65536 bytes (the last of what is left), each sealed by the blob's key with
 *          its number authenticated
 *
 * The head says how long the blob is and which name it has, so a frame left out, added or put
 * elsewhere shows, and so does a file under another's name. While it is written the file is
 * parts/<name>.part, whole frames only; parts/<name>.state has a head with "NUWAPRT1", the safe
 * bytes and SHA-256's running value at the last whole frame, and the frame begun, sealed.
 */
#ifndef NW_STORE_BLOB_PRIV_H
#define NW_STORE_BLOB_PRIV_H

#include "store/behind.h"
#include "store/blob.h"
#include "store/disk_priv.h"
#include "store/seal_priv.h"

enum {
    NW_FRAME = NW_BLOCK,
    NW_FRAME_ROOM = NW_FRAME + NW_SEALED,
    NW_HEAD = 128,
    NW_HEAD_SAID = 48 /* of it, before the key */
};

struct nw_blobs {
    char *folder;
    struct nw_seal *site; /* the site's key */
    struct nw_lock *lock; /* of `site` */
};

struct nw_blob_head {
    bool part;
    uint64_t bytes;
    uint8_t sum[32];
    uint8_t key[NW_SEAL_KEY];
};

NW_MUST_CHECK bool nw_blob_head_format(struct nw_blobs *blobs, const struct nw_blob_head *head,
                                       uint8_t out[NW_HEAD], struct nw_err *err);
/* NW_ERR_DATA when it is none of this site's. */
NW_MUST_CHECK bool nw_blob_head_parse(struct nw_blobs *blobs, const uint8_t bytes[NW_HEAD],
                                      struct nw_blob_head *out, struct nw_err *err);
NW_MUST_CHECK bool nw_blob_path(const struct nw_blobs *blobs, const nw_digest *digest,
                                char out[NW_DISK_PATH], struct nw_err *err);
/* What is authenticated beside frame `number`; a frame begun is not a whole one. */
void nw_frame_about(uint64_t number, bool begun, uint8_t out[9]);
/* "stored bytes are damaged". Always false. */
bool nw_blob_damaged(struct nw_err *err);

static inline uint64_t nw_frame_at(uint64_t number)
{
    return NW_HEAD + number * NW_FRAME_ROOM;
}

#endif
