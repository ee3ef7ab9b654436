/* Deciding many orders: what partners and customers had before is remembered here instead of being
 * read. No store, no clock. */
#include "rooms/commission/decide.h"
#include "rooms/commission/commission_inside.h"
#include "rooms/commission/decide_customers.h"
#include "rooms/commission/rule_earn.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"

/* One partner under one rule line. */
struct trace {
    int64_t partner_id, line_id;
    int64_t period; /* its beginning */
    int64_t what;   /* 0: a volume; else another sum */
    int64_t before; /* volume so far, or the sum */
    int64_t whole;  /* of the period, when it was counted first */
};

struct commission_memory {
    struct trace *at;
    size_t count, room; /* room: a power of two */
    struct customers *customers;
};

struct commission_memory *commission_memory_new(void)
{
    struct commission_memory *m = calloc(1, sizeof(*m));

    if (!m)
        log_fatal("out of memory while deciding orders");
    m->customers = customers_new();
    return m;
}

void commission_memory_free(struct commission_memory *m)
{
    if (!m)
        return;
    customers_free(m->customers);
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
           a->what == b->what;
}

static struct trace *slot_of(struct trace *at, size_t room, const struct trace *key)
{
    uint64_t hash = mix(mix(mix(mix(1, key->partner_id), key->line_id), key->period), key->what);
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
                          .period = period, .what = what })
                ->before;
}

static struct trace key_of_volume(const struct rule *rule, int64_t partner_id, instant at)
{
    instant from, to;
    rule_period_of(rule->tiered_by.period, at, &from, &to);
    return (struct trace){ .partner_id = partner_id, .line_id = rule->line_id, .period = from.ms };
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

/* What a line asks of the past, and the answer. */
struct commission_question {
    enum { ASKS_VOLUME, ASKS_CUSTOMER, ASKS_NOBODY /* a customer without a name */ } asks;
    union {
        struct trace volume;
        struct customer_key customer;
    } key;
    int64_t partner_id, line_id;
    int64_t adds; /* to the volume, or to his orders */
    bool looks_ahead;
    int64_t before;
    instant at, first; /* this order, and the customer's first */
};

static struct commission_question question_of(const struct decision *d,
    const struct decide_order *order, str customer, const struct decide_share *shares,
    const struct decide_line *line)
{
    const struct decide_share *share = &shares[line->share];
    struct commission_question q = { .partner_id = share->partner_id,
        .line_id = line->rule->line_id,
        .looks_ahead = looks_ahead(line->rule),
        .at = order->at,
        .asks = ASKS_NOBODY };

    if (line->rule->tiers.count) {
        q.asks = ASKS_VOLUME;
        q.key.volume = key_of_volume(line->rule, share->partner_id, order->at);
        q.adds = adds(d, order, shares, line);
    } else if (!str_empty(customer)) {
        q.asks = ASKS_CUSTOMER;
        q.key.customer = customer_key(share->partner_id, line->rule->line_id, customer);
        q.adds = !share->is_declined;
    }
    return q;
}

err commission_choose(struct arena *arena, const struct decide_order *order, str customer,
    const struct decide_share *shares, size_t share_count, const struct rule *rules,
    size_t rule_count, struct commission_choice *out)
{
    struct decision *d = &out->decision;
    size_t count = 0;

    *out = (struct commission_choice){ 0 };
    TRY(decide_match(arena, order, shares, share_count, rules, rule_count, d));
    for (size_t i = 0; i < d->line_count; i++)
        count += speaks(d, &d->lines[i]);
    if (count == 0)
        return NULL;
    out->questions = ARENA_ARRAY(arena, struct commission_question, count);
    for (size_t i = 0; i < d->line_count; i++)
        if (speaks(d, &d->lines[i]))
            out->questions[out->count++] = question_of(d, order, customer, shares, &d->lines[i]);
    return NULL;
}

void commission_count(struct commission_memory *m, const struct commission_choice *choice)
{
    for (size_t i = 0; i < choice->count; i++)
        if (choice->questions[i].looks_ahead)
            recall(m, &choice->questions[i].key.volume)->whole += choice->questions[i].adds;
}

void commission_recall_soon(
    const struct commission_memory *m, const struct commission_choice *choice)
{
    for (size_t i = 0; i < choice->count; i++)
        if (choice->questions[i].asks == ASKS_CUSTOMER)
            customers_fetch(m->customers, &choice->questions[i].key.customer);
}

void commission_recall(struct commission_memory *m, struct commission_choice *inout)
{
    for (size_t i = 0; i < inout->count; i++) {
        struct commission_question *q = &inout->questions[i];
        if (q->asks == ASKS_VOLUME) {
            struct trace *t = recall(m, &q->key.volume);
            q->before = q->looks_ahead ? t->whole - q->adds : t->before;
            t->before += q->adds;
        } else if (q->asks == ASKS_CUSTOMER) {
            q->before =
                customers_next(m->customers, &q->key.customer, q->at, q->adds > 0, &q->first);
        }
    }
}

err commission_conclude(struct arena *arena, const struct decide_order *order,
    const struct decide_share *shares, struct commission_choice *inout)
{
    struct decide_order again = *order;
    struct decide_past *past = ARENA_ARRAY(arena, struct decide_past, inout->count + 1);

    for (size_t i = 0; i < inout->count; i++) {
        const struct commission_question *q = &inout->questions[i];
        past[i] = (struct decide_past){ .partner_id = q->partner_id, .line_id = q->line_id };
        if (q->asks != ASKS_CUSTOMER) {
            past[i].before = q->before;
            past[i].nth = q->asks == ASKS_VOLUME;
        } else {
            past[i].nth = q->before + 1;
            past[i].months = rule_months_between(q->first, order->at);
        }
    }
    again.past = past;
    again.past_count = inout->count;
    return decide_earn(arena, &again, shares, &inout->decision);
}
