/* Moving all rows from one store into another. */
#include "store/move.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "store/portable_lines.h"

/* clang-format off */
const struct err MOVE_DIFFERS = { ERR_INTERNAL, "move_differs", N_("The rows of both stores are not the same. Was the first one still in use?"), NULL };
/* clang-format on */

enum {
    BATCH_ROWS = 2000, /* written at once */
    TUPLES = 50,       /* rows of one INSERT */
    PARAMS_MOST = 30000,
};

struct moving {
    struct store *to;
    struct db *from; /* the loan */
    const struct table *table;
    struct arena *arena; /* of the batch */
    struct cell *cells;  /* row after row */
    size_t rows;
    struct cell *last; /* the key of the last row that is there; null: none is */
    int64_t done;
    store_progress_fn progress;
    void *arg;
};

static struct statement statement_of(
    const struct store *s, const char *name, struct buf *sql, bool writes)
{
    static const char *const no_params[] = { NULL };
    struct statement out = { .name = name, .params = no_params, .writes = writes };
    out.sql[s->engine->number] = buf_str(sql).at;
    return out;
}

/* ---- reading -------------------------------------------------------------------------------- */

static struct cell kept(struct arena *arena, struct cell cell)
{
    if (cell.type == CELL_TEXT || cell.type == CELL_BYTES)
        cell.s = str_dup(arena, cell.s);
    return cell;
}

static err read_cells(struct prepared *p, struct arena *arena, size_t count, struct cell *out)
{
    for (size_t i = 0; i < count; i++) {
        struct cell cell;
        p->conn->engine->column(p, (int)i, &cell);
        if (cell.type == CELL_OTHER)
            return store_broken(p, "a row holds a float");
        out[i] = kept(arena, cell);
    }
    return NULL;
}

static err read_batch(struct moving *m, struct prepared *p)
{
    const struct engine *engine = p->conn->engine;
    size_t columns = m->table->columns.count;
    bool row;
    for (size_t i = 0; m->last && i < m->table->key.count; i++)
        TRY(engine->bind(p, (int)i + 1, &m->last[i]));
    for (m->rows = 0;; m->rows++) {
        TRY(engine->step(p, &row));
        if (!row)
            return NULL;
        TRY(read_cells(p, m->arena, columns, &m->cells[m->rows * columns]));
    }
}

/* The next rows after `last`, in the order of the key. */
static err next_batch(struct moving *m)
{
    struct db *db = m->from;
    struct buf sql = buf_new(m->arena);
    struct prepared *p;
    buf_add(&sql, STR("SELECT "));
    schema_names(&sql, m->table->columns);
    buf_printf(&sql, " FROM \"%" PRI_STR "\"", STR_ARG(m->table->name));
    if (m->last) {
        buf_add(&sql, STR(" WHERE ("));
        schema_names(&sql, m->table->key);
        buf_add(&sql, STR(") > ("));
        for (size_t i = 0; i < m->table->key.count; i++)
            buf_printf(&sql, "%s%c%zu", i ? ", " : "", db->store->engine->placeholder, i + 1);
        buf_char(&sql, ')');
    }
    buf_add(&sql, STR(" ORDER BY "));
    schema_names(&sql, m->table->key);
    buf_printf(&sql, " LIMIT %d", BATCH_ROWS);
    struct statement s = statement_of(db->store, "move_read", &sql, false);
    TRY(loan_ready(db, &s));
    TRY(conn_prepare(db->conn, &s, false, &p));
    err failed = read_batch(m, p);
    conn_done(p);
    return failed;
}

/* ---- writing -------------------------------------------------------------------------------- */

static struct statement insert_of(const struct moving *m, struct arena *arena, size_t tuples)
{
    struct buf sql = buf_new(arena);
    size_t number = 0, columns = m->table->columns.count;
    buf_printf(&sql, "INSERT INTO \"%" PRI_STR "\" (", STR_ARG(m->table->name));
    schema_names(&sql, m->table->columns);
    buf_add(&sql, STR(") VALUES "));
    for (size_t row = 0; row < tuples; row++) {
        buf_add(&sql, row ? STR(", (") : STR("("));
        for (size_t i = 0; i < columns; i++)
            buf_printf(&sql, "%s%c%zu", i ? ", " : "", m->to->engine->placeholder, ++number);
        buf_char(&sql, ')');
    }
    return statement_of(m->to, "move_write", &sql, true);
}

static err write_tuples(struct db *db, const struct moving *m, size_t first, size_t tuples)
{
    struct statement s = insert_of(m, db->arena, tuples);
    size_t columns = m->table->columns.count;
    const struct engine *engine = db->store->engine;
    struct prepared *p;
    bool row;
    TRY(conn_prepare(db->conn, &s, false, &p));
    err failed = NULL;
    for (size_t i = 0; i < tuples * columns && !failed; i++)
        failed = engine->bind(p, (int)i + 1, &m->cells[first * columns + i]);
    if (!failed) /* a refusal ends the write, be it later */
        failed = engine->post ? engine->post(p) : engine->step(p, &row);
    conn_done(p);
    return failed;
}

/* In one stream, where the engine takes one. */
static err pour_batch(struct db *db, const struct moving *m)
{
    const struct engine *engine = db->store->engine;
    size_t columns = m->table->columns.count;
    TRY(engine->pour_begin(db->conn, schema_copy(db->arena, m->table).at));
    err failed = NULL;
    for (size_t row = 0; row < m->rows && !failed; row++)
        failed = engine->pour_row(db->conn, &m->cells[row * columns], columns);
    err ended = engine->pour_end(db->conn, !failed);
    return failed ? failed : ended;
}

static err write_batch(struct db *db, void *arg)
{
    const struct moving *m = arg;
    if (m->to->engine->pour_begin)
        return pour_batch(db, m);
    size_t tuples = PARAMS_MOST / m->table->columns.count, at = 0;
    if (tuples > TUPLES)
        tuples = TUPLES;
    for (; at + tuples <= m->rows; at += tuples)
        TRY(write_tuples(db, m, at, tuples));
    for (; at < m->rows; at++)
        TRY(write_tuples(db, m, at, 1));
    return NULL;
}

/* ---- a table -------------------------------------------------------------------------------- */

static size_t place_of(strs columns, str name)
{
    size_t i = 0;
    while (!str_eq(columns.at[i], name))
        i++;
    return i;
}

static void remember_last(struct moving *m, struct arena *arena)
{
    const struct table *t = m->table;
    struct cell *row = &m->cells[(m->rows - 1) * t->columns.count];
    struct cell *last = ARENA_ARRAY(arena, struct cell, t->key.count);
    for (size_t i = 0; i < t->key.count; i++)
        last[i] = kept(arena, row[place_of(t->columns, t->key.at[i])]);
    m->last = last;
}

static err read_last(struct db *db, void *arg)
{
    struct moving *m = arg;
    const struct table *t = m->table;
    struct buf sql = buf_new(db->arena);
    struct prepared *p;
    bool found;
    buf_add(&sql, STR("SELECT "));
    schema_names(&sql, t->key);
    buf_printf(&sql, " FROM \"%" PRI_STR "\" ORDER BY ", STR_ARG(t->name));
    for (size_t i = 0; i < t->key.count; i++)
        buf_printf(&sql, "%s\"%" PRI_STR "\" DESC", i ? ", " : "", STR_ARG(t->key.at[i]));
    buf_add(&sql, STR(" LIMIT 1"));
    struct statement s = statement_of(db->store, "move_last", &sql, false);
    TRY(loan_ready(db, &s));
    TRY(conn_prepare(db->conn, &s, false, &p));
    struct cell *last = ARENA_ARRAY(db->arena, struct cell, t->key.count);
    err failed = p->conn->engine->step(p, &found);
    if (!failed && found)
        failed = read_cells(p, db->arena, t->key.count, last);
    conn_done(p);
    m->last = !failed && found ? last : NULL;
    return failed;
}

static err move_table(struct moving *m, struct arena *arena)
{
    struct arena *keys[2] = { arena_new(), arena_new() }; /* this batch's and the one's before */
    m->done = 0;
    store_keep(arena);
    err failed = store_read(m->to, read_last, m);
    store_keep(NULL);
    for (int turn = 0; !failed; turn = !turn) {
        arena_reset(m->arena);
        m->cells = ARENA_ARRAY(m->arena, struct cell, BATCH_ROWS * m->table->columns.count);
        failed = next_batch(m);
        if (failed || m->rows == 0)
            break;
        failed = store_write(m->to, write_batch, m);
        arena_reset(keys[turn]);
        remember_last(m, keys[turn]);
        m->done += (int64_t)m->rows;
        if (m->progress && !failed)
            m->progress(m->table->name.at, m->done, m->arg);
    }
    arena_free(keys[0]);
    arena_free(keys[1]);
    return failed;
}

/* ---- all ------------------------------------------------------------------------------------ */

static err move_tables(struct moving *m, struct arena *arena)
{
    struct schema schema;
    TRY(schema_read(m->from, &schema));
    for (size_t i = 0; i < schema.count; i++) {
        m->table = &schema.tables[i];
        TRY(move_table(m, arena));
    }
    return NULL;
}

static err compare(struct store *from, struct store *to, struct portable_sums *out)
{
    struct portable_sums there;
    TRY(portable_sums_of(from, out));
    TRY(portable_sums_of(to, &there));
    if (there.rows == out->rows && strcmp(there.sha256, out->sha256) == 0)
        return NULL;
    log_line(LOG_ERROR, "the rows are not the same here=%lld there=%lld", (long long)out->rows,
        (long long)there.rows);
    return &MOVE_DIFFERS;
}

err store_move(struct store *from, struct store *to, store_progress_fn progress, void *arg,
    struct portable_sums *out)
{
    struct portable_sums sums;
    struct arena *arena = arena_new();
    struct moving m = { .to = to, .arena = arena_new(), .progress = progress, .arg = arg };
    m.from = store_lend(from, arena);
    err failed = move_tables(&m, arena);
    store_return(m.from);
    if (!failed)
        store_filled(to);
    if (!failed)
        failed = compare(from, to, &sums);
    if (!failed)
        failed = store_write(to, migrate_moved, NULL);
    if (!failed && out)
        *out = sums;
    arena_free(m.arena);
    arena_free(arena);
    return failed;
}
