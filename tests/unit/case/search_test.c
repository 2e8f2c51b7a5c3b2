/* tests/unit/case/search_test.c -- worklists and searches against going through every case by
 * hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "case/desk_priv.h"
#include "core/rand.h"
#include "core/text.h"
#include "unit.h"

enum { CASES = 4500, PEOPLE = 4, ROLES = 3, STAGES = 3, WORDS = 5, PAIR = 3, PAGE = 50 };

/* Some of each kind are many (more than the search bothers to count), some few or none. */
static const char *const role[ROLES] = {"surgeon", "designer", "reviewer"};
static const char *const stage[STAGES] = {"opening", "design", "use"};
/* A pair of letters is filed with the one that ends it, as in a text. */
static const char *const word[WORDS] = {"pelvis", "femur", "rare", "骨盆", "nowhere"};

struct one {
    char id[NW_ID_TEXT];
    int stage;
    bool of[PEOPLE], waits[ROLES], says[WORDS];
};

static struct one cases[CASES];
static struct nw_desk *desk;

static double even(void)
{
    static uint64_t index;
    return nw_rand_even(7, index++);
}

static bool chance(double share)
{
    return even() < share;
}

static bool fill(struct nw_tx *tx, void *context, struct nw_err *err)
{
    (void)context;
    static const double says[WORDS] = {0.95, 0.3, 0.002, 0.1, 0};
    bool good = true;
    for (int p = 0; good && p < PEOPLE; p++) {
        char name[16];
        (void)snprintf(name, sizeof name, "p%d", p);
        good = nw_tx_run(
            tx, "INSERT INTO people (id, login, body, secret, version) VALUES (?, ?, ?, ?, 1)",
            NW_VALUES(NW_STRING(name), NW_STRING(name), NW_STRING("{}"), NW_STRING("{}")), NULL,
            err);
    }
    for (int i = 0; good && i < CASES; i++) {
        struct one *one = &cases[i];
        (void)snprintf(one->id, sizeof one->id, "01case%020d", i);
        one->stage = (int)(even() * STAGES);
        good = nw_tx_run(
            tx,
            "INSERT INTO cases (id, number, type, stage, summary, entries, digest, "
            "created, updated) VALUES (?, ?, 'custom', ?, ?, 1, '', '', '')",
            NW_VALUES(NW_STRING(one->id), NW_STRING(one->id), NW_STRING(stage[one->stage]),
                      NW_STRING("{\"title\":\"\\\"quoted\\\"\"}")),
            NULL, err);
        for (int p = 0; good && p < PEOPLE; p++) {
            char name[16];
            (void)snprintf(name, sizeof name, "p%d", p);
            one->of[p] = chance(p == 0 ? 0.99 : p == 1 ? 0.2 : p == 2 ? 0.01 : 0);
            for (int twice = 0; good && one->of[p] && twice < 1 + i % 2; twice++)
                good = nw_tx_run(
                    tx, "INSERT INTO case_people (case_id, person, role) VALUES (?, ?, ?)",
                    NW_VALUES(NW_STRING(one->id), NW_STRING(name), NW_STRING(role[twice])),
                    NULL, err);
        }
        for (int r = 0; good && r < ROLES; r++) {
            one->waits[r] = chance(r == 0 ? 0.95 : r == 1 ? 0.2 : 0);
            good = !one->waits[r] ||
                   nw_tx_run(tx, "INSERT INTO case_waits (case_id, role) VALUES (?, ?)",
                             NW_VALUES(NW_STRING(one->id), NW_STRING(role[r])), NULL, err);
        }
        for (int w = 0; good && w < WORDS; w++) {
            one->says[w] = chance(says[w]);
            for (int part = 0; good && one->says[w] && part < 1 + (w == PAIR); part++)
                good = nw_tx_run(
                    tx, "INSERT INTO case_words (word, case_id) VALUES (?, ?)",
                    NW_VALUES(NW_STRING(part ? "盆" : word[w]), NW_STRING(one->id)), NULL, err);
        }
    }
    return good;
}

/* One question: -1 leaves a part of it out. `person` PEOPLE is one who sees every case. */
struct question {
    int person, role, stage, word, second;
};

static bool fits(const struct one *one, const struct question *q)
{
    return (q->person == PEOPLE || one->of[q->person]) &&
           (q->role < 0 || one->waits[q->role]) && (q->stage < 0 || one->stage == q->stage) &&
           (q->word < 0 || one->says[q->word]) && (q->second < 0 || one->says[q->second]);
}

static json_t *ask(const struct question *q, const char *after)
{
    struct nw_err err = {0};
    struct nw_text text = {0};
    char words[64];
    struct nw_session who = {.id = "0000000000000000"};
    (void)snprintf(who.person, sizeof who.person, "p%d", q->person % PEOPLE);
    who.body = json_pack("{s:[s]}", "roles", q->person == PEOPLE ? "authority" : "surgeon");
    (void)snprintf(words, sizeof words, "%s %s", q->word < 0 ? "" : word[q->word],
                   q->second < 0 ? "" : word[q->second]);
    const struct nw_desk_search search = {.words = words,
                                          .stage = q->stage < 0 ? NULL : stage[q->stage],
                                          .role = q->role < 0 ? NULL : role[q->role],
                                          .type = "custom",
                                          .after = after,
                                          .limit = PAGE};
    CHECK(nw_desk_search(desk, &who, &search, &text, &err));
    json_t *page = json_loadb(text.data, text.len, 0, NULL);
    CHECK(page != NULL);
    nw_text_release(&text);
    json_decref(who.body);
    return page;
}

/* Two pages, which is where "next" and its end can go wrong. */
static void compare(const struct question *q)
{
    char after[NW_ID_TEXT] = "~";
    int at = CASES - 1;
    for (int pages = 0; pages < 2 && *after; pages++) {
        json_t *page = ask(q, pages ? after : NULL);
        json_t *list = json_object_get(page, "cases");
        size_t found = 0;
        for (; at >= 0 && found < PAGE; at--) {
            if (!fits(&cases[at], q))
                continue;
            const json_t *one = json_array_get(list, found++);
            const char *id = json_string_value(json_object_get(one, "case"));
            if (!id || strcmp(id, cases[at].id) != 0) {
                printf("# person %d role %d stage %d words %d %d: %zu is %s, not %s\n",
                       q->person, q->role, q->stage, q->word, q->second, found,
                       id ? id : "missing", cases[at].id);
                CHECK(false);
                break;
            }
        }
        CHECK(json_array_size(list) == found);
        const char *next = json_string_value(json_object_get(page, "next"));
        bool more = false;
        for (int rest = at; rest >= 0; rest--)
            more |= fits(&cases[rest], q);
        CHECK((next != NULL) == more);
        (void)snprintf(after, sizeof after, "%s", next ? next : "");
        json_decref(page);
    }
}

static void every_search_finds_what_going_through_all_cases_finds(void)
{
    struct question q;
    for (q.person = 0; q.person <= PEOPLE; q.person++)
        for (q.role = -1; q.role < ROLES; q.role++)
            for (q.stage = -1; q.stage < STAGES; q.stage += 2)
                for (q.word = -1; q.word < WORDS; q.word++)
                    for (q.second = -1; q.second < 2; q.second++)
                        compare(&q);
}

static void a_search_with_everything_in_it_is_answered(void)
{
    struct nw_err err = {0};
    struct nw_text text = {0};
    struct nw_session who = {.id = "0000000000000000", .person = "p0"};
    who.body = json_pack("{s:[s]}", "roles", "surgeon");
    const struct nw_desk_search search = {.words = "one two three four five six seven",
                                          .stage = "use",
                                          .role = "surgeon",
                                          .type = "custom",
                                          .after = "z",
                                          .limit = 200};
    CHECK(nw_desk_search(desk, &who, &search, &text, &err));
    CHECK(text.data && strcmp(text.data, "{\"cases\":[]}") == 0);
    nw_text_release(&text);
    json_decref(who.body);
}

/* Of the team as designer in every other of his cases, and surgeon no more. */
static void who_has_lost_his_role_finds_what_he_has_another_in(void)
{
    struct nw_err err = {0};
    struct nw_text text = {0};
    struct nw_session who = {.id = "0000000000000000", .person = "p2"};
    who.body = json_pack("{s:[s, s]}", "roles", "designer", "warehouse");
    for (int with_words = 0; with_words < 2; with_words++) {
        const struct nw_desk_search search = {.words = with_words ? "pelvis" : NULL,
                                              .limit = 200};
        size_t expected = 0;
        for (int i = 0; i < CASES; i++)
            expected += cases[i].of[2] && i % 2 && (!with_words || cases[i].says[0]);
        CHECK(expected > 5 && expected < 200);
        CHECK(nw_desk_search(desk, &who, &search, &text, &err));
        json_t *page = json_loadb(text.data, text.len, 0, NULL);
        CHECK(json_array_size(json_object_get(page, "cases")) == expected);
        json_decref(page);
        nw_text_release(&text);
    }
    json_decref(who.body);
}

int main(void)
{
    struct nw_err err = {0};
    char folder[] = "/tmp/nuwa-search.XXXXXX", remove[64];
    if (!mkdtemp(folder))
        return 1;
    desk = nw_desk_open(folder, NULL, &err);
    CHECK(desk && nw_store_write(desk->store, fill, NULL, &err));
    UNIT(every_search_finds_what_going_through_all_cases_finds);
    UNIT(a_search_with_everything_in_it_is_answered);
    UNIT(who_has_lost_his_role_finds_what_he_has_another_in);
    nw_desk_close(desk);
    (void)snprintf(remove, sizeof remove, "rm -rf %s", folder);
    return unit_end() | (system(remove) != 0);
}
