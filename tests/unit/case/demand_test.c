/* case/process: what single rows demand of forms and answers, row by row. */
#include "case/play.h"

static json_t *custom;

static const json_t *steps(void)
{
    return json_object_get(custom, "steps");
}

static const json_t *step_of(const char *act)
{
    for (size_t i = 0; i < json_array_size(steps()); i++)
        if (strcmp(step_act(json_array_get(steps(), i)), act) == 0)
            return json_array_get(steps(), i);
    printf("Bail out! no step %s\n", act);
    exit(1);
}

static struct play played_to(const char *act)
{
    struct play play = play_new();
    for (size_t i = 0; i < json_array_size(steps()); i++) {
        struct nw_err err = {0};
        const json_t *step = json_array_get(steps(), i);
        if (strcmp(step_act(step), act) == 0)
            break;
        CHECK(play_step(&play, step, &err));
    }
    return play;
}

/* Each of the fields, left out, is asked for by its name. */
static void needs_fields(const char *act, const char *const *field, size_t count)
{
    struct play play = played_to(act);
    for (size_t i = 0; i < count; i++) {
        struct nw_err err = {0};
        json_t *step = json_deep_copy(step_of(act));
        CHECK(json_object_del(json_object_get(step, "form"), field[i]) == 0);
        CHECK(!play_step(&play, step, &err) && err.code == NW_ERR_DATA &&
              strncmp(err.msg, field[i], strlen(field[i])) == 0);
        json_decref(step);
    }
    play_free(&play);
}
#define NEEDS(act, ...)                                                                        \
    needs_fields(act, (const char *const[]){__VA_ARGS__},                                      \
                 sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* With this answer the act is kept, and the next one on the way that needs it is refused. */
static void bad_answer_stops(const char *act, const char *field, json_t *value,
                             const char *then)
{
    struct play play = played_to(act);
    struct nw_err err = {0};
    json_t *step = json_deep_copy(step_of(act));
    json_object_set_new(json_object_get(step, "form"), field, value);
    const bool kept = play_step(&play, step, &err);
    CHECK(kept);
    json_decref(step);
    const char *refused = "nothing";
    for (size_t i = 0; kept && i < json_array_size(steps()); i++) {
        const json_t *next = json_array_get(steps(), i);
        if (i < json_array_size(play.entries))
            continue;
        if (!play_step(&play, next, &err)) {
            refused = step_act(next);
            break;
        }
    }
    if (strcmp(refused, then) != 0 || err.code != NW_ERR_STATE)
        printf("# %s with another %s: %s is refused: %s\n", act, field, refused, err.msg);
    CHECK(strcmp(refused, then) == 0 && err.code == NW_ERR_STATE);
    play_free(&play);
}

/* Req: R-150 R-152 R-153 R-154 R-159 R-160 R-161 */
static void the_order_has_all_of_5_2_2(void)
{
    NEEDS("order.write", "maker_name", "maker_address", "maker_head", "maker_contact",
          "maker_phone", "hospital_name", "hospital_address", "hospital_contact",
          "hospital_phone", "attending", "patient_name", "patient", "sex", "age", "condition",
          "plan", "risk", "clinical_data", "purpose", "device", "use_site", "material",
          "structure", "mechanical", "specification", "surface", "instruments",
          "after_treatment", "packaging", "sterilisation", "supply", "needed_by",
          "design_requirements", "acceptance_criteria", "delivery_terms", "due",
          "key_dimensions", "roughness");
}

static void refuses_value(const char *act, const char *field, json_t *value)
{
    struct play play = played_to(act);
    struct nw_err err = {0};
    json_t *step = json_deep_copy(step_of(act));
    json_object_set_new(json_object_get(step, "form"), field, value);
    CHECK(!play_step(&play, step, &err) && err.code == NW_ERR_DATA &&
          strncmp(err.msg, field, strlen(field)) == 0);
    json_decref(step);
    play_free(&play);
}

/* Req: R-155 */
static void the_shrinkage_of_the_order_is_the_designs(void)
{
    refuses_value("input.write", "shrinkage_percent", json_real(0.4));
    refuses_value("design.submit", "shrinkage_percent", json_real(0.4));
}

/* Req: R-157 */
static void the_agreement_says_why_it_is_custom(void)
{
    NEEDS("agreement.write", "rights", "duties", "liability", "users", "makers", "reason",
          "original_design");
}

/* Req: R-160 R-287 */
static void too_rough_is_out_of_limits(void)
{
    bad_answer_stops("inspection.sheet", "roughness",
                     json_pack("[{s:s, s:f, s:s}, {s:s, s:f, s:s}]", "name", "Bone side",
                               "measured_ra_um", 18.0, "instrument", "R-1", "name",
                               "Joint side", "measured_ra_um", 0.5, "instrument", "R-1"),
                     "inspection.release");
    bad_answer_stops("inspection.sheet", "roughness",
                     json_pack("[{s:s, s:f, s:s}, {s:s, s:f, s:s}]", "name", "Bone side",
                               "measured_ra_um", 4.0, "instrument", "R-1", "name", "Joint side",
                               "measured_ra_um", 0.3, "instrument", "R-1"),
                     "inspection.release");
}

/* Req: R-162 */
static void the_need_is_stated_before_the_plan(void)
{
    NEEDS("need.state", "indication", "why_not_marketed", "alternatives");
}

/* Req: R-178 R-181 */
static void conditions_and_agreement_come_at_the_opening(void)
{
    bad_answer_stops("conditions.check", "facilities", json_false(), "consent.record");
    bad_answer_stops("conditions.check", "persons", json_false(), "consent.record");
    bad_answer_stops("interaction.write", "platform_verified", json_false(),
                     "interaction.sign");
    NEEDS("interaction.write", "data_format", "transfer", "platform", "confirm_form", "storage",
          "keeper");
}

/* Req: R-193 */
static void the_form_of_confirmation_is_agreed_at_the_start(void)
{
    refuses_value("interaction.write", "confirm_form", json_string("by telephone"));
}

/* Req: R-179 */
static void free_text_does_not_stand_for_a_coded_field(void)
{
    refuses_value("case.open", "device", json_string("a nice cup"));
    refuses_value("case.open", "site", json_string("Becken"));
    refuses_value("case.open", "side", json_string("left-ish"));
    refuses_value("order.write", "material", json_string("metal"));
    refuses_value("production.start", "process", json_string("printing"));
}

/* Req: R-028 R-192 R-305 */
static void bad_images_go_no_further(void)
{
    bad_answer_stops("images.gate", "verdict", json_string("fail"), "images.imaging");
    bad_answer_stops("images.imaging", "parameters", json_false(), "images.reply");
    static const char *const answer[] = {"format", "resolution", "sharpness", "site"};
    for (size_t i = 0; i < 4; i++)
        bad_answer_stops("images.reply", answer[i], json_false(), "need.state");
    NEEDS("images.reply", "opinion");
}

/* Req: R-026 */
static void the_measure_against_artefacts_is_named(void)
{
    NEEDS("images.imaging", "artefacts", "artefact_measure");
}

/* Req: R-194 */
static void the_sheet_lists_what_it_must(void)
{
    NEEDS("sheet.write", "patient_data", "surgery", "flow", "material", "structure", "demands",
          "instruments", "after_treatment", "sterilisation", "packaging", "delivery",
          "technical");
}

/* Req: R-220 R-221 R-222 */
static void plans_come_before_results_and_are_whole(void)
{
    NEEDS("verify.plan", "method", "criteria");
    NEEDS("verify.result", "result", "summary", "report");
    NEEDS("validate.plan", "method", "criteria");
    NEEDS("validate.result", "typical_device", "reason", "ways", "report");
    bad_answer_stops("verify.result", "result", json_string("fail"), "validate.plan");
}

/* Req: R-223 */
static void findings_of_a_review_are_settled(void)
{
    bad_answer_stops("input.review", "settled", json_false(), "design.step");
    bad_answer_stops("design.review", "settled", json_false(), "verify.plan");
    bad_answer_stops("design.review", "compatible", json_string("fail"), "verify.plan");
    NEEDS("design.review", "findings", "complete", "correct");
}

/* Req: R-224 */
static void a_failed_check_around_production_holds_the_part(void)
{
    bad_answer_stops("production.before", "machine", json_string("fail"), "production.run");
    bad_answer_stops("production.after", "environment", json_string("fail"), "production.post");
}

/* Req: R-226 */
static void a_risk_that_is_not_acceptable_stops_the_design(void)
{
    bad_answer_stops("risk.file", "risks",
                     json_pack("[{s:s, s:s, s:s, s:s}]", "hazard", "loosening", "cause", "thin",
                               "measure", "none", "residual", "unacceptable"),
                     "verify.plan");
}

/* Req: R-242 R-243 */
static void production_is_on_record(void)
{
    NEEDS("production.start", "lot", "machine", "process", "process_id", "material",
          "material_lot", "software", "software_version", "print_file");
    NEEDS("production.run", "started", "ended", "parameters");
    NEEDS("production.post", "steps");
    bad_answer_stops("inspection.sheet", "material", json_string("fail"), "inspection.release");
    bad_answer_stops("inspection.sheet", "defects", json_string("fail"), "inspection.release");
}

/* Req: R-270 R-273 R-274 R-275 */
static void what_is_delivered_is_the_orders_and_is_checked(void)
{
    refuses_value("delivery.list", "count", json_integer(2));
    refuses_value("delivery.list", "patient", json_string("ZY-2"));
    NEEDS("data.deliver", "package", "model", "device_code", "patient", "format", "properties",
          "cautions", "steps");
    refuses_value("data.receive", "patient", json_string("ZY-2"));
    bad_answer_stops("data.receive", "verified", json_false(), "judge.object");
    bad_answer_stops("rules.receive", "preparation", json_false(), "judge.object");
}

/* Req: R-283 R-291 R-292 R-293 */
static void every_part_of_the_process_is_judged(void)
{
    static const char *const part[] = {"sequence",   "regularity", "legality", "completeness",
                                       "images",     "plan",       "order",    "design",
                                       "production", "label"};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        bad_answer_stops("judge.process", part[i], json_string("fail"), "accept.physician");
}

/* Req: R-300 */
static void acceptance_names_exact_versions(void)
{
    struct play play = played_to("accept.physician");
    json_t *entry = play_entry(&play, step_of("accept.physician"));
    play_sign(&play, entry);
    const json_t *records = json_object_get(
        json_object_get(json_object_get(entry, "signature"), "statement"), "records");
    static const char *const wanted[] = {"images.take",   "plan.make",      "order.write",
                                         "design.submit", "production.run", "label.issue",
                                         "judge.object",  "judge.process"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        bool found = false;
        for (size_t k = 0; k < json_array_size(records); k++) {
            const json_t *one = json_array_get(records, k);
            nw_digest own, stated;
            struct nw_err err = {0};
            if (strcmp(json_string_value(json_object_get(one, "name")), wanted[i]) != 0)
                continue;
            CHECK(nw_canonical_digest(nw_case_record(play.state, wanted[i], 0), &own, &err));
            found =
                nw_digest_parse(json_string_value(json_object_get(one, "sha256")), &stated) &&
                memcmp(&own, &stated, sizeof own) == 0 &&
                json_integer_value(json_object_get(one, "version")) == 1;
        }
        CHECK(found);
    }
    json_decref(entry);
    play_free(&play);
}

/* Req: R-317 */
static void outcome_fields_are_kept_as_numbers(void)
{
    static const char *const field[] = {"operation_min", "blood_ml",         "punctures",
                                        "fluoroscopies", "angle_before_deg", "angle_after_deg"};
    for (size_t i = 0; i < sizeof field / sizeof *field; i++)
        refuses_value("use.record", field[i], json_string("many"));
    refuses_value("use.record", "reduction", json_string("splendid"));
    refuses_value("followup.visit", "recovery_score", json_integer(101));
}

/* Req: R-355 */
static void a_secret_case_needs_its_permit(void)
{
    struct play play = play_new();
    struct nw_err err = {0};
    json_t *step = json_deep_copy(step_of("case.open"));
    json_t *form = json_object_get(step, "form");
    json_object_set_new(form, "secret", json_true());
    CHECK(!play_step(&play, step, &err) && strstr(err.msg, "secrecy_permit"));
    json_object_set_new(form, "secrecy_permit", json_string("permit 12"));
    struct nw_err none = {0};
    CHECK(play_step(&play, step, &none));
    json_decref(step);
    play_free(&play);
}

int main(void)
{
    play_begin();
    custom = load_json("custom");
    UNIT(the_order_has_all_of_5_2_2);
    UNIT(the_shrinkage_of_the_order_is_the_designs);
    UNIT(the_agreement_says_why_it_is_custom);
    UNIT(too_rough_is_out_of_limits);
    UNIT(the_need_is_stated_before_the_plan);
    UNIT(conditions_and_agreement_come_at_the_opening);
    UNIT(the_form_of_confirmation_is_agreed_at_the_start);
    UNIT(free_text_does_not_stand_for_a_coded_field);
    UNIT(bad_images_go_no_further);
    UNIT(the_measure_against_artefacts_is_named);
    UNIT(the_sheet_lists_what_it_must);
    UNIT(plans_come_before_results_and_are_whole);
    UNIT(findings_of_a_review_are_settled);
    UNIT(a_failed_check_around_production_holds_the_part);
    UNIT(a_risk_that_is_not_acceptable_stops_the_design);
    UNIT(production_is_on_record);
    UNIT(what_is_delivered_is_the_orders_and_is_checked);
    UNIT(every_part_of_the_process_is_judged);
    UNIT(acceptance_names_exact_versions);
    UNIT(outcome_fields_are_kept_as_numbers);
    UNIT(a_secret_case_needs_its_permit);
    json_decref(custom);
    play_end();
    return unit_end();
}
