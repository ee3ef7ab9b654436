/* The embedded engine. The only file that knows SQLite: what it returns becomes an err here, and
 * what its documentation asks of those who must not lose a commit is done here. */
#include "store/inside.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/files.h"
#include "store/place.h"
#include "store/sqlite_setup.h"

enum {
    TIDY_IDLE_PAGES = 4000, /* 16 MB of log: written back when nobody waits */
    TIDY_LOADED_PAGES = 16000,
    TIDY_FORCED_PAGES =
        64000,        /* readers have kept the log from starting over: wait for them a little */
    STEP_PAGES = 512, /* of a copy at once */
};

/* A file of the writer's, which breathes between pages: a commit of the drain's may have thousands,
 * a checkpoint too. */
struct gentle {
    sqlite3_io_methods methods; /* the file's, but for one */
    const sqlite3_io_methods *usual;
};

struct sqlite_conn {
    struct conn conn;
    sqlite3 *db;
    struct gentle file, log;
};

static sqlite3 *handle(struct conn *conn)
{
    return ((struct sqlite_conn *)conn)->db;
}

/* ---- errors --------------------------------------------------------------------------------- */

static bool disk_is_full(sqlite3 *db, int code)
{
    /* The log's index grows by a write of its own, and quotas have an errno of their own. */
    return (code & 0xff) == SQLITE_FULL || code == SQLITE_IOERR_SHMSIZE ||
           ((code & 0xff) == SQLITE_IOERR && code != SQLITE_IOERR_FSYNC &&
               (sqlite3_system_errno(db) == ENOSPC || sqlite3_system_errno(db) == EDQUOT));
}

static err constraint(int code, sqlite3 *db, const char *name)
{
    switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return &STORE_CONFLICT;
    case SQLITE_CONSTRAINT_CHECK:
    case SQLITE_CONSTRAINT_NOTNULL:
    case SQLITE_CONSTRAINT_DATATYPE:
        log_line(LOG_WARN, "a rule above should have refused this statement=%s why=\"%s\"", name,
            sqlite3_errmsg(db));
        return &STORE_CHECK;
    default:
        log_line(
            LOG_ERROR, "a constraint refused it statement=%s why=\"%s\"", name, sqlite3_errmsg(db));
        return &STORE_BROKEN;
    }
}

/* The one place where a code of SQLite becomes an err. A writer whose file failed it stops the
 * process: after a failed sync the system may have dropped what it said it has, and asking again
 * proves nothing. */
static err failure(struct conn *conn, int code, const char *name)
{
    sqlite3 *db = handle(conn);
    code = sqlite3_extended_errcode(db) ? sqlite3_extended_errcode(db) : code;
    if (disk_is_full(db, code)) {
        conn->trouble = TROUBLE_FULL;
        return &STORE_BUSY;
    }
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        log_line(LOG_WARN, "another process holds the database statement=%s", name);
        return &STORE_BUSY;
    case SQLITE_CONSTRAINT:
        return constraint(code, db, name);
    case SQLITE_NOMEM:
        log_fatal("out of memory in the database statement=%s", name);
    case SQLITE_IOERR:
        if (conn->use == USE_WRITE)
            log_fatal(
                "the disk failed a write; nothing more is acknowledged file=%s code=%d errno=%d",
                sqlite3_db_filename(db, "main"), code, sqlite3_system_errno(db));
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        log_line(LOG_ERROR, "the database is damaged file=%s statement=%s why=\"%s\"",
            sqlite3_db_filename(db, "main"), name, sqlite3_errmsg(db));
        return &STORE_DAMAGED;
    default:
        break;
    }
    log_line(LOG_ERROR, "the engine refused a statement statement=%s code=%d why=\"%s\"", name,
        code, sqlite3_errmsg(db));
    return &STORE_BROKEN;
}

static err script(struct conn *conn, const char *sql)
{
    int code = sqlite3_exec(handle(conn), sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? NULL : failure(conn, code, sql);
}

/* ---- the place ------------------------------------------------------------------------------ */

static void log_engine(void *unused, int code, const char *text)
{
    (void)unused;
    if ((code & 0xff) != SQLITE_SCHEMA && (code & 0xff) != SQLITE_CONSTRAINT &&
        code != SQLITE_NOTICE_RECOVER_WAL)
        log_line(LOG_WARN, "sqlite code=%d text=\"%s\"", code, text);
}

static void start_engine(void)
{
    sqlite3_config(SQLITE_CONFIG_LOG, log_engine, NULL);
    if (sqlite3_initialize() != SQLITE_OK)
        log_fatal("SQLite could not be started");
}

bool sqlite_version_fits(int number)
{
    /* Before 3.51.3 a commit can be lost when two connections use the write-ahead log; 3.52.0 was
     * withdrawn. */
    return number >= 3051003 && number != 3052000;
}

static err sqlite_open(struct store *s, const struct store_options *o)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_engine);
    if (!sqlite_version_fits(sqlite3_libversion_number())) {
        log_line(LOG_ERROR, "this SQLite can lose commits version=%s", sqlite3_libversion());
        return &STORE_UNFIT;
    }
    return place_open(o, (struct place **)&s->state);
}

static void sqlite_close(struct store *s)
{
    place_close(s->state);
}

static int64_t sqlite_bytes(struct store *s)
{
    return place_bytes(s->state);
}

/* ---- connections ---------------------------------------------------------------------------- */

static int log_grew(void *arg, sqlite3 *db, const char *name, int pages)
{
    struct conn *conn = arg;
    (void)db, (void)name;
    if (pages < conn->log_pages) /* it has started over */
        conn->log_pages_done = 0;
    conn->log_pages = pages;
    return SQLITE_OK;
}

static void disconnect(struct conn *conn)
{
    conn_forget(conn);
    if (sqlite3_close(handle(conn)) != SQLITE_OK)
        log_fatal("a connection was closed with statements open");
    free(conn);
}

static int write_gently(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
    const struct gentle *g =
        (const struct gentle *)((const char *)file->pMethods - offsetof(struct gentle, methods));
    int code = g->usual->xWrite(file, bytes, size, at);
    writer_breathe();
    return code;
}

static void be_gentle(sqlite3 *db, int which, struct gentle *g)
{
    sqlite3_file *file = NULL;
    if (sqlite3_file_control(db, "main", which, &file) != SQLITE_OK || !file || !file->pMethods ||
        g->usual)
        return;
    g->usual = file->pMethods;
    g->methods = *file->pMethods;
    g->methods.xWrite = write_gently;
    file->pMethods = &g->methods;
}

static err open_handle(
    struct store *s, const char *path, int flags, enum use use, struct conn **out)
{
    struct sqlite_conn *c = calloc(1, sizeof(*c));
    if (!c)
        log_fatal("out of memory while connecting");
    c->conn = (struct conn){ .engine = &sqlite_engine, .store = s, .use = use };
    int code =
        sqlite3_open_v2(path, &c->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (code == SQLITE_OK) {
        *out = &c->conn;
        return NULL;
    }
    log_line(LOG_ERROR, "the database could not be opened file=%s why=\"%s\"", path,
        sqlite3_errstr(code));
    sqlite3_close(c->db);
    free(c);
    return &STORE_UNFIT;
}

static err set_up(struct conn *conn)
{
    sqlite3 *db = handle(conn);
    sqlite3_busy_timeout(db, 5000);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    /* Plans do not hang on what is bound: else what has LIMIT :most is planned each time. */
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    TRY(script(conn, SQLITE_SETUP_ALL));
    if (conn->use == USE_READ) {
        sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        return script(conn, SQLITE_SETUP_READ);
    }
    TRY(script(conn, SQLITE_SETUP_WRITE));
    sqlite3_wal_hook(db, log_grew, conn);
    struct sqlite_conn *c = (struct sqlite_conn *)conn;
    be_gentle(db, SQLITE_FCNTL_FILE_POINTER, &c->file);
    be_gentle(db, SQLITE_FCNTL_JOURNAL_POINTER, &c->log);
    return NULL;
}

static err connect_to(struct store *s, enum use use, struct conn **out)
{
    const struct place *p = s->state;
    int flags = use == USE_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    TRY(open_handle(s, p->path, flags, use, out));
    err failed = set_up(*out);
    if (failed)
        disconnect(*out);
    return failed;
}

/* As it lies there: no log, no lock, no file made beside it. */
err sqlite_inspect(const char *path, struct conn **out)
{
    struct arena *arena = arena_new();
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_engine);
    str encoded = str_url_encode(arena, str_of(path));
    str uri = str_printf(arena, "file:%" PRI_STR "?immutable=1", STR_ARG(encoded));
    err failed = open_handle(NULL, uri.at, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, USE_READ, out);
    arena_free(arena);
    if (failed)
        return &STORE_DAMAGED;
    sqlite3_db_config(handle(*out), SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    failed = script(*out, SQLITE_SETUP_ALL);
    if (failed)
        disconnect(*out);
    return failed;
}

/* ---- transactions --------------------------------------------------------------------------- */

static err begin(struct conn *conn)
{
    return script(conn, conn->use == USE_WRITE ? "BEGIN IMMEDIATE" : "BEGIN");
}

static err commit(struct conn *conn)
{
    return script(conn, "COMMIT");
}

static bool inside(struct conn *conn)
{
    return !sqlite3_get_autocommit(handle(conn));
}

static void rollback(struct conn *conn)
{
    if (inside(conn) && sqlite3_exec(handle(conn), "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK &&
        inside(conn))
        log_fatal(
            "a transaction could not be rolled back why=\"%s\"", sqlite3_errmsg(handle(conn)));
}

static err savepoint(struct conn *conn)
{
    return script(conn, "SAVEPOINT w");
}

static void undo(struct conn *conn)
{
    if (script(conn, "ROLLBACK TO w") && inside(conn) && conn->trouble == TROUBLE_NONE)
        log_fatal("a write could not be undone");
}

static err release(struct conn *conn)
{
    return script(conn, "RELEASE w");
}

static err bulk(struct conn *conn, bool on)
{
    sqlite3_db_config(handle(conn), SQLITE_DBCONFIG_ENABLE_TRIGGER, !on, NULL);
    return script(conn, on ? "PRAGMA foreign_keys = OFF" : "PRAGMA foreign_keys = ON");
}

/* ---- statements ----------------------------------------------------------------------------- */

static err prepare(struct conn *conn, const char *name, const char *sql, struct prepared *p)
{
    const char *rest;
    sqlite3_stmt *stmt;
    int code = sqlite3_prepare_v3(handle(conn), sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, &rest);
    if (code != SQLITE_OK) {
        log_line(LOG_ERROR, "a statement could not be prepared sql=\"%s\"", sql);
        return failure(conn, code, name);
    }
    if (!stmt || *rest) {
        log_line(LOG_ERROR, "one statement was expected statement=%s sql=\"%s\"", name, sql);
        sqlite3_finalize(stmt);
        return &STORE_BROKEN;
    }
    if (conn->use == USE_READ && !sqlite3_stmt_readonly(stmt)) {
        log_line(LOG_ERROR, "a read loan may not write statement=%s", name);
        sqlite3_finalize(stmt);
        return &STORE_BROKEN;
    }
    p->handle = stmt;
    return NULL;
}

static void finalize(struct prepared *p)
{
    sqlite3_finalize(p->handle);
}

static err bind(struct prepared *p, int number, const struct cell *cell)
{
    int code;
    if (cell->s.len > INT_MAX && cell->type != CELL_INT)
        return &STORE_TEXT;
    switch (cell->type) {
    case CELL_INT:
        code = sqlite3_bind_int64(p->handle, number, cell->i);
        break;
    case CELL_TEXT: /* borrowed until the reset, which comes before the caller gets back */
        code = sqlite3_bind_text(p->handle, number, cell->s.at, (int)cell->s.len, SQLITE_STATIC);
        break;
    case CELL_BYTES:
        code = sqlite3_bind_blob(p->handle, number, cell->s.at, (int)cell->s.len, SQLITE_STATIC);
        break;
    default:
        code = sqlite3_bind_null(p->handle, number);
    }
    return code == SQLITE_OK ? NULL : failure(p->conn, code, p->name);
}

static err step(struct prepared *p, bool *out_row)
{
    int code = sqlite3_step(p->handle);
    *out_row = code == SQLITE_ROW;
    return code == SQLITE_ROW || code == SQLITE_DONE ? NULL : failure(p->conn, code, p->name);
}

static void reset(struct prepared *p)
{
    sqlite3_reset(p->handle);
    sqlite3_clear_bindings(p->handle);
}

static int columns(struct prepared *p)
{
    return sqlite3_column_count(p->handle);
}

static const char *column_name(struct prepared *p, int i)
{
    return sqlite3_column_name(p->handle, i);
}

static void column(struct prepared *p, int i, struct cell *out)
{
    sqlite3_value *value = sqlite3_column_value(p->handle, i);
    switch (sqlite3_value_type(value)) {
    case SQLITE_NULL:
        *out = (struct cell){ .type = CELL_NULL };
        return;
    case SQLITE_INTEGER:
        *out = (struct cell){ .type = CELL_INT, .i = sqlite3_value_int64(value) };
        return;
    case SQLITE_TEXT:
        out->type = CELL_TEXT;
        out->s.at = (const char *)sqlite3_value_text(value);
        break;
    case SQLITE_BLOB:
        out->type = CELL_BYTES;
        out->s.at = sqlite3_value_blob(value);
        break;
    default:
        *out = (struct cell){ .type = CELL_OTHER };
        return;
    }
    out->s.len = (size_t)sqlite3_value_bytes(value);
    if (!out->s.at)
        out->s.at = "";
}

static int64_t changes(struct conn *conn)
{
    return sqlite3_changes64(handle(conn));
}

/* ---- questions ------------------------------------------------------------------------------ */

static sqlite3_stmt *ask(struct conn *conn, const char *sql)
{
    sqlite3_stmt *stmt;
    return sqlite3_prepare_v2(handle(conn), sql, -1, &stmt, NULL) == SQLITE_OK ? stmt : NULL;
}

static bool setting_is(struct conn *conn, const char *name, const char *wanted)
{
    char sql[80];
    snprintf(sql, sizeof(sql), "PRAGMA %s", name);
    sqlite3_stmt *stmt = ask(conn, sql);
    const char *is = stmt && sqlite3_step(stmt) == SQLITE_ROW
                         ? (const char *)sqlite3_column_text(stmt, 0)
                         : NULL;
    bool same =
        is ? strcmp(is, wanted) == 0 : strcmp(wanted, "0") == 0; /* mmap_size: no row without it */
    if (!same)
        log_line(LOG_ERROR, "a setting of the database is wrong setting=%s is=%s wanted=%s", name,
            is ? is : "-", wanted);
    sqlite3_finalize(stmt);
    return same;
}

static err settings_check(struct conn *conn)
{
    bool fits = true;
    for (size_t i = 0; i < sizeof(sqlite_wanted) / sizeof(sqlite_wanted[0]); i++)
        if (conn->use == USE_WRITE || sqlite_wanted[i].of_readers)
            fits &= setting_is(conn, sqlite_wanted[i].name, sqlite_wanted[i].value);
    return fits ? NULL : &STORE_UNFIT;
}

/* Every row of the answer as a line. */
static err answer_lines(struct conn *conn, const char *sql, struct buf *out)
{
    sqlite3_stmt *stmt = ask(conn, sql);
    int code = SQLITE_ERROR;
    while (stmt && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(stmt); i++)
            buf_printf(out, "%s%s", i ? " " : "",
                sqlite3_column_text(stmt, i) ? (const char *)sqlite3_column_text(stmt, i) : "-");
        buf_char(out, '\n');
    }
    err failed = code == SQLITE_DONE ? NULL : failure(conn, code, sql);
    sqlite3_finalize(stmt);
    return failed;
}

static err references(struct conn *conn, struct arena *arena, str *out_first_broken)
{
    struct buf lines = buf_new(arena);
    TRY(answer_lines(
        conn, "SELECT \"table\", rowid, parent FROM pragma_foreign_key_check LIMIT 1", &lines));
    *out_first_broken = str_trim(buf_str(&lines));
    return NULL;
}

static err check(struct conn *conn, struct arena *arena, str *out_report)
{
    struct buf lines = buf_new(arena);
    str broken = STR_NONE;
    err failed = answer_lines(conn, "PRAGMA integrity_check(100)", &lines);
    if (!failed)
        failed = references(conn, arena, &broken);
    if (!str_empty(broken))
        buf_printf(
            &lines, "a row refers to one that is not there: %" PRI_STR "\n", STR_ARG(broken));
    if (failed)
        buf_printf(&lines, "it could not be read to its end\n");
    *out_report = str_trim(buf_str(&lines));
    return !failed && str_eq(*out_report, STR("ok")) ? NULL : &STORE_DAMAGED;
}

/* ---- the log and copies --------------------------------------------------------------------- */

static err tidy(struct conn *conn, bool idle)
{
    int64_t due = conn->log_pages - conn->log_pages_done;
    if (due < (idle ? TIDY_IDLE_PAGES : TIDY_LOADED_PAGES))
        return NULL;
    bool forced = conn->log_pages >= TIDY_FORCED_PAGES;
    sqlite3_busy_timeout(handle(conn), 200);
    int code = sqlite3_wal_checkpoint_v2(handle(conn), NULL,
        forced ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    sqlite3_busy_timeout(handle(conn), 5000);
    conn->log_pages_done = conn->log_pages;
    return code == SQLITE_OK || code == SQLITE_BUSY ? NULL : failure(conn, code, "checkpoint");
}

/* The source's open snapshot keeps the copy from starting over with every write. */
static err copy_pages(struct conn *from, struct conn *to)
{
    sqlite3_backup *backup = sqlite3_backup_init(handle(to), "main", handle(from), "main");
    if (!backup)
        return failure(to, SQLITE_ERROR, "backup");
    int code;
    while ((code = sqlite3_backup_step(backup, STEP_PAGES)) == SQLITE_OK)
        sched_yield();
    sqlite3_backup_finish(backup);
    if (code == SQLITE_DONE)
        return NULL;
    log_line(LOG_ERROR, "the copy was not finished why=\"%s\"", sqlite3_errstr(code));
    return (code & 0xff) == SQLITE_FULL ? &STORE_BUSY : &STORE_BROKEN;
}

static err copy(struct store *s, const char *to_path)
{
    struct conn *from, *to;
    TRY(connect_to(s, USE_READ, &from));
    err failed = open_handle(s, to_path, SQLITE_OPEN_READWRITE, USE_READ, &to);
    if (!failed) {
        failed = script(to, SQLITE_SETUP_COPY);
        if (!failed)
            failed = script(from, "BEGIN; SELECT count(*) FROM sqlite_schema");
        if (!failed)
            failed = copy_pages(from, to);
        rollback(from);
        disconnect(to);
    }
    disconnect(from);
    return failed;
}

const struct engine sqlite_engine = {
    .scheme = "sqlite:",
    .number = STORE_SQLITE,
    .placeholder = '?',
    .open = sqlite_open,
    .close = sqlite_close,
    .connect = connect_to,
    .disconnect = disconnect,
    .settings_check = settings_check,
    .start = writer_open,
    .queued = writer_queued,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .savepoint = savepoint,
    .undo = undo,
    .release = release,
    .inside = inside,
    .bulk = bulk,
    .references = references,
    .script = script,
    .prepare = prepare,
    .finalize = finalize,
    .bind = bind,
    .step = step,
    .reset = reset,
    .columns = columns,
    .column_name = column_name,
    .column = column,
    .changes = changes,
    .write = writer_write,
    .tidy = tidy,
    .bytes = sqlite_bytes,
    .copy = copy,
    .check = check,
    .tables_sql = SQLITE_TABLES,
    .columns_sql = SQLITE_COLUMNS,
    .references_sql = SQLITE_REFERENCES,
};
