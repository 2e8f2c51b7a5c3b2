/* The table of the API: each address with who may ask, what it takes and what it answers. */
#include "case/shares.h"
#include "net/api_priv.h"

static const char *const login_members[] = {
    "login",    "name",   "password",
    "password", "second", "code of the second factor, when there is one",
    NULL};
static const char *const password_members[] = {"old", "the old password", "new",
                                               "the new password", NULL};
static const char *const code_members[] = {"code", "six digits", NULL};
static const char *const key_members[] = {
    "passphrase", "opens the key when something is signed", "kind", "ed25519 or sm2", NULL};
static const char *const person_members[] = {"login",
                                             "login name",
                                             "password",
                                             "one-time password",
                                             "name",
                                             "the person's name",
                                             "organisation",
                                             "where the person works",
                                             "department",
                                             "department",
                                             "roles",
                                             "list of roles",
                                             "rank",
                                             "level of qualification, 0 to 9",
                                             "licence_until",
                                             "date the licence ends",
                                             "skills",
                                             "list of {what, until}",
                                             "directory",
                                             "true: the directory knows the password",
                                             NULL};
static const char *const registry_members[] = {"body", "what is on record", "version",
                                               "the version that is replaced; 0: new", NULL};
static const char *const book_query[] = {"only", "due: how many want something done, no items",
                                         NULL};
static const char *const book_members[] = {"act", "one of the kind's acts", "form",
                                           "the act's fields", NULL};
static const char *const flow_query[] = {"table", "digest of a version; else that of new cases",
                                         NULL};
static const char *const flow_members[] = {"table", "the whole table; null: the program's own",
                                           "before", "digest of the version that is replaced",
                                           NULL};
static const char *const document_query[] = {
    "lang", "zh or en; else the language of the request", "reason",
    "of the label: why it is printed again", NULL};
static const char *const trace_query[] = {
    "entry", "an entry's number: all it rests on and all that rests on it", NULL};
static const char *const label_query[] = {
    "text", "what the scanner reads: UDI, unique code, address or name of a case", NULL};
static const char *const act_members[] = {
    "role",       "in which role",
    "form",       "the act's fields",
    "statement",  "digest of the statement that was shown, for a signature",
    "passphrase", "of the signing key, for a signature",
    NULL};
static const char *const case_query[] = {"words",  "words to find",
                                         "stage",  "stage of the process",
                                         "type",   "type of product",
                                         "role",   "cases that wait for this role",
                                         "person", "cases of whose team this person is",
                                         "after",  "\"next\" of the page before",
                                         "limit",  "1 to 200, else 50",
                                         NULL};
static const char *const statement_query[] = {"role", "in which role", NULL};
static const char *const audit_query[] = {
    "person", "by whom", "case",   "on which case",
    "act",    "what",    "before", "\"next\" of the page before",
    NULL};

static const char *const upload_members[] = {"name", "the file's name", "bytes", "its size",
                                             NULL};
static const char *const piece_query[] = {"offset", "where the piece begins", NULL};
static const char *const end_members[] = {"sha256", "digest of the whole, to be compared",
                                          NULL};

static const char *const retention_query[] = {"state", "due, kept, open or destroyed; else due",
                                              "after", "\"next\" of the page before",
                                              "limit", "1 to 200, else 50",
                                              NULL};
static const char statistics_by[] =
    "one or two of department, service, device, site, hospital, maker, stage, month, "
    "quarter, year, with a comma between; else department";
static const char *const statistics_query[] = {"from",   "first day on which cases were opened",
                                               "to",     "last day",
                                               "by",     statistics_by,
                                               "format", "json, csv or xlsx",
                                               "table",  "of csv: cases or stages",
                                               NULL};

static const char *const job_members[] = {
    "command",   "which command of the program",
    "inputs",    "names, each with the digest of a file of the case",
    "arguments", "the command line behind the command's name",
    "outputs",   "names of the files that become the case's",
    "lang",      "zh or en: what the command says; else zh",
    NULL};

/* Data leave for a ground and to somebody. */
#define GROUND_MEMBERS                                                                         \
    "ground", "why it may leave: patient, ethics, authority or team", "to",                    \
        "who gets it: as permitted, as on the list of recipients, or a person's identifier",   \
        "reference", "number of the request; for ethics and authority"
static const char *const share_members[] = {
    "until",
    "when the link ends, at most 90 days away",
    "files",
    "digests of models, pictures, and scans without identity",
    "note",
    "for those inside",
    GROUND_MEMBERS,
    "most",
    "how often it may be opened; none: as often as one likes",
    NULL};
static const char *const visit_query[] = {
    "visit", "as the link gave it when it was opened: does not count again", NULL};
static const char *const deidentify_members[] = {
    "scan",         "digest of a file of the case: a DICOM file or an archive of them",
    "dates",        "none, shifted or full",
    "face",         "auto, deface, deface-all, refuse or none",
    "keep",         "list of traits, device, institution, uids, descriptions, private",
    GROUND_MEMBERS, NULL};

static const char *const together_members[] = {
    "seat",
    "name of this window by chance, 8 to 40 letters and digits",
    "state",
    "what is looked at: any object, at most 16 KiB; goes to the others and is not kept",
    "leave",
    "true: the window is closed",
    NULL};

#define ROUTE(verb, where, ...)                                                                \
    {                                                                                          \
        .method = verb, .path = "/api/v1" where, .handle = nw_api_handle,                      \
        .more = &(const struct nw_endpoint)                                                    \
        {                                                                                      \
            __VA_ARGS__                                                                        \
        }                                                                                      \
    }

const struct nw_route nw_api_routes[] = {
    ROUTE("GET", "/health",
          .reply = "{status: 'ok', version: text, database: text, slow_s?: number}",
          .right = "public", .answer = nw_answer_health, .en = "Whether the server works",
          .zh = "服务器是否正常"),
    ROUTE("GET", "/openapi.json", .right = "public", .answer = nw_answer_openapi,
          .en = "This document", .zh = "本文档"),
    ROUTE("POST", "/login",
          .reply = "{person: Person, must_change_password: bool, csrf: text, token: text}",
          .right = "public", .answer = nw_answer_login, .takes = true, .members = login_members,
          .en = "Log in", .zh = "登录"),
    ROUTE("POST", "/logout", .reply = "{}", .answer = nw_answer_logout, .en = "Log out",
          .zh = "退出登录"),
    ROUTE("GET", "/me", .reply = "{person: Person, must_change_password: bool, csrf: text}",
          .answer = nw_answer_me, .en = "Who is logged in", .zh = "当前登录的人"),
    ROUTE("POST", "/me/password", .reply = "{}", .answer = nw_answer_password, .takes = true,
          .members = password_members, .en = "Change one's password", .zh = "修改密码"),
    ROUTE("POST", "/me/second", .reply = "{secret: text, uri: text}",
          .answer = nw_answer_second_make, .success = 201, .en = "A new second factor",
          .zh = "新的第二因素"),
    ROUTE("POST", "/me/second/confirm", .reply = "{}", .answer = nw_answer_second_confirm,
          .takes = true, .members = code_members, .en = "Confirm the second factor",
          .zh = "确认第二因素"),
    ROUTE("POST", "/me/keys",
          .reply = "{id: text, kind: 'ed25519' | 'sm2', public: text, until: text}",
          .answer = nw_answer_key_make, .takes = true, .success = 201, .members = key_members,
          .en = "A new signing key", .zh = "新的签名密钥"),
    ROUTE("GET", "/people", .reply = "{people: [Listed]}", .answer = nw_answer_people,
          .en = "All persons", .zh = "全部人员"),
    ROUTE("POST", "/people", .reply = "{id: text, version: int}", .right = "security",
          .answer = nw_answer_person_make, .takes = true, .success = 201,
          .members = person_members, .en = "A new person", .zh = "新建人员"),
    ROUTE("PUT", "/people/{person}", .reply = "{id: text, version: int}", .right = "security",
          .answer = nw_answer_person_change, .takes = true, .members = person_members,
          .en = "Change a person", .zh = "修改人员"),
    ROUTE("DELETE", "/people/{person}/second", .reply = "{}", .right = "security",
          .answer = nw_answer_second_reset, .en = "Take a lost second factor away",
          .zh = "取消已丢失的第二因素"),
    ROUTE("GET", "/registry/{kind}", .answer = nw_answer_registry,
          .en = "What is on record of a kind", .zh = "某类登记内容"),
    ROUTE("PUT", "/registry/{kind}/{id}", .reply = "{kind: text, id: text, version: int}",
          .right = "administrator|quality", .answer = nw_answer_registry_put, .takes = true,
          .members = registry_members, .en = "Put something on record", .zh = "登记"),
    ROUTE("GET", "/book", .reply = "{kinds: [BookKind], items: [BookItem], due: int}",
          .answer = nw_answer_book, .query = book_query,
          .en =
              "The book of the site: what is kept, what is due, what is to be validated again",
          .zh = "本站台账：制度、演练、过程确认、设备与重新验证，及到期事项"),
    ROUTE("POST", "/book/{kind}/{item}", .reply = "{number: int, kind: text, item: text}",
          .answer = nw_answer_book_put, .takes = true, .success = 201, .members = book_members,
          .en = "An entry of the book, for who may make it", .zh = "在台账中记一笔"),
    ROUTE("GET", "/flow", .answer = nw_answer_flow, .query = flow_query,
          .en = "The process as a table", .zh = "流程表"),
    ROUTE("PUT", "/flow", .reply = "{table: text}", .right = "administrator|quality",
          .answer = nw_answer_flow_put, .takes = true, .members = flow_members,
          .en = "The process that new cases are opened under", .zh = "新病例所用的流程表"),
    ROUTE("GET", "/design/schema", .answer = nw_answer_design_schema,
          .en = "The JSON schema of design documents", .zh = "设计文档的 JSON Schema"),
    ROUTE("GET", "/plan/schema", .answer = nw_answer_plan_schema,
          .en = "The JSON schema of plan documents", .zh = "计划文档的 JSON Schema"),
    ROUTE("GET", "/machines", .answer = nw_answer_machines,
          .en = "Profiles of machines and their materials", .zh = "打印机档案及其材料"),
    ROUTE("POST", "/cases", .reply = "Done", .answer = nw_answer_case_open, .takes = true,
          .success = 201, .members = act_members, .en = "Open a case", .zh = "新建病例"),
    ROUTE("GET", "/cases", .reply = "{cases: [CaseRow], next?: text}",
          .answer = nw_answer_cases, .query = case_query, .en = "Worklist and search",
          .zh = "工作列表与检索"),
    ROUTE("GET", "/cases/{case}",
          .reply = "{case: text, number: int, digest: text, data: CaseView}",
          .answer = nw_answer_case_look, .en = "A case as it stands", .zh = "病例现状"),
    ROUTE("GET", "/cases/{case}/todo", .answer = nw_answer_case_todo, .en = "What I may do now",
          .zh = "我现在可以做什么"),
    ROUTE("GET", "/cases/{case}/entries", .answer = nw_answer_case_entries,
          .en = "Everything that was done", .zh = "全部记录"),
    ROUTE("GET", "/cases/{case}/checklist", .answer = nw_answer_case_checklist,
          .en = "Clause by clause: present, missing, invalid", .zh = "逐条核对：有、缺、无效"),
    ROUTE("GET", "/cases/{case}/parties",
          .reply = "{case: text, number: int, digest: text, data: {parties: [Party]}}",
          .answer = nw_answer_case_parties,
          .en = "Conditions of hospital and maker, and what has run out",
          .zh = "医疗机构与生产企业的条件，及已失效的日期"),
    ROUTE("GET", "/cases/{case}/trace",
          .reply = "{case: text, number: int, digest: text, data: Trace}",
          .answer = nw_answer_case_trace, .query = trace_query,
          .en = "What rests on what, and which link is missing",
          .zh = "前后追溯：依据、去向与缺失环节"),
    ROUTE("POST", "/trace/draw", .right = "quality|audit|authority",
          .answer = nw_answer_trace_draw,
          .en = "An exercise in tracing: a device drawn by chance",
          .zh = "追溯演练：随机抽取一件器械"),
    ROUTE("GET", "/cases/{case}/acts/{act}/statement",
          .reply = "{case: text, number: int, digest: text, data: {statement: Statement, "
                   "digest: text}}",
          .answer = nw_answer_case_statement, .query = statement_query,
          .en = "What a signature would cover", .zh = "签名将覆盖的内容"),
    ROUTE("POST", "/cases/{case}/acts/{act}", .reply = "Done", .answer = nw_answer_case_act,
          .takes = true, .success = 201, .members = act_members, .en = "Do it", .zh = "执行"),
    ROUTE("GET", "/cases/{case}/documents",
          .reply = "{case: text, digest: text, documents: [Paper]}",
          .answer = nw_answer_documents, .en = "Papers of a case: ready, in part, missing",
          .zh = "病例的文书：齐、不全、缺"),
    ROUTE("GET", "/cases/{case}/documents/{name}", .answer = nw_answer_document,
          .query = document_query, .en = "A paper as PDF", .zh = "一份文书（PDF）"),
    ROUTE("GET", "/labels", .answer = nw_answer_label, .query = label_query,
          .en = "The case of a label that was scanned", .zh = "扫描标签，找到病例"),
    ROUTE("POST", "/cases/{case}/uploads", .reply = "{upload: text, bytes: int}",
          .answer = nw_answer_upload, .takes = true, .success = 201, .members = upload_members,
          .en = "Begin an upload", .zh = "开始上传"),
    {.method = "PUT",
     .path = "/api/v1/uploads/{upload}",
     .handle = nw_piece_handle,
     .begin = nw_piece_begin,
     .chunk = nw_piece_chunk,
     .end = nw_piece_end,
     .more = &(const struct nw_endpoint){.query = piece_query,
                                         .reply = "{upload: text, bytes: int, bytes_said: int}",
                                         .en = "A piece of an upload, as raw bytes",
                                         .zh = "上传的一段（原始字节）"}},
    ROUTE("GET", "/uploads/{upload}", .reply = "{upload: text, bytes: int, bytes_said: int}",
          .answer = nw_answer_upload_state, .en = "How far an upload is", .zh = "上传进度"),
    ROUTE("POST", "/uploads/{upload}/end",
          .reply = "{sha256: text, bytes: int, name: text, case: text}",
          .answer = nw_answer_upload_end, .takes = true, .success = 201, .members = end_members,
          .en = "All is there", .zh = "上传完成"),
    ROUTE("GET", "/cases/{case}/files", .reply = "{files: [CaseFile]}",
          .answer = nw_answer_files, .en = "Files of a case", .zh = "病例的文件"),
    ROUTE("GET", "/cases/{case}/files/{sha256}", .answer = nw_answer_file,
          .en = "A file, or a range of it", .zh = "一个文件或其一段"),
    ROUTE("GET", "/cases/{case}/files/{sha256}/patient", .answer = nw_answer_scan_patient,
          .reply = "{scan: text, compared: text, differs: [text],"
                   " order: {number: text, name: text, sex: text, birth_date: text}}",
          .en = "Whose scan it is: the scan's patient beside the order's",
          .zh = "影像是谁的：影像与医嘱的患者核对"),
    ROUTE("POST", "/cases/{case}/jobs", .reply = "Job", .answer = nw_answer_job_make,
          .takes = true, .success = 201, .members = job_members,
          .en = "Have a command done on files of a case", .zh = "对病例的文件执行一条命令"),
    ROUTE("GET", "/cases/{case}/jobs", .reply = "{jobs: [Job]}", .answer = nw_answer_jobs,
          .en = "Jobs of a case", .zh = "病例的任务"),
    ROUTE("GET", "/jobs/{job}", .reply = "Job", .answer = nw_answer_job_look,
          .en = "How a job goes", .zh = "任务的进展"),
    ROUTE("DELETE", "/jobs/{job}", .reply = "Job", .answer = nw_answer_job_cancel,
          .en = "Cancel a job", .zh = "取消任务"),
    ROUTE("POST", "/jobs/{job}/retry", .reply = "Job", .answer = nw_answer_job_again,
          .en = "Have a job done again", .zh = "重做任务"),
    ROUTE("GET", "/audit", .reply = "{rows: [AuditRow], next?: int}", .right = "audit",
          .answer = nw_answer_audit, .query = audit_query, .en = "Rows of the ledger",
          .zh = "审计记录"),
    ROUTE("GET", "/audit/check", .reply = "{holds: bool, rows: int, row?: int, what?: text}",
          .right = "audit", .answer = nw_answer_audit_check,
          .en = "Whether the whole chain holds", .zh = "整条链是否完好"),
    ROUTE("GET", "/retention", .reply = "{cases: [Kept], next?: text}",
          .right = "quality|administrator|audit|authority", .answer = nw_answer_retention,
          .query = retention_query, .en = "Which records are due, and how long others are kept",
          .zh = "记录的保存期限"),
    ROUTE("GET", "/statistics", .right = "quality|administrator|audit|authority",
          .answer = nw_answer_statistics, .query = statistics_query,
          .en = "What the centre reports: cases, times, rework, follow-up", .zh = "统计报表"),
    ROUTE("POST", "/cases/{case}/shares",
          .reply = "{share: text, case: text, label: text, until: text, files: [SharedFile], "
                   "token?: text, path?: text}",
          .right = NW_SHARE_ROLES, .answer = nw_answer_share_make, .takes = true,
          .success = 201, .members = share_members,
          .en = "A link to files of a case, without identity, that ends",
          .zh = "病例文件的限时链接（不含身份信息）"),
    ROUTE("GET", "/cases/{case}/shares", .reply = "{shares: [Share]}", .right = NW_SHARE_ROLES,
          .answer = nw_answer_shares, .en = "Links of a case", .zh = "病例的链接"),
    ROUTE("DELETE", "/cases/{case}/shares/{share}", .reply = "{share: text, live: bool}",
          .right = NW_SHARE_ROLES, .answer = nw_answer_share_revoke, .en = "Take a link back",
          .zh = "收回链接"),
    ROUTE("GET", "/shares/{token}", .reply = "Shown", .right = "public",
          .answer = nw_answer_share_look, .query = visit_query, .en = "What a link shows",
          .zh = "链接的内容"),
    ROUTE("GET", "/shares/{token}/files/{file}", .right = "public",
          .answer = nw_answer_share_file, .query = visit_query,
          .en = "A file of a link, or a range of it", .zh = "链接中的一个文件或其一段"),
    ROUTE("POST", "/cases/{case}/deidentified", .right = NW_SHARE_ROLES,
          .answer = nw_answer_deidentify, .takes = true, .success = 201,
          .members = deidentify_members, .en = "Have a scan made without identity",
          .zh = "生成去除身份信息的影像"),
    ROUTE("POST", "/cases/{case}/together", .reply = "{present: [Seat]}",
          .answer = nw_answer_together, .takes = true, .members = together_members,
          .en = "Show one's view to who looks at the case too",
          .zh = "把自己的视图给同看此病例的人"),
    ROUTE("GET", "/cases/{case}/events", .answer = nw_answer_events,
          .en = "Server-sent events of a case", .zh = "病例的实时事件"),
    {.method = NULL},
};
