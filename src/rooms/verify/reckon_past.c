/* Steps by volume, renewals and caps per order, by the second hand: every order of the past is at
 * hand here, and nothing of what the books keep about volumes is read. */
#include "rooms/verify/verify_inside.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "http/json.h"

static bool is(str text, const char *word)
{
    return str_eq(text, str_of(word));
}

/* ---- steps
 * ----------------------------------------------------------------------------------------------------
 */

static int64_t count_of(const struct value *object, const char *name)
{
    const struct value *value = value_member(object, str_of(name));
    return value && value->kind == VALUE_INT ? value->number : 0;
}

static bool read_steps(struct arena *arena, str text, struct fact_step out[12], size_t *out_count)
{
    struct value list = { 0 };

    *out_count = 0;
    if (!text.len)
        return true;
    if (value_read(arena, text, &list) || list.count > 12)
        return false;
    for (size_t i = 0; i < list.count; i++)
        out[i] = (struct fact_step){ count_of(&list.items[i], "from"),
            count_of(&list.items[i], "percent_bp"), count_of(&list.items[i], "amount") };
    *out_count = list.count;
    return true;
}

bool reckon_steps(struct arena *arena, struct list *rules)
{
    struct fact_rule *rule = rules->at;
    bool all = true;

    for (size_t i = 0; i < rules->count; i++)
        all = read_steps(arena, rule[i].tiers_json, rule[i].tiers, &rule[i].tier_count) &&
              read_steps(
                  arena, rule[i].recurring_json, rule[i].renewals, &rule[i].renewal_count) &&
              all;
    return all;
}

bool reckon_has_past(const struct fact_rule *rule)
{
    return rule->tier_count || rule->renewal_count || rule->recurring_orders ||
           rule->recurring_months;
}

/* ---- the calendar
 * ---------------------------------------------------------------------------------------------- */

int64_t reckon_period(str period, instant at, int64_t *out_end)
{
    struct civil day = instant_civil(at);
    struct civil from = { .year = day.year, .month = is(period, "month") ? day.month : 1, .day = 1 };
    struct civil to = from;

    *out_end = INT64_MAX;
    if (is(period, "ever"))
        return 0;
    if (is(period, "month") && from.month < 12)
        to.month++;
    else {
        to.month = 1;
        to.year++;
    }
    *out_end = instant_from_civil(to).ms;
    return instant_from_civil(from).ms;
}

/* Whole months gone by: the day of the first month, or the last of a shorter one. */
static int64_t months_gone(instant first, instant now)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    struct civil day = instant_civil(first);
    int64_t gone = 0;

    for (;; gone++) {
        struct civil next = day;
        int month = day.month + (int)((gone + 1) % 12);
        next.year += (int)((gone + 1) / 12) + (month > 12);
        next.month = month > 12 ? month - 12 : month;
        int length = lengths[next.month - 1];
        if (next.month == 2 && next.year % 4 == 0 && (next.year % 100 || next.year % 400 == 0))
            length = 29;
        next.day = day.day < length ? day.day : length;
        if (instant_from_civil(next).ms > now.ms)
            return gone;
    }
}

/* ---- what an order is to the past
 * ------------------------------------------------------------------------------- */

static int64_t revenue_of(const struct fact_order *order, int64_t base, int32_t share_bp)
{
    __int128 per = (__int128)order->amount * 10000, part;

    if (order->amount <= order->counted_back)
        return 0;
    part = (__int128)base * share_bp;
    if (__builtin_mul_overflow(part, (__int128)(order->amount - order->counted_back), &part))
        return 0;
    return (int64_t)((2 * part + per) / (2 * per));
}

static uint64_t hash_of(str text)
{
    uint64_t hash = UINT64_C(1469598103934665603);
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.at[i]) * UINT64_C(1099511628211);
    return text.len ? hash | 1 : 0;
}

static struct past_row *add_row(struct past *past)
{
    if (past->count == past->room) {
        past->room = past->room ? past->room * 2 : 1024;
        past->at = realloc(past->at, past->room * sizeof past->at[0]);
        if (!past->at)
            log_fatal("out of memory while verifying");
    }
    return &past->at[past->count++];
}

static void add_seat(struct past *past, const struct fact_order *order, const struct seat *seat,
    const struct seat_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        const struct fact_rule *rule = lines->at[i].rule;
        bool is_first = reckon_has_past(rule);
        int64_t revenue = 0;
        for (size_t k = 0; k < i; k++)
            is_first &= lines->at[k].rule != rule;
        if (!is_first)
            continue;
        for (size_t k = i; k < lines->count; k++)
            if (lines->at[k].rule == rule)
                revenue += revenue_of(order, lines->at[k].base, seat->share_bp);
        *add_row(past) = (struct past_row){ .line_id = rule->line_id,
            .partner_id = seat->partner_id,
            .conversion_id = order->id,
            .at = order->occurred_at,
            .is_test = order->is_test,
            .currency = order->currency,
            .customer = hash_of(order->customer_id),
            .revenue = revenue,
            .orders = order->amount > order->counted_back };
    }
}

bool past_add(struct arena *arena, struct past *past, const struct fact_order *order,
    const struct list *rules, const struct seats *seats, const int64_t *back,
    bool (*is_declined)(int64_t partner_id, void *), void *arg)
{
    for (size_t i = 0; i < seats->count; i++) {
        struct seat_lines lines;
        if (!reckon_lines(arena, order, rules, back, &seats->at[i], &lines))
            return false;
        if (!is_declined(seats->at[i].partner_id, arg))
            add_seat(past, order, &seats->at[i], &lines);
    }
    return true;
}

static int by_owner_and_time(const void *a, const void *b)
{
    const struct past_row *x = a, *y = b;
    if (x->line_id != y->line_id)
        return x->line_id < y->line_id ? -1 : 1;
    if (x->partner_id != y->partner_id)
        return x->partner_id < y->partner_id ? -1 : 1;
    if (x->at.ms != y->at.ms)
        return x->at.ms < y->at.ms ? -1 : 1;
    return x->conversion_id == y->conversion_id ? 0 : x->conversion_id < y->conversion_id ? -1 : 1;
}

void past_sort(struct past *past)
{
    if (past->count)
        qsort(past->at, past->count, sizeof past->at[0], by_owner_and_time);
}

/* Where a partner's rows under a line begin. */
static size_t begin_of(const struct past *past, int64_t line_id, int64_t partner_id)
{
    size_t low = 0, high = past->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct past_row *row = &past->at[mid];
        if (row->line_id < line_id || (row->line_id == line_id && row->partner_id < partner_id))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

struct history {
    int64_t before, beside; /* volume in the period: sorted before it, all but it */
    int64_t nth, months;
};

static struct history history_of(const struct past *past, const struct fact_order *order,
    const struct seat *seat, const struct fact_rule *rule)
{
    struct history h = { .nth = 1 };
    int64_t to, from = reckon_period(rule->tiered_by_period, order->occurred_at, &to);
    uint64_t customer = hash_of(order->customer_id);
    instant first = order->occurred_at;

    for (size_t i = begin_of(past, rule->line_id, seat->partner_id);
         i < past->count && past->at[i].line_id == rule->line_id &&
         past->at[i].partner_id == seat->partner_id;
         i++) {
        const struct past_row *row = &past->at[i];
        bool is_before = row->at.ms < order->occurred_at.ms ||
                         (row->at.ms == order->occurred_at.ms && row->conversion_id < order->id);
        int64_t adds = is(rule->tiered_by_measure, "orders") ? row->orders
                       : currency_eq(row->currency, rule->tiered_by_currency) ? row->revenue
                                                                               : 0;
        if (row->is_test != order->is_test || row->conversion_id == order->id)
            continue;
        if (row->at.ms >= from && row->at.ms < to) {
            h.beside += adds;
            h.before += is_before ? adds : 0;
        }
        if (customer && row->customer == customer && is_before) {
            h.nth++;
            first = row->at.ms < first.ms ? row->at : first;
        }
    }
    h.months = months_gone(first, order->occurred_at);
    return h;
}

/* ---- what a line earns
 * ------------------------------------------------------------------------------------------ */

static struct fact_step step_at(
    const struct fact_rule *rule, const struct fact_step *steps, size_t count, int64_t reached)
{
    struct fact_step step = { 0, rule->reward_percent_bp, rule->reward_amount };

    for (size_t i = 0; i < count && steps[i].from <= reached; i++)
        step = steps[i];
    return step;
}

static __int128 by_step(const struct seat *seat, const struct seat_line *line, bool is_given,
    struct fact_step step)
{
    if (!line->rule->reward_currency.code[0])
        return (__int128)line->base * step.percent_bp * seat->share_bp;
    if (is(line->rule->reward_per, "item"))
        return (__int128)step.amount * (line->item ? line->item->quantity : 1) * 10000 *
               seat->share_bp;
    return is_given ? 0 : (__int128)step.amount * 10000 * seat->share_bp;
}

/* The line is cut where steps begin; each piece is rounded up at 10^-8. */
static bool by_pieces(const struct seat *seat, struct seat_line *line, int64_t from, int64_t volume)
{
    const struct fact_rule *rule = line->rule;
    int64_t end = from + volume, at = from;
    __int128 whole = (__int128)line->base * seat->share_bp, sum = 0;

    for (size_t i = 0; i <= rule->tier_count; i++) {
        int64_t to = i < rule->tier_count ? rule->tiers[i].from : end;
        __int128 piece = whole;
        if (to <= at || to > end || (to == end && i < rule->tier_count))
            continue;
        struct fact_step step = step_at(rule, rule->tiers, rule->tier_count, at);
        if (__builtin_mul_overflow(piece, (__int128)(to - at) * step.percent_bp, &piece))
            return false;
        sum += (piece + volume - 1) / volume;
        at = to;
    }
    line->exact = sum;
    return true;
}

static int64_t volume_of(
    const struct fact_order *order, const struct seat *seat, const struct seat_line *line)
{
    if (is(line->rule->tiered_by_measure, "orders"))
        return order->amount > order->counted_back;
    return currency_eq(order->currency, line->rule->tiered_by_currency)
               ? revenue_of(order, line->base, seat->share_bp)
               : 0;
}

static bool by_volume(const struct history *h, const struct fact_order *order,
    const struct seat *seat, struct seat_lines *lines, size_t at, bool is_given)
{
    struct seat_line *line = &lines->at[at];
    bool counts_orders = is(line->rule->tiered_by_measure, "orders");
    bool is_whole = is(line->rule->tiered_by_mode, "retroactive");
    int64_t own = volume_of(order, seat, line), reached = is_whole ? h->beside + own : h->before;

    for (size_t i = 0; i < lines->count && !counts_orders; i++)
        if (i != at && lines->at[i].rule == line->rule && (is_whole || i < at))
            reached += volume_of(order, seat, &lines->at[i]);
    if (!is_whole && counts_orders)
        reached++;
    else if (!is_whole && own > 0 && !line->rule->reward_currency.code[0])
        return by_pieces(seat, line, reached, own);
    line->exact = by_step(seat, line, is_given,
        step_at(line->rule, line->rule->tiers, line->rule->tier_count, reached));
    return true;
}

static void by_renewal(
    const struct history *h, const struct seat *seat, struct seat_line *line, bool is_given)
{
    const struct fact_rule *rule = line->rule;
    bool is_over = (rule->recurring_orders && h->nth > rule->recurring_orders) ||
                   (rule->recurring_months && h->months >= rule->recurring_months);

    line->exact = is_over ? 0
                          : by_step(seat, line, is_given,
                                step_at(rule, rule->renewals, rule->renewal_count, h->nth));
}

/* The first lines of a rule have what its cap leaves. */
static void cut_by_cap(const struct seat *seat, struct seat_lines *lines, size_t at)
{
    struct seat_line *line = &lines->at[at];
    __int128 room = (__int128)line->rule->cap_amount * 10000 * seat->share_bp;

    if (!line->rule->cap_amount || !currency_eq(line->rule->cap_currency, line->unit))
        return;
    for (size_t i = 0; i < at; i++)
        if (lines->at[i].rule == line->rule)
            room -= lines->at[i].exact - lines->at[i].cut;
    if (line->exact > room)
        line->cut = line->exact - room;
}

bool reckon_earned(const struct past *past, const struct fact_order *order,
    const struct seat *seat, struct seat_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        struct seat_line *line = &lines->at[i];
        struct history h = { .nth = 1 };
        bool is_given = false;
        for (size_t k = 0; k < i; k++)
            is_given |= lines->at[k].rule == line->rule;
        if (past && reckon_has_past(line->rule))
            h = history_of(past, order, seat, line->rule);
        if (line->rule->tier_count) {
            if (!by_volume(&h, order, seat, lines, i, is_given))
                return false;
        } else
            by_renewal(&h, seat, line, is_given);
        cut_by_cap(seat, lines, i);
    }
    return true;
}
