/* Versions of the terms by which orders are judged, kept as the programme's settings change. */
#include "rooms/attribution/attribution.h"

#include "migrations.h"
#include "rooms/attribution/attribution.sql.h"

/* clang-format off */
static const struct field list[] = {
    FIELD(attribution_terms, model,      .names = program_attribution_names),
    FIELD(attribution_terms, precedence, .names = program_precedence_names),
    FIELD(attribution_terms, window_days),
    FIELD(attribution_terms, customer_days),
    FIELD(attribution_terms, binding,    .names = program_binding_names),
    FIELD(attribution_terms, clawback_days),
    FIELD(attribution_terms, hold_days),
    FIELD(attribution_terms, trust_browser),
};
static const struct fields terms_fields = FIELDS(list, attribution_terms);
/* clang-format on */

static err find_terms(struct db *db, int64_t program_id, int64_t at_ms,
    struct attribution_terms *out, bool *out_found)
{
    return db_one(db, &ATTRIBUTION_TERMS_IN_FORCE,
        PARAMS(P("program_id", program_id), P("at", at_ms)), &terms_fields, out, out_found);
}

static err terms_of_program(struct db *db, int64_t program_id, struct attribution_terms *out)
{
    struct program program = { 0 };
    TRY(program_get(db, program_id, &program));
    *out = (struct attribution_terms){ .model = program.attribution,
        .precedence = program.coupon_precedence,
        .window_days = (int32_t)program.window_days,
        .customer_days = (int32_t)program.customer_days,
        .binding = program.customer_binding,
        .clawback_days = (int32_t)program.clawback_days,
        .hold_days = (int32_t)program.hold_days,
        .trust_browser = program.trust_browser };
    return NULL;
}

err attribution_terms_at(
    struct db *db, int64_t program_id, instant at, struct attribution_terms *out)
{
    bool found;
    TRY(find_terms(db, program_id, at.ms, out, &found));
    return found ? NULL : terms_of_program(db, program_id, out);
}

static bool same(const struct attribution_terms *a, const struct attribution_terms *b)
{
    return a->model == b->model && a->precedence == b->precedence &&
           a->window_days == b->window_days && a->customer_days == b->customer_days &&
           a->binding == b->binding && a->clawback_days == b->clawback_days &&
           a->hold_days == b->hold_days && a->trust_browser == b->trust_browser;
}

/* From the next millisecond on: an order of this one may have been judged already. */
static err keep_version(struct db *db, const char *event, int64_t program_id, int64_t object_id)
{
    struct attribution_terms now, before;
    bool found;

    (void)event;
    (void)object_id;
    TRY(terms_of_program(db, program_id, &now));
    TRY(find_terms(db, program_id, INT64_MAX, &before, &found));
    if (found && same(&now, &before))
        return NULL;
    return db_run(db, &ATTRIBUTION_TERMS_PUT,
        PARAMS(P("program_id", program_id), P("starts_at", found ? db_now(db).ms + 1 : INT64_C(0))),
        &terms_fields, &now, NULL);
}

static const struct listener listeners[] = {
    { "program.created", keep_version },
    { "program.changed", keep_version },
    { NULL, NULL },
};

const struct room attribution_room = {
    .name = "attribution",
    .migrations = attribution_migrations,
    .listeners = listeners,
};
