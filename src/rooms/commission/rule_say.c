/* What a rule gives, as pages say it: values for the words of commission/terms. */
#include "rooms/commission/decide.h"
#include "rooms/commission/rule_earn.h"
#include "rooms/commission/rule_inside.h"

static void say_reward(struct view *v, const struct rule *rule, int32_t percent_bp, int64_t minor)
{
    view_bool(v, "is_fixed", rule_is_fixed(rule));
    view_money(v, "fixed", (amount){ minor, rule->reward.currency });
    view_percent_bp(v, "percent", percent_bp);
    view_bool(v, "is_per_item", rule->reward.per == PER_ITEM && rule_is_fixed(rule));
    view_bool(v, "is_per_click", rule_is_for_clicks(rule));
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

/* ---- a line of arithmetic
 * ----------------------------------------------------------------------------------------- */

static void say_slices(
    struct arena *arena, struct view *v, const struct decide_line *line, currency unit)
{
    const struct rule_earned *earned = line->earned;
    struct view *list = view_list(v, "slices");

    for (size_t i = 0; earned && earned->count > 1 && i < earned->count; i++) {
        const struct rule_slice *slice = &earned->slices[i];
        struct view *part = view_item(list);
        view_money(part, "part", (amount){ slice->volume, line->base.currency });
        view_percent_bp(part, "percent", slice->percent_bp);
        view_str(part, "slice_exact", exact_decimal(arena, slice->exact, unit));
    }
}

void commission_line_view(struct arena *arena, struct view *v, const struct decide_line *line)
{
    const struct rule_earned *earned = line->earned;
    bool is_stepped = earned && earned->count == 1;
    const struct rule_reward *own = &line->rule->reward;
    currency unit = rule_is_fixed(line->rule) ? own->currency : line->base.currency;

    view_bool(v, "is_over", earned && earned->count == 0);
    view_bool(v, "is_cut_up", earned && earned->count > 1);
    say_reward(v, line->rule, is_stepped ? earned->slices[0].percent_bp : own->percent_bp,
        is_stepped ? earned->slices[0].amount : own->amount);
    say_slices(arena, v, line, unit);
    view_str(v, "exact", exact_decimal(arena, line->exact, unit));
    view_bool(v, "is_capped", line->cut.e8 > 0);
    view_str(v, "cut", exact_decimal(arena, line->cut, unit));
}
