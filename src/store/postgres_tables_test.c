/* Tables as PostgreSQL keeps them: in parts, with what it knows of them. */
#include "store/inside.h"
#include "store/parts.h"
#include "store/test_note.h"

static struct store *opened(const struct store_options *o)
{
    struct store *s;
    ASSERT_OK(store_open(o, &s));
    return s;
}

/* ---- in parts -------------------------------------------------------------------------------- */

STATEMENT(part_count, false,
    "SELECT count(*) FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid WHERE c.relkind = 'r'"
    " AND h.inhparent = 'lap'::regclass", );
STATEMENT(lap_index, false,
    "SELECT count(*) FROM pg_indexes WHERE schemaname = current_schema() AND tablename = 'lap'"
    " AND indexname IN ('lap_rank', 'lap_pkey')", );
STATEMENT(lap_count, false, "SELECT count(*) FROM lap", );
STATEMENT(lap_insert, true, "INSERT INTO lap (id, rank) VALUES ($1, 1) ON CONFLICT (id) DO NOTHING",
    "id");

static err lap_put(struct db *db, void *id)
{
    return db_run(db, &lap_insert, PARAMS(P("id", *(int64_t *)id)), NULL, NULL, NULL);
}

TEST(a_table_in_parts_reads_as_before_and_old_parts_go_at_once)
{
    static const struct migration laps[] = {
        { "2026-12-01-1-lap", "CREATE TABLE lap (id {{key}}, rank {{int}} NOT NULL) {{strict}};"
                              "CREATE INDEX lap_rank ON lap (rank, id);" },
        { "2026-12-01-2-lap-later", "ALTER TABLE lap ADD COLUMN note TEXT; DROP INDEX lap_rank;"
                                    "CREATE INDEX lap_rank ON lap (rank);" },
        { NULL, NULL },
    };
    struct migration early[] = { laps[0], { NULL, NULL } };
    const struct migration *const early_tables[] = { early, NULL };
    const struct migration *const tables[] = { laps, NULL };
    struct store_options o = test_store_options(t, early_tables);
    struct store *s = opened(&o);
    for (int64_t id = 1; id < 100; id += 10)
        ASSERT_OK(store_write(s, lap_put, &id));
    for (int twice = 0; twice < 2; twice++) {
        ASSERT_OK(store_parts_make(s, "lap", 100));
        ASSERT_OK(store_parts_ahead(s, "lap", 50, 150)); /* over another: left as it is */
        ASSERT_OK(store_parts_ahead(s, "lap", 100, 200));
    }
    ASSERT_INT(test_store_number(s, &part_count), 3); /* before, 100 to 200, the rest */
    ASSERT_INT(test_store_number(s, &lap_index), 2);
    for (int64_t id = 1; id < 300; id += 10) /* ten are there */
        ASSERT_OK(store_write(s, lap_put, &id));
    ASSERT_INT(test_store_number(s, &lap_count), 30);
    store_close(s);
    o.migrations = tables; /* later migrations find it as it was */
    s = opened(&o);
    ASSERT_INT(test_store_number(s, &lap_index), 2);
    ASSERT_OK(store_parts_drop(s, "lap", 99));
    ASSERT_INT(test_store_number(s, &lap_count), 30);
    ASSERT_OK(store_parts_drop(s, "lap", 100));
    ASSERT_INT(test_store_number(s, &lap_count), 20);
    ASSERT_OK(store_parts_drop(s, "lap", 200));
    ASSERT_INT(test_store_number(s, &lap_count), 10);
    ASSERT_INT(test_store_number(s, &part_count), 1);
    str report;
    ASSERT_OK(store_check(s, t->arena, &report));
    store_close(s);
}

/* ---- statistics ------------------------------------------------------------------------------ */

STATEMENT(notes_known, false,
    "SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE oid = CAST('note' AS regclass)", );

TEST(rows_that_came_at_once_are_counted_by_the_planner_at_once)
{
    enum { FEW = 40 }; /* the server by itself looks at a table of more than 50 */
    struct store *s = test_store(t, note_tables);
    for (int64_t id = 1; id <= FEW; id++)
        ASSERT_OK(note_put(s, id, id, NULL));
    ASSERT_INT(test_store_number(s, &notes_known), -1);
    store_filled(s);
    ASSERT_INT(test_store_number(s, &notes_known), FEW);
}

RUN_TESTS(ROW(a_table_in_parts_reads_as_before_and_old_parts_go_at_once),
    ROW(rows_that_came_at_once_are_counted_by_the_planner_at_once))
