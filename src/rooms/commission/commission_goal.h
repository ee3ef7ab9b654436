/* Inside the room: who reached a target, or made the first sale. */
#pragma once

#include "rooms/commission/commission_beside.h"

/* The commission that reached it. */
struct giver {
    int64_t commission_id; /* 0: none does */
    instant occurred_at, matures_at;
};

/* Keeps what a commission adds as it stands now; false in out_changes: the same as before. */
MUST_CHECK err goal_note(
    struct db *, const struct commission *, const struct beside *, bool *out_changes);
/* After what `first` adds changed, and of those after it perhaps: who reaches it now, by which
 * version of the rule. out_moves false: it is who it was, and nothing else is said. */
MUST_CHECK err goal_seek(struct db *, const struct beside *first, struct rule *out_rule,
    struct giver *out, bool *out_moves);
