/* A programme with partners and codes in a real store: what tests of the books begin with. */
#pragma once

#include "base/test.h"
#include "rooms/conversion/conversion.h"
#include "store/store.h"

enum { BOOKS_PARTNERS = 6 };

struct books {
    struct test *t;
    struct store *store;
    struct program program;
    int64_t partners[BOOKS_PARTNERS]; /* each has the code "CODE0" … "CODE5"; the last one is
                                         suspended */
    int64_t orders;                   /* told so far: makes ids of their own */
};

/* 10 %, EUR, 30 days hold and window. The clock stands at 2026-12-01T10:00:00Z. */
struct books *books_open(struct test *);
/* The same in a file of its own: for tests that need several. Closed after the test. */
struct books *books_open_named(struct test *, const char *name);
/* The same on a store of the caller's. */
struct books *books_on(struct test *, struct store *);
struct ledger_act books_act(struct books *);
void books_advance(struct books *, int64_t days);
/* Changes the programme as its page would. */
void books_change(struct books *);

/* An order of `minor` with the code of partner `p` (-1: none). */
struct conversion books_order(struct books *, const char *order_id, int64_t minor, int p);
err books_tell(struct books *, const struct conversion *, struct conversion_recorded *out);
/* A click on a link of partner `p` whose row is not in the store until books_drain. An order names it
 * by its token, and is told with the app that can read it. */
struct books_click {
    int64_t id;
    int p;
    str token;
    struct app *app;
};
struct books_click books_click(struct books *, int p);
void books_drain(struct books *, const struct books_click *, const char *sub1);
err books_tell_in(struct books *, const struct app *, const struct conversion *,
    struct conversion_recorded *out);
/* Looks whether its clicks have come: true as long as some have not. */
bool books_hear(struct books *, int64_t conversion_id);
err books_refund(struct books *, int64_t conversion_id, const char *refund_id, int64_t minor,
    struct refund *out);
/* The same, naming an article that is worth as much. */
err books_refund_item(
    struct books *, int64_t conversion_id, const char *refund_id, const char *sku, int64_t minor);
err books_amend(
    struct books *, int64_t conversion_id, const char *amendment_id, int64_t minor);
/* By the order's own id: they may come before their sale. */
err books_amend_order(struct books *, str order_id, const char *amendment_id, int64_t minor);
err books_refund_order(struct books *, str order_id, const char *refund_id, int64_t minor);
/* Gives the whole sale to partner `p`. */
err books_give_to(struct books *, int64_t conversion_id, int p);
err books_move(struct books *, enum commission_move, int64_t commission_id, struct commission *out);
int64_t books_mature(struct books *);
err books_pay(struct books *, int p, const char *currency, int64_t payout, int64_t line,
    struct commission_due *out);
err books_paid(struct books *, int64_t line);
err books_failed(struct books *, int64_t line);
err books_give(struct books *, int p, int64_t minor, struct commission *out);

struct ledger_balance books_balance(struct books *, int p, const char *currency);
/* The only commission of an order. */
struct commission books_commission(struct books *, int64_t conversion_id);
/* Begins a rule at the dawn of time; its programme is filled in. */
void books_rule(struct books *, struct rule);
/* What partner `p` has of an order now. */
int64_t books_worth(struct books *, int64_t conversion_id, int p);
/* Runs fn in a write, as a room would. */
err books_write(struct books *, store_fn, void *arg);
/* Fails the test when any entry does not sum to zero, or a balance is not what the rows say. */
void books_check(struct books *);
