/* What the files of the engine for several nodes share. Nobody else knows libpq. */
#pragma once

#include <libpq-fe.h>

#include "store/inside.h"

/* Of the URL, beside what libpq knows. */
struct pg_place {
    const char *url;    /* without our own options */
    const char *schema; /* null: the role's own */
    bool prepares;      /* false: behind a pooler that gives every transaction another session */
    int64_t writers;    /* connections */
    struct arena *arena;
    atomic_int_fast64_t away_until_us; /* of env->ticks_us: nobody tries to connect before */
    atomic_int_fast64_t bytes, bytes_at_us;
};

struct pg_conn {
    struct conn conn;
    PGconn *pg;
    unsigned made;  /* statements and cursors that were given a name */
    bool alone;     /* no other writes beside the next transactions */
    bool unguarded; /* alone, without triggers and time limits: migrations, imports */
    bool closing;
    char xid[24]; /* of the open write */
    int64_t changes;
};

struct pg_prepared {
    char name[16];
    bool is_made; /* at the server */
    PGresult *result;
    int row, rows;
    bool has_begun, has_cursor;
    char cursor[16];
    int room, highest; /* of parameters; the highest number that was ever bound */
    Oid *types;        /* 0: the server finds it out */
    char **values;
    int *lengths, *formats;
    struct arena *bytes; /* of the current row; null until there are some */
};

static inline struct pg_conn *pg_of(struct conn *conn)
{
    return (struct pg_conn *)conn;
}

static inline struct pg_place *pg_place(struct store *s)
{
    return s->state;
}

/* The one place where an answer of PostgreSQL becomes an err; the result is cleared. */
err pg_failure(struct conn *, PGresult *, const char *name);
/* Commands, perhaps several at once; the last one's result, when it is wanted. */
err pg_ask(struct conn *, const char *sql, PGresult **out);
err pg_script(struct conn *, const char *sql);
bool pg_inside(struct conn *);

err pg_prepare(struct conn *, const char *name, const char *sql, struct prepared *);
void pg_finalize(struct prepared *);
err pg_bind(struct prepared *, int number, const struct cell *);
err pg_step(struct prepared *, bool *out_row);
void pg_reset(struct prepared *);
int pg_columns(struct prepared *);
const char *pg_column_name(struct prepared *, int);
void pg_column(struct prepared *, int, struct cell *out);
int64_t pg_changes(struct conn *);

err pg_write(struct store *, store_fn, void *arg, bool bulk);

bool pg_hear(struct store *, struct conn **conn, int end_fd, int64_t ms);

err pg_settings_check(struct conn *);
err pg_references(struct conn *, struct arena *, str *out_first_broken);
err pg_check(struct conn *, struct arena *, str *out_report);
int64_t pg_bytes(struct store *);

str pg_translate(struct arena *, str sql);
