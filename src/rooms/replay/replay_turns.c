/* Who does what next: spans of history for whoever is free, and turns for what goes one after the
 * other. */
#include "rooms/replay/replay_run.h"

/* Spans follow the orders' density, but not at a leap. */
enum { LEAP = 8 };

static bool begin_pass(struct run *run)
{
    if (run->next <= run->last)
        return true;
    if (run->pass + 1 >= run->passes)
        return false;
    run->pass++;
    run->next = run->first;
    return run->next <= run->last;
}

bool run_span(struct run *run, struct span *out)
{
    pthread_mutex_lock(&run->lock);
    bool any = !run->stopped && begin_pass(run);
    if (any) {
        int64_t left = run->last - run->next + 1;
        int64_t width = run->width < left ? run->width : left;
        *out = (struct span){ run->next, run->next + width, run->given++,
            run->pass + 1 < run->passes };
        run->next += width;
    }
    pthread_mutex_unlock(&run->lock);
    return any;
}

void run_learn(struct run *run, const struct span *span, int64_t orders)
{
    int64_t width = span->to - span->from, most;
    int64_t wanted = (int64_t)run->batch * 3 / 4 + 1;

    if (__builtin_mul_overflow(width, (int64_t)LEAP, &most))
        most = INT64_MAX;
    __int128 better = orders ? (__int128)width * wanted / orders : most;
    if (better > most)
        better = most;
    if (better < width / LEAP + 1)
        better = width / LEAP + 1;
    pthread_mutex_lock(&run->lock);
    run->width = (int64_t)better;
    pthread_mutex_unlock(&run->lock);
}

bool run_wait(struct run *run, const struct span *span, enum turn turn)
{
    pthread_mutex_lock(&run->lock);
    while (run->turn[turn] != span->number && !run->stopped)
        pthread_cond_wait(&run->moved, &run->lock);
    bool goes_on = !run->stopped;
    pthread_mutex_unlock(&run->lock);
    return goes_on;
}

void run_pass_on(struct run *run, enum turn turn)
{
    pthread_mutex_lock(&run->lock);
    run->turn[turn]++;
    pthread_cond_broadcast(&run->moved);
    pthread_mutex_unlock(&run->lock);
}

void run_stop(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    run->stopped = true;
    pthread_cond_broadcast(&run->moved);
    pthread_mutex_unlock(&run->lock);
}
