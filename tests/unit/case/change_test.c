/* case/state.c, case/rules.c: what a change re-opens, whom it needs, and what blocks a part. */
#include "case/steps.h"

/* Req: R-156 R-197 */
static void a_new_version_voids_the_signatures(void)
{
    struct play play = played_to("agreement.write");
    CHECK(stands(&play, "order.sign_maker", "valid"));
    CHECK(takes_altered(&play, "order.write", NULL, "age", json_integer(47)));
    CHECK(stands(&play, "order.sign_physician", "stale"));
    CHECK(stands(&play, "order.sign_maker", "stale"));
    CHECK(refuses(&play, "input.accept", NW_ERR_STATE, "must come first"));
    CHECK(takes(&play, "order.sign_physician") && takes(&play, "order.sign_maker"));
    CHECK(json_integer_value(
              json_object_get(nw_case_record(play.state, "order.write", 1), "age")) == 46);
    CHECK(json_integer_value(
              json_object_get(nw_case_record(play.state, "order.write", 0), "age")) == 47);
    CHECK(!nw_case_record(play.state, "order.write", 3));
    CHECK(!nw_case_record(play.state, "no such thing", 0));
    play_free(&play);
}

/* What the server looked up of the scan, in an entry or a step. */
static json_t *told_of_scan(const json_t *step, const char *compared, json_t *differs)
{
    json_t *copy = json_deep_copy(step), *facts = json_object_get(copy, "facts"), *one;
    json_t *all = json_object_get(facts, "scan");
    const char *key;
    json_object_foreach(all, key, one)
    {
        json_object_set_new(one, "compared", json_string(compared));
        json_object_set_new(one, "differs", json_deep_copy(differs));
    }
    json_decref(differs);
    return copy;
}

static bool settles(struct play *play, const char *who, const char *scan, bool confirmed,
                    json_t *differs)
{
    struct nw_err err = {0};
    json_t *step = altered("images.identity", who, "scan", json_string(scan));
    json_object_set_new(json_object_get(step, "form"), "confirmed", json_boolean(confirmed));
    json_object_set_new(step, "facts",
                        json_pack("{s:{s:s, s:s, s:o}}", "scan", "scan", scan, "compared",
                                  "different", "differs", differs));
    const bool ok = play_step(play, step, &err);
    json_decref(step);
    return ok;
}

static bool is_held_back(struct play *play, const json_t *step)
{
    struct nw_err err = {0};
    return !play_step(play, step, &err) && says(&err, NW_ERR_STATE, "differs from the order");
}

/* What differs between scan and order keeps the physician's confirmation back until somebody
 * entitled has settled just that, of just that scan. Req: R-010 */
static void another_patients_scan_is_not_confirmed(void)
{
    struct play play = played_to("images.confirm");
    struct nw_err err = {0};
    const json_t *series =
        json_object_get(nw_case_record(play.state, "images.take", 0), "series");
    const char *scan = json_string_value(json_object_get(json_array_get(series, 0), "sha256"));
    const char *other = "977c1dc825126dc7d574e1d759befd725750d819e58cb86237bdbc46bbcc37a5";
    json_t *step = told_of_scan(step_of("images.confirm"), "different",
                                json_pack("[s, s]", "number", "sex"));
    CHECK(is_held_back(&play, step));
    CHECK(settles(&play, "li", scan, true, json_pack("[s, s]", "number", "sex")));
    CHECK(is_held_back(&play, step));
    CHECK(settles(&play, "zhao", other, true, json_pack("[s, s]", "number", "sex")));
    CHECK(is_held_back(&play, step));
    CHECK(settles(&play, "zhao", scan, true, json_pack("[s]", "number")));
    CHECK(is_held_back(&play, step));
    CHECK(settles(&play, "zhao", scan, true, json_pack("[s, s]", "sex", "number")));
    CHECK(settles(&play, "sun", scan, false, json_pack("[s, s]", "sex", "number")));
    CHECK(is_held_back(&play, step));
    CHECK(settles(&play, "zhao", scan, true, json_pack("[s, s]", "sex", "number")));
    CHECK(play_step(&play, step, &err));
    json_decref(step);
    play_free(&play);
}

/* Two people at once: one signs what the other has just replaced. Req: R-197 */
static void a_signature_over_an_old_version_is_refused(void)
{
    struct play play = played_to("order.sign_maker");
    struct nw_err err = {0};
    json_t *late = play_entry(&play, step_of("order.sign_maker"));
    play_sign(&play, late);
    json_t *statement =
        json_incref(json_object_get(json_object_get(late, "signature"), "statement"));
    json_decref(late);
    CHECK(takes_altered(&play, "order.write", NULL, "age", json_integer(47)));
    CHECK(takes(&play, "order.sign_physician"));
    json_t *entry = play_entry(&play, step_of("order.sign_maker"));
    json_object_set_new(statement, "time", json_incref(json_object_get(entry, "time")));
    json_object_set_new(entry, "signature", json_pack("{s:o}", "statement", statement));
    CHECK(!play_apply(&play, entry, &err));
    CHECK(says(&err, NW_ERR_CONFLICT, "newest version"));
    CHECK(takes(&play, "order.sign_maker"));
    play_free(&play);
}

/* Each member of a statement counts. Req: R-197 */
static void a_statement_that_says_something_else_is_refused(void)
{
    static const char *const member[] = {"case",       "act",        "role",
                                         "person",     "time",       "records",
                                         "meaning_zh", "meaning_en", "form_sha256"};
    struct play play = played_to("verify.result");
    for (size_t i = 0; i < sizeof member / sizeof *member; i++)
        for (int drop = 0; drop < 2; drop++) {
            struct nw_err err = {0};
            json_t *entry = play_entry(&play, step_of("verify.result"));
            play_sign(&play, entry);
            json_t *statement =
                json_object_get(json_object_get(entry, "signature"), "statement");
            CHECK(json_object_get(statement, member[i]) != NULL);
            if (drop)
                json_object_del(statement, member[i]);
            else
                json_object_set_new(statement, member[i], json_string("other"));
            CHECK(!play_apply(&play, entry, &err));
            CHECK(says(&err, NW_ERR_CONFLICT, "newest version"));
        }
    struct nw_err err = {0};
    json_t *entry = play_entry(&play, step_of("verify.result"));
    CHECK(!play_apply(&play, entry, &err) && says(&err, NW_ERR_DATA, "needs a signature"));
    CHECK(takes(&play, "verify.result"));
    play_free(&play);
}

/* Req: R-195 */
static void the_sheet_is_signed_in_order_by_different_people(void)
{
    struct play play = played_to("sheet.sign_designer");
    CHECK(refuses(&play, "sheet.sign_reviewer", NW_ERR_STATE, "designer signs the sheet"));
    CHECK(refuses(&play, "sheet.sign_physician", NW_ERR_STATE, "designer signs the sheet"));
    CHECK(refuses(&play, "sheet.sign_production", NW_ERR_STATE, "designer signs the sheet"));
    CHECK(takes(&play, "sheet.sign_designer"));
    CHECK(refuses(&play, "sheet.sign_physician", NW_ERR_STATE, "reviewer signs the sheet"));
    CHECK(takes(&play, "sheet.sign_reviewer") && takes(&play, "sheet.sign_physician"));
    CHECK(takes(&play, "sheet.sign_production"));
    const char *sha = NULL;
    for (size_t i = json_array_size(play.entries) - 4; i < json_array_size(play.entries); i++) {
        const json_t *entry = json_array_get(play.entries, i);
        const json_t *record = json_array_get(
            json_object_get(json_object_get(json_object_get(entry, "signature"), "statement"),
                            "records"),
            0);
        const char *own = json_string_value(json_object_get(record, "sha256"));
        CHECK(own && (!sha || strcmp(sha, own) == 0));
        sha = own;
    }
    play_free(&play);
}

/* The actor of a step, with rank and identity of one's own. */
static bool tries_as(struct play *play, const char *act, const char *id, int rank,
                     struct nw_err *err)
{
    json_t *entry = play_entry(play, step_of(act));
    json_t *actor = json_deep_copy(json_object_get(entry, "actor"));
    json_object_set_new(actor, "id", json_string(id));
    json_object_set_new(actor, "rank", json_integer(rank));
    json_object_set_new(entry, "actor", actor);
    play_sign(play, entry);
    return play_apply(play, entry, err);
}

static void adds_to_team(struct play *play, const char *person, const char *role)
{
    json_t *step = json_deep_copy(step_of("team.set"));
    json_array_append_new(
        json_object_get(json_object_get(step, "form"), "members"),
        json_pack("{s:s, s:s, s:s}", "person", person, "name", "Same Person", "role", role));
    struct nw_err err = {0};
    CHECK(play_step(play, step, &err));
    json_decref(step);
}

/* Req: R-180 R-219 */
static void the_reviewer_is_another_and_ranks_above(void)
{
    struct play play = played_to("design.review");
    struct nw_err same = {0}, low = {0}, stranger = {0};
    CHECK(!tries_as(&play, "design.review", "li", 9, &stranger));
    CHECK(says(&stranger, NW_ERR_DENIED, "not on the team"));
    adds_to_team(&play, "li", "reviewer");
    CHECK(!tries_as(&play, "design.review", "li", 9, &same));
    CHECK(says(&same, NW_ERR_DENIED, "another person"));
    CHECK(!tries_as(&play, "design.review", "zhou", 3, &low));
    CHECK(says(&low, NW_ERR_DENIED, "ranked above"));
    CHECK(takes(&play, "design.review"));
    play_free(&play);
}

/* Req: R-219 */
static void two_verifications_are_compared(void)
{
    struct play play = played_to("verify.reviewer");
    CHECK(takes_altered(&play, "verify.reviewer", NULL, "dimensions",
                        json_pack("[{s:s, s:f}, {s:s, s:f}]", "name", "Length", "value_mm",
                                  82.5, "name", "Hole distance", "value_mm", 13.91)));
    json_t *view = view_of(&play);
    const json_t *hole = json_array_get(json_object_get(view, "differences"), 1);
    CHECK_NEAR(json_number_value(json_object_get(hole, "difference_mm")), -0.11, 1e-9);
    json_decref(view);
    CHECK(refuses(&play, "verify.result", NW_ERR_STATE, "came out negative"));
    CHECK(takes(&play, "verify.reviewer") && takes(&play, "verify.result"));
    play_free(&play);
}

/* Req: R-230 */
static void after_the_sheet_only_a_confirmed_change_changes(void)
{
    struct play play = played_to("production.start");
    CHECK(refuses(&play, "order.write", NW_ERR_STATE, "is fixed since"));
    CHECK(refuses(&play, "design.submit", NW_ERR_STATE, "is fixed since"));
    CHECK(takes(&play, "change.open"));
    CHECK(refuses(&play, "order.write", NW_ERR_STATE, "is fixed since"));
    CHECK(refuses(&play, "production.start", NW_ERR_STATE, "\"design change\""));
    CHECK(takes(&play, "change.confirm"));
    CHECK(refuses(&play, "design.submit", NW_ERR_STATE, "is fixed since")); /* not touched */
    CHECK(takes_altered(&play, "order.write", NULL, "age", json_integer(47)));
    CHECK(strcmp(stage_now(&play), "order") == 0);
    CHECK(stands(&play, "sheet.sign_production", "stale"));
    CHECK(stands(&play, "design.submit", "stale"));
    CHECK(stands(&play, "production.accept", "stale"));
    CHECK(stands(&play, "images.confirm", "valid"));
    CHECK(refuses(&play, "change.close", NW_ERR_STATE, "done again first"));
    static const char *const again[] = {"order.sign_physician", "order.sign_maker",
                                        "agreement.write",      "agreement.sign_hospital",
                                        "agreement.sign_maker", "input.accept",
                                        "input.write",          "input.review",
                                        "design.step",          "risk.file",
                                        "design.submit",        "design.review",
                                        "verify.plan",          "software.check",
                                        "verify.designer",      "verify.reviewer",
                                        "verify.result",        "validate.plan",
                                        "validate.result",      "sheet.write",
                                        "sheet.sign_designer",  "sheet.sign_reviewer",
                                        "sheet.sign_physician", "sheet.sign_production"};
    for (size_t i = 0; i < sizeof again / sizeof *again; i++)
        CHECK(takes(&play, again[i]));
    CHECK(refuses(&play, "production.accept", NW_ERR_STATE, "\"design change\""));
    CHECK(takes(&play, "change.close"));
    CHECK(refuses(&play, "production.start", NW_ERR_STATE, "no longer stands"));
    CHECK(takes(&play, "production.accept") && takes(&play, "production.start"));
    play_free(&play);
}

static void a_refused_change_is_over(void)
{
    struct play play = played_to("production.start");
    CHECK(takes(&play, "change.open"));
    CHECK(takes_altered(&play, "change.confirm", NULL, "decision", json_string("refuse")));
    CHECK(refuses(&play, "order.write", NW_ERR_STATE, "is fixed since"));
    CHECK(takes(&play, "production.start"));
    play_free(&play);
}

/* Req: R-232 */
static void images_are_fixed_once_the_designer_took_them(void)
{
    struct play play = played_to("order.write");
    CHECK(refuses(&play, "images.take", NW_ERR_STATE, "is fixed since"));
    CHECK(takes_altered(&play, "change.open", NULL, "touches",
                        json_pack("[{s:s}]", "item", "images.take")));
    CHECK(takes(&play, "change.confirm") && takes(&play, "images.take"));
    CHECK(strcmp(stage_now(&play), "confirmation") == 0);
    CHECK(stands(&play, "plan.make", "stale"));
    play_free(&play);
}

/* Req: R-163 */
static void a_new_wish_begins_with_new_images(void)
{
    struct play play = played_to("production.accept");
    CHECK(takes(&play, "wish.new"));
    CHECK(strcmp(stage_now(&play), "data") == 0);
    CHECK(stands(&play, "plan.make", "void") && stands(&play, "order.write", "stale"));
    CHECK(nw_case_record(play.state, "plan.make", 1) != NULL); /* closed, not gone */
    CHECK(refuses(&play, "plan.make", NW_ERR_STATE, "must come first"));
    CHECK(takes(&play, "images.take"));
    play_free(&play);
}

/* Req: R-198 */
static void a_decision_becomes_a_requirement(void)
{
    struct play play = played_to("design.submit");
    CHECK(takes(&play, "discuss.say") && takes(&play, "discuss.decide"));
    const json_int_t entry = (json_int_t)json_array_size(play.entries);
    CHECK(refuses(&play, "design.submit", NW_ERR_DATA, "the decision of entry"));
    CHECK(takes_altered(&play, "design.submit", NULL, "requirements",
                        json_pack("[{s:I, s:s}]", "entry", entry, "how", "rounded the rim")));
    CHECK(takes(&play, "design.review") && stands(&play, "design.submit", "valid"));
    CHECK(takes(&play, "discuss.decide")); /* a late one: the design no longer meets all */
    CHECK(stands(&play, "design.submit", "void") && stands(&play, "design.review", "stale"));
    play_free(&play);
}

/* ---- production ---- */

static json_t *measured(double length, double uncertainty)
{
    return json_pack("[{s:s, s:f, s:f, s:f, s:s}, {s:s, s:f, s:f, s:f, s:s}]", "name", "Length",
                     "measured_mm", length, "resolution_mm", 0.01, "uncertainty_mm",
                     uncertainty, "instrument", "CMM-2", "name", "Hole distance", "measured_mm",
                     14.1, "resolution_mm", 0.1, "uncertainty_mm", 0.05, "instrument", "CMM-2");
}

/* Req: R-246 R-248 R-284 */
static void a_part_out_of_its_limits_is_blocked(void)
{
    struct play play = played_to("inspection.sheet");
    CHECK(refuses_altered(&play, "inspection.sheet", NULL, "dimensions", measured(82.5, 0.3),
                          NW_ERR_DATA, "uncertainty"));
    CHECK(takes_altered(&play, "inspection.sheet", NULL, "dimensions", measured(82.71, 0.03)));
    CHECK(stands(&play, "inspection.sheet", "negative"));
    CHECK(refuses(&play, "inspection.release", NW_ERR_STATE, "\"non-conformity\""));
    CHECK(refuses(&play, "inspection.sheet", NW_ERR_STATE, "\"non-conformity\""));
    CHECK(takes_altered(&play, "nonconform.decide", NULL, "about",
                        json_integer((json_int_t)json_array_size(play.entries))));
    CHECK(refuses(&play, "inspection.sheet", NW_ERR_STATE, "must come first"));
    CHECK(takes(&play, "production.post") && takes(&play, "store.in"));
    CHECK(takes(&play, "inspection.accept"));
    CHECK(takes_altered(&play, "inspection.sheet", NULL, "dimensions", measured(82.7, 0.03)));
    CHECK(takes(&play, "inspection.release"));
    play_free(&play);
}

/* Req: R-159 R-246 */
static void the_inspection_sheet_is_the_orders(void)
{
    struct play play = played_to("inspection.sheet");
    char time[80];
    play_time(&play, time);
    json_t *may = nw_case_may(play.state, json_object_get(people, "zheng"), time);
    const json_t *acts = json_object_get(may, "acts"), *preset = NULL;
    for (size_t i = 0; i < json_array_size(acts); i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(acts, i), "act")),
                   "inspection.sheet") == 0)
            preset = json_object_get(json_array_get(acts, i), "preset");
    const json_t *rows = json_object_get(preset, "dimensions");
    CHECK(json_array_size(rows) == 2);
    CHECK(strcmp(json_string_value(json_object_get(json_array_get(rows, 0), "name")),
                 "Length") == 0);
    json_decref(may);
    json_t *fewer = measured(82.5, 0.03);
    json_array_remove(fewer, 1);
    CHECK(refuses_altered(&play, "inspection.sheet", NULL, "dimensions", fewer, NW_ERR_DATA,
                          "no row for number 2"));
    json_t *coarse = measured(82.5, 0.03);
    json_object_set_new(json_array_get(coarse, 0), "resolution_mm", json_real(0.5));
    CHECK(refuses_altered(&play, "inspection.sheet", NULL, "dimensions", coarse, NW_ERR_DATA,
                          "resolution_mm"));
    play_free(&play);
}

/* Req: R-248 */
static void a_scrapped_part_is_made_again_under_a_new_code(void)
{
    struct play play = played_to("store.in");
    CHECK(takes(&play, "nonconform.report"));
    CHECK(takes_altered(&play, "nonconform.decide", NULL, "decision", json_string("scrap")));
    CHECK(stands(&play, "production.start", "void") && stands(&play, "code.assign", "void"));
    CHECK(stands(&play, "production.run", "stale"));
    CHECK(refuses(&play, "production.run", NW_ERR_STATE, "no longer stands"));
    CHECK(takes(&play, "production.start"));
    play_free(&play);
}

/* Req: R-266 */
static void a_label_is_printed_again_only_with_a_reason(void)
{
    struct play play = played_to("ifu.issue");
    CHECK(refuses(&play, "label.issue", NW_ERR_DATA, "reason"));
    CHECK(takes_altered(&play, "label.issue", NULL, "reason", json_string("smeared")));
    play_free(&play);
}

int main(void)
{
    steps_begin();
    UNIT(a_new_version_voids_the_signatures);
    UNIT(another_patients_scan_is_not_confirmed);
    UNIT(a_signature_over_an_old_version_is_refused);
    UNIT(a_statement_that_says_something_else_is_refused);
    UNIT(the_sheet_is_signed_in_order_by_different_people);
    UNIT(the_reviewer_is_another_and_ranks_above);
    UNIT(two_verifications_are_compared);
    UNIT(after_the_sheet_only_a_confirmed_change_changes);
    UNIT(a_refused_change_is_over);
    UNIT(images_are_fixed_once_the_designer_took_them);
    UNIT(a_new_wish_begins_with_new_images);
    UNIT(a_decision_becomes_a_requirement);
    UNIT(a_part_out_of_its_limits_is_blocked);
    UNIT(the_inspection_sheet_is_the_orders);
    UNIT(a_scrapped_part_is_made_again_under_a_new_code);
    UNIT(a_label_is_printed_again_only_with_a_reason);
    steps_end();
    return unit_end();
}
