/* The second hand's arithmetic. Written from docs/LEDGER.md and the terms, not from the rooms it
 * checks. */
#include "rooms/verify/verify_inside.h"

#include <string.h>

#include "base/arena.h"
#include "http/json.h"

#define HUNDRED_MILLION ((__int128)100000000)

static bool is(str text, const char *word)
{
    return str_eq(text, str_of(word));
}

/* ---- whose sale
 * ------------------------------------------------------------------------------------------------
 */

enum { NOT, BY_CLICK, BY_CODE, BOUND, STANDINGS };

static int standing_of(const struct fact_order *order, const struct fact_touch *touch)
{
    int64_t days = order->window_days, late = 0;

    if (!str_empty(touch->bar))
        return NOT;
    if (is(touch->kind, "customer") && order->customer_days > 0)
        days = order->customer_days;
    if (is(touch->evidence, "token") || is(touch->evidence, "cookie"))
        late = 5 * 60000; /* shops' clocks */
    if (touch->at.ms > order->occurred_at.ms + late)
        return NOT;
    if (order->occurred_at.ms - touch->at.ms > days * DAY_MS)
        return NOT;
    if (is(touch->kind, "customer") && !is(order->customer_binding, "any"))
        return BOUND;
    return is(touch->kind, "coupon") ? BY_CODE : BY_CLICK;
}

/* The k-th of n parts of the whole ten thousand, by the model's name. */
static int32_t part_of_model(str model, int64_t k, int64_t n)
{
    if (is(model, "last_click"))
        return k == n - 1 ? 10000 : 0;
    if (is(model, "first_click"))
        return k == 0 ? 10000 : 0;
    if (is(model, "position") && n > 2) {
        if (k == 0 || k == n - 1)
            return 4000;
        return (int32_t)(2000 / (n - 2) + (k - 1 < 2000 % (n - 2)));
    }
    return (int32_t)(10000 / n + (k < 10000 % n)); /* linear, and position of one or two */
}

void reckon_shares(const struct fact_order *order, int32_t *out)
{
    const struct fact_touch *touches = order->touches.at;
    int64_t counts[STANDINGS] = { 0 }, seen[STANDINGS] = { 0 };
    int earns;

    for (size_t i = 0; i < order->touches.count; i++)
        counts[standing_of(order, &touches[i])]++;
    earns = counts[BY_CODE] && (is(order->precedence, "coupon") || !counts[BY_CLICK]) ? BY_CODE
                                                                                      : BY_CLICK;
    if (counts[BOUND])
        earns = BOUND;
    for (size_t i = 0; i < order->touches.count; i++) {
        int standing = standing_of(order, &touches[i]);
        int64_t k = seen[standing]++;
        if (standing != earns)
            out[i] = 0;
        else if (earns != BY_CLICK)
            out[i] = (int32_t)(10000 / counts[earns] + (k < 10000 % counts[earns]));
        else
            out[i] = part_of_model(order->model, k, counts[BY_CLICK]);
    }
}

/* ---- which rule
 * --------------------------------------------------------------------------------------------------
 */

struct seat {
    int64_t partner_id;
    str group;
    strs subs; /* of the last touch that earns */
    int32_t share_bp;
};

/* "sub3=spring" */
static bool has_sub(const struct seat *seat, str wanted)
{
    size_t which = (size_t)(wanted.at[3] - '0');

    return which >= 1 && which <= seat->subs.count &&
           str_eq(seat->subs.at[which - 1], str_from(wanted, STR("subN=").len));
}

static bool in_range(const struct fact_rule *rule, const struct fact_order *order)
{
    if (!rule->scope_order_from && !rule->scope_order_below)
        return true;
    return currency_eq(rule->scope_order_currency, order->currency) &&
           order->amount >= rule->scope_order_from &&
           !(rule->scope_order_below && order->amount >= rule->scope_order_below);
}

static bool fits(const struct fact_rule *rule, const struct fact_order *order,
    const struct seat *seat, const struct fact_item *item)
{
    if (rule->created_at.ms > order->created_at.ms || rule->starts_at.ms > order->judged_at.ms)
        return false;
    if (rule->ends_at.ms && rule->ends_at.ms <= order->judged_at.ms)
        return false;
    if (rule->scope_partner_id && rule->scope_partner_id != seat->partner_id)
        return false;
    if (rule->scope_group.at && !str_eq(rule->scope_group, seat->group))
        return false;
    if (rule->scope_coupon.at && !str_eq_nocase(rule->scope_coupon, str_trim(order->coupon)))
        return false;
    if (rule->scope_event.at && !str_eq(rule->scope_event, order->type))
        return false;
    if (rule->scope_sku.at && (!item || !str_eq(rule->scope_sku, item->sku)))
        return false;
    if (rule->scope_category.at && (!item || !str_eq(rule->scope_category, item->category)))
        return false;
    if (rule->scope_country.at && !str_eq(rule->scope_country, order->country))
        return false;
    if (!in_range(rule, order) || (rule->scope_sub.at && !has_sub(seat, rule->scope_sub)))
        return false;
    if (is(rule->scope_customer, "new") && !order->new_customer)
        return false;
    return !is(rule->scope_customer, "returning") || !order->new_customer;
}

/* Partner, product, code, group, everyone; then the more conditions. */
static int64_t weight_of(const struct fact_rule *rule)
{
    int64_t conditions = (rule->scope_partner_id ? 1 : 0) + (rule->scope_sku.at ? 2 : 0) +
                         (rule->scope_category.at ? 1 : 0) + (rule->scope_coupon.at ? 1 : 0) +
                         (rule->scope_group.at ? 1 : 0) + (rule->scope_event.at ? 1 : 0) +
                         (is(rule->scope_customer, "any") ? 0 : 1) +
                         (rule->scope_country.at ? 1 : 0) + (rule->scope_order_from ? 1 : 0) +
                         (rule->scope_order_below ? 1 : 0) + (rule->scope_sub.at ? 1 : 0);
    int64_t class = rule->scope_partner_id                          ? 4
                    : rule->scope_sku.at || rule->scope_category.at ? 3
                    : rule->scope_coupon.at                         ? 2
                    : rule->scope_group.at                          ? 1
                                                                    : 0;
    return class * 100 + conditions;
}

static bool beats(const struct fact_rule *a, const struct fact_rule *b)
{
    if (weight_of(a) != weight_of(b))
        return weight_of(a) > weight_of(b);
    return a->starts_at.ms != b->starts_at.ms ? a->starts_at.ms > b->starts_at.ms : a->id > b->id;
}

static const struct fact_rule *rule_for(const struct list *rules, const struct fact_order *order,
    const struct seat *seat, const struct fact_item *item)
{
    const struct fact_rule *all = rules->at, *best = NULL;

    for (size_t i = 0; i < rules->count; i++)
        if (fits(&all[i], order, seat, item) && (!best || beats(&all[i], best)))
            best = &all[i];
    return best;
}

/* ---- how much
 * ------------------------------------------------------------------------------------------------------
 */

struct sum {
    struct reckoned *at;
    size_t count;
    const struct fact_rule *given[256]; /* fixed sums per order that this seat has had */
    size_t given_count;
};

static bool had(struct sum *sum, const struct fact_rule *rule)
{
    for (size_t i = 0; i < sum->given_count; i++)
        if (sum->given[i] == rule)
            return true;
    if (sum->given_count < sizeof sum->given / sizeof sum->given[0])
        sum->given[sum->given_count++] = rule;
    return false;
}

static bool credit(struct sum *sum, const struct seat *seat, currency unit, __int128 sum8)
{
    size_t i = 0;

    if (sum8 == 0)
        return true;
    while (i < sum->count &&
           (sum->at[i].partner_id != seat->partner_id || !currency_eq(sum->at[i].currency, unit)))
        i++;
    if (i == RECKONED_MOST)
        return false;
    if (i == sum->count)
        sum->at[sum->count++] = (struct reckoned){
            .partner_id = seat->partner_id, .currency = unit, .share_bp = seat->share_bp
        };
    sum->at[i].exact += sum8;
    return true;
}

static bool reckon_line(struct sum *sum, const struct list *rules, const struct fact_order *order,
    const struct seat *seat, const struct fact_item *item, int64_t base)
{
    const struct fact_rule *rule = rule_for(rules, order, seat, item);
    __int128 fixed;

    if (!rule)
        return true;
    if (!rule->reward_currency.code[0])
        return credit(
            sum, seat, order->currency, (__int128)base * rule->reward_percent_bp * seat->share_bp);
    if (is(rule->reward_per, "item"))
        fixed = (__int128)rule->reward_amount * (item ? item->quantity : 1);
    else
        fixed = had(sum, rule) ? 0 : rule->reward_amount;
    return credit(sum, seat, rule->reward_currency, fixed * 10000 * seat->share_bp);
}

/* What the items count for: their own amounts, or the order's in proportion when they say more than
 * it. */
static int64_t base_of(const struct fact_order *order, size_t at, __int128 told, int64_t *bases)
{
    const struct fact_item *items = order->items.at;

    if (told <= order->amount)
        return items[at].amount;
    if (at == 0) { /* once for all: whole parts first, then a unit each to the largest rests */
        __int128 given = 0;
        bool served[1024] = { false };
        for (size_t i = 0; i < order->items.count; i++) {
            bases[i] = (int64_t)((__int128)items[i].amount * order->amount / told);
            given += bases[i];
        }
        for (; given < order->amount; given++) {
            size_t best = order->items.count;
            __int128 most = -1;
            for (size_t i = 0; i < order->items.count; i++) {
                __int128 rest = (__int128)items[i].amount * order->amount % told;
                if (!served[i] && rest > most) {
                    most = rest;
                    best = i;
                }
            }
            served[best] = true;
            bases[best]++;
        }
    }
    return bases[at];
}

static bool reckon_seat(struct sum *sum, const struct list *rules, const struct fact_order *order,
    const struct seat *seat)
{
    const struct fact_item *items = order->items.at;
    int64_t bases[1024], rest = order->amount;
    __int128 told = 0;

    sum->given_count = 0;
    if (order->items.count > 1024)
        return false;
    if (order->items.count == 0)
        return reckon_line(sum, rules, order, seat, NULL, order->amount);
    for (size_t i = 0; i < order->items.count; i++)
        told += items[i].amount;
    for (size_t i = 0; i < order->items.count; i++) {
        int64_t base = base_of(order, i, told, bases);
        rest -= base;
        if (!reckon_line(sum, rules, order, seat, &items[i], base))
            return false;
    }
    return rest <= 0 || reckon_line(sum, rules, order, seat, NULL, rest);
}

/* ---- rounding
 * -------------------------------------------------------------------------------------------------------
 */

/* Rounds the sum of one currency once and shares it out; `kept` of `whole` is left of the order. */
static bool round_unit(struct sum *sum, currency unit, int64_t kept, int64_t whole, bool is_worth)
{
    __int128 all = 0, given = 0, per = HUNDRED_MILLION * whole;
    __int128 rests[RECKONED_MOST];

    for (size_t i = 0; i < sum->count; i++) {
        struct reckoned *r = &sum->at[i];
        __int128 scaled;
        rests[i] = -1;
        if (!currency_eq(r->currency, unit))
            continue;
        if (__builtin_mul_overflow(r->exact, (__int128)kept, &scaled))
            return false;
        all += scaled;
        rests[i] = scaled % per;
        given += scaled / per;
        *(is_worth ? &r->worth : &r->earned) = (int64_t)(scaled / per);
    }
    for (__int128 total = (all + per / 2) / per; given < total; given++) {
        size_t best = 0;
        for (size_t i = 0; i < sum->count; i++)
            if (rests[i] > rests[best])
                best = i;
        rests[best] = -1;
        *(is_worth ? &sum->at[best].worth : &sum->at[best].earned) += 1;
    }
    return true;
}

static bool round_all(struct sum *sum, const struct fact_order *order)
{
    int64_t whole = order->amount > 0 ? order->amount : 1;
    int64_t kept = order->amount > 0 ? order->amount - order->counted_back : 1;

    for (size_t i = 0; i < sum->count; i++) {
        bool is_first = true;
        for (size_t k = 0; k < i; k++)
            is_first &= !currency_eq(sum->at[k].currency, sum->at[i].currency);
        if (is_first && (!round_unit(sum, sum->at[i].currency, whole, whole, false) ||
                            !round_unit(sum, sum->at[i].currency, kept, whole, true)))
            return false;
    }
    return true;
}

bool reckon_commissions(const struct fact_order *order, const int32_t *shares,
    const struct list *rules, struct reckoned out[RECKONED_MOST], size_t *out_count)
{
    const struct fact_touch *touches = order->touches.at;
    struct sum sum = { .at = out };

    for (size_t i = 0; i < order->touches.count; i++) {
        struct seat seat = { .partner_id = touches[i].partner_id,
            .group = touches[i].partner_group };
        bool is_first = shares[i] > 0;
        for (size_t k = 0; k < i; k++)
            is_first &= !(shares[k] > 0 && touches[k].partner_id == seat.partner_id);
        if (!is_first)
            continue;
        for (size_t k = i; k < order->touches.count; k++)
            if (touches[k].partner_id == seat.partner_id && shares[k] > 0) {
                seat.share_bp += shares[k];
                seat.subs = touches[k].subs;
            }
        if (!reckon_seat(&sum, rules, order, &seat))
            return false;
    }
    *out_count = sum.count;
    return round_all(&sum, order);
}

str reckon_text(struct arena *arena, __int128 number)
{
    char text[48];
    int at = 47;
    bool below = number < 0;

    text[at] = '\0';
    for (__int128 rest = below ? -number : number; at == 47 || rest > 0; rest /= 10)
        text[--at] = (char)('0' + (int)(rest % 10));
    if (below)
        text[--at] = '-';
    return str_dup(arena, str_of(text + at));
}

/* ---- as it was told
 * ----------------------------------------------------------------------------------------------------
 */

static bool says_int(const struct value *object, const char *name, int64_t number)
{
    const struct value *value = value_member(object, str_of(name));
    return value && value->kind == VALUE_INT && value->number == number;
}

static bool says_text(const struct value *object, const char *name, str text)
{
    const struct value *value = value_member(object, str_of(name));
    return value && value->kind == VALUE_TEXT && str_eq(value->text, text);
}

bool reckon_content(struct arena *arena, const struct fact_order *order)
{
    const struct fact_item *items = order->items.at;
    const struct value *told;
    struct value value;

    if (value_read(arena, order->content, &value))
        return false;
    if (!says_int(&value, "amount", order->amount) ||
        !says_text(&value, "order_id", order->order_id) ||
        !says_text(&value, "currency", str_of(order->currency.code)))
        return false;
    told = value_member(&value, STR("items"));
    if (!told || told->kind != VALUE_LIST || told->count != order->items.count)
        return false;
    for (size_t i = 0; i < told->count; i++)
        if (!says_int(&told->items[i], "amount", items[i].amount) ||
            !says_int(&told->items[i], "quantity", items[i].quantity))
            return false;
    return true;
}
