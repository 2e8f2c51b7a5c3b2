/* print/machine.c -- see machine.h. What a profile may hold is one table a kind of object. */
#include "print/machine.h"

#include <jansson.h>
#include <string.h>

#include "core/jsonline.h"
#include "core/text.h"
#include "io/file.h"
#include "print/calibrate.h"
#include "print/machines.inc"

enum { PROFILE_BYTES = 1 << 20, MATERIALS = 64, SETTINGS = 512 };

const char *nw_process_name(enum nw_process process)
{
    switch (process) {
    case NW_PROCESS_FFF:
        return "fff";
    case NW_PROCESS_SLA:
        return "sla";
    case NW_PROCESS_COLOUR:
        return "colour";
    case NW_PROCESS_METAL:
        return "metal";
    }
    NW_UNREACHABLE();
}

/* ---- reading one object by its table ---- */

enum kind { TEXT, NUMBER, NUMBERS, DATE, COUNTS, OTHER };

struct member {
    const char *name;
    enum kind kind;
    bool required;
    size_t offset, count; /* count: of NUMBERS and COUNTS */
    double min, max;
};

struct reader {
    const char *text;
    size_t len;
    struct nw_arena *arena;
    struct nw_err *err;
};

static bool fail(const struct reader *r, const char *path, const char *zh, const char *en)
{
    return nw_fail(r->err, NW_ERR_DATA, "line %zu of the profile: %s %s",
                   nw_json_line(r->text, r->len, path), path, nw_either(zh, en));
}

static bool read_text(const struct reader *r, const json_t *value, const char *path,
                      const char **out)
{
    const char *text = json_string_value(value);
    if (!text || strlen(text) != json_string_length(value))
        return fail(r, path, "必须是文本", "must be a text");
    *out = nw_arena_text(r->arena, text, r->err);
    return *out != NULL;
}

static bool read_number(const struct reader *r, const struct member *m, const json_t *value,
                        const char *path, double *out)
{
    if (!json_is_number(value))
        return fail(r, path, "必须是数", "must be a number");
    const double number = json_number_value(value);
    if (!(number >= m->min && number <= m->max))
        return nw_fail(r->err, NW_ERR_DATA,
                       "line %zu of the profile: %s is %g; %g to %g is possible",
                       nw_json_line(r->text, r->len, path), path, number, m->min, m->max);
    *out = number;
    return true;
}

static bool read_list(const struct reader *r, const struct member *m, const json_t *value,
                      const char *path, void *out)
{
    double number = 0;
    if (json_array_size(value) != m->count)
        return nw_fail(r->err, NW_ERR_DATA,
                       "line %zu of the profile: %s must be a list of %zu numbers",
                       nw_json_line(r->text, r->len, path), path, m->count);
    for (size_t i = 0; i < m->count; i++) {
        const json_t *item = json_array_get(value, i);
        if (!read_number(r, m, item, path, &number))
            return false;
        if (m->kind == NUMBERS)
            ((double *)out)[i] = number;
        else if (json_is_integer(item))
            ((size_t *)out)[i] = (size_t)number;
        else
            return fail(r, path, "必须是整数", "must be whole numbers");
    }
    return true;
}

static int days_of(int year, int month)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* "2028-12-31" */
static bool read_date(const struct reader *r, const json_t *value, const char *path, int *out)
{
    const char *text = json_string_value(value);
    int part[3] = {0};
    static const size_t at[3] = {0, 5, 8}, digits[3] = {4, 2, 2};
    bool ok = text && strlen(text) == 10 && text[4] == '-' && text[7] == '-';
    for (size_t p = 0; ok && p < 3; p++)
        for (size_t i = at[p]; i < at[p] + digits[p]; i++) {
            ok = ok && text[i] >= '0' && text[i] <= '9';
            part[p] = part[p] * 10 + (text[i] - '0');
        }
    ok = ok && part[0] >= 1900 && part[1] >= 1 && part[1] <= 12 && part[2] >= 1 &&
         part[2] <= days_of(part[0], part[1]);
    if (!ok)
        return fail(r, path, "必须是日期，例如 \"2028-12-31\"",
                    "must be a day such as \"2028-12-31\"");
    *out = part[0] * 10000 + part[1] * 100 + part[2];
    return true;
}

static bool read_member(const struct reader *r, const struct member *m, const json_t *value,
                        const char *path, char *object)
{
    void *to = object + m->offset;
    switch (m->kind) {
    case TEXT:
        return read_text(r, value, path, to);
    case NUMBER:
        return read_number(r, m, value, path, to);
    case NUMBERS:
    case COUNTS:
        return read_list(r, m, value, path, to);
    case DATE:
        return read_date(r, value, path, to);
    case OTHER:
        return true;
    }
    NW_UNREACHABLE();
}

static const char *join(const struct reader *r, const char *path, const char *name)
{
    return nw_arena_printf(r->arena, r->err, "%s%s%s", path, *path ? "." : "", name);
}

/* Every member of the object is in the table, and every required one is there. */
static bool read_object(const struct reader *r, const struct member *table, const json_t *value,
                        const char *path, void *object)
{
    if (!json_is_object(value))
        return fail(r, *path ? path : nw_either("整体", "the whole"), "必须是对象",
                    "must be an object");
    for (void *it = json_object_iter((json_t *)(uintptr_t)value); it;
         it = json_object_iter_next((json_t *)(uintptr_t)value, it)) {
        const struct member *m = table;
        while (m->name && strcmp(m->name, json_object_iter_key(it)) != 0)
            m++;
        const char *inner = join(r, path, json_object_iter_key(it));
        if (!inner)
            return false;
        if (!m->name)
            return fail(r, inner, "不是档案中的成员", "is not known in a profile");
        if (!read_member(r, m, json_object_iter_value(it), inner, object))
            return false;
    }
    for (const struct member *m = table; m->name; m++)
        if (m->required && !json_object_get(value, m->name))
            return nw_fail(r->err, NW_ERR_DATA, "line %zu of the profile: %s%s%s is missing",
                           nw_json_line(r->text, r->len, path), path, *path ? "." : "",
                           m->name);
    return true;
}

/* ---- the tables ---- */

#define MACHINE(m) offsetof(struct nw_machine, m)
#define MATERIAL(m) offsetof(struct nw_material, m)

static const struct member machine_members[] = {
    {"format", OTHER, true, 0, 0, 0, 0},
    {"name", TEXT, true, MACHINE(name), 0, 0, 0},
    {"zh", TEXT, true, MACHINE(zh), 0, 0, 0},
    {"en", TEXT, true, MACHINE(en), 0, 0, 0},
    {"revision", TEXT, true, MACHINE(revision), 0, 0, 0},
    {"date", DATE, true, MACHINE(date), 0, 0, 0},
    {"valid_until", DATE, false, MACHINE(valid_until), 0, 0, 0},
    {"process", OTHER, true, 0, 0, 0, 0},
    {"build_mm", NUMBERS, true, MACHINE(build_mm), 3, 1, 5000},
    {"layer", OTHER, true, 0, 0, 0, 0},
    {"layer_time_s", NUMBER, false, MACHINE(layer_time_s), 0, 0, 3600},
    {"pixels", OTHER, false, 0, 0, 0, 0},
    {"limits", OTHER, true, 0, 0, 0, 0},
    {"compensation", OTHER, true, 0, 0, 0, 0},
    {"materials", OTHER, true, 0, 0, 0, 0},
    {"slicer", OTHER, false, 0, 0, 0, 0},
    {0},
};

static const struct member layer_members[] = {
    {"preset_mm", NUMBER, true, MACHINE(layer_mm), 0, 0.001, 5},
    {"min_mm", NUMBER, true, MACHINE(layer_min_mm), 0, 0.001, 5},
    {"max_mm", NUMBER, true, MACHINE(layer_max_mm), 0, 0.001, 5},
    {0},
};

static const struct member pixels_members[] = {
    {"count", COUNTS, true, MACHINE(pixels.count), 2, 1, 65535},
    {"column_axis", OTHER, true, 0, 0, 0, 0},
    {"row_axis", OTHER, true, 0, 0, 0, 0},
    {0},
};

static const struct member limits_members[] = {
    {"min_wall_mm", NUMBER, true, MACHINE(limits.min_wall_mm), 0, 0.01, 50},
    {"min_feature_mm", NUMBER, true, MACHINE(limits.min_feature_mm), 0, 0.01, 50},
    {"min_hole_mm", NUMBER, true, MACHINE(limits.min_hole_mm), 0, 0.01, 50},
    {"min_gap_mm", NUMBER, true, MACHINE(limits.min_gap_mm), 0, 0.01, 50},
    {"clearance_fit_mm", NUMBER, true, MACHINE(limits.clearance_fit_mm), 0, 0, 10},
    {"clearance_loose_mm", NUMBER, true, MACHINE(limits.clearance_loose_mm), 0, 0, 10},
    {"overhang_deg", NUMBER, true, MACHINE(limits.overhang_deg), 0, 0, 90},
    {"min_drain_mm", NUMBER, false, MACHINE(limits.min_drain_mm), 0, 0, 50},
    {"accuracy_mm", NUMBER, true, MACHINE(limits.accuracy_mm), 0, 0.001, 10},
    {0},
};

static const struct member compensation_members[] = {
    {"scale", NUMBERS, true, MACHINE(compensation.scale), 3, 0.5, 2},
    {"outward_mm", NUMBER, true, MACHINE(compensation.outward_mm), 0, -2, 2},
    {"hole_mm", NUMBER, true, MACHINE(compensation.hole_mm), 0, -2, 2},
    {"first_layer_mm", NUMBER, true, MACHINE(compensation.first_layer_mm), 0, 0, 2},
    {"source", TEXT, true, MACHINE(compensation.source), 0, 0, 0},
    {"valid_until", DATE, false, MACHINE(compensation.valid_until), 0, 0, 0},
    {0},
};

static const struct member material_members[] = {
    {"name", TEXT, true, MATERIAL(name), 0, 0, 0},
    {"zh", TEXT, true, MATERIAL(zh), 0, 0, 0},
    {"en", TEXT, true, MATERIAL(en), 0, 0, 0},
    {"density_g_cm3", NUMBER, true, MATERIAL(density_g_cm3), 0, 0.1, 25},
    {"cost_per_kg", NUMBER, false, MATERIAL(cost_per_kg), 0, 0, 1e6},
    {"exposure_s", NUMBER, false, MATERIAL(exposure_s), 0, 0.01, 1000},
    {"first_exposure_s", NUMBER, false, MATERIAL(first_exposure_s), 0, 0.01, 1000},
    {"valid_until", DATE, false, MATERIAL(valid_until), 0, 0, 0},
    {"rgb", OTHER, false, 0, 0, 0, 0},
    {"slicer", OTHER, false, 0, 0, 0, 0},
    {0},
};

/* ---- what the tables leave ---- */

static bool read_process(const struct reader *r, const json_t *root, struct nw_machine *out)
{
    const char *name = json_string_value(json_object_get(root, "process"));
    for (int p = NW_PROCESS_FFF; name && p <= NW_PROCESS_METAL; p++)
        if (strcmp(name, nw_process_name((enum nw_process)p)) == 0) {
            out->process = (enum nw_process)p;
            return true;
        }
    return fail(r, "process", "只能是 fff、sla、colour、metal 之一",
                "is one of fff, sla, colour, metal");
}

/* "+x", "-y", ... */
static bool read_axis(const struct reader *r, const json_t *pixels, const char *key,
                      const char *path, char *axis, bool *back)
{
    const char *text = json_string_value(json_object_get(pixels, key));
    if (!text || strlen(text) != 2 || !strchr("+-", text[0]) || !strchr("xy", text[1]))
        return fail(r, path, "只能是 +x、-x、+y、-y 之一", "is one of +x, -x, +y, -y");
    *axis = text[1];
    *back = text[0] == '-';
    return true;
}

static bool read_pixels(const struct reader *r, const json_t *pixels, struct nw_machine *out)
{
    struct nw_pixels *p = &out->pixels;
    if (!pixels)
        return out->process == NW_PROCESS_FFF || out->process == NW_PROCESS_METAL ||
               fail(r, "pixels", "缺少；此工艺使用图像",
                    "is missing; this process takes pictures");
    if (!read_object(r, pixels_members, pixels, "pixels", out) ||
        !read_axis(r, pixels, "column_axis", "pixels.column_axis", &p->column_axis,
                   &p->column_back) ||
        !read_axis(r, pixels, "row_axis", "pixels.row_axis", &p->row_axis, &p->row_back))
        return false;
    return p->column_axis != p->row_axis ||
           fail(r, "pixels.row_axis", "必须是与 column_axis 不同的轴",
                "must be the other axis than column_axis");
}

static bool read_layer(const struct reader *r, const json_t *layer, struct nw_machine *out)
{
    if (!read_object(r, layer_members, layer, "layer", out))
        return false;
    return (out->layer_min_mm <= out->layer_mm && out->layer_mm <= out->layer_max_mm) ||
           fail(r, "layer.preset_mm", "必须在 min_mm 与 max_mm 之间",
                "must lie between min_mm and max_mm");
}

static bool read_settings(const struct reader *r, const json_t *object, const char *path,
                          struct nw_setting **list, size_t *count)
{
    if (!object)
        return true;
    if (!json_is_object(object) || json_object_size(object) > SETTINGS)
        return fail(r, path, "必须是最多 512 个文本的对象",
                    "must be an object of at most 512 texts");
    *list = nw_arena_alloc(r->arena, (json_object_size(object) + 1) * sizeof **list, r->err);
    if (!*list)
        return false;
    for (void *it = json_object_iter((json_t *)(uintptr_t)object); it;
         it = json_object_iter_next((json_t *)(uintptr_t)object, it)) {
        struct nw_setting *s = &(*list)[*count];
        const char *key = json_object_iter_key(it), *inner = join(r, path, key);
        const json_t *value = json_object_iter_value(it);
        if (!inner || !read_text(r, value, inner, &s->value))
            return false;
        if (!*key || strpbrk(key, " =\r\n") || strpbrk(s->value, "\r\n"))
            return fail(r, inner, "必须是一行，名称不含空格",
                        "must be one line, its name without spaces");
        s->key = nw_arena_text(r->arena, key, r->err);
        if (!s->key)
            return false;
        ++*count;
    }
    return true;
}

static bool read_colour(const struct reader *r, const json_t *value, const char *path,
                        uint8_t rgb[3])
{
    static const struct member byte = {"rgb", NUMBERS, true, 0, 3, 0, 255};
    double number[3] = {200, 200, 200};
    if (value && !read_list(r, &byte, value, path, number))
        return false;
    for (int c = 0; c < 3; c++)
        rgb[c] = (uint8_t)rint(number[c]);
    return true;
}

static bool read_material(const struct reader *r, const json_t *value, size_t index,
                          struct nw_machine *out)
{
    struct nw_material *m = &out->material[index];
    const char *path = nw_arena_printf(r->arena, r->err, "materials[%zu]", index);
    if (!path || !read_object(r, material_members, value, path, m))
        return false;
    const char *rgb = join(r, path, "rgb"), *slicer = rgb ? join(r, path, "slicer") : NULL,
               *name = slicer ? join(r, path, "name") : NULL;
    if (!name || !read_colour(r, json_object_get(value, "rgb"), rgb, m->rgb) ||
        !read_settings(r, json_object_get(value, "slicer"), slicer, &m->setting,
                       &m->setting_count))
        return false;
    for (size_t i = 0; i < index; i++)
        if (strcmp(out->material[i].name, m->name) == 0)
            return fail(r, name, "与另一种材料重名", "is the name of another material too");
    return true;
}

static bool read_materials(const struct reader *r, const json_t *list, struct nw_machine *out)
{
    const size_t count = json_array_size(list);
    if (count == 0 || count > MATERIALS)
        return fail(r, "materials", "必须是 1 到 64 种材料的列表",
                    "must be a list of 1 to 64 materials");
    out->material = nw_arena_alloc(r->arena, count * sizeof *out->material, r->err);
    if (!out->material)
        return false;
    memset(out->material, 0, count * sizeof *out->material);
    for (out->material_count = 0; out->material_count < count; out->material_count++)
        if (!read_material(r, json_array_get(list, out->material_count), out->material_count,
                           out))
            return false;
    return true;
}

static bool read_machine(const struct reader *r, const json_t *root, struct nw_machine *out)
{
    const char *format = json_string_value(json_object_get(root, "format"));
    if (!json_is_object(root) || !format || strcmp(format, "nuwa-machine-1") != 0)
        return fail(r, "format", "必须是 \"nuwa-machine-1\"", "must be \"nuwa-machine-1\"");
    return read_object(r, machine_members, root, "", out) && read_process(r, root, out) &&
           read_layer(r, json_object_get(root, "layer"), out) &&
           read_pixels(r, json_object_get(root, "pixels"), out) &&
           read_object(r, limits_members, json_object_get(root, "limits"), "limits", out) &&
           read_object(r, compensation_members, json_object_get(root, "compensation"),
                       "compensation", out) &&
           read_settings(r, json_object_get(root, "slicer"), "slicer", &out->setting,
                         &out->setting_count) &&
           read_materials(r, json_object_get(root, "materials"), out);
}

bool nw_machine_parse(const char *text, size_t len, struct nw_machine *out, struct nw_err *err)
{
    json_error_t why;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
    if (!root && json_error_code(&why) == json_error_out_of_memory)
        return nw_fail(err, NW_ERR_MEMORY, "no memory for the profile");
    if (!root)
        return nw_fail(err, NW_ERR_DATA, "line %d of the profile is not JSON: %.100s", why.line,
                       why.text);
    struct nw_machine machine = {0};
    const struct reader r = {text, len, &machine.arena, err};
    const bool ok = read_machine(&r, root, &machine);
    json_decref(root);
    if (ok)
        *out = machine;
    else
        nw_machine_release(&machine);
    return ok;
}

void nw_machine_release(struct nw_machine *machine)
{
    nw_arena_release(&machine->arena);
    *machine = (struct nw_machine){0};
}

/* ---- which one ---- */

size_t nw_machine_count(void)
{
    return sizeof builtin / sizeof *builtin;
}

bool nw_machine_builtin(size_t index, struct nw_machine *out, struct nw_err *err)
{
    assert(index < nw_machine_count());
    return nw_machine_parse((const char *)builtin[index].text, builtin[index].len, out, err);
}

bool nw_machine_find(const char *name, struct nw_machine *out, struct nw_err *err)
{
    char list[200] = "";
    for (size_t i = 0; i < nw_machine_count(); i++) {
        if (strcmp(builtin[i].name, name) == 0)
            return nw_machine_builtin(i, out, err);
        const size_t len = strlen(list);
        if (len + strlen(builtin[i].name) + 3 < sizeof list) {
            memcpy(list + len, ", ", 3);
            memcpy(list + len + (len ? 2 : 0), builtin[i].name, strlen(builtin[i].name) + 1);
        }
    }
    return nw_fail(err, NW_ERR_NOTFOUND,
                   "no machine is called \"%.40s\"; there are %s, or name a profile file "
                   "(.json)",
                   name, list);
}

bool nw_machine_is_path(const char *name_or_path)
{
    char ending[16];
    nw_path_ending(name_or_path, ending);
    return strchr(name_or_path, '/') || strcmp(ending, "json") == 0;
}

char *nw_machine_text(const char *name_or_path, size_t *len, struct nw_err *err)
{
    if (nw_machine_is_path(name_or_path))
        return (char *)nw_file_read(name_or_path, PROFILE_BYTES, len, err);
    for (size_t i = 0; i < nw_machine_count(); i++)
        if (strcmp(builtin[i].name, name_or_path) == 0) {
            char *text = nw_alloc(builtin[i].len + 1, 1, err);
            if (text)
                memcpy(text, builtin[i].text, builtin[i].len);
            *len = builtin[i].len;
            return text;
        }
    struct nw_machine none = {0};
    const bool found = nw_machine_find(name_or_path, &none, err); /* says which there are */
    assert(!found);
    return NULL;
}

bool nw_machine_load(const char *name_or_path, struct nw_machine *out, struct nw_err *err)
{
    if (!nw_machine_is_path(name_or_path))
        return nw_machine_find(name_or_path, out, err);
    size_t len = 0;
    NW_AUTOFREE uint8_t *text = nw_file_read(name_or_path, PROFILE_BYTES, &len, err);
    return text && nw_machine_parse((const char *)text, len, out, err);
}

const struct nw_material *nw_machine_material(const struct nw_machine *machine,
                                              const char *name, struct nw_err *err)
{
    char list[200] = "";
    for (size_t i = 0; i < machine->material_count; i++) {
        const char *has = machine->material[i].name;
        if (!name || strcmp(has, name) == 0)
            return &machine->material[i];
        const size_t len = strlen(list);
        if (len + strlen(has) + 3 < sizeof list) {
            memcpy(list + len, ", ", 3);
            memcpy(list + len + (len ? 2 : 0), has, strlen(has) + 1);
        }
    }
    nw_fail(err, NW_ERR_NOTFOUND, "%s has no material \"%.40s\"; it has %s", machine->name,
            name, list);
    return NULL;
}

static bool fail_expired(const char *what, const char *name, int day, struct nw_err *err)
{
    return nw_fail(err, NW_ERR_STATE,
                   "the %s %s was valid until %04d-%02d-%02d; renew it first", what, name,
                   day / 10000, day / 100 % 100, day % 100);
}

bool nw_machine_is_valid(const struct nw_machine *machine, const struct nw_material *material,
                         int today, struct nw_err *err)
{
    if (machine->valid_until && today > machine->valid_until)
        return fail_expired(nw_either("档案", "profile"), machine->name, machine->valid_until,
                            err);
    if (machine->compensation.valid_until && today > machine->compensation.valid_until)
        return fail_expired(nw_either("标定", "calibration of"), machine->name,
                            machine->compensation.valid_until, err);
    if (material && material->valid_until && today > material->valid_until)
        return fail_expired(nw_either("材料", "material"), material->name,
                            material->valid_until, err);
    return true;
}

double nw_machine_pixel_mm(const struct nw_machine *machine, int axis)
{
    const size_t count = machine->pixels.count[axis];
    return count ? machine->build_mm[axis] / (double)count : 0;
}
