/* Rows of commissions: made, read, kept true. */
#include "rooms/commission/commission.h"
#include "rooms/commission/commission_inside.h"

#include "base/arena.h"
#include "base/id.h"
#include "rooms/commission/commission.sql.h"

/* clang-format off */
static const struct field list[] = {
    FIELD_ID(commission,    id,              "com", .flags = FIELD_SORT),
    FIELD_ID(commission,    program_id,      "prg"),
    FIELD_ID(commission,    partner_id,      "par", .flags = FIELD_FILTER),
    FIELD(commission,       partner_name),
    FIELD_ID(commission,    conversion_id,   "cnv", .flags = FIELD_FILTER),
    FIELD(commission,       order_id,        .flags = FIELD_FILTER),
    FIELD(commission,       kind,            .flags = FIELD_FILTER, .names = commission_kind_names),
    FIELD(commission,       currency,        .flags = FIELD_FILTER),
    FIELD_MONEY(commission, amount,          "currency", .flags = FIELD_FILTER | FIELD_SORT, .help = "What it is worth now: earned less reversed plus adjusted; 0 when declined."),
    FIELD_MONEY(commission, earned_amount,   "currency", .help = "What it was worth when it was first booked: history, not a sum to go by."),
    FIELD_MONEY(commission, reversed_amount, "currency", .help = "By refunds of its own order."),
    FIELD_MONEY(commission, adjusted_amount, "currency", .help = "By amended orders, moved sales, tiers and caps; either sign."),
    FIELD_MONEY(commission, base_amount,     "base_currency", .help = "Of the order, counted."),
    FIELD(commission,       base_currency),
    FIELD(commission,       share_bp),
    FIELD_ID(commission,    rule_id,         "rul", .flags = FIELD_FILTER),
    FIELD(commission,       rule_version),
    FIELD(commission,       status,          .flags = FIELD_FILTER, .names = commission_status_names, .help = "reversed: nothing of its order is kept. What a cap, a step or a renewal that is over leaves with nothing waits, worth 0."),
    FIELD(commission,       status_reason),
    FIELD(commission,       status_note),
    FIELD(commission,       occurred_at,     .flags = FIELD_FILTER | FIELD_SORT),
    FIELD(commission,       matures_at,      .flags = FIELD_FILTER | FIELD_SORT),
    FIELD(commission,       payable_at),
    FIELD(commission,       paid_at),
    FIELD(commission,       created_at,      .flags = FIELD_FILTER | FIELD_SORT),
    FIELD_ID(commission,    payout_id,       "pay", .flags = FIELD_FILTER),
    FIELD_ID(commission,    payout_line_id,  "pln", .flags = FIELD_FILTER),
    FIELD(commission,       is_test),
    FIELD(commission,       bonus_for,       .help = "The kind of rule that gave a bonus; null: by hand."),
    FIELD(commission,       recruited_name,  .help = "Of a recruiter's part: whose sale he has it of. The order is not his: he reads neither conversion_id nor order_id."),
    FIELD(commission,       place,           .flags = FIELD_SECRET, .names = commission_place_names),
    FIELD_MONEY(commission, booked,          "currency", .flags = FIELD_SECRET),
    FIELD(commission,       exact,           .flags = FIELD_SECRET),
    FIELD_RAW(commission,   receipt,         .flags = FIELD_SECRET),
    FIELD(commission,       exact_now,       .flags = FIELD_SECRET),
    FIELD(commission,       whole,           .flags = FIELD_SECRET),
    FIELD(commission,       refunded,        .flags = FIELD_SECRET),
    FIELD_MONEY(commission, full_amount,     "currency", .flags = FIELD_SECRET),
    FIELD_MONEY(commission, kept_amount,     "base_currency", .flags = FIELD_SECRET),
    FIELD(commission,       is_kept,         .flags = FIELD_SECRET),
    FIELD_ID(commission,    source_id,       "com", .flags = FIELD_SECRET),
};
const struct fields commission_fields = FIELDS(list, commission);

static const struct field event_list[] = {
    FIELD_ID(commission_event, id,            "evt"),
    FIELD_ID(commission_event, program_id,    "prg"),
    FIELD_ID(commission_event, commission_id, "com"),
    FIELD(commission_event,    kind),
    FIELD(commission_event,    amount),
    FIELD_ID(commission_event, entry_id,      "ent"),
    FIELD(commission_event,    reason),
    FIELD(commission_event,    note),
    FIELD(commission_event,    actor),
    FIELD(commission_event,    cause_type),
    FIELD_ID(commission_event, cause_id,      "cau", .flags = FIELD_SECRET),
    FIELD(commission_event,    at),
};
const struct fields commission_event_fields = FIELDS(event_list, commission_event);

static const struct field carry_list[] = {
    FIELD_ID(carry,    id,             "car"),
    FIELD_ID(carry,    program_id,     "prg"),
    FIELD_ID(carry,    partner_id,     "par"),
    FIELD_ID(carry,    commission_id,  "com"),
    FIELD(carry,       currency),
    FIELD_MONEY(carry, amount,         "currency"),
    FIELD(carry,       reason),
    FIELD(carry,       at),
    FIELD(carry,       is_test),
    FIELD_ID(carry,    entry_id,       "ent"),
    FIELD_ID(carry,    payout_line_id, "pln"),
};
const struct fields carry_fields = FIELDS(carry_list, carry);
/* clang-format on */

err commission_find(
    struct db *db, int64_t program_id, int64_t partner_id, int64_t id, struct commission *out)
{
    return db_get(db, &COMMISSION_ONE,
        PARAMS(P("id", id), P("program_id", program_id), param_ref("partner_id", partner_id)),
        &commission_fields, out, &COMMISSION_NOT_FOUND);
}

err commission_has_order(
    struct db *db, int64_t program_id, int64_t partner_id, str order_id, bool *out)
{
    int64_t count;

    TRY(db_int(db, &COMMISSION_HAS_ORDER,
        PARAMS(P("program_id", program_id), P("partner_id", partner_id), P("order_id", order_id)),
        &count));
    *out = count > 0;
    return NULL;
}

err commission_of_conversion(
    struct db *db, int64_t program_id, int64_t conversion_id, struct list *out)
{
    return db_all(db, &COMMISSION_BY_CONVERSION,
        PARAMS(P("program_id", program_id), P("conversion_id", conversion_id)), &commission_fields,
        out);
}

err commission_events(struct db *db, int64_t program_id, int64_t commission_id, struct list *out)
{
    return db_all(db, &COMMISSION_EVENT_LIST,
        PARAMS(P("program_id", program_id), P("commission_id", commission_id)),
        &commission_event_fields, out);
}

err commission_note_event(struct db *db, const struct ledger_act *act, const struct commission *c,
    const struct happening *what)
{
    struct commission_event event = { .id = id_new(act->env),
        .program_id = c->program_id,
        .commission_id = c->id,
        .kind = str_of(what->kind),
        .amount = what->amount,
        .entry_id = what->entry_id,
        .reason = what->reason,
        .note = what->note,
        .cause_type = str_of(what->cause_type),
        .cause_id = what->cause_id,
        .actor = act->actor,
        .at = act->at };
    return db_put(db, &COMMISSION_EVENT_INSERT, &commission_event_fields, &event);
}

err commission_keep(struct db *db, const struct commission *c)
{
    return db_put(db, &COMMISSION_KEEP, &commission_fields, c);
}

err commission_insert(struct db *db, const struct commission *c)
{
    return db_put(db, &COMMISSION_INSERT, &commission_fields, c);
}

err commission_carry_add(struct db *db, const struct carry *carry)
{
    return db_put(db, &COMMISSION_CARRY_INSERT, &carry_fields, carry);
}
