/* Inside the edge: loops and their connections. Only files of the edge include this.
 *
 * Who may touch what: a connection belongs to its loop, that is to who has its baton. While an
 * exchange is in flight (CONN_HELD) its holder owns `ex`, the block's head and scratch, and the
 * answer fields; giving the answer pushes the connection on the loop's stack and hands all of it
 * back. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/baton.h"
#include "http/chunk.h"
#include "http/edge.h"
#include "http/limits.h"
#include "http/listen.h"
#include "http/proxy.h"
#include "http/wheel.h"

enum {
    IN_ROOM = HEAD_BYTES_MAX + 4096, /* the rest is for chunks and pipelined heads */
    OUT_ROOM = 4096,
    SCRATCH_ROOM = 4096,
    UNSENT_MAX = 256 * 1024, /* above it nothing more is read, and streams wait */
    TURNS_MAX = 16,          /* requests of one connection in one round */
    BLOCKS_KEPT = 128,       /* free blocks kept by a loop */
    CONNS_KEPT = 1024,
};

/* Bytes on their way out, or scratch that did not fit. */
struct piece {
    struct piece *next;
    const char *at;
    size_t len;
    char own[];
};

/* What a connection holds only while it has something to do. */
struct block {
    struct block *next;
    struct http_head head;
    struct chunk_reader chunks;
    char out[OUT_ROOM];
    char scratch[SCRATCH_ROOM];
    char in[IN_ROOM];
};

enum conn_state {
    CONN_PROXY, /* waits for a PROXY header */
    CONN_HEAD,  /* between requests or within a head */
    CONN_BODY,
    CONN_HELD,   /* somebody holds the exchange */
    CONN_DONE,   /* the answer is written: on to the next request */
    CONN_LINGER, /* answered for the last time; reads until the client ends, so that it can read the
                    answer */
    CONN_DEAD,   /* to be freed at the end of the round, or when its holder lets go */
};

struct stream;

struct conn {
    struct exchange ex; /* first: see conn_of */
    struct loop *loop;
    struct block *block;
    struct conn *all_next, **all_link;
    int fd;
    enum conn_state state;
    uint32_t events; /* what epoll was told; 0 with is_watched: nothing but errors */
    bool may_hold_more; /* not read to its end: epoll must tell again what it has told already */
    bool is_watched, is_named, is_trusted, has_input_end, is_ready, is_in_head, is_shut;
    bool close_after, linger_after;
    _Atomic bool is_gone; /* the client left while the exchange is held */
    struct address
        peer; /* the visitor as far as the connection knows; counted for him when is_named */
    /* in: block->in[in_from..in_len) */
    size_t in_from, in_len;
    char *body;
    size_t body_len, body_room, body_limit;
    /* out: block->out[out_from..out_len), then pieces */
    size_t out_from, out_len, unsent, sent;
    struct piece *pieces, **pieces_end;
    int64_t write_began_ms, read_by_ms, write_by_ms;
    size_t lingered;
    struct timer timer;
    struct conn *ready_next;
    /* the answer, by the holder */
    size_t scratch_used;
    struct piece *extras;
    struct answer answer;
    struct piece *answer_piece;
    struct stream *stream;
    _Atomic bool is_posted;
    struct stream *streaming; /* the same, once the loop knows */
    size_t streamed;
    struct conn *posted_next;
    struct conn *queue_next; /* of the workers */
};

static inline struct conn *conn_of(const struct exchange *ex)
{
    return (struct conn *)(uintptr_t)ex;
}

struct counters {
    _Atomic uint64_t accepted, requests, answered, refused, overloaded, timed_out;
};
static inline void count(_Atomic uint64_t *number)
{
    atomic_store_explicit(
        number, atomic_load_explicit(number, memory_order_relaxed) + 1, memory_order_relaxed);
}

struct loop {
    struct edge *edge;
    pthread_t threads[2]; /* one that runs it, one that stands by */
    size_t thread_count;
    struct baton baton;
    int epoll, waker;
    int spare_fd; /* given up to be able to refuse when descriptors run out */
    int64_t now_us, now_ms, accept_again_ms;
    instant now;
    bool is_accepting, is_draining, was_busy, owes_idle;
    int64_t drain_by_ms;
    struct wheel wheel;
    struct conn *all, *dead, *spare, *ready, **ready_end;
    size_t spares, blocks_free;
    struct block *blocks;
    char date[40]; /* "Date: …\r\n" */
    size_t date_len;
    int64_t date_second;
    struct counters counters;
    _Atomic(struct conn *) posted;
    _Atomic bool is_asleep;
    char discard[16 * 1024];
};

/* The connection whose handler runs on this thread, until the handler says what becomes of it. */
extern _Thread_local struct conn *edge_serving;

struct workers;

struct edge {
    struct edge_options o;
    struct listeners listeners;
    struct trust trust;
    struct limits *limits;
    struct workers *workers, *watch;
    struct loop *loops;
    size_t loop_count;
    _Atomic bool is_stopping;
    _Atomic size_t body_bytes, streams, accepting;
    bool is_stopped;
};

/* conn.c: the life of a connection, on its loop */
void conn_accept(struct loop *, int fd, struct address socket);
void conn_event(struct conn *, uint32_t events);
void conn_work(struct conn *);   /* goes on with what is buffered, sends, waits */
void conn_posted(struct conn *); /* its holder gave an answer, or wrote to its stream */
void conn_deadline(struct conn *);
void conn_kill(struct conn *);  /* at once, without further words */
void conn_leave(struct conn *); /* the socket is closed; a holder may still hold the exchange */
void conn_free(struct conn *);
bool conn_is_idle(const struct conn *);
void conn_end_exchange(struct conn *);
void conn_refuse(struct conn *, const struct http_refusal *);

/* input.c: bytes to requests */
enum input { INPUT_MORE, INPUT_WHOLE, INPUT_REFUSED };
enum input input_head(struct conn *);
enum input input_body(struct conn *);
void input_drop_body(struct conn *);

/* out.c: answers to bytes */
void out_answer(struct conn *, const struct answer *, struct piece *body_piece);
void out_stream_head(struct conn *, const struct answer *);
void out_problem(
    struct conn *, int status, const char *code, const char *detail, const char *headers);
void out_bytes(struct conn *, const char *, size_t);
void out_piece(struct conn *, struct piece *);          /* takes it */
void out_told(struct conn *, int status, size_t bytes); /* counts it, logs it */
bool out_flush(struct conn *);                          /* false: the client is gone */
void out_drop(struct conn *);
struct piece *piece_new(size_t room);
struct piece *piece_copy(str);
void pieces_free(struct piece *);

/* stream.c */
enum stream_news { STREAM_OPEN, STREAM_WHOLE, STREAM_CUT };
enum stream_news stream_pump(
    struct conn *);               /* moves written pieces out; says whether it has ended */
void stream_sent(struct conn *);  /* something left: writers may go on */
void stream_cut(struct stream *); /* the client is gone: writers are told */
void stream_free(struct conn *);
bool stream_is_endless(const struct stream *);

/* loop.c */
bool loop_open(struct loop *, struct edge *);
void loop_close(struct loop *);
void loop_start(struct loop *);
void loop_join(struct loop *); /* after it was told to stop */
void loop_post(struct conn *, bool wake);
void loop_wake(struct loop *);
void loop_watch(struct conn *, uint32_t events);
void loop_ready(struct conn *);
struct block *loop_block(struct loop *);
void loop_give_block(struct loop *, struct block *);
struct conn *loop_conn(struct loop *);

/* worker.c */
struct workers *workers_open(struct edge *, size_t count, size_t queue_max);
bool workers_push(struct workers *, struct conn *);
size_t workers_queued(struct workers *);
void workers_stop(struct workers *);
void workers_close(struct workers *);
