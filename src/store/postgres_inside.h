/* What the files of the engine for several nodes share. Nobody else knows libpq. */
#pragma once

#include <libpq-fe.h>

#include "store/inside.h"

/* Of the URL, beside what libpq knows. */
struct pg_place {
    const char *url;    /* without our own options */
    const char *schema; /* null: the role's own */
    bool has_mark;      /* the table for it is there */
    bool prepares;      /* false: behind a pooler that gives every transaction another session */
    int64_t writers;    /* connections */
    struct arena *arena;
    struct pg_place *replica; /* null: none */
    atomic_int_fast64_t away_until_us; /* of env->ticks_us: nobody tries to connect before */
    atomic_int_fast64_t bytes, bytes_at_us;
};

/* The program's own commands. */
enum pg_command {
    PG_BEGIN_WRITE,
    PG_BEGIN_READ,
    PG_BESIDE, /* others' writes */
    PG_ALONE,
    PG_XID,
    PG_COMMIT,
    PG_ROLLBACK,
    PG_COMMANDS,
};

/* A statement's name at the server, and the wire on which it was made ready; 0: on none. */
struct pg_ready {
    char handle[16];
    unsigned wire;
};

struct pg_values {
    Oid *types; /* 0: the server finds it out */
    char **at;
    int *lengths, *formats;
};

/* On its way: its answer was not taken yet. */
struct pg_sent {
    const char *name;
    bool is_sync, is_xid;
    unsigned *made_on; /* of one that makes ready: where that is noted */
};

enum { PG_SENT_MOST = 256 };

struct pg_conn {
    struct conn conn;
    PGconn *pg;
    unsigned wire;  /* counts what `pg` was */
    unsigned made;  /* statements and cursors that were given a name */
    bool alone;     /* no other writes beside the next transactions */
    bool unguarded; /* alone, without triggers and time limits: migrations, imports */
    bool closing;
    bool is_due;        /* the transaction begins with its first statement */
    bool is_open;       /* at the server */
    bool is_committing; /* COMMIT may have reached the server */
    err failed;         /* of the transaction; nothing more is sent in it */
    char xid[24];       /* of the open write, once it is known */
    int64_t mark;       /* that no crash of the server survives; 0: none was read */
    int64_t changes;
    struct arena *row; /* of the stream under way */
    struct pg_ready commands[PG_COMMANDS];
    struct pg_sent sent[PG_SENT_MOST];
    int sent_count;
};

struct pg_prepared {
    struct pg_ready ready;
    PGresult *result;
    int row, rows;
    bool has_begun, has_cursor;
    char cursor[16];
    int room, highest; /* of parameters; the highest number that was ever bound */
    struct pg_values values;
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

static inline struct pg_place *pg_place_of(const struct conn *conn)
{
    struct pg_place *place = pg_place(conn->store);
    return conn->use == USE_REPLICA ? place->replica : place;
}

/* The one place where an answer of PostgreSQL becomes an err; the result is cleared. */
err pg_failure(struct conn *, PGresult *, const char *name);
/* Sent, not waited for; their answers come with the next pg_take. The name is for the log and stays
 * where it is until then. */
err pg_send_begin(struct conn *); /* what is due */
err pg_send_command(struct conn *, enum pg_command);
err pg_send(struct conn *, const char *name, const char *sql, int count, const struct pg_values *,
    struct pg_ready *);
err pg_send_text(struct conn *, const char *name, const char *sql, int count,
    const struct pg_values *); /* may be null */
err pg_send_off(struct conn *);
/* Waits for all that was sent. The last one's rows; the first failure, which ends the transaction.
 */
err pg_take(struct conn *, PGresult **out);
err pg_settle(struct conn *); /* has begun what is due, and everything is answered */
/* Another connection to the server in the place of one that is lost; its transaction is due again.
 */
err pg_renew(struct conn *);

/* Commands, perhaps several at once; the last one's result, when it is wanted. */
err pg_ask(struct conn *, const char *sql, PGresult **out);
err pg_script(struct conn *, const char *sql);
bool pg_inside(struct conn *);

err pg_prepare(struct conn *, const char *name, const char *sql, struct prepared *);
void pg_finalize(struct prepared *);
err pg_bind(struct prepared *, int number, const struct cell *);
err pg_step(struct prepared *, bool *out_row);
err pg_post(struct prepared *);
void pg_reset(struct prepared *);
int pg_columns(struct prepared *);
const char *pg_column_name(struct prepared *, int);
void pg_column(struct prepared *, int, struct cell *out);
int64_t pg_changes(struct conn *);

err pg_pour_begin(struct conn *, const char *sql);
err pg_pour_row(struct conn *, const struct cell *, size_t count);
err pg_pour_end(struct conn *, bool is_whole);

err pg_write(struct store *, store_fn, void *arg, bool bulk);

err pg_position(struct conn *, struct position *out);

/* On a connection for writing, outside a transaction. */
err pg_mark_make(struct conn *);
err pg_mark_read(struct conn *);
struct pg_lost {
    char xid[sizeof(((struct pg_conn *)0)->xid)];
    int64_t mark;
};
/* The answer to its commit was lost. Null: it was kept. STORE_BUSY: it was not, and may be run
 * again. STORE_AWAY: nobody may be told that it was kept, nor run it again. */
err pg_fate(struct store *, const struct pg_lost *);

bool pg_hear(struct store *, struct conn **conn, int end_fd, int64_t ms);

err pg_settings_check(struct conn *);
err pg_references(struct conn *, struct arena *, str *out_first_broken);
err pg_check(struct conn *, struct arena *, str *out_report);
int64_t pg_bytes(struct store *);

str pg_translate(struct arena *, str sql);
