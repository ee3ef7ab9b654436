/* Opening, closing and lending: which engine serves a URL, and who holds a loan. */
#include "store/inside.h"
#include "store/replica.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const struct err STORE_BROKEN   = { ERR_INTERNAL,  "store_broken",   N_("Something went wrong on our side; it has been written down."), NULL };
const struct err STORE_BUSY     = { ERR_BUSY,      "store_busy",     N_("Too much is being written just now, or the disk is full. Nothing was saved; please try again in a moment."), NULL };
const struct err STORE_AWAY     = { ERR_BUSY,      "store_away",     N_("The database cannot be reached just now. Please try again in a moment."), NULL };
const struct err STORE_CONFLICT = { ERR_CONFLICT,  "conflict",       N_("This is there already, or something it refers to is not."), NULL };
const struct err STORE_CHECK    = { ERR_INVALID,   "refused",        N_("A value is outside of what may be kept."), NULL };
const struct err STORE_TEXT     = { ERR_INVALID,   "text_invalid",   N_("A text is not valid UTF-8."), NULL };
const struct err STORE_CURSOR   = { ERR_MALFORMED, "cursor_invalid", N_("This place in the list is not known. Start again from the first page."), "after" };
const struct err STORE_MISSING  = { ERR_INTERNAL,  "store_missing",  N_("There is no store at this place."), NULL };
const struct err STORE_IN_USE   = { ERR_INTERNAL,  "store_in_use",   N_("Another process serves from this store."), NULL };
const struct err STORE_UNFIT    = { ERR_INTERNAL,  "store_unfit",    N_("The database would not keep what it is given."), NULL };
const struct err STORE_NEWER    = { ERR_INTERNAL,  "store_newer",    N_("A newer version of the program has used this store."), NULL };
const struct err STORE_OLDER    = { ERR_INTERNAL,  "store_older",    N_("This store must be brought up to date first."), NULL };
const struct err STORE_MOVING   = { ERR_INTERNAL,  "store_moving",   N_("Rows are still being moved into this store. Run tributary move again to finish it."), NULL };
const struct err STORE_CHANGED  = { ERR_INTERNAL,  "store_changed",  N_("A migration was changed after it had run."), NULL };
const struct err STORE_DAMAGED  = { ERR_INTERNAL,  "store_damaged",  N_("The database is damaged."), NULL };
/* clang-format on */

enum { REPLICA_MOST_MS = 10000 };

static const struct engine *const engines[] = { &sqlite_engine, &postgres_engine };

static const struct engine *engine_of(const char *url)
{
    for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++)
        if (str_starts(str_of(url), str_of(engines[i]->scheme)))
            return engines[i];
    return NULL;
}

bool store_is_shared(const char *url)
{
    const struct engine *engine = engine_of(url);
    return engine && engine->is_shared;
}

static err bring_up_to_date(struct store *s, const struct store_options *o, struct conn *conn)
{
    TRY(s->engine->settings_check(conn));
    if (o->migrations)
        TRY(migrate(s, conn, o->migrate && !o->read_only));
    return NULL;
}

/* Its connections are made when they are needed: it may come later than we. */
static err open_replica(struct store *s, const struct store_options *o)
{
    if (!o->replica || o->read_only)
        return NULL;
    if (!s->engine->is_shared) {
        log_line(LOG_ERROR, "a replica follows a server, and the store is a file");
        return &STORE_UNFIT;
    }
    s->replica = replica_open(s, s->behind, s->replica_most_ms);
    return NULL;
}

static err open_parts(struct store *s, const struct store_options *o)
{
    struct conn *conn;
    TRY(migrate_list(s, o->migrations));
    TRY(s->engine->open(s, o));
    TRY(s->engine->connect(s, o->read_only ? USE_READ : USE_WRITE, &conn));
    err failed = bring_up_to_date(s, o, conn);
    if (failed || o->read_only)
        s->engine->disconnect(conn);
    else
        failed = s->engine->start(s, conn);
    return failed ? failed : open_replica(s, o);
}

err store_open(const struct store_options *o, struct store **out)
{
    *out = NULL;
    const struct engine *engine = engine_of(o->url);
    if (!engine) {
        log_line(LOG_ERROR, "no engine for this kind of store: sqlite: and postgres:// are known");
        return &STORE_UNFIT;
    }
    struct store *s = calloc(1, sizeof(*s));
    if (!s)
        log_fatal("out of memory while opening the store");
    s->engine = engine;
    s->reader_count = o->readers ? o->readers : 4;
    s->readers = pool_open(s, USE_READ, s->reader_count);
    s->env = o->env;
    s->replica_most_ms = o->replica_most_ms ? o->replica_most_ms : REPLICA_MOST_MS;
    s->write_queue = o->write_queue ? o->write_queue : 10000;
    s->strict = o->strict;
    s->rerun = o->rerun;
    s->read_only = o->read_only;
    s->create = o->create;
    s->fresh = o->fresh;
    s->moving = o->moving;
    atomic_init(&s->writable, !o->read_only);
    s->env->random(s->env, &s->origin, sizeof(s->origin));
    err failed = open_parts(s, o);
    if (failed)
        store_close(s);
    else
        *out = s;
    return failed;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    replica_close(s->replica);
    pool_close(s->behind);
    pool_close(s->readers);
    writer_close(s->writer);
    pool_close(s->writers);
    s->engine->close(s);
    free(s->migrations);
    free(s);
}

void store_health(struct store *s, struct store_health *out)
{
    *out = (struct store_health){
        .queued_writes = s->engine->queued(s),
        .readers_busy = pool_busy(s->readers),
        .bytes = s->engine->bytes(s),
        .writable = atomic_load(&s->writable),
    };
    replica_health(s->replica, out);
}

err store_check(struct store *s, struct arena *arena, str *out_report)
{
    struct conn *conn;
    TRY(pool_take(s->readers, &conn));
    err failed = s->engine->check(conn, arena, out_report);
    pool_give(s->readers, conn);
    return failed;
}

/* ---- loans ---------------------------------------------------------------------------------- */

static _Thread_local struct db *loans;
static _Thread_local struct arena *kept;
static _Thread_local struct arena *own; /* for who keeps nothing */
static pthread_key_t own_key;
static pthread_once_t own_once = PTHREAD_ONCE_INIT;

static void free_own(void *arena)
{
    arena_free(arena);
}

static void make_own_key(void)
{
    if (pthread_key_create(&own_key, free_own))
        log_fatal("no thread key left for the store");
}

void loan_push(struct db *db)
{
    db->thread = pthread_self();
    db->below = loans;
    loans = db;
}

void loan_pop(struct db *db)
{
    assert(loans == db); /* the last lent is given back first, on its own thread */
    loans = db->below;
}

struct db *loan_of_thread(struct store *s)
{
    struct db *db = loans;
    while (db && db->store != s)
        db = db->below;
    return db;
}

void loans_stale(struct store *s)
{
    for (struct db *db = loans; db; db = db->below)
        if (db->store == s && !db->writes)
            db->stale = true;
}

void store_keep(struct arena *arena)
{
    kept = arena;
}

struct arena *loan_arena(struct store *s)
{
    struct db *open = loan_of_thread(s);
    if (open)
        return open->arena;
    if (kept)
        return kept;
    if (own) {
        arena_reset(own);
        return own;
    }
    pthread_once(&own_once, make_own_key);
    own = arena_new();
    pthread_setspecific(own_key, own);
    return own;
}

struct db loan_on(struct store *s, struct conn *conn, struct arena *arena, bool writes)
{
    return (struct db){ .store = s,
        .arena = arena,
        .conn = conn,
        .writes = writes,
        .borrowed = true,
        .now = s->env->now(s->env),
        .thread = pthread_self() };
}

static struct db *lend_from(struct store *s, struct pool *pool, struct arena *arena)
{
    struct db *db = ARENA_NEW(arena, struct db);
    db->store = s;
    db->pool = pool;
    db->arena = arena;
    loan_push(db);
    return db;
}

struct db *store_lend(struct store *s, struct arena *arena)
{
    return lend_from(s, s->readers, arena);
}

struct db *store_lend_behind(struct store *s, struct arena *arena, instant *out_as_of)
{
    return replica_near(s->replica, out_as_of) ? lend_from(s, s->behind, arena) : NULL;
}

int64_t store_behind_ms(struct store *s)
{
    return s->replica ? s->replica_most_ms : 0;
}

static void give_back(struct db *db)
{
    if (!db->conn)
        return;
    db->store->engine->rollback(db->conn);
    pool_give(db->pool, db->conn);
    db->conn = NULL;
}

void store_rest(struct db *db)
{
    assert(db->active == 0); /* no statement is under way */
    give_back(db);
}

void store_refresh(struct db *db)
{
    db->stale = true;
}

void store_return(struct db *db)
{
    loan_pop(db);
    give_back(db);
}

static err begin_snapshot(struct db *db)
{
    err failed = db->store->engine->begin(db->conn);
    if (failed) {
        pool_give(db->pool, db->conn);
        db->conn = NULL;
        return failed;
    }
    db->stale = false;
    db->now = db->store->env->now(db->store->env);
    return NULL;
}

err loan_ready(struct db *db, const struct statement *statement)
{
    assert(pthread_equal(db->thread, pthread_self())); /* a loan belongs to one thread */
    if (db->failed)
        return db->failed;
    if (statement->writes && !db->writes) {
        log_line(LOG_ERROR, "a read loan may not write statement=%s", statement->name);
        return &STORE_BROKEN;
    }
    if (db->stale && db->pool == db->store->behind && db->active == 0) { /* that may not have it yet */
        give_back(db);
        db->pool = db->store->readers;
    }
    if (db->conn && db->active == 0 && !db->borrowed &&
        (db->stale || !db->store->engine->inside(db->conn))) {
        db->store->engine->rollback(db->conn);
        return begin_snapshot(db);
    }
    if (db->conn)
        return NULL;
    TRY(pool_take(db->pool, &db->conn));
    return begin_snapshot(db);
}

struct arena *db_arena(struct db *db)
{
    return db->arena;
}

instant db_now(struct db *db)
{
    if (instant_none(db->now))
        db->now = db->store->env->now(db->store->env);
    return db->now;
}

const struct env *db_env(struct db *db)
{
    return db->store->env;
}

struct store *db_store(struct db *db)
{
    return db->store;
}

/* ---- reading and writing -------------------------------------------------------------------- */

struct guarded {
    store_fn guard, fn;
    void *guard_arg, *arg;
};

static _Thread_local struct guarded guarding;

void store_guard(store_fn guard, void *arg)
{
    guarding = (struct guarded){ .guard = guard, .guard_arg = arg };
}

static err run_guarded(struct db *db, void *arg)
{
    const struct guarded *g = arg;
    TRY(g->guard(db, g->guard_arg));
    return g->fn(db, g->arg);
}

err store_write(struct store *s, store_fn fn, void *arg)
{
    if (s->read_only) {
        log_line(LOG_ERROR, "the store was opened for reading alone");
        return &STORE_BROKEN;
    }
    struct guarded g = { guarding.guard, fn, guarding.guard_arg, arg };
    err failed = g.guard ? s->engine->write(s, run_guarded, &g, false)
                         : s->engine->write(s, fn, arg, false);
    loans_stale(s);
    return failed;
}

err store_read(struct store *s, store_fn fn, void *arg)
{
    struct db *open = loan_of_thread(s);
    if (open)
        return fn(open, arg);
    struct db db = { .store = s, .pool = s->readers, .arena = loan_arena(s) };
    loan_push(&db);
    err failed = fn(&db, arg);
    loan_pop(&db);
    give_back(&db);
    return failed;
}
