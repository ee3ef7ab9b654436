/* Ids: 41 bits of milliseconds since 2024-01-01, 10 of node, 12 of sequence. */
#include "base/id.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "base/arena.h"
#include "base/env.h"

enum { NODE_BITS = 10, SEQUENCE_BITS = 12, LOW_BITS = NODE_BITS + SEQUENCE_BITS };
#define EPOCH_MS INT64_C(1704067200000) /* 2024-01-01 */

static uint64_t since_epoch(instant t)
{
    return t.ms > EPOCH_MS ? (uint64_t)(t.ms - EPOCH_MS) : 0;
}

/* Node bits go between time and sequence, so `last` counts time and sequence as one number: when a
 * millisecond is full, or the clock went back, it runs ahead of the clock. */
int64_t id_new_at(const struct env *env, instant clock)
{
    uint64_t now = since_epoch(clock) << SEQUENCE_BITS;
    uint64_t last = atomic_load(&env->ids->last), next;

    do {
        next = now > last ? now : last + 1;
    } while (!atomic_compare_exchange_weak(&env->ids->last, &last, next));

    uint64_t sequence = next & ((1u << SEQUENCE_BITS) - 1);
    uint64_t node = env->node & ((1u << NODE_BITS) - 1);
    uint64_t id = next >> SEQUENCE_BITS << LOW_BITS | node << SEQUENCE_BITS | sequence;

    assert(id != 0 && id >> 63 == 0);
    return (int64_t)id;
}

int64_t id_new(const struct env *env)
{
    return id_new_at(env, env->now(env));
}

int64_t id_at(instant t, uint32_t low)
{
    assert(low >> LOW_BITS == 0);
    return (int64_t)(since_epoch(t) << LOW_BITS | low);
}

int64_t id_first_at(instant t)
{
    return id_at(t, 0);
}

instant id_instant(int64_t id)
{
    return (instant){ (id >> LOW_BITS) + EPOCH_MS };
}

void id_not_before(const struct env *env, int64_t id)
{
    uint64_t least = (uint64_t)id >> LOW_BITS << SEQUENCE_BITS | ((1u << SEQUENCE_BITS) - 1);
    uint64_t last = atomic_load(&env->ids->last);

    while (last < least && !atomic_compare_exchange_weak(&env->ids->last, &last, least))
        ;
}

str id_print(struct arena *arena, const char *prefix, int64_t id)
{
    if (id == 0)
        return STR_NONE;
    return str_printf(arena, "%s_%" PRI_STR, prefix, STR_ARG(str_base32_u64(arena, (uint64_t)id)));
}

bool id_read(const char *prefix, str s, int64_t *out)
{
    size_t len = strlen(prefix);
    uint64_t id;

    if (!str_starts(s, str_of(prefix)) || s.len <= len || s.at[len] != '_')
        return false;
    if (!str_from_base32_u64(str_from(s, len + 1), &id) || id == 0 || id >> 63)
        return false;
    *out = (int64_t)id;
    return true;
}
