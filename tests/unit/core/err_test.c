/* tests/unit/core/err_test.c */
#include "core/err.h"

#include <string.h>

#include "unit.h"

static void a_failure_carries_its_code_and_sentence(void)
{
    struct nw_err err = {0};
    CHECK(!nw_fail(&err, NW_ERR_DATA, "slice %d is %s", 7, "missing"));
    CHECK(err.code == NW_ERR_DATA && strcmp(err.msg, "slice 7 is missing") == 0);
}

static void context_goes_before_the_sentence_and_keeps_the_code(void)
{
    struct nw_err err = {0};
    nw_fail(&err, NW_ERR_IO, "it cannot be read");
    CHECK(!nw_fail_at(&err, "file %d", 3));
    CHECK(!nw_fail_at(&err, "archive"));
    CHECK(err.code == NW_ERR_IO);
    CHECK(strcmp(err.msg, "archive: file 3: it cannot be read") == 0);
}

static void a_long_sentence_is_cut_and_still_ends(void)
{
    char text[2000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct nw_err err = {0};
    nw_fail(&err, NW_ERR_LIMIT, "%s", text);
    CHECK(strlen(err.msg) == sizeof err.msg - 1);
    nw_fail_at(&err, "here");
    CHECK(strlen(err.msg) == sizeof err.msg - 1 && strncmp(err.msg, "here: aaa", 9) == 0);
    nw_fail_at(&err, "%s", text); /* context alone fills the room */
    CHECK(strlen(err.msg) == sizeof err.msg - 1);
}

static void every_code_has_its_own_word(void)
{
    for (int a = NW_OK; a <= NW_ERR_INTERNAL; a++) {
        CHECK(nw_code_name((enum nw_code)a)[0] != '\0');
        for (int b = NW_OK; b < a; b++)
            CHECK(strcmp(nw_code_name((enum nw_code)a), nw_code_name((enum nw_code)b)) != 0);
    }
}

static void only_wrong_use_ends_with_2_and_only_success_with_0(void)
{
    for (int c = NW_OK; c <= NW_ERR_INTERNAL; c++) {
        const int expected = c == NW_OK ? 0 : c == NW_ERR_ARGUMENT ? 2 : 1;
        CHECK(nw_code_exit_status((enum nw_code)c) == expected);
    }
}

static const char *upside_down(const char *fmt)
{
    return strcmp(fmt, "slice %d is missing") == 0 ? "缺第 %d 层" : fmt;
}

static void a_translator_turns_formats_it_knows_and_leaves_the_others(void)
{
    nw_set_translator(upside_down);
    struct nw_err err = {0}, other = {0};
    nw_fail(&err, NW_ERR_DATA, "slice %d is missing", 4);
    nw_fail(&other, NW_ERR_DATA, "another %d", 5);
    nw_set_translator(NULL);
    CHECK(strcmp(err.msg, "缺第 4 层") == 0);
    CHECK(strcmp(other.msg, "another 5") == 0);
    CHECK(strcmp(nw_translated("slice %d is missing"), "slice %d is missing") == 0);
}

int main(void)
{
    UNIT(a_failure_carries_its_code_and_sentence);
    UNIT(context_goes_before_the_sentence_and_keeps_the_code);
    UNIT(a_long_sentence_is_cut_and_still_ends);
    UNIT(every_code_has_its_own_word);
    UNIT(only_wrong_use_ends_with_2_and_only_success_with_0);
    UNIT(a_translator_turns_formats_it_knows_and_leaves_the_others);
    return unit_end();
}
