/* tests/unit/core/text_test.c */
#include "core/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/rand.h"
#include "starve.h"
#include "unit.h"

static double double_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void every_double_reads_back_to_its_own_bits(void)
{
    size_t wrong = 0, tried = 0;
    for (uint64_t i = 0; i < 50000; i++) {
        /* any bits, then numbers with few digits */
        const uint64_t bits = nw_rand_bits(1, i);
        const double value = i % 2 ? double_of_bits(bits) : (double)(bits % 100000) / 1000;
        if (!isfinite(value))
            continue;
        char text[NW_NUMBER_MAX];
        double back = 0;
        const size_t len = nw_number_format(text, value);
        const char *end = nw_number_parse(text, &back);
        wrong += len != strlen(text) || len >= NW_NUMBER_MAX || !end || *end ||
                 memcmp(&back, &value, sizeof value) != 0 || strtod(text, NULL) != value;
        tried++;
    }
    CHECK(wrong == 0 && tried > 45000);
}

static void every_float_reads_back_to_its_own_bits(void)
{
    size_t wrong = 0;
    for (uint64_t i = 0; i < 50000; i++) {
        const float value = float_of_bits((uint32_t)nw_rand_bits(2, i));
        if (!isfinite(value))
            continue;
        char text[NW_NUMBER_MAX];
        const size_t len = nw_number_format_float(text, value);
        const float back = strtof(text, NULL);
        wrong += len != strlen(text) || memcmp(&back, &value, sizeof value) != 0;
    }
    CHECK(wrong == 0);
}

static void the_text_is_the_shortest(void)
{
    const struct {
        double value;
        const char *text;
    } table[] = {{0, "0"},
                 {1, "1"},
                 {0.1, "0.1"},
                 {-2.5, "-2.5"},
                 {100, "100"},
                 {1e22, "1e+22"},
                 {0.3, "0.3"},
                 {1.0 / 3, "0.3333333333333333"},
                 {-0.0, "-0"},
                 {5e-324, "5e-324"},
                 {-120000, "-120000"},
                 {1e-5, "1e-05"},
                 {123456789012345, "123456789012345"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[NW_NUMBER_MAX];
        nw_number_format(text, table[i].value);
        CHECK(strcmp(text, table[i].text) == 0);
    }
}

/* glibc's printf is exact and rounds halves to even. */
static bool fixed_is_exact(double value, int decimals)
{
    char ours[NW_NUMBER_MAX], exact[400];
    const size_t len = nw_number_format_fixed(ours, value, decimals);
    (void)snprintf(exact, sizeof exact, "%.*f", decimals, value);
    bool zero = true;
    for (const char *c = exact; *c; c++)
        zero = zero && (*c == '-' || *c == '0' || *c == '.');
    const char *expected = zero && exact[0] == '-' ? exact + 1 : exact;
    if (len == strlen(ours) && strcmp(ours, expected) == 0)
        return true;
    printf("# %.17g with %d decimals: %s, not %s\n", value, decimals, ours, expected);
    return false;
}

static void fixed_decimals_are_rounded_exactly(void)
{
    size_t wrong = 0;
    for (uint64_t i = 0; i < 100000 && wrong < 5; i++) {
        const int decimals = (int)(i % 10);
        const double reach = ldexp(1, (int)(nw_rand_bits(3, i) % (decimals > 6 ? 30 : 40)));
        const double value = (nw_rand_even(4, i) - 0.5) * 2 * reach;
        wrong += !fixed_is_exact(value, decimals);
        /* near halves of the last digit, where a product in double misleads */
        const double half = rint(value * 1000) / 1000 + 0.0005;
        wrong += !fixed_is_exact(half, 3);
    }
    CHECK(wrong == 0);
    const double hard[] = {1.115,
                           0.145,
                           2.675,
                           1.005,
                           0.5,
                           1.5,
                           2.5,
                           -0.5,
                           -0.04,
                           0,
                           -0.0,
                           999999999999.5,
                           4503599627370497.5 / 8192};
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++)
        for (int decimals = 0; decimals <= 3; decimals++)
            CHECK(fixed_is_exact(hard[i], decimals));
}

static void what_does_not_fit_fixed_is_written_another_way_and_fits(void)
{
    const double big[] = {1e12, 1e15, -1e300, 1.7976931348623157e308};
    for (size_t i = 0; i < 4; i++) {
        char text[NW_NUMBER_MAX];
        memset(text, 1, sizeof text);
        const size_t len = nw_number_format_fixed(text, big[i], 3);
        CHECK(len < NW_NUMBER_MAX && text[len] == '\0');
        CHECK(strtod(text, NULL) == big[i]);
    }
}

static void only_decimal_numbers_are_numbers(void)
{
    const char *const no[] = {"",    "a",   "-",     "+",  ".",  "nan", "inf", "-inf",
                              "0x1", "-0x", "1e999", "e5", " 1", "--1", "NaN", "infinity"};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        double value = 42;
        CHECK(nw_number_parse(no[i], &value) == NULL && value == 42);
    }
    const struct {
        const char *text;
        double value;
        int used;
    } yes[] = {{"1", 1, 1},  {"-2.5mm", -2.5, 4}, {"+.5", 0.5, 3}, {"1e3,", 1000, 3},
               {"1.", 1, 2}, {"1,5", 1, 1},       {"007", 7, 3},   {"1e-400", 0, 6}};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        double value = 42;
        const char *end = nw_number_parse(yes[i].text, &value);
        CHECK(end == yes[i].text + yes[i].used && value == yes[i].value);
    }
}

static void a_text_grows_to_its_limit_and_no_further(void)
{
    struct nw_text text;
    struct nw_err err = {0};
    nw_text_init(&text, 10);
    CHECK(nw_text_add(&text, "12345", &err) && nw_text_addf(&text, &err, "%d", 67890));
    CHECK(text.len == 10 && strcmp(text.data, "1234567890") == 0);
    CHECK(!nw_text_add(&text, "1", &err) && err.code == NW_ERR_LIMIT);
    CHECK(text.len == 10 && strcmp(text.data, "1234567890") == 0);
    err = (struct nw_err){0};
    CHECK(!nw_text_addf(&text, &err, "%s", "x") && err.code == NW_ERR_LIMIT);
    nw_text_release(&text);
    CHECK(text.data == NULL && text.len == 0);
}

static void xml_is_escaped_and_forbidden_bytes_left_out(void)
{
    struct nw_text text;
    struct nw_err err = {0};
    nw_text_init(&text, 1000);
    CHECK(nw_text_add_xml(&text, "a<b>&\"c\x01\x1f\td\n骨", &err));
    CHECK(strcmp(text.data, "a&lt;b&gt;&amp;&quot;c\td\n骨") == 0);
    nw_text_release(&text);
    CHECK(nw_text_add_xml(&text, "", &err) && text.data && text.data[0] == '\0');
    nw_text_release(&text);
}

static bool build_a_text(struct nw_err *err)
{
    struct nw_text text;
    nw_text_init(&text, 100000);
    bool ok = true;
    for (int i = 0; ok && i < 200; i++)
        ok = nw_text_add(&text, "some words ", err) && nw_text_addf(&text, err, "%d ", i) &&
             nw_text_add_xml(&text, "<", err);
    nw_text_release(&text);
    return ok;
}

static void building_survives_each_allocation_failing(void)
{
    CHECK(unit_starve(build_a_text) > 3);
}

static void endings_are_lower_case_and_nii_gz_is_one(void)
{
    const char *const table[][2] = {{"a.STL", "stl"},
                                    {"/x.y/scan.nii.gz", "nii.gz"},
                                    {"/x.y/scan", ""},
                                    {".hidden", ""},
                                    {"a.b.3MF", "3mf"},
                                    {"a.tar.gz", "gz"},
                                    {"SCAN.NII.GZ", "nii.gz"},
                                    {"a.", ""},
                                    {"", ""},
                                    {"folder/", ""},
                                    {"x.averyveryverylongending", "averyveryverylo"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char ending[16] = "?";
        nw_path_ending(table[i][0], ending);
        CHECK(strcmp(ending, table[i][1]) == 0);
    }
}

/* Decodes with the definition of RFC 3629, one code point at a time. */
static bool utf8_by_definition(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint32_t c = p[i];
        size_t n = c < 0x80             ? 1
                   : (c & 0xE0) == 0xC0 ? 2
                   : (c & 0xF0) == 0xE0 ? 3
                   : (c & 0xF8) == 0xF0 ? 4
                                        : 0;
        if (n == 0 || i + n > len)
            return false;
        c &= n == 1 ? 0x7F : 0xFFu >> (n + 1);
        for (size_t k = 1; k < n; k++) {
            if ((p[i + k] & 0xC0) != 0x80)
                return false;
            c = c << 6 | (p[i + k] & 0x3F);
        }
        const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        if (c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
            return false;
        i += n;
    }
    return true;
}

static void utf8_is_told_from_what_is_not(void)
{
    size_t wrong = 0, good = 0;
    static const uint8_t lead[] = {0x41, 0x80, 0xC1, 0xC2, 0xDF, 0xE0, 0xE4, 0xED, 0xEF, 0xF0,
                                   0xF3, 0xF4, 0xF5, 0xFF, 0x9F, 0xA0, 0x8F, 0x90, 0xBF};
    for (uint64_t i = 0; i < 200000; i++) {
        uint8_t text[5];
        const uint64_t bits = nw_rand_bits(5, i);
        for (size_t k = 0; k < 5; k++)
            text[k] = lead[(bits >> (8 * k)) % sizeof lead];
        const size_t len = (bits >> 48) % 6;
        const bool expected = utf8_by_definition(text, len);
        wrong += nw_text_is_utf8((const char *)text, len) != expected;
        good += expected;
    }
    CHECK(wrong == 0 && good > 1000);
    CHECK(nw_text_is_utf8("骨盆", 6) && !nw_text_is_utf8("骨盆", 5));
}

int main(void)
{
    UNIT(every_double_reads_back_to_its_own_bits);
    UNIT(every_float_reads_back_to_its_own_bits);
    UNIT(the_text_is_the_shortest);
    UNIT(fixed_decimals_are_rounded_exactly);
    UNIT(what_does_not_fit_fixed_is_written_another_way_and_fits);
    UNIT(only_decimal_numbers_are_numbers);
    UNIT(a_text_grows_to_its_limit_and_no_further);
    UNIT(xml_is_escaped_and_forbidden_bytes_left_out);
    UNIT(building_survives_each_allocation_failing);
    UNIT(endings_are_lower_case_and_nii_gz_is_one);
    UNIT(utf8_is_told_from_what_is_not);
    return unit_end();
}
