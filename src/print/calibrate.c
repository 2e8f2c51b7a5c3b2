/* print/calibrate.c -- see calibrate.h. */
#include "print/calibrate.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "field/surface.h"

enum { UNKNOWNS = 5, SCALE_X = 0, OUTWARD = 3, HOLE = 4, READINGS_MOST = 10000 };

/* ---- readings ---- */

/* The next field up to a comma, blanks around it left out; moves on. */
static size_t take_field(const char **at, const char *end, const char **field)
{
    while (*at < end && (**at == ' ' || **at == '\t'))
        (*at)++;
    *field = *at;
    const char *comma = memchr(*at, ',', (size_t)(end - *at)), *stop = comma ? comma : end;
    *at = comma ? comma + 1 : end;
    while (stop > *field && (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r'))
        stop--;
    return (size_t)(stop - *field);
}

static bool read_length(const char **at, const char *end, double *out)
{
    const char *field;
    char text[NW_NUMBER_MAX];
    const size_t len = take_field(at, end, &field);
    if (len == 0 || len >= sizeof text)
        return false;
    memcpy(text, field, len);
    text[len] = 0;
    const char *stop = nw_number_parse(text, out);
    return stop && *stop == 0 && *out > 0 && *out <= 5000;
}

static bool read_reading(const char *at, const char *end, struct nw_reading *out)
{
    const char *kind, *axis;
    const size_t kind_len = take_field(&at, end, &kind), axis_len = take_field(&at, end, &axis);
    out->hole = kind_len == 4 && strncmp(kind, "hole", 4) == 0;
    if (!out->hole && !(kind_len == 5 && strncmp(kind, "outer", 5) == 0))
        return false;
    if (!out->hole && !(axis_len == 1 && *axis >= 'x' && *axis <= 'z'))
        return false;
    out->axis = out->hole ? 0 : *axis - 'x';
    return read_length(&at, end, &out->nominal_mm) && read_length(&at, end, &out->measured_mm);
}

struct nw_reading *nw_readings_parse(const char *text, size_t len, size_t *count,
                                     struct nw_err *err)
{
    NW_AUTOFREE struct nw_reading *list = NW_ALLOC(struct nw_reading, 1, err);
    size_t room = 1, n = 0, line = 0;
    for (const char *at = text, *stop = text + len; list && at < stop;) {
        const char *end = memchr(at, '\n', (size_t)(stop - at));
        end = end ? end : stop;
        const char *field, *look = at;
        const size_t first = take_field(&look, end, &field);
        line++;
        const bool heading = line == 1 && first == 4 && strncmp(field, "kind", 4) == 0;
        if (first > 0 && *field != '#' && !heading) {
            if (n >= READINGS_MOST || !nw_grow(&list, &room, n + 1, sizeof *list, err))
                return NULL;
            if (!read_reading(at, end, &list[n++])) {
                nw_fail(err, NW_ERR_DATA,
                        "line %zu of the readings is not like outer,x,40,39.87 or hole,,5,4.81 "
                        "(mm)",
                        line);
                return NULL;
            }
        }
        at = end + 1;
    }
    *count = n;
    struct nw_reading *out = list;
    list = NULL;
    return out;
}

/* ---- the fit ---- */

static void row_of(const struct nw_reading *r, double row[UNKNOWNS])
{
    memset(row, 0, UNKNOWNS * sizeof *row);
    if (r->hole) {
        row[0] = row[1] = r->nominal_mm / 2;
        row[HOLE] = -1;
        return;
    }
    row[r->axis] = r->nominal_mm;
    row[OUTWARD] = r->axis < 2 ? 2 : 0;
}

/* Inverts a symmetric matrix of n unknowns by Gauss and Jordan with pivots; false: singular. */
static bool invert(double a[UNKNOWNS][UNKNOWNS], double inv[UNKNOWNS][UNKNOWNS])
{
    for (int i = 0; i < UNKNOWNS; i++)
        for (int j = 0; j < UNKNOWNS; j++)
            inv[i][j] = i == j;
    for (int c = 0; c < UNKNOWNS; c++) {
        int pivot = c;
        for (int r = c + 1; r < UNKNOWNS; r++)
            pivot = fabs(a[r][c]) > fabs(a[pivot][c]) ? r : pivot;
        if (!(fabs(a[pivot][c]) > 1e-9)) /* sums of mm2: far above rounding */
            return false;
        for (int k = 0; k < UNKNOWNS; k++) {
            const double s = a[c][k], t = inv[c][k];
            a[c][k] = a[pivot][k];
            a[pivot][k] = s;
            inv[c][k] = inv[pivot][k];
            inv[pivot][k] = t;
        }
        const double scale = 1 / a[c][c];
        for (int k = 0; k < UNKNOWNS; k++) {
            a[c][k] *= scale;
            inv[c][k] *= scale;
        }
        for (int r = 0; r < UNKNOWNS; r++) {
            const double by = r == c ? 0 : a[r][c];
            for (int k = 0; k < UNKNOWNS; k++) {
                a[r][k] -= by * a[c][k];
                inv[r][k] -= by * inv[c][k];
            }
        }
    }
    return true;
}

/* Which unknowns the readings speak of. Holes alone tell nothing of x and y. */
static int known_of(const struct nw_reading *r, size_t count, bool known[UNKNOWNS])
{
    memset(known, 0, UNKNOWNS * sizeof *known);
    for (size_t n = 0; n < count; n++) {
        known[r[n].hole ? HOLE : r[n].axis] = true;
        known[OUTWARD] = known[OUTWARD] || (!r[n].hole && r[n].axis < 2);
    }
    int unknowns = 0;
    for (int u = 0; u < UNKNOWNS; u++)
        unknowns += known[u];
    return unknowns;
}

static double predict(const double row[UNKNOWNS], const double x[UNKNOWNS])
{
    double sum = 0;
    for (int u = 0; u < UNKNOWNS; u++)
        sum += row[u] * x[u];
    return sum;
}

static bool check_sense(const struct nw_fit *f, struct nw_err *err)
{
    bool ok = fabs(f->outward_mm) <= 1 && fabs(f->hole_mm) <= 1;
    for (int a = 0; a < 3; a++)
        ok = ok && fabs(f->scale[a] - 1) <= 0.1;
    return ok ||
           nw_fail(err, NW_ERR_DATA,
                   "the readings come to scales of %.3f, %.3f, %.3f, faces %.2f mm out and "
                   "holes %.2f mm too small; that is a mistake in the readings, not a "
                   "printer's",
                   f->scale[0], f->scale[1], f->scale[2], f->outward_mm, f->hole_mm);
}

bool nw_readings_fit(const struct nw_reading *reading, size_t count, struct nw_fit *out,
                     struct nw_err *err)
{
    /* unknowns start at scale 1 and offset 0; what is not measured stays there */
    static const double start[UNKNOWNS] = {1, 1, 1, 0, 0};
    double normal[UNKNOWNS][UNKNOWNS] = {{0}}, inverse[UNKNOWNS][UNKNOWNS],
           right[UNKNOWNS] = {0};
    double row[UNKNOWNS], x[UNKNOWNS], squares = 0;
    bool known[UNKNOWNS];
    const int unknowns = known_of(reading, count, known);
    for (size_t n = 0; n < count; n++) {
        row_of(&reading[n], row);
        const double left = reading[n].measured_mm - predict(row, start);
        for (int u = 0; u < UNKNOWNS; u++)
            for (int v = 0; known[u] && v < UNKNOWNS; v++)
                normal[u][v] += known[v] ? row[u] * row[v] : 0;
        for (int u = 0; u < UNKNOWNS; u++)
            right[u] += known[u] ? row[u] * left : 0;
    }
    for (int u = 0; u < UNKNOWNS; u++)
        normal[u][u] += known[u] ? 0 : 1;
    if (count <= (size_t)unknowns || !invert(normal, inverse))
        return nw_fail(err, NW_ERR_DATA,
                       "%zu readings do not tell shrinkage from faces that lie further out; "
                       "measure at least two lengths along x and along y",
                       count);
    for (int u = 0; u < UNKNOWNS; u++)
        x[u] = start[u] + predict(inverse[u], right);
    for (size_t n = 0; n < count; n++) {
        row_of(&reading[n], row);
        const double d = reading[n].measured_mm - predict(row, x);
        squares += d * d;
    }
    const double variance = squares / (double)(count - (size_t)unknowns);
    struct nw_fit f = {.outward_mm = x[OUTWARD],
                       .hole_mm = x[HOLE],
                       .outward_sd_mm =
                           known[OUTWARD] ? sqrt(variance * inverse[OUTWARD][OUTWARD]) : 0,
                       .hole_sd_mm = known[HOLE] ? sqrt(variance * inverse[HOLE][HOLE]) : 0,
                       .residual_mm = sqrt(squares / (double)count),
                       .count = count,
                       .outward_known = known[OUTWARD],
                       .hole_known = known[HOLE]};
    for (int a = 0; a < 3; a++) {
        f.scale[a] = x[a];
        f.scale_known[a] = known[a];
        f.scale_sd[a] = known[a] ? sqrt(variance * inverse[a][a]) : 0;
    }
    if (!check_sense(&f, err))
        return false;
    *out = f;
    return true;
}

void nw_compensation_update(struct nw_compensation *c, const struct nw_fit *fit)
{
    for (int a = 0; a < 3; a++)
        c->scale[a] /= fit->scale[a];
    c->outward_mm -= fit->outward_mm;
    c->hole_mm += fit->hole_mm;
}

/* ---- the profile ---- */

char *nw_machine_format(const char *profile, size_t len, const struct nw_compensation *c,
                        struct nw_err *err)
{
    json_t *root = json_loadb(profile, len, JSON_REJECT_DUPLICATES, NULL);
    json_t *to = json_object_get(root, "compensation");
    char *dumped = NULL, *text = NULL;
    char day[16];
    (void)snprintf(day, sizeof day, "%04d-%02d-%02d", c->valid_until / 10000 % 10000,
                   c->valid_until / 100 % 100, c->valid_until % 100);
    json_t *made =
        json_pack("{s:[f,f,f], s:f, s:f, s:f, s:s}", "scale", c->scale[0], c->scale[1],
                  c->scale[2], "outward_mm", c->outward_mm, "hole_mm", c->hole_mm,
                  "first_layer_mm", c->first_layer_mm, "source", c->source);
    if (to && made && json_object_update(to, made) == 0 &&
        (c->valid_until == 0 || json_object_set_new(to, "valid_until", json_string(day)) == 0))
        dumped = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(8));
    json_decref(made);
    json_decref(root);
    if (dumped) {
        const size_t size = strlen(dumped);
        text = nw_alloc(size + 2, 1, err);
        if (text) {
            memcpy(text, dumped, size);
            text[size] = '\n';
        }
        free(dumped); /* allowed: jansson's own */
    } else {
        nw_fail(err, NW_ERR_MEMORY, "no memory for the profile");
    }
    return text;
}

/* ---- the part ---- */

const double nw_calibration_hole_mm[4] = {2, 3, 5, 8},
             nw_calibration_hole_x_mm[4] = {6, 13, 22, 33},
             nw_calibration_post_mm[4] = {5, 10, 20, 30};

static nw_node block(struct nw_field *f, nw_node with, nw_vec3 min, nw_vec3 max,
                     struct nw_err *err)
{
    const nw_node b = nw_field_box(f, min, max, err);
    return with < 0 ? b : nw_field_union(f, with, b, err);
}

bool nw_calibration_part(struct nw_mesh *out, struct nw_err *err)
{
    const double *hole = nw_calibration_hole_mm, *hole_x = nw_calibration_hole_x_mm,
                 *post = nw_calibration_post_mm;
    struct nw_field *f = nw_field_new(err);
    if (!f)
        return false;
    nw_node n = block(f, -1, nw_v3(0, 0, 0), nw_v3(60, 60, 4), err);
    for (int k = 0; k < 3; k++) { /* ribs of 10, 20, 40 mm along y, then along x */
        const double len = 10.0 * (1 << k), at = 25 + 6.0 * k;
        n = block(f, n, nw_v3(at + 21, 2, 3), nw_v3(at + 23, 2 + len, 8), err);
        n = block(f, n, nw_v3(2, at - 2, 3), nw_v3(2 + len, at, 8), err);
    }
    for (int k = 0; k < 4; k++) /* posts, each to its height above the bed */
        n = block(f, n, nw_v3(4 + 10.0 * k, 48, 0), nw_v3(10 + 10.0 * k, 54, post[k]), err);
    for (int k = 0; k < 4; k++)
        n = nw_field_difference(f, n,
                                nw_field_cylinder(f, nw_v3(hole_x[k], 10, -1),
                                                  nw_v3(hole_x[k], 10, 5), hole[k] / 2, err),
                                err);
    const nw_box box = {{-1, -1, -1}, {61, 61, 31}};
    const bool ok = n >= 0 && nw_surface_of_field(f, n, box, 0.25, out, err);
    nw_field_free(f);
    if (ok)
        out->frame = NW_FRAME_BED;
    return ok;
}

const char *nw_calibration_sheet(void)
{
    return "kind,axis,nominal_mm,measured_mm\n"
           "outer,x,10,\nouter,x,20,\nouter,x,40,\nouter,x,60,\n"
           "outer,y,10,\nouter,y,20,\nouter,y,40,\nouter,y,60,\n"
           "outer,z,5,\nouter,z,10,\nouter,z,20,\nouter,z,30,\n"
           "hole,,2,\nhole,,3,\nhole,,5,\nhole,,8,\n";
}
