/* What partners see of rules: what each gives them, how far the next step is, what will change. */
#include "rooms/commission/decide.h"
#include "rooms/commission/rule_earn.h"
#include "rooms/commission/rule_inside.h"

#include "base/arena.h"
#include "rooms/commission/commission.sql.h"
#include "rooms/commission/commission_beside.h"
#include "rooms/commission/commission_sum.h"
#include "rooms/coupon/coupon.h"
#include "rooms/partner/partner.h"
#include "rooms/program/program.h"

/* ---- how far
 * ------------------------------------------------------------------------------------------------
 */

/* His volume of the period in which `now` lies, live. */
static err volume_so_far(
    struct db *db, const struct rule *rule, int64_t partner_id, instant now, int64_t *out)
{
    struct volume now_his = { .program_id = rule->program_id,
        .rule_line_id = rule->line_id,
        .partner_id = partner_id,
        .occurred_at = now };

    return sum_of_volume(db, rule, &now_his, false, out);
}

static void amount_or_count(
    struct view *v, const char *money, const char *number, const struct rule *rule, int64_t volume)
{
    if (rule->tiered_by.measure == VOLUME_ORDERS)
        view_int(v, number, volume);
    else
        view_money(v, money, (amount){ volume, rule->tiered_by.currency });
}

/* What is still to come: a step's rate, or a bonus. */
static void goal_view(
    struct view *v, const struct rule *rule, int64_t volume, struct rule_step goal)
{
    amount_or_count(v, "so_far", "orders_so_far", rule, volume);
    amount_or_count(v, "until", "orders_until", rule, goal.from);
    view_bool(v, "is_top", volume >= goal.from);
    view_int(v, "width", volume >= goal.from ? 100 : (int64_t)((__int128)volume * 100 / goal.from));
    view_bool(v, "next_is_fixed", rule_is_fixed(rule));
    view_percent_bp(v, "next_percent", goal.percent_bp);
    view_money(v, "next_fixed", (amount){ goal.amount, rule->reward.currency });
}

/* "730 of 1,000 until 7 %" */
static err progress_view(
    struct request *rq, struct view *item, const struct rule *rule, int64_t partner_id)
{
    const struct rule_step *step = rule->tiers.at;
    int64_t volume = 0;
    size_t next = 0;

    if (rule->kind == RULE_TARGET) {
        TRY(bonus_so_far(rq->db, rule, partner_id, rq->now, &volume));
        goal_view(view_object(item, "progress"), rule, volume,
            (struct rule_step){ .from = rule->target, .amount = rule->reward.amount });
    }
    if (rule->tiers.count == 0)
        return NULL;
    TRY(volume_so_far(rq->db, rule, partner_id, rq->now, &volume));
    while (next + 1 < rule->tiers.count && step[next].from <= volume)
        next++;
    goal_view(view_object(item, "progress"), rule, volume, step[next]);
    return NULL;
}

/* ---- which
 * --------------------------------------------------------------------------------------------------
 */

/* A code of another partner is nobody else's business. */
static err is_others_code(
    struct db *db, const struct rule *rule, int64_t partner_id, bool *out_others)
{
    struct coupon coupon = { 0 };
    bool found = false;

    *out_others = false;
    if (!rule->scope.coupon.at)
        return NULL;
    TRY(coupon_find_code(db, rule->program_id, rule->scope.coupon, &coupon, &found));
    *out_others = found && coupon.partner_id && coupon.partner_id != partner_id;
    return NULL;
}

/* For everyone, as far as one partner sees it: nothing asked for but himself or his group. */
static bool is_general(const struct rule *rule)
{
    struct rule_scope scope = rule->scope;

    scope.partner_id = 0;
    scope.group = STR_NONE;
    return rule->kind == RULE_COMMISSION && rule_is_for_everyone(&scope);
}

static bool has_begun(const struct rule *rule, instant now)
{
    return rule->starts_at.ms <= now.ms;
}

void rule_say_mine(struct arena *arena, struct view *item, const struct rule *rule)
{
    struct rule_scope scope = rule->scope;

    scope.partner_id = 0; /* that it is his is understood */
    view_str(item, "name", rule->name);
    view_bool(item, "is_general", is_general(rule));
    view_bool(item, "is_his_own", rule->scope.partner_id != 0);
    view_str(item, "category", scope.category);
    commission_rule_view(item, rule);
    commission_scope_view(arena, item, "conditions", &scope);
}

static err coming_view(struct request *rq, struct view *list, const struct list *rules)
{
    struct list planned;

    rules_planned(rq->arena, rules, rq->now, &planned);
    const struct planned *change = planned.at;
    for (size_t i = 0; i < planned.count; i++) {
        struct view *item = view_item(list);
        rule_say_mine(rq->arena, item, change[i].rule);
        view_instant(item, "planned_at", change[i].at);
        view_bool(item, "begins", change[i].begins);
        view_bool(item, "replaces", change[i].replaces);
    }
    return NULL;
}

err rules_of_partner(struct db *db, int64_t program_id, int64_t partner_id, str group, instant at,
    struct list *out)
{
    size_t count = 0;
    bool is_others;

    TRY(commission_rules_for(db, program_id, partner_id, group, at, out));
    struct rule *rule = out->at;
    for (size_t i = 0; i < out->count; i++) {
        TRY(is_others_code(db, &rule[i], partner_id, &is_others));
        if (!is_others && rule[i].kind != RULE_BUDGET)
            rule[count++] = rule[i];
    }
    out->count = count;
    return NULL;
}

err commission_rates_view(struct request *rq, struct view *into, int64_t partner_id, str group)
{
    struct view *rates = view_list(into, "rates"), *coming = view_list(into, "coming");
    struct list all = { 0 };
    bool has_general = false;

    TRY(rules_of_partner(rq->db, rq->program_id, partner_id, group, rq->now, &all));
    const struct rule *rule = all.at;
    for (size_t i = 0; i < all.count; i++) {
        bool for_orders = rule[i].kind == RULE_COMMISSION && !rule_is_for_clicks(&rule[i]);
        if (!has_begun(&rule[i], rq->now) || (has_general && for_orders))
            continue; /* not yet, or never reached: one above fits every order of his */
        has_general |= is_general(&rule[i]);
        struct view *item = view_item(rates);
        rule_say_mine(rq->arena, item, &rule[i]);
        TRY(progress_view(rq, item, &rule[i], partner_id));
    }
    return coming_view(rq, coming, &all);
}

/* His page "your rates". */
err rule_mine(struct request *rq, struct reply *rp)
{
    struct partner partner = { 0 };

    if (!rq->partner_id)
        return &RULE_NOT_FOUND;
    TRY(partner_get(rq->db, rq->program_id, rq->partner_id, &partner));
    return commission_rates_view(rq, reply_view(rp), partner.id, partner.group);
}

/* ---- for everybody
 * --------------------------------------------------------------------------------------------- */

/* Agreements with single partners are their own, and so are limits. */
static bool is_public(const struct rule *rule)
{
    return !rule->scope.partner_id && !rule->scope.coupon.at && rule->kind != RULE_PARTNER_CAP &&
           rule->kind != RULE_BUDGET;
}

static int32_t highest_of(const struct rule *rule)
{
    const struct rule_step *step = rule->tiers.at;
    int32_t highest = rule->reward.percent_bp;

    for (size_t i = 0; i < rule->tiers.count; i++)
        highest = step[i].percent_bp > highest ? step[i].percent_bp : highest;
    return rule->kind == RULE_COMMISSION && !rule_is_fixed(rule) ? highest : 0;
}

err commission_public_rates_view(struct request *rq, struct view *into, int64_t program_id)
{
    struct view *rates = view_list(into, "rates");
    struct list all = { 0 };
    int32_t highest = 0;

    TRY(commission_rules_at(rq->db, program_id, rq->now, &all));
    const struct rule *rule = all.at;
    for (size_t i = 0; i < all.count; i++) {
        if (!is_public(&rule[i]))
            continue;
        struct view *item = view_item(rates);
        rule_say_mine(rq->arena, item, &rule[i]);
        view_bool(item, "is_general",
            rule[i].kind == RULE_COMMISSION && rule_is_for_everyone(&rule[i].scope));
        view_bool(item, "is_everyone", rule_is_for_everyone(&rule[i].scope));
        view_instant(item, "starts_at", rule[i].starts_at);
        highest = highest_of(&rule[i]) > highest ? highest_of(&rule[i]) : highest;
    }
    view_percent_bp(into, "highest", highest);
    view_bool(into, "has_highest", highest > 0);
    return NULL;
}
