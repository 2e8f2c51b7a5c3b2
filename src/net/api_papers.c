/* Papers of a case: made by a process of their own, which is given the records a person may see
 * and gives back the page. Both are in memory only: nothing of a patient lies on the disk. */
#include <string.h>

#include "net/api_priv.h"

enum { AT_ONCE = 4 };

/* One run of `nuwa documents -`. */
struct making {
    struct nw_call *call;
    const char *name; /* of the paper; NULL: the list */
    const char *lang;
};

/* New text; NULL with *err. */
static char *make(struct making *making, const char *records, size_t size, size_t *made,
                  struct nw_err *err)
{
    const char *const words[] = {"nuwa",
                                 "documents",
                                 "-",
                                 "--lang",
                                 making->lang,
                                 making->name ? "-o" : "--json",
                                 making->name ? "-" : "--list",
                                 making->name ? "--only" : NULL,
                                 making->name,
                                 NULL};
    return nw_call_program(making->call, words, records, size, made, err);
}

/* A few at once: the others are told to come again. */
static char *make_in_turn(struct making *making, const char *records, size_t size, size_t *made,
                          struct nw_err *err)
{
    struct nw_server *server = making->call->server;
    char *out = NULL;
    if (atomic_fetch_add(&server->papers, 1) < AT_ONCE)
        out = make(making, records, size, made, err);
    else
        nw_fail(err, NW_ERR_IO, "the server is busy: try again in a moment");
    (void)atomic_fetch_sub(&server->papers, 1);
    return out;
}

static bool take_lang(struct making *making, struct nw_err *err)
{
    const char *lang = nw_request_query(making->call->request, "lang");
    making->lang = lang ? lang : nw_either("zh", "en");
    return strcmp(making->lang, "zh") == 0 || strcmp(making->lang, "en") == 0 ||
           nw_fail(err, NW_ERR_ARGUMENT, "\"lang\" is zh or en");
}

/* By what it is made from: the same records give the same bytes. */
static bool digest_of(const struct making *making, const char *records, size_t size,
                      nw_digest *out, struct nw_err *err)
{
    struct nw_hash *hash = nw_hash_new(err);
    const bool good = hash && nw_hash_add(hash, making->lang, strlen(making->lang) + 1, err) &&
                      nw_hash_add(hash, records, size, err) && nw_hash_end(hash, out, err);
    nw_hash_free(hash);
    return good;
}

/* Lists are asked for with each page of a case and are short: they are kept. */
static char *make_list(struct making *making, const char *records, size_t size, size_t *made,
                       struct nw_err *err)
{
    struct nw_shelf *lists = making->call->server->lists;
    nw_digest from;
    if (!digest_of(making, records, size, &from, err))
        return NULL;
    char *out = nw_shelf_take(lists, &from, made);
    if (out)
        return out;
    out = make_in_turn(making, records, size, made, err);
    if (out)
        nw_shelf_put(lists, &from, out, *made);
    return out;
}

static char *make_of(struct making *making, size_t *made, char digest[NW_DIGEST_TEXT],
                     struct nw_err *err)
{
    struct nw_call *call = making->call;
    char *records = NULL;
    size_t size = 0;
    if (!take_lang(making, err) ||
        !nw_desk_records(call->server->desk, &call->who, call->request->part[0], making->name,
                         &records, &size, digest, err))
        return NULL;
    char *out = making->name ? make_in_turn(making, records, size, made, err)
                             : make_list(making, records, size, made, err);
    nw_free(records);
    return out;
}

NW_ANSWERS(documents)
{
    struct making making = {.call = call};
    size_t size = 0;
    char digest[NW_DIGEST_TEXT];
    char *text = make_of(&making, &size, digest, err);
    if (!text)
        return false;
    json_t *said = json_loadb(text, size, 0, NULL);
    nw_free(text);
    json_t *reply = json_pack("{s:s, s:s, s:O}", "case", call->request->part[0], "digest",
                              digest, "documents", json_object_get(said, "documents"));
    json_decref(said);
    return nw_call_said(reply, json, err);
}

/* "order.pdf" is the paper "order". */
static const char *paper_name(struct nw_call *call, struct nw_err *err)
{
    const char *asked = call->request->part[1];
    const size_t len = strspn(asked, "abcdefghijklmnopqrstuvwxyz0123456789-");
    if (len > 0 && len <= 60 && asked[0] != '-' && strcmp(asked + len, ".pdf") == 0)
        return nw_arena_textn(&call->request->arena, asked, len, err);
    nw_fail(err, NW_ERR_NOTFOUND, "there is no paper of this name: see the list of documents");
    return NULL;
}

NW_ANSWERS(document)
{
    struct making making = {.call = call, .name = paper_name(call, err)};
    char digest[NW_DIGEST_TEXT];
    size_t size = 0;
    *json = NULL;
    char *bytes = making.name ? make_of(&making, &size, digest, err) : NULL;
    if (!bytes)
        return false;
    if (strcmp(making.name, "label") == 0 &&
        !nw_desk_print_label(call->server->desk, &call->who, call->request->part[0],
                             nw_request_query(call->request, "reason"), err)) {
        nw_free(bytes);
        return false;
    }
    call->reply->type = "application/pdf";
    call->reply->bytes = bytes;
    call->reply->size = size;
    nw_reply_header(call->reply, "ETag", "\"%s-%s-%s\"", digest, making.name, making.lang);
    nw_reply_header(call->reply, "Content-Disposition", "inline; filename=\"%s.pdf\"",
                    making.name);
    return true;
}

NW_ANSWERS(label)
{
    const char *text = nw_request_query(call->request, "text");
    return nw_desk_label(call->server->desk, &call->who, text ? text : "", json, err);
}
