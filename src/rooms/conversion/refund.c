/* Refunds: any number, at any time, also before the sale; each reverses commissions in proportion.
 */
#include "rooms/conversion/conversion.h"
#include "rooms/conversion/conversion_inside.h"

#include "base/arena.h"
#include "base/id.h"
#include "rooms/conversion/conversion.sql.h"

static const struct err REFUND_ID = { ERR_INVALID, "refund_id",
    N_("An id has 1 to 100 visible characters."), "refund_id" };

const char *const refund_kind_names[] = { "refund", "chargeback", NULL };

/* clang-format off */
static const struct field list[] = {
    FIELD_ID(refund,    id,            "rfd", .flags = FIELD_SORT),
    FIELD_ID(refund,    program_id,    "prg", .flags = FIELD_TAKEN),
    FIELD_ID(refund,    conversion_id, "cnv", .flags = FIELD_FILTER),
    FIELD(refund,       order_id,      .flags = FIELD_TAKEN | FIELD_FILTER, .max = 100),
    FIELD(refund,       refund_id,     .flags = FIELD_REQUIRED | FIELD_FILTER, .max = 100, .help = "Yours; unique in its order."),
    FIELD_MONEY(refund, amount,        "currency", .flags = FIELD_REQUIRED | FIELD_SORT, .min = 1, .max = CONVERSION_AMOUNT_MOST),
    FIELD(refund,       currency,      .flags = FIELD_TAKEN, .help = "Absent: the order's."),
    FIELD(refund,       kind,          .flags = FIELD_TAKEN | FIELD_FILTER, .names = refund_kind_names, .help = "chargeback: the buyer's bank took it back."),
    FIELD(refund,       reason,        .flags = FIELD_TAKEN, .max = 300),
    FIELD(refund,       occurred_at,   .flags = FIELD_TAKEN, .help = "When it came back; absent: now."),
    FIELD(refund,       items,         .flags = FIELD_TAKEN, .record = &conversion_item_fields, .max = CONVERSION_ITEMS_MOST),
    FIELD_RAW(refund,   items_json,    .flags = FIELD_SECRET),
    FIELD(refund,       status,        .flags = FIELD_FILTER, .help = "\"applied\", \"waiting\" for its sale, or \"refused\": more than the order."),
    FIELD(refund,       is_late,       .help = "Past the programme's clawback days: commissions stay as they are."),
    FIELD(refund,       is_test),
    FIELD(refund,       created_at,    .flags = FIELD_FILTER | FIELD_SORT),
};
const struct fields refund_fields = FIELDS(list, refund);
/* clang-format on */

err conversion_refunds(struct db *db, int64_t conversion_id, struct list *out)
{
    return db_all(
        db, &REFUND_OF_CONVERSION, PARAMS(P("conversion_id", conversion_id)), &refund_fields, out);
}

static err settle(struct db *db, struct refund *refund, int64_t conversion_id, str status)
{
    refund->conversion_id = conversion_id;
    refund->status = status;
    return db_run(db, &REFUND_SETTLE,
        PARAMS(P("id", refund->id), P("program_id", refund->program_id),
            P("conversion_id", conversion_id), P("status", status), P("is_late", refund->is_late)),
        NULL, NULL, NULL);
}

/* By the clawback days of the order's terms, counted from the order to when it came back. */
static bool is_late(const struct conversion *c, const struct refund *refund)
{
    instant at = instant_none(refund->occurred_at) ? refund->created_at : refund->occurred_at;

    return c->clawback_days > 0 && at.ms - c->occurred_at.ms > c->clawback_days * DAY_MS;
}

/* In proportion, unless an item was named or the order is not what it was when it was told. */
static err reverse_books(
    struct db *db, const struct ledger_act *act, struct conversion *c, const struct refund *refund)
{
    struct commission_refund total = { .program_id = c->program_id,
        .conversion_id = c->id,
        .refund_id = refund->id,
        .order_amount = c->amount,
        .kind = str_of(refund_kind_names[refund->kind]),
        .reason = refund->reason };
    struct commission_why why = { .entry_kind = refund_kind_names[refund->kind],
        .cause_type = "refund",
        .cause_id = refund->id,
        .reason = str_of(refund_kind_names[refund->kind]),
        .note = refund->reason,
        .is_refund = true };
    int64_t specials;

    TRY(db_int(db, &REFUND_COUNTED, PARAMS(P("conversion_id", c->id)), &total.refunded));
    TRY(db_int(db, &CONVERSION_SPECIALS, PARAMS(P("conversion_id", c->id)), &specials));
    if (specials == 0)
        return commission_refund(db, act, &total);
    return conversion_books(db, act, c, &why);
}

/* The books follow what came back of the order in time. */
static err reverse(
    struct db *db, const struct ledger_act *act, struct conversion *c, const struct refund *refund)
{
    TRY(minor_add(c->refunded_amount, refund->amount, &c->refunded_amount));
    c->status = conversion_status_of(c);
    TRY(reverse_books(db, act, c, refund));
    TRY(conversion_keep(db, c));
    return announce(db, "conversion.refunded", c->program_id, refund->id);
}

static err apply(
    struct db *db, const struct ledger_act *act, struct conversion *c, struct refund *refund)
{
    if (refund_fits(c, refund))
        return settle(db, refund, c->id, STR("refused"));
    refund->is_late = is_late(c, refund);
    TRY(settle(db, refund, c->id, STR("applied")));
    return reverse(db, act, c, refund);
}

static err of_order(struct db *db, const struct conversion *c, struct list *out)
{
    return db_all(db, &REFUND_OF_ORDER,
        PARAMS(
            P("program_id", c->program_id), P("is_test", c->is_test), P("order_id", c->order_id)),
        &refund_fields, out);
}

err conversion_apply_refunds(struct db *db, const struct ledger_act *act, struct conversion *c)
{
    struct list rows;

    TRY(of_order(db, c, &rows));
    for (size_t i = 0; i < rows.count; i++)
        TRY(apply(db, act, c, (struct refund *)rows.at + i));
    return NULL;
}

err conversion_retry_refunds(struct db *db, const struct ledger_act *act, struct conversion *c)
{
    struct list rows;

    TRY(of_order(db, c, &rows));
    struct refund *refund = rows.at;
    for (size_t i = 0; i < rows.count; i++)
        if (str_eq(refund[i].status, STR("refused")))
            TRY(apply(db, act, c, &refund[i]));
    return NULL;
}

/* ---- a new one
 * --------------------------------------------------------------------------------------------- */

/* The order it is about: by id, by the order's own id, or none yet. */
static err find_order(
    struct db *db, const struct refund *refund, struct conversion *out, bool *out_found)
{
    *out_found = true;
    if (!refund->conversion_id)
        return conversion_find_order(
            db, refund->program_id, refund->is_test, refund->order_id, out, out_found);
    TRY(conversion_find(db, refund->program_id, 0, refund->conversion_id, out));
    if (out->is_test != refund->is_test)
        return &CONVERSION_NOT_FOUND;
    if (out->status == CONVERSION_REPLACED) /* the shop's own telling stands in its place */
        return conversion_find_order(
            db, refund->program_id, refund->is_test, out->order_id, out, out_found);
    return NULL;
}

/* clang-format off */
static const struct err differs[] = {
    { ERR_CONFLICT, "refund_exists", N_("This refund was reported before with other content."), "amount" },
    { ERR_CONFLICT, "refund_exists", N_("This refund was reported before with other content."), "currency" },
    { ERR_CONFLICT, "refund_exists", N_("This refund was reported before with other content."), "kind" },
    { ERR_CONFLICT, "refund_exists", N_("This refund was reported before with other content."), "items" },
    { ERR_CONFLICT, "refund_exists", N_("This refund was reported before with other content."), "reason" },
    { ERR_CONFLICT, "refund_exists", N_("This refund was reported before with other content."), "occurred_at" },
};
/* clang-format on */

/* Told again: by the field that says something else. A reason or a time that is left out says
 * nothing; without items it is another refund. */
static err compare(const struct refund *told, const struct refund *standing)
{
    const bool same[] = { told->amount == standing->amount,
        currency_none(told->currency) || currency_eq(told->currency, standing->currency),
        told->kind == standing->kind, str_eq(told->items_json, standing->items_json),
        str_empty(told->reason) || str_eq(told->reason, standing->reason),
        instant_none(told->occurred_at) || told->occurred_at.ms == standing->occurred_at.ms };

    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        if (!same[i])
            return &differs[i];
    return NULL;
}

static err put(struct db *db, const struct ledger_act *act, const struct refund *refund)
{
    return db_run(db, &REFUND_INSERT, PARAMS(P("actor", act->actor)), &refund_fields, refund, NULL);
}

static err wait_for_sale(struct db *db, const struct ledger_act *act, struct refund *refund)
{
    if (currency_none(refund->currency))
        return &REFUND_CURRENCY;
    refund->status = STR("waiting");
    return put(db, act, refund);
}

err conversion_refund(
    struct db *db, const struct ledger_act *act, struct refund *told, bool *out_already)
{
    struct refund refund = *told, standing = { 0 };
    struct conversion c = { 0 };
    bool found;

    if (!conversion_is_name(refund.refund_id))
        return &REFUND_ID;
    if (refund.occurred_at.ms > act->at.ms + CONVERSION_FUTURE_MS)
        return &IN_FUTURE;
    if (!refund_items_fit(&refund, &refund.items))
        return &REFUND_ITEMS;
    if (str_eq(refund.reason, STR("chargeback")))
        refund.kind = REFUND_CHARGEBACK;
    TRY(find_order(db, &refund, &c, &found));
    if (found)
        refund.order_id = c.order_id;
    TRY(db_one(db, &REFUND_ONE,
        PARAMS(P("program_id", refund.program_id), P("is_test", refund.is_test),
            P("order_id", refund.order_id), P("refund_id", refund.refund_id)),
        &refund_fields, &standing, out_already));
    if (*out_already) {
        TRY(compare(&refund, &standing));
        *told = standing;
        return NULL;
    }
    refund.created_at = act->at;
    if (instant_none(refund.occurred_at))
        refund.occurred_at = act->at;
    if (!found) {
        TRY(wait_for_sale(db, act, &refund));
        *told = refund;
        return NULL;
    }
    if (currency_none(refund.currency))
        refund.currency = c.currency;
    TRY(refund_fits(&c, &refund));
    refund.conversion_id = c.id;
    refund.status = STR("applied");
    refund.is_late = is_late(&c, &refund);
    TRY(put(db, act, &refund));
    TRY(reverse(db, act, &c, &refund));
    *told = refund;
    return NULL;
}
