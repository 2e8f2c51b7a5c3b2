/*
 * core/udi.h -- unique device identifiers: what a device is (DI) and which one it is (PI: lot,
 * serial, dates), formed, checked and parsed by the rules of their issuers.
 *
 *   GS1  element strings of the General Specifications: (01) GTIN-14 with its check digit,
 *        (11) made, (17) expires, (10) lot, (21) serial; as people read them in parentheses, or
 *        as a scanner gives them, with FNC1 (the byte 29) behind what has no fixed length
 *   MA   IDcode of ZIIOT: MA.156.M0.<maker, 6>.<product, 8>, then .S serial .L lot .M made
 *        .E expires; other elements (.V .D .C) are allowed in what is parsed and not kept. Its
 *        check letters are not computed: their rule is not published
 *
 * Ali Health's codes (AHM) are not known here: their rule is not published either.
 */
#ifndef NW_CORE_UDI_H
#define NW_CORE_UDI_H

#include "core/err.h"

#ifdef __cplusplus
extern "C" {
#endif

enum nw_udi_issuer { NW_UDI_GS1, NW_UDI_MA };
enum { NW_UDI_PART = 40, NW_UDI_TEXT = 256 };

struct nw_udi {
    enum nw_udi_issuer issuer;
    char di[NW_UDI_PART];       /* 14 digits, or MA.156.M0.123456.12345678 */
    char lot[21], serial[21];   /* "" where none */
    char made[11], expires[11]; /* "2026-03-01"; "" where none */
};

enum nw_udi_form {
    NW_UDI_READABLE, /* (01)06901234567892(17)150707(10)A213B1 */
    NW_UDI_BRACKETS, /* [01]06901234567892[17]150707[10]A213B1: what nw_matrix_encode takes */
    NW_UDI_SCANNED   /* 010690123456789217150707 10A213B1, FNC1 as the byte 29 */
};

/* Is it 8, 12, 13 or 14 digits, the last of them the check digit of the others? */
bool nw_gtin_is_right(const char *digits);
/* The digit that belongs behind `count` digits. */
char nw_gtin_check_digit(const char *digits, size_t count);

/* NW_ERR_DATA says which element is wrong. Fixed lengths first, as GS1 asks. MA has one form.
 */
NW_MUST_CHECK bool nw_udi_format(const struct nw_udi *udi, enum nw_udi_form form,
                                 char out[NW_UDI_TEXT], struct nw_err *err);
/* Any of the forms; a leading "]d2", "]C1" or "]Q3" of a scanner is passed over. Each element
 * once, only those named above. NW_ERR_DATA. */
NW_MUST_CHECK bool nw_udi_parse(const char *text, struct nw_udi *out, struct nw_err *err);

#ifdef __cplusplus
}
#endif
#endif
