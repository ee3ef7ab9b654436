/* Running statements on a loan. */
#include "store/inside.h"

#include <string.h>

/* A statement under way: bound and not yet reset. */
struct run {
    struct db *db;
    struct prepared *p;
    bool stopped; /* by the caller's row_fn: not a failure of the statement */
};

static err fail(struct db *db, err e)
{
    if (db->writes && !db->failed)
        db->failed = e;
    return e;
}

static err prepare(struct db *db, const struct statement *s, bool is_static, struct run *out)
{
    TRY(loan_ready(db, s));
    err e = conn_prepare(db->conn, s, is_static, &out->p);
    if (e)
        return fail(db, e);
    out->db = db;
    out->stopped = false;
    return NULL;
}

static err bound(struct run *run, err e)
{
    if (e) {
        conn_done(run->p);
        return fail(run->db, e);
    }
    run->db->active++;
    return NULL;
}

static err begin(struct db *db, const struct statement *s, bool is_static,
    const struct param *params, const struct fields *fields, const void *record, struct run *out)
{
    TRY(prepare(db, s, is_static, out));
    return bound(out, rows_bind(db, out->p, s, params, fields, record));
}

static err end(struct run *run, err e)
{
    run->db->active--;
    conn_done(run->p);
    if (run->db->writes)
        writer_breathe();
    return e && !run->stopped ? fail(run->db, e) : e;
}

static err step(struct run *run, bool *out_row)
{
    return run->p->conn->engine->step(run->p, out_row);
}

static err run_through(struct run *run, int64_t *out_changes)
{
    bool row = true;
    const struct engine *engine = run->p->conn->engine;
    if (!out_changes && engine->post)
        return engine->post(run->p);
    while (row)
        TRY(step(run, &row));
    if (out_changes)
        *out_changes = run->p->conn->engine->changes(run->p->conn);
    return NULL;
}

err db_run(struct db *db, const struct statement *s, const struct param *params,
    const struct fields *fields, const void *record, int64_t *out_changes)
{
    struct run run;
    TRY(begin(db, s, true, params, fields, record, &run));
    return end(&run, run_through(&run, out_changes));
}

err query_run_rows(struct db *db, const struct statement *s, const struct fields *fields,
    const void *records, size_t size, size_t count)
{
    struct run run;
    TRY(prepare(db, s, true, &run));
    TRY(bound(&run, rows_bind_many(db, run.p, s, fields, records, size, count)));
    return end(&run, run_through(&run, NULL));
}

static err read_first(struct run *run, const struct fields *fields, void *record, bool *out_found)
{
    TRY(step(run, out_found));
    if (*out_found)
        TRY(rows_read(run->p, run->db->arena, run->db->store->strict, fields, record));
    bool more = *out_found && run->db->writes; /* RETURNING: let it write all its rows */
    while (more)
        TRY(step(run, &more));
    return NULL;
}

err db_one(struct db *db, const struct statement *s, const struct param *params,
    const struct fields *fields, void *out_record, bool *out_found)
{
    struct run run;
    bool found = false;
    TRY(begin(db, s, true, params, NULL, NULL, &run));
    err e = end(&run, read_first(&run, fields, out_record, &found));
    if (out_found)
        *out_found = found && !e;
    return e;
}

err db_get(struct db *db, const struct statement *s, const struct param *params,
    const struct fields *fields, void *out_record, err missing)
{
    bool found;
    TRY(db_one(db, s, params, fields, out_record, &found));
    return found ? NULL : missing;
}

err db_put(
    struct db *db, const struct statement *s, const struct fields *fields, const void *record)
{
    return db_run(db, s, NO_PARAMS, fields, record, NULL);
}

static err read_all(struct run *run, const struct fields *fields, struct list *out)
{
    size_t room = 0;
    bool row;
    for (;;) {
        TRY(step(run, &row));
        if (!row)
            return NULL;
        if (out->count == room) {
            size_t more = room ? room * 2 : 16;
            char *at = arena_array(run->db->arena, more, fields->size);
            if (out->count > 0)
                memcpy(at, out->at, out->count * fields->size);
            out->at = at;
            room = more;
        }
        char *record = (char *)out->at + out->count * fields->size;
        TRY(rows_read(run->p, run->db->arena, run->db->store->strict, fields, record));
        out->count++;
    }
}

err rows_all(struct db *db, const struct statement *s, bool is_static, const struct param *params,
    const struct fields *fields, struct list *out)
{
    struct run run;
    *out = (struct list){ NULL, 0 };
    TRY(begin(db, s, is_static, params, NULL, NULL, &run));
    return end(&run, read_all(&run, fields, out));
}

err db_all(struct db *db, const struct statement *s, const struct param *params,
    const struct fields *fields, struct list *out)
{
    return rows_all(db, s, true, params, fields, out);
}

static err read_each(struct run *run, struct arena *scratch, const struct fields *fields,
    void *record, row_fn fn, void *arg)
{
    bool row;
    for (;;) {
        TRY(step(run, &row));
        if (!row)
            return NULL;
        arena_reset(scratch);
        TRY(rows_read(run->p, scratch, run->db->store->strict, fields, record));
        err e = fn(record, arg);
        if (e) {
            run->stopped = true;
            return e;
        }
    }
}

err rows_each(struct db *db, const struct statement *s, bool is_static, const struct param *params,
    const struct fields *fields, void *record, row_fn fn, void *arg)
{
    struct run run;
    TRY(begin(db, s, is_static, params, NULL, NULL, &run));
    run.p->many = true;
    struct arena *scratch = arena_new();
    err e = read_each(&run, scratch, fields, record, fn, arg);
    arena_free(scratch);
    return end(&run, e);
}

err db_each(struct db *db, const struct statement *s, const struct param *params,
    const struct fields *fields, void *record, row_fn fn, void *arg)
{
    return rows_each(db, s, true, params, fields, record, fn, arg);
}

static err read_int(struct run *run, int64_t *out)
{
    bool row;
    struct cell cell = { .type = CELL_NULL };
    TRY(step(run, &row));
    if (row)
        run->p->conn->engine->column(run->p, 0, &cell);
    if (cell.type != CELL_NULL && cell.type != CELL_INT)
        return store_broken(run->p, "its first column is not an integer");
    *out = cell.type == CELL_INT ? cell.i : 0;
    return NULL;
}

err db_int(struct db *db, const struct statement *s, const struct param *params, int64_t *out)
{
    struct run run;
    *out = 0;
    TRY(begin(db, s, true, params, NULL, NULL, &run));
    return end(&run, read_int(&run, out));
}
