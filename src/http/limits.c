/* Connection counts: one number for all, and a hash table of the addresses that have any now. */
#include "http/limits.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/env.h"
#include "base/log.h"

enum { TOLD_MAX = 256 }; /* connections above the limit that are still told so */

struct crowd {
    struct crowd *next;
    struct address address;
    size_t count;
};

struct limits {
    pthread_mutex_t lock;
    size_t max, per_address, count;
    uint64_t seed;
    size_t slots; /* a power of two */
    struct crowd **table;
    struct crowd *spare;
};

struct limits *limits_open(const struct env *env, size_t connections_max, size_t per_address_max)
{
    struct limits *l = calloc(1, sizeof *l);
    size_t slots = 256;

    while (slots < connections_max)
        slots *= 2;
    if (!l || !(l->table = calloc(slots, sizeof *l->table)))
        log_fatal("out of memory");
    l->slots = slots;
    l->max = connections_max;
    l->per_address = per_address_max;
    env->random(env, &l->seed, sizeof l->seed);
    pthread_mutex_init(&l->lock, NULL);
    return l;
}

static void free_list(struct crowd *c)
{
    while (c) {
        struct crowd *next = c->next;

        free(c);
        c = next;
    }
}

void limits_close(struct limits *l)
{
    for (size_t i = 0; i < l->slots; i++)
        free_list(l->table[i]);
    free_list(l->spare);
    pthread_mutex_destroy(&l->lock);
    free(l->table);
    free(l);
}

/* A customer of version 6 has a /64 at least: it counts as one. */
static struct address group_of(struct address a)
{
    if (!address_is_v4(a))
        memset(a.ip + 8, 0, 8);
    return a;
}

static struct crowd **slot_of(struct limits *l, struct address a)
{
    uint64_t parts[2], hash;

    memcpy(parts, a.ip, sizeof parts);
    hash = (parts[0] ^ l->seed) * UINT64_C(0x9e3779b97f4a7c15);
    hash = (hash ^ (hash >> 29) ^ parts[1] ^ (l->seed >> 17)) * UINT64_C(0xbf58476d1ce4e5b9);
    return &l->table[(hash ^ (hash >> 32)) & (l->slots - 1)];
}

static struct crowd **find(struct limits *l, struct address a)
{
    struct crowd **at = slot_of(l, a);

    while (*at && !address_eq((*at)->address, a))
        at = &(*at)->next;
    return at;
}

static enum limits_verdict count_address(struct limits *l, struct address a)
{
    struct crowd **at = find(l, a);

    if (!*at) {
        struct crowd *fresh = l->spare ? l->spare : malloc(sizeof *fresh);

        if (!fresh)
            log_fatal("out of memory");
        if (l->spare)
            l->spare = fresh->next;
        *fresh = (struct crowd){ .address = a };
        *at = fresh;
    }
    return ++(*at)->count > l->per_address ? LIMITS_CROWDED : LIMITS_WELCOME;
}

enum limits_verdict limits_enter(struct limits *l, struct address a, bool is_trusted)
{
    enum limits_verdict verdict = LIMITS_WELCOME;

    pthread_mutex_lock(&l->lock);
    if (l->count >= l->max + TOLD_MAX) {
        verdict = LIMITS_CLOSED;
    } else {
        if (!is_trusted)
            verdict = count_address(l, group_of(a));
        if (++l->count > l->max)
            verdict = LIMITS_FULL;
    }
    pthread_mutex_unlock(&l->lock);
    return verdict;
}

enum limits_verdict limits_name(struct limits *l, struct address a)
{
    enum limits_verdict verdict;

    pthread_mutex_lock(&l->lock);
    verdict = count_address(l, group_of(a));
    pthread_mutex_unlock(&l->lock);
    return verdict;
}

void limits_leave(struct limits *l, struct address a, bool is_named)
{
    pthread_mutex_lock(&l->lock);
    l->count--;
    if (is_named) {
        struct crowd **at = find(l, group_of(a)), *crowd = *at;

        if (--crowd->count == 0) {
            *at = crowd->next;
            crowd->next = l->spare;
            l->spare = crowd;
        }
    }
    pthread_mutex_unlock(&l->lock);
}

size_t limits_count(struct limits *l)
{
    size_t count;

    pthread_mutex_lock(&l->lock);
    count = l->count;
    pthread_mutex_unlock(&l->lock);
    return count;
}
