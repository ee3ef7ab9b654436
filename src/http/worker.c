/* The pool that runs slow handlers: a bounded queue and a few threads. */
#include <stdlib.h>

#include "base/log.h"
#include "http/conn.h"

struct workers {
    struct edge *edge;
    size_t queue_max;
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct conn *first, **end;
    size_t queued, waiting;
    bool is_stopping;
    size_t count;
    pthread_t threads[];
};

static struct conn *next_request(struct workers *w)
{
    struct conn *c;

    pthread_mutex_lock(&w->lock);
    w->waiting++;
    while (!w->first && !w->is_stopping)
        pthread_cond_wait(&w->work, &w->lock);
    w->waiting--;
    c = w->is_stopping ? NULL : w->first;
    if (c) {
        w->first = c->queue_next;
        if (!w->first)
            w->end = &w->first;
        w->queued--;
    }
    pthread_mutex_unlock(&w->lock);
    return c;
}

static void serve(struct edge *e, struct conn *c)
{
    static const struct answer SILENT = { .status = 500,
        .headers = STR("Content-Type: application/problem+json\r\nCache-Control: no-store\r\n"),
        .body = STR("{\"type\":\"urn:tributary:problem:internal\",\"title\":\"Internal Server Error\",\"status\":500,"
                    "\"code\":\"internal\",\"detail\":\"The request was not answered.\"}\n"),
        .is_static = true };

    edge_serving = c;
    e->o.work(e->o.app, &c->ex);
    if (edge_serving != c)
        return;
    log_line(LOG_ERROR, "a handler gave no answer");
    edge_complete(&c->ex, &SILENT);
}

static void *run(void *arg)
{
    struct workers *w = arg;
    struct conn *c;

    pthread_setname_np(pthread_self(), "worker");
    while ((c = next_request(w)))
        serve(w->edge, c);
    return NULL;
}

struct workers *workers_open(struct edge *e, size_t count, size_t queue_max)
{
    struct workers *w = calloc(1, sizeof *w + count * sizeof w->threads[0]);

    if (!w)
        log_fatal("out of memory");
    w->edge = e;
    w->queue_max = queue_max;
    w->end = &w->first;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, NULL);
    for (size_t i = 0; i < count; i++) {
        if (pthread_create(&w->threads[i], NULL, run, w) != 0)
            log_fatal("a worker thread cannot be started");
        w->count++;
    }
    return w;
}

bool workers_push(struct workers *w, struct conn *c)
{
    bool is_taken, wakes;

    pthread_mutex_lock(&w->lock);
    is_taken = w->queued < w->queue_max;
    if (is_taken) {
        c->queue_next = NULL;
        *w->end = c;
        w->end = &c->queue_next;
        w->queued++;
    }
    wakes = is_taken && w->waiting > 0;
    pthread_mutex_unlock(&w->lock);
    if (wakes)
        pthread_cond_signal(&w->work);
    return is_taken;
}

size_t workers_queued(struct workers *w)
{
    size_t queued;

    pthread_mutex_lock(&w->lock);
    queued = w->queued;
    pthread_mutex_unlock(&w->lock);
    return queued;
}

void workers_stop(struct workers *w)
{
    pthread_mutex_lock(&w->lock);
    w->is_stopping = true;
    pthread_cond_broadcast(&w->work);
    pthread_mutex_unlock(&w->lock);
    for (size_t i = 0; i < w->count; i++)
        pthread_join(w->threads[i], NULL);
    w->count = 0;
}

void workers_close(struct workers *w)
{
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->work);
    free(w);
}
