/* For tests that hold what the books say against something else: verify, replay. */
#pragma once

#include "rooms/conversion/books_testing.h"

/* Rules of every kind: steps, renewals, caps, budgets, bonuses; and three partners recruited others. */
void story_rules(struct books *);
/* So many orders by random partners, refunded, amended, moved, paid, returned. At most 100. */
void story_tell(struct books *, int64_t orders);
