/* core/text.c -- see text.h. The process keeps LC_NUMERIC "C"; nothing calls setlocale on it.
 */
#include "core/text.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

void nw_text_init(struct nw_text *text, size_t max_bytes)
{
    *text = (struct nw_text){.max = max_bytes};
}

void nw_text_release(struct nw_text *text)
{
    nw_free(text->data);
    *text = (struct nw_text){.max = text->max};
}

static bool make_room(struct nw_text *text, size_t more, struct nw_err *err)
{
    if (more > text->max || text->len > text->max - more)
        return nw_fail(err, NW_ERR_LIMIT, "a text grew over its limit of %zu bytes", text->max);
    return nw_grow(&text->data, &text->room, text->len + more + 1, 1, err);
}

bool nw_text_addn(struct nw_text *text, const char *s, size_t len, struct nw_err *err)
{
    if (!make_room(text, len, err))
        return false;
    memcpy(text->data + text->len, s, len);
    text->len += len;
    text->data[text->len] = '\0';
    return true;
}

bool nw_text_add(struct nw_text *text, const char *s, struct nw_err *err)
{
    return nw_text_addn(text, s, strlen(s), err);
}

bool nw_text_addf(struct nw_text *text, struct nw_err *err, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    const int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    bool ok = len >= 0 ? make_room(text, (size_t)len, err)
                       : nw_fail(err, NW_ERR_INTERNAL, "a text could not be formatted");
    if (ok) {
        (void)vsnprintf(text->data + text->len, (size_t)len + 1, fmt, again);
        text->len += (size_t)len;
    }
    va_end(again);
    return ok;
}

bool nw_text_add_xml(struct nw_text *text, const char *s, struct nw_err *err)
{
    bool ok = nw_text_addn(text, "", 0, err);
    for (; ok && *s; s++) {
        const unsigned char c = (unsigned char)*s;
        if (c == '<')
            ok = nw_text_add(text, "&lt;", err);
        else if (c == '>')
            ok = nw_text_add(text, "&gt;", err);
        else if (c == '&')
            ok = nw_text_add(text, "&amp;", err);
        else if (c == '"')
            ok = nw_text_add(text, "&quot;", err);
        else if (c >= 0x20 || c == '\t' || c == '\n')
            ok = nw_text_addn(text, s, 1, err);
    }
    return ok;
}

static const double TEN_TO[] = {1,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* n / 10^decimals with its sign; decimals <= 12. */
static size_t put_decimal(char *out, bool negative, uint64_t n, int decimals)
{
    char digit[24];
    int count = 0;
    for (; n > 0 || count <= decimals; n /= 10)
        digit[count++] = (char)('0' + n % 10);
    size_t len = 0;
    if (negative)
        out[len++] = '-';
    while (count-- > 0) {
        out[len++] = digit[count];
        if (count == decimals && count > 0)
            out[len++] = '.';
    }
    out[len] = '\0';
    return len;
}

/* 1e+02 as 100: whole numbers of fewer than 16 digits need no exponent. */
static size_t plainly(char out[NW_NUMBER_MAX], double value, int len)
{
    if (fabs(value) < 1e15 && strstr(out, "e+"))
        len = snprintf(out, NW_NUMBER_MAX, "%.0f", value);
    return (size_t)len;
}

size_t nw_number_format(char out[NW_NUMBER_MAX], double value)
{
    /* A few decimals are the usual case: n < 2^53 over a power of ten is rounded once, so it
     * is what reading the text gives. */
    for (int d = 0; d <= 4 && fabs(value) < 1e9; d++) {
        const double n = rint(fabs(value) * TEN_TO[d]);
        if (n / TEN_TO[d] == fabs(value))
            return put_decimal(out, signbit(value) != 0, (uint64_t)n, d);
    }
    for (int digits = 1; digits <= 17; digits++) {
        const int len = snprintf(out, NW_NUMBER_MAX, "%.*g", digits, value);
        if (digits == 17 || strtod(out, NULL) == value || value != value)
            return plainly(out, value, len);
    }
    return 0;
}

/*
 * Fixed point for lengths as they come, 1e-4 to 1e6: with d decimals such that 10^-d is at
 * most the float's last place, the nearest decimal reads back; then fewer are tried. All
 * products are exact: 24 bits times 5^12 fit a double. 0 when this is not such a number.
 */
static size_t format_everyday(char *out, float value)
{
    const double a = fabs((double)value);
    if (!(a >= 1e-4 && a < 1e6))
        return 0;
    int e;
    const double mantissa = frexp(a, &e);
    const double last = ldexp(1, e - 24), smallest = 0.5;
    int d = ((24 - e) * 30103 + 99999) / 100000;
    double best = -1;
    int best_d = 0;
    for (; d >= 0; d--) {
        const double x = a * TEN_TO[d], n = rint(x);
        const double half = (mantissa == smallest && n < x ? 0.25 : 0.5) * last * TEN_TO[d];
        if (!(fabs(n - x) < half))
            break;
        best = n;
        best_d = d;
    }
    return best < 0 ? 0 : put_decimal(out, value < 0, (uint64_t)best, best_d);
}

size_t nw_number_format_float(char out[NW_NUMBER_MAX], float value)
{
    const float zero = 0;
    if (value == zero)
        return put_decimal(out, signbit(value) != 0, 0, 0);
    const size_t everyday = format_everyday(out, value);
    if (everyday)
        return everyday;
    for (int digits = 1; digits <= 9; digits++) {
        const int len = snprintf(out, NW_NUMBER_MAX, "%.*g", digits, (double)value);
        if (digits == 9 || strtof(out, NULL) == value || value != value)
            return plainly(out, (double)value, len);
    }
    return 0;
}

/* |value| * 10^decimals to the nearest whole number, halves to even, as if the product had all
 * its digits: fma gives what the rounded product leaves out. */
static uint64_t scaled(double value, int decimals)
{
    static const double scale[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    const double product = value * scale[decimals];
    const double rest = fma(value, scale[decimals], -product);
    const double whole = floor(product), half = product - whole - 0.5; /* both exact */
    const uint64_t n = (uint64_t)whole;
    if (product < 0x1p52)
        return n + (half > 0 || (half == 0 && (rest > 0 || (rest == 0 && n % 2))));
    /* the product is whole, and the rest may be more than one */
    const double step = floor(rest), left = rest - step - 0.5;
    const uint64_t m = n + (uint64_t)(int64_t)step;
    return m + (left > 0 || (left == 0 && m % 2));
}

size_t nw_number_format_fixed(char out[NW_NUMBER_MAX], double value, int decimals)
{
    if (!(fabs(value) < 1e12 / (decimals > 6 ? 1e3 : 1)) || decimals < 0 || decimals > 9)
        return nw_number_format(out, value);
    uint64_t n = scaled(fabs(value), decimals);
    char digit[NW_NUMBER_MAX];
    int count = 0;
    const bool zero = n == 0;
    while (n > 0 || count <= decimals) {
        digit[count++] = (char)('0' + n % 10);
        n /= 10;
    }
    size_t len = 0;
    if (value < 0 && !zero)
        out[len++] = '-';
    for (int d = count - 1; d >= 0; d--) {
        out[len++] = digit[d];
        if (d == decimals && decimals > 0)
            out[len++] = '.';
    }
    out[len] = '\0';
    return len;
}

/* The usual decimal number, exactly: digits below 2^53 and a power of ten up to 22 round
 * once (Clinger 1990). NULL when it is not one of those. */
static const char *parse_everyday(const char *p, double *out)
{
    const bool negative = *p == '-';
    if (*p == '+' || *p == '-')
        p++;
    uint64_t n = 0;
    int digits = 0, ten = 0;
    for (; *p >= '0' && *p <= '9'; p++, digits++)
        n = n * 10 + (uint64_t)(*p - '0');
    if (*p == '.')
        for (p++; *p >= '0' && *p <= '9'; p++, digits++, ten--)
            n = n * 10 + (uint64_t)(*p - '0');
    if (digits == 0 || digits > 18 || n >= (uint64_t)1 << 53)
        return NULL;
    if ((*p == 'e' || *p == 'E') &&
        (p[1] == '-' || p[1] == '+' || (p[1] >= '0' && p[1] <= '9'))) {
        const char *q = p + 1 + (p[1] == '-' || p[1] == '+');
        int e = 0, count = 0;
        for (; *q >= '0' && *q <= '9' && count < 4; q++, count++)
            e = e * 10 + (*q - '0');
        if (count == 0 || count == 4)
            return NULL;
        ten += p[1] == '-' ? -e : e;
        p = q;
    }
    if (ten < -22 || ten > 22 || *p == 'x' || *p == 'X')
        return NULL;
    const double v = ten < 0 ? (double)n / TEN_TO[-ten] : (double)n * TEN_TO[ten];
    *out = negative ? -v : v;
    return p;
}

const char *nw_number_parse(const char *s, double *out)
{
    const char *everyday = parse_everyday(s, out);
    if (everyday)
        return everyday;
    /* strtod also takes hexadecimal, infinity and NaN: none of them is a number here. */
    const char *p = s;
    if (*p == '+' || *p == '-')
        p++;
    if (!isdigit((unsigned char)p[0]) && !(p[0] == '.' && isdigit((unsigned char)p[1])))
        return NULL;
    if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
        return NULL;
    char *end;
    const double value = strtod(s, &end);
    if (end == s || !isfinite(value))
        return NULL;
    *out = value;
    return end;
}

void nw_path_ending(const char *path, char out[16])
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    out[0] = '\0';
    if (!dot || dot == name)
        return;
    if (strcasecmp(dot, ".gz") == 0 && dot - name > 4 && strncasecmp(dot - 4, ".nii", 4) == 0)
        dot -= 4;
    size_t len = 0;
    for (const char *c = dot + 1; *c && len < 15; c++)
        out[len++] = (char)tolower((unsigned char)*c);
    out[len] = '\0';
}

bool nw_text_is_utf8(const char *s, size_t len)
{
    const unsigned char *p = (const unsigned char *)s;
    for (size_t i = 0; i < len;) {
        const unsigned char c = p[i];
        const size_t more = c < 0x80                ? 0
                            : c >= 0xC2 && c < 0xE0 ? 1
                            : c >= 0xE0 && c < 0xF0 ? 2
                            : c >= 0xF0 && c < 0xF5 ? 3
                                                    : 9;
        if (more == 9 || more >= len - i)
            return false;
        for (size_t k = 1; k <= more; k++)
            if ((p[i + k] & 0xC0) != 0x80)
                return false;
        if ((c == 0xE0 && p[i + 1] < 0xA0) || (c == 0xED && p[i + 1] > 0x9F) ||
            (c == 0xF0 && p[i + 1] < 0x90) || (c == 0xF4 && p[i + 1] > 0x8F))
            return false;
        i += more + 1;
    }
    return true;
}

static const char *next_mark(const char *p)
{
    while (*p && (unsigned char)*p <= ' ')
        p++;
    return p;
}

static char capital(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

bool nw_text_is_same_mark(const char *a, const char *b)
{
    for (a = next_mark(a), b = next_mark(b); *a && *b;
         a = next_mark(a + 1), b = next_mark(b + 1))
        if (capital(*a) != capital(*b))
            return false;
    return *a == *b;
}
