/* report/words.c -- numbers as a person reads them: with their unit and no more digits than
 * they deserve. */
#include <math.h>
#include <string.h>

#include "report/content_priv.h"

const char *nw_say(const struct nw_writer *w, const char *zh, const char *en)
{
    return w->report->lang == NW_LANG_ZH ? zh : en;
}

const char *nw_say_part(const struct nw_writer *w, const char *name)
{
    static const char *const known[][2] = {
        {"bone", "骨骼"},       {"skin", "皮肤"},    {"lung", "肺"},         {"airway", "气道"},
        {"tissue", "所选组织"}, {"table", "检查床"}, {"cast", "石膏或支架"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i][0], name) == 0)
            return nw_say(w, known[i][1], name);
    return name;
}

const char *nw_say_class(const struct nw_writer *w, enum nw_class c)
{
    static const char *const zh[NW_CLASS_COUNT] = {"清晰分辨", "薄壁拟合", "推断", "金属伪影区",
                                                   "人工绘制"};
    static const char *const en[NW_CLASS_COUNT] = {"resolved", "thin (fitted)", "inferred",
                                                   "metal zone", "drawn by hand"};
    return nw_say(w, zh[c], en[c]);
}

const char *nw_say_number(const struct nw_writer *w, double value, int decimals)
{
    if (!isfinite(value))
        return nw_say(w, "未知", "not known");
    char text[NW_NUMBER_MAX];
    (void)nw_number_format_fixed(text, value, decimals);
    return nw_page_print(w->page, "%s", text);
}

const char *nw_say_length(const struct nw_writer *w, double value_mm, int decimals)
{
    if (!isfinite(value_mm))
        return nw_say_number(w, value_mm, decimals);
    return nw_page_print(w->page, "%s mm", nw_say_number(w, value_mm, decimals));
}

/* The decimal place (0: ones, 1: tens, -1: tenths) that keeps `digits` digits of a value. */
static int place_of(double value, int digits)
{
    int place = 0;
    double v = fabs(value);
    while (v >= 10) {
        v /= 10;
        place++;
    }
    while (v < 1 && place > -9) {
        v *= 10;
        place--;
    }
    return place - digits + 1;
}

static int first_digit(double value)
{
    double v = fabs(value);
    while (v >= 10)
        v /= 10;
    while (v > 0 && v < 1)
        v *= 10;
    return (int)v;
}

static const char *at_place(const struct nw_writer *w, double value, int place)
{
    double unit = 1;
    for (int i = 0; i < place; i++)
        unit *= 10;
    if (place > 0)
        value = rint(value / unit) * unit;
    return nw_say_number(w, value, place < 0 ? (-place < 9 ? -place : 9) : 0);
}

const char *nw_say_pm(const struct nw_writer *w, double value, double uncertainty)
{
    if (!isfinite(value))
        return nw_say_number(w, value, 0);
    if (!(uncertainty > 0) || !isfinite(uncertainty))
        return at_place(w, value, place_of(value, 3));
    const int place = place_of(uncertainty, first_digit(uncertainty) <= 2 ? 2 : 1);
    return nw_page_print(w->page, "%s ± %s", at_place(w, value, place),
                         at_place(w, uncertainty, place));
}

const char *nw_say_volume(const struct nw_writer *w, double mm3, double uncertainty_mm3)
{
    const bool large = fabs(mm3) >= 1000;
    const double per = large ? 1e-3 : 1;
    return nw_page_print(w->page, "%s %s", nw_say_pm(w, mm3 * per, uncertainty_mm3 * per),
                         large ? "cm³" : "mm³");
}

const char *nw_say_area(const struct nw_writer *w, double mm2)
{
    const bool large = fabs(mm2) >= 1000;
    return nw_page_print(w->page, "%s %s", nw_say_pm(w, large ? mm2 / 100 : mm2, (double)NAN),
                         large ? "cm²" : "mm²");
}

const char *nw_say_count(const struct nw_writer *w, size_t count)
{
    char digit[32], out[48];
    size_t n = 0, len = 0;
    do {
        digit[n++] = (char)('0' + count % 10);
        count /= 10;
    } while (count > 0);
    while (n > 0) {
        out[len++] = digit[--n];
        if (n > 0 && n % 3 == 0)
            out[len++] = ',';
    }
    out[len] = '\0';
    return nw_page_print(w->page, "%s", out);
}

const char *nw_say_percent(const struct nw_writer *w, double share)
{
    if (share > 0 && share < 0.0005)
        return "< 0.1 %";
    return nw_page_print(w->page, "%s %%", nw_say_number(w, 100 * share, 1));
}

const char *nw_say_point(const struct nw_writer *w, nw_vec3 p)
{
    return nw_page_print(w->page, "%s %s, %s %s, %s %s", p.x >= 0 ? "L" : "R",
                         nw_say_number(w, fabs(p.x), 1), p.y >= 0 ? "P" : "A",
                         nw_say_number(w, fabs(p.y), 1), p.z >= 0 ? "H" : "F",
                         nw_say_number(w, fabs(p.z), 1));
}

const char *nw_say_time(const struct nw_writer *w, const char *t)
{
    bool plain = strlen(t) >= 6;
    for (size_t i = 0; plain && i < 6; i++)
        plain = t[i] >= '0' && t[i] <= '9';
    return plain ? nw_page_print(w->page, "%.2s:%.2s:%.2s", t, t + 2, t + 4) : t;
}

const char *nw_say_date(const struct nw_writer *w, const char *d)
{
    bool plain = strlen(d) == 8;
    for (size_t i = 0; plain && i < 8; i++)
        plain = d[i] >= '0' && d[i] <= '9';
    return plain ? nw_page_print(w->page, "%.4s-%.2s-%.2s", d, d + 4, d + 6) : d;
}
