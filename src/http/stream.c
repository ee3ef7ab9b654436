/* Answers of unknown length: written by any thread, sent by the loop, with the writer waiting when
 * the reader is slow. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "http/conn.h"

struct stream {
    pthread_mutex_t lock;
    pthread_cond_t room;
    struct piece *first, **end;
    size_t waiting; /* written, and not yet with the loop */
    size_t unsent;  /* with the loop, and not yet with the kernel */
    bool is_endless, is_chunked, is_mute, has_ended, is_whole, is_gone;
};

static void add(struct stream *s, struct piece *p)
{
    p->next = NULL;
    *s->end = p;
    s->end = &p->next;
    s->waiting += p->len;
}

bool edge_stream_begin(struct exchange *ex, const struct answer *head, bool endless)
{
    struct conn *c = conn_of(ex);
    struct edge *e = ex->edge;
    struct stream *s;

    if (atomic_load(&e->is_stopping))
        return false;
    if (atomic_fetch_add(&e->streams, 1) >= e->o.streams_max) {
        atomic_fetch_sub(&e->streams, 1);
        return false;
    }
    s = calloc(1, sizeof *s);
    if (!s)
        log_fatal("out of memory");
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->room, NULL);
    s->end = &s->first;
    s->is_endless = endless;
    s->is_chunked = ex->head->minor > 0;
    s->is_mute = ex->head->method == HTTP_HEAD;
    c->answer = *head;
    if (head->headers.len) {
        char *copy = edge_scratch(ex, head->headers.len);

        memcpy(copy, head->headers.at, head->headers.len);
        c->answer.headers.at = copy;
    }
    edge_later(ex);
    c->stream = s;
    loop_post(c, true);
    return true;
}

static struct piece *framed(const struct stream *s, str bytes)
{
    char size[24];
    size_t digits;
    struct piece *p;

    if (!s->is_chunked)
        return piece_copy(bytes);
    digits = (size_t)snprintf(size, sizeof size, "%zx\r\n", bytes.len);
    p = piece_new(digits + bytes.len + 2);
    memcpy(p->own, size, digits);
    memcpy(p->own + digits, bytes.at, bytes.len);
    memcpy(p->own + digits + bytes.len, "\r\n", 2);
    return p;
}

static bool is_full(const struct stream *s)
{
    return s->waiting + s->unsent > UNSENT_MAX;
}

static bool write_stream(struct exchange *ex, str bytes, bool waits)
{
    struct conn *c = conn_of(ex);
    struct stream *s = c->stream;
    bool is_taken;

    if (!bytes.len || s->is_mute)
        return !edge_is_gone(ex);
    pthread_mutex_lock(&s->lock);
    while (waits && is_full(s) && !s->is_gone)
        pthread_cond_wait(&s->room, &s->lock);
    is_taken = !s->is_gone && !is_full(s);
    if (is_taken)
        add(s, framed(s, bytes));
    pthread_mutex_unlock(&s->lock);
    if (is_taken)
        loop_post(c, true);
    return is_taken;
}

bool edge_stream_write(struct exchange *ex, str bytes)
{
    return write_stream(ex, bytes, true);
}

bool edge_stream_try(struct exchange *ex, str bytes)
{
    return write_stream(ex, bytes, false);
}

void edge_stream_end(struct exchange *ex, bool whole)
{
    struct conn *c = conn_of(ex);
    struct stream *s = c->stream;

    pthread_mutex_lock(&s->lock);
    if (whole && s->is_chunked && !s->is_mute)
        add(s, piece_copy(STR("0\r\n\r\n")));
    s->has_ended = true;
    s->is_whole = whole;
    loop_post(
        c, true); /* within the lock: the loop frees nothing while the end is yet to be posted */
    pthread_mutex_unlock(&s->lock);
}

enum stream_news stream_pump(struct conn *c)
{
    struct stream *s = c->streaming;
    struct piece *list;
    bool has_ended, is_whole;

    pthread_mutex_lock(&s->lock);
    list = s->first;
    s->first = NULL;
    s->end = &s->first;
    s->unsent += s->waiting;
    s->waiting = 0;
    has_ended = s->has_ended;
    is_whole = s->is_whole;
    pthread_mutex_unlock(&s->lock);
    if (c->fd < 0)
        pieces_free(list);
    else
        for (struct piece *p = list, *next; p; p = next) {
            next = p->next;
            c->streamed += p->len;
            out_piece(c, p);
        }
    if (!has_ended)
        return STREAM_OPEN;
    return is_whole ? STREAM_WHOLE : STREAM_CUT;
}

void stream_sent(struct conn *c)
{
    struct stream *s = c->streaming;

    pthread_mutex_lock(&s->lock);
    s->unsent = c->unsent;
    if (!is_full(s))
        pthread_cond_broadcast(&s->room);
    pthread_mutex_unlock(&s->lock);
}

void stream_cut(struct stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->is_gone = true;
    pthread_cond_broadcast(&s->room);
    pthread_mutex_unlock(&s->lock);
}

bool stream_is_endless(const struct stream *s)
{
    return s->is_endless;
}

void stream_free(struct conn *c)
{
    struct stream *s = c->stream;

    if (!s)
        return;
    c->stream = c->streaming = NULL;
    pieces_free(s->first);
    pthread_mutex_lock(&s->lock); /* its last writer has left the lock */
    pthread_mutex_unlock(&s->lock);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->room);
    free(s);
    atomic_fetch_sub(&c->loop->edge->streams, 1);
}
