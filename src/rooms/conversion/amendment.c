/* Orders that are amended and sales that are given to another partner: both are facts that are
 * added, never changes of what was told. */
#include "rooms/conversion/conversion.h"
#include "rooms/conversion/conversion_inside.h"

#include "base/arena.h"
#include "base/id.h"
#include "rooms/conversion/conversion.sql.h"
#include "rooms/partner/partner.h"

/* clang-format off */
static const struct field list[] = {
    FIELD_ID(amendment,    id,            "amd", .flags = FIELD_SORT),
    FIELD_ID(amendment,    program_id,    "prg", .flags = FIELD_TAKEN),
    FIELD_ID(amendment,    conversion_id, "cnv", .flags = FIELD_FILTER),
    FIELD(amendment,       order_id,      .flags = FIELD_TAKEN | FIELD_FILTER, .max = 100),
    FIELD(amendment,       amendment_id,  .flags = FIELD_REQUIRED | FIELD_FILTER, .max = 100, .help = "Yours; unique in its order."),
    FIELD_MONEY(amendment, amount,        "currency", .flags = FIELD_REQUIRED, .min = 0, .max = CONVERSION_AMOUNT_MOST, .help = "What the order counts for now; what came back is not taken off."),
    FIELD(amendment,       currency,      .flags = FIELD_TAKEN, .help = "Absent: the order's."),
    FIELD(amendment,       reason,        .flags = FIELD_TAKEN, .max = 300),
    FIELD(amendment,       items,         .flags = FIELD_TAKEN, .record = &conversion_item_fields, .max = CONVERSION_ITEMS_MOST, .help = "Absent: as they were."),
    FIELD_RAW(amendment,   items_json,    .flags = FIELD_SECRET),
    FIELD(amendment,       occurred_at,   .flags = FIELD_TAKEN | FIELD_FILTER | FIELD_SORT, .help = "The latest holds. Absent: now."),
    FIELD(amendment,       status,        .flags = FIELD_FILTER, .help = "\"applied\", \"waiting\" for its sale, or \"refused\"."),
    FIELD(amendment,       is_test),
    FIELD(amendment,       created_at,    .flags = FIELD_FILTER | FIELD_SORT),
};
const struct fields amendment_fields = FIELDS(list, amendment);

static const struct field move_list[] = {
    FIELD_ID(conversion_move, id,              "mov", .flags = FIELD_SORT),
    FIELD_ID(conversion_move, program_id,      "prg"),
    FIELD_ID(conversion_move, conversion_id,   "cnv", .flags = FIELD_FILTER),
    FIELD(conversion_move,    order_id,        .flags = FIELD_FILTER),
    FIELD_ID(conversion_move, from_partner_id, "par", .flags = FIELD_TAKEN | FIELD_FILTER, .help = "Whose part of a shared sale; absent: all of it."),
    FIELD_ID(conversion_move, to_partner_id,   "par", .flags = FIELD_REQUIRED | FIELD_FILTER),
    FIELD(conversion_move,    to_group,        .flags = FIELD_SECRET),
    FIELD(conversion_move,    to_name),
    FIELD(conversion_move,    from_name),
    FIELD(conversion_move,    reason,          .flags = FIELD_REQUIRED, .max = 300, .help = "Both partners read it."),
    FIELD(conversion_move,    created_at,      .flags = FIELD_FILTER | FIELD_SORT),
    FIELD(conversion_move,    actor),
};
const struct fields conversion_move_fields = FIELDS(move_list, conversion_move);
/* clang-format on */

const struct err AMENDMENT_EXISTS = { ERR_CONFLICT, "amendment_exists",
    N_("This amendment was reported before with other content."), "amendment_id" };
static const struct err AMENDMENT_ID = { ERR_INVALID, "amendment_id",
    N_("An id has 1 to 100 visible characters."), "amendment_id" };
static const struct err MOVE_REASON = { ERR_INVALID, "required", N_("This is needed."), "reason" };
const struct err AMENDMENT_BELOW_REFUNDS = { ERR_INVALID, "amendment_below_refunds",
    N_("More than that has come back already."), "amount" };
const struct err AMENDMENT_CURRENCY = { ERR_INVALID, "amendment_currency",
    N_("An amendment is in the currency of its order."), "currency" };
const struct err MOVE_FROM = { ERR_INVALID, "move_from",
    N_("Say whose part of the sale is moved."), "from_partner_id" };
const struct err MOVE_TO = { ERR_INVALID, "move_to", N_("This partner has it already."),
    "to_partner_id" };

err conversion_amendments(struct db *db, int64_t conversion_id, struct list *out)
{
    return db_all(db, &AMENDMENT_OF_CONVERSION, PARAMS(P("conversion_id", conversion_id)),
        &amendment_fields, out);
}

err conversion_moves(struct db *db, int64_t conversion_id, struct list *out)
{
    return db_all(db, &CONVERSION_MOVE_LIST, PARAMS(P("conversion_id", conversion_id)),
        &conversion_move_fields, out);
}

/* ---- amended
 * --------------------------------------------------------------------------------------------------- */

static err amendment_fits(const struct conversion *c, const struct amendment *a)
{
    if (!currency_eq(a->currency, c->currency))
        return &AMENDMENT_CURRENCY;
    return a->amount < c->refunded_amount ? &AMENDMENT_BELOW_REFUNDS : NULL;
}

/* The latest by time holds, whenever it was told. */
static err follow(struct db *db, const struct ledger_act *act, struct conversion *c,
    const struct amendment *told)
{
    struct commission_why why = { .entry_kind = "amend",
        .cause_type = "amendment",
        .cause_id = told->id,
        .reason = STR("amended"),
        .note = told->reason };
    struct list all;

    TRY(conversion_amendments(db, c->id, &all));
    const struct amendment *last = (const struct amendment *)all.at + all.count - 1;
    if (all.count == 0 || last->amount < c->refunded_amount)
        return NULL;
    c->amount = last->amount;
    c->amended_by = last->id;
    c->status = conversion_status_of(c);
    TRY(conversion_keep(db, c));
    TRY(conversion_books(db, act, c, &why));
    return announce(db, "conversion.amended", c->program_id, c->id);
}

static err put_amendment(struct db *db, const struct ledger_act *act, const struct amendment *a)
{
    return db_run(db, &AMENDMENT_INSERT, PARAMS(P("actor", act->actor)), &amendment_fields, a, NULL);
}

/* clang-format off */
static const struct err differs[] = {
    { ERR_CONFLICT, "amendment_exists", N_("This amendment was reported before with other content."), "amount" },
    { ERR_CONFLICT, "amendment_exists", N_("This amendment was reported before with other content."), "currency" },
    { ERR_CONFLICT, "amendment_exists", N_("This amendment was reported before with other content."), "items" },
    { ERR_CONFLICT, "amendment_exists", N_("This amendment was reported before with other content."), "reason" },
    { ERR_CONFLICT, "amendment_exists", N_("This amendment was reported before with other content."), "occurred_at" },
};
/* clang-format on */

/* Told again: by the field that says something else. A reason or a time that is left out says
 * nothing; without items it is another amendment. */
static err compare(const struct amendment *told, const struct amendment *standing)
{
    const bool same[] = { told->amount == standing->amount,
        currency_none(told->currency) || currency_eq(told->currency, standing->currency),
        str_eq(told->items_json, standing->items_json),
        str_empty(told->reason) || str_eq(told->reason, standing->reason),
        instant_none(told->occurred_at) || told->occurred_at.ms == standing->occurred_at.ms };

    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        if (!same[i])
            return &differs[i];
    return NULL;
}

static err find_order(
    struct db *db, const struct amendment *a, struct conversion *out, bool *out_found)
{
    *out_found = true;
    if (!a->conversion_id)
        return conversion_find_order(db, a->program_id, a->is_test, a->order_id, out, out_found);
    TRY(conversion_find(db, a->program_id, 0, a->conversion_id, out));
    return out->is_test == a->is_test ? NULL : &CONVERSION_NOT_FOUND;
}

static bool is_over(const struct conversion *c)
{
    return c->status == CONVERSION_DECLINED || c->status == CONVERSION_REPLACED;
}

err conversion_amend(
    struct db *db, const struct ledger_act *act, struct amendment *told, bool *out_already)
{
    struct amendment a = *told, standing = { 0 };
    struct conversion c = { 0 };
    bool found;

    if (!conversion_is_name(a.amendment_id))
        return &AMENDMENT_ID;
    TRY(find_order(db, &a, &c, &found));
    if (found)
        a.order_id = c.order_id;
    TRY(db_one(db, &AMENDMENT_ONE,
        PARAMS(P("program_id", a.program_id), P("is_test", a.is_test), P("order_id", a.order_id),
            P("amendment_id", a.amendment_id)),
        &amendment_fields, &standing, out_already));
    if (*out_already) {
        *told = standing;
        return compare(&a, &standing);
    }
    a.created_at = act->at;
    if (instant_none(a.occurred_at))
        a.occurred_at = act->at;
    if (found && is_over(&c))
        return &CONVERSION_STATE;
    if (currency_none(a.currency)) {
        if (!found)
            return &AMENDMENT_CURRENCY;
        a.currency = c.currency;
    }
    if (found)
        TRY(amendment_fits(&c, &a));
    a.conversion_id = found ? c.id : 0;
    a.status = found ? STR("applied") : STR("waiting");
    TRY(put_amendment(db, act, &a));
    *told = a;
    if (!found)
        return NULL;
    TRY(follow(db, act, &c, &a));
    return conversion_retry_refunds(db, act, &c);
}

err conversion_apply_amendments(struct db *db, const struct ledger_act *act, struct conversion *c)
{
    struct list rows;
    TRY(db_all(db, &AMENDMENT_OF_ORDER,
        PARAMS(
            P("program_id", c->program_id), P("is_test", c->is_test), P("order_id", c->order_id)),
        &amendment_fields, &rows));

    struct amendment *all = rows.at;
    for (size_t i = 0; i < rows.count; i++) {
        bool fits = !amendment_fits(c, &all[i]);
        TRY(db_run(db, &AMENDMENT_SETTLE,
            PARAMS(P("id", all[i].id), P("program_id", c->program_id), P("conversion_id", c->id),
                P("status", fits ? "applied" : "refused")),
            NULL, NULL, NULL));
        if (fits)
            TRY(follow(db, act, c, &all[i]));
    }
    return NULL;
}

/* ---- moved
 * ----------------------------------------------------------------------------------------------------- */

/* Who has it now, when it is not said. */
static err read_from(struct db *db, const struct conversion *c, const struct conversion_move *move)
{
    struct decide_share *shares;
    size_t count;
    bool has = false, only = false;

    TRY(conversion_shares_now(db, c, &shares, &count));
    for (size_t i = 0; i < count; i++)
        has |= shares[i].partner_id == move->from_partner_id;
    only = count == 1 && shares[0].partner_id == move->to_partner_id;
    if (move->from_partner_id && !has)
        return &MOVE_FROM;
    return only || move->from_partner_id == move->to_partner_id ? &MOVE_TO : NULL;
}

err conversion_move(struct db *db, const struct ledger_act *act, struct conversion *c,
    struct conversion_move *move)
{
    struct commission_why why = { .entry_kind = "move",
        .cause_type = "conversion_move",
        .cause_id = move->id,
        .reason = STR("moved"),
        .note = move->reason };
    struct partner to = { 0 };

    if (str_empty(str_trim(move->reason)))
        return &MOVE_REASON;
    if (is_over(c))
        return &CONVERSION_STATE;
    TRY(partner_get(db, c->program_id, move->to_partner_id, &to));
    if (to.status != PARTNER_APPROVED)
        return &PARTNER_NOT_APPROVED;
    TRY(read_from(db, c, move));
    move->program_id = c->program_id;
    move->conversion_id = c->id;
    TRY(partner_group_at(db, c->program_id, to.id, c->judged_at, &move->to_group));
    move->to_name = to.name;
    move->created_at = act->at;
    move->actor = act->actor;
    TRY(db_put(db, &CONVERSION_MOVE_INSERT, &conversion_move_fields, move));
    TRY(conversion_books(db, act, c, &why));
    return announce(db, "conversion.moved", c->program_id, c->id);
}
