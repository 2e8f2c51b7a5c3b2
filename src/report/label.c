/* report/label.c -- a device's label: a page of 100 mm by 70 mm, or higher when its texts need
 * it, with the codes a scanner reads and the same in letters. See forms.h. */
#include <cairo-pdf.h>
#include <math.h>
#include <string.h>

#include "core/udi.h"
#include "field/relief.h"
#include "report/forms_priv.h"
#include "report/pdf_priv.h"

/* Points. */
#define MM (72 / 25.4)
static const double WIDTH = 100 * MM, LEAST_HIGH = 70 * MM, EDGE = 4 * MM;
static const double CODES = 27 * MM; /* the column of the codes, at the right */
static const double DATAMATRIX = 20 * MM, QR = 20 * MM;
static const double ROW_LABEL = 21 * MM;

struct label {
    const struct nw_papers *papers;
    struct nw_page page; /* for its texts */
    struct nw_pdf pdf;
    struct nw_matrix device, visit; /* the two codes */
    const char *code;               /* in letters */
    const char *what;               /* "UDI" or what else it is */
    const char *fault;              /* why it is no UDI, or NULL */
    double y;
};

#define SAY(zh, en) NW_PAPERS_SAY(l->papers, zh, en)

static const char *value_of(struct label *l, const char *act_name, const char *field)
{
    const json_t *act = nw_papers_act(l->papers, act_name);
    const json_t *value = json_object_get(nw_papers_form(l->papers, act_name), field);
    const json_t *kind = act ? nw_papers_field(act, field) : NULL;
    return kind && value ? nw_papers_value(l->papers, &l->page, kind, value) : "";
}

static const char *raw(const struct label *l, const char *act, const char *field)
{
    return nw_papers_text(nw_papers_form(l->papers, act), field);
}

/* ---- the codes ---- */

static bool copy(char *out, size_t room, const char *text)
{
    if (strlen(text) >= room)
        return false;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

/* The device's identifier from what is on record: a whole one, or its parts. */
static bool find_udi(const struct label *l, struct nw_udi *udi, struct nw_err *err)
{
    const char *whole = raw(l, "code.assign", "device_code"), *di = raw(l, "code.assign", "di");
    if (!*di)
        return nw_udi_parse(whole, udi, err);
    *udi = (struct nw_udi){
        .issuer = strcmp(raw(l, "code.assign", "issuer"), "ma") == 0 ? NW_UDI_MA : NW_UDI_GS1};
    const bool fits = copy(udi->di, sizeof udi->di, di) &&
                      copy(udi->lot, sizeof udi->lot, raw(l, "production.start", "lot")) &&
                      copy(udi->serial, sizeof udi->serial, raw(l, "code.assign", "serial")) &&
                      copy(udi->made, sizeof udi->made, raw(l, "code.assign", "made")) &&
                      copy(udi->expires, sizeof udi->expires, raw(l, "code.assign", "expires"));
    return fits || nw_fail(err, NW_ERR_DATA, "lot and serial have at most 20 letters");
}

/* A GS1 DataMatrix of the UDI; where there is none, a plain DataMatrix of the unique code, and
 * the label says so. */
static bool make_device_code(struct label *l, struct nw_err *err)
{
    const char *issuer = raw(l, "code.assign", "issuer");
    const char *own = raw(l, "code.assign", "device_code");
    char text[NW_UDI_TEXT], marked[NW_UDI_TEXT];
    struct nw_udi udi;
    struct nw_err why = {0};
    const bool is_standard = strcmp(issuer, "gs1") == 0 || strcmp(issuer, "ma") == 0;
    if (is_standard && find_udi(l, &udi, &why) &&
        nw_udi_format(&udi, NW_UDI_READABLE, text, &why) &&
        nw_udi_format(&udi, NW_UDI_BRACKETS, marked, &why)) {
        l->what = "UDI";
        l->code = nw_page_print(&l->page, "%s", text);
        return nw_matrix_encode(udi.issuer == NW_UDI_GS1 ? NW_MATRIX_GS1_DATAMATRIX
                                                         : NW_MATRIX_DATAMATRIX,
                                marked, &l->device, err);
    }
    l->what = SAY("唯一识别码", "unique code");
    l->code = own;
    if (is_standard)
        l->fault = SAY("不是 UDI：没有有效的产品标识 DI", "no UDI: no valid device identifier");
    return !*own || nw_matrix_encode(NW_MATRIX_DATAMATRIX, own, &l->device, err);
}

/* What a telephone opens: the case at its address, or its name. */
static bool make_visit_code(struct label *l, struct nw_err *err)
{
    const char *id = nw_papers_text(json_array_get(l->papers->entries, 0), "case");
    const char *text = l->papers->address
                           ? nw_page_print(&l->page, "%s/cases/%s", l->papers->address, id)
                           : id;
    return nw_matrix_encode(NW_MATRIX_QR, text, &l->visit, err);
}

/* Runs of dark modules as rectangles, on white with the quiet zone a scanner needs. */
static void show_code(const struct label *l, const struct nw_matrix *m, double x, double y,
                      double side)
{
    cairo_t *cr = l->pdf.cr;
    const double step = side / (double)m->cols;
    if (m->cols == 0)
        return;
    cairo_set_source_rgb(cr, 0, 0, 0);
    for (size_t row = 0; row < m->rows; row++)
        for (size_t i = 0, end; i < m->cols; i = end) {
            end = i + 1;
            while (end < m->cols && m->dark[end + m->cols * row] == m->dark[i + m->cols * row])
                end++;
            if (m->dark[i + m->cols * row])
                cairo_rectangle(cr, x + step * (double)i, y + step * (double)row,
                                step * (double)(end - i), step);
        }
    cairo_fill(cr);
}

/* ---- the texts ---- */

static double text_width(void)
{
    return WIDTH - 2 * EDGE - CODES;
}

static void line(struct label *l, const char *text, double size, bool bold, unsigned rgb)
{
    const struct nw_pdf_text look = {.size = size, .bold = bold, .rgb = rgb};
    l->y += nw_pdf_text(&l->pdf, text, EDGE, l->y, text_width(), &look) + 1;
}

static void row(struct label *l, const char *name, const char *value)
{
    const struct nw_pdf_text small = {.size = 6, .rgb = 0x5b6775}, plain = {.size = 7};
    if (!*value)
        return;
    const double a = nw_pdf_text(&l->pdf, name, EDGE, l->y + 0.5, ROW_LABEL - 3, &small);
    const double b =
        nw_pdf_text(&l->pdf, value, EDGE + ROW_LABEL, l->y, text_width() - ROW_LABEL, &plain);
    l->y += fmax(a, b) + 0.5;
}

static void banner(struct label *l, const char *text, unsigned paper, double width)
{
    const struct nw_pdf_text look = {.size = 8, .bold = true, .rgb = 0xffffff};
    const double high = nw_pdf_text(&l->pdf, text, EDGE + 4, l->y + 1.5, width - 8, NULL);
    nw_pdf_box(&l->pdf, EDGE, l->y, width, high + 3, paper);
    (void)nw_pdf_text(&l->pdf, text, EDGE + 4, l->y + 1.5, width - 8, &look);
    l->y += high + 6;
}

static void show_notices(struct label *l)
{
    const json_t *label = nw_papers_form(l->papers, "label.issue");
    const char *sterile = raw(l, "inspection.sheet", "sterile");
    if (!label)
        banner(l, SAY("草稿：标签尚未签发", "draft: the label has not been issued"), 0xa8231c,
               text_width());
    if (!label || json_is_true(json_object_get(label, "only_patient")))
        banner(l, SAY("仅供指定患者使用", "only for the named patient"), 0x1d2733,
               text_width());
    if (json_is_true(json_object_get(label, "check_anatomy")))
        line(l,
             SAY("手术前须检查解剖结构有无变化",
                 "before operation, check the anatomy for changes"),
             7.5, true, 0xa8231c);
    if (*sterile)
        line(l,
             strcmp(sterile, "pass") == 0
                 ? SAY("无菌 STERILE", "STERILE")
                 : SAY("非无菌 NON-STERILE：使用前按说明书灭菌",
                       "NON-STERILE: sterilise as the instructions say"),
             7.5, true, 0x1d2733);
}

static void show_texts(struct label *l)
{
    const json_t *record =
        nw_papers_record(l->papers, nw_papers_newest(l->papers, "label.issue"));
    line(l, value_of(l, "case.open", "device"), 12, true, 0x1d2733);
    line(l, value_of(l, "case.open", "type"), 7, false, 0x5b6775);
    show_notices(l);
    row(l, SAY("患者标识", "patient mark"), value_of(l, "case.open", "patient"));
    row(l, SAY("医疗机构", "hospital"), value_of(l, "case.open", "hospital"));
    row(l, SAY("部位与侧别", "site, side"),
        nw_page_print(&l->page, "%s %s", value_of(l, "case.open", "site"),
                      value_of(l, "case.open", "side")));
    row(l, SAY("用途和部位", "use and site"), value_of(l, "label.issue", "use"));
    row(l, SAY("材料", "material"), value_of(l, "production.start", "material"));
    row(l, SAY("生产批号", "lot"), value_of(l, "production.start", "lot"));
    row(l, SAY("序列号", "serial"), value_of(l, "code.assign", "serial"));
    row(l, SAY("生产日期", "made"), value_of(l, "code.assign", "made"));
    row(l, SAY("失效日期", "expires"), value_of(l, "code.assign", "expires"));
    row(l, SAY("影像获取日期", "images of"), value_of(l, "label.issue", "images_date"));
    row(l, SAY("设计完成日期", "design of"), value_of(l, "label.issue", "design_date"));
    row(l, SAY("生产企业", "maker"), value_of(l, "case.open", "maker"));
    if (record)
        row(l, SAY("标签版本", "label version"),
            nw_page_print(&l->page, "%lld",
                          (long long)json_integer_value(json_object_get(record, "version"))));
}

static void show_codes(struct label *l)
{
    const struct nw_pdf_text small = {.size = 6, .rgb = 0x5b6775};
    const double x = WIDTH - EDGE - CODES + (CODES - DATAMATRIX) / 2 + 1.5 * MM;
    double y = EDGE + 1.5 * MM;
    show_code(l, &l->device, x, y, DATAMATRIX);
    y += DATAMATRIX + 1.5 * MM;
    y += nw_pdf_text(&l->pdf, l->what, x, y, DATAMATRIX, &small) + 2.5 * MM;
    show_code(l, &l->visit, x, y, QR);
    y += QR + 1.5 * MM;
    y += nw_pdf_text(
        &l->pdf, nw_page_print(&l->page, SAY("病例 %s", "case %s"), nw_papers_case(l->papers)),
        x - 2 * MM, y, DATAMATRIX + 4 * MM, &small);
    l->y = fmax(l->y, y) + 3;
}

/* Draws all, or only finds out how high it is. */
static double show(struct label *l)
{
    const struct nw_pdf_text mono = {.size = 7, .mono = true},
                             red = {.size = 7, .rgb = 0xa8231c};
    l->y = EDGE;
    show_texts(l);
    show_codes(l);
    const double width = WIDTH - 2 * EDGE;
    if (*l->code)
        l->y += nw_pdf_text(&l->pdf, l->code, EDGE, l->y, width, &mono);
    else
        l->y += nw_pdf_text(&l->pdf, SAY("没有唯一识别码", "there is no unique code"), EDGE,
                            l->y, width, &red);
    if (l->fault)
        l->y += nw_pdf_text(&l->pdf, l->fault, EDGE, l->y, width, &red);
    return fmax(LEAST_HIGH, l->y + EDGE);
}

static bool draw(struct label *l, struct nw_text *out, struct nw_err *err)
{
    double high;
    if (!nw_pdf_begin(&l->pdf, NULL, WIDTH, LEAST_HIGH, err))
        return false;
    high = show(l);
    if (!nw_pdf_end(&l->pdf, err) || !nw_pdf_begin(&l->pdf, out, WIDTH, high, err))
        return false;
    nw_pdf_title(&l->pdf, SAY("产品标签", "Label"));
    (void)show(l);
    cairo_show_page(l->pdf.cr);
    return nw_pdf_end(&l->pdf, err);
}

bool nw_label_pdf(const struct nw_papers *papers, struct nw_text *out, struct nw_err *err)
{
    struct label whole = {.papers = papers}, *l = &whole;
    bool ok = make_device_code(l, err) && make_visit_code(l, err) && draw(l, out, err);
    if (ok && l->page.err.code != NW_OK) {
        *err = l->page.err;
        ok = false;
    }
    nw_matrix_release(&l->device);
    nw_matrix_release(&l->visit);
    nw_page_release(&l->page);
    return ok;
}
