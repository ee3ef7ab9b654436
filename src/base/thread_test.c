/* A thread that hurries has short turns, where the kernel knows them. */
#include "base/thread.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

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

RUN_TESTS(ROW(hurrying_makes_turns_short_where_the_kernel_knows_them))
