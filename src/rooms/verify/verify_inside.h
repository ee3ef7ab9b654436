/* Inside the room: raw facts as they are read, and what is reckoned out of them. */
#pragma once

#include "rooms/verify/verify.h"

struct fact_touch {
    int64_t conversion_id; /* first, as of all that an order has: verify_group.c */
    int64_t n;
    str kind, evidence, bar, partner_group;
    int64_t click_id, coupon_id, partner_id;
    int64_t from_conversion_id; /* a customer's: the order that knew him */
    instant at;
    int32_t share_bp;
    int32_t bound_bp; /* of the order that binds the customer */
    bool won;
    strs subs;
    bool waits; /* it was judged before the click's row was here */
    bool came;  /* and what the row told was added since */
};

struct fact_click {
    str sub1, sub2, sub3, sub4, sub5;
};

struct fact_item {
    int64_t conversion_id;
    int64_t n;
    str sku, name, category;
    int64_t quantity, amount;
};

struct fact_step {
    int64_t from, percent_bp, amount;
};

struct fact_rule {
    int64_t id, line_id, scope_partner_id;
    str kind;
    str scope_group, scope_coupon, scope_sku, scope_category, scope_event, scope_customer, scope_country, scope_sub;
    int64_t scope_order_from, scope_order_below;
    currency scope_order_currency;
    int64_t reward_percent_bp, reward_amount;
    currency reward_currency;
    str reward_per;
    str tiered_by_measure, tiered_by_period, tiered_by_mode;
    currency tiered_by_currency, cap_currency;
    str tiers_json, recurring_json, levels_json;
    int64_t recurring_orders, recurring_months, cap_amount, target, months;
    instant starts_at, ends_at, created_at;
    /* read out of the texts: */
    struct fact_step tiers[12], renewals[12];
    size_t tier_count, renewal_count;
};

struct fact_order {
    int64_t id, program_id;
    str type, order_id, coupon, country, model, precedence, content;
    int64_t amount, told_amount, amended_by, refunded_amount;
    currency currency;
    bool new_customer, attributed, is_test;
    str customer_id;
    instant occurred_at, judged_at, created_at;
    int64_t window_days, customer_days, clawback_days;
    int64_t all_back, counted_back; /* by its refunds; what of it came back in time */
    str customer_binding;
    /* read beside it: */
    struct list touches, told_items;        /* fact_touch, fact_item */
    struct list amendments, moves, refunds; /* fact_amendment, fact_move, fact_refund: that hold */
    struct list items;                      /* as they are now */
};

struct fact_amendment {
    int64_t conversion_id;
    int64_t id, amount;
    str items_json;
};

struct fact_move {
    int64_t conversion_id;
    int64_t from_partner_id, to_partner_id;
    str to_group;
};

struct fact_refund {
    int64_t conversion_id;
    int64_t amount;
    str items_json;
    instant at;
};

struct fact_commission {
    int64_t conversion_id, id, program_id, partner_id, rule_id;
    instant occurred_at;
    bool is_test;
    str order_id, exact, status, place;
    currency currency;
    int64_t earned_amount, amount, reversed_amount, adjusted_amount, booked;
    int64_t base_amount;
    int32_t share_bp;
    bool is_kept;
    str bonus_for;
};

/* A commission by its events and its postings. */
enum { PLACES_WAITING = 3 };
extern const char *const verify_places[PLACES_WAITING]; /* pending, held, payable */
struct fact_booked {
    int64_t events, cost;
    int64_t waits[PLACES_WAITING];
};
struct fact_sum {
    int64_t id; /* of the commission */
    str kind;
    int64_t sum;
};

extern const struct fields fact_touch_fields, fact_click_fields, fact_item_fields, fact_rule_fields, fact_order_fields,
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

/* Reads the steps of rules out of their texts. */
bool reckon_steps(struct arena *, struct list *rules);
/* Does its sum hang on other orders? */
bool reckon_has_past(const struct fact_rule *);
struct seat;
bool reckon_fits(const struct fact_rule *, const struct fact_order *, const struct seat *,
    const struct fact_item *);

/* Puts the order together as it stands now: its amount and items after all amendments. False when
 * what was kept cannot be read. */
bool reckon_now(struct arena *, struct fact_order *, int64_t *out_amount);
/* Was it amended, moved, given back item by item, or did a click say more later? Then what it first
 * earned is history. */
bool reckon_changed(const struct fact_order *);
/* Does a click's row say what was kept of it? */
bool reckon_same_subs(const strs *kept, const struct fact_click *);

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
struct seat {
    int64_t partner_id;
    str group;
    strs subs; /* of the last touch that earns */
    int32_t share_bp;
};
struct seats {
    struct seat at[RECKONED_MOST];
    size_t count;
};
bool seats_by_touches(const struct fact_order *, const int32_t *shares, struct seats *out);
void follow_moves(const struct fact_order *, struct seats *);
bool read_back(struct arena *, const struct fact_order *, int64_t *back);

/* A line of the order as it counts for one seat; lines that no rule decides are left out. */
struct seat_line {
    const struct fact_item *item; /* null: the order, or what no item covers */
    int64_t base, back;
    const struct fact_rule *rule;
    currency unit;
    __int128 exact, cut; /* 10^-8 minor; what a cap takes off */
};
struct seat_lines {
    struct seat_line *at;
    size_t count;
};
bool reckon_lines(struct arena *, const struct fact_order *, const struct list *rules,
    const int64_t *back, const struct seat *, struct seat_lines *out);

/* What all orders were under lines of rules that look at the past: reckon_past.c. */
struct past_row {
    int64_t line_id, partner_id, conversion_id;
    instant at;
    bool is_test;
    currency currency;
    uint64_t customer; /* what his name hashes to; 0: none */
    int64_t revenue, orders;
};
struct past {
    struct past_row *at;
    size_t count, room;
    bool is_sorted;
};
/* Adds what this order is to it. */
bool past_add(struct arena *, struct past *, const struct fact_order *, const struct list *rules,
    const struct seats *, const int64_t *back, bool (*is_declined)(int64_t partner_id, void *),
    void *arg);
void past_sort(struct past *);
/* Fills in what the lines of a seat earn. */
bool reckon_earned(const struct past *, const struct fact_order *, const struct seat *,
    struct seat_lines *);
/* Beginning of the calendar period ("month", "year", "ever": 0), and its end. */
int64_t reckon_period(str period, instant at, int64_t *out_end);

/* Who earns how much of an order, exactly; false when an amount does not fit. */
bool reckon_commissions(struct arena *, const struct fact_order *, const struct seats *,
    const struct list *rules, const struct past *, struct reckoning *out);
/* Rounds once over each currency, in the order of the rows, and shares out. */
bool reckon_round(struct reckoned *rows, size_t count, int64_t whole, int64_t refunded);
/* The text of a whole number of 10^-8 minor units. */
str reckon_text(struct arena *, __int128);
/* Does what was told (canonical JSON) say what the rows say? */
bool reckon_content(struct arena *, const struct fact_order *);

/* ---- the run ---- */

struct due;       /* verify_beside.c: a commission before caps */
struct due_rule;  /* a rule beside the list that looks at it */
struct dues {
    struct due *at;
    size_t count, room;
    struct due_rule *rules;
    size_t rule_count, rule_room;
};

/* Orders of programmes whose rules look at other orders are passed over first; then all of them are
 * collected, and checked when all are known. */
enum pass { PASS_PLAIN, PASS_COLLECT, PASS_SPECIAL };

/* Rows of all orders of a group, by the order's id. */
struct group_rows {
    struct list all;
    size_t next;
};
struct order_group {
    int64_t first, last; /* ids of orders */
    bool is_read, has_sums;
    struct group_rows touches, items, amendments, moves, refunds, commissions;
    struct list events, costs, waits; /* of struct fact_sum */
    /* What each order of it is reckoned in, one after the other: */
    struct seats *seats, *bound; /* its own; those of the order that binds its customer */
    struct reckoned *parts;      /* RECKONED_MOST */
};

struct run {
    struct store *store;
    verify_report_fn report;
    void *arg;
    struct verify_outcome out;
    int64_t at_once; /* how many orders are a group */
    int64_t after;
    bool more;
    struct db *db;
    struct arena *arena;
    int64_t rules_of; /* the programme whose rules are at hand */
    struct list rules;
    bool is_special; /* they look at other orders */
    enum pass pass;
    struct order_group group;
    bool any_special;
    struct past past;
    struct dues dues;
    bool holds; /* differences are kept until nothing has moved meanwhile */
    struct arena *lasting;
    struct verify_difference *held;
    size_t held_count, held_room;
};

enum { ORDERS_AT_ONCE = 500 };
/* verify_run() with groups of another size, which change nothing of what is found. */
MUST_CHECK err verify_in_groups(struct store *, int64_t at_once, verify_report_fn report, void *arg,
    struct verify_outcome *out);

MUST_CHECK err differ(struct run *, const struct verify_difference *);
MUST_CHECK err commission_differs(struct run *, const struct fact_commission *, const char *what,
    int64_t booked, int64_t reckoned);
MUST_CHECK err order_differs(
    struct run *, const struct fact_order *, str what, int64_t booked, int64_t reckoned);

/* Shares against the touches, what touches have of the order that binds the customer, and clicks that
 * came late against their rows: verify_touches.c. */
MUST_CHECK err check_shares(struct run *, const struct fact_order *, const int32_t *shares);
MUST_CHECK err check_bound(struct run *, const struct fact_order *);
MUST_CHECK err check_late(struct run *, const struct fact_order *);

/* What belongs to the orders of a group, read at once: verify_group.c. Orders are asked for by rising
 * ids. */
void group_begin(struct run *, const struct list *orders);
MUST_CHECK err group_facts(struct run *, struct fact_order *, struct list *out_commissions);
/* By events and postings; of an order of the group, or alone. */
MUST_CHECK err group_booked(struct run *, const struct fact_commission *, struct fact_booked *out);
MUST_CHECK err single_booked(struct run *, const struct fact_commission *, struct fact_booked *out);

/* One commission against its own events and postings: verify_commission.c. `is_kept`: the facts leave
 * something of what it hangs on. */
MUST_CHECK err check_commission(
    struct run *, const struct fact_commission *, const struct fact_booked *, bool is_kept);
/* Only its word and its place. */
MUST_CHECK err check_word(struct run *, const struct fact_commission *, bool is_kept);

/* Keeps a commission until all are known: what it is worth before caps, and which rules look at it. */
MUST_CHECK err due_add(struct run *, const struct fact_order *, const struct seats *,
    const struct fact_commission *, const struct reckoned *, bool has_part);
/* Caps, budgets and bonuses over all that were added. */
MUST_CHECK err check_besides(struct db *, void *run);
void dues_clear(struct dues *);
/* What one rule beside the list gave or counted, as reckoned by check_besides(). */
struct due_sum {
    int64_t line_id, partner_id, period_from;
    bool is_test, is_cap;
    int64_t granted;         /* by a cap */
    int64_t orders, revenue; /* of a goal; an order in two currencies counts by its first part */
    currency currency;
};
void due_sum_of(const struct dues *, size_t at, struct due_sum *out);
/* Sums that are kept, after check_besides(): verify_kept.c. */
MUST_CHECK err check_kept(struct db *, void *run);

/* Payments in another currency, then the sums of everything: verify_sums.c. */
MUST_CHECK err check_exchanged(struct db *, void *run);
MUST_CHECK err check_sums(struct db *, void *run);
