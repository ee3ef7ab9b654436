/* The life of a connection, as its loop sees it: read, run, answer, wait, end. */
#include "http/conn.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINGER_MS = 2000, LINGER_BYTES = 16 * 1024 * 1024 };

/* clang-format off */
static const struct http_refusal TOO_SLOW = { 408, "too_slow", "The request did not arrive whole in time." };
static const struct http_refusal FULL     = { 503, "connections_full", "Too many connections at the moment. Try again soon." };
static const struct http_refusal CROWDED  = { 429, "address_crowded", "Too many connections from this address." };
/* clang-format on */

static size_t unread(const struct conn *c)
{
    return c->in_len - c->in_from;
}

bool conn_is_idle(const struct conn *c)
{
    return (c->state == CONN_HEAD || c->state == CONN_PROXY) && !c->is_in_head && !unread(c) &&
           !c->unsent;
}

static void take_block(struct conn *c)
{
    if (c->block)
        return;
    c->block = loop_block(c->loop);
    head_begin(&c->block->head);
    c->ex.head = &c->block->head;
    c->in_from = c->in_len = 0;
}

static void give_block(struct conn *c)
{
    if (!c->block)
        return;
    loop_give_block(c->loop, c->block);
    c->block = NULL;
    c->ex.head = NULL;
    c->in_from = c->in_len = 0;
}

void conn_end_exchange(struct conn *c)
{
    pieces_free(c->extras);
    pieces_free(c->answer_piece);
    c->extras = c->answer_piece = NULL;
    c->scratch_used = 0;
    c->ex.app = NULL;
    stream_free(c);
    input_drop_body(c);
}

void conn_leave(struct conn *c)
{
    if (c->fd < 0)
        return;
    close(c->fd); /* takes it off epoll too */
    c->fd = -1;
    c->is_watched = false;
    wheel_drop(&c->loop->wheel, &c->timer);
    limits_leave(c->loop->edge->limits, c->peer, c->is_named);
    out_drop(c);
    atomic_store(&c->is_gone, true);
    if (c->streaming)
        stream_cut(c->streaming);
}

void conn_kill(struct conn *c)
{
    conn_leave(c);
    if (c->state == CONN_HELD || c->state == CONN_DEAD)
        return;
    c->state = CONN_DEAD;
    conn_end_exchange(c);
    give_block(c);
    *c->all_link = c->all_next;
    if (c->all_next)
        c->all_next->all_link = c->all_link;
    c->all_next = c->loop->dead;
    c->loop->dead = c;
}

/* Data on their way are given up too: the client does not read. */
static void abort_slow(struct conn *c)
{
    struct linger none = { .l_onoff = 1 };

    count(&c->loop->counters.timed_out);
    (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    conn_kill(c);
}

void conn_refuse(struct conn *c, const struct http_refusal *why)
{
    bool is_busy = why->status == 503 || why->status == 429;

    take_block(c);
    count(is_busy ? &c->loop->counters.overloaded : &c->loop->counters.refused);
    c->ex.arrived_us = c->loop->now_us;
    c->ex.visitor = c->peer;
    c->close_after = c->linger_after = true;
    out_problem(c, why->status, why->code, why->detail, is_busy ? "Retry-After: 1\r\n" : "");
    input_drop_body(c);
    c->state = CONN_LINGER;
}

/* A whole request is there: to the fast handler, and if he leaves it, to the workers. */
static void run(struct conn *c)
{
    struct loop *l = c->loop;
    struct edge *e = l->edge;

    l->was_busy = true;
    count(&l->counters.requests);
    c->state = CONN_HELD;
    c->is_in_head = false;
    c->read_by_ms = INT64_MAX;
    c->ex.arrived_us = l->now_us;
    c->ex.arrived = l->now;
    c->ex.visitor = c->peer;
    c->ex.is_tls = false;
    if (c->is_trusted)
        forwarded_read(c->ex.head, e->o.forwarded, &e->trust, &c->ex.visitor, &c->ex.is_tls);
    edge_serving = c;
    if (e->o.fast)
        e->o.fast(e->o.app, &c->ex);
    if (edge_serving == c)
        edge_pass(&c->ex);
}

static bool work_proxy(struct conn *c)
{
    size_t used;
    enum proxy_result result =
        proxy_read((str){ c->block->in + c->in_from, unread(c) }, &used, &c->peer);

    if (result == PROXY_MORE)
        return false;
    if (result == PROXY_BAD) {
        count(&c->loop->counters.refused);
        conn_kill(c);
        return false;
    }
    c->in_from += used;
    c->state = CONN_HEAD;
    c->is_in_head = false;
    if (address_eq(c->peer, c->ex.socket))
        return true;
    c->is_named = true;
    if (limits_name(c->loop->edge->limits, c->peer) == LIMITS_CROWDED)
        conn_refuse(c, &CROWDED);
    return true;
}

static bool work_head(struct conn *c)
{
    enum input input;

    if (!unread(c) || c->unsent > UNSENT_MAX)
        return false;
    input = input_head(c);
    if (input == INPUT_WHOLE)
        run(c);
    if (input != INPUT_MORE)
        return true;
    if (c->state == CONN_BODY)
        return true;
    if (!c->is_in_head)
        c->read_by_ms = c->loop->now_ms + c->loop->edge->o.head_ms;
    c->is_in_head = true;
    return false;
}

static bool work_body(struct conn *c)
{
    enum input input;

    if (!unread(c))
        return false;
    input = input_body(c);
    if (input == INPUT_WHOLE)
        run(c);
    return input != INPUT_MORE;
}

/* The answer is written: the next request, or the end. */
static void finish(struct conn *c)
{
    conn_end_exchange(c);
    if (c->close_after) {
        c->linger_after |= unread(c) > 0;
        c->state = CONN_LINGER;
        return;
    }
    c->state = CONN_HEAD;
    head_begin(&c->block->head);
}

static bool work_once(struct conn *c)
{
    switch (c->state) {
    case CONN_PROXY:
        return unread(c) && work_proxy(c);
    case CONN_HEAD:
        return work_head(c);
    case CONN_BODY:
        return work_body(c);
    case CONN_DONE:
        finish(c);
        return true;
    default:
        return false;
    }
}

static uint32_t wanted(const struct conn *c)
{
    uint32_t out = c->unsent ? EPOLLOUT : 0;

    switch (c->state) {
    case CONN_PROXY:
    case CONN_HEAD:
        return c->unsent > UNSENT_MAX ? out : out | EPOLLIN;
    case CONN_BODY:
        return out | EPOLLIN;
    case CONN_LINGER:
        return c->is_shut ? EPOLLIN : out;
    default:
        return out | (c->events & EPOLLIN);
    }
}

static void set_deadline(struct conn *c)
{
    int64_t due = c->read_by_ms < c->write_by_ms ? c->read_by_ms : c->write_by_ms;

    c->timer.due_ms = due;
    if (due != INT64_MAX)
        wheel_set(&c->loop->wheel, &c->timer, due);
}

/* Everything is sent and nothing more will be: end, so that the client can still read the answer.
 */
static void end(struct conn *c)
{
    if (c->is_shut)
        return;
    if (!c->linger_after || c->has_input_end) {
        conn_kill(c);
        return;
    }
    shutdown(c->fd, SHUT_WR);
    c->is_shut = true;
    c->read_by_ms = c->loop->now_ms + LINGER_MS;
}

/* Sends what there is and decides what to wait for. */
static void settle(struct conn *c)
{
    if (c->unsent && !out_flush(c)) {
        conn_kill(c);
        return;
    }
    if (c->state == CONN_HEAD && unread(c) && !c->is_in_head && !c->is_ready &&
        c->unsent <= UNSENT_MAX)
        loop_ready(c); /* it had stopped for what was unsent then */
    if (c->has_input_end && (c->state == CONN_HEAD || c->state == CONN_PROXY) && !c->is_ready)
        c->state = CONN_LINGER;
    if (c->state == CONN_LINGER) {
        if (!c->is_shut)
            c->read_by_ms = INT64_MAX;
        if (!c->unsent)
            end(c);
        if (c->state == CONN_DEAD)
            return;
    }
    if (c->state == CONN_HEAD && !c->is_in_head)
        c->read_by_ms = c->unsent ? INT64_MAX : c->loop->now_ms + c->loop->edge->o.idle_ms;
    if (conn_is_idle(c) || c->is_shut)
        give_block(c);
    loop_watch(c, wanted(c));
    set_deadline(c);
}

void conn_work(struct conn *c)
{
    int turns = 0;

    if (c->state == CONN_DEAD || c->is_ready)
        return;
    while (work_once(c)) {
        if (c->state == CONN_HEAD && unread(c) && ++turns == TURNS_MAX) {
            loop_ready(c); /* others first */
            break;
        }
    }
    if (c->state != CONN_DEAD && c->fd >= 0)
        settle(c);
}

/* False when there is nothing to go on with. */
static bool read_more(struct conn *c)
{
    ssize_t got;

    take_block(c);
    if (c->in_len == IN_ROOM) {
        c->may_hold_more = true;
        return true;
    }
    got = recv(c->fd, c->block->in + c->in_len, IN_ROOM - c->in_len, 0);
    if (got > 0) {
        c->in_len += (size_t)got;
        c->may_hold_more |= c->in_len == IN_ROOM;
        return true;
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        c->may_hold_more |= errno == EINTR;
        return true;
    }
    if (got == 0 && c->state == CONN_HEAD && !c->is_in_head && c->unsent) {
        c->has_input_end = true; /* he still reads */
        return true;
    }
    conn_kill(c);
    return false;
}

static bool discard_more(struct conn *c)
{
    ssize_t got = recv(c->fd, c->loop->discard, sizeof c->loop->discard, 0);

    c->may_hold_more |= got == sizeof c->loop->discard || (got < 0 && errno == EINTR);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    c->lingered += got > 0 ? (size_t)got : 0;
    if (got > 0 && c->lingered < LINGER_BYTES)
        return true;
    conn_kill(c);
    return false;
}

/* Something came while the exchange is held: it waits, but the end of an endless stream's reader is
 * noticed. */
static bool read_later(struct conn *c)
{
    char one;

    if (c->streaming && stream_is_endless(c->streaming) && recv(c->fd, &one, 1, MSG_PEEK) == 0) {
        conn_leave(c);
        return false;
    }
    loop_watch(c, c->events & ~(uint32_t)EPOLLIN);
    return true;
}

void conn_event(struct conn *c, uint32_t events)
{
    bool goes_on = true;

    if (c->state == CONN_DEAD || c->fd < 0)
        return;
    if (events & (EPOLLERR | EPOLLHUP)) {
        conn_kill(c);
        return;
    }
    c->may_hold_more |= (events & EPOLLRDHUP) || (events & EPOLLIN && c->is_ready);
    if (events & EPOLLIN && !c->is_ready) {
        if (c->state == CONN_HELD)
            goes_on = read_later(c);
        else if (c->state == CONN_LINGER)
            goes_on = discard_more(c);
        else
            goes_on = read_more(c);
    }
    if (goes_on)
        conn_work(c);
}

static void let_go(struct conn *c)
{
    c->state = CONN_LINGER;
    conn_kill(c);
}

static void posted_stream(struct conn *c)
{
    bool is_new = !c->streaming;
    enum stream_news news;

    if (is_new)
        c->streamed = 0;
    c->streaming = c->stream;
    if (c->fd < 0)
        stream_cut(c->streaming);
    else if (is_new)
        out_stream_head(c, &c->answer);
    news = stream_pump(c);
    if (news != STREAM_OPEN && atomic_load(&c->is_posted))
        return; /* its end is on the stack once more: nothing may be freed before */
    if (news != STREAM_OPEN)
        out_told(c, c->answer.status, c->streamed);
    if (news == STREAM_CUT || (news == STREAM_WHOLE && c->fd < 0)) {
        let_go(c);
        return;
    }
    if (news == STREAM_WHOLE)
        c->state = CONN_DONE;
    else if (c->fd >= 0 && is_new)
        loop_watch(c, c->events | EPOLLIN); /* to notice that the reader has left */
    if (c->fd >= 0)
        conn_work(c);
}

void conn_posted(struct conn *c)
{
    atomic_store(&c->is_posted, false);
    if (c->stream) {
        posted_stream(c);
        return;
    }
    if (c->fd < 0) {
        let_go(c);
        return;
    }
    out_answer(c, &c->answer, c->answer_piece);
    c->answer_piece = NULL;
    c->state = CONN_DONE;
    conn_work(c);
}

void conn_deadline(struct conn *c)
{
    int64_t now = c->loop->now_ms;

    if (c->write_by_ms <= now) {
        abort_slow(c);
    } else if (c->read_by_ms > now) {
        set_deadline(c);
    } else if ((c->state == CONN_HEAD && c->is_in_head) || c->state == CONN_BODY) {
        count(&c->loop->counters.timed_out);
        conn_refuse(c, &TOO_SLOW);
        settle(c);
    } else {
        conn_kill(c);
    }
}

void conn_accept(struct loop *l, int fd, struct address socket)
{
    struct edge *e = l->edge;
    bool is_trusted = trust_has(&e->trust, socket);
    enum limits_verdict verdict = limits_enter(e->limits, socket, is_trusted);
    struct conn *c;

    count(&l->counters.accepted);
    if (verdict == LIMITS_CLOSED) {
        count(&l->counters.overloaded);
        close(fd);
        return;
    }
    c = loop_conn(l);
    c->fd = fd;
    c->ex = (struct exchange){ .socket = socket, .edge = e };
    c->peer = socket;
    c->is_trusted = is_trusted;
    c->is_named = !is_trusted;
    c->state = is_trusted && e->o.proxy_protocol ? CONN_PROXY : CONN_HEAD;
    c->read_by_ms = l->now_ms + e->o.head_ms; /* of a proxy's header */
    c->write_by_ms = INT64_MAX;
    c->pieces_end = &c->pieces;
    if (verdict == LIMITS_WELCOME) {
        conn_event(c, EPOLLIN);
        return;
    }
    conn_refuse(c, verdict == LIMITS_FULL ? &FULL : &CROWDED);
    settle(c);
}

void conn_free(struct conn *c)
{
    conn_leave(c);
    conn_end_exchange(c);
    give_block(c);
}
