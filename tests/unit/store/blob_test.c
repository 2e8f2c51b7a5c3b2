/* tests/unit/store/blob_test.c -- the laws of blob.h. */
#include "store/blob.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "place.h"

static const char *path_of(const char *name)
{
    static char path[4][200];
    static int next;
    char *p = path[next++ % 4];
    (void)snprintf(p, sizeof path[0], "%s/%s", place.folder, name);
    return p;
}

static struct nw_blobs *open_blobs(void)
{
    struct nw_err err = {0};
    struct nw_blobs *blobs = nw_blobs_open(path_of("blobs"), path_of("site.key"), &err);
    if (!blobs)
        printf("# %s\n", err.msg);
    CHECK(blobs != NULL);
    return blobs;
}

enum { MOST = 200000 };
static uint8_t content[MOST], back[MOST];

static const char *blob_path(const nw_digest *digest)
{
    static char path[300];
    char hex[NW_DIGEST_TEXT];
    nw_digest_format(digest, hex);
    (void)snprintf(path, sizeof path, "%s/blobs/%.2s/%s", place.folder, hex, hex + 2);
    return path;
}

static void bytes_of_any_length_come_back(void)
{
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 131072, MOST};
    struct nw_blobs *blobs = open_blobs();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct nw_err err = {0};
        nw_digest digest, expected;
        uint64_t bytes = 99;
        CHECK(nw_blob_put(blobs, content, sizes[i], &digest, &err));
        CHECK(nw_hash_bytes(content, sizes[i], &expected, &err));
        CHECK(memcmp(&digest, &expected, sizeof digest) == 0);
        struct nw_blob_reader *r = nw_blob_open(blobs, &digest, &bytes, &err);
        CHECK(r && bytes == sizes[i]);
        CHECK(r && nw_blob_read(r, 0, back, sizes[i], &err));
        CHECK(memcmp(back, content, sizes[i]) == 0);
        CHECK(r && !nw_blob_read(r, sizes[i], back, 1, &err) && err.code == NW_ERR_ARGUMENT);
        nw_blob_close(r);
        err = (struct nw_err){0};
        CHECK(nw_blob_check(blobs, &digest, &err));
        CHECK(nw_blob_remove(blobs, &digest, &err));
        CHECK(!nw_blob_open(blobs, &digest, &bytes, &err) && err.code == NW_ERR_NOTFOUND);
    }
    nw_blobs_close(blobs);
}

static void any_part_can_be_read(void)
{
    struct nw_err err = {0};
    nw_digest digest;
    struct nw_blobs *blobs = open_blobs();
    CHECK(nw_blob_put(blobs, content, MOST, &digest, &err));
    struct nw_blob_reader *r = nw_blob_open(blobs, &digest, NULL, &err);
    static const size_t at[] = {0, 65530, 65536, 131070, 199990, 3};
    static const size_t size[] = {10, 12, 65536, 3, 10, 131075};
    for (size_t i = 0; r && i < 6; i++) {
        CHECK(nw_blob_read(r, at[i], back, size[i], &err));
        CHECK(memcmp(back, content + at[i], size[i]) == 0);
    }
    nw_blob_close(r);
    nw_blobs_close(blobs);
}

static void a_paused_part_goes_on_where_it_was(void)
{
    struct nw_err err = {0};
    nw_digest digest, expected;
    uint64_t bytes = 0, total = 0;
    struct nw_blobs *blobs = open_blobs();
    CHECK(nw_hash_bytes(content, MOST, &expected, &err));
    while (bytes < MOST) {
        struct nw_blob_writer *w = nw_blob_resume(blobs, "upload1", &bytes, &err);
        CHECK(w && bytes == total);
        const size_t n = MOST - total < 30001 ? MOST - total : 30001;
        CHECK(w && nw_blob_write(w, content + total, n, &err));
        total += n;
        if (total < MOST) {
            CHECK(w && nw_blob_pause(w, &err));
            CHECK(nw_blob_safe(blobs, "upload1", &bytes, &err) && bytes == total);
            nw_blobs_close(blobs);
            blobs = open_blobs();
        } else {
            CHECK(w && nw_blob_finish(w, &digest, &bytes, &err));
            CHECK(bytes == MOST && memcmp(&digest, &expected, sizeof digest) == 0);
        }
    }
    CHECK(nw_blob_check(blobs, &digest, &err));
    struct nw_blob_writer *w = nw_blob_resume(blobs, "upload1", &bytes, &err);
    CHECK(w && bytes == 0);
    nw_blob_drop(w);
    nw_blobs_close(blobs);
}

static void a_forked_process_does_not_keep_an_upload(void)
{
    struct nw_err err = {0};
    uint64_t bytes;
    struct nw_blobs *blobs = open_blobs();
    struct nw_blob_writer *w = nw_blob_resume(blobs, "upload4", &bytes, &err);
    CHECK(w && nw_blob_write(w, content, 100000, &err));
    const pid_t child = fork();
    if (child == 0) {
        (void)pause();
        _exit(0);
    }
    CHECK(child > 0 && w && nw_blob_pause(w, &err));
    w = nw_blob_resume(blobs, "upload4", &bytes, &err);
    CHECK(w && bytes == 100000);
    nw_blob_drop(w);
    if (child > 0) {
        CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
    }
    nw_blobs_close(blobs);
}

static void two_cannot_write_one_upload(void)
{
    struct nw_err err = {0};
    uint64_t bytes;
    struct nw_blobs *blobs = open_blobs();
    struct nw_blob_writer *w = nw_blob_resume(blobs, "upload2", &bytes, &err);
    CHECK(w && !nw_blob_resume(blobs, "upload2", &bytes, &err) && err.code == NW_ERR_CONFLICT);
    err = (struct nw_err){0};
    CHECK(!nw_blob_resume(blobs, "../up", &bytes, &err) && err.code == NW_ERR_ARGUMENT);
    err = (struct nw_err){0};
    CHECK(!nw_blob_safe(blobs, "../up", &bytes, &err) && err.code == NW_ERR_ARGUMENT);
    err = (struct nw_err){0};
    CHECK(w && nw_blob_write(w, content, 100000, &err));
    CHECK(nw_blob_safe(blobs, "upload2", &bytes, &err) && bytes == 0); /* none is safe yet */
    nw_blob_drop(w);
    CHECK(nw_blob_safe(blobs, "upload2", &bytes, &err) && bytes == 0);
    nw_blobs_close(blobs);
}

/* Flips one bit of a file. */
static void spoil(const char *path, long at)
{
    FILE *file = fopen(path, "r+b");
    CHECK(file != NULL);
    if (!file)
        return;
    (void)fseek(file, at, SEEK_SET);
    const int c = fgetc(file);
    (void)fseek(file, at, SEEK_SET);
    (void)fputc(c ^ 1, file);
    (void)fclose(file);
}

static void one_changed_bit_shows(void)
{
    enum { SMALL = 70000, FILE_BYTES = 128 + SMALL + 2 * 28 };
    struct nw_err err = {0};
    nw_digest digest;
    struct nw_blobs *blobs = open_blobs();
    CHECK(nw_blob_put(blobs, content, SMALL, &digest, &err));
    struct stat st;
    CHECK(stat(blob_path(&digest), &st) == 0 && st.st_size == FILE_BYTES);
    CHECK((st.st_mode & 0777) == 0600);
    for (long at = 0; at < FILE_BYTES; at += at < 200 ? 1 : 997) {
        struct nw_err why = {0};
        spoil(blob_path(&digest), at);
        const bool ok = nw_blob_check(blobs, &digest, &why);
        CHECK(!ok && why.code == NW_ERR_DATA);
        spoil(blob_path(&digest), at);
    }
    CHECK(nw_blob_check(blobs, &digest, &err));
    nw_blobs_close(blobs);
}

static void nothing_readable_lies_on_the_disk(void)
{
    struct nw_err err = {0};
    nw_digest digest;
    static const char secret[] = "PatientName^Secret^PatientName";
    struct nw_blobs *blobs = open_blobs();
    CHECK(nw_blob_put(blobs, secret, sizeof secret, &digest, &err));
    FILE *file = fopen(blob_path(&digest), "rb");
    const size_t len = file ? fread(back, 1, MOST, file) : 0;
    if (file)
        (void)fclose(file);
    CHECK(len == 128 + sizeof secret + 28);
    CHECK(memmem(back, len, "Patient", 7) == NULL && memmem(back, len, "Secret", 6) == NULL);
    nw_blobs_close(blobs);
}

static void another_sites_key_is_refused(void)
{
    struct nw_err err = {0};
    nw_blobs_close(open_blobs());
    CHECK(rename(path_of("site.key"), path_of("kept.key")) == 0);
    CHECK(!nw_blobs_open(path_of("blobs"), path_of("site.key"), &err));
    CHECK(err.code == NW_ERR_NOTFOUND);
    err = (struct nw_err){0};
    nw_blobs_close(nw_blobs_open(path_of("others"), path_of("site.key"), &err));
    CHECK(!nw_blobs_open(path_of("blobs"), path_of("site.key"), &err));
    CHECK(err.code == NW_ERR_STATE);
    err = (struct nw_err){0};
    CHECK(rename(path_of("kept.key"), path_of("site.key")) == 0);
    CHECK(chmod(path_of("site.key"), 0644) == 0);
    CHECK(!nw_blobs_open(path_of("blobs"), path_of("site.key"), &err));
    CHECK(err.code == NW_ERR_DENIED);
    CHECK(chmod(path_of("site.key"), 0600) == 0);
}

static bool same_content(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    const size_t len = file ? fread(back, 1, MOST, file) : 0;
    if (file)
        (void)fclose(file);
    return len == size && memcmp(back, content, size) == 0;
}

static void a_file_goes_in_and_comes_out(void)
{
    struct nw_err err = {0};
    nw_digest digest, other;
    uint64_t bytes = 0;
    struct nw_blobs *blobs = open_blobs();
    CHECK(nw_blob_put(blobs, content, MOST, &digest, &err));
    CHECK(nw_blob_export(blobs, &digest, path_of("out"), &err));
    CHECK(same_content(path_of("out"), MOST));
    CHECK(nw_blob_put_file(blobs, path_of("out"), &other, &bytes, &err) && bytes == MOST);
    CHECK(memcmp(&digest, &other, sizeof digest) == 0);
    CHECK(!nw_blob_put_file(blobs, path_of("none"), &other, &bytes, &err) &&
          err.code == NW_ERR_NOTFOUND);
    err = (struct nw_err){0};
    spoil(blob_path(&digest), 150000);
    CHECK(!nw_blob_export(blobs, &digest, path_of("bad"), &err) && err.code == NW_ERR_DATA);
    CHECK(access(path_of("bad"), F_OK) != 0);
    err = (struct nw_err){0};
    CHECK(nw_blob_put(blobs, content, MOST, &digest, &err)); /* a sound one in its place */
    CHECK(nw_blob_check(blobs, &digest, &err));
    nw_blobs_close(blobs);
}

static void a_file_under_anothers_name_is_refused(void)
{
    struct nw_err err = {0};
    nw_digest one, two;
    char path[300];
    struct nw_blobs *blobs = open_blobs();
    CHECK(nw_blob_put(blobs, content, 5000, &one, &err));
    CHECK(nw_blob_put(blobs, content, 6000, &two, &err));
    (void)snprintf(path, sizeof path, "%s", blob_path(&one));
    CHECK(rename(path, blob_path(&two)) == 0);
    CHECK(!nw_blob_open(blobs, &two, NULL, &err) && err.code == NW_ERR_DATA);
    nw_blobs_close(blobs);
}

/* How many files of any kind lie in parts/. */
static int parts(void)
{
    int count = 0;
    DIR *dir = opendir(path_of("blobs/parts"));
    for (const struct dirent *e; dir && (e = readdir(dir));)
        count += e->d_name[0] != '.';
    if (dir)
        (void)closedir(dir);
    return count;
}

static void what_is_dropped_leaves_nothing(void)
{
    struct nw_err err = {0};
    uint64_t bytes;
    struct nw_blobs *blobs = open_blobs();
    struct nw_blob_writer *w = nw_blob_begin(blobs, &err);
    struct nw_blob_writer *named = nw_blob_resume(blobs, "upload3", &bytes, &err);
    CHECK(w && nw_blob_write(w, content, MOST, &err));
    CHECK(named && nw_blob_write(named, content, MOST, &err));
    CHECK(parts() == 3); /* a part, and a part with its state */
    nw_blob_drop(w);
    nw_blob_drop(named);
    nw_blob_drop(NULL);
    CHECK(parts() == 0);
    nw_blobs_close(blobs);
}

/* Longer than what one thread writes alone, and than what is made safe by itself. */
enum { PIECE = 300007, LONG = 70 << 20, SAFE = 64 << 20 };

/* Up to `end` of the bytes that the name stands for: those of `content`, over and over. */
static bool write_up_to(struct nw_blob_writer *w, uint64_t *at, uint64_t end,
                        struct nw_err *err)
{
    while (*at < end) {
        const size_t from = *at % MOST, room = MOST - from;
        size_t n = end - *at < PIECE ? (size_t)(end - *at) : PIECE;
        n = n < room ? n : room;
        if (!nw_blob_write(w, content + from, n, err))
            return false;
        *at += n;
    }
    return true;
}

static void a_long_part_is_written_behind_and_goes_on(void)
{
    struct nw_err err = {0};
    uint64_t bytes, safe = 0, at = 0;
    nw_digest digest, expected;
    struct nw_blobs *blobs = open_blobs();
    struct nw_blob_writer *w = nw_blob_resume(blobs, "long", &bytes, &err);
    CHECK(w && write_up_to(w, &at, SAFE + 5000000, &err));
    while (nw_blob_safe(blobs, "long", &safe, &err) && safe == 0)
        usleep(1000); /* while the writer has it */
    CHECK(safe == SAFE);
    CHECK(w && nw_blob_pause(w, &err));
    w = nw_blob_resume(blobs, "long", &bytes, &err);
    CHECK(w && bytes == at && write_up_to(w, &at, LONG, &err));
    CHECK(w && nw_blob_finish(w, &digest, &bytes, &err) && bytes == LONG);
    CHECK(nw_blob_check(blobs, &digest, &err));
    uint8_t *whole = malloc(LONG);
    for (size_t i = 0; whole && i < LONG; i += MOST)
        memcpy(whole + i, content, LONG - i < MOST ? LONG - i : MOST);
    CHECK(whole && nw_hash_bytes(whole, LONG, &expected, &err));
    CHECK(memcmp(&digest, &expected, sizeof digest) == 0);
    free(whole);
    w = nw_blob_resume(blobs, "dropped", &bytes, &err);
    at = 0;
    CHECK(w && write_up_to(w, &at, 5000000, &err));
    nw_blob_drop(w);
    CHECK(parts() == 0);
    nw_blobs_close(blobs);
}

/* The thread behind meets the limit: whoever writes is told, and what was safe stays so. */
static void a_failure_behind_is_told(void)
{
    struct nw_err err = {0};
    uint64_t bytes, at = 0;
    struct rlimit was;
    nw_digest digest;
    struct nw_blobs *blobs = open_blobs();
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    CHECK(getrlimit(RLIMIT_FSIZE, &was) == 0);
    const struct rlimit small = {.rlim_cur = 6 << 20, .rlim_max = was.rlim_max};
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    struct nw_blob_writer *w = nw_blob_resume(blobs, "full", &bytes, &err);
    CHECK(w && !write_up_to(w, &at, 16 << 20, &err) && err.code == NW_ERR_IO);
    err = (struct nw_err){0};
    CHECK(!nw_blob_write(w, content, 1, &err) && err.code == NW_ERR_STATE);
    err = (struct nw_err){0};
    CHECK(!nw_blob_pause(w, &err) && err.code == NW_ERR_STATE);
    CHECK(setrlimit(RLIMIT_FSIZE, &was) == 0);
    (void)signal(SIGXFSZ, handler);
    err = (struct nw_err){0};
    w = nw_blob_resume(blobs, "full", &bytes, &err);
    at = bytes;
    CHECK(w && bytes == 0 && write_up_to(w, &at, 8 << 20, &err));
    CHECK(w && nw_blob_finish(w, &digest, &bytes, &err) && bytes == 8 << 20);
    CHECK(nw_blob_check(blobs, &digest, &err));
    nw_blobs_close(blobs);
}

enum { THREADS = 16, EACH = 12 };
static struct nw_blobs *shared;
static int failures;

/* All write some of the same and some of their own, and read what they wrote. */
static void *write_some(void *context)
{
    const size_t mine = *(const size_t *)context;
    for (size_t i = 0; i < EACH; i++) {
        struct nw_err err = {0};
        nw_digest digest;
        const size_t size = 70000 + i * 7 + (i % 2 ? mine : 0);
        if (!nw_blob_put(shared, content, size, &digest, &err) ||
            !nw_blob_check(shared, &digest, &err))
            __atomic_add_fetch(&failures, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

static void sixteen_threads_share_the_folder(void)
{
    pthread_t thread[THREADS];
    size_t number[THREADS];
    shared = open_blobs();
    for (size_t i = 0; i < THREADS; i++) {
        number[i] = i;
        CHECK(pthread_create(&thread[i], NULL, write_some, &number[i]) == 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        (void)pthread_join(thread[i], NULL);
    CHECK(failures == 0 && parts() == 0);
    nw_blobs_close(shared);
}

int main(void)
{
    place_begin();
    for (size_t i = 0; i < MOST; i++)
        content[i] = (uint8_t)(i * 2654435761U >> 13);
    UNIT(bytes_of_any_length_come_back);
    UNIT(any_part_can_be_read);
    UNIT(a_paused_part_goes_on_where_it_was);
    UNIT(two_cannot_write_one_upload);
    UNIT(a_forked_process_does_not_keep_an_upload);
    UNIT(one_changed_bit_shows);
    UNIT(nothing_readable_lies_on_the_disk);
    UNIT(another_sites_key_is_refused);
    UNIT(a_file_goes_in_and_comes_out);
    UNIT(a_file_under_anothers_name_is_refused);
    UNIT(what_is_dropped_leaves_nothing);
    UNIT(a_long_part_is_written_behind_and_goes_on);
    UNIT(a_failure_behind_is_told);
    UNIT(sixteen_threads_share_the_folder);
    place_end();
    return unit_end();
}
