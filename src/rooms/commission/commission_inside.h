/* Inside the room: what its files share and its tests try. */
#pragma once

#include "rooms/commission/commission.h"

/* ---- rules ---- */

/* Order of precedence: partner, product, coupon, group, programme; within one the narrower, then
 * the newer. */
int rule_compare(const struct rule *a, const struct rule *b);
bool rule_in_force(const struct rule *, instant at);
/* item null: the order as a whole, for which product rules do not apply. */
bool rule_matches(const struct rule *, const struct decide_order *, const struct decide_share *,
    const struct decide_item *item);
/* Why it does not fit, in the order in which conditions are listed; null: it does. partner group
 * coupon event country value sub customer item */
const char *rule_objection(const struct rule *, const struct decide_order *,
    const struct decide_share *, const struct decide_item *item);
/* commission_decide() in two steps: which rule decides each line, and what it earns. The second alone
 * asks for order->past. */
MUST_CHECK err decide_match(struct arena *, const struct decide_order *,
    const struct decide_share *, size_t share_count, const struct rule *rules, size_t rule_count,
    struct decision *out);
MUST_CHECK err decide_earn(struct arena *, const struct decide_order *,
    const struct decide_share *, struct decision *inout);

/* A sum that is remembered while orders are decided one after the other, 0 at first; `what` says
 * which and is even. Until the next call. */
int64_t *commission_memory_sum(struct commission_memory *, int64_t partner_id, int64_t line_id,
    int64_t period, int64_t what);

/* ---- states: one table ---- */

enum move { /* by hand ones are enum commission_move */
    MOVE_MATURE = MOVE_RELEASE + 1,
    MOVE_WAIT,   /* of a bonus: what it hangs on is not payable any more */
    MOVE_RESUME, /* and is again */
    MOVE_COUNT,
};

/* May it be made from `place`? `to` gets where it leads. */
bool commission_may(int move, enum commission_place place, enum commission_place *to);
/* The word for where it is. */
enum commission_status commission_status_of(const struct commission *, bool is_declined);
/* The account that belongs to a place; LEDGER_KINDS for PLACE_NONE. */
enum ledger_kind commission_account(enum commission_place);
bool commission_reason_known(str code);
/* commission_may() of where a row is. */
bool commission_may_move(int move, const struct commission *);

/* ---- moves by hand, over HTTP ---- */

struct reasoned {
    str reason, note;
};
extern const struct fields reasoned_fields;

struct commission_moved {
    const struct request *rq;
    struct ledger_act act;
    struct commission_moving what;
    int64_t audit_id;
};
/* Inside a write: the move, its audit entry and its announcement. Refusals come before the first
 * change, so that several may share a write. */
MUST_CHECK err commission_move_noted(struct db *, const struct commission_moved *,
    struct commission *before, struct commission *out);

extern const struct fields commission_bulk_fields;
#define COMMISSION_BULK_GIVES                                                                      \
    "move:string preview:boolean count:integer more:boolean "                                      \
    "sums:[(sum:(amount:integer currency:string) count:integer)] data:[commission] "               \
    "left:[commission]"
err commission_bulk(struct request *, struct reply *);

/* ---- exact amounts in rows ---- */

str exact_text(struct arena *, exact);
bool exact_from_text(str, exact *out);
/* The sum that its worth is worked out from now. */
bool commission_exact_now(const struct commission *, exact *out);

/* ---- the store's steps, inside a write ---- */

/* What an event keeps. */
struct happening {
    const char *kind;
    int64_t amount, entry_id;
    str reason, note;
    const char *cause_type;
    int64_t cause_id;
};
MUST_CHECK err commission_note_event(
    struct db *, const struct ledger_act *, const struct commission *, const struct happening *);
/* Keeps the moving part of the row. */
MUST_CHECK err commission_keep(struct db *, const struct commission *);
MUST_CHECK err commission_insert(struct db *, const struct commission *);
/* Moves the booked amount between accounts and sets place and status; notes the event. */
MUST_CHECK err commission_shift(
    struct db *, const struct ledger_act *, struct commission *, int move, str reason, str note);
/* Takes `less` of its worth away (negative: gives some back), from where it sits or, once it is in
 * a payout, as an amount carried. */
struct taking_back {
    int64_t less;
    const char *entry_kind, *event; /* "refund", "reversed" */
    str key, reason, note;
    const char *cause_type;
    int64_t cause_id;
    bool declines;
    bool adjusts; /* not a refund of its own order: counted apart */
};
MUST_CHECK err commission_take_back(
    struct db *, const struct ledger_act *, struct commission *, const struct taking_back *);
/* Its worth stays; keeps the row and what `is_kept` makes of its place and its word. */
MUST_CHECK err commission_stay(
    struct db *, const struct ledger_act *, struct commission *, const struct taking_back *);

/* An amount between a partner and the next payout that is not a commission's own: negative ones are
 * carried. */
struct carry {
    int64_t id, program_id, partner_id, commission_id, entry_id;
    currency currency;
    int64_t amount;
    str reason;
    instant at;
    int64_t payout_line_id; /* 0: open */
    bool is_test;
};
extern const struct fields carry_fields;
MUST_CHECK err commission_carry_add(struct db *, const struct carry *);

/* ---- how a commission begins: commission_accrue.c ---- */

/* The row of one part, not kept yet; receipt and sums as the decision has them. */
struct commission commission_row(struct arena *, const struct ledger_act *,
    const struct commission_cause *, const struct decision *, size_t part);
/* Keeps it, books it and notes the event. Its id is a new one. */
MUST_CHECK err commission_begin(struct db *, const struct ledger_act *, struct commission *);

/* Programmes that pay for clicks: rows whose first member is an int64_t id. */
MUST_CHECK err commission_click_programs(struct db *, struct list *out);
/* The frozen receipt: rules and arithmetic of one part. */
str commission_receipt_text(struct arena *, const struct decide_order *,
    const struct decide_share *shares, const struct decision *, size_t part);
str commission_receipt_by_hand(struct arena *, const struct commission *);
/* Of a bonus that a rule gives: how it came about. */
struct bonus_told {
    exact exact;
    int32_t percent_bp; /* recruiting: of base_amount */
    str order_id;       /* first sale, target: the order that brought it */
    int64_t goal;       /* target: what was to be reached */
    currency volume;    /* of it; none: orders */
};
str commission_receipt_bonus(
    struct arena *, const struct commission *, const struct bonus_told *);
/* ---- tables of the room ---- */

extern const struct job_kind commission_jobs[];
extern const struct listener commission_listeners[];
