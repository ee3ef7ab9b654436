/* Writes: many in one commit, each on its own. */
#include "store/test_note.h"

#include <pthread.h>
#include <semaphore.h>
#include <sys/resource.h>
#include <unistd.h>

enum { CROWD = 40 };

static const struct err REFUSED = { ERR_INVALID, "refused_by_rule", "Refused.", NULL };

/* ---- several in one transaction ------------------------------------------------------------- */

/* A write that keeps the writer's thread until the test has queued the others. */
struct gate {
    struct store *store;
    sem_t began, may_end;
    pthread_t thread;
};

static err hold(struct db *db, void *arg)
{
    struct gate *g = arg;
    (void)db;
    sem_post(&g->began);
    sem_wait(&g->may_end);
    return NULL;
}

static void *hold_thread(void *arg)
{
    struct gate *g = arg;
    return (void *)(uintptr_t)store_write(g->store, hold, g);
}

static void gate_shut(struct gate *g, struct store *s)
{
    g->store = s;
    sem_init(&g->began, 0, 0);
    sem_init(&g->may_end, 0, 0);
    ASSERT_INT(pthread_create(&g->thread, NULL, hold_thread, g), 0);
    sem_wait(&g->began);
}

static void gate_open(struct gate *g)
{
    sem_post(&g->may_end);
    pthread_join(g->thread, NULL);
}

struct member {
    struct store *store;
    struct note_write write;
    err result;
    pthread_t thread;
};

static void *member_thread(void *arg)
{
    struct member *m = arg;
    m->result = store_write(m->store, note_write, &m->write);
    return NULL;
}

static void wait_queued(struct store *s, size_t count)
{
    struct store_health health;
    for (int i = 0; i < 5000; i++) {
        store_health(s, &health);
        if (health.queued_writes == count)
            return;
        usleep(1000);
    }
    fail_msg("the writes were not queued");
}

static void run_crowd(struct store *s, struct member *crowd, size_t count)
{
    struct gate gate;
    gate_shut(&gate, s);
    for (size_t i = 0; i < count; i++) {
        crowd[i].store = s;
        crowd[i].write.note.id = (int64_t)i + 1;
        ASSERT_INT(pthread_create(&crowd[i].thread, NULL, member_thread, &crowd[i]), 0);
    }
    wait_queued(s, count);
    gate_open(&gate);
    for (size_t i = 0; i < count; i++)
        pthread_join(crowd[i].thread, NULL);
}

/* Runs are counted and the gate waits: neither may run twice here. */
static struct store *once_store(struct test *t)
{
    struct store_options o = test_store_options(t, note_tables);
    struct store *s;
    o.rerun = false;
    ASSERT_OK(store_open(&o, &s));
    return s;
}

TEST(a_write_that_fails_takes_only_its_own_part_back)
{
    struct store *s = once_store(t);
    struct member crowd[CROWD] = { 0 };
    for (int i = 0; i < CROWD; i += 4)
        crowd[i].write.gives = &REFUSED; /* after its row went in */
    for (int i = 1; i < CROWD; i += 4)
        crowd[i].write.note.rank = 5000; /* refused by a CHECK */
    run_crowd(s, crowd, CROWD);
    for (int i = 0; i < CROWD; i++) {
        test_case("write %d", i);
        ASSERT_INT(crowd[i].write.runs, 1);
        if (i % 4 == 0)
            ASSERT_ERR(crowd[i].result, &REFUSED);
        else if (i % 4 == 1)
            ASSERT_ERR(crowd[i].result, &STORE_CHECK);
        else
            ASSERT_OK(crowd[i].result);
    }
    ASSERT_INT(notes(s), CROWD / 2);
    store_close(s);
}

TEST(a_write_that_fails_at_the_commit_spoils_nobody_elses)
{
    struct store *s = once_store(t);
    struct member crowd[CROWD] = { 0 };
    crowd[17].write.orphan = 1;
    run_crowd(s, crowd, CROWD);
    for (int i = 0; i < CROWD; i++) {
        test_case("write %d", i);
        ASSERT_INT(crowd[i].write.runs, 2); /* with all, then alone */
        if (i == 17)
            ASSERT_ERR(crowd[i].result, &STORE_CONFLICT);
        else
            ASSERT_OK(crowd[i].result);
    }
    ASSERT_INT(notes(s), CROWD - 1);
    store_close(s);
}

TEST(a_crowd_shares_its_syncs)
{
    struct store *s = once_store(t);
    struct member crowd[CROWD] = { 0 };
    struct conn *conn = writer_conn(s->writer);
    ASSERT_OK(note_put(s, 1000, 1, NULL));
    int64_t before = conn->log_pages;
    run_crowd(s, crowd, CROWD);
    /* Each commit of its own writes at least one page of the table: forty notes fit in a few. */
    ASSERT_TRUE(conn->log_pages - before < CROWD / 2);
    ASSERT_INT(notes(s), CROWD + 1);
    store_close(s);
}

TEST(a_full_queue_refuses_and_recovers)
{
    struct store_options o = test_store_options(t, note_tables);
    struct store *s;
    struct gate gate;
    struct member crowd[3] = { 0 };
    o.rerun = false;
    o.write_queue = 3;
    ASSERT_OK(store_open(&o, &s));
    gate_shut(&gate, s);
    for (int i = 0; i < 3; i++) {
        crowd[i].store = s;
        crowd[i].write.note.id = i + 1;
        ASSERT_INT(pthread_create(&crowd[i].thread, NULL, member_thread, &crowd[i]), 0);
    }
    wait_queued(s, 3);
    ASSERT_ERR(note_put(s, 50, 1, NULL), &STORE_BUSY);
    gate_open(&gate);
    for (int i = 0; i < 3; i++) {
        pthread_join(crowd[i].thread, NULL);
        ASSERT_OK(crowd[i].result);
    }
    ASSERT_OK(note_put(s, 51, 1, NULL));
    ASSERT_INT(notes(s), 4);
    store_close(s);
}

/* ---- one ------------------------------------------------------------------------------------ */

TEST(a_write_may_run_twice_and_counts_once)
{
    struct store *s = test_store(t, note_tables); /* reruns */
    struct note_write w = { .note = { .id = 1 } };
    ASSERT_OK(store_write(s, note_write, &w));
    ASSERT_INT(w.runs, 2);
    ASSERT_INT(notes(s), 1);
}

/* Takes the failure of a statement for nothing, and goes on. */
static err careless(struct db *db, void *arg)
{
    struct note one = { .id = 1 }, two = { .id = 2 };
    (void)arg;
    err ignored = db_put(db, &note_insert, &note_fields, &one);
    (void)ignored;
    ignored = db_put(db, &note_insert, &note_fields, &two);
    (void)ignored;
    return NULL;
}

TEST(a_failed_statement_ends_its_write)
{
    struct store *s = test_store(t, note_tables);
    ASSERT_OK(note_put(s, 1, 1, NULL));
    ASSERT_ERR(store_write(s, careless, NULL), &STORE_CONFLICT);
    ASSERT_INT(notes(s), 1);
}

TEST(a_loan_sees_what_its_thread_has_written)
{
    struct store *s = test_store(t, note_tables);
    struct db *db = store_lend(s, t->arena);
    int64_t count;
    ASSERT_OK(db_int(db, &note_count, NO_PARAMS, &count));
    ASSERT_INT(count, 0);
    ASSERT_OK(note_put(s, 1, 1, NULL));
    ASSERT_OK(db_int(db, &note_count, NO_PARAMS, &count));
    ASSERT_INT(count, 1);
    store_return(db);
}

TEST(a_loan_is_a_snapshot)
{
    struct store *s = once_store(t);
    struct member other = { .store = s, .write.note.id = 5 };
    struct db *db = store_lend(s, t->arena);
    int64_t count;
    ASSERT_OK(db_int(db, &note_count, NO_PARAMS, &count));
    ASSERT_INT(pthread_create(&other.thread, NULL, member_thread, &other), 0);
    pthread_join(other.thread, NULL);
    ASSERT_OK(other.result);
    ASSERT_OK(db_int(db, &note_count, NO_PARAMS, &count));
    ASSERT_INT(count, 0); /* another thread's write came after the snapshot */
    store_return(db);
    ASSERT_INT(notes(s), 1);
    store_close(s);
}

static err read_name(struct db *db, void *arg)
{
    struct note *out = arg;
    return db_get(db, &note_get, PARAMS(P("id", 1)), &note_fields, out, &STORE_MISSING);
}

TEST(texts_read_in_a_write_live_as_long_as_the_loan)
{
    struct store *s = test_store(t, note_tables);
    struct arena *kept = arena_new();
    struct note in_loan, in_kept;
    ASSERT_OK(note_put(s, 1, 1, "a name of some length"));
    struct db *db = store_lend(s, t->arena);
    ASSERT_OK(store_write(s, read_name, &in_loan));
    store_return(db);
    store_keep(kept);
    ASSERT_OK(store_write(s, read_name, &in_kept));
    store_keep(NULL);
    for (int i = 0; i < 10; i++)
        ASSERT_INT(notes(s), 1);
    ASSERT_STR(in_loan.name, "a name of some length");
    ASSERT_STR(in_kept.name, "a name of some length");
    arena_free(kept);
}

static err same_time(struct db *db, void *arg)
{
    instant *at = arg;
    *at = db_now(db);
    return NULL;
}

TEST(a_transaction_has_one_time)
{
    struct store *s = test_store(t, note_tables);
    instant at;
    test_at(t, "2027-03-04T05:06:07Z");
    ASSERT_OK(store_write(s, same_time, &at));
    ASSERT_INT(at.ms, test_instant("2027-03-04T05:06:07Z").ms);
    struct db *db = store_lend(s, t->arena);
    instant began = db_now(db);
    test_advance(t, HOUR_MS);
    ASSERT_INT(db_now(db).ms, began.ms);
    store_return(db);
}

TEST(readers_wait_for_each_other)
{
    struct store_options o = test_store_options(t, note_tables);
    struct store *s;
    struct store_health health;
    int64_t count;
    o.readers = 2;
    ASSERT_OK(store_open(&o, &s));
    for (int round = 0; round < 20; round++) {
        struct db *db = store_lend(s, t->arena);
        ASSERT_OK(db_int(db, &note_count, NO_PARAMS, &count));
        store_health(s, &health);
        ASSERT_INT(health.readers_busy, 1);
        store_return(db);
    }
    store_health(s, &health);
    ASSERT_INT(health.readers_busy, 0);
    ASSERT_TRUE(health.bytes > 0);
    ASSERT_TRUE(health.writable);
    store_close(s);
}

/* ---- in no hurry ---------------------------------------------------------------------------- */

struct steps {
    bool is_calm;
    long sleeps;
};

static long sleeps_so_far(void)
{
    struct rusage used;
    getrusage(RUSAGE_THREAD, &used);
    return used.ru_nvcsw;
}

/* A step takes a millisecond by the test's clock. */
static err take_steps(struct db *db, void *arg)
{
    struct steps *steps = arg;
    struct env *env = (struct env *)(uintptr_t)db_env(db);
    int64_t count;
    if (steps->is_calm)
        db_calmly(db);
    steps->sleeps = -sleeps_so_far();
    for (int i = 0; i < 10; i++) {
        env_advance(env, 1);
        TRY(db_int(db, &note_count, NO_PARAMS, &count));
    }
    steps->sleeps += sleeps_so_far();
    return NULL;
}

struct stepper {
    struct store *store;
    struct steps steps;
    pthread_t thread;
};

static void *step_thread(void *arg)
{
    struct stepper *m = arg;
    return (void *)(uintptr_t)store_write(m->store, take_steps, &m->steps);
}

TEST(a_calm_write_does_not_keep_others_waiting)
{
    struct store *s = once_store(t);
    struct stepper two[2] = { { s, { .is_calm = true }, 0 }, { s, { .is_calm = true }, 0 } };
    struct gate gate;
    if (!s->writer)
        return; /* a server: nobody shares a transaction */
    gate_shut(&gate, s);
    for (size_t i = 0; i < 2; i++)
        ASSERT_INT(pthread_create(&two[i].thread, NULL, step_thread, &two[i]), 0);
    wait_queued(s, 2);
    gate_open(&gate); /* both in one transaction: each waits for the other */
    for (size_t i = 0; i < 2; i++) {
        pthread_join(two[i].thread, NULL);
        ASSERT_TRUE(two[i].steps.sleeps < 9);
    }
}

TEST(a_calm_write_lets_others_have_the_processor)
{
    struct store *s = once_store(t);
    struct steps usual = { 0 }, calm = { .is_calm = true };
    ASSERT_OK(store_write(s, take_steps, &calm));
    ASSERT_OK(store_write(s, take_steps, &usual)); /* it is not calm because one before it was */
    ASSERT_TRUE(!s->writer || calm.sleeps >= 9);
    ASSERT_TRUE(usual.sleeps < 9);
}

RUN_TESTS(ROW(a_write_that_fails_takes_only_its_own_part_back),
    ROW(a_write_that_fails_at_the_commit_spoils_nobody_elses), ROW(a_crowd_shares_its_syncs),
    ROW(a_full_queue_refuses_and_recovers), ROW(a_write_may_run_twice_and_counts_once),
    ROW(a_failed_statement_ends_its_write), ROW(a_loan_sees_what_its_thread_has_written),
    ROW(a_loan_is_a_snapshot), ROW(texts_read_in_a_write_live_as_long_as_the_loan),
    ROW(a_transaction_has_one_time), ROW(readers_wait_for_each_other),
    ROW(a_calm_write_lets_others_have_the_processor),
    ROW(a_calm_write_does_not_keep_others_waiting))
