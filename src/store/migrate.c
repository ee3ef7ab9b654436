/* Bringing a store up to date: dated files in the order of their names, each in a transaction of
 * its own. */
#include "store/inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/secret.h"
#include "store/migrate.sql.h"
#include "store/tokens.h"

static const char table_sql[] = "CREATE TABLE migration ("
                                " name TEXT NOT NULL PRIMARY KEY,"
                                " checksum TEXT NOT NULL,"
                                " applied_at {{int}} NOT NULL) {{strict}}";

struct applied {
    str name, checksum;
    instant applied_at;
};

static const struct field applied_list[] = {
    FIELD(applied, name),
    FIELD(applied, checksum),
    FIELD(applied, applied_at),
};
static const struct fields applied_fields = FIELDS(applied_list, applied);

/* ---- the list ------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct migration *)a)->name, ((const struct migration *)b)->name);
}

err migrate_list(struct store *s, const struct migration *const *tables)
{
    size_t count = 0;
    for (size_t t = 0; tables && tables[t]; t++)
        for (const struct migration *m = tables[t]; m->name; m++)
            count++;
    s->migrations = calloc(count + 1, sizeof(*s->migrations));
    if (!s->migrations)
        log_fatal("out of memory while opening the store");
    for (size_t t = 0; tables && tables[t]; t++)
        for (const struct migration *m = tables[t]; m->name; m++)
            s->migrations[s->migration_count++] = *m;
    qsort(s->migrations, count, sizeof(*s->migrations), by_name);
    for (size_t i = 1; i < count; i++)
        if (strcmp(s->migrations[i - 1].name, s->migrations[i].name) == 0) {
            log_line(LOG_ERROR, "two migrations have one name migration=%s", s->migrations[i].name);
            return &STORE_CHANGED;
        }
    return NULL;
}

/* ---- the text ------------------------------------------------------------------------------- */

str migrate_checksum(struct arena *arena, const char *sql)
{
    return secret_hash(arena, str_of(sql));
}

static bool add_token(struct buf *out, const struct engine *engine, str *rest)
{
    for (size_t i = 0; i < SQL_TOKENS; i++) {
        size_t len = strlen(sql_tokens[i].name);
        if (rest->len >= len + 4 && memcmp(rest->at + 2, sql_tokens[i].name, len) == 0 &&
            memcmp(rest->at + 2 + len, "}}", 2) == 0) {
            buf_add(out, str_of(sql_tokens[i].text[engine->number]));
            *rest = str_from(*rest, len + 4);
            return true;
        }
    }
    return false;
}

static void add_line(struct buf *out, const struct engine *engine, str line)
{
    while (line.len > 0) {
        if (str_starts(line, STR("{{")) && add_token(out, engine, &line))
            continue;
        buf_char(out, line.at[0]);
        line = str_from(line, 1);
    }
    buf_char(out, '\n');
}

/* "-- @sqlite", "-- @postgres", "-- @both": whether what follows is for this engine. */
static bool is_part(str line, const struct engine *engine, bool *out_ours)
{
    static const char *const engines[STORE_ENGINES] = { "@sqlite", "@postgres" };
    line = str_trim(line);
    if (!str_starts(line, STR("--")))
        return false;
    line = str_trim(str_from(line, 2));
    if (str_eq(line, STR("@both"))) {
        *out_ours = true;
        return true;
    }
    for (int e = 0; e < STORE_ENGINES; e++)
        if (str_eq(line, str_of(engines[e]))) {
            *out_ours = e == engine->number;
            return true;
        }
    return false;
}

str migrate_expand(struct arena *arena, const struct engine *engine, const char *sql)
{
    struct buf out = buf_new(arena);
    str rest = str_of(sql), line;
    bool ours = true;
    while (str_cut(&rest, '\n', &line))
        if (!is_part(line, engine, &ours) && ours)
            add_line(&out, engine, line);
    return engine->translate ? engine->translate(arena, buf_str(&out)) : buf_str(&out);
}

/* ---- running -------------------------------------------------------------------------------- */

static err run_one(
    struct store *s, struct conn *conn, struct arena *arena, const struct migration *m)
{
    str broken = STR_NONE;
    struct db loan = loan_on(s, conn, arena, true);
    int64_t before;
    TRY(db_int(&loan, &MIGRATION_COUNT, PARAMS(P("name", m->name)), &before));
    if (before > 0) /* another node was quicker */
        return NULL;
    struct applied row = { .name = str_of(m->name),
        .checksum = migrate_checksum(arena, m->sql),
        .applied_at = db_now(&loan) };
    TRY(s->engine->script(conn, migrate_expand(arena, s->engine, m->sql).at));
    TRY(s->engine->references(conn, arena, &broken));
    if (!str_empty(broken)) {
        log_line(LOG_ERROR, "a migration left a reference broken at=%" PRI_STR, STR_ARG(broken));
        return &STORE_CONFLICT;
    }
    return db_put(&loan, &MIGRATION_INSERT, &applied_fields, &row);
}

static err run_in_transaction(struct store *s, struct conn *conn, const struct migration *m)
{
    struct arena *arena = arena_new();
    err failed = s->engine->begin(conn);
    if (!failed) {
        failed = run_one(s, conn, arena, m);
        if (!failed)
            failed = s->engine->commit(conn);
        s->engine->rollback(conn); /* of what was not committed */
    }
    arena_free(arena);
    if (failed)
        log_line(LOG_ERROR, "a migration failed and was undone migration=%s", m->name);
    else
        log_line(LOG_DEBUG, "migrated migration=%s", m->name);
    return failed;
}

static err run_last(struct store *s, struct conn *conn)
{
    if (!s->engine->last_sql)
        return NULL;
    TRY(s->engine->begin(conn));
    err failed = s->engine->script(conn, s->engine->last_sql);
    if (!failed)
        failed = s->engine->commit(conn);
    s->engine->rollback(conn);
    return failed;
}

static err run_due(struct store *s, struct conn *conn, bool *done)
{
    TRY(s->engine->bulk(conn, true)); /* no foreign keys, no triggers: tables may be rebuilt */
    err failed = NULL;
    for (size_t i; !failed && (i = migrate_next(s, done)) < s->migration_count; done[i] = true)
        failed = run_in_transaction(s, conn, &s->migrations[i]);
    if (!failed)
        failed = run_last(s, conn);
    err back = s->engine->bulk(conn, false);
    return failed ? failed : back;
}

/* ---- moving --------------------------------------------------------------------------------- */

/* A row among the migrations that no migration has: no program opens the store while it is there.
 */
static const char moving_name[] = "moving";

static err mark_moving(struct store *s, struct conn *conn, struct arena *arena)
{
    struct db loan = loan_on(s, conn, arena, true);
    struct applied row = {
        .name = str_of(moving_name), .checksum = STR("-"), .applied_at = db_now(&loan)
    };
    return db_put(&loan, &MIGRATION_INSERT, &applied_fields, &row);
}

err migrate_moved(struct db *db, void *arg)
{
    (void)arg;
    return db_run(db, &MIGRATION_DELETE, PARAMS(P("name", moving_name)), NULL, NULL, NULL);
}

/* ---- what has run --------------------------------------------------------------------------- */

static err check_applied(
    struct store *s, const struct applied *row, struct arena *arena, bool *done, bool *out_moving)
{
    if (str_eq(row->name, str_of(moving_name))) {
        *out_moving = true;
        return s->moving ? NULL : &STORE_MOVING;
    }
    for (size_t i = 0; i < s->migration_count; i++) {
        if (!str_eq(str_of(s->migrations[i].name), row->name))
            continue;
        done[i] = true;
        if (str_eq(migrate_checksum(arena, s->migrations[i].sql), row->checksum))
            return NULL;
        log_line(LOG_ERROR, "a migration was changed after it had run migration=%" PRI_STR,
            STR_ARG(row->name));
        return &STORE_CHANGED;
    }
    log_line(
        LOG_ERROR, "a newer program has used this store migration=%" PRI_STR, STR_ARG(row->name));
    return &STORE_NEWER;
}

static err check_all(
    struct store *s, struct conn *conn, struct arena *arena, bool *done, bool *out_table)
{
    struct db loan = loan_on(s, conn, arena, false);
    struct list rows = { NULL, 0 };
    int64_t tables;
    bool is_moving = false;
    TRY(db_int(&loan, &MIGRATION_TABLE_COUNT, NO_PARAMS, &tables));
    *out_table = tables > 0;
    if (!*out_table && !s->create)
        return &STORE_MISSING;
    if (tables > 0)
        TRY(db_all(&loan, &MIGRATION_LIST, NO_PARAMS, &applied_fields, &rows));
    for (size_t i = 0; i < rows.count; i++)
        TRY(check_applied(s, &((struct applied *)rows.at)[i], arena, done, &is_moving));
    if (rows.count > 0 && (s->fresh || s->moving) && !is_moving) {
        log_line(LOG_ERROR, "there is a store at this place already");
        return &STORE_CONFLICT;
    }
    return NULL;
}

static err check(
    struct store *s, struct conn *conn, struct arena *arena, bool *done, bool *out_table)
{
    TRY(s->engine->begin(conn));
    err failed = check_all(s, conn, arena, done, out_table);
    s->engine->rollback(conn);
    s->has_migrations = !failed && *out_table;
    return failed;
}

static err make_table(struct store *s, struct conn *conn, struct arena *arena)
{
    TRY(s->engine->begin(conn));
    err failed = NULL;
    if (s->engine->first_sql)
        failed = s->engine->script(conn, s->engine->first_sql);
    if (!failed)
        failed = s->engine->script(conn, migrate_expand(arena, s->engine, table_sql).at);
    if (!failed && s->moving)
        failed = mark_moving(s, conn, arena);
    if (!failed)
        failed = s->engine->commit(conn);
    s->engine->rollback(conn); /* of what was not committed */
    return failed;
}

/* Two nodes may begin at once: one of them makes it. */
static err make_table_once(struct store *s, struct conn *conn, struct arena *arena, bool *done)
{
    bool has_table;
    err failed = make_table(s, conn, arena);
    TRY(check(s, conn, arena, done, &has_table));
    return has_table ? NULL : failed;
}

static err bring_up(struct store *s, struct conn *conn, struct arena *arena, bool apply)
{
    bool *done = ARENA_ARRAY(arena, bool, s->migration_count + 1);
    bool has_table;
    TRY(check(s, conn, arena, done, &has_table));
    size_t first = 0;
    while (first < s->migration_count && done[first])
        first++;
    if (first == s->migration_count && has_table)
        return NULL;
    if (!apply) {
        log_line(LOG_ERROR, "the store must be brought up to date first migration=%s",
            first < s->migration_count ? s->migrations[first].name : "-");
        return &STORE_OLDER;
    }
    if (!has_table)
        TRY(make_table_once(s, conn, arena, done));
    return run_due(s, conn, done);
}

err migrate(struct store *s, struct conn *conn, bool apply)
{
    struct arena *arena = arena_new();
    err failed = bring_up(s, conn, arena, apply);
    arena_free(arena);
    return failed;
}
