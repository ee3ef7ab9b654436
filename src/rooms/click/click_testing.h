/* For tests of rooms to the right: tokens that can be read, and clicks whose rows come when the test
 * says so. */
#pragma once

#include "rooms/click/click.h"

/* Reads and makes tokens, and does nothing else: no journal, no thread. */
struct live *click_testing_live(struct arena *);
/* Inside a write. */
MUST_CHECK err click_testing_insert(struct db *, const struct click *);
