/* What a rule gives, as pages say it: values for the words of commission/terms. */
#include "rooms/commission/commission.h"
#include "rooms/commission/rule_earn.h"

static void say_reward(struct view *v, const struct rule *rule, int32_t percent_bp, int64_t minor)
{
    view_bool(v, "is_fixed", rule_is_fixed(rule));
    view_money(v, "fixed", (amount){ minor, rule->reward.currency });
    view_percent_bp(v, "percent", percent_bp);
    view_bool(v, "is_per_item", rule->reward.per == PER_ITEM && rule_is_fixed(rule));
}

static void say_period(struct view *v, const struct rule_volume *by)
{
    view_bool(v, "by_month", by->period == PERIOD_MONTH);
    view_bool(v, "by_year", by->period == PERIOD_YEAR);
    view_bool(v, "by_ever", by->period == PERIOD_EVER);
    view_bool(v, "counts_orders", by->measure == VOLUME_ORDERS);
    view_bool(v, "is_retroactive", by->mode == MODE_RETROACTIVE);
}

static void say_tiers(struct view *v, const struct rule *rule)
{
    const struct rule_step *step = rule->tiers.at;
    struct view *list = view_list(v, "climbs");

    for (size_t i = 0; i < rule->tiers.count; i++) {
        struct view *item = view_item(list);
        say_reward(item, rule, step[i].percent_bp, step[i].amount);
        view_int(item, "nth", step[i].from);
        view_money(item, "from", (amount){ step[i].from, rule->tiered_by.currency });
    }
}

static void say_renewals(struct view *v, const struct rule *rule)
{
    const struct rule_recurring *r = &rule->recurring;
    const struct rule_step *step = r->steps.at;
    struct view *list = view_list(v, "renewals");

    for (size_t i = 0; i < r->steps.count; i++) {
        struct view *item = view_item(list);
        say_reward(item, rule, step[i].percent_bp, step[i].amount);
        view_int(item, "nth", step[i].from);
    }
    view_int(v, "renewal_orders", r->orders);
    view_int(v, "renewal_months", r->months);
}

static void say_levels(struct view *v, const struct rule *rule)
{
    const struct rule_level *level = rule->levels.at;
    struct view *list = view_list(v, "upwards");

    for (size_t i = 0; i < rule->levels.count; i++) {
        struct view *item = view_item(list);
        view_int(item, "nth", (int64_t)i + 1);
        view_percent_bp(item, "percent", level[i].percent_bp);
    }
    view_int(v, "recruit_months", rule->months);
}

void commission_rule_view(struct view *v, const struct rule *rule)
{
    view_enum(v, "gives", rule_kind_names, rule->kind);
    say_reward(v, rule, rule->reward.percent_bp, rule->reward.amount);
    say_period(v, &rule->tiered_by);
    say_tiers(v, rule);
    say_renewals(v, rule);
    say_levels(v, rule);
    view_money(v, "most", (amount){ rule->cap.amount, rule->cap.currency });
    view_int(v, "goal_orders", rule->target);
    view_money(v, "goal", (amount){ rule->target, rule->tiered_by.currency });
}
