/* What is kept. A write is a function run in a transaction that may run more than once; a read is a
 * snapshot. `struct db` is a loan: valid in the function it was lent to, never kept, one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/field.h"
#include "base/str.h"

struct arena;
struct env;
struct store;
struct db;

extern const struct err
    STORE_BROKEN; /* internal: the engine refused a statement; logged with its text */
extern const struct err STORE_BUSY;     /* 503: the write queue is full or the disk is */
extern const struct err STORE_AWAY;     /* 503: the database cannot be reached */
extern const struct err STORE_CONFLICT; /* 409: a unique or foreign key refused the row */
extern const struct err STORE_CHECK;    /* 422: a CHECK refused the row: a rule above should have */
extern const struct err STORE_TEXT;     /* 422: a text that is not UTF-8, or has a NUL */
extern const struct err STORE_CURSOR;   /* 400: `after` is not a cursor of this list and sort */
/* Of opening; each is logged with its particulars. */
extern const struct err STORE_MISSING; /* nothing there, and create was not asked for */
extern const struct err STORE_IN_USE;  /* another process serves from it */
extern const struct err
    STORE_UNFIT; /* engine too old, or without the settings that make a write durable */
extern const struct err STORE_NEWER;   /* a newer program has migrated it */
extern const struct err STORE_OLDER;   /* migrations are due and migrate was not asked for */
extern const struct err STORE_MOVING;  /* a move into it was begun and not finished */
extern const struct err STORE_CHANGED; /* a migration that has run was changed afterwards */
extern const struct err STORE_DAMAGED; /* the engine's own structures, or a copy's, are not sound */

/* ---- statements: made from a room's .sql by tools/statements ------------------------------------
 */

enum { STORE_SQLITE, STORE_POSTGRES, STORE_ENGINES };

struct statement {
    const char *name;               /* "coupon_insert" */
    const char *sql[STORE_ENGINES]; /* with ?1 or $1 */
    const char *const *params;      /* null-terminated, in the order of their numbers */
    bool writes;
};

/* ---- opening
 * -------------------------------------------------------------------------------------- */

/* One dated file of a room, embedded; run once, in the order of names, checked by checksum. Tokens
 * as in a room's .sql. A line `-- @sqlite` or `-- @postgres` begins a part for that engine alone,
 * `-- @both` ends it. Foreign keys are not enforced while it runs and checked before it is kept:
 * tables may be rebuilt. */
struct migration {
    const char *name; /* "2026-12-01-1-coupon" */
    const char *sql;
};

struct store_options {
    const char *url; /* "sqlite:/path/to/tributary.db" or "postgres://…" */
    const struct env *env;
    const struct migration *const
        *migrations;    /* null-terminated list of tables, each ended by a null name */
    size_t write_queue; /* longest queue of writes before STORE_BUSY; 0 = 10,000 */
    size_t readers;     /* connections for reading; 0 = 4 */
    const char *replica;    /* URL of a server that follows the one of `url`; null: none */
    int64_t replica_most_ms; /* behind: farther back it is not read; 0 = 10,000 */
    bool create;        /* make it when it is not there */
    bool migrate;       /* bring it up to date; otherwise refuse an old one */
    bool fresh;         /* refuse one that has been used: STORE_CONFLICT */
    bool moving;        /* fresh, or a move into it was begun: see move.h */
    bool read_only;     /* beside the process that serves: reading, export and backup alone */
    bool strict;        /* tests: a result column without a member is STORE_BROKEN */
    bool rerun;         /* tests: undo every write once and run it again, as a busy engine would */
};

/* Does this URL name a server, which other nodes may use too? Then no file of it is ours. */
bool store_is_shared(const char *url);
MUST_CHECK err store_open(const struct store_options *, struct store **out);
void store_close(struct store *); /* waits for queued writes */

typedef err (*store_fn)(struct db *db, void *arg);

/* Runs fn in a transaction and returns when its effect is durable. fn MAY RUN MORE THAN ONCE and
 * touches nothing but its loan and its argument; a failure it returns rolls back its part alone. */
MUST_CHECK err store_write(struct store *, store_fn fn, void *arg);
/* Inside a write: nobody waits for this one, so its thread lets others have the processor every
 * now and then, as long as no other write is queued. */
void db_calmly(struct db *);
/* From now on every store_write of this thread first runs `guard` in its transaction; what that
 * returns ends the write. For who writes under a lease that another may have taken over. Null ends
 * it. */
void store_guard(store_fn guard, void *arg);
/* Runs fn on a read-only snapshot; on the thread's open loan, when there is one. Inside a write it
 * sees that write. */
MUST_CHECK err store_read(struct store *, store_fn fn, void *arg);

/* A read loan that takes a connection at its first statement and gives it back at the end. Lent,
 * used and given back on one thread, the last lent first. After a store_write of that thread it
 * begins a new snapshot, so that what was written is seen. */
struct db *store_lend(struct store *, struct arena *);
void store_return(struct db *);
/* The same on the replica, while that is near enough: what was committed until out_as_of is seen.
 * Null when there is none. For what is looked at, never for what is decided by; after a store_write
 * of that thread it goes on where the write was. */
struct db *store_lend_behind(struct store *, struct arena *, instant *out_as_of);
/* For so long after a write a reader must not be given a loan that is behind, if he is to see it.
 * Milliseconds; 0: there is no replica. */
int64_t store_behind_ms(struct store *);
/* Gives the loan's connection back; its next statement takes another, and begins a new snapshot. */
void store_rest(struct db *);
/* The loan's next statement sees what is committed by then: after waiting for somebody else's
 * write. */
void store_refresh(struct db *);

/* Where texts read by store_write and store_read live: in the arena of the thread's open loan; else
 * in the one given here, until it is given another or null; else until the thread's next
 * store_write or store_read. */
void store_keep(struct arena *);

struct store_health {
    size_t queued_writes, readers_busy;
    int64_t bytes; /* of the database files */
    bool writable, has_replica;
    int64_t replica_behind_ms; /* -1: it is not read now */
    int64_t replica_reads;     /* loans on it, so far */
};
void store_health(struct store *, struct store_health *out);

/* A copy of the whole store while it is in use (SQLite's backup API; of a server, one snapshot as a
 * portable export): contains every write that returned before. Checked and synced before it gets
 * its name; beside it `to_path`.sha256, in the form of sha256sum. Refuses a path that exists:
 * STORE_CONFLICT. */
MUST_CHECK err store_backup(struct store *, const char *to_path);
/* Is this file a sound copy? Compares the checksum beside it when there is one (the report says so
 * when there is none) and looks at every page, row and reference. STORE_DAMAGED, STORE_MISSING. */
MUST_CHECK err store_backup_check(const char *path, struct arena *, str *out_report);
/* Integrity of the engine's own structures, and of references. STORE_DAMAGED with a report in
 * lines; "ok". */
MUST_CHECK err store_check(struct store *, struct arena *, str *out_report);

/* ---- news
 * --------------------------------------------------------------------------------------------
 */

/* Other nodes hold some things in memory. In the write that changes one: tells them, at once or
 * within a second. Costs nothing where the store is one process's own. */
MUST_CHECK err store_tell(struct db *, const char *topic, int64_t a, int64_t b, int64_t c);
/* Called on a thread of the store's with what others told, perhaps twice; without a topic when
 * something may have been missed: then everything is to be looked at again. */
typedef void (*store_heard_fn)(void *arg, const char *topic, int64_t a, int64_t b, int64_t c);
struct news;
/* Begin before loading what may change. Null where nobody else can change anything. */
struct news *store_listen(struct store *, store_heard_fn, void *arg);
void store_unlisten(struct news *); /* afterwards nothing is heard */

/* ---- parameters
 * ------------------------------------------------------------------------------------ */

struct param {
    const char *name;
    enum kind kind;
    bool bytes; /* value.s goes to a {{blob}} column */
    union {
        int64_t i;
        str s;
        currency currency;
    } value;
};

struct param param_int(const char *name, int64_t); /* also ids: 0 stays 0 */
struct param param_int32(const char *name, int32_t);
struct param param_bool(const char *name, bool);
struct param param_str(const char *name, str); /* none is NULL */
struct param param_text(const char *name, const char *);
struct param param_instant(const char *name, instant); /* none is NULL */
struct param param_currency(const char *name, currency);
struct param param_ref(const char *name, int64_t id); /* 0 is NULL */
struct param param_bytes(
    const char *name, const void *, size_t); /* for {{blob}}; null is NULL; read into a str */

/* clang-format off */
#define P(name, value)                                                                             \
    _Generic((value), bool: param_bool, int32_t: param_int32, str: param_str, instant: param_instant, \
        currency: param_currency, char *: param_text, const char *: param_text, default: param_int)(name, value)
#define PARAMS(...) ((const struct param[]){ __VA_ARGS__, { .name = NULL } })
/* clang-format on */
#define NO_PARAMS ((const struct param[]){ { .name = NULL } })

/* ---- running
 * ---------------------------------------------------------------------------------------- */
/* A statement's :parameters are filled from `params` first, then by name from `record` through
 * `fields`. A parameter found in neither is STORE_BROKEN; statements that give rows take `params`
 * alone. Result columns fill members by name; a column without a member is STORE_BROKEN in tests
 * and ignored otherwise; members without a column keep their value. Texts are copied into the
 * loan's arena (db_arena) and live as long as it. What NULL is: id 0, instant 0, a text or JSON
 * object of none, currency none. Other numbers are never NULL; a NULL that is read is 0. A
 * statement that fails ends its write: the later ones fail with it. */

struct arena *db_arena(struct db *);
instant db_now(
    struct db *); /* the time at which the transaction began, the same in every statement */
struct store *db_store(struct db *);
const struct env *db_env(struct db *); /* for ids made inside a write, by listeners for instance */

/* Runs a statement without rows; changes may be null: then a server's refusal may come with a later
 * statement or at the end of the write, whose failure it is. For "insert if new" write ON CONFLICT DO
 * NOTHING and look at changes: a refused row ends the write on PostgreSQL. */
MUST_CHECK err db_run(struct db *, const struct statement *, const struct param *params,
    const struct fields *fields, const void *record, int64_t *out_changes);
/* The first row; false in out_found when there is none. */
MUST_CHECK err db_one(struct db *, const struct statement *, const struct param *params,
    const struct fields *fields, void *out_record, bool *out_found);
/* All rows, as an array of fields->size in the loan's arena. */
MUST_CHECK err db_all(struct db *, const struct statement *, const struct param *params,
    const struct fields *fields, struct list *out);
/* Row by row, `record` filled anew each time in scratch memory that is reset between rows. */
typedef err (*row_fn)(void *record, void *arg);
MUST_CHECK err db_each(struct db *, const struct statement *, const struct param *params,
    const struct fields *fields, void *record, row_fn fn, void *arg);
/* One integer: a count, a sum. NULL and no row give 0. */
MUST_CHECK err db_int(
    struct db *, const struct statement *, const struct param *params, int64_t *out);

/* Shorthands that most stores need. */
MUST_CHECK err db_put(
    struct db *, const struct statement *, const struct fields *, const void *record);
/* The same for `count` records that stand `size` bytes apart, in their order, many with one
 * statement: for drains and imports. The statement is an INSERT with one VALUES (…) of parameters
 * alone. */
MUST_CHECK err db_put_many(struct db *, const struct statement *, const struct fields *,
    const void *records, size_t size, size_t count);
/* The same for rows of which none is there yet: a server takes them in one stream. The statement's
 * columns stand in the order of its parameters. */
bool store_pours(const struct store *); /* is it one that does? */
MUST_CHECK err db_pour(struct db *, const struct statement *, const struct fields *,
    const void *records, size_t size, size_t count);
/* db_one that answers `missing` when there is no row. */
MUST_CHECK err db_get(struct db *, const struct statement *, const struct param *,
    const struct fields *, void *out_record, err missing);

/* ---- lists
 * -------------------------------------------------------------------------------------------- */

/* What a list was asked for; filled by request_list() from the URL, checked against the field
 * table. */
enum compare { COMPARE_EQ, COMPARE_GTE, COMPARE_GT, COMPARE_LTE, COMPARE_LT };

struct list_filter {
    const struct field *field;
    enum compare compare;
    struct param value;
};

struct list_query {
    struct list_filter filters[16];
    size_t filter_count;
    const struct field *sort; /* null: id */
    bool descending;
    int64_t limit; /* 1..100, default 20; CSV exports set 0 for "all" */
    str after;     /* opaque cursor */
};

struct page {
    struct list rows;
    bool has_more;
    str next; /* cursor */
};

/* Wraps the statement, whose SELECT must give every filtered and sorted column and `id`:
 * SELECT … FROM (statement) WHERE filters ORDER BY sort, id LIMIT limit + 1. Column names come from
 * the field table alone, values are bound. A row without a value sorts below every value. Filters
 * by a null value find the rows without one. */
MUST_CHECK err db_list(struct db *, const struct statement *, const struct param *,
    const struct fields *, const struct list_query *, struct page *out);
/* The same rows one by one, without limit: exports. */
MUST_CHECK err db_list_each(struct db *, const struct statement *, const struct param *,
    const struct fields *, const struct list_query *, void *record, row_fn fn, void *arg);
