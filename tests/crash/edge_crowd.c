/* edge_shots crowd PORT PID: ten thousand idle connections and two hundred slow drips beside normal
 * traffic. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "edge_shots.h"

enum {
    IDLE = 10000,
    DRIPS = 200,
    STEADY = 8,
    ROUNDS = 4000,
    PER_ADDRESS = 500,
    DRIP_EVERY_MS = 400,
    HEAD_LIMIT_MS = 10000,
    BYTES_EACH_MAX = 2048,
};

static const str CLICK = STR("GET /c/crowd HTTP/1.1\r\nHost: a\r\nUser-Agent: Mozilla/5.0 (X11; "
                             "Linux x86_64) Firefox/128.0\r\n\r\n");

static int dripping[DRIPS];
static _Atomic int is_over, cut;
static _Atomic int64_t longest_ms;

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static int ask(int fd)
{
    char text[4096];
    ssize_t got;

    shot_say(fd, CLICK);
    got = shot_hear(fd, text, sizeof text, 5000);
    return got > 12 && memcmp(text, "HTTP/1.1 302 ", 13) == 0;
}

/* Normal traffic: about 1,000 clicks a second over a few connections. The 99th percentile in µs; -1
 * when one failed. */
static int64_t normal_p99(int port)
{
    static int64_t took[ROUNDS];
    int fds[STEADY];

    for (int i = 0; i < STEADY; i++)
        fds[i] = shot_dial(port, 0);
    for (int i = 0; i < ROUNDS; i++) {
        int64_t began = shot_us();

        if (!ask(fds[i % STEADY]))
            return -1;
        took[i] = shot_us() - began;
        usleep(1000);
    }
    for (int i = 0; i < STEADY; i++)
        close(fds[i]);
    qsort(took, ROUNDS, sizeof took[0], by_size);
    return took[ROUNDS * 99 / 100];
}

/* One byte now and then, of a head that never ends; a new one for each that is cut. */
/* Of several rounds the best: other work on the machine can only lengthen one. Ends with the first that is good
 * enough. */
static int64_t best_p99(int port, int rounds, int64_t enough)
{
    int64_t best = normal_p99(port);

    for (int i = 1; i < rounds && best > enough; i++) {
        int64_t next = normal_p99(port);
        best = next < best ? next : best;
    }
    return best;
}

static void *drip(void *arg)
{
    int port = *(int *)arg;
    int64_t began[DRIPS];
    char byte;

    for (int i = 0; i < DRIPS; i++)
        began[i] = shot_ms();
    while (!atomic_load(&is_over)) {
        for (int i = 0; i < DRIPS; i++) {
            if (shot_hear(dripping[i], &byte, 1, 0) >= 0) {
                int64_t lived = shot_ms() - began[i];

                if (lived > atomic_load(&longest_ms))
                    atomic_store(&longest_ms, lived);
                atomic_fetch_add(&cut, 1);
                close(dripping[i]);
                dripping[i] = shot_dial(port, 100);
                began[i] = shot_ms();
            }
            shot_say(dripping[i], STR("X"));
        }
        usleep(DRIP_EVERY_MS * 1000);
    }
    return NULL;
}

static long resident_kib(int pid)
{
    char path[40], line[200];
    long kib = -1;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/status", pid);
    f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = atol(line + 6);
    if (f)
        fclose(f);
    return kib;
}

static int idle_possible(void)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur < IDLE + DRIPS + 100 ? (int)limit.rlim_cur - DRIPS - 100 : IDLE;
}

int crowd(int port, int pid)
{
    int count = idle_possible(), alive = 0, *idle = calloc((size_t)count, sizeof *idle);
    int64_t quiet, crowded, bound;
    long before, after;
    pthread_t dripper;

    quiet = best_p99(port, 3, 0);
    before = resident_kib(pid);
    for (int i = 0; i < count; i++) {
        idle[i] = shot_dial(port, 1 + (unsigned)(i / PER_ADDRESS));
        if (i % 2)
            alive += ask(idle[i]);
    }
    shot_result(alive == count / 2,
        "%d idle connections are open, every other one was served first", count);
    after = resident_kib(pid);
    shot_result((after - before) * 1024 / count <= BYTES_EACH_MAX,
        "each costs %ld bytes of memory, at most %d", (after - before) * 1024 / count,
        BYTES_EACH_MAX);
    for (int i = 0; i < DRIPS; i++)
        dripping[i] = shot_dial(port, 100);
    pthread_create(&dripper, NULL, drip, &port);
    bound = 2 * quiet > 1000 ? 2 * quiet
                             : 1000; /* below a millisecond the machine's own noise decides */
    crowded = best_p99(port, 8, bound);
    shot_result(quiet > 0 && crowded > 0 && crowded <= bound,
        "p99 of normal traffic beside them is %ld us, %ld us when it is quiet", (long)crowded,
        (long)quiet);
    for (int64_t until = shot_ms() + HEAD_LIMIT_MS + 5000;
         shot_ms() < until && atomic_load(&cut) < DRIPS;)
        usleep(100000);
    atomic_store(&is_over, 1);
    pthread_join(dripper, NULL);
    shot_result(atomic_load(&cut) >= DRIPS && atomic_load(&longest_ms) < HEAD_LIMIT_MS + 2000,
        "%d slow drips were cut, the longest after %ld ms", atomic_load(&cut),
        (long)atomic_load(&longest_ms));
    alive = 0;
    for (int i = 0; i < count; i += count / 100)
        alive += ask(idle[i]);
    shot_result(alive == 100, "the idle connections still serve");
    return shot_failures() ? 1 : 0;
}
