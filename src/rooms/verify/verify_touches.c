/* An order's touches: who had which share of it, and what clicks told that came after it. */
#include "rooms/verify/verify_inside.h"

#include <inttypes.h>

#include "base/arena.h"
#include "rooms/verify/verify.sql.h"

/* clang-format off */
static const struct field touch_list[] = {
    FIELD_ID(fact_touch, conversion_id, "cnv"),
    FIELD(fact_touch, n), FIELD(fact_touch, kind), FIELD(fact_touch, evidence), FIELD(fact_touch, bar),
    FIELD(fact_touch, partner_group), FIELD_ID(fact_touch, click_id, "clk"), FIELD_ID(fact_touch, coupon_id, "cpn"),
    FIELD_ID(fact_touch, partner_id, "par"), FIELD_ID(fact_touch, from_conversion_id, "cnv"),
    FIELD(fact_touch, at), FIELD(fact_touch, share_bp), FIELD(fact_touch, bound_bp), FIELD(fact_touch, won),
    FIELD(fact_touch, subs), FIELD(fact_touch, waits), FIELD(fact_touch, came),
};
const struct fields fact_touch_fields = FIELDS(touch_list, fact_touch);

static const struct field click_list[] = {
    FIELD(fact_click, sub1), FIELD(fact_click, sub2), FIELD(fact_click, sub3), FIELD(fact_click, sub4),
    FIELD(fact_click, sub5),
};
const struct fields fact_click_fields = FIELDS(click_list, fact_click);
/* clang-format on */

err check_shares(struct run *run, const struct fact_order *order, const int32_t *shares)
{
    const struct fact_touch *touches = order->touches.at;
    bool any = false;

    for (size_t i = 0; i < order->touches.count; i++) {
        any |= shares[i] > 0;
        if (touches[i].share_bp != shares[i] || touches[i].won != (shares[i] > 0))
            TRY(order_differs(run, order,
                str_printf(run->arena, "share of touch %" PRId64 " in 1/10,000", touches[i].n),
                touches[i].share_bp, shares[i]));
    }
    return any == order->attributed
               ? NULL
               : order_differs(run, order, STR("attributed"), order->attributed, any);
}

/* ---- customers that are bound
 * ------------------------------------------------------------------------------------------- */

static bool is(str text, const char *word)
{
    return str_eq(text, str_of(word));
}

/* The order that binds, as it was when the later one was told. */
struct binding {
    struct fact_order order; /* winning touches alone, and moves until then */
    struct seats *seats;     /* after the moves */
};

static err read_binding(
    struct run *run, const struct fact_order *order, int64_t from, struct binding *out)
{
    bool is_known = order->occurred_at.ms <= order->created_at.ms;
    instant until = is_known ? order->occurred_at : order->created_at;
    struct list all;

    TRY(db_all(run->db, &VERIFY_TOUCHES, PARAMS(P("first", from), P("last", from)),
        &fact_touch_fields, &all));
    struct fact_touch *touches = all.at;
    int32_t *shares = ARENA_ARRAY(run->arena, int32_t, all.count + 1);
    size_t count = 0;
    for (size_t i = 0; i < all.count; i++)
        if (touches[i].won && (!is(order->customer_binding, "coupon") || is(touches[i].kind, "coupon"))) {
            shares[count] = touches[i].share_bp;
            touches[count++] = touches[i];
        }
    out->order = (struct fact_order){ .touches = { touches, count } };
    TRY(db_all(run->db, &VERIFY_MOVES_BY, PARAMS(P("conversion_id", from), P("until", until)),
        &fact_move_fields, &out->order.moves));
    out->seats = run->group.bound;
    if (!seats_by_touches(&out->order, shares, out->seats))
        return order_differs(run, order, STR("too large to reckon"), 0, 0);
    follow_moves(&out->order, out->seats);
    return NULL;
}

/* What a touch has of it: its own part, or its partner's when that was moved. */
static int32_t bound_part(const struct binding *by, const struct fact_touch *touch)
{
    const struct fact_touch *known = by->order.touches.at;

    if (by->order.moves.count) {
        for (size_t i = 0; i < by->seats->count; i++)
            if (by->seats->at[i].partner_id == touch->partner_id)
                return by->seats->at[i].share_bp;
        return 0;
    }
    for (size_t i = 0; i < by->order.touches.count; i++)
        if (known[i].partner_id == touch->partner_id && known[i].click_id == touch->click_id &&
            known[i].coupon_id == touch->coupon_id)
            return known[i].share_bp;
    return 0;
}

/* Of whose order the customer is, by that order's own touches and moves. */
err check_bound(struct run *run, const struct fact_order *order)
{
    const struct fact_touch *touches = order->touches.at;
    struct binding by = { 0 };
    int64_t from = 0, binds = 1;

    for (size_t i = 0; i < order->touches.count && !from && !is(order->customer_binding, "any"); i++)
        if (is(touches[i].kind, "customer"))
            from = touches[i].from_conversion_id;
    if (from) {
        TRY(read_binding(run, order, from, &by));
        TRY(db_int(run->db, &VERIFY_BINDS,
            PARAMS(P("id", from), P("program_id", order->program_id), P("is_test", order->is_test),
                P("customer_id", order->customer_id), P("at", order->occurred_at),
                P("binding", order->customer_binding)),
            &binds));
    }
    if (!binds)
        TRY(order_differs(run, order, STR("the order that binds its customer"), 1, 0));
    for (size_t i = 0; i < order->touches.count; i++) {
        int32_t part = from && is(touches[i].kind, "customer") ? bound_part(&by, &touches[i]) : 0;
        if (touches[i].bound_bp != part)
            TRY(order_differs(run, order,
                str_printf(run->arena,
                    "part of touch %" PRId64 " in the order that binds, in 1/10,000", touches[i].n),
                touches[i].bound_bp, part));
    }
    return NULL;
}

/* ---- clicks that came late
 * ------------------------------------------------------------------------------------------------ */

/* What came late must be what the click's row says, as long as there is one. */
err check_late(struct run *run, const struct fact_order *order)
{
    const struct fact_touch *touches = order->touches.at;

    for (size_t i = 0; i < order->touches.count; i++) {
        struct fact_click click = { 0 };
        bool found;
        if (!touches[i].came)
            continue;
        TRY(db_one(run->db, &VERIFY_CLICK_SUBS, PARAMS(P("id", touches[i].click_id)),
            &fact_click_fields, &click, &found));
        if (found && !reckon_same_subs(&touches[i].subs, &click))
            TRY(order_differs(run, order,
                str_printf(run->arena, "what the click of touch %" PRId64 " told", touches[i].n), 0,
                1));
    }
    return NULL;
}
