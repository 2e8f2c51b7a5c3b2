/* tests/unit/case/step_test.c */
#include "case/step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static char folder[] = "/tmp/nuwa-step-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[4][128];
    static int next;
    char *p = path[next++ % 4];
    (void)snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(in_folder(name), "wb");
    CHECK(file != NULL);
    if (!file)
        return;
    (void)fputs(text, file);
    (void)fclose(file);
}

/* A step over two files and a scan of two slices, all there on disk. */
static struct nw_step example(void)
{
    struct nw_step step = {.command = "convert",
                           .version = "9.9",
                           .started = "2026-01-02T03:04:05",
                           .who = "tester",
                           .threads = 2,
                           .wall_s = 1.25};
    struct nw_err err = {0};
    static struct nw_source slice[2] = {{.name = "a.dcm"}, {.name = "b.dcm"}};
    put("in.stl", "solid");
    put("out.3mf", "model");
    (void)mkdir(in_folder("scan"), 0777);
    put("scan/a.dcm", "first slice");
    put("scan/b.dcm", "second slice");
    struct nw_scan scan = {.source = slice, .source_count = 2};
    for (size_t i = 0; i < 2; i++)
        CHECK(nw_hash_file(i ? in_folder("scan/b.dcm") : in_folder("scan/a.dcm"),
                           &slice[i].sha256, &slice[i].bytes, &err));
    step.folder = folder;
    CHECK(nw_step_add_argument(&step, "in.stl", &err));
    CHECK(nw_step_add_argument(&step, "out.3mf", &err));
    CHECK(nw_step_add_input(&step, in_folder("in.stl"), &err));
    CHECK(nw_step_add_scan(&step, "scan", &scan, &err));
    CHECK(nw_step_add_output(&step, in_folder("out.3mf"), &err));
    return step;
}

static char *example_text(void)
{
    struct nw_step step = example();
    struct nw_err err = {0};
    char *text = nw_step_format(&step, NULL, &err);
    CHECK(text != NULL);
    nw_step_release(&step);
    return text;
}

/* Req: R-444 */
static void what_is_written_reads_back(void)
{
    struct nw_step step = {0};
    struct nw_err err = {0};
    char *text = example_text();
    CHECK(nw_step_parse(text, strlen(text), &step, &err));
    CHECK(strcmp(step.command, "convert") == 0 && strcmp(step.version, "9.9") == 0);
    CHECK(step.argument_count == 2 && strcmp(step.argument[1], "out.3mf") == 0);
    CHECK(step.input_count == 2 && step.input[1].file_count == 2);
    CHECK(strcmp(step.input[1].file[1].name, "b.dcm") == 0);
    CHECK(step.output_count == 1 && step.output[0].bytes == 5);
    char *again = nw_step_format(&step, NULL, &err);
    CHECK(again && strlen(again) > 0);
    nw_free(again);
    nw_step_release(&step);
    nw_free(text);
}

/* Req: R-332 */
static void no_byte_of_a_step_can_change_unnoticed(void)
{
    char *text = example_text();
    const size_t len = strlen(text);
    size_t accepted = 0;
    for (size_t i = 0; i < len; i++) {
        const char was = text[i];
        if (was == ' ' || was == '\n')
            continue; /* white space between members is no content */
        text[i] = was == '1' ? '2' : '1';
        struct nw_step step = {0};
        struct nw_err err = {0};
        if (nw_step_parse(text, len, &step, &err)) {
            accepted++;
            nw_step_release(&step);
        } else {
            CHECK(err.msg[0] != '\0');
        }
        text[i] = was;
    }
    CHECK(accepted == 0);
    nw_free(text);
}

/* Req: R-013 */
static void what_changed_on_disk_is_named(void)
{
    char *text = example_text();
    struct nw_step step = {0};
    struct nw_err err = {0};
    size_t count;
    CHECK(nw_step_parse(text, strlen(text), &step, &err));
    struct nw_stream_check *list = nw_step_check(&step, NULL, &count, &err);
    CHECK(list && count == 4);
    for (size_t i = 0; list && i < count; i++)
        CHECK(list[i].finding == NW_STREAM_SAME);
    nw_free(list);

    put("scan/b.dcm", "second slicE");
    CHECK(unlink(in_folder("out.3mf")) == 0);
    list = nw_step_check(&step, NULL, &count, &err);
    CHECK(list && count == 4);
    for (size_t i = 0; list && i < count; i++) {
        const bool changed = strcmp(list[i].file, "b.dcm") == 0;
        const bool missing = strstr(list[i].path, "out.3mf") != NULL;
        CHECK(list[i].finding == (changed   ? NW_STREAM_CHANGED
                                  : missing ? NW_STREAM_MISSING
                                            : NW_STREAM_SAME));
    }
    nw_free(list);
    nw_step_release(&step);
    nw_free(text);
}

static void what_is_no_step_is_refused(void)
{
    static const char *const bad[] = {"",
                                      "{",
                                      "[]",
                                      "{\"nuwa_step\": 2}",
                                      "{\"nuwa_step\": \"1\"}",
                                      "{\"nuwa_step\": 1, \"nuwa_step\": 1}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct nw_step step = {0};
        struct nw_err err = {0};
        CHECK(!nw_step_parse(bad[i], strlen(bad[i]), &step, &err));
        CHECK(err.code != NW_OK && step.arena.last == NULL);
    }
}

static void without_memory_it_fails_cleanly(void)
{
    char *text = example_text();
    for (size_t nth = 0; nth < 40; nth++) {
        struct nw_step step = {0};
        struct nw_err err = {0};
        nw_mem_fail_at(nth);
        const bool ok = nw_step_parse(text, strlen(text), &step, &err);
        nw_mem_fail_at(SIZE_MAX);
        CHECK(ok == (err.code == NW_OK));
        nw_step_release(&step);
    }
    nw_free(text);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    UNIT(what_is_written_reads_back);
    UNIT(no_byte_of_a_step_can_change_unnoticed);
    UNIT(what_changed_on_disk_is_named);
    UNIT(what_is_no_step_is_refused);
    UNIT(without_memory_it_fails_cleanly);
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return unit_end() + system(command);
}
