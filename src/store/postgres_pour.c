/* Many rows to the server in one stream: COPY. */
#include "base/buf.h"
#include "store/postgres_inside.h"

static err give_up(struct pg_conn *c, PGresult *result)
{
    return c->failed = pg_failure(&c->conn, result, "copy");
}

err pg_pour_begin(struct conn *conn, const char *sql)
{
    struct pg_conn *c = pg_of(conn);
    TRY(pg_settle(conn)); /* a stream does not go in one flight with others */
    PGresult *result = PQexec(c->pg, sql);
    if (PQresultStatus(result) != PGRES_COPY_IN)
        return give_up(c, result);
    PQclear(result);
    c->row = arena_new();
    return NULL;
}

static void add_text(struct buf *out, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '\\' || c == '\n' || c == '\r' || c == '\t') {
            buf_char(out, '\\');
            c = (char)(c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : c);
        }
        buf_char(out, c);
    }
}

static void add_cell(struct buf *out, struct arena *arena, const struct cell *cell)
{
    switch (cell->type) {
    case CELL_INT:
        buf_int(out, cell->i);
        return;
    case CELL_TEXT:
        add_text(out, cell->s);
        return;
    case CELL_BYTES:
        buf_add(out, STR("\\\\x"));
        buf_add(out, str_hex(arena, cell->s.at, cell->s.len));
        return;
    case CELL_NULL:
    case CELL_OTHER:
        buf_add(out, STR("\\N"));
    }
}

err pg_pour_row(struct conn *conn, const struct cell *cells, size_t count)
{
    struct pg_conn *c = pg_of(conn);
    struct buf out = buf_new(c->row);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_char(&out, '\t');
        add_cell(&out, c->row, &cells[i]);
    }
    buf_char(&out, '\n');
    str line = buf_str(&out);
    int done = PQputCopyData(c->pg, line.at, (int)line.len);
    arena_reset(c->row);
    return done == 1 ? NULL : give_up(c, NULL);
}

err pg_pour_end(struct conn *conn, bool is_whole)
{
    struct pg_conn *c = pg_of(conn);
    PGresult *result, *more;
    arena_free(c->row);
    c->row = NULL;
    if (PQputCopyEnd(c->pg, is_whole ? NULL : "given up") != 1)
        return give_up(c, NULL);
    result = PQgetResult(c->pg);
    while (result && PQstatus(c->pg) == CONNECTION_OK && (more = PQgetResult(c->pg)))
        PQclear(more);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        return give_up(c, result);
    PQclear(result);
    return NULL;
}
