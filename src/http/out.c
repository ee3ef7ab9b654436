/* Answers to bytes, and bytes to the socket: small ones gather in the connection's block and leave
 * in one call. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/log.h"
#include "http/conn.h"

enum { VECTORS = 16 };

struct piece *piece_new(size_t room)
{
    struct piece *p = malloc(sizeof *p + room);

    if (!p)
        log_fatal("out of memory");
    *p = (struct piece){ .at = p->own, .len = room };
    return p;
}

struct piece *piece_copy(str s)
{
    struct piece *p = piece_new(s.len);

    memcpy(p->own, s.at, s.len);
    return p;
}

void pieces_free(struct piece *p)
{
    while (p) {
        struct piece *next = p->next;

        free(p);
        p = next;
    }
}

void out_piece(struct conn *c, struct piece *p)
{
    p->next = NULL;
    *c->pieces_end = p;
    c->pieces_end = &p->next;
    c->unsent += p->len;
}

/* Room for `size` bytes at the end of what is to be sent; the caller fills all of it. */
static char *make_room(struct conn *c, size_t size)
{
    if (!c->pieces && c->out_len + size <= OUT_ROOM) {
        char *at = c->block->out + c->out_len;

        c->out_len += size;
        c->unsent += size;
        return at;
    }
    struct piece *p = piece_new(size);

    out_piece(c, p);
    return p->own;
}

void out_bytes(struct conn *c, const char *bytes, size_t size)
{
    memcpy(make_room(c, size), bytes, size);
}

/* clang-format off */
#define LINE(code, words) case code: return STR("HTTP/1.1 " #code " " words "\r\n")
static str status_line(int status)
{
    switch (status) {
    LINE(200, "OK"); LINE(201, "Created"); LINE(202, "Accepted"); LINE(204, "No Content"); LINE(206, "Partial Content");
    LINE(301, "Moved Permanently"); LINE(302, "Found"); LINE(303, "See Other"); LINE(304, "Not Modified");
    LINE(307, "Temporary Redirect"); LINE(308, "Permanent Redirect");
    LINE(400, "Bad Request"); LINE(401, "Unauthorized"); LINE(403, "Forbidden"); LINE(404, "Not Found");
    LINE(405, "Method Not Allowed"); LINE(406, "Not Acceptable"); LINE(408, "Request Timeout"); LINE(409, "Conflict");
    LINE(410, "Gone"); LINE(412, "Precondition Failed"); LINE(413, "Content Too Large"); LINE(414, "URI Too Long");
    LINE(415, "Unsupported Media Type"); LINE(417, "Expectation Failed"); LINE(422, "Unprocessable Content");
    LINE(428, "Precondition Required"); LINE(429, "Too Many Requests"); LINE(431, "Request Header Fields Too Large");
    LINE(500, "Internal Server Error"); LINE(501, "Not Implemented"); LINE(502, "Bad Gateway");
    LINE(503, "Service Unavailable"); LINE(504, "Gateway Timeout"); LINE(505, "HTTP Version Not Supported");
    default: return STR_NONE;
    }
}
#undef LINE
/* clang-format on */

static size_t put(char *to, size_t at, str s)
{
    memcpy(to + at, s.at, s.len);
    return at + s.len;
}

static size_t put_number(char *to, size_t at, size_t n)
{
    char digits[24];
    size_t count = 0;

    do
        digits[count++] = (char)('0' + n % 10);
    while (n /= 10);
    while (count)
        to[at++] = digits[--count];
    return at;
}

static bool has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

enum framing { FRAMED_BY_LENGTH, FRAMED_BY_CHUNKS, FRAMED_BY_CLOSE };

/* The head of an answer, in one piece; `extra` bytes of room are left behind it, which the caller
 * fills. */
static char *write_head(struct conn *c, const struct answer *a, enum framing framing, size_t extra)
{
    enum { FIXED_MAX = 256 };
    const struct http_head *h = c->block ? &c->block->head : NULL;
    char fixed[FIXED_MAX], *to;
    str line = status_line(a->status);
    size_t at = 0;

    if (line.at)
        at = put(fixed, at, line);
    else
        at = (size_t)snprintf(fixed, sizeof fixed, "HTTP/1.1 %03d Status\r\n", a->status % 1000);
    at = put(fixed, at, (str){ c->loop->date, c->loop->date_len });
    if (framing == FRAMED_BY_CHUNKS) {
        at = put(fixed, at, STR("Transfer-Encoding: chunked\r\n"));
    } else if (framing == FRAMED_BY_LENGTH && has_body(a->status)) {
        at = put(fixed, at, STR("Content-Length: "));
        at = put_number(fixed, at, a->body.len);
        at = put(fixed, at, STR("\r\n"));
    }
    if (c->close_after)
        at = put(fixed, at, STR("Connection: close\r\n"));
    else if (h && h->minor == 0)
        at = put(fixed, at, STR("Connection: keep-alive\r\n"));
    to = make_room(c, at + a->headers.len + 2 + extra);
    memcpy(to, fixed, at);
    if (a->headers.len)
        memcpy(to + at, a->headers.at, a->headers.len);
    at += a->headers.len;
    to[at++] = '\r';
    to[at++] = '\n';
    return to + at;
}

static void decide_close(struct conn *c, const struct answer *a)
{
    if (a->close || !c->block->head.keep_alive || c->loop->is_draining)
        c->close_after = true;
}

void out_told(struct conn *c, int status, size_t bytes)
{
    struct edge *e = c->loop->edge;

    count(&c->loop->counters.answered);
    if (e->o.access)
        e->o.access(e->o.app, &c->ex, status, (int64_t)bytes, c->loop->now_us - c->ex.arrived_us);
}

void out_answer(struct conn *c, const struct answer *a, struct piece *body_piece)
{
    bool sends_body = has_body(a->status) && c->block->head.method != HTTP_HEAD && a->body.len;
    bool is_small = sends_body && !body_piece && a->body.len <= OUT_ROOM;
    size_t before = c->unsent;
    char *rest;

    decide_close(c, a);
    rest = write_head(c, a, FRAMED_BY_LENGTH, is_small ? a->body.len : 0);
    if (is_small) {
        memcpy(rest, a->body.at, a->body.len);
    } else if (sends_body && !body_piece && a->is_static) {
        struct piece *p = piece_new(0);

        p->at = a->body.at;
        p->len = a->body.len;
        out_piece(c, p);
    } else if (sends_body) {
        out_piece(c, body_piece ? body_piece : piece_copy(a->body));
        body_piece = NULL;
    }
    pieces_free(body_piece);
    out_told(c, a->status, c->unsent - before);
}

void out_stream_head(struct conn *c, const struct answer *a)
{
    enum framing framing = c->block->head.minor ? FRAMED_BY_CHUNKS : FRAMED_BY_CLOSE;

    decide_close(c, a);
    if (framing == FRAMED_BY_CLOSE)
        c->close_after = true;
    (void)write_head(c, a, framing, 0);
}

void out_problem(
    struct conn *c, int status, const char *code, const char *detail, const char *headers)
{
    char body[512], lines[384];
    const char *title = status_line(status).at + 13;
    int title_len = (int)strcspn(title, "\r");
    struct answer a = { .status = status };

    a.body.at = body;
    a.body.len = (size_t)snprintf(body, sizeof body,
        "{\"type\":\"urn:tributary:problem:%s\",\"title\":\"%.*s\",\"status\":%d,\"code\":\"%s\","
        "\"detail\":\"%s\"}\n",
        code, title_len, title, status, code, detail);
    a.headers.at = lines;
    a.headers.len = (size_t)snprintf(lines, sizeof lines,
        "Content-Type: application/problem+json\r\nCache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\nReferrer-Policy: same-origin\r\n"
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n%s",
        headers);
    out_answer(c, &a, NULL);
}

void out_drop(struct conn *c)
{
    pieces_free(c->pieces);
    c->pieces = NULL;
    c->pieces_end = &c->pieces;
    c->out_from = c->out_len = c->unsent = 0;
}

/* `sent` bytes have left: forget them. */
static void forget(struct conn *c, size_t sent)
{
    size_t in_block = c->out_len - c->out_from;

    c->unsent -= sent;
    c->sent += sent;
    if (sent < in_block) {
        c->out_from += sent;
        return;
    }
    sent -= in_block;
    c->out_from = c->out_len = 0;
    while (c->pieces && sent >= c->pieces->len) {
        struct piece *p = c->pieces;

        sent -= p->len;
        c->pieces = p->next;
        free(p);
    }
    if (!c->pieces) {
        c->pieces_end = &c->pieces;
    } else {
        c->pieces->at += sent;
        c->pieces->len -= sent;
    }
}

static ssize_t send_some(struct conn *c)
{
    struct iovec vectors[VECTORS];
    struct msghdr message = { .msg_iov = vectors };

    if (!c->pieces)
        return send(c->fd, c->block->out + c->out_from, c->out_len - c->out_from, MSG_NOSIGNAL);
    if (c->out_len > c->out_from)
        vectors[message.msg_iovlen++] =
            (struct iovec){ c->block->out + c->out_from, c->out_len - c->out_from };
    for (struct piece *p = c->pieces; p && message.msg_iovlen < VECTORS; p = p->next)
        vectors[message.msg_iovlen++] = (struct iovec){ (void *)(uintptr_t)p->at, p->len };
    return sendmsg(c->fd, &message, MSG_NOSIGNAL);
}

bool out_flush(struct conn *c)
{
    struct edge *e = c->loop->edge;

    if (c->unsent && c->write_by_ms == INT64_MAX) {
        c->write_began_ms = c->loop->now_ms;
        c->sent = 0;
    }
    while (c->unsent) {
        ssize_t sent = send_some(c);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno != EAGAIN)
            return false;
        if (sent < 0)
            break;
        forget(c, (size_t)sent);
    }
    if (c->streaming)
        stream_sent(c);
    c->write_by_ms = INT64_MAX;
    if (c->unsent)
        c->write_by_ms =
            c->write_began_ms + e->o.write_ms + (int64_t)c->sent * 1000 / e->o.write_rate;
    return true;
}
