/* Writes beside each other on one server: who is in whose way, and how many go at once. */
#include "store/test_note.h"

#include <stdlib.h>
#include <unistd.h>

#include "migrations.h"
#include "store/postgres_inside.h"

static void run_sql(struct store *s, const char *sql)
{
    struct conn *conn;
    ASSERT_OK(s->engine->connect(s, USE_WRITE, &conn));
    ASSERT_OK(pg_script(conn, sql));
    s->engine->disconnect(conn);
}

static struct store *open_plain(struct test *t, const struct migration *const *tables)
{
    struct store_options o = test_store_options(t, tables);
    struct store *s;
    o.env = env_system();
    o.rerun = false;
    ASSERT_OK(store_open(&o, &s));
    return s;
}

STATEMENT(eager_references, false,
    "SELECT count(*) FROM pg_constraint f JOIN pg_namespace n ON n.oid = f.connamespace"
    " WHERE n.nspname = current_schema() AND f.contype = 'f' AND NOT f.condeferred", );
STATEMENT(references, false,
    "SELECT count(*) FROM pg_constraint f JOIN pg_namespace n ON n.oid = f.connamespace"
    " WHERE n.nspname = current_schema() AND f.contype = 'f'", );

TEST(every_reference_is_looked_at_at_the_commit)
{
    struct store *s = open_plain(t, all_migrations);
    ASSERT_INT(test_store_number(s, &eager_references), 0);
    ASSERT_TRUE(test_store_number(s, &references) > 20); /* the control */
    store_close(s);
}

/* Two who make rows and others that refer to them; each goes on when both have begun. */
struct maker {
    struct store *store;
    pthread_barrier_t *both_have_begun;
    int64_t id;
    int runs;
    err failed;
    pthread_t thread;
};

static err make_row(struct db *db, int64_t id)
{
    struct note note = { .id = id, .program_id = 1, .rank = 1 };
    TRY(db_put(db, &note_insert, &note_fields, &note));
    TRY(db_run(db, &reply_insert,
        PARAMS(P("id", id), P("note_id", id), param_bytes("seal", NULL, 0)), NULL, NULL, NULL));
    return pg_settle(db->conn);
}

static err make_two_rows(struct db *db, void *arg)
{
    struct maker *m = arg;
    err failed = make_row(db, m->id);
    if (++m->runs == 1)
        pthread_barrier_wait(m->both_have_begun);
    return failed ? failed : make_row(db, m->id + 10);
}

static void *make_rows(void *arg)
{
    struct maker *m = arg;
    m->failed = store_write(m->store, make_two_rows, m);
    return NULL;
}

static int runs_of_two(struct store *s, int64_t id)
{
    pthread_barrier_t both;
    struct maker makers[2] = { { .id = id }, { .id = id + 1 } };
    int runs = 0;
    pthread_barrier_init(&both, NULL, 2);
    for (int i = 0; i < 2; i++) {
        makers[i].store = s;
        makers[i].both_have_begun = &both;
        ASSERT_INT(pthread_create(&makers[i].thread, NULL, make_rows, &makers[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(makers[i].thread, NULL);
        ASSERT_OK(makers[i].failed);
        runs += makers[i].runs;
    }
    pthread_barrier_destroy(&both);
    return runs;
}

TEST(who_makes_rows_that_refer_to_new_ones_is_in_nobodys_way)
{
    struct store *s = open_plain(t, note_tables);
    ASSERT_INT(runs_of_two(s, 100), 2);
    ASSERT_INT(notes(s), 4);
    run_sql(s, "ALTER TABLE reply ALTER CONSTRAINT reply_note_id_fkey NOT DEFERRABLE");
    ASSERT_TRUE(runs_of_two(s, 200) > 2); /* the control: looked up before the end */
    ASSERT_INT(notes(s), 8);
    store_close(s);
}

/* ---- how many at once ------------------------------------------------------------------------ */

TEST(fewer_go_at_once_while_they_are_in_each_others_way)
{
    struct store *s = open_plain(t, note_tables);
    ASSERT_INT(pool_allowed(s->writers), 4);
    pool_crowded(s->writers);
    ASSERT_INT(pool_allowed(s->writers), 3);
    for (int i = 0; i < 10; i++)
        pool_crowded(s->writers);
    ASSERT_INT(pool_allowed(s->writers), 1);
    for (int i = 0; i < 7; i++)
        pool_clear(s->writers);
    ASSERT_INT(pool_allowed(s->writers), 1);
    pool_clear(s->writers);
    ASSERT_INT(pool_allowed(s->writers), 2);
    for (int i = 0; i < 100; i++)
        pool_clear(s->writers);
    ASSERT_INT(pool_allowed(s->writers), 4);
    store_close(s);
}

struct taker {
    struct pool *pool;
    struct conn *conn;
    atomic_bool has;
    pthread_t thread;
};

static void *take_one(void *arg)
{
    struct taker *taker = arg;
    ASSERT_OK(pool_take(taker->pool, &taker->conn));
    atomic_store(&taker->has, true);
    return NULL;
}

static void begin_taking(struct taker *taker, struct pool *pool)
{
    *taker = (struct taker){ .pool = pool };
    ASSERT_INT(pthread_create(&taker->thread, NULL, take_one, taker), 0);
    usleep(100 * 1000);
}

TEST(who_may_not_go_yet_goes_when_another_is_done_or_the_way_is_clear)
{
    struct store *s = open_plain(t, note_tables);
    struct conn *first;
    struct taker second, third;
    for (int i = 0; i < 4; i++)
        pool_crowded(s->writers);
    ASSERT_OK(pool_take(s->writers, &first));
    begin_taking(&second, s->writers);
    ASSERT_FALSE(atomic_load(&second.has));
    pool_give(s->writers, first);
    pthread_join(second.thread, NULL);
    ASSERT_TRUE(atomic_load(&second.has));
    begin_taking(&third, s->writers);
    ASSERT_FALSE(atomic_load(&third.has));
    for (int i = 0; i < 8; i++)
        pool_clear(s->writers);
    pthread_join(third.thread, NULL);
    pool_give(s->writers, second.conn);
    pool_give(s->writers, third.conn);
    store_close(s);
}

RUN_TESTS(ROW(every_reference_is_looked_at_at_the_commit),
    ROW(who_makes_rows_that_refer_to_new_ones_is_in_nobodys_way),
    ROW(fewer_go_at_once_while_they_are_in_each_others_way),
    ROW(who_may_not_go_yet_goes_when_another_is_done_or_the_way_is_clear))
