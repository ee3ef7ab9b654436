/* Outgoing HTTP against a small server of our own: what it takes, what it refuses, and what it
 * never reaches. */
#include "http/client.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/edge_testing.h"

static char large[300000];

/* A server that behaves as its path says. */
static void misbehave(void *app, struct exchange *ex)
{
    str path = ex->head->path;
    char lines[300];
    struct site *s = app;

    atomic_fetch_add(&s->work_runs, 1);
    if (str_eq(path, STR("/slow"))) {
        usleep(1500000);
        edge_complete(ex, &(struct answer){ .status = 200 });
    } else if (str_eq(path, STR("/large"))) {
        edge_complete(ex, &(struct answer){ .status = 200, .body = { large, sizeof large } });
    } else if (str_eq(path, STR("/loop"))) {
        edge_complete(ex, &(struct answer){ .status = 302, .headers = STR("Location: /loop\r\n") });
    } else if (str_eq(path, STR("/on"))) {
        edge_complete(
            ex, &(struct answer){ .status = 301, .headers = STR("Location: there?x=1\r\n") });
    } else if (str_eq(path, STR("/file"))) {
        edge_complete(ex,
            &(struct answer){ .status = 302, .headers = STR("Location: file:///etc/passwd\r\n") });
    } else if (str_eq(path, STR("/error"))) {
        edge_complete(ex, &(struct answer){ .status = 500, .body = STR("no") });
    } else {
        bool is_ours = str_starts(http_header(ex->head, STR("User-Agent")), STR("Tributary/"));
        str key = http_header(ex->head, STR("X-Key"));
        int size = snprintf(lines, sizeof lines,
            "%" PRI_STR " %" PRI_STR " key=%" PRI_STR " body=%" PRI_STR,
            STR_ARG(ex->head->method_text), STR_ARG(ex->head->target), STR_ARG(key),
            STR_ARG(ex->body));

        edge_complete(ex, &(struct answer){ .status = is_ours ? 200 : 400,
                              .headers = STR("Content-Type: text/plain\r\n"),
                              .body = { lines, (size_t)size } });
    }
}

static void server_opened(struct site *s, struct test *t)
{
    memset(large, 'x', sizeof large);
    *s = site_new(t);
    s->options.fast = NULL;
    s->options.work = misbehave;
    site_open(s);
}

static str url(struct site *s, const char *path)
{
    return str_printf(s->arena, "http://127.0.0.1:%d%s", s->port, path);
}

static struct client_request local(struct site *s, const char *path)
{
    return (
        struct client_request){ .url = url(s, path), .private_allowed = true, .any_port = true };
}

TEST(a_request_goes_out_with_its_method_headers_and_body)
{
    str headers[] = { STR("Content-Type: application/json"), STR("X-Key: abc") };
    struct client_request rq;
    struct client_answer a;
    struct site s;

    server_opened(&s, t);
    rq = local(&s, "/hook?a=b");
    ASSERT_OK(client_send(t->arena, env_system(), &rq, &a));
    ASSERT_INT(a.status, 200);
    ASSERT_STR(a.body, "GET /hook?a=b key= body=");
    ASSERT_STR(a.content_type, "text/plain");
    ASSERT_TRUE(address_is_loopback(a.address));
    ASSERT_TRUE(a.took_us > 0);
    rq.body = STR("{\"x\":1}");
    rq.headers = (strs){ headers, 2 };
    ASSERT_OK(client_send(t->arena, env_system(), &rq, &a));
    ASSERT_STR(a.body, "POST /hook?a=b key=abc body={\"x\":1}");
    rq.method = "PUT";
    ASSERT_OK(client_send(t->arena, env_system(), &rq, &a));
    ASSERT_STR(a.body, "PUT /hook?a=b key=abc body={\"x\":1}");
    rq = local(&s, "/x");
    rq.method = "HEAD";
    ASSERT_OK(client_send(t->arena, env_system(), &rq, &a));
    ASSERT_INT(a.status, 200);
    ASSERT_STR(a.body, "");
    rq = local(&s, "/error");
    ASSERT_OK(client_send(t->arena, env_system(), &rq, &a));
    ASSERT_INT(a.status, 500); /* an answer all the same */
    headers[0] = STR("X: a\r\nInjected: b");
    rq.headers = (strs){ headers, 1 };
    ASSERT_ERR(client_send(t->arena, env_system(), &rq, &a), &CLIENT_BROKEN);
    site_close(&s);
}

TEST(an_answer_is_bounded_in_size_and_time)
{
    struct client_request rq;
    struct client_answer a;
    struct site s;
    int64_t began;

    server_opened(&s, t);
    rq = local(&s, "/large");
    rq.answer_max = 1000;
    ASSERT_OK(client_send(t->arena, env_system(), &rq, &a));
    ASSERT_INT(a.status, 200);
    ASSERT_INT(a.body.len, 1000);
    ASSERT_TRUE(a.is_cut);
    rq.answer_max = 300000;
    ASSERT_OK(client_send(t->arena, env_system(), &rq, &a));
    ASSERT_INT(a.body.len, 300000);
    ASSERT_FALSE(a.is_cut);
    rq = local(&s, "/slow");
    rq.total_ms = 150;
    began = ticks_ms();
    ASSERT_ERR(client_send(t->arena, env_system(), &rq, &a), &CLIENT_SLOW);
    ASSERT_TRUE(ticks_ms() - began < 1400);
    site_close(&s);
}

TEST(redirects_are_not_followed_unless_asked_and_each_is_checked)
{
    struct client_request rq;
    struct client_answer a;
    struct site s;

    server_opened(&s, t);
    rq = local(&s, "/on");
    ASSERT_OK(client_send(t->arena, env_system(), &rq, &a));
    ASSERT_INT(a.status, 301);
    ASSERT_STR_EQ(a.location, url(&s, "/there?x=1"));
    rq.redirects_max = 3;
    ASSERT_OK(client_send(t->arena, env_system(), &rq, &a));
    ASSERT_STR(a.body, "GET /there?x=1 key= body=");
    ASSERT_STR_EQ(a.url, url(&s, "/there?x=1"));
    rq.body = STR("x"); /* a delivery is not sent on to somebody else */
    ASSERT_OK(client_send(t->arena, env_system(), &rq, &a));
    ASSERT_INT(a.status, 301);
    rq = local(&s, "/loop");
    rq.redirects_max = 3;
    ASSERT_ERR(client_send(t->arena, env_system(), &rq, &a), &CLIENT_LOOP);
    rq = local(&s, "/file");
    rq.redirects_max = 3;
    ASSERT_ERR(client_send(t->arena, env_system(), &rq, &a), &CLIENT_URL);
    site_close(&s);
}

TEST(addresses_that_are_not_ours_to_call_are_never_reached)
{
    /* clang-format off */
    static const struct { const char *url; const struct err *wanted; } cases[] = {
        { "http://127.0.0.1:%d/",            &CLIENT_PRIVATE },
        { "http://localhost:%d/",            &CLIENT_PRIVATE },
        { "http://LOCALHOST:%d/",            &CLIENT_PRIVATE },
        { "http://127.1:%d/",                &CLIENT_PRIVATE },
        { "http://127.0.1:%d/",              &CLIENT_PRIVATE },
        { "http://2130706433:%d/",           &CLIENT_PRIVATE },
        { "http://0x7f000001:%d/",           &CLIENT_PRIVATE },
        { "http://0x7f.0.0.1:%d/",           &CLIENT_PRIVATE },
        { "http://0177.0.0.1:%d/",           &CLIENT_PRIVATE },
        { "http://0.0.0.0:%d/",              &CLIENT_PRIVATE },
        { "http://0:%d/",                    &CLIENT_PRIVATE },
        { "http://10.1.2.3:%d/",             &CLIENT_PRIVATE },
        { "http://169.254.169.254:%d/",      &CLIENT_PRIVATE },
        { "http://192.168.0.1:%d/",          &CLIENT_PRIVATE },
        { "http://172.31.255.255:%d/",       &CLIENT_PRIVATE },
        { "http://100.64.0.1:%d/",           &CLIENT_PRIVATE },
        { "http://255.255.255.255:%d/",      &CLIENT_PRIVATE },
        { "http://[::1]:%d/",                &CLIENT_URL },
        { "http://[::ffff:127.0.0.1]:%d/",   &CLIENT_URL },
        { "http://user@127.0.0.1:%d/",       &CLIENT_URL },
        { "http://a\\@127.0.0.1:%d/",        &CLIENT_URL },
        { "http:/127.0.0.1:%d/",             &CLIENT_URL },
        { "//127.0.0.1:%d/",                 &CLIENT_URL },
        { "127.0.0.1:%d/",                   &CLIENT_URL },
        { "ftp://127.0.0.1:%d/",             &CLIENT_URL },
        { "gopher://127.0.0.1:%d/_GET",      &CLIENT_URL },
        { "dict://127.0.0.1:%d/x",           &CLIENT_URL },
        { "file:///etc/passwd?%d",           &CLIENT_URL },
        { "http://127.0.0.1:%d/\r\nX: y",    &CLIENT_URL },
        { "",                                &CLIENT_URL },
    };
    /* clang-format on */
    struct client_answer a;
    struct edge_numbers n;
    struct site s;

    server_opened(&s, t);
    EACH (c, cases) {
        char text[200];
        struct client_request rq = { .any_port = true, .redirects_max = 3 };

        test_case("%s", c->url);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(text, sizeof text, c->url, s.port);
#pragma GCC diagnostic pop
        rq.url = str_of(text);
        ASSERT_ERR(client_send(t->arena, env_system(), &rq, &a), c->wanted);
    }
    edge_numbers(s.edge, &n);
    ASSERT_INT(n.accepted, 0);
    ASSERT_OK(client_send(t->arena, env_system(),
        &(struct client_request){ .url = url(&s, "/"), .private_allowed = true, .any_port = true },
        &a));
    edge_numbers(s.edge, &n);
    ASSERT_INT(n.accepted, 1); /* the control: the same server can be reached */
    site_close(&s);
}

TEST(schemes_ports_and_silence_are_told_apart)
{
    struct client_request rq;
    struct client_answer a;
    struct site s;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    server_opened(&s, t);
    rq = local(&s, "/");
    rq.any_port = false;
    ASSERT_ERR(client_send(t->arena, env_system(), &rq, &a), &CLIENT_URL);
    rq.any_port = true;
    rq.only_https = true;
    ASSERT_ERR(client_send(t->arena, env_system(), &rq, &a), &CLIENT_URL);
    rq.url = str_printf(t->arena, "https://127.0.0.1:%d/", s.port);
    ASSERT_ERR(client_send(t->arena, env_system(), &rq, &a), &CLIENT_TLS);
    ASSERT_INT(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
    getsockname(fd, (struct sockaddr *)&any, &(socklen_t){ sizeof any });
    rq.only_https = false;
    rq.url = str_printf(t->arena, "http://127.0.0.1:%d/", ntohs(any.sin_port));
    ASSERT_ERR(client_send(t->arena, env_system(), &rq, &a),
        &CLIENT_CONNECT); /* bound, but nobody listens */
    close(fd);
    rq.url = STR("http://no-such-host.invalid/");
    ASSERT_ERR(client_send(t->arena, env_system(), &rq, &a), &CLIENT_NAME);
    site_close(&s);
}

TEST(private_addresses_are_known_in_every_wrapping)
{
    /* clang-format off */
    static const struct { const char *text; bool is_private; } cases[] = {
        { "8.8.8.8", false }, { "1.1.1.1", false }, { "172.15.0.1", false }, { "172.32.0.1", false }, { "100.128.0.1", false },
        { "192.167.1.1", false }, { "223.255.255.255", false }, { "2a00:1450::1", false }, { "2606:4700::1111", false },
        { "::ffff:8.8.8.8", false }, { "64:ff9b::808:808", false }, { "2002:808:808::1", false },
        { "127.0.0.1", true }, { "10.0.0.1", true }, { "172.16.0.1", true }, { "192.168.1.1", true }, { "169.254.169.254", true },
        { "100.64.0.1", true }, { "0.0.0.0", true }, { "224.0.0.1", true }, { "240.0.0.1", true }, { "255.255.255.255", true },
        { "192.0.2.1", true }, { "198.51.100.1", true }, { "203.0.113.1", true }, { "198.18.0.1", true }, { "192.0.0.1", true },
        { "::", true }, { "::1", true }, { "::ffff:127.0.0.1", true }, { "::ffff:10.0.0.1", true }, { "::7f00:1", true },
        { "fe80::1", true }, { "fc00::1", true }, { "fd12::1", true }, { "ff02::1", true }, { "2001:db8::1", true },
        { "64:ff9b::7f00:1", true }, { "64:ff9b:1::7f00:1", true }, { "2002:7f00:1::1", true }, { "2002:a00:1::1", true },
        { "2001:0:7f00:1::", true }, { "2001:0:808:808:0:0:80ff:fffe", true }, { "2a00::5efe:127.0.0.1", true }, { "fec0::1", true },
        { "100::1", true }, { "3fff::1", true },
    };
    /* clang-format on */

    EACH (c, cases) {
        struct address a;

        test_case("%s", c->text);
        ASSERT_TRUE(address_read(str_of(c->text), &a));
        ASSERT_INT(address_is_private(a), c->is_private);
    }
}

RUN_TESTS(ROW(a_request_goes_out_with_its_method_headers_and_body),
    ROW(an_answer_is_bounded_in_size_and_time),
    ROW(redirects_are_not_followed_unless_asked_and_each_is_checked),
    ROW(addresses_that_are_not_ours_to_call_are_never_reached),
    ROW(schemes_ports_and_silence_are_told_apart),
    ROW(private_addresses_are_known_in_every_wrapping))
