/* io/xml.c -- see xml_priv.h. */
#include "io/xml_priv.h"

#include <assert.h>
#include <libxml/parser.h>
#include <limits.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"

enum { DEPTH_MOST = 64 };
/* What waits for the rest of a tag; and steps of one tag each before a list is left to
 * libxml2 altogether. */
enum { CARRY_MOST = 1 << 16, STEPS_MOST = 64, LONG_RUN = 1 << 16 };

struct nw_xml {
    xmlParserCtxtPtr parser;
    struct nw_xml_handler handler;
    struct nw_err err;
    int depth, steps;
    const char *list;   /* the open list whose runs are taken, or NULL */
    size_t lines_taken; /* that libxml2 has not seen */
    struct nw_text carry;
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

/* Which of the lists this is, or NULL. */
static const char *list_of(const struct nw_xml *xml, const char *name)
{
    for (size_t i = 0; xml->handler.run && i < 2; i++)
        if (xml->handler.lists[i] && strcmp(xml->handler.lists[i], name) == 0)
            return xml->handler.lists[i];
    return NULL;
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
    const char *list = list_of(xml, (const char *)name);
    if (list) {
        xml->list = list;
        xml->steps = 0;
    }
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
    if (xml->list && strcmp(xml->list, (const char *)name) == 0)
        xml->list = NULL;
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
    nw_text_init(&xml->carry, (size_t)1 << 30);
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

static bool broken(const struct nw_xml *xml, struct nw_err *err)
{
    return nw_fail(err, NW_ERR_DATA, "the XML is broken at line %d",
                   (xml->parser->input ? xml->parser->input->line : 0) +
                       (int)(xml->lines_taken < INT_MAX / 2 ? xml->lines_taken : 0));
}

static bool outcome(struct nw_xml *xml, int rc, struct nw_err *err)
{
    if (xml->err.code != NW_OK) {
        *err = xml->err;
        return false;
    }
    if (rc == XML_ERR_NO_MEMORY)
        return nw_fail(err, NW_ERR_MEMORY, "no memory to read XML");
    return rc == 0 || xml->parser->wellFormed || broken(xml, err);
}

static bool feed(struct nw_xml *xml, const char *data, size_t len, struct nw_err *err)
{
    while (len > 0) {
        const int n = len < (1 << 20) ? (int)len : 1 << 20;
        if (!outcome(xml, xmlParseChunk(xml->parser, data, n, 0), err))
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

/* Between two elements, with nothing half read: not in a comment, say. */
static bool is_between(const struct nw_xml *xml)
{
    const xmlParserInput *in = xml->parser->input;
    return xml->parser->instate == XML_PARSER_CONTENT && in && in->cur == in->end;
}

/* Past the first tag that opens a list, or all of it. */
static const char *past_list_tag(const struct nw_xml *xml, const char *p, const char *end)
{
    const char *best = end;
    for (size_t i = 0; xml->handler.run && i < 2; i++) {
        const char *name = xml->handler.lists[i];
        const size_t len = name ? strlen(name) : 0;
        for (const char *q = p; name; q++) {
            q = memmem(q, (size_t)(best - q), name, len);
            if (!q)
                break;
            const char *gt = q > p && q[-1] == '<' ? memchr(q, '>', (size_t)(best - q)) : NULL;
            if (gt)
                best = gt + 1;
        }
    }
    return best;
}

static size_t count_lines(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += text[i] == '\n';
    return count;
}

/* Where the open list ends as far as this text goes, so that a run costs what it holds. */
static const char *list_end(const struct nw_xml *xml, const char *p, const char *end)
{
    char tag[32] = "</";
    const size_t len = strlen(xml->list);
    assert(len < sizeof tag - 2);
    memcpy(tag + 2, xml->list, len);
    const char *found = memmem(p, (size_t)(end - p), tag, len + 2);
    return found ? found : end;
}

/* Runs that stop short are counted: a list of mixed elements is left to libxml2 in the end.
 * After a long one counting begins anew, since the text may be cut in the middle of one. */
static bool take_run(struct nw_xml *xml, const char **p, const char *end, struct nw_err *err)
{
    const size_t len = (size_t)(list_end(xml, *p, end) - *p);
    const size_t used =
        len > 0 ? xml->handler.run(xml->handler.ctx, xml->list, *p, len, err) : 0;
    if (used == SIZE_MAX)
        return false;
    xml->lines_taken += count_lines(*p, used);
    xml->steps = used < LONG_RUN ? xml->steps + (used < len) : 0;
    *p += used;
    if (xml->steps > STEPS_MOST)
        xml->list = NULL;
    return true;
}

/* Takes what it can of the text, which ends in '>'. */
static bool take_tags(struct nw_xml *xml, const char *p, const char *end, struct nw_err *err)
{
    while (p < end) {
        if (xml->list && is_between(xml) && !take_run(xml, &p, end, err))
            return false;
        if (p == end)
            break;
        const char *gt = xml->list ? memchr(p, '>', (size_t)(end - p)) : NULL;
        const char *cut = gt ? gt + 1 : past_list_tag(xml, p, end);
        if (!feed(xml, p, (size_t)(cut - p), err))
            return false;
        p = cut;
    }
    return true;
}

bool nw_xml_push(struct nw_xml *xml, const uint8_t *data, size_t len, struct nw_err *err)
{
    const char *text = (const char *)data;
    if (!xml->handler.run)
        return feed(xml, text, len, err);
    const char *last = memrchr(text, '>', len);
    const size_t whole = last ? (size_t)(last - text) + 1 : 0;
    if (whole == 0 && xml->carry.len + len < CARRY_MOST)
        return nw_text_addn(&xml->carry, text, len, err);
    if (xml->carry.len + whole > 0) {
        if (!nw_text_addn(&xml->carry, text, whole, err) ||
            !take_tags(xml, xml->carry.data, xml->carry.data + xml->carry.len, err))
            return false;
        xml->carry.len = 0;
    }
    return nw_text_addn(&xml->carry, text + whole, len - whole, err);
}

bool nw_xml_end(struct nw_xml *xml, struct nw_err *err)
{
    if (xml->carry.len > 0 && !feed(xml, xml->carry.data, xml->carry.len, err))
        return false;
    if (!outcome(xml, xmlParseChunk(xml->parser, NULL, 0, 1), err))
        return false;
    /* Bytes that are none of their encoding end the text without an outcome of their own. */
    return (xml->depth == 0 && xml->parser->wellFormed) || broken(xml, err);
}

void nw_xml_free(struct nw_xml *xml)
{
    if (!xml)
        return;
    xmlFreeParserCtxt(xml->parser);
    nw_text_release(&xml->carry);
    nw_free(xml);
}
