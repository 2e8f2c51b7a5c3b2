/* cli/load.c -- from a path on the command line to the one scan that was meant. */
#include <string.h>
#include <sys/stat.h>

#include "cli/command.h"
#include "core/text.h"
#include "io/io.h"

/* The series named by its number in `nuwa info`, or the usable one of the highest score. */
static bool pick_series(const struct nw_intake *intake, const char *series, size_t *out,
                        struct nw_err *err)
{
    const size_t count = nw_intake_count(intake);
    if (series) {
        double number;
        const char *end = nw_number_parse(series, &number);
        if (!end || *end || number < 1 || number > (double)count || number != floor(number))
            return nw_fail(err, NW_ERR_ARGUMENT,
                           "there is no series %s; nuwa info lists series 1 to %zu", series,
                           count);
        *out = (size_t)number - 1;
        const struct nw_found *found = nw_intake_at(intake, *out);
        return found->usable || nw_fail(err, NW_ERR_UNSUPPORTED, "series %s cannot be used: %s",
                                        series, nw_either(found->zh, found->en));
    }
    *out = count;
    for (size_t i = 0; i < count; i++) {
        const struct nw_found *found = nw_intake_at(intake, i);
        if (found->usable &&
            (*out == count || found->score > nw_intake_at(intake, *out)->score))
            *out = i;
    }
    if (*out < count)
        return true;
    if (count == 1)
        return nw_fail(err, NW_ERR_DATA, "this cannot be used as a scan: %s",
                       nw_either(nw_intake_at(intake, 0)->zh, nw_intake_at(intake, 0)->en));
    return nw_fail(
        err, NW_ERR_DATA,
        "none of the %zu things found can be used as a scan; nuwa info says why of each",
        count);
}

static bool read_picked(struct nw_run *run, const char *path, const struct nw_pick *pick,
                        struct nw_intake *intake, struct nw_scan *out, struct nw_err *err)
{
    const size_t patients = nw_intake_patient_count(intake);
    if (patients > 1)
        return nw_fail(err, NW_ERR_CONFLICT,
                       "the folder holds scans of %zu patients; separate them first", patients);
    size_t index = 0;
    if (!pick_series(intake, pick->series, &index, err))
        return false;
    const struct nw_read_opts opts = {.resample_unequal = pick->resample,
                                      .keep_tilt = pick->keep_tilt};
    return nw_intake_read(intake, index, &opts, out, err) &&
           nw_run_read_scan(run, path, out, err);
}

bool nw_run_load_scan(struct nw_run *run, const char *path, const struct nw_pick *pick,
                      struct nw_scan *out, struct nw_err *err)
{
    const struct nw_intake_opts opts = {.charset = pick->charset};
    struct nw_intake *intake = nw_intake_new(path, &opts, err);
    if (!intake)
        return false;
    nw_scan_init(out);
    const bool ok = read_picked(run, path, pick, intake, out, err);
    nw_intake_free(intake);
    if (!ok)
        nw_scan_release(out);
    return ok;
}

/* An archive's or DICOMDIR's own bytes are an input too; a lone image file's are the scan's. */
bool nw_run_read_scan(struct nw_run *run, const char *path, const struct nw_scan *scan,
                      struct nw_err *err)
{
    struct stat st;
    if (!nw_step_add_scan(&run->step, path, scan, err))
        return false;
    const bool is_file = stat(path, &st) == 0 && S_ISREG(st.st_mode);
    if (!is_file)
        return true;
    if (!nw_step_add_input(&run->step, path, err))
        return false;
    const struct nw_stream *file = &run->step.input[run->step.input_count - 1];
    if (scan->source_count == 1 &&
        memcmp(&file->sha256, &scan->source[0].sha256, sizeof file->sha256) == 0)
        run->step.input_count--; /* said already */
    return true;
}
