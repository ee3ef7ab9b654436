/* Opening and closing, and the glue to the edge. */
#include "http/server.h"

#include <stdlib.h>

#include "base/log.h"
#include "http/idempotency.h"
#include "http/inside.h"

enum { BODY_BYTES = 1024 * 1024, LARGE_BODY_BYTES = 10 * 1024 * 1024 };

/* ---- one request
 * ------------------------------------------------------------------------------------------- */

static void name_request(struct server *server, struct request *rq)
{
    const struct server_options *o = &server->options;

    rq->parts->server = server;
    rq->parts->row = SIZE_MAX;
    rq->app = o->app;
    rq->store = o->store;
    rq->request_id = id_print(rq->arena, "req", id_new(rq->env));
    if (o->base_url)
        rq->base_url = str_of(o->base_url);
    else if (!str_empty(rq->host))
        rq->base_url = str_printf(
            rq->arena, "%s://%" PRI_STR, rq->is_tls ? "https" : "http", STR_ARG(rq->host));
}

static struct answer run(struct server *server, struct request *rq, struct reply *rp)
{
    struct answer answer = { 0 };
    bool is_whole = false;

    if (str_starts(rq->path, STR("/static/")) && rq->method == GET) {
        rq->surface = PUBLIC;
        return static_answer(server, rq, str_from(rq->path, 8));
    }
    err e = server_handle(server, rq, rp, &answer, &is_whole);
    if (!rq->lang)
        rq->lang = languages[0];
    if (e) {
        rp->stream = NULL;
        answer = answer_error(server, rq, rp, e);
    } else if (!is_whole) {
        answer = answer_reply(server, rq, rp);
    }
    if (rq->parts->call)
        idempotency_end(rq, rq->parts->call, &answer);
    return answer;
}

static void count(struct server *server, const struct request *rq, int status)
{
    metrics_count(
        server->metrics, rq->parts->row, status, rq->env->ticks_us(rq->env) - rq->parts->began_us);
}

static bool write_buf(void *to, str bytes)
{
    buf_add(to, bytes);
    return true;
}

struct answer server_answer(struct server *server, struct request *rq)
{
    struct reply rp = { .rq = rq };

    name_request(server, rq);
    struct db *db = server->options.store ? store_lend(server->options.store, rq->arena) : NULL;
    rq->db = db;
    struct answer answer = run(server, rq, &rp);
    if (rp.stream) {
        struct buf body = buf_new(rq->arena);
        err e = rp.stream(&rp, write_buf, &body, rp.stream_arg);
        answer = e ? answer_error(server, rq, &rp, e) : answer;
        if (!e)
            answer.body = buf_str(&body);
    }
    if (db)
        store_return(db);
    count(server, rq, answer.status);
    return answer;
}

/* ---- the edge
 * ----------------------------------------------------------------------------------------------------
 */

static enum method method_of(enum http_method method)
{
    return method == HTTP_HEAD || method == HTTP_OPTIONS ? GET : (enum method)method;
}

static struct request *request_of(struct server *server, struct exchange *ex, struct arena *arena)
{
    struct request *rq = request_begin(arena, server->options.env);
    char text[ADDRESS_TEXT_MAX];

    rq->head = ex->head;
    rq->method = method_of(ex->head->method);
    rq->parts->sent_method = ex->head->method;
    rq->path = ex->head->path;
    rq->query = ex->head->query;
    rq->host = ex->head->host;
    rq->body = ex->body;
    rq->content_type = http_header(ex->head, STR("content-type"));
    rq->peer_address = str_dup(arena, address_text(ex->visitor, text));
    rq->is_tls = ex->is_tls;
    rq->parts->is_loopback = address_is_loopback(ex->visitor) && address_is_loopback(ex->socket);
    rq->parts->began_us = ex->arrived_us;
    return rq;
}

static bool write_edge(void *to, str bytes)
{
    return edge_stream_write(to, bytes);
}

static void send_stream(struct server *server, struct exchange *ex, struct request *rq,
    struct reply *rp, struct answer *answer)
{
    static const struct err full = { ERR_BUSY, "streams_full",
        N_("Too many long answers are under way."), NULL };

    if (ex->head->method == HTTP_HEAD) {
        edge_complete(ex, answer);
        return;
    }
    if (!edge_stream_begin(ex, answer, false)) {
        struct answer busy = answer_error(server, rq, rp, &full);
        edge_complete(ex, &busy);
        return;
    }
    err e = rp->stream(rp, write_edge, ex, rp->stream_arg);
    if (e)
        log_line(LOG_WARN, "a stream was cut off: %s path=%" PRI_STR, e->code, STR_ARG(rq->path));
    edge_stream_end(ex, e == NULL);
}

static void work(void *app, struct exchange *ex)
{
    struct server *server = app;
    struct arena *arena = arena_new();
    struct request *rq = request_of(server, ex, arena);
    struct reply rp = { .rq = rq };
    struct db *db = server->options.store ? store_lend(server->options.store, arena) : NULL;

    name_request(server, rq);
    rq->db = db;
    struct answer answer = run(server, rq, &rp);
    count(server, rq, answer.status);
    if (rp.stream)
        send_stream(server, ex, rq, &rp, &answer);
    else
        edge_complete(ex, &answer);
    if (db)
        store_return(db);
    arena_free(arena);
}

static bool has_flag(const struct server *server, const struct http_head *head, unsigned flag)
{
    struct route_match match;

    return router_find(server->router, method_of(head->method), head->path, &match) ==
               ROUTE_FOUND &&
           (match.route->flags & flag);
}

static size_t body_limit(void *app, const struct http_head *head)
{
    return has_flag(app, head, ROUTE_LARGE) ? LARGE_BODY_BYTES : BODY_BYTES;
}

static bool odd_query(void *app, const struct http_head *head)
{
    return has_flag(app, head, ROUTE_ODD_QUERY);
}

static bool watch(void *app, const struct http_head *head)
{
    return has_flag(app, head, ROUTE_WATCH);
}

static void fast(void *app, struct exchange *ex)
{
    struct server *server = app;

    server->options.fast(server->options.app, ex);
}

static void end_round(void *app, int64_t now_us, bool is_idle)
{
    struct server *server = app;

    server->options.round(server->options.app, now_us, is_idle);
}

/* ---- opening
 * ---------------------------------------------------------------------------------------------------------
 */

err server_open(const struct server_options *options, struct server **out)
{
    struct arena *arena = arena_new();
    struct server *server = ARENA_NEW(arena, struct server);
    const struct route *const *rows;

    server->options = *options;
    server->arena = arena;
    err e = router_open(arena, options->tables, options->test_clock, &server->router);
    if (!e && options->store)
        e = idempotency_recover(options->store, options->env->node);
    if (!e && options->store && options->former_node)
        e = idempotency_recover(options->store, options->former_node);
    if (e) {
        arena_free(arena);
        return e;
    }
    server->metrics = metrics_open(router_rows(server->router, &rows));
    server->rate = rate_open(options->env, 0);
    *out = server;
    return NULL;
}

err server_listen(struct server *server)
{
    struct edge_options *edge = &server->options.edge;

    edge->env = server->options.env;
    edge->app = server;
    edge->fast = server->options.fast ? fast : NULL;
    edge->round = server->options.round ? end_round : NULL;
    edge->work = work;
    edge->body_limit = body_limit;
    edge->odd_query = odd_query;
    edge->watch = watch;
    return edge_open(edge, &server->edge);
}

void server_address(const struct server *server, char *to, size_t room)
{
    edge_address(server->edge, to, room);
}

struct edge *server_edge(const struct server *server)
{
    return server->edge;
}

void server_stop(struct server *server)
{
    if (server->edge)
        edge_stop(server->edge);
}

void server_close(struct server *server)
{
    if (!server)
        return;
    if (server->edge)
        edge_close(server->edge);
    metrics_close(server->metrics);
    rate_close(server->rate);
    arena_free(server->arena);
}

size_t server_routes(const struct server *server, const struct route *const **out)
{
    return router_rows(server->router, out);
}

/* ---- /metrics
 * ---------------------------------------------------------------------------------------------------------
 */

static void add_edge(const struct edge *edge, struct buf *out)
{
    struct edge_numbers n;

    edge_numbers(edge, &n);
    metrics_line(out, "tributary_edge_connections", "gauge", "Connections open now.",
        (int64_t)n.connections);
    metrics_line(out, "tributary_edge_requests_total", "counter", "Whole requests that came.",
        (int64_t)n.requests);
    metrics_line(out, "tributary_edge_refused_total", "counter",
        "Requests refused as malformed, too large or too slow.", (int64_t)n.refused);
    metrics_line(out, "tributary_edge_overloaded_total", "counter",
        "Requests turned away because too many came.", (int64_t)n.overloaded);
    metrics_line(
        out, "tributary_edge_queued", "gauge", "Requests waiting for a worker.", (int64_t)n.queued);
}

static err show_metrics(struct request *rq, struct reply *rp)
{
    static const struct err hidden = { ERR_NOT_FOUND, "not_found",
        N_("There is nothing at this address."), NULL };
    struct server *server = rq->parts->server;
    const struct route *const *rows;
    struct buf out = buf_new(rq->arena);

    if (!rq->parts->is_loopback && !who_may(rq->who, SETTINGS_READ))
        return &hidden;
    size_t count_ = router_rows(server->router, &rows);
    metrics_print(server->metrics, rows, count_, &out);
    if (server->edge)
        add_edge(server->edge, &out);
    if (server->options.numbers)
        server->options.numbers(server->options.app, &out);
    return reply_bytes(rp, "text/plain; version=0.0.4; charset=utf-8", buf_str(&out));
}

/* clang-format off */
const struct route http_routes[] = {
    { GET, "/metrics", PUBLIC, NEEDS_NOTHING, show_metrics, NULL, ROUTE_BARE | ROUTE_WATCH, .summary = "Numbers for Prometheus" },
    { 0 },
};
/* clang-format on */
