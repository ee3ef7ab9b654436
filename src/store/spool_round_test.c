/* Groups that a loop closes: when they are written, and by whom. */
#include "base/env.h"
#include "base/test.h"
#include "store/cut_disk.h"
#include "store/test_spool.h"

TEST(quiet_records_gather_until_the_loop_is_idle_or_half_a_millisecond_has_gone)
{
    struct env env = test_spool_env(NULL);
    struct spool *s = test_spool_open(&env, test_folder(t));
    struct test_spool_counted c = { 0 };
    struct spool_health health;
    int64_t now = env.ticks_us(&env);
    unsigned char record[400];
    for (int64_t n = 0; n < 5; n++) {
        ASSERT_OK(spool_append_quietly(
            s, record, test_spool_record(n, record), test_spool_count, &c, now));
        spool_round(s, now + 499, false);
    }
    spool_health(s, &health);
    ASSERT_INT(health.groups, 0);
    spool_round(s, now, true);
    for (int i = 0; i < 5000 && c.safe < 5; i++)
        test_sleep_ms(1);
    spool_health(s, &health);
    ASSERT_INT(c.safe, 5);
    ASSERT_INT(health.groups, 1);

    ASSERT_OK(
        spool_append_quietly(s, record, test_spool_record(5, record), test_spool_count, &c, now));
    spool_round(s, now + 500, false);
    for (int i = 0; i < 5000 && c.safe < 6; i++)
        test_sleep_ms(1);
    ASSERT_INT(c.safe, 6);
    ASSERT_OK(
        spool_append_quietly(s, record, test_spool_record(6, record), test_spool_count, &c, now));
    for (int i = 0; i < 5000 && c.safe < 7; i++) /* forgotten by its loop */
        test_sleep_ms(1);
    ASSERT_INT(c.safe, 7);
    ASSERT_OK(
        spool_append_quietly(s, record, test_spool_record(7, record), test_spool_count, &c, now));
    spool_close(s);
    ASSERT_INT(c.safe, 8);
}

static void note_thread(void *arg, bool ok)
{
    if (ok)
        atomic_store((_Atomic(pthread_t) *)arg, pthread_self());
}

/* Whether the calling loop's group was written by the loop itself, before its round was over. */
static bool writes_itself(struct spool *s, int64_t number)
{
    _Atomic(pthread_t) by = 0;
    test_spool_round(s, number, note_thread, &by);
    bool is_self = atomic_load(&by) == pthread_self();
    ASSERT_OK(spool_flush(s));
    ASSERT_TRUE(atomic_load(&by) != 0);
    return is_self;
}

TEST(a_loop_writes_its_group_itself_where_the_disk_is_quick)
{
    struct cut_disk *disk = cut_disk_new();
    struct env env = test_spool_env(cut_disk_files(disk));
    struct spool *s = test_spool_open(&env, "/itself");
    bool is_self = false;
    for (int64_t n = 0; n < 100 && !is_self; n++) /* a busy machine makes any disk slow */
        is_self = writes_itself(s, n);
    ASSERT_TRUE(is_self);

    cut_disk_slow_syncs(disk, 20);
    for (int64_t n = 1000; n < 1003; n++) {
        test_spool_append(s, n, NULL, NULL);
        ASSERT_OK(spool_flush(s));
    }
    ASSERT_FALSE(writes_itself(s, 1003)); /* slow for some time: another's work */
    ASSERT_FALSE(writes_itself(s, 1004));

    cut_disk_slow_syncs(disk, 0);
    is_self = false;
    for (int64_t n = 2000; n < 2100 && !is_self; n++)
        is_self = writes_itself(s, n);
    ASSERT_TRUE(is_self);
    spool_close(s);
    cut_disk_free(disk);
}

static void *write_slowly(void *arg)
{
    test_spool_round(arg, 1000, NULL, NULL);
    return NULL;
}

/* While one loop is held up by its sync, others and workers have theirs written afterwards. */
TEST(what_comes_while_a_loop_writes_is_written_by_the_sync_thread)
{
    struct cut_disk *disk = cut_disk_new();
    struct env env = test_spool_env(cut_disk_files(disk));
    struct spool *s = test_spool_open(&env, "/beside");
    for (int64_t n = 0; n < 100 && !writes_itself(s, n); n++)
        ;
    cut_disk_slow_syncs(disk, 600);
    pthread_t slow;
    ASSERT_INT(pthread_create(&slow, NULL, write_slowly, s), 0);
    test_sleep_ms(100);
    _Atomic(pthread_t) by = 0;
    test_spool_round(s, 1001, note_thread, &by);
    ASSERT_TRUE(atomic_load(&by) == 0); /* the round did not wait */
    test_spool_append(s, 1002, NULL, NULL);
    ASSERT_OK(spool_flush(s));
    pthread_t other = atomic_load(&by);
    ASSERT_TRUE(other != 0 && other != pthread_self() && other != slow);
    pthread_join(slow, NULL);
    spool_close(s);
    cut_disk_free(disk);
}

struct relay {
    struct spool *spool;
    atomic_int safe;
};

/* A loop that is woken by its answer, has its next click recorded and lies down again, all before
 * the sync thread runs on. */
static void relay_on(void *arg, bool ok)
{
    struct relay *r = arg;
    unsigned char record[400];
    if (ok && atomic_fetch_add(&r->safe, 1) < 40 &&
        !spool_append_quietly(r->spool, record, test_spool_record(1, record), relay_on, r, 0))
        spool_round(r->spool, 0, true);
}

TEST(a_loop_faster_than_the_sync_thread_is_not_forgotten)
{
    struct cut_disk *disk = cut_disk_new(); /* a real one may be slow itself */
    struct env env = test_spool_env(cut_disk_files(disk));
    struct relay r = { .spool = test_spool_open(&env, "/relay") };
    int64_t began = env.ticks_us(&env);
    relay_on(&r, true);
    for (int i = 0; i < 5000 && atomic_load(&r.safe) < 41; i++)
        test_sleep_ms(1);
    ASSERT_INT(atomic_load(&r.safe), 41);
    ASSERT_TRUE(env.ticks_us(&env) - began < 2000 * 1000); /* the keeper would need 4 s */
    spool_close(r.spool);
    cut_disk_free(disk);
}

RUN_TESTS(ROW(quiet_records_gather_until_the_loop_is_idle_or_half_a_millisecond_has_gone),
    ROW(a_loop_writes_its_group_itself_where_the_disk_is_quick),
    ROW(what_comes_while_a_loop_writes_is_written_by_the_sync_thread),
    ROW(a_loop_faster_than_the_sync_thread_is_not_forgotten))
