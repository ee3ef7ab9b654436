/* Heads and chunks: what is taken, what is refused and with which status, also when it comes byte
 * by byte. */
#include "http/head.h"

#include <string.h>

#include "base/buf.h"
#include "base/test.h"
#include "http/chunk.h"
#include "http/host.h"
#include "http/malformed.h"

static enum head_result read_all(struct http_head *h, str bytes, const struct http_refusal **why)
{
    head_begin(h);
    return head_read(h, bytes, why);
}

static enum head_result read_dripping(
    struct http_head *h, str bytes, const struct http_refusal **why)
{
    head_begin(h);
    for (size_t i = 1; i <= bytes.len; i++) {
        enum head_result result = head_read(h, str_first(bytes, i), why);

        if (result != HEAD_MORE)
            return result;
    }
    return HEAD_MORE;
}

TEST(a_request_is_taken_apart_in_place)
{
    static const str TEXT =
        STR("POST /c/abc%20d?to=x&y=[1]|{2} HTTP/1.1\r\n"
            "hOST: shop.example:8080\r\nContent-length: 12 \r\n"
            "Cookie: a=1; trb=xyz;b=\r\nX-Empty:\r\nX-Odd: \t a \t b \xc5\x82\t\r\n"
            "Expect: 100-Continue\r\nCookie: late=2\r\n\r\nbody");
    struct http_head *h = ARENA_NEW(t->arena, struct http_head);
    const struct http_refusal *why;

    ASSERT_INT(read_all(h, TEXT, &why), HEAD_DONE);
    ASSERT_INT(h->method, HTTP_POST);
    ASSERT_STR(h->path, "/c/abc%20d");
    ASSERT_STR(h->query, "to=x&y=[1]|{2}");
    ASSERT_INT(h->minor, 1);
    ASSERT_STR(h->host, "shop.example:8080");
    ASSERT_INT(h->content_length, 12);
    ASSERT_TRUE(h->keep_alive);
    ASSERT_TRUE(h->expects_continue);
    ASSERT_INT(h->count, 7);
    ASSERT_INT(h->bytes, TEXT.len - 4);
    ASSERT_STR(http_header(h, STR("x-odd")), "a \t b \xc5\x82");
    ASSERT_TRUE(http_header(h, STR("X-Empty")).at != NULL);
    ASSERT_TRUE(http_header(h, STR("X-None")).at == NULL);
    ASSERT_INT(http_header_count(h, STR("COOKIE")), 2);
    ASSERT_STR(http_cookie(h, STR("trb")), "xyz");
    ASSERT_STR(http_cookie(h, STR("late")), "2");
    ASSERT_TRUE(http_cookie(h, STR("b")).at != NULL);
    ASSERT_TRUE(http_cookie(h, STR("tr")).at == NULL);
}

TEST(targets_have_four_forms_of_which_two_and_a_half_are_taken)
{
    /* clang-format off */
    static const struct { const char *line, *host; bool ok; const char *path, *query; } cases[] = {
        { "GET / HTTP/1.1",                     "a.b",    true,  "/",     NULL },
        { "GET /? HTTP/1.1",                    "a.b",    true,  "/",     "" },
        { "GET /a?b?c=d%2F HTTP/1.1",           "a.b",    true,  "/a",    "b?c=d%2F" },
        { "GET //a/../b HTTP/1.1",              "a.b",    true,  "//a/../b", NULL },
        { "GET http://a.b HTTP/1.1",            "a.b",    true,  "/",     NULL },
        { "GET HTTPS://A.b:80?x HTTP/1.1",      "a.B:80", true,  "/",     "x" },
        { "GET http://a.b/p?x=1 HTTP/1.1",      "a.b",    true,  "/p",    "x=1" },
        { "OPTIONS * HTTP/1.1",                 "a.b",    true,  "*",     NULL },
        { "GET * HTTP/1.1",                     "a.b",    false, NULL, NULL },
        { "GET a.b:80 HTTP/1.1",                "a.b:80", false, NULL, NULL },
        { "GET ftp://a.b/ HTTP/1.1",            "a.b",    false, NULL, NULL },
        { "GET http:///x HTTP/1.1",             "a.b",    false, NULL, NULL },
        { "GET http://u@a.b/ HTTP/1.1",         "a.b",    false, NULL, NULL },
        { "GET http://c.d/ HTTP/1.1",           "a.b",    false, NULL, NULL },
        { "GET /a#b HTTP/1.1",                  "a.b",    false, NULL, NULL },
        { "GET /?a b HTTP/1.1",                 "a.b",    false, NULL, NULL },
        { "GET /% HTTP/1.1",                    "a.b",    false, NULL, NULL },
        { "GET /%2 HTTP/1.1",                   "a.b",    false, NULL, NULL },
        { "GET /%00 HTTP/1.1",                  "a.b",    false, NULL, NULL },
        { "GET /\\a HTTP/1.1",                  "a.b",    false, NULL, NULL },
        { "GET /\"a HTTP/1.1",                  "a.b",    false, NULL, NULL },
        { "GET /a<b HTTP/1.1",                  "a.b",    false, NULL, NULL },
        { "GET /\xc5\x82 HTTP/1.1",             "a.b",    false, NULL, NULL },
    };
    /* clang-format on */
    struct http_head *h = ARENA_NEW(t->arena, struct http_head);

    EACH (c, cases) {
        const struct http_refusal *why;
        str text = str_printf(t->arena, "%s\r\nHost: %s\r\n\r\n", c->line, c->host);
        enum head_result result = read_all(h, text, &why);

        test_case("%s", c->line);
        ASSERT_INT(result, c->ok ? HEAD_DONE : HEAD_REFUSED);
        if (!c->ok) {
            ASSERT_INT(why->status, 400);
            continue;
        }
        ASSERT_STR(h->path, c->path);
        ASSERT_TRUE((h->query.at == NULL) == (c->query == NULL));
        if (c->query)
            ASSERT_STR(h->query, c->query);
        ASSERT_FALSE(h->query_is_odd);
    }
}

#define H MALFORMED_H
#define P MALFORMED_P

TEST(odd_queries_are_told_apart_and_end_where_they_end)
{
    static const char *const odd[] = { "a#b", "%zz", "%", "a=50%off", "%f", "%2", "a=\xc5\x82",
        "a=<b>", "a=\"b\"" };
    static const char *const targets[] = { "/c/x", "http://a.b/c/x", "http://a.b" };
    struct http_head *h = ARENA_NEW(t->arena, struct http_head);

    EACH (query, odd) {
        EACH (target, targets) {
            const struct http_refusal *why;
            str text =
                str_printf(t->arena, "GET %s?%s HTTP/1.1\r\nHost: a.b\r\n\r\n", *target, *query);

            test_case("%s?%s", *target, *query);
            ASSERT_INT(read_all(h, text, &why), HEAD_DONE);
            ASSERT_TRUE(h->query_is_odd);
            ASSERT_STR(h->query, *query);
        }
    }
}

TEST(what_two_readers_could_read_in_two_ways_is_refused)
{
    struct http_head *h = ARENA_NEW(t->arena, struct http_head);

    EACH (c, MALFORMED) {
        const struct http_refusal *why = NULL;

        test_case("%.*s", (int)c->text.len, c->text.at);
        ASSERT_INT(read_all(h, c->text, &why), HEAD_REFUSED);
        ASSERT_STR(str_of(why->code), c->code);
        ASSERT_INT(why->status, c->status);
        ASSERT_INT(read_dripping(h, c->text, &why), HEAD_REFUSED);
        ASSERT_STR(str_of(why->code), c->code);
    }
}

TEST(the_harmless_neighbours_of_the_refused_are_taken)
{
    /* clang-format off */
    static const struct { str text; bool keep_alive; } cases[] = {
        { STR(P "Content-Length: 3\r\n\r\n"),                          true },
        { STR(P "Transfer-Encoding: Chunked \r\n\r\n"),                true },
        { STR(H "Content-Length: 0\r\n\r\n"),                          true },
        { STR(H "X: a\tb\r\n\r\n"),                                    true },
        { STR(H "x-!#$%&'*+.^_`|~9: \x80\xff\r\n\r\n"),                true },
        { STR("\r\n" H "\r\n"),                                        true },
        { STR("GET / HTTP/1.0\r\n\r\n"),                               false },
        { STR("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"),     true },
        { STR("GET / HTTP/1.0\r\nExpect: 200-ok\r\n\r\n"),             false },
        { STR(H "Connection: foo, Close\r\n\r\n"),                     false },
        { STR(H "Connection: keep-alive\r\nConnection: close\r\n\r\n"), false },
        { STR(H "Connection: upgrade\r\nUpgrade: h2c\r\n\r\n"),        true },
        { STR("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"),             true },
        { STR("DELETE / HTTP/1.1\r\nHost: a_b.c-d.\r\n\r\n"),          true },
    };
    /* clang-format on */
    struct http_head *h = ARENA_NEW(t->arena, struct http_head);

    EACH (c, cases) {
        const struct http_refusal *why = NULL;

        test_case("%.*s", (int)c->text.len, c->text.at);
        ASSERT_INT(read_all(h, c->text, &why), HEAD_DONE);
        ASSERT_INT(h->bytes, c->text.len);
        ASSERT_INT(h->keep_alive, c->keep_alive);
        ASSERT_INT(read_dripping(h, c->text, &why), HEAD_DONE);
        ASSERT_INT(h->keep_alive, c->keep_alive);
    }
}

static void repeat(struct buf *b, const char *what, size_t times)
{
    while (times--)
        buf_add(b, str_of(what));
}

TEST(what_is_over_long_is_told_so_before_it_ends)
{
    /* clang-format off */
    static const struct { const char *begin, *unit; size_t times; const char *end; int status; } cases[] = {
        { "GET /",           "a",        8192 - 14, " HTTP/1.1\r\nHost: a\r\n\r\n", 200 },
        { "GET /",           "a",        8193 - 14, " HTTP/1.1\r\nHost: a\r\n\r\n", 414 },
        { "GET /",           "a",        8200,      "",                             414 },
        { "GET /",           "a",        20000,     "",                             414 },
        { H "X: ",           "a",        16384 - 25 - 3 - 4, "\r\n\r\n",            200 },
        { H "X: ",           "a",        16385 - 25 - 3 - 4, "\r\n\r\n",            431 },
        { H "X: ",           "a",        17000,     "",                             431 },
        { H,                 "X: y\r\n", 99,        "\r\n",                         200 },
        { H,                 "X: y\r\n", 100,       "\r\n",                         431 },
        { H,                 "X: y\r\n", 3000,      "",                             431 },
    };
    /* clang-format on */
    struct http_head *h = ARENA_NEW(t->arena, struct http_head);

    EACH (c, cases) {
        struct buf b = buf_new(t->arena);
        const struct http_refusal *why = NULL;
        enum head_result result;

        buf_add(&b, str_of(c->begin));
        repeat(&b, c->unit, c->times);
        buf_add(&b, str_of(c->end));
        test_case("%s %zu times %s", c->begin, c->times, c->unit);
        result = read_all(h, buf_str(&b), &why);
        ASSERT_INT(result, c->status == 200 ? HEAD_DONE : HEAD_REFUSED);
        if (why)
            ASSERT_INT(why->status, c->status);
        result = read_dripping(h, buf_str(&b), &why);
        ASSERT_INT(result, c->status == 200 ? HEAD_DONE : HEAD_REFUSED);
        if (why)
            ASSERT_INT(why->status, c->status);
    }
}

TEST(hosts_are_names_or_addresses_with_a_port_perhaps)
{
    /* clang-format off */
    static const struct { const char *text; bool ok; } cases[] = {
        { "a", true }, { "a.b-c.d_e", true }, { "127.0.0.1:8080", true }, { "[::1]", true }, { "[2001:db8::1]:443", true },
        { "a:0", true }, { "a:65535", true }, { "xn--p1ai.example.", true },
        { "a:65536", false }, { "a:", false }, { "a:-1", false }, { "a:8 ", false }, { "a:80:80", false }, { ":80", false },
        { "::1", false }, { "[::1", false }, { "[]", false }, { "[a]", false }, { "[::1]x", false }, { "[::1]:", false },
        { ".a", false }, { "-a", false }, { "a..b", false }, { "a%2e", false }, { "a'b", false }, { "ł", false }, { "", false },
    };
    /* clang-format on */

    EACH (c, cases) {
        test_case("%s", c->text);
        ASSERT_INT(host_is_valid(str_of(c->text)), c->ok);
    }
}

struct chunked {
    enum chunk_result result;
    str body;
    size_t used;
};

static struct chunked read_chunks(struct arena *arena, str in, uint64_t limit, size_t step)
{
    struct chunk_reader r;
    struct chunked out = { .result = CHUNK_MORE };
    char *body = arena_alloc(arena, in.len + 1);

    chunk_begin(&r, limit);
    while (out.used < in.len && out.result == CHUNK_MORE) {
        size_t used = 0;

        out.result =
            chunk_read(&r, str_first(str_from(in, out.used), step), &used, body, &out.body.len);
        out.used += used;
    }
    body[out.body.len] = 0;
    out.body.at = body;
    return out;
}

TEST(chunks_are_taken_apart_in_pieces_of_any_size)
{
    static const str TEXT = STR("5\r\nhello\r\n1;a=\"b;c\"\r\n "
                                "\r\n00000A\r\n0123456789\r\n0;x\r\nDigest: y\r\nT:\r\n\r\nGET /");

    for (size_t step = 1; step <= TEXT.len; step++) {
        struct chunked c = read_chunks(t->arena, TEXT, 16, step);

        test_case("step %zu", step);
        ASSERT_INT(c.result, CHUNK_DONE);
        ASSERT_STR(c.body, "hello 0123456789");
        ASSERT_INT(c.used, TEXT.len - 5);
    }
}

TEST(chunks_that_could_be_read_in_two_ways_are_refused)
{
    /* clang-format off */
    static const struct { str text; enum chunk_result result; } cases[] = {
        { STR("0\r\n\r\n"),                          CHUNK_DONE },
        { STR("3\r\nabc\r\n0\r\n\r\n"),              CHUNK_DONE },
        { STR("3\r\nabc\r\n"),                       CHUNK_MORE },
        { STR("3 \r\nabc\r\n0\r\n\r\n"),             CHUNK_BAD },
        { STR(" 3\r\nabc\r\n0\r\n\r\n"),             CHUNK_BAD },
        { STR("0x3\r\nabc\r\n0\r\n\r\n"),            CHUNK_BAD },
        { STR("+3\r\nabc\r\n0\r\n\r\n"),             CHUNK_BAD },
        { STR("-3\r\nabc\r\n0\r\n\r\n"),             CHUNK_BAD },
        { STR("\r\nabc"),                            CHUNK_BAD },
        { STR(";x\r\nabc"),                          CHUNK_BAD },
        { STR("g\r\nabc"),                           CHUNK_BAD },
        { STR("3\nabc\r\n0\r\n\r\n"),                CHUNK_BAD },
        { STR("3\r\nabc\n0\r\n\r\n"),                CHUNK_BAD },
        { STR("3\r\nabcd\r\n0\r\n\r\n"),             CHUNK_BAD },
        { STR("4\r\nabc\r\n0\r\n\r\n"),              CHUNK_BAD },
        { STR("3\r\rabc\r\n0\r\n\r\n"),              CHUNK_BAD },
        { STR("3;a\nb\r\nabc\r\n0\r\n\r\n"),         CHUNK_BAD },
        { STR("3;\0\r\nabc\r\n0\r\n\r\n"),           CHUNK_BAD },
        { STR("0\r\n\n"),                            CHUNK_BAD },
        { STR("0\r\nno colon\r\n\r\n"),              CHUNK_BAD },
        { STR("0\r\nnocolon\r\n\r\n"),               CHUNK_BAD },
        { STR("0\r\na : b\r\n\r\n"),                 CHUNK_BAD },
        { STR("0\r\n: b\r\n\r\n"),                   CHUNK_BAD },
        { STR("0\r\na: b\r\n c\r\n\r\n"),            CHUNK_BAD },
        { STR("0\r\na: b\nc: d\r\n\r\n"),            CHUNK_BAD },
        { STR("fffffffffffffffff\r\n"),              CHUNK_BAD },
        { STR("0000000000000000000003\r\nabc"),      CHUNK_BAD },
        { STR("fffffffffffffff\r\n"),                CHUNK_LARGE },
        { STR("11\r\n"),                             CHUNK_LARGE },
        { STR("10\r\n0123456789abcdef\r\n1\r\n"),    CHUNK_LARGE },
        { STR("10\r\n0123456789abcdef\r\n0\r\n\r\n"), CHUNK_DONE },
    };
    /* clang-format on */

    EACH (c, cases) {
        test_case("%.*s", (int)c->text.len, c->text.at);
        ASSERT_INT(read_chunks(t->arena, c->text, 16, c->text.len).result, c->result);
        ASSERT_INT(read_chunks(t->arena, c->text, 16, 1).result, c->result);
    }
}

TEST(extensions_and_trailers_are_bounded)
{
    struct buf extension = buf_new(t->arena), trailer = buf_new(t->arena), many = buf_new(t->arena);

    buf_add(&extension, STR("1;"));
    repeat(&extension, "e", 5000);
    ASSERT_INT(read_chunks(t->arena, buf_str(&extension), 100, 100).result, CHUNK_BAD);
    buf_add(&trailer, STR("0\r\n"));
    repeat(&trailer, "T: x\r\n", 1000);
    ASSERT_INT(read_chunks(t->arena, buf_str(&trailer), 100, 100).result, CHUNK_BAD);
    repeat(&many, "1;abcdefgh\r\nx\r\n", 600);
    ASSERT_INT(read_chunks(t->arena, buf_str(&many), 1000, 100).result, CHUNK_BAD);
}

RUN_TESTS(ROW(a_request_is_taken_apart_in_place),
    ROW(targets_have_four_forms_of_which_two_and_a_half_are_taken),
    ROW(odd_queries_are_told_apart_and_end_where_they_end),
    ROW(what_two_readers_could_read_in_two_ways_is_refused),
    ROW(the_harmless_neighbours_of_the_refused_are_taken),
    ROW(what_is_over_long_is_told_so_before_it_ends),
    ROW(hosts_are_names_or_addresses_with_a_port_perhaps),
    ROW(chunks_are_taken_apart_in_pieces_of_any_size),
    ROW(chunks_that_could_be_read_in_two_ways_are_refused),
    ROW(extensions_and_trailers_are_bounded))
