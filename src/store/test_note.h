/* A small table for this floor's tests. */
#pragma once

#include "store/inside.h"
#include "store/test_store.h"

#define UNUSED __attribute__((unused))
/* $1 is read by both engines, as long as numbers first come in their order. */
#define STATEMENT(name_, writes_, sql_, ...)                                                       \
    UNUSED static const struct statement name_ = { #name_, { sql_, sql_ },                         \
        (const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL }, writes_ }

struct note {
    int64_t id, program_id, rank;
    str name;
    instant made_at;
};

static const struct field note_list[] = {
    FIELD_ID(note, id, "not"),
    FIELD(note, program_id),
    FIELD(note, rank),
    FIELD(note, name),
    FIELD(note, made_at),
};
UNUSED static const struct fields note_fields = FIELDS(note_list, note);

static const struct migration note_migrations[] = {
    { "2026-12-01-1-note",
        "CREATE TABLE note (id {{key}}, program_id {{int}} NOT NULL, rank {{int}} NOT NULL CHECK "
        "(rank < 1000),"
        " name TEXT UNIQUE, made_at {{int}}) {{strict}};\n"
        "CREATE INDEX note_rank ON note (rank, id);\n"
        "CREATE TABLE reply (id {{key}}, note_id {{int}} NOT NULL REFERENCES note (id)"
        " DEFERRABLE INITIALLY DEFERRED, body TEXT NOT NULL DEFAULT '', seal {{blob}}) "
        "{{strict}};" },
    { NULL, NULL },
};
UNUSED static const struct migration *const note_tables[] = { note_migrations, NULL };

STATEMENT(note_insert, true,
    "INSERT INTO note (id, program_id, rank, name, made_at) VALUES ($1, $2, $3, $4, $5)", "id",
    "program_id", "rank", "name", "made_at");
STATEMENT(note_list_all, false, "SELECT id, program_id, rank, name, made_at FROM note", );
STATEMENT(note_list_of, false,
    "SELECT id, program_id, rank, name, made_at FROM note WHERE program_id = $1", "program_id");
STATEMENT(
    note_get, false, "SELECT id, program_id, rank, name, made_at FROM note WHERE id = $1", "id");
STATEMENT(note_count, false, "SELECT count(*) FROM note", );
STATEMENT(reply_insert, true, "INSERT INTO reply (id, note_id, seal) VALUES ($1, $2, $3)", "id",
    "note_id", "seal");

/* A write of one note, and whatever else a test wants of it. */
struct note_write {
    struct note note;
    int64_t orphan; /* a reply to nothing, found at the commit */
    err gives;      /* what the function returns in the end */
    int runs;
};

UNUSED static err note_write(struct db *db, void *arg)
{
    struct note_write *w = arg;
    w->runs++;
    if (w->orphan)
        TRY(db_run(db, &reply_insert,
            (const struct param[]){ P("id", w->orphan), P("note_id", INT64_C(999999)),
                param_bytes("seal", NULL, 0), { 0 } },
            NULL, NULL, NULL));
    TRY(db_put(db, &note_insert, &note_fields, &w->note));
    return w->gives;
}

UNUSED static err note_put(struct store *s, int64_t id, int64_t rank, const char *name)
{
    struct note_write w = { .note = {
                                .id = id, .program_id = 1, .rank = rank, .name = str_of(name) } };
    return store_write(s, note_write, &w);
}

UNUSED static err note_count_read(struct db *db, void *arg)
{
    return db_int(db, &note_count, NO_PARAMS, arg);
}

UNUSED static int64_t notes(struct store *s)
{
    int64_t count = -1;
    ASSERT_OK(store_read(s, note_count_read, &count));
    return count;
}
