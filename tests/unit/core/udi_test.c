/* tests/unit/core/udi_test.c */
#include "core/udi.h"

#include <string.h>

#include "unit.h"

static struct nw_udi parsed(const char *text)
{
    struct nw_err err = {0};
    struct nw_udi udi = {0};
    CHECK(nw_udi_parse(text, &udi, &err));
    if (err.code != NW_OK)
        printf("# %s: %s\n", text, err.msg);
    return udi;
}

static void refuses(const char *text)
{
    struct nw_err err = {0};
    struct nw_udi udi = {.lot = "untouched"};
    CHECK(!nw_udi_parse(text, &udi, &err) && err.code == NW_ERR_DATA);
    CHECK(strcmp(udi.lot, "untouched") == 0);
}

/* The numbers of the GS1 General Specifications and of the authority's own examples. */
static void a_check_digit_is_the_published_one(void)
{
    CHECK(nw_gtin_is_right("6291041500213") && nw_gtin_is_right("06901234567892"));
    CHECK(nw_gtin_is_right("00614141999996") && nw_gtin_is_right("96385074"));
    CHECK(nw_gtin_is_right("09506000134352") && nw_gtin_is_right("036000291452"));
    CHECK(!nw_gtin_is_right("06901234567893") && !nw_gtin_is_right("690123456789"));
    CHECK(!nw_gtin_is_right("") && !nw_gtin_is_right("0690123456789x"));
    CHECK(nw_gtin_check_digit("629104150021", 12) == '3');
    /* every digit but one at the end is wrong, and so is every single other digit */
    char code[] = "06901234567892";
    for (size_t at = 0; at < 14; at++)
        for (char d = '0'; d <= '9'; d++) {
            const char was = code[at];
            code[at] = d;
            CHECK(nw_gtin_is_right(code) == (d == was));
            code[at] = was;
        }
}

static void gs1_is_read_in_each_of_its_forms(void)
{
    static const char *const form[] = {
        "(01)06901234567892(11)141231(17)150707(10)A213B1(21)1234",
        "[01]06901234567892[11]141231[17]150707[10]A213B1[21]1234",
        "0106901234567892111412311715070710A213B1\x1d"
        "211234",
        "]d2\x1d"
        "010690123456789210A213B1\x1d"
        "211234\x1d"
        "1114123117150707"};
    for (size_t i = 0; i < sizeof form / sizeof *form; i++) {
        const struct nw_udi u = parsed(form[i]);
        CHECK(u.issuer == NW_UDI_GS1 && strcmp(u.di, "06901234567892") == 0);
        CHECK(strcmp(u.made, "2014-12-31") == 0 && strcmp(u.expires, "2015-07-07") == 0);
        CHECK(strcmp(u.lot, "A213B1") == 0 && strcmp(u.serial, "1234") == 0);
    }
    for (size_t i = 0; i < 3; i++) {
        struct nw_err err = {0};
        char text[NW_UDI_TEXT];
        const struct nw_udi u = parsed(form[0]);
        CHECK(nw_udi_format(&u, (enum nw_udi_form)i, text, &err));
        CHECK(strcmp(text, form[i]) == 0);
    }
    CHECK(strcmp(parsed("(01)06901234567892(17)280200").expires, "2028-02-29") == 0);
}

static void gs1_is_refused_where_it_is_wrong(void)
{
    refuses("");
    refuses("(01)06901234567893");           /* check digit */
    refuses("(01)6901234567892");            /* 13 digits */
    refuses("(10)A213B1");                   /* without a device identifier */
    refuses("(01)06901234567892(17)151307"); /* month 13 */
    refuses("(01)06901234567892(17)150230"); /* 30 February */
    refuses("(01)06901234567892(10)");       /* empty */
    refuses("(01)06901234567892(10)A(10)B"); /* twice */
    refuses("(01)06901234567892(99)A");      /* not an element of ours */
    refuses("(01)06901234567892 (10)A");
    refuses("(01)06901234567892(10)123456789012345678901"); /* 21 letters */
    refuses("(01)06901234567892(10)\xe6\x89\xb9");
    refuses("01069012345678"); /* ends in the middle */
    refuses("010690123456789217");
}

static void ma_is_formed_and_read(void)
{
    const struct nw_udi u = parsed(
        "MA.156.M0.100761.21234561.Sx00008.M220117.L20220117.D20220118.E220130.V220117.C3");
    CHECK(u.issuer == NW_UDI_MA && strcmp(u.di, "MA.156.M0.100761.21234561") == 0);
    CHECK(strcmp(u.serial, "x00008") == 0 && strcmp(u.lot, "20220117") == 0);
    CHECK(strcmp(u.made, "2022-01-17") == 0 && strcmp(u.expires, "2022-01-30") == 0);
    struct nw_err err = {0};
    char text[NW_UDI_TEXT];
    CHECK(nw_udi_format(&u, NW_UDI_READABLE, text, &err));
    CHECK(strcmp(text, "MA.156.M0.100761.21234561.Sx00008.M220117.L20220117.E220130") == 0);
    CHECK(strcmp(parsed("MA.156.M0.100204.13351764").di, "MA.156.M0.100204.13351764") == 0);
    refuses("MA.156.M0.100204");
    refuses("MA.156.M1.100204.13351764");
    refuses("MA.156.M0.10020x.13351764");
    refuses("MA.156.M0.100204.13351764.X1");
    refuses("MA.156.M0.100204.13351764.S1.S2");
    refuses("MA.156.M0.100204.13351764.");
    struct nw_udi point = u;
    memcpy(point.lot, "A.B", 4);
    CHECK(!nw_udi_format(&point, NW_UDI_READABLE, text, &err) && err.code == NW_ERR_DATA);
}

int main(void)
{
    UNIT(a_check_digit_is_the_published_one);
    UNIT(gs1_is_read_in_each_of_its_forms);
    UNIT(gs1_is_refused_where_it_is_wrong);
    UNIT(ma_is_formed_and_read);
    return unit_end();
}
