/* Steps by volume, renewals and caps: what one line earns when the past is known. */
#include "rooms/commission/rule_earn.h"

enum { WHOLE_BP = 10000 };

bool rule_has_past(const struct rule *rule)
{
    const struct rule_recurring *r = &rule->recurring;
    return rule->tiers.count > 0 || r->steps.count > 0 || r->orders > 0 || r->months > 0;
}

bool rule_is_fixed(const struct rule *rule)
{
    return !currency_none(rule->reward.currency);
}

/* ---- time
 * ---------------------------------------------------------------------------------------------------
 */

void rule_period_of(enum rule_period period, instant at, instant *out_from, instant *out_to)
{
    struct civil day = instant_civil(at), from = { .year = day.year, .month = 1, .day = 1 };
    struct civil to = { .year = day.year + 1, .month = 1, .day = 1 };

    *out_from = *out_to = (instant){ 0 };
    if (period == PERIOD_EVER)
        return;
    if (period == PERIOD_MONTH) {
        from.month = day.month;
        to.year = day.month == 12 ? day.year + 1 : day.year;
        to.month = day.month == 12 ? 1 : day.month + 1;
    }
    *out_from = instant_from_civil(from);
    *out_to = instant_from_civil(to);
}

static int days_of_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* The same day and hour, so many months later; the month's last day when it has no such day. */
static instant months_after(instant first, int64_t months)
{
    struct civil c = instant_civil(first);
    int64_t month = c.month - 1 + months;

    c.year += (int)(month / 12);
    c.month = (int)(month % 12) + 1;
    if (c.day > days_of_month(c.year, c.month))
        c.day = days_of_month(c.year, c.month);
    return instant_from_civil(c);
}

int64_t rule_months_between(instant first, instant at)
{
    struct civil a = instant_civil(first), b = instant_civil(at);
    int64_t months = (int64_t)(b.year - a.year) * 12 + b.month - a.month;

    if (at.ms <= first.ms)
        return 0;
    return months_after(first, months).ms > at.ms ? months - 1 : months;
}

/* ---- volume
 * -------------------------------------------------------------------------------------------------
 */

int64_t rule_volume_of(
    const struct rule *rule, amount base, int32_t share_bp, int64_t kept, int64_t whole)
{
    const struct rule_volume *by = &rule->tiered_by;
    __int128 part, per = (__int128)whole * WHOLE_BP;

    if (whole <= 0 || kept <= 0)
        return 0;
    if (by->measure == VOLUME_ORDERS)
        return 1;
    if (!currency_eq(by->currency, base.currency))
        return 0;
    part = (__int128)base.minor * share_bp;
    if (__builtin_mul_overflow(part, (__int128)kept, &part))
        return 0; /* beyond any order that is taken in */
    return (int64_t)((part + per / 2) / per);
}

/* ---- steps
 * --------------------------------------------------------------------------------------------------
 */

static struct rule_step own_step(const struct rule *rule)
{
    return (struct rule_step){ 0, rule->reward.percent_bp, rule->reward.amount };
}

/* The last step that begins at or before `reached`. */
static struct rule_step step_at(const struct rule *rule, const struct list *steps, int64_t reached)
{
    struct rule_step found = own_step(rule);
    const struct rule_step *step = steps->at;

    for (size_t i = 0; i < steps->count; i++)
        if (step[i].from <= reached)
            found = step[i];
    return found;
}

static void add_slice(struct rule_earned *out, struct rule_slice slice)
{
    out->exact = exact_add(out->exact, slice.exact);
    out->slices[out->count++] = slice;
}

/* The whole line by one reward. */
static err earn_by(const struct rule *rule, const struct rule_ask *ask, struct rule_step step,
    struct rule_earned *out)
{
    struct rule_slice slice = {
        .from = step.from, .percent_bp = step.percent_bp, .amount = step.amount
    };
    int64_t fixed = step.amount;

    if (!rule_is_fixed(rule)) {
        slice.exact = exact_share(ask->base.minor, step.percent_bp, ask->share_bp);
        add_slice(out, slice);
        return NULL;
    }
    if (rule->reward.per == PER_ORDER && ask->is_given)
        fixed = 0;
    if (rule->reward.per == PER_ITEM && __builtin_mul_overflow(fixed, ask->quantity, &fixed))
        return &AMOUNT_OVERFLOW;
    slice.exact = exact_share(fixed, WHOLE_BP, ask->share_bp);
    add_slice(out, slice);
    return NULL;
}

static err cut(
    const struct rule_ask *ask, struct rule_step step, int64_t volume, struct rule_earned *out)
{
    __int128 product = (__int128)ask->base.minor * ask->share_bp;

    if (__builtin_mul_overflow(product, (__int128)volume * step.percent_bp, &product))
        return &AMOUNT_OVERFLOW;
    bool is_even = product % ask->volume == 0;
    add_slice(out, (struct rule_slice){ .from = step.from,
                       .volume = volume,
                       .percent_bp = step.percent_bp,
                       .exact = { product / ask->volume + (is_even ? 0 : 1) } });
    return NULL;
}

/* A line that reaches over a step is cut there. */
static err earn_in_slices(
    const struct rule *rule, const struct rule_ask *ask, struct rule_earned *out)
{
    const struct rule_step *steps = rule->tiers.at;
    int64_t from = ask->before, to;

    if (__builtin_add_overflow(ask->before, ask->volume, &to))
        return &AMOUNT_OVERFLOW;
    for (size_t i = 0; i < rule->tiers.count && from < to; i++)
        if (steps[i].from > from && steps[i].from < to) {
            TRY(cut(ask, step_at(rule, &rule->tiers, from), steps[i].from - from, out));
            from = steps[i].from;
        }
    if (from == ask->before)
        return earn_by(rule, ask, step_at(rule, &rule->tiers, from), out);
    return cut(ask, step_at(rule, &rule->tiers, from), to - from, out);
}

static err earn_by_volume(
    const struct rule *rule, const struct rule_ask *ask, struct rule_earned *out)
{
    const struct rule_volume *by = &rule->tiered_by;
    int64_t reached = ask->before;

    if (by->mode == MODE_RETROACTIVE) {
        if (__builtin_add_overflow(reached, ask->volume, &reached))
            return &AMOUNT_OVERFLOW;
    } else if (by->measure == VOLUME_ORDERS) {
        reached++; /* which order it is, from 1 */
    } else if (!rule_is_fixed(rule) && ask->volume > 0) {
        return earn_in_slices(rule, ask, out);
    }
    return earn_by(rule, ask, step_at(rule, &rule->tiers, reached), out);
}

static bool is_over(const struct rule_recurring *r, const struct rule_ask *ask)
{
    return (r->orders > 0 && ask->nth > r->orders) || (r->months > 0 && ask->months >= r->months);
}

err rule_earns(const struct rule *rule, const struct rule_ask *ask, struct rule_earned *out)
{
    out->exact = (exact){ 0 };
    out->count = 0; /* the slices behind it are nobody's */
    if (rule->tiers.count > 0)
        return earn_by_volume(rule, ask, out);
    if (is_over(&rule->recurring, ask))
        return NULL;
    return earn_by(
        rule, ask, step_at(rule, &rule->recurring.steps, ask->nth > 1 ? ask->nth : 1), out);
}

bool rule_cap_of(const struct rule *rule, currency unit, int32_t share_bp, exact *out)
{
    if (rule->cap.amount == 0 || !currency_eq(rule->cap.currency, unit))
        return false;
    *out = exact_share(rule->cap.amount, WHOLE_BP, share_bp);
    return true;
}
