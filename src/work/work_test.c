/* Jobs on a real store: when they run, how they fail, what is kept. */
#include "work/work.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/id.h"
#include "migrations.h"
#include "store/test_store.h"
#include "work/work.sql.h"

/* Everything below is shared between the test and the thread of jobs. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t ran, scheduled, fails_left;
static char last_arg[64];

static const struct err NOT_TODAY = { ERR_INTERNAL, "not_today", "Not today.", NULL };

static err note(struct job *job)
{
    pthread_mutex_lock(&lock);
    ran++;
    snprintf(last_arg, sizeof(last_arg), "%" PRI_STR, STR_ARG(job->arg));
    bool fails = fails_left > 0;
    fails_left -= fails;
    pthread_mutex_unlock(&lock);
    return fails ? &NOT_TODAY : NULL;
}

static err tick(struct job *job)
{
    (void)job;
    pthread_mutex_lock(&lock);
    scheduled++;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static int64_t read_count(const int64_t *count)
{
    pthread_mutex_lock(&lock);
    int64_t value = *count;
    pthread_mutex_unlock(&lock);
    return value;
}

static err be_slow(struct job *job), be_long(struct job *job);

/* clang-format off */
static const struct job_kind kinds[] = {
    { "test.note", note,    0,       3 },
    { "test.tick", tick,    DAY_MS,  1 },
    { "test.slow", be_slow, 0,       1 },
    { "test.long", be_long, 0,       1 },
    { 0 },
};
/* clang-format on */

struct bench {
    struct test *t;
    struct store *store;
    struct work *work;
};

static struct bench begin(struct test *t, int64_t fails)
{
    static const struct job_kind *const tables[] = { kinds, NULL };
    static const struct migration *const migrations[] = { work_migrations, NULL };
    struct bench bench = { .t = t };

    ran = scheduled = 0;
    fails_left = fails;
    bench.store = test_store(t, migrations);
    ASSERT_OK(
        work_open(&(struct work_options){ .store = bench.store, .env = t->env, .tables = tables },
            &bench.work));
    return bench;
}

struct queueing {
    int64_t id;
    str arg, unique;
    instant due_at;
    const char *kind;
};

static err queue_one(struct db *db, void *arg)
{
    const struct queueing *q = arg;

    return job_queue(db, q->id, q->kind ? q->kind : "test.note", 0, q->arg, q->due_at, q->unique);
}

static void queue(struct bench *bench, const char *arg, int64_t in_ms, const char *unique)
{
    struct queueing q = { .id = id_new(bench->t->env),
        .arg = str_of(arg),
        .unique = str_of(unique),
        .due_at = instant_plus_ms(bench->t->env->now(bench->t->env), in_ms) };

    ASSERT_OK(store_write(bench->store, queue_one, &q));
}

static err count_jobs(struct db *db, void *arg)
{
    int64_t *counts = arg;

    return job_count(db, &counts[0], &counts[1]);
}

static void expect_kept(struct bench *bench, int64_t waiting, int64_t failed)
{
    int64_t counts[2];

    ASSERT_OK(store_read(bench->store, count_jobs, counts));
    ASSERT_INT(counts[0], waiting);
    ASSERT_INT(counts[1], failed);
}

TEST(job_runs_once_when_due_and_not_before)
{
    struct bench bench = begin(t, 0);

    queue(&bench, "now", 0, NULL);
    queue(&bench, "later", HOUR_MS, NULL);
    ASSERT_OK(work_settle(bench.work));
    ASSERT_INT(read_count(&ran), 1);
    expect_kept(&bench, 1, 0);

    test_advance(t, HOUR_MS);
    ASSERT_OK(work_settle(bench.work));
    ASSERT_INT(read_count(&ran), 2);
    ASSERT_STR(str_of(last_arg), "later");
    expect_kept(&bench, 0, 0);
    work_close(bench.work);
}

/* As a request does that read something before it moves the clock. */
static err settle_inside_a_loan(struct db *db, void *arg)
{
    struct bench *bench = arg;
    int64_t counts[2];

    TRY(job_count(db, &counts[0], &counts[1]));
    queue(bench, "now", 0, NULL);
    return work_settle(bench->work);
}

TEST(waiting_sees_what_ended_although_its_own_loan_is_older)
{
    struct bench bench = begin(t, 0);

    queue(&bench, "before", HOUR_MS, NULL);
    test_advance(t, HOUR_MS);
    ASSERT_OK(store_read(bench.store, settle_inside_a_loan, &bench));
    ASSERT_INT(read_count(&ran), 2);
    work_close(bench.work);
}

TEST(second_job_of_one_key_is_not_queued_and_the_earlier_time_stands)
{
    struct bench bench = begin(t, 0);

    queue(&bench, "a", 2 * (int64_t)HOUR_MS, "key");
    queue(&bench, "b", HOUR_MS, "key");
    queue(&bench, "c", 3 * (int64_t)HOUR_MS, "key");
    queue(&bench, "other", HOUR_MS, "another key");
    test_advance(t, HOUR_MS);
    ASSERT_OK(work_settle(bench.work));
    ASSERT_INT(read_count(&ran), 2);
    test_advance(t, DAY_MS);
    ASSERT_OK(work_settle(bench.work));
    ASSERT_INT(read_count(&ran), 2);
    work_close(bench.work);
}

TEST(failing_job_is_tried_again_and_kept_when_it_goes_on_failing)
{
    struct bench bench = begin(t, 3);

    queue(&bench, "x", 0, NULL);
    for (int64_t attempt = 1; attempt <= 3; attempt++) {
        ASSERT_OK(work_settle(bench.work));
        ASSERT_INT(read_count(&ran), attempt);
        test_advance(t, HOUR_MS);
    }
    ASSERT_OK(work_settle(bench.work));
    ASSERT_INT(read_count(&ran), 3);
    expect_kept(&bench, 0, 1);
    work_close(bench.work);
}

TEST(job_that_recovers_is_done_and_forgotten)
{
    struct bench bench = begin(t, 2);

    queue(&bench, "x", 0, NULL);
    for (int i = 0; i < 4; i++) {
        ASSERT_OK(work_settle(bench.work));
        test_advance(t, HOUR_MS);
    }
    ASSERT_INT(read_count(&ran), 3);
    expect_kept(&bench, 0, 0);
    work_close(bench.work);
}

TEST(job_of_a_kind_nobody_runs_is_kept_as_failed)
{
    struct bench bench = begin(t, 0);
    struct queueing q = {
        .id = id_new(t->env), .arg = STR("x"), .kind = "test.unknown", .due_at = t->env->now(t->env)
    };

    ASSERT_OK(store_write(bench.store, queue_one, &q));
    ASSERT_OK(work_settle(bench.work));
    expect_kept(&bench, 0, 1);
    work_close(bench.work);
}

TEST(schedule_runs_at_start_and_then_once_a_day)
{
    struct bench bench = begin(t, 0);

    ASSERT_OK(work_settle(bench.work));
    ASSERT_INT(read_count(&scheduled), 1);
    test_advance(t, 23 * (int64_t)HOUR_MS);
    ASSERT_OK(work_settle(bench.work));
    ASSERT_INT(read_count(&scheduled), 1);
    test_advance(t, HOUR_MS);
    ASSERT_OK(work_settle(bench.work));
    ASSERT_INT(read_count(&scheduled), 2);
    work_close(bench.work);
}

struct asking {
    struct bench *bench;
    int64_t before;
};

static err settle_while_reading(struct db *db, void *arg)
{
    struct asking *asking = arg;
    int64_t counts[2];

    TRY(count_jobs(db, counts)); /* from here on this loan shows the store as it is now */
    asking->before = counts[0];
    return work_settle(asking->bench->work);
}

TEST(who_waits_for_the_work_may_be_reading_himself)
{
    struct bench bench = begin(t, 0);
    struct asking asking = { .bench = &bench };

    ASSERT_OK(work_settle(bench.work));
    queue(&bench, "x", HOUR_MS, NULL);
    test_advance(t, HOUR_MS);
    ASSERT_OK(store_read(bench.store, settle_while_reading, &asking));
    ASSERT_INT(asking.before, 1);
    ASSERT_INT(read_count(&ran), 1);
    work_close(bench.work);
}

static err retry_all(struct db *db, void *arg)
{
    struct list rows;

    (void)arg;
    TRY(db_all(db, &JOB_LIST, NO_PARAMS, &job_row_fields, &rows));
    for (size_t i = 0; i < rows.count; i++)
        TRY(job_retry(db, ((const struct job_row *)rows.at)[i].id));
    return rows.count ? NULL : &JOB_NOT_FOUND;
}

TEST(failed_job_runs_again_when_a_person_asks)
{
    struct bench bench = begin(t, 3);

    queue(&bench, "x", 0, NULL);
    for (int i = 0; i < 3; i++) {
        ASSERT_OK(work_settle(bench.work));
        test_advance(t, HOUR_MS);
    }
    expect_kept(&bench, 0, 1);
    ASSERT_OK(store_write(bench.store, retry_all, NULL));
    ASSERT_OK(work_settle(bench.work));
    ASSERT_INT(read_count(&ran), 4);
    expect_kept(&bench, 0, 0);
    work_close(bench.work);
}

TEST(backoff_grows_stops_at_six_hours_and_spreads)
{
    static const struct {
        int32_t attempt;
        int64_t least, most;
    } cases[] = {
        { 1, 4000, 6000 },
        { 2, 16000, 24000 },
        { 3, 64000, 96000 },
        { 9, 17280000, 25920000 },
        { 1000, 17280000, 25920000 },
    };

    EACH (c, cases) {
        test_case("attempt %d", c->attempt);
        ASSERT_INT(work_backoff_ms(c->attempt, 0), c->least);
        ASSERT_TRUE(work_backoff_ms(c->attempt, 999) > c->least);
        ASSERT_TRUE(work_backoff_ms(c->attempt, 999) <= c->most);
    }
}

/* ---- two nodes -------------------------------------------------------------------------------- */

static struct {
    struct store *store;
    bool takes_over;
    _Atomic(err) wrote;
} slow;

static err run_statement(struct db *db, void *arg)
{
    return db_run(db, arg, NO_PARAMS, NULL, NULL, NULL);
}

static void *take_over_thread(void *arg)
{
    static const char *const none[] = { NULL };
    static const char sql[] =
        "UPDATE job SET node = 9, attempt = attempt + 1 WHERE state = 'running'";
    static const struct statement other = { "other", { sql, sql }, none, true };

    (void)arg;
    ASSERT_OK(store_write(slow.store, run_statement, (void *)(uintptr_t)&other));
    return NULL;
}

static err queue_late(struct db *db, void *arg)
{
    struct job *job = arg;

    return job_queue(db, job->id + 1, "test.note", 0, STR("late"), db_now(db), STR_NONE);
}

static err be_slow(struct job *job)
{
    pthread_t other;

    if (slow.takes_over) {
        ASSERT_INT(pthread_create(&other, NULL, take_over_thread, NULL), 0);
        pthread_join(other, NULL);
    }
    slow.wrote = store_write(job->store, queue_late, job);
    return slow.wrote;
}

enum { SHORT_LEASE_MS = 1500 }; /* renewed each quarter of it, also on a busy machine */

static err be_long(struct job *job)
{
    usleep(2 * SHORT_LEASE_MS * 1000);
    return note(job);
}

static err read_attempts(struct db *db, void *arg)
{
    static const char *const none[] = { NULL };
    static const char sql[] = "SELECT coalesce(max(attempt), 0) FROM job WHERE node = 9";
    static const struct statement attempts = { "attempts", { sql, sql }, none, false };

    return db_int(db, &attempts, NO_PARAMS, arg);
}

static int64_t run_slow(struct test *t, bool takes_over)
{
    struct bench bench = begin(t, 0);
    struct queueing q = {
        .id = id_new(t->env), .kind = "test.slow", .arg = STR(""), .due_at = t->env->now(t->env)
    };
    int64_t attempt;

    slow.store = bench.store;
    slow.takes_over = takes_over;
    slow.wrote = &NOT_TODAY;
    ASSERT_OK(store_write(bench.store, queue_one, &q));
    work_wake(bench.work);
    for (int i = 0; i < 500 && slow.wrote == &NOT_TODAY; i++)
        usleep(10 * 1000);
    work_close(bench.work);
    ASSERT_OK(store_read(bench.store, read_attempts, &attempt));
    return attempt;
}

TEST(a_job_that_another_took_over_writes_nothing_more_and_does_not_end_it)
{
    ASSERT_INT(run_slow(t, true), 2); /* still there, and the other's */
    ASSERT_ERR(slow.wrote, &JOB_LOST);
}

TEST(a_job_that_is_its_own_writes_and_ends)
{
    ASSERT_INT(run_slow(t, false), 0);
    ASSERT_OK(slow.wrote);
}

struct two {
    struct env envs[2];
    struct work *works[2];
};

/* By the real clock, because leases are to run out while a job runs. */
static struct store *begin_two(struct test *t, struct two *two)
{
    static const struct job_kind *const tables[] = { kinds, NULL };
    static const struct migration *const migrations[] = { work_migrations, NULL };
    struct store *store = test_store(t, migrations);

    test_at(t, "2026-01-01T00:00:00Z"); /* the store's: schedules begin by it */
    ran = scheduled = fails_left = 0;
    for (uint32_t i = 0; i < 2; i++) {
        two->envs[i] = *env_system();
        two->envs[i].node = i + 1;
        ASSERT_OK(work_open(&(struct work_options){ .store = store,
                                .env = &two->envs[i],
                                .tables = tables,
                                .lease_ms = SHORT_LEASE_MS },
            &two->works[i]));
    }
    return store;
}

TEST(a_job_longer_than_its_lease_runs_once_and_so_does_what_is_scheduled)
{
    struct two two;
    struct store *store = begin_two(t, &two);
    struct queueing q = { .id = id_new(&two.envs[0]),
        .kind = "test.long",
        .arg = STR(""),
        .due_at = env_system()->now(env_system()) };

    ASSERT_OK(store_write(store, queue_one, &q));
    usleep(3 * SHORT_LEASE_MS * 1000);
    work_close(two.works[0]);
    work_close(two.works[1]);
    ASSERT_INT(read_count(&ran), 1);
    ASSERT_INT(read_count(&scheduled), 1);
}

TEST(jobs_of_a_node_that_died_are_another_s_when_its_lease_is_over)
{
    static const char *const none[] = { NULL };
    static const char sql[] =
        "UPDATE job SET state = 'running', node = 7, attempt = 1, lease_until = 1";
    static const struct statement die = { "die", { sql, sql }, none, true };
    struct two two;
    struct store *store = begin_two(t, &two);
    struct queueing q = { .id = id_new(&two.envs[0]),
        .arg = STR("left"),
        .due_at = { INT64_MAX / 2 } };

    ASSERT_OK(store_write(store, queue_one, &q));
    ASSERT_OK(store_write(store, run_statement, (void *)(uintptr_t)&die));
    for (int i = 0; i < 1000 && read_count(&ran) == 0; i++)
        usleep(10 * 1000);
    work_close(two.works[0]);
    work_close(two.works[1]);
    ASSERT_INT(read_count(&ran), 1);
}

RUN_TESTS(ROW(job_runs_once_when_due_and_not_before),
    ROW(waiting_sees_what_ended_although_its_own_loan_is_older),
    ROW(second_job_of_one_key_is_not_queued_and_the_earlier_time_stands),
    ROW(failing_job_is_tried_again_and_kept_when_it_goes_on_failing),
    ROW(job_that_recovers_is_done_and_forgotten), ROW(job_of_a_kind_nobody_runs_is_kept_as_failed),
    ROW(schedule_runs_at_start_and_then_once_a_day),
    ROW(who_waits_for_the_work_may_be_reading_himself),
    ROW(failed_job_runs_again_when_a_person_asks),
    ROW(backoff_grows_stops_at_six_hours_and_spreads),
    ROW(a_job_that_another_took_over_writes_nothing_more_and_does_not_end_it),
    ROW(a_job_that_is_its_own_writes_and_ends),
    ROW(a_job_longer_than_its_lease_runs_once_and_so_does_what_is_scheduled),
    ROW(jobs_of_a_node_that_died_are_another_s_when_its_lease_is_over))
