/* The edge: from sockets to whole requests and back. A few loop threads do all reading and writing
 * and never block; slow handlers run on a bounded pool of workers; an answer may also be given
 * later from any thread. One request at a time per connection is in flight, so answers leave in
 * order and a request behind a refused one never runs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/instant.h"
#include "base/str.h"
#include "http/address.h"
#include "http/head.h"

struct env;
struct edge;

/* One request in flight. Whoever holds it (loop, worker, or after edge_later anybody) may read it
 * until he gives the answer; afterwards it is gone. */
struct exchange {
    const struct http_head *head;
    str body;               /* complete; chunks already taken apart */
    struct address visitor; /* through trusted proxies */
    struct address socket;  /* who is really connected */
    bool is_tls;            /* a trusted proxy said https */
    int64_t arrived_us;     /* env ticks when the head was complete */
    instant arrived;        /* the same by env's clock */
    struct edge *edge;
    void *app; /* free for the holder; null at the beginning */
};

/* Status line, Date, Content-Length and Connection are the edge's; HEAD, 204 and 304 go without a
 * body. */
struct answer {
    int status;
    str headers; /* whole lines, each ending in CRLF: "Location: …\r\nSet-Cookie: …\r\n" */
    str body;
    bool is_static; /* the body's bytes stay for ever: embedded files; never copied */
    bool close;     /* end the connection after it */
};

/* Runs on the loop for every whole request and must not block. It calls one of edge_answer,
 * edge_later, edge_pass; when it calls none, the request is passed on to the workers. */
typedef void (*fast_fn)(void *app, struct exchange *);
/* Runs on a worker and may block. It calls edge_complete, edge_stream_begin or edge_later; when it
 * calls none, the answer is 500. */
typedef void (*work_fn)(void *app, struct exchange *);
/* How many body bytes this request may bring: asked before the body is read; beyond it, 413. */
typedef size_t (*body_limit_fn)(void *app, const struct http_head *);
/* May the odd query of this request pass (see http/head.h)? Its reader then decodes it himself. */
typedef bool (*odd_query_fn)(void *app, const struct http_head *);
/* Is this of who watches over the server? A worker of its own serves it, also while all others are
 * held up. It must not wait for what they wait for. */
typedef bool (*watch_fn)(void *app, const struct http_head *);
/* Called on the loop when an answer goes out (a stream: when it ends); bytes include the head. */
typedef void (*access_fn)(
    void *app, const struct exchange *, int status, int64_t bytes, int64_t took_us);
/* Called on each loop after a round of events that ran requests or sent answers given elsewhere,
 * and once more with is_idle before the loop goes to sleep with nothing left to do: the place to
 * close a group. May answer requests. What takes long here is nobody's delay: after some
 * milliseconds another thread goes on with the loop. */
typedef void (*round_fn)(void *app, int64_t now_us, bool is_idle);

enum forwarded_by {
    FORWARDED_X,        /* X-Forwarded-For and X-Forwarded-Proto */
    FORWARDED_RFC_7239, /* Forwarded */
    FORWARDED_NOT,      /* believe no header */
};

/* Zero means the default in brackets. */
struct edge_options {
    const struct env *env;
    void *app;
    fast_fn fast; /* null: everything goes to the workers */
    work_fn work;
    body_limit_fn body_limit; /* null: 1 MiB for all */
    odd_query_fn odd_query;   /* null: all are 400 */
    watch_fn watch;           /* null: nobody watches */
    access_fn access;         /* null: no access log */
    round_fn round;
    strs listen;            /* "127.0.0.1:8080", "[::1]:0", "*:80", "unix:/run/x.sock"; ignored with
                               sockets handed over by systemd (LISTEN_FDS) */
    bool no_activation;     /* do not look at LISTEN_FDS */
    int loops;              /* [1 on up to two cores, else half of them, at most 8] */
    int workers;            /* [4] */
    int64_t head_ms;        /* [10,000] for a whole head, however slowly it drips */
    int64_t body_ms;        /* [30,000], and one second more per body_rate bytes that came */
    int64_t body_rate;      /* [32,768] bytes a second */
    int64_t idle_ms;        /* [60,000] between requests */
    int64_t write_ms;       /* [30,000], and one second more per write_rate bytes that went */
    int64_t write_rate;     /* [16,384] */
    int64_t drain_ms;       /* [10,000] for edge_stop */
    size_t connections_max; /* [20,000] beyond: 503 and close */
    size_t
        per_address_max; /* [1,000] beyond: 429 and close; IPv6 by /64; not for trusted proxies */
    size_t queue_max;    /* [1,000] requests waiting for a worker; beyond: 503, Retry-After: 1 */
    size_t bodies_max;   /* [256 MiB] of bodies held at once; beyond: 503 */
    size_t streams_max;  /* [256] streams open at once */
    strs trusted;        /* addresses or CIDR blocks of proxies: "10.0.0.0/8", "::1" */
    enum forwarded_by forwarded; /* which header of a trusted proxy is believed */
    bool proxy_protocol;         /* connections from trusted addresses begin with PROXY v1 or v2 */
};

extern const struct err
    EDGE_LISTEN; /* edge_listen: an address that cannot be listened on (the log says why) */
extern const struct err EDGE_TRUSTED; /* edge_trusted: not an address or a block */

/* Binds, starts loops and workers, and serves. */
MUST_CHECK err edge_open(const struct edge_options *, struct edge **out);
int edge_port(
    const struct edge *, size_t listener); /* the port bound, for ":0"; 0 for unix sockets */
/* Of the first listener, for people: see listener_address. */
void edge_address(const struct edge *, char *to, size_t room);
/* Stops accepting, finishes what is in flight with Connection: close, at most drain_ms, then joins
 * loops and workers. Answers given later than that are dropped. */
void edge_stop(struct edge *);
/* Frees everything; edge_stop first. Nobody may hold an exchange any more. */
void edge_close(struct edge *);
bool edge_stopping(const struct edge *);

/* On the loop, within fast_fn. The bytes are copied. */
void edge_answer(struct exchange *, const struct answer *);
/* The holder keeps the exchange and will call edge_complete, from any thread, exactly once. To be
 * called before the exchange is given to another thread. */
void edge_later(struct exchange *);
/* On the loop, within fast_fn: to the workers; 503 when their queue is full. */
void edge_pass(struct exchange *);

/* Memory that lives as long as the exchange: inside the connection's own block up to about 4 KiB.
 * For the holder only. */
void *edge_scratch(struct exchange *, size_t);

/* Any thread. Bytes in the exchange's scratch are used where they are, others are copied. Wakes the
 * loop when it sleeps, so a burst costs one wake-up or a few. */
void edge_complete(struct exchange *, const struct answer *);
/* The same without waking: for the many answers of one group, with edge_wake after the last. */
void edge_complete_quietly(struct exchange *, const struct answer *);
void edge_wake(struct edge *);

/* True when the client is known to have left: the answer will go nowhere. A hint for long work. */
bool edge_is_gone(const struct exchange *);

/* An answer of unknown length (chunked for HTTP/1.1, up to the end of the connection for 1.0). Any
 * thread that holds the exchange. False: too many streams, or stopping; then answer otherwise
 * (503). `endless` (events) is cut at once by edge_stop; others may finish. */
MUST_CHECK bool edge_stream_begin(struct exchange *, const struct answer *head, bool endless);
/* Waits while more than 256 KiB are unsent. False: the client is gone or too slow; then end the
 * stream. */
MUST_CHECK bool edge_stream_write(struct exchange *, str bytes);
/* As above but never waits: false also when too much is unsent. For timers. */
MUST_CHECK bool edge_stream_try(struct exchange *, str bytes);
/* Gives the exchange back. Always called once after a successful begin. `whole` false: cut off, so
 * that the client notices that the rest is missing. */
void edge_stream_end(struct exchange *, bool whole);

/* Counted since start. */
struct edge_numbers {
    uint64_t accepted, requests, answered, refused; /* refused: malformed, too large, too slow */
    uint64_t overloaded;                            /* 429 and 503 of the edge's own */
    uint64_t timed_out; /* connections cut by a deadline, idle ones not counted */
    uint64_t connections, streams, queued, body_bytes; /* now */
};
void edge_numbers(const struct edge *, struct edge_numbers *out);
