/* From one engine to the other: every row of every table, in batches, each kept when it is told.
 * What was cut off goes on where it stopped: the rows that are there say how far it came. */
#pragma once

#include "store/portable.h"

extern const struct err MOVE_DIFFERS; /* the rows of both are not the same in the end */

/* `from` must not change meanwhile, `to` was opened with `moving`: nobody else can open it before
 * the move is finished. At the end all rows of both are compared. Progress says how many rows of a
 * table are there; progress and sums may be null. */
MUST_CHECK err store_move(
    struct store *from, struct store *to, store_progress_fn, void *arg, struct portable_sums *out);
