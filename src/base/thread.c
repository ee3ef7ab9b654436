/* Turns of a thread on the processor. */
#include "base/thread.h"

#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/env.h"

enum {
    TURN_NS = 100 * 1000, /* the shortest that the kernel knows */
    WORK_US = 100,        /* between two breaths */
    BREATH_NS = 50 * 1000,
};

/* As in linux/sched/types.h, which newer C libraries declare too. */
struct turn {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns, deadline_ns, period_ns;
};

int thread_processors(void)
{
    cpu_set_t mine;

    if (sched_getaffinity(0, sizeof(mine), &mine) == 0 && CPU_COUNT(&mine) > 0)
        return CPU_COUNT(&mine);
    long all = sysconf(_SC_NPROCESSORS_ONLN); /* more than fit into the set */
    return all > 0 ? (int)all : 1;
}

void thread_hurry(void)
{
    struct turn turn = { .size = sizeof(turn) };
    if (syscall(SYS_sched_getattr, 0, &turn, sizeof(turn), 0) != 0)
        return;
    turn.size = sizeof(turn);
    turn.flags = 0;
    turn.runtime_ns = TURN_NS;
    if (turn.policy == 0) /* the usual one: whoever chose another knows why */
        (void)syscall(SYS_sched_setattr, 0, &turn, 0);
}

void thread_breathe(struct breath *b, const struct env *env)
{
    int64_t now_us = env->ticks_us(env);
    if (b->since_us != 0 && now_us - b->since_us < WORK_US)
        return;
    if (b->since_us != 0)
        nanosleep(&(struct timespec){ .tv_nsec = BREATH_NS }, NULL);
    b->since_us = env->ticks_us(env);
}
