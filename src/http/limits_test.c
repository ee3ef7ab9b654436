/* The edge under strain: deadlines, crowds, full queues, stops. */
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "http/edge_testing.h"

#define GET(path) STR("GET " path " HTTP/1.1\r\nHost: a\r\n\r\n")

TEST(a_slow_drip_is_cut_at_the_head_deadline_however_it_drips)
{
    struct site s = site_new(t);
    int64_t began;
    int fd;

    s.options.head_ms = 200;
    site_open(&s);
    fd = dial(&s);
    began = ticks_ms();
    for (int i = 0; i < 100 && ticks_ms() - began < 1000; i++) {
        say(fd, STR("X"));
        if (hears_end(fd, 20))
            break;
        if (ticks_ms() - began > 150)
            break;
    }
    ASSERT_HAS(hear_all(t->arena, fd, 5000), "HTTP/1.1 408 ");
    ASSERT_TRUE(ticks_ms() - began >= 200);
    ASSERT_TRUE(ticks_ms() - began < 5000); /* else it is ten seconds */
    close(fd);
    site_close(&s);
}

TEST(a_slow_body_is_cut_and_a_steady_one_is_not)
{
    struct site s = site_new(t);
    str heard;
    int fd;

    s.options.body_ms = 200;
    s.options.body_rate = 10000;
    site_open(&s);
    fd = dial(&s);
    say(fd, STR("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc"));
    heard = hear_all(t->arena, fd, 2000);
    ASSERT_HAS(heard, "HTTP/1.1 408 ");
    ASSERT_HAS(heard, "too_slow");
    close(fd);

    fd = dial(&s);
    say(fd, STR("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n"));
    for (int i = 0; i < 10;
         i++) { /* 10,000 bytes in 500 ms: slower than the deadline, faster than the rate */
        char part[1000];

        memset(part, 'x', sizeof part);
        say(fd, (str){ part, sizeof part });
        usleep(50000);
    }
    ASSERT_INT(hear(t->arena, fd, 2000).body.len, 10000);
    close(fd);
    ASSERT_INT(atomic_load(&s.work_runs), 1);
    site_close(&s);
}

TEST(idle_connections_and_slow_readers_are_closed)
{
    struct site s = site_new(t);
    struct edge_numbers n;
    int fresh, used, slow;

    s.options.idle_ms = 150;
    s.options.write_ms = 200;
    s.options.write_rate = 1 << 30;
    site_open(&s);
    fresh = dial(&s);
    used = dial(&s);
    slow = dial_narrow(&s);
    say(used, GET("/now"));
    ASSERT_INT(hear(t->arena, used, 1000).status, 200);
    for (int i = 0; i < 20; i++)
        say(slow, GET("/static"));
    ASSERT_TRUE(hears_end(fresh, 1500));
    ASSERT_TRUE(hears_end(used, 1500));
    for (int i = 0; i < 2000; i++) {
        edge_numbers(s.edge, &n);
        if (!n.connections)
            break;
        usleep(1000);
    }
    ASSERT_INT(n.connections, 0);
    ASSERT_INT(n.timed_out, 1);
    close(fresh);
    close(used);
    close(slow);
    site_close(&s);
}

TEST(a_reader_that_never_reads_stops_being_read)
{
    struct site s = site_new(t);
    struct buf b = buf_new(t->arena);
    struct timeval brief = { .tv_usec = 300000 };
    size_t sent = 0;
    int fd;

    site_open(&s);
    fd = dial_narrow(&s);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &brief, sizeof brief);
    for (int i = 0; i < 1000; i++)
        buf_add(&b, GET("/big"));
    for (;;) {
        ssize_t some = send(fd, buf_str(&b).at, buf_str(&b).len, MSG_NOSIGNAL);

        if (some <= 0)
            break;
        sent += (size_t)some;
        ASSERT_TRUE(sent < 20 << 20); /* would mean that requests pile up */
    }
    ASSERT_TRUE(atomic_load(&s.work_runs) < 20);
    close(fd);
    site_close(&s);
}

static void raise_files(void)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max < 8192 ? limit.rlim_max : 8192;
    setrlimit(RLIMIT_NOFILE, &limit);
}

TEST(a_thousand_idle_connections_hold_no_buffers_and_disturb_nobody)
{
    enum { IDLE = 1200 };
    struct site s = site_new(t);
    struct edge_numbers n;
    int fds[IDLE], fd;

    raise_files();
    s.options.per_address_max = 2000;
    site_open(&s);
    for (int i = 0; i < IDLE; i++) {
        fds[i] = dial(&s);
        if (i % 2)
            continue;
        say(fds[i], GET("/now"));
        ASSERT_INT(hear(t->arena, fds[i], 2000).status, 200);
    }
    fd = dial(&s);
    for (int i = 0; i < 500; i++) {
        say(fd, i % 2 ? GET("/now") : GET("/echo"));
        ASSERT_INT(hear(t->arena, fd, 2000).status, 200);
    }
    edge_numbers(s.edge, &n);
    ASSERT_INT(n.connections, IDLE + 1);
    for (int i = 0; i < IDLE; i++) {
        say(fds[i], GET("/now"));
        ASSERT_INT(hear(t->arena, fds[i], 2000).status, 200);
        close(fds[i]);
    }
    close(fd);
    site_close(&s);
}

TEST(beyond_its_limits_the_edge_says_so_and_recovers)
{
    struct site s = site_new(t);
    struct edge_numbers n;
    int fds[12];

    s.options.connections_max = 10;
    site_open(&s);
    for (int i = 0; i < 10; i++) {
        fds[i] = dial(&s);
        say(fds[i], GET("/now"));
        ASSERT_INT(hear(t->arena, fds[i], 2000).status, 200);
    }
    for (int i = 10; i < 12; i++) {
        str heard;

        fds[i] = dial(&s);
        say(fds[i], GET("/second"));
        heard = hear_all(t->arena, fds[i], 3000);
        ASSERT_HAS(heard, "HTTP/1.1 503 ");
        ASSERT_HAS(heard, "\r\nRetry-After: 1\r\n");
        ASSERT_HAS(heard, "connections_full");
        close(fds[i]);
    }
    ASSERT_INT(atomic_load(&s.second_runs), 0);
    for (int i = 0; i < 10; i++)
        close(fds[i]);
    for (int i = 0; i < 2000; i++) {
        edge_numbers(s.edge, &n);
        if (!n.connections)
            break;
        usleep(1000);
    }
    ASSERT_INT(n.overloaded, 2);
    ASSERT_INT(ask(&s, GET("/second")).status, 200);
    site_close(&s);
}

TEST(one_address_may_not_take_all_connections)
{
    struct site s = site_new(t);
    int fds[4];

    s.options.per_address_max = 3;
    site_open(&s);
    for (int i = 0; i < 3; i++)
        fds[i] = dial(&s);
    for (int i = 0; i < 3; i++) {
        say(fds[i], GET("/now"));
        ASSERT_INT(hear(t->arena, fds[i], 2000).status, 200);
    }
    fds[3] = dial(&s);
    ASSERT_HAS(hear_all(t->arena, fds[3], 3000), "HTTP/1.1 429 ");
    close(fds[3]);
    close(fds[0]);
    usleep(50000);
    ASSERT_INT(ask(&s, GET("/now")).status, 200);
    close(fds[1]);
    close(fds[2]);
    site_close(&s);
}

TEST(a_full_queue_of_workers_is_503_and_the_loop_goes_on)
{
    struct site s = site_new(t);
    struct heard h;
    int fds[5], fd;

    s.options.workers = 1;
    s.options.queue_max = 2;
    site_open(&s);
    for (int i = 0; i < 3; i++) {
        fds[i] = dial(&s);
        say(fds[i], GET("/gate"));
        while (i == 0 && !atomic_load(&s.work_runs))
            usleep(1000);
    }
    usleep(50000);
    fd = dial(&s);
    say(fd, GET("/gate"));
    h = hear(t->arena, fd, 2000);
    ASSERT_INT(h.status, 503);
    ASSERT_HAS(h.head, "\r\nRetry-After: 1\r\n");
    ASSERT_HAS(h.body, "queue_full");
    say(fd, GET("/now"));
    ASSERT_INT(hear(t->arena, fd, 2000).status, 200); /* same connection, on the loop */
    say(fd, GET("/who"));
    ASSERT_INT(hear(t->arena, fd, 2000).status, 200); /* who watches has a worker of his own */
    atomic_store(&s.is_gate_open, true);
    for (int i = 0; i < 3; i++) {
        ASSERT_STR(hear(t->arena, fds[i], 2000).body, "open");
        close(fds[i]);
    }
    say(fd, GET("/gate"));
    ASSERT_STR(hear(t->arena, fd, 2000).body, "open");
    close(fd);
    site_close(&s);
}

TEST(bodies_and_streams_are_bounded_together)
{
    struct site s = site_new(t);
    struct edge_numbers n;
    int a, b;

    s.options.bodies_max = 64 * 1024;
    s.options.streams_max = 1;
    site_open(&s);
    a = dial(&s);
    say(a, STR("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n"));
    for (int i = 0; i < 4000; i++)
        say(a, STR("0123456789"));
    for (int i = 0; i < 2000; i++) {
        edge_numbers(s.edge, &n);
        if (n.body_bytes == 64 * 1024)
            break;
        usleep(1000);
    }
    ASSERT_INT(n.body_bytes, 64 * 1024);
    ASSERT_INT(
        ask(&s, STR("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\nabc")).status,
        503);
    for (int i = 0; i < 2000; i++)
        say(a, STR("0123456789"));
    ASSERT_INT(hear(t->arena, a, 2000).body.len, 60000);
    close(a);
    a = dial(&s);
    say(a, GET("/events"));
    while (atomic_load(&s.event_count) < 1)
        usleep(1000);
    b = dial(&s);
    say(b, GET("/events"));
    ASSERT_INT(hear(t->arena, b, 2000).status, 503);
    close(a);
    close(b);
    site_close(&s);
}

static void *stop(void *arg)
{
    edge_stop(((struct site *)arg)->edge);
    return NULL;
}

TEST(a_stop_finishes_what_is_in_flight_and_takes_nothing_new)
{
    struct site s = site_new(t);
    pthread_t stopper;
    struct heard h;
    int idle, held, half;

    site_open(&s);
    idle = dial(&s);
    held = dial(&s);
    half = dial(&s);
    say(idle, GET("/now"));
    ASSERT_INT(hear(t->arena, idle, 2000).status, 200);
    say(held, GET("/gate"));
    say(half, STR("GET /now HTTP/1.1\r\nHo"));
    while (!atomic_load(&s.work_runs))
        usleep(1000);
    usleep(20000);
    pthread_create(&stopper, NULL, stop, &s);
    ASSERT_TRUE(hears_end(idle, 1500));
    say(half, STR("st: a\r\n\r\n"));
    h = hear(t->arena, half, 1500);
    ASSERT_INT(h.status, 200);
    ASSERT_HAS(h.head, "\r\nConnection: close\r\n");
    ASSERT_TRUE(hears_end(half, 1000));
    atomic_store(&s.is_gate_open, true);
    h = hear(t->arena, held, 1500);
    ASSERT_STR(h.body, "open");
    ASSERT_HAS(h.head, "\r\nConnection: close\r\n");
    pthread_join(stopper, NULL);
    close(idle);
    close(held);
    close(half);
    site_close(&s);
}

TEST(a_stop_under_load_answers_every_request_it_read)
{
    enum { CLIENTS = 40 };
    struct site s = site_new(t);
    struct edge_numbers n;
    pthread_t stopper;
    int fds[CLIENTS], answered = 0, sent = 0;

    site_open(&s);
    for (int i = 0; i < CLIENTS; i++)
        fds[i] = dial(&s);
    for (int i = 0; i < CLIENTS; i++, sent++)
        say(fds[i], i % 2 ? GET("/later") : GET("/echo"));
    pthread_create(&stopper, NULL, stop, &s);
    for (int i = 0; i < CLIENTS; i++) {
        struct heard h = hear(t->arena, fds[i], 3000);

        answered += h.status == 200 && !h.is_closed;
        close(fds[i]);
    }
    pthread_join(stopper, NULL);
    edge_numbers(s.edge, &n);
    ASSERT_INT(answered, n.requests);
    ASSERT_INT(n.answered, n.requests);
    ASSERT_INT(answered, sent); /* they were all on the wire before the stop began */
    site_close(&s);
}

TEST(a_stop_does_not_wait_for_ever)
{
    struct site s = site_new(t);
    int64_t began;
    int drip, held;

    s.options.drain_ms = 300;
    site_open(&s);
    drip = dial(&s);
    held = dial(&s);
    say(drip, STR("GET"));
    say(held, GET("/flood"));
    usleep(100000);
    began = ticks_ms();
    site_close(&s);
    ASSERT_TRUE(ticks_ms() - began < 2000);
    ASSERT_INT(atomic_load(&s.flood_ended), 1);
    close(drip);
    close(held);
}

RUN_TESTS(ROW(a_slow_drip_is_cut_at_the_head_deadline_however_it_drips),
    ROW(a_slow_body_is_cut_and_a_steady_one_is_not),
    ROW(idle_connections_and_slow_readers_are_closed),
    ROW(a_reader_that_never_reads_stops_being_read),
    ROW(a_thousand_idle_connections_hold_no_buffers_and_disturb_nobody),
    ROW(beyond_its_limits_the_edge_says_so_and_recovers),
    ROW(one_address_may_not_take_all_connections),
    ROW(a_full_queue_of_workers_is_503_and_the_loop_goes_on),
    ROW(bodies_and_streams_are_bounded_together),
    ROW(a_stop_finishes_what_is_in_flight_and_takes_nothing_new),
    ROW(a_stop_under_load_answers_every_request_it_read), ROW(a_stop_does_not_wait_for_ever))
