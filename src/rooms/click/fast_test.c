/* The click's way over real sockets: the loop, the journal's thread and the drain together. */
#include "http/edge.h"
#include "migrations.h"

#include "rooms/click/test_live.h" /* last: tests have a ROW of their own */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct house {
    struct test_live l;
    struct app app;
    struct edge *edge;
    int port;
};

static void not_found(void *app, struct exchange *x)
{
    (void)app;
    edge_complete(x, &(struct answer){ .status = 404 });
}

static void open_house(struct test *t, struct house *h, size_t queue_bytes)
{
    struct store *store = test_store(t, all_migrations);
    test_live_rows(store);
    test_live_open(&h->l, store, env_system(),
        str_c(t->arena, str_printf(t->arena, "%s/spool", test_folder(t))), queue_bytes);
    h->app = (struct app){ .live = h->l.live, .links = h->l.links };
    str listen[] = { STR("127.0.0.1:0") };
    ASSERT_OK(edge_open(&(struct edge_options){ .env = &h->l.env,
                            .app = &h->app,
                            .fast = click_fast,
                            .round = click_round,
                            .work = not_found,
                            .listen = { listen, 1 },
                            .no_activation = true,
                            .loops = 2 },
        &h->edge));
    live_edge(h->l.live, h->edge);
    h->port = edge_port(h->edge, 0);
}

static void close_house(struct house *h)
{
    edge_stop(h->edge);
    live_edge(h->l.live, NULL);
    test_live_close(&h->l);
    edge_close(h->edge);
}

static int dial_house(const struct house *h)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = { .sin_family = AF_INET,
        .sin_port = htons((uint16_t)h->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
        abort();
    return fd;
}

/* One request on an open connection; the head of the answer, which has no body. */
static str call(int fd, const char *request, char *answer, size_t room)
{
    size_t size = strlen(request), len = 0;
    if (write(fd, request, size) != (ssize_t)size)
        abort();
    while (!memmem(answer, len, "\r\n\r\n", 4)) {
        ssize_t got = read(fd, answer + len, room - len);
        if (got <= 0)
            abort();
        len += (size_t)got;
    }
    return (str){ answer, len };
}

#define BROWSER                                                                                    \
    "Host: go.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux) Gecko/20100101 Firefox/133.0\r\n"

TEST(redirect_says_what_the_interface_promises)
{
    struct house h;
    char answer[8192];
    open_house(t, &h, 0);
    int fd = dial_house(&h);
    str head = call(fd, "GET /c/tea?sub1=x HTTP/1.1\r\n" BROWSER "\r\n", answer, sizeof(answer));
    ASSERT_TRUE(str_starts(head, STR("HTTP/1.1 302 ")));
    ASSERT_HAS(head, "\r\nLocation: https://www.shop.example/p?x=1&tclid=");
    ASSERT_HAS(head, "#f\r\n");
    ASSERT_HAS(head, "\r\nSet-Cookie: trb=");
    ASSERT_HAS(head, "; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax\r\n");
    ASSERT_HAS_NOT(head, "Secure");
    ASSERT_HAS(head, "\r\nCache-Control: no-store\r\n");
    ASSERT_HAS(head, "\r\nReferrer-Policy: ");

    head = call(fd, "HEAD /c/anna HTTP/1.1\r\n" BROWSER "\r\n", answer, sizeof(answer));
    ASSERT_HAS(head, "\r\nLocation: https://shop.example/?tclid=");
    head =
        call(fd, "GET /c/anna HTTP/1.1\r\n" BROWSER "Sec-GPC: 1\r\n\r\n", answer, sizeof(answer));
    ASSERT_HAS(head, "tclid=");
    ASSERT_HAS_NOT(head, "Set-Cookie");
    head = call(fd, "GET /c/closed HTTP/1.1\r\n" BROWSER "\r\n", answer, sizeof(answer));
    ASSERT_TRUE(str_starts(head, STR("HTTP/1.1 404 ")));
    head = call(fd, "POST /c/anna HTTP/1.1\r\n" BROWSER "Content-Length: 0\r\n\r\n", answer,
        sizeof(answer));
    ASSERT_TRUE(str_starts(head, STR("HTTP/1.1 404 "))); /* no click by POST */
    close(fd);
    drain_settle(h.l.live, 10000);
    ASSERT_INT(test_count(h.l.store, "SELECT count(*) FROM click"), 3);
    ASSERT_INT(test_count(h.l.store, "SELECT count(*) FROM click WHERE (marks & 2) <> 0"), 1);
    ASSERT_INT(test_count(h.l.store, "SELECT count(*) FROM click WHERE sub1 = 'x'"), 1);
    close_house(&h);
}

TEST(full_journal_answers_at_once_without_a_token)
{
    struct house h;
    char answer[8192];
    open_house(t, &h, 1);
    int fd = dial_house(&h);
    str head = call(fd, "GET /c/tea HTTP/1.1\r\n" BROWSER "\r\n", answer, sizeof(answer));
    ASSERT_HAS(head, "\r\nLocation: https://www.shop.example/p?x=1#f\r\n");
    ASSERT_HAS_NOT(head, "tclid");
    ASSERT_HAS_NOT(head, "Set-Cookie");
    close(fd);
    close_house(&h);
}

enum { CALLERS = 4, CALLS = 250 };

struct caller {
    const struct house *house;
    str tokens[CALLS];
    char texts[CALLS][CLICK_TOKEN_LEN];
};

static void *call_often(void *arg)
{
    struct caller *c = arg;
    char answer[8192];
    int fd = dial_house(c->house);
    for (int i = 0; i < CALLS; i++) {
        str head = call(fd,
            i % 2 ? "GET /c/anna HTTP/1.1\r\n" BROWSER "\r\n"
                  : "GET /c/tea?sub2=y HTTP/1.1\r\n" BROWSER "\r\n",
            answer, sizeof(answer));
        const char *at = memmem(head.at, head.len, "tclid=", 6);
        if (!at)
            abort();
        memcpy(c->texts[i], at + 6, CLICK_TOKEN_LEN);
        c->tokens[i] = (str){ c->texts[i], CLICK_TOKEN_LEN };
    }
    close(fd);
    return NULL;
}

TEST(every_answered_token_is_a_row_whoever_calls_beside)
{
    static struct caller callers[CALLERS];
    struct house h;
    pthread_t threads[CALLERS];
    open_house(t, &h, 0);
    for (int i = 0; i < CALLERS; i++) {
        callers[i].house = &h;
        ASSERT_INT(pthread_create(&threads[i], NULL, call_often, &callers[i]), 0);
    }
    for (int round = 0; round < 20; round++) /* links change meanwhile */
        links_reread(h.l.links, TEST_PROGRAM, TEST_PARTNER, 0);
    for (int i = 0; i < CALLERS; i++)
        pthread_join(threads[i], NULL);
    drain_settle(h.l.live, 20000);
    ASSERT_INT(test_count(h.l.store, "SELECT count(*) FROM click"), CALLERS * CALLS);
    ASSERT_INT(test_count(h.l.store, "SELECT sum(clicks) FROM click_hour"), CALLERS * CALLS);
    struct db *db = store_lend(h.l.store, t->arena);
    for (int i = 0; i < CALLERS * CALLS; i++) {
        struct click_token token;
        struct click c = { 0 };
        bool found;
        ASSERT_OK(click_token_read(h.l.live, callers[i / CALLS].tokens[i % CALLS], &token));
        ASSERT_OK(click_find(db, TEST_PROGRAM, token.id, &c, &found));
        ASSERT_TRUE(found && c.link_id == token.link_id);
    }
    store_return(db);
    close_house(&h);
}

RUN_TESTS(ROW(redirect_says_what_the_interface_promises),
    ROW(full_journal_answers_at_once_without_a_token),
    ROW(every_answered_token_is_a_row_whoever_calls_beside))
