/* For tests of the edge: a small site behind it, and a client of raw bytes. */
#include "http/edge_testing.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"

static char big[1 << 20];

static void fast(void *app, struct exchange *ex)
{
    struct site *s = app;
    str path = ex->head->path;

    if (str_eq(path, STR("/now")) || str_eq(path, STR("/second"))) {
        atomic_fetch_add(str_eq(path, STR("/now")) ? &s->now_runs : &s->second_runs, 1);
        edge_answer(ex, &(struct answer){ .status = 200,
                            .headers = STR("Content-Type: text/plain\r\n"),
                            .body = STR("now") });
    } else if (str_eq(path, STR("/later"))) {
        edge_later(ex);
        atomic_store(&s->later[atomic_fetch_add(&s->later_count, 1) % 256], ex);
    } else if (str_eq(path, STR("/static"))) {
        edge_answer(
            ex, &(struct answer){ .status = 200, .body = { big, sizeof big }, .is_static = true });
    } else if (str_eq(path, STR("/pass"))) {
        edge_pass(ex);
    }
}

static void answer_who(struct exchange *ex)
{
    char text[ADDRESS_TEXT_MAX], body[100];
    str who = address_text(ex->visitor, text);

    memcpy(body, who.at, who.len);
    memcpy(body + who.len, ex->is_tls ? " tls" : " bare", 5);
    edge_complete(
        ex, &(struct answer){ .status = 200, .body = { body, who.len + (ex->is_tls ? 4 : 5) } });
}

static void answer_stream(struct exchange *ex)
{
    if (!edge_stream_begin(
            ex, &(struct answer){ .status = 200, .headers = STR("X-Kind: stream\r\n") }, false)) {
        edge_complete(ex, &(struct answer){ .status = 503 });
        return;
    }
    for (int i = 0; i < 10; i++)
        if (!edge_stream_write(ex, STR("0123456789")))
            break;
    edge_stream_end(ex, !str_eq(ex->head->query, STR("cut")));
}

static void answer_flood(struct site *s, struct exchange *ex)
{
    if (!edge_stream_begin(ex, &(struct answer){ .status = 200 }, false))
        return;
    while (edge_stream_write(ex, (str){ big, 65536 }))
        ;
    edge_stream_end(ex, false);
    atomic_fetch_add(&s->flood_ended, 1);
}

static void work(void *app, struct exchange *ex)
{
    struct site *s = app;
    str path = ex->head->path;
    char lines[60];

    atomic_fetch_add(&s->work_runs, 1);
    if (str_eq(path, STR("/echo")) || str_eq(path, STR("/large")) || str_eq(path, STR("/pass"))) {
        str headers = { lines,
            (size_t)snprintf(lines, sizeof lines, "X-Length: %zu\r\n", ex->body.len) };

        edge_complete(ex, &(struct answer){ .status = 200, .headers = headers, .body = ex->body });
    } else if (str_eq(path, STR("/gate"))) {
        while (!atomic_load(&s->is_gate_open))
            usleep(1000);
        edge_complete(ex, &(struct answer){ .status = 200, .body = STR("open") });
    } else if (str_eq(path, STR("/who"))) {
        answer_who(ex);
    } else if (str_eq(path, STR("/big"))) {
        edge_complete(ex, &(struct answer){ .status = 200, .body = { big, sizeof big } });
    } else if (str_eq(path, STR("/stream"))) {
        answer_stream(ex);
    } else if (str_eq(path, STR("/flood"))) {
        answer_flood(s, ex);
    } else if (str_eq(path, STR("/empty"))) {
        edge_complete(ex, &(struct answer){ .status = 204 });
    } else if (str_eq(path, STR("/events"))) {
        if (edge_stream_begin(ex, &(struct answer){ .status = 200 }, true))
            atomic_store(&s->events[atomic_fetch_add(&s->event_count, 1) % 64], ex);
        else
            edge_complete(ex, &(struct answer){ .status = 503 });
    } else if (!str_eq(path, STR("/silent"))) {
        edge_complete(ex, &(struct answer){ .status = 404, .body = STR("nothing here") });
    }
}

/* The thread that answers /later by groups and feeds /events, as the spool and a timer would. */
static void *tend(void *arg)
{
    struct site *s = arg;

    while (!atomic_load(&s->is_over)) {
        for (int i = 0; i < 256; i++) {
            struct exchange *ex = atomic_exchange(&s->later[i], NULL);

            if (ex) {
                char *text = edge_scratch(ex, 6);

                memcpy(text, "later", 5);
                edge_complete_quietly(ex, &(struct answer){ .status = 200, .body = { text, 5 } });
            }
        }
        edge_wake(s->edge);
        for (int i = 0; i < 64; i++) {
            struct exchange *ex = atomic_load(&s->events[i]);

            if (ex && !edge_stream_try(ex, STR("data: tick\n\n"))) {
                atomic_store(&s->events[i], NULL);
                edge_stream_end(ex, true);
            }
        }
        usleep(1000);
    }
    return NULL;
}

static size_t body_limit(void *app, const struct http_head *h)
{
    (void)app;
    return str_eq(h->path, STR("/large")) ? 10 << 20 : 1 << 20;
}

static bool watch(void *app, const struct http_head *h)
{
    (void)app;
    return str_eq(h->path, STR("/who"));
}

static void on_round(void *app, int64_t now_us, bool is_idle)
{
    atomic_fetch_add(&((struct site *)app)->rounds, now_us > 0);
    atomic_fetch_add(&((struct site *)app)->idles, is_idle);
    int stall_ms = atomic_exchange(&((struct site *)app)->stall_ms, 0);
    if (stall_ms > 0) {
        usleep((useconds_t)stall_ms * 1000);
        atomic_fetch_add(&((struct site *)app)->stalls, 1);
    }
}

static void on_access(
    void *app, const struct exchange *ex, int status, int64_t bytes, int64_t took_us)
{
    if (ex->head && status && bytes > 0 && took_us >= 0)
        atomic_fetch_add(&((struct site *)app)->accesses, 1);
}

struct site site_new(struct test *t)
{
    static str listen[] = { STR("127.0.0.1:0") };

    return (struct site){
        .arena = t->arena,
        .options = { .env = env_system(),
            .fast = fast,
            .work = work,
            .body_limit = body_limit,
            .watch = watch,
            .access = on_access,
            .round = on_round,
            .listen = { listen, 1 },
            .no_activation = true,
            .drain_ms = 2000 },
    };
}

void site_open(struct site *s)
{
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)('a' + i % 23);
    s->options.app = s;
    ASSERT_OK(edge_open(&s->options, &s->edge));
    s->port = edge_port(s->edge, 0);
    ASSERT_INT(pthread_create(&s->thread, NULL, tend, s), 0);
}

void site_close(struct site *s)
{
    edge_stop(s->edge);
    atomic_store(&s->is_over, true);
    pthread_join(s->thread, NULL);
    edge_close(s->edge);
}

int64_t ticks_ms(void)
{
    return env_system()->ticks_us(env_system()) / 1000;
}

static int dial_with(const struct site *s, int receive_buffer)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
        .sin_port = htons((uint16_t)s->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ASSERT_TRUE(fd >= 0);
    if (receive_buffer)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        fail_msg("connect: %s", strerror(errno));
    return fd;
}

int dial(const struct site *s)
{
    return dial_with(s, 0);
}

int dial_narrow(const struct site *s)
{
    return dial_with(s, 4096);
}

void say(int fd, str s)
{
    while (s.len) {
        ssize_t sent = send(fd, s.at, s.len, MSG_NOSIGNAL);

        if (sent <= 0)
            return;
        s = str_from(s, (size_t)sent);
    }
}

/* Bytes read, 0 at the end, -1 when the time is over. */
static ssize_t hear_some(int fd, char *to, size_t room, int64_t until)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    int64_t left = until - ticks_ms();
    ssize_t got;

    if (poll(&p, 1, left > 0 ? (int)left : 0) <= 0)
        return -1;
    got = recv(fd, to, room, 0);
    return got < 0 ? 0 : got;
}

str hear_all(struct arena *arena, int fd, int ms)
{
    struct buf b = buf_new(arena);
    int64_t until = ticks_ms() + ms;
    char part[65536];
    ssize_t got;

    while ((got = hear_some(fd, part, sizeof part, until)) > 0)
        buf_bytes(&b, part, (size_t)got);
    if (got < 0)
        buf_add(&b, STR("<still open>"));
    return buf_str(&b);
}

bool hears_end(int fd, int ms)
{
    char byte;

    return hear_some(fd, &byte, 1, ticks_ms() + ms) == 0;
}

static bool hear_until(struct buf *b, int fd, const char *end, int64_t until)
{
    char byte;

    while (!str_ends(buf_str(b), str_of(end))) {
        if (hear_some(fd, &byte, 1, until) <= 0)
            return false;
        buf_char(b, byte);
    }
    return true;
}

static bool hear_exactly(struct buf *b, int fd, size_t size, int64_t until)
{
    char part[65536];

    while (size) {
        ssize_t got = hear_some(fd, part, size < sizeof part ? size : sizeof part, until);

        if (got <= 0)
            return false;
        buf_bytes(b, part, (size_t)got);
        size -= (size_t)got;
    }
    return true;
}

static bool hear_chunks(struct arena *arena, struct buf *body, int fd, int64_t until)
{
    for (;;) {
        struct buf line = buf_new(arena);
        size_t size;

        if (!hear_until(&line, fd, "\r\n", until))
            return false;
        size = strtoul(buf_str(&line).at, NULL, 16);
        if (!hear_exactly(body, fd, size, until))
            return false;
        line = buf_new(arena);
        if (!hear_exactly(&line, fd, 2, until))
            return false;
        if (!size)
            return true;
    }
}

struct heard hear(struct arena *arena, int fd, int ms)
{
    struct buf head = buf_new(arena), body = buf_new(arena);
    struct heard h = { 0 };
    int64_t until = ticks_ms() + ms;
    const char *length;

    h.is_closed = !hear_until(&head, fd, "\r\n\r\n", until);
    h.head = buf_str(&head);
    if (h.is_closed)
        return h;
    h.status = atoi(h.head.at + 9);
    length = strstr(h.head.at, "\r\nContent-Length: ");
    if (length)
        h.is_closed = !hear_exactly(&body, fd, strtoul(length + 18, NULL, 10), until);
    else if (strstr(h.head.at, "\r\nTransfer-Encoding: chunked\r\n"))
        h.is_closed = !hear_chunks(arena, &body, fd, until);
    h.body = buf_str(&body);
    return h;
}

struct heard ask(struct site *s, str request)
{
    int fd = dial(s);
    struct heard h;

    say(fd, request);
    h = hear(s->arena, fd, 3000);
    close(fd);
    return h;
}
