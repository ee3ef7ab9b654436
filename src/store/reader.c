/* The connections for reading: opened when needed, lent to one loan at a time. */
#include "store/inside.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum { PATIENCE_SECONDS = 10 }; /* until a reader that finds all lent gives up */

struct readers {
    struct store *store;
    pthread_mutex_t lock;
    pthread_cond_t given;
    struct conn *idle;
    size_t opened, busy, most;
};

err readers_open(struct store *s)
{
    struct readers *r = calloc(1, sizeof(*r));
    if (!r)
        log_fatal("out of memory while opening the store");
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->given, &attributes);
    pthread_condattr_destroy(&attributes);
    r->store = s;
    r->most = s->readers_most;
    s->readers = r;
    return NULL;
}

void readers_close(struct readers *r)
{
    if (!r)
        return;
    if (r->busy > 0)
        log_fatal("the store was closed while %zu of its loans were out", r->busy);
    while (r->idle) {
        struct conn *conn = r->idle;
        r->idle = conn->next;
        r->store->engine->disconnect(conn);
    }
    pthread_cond_destroy(&r->given);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

/* An idle connection, or leave to open one. Call with the lock held. */
static bool wait_for_one(struct readers *r)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += PATIENCE_SECONDS;
    while (!r->idle && r->opened == r->most)
        if (pthread_cond_timedwait(&r->given, &r->lock, &until) == ETIMEDOUT)
            return r->idle || r->opened < r->most;
    return true;
}

err readers_take(struct readers *r, struct conn **out)
{
    *out = NULL;
    pthread_mutex_lock(&r->lock);
    if (!wait_for_one(r)) {
        pthread_mutex_unlock(&r->lock);
        log_line(LOG_WARN, "all connections for reading are lent readers=%zu", r->most);
        return &STORE_BUSY;
    }
    r->busy++;
    if (r->idle) {
        *out = r->idle;
        r->idle = (*out)->next;
        pthread_mutex_unlock(&r->lock);
        return NULL;
    }
    r->opened++;
    pthread_mutex_unlock(&r->lock);
    err failed = r->store->engine->connect(r->store, USE_READ, out);
    if (!failed)
        return NULL;
    pthread_mutex_lock(&r->lock);
    r->opened--;
    r->busy--;
    pthread_cond_signal(&r->given);
    pthread_mutex_unlock(&r->lock);
    return failed;
}

void readers_give(struct readers *r, struct conn *conn)
{
    pthread_mutex_lock(&r->lock);
    conn->next = r->idle;
    r->idle = conn;
    r->busy--;
    pthread_cond_signal(&r->given);
    pthread_mutex_unlock(&r->lock);
}

size_t readers_busy(struct readers *r)
{
    if (!r)
        return 0;
    pthread_mutex_lock(&r->lock);
    size_t busy = r->busy;
    pthread_mutex_unlock(&r->lock);
    return busy;
}
