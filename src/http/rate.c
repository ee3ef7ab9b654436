/* A set-associative table: a key may lie in eight places, the stalest of which gives way. */
#include "http/rate.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/env.h"
#include "base/log.h"
#include "base/secret.h"

enum { WAYS = 8, BUCKETS = 16384 };

struct bucket {
    uint64_t key;       /* 0: empty */
    int64_t full_at_us; /* when it will be (or was) full again */
};

struct rate {
    const struct env *env;
    pthread_mutex_t lock;
    unsigned char secret[MAC_KEY_BYTES]; /* so that nobody aims at another's place */
    size_t sets;
    struct bucket *buckets;
};

struct rate *rate_open(const struct env *env, size_t buckets)
{
    struct rate *rate = calloc(1, sizeof *rate);

    if (!rate)
        log_fatal("out of memory");
    rate->env = env;
    rate->sets = ((buckets ? buckets : BUCKETS) + WAYS - 1) / WAYS;
    rate->buckets = calloc(rate->sets * WAYS, sizeof *rate->buckets);
    if (!rate->buckets)
        log_fatal("out of memory");
    env->random(env, rate->secret, sizeof rate->secret);
    pthread_mutex_init(&rate->lock, NULL);
    return rate;
}

void rate_close(struct rate *rate)
{
    if (!rate)
        return;
    pthread_mutex_destroy(&rate->lock);
    free(rate->buckets);
    free(rate);
}

static uint64_t key_of(const struct rate *rate, const char *class, str key)
{
    unsigned char mac[16], inner[16], both[32];
    uint64_t out = 0;

    secret_mac(rate->secret, class, strlen(class), inner, sizeof inner);
    secret_mac(rate->secret, key.at ? key.at : "", key.len, mac, sizeof mac);
    memcpy(both, inner, 16);
    memcpy(both + 16, mac, 16);
    secret_mac(rate->secret, both, sizeof both, mac, sizeof mac);
    memcpy(&out, mac, sizeof out);
    return out | 1;
}

static struct bucket *find(struct rate *rate, uint64_t key)
{
    struct bucket *set = &rate->buckets[key / 2 % rate->sets * WAYS];
    struct bucket *stalest = set;

    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].full_at_us < stalest->full_at_us)
            stalest = &set[i];
    }
    *stalest = (struct bucket){ .key = key };
    return stalest;
}

/* A bucket is kept as the moment at which it is full: taking a token moves it by one token's time.
 */
int64_t rate_take(struct rate *rate, const char *class, str key, int64_t burst, int64_t per_ms)
{
    int64_t now = rate->env->ticks_us(rate->env);
    int64_t token_us = per_ms * 1000 / burst;
    int64_t wait_us = 0;

    assert(burst > 0 && per_ms > 0);
    uint64_t id = key_of(rate, class, key);
    pthread_mutex_lock(&rate->lock);
    struct bucket *bucket = find(rate, id);
    int64_t full_at = bucket->full_at_us > now ? bucket->full_at_us : now;
    wait_us = full_at + token_us - now - token_us * burst;
    if (wait_us <= 0)
        bucket->full_at_us = full_at + token_us;
    pthread_mutex_unlock(&rate->lock);
    return wait_us <= 0 ? 0 : (wait_us + 999) / 1000;
}
