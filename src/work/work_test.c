/* Jobs on a real store: when they run, how they fail, what is kept. */
#include "work/work.h"

#include <pthread.h>
#include <stdio.h>

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

/* clang-format off */
static const struct job_kind kinds[] = {
    { "test.note", note, 0,       3 },
    { "test.tick", tick, DAY_MS,  1 },
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

RUN_TESTS(ROW(job_runs_once_when_due_and_not_before),
    ROW(waiting_sees_what_ended_although_its_own_loan_is_older),
    ROW(second_job_of_one_key_is_not_queued_and_the_earlier_time_stands),
    ROW(failing_job_is_tried_again_and_kept_when_it_goes_on_failing),
    ROW(job_that_recovers_is_done_and_forgotten), ROW(job_of_a_kind_nobody_runs_is_kept_as_failed),
    ROW(schedule_runs_at_start_and_then_once_a_day),
    ROW(who_waits_for_the_work_may_be_reading_himself),
    ROW(failed_job_runs_again_when_a_person_asks),
    ROW(backoff_grows_stops_at_six_hours_and_spreads))
