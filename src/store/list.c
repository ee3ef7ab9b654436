/* Lists in pages: a statement wrapped with filters, an order and a place to go on from. The place
 * is the last row's sort value and id, so that rows which come or go meanwhile move nobody else's
 * page. */
#include "store/inside.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"

enum { FILTERS_MOST = 16, EXTRAS_MOST = FILTERS_MOST + 3, CURSOR_MOST = 4096 };

struct place {
    int64_t id;
    struct cell value; /* of the sorted column */
};

/* The statement being made. */
struct making {
    struct db *db;
    struct buf sql;
    const char **names;
    struct param *params;
    size_t name_count, param_count;
    bool sorts; /* by more than the id */
    bool descending, nullable;
    const struct field *sort;
};

static bool may_be_null(enum kind kind)
{
    return kind == KIND_STR || kind == KIND_RAW || kind == KIND_INSTANT || kind == KIND_CURRENCY ||
           kind == KIND_ID;
}

static bool is_text(enum kind kind)
{
    return kind == KIND_STR || kind == KIND_RAW || kind == KIND_CURRENCY || kind == KIND_ENUM;
}

static err refuse(const struct statement *s, const char *why, const char *name)
{
    log_line(
        LOG_ERROR, "a list is not possible statement=%s why=\"%s\" field=%s", s->name, why, name);
    return &STORE_BROKEN;
}

/* ---- cursors -------------------------------------------------------------------------------- */

/* "created_at d 1234 i1733047200000" in base64: readable for who debugs, opaque for who uses it. */
static str write_cursor(struct arena *arena, const struct making *m, const struct place *at)
{
    struct buf b = buf_new(arena);
    buf_printf(&b, "%s %c %" PRId64 " ", m->sorts ? m->sort->name : "id", m->descending ? 'd' : 'a',
        at->id);
    if (m->sorts && at->value.type == CELL_INT)
        buf_printf(&b, "i%" PRId64, at->value.i);
    else if (m->sorts && at->value.type == CELL_TEXT)
        buf_printf(&b, "s%" PRI_STR, STR_ARG(at->value.s));
    else
        buf_char(&b, 'n');
    str plain = buf_str(&b);
    return str_base64url(arena, plain.at, plain.len);
}

static bool read_value(const struct making *m, str text, struct cell *out)
{
    str rest = str_from(text, 1);
    switch (text.len > 0 ? text.at[0] : '\0') {
    case 'n':
        *out = (struct cell){ .type = CELL_NULL };
        return rest.len == 0 && (!m->sorts || m->nullable);
    case 'i':
        *out = (struct cell){ .type = CELL_INT };
        return m->sorts && !is_text(m->sort->kind) && str_to_int(rest, &out->i);
    case 's':
        *out = (struct cell){ .type = CELL_TEXT, .s = rest };
        return m->sorts && is_text(m->sort->kind) && str_is_utf8(rest);
    default:
        return false;
    }
}

static err read_cursor(const struct making *m, str cursor, struct place *out)
{
    size_t size = cursor.len * 3 / 4;
    str name, way, id;
    if (cursor.len > CURSOR_MOST)
        return &STORE_CURSOR;
    char *plain = arena_zero(m->db->arena, size + 1);
    if (size == 0 || !str_from_base64url(cursor, plain, size))
        return &STORE_CURSOR;
    str rest = { plain, size };
    bool fits = str_cut(&rest, ' ', &name) && str_cut(&rest, ' ', &way) &&
                str_cut(&rest, ' ', &id) && str_eq(name, str_of(m->sorts ? m->sort->name : "id")) &&
                str_eq(way, m->descending ? STR("d") : STR("a")) && str_to_int(id, &out->id) &&
                read_value(m, rest, &out->value);
    return fits ? NULL : &STORE_CURSOR;
}

/* ---- the statement -------------------------------------------------------------------------- */

static void add_param(struct making *m, const char *name, struct cell value)
{
    struct param p = { .name = name, .kind = KIND_STR, .value.s = value.s };
    if (value.type == CELL_INT)
        p = param_int(name, value.i);
    else if (value.type == CELL_NULL)
        p = param_str(name, STR_NONE);
    m->params[m->param_count++] = p;
    m->names[m->name_count++] = name;
}

/* The placeholder of a new parameter, numbered after those there are. */
static void add_place(struct making *m, const char *name, struct cell value)
{
    add_param(m, name, value);
    buf_printf(&m->sql, "%c%zu", m->db->store->engine->placeholder, m->name_count);
}

static const char *next_word(bool *first)
{
    const char *word = *first ? " WHERE " : " AND ";
    *first = false;
    return word;
}

static err add_filters(struct making *m, const struct statement *s, const struct fields *fields,
    const struct list_query *q, bool *first)
{
    static const char *const signs[] = { "=", ">=", ">", "<=", "<" };
    static const char *const names[FILTERS_MOST] = { "filter 1", "filter 2", "filter 3", "filter 4",
        "filter 5", "filter 6", "filter 7", "filter 8", "filter 9", "filter 10", "filter 11",
        "filter 12", "filter 13", "filter 14", "filter 15", "filter 16" };
    for (size_t i = 0; i < q->filter_count; i++) {
        const struct list_filter *f = &q->filters[i];
        struct slot slot;
        if (i == FILTERS_MOST || !rows_find(fields, str_of(f->field->name), &slot))
            return refuse(s, "the filter is no column", f->field->name);
        struct cell value = rows_param_cell(&f->value);
        buf_printf(&m->sql, "%s\"%s\"", next_word(first), f->field->name);
        if (value.type == CELL_NULL && f->compare == COMPARE_EQ) {
            buf_add(&m->sql, STR(" IS NULL"));
            continue;
        }
        buf_printf(&m->sql, " %s ", signs[f->compare]);
        add_place(m, names[i], value);
    }
    return NULL;
}

/* Rows after the place. A missing value is the smallest of all. */
static void add_after(struct making *m, const struct place *at, bool *first)
{
    const char *sign = m->descending ? "<" : ">";
    struct cell id = { .type = CELL_INT, .i = at->id };
    buf_add(&m->sql, str_of(next_word(first)));
    if (!m->sorts) {
        buf_printf(&m->sql, "id %s ", sign);
        add_place(m, "after id", id);
        return;
    }
    const char *name = m->sort->name;
    if (at->value.type == CELL_NULL) {
        buf_printf(&m->sql, "((\"%s\" IS NULL AND id %s ", name, sign);
        add_place(m, "after id", id);
        buf_printf(&m->sql, ")");
        if (!m->descending)
            buf_printf(&m->sql, " OR \"%s\" IS NOT NULL", name);
        buf_char(&m->sql, ')');
        return;
    }
    buf_printf(&m->sql, "((\"%s\", id) %s (", name, sign);
    add_place(m, "after value", at->value);
    buf_add(&m->sql, STR(", "));
    add_place(m, "after id", id);
    buf_add(&m->sql, STR(")"));
    if (m->descending && m->nullable)
        buf_printf(&m->sql, " OR \"%s\" IS NULL", name);
    buf_char(&m->sql, ')');
}

static void add_order(struct making *m)
{
    const char *way = m->descending ? "DESC" : "ASC";
    buf_add(&m->sql, STR(" ORDER BY "));
    if (m->sorts) {
        buf_printf(&m->sql, "\"%s\" %s", m->sort->name, way);
        if (m->nullable)
            buf_printf(&m->sql, " NULLS %s", m->descending ? "LAST" : "FIRST");
        buf_add(&m->sql, STR(", "));
    }
    buf_printf(&m->sql, "id %s", way);
}

static err begin(struct db *db, const struct statement *s, const struct param *given,
    const struct fields *fields, const struct list_query *q, struct making *m)
{
    struct slot slot;
    *m = (struct making){ .db = db, .sql = buf_new(db->arena), .sort = q->sort };
    if (!rows_find(fields, STR("id"), &slot))
        return refuse(s, "the struct has no id", "id");
    m->sorts = q->sort && strcmp(q->sort->name, "id") != 0;
    m->descending = q->descending;
    m->nullable = m->sorts && may_be_null(q->sort->kind);
    if (m->sorts &&
        (!rows_find(fields, str_of(q->sort->name), &slot) || slot.field->kind == KIND_STRS))
        return refuse(s, "the list cannot be sorted by it", q->sort->name);
    size_t names = 0, params = 0;
    while (s->params[names])
        names++;
    while (given && given[params].name)
        params++;
    m->names = ARENA_ARRAY(db->arena, const char *, names + EXTRAS_MOST + 1);
    m->params = ARENA_ARRAY(db->arena, struct param, params + EXTRAS_MOST + 1);
    m->name_count = names;
    m->param_count = params;
    memcpy(m->names, s->params, names * sizeof(*m->names));
    if (params > 0)
        memcpy(m->params, given, params * sizeof(*m->params));
    return NULL;
}

static err make(struct db *db, const struct statement *s, const struct param *given,
    const struct fields *fields, const struct list_query *q, int64_t limit, struct making *m,
    struct statement *out)
{
    bool first = true;
    int number = db->store->engine->number;
    TRY(begin(db, s, given, fields, q, m));
    buf_printf(&m->sql, "SELECT * FROM (%s) AS list", s->sql[number]);
    TRY(add_filters(m, s, fields, q, &first));
    if (q->after.at && q->after.len > 0) {
        struct place at;
        TRY(read_cursor(m, q->after, &at));
        add_after(m, &at, &first);
    }
    add_order(m);
    if (limit > 0) {
        buf_add(&m->sql, STR(" LIMIT "));
        add_place(m, "limit", (struct cell){ .type = CELL_INT, .i = limit });
    }
    *out = (struct statement){ .name = s->name, .params = m->names, .writes = s->writes };
    out->sql[number] = buf_str(&m->sql).at;
    return NULL;
}

/* ---- the door ------------------------------------------------------------------------------- */

static err place_of(
    const struct making *m, const struct fields *fields, const void *record, struct place *out)
{
    struct slot slot;
    if (!rows_find(fields, STR("id"), &slot))
        return &STORE_BROKEN;
    out->id = *(const int64_t *)(const void *)((const char *)record + slot.offset);
    if (!m->sorts)
        return NULL;
    if (!rows_find(fields, str_of(m->sort->name), &slot))
        return &STORE_BROKEN;
    return rows_cell(slot.field, (const char *)record + slot.offset, m->db->arena, &out->value);
}

err db_list(struct db *db, const struct statement *s, const struct param *params,
    const struct fields *fields, const struct list_query *q, struct page *out)
{
    struct making m;
    struct statement statement;
    struct place last;
    *out = (struct page){ .next = STR_NONE };
    TRY(make(db, s, params, fields, q, q->limit > 0 ? q->limit + 1 : 0, &m, &statement));
    TRY(rows_all(db, &statement, false, m.params, fields, &out->rows));
    if (q->limit <= 0 || out->rows.count <= (size_t)q->limit)
        return NULL;
    out->rows.count = (size_t)q->limit;
    out->has_more = true;
    TRY(place_of(&m, fields, (char *)out->rows.at + (out->rows.count - 1) * fields->size, &last));
    out->next = write_cursor(db->arena, &m, &last);
    return NULL;
}

err db_list_each(struct db *db, const struct statement *s, const struct param *params,
    const struct fields *fields, const struct list_query *q, void *record, row_fn fn, void *arg)
{
    struct making m;
    struct statement statement;
    TRY(make(db, s, params, fields, q, 0, &m, &statement));
    return rows_each(db, &statement, false, m.params, fields, record, fn, arg);
}
