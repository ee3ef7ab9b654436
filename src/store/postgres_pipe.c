/* Commands on their way to the server: several in one flight, their answers taken together. What
 * only answers "done" waits for the next one that gives rows, or for the commit. */
#include "store/postgres_inside.h"

#include <stdio.h>

/* clang-format off */
/* The program's own commands; prepared once on each connection, under these names. */
static const struct {
    const char *name, *sql;
} commands[] = {
    [PG_BEGIN_WRITE] = { "BEGIN_WRITE", "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE" },
    [PG_BEGIN_READ]  = { "BEGIN_READ",  "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" },
    [PG_BESIDE]      = { "BESIDE",      "LOCK TABLE migration IN ROW SHARE MODE" },
    [PG_ALONE]       = { "ALONE",       "LOCK TABLE migration IN EXCLUSIVE MODE" },
    [PG_XID]         = { "XID",         "SELECT pg_current_xact_id()" },
    [PG_COMMIT]      = { "COMMIT",      "COMMIT" },
    [PG_ROLLBACK]    = { "ROLLBACK",    "ROLLBACK" },
};
/* clang-format on */

static bool is_synced(const struct pg_conn *c)
{
    return c->sent_count == 0 || c->sent[c->sent_count - 1].is_sync;
}

/* ---- sending -------------------------------------------------------------------------------- */

/* Nothing went wrong before, and there is room for this and a sync. */
static err make_way(struct pg_conn *c)
{
    TRY(c->failed);
    if (c->sent_count + 2 > PG_SENT_MOST)
        TRY(pg_take(&c->conn, NULL));
    if (PQpipelineStatus(c->pg) == PQ_PIPELINE_OFF && !PQenterPipelineMode(c->pg))
        return c->failed = pg_failure(&c->conn, NULL, "pipeline");
    return NULL;
}

static err note_sent(struct pg_conn *c, int done, struct pg_sent sent)
{
    if (!done)
        return c->failed = pg_failure(&c->conn, NULL, sent.name);
    c->sent[c->sent_count++] = sent;
    return NULL;
}

err pg_send_text(
    struct conn *conn, const char *name, const char *sql, int count, const struct pg_values *v)
{
    struct pg_conn *c = pg_of(conn);
    TRY(make_way(c));
    int done = PQsendQueryParams(c->pg, sql, count, v ? v->types : NULL,
        v ? (const char *const *)v->at : NULL, v ? v->lengths : NULL, v ? v->formats : NULL, 0);
    return note_sent(c, done, (struct pg_sent){ .name = name });
}

static err send_prepare(struct pg_conn *c, const struct pg_ready *ready, const char *name,
    const char *sql, int count, const Oid *types, unsigned *wire)
{
    TRY(make_way(c));
    *wire = c->wire;
    int done = PQsendPrepare(c->pg, ready->handle, sql, count, types);
    return note_sent(c, done, (struct pg_sent){ .name = name, .made_on = wire });
}

err pg_send(struct conn *conn, const char *name, const char *sql, int count,
    const struct pg_values *v, struct pg_ready *ready)
{
    struct pg_conn *c = pg_of(conn);
    if (!pg_place_of(conn)->prepares)
        return pg_send_text(conn, name, sql, count, v);
    if (ready->wire != c->wire)
        TRY(send_prepare(c, ready, name, sql, count, v ? v->types : NULL, &ready->wire));
    TRY(make_way(c));
    int done = PQsendQueryPrepared(c->pg, ready->handle, count,
        v ? (const char *const *)v->at : NULL, v ? v->lengths : NULL, v ? v->formats : NULL, 0);
    return note_sent(c, done, (struct pg_sent){ .name = name });
}

err pg_send_command(struct conn *conn, enum pg_command command)
{
    struct pg_conn *c = pg_of(conn);
    struct pg_ready *ready = &c->commands[command];
    if (!ready->wire)
        snprintf(ready->handle, sizeof(ready->handle), "%s", commands[command].name);
    TRY(pg_send(conn, commands[command].name, commands[command].sql, 0, NULL, ready));
    c->sent[c->sent_count - 1].is_xid = command == PG_XID;
    return NULL;
}

/* The server works off what it has; nobody waits for it. */
err pg_send_off(struct conn *conn)
{
    struct pg_conn *c = pg_of(conn);
    if (is_synced(c))
        return NULL;
    return note_sent(c, PQpipelineSync(c->pg), (struct pg_sent){ .name = "sync", .is_sync = true });
}

/* ---- taking --------------------------------------------------------------------------------- */

/* One answer, and the null that ends it. */
static PGresult *next_answer(struct pg_conn *c, const struct pg_sent *sent)
{
    PGresult *result = PQgetResult(c->pg), *more;
    while (
        result && !sent->is_sync && PQstatus(c->pg) == CONNECTION_OK && (more = PQgetResult(c->pg)))
        PQclear(more);
    return result;
}

static bool is_good(const struct pg_sent *sent, const PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
        return !sent->is_sync;
    case PGRES_PIPELINE_SYNC:
        return sent->is_sync;
    default:
        return false;
    }
}

/* Takes one answer. What comes after a failure, up to the sync, was not run. */
static err take_one(struct pg_conn *c, const struct pg_sent *sent, err before, PGresult **last)
{
    PGresult *result = next_answer(c, sent);
    bool was_skipped = before && PQresultStatus(result) == PGRES_PIPELINE_ABORTED;
    if (!is_good(sent, result) && sent->made_on)
        *sent->made_on = 0;
    if (was_skipped)
        PQclear(result);
    if (was_skipped)
        return before;
    if (!is_good(sent, result)) {
        err failed = pg_failure(&c->conn, result, sent->name);
        return before ? before : failed;
    }
    if (sent->is_xid)
        snprintf(c->xid, sizeof(c->xid), "%s", PQgetvalue(result, 0, 0));
    if (sent->is_sync || sent->made_on) {
        PQclear(result);
        return before;
    }
    PQclear(*last);
    *last = result;
    return before;
}

err pg_take(struct conn *conn, PGresult **out)
{
    struct pg_conn *c = pg_of(conn);
    PGresult *last = NULL;
    err failed = c->failed ? c->failed : pg_send_off(conn);
    for (int i = 0; i < c->sent_count && conn->trouble != TROUBLE_LOST; i++)
        failed = take_one(c, &c->sent[i], failed, &last);
    c->sent_count = 0;
    if (conn->trouble != TROUBLE_LOST && !PQexitPipelineMode(c->pg)) {
        err stuck = pg_failure(conn, NULL, "pipeline");
        failed = failed ? failed : stuck;
    }
    if (failed || !out) {
        PQclear(last);
        last = NULL;
    }
    if (out)
        *out = last;
    return c->failed = failed;
}

err pg_settle(struct conn *conn)
{
    struct pg_conn *c = pg_of(conn);
    TRY(pg_send_begin(conn));
    return c->sent_count > 0 ? pg_take(conn, NULL) : NULL;
}
