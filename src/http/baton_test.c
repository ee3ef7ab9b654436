/* Two threads and one baton: one works at a time, and nobody who is away holds the other up. */
#include "http/baton.h"

#include <time.h>

#include "base/test.h"

static void sleep_us(int64_t us)
{
    nanosleep(&(struct timespec){ us / 1000000, us % 1000000 * 1000 }, NULL);
}

struct pair {
    struct baton baton;
    int64_t work; /* touched by who has the baton */
    _Atomic int inside;
    _Atomic int64_t most, waited;
};

/* Works a thousand times, every twentieth time away for longer than the other has patience. */
static void *work(void *arg)
{
    struct pair *p = arg;
    bool has_it = baton_wait(&p->baton);

    while (has_it) {
        if (atomic_fetch_add(&p->inside, 1) != 0)
            atomic_store(&p->most, 2);
        bool is_over = ++p->work == 1000;
        bool goes_far = p->work % 20 == 0;
        atomic_fetch_sub(&p->inside, 1);
        if (is_over) {
            baton_end(&p->baton);
            return NULL;
        }
        uint64_t turn = baton_leave(&p->baton);
        sleep_us(goes_far ? 4 * BATON_MS * 1000 : 0);
        if (!baton_return(&p->baton, turn)) {
            atomic_fetch_add(&p->waited, 1);
            has_it = baton_wait(&p->baton);
        }
    }
    return NULL;
}

TEST(one_works_at_a_time_and_who_stays_away_is_replaced)
{
    static struct pair p;
    pthread_t threads[2];

    baton_open(&p.baton);
    for (int i = 0; i < 2; i++)
        ASSERT_INT(pthread_create(&threads[i], NULL, work, &p), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    ASSERT_INT(p.work, 1000);
    ASSERT_INT(atomic_load(&p.most), 0);
    ASSERT_TRUE(atomic_load(&p.waited) >= 25); /* of 49 long ways, also on a busy machine */
    baton_close(&p.baton);
}

static void *take_over(void *arg)
{
    struct pair *p = arg;

    if (baton_wait(&p->baton))
        atomic_fetch_add(&p->waited, 1);
    return NULL;
}

TEST(who_sleeps_is_called_and_takes_over)
{
    static struct pair p;
    pthread_t other;

    baton_open(&p.baton);
    ASSERT_TRUE(baton_wait(&p.baton));
    ASSERT_INT(pthread_create(&other, NULL, take_over, &p), 0);
    for (int i = 0; i < 5000 && !atomic_load(&p.baton.is_asleep); i++)
        sleep_us(1000);
    ASSERT_TRUE(atomic_load(&p.baton.is_asleep)); /* nothing happens: it does not look any more */
    ASSERT_INT(atomic_load(&p.waited), 0);
    uint64_t turn = baton_leave(&p.baton);
    for (int i = 0; i < 5000 && atomic_load(&p.waited) == 0; i++)
        sleep_us(1000);
    ASSERT_INT(atomic_load(&p.waited), 1);
    ASSERT_FALSE(baton_return(&p.baton, turn));
    pthread_join(other, NULL);
    baton_close(&p.baton);
}

TEST(nobody_waits_for_what_is_over)
{
    static struct pair p;
    pthread_t other;

    baton_open(&p.baton);
    ASSERT_TRUE(baton_wait(&p.baton));
    ASSERT_INT(pthread_create(&other, NULL, take_over, &p), 0);
    baton_end(&p.baton);
    pthread_join(other, NULL);
    ASSERT_INT(atomic_load(&p.waited), 0);
    ASSERT_TRUE(baton_return(&p.baton, baton_leave(&p.baton)));
    baton_close(&p.baton);
}

RUN_TESTS(ROW(one_works_at_a_time_and_who_stays_away_is_replaced),
    ROW(who_sleeps_is_called_and_takes_over), ROW(nobody_waits_for_what_is_over))
