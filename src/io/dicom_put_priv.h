/*
 * io/dicom_put_priv.h -- DICOM bytes put together: explicit VR little endian, elements in the
 * order they are given. Errors stick: after the first one every call does nothing, so that a
 * caller checks once, at the end.
 */
#ifndef NW_IO_DICOM_PUT_PRIV_H
#define NW_IO_DICOM_PUT_PRIV_H

#include <stdint.h>

#include "core/hash.h"
#include "core/text.h"
#include "core/vec.h"

enum { NW_UID_MAX = 65 };

struct nw_put {
    struct nw_text bytes;
    struct nw_err *err;
};

/* Begins a file: preamble and meta header. You release put->bytes. */
void nw_put_init(struct nw_put *put, const char *sop_class, const char *sop_instance,
                 size_t max_bytes, struct nw_err *err);
bool nw_put_ok(const struct nw_put *put);

/* A text value of any text VR ("LO", "UI", "DS", ...), padded as the VR wants. */
void nw_put_text(struct nw_put *put, uint32_t tag, const char *vr, const char *value);
/* DS: up to six numbers, each with as many digits as its 16 characters hold. NaN: empty. */
void nw_put_numbers(struct nw_put *put, uint32_t tag, const double *value, size_t count);
void nw_put_number(struct nw_put *put, uint32_t tag, double value);
void nw_put_is(struct nw_put *put, uint32_t tag, size_t value);
void nw_put_us(struct nw_put *put, uint32_t tag, size_t value);
void nw_put_ul(struct nw_put *put, uint32_t tag, size_t value);
/* AT: a tag as a value; several US, several UL. */
void nw_put_at(struct nw_put *put, uint32_t tag, uint32_t value);
void nw_put_us3(struct nw_put *put, uint32_t tag, const uint16_t value[3]);
void nw_put_ul2(struct nw_put *put, uint32_t tag, size_t a, size_t b);
void nw_put_fd(struct nw_put *put, uint32_t tag, double value);
/* OB, OW, UN: bytes as they are, padded with a 0 to an even count. */
void nw_put_bytes(struct nw_put *put, uint32_t tag, const char *vr, const void *data,
                  size_t len);
/* Sequences and items of undefined length: end them in the reverse order. */
void nw_put_sequence(struct nw_put *put, uint32_t tag);
void nw_put_item(struct nw_put *put);
void nw_put_item_end(struct nw_put *put);
void nw_put_sequence_end(struct nw_put *put);

/* A sequence of one item with a coded concept. */
void nw_put_code(struct nw_put *put, uint32_t tag, const char *value, const char *scheme,
                 const char *meaning);

/* A UID under 2.25 made from a digest and a word: the same for the same content. */
NW_MUST_CHECK bool nw_uid_from_digest(char out[NW_UID_MAX], const nw_digest *digest,
                                      const char *role, size_t index, struct nw_err *err);

#endif
