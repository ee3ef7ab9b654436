/* edge_shots malformed PORT: shoots malformed requests at a running program and shows that each is
 * refused with its status, and that the request pipelined behind it never ran, by the program's own
 * counter. */
#include "edge_shots.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http/malformed.h"

#define SECOND "GET /c/crowd HTTP/1.1\r\nHost: a\r\n\r\n"
#define C      "POST /sign-in HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
#define L      "POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: "

/* clang-format off */
static const struct malformed bodies[] = {
    { STR(C "3 \r\nabc\r\n0\r\n\r\n"),      400, "chunks" },
    { STR(C "0x3\r\nabc\r\n0\r\n\r\n"),     400, "chunks" },
    { STR(C "3\nabc\r\n0\r\n\r\n"),         400, "chunks" },
    { STR(C "3\r\nabcd\r\n0\r\n\r\n"),      400, "chunks" },
    { STR(C "fffffffffffffffff\r\nabc"),    400, "chunks" },
    { STR(C "fffffffffffffff\r\nabc"),      413, "too_large" },
    { STR(L "999999999999999999\r\n\r\n"),  413, "too_large" },
};

/* Well formed, so that the second must run. */
static const str controls[] = {
    STR("GET /c/crowd HTTP/1.1\r\nHost: a\r\n\r\n"),
    STR("GET http://a/c/crowd HTTP/1.1\r\nHost: a\r\n\r\n"),
    STR("GET /c/crowd HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
    STR("HEAD /c/crowd HTTP/1.1\r\nHost: a\r\n\r\n"),
    STR(C "3;x=\"y\"\r\na=b\r\n0\r\nT: u\r\n\r\n"),
    STR(L "3\r\n\r\na=b"),
};
/* clang-format on */

static int failures, shots;

int64_t shot_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t shot_ms(void)
{
    return shot_us() / 1000;
}

int shot_failures(void)
{
    return failures;
}

void shot_result(int ok, const char *format, ...)
{
    va_list rest;

    failures += !ok;
    printf("%s %d - ", ok ? "ok" : "not ok", ++shots);
    va_start(rest, format);
    vprintf(format, rest);
    va_end(rest);
    printf("\n");
    fflush(stdout);
}

int shot_dial(int port, unsigned from)
{
    struct sockaddr_in here = { .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK + from) };
    struct sockaddr_in there = { .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) != 0 ||
        connect(fd, (struct sockaddr *)&there, sizeof there) != 0) {
        perror("# connect");
        exit(2);
    }
    return fd;
}

void shot_say(int fd, str s)
{
    while (s.len) {
        ssize_t sent = send(fd, s.at, s.len, MSG_NOSIGNAL);

        if (sent <= 0)
            return;
        s = str_from(s, (size_t)sent);
    }
}

ssize_t shot_hear(int fd, char *to, size_t room, int ms)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    ssize_t got;

    if (poll(&p, 1, ms) <= 0)
        return -1;
    got = recv(fd, to, room, 0);
    return got < 0 ? 0 : got;
}

/* Everything up to the end of the connection, or until nothing comes any more. */
static str hear_all(int fd, char *to, size_t room, int ms, bool *out_ended)
{
    size_t len = 0;
    ssize_t got = -1;

    while (len < room - 1 && (got = shot_hear(fd, to + len, room - 1 - len, ms)) > 0)
        len += (size_t)got;
    to[len] = 0;
    *out_ended = got == 0;
    return (str){ to, len };
}

static int answers_in(str heard)
{
    int count = 0;

    for (size_t i = 0; i + 9 < heard.len; i++)
        count += memcmp(heard.at + i, "HTTP/1.1 ", 9) == 0 && heard.at[i + 9] >= '1' &&
                 heard.at[i + 9] <= '5';
    return count;
}

static long requests_counted(int port)
{
    static char text[1 << 20];
    int fd = shot_dial(port, 0);
    bool ended;
    const char *line;

    shot_say(fd, STR("GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    hear_all(fd, text, sizeof text, 5000, &ended);
    close(fd);
    line = strstr(text, "\ntributary_edge_requests_total ");
    return line ? atol(line + 31) : -1;
}

static void shoot(int port, const struct malformed *c)
{
    char text[16384], wanted[40];
    int fd = shot_dial(port, 0);
    bool ended;
    str heard;

    snprintf(wanted, sizeof wanted, "HTTP/1.1 %d ", c->status);
    shot_say(fd, c->text);
    shot_say(fd, STR(SECOND));
    heard = hear_all(fd, text, sizeof text, 5000, &ended);
    close(fd);
    shot_result(str_starts(heard, str_of(wanted)) && answers_in(heard) == 1 && ended,
        "%d %s: one answer and the end of the connection", c->status, c->code);
}

static void control(int port, str request)
{
    static char text[1 << 17];
    int fd = shot_dial(port, 0);
    bool ended;
    str heard;

    shot_say(fd, request);
    shot_say(fd, STR(SECOND));
    heard = hear_all(fd, text, sizeof text, 500, &ended);
    close(fd);
    shot_result(
        answers_in(heard) == 2 && !ended, "control: behind a well-formed request the second runs");
}

static void malformed(int port)
{
    long before = requests_counted(port), after, wanted;

    for (size_t i = 0; i < sizeof MALFORMED / sizeof MALFORMED[0]; i++)
        shoot(port, &MALFORMED[i]);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        shoot(port, &bodies[i]);
    after = requests_counted(port);
    shot_result(before >= 0 && after == before + 1,
        "no second request ran: %ld counted, %ld before", after, before);
    for (size_t i = 0; i < sizeof controls / sizeof controls[0]; i++)
        control(port, controls[i]);
    wanted = after + 1 + 2 * (long)(sizeof controls / sizeof controls[0]);
    after = requests_counted(port);
    shot_result(after == wanted, "the controls ran, each with its second: %ld counted, %ld wanted",
        after, wanted);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "malformed") == 0)
        malformed(atoi(argv[2]));
    else if (argc == 4 && strcmp(argv[1], "crowd") == 0)
        return crowd(atoi(argv[2]), atoi(argv[3]));
    else
        return 2;
    return failures ? 1 : 0;
}
