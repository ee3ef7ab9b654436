/* Deciding a batch, stage by stage, on both sides. */
#include "rooms/replay/replay_run.h"

#include "base/arena.h"

/* Pairs of an order and a partner, sorted by the order. */
static bool is_listed(const struct list *list, int64_t id, int64_t partner_id)
{
    const struct replay_pair *at = list->at;
    size_t low = 0, high = list->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (at[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < list->count && at[low].id == id; low++)
        if (at[low].partner_id == partner_id)
            return true;
    return false;
}

/* ---- shares, and the rules that decide
 * ----------------------------------------------------------------------------------- */

static struct decide_share share_of(const struct replayed *r, const struct attribution_share *s)
{
    const strs *subs = &r->touches[s->touch].subs;
    struct decide_share share = {
        .partner_id = s->partner_id, .group = s->group, .share_bp = s->share_bp
    };

    for (size_t i = 0; i < subs->count && i < 5; i++)
        share.subs[i] = subs->at[i];
    return share;
}

static void find_shares(const struct batch *b, struct replayed *r, int side)
{
    struct attribution_share *shares =
        ARENA_ARRAY(b->arena, struct attribution_share, r->touch_count + 1);
    size_t count = attribution_shares(r->touches, r->touch_count, shares);
    struct decide_share *out = ARENA_ARRAY(b->arena, struct decide_share, count + 1);

    for (size_t i = 0; i < count; i++)
        out[i] = share_of(r, &shares[i]);
    if (r->changes)
        conversion_changes_share(r->changes, out, &count);
    for (size_t i = 0; i < count; i++)
        out[i].is_declined = is_listed(&b->run->declined, r->id, out[i].partner_id);
    r->side[side].shares = out;
    r->side[side].share_count = count;
}

static void judge_as_drafted(const struct run *run, struct replayed *r)
{
    const struct replay_draft *draft = run->ask->draft;
    struct attribution_terms terms = r->terms;
    struct attribution verdict;

    if (draft->has_model)
        terms.model = draft->model;
    if (draft->has_precedence)
        terms.precedence = draft->precedence;
    if (draft->window_days)
        terms.window_days = draft->window_days;
    if (draft->customer_days)
        terms.customer_days = draft->customer_days;
    attribution_decide(&terms, &(struct attribution_order){ .at = r->occurred_at }, r->touches,
        r->touch_count, &verdict);
}

/* Rules made after the order was told, though they say they held before, did not judge it. */
static struct list known_then(const struct batch *b, const struct replayed *r, const struct side *s)
{
    const struct rule *rules = s->rules.at;
    struct rule *known;
    size_t count = 0;

    if (!s->is_backdated)
        return s->rules;
    known = ARENA_ARRAY(b->arena, struct rule, s->rules.count + 1);
    for (size_t i = 0; i < s->rules.count; i++)
        if (rules[i].created_at.ms <= r->created_at.ms)
            known[count++] = rules[i];
    return (struct list){ known, count };
}

static err choose(const struct batch *b, struct replayed *r, int side)
{
    r->side[side].rules = known_then(b, r, &b->run->sides[side]);
    return commission_choose(b->arena, &r->order, r->customer_id, r->side[side].shares,
        r->side[side].share_count, r->side[side].rules.at, r->side[side].rules.count,
        &r->side[side].choice);
}

/* While the first of two passes counts, a side that does not look ahead has nothing to ask. */
static bool asks(const struct batch *b, int side)
{
    return !b->span.counts || b->run->sides[side].looks_ahead;
}

err batch_choose(struct batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        struct replayed *r = &b->at[i];
        find_shares(b, r, SIDE_BEFORE);
        r->side[SIDE_AFTER].shares = r->side[SIDE_BEFORE].shares;
        r->side[SIDE_AFTER].share_count = r->side[SIDE_BEFORE].share_count;
        if (b->run->new_touches && asks(b, SIDE_AFTER)) {
            judge_as_drafted(b->run, r);
            find_shares(b, r, SIDE_AFTER);
        }
        for (int side = 0; side < SIDES; side++)
            if (asks(b, side))
                TRY(choose(b, r, side));
    }
    return NULL;
}

/* ---- what came before
 * ----------------------------------------------------------------------------------------------- */

void batch_count(struct batch *b)
{
    for (size_t i = 0; i < b->count; i++)
        for (int side = 0; side < SIDES; side++)
            commission_count(b->run->sides[side].past, &b->at[i].side[side].choice);
}

void batch_recall(struct batch *b)
{
    enum { SOON = 8 };

    for (size_t i = 0; i < b->count; i++)
        for (int side = 0; side < SIDES; side++) {
            const struct side *s = &b->run->sides[side];
            if (i + SOON < b->count)
                commission_recall_soon(s->past, &b->at[i + SOON].side[side].choice);
            commission_recall(s->past, &b->at[i].side[side].choice);
        }
}

/* ---- what it is worth
 * --------------------------------------------------------------------------------------------- */

static err conclude(const struct batch *b, struct replayed *r, int side)
{
    const struct decide_share *shares = r->side[side].shares;
    struct commission_choice *choice = &r->side[side].choice;
    struct commission_order now = { .cause.order = &r->order,
        .cause.shares = shares,
        .returned = r->changes ? r->changes->returned : NULL,
        .refunded = r->refunded };

    TRY(commission_conclude(b->arena, &r->order, shares, choice));
    const struct decision *d = &choice->decision;
    int64_t *worth = ARENA_ARRAY(b->arena, int64_t, d->part_count + 1);
    TRY(commission_worth_now(b->arena, &now, d, worth));
    for (size_t i = 0; i < d->part_count; i++)
        if (shares[d->parts[i].share].is_declined)
            worth[i] = 0;
    r->side[side].worth = worth;
    return NULL;
}

err batch_conclude(struct batch *b)
{
    for (size_t i = 0; i < b->count; i++)
        for (int side = 0; side < SIDES; side++)
            TRY(conclude(b, &b->at[i], side));
    return NULL;
}

/* ---- caps, bonuses, sums
 * --------------------------------------------------------------------------------------------- */

/* Orders outside of the time that was asked for are decided because others look at them. */
static bool is_asked(const struct run *run, const struct replayed *r)
{
    const struct replay_ask *ask = run->ask;
    instant at = r->occurred_at;

    return (instant_none(ask->from) || at.ms >= ask->from.ms) &&
           (instant_none(ask->to) || at.ms < ask->to.ms);
}

static bool is_declined_bonus(
    const struct run *run, const struct replayed *r, const struct commission_bonus *bonus)
{
    const struct replay_bonus *at = run->declined_bonuses.at;

    if (bonus->kind == RULE_RECRUIT)
        return is_listed(&run->declined_parts, r->id, bonus->partner_id);
    for (size_t i = 0; i < run->declined_bonuses.count; i++)
        if (at[i].line_id == bonus->line_id && at[i].partner_id == bonus->partner_id &&
            at[i].period_from == bonus->period_from)
            return true;
    return false;
}

static err look_beside(const struct batch *b, struct replayed *r, int side, struct tally *to)
{
    const struct run *run = b->run;
    struct commission_besides asked = { &r->order, r->side[side].shares,
        &r->side[side].choice.decision, r->side[side].rules, run->people };
    struct list bonuses;

    TRY(commission_beside_next(
        run->sides[side].beside, b->arena, &asked, r->side[side].worth, &bonuses));
    const struct commission_bonus *bonus = bonuses.at;
    for (size_t i = 0; i < bonuses.count && is_asked(run, r); i++)
        if (!is_declined_bonus(run, r, &bonus[i]))
            tally_add(to, bonus[i].partner_id, bonus[i].worth.currency, 0, bonus[i].worth.minor);
    return NULL;
}

static err add(const struct batch *b, struct replayed *r, int side, struct tally *to)
{
    const struct decision *d = &r->side[side].choice.decision;
    const int64_t *worth = r->side[side].worth;

    if (b->run->sides[side].looks_beside)
        TRY(look_beside(b, r, side, to));
    for (size_t i = 0; i < d->part_count && is_asked(b->run, r); i++)
        tally_add(to, r->side[side].shares[d->parts[i].share].partner_id, d->parts[i].currency,
            worth[i] != 0, worth[i]);
    return NULL;
}

err batch_add(struct batch *b, struct tally tallies[SIDES], int64_t *inout_orders)
{
    for (size_t i = 0; i < b->count; i++) {
        for (int side = 0; side < SIDES; side++)
            TRY(add(b, &b->at[i], side, &tallies[side]));
        *inout_orders += is_asked(b->run, &b->at[i]);
    }
    return NULL;
}
