/* How often somebody may: token buckets in memory, one per class and key, in a table that never
 * grows. When it is full the bucket that was fullest for longest gives way, so a flood of addresses
 * cannot reset anybody's own. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct env;
struct rate;

struct rate *rate_open(const struct env *, size_t buckets); /* 0 = 16,384 */
void rate_close(struct rate *);
/* Takes one of `burst` tokens, refilled evenly over per_ms. 0: taken. Else the milliseconds to
 * wait. Thread-safe. */
int64_t rate_take(struct rate *, const char *class, str key, int64_t burst, int64_t per_ms);
