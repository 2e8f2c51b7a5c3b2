/* report/forms_lists.c -- papers that are lists of a case's entries: the requirements clause by
 * clause, and what rests on what. */
#include "report/forms_priv.h"

#include <string.h>

#define SAY(zh, en) NW_PAPERS_SAY(w->papers, zh, en)

static void cell(const struct nw_paper_writer *w, enum nw_tone tone, const char *text)
{
    nw_page_cell(w->page, tone, text);
}

/* ---- completeness ---- */

static long long total(const struct nw_paper_writer *w, const char *name)
{
    return (long long)json_integer_value(
        json_object_get(json_object_get(w->papers->checklist, "total"), name));
}

static const char *numbers_text(const struct nw_paper_writer *w, const json_t *numbers)
{
    const char *text = "";
    for (size_t i = 0; i < json_array_size(numbers); i++)
        text = nw_page_print(w->page, "%s%s%lld", text, *text ? ", " : "",
                             (long long)json_integer_value(json_array_get(numbers, i)));
    return *text ? text : "—";
}

static void clause_row(const struct nw_paper_writer *w, const json_t *clause)
{
    static const struct {
        const char *name, *zh;
        enum nw_tone tone;
    } word[] = {{"present", "具备", NW_TONE_GOOD},
                {"missing", "缺失", NW_TONE_BAD},
                {"invalid", "无效", NW_TONE_BAD},
                {"not needed", "不适用", NW_TONE_MUTED}};
    const char *result = nw_papers_text(clause, "result");
    cell(w, NW_TONE_PLAIN, nw_papers_text(clause, "clause"));
    cell(w, NW_TONE_PLAIN, nw_papers_label(w->papers, clause));
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (strcmp(word[i].name, result) == 0)
            cell(w, word[i].tone, SAY(word[i].zh, word[i].name));
    cell(w, NW_TONE_MUTED, numbers_text(w, json_object_get(clause, "entries")));
}

void nw_paper_checklist(const struct nw_paper_writer *w)
{
    const json_t *clauses = json_object_get(w->papers->checklist, "clauses");
    const bool complete = json_is_true(
        json_object_get(json_object_get(w->papers->checklist, "total"), "complete"));
    nw_page_add(w->page, NW_BLOCK_VERDICT, NW_TONE_PLAIN, NULL);
    cell(w, NW_TONE_MUTED, SAY("总结论", "total result"));
    cell(w, complete ? NW_TONE_GOOD : NW_TONE_BAD,
         complete ? SAY("完整", "complete") : SAY("不完整", "not complete"));
    cell(w, NW_TONE_MUTED,
         nw_page_print(w->page,
                       SAY("具备 %lld，缺失 %lld，无效 %lld，不适用 %lld",
                           "%lld present, %lld missing, %lld invalid, %lld not needed"),
                       total(w, "present"), total(w, "missing"), total(w, "invalid"),
                       total(w, "not_needed")));
    nw_page_table(w->page, "llll", "2725");
    cell(w, NW_TONE_PLAIN, SAY("条款", "clause"));
    cell(w, NW_TONE_PLAIN, SAY("要求", "requirement"));
    cell(w, NW_TONE_PLAIN, SAY("结果", "result"));
    cell(w, NW_TONE_PLAIN, SAY("记录号", "entries"));
    for (size_t i = 0; i < json_array_size(clauses); i++)
        clause_row(w, json_array_get(clauses, i));
}

/* ---- the life of a device ---- */

static void link_row(const struct nw_paper_writer *w, const json_t *link)
{
    enum nw_tone tone = NW_TONE_MUTED;
    const char *state = nw_papers_text(link, "state");
    const char *word = strcmp(state, "event") == 0 ? "—" : nw_paper_state_word(w, state, &tone);
    const bool hidden = json_is_true(json_object_get(link, "hidden"));
    cell(w, NW_TONE_PLAIN,
         nw_page_print(w->page, "%lld",
                       (long long)json_integer_value(json_object_get(link, "entry"))));
    cell(w, NW_TONE_PLAIN, nw_papers_label(w->papers, link));
    cell(w, NW_TONE_PLAIN,
         hidden ? SAY("不公开", "not shown")
                : nw_page_print(w->page, "%s\n%s", nw_papers_text(link, "name"),
                                nw_paper_role(w, link)));
    cell(w, NW_TONE_PLAIN, nw_paper_time(w, link));
    cell(w, NW_TONE_MUTED, numbers_text(w, json_object_get(link, "rests_on")));
    cell(w, NW_TONE_MUTED, numbers_text(w, json_object_get(link, "carries")));
    cell(w, hidden ? NW_TONE_MUTED : tone, hidden ? "—" : word);
}

static void gap_row(const struct nw_paper_writer *w, const json_t *gap)
{
    enum nw_tone tone;
    const char *word = nw_paper_state_word(w, nw_papers_text(gap, "state"), &tone);
    cell(w, NW_TONE_PLAIN, nw_papers_label(w->papers, gap));
    cell(w, tone, word);
}

static void write_gaps(const struct nw_paper_writer *w, const json_t *gaps)
{
    nw_page_add(w->page, NW_BLOCK_HEADING, NW_TONE_PLAIN, SAY("缺失的环节", "Missing links"));
    nw_page_table(w->page, "ll", "73");
    cell(w, NW_TONE_PLAIN, SAY("事项", "what"));
    cell(w, NW_TONE_PLAIN, SAY("状态", "state"));
    for (size_t i = 0; i < json_array_size(gaps); i++)
        gap_row(w, json_array_get(gaps, i));
}

void nw_paper_trace(const struct nw_paper_writer *w)
{
    const json_t *links = json_object_get(w->papers->trace, "links");
    const json_t *gaps = json_object_get(w->papers->trace, "missing");
    const bool whole = json_array_size(gaps) == 0;
    nw_page_add(w->page, NW_BLOCK_VERDICT, NW_TONE_PLAIN, NULL);
    cell(w, NW_TONE_MUTED, SAY("追溯链", "chain"));
    cell(w, whole ? NW_TONE_GOOD : NW_TONE_BAD,
         whole ? SAY("至今完整", "whole so far") : SAY("有缺失", "links are missing"));
    cell(w, NW_TONE_MUTED,
         nw_page_print(w->page,
                       SAY("记录 %zu 条，缺失 %zu 环", "%zu entries, %zu links missing"),
                       json_array_size(links), json_array_size(gaps)));
    if (!whole)
        write_gaps(w, gaps);
    nw_page_add(w->page, NW_BLOCK_HEADING, NW_TONE_PLAIN,
                SAY("从设计到使用的全部记录", "All entries, from opening to use"));
    nw_page_table(w->page, "lllllll", "1433222");
    static const char *const head[][2] = {{"号", "no."},
                                          {"事项", "what"},
                                          {"姓名、角色", "name, role"},
                                          {"时间（UTC）", "time (UTC)"},
                                          {"依据", "rests on"},
                                          {"去向", "carries"},
                                          {"状态", "state"}};
    for (size_t i = 0; i < sizeof head / sizeof *head; i++)
        cell(w, NW_TONE_PLAIN, SAY(head[i][0], head[i][1]));
    for (size_t i = 0; i < json_array_size(links); i++)
        link_row(w, json_array_get(links, i));
}
