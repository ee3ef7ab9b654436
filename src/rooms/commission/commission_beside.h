/* Inside the room: rules that apply beside the list: caps, budgets, bonuses, recruiters. */
#pragma once

#include "rooms/commission/commission.h"

/* One such rule and one commission. */
struct beside {
    int64_t commission_id, rule_line_id, level, rule_id, program_id;
    bool is_test;
    enum rule_kind kind;
    int64_t partner_id; /* whom it concerns; 0: the programme */
    currency currency;
    instant occurred_at;
    int64_t period_from; /* ms; 0: ever */
    int64_t granted;     /* what a cap leaves */
    int64_t bonus_id;    /* the recruiter's commission */
    int64_t orders;      /* what it adds to a target or a first sale: 1 when it counts, */
    int64_t revenue;     /* and his part of what is left of the order, minor units */
    int64_t conversion_id, seller_id; /* of the commission: those of one moment go by their orders,
                                         then by partners */
};
extern const struct fields beside_fields;

/* Is any of these rules such a one? */
bool beside_matters(const struct list *rules);

/* A commission at work, and why. */
struct touched_one {
    struct commission c;
    const struct commission_why *why;
    bool is_new;    /* begun just now: what it is worth is booked */
    bool is_beside; /* such rules look at it */
};
/* Those of the orders that are settled, then others that caps move with them; each once. */
struct touched {
    struct touched_one *at;
    int64_t *ids; /* of their commissions */
    size_t count, room;
};
void touched_put(struct arena *, struct touched *, const struct touched_one *);

/* The order in which caps and goals serve: a function of facts, not of when they were told. */
bool beside_is_earlier(const struct beside *, const struct beside *);

/* Rows of rules beside, one of each rule's partner and period: the earliest. */
struct earliest {
    struct beside *at;
    size_t count, room;
};
void earliest_add(struct arena *, struct earliest *, const struct beside *);

/* A new commission's rules beside, in the order of time: keeps what each cap leaves it. */
MUST_CHECK err beside_begin(struct db *, const struct commission_order *,
    const struct decide_share *, const struct list *rules, const struct commission *);
/* What it is worth after all caps, as they stand. */
MUST_CHECK err beside_worth(struct db *, const struct commission *, int64_t *out);
/* After their full worth was kept: works out what caps leave to them and to those after, and adds
 * whoever gets something else to `all`, for the reason `why`. */
MUST_CHECK err beside_caps(struct db *, struct touched *all, const struct commission_why *why);
/* After all amounts are booked: bonuses for first sales, targets and recruiting. */
MUST_CHECK err beside_bonuses(struct db *, const struct ledger_act *, const struct touched *,
    const struct commission_why *);
/* What a partner has of a target in the period of `now`, live: minor units, or orders. */
MUST_CHECK err bonus_so_far(
    struct db *, const struct rule *, int64_t partner_id, instant now, int64_t *out);
MUST_CHECK err beside_of(struct db *, int64_t commission_id, struct list *out);

/* Posts what a commission is worth now (commission_settle.c). */
MUST_CHECK err commission_post_difference(struct db *, const struct ledger_act *,
    struct commission *, int64_t worth, const struct commission_why *);
