/* Where connections come from: addresses, unix sockets, systemd, proxies and what they say of the
 * visitor. */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "http/edge_testing.h"

#define GET(path) STR("GET " path " HTTP/1.1\r\nHost: a\r\n\r\n")

TEST(only_a_trusted_proxy_says_who_the_visitor_is)
{
    /* clang-format off */
    static const struct { const char *trusted; enum forwarded_by by; const char *lines, *who; } cases[] = {
        { NULL,          FORWARDED_X, "X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\n", "127.0.0.1 bare" },
        { "10.0.0.0/8",  FORWARDED_X, "X-Forwarded-For: 9.9.9.9\r\n",                      "127.0.0.1 bare" },
        { "127.0.0.0/8", FORWARDED_X, "",                                                  "127.0.0.1 bare" },
        { "127.0.0.0/8", FORWARDED_X, "X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\n", "9.9.9.9 tls" },
        { "127.0.0.1",   FORWARDED_X, "X-Forwarded-For: 1.1.1.1, 9.9.9.9\r\nX-Forwarded-Proto: https, http\r\n", "9.9.9.9 bare" },
        { "127.0.0.1",   FORWARDED_X, "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 9.9.9.9\r\n", "9.9.9.9 bare" },
        { "127.0.0.1",   FORWARDED_X, "X-Forwarded-For: 2.2.2.2, 127.0.0.1\r\n",           "2.2.2.2 bare" },
        { "127.0.0.1",   FORWARDED_X, "X-Forwarded-For: 2001:db8::1\r\n",                  "2001:db8::1 bare" },
        { "127.0.0.1",   FORWARDED_X, "X-Forwarded-For: [2001:db8::1]:80\r\n",             "2001:db8::1 bare" },
        { "127.0.0.1",   FORWARDED_X, "X-Forwarded-For: 9.9.9.9:1234\r\n",                 "9.9.9.9 bare" },
        { "127.0.0.1",   FORWARDED_X, "X-Forwarded-For: 9.9.9.9, unknown\r\n",             "127.0.0.1 bare" },
        { "127.0.0.1",   FORWARDED_X, "Forwarded: for=9.9.9.9;proto=https\r\n",            "127.0.0.1 bare" },
        { "127.0.0.1",   FORWARDED_RFC_7239, "Forwarded: for=9.9.9.9;proto=https\r\n",     "9.9.9.9 tls" },
        { "127.0.0.1",   FORWARDED_RFC_7239, "Forwarded: for=1.1.1.1, for=\"[2001:db8::7]:80\";Proto=HTTPS;by=x\r\n", "2001:db8::7 tls" },
        { "127.0.0.1",   FORWARDED_RFC_7239, "Forwarded: for=_hidden\r\n",                 "127.0.0.1 bare" },
        { "127.0.0.1",   FORWARDED_RFC_7239, "X-Forwarded-For: 9.9.9.9\r\n",               "127.0.0.1 bare" },
        { "127.0.0.1",   FORWARDED_NOT, "X-Forwarded-For: 9.9.9.9\r\n",                    "127.0.0.1 bare" },
    };
    /* clang-format on */

    EACH (c, cases) {
        struct site s = site_new(t);
        str trusted = str_of(c->trusted);

        test_case("%s", c->lines);
        s.options.trusted = (strs){ &trusted, c->trusted ? 1 : 0 };
        s.options.forwarded = c->by;
        site_open(&s);
        ASSERT_STR(
            ask(&s, str_printf(t->arena, "GET /who HTTP/1.1\r\nHost: a\r\n%s\r\n", c->lines)).body,
            c->who);
        site_close(&s);
    }
}

TEST(the_proxy_protocol_is_read_from_trusted_addresses_only)
{
    /* clang-format off */
    static const struct { str begin; const char *who; } cases[] = {
        { STR("PROXY TCP4 9.9.9.9 127.0.0.1 1 2\r\n"),      "9.9.9.9 bare" },
        { STR("PROXY TCP6 2001:db8::9 ::1 1 2\r\n"),        "2001:db8::9 bare" },
        { STR("PROXY UNKNOWN\r\n"),                         "127.0.0.1 bare" },
        { STR("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x09\x08\x07\x06\x7f\0\0\1\0\1\0\2"), "9.8.7.6 bare" },
        { STR("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0e\x09\x08\x07\x06\x7f\0\0\1\0\1\0\2\4\0"), "9.8.7.6 bare" },
        { STR("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"),            "127.0.0.1 bare" },
        { STR("PROXY TCP4 9.9.9.x 127.0.0.1 1 2\r\n"),      NULL },
        { STR("PROXY TCP4\r\n"),                            NULL },
        { STR("PROXY TCP4 9.9.9.9 127.0.0.1 1 2\n"),        NULL },
        { STR("\r\n\r\n\0\r\nQUIT\n\x11\x11\0\x0c\x09\x08\x07\x06\x7f\0\0\1\0\1\0\2"), NULL },
        { STR("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x04\x09\x08\x07\x06"), NULL },
        { STR(""),                                          NULL },
    };
    /* clang-format on */
    struct site s = site_new(t);
    str trusted = STR("127.0.0.1/32");

    s.options.trusted = (strs){ &trusted, 1 };
    s.options.proxy_protocol = true;
    site_open(&s);
    EACH (c, cases) {
        struct buf b = buf_new(t->arena);

        test_case("%" PRI_STR, STR_ARG(c->begin));
        buf_add(&b, c->begin);
        buf_add(&b, GET("/who"));
        if (c->who)
            ASSERT_STR(ask(&s, buf_str(&b)).body, c->who);
        else
            ASSERT_INT(ask(&s, buf_str(&b)).status, 0);
    }
    site_close(&s);

    s = site_new(t);
    s.options.proxy_protocol = true;
    site_open(&s);
    ASSERT_INT(
        ask(&s, STR("PROXY TCP4 9.9.9.9 127.0.0.1 1 2\r\nGET /who HTTP/1.1\r\nHost: a\r\n\r\n"))
            .status,
        400);
    ASSERT_STR(ask(&s, GET("/who")).body, "127.0.0.1 bare");
    site_close(&s);
}

TEST(addresses_that_cannot_be_had_are_named)
{
    static const char *const BROKEN[] = { "nonsense", "127.0.0.1", "127.0.0.1:99999", "[::1:80",
        "unix:/no/such/folder/x", ":" };
    struct site s = site_new(t), other = site_new(t);
    str taken, unix_path, nonsense = STR("10.0.0.0/33");

    EACH (c, BROKEN) {
        struct edge *edge;
        str address = str_of(*c);

        test_case("%s", *c);
        other.options.listen = (strs){ &address, 1 };
        ASSERT_ERR(edge_open(&other.options, &edge), &EDGE_LISTEN);
    }
    site_open(&s);
    taken = str_printf(t->arena, "127.0.0.1:%d", s.port);
    other.options.listen = (strs){ &taken, 1 };
    ASSERT_ERR(edge_open(&other.options, &other.edge), &EDGE_LISTEN);
    site_close(&s);
    site_open(&other); /* free at once */
    site_close(&other);

    unix_path = str_printf(t->arena, "unix:%s/edge.sock", test_folder(t));
    other = site_new(t);
    other.options.listen = (strs){ &unix_path, 1 };
    other.options.trusted = (strs){ &nonsense, 1 };
    ASSERT_ERR(edge_open(&other.options, &other.edge), &EDGE_TRUSTED);
}

TEST(a_unix_socket_is_a_trusted_proxy)
{
    struct site s = site_new(t);
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    str path = str_printf(t->arena, "%s/edge.sock", test_folder(t));
    str listen = str_printf(t->arena, "unix:%" PRI_STR, STR_ARG(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    s.options.listen = (strs){ &listen, 1 };
    site_open(&s);
    ASSERT_INT(s.port, 0);
    char text[200];
    edge_address(s.edge, text, sizeof text);
    ASSERT_STR(str_of(text), listen.at);
    memcpy(to.sun_path, path.at, path.len);
    ASSERT_INT(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    say(fd, STR("GET /who HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: "
                "https\r\n\r\n"));
    ASSERT_STR(hear(t->arena, fd, 2000).body, "9.9.9.9 tls");
    close(fd);
    site_close(&s);
    ASSERT_TRUE(access(path.at, F_OK) != 0);
}

/* What systemd does: the socket is number 3, and the environment says whose it is. */
static void serve_given(struct test *t, int socket_fd, int until_closed)
{
    struct site s = site_new(t);
    str elsewhere = STR("127.0.0.1:1"); /* not looked at */
    char pid[20], byte;

    if (socket_fd != 3)
        dup2(socket_fd, 3);
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", "1", 1);
    s.options.no_activation = false;
    s.options.listen = (strs){ &elsewhere, 1 };
    site_open(&s);
    while (read(until_closed, &byte, 1) > 0)
        ;
    site_close(&s);
    _exit(getenv("LISTEN_FDS") ? 1 : 0);
}

TEST(sockets_of_systemd_are_taken_and_outlive_the_process)
{
    struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0), ends[2], status = 0, early;
    struct site s = { .arena = t->arena };

    ASSERT_INT(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
    ASSERT_INT(listen(fd, 16), 0);
    getsockname(fd, (struct sockaddr *)&any, &(socklen_t){ sizeof any });
    s.port = ntohs(any.sin_port);
    early = dial(&s); /* before anybody serves */
    say(early, GET("/now"));
    for (int i = 0; i < 2; i++) {
        ASSERT_INT(pipe2(ends, O_CLOEXEC), 0);
        pid_t child = fork();
        if (!child) {
            close(ends[1]);
            close(early);
            serve_given(t, fd, ends[0]);
        }
        close(ends[0]);
        ASSERT_STR(hear(t->arena, early, 3000).body, "now");
        close(early);
        ASSERT_STR(ask(&s, GET("/echo")).head.len ? STR("answered") : STR("silent"), "answered");
        close(ends[1]);
        ASSERT_INT(waitpid(child, &status, 0), child);
        ASSERT_INT(status, 0);
        early = dial(&s); /* nobody is there, and nobody is refused */
        say(early, GET("/now"));
    }
    close(early);
    close(fd);
}

TEST(several_loops_share_one_socket)
{
    struct site s = site_new(t);
    struct edge_numbers n;

    s.options.loops = 3;
    site_open(&s);
    for (int i = 0; i < 300; i++)
        ASSERT_INT(ask(&s, i % 2 ? GET("/later") : GET("/now")).status, 200);
    edge_numbers(s.edge, &n);
    ASSERT_INT(n.requests, 300);
    ASSERT_INT(n.answered, 300);
    site_close(&s);
}

RUN_TESTS(ROW(only_a_trusted_proxy_says_who_the_visitor_is),
    ROW(the_proxy_protocol_is_read_from_trusted_addresses_only),
    ROW(addresses_that_cannot_be_had_are_named), ROW(a_unix_socket_is_a_trusted_proxy),
    ROW(sockets_of_systemd_are_taken_and_outlive_the_process), ROW(several_loops_share_one_socket))
