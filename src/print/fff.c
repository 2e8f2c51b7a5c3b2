/* print/fff.c -- see fff.h. */
#include "print/fff.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/text.h"
#include "io/file.h"
#include "io/io.h"

enum { GCODE_BYTES = 1 << 30, WORDS_BYTES = 1 << 20, SECONDS_MOST = 1800 };
static const char *const temporaries[] = {"/part.stl", "/job.ini", "/job.gcode", "/words"};

/* The folder of this job's temporary files, and their names. */
struct desk {
    char folder[400];
    struct nw_arena arena;
    const char *part, *profile, *gcode, *words;
};

static bool set_desk(struct desk *d, const char *path, struct nw_err *err)
{
    const char *slash = strrchr(path, '/');
    const int parent = slash ? (int)(slash - path) + 1 : 0;
    if (snprintf(d->folder, sizeof d->folder, "%.*s.nuwa-slice-XXXXXX", parent, path) >=
        (int)sizeof d->folder)
        return nw_fail(err, NW_ERR_ARGUMENT, "the output's path is too long");
    if (!mkdtemp(d->folder)) {
        d->folder[0] = 0;
        return nw_fail(err, NW_ERR_IO, "%s cannot be made: %s", "a temporary folder",
                       strerror(errno));
    }
    d->part = nw_arena_printf(&d->arena, err, "%s/part.stl", d->folder);
    d->profile = d->part ? nw_arena_printf(&d->arena, err, "%s/job.ini", d->folder) : NULL;
    d->gcode = d->profile ? nw_arena_printf(&d->arena, err, "%s/job.gcode", d->folder) : NULL;
    d->words = d->gcode ? nw_arena_printf(&d->arena, err, "%s/words", d->folder) : NULL;
    return d->words != NULL;
}

/* The slicer may have left folders of its own settings, all empty or with files. */
static void clear_desk(struct desk *d)
{
    char path[500];
    for (size_t n = 0; d->folder[0] && n < sizeof temporaries / sizeof *temporaries; n++) {
        (void)snprintf(path, sizeof path, "%s%s", d->folder, temporaries[n]);
        (void)unlink(path);
    }
    if (d->folder[0])
        (void)rmdir(d->folder);
    nw_arena_release(&d->arena);
}

/* ---- what goes in ---- */

static bool write_part(const struct nw_fff_job *job, const char *path, struct nw_err *err)
{
    struct nw_model placed = {0};
    struct nw_mesh all = {0};
    static const uint8_t grey[4] = {200, 200, 200, 255};
    bool ok = true;
    for (size_t p = 0; ok && p < job->model->part_count; p++)
        ok = nw_mesh_append(&all, &job->model->part[p].mesh, err);
    for (size_t v = 0; ok && v < all.vert_count; v++)
        all.pos_mm[v] = nw_apply(job->place->to_bed, all.pos_mm[v]);
    ok = ok && nw_model_add(&placed, "part", grey, &all, err) &&
         nw_model_write(path, &placed, NULL, err);
    nw_mesh_release(&all);
    nw_model_release(&placed);
    return ok;
}

static bool has_key(const struct nw_setting *list, size_t count, const char *key)
{
    for (size_t n = 0; n < count; n++)
        if (strcmp(list[n].key, key) == 0)
            return true;
    return false;
}

static bool add_number(struct nw_text *text, const char *key, double value, struct nw_err *err)
{
    char number[NW_NUMBER_MAX];
    (void)nw_number_format(number, value);
    return nw_text_addf(text, err, "%s = %s\n", key, number);
}

static bool add_settings(struct nw_text *text, const struct nw_fff_job *job, struct nw_err *err)
{
    const struct nw_machine *m = job->machine;
    const struct nw_material *a = job->material;
    bool ok = true;
    for (size_t n = 0; ok && n < m->setting_count; n++)
        if (!has_key(a->setting, a->setting_count, m->setting[n].key))
            ok = nw_text_addf(text, err, "%s = %s\n", m->setting[n].key, m->setting[n].value);
    for (size_t n = 0; ok && n < a->setting_count; n++)
        ok = nw_text_addf(text, err, "%s = %s\n", a->setting[n].key, a->setting[n].value);
    return ok;
}

/* The bed is the build volume; layers and compensation are the profile's. */
static bool write_profile(const struct nw_fff_job *job, const char *path, double layer_mm,
                          struct nw_err *err)
{
    const struct nw_machine *m = job->machine;
    char x[NW_NUMBER_MAX], y[NW_NUMBER_MAX];
    (void)nw_number_format(x, m->build_mm[0]);
    (void)nw_number_format(y, m->build_mm[1]);
    struct nw_text text;
    nw_text_init(&text, 1 << 20);
    const bool ok =
        nw_text_addf(&text, err, "printer_technology = FFF\nbed_shape = 0x0,%sx0,%sx%s,0x%s\n",
                     x, x, y, y) &&
        add_settings(&text, job, err) &&
        add_number(&text, "max_print_height", m->build_mm[2], err) &&
        add_number(&text, "layer_height", layer_mm, err) &&
        add_number(&text, "first_layer_height", layer_mm, err) &&
        add_number(&text, "filament_density", job->material->density_g_cm3, err) &&
        add_number(&text, "xy_size_compensation", m->compensation.outward_mm, err) &&
        add_number(&text, "elefant_foot_compensation", m->compensation.first_layer_mm, err) &&
        nw_file_write(path, text.data, text.len, err);
    nw_text_release(&text);
    return ok;
}

/* ---- the program ---- */

/* Runs it with its words going to a file. *status as waitpid has it; 127 when there is none. */
static bool run_program(char *const argv[], const char *words, int *status, struct nw_err *err)
{
    const pid_t child = fork();
    if (child < 0)
        return nw_fail(err, NW_ERR_IO, "%s cannot be started: %s", argv[0], strerror(errno));
    if (child == 0) {
        const int out = open(words, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        const int none = open("/dev/null", O_RDONLY | O_CLOEXEC);
        (void)setenv("LC_ALL", "C", 1);
        (void)unsetenv("DISPLAY");
        (void)alarm(SECONDS_MOST);
        if (out < 0 || none < 0 || dup2(none, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
            _exit(126);
        (void)execvp(argv[0], argv);
        _exit(127);
    }
    while (waitpid(child, status, 0) < 0)
        if (errno != EINTR)
            return nw_fail(err, NW_ERR_IO, "%s cannot be waited for: %s", argv[0],
                           strerror(errno));
    if (WIFEXITED(*status) && WEXITSTATUS(*status) == 127)
        return nw_fail(err, NW_ERR_NOTFOUND,
                       "%s is not installed; install PrusaSlicer (prusa-slicer) or write .3mf "
                       "for another slicer",
                       argv[0]);
    return true;
}

/* The last line with something in it, or the first that has `mark`. */
static void find_line(const char *text, const char *mark, char *out, size_t room)
{
    out[0] = 0;
    while (*text) {
        const size_t len = strcspn(text, "\n");
        const bool marked = mark && len > 0 && strncmp(text, mark, strlen(mark)) == 0;
        if ((len > 0 && !mark) || marked)
            (void)snprintf(out, room, "%.*s", (int)(len < room ? len : room - 1), text);
        if (marked)
            return;
        text += len + (text[len] == '\n');
    }
}

static bool read_words(const char *path, const char *mark, char *out, size_t room,
                       struct nw_err *err)
{
    size_t len = 0;
    NW_AUTOFREE char *text = (char *)nw_file_read(path, WORDS_BYTES, &len, err);
    if (!text)
        return false;
    find_line(text, mark, out, room);
    return true;
}

static bool ask_version(const char *program, const struct desk *d, char *out, size_t room,
                        struct nw_err *err)
{
    char *const argv[] = {(char *)(uintptr_t)program, (char *)(uintptr_t) "--help", NULL};
    int status = 0;
    if (!run_program(argv, d->words, &status, err) ||
        !read_words(d->words, "PrusaSlicer", out, room, err))
        return false;
    out[strcspn(out, " ")] = 0;
    return out[0] ||
           nw_fail(err, NW_ERR_UNSUPPORTED, "%s does not say that it is PrusaSlicer", program);
}

static bool run_slicer(const char *program, const struct desk *d, struct nw_err *err)
{
    const char *const words[] = {program,    "--export-gcode", "--dont-arrange", "--load",
                                 d->profile, "--datadir",      d->folder,        "--loglevel",
                                 "1",        "--output",       d->gcode,         d->part,
                                 NULL};
    char *argv[sizeof words / sizeof *words];
    char last[200];
    int status = 0;
    for (size_t n = 0; n < sizeof words / sizeof *words; n++)
        argv[n] = (char *)(uintptr_t)words[n];
    struct stat st;
    if (!run_program(argv, d->words, &status, err))
        return false;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && stat(d->gcode, &st) == 0)
        return true;
    if (!read_words(d->words, NULL, last, sizeof last, err))
        return false;
    return nw_fail(err, NW_ERR_UNSUPPORTED, "PrusaSlicer failed and said: %.180s",
                   last[0] ? last : "nothing");
}

/* ---- what comes out ---- */

static double filament_diameter(const struct nw_fff_job *job)
{
    const struct nw_setting *const list[2] = {job->material->setting, job->machine->setting};
    const size_t count[2] = {job->material->setting_count, job->machine->setting_count};
    for (int l = 0; l < 2; l++)
        for (size_t n = 0; n < count[l]; n++) {
            double mm;
            if (strcmp(list[l][n].key, "filament_diameter") == 0 &&
                nw_number_parse(list[l][n].value, &mm) && mm > 0)
                return mm;
        }
    return 1.75;
}

static bool judge(const struct nw_fff_job *job, double layer_mm, struct nw_fff_result *r,
                  struct nw_err *err)
{
    const struct nw_gcode_facts *f = &r->facts;
    const nw_box part = job->place->box;
    const double *room = job->machine->build_mm, height = part.max.z;
    const double d = filament_diameter(job);
    r->volume_mm3 = f->filament_mm * NW_PI / 4 * d * d;
    r->mass_g = r->volume_mm3 * job->material->density_g_cm3 / 1000;
    r->cost = r->mass_g / 1000 * job->material->cost_per_kg;
    /* a slicer drops what is less than half a layer at the top */
    r->layers_planned = (size_t)fmax(rint(height / layer_mm), 1);
    const double slack = 0.05;
    if (f->box.min.x < -slack || f->box.min.y < -slack || f->box.max.x > room[0] + slack ||
        f->box.max.y > room[1] + slack || f->box.max.z > room[2] + slack)
        return nw_fail(err, NW_ERR_DATA,
                       "the G-code leaves the build volume of %g x %g x %g mm", room[0],
                       room[1], room[2]);
    /* a line's middle lies up to a line inside the part's rim */
    const double line = 1;
    if (f->box.min.x > part.min.x + line || f->box.max.x < part.max.x - line ||
        f->box.min.y > part.min.y + line || f->box.max.y < part.max.y - line ||
        fabs(f->box.max.z - height) > 1.5 * layer_mm)
        return nw_fail(
            err, NW_ERR_DATA,
            "the G-code builds %.1f x %.1f x %.1f mm where the part is %.1f x %.1f x "
            "%.1f mm",
            f->box.max.x - f->box.min.x, f->box.max.y - f->box.min.y, f->box.max.z,
            part.max.x - part.min.x, part.max.y - part.min.y, height);
    return true;
}

/* The first line says when it was made: that goes, so that the same job is the same bytes. */
static bool keep_gcode(const char *path, const char *text, size_t len, const char *version,
                       struct nw_err *err)
{
    const char *end = memchr(text, '\n', len);
    const size_t first = end ? (size_t)(end - text) : len;
    struct nw_out *out = nw_out_new(path, err);
    const bool dated = first > 14 && strncmp(text, "; generated by ", 15) == 0;
    if (out &&
        (!dated || (nw_out_add(out, "; generated by ", 15, err) &&
                    nw_out_add(out, version, strlen(version), err))) &&
        nw_out_add(out, dated ? text + first : text, dated ? len - first : len, err))
        return nw_out_commit(out, err);
    nw_out_abandon(out);
    return false;
}

static bool slice_at(const char *path, const struct nw_fff_job *job, struct desk *d,
                     struct nw_fff_result *out, struct nw_err *err)
{
    const char *program = job->program ? job->program : "prusa-slicer";
    const double layer = job->layer_mm > 0 ? job->layer_mm : job->machine->layer_mm;
    struct nw_fff_result r = {0};
    size_t len = 0;
    if (!set_desk(d, path, err) || !ask_version(program, d, r.version, sizeof r.version, err) ||
        !write_part(job, d->part, err) || !write_profile(job, d->profile, layer, err) ||
        !run_slicer(program, d, err))
        return false;
    NW_AUTOFREE char *text = (char *)nw_file_read(d->gcode, GCODE_BYTES, &len, err);
    if (!text || !nw_gcode_read(text, len, &r.facts, err) || !judge(job, layer, &r, err) ||
        !keep_gcode(path, text, len, r.version, err))
        return false;
    *out = r;
    return true;
}

bool nw_fff_slice(const char *path, const struct nw_fff_job *job, struct nw_fff_result *out,
                  struct nw_err *err)
{
    const struct nw_machine *m = job->machine;
    if (job->layer_mm > 0 &&
        (job->layer_mm < m->layer_min_mm || job->layer_mm > m->layer_max_mm))
        return nw_fail(err, NW_ERR_ARGUMENT, "layers of %g mm; %s does %g to %g mm",
                       job->layer_mm, m->name, m->layer_min_mm, m->layer_max_mm);
    struct desk desk = {.folder = ""};
    const bool ok = slice_at(path, job, &desk, out, err);
    clear_desk(&desk);
    return ok;
}
