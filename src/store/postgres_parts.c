/* Tables in parts: declared to PostgreSQL, which finds the part by itself. */
#include "store/parts.h"

#include "store/postgres_inside.h"

/* %1$s the table, %2$lld where the first part ends. Indexes keep their names, so that later
 * migrations find them. */
static const char make_sql[] =
    "DO $$ DECLARE x record; BEGIN"
    " IF (SELECT relkind FROM pg_class WHERE oid = '%1$s'::regclass) = 'p' THEN RETURN; END IF;"
    " LOCK TABLE %1$s IN ACCESS EXCLUSIVE MODE;"
    " FOR x IN SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    "  WHERE i.indrelid = '%1$s'::regclass LOOP"
    "  EXECUTE format('ALTER INDEX %%I RENAME TO %%I', x.relname, x.relname || '_before');"
    " END LOOP;"
    " ALTER TABLE %1$s RENAME TO %1$s_before;"
    " CREATE TABLE %1$s (LIKE %1$s_before INCLUDING ALL) PARTITION BY RANGE (id);"
    " ALTER TABLE %1$s_before ADD CONSTRAINT %1$s_before_ends CHECK (id < %2$lld);"
    " ALTER TABLE %1$s ATTACH PARTITION %1$s_before FOR VALUES FROM (MINVALUE) TO (%2$lld);"
    " CREATE TABLE %1$s_rest PARTITION OF %1$s DEFAULT;"
    " FOR x IN SELECT p.relname AS is, left(c.relname, -7) AS wanted FROM pg_inherits h"
    "  JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_class p ON p.oid = h.inhparent"
    "  JOIN pg_index i ON i.indexrelid = p.oid WHERE i.indrelid = '%1$s'::regclass"
    "  AND right(c.relname, 7) = '_before' AND p.relname <> left(c.relname, -7) LOOP"
    "  EXECUTE format('ALTER INDEX %%I RENAME TO %%I', x.is, x.wanted);"
    " END LOOP; END $$";

/* A span that another part holds, or that has rows in the rest already, is left as it is. */
static const char ahead_sql[] =
    "DO $$ BEGIN"
    " IF (SELECT relkind FROM pg_class WHERE oid = '%1$s'::regclass) <> 'p' THEN RETURN; END IF;"
    " CREATE TABLE IF NOT EXISTS %1$s_%2$lld PARTITION OF %1$s FOR VALUES FROM (%2$lld) TO "
    "(%3$lld);"
    " EXCEPTION WHEN invalid_object_definition OR check_violation THEN NULL; END $$";

static const char drop_sql[] = "DO $$ DECLARE x record; BEGIN"
                               " FOR x IN SELECT c.oid::regclass AS part FROM pg_inherits h JOIN "
                               "pg_class c ON c.oid = h.inhrelid"
                               "  WHERE h.inhparent = '%1$s'::regclass AND c.relkind = 'r'"
                               "  AND substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO "
                               "\\(''(-?[0-9]+)''\\)')::int8 <= %2$lld"
                               " LOOP EXECUTE format('DROP TABLE %%s', x.part); END LOOP; END $$";

static err run(struct db *db, void *sql)
{
    return pg_script(db->conn, sql);
}

static err run_sql(struct store *s, const char *format, const char *table, int64_t a, int64_t b)
{
    if (!s->engine->is_shared)
        return NULL;
    struct arena *arena = arena_new();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    str sql = str_printf(arena, format, table, (long long)a, (long long)b);
#pragma GCC diagnostic pop
    err failed = store_write(s, run, (void *)(uintptr_t)sql.at);
    arena_free(arena);
    return failed;
}

err store_parts_make(struct store *s, const char *table, int64_t from_id)
{
    return run_sql(s, make_sql, table, from_id, 0);
}

err store_parts_ahead(struct store *s, const char *table, int64_t from_id, int64_t to_id)
{
    return run_sql(s, ahead_sql, table, from_id, to_id);
}

err store_parts_drop(struct store *s, const char *table, int64_t id)
{
    return run_sql(s, drop_sql, table, id, 0);
}
