/* The edge as a whole: options, start, stop, and what handlers say to it. */
#include "http/edge.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/env.h"
#include "base/log.h"
#include "base/thread.h"
#include "http/conn.h"

enum { WATCH_QUEUE_MAX = 16 };

static int64_t or_default(int64_t given, int64_t otherwise)
{
    return given > 0 ? given : otherwise;
}

static struct edge_options with_defaults(struct edge_options o)
{
    int cores = thread_processors(), loops = cores <= 2 ? 1 : cores / 2;

    o.loops = (int)or_default(o.loops, loops > 8 ? 8 : loops);
    o.workers = (int)or_default(o.workers, 4);
    o.head_ms = or_default(o.head_ms, 10000);
    o.body_ms = or_default(o.body_ms, 30000);
    o.body_rate = or_default(o.body_rate, 32768);
    o.idle_ms = or_default(o.idle_ms, 60000);
    o.write_ms = or_default(o.write_ms, 30000);
    o.write_rate = or_default(o.write_rate, 16384);
    o.drain_ms = or_default(o.drain_ms, 10000);
    o.connections_max = o.connections_max ? o.connections_max : 20000;
    o.per_address_max = o.per_address_max ? o.per_address_max : 1000;
    o.queue_max = o.queue_max ? o.queue_max : 1000;
    o.bodies_max = o.bodies_max ? o.bodies_max : (size_t)256 << 20;
    o.streams_max = o.streams_max ? o.streams_max : 256;
    return o;
}

/* Connections are descriptors: take as many as the system gives, and promise no more than that. */
static void raise_descriptors(struct edge_options *o)
{
    enum { FOR_THE_REST = 256 };
    struct rlimit limit;
    rlim_t wanted = o->connections_max + 2 * FOR_THE_REST;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        (void)getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur >= wanted)
        return;
    o->connections_max =
        limit.rlim_cur > 2 * FOR_THE_REST ? limit.rlim_cur - FOR_THE_REST : limit.rlim_cur / 2;
    log_line(LOG_INFO, "at most %zu connections: the limit of open files is %llu",
        o->connections_max, (unsigned long long)limit.rlim_cur);
}

/* Signals are for the main thread. */
static void start_threads(struct edge *e)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    e->workers = workers_open(e, (size_t)e->o.workers, e->o.queue_max);
    e->watch = workers_open(e, 1, WATCH_QUEUE_MAX);
    for (size_t i = 0; i < e->loop_count; i++)
        loop_start(&e->loops[i]);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

err edge_open(const struct edge_options *options, struct edge **out)
{
    struct edge *e = calloc(1, sizeof *e);
    err failed;

    if (!e)
        log_fatal("out of memory");
    e->o = with_defaults(*options);
    raise_descriptors(&e->o);
    failed = trust_read(e->o.trusted, &e->trust);
    if (!failed)
        failed = listeners_open(e->o.listen, e->o.no_activation, &e->listeners);
    if (failed) {
        trust_free(&e->trust);
        free(e);
        return failed;
    }
    e->limits = limits_open(e->o.env, e->o.connections_max, e->o.per_address_max);
    e->loop_count = (size_t)e->o.loops;
    atomic_store(&e->accepting, e->loop_count);
    e->loops = calloc(e->loop_count, sizeof *e->loops);
    if (!e->loops)
        log_fatal("out of memory");
    for (size_t i = 0; i < e->loop_count; i++)
        if (!loop_open(&e->loops[i], e))
            log_fatal("a loop cannot be set up");
    start_threads(e);
    *out = e;
    return NULL;
}

int edge_port(const struct edge *e, size_t listener)
{
    return listener < e->listeners.count ? listener_port(e->listeners.fd[listener]) : 0;
}

void edge_address(const struct edge *e, char *to, size_t room)
{
    listener_address(e->listeners.fd[0], to, room);
}

bool edge_stopping(const struct edge *e)
{
    return atomic_load(&e->is_stopping);
}

void edge_stop(struct edge *e)
{
    if (e->is_stopped)
        return;
    e->is_stopped = true;
    atomic_store(&e->is_stopping, true);
    for (size_t i = 0; i < e->loop_count; i++)
        (void)eventfd_write(e->loops[i].waker, 1);
    for (size_t i = 0; i < e->loop_count; i++)
        loop_join(&e->loops[i]);
    workers_stop(e->workers);
    workers_stop(e->watch);
}

void edge_close(struct edge *e)
{
    edge_stop(e);
    for (size_t i = 0; i < e->loop_count; i++)
        loop_close(&e->loops[i]);
    workers_close(e->workers);
    workers_close(e->watch);
    limits_close(e->limits);
    trust_free(&e->trust);
    free(e->loops);
    free(e);
}

_Thread_local struct conn *edge_serving;

static void notice(const struct conn *c)
{
    if (edge_serving == c)
        edge_serving = NULL;
}

void edge_answer(struct exchange *ex, const struct answer *a)
{
    struct conn *c = conn_of(ex);

    notice(c);
    out_answer(c, a, NULL);
    c->state = CONN_DONE;
}

void edge_later(struct exchange *ex)
{
    notice(conn_of(ex));
}

void edge_pass(struct exchange *ex)
{
    struct conn *c = conn_of(ex);
    const struct edge_options *o = &ex->edge->o;
    bool is_watch = o->watch && o->watch(o->app, ex->head);

    notice(c);
    if (workers_push(is_watch ? ex->edge->watch : ex->edge->workers, c))
        return;
    count(&c->loop->counters.overloaded);
    out_problem(c, 503, "queue_full", "Too much to do at the moment. Try again in a second.",
        "Retry-After: 1\r\n");
    c->state = CONN_DONE;
}

void *edge_scratch(struct exchange *ex, size_t size)
{
    struct conn *c = conn_of(ex);
    size_t rounded = (size + 15) & ~(size_t)15;
    struct piece *p;

    if (rounded <= SCRATCH_ROOM - c->scratch_used) {
        c->scratch_used += rounded;
        return c->block->scratch + c->scratch_used - rounded;
    }
    p = piece_new(size);
    p->next = c->extras;
    c->extras = p;
    return p->own;
}

static bool is_scratch(const struct conn *c, const char *at)
{
    if (at >= c->block->scratch && at < c->block->scratch + SCRATCH_ROOM)
        return true;
    for (const struct piece *p = c->extras; p; p = p->next)
        if (at >= p->own && at < p->own + p->len)
            return true;
    return false;
}

static str kept(struct exchange *ex, str s)
{
    char *copy;

    if (!s.len || is_scratch(conn_of(ex), s.at))
        return s;
    copy = edge_scratch(ex, s.len);
    memcpy(copy, s.at, s.len);
    return (str){ copy, s.len };
}

void edge_complete_quietly(struct exchange *ex, const struct answer *a)
{
    struct conn *c = conn_of(ex);

    notice(c);
    c->answer = *a;
    c->answer.headers = kept(ex, a->headers);
    if (a->body.len > OUT_ROOM && !a->is_static && !is_scratch(c, a->body.at))
        c->answer_piece = piece_copy(a->body);
    else if (!a->is_static)
        c->answer.body = kept(ex, a->body);
    loop_post(c, false);
}

void edge_complete(struct exchange *ex, const struct answer *a)
{
    struct loop *l = conn_of(ex)->loop;

    edge_complete_quietly(ex, a);
    loop_wake(l);
}

void edge_wake(struct edge *e)
{
    for (size_t i = 0; i < e->loop_count; i++)
        if (atomic_load(&e->loops[i].posted))
            loop_wake(&e->loops[i]);
}

bool edge_is_gone(const struct exchange *ex)
{
    return atomic_load(&conn_of(ex)->is_gone);
}

void edge_numbers(const struct edge *e, struct edge_numbers *out)
{
    struct edge_numbers n = { 0 };

    for (size_t i = 0; i < e->loop_count; i++) {
        const struct counters *c = &e->loops[i].counters;

        n.accepted += atomic_load_explicit(&c->accepted, memory_order_relaxed);
        n.requests += atomic_load_explicit(&c->requests, memory_order_relaxed);
        n.answered += atomic_load_explicit(&c->answered, memory_order_relaxed);
        n.refused += atomic_load_explicit(&c->refused, memory_order_relaxed);
        n.overloaded += atomic_load_explicit(&c->overloaded, memory_order_relaxed);
        n.timed_out += atomic_load_explicit(&c->timed_out, memory_order_relaxed);
    }
    n.connections = limits_count(e->limits);
    n.streams = atomic_load(&e->streams);
    n.queued = workers_queued(e->workers);
    n.body_bytes = atomic_load(&e->body_bytes);
    *out = n;
}
