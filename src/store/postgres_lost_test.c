/* What is said of a commit whose answer was lost, before and after the server crashed. A crash is
 * played by doing to the mark what a crash does to it; tests/nodes has real ones. */
#include "store/test_note.h"

#include <string.h>

#include "store/postgres_inside.h"

static struct pg_lost ask(struct conn *conn, const char *sql)
{
    struct pg_lost lost = { .mark = pg_of(conn)->mark };
    PGresult *result;
    ASSERT_OK(pg_ask(conn, sql, &result));
    snprintf(lost.xid, sizeof(lost.xid), "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
    return lost;
}

static struct pg_lost end_one(struct conn *conn, const char *how)
{
    ASSERT_OK(pg_script(conn, "BEGIN"));
    struct pg_lost lost = ask(conn, "SELECT pg_current_xact_id()");
    ASSERT_OK(pg_script(conn, how));
    return lost;
}

TEST(the_number_of_a_transaction_tells_its_end_until_the_server_has_crashed)
{
    struct store *s = test_store(t, note_tables);
    struct conn *conn;
    log_level_set(LOG_ERROR);
    ASSERT_OK(pool_take(s->writers, &conn));
    ASSERT_TRUE(pg_of(conn)->mark != 0);
    struct pg_lost kept = end_one(conn, "COMMIT"), gone = end_one(conn, "ROLLBACK");
    struct pg_lost never = { .xid = "999999999999", .mark = kept.mark };
    ASSERT_OK(pg_fate(s, &kept));
    ASSERT_ERR(pg_fate(s, &gone), &STORE_BUSY);

    ASSERT_OK(pg_script(conn, "TRUNCATE crash_mark"));
    ASSERT_ERR(pg_fate(s, &kept), &STORE_AWAY); /* its own, or another's that got its number */
    ASSERT_ERR(pg_fate(s, &gone), &STORE_BUSY);
    ASSERT_ERR(pg_fate(s, &never), &STORE_BUSY);

    ASSERT_OK(pg_mark_read(conn)); /* as a connection that was made since */
    ASSERT_TRUE(pg_of(conn)->mark != 0 && pg_of(conn)->mark != kept.mark);
    struct pg_lost again = end_one(conn, "COMMIT");
    ASSERT_OK(pg_fate(s, &again));
    ASSERT_ERR(pg_fate(s, &kept), &STORE_AWAY);
    pool_give(s->writers, conn);
}

TEST(one_that_still_runs_is_waited_for)
{
    struct store *s = test_store(t, note_tables);
    struct conn *conn;
    log_level_set(LOG_ERROR);
    ASSERT_OK(pool_take(s->writers, &conn));
    ASSERT_OK(pg_script(conn, "BEGIN"));
    struct pg_lost open = ask(conn, "SELECT pg_current_xact_id()");
    ASSERT_ERR(pg_fate(s, &open), &STORE_AWAY); /* it did not end: nobody may run it again */
    ASSERT_OK(pg_script(conn, "COMMIT"));
    ASSERT_OK(pg_fate(s, &open));
    pool_give(s->writers, conn);
}

TEST(the_mark_is_of_no_interest_to_a_backup)
{
    struct store *s = test_store(t, note_tables);
    struct conn *conn;
    PGresult *tables;
    ASSERT_OK(pool_take(s->readers, &conn));
    ASSERT_OK(pg_ask(conn, s->engine->tables_sql, &tables));
    bool has_note = false;
    for (int i = 0; i < PQntuples(tables); i++) {
        has_note |= strcmp(PQgetvalue(tables, i, 0), "note") == 0;
        ASSERT_TRUE(strcmp(PQgetvalue(tables, i, 0), "crash_mark") != 0);
    }
    ASSERT_TRUE(has_note); /* the control */
    PQclear(tables);
    pool_give(s->readers, conn);
}

RUN_TESTS(ROW(the_number_of_a_transaction_tells_its_end_until_the_server_has_crashed),
    ROW(one_that_still_runs_is_waited_for), ROW(the_mark_is_of_no_interest_to_a_backup))
