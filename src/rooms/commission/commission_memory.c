/* Deciding many orders, one after the other: what partners and customers had before is remembered
 * here instead of being read. No store, no clock. */
#include "rooms/commission/commission.h"
#include "rooms/commission/commission_rules.h"
#include "rooms/commission/rule_earn.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"

/* One partner under one rule line: in a period, or with one customer. */
struct trace {
    int64_t partner_id, line_id;
    int64_t period;    /* its beginning; or what the customer's name hashes to */
    int64_t customer;  /* a second hash of it, odd; 0: this is a volume; even: another sum */
    int64_t before;    /* volume so far; or how many orders */
    int64_t whole;     /* of the period, when it was counted first */
    instant first;     /* order of the customer */
};

struct commission_memory {
    struct trace *at;
    size_t count, room; /* room: a power of two */
};

struct commission_memory *commission_memory_new(void)
{
    struct commission_memory *m = calloc(1, sizeof(*m));

    if (!m)
        log_fatal("out of memory while deciding orders");
    return m;
}

void commission_memory_free(struct commission_memory *m)
{
    if (m)
        free(m->at);
    free(m);
}

static uint64_t mix(uint64_t a, int64_t b)
{
    a = (a ^ (uint64_t)b) * UINT64_C(0x9e3779b97f4a7c15);
    return a ^ (a >> 29);
}

static bool same(const struct trace *a, const struct trace *b)
{
    return a->partner_id == b->partner_id && a->line_id == b->line_id && a->period == b->period &&
           a->customer == b->customer;
}

static struct trace *slot_of(struct trace *at, size_t room, const struct trace *key)
{
    uint64_t hash = mix(mix(mix(mix(1, key->partner_id), key->line_id), key->period), key->customer);
    size_t i = (size_t)hash & (room - 1);

    while (at[i].partner_id && !same(&at[i], key))
        i = (i + 1) & (room - 1);
    return &at[i];
}

static void grow(struct commission_memory *m)
{
    size_t room = m->room ? m->room * 2 : 1024;
    struct trace *at = calloc(room, sizeof(*at));

    if (!at)
        log_fatal("out of memory while deciding orders");
    for (size_t i = 0; i < m->room; i++)
        if (m->at[i].partner_id)
            *slot_of(at, room, &m->at[i]) = m->at[i];
    free(m->at);
    m->at = at;
    m->room = room;
}

static struct trace *recall(struct commission_memory *m, const struct trace *key)
{
    if (m->count * 4 >= m->room * 3)
        grow(m);
    struct trace *t = slot_of(m->at, m->room, key);
    if (!t->partner_id) {
        *t = *key;
        m->count++;
    }
    return t;
}

int64_t *commission_memory_sum(struct commission_memory *m, int64_t partner_id, int64_t line_id,
    int64_t period, int64_t what)
{
    return &recall(m, &(struct trace){ .partner_id = partner_id, .line_id = line_id,
                          .period = period, .customer = what })
                ->before;
}

static struct trace *volume_of(
    struct commission_memory *m, const struct rule *rule, int64_t partner_id, instant at)
{
    instant from, to;
    rule_period_of(rule->tiered_by.period, at, &from, &to);
    return recall(m, &(struct trace){ .partner_id = partner_id, .line_id = rule->line_id,
                         .period = from.ms });
}

static int64_t hash_of(str text, uint64_t seed)
{
    for (size_t i = 0; i < text.len; i++)
        seed = (seed ^ (unsigned char)text.at[i]) * UINT64_C(0x100000001b3);
    return (int64_t)(seed ^ (seed >> 31));
}

static struct trace *customer_of(
    struct commission_memory *m, const struct rule *rule, int64_t partner_id, str customer)
{
    return recall(m, &(struct trace){ .partner_id = partner_id, .line_id = rule->line_id,
                         .period = hash_of(customer, UINT64_C(0xcbf29ce484222325)),
                         .customer = hash_of(customer, UINT64_C(0x9ae16a3b2f90404f)) | 1 });
}

/* ---- what rules ask for
 * ----------------------------------------------------------------------------------- */

bool commission_rules_have_past(const struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rules[i].kind == RULE_COMMISSION && rule_has_past(&rules[i]))
            return true;
    return false;
}

static bool looks_ahead(const struct rule *rule)
{
    return rule->kind == RULE_COMMISSION && rule->tiers.count &&
           rule->tiered_by.mode == MODE_RETROACTIVE;
}

bool commission_rules_look_ahead(const struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (looks_ahead(&rules[i]))
            return true;
    return false;
}

/* Lines of one share that one rule line decided are one in its past: the first of them speaks. */
static bool speaks(const struct decision *d, const struct decide_line *line)
{
    if (!line->rule || !rule_has_past(line->rule))
        return false;
    for (const struct decide_line *l = d->lines; l < line; l++)
        if (l->share == line->share && l->rule == line->rule)
            return false;
    return true;
}

/* What this order adds to the volume that `line` counts in. */
static int64_t adds(const struct decision *d, const struct decide_order *order,
    const struct decide_share *shares, const struct decide_line *line)
{
    int64_t whole = order->amount.minor, kept = whole - order->refunded, sum = 0;

    if (shares[line->share].is_declined)
        return 0;
    if (line->rule->tiered_by.measure == VOLUME_ORDERS)
        return kept > 0;
    for (size_t i = 0; i < d->line_count; i++)
        if (d->lines[i].share == line->share && d->lines[i].rule == line->rule)
            sum += rule_volume_of(
                line->rule, d->lines[i].base, shares[line->share].share_bp, kept, whole);
    return sum;
}

/* ---- one order
 * -------------------------------------------------------------------------------------------- */

err commission_count(struct commission_memory *m, struct arena *arena,
    const struct decide_order *order, const struct decide_share *shares, size_t share_count,
    const struct rule *rules, size_t rule_count)
{
    struct decision d;

    TRY(commission_decide(arena, order, shares, share_count, rules, rule_count, &d));
    for (size_t i = 0; i < d.line_count; i++) {
        const struct decide_line *line = &d.lines[i];
        if (speaks(&d, line) && looks_ahead(line->rule))
            volume_of(m, line->rule, shares[line->share].partner_id, order->at)->whole +=
                adds(&d, order, shares, line);
    }
    return NULL;
}

static struct decide_past past_of_volume(struct commission_memory *m, const struct decision *d,
    const struct decide_order *order, const struct decide_share *shares,
    const struct decide_line *line)
{
    int64_t partner_id = shares[line->share].partner_id, own = adds(d, order, shares, line);
    struct trace *t = volume_of(m, line->rule, partner_id, order->at);
    int64_t before = looks_ahead(line->rule) ? t->whole - own : t->before;

    t->before += own;
    return (struct decide_past){
        .partner_id = partner_id, .line_id = line->rule->line_id, .before = before, .nth = 1
    };
}

static struct decide_past past_of_customer(struct commission_memory *m,
    const struct decide_order *order, str customer, const struct decide_share *shares,
    const struct decide_line *line)
{
    int64_t partner_id = shares[line->share].partner_id;
    struct decide_past past = { .partner_id = partner_id, .line_id = line->rule->line_id };

    if (str_empty(customer))
        return past;
    struct trace *t = customer_of(m, line->rule, partner_id, customer);
    if (t->before == 0)
        t->first = order->at;
    past.nth = t->before + 1;
    past.months = rule_months_between(t->first, order->at);
    t->before += !shares[line->share].is_declined;
    return past;
}

err commission_decide_next(struct commission_memory *m, struct arena *arena,
    const struct decide_order *order, str customer, const struct decide_share *shares,
    size_t share_count, const struct rule *rules, size_t rule_count, struct decision *out)
{
    struct decide_order again = *order;
    struct decide_past *past;

    TRY(commission_decide(arena, order, shares, share_count, rules, rule_count, out));
    past = ARENA_ARRAY(arena, struct decide_past, out->line_count + 1);
    again.past = past;
    again.past_count = 0;
    for (size_t i = 0; i < out->line_count; i++) {
        const struct decide_line *line = &out->lines[i];
        if (!speaks(out, line))
            continue;
        past[again.past_count++] = line->rule->tiers.count
                                       ? past_of_volume(m, out, order, shares, line)
                                       : past_of_customer(m, order, customer, shares, line);
    }
    if (again.past_count == 0)
        return NULL;
    return commission_decide(arena, &again, shares, share_count, rules, rule_count, out);
}
