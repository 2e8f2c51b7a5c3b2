/*
 * io/xml_priv.h -- XML from outside, as a stream of elements: no document type, no entities of
 * its own, no network, limited depth. Over libxml2's push parser, which shows nowhere else.
 */
#ifndef NW_IO_XML_PRIV_H
#define NW_IO_XML_PRIV_H

#include <stdint.h>

#include "core/err.h"

/* Attributes of the element that opens; values end in a quote or a zero, not always a zero. */
struct nw_xml_attrs {
    int count;
    const unsigned char **item; /* libxml2's five pointers each */
};
/* The value (not zero-terminated; *len its length) or NULL. */
const char *nw_xml_attr(const struct nw_xml_attrs *attrs, const char *name, size_t *len);
/* As a number; false when it is not there or none. */
bool nw_xml_attr_number(const struct nw_xml_attrs *attrs, const char *name, double *out);

struct nw_xml_handler {
    bool (*open)(void *ctx, const char *name, const struct nw_xml_attrs *attrs,
                 struct nw_err *err);
    bool (*close)(void *ctx, const char *name, struct nw_err *err);
    bool (*text)(void *ctx, const char *text, size_t len, struct nw_err *err); /* or NULL */
    void *ctx;
    /* Elements that hold long runs of like ones (up to two names, or NULL). Inside of them
     * `run` may take elements from the start of the text by itself, neither opened nor closed
     * here: it returns how many bytes, 0 when it knows none of it, SIZE_MAX when it failed. */
    const char *lists[2];
    size_t (*run)(void *ctx, const char *list, const char *text, size_t len,
                  struct nw_err *err);
};

struct nw_xml; /* a parser at work */
NW_MUST_CHECK struct nw_xml *nw_xml_new(const struct nw_xml_handler *handler,
                                        struct nw_err *err);
NW_MUST_CHECK bool nw_xml_push(struct nw_xml *xml, const uint8_t *data, size_t len,
                               struct nw_err *err);
NW_MUST_CHECK bool nw_xml_end(struct nw_xml *xml, struct nw_err *err);
void nw_xml_free(struct nw_xml *xml);

#endif
