/* Inside the room: rules of an entry, for its store and its tests. */
#pragma once

#include "rooms/ledger/ledger.h"

/* Postings that move something; `out` has room for all. */
size_t ledger_without_zeros(
    const struct ledger_posting *postings, size_t count, struct ledger_posting *out);
/* Two or more postings that sum to zero per currency; else LEDGER_UNBALANCED. */
MUST_CHECK err ledger_balanced(const struct ledger_posting *postings, size_t count);
/* Are these the postings that stand in the books, in that order? */
bool ledger_same(const struct ledger_posting *postings, size_t count,
    const struct ledger_line *kept, size_t kept_count);
/* Adds an account's sum (debit positive) to the printed balance, in which what is owed is positive.
 */
void ledger_balance_take(struct ledger_balance *, enum ledger_kind account, int64_t sum);
