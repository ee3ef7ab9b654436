/* Who clicked what lately: a bounded table without locks. A race between two clicks of one visitor
 * may leave one of them unmarked; it never marks a first one. */
#include "rooms/click/click_inside.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { BUCKETS = 1 << 17, WAYS = 8, TIME_BITS = 24, LARGE_PAGE = 2 << 20 };
static const uint64_t TIME_MASK = (1u << TIME_BITS) - 1;

/* 40 bits of the key, 24 bits of seconds: half a year until they come round. A bucket is a line of
 * the cache. */
struct repeats {
    _Alignas(64) _Atomic uint64_t words[BUCKETS][WAYS];
};

/* 8 MB that are read at random: large pages spare a click two walks through the page tables. */
struct repeats *repeats_new(void)
{
    struct repeats *r = aligned_alloc(LARGE_PAGE, sizeof(*r));
    if (!r)
        log_fatal("out of memory");
    (void)madvise(r, sizeof(*r), MADV_HUGEPAGE);
    memset((void *)r, 0, sizeof(*r));
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

void repeats_expect(struct repeats *r, uint64_t key)
{
    __builtin_prefetch((const void *)r->words[key % BUCKETS], 1);
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
