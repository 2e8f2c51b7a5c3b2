/* tests/unit/io/deid_test.c -- DICOM files without identity: nothing of it is left in the
 * bytes.
 */
#include "io/deid.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "io/deid_priv.h"
#include "io/dicom_put_priv.h"
#include "starve.h"
#include "unit.h"

/* What identifies carries this mark, and no answer may hold it. */
#define SECRET "Zhangsanfeng"
enum { SIDE = 4 };
static const uint8_t key[NW_DEID_KEY_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8};

/* A file under construction: what stands between the fixed parts is the test's. */
struct file {
    struct nw_put put;
    struct nw_err err;
};

static void begin(struct file *f, const char *instance)
{
    *f = (struct file){0};
    nw_put_init(&f->put, "1.2.840.10008.5.1.4.1.1.2", instance, 1 << 20, &f->err);
    memcpy(f->put.bytes.data, SECRET, strlen(SECRET)); /* the preamble may hold anything */
    nw_put_text(&f->put, 0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2");
    nw_put_text(&f->put, 0x00080018, "UI", instance);
}

static void end_with(struct file *f, const uint16_t pixels[SIDE * SIDE], size_t high_bit)
{
    nw_put_us(&f->put, 0x00280002, 1);
    nw_put_text(&f->put, 0x00280004, "CS", "MONOCHROME2");
    nw_put_us(&f->put, 0x00280010, SIDE);
    nw_put_us(&f->put, 0x00280011, SIDE);
    nw_put_us(&f->put, 0x00280100, 16);
    nw_put_us(&f->put, 0x00280101, high_bit + 1);
    nw_put_us(&f->put, 0x00280102, high_bit);
    nw_put_us(&f->put, 0x00280103, 0);
    nw_put_bytes(&f->put, 0x7FE00010, "OW", pixels, SIDE * SIDE * 2);
    nw_put_bytes(&f->put, 0xFFFCFFFC, "OB", SECRET, strlen(SECRET));
    CHECK(nw_put_ok(&f->put));
}

static void finish(struct file *f)
{
    static const uint16_t pixels[SIDE * SIDE] = {1, 2, 3, 4, 5, 6, 7, 8};
    end_with(f, pixels, 11);
}

struct result {
    uint8_t *data;
    size_t len;
    struct nw_deid_done done;
    struct nw_err err;
};

static struct result run(struct file *f, unsigned keep)
{
    struct result r = {0};
    struct nw_deid_opts opts = {.keep = keep};
    memcpy(opts.key, key, sizeof key);
    r.data = nw_deid_file((const uint8_t *)f->put.bytes.data, f->put.bytes.len, &opts, &r.len,
                          &r.done, &r.err);
    nw_text_release(&f->put.bytes);
    return r;
}

static bool holds_bytes(const struct result *r, const void *what, size_t len)
{
    for (size_t i = 0; r->data && i + len <= r->len; i++)
        if (memcmp(r->data + i, what, len) == 0)
            return true;
    return false;
}

static bool holds(const struct result *r, const char *text)
{
    const size_t len = strlen(text);
    for (size_t i = 0; r->data && i + len <= r->len; i++) {
        size_t k = 0;
        while (k < len && tolower(r->data[i + k]) == tolower((unsigned char)text[k]))
            k++;
        if (k == len)
            return true;
    }
    return false;
}

/* A header of what came out; texts live in the arena. */
static struct nw_dicom parsed(const struct result *r, struct nw_arena *arena)
{
    struct nw_dicom header = {
        .facts = {.patient_name = "", .patient_id = "", .study_date = ""}};
    struct nw_err err = {0};
    CHECK(r->data &&
          nw_dicom_parse(r->data, r->len, r->len, NULL, arena, &header, &err) == NW_DICOM_IS);
    return header;
}

static void the_table_is_in_order_and_names_each_element_once(void)
{
    for (size_t i = 1; i < nw_deid_row_count(); i++)
        CHECK(nw_deid_row_at(i - 1)->tag < nw_deid_row_at(i)->tag);
    CHECK(nw_deid_row_count() > 400);
    CHECK(nw_deid_row_of(0x00100010)->action == NW_Z);
    CHECK(nw_deid_row_of(0x00081155)->action == NW_U);
    CHECK(nw_deid_row_of(0x00280010) == NULL);
}

static bool is_file_part(uint32_t tag)
{
    return tag >> 16 < 8 || tag >> 16 > 0x7FE0 || (tag >= 0x00120062 && tag <= 0x00120064) ||
           tag == 0x00080018;
}

/* Text in each element of the table, as the VR that lets most through; then each again as a
 * sequence with all of it inside.
 * Req: R-353 */
static void no_element_of_the_table_lets_its_value_through(void)
{
    for (int nested = 0; nested < 2; nested++)
        for (size_t i = 0; i < nw_deid_row_count(); i++) {
            const uint32_t tag = nw_deid_row_at(i)->tag;
            struct file f;
            if (is_file_part(tag) || tag >= 0x00280002)
                continue; /* behind the pixels' description: see below */
            begin(&f, "1.2.3");
            if (nested) {
                nw_put_sequence(&f.put, tag);
                nw_put_item(&f.put);
                nw_put_text(&f.put, 0x00100010, "PN", SECRET "^San");
                nw_put_text(&f.put, 0x00100020, "LO", SECRET);
                nw_put_item_end(&f.put);
                nw_put_sequence_end(&f.put);
            } else {
                nw_put_text(&f.put, tag, "LO", SECRET);
            }
            finish(&f);
            struct result r = run(&f, 0);
            CHECK(r.data != NULL);
            if (holds(&r, SECRET) || !r.data)
                printf("# %08X %s\n", tag, r.err.msg);
            CHECK(!holds(&r, SECRET));
            nw_free(r.data);
        }
}

/* Those of higher tags, all in one file, in sequences that stay. */
static void nested_sequences_are_walked_to_the_bottom(void)
{
    struct file f;
    begin(&f, "1.2.3");
    nw_put_sequence(&f.put, 0x00081140); /* referenced images: stays */
    nw_put_item(&f.put);
    nw_put_text(&f.put, 0x00081150, "UI", "1.2.840.10008.5.1.4.1.1.2");
    nw_put_text(&f.put, 0x00081155, "UI", "1.2.3");
    nw_put_sequence(&f.put, 0x00082112);
    nw_put_item(&f.put);
    nw_put_text(&f.put, 0x00091001, "LO", SECRET);
    nw_put_text(&f.put, 0x00100010, "PN", SECRET);
    for (size_t i = 0; i < nw_deid_row_count(); i++)
        if (nw_deid_row_at(i)->tag > 0x00280002 && !is_file_part(nw_deid_row_at(i)->tag))
            nw_put_text(&f.put, nw_deid_row_at(i)->tag, "LO", SECRET);
    nw_put_item_end(&f.put);
    nw_put_sequence_end(&f.put);
    nw_put_item_end(&f.put);
    nw_put_sequence_end(&f.put);
    finish(&f);
    struct result r = run(&f, 0);
    CHECK(r.data && !holds(&r, SECRET));
    char mapped[65];
    struct nw_err err = {0};
    CHECK(nw_deid_uid(key, "1.2.3", mapped, &err));
    /* the reference points to the file it pointed to: its own, in the meta header, the set, and
     * here */
    size_t count = 0;
    for (size_t i = 0; r.data && i + strlen(mapped) <= r.len; i++)
        count += memcmp(r.data + i, mapped, strlen(mapped)) == 0;
    CHECK(count == 3);
    CHECK(holds(&r, "1.2.840.10008.5.1.4.1.1.2")); /* kinds of things are no things */
    nw_free(r.data);
}

static void what_hides_outside_the_elements_is_gone(void)
{
    struct file f;
    uint16_t pixels[SIDE * SIDE];
    for (size_t i = 0; i < SIDE * SIDE; i++)
        pixels[i] = (uint16_t)(0xF000 | i); /* an overlay in bits that are no pixel's */
    begin(&f, "1.2.3");
    end_with(&f, pixels, 11);
    nw_text_release(&f.put.bytes);
    begin(&f, "1.2.3");
    nw_put_bytes(&f.put, 0x00291010, "OB", SECRET, 12);
    nw_put_text(&f.put, 0x50003000, "LO", SECRET);
    nw_put_text(&f.put, 0x60003000, "LO", SECRET);
    nw_put_text(&f.put, 0x60021500, "LO", SECRET);
    end_with(&f, pixels, 11);
    struct result r = run(&f, 0);
    CHECK(r.data && !holds(&r, SECRET));
    uint16_t clean[SIDE * SIDE];
    for (size_t i = 0; i < SIDE * SIDE; i++)
        clean[i] = (uint16_t)i;
    CHECK(holds_bytes(&r, clean, sizeof clean));
    CHECK(!holds_bytes(&r, pixels, sizeof pixels));
    nw_free(r.data);
}

/* Req: R-353 */
static void dates_are_gone_shifted_alike_or_kept(void)
{
    static const char dates[][9] = {"20240229", "20240301", "19991231"};
    int days;
    struct nw_err err = {0};
    CHECK(nw_deid_shift_days(key, &days, &err) && days >= 1 && days <= 3650);
    for (int mode = 0; mode < 3; mode++) {
        const unsigned keep = mode == 1 ? NW_DEID_SHIFTED : mode == 2 ? NW_DEID_DATES : 0;
        struct file f;
        begin(&f, "1.2.3");
        nw_put_text(&f.put, 0x00080020, "DA", dates[0]);
        nw_put_text(&f.put, 0x00080021, "DA", dates[1]);
        nw_put_text(&f.put, 0x0008002A, "DT", "20240229121314.5+0800");
        nw_put_text(&f.put, 0x00100030, "DA", dates[2]);
        nw_put_text(&f.put, 0x00181012, "DA", dates[0]); /* no row names it */
        finish(&f);
        struct result r = run(&f, keep);
        struct nw_arena arena = {0};
        const struct nw_dicom h = parsed(&r, &arena);
        CHECK(holds(&r, dates[0]) == (mode == 2));
        CHECK(!holds(&r, dates[2])); /* a birth is no date of an examination */
        CHECK(holds(&r, mode == 2 ? "UNMODIFIED" : mode == 1 ? "MODIFIED" : "REMOVED"));
        if (mode == 0)
            CHECK(h.facts.study_date[0] == '\0');
        if (mode == 1) {
            CHECK(strlen(h.facts.study_date) == 8);
            CHECK(strcmp(h.facts.study_date, dates[0]) < 0);
            CHECK(r.done.dates == 4);
            CHECK(holds(&r, "121314.5+0800"));
        }
        nw_arena_release(&arena);
        nw_free(r.data);
    }
}

static void a_shift_by_days_goes_over_months_and_leap_years(void)
{
    /* one date of each month of 4 years: each comes out so many days earlier, by mktime's count
     */
    int days;
    struct nw_err err = {0};
    CHECK(nw_deid_shift_days(key, &days, &err));
    int64_t last = 0;
    for (int month = 0; month < 48; month++) {
        char date[40];
        (void)snprintf(date, sizeof date, "%04d%02d15", 2023 + month / 12, month % 12 + 1);
        struct file f;
        begin(&f, "1.2.3");
        nw_put_text(&f.put, 0x00080020, "DA", date);
        finish(&f);
        struct result r = run(&f, NW_DEID_SHIFTED);
        struct nw_arena arena = {0};
        const struct nw_dicom h = parsed(&r, &arena);
        CHECK(strlen(h.facts.study_date) == 8);
        const int date8 = (int)strtol(h.facts.study_date, NULL, 10);
        const int y = date8 / 10000, m = date8 / 100 % 100, d = date8 % 100;
        /* the day number by the slow plain way */
        static const int of_month[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        int64_t n = 0;
        for (int k = 1900; k < y; k++)
            n += 365 + (k % 4 == 0 && (k % 100 != 0 || k % 400 == 0));
        for (int k = 1; k < m; k++)
            n += of_month[k - 1] + (k == 2 && y % 4 == 0);
        n += d;
        const int was = (month + 11) % 12, leap = (2023 + month / 12) % 4 == 0;
        if (month > 0)
            CHECK(n - last == of_month[was] + (was == 1 && leap));
        last = n;
        nw_arena_release(&arena);
        nw_free(r.data);
    }
}

static void the_patient_is_called_otherwise_and_always_the_same(void)
{
    char a[NW_PSEUDONYM_MAX], b[NW_PSEUDONYM_MAX], c[NW_PSEUDONYM_MAX];
    struct nw_err err = {0};
    uint8_t other[NW_DEID_KEY_BYTES] = {9};
    CHECK(nw_deid_pseudonym(key, "P1", a, &err) && nw_deid_pseudonym(key, "P1", b, &err));
    CHECK(strcmp(a, b) == 0 && nw_deid_pseudonym(other, "P1", c, &err) && strcmp(a, c) != 0);
    CHECK(nw_deid_pseudonym(key, "P2", c, &err) && strcmp(a, c) != 0);
    struct file f;
    begin(&f, "1.2.3");
    nw_put_text(&f.put, 0x00100010, "PN", SECRET "^San");
    nw_put_text(&f.put, 0x00100020, "LO", "P1");
    finish(&f);
    struct result r = run(&f, 0);
    struct nw_arena arena = {0};
    const struct nw_dicom h = parsed(&r, &arena);
    CHECK(strcmp(h.facts.patient_name, a) == 0 && strcmp(h.facts.patient_id, a) == 0);
    CHECK(holds(&r, "113100") && holds(&r, nw_deid_edition));
    nw_arena_release(&arena);
    nw_free(r.data);
}

/* Req: R-353 */
static void a_name_is_found_in_texts_that_no_row_names(void)
{
    static const char gb[] = "\xD5\xC5=\xC8\xFD\xB7\xE1"; /* Zhang = Sanfeng in GB18030 */
    struct file f;
    begin(&f, "1.2.3");
    nw_put_text(&f.put, 0x00080005, "CS", "GB18030");
    nw_put_text(&f.put, 0x00080070, "LO", "scanner of zhangSANfeng ward");
    nw_put_text(&f.put, 0x00081090, "LO", "\xBA\xC5\xC8\xFD\xB7\xE1\xB4\xB2");
    nw_put_text(&f.put, 0x00100010, "PN", "Zhangsanfeng^A=\xD5\xC5^\xC8\xFD\xB7\xE1");
    nw_put_text(&f.put, 0x00100020, "LO", "MRN-00042");
    nw_put_text(&f.put, 0x00181020, "LO", "v1 mrn-00042");
    nw_put_text(&f.put, 0x00181210, "SH", "B70s");
    finish(&f);
    struct result r = run(&f, 0);
    CHECK(r.data && !holds(&r, SECRET) && !holds(&r, "MRN-00042"));
    CHECK(!holds_bytes(&r, gb + 3, 4));
    CHECK(holds(&r, "B70s"));
    CHECK(r.done.swept == 3);
    nw_free(r.data);
}

static void options_keep_what_they_name(void)
{
    struct file f;
    const struct {
        unsigned keep;
        const char *text;
    } row[] = {{NW_DEID_TRAITS, "061Y"},
               {NW_DEID_DEVICE, "STATION7"},
               {NW_DEID_INSTITUTION, "Ninth Hospital"},
               {NW_DEID_UIDS, "1.2.3.77"},
               {NW_DEID_DESCRIPTORS, "HEAD 0.6MM BONE"}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        for (int asked = 0; asked < 2; asked++) {
            begin(&f, "1.2.3");
            nw_put_text(&f.put, 0x00080080, "LO", "Ninth Hospital");
            nw_put_text(&f.put, 0x00081010, "SH", "STATION7");
            nw_put_text(&f.put, 0x0008103E, "LO", "Head 0.6mm, " SECRET " bone 19990101");
            nw_put_text(&f.put, 0x00101010, "AS", "061Y");
            nw_put_text(&f.put, 0x00200052, "UI", "1.2.3.77");
            finish(&f);
            struct result r = run(&f, asked ? row[i].keep : 0);
            CHECK(holds(&r, row[i].text) == (asked == 1));
            CHECK(!holds(&r, SECRET) && !holds(&r, "19990101"));
            nw_free(r.data);
        }
    begin(&f, "1.2.3");
    nw_put_text(&f.put, 0x00190010, "LO", "SIEMENS MR HEADER");
    nw_put_text(&f.put, 0x0019100C, "IS", "1000");
    nw_put_text(&f.put, 0x0019100D, "LO", SECRET);
    nw_put_text(&f.put, 0x00290010, "LO", "SOMEBODY ELSE");
    nw_put_text(&f.put, 0x0029100C, "IS", "777777");
    finish(&f);
    struct result r = run(&f, NW_DEID_PRIVATE);
    CHECK(holds(&r, "SIEMENS MR HEADER") && holds(&r, "1000") && holds(&r, "113111"));
    CHECK(!holds(&r, SECRET) && !holds(&r, "SOMEBODY") && !holds(&r, "777777"));
    nw_free(r.data);
    struct nw_deid_opts both = {.keep = NW_DEID_DATES | NW_DEID_SHIFTED};
    struct nw_err err = {0};
    CHECK(!nw_deid_check(&both, &err) && err.code == NW_ERR_ARGUMENT);
    struct nw_deid_opts odd = {.pseudonym = "a\\b"};
    err = (struct nw_err){0};
    CHECK(!nw_deid_check(&odd, &err) && err.code == NW_ERR_ARGUMENT);
}

static void what_may_show_a_name_in_its_pixels_is_refused(void)
{
    const struct {
        const char *modality, *burned;
        bool goes;
    } row[] = {{"CT", "", true},  {"CT", "NO", true},  {"CT", "YES", false},
               {"US", "", false}, {"US", "NO", true},  {"OT", "", false},
               {"MR", "", true},  {"SC", "YES", false}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct file f;
        begin(&f, "1.2.3");
        nw_put_text(&f.put, 0x00080060, "CS", row[i].modality);
        static const uint16_t pixels[SIDE * SIDE] = {0};
        if (row[i].burned[0]) { /* after the pixels' description by its tag */
            nw_put_us(&f.put, 0x00280002, 1);
            nw_put_text(&f.put, 0x00280004, "CS", "MONOCHROME2");
            nw_put_us(&f.put, 0x00280010, SIDE);
            nw_put_us(&f.put, 0x00280011, SIDE);
            nw_put_us(&f.put, 0x00280100, 16);
            nw_put_us(&f.put, 0x00280101, 16);
            nw_put_us(&f.put, 0x00280102, 15);
            nw_put_us(&f.put, 0x00280103, 0);
            nw_put_text(&f.put, 0x00280301, "CS", row[i].burned);
            nw_put_bytes(&f.put, 0x7FE00010, "OW", pixels, sizeof pixels);
        } else {
            finish(&f);
        }
        struct result r = run(&f, 0);
        CHECK((r.data != NULL) == row[i].goes);
        CHECK(row[i].goes || r.err.code == NW_ERR_UNSUPPORTED);
        nw_free(r.data);
    }
    struct file f;
    begin(&f, "1.2.3");
    nw_put_text(&f.put, 0x00080060, "CS", "SR");
    struct result r = run(&f, 0);
    CHECK(!r.data && r.err.code == NW_ERR_UNSUPPORTED);
}

static bool whiten(void *user, struct nw_deid_frame *f, struct nw_err *err)
{
    (void)err;
    ++*(int *)user;
    CHECK(f->rows == SIDE && f->cols == SIDE && f->least == 0 && f->most == 4095 && !f->placed);
    f->stored[3] = 4095;
    return true;
}

static void every_frame_is_shown_before_it_is_written(void)
{
    struct file f;
    int calls = 0;
    begin(&f, "1.2.3");
    finish(&f);
    struct nw_deid_opts opts = {
        .frame = whiten, .user = &calls, .no_face = true, .took_face = true};
    struct result r = {0};
    r.data = nw_deid_file((const uint8_t *)f.put.bytes.data, f.put.bytes.len, &opts, &r.len,
                          &r.done, &r.err);
    nw_text_release(&f.put.bytes);
    static const uint16_t want[4] = {1, 2, 3, 4095};
    CHECK(calls == 1 && holds_bytes(&r, want, sizeof want) && holds(&r, "113102"));
    nw_free(r.data);
}

static struct file standing;

static bool attempt(struct nw_err *err)
{
    struct nw_deid_opts opts = {.keep = NW_DEID_SHIFTED};
    struct nw_deid_done done = {0};
    size_t len = 0;
    uint8_t *out = nw_deid_file((const uint8_t *)standing.put.bytes.data,
                                standing.put.bytes.len, &opts, &len, &done, err);
    const bool ok = out != NULL;
    nw_free(out);
    return ok;
}

static void memory_that_ends_is_told(void)
{
    begin(&standing, "1.2.3");
    nw_put_text(&standing.put, 0x00080020, "DA", "20200101");
    finish(&standing);
    CHECK(unit_starve(attempt) > 5);
    nw_text_release(&standing.put.bytes);
}

int main(void)
{
    UNIT(the_table_is_in_order_and_names_each_element_once);
    UNIT(no_element_of_the_table_lets_its_value_through);
    UNIT(nested_sequences_are_walked_to_the_bottom);
    UNIT(what_hides_outside_the_elements_is_gone);
    UNIT(dates_are_gone_shifted_alike_or_kept);
    UNIT(a_shift_by_days_goes_over_months_and_leap_years);
    UNIT(the_patient_is_called_otherwise_and_always_the_same);
    UNIT(a_name_is_found_in_texts_that_no_row_names);
    UNIT(options_keep_what_they_name);
    UNIT(what_may_show_a_name_in_its_pixels_is_refused);
    UNIT(every_frame_is_shown_before_it_is_written);
    UNIT(memory_that_ends_is_told);
    return unit_end();
}
