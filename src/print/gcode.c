/* print/gcode.c -- what G-code does, move by move; see fff.h. */
#include <string.h>

#include "core/text.h"
#include "print/fff.h"

struct head {
    double at[3], e, e_most; /* e_most: pushed out so far, retractions filled again */
    bool relative, relative_e;
    double layer_z;
    struct nw_gcode_facts *facts;
};

/* Two heights closer than this are one layer. */
#define SAME_LAYER_MM 1e-4

static void extrude(struct head *h, const double from[3], double length)
{
    struct nw_gcode_facts *f = h->facts;
    const nw_vec3 a = nw_v3(from[0], from[1], from[2]), b = nw_v3(h->at[0], h->at[1], h->at[2]);
    f->filament_mm += length;
    if (nw_length2(nw_sub(a, b)) <= 0)
        return; /* fills the nozzle where it stands */
    f->box = nw_box_with(nw_box_with(f->box, a), b);
    if (!(fabs(b.z - h->layer_z) < SAME_LAYER_MM)) {
        f->layers++;
        h->layer_z = b.z;
    }
}

/* Values of the letters X Y Z E of a move; NAN where there is none. */
static bool read_words(const char *at, const char *end, double out[4], struct nw_err *err)
{
    static const char letters[] = "XYZE";
    for (int n = 0; n < 4; n++)
        out[n] = NAN;
    while (at < end && *at != ';') {
        const char *letter = memchr(letters, *at, sizeof letters - 1);
        if (!letter) {
            at++;
            continue;
        }
        const char *next = nw_number_parse(at + 1, &out[letter - letters]);
        if (!next || next > end || !isfinite(out[letter - letters]) ||
            fabs(out[letter - letters]) > 1e9)
            return nw_fail(err, NW_ERR_DATA, "the G-code has a move without a number");
        at = next;
    }
    return true;
}

static bool move(struct head *h, const char *at, const char *end, struct nw_err *err)
{
    double word[4];
    const double from[3] = {h->at[0], h->at[1], h->at[2]};
    if (!read_words(at, end, word, err))
        return false;
    for (int n = 0; n < 3; n++)
        if (!isnan(word[n]))
            h->at[n] = h->relative ? h->at[n] + word[n] : word[n];
    h->facts->moves++;
    h->facts->travel = nw_box_with(h->facts->travel, nw_v3(h->at[0], h->at[1], h->at[2]));
    if (isnan(word[3]))
        return true;
    h->e = h->relative_e ? h->e + word[3] : word[3];
    if (h->e > h->e_most) {
        extrude(h, from, h->e - h->e_most);
        h->e_most = h->e;
    }
    return true;
}

static bool set_place(struct head *h, const char *at, const char *end, struct nw_err *err)
{
    double word[4];
    if (!read_words(at, end, word, err))
        return false;
    for (int n = 0; n < 3; n++)
        h->at[n] = isnan(word[n]) ? h->at[n] : word[n];
    if (!isnan(word[3])) { /* what is retracted stays so */
        h->e_most = word[3] + (h->e_most - h->e);
        h->e = word[3];
    }
    return true;
}

/* "; estimated printing time (normal mode) = 1d 2h 3m 4s" */
static void read_time(struct head *h, const char *at, const char *end)
{
    static const char what[] = "; estimated printing time (normal mode) = ";
    if ((size_t)(end - at) < sizeof what || strncmp(at, what, sizeof what - 1) != 0)
        return;
    double seconds = 0;
    for (at += sizeof what - 1; at < end;) {
        double value;
        const char *next = nw_number_parse(at, &value);
        if (!next || next >= end)
            break;
        seconds += value * (*next == 'd' ? 86400 : *next == 'h' ? 3600 : *next == 'm' ? 60 : 1);
        for (at = next + 1; at < end && *at == ' ';)
            at++;
    }
    h->facts->time_s = seconds < 1e9 ? seconds : 0;
}

static bool is_word(const char *at, const char *end, const char *word)
{
    const size_t len = strlen(word);
    return (size_t)(end - at) >= len && strncmp(at, word, len) == 0 &&
           (at + len == end || at[len] == ' ' || at[len] == ';' || at[len] == '\r');
}

static bool read_line(struct head *h, const char *at, const char *end, struct nw_err *err)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    if (is_word(at, end, "G0") || is_word(at, end, "G1"))
        return move(h, at + 2, end, err);
    if (is_word(at, end, "G2") || is_word(at, end, "G3"))
        return nw_fail(err, NW_ERR_UNSUPPORTED, "the G-code has arcs, which are not judged");
    if (is_word(at, end, "G92"))
        return set_place(h, at + 3, end, err);
    if (is_word(at, end, "G90"))
        h->relative = false;
    else if (is_word(at, end, "G91"))
        h->relative = true;
    else if (is_word(at, end, "M82"))
        h->relative_e = false;
    else if (is_word(at, end, "M83"))
        h->relative_e = true;
    else
        read_time(h, at, end);
    return true;
}

bool nw_gcode_read(const char *text, size_t len, struct nw_gcode_facts *out, struct nw_err *err)
{
    struct nw_gcode_facts facts = {.box = nw_box_empty(), .travel = nw_box_empty()};
    struct head h = {.layer_z = NAN, .facts = &facts};
    for (const char *at = text, *stop = text + len; at < stop;) {
        const char *end = memchr(at, '\n', (size_t)(stop - at));
        if (!end)
            end = stop;
        if (!read_line(&h, at, end, err))
            return false;
        at = end + 1;
    }
    if (facts.layers == 0)
        return nw_fail(err, NW_ERR_DATA, "the G-code extrudes nothing");
    *out = facts;
    return true;
}
