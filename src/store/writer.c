/* The one thread that writes. It takes what is queued, runs each function in a savepoint of one
 * transaction, commits once, and only then answers them all: a sync is paid by many. */
#include "store/inside.h"

#include <assert.h>
#include <stdlib.h>

#include "base/thread.h"

enum { BATCH_MOST = 256 };

struct write {
    store_fn fn;
    void *arg;
    struct arena *arena;
    bool bulk; /* alone, without foreign keys and triggers */
    err result;
    bool done;
    pthread_cond_t wake;
    struct write *next;
};

struct writer {
    struct store *store;
    struct conn *conn;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t queued_or_closing;
    struct write *first, **last;
    _Atomic size_t queued;
    bool closing;
    bool is_alone, is_calm; /* the thread's own: what it does now, and whether nobody waits for it */
    struct breath breath;
};

static _Thread_local struct writer *writing;

/* ---- in no hurry ---------------------------------------------------------------------------- */

void db_calmly(struct db *db)
{
    struct writer *w = writing;
    if (w && w->store == db->store)
        w->is_calm = w->is_alone;
}

void writer_breathe(void)
{
    struct writer *w = writing;
    if (w && w->is_calm && w->queued == 0)
        thread_breathe(&w->breath, w->store->env);
}

/* ---- one transaction ------------------------------------------------------------------------ */

/* Runs the function once, in the savepoint. */
static err run_once(struct writer *w, struct write *write, instant now)
{
    struct db loan = loan_on(w->store, w->conn, write->arena, true);
    loan.now = now;
    loan_push(&loan);
    err failed = write->fn(&loan, write->arg);
    loan_pop(&loan);
    return failed ? failed : loan.failed;
}

static err run_in_savepoint(struct writer *w, struct write *write, instant now)
{
    const struct engine *engine = w->store->engine;
    TRY(engine->savepoint(w->conn));
    write->result = run_once(w, write, now);
    if (w->store->rerun && !write->result && engine->inside(w->conn)) {
        engine->undo(w->conn);
        write->result = run_once(w, write, now);
    }
    if (!engine->inside(w->conn))
        return write->result ? write->result
                             : &STORE_BROKEN; /* the engine gave the whole batch up */
    if (write->result)
        engine->undo(w->conn);
    return engine->release(w->conn);
}

/* An error is that of the whole transaction: nothing of it is kept, whatever the results say. */
static err run_transaction(struct writer *w, struct write *first)
{
    const struct engine *engine = w->store->engine;
    instant now = w->store->env->now(w->store->env);
    for (struct write *write = first; write; write = write->next) {
        err failed = run_in_savepoint(w, write, now);
        if (failed || w->conn->trouble != TROUBLE_NONE)
            return failed ? failed : &STORE_BUSY;
    }
    if (first->bulk) {
        str broken = STR_NONE;
        TRY(engine->references(w->conn, first->arena, &broken));
        if (!str_empty(broken)) {
            log_line(LOG_ERROR, "references broken: %" PRI_STR, STR_ARG(broken));
            return &STORE_CONFLICT;
        }
    }
    return engine->commit(w->conn);
}

static void answer_all(struct write *first, err result)
{
    for (struct write *write = first; write; write = write->next)
        write->result = result;
}

static void run_batch(struct writer *w, struct write *first)
{
    struct store *s = w->store;
    w->conn->trouble = TROUBLE_NONE;
    err failed = s->engine->begin(w->conn);
    bool begun = !failed;
    if (begun)
        failed = run_transaction(w, first);
    if (!failed) {
        atomic_store(&s->writable, true);
        return;
    }
    if (begun)
        s->engine->rollback(w->conn);
    if (w->conn->trouble == TROUBLE_FULL) {
        if (atomic_exchange(&s->writable, false))
            log_line(LOG_ERROR, "the disk is full: writes are refused until there is space");
        answer_all(first, &STORE_BUSY);
        return;
    }
    if (!begun || !first->next) {
        answer_all(first, failed);
        return;
    }
    /* One of them spoils it for all, and the engine does not say which: each on its own. */
    for (struct write *write = first; write;) {
        struct write *next = write->next;
        write->next = NULL;
        run_batch(w, write);
        write->next = next;
        write = next;
    }
}

static void run_bulk(struct writer *w, struct write *write)
{
    err failed = w->store->engine->bulk(w->conn, true);
    if (failed)
        write->result = failed;
    else
        run_batch(w, write);
    failed = w->store->engine->bulk(w->conn, false);
    if (failed) /* everything after it would be written unguarded */
        log_fatal("foreign keys could not be turned on again: %s", failed->code);
}

/* ---- the thread ----------------------------------------------------------------------------- */

/* Takes what is queued, in order; one that wants to be alone is alone. Call with the lock held. */
static struct write *take_batch(struct writer *w)
{
    struct write *first = w->first, *end = first;
    size_t count = 1;
    while (end->next && count < BATCH_MOST && !end->bulk && !end->next->bulk) {
        end = end->next;
        count++;
    }
    w->first = end->next;
    if (!w->first)
        w->last = &w->first;
    end->next = NULL;
    w->queued -= count;
    return first;
}

static void wake_all(struct write *first)
{
    for (struct write *write = first, *next; write; write = next) {
        next = write->next; /* it is gone once its thread wakes */
        write->done = true;
        pthread_cond_signal(&write->wake);
    }
}

static void tidy(struct writer *w, bool idle)
{
    err failed = w->store->engine->tidy(w->conn, idle);
    if (failed && failed != &STORE_BUSY)
        log_line(LOG_WARN, "a checkpoint was not possible: %s", failed->code);
}

static void *writer_run(void *arg)
{
    struct writer *w = writing = arg;
    pthread_setname_np(pthread_self(), "writer");
    pthread_mutex_lock(&w->lock);
    for (;;) {
        if (!w->first) {
            pthread_mutex_unlock(&w->lock);
            tidy(w, true);
            pthread_mutex_lock(&w->lock);
        }
        while (!w->first && !w->closing)
            pthread_cond_wait(&w->queued_or_closing, &w->lock);
        if (!w->first)
            break;
        struct write *batch = take_batch(w);
        pthread_mutex_unlock(&w->lock);
        w->is_alone = !batch->next;
        w->is_calm = false; /* until it says so itself; then also while its log is tidied up */
        w->breath = (struct breath){ 0 };
        if (batch->bulk)
            run_bulk(w, batch);
        else
            run_batch(w, batch);
        pthread_mutex_lock(&w->lock);
        wake_all(batch);
        if (w->first) {
            pthread_mutex_unlock(&w->lock);
            tidy(w, false);
            pthread_mutex_lock(&w->lock);
        }
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* ---- the door ------------------------------------------------------------------------------- */

err writer_open(struct store *s, struct conn *conn)
{
    struct writer *w = calloc(1, sizeof(*w));
    if (!w)
        log_fatal("out of memory while opening the store");
    w->store = s;
    w->conn = conn;
    w->last = &w->first;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->queued_or_closing, NULL);
    if (pthread_create(&w->thread, NULL, writer_run, w))
        log_fatal("the writer's thread could not be started");
    s->writer = w;
    return NULL;
}

void writer_close(struct writer *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->closing = true;
    pthread_cond_signal(&w->queued_or_closing);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    w->store->engine->disconnect(w->conn);
    pthread_cond_destroy(&w->queued_or_closing);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

err writer_write(struct store *s, store_fn fn, void *arg, bool bulk)
{
    struct writer *w = s->writer;
    assert(!pthread_equal(
        pthread_self(), w->thread)); /* a write inside a write would wait for itself */
    struct write write = { .fn = fn, .arg = arg, .bulk = bulk, .arena = loan_arena(s) };
    pthread_mutex_lock(&w->lock);
    if (w->closing || w->queued >= s->write_queue) {
        pthread_mutex_unlock(&w->lock);
        return &STORE_BUSY;
    }
    pthread_cond_init(&write.wake, NULL);
    *w->last = &write;
    w->last = &write.next;
    w->queued++;
    pthread_cond_signal(&w->queued_or_closing);
    while (!write.done)
        pthread_cond_wait(&write.wake, &w->lock);
    pthread_mutex_unlock(&w->lock);
    pthread_cond_destroy(&write.wake);
    return write.result;
}

size_t writer_queued(struct store *s)
{
    struct writer *w = s->writer;
    if (!w)
        return 0;
    pthread_mutex_lock(&w->lock);
    size_t queued = w->queued;
    pthread_mutex_unlock(&w->lock);
    return queued;
}

struct conn *writer_conn(struct writer *w)
{
    return w->conn;
}
