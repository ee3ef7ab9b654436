/* Settings of the engine for several nodes and the questions about its schema: text only. */
#pragma once

/* When packets vanish without a word, both ends find the connection dead after this many
 * milliseconds: we, because we stop waiting; the server, because until then the locks of our open
 * transaction are in everybody's way. Who waited behind them may be dead too, and be found out only
 * then: others wait twice that at worst. In seconds: the first probe, and the time to the next. */
#define PG_DEAD_MS     "5000"
#define PG_PROBE_FIRST "3"
#define PG_PROBE_NEXT  "1"
#define PG_PROBES      "2"
#define PG_LIMITS_CONNECTION                                                                       \
    " -c tcp_user_timeout=" PG_DEAD_MS " -c tcp_keepalives_idle=" PG_PROBE_FIRST                   \
    " -c tcp_keepalives_interval=" PG_PROBE_NEXT " -c tcp_keepalives_count=" PG_PROBES             \
    " -c client_connection_check_interval=1000"

/* Milliseconds. A write that waits longer than this for a lock gives up and runs again; a
 * transaction that stands still holds back everybody's cleaning up. */
#define PG_LIMITS_WRITE                                                                            \
    "-c statement_timeout=30000 -c lock_timeout=10000 -c "                                         \
    "idle_in_transaction_session_timeout=60000" PG_LIMITS_CONNECTION
#define PG_LIMITS_READ                                                                             \
    "-c statement_timeout=60000 -c lock_timeout=10000 -c "                                         \
    "idle_in_transaction_session_timeout=300000" PG_LIMITS_CONNECTION
/* The same behind a pooler, where a session is not ours from one transaction to the next. */
static const char *const pg_local_write[] = { "SET LOCAL statement_timeout = 30000",
    "SET LOCAL lock_timeout = 10000", "SET LOCAL idle_in_transaction_session_timeout = 60000",
    NULL };
static const char *const pg_local_read[] = { "SET LOCAL statement_timeout = 60000",
    "SET LOCAL lock_timeout = 10000", "SET LOCAL idle_in_transaction_session_timeout = 300000",
    NULL };
static const char *const pg_unguarded[] = { "SET LOCAL tributary.bulk = 'on'",
    "SET LOCAL statement_timeout = 0", "SET LOCAL idle_in_transaction_session_timeout = 0", NULL };

/* clang-format off */
static const struct {
    const char *name, *wanted, *refused; /* one of both */
} pg_settings[] = {
    { "fsync",                       "on",   0 },
    { "full_page_writes",            "on",   0 },
    { "synchronous_commit",          0,      "off" },
    { "server_encoding",             "UTF8", 0 },
    { "standard_conforming_strings", "on",   0 },
    { "transaction_read_only",       "off",  0 },
};
/* clang-format on */

enum { PG_VERSION_LEAST = 140000 };

#define PG_TABLES                                                                                  \
    "SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"       \
    " WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition"     \
    " AND c.relname NOT LIKE '%\\_passing' AND c.relpersistence = 'p'"                             \
    " ORDER BY c.relname COLLATE \"C\""
#define PG_TABLE_1                                                                                 \
    "(SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"                  \
    " WHERE n.nspname = current_schema() AND c.relname = $1 AND c.relkind IN ('r', 'p'))"
#define PG_COLUMNS                                                                                 \
    "SELECT a.attname AS name, coalesce((SELECT k.place FROM pg_index i,"                          \
    " unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place) WHERE i.indrelid = a.attrelid" \
    " AND i.indisprimary AND k.attnum = a.attnum), 0) AS pk FROM pg_attribute a"                   \
    " WHERE a.attrelid = " PG_TABLE_1 " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
#define PG_REFERENCES                                                                              \
    "SELECT DISTINCT t.relname AS name FROM pg_constraint f JOIN pg_class t ON t.oid = "           \
    "f.confrelid"                                                                                  \
    " WHERE f.contype = 'f' AND f.conrelid = " PG_TABLE_1 " ORDER BY 1"

/* Not logged: a crash of the server empties it, and so does a standby that takes over. */
#define PG_MARK_TABLE                                                                              \
    "CREATE UNLOGGED TABLE IF NOT EXISTS %1$s%2$scrash_mark"                                       \
    " (one INT PRIMARY KEY CHECK (one = 1), mark BIGINT NOT NULL)"
#define PG_MARK_PUT                                                                                \
    "INSERT INTO %1$s%2$scrash_mark (one, mark) SELECT 1, 1 + (random() * 4e18)::bigint"           \
    " WHERE NOT EXISTS (SELECT 1 FROM %1$s%2$scrash_mark) ON CONFLICT (one) DO NOTHING"
#define PG_MARK   "SELECT mark FROM %1$s%2$scrash_mark"
#define PG_STATUS "SELECT pg_xact_status('%s'::xid8)"

/* What triggers call: see postgres_dialect.c. */
#define PG_FIRST                                                                                   \
    "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"             \
    " IF current_setting('tributary.bulk', true) = 'on' THEN RETURN coalesce(NEW, OLD); END IF;"   \
    " RAISE EXCEPTION '%', TG_ARGV[0]; END $$;"

/* Without statistics the server takes any index that begins with the programme for as good as
 * another, and reads all that one programme has. It looks by itself, but not at once. */
#define PG_FILLED                                                                                  \
    "DO $$ DECLARE t regclass; BEGIN"                                                              \
    " FOR t IN SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"         \
    "  WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition"    \
    "  AND pg_get_userbyid(c.relowner) = current_user LOOP"                                        \
    "  EXECUTE format('ANALYZE %s', t);"                                                           \
    " END LOOP; END $$;"

/* References are looked at at the commit. Looking one up marks, for the serializable writes beside
 * this one, the page of the index where it was found; for a row that was just made that is the page
 * where all others put theirs, and whoever looks there before he is at his end is in everybody's
 * way. */
#define PG_LAST                                                                                    \
    "DO $$ DECLARE x record; BEGIN"                                                                \
    " FOR x IN SELECT f.conrelid::regclass AS t, f.conname FROM pg_constraint f"                   \
    "  JOIN pg_namespace n ON n.oid = f.connamespace WHERE n.nspname = current_schema()"           \
    "  AND f.contype = 'f' AND NOT f.condeferred AND f.conparentid = 0 LOOP"                       \
    "  EXECUTE format('ALTER TABLE %s ALTER CONSTRAINT %I DEFERRABLE INITIALLY DEFERRED',"         \
    "   x.t, x.conname);"                                                                          \
    " END LOOP; EXCEPTION WHEN feature_not_supported THEN NULL; END $$"

/* Around an import: references are looked at at its end, and no trigger runs. */
#define PG_PUT_OFF                                                                                 \
    "DO $$ DECLARE x record; BEGIN"                                                                \
    " FOR x IN SELECT f.conrelid::regclass AS t, f.conname FROM pg_constraint f"                   \
    "  JOIN pg_namespace n ON n.oid = f.connamespace WHERE n.nspname = current_schema()"           \
    "  AND f.contype = 'f' AND NOT f.condeferrable LOOP"                                           \
    "  EXECUTE format('ALTER TABLE %s ALTER CONSTRAINT %I DEFERRABLE', x.t, x.conname);"           \
    "  PERFORM set_config('tributary.put_off', concat(current_setting('tributary.put_off', true)," \
    "   format('ALTER TABLE %s ALTER CONSTRAINT %I NOT DEFERRABLE;', x.t, x.conname)), true);"     \
    " END LOOP;"                                                                                   \
    " FOR x IN SELECT t.tgrelid::regclass AS t, t.tgname FROM pg_trigger t"                        \
    "  JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"         \
    "  WHERE n.nspname = current_schema() AND NOT t.tgisinternal AND t.tgenabled = 'O' LOOP"       \
    "  EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', x.t, x.tgname);"                        \
    "  PERFORM set_config('tributary.put_off', concat(current_setting('tributary.put_off', true)," \
    "   format('ALTER TABLE %s ENABLE TRIGGER %I;', x.t, x.tgname)), true);"                       \
    " END LOOP; END $$; SET CONSTRAINTS ALL DEFERRED"
#define PG_PUT_BACK                                                                                \
    "DO $$ BEGIN EXECUTE concat(current_setting('tributary.put_off', true), 'SELECT 1'); END $$"

/* What would make a promise of the schema void: each row a line of the report. */
#define PG_UNSOUND                                                                                 \
    "SELECT 'the trigger ' || t.tgname || ' is switched off' FROM pg_trigger t"                    \
    " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"          \
    " WHERE n.nspname = current_schema() AND t.tgenabled <> 'O'"                                   \
    " UNION ALL SELECT 'the constraint ' || f.conname || ' was never checked' FROM pg_constraint " \
    "f"                                                                                            \
    " JOIN pg_namespace n ON n.oid = f.connamespace"                                               \
    " WHERE n.nspname = current_schema() AND NOT f.convalidated"                                   \
    " UNION ALL SELECT 'the index ' || c.relname || ' is not whole' FROM pg_index i"               \
    " JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace"       \
    " WHERE n.nspname = current_schema() AND NOT i.indisvalid"
