/* A worker and one who stands by. */
#include "http/baton.h"

#include <time.h>

/* So many looks without anything having happened, and who stands by sleeps until he is called. */
enum { LOOKS_IN_VAIN = 20 };

void baton_open(struct baton *b)
{
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->called, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

void baton_close(struct baton *b)
{
    pthread_mutex_destroy(&b->lock);
    pthread_cond_destroy(&b->called);
}

/* Under the lock. */
static void nap(struct baton *b)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += BATON_MS * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    (void)pthread_cond_timedwait(&b->called, &b->lock, &until);
}

/* Under the lock. Nothing has happened since `seen`: until something does. The worker counts first
 * and looks for a sleeper then, the sleeper the other way round, so one of them sees the other. */
static void sleep_on(struct baton *b, uint64_t seen)
{
    atomic_store(&b->is_asleep, true);
    while (atomic_load(&b->turns) == seen && !b->is_over)
        (void)pthread_cond_wait(&b->called, &b->lock);
    atomic_store(&b->is_asleep, false);
}

static bool stand_by(struct baton *b)
{
    uint64_t seen = atomic_load(&b->turns);
    int in_vain = 0;

    while (!b->is_over) {
        if (in_vain < LOOKS_IN_VAIN)
            nap(b);
        else
            sleep_on(b, seen);
        uint64_t now = atomic_load(&b->turns);
        if (now != seen)
            in_vain = 0;
        else if (now % 2 == 0)
            in_vain++;
        else if (!b->is_over && atomic_compare_exchange_strong(&b->turns, &now, now + 1))
            return true;
        seen = now;
    }
    return false;
}

bool baton_wait(struct baton *b)
{
    if (!atomic_exchange(&b->is_held, true))
        return true;
    pthread_mutex_lock(&b->lock);
    bool has_it = stand_by(b);
    pthread_mutex_unlock(&b->lock);
    return has_it;
}

static void call(struct baton *b)
{
    pthread_mutex_lock(&b->lock);
    pthread_cond_broadcast(&b->called);
    pthread_mutex_unlock(&b->lock);
}

uint64_t baton_leave(struct baton *b)
{
    uint64_t turn = atomic_fetch_add(&b->turns, 1) + 1;

    if (atomic_load(&b->is_asleep))
        call(b);
    return turn;
}

bool baton_return(struct baton *b, uint64_t turn)
{
    return atomic_compare_exchange_strong(&b->turns, &turn, turn + 1);
}

void baton_end(struct baton *b)
{
    pthread_mutex_lock(&b->lock);
    b->is_over = true;
    pthread_cond_broadcast(&b->called);
    pthread_mutex_unlock(&b->lock);
}
