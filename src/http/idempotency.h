/* Idempotency-Key: the same call twice gives the first answer twice. A call claims its name before
 * it runs and keeps its answer afterwards; a claim is a lease, so that a crash blocks nobody for
 * longer than that. */
#pragma once

#include "http/edge.h"
#include "http/request.h"

extern const struct err
    IDEMPOTENCY_KEY; /* 422 idempotency_key: not 1 to 255 visible ASCII letters */
extern const struct err
    IDEMPOTENCY_MISMATCH; /* 422 idempotency_mismatch: the name was used for another call */
extern const struct err IDEMPOTENCY_RUNNING; /* 409 idempotency_running, with Retry-After */

struct idempotent {
    bool is_on;     /* the call carries a key and the row honours it */
    bool is_replay; /* `answer` is the first one */
    int64_t key_id, owner;
    str name;
    struct answer answer;
};

/* Before the handler. */
MUST_CHECK err idempotency_begin(struct request *, struct idempotent *out);
/* After it. Answers below 500, other than 429, are kept word for word. */
void idempotency_end(struct request *, const struct idempotent *, const struct answer *);
/* At start: what a node of this number left running when it stopped. */
MUST_CHECK err idempotency_recover(struct store *, int64_t node);
