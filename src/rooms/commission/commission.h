/* The life of a commission, from the order that brings it to the payout that pays it.
 * A commission's facts are frozen when it is made. `status`, `amount`, `booked` and `place` are
 * kept true by the only functions that may move it, which are here, each with a ledger entry and an
 * event in one write. */
#pragma once

#include "base/amount.h"
#include "base/field.h"
#include "base/instant.h"
#include "rooms/commission/decide.h"
#include "rooms/exchange/exchange.h"
#include "rooms/ledger/ledger.h"
#include "rooms/room.h"
#include "store/store.h"

/* ---- words
 * ------------------------------------------------------------------------------------------- */

enum commission_status {
    COMMISSION_PENDING,
    COMMISSION_PAYABLE, /* also while in a payout that is not settled: payout_id says so */
    COMMISSION_PAID,
    COMMISSION_REVERSED, /* nothing is left of it */
    COMMISSION_DECLINED,
    COMMISSION_HELD,
    COMMISSION_STATUSES,
};
extern const char *const commission_status_names[];

enum commission_kind {
    COMMISSION_SALE,
    COMMISSION_LEAD,
    COMMISSION_BONUS,
    COMMISSION_ADJUSTMENT,
    COMMISSION_CLICK, /* a day's unique clicks of one partner */
};
extern const char *const commission_kind_names[];

/* The account in which `booked` sits. */
enum commission_place {
    PLACE_NONE,
    PLACE_PENDING,
    PLACE_HELD,
    PLACE_PAYABLE,
    PLACE_IN_PAYOUT,
    PLACE_PAID,
    PLACE_CARRIED /* a negative adjustment that no payout has taken up yet */
};
extern const char *const commission_place_names[];

extern const struct err COMMISSION_NOT_FOUND; /* 404 */
extern const struct err COMMISSION_STATE; /* 409 commission_state: not possible from where it is */
extern const struct err COMMISSION_BOOKS; /* 409 books_differ: rows and accounts do not agree */
extern const struct err
    COMMISSION_REASON; /* 422: a reason of the list is needed; "other" needs a note */

/* Reasons to decline or hold: null-terminated codes; "other" needs a note. */
extern const char *const commission_reasons[];
const char *commission_reason_words(const char *code); /* a msgid */

/* ---- the row
 * --------------------------------------------------------------------------------------- */

struct commission {
    int64_t id, program_id, partner_id;
    str partner_name;      /* by join, where lists and pages read it */
    int64_t conversion_id; /* 0: bonus, adjustment */
    str order_id;          /* of the conversion; none otherwise */
    enum commission_kind kind;
    currency currency;
    int64_t amount; /* what it is worth now = earned − reversed + adjusted; 0 when declined */
    int64_t earned_amount;   /* what it was worth when it was first booked; frozen */
    int64_t reversed_amount; /* by refunds of its own order so far */
    int64_t adjusted_amount; /* by amended orders, moved sales, tiers, caps; either sign */
    int64_t base_amount;     /* of the order, counted */
    currency base_currency;
    int32_t share_bp;
    int64_t rule_id; /* of its largest line; 0: by hand */
    int32_t rule_version;
    enum commission_status status;
    str status_reason, status_note;
    instant occurred_at, matures_at, payable_at, paid_at, created_at;
    int64_t payout_id, payout_line_id;
    bool is_test;
    str bonus_for;      /* which kind of rule gave it: first_sale, target, recruit; none: by hand */
    str recruited_name; /* of a recruiter's part: whose sale it is of; read, not kept */
    /* Not shown: */
    enum commission_place place;
    int64_t booked; /* sits in the account of `place` */
    str exact;      /* minor × 10^8, before rounding, at full value: exact decimal integer */
    str receipt;    /* JSON, frozen */
    str exact_now;  /* the sum that it is worked out from now, when it is not `exact` */
    int64_t whole, refunded; /* that sum × (whole − refunded) ÷ whole; whole 0: as it is */
    int64_t full_amount;     /* worth before caps of its partner and of the budget */
    int64_t source_id;       /* of a rule's bonus: the commission it hangs on; 0: none */
    int64_t kept_amount;     /* his part of what is left of the order, in base_currency */
    bool is_kept;            /* whether anything is left */
};
extern const struct fields commission_fields;

/* partner_id 0: any; otherwise as that partner may read it: without the order of a recruiter's
 * part.
 */
MUST_CHECK err commission_find(
    struct db *, int64_t program_id, int64_t partner_id, int64_t id, struct commission *out);
/* Rows of struct commission, in the order they were made. */
MUST_CHECK err commission_of_conversion(
    struct db *, int64_t program_id, int64_t conversion_id, struct list *out);

/* What happened to it, oldest first. Append-only. */
struct commission_event {
    int64_t id, program_id, commission_id;
    str kind;         /* accrued matured approved held released declined reversed put_in_payout paid
                         payout_failed adjusted */
    int64_t amount;   /* minor units that moved */
    int64_t entry_id; /* 0: nothing moved in the books */
    str reason, note, actor;
    str cause_type; /* "refund", "payout_line", "conversion"; none: by hand or clock */
    int64_t cause_id;
    instant at;
};
extern const struct fields commission_event_fields;
MUST_CHECK err commission_events(
    struct db *, int64_t program_id, int64_t commission_id, struct list *out);

/* Has the partner a commission of his own of this order, by its name? */
MUST_CHECK err commission_has_order(
    struct db *, int64_t program_id, int64_t partner_id, str order_id, bool *out);

/* Ledger lines (struct ledger_line) of every entry that moved it, oldest first; of a payout line's
 * entry, which moves many, the part that is its own. */
MUST_CHECK err commission_ledger_lines(
    struct db *, int64_t program_id, int64_t commission_id, struct list *out);

/* ---- life: inside a write
 * ------------------------------------------------------------------------------- */

/* What was told, until all that follows from it is known: the order it is about, others whose worth
 * hangs on that (steps by volume, renewals), and what caps then leave to each. Nothing is booked
 * before, so that each commission gets one entry at most, with its last figure. {0} at first; lives
 * as long as the loan. */
struct commission_settling {
    struct commission_ripple {
        struct commission_rippled {
            int64_t conversion_id;
            bool is_weighed; /* those that are not: whoever knows their facts weighs them too */
        } * at;
        size_t count, room;
    } ripple;
    struct weighed **orders; /* in the order in which they were weighed; the first is the cause */
    size_t count, room;
};

/* What the conversion room hands over once it knows the winners. */
struct commission_cause {
    int64_t program_id, conversion_id;
    enum commission_kind kind;
    const struct decide_order *order;
    const struct decide_share *shares;
    size_t share_count;
    str customer_id; /* as the shop names him; none: renewals do not know him */
    int32_t hold_days;
    bool is_test;
    const char *held; /* reason code when born held ("unverified"); null: pending */
};
/* Decides by the rules in force at the order's time, keeps commissions, receipts and entries. `out`
 * (may be null) gets rows of struct commission. Where rules look at other orders it is only
 * weighed: `out` stays empty and the caller books. */
MUST_CHECK err commission_accrue(struct db *, const struct ledger_act *,
    const struct commission_cause *, struct list *out, struct commission_settling *);

/* An order as it stands now: amended, moved, returned in part. */
struct commission_order {
    struct commission_cause cause; /* order, items and shares of today; hold and mode of its time */
    instant told_at;               /* rules that were made later do not judge it */
    const int64_t
        *returned;    /* per item: what refunds that name it brought back; null: none named */
    int64_t refunded; /* all that came back */
};
/* Why its commissions are worked out again. */
struct commission_why {
    const char *entry_kind; /* "refund", "amend", "move" */
    const char *cause_type; /* "refund", "amendment", "conversion_move" */
    int64_t cause_id;
    str reason, note; /* reason: a code of commission_reason_words() */
    bool is_refund;   /* counted in reversed_amount; otherwise in adjusted_amount */
};
/* Works out what an order's commissions are worth by the facts of now, before caps, and adds it to
 * what is settled: once per order, those that were told about before those of the ripple. */
MUST_CHECK err commission_weigh(struct db *, const struct commission_order *,
    const struct commission_why *, struct commission_settling *);
/* Books all that was weighed: what caps leave, the differences, bonuses. Who has no part any more
 * keeps a commission of nothing, who has one anew gets one. */
MUST_CHECK err commission_book(
    struct db *, const struct ledger_act *, struct commission_settling *);

/* What the parts of a decision are worth as the order stands. Pure; `out` has room for
 * part_count. */
MUST_CHECK err commission_worth_now(
    struct arena *, const struct commission_order *, const struct decision *, int64_t *out);
/* The same without writing: what decides it today, and whether the books say so. */
MUST_CHECK err commission_recheck(
    struct db *, const struct commission_order *, struct decision *out, bool *out_same);

/* One refund more: `refunded` is the order's new total that came back. */
struct commission_refund {
    int64_t program_id, conversion_id, refund_id;
    int64_t order_amount, refunded;
    str kind; /* "refund" or "chargeback" */
    str reason;
};
MUST_CHECK err commission_refund(
    struct db *, const struct ledger_act *, const struct commission_refund *);

enum commission_move { MOVE_APPROVE, MOVE_DECLINE, MOVE_HOLD, MOVE_RELEASE };
struct commission_moving {
    enum commission_move move;
    int64_t program_id, id;
    str reason, note;
};
/* A reason of the list, or the caller's own words: those become "other" with the words as the note.
 * Declining needs one, and "other" needs a note: COMMISSION_REASON. */
MUST_CHECK err commission_reason_read(enum commission_move, str *reason, str *note);

/* Approve, decline, hold, release by hand. */
MUST_CHECK err commission_change(struct db *, const struct ledger_act *,
    const struct commission_moving *, struct commission *out);
/* All of a conversion; what is in a payout or paid already is owed back. */
MUST_CHECK err commission_decline_conversion(struct db *, const struct ledger_act *,
    int64_t program_id, int64_t conversion_id, str reason, str note);
/* Another conversion stands in its place: what was held for it goes. `out_hangs`: others hang on
 * it; the caller weighs it, before the one that stands there now. */
MUST_CHECK err commission_replace_conversion(struct db *, const struct ledger_act *,
    int64_t program_id, int64_t conversion_id, bool *out_hangs);
/* An unverified conversion was confirmed: what was held for it goes on. */
MUST_CHECK err commission_confirm_conversion(
    struct db *, const struct ledger_act *, int64_t program_id, int64_t conversion_id);

/* Bonus (positive) or adjustment (either sign): payable, or carried, at once. */
struct commission_by_hand {
    int64_t id, program_id, partner_id;
    amount amount;
    enum commission_kind kind;
    str reason;
    bool is_test;
};
MUST_CHECK err commission_add(struct db *, const struct ledger_act *,
    const struct commission_by_hand *, struct commission *out);

/* Matures what is due by `act->at`, at most `most` rows; approval "manual" programmes are passed
 * over. */
MUST_CHECK err commission_mature(
    struct db *, const struct ledger_act *, int64_t most, int64_t *out_count);

/* Commissions for the unique clicks of days that are over, by rules for the event "click": once for
 * each partner and day; clicks that were told late change what it is worth. */
MUST_CHECK err commission_click_days(struct db *, const struct ledger_act *, int64_t program_id);

/* ---- doors for payouts
 * -------------------------------------------------------------------------------- */

/* What a partner would get: payable since `cutoff` or before, less all open negatives. Live money
 * only. Call commission_mature() first in the same write, so that the clock's work is not waited
 * for. */
struct commission_due {
    int64_t partner_id;
    currency currency;
    int64_t commissions, gross; /* count and sum of what is payable */
    int64_t negatives, carried; /* count and sum (≤ 0) of what is taken up */
    int64_t net;
};
extern const struct fields commission_due_fields;
struct commission_due_query {
    int64_t program_id;
    int64_t partner_id; /* 0: all */
    currency currency;  /* none: all */
    instant cutoff;
};
/* Rows of struct commission_due, by partner; also those whose net is not positive or below a
 * minimum: the payout room decides whom to take. */
MUST_CHECK err commission_due(struct db *, const struct commission_due_query *, struct list *out);

struct commission_take {
    int64_t program_id, partner_id, payout_id, line_id; /* ids of the payout room */
    currency currency;
    instant cutoff;
    const struct exchange_rate *rate; /* null: paid in its own currency */
    struct currency pay_currency;     /* with a rate: what it is paid in */
};
/* Moves what commission_due names into the line: Dr payable, Cr carried, Cr in_payout. Refuses
 * (COMMISSION_STATE) when net ≤ 0, and (COMMISSION_BOOKS) when the accounts say otherwise. The same
 * line again changes nothing and gives the same figures.
 */
MUST_CHECK err commission_take_into_payout(struct db *, const struct ledger_act *,
    const struct commission_take *, struct commission_due *out);
/* Dr in_payout Cr paid. Saying it again changes nothing; after failed: COMMISSION_STATE. */
MUST_CHECK err commission_payout_paid(
    struct db *, const struct ledger_act *, int64_t program_id, int64_t line_id);
/* Reverses the line's entry exactly (and its payment, when it was marked paid before): commissions
 * are payable again, negatives carried again. Saying it again changes nothing. */
MUST_CHECK err commission_payout_failed(
    struct db *, const struct ledger_act *, int64_t program_id, int64_t line_id, str reason);

/* What a line is paid as: its own net, or in another currency by a rate. */
struct commission_pays {
    amount amount;
    str rate; /* none: its own currency */
    instant rate_day;
};
MUST_CHECK err commission_pays(
    struct db *, int64_t program_id, int64_t line_id, struct commission_pays *out);

/* What is behind a line's figure: for statements. Positive rows are commissions, negative rows what
 * was taken up. */
struct commission_line_item {
    int64_t id; /* row number in the line, from 1 */
    int64_t line_id, commission_id, conversion_id, carry_id;
    str order_id;
    enum commission_kind kind;
    str reason; /* of a negative: refund, chargeback, adjustment */
    currency currency;
    int64_t amount; /* what it put into the line */
    int64_t base_amount;
    currency base_currency;
    instant occurred_at, at; /* of the order; of the negative */
};
extern const struct fields commission_line_item_fields;
MUST_CHECK err commission_of_line(
    struct db *, int64_t program_id, int64_t line_id, struct list *out);

/* Caps and budgets that it stands under and what they leave it, as list `caps`. A partner is not
 * told how large a budget is. */
MUST_CHECK err commission_caps_view(struct request *, struct view *into, const struct commission *);
/* A row as pages and API show it, with what may be done. */
void commission_view(struct request *, struct view *into, const struct commission *);

extern const struct room commission_room;
