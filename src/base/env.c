/* The real system: clock, randomness, files. */
#include "base/env.h"

#include <sodium.h>
#include <time.h>

#include "base/files.h"
#include "base/id.h"
#include "base/log.h"

static int64_t system_ticks_us(const struct env *env)
{
    struct timespec t;

    (void)env;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t machine_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static instant system_now(const struct env *env)
{
    int64_t steered = __atomic_load_n(env->steered_ms, __ATOMIC_RELAXED);
    int64_t ms = steered ? system_ticks_us(env) / 1000 + steered : machine_ms();

    return (instant){ ms + __atomic_load_n(env->clock_offset_ms, __ATOMIC_SEQ_CST) };
}

static void system_random(const struct env *env, void *out, size_t size)
{
    (void)env;
    randombytes_buf(out, size);
}

const struct env *env_system(void)
{
    static struct id_source ids;
    static int64_t clock_offset_ms, steered_ms;
    static struct env env = {
        .now = system_now,
        .ticks_us = system_ticks_us,
        .random = system_random,
        .ids = &ids,
        .clock_offset_ms = &clock_offset_ms,
        .steered_ms = &steered_ms,
    };

    if (!env.files) {
        if (sodium_init() < 0)
            log_fatal("the system gives no random numbers");
        env.files = files_system();
    }
    return &env;
}

void env_advance(const struct env *env, int64_t ms)
{
    __atomic_add_fetch(env->clock_offset_ms, ms, __ATOMIC_SEQ_CST);
}

void env_clock_steer(const struct env *env, instant now)
{
    __atomic_store_n(env->steered_ms, now.ms - env->ticks_us(env) / 1000, __ATOMIC_RELAXED);
}

/* An env is made once and lent as const to all who must not change it. */
void env_node_set(const struct env *env, uint32_t node)
{
    ((struct env *)(uintptr_t)env)->node = node;
}
