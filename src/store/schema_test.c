/* The schema that all migrations make, and every statement of every room against it. */
#include "store/test_note.h"

#include <string.h>

#include "all_statements.h"
#include "base/buf.h"
#include "migrations.h"
#include "store/schema.h"

STATEMENT(no_such_table, false, "SELECT id FROM no_such_table", );
STATEMENT(lies, false, "DELETE FROM migration", );

static err prepare_on(struct conn *conn, const struct statement *s)
{
    struct prepared *p;
    TRY(conn_prepare(conn, s, true, &p));
    conn_done(p);
    return NULL;
}

TEST(every_statement_of_every_room_is_taken_by_the_engine)
{
    struct store *s = test_store(t, all_migrations);
    struct conn *reader;
    size_t count = 0;
    ASSERT_OK(pool_take(s->readers, &reader));
    for (size_t room = 0; all_statements[room]; room++)
        for (size_t i = 0; all_statements[room][i]; i++) {
            const struct statement *statement = all_statements[room][i];
            test_case("%s", statement->name);
            /* What does not say that it writes must be possible where nothing can be written. */
            ASSERT_OK(prepare_on(statement->writes ? writer_conn(s->writer) : reader, statement));
            count++;
        }
    ASSERT_TRUE(count > 3);
    log_level_set(LOG_ERROR + 1); /* the controls */
    ASSERT_ERR(prepare_on(reader, &no_such_table), &STORE_BROKEN);
    ASSERT_ERR(prepare_on(reader, &lies), &STORE_BROKEN);
    log_level_set(LOG_ERROR);
    pool_give(s->readers, reader);
}

STATEMENT(loose_table, false,
    "SELECT t.name AS name FROM pragma_table_list AS t WHERE t.schema = 'main' AND t.type = 'table'"
    " AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND t.strict = 0", );

TEST(every_table_is_strict)
{
    struct store *s = test_store(t, all_migrations);
    struct db *db = store_lend(s, t->arena);
    struct note row = { .name = STR_NONE };
    bool found;
    ASSERT_OK(db_one(db, &loose_table, NO_PARAMS, &note_fields, &row, &found));
    if (found)
        ASSERT_STR(row.name, "");
    store_return(db);
}

static err read_schema(struct db *db, void *arg)
{
    return schema_read(db, arg);
}

TEST(tables_come_after_those_they_refer_to)
{
    struct store *s = test_store(t, all_migrations);
    struct schema schema;
    store_keep(t->arena);
    ASSERT_OK(store_read(s, read_schema, &schema));
    store_keep(NULL);
    ASSERT_TRUE(schema.count > 1);
    for (size_t i = 0; i < schema.count; i++) {
        const struct table *table = &schema.tables[i];
        test_case("%" PRI_STR, STR_ARG(table->name));
        ASSERT_TRUE(table->columns.count > 0);
        ASSERT_TRUE(table->key.count > 0);
        for (size_t r = 0; r < table->refers.count; r++) {
            const struct table *other = schema_find(&schema, table->refers.at[r]);
            ASSERT_TRUE(other != NULL);
            ASSERT_TRUE(other < table);
        }
    }
}

RUN_TESTS(ROW(every_statement_of_every_room_is_taken_by_the_engine), ROW(every_table_is_strict),
    ROW(tables_come_after_those_they_refer_to))
