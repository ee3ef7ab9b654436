/* Clicks by the minute, in memory: what the live counter shows. */
#include "rooms/click/click_inside.h"

#include <string.h>

static uint64_t minute_of(instant at)
{
    return (uint64_t)(at.ms / MINUTE_MS);
}

void minutes_count(struct minutes *m, instant at)
{
    uint64_t minute = minute_of(at);
    _Atomic uint64_t *slot = &m->slots[minute % MINUTES_KEPT];
    uint64_t there = atomic_load_explicit(slot, memory_order_relaxed), next;
    do {
        next = there >> 32 == minute ? there + 1 : minute << 32 | 1;
    } while (!atomic_compare_exchange_weak(slot, &there, next));
}

void minutes_read(struct minutes *m, instant now, int64_t out[60])
{
    uint64_t minute = minute_of(now);
    for (uint64_t i = 0; i < 60; i++) {
        uint64_t wanted = minute - 59 + i;
        uint64_t there =
            atomic_load_explicit(&m->slots[wanted % MINUTES_KEPT], memory_order_relaxed);
        out[i] = there >> 32 == wanted ? (int64_t)(there & UINT32_MAX) : 0;
    }
}

/* The programme's own counter; null when there are more programmes than counters. */
static struct minutes *of_program(struct live *live, int64_t program_id, bool makes)
{
    uint64_t start = (uint64_t)program_id * UINT64_C(0x9e3779b97f4a7c15) >> 40;
    for (uint64_t i = 0; i < MINUTE_PROGRAMS; i++) {
        struct minutes *m = &live->programs[(start + i) % MINUTE_PROGRAMS];
        int64_t there = atomic_load_explicit(&m->program_id, memory_order_acquire);
        if (there == 0 && makes &&
            atomic_compare_exchange_strong(&m->program_id, &there, program_id))
            return m;
        if (there == program_id)
            return m;
        if (there == 0)
            return NULL;
    }
    return NULL;
}

void live_count(struct live *live, int64_t program_id, instant at)
{
    struct minutes *own = of_program(live, program_id, true);
    minutes_count(&live->all, at);
    if (own)
        minutes_count(own, at);
}

void live_minutes(struct live *live, int64_t program_id, instant now, int64_t out[60])
{
    struct minutes *m = program_id ? of_program(live, program_id, false) : &live->all;
    memset(out, 0, 60 * sizeof(*out));
    if (m)
        minutes_read(m, now, out);
}
