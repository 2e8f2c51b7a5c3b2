#include "net/shape.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { DEEPEST = 16, NAME_LONGEST = 63 };

static const struct {
    const char *name, *shape;
} named[] = {
    {"Error", "{error: {code: text, message: text}}"},
    {"Party", "{part: 'hospital' | 'maker', id: text, known: bool, conditions: {*: any},"
              " lapsed: [text]}"},
    {"Person", "{id: text, name: text, roles: [text], organisation?: text, department?: text,"
               " title?: text, phone?: text, licence?: text, licence_until?: text, note?: text,"
               " training_until?: text, rank?: int, skills?: [Skill],"
               " experience?: [any], directory?: bool, closed?: bool}"},
    {"Skill", "{what: text, until?: text}"},
    {"Listed", "{id: text, login?: text, version?: int, name: text, roles: [text],"
               " organisation?: text, department?: text, title?: text, phone?: text,"
               " licence?: text, licence_until?: text, note?: text, training_until?: text,"
               " rank?: int, skills?: [Skill], experience?: [any], directory?: bool,"
               " closed?: bool}"},
    {"Summary",
     "{type: text, title: text, site: text, side: text, device: text, department: text,"
     " patient: text, hospital: text, maker: text, device_code: text, di: text, serial: text,"
     " lot: text, machine: text, material: text, material_lot: text, process: text,"
     " due: text | null, late: bool, opened: text, released: text | null, used: text | null,"
     " done: {*: text}, changes: int, rework: int, scrap: int, visits: int, implant: bool,"
     " stage: text, closed: bool, blocked: bool, keep_until: text | null, waits_for: [text],"
     " persons: [text], software: [text], open_issues: [text]}"},
    {"CaseRow", "{case: text, number: text, created: text, updated: text, summary: Summary}"},
    {"Done", "{case: text, number: int, digest: text, summary: Summary}"},
    {"RecordVersion",
     "{version: int, entry: int, act: text, time: text, person: text, name: text, role: text,"
     " sha256: text, state: 'valid' | 'negative' | 'void' | 'stale', signed: bool}"},
    {"StageItem", "{name: text, zh: text, en: text, clause: text, required: bool, count: int,"
                  " roles: [text], newest?: RecordVersion,"
                  " state: 'done' | 'overridden' | 'missing' | 'stale' | 'negative'}"},
    {"CaseStage", "{name: text, zh: text, en: text, clause: text, due?: text, late: bool,"
                  " state: 'done' | 'now' | 'later', acts: [StageItem]}"},
    {"Issue", "{kind: text, zh: text, en: text, entry: int, open: bool, confirmed: bool,"
              " time: text, form: {*: any}, closed_by?: int}"},
    {"CaseView",
     "{zh: text, en: text, stage: text, closed: bool, entries: int, keep_until: text | null,"
     " anatomy_valid_until?: text, table?: text, stages: [CaseStage],"
     " records: {*: [RecordVersion]}, issues: [Issue], differences: [any],"
     " keeps_from_use: [{name: text, zh: text, en: text, state: text}]}"},
    {"Statement", "{case: text, act: text, role: text, person: text, meaning_zh: text,"
                  " meaning_en: text, version: int,"
                  " records: [{name: text, version: int, sha256: text}]}"},
    {"TraceLink",
     "{entry: int, act: text, zh: text, en: text, clause: text, stage: text, time: text,"
     " name: text, role: text, state: text, rests_on: [int], carries: [int], sha256: text}"},
    {"Trace", "{links: [TraceLink], missing: [any], whole: bool, entry?: int, back?: [int],"
              " forth?: [int]}"},
    {"Paper", "{name: text, zh: text, en: text, state: text}"},
    {"CaseFile", "{number: int, name: text, sha256: text, bytes: int, media: text}"},
    {"Job", "{id: text, person: text, case: text, command: text, request: JobRequest,"
            " state: JobState, progress: number, created: text, started: text | null,"
            " finished: text | null, tries: int, result: JobResult | null}"},
    {"JobState", "'waiting' | 'running' | 'cancelling' | 'done' | 'failed' | 'cancelled'"},
    {"MadeFile", "{name: text, sha256: text, bytes: int}"},
    {"JobRequest", "{command: text, inputs: {*: text}, arguments: [text], outputs: [text],"
                   " lang?: 'zh' | 'en'}"},
    {"JobResult", "{messages?: [text], stage?: text, status?: int, said?: {*: any},"
                  " outputs?: [MadeFile]}"},
    {"AuditRow", "{number: int, time: text, act: text, before: text, person?: text,"
                 " session?: text, case?: text, role?: text, body?: any, digest: text}"},
    {"Kept", "{case: text, number: text, type: text, implant: bool, keep_until: text | null,"
             " state: text, asked: bool}"},
    {"SharedFile", "{sha256: text, name: text, of: text, kind: text, media: text}"},
    {"Share", "{share: text, label: text, person: text, created: text, until: text,"
              " revoked?: text | null, live: bool, opened: int, most: int | null,"
              " files: [SharedFile], note: text}"},
    {"Shown", "{label: text, until: text, visit: text,"
              " case: {device: text, side: text, site: text, type: text},"
              " files: [{file: int, name: text, kind: text, media: text, bytes: int}]}"},
    {"BookAct", "{name: text, zh: text, en: text, roles: [text], fields: [any]}"},
    {"BookKind", "{name: text, zh: text, en: text, clause: text, rows: [text], months?: int,"
                 " registry?: text, items?: [{name: text, zh: text, en: text}],"
                 " acts: [BookAct]}"},
    {"BookEntry", "{number: int, time: text, name: text, role: text, act: text,"
                  " form: {*: any}}"},
    {"BookItem", "{kind: text, item: text, zh: text, en: text,"
                 " state: 'missing' | 'due' | 'soon' | 'fault' | 'ok', due: text | null,"
                 " body: {*: any}, entries: [BookEntry], open: [int],"
                 " warranty?: {enough: bool, over: bool}}"},
    {"Seat", "{seat: text, person: text, name: text, state?: any}"},
};

struct reader {
    const char *at;
    int depth;
    struct nw_err *err;
};

static json_t *read_type(struct reader *in);

static void *no_shape(struct reader *in)
{
    if (in->err->code == NW_OK)
        nw_fail(in->err, NW_ERR_DATA, "a reply's shape ends before \"%.40s\"", in->at);
    return NULL;
}

static bool take(struct reader *in, char mark)
{
    in->at += strspn(in->at, " ");
    if (*in->at != mark)
        return false;
    in->at++;
    return true;
}

/* A word into `name`; false when there is none. */
static bool take_name(struct reader *in, char name[NAME_LONGEST + 1])
{
    size_t len = 0;
    in->at += strspn(in->at, " ");
    while (isalnum((unsigned char)in->at[len]) || in->at[len] == '_')
        len++;
    if (len == 0 || len > NAME_LONGEST)
        return false;
    memcpy(name, in->at, len);
    name[len] = '\0';
    in->at += len;
    return true;
}

static json_t *read_list(struct reader *in)
{
    json_t *items = read_type(in);
    if (!items)
        return NULL;
    if (!take(in, ']')) {
        json_decref(items);
        return no_shape(in);
    }
    return json_pack("{s:s, s:o}", "type", "array", "items", items);
}

static bool read_member(struct reader *in, json_t *out)
{
    char name[NAME_LONGEST + 1] = "";
    const bool further = take(in, '*');
    if (!further && !take_name(in, name))
        return no_shape(in);
    const bool optional = take(in, '?');
    if (!take(in, ':'))
        return no_shape(in);
    json_t *type = read_type(in);
    if (!type)
        return false;
    if (further)
        return json_object_set_new(out, "additionalProperties", type) == 0;
    return json_object_set_new(json_object_get(out, "properties"), name, type) == 0 &&
           (optional ||
            json_array_append_new(json_object_get(out, "required"), json_string(name)) == 0);
}

static json_t *read_object(struct reader *in)
{
    json_t *out = json_pack("{s:s, s:{}, s:[], s:b}", "type", "object", "properties",
                            "required", "additionalProperties", false);
    bool whole = out && take(in, '}');
    while (out && !whole && read_member(in, out)) {
        whole = take(in, '}');
        if (!whole && !take(in, ','))
            break;
    }
    if (whole)
        return out;
    json_decref(out);
    return no_shape(in);
}

static json_t *read_word(struct reader *in)
{
    static const char *const kinds[][2] = {{"text", "string"},
                                           {"int", "integer"},
                                           {"number", "number"},
                                           {"bool", "boolean"},
                                           {"null", "null"}};
    char name[NAME_LONGEST + 1];
    if (!take_name(in, name))
        return no_shape(in);
    if (strcmp(name, "any") == 0)
        return json_object();
    if (isupper((unsigned char)name[0]))
        return json_pack("{s:o}", "$ref", json_sprintf("#/components/schemas/%s", name));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(name, kinds[i][0]) == 0)
            return json_pack("{s:s}", "type", kinds[i][1]);
    return no_shape(in);
}

static json_t *read_constant(struct reader *in)
{
    char name[NAME_LONGEST + 1];
    if (!take_name(in, name) || !take(in, '\''))
        return no_shape(in);
    return json_pack("{s:s}", "const", name);
}

static json_t *read_one(struct reader *in)
{
    if (take(in, '{'))
        return read_object(in);
    if (take(in, '['))
        return read_list(in);
    return take(in, '\'') ? read_constant(in) : read_word(in);
}

static json_t *read_type(struct reader *in)
{
    if (++in->depth > DEEPEST)
        return no_shape(in);
    json_t *first = read_one(in), *all = NULL;
    while (first && take(in, '|')) {
        json_t *other = read_one(in);
        if (!all)
            all = json_pack("[O]", first);
        if (!other || !all || json_array_append_new(all, other) != 0) {
            json_decref(first);
            first = NULL;
        }
    }
    in->depth--;
    if (!first || !all) {
        json_decref(all);
        return first;
    }
    json_decref(first);
    return json_pack("{s:o}", "anyOf", all);
}

json_t *nw_shape_schema(const char *shape, struct nw_err *err)
{
    struct nw_err own = {0};
    struct reader in = {.at = shape, .err = &own};
    json_t *schema = read_type(&in);
    if (schema && *in.at == '\0')
        return schema;
    if (schema)
        (void)no_shape(&in);
    json_decref(schema);
    if (own.code == NW_OK)
        nw_fail(&own, NW_ERR_MEMORY, "out of memory");
    *err = own;
    return NULL;
}

json_t *nw_shapes_named(struct nw_err *err)
{
    json_t *all = json_object();
    for (size_t i = 0; all && i < sizeof named / sizeof *named; i++) {
        json_t *schema = nw_shape_schema(named[i].shape, err);
        if (!schema) {
            json_decref(all);
            return NULL;
        }
        (void)json_object_set_new(all, named[i].name, schema);
    }
    if (!all)
        nw_fail(err, NW_ERR_MEMORY, "out of memory");
    return all;
}
