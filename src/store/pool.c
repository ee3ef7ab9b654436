/* Connections of one kind: opened when needed, lent to one loan at a time. */
#include "store/inside.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum {
    PATIENCE_SECONDS = 10, /* until one who finds all lent gives up */
    STEPS = 8,             /* uses without trouble until one more may be lent at once */
};

struct pool {
    struct store *store;
    enum use use;
    pthread_mutex_t lock;
    pthread_cond_t given;
    struct conn *idle;
    size_t opened, busy, waiting, most;
    size_t allowed; /* at once, in steps: fewer while they are in each other's way */
};

struct pool *pool_open(struct store *s, enum use use, size_t most)
{
    struct pool *p = calloc(1, sizeof(*p));
    if (!p)
        log_fatal("out of memory while opening the store");
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->given, &attributes);
    pthread_condattr_destroy(&attributes);
    p->store = s;
    p->use = use;
    p->most = most;
    p->allowed = most * STEPS;
    return p;
}

static void disconnect_all(struct pool *p, struct conn *first)
{
    while (first) {
        struct conn *conn = first;
        first = conn->next;
        p->store->engine->disconnect(conn);
    }
}

void pool_close(struct pool *p)
{
    if (!p)
        return;
    if (p->busy > 0)
        log_fatal("the store was closed while %zu of its loans were out", p->busy);
    disconnect_all(p, p->idle);
    pthread_cond_destroy(&p->given);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

static bool may_lend(const struct pool *p)
{
    return p->busy < p->allowed / STEPS && (p->idle || p->opened < p->most);
}

/* An idle connection, or leave to open one. Call with the lock held. */
static bool wait_for_one(struct pool *p)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += PATIENCE_SECONDS;
    bool found = true;
    p->waiting++;
    while (found && !may_lend(p))
        if (pthread_cond_timedwait(&p->given, &p->lock, &until) == ETIMEDOUT)
            found = may_lend(p);
    p->waiting--;
    return found;
}

/* One is fewer: it could not be opened, or it is lost. */
static void count_out(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->opened--;
    p->busy--;
    pthread_cond_signal(&p->given);
    pthread_mutex_unlock(&p->lock);
}

err pool_take(struct pool *p, struct conn **out)
{
    *out = NULL;
    pthread_mutex_lock(&p->lock);
    if (p->waiting >= p->store->write_queue || !wait_for_one(p)) {
        pthread_mutex_unlock(&p->lock);
        log_line(LOG_WARN, "all connections of a kind are lent kind=%s most=%zu",
            p->use == USE_WRITE ? "writing" : "reading", p->most);
        return &STORE_BUSY;
    }
    p->busy++;
    if (p->idle) {
        *out = p->idle;
        p->idle = (*out)->next;
        pthread_mutex_unlock(&p->lock);
        return NULL;
    }
    p->opened++;
    pthread_mutex_unlock(&p->lock);
    err failed = p->store->engine->connect(p->store, p->use, out);
    if (failed)
        count_out(p);
    return failed;
}

struct conn *pool_take_idle(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    struct conn *conn = p->idle;
    if (conn) {
        p->idle = conn->next;
        p->busy++;
    }
    pthread_mutex_unlock(&p->lock);
    return conn;
}

void pool_adopt(struct pool *p, struct conn *conn)
{
    pthread_mutex_lock(&p->lock);
    p->opened++;
    p->busy++;
    pthread_mutex_unlock(&p->lock);
    pool_give(p, conn);
}

/* Who lost one connection may have lost all: the idle ones go too. */
static void drop(struct pool *p, struct conn *conn)
{
    pthread_mutex_lock(&p->lock);
    struct conn *idle = p->idle;
    p->idle = NULL;
    for (struct conn *c = idle; c; c = c->next)
        p->opened--;
    pthread_cond_broadcast(&p->given);
    pthread_mutex_unlock(&p->lock);
    disconnect_all(p, idle);
    p->store->engine->disconnect(conn);
    count_out(p);
}

void pool_give(struct pool *p, struct conn *conn)
{
    if (conn->trouble == TROUBLE_LOST) {
        drop(p, conn);
        return;
    }
    pthread_mutex_lock(&p->lock);
    conn->next = p->idle;
    p->idle = conn;
    p->busy--;
    pthread_cond_signal(&p->given);
    pthread_mutex_unlock(&p->lock);
}

void pool_crowded(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->allowed = p->allowed < 2 * STEPS ? STEPS : p->allowed - STEPS;
    pthread_mutex_unlock(&p->lock);
}

void pool_clear(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    if (p->allowed < p->most * STEPS && ++p->allowed % STEPS == 0)
        pthread_cond_signal(&p->given);
    pthread_mutex_unlock(&p->lock);
}

size_t pool_allowed(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    size_t allowed = p->allowed / STEPS;
    pthread_mutex_unlock(&p->lock);
    return allowed;
}

size_t pool_busy(struct pool *p)
{
    if (!p)
        return 0;
    pthread_mutex_lock(&p->lock);
    size_t busy = p->busy;
    pthread_mutex_unlock(&p->lock);
    return busy;
}

size_t pool_waiting(struct pool *p)
{
    if (!p)
        return 0;
    pthread_mutex_lock(&p->lock);
    size_t waiting = p->waiting;
    pthread_mutex_unlock(&p->lock);
    return waiting;
}
