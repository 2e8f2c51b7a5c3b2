/* anatomy/sheet.c -- see sheet_priv.h and gate.h. */
#include "anatomy/sheet_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "anatomy/gate.h"
#include "anatomy/sheets.inc"

/* Our own text: that it parses is proved by a test, so NULL means no memory. */
static json_t *load(struct nw_err *err)
{
    json_t *root = json_loadb((const char *)sheets_json, sizeof sheets_json - 1,
                              JSON_REJECT_DUPLICATES, NULL);
    if (!root)
        nw_fail(err, NW_ERR_MEMORY, "no memory for the requirement sheets");
    return root;
}

const char *nw_json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool list_has(const json_t *list, const char *word)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), word) == 0)
            return true;
    return false;
}

static bool fail_not_found(const json_t *sheets, const char *name, struct nw_err *err)
{
    char list[300] = "";
    for (size_t i = 0; i < json_array_size(sheets); i++) {
        const size_t len = strlen(list);
        snprintf(list + len, sizeof list - len, "%s%s", i ? ", " : "",
                 nw_json_text(json_array_get(sheets, i), "name"));
    }
    return nw_fail(err, NW_ERR_NOTFOUND,
                   "no requirement sheet is called \"%.40s\"; there are %s", name, list);
}

bool nw_sheet_find(const char *name, struct nw_sheet *out, struct nw_err *err)
{
    json_t *root = load(err);
    if (!root)
        return false;
    const json_t *sheets = json_object_get(root, "sheets");
    for (size_t i = 0; i < json_array_size(sheets); i++) {
        json_t *body = json_array_get(sheets, i);
        if (strcmp(nw_json_text(body, "name"), name) == 0 ||
            list_has(json_object_get(body, "presets"), name)) {
            *out = (struct nw_sheet){root, body};
            return true;
        }
    }
    fail_not_found(sheets, name, err);
    json_decref(root);
    return false;
}

void nw_sheet_release(struct nw_sheet *sheet)
{
    json_decref(sheet->root);
    *sheet = (struct nw_sheet){0};
}

bool nw_sheet_at(size_t index, struct nw_sheet_name *out)
{
    struct nw_err err = {0};
    json_t *root = load(&err);
    const json_t *body = json_array_get(json_object_get(root, "sheets"), index);
    if (body) {
        snprintf(out->name, sizeof out->name, "%s", nw_json_text(body, "name"));
        snprintf(out->zh, sizeof out->zh, "%s", nw_json_text(body, "zh"));
        snprintf(out->en, sizeof out->en, "%s", nw_json_text(body, "en"));
    }
    const bool found = body != NULL;
    json_decref(root);
    return found;
}

const char *nw_sheet_text(const struct nw_sheet *sheet, const char *key)
{
    return nw_json_text(sheet->body, key);
}

double nw_sheet_number(const struct nw_sheet *sheet, const char *key)
{
    return json_number_value(json_object_get(sheet->body, key));
}

bool nw_sheet_flag(const struct nw_sheet *sheet, const char *key)
{
    return json_is_true(json_object_get(sheet->body, key));
}

double nw_sheet_limit(const struct nw_sheet *sheet, const char *key)
{
    return json_number_value(json_object_get(json_object_get(sheet->root, "limits"), key));
}

const char *nw_sheet_version(const struct nw_sheet *sheet)
{
    return nw_json_text(sheet->root, "version");
}

size_t nw_sheet_count(const struct nw_sheet *sheet, const char *list)
{
    return json_array_size(json_object_get(sheet->body, list));
}

json_t *nw_sheet_item(const struct nw_sheet *sheet, const char *list, size_t index)
{
    return json_array_get(json_object_get(sheet->body, list), index);
}

/* Does the text hold the word, whatever the case of ASCII letters? */
static bool text_has(const char *text, const char *word)
{
    const size_t len = strlen(word);
    for (; *text; text++) {
        size_t i = 0;
        while (i < len && tolower((unsigned char)text[i]) == tolower((unsigned char)word[i]))
            i++;
        if (i == len)
            return true;
    }
    return false;
}

static bool header_has_word(const struct nw_scan_facts *f, const json_t *words)
{
    const char *const text[] = {f->series_description, f->protocol, f->sequence};
    for (size_t i = 0; i < json_array_size(words); i++)
        for (size_t t = 0; t < sizeof text / sizeof *text; t++)
            if (text_has(text[t], json_string_value(json_array_get(words, i))))
                return true;
    return false;
}

static json_t *common_words(const struct nw_sheet *sheet, const char *key)
{
    return json_object_get(json_object_get(sheet->root, "words"), key);
}

enum nw_contrast nw_header_contrast(const struct nw_sheet *sheet, const struct nw_scan_facts *f)
{
    if (f->contrast_agent[0])
        return NW_CONTRAST_GIVEN;
    if (header_has_word(f, common_words(sheet, "plain")))
        return NW_CONTRAST_PLAIN; /* before the other words: "without contrast" */
    return header_has_word(f, common_words(sheet, "contrast")) ? NW_CONTRAST_GIVEN
                                                               : NW_CONTRAST_SILENT;
}

bool nw_header_names_phase(const struct nw_sheet *sheet, const struct nw_scan_facts *f)
{
    return header_has_word(f, common_words(sheet, "phase"));
}

bool nw_header_suits(const struct nw_sheet *sheet, const json_t *row,
                     const struct nw_scan_facts *f)
{
    const json_t *words = json_object_get(row, "words");
    const char *contrast = nw_json_text(row, "contrast");
    const enum nw_contrast has = nw_header_contrast(sheet, f);
    if (!f->modality[0] || !text_has(nw_json_text(row, "modality"), f->modality))
        return false;
    if (words && !header_has_word(f, words))
        return false;
    if (header_has_word(f, json_object_get(row, "without_words")))
        return false;
    if (strcmp(contrast, "demanded") == 0)
        return has != NW_CONTRAST_PLAIN;
    return strcmp(contrast, "none") != 0 || has != NW_CONTRAST_GIVEN;
}
