/* tests/unit/report/forms_test.c */
#include "report/forms.h"

#include <unistd.h>

#include "case/play.h"
#include "core/text.h"
#include "io/file.h"

static char folder[] = "/tmp/nw_forms_XXXXXX";
static struct nw_forms *forms;

/* A case of tests/data as far as an act, with what papers are made from. */
struct sample {
    struct play play;
    json_t *view, *checklist, *trace;
    struct nw_papers papers;
};

static void look(struct sample *s)
{
    char time[80];
    play_time(&s->play, time);
    json_decref(s->view);
    json_decref(s->checklist);
    json_decref(s->trace);
    s->view = nw_case_view(s->play.state, time);
    s->checklist = nw_case_checklist(s->play.state, time);
    s->trace = nw_case_trace(s->play.state);
    s->papers = (struct nw_papers){.table = nw_flow_table(flow),
                                   .entries = s->play.entries,
                                   .view = s->view,
                                   .checklist = s->checklist,
                                   .trace = s->trace,
                                   .version = "0"};
}

static bool do_step(struct sample *s, const json_t *step)
{
    struct nw_err err = {0};
    const bool ok = play_step(&s->play, step, &err);
    if (!ok)
        printf("# %s: %s\n", step_act(step), err.msg);
    return ok;
}

static void make_sample(struct sample *s, const char *upto, const char *field, json_t *value)
{
    json_t *data = load_json("custom"), *steps = json_object_get(data, "steps");
    *s = (struct sample){.play = play_new()};
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        if (field && strcmp(step_act(step), "order.write") == 0)
            json_object_set(json_object_get(step, "form"), field, value);
        CHECK(do_step(s, step));
        if (strcmp(step_act(step), upto) == 0)
            break;
    }
    json_decref(data);
    json_decref(value);
    look(s);
}

static void free_sample(struct sample *s)
{
    json_decref(s->view);
    json_decref(s->checklist);
    json_decref(s->trace);
    play_free(&s->play);
}

static size_t paper(const char *name)
{
    for (size_t i = 0; i < nw_forms_count(forms); i++)
        if (strcmp(nw_forms_name(forms, i), name) == 0)
            return i;
    CHECK(!"there is such a paper");
    return 0;
}

static struct nw_text made(const struct sample *s, const char *name)
{
    struct nw_err err = {0};
    struct nw_text out;
    nw_text_init(&out, 64 << 20);
    CHECK(nw_forms_write(forms, paper(name), &s->papers, &out, &err));
    if (err.code != NW_OK)
        printf("# %s: %s\n", name, err.msg);
    return out;
}

/* What a reader finds on it, without spaces and line ends; "" without a reader. */
static const char *text_of(const struct sample *s, const char *name)
{
    static char text[1 << 20];
    char path[100], command[200];
    struct nw_err err = {0};
    struct nw_text pdf = made(s, name);
    (void)snprintf(path, sizeof path, "%s/a.pdf", folder);
    (void)snprintf(command, sizeof command, "pdftotext %s - 2>/dev/null | tr -d ' \\n\\f'",
                   path);
    CHECK(nw_file_write(path, pdf.data, pdf.len, &err));
    nw_text_release(&pdf);
    FILE *f = popen(command, "r");
    const size_t len = f ? fread(text, 1, sizeof text - 1, f) : 0;
    text[len] = 0;
    if (f)
        (void)pclose(f);
    (void)unlink(path);
    return text;
}

static bool same(struct nw_text *a, struct nw_text *b)
{
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static void the_same_records_give_the_same_bytes_and_others_do_not(void)
{
    struct sample a, b;
    make_sample(&a, "order.sign_maker", NULL, NULL);
    make_sample(&b, "order.sign_maker", "shrinkage_percent", json_real(0.31));
    struct nw_text one = made(&a, "order"), again = made(&a, "order"),
                   other = made(&b, "order");
    CHECK(same(&one, &again) && !same(&one, &other));
    const char *text = text_of(&b, "order");
    CHECK(!*text || strstr(text, "0.31%"));
    nw_text_release(&one);
    nw_text_release(&again);
    nw_text_release(&other);
    free_sample(&a);
    free_sample(&b);
}

/* Every paper, with nothing on record but the opening: none fails, and what is missing is said
 * to be. */
static void what_is_missing_is_said_to_be(void)
{
    struct sample s;
    make_sample(&s, "case.open", NULL, NULL);
    for (size_t i = 0; i < nw_forms_count(forms); i++) {
        struct nw_text pdf = made(&s, nw_forms_name(forms, i));
        CHECK(pdf.len > 1000);
        nw_text_release(&pdf);
    }
    CHECK(nw_forms_applies(forms, paper("order"), &s.papers));
    CHECK(nw_forms_applies(forms, paper("agreement"), &s.papers));
    CHECK(!nw_forms_applies(forms, paper("adverse-event"), &s.papers));
    const char *text = text_of(&s, "order");
    CHECK(!*text ||
          (strstr(text, "缺失：此记录尚未形成") && strstr(text, "企业联系人签订订单")));
    text = text_of(&s, "label");
    CHECK(!*text || (strstr(text, "草稿：标签尚未签发") && strstr(text, "没有唯一识别码")));
    text = text_of(&s, "completeness");
    CHECK(!*text || strstr(text, "不完整"));
    text = text_of(&s, "device-life"); /* nothing behind it yet */
    CHECK(!*text || (strstr(text, "至今完整") && strstr(text, "记录1条")));
    free_sample(&s);
}

/* Req: R-003 */
static void the_choice_of_the_method_is_printed(void)
{
    struct sample s;
    make_sample(&s, "images.confirm", NULL, NULL);
    const json_t *form = nw_case_record(s.play.state, "images.take", 0);
    const char *by = json_string_value(json_object_get(form, "method_chosen_by"));
    const char *why = json_string_value(json_object_get(form, "method_reason"));
    const char *text = text_of(&s, "data-confirmation");
    char want[2][200];
    const char *const said[] = {by, why};
    for (int k = 0; k < 2; k++) {
        size_t len = 0;
        for (const char *at = said[k]; *at && len + 1 < sizeof want[0]; at++)
            if (*at != ' ')
                want[k][len++] = *at;
        want[k][len] = 0;
        CHECK(len > 0 && (!*text || strstr(text, want[k])));
    }
    free_sample(&s);
}

/* A new version of the order makes the signatures over the old one void, and it shows. */
static void a_signature_over_an_old_version_is_void(void)
{
    struct sample s;
    make_sample(&s, "order.sign_maker", NULL, NULL);
    const char *text = text_of(&s, "order");
    CHECK(!*text || !strstr(text, "作废"));
    json_t *data = load_json("custom"), *steps = json_object_get(data, "steps");
    for (size_t i = 0; i < json_array_size(steps); i++)
        if (strcmp(step_act(json_array_get(steps, i)), "order.write") == 0)
            CHECK(do_step(&s, json_array_get(steps, i)));
    json_decref(data);
    look(&s);
    text = text_of(&s, "order");
    CHECK(!*text || (strstr(text, "作废") && strstr(text, "版本2")));
    free_sample(&s);
}

/* 20 000 letters, the most that the table allows: all are there, over many sheets. */
static void a_long_text_is_there_to_its_last_letter(void)
{
    enum { LETTERS = 19000 };
    static char prose[3 * LETTERS + 20];
    struct sample s;
    for (size_t i = 0; i < LETTERS; i++)
        memcpy(prose + 3 * i, i % 50 == 49 ? "。" : "长", 3);
    memcpy(prose + 3 * LETTERS, "完毕", 7);
    make_sample(&s, "order.write", "structure", json_string(prose));
    const char *text = text_of(&s, "order");
    size_t found = 0;
    for (const char *c = strstr(text, "长"); c; c = strstr(c + 3, "长"))
        found++;
    CHECK(!*text || (found >= LETTERS / 50 * 49 && found < LETTERS / 50 * 49 + 20 &&
                     strstr(text, "完毕")));
    free_sample(&s);
}

static void what_is_no_case_is_refused(void)
{
    struct nw_err err = {0};
    struct nw_text out;
    json_t *nothing = json_object();
    const struct nw_papers papers = {
        .table = nothing, .entries = nothing, .view = nothing, .version = "0"};
    nw_text_init(&out, 1000);
    CHECK(!nw_forms_write(forms, 0, &papers, &out, &err) && err.code == NW_ERR_DATA);
    static const char *const bad[] = {
        "",
        "[]",
        "{\"documents\": []}",
        "{\"documents\": [{\"name\": \"a\"}]}",
        "{\"documents\": [{\"name\": \"../a\", \"zh\": \"a\", \"en\": \"a\"}]}",
        "{\"documents\": [{\"name\": \"a\", \"zh\": \"a\", \"en\": \"a\", \"kind\": \"b\"}]}",
        "{\"documents\": [{\"name\":\"a\",\"zh\":\"a\",\"en\":\"a\",\"sections\":[1]}]}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct nw_err why = {0};
        CHECK(!nw_forms_open(bad[i], strlen(bad[i]), &why) && why.code == NW_ERR_DATA);
    }
    json_decref(nothing);
}

static struct sample starved;
static bool write_starved(struct nw_err *err)
{
    struct nw_text out;
    nw_text_init(&out, 64 << 20);
    const bool ok = nw_forms_write(forms, paper("label"), &starved.papers, &out, err);
    nw_text_release(&out);
    return ok;
}

static void without_memory_no_paper_is_made(void)
{
    make_sample(&starved, "label.issue", NULL, NULL);
    CHECK(unit_starve(write_starved) > 5);
    free_sample(&starved);
}

/* The order before it is written, as written, signed by all, and after the plan it rests on was
 * changed. */
static void a_paper_says_how_far_it_is(void)
{
    struct sample s;
    make_sample(&s, "plan.make", NULL, NULL);
    CHECK(nw_forms_state(forms, paper("order"), &s.papers) == NW_PAPER_MISSING);
    CHECK(nw_forms_state(forms, paper("consent"), &s.papers) == NW_PAPER_READY);
    CHECK(nw_forms_state(forms, paper("adverse-event"), &s.papers) == NW_PAPER_NONE);
    CHECK(nw_forms_state(forms, paper("completeness"), &s.papers) == NW_PAPER_PART);
    free_sample(&s);
    make_sample(&s, "order.write", NULL, NULL);
    CHECK(nw_forms_state(forms, paper("order"), &s.papers) == NW_PAPER_PART);
    free_sample(&s);
    make_sample(&s, "order.sign_maker", NULL, NULL);
    CHECK(nw_forms_state(forms, paper("order"), &s.papers) == NW_PAPER_READY);
    json_t *data = load_json("custom");
    const json_t *step;
    size_t i;
    json_array_foreach(json_object_get(data, "steps"), i, step)
    {
        if (strcmp(step_act(step), "plan.make") == 0)
            CHECK(do_step(&s, step));
    }
    json_decref(data);
    look(&s);
    CHECK(nw_forms_state(forms, paper("order"), &s.papers) == NW_PAPER_PART);
    free_sample(&s);
}

int main(void)
{
    struct nw_err err = {0};
    forms = nw_forms_open(NULL, 0, &err);
    if (!forms || !mkdtemp(folder))
        return 1;
    play_begin();
    UNIT(a_paper_says_how_far_it_is);
    UNIT(the_same_records_give_the_same_bytes_and_others_do_not);
    UNIT(what_is_missing_is_said_to_be);
    UNIT(the_choice_of_the_method_is_printed);
    UNIT(a_signature_over_an_old_version_is_void);
    UNIT(a_long_text_is_there_to_its_last_letter);
    UNIT(what_is_no_case_is_refused);
    UNIT(without_memory_no_paper_is_made);
    play_end();
    nw_forms_close(forms);
    (void)rmdir(folder);
    return unit_end();
}
