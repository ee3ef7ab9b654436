/* Inside the room: sums that are kept, so that a period is not read again for each order. */
#pragma once

#include "rooms/commission/commission_beside.h"
#include "rooms/commission/commission_past.h"

/* Changes of rows are added to the sums that are kept. Call after the row is written. */
MUST_CHECK err sum_volume(struct db *, const struct volume *was, const struct volume *is);
MUST_CHECK err sum_granted(struct db *, const struct beside *, int64_t more);
MUST_CHECK err sum_goal(struct db *, const struct beside *, str counts, int64_t more);

/* Of all of the period that `rule` counts in, at the time of `like`: a partner's volume under its
 * line, in the rule's measure. Read out of the rows when it is not kept; `keeps`: and kept then
 * (inside a write alone). */
MUST_CHECK err sum_of_volume(struct db *, const struct rule *, const struct volume *like,
    bool keeps, int64_t *out);
/* What a cap has granted in its period. Inside a write. */
MUST_CHECK err sum_of_granted(struct db *, const struct beside *, int64_t *out);
/* What commissions add to a goal, in the rule's measure; `like` says whose and of which period. */
MUST_CHECK err sum_of_goal(
    struct db *, const struct rule *, const struct beside *like, bool keeps, int64_t *out);
