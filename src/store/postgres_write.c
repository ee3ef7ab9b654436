/* Writes of the engine for several nodes: each in a transaction of its own on a lent connection,
 * run again when another was in the way. */
#include "store/postgres_inside.h"
#include "store/postgres_setup.h"

#include <assert.h>
#include <string.h>
#include <time.h>

enum {
    PATIENCE_US = 20 * 1000 * 1000, /* of one write, with all its runs */
    POLITE_RUNS = 3,                /* beside others; then it asks to be alone */
};

struct write {
    struct store *store;
    store_fn fn;
    void *arg;
    struct arena *arena;
    bool bulk;
    int runs;
    bool was_unique; /* refused for a key that is there: once it may have been a race */
};

static void sleep_ms(int64_t ms)
{
    nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* Others that were in the way too must not come back at the same moment. */
static void wait_a_little(const struct write *w)
{
    uint32_t random;
    const struct env *env = w->store->env;
    env->random(env, &random, sizeof(random));
    int64_t most = w->runs < 6 ? INT64_C(2) << w->runs : 128;
    sleep_ms(1 + random % most);
}

static err run_once(struct write *w, struct conn *conn, instant now)
{
    struct db loan = loan_on(w->store, conn, w->arena, true);
    loan.now = now;
    loan_push(&loan);
    err failed = w->fn(&loan, w->arg);
    loan_pop(&loan);
    return failed ? failed : loan.failed;
}

/* Tests run every write twice, the first time for nothing. */
static err run_twice(struct write *w, struct conn *conn, instant now)
{
    const struct engine *engine = conn->engine;
    TRY(engine->savepoint(conn));
    err failed = run_once(w, conn, now);
    if (failed)
        return failed;
    TRY(pg_settle(conn)); /* what was refused is not to be forgotten with the rest */
    engine->undo(conn);
    return run_once(w, conn, now);
}

static err check_references(struct write *w, struct conn *conn)
{
    str broken = STR_NONE;
    TRY(conn->engine->references(conn, w->arena, &broken));
    if (str_empty(broken))
        return NULL;
    log_line(LOG_ERROR, "references broken: %" PRI_STR, STR_ARG(broken));
    return &STORE_CONFLICT;
}

static err run_transaction(struct write *w, struct conn *conn)
{
    instant now = w->store->env->now(w->store->env);
    TRY(conn->engine->begin(conn));
    if (w->bulk)
        TRY(pg_script(conn, PG_PUT_OFF));
    TRY(w->store->rerun ? run_twice(w, conn, now) : run_once(w, conn, now));
    if (w->bulk) {
        TRY(check_references(w, conn));
        TRY(pg_script(conn, PG_PUT_BACK));
    }
    return conn->engine->commit(conn);
}

/* Takes a connection, runs it once, gives it back. *out_again: it may be run again. */
static err attempt(struct write *w, bool *out_again)
{
    struct conn *conn;
    *out_again = false;
    TRY(pool_take(w->store->writers, &conn));
    struct pg_conn *c = pg_of(conn);
    c->alone = w->runs > POLITE_RUNS;
    c->unguarded = w->bulk;
    err failed = run_transaction(w, conn);
    enum trouble trouble = conn->trouble;
    bool committing = c->is_committing;
    struct pg_lost lost = { .mark = c->mark };
    memcpy(lost.xid, c->xid, sizeof(lost.xid));
    conn->engine->rollback(conn);
    c->alone = c->unguarded = false;
    if (!failed)
        pool_clear(w->store->writers);
    else if (trouble == TROUBLE_AGAIN)
        pool_crowded(w->store->writers);
    pool_give(w->store->writers, conn);
    if (!failed)
        return NULL;
    if (trouble == TROUBLE_LOST && committing) {
        failed = pg_fate(w->store, &lost);
        *out_again = failed == &STORE_BUSY;
        return failed;
    }
    *out_again = trouble == TROUBLE_AGAIN || (trouble == TROUBLE_LOST && w->runs < POLITE_RUNS) ||
                 (trouble == TROUBLE_UNIQUE && !w->was_unique);
    w->was_unique |= trouble == TROUBLE_UNIQUE;
    if (trouble == TROUBLE_FULL)
        atomic_store(&w->store->writable, false);
    return failed;
}

err pg_write(struct store *s, store_fn fn, void *arg, bool bulk)
{
    struct write w = { .store = s, .fn = fn, .arg = arg, .arena = loan_arena(s), .bulk = bulk };
    struct db *open = loan_of_thread(s);
    assert(!open || !open->writes); /* a write inside a write would wait for itself */
    int64_t until = s->env->ticks_us(s->env) + PATIENCE_US;
    for (;;) {
        bool again;
        w.runs++;
        err failed = attempt(&w, &again);
        if (!failed)
            atomic_store(&s->writable, true);
        if (!failed || !again)
            return failed;
        if (s->env->ticks_us(s->env) >= until) {
            log_line(LOG_WARN, "a write found no way through the others runs=%d", w.runs);
            return &STORE_BUSY;
        }
        wait_a_little(&w);
    }
}
