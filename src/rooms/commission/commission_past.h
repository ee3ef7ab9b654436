/* Inside the room: what partners had before, for rules whose reward hangs on it. */
#pragma once

#include "rooms/commission/commission.h"

/* What one order is under one line of rules, for one partner. */
struct volume {
    int64_t conversion_id, partner_id, rule_line_id, program_id;
    bool is_test;
    instant occurred_at;
    str customer_id;
    currency currency;
    int64_t rule_id;
    int64_t revenue; /* minor units, his share of what was kept */
    int64_t orders;  /* 1: something was kept */
    bool stands;     /* not declined, and still his */
};
extern const struct fields volume_fields;

/* Keeps the volumes of an order as its decision has them, with rows of its commissions as they are
 * (struct commission), and finds other orders whose worth hangs on what changed: their ids into
 * `out`. */
MUST_CHECK err past_keep(struct db *, const struct commission_order *, const struct decision *,
    const struct list *rows, struct commission_ripple *out);
/* What the order's partners had beside it under the lines that decide it: struct decide_past. */
MUST_CHECK err past_read(struct db *, const struct commission_order *, const struct decision *,
    struct decide_past **out, size_t *out_count);
/* Of the ripple's list; not weighed when it is new there. Until the next call. */
struct commission_rippled *ripple_put(
    struct arena *, struct commission_ripple *, int64_t conversion_id);
/* Does any of them ask for the past? */
bool past_matters(const struct list *rules);
/* Does anything else hang on this order: volumes, renewals, caps, bonuses? */
MUST_CHECK err commission_hangs(struct db *, int64_t conversion_id, bool *out);
