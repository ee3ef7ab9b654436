/* Orders and events of the shop: the tracking API, browser, pixel and CSV; duplicates, decline,
 * refund. One write does it all: duplicate → touches → attribution → commissions → entries →
 * receipt → announcement. Announces conversion.created, .confirmed, .declined, .refunded. */
#pragma once

#include "base/field.h"
#include "base/instant.h"
#include "rooms/attribution/attribution.h"
#include "rooms/commission/commission.h"
#include "rooms/room.h"
#include "store/store.h"

enum conversion_status {
    CONVERSION_CONFIRMED,
    CONVERSION_UNVERIFIED, /* told by a browser, not yet by the shop */
    CONVERSION_PARTIALLY_REFUNDED,
    CONVERSION_REFUNDED,
    CONVERSION_DECLINED,
    CONVERSION_REPLACED, /* by the shop's own word for the same order */
};
extern const char *const conversion_status_names[];

enum conversion_source { SOURCE_API, SOURCE_BROWSER, SOURCE_PIXEL, SOURCE_CSV };
extern const char *const conversion_source_names[];

enum {
    CONVERSION_ITEMS_MOST = 200,
    CONVERSION_BATCH_MOST = 1000,
    CONVERSION_FUTURE_MS = 5 * 60 * 1000,
};
#define CONVERSION_AMOUNT_MOST                                                                     \
    INT64_C(1000000000000000) /* keeps refunds of commissions exact in 128 bits */

struct conversion_item {
    str sku, name, category;
    int64_t quantity;
    int64_t amount; /* of the line, counted */
};
extern const struct fields conversion_item_fields;

struct conversion {
    int64_t id, program_id;
    str type, order_id;
    int64_t amount; /* the commission base, minor units, as last amended */
    int64_t told_amount; /* as it was told first */
    int64_t amended_by;  /* the amendment that holds; 0: none */
    currency currency;
    str customer_id;
    str country; /* of the buyer, ISO 3166-1 alpha-2; none: the shop did not say */
    bool new_customer;
    instant occurred_at; /* none on the way in: now */
    json_object metadata;
    struct list items; /* of struct conversion_item */
    str click, coupon; /* evidence as it was given */
    enum conversion_status status;
    enum conversion_source source;
    bool attributed;
    enum program_attribution model;
    str reason; /* of the attribution as a whole */
    int64_t refunded_amount;
    int64_t replaced_by;
    bool is_test;
    instant created_at, confirmed_at;
    /* Not shown: */
    str status_reason, status_note; /* of a decline */
    int64_t visitor_id, coupon_id;  /* a coupon id: its use was counted */
    str content, confirm_content;   /* canonical: as first told, as the shop's server told it */
    enum program_precedence precedence;
    int64_t window_days, customer_days, hold_days, clawback_days; /* in force at its time */
    enum program_binding customer_binding;
    instant judged_at;
    str actor;
};
extern const struct fields conversion_fields; /* a row, and what POST /conversions takes */

extern const struct err CONVERSION_NOT_FOUND; /* 404 */
extern const struct err CONVERSION_STATE;     /* 409 */
extern const struct err ORDER_EXISTS;         /* 409 order_exists */
extern const struct err ORDER_COUNTRY;        /* 422 country_form */
extern const struct err IN_FUTURE;            /* 422 in_future */
extern const struct err REFUND_EXCEEDS_ORDER; /* 422 refund_exceeds_order */
extern const struct err REFUND_EXISTS;        /* 409 refund_exists, with the field that differs */
extern const struct err REFUND_ITEMS;         /* 422 refund_items: they are worth more than it */
extern const struct err REFUND_CURRENCY;      /* 422 refund_currency: not the order's */

/* What was told, and by whom. */
struct conversion_recording {
    struct conversion conversion; /* id and program_id given by the caller */
    struct ledger_act act;
    const struct app *app; /* keys of click tokens; null: tokens cannot be read */
    str visitor;           /* the cookie's value, when the browser told us; none otherwise */
};
/* What stands. */
struct conversion_recorded {
    struct conversion conversion;
    struct list commissions; /* rows of struct commission; empty when it stood there before */
    struct list touches;     /* rows of struct touch, as they were judged; likewise */
    bool is_plain; /* with that everything is told that there is to it: nothing else moved it yet */
    bool already;            /* this order stood there before */
    bool has_begun; /* with an error: something was changed, so the write must be given up */
};
/* Facts checked without the store; call before the write. */
MUST_CHECK err conversion_check(const struct conversion *, instant now);
/* Waits until the clicks that this order names are in the store: call before the write, outside of
 * it. */
MUST_CHECK err conversion_settle(
    struct db *read, struct app *, const struct conversion_recording *);
/* Inside a write. For the API, the browser, the pixel, CSV files, the demo and imports. Refusals
 * come before the first change, so that several may share a write. */
MUST_CHECK err conversion_record(
    struct db *, const struct conversion_recording *, struct conversion_recorded *out);
/* The same without writing anything: would it be recorded, is it there, or why not. */
MUST_CHECK err conversion_try(
    struct db *, const struct conversion_recording *, struct conversion_recorded *out);

enum refund_kind { REFUND_RETURN, REFUND_CHARGEBACK };
extern const char *const refund_kind_names[]; /* "refund", "chargeback" */

struct refund {
    int64_t id, program_id;
    int64_t conversion_id; /* 0: waits for its sale */
    str order_id, refund_id;
    int64_t amount;
    currency currency; /* none on the way in: the order's */
    enum refund_kind kind;
    str reason; /* free text */
    struct list items; /* of struct conversion_item: what came back, as told */
    str items_json;    /* the same, kept */
    str status;        /* "applied", "waiting", "refused" */
    bool is_test;
    instant occurred_at; /* when it came back; none on the way in: now */
    bool is_late;        /* past the order's clawback days: it takes nothing back */
    instant created_at;
};
extern const struct fields refund_fields;
/* Inside a write. With conversion_id, or with order_id alone: then it may wait for its sale.
 * `already` when this refund_id stood there. */
MUST_CHECK err conversion_refund(
    struct db *, const struct ledger_act *, struct refund *inout, bool *out_already);
MUST_CHECK err conversion_refunds(
    struct db *, int64_t conversion_id, struct list *out); /* rows of struct refund */

/* The order counts for something else now, whenever that is told; rules of the order's time judge
 * it. */
struct amendment {
    int64_t id, program_id;
    int64_t conversion_id; /* 0: waits for its sale */
    str order_id, amendment_id;
    int64_t amount;
    currency currency; /* none on the way in: the order's */
    str reason;
    struct list items; /* of struct conversion_item; empty: as they were */
    str items_json;    /* the same, kept */
    instant occurred_at; /* the latest holds; none on the way in: now */
    str status;          /* "applied", "waiting", "refused" */
    bool is_test;
    instant created_at;
};
extern const struct fields amendment_fields;
extern const struct err AMENDMENT_EXISTS;        /* 409, with the field that differs */
extern const struct err AMENDMENT_BELOW_REFUNDS; /* 422: more has come back already */
extern const struct err AMENDMENT_CURRENCY;      /* 422 */
/* Inside a write. With conversion_id, or with order_id alone: then it may wait for its sale. */
MUST_CHECK err conversion_amend(
    struct db *, const struct ledger_act *, struct amendment *inout, bool *out_already);
MUST_CHECK err conversion_amendments(
    struct db *, int64_t conversion_id, struct list *out); /* applied ones, the last holds */

/* A sale is given to another partner: what was judged stays, the books follow. */
struct conversion_move {
    int64_t id, program_id, conversion_id;
    int64_t from_partner_id; /* 0: all of it */
    int64_t to_partner_id;
    str to_group, to_name, from_name;
    str order_id; /* of the sale */
    str reason;
    instant created_at;
    str actor;
};
extern const struct fields conversion_move_fields;
extern const struct err MOVE_FROM; /* 422: he has no part of it, or several have */
extern const struct err MOVE_TO;   /* 422: he has it already */
/* Inside a write; id, from, to and reason are given. PARTNER_NOT_APPROVED, CONVERSION_STATE. */
MUST_CHECK err conversion_move(
    struct db *, const struct ledger_act *, struct conversion *, struct conversion_move *inout);
MUST_CHECK err conversion_moves(struct db *, int64_t conversion_id, struct list *out);

/* What became of an order after it was told, for deciding it once more: live as long as the loan. */
struct conversion_changes {
    const struct decide_item *items; /* as last amended */
    size_t item_count;
    const int64_t *returned; /* per item, by refunds that name it */
    struct list moves;       /* of struct conversion_move */
};
MUST_CHECK err conversion_changes(
    struct db *, int64_t program_id, int64_t id, struct conversion_changes *out);
/* Moves applied one after the other; `shares` has room for one more. */
void conversion_changes_share(
    const struct conversion_changes *, struct decide_share *shares, size_t *count);

MUST_CHECK err conversion_find(
    struct db *, int64_t program_id, int64_t partner_id, int64_t id, struct conversion *out);
/* The one that stands; replaced ones are passed over. */
MUST_CHECK err conversion_find_order(struct db *, int64_t program_id, bool is_test, str order_id,
    struct conversion *out, bool *out_found);
MUST_CHECK err conversion_items(struct db *, struct conversion *inout);
/* The touches as they were judged: rows of struct touch, oldest first. */
MUST_CHECK err conversion_touches(struct db *, int64_t conversion_id, struct list *out);

extern const struct room conversion_room;
