/* The tables as the engine has them. */
#include "base/buf.h"
#include "store/schema.h"

#include <string.h>

struct named {
    str name;
    int64_t pk;
};

static const struct field named_list[] = {
    FIELD(named, name),
    FIELD(named, pk),
};
static const struct fields named_fields = FIELDS(named_list, named);

static err ask(
    struct db *db, const char *name, const char *sql, const struct param *params, struct list *out)
{
    static const char *const no_params[] = { NULL };
    static const char *const of_table[] = { "table", NULL };
    struct statement s = { .name = name, .params = params ? of_table : no_params };
    s.sql[db->store->engine->number] = sql;
    return rows_all(db, &s, false, params, &named_fields, out);
}

static strs names_of(struct arena *arena, const struct list *rows, str but)
{
    strs out = { ARENA_ARRAY(arena, str, rows->count + 1), 0 };
    for (size_t i = 0; i < rows->count; i++) {
        str name = ((struct named *)rows->at)[i].name;
        if (!str_eq(name, but))
            out.at[out.count++] = name;
    }
    return out;
}

static strs key_of(struct arena *arena, const struct list *columns)
{
    strs out = { ARENA_ARRAY(arena, str, columns->count + 1), 0 };
    const struct named *at = columns->at;
    for (size_t place = 1; place <= columns->count; place++)
        for (size_t i = 0; i < columns->count; i++)
            if (at[i].pk == (int64_t)place)
                out.at[out.count++] = at[i].name;
    return out;
}

static err read_table(struct db *db, str name, struct table *out)
{
    const struct engine *engine = db->store->engine;
    const struct param *params = PARAMS(P("table", name));
    struct list columns, refers;
    TRY(ask(db, "schema_columns", engine->columns_sql, params, &columns));
    TRY(ask(db, "schema_references", engine->references_sql, params, &refers));
    out->name = name;
    out->columns = names_of(db->arena, &columns, STR_NONE);
    out->key = key_of(db->arena, &columns);
    if (out->key.count == 0)
        out->key = out->columns;
    out->refers = names_of(db->arena, &refers, name);
    return NULL;
}

static bool may_come(const struct schema *from, const struct table *t)
{
    for (size_t i = 0; i < t->refers.count; i++) {
        const struct table *other = schema_find(from, t->refers.at[i]);
        if (other && !other->placed)
            return false;
    }
    return true;
}

/* The first by name whose references are placed; of a circle simply the first. */
static size_t next_table(const struct schema *from)
{
    size_t first = from->count;
    for (size_t i = 0; i < from->count; i++) {
        if (from->tables[i].placed)
            continue;
        if (may_come(from, &from->tables[i]))
            return i;
        if (first == from->count)
            first = i;
    }
    return first;
}

static void put_in_order(struct schema *from, struct schema *out)
{
    while (out->count < from->count) {
        struct table *next = &from->tables[next_table(from)];
        next->placed = true;
        out->tables[out->count++] = *next;
    }
}

err schema_read(struct db *db, struct schema *out)
{
    struct list rows;
    struct schema found = { 0 };
    TRY(ask(db, "schema_tables", db->store->engine->tables_sql, NULL, &rows));
    strs names = names_of(db->arena, &rows, STR("migration"));
    found.tables = ARENA_ARRAY(db->arena, struct table, names.count + 1);
    *out = (struct schema){ .tables = ARENA_ARRAY(db->arena, struct table, names.count + 1) };
    for (; found.count < names.count; found.count++)
        TRY(read_table(db, names.at[found.count], &found.tables[found.count]));
    put_in_order(&found, out);
    return NULL;
}

const struct table *schema_find(const struct schema *s, str name)
{
    for (size_t i = 0; i < s->count; i++)
        if (str_eq(s->tables[i].name, name))
            return &s->tables[i];
    return NULL;
}

str schema_copy(struct arena *arena, const struct table *t)
{
    struct buf sql = buf_new(arena);
    buf_printf(&sql, "COPY \"%" PRI_STR "\" (", STR_ARG(t->name));
    schema_names(&sql, t->columns);
    buf_add(&sql, STR(") FROM STDIN"));
    return buf_str(&sql);
}

void schema_names(struct buf *b, strs names)
{
    for (size_t i = 0; i < names.count; i++)
        buf_printf(b, "%s\"%" PRI_STR "\"", i ? ", " : "", STR_ARG(names.at[i]));
}
