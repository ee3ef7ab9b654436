/* Many rows with one statement, an INSERT whose VALUES are repeated, or in one stream. */
#include "store/inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum { MANY = 64, WIDE_MOST = 16, POUR_LEAST = 32, COLUMNS_MOST = 64 };

/* Made when it is first needed and kept as long as the process: statements are. */
struct wide {
    const struct statement *one;
    struct statement statement;
    const char **params;
    char *sql[STORE_ENGINES];
    size_t param_count;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct wide *wides[WIDE_MOST];

static void *need(void *memory)
{
    if (!memory)
        log_fatal("out of memory while preparing a statement");
    return memory;
}

/* "(?1, ?2)" with every number `by` higher. */
static void add_tuple(struct buf *out, str tuple, size_t by)
{
    for (size_t i = 0; i < tuple.len; i++) {
        uint64_t number;
        size_t digits = 0;
        buf_char(out, tuple.at[i]);
        if (tuple.at[i] != '?' && tuple.at[i] != '$')
            continue;
        while (isdigit((unsigned char)tuple.at[i + 1 + digits]))
            digits++;
        if (!str_to_uint((str){ tuple.at + i + 1, digits }, &number))
            log_fatal("a parameter has no number");
        buf_printf(out, "%llu", (unsigned long long)number + by);
        i += digits;
    }
}

static char *repeat_values(const char *sql, size_t param_count)
{
    static const char begin[] = "VALUES (";
    const char *at = strstr(sql, begin), *end = at ? strchr(at, ')') : NULL;
    if (!end)
        log_fatal("not an INSERT of values: %s", sql);
    str tuple = { at + strlen(begin) - 1, (size_t)(end + 1 - at) - strlen(begin) + 1 };
    struct arena *arena = arena_new();
    struct buf out = buf_new(arena);
    buf_add(&out, (str){ sql, (size_t)(at - sql) });
    buf_add(&out, STR("VALUES "));
    for (size_t row = 0; row < MANY; row++) {
        if (row > 0)
            buf_char(&out, ',');
        add_tuple(&out, tuple, row * param_count);
    }
    buf_add(&out, str_of(end + 1));
    char *text = need(strdup(str_c(arena, buf_str(&out))));
    arena_free(arena);
    return text;
}

static struct wide *make(const struct statement *one)
{
    struct wide *w = need(calloc(1, sizeof(*w)));
    w->one = one;
    while (one->params[w->param_count])
        w->param_count++;
    w->params = need(calloc(MANY * w->param_count + 1, sizeof(*w->params)));
    for (size_t i = 0; i < MANY * w->param_count; i++)
        w->params[i] = one->params[i % w->param_count];
    w->statement = *one;
    w->statement.params = w->params;
    for (int engine = 0; engine < STORE_ENGINES; engine++)
        w->statement.sql[engine] = w->sql[engine] = repeat_values(one->sql[engine], w->param_count);
    return w;
}

static const struct wide *wide_of(const struct statement *one)
{
    struct wide *found = NULL;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; !found; i++) {
        if (i == WIDE_MOST)
            log_fatal("more than %d statements for many rows", WIDE_MOST);
        if (!wides[i])
            wides[i] = make(one);
        if (wides[i]->one == one)
            found = wides[i];
    }
    pthread_mutex_unlock(&lock);
    return found;
}

err db_put_many(struct db *db, const struct statement *s, const struct fields *fields,
    const void *records, size_t size, size_t count)
{
    const struct wide *wide = count >= MANY ? wide_of(s) : NULL;
    const char *at = records;
    for (; count >= MANY; count -= MANY, at += MANY * size)
        TRY(query_run_rows(db, &wide->statement, fields, at, size, MANY));
    for (; count > 0; count--, at += size)
        TRY(db_put(db, s, fields, at));
    return NULL;
}

/* ---- in one stream -------------------------------------------------------------------------- */

/* "INSERT INTO t (a, b) VALUES …" */
static str copy_sql(struct arena *arena, const char *insert)
{
    static const char begin[] = "INSERT INTO ";
    const char *end = strstr(insert, "VALUES (");
    if (strncmp(insert, begin, strlen(begin)) != 0 || !end)
        log_fatal("not an INSERT of values: %s", insert);
    insert += strlen(begin);
    return str_printf(arena, "COPY %.*s FROM STDIN", (int)(end - insert), insert);
}

struct pouring {
    const struct statement *statement;
    const struct fields *fields;
    struct slot slots[COLUMNS_MOST];
    size_t columns;
};

static void plan_pour(struct pouring *p)
{
    for (; p->statement->params[p->columns]; p->columns++) {
        const char *name = p->statement->params[p->columns];
        if (p->columns == COLUMNS_MOST || !rows_find(p->fields, str_of(name), &p->slots[p->columns]))
            log_fatal("nothing is given for the parameter :%s", name);
    }
}

static err pour_one(struct db *db, const struct pouring *p, const char *record)
{
    struct cell cells[COLUMNS_MOST];
    for (size_t i = 0; i < p->columns; i++) {
        TRY(rows_cell(p->slots[i].field, record + p->slots[i].offset, db->arena, &cells[i]));
        if (cells[i].type == CELL_TEXT && !str_is_utf8(cells[i].s))
            return &STORE_TEXT;
    }
    return db->conn->engine->pour_row(db->conn, cells, p->columns);
}

static err pour_all(
    struct db *db, const struct pouring *p, const char *records, size_t size, size_t count)
{
    const struct engine *engine = db->conn->engine;
    const char *insert = p->statement->sql[engine->number];
    TRY(engine->pour_begin(db->conn, copy_sql(db->arena, insert).at));
    err failed = NULL;
    for (size_t i = 0; i < count && !failed; i++)
        failed = pour_one(db, p, records + i * size);
    err ended = engine->pour_end(db->conn, !failed);
    return failed ? failed : ended;
}

bool store_pours(const struct store *s)
{
    return s->engine->pour_begin != NULL;
}

err db_pour(struct db *db, const struct statement *s, const struct fields *fields,
    const void *records, size_t size, size_t count)
{
    struct pouring p = { .statement = s, .fields = fields };
    TRY(loan_ready(db, s));
    if (!db->conn->engine->pour_begin || count < POUR_LEAST)
        return db_put_many(db, s, fields, records, size, count);
    plan_pour(&p);
    err failed = pour_all(db, &p, records, size, count);
    if (failed && !db->failed)
        db->failed = failed;
    return failed;
}
