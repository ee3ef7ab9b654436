/* An order's touches: who had which share of it, and what clicks told that came after it. */
#include "rooms/verify/verify_inside.h"

#include <inttypes.h>

#include "base/arena.h"
#include "rooms/verify/verify.sql.h"

/* clang-format off */
static const struct field touch_list[] = {
    FIELD(fact_touch, n), FIELD(fact_touch, kind), FIELD(fact_touch, evidence), FIELD(fact_touch, bar),
    FIELD(fact_touch, partner_group), FIELD_ID(fact_touch, click_id, "clk"), FIELD_ID(fact_touch, coupon_id, "cpn"),
    FIELD_ID(fact_touch, partner_id, "par"), FIELD(fact_touch, at), FIELD(fact_touch, share_bp), FIELD(fact_touch, bound_bp), FIELD(fact_touch, won),
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
