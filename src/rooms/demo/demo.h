/* The tea shop Kettle & Kiln: a programme with 90 days of history, made through the same doors as
 * real traffic, and a small shop with a checkout. Only `tributary demo` and `serve --demo-shop` use
 * this room. */
#pragma once

#include "base/env.h"
#include "base/err.h"
#include "rooms/room.h"

struct live;
struct store;

/* A clock that the demo moves: from the first day of the history to today. */
struct demo_clock {
    struct env env; /* a copy of the system's; now() reads `at` */
    int64_t at_ms;
};
void demo_clock_start(struct demo_clock *, const struct env *real, instant at);

struct demo_options {
    struct app *app; /* store, spool, links and live opened with clock->env */
    struct demo_clock *clock;
    instant today; /* real now: the history ends there */
    int partners, days;
    int64_t clicks;
    uint64_t seed;
    const char *base_url; /* where the shop will stand: "http://127.0.0.1:8080" */
    void (*progress)(const char *what, int64_t done, int64_t of);
};

struct demo_made {
    int64_t program_id, partners, clicks, orders, refunds, payouts;
};

/* Who may sign in afterwards; the password is the same for all. */
struct demo_person {
    const char *role, *name, *email;
};
extern const struct demo_person demo_people[]; /* ended by a null role */
extern const char demo_password[];

MUST_CHECK err demo_make(const struct demo_options *, struct demo_made *out);

extern const struct room demo_room; /* the shop: /shop … */
