/* cli/parse.c -- see parse_priv.h and command.h. */
#include "cli/parse_priv.h"

#include <math.h>
#include <string.h>

#include "core/text.h"

static bool is_positional(const struct nw_arg *a)
{
    return a->kind == NW_ARG_INPUT || a->kind == NW_ARG_INPUTS || a->kind == NW_ARG_WORD ||
           (a->kind == NW_ARG_OUTPUT && a->letter == 1);
}

static void *member(void *out, const struct nw_arg *a)
{
    return (char *)out + a->offset;
}

static void set_presets(const struct nw_arg *args, void *out)
{
    for (const struct nw_arg *a = args; a->kind != NW_ARG_END; a++) {
        if (a->kind == NW_ARG_LENGTH || a->kind == NW_ARG_NUMBER)
            *(double *)member(out, a) = isnan(a->preset) ? 0 : a->preset;
        else if (a->kind == NW_ARG_COUNT)
            *(int64_t *)member(out, a) = isnan(a->preset) ? 0 : (int64_t)a->preset;
    }
}

static const struct nw_arg *find_option(const struct nw_arg *args, const char *word,
                                        const char **value)
{
    *value = NULL;
    for (const struct nw_arg *a = args; a->kind != NW_ARG_END; a++) {
        if (is_positional(a))
            continue;
        const size_t len = strlen(a->name);
        if (a->letter && word[0] == '-' && word[1] == a->letter) {
            *value = word[2] ? word + 2 : NULL;
            return a;
        }
        if (strncmp(word, "--", 2) == 0 && strncmp(word + 2, a->name, len) == 0 &&
            (word[2 + len] == '\0' || word[2 + len] == '=')) {
            *value = word[2 + len] ? word + 3 + len : NULL;
            return a;
        }
    }
    return NULL;
}

static bool in_range(const struct nw_arg *a, double value, struct nw_err *err)
{
    if (value >= a->min && value <= a->max)
        return true;
    const char *unit = a->unit ? a->unit : "";
    return nw_fail(err, NW_ERR_ARGUMENT, "--%s is %g%s%s; %g to %g%s%s is possible", a->name,
                   value, *unit ? " " : "", unit, a->min, a->max, *unit ? " " : "", unit);
}

static bool parse_length(const struct nw_arg *a, const char *text, double *out,
                         struct nw_err *err)
{
    static const struct {
        const char *unit;
        double mm;
    } units[] = {{"", 1}, {"mm", 1}, {"um", 1e-3}, {"cm", 10}};
    const char *rest = nw_number_parse(text, out);
    for (size_t u = 0; rest && u < sizeof units / sizeof *units; u++)
        if (strcmp(rest, units[u].unit) == 0) {
            *out *= units[u].mm;
            return in_range(a, *out, err);
        }
    return nw_fail(err, NW_ERR_ARGUMENT, "--%s needs a length such as 0.05mm, not \"%s\"",
                   a->name, text);
}

static bool parse_number(const struct nw_arg *a, const char *text, double *out,
                         struct nw_err *err)
{
    const char *rest = nw_number_parse(text, out);
    if (!rest || (*rest && (!a->unit || strcasecmp(rest, a->unit) != 0)))
        return nw_fail(err, NW_ERR_ARGUMENT, "--%s needs a number%s%s, not \"%s\"", a->name,
                       a->unit ? " in " : "", a->unit ? a->unit : "", text);
    if (a->kind == NW_ARG_COUNT && *out != rint(*out))
        return nw_fail(err, NW_ERR_ARGUMENT, "--%s needs a whole number, not \"%s\"", a->name,
                       text);
    return in_range(a, *out, err);
}

static bool parse_choice(const struct nw_arg *a, const char *text, const char **out,
                         struct nw_err *err)
{
    struct nw_text list;
    nw_text_init(&list, 4096);
    bool ok = true;
    for (const char *const *c = a->choices; ok && *c; c++) {
        if (strcmp(*c, text) == 0) {
            *out = *c;
            nw_text_release(&list);
            return true;
        }
        ok = nw_text_addf(&list, err, "%s%s", list.len ? ", " : "", *c);
    }
    if (ok)
        nw_fail(err, NW_ERR_ARGUMENT, "--%s is one of %s, not \"%s\"", a->name, list.data,
                text);
    nw_text_release(&list);
    return false;
}

static bool add_word(struct nw_words *words, struct nw_arena *arena, const char *text,
                     struct nw_err *err)
{
    /* Grown in the arena: a command line is short. */
    const char **more = nw_arena_alloc(arena, (words->count + 1) * sizeof *more, err);
    if (!more)
        return false;
    if (words->count)
        memcpy(more, words->item, words->count * sizeof *more);
    more[words->count++] = text;
    words->item = more;
    return true;
}

static bool set_value(const struct nw_arg *a, struct nw_arena *arena, const char *text,
                      void *out, struct nw_err *err)
{
    double number;
    void *at = member(out, a);
    switch (a->kind) {
    case NW_ARG_INPUT:
    case NW_ARG_WORD:
    case NW_ARG_TEXT:
        *(const char **)at = text;
        return true;
    case NW_ARG_OUTPUT:
        if (*(const char **)at)
            return nw_fail(err, NW_ERR_ARGUMENT, "--%s is given twice", a->name);
        *(const char **)at = text;
        return true;
    case NW_ARG_INPUTS:
    case NW_ARG_OUTPUTS:
        return add_word(at, arena, text, err);
    case NW_ARG_CHOICE:
        return parse_choice(a, text, at, err);
    case NW_ARG_LENGTH:
        return parse_length(a, text, at, err);
    case NW_ARG_NUMBER:
        return parse_number(a, text, at, err);
    case NW_ARG_COUNT:
        if (!parse_number(a, text, &number, err))
            return false;
        *(int64_t *)at = (int64_t)number;
        return true;
    case NW_ARG_FLAG:
    case NW_ARG_END:
        break;
    }
    return nw_fail(err, NW_ERR_INTERNAL, "an option's kind takes no value");
}

static bool take_option(const struct nw_command *cmd, struct nw_arena *arena,
                        const char *const *words, size_t count, size_t *at, void *out,
                        struct nw_err *err)
{
    const char *value;
    const struct nw_arg *a = find_option(cmd->args, words[*at], &value);
    if (!a)
        return nw_fail(err, NW_ERR_ARGUMENT, "%s has no option %s; see nuwa %s --help",
                       cmd->name, words[*at], cmd->name);
    if (a->kind == NW_ARG_FLAG) {
        if (value)
            return nw_fail(err, NW_ERR_ARGUMENT, "--%s takes no value", a->name);
        *(bool *)member(out, a) = true;
        return true;
    }
    if (!value && *at + 1 >= count)
        return nw_fail(err, NW_ERR_ARGUMENT, "--%s needs a value; see nuwa %s --help", a->name,
                       cmd->name);
    if (!value)
        value = words[++*at];
    if (!*value)
        return nw_fail(err, NW_ERR_ARGUMENT, "--%s needs a value that is not empty", a->name);
    return set_value(a, arena, value, out, err);
}

bool nw_args_parse(const struct nw_command *cmd, struct nw_arena *arena,
                   const char *const *words, size_t count, void *out, struct nw_err *err)
{
    memset(out, 0, cmd->args_size);
    set_presets(cmd->args, out);
    const struct nw_arg *next = cmd->args; /* the positional that comes next */
    bool options_end = false;
    size_t filled = 0;
    for (size_t w = 0; w < count; w++) {
        const char *word = words[w];
        if (!options_end && strcmp(word, "--") == 0) {
            options_end = true;
            continue;
        }
        if (!options_end && word[0] == '-' && word[1]) {
            if (!take_option(cmd, arena, words, count, &w, out, err))
                return false;
            continue;
        }
        while (next->kind != NW_ARG_END && !is_positional(next))
            next++;
        if (next->kind == NW_ARG_END)
            return nw_fail(err, NW_ERR_ARGUMENT,
                           "%s does not know what to do with \"%s\"; see "
                           "nuwa %s --help",
                           cmd->name, word, cmd->name);
        if (!set_value(next, arena, word, out, err))
            return false;
        filled++;
        if (next->kind != NW_ARG_INPUTS)
            next++;
    }
    size_t seen = 0;
    for (const struct nw_arg *a = cmd->args; a->kind != NW_ARG_END; a++) {
        const bool one = is_positional(a) && seen++ < filled;
        const bool given =
            is_positional(a) ? one : a->kind != NW_ARG_OUTPUT || *(const char **)member(out, a);
        if (a->required && !given)
            return nw_fail(err, NW_ERR_ARGUMENT, "%s needs %s%s: %s; see nuwa %s --help",
                           cmd->name, is_positional(a) ? "" : "--", a->name, a->en, cmd->name);
    }
    return true;
}

/* ---- what the table says of itself ---- */

static const char *kind_name(enum nw_arg_kind kind)
{
    static const char *const name[] = {"end",    "input",   "inputs", "word",
                                       "output", "outputs", "text",   "choice",
                                       "length", "number",  "count",  "flag"};
    return name[kind];
}

static const char *placeholder(const struct nw_arg *a)
{
    switch (a->kind) {
    case NW_ARG_OUTPUT:
    case NW_ARG_OUTPUTS:
        return " FILE";
    case NW_ARG_TEXT:
        return " TEXT";
    case NW_ARG_CHOICE:
        return " NAME";
    case NW_ARG_LENGTH:
        return " MM";
    case NW_ARG_NUMBER:
    case NW_ARG_COUNT:
        return " N";
    case NW_ARG_FLAG:
    case NW_ARG_END:
    case NW_ARG_INPUT:
    case NW_ARG_INPUTS:
    case NW_ARG_WORD:
        break;
    }
    return "";
}

static void help_row(const struct nw_arg *a, enum nw_tongue tongue)
{
    char left[64], letter[8] = "";
    if (a->letter > 1)
        (void)snprintf(letter, sizeof letter, "-%c, ", a->letter);
    if (is_positional(a))
        (void)snprintf(left, sizeof left, "%s%s", a->name,
                       a->kind == NW_ARG_INPUTS ? "..." : "");
    else
        (void)snprintf(left, sizeof left, "%s--%s%s", letter, a->name, placeholder(a));
    printf("  %-26s %s", left, tongue == NW_ZH ? a->zh : a->en);
    if (a->kind == NW_ARG_CHOICE) {
        printf(" (");
        for (const char *const *c = a->choices; *c; c++)
            printf("%s%s", c == a->choices ? "" : ", ", *c);
        printf(")");
    }
    if (a->unit || a->kind == NW_ARG_COUNT || a->kind == NW_ARG_NUMBER) {
        printf(" [%g..%g%s%s", a->min, a->max, a->unit ? " " : "", a->unit ? a->unit : "");
        if (!isnan(a->preset))
            printf(tongue == NW_ZH ? ", 默认 %g" : ", default %g", a->preset);
        printf("]");
    }
    printf("\n");
}

void nw_args_help(const struct nw_command *cmd, enum nw_tongue tongue)
{
    const bool zh = tongue == NW_ZH;
    printf("nuwa %s: %s\n\n%s nuwa %s", cmd->name, zh ? cmd->zh : cmd->en,
           zh ? "用法：" : "usage:", cmd->name);
    for (const struct nw_arg *a = cmd->args; a->kind != NW_ARG_END; a++)
        if (is_positional(a))
            printf(a->required ? " %s%s" : " [%s%s]", a->name,
                   a->kind == NW_ARG_INPUTS ? "..." : "");
    printf("%s\n\n", zh ? " [选项]" : " [options]");
    for (const struct nw_arg *a = cmd->args; a->kind != NW_ARG_END; a++)
        help_row(a, tongue);
    printf("  %-26s %s\n", "--json",
           zh ? "结果以 JSON 输出" : "the result as one JSON document");
    printf("  %-26s %s\n", "--threads N", zh ? "线程数（默认全部）" : "threads (default: all)");
    printf("  %-26s %s\n", "--quiet", zh ? "不显示进度" : "no progress");
    printf("  %-26s %s\n", "--times", zh ? "显示各阶段用时" : "where the time went");
    printf("  %-26s %s\n", "--lang zh|en", zh ? "语言" : "language");
    printf("  %-26s %s\n", "--record FILE, --no-record",
           zh ? "步骤文件的位置，或不写" : "where the step file goes, or none");
    printf("\n%s 0 %s, 1 %s, 2 %s", zh ? "退出码：" : "exit status:", zh ? "完成" : "done",
           zh ? "失败" : "failed", zh ? "用法错误" : "used wrongly");
    if (cmd->status3_en)
        printf(", 3 %s", zh ? cmd->status3_zh : cmd->status3_en);
    if (cmd->status4_en)
        printf(", 4 %s", zh ? cmd->status4_zh : cmd->status4_en);
    printf("\n");
}

json_t *nw_args_json(const struct nw_command *cmd)
{
    json_t *args = json_array();
    for (const struct nw_arg *a = cmd->args; a->kind != NW_ARG_END; a++) {
        json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b}", "name", a->name, "kind",
                              kind_name(a->kind), "zh", a->zh, "en", a->en, "required",
                              (int)a->required, "positional", (int)is_positional(a));
        if (a->letter > 1)
            json_object_set_new(o, "letter", json_stringn(&a->letter, 1));
        if (a->kind == NW_ARG_LENGTH || a->kind == NW_ARG_NUMBER || a->kind == NW_ARG_COUNT) {
            json_object_set_new(o, "min", json_real(a->min));
            json_object_set_new(o, "max", json_real(a->max));
            if (!isnan(a->preset))
                json_object_set_new(o, "default", json_real(a->preset));
        }
        if (a->unit)
            json_object_set_new(o, "unit", json_string(a->unit));
        if (a->choices) {
            json_t *list = json_array();
            for (const char *const *c = a->choices; *c; c++)
                json_array_append_new(list, json_string(*c));
            json_object_set_new(o, "choices", list);
        }
        json_array_append_new(args, o);
    }
    json_t *cmd_json = json_pack("{s:s, s:s, s:s, s:o}", "name", cmd->name, "zh", cmd->zh, "en",
                                 cmd->en, "args", args);
    if (cmd->status3_en)
        json_object_set_new(cmd_json, "status3", json_string(cmd->status3_en));
    if (cmd->status4_en)
        json_object_set_new(cmd_json, "status4", json_string(cmd->status4_en));
    return cmd_json;
}
