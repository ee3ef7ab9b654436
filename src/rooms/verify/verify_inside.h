/* Inside the room: raw facts as they are read, and what is reckoned out of them. */
#pragma once

#include "rooms/verify/verify.h"

struct fact_touch {
    int64_t n;
    str kind, evidence, bar, partner_group;
    int64_t click_id, coupon_id, partner_id;
    instant at;
    int32_t share_bp;
    bool won;
    strs subs;
};

struct fact_item {
    int64_t n;
    str sku, category;
    int64_t quantity, amount;
};

struct fact_rule {
    int64_t id, scope_partner_id;
    str scope_group, scope_coupon, scope_sku, scope_category, scope_event, scope_customer, scope_country, scope_sub;
    int64_t scope_order_from, scope_order_below;
    currency scope_order_currency;
    int64_t reward_percent_bp, reward_amount;
    currency reward_currency;
    str reward_per;
    instant starts_at, ends_at, created_at;
};

struct fact_order {
    int64_t id, program_id;
    str type, order_id, coupon, country, model, precedence, content;
    int64_t amount, refunded_amount;
    currency currency;
    bool new_customer, attributed;
    instant occurred_at, judged_at, created_at;
    int64_t window_days, customer_days, clawback_days;
    int64_t counted_back; /* of refunded_amount, what came back in time */
    str customer_binding;
    /* read beside it: */
    struct list touches, items; /* fact_touch, fact_item */
};

struct fact_commission {
    int64_t id, program_id, partner_id, rule_id;
    str order_id, exact, status, place;
    currency currency;
    int64_t earned_amount, amount, reversed_amount, booked;
    int32_t share_bp;
};

extern const struct fields fact_touch_fields, fact_item_fields, fact_rule_fields, fact_order_fields,
    fact_commission_fields;

/* ---- reckoned: pure ---- */

/* Shares of each touch, in basis points; `out` has room for all. */
void reckon_shares(const struct fact_order *, int32_t *out);

struct reckoned {
    int64_t partner_id;
    currency currency;
    int32_t share_bp;
    __int128 exact; /* 10^-8 minor */
    int64_t earned;
    int64_t worth; /* after what came back */
};
enum { RECKONED_MOST = 512 };
/* Commissions of an order, in the order in which they are made; false when an amount does not fit.
 */
bool reckon_commissions(const struct fact_order *, const int32_t *shares, const struct list *rules,
    struct reckoned out[RECKONED_MOST], size_t *out_count);
/* The text of a whole number of 10^-8 minor units. */
str reckon_text(struct arena *, __int128);
/* Does what was told (canonical JSON) say what the rows say? */
bool reckon_content(struct arena *, const struct fact_order *);
