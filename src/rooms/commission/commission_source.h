/* Inside the room: what a bonus hangs on (commission.source_id). */
#pragma once

#include "rooms/commission/commission_inside.h"

/* Is that pending or held still? If not, since when it is payable; none: it never was, or there is
 * no such. */
MUST_CHECK err source_since(
    struct db *, const struct commission *bonus, bool *out_waits, instant *out);
/* Takes a bonus out of "payable" while what it hangs on waits, and puts it back when that does not:
 * an approval that it had stays. */
MUST_CHECK err source_follow(struct db *, const struct ledger_act *, struct commission *bonus);
/* The same for all that hang on a commission which went from one place to another. */
MUST_CHECK err source_moved(struct db *, const struct ledger_act *, const struct commission *source);
