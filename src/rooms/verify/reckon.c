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

/* Parts as they were of the order that binds him: whole ones first, then one each to the largest rests. */
static void share_bound(const struct fact_order *order, int64_t count, int32_t *out)
{
    const struct fact_touch *touches = order->touches.at;
    int64_t whole = 0, left = 10000;

    for (size_t i = 0; i < order->touches.count; i++)
        whole += standing_of(order, &touches[i]) == BOUND ? touches[i].bound_bp : 0;
    for (size_t i = 0; i < order->touches.count; i++) {
        bool is_bound = standing_of(order, &touches[i]) == BOUND;
        out[i] = !is_bound ? 0 : (int32_t)(whole ? (int64_t)touches[i].bound_bp * 10000 / whole : 10000 / count);
        left -= out[i];
    }
    for (int64_t below = INT64_MAX; left > 0;) { /* rests from the largest down, the earlier first */
        int64_t most = -1;
        for (size_t i = 0; i < order->touches.count; i++)
            if (standing_of(order, &touches[i]) == BOUND) {
                int64_t rest = whole ? (int64_t)touches[i].bound_bp * 10000 % whole : 0;
                most = rest < below && rest > most ? rest : most;
            }
        for (size_t i = 0; i < order->touches.count && left > 0; i++)
            if (standing_of(order, &touches[i]) == BOUND &&
                (whole ? (int64_t)touches[i].bound_bp * 10000 % whole : 0) == most) {
                out[i]++;
                left--;
            }
        below = most;
    }
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
    if (counts[BOUND]) {
        share_bound(order, counts[BOUND], out);
        return;
    }
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

bool reckon_fits(const struct fact_rule *rule, const struct fact_order *order,
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
        if (is(all[i].kind, "commission") && reckon_fits(&all[i], order, seat, item) &&
            (!best || beats(&all[i], best)))
            best = &all[i];
    return best;
}

/* ---- how much
 * ------------------------------------------------------------------------------------------------------
 */

/* What is left of a line: of ÷ whole; whole 0: all. */
struct part_left {
    int64_t of, whole;
};

struct sum {
    struct reckoned *at;
    size_t count;
    struct part_left order_left; /* of the order, without what came back item by item */
    const int64_t *back;         /* of each item */
    const struct past *past;
};

static bool credit(struct sum *sum, const struct seat *seat, const struct seat_line *line,
    struct part_left left)
{
    currency unit = line->unit;
    __int128 counts = line->exact - line->cut, scaled;
    size_t i = 0;

    if (line->exact == 0 && !reckon_has_past(line->rule))
        return true;
    if (__builtin_mul_overflow(counts, (__int128)left.of, &scaled))
        return false;
    while (i < sum->count &&
           (sum->at[i].partner_id != seat->partner_id || !currency_eq(sum->at[i].currency, unit)))
        i++;
    if (i == RECKONED_MOST)
        return false;
    if (i == sum->count)
        sum->at[sum->count++] = (struct reckoned){
            .partner_id = seat->partner_id, .currency = unit, .share_bp = seat->share_bp
        };
    sum->at[i].exact += counts;
    sum->at[i].left += left.whole ? scaled / left.whole + (scaled % left.whole > 0) : counts;
    return true;
}

static bool credit_line(struct sum *sum, const struct seat *seat, const struct seat_line *line)
{
    struct part_left part = { line->base - line->back, line->base };
    bool is_fixed = line->rule->reward_currency.code[0] != 0;

    if (line->base == 0 || (is_fixed && !is(line->rule->reward_per, "item")))
        part = sum->order_left;
    return credit(sum, seat, line, part);
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

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void add_line(struct seat_lines *lines, const struct list *rules,
    const struct fact_order *order, const struct seat *seat, struct seat_line line)
{
    line.rule = rule_for(rules, order, seat, line.item);
    if (!line.rule)
        return;
    line.unit =
        line.rule->reward_currency.code[0] ? line.rule->reward_currency : order->currency;
    lines->at[lines->count++] = line;
}

bool reckon_lines(struct arena *arena, const struct fact_order *order, const struct list *rules,
    const int64_t *back, const struct seat *seat, struct seat_lines *out)
{
    const struct fact_item *items = order->items.at;
    int64_t bases[1024], rest = order->amount;
    __int128 told = 0;

    if (order->items.count > 1024)
        return false;
    *out = (struct seat_lines){ ARENA_ARRAY(arena, struct seat_line, order->items.count + 2), 0 };
    for (size_t i = 0; i < order->items.count; i++)
        told += items[i].amount;
    for (size_t i = 0; i < order->items.count; i++) {
        int64_t base = base_of(order, i, told, bases);
        rest -= base;
        add_line(out, rules, order, seat,
            (struct seat_line){ .item = &items[i], .base = base, .back = least(back[i], base) });
    }
    if (rest > 0 || order->items.count == 0)
        add_line(out, rules, order, seat, (struct seat_line){ .base = rest });
    return true;
}

static bool reckon_seat(struct arena *arena, struct sum *sum, const struct list *rules,
    const struct fact_order *order, const struct seat *seat)
{
    struct seat_lines lines;

    if (!reckon_lines(arena, order, rules, sum->back, seat, &lines) ||
        !reckon_earned(sum->past, order, seat, &lines))
        return false;
    for (size_t i = 0; i < lines.count; i++)
        if (!credit_line(sum, seat, &lines.at[i]))
            return false;
    return true;
}

/* ---- rounding
 * -------------------------------------------------------------------------------------------------------
 */

/* Rounds the sum of one currency once and shares it out; `kept` of `whole` is left. */
static bool round_unit(
    struct reckoned *rows, size_t count, currency unit, int64_t kept, int64_t whole, bool is_worth)
{
    __int128 all = 0, given = 0, per = HUNDRED_MILLION * whole;
    __int128 rests[RECKONED_MOST];

    for (size_t i = 0; i < count; i++) {
        struct reckoned *r = &rows[i];
        __int128 scaled;
        rests[i] = -1;
        if (!currency_eq(r->currency, unit))
            continue;
        if (__builtin_mul_overflow(is_worth ? r->left : r->exact, (__int128)kept, &scaled))
            return false;
        all += scaled;
        rests[i] = scaled % per;
        given += scaled / per;
        *(is_worth ? &r->worth : &r->earned) = (int64_t)(scaled / per);
    }
    for (__int128 total = (all + per / 2) / per; given < total; given++) {
        size_t best = 0;
        for (size_t i = 0; i < count; i++)
            if (rests[i] > rests[best])
                best = i;
        rests[best] = -1;
        *(is_worth ? &rows[best].worth : &rows[best].earned) += 1;
    }
    return true;
}

bool reckon_round(struct reckoned *rows, size_t count, int64_t whole, int64_t refunded)
{
    int64_t kept = whole > 0 ? whole - refunded : 1;

    if (whole == 0)
        whole = 1;
    for (size_t i = 0; i < count; i++) {
        bool is_first = true;
        for (size_t k = 0; k < i; k++)
            is_first &= !currency_eq(rows[k].currency, rows[i].currency);
        if (is_first && (!round_unit(rows, count, rows[i].currency, whole, whole, false) ||
                            !round_unit(rows, count, rows[i].currency, kept, whole, true)))
            return false;
    }
    return true;
}

/* ---- whole
 * ----------------------------------------------------------------------------------------------------------
 */

static void read_left(const struct fact_order *order, struct sum *sum, struct reckoning *out)
{
    const struct fact_item *items = order->items.at;
    int64_t bases[1024], named = 0;
    __int128 told = 0;

    for (size_t i = 0; i < order->items.count; i++)
        told += items[i].amount;
    for (size_t i = 0; i < order->items.count; i++)
        named += least(sum->back[i], base_of(order, i, told, bases));
    out->whole = order->amount - named;
    out->refunded = order->counted_back - named;
    sum->order_left = (struct part_left){ out->whole, order->amount };
    if (order->amount > 0 && order->amount == order->counted_back) {
        sum->order_left.of = 0;
        if (out->whole == 0)
            out->whole = out->refunded = 1;
    }
}

bool reckon_commissions(struct arena *arena, const struct fact_order *order,
    const struct seats *seats, const struct list *rules, const struct past *past,
    struct reckoning *out)
{
    int64_t *back = ARENA_ARRAY(arena, int64_t, order->items.count + 1);
    struct sum sum = { .at = out->at, .back = back, .past = past };

    if (order->items.count > 1024 || !read_back(arena, order, back))
        return false;
    if (seats->count)
        read_left(order, &sum, out);
    for (size_t i = 0; i < seats->count; i++)
        if (!reckon_seat(arena, &sum, rules, order, &seats->at[i]))
            return false;
    out->count = sum.count;
    return true;
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

/* ---- another currency
 * -------------------------------------------------------------------------------------------------
 */

static bool tenfold(__int128 *number)
{
    return !__builtin_mul_overflow(*number, (__int128)10, number);
}

/* The rate is read from its text: 0.9234 is 9,234 / 10^4. */
bool reckon_exchange(const struct fact_exchanged *line, int64_t *out)
{
    __int128 digits = 0, below = 1, above;
    bool behind = false;

    for (size_t i = 0; i < line->rate.len; i++) {
        char c = line->rate.at[i];
        if (c == '.') {
            behind = true;
            continue;
        }
        if (c < '0' || c > '9' || !tenfold(&digits))
            return false;
        digits += c - '0';
        if (behind && !tenfold(&below))
            return false;
    }
    if (__builtin_mul_overflow(digits, (__int128)line->net, &above))
        return false;
    for (int i = currency_decimals(line->currency); i < currency_decimals(line->pay_currency); i++)
        if (!tenfold(&above))
            return false;
    for (int i = currency_decimals(line->pay_currency); i < currency_decimals(line->currency); i++)
        if (!tenfold(&below))
            return false;
    if (__builtin_mul_overflow(above, (__int128)2, &above))
        return false;
    *out = (int64_t)((above + below) / (2 * below)); /* what is paid is above zero */
    return true;
}
