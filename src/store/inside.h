/* What the files of this floor share; nobody outside includes it, except this floor's tests. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/log.h"
#include "store/store.h"

struct conn;
struct prepared;
struct writer;
struct pool;

/* ---- what passes between rows and an engine ------------------------------------------------- */

enum cell_type { CELL_NULL, CELL_INT, CELL_TEXT, CELL_BYTES, CELL_OTHER };

struct cell {
    enum cell_type type,
        of; /* of: what a parameter that is null would be; null when that is not known */
    int64_t i;
    str s; /* of a column: valid until the next step */
};

/* ---- an engine: a row of functions ---------------------------------------------------------- */

enum use { USE_WRITE, USE_READ, USE_REPLICA };

/* Beyond the error of a statement: what became of the transaction. */
enum trouble {
    TROUBLE_NONE,
    TROUBLE_FULL,   /* no space: nothing can be kept now */
    TROUBLE_AGAIN,  /* another transaction was in the way: run it again */
    TROUBLE_UNIQUE, /* a key is there: it may have been a race */
    TROUBLE_LOST,   /* the connection is gone, and the transaction with it */
};

/* Where a server is in what it has written, or has taken over from another. */
struct position {
    int64_t at;      /* grows */
    char server[24]; /* which one's; the same with all that follow it */
    bool follows;
};

struct engine {
    const char *scheme; /* "sqlite:", "postgres" */
    int number;         /* which text of a statement */
    char placeholder;   /* before the number of a parameter */
    bool is_shared;     /* a server */

    err (*open)(struct store *, const struct store_options *); /* checks, locks, makes */
    void (*close)(struct store *);
    err (*connect)(struct store *, enum use, struct conn **out);
    void (*disconnect)(struct conn *);
    err (*settings_check)(struct conn *);        /* STORE_UNFIT: a write would not be durable */
    err (*start)(struct store *, struct conn *); /* what writes: it takes the connection over */
    size_t (*queued)(struct store *);            /* writes that wait */

    err (*begin)(struct conn *);
    err (*commit)(struct conn *);
    void (*rollback)(struct conn *);
    err (*savepoint)(struct conn *);
    void (*undo)(struct conn *);         /* to the savepoint; it stays */
    err (*release)(struct conn *);       /* the savepoint */
    bool (*inside)(struct conn *);       /* is the transaction still there? */
    err (*bulk)(struct conn *, bool on); /* outside transactions: no foreign keys, no triggers */
    err (*references)(struct conn *, struct arena *, str *out_first_broken);

    err (*script)(struct conn *, const char *sql); /* several statements, no rows */
    err (*prepare)(struct conn *, const char *name, const char *sql, struct prepared *);
    void (*finalize)(struct prepared *);
    err (*bind)(struct prepared *, int number, const struct cell *);
    err (*step)(struct prepared *, bool *out_row);
    /* In a write: runs a statement without rows and need not wait for its answer; a refusal comes
     * with a later statement or the commit. May be null. */
    err (*post)(struct prepared *);
    /* In a write: rows in one stream, "COPY t (a, b) FROM STDIN"; nothing else until it has ended.
     * Refusals may come with its end. Not whole: given up, and the write with it. May be null. */
    err (*pour_begin)(struct conn *, const char *sql);
    err (*pour_row)(struct conn *, const struct cell *, size_t count);
    err (*pour_end)(struct conn *, bool is_whole);
    void (*reset)(struct prepared *); /* every parameter is NULL again */
    int (*columns)(struct prepared *);
    const char *(*column_name)(struct prepared *, int);
    void (*column)(struct prepared *, int, struct cell *out);
    int64_t (*changes)(struct conn *);

    const char *first_sql, *last_sql; /* before the first, after the last migration; may be null */
    const char *filled_sql; /* when many rows have come at once: what plans go by; may be null */
    str (*translate)(struct arena *, str sql); /* of a migration; may be null */

    err (*write)(
        struct store *, store_fn, void *arg, bool bulk); /* by the writer's thread, or a pool */
    err (*tidy)(struct conn *, bool idle);               /* after a commit: checkpoints */
    int64_t (*bytes)(struct store *);
    /* Waits until another node may have told something, or the time is over; of a shared engine.
     * True: end_fd is ready. Keeps a connection in *conn. */
    bool (*hear)(struct store *, struct conn **conn, int end_fd, int64_t ms);
    err (*position)(struct conn *, struct position *out); /* of a shared engine */
    err (*copy)(struct store *, const char *to_path); /* null: a copy is a portable export */
    err (*check)(struct conn *, struct arena *, str *out_report);

    /* For portable.c: tables by name; columns of :table in order with their place in the key (0:
     * none); tables that :table refers to. */
    const char *tables_sql, *columns_sql, *references_sql;
};

extern const struct engine sqlite_engine, postgres_engine;
err sqlite_inspect(const char *path, struct conn **out); /* a file that nobody serves from */
bool sqlite_version_fits(int number);

/* ---- connections and their statements ------------------------------------------------------- */

/* A column or parameter found in a struct: kept with the statement, so that names are compared
 * once. */
struct slot {
    const struct field *field; /* null: none */
    size_t offset;
};

struct plan {
    const struct fields *fields;
    struct slot *slots; /* owned */
    int count;          /* of columns */
};

struct prepared {
    struct conn *conn;
    void *handle;
    const struct statement *statement; /* null: made at run time */
    char *text;
    const char *name;
    bool busy;
    int param_count;
    bool many; /* rows come in pieces: there may be more than memory holds */
    uint64_t hash, used_at;
    struct plan params, columns;
    struct prepared *next; /* in its bucket */
};

enum { BUCKETS = 64, PREPARED_MOST = 160 };

struct conn {
    const struct engine *engine;
    struct store *store;
    enum use use;
    enum trouble trouble;
    int64_t log_pages, log_pages_done; /* SQLite: of the write-ahead log */
    struct prepared *buckets[BUCKETS];
    size_t prepared_count;
    uint64_t uses;
    struct conn *next; /* in the pool */
};

err conn_prepare(struct conn *, const struct statement *, bool is_static, struct prepared **out);
void conn_done(struct prepared *); /* resets it and keeps it ready */
void conn_forget(struct conn *);   /* finalizes all */

/* ---- the store and its loans ---------------------------------------------------------------- */

struct store {
    const struct engine *engine;
    const struct env *env;
    void *state;                    /* the engine's */
    struct writer *writer;          /* SQLite */
    struct pool *readers, *writers; /* writers: PostgreSQL */
    struct pool *behind;            /* connections to the replica; null: there is none */
    struct replica *replica;
    int64_t replica_most_ms;
    size_t write_queue, reader_count;
    bool strict, rerun, read_only, create, fresh, moving;
    bool has_migrations; /* their table is there */
    atomic_bool writable;
    int64_t origin;               /* random: tells our news from others' */
    struct migration *migrations; /* all, in order; ended by a null name */
    size_t migration_count;
};

struct db {
    struct store *store;
    struct arena *arena;
    struct conn *conn; /* null until the first statement */
    struct pool *pool; /* where it comes from */
    bool writes, stale;
    bool borrowed; /* the connection: see loan_on */
    int active;    /* statements between their first and last row */
    err failed;    /* of a write */
    instant now;
    pthread_t thread;
    struct db *below; /* the thread's loans, newest first */
};

err loan_ready(struct db *, const struct statement *);
struct db *loan_of_thread(struct store *);
void loan_push(struct db *);
void loan_pop(struct db *);
void loans_stale(struct store *);
struct arena *loan_arena(struct store *); /* where a loan of this thread keeps its texts */
/* A loan on a connection that one has already: opening, checking, moving. */
struct db loan_on(struct store *, struct conn *, struct arena *, bool writes);

/* Says what an engine refused, once, at the place where it is known. */
err store_broken(const struct prepared *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- the parts ------------------------------------------------------------------------------ */

err writer_open(struct store *, struct conn *); /* takes the connection over */
void writer_close(struct writer *);
err writer_write(struct store *, store_fn, void *arg, bool bulk);
size_t writer_queued(struct store *);
void writer_breathe(void); /* between two steps: see db_calmly */
struct conn *writer_conn(struct writer *); /* tests */

struct pool *pool_open(struct store *, enum use, size_t most);
void pool_close(struct pool *);
err pool_take(struct pool *, struct conn **out);
struct conn *pool_take_idle(struct pool *); /* null: none is free just now */
void pool_give(struct pool *, struct conn *);  /* one that is lost is not lent again */
void pool_adopt(struct pool *, struct conn *); /* one that was opened elsewhere */
/* Those lent at once were in each other's way: fewer are lent from now on. One that was not brings
 * the way back a little. */
void pool_crowded(struct pool *);
void pool_clear(struct pool *);
size_t pool_allowed(struct pool *);
size_t pool_busy(struct pool *);
size_t pool_waiting(struct pool *);

/* After many rows have come at once. That it fails is told and does no harm: plans are worse until
 * the server has looked by itself. */
void store_filled(struct store *);

err migrate_list(struct store *, const struct migration *const *tables);
err migrate(struct store *, struct conn *, bool apply);
err migrate_moved(struct db *, void *); /* a move is finished: others may open it */
size_t migrate_next(const struct store *, const bool *done); /* migration_count: none is left */
str migrate_expand(struct arena *, const struct engine *, const char *sql);
str migrate_checksum(struct arena *, const char *sql);

/* Fills the parameters of a statement, and members from the current row. */
err rows_bind(struct db *, struct prepared *, const struct statement *, const struct param *,
    const struct fields *, const void *record);
/* The same for a statement whose parameters come `count` times, once for each record. */
err rows_bind_many(struct db *, struct prepared *, const struct statement *, const struct fields *,
    const void *records, size_t size, size_t count);
err rows_read(struct prepared *, struct arena *, bool strict, const struct fields *, void *record);
/* One member as an engine keeps it. */
err rows_cell(const struct field *, const void *member, struct arena *, struct cell *out);
struct cell rows_param_cell(const struct param *);
/* The member of that name, also inside embedded structs; false when there is none. */
bool rows_find(const struct fields *, str name, struct slot *out);

/* Runs a statement without rows that takes `count` records at once. */
err query_run_rows(struct db *, const struct statement *, const struct fields *,
    const void *records, size_t size, size_t count);

/* db_all, db_each for statements made at run time (lists). */
err rows_each(struct db *, const struct statement *, bool is_static, const struct param *,
    const struct fields *, void *record, row_fn, void *arg);
err rows_all(struct db *, const struct statement *, bool is_static, const struct param *,
    const struct fields *, struct list *out);
