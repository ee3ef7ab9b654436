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
    str sku, name, category;
    int64_t quantity, amount;
};

struct fact_rule {
    int64_t id, scope_partner_id;
    str scope_group, scope_coupon, scope_sku, scope_category, scope_event, scope_customer,
        scope_country, scope_sub;
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
    int64_t amount, told_amount, amended_by, refunded_amount;
    currency currency;
    bool new_customer, attributed;
    instant occurred_at, judged_at, created_at;
    int64_t window_days, customer_days, clawback_days;
    int64_t counted_back; /* of refunded_amount, what came back in time */
    str customer_binding;
    /* read beside it: */
    struct list touches, told_items;        /* fact_touch, fact_item */
    struct list amendments, moves, refunds; /* fact_amendment, fact_move, fact_refund: that hold */
    struct list items;                      /* as they are now */
};

struct fact_amendment {
    int64_t id, amount;
    str items_json;
};

struct fact_move {
    int64_t from_partner_id, to_partner_id;
    str to_group;
};

struct fact_refund {
    int64_t amount;
    str items_json;
    instant at;
};

struct fact_commission {
    int64_t id, program_id, partner_id, rule_id;
    str order_id, exact, status, place;
    currency currency;
    int64_t earned_amount, amount, reversed_amount, adjusted_amount, booked;
    int32_t share_bp;
};

extern const struct fields fact_touch_fields, fact_item_fields, fact_rule_fields, fact_order_fields,
    fact_commission_fields, fact_amendment_fields, fact_move_fields, fact_refund_fields;

/* A payout line that is paid in another currency. */
struct fact_exchanged {
    int64_t id, program_id, net, pay_amount, rate_e12, told;
    currency currency, pay_currency;
    str rate;
};

/* ---- reckoned: pure ---- */

/* What `net` comes to at a rate that is written as a decimal; rounded once, half away from zero.
 * False: the text is no rate, or the sum is too large. */
bool reckon_exchange(const struct fact_exchanged *, int64_t *out);

/* Shares of each touch, in basis points; `out` has room for all. */
void reckon_shares(const struct fact_order *, int32_t *out);

/* Puts the order together as it stands now: its amount and items after all amendments. False when
 * what was kept cannot be read. */
bool reckon_now(struct arena *, struct fact_order *, int64_t *out_amount);
/* Was it amended, moved, or given back item by item? Then what it first earned is history. */
bool reckon_changed(const struct fact_order *);

struct reckoned {
    int64_t partner_id;
    currency currency;
    int32_t share_bp;
    __int128 exact; /* 10^-8 minor, of the whole order */
    __int128 left;  /* the same without what came back item by item */
    int64_t earned;
    int64_t worth; /* after what came back */
};
enum { RECKONED_MOST = 512 };

struct reckoning {
    struct reckoned *at; /* RECKONED_MOST */
    size_t count;
    int64_t whole, refunded; /* `left` × (whole − refunded) ÷ whole is what it is worth */
};
/* Who earns how much of an order, exactly; false when an amount does not fit. */
bool reckon_commissions(struct arena *, const struct fact_order *, const int32_t *shares,
    const struct list *rules, struct reckoning *out);
/* Rounds once over each currency, in the order of the rows, and shares out. */
bool reckon_round(struct reckoned *rows, size_t count, int64_t whole, int64_t refunded);
/* The text of a whole number of 10^-8 minor units. */
str reckon_text(struct arena *, __int128);
/* Does what was told (canonical JSON) say what the rows say? */
bool reckon_content(struct arena *, const struct fact_order *);
