/* Logging in, persons, keys, and what the site has on record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/api_priv.h"

static json_t *describe(const struct nw_session *who)
{
    json_t *person = json_deep_copy(who->body);
    if (person)
        (void)json_object_set_new(person, "id", json_string(who->person));
    return json_pack("{s:o?, s:b, s:s}", "person", person, "must_change_password",
                     who->must_change, "csrf", who->csrf);
}

NW_ANSWERS(login)
{
    char token[NW_TOKEN_TEXT];
    const char *login = nw_call_text(call, "login", err);
    const char *password = login ? nw_call_text(call, "password", err) : NULL;
    const char *second = json_string_value(json_object_get(call->body, "second"));
    if (!password ||
        !nw_login(call->server->desk->people, login, password, second, token, &call->who, err))
        return false;
    json_t *reply = describe(&call->who);
    if (reply)
        (void)json_object_set_new(reply, "token", json_string(token));
    /* the cookie is for pages of this server alone, and out of reach of their scripts */
    nw_reply_header(call->reply, "Set-Cookie", "nuwa=%s; HttpOnly; SameSite=Strict; Path=/%s",
                    token, call->server->options->certificate ? "; Secure" : "");
    nw_wipe(token, sizeof token);
    return nw_call_said(reply, json, err);
}

NW_ANSWERS(logout)
{
    nw_reply_header(call->reply, "Set-Cookie",
                    "nuwa=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    return nw_logout(call->server->desk->people, call->token, err) &&
           nw_call_said(json_object(), json, err);
}

NW_ANSWERS(me)
{
    return nw_call_said(describe(&call->who), json, err);
}

NW_ANSWERS(password)
{
    const char *old = nw_call_text(call, "old", err);
    const char *fresh = old ? nw_call_text(call, "new", err) : NULL;
    return fresh &&
           nw_password_change(call->server->desk->people, &call->who, old, fresh, err) &&
           nw_call_said(json_object(), json, err);
}

NW_ANSWERS(second_make)
{
    char secret[33];
    if (!nw_second_make(call->server->desk->people, &call->who, secret, err))
        return false;
    json_t *reply = json_pack(
        "{s:s, s:o}", "secret", secret, "uri",
        json_sprintf("otpauth://totp/Nuwa?secret=%s&issuer=Nuwa&digits=6&period=30", secret));
    nw_wipe(secret, sizeof secret);
    return nw_call_said(reply, json, err);
}

NW_ANSWERS(second_confirm)
{
    const char *code = nw_call_text(call, "code", err);
    return code && nw_second_confirm(call->server->desk->people, &call->who, code, err) &&
           nw_call_said(json_object(), json, err);
}

NW_ANSWERS(second_reset)
{
    return nw_second_reset(call->server->desk->people, &call->who, call->request->part[0],
                           err) &&
           nw_call_said(json_object(), json, err);
}

NW_ANSWERS(key_make)
{
    const char *passphrase = nw_call_text(call, "passphrase", err);
    const json_t *given = json_object_get(call->body, "kind");
    enum nw_signature_kind kind = NW_ED25519;
    if (!passphrase)
        return false;
    if (given &&
        (!json_is_string(given) || !nw_signature_kind_of(json_string_value(given), &kind)))
        return nw_fail(err, NW_ERR_DATA, "\"kind\" is ed25519 or sm2");
    return nw_signing_key_make(call->server->desk->people, &call->who, kind, passphrase, json,
                               err);
}

static bool asks_for_a_person(const json_t *fields)
{
    size_t i;
    const json_t *field;
    json_array_foreach(fields, i, field)
    {
        const char *name = json_string_value(json_object_get(field, "name"));
        if ((name && strcmp(name, "person") == 0) ||
            asks_for_a_person(json_object_get(field, "of")))
            return true;
    }
    return false;
}

/* Has one of the person's roles a form that asks whom else to name? */
static bool chooses_persons(const struct nw_session *who, const json_t *table)
{
    size_t i, k;
    const json_t *act, *role;
    json_array_foreach(json_object_get(table, "acts"), i, act)
    {
        bool his = false;
        json_array_foreach(json_object_get(act, "roles"), k, role)
        {
            his = his || nw_session_has(who, json_string_value(role));
        }
        if (his && asks_for_a_person(json_object_get(act, "fields")))
            return true;
    }
    return false;
}

NW_ANSWERS(people)
{
    json_t *list, *table = NULL;
    char digest[NW_DIGEST_TEXT];
    if (!nw_desk_process(call->server->desk, NULL, &table, digest, err))
        return false;
    const bool chooses = chooses_persons(&call->who, table);
    json_decref(table);
    return nw_people_list(call->server->desk->people, &call->who, chooses, &list, err) &&
           nw_call_said(json_pack("{s:o}", "people", list), json, err);
}

NW_ANSWERS(person_make)
{
    return nw_person_make(call->server->desk->people, &call->who, call->body, json, err);
}

static bool take_version(const struct nw_call *call, int64_t *version, struct nw_err *err)
{
    const json_t *given = json_object_get(call->body, "version");
    if (!json_is_integer(given) || json_integer_value(given) < 0)
        return nw_fail(err, NW_ERR_DATA,
                       "\"version\" is the whole number of the version that was read");
    *version = json_integer_value(given);
    return true;
}

NW_ANSWERS(person_change)
{
    int64_t version;
    return take_version(call, &version, err) &&
           nw_person_change(call->server->desk->people, &call->who, call->request->part[0],
                            version, call->body, json, err);
}

NW_ANSWERS(registry)
{
    return nw_registry_list(call->server->desk, &call->who, call->request->part[0], json, err);
}

NW_ANSWERS(registry_put)
{
    int64_t version;
    return take_version(call, &version, err) &&
           nw_registry_put(call->server->desk, &call->who, call->request->part[0],
                           call->request->part[1], version, json_object_get(call->body, "body"),
                           json, err);
}
