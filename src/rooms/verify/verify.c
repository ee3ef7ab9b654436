/* The run: orders one after the other, then commissions by hand, then every account. */
#include "rooms/verify/verify.h"
#include "rooms/verify/verify_inside.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/id.h"
#include "rooms/verify/verify.sql.h"

/* clang-format off */
static const struct field item_list[] = {
    FIELD_ID(fact_item, conversion_id, "cnv"), FIELD(fact_item, n), FIELD(fact_item, sku), FIELD(fact_item, name), FIELD(fact_item, category), FIELD(fact_item, quantity),
    FIELD(fact_item, amount),
};
const struct fields fact_item_fields = FIELDS(item_list, fact_item);

static const struct field rule_list[] = {
    FIELD_ID(fact_rule, id, "rul"), FIELD_ID(fact_rule, scope_partner_id, "par"), FIELD(fact_rule, scope_group),
    FIELD(fact_rule, scope_coupon), FIELD(fact_rule, scope_sku), FIELD(fact_rule, scope_category),
    FIELD(fact_rule, scope_event), FIELD(fact_rule, scope_customer), FIELD(fact_rule, reward_percent_bp),
    FIELD(fact_rule, reward_amount), FIELD(fact_rule, reward_currency), FIELD(fact_rule, reward_per),
    FIELD(fact_rule, starts_at), FIELD(fact_rule, ends_at), FIELD(fact_rule, created_at),
    FIELD(fact_rule, scope_country), FIELD(fact_rule, scope_order_from), FIELD(fact_rule, scope_order_below),
    FIELD(fact_rule, scope_order_currency), FIELD(fact_rule, scope_sub),
    FIELD_ID(fact_rule, line_id, "rul"), FIELD(fact_rule, kind), FIELD(fact_rule, tiered_by_measure),
    FIELD(fact_rule, tiered_by_period), FIELD(fact_rule, tiered_by_mode), FIELD(fact_rule, tiered_by_currency),
    FIELD(fact_rule, cap_currency), FIELD(fact_rule, tiers_json), FIELD(fact_rule, recurring_json),
    FIELD(fact_rule, levels_json), FIELD(fact_rule, recurring_orders), FIELD(fact_rule, recurring_months),
    FIELD(fact_rule, cap_amount), FIELD(fact_rule, target), FIELD(fact_rule, months),
};
const struct fields fact_rule_fields = FIELDS(rule_list, fact_rule);

static const struct field order_list[] = {
    FIELD_ID(fact_order, id, "cnv"), FIELD_ID(fact_order, program_id, "prg"), FIELD(fact_order, type),
    FIELD(fact_order, order_id), FIELD(fact_order, coupon), FIELD(fact_order, model), FIELD(fact_order, precedence),
    FIELD(fact_order, content), FIELD(fact_order, amount), FIELD(fact_order, refunded_amount),
    FIELD(fact_order, currency), FIELD(fact_order, new_customer), FIELD(fact_order, attributed),
    FIELD(fact_order, occurred_at), FIELD(fact_order, judged_at), FIELD(fact_order, created_at),
    FIELD(fact_order, window_days), FIELD(fact_order, customer_days),
    FIELD(fact_order, clawback_days), FIELD(fact_order, customer_binding), FIELD(fact_order, country),
    FIELD(fact_order, told_amount), FIELD_ID(fact_order, amended_by, "amd"), FIELD(fact_order, is_test),
    FIELD(fact_order, customer_id),
};
const struct fields fact_order_fields = FIELDS(order_list, fact_order);

static const struct field commission_list[] = {
    FIELD_ID(fact_commission, id, "com"), FIELD_ID(fact_commission, program_id, "prg"),
    FIELD_ID(fact_commission, partner_id, "par"), FIELD_ID(fact_commission, rule_id, "rul"),
    FIELD(fact_commission, order_id), FIELD(fact_commission, exact), FIELD(fact_commission, status),
    FIELD(fact_commission, place), FIELD(fact_commission, currency), FIELD(fact_commission, earned_amount),
    FIELD(fact_commission, amount), FIELD(fact_commission, reversed_amount),
    FIELD(fact_commission, adjusted_amount), FIELD(fact_commission, booked),
    FIELD(fact_commission, share_bp), FIELD(fact_commission, base_amount), FIELD(fact_commission, occurred_at),
    FIELD_ID(fact_commission, conversion_id, "cnv"), FIELD(fact_commission, is_test),
    FIELD(fact_commission, is_kept), FIELD(fact_commission, bonus_for),
};
const struct fields fact_commission_fields = FIELDS(commission_list, fact_commission);

static const struct field amendment_list[] = {
    FIELD_ID(fact_amendment, conversion_id, "cnv"), FIELD_ID(fact_amendment, id, "amd"), FIELD(fact_amendment, amount), FIELD(fact_amendment, items_json),
};
const struct fields fact_amendment_fields = FIELDS(amendment_list, fact_amendment);

static const struct field move_list[] = {
    FIELD_ID(fact_move, conversion_id, "cnv"),
    FIELD_ID(fact_move, from_partner_id, "par"), FIELD_ID(fact_move, to_partner_id, "par"), FIELD(fact_move, to_group),
};
const struct fields fact_move_fields = FIELDS(move_list, fact_move);

static const struct field refund_list[] = {
    FIELD_ID(fact_refund, conversion_id, "cnv"),
    FIELD(fact_refund, amount), FIELD(fact_refund, items_json), FIELD(fact_refund, at),
};
const struct fields fact_refund_fields = FIELDS(refund_list, fact_refund);

/* clang-format on */

/* ---- naming a difference
 * ------------------------------------------------------------------------------------------ */

static str figure(struct arena *arena, int64_t number, currency unit)
{
    if (currency_none(unit))
        return str_printf(arena, "%" PRId64, number);
    return str_printf(arena, "%" PRI_STR " %s",
        STR_ARG(amount_decimal(arena, (amount){ number, unit })), unit.code);
}

str verify_sentence(struct arena *arena, const struct verify_difference *d)
{
    str order = str_empty(d->order_id)
                    ? STR("")
                    : str_printf(arena, " of order %" PRI_STR, STR_ARG(d->order_id));
    return str_printf(arena,
        "%" PRI_STR "%" PRI_STR ", %" PRI_STR ": %" PRI_STR " in the books, %" PRI_STR
        " out of the facts",
        STR_ARG(d->object), STR_ARG(order), STR_ARG(d->what),
        STR_ARG(figure(arena, d->booked, d->currency)),
        STR_ARG(figure(arena, d->reckoned, d->currency)));
}

/* Kept with its words, which go with the group it was found in. */
static void hold(struct run *run, const struct verify_difference *d)
{
    if (run->held_count == run->held_room) {
        size_t room = run->held_room ? run->held_room * 2 : 64;
        struct verify_difference *more =
            ARENA_ARRAY(run->lasting, struct verify_difference, room);
        for (size_t i = 0; i < run->held_count; i++)
            more[i] = run->held[i];
        run->held = more;
        run->held_room = room;
    }
    struct verify_difference *kept = &run->held[run->held_count++];
    *kept = *d;
    kept->object = str_dup(run->lasting, d->object);
    kept->what = str_dup(run->lasting, d->what);
    if (d->order_id.at)
        kept->order_id = str_dup(run->lasting, d->order_id);
}

err differ(struct run *run, const struct verify_difference *d)
{
    if (run->holds) {
        hold(run, d);
        return NULL;
    }
    run->out.differences++;
    return run->report(d, run->arg);
}

err order_differs(
    struct run *run, const struct fact_order *order, str what, int64_t booked, int64_t reckoned)
{
    return differ(run, &(struct verify_difference){ .program_id = order->program_id,
                           .object = id_print(run->arena, "cnv", order->id),
                           .what = what,
                           .order_id = order->order_id,
                           .booked = booked,
                           .reckoned = reckoned });
}

err commission_differs(struct run *run, const struct fact_commission *c, const char *what,
    int64_t booked, int64_t reckoned)
{
    return differ(run, &(struct verify_difference){ .program_id = c->program_id,
                           .object = id_print(run->arena, "com", c->id),
                           .what = str_of(what),
                           .order_id = c->order_id,
                           .currency = c->currency,
                           .booked = booked,
                           .reckoned = reckoned });
}

static bool is_word(str text, const char *word)
{
    return str_eq(text, str_of(word));
}

/* ---- an order
 * ----------------------------------------------------------------------------------------------------------
 */

/* What it was worth when it was made, as long as nothing but refunds in proportion came after. */
static err check_first(struct run *run, const struct fact_commission *c, const struct reckoned *r)
{
    if (c->earned_amount != r->earned)
        TRY(commission_differs(run, c, "earned", c->earned_amount, r->earned));
    if (c->share_bp != r->share_bp)
        TRY(commission_differs(run, c, "share", c->share_bp, r->share_bp));
    if (!str_eq(c->exact, reckon_text(run->arena, r->exact)))
        TRY(commission_differs(run, c, "exact sum", c->earned_amount, r->earned));
    if (!is_word(c->status, "declined") && c->reversed_amount != r->earned - r->worth)
        TRY(commission_differs(
            run, c, "reversed by refunds", c->reversed_amount, r->earned - r->worth));
    return NULL;
}

static err check_part(struct run *run, const struct fact_order *order,
    const struct fact_commission *c, const struct reckoned *r)
{
    int64_t worth = is_word(c->status, "declined") ? 0 : r->worth;

    if (!reckon_changed(order))
        return check_first(run, c, r);
    return c->amount == worth ? NULL
                              : commission_differs(run, c, "worth by the facts", c->amount, worth);
}

static err rules_at_hand(struct run *run, int64_t program_id)
{
    if (run->rules_of == program_id)
        return NULL;
    run->rules_of = program_id;
    run->is_special = false;
    TRY(db_all(run->db, &VERIFY_RULES, PARAMS(P("program_id", program_id)), &fact_rule_fields,
        &run->rules));
    if (!reckon_steps(run->arena, &run->rules))
        return &STORE_BROKEN;
    const struct fact_rule *rule = run->rules.at;
    for (size_t i = 0; i < run->rules.count; i++)
        run->is_special |= !is_word(rule[i].kind, "commission") || reckon_has_past(&rule[i]);
    return NULL;
}

/* What is worth nothing under its steps had no row once. */
static bool is_free(const struct reckoned *r)
{
    return r->exact == 0;
}

/* All of it came back: who is new to it then gets no row. */
static bool is_gone(const struct fact_order *order)
{
    return order->amount > 0 && order->amount == order->counted_back;
}

/* The row of a part; parts of nothing for rows that nobody earns any more. */
static err match_rows(struct run *run, const struct fact_order *order,
    const struct reckoning *reckoning, const struct list *rows, struct reckoned *out)
{
    const struct fact_commission *c = rows->at;
    size_t found = 0;

    for (size_t i = 0; i < rows->count; i++) {
        out[i] = (struct reckoned){ .partner_id = c[i].partner_id, .currency = c[i].currency };
        for (size_t k = 0; k < reckoning->count; k++)
            if (reckoning->at[k].partner_id == c[i].partner_id &&
                currency_eq(reckoning->at[k].currency, c[i].currency)) {
                out[i] = reckoning->at[k];
                found++;
            }
    }
    for (size_t k = 0; run->is_special && k < reckoning->count && found < reckoning->count; k++)
        found += is_free(&reckoning->at[k]);
    if (is_gone(order) || (found == reckoning->count &&
        (found == rows->count || reckon_changed(order) || run->is_special)))
        return NULL;
    return order_differs(
        run, order, STR("number of commissions"), (int64_t)rows->count, (int64_t)reckoning->count);
}

static bool has_part(const struct reckoning *reckoning, const struct fact_commission *c)
{
    for (size_t k = 0; k < reckoning->count; k++)
        if (reckoning->at[k].partner_id == c->partner_id &&
            currency_eq(reckoning->at[k].currency, c->currency))
            return true;
    return false;
}

/* Is anything kept of what he has of it? */
static bool is_kept(const struct fact_order *order, const struct reckoning *reckoning,
    const struct fact_commission *c)
{
    return has_part(reckoning, c) && !is_gone(order);
}

static err check_commissions(
    struct run *run, const struct fact_order *order, const struct list *rows, const int32_t *shares)
{
    struct reckoning reckoning = { .at = run->group.parts };
    struct seats *seats = run->group.seats;
    const struct past *past = run->is_special ? &run->past : NULL;
    struct reckoned *of_rows = ARENA_ARRAY(run->arena, struct reckoned, rows->count + 1);
    bool fits = seats_by_touches(order, shares, seats) && rows->count <= RECKONED_MOST;
    follow_moves(order, seats);
    fits = fits && reckon_commissions(run->arena, order, seats, &run->rules, past, &reckoning);
    if (fits)
        TRY(match_rows(run, order, &reckoning, rows, of_rows));
    if (!fits || !reckon_round(of_rows, rows->count, reckoning.whole, reckoning.refunded))
        TRY(order_differs(run, order, STR("too large to reckon"), 0, 0));
    const struct fact_commission *c = rows->at;
    for (size_t i = 0; i < rows->count; i++) {
        struct fact_booked booked;
        if (run->is_special)
            TRY(due_add(run, order, seats, &c[i], &of_rows[i], has_part(&reckoning, &c[i])));
        else
            TRY(check_part(run, order, &c[i], &of_rows[i]));
        TRY(group_booked(run, &c[i], &booked));
        TRY(check_commission(run, &c[i], &booked, is_kept(order, &reckoning, &c[i])));
    }
    return NULL;
}

static err check_order(struct run *run, struct fact_order *order)
{
    struct list rows;
    int64_t counts;

    TRY(group_facts(run, order, &rows));
    int32_t *shares = ARENA_ARRAY(run->arena, int32_t, order->touches.count + 1);

    run->out.conversions++;
    if (!reckon_content(run->arena, order) || !reckon_now(run->arena, order, &counts))
        TRY(order_differs(run, order, STR("rows against what was told"), 0, 1));
    else if (order->amount != counts)
        TRY(order_differs(run, order, STR("amount as it was amended"), order->amount, counts));
    if (order->all_back != order->refunded_amount)
        TRY(order_differs(
            run, order, STR("sum of refunds"), order->refunded_amount, order->all_back));
    reckon_shares(order, shares);
    TRY(check_shares(run, order, shares));
    TRY(check_bound(run, order));
    TRY(check_late(run, order));
    return check_commissions(run, order, &rows, shares);
}

/* ---- orders that look at each other
 * ----------------------------------------------------------------------------------- */

static bool is_declined(int64_t partner_id, void *arg)
{
    const struct list *rows = arg;
    const struct fact_commission *c = rows->at;
    bool any = false;

    for (size_t i = 0; i < rows->count; i++)
        if (c[i].partner_id == partner_id) {
            any = true;
            if (!is_word(c[i].status, "declined"))
                return false;
        }
    return any;
}

static err collect_order(struct run *run, struct fact_order *order)
{
    struct seats *seats = run->group.seats;
    struct list rows;
    int64_t counts;

    TRY(group_facts(run, order, &rows));
    int32_t *shares = ARENA_ARRAY(run->arena, int32_t, order->touches.count + 1);
    if (!reckon_now(run->arena, order, &counts))
        return NULL; /* named when it is checked */
    int64_t *back = ARENA_ARRAY(run->arena, int64_t, order->items.count + 1);
    reckon_shares(order, shares);
    if (!seats_by_touches(order, shares, seats) || !read_back(run->arena, order, back))
        return NULL;
    follow_moves(order, seats);
    (void)past_add(run->arena, &run->past, order, &run->rules, seats, back, is_declined, &rows);
    return NULL;
}

static err do_order(struct run *run, struct fact_order *order)
{
    TRY(rules_at_hand(run, order->program_id));
    run->any_special |= run->is_special;
    if (run->pass == PASS_COLLECT)
        return run->is_special ? collect_order(run, order) : NULL;
    return run->is_special == (run->pass == PASS_SPECIAL) ? check_order(run, order) : NULL;
}

/* ---- in groups, each a snapshot of its own
 * ----------------------------------------------------------------------------- */

static err check_orders(struct db *db, void *arg)
{
    struct run *run = arg;
    struct list rows;

    run->db = db;
    run->arena = db_arena(db);
    run->rules_of = 0; /* texts of the last group are gone */
    TRY(db_all(db, &VERIFY_CONVERSIONS,
        PARAMS(P("after", run->after), P("most", run->at_once)), &fact_order_fields,
        &rows));
    group_begin(run, &rows);
    struct fact_order *orders = rows.at;
    for (size_t i = 0; i < rows.count; i++) {
        TRY(do_order(run, &orders[i]));
        run->after = orders[i].id;
    }
    run->more = rows.count == (size_t)run->at_once;
    return NULL;
}

static err check_by_hand(struct db *db, void *arg)
{
    struct run *run = arg;
    struct list rows;

    run->db = db;
    run->arena = db_arena(db);
    TRY(db_all(db, &VERIFY_COMMISSIONS_BY_HAND,
        PARAMS(P("after", run->after), P("most", run->at_once)), &fact_commission_fields,
        &rows));
    const struct fact_commission *c = rows.at;
    for (size_t i = 0; i < rows.count; i++) {
        struct fact_booked booked;
        TRY(single_booked(run, &c[i], &booked));
        TRY(check_commission(run, &c[i], &booked, c[i].bonus_for.at ? c[i].is_kept : true));
        run->after = c[i].id;
    }
    run->more = rows.count == (size_t)run->at_once;
    return NULL;
}

static err in_groups(struct run *run, store_fn fn)
{
    run->after = 0;
    do {
        struct arena *arena = arena_new();
        store_keep(arena);
        err failed = store_read(run->store, fn, run);
        store_keep(NULL);
        arena_free(arena);
        TRY(failed);
    } while (run->more);
    return NULL;
}

/* ---- whole
 * ------------------------------------------------------------------------------------------------------------
 */

static err count_entries(struct db *db, void *arg)
{
    return db_int(db, &VERIFY_ENTRY_COUNT, NO_PARAMS, arg);
}

static err pass(struct run *run, enum pass which)
{
    run->pass = which;
    return in_groups(run, check_orders);
}

static err check_specials(struct run *run)
{
    run->past.count = 0;
    run->held_count = 0;
    dues_clear(&run->dues);
    TRY(pass(run, PASS_COLLECT));
    past_sort(&run->past);
    TRY(pass(run, PASS_SPECIAL));
    TRY(in_groups(run, check_besides));
    return in_groups(run, check_kept);
}

static err tell_held(struct run *run)
{
    run->holds = false;
    for (size_t i = 0; i < run->held_count; i++)
        TRY(differ(run, &run->held[i]));
    return NULL;
}

/* A difference may only be an order that came between two groups: then once more. */
static err run_specials(struct run *run)
{
    struct verify_outcome before = run->out;
    int64_t began, ended;

    run->holds = true;
    for (int attempt = 0; attempt < 3; attempt++) {
        run->out = before;
        TRY(store_read(run->store, count_entries, &began));
        TRY(check_specials(run));
        TRY(store_read(run->store, count_entries, &ended));
        if (run->held_count == 0 || began == ended)
            break;
    }
    return tell_held(run);
}

static err run_all(struct run *run)
{
    TRY(pass(run, PASS_PLAIN));
    if (run->any_special)
        TRY(run_specials(run));
    TRY(in_groups(run, check_by_hand));
    TRY(in_groups(run, check_exchanged));
    return in_groups(run, check_sums);
}

err verify_in_groups(struct store *store, int64_t at_once, verify_report_fn report, void *arg,
    struct verify_outcome *out)
{
    struct run run = { .store = store,
        .report = report,
        .arg = arg,
        .at_once = at_once,
        .lasting = arena_new() };
    err failed = run_all(&run);

    free(run.past.at);
    dues_clear(&run.dues);
    arena_free(run.lasting);
    *out = run.out;
    return failed;
}

err verify_run(struct store *store, verify_report_fn report, void *arg, struct verify_outcome *out)
{
    return verify_in_groups(store, ORDERS_AT_ONCE, report, arg, out);
}
