/* The books checked by a second hand: attribution, commissions, refunds and balances worked out
 * again from the raw facts by code of its own, that shares nothing with the first but the tables.
 * Every difference is named. */
#pragma once

#include "base/field.h"
#include "base/instant.h"
#include "rooms/room.h"
#include "store/store.h"

struct verify_difference {
    int64_t program_id;
    str object;        /* "com_…", "cnv_…", "ent_…", "pln_…", or the name of an account */
    str what;          /* "earned", "share of touch 2", "pending of Anna" */
    str order_id;      /* none when it is about no order */
    currency currency; /* none when the figures are no money */
    int64_t booked;    /* what stands in the books */
    int64_t reckoned;  /* what comes out of the facts */
};
/* One sentence: "com_… of order A-1, earned: 12.50 EUR in the books, 12.49 EUR out of the facts".
 */
str verify_sentence(struct arena *, const struct verify_difference *);

/* Called for each difference. An error stops the run. */
typedef err (*verify_report_fn)(const struct verify_difference *, void *arg);

struct verify_outcome {
    int64_t conversions, commissions, entries, postings, differences;
};
/* Reads in small snapshots: may run beside the server. */
MUST_CHECK err verify_run(
    struct store *, verify_report_fn report, void *arg, struct verify_outcome *out);

/* A run that was kept: nightly, or asked for in the console. */
struct verify_kept {
    int64_t id;
    instant began_at, ended_at;
    int64_t conversions, commissions, entries, postings, differences;
    str report; /* sentences, one a line; the first hundred */
};
extern const struct fields verify_kept_fields;
/* The last one; for the footer of the console. */
MUST_CHECK err verify_last(struct db *, struct verify_kept *out, bool *out_found);

extern const struct room verify_room;
