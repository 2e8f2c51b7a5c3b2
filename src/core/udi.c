/* core/udi.c -- see udi.h. */
#include "core/udi.h"

#include <assert.h>
#include <string.h>

enum { GTIN = 14, DATE = 6, FNC1 = 29 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool all_digits(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_digit(text[i]))
            return false;
    return true;
}

char nw_gtin_check_digit(const char *digits, size_t count)
{
    int sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (digits[count - 1 - i] - '0') * (i % 2 ? 1 : 3);
    return (char)('0' + (10 - sum % 10) % 10);
}

bool nw_gtin_is_right(const char *digits)
{
    const size_t len = strlen(digits);
    return (len == 8 || len == 12 || len == 13 || len == 14) && all_digits(digits, len) &&
           digits[len - 1] == nw_gtin_check_digit(digits, len - 1);
}

/* ---- dates ---- */

static int number_at(const char *text, size_t count)
{
    int value = 0;
    for (size_t i = 0; i < count; i++)
        value = 10 * value + text[i] - '0';
    return value;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* "2026-03-01" to "260301". */
static bool pack_date(const char *date, char out[DATE + 1])
{
    const bool shaped = strlen(date) == 10 && date[4] == '-' && date[7] == '-' &&
                        all_digits(date, 4) && all_digits(date + 5, 2) &&
                        all_digits(date + 8, 2);
    if (!shaped)
        return false;
    const int month = number_at(date + 5, 2), day = number_at(date + 8, 2);
    if (month < 1 || month > 12 || day < 1 || day > days_in(number_at(date, 4), month))
        return false;
    memcpy(out, date + 2, 2);
    memcpy(out + 2, date + 5, 2);
    memcpy(out + 4, date + 8, 3);
    return true;
}

/* "260301" to "2026-03-01": all of this century. Day 00 is the last of its month (GS1). */
static bool unpack_date(const char *text, char out[11])
{
    if (!all_digits(text, DATE))
        return false;
    const int year = 2000 + number_at(text, 2), month = number_at(text + 2, 2);
    int day = number_at(text + 4, 2);
    if (month < 1 || month > 12 || day > days_in(year, month))
        return false;
    day = day == 0 ? days_in(year, month) : day;
    memcpy(out, "2000-00-00", 11);
    memcpy(out + 2, text, 2);
    memcpy(out + 5, text + 2, 2);
    out[8] = (char)('0' + day / 10);
    out[9] = (char)('0' + day % 10);
    return true;
}

/* ---- checks ---- */

/* Of GS1's 82 characters those that no writing of them confuses. */
static bool is_part(const char *text, char apart)
{
    const size_t len = strlen(text);
    if (len == 0 || len > 20)
        return false;
    for (const char *c = text; *c; c++) {
        const bool letter =
            (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z') || is_digit(*c);
        if (!letter && (!strchr("-_/.+", *c) || *c == apart))
            return false;
    }
    return true;
}

static bool is_ma(const char *di)
{
    if (strlen(di) != 25 || strncmp(di, "MA.156.M0.", 10) != 0 || !all_digits(di + 10, 6) ||
        di[16] != '.')
        return false;
    for (const char *c = di + 17; *c; c++)
        if (!is_digit(*c) && (*c < 'A' || *c > 'Z') && (*c < 'a' || *c > 'z'))
            return false;
    return true;
}

static bool check(const struct nw_udi *udi, char made[DATE + 1], char expires[DATE + 1],
                  struct nw_err *err)
{
    const char apart = udi->issuer == NW_UDI_MA ? '.' : 0;
    if (udi->issuer == NW_UDI_GS1 && (strlen(udi->di) != GTIN || !nw_gtin_is_right(udi->di)))
        return nw_fail(err, NW_ERR_DATA,
                       "the device identifier is a GTIN of 14 digits with its check digit");
    if (udi->issuer == NW_UDI_MA && !is_ma(udi->di))
        return nw_fail(err, NW_ERR_DATA,
                       "the device identifier is MA.156.M0., six digits, a point and eight "
                       "letters or digits");
    if ((*udi->lot && !is_part(udi->lot, apart)) ||
        (*udi->serial && !is_part(udi->serial, apart)))
        return nw_fail(err, NW_ERR_DATA,
                       "lot and serial are 1 to 20 letters, digits or one of -_/.+ (no point "
                       "in an MA code)");
    if ((*udi->made && !pack_date(udi->made, made)) ||
        (*udi->expires && !pack_date(udi->expires, expires)))
        return nw_fail(err, NW_ERR_DATA,
                       "the dates of a device identifier are days, as "
                       "2026-03-01");
    return true;
}

/* ---- writing ---- */

/* All that is written together is shorter than the room: no part is longer than 40. */
static void put(char out[NW_UDI_TEXT], const char *a, const char *b)
{
    const size_t len = strlen(out), more = strlen(a);
    assert(len + more + strlen(b) < NW_UDI_TEXT);
    memcpy(out + len, a, more);
    memcpy(out + len + more, b, strlen(b) + 1);
}

static void put_element(char out[NW_UDI_TEXT], enum nw_udi_form form, const char *ai,
                        const char *value)
{
    if (!*value)
        return;
    put(out, form == NW_UDI_READABLE ? "(" : form == NW_UDI_BRACKETS ? "[" : "", ai);
    put(out, form == NW_UDI_READABLE ? ")" : form == NW_UDI_BRACKETS ? "]" : "", value);
}

static void put_ma(char out[NW_UDI_TEXT], const char *mark, const char *value)
{
    if (*value)
        put(out, mark, value);
}

bool nw_udi_format(const struct nw_udi *udi, enum nw_udi_form form, char out[NW_UDI_TEXT],
                   struct nw_err *err)
{
    char made[DATE + 1] = "", expires[DATE + 1] = "";
    if (!check(udi, made, expires, err))
        return false;
    out[0] = 0;
    if (udi->issuer == NW_UDI_MA) {
        put(out, udi->di, "");
        put_ma(out, ".S", udi->serial);
        put_ma(out, ".M", made);
        put_ma(out, ".L", udi->lot);
        put_ma(out, ".E", expires);
        return true;
    }
    put_element(out, form, "01", udi->di);
    put_element(out, form, "11", made);
    put_element(out, form, "17", expires);
    put_element(out, form, "10", udi->lot);
    if (form == NW_UDI_SCANNED && *udi->lot && *udi->serial)
        put(out, "\x1d", "");
    put_element(out, form, "21", udi->serial);
    return true;
}

/* ---- reading ---- */

static bool take(char *out, size_t room, const char *value, size_t len, struct nw_err *err)
{
    if (*out)
        return nw_fail(err, NW_ERR_DATA, "an element of the code stands there twice");
    if (len == 0 || len >= room)
        return nw_fail(err, NW_ERR_DATA, "an element of the code is too long or empty");
    memcpy(out, value, len);
    out[len] = 0;
    return true;
}

static bool take_date(char out[11], const char *value, size_t len, struct nw_err *err)
{
    char date[11];
    if (len != DATE || !unpack_date(value, date))
        return nw_fail(err, NW_ERR_DATA, "a date of the code is not year, month and day");
    return take(out, 11, date, 10, err);
}

static bool take_element(struct nw_udi *udi, const char ai[2], const char *value, size_t len,
                         struct nw_err *err)
{
    if (memcmp(ai, "01", 2) == 0)
        return take(udi->di, sizeof udi->di, value, len, err);
    if (memcmp(ai, "11", 2) == 0)
        return take_date(udi->made, value, len, err);
    if (memcmp(ai, "17", 2) == 0)
        return take_date(udi->expires, value, len, err);
    if (memcmp(ai, "10", 2) == 0)
        return take(udi->lot, sizeof udi->lot, value, len, err);
    if (memcmp(ai, "21", 2) == 0)
        return take(udi->serial, sizeof udi->serial, value, len, err);
    return nw_fail(err, NW_ERR_DATA,
                   "the code has an element other than 01, 10, 11, 17 and 21");
}

/* In parentheses or brackets: an element ends where the next one begins. */
static bool parse_marked(const char *s, char open, char shut, struct nw_udi *udi,
                         struct nw_err *err)
{
    while (*s) {
        if (strlen(s) < 4 || s[0] != open || s[3] != shut)
            return nw_fail(err, NW_ERR_DATA, "the code has no element where one must begin");
        const char *next = strchr(s + 4, open);
        const size_t len = next ? (size_t)(next - s) - 4 : strlen(s + 4);
        if (!take_element(udi, s + 1, s + 4, len, err))
            return false;
        s += 4 + len;
    }
    return true;
}

/* The length of what GS1 gives a fixed one, among those we know; 0: up to FNC1. */
static size_t fixed_length(const char ai[2])
{
    if (memcmp(ai, "01", 2) == 0)
        return GTIN;
    return memcmp(ai, "11", 2) == 0 || memcmp(ai, "17", 2) == 0 ? DATE : 0;
}

static bool parse_scanned(const char *s, struct nw_udi *udi, struct nw_err *err)
{
    s += *s == FNC1;
    while (*s) {
        const size_t left = strlen(s), fixed = left > 2 ? fixed_length(s) : 0;
        size_t len = left > 2 ? strcspn(s + 2, "\x1d") : 0;
        if (left <= 2 || (fixed && len < fixed))
            return nw_fail(err, NW_ERR_DATA, "the code ends in the middle of an element");
        len = fixed ? fixed : len;
        if (!take_element(udi, s, s + 2, len, err))
            return false;
        s += 2 + len;
        s += *s == FNC1;
    }
    return true;
}

static bool parse_ma(const char *s, struct nw_udi *udi, struct nw_err *err)
{
    udi->issuer = NW_UDI_MA;
    if (strlen(s) < 25 || (s[25] && s[25] != '.'))
        return nw_fail(err, NW_ERR_DATA,
                       "an MA code begins with MA.156.M0., six digits, a "
                       "point and eight letters or digits");
    memcpy(udi->di, s, 25);
    for (s += 25; *s;) {
        const char kind = s[1];
        const size_t len = kind ? strcspn(s + 2, ".") : 0;
        bool ok = kind && strchr("SLMPEVDC", kind);
        if (!ok)
            return nw_fail(err, NW_ERR_DATA, "the code has no element where one must begin");
        if (kind == 'S')
            ok = take(udi->serial, sizeof udi->serial, s + 2, len, err);
        else if (kind == 'L')
            ok = take(udi->lot, sizeof udi->lot, s + 2, len, err);
        else if (kind == 'M' || kind == 'P')
            ok = take_date(udi->made, s + 2, len, err);
        else if (kind == 'E')
            ok = take_date(udi->expires, s + 2, len, err);
        if (!ok)
            return false;
        s += 2 + len;
    }
    return true;
}

bool nw_udi_parse(const char *text, struct nw_udi *out, struct nw_err *err)
{
    struct nw_udi udi = {.issuer = NW_UDI_GS1};
    char checked[NW_UDI_TEXT];
    if (strlen(text) >= NW_UDI_TEXT)
        return nw_fail(err, NW_ERR_DATA, "the code is longer than any device identifier");
    if (text[0] == ']' && strlen(text) > 3)
        text += 3;
    const bool ok = strncmp(text, "MA.", 3) == 0 ? parse_ma(text, &udi, err)
                    : text[0] == '('             ? parse_marked(text, '(', ')', &udi, err)
                    : text[0] == '['             ? parse_marked(text, '[', ']', &udi, err)
                                                 : parse_scanned(text, &udi, err);
    if (!ok || !nw_udi_format(&udi, NW_UDI_READABLE, checked, err))
        return false;
    *out = udi;
    return true;
}
