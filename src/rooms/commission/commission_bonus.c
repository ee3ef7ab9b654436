/* Bonuses of rules: for a first sale, for reaching a target, for what recruited partners earn. Each
 * is a commission of its own that follows the orders it hangs on, up and down. */
#include "rooms/commission/commission_beside.h"
#include "rooms/commission/commission_goal.h"

#include "base/arena.h"
#include "base/id.h"
#include "rooms/commission/commission.sql.h"
#include "rooms/commission/commission_inside.h"
#include "rooms/commission/commission_source.h"
#include "rooms/commission/commission_sum.h"
#include "rooms/commission/rule_earn.h"
#include "rooms/commission/rule_inside.h"

enum { WHOLE_BP = 10000 };

/* ---- the row of a bonus
 * ----------------------------------------------------------------------------------------- */

struct bonus {
    const struct rule *rule;
    int64_t partner_id, conversion_id;
    str order_id;
    bool is_test;
    amount worth;
    amount base; /* what it is a part of; none: a fixed sum */
    exact exact;
    struct bonus_told told;
    struct giver giver;
};

static err begin_bonus(struct db *db, const struct ledger_act *act, const struct bonus *given,
    int64_t *out_id)
{
    struct commission c = { .id = id_new(act->env),
        .program_id = given->rule->program_id,
        .partner_id = given->partner_id,
        .conversion_id = given->conversion_id,
        .order_id = given->order_id,
        .kind = COMMISSION_BONUS,
        .bonus_for = str_of(rule_kind_names[given->rule->kind]),
        .currency = given->worth.currency,
        .amount = given->worth.minor,
        .earned_amount = given->worth.minor,
        .full_amount = given->worth.minor,
        .base_amount = given->base.minor,
        .base_currency = given->worth.currency,
        .share_bp = WHOLE_BP,
        .rule_id = given->rule->id,
        .rule_version = given->rule->version,
        .status_note = given->rule->name,
        .occurred_at = given->giver.occurred_at,
        .matures_at = given->giver.matures_at,
        .source_id = given->giver.commission_id,
        .created_at = act->at,
        .is_kept = true,
        .is_test = given->is_test,
        .place = PLACE_PENDING,
        .booked = given->worth.minor };

    c.status = commission_status_of(&c, false);
    c.exact = exact_text(db_arena(db), given->exact);
    struct bonus_told told = given->told;
    told.exact = given->exact;
    c.receipt = commission_receipt_bonus(db_arena(db), &c, &told);
    *out_id = c.id;
    return commission_begin(db, act, &c);
}

/* Another worth, or given by another: it hangs on that and matures with it. */
struct following {
    const struct rule *rule;
    int64_t id, worth;
    struct giver giver; /* of none: nothing gives it any more */
};

static err follow_bonus(struct db *db, const struct ledger_act *act, const struct following *f,
    const struct commission_why *cause)
{
    struct commission_why why = *cause;
    struct commission c = { 0 };

    why.entry_kind = "adjust";
    why.reason = str_of(rule_kind_names[f->rule->kind]);
    why.is_refund = false;
    TRY(commission_find(db, f->rule->program_id, 0, f->id, &c));
    c.full_amount = f->worth;
    c.is_kept = f->giver.commission_id != 0;
    if (c.is_kept) {
        c.source_id = f->giver.commission_id;
        c.matures_at = f->giver.matures_at;
    }
    TRY(commission_post_difference(db, act, &c, f->worth, &why));
    return c.status == COMMISSION_DECLINED ? NULL : source_follow(db, act, &c);
}

/* ---- first sale and target
 * --------------------------------------------------------------------------------------- */

static err give_once(struct db *db, const struct ledger_act *act, const struct beside *b,
    const struct commission_why *why)
{
    struct rule rule = { 0 };
    struct giver giver;
    bool moves;
    int64_t id;

    TRY(goal_seek(db, b, &rule, &giver, &moves));
    if (!moves)
        return NULL;
    const struct param *key = PARAMS(P("rule_line_id", b->rule_line_id),
        P("partner_id", b->partner_id), P("is_test", b->is_test), P("period_from", b->period_from));
    TRY(db_int(db, &COMMISSION_BONUS_ONE, key, &id));
    if (id) {
        if (!giver.commission_id)
            TRY(commission_rule_find(db, b->program_id, b->rule_id, &rule));
        return follow_bonus(db, act,
            &(struct following){ &rule, id, giver.commission_id ? rule.reward.amount : 0, giver },
            why);
    }
    if (!giver.commission_id)
        return NULL;
    struct commission by = { 0 };
    TRY(commission_find(db, b->program_id, 0, giver.commission_id, &by));
    struct bonus bonus = { .rule = &rule,
        .partner_id = b->partner_id,
        .is_test = b->is_test,
        .told = { .order_id = by.order_id, .goal = rule.target, .volume = rule.tiered_by.currency },
        .worth = { rule.reward.amount, rule.reward.currency },
        .exact = exact_of(rule.reward.amount),
        .giver = giver };
    TRY(begin_bonus(db, act, &bonus, &id));
    return db_run(db, &COMMISSION_BONUS_INSERT,
        PARAMS(P("rule_line_id", b->rule_line_id), P("partner_id", b->partner_id),
            P("is_test", b->is_test), P("period_from", b->period_from), P("commission_id", id)),
        NULL, NULL, NULL);
}

err bonus_so_far(struct db *db, const struct rule *rule, int64_t partner_id, instant now, int64_t *out)
{
    struct beside like = { .program_id = rule->program_id,
        .rule_line_id = rule->line_id,
        .partner_id = partner_id };
    instant from, to;

    rule_period_of(rule->tiered_by.period, now, &from, &to);
    like.period_from = from.ms;
    return sum_of_goal(db, rule, &like, false, out);
}

/* ---- recruiting
 * ---------------------------------------------------------------------------------------------------- */

static err give_recruiter(struct db *db, const struct ledger_act *act, const struct commission *c,
    const struct beside *b, const struct commission_why *why)
{
    struct rule rule = { 0 };
    struct giver giver = { 0 };
    int64_t worth, id;

    TRY(commission_rule_find(db, b->program_id, b->rule_id, &rule));
    const struct rule_level *level = (const struct rule_level *)rule.levels.at + b->level - 1;
    exact part = exact_share(c->amount, level->percent_bp, WHOLE_BP);
    TRY(exact_round(part, &worth));
    if (c->is_kept && c->status != COMMISSION_DECLINED)
        giver = (struct giver){ c->id, c->occurred_at, c->matures_at };
    if (b->bonus_id)
        return follow_bonus(
            db, act, &(struct following){ &rule, b->bonus_id, worth, giver }, why);
    if (worth == 0)
        return NULL;
    struct bonus bonus = { .rule = &rule,
        .partner_id = b->partner_id,
        .conversion_id = c->conversion_id,
        .order_id = c->order_id,
        .is_test = b->is_test,
        .worth = { worth, c->currency },
        .base = { c->amount, c->currency },
        .told = { .percent_bp = level->percent_bp },
        .exact = part,
        .giver = giver };
    TRY(begin_bonus(db, act, &bonus, &id));
    return db_run(db, &COMMISSION_BESIDE_BONUS,
        PARAMS(P("commission_id", b->commission_id), P("rule_line_id", b->rule_line_id),
            P("level", b->level), P("bonus_id", id)),
        NULL, NULL, NULL);
}

err beside_bonuses(struct db *db, const struct ledger_act *act, const struct touched *all,
    const struct commission_why *why)
{
    struct earliest goals = { 0 }; /* whose members add something else than before */

    for (size_t i = 0; i < all->count; i++) {
        struct list rows;
        if (!all->at[i].is_beside)
            continue;
        TRY(beside_of(db, all->at[i].c.id, &rows));
        const struct beside *b = rows.at;
        for (size_t k = 0; k < rows.count; k++) {
            bool changes = false;
            if (b[k].kind == RULE_RECRUIT)
                TRY(give_recruiter(db, act, &all->at[i].c, &b[k], why));
            if (b[k].kind == RULE_FIRST_SALE || b[k].kind == RULE_TARGET)
                TRY(goal_note(db, &all->at[i].c, &b[k], &changes));
            if (changes)
                earliest_add(db_arena(db), &goals, &b[k]);
        }
    }
    for (size_t i = 0; i < goals.count; i++)
        TRY(give_once(db, act, &goals.at[i], why));
    return NULL;
}
