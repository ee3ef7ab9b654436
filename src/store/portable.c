/* All rows out, and into a fresh store. */
#include "base/buf.h"
#include "store/portable_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"

/* clang-format off */
const struct err PORTABLE_BROKEN    = { ERR_INVALID,  "portable_broken",    N_("This file is not a whole export."), NULL };
const struct err PORTABLE_OTHER     = { ERR_INVALID,  "portable_other",     N_("This export was made by another version of the program. Use that version, or upgrade both first."), NULL };
const struct err PORTABLE_NOT_EMPTY = { ERR_CONFLICT, "portable_not_empty", N_("This store is not empty. An export is imported into a fresh one."), NULL };
/* clang-format on */

enum { TELL_EVERY = 1000 };

struct move {
    struct store *store;
    const char *path;
    store_progress_fn progress;
    void *arg;
    struct lines lines;
    struct schema schema;
    struct portable_sums sums;
};

static void tell(const struct move *m, const struct table *t, int64_t rows, bool at_end)
{
    if (m->progress && (at_end || rows % TELL_EVERY == 0))
        m->progress(t->name.at, rows, m->arg);
}

static struct statement statement_of(const struct db *db, const char *name, str sql, bool writes)
{
    static const char *const no_params[] = { NULL };
    struct statement s = { .name = name, .params = no_params, .writes = writes };
    s.sql[db->store->engine->number] = sql.at;
    return s;
}

/* ---- out ------------------------------------------------------------------------------------ */

static err export_rows(struct move *m, const struct table *t, struct prepared *p, int64_t *out_rows)
{
    const struct engine *engine = p->conn->engine;
    bool row;
    for (;;) {
        TRY(engine->step(p, &row));
        if (!row)
            return NULL;
        arena_reset(m->lines.arena);
        struct cell *cells = ARENA_ARRAY(m->lines.arena, struct cell, t->columns.count);
        for (size_t i = 0; i < t->columns.count; i++) {
            engine->column(p, (int)i, &cells[i]);
            if (cells[i].type == CELL_OTHER)
                return store_broken(p, "the table %" PRI_STR " holds a float", STR_ARG(t->name));
        }
        TRY(lines_write(&m->lines, line_row(m->lines.arena, cells, t->columns.count)));
        tell(m, t, ++*out_rows, false);
    }
}

static err export_table(struct move *m, struct db *db, const struct table *t)
{
    struct buf sql = buf_new(db->arena);
    struct prepared *p;
    int64_t rows = 0;
    buf_add(&sql, STR("SELECT "));
    schema_names(&sql, t->columns);
    buf_printf(&sql, " FROM \"%" PRI_STR "\" ORDER BY ", STR_ARG(t->name));
    schema_names(&sql, t->key);
    struct statement s = statement_of(db, "export", buf_str(&sql), false);
    TRY(lines_write(&m->lines, line_table(db->arena, t)));
    TRY(conn_prepare(db->conn, &s, false, &p));
    p->many = true;
    err failed = export_rows(m, t, p, &rows);
    conn_done(p);
    if (failed)
        return failed;
    tell(m, t, rows, true);
    m->sums.tables++;
    m->sums.rows += rows;
    return lines_write(&m->lines, line_rows(m->lines.arena, rows));
}

static err export_all(struct db *db, void *arg)
{
    struct move *m = arg;
    TRY(schema_read(db, &m->schema)); /* the loan has a connection and a snapshot from here on */
    TRY(lines_write(&m->lines, line_first(db->arena, m->store)));
    for (size_t i = 0; i < m->schema.count; i++)
        TRY(export_table(m, db, &m->schema.tables[i]));
    str digest = digest_end(&m->lines.digest, db->arena);
    memcpy(m->sums.sha256, digest.at, sizeof(m->sums.sha256) - 1);
    digest_begin(&m->lines.digest);
    return lines_write(&m->lines, line_last(db->arena, &m->sums));
}

static err file_failed(const char *path)
{
    log_line(
        LOG_ERROR, "the export could not be written file=%s why=\"%s\"", path, strerror(errno));
    return errno == ENOSPC || errno == EDQUOT ? &STORE_BUSY : &STORE_BROKEN;
}

static err export_to(struct move *m, const char *part)
{
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    m->lines.file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!m->lines.file)
        return file_failed(part);
    digest_begin(&m->lines.digest);
    err failed = store_read(m->store, export_all, m);
    if (!failed && (fflush(m->lines.file) || fdatasync(fd)))
        failed = file_failed(part);
    if (fclose(m->lines.file) && !failed)
        failed = file_failed(part);
    return failed;
}

err portable_sums_of(struct store *s, struct portable_sums *out)
{
    struct move m = { .store = s };
    m.lines.arena = arena_new();
    digest_begin(&m.lines.digest);
    err failed = store_read(s, export_all, &m);
    *out = m.sums;
    arena_free(m.lines.arena);
    return failed;
}

static err give_name(struct arena *arena, const char *part, const char *path)
{
    const struct files *files = files_system();
    const char *slash = strrchr(path, '/');
    const char *folder = ".";
    if (slash)
        folder = slash == path ? "/" : str_c(arena, (str){ path, (size_t)(slash - path) });
    if (rename(part, path) || files->sync_directory(files->state, folder))
        return file_failed(path);
    return NULL;
}

err store_export(struct store *s, const char *path, store_progress_fn progress, void *arg,
    struct portable_sums *out)
{
    struct move m = { .store = s, .path = path, .progress = progress, .arg = arg };
    if (access(path, F_OK) == 0) {
        log_line(LOG_ERROR, "an export does not replace what is there file=%s", path);
        return &STORE_CONFLICT;
    }
    struct arena *arena = arena_new();
    m.lines.arena = arena_new();
    const char *part = str_printf(arena, "%s.part", path).at;
    unlink(part);
    err failed = export_to(&m, part);
    if (!failed)
        failed = give_name(arena, part, path);
    if (failed)
        unlink(part);
    else if (out)
        *out = m.sums;
    arena_free(m.lines.arena);
    arena_free(arena);
    return failed;
}

/* ---- checking a file ------------------------------------------------------------------------ */

/* Walks through the lines; `fn`s may be null. */
struct walk {
    struct move *move;
    err (*table)(struct walk *, str name, strs columns);
    err (*row)(struct walk *, str line);
    struct db *db;
    const struct table *at;
    struct prepared *insert; /* null: none is under way, or rows go in one stream */
    bool pours;
    struct cell *cells;
    bool inside;  /* a table */
    int64_t rows; /* of it */
};

static err walk_last(struct walk *w)
{
    struct move *m = w->move;
    struct portable_sums told;
    bool more;
    if (w->inside || !line_last_read(m->lines.arena, lines_text(&m->lines), &told))
        return lines_broken(&m->lines, "the last line is not whole");
    struct digest digest = m->lines.digest;
    if (!str_eq(digest_end(&digest, m->lines.arena), str_of(told.sha256)))
        return lines_broken(&m->lines, "the checksum differs: something was changed");
    if (told.tables != m->sums.tables || told.rows != m->sums.rows)
        return lines_broken(&m->lines, "the sums differ");
    TRY(lines_read(&m->lines, &more));
    if (more)
        return lines_broken(&m->lines, "something comes after the last line");
    m->sums = told;
    return NULL;
}

static err walk_table(struct walk *w)
{
    struct lines *l = &w->move->lines;
    str name;
    strs columns;
    if (w->inside || !line_table_read(l->arena, lines_text(l), &name, &columns))
        return lines_broken(l, "this is not how a table begins");
    w->inside = true;
    w->rows = 0;
    w->move->sums.tables++;
    return w->table ? w->table(w, name, columns) : NULL;
}

static err walk_row(struct walk *w)
{
    if (!w->inside)
        return lines_broken(&w->move->lines, "a row outside of a table");
    w->rows++;
    w->move->sums.rows++;
    return w->row ? w->row(w, lines_text(&w->move->lines)) : NULL;
}

static err walk_rows(struct walk *w)
{
    struct lines *l = &w->move->lines;
    int64_t told;
    if (!w->inside || !line_rows_read(l->arena, lines_text(l), &told) || told != w->rows)
        return lines_broken(l, "the table's count differs");
    w->inside = false;
    if (w->at)
        tell(w->move, w->at, w->rows, true);
    return NULL;
}

static err walk_lines(struct walk *w)
{
    struct move *m = w->move;
    struct lines *l = &m->lines;
    bool more, same;
    TRY(lines_read(l, &more));
    if (!more || !line_first_read(l->arena, lines_text(l), m->store, &same))
        return lines_broken(l, "this is not how an export begins");
    if (!same) {
        log_line(LOG_ERROR, "the export was made by another version");
        return &PORTABLE_OTHER;
    }
    for (;;) {
        TRY(lines_read(l, &more));
        switch (more ? line_kind(lines_text(l)) : TEXT_UNKNOWN) {
        case TEXT_TABLE:
            TRY(walk_table(w));
            break;
        case TEXT_ROW:
            TRY(walk_row(w));
            break;
        case TEXT_ROWS:
            TRY(walk_rows(w));
            break;
        case TEXT_LAST:
            return walk_last(w);
        default:
            return lines_broken(l, more ? "this line is not known" : "the end is missing");
        }
    }
}

static err walk_file(struct walk *w)
{
    struct move *m = w->move;
    m->lines = (struct lines){ .arena = m->lines.arena, .file = fopen(m->path, "re") };
    m->sums = (struct portable_sums){ 0 };
    if (!m->lines.file) {
        log_line(
            LOG_ERROR, "the file could not be opened file=%s why=\"%s\"", m->path, strerror(errno));
        return &PORTABLE_BROKEN;
    }
    digest_begin(&m->lines.digest);
    err failed = walk_lines(w);
    fclose(m->lines.file);
    free(m->lines.line);
    return failed;
}

bool portable_is(const char *path)
{
    static const char begin[] = "{\"tributary_export\":";
    char bytes[sizeof(begin)] = { 0 };
    FILE *file = fopen(path, "re");
    size_t got = file ? fread(bytes, 1, sizeof(begin) - 1, file) : 0;
    if (file)
        fclose(file);
    return got == sizeof(begin) - 1 && strcmp(bytes, begin) == 0;
}

err portable_check(const char *path)
{
    struct move m = { .path = path };
    struct walk check = { .move = &m };
    m.lines.arena = arena_new();
    err failed = walk_file(&check);
    arena_free(m.lines.arena);
    return failed;
}

/* ---- in ------------------------------------------------------------------------------------- */

static bool same_columns(strs a, strs b)
{
    if (a.count != b.count)
        return false;
    for (size_t i = 0; i < a.count; i++)
        if (!str_eq(a.at[i], b.at[i]))
            return false;
    return true;
}

static str insert_sql(struct db *db, const struct table *t)
{
    struct buf sql = buf_new(db->arena);
    buf_printf(&sql, "INSERT INTO \"%" PRI_STR "\" (", STR_ARG(t->name));
    schema_names(&sql, t->columns);
    buf_add(&sql, STR(") VALUES ("));
    for (size_t i = 0; i < t->columns.count; i++)
        buf_printf(&sql, "%s%c%zu", i ? ", " : "", db->store->engine->placeholder, i + 1);
    buf_char(&sql, ')');
    return buf_str(&sql);
}

static err done_with_table(struct walk *w, bool is_whole)
{
    bool poured = w->pours;
    if (w->insert)
        conn_done(w->insert);
    w->insert = NULL;
    w->pours = false;
    err failed = poured ? w->db->conn->engine->pour_end(w->db->conn, is_whole) : NULL;
    if (failed && is_whole)
        log_line(LOG_ERROR, "rows were refused table=%" PRI_STR, STR_ARG(w->at->name));
    return failed;
}

static err import_table(struct walk *w, str name, strs columns)
{
    TRY(done_with_table(w, true));
    w->at = schema_find(&w->move->schema, name);
    if (!w->at || !same_columns(w->at->columns, columns))
        return lines_broken(&w->move->lines, "the store has no such table with these columns");
    w->cells = ARENA_ARRAY(w->db->arena, struct cell, columns.count);
    if (w->db->conn->engine->pour_begin) {
        TRY(w->db->conn->engine->pour_begin(
            w->db->conn, schema_copy(w->db->arena, w->at).at));
        w->pours = true;
        return NULL;
    }
    struct statement s = statement_of(w->db, "import", insert_sql(w->db, w->at), true);
    return conn_prepare(w->db->conn, &s, false, &w->insert);
}

static err insert_row(struct walk *w)
{
    const struct engine *engine = w->insert->conn->engine;
    bool row;
    for (size_t i = 0; i < w->at->columns.count; i++)
        TRY(engine->bind(w->insert, (int)i + 1, &w->cells[i]));
    err failed = engine->step(w->insert, &row);
    engine->reset(w->insert);
    return failed;
}

static err import_row(struct walk *w, str line)
{
    size_t count = w->at->columns.count;
    if (!line_row_read(w->move->lines.arena, line, w->cells, count))
        return lines_broken(&w->move->lines, "the row does not fit its table");
    err failed = w->pours ? w->db->conn->engine->pour_row(w->db->conn, w->cells, count)
                          : insert_row(w);
    if (failed)
        log_line(LOG_ERROR, "a row was refused line=%lld", (long long)w->move->lines.number);
    tell(w->move, w->at, w->rows, false);
    return failed;
}

static err refuse_rows(struct move *m, struct db *db)
{
    for (size_t i = 0; i < m->schema.count; i++) {
        str name = m->schema.tables[i].name;
        struct prepared *p;
        bool row;
        struct statement s = statement_of(db, "import_is_empty",
            str_printf(db->arena, "SELECT 1 FROM \"%" PRI_STR "\" LIMIT 1", STR_ARG(name)), false);
        TRY(conn_prepare(db->conn, &s, false, &p));
        err failed = db->conn->engine->step(p, &row);
        conn_done(p);
        if (failed)
            return failed;
        if (row) {
            log_line(LOG_ERROR, "the store is not empty table=%" PRI_STR, STR_ARG(name));
            return &PORTABLE_NOT_EMPTY;
        }
    }
    return NULL;
}

static err import_all(struct db *db, void *arg)
{
    struct move *m = arg;
    struct walk w = { .move = m, .table = import_table, .row = import_row, .db = db };
    TRY(schema_read(db, &m->schema));
    TRY(refuse_rows(m, db));
    err failed = walk_file(&w);
    err ended = done_with_table(&w, !failed);
    return failed ? failed : ended;
}

static err run_filled(struct db *db, void *arg)
{
    (void)arg;
    return db->conn->engine->script(db->conn, db->conn->engine->filled_sql);
}

void store_filled(struct store *s)
{
    err failed = s->engine->filled_sql ? store_write(s, run_filled, NULL) : NULL;
    if (failed)
        log_line(LOG_WARN, "the database has no statistics of its new rows yet: %s", failed->text);
}

err store_import(struct store *s, const char *path, store_progress_fn progress, void *arg,
    struct portable_sums *out)
{
    struct move m = { .store = s, .path = path, .progress = progress, .arg = arg };
    struct walk check = { .move = &m };
    if (s->read_only) {
        log_line(LOG_ERROR, "the store was opened for reading alone");
        return &STORE_BROKEN;
    }
    m.lines.arena = arena_new();
    err failed = walk_file(&check);
    if (!failed)
        failed = s->engine->write(
            s, import_all, &m, true); /* alone: no triggers, references at the end */
    loans_stale(s);
    if (!failed)
        store_filled(s);
    if (!failed && out)
        *out = m.sums;
    arena_free(m.lines.arena);
    return failed;
}
