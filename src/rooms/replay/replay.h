/* What if: history decided once more under other rules or another attribution, beside what stands.
 * Nothing of the books is touched. Caps, budgets and bonuses of rules are part of it; what was given
 * by hand, and what clicks bring, is left out on both sides: it hangs on no order. */
#pragma once

#include "rooms/attribution/attribution.h"
#include "rooms/commission/commission.h"
#include "rooms/room.h"
#include "store/store.h"

/* What a manager would have liked to be so. */
struct replay_draft {
    int64_t program_id;
    bool has_model, has_precedence;
    enum program_attribution model;
    enum program_precedence precedence;
    int32_t window_days, customer_days; /* 0: as they were */
    bool has_rules;
    struct list rules; /* of struct rule; they take the place of all that ever were */
};
/* {"program_id", "attribution", "coupon_precedence", "window_days", "customer_days", "rules":
 * [{"name", "scope": {…}, "reward": {…}, "tiers", "tiered_by", "recurring", "cap", "target", "levels", "months", "starts_at",
 * "ends_at"}]}, all of it optional, as in the API. DRAFT_INVALID with the member in out_where. */
extern const struct err DRAFT_INVALID;  /* 422 draft_invalid */
MUST_CHECK err replay_draft_read(
    struct arena *, str json, struct replay_draft *out, str *out_where);

struct replay_ask {
    int64_t program_id;
    instant from, to; /* of occurred_at; to is exclusive; none: open */
    const struct replay_draft *draft;
    size_t threads; /* 0: 2 */
    size_t batch;   /* orders that a thread has at once; 0: 1,024 */
    /* Called now and then with parts done of parts; false stops the run (REPLAY_STOPPED). */
    bool (*progress)(int64_t done, int64_t parts, void *arg);
    void *arg;
};
extern const struct err REPLAY_STOPPED;

/* One partner in one currency. */
struct replay_line {
    int64_t id; /* the higher the larger the difference */
    int64_t partner_id;
    str partner_name;
    currency currency;
    int64_t orders_before, orders; /* that earn him something: as it was, as drafted */
    int64_t before, after;         /* what they are worth now, minor units */
    int64_t difference;
};
extern const struct fields replay_line_fields;

struct replay_outcome {
    struct list lines;  /* of struct replay_line, the largest difference first */
    struct list totals; /* the same per currency; partner_id 0 */
    int64_t orders;     /* looked at */
    int64_t gain, lose; /* lines with more, with less */
};
/* Reads one snapshot per batch, in bounded memory; beside a server too. */
MUST_CHECK err replay_run(
    struct store *, struct arena *, const struct replay_ask *, struct replay_outcome *out);

/* One that is kept, and the job that runs it: inside a write. The draft has been read before. */
struct replay_wish {
    int64_t id, job_id, program_id; /* ids made before the write */
    str draft;
    instant since, until; /* none: open */
    instant at;
    str by;
};
MUST_CHECK err replay_queue(struct db *, const struct replay_wish *);

extern const struct room replay_room;
