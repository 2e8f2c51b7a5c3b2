/* io/xml.c -- see xml_priv.h. */
#include "io/xml_priv.h"

#include <libxml/parser.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"

enum { DEPTH_MOST = 64 };

struct nw_xml {
    xmlParserCtxtPtr parser;
    struct nw_xml_handler handler;
    struct nw_err err;
    int depth;
};

const char *nw_xml_attr(const struct nw_xml_attrs *attrs, const char *name, size_t *len)
{
    for (int i = 0; i < attrs->count; i++) {
        const unsigned char **a = attrs->item + (ptrdiff_t)5 * i;
        if (strcmp((const char *)a[0], name) == 0) {
            *len = (size_t)(a[4] - a[3]);
            return (const char *)a[3];
        }
    }
    return NULL;
}

bool nw_xml_attr_number(const struct nw_xml_attrs *attrs, const char *name, double *out)
{
    size_t len;
    const char *value = nw_xml_attr(attrs, name, &len);
    while (value && len > 0 && (*value == ' ' || *value == '\n' || *value == '\t')) {
        value++;
        len--;
    }
    const char *end = value ? nw_number_parse(value, out) : NULL;
    return end && end <= value + len;
}

static void stop(struct nw_xml *xml)
{
    xmlStopParser(xml->parser);
}

static void on_open(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                    int ns_count, const xmlChar **ns, int attr_count, int defaulted,
                    const xmlChar **attr)
{
    struct nw_xml *xml = ctx;
    const struct nw_xml_attrs attrs = {attr_count, attr};
    (void)prefix;
    (void)uri;
    (void)ns_count;
    (void)ns;
    (void)defaulted;
    if (xml->err.code != NW_OK)
        return;
    if (++xml->depth > DEPTH_MOST)
        nw_fail(&xml->err, NW_ERR_LIMIT, "the XML is nested over %d deep", DEPTH_MOST);
    else if (xml->handler.open(xml->handler.ctx, (const char *)name, &attrs, &xml->err))
        return;
    stop(xml);
}

static void on_close(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct nw_xml *xml = ctx;
    (void)prefix;
    (void)uri;
    xml->depth--;
    if (xml->err.code == NW_OK &&
        !xml->handler.close(xml->handler.ctx, (const char *)name, &xml->err))
        stop(xml);
}

static void on_text(void *ctx, const xmlChar *text, int len)
{
    struct nw_xml *xml = ctx;
    if (xml->err.code == NW_OK && len > 0 && xml->handler.text &&
        !xml->handler.text(xml->handler.ctx, (const char *)text, (size_t)len, &xml->err))
        stop(xml);
}

/* A document type is how XML bombs begin; no model file needs one. */
static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *id, const xmlChar *system)
{
    struct nw_xml *xml = ctx;
    (void)name;
    (void)id;
    (void)system;
    if (xml->err.code == NW_OK)
        nw_fail(&xml->err, NW_ERR_UNSUPPORTED,
                "the XML declares a document type, which models do not have");
    stop(xml);
}

struct nw_xml *nw_xml_new(const struct nw_xml_handler *handler, struct nw_err *err)
{
    xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC,
                         .startElementNs = on_open,
                         .endElementNs = on_close,
                         .characters = on_text,
                         .cdataBlock = on_text,
                         .internalSubset = on_doctype};
    struct nw_xml *xml = NW_ALLOC(struct nw_xml, 1, err);
    if (!xml)
        return NULL;
    xml->handler = *handler;
    xml->parser = xmlCreatePushParserCtxt(&sax, xml, NULL, 0, NULL);
    if (!xml->parser) {
        nw_free(xml);
        nw_fail(err, NW_ERR_MEMORY, "no memory to read XML");
        return NULL;
    }
    /* NOENT: &amp; and its four kin become characters; there are no others, see on_doctype. */
    (void)xmlCtxtUseOptions(xml->parser, XML_PARSE_NONET | XML_PARSE_NOENT);
    return xml;
}

static bool outcome(struct nw_xml *xml, int rc, struct nw_err *err)
{
    if (xml->err.code != NW_OK) {
        *err = xml->err;
        return false;
    }
    if (rc == XML_ERR_NO_MEMORY)
        return nw_fail(err, NW_ERR_MEMORY, "no memory to read XML");
    if (rc != 0 && !xml->parser->wellFormed)
        return nw_fail(err, NW_ERR_DATA, "the XML is broken at line %d",
                       xml->parser->input ? xml->parser->input->line : 0);
    return true;
}

bool nw_xml_push(struct nw_xml *xml, const uint8_t *data, size_t len, struct nw_err *err)
{
    while (len > 0) {
        const int n = len < (1 << 20) ? (int)len : 1 << 20;
        if (!outcome(xml, xmlParseChunk(xml->parser, (const char *)data, n, 0), err))
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

bool nw_xml_end(struct nw_xml *xml, struct nw_err *err)
{
    return outcome(xml, xmlParseChunk(xml->parser, NULL, 0, 1), err);
}

void nw_xml_free(struct nw_xml *xml)
{
    if (!xml)
        return;
    xmlFreeParserCtxt(xml->parser);
    nw_free(xml);
}
