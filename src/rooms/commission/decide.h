/* Deciding: facts and rules in, lines of arithmetic out. Pure: no store, no clock. */
#pragma once

#include "rooms/commission/rule.h"

struct decide_item {
    str sku, name, category;
    int64_t quantity;
    int64_t amount; /* of the line, counted */
};

struct decide_order {
    int64_t program_id;
    str type; /* "sale", "lead", an event's name */
    amount amount;
    const struct decide_item *items;
    size_t item_count;
    str order_id;
    str coupon;  /* the code used, if any */
    str country; /* as the shop told it; none: it did not */
    bool is_new_customer;
    instant at;        /* when it was placed */
    instant judged_at; /* rules in force then: `at`, but never later than it was told */
    /* Only rules with a past (rule_has_past) ask for these: */
    int64_t refunded;               /* what came back of it so far: counts for no volume */
    const struct decide_past *past; /* null: it is the first of everything */
    size_t past_count;
};

/* What a partner had under a rule line beside this order, all versions together: rule_earn.h. A
 * caller decides once without, sees which rules decided, and then once more with their past. */
struct decide_past {
    int64_t partner_id, line_id;
    int64_t before;      /* volume, this order left out */
    int64_t nth, months; /* of the customer's orders */
};

struct decide_share {
    int64_t partner_id;
    str group;
    int32_t share_bp;
    str subs[5];      /* sub1 … sub5 of his last winning click */
    bool is_declined; /* for commission_memory: his commission of it counts for no volume */
};

enum { DECIDE_ORDER = -1, DECIDE_REST = -2 };

/* A line of arithmetic. */
struct decide_line {
    size_t share; /* index into shares */
    int64_t item; /* index of the item; DECIDE_ORDER: the order, DECIDE_REST: what no item covers */
    const struct rule *rule; /* null: no rule applies */
    amount base;
    int64_t quantity;
    exact exact; /* with the share taken */
    exact cut;   /* what the rule's cap takes off again; parts count exact − cut */
    const struct rule_earned *earned; /* how: the steps it lies in; null for rules without a past */
};

/* One commission per partner and currency. */
struct decide_part {
    size_t share;
    currency currency;
    exact exact;
    int64_t amount;          /* rounded once over all partners, split by the largest remainder */
    const struct rule *rule; /* of its largest line */
};

struct decision {
    struct decide_line *lines;
    size_t line_count;
    struct decide_part *parts;
    size_t part_count;
    const struct rule *const *tried; /* rules in force, in the order of precedence */
    size_t tried_count;
};

/* How a line came to its sum. */
void commission_line_view(struct arena *, struct view *, const struct decide_line *);

/* `rules` need not be sorted; those not in force at order->judged_at are passed over. Results live
 * in `arena`. */
MUST_CHECK err commission_decide(struct arena *, const struct decide_order *,
    const struct decide_share *, size_t share_count, const struct rule *rules, size_t rule_count,
    struct decision *out);

/* Deciding many orders: what each partner and customer had is remembered instead of being read. In
 * three steps: which rules decide is found by any thread; what they ask of the past is looked up
 * one order after the other, in the order of their time (ties: by id); what comes out is worked out
 * by any thread. */
struct commission_memory;
struct commission_memory *commission_memory_new(void);
void commission_memory_free(struct commission_memory *);
bool commission_rules_have_past(const struct rule *, size_t count);
/* Do they look back at the whole period? Then every order is first counted, then decided. */
bool commission_rules_look_ahead(const struct rule *, size_t count);

struct commission_choice {
    struct decision decision; /* its parts come last */
    struct commission_question *questions;
    size_t count;
};
/* `customer` names the buyer; none: nobody is known again. The order's own past is not looked at.
 */
MUST_CHECK err commission_choose(struct arena *, const struct decide_order *, str customer,
    const struct decide_share *, size_t share_count, const struct rule *rules, size_t rule_count,
    struct commission_choice *out);
void commission_count(struct commission_memory *, const struct commission_choice *);
void commission_recall(struct commission_memory *, struct commission_choice *);
/* What it will ask is brought near: some orders before its turn. */
void commission_recall_soon(const struct commission_memory *, const struct commission_choice *);
/* Fills the decision; what rules without a past give needs no recall. */
MUST_CHECK err commission_conclude(struct arena *, const struct decide_order *,
    const struct decide_share *, struct commission_choice *);

/* The rules beside the list, for the same orders: caps, budgets, bonuses. */
struct commission_person {
    int64_t id, recruited_by;
    instant approved_at;
    instant left_at; /* since when he has no seat; 0: he has one */
};
struct commission_besides {
    const struct decide_order *order;
    const struct decide_share *shares;
    const struct decision *decision;
    struct list rules;  /* of struct rule, as far as they were known then */
    struct list people; /* of struct commission_person, by id */
};
struct commission_bonus {
    enum rule_kind kind;
    int64_t line_id, partner_id;
    int64_t period_from; /* ms; 0: ever, or a recruiter's part */
    amount worth;
};
/* Are there any? And does it matter which order came first? */
bool commission_rules_look_beside(const struct rule *, size_t count);
bool commission_rules_go_by_time(const struct rule *, size_t count);
/* What caps leave of the worth of each part, and the bonuses (struct commission_bonus) that this
 * order brings. AMOUNT_OVERFLOW. */
MUST_CHECK err commission_beside_next(struct commission_memory *, struct arena *,
    const struct commission_besides *, int64_t *inout_worth, struct list *out_bonuses);

/* What parts are worth when `refunded` of `whole` came back: exact × (whole − refunded) ÷ whole,
 * rounded once over all parts. whole = 0: unchanged. */
MUST_CHECK err commission_worth(
    const exact *parts, size_t count, int64_t whole, int64_t refunded, int64_t *out);
