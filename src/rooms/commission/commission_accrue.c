/* How a commission begins: decided by the rules in force, booked as owed, with its receipt. */
#include "rooms/commission/commission.h"
#include "rooms/commission/commission_beside.h"
#include "rooms/commission/commission_past.h"
#include "rooms/commission/commission_inside.h"

#include "base/arena.h"
#include "base/id.h"

static str id_text(struct db *db, const char *prefix, int64_t id)
{
    return id_print(db_arena(db), prefix, id);
}

static err book(struct db *db, const struct ledger_act *act, const struct commission *c,
    const char *kind, bool is_first, struct ledger_posted *out)
{
    struct ledger_entry entry = { .program_id = c->program_id,
        .key = str_printf(db_arena(db), "accrue:%" PRI_STR, STR_ARG(id_text(db, "com", c->id))),
        .kind = str_of(kind),
        .cause_type = c->conversion_id ? STR("conversion") : STR_NONE,
        .cause_id = c->conversion_id,
        .commission_id = c->id,
        .memo = c->conversion_id ? c->order_id : c->status_note,
        .is_test = c->is_test,
        .is_first = is_first };
    struct ledger_posting postings[] = {
        { LEDGER_EXPENSE, c->partner_id, { c->earned_amount, c->currency } },
        { commission_account(c->place), c->partner_id, { -c->earned_amount, c->currency } },
    };
    return ledger_post(db, act, &entry, postings, 2, out);
}

struct commission commission_row(struct arena *arena, const struct ledger_act *act,
    const struct commission_cause *cause, const struct decision *d, size_t at)
{
    const struct decide_part *part = &d->parts[at];
    const struct decide_share *share = &cause->shares[part->share];
    const struct decide_order *order = cause->order;
    struct commission c = { .id = id_new(act->env),
        .program_id = cause->program_id,
        .partner_id = share->partner_id,
        .conversion_id = cause->conversion_id,
        .order_id = order->order_id,
        .kind = cause->kind,
        .currency = part->currency,
        .amount = part->amount,
        .earned_amount = part->amount,
        .base_amount = order->amount.minor,
        .base_currency = order->amount.currency,
        .share_bp = share->share_bp,
        .rule_id = part->rule->id,
        .rule_version = part->rule->version,
        .occurred_at = order->at,
        .matures_at = instant_plus_days(order->at, cause->hold_days),
        .created_at = act->at,
        .full_amount = part->amount,
        .whole = order->amount.minor,
        .kept_amount = order->amount.minor,
        .is_kept = true,
        .is_test = cause->is_test,
        .place = cause->held ? PLACE_HELD : PLACE_PENDING,
        .booked = part->amount,
        .status_reason = str_of(cause->held) };

    c.status = commission_status_of(&c, false);
    c.exact = exact_text(arena, part->exact);
    c.receipt = commission_receipt_text(arena, order, cause->shares, d, at);
    return c;
}

err commission_begin(struct db *db, const struct ledger_act *act, struct commission *c)
{
    struct ledger_posted posted;

    TRY(book(db, act, c, c->kind == COMMISSION_BONUS ? "bonus" : "accrue", true, &posted));
    TRY(commission_insert(db, c));
    return commission_note_event(db, act, c,
        &(struct happening){ .kind = "accrued",
            .amount = c->earned_amount,
            .entry_id = posted.entry_id,
            .reason = str_empty(c->bonus_for) ? c->status_reason : c->bonus_for,
            .cause_type = c->conversion_id ? "conversion" : NULL,
            .cause_id = c->conversion_id });
}

/* Later refunds multiply the exact sums by what was kept: refuse now what could not be reversed
 * then. */
static err check_reversible(struct arena *arena, const struct decision *d, int64_t whole)
{
    exact *exacts = ARENA_ARRAY(arena, exact, d->part_count + 1);
    int64_t *worth = ARENA_ARRAY(arena, int64_t, d->part_count + 1);

    for (size_t i = 0; i < d->part_count; i++)
        exacts[i] = d->parts[i].exact;
    return commission_worth(exacts, d->part_count, whole, whole > 1 ? 1 : 0, worth);
}

/* Rules that look at other orders: settled as every later change is. */
static err weigh_new(struct db *db, const struct ledger_act *act,
    const struct commission_cause *cause, struct commission_settling *settling)
{
    struct commission_order order = { .cause = *cause, .told_at = act->at };
    struct commission_why why = {
        .entry_kind = "adjust", .cause_type = "conversion", .cause_id = cause->conversion_id
    };

    return commission_weigh(db, &order, &why, settling);
}

err commission_accrue(struct db *db, const struct ledger_act *act,
    const struct commission_cause *cause, struct list *out, struct commission_settling *settling)
{
    struct arena *arena = db_arena(db);
    struct list rules;
    struct decision d;

    TRY(commission_rules_at(db, cause->program_id, cause->order->judged_at, &rules));
    TRY(commission_decide(
        arena, cause->order, cause->shares, cause->share_count, rules.at, rules.count, &d));
    TRY(check_reversible(arena, &d, cause->order->amount.minor));
    if (past_matters(&rules) || beside_matters(&rules))
        return weigh_new(db, act, cause, settling);

    struct commission *made = ARENA_ARRAY(arena, struct commission, d.part_count + 1);
    for (size_t i = 0; i < d.part_count; i++) {
        made[i] = commission_row(arena, act, cause, &d, i);
        TRY(commission_begin(db, act, &made[i]));
    }
    if (out)
        *out = (struct list){ made, d.part_count };
    return NULL;
}

/* ---- by hand
 * ---------------------------------------------------------------------------------------------- */

static struct commission by_hand_row(
    const struct ledger_act *act, const struct commission_by_hand *given)
{
    bool is_owed = given->amount.minor > 0;
    struct commission c = { .id = given->id,
        .program_id = given->program_id,
        .partner_id = given->partner_id,
        .kind = given->kind,
        .currency = given->amount.currency,
        .amount = given->amount.minor,
        .earned_amount = given->amount.minor,
        .base_currency = given->amount.currency,
        .full_amount = given->amount.minor,
        .is_kept = true,
        .share_bp = 10000,
        .occurred_at = act->at,
        .matures_at = act->at,
        .payable_at = act->at,
        .created_at = act->at,
        .is_test = given->is_test,
        .place = is_owed ? PLACE_PAYABLE : PLACE_CARRIED,
        .booked = given->amount.minor,
        .status_note = given->reason };

    c.status = commission_status_of(&c, false);
    return c;
}

static err carry_by_hand(
    struct db *db, const struct ledger_act *act, const struct commission *c, int64_t entry_id)
{
    struct carry carry = { .id = id_new(act->env),
        .program_id = c->program_id,
        .partner_id = c->partner_id,
        .commission_id = c->id,
        .entry_id = entry_id,
        .currency = c->currency,
        .amount = c->earned_amount,
        .reason = STR("adjustment"),
        .at = act->at,
        .is_test = c->is_test };
    return commission_carry_add(db, &carry);
}

err commission_add(struct db *db, const struct ledger_act *act,
    const struct commission_by_hand *given, struct commission *out)
{
    struct commission c = by_hand_row(act, given);
    struct ledger_posted posted;

    c.exact = exact_text(db_arena(db), exact_of(c.earned_amount));
    c.receipt = commission_receipt_by_hand(db_arena(db), &c);
    TRY(book(db, act, &c, commission_kind_names[c.kind], false, &posted));
    TRY(commission_insert(db, &c));
    if (c.place == PLACE_CARRIED)
        TRY(carry_by_hand(db, act, &c, posted.entry_id));
    TRY(commission_note_event(db, act, &c,
        &(struct happening){ .kind = "accrued",
            .amount = c.earned_amount,
            .entry_id = posted.entry_id,
            .note = given->reason }));
    if (out)
        *out = c;
    return NULL;
}
