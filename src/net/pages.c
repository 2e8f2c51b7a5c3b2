/* The browser's pages: made from web/, gzip'ed, inside this program. */
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "net/api_priv.h"

struct page {
    const char *path, *type, *etag;
    size_t at, size, plain_size;
    bool lasting; /* its name holds a digest: it never changes */
};
#include "net/pages.inc"

/* All of them, one behind the other. */
__asm__(".pushsection .rodata\n"
        ".global nw_pages_bytes\n"
        ".hidden nw_pages_bytes\n"
        "nw_pages_bytes:\n"
        ".incbin \"pages.bin\"\n"
        ".byte 0\n"
        ".popsection\n");
extern const unsigned char nw_pages_bytes[];

enum { GZIP_WINDOW = 15 + 16 };

static const struct page *find(const char *path)
{
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (pages[i].path && strcmp(pages[i].path, path) == 0)
            return &pages[i];
    return NULL;
}

/* For the few programs that do not take gzip. */
static bool inflate_page(const struct page *page, struct nw_reply *reply, struct nw_err *err)
{
    z_stream stream = {0};
    reply->bytes = NW_ALLOC(char, page->plain_size, err);
    if (!reply->bytes)
        return false;
    stream.next_in = (z_const Bytef *)(uintptr_t)(nw_pages_bytes + page->at);
    stream.avail_in = (uInt)page->size;
    stream.next_out = (Bytef *)reply->bytes;
    stream.avail_out = (uInt)page->plain_size;
    bool good = inflateInit2(&stream, GZIP_WINDOW) == Z_OK &&
                inflate(&stream, Z_FINISH) == Z_STREAM_END;
    (void)inflateEnd(&stream);
    reply->size = page->plain_size;
    return good || nw_fail(err, NW_ERR_INTERNAL, "a page of the program is damaged");
}

static bool send_page(struct nw_request *request, const struct page *page,
                      struct nw_reply *reply, struct nw_err *err)
{
    const char *known = nw_request_header(request, "If-None-Match");
    const char *takes = nw_request_header(request, "Accept-Encoding");
    nw_reply_header(reply, "ETag", "\"%s\"", page->etag);
    nw_reply_header(reply, "Vary", "Accept-Encoding");
    nw_reply_header(reply, "Cache-Control", "%s",
                    page->lasting ? "public, max-age=31536000, immutable" : "no-cache");
    if (known && strstr(known, page->etag)) {
        reply->status = 304;
        return true;
    }
    reply->type = page->type;
    if (!takes || !strstr(takes, "gzip"))
        return inflate_page(page, reply, err);
    nw_reply_header(reply, "Content-Encoding", "gzip");
    reply->fixed = nw_pages_bytes + page->at;
    reply->size = page->size;
    return true;
}

/* A browser that opens an address, not a program that asks for data. */
static bool is_visit(const struct nw_request *request)
{
    const char *accept = nw_request_header(request, "Accept");
    bool reads = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    return reads && strncmp(request->path, "/api/", 5) != 0 &&
           (strcmp(request->path, "/") == 0 || (accept && strstr(accept, "text/html")));
}

static void say_not_built(struct nw_reply *reply)
{
    reply->type = "text/html; charset=utf-8";
    reply->fixed = nw_either(
        "<!doctype html><meta charset=utf-8><title>女娲</title><p>此程序编译时没有网页；接口在 "
        "/api/v1 照常工作",
        "<!doctype html><meta charset=utf-8><title>Nuwa</title><p>This program was built "
        "without its pages; the API at /api/v1 works");
    reply->size = strlen((const char *)reply->fixed);
}

void nw_pages_answer(void *server, struct nw_request *request, struct nw_reply *reply)
{
    struct nw_err err = {0};
    const struct page *page = find(request->path);
    nw_api_speak(request);
    if (!page && is_visit(request)) {
        page = find("/index.html"); /* which knows its own addresses */
        if (!page) {
            say_not_built(reply);
            return;
        }
    }
    if (!page)
        nw_api_otherwise(server, request, reply);
    else if (!send_page(request, page, reply, &err))
        nw_api_refuse(request, reply, &err);
}
