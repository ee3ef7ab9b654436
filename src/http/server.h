/* From a whole request to a whole answer: routes, gate, handler, printer, headers. The edge hands
 * exchanges in; tests hand requests in without a socket (http/testing.h). */
#pragma once

#include "http/edge.h"
#include "http/reply.h"
#include "http/request.h"

struct buf;
struct migration;
struct server;
struct spool;
struct templates;
struct asset;

/* What the floor above knows about people and programmes. Called on workers, in this order. */
struct gate {
    /* Sets rq->who from the session cookie or the Bearer key, and rq->lang and rq->offset_minutes
     * when the person has chosen them. A caller without either stays nobody; a key that is unknown
     * is an error (401). */
    err (*identify)(struct request *);
    /* Is there such a programme, and may this caller reach it? wanted 0: his own, else the only
     * one, else 0. Not there or not his: a 404. Sets *out. */
    err (*program)(struct request *, int64_t wanted, int64_t *out);
    /* Fills what the page frames print: navigation, brand, person. Only for pages. May be null. */
    err (*frame)(struct request *, struct reply *, struct view *frame);
    /* The words (a msgid) of a flash code, null when unknown; *out_tone is "good", "warn" or "bad".
     * May be null. */
    const char *(*flash)(str code, const char **out_tone);
};

struct server_options {
    const struct env *env;
    struct app *app;
    struct store *store;
    struct templates *templates;
    const struct route *const
        *tables; /* null-terminated list of tables, each ended by a row of zeros */
    const struct gate *gate;
    const struct asset *assets;  /* /static/…; ended by a null name; may be null */
    const unsigned char *secret; /* 32 bytes: signs stamps of forms and flash messages */
    const char *base_url;        /* null: from Host */
    int64_t former_node;         /* that died here: what it left running is free again; 0: none */
    bool test_clock;             /* rows with ROUTE_TEST exist */
    const char *error_page;      /* template of error pages: "app/error" */
    /* Runs on the loop before anything else, for clicks: as the edge's fast_fn, called with `app`.
     * May be null. */
    fast_fn fast;
    round_fn round; /* the edge's, called with `app`; may be null */
    /* Numbers of the floors above for /metrics; may be null. */
    void (*numbers)(struct app *, struct buf *);
    int64_t api_per_minute;   /* most calls of one key or address; 0 = 60,000 */
    struct edge_options edge; /* listen, workers, trusted …; the functions are the server's own */
};

extern const struct err
    ROUTES_BROKEN; /* two rows for one address, or a path that is none; the log says which */

/* Builds the routes. Nothing listens yet. */
MUST_CHECK err server_open(const struct server_options *, struct server **out);
/* Opens the edge with options.edge and serves. */
MUST_CHECK err server_listen(struct server *);
struct edge *server_edge(const struct server *); /* null before server_listen */
/* Where it listens first, for people: "http://127.0.0.1:8080". */
void server_address(const struct server *, char *to, size_t room);
void server_stop(struct server *); /* finishes what is in flight */
void server_close(struct server *);

/* The whole way for one request, on this thread: rq has env, arena, method, path, query, body and
 * headers. */
struct answer server_answer(struct server *, struct request *);

/* The rows of all tables, in order: for the API document and the tests of roles × routes. */
size_t server_routes(const struct server *, const struct route *const **out);

/* Rows that the floor itself serves: GET /metrics. Put into `tables`. */
extern const struct route http_routes[];
/* Also declared in the generated migrations.h. */
extern const struct migration http_migrations[];
