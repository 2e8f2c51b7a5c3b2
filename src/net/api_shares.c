/* Links to files of a case, for who has no name here. */
#include <stdio.h>
#include <string.h>

#include "case/jobs.h"
#include "case/leaving.h"
#include "case/shares.h"
#include "net/api_priv.h"

NW_ANSWERS(share_make)
{
    if (!nw_share_make(call->server->desk, &call->who, call->request->part[0], call->body,
                       &call->once, json, err))
        return false;
    const char *token = json_string_value(json_object_get(*json, "token"));
    if (!token)
        return true;
    char path[160];
    (void)snprintf(path, sizeof path, "/api/v1/shares/%s", token);
    return json_object_set_new(*json, "path", json_string(path)) == 0 ||
           nw_fail(err, NW_ERR_MEMORY, "out of memory");
}

NW_ANSWERS(shares)
{
    return nw_shares_list(call->server->desk, &call->who, call->request->part[0], json, err);
}

NW_ANSWERS(share_revoke)
{
    return nw_share_revoke(call->server->desk, &call->who, call->request->part[0],
                           call->request->part[1], json, err);
}

/* Guesses are dear, looks are not: an address that asks for what is not there is soon told to
 * wait. */
static bool is_slow_enough(struct nw_call *call, struct nw_err *err)
{
    static const struct nw_brake_rate looks = {600, 30}, misses = {30, 0.5};
    if (nw_brake_pass(call->server->brake, 's', call->request->address, &looks, 1) &&
        nw_brake_pass(call->server->brake, 'm', call->request->address, &misses, 0))
        return true;
    call->too_many = true;
    return nw_fail(err, NW_ERR_LIMIT, "too many requests at once: wait a few seconds");
}

static bool missed(struct nw_call *call, const struct nw_err *err)
{
    static const struct nw_brake_rate misses = {30, 0.5};
    if (err->code == NW_ERR_NOTFOUND)
        (void)nw_brake_pass(call->server->brake, 'm', call->request->address, &misses, 1);
    return false;
}

NW_ANSWERS(share_look)
{
    if (!is_slow_enough(call, err))
        return false;
    if (!nw_share_look(call->server->desk, call->request->part[0],
                       nw_request_query(call->request, "visit"), call->request->address, json,
                       err))
        return missed(call, err);
    nw_reply_header(call->reply, "X-Robots-Tag", "noindex");
    return true;
}

NW_ANSWERS(share_file)
{
    struct nw_desk_file file;
    *json = NULL;
    if (!is_slow_enough(call, err))
        return false;
    if (!nw_share_file(call->server->desk, call->request->part[0], call->request->part[1],
                       nw_request_query(call->request, "visit"), call->request->address, &file,
                       err))
        return missed(call, err);
    call->reply->blob = file.reader;
    call->reply->blob_size = file.bytes;
    call->reply->type = nw_arena_text(&call->request->arena, file.media, err);
    nw_reply_header(call->reply, "Content-Disposition", "attachment; filename=\"%s\"",
                    file.name);
    nw_reply_header(call->reply, "X-Robots-Tag", "noindex");
    return true;
}

/* A word of a list, NULL: none said. */
static bool one_of(const struct nw_call *call, const char *member, const char *const *list,
                   const char **out, struct nw_err *err)
{
    const json_t *value = json_object_get(call->body, member);
    *out = json_string_value(value);
    if (!value)
        return true;
    for (size_t i = 0; *out && list[i]; i++)
        if (strcmp(*out, list[i]) == 0)
            return true;
    return nw_fail(err, NW_ERR_DATA, "\"%s\" is not one of the words it may be", member);
}

static bool add_kept(const struct nw_call *call, json_t *arguments, struct nw_err *err)
{
    static const char *const known[] = {"traits", "device",       "institution",
                                        "uids",   "descriptions", "private"};
    const json_t *list = json_object_get(call->body, "keep"), *one;
    size_t i;
    if (list && !json_is_array(list))
        return nw_fail(err, NW_ERR_DATA, "\"%s\" is not one of the words it may be", "keep");
    json_array_foreach(list, i, one)
    {
        const char *word = json_string_value(one);
        size_t k = 0;
        while (word && k < sizeof known / sizeof *known && strcmp(word, known[k]) != 0)
            k++;
        if (!word || k == sizeof known / sizeof *known)
            return nw_fail(err, NW_ERR_DATA, "\"%s\" is not one of the words it may be",
                           "keep");
        char option[32];
        (void)snprintf(option, sizeof option, "--keep-%s", known[k]);
        (void)json_array_append_new(arguments, json_string(option));
    }
    return true;
}

/* A job of the case: the name and the key are the server's. */
NW_ANSWERS(deidentify)
{
    static const char *const dates[] = {"none", "shifted", "full", NULL};
    static const char *const faces[] = {"auto", "deface", "deface-all", "refuse", "none", NULL};
    const char *date = NULL, *face = NULL, *scan = nw_call_text(call, "scan", err);
    uint8_t key[NW_CASE_KEY_BYTES];
    char name[NW_CASE_ALIAS];
    if (!scan || !one_of(call, "dates", dates, &date, err) ||
        !one_of(call, "face", faces, &face, err) ||
        !nw_case_alias(call->server->desk, call->request->part[0], key, name, err))
        return false;
    nw_wipe(key, sizeof key);
    if (!nw_leaving_allow(call->server->desk, &call->who, call->request->part[0],
                          "deidentified", call->body, err))
        return false;
    json_t *arguments = json_pack(
        "[s, s, s, s, s, s, s, s, s, s, s]", "scan", "-o", "deidentified.zip", "--key", ".key",
        "--name", name, "--dates", date ? date : "none", "--face", face ? face : "auto");
    json_t *request =
        json_pack("{s:s, s:{s:s}, s:O, s:[s]}", "command", "deidentify", "inputs", "scan", scan,
                  "arguments", arguments, "outputs", "deidentified.zip");
    const bool good = add_kept(call, arguments, err) &&
                      (request || nw_fail(err, NW_ERR_MEMORY, "out of memory")) &&
                      nw_job_make(call->server->desk, &call->who, call->request->part[0],
                                  request, &call->once, json, err);
    json_decref(arguments);
    json_decref(request);
    return good;
}
