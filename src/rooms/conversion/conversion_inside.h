/* Inside the room: what its files share and its tests try. */
#pragma once

#include "rooms/conversion/conversion.h"

/* ---- rules ---- */

enum telling { TELLING_NEW, TELLING_SAME, TELLING_CONFIRMS, TELLING_REPLACES };

/* Canonical content: two tellings with the same text are one. Times that were not told are not in
 * it. */
str conversion_content(struct arena *, const struct conversion *);
/* How a second telling of an order relates to the one that stands; ORDER_EXISTS. */
MUST_CHECK err conversion_compare(
    const struct conversion *told, const struct conversion *known, enum telling *out);
/* The word for where it stands after a refund or a confirmation. */
enum conversion_status conversion_status_of(const struct conversion *);
MUST_CHECK err refund_fits(const struct conversion *, const struct refund *);

/* ---- store ---- */

MUST_CHECK err conversion_keep(struct db *, const struct conversion *);

enum { TOUCHES_MOST = 200 };
struct touches {
    struct touch *at;
    size_t count;
};
/* Everything that may have led to the order: token, other clicks of the visitor, code, known
 * customer. `before` is the telling that this one replaces, whose evidence counts too; null: none.
 * CLICK_INVALID. */
MUST_CHECK err conversion_gather(struct db *, const struct app *, const struct conversion *,
    const struct attribution_terms *, const struct conversion *before, struct touches *out);
MUST_CHECK err conversion_put_touches(struct db *, int64_t conversion_id, const struct touches *);
MUST_CHECK err conversion_read_touches(struct db *, int64_t conversion_id, struct touches *out);
/* The same with names of partners and codes of links. */
MUST_CHECK err conversion_touches_shown(struct db *, int64_t conversion_id, struct touches *out);

struct click; /* rooms/click/click.h */
strs conversion_click_subs(struct arena *, const struct click *); /* up to the last that is there */
/* ---- clicks that come after their order: late.c ---- */

/* Looks again later when a token vouched for a click whose row is not here yet. */
MUST_CHECK err conversion_await(struct db *, const struct conversion *, const struct touches *);
/* Inside a write: adds what has come to the facts and judges the order again. `out_waits`: some have
 * not come yet. Doing it again changes nothing. */
MUST_CHECK err conversion_hear(struct db *, const struct ledger_act *, int64_t program_id,
    int64_t conversion_id, bool *out_waits);
extern const struct job_kind conversion_jobs[];

/* Touches of earlier orders of the same customer, newest first, as TOUCH_CUSTOMER. */
MUST_CHECK err conversion_touches_of_customer(
    struct db *, const struct conversion *, instant at, struct list *out);

/* Of the order that binds this customer, the touches that won, as TOUCH_CUSTOMER of its time. */
MUST_CHECK err conversion_touches_that_bind(struct db *, const struct conversion *,
    enum program_binding, instant at, struct list *out);

/* What the rules judge an order by. */
struct decide_order conversion_decide_order(struct arena *, const struct conversion *);

/* Who earned which part of it, out of the judged touches. */
size_t conversion_shares(const struct touches *, struct arena *, struct decide_share **out);
/* Shares after a part or all was given to another partner; room for one more. */
void conversion_apply_move(struct decide_share *, size_t *count, const struct conversion_move *);

/* ---- as it stands now: facts.c ---- */

enum commission_kind conversion_commission_kind(const struct conversion *);
MUST_CHECK err conversion_items_read(struct arena *, str json, struct list *out);
bool conversion_is_name(str id); /* visible, no spaces at its ends, 1 to 100 bytes */
/* Are the items that a refund names worth no more than it? */
bool refund_items_fit(const struct refund *, const struct list *items);
/* Shares as they were judged, and moved since. */
MUST_CHECK err conversion_shares_now(
    struct db *, const struct conversion *, struct decide_share **out, size_t *out_count);
/* All that is known of it, for deciding: `order` and `out` live as long as the loan. */
MUST_CHECK err conversion_gather_facts(struct db *, struct conversion *inout,
    struct decide_order *order, struct commission_order *out);
/* Works its commissions out again from all that is known of it. */
MUST_CHECK err conversion_books(
    struct db *, const struct ledger_act *, const struct conversion *, const struct commission_why *);
/* The same, as far as commission_weigh(). */
MUST_CHECK err conversion_weigh(struct db *, struct conversion *inout,
    const struct commission_why *, struct commission_settling *);
/* Other orders whose worth hangs on this one, which was weighed; then books them all. */
MUST_CHECK err conversion_follow(struct db *, const struct ledger_act *,
    const struct conversion *cause, struct commission_settling *);
/* Amendments that were told before their sale, or of the telling that was replaced. */
MUST_CHECK err conversion_apply_amendments(
    struct db *, const struct ledger_act *, struct conversion *);
/* Refunds that were more than the order until it was amended. */
MUST_CHECK err conversion_retry_refunds(
    struct db *, const struct ledger_act *, struct conversion *);

/* ---- what people may do ---- */

MUST_CHECK err conversion_confirm(struct db *, const struct ledger_act *, struct conversion *);
MUST_CHECK err conversion_decline(
    struct db *, const struct ledger_act *, struct conversion *, str reason, str note);
/* Refunds that were told before their sale, or of the telling that was replaced. */
MUST_CHECK err conversion_apply_refunds(
    struct db *, const struct ledger_act *, struct conversion *);

/* ---- shown ---- */

extern const struct fields conversion_partner_fields; /* what a partner may read */
/* The answer of API.md: the order, its attribution and its commissions, as far as the caller may
 * see them. */
MUST_CHECK err conversion_view(struct request *, struct view *into, struct conversion *);
/* The same of one that was told just now. */
MUST_CHECK err conversion_view_recorded(
    struct request *, struct view *into, struct conversion_recorded *);
void conversion_view_commissions(
    struct request *, struct view *into, const struct list *commissions);
/* Partners by name, to choose from. */
MUST_CHECK err conversion_partners_view(struct request *, struct view *into, const char *name);
MUST_CHECK err conversion_attribution_view(
    struct request *, struct view *into, const struct conversion *);

extern const struct listener conversion_listeners[]; /* facts.c */

/* ---- routes ---- */

/* An order that is told over HTTP, and what came of it. */
struct conversion_telling {
    struct conversion_recording told;
    struct conversion_recorded stands;
};
struct value; /* http/json.h */
/* Amount and currency: a sale must name both, a lead may leave them out. */
MUST_CHECK err conversion_complete(struct request *, const struct value *body, struct conversion *);
struct conversion conversion_blank(void); /* what a telling begins with */
/* Checks, waits for its clicks and records it. */
MUST_CHECK err conversion_tell(struct request *, struct conversion_telling *);

/* What a telling leaves out: id, programme, mode, quantities. */
void conversion_fill(struct request *, struct conversion *, int64_t id);

/* Many: `refused` before the write are passed over, `failed` tells what became of each. */
struct batch {
    struct conversion_telling *tellings;
    const err *refused;
    err *failed;
    size_t from, to; /* the group at work */
};
void batch_record(struct request *, struct batch *, size_t count);

extern const struct fields conversion_batch_fields, conversion_upload_fields;
str conversion_items_text(struct arena *, const struct list *items);
err refund_index(struct request *, struct reply *);
err amendment_index(struct request *, struct reply *);
err move_index(struct request *, struct reply *);
err amendment_of_order(struct request *, struct reply *);
err amendment_create(struct request *, struct reply *);
err conversion_give(struct request *, struct reply *);
MUST_CHECK err conversion_of_request(struct request *, struct conversion *out);
/* The order as its page shows it, with what may be done. */
MUST_CHECK err conversion_answer(struct request *, struct reply *, struct conversion *);
err conversion_batch(struct request *, struct reply *);
err conversion_upload(struct request *, struct reply *);
err conversion_import(struct request *, struct reply *);
err receipt_show(struct request *, struct reply *);
err debugger_show(struct request *, struct reply *);
extern const struct fields page_sale_fields; /* what the page script sends */
err track_conversion(struct request *, struct reply *);
err track_pixel(struct request *, struct reply *);
