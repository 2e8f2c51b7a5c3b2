/*
 * io/charset_priv.h -- DICOM's character sets (PS3.3 C.12.1.1.2, PS3.5 6.1) to UTF-8.
 */
#ifndef NW_IO_CHARSET_PRIV_H
#define NW_IO_CHARSET_PRIV_H

#include "core/mem.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What became of the declared set while texts were read. */
enum nw_charset_fit {
    NW_CHARSET_FITS,
    NW_CHARSET_GUESSED, /* the declared one did not fit the bytes; another did */
};

/* Returns the text in UTF-8, in the arena, spaces and zeros at its end cut off. `declared` is
 * the value of (0008,0005) as it stands, "" for none. Bytes that the declared set does not
 * allow are read as UTF-8, else as GB18030, else as Latin-1, and *fit says so. Never NULL but
 * without memory. */
NW_MUST_CHECK const char *nw_charset_text(struct nw_arena *arena, const char *bytes, size_t len,
                                          const char *declared, enum nw_charset_fit *fit,
                                          struct nw_err *err);

/* Is this a set that can be named in (0008,0005) or by its everyday name ("GB18030")? */
bool nw_charset_is_known(const char *declared);

#ifdef __cplusplus
}
#endif
#endif
