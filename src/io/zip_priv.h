/*
 * io/zip_priv.h -- zip archives. Written by ourselves: entries in the order given, deflated on
 * all cores, the time 1980-01-01, so the same content is the same bytes. Read by libzip, with
 * a limit on what may come out of a given number of bytes.
 */
#ifndef NW_IO_ZIP_PRIV_H
#define NW_IO_ZIP_PRIV_H

#include "io/pack_priv.h"

enum { NW_ZIP_ENTRIES = 8 };

struct nw_zip_entry {
    const char *name; /* a literal */
    uint64_t offset, packed_bytes, raw_bytes;
    uint32_t crc;
};

struct nw_zip_writer {
    struct nw_out *out;
    struct nw_zip_entry entry[NW_ZIP_ENTRIES];
    size_t count;
    uint64_t at;
    struct nw_pack pack; /* of the open entry: nw_pack_add and nw_pack_blocks fill it */
};
NW_MUST_CHECK bool nw_zip_open_entry(struct nw_zip_writer *zip, const char *name,
                                     struct nw_err *err);
/* NW_ERR_LIMIT at 4 GiB: no zip64 here. */
NW_MUST_CHECK bool nw_zip_close_entry(struct nw_zip_writer *zip, struct nw_err *err);
NW_MUST_CHECK bool nw_zip_add(struct nw_zip_writer *zip, const char *name, const void *data,
                              size_t len, struct nw_err *err);
NW_MUST_CHECK bool nw_zip_end(struct nw_zip_writer *zip, struct nw_err *err);

/* Reading from memory that stays. */
struct nw_zip_reader {
    void *archive; /* zip_t */
    size_t len;
};
NW_MUST_CHECK bool nw_zip_read_begin(struct nw_zip_reader *zip, const uint8_t *data, size_t len,
                                     struct nw_err *err);
void nw_zip_read_end(struct nw_zip_reader *zip);
/* Index of the entry of this name (any case), or of the first whose name ends so; -1: none. */
int64_t nw_zip_find(const struct nw_zip_reader *zip, const char *name);
int64_t nw_zip_find_ending(const struct nw_zip_reader *zip, const char *ending);
/* Gives the entry's bytes piece by piece. NW_ERR_LIMIT when it would unpack to more than any
 * sound file of this size does. */
typedef bool (*nw_zip_take)(void *ctx, const uint8_t *data, size_t len, struct nw_err *err);
NW_MUST_CHECK bool nw_zip_read_entry(const struct nw_zip_reader *zip, int64_t index,
                                     nw_zip_take take, void *ctx, struct nw_err *err);

#endif
