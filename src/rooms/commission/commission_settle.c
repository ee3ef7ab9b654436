/* What an order's commissions are worth, worked out again from its facts: amended, moved, returned;
 * then of all orders that hang on it. When all of that is known, the difference to what is booked is
 * posted, up or down; nothing depends on the order in which the facts were told. */
#include "rooms/commission/commission.h"
#include "rooms/commission/commission_beside.h"
#include "rooms/commission/commission_past.h"
#include "rooms/commission/commission_inside.h"

#include "base/arena.h"
#include "base/id.h"

/* A commission of the order, and what it is to be worth. */
struct seat {
    struct commission c;
    size_t part; /* NO_PART: he earns nothing of it any more */
    int32_t share_bp; /* of the order, as it is his now */
    bool is_new;
    exact now;
    int64_t worth;
};
enum { NO_PART = SIZE_MAX };
enum { WHOLE_BP = 10000 };

struct seats {
    struct seat *at;
    size_t count;
    int64_t whole, refunded; /* by which the exact sums are scaled */
    int64_t kept;            /* of the order */
    bool is_kept;            /* something of it; an order of nothing is whole */
};

/* ---- what came back
 * --------------------------------------------------------------------------------------------- */

/* What came back of an item: never more than it counts for. */
static int64_t returned_of(const struct commission_order *order, const struct decide_line *line)
{
    int64_t told = order->returned && line->item >= 0 ? order->returned[line->item] : 0;
    return told < line->base.minor ? told : line->base.minor;
}

/* Refunds that name items take those lines back; all others a part of what then is left. */
static void read_returns(
    const struct commission_order *order, const struct decision *d, struct seats *out)
{
    int64_t whole = order->cause.order->amount.minor, named = 0;

    for (size_t i = 0; i < d->line_count && d->lines[i].share == 0; i++)
        named += returned_of(order, &d->lines[i]);
    out->kept = whole - order->refunded;
    out->is_kept = out->kept > 0 || whole == 0;
    out->whole = whole - named;
    out->refunded = order->refunded - named;
    if (whole > 0 && out->whole == 0) /* all of it came back item by item */
        out->whole = out->refunded = 1;
}

/* A fixed sum for the order as a whole goes with the order, any other with its line. */
static exact left_of_line(const struct commission_order *order, const struct decide_line *line,
    const struct seats *seats)
{
    bool is_of_order = rule_is_fixed(line->rule) && line->rule->reward.per == PER_ORDER;
    exact counts = exact_sub(line->exact, line->cut);
    int64_t whole = order->cause.order->amount.minor, base = line->base.minor;

    if (is_of_order || base == 0) {
        int64_t left = seats->kept == 0 ? 0 : seats->whole;
        return whole > 0 ? exact_scale(counts, left, whole) : counts;
    }
    return exact_scale(counts, base - returned_of(order, line), base);
}

/* ---- who has a part
 * --------------------------------------------------------------------------------------------- */

static currency unit_of(const struct decide_line *line)
{
    return rule_is_fixed(line->rule) ? line->rule->reward.currency : line->base.currency;
}

static err sum_part(const struct commission_order *order, const struct decision *d,
    const struct seats *seats, size_t part, exact *out)
{
    *out = (exact){ 0 };
    for (size_t i = 0; i < d->line_count; i++) {
        const struct decide_line *line = &d->lines[i];
        if (line->rule && line->share == d->parts[part].share &&
            currency_eq(unit_of(line), d->parts[part].currency))
            *out = exact_add(*out, left_of_line(order, line, seats));
    }
    return NULL;
}

static struct seat *seat_of(
    struct seats *seats, int64_t partner_id, currency unit, size_t known)
{
    for (size_t i = 0; i < known; i++)
        if (seats->at[i].c.partner_id == partner_id && currency_eq(seats->at[i].c.currency, unit))
            return &seats->at[i];
    return NULL;
}

/* Those who have commissions of it, then those who are new to it. */
static err take_seats(struct arena *arena, const struct commission_order *order,
    const struct decision *d, const struct list *all, struct seats *out)
{
    const struct commission *rows = all->at;
    out->at = ARENA_ARRAY(arena, struct seat, all->count + d->part_count + 1);
    for (size_t i = 0; i < all->count; i++)
        if (rows[i].kind == order->cause.kind)
            out->at[out->count++] = (struct seat){ .c = rows[i], .part = NO_PART };
    size_t known = out->count;
    for (size_t i = 0; i < d->part_count; i++) {
        int64_t partner_id = order->cause.shares[d->parts[i].share].partner_id;
        struct seat *seat = seat_of(out, partner_id, d->parts[i].currency, known);
        if (!seat) {
            seat = &out->at[out->count++];
            *seat = (struct seat){ .c = { .partner_id = partner_id, .currency = d->parts[i].currency },
                .is_new = true };
        }
        seat->part = i;
        seat->share_bp = order->cause.shares[d->parts[i].share].share_bp;
        TRY(sum_part(order, d, out, i, &seat->now));
    }
    return NULL;
}

/* ---- the one rounding, over all of one currency
 * ----------------------------------------------------------------- */

static err round_unit(struct arena *arena, struct seats *seats, currency unit)
{
    exact *exacts = ARENA_ARRAY(arena, exact, seats->count + 1);
    int64_t *worth = ARENA_ARRAY(arena, int64_t, seats->count + 1);
    size_t count = 0, at = 0;

    for (size_t i = 0; i < seats->count; i++)
        if (currency_eq(seats->at[i].c.currency, unit))
            exacts[count++] = seats->at[i].now;
    TRY(commission_worth(exacts, count, seats->whole, seats->refunded, worth));
    for (size_t i = 0; i < seats->count; i++)
        if (currency_eq(seats->at[i].c.currency, unit))
            seats->at[i].worth = worth[at++];
    return NULL;
}

static err round_all(struct arena *arena, struct seats *seats)
{
    for (size_t i = 0; i < seats->count; i++) {
        bool done = false;
        for (size_t k = 0; k < i; k++)
            done |= currency_eq(seats->at[k].c.currency, seats->at[i].c.currency);
        if (!done)
            TRY(round_unit(arena, seats, seats->at[i].c.currency));
    }
    return NULL;
}

err commission_worth_now(struct arena *arena, const struct commission_order *order,
    const struct decision *d, int64_t *out)
{
    struct seats seats = { .count = d->part_count };

    if (!order->returned && order->refunded == 0) { /* as it was decided */
        for (size_t i = 0; i < d->part_count; i++)
            out[i] = d->parts[i].amount;
        return NULL;
    }
    seats.at = ARENA_ARRAY(arena, struct seat, d->part_count + 1);
    read_returns(order, d, &seats);
    for (size_t i = 0; i < d->part_count; i++) {
        seats.at[i].c.currency = d->parts[i].currency;
        TRY(sum_part(order, d, &seats, i, &seats.at[i].now));
    }
    TRY(round_all(arena, &seats));
    for (size_t i = 0; i < d->part_count; i++)
        out[i] = seats.at[i].worth;
    return NULL;
}

/* ---- posting the differences
 * ------------------------------------------------------------------------------------ */

static str key_of(struct arena *arena, const struct commission *c, const struct commission_why *why)
{
    if (!why->is_refund)
        return STR_NONE; /* may be worked out again for the same cause */
    return str_printf(arena, "refund:%" PRI_STR ":%" PRI_STR,
        STR_ARG(id_print(arena, "rfd", why->cause_id)), STR_ARG(id_print(arena, "com", c->id)));
}

err commission_post_difference(struct db *db, const struct ledger_act *act, struct commission *c,
    int64_t worth, const struct commission_why *why)
{
    struct taking_back taking = { .less = c->amount - worth,
        .entry_kind = why->entry_kind,
        .event = why->is_refund ? "reversed" : "adjusted",
        .key = key_of(db_arena(db), c, why),
        .reason = why->reason,
        .note = why->note,
        .cause_type = why->cause_type,
        .cause_id = why->cause_id,
        .adjusts = !why->is_refund };

    if (c->status == COMMISSION_DECLINED)
        return commission_keep(db, c);
    if (taking.less == 0)
        return commission_stay(db, act, c, &taking);
    return commission_take_back(db, act, c, &taking);
}

static void set_now(struct arena *arena, struct commission *c, exact now)
{
    str text = exact_text(arena, now);
    c->exact_now = str_eq(text, c->exact) ? STR_NONE : text;
}

static int64_t his_part(int64_t kept, int32_t share_bp)
{
    return (int64_t)(((__int128)kept * share_bp + WHOLE_BP / 2) / WHOLE_BP);
}

static void keep_seat(struct arena *arena, const struct seats *seats, struct seat *seat)
{
    struct commission *c = &seat->c;

    set_now(arena, c, seat->now);
    c->whole = seats->whole;
    c->refunded = seats->refunded;
    c->full_amount = seat->worth;
    c->kept_amount = seat->part == NO_PART ? 0 : his_part(seats->kept, seat->share_bp);
    c->is_kept = seat->part != NO_PART && seats->is_kept;
}

/* ---- what was told, worked out to its end
 * ------------------------------------------------------------------------------- */

/* One of the orders that are settled. */
struct weighed {
    struct commission_order order;
    struct decide_order now;
    struct commission_why why;
    struct decision d;
    struct list rules;
    struct seats seats;
    bool is_beside;
};

/* Decided once to see which rules decide, and once more with what was before it under them. */
static err decide(
    struct db *db, struct weighed *w, const struct list *rows, struct commission_ripple *ripple)
{
    const struct commission_cause *cause = &w->order.cause;
    struct decide_past *past;

    TRY(commission_decide(db_arena(db), &w->now, cause->shares, cause->share_count, w->rules.at,
        w->rules.count, &w->d));
    if (!past_matters(&w->rules))
        return NULL;
    TRY(past_keep(db, &w->order, &w->d, rows, ripple));
    TRY(past_read(db, &w->order, &w->d, &past, &w->now.past_count));
    w->now.past = past;
    return commission_decide(db_arena(db), &w->now, cause->shares, cause->share_count, w->rules.at,
        w->rules.count, &w->d);
}

static void settling_add(struct arena *arena, struct commission_settling *s, struct weighed *w)
{
    if (s->count == s->room) {
        size_t room = s->room ? s->room * 2 : 4;
        struct weighed **more = ARENA_ARRAY(arena, struct weighed *, room);
        for (size_t i = 0; i < s->count; i++)
            more[i] = s->orders[i];
        s->orders = more;
        s->room = room;
    }
    s->orders[s->count++] = w;
}

err commission_weigh(struct db *db, const struct commission_order *told,
    const struct commission_why *why, struct commission_settling *settling)
{
    struct weighed *w = ARENA_NEW(db_arena(db), struct weighed);
    struct list rows;

    *w = (struct weighed){ .order = *told, .now = *told->cause.order, .why = *why };
    w->now.refunded = told->refunded;
    w->order.cause.order = &w->now;
    const struct commission_cause *cause = &w->order.cause;
    TRY(commission_of_conversion(db, cause->program_id, cause->conversion_id, &rows));
    TRY(commission_rules_known(
        db, cause->program_id, w->now.judged_at, w->order.told_at, &w->rules));
    w->is_beside = beside_matters(&w->rules);
    TRY(decide(db, w, &rows, &settling->ripple));
    read_returns(&w->order, &w->d, &w->seats);
    TRY(take_seats(db_arena(db), &w->order, &w->d, &rows, &w->seats));
    TRY(round_all(db_arena(db), &w->seats));
    settling_add(db_arena(db), settling, w);
    ripple_put(db_arena(db), &settling->ripple, cause->conversion_id)->is_weighed = true;
    return NULL;
}

/* Those that stand: caps read out of the rows what they are worth. */
static err take_up(struct db *db, struct weighed *w, struct touched *all)
{
    for (size_t i = 0; i < w->seats.count; i++) {
        struct seat *seat = &w->seats.at[i];
        if (seat->is_new)
            continue;
        keep_seat(db_arena(db), &w->seats, seat);
        if (w->is_beside)
            TRY(commission_keep(db, &seat->c));
        touched_put(db_arena(db), all,
            &(struct touched_one){ .c = seat->c, .why = &w->why, .is_beside = w->is_beside });
    }
    return NULL;
}

/* Rows of those who are new to it, in the order of its shares. Of what is gone as a whole nobody
 * gets anything. */
static void make_rows(struct arena *arena, const struct ledger_act *act, struct weighed *w)
{
    for (size_t i = 0; i < w->seats.count; i++) {
        struct seat *seat = &w->seats.at[i];
        seat->is_new = seat->is_new && w->seats.is_kept;
        if (!seat->is_new)
            continue;
        w->d.parts[seat->part].amount = seat->worth;
        seat->c = commission_row(arena, act, &w->order.cause, &w->d, seat->part);
        keep_seat(arena, &w->seats, seat);
    }
}

/* What caps leave to those before it is known: it begins with its last figure. */
static err begin_seat(struct db *db, const struct ledger_act *act, struct weighed *w,
    struct seat *seat, struct touched *all)
{
    const struct decide_share *share = &w->order.cause.shares[w->d.parts[seat->part].share];
    struct commission *c = &seat->c;

    seat->is_new = false;
    if (w->is_beside) {
        TRY(beside_begin(db, &w->order, share, &w->rules, c));
        TRY(beside_worth(db, c, &c->earned_amount));
        c->amount = c->booked = c->earned_amount;
    }
    TRY(commission_begin(db, act, c));
    touched_put(db_arena(db), all,
        &(struct touched_one){ .c = *c, .why = &w->why, .is_new = true, .is_beside = w->is_beside });
    return NULL;
}

static struct beside turn_of(const struct commission *c)
{
    return (struct beside){ .occurred_at = c->occurred_at,
        .conversion_id = c->conversion_id,
        .seller_id = c->partner_id,
        .commission_id = c->id };
}

/* The first that has not begun, as caps serve them. */
static struct seat *next_new(const struct commission_settling *s, struct weighed **out)
{
    struct seat *next = NULL;
    struct beside first = { 0 };

    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->orders[i]->seats.count; k++) {
            struct seat *seat = &s->orders[i]->seats.at[k];
            struct beside turn = turn_of(&seat->c);
            if (!seat->is_new || (next && beside_is_earlier(&first, &turn)))
                continue;
            next = seat;
            first = turn;
            *out = s->orders[i];
        }
    return next;
}

static err begin_all(struct db *db, const struct ledger_act *act,
    const struct commission_settling *s, struct touched *all, const struct commission_why *others)
{
    struct weighed *w = NULL;
    struct seat *seat;

    while ((seat = next_new(s, &w))) {
        TRY(begin_seat(db, act, w, seat, all));
        if (w->is_beside)
            TRY(beside_caps(db, all, others));
    }
    return NULL;
}

static err post(struct db *db, const struct ledger_act *act, struct touched_one *one)
{
    int64_t worth = one->c.full_amount;

    if (one->is_beside)
        TRY(beside_worth(db, &one->c, &worth));
    if (one->is_new && worth == one->c.amount)
        return NULL;
    return commission_post_difference(db, act, &one->c, worth, one->why);
}

/* Why those are moved that caps leave something else, and bonuses. Why an order came back is between
 * that customer and the shop: it is named. */
static struct commission_why because_of(const struct weighed *first)
{
    struct commission_why why = first->why;

    why.entry_kind = "adjust";
    why.is_refund = false;
    why.reason = STR("cap");
    why.note = first->now.order_id;
    return why;
}

err commission_book(struct db *db, const struct ledger_act *act, struct commission_settling *s)
{
    struct commission_why others;
    struct touched all = { 0 };

    if (s->count == 0)
        return NULL;
    others = because_of(s->orders[0]);
    for (size_t i = 0; i < s->count; i++)
        TRY(take_up(db, s->orders[i], &all));
    TRY(beside_caps(db, &all, &others));
    for (size_t i = 0; i < s->count; i++)
        make_rows(db_arena(db), act, s->orders[i]);
    TRY(begin_all(db, act, s, &all, &others));
    for (size_t i = 0; i < all.count; i++)
        TRY(post(db, act, &all.at[i]));
    return beside_bonuses(db, act, &all, &others);
}

/* ---- looked at again
 * -------------------------------------------------------------------------------------------- */

static err seat_stands(struct db *db, const struct seat *seat, bool is_beside, bool *out)
{
    int64_t worth = seat->worth;

    *out = true;
    if (seat->is_new)
        *out = seat->worth == 0;
    if (seat->is_new || seat->c.status == COMMISSION_DECLINED)
        return NULL;
    if (is_beside)
        TRY(beside_worth(db, &seat->c, &worth));
    *out = seat->c.full_amount == seat->worth && seat->c.amount == worth;
    return NULL;
}

err commission_recheck(
    struct db *db, const struct commission_order *told, struct decision *out, bool *out_same)
{
    struct commission_order order = *told;
    struct decide_order *now = ARENA_NEW(db_arena(db), struct decide_order);
    const struct commission_cause *cause = &order.cause;
    struct seats seats = { 0 };
    struct decide_past *past;
    struct list rows, rules;

    *now = *told->cause.order;
    now->refunded = told->refunded;
    order.cause.order = now;
    TRY(commission_of_conversion(db, cause->program_id, cause->conversion_id, &rows));
    TRY(commission_rules_known(db, cause->program_id, now->judged_at, order.told_at, &rules));
    TRY(commission_decide(
        db_arena(db), now, cause->shares, cause->share_count, rules.at, rules.count, out));
    if (past_matters(&rules)) {
        TRY(past_read(db, &order, out, &past, &now->past_count));
        now->past = past;
        TRY(commission_decide(
            db_arena(db), now, cause->shares, cause->share_count, rules.at, rules.count, out));
    }
    read_returns(&order, out, &seats);
    TRY(take_seats(db_arena(db), &order, out, &rows, &seats));
    TRY(round_all(db_arena(db), &seats));
    *out_same = true;
    for (size_t i = 0; i < seats.count && *out_same; i++)
        TRY(seat_stands(db, &seats.at[i], beside_matters(&rules), out_same));
    return NULL;
}

/* ---- a refund alone: the sums stay, what is left of the order changes
 * ------------------------------------------ */

err commission_refund(
    struct db *db, const struct ledger_act *act, const struct commission_refund *refund)
{
    bool is_chargeback = str_eq(refund->kind, STR("chargeback"));
    struct commission_why why = { .entry_kind = is_chargeback ? "chargeback" : "refund",
        .cause_type = "refund",
        .cause_id = refund->refund_id,
        .reason = is_chargeback ? STR("chargeback") : STR("refund"),
        .note = refund->reason,
        .is_refund = true };
    struct seats seats = { .whole = refund->order_amount,
        .refunded = refund->refunded,
        .kept = refund->order_amount - refund->refunded,
        .is_kept = refund->order_amount == 0 || refund->refunded < refund->order_amount };
    struct list all;

    TRY(commission_of_conversion(db, refund->program_id, refund->conversion_id, &all));
    const struct commission *rows = all.at;
    seats.at = ARENA_ARRAY(db_arena(db), struct seat, all.count + 1);
    for (size_t i = 0; i < all.count; i++) {
        if (rows[i].kind == COMMISSION_BONUS)
            continue; /* what a recruiter has of it follows from theirs */
        struct seat *seat = &seats.at[seats.count++];
        *seat = (struct seat){ .c = rows[i], .share_bp = rows[i].share_bp };
        if (!commission_exact_now(&rows[i], &seat->now))
            return &STORE_BROKEN;
    }
    TRY(round_all(db_arena(db), &seats));
    for (size_t i = 0; i < seats.count; i++) {
        keep_seat(db_arena(db), &seats, &seats.at[i]);
        TRY(commission_post_difference(db, act, &seats.at[i].c, seats.at[i].worth, &why));
    }
    return NULL;
}
