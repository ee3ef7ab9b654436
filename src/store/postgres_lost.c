/* What became of a commit whose answer was lost.
 *
 * The server is asked by the transaction's number. But a number is given again when the server has
 * crashed before anything of its transaction was on disk, and then the answer is about somebody
 * else's. So there is a mark that no crash survives, in a table that is not logged: while it is the
 * one that this connection found when it was made, the answer is about ours. */
#include "store/postgres_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/postgres_setup.h"

enum { ASKS_MOST = 40, PAUSE_MS = 250 };

enum { SQL_SIZE = 256 };

/* Behind a pooler nothing is set for a session, so the schema is named. */
static const char *with_table(struct conn *conn, char sql[SQL_SIZE], const char *form)
{
    const char *schema = pg_place(conn->store)->schema;
    snprintf(sql, SQL_SIZE, form, schema ? schema : "", schema ? "." : "");
    return sql;
}

static err read_mark(struct conn *conn, int64_t *out)
{
    PGresult *result = NULL;
    char sql[SQL_SIZE];
    *out = 0;
    TRY(pg_ask(conn, with_table(conn, sql, PG_MARK), &result));
    if (PQntuples(result) == 1)
        *out = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return NULL;
}

err pg_mark_read(struct conn *conn)
{
    char sql[SQL_SIZE];
    TRY(pg_script(conn, with_table(conn, sql, PG_MARK_PUT)));
    return read_mark(conn, &pg_of(conn)->mark);
}

/* Two nodes may begin at once: one of them makes it. */
err pg_mark_make(struct conn *conn)
{
    char sql[SQL_SIZE];
    err failed = pg_script(conn, with_table(conn, sql, PG_MARK_TABLE));
    if (failed && conn->trouble != TROUBLE_LOST)
        failed = pg_script(conn, sql);
    TRY(failed);
    pg_place(conn->store)->has_mark = true;
    return pg_mark_read(conn);
}

enum fate { FATE_UNKNOWN, FATE_OPEN, FATE_KEPT, FATE_GONE };

static enum fate fate_of(struct conn *conn, const struct pg_lost *lost)
{
    PGresult *result = NULL;
    int64_t mark;
    if (read_mark(conn, &mark))
        return FATE_OPEN;
    bool crashed = !mark || mark != lost->mark;

    char sql[sizeof(PG_STATUS) + sizeof(lost->xid)];
    snprintf(sql, sizeof(sql), PG_STATUS, lost->xid);
    err failed = pg_ask(conn, sql, &result);
    const char *status = failed || PQgetisnull(result, 0, 0) ? "" : PQgetvalue(result, 0, 0);
    enum fate fate = strcmp(status, "committed") == 0 ? FATE_KEPT
                     : strcmp(status, "aborted") == 0 ? FATE_GONE
                                                      : FATE_OPEN;
    PQclear(result);
    if (failed)
        return conn->trouble == TROUBLE_LOST || !crashed ? FATE_OPEN : FATE_GONE; /* never given */
    if (!crashed)
        return fate;
    return fate == FATE_KEPT ? FATE_UNKNOWN : FATE_GONE; /* or else it would have its number still */
}

err pg_fate(struct store *s, const struct pg_lost *lost)
{
    enum fate fate = FATE_OPEN;
    for (int ask = 0; ask < ASKS_MOST && fate == FATE_OPEN; ask++) {
        struct conn *conn;
        if (ask > 0)
            nanosleep(&(struct timespec){ 0, PAUSE_MS * INT64_C(1000000) }, NULL);
        if (s->engine->connect(s, USE_WRITE, &conn)) /* not a standby's, who may be late */
            continue;
        fate = fate_of(conn, lost);
        s->engine->disconnect(conn);
    }
    if (fate == FATE_KEPT)
        return NULL;
    if (fate == FATE_GONE)
        return &STORE_BUSY;
    log_line(LOG_ERROR, "a commit was not answered, and it is not known whether it was kept xid=%s",
        lost->xid);
    return &STORE_AWAY;
}
