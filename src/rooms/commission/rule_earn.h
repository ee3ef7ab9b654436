/* What one line of an order earns under a rule with steps or renewals. Pure: the caller knows the
 * past. */
#pragma once

#include "rooms/commission/decide.h"

extern const struct err RULE_BROKEN; /* internal */

struct rule_ask {
    amount base;      /* of the line, minor units at full value */
    int64_t quantity; /* for fixed sums per item */
    int32_t share_bp;
    bool is_given; /* a fixed sum per order was given at an earlier line of this order */

    /* Tiers. `volume` is what this line adds (see rule_volume_of); `before` what the partner had
     * before it in the period: all that sorts before it when marginal, all else of the period, this
     * line left out, when retroactive. Of orders: how many others, and 1 (0 for an order of which
     * nothing was kept). */
    int64_t before, volume;

    /* Renewals: which order of its customer it is, from 1 (0: a customer without a name, who is
     * always at his first), and calendar months begun and ended since the first. */
    int64_t nth;
    int64_t months;
};

/* A part of the line that lies in one step. `volume` is 0 when the whole line lies in one. */
struct rule_slice {
    int64_t from; /* where the step begins; 0: the rule's own reward */
    int64_t volume;
    int32_t percent_bp;
    int64_t amount;
    exact exact;
};

struct rule_earned {
    exact exact;
    struct rule_slice slices[RULE_STEPS_MOST + 1];
    size_t count; /* 0: it earns nothing (renewals are over) */
};

/* At full value: refunds scale it (commission_worth), with `volume` and `before` as they are now. A
 * line in two steps earns base × share × slice × rate ÷ volume for each, rounded up at 10^-8: so
 * scaled down again to what was kept it never falls under a half that it truly reaches.
 * AMOUNT_OVERFLOW. */
MUST_CHECK err rule_earns(const struct rule *, const struct rule_ask *, struct rule_earned *out);

/* What a line adds to the volume of revenue: base × share × kept ÷ whole in whole minor units, half
 * away from zero; 0 in another currency than the rule counts. whole 0: nothing was sold, and
 * nothing counts. */
int64_t rule_volume_of(
    const struct rule *, amount base, int32_t share_bp, int64_t kept, int64_t whole);

/* The period of the volume in which an instant lies: [from, to); PERIOD_EVER: both none. */
void rule_period_of(enum rule_period, instant at, instant *out_from, instant *out_to);
/* Whole calendar months from `first` to `at`, as people count them: 31 January to 28 February is
 * one. Never negative. */
int64_t rule_months_between(instant first, instant at);
/* The most that one order may earn under the rule for this share, at full value; false: no cap, or
 * one in another currency than `unit`, which the commission is in. */
bool rule_cap_of(const struct rule *, currency unit, int32_t share_bp, exact *out);

/* Lists of a rule from and to the JSON that rows keep. RULE_BROKEN when it is no such JSON. */
MUST_CHECK err rule_unpack(struct arena *, struct rule *);
void rule_pack(struct arena *, struct rule *);
