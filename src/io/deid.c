/* io/deid.c -- what becomes of each element, by the profile's table and options: see deid.h. */
#include "io/deid.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/hash.h"
#include "io/deid_priv.h"
#include "io/dicom_put_priv.h"

enum { WORDS_MAX = 256, WORD_MAX = 64, HASH_BLOCK = 64, SHIFT_MOST_DAYS = 3650 };

/* ---- what the key makes ---- */

/* HMAC-SHA-256 of a word that says what for, and a text. */
static bool keyed(const uint8_t key[NW_DEID_KEY_BYTES], const char *what, const char *text,
                  nw_digest *out, struct nw_err *err)
{
    nw_digest inner;
    bool ok = true;
    for (int round = 0; round < 2 && ok; round++) {
        uint8_t pad[HASH_BLOCK];
        memset(pad, round ? 0x5C : 0x36, sizeof pad);
        for (int i = 0; i < NW_DEID_KEY_BYTES; i++)
            pad[i] ^= key[i];
        struct nw_hash *hash = nw_hash_new(err);
        ok = hash && nw_hash_add(hash, pad, sizeof pad, err);
        if (round)
            ok = ok && nw_hash_add(hash, inner.byte, sizeof inner.byte, err);
        else
            ok = ok && nw_hash_add(hash, what, strlen(what) + 1, err) &&
                 nw_hash_add(hash, text, strlen(text), err);
        ok = ok && nw_hash_end(hash, round ? out : &inner, err);
        nw_hash_free(hash);
    }
    return ok;
}

bool nw_deid_uid(const uint8_t key[NW_DEID_KEY_BYTES], const char *uid, char out[65],
                 struct nw_err *err)
{
    nw_digest digest;
    return keyed(key, "uid", uid, &digest, err) &&
           nw_uid_from_digest(out, &digest, "deid", 0, err);
}

bool nw_deid_shift_days(const uint8_t key[NW_DEID_KEY_BYTES], int *out, struct nw_err *err)
{
    nw_digest digest;
    if (!keyed(key, "dates", "", &digest, err))
        return false;
    const uint32_t n = (uint32_t)digest.byte[0] << 16 | (uint32_t)digest.byte[1] << 8 |
                       (uint32_t)digest.byte[2];
    *out = 1 + (int)(n % SHIFT_MOST_DAYS);
    return true;
}

bool nw_deid_pseudonym(const uint8_t key[NW_DEID_KEY_BYTES], const char *id,
                       char out[NW_PSEUDONYM_MAX], struct nw_err *err)
{
    nw_digest digest;
    char hex[NW_DIGEST_TEXT];
    if (!keyed(key, "patient", id, &digest, err))
        return false;
    nw_digest_format(&digest, hex);
    for (int i = 0; i < 10; i++)
        hex[i] = (char)toupper((unsigned char)hex[i]);
    (void)snprintf(out, NW_PSEUDONYM_MAX, "NW-%.10s", hex);
    return true;
}

/* ---- days ---- */

/* Days since 1970-03-01 of the proleptic Gregorian calendar, after Hinnant (2013). */
static int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t of_era = year - era * 400;
    const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
}

static void date_of(int64_t days, int64_t *year, int *month, int *day)
{
    const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const int64_t doe = days - era * 146097;
    const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int64_t mp = (5 * doy + 2) / 153;
    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = yoe + era * 400 + (*month <= 2);
}

static bool digits(const char *p, int count, int *out)
{
    *out = 0;
    for (int i = 0; i < count; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        *out = 10 * *out + (p[i] - '0');
    }
    return true;
}

/* The first eight letters, YYYYMMDD, so many days earlier; false when they are no date. */
static bool shift_date(char *text, int days)
{
    int year, month, day;
    if (strlen(text) < 8 || !digits(text, 4, &year) || !digits(text + 4, 2, &month) ||
        !digits(text + 6, 2, &day) || year < 100 || month < 1 || month > 12 || day < 1 ||
        day > 31)
        return false;
    int64_t y;
    date_of(days_of(year, month, day) - days, &y, &month, &day);
    if (y < 1 || y > 9999)
        return false;
    char plain[16];
    (void)snprintf(plain, sizeof plain, "%04d%02d%02d", (int)y, month, day);
    memcpy(text, plain, 8);
    return true;
}

/* ---- one file's judge ---- */

struct job {
    const struct nw_deid_opts *opts;
    const struct nw_dicom *header;
    bool enhanced; /* its kind demands values where others may be empty */
    int shift_days;
    char pseudonym[NW_PSEUDONYM_MAX];
    char word[WORDS_MAX][WORD_MAX]; /* what identifies, in the file's own letters */
    size_t word_count;
    struct nw_deid_done done;
    struct nw_err failure;
};

/* A text that identifies, if it is long enough that finding it elsewhere means something. */
static void learn_word(struct job *job, const char *text, size_t len)
{
    bool plain = true;
    while (len > 0 && (text[0] == ' ' || text[0] == '^' || text[0] == '='))
        text++, len--;
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\0'))
        len--;
    for (size_t i = 0; i < len; i++)
        plain = plain && (unsigned char)text[i] < 0x80;
    if (len < (plain ? 3U : 4U) || len >= WORD_MAX || job->word_count == WORDS_MAX)
        return;
    memcpy(job->word[job->word_count], text, len);
    job->word[job->word_count++][len] = '\0';
}

/* A name: its whole, its parts, and its parts without what stands between them. */
static void learn_name(struct job *job, const char *text, size_t len)
{
    char joined[WORD_MAX];
    size_t n = 0, from = 0;
    learn_word(job, text, len);
    for (size_t i = 0; i <= len; i++) {
        const char c = i < len ? text[i] : '=';
        if (c == '^' || c == ' ' || c == '=' || c == '\\') {
            learn_word(job, text + from, i - from);
            from = i + 1;
        } else if (n + 1 < sizeof joined) {
            joined[n++] = c;
        }
        if (c == '=' || c == '\\') {
            learn_word(job, joined, n);
            n = 0;
        }
    }
}

static bool is_identity(uint32_t tag)
{
    static const uint32_t tags[] = {0x00080050, 0x00100020, 0x00101000, 0x00101040, 0x00102154,
                                    0x00102155, 0x00101090, 0x00200010, 0x00380010, 0x00402016,
                                    0x00402017, 0x00401001, 0x00100030};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (tags[i] == tag)
            return true;
    return false;
}

static enum nw_deid_what look(void *user, const struct nw_deid_element *e,
                              char text[NW_DEID_TEXT_MAX])
{
    struct job *job = (struct job *)user;
    (void)text;
    if (!e->value)
        return NW_DEID_KEEP;
    const bool place = e->tag == 0x00080080 || e->tag == 0x00080081 || e->tag == 0x00081040;
    if (strcmp(e->vr, "PN") == 0)
        learn_name(job, e->value, e->len);
    else if (is_identity(e->tag) || (place && !(job->opts->keep & NW_DEID_INSTITUTION)))
        learn_word(job, e->value, e->len);
    return NW_DEID_KEEP;
}

static bool begins_here(const char *at, const char *word)
{
    for (; *word; at++, word++)
        if (toupper((unsigned char)*at) != toupper((unsigned char)*word))
            return false;
    return true;
}

static bool holds_identity(const struct job *job, const char *text)
{
    for (size_t w = 0; w < job->word_count; w++)
        for (const char *at = text; *at; at++)
            if (begins_here(at, job->word[w]))
                return true;
    return false;
}

/* ---- descriptions ---- */

static bool describes(const char *word)
{
    static const char list[] =
        " HEAD SKULL BRAIN FACE FACIAL MAXILLOFACIAL ORBIT ORBITS SINUS SINUSES NECK JAW "
        "MANDIBLE MAXILLA DENTAL TEETH TOOTH TMJ EAR TEMPORAL SPINE CERVICAL THORACIC LUMBAR "
        "SACRUM COCCYX CSPINE TSPINE LSPINE CHEST THORAX LUNG LUNGS RIB RIBS STERNUM HEART "
        "CARDIAC AORTA ABDOMEN LIVER KIDNEY PELVIS HIP HIPS ACETABULUM FEMUR KNEE KNEES LEG "
        "LEGS TIBIA FIBULA ANKLE FOOT FEET SHOULDER SCAPULA CLAVICLE HUMERUS ELBOW FOREARM "
        "RADIUS ULNA WRIST HAND HANDS FINGER ARM LEFT RIGHT BOTH BILATERAL LT RT CT MR MRI CTA "
        "MRA PET CBCT AX AXIAL SAG SAGITTAL COR CORONAL OBLIQUE BONE SOFT TISSUE STANDARD "
        "DETAIL SHARP SMOOTH THIN THICK PLAIN CONTRAST WITH WITHOUT ENHANCED NATIVE ARTERIAL "
        "VENOUS PORTAL DELAYED PHASE HELICAL SPIRAL LOW DOSE HIGH RESOLUTION T1 T2 PD FLAIR "
        "STIR DWI ADC FS SE TSE FSE GRE 2D 3D SCAN SERIES RECON MPR WINDOW KERNEL PHANTOM AND "
        "OF THE MM ";
    char spaced[40];
    (void)snprintf(spaced, sizeof spaced, " %.36s ", word);
    return strstr(list, spaced) != NULL;
}

/* "1.25", "0.6MM": a slice's width; whole numbers may be anything. */
static bool is_measure(const char *word)
{
    size_t n = strspn(word, "0123456789"), point = word[n] == '.';
    const size_t more = point ? strspn(word + n + 1, "0123456789") : 0;
    const char *end = word + n + point + more;
    const bool unit = strcmp(end, "MM") == 0;
    return n > 0 && n < 4 && more < 4 && (point ? more > 0 : unit) && (*end == '\0' || unit);
}

/* Words that describe images stay, all others go. */
static void clean_words(const char *value, char out[NW_DEID_TEXT_MAX])
{
    char word[37];
    size_t len = 0, room = 64; /* what a LO holds */
    out[0] = '\0';
    for (const char *at = value;; at++) {
        const unsigned char c = (unsigned char)*at;
        if (c && (isalnum(c) || c == '.' || c >= 0x80)) {
            if (len < sizeof word - 1)
                word[len] = (char)toupper(c);
            len++;
            continue;
        }
        word[len < sizeof word ? len : 0] = '\0';
        const size_t had = strlen(out);
        if (len > 0 && len < sizeof word && (describes(word) || is_measure(word)) &&
            had + len + 1 < room)
            (void)snprintf(out + had, NW_DEID_TEXT_MAX - had, "%s%s", had ? " " : "", word);
        len = 0;
        if (!c)
            return;
    }
}

/* ---- values put in the place of others ---- */

static enum nw_deid_what put(struct job *job, const char *value, char text[NW_DEID_TEXT_MAX])
{
    (void)snprintf(text, NW_DEID_TEXT_MAX, "%s", value);
    job->done.replaced++;
    return NW_DEID_PUT;
}

static enum nw_deid_what clear(struct job *job)
{
    job->done.emptied++;
    return NW_DEID_CLEAR;
}

static enum nw_deid_what drop(struct job *job)
{
    job->done.removed++;
    return NW_DEID_DROP;
}

static bool is_vr(const struct nw_deid_element *e, const char *list)
{
    return strstr(list, e->vr) != NULL;
}

/* UIDs of the standard itself name kinds of things, not things. */
static bool is_well_known(const char *uid, size_t len)
{
    static const char root[] = "1.2.840.10008.";
    return len > sizeof root && strncmp(uid, root, sizeof root - 1) == 0;
}

/* Each of the values by itself. */
static enum nw_deid_what map_uids(struct job *job, const struct nw_deid_element *e,
                                  char text[NW_DEID_TEXT_MAX])
{
    size_t at = 0;
    if (!e->value || !is_vr(e, "UI"))
        return drop(job);
    text[0] = '\0';
    for (const char *p = e->value; *p;) {
        size_t len = strcspn(p, "\\"), bare = len;
        char uid[65], mapped[65] = "";
        while (bare > 0 && p[bare - 1] == ' ')
            bare--;
        if (bare > 64)
            return drop(job); /* no UID is so long */
        memcpy(uid, p, bare);
        uid[bare] = '\0';
        if (is_well_known(uid, bare) || (job->opts->keep & NW_DEID_UIDS))
            memcpy(mapped, uid, bare + 1);
        else if (bare > 0 && job->failure.code == NW_OK &&
                 !nw_deid_uid(job->opts->key, uid, mapped, &job->failure))
            return drop(job);
        if (at + 70 > NW_DEID_TEXT_MAX)
            return drop(job);
        at +=
            (size_t)snprintf(text + at, NW_DEID_TEXT_MAX - at, "%s%s", at ? "\\" : "", mapped);
        p += len + (p[len] == '\\');
    }
    job->done.uids++;
    return NW_DEID_PUT;
}

static enum nw_deid_what dummy(struct job *job, const struct nw_deid_element *e,
                               char text[NW_DEID_TEXT_MAX])
{
    static const struct {
        const char *vr, *text;
    } of[] = {{"DA", "19000101"},  {"TM", "000000"}, {"DT", "19000101000000"},
              {"PN", "Anonymous"}, {"AS", "000Y"},   {"IS", "0"},
              {"DS", "0"},         {"CS", "NONE"},   {"LO", "NONE"},
              {"SH", "NONE"},      {"ST", "NONE"},   {"LT", "NONE"},
              {"UT", "NONE"},      {"UC", "NONE"},   {"AE", "NONE"}};
    if (e->is_sequence)
        return NW_DEID_BLANK;
    if (is_vr(e, "UI"))
        return map_uids(job, e, text);
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        if (strcmp(of[i].vr, e->vr) == 0)
            return put(job, of[i].text, text);
    return clear(job);
}

/* Dates of days, each of the values; times of the day stay. */
static enum nw_deid_what shift(struct job *job, const struct nw_deid_element *e, bool must,
                               char text[NW_DEID_TEXT_MAX])
{
    if (is_vr(e, "TM") && e->value)
        return NW_DEID_KEEP;
    if (!e->value || !is_vr(e, "DA DT") || e->len >= NW_DEID_TEXT_MAX)
        return drop(job);
    memcpy(text, e->value, e->len + 1);
    for (char *p = text; *p;) {
        const size_t len = strcspn(p, "\\");
        if (!shift_date(p, job->shift_days))
            return must ? dummy(job, e, text) : clear(job);
        p += len + (p[len] == '\\');
    }
    job->done.dates++;
    return NW_DEID_PUT;
}

/* ---- the rules ---- */

static enum nw_deid_what judge_private(struct job *job, const struct nw_deid_element *e)
{
    /* Known to hold nothing of a person (PS3.15 table E.3.10-1, those with numbers only). */
    static const struct {
        const char *creator;
        uint16_t group;
        uint8_t element;
        char vr[3];
    } safe[] = {
        {"Philips PET Private Group", 0x7053, 0x00, "DS"},
        {"Philips PET Private Group", 0x7053, 0x09, "DS"},
        {"Philips Imaging DD 001", 0x2001, 0x03, "FL"},
        {"Philips MR Imaging DD 001", 0x2005, 0x0D, "FL"},
        {"Philips MR Imaging DD 001", 0x2005, 0x0E, "FL"},
        {"SIEMENS MR HEADER", 0x0019, 0x0C, "IS"},
        {"SIEMENS MR HEADER", 0x0019, 0x0E, "FD"},
        {"SIEMENS MR HEADER", 0x0019, 0x27, "FD"},
        {"GEMS_ACQU_01", 0x0019, 0x23, "DS"},
        {"GEMS_ACQU_01", 0x0019, 0x27, "DS"},
        {"GEMS_PARM_01", 0x0043, 0x39, "IS"},
    };
    const uint16_t group = (uint16_t)(e->tag >> 16), element = (uint16_t)e->tag;
    const bool names = element >= 0x10 && element <= 0xFF && is_vr(e, "LO");
    const char *creator = names ? e->value : e->creator;
    if (!(job->opts->keep & NW_DEID_PRIVATE) || !creator)
        return drop(job);
    for (size_t i = 0; i < sizeof safe / sizeof *safe; i++) {
        const size_t len = strlen(safe[i].creator);
        if (safe[i].group == group && strncmp(creator, safe[i].creator, len) == 0 &&
            strspn(creator + len, " ") == strlen(creator + len) &&
            (names || ((element & 0xFF) == safe[i].element && is_vr(e, safe[i].vr))))
            return NW_DEID_KEEP;
    }
    return drop(job);
}

static bool is_date(const struct nw_deid_element *e)
{
    return is_vr(e, "DA DT TM");
}

/* No row names it: what it could hold says. */
static enum nw_deid_what judge_unlisted(struct job *job, const struct nw_deid_element *e,
                                        char text[NW_DEID_TEXT_MAX])
{
    static const uint32_t tables[] = {0x00283006, 0x00281201, 0x00281202, 0x00281203,
                                      0x00281221, 0x00281222, 0x00281223};
    if (e->is_sequence)
        return NW_DEID_KEEP;
    if (is_vr(e, "OB OD OF OL OV OW UN ox up na"))
        for (size_t i = 0; i <= sizeof tables / sizeof *tables; i++) {
            if (i == sizeof tables / sizeof *tables)
                return drop(job);
            if (tables[i] == e->tag)
                return NW_DEID_KEEP;
        }
    if (is_vr(e, "ST LT UT UR"))
        return drop(job);
    if (is_vr(e, "AE"))
        return job->opts->keep & NW_DEID_DEVICE ? NW_DEID_KEEP : drop(job);
    if (is_vr(e, "PN"))
        return clear(job);
    if (is_vr(e, "UI"))
        return map_uids(job, e, text);
    if (is_date(e)) {
        if (job->opts->keep & NW_DEID_DATES)
            return NW_DEID_KEEP;
        if (job->opts->keep & NW_DEID_SHIFTED)
            return shift(job, e, job->enhanced, text);
        return job->enhanced ? dummy(job, e, text) : drop(job);
    }
    if (is_vr(e, "LO SH UC") && e->value && holds_identity(job, e->value)) {
        job->done.swept++;
        return clear(job);
    }
    return NW_DEID_KEEP;
}

static enum nw_deid_what apply(struct job *job, const struct nw_deid_element *e,
                               enum nw_deid_action action, char text[NW_DEID_TEXT_MAX])
{
    switch (action) {
    case NW_X:
        return drop(job);
    case NW_Z:
        return (e->tag == 0x00100010 || e->tag == 0x00100020) && e->value
                   ? put(job, job->pseudonym, text)
                   : clear(job);
    case NW_D:
        return dummy(job, e, text);
    case NW_U:
        return map_uids(job, e, text);
    case NW_XZ:
        return clear(job);
    case NW_XD:
        return job->enhanced ? dummy(job, e, text) : drop(job);
    case NW_XZD:
        if (e->is_sequence && !job->enhanced)
            return drop(job); /* none of no items */
        return job->enhanced ? dummy(job, e, text) : clear(job);
    case NW_ZD:
        return job->enhanced ? dummy(job, e, text) : clear(job);
    case NW_XZU:
        return e->is_sequence ? NW_DEID_KEEP : drop(job);
    }
    NW_UNREACHABLE();
}

/* An option's hand on a row; false when none of those asked for reaches it. */
static bool by_option(struct job *job, const struct nw_deid_element *e,
                      const struct nw_deid_row *row, char text[NW_DEID_TEXT_MAX],
                      enum nw_deid_what *what)
{
    const unsigned keep = job->opts->keep;
    const bool is_description = is_vr(e, "LO SH ST LT UT UC") && e->value;
    if ((row->options & NW_DEID_DATES) && (keep & NW_DEID_SHIFTED)) {
        *what = shift(job, e, row->action == NW_D || job->enhanced, text);
        return true;
    }
    if ((row->options & NW_DEID_DESCRIPTORS) && (keep & NW_DEID_DESCRIPTORS) &&
        is_description) {
        clean_words(e->value, text);
        *what = text[0] ? NW_DEID_PUT : apply(job, e, row->action, text);
        return true;
    }
    if (!(row->options & keep & ~(unsigned)NW_DEID_DESCRIPTORS))
        return false;
    *what = NW_DEID_KEEP;
    if (is_description && holds_identity(job, e->value)) {
        job->done.swept++;
        *what = clear(job);
    }
    return true;
}

static enum nw_deid_what judge(void *user, const struct nw_deid_element *e,
                               char text[NW_DEID_TEXT_MAX])
{
    struct job *job = (struct job *)user;
    const uint32_t group = e->tag >> 16, element = e->tag & 0xFFFF;
    enum nw_deid_what what;
    if (group & 1)
        return judge_private(job, e);
    const bool is_graphic =
        (group >= 0x5000 && group <= 0x50FF) || (group >= 0x6000 && group <= 0x60FF);
    if (element == 0 || group < 0x0008 || group >= 0x7FE0 || is_graphic || !e->known)
        return drop(job);
    if (e->tag >= 0x00120062 && e->tag <= 0x00120064)
        return drop(job); /* said anew below */
    if (e->in_dummy)
        return dummy(job, e, text);
    const struct nw_deid_row *row = nw_deid_row_of(e->tag);
    if (!row)
        return judge_unlisted(job, e, text);
    return by_option(job, e, row, text, &what) ? what : apply(job, e, row->action, text);
}

/* ---- pixels ---- */

static bool refuse_what_may_show(const struct nw_dicom *h, const char *burned,
                                 struct nw_err *err)
{
    static const char *const drawn[] = {"US", "ES", "OP", "SC", "OT", "XC", "GM", "SM", "DOC"};
    if (h->kind != NW_DICOM_IMAGE)
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "it is no image: reports, plans and wrapped files are not handed out "
                       "without identity");
    if (strncmp(burned, "YES", 3) == 0)
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "annotation is burned into its pixels, which may name the patient");
    bool doubtful = h->conversion[0] != '\0' ||
                    strncmp(h->facts.sop_class_uid, "1.2.840.10008.5.1.4.1.1.7", 25) == 0;
    for (size_t i = 0; i < sizeof drawn / sizeof *drawn; i++)
        doubtful = doubtful || strcmp(h->facts.modality, drawn[i]) == 0;
    if (doubtful && strncmp(burned, "NO", 2) != 0)
        return nw_fail(err, NW_ERR_UNSUPPORTED,
                       "images of this kind often have names burned into their pixels, and the "
                       "header does not say that these have none");
    return true;
}

static void describe(struct nw_deid_frame *f, const struct nw_dicom *h, size_t frame)
{
    const struct nw_dicom_plane *p = &h->plane[frame];
    *f = (struct nw_deid_frame){.rows = h->rows,
                                .cols = h->cols,
                                .placed = p->has_position && p->has_axes && p->has_spacing,
                                .slope = p->slope,
                                .intercept = p->intercept};
    if (f->placed) {
        f->at_mm = p->position_mm;
        f->column_mm = nw_scale(p->row, p->row_step_mm);
        f->row_mm = nw_scale(p->col, p->col_step_mm);
    }
    const uint32_t bits = h->bits_stored;
    f->most = (int32_t)((1U << (bits - 1)) - 1U + (h->is_signed ? 0U : 1U << (bits - 1)));
    f->least = h->is_signed ? -(int32_t)(1U << (bits - 1)) : 0;
    if (bits >= 32) {
        f->most = INT32_MAX;
        f->least = h->is_signed ? INT32_MIN : 0;
    }
}

static void pack(const struct nw_dicom *h, const int32_t *stored, uint8_t *out)
{
    const size_t count = (size_t)h->rows * h->cols, bytes = h->bits_allocated / 8;
    const uint32_t mask = h->bits_stored >= 32 ? UINT32_MAX : (1U << h->bits_stored) - 1;
    for (size_t i = 0; i < count; i++) {
        const uint32_t v = h->is_signed ? (uint32_t)stored[i] : (uint32_t)stored[i] & mask;
        for (size_t b = 0; b < bytes; b++)
            out[i * bytes + b] = (uint8_t)(v >> (8 * b));
    }
}

/* All frames as they are to be written: a new block. */
static uint8_t *take_pixels(const uint8_t *data, size_t len, const struct nw_dicom *h,
                            const struct nw_deid_opts *opts, size_t *size, struct nw_err *err)
{
    const size_t count = (size_t)h->rows * h->cols, bytes = count * (h->bits_allocated / 8);
    struct nw_dicom_frames *frames = nw_dicom_frames_new(err);
    bool ok = frames && nw_dicom_frames_open(frames, data, len, h, err);
    NW_AUTOFREE int32_t *stored = ok ? NW_ALLOC_UNSET(int32_t, count, err) : NULL;
    uint8_t *out = stored ? nw_alloc(h->frame_count * bytes + 2, 1, err) : NULL;
    ok = out != NULL;
    for (size_t f = 0; ok && f < h->frame_count; f++) {
        struct nw_deid_frame frame;
        describe(&frame, h, f);
        frame.stored = stored;
        ok = nw_dicom_frames_get(frames, f, stored, err) &&
             (!opts->frame || opts->frame(opts->user, &frame, err));
        if (ok)
            pack(h, stored, out + f * bytes);
    }
    nw_dicom_frames_free(frames);
    *size = (h->frame_count * bytes + 1) / 2 * 2;
    if (ok)
        return out;
    nw_free(out);
    return NULL;
}

/* ---- what the file says of it ---- */

struct saying {
    struct nw_deid_put put[8];
    struct nw_deid_code code[12];
    size_t put_count, code_count;
    char method[64];
};

static void say(const struct job *job, struct saying *s)
{
    static const struct {
        unsigned option;
        struct nw_deid_code code;
    } codes[] = {
        {NW_DEID_DESCRIPTORS, {"113105", "Clean Descriptors Option"}},
        {NW_DEID_DATES,
         {"113106", "Retain Longitudinal Temporal Information Full Dates Option"}},
        {NW_DEID_SHIFTED,
         {"113107", "Retain Longitudinal Temporal Information Modified Dates Option"}},
        {NW_DEID_TRAITS, {"113108", "Retain Patient Characteristics Option"}},
        {NW_DEID_DEVICE, {"113109", "Retain Device Identity Option"}},
        {NW_DEID_UIDS, {"113110", "Retain UIDs Option"}},
        {NW_DEID_PRIVATE, {"113111", "Retain Safe Private Option"}},
        {NW_DEID_INSTITUTION, {"113112", "Retain Institution Identity Option"}},
    };
    const unsigned keep = job->opts->keep;
    s->code[s->code_count++] =
        (struct nw_deid_code){"113100", "Basic Application Confidentiality Profile"};
    if (job->opts->took_face)
        s->code[s->code_count++] =
            (struct nw_deid_code){"113102", "Clean Recognizable Visual Features Option"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (keep & codes[i].option)
            s->code[s->code_count++] = codes[i].code;
    (void)snprintf(s->method, sizeof s->method, "%s", nw_deid_edition);
    s->put[s->put_count++] = (struct nw_deid_put){.tag = 0x00120062, .text = "YES"};
    s->put[s->put_count++] = (struct nw_deid_put){.tag = 0x00120063, .text = s->method};
    s->put[s->put_count++] = (struct nw_deid_put){.tag = 0x00280303,
                                                  .text = keep & NW_DEID_DATES ? "UNMODIFIED"
                                                          : keep & NW_DEID_SHIFTED ? "MODIFIED"
                                                                                   : "REMOVED"};
    if (job->opts->no_face)
        s->put[s->put_count++] = (struct nw_deid_put){.tag = 0x00280302, .text = "NO"};
    s->put[s->put_count++] = (struct nw_deid_put){
        .tag = 0x00280102, .number = (uint16_t)(job->header->bits_stored - 1)};
}

/* ---- one file ---- */

bool nw_deid_check(const struct nw_deid_opts *opts, struct nw_err *err)
{
    if ((opts->keep & NW_DEID_DATES) && (opts->keep & NW_DEID_SHIFTED))
        return nw_fail(err, NW_ERR_ARGUMENT, "dates are kept or shifted, not both");
    const char *p = opts->pseudonym;
    const size_t plain =
        p ? strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") : 0;
    if (p && (!*p || p[plain] || plain >= NW_PSEUDONYM_MAX))
        return nw_fail(err, NW_ERR_ARGUMENT,
                       "a pseudonym is 1 to %d letters and digits, - and _",
                       NW_PSEUDONYM_MAX - 1);
    return true;
}

static uint8_t *rewrite(const uint8_t *data, size_t len, struct job *job, size_t *out_len,
                        struct nw_err *err)
{
    const struct nw_dicom *h = job->header;
    struct saying s = {0};
    say(job, &s);
    size_t size = 0;
    NW_AUTOFREE uint8_t *pixels = take_pixels(data, len, h, job->opts, &size, err);
    if (!pixels)
        return NULL;
    const struct nw_deid_walk walk = {.data = data,
                                      .len = (size_t)h->pixels_at,
                                      .look = look,
                                      .judge = judge,
                                      .user = job,
                                      .put = s.put,
                                      .put_count = s.put_count,
                                      .code = s.code,
                                      .code_count = s.code_count,
                                      .pixels = pixels,
                                      .pixel_bytes = size,
                                      .is_bytes = h->bits_allocated == 8};
    uint8_t *out = nw_dcmtk_deid(&walk, out_len, err);
    if (out && job->failure.code != NW_OK) {
        *err = job->failure;
        nw_free(out);
        return NULL;
    }
    return out;
}

static bool set_up(struct job *job, const struct nw_deid_opts *opts, const struct nw_dicom *h,
                   struct nw_err *err)
{
    job->opts = opts;
    job->header = h;
    job->enhanced = h->enhanced;
    if (opts->pseudonym)
        (void)snprintf(job->pseudonym, sizeof job->pseudonym, "%s", opts->pseudonym);
    else if (!nw_deid_pseudonym(opts->key, h->facts.patient_id, job->pseudonym, err))
        return false;
    return nw_deid_shift_days(opts->key, &job->shift_days, err);
}

uint8_t *nw_deid_file(const uint8_t *data, size_t len, const struct nw_deid_opts *opts,
                      size_t *out_len, struct nw_deid_done *done, struct nw_err *err)
{
    struct nw_arena arena = {0};
    struct nw_dicom header = {0};
    NW_AUTOFREE uint8_t *plain = NULL;
    NW_AUTOFREE struct job *job = NULL;
    uint8_t *out = NULL;
    if (!nw_deid_check(opts, err) || !nw_dicom_start(err))
        return NULL;
    if (nw_dicom_is_deflated(data, len)) {
        plain = nw_dicom_inflate(data, len, &len, err);
        data = plain;
        if (!plain)
            return NULL;
    }
    const enum nw_dicom_answer answer =
        nw_dicom_parse(data, len, len, NULL, &arena, &header, err);
    if (answer == NW_DICOM_MORE)
        nw_fail(err, NW_ERR_DATA, "the file is cut off in its header");
    if (answer == NW_DICOM_IS && refuse_what_may_show(&header, header.burned_in, err))
        job = NW_ALLOC(struct job, 1, err);
    if (job && set_up(job, opts, &header, err))
        out = rewrite(data, len, job, out_len, err);
    if (out) {
        done->removed += job->done.removed;
        done->emptied += job->done.emptied;
        done->replaced += job->done.replaced;
        done->uids += job->done.uids;
        done->dates += job->done.dates;
        done->swept += job->done.swept;
    }
    nw_arena_release(&arena);
    return out;
}
