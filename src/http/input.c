/* Bytes to requests: the head in place, the body in place when it is already there, else gathered.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "http/conn.h"

enum { BODY_FIRST = 16 * 1024 };

/* clang-format off */
static const struct http_refusal BODY_TOO_LARGE = { 413, "too_large", "The body is larger than this address takes." };
static const struct http_refusal CHUNKS_BROKEN  = { 400, "chunks", "The chunks of the body are not framed as they must be." };
static const struct http_refusal BODIES_FULL    = { 503, "bodies_full", "Too many large requests at once. Try again in a moment." };
/* clang-format on */

static str unread(const struct conn *c)
{
    return (str){ c->block->in + c->in_from, c->in_len - c->in_from };
}

static enum input refuse(struct conn *c, const struct http_refusal *why)
{
    conn_refuse(c, why);
    return INPUT_REFUSED;
}

/* A request that is not complete must begin at the front of the buffer, where it has room to grow.
 * The head is read again, because its texts point to where it was. */
static void move_to_front(struct conn *c)
{
    const struct http_refusal *why;
    struct block *b = c->block;

    if (!c->in_from)
        return;
    c->in_len -= c->in_from;
    memmove(b->in, b->in + c->in_from, c->in_len);
    c->in_from = 0;
    head_begin(&b->head);
    (void)head_read(&b->head, (str){ b->in, c->in_len }, &why);
}

static bool body_is_buffered(const struct conn *c)
{
    const struct http_head *h = &c->block->head;
    size_t behind = c->in_len - c->in_from - h->bytes;

    return !h->is_chunked && (uint64_t)h->content_length <= behind;
}

/* The head is complete: judge the body by it, and take it at once when it is there. */
static enum input begin_body(struct conn *c)
{
    struct edge *e = c->loop->edge;
    struct http_head *h = &c->block->head;

    c->body_limit = e->o.body_limit ? e->o.body_limit(e->o.app, h) : 1024 * 1024;
    if ((uint64_t)h->content_length > c->body_limit)
        return refuse(c, &BODY_TOO_LARGE);
    if (body_is_buffered(c)) {
        c->ex.body = (str){ c->block->in + c->in_from + h->bytes, (size_t)h->content_length };
        c->in_from += h->bytes + c->ex.body.len;
        return INPUT_WHOLE;
    }
    move_to_front(c);
    c->in_from = h->bytes;
    if (h->is_chunked)
        chunk_begin(&c->block->chunks, c->body_limit);
    c->state = CONN_BODY;
    c->read_by_ms = c->loop->now_ms + e->o.body_ms;
    if (h->expects_continue && c->in_from == c->in_len)
        out_bytes(c, STR("HTTP/1.1 100 Continue\r\n\r\n").at, 25);
    return INPUT_MORE;
}

static bool takes_odd_query(const struct conn *c)
{
    const struct edge_options *o = &c->loop->edge->o;

    return o->odd_query && o->odd_query(o->app, &c->block->head);
}

enum input input_head(struct conn *c)
{
    const struct http_refusal *why;
    struct http_head *h = &c->block->head;
    enum head_result result = head_read(h, unread(c), &why);

    if (result == HEAD_REFUSED)
        return refuse(c, why);
    if (result == HEAD_MORE) {
        move_to_front(c);
        return INPUT_MORE;
    }
    if (h->query_is_odd && !takes_odd_query(c))
        return refuse(c, &HTTP_TARGET);
    if (h->is_chunked || h->content_length)
        return begin_body(c);
    c->in_from += h->bytes;
    c->ex.body = STR_NONE;
    return INPUT_WHOLE;
}

void input_drop_body(struct conn *c)
{
    if (!c->body)
        return;
    atomic_fetch_sub(&c->loop->edge->body_bytes, c->body_room);
    free(c->body);
    c->body = NULL;
    c->body_len = c->body_room = 0;
}

/* Grows as bytes come, never by what the client merely announces. */
static bool body_make_room(struct conn *c, size_t more)
{
    struct edge *e = c->loop->edge;
    size_t room = c->body_room ? c->body_room : BODY_FIRST;

    if (c->body_len + more <= c->body_room)
        return true;
    while (room < c->body_len + more)
        room *= 2;
    if (atomic_fetch_add(&e->body_bytes, room - c->body_room) + room - c->body_room >
        e->o.bodies_max) {
        atomic_fetch_sub(&e->body_bytes, room - c->body_room);
        return false;
    }
    c->body = realloc(c->body, room);
    if (!c->body)
        log_fatal("out of memory");
    c->body_room = room;
    return true;
}

static enum input body_is_whole(struct conn *c)
{
    c->ex.body = (str){ c->body ? c->body : "", c->body_len };
    return INPUT_WHOLE;
}

static enum input body_chunked(struct conn *c)
{
    str in = unread(c);
    size_t used = 0;
    enum chunk_result result;

    if (!body_make_room(c, in.len))
        return refuse(c, &BODIES_FULL);
    result = chunk_read(&c->block->chunks, in, &used, c->body, &c->body_len);
    c->in_from += used;
    if (result == CHUNK_BAD)
        return refuse(c, &CHUNKS_BROKEN);
    if (result == CHUNK_LARGE)
        return refuse(c, &BODY_TOO_LARGE);
    if (result == CHUNK_DONE)
        return body_is_whole(c);
    c->in_from = c->in_len = c->block->head.bytes;
    return INPUT_MORE;
}

enum input input_body(struct conn *c)
{
    struct edge *e = c->loop->edge;
    struct http_head *h = &c->block->head;
    size_t before = c->body_len, take;

    if (h->is_chunked) {
        enum input result = body_chunked(c);

        if (result != INPUT_MORE)
            return result;
    } else {
        take = c->in_len - c->in_from;
        if (take > (size_t)h->content_length - c->body_len)
            take = (size_t)h->content_length - c->body_len;
        if (!body_make_room(c, take))
            return refuse(c, &BODIES_FULL);
        memcpy(c->body + c->body_len, c->block->in + c->in_from, take);
        c->body_len += take;
        c->in_from += take;
        if (c->body_len == (size_t)h->content_length)
            return body_is_whole(c);
        c->in_from = c->in_len = h->bytes;
    }
    c->read_by_ms += (int64_t)(c->body_len - before) * 1000 / e->o.body_rate;
    return INPUT_MORE;
}
