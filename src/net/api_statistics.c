/* Statistics: as JSON, or as tables for spreadsheets with headings in the caller's language. */
#include <stdio.h>
#include <string.h>

#include "case/statistics.h"
#include "net/api_priv.h"
#include "net/sheet.h"

/* A column of a table: a member of the group, "member.inner" of a spread or a list of words. */
struct heading {
    const char *member, *zh, *en;
};

static const struct heading of_cases[] = {
    {"cases", "病例", "cases"},
    {"open", "进行中", "open"},
    {"cancelled", "已终止", "cancelled"},
    {"implant", "植入", "implants"},
    {"released", "已放行", "released"},
    {"used", "已使用", "used"},
    {"to_release_d.median", "立项至放行 中位数(天)", "opening to release, median (d)"},
    {"to_release_d.p90", "立项至放行 P90(天)", "opening to release, P90 (d)"},
    {"to_use_d.median", "立项至使用 中位数(天)", "opening to use, median (d)"},
    {"to_use_d.p90", "立项至使用 P90(天)", "opening to use, P90 (d)"},
    {"to_end_d.median", "立项至结案 中位数(天)", "opening to end, median (d)"},
    {"to_end_d.p90", "立项至结案 P90(天)", "opening to end, P90 (d)"},
    {"changes", "设计更改", "changes"},
    {"reopened", "重新打开的步骤", "steps re-opened"},
    {"again", "重做的记录", "records made anew"},
    {"rework", "返工", "rework"},
    {"scrap", "报废", "scrap"},
    {"overrides", "紧急放行", "overrides"},
    {"stops", "停止使用", "stops of use"},
    {"recalls", "召回", "recalls"},
    {"late_stages", "逾期完成的阶段", "stages ended late"},
    {"late_now", "当前逾期的病例", "cases late now"},
    {"adverse", "不良事件", "adverse events"},
    {"adverse_percent", "不良事件率(每百例使用)", "adverse events in 100 uses"},
    {"adverse_harm.serious", "不良事件 严重伤害的病例", "cases with serious adverse events"},
    {"adverse_harm.death", "不良事件 死亡的病例", "cases with deaths"},
    {"adverse_late", "逾期上报的不良事件", "adverse events reported late"},
    {"adverse_overdue", "不良事件上报已逾期的病例", "cases with an overdue report"},
    {"visits_wanted", "计划随访次数", "visits planned"},
    {"visits", "随访次数", "visits"},
    {"followed", "已随访的病例", "cases followed up"},
    {"harm.none", "随访 无伤害", "follow-up: no harm"},
    {"harm.minor", "随访 轻度伤害", "follow-up: minor harm"},
    {"harm.moderate", "随访 中度伤害", "follow-up: moderate harm"},
    {"harm.serious", "随访 严重伤害", "follow-up: serious harm"},
    {"harm.death", "随访 死亡", "follow-up: death"},
    {"effect.reached", "疗效 达到", "effect reached"},
    {"effect.partly", "疗效 部分达到", "effect partly reached"},
    {"effect.not", "疗效 未达到", "effect not reached"},
    {"reached_percent", "疗效达到率(占已随访，%)", "effect reached (% of those followed up)"},
    {"operation_min.median", "手术时间 中位数(min)", "operation time, median (min)"},
    {"blood_ml.median", "出血量 中位数(ml)", "blood loss, median (ml)"},
    {"fluoroscopies.median", "透视次数 中位数", "fluoroscopies, median"},
    {"recovery_score.median", "恢复评分 中位数", "recovery score, median"},
    {NULL, NULL, NULL},
};
static const struct heading of_stages[] = {
    {"over_h.cases", "已完成的病例", "cases that passed"},
    {"over_h.median", "用时 中位数(小时)", "time, median (h)"},
    {"over_h.p90", "用时 P90(小时)", "time, P90 (h)"},
    {"running_h.cases", "进行中的病例", "cases there now"},
    {"running_h.median", "已停留 中位数(小时)", "time so far, median (h)"},
    {"running_h.p90", "已停留 P90(小时)", "time so far, P90 (h)"},
    {"late", "逾期完成", "ended late"},
    {"late_now", "当前逾期", "late now"},
    {NULL, NULL, NULL},
};
static const struct heading dimensions[] = {
    {"department", "科室", "department"}, {"service", "服务类型", "service"},
    {"device", "器械", "device"},         {"site", "使用部位", "site of use"},
    {"hospital", "医疗机构", "hospital"}, {"maker", "生产企业", "maker"},
    {"stage", "阶段", "stage"},           {"month", "月份", "month"},
    {"quarter", "季度", "quarter"},       {"year", "年份", "year"},
};

static json_t *label(const char *zh, const char *en)
{
    return json_string(nw_either(zh, en));
}

static json_t *member(const json_t *of, const char *path)
{
    char outer[32];
    const size_t len = strcspn(path, ".");
    (void)snprintf(outer, sizeof outer, "%.*s", (int)len, path);
    json_t *value = json_object_get(of, outer);
    if (path[len])
        value = json_object_get(value, path + len + 1);
    return value ? json_incref(value) : json_null();
}

static void add_headings(json_t *row, const struct heading *headings)
{
    for (; headings->member; headings++)
        (void)json_array_append_new(row, label(headings->zh, headings->en));
}

static void add_members(json_t *row, const json_t *of, const struct heading *headings)
{
    for (; headings->member; headings++)
        (void)json_array_append_new(row, member(of, headings->member));
}

/* A heading for each name of "by". */
static void add_key_headings(json_t *row, const char *by)
{
    while (*by) {
        const size_t len = strcspn(by, ",");
        for (size_t i = 0; i < sizeof dimensions / sizeof *dimensions; i++)
            if (strlen(dimensions[i].member) == len &&
                strncmp(dimensions[i].member, by, len) == 0)
                (void)json_array_append_new(row, label(dimensions[i].zh, dimensions[i].en));
        by += len + (by[len] == ',');
    }
}

/* A group's words; of the total "total", and nothing more. */
static void add_keys(json_t *row, const json_t *group, const char *by)
{
    const json_t *keys = json_object_get(group, "keys");
    const json_t *key;
    size_t i;
    json_array_foreach(keys, i, key)
    {
        (void)json_array_append_new(row, label(json_string_value(json_object_get(key, "zh")),
                                               json_string_value(json_object_get(key, "en"))));
    }
    if (keys)
        return;
    (void)json_array_append_new(row, label("合计", "total"));
    if (strchr(by, ','))
        (void)json_array_append_new(row, json_null());
}

static void add_case_row(json_t *rows, const json_t *group, const char *by)
{
    json_t *row = json_array();
    add_keys(row, group, by);
    add_members(row, group, of_cases);
    (void)json_array_append_new(rows, row);
}

static void add_stage_rows(json_t *rows, const json_t *group, const char *by)
{
    const json_t *stage;
    size_t i;
    json_array_foreach(json_object_get(group, "stages"), i, stage)
    {
        json_t *row = json_array();
        add_keys(row, group, by);
        (void)json_array_append_new(row,
                                    label(json_string_value(json_object_get(stage, "zh")),
                                          json_string_value(json_object_get(stage, "en"))));
        add_members(row, stage, of_stages);
        (void)json_array_append_new(rows, row);
    }
}

/* Every group, then the total. */
static json_t *table_of(const json_t *statistics, const struct heading *headings, bool stages)
{
    const char *by = json_string_value(json_object_get(statistics, "by"));
    const json_t *groups = json_object_get(statistics, "groups");
    json_t *rows = json_array(), *first = json_array();
    add_key_headings(first, by);
    if (stages)
        (void)json_array_append_new(first, label("阶段", "stage"));
    add_headings(first, headings);
    (void)json_array_append_new(rows, first);
    for (size_t i = 0; i <= json_array_size(groups); i++) {
        const json_t *group = i < json_array_size(groups)
                                  ? json_array_get(groups, i)
                                  : json_object_get(statistics, "total");
        if (stages)
            add_stage_rows(rows, group, by);
        else
            add_case_row(rows, group, by);
    }
    return rows;
}

/* What the numbers are of. */
static json_t *notes_of(const json_t *statistics)
{
    json_t *rows = json_array();
    const struct heading note[] = {
        {"from", "立项日期 从", "cases opened from"},
        {"to", "立项日期 到", "to"},
        {"by", "分组", "by"},
        {"time", "统计时间(UTC)", "counted at (UTC)"},
        {"uncounted", "尚未计入的病例", "cases not counted yet"},
    };
    (void)json_array_append_new(
        rows, json_pack("[o, o]", label("项目", "item"), label("内容", "content")));
    for (size_t i = 0; i < sizeof note / sizeof *note; i++)
        (void)json_array_append_new(rows, json_pack("[o, o]", label(note[i].zh, note[i].en),
                                                    member(statistics, note[i].member)));
    return rows;
}

static bool say_file(struct nw_call *call, const char *type, const char *ending, char *bytes,
                     size_t size)
{
    if (!bytes)
        return false;
    call->reply->type = type;
    call->reply->bytes = bytes;
    call->reply->size = size;
    nw_reply_header(call->reply, "Content-Disposition",
                    "attachment; filename=\"statistics.%s\"", ending);
    return true;
}

static bool say_csv(struct nw_call *call, const json_t *statistics, bool stages,
                    struct nw_err *err)
{
    const struct nw_sheet sheet = {"",
                                   table_of(statistics, stages ? of_stages : of_cases, stages)};
    size_t size = 0;
    char *bytes = sheet.rows ? nw_sheet_csv(&sheet, &size, err) : NULL;
    json_decref(sheet.rows);
    return say_file(call, "text/csv; charset=utf-8", "csv", bytes, size);
}

static bool say_xlsx(struct nw_call *call, const json_t *statistics, struct nw_err *err)
{
    const struct nw_sheet sheets[] = {
        {nw_either("病例", "cases"), table_of(statistics, of_cases, false)},
        {nw_either("各阶段用时", "times per stage"), table_of(statistics, of_stages, true)},
        {nw_either("说明", "notes"), notes_of(statistics)},
    };
    enum { SHEETS = sizeof sheets / sizeof *sheets };
    size_t size = 0;
    char *bytes =
        nw_sheet_xlsx(sheets, SHEETS, nw_either("病例统计", "case statistics"), &size, err);
    for (size_t i = 0; i < SHEETS; i++)
        json_decref(sheets[i].rows);
    return say_file(call, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                    "xlsx", bytes, size);
}

static bool is_one_of(const char *text, const char *a, const char *b, const char *c)
{
    return !text || strcmp(text, a) == 0 || strcmp(text, b) == 0 || strcmp(text, c) == 0;
}

NW_ANSWERS(statistics)
{
    const struct nw_request *request = call->request;
    const struct nw_statistics_query query = {.from = nw_request_query(request, "from"),
                                              .to = nw_request_query(request, "to"),
                                              .by = nw_request_query(request, "by")};
    const char *format = nw_request_query(request, "format");
    const char *table = nw_request_query(request, "table");
    json_t *statistics = NULL;
    if (!is_one_of(format, "json", "csv", "xlsx"))
        return nw_fail(err, NW_ERR_ARGUMENT, "\"format\" is json, csv or xlsx");
    if (!is_one_of(table, "cases", "stages", "stages"))
        return nw_fail(err, NW_ERR_ARGUMENT, "\"table\" is cases or stages");
    if (!nw_statistics(call->server->desk, &call->who, &query, &statistics, err))
        return false;
    if (!format || strcmp(format, "json") == 0)
        return nw_call_said(statistics, json, err);
    const bool good = strcmp(format, "csv") == 0
                          ? say_csv(call, statistics, table && *table == 's', err)
                          : say_xlsx(call, statistics, err);
    json_decref(statistics);
    *json = NULL;
    return good;
}
