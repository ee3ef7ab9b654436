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

/* What is left of a line: of ÷ whole; whole 0: all. */
struct part_left {
    int64_t of, whole;
    __int128 scaled;
};

struct sum {
    struct reckoned *at;
    size_t count;
    const struct fact_rule *given[256]; /* fixed sums per order that this seat has had */
    size_t given_count;
    struct part_left order_left; /* of the order, without what came back item by item */
    const int64_t *back;         /* of each item */
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

static bool credit(
    struct sum *sum, const struct seat *seat, currency unit, __int128 sum8, struct part_left left)
{
    size_t i = 0;

    if (sum8 == 0)
        return true;
    if (__builtin_mul_overflow(sum8, (__int128)left.of, &left.scaled))
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
    sum->at[i].exact += sum8;
    sum->at[i].left += left.whole ? left.scaled / left.whole : sum8;
    return true;
}

static bool reckon_line(struct sum *sum, const struct list *rules, const struct fact_order *order,
    const struct seat *seat, const struct fact_item *item, int64_t base, int64_t back)
{
    const struct fact_rule *rule = rule_for(rules, order, seat, item);
    struct part_left line = { base - back, base, 0 }, whole = sum->order_left;
    __int128 fixed;

    if (!rule)
        return true;
    if (base == 0)
        line = whole;
    if (!rule->reward_currency.code[0])
        return credit(sum, seat, order->currency,
            (__int128)base * rule->reward_percent_bp * seat->share_bp, line);
    if (is(rule->reward_per, "item"))
        fixed = (__int128)rule->reward_amount * (item ? item->quantity : 1);
    else
        fixed = had(sum, rule) ? 0 : rule->reward_amount;
    return credit(sum, seat, rule->reward_currency, fixed * 10000 * seat->share_bp,
        is(rule->reward_per, "item") ? line : whole);
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
        return reckon_line(sum, rules, order, seat, NULL, order->amount, 0);
    for (size_t i = 0; i < order->items.count; i++)
        told += items[i].amount;
    for (size_t i = 0; i < order->items.count; i++) {
        int64_t base = base_of(order, i, told, bases);
        rest -= base;
        if (!reckon_line(sum, rules, order, seat, &items[i], base, least(sum->back[i], base)))
            return false;
    }
    return rest <= 0 || reckon_line(sum, rules, order, seat, NULL, rest, 0);
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

/* ---- who has a seat
 * ---------------------------------------------------------------------------------------------------
 */

struct seats {
    struct seat at[RECKONED_MOST];
    size_t count;
};

static struct seat *seat_of(struct seats *seats, int64_t partner_id)
{
    for (size_t i = 0; i < seats->count; i++)
        if (seats->at[i].partner_id == partner_id)
            return &seats->at[i];
    return NULL;
}

static bool seats_by_touches(
    const struct fact_order *order, const int32_t *shares, struct seats *out)
{
    const struct fact_touch *touches = order->touches.at;

    for (size_t i = 0; i < order->touches.count; i++) {
        struct seat *seat = seat_of(out, touches[i].partner_id);
        if (shares[i] <= 0)
            continue;
        if (!seat && out->count == RECKONED_MOST - 1)
            return false;
        if (!seat) {
            seat = &out->at[out->count++];
            *seat = (struct seat){ .partner_id = touches[i].partner_id,
                .group = touches[i].partner_group };
        }
        seat->share_bp += shares[i];
        seat->subs = touches[i].subs;
    }
    return true;
}

static void leave(struct seats *seats, struct seat *seat)
{
    size_t at = (size_t)(seat - seats->at);
    for (seats->count--; at < seats->count; at++)
        seats->at[at] = seats->at[at + 1];
}

/* One owner of the whole sits where the first sat, unless he sat there already somewhere. */
static void give_all(struct seats *seats, const struct fact_move *move)
{
    struct seat *own = seat_of(seats, move->to_partner_id);
    struct seat only = { .partner_id = move->to_partner_id,
        .group = own ? own->group : move->to_group,
        .share_bp = 10000 };

    if (own)
        only.subs = own->subs;

    seats->at[0] = only;
    seats->count = 1;
}

static void follow_moves(const struct fact_order *order, struct seats *seats)
{
    const struct fact_move *moves = order->moves.at;

    for (size_t i = 0; i < order->moves.count; i++) {
        struct seat *to = seat_of(seats, moves[i].to_partner_id), *from;
        if (!moves[i].from_partner_id) {
            give_all(seats, &moves[i]);
            continue;
        }
        from = seat_of(seats, moves[i].from_partner_id);
        if (!from || from == to)
            continue;
        if (!to) {
            from->partner_id = moves[i].to_partner_id;
            from->group = moves[i].to_group;
            from->subs = (strs){ 0 };
            continue;
        }
        to->share_bp += from->share_bp;
        leave(seats, from);
    }
}

/* ---- what came back by its name
 * --------------------------------------------------------------------------------------------- */

static str say(const struct value *object, const char *name)
{
    const struct value *value = value_member(object, str_of(name));
    return value && value->kind == VALUE_TEXT ? value->text : STR("");
}

static int64_t count_of(const struct value *object, const char *name, int64_t none)
{
    const struct value *value = value_member(object, str_of(name));
    return value && value->kind == VALUE_INT ? value->number : none;
}

static bool names(const struct value *told, const struct fact_item *item)
{
    str sku = say(told, "sku"), name = say(told, "name");
    return sku.len ? str_eq(sku, item->sku) : name.len && str_eq(name, item->name);
}

static void take_named(const struct fact_order *order, const struct value *told, int64_t *back)
{
    const struct fact_item *items = order->items.at;
    int64_t left = count_of(told, "amount", 0);

    for (size_t k = 0; k < order->items.count; k++)
        if (names(told, &items[k])) {
            int64_t part = least(left, items[k].amount - back[k]);
            back[k] += part;
            left -= part;
        }
}

/* Until when what comes back takes commission back. */
static int64_t order_in_time(const struct fact_order *order)
{
    return order->clawback_days ? order->occurred_at.ms + order->clawback_days * DAY_MS : INT64_MAX;
}

static bool read_back(struct arena *arena, const struct fact_order *order, int64_t *back)
{
    const struct fact_refund *refunds = order->refunds.at;

    for (size_t i = 0; i < order->refunds.count; i++) {
        struct value told = { 0 };
        __int128 sum = 0;
        if (!refunds[i].items_json.len || refunds[i].at.ms > order_in_time(order))
            continue;
        if (value_read(arena, refunds[i].items_json, &told))
            return false;
        for (size_t k = 0; k < told.count; k++)
            sum += count_of(&told.items[k], "amount", 0);
        for (size_t k = 0; k < told.count && sum <= refunds[i].amount; k++)
            take_named(order, &told.items[k], back);
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
    sum->order_left = (struct part_left){ out->whole, order->amount, 0 };
    if (order->amount > 0 && order->amount == order->counted_back) {
        sum->order_left.of = 0;
        if (out->whole == 0)
            out->whole = out->refunded = 1;
    }
}

bool reckon_commissions(struct arena *arena, const struct fact_order *order, const int32_t *shares,
    const struct list *rules, struct reckoning *out)
{
    struct seats *seats = ARENA_NEW(arena, struct seats);
    int64_t *back = ARENA_ARRAY(arena, int64_t, order->items.count + 1);
    struct sum sum = { .at = out->at, .back = back };

    if (order->items.count > 1024 || !seats_by_touches(order, shares, seats) ||
        !read_back(arena, order, back))
        return false;
    follow_moves(order, seats);
    if (seats->count)
        read_left(order, &sum, out);
    for (size_t i = 0; i < seats->count; i++)
        if (!reckon_seat(&sum, rules, order, &seats->at[i]))
            return false;
    out->count = sum.count;
    return true;
}

bool reckon_changed(const struct fact_order *order)
{
    const struct fact_refund *refunds = order->refunds.at;
    bool by_item = false;

    for (size_t i = 0; i < order->refunds.count; i++)
        by_item |= refunds[i].items_json.len > 0;
    return by_item || order->amendments.count || order->moves.count;
}

static bool read_items(struct arena *arena, str json, struct list *out)
{
    struct value told = { 0 };

    if (value_read(arena, json, &told))
        return false;
    struct fact_item *items = ARENA_ARRAY(arena, struct fact_item, told.count + 1);
    for (size_t i = 0; i < told.count; i++)
        items[i] = (struct fact_item){ .n = (int64_t)i + 1,
            .sku = say(&told.items[i], "sku"),
            .name = say(&told.items[i], "name"),
            .category = say(&told.items[i], "category"),
            .quantity = count_of(&told.items[i], "quantity", 1),
            .amount = count_of(&told.items[i], "amount", 0) };
    *out = (struct list){ items, told.count };
    return true;
}

bool reckon_now(struct arena *arena, struct fact_order *order, int64_t *out_amount)
{
    const struct fact_amendment *amendments = order->amendments.at;

    *out_amount = order->told_amount;
    order->items = order->told_items;
    for (size_t i = 0; i < order->amendments.count; i++) {
        *out_amount = amendments[i].amount;
        if (amendments[i].items_json.len &&
            !read_items(arena, amendments[i].items_json, &order->items))
            return false;
    }
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
    const struct fact_item *items = order->told_items.at;
    const struct value *told;
    struct value value;

    if (value_read(arena, order->content, &value))
        return false;
    if (!says_int(&value, "amount", order->told_amount) ||
        !says_text(&value, "order_id", order->order_id) ||
        !says_text(&value, "currency", str_of(order->currency.code)))
        return false;
    told = value_member(&value, STR("items"));
    if (!told || told->kind != VALUE_LIST || told->count != order->told_items.count)
        return false;
    for (size_t i = 0; i < told->count; i++)
        if (!says_int(&told->items[i], "amount", items[i].amount) ||
            !says_int(&told->items[i], "quantity", items[i].quantity))
            return false;
    return true;
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
