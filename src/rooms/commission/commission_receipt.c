/* The frozen receipt: which rules stood, which decided, and the arithmetic line by line. */
#include "rooms/commission/commission.h"
#include "rooms/commission/commission_inside.h"
#include "rooms/commission/rule_earn.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "view/view.h"

/* Pages ask what kind it is; the frozen receipt keeps kind and value alone. */
static struct view *scope_item(struct view *list, const char *kind, str value)
{
    if (!value.at)
        return NULL;
    struct view *item = view_item(list);
    view_text(item, "kind", kind);
    view_str(item, "value", value);
    commission_scope_flags(view_page(item), str_of(kind));
    view_bool(view_page(item), "is_new_customer", str_eq(value, STR("new")));
    return item;
}

static void scope_money(
    struct arena *arena, struct view *list, const char *kind, int64_t minor, currency unit)
{
    amount money = { minor, unit };

    if (minor == 0)
        return;
    struct view *item = scope_item(list, kind, amount_decimal(arena, money));
    view_minor(item, "amount", money);
    view_currency(item, "currency", unit);
}

void commission_scope_flags(struct view *page, str kind)
{
    static const struct {
        const char *kind, *flag;
    } flags[] = { { "partner", "is_partner" }, { "sku", "is_sku" }, { "category", "is_category" },
        { "coupon", "is_coupon" }, { "group", "is_group" }, { "event", "is_event" },
        { "customer", "is_customer" }, { "country", "is_country" }, { "sub", "is_sub" },
        { "order_from", "is_from" }, { "order_below", "is_below" } };

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        view_bool(page, flags[i].flag, str_eq(kind, str_of(flags[i].kind)));
}

void commission_scope_view(
    struct arena *arena, struct view *into, const char *name, const struct rule_scope *scope)
{
    struct view *list = view_list(into, name);

    scope_item(list, "partner", id_print(arena, "par", scope->partner_id));
    scope_item(list, "sku", scope->sku);
    scope_item(list, "category", scope->category);
    scope_item(list, "coupon", scope->coupon);
    scope_item(list, "group", scope->group);
    scope_item(list, "event", scope->event);
    if (scope->customer != CUSTOMER_ANY)
        scope_item(list, "customer", str_of(rule_customer_names[scope->customer]));
    scope_item(list, "country", scope->country);
    scope_money(arena, list, "order_from", scope->order_from, scope->order_currency);
    scope_money(arena, list, "order_below", scope->order_below, scope->order_currency);
    scope_item(list, "sub", scope->sub);
}

static void reward_view(struct view *into, const struct rule_reward *reward)
{
    if (currency_none(reward->currency)) {
        view_percent_bp(into, "percent_bp", reward->percent_bp);
        return;
    }
    view_minor(into, "amount", (amount){ reward->amount, reward->currency });
    view_currency(into, "reward_currency", reward->currency);
    view_enum(into, "per", rule_per_names, reward->per);
}

static void order_view(struct view *into, const struct decide_order *order)
{
    view_str(into, "order_id", order->order_id);
    view_str(into, "type", order->type);
    view_minor(into, "amount", order->amount);
    view_currency(into, "currency", order->amount.currency);
    view_str(into, "coupon", order->coupon);
    view_str(into, "country", order->country);
    view_bool(into, "new_customer", order->is_new_customer);
    view_instant(into, "occurred_at", order->at);
}

static int64_t lines_decided(const struct decision *d, size_t share, const struct rule *rule)
{
    int64_t count = 0;
    for (size_t i = 0; i < d->line_count; i++)
        count += d->lines[i].share == share && d->lines[i].rule == rule;
    return count;
}

/* A rule is shown to a partner when it might have been his: never another partner's, never another
 * group's. */
static bool concerns(const struct rule_scope *scope, const struct decide_share *share)
{
    if (scope->partner_id && scope->partner_id != share->partner_id)
        return false;
    return !scope->group.at || str_eq(scope->group, share->group);
}

static void rules_view(struct arena *arena, struct view *into, const struct decide_share *shares,
    const struct decision *d, size_t share)
{
    struct view *list = view_list(into, "rules");
    for (size_t i = 0; i < d->tried_count; i++) {
        const struct rule *rule = d->tried[i];
        int64_t decided = lines_decided(d, share, rule);
        if (!decided && !concerns(&rule->scope, &shares[share]))
            continue;
        struct view *item = view_item(list);
        view_id(item, "rule_id", "rul", rule->id);
        view_int(item, "version", rule->version);
        view_str(item, "name", rule->name);
        commission_scope_view(arena, item, "scope", &rule->scope);
        reward_view(item, &rule->reward);
        view_instant(item, "starts_at", rule->starts_at);
        view_text(item, "outcome", decided ? "used" : "not_used");
        view_int(item, "lines", decided);
    }
}

/* The rate that held for the line: its own step's, where it lies in one. */
static struct rule_reward reward_of(const struct decide_line *line)
{
    struct rule_reward reward = line->rule->reward;

    if (line->earned && line->earned->count == 1) {
        reward.percent_bp = line->earned->slices[0].percent_bp;
        reward.amount = line->earned->slices[0].amount;
    }
    return reward;
}

static void steps_view(
    struct arena *arena, struct view *item, const struct decide_line *line, currency unit)
{
    const struct rule_earned *earned = line->earned;

    if (!earned)
        return;
    view_bool(item, "is_over", earned->count == 0);
    if (earned->count < 2)
        return;
    struct view *steps = view_list(item, "steps");
    for (size_t i = 0; i < earned->count; i++) {
        struct view *step = view_item(steps);
        view_int(step, "from", earned->slices[i].from);
        view_int(step, "volume", earned->slices[i].volume);
        view_percent_bp(step, "percent_bp", earned->slices[i].percent_bp);
        view_str(step, "exact", exact_decimal(arena, earned->slices[i].exact, unit));
    }
}

static void line_view(struct arena *arena, struct view *list, const struct decide_order *order,
    const struct decide_line *line)
{
    struct view *item = view_item(list);
    const struct decide_item *of = line->item >= 0 ? &order->items[line->item] : NULL;
    bool is_fixed = line->rule && !currency_none(line->rule->reward.currency);
    currency unit = is_fixed ? line->rule->reward.currency : line->base.currency;

    view_text(item, "of", of ? "item" : line->item == DECIDE_REST ? "rest" : "order");
    if (of) {
        view_str(item, "sku", of->sku);
        view_str(item, "name", of->name);
        view_str(item, "category", of->category);
        view_int(item, "quantity", of->quantity);
    }
    view_minor(item, "base", line->base);
    view_currency(item, "base_currency", line->base.currency);
    if (line->rule) {
        view_id(item, "rule_id", "rul", line->rule->id);
        struct rule_reward reward = reward_of(line);
        reward_view(item, &reward);
        steps_view(arena, item, line, unit);
    }
    view_str(item, "exact", exact_decimal(arena, line->exact, unit));
    if (line->cut.e8 > 0)
        view_str(item, "cut", exact_decimal(arena, line->cut, unit));
    view_currency(item, "currency", unit);
}

static bool is_of_part(const struct decide_line *line, const struct decide_part *part)
{
    if (line->share != part->share)
        return false;
    if (!line->rule) /* no rule, no sum: shown all the same */
        return true;
    bool is_fixed = !currency_none(line->rule->reward.currency);
    return currency_eq(
        is_fixed ? line->rule->reward.currency : line->base.currency, part->currency);
}

static void sum_view(struct arena *arena, struct view *into, const struct decision *d,
    const struct decide_part *part)
{
    exact sum = { 0 }, rounded = exact_of(part->amount);
    int64_t total = 0, partners = 0;

    view_str(into, "exact", exact_decimal(arena, part->exact, part->currency));
    view_str(
        into, "rounding", exact_decimal(arena, exact_sub(rounded, part->exact), part->currency));
    view_minor(into, "amount", (amount){ part->amount, part->currency });
    view_currency(into, "currency", part->currency);
    for (size_t i = 0; i < d->part_count; i++)
        if (currency_eq(d->parts[i].currency, part->currency)) {
            sum = exact_add(sum, d->parts[i].exact);
            total += d->parts[i].amount;
            partners++;
        }
    struct view *split = view_object(into, "split");
    view_int(split, "partners", partners);
    view_str(split, "exact", exact_decimal(arena, sum, part->currency));
    view_minor(split, "amount", (amount){ total, part->currency });
}

str commission_receipt_text(struct arena *arena, const struct decide_order *order,
    const struct decide_share *shares, const struct decision *d, size_t at)
{
    const struct decide_part *part = &d->parts[at];
    struct view *receipt = view_new(arena);
    struct buf out = buf_new(arena);

    order_view(view_object(receipt, "order"), order);
    view_int(receipt, "share_bp", shares[part->share].share_bp);
    rules_view(arena, receipt, shares, d, part->share);
    struct view *lines = view_list(receipt, "lines");
    for (size_t i = 0; i < d->line_count; i++)
        if (is_of_part(&d->lines[i], part))
            line_view(arena, lines, order, &d->lines[i]);
    sum_view(arena, view_object(receipt, "sum"), d, part);
    view_json(receipt, &out);
    return str_dup(arena, buf_str(&out));
}

/* A receipt of one line that no order's rule decided: its frame, and the line to be filled. */
static struct view *one_line(struct view *receipt, const struct commission *c, const char *of)
{
    view_null(receipt, "order");
    view_int(receipt, "share_bp", c->share_bp);
    (void)view_list(receipt, "rules");
    struct view *line = view_item(view_list(receipt, "lines"));
    view_text(line, "of", of);
    view_str(line, "note", c->status_note);
    return line;
}

static str close_line(struct arena *arena, struct view *receipt, struct view *line,
    const struct commission *c, exact worth)
{
    struct view *sum = view_object(receipt, "sum");
    struct buf out = buf_new(arena);
    str text = exact_decimal(arena, worth, c->currency);
    exact rounding = exact_sub(exact_of(c->earned_amount), worth);

    view_str(line, "exact", text);
    view_currency(line, "currency", c->currency);
    view_str(sum, "exact", text);
    view_str(sum, "rounding", rounding.e8 ? exact_decimal(arena, rounding, c->currency) : STR("0"));
    view_minor(sum, "amount", (amount){ c->earned_amount, c->currency });
    view_currency(sum, "currency", c->currency);
    view_json(receipt, &out);
    return str_dup(arena, buf_str(&out));
}

str commission_receipt_by_hand(struct arena *arena, const struct commission *c)
{
    struct view *receipt = view_new(arena);
    struct view *line = one_line(receipt, c, "hand");

    return close_line(arena, receipt, line, c, exact_of(c->earned_amount));
}

str commission_receipt_bonus(
    struct arena *arena, const struct commission *c, const struct bonus_told *told)
{
    struct view *receipt = view_new(arena);
    struct view *line = one_line(receipt, c, str_c(arena, c->bonus_for));

    if (told->percent_bp) {
        view_int(line, "percent_bp", told->percent_bp);
        view_minor(line, "base", (amount){ c->base_amount, c->base_currency });
        view_currency(line, "base_currency", c->base_currency);
    }
    if (!str_empty(told->order_id))
        view_str(line, "order_id", told->order_id);
    if (told->goal) {
        view_int(line, "goal", told->goal);
        view_currency(line, "volume_currency", told->volume);
    }
    return close_line(arena, receipt, line, c, told->exact);
}
