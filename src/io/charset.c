/* io/charset.c -- see charset_priv.h. Conversions by iconv; code extensions are ours. */
#include "io/charset_priv.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"

enum half { LOW, HIGH, WHOLE };

/* number: what follows "ISO_IR " or "ISO 2022 IR ". escape: what follows ESC to call it. */
struct set {
    const char *number, *iconv, *escape;
    enum half half; /* the bytes it gives a meaning to */
};

static const struct set sets[] = {
    {"6", "", "(B", LOW},
    {"14", "", "(J", LOW},
    {"100", "ISO-8859-1", "-A", HIGH},
    {"101", "ISO-8859-2", "-B", HIGH},
    {"109", "ISO-8859-3", "-C", HIGH},
    {"110", "ISO-8859-4", "-D", HIGH},
    {"144", "ISO-8859-5", "-L", HIGH},
    {"127", "ISO-8859-6", "-G", HIGH},
    {"126", "ISO-8859-7", "-F", HIGH},
    {"138", "ISO-8859-8", "-H", HIGH},
    {"148", "ISO-8859-9", "-M", HIGH},
    {"203", "ISO-8859-15", "-b", HIGH},
    {"13", "SJIS", ")I", HIGH},
    {"166", "TIS-620", "-T", HIGH},
    {"87", "ISO-2022-JP-2", "$B", LOW},
    {"159", "ISO-2022-JP-2", "$(D", LOW},
    {"149", "EUC-KR", "$)C", HIGH},
    {"58", "GBK", "$)A", HIGH},
    {"192", "UTF-8", NULL, WHOLE},
    {"GB18030", "GB18030", NULL, WHOLE},
    {"GBK", "GBK", NULL, WHOLE},
    {"GB2312", "GBK", NULL, WHOLE},
    {"UTF-8", "UTF-8", NULL, WHOLE},
    {"BIG5", "BIG5", NULL, WHOLE},
    {"SHIFT_JIS", "CP932", NULL, WHOLE},
    {"EUC-JP", "EUC-JP", NULL, WHOLE},
};
enum { SET_COUNT = sizeof sets / sizeof *sets, TEXT_MAX = 1 << 20 };

static const struct set *set_named(const char *name, size_t len)
{
    while (len > 0 && (*name == ' ' || *name == '\0')) {
        name++;
        len--;
    }
    while (len > 0 && (name[len - 1] == ' ' || name[len - 1] == '\0'))
        len--;
    if (len == 0)
        return &sets[0];
    size_t from = len; /* "ISO_IR 100", "ISO 2022 IR 100", "ISO-IR 100": the number tells */
    if (strncasecmp(name, "ISO", 3) == 0)
        while (from > 0 && isdigit((unsigned char)name[from - 1]))
            from--;
    else
        from = 0;
    for (const struct set *s = sets; s < sets + SET_COUNT; s++)
        if (strlen(s->number) == len - from &&
            strncasecmp(s->number, name + from, len - from) == 0)
            return s;
    return NULL;
}

bool nw_charset_is_known(const char *declared)
{
    const char *p = declared;
    for (;;) {
        const size_t len = strcspn(p, "\\");
        if (!set_named(p, len))
            return false;
        if (!p[len])
            return true;
        p += len + 1;
    }
}

/* One run of bytes in one set, appended to *out. False with err clear: not in that set. */
static bool convert(struct nw_text *out, const char *set, const char *bytes, size_t len,
                    struct nw_err *err)
{
    iconv_t cd = iconv_open("UTF-8", set);
    if (cd == (iconv_t)-1) /* NOLINT(performance-no-int-to-ptr) */
        return false;
    char *in = (char *)(uintptr_t)bytes;
    size_t left = len;
    bool ok = true;
    while (ok && left > 0) {
        char buffer[512], *to = buffer;
        size_t room = sizeof buffer;
        const size_t got = iconv(cd, &in, &left, &to, &room);
        ok = got != (size_t)-1 || errno == E2BIG;
        ok = nw_text_addn(out, buffer, sizeof buffer - room, err) && ok;
    }
    (void)iconv_close(cd);
    return ok;
}

static bool has_special(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)bytes[i] >= 0x80 || bytes[i] == 0x1B)
            return true;
    return false;
}

static const struct set *set_escaped(const char *p, size_t len)
{
    for (const struct set *s = sets; s < sets + SET_COUNT; s++)
        if (s->escape && strlen(s->escape) < len &&
            memcmp(p + 1, s->escape, strlen(s->escape)) == 0)
            return s;
    return NULL;
}

/* A run of low bytes: plain, or pairs of a Japanese set, which iconv wants with its escape. */
static bool add_low(struct nw_text *out, const struct set *low, const char *p, size_t len,
                    struct nw_err *err)
{
    if (!low->iconv[0])
        return nw_text_addn(out, p, len, err);
    struct nw_text pairs;
    nw_text_init(&pairs, TEXT_MAX);
    const bool ok = nw_text_addf(&pairs, err, "\033%s", low->escape) &&
                    nw_text_addn(&pairs, p, len, err) &&
                    convert(out, low->iconv, pairs.data, pairs.len, err);
    nw_text_release(&pairs);
    return ok;
}

static bool is_delimiter(char c)
{
    return c == '^' || c == '=' || c == '\\' || c == '\r' || c == '\n' || c == '\t' ||
           c == '\f';
}

/* Code extensions: runs between escapes, each half of the code table with its own set. */
static bool extend(struct nw_text *out, const struct set *first, const char *p, size_t len,
                   struct nw_err *err)
{
    const struct set *const low0 = first->half == LOW ? first : &sets[0];
    const struct set *const high0 = first->half == HIGH ? first : NULL;
    const struct set *low = low0, *high = high0;
    for (size_t i = 0; i < len;) {
        if (p[i] == 0x1B) {
            const struct set *s = set_escaped(p + i, len - i);
            if (!s)
                return false;
            if (s->half == LOW)
                low = s;
            else
                high = s;
            i += 1 + strlen(s->escape);
            continue;
        }
        const bool is_high = (unsigned char)p[i] >= 0x80;
        if (!is_high && !low->iconv[0] && is_delimiter(p[i])) {
            low = low0;
            high = high0;
        }
        size_t n = 1;
        /* The second byte of a GBK pair may be a low one; GB 2312 proper has none. */
        while (i + n < len && p[i + n] != 0x1B &&
               ((unsigned char)p[i + n] >= 0x80) == is_high &&
               (is_high || low->iconv[0] || !is_delimiter(p[i + n])))
            n++;
        if (is_high ? !high || !convert(out, high->iconv, p + i, n, err)
                    : !add_low(out, low, p + i, n, err))
            return false;
        i += n;
    }
    return true;
}

static bool decode(struct nw_text *out, const char *declared, const char *bytes, size_t len,
                   struct nw_err *err)
{
    const struct set *first = set_named(declared, strcspn(declared, "\\"));
    if (!first)
        return false;
    if (first->half != WHOLE)
        return extend(out, first, bytes, len, err);
    return strcmp(first->iconv, "UTF-8") == 0
               ? nw_text_is_utf8(bytes, len) && nw_text_addn(out, bytes, len, err)
               : convert(out, first->iconv, bytes, len, err);
}

static bool guess(struct nw_text *out, const char *bytes, size_t len, struct nw_err *err)
{
    if (nw_text_is_utf8(bytes, len))
        return nw_text_addn(out, bytes, len, err);
    if (convert(out, "GB18030", bytes, len, err))
        return true;
    out->len = 0;
    return err->code == NW_OK && convert(out, "ISO-8859-1", bytes, len, err);
}

/* Escapes and other control characters must not reach a terminal or a page. */
static void drop_controls(char *text)
{
    char *to = text;
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p >= 0x20 || *p == '\n' || *p == '\t')
            *to++ = *p;
    *to = '\0';
}

const char *nw_charset_text(struct nw_arena *arena, const char *bytes, size_t len,
                            const char *declared, enum nw_charset_fit *fit, struct nw_err *err)
{
    while (len > 0 && (bytes[len - 1] == ' ' || bytes[len - 1] == '\0'))
        len--;
    while (len > 0 && bytes[0] == ' ') {
        bytes++;
        len--;
    }
    if (len > TEXT_MAX / 8)
        len = TEXT_MAX / 8;
    char *text = NULL;
    if (!has_special(bytes, len)) {
        text = nw_arena_textn(arena, bytes, len, err);
    } else {
        struct nw_text out;
        nw_text_init(&out, TEXT_MAX);
        bool ok = decode(&out, declared, bytes, len, err);
        if (!ok && err->code == NW_OK) {
            *fit = NW_CHARSET_GUESSED;
            out.len = 0;
            ok = guess(&out, bytes, len, err);
        }
        if (ok)
            text = nw_arena_textn(arena, out.data ? out.data : "", out.len, err);
        nw_text_release(&out);
    }
    if (text)
        drop_controls(text);
    return text;
}
