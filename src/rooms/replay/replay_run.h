/* Inside the room: a run, its batches of orders, and the stages in which a batch is decided. */
#pragma once

#include <pthread.h>

#include "rooms/conversion/conversion.h"
#include "rooms/replay/replay_inside.h"

/* As it was, or as drafted. */
enum { SIDE_BEFORE, SIDE_AFTER, SIDES };

struct side {
    struct list rules; /* sorted */
    bool looks_beside, looks_ahead, is_backdated;
    struct commission_memory *past, *beside; /* of what is looked up in either turn */
};

/* What must be done one batch after the other. */
enum turn { TURN_RECALL, TURN_BESIDE, TURNS };

struct run {
    struct store *store;
    const struct replay_ask *ask;
    struct side sides[SIDES];
    bool new_touches; /* shares are worked out anew: touches that lost are read too */
    bool takes[TURNS]; /* some rule looks at orders before or after; caps and bonuses go by time */
    struct {
        bool items, scopes, subs, customers;
    } asks_for; /* by any rule: what it does not is not read */
    struct list declined, changed, declined_bonuses, declined_parts, people;
    int64_t first, last; /* times of orders */
    int passes;          /* 2: every order is counted before the first is decided */
    size_t batch;        /* most orders at once */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t moved;
    int pass;
    int64_t next, width;        /* where the next span begins, and how wide it is to be */
    int64_t given, turn[TURNS]; /* spans given out; whose turn it is */
    bool stopped;

    pthread_mutex_t telling; /* of what follows */
    int64_t told;
    bool refused;
};

/* An order and a partner. */
struct replay_pair {
    int64_t id, partner_id;
};
struct replay_bonus {
    int64_t line_id, partner_id, period_from;
};

/* So many milliseconds: one worker's, at most `batch` orders of it at a time. */
struct span {
    int64_t from, to; /* exclusive */
    int64_t number;
    bool counts; /* of the first of two passes */
};
bool run_span(struct run *, struct span *out); /* false: there is no more, or it was stopped */
/* So many orders it had: the next are as wide as to have about a batch. */
void run_learn(struct run *, const struct span *, int64_t orders);
/* Waits until all spans before it have had theirs; false: the run was stopped. */
bool run_wait(struct run *, const struct span *, enum turn);
void run_pass_on(struct run *, enum turn);
void run_stop(struct run *);

/* An order with what led to it, and what it earns on either side. */
struct replayed {
    int64_t id, refunded;
    instant occurred_at, created_at;
    str customer_id;
    struct attribution_terms terms;
    struct decide_order order;
    struct touch *touches;
    size_t touch_count;
    struct conversion_changes *changes; /* null: it is as it was told */
    struct {
        struct list rules; /* as far as they were known then */
        struct decide_share *shares;
        size_t share_count;
        struct commission_choice choice;
        int64_t *worth; /* of each part */
    } side[SIDES];
};

struct batch {
    const struct run *run;
    struct span span;
    struct arena *arena;
    struct replayed *at;
    size_t count;
    instant after_at; /* the last that was read, for the rest of its span */
    int64_t after_id;
    bool is_last; /* nothing of its span is left */
};
/* The next of its span, from the store. Everything is in the batch's arena. */
MUST_CHECK err batch_read(struct batch *);

/* Shares, and the rules that decide: any thread, in any order. */
MUST_CHECK err batch_choose(struct batch *);
/* One batch after the other. */
void batch_count(struct batch *);
void batch_recall(struct batch *);
/* What each part is worth: any thread, in any order. */
MUST_CHECK err batch_conclude(struct batch *);
/* Caps and bonuses: one batch after the other where rules go by time. Adds up what comes out. */
MUST_CHECK err batch_add(struct batch *, struct tally tallies[SIDES], int64_t *inout_orders);
