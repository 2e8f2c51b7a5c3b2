/*
 * tests/unit/io/dicom_odd_test.c -- real odd files, none of them ours: every one is read or
 * refused in words, and those that two other decoders agree on give the same stored values.
 * The folder of data sets is NUWA_DATA; without it everything here is skipped.
 */
#include <dirent.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/dicom_priv.h"
#include "io/file.h"
#include "io/io.h"
#include "unit.h"

static const char *data_folder;
enum { PATH_LEN = 1024, PATHS_MAX = 1000 };
static char paths[PATHS_MAX][PATH_LEN];
static int path_count;

static void list(const char *folder, int depth)
{
    DIR *dir = opendir(folder);
    for (const struct dirent *d; dir && (d = readdir(dir));) {
        char path[PATH_LEN];
        struct stat st;
        if (d->d_name[0] == '.' ||
            snprintf(path, sizeof path, "%s/%s", folder, d->d_name) >= PATH_LEN ||
            stat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode) && depth < 8)
            list(path, depth + 1);
        else if (path_count < PATHS_MAX)
            memcpy(paths[path_count++], path, PATH_LEN);
    }
    if (dir)
        (void)closedir(dir);
}

struct result {
    char md5[11];
    int32_t min, max;
};

static bool digest_frames(struct nw_dicom_frames *frames, const struct nw_dicom *h,
                          struct result *out, struct nw_err *err)
{
    const size_t count = (size_t)h->rows * h->cols;
    NW_AUTOFREE int32_t *stored = NW_ALLOC(int32_t, count, err);
    EVP_MD_CTX *md5 = EVP_MD_CTX_new();
    bool ok = stored && EVP_DigestInit(md5, EVP_md5()) == 1;
    *out = (struct result){"", INT32_MAX, INT32_MIN};
    for (size_t f = 0; ok && f < h->frame_count; f++) {
        ok = nw_dicom_frames_get(frames, f, stored, err);
        for (size_t i = 0; ok && i < count; i++) {
            out->min = stored[i] < out->min ? stored[i] : out->min;
            out->max = stored[i] > out->max ? stored[i] : out->max;
            (void)EVP_DigestUpdate(md5, &stored[i], h->bits_allocated / 8);
        }
    }
    unsigned char digest[16];
    (void)EVP_DigestFinal(md5, digest, NULL);
    EVP_MD_CTX_free(md5);
    for (int i = 0; i < 5; i++)
        (void)snprintf(out->md5 + (size_t)2 * (size_t)i, 3, "%02x", digest[i]);
    return ok;
}

/* Reads one file as far as it goes; false with a sentence in *err. */
static bool decode(const char *path, struct result *out, struct nw_err *err)
{
    size_t len;
    NW_AUTOFREE uint8_t *data = nw_file_read(path, 1 << 28, &len, err);
    struct nw_arena arena = {0};
    struct nw_dicom header;
    bool ok = data && nw_dicom_parse(data, len, len, NULL, &arena, &header, err) == NW_DICOM_IS;
    if (ok && header.kind != NW_DICOM_IMAGE)
        ok = nw_fail(err, NW_ERR_UNSUPPORTED, "no image");
    struct nw_dicom_frames *frames = ok ? nw_dicom_frames_new(err) : NULL;
    ok = frames && nw_dicom_frames_open(frames, data, len, &header, err) &&
         digest_frames(frames, &header, out, err);
    nw_dicom_frames_free(frames);
    nw_arena_release(&arena);
    return ok;
}

/* Req: R-005 */
static void known_files_decode_to_the_known_values(void)
{
    struct nw_err err = {0};
    char path[PATH_LEN], name[PATH_LEN], md5[16];
    int min, max, count = 0;
    (void)snprintf(path, sizeof path, "%s", DICOM_ODD_TSV);
    FILE *table = fopen(path, "r");
    CHECK(table);
    while (table && fscanf(table, "%1000[^\t]\t%15s\t%d..%d\n", name, md5, &min, &max) == 4) { /* allowed: our own table */
        struct result got;
        (void)snprintf(path, sizeof path, "%.200s/%.800s", data_folder, name);
        err = (struct nw_err){0};
        const bool ok = decode(path, &got, &err);
        CHECK(ok && strcmp(got.md5, md5) == 0 && got.min == min && got.max == max);
        if (!ok || strcmp(got.md5, md5) != 0)
            printf("# %s: %s\n", name, ok ? got.md5 : err.msg);
        count++;
    }
    if (table)
        (void)fclose(table);
    CHECK(count > 140);
}

/* Req: R-005 */
static void every_file_is_read_or_refused_in_words(void)
{
    for (int i = 0; i < path_count; i++) {
        struct nw_err err = {0};
        struct result got;
        CHECK(decode(paths[i], &got, &err) || strlen(err.msg) > 5);
        err = (struct nw_err){0};
        struct nw_intake *intake = nw_intake_new(paths[i], NULL, &err);
        CHECK(intake || strlen(err.msg) > 10);
        for (size_t n = 0; intake && n < nw_intake_count(intake); n++) {
            const struct nw_found *f = nw_intake_at(intake, n);
            struct nw_scan scan;
            nw_scan_init(&scan);
            err = (struct nw_err){0};
            CHECK(f->usable || (f->zh[0] && f->en[0]));
            CHECK(nw_intake_read(intake, n, NULL, &scan, &err) || strlen(err.msg) > 10);
            nw_scan_release(&scan);
        }
        nw_intake_free(intake);
    }
    CHECK(nw_mem_held() == 0);
}

static void names_come_out_in_utf8(void)
{
    static const struct {
        const char *file, *name;
    } known[] = {
        {"chrX2.dcm", "Wang^XiaoDong=\xE7\x8E\x8B^\xE5\xB0\x8F\xE4\xB8\x9C="},
        {"chrX1.dcm", "Wang^XiaoDong=\xE7\x8E\x8B^\xE5\xB0\x8F\xE6\x9D\xB1="},
        {"chrH31.dcm",
         "Yamada^Tarou=\xE5\xB1\xB1\xE7\x94\xB0^\xE5\xA4\xAA\xE9\x83\x8E="
         "\xE3\x82\x84\xE3\x81\xBE\xE3\x81\xA0^\xE3\x81\x9F\xE3\x82\x8D\xE3\x81\x86"},
        {"chrI2.dcm", "Hong^Gildong=\xE6\xB4\xAA^\xE5\x90\x89\xE6\xB4\x9E="
                      "\xED\x99\x8D^\xEA\xB8\xB8\xEB\x8F\x99"},
        {"chrFren.dcm", "Buc^J\xC3\xA9r\xC3\xB4me"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char path[PATH_LEN];
        struct nw_err err = {0};
        size_t len;
        struct nw_arena arena = {0};
        struct nw_dicom h;
        (void)snprintf(path, sizeof path,
                       "%.800s/dicom_odd/pydicom_test_files/charset_files/%s", data_folder,
                       known[i].file);
        uint8_t *data = nw_file_read(path, 1 << 24, &len, &err);
        CHECK(data && nw_dicom_parse(data, len, len, NULL, &arena, &h, &err) == NW_DICOM_IS);
        if (data && err.code == NW_OK)
            CHECK(strcmp(h.facts.patient_name, known[i].name) == 0 && !h.charset_guessed);
        nw_arena_release(&arena);
        nw_free(data);
    }
}

int main(void)
{
    struct nw_err err = {0};
    data_folder = getenv("NUWA_DATA");
    char folder[PATH_LEN];
    (void)snprintf(folder, sizeof folder, "%s/dicom_odd", data_folder ? data_folder : "");
    if (data_folder)
        list(folder, 0);
    if (path_count == 0 || !nw_dicom_start(&err)) {
        printf("1..0 # SKIP NUWA_DATA has no such data set\n");
        return 0;
    }
    UNIT(known_files_decode_to_the_known_values);
    UNIT(every_file_is_read_or_refused_in_words);
    UNIT(names_come_out_in_utf8);
    return unit_end();
}
