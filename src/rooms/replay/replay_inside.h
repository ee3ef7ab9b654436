/* Inside the room: sums per partner, and one side of the comparison. */
#pragma once

#include "rooms/replay/replay.h"

/* Sums per partner and currency, while orders are decided. */
struct tally {
    struct tally_row {
        int64_t partner_id; /* 0: free */
        currency currency;
        int64_t orders, sum;
    } *at;
    size_t count, room;
};
void tally_add(struct tally *, int64_t partner_id, currency, int64_t orders, int64_t minor);
void tally_free(struct tally *);
/* Rows of struct replay_line out of both. */
void tally_lines(struct arena *, const struct tally *before, const struct tally *after,
    struct list *out);
