/* Foreign money: a dated table of rates per programme, told by hand or by CSV. A rate says what one
 * unit of a foreign currency is worth in the programme's own, from its day (UTC) until the next
 * one's. Orders and commissions keep their own currency; reports and payouts ask here. */
#pragma once

#include "base/amount.h"
#include "base/field.h"
#include "base/instant.h"
#include "rooms/room.h"
#include "store/store.h"

struct exchange_rate {
    int64_t id, program_id;
    currency currency; /* the foreign one */
    instant day;       /* its midnight, UTC */
    str rate;          /* a decimal, as it was told: "0.9234" */
    int64_t rate_e12;  /* the same, times 10^12 */
    instant created_at;
    str actor;
};
extern const struct fields exchange_rate_fields;

extern const struct err RATE_TEXT;    /* 422 rate_text */
extern const struct err RATE_MISSING; /* 409 rate_missing: none of that day or before */

/* ---- arithmetic: pure ---- */

/* "0.9234": above zero, below 1,000,000, at most 12 decimals. */
MUST_CHECK err exchange_read(str, int64_t *out_e12);
/* Sums that are rounded later: minor units of `to` times 10^15. False: too large. */
bool exchange_times(amount from, currency to, int64_t rate_e12, __int128 *out_e15);
/* The one rounding: half away from zero. */
MUST_CHECK err exchange_round(__int128 e15, int64_t *out);
/* Both at once. */
MUST_CHECK err exchange_convert(amount from, currency to, int64_t rate_e12, amount *out);

/* ---- the table ---- */

/* The rate in force at `at`; found = false before the first. */
MUST_CHECK err exchange_at(struct db *, int64_t program_id, currency, instant at,
    struct exchange_rate *out, bool *out_found);
/* All of a programme, by currency, day and telling: for reports. */
MUST_CHECK err exchange_all(struct db *, int64_t program_id, struct list *out);
/* In `all`, the rate in force; null: none. */
const struct exchange_rate *exchange_find(const struct list *all, currency, instant at);
/* Inside a write. `already`: it stood there with the same figure, nothing was written. */
MUST_CHECK err exchange_add(struct db *, const struct exchange_rate *, bool *out_already);

extern const struct room exchange_room;
