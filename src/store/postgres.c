/* The engine for several nodes: connections, transactions, and what an answer of the server means.
 */
#include "store/postgres_inside.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "store/postgres_setup.h"

enum { AWAY_US = 1000 * 1000 }; /* after a connection was refused nobody tries for so long */

/* ---- errors --------------------------------------------------------------------------------- */

struct refusal {
    const char *state; /* SQLSTATE, or its beginning */
    err means;
    enum trouble trouble;
    bool told; /* in the log */
};

/* clang-format off */
static const struct refusal refusals[] = {
    { "40001", &STORE_BUSY,     TROUBLE_AGAIN,  false }, /* serialization failure */
    { "40P01", &STORE_BUSY,     TROUBLE_AGAIN,  false }, /* deadlock */
    { "55P03", &STORE_BUSY,     TROUBLE_AGAIN,  true },  /* a lock was waited for too long */
    { "26000", &STORE_BUSY,     TROUBLE_LOST,   true },  /* the session is another: a pooler without prepare=no */
    { "0A000", &STORE_BUSY,     TROUBLE_LOST,   true },  /* a table has changed under a prepared statement */
    { "23505", &STORE_CONFLICT, TROUBLE_UNIQUE, false },
    { "23503", &STORE_CONFLICT, TROUBLE_NONE,   false },
    { "23",    &STORE_CHECK,    TROUBLE_NONE,   true },
    { "22021", &STORE_TEXT,     TROUBLE_NONE,   false },
    { "22003", &STORE_BROKEN,   TROUBLE_NONE,   true },  /* a sum has overflowed */
    { "22",    &STORE_CHECK,    TROUBLE_NONE,   true },
    { "53100", &STORE_BUSY,     TROUBLE_FULL,   true },
    { "53",    &STORE_BUSY,     TROUBLE_LOST,   true },  /* out of connections or memory */
    { "57014", &STORE_BUSY,     TROUBLE_NONE,   true },  /* it took too long */
    { "57P",   &STORE_AWAY,     TROUBLE_LOST,   true },  /* the server stops or starts */
    { "25P03", &STORE_AWAY,     TROUBLE_LOST,   true },  /* a transaction that stood still too long */
    { "08",    &STORE_AWAY,     TROUBLE_LOST,   true },
    { "XX001", &STORE_DAMAGED,  TROUBLE_NONE,   true },
    { "XX002", &STORE_DAMAGED,  TROUBLE_NONE,   true },
    { "",      &STORE_BROKEN,   TROUBLE_NONE,   true },
};
/* clang-format on */

static const struct refusal *refusal_of(const struct pg_conn *c, const char *state)
{
    static const struct refusal read_only = { "25006", &STORE_AWAY, TROUBLE_LOST, true };
    static const struct refusal no_number = { "42804", &STORE_CHECK, TROUBLE_NONE, true };
    const struct refusal *r = refusals;
    if (strcmp(state, "25006") == 0 && c->conn.use == USE_WRITE)
        return &read_only; /* it has become somebody's standby */
    if (strcmp(state, "42804") == 0 && c->unguarded)
        return &no_number; /* an import has a text where the column is a number */
    while (!str_starts(str_of(state), str_of(r->state)))
        r++;
    return r;
}

err pg_failure(struct conn *conn, PGresult *result, const char *name)
{
    struct pg_conn *c = pg_of(conn);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    /* What has no state was not said by the server. Its last words may stand between us and the end
     * of the wire, which then is not found out yet. */
    bool is_lost = PQstatus(c->pg) != CONNECTION_OK || !state;
    struct refusal lost = { "", &STORE_AWAY, TROUBLE_LOST, true };
    const struct refusal *r = is_lost ? &lost : refusal_of(c, state ? state : "");
    if (r->told) {
        const char *why = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
        str text = str_trim(str_of(why ? why : PQerrorMessage(c->pg)));
        log_line(r->means == &STORE_BROKEN ? LOG_ERROR : LOG_WARN,
            "the database refused statement=\"%s\" state=%s why=\"%" PRI_STR "\"", name,
            state ? state : "-", STR_ARG(text));
    }
    if (conn->trouble != TROUBLE_LOST)
        conn->trouble = is_lost ? TROUBLE_LOST : r->trouble;
    PQclear(result);
    return r->means;
}

err pg_ask(struct conn *conn, const char *sql, PGresult **out)
{
    TRY(pg_settle(conn));
    PGresult *result = PQexec(pg_of(conn)->pg, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
        return pg_failure(conn, result, sql);
    if (out)
        *out = result;
    else
        PQclear(result);
    return NULL;
}

err pg_script(struct conn *conn, const char *sql)
{
    return pg_ask(conn, sql, NULL);
}

/* ---- the place ------------------------------------------------------------------------------ */

static bool is_name(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!(s.at[i] >= 'a' && s.at[i] <= 'z') && !(s.at[i] >= '0' && s.at[i] <= '9') &&
            s.at[i] != '_')
            return false;
    return s.len > 0 && s.len < 60;
}

/* True when the option is one of ours. */
static bool take_option(struct pg_place *p, str option, bool *out_sound)
{
    str name, value = option;
    *out_sound = true;
    if (!str_cut(&value, '=', &name))
        return false;
    if (str_eq(name, STR("prepare"))) {
        p->prepares = !str_eq(value, STR("no"));
        *out_sound = str_eq(value, STR("no")) || str_eq(value, STR("yes"));
    } else if (str_eq(name, STR("schema"))) {
        p->schema = str_c(p->arena, value);
        *out_sound = is_name(value);
    } else if (str_eq(name, STR("writers"))) {
        *out_sound = str_to_int(value, &p->writers) && p->writers > 0 && p->writers <= 1000;
    } else {
        return false;
    }
    return true;
}

static err read_url(struct pg_place *p, const char *url)
{
    struct buf kept = buf_new(p->arena);
    str rest = str_of(url), option;
    str_cut(&rest, '?', &option);
    buf_add(&kept, option);
    char before = '?';
    while (str_cut(&rest, '&', &option)) {
        bool is_sound;
        if (take_option(p, option, &is_sound)) {
            if (!is_sound) {
                log_line(LOG_ERROR,
                    "this option of the database's URL is not understood option=%" PRI_STR,
                    STR_ARG(option));
                return &STORE_UNFIT;
            }
            continue;
        }
        buf_char(&kept, before);
        buf_add(&kept, option);
        before = '&';
    }
    p->url = buf_str(&kept).at;
    return NULL;
}

static void pg_close(struct store *s)
{
    if (s->state)
        arena_free(pg_place(s)->arena);
}

/* ---- connections ---------------------------------------------------------------------------- */

static void disconnect(struct conn *conn)
{
    struct pg_conn *c = pg_of(conn);
    c->closing = true;
    conn_forget(conn);
    PQfinish(c->pg);
    free(c);
}

static void hear_notice(void *unused, const char *message)
{
    (void)unused;
    log_line(LOG_DEBUG, "postgres: %" PRI_STR, STR_ARG(str_trim(str_of(message))));
}

static PGconn *reach(const struct pg_place *p, enum use use)
{
    const char *limits = use == USE_WRITE ? PG_LIMITS_WRITE : PG_LIMITS_READ;
    /* clang-format off */
    const char *const names[] = { "dbname", "options", "application_name", "fallback_application_name",
        "client_encoding", "connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count",
        "tcp_user_timeout", NULL };
    const char *const values[] = { p->url, p->prepares ? limits : NULL, "tributary", "tributary",
        "UTF8", "5", PG_PROBE_FIRST, PG_PROBE_NEXT, PG_PROBES, PG_DEAD_MS, NULL };
    /* clang-format on */
    return PQconnectdbParams(names, values, 1);
}

static err set_up(struct conn *conn)
{
    const struct pg_place *p = pg_place_of(conn);
    struct arena *arena = arena_new();
    err failed = NULL;
    if (p->prepares && p->schema)
        failed = pg_script(conn, str_printf(arena, "SET search_path TO %s", p->schema).at);
    if (!failed && p->has_mark && conn->use == USE_WRITE)
        failed = pg_mark_read(conn);
    arena_free(arena);
    return failed;
}

/* Lays a wire to the server. */
static err wire_up(struct pg_conn *c)
{
    struct store *s = c->conn.store;
    struct pg_place *p = pg_place_of(&c->conn);
    bool is_ours = c->conn.use != USE_REPLICA;
    if (s->env->ticks_us(s->env) < atomic_load(&p->away_until_us))
        return &STORE_AWAY;
    err failed = &STORE_AWAY;
    c->pg = reach(p, c->conn.use);
    c->wire++;
    PQsetNoticeProcessor(c->pg, hear_notice, NULL);
    if (PQstatus(c->pg) == CONNECTION_OK)
        failed = set_up(&c->conn);
    else
        log_line(is_ours ? LOG_WARN : LOG_DEBUG, "the database cannot be reached why=\"%" PRI_STR "\"",
            STR_ARG(str_trim(str_of(PQerrorMessage(c->pg)))));
    if (failed) {
        atomic_store(&p->away_until_us, s->env->ticks_us(s->env) + AWAY_US);
        if (is_ours)
            atomic_store(&s->writable, false);
    }
    return failed;
}

static err connect_to(struct store *s, enum use use, struct conn **out)
{
    struct pg_conn *c = calloc(1, sizeof(*c));
    if (!c)
        log_fatal("out of memory while connecting");
    c->conn = (struct conn){ .engine = &postgres_engine, .store = s, .use = use };
    err failed = wire_up(c);
    if (failed)
        disconnect(&c->conn);
    else
        *out = &c->conn;
    return failed;
}

err pg_renew(struct conn *conn)
{
    struct pg_conn *c = pg_of(conn);
    PQfinish(c->pg);
    c->pg = NULL;
    c->sent_count = 0;
    c->failed = NULL;
    c->is_open = c->is_due = false;
    conn->trouble = TROUBLE_NONE;
    err failed = wire_up(c);
    c->is_due = true;
    if (failed)
        conn->trouble = TROUBLE_LOST;
    return failed;
}

static err make_schema(struct store *s)
{
    struct conn *conn;
    struct arena *arena = arena_new();
    err failed = connect_to(s, USE_WRITE, &conn);
    if (!failed) {
        failed = pg_script(
            conn, str_printf(arena, "CREATE SCHEMA IF NOT EXISTS %s", pg_place(s)->schema).at);
        disconnect(conn);
    }
    arena_free(arena);
    return failed;
}

static err open_replica(struct store *s, struct pg_place *p, const char *url)
{
    struct pg_place *r = p->replica = ARENA_NEW(p->arena, struct pg_place);
    *r = (struct pg_place){ .arena = p->arena, .prepares = true, .schema = p->schema };
    s->behind = pool_open(s, USE_REPLICA, s->reader_count);
    return read_url(r, url);
}

static err pg_open(struct store *s, const struct store_options *o)
{
    struct arena *arena = arena_new();
    struct pg_place *p = ARENA_NEW(arena, struct pg_place);
    *p = (struct pg_place){ .arena = arena, .prepares = true, .writers = 4 };
    s->state = p;
    TRY(read_url(p, o->url));
    s->writers = pool_open(s, USE_WRITE, (size_t)p->writers);
    if (o->replica)
        TRY(open_replica(s, p, o->replica));
    return o->create && p->schema ? make_schema(s) : NULL;
}

static err start(struct store *s, struct conn *conn)
{
    err failed = pg_mark_make(conn);
    if (failed)
        disconnect(conn);
    else
        pool_adopt(s->writers, conn);
    return failed;
}

static size_t queued(struct store *s)
{
    return pool_waiting(s->writers);
}

/* ---- transactions --------------------------------------------------------------------------- */

static err begin(struct conn *conn)
{
    struct pg_conn *c = pg_of(conn);
    conn->trouble = TROUBLE_NONE;
    c->failed = NULL;
    c->is_due = true;
    c->is_committing = false;
    c->xid[0] = '\0';
    return NULL;
}

/* Where sessions are not ours, what a session has is said in each transaction. */
static err send_session(struct conn *conn)
{
    const char *schema = pg_place_of(conn)->schema;
    for (const char *const *sql = conn->use == USE_WRITE ? pg_local_write : pg_local_read; *sql;
         sql++)
        TRY(pg_send_text(conn, "limits", *sql, 0, NULL));
    if (!schema)
        return NULL;
    char sql[96];
    snprintf(sql, sizeof(sql), "SET LOCAL search_path TO %s", schema);
    return pg_send_text(conn, "schema", sql, 0, NULL);
}

/* The way, the limits, and for a write its turn. */
err pg_send_begin(struct conn *conn)
{
    struct pg_conn *c = pg_of(conn);
    bool writes = conn->use == USE_WRITE;
    if (!c->is_due)
        return c->failed;
    c->is_due = false;
    c->is_open = true;
    TRY(pg_send_command(conn, writes ? PG_BEGIN_WRITE : PG_BEGIN_READ));
    if (!pg_place_of(conn)->prepares)
        TRY(send_session(conn));
    for (const char *const *sql = pg_unguarded; c->unguarded && *sql; sql++)
        TRY(pg_send_text(conn, "unguarded", *sql, 0, NULL));
    if (writes && conn->store->has_migrations)
        TRY(pg_send_command(conn, c->alone || c->unguarded ? PG_ALONE : PG_BESIDE));
    /* so that it can be asked what became of it */
    return writes ? pg_send_command(conn, PG_XID) : NULL;
}

bool pg_inside(struct conn *conn)
{
    const struct pg_conn *c = pg_of(conn);
    return c->is_due || (c->is_open && !c->failed);
}

/* Nobody waits for the end of a read: its answer is taken with the next one's. */
static err send_rollback(struct conn *conn)
{
    TRY(pg_send_command(conn, PG_ROLLBACK));
    return conn->use != USE_WRITE ? pg_send_off(conn) : pg_take(conn, NULL);
}

static void rollback(struct conn *conn)
{
    struct pg_conn *c = pg_of(conn);
    c->is_due = false;
    if (!c->is_open)
        return;
    c->is_open = false;
    err passing = c->sent_count > 0 ? pg_take(conn, NULL) : NULL;
    (void)passing; /* it is undone anyway */
    enum trouble trouble = conn->trouble;
    c->failed = NULL;
    if (PQtransactionStatus(c->pg) == PQTRANS_IDLE)
        return;
    bool lost = trouble == TROUBLE_LOST || PQstatus(c->pg) != CONNECTION_OK || send_rollback(conn);
    conn->trouble = lost ? TROUBLE_LOST : trouble;
}

/* COMMIT of a transaction that has failed is answered with ROLLBACK, and is no error. */
static err commit(struct conn *conn)
{
    struct pg_conn *c = pg_of(conn);
    PGresult *result;
    if (c->is_due) { /* nothing was asked, nothing is to be kept */
        c->is_due = false;
        return NULL;
    }
    if (!c->xid[0]) /* it must be known before it may be needed */
        TRY(pg_take(conn, NULL));
    c->is_committing = true;
    TRY(pg_send_command(conn, PG_COMMIT));
    TRY(pg_take(conn, &result));
    bool done = strcmp(PQcmdStatus(result), "COMMIT") == 0;
    PQclear(result);
    c->is_open = !done;
    return done ? NULL : &STORE_BROKEN;
}

static err savepoint(struct conn *conn)
{
    return pg_script(conn, "SAVEPOINT w");
}

static void undo(struct conn *conn)
{
    err failed = pg_script(conn, "ROLLBACK TO w");
    if (failed)
        conn->trouble = TROUBLE_LOST;
}

static err release(struct conn *conn)
{
    return pg_script(conn, "RELEASE w");
}

static err bulk(struct conn *conn, bool on)
{
    pg_of(conn)->unguarded = on;
    return NULL;
}

const struct engine postgres_engine = {
    .scheme = "postgres",
    .number = STORE_POSTGRES,
    .placeholder = '$',
    .is_shared = true,
    .open = pg_open,
    .close = pg_close,
    .connect = connect_to,
    .disconnect = disconnect,
    .settings_check = pg_settings_check,
    .start = start,
    .queued = queued,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .savepoint = savepoint,
    .undo = undo,
    .release = release,
    .inside = pg_inside,
    .bulk = bulk,
    .references = pg_references,
    .script = pg_script,
    .prepare = pg_prepare,
    .finalize = pg_finalize,
    .bind = pg_bind,
    .step = pg_step,
    .post = pg_post,
    .pour_begin = pg_pour_begin,
    .pour_row = pg_pour_row,
    .pour_end = pg_pour_end,
    .reset = pg_reset,
    .columns = pg_columns,
    .column_name = pg_column_name,
    .column = pg_column,
    .changes = pg_changes,
    .first_sql = PG_FIRST,
    .last_sql = PG_LAST,
    .filled_sql = PG_FILLED,
    .translate = pg_translate,
    .write = pg_write,
    .tidy = NULL,
    .bytes = pg_bytes,
    .hear = pg_hear,
    .position = pg_position,
    .copy = NULL,
    .check = pg_check,
    .tables_sql = PG_TABLES,
    .columns_sql = PG_COLUMNS,
    .references_sql = PG_REFERENCES,
};
