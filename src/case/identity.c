/* case/identity.c -- whose scan it is: what the scan says of its patient, as `nuwa info` read
 * it, beside what the case says. What is compared stands in the database alone: what comes out
 * names the members that differ, never their values. */
#include <stdio.h>
#include <string.h>

#include "case/desk_priv.h"
#include "core/text.h"

/* The newest of the case's jobs that looked through this scan and nothing else. */
static json_t *read_of(const struct nw_rows *rows, const char *sha256, bool *tried)
{
    for (size_t i = 0; i < rows->count; i++) {
        json_t *request = json_loads(nw_row_text(rows, i, 0), 0, NULL);
        json_t *result = json_loads(nw_row_text(rows, i, 1), 0, NULL);
        const json_t *inputs = json_object_get(request, "inputs");
        const char *first =
            json_string_value(json_array_get(json_object_get(request, "arguments"), 0));
        const char *input = first ? json_string_value(json_object_get(inputs, first)) : NULL;
        json_t *path = NULL;
        if (input && strcmp(input, sha256) == 0 && json_object_size(inputs) == 1) {
            *tried = true;
            path = json_array_get(json_object_get(json_object_get(result, "said"), "paths"), 0);
            path = json_object_get(path, "patients_found") ? json_incref(path) : NULL;
        }
        json_decref(request);
        json_decref(result);
        if (path)
            return path;
    }
    return NULL;
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : "";
}

/* What the case says, of the order where there is one; "" where it says nothing. */
struct ordered {
    const char *number, *name, *sex, *born, *site;
};

static const char *first_of(const char *one, const char *other)
{
    return *one ? one : other;
}

static struct ordered ordered_of(const struct nw_case *state, const json_t *order)
{
    const json_t *opening = nw_case_record(state, "case.open", 0);
    const json_t *written = order ? order : nw_case_record(state, "order.write", 0);
    return (struct ordered){
        .number = text(opening, "patient"),
        .name = first_of(text(written, "patient_name"), text(opening, "patient_name")),
        .sex = first_of(text(written, "sex"), text(opening, "sex")),
        .born = text(opening, "birth_date"),
        .site = text(opening, "site"),
    };
}

static bool is_ascii(const char *s)
{
    while (*s && (unsigned char)*s < 0x80)
        s++;
    return !*s;
}

/* A header writes a name up to three times, "Zhang^San=张^三": what is in the order's letters
 * is compared; a name in other letters says nothing about it. */
static bool name_differs(const char *scan, const char *order)
{
    char group[260];
    bool compared = false;
    for (const char *at = scan; *at;) {
        const size_t len = strcspn(at, "=");
        (void)snprintf(group, sizeof group, "%.*s", (int)(len < 256 ? len : 256), at);
        for (char *c = group; *c; c++)
            if (*c == '^' || *c == ',')
                *c = ' ';
        if (group[strspn(group, " ")] && is_ascii(group) == is_ascii(order)) {
            if (nw_text_is_same_mark(group, order))
                return false;
            compared = true;
        }
        at += len + (at[len] != 0);
    }
    return *order && compared;
}

static bool sex_differs(const char *scan, const char *order)
{
    const bool man = strcmp(scan, "M") == 0, woman = strcmp(scan, "F") == 0;
    return (man && strcmp(order, "female") == 0) || (woman && strcmp(order, "male") == 0);
}

static bool birth_differs(const char *scan, const char *order)
{
    char plain[9] = "";
    if (strlen(scan) != 8 || strlen(order) != 10)
        return false;
    (void)snprintf(plain, sizeof plain, "%.4s%.2s%.2s", order, order + 5, order + 8);
    return strcmp(scan, plain) != 0;
}

/* Parts of the body that a scan of one never shows with the other: a scan of the chest may be
 * of its spine, one of the pelvis of a hip. */
enum region { HEAD = 1, TRUNK = 2, ARM = 4, LEG = 8 };

static int region_of(const char *name)
{
    static const struct {
        const char *name;
        int region;
    } known[] = {
        {"skull", HEAD},
        {"orbit", HEAD},
        {"maxilla", HEAD},
        {"mandible", HEAD},
        {"dental", HEAD},
        {"head", HEAD},
        {"brain", HEAD},
        {"face", HEAD},
        {"jaw", HEAD},
        {"cervical", HEAD | TRUNK},
        {"cspine", HEAD | TRUNK},
        {"thoracic", TRUNK},
        {"lumbar", TRUNK},
        {"rib", TRUNK},
        {"chest", TRUNK},
        {"abdomen", TRUNK},
        {"lspine", TRUNK},
        {"tspine", TRUNK},
        {"sacrum", TRUNK},
        {"pelvis", TRUNK | LEG},
        {"hip", TRUNK | LEG},
        {"shoulder", TRUNK | ARM},
        {"elbow", ARM},
        {"forearm", ARM},
        {"hand", ARM},
        {"wrist", ARM},
        {"femur", TRUNK | LEG},
        {"knee", LEG},
        {"tibia", LEG},
        {"foot", LEG},
        {"ankle", LEG},
        {"leg", LEG},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (nw_text_is_same_mark(name, known[i].name))
            return known[i].region;
    return 0;
}

/* No series of the scan shows the part of the body that the device is for. */
static bool region_differs(const json_t *found, const char *site)
{
    size_t i;
    const json_t *one;
    const int wanted = region_of(site);
    bool elsewhere = false;
    json_array_foreach(found, i, one)
    {
        const int shown = region_of(text(one, "body_part"));
        if (!shown || (shown & wanted))
            return false;
        elsewhere = true;
    }
    return wanted && elsewhere;
}

static bool add(json_t *differs, const char *member, bool is)
{
    for (size_t i = 0; is && i < json_array_size(differs); i++)
        if (strcmp(json_string_value(json_array_get(differs, i)), member) == 0)
            return true;
    return !is || json_array_append_new(differs, json_string(member)) == 0;
}

/* "same" only when a number was compared: names repeat. */
static json_t *compare(const json_t *path, const struct ordered *order, const char **compared)
{
    size_t i;
    const json_t *one;
    const json_t *patients = json_object_get(path, "patients_found");
    json_t *differs = json_array();
    bool numbered = json_array_size(patients) > 0;
    bool good =
        differs && add(differs, "patients", json_array_size(patients) > 1) &&
        add(differs, "region", region_differs(json_object_get(path, "found"), order->site));
    json_array_foreach(patients, i, one)
    {
        const char *number = text(one, "id");
        numbered = numbered && *number;
        good =
            good &&
            add(differs, "number", *number && !nw_text_is_same_mark(number, order->number)) &&
            add(differs, "name", name_differs(text(one, "name"), order->name)) &&
            add(differs, "sex", sex_differs(text(one, "sex"), order->sex)) &&
            add(differs, "birth_date", birth_differs(text(one, "birth_date"), order->born));
    }
    *compared = json_array_size(differs) ? "different" : numbered ? "same" : "silent";
    if (good)
        return differs;
    json_decref(differs);
    return NULL;
}

static bool has_file(struct nw_tx *tx, const char *case_id, const char *sha256, bool *has,
                     struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    if (!nw_tx_query(tx, &arena,
                     "SELECT number FROM case_files WHERE case_id = ? AND sha256 = ? LIMIT 1",
                     NW_VALUES(NW_STRING(case_id), NW_STRING(sha256)), &rows, err))
        return false;
    *has = rows.count > 0;
    return true;
}

json_t *nw_scan_compared(struct nw_tx *tx, const struct nw_case *state, const char *case_id,
                         const char *sha256, const json_t *order, struct nw_err *err)
{
    NW_AUTO(nw_arena) arena = {0};
    struct nw_rows rows;
    nw_digest digest;
    bool has = false, tried = false;
    char like[NW_DIGEST_TEXT + 2];
    if (strlen(sha256) != NW_DIGEST_TEXT - 1 || !nw_digest_parse(sha256, &digest))
        return json_null();
    (void)snprintf(like, sizeof like, "%%%s%%", sha256);
    if (!has_file(tx, case_id, sha256, &has, err) ||
        !nw_tx_query(tx, &arena,
                     "SELECT command, result FROM jobs WHERE case_id = ? AND state IN ('done', "
                     "'failed') AND command LIKE '%\"command\":\"info\"%' AND command LIKE ? "
                     "ORDER BY created DESC, id DESC",
                     NW_VALUES(NW_STRING(case_id), NW_STRING(like)), &rows, err))
        return NULL;
    const struct ordered ordered = ordered_of(state, order);
    json_t *path = read_of(&rows, sha256, &tried), *differs = NULL;
    const char *compared = !has ? "elsewhere" : tried ? "silent" : "unread";
    if (path)
        differs = compare(path, &ordered, &compared);
    else
        differs = has && !tried ? json_pack("[s]", "unread") : json_array();
    json_decref(path);
    json_t *out =
        json_pack("{s:s, s:s, s:o?}", "scan", sha256, "compared", compared, "differs", differs);
    if (!out)
        nw_no_memory(err);
    return out;
}

/* ------------------------------------------------------------------ shown to a person */

struct showing {
    struct nw_desk *desk;
    const struct nw_session *who;
    const char *case_id, *sha256;
    json_t *reply;
};

static bool may_see(struct nw_tx *tx, const struct showing *showing, struct nw_err *err)
{
    json_t *kept = NULL;
    bool has = false;
    if (!nw_case_kept(showing->desk, tx, showing->who, showing->case_id, &kept, err) ||
        !has_file(tx, showing->case_id, showing->sha256, &has, err)) {
        json_decref(kept);
        return false;
    }
    const bool shown = has && !json_object_get(kept, showing->sha256);
    json_decref(kept);
    return shown || nw_fail(err, NW_ERR_NOTFOUND, "the case has no such file");
}

static bool show(struct nw_tx *tx, void *context, struct nw_err *err)
{
    struct showing *showing = (struct showing *)context;
    struct nw_held_case held;
    json_decref(showing->reply);
    showing->reply = NULL;
    if (!may_see(tx, showing, err) ||
        !nw_case_take(showing->desk, tx, showing->case_id, &held, err))
        return false;
    const struct ordered order = ordered_of(held.state, NULL);
    json_t *said = json_pack("{s:s, s:s, s:s, s:s}", "number", order.number, "name", order.name,
                             "sex", order.sex, "birth_date", order.born);
    showing->reply =
        nw_scan_compared(tx, held.state, showing->case_id, showing->sha256, NULL, err);
    nw_case_return(&held);
    if (!showing->reply || json_object_set(showing->reply, "order", said) != 0) {
        json_decref(said);
        return err->code ? false : nw_no_memory(err);
    }
    json_decref(said);
    return true;
}

bool nw_desk_scan_patient(struct nw_desk *desk, const struct nw_session *who,
                          const char *case_id, const char *sha256, json_t **reply,
                          struct nw_err *err)
{
    struct showing showing = {.desk = desk, .who = who, .case_id = case_id, .sha256 = sha256};
    json_t *body = json_pack("{s:s}", "what", "patient");
    const struct nw_row row = {.person = who->person,
                               .session = who->id,
                               .case_id = case_id,
                               .act = "read.case",
                               .body = body};
    const bool good = body ? nw_store_read(desk->store, show, &showing, err) &&
                                 nw_ledger_note(desk->ledger, &row, err)
                           : nw_no_memory(err);
    json_decref(body);
    if (good)
        *reply = showing.reply;
    else /* what could not be put on record is not shown */
        json_decref(showing.reply);
    return good;
}
