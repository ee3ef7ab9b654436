/* The engine for several nodes, on the cluster that ./test makes: TRIBUTARY_TEST_DATABASE. */
#include "store/test_note.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "all_statements.h"
#include "base/buf.h"
#include "migrations.h"
#include "store/portable.h"
#include "store/postgres_inside.h"
#include "store/schema.h"

enum { CROWD = 8, TURNS = 25 };

static struct store *open_with(struct test *t, const struct store_options *o)
{
    struct store *s;
    (void)t;
    ASSERT_OK(store_open(o, &s));
    return s;
}

/* Options with clocks that go on by themselves: waits and retries are measured. */
static struct store_options options_of(struct test *t)
{
    struct store_options o = test_store_options(t, note_tables);
    o.env = env_system();
    o.rerun = false;
    return o;
}

static const char *url_with(struct test *t, const char *url, const char *more)
{
    return str_printf(t->arena, "%s%s", url, more).at;
}

/* ---- what the rooms bring ------------------------------------------------------------------- */

enum { PARAMS_MOST = 256, GUESSED_MOST = 10 };

/* The server finds out what it can of the parameters and asks for the others one by one; what they
 * are, is tried: numbers and texts, in every mixture. */
static const char *refusal_with(
    struct pg_conn *c, const char *sql, int count, Oid *types, int *guessed, int *guessed_count)
{
    static char why[400];
    for (;;) {
        PGresult *result = PQprepare(c->pg, "", sql, count, types);
        bool done = PQresultStatus(result) == PGRES_COMMAND_OK;
        snprintf(why, sizeof(why), "%s", done ? "" : PQresultErrorMessage(result));
        PQclear(result);
        const char *at = strstr(why, "type of parameter $");
        int number = at ? atoi(at + strlen("type of parameter $")) : 0;
        if (number < 1 || types[number - 1] || *guessed_count == GUESSED_MOST)
            return done ? NULL : why;
        types[number - 1] = 20;
        guessed[(*guessed_count)++] = number - 1;
    }
}

static const char *refusal_of(struct pg_conn *c, const char *sql, int count)
{
    Oid types[PARAMS_MOST] = { 0 };
    int guessed[GUESSED_MOST], guessed_count = 0;
    const char *why = refusal_with(c, sql, count, types, guessed, &guessed_count);
    for (unsigned mixture = 1; why && mixture < 1u << guessed_count; mixture++) {
        for (int i = 0; i < guessed_count; i++)
            types[guessed[i]] = mixture & 1u << i ? 25 : 20;
        why = refusal_with(c, sql, count, types, guessed, &guessed_count);
    }
    return why;
}

TEST(every_statement_of_every_room_is_taken_by_the_engine)
{
    struct store *s = test_store(t, all_migrations);
    struct conn *conn;
    size_t count = 0;
    ASSERT_OK(pool_take(s->readers, &conn));
    for (size_t room = 0; all_statements[room]; room++)
        for (size_t i = 0; all_statements[room][i]; i++) {
            const struct statement *statement = all_statements[room][i];
            int params = 0;
            while (statement->params[params])
                params++;
            const char *why = refusal_of(pg_of(conn), statement->sql[STORE_POSTGRES], params);
            test_case("%s: %s", statement->name, why ? why : "");
            ASSERT_TRUE(!why);
            count++;
        }
    ASSERT_TRUE(count > 100);
    ASSERT_TRUE(
        refusal_of(pg_of(conn), "SELECT id FROM no_such_table", 0) != NULL); /* the control */
    pool_give(s->readers, conn);
}

static err read_schema(struct db *db, void *arg)
{
    return schema_read(db, arg);
}

TEST(both_engines_have_the_same_tables_and_columns)
{
    struct store *here = test_store(t, all_migrations), *there;
    struct store_options o = test_store_options(t, all_migrations);
    struct schema ours, theirs;
    o.url = str_printf(t->arena, "sqlite:%s/twin.db", test_folder(t)).at;
    there = open_with(t, &o);
    store_keep(t->arena);
    ASSERT_OK(store_read(here, read_schema, &ours));
    ASSERT_OK(store_read(there, read_schema, &theirs));
    ASSERT_INT(ours.count, theirs.count);
    for (size_t i = 0; i < theirs.count; i++) {
        const struct table *mine = schema_find(&ours, theirs.tables[i].name);
        test_case("%" PRI_STR, STR_ARG(theirs.tables[i].name));
        ASSERT_TRUE(mine != NULL);
        ASSERT_INT(mine->columns.count, theirs.tables[i].columns.count);
        ASSERT_INT(mine->key.count, theirs.tables[i].key.count);
        for (size_t c = 0; c < mine->columns.count; c++)
            ASSERT_STR(mine->columns.at[c], str_c(t->arena, theirs.tables[i].columns.at[c]));
    }
    store_keep(NULL);
    store_close(there);
}

TEST(triggers_are_spelled_anew_and_nothing_else_is)
{
    static const struct {
        const char *sqlite, *postgres;
    } cases[] = {
        { "CREATE TRIGGER a BEFORE UPDATE ON b BEGIN SELECT RAISE(ABORT, 'c; d''s'); END;",
            "CREATE TRIGGER a BEFORE UPDATE ON b FOR EACH ROW EXECUTE FUNCTION refuse('c; "
            "d''s');" },
        { "create trigger a before update of x, y on b\nbegin\n  select raise(ABORT, 'c');\nend;",
            "CREATE TRIGGER a before update of x, y on b FOR EACH ROW EXECUTE FUNCTION "
            "refuse('c');" },
        { "CREATE TRIGGER a BEFORE DELETE ON b WHEN OLD.x > 1 BEGIN SELECT RAISE(ABORT, 'c'); END;",
            "CREATE TRIGGER a BEFORE DELETE ON b FOR EACH ROW WHEN (OLD.x > 1) EXECUTE FUNCTION "
            "refuse('c');" },
        { "SELECT 'CREATE TRIGGER a BEFORE UPDATE ON b BEGIN SELECT RAISE(ABORT, 1); END;'; -- x",
            "SELECT 'CREATE TRIGGER a BEFORE UPDATE ON b BEGIN SELECT RAISE(ABORT, 1); END;'; -- "
            "x" },
        { "CREATE TABLE a (b TEXT);", "CREATE TABLE a (b TEXT);" },
        { "CREATE TRIGGER a BEFORE UPDATE ON b BEGIN DELETE FROM c; END;",
            "CREATE TRIGGER a BEFORE UPDATE ON b BEGIN DELETE FROM c; END;" },
    };
    EACH (c, cases) {
        test_case("%s", c->sqlite);
        ASSERT_STR(pg_translate(t->arena, str_of(c->sqlite)), c->postgres);
    }
}

/* ---- writes beside each other ---------------------------------------------------------------- */

STATEMENT(rank_sum, false, "SELECT CAST(coalesce(sum(rank), 0) AS BIGINT) FROM note", );
STATEMENT(rank_of_one, false, "SELECT rank FROM note WHERE id = 1", );
STATEMENT(rank_set, true, "UPDATE note SET rank = $1 WHERE id = 1", "rank");

struct worker {
    struct store *store;
    int64_t number, runs;
    err failed;
    pthread_t thread;
};

/* Reads, thinks, writes: as if it were alone. */
static err count_one(struct db *db, void *arg)
{
    struct worker *w = arg;
    int64_t rank;
    w->runs++;
    TRY(db_int(db, &rank_of_one, NO_PARAMS, &rank));
    return db_run(db, &rank_set, PARAMS(P("rank", rank + 1)), NULL, NULL, NULL);
}

static void *count_many(void *arg)
{
    struct worker *w = arg;
    for (int i = 0; i < TURNS && !w->failed; i++)
        w->failed = store_write(w->store, count_one, w);
    return NULL;
}

static int64_t run_workers(struct store *s, struct worker *workers, void *(*run)(void *))
{
    int64_t runs = 0;
    for (int i = 0; i < CROWD; i++) {
        workers[i] = (struct worker){ .store = s, .number = i + 1 };
        ASSERT_INT(pthread_create(&workers[i].thread, NULL, run, &workers[i]), 0);
    }
    for (int i = 0; i < CROWD; i++)
        pthread_join(workers[i].thread, NULL);
    for (int i = 0; i < CROWD; i++) {
        ASSERT_OK(workers[i].failed);
        runs += workers[i].runs;
    }
    return runs;
}

static err read_number(struct db *db, void *arg)
{
    return db_int(db, &rank_sum, NO_PARAMS, arg);
}

TEST(what_is_read_and_written_back_loses_nothing)
{
    struct store_options o = options_of(t);
    struct store *s = open_with(t, &o);
    struct worker workers[CROWD];
    int64_t sum;
    ASSERT_OK(note_put(s, 1, 0, NULL));
    int64_t runs = run_workers(s, workers, count_many);
    ASSERT_OK(store_read(s, read_number, &sum));
    ASSERT_INT(sum, CROWD * TURNS);
    ASSERT_TRUE(runs > CROWD * TURNS); /* the control: they were in each other's way */
    store_close(s);
}

/* Each sees that there is room for one more, and takes another row than the others. */
static err take_if_there_is_room(struct db *db, void *arg)
{
    struct worker *w = arg;
    int64_t sum;
    TRY(db_int(db, &rank_sum, NO_PARAMS, &sum));
    if (sum >= 5)
        return NULL;
    struct note note = { .id = 100 * w->number + sum, .program_id = 1, .rank = 1 };
    return db_put(db, &note_insert, &note_fields, &note);
}

static void *take_many(void *arg)
{
    struct worker *w = arg;
    for (int i = 0; i < 5 && !w->failed; i++)
        w->failed = store_write(w->store, take_if_there_is_room, w);
    return NULL;
}

TEST(a_rule_over_many_rows_holds_although_all_check_it_at_once)
{
    struct store_options o = options_of(t);
    struct store *s = open_with(t, &o);
    struct worker workers[CROWD];
    run_workers(s, workers, take_many);
    ASSERT_INT(notes(s), 5);
    store_close(s);
}

TEST(a_key_that_is_there_is_a_conflict_and_the_write_leaves_nothing)
{
    struct store *s = test_store(t, note_tables);
    ASSERT_OK(note_put(s, 1, 1, "a"));
    ASSERT_ERR(note_put(s, 2, 1, "a"), &STORE_CONFLICT);
    ASSERT_ERR(note_put(s, 1, 1, "b"), &STORE_CONFLICT);
    ASSERT_OK(note_put(s, 2, 1, "b"));
    ASSERT_INT(notes(s), 2);
}

/* ---- what is lost --------------------------------------------------------------------------- */

static void run_sql(struct store *s, const char *sql)
{
    struct conn *conn;
    ASSERT_OK(s->engine->connect(s, USE_WRITE, &conn));
    ASSERT_OK(pg_script(conn, sql));
    s->engine->disconnect(conn);
}

/* The idle one of a pool: others on this server have nothing to do with it. */
static int backend_of(struct pool *pool)
{
    struct conn *conn;
    ASSERT_OK(pool_take(pool, &conn));
    int pid = PQbackendPID(pg_of(conn)->pg);
    pool_give(pool, conn);
    return pid;
}

static void cut_idle(struct test *t, struct store *s)
{
    int reader = backend_of(s->readers), writer = backend_of(s->writers);
    run_sql(s, str_printf(t->arena, "SELECT pg_terminate_backend(%d), pg_terminate_backend(%d)",
                   reader, writer)
                   .at);
}

TEST(connections_that_were_cut_are_made_anew)
{
    struct store_options o = options_of(t);
    struct store *s = open_with(t, &o);
    ASSERT_OK(note_put(s, 1, 1, NULL));
    for (int64_t i = 2; i < 5; i++) {
        ASSERT_INT(notes(s), i - 1);
        cut_idle(t, s);
        log_level_set(LOG_ERROR);
        if (i % 2) /* what comes first is the one that finds out */
            ASSERT_INT(notes(s), i - 1);
        ASSERT_OK(note_put(s, i, 1, NULL));
        ASSERT_INT(notes(s), i);
        log_level_set(LOG_WARN);
    }
    store_close(s);
}

/* A wire to the server that can be cut when the answer to a commit comes back, or before it is
 * asked. */
enum cut { WHOLE, CUT_BEFORE_COMMIT, CUT_AFTER_COMMIT };

enum { LINKS_MOST = 256 };

struct wire;

struct link {
    struct wire *wire;
    int client, server;
    pthread_t carrier;
};

struct wire {
    const char *server, *folder;
    int listener, stop[2];
    struct link links[LINKS_MOST];
    int link_count;
    _Atomic enum cut cut; /* of the next commit */
    atomic_int cuts;
    pthread_t thread;
};

/* Below zero: nobody is there. */
static int unix_socket(const char *path, bool listens)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof(to.sun_path))
        return -1;
    memcpy(to.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failed = listens ? bind(fd, (struct sockaddr *)&to, sizeof(to)) || listen(fd, 50)
                         : connect(fd, (struct sockaddr *)&to, sizeof(to));
    if (!failed)
        return fd;
    close(fd);
    return -1;
}

static bool pass(int from, int to, char *bytes, size_t size)
{
    ssize_t got = read(from, bytes, size);
    return got > 0 && send(to, bytes, (size_t)got, MSG_NOSIGNAL) == got;
}

/* What is about to be sent to the server. */
static bool is_commit(int client, char *bytes, size_t size)
{
    ssize_t got = recv(client, bytes, size, MSG_PEEK);
    return got > 0 && memmem(bytes, (size_t)got, "COMMIT", 6);
}

/* True when it was cut; false when one side has left. */
static bool carry_until_cut(const struct link *l)
{
    char bytes[1 << 16];
    bool dying = false;
    for (;;) {
        struct pollfd two[] = { { l->client, POLLIN, 0 }, { l->server, POLLIN, 0 } };
        poll(two, 2, -1);
        if (two[0].revents) {
            bool commits = is_commit(l->client, bytes, sizeof(bytes));
            if (commits && l->wire->cut == CUT_BEFORE_COMMIT)
                return true;
            dying = commits && l->wire->cut == CUT_AFTER_COMMIT;
            if (!pass(l->client, l->server, bytes, sizeof(bytes)))
                return false;
        }
        if (two[1].revents) {
            if (dying) /* the server has committed and says so; nobody hears it */
                return true;
            if (!pass(l->server, l->client, bytes, sizeof(bytes)))
                return false;
        }
    }
}

static void *carry(void *arg)
{
    struct link *l = arg;
    l->server = unix_socket(l->wire->server, false);
    if (l->server >= 0 && carry_until_cut(l)) {
        l->wire->cut = WHOLE;
        l->wire->cuts++;
    }
    shutdown(l->client, SHUT_RDWR);
    shutdown(l->server, SHUT_RDWR);
    return NULL;
}

static void *accept_all(void *arg)
{
    struct wire *w = arg;
    while (w->link_count < LINKS_MOST) {
        struct pollfd two[] = { { w->listener, POLLIN, 0 }, { w->stop[0], POLLIN, 0 } };
        poll(two, 2, -1);
        if (two[1].revents)
            return NULL;
        struct link *l = &w->links[w->link_count];
        *l = (struct link){ .wire = w, .client = accept(w->listener, NULL, NULL), .server = -1 };
        if (l->client < 0 || pthread_create(&l->carrier, NULL, carry, l))
            return NULL;
        w->link_count++;
    }
    return NULL;
}

static void take_wire(void *wire)
{
    struct wire *w = wire;
    close(w->stop[1]);
    pthread_join(w->thread, NULL);
    for (int i = 0; i < w->link_count; i++) {
        shutdown(w->links[i].client, SHUT_RDWR);
        pthread_join(w->links[i].carrier, NULL);
        close(w->links[i].client);
        if (w->links[i].server >= 0)
            close(w->links[i].server);
    }
    close(w->stop[0]);
    close(w->listener);
}

/* The URL of the cluster with another folder for its socket. The wire is taken when the test has
 * ended; one that failed leaves it where it is, and its memory too. */
static const char *lay_wire(struct test *t, const char *url, struct wire **out)
{
    struct wire *w = *out = ARENA_NEW(t->arena, struct wire);
    const char *host = strstr(url, "host=");
    ASSERT_TRUE(host != NULL);
    host += strlen("host=");
    str folder = { host, strcspn(host, "&") };
    w->folder = test_folder(t);
    w->server = str_printf(t->arena, "%" PRI_STR "/.s.PGSQL.5432", STR_ARG(folder)).at;
    w->listener = unix_socket(str_printf(t->arena, "%s/.s.PGSQL.5432", w->folder).at, true);
    ASSERT_TRUE(w->listener >= 0);
    ASSERT_INT(pipe(w->stop), 0);
    ASSERT_INT(pthread_create(&w->thread, NULL, accept_all, w), 0);
    arena_defer(t->arena, take_wire, w);
    return str_printf(t->arena, "%.*s%s%s", (int)(host - url), url, w->folder, host + folder.len)
        .at;
}

TEST(a_commit_whose_answer_was_lost_is_neither_lost_nor_doubled)
{
    static const struct {
        const char *what;
        enum cut cut;
        int runs;
    } cases[] = {
        { "nothing is cut", WHOLE, 1 },
        { "the commit never came", CUT_BEFORE_COMMIT, 2 },
        { "the answer never came", CUT_AFTER_COMMIT, 1 },
    };
    struct store_options o = options_of(t);
    struct wire *wire;
    o.url = lay_wire(t, o.url, &wire);
    struct store *s = open_with(t, &o);
    int64_t id = 0;
    log_level_set(LOG_ERROR);
    EACH (c, cases) {
        struct note_write w = { .note = { .id = ++id, .program_id = 1, .rank = 1 } };
        test_case("%s", c->what);
        int cuts = wire->cuts;
        wire->cut = c->cut;
        ASSERT_OK(store_write(s, note_write, &w));
        ASSERT_INT(w.runs, c->runs);
        ASSERT_INT(wire->cuts - cuts, c->cut != WHOLE);
        ASSERT_INT(notes(s), id);
    }
    log_level_set(LOG_WARN);
    store_close(s);
}

TEST(a_server_that_is_away_is_said_and_found_again)
{
    struct store_options o = options_of(t);
    struct wire *wire;
    struct conn *conn;
    o.url = lay_wire(t, o.url, &wire);
    const char *path = str_printf(t->arena, "%s/.s.PGSQL.5432", wire->folder).at;
    const char *elsewhere = str_printf(t->arena, "%s/away", wire->folder).at;
    struct store *s = open_with(t, &o);
    struct store_health health;
    ASSERT_INT(rename(path, elsewhere), 0);
    log_level_set(LOG_ERROR);
    int64_t tried_us = o.env->ticks_us(o.env);
    ASSERT_ERR(s->engine->connect(s, USE_READ, &conn), &STORE_AWAY);
    store_health(s, &health);
    ASSERT_FALSE(health.writable);
    log_level_set(LOG_WARN);
    ASSERT_INT(rename(elsewhere, path), 0);
    if (o.env->ticks_us(o.env) - tried_us < 900 * 1000) /* for a second nobody tries */
        ASSERT_ERR(s->engine->connect(s, USE_READ, &conn), &STORE_AWAY);
    ASSERT_OK(note_put(s, 1, 1, NULL)); /* on the connection there is */
    usleep(1100 * 1000);
    ASSERT_INT(notes(s), 1);
    store_health(s, &health);
    ASSERT_TRUE(health.writable);
    store_close(s);
}

/* As of a server that crashes: its last words, and nobody is there any more. */
static void crash_wire(struct wire *w)
{
    static const char words[] = "SWARNING\0VWARNING\0C57P02\0Mterminating connection\0";
    const char head[] = { 'N', 0, 0, 0, (char)(4 + sizeof(words)) };
    for (int i = 0; i < w->link_count; i++) {
        send(w->links[i].client, head, sizeof(head), MSG_NOSIGNAL);
        send(w->links[i].client, words, sizeof(words), MSG_NOSIGNAL);
        shutdown(w->links[i].client, SHUT_RDWR);
    }
}

TEST(a_server_that_crashed_with_its_last_words_unread_is_found_again)
{
    struct store_options o = options_of(t);
    struct wire *wire;
    struct position at;
    struct conn *conn;
    o.url = lay_wire(t, o.url, &wire);
    struct store *s = open_with(t, &o);
    ASSERT_OK(note_put(s, 1, 1, NULL));
    ASSERT_INT(notes(s), 1);
    log_level_set(LOG_ERROR);
    crash_wire(wire);
    ASSERT_INT(notes(s), 1); /* what is read first goes once more, and a write is run again */
    crash_wire(wire);
    ASSERT_OK(note_put(s, 2, 1, NULL));
    crash_wire(wire);
    ASSERT_OK(pool_take(s->readers, &conn));
    ASSERT_ERR(s->engine->position(conn, &at), &STORE_AWAY);
    pool_give(s->readers, conn);
    ASSERT_OK(pool_take(s->readers, &conn)); /* another */
    ASSERT_OK(s->engine->position(conn, &at));
    pool_give(s->readers, conn);
    ASSERT_INT(notes(s), 2);
    log_level_set(LOG_WARN);
    store_close(s);
}

/* ---- fit and sound -------------------------------------------------------------------------- */

TEST(a_server_that_would_lose_a_commit_is_refused)
{
    struct store_options o = options_of(t);
    struct store *s = open_with(t, &o), *other;
    run_sql(s, "DO $$ BEGIN CREATE ROLE lax LOGIN SUPERUSER; EXCEPTION WHEN duplicate_object THEN "
               "NULL; END $$");
    run_sql(s, "ALTER ROLE lax SET synchronous_commit = off");
    o.url = str_replace(t->arena, str_of(o.url), STR("tributary@"), STR("lax@")).at;
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(store_open(&o, &other), &STORE_UNFIT);
    run_sql(s, "ALTER ROLE lax SET synchronous_commit = on"); /* the control */
    ASSERT_OK(store_open(&o, &other));
    log_level_set(LOG_WARN);
    store_close(other);
    store_close(s);
}

TEST(who_may_not_make_tables_is_refused)
{
    struct store_options o = options_of(t);
    struct store *s = open_with(t, &o), *other;
    run_sql(s, "DO $$ BEGIN CREATE ROLE guest LOGIN; EXCEPTION WHEN duplicate_object THEN "
               "NULL; END $$");
    run_sql(s, "REVOKE tributary FROM guest");
    run_sql(s, "DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO guest', current_schema());"
               " END $$");
    o.create = false;
    o.url = str_replace(t->arena, str_of(o.url), STR("tributary@"), STR("guest@")).at;
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(store_open(&o, &other), &STORE_UNFIT);
    log_level_set(LOG_WARN);
    run_sql(s, "GRANT tributary TO guest"); /* the control */
    ASSERT_OK(store_open(&o, &other));
    store_close(other);
    store_close(s);
}

TEST(a_promise_that_was_switched_off_is_found)
{
    struct store_options o = options_of(t);
    o.migrations = all_migrations;
    struct store *s = open_with(t, &o);
    str report;
    ASSERT_OK(store_check(s, t->arena, &report));
    ASSERT_STR(report, "ok");
    run_sql(s, "ALTER TABLE ledger_posting DISABLE TRIGGER ledger_posting_kept");
    ASSERT_ERR(store_check(s, t->arena, &report), &STORE_DAMAGED);
    ASSERT_HAS(report, "ledger_posting_kept is switched off");
    store_close(s);
}

TEST(a_backup_is_an_export_that_is_checked)
{
    struct store *s = test_store(t, note_tables);
    const char *path = str_printf(t->arena, "%s/copy", test_folder(t)).at;
    str report;
    ASSERT_OK(note_put(s, 1, 1, "a"));
    ASSERT_OK(store_backup(s, path));
    ASSERT_TRUE(portable_is(path));
    ASSERT_OK(store_backup_check(path, t->arena, &report));
    ASSERT_STR(report, "ok");
    ASSERT_INT(truncate(path, 60), 0);
    log_level_set(LOG_ERROR + 1);
    ASSERT_ERR(store_backup_check(path, t->arena, &report), &STORE_DAMAGED);
    log_level_set(LOG_WARN);
}

/* What a pooler may do between two transactions. */
static void forget_session(struct store *s)
{
    struct pool *pools[] = { s->readers, s->writers };
    for (int i = 0; i < 2; i++) {
        struct conn *conn;
        ASSERT_OK(pool_take(pools[i], &conn));
        ASSERT_OK(pg_script(conn, "DISCARD ALL"));
        pool_give(pools[i], conn);
    }
}

TEST(it_works_where_a_session_is_another_in_every_transaction)
{
    const char *pooler = getenv("TRIBUTARY_TEST_POOLER"); /* PgBouncer, where there is one */
    struct store_options o = options_of(t);
    o.url = url_with(t, o.url, "&prepare=no");
    o.rerun = true;
    struct store *s = open_with(t, &o);
    if (pooler) {
        const char *schema = strstr(o.url, "&schema=");
        store_close(s);
        o.url = str_printf(t->arena, "%s%s", pooler, schema).at;
        s = open_with(t, &o);
    }
    for (int64_t i = 1; i <= 20; i++) {
        ASSERT_OK(note_put(s, i, i, NULL));
        if (!pooler)
            forget_session(s);
        ASSERT_INT(notes(s), i);
    }
    ASSERT_ERR(note_put(s, 1, 1, NULL), &STORE_CONFLICT);
    store_close(s);
}

TEST(a_snapshot_stays_as_it_was)
{
    struct store *s = test_store(t, note_tables);
    struct db *db = store_lend(s, t->arena);
    int64_t count;
    struct store_options o = options_of(t);
    struct store *beside = open_with(t, &o);
    ASSERT_OK(db_int(db, &note_count, NO_PARAMS, &count));
    ASSERT_OK(note_put(beside, 1, 1, NULL));
    ASSERT_OK(db_int(db, &note_count, NO_PARAMS, &count));
    ASSERT_INT(count, 0);
    store_refresh(db);
    ASSERT_OK(db_int(db, &note_count, NO_PARAMS, &count));
    ASSERT_INT(count, 1);
    store_return(db);
    store_close(beside);
}

RUN_TESTS(ROW(every_statement_of_every_room_is_taken_by_the_engine),
    ROW(both_engines_have_the_same_tables_and_columns),
    ROW(triggers_are_spelled_anew_and_nothing_else_is),
    ROW(what_is_read_and_written_back_loses_nothing),
    ROW(a_rule_over_many_rows_holds_although_all_check_it_at_once),
    ROW(a_key_that_is_there_is_a_conflict_and_the_write_leaves_nothing),
    ROW(connections_that_were_cut_are_made_anew),
    ROW(a_commit_whose_answer_was_lost_is_neither_lost_nor_doubled),
    ROW(a_server_that_is_away_is_said_and_found_again),
    ROW(a_server_that_crashed_with_its_last_words_unread_is_found_again),
    ROW(a_server_that_would_lose_a_commit_is_refused), ROW(who_may_not_make_tables_is_refused),
    ROW(a_promise_that_was_switched_off_is_found), ROW(a_backup_is_an_export_that_is_checked),
    ROW(it_works_where_a_session_is_another_in_every_transaction), ROW(a_snapshot_stays_as_it_was))
