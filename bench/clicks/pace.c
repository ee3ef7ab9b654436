/* A click at a fixed pace, whatever the server does: each has a moment when it is due, and its
 * latency counts from then, so that a stall is not hidden by the requests that it kept from being
 * sent. clicks_pace PORT PER_SECOND SECONDS LINKS [SLOW_MS]; prints JSON, and before it one line
 * for each click that took SLOW_MS or longer: when it was due (CLOCK_MONOTONIC), sent late by,
 * took. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/thread.h"

enum { CONNECTIONS = 256, ANSWER_MOST = 2048 };

struct client {
    int fd;
    bool is_busy;
    int64_t due_ns, sent_ns;
    size_t got;
    char answer[ANSWER_MOST];
};

static struct client clients[CONNECTIONS];
static int *latencies_us, *lateness_us; /* all of it; what of it was ours, before it was sent */
static int64_t slow_ns = INT64_MAX;
static size_t answered, without_token, wrong;

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void open_all(int port, int epoll)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int one = 1;
    for (int i = 0; i < CONNECTIONS; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data.u32 = (uint32_t)i };
        clients[i].fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (clients[i].fd < 0 || connect(clients[i].fd, (struct sockaddr *)&to, sizeof to) != 0)
            fail("connect");
        setsockopt(clients[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd, &event) != 0)
            fail("epoll_ctl");
    }
}

static void send_click(struct client *c, int64_t due_ns, int code)
{
    char text[256];
    int len = snprintf(text, sizeof text,
        "GET /c/bench%d HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; "
        "rv:133.0) Gecko/20100101 Firefox/133.0\r\n\r\n",
        code);
    c->is_busy = true;
    c->due_ns = due_ns;
    c->sent_ns = now_ns();
    c->got = 0;
    if (send(c->fd, text, (size_t)len, MSG_NOSIGNAL) != len)
        fail("send");
}

static void take_answer(struct client *c)
{
    ssize_t got = recv(c->fd, c->answer + c->got, ANSWER_MOST - 1 - c->got, 0);
    if (got <= 0)
        fail("recv");
    c->got += (size_t)got;
    c->answer[c->got] = '\0';
    if (!strstr(c->answer, "\r\n\r\n")) /* a redirect has no body */
        return;
    int64_t took_ns = now_ns() - c->due_ns, late_ns = c->sent_ns - c->due_ns;
    if (took_ns >= slow_ns)
        printf("%.6f %.3f %.3f\n", (double)c->due_ns / 1e9, (double)late_ns / 1e6,
            (double)took_ns / 1e6);
    lateness_us[answered] = (int)(late_ns / 1000);
    latencies_us[answered++] = (int)(took_ns / 1000);
    wrong += strncmp(c->answer, "HTTP/1.1 302", 12) != 0;
    without_token += strstr(c->answer, "tclid=") == NULL;
    c->is_busy = false;
}

static int by_size(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static struct client *idle_client(void)
{
    static size_t at;
    for (size_t i = 0; i < CONNECTIONS; i++) {
        struct client *c = &clients[at++ % CONNECTIONS];
        if (!c->is_busy)
            return c;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    int64_t pace_ns = 1000000000 / atoi(argv[2]);
    size_t count = (size_t)atoi(argv[2]) * (size_t)atoi(argv[3]), sent = 0;
    int links = atoi(argv[4]), epoll = epoll_create1(EPOLL_CLOEXEC);
    latencies_us = calloc(count, sizeof *latencies_us);
    lateness_us = calloc(count, sizeof *lateness_us);
    if (argc > 5)
        slow_ns = (int64_t)atoi(argv[5]) * 1000000;
    if (!latencies_us || !lateness_us || epoll < 0)
        fail("start");
    prctl(PR_SET_TIMERSLACK, 1);
    thread_hurry(); /* it stands for callers elsewhere, who wait for no processor of ours */
    open_all(atoi(argv[1]), epoll);

    int64_t began = now_ns();
    while (answered < count) {
        struct epoll_event events[64];
        int64_t now = now_ns(), due = began + (int64_t)sent * pace_ns;
        struct client *c;
        while (sent < count && due <= now && (c = idle_client())) {
            send_click(c, due, rand() % links);
            due = began + (int64_t)++sent * pace_ns;
        }
        int64_t wait = due > now && sent < count ? due - now : 1000000;
        struct timespec patience = { 0, wait < 1000000 ? wait : 1000000 };
        int found = epoll_pwait2(epoll, events, 64, &patience, NULL);
        if (found < 0 && errno != EINTR)
            fail("epoll_wait");
        for (int i = 0; i < found; i++)
            take_answer(&clients[events[i].data.u32]);
    }
    double seconds = (double)(now_ns() - began) / 1e9;
    qsort(latencies_us, count, sizeof *latencies_us, by_size);
    qsort(lateness_us, count, sizeof *lateness_us, by_size);
    printf("{\"clicks\":%zu,\"rate\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f,\"worst_"
           "ms\":%.3f,\"late_p99_ms\":%.3f,\"late_p999_ms\":%.3f,"
           "\"without_token\":%zu,\"wrong\":%zu}\n",
        count, (double)count / seconds, latencies_us[count / 2] / 1e3,
        latencies_us[count * 99 / 100] / 1e3, latencies_us[count * 999 / 1000] / 1e3,
        latencies_us[count - 1] / 1e3, lateness_us[count * 99 / 100] / 1e3,
        lateness_us[count * 999 / 1000] / 1e3, without_token, wrong);
    return wrong > 0;
}
