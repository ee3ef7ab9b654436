/* Commands in one flight: what is refused or lost on the way reaches the write that sent it. */
#include "store/test_note.h"

#include <string.h>

#include "store/postgres_inside.h"

static struct store_options options_of(struct test *t)
{
    struct store_options o = test_store_options(t, note_tables);
    o.env = env_system();
    o.rerun = false;
    return o;
}

static struct store *open_plain(struct test *t)
{
    struct store_options o = options_of(t);
    struct store *s;
    ASSERT_OK(store_open(&o, &s));
    return s;
}

/* What a write does, word by word: p puts a row, d one that is there, c one that a CHECK refuses,
 * r reads, k ends the process that serves it (the first time), e returns an error of its own. */
struct story {
    struct store *store;
    const char *words;
    int64_t next_id;
    int runs;
    bool read_failed;
};

static const struct err OWN_ERROR = { ERR_INVALID, "own", "own", NULL };

static void end_backend_of(struct story *story, struct db *db)
{
    struct conn *conn;
    char sql[64];
    snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%d, 5000)",
        PQbackendPID(pg_of(db->conn)->pg));
    ASSERT_OK(story->store->engine->connect(story->store, USE_WRITE, &conn));
    ASSERT_OK(pg_script(conn, sql));
    story->store->engine->disconnect(conn);
}

static err read_something(struct story *story, struct db *db)
{
    int64_t count;
    err failed = db_int(db, &note_count, NO_PARAMS, &count);
    story->read_failed |= failed != NULL;
    return failed;
}

static err tell(struct db *db, void *arg)
{
    struct story *story = arg;
    int64_t id = story->next_id;
    story->runs++;
    for (const char *word = story->words; *word; word++) {
        struct note note = { .id = ++id, .program_id = 1, .rank = *word == 'c' ? 1000 : 1 };
        if (*word == 'd')
            note.id = 1;
        if (strchr("pdc", *word))
            TRY(db_put(db, &note_insert, &note_fields, &note));
        if (*word == 'r')
            TRY(read_something(story, db));
        if (*word == 'k' && story->runs == 1)
            end_backend_of(story, db);
        if (*word == 'e')
            return &OWN_ERROR;
    }
    return NULL;
}

TEST(what_is_refused_later_is_the_writes_own_failure)
{
    static const struct {
        const char *words;
        err gives;
        int kept;
    } cases[] = {
        { "pp", NULL, 2 }, /* the control */
        { "pprp", NULL, 3 }, { "pd", &STORE_CONFLICT, 0 }, { "pdr", &STORE_CONFLICT, 0 },
        { "pdpr", &STORE_CONFLICT, 0 }, { "prd", &STORE_CONFLICT, 0 }, { "pc", &STORE_CHECK, 0 },
        { "cprp", &STORE_CHECK, 0 },
        { "dc", &STORE_CONFLICT, 0 }, /* the first one that was refused */
        { "cd", &STORE_CHECK, 0 }, { "pe", &OWN_ERROR, 0 }, { "de", &OWN_ERROR, 0 },
        { "p", NULL, 1 }, /* and the connection is as good as before */
    };
    struct store *s = open_plain(t);
    int64_t there = 1;
    ASSERT_OK(note_put(s, 1, 1, NULL));
    log_level_set(LOG_ERROR);
    EACH (c, cases) {
        struct story story = { .store = s, .words = c->words, .next_id = there * 100 };
        test_case("%s", c->words);
        ASSERT_ERR(store_write(s, tell, &story), c->gives);
        ASSERT_INT(story.read_failed, strchr(c->words, 'r') && c->gives && c->words[1] != 'r');
        there += c->kept;
        ASSERT_INT(notes(s), there);
    }
    log_level_set(LOG_WARN);
    store_close(s);
}

TEST(a_process_that_ends_in_mid_flight_loses_and_doubles_nothing)
{
    static const struct {
        const char *words;
        int runs, kept;
    } cases[] = {
        { "pp", 1, 2 }, /* the control */
        { "kpp", 2, 2 },
        { "pkp", 2, 2 },
        { "prkp", 2, 2 },
        { "ppk", 2, 2 },
        { "prkpr", 2, 2 },
        { "prpkpp", 2, 4 },
    };
    struct store *s = open_plain(t);
    int64_t there = 1;
    ASSERT_OK(note_put(s, 1, 1, NULL));
    EACH (c, cases) {
        struct story story = { .store = s, .words = c->words, .next_id = there * 100 };
        test_case("%s", c->words);
        log_level_set(LOG_ERROR);
        ASSERT_OK(store_write(s, tell, &story));
        log_level_set(LOG_WARN);
        ASSERT_INT(story.runs, c->runs);
        there += c->kept;
        ASSERT_INT(notes(s), there);
    }
    store_close(s);
}

static err put_thousand(struct db *db, void *arg)
{
    for (int64_t id = 1; id <= 1000; id++) {
        struct note note = { .id = id, .program_id = 1, .rank = 1 };
        TRY(db_put(db, &note_insert, &note_fields, &note));
    }
    return db_int(db, &note_count, NO_PARAMS, arg);
}

TEST(more_than_a_flight_holds_goes_in_several)
{
    struct store *s = test_store(t, note_tables);
    int64_t count = 0;
    ASSERT_TRUE(1000 > PG_SENT_MOST);
    ASSERT_OK(store_write(s, put_thousand, &count));
    ASSERT_INT(count, 1000);
    ASSERT_INT(notes(s), 1000);
}

TEST(a_read_goes_on_a_new_connection_at_its_beginning_alone)
{
    struct store *s = open_plain(t);
    struct story story = { .store = s };
    struct db *db;
    int64_t count;
    ASSERT_OK(note_put(s, 1, 1, NULL));
    ASSERT_INT(notes(s), 1);
    db = store_lend(s, t->arena);
    ASSERT_OK(db_int(db, &note_count, NO_PARAMS, &count));
    store_return(db);
    db = store_lend(s, t->arena);
    ASSERT_OK(db_int(db, &note_count, NO_PARAMS, &count));
    end_backend_of(&story, db); /* what was read cannot be read on in another snapshot */
    log_level_set(LOG_ERROR);
    ASSERT_ERR(db_int(db, &note_count, NO_PARAMS, &count), &STORE_AWAY);
    store_return(db);
    log_level_set(LOG_WARN);
    ASSERT_INT(notes(s), 1);
    store_close(s);
}

static err do_nothing(struct db *db, void *arg)
{
    (void)db, (void)arg;
    return NULL;
}

TEST(a_write_that_asks_nothing_sends_nothing)
{
    struct store *s = open_plain(t);
    struct conn *conn;
    ASSERT_OK(store_write(s, do_nothing, NULL));
    ASSERT_OK(pool_take(s->writers, &conn));
    ASSERT_INT(PQtransactionStatus(pg_of(conn)->pg), PQTRANS_IDLE);
    ASSERT_STR(str_of(pg_of(conn)->xid), "");
    pool_give(s->writers, conn);
    ASSERT_OK(note_put(s, 1, 1, NULL)); /* the control */
    ASSERT_OK(pool_take(s->writers, &conn));
    ASSERT_TRUE(pg_of(conn)->xid[0] != '\0');
    pool_give(s->writers, conn);
    store_close(s);
}

RUN_TESTS(ROW(what_is_refused_later_is_the_writes_own_failure),
    ROW(a_process_that_ends_in_mid_flight_loses_and_doubles_nothing),
    ROW(more_than_a_flight_holds_goes_in_several),
    ROW(a_read_goes_on_a_new_connection_at_its_beginning_alone),
    ROW(a_write_that_asks_nothing_sends_nothing))
