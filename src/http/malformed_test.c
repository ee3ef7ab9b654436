/* Raw sockets: each malformed request gets its status and the end of the connection, and the
 * request pipelined behind it never runs. */
#include <unistd.h>

#include "base/buf.h"
#include "http/edge_testing.h"
#include "http/malformed.h"

#define SECOND "GET /second HTTP/1.1\r\nHost: a\r\n\r\n"
#define P      "POST /echo HTTP/1.1\r\nHost: a\r\n"
#define C      P "Transfer-Encoding: chunked\r\n\r\n"

/* clang-format off */
static const struct malformed bodies[] = {
    { STR(C "3 \r\nabc\r\n0\r\n\r\n"),            400, "chunks" },
    { STR(C "0x3\r\nabc\r\n0\r\n\r\n"),           400, "chunks" },
    { STR(C "+3\r\nabc\r\n0\r\n\r\n"),            400, "chunks" },
    { STR(C "\r\nabc\r\n0\r\n\r\n"),              400, "chunks" },
    { STR(C "3\nabc\r\n0\r\n\r\n"),               400, "chunks" },
    { STR(C "3\r\nabcd\r\n0\r\n\r\n"),            400, "chunks" },
    { STR(C "4\r\nabc\r\n0\r\n\r\n"),             400, "chunks" },
    { STR(C "fffffffffffffffff\r\nabc"),          400, "chunks" },
    { STR(C "3;a\x01\r\nabc\r\n0\r\n\r\n"),       400, "chunks" },
    { STR(C "3\r\nabc\r\n0\r\nno colon\r\n\r\n"), 400, "chunks" },
    { STR(C "3\r\nabc\r\n0\r\na: b\nc: d\r\n\r\n"), 400, "chunks" },
    { STR(C "fffffffffffffff\r\nabc"),            413, "too_large" },
    { STR(C "100001\r\nabc"),                     413, "too_large" },
    { STR("GET /now?a=50%off HTTP/1.1\r\nHost: a\r\n\r\n"), 400, "target" },
    { STR("GET /now?a#b HTTP/1.1\r\nHost: a\r\n\r\n"), 400, "target" },
    { STR(P "Content-Length: 1048577\r\n\r\n"),   413, "too_large" },
    { STR(P "Content-Length: 999999999999999999\r\n\r\n"), 413, "too_large" },
    { STR(P "Content-Length: 1048577\r\nExpect: 100-continue\r\n\r\n"), 413, "too_large" },
};

static const str controls[] = {
    STR("GET /now HTTP/1.1\r\nHost: a\r\n\r\n"),
    STR(P "Content-Length: 3\r\n\r\nabc"),
    STR(P "Content-Length: 0\r\n\r\n"),
    STR(P "\r\n"),
    STR(C "3;x=\"y\"\r\nabc\r\n0\r\nT: u\r\n\r\n"),
    STR("GET http://a/now HTTP/1.1\r\nHost: a\r\n\r\n"),
    STR("GET /now HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
    STR("\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n"),
    STR("GET /now HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n"),
    STR(P "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"),
};
/* clang-format on */

static void refuse_one(struct site *s, const struct malformed *c)
{
    struct buf text = buf_new(s->arena);
    int fd = dial(s);
    str heard;

    test_case("%" PRI_STR, STR_ARG(c->text));
    buf_add(&text, c->text);
    buf_add(&text, STR(SECOND));
    say(fd, buf_str(&text));
    heard = hear_all(s->arena, fd, 3000);
    ASSERT_HAS(heard, str_printf(s->arena, "HTTP/1.1 %d ", c->status).at);
    ASSERT_HAS(heard, str_printf(s->arena, "\"code\":\"%s\"", c->code).at);
    ASSERT_HAS(heard, "\r\nConnection: close\r\n");
    ASSERT_HAS(heard, "\r\nContent-Type: application/problem+json\r\n");
    ASSERT_HAS_NOT(heard, "<still open>");
    ASSERT_HAS_NOT(heard, "\r\n\r\nnow");
    close(fd);
}

static bool has_no_body(const struct malformed *c)
{
    return str_starts(c->text, STR("HEAD "));
}

TEST(a_malformed_request_is_refused_and_the_one_behind_it_never_runs)
{
    struct site s = site_new(t);
    size_t count = 0;

    site_open(&s);
    EACH (c, MALFORMED) {
        if (!has_no_body(c))
            refuse_one(&s, c);
        count++;
    }
    EACH (c, bodies) {
        refuse_one(&s, c);
        count++;
    }
    ASSERT_TRUE(count >= 60);
    ASSERT_INT(atomic_load(&s.second_runs), 0);
    ASSERT_INT(atomic_load(&s.work_runs), 0);
    ASSERT_INT(atomic_load(&s.now_runs), 0);
    site_close(&s);
}

TEST(behind_a_well_formed_request_the_second_runs)
{
    struct site s = site_new(t);
    int ran = 0;

    site_open(&s);
    EACH (c, controls) {
        struct buf text = buf_new(t->arena);
        int fd = dial(&s);

        test_case("%" PRI_STR, STR_ARG(*c));
        buf_add(&text, *c);
        buf_add(&text, STR(SECOND));
        say(fd, buf_str(&text));
        ASSERT_INT(hear(t->arena, fd, 3000).status, 200);
        ASSERT_STR(hear(t->arena, fd, 3000).body, "now");
        ASSERT_INT(atomic_load(&s.second_runs), ++ran);
        close(fd);
    }
    site_close(&s);
}

TEST(a_refusal_reaches_a_client_that_is_still_sending)
{
    struct site s = site_new(t);
    struct buf body = buf_new(t->arena);
    int fd;
    str heard;

    site_open(&s);
    for (int i = 0; i < 40000; i++)
        buf_add(&body, STR("0123456789"));
    fd = dial(&s);
    say(fd, STR(P "Content-Length: 2000000\r\n\r\n"));
    say(fd, buf_str(&body));
    heard = hear_all(t->arena, fd, 4000);
    ASSERT_HAS(heard, "HTTP/1.1 413 ");
    close(fd);
    site_close(&s);
}

RUN_TESTS(ROW(a_malformed_request_is_refused_and_the_one_behind_it_never_runs),
    ROW(behind_a_well_formed_request_the_second_runs),
    ROW(a_refusal_reaches_a_client_that_is_still_sending))
