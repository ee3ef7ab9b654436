/* edge_shots crowd PORT PID: ten thousand idle connections and two hundred slow drips beside normal
 * traffic. */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
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
    ROUNDS = 21,
    CLICKS = 200, /* of a round, about 1,000 a second */
    TRIES = 3,
    NOISE_US = 300, /* below it the machine decides */
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

/* What normal traffic meets: the 99th percentile in the middle one of many short rounds, for other
 * work on the machine lengthens some rounds and not most, and the processor's time for a click, of
 * which nobody else can take any. */
struct normal {
    int64_t p99_us, cpu_us; /* -1: a click failed */
};

static int64_t round_p99(const int *fds)
{
    int64_t took[CLICKS];

    for (int i = 0; i < CLICKS; i++) {
        int64_t began = shot_us();

        if (!ask(fds[i % STEADY]))
            return -1;
        took[i] = shot_us() - began;
        usleep(1000);
    }
    qsort(took, CLICKS, sizeof took[0], by_size);
    return took[CLICKS * 99 / 100];
}

/* Of all threads of the process. */
static int64_t cpu_us(int pid)
{
    char path[300];
    int64_t all = 0;
    DIR *folder;

    snprintf(path, sizeof path, "/proc/%d/task", pid);
    folder = opendir(path);
    for (struct dirent *task; folder && (task = readdir(folder));) {
        long long ns = 0;
        FILE *f;

        snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, task->d_name);
        f = fopen(path, "r");
        if (f && fscanf(f, "%lld", &ns) == 1)
            all += ns / 1000;
        if (f)
            fclose(f);
    }
    if (folder)
        closedir(folder);
    return all;
}

static struct normal normal_traffic(int port, int pid)
{
    int64_t p99[ROUNDS], began = cpu_us(pid);
    int fds[STEADY];

    for (int i = 0; i < STEADY; i++)
        fds[i] = shot_dial(port, 0);
    for (int i = 0; i < ROUNDS; i++)
        p99[i] = round_p99(fds);
    for (int i = 0; i < STEADY; i++)
        close(fds[i]);
    qsort(p99, ROUNDS, sizeof p99[0], by_size);
    if (p99[0] < 0)
        return (struct normal){ -1, -1 };
    return (struct normal){ p99[ROUNDS / 2], (cpu_us(pid) - began) / (ROUNDS * CLICKS) };
}

static int is_within_twice(struct normal n, struct normal quiet)
{
    int64_t bound = 2 * quiet.p99_us > NOISE_US ? 2 * quiet.p99_us : NOISE_US;

    return n.p99_us > 0 && n.p99_us <= bound && n.cpu_us <= 2 * quiet.cpu_us;
}

static struct normal slower(struct normal a, struct normal b)
{
    return a.p99_us > b.p99_us ? a : b;
}

/* The control: a server that stands still for a moment now and then. */
struct hold {
    int pid;
    int64_t us;
};

static void *hold_up(void *arg)
{
    const struct hold *hold = arg;

    while (!atomic_load(&is_over)) {
        kill(hold->pid, SIGSTOP);
        usleep((useconds_t)hold->us);
        kill(hold->pid, SIGCONT);
        usleep(60000);
    }
    return NULL;
}

static struct normal normal_traffic_held_up(int port, int pid, struct normal quiet)
{
    struct hold hold = { pid, quiet.p99_us > 5000 ? 4 * quiet.p99_us : 20000 };
    struct normal held;
    pthread_t thread;

    atomic_store(&is_over, 0);
    pthread_create(&thread, NULL, hold_up, &hold);
    held = normal_traffic(port, pid);
    atomic_store(&is_over, 1);
    pthread_join(thread, NULL);
    return held;
}

/* One byte now and then, of a head that never ends; a new one for each that is cut. */
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
    struct normal quiet = normal_traffic(port, pid), crowded, held;
    long before, after;
    pthread_t dripper;

    held = normal_traffic_held_up(port, pid, quiet);
    shot_result(quiet.p99_us > 0 && !is_within_twice(held, quiet),
        "control: a server that is held up is seen: p99 %ld us, %ld us when it is quiet",
        (long)held.p99_us, (long)quiet.p99_us);
    atomic_store(&is_over, 0);
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
    for (int i = 0; i == 0 || (i < TRIES && !is_within_twice(crowded, quiet)); i++)
        crowded = normal_traffic(port, pid);
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
    for (int i = 0; i < count; i++)
        close(idle[i]);
    free(idle);
    if (!is_within_twice(crowded, quiet)) /* or the machine itself has become slower meanwhile */
        quiet = slower(quiet, normal_traffic(port, pid));
    shot_result(is_within_twice(crowded, quiet),
        "normal traffic beside them: p99 %ld us and %ld us of CPU a click, %ld us and %ld us when "
        "it is quiet",
        (long)crowded.p99_us, (long)crowded.cpu_us, (long)quiet.p99_us, (long)quiet.cpu_us);
    return shot_failures() ? 1 : 0;
}
