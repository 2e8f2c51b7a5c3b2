/* The API's table as an OpenAPI 3.1 document: nothing of it is written by hand. */
#include <stdio.h>
#include <string.h>

#include "net/api_priv.h"
#include "net/shape.h"

static void add_parameter(json_t *list, const char *name, const char *in, const char *what,
                          bool required)
{
    (void)json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:s, s:{s:s}}", "name", name,
                                                "in", in, "required", required, "description",
                                                what, "schema", "type", "string"));
}

static json_t *parameters(const struct nw_route *route, const struct nw_endpoint *endpoint)
{
    json_t *list = json_array();
    for (const char *at = strchr(route->path, '{'); at; at = strchr(at + 1, '{')) {
        char name[32];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at + 1, "}"), at + 1);
        add_parameter(list, name, "path", name, true);
    }
    for (const char *const *pair = endpoint->query; pair && *pair; pair += 2)
        add_parameter(list, pair[0], "query", pair[1], false);
    if (strcmp(route->method, "POST") == 0)
        add_parameter(list, "Idempotency-Key", "header",
                      "a request repeated with the same key is answered again, not done again",
                      false);
    return list;
}

static json_t *body(const struct nw_endpoint *endpoint)
{
    json_t *members = json_object();
    for (const char *const *pair = endpoint->members; pair && *pair; pair += 2)
        (void)json_object_set_new(members, pair[0], json_pack("{s:s}", "description", pair[1]));
    return json_pack("{s:b, s:{s:{s:{s:s, s:o}}}}", "required", true, "content",
                     "application/json", "schema", "type", "object", "properties", members);
}

static json_t *responses(const struct nw_endpoint *endpoint, struct nw_err *err)
{
    char status[8];
    snprintf(status, sizeof status, "%d", endpoint->success ? endpoint->success : 200);
    json_t *done = json_pack("{s:s}", "description", "done");
    if (done && endpoint->reply)
        (void)json_object_set_new(done, "content",
                                  json_pack("{s:{s:o?}}", "application/json", "schema",
                                            nw_shape_schema(endpoint->reply, err)));
    return json_pack("{s:o?, s:{s:s, s:{s:{s:{s:s}}}}}", status, done, "default", "description",
                     "refused: what was wrong, and what would be right", "content",
                     "application/json", "schema", "$ref", "#/components/schemas/Error");
}

static json_t *operation(const struct nw_route *route, struct nw_err *err)
{
    const struct nw_endpoint *endpoint = (const struct nw_endpoint *)route->more;
    bool is_public = endpoint->right && strcmp(endpoint->right, "public") == 0;
    json_t *out = json_pack("{s:s, s:s, s:o, s:o}", "summary", endpoint->en, "x-summary-zh",
                            endpoint->zh, "parameters", parameters(route, endpoint),
                            "responses", responses(endpoint, err));
    if (out && endpoint->takes)
        (void)json_object_set_new(out, "requestBody", body(endpoint));
    if (out)
        (void)json_object_set_new(
            out, "security",
            is_public ? json_array() : json_pack("[{s:[]}, {s:[]}]", "bearer", "cookie"));
    if (out && endpoint->right && !is_public)
        (void)json_object_set_new(out, "x-roles", json_string(endpoint->right));
    return out;
}

static json_t *all_paths(struct nw_err *err)
{
    json_t *paths = json_object();
    for (const struct nw_route *route = nw_api_routes; route->method; route++) {
        json_t *path = json_object_get(paths, route->path);
        char verb[8] = "";
        for (size_t i = 0; route->method[i] && i + 1 < sizeof verb; i++)
            verb[i] = (char)(route->method[i] + 32);
        if (!path) {
            path = json_object();
            (void)json_object_set_new(paths, route->path, path);
        }
        (void)json_object_set_new(path, verb, operation(route, err));
    }
    return paths;
}

char *nw_openapi(const char *version, struct nw_err *err)
{
    *err = (struct nw_err){0};
    json_t *document = json_pack(
        "{s:s, s:{s:s, s:s}, s:o, s:{s:o?, s:{s:{s:s, s:s}, s:{s:s, s:s, s:s}}}}", "openapi",
        "3.1.0", "info", "title", "Nuwa", "version", version, "paths", all_paths(err),
        "components", "schemas", nw_shapes_named(err), "securitySchemes", "bearer", "type",
        "http", "scheme", "bearer", "cookie", "type", "apiKey", "in", "cookie", "name", "nuwa");
    size_t len;
    char *text = document && !err->code ? nw_canonical(document, &len, err) : NULL;
    if (!document)
        nw_fail(err, NW_ERR_MEMORY, "out of memory");
    json_decref(document);
    return text;
}
