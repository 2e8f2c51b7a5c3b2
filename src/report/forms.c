/* report/forms.c -- see forms.h. */
#include "report/forms_priv.h"

#include <string.h>

#include "report/forms_documents.inc"

enum { DOCUMENTS_MOST = 200 };

struct nw_forms {
    json_t *all;        /* the templates' text */
    const json_t *list; /* of it */
};

/* ---- templates ---- */

static bool check_one(const json_t *one, struct nw_err *err)
{
    const char *name = nw_papers_text(one, "name"), *kind = nw_papers_text(one, "kind");
    const json_t *sections = json_object_get(one, "sections");
    if (!*name || !*nw_papers_text(one, "zh") || !*nw_papers_text(one, "en"))
        return nw_fail(err, NW_ERR_DATA, "a document needs \"name\", \"zh\" and \"en\"");
    if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(name))
        return nw_fail(
            err, NW_ERR_DATA,
            "the document \"%.60s\" may have small letters, digits and - in its name", name);
    if (*kind && strcmp(kind, "label") != 0 && strcmp(kind, "checklist") != 0 &&
        strcmp(kind, "trace") != 0)
        return nw_fail(err, NW_ERR_DATA, "the document \"%.60s\" is of no known kind", name);
    for (size_t i = 0; i < json_array_size(sections); i++)
        if (!*nw_papers_text(json_array_get(sections, i), "act"))
            return nw_fail(err, NW_ERR_DATA, "a section of the document \"%.60s\" names no act",
                           name);
    return true;
}

struct nw_forms *nw_forms_open(const char *text, size_t len, struct nw_err *err)
{
    struct nw_forms *forms = NW_ALLOC(struct nw_forms, 1, err);
    if (!forms)
        return NULL;
    forms->all =
        json_loadb(text ? text : (const char *)forms_documents,
                   text ? len : sizeof forms_documents - 1, JSON_REJECT_DUPLICATES, NULL);
    forms->list = json_object_get(forms->all, "documents");
    const size_t count = json_array_size(forms->list);
    bool ok = count > 0 && count <= DOCUMENTS_MOST;
    if (!ok)
        nw_fail(err, NW_ERR_DATA, "the documents are no JSON with a list \"documents\"");
    for (size_t i = 0; ok && i < count; i++)
        ok = check_one(json_array_get(forms->list, i), err);
    if (ok)
        return forms;
    nw_forms_close(forms);
    return NULL;
}

void nw_forms_close(struct nw_forms *forms)
{
    if (!forms)
        return;
    json_decref(forms->all);
    nw_free(forms);
}

size_t nw_forms_count(const struct nw_forms *forms)
{
    return json_array_size(forms->list);
}

const char *nw_forms_name(const struct nw_forms *forms, size_t at)
{
    return nw_papers_text(json_array_get(forms->list, at), "name");
}

const char *nw_forms_title(const struct nw_forms *forms, size_t at, enum nw_lang lang)
{
    return nw_papers_text(json_array_get(forms->list, at), lang == NW_LANG_ZH ? "zh" : "en");
}

/* ---- records ---- */

const char *nw_papers_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

const char *nw_papers_label(const struct nw_papers *papers, const json_t *object)
{
    return nw_papers_text(object, papers->lang == NW_LANG_ZH ? "zh" : "en");
}

static const json_t *find(const json_t *list, const char *key, const char *name)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(nw_papers_text(json_array_get(list, i), key), name) == 0)
            return json_array_get(list, i);
    return NULL;
}

const json_t *nw_papers_act(const struct nw_papers *papers, const char *name)
{
    return find(json_object_get(papers->table, "acts"), "name", name);
}

static bool is_act(const json_t *entry, const char *act)
{
    return strcmp(nw_papers_text(entry, "act"), act) == 0;
}

const json_t *nw_papers_newest(const struct nw_papers *papers, const char *act)
{
    for (size_t i = json_array_size(papers->entries); i-- > 0;)
        if (is_act(json_array_get(papers->entries, i), act))
            return json_array_get(papers->entries, i);
    return NULL;
}

const json_t *nw_papers_form(const struct nw_papers *papers, const char *act)
{
    return json_object_get(nw_papers_newest(papers, act), "form");
}

/* What an act makes: a record of its own name, unless it says another. */
static const char *item_of(const json_t *act)
{
    const char *made = nw_papers_text(act, "makes");
    return *made ? made : nw_papers_text(act, "name");
}

const json_t *nw_papers_record(const struct nw_papers *papers, const json_t *entry)
{
    const json_t *act = nw_papers_act(papers, nw_papers_text(entry, "act"));
    const json_t *list =
        act ? json_object_get(json_object_get(papers->view, "records"), item_of(act)) : NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        if (json_equal(json_object_get(one, "entry"), json_object_get(entry, "number")))
            return one;
    }
    return NULL;
}

const json_t *nw_papers_item(const struct nw_papers *papers, const char *name)
{
    const json_t *stages = json_object_get(papers->view, "stages"), *found = NULL;
    for (size_t i = 0; !found && i < json_array_size(stages); i++)
        found = find(json_object_get(json_array_get(stages, i), "acts"), "name", name);
    return found;
}

const char *nw_papers_case(const struct nw_papers *papers)
{
    return papers->case_name ? papers->case_name
                             : nw_papers_text(json_array_get(papers->entries, 0), "case");
}

static bool is_quote(const json_t *section)
{
    return json_is_true(json_object_get(section, "quote"));
}

static const json_t *act_of(const struct nw_papers *papers, const json_t *section)
{
    return nw_papers_act(papers, nw_papers_text(section, "act"));
}

/* Asked for, and not there. */
static bool is_missing(const struct nw_papers *papers, const json_t *act)
{
    const json_t *item = nw_papers_item(papers, item_of(act));
    return json_is_true(json_object_get(item, "required")) &&
           json_integer_value(json_object_get(item, "count")) == 0;
}

bool nw_forms_applies(const struct nw_forms *forms, size_t at, const struct nw_papers *papers)
{
    const json_t *one = json_array_get(forms->list, at);
    const json_t *sections = json_object_get(one, "sections");
    const bool only = json_is_true(json_object_get(one, "only_with_records"));
    if (strcmp(nw_papers_text(one, "kind"), "checklist") == 0)
        return papers->checklist != NULL;
    if (strcmp(nw_papers_text(one, "kind"), "trace") == 0)
        return papers->trace != NULL;
    for (size_t i = 0; i < json_array_size(sections); i++) {
        const json_t *section = json_array_get(sections, i), *act = act_of(papers, section);
        if (act && !is_quote(section) &&
            (nw_papers_newest(papers, nw_papers_text(act, "name")) ||
             (!only && is_missing(papers, act))))
            return true;
    }
    return false;
}

/* Asked for, and nothing that stands. */
static bool is_wanting(const struct nw_papers *papers, const json_t *act)
{
    const json_t *item = nw_papers_item(papers, item_of(act));
    const char *state = nw_papers_text(item, "state");
    return json_is_true(json_object_get(item, "required")) && strcmp(state, "done") != 0 &&
           strcmp(state, "overridden") != 0;
}

enum nw_paper_state nw_forms_state(const struct nw_forms *forms, size_t at,
                                   const struct nw_papers *papers)
{
    const json_t *one = json_array_get(forms->list, at);
    const json_t *sections = json_object_get(one, "sections");
    bool any = false, wanting = false;
    if (!nw_forms_applies(forms, at, papers))
        return NW_PAPER_NONE;
    if (strcmp(nw_papers_text(one, "kind"), "checklist") == 0)
        return json_is_true(
                   json_object_get(json_object_get(papers->checklist, "total"), "complete"))
                   ? NW_PAPER_READY
                   : NW_PAPER_PART;
    if (strcmp(nw_papers_text(one, "kind"), "trace") == 0)
        return json_is_true(json_object_get(papers->trace, "whole")) ? NW_PAPER_READY
                                                                     : NW_PAPER_PART;
    for (size_t i = 0; i < json_array_size(sections); i++) {
        const json_t *section = json_array_get(sections, i), *act = act_of(papers, section);
        if (!act || is_quote(section))
            continue;
        any |= nw_papers_newest(papers, nw_papers_text(act, "name")) != NULL;
        wanting |= is_wanting(papers, act);
    }
    if (!any)
        return NW_PAPER_MISSING;
    return wanting ? NW_PAPER_PART : NW_PAPER_READY;
}

/* ---- pages ---- */

#define SAY(zh, en) NW_PAPERS_SAY(w->papers, zh, en)

const char *nw_paper_state_word(const struct nw_paper_writer *w, const char *state,
                                enum nw_tone *tone)
{
    static const struct {
        const char *name, *zh, *en;
        enum nw_tone tone;
    } word[] = {{"valid", "有效", "valid", NW_TONE_GOOD},
                {"stale", "作废：所依据的记录已更改", "void: what it rests on has changed",
                 NW_TONE_BAD},
                {"void", "作废", "void", NW_TONE_BAD},
                {"negative", "未通过", "not passed", NW_TONE_BAD},
                {"overridden", "紧急放行", "passed over in an emergency", NW_TONE_BAD},
                {"missing", "缺失", "missing", NW_TONE_BAD}};
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (strcmp(word[i].name, state) == 0) {
            *tone = word[i].tone;
            return SAY(word[i].zh, word[i].en);
        }
    *tone = NW_TONE_MUTED;
    return SAY("已记录", "on record");
}

/* "2026-03-01T08:30:00.000000Z" as 2026-03-01 08:30:00. */
const char *nw_paper_time(const struct nw_paper_writer *w, const json_t *entry)
{
    const char *time = nw_papers_text(entry, "time");
    return strlen(time) < 19 ? time : nw_page_print(w->page, "%.10s %.8s", time, time + 11);
}

const char *nw_paper_role(const struct nw_paper_writer *w, const json_t *actor)
{
    const json_t *role =
        find(json_object_get(w->papers->table, "roles"), "name", nw_papers_text(actor, "role"));
    return role ? nw_papers_label(w->papers, role) : nw_papers_text(actor, "role");
}

static void cell(const struct nw_paper_writer *w, enum nw_tone tone, const char *text)
{
    nw_page_cell(w->page, tone, text);
}

static void fact(const struct nw_paper_writer *w, const char *label, const char *value)
{
    nw_page_box(w->page, label, NW_TONE_PLAIN, *value ? value : "—", true);
}

static const char *opening(const struct nw_paper_writer *w, const char *field)
{
    const struct nw_papers *p = w->papers;
    const json_t *act = nw_papers_act(p, "case.open");
    const json_t *value = json_object_get(nw_papers_form(p, "case.open"), field);
    return act && value ? nw_papers_value(p, w->page, nw_papers_field(act, field), value) : "";
}

/* The act whose newest record the paper is named after: the first that is not a quotation. */
static const json_t *main_entry(const struct nw_paper_writer *w)
{
    const json_t *sections = json_object_get(w->template, "sections");
    for (size_t i = 0; i < json_array_size(sections); i++)
        if (!is_quote(json_array_get(sections, i))) {
            const json_t *entry =
                nw_papers_newest(w->papers, nw_papers_text(json_array_get(sections, i), "act"));
            if (entry)
                return entry;
        }
    return NULL;
}

static void write_head(const struct nw_paper_writer *w)
{
    const json_t *notices = json_object_get(w->template, "notices");
    const json_t *entry = main_entry(w), *record = nw_papers_record(w->papers, entry);
    enum nw_tone tone = NW_TONE_PLAIN;
    const char *state =
        record ? nw_paper_state_word(w, nw_papers_text(record, "state"), &tone) : NULL;
    nw_page_add(w->page, NW_BLOCK_TITLE, NW_TONE_PLAIN, w->page->title);
    nw_page_add(w->page, NW_BLOCK_TEXT, NW_TONE_MUTED,
                nw_page_print(w->page, SAY("%s 第 %s 条", "%s clause %s"),
                              nw_papers_text(w->papers->table, "name"),
                              nw_papers_text(w->template, "clause")));
    nw_page_add(w->page, NW_BLOCK_FORM, NW_TONE_PLAIN, NULL);
    fact(w, SAY("病例", "case"), nw_papers_case(w->papers));
    fact(w, SAY("患者标识", "patient mark"), opening(w, "patient"));
    fact(w, SAY("医疗机构", "hospital"), opening(w, "hospital"));
    fact(w, SAY("科室", "department"), opening(w, "department"));
    fact(w, SAY("器械", "device"), opening(w, "device"));
    fact(w, SAY("产品类型", "product type"), opening(w, "type"));
    fact(w, SAY("使用部位与侧别", "site and side"),
         nw_page_print(w->page, "%s %s", opening(w, "site"), opening(w, "side")));
    fact(w, SAY("生产企业", "maker"), opening(w, "maker"));
    if (record) {
        fact(w, SAY("版本", "version"),
             nw_page_print(w->page, "%lld",
                           (long long)json_integer_value(json_object_get(record, "version"))));
        nw_page_box(w->page, SAY("状态", "state"), tone, state, true);
    }
    for (size_t i = 0; i < json_array_size(notices); i++)
        nw_page_add(w->page, NW_BLOCK_TEXT, NW_TONE_WARN,
                    nw_papers_label(w->papers, json_array_get(notices, i)));
}

static const char *heading(const struct nw_paper_writer *w, const json_t *section,
                           const json_t *act)
{
    const char *own = nw_papers_label(w->papers, section);
    const char *clause = nw_papers_text(act, "clause");
    if (*own)
        return own;
    return nw_page_print(w->page, SAY("%s（%s）%s", "%s (%s)%s"),
                         nw_papers_label(w->papers, act), clause,
                         is_quote(section) ? SAY("，摘录", ", quoted") : "");
}

/* One record: its state when it no longer stands, then its fields. */
static void write_record(const struct nw_paper_writer *w, const json_t *section,
                         const json_t *act, const json_t *entry)
{
    const json_t *record = nw_papers_record(w->papers, entry);
    const char *state = nw_papers_text(record, "state");
    if (*state && strcmp(state, "valid") != 0) {
        enum nw_tone tone;
        const char *word = nw_paper_state_word(w, state, &tone);
        nw_page_add(w->page, NW_BLOCK_TEXT, tone, word);
    }
    nw_papers_show(w->papers, w->page, act, json_object_get(entry, "form"), section);
}

/* Those of a section that are shown: all of an act that may be done many times, else the
 * newest. */
static bool is_shown(const struct nw_paper_writer *w, const json_t *act, const json_t *entry)
{
    const char *name = nw_papers_text(act, "name");
    return is_act(entry, name) && (json_is_true(json_object_get(act, "many")) ||
                                   entry == nw_papers_newest(w->papers, name));
}

static void write_section(const struct nw_paper_writer *w, const json_t *section)
{
    const json_t *act = act_of(w->papers, section), *entries = w->papers->entries;
    if (!act || json_array_size(json_object_get(act, "fields")) == 0)
        return; /* a signature and nothing else stands in the block of signatures */
    const bool none = !nw_papers_newest(w->papers, nw_papers_text(act, "name"));
    if (none && !is_missing(w->papers, act))
        return;
    nw_page_add(w->page, NW_BLOCK_HEADING, NW_TONE_PLAIN, heading(w, section, act));
    if (none)
        nw_page_add(w->page, NW_BLOCK_TEXT, NW_TONE_BAD,
                    SAY("缺失：此记录尚未形成", "missing: this record has not been made"));
    for (size_t i = 0; i < json_array_size(entries); i++)
        if (is_shown(w, act, json_array_get(entries, i)))
            write_record(w, section, act, json_array_get(entries, i));
}

/* ---- who answers for it ---- */

static bool is_of(const json_t *list, const char *name)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *one = json_string_value(json_array_get(list, i));
        if (one && strcmp(one, name) == 0)
            return true;
    }
    return false;
}

/* What exactly the signature covers, each with its digest: whole for what the act is there to
 * sign, else its beginning (the whole one stands on the record's own paper), and none of what
 * is a signature and nothing else. */
static const char *covers_text(const struct nw_paper_writer *w, const json_t *act,
                               const json_t *records)
{
    const json_t *signs = json_object_get(act, "signs");
    const char *text = "";
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *one = json_array_get(records, i);
        const char *name = nw_papers_text(one, "name");
        const json_t *made_by = nw_papers_act(w->papers, name);
        if (find(records, "name", name) != one)
            continue;
        const bool bare = made_by && json_array_size(json_object_get(made_by, "fields")) == 0;
        const bool whole = is_of(signs, name);
        text = nw_page_print(w->page,
                             SAY("%s\n%s 第 %lld 版 %.*s%s", "%s\n%s version %lld %.*s%s"),
                             text, made_by ? nw_papers_label(w->papers, made_by) : name,
                             (long long)json_integer_value(json_object_get(one, "version")),
                             bare    ? 0
                             : whole ? 64
                                     : 12,
                             nw_papers_text(one, "sha256"), bare || whole ? "" : "…");
    }
    return text;
}

static const char *proof_text(const struct nw_paper_writer *w, const json_t *act,
                              const json_t *entry, const json_t *record)
{
    const json_t *signature = json_object_get(entry, "signature");
    const json_t *statement = json_object_get(signature, "statement");
    const char *sha = nw_papers_text(record, "sha256");
    if (!signature)
        return nw_page_print(w->page, SAY("未签名\n记录 %s", "not signed\nrecord %s"), sha);
    const char *own = json_object_get(statement, "form_sha256")
                          ? nw_page_print(w->page, SAY("\n记录 %s", "\nrecord %s"), sha)
                          : "";
    return nw_page_print(w->page, SAY("%s 签名，密钥 %s%s%s", "%s signature, key %s%s%s"),
                         nw_papers_text(signature, "kind"), nw_papers_text(signature, "key"),
                         own, covers_text(w, act, json_object_get(statement, "records")));
}

static void signature_row(const struct nw_paper_writer *w, const json_t *act,
                          const json_t *entry)
{
    const json_t *actor = json_object_get(entry, "actor");
    const json_t *record = nw_papers_record(w->papers, entry);
    enum nw_tone tone;
    const char *state = nw_paper_state_word(w, nw_papers_text(record, "state"), &tone);
    cell(w, NW_TONE_PLAIN, nw_papers_label(w->papers, act));
    cell(w, NW_TONE_PLAIN,
         nw_page_print(w->page, "%s\n%s\n%s", nw_papers_text(actor, "name"),
                       nw_paper_role(w, actor), nw_papers_text(actor, "organisation")));
    cell(w, NW_TONE_PLAIN, nw_paper_time(w, entry));
    cell(w, NW_TONE_MUTED, proof_text(w, act, entry, record));
    cell(w, tone, state);
}

static void missing_row(const struct nw_paper_writer *w, const json_t *act)
{
    enum nw_tone tone;
    const char *word = nw_paper_state_word(w, "missing", &tone);
    cell(w, NW_TONE_PLAIN, nw_papers_label(w->papers, act));
    for (int i = 0; i < 3; i++)
        cell(w, NW_TONE_MUTED, "—");
    cell(w, tone, word);
}

static void write_signatures(const struct nw_paper_writer *w)
{
    const json_t *sections = json_object_get(w->template, "sections");
    const json_t *entries = w->papers->entries;
    nw_page_add(w->page, NW_BLOCK_HEADING, NW_TONE_PLAIN,
                SAY("记录与签名", "Records and signatures"));
    nw_page_table(w->page, "lllll", "43272");
    static const char *const head[][2] = {
        {"事项", "what"},
        {"姓名、角色、单位", "name, role, organisation"},
        {"时间（UTC）", "time (UTC)"},
        {"签名与摘要（SHA-256）", "signature, digest (SHA-256)"},
        {"状态", "state"}};
    for (size_t i = 0; i < sizeof head / sizeof *head; i++)
        cell(w, NW_TONE_PLAIN, SAY(head[i][0], head[i][1]));
    for (size_t i = 0; i < json_array_size(sections); i++) {
        const json_t *section = json_array_get(sections, i), *act = act_of(w->papers, section);
        if (!act || is_quote(section))
            continue;
        for (size_t k = 0; k < json_array_size(entries); k++)
            if (is_act(json_array_get(entries, k), nw_papers_text(act, "name")))
                signature_row(w, act, json_array_get(entries, k));
        if (is_missing(w->papers, act))
            missing_row(w, act);
    }
}

/* ---- the whole ---- */

/* What the paper shows can be held against the dossier by this. */
static const char *digest_at_foot(const struct nw_paper_writer *w)
{
    const json_t *entry = main_entry(w);
    if (!entry) /* the last entry chains all before it */
        entry = json_array_get(w->papers->entries, json_array_size(w->papers->entries) - 1);
    const json_t *record = nw_papers_record(w->papers, entry);
    return record ? nw_papers_text(record, "sha256") : nw_papers_text(entry, "before");
}

static bool write_paper(const struct nw_paper_writer *w, struct nw_text *out,
                        struct nw_err *err)
{
    const json_t *sections = json_object_get(w->template, "sections");
    w->page->lang = SAY("zh-CN", "en");
    w->page->title = nw_papers_label(w->papers, w->template);
    w->page->sheet_format = SAY("第 # 页，共 # 页", "Page # of #");
    w->page->foot = nw_page_print(
        w->page, SAY("病例 %s　记录摘要 %s　Nuwa %s", "case %s   record %s   Nuwa %s"),
        nw_papers_case(w->papers), digest_at_foot(w), w->papers->version);
    write_head(w);
    if (strcmp(nw_papers_text(w->template, "kind"), "checklist") == 0) {
        nw_paper_checklist(w);
    } else if (strcmp(nw_papers_text(w->template, "kind"), "trace") == 0) {
        nw_paper_trace(w);
    } else {
        for (size_t i = 0; i < json_array_size(sections); i++)
            write_section(w, json_array_get(sections, i));
        write_signatures(w);
    }
    if (w->page->err.code != NW_OK) {
        *err = w->page->err;
        return false;
    }
    return nw_page_pdf(w->page, out, err);
}

bool nw_forms_write(const struct nw_forms *forms, size_t at, const struct nw_papers *papers,
                    struct nw_text *out, struct nw_err *err)
{
    const json_t *template = json_array_get(forms->list, at);
    if (!json_is_array(json_object_get(papers->table, "acts")) ||
        json_array_size(papers->entries) == 0 || !json_is_object(papers->view))
        return nw_fail(err, NW_ERR_DATA, "the records are no case's");
    if (strcmp(nw_papers_text(template, "kind"), "label") == 0)
        return nw_label_pdf(papers, out, err);
    struct nw_page page = {0};
    const struct nw_paper_writer w = {papers, &page, template};
    const bool ok = write_paper(&w, out, err);
    nw_page_release(&page);
    return ok;
}
