/* A thread that hurries has short turns, where the kernel knows them; one that breathes sleeps. */
#include "base/thread.h"

#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/env.h"
#include "base/test.h"

struct turn {
    uint32_t size, policy;
    uint64_t flags, nice_and_priority, runtime_ns, deadline_ns, period_ns;
};

static bool kernel_knows_turns(void)
{
    struct utsname name;
    int major = 0, minor = 0;
    return uname(&name) == 0 && sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
           (major > 6 || (major == 6 && minor >= 12));
}

static uint64_t turn_ns(void)
{
    struct turn turn = { 0 };
    return syscall(SYS_sched_getattr, 0, &turn, sizeof(turn), 0) == 0 ? turn.runtime_ns : 0;
}

TEST(hurrying_makes_turns_short_where_the_kernel_knows_them)
{
    const uint64_t usual_ns = 3000 * 1000, short_ns = 100 * 1000;
    struct turn usual = { .size = sizeof(usual), .runtime_ns = usual_ns };
    bool is_known = kernel_knows_turns() && syscall(SYS_sched_setattr, 0, &usual, 0) == 0;
    uint64_t before = turn_ns();
    if (is_known)
        ASSERT_INT(before, usual_ns);
    thread_hurry();
    ASSERT_INT(turn_ns(), is_known ? short_ns : before);
}

/* A clock that goes on by what each asking is worth. */
static int64_t step_us, now_us;

static int64_t ticks(const struct env *env)
{
    (void)env;
    return now_us += step_us;
}

/* How often the thread slept in `steps` steps of work. */
static long sleeps_in(int steps, int64_t of_us)
{
    const struct env env = { .ticks_us = ticks };
    struct rusage before, after;
    struct breath b = { 0 };
    step_us = of_us;
    getrusage(RUSAGE_THREAD, &before);
    for (int i = 0; i < steps; i++)
        thread_breathe(&b, &env);
    getrusage(RUSAGE_THREAD, &after);
    return after.ru_nvcsw - before.ru_nvcsw;
}

TEST(long_work_breathes_and_short_work_does_not)
{
    ASSERT_INT(sleeps_in(1, 1000), 0);  /* it has just begun */
    ASSERT_INT(sleeps_in(90, 1), 0);    /* not at it for long enough */
    ASSERT_INT(sleeps_in(11, 1000), 10);
}

TEST(processors_are_those_that_may_be_used)
{
    cpu_set_t all, one;
    ASSERT_INT(sched_getaffinity(0, sizeof(all), &all), 0);
    ASSERT_INT(thread_processors(), CPU_COUNT(&all));
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &all))
            CPU_SET(i, &one);
    ASSERT_INT(sched_setaffinity(0, sizeof(one), &one), 0);
    ASSERT_INT(thread_processors(), 1);
    ASSERT_INT(sched_setaffinity(0, sizeof(all), &all), 0);
}

RUN_TESTS(ROW(processors_are_those_that_may_be_used),
    ROW(hurrying_makes_turns_short_where_the_kernel_knows_them),
    ROW(long_work_breathes_and_short_work_does_not))
