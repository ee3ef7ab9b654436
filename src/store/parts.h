/* Rows that come in the order of their ids and go by age: on a server their table may lie in parts,
 * each a span of ids, so that what is old goes at once and leaves no holes. No statement sees it,
 * and an embedded store has none: there, these do nothing. Not inside a write. */
#pragma once

#include "store/store.h"

/* Lays the table out in parts: what is there becomes the first, up to `from_id`. Twice changes
 * nothing. For an operator's command: the table waits meanwhile. */
MUST_CHECK err store_parts_make(struct store *, const char *table, int64_t from_id);
/* A part for this span, unless the table lies in one piece or the span has one. */
MUST_CHECK err store_parts_ahead(struct store *, const char *table, int64_t from_id, int64_t to_id);
/* Parts that end at or before `id` go. */
MUST_CHECK err store_parts_drop(struct store *, const char *table, int64_t id);
