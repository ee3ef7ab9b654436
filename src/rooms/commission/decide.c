/* Which rule decides, and what comes out: facts in, lines of arithmetic out. No store, no clock. */
#include "rooms/commission/decide.h"
#include "rooms/commission/commission_inside.h"
#include "rooms/commission/rule_earn.h"

#include <stdlib.h>

#include "base/arena.h"

enum { WHOLE_BP = 10000 };

/* ---- precedence: readable from the top of the list
 * ------------------------------------------------------- */

enum rank { RANK_PROGRAM, RANK_GROUP, RANK_COUPON, RANK_PRODUCT, RANK_PARTNER };

static enum rank rank_of(const struct rule_scope *scope)
{
    if (scope->partner_id)
        return RANK_PARTNER;
    if (scope->sku.at || scope->category.at)
        return RANK_PRODUCT;
    if (scope->coupon.at)
        return RANK_COUPON;
    return scope->group.at ? RANK_GROUP : RANK_PROGRAM;
}

/* The more conditions, the narrower; one product is narrower than a category. */
static int narrowness(const struct rule_scope *scope)
{
    return (scope->partner_id != 0) + 2 * (scope->sku.at != NULL) + (scope->category.at != NULL) +
           (scope->coupon.at != NULL) + (scope->group.at != NULL) + (scope->event.at != NULL) +
           (scope->customer != CUSTOMER_ANY) + (scope->country.at != NULL) +
           (scope->order_from > 0) + (scope->order_below > 0) + (scope->sub.at != NULL);
}

int rule_compare(const struct rule *a, const struct rule *b)
{
    int kind = (int)a->kind - (int)b->kind;
    int rank = (int)rank_of(&b->scope) - (int)rank_of(&a->scope);
    int narrow = narrowness(&b->scope) - narrowness(&a->scope);

    if (kind)
        return kind;
    if (rank)
        return rank;
    if (narrow)
        return narrow;
    if (a->starts_at.ms != b->starts_at.ms)
        return a->starts_at.ms > b->starts_at.ms ? -1 : 1;
    return a->id == b->id ? 0 : a->id > b->id ? -1 : 1;
}

static int compare_pointers(const void *a, const void *b)
{
    return rule_compare(*(const struct rule *const *)a, *(const struct rule *const *)b);
}

bool rule_in_force(const struct rule *rule, instant at)
{
    return rule->starts_at.ms <= at.ms && (instant_none(rule->ends_at) || at.ms < rule->ends_at.ms);
}

/* ---- does it apply?
 * --------------------------------------------------------------------------------------- */

static bool amount_matches(const struct rule_scope *scope, const amount *order)
{
    if (scope->order_from == 0 && scope->order_below == 0)
        return true;
    return currency_eq(scope->order_currency, order->currency) &&
           order->minor >= scope->order_from &&
           (scope->order_below == 0 || order->minor < scope->order_below);
}

/* "sub1=newsletter" */
static bool sub_matches(str wanted, const struct decide_share *share)
{
    size_t at = (size_t)(wanted.at[3] - '1');
    return at < 5 && str_eq(str_from(wanted, 5), share->subs[at]);
}

const char *rule_objection(const struct rule *rule, const struct decide_order *order,
    const struct decide_share *share, const struct decide_item *item)
{
    const struct rule_scope *scope = &rule->scope;

    if (scope->partner_id && scope->partner_id != share->partner_id)
        return "partner";
    if (scope->group.at && !str_eq(scope->group, share->group))
        return "group";
    if (scope->coupon.at && !str_eq_nocase(scope->coupon, order->coupon))
        return "coupon";
    if (scope->event.at && !str_eq(scope->event, order->type))
        return "event";
    if (scope->country.at && !str_eq(scope->country, order->country))
        return "country";
    if (!amount_matches(scope, &order->amount))
        return "value";
    if (scope->sub.at && !sub_matches(scope->sub, share))
        return "sub";
    if (scope->customer == CUSTOMER_NEW && !order->is_new_customer)
        return "customer";
    if (scope->customer == CUSTOMER_RETURNING && order->is_new_customer)
        return "customer";
    if (scope->sku.at && (!item || !str_eq(scope->sku, item->sku)))
        return "item";
    if (scope->category.at && (!item || !str_eq(scope->category, item->category)))
        return "item";
    return NULL;
}

bool rule_matches(const struct rule *rule, const struct decide_order *order,
    const struct decide_share *share, const struct decide_item *item)
{
    return rule_objection(rule, order, share, item) == NULL;
}

static const struct rule *first_match(const struct decision *d, const struct decide_order *order,
    const struct decide_share *share, const struct decide_item *item)
{
    for (size_t i = 0; i < d->tried_count; i++)
        if (rule_matches(d->tried[i], order, share, item))
            return d->tried[i];
    return NULL;
}

/* ---- arithmetic
 * ------------------------------------------------------------------------------------------- */

static currency line_currency(const struct decide_line *line)
{
    return rule_is_fixed(line->rule) ? line->rule->reward.currency : line->base.currency;
}

/* A fixed sum per order is given once, at the first line its rule decides. */
static bool given_before(const struct decision *d, const struct decide_line *line)
{
    for (const struct decide_line *l = d->lines; l < line; l++)
        if (l->share == line->share && l->rule == line->rule)
            return true;
    return false;
}

static const struct decide_past *past_of(
    const struct decide_order *order, const struct decide_share *share, const struct rule *rule)
{
    static const struct decide_past none = { .nth = 1 };

    for (size_t i = 0; i < order->past_count; i++)
        if (order->past[i].partner_id == share->partner_id &&
            order->past[i].line_id == rule->line_id)
            return &order->past[i];
    return &none;
}

static int64_t volume_of(
    const struct decide_order *order, const struct decide_share *share, const struct decide_line *l)
{
    int64_t whole = order->amount.minor;
    return rule_volume_of(l->rule, l->base, share->share_bp, whole - order->refunded, whole);
}

/* What the other lines of this order add to the same volume: those before it, or, where the whole
 * period counts, all. */
static int64_t volume_beside(const struct decision *d, const struct decide_order *order,
    const struct decide_share *share, const struct decide_line *line)
{
    const struct rule_volume *by = &line->rule->tiered_by;
    int64_t sum = 0;

    if (by->measure == VOLUME_ORDERS) /* all lines are one order */
        return 0;
    for (size_t i = 0; i < d->line_count; i++) {
        const struct decide_line *other = &d->lines[i];
        if (other == line && by->mode == MODE_MARGINAL)
            break;
        if (other != line && other->share == line->share && other->rule == line->rule)
            sum += volume_of(order, share, other);
    }
    return sum;
}

static err earn(struct arena *arena, const struct decision *d, const struct decide_order *order,
    const struct decide_share *share, struct decide_line *line)
{
    const struct decide_past *past = past_of(order, share, line->rule);
    struct rule_earned *earned, plain;
    struct rule_ask ask = { .base = line->base,
        .quantity = line->quantity,
        .share_bp = share->share_bp,
        .is_given = given_before(d, line),
        .nth = past->nth,
        .months = past->months };

    earned = &plain;
    if (rule_has_past(line->rule)) {
        earned = ARENA_NEW(arena, struct rule_earned);
        ask.volume = volume_of(order, share, line);
        ask.before = past->before + volume_beside(d, order, share, line);
        line->earned = earned;
    }
    TRY(rule_earns(line->rule, &ask, earned));
    line->exact = earned->exact;
    return NULL;
}

/* What a rule's cap leaves goes to its first lines. */
static void cap_line(
    const struct decision *d, const struct decide_share *share, struct decide_line *line)
{
    exact room;

    if (!rule_cap_of(line->rule, line_currency(line), share->share_bp, &room))
        return;
    for (const struct decide_line *l = d->lines; l < line; l++)
        if (l->share == line->share && l->rule == line->rule)
            room = exact_sub(room, exact_sub(l->exact, l->cut));
    if (line->exact.e8 > room.e8)
        line->cut = exact_sub(line->exact, room);
}

static void add_line(struct decision *d, const struct decide_order *order,
    const struct decide_share *share, struct decide_line line)
{
    const struct decide_item *item = line.item >= 0 ? &order->items[line.item] : NULL;

    line.base.currency = order->amount.currency;
    line.quantity = item ? item->quantity : 1;
    line.rule = first_match(d, order, share, item);
    d->lines[d->line_count++] = line;
}

/* What each item counts for. Items that sum to more than the order (a discount on the whole) share
 * the order's amount in proportion. */
static int64_t item_bases(
    struct arena *arena, const struct decide_order *order, int64_t **out, bool *out_overflow)
{
    int64_t *bases = ARENA_ARRAY(arena, int64_t, order->item_count + 1), sum = 0;

    for (size_t i = 0; i < order->item_count; i++) {
        bases[i] = order->items[i].amount;
        if (__builtin_add_overflow(sum, bases[i], &sum))
            *out_overflow = true;
    }
    *out = bases;
    if (*out_overflow || sum <= order->amount.minor)
        return order->amount.minor - sum;
    int64_t *weights = ARENA_ARRAY(arena, int64_t, order->item_count + 1);
    for (size_t i = 0; i < order->item_count; i++)
        weights[i] = bases[i];
    amount_split(order->amount.minor, weights, bases, order->item_count);
    return 0;
}

static err list_lines(struct arena *arena, struct decision *d, const struct decide_order *order,
    const struct decide_share *shares, size_t at)
{
    int64_t *bases, rest;
    bool overflow = false;

    if (order->item_count == 0) {
        add_line(d, order, &shares[at],
            (struct decide_line){ .share = at, .item = DECIDE_ORDER, .base = order->amount });
        return NULL;
    }
    rest = item_bases(arena, order, &bases, &overflow);
    if (overflow)
        return &AMOUNT_OVERFLOW;
    for (size_t i = 0; i < order->item_count; i++)
        add_line(d, order, &shares[at],
            (struct decide_line){ .share = at, .item = (int64_t)i, .base.minor = bases[i] });
    if (rest > 0)
        add_line(d, order, &shares[at],
            (struct decide_line){ .share = at, .item = DECIDE_REST, .base.minor = rest });
    return NULL;
}

static err earn_lines(struct arena *arena, struct decision *d, const struct decide_order *order,
    const struct decide_share *shares)
{
    for (size_t i = 0; i < d->line_count; i++) {
        struct decide_line *line = &d->lines[i];
        if (!line->rule)
            continue;
        TRY(earn(arena, d, order, &shares[line->share], line));
        cap_line(d, &shares[line->share], line);
    }
    return NULL;
}

/* ---- parts
 * ------------------------------------------------------------------------------------------------
 */

static struct decide_part *part_of(struct decision *d, const struct decide_line *line)
{
    currency unit = line_currency(line);
    for (size_t i = 0; i < d->part_count; i++)
        if (d->parts[i].share == line->share && currency_eq(d->parts[i].currency, unit))
            return &d->parts[i];
    d->parts[d->part_count] =
        (struct decide_part){ .share = line->share, .currency = unit, .rule = line->rule };
    return &d->parts[d->part_count++];
}

static void sum_parts(struct arena *arena, struct decision *d)
{
    __int128 *largest = ARENA_ARRAY(arena, __int128, d->line_count + 1);

    d->parts = ARENA_ARRAY(arena, struct decide_part, d->line_count + 1);
    for (size_t i = 0; i < d->line_count; i++) {
        const struct decide_line *line = &d->lines[i];
        if (!line->rule || (line->exact.e8 == 0 && !rule_has_past(line->rule)))
            continue; /* what is nothing by its past may be something by another */
        struct decide_part *part = part_of(d, line);
        size_t at = (size_t)(part - d->parts);
        exact counts = exact_sub(line->exact, line->cut);
        part->exact = exact_add(part->exact, counts);
        if (counts.e8 > largest[at]) {
            largest[at] = counts.e8;
            part->rule = line->rule;
        }
    }
}

static err round_currency(struct arena *arena, struct decision *d, currency unit)
{
    exact *exacts = ARENA_ARRAY(arena, exact, d->part_count + 1);
    int64_t *amounts = ARENA_ARRAY(arena, int64_t, d->part_count + 1);
    size_t count = 0, at = 0;

    for (size_t i = 0; i < d->part_count; i++)
        if (currency_eq(d->parts[i].currency, unit))
            exacts[count++] = d->parts[i].exact;
    TRY(commission_worth(exacts, count, 0, 0, amounts));
    for (size_t i = 0; i < d->part_count; i++)
        if (currency_eq(d->parts[i].currency, unit))
            d->parts[i].amount = amounts[at++];
    return NULL;
}

static err round_parts(struct arena *arena, struct decision *d)
{
    for (size_t i = 0; i < d->part_count; i++) {
        bool done = false;
        for (size_t k = 0; k < i; k++)
            done |= currency_eq(d->parts[k].currency, d->parts[i].currency);
        if (!done)
            TRY(round_currency(arena, d, d->parts[i].currency));
    }
    return NULL;
}

static void sort_rules(
    struct arena *arena, struct decision *d, const struct rule *rules, size_t count, instant at)
{
    const struct rule **tried = ARENA_ARRAY(arena, const struct rule *, count + 1);
    bool is_unsorted = false; /* who decides many orders sorts them once */

    for (size_t i = 0; i < count; i++)
        if (rules[i].kind == RULE_COMMISSION && rule_in_force(&rules[i], at))
            tried[d->tried_count++] = &rules[i];
    for (size_t i = 1; i < d->tried_count && !is_unsorted; i++)
        is_unsorted = compare_pointers(&tried[i - 1], &tried[i]) > 0;
    if (is_unsorted)
        qsort(tried, d->tried_count, sizeof(tried[0]), compare_pointers);
    d->tried = tried;
}

err decide_match(struct arena *arena, const struct decide_order *order,
    const struct decide_share *shares, size_t share_count, const struct rule *rules,
    size_t rule_count, struct decision *out)
{
    *out = (struct decision){ 0 };
    out->lines = ARENA_ARRAY(arena, struct decide_line, share_count * (order->item_count + 1) + 1);
    sort_rules(arena, out, rules, rule_count, order->judged_at);
    for (size_t i = 0; i < share_count; i++)
        TRY(list_lines(arena, out, order, shares, i));
    return NULL;
}

err decide_earn(struct arena *arena, const struct decide_order *order,
    const struct decide_share *shares, struct decision *inout)
{
    TRY(earn_lines(arena, inout, order, shares));
    sum_parts(arena, inout);
    return round_parts(arena, inout);
}

err commission_decide(struct arena *arena, const struct decide_order *order,
    const struct decide_share *shares, size_t share_count, const struct rule *rules,
    size_t rule_count, struct decision *out)
{
    TRY(decide_match(arena, order, shares, share_count, rules, rule_count, out));
    return decide_earn(arena, order, shares, out);
}
