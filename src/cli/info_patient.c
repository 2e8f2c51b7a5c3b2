/* cli/info_patient.c -- see info_priv.h. */
#include <string.h>

#include "cli/info_priv.h"
#include "core/text.h"

enum { PATIENTS_MOST = 8, TEXTS_MOST = 6 };

static bool add(json_t *list, json_t *one, struct nw_err *err)
{
    return (one && json_array_append_new(list, one) == 0) ||
           nw_fail(err, NW_ERR_MEMORY, "no memory for the result");
}

static bool put(json_t *object, const char *key, json_t *value, struct nw_err *err)
{
    return (value && json_object_set_new(object, key, value) == 0) ||
           nw_fail(err, NW_ERR_MEMORY, "no memory for the result");
}

static bool is_same_patient(const struct nw_scan_facts *a, const struct nw_scan_facts *b)
{
    return strcmp(a->patient_id, b->patient_id) == 0 &&
           strcmp(a->patient_name, b->patient_name) == 0 &&
           strcmp(a->patient_sex, b->patient_sex) == 0 &&
           strcmp(a->patient_birth_date, b->patient_birth_date) == 0;
}

/* Where a patient is seen first: only that one of the found is told. */
static bool is_first(const struct nw_intake *intake, size_t at)
{
    const struct nw_scan_facts *f = &nw_intake_at(intake, at)->facts;
    if (!f->patient_id[0] && !f->patient_name[0])
        return false;
    for (size_t i = 0; i < at; i++)
        if (is_same_patient(&nw_intake_at(intake, i)->facts, f))
            return false;
    return true;
}

static json_t *agrees(const struct nw_scan_facts *f, const char *order)
{
    return f->patient_id[0] ? json_boolean(nw_text_is_same_mark(f->patient_id, order))
                            : json_null();
}

static void print_order(const struct nw_run *run, const struct nw_scan_facts *f,
                        const char *order)
{
    if (!f->patient_id[0])
        nw_run_print(run, "%s",
                     nw_say(run, "患者：影像中没有患者编号，请人工核对\n",
                            "patient: the scan has no number; a person must compare\n"));
    else if (nw_text_is_same_mark(f->patient_id, order))
        nw_run_print(run, "%s",
                     nw_say(run, "患者：编号与医嘱一致\n",
                            "patient: the number is that of the order\n"));
    else
        nw_run_print(run, "%s",
                     nw_say(run, "患者：编号与医嘱不一致！\n",
                            "patient: the number is NOT that of the order\n"));
}

bool nw_info_patients(struct nw_run *run, const struct nw_intake *intake, const char *order,
                      json_t *path, struct nw_err *err)
{
    json_t *list = json_array();
    if (!put(path, "patients_found", list, err))
        return false;
    for (size_t i = 0; i < nw_intake_count(intake); i++) {
        const struct nw_scan_facts *f = &nw_intake_at(intake, i)->facts;
        if (!is_first(intake, i) || json_array_size(list) == PATIENTS_MOST)
            continue;
        json_t *one =
            json_pack("{s:s, s:s, s:s, s:s}", "name", f->patient_name, "id", f->patient_id,
                      "sex", f->patient_sex, "birth_date", f->patient_birth_date);
        if (!add(list, one, err) || (order && !put(one, "agrees", agrees(f, order), err)))
            return false;
        if (order)
            print_order(run, f, order);
    }
    return true;
}

/* ---- character sets ---- */

static bool has_guessed(const struct nw_found *f)
{
    for (size_t i = 0; i < f->remark_count; i++)
        if (strcmp(f->remark[i].code, "charset-guessed") == 0)
            return true;
    return false;
}

/* A text once. */
static bool add_text(json_t *list, const char *text, struct nw_err *err)
{
    if (!*text || json_array_size(list) == TEXTS_MOST)
        return true;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), text) == 0)
            return true;
    return add(list, json_string(text), err);
}

/* Names first, then what else the radiology department wrote. */
static bool add_texts(json_t *list, const struct nw_intake *intake, struct nw_err *err)
{
    const size_t count = nw_intake_count(intake);
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        ok = add_text(list, nw_intake_at(intake, i)->facts.patient_name, err);
    for (size_t i = 0; ok && i < count; i++) {
        const struct nw_scan_facts *f = &nw_intake_at(intake, i)->facts;
        ok = add_text(list, f->study_description, err) &&
             add_text(list, f->series_description, err) && add_text(list, f->body_part, err);
    }
    return ok;
}

static bool add_charset(struct nw_run *run, const char *name, const char *charset, json_t *list,
                        struct nw_err *err)
{
    const struct nw_intake_opts opts = {.charset = charset};
    struct nw_intake *intake = nw_intake_new(name, &opts, err);
    json_t *texts = json_array();
    bool fits = true;
    for (size_t i = 0; intake && i < nw_intake_count(intake); i++)
        fits = fits && !has_guessed(nw_intake_at(intake, i));
    bool ok = intake && texts && add_texts(texts, intake, err);
    if (ok) {
        const char *first = json_string_value(json_array_get(texts, 0));
        nw_run_print(run, "  %-10s %s\n", charset, first ? first : "");
        ok = add(list,
                 json_pack("{s:s, s:b, s:O}", "charset", charset, "fits", fits, "texts", texts),
                 err);
    }
    json_decref(texts);
    nw_intake_free(intake);
    return ok;
}

bool nw_info_charsets(struct nw_run *run, const char *name, json_t *path, struct nw_err *err)
{
    static const char *const sets[] = {"GB18030", "GBK", "UTF-8", "ISO_IR 100", "BIG5"};
    json_t *list = json_array();
    bool ok = put(path, "charsets", list, err);
    for (size_t i = 0; ok && i < sizeof sets / sizeof *sets; i++)
        ok = add_charset(run, name, sets[i], list, err);
    return ok;
}
