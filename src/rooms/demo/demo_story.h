/* The story as it goes on: what the files that tell it share. */
#pragma once

#include "rooms/click/click.h"
#include "rooms/demo/demo_inside.h"
#include "rooms/ledger/ledger.h"

enum { VISITORS_KEPT = 256, DEMO_CURRENCIES = 2 };
extern const currency demo_currencies[DEMO_CURRENCIES]; /* the programme's own, and dollars */

enum happening {
    HAPPENS_JOIN,
    HAPPENS_CLICK,
    HAPPENS_ORDER,
    HAPPENS_REFUND,
    HAPPENS_NIGHT,
    HAPPENS_PAYOUT,
    HAPPENS_PAID,
    HAPPENS_APPLY,
    HAPPENS_NEW_RULES,
    HAPPENS_ACCEPT,
    HAPPENS_PLAN,
    HAPPENS_AMEND,
    HAPPENS_MOVE,
    HAPPENS_GIVE,
    HAPPENS_RATE,
    HAPPENS_WHAT_IF,
};

struct event {
    int64_t at_ms;
    uint64_t order; /* of insertion: events of one moment keep their order */
    enum happening what;
    int64_t subject; /* partner, applicant, order, payout */
};

struct order {
    int64_t conversion_id, amount;
    int partner; /* -1: nobody's */
    bool by_coupon, in_dollars;
    char order_id[16];
    char token[CLICK_TOKEN_LEN + 1];
    char customer[16];
};

/* A partner as the story goes on. */
struct life {
    int64_t id;
    char code[48];
    char cookies[VISITORS_KEPT][16]; /* visitors who may come back */
    size_t cookie_count;
};

struct story {
    const struct demo_options *options;
    struct app *app;
    const struct env *env;
    struct dice dice;
    struct arena *arena; /* of one event */
    int64_t start_ms, end_ms, program_id;
    struct life *lives;
    struct event *heap;
    size_t heap_count, heap_room;
    uint64_t inserted;
    struct order *orders;
    size_t order_count, order_room;
    int64_t payout_id[DEMO_CURRENCIES]; /* of this pay day */
    bool was_moved;
    struct demo_made made;
};

/* ---- the story: demo_history.c ---- */

/* Puts an event into the future; what would happen after the end is left out. */
void story_happen(struct story *, int64_t at_ms, enum happening what, int64_t subject);
instant story_now_of(const struct story *);
struct ledger_act story_act_of(const struct story *, const char *actor);
/* An order that will be placed; partner -1: nobody led to it. Valid until the next call. */
struct order *story_order_new(struct story *, int partner);

/* ---- people: demo_people.c ---- */

MUST_CHECK err story_found(struct story *);
MUST_CHECK err story_join(struct story *, int64_t partner);
MUST_CHECK err story_apply(struct story *, int64_t applicant);
MUST_CHECK err story_accept_terms(struct story *, int64_t partner);

/* ---- what is paid: demo_terms.c ---- */

extern const char demo_terms_first[];
MUST_CHECK err story_first_rules(struct story *);
MUST_CHECK err story_new_rules(struct story *);
MUST_CHECK err story_planned_rules(struct story *);
int64_t story_change_ms(const struct story *); /* when workshops begin to pay more */

/* ---- the office: demo_office.c ---- */

MUST_CHECK err story_amend(struct story *, int64_t order);
MUST_CHECK err story_move(struct story *, int64_t order);
MUST_CHECK err story_give(struct story *, int64_t partner);
MUST_CHECK err story_offer(struct story *);
MUST_CHECK err story_rate(struct story *);
MUST_CHECK err story_what_if(struct story *);

/* ---- trade: demo_trade.c ---- */

MUST_CHECK err story_click(struct story *, int64_t partner);
MUST_CHECK err story_order(struct story *, int64_t order);
MUST_CHECK err story_refund(struct story *, int64_t order);
MUST_CHECK err story_night(struct story *);
MUST_CHECK err story_payout(struct story *);
MUST_CHECK err story_paid(struct story *);
