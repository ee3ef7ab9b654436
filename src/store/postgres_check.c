/* Is the server fit, and is what it keeps sound? */
#include "store/postgres_inside.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "store/postgres_setup.h"

static err ask_text(struct conn *conn, const char *sql, struct arena *arena, str *out)
{
    PGresult *result;
    TRY(pg_ask(conn, sql, &result));
    *out = PQntuples(result) == 1 ? str_dup(arena, str_of(PQgetvalue(result, 0, 0))) : STR_NONE;
    PQclear(result);
    return NULL;
}

static bool setting_fits(struct conn *conn, struct arena *arena, size_t i)
{
    str is;
    const char *name = pg_settings[i].name;
    if (ask_text(conn, str_printf(arena, "SHOW %s", name).at, arena, &is))
        return false;
    if (pg_settings[i].wanted ? str_eq(is, str_of(pg_settings[i].wanted))
                              : !str_eq(is, str_of(pg_settings[i].refused)))
        return true;
    log_line(
        LOG_ERROR, "a setting of the database is wrong setting=%s is=%" PRI_STR, name, STR_ARG(is));
    return false;
}

/* Another order of letters would make another order of lists, and an index that depends on a
 * library of the system breaks when the library changes. */
static bool order_fits(struct conn *conn, struct arena *arena)
{
    str is;
    if (ask_text(conn, "SELECT datcollate FROM pg_database WHERE datname = current_database()",
            arena, &is))
        return false;
    if (str_eq(is, STR("C")) || str_eq(is, STR("POSIX")) || str_starts(is, STR("C.")))
        return true;
    log_line(LOG_ERROR,
        "the database must be made with LC_COLLATE 'C' (createdb --template template0 --locale "
        "C.UTF-8) is=%" PRI_STR,
        STR_ARG(is));
    return false;
}

/* Since version 15 nobody but its owner makes tables in the schema "public" of a new database. */
static bool owner_fits(struct conn *conn, struct arena *arena)
{
    str may;
    if (ask_text(conn, "SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), true)",
            arena, &may))
        return false;
    if (str_eq(may, STR("t")))
        return true;
    log_line(LOG_ERROR, "this user of the database may not make tables in it: make it the owner "
                        "(ALTER DATABASE ... OWNER TO ...)");
    return false;
}

static bool version_fits(struct conn *conn)
{
    int version = PQserverVersion(pg_of(conn)->pg);
    if (version < PG_VERSION_LEAST)
        log_line(LOG_ERROR, "this PostgreSQL is too old version=%d wanted=%d", version,
            PG_VERSION_LEAST);
    return version >= PG_VERSION_LEAST;
}

err pg_settings_check(struct conn *conn)
{
    struct arena *arena = arena_new();
    bool fits = version_fits(conn) && order_fits(conn, arena);
    if (conn->use == USE_WRITE)
        fits &= owner_fits(conn, arena);
    for (size_t i = 0; i < sizeof(pg_settings) / sizeof(pg_settings[0]); i++)
        if (conn->use == USE_WRITE || strcmp(pg_settings[i].name, "transaction_read_only") != 0)
            fits &= setting_fits(conn, arena, i);
    arena_free(arena);
    if (conn->trouble == TROUBLE_LOST)
        return &STORE_AWAY;
    return fits ? NULL : &STORE_UNFIT;
}

/* Foreign keys are never off here: what is put off until the commit is looked at now. */
err pg_references(struct conn *conn, struct arena *arena, str *out_first_broken)
{
    *out_first_broken = STR_NONE;
    TRY(pg_settle(conn));
    PGresult *result = PQexec(pg_of(conn)->pg, "SET CONSTRAINTS ALL IMMEDIATE");
    if (PQresultStatus(result) == PGRES_COMMAND_OK) {
        PQclear(result);
        return NULL;
    }
    const char *why = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    *out_first_broken = str_dup(arena, str_of(why));
    err failed = pg_failure(conn, result, "references");
    return failed == &STORE_CONFLICT ? NULL : failed;
}

/* Every row of every table is read once: pages with checksums are checked on the way. */
static err read_tables(struct conn *conn, struct arena *arena, struct buf *report)
{
    PGresult *tables;
    err failed = NULL;
    TRY(pg_ask(conn, PG_TABLES, &tables));
    for (int i = 0; i < PQntuples(tables) && !failed; i++) {
        const char *name = PQgetvalue(tables, i, 0);
        failed = pg_script(conn, str_printf(arena, "SELECT count(t.*) FROM \"%s\" t", name).at);
        if (failed)
            buf_printf(report, "the table %s could not be read to its end\n", name);
    }
    PQclear(tables);
    return failed;
}

static err list_unsound(struct conn *conn, struct buf *report)
{
    PGresult *rows;
    TRY(pg_ask(conn, PG_UNSOUND, &rows));
    for (int i = 0; i < PQntuples(rows); i++)
        buf_printf(report, "%s\n", PQgetvalue(rows, i, 0));
    PQclear(rows);
    return NULL;
}

err pg_check(struct conn *conn, struct arena *arena, str *out_report)
{
    struct buf report = buf_new(arena);
    err failed = conn->engine->begin(conn);
    if (!failed)
        failed = list_unsound(conn, &report);
    if (!failed)
        failed = read_tables(conn, arena, &report);
    conn->engine->rollback(conn);
    if (failed && failed != &STORE_DAMAGED)
        return failed;
    str lines = str_trim(buf_str(&report));
    *out_report = str_empty(lines) ? STR("ok") : lines;
    return str_empty(lines) ? NULL : &STORE_DAMAGED;
}

/* ---- how much ---------------------------------------------------------------------------------
 */

enum { BYTES_EVERY_US = 30 * 1000 * 1000 };

/* Who watches over the server does not wait for a connection: without one that is free, what was
 * known stays. */
static bool ask_bytes(struct store *s, int64_t *out)
{
    struct conn *conn = atomic_load(&s->writable) ? pool_take_idle(s->readers) : NULL;
    PGresult *result = NULL;
    if (!conn)
        return false;
    bool is_told = !pg_ask(conn, "SELECT pg_database_size(current_database())", &result);
    if (is_told)
        *out = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    pool_give(s->readers, conn);
    return is_told;
}

int64_t pg_bytes(struct store *s)
{
    struct pg_place *p = pg_place(s);
    int64_t now = s->env->ticks_us(s->env), at = atomic_load(&p->bytes_at_us);
    int64_t bytes;
    if ((at == 0 || now - at > BYTES_EVERY_US) &&
        atomic_compare_exchange_strong(&p->bytes_at_us, &at, now)) {
        if (ask_bytes(s, &bytes))
            atomic_store(&p->bytes, bytes);
        else
            atomic_store(&p->bytes_at_us, at); /* the next one asks */
    }
    return atomic_load(&p->bytes);
}
