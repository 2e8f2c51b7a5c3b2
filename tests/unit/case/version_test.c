/* case/desk_flow, desk_cache: a case goes on under the process it was opened under, and its
 * page is that of now. */
#include <unistd.h>

#include "case/desk_priv.h"
#include "case/play.h"
#include "core/text.h"

static struct nw_desk *desk;
static json_t *steps;
static struct nw_session surgeon, quality;

static struct nw_session session_of(const char *name)
{
    struct nw_session who = {.id = "0000000000000000"};
    json_t *body = json_deep_copy(json_object_get(people, name));
    json_object_set_new(body, "roles", json_pack("[O]", json_object_get(body, "role")));
    json_object_del(body, "role");
    json_object_del(body, "id");
    (void)snprintf(who.person, sizeof who.person, "%s", name);
    who.body = body;
    return who;
}

static bool hire(struct nw_tx *tx, void *context, struct nw_err *err)
{
    const char *name;
    const json_t *person;
    bool good = true;
    (void)context;
    json_object_foreach(people, name, person) good =
        good &&
        nw_tx_run(
            tx, "INSERT INTO people (id, login, body, secret, version) VALUES (?, ?, ?, ?, 1)",
            NW_VALUES(NW_STRING(name), NW_STRING(name), NW_STRING("{}"), NW_STRING("{}")), NULL,
            err);
    return good;
}

static json_t *request_of(const char *act)
{
    size_t i;
    const json_t *step = NULL;
    json_t *none = json_array();
    json_array_foreach(steps, i, step)
    {
        if (strcmp(step_act(step), act) == 0)
            break;
    }
    json_t *request =
        json_pack("{s:o}", "form", filled_in(json_object_get(step, "form"), 0, none));
    json_decref(none);
    return request;
}

static void open_case(char id[NW_ID_TEXT])
{
    struct nw_err err = {0};
    json_t *request = request_of("case.open"), *reply = NULL;
    const bool good = nw_desk_open_case(desk, &surgeon, request, NULL, &reply, &err);
    if (!good)
        printf("# %s\n", err.msg);
    CHECK(good);
    (void)snprintf(id, NW_ID_TEXT, "%s", json_string_value(json_object_get(reply, "case")));
    json_decref(reply);
    json_decref(request);
}

static bool act(const char *id, const char *name, struct nw_err *err)
{
    json_t *request = request_of(name), *reply = NULL;
    const bool good = nw_desk_act(desk, &surgeon, id, name, request, NULL, &reply, err);
    json_decref(reply);
    json_decref(request);
    return good;
}

/* The shipped table with one more field asked for by an act. */
static json_t *stricter(const char *act)
{
    size_t i;
    json_t *one, *table = json_deep_copy(nw_flow_table(flow));
    json_array_foreach(json_object_get(table, "acts"), i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "name")), act) == 0)
            json_array_append_new(json_object_get(one, "fields"),
                                  json_pack("{s:s, s:s, s:s, s:s}", "name", "why", "kind",
                                            "text", "zh", "原因", "en", "why"));
    }
    return table;
}

static bool put(const json_t *table, const char *before, char now[NW_DIGEST_TEXT],
                struct nw_err *err)
{
    json_t *reply = NULL;
    const bool good = nw_desk_process_put(desk, &quality, table, before, &reply, err);
    if (good)
        (void)snprintf(now, NW_DIGEST_TEXT, "%s",
                       json_string_value(json_object_get(reply, "table")));
    json_decref(reply);
    return good;
}

static void reopen(const char *folder)
{
    static char last[64];
    struct nw_err err = {0};
    if (folder)
        (void)snprintf(last, sizeof last, "%s", folder);
    nw_desk_close(desk);
    desk = nw_desk_attach(last, NULL, &err);
    CHECK(desk != NULL);
}

static char of_old[NW_ID_TEXT], of_new[NW_ID_TEXT], now[NW_DIGEST_TEXT];

static json_t *view_of(const char *id)
{
    struct nw_err err = {0};
    json_t *reply = NULL;
    CHECK(nw_desk_look(desk, &surgeon, id, NW_LOOK_CASE, &reply, &err));
    return reply;
}

static bool is_of(const char *id, const char *table)
{
    json_t *view = view_of(id);
    const char *stated =
        json_string_value(json_object_get(json_object_get(view, "data"), "table"));
    const bool same = stated && strcmp(stated, table) == 0;
    json_decref(view);
    return same;
}

static void an_old_case_goes_on_under_the_table_it_was_opened_under(void)
{
    struct nw_err err = {0};
    open_case(of_old);
    CHECK(is_of(of_old, nw_flow_digest(flow)));
    json_t *table = stricter("team.set");
    CHECK(put(table, nw_flow_digest(flow), now, &err));
    json_decref(table);
    CHECK(strcmp(now, nw_flow_digest(flow)) != 0);
    open_case(of_new);
    CHECK(is_of(of_new, now) && is_of(of_old, nw_flow_digest(flow)));
    CHECK(act(of_old, "team.set", &err));
    err = (struct nw_err){0};
    CHECK(!act(of_new, "team.set", &err) && err.code == NW_ERR_DATA);
    CHECK(strstr(err.msg, "why") != NULL);
}

static void after_a_new_start_each_case_has_its_own_still(void)
{
    struct nw_err err = {0};
    reopen(NULL);
    CHECK(is_of(of_new, now) && is_of(of_old, nw_flow_digest(flow)));
    CHECK(!act(of_new, "team.set", &err) && err.code == NW_ERR_DATA);
    err = (struct nw_err){0};
    CHECK(act(of_old, "team.set", &err));
}

static void every_version_can_be_read_again(void)
{
    struct nw_err err = {0};
    char digest[NW_DIGEST_TEXT];
    json_t *table = NULL;
    CHECK(nw_desk_process(desk, NULL, &table, digest, &err) && strcmp(digest, now) == 0);
    json_decref(table);
    CHECK(nw_desk_process(desk, nw_flow_digest(flow), &table, digest, &err));
    CHECK(json_equal(table, (json_t *)(uintptr_t)nw_flow_table(flow)));
    json_decref(table);
    CHECK(!nw_desk_process(desk, "no such", &table, digest, &err));
    CHECK(err.code == NW_ERR_NOTFOUND);
}

static void the_table_is_changed_only_from_the_one_that_was_read(void)
{
    struct nw_err err = {0};
    char unused[NW_DIGEST_TEXT];
    json_t *table = stricter("consent.record"), *broken = json_object();
    CHECK(!put(table, nw_flow_digest(flow), unused, &err) && err.code == NW_ERR_CONFLICT);
    err = (struct nw_err){0};
    CHECK(!put(broken, now, unused, &err) && err.code == NW_ERR_DATA);
    err = (struct nw_err){0};
    CHECK(put(json_null(), now, now, &err));
    CHECK(strcmp(now, nw_flow_digest(flow)) == 0); /* the program's own again */
    json_decref(table);
    json_decref(broken);
}

static bool forget_tables(struct nw_tx *tx, void *context, struct nw_err *err)
{
    (void)context;
    return nw_tx_run(tx, "UPDATE flows SET body = '{}'", NW_NO_VALUES, NULL, err);
}

/* What the page says, and the same made anew. */
static void check_page(const char *id)
{
    struct nw_err err = {0};
    struct nw_text text = {0};
    char digest[NW_DIGEST_TEXT] = "";
    CHECK(nw_desk_page(desk, &surgeon, id, &text, digest, &err));
    json_t *page = json_loadb(text.data, text.len, 0, NULL), *view = view_of(id);
    CHECK(page && json_equal(page, view));
    CHECK(strcmp(digest, json_string_value(json_object_get(view, "digest"))) == 0);
    json_decref(view);
    json_decref(page);
    nw_text_release(&text);
}

static void a_page_that_is_kept_is_the_page_of_now(void)
{
    struct nw_err err = {0};
    for (int i = 0; i < 3; i++) {
        check_page(of_old);
        check_page(of_old);
        check_page(of_new); /* each case has its own */
        CHECK(act(of_old, "team.set", &err));
    }
    reopen(NULL);
    check_page(of_old);
}

static struct nw_session nobody;

static void who_may_not_see_the_case_gets_no_kept_page(void)
{
    struct nw_err err = {0};
    struct nw_text text = {0};
    char digest[NW_DIGEST_TEXT];
    nobody = session_of("jiang");
    check_page(of_old);
    CHECK(!nw_desk_page(desk, &nobody, of_old, &text, digest, &err));
    CHECK(err.code == NW_ERR_NOTFOUND && !text.data);
    nw_session_release(&nobody);
}

/* Each allocation failing in turn, from a state without a page. */
static void without_memory_there_is_no_page_and_no_harm(void)
{
    struct nw_err err = {0};
    size_t failures = 0;
    CHECK(act(of_old, "team.set", &err));
    for (size_t n = 0; n < 100000; n++) {
        struct nw_text text = {0};
        char digest[NW_DIGEST_TEXT];
        err = (struct nw_err){0};
        nw_mem_fail_at(n);
        const bool ok = nw_desk_page(desk, &surgeon, of_old, &text, digest, &err);
        nw_mem_fail_at(SIZE_MAX);
        nw_text_release(&text);
        if (ok)
            break;
        CHECK(err.code == NW_ERR_MEMORY);
        failures++;
    }
    CHECK(failures > 5);
    check_page(of_old);
}

static void a_table_changed_on_record_is_told(void)
{
    struct nw_err err = {0};
    json_t *reply = NULL;
    CHECK(nw_store_write(desk->store, forget_tables, NULL, &err));
    reopen(NULL);
    CHECK(!nw_desk_look(desk, &surgeon, of_new, NW_LOOK_CASE, &reply, &err));
    CHECK(err.code == NW_ERR_DATA);
    CHECK(is_of(of_old, nw_flow_digest(flow))); /* the program has that one itself */
}

/* What a dossier is verified by: its table must be the one its first entry names. */
static void entries_are_refused_under_another_table(void)
{
    struct nw_err err = {0};
    struct play play = play_new();
    json_t *entry = play_entry(&play, json_array_get(steps, 0));
    json_object_set_new(entry, "table", json_string(nw_flow_digest(flow)));
    CHECK(play_apply(&play, entry, &err));
    entry = play_entry(&play, json_array_get(steps, 1));
    json_object_set_new(entry, "table", json_string(nw_flow_digest(flow)));
    CHECK(!play_apply(&play, entry, &err) && err.code == NW_ERR_DATA);
    play_free(&play);
    play = play_new();
    err = (struct nw_err){0};
    entry = play_entry(&play, json_array_get(steps, 0));
    json_object_set_new(entry, "table", json_string("0123"));
    CHECK(!play_apply(&play, entry, &err) && err.code == NW_ERR_DATA);
    play_free(&play);
}

int main(void)
{
    struct nw_err err = {0};
    char folder[] = "/tmp/nuwa-version.XXXXXX", remove[64];
    play_begin();
    json_t *model = load_json("model");
    steps = json_object_get(model, "steps");
    if (!mkdtemp(folder))
        return 1;
    desk = nw_desk_open(folder, NULL, &err);
    CHECK(desk && nw_store_write(desk->store, hire, NULL, &err));
    surgeon = session_of("zhao");
    quality = session_of("wang");
    reopen(folder);
    UNIT(an_old_case_goes_on_under_the_table_it_was_opened_under);
    UNIT(after_a_new_start_each_case_has_its_own_still);
    UNIT(every_version_can_be_read_again);
    UNIT(the_table_is_changed_only_from_the_one_that_was_read);
    UNIT(a_page_that_is_kept_is_the_page_of_now);
    UNIT(who_may_not_see_the_case_gets_no_kept_page);
    UNIT(without_memory_there_is_no_page_and_no_harm);
    UNIT(a_table_changed_on_record_is_told);
    UNIT(entries_are_refused_under_another_table);
    nw_desk_close(desk);
    nw_session_release(&surgeon);
    nw_session_release(&quality);
    json_decref(model);
    play_end();
    (void)snprintf(remove, sizeof remove, "rm -rf %s", folder);
    return unit_end() | (system(remove) != 0);
}
