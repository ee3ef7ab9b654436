/* Which order of a customer it is, while many are decided: 24 bytes for each customer of a partner,
 * about 36 with the room that a table needs. Tables are many and small, and grow at different
 * times, so that no more than one of them is ever there twice. */
#include "rooms/commission/decide_customers.h"

#include <stdlib.h>

#include "base/log.h"

enum { TABLES = 256, ROOM_AT_FIRST = 64 };

struct slot {
    uint32_t key[3];
    uint32_t orders; /* 0: free */
    instant first;
};

struct table {
    struct slot *at;
    uint32_t count, room;
};

struct customers {
    struct table tables[TABLES];
};

struct customers *customers_new(void)
{
    struct customers *c = calloc(1, sizeof(*c));

    if (!c)
        log_fatal("out of memory while deciding orders");
    return c;
}

void customers_free(struct customers *c)
{
    for (size_t i = 0; c && i < TABLES; i++)
        free(c->tables[i].at);
    free(c);
}

/* ---- keys
 * ---------------------------------------------------------------------------------------------------
 */

static uint64_t mix(uint64_t a, uint64_t b)
{
    a = (a ^ b) * UINT64_C(0x9e3779b97f4a7c15);
    return a ^ (a >> 32);
}

static uint64_t hash_of(str text, uint64_t seed)
{
    for (size_t i = 0; i < text.len; i++)
        seed = (seed ^ (unsigned char)text.at[i]) * UINT64_C(0x100000001b3);
    return seed;
}

/* 104 bits of two hashes: that any two of ten million are alike has a chance of 10⁻¹⁷. */
struct customer_key customer_key(int64_t partner_id, int64_t line_id, str customer)
{
    uint64_t one = hash_of(customer, UINT64_C(0xcbf29ce484222325));
    uint64_t two = hash_of(customer, UINT64_C(0x9ae16a3b2f90404f));

    one = mix(mix(mix(one, (uint64_t)partner_id), (uint64_t)line_id), 1);
    two = mix(mix(mix(two, (uint64_t)line_id), (uint64_t)partner_id), 2);
    return (struct customer_key){ { (uint32_t)(one >> 32), (uint32_t)one, (uint32_t)(two >> 32) },
        (uint8_t)two };
}

/* ---- tables
 * -------------------------------------------------------------------------------------------------
 */

static uint32_t home_of(uint32_t room, const uint32_t key[3])
{
    return (uint32_t)((uint64_t)key[0] * room >> 32);
}

/* Its slot, or the free one that it would have. */
static struct slot *slot_of(struct slot *at, uint32_t room, const uint32_t key[3])
{
    uint32_t i = home_of(room, key);

    while (at[i].orders &&
           (at[i].key[0] != key[0] || at[i].key[1] != key[1] || at[i].key[2] != key[2]))
        i = i + 1 < room ? i + 1 : 0;
    return &at[i];
}

static void grow(struct table *t, uint32_t number)
{
    uint32_t room = t->room ? t->room + t->room / 2 : ROOM_AT_FIRST + number / 8;
    struct slot *at = calloc(room, sizeof(*at));

    if (!at)
        log_fatal("out of memory while deciding orders");
    for (uint32_t i = 0; i < t->room; i++)
        if (t->at[i].orders)
            *slot_of(at, room, t->at[i].key) = t->at[i];
    free(t->at);
    t->at = at;
    t->room = room;
}

void customers_fetch(const struct customers *c, const struct customer_key *key)
{
    const struct table *t = &c->tables[key->table];

    if (t->room)
        __builtin_prefetch(&t->at[home_of(t->room, key->bits)], 1);
}

int64_t customers_next(struct customers *c, const struct customer_key *key, instant at, bool counts,
    instant *out_first)
{
    struct table *t = &c->tables[key->table];

    if (t->count >= (uint64_t)t->room * 4 / 5)
        grow(t, key->table);
    struct slot *slot = slot_of(t->at, t->room, key->bits);
    int64_t before = slot->orders;
    *out_first = before ? slot->first : at;
    if (!counts)
        return before;
    if (!before) {
        *slot = (struct slot){ { key->bits[0], key->bits[1], key->bits[2] }, 0, at };
        t->count++;
    }
    slot->orders++;
    return before;
}
