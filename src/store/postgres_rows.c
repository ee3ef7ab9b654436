/* Statements of the engine for several nodes: parameters go as text, bytes as bytes; rows come as
 * text. */
#include "store/postgres_inside.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Types of columns, by their numbers in pg_type: they are the same in every database. */
enum {
    OF_BOOL = 16,
    OF_BYTES = 17,
    OF_NAME = 19,
    OF_INT8 = 20,
    OF_INT2 = 21,
    OF_INT4 = 23,
    OF_TEXT = 25,
    OF_OID = 26,
    OF_UNKNOWN = 705,
    OF_CHARS = 1042,
    OF_VARCHAR = 1043,
    OF_NUMERIC = 1700,
};

enum { PIECE = 1000 }; /* rows fetched at once, of a statement with many */

static void *need(void *memory)
{
    if (!memory)
        log_fatal("out of memory while running a statement");
    return memory;
}

err pg_prepare(struct conn *conn, const char *name, const char *sql, struct prepared *p)
{
    (void)conn, (void)name,
        (void)sql; /* with its first execution, because that is when it is known how it is run */
    p->handle = need(calloc(1, sizeof(struct pg_prepared)));
    return NULL;
}

static void clear_result(struct pg_prepared *s)
{
    PQclear(s->result);
    s->result = NULL;
    s->row = s->rows = 0;
}

void pg_finalize(struct prepared *p)
{
    struct pg_prepared *s = p->handle;
    struct pg_conn *c = pg_of(p->conn);
    if (!c->closing && s->ready.wire == c->wire && !pg_settle(p->conn)) {
        char sql[40];
        snprintf(sql, sizeof(sql), "DEALLOCATE %s", s->ready.handle);
        PQclear(PQexec(c->pg, sql));
    }
    clear_result(s);
    for (int i = 0; i < s->room; i++)
        free(s->values.at[i]);
    free(s->values.types);
    free(s->values.at);
    free(s->values.lengths);
    free(s->values.formats);
    arena_free(s->bytes);
    free(s);
}

/* ---- parameters ----------------------------------------------------------------------------- */

static void make_room(struct pg_prepared *s, int number)
{
    struct pg_values *v = &s->values;
    if (number <= s->room)
        return;
    int room = number + 8;
    v->types = need(realloc(v->types, (size_t)room * sizeof(*v->types)));
    v->at = need(realloc(v->at, (size_t)room * sizeof(*v->at)));
    v->lengths = need(realloc(v->lengths, (size_t)room * sizeof(*v->lengths)));
    v->formats = need(realloc(v->formats, (size_t)room * sizeof(*v->formats)));
    for (int i = s->room; i < room; i++)
        v->types[i] = 0, v->at[i] = NULL, v->lengths[i] = 0, v->formats[i] = 0;
    s->room = room;
}

/* Said rather than found out: of "$1 IS NULL OR a = $1" the server finds out nothing. */
static Oid type_of(const struct cell *cell)
{
    switch (cell->type == CELL_NULL ? cell->of : cell->type) {
    case CELL_INT:
        return OF_INT8;
    case CELL_TEXT:
        return OF_TEXT;
    case CELL_BYTES:
        return OF_BYTES;
    default:
        return 0;
    }
}

static char *copy_text(str text)
{
    char *copy = need(malloc(text.len + 1));
    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    return copy;
}

err pg_bind(struct prepared *p, int number, const struct cell *cell)
{
    struct pg_prepared *s = p->handle;
    char digits[24];
    if (cell->s.len > INT32_MAX && cell->type != CELL_INT)
        return &STORE_TEXT;
    make_room(s, number);
    int at = number - 1;
    if (number > s->highest)
        s->highest = number;
    free(s->values.at[at]);
    s->values.at[at] = NULL;
    s->values.formats[at] = cell->type == CELL_BYTES;
    s->values.types[at] = type_of(cell);
    switch (cell->type) {
    case CELL_INT:
        snprintf(digits, sizeof(digits), "%" PRId64, cell->i);
        s->values.at[at] = copy_text(str_of(digits));
        return NULL;
    case CELL_TEXT:
    case CELL_BYTES:
        s->values.at[at] = copy_text(cell->s);
        s->values.lengths[at] = (int)cell->s.len;
        return NULL;
    default:
        return NULL;
    }
}

/* What was not bound is NULL. To be asked for before `values` is read: it may make room. */
static int param_count(struct prepared *p)
{
    struct pg_prepared *s = p->handle;
    int count = p->param_count > s->highest ? p->param_count : s->highest;
    make_room(s, count);
    return count;
}

/* ---- running -------------------------------------------------------------------------------- */

static err send_statement(struct prepared *p)
{
    struct pg_prepared *s = p->handle;
    struct pg_conn *c = pg_of(p->conn);
    int count = param_count(p);
    if (s->ready.wire != c->wire)
        snprintf(s->ready.handle, sizeof(s->ready.handle), "s%u", ++c->made);
    return pg_send(p->conn, p->name, p->text, count, &s->values, &s->ready);
}

static err send_fetch(struct prepared *p)
{
    struct pg_prepared *s = p->handle;
    char sql[48];
    snprintf(sql, sizeof(sql), "FETCH %d FROM %s", PIECE, s->cursor);
    return pg_send_text(p->conn, p->name, sql, 0, NULL);
}

static err send_cursor(struct prepared *p)
{
    struct pg_prepared *s = p->handle;
    struct arena *arena = arena_new();
    int count = param_count(p);
    snprintf(s->cursor, sizeof(s->cursor), "c%u", ++pg_of(p->conn)->made);
    const char *sql =
        str_printf(arena, "DECLARE %s NO SCROLL CURSOR FOR %s", s->cursor, p->text).at;
    err failed = pg_send_text(p->conn, p->name, sql, count, &s->values);
    arena_free(arena);
    return failed ? failed : send_fetch(p);
}

static err fly(struct prepared *p)
{
    struct pg_prepared *s = p->handle;
    TRY(pg_send_begin(p->conn));
    TRY(p->many ? send_cursor(p) : send_statement(p));
    TRY(pg_take(p->conn, &s->result));
    s->has_cursor = p->many;
    return NULL;
}

/* A connection may have been lost while nobody used it: what comes first goes once more, on a new
 * one. A write is run again as a whole. */
static err execute(struct prepared *p)
{
    struct pg_conn *c = pg_of(p->conn);
    bool is_first = c->is_due && p->conn->use != USE_WRITE;
    err failed = fly(p);
    if (!failed || !is_first || p->conn->trouble != TROUBLE_LOST)
        return failed;
    TRY(pg_renew(p->conn));
    return fly(p);
}

static void take_result(struct prepared *p)
{
    struct pg_prepared *s = p->handle;
    const char *changed = PQcmdTuples(s->result);
    pg_of(p->conn)->changes = *changed ? strtoll(changed, NULL, 10) : 0;
    s->rows = PQntuples(s->result);
    s->row = 0;
}

static err fetch_more(struct prepared *p)
{
    struct pg_prepared *s = p->handle;
    clear_result(s);
    TRY(send_fetch(p));
    return pg_take(p->conn, &s->result);
}

err pg_step(struct prepared *p, bool *out_row)
{
    struct pg_prepared *s = p->handle;
    *out_row = false;
    if (s->bytes)
        arena_reset(s->bytes);
    if (!s->has_begun) {
        s->has_begun = true;
        TRY(execute(p));
        take_result(p);
    } else if (++s->row == s->rows && s->has_cursor && s->rows == PIECE) {
        TRY(fetch_more(p));
        take_result(p);
    }
    *out_row = s->row < s->rows;
    return NULL;
}

err pg_post(struct prepared *p)
{
    TRY(pg_send_begin(p->conn));
    return send_statement(p);
}

/* A cursor that came to its end goes with its transaction. */
static void close_cursor(struct prepared *p)
{
    struct pg_prepared *s = p->handle;
    char sql[32];
    bool is_at_end = s->rows < PIECE;
    s->has_cursor = false;
    if (is_at_end || !pg_inside(p->conn))
        return;
    snprintf(sql, sizeof(sql), "CLOSE %s", s->cursor);
    err passing = pg_send_text(p->conn, "close", sql, 0, NULL);
    (void)passing; /* the transaction has noted it */
}

void pg_reset(struct prepared *p)
{
    struct pg_prepared *s = p->handle;
    if (s->has_cursor)
        close_cursor(p);
    clear_result(s);
    s->has_begun = false;
    for (int i = 0; i < s->room; i++) {
        free(s->values.at[i]);
        s->values.at[i] = NULL;
        s->values.formats[i] = 0;
    }
}

/* ---- columns -------------------------------------------------------------------------------- */

int pg_columns(struct prepared *p)
{
    return PQnfields(((struct pg_prepared *)p->handle)->result);
}

const char *pg_column_name(struct prepared *p, int i)
{
    return PQfname(((struct pg_prepared *)p->handle)->result, i);
}

static int hex(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* "\x00ff": as the server writes bytes. */
static void read_bytes(struct pg_prepared *s, str text, struct cell *out)
{
    if (!s->bytes)
        s->bytes = arena_new();
    *out = (struct cell){ .type = CELL_OTHER };
    if (!str_starts(text, STR("\\x")))
        return;
    size_t size = (text.len - 2) / 2;
    char *bytes = arena_alloc(s->bytes, size + 1);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(hex(text.at[2 + 2 * i]) << 4 | hex(text.at[3 + 2 * i]));
    *out = (struct cell){ .type = CELL_BYTES, .s = { bytes, size } };
}

void pg_column(struct prepared *p, int i, struct cell *out)
{
    struct pg_prepared *s = p->handle;
    *out = (struct cell){ .type = CELL_NULL };
    if (PQgetisnull(s->result, s->row, i))
        return;
    str text = { PQgetvalue(s->result, s->row, i), (size_t)PQgetlength(s->result, s->row, i) };
    switch (PQftype(s->result, i)) {
    case OF_INT8:
    case OF_INT4:
    case OF_INT2:
    case OF_OID:
    case OF_NUMERIC: /* a sum; one with a fraction, or too great, is no integer */
        out->type = str_to_int(text, &out->i) ? CELL_INT : CELL_OTHER;
        return;
    case OF_BOOL:
        *out = (struct cell){ .type = CELL_INT, .i = text.at[0] == 't' };
        return;
    case OF_BYTES:
        read_bytes(s, text, out);
        return;
    case OF_TEXT:
    case OF_NAME:
    case OF_UNKNOWN:
    case OF_CHARS:
    case OF_VARCHAR:
        *out = (struct cell){ .type = CELL_TEXT, .s = text };
        return;
    default:
        *out = (struct cell){ .type = CELL_OTHER };
    }
}

int64_t pg_changes(struct conn *conn)
{
    return pg_of(conn)->changes;
}
