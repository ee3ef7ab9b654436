/* The edge over real sockets: answers from the loop, from workers, later, as streams; in order,
 * whole, and framed. */
#include "http/edge.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "http/edge_testing.h"

#define GET(path) STR("GET " path " HTTP/1.1\r\nHost: a\r\n\r\n")

TEST(answers_come_from_loop_workers_and_other_threads)
{
    /* clang-format off */
    static const struct { str request; int status; const char *body; } cases[] = {
        { GET("/now"),    200, "now" },
        { GET("/later"),  200, "later" },
        { GET("/pass"),   200, "" },
        { GET("/other"),  404, "nothing here" },
        { STR("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"), 200, "hello" },
        { STR("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"), 200, "hello" },
        { GET("/stream"), 200, "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" },
        { GET("/empty"),  204, "" },
    };
    /* clang-format on */
    struct site s = site_new(t);

    site_open(&s);
    EACH (c, cases) {
        struct heard h = ask(&s, c->request);

        test_case("%" PRI_STR, STR_ARG(c->request));
        ASSERT_INT(h.status, c->status);
        ASSERT_STR(h.body, c->body);
        ASSERT_FALSE(h.is_closed);
        ASSERT_HAS(h.head, "\r\nDate: ");
        ASSERT_HAS(h.head, " GMT\r\n");
    }
    ASSERT_INT(ask(&s, GET("/silent")).status, 500);
    ASSERT_TRUE(atomic_load(&s.rounds) > 0 && atomic_load(&s.idles) > 0);
    ASSERT_TRUE(atomic_load(&s.idles) < atomic_load(&s.rounds));
    ASSERT_INT(atomic_load(&s.accesses), 9);
    site_close(&s);
}

static bool is_now(void *app, const struct http_head *head)
{
    (void)app;
    return str_eq(head->path, STR("/now"));
}

TEST(odd_queries_pass_where_they_are_taken_and_nowhere_else)
{
    struct site s = site_new(t);

    s.options.odd_query = is_now;
    site_open(&s);
    ASSERT_INT(ask(&s, GET("/now?sub1=50%off&sub2=\xff")).status, 200);
    ASSERT_INT(ask(&s, GET("/later?sub1=50%off")).status, 400);
    ASSERT_INT(ask(&s, GET("/now%?sub1=50")).status, 400);
    ASSERT_INT(ask(&s, GET("/now?sub1=50 off")).status, 400);
    site_close(&s);
}

TEST(one_connection_serves_many_requests_and_closes_when_asked)
{
    struct site s = site_new(t);
    struct heard h;
    int fd;

    site_open(&s);
    fd = dial(&s);
    for (int i = 0; i < 300; i++) {
        say(fd, i % 3 ? (i % 3 == 1 ? GET("/later") : GET("/now")) : GET("/echo"));
        h = hear(t->arena, fd, 2000);
        ASSERT_INT(h.status, 200);
        ASSERT_HAS_NOT(h.head, "Connection:");
    }
    say(fd, STR("GET /now HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    h = hear(t->arena, fd, 2000);
    ASSERT_HAS(h.head, "\r\nConnection: close\r\n");
    ASSERT_TRUE(hears_end(fd, 2000));
    close(fd);

    fd = dial(&s);
    say(fd, STR("GET /now HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    ASSERT_HAS(hear(t->arena, fd, 2000).head, "\r\nConnection: keep-alive\r\n");
    say(fd, STR("GET /echo HTTP/1.0\r\n\r\n"));
    ASSERT_HAS(hear(t->arena, fd, 2000).head, "\r\nConnection: close\r\n");
    ASSERT_TRUE(hears_end(fd, 2000));
    close(fd);
    site_close(&s);
}

TEST(pipelined_requests_are_answered_in_order)
{
    struct site s = site_new(t);
    struct buf b = buf_new(t->arena);
    int fd;

    site_open(&s);
    for (int i = 0; i < 600; i++) {
        switch (i % 5) {
        case 0:
            buf_add(&b, GET("/later"));
            break;
        case 1:
            buf_printf(&b, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n%04d", i);
            break;
        case 2:
            buf_printf(&b,
                "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                "chunked\r\n\r\n4\r\n%04d\r\n0\r\n\r\n",
                i);
            break;
        default:
            buf_add(&b, GET("/now"));
        }
    }
    fd = dial(&s);
    say(fd, buf_str(&b));
    for (int i = 0; i < 600; i++) {
        struct heard h = hear(t->arena, fd, 5000);

        test_case("answer %d", i);
        ASSERT_INT(h.status, 200);
        if (i % 5 == 0)
            ASSERT_STR(h.body, "later");
        else if (i % 5 < 3)
            ASSERT_STR_EQ(h.body, str_printf(t->arena, "%04d", i));
        else
            ASSERT_STR(h.body, "now");
    }
    close(fd);
    site_close(&s);
}

TEST(a_request_in_pieces_is_one_request)
{
    static const str TEXT =
        STR("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
            "chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n");
    struct site s = site_new(t);

    site_open(&s);
    for (size_t step = 1; step < 40; step += 7) {
        int fd = dial(&s);

        for (size_t at = 0; at < TEXT.len; at += step) {
            say(fd, str_first(str_from(TEXT, at), step));
            usleep(300);
        }
        ASSERT_STR(hear(t->arena, fd, 2000).body, "hello");
        ASSERT_STR(hear(t->arena, fd, 2000).body, "now");
        close(fd);
    }
    site_close(&s);
}

TEST(large_bodies_come_whole_in_both_framings)
{
    enum { SIZE = 3 << 20 };
    struct site s = site_new(t);
    struct buf body = buf_new(t->arena), chunked = buf_new(t->arena);
    struct heard h;
    int fd;

    site_open(&s);
    for (int i = 0; i < SIZE / 8; i++)
        buf_printf(&body, "%07d\n", i);
    fd = dial(&s);
    say(fd,
        str_printf(t->arena, "PUT /large HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", SIZE));
    say(fd, buf_str(&body));
    h = hear(t->arena, fd, 10000);
    ASSERT_TRUE(str_eq(h.body, buf_str(&body)));
    for (size_t at = 0; at < SIZE; at += 100000) {
        str part = str_first(str_from(buf_str(&body), at), 100000);

        buf_printf(&chunked, "%zx\r\n", part.len);
        buf_add(&chunked, part);
        buf_add(&chunked, STR("\r\n"));
    }
    say(fd, STR("PUT /large HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
    say(fd, buf_str(&chunked));
    say(fd, STR("0\r\n\r\n"));
    h = hear(t->arena, fd, 10000);
    ASSERT_TRUE(str_eq(h.body, buf_str(&body)));
    say(fd, GET("/big"));
    ASSERT_INT(hear(t->arena, fd, 5000).body.len, 1 << 20);
    say(fd, GET("/static"));
    ASSERT_INT(hear(t->arena, fd, 5000).body.len, 1 << 20);
    close(fd);
    site_close(&s);
}

TEST(a_client_that_asks_first_is_told_to_continue)
{
    struct site s = site_new(t);
    struct heard h;
    int fd;

    site_open(&s);
    fd = dial(&s);
    say(fd,
        STR("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"));
    ASSERT_INT(hear(t->arena, fd, 2000).status, 100);
    say(fd, STR("hello"));
    ASSERT_STR(hear(t->arena, fd, 2000).body, "hello");
    say(fd, STR("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\nExpect: "
                "100-continue\r\n\r\n"));
    h = hear(t->arena, fd, 2000);
    ASSERT_INT(h.status, 413);
    close(fd);
    site_close(&s);
}

TEST(head_answers_have_the_length_and_no_body)
{
    struct site s = site_new(t);
    str heard;
    int fd;

    site_open(&s);
    fd = dial(&s);
    say(fd, STR("HEAD /now HTTP/1.1\r\nHost: a\r\n\r\nHEAD /big HTTP/1.1\r\nHost: a\r\n\r\nHEAD "
                "/stream HTTP/1.1\r\nHost: "
                "a\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    heard = hear_all(t->arena, fd, 3000);
    ASSERT_HAS(heard, "Content-Length: 3\r\nContent-Type: text/plain\r\n\r\nHTTP/1.1 200 OK\r\n");
    ASSERT_HAS(heard, "Content-Length: 1048576\r\n\r\nHTTP/1.1 200 OK\r\n");
    ASSERT_HAS(heard, "X-Kind: stream\r\n\r\nHTTP/1.1 200 OK\r\n");
    ASSERT_TRUE(str_ends(heard, STR("\r\n\r\nnow")));
    close(fd);
    site_close(&s);
}

TEST(a_client_that_only_closed_its_sending_half_is_answered)
{
    struct site s = site_new(t);
    str heard;
    int fd;

    site_open(&s);
    fd = dial(&s);
    say(fd, STR("GET /now HTTP/1.1\r\nHost: a\r\n\r\nGET /gate HTTP/1.1\r\nHost: a\r\n\r\n"));
    shutdown(fd, SHUT_WR);
    usleep(20000);
    atomic_store(&s.is_gate_open, true);
    heard = hear_all(t->arena, fd, 3000);
    ASSERT_HAS(heard, "\r\n\r\nnow");
    ASSERT_TRUE(str_ends(heard, STR("\r\n\r\nopen")));
    close(fd);
    site_close(&s);
}

TEST(a_stream_in_http_1_0_ends_with_the_connection_and_a_cut_one_shows)
{
    struct site s = site_new(t);
    struct heard h;
    str heard;
    int fd;

    site_open(&s);
    fd = dial(&s);
    say(fd, STR("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    heard = hear_all(t->arena, fd, 3000);
    ASSERT_HAS(heard, "\r\nConnection: close\r\n");
    ASSERT_HAS_NOT(heard, "chunked");
    ASSERT_TRUE(str_ends(heard,
        STR("\r\n\r\n0123456789012345678901234567890123456789012345678901234567890123456789012345"
            "678901234567890123456789")));
    close(fd);
    h = ask(&s, GET("/stream?cut"));
    ASSERT_TRUE(h.is_closed);
    site_close(&s);
}

TEST(a_stream_waits_for_a_slow_reader_and_ends_when_he_leaves)
{
    struct site s = site_new(t);
    char part[200000];
    size_t got = 0;
    int fd;

    site_open(&s);
    fd = dial_narrow(&s);
    say(fd, GET("/flood"));
    usleep(50000);
    ASSERT_INT(atomic_load(&s.flood_ended), 0);
    while (got < sizeof part) {
        ssize_t more = recv(fd, part, sizeof part, 0);

        ASSERT_TRUE(more > 0);
        got += (size_t)more;
    }
    close(fd);
    for (int i = 0; i < 2000 && !atomic_load(&s.flood_ended); i++)
        usleep(1000);
    ASSERT_INT(atomic_load(&s.flood_ended), 1);
    site_close(&s);
}

TEST(events_flow_and_the_end_of_their_reader_is_noticed)
{
    struct site s = site_new(t);
    struct edge_numbers n;
    int fds[20];
    char part[500];

    site_open(&s);
    for (int i = 0; i < 20; i++) {
        fds[i] = dial(&s);
        say(fds[i], GET("/events"));
    }
    for (int i = 0; i < 20; i++) {
        struct buf b = buf_new(t->arena);

        while (!str_has(buf_str(&b), STR("data: tick\n\n"))) {
            ssize_t got = recv(fds[i], part, sizeof part, 0);

            ASSERT_TRUE(got > 0);
            buf_bytes(&b, part, (size_t)got);
        }
    }
    edge_numbers(s.edge, &n);
    ASSERT_INT(n.streams, 20);
    for (int i = 0; i < 10; i++)
        close(fds[i]);
    for (int i = 0; i < 2000 && n.streams != 10; i++) {
        usleep(1000);
        edge_numbers(s.edge, &n);
    }
    ASSERT_INT(n.streams, 10);
    ASSERT_INT(n.connections, 10);
    site_close(&s); /* cuts the others */
    for (int i = 10; i < 20; i++)
        close(fds[i]);
}

TEST(clients_that_vanish_leave_nothing_behind)
{
    struct site s = site_new(t);
    struct edge_numbers n;

    site_open(&s);
    for (int i = 0; i < 200; i++) {
        static const str REQUESTS[] = { GET("/later"), GET("/big"), GET("/gate"), GET("/flood"),
            GET("/events"), STR("GET /"),
            STR("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc") };
        struct linger reset = { .l_onoff = 1 };
        int fd = dial(&s);

        say(fd, REQUESTS[i % 7]);
        if (i % 2)
            usleep(500);
        if (i % 3 == 0)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fd);
    }
    atomic_store(&s.is_gate_open, true);
    for (int i = 0; i < 5000; i++) {
        usleep(1000);
        edge_numbers(s.edge, &n);
        if (!n.connections && !n.streams && !n.queued && !n.body_bytes)
            break;
    }
    ASSERT_INT(n.connections, 0);
    ASSERT_INT(n.streams, 0);
    ASSERT_INT(n.body_bytes, 0);
    ASSERT_INT(ask(&s, GET("/now")).status, 200);
    site_close(&s);
}

TEST(a_round_that_takes_long_holds_nobody_up)
{
    struct site s = site_new(t);

    site_open(&s);
    for (int i = 0; i < 5; i++) {
        atomic_store(&s.stall_ms, 700);
        ASSERT_INT(ask(&s, GET("/now")).status, 200);
        for (int n = 0; n < 5000 && atomic_load(&s.stall_ms) != 0; n++)
            usleep(1000);
        for (int n = 0; n < 8; n++) {
            ASSERT_INT(ask(&s, GET("/now")).status, 200);   /* on the loop */
            ASSERT_INT(ask(&s, GET("/later")).status, 200); /* by another thread */
            ASSERT_INT(ask(&s, GET("/echo")).status, 200);  /* by a worker */
        }
        ASSERT_INT(atomic_load(&s.stalls), i); /* it is still going on */
        for (int n = 0; n < 5000 && atomic_load(&s.stalls) == i; n++)
            usleep(1000);
    }
    atomic_store(&s.stall_ms, 100);
    ASSERT_INT(ask(&s, GET("/now")).status, 200);
    site_close(&s); /* ends also while one is away */
    ASSERT_INT(atomic_load(&s.stalls), 6);
}

RUN_TESTS(ROW(answers_come_from_loop_workers_and_other_threads),
    ROW(odd_queries_pass_where_they_are_taken_and_nowhere_else),
    ROW(one_connection_serves_many_requests_and_closes_when_asked),
    ROW(pipelined_requests_are_answered_in_order), ROW(a_request_in_pieces_is_one_request),
    ROW(large_bodies_come_whole_in_both_framings),
    ROW(a_client_that_asks_first_is_told_to_continue),
    ROW(head_answers_have_the_length_and_no_body),
    ROW(a_client_that_only_closed_its_sending_half_is_answered),
    ROW(a_stream_in_http_1_0_ends_with_the_connection_and_a_cut_one_shows),
    ROW(a_stream_waits_for_a_slow_reader_and_ends_when_he_leaves),
    ROW(events_flow_and_the_end_of_their_reader_is_noticed),
    ROW(clients_that_vanish_leave_nothing_behind), ROW(a_round_that_takes_long_holds_nobody_up))
