/* Who clicked what lately: a bounded table without locks. A race between two clicks of one visitor
 * may leave one of them unmarked; it never marks a first one. */
#include "rooms/click/click_inside.h"

#include "base/log.h"

#include <stdlib.h>

enum { BUCKETS = 1 << 17, WAYS = 8, TIME_BITS = 24 };
static const uint64_t TIME_MASK = (1u << TIME_BITS) - 1;

/* 40 bits of the key, 24 bits of seconds: half a year until they come round. */
struct repeats {
    _Atomic uint64_t words[BUCKETS][WAYS];
};

struct repeats *repeats_new(void)
{
    struct repeats *r = calloc(1, sizeof(*r)); /* 8 MB, taken page by page as visitors come */
    if (!r)
        log_fatal("out of memory");
    return r;
}

void repeats_free(struct repeats *r)
{
    free(r);
}

static uint64_t age_of(uint64_t word, uint64_t now)
{
    return (now - word) & TIME_MASK;
}

bool repeats_seen(struct repeats *r, uint64_t key, int64_t now_s, int64_t window_s)
{
    _Atomic uint64_t *bucket = r->words[key % BUCKETS];
    uint64_t now = (uint64_t)now_s & TIME_MASK, tag = key & ~TIME_MASK;
    size_t oldest = 0;
    uint64_t oldest_age = 0;
    for (size_t i = 0; i < WAYS; i++) {
        uint64_t word = atomic_load_explicit(&bucket[i], memory_order_relaxed);
        uint64_t age = word == 0 ? UINT64_MAX : age_of(word, now);
        if (word != 0 && (word & ~TIME_MASK) == tag) {
            if (age < (uint64_t)window_s)
                return true;
            oldest = i;
            break;
        }
        if (age > oldest_age) {
            oldest = i;
            oldest_age = age;
        }
    }
    atomic_store_explicit(&bucket[oldest], tag | now, memory_order_relaxed);
    return false;
}
