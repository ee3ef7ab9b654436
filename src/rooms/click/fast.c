/* The click's way on the edge's loop: nothing here waits, and nothing asks the store. */
#include "rooms/click/click_inside.h"

#include "http/edge.h"

#include <string.h>

enum { COOKIE_S = 400 * 86400 };

/* What waits for its group; lives in the exchange's scratch. */
struct pending {
    struct live *live;
    struct exchange *exchange;
    struct click_note note;
    char *headers;
    size_t len;
    size_t token_at, token_end;   /* what goes when there is no record: */
    size_t cookie_at, cookie_end; /* the cookie names a click that is not there */
};

static bool eq_nocase(str name, const char *lower, size_t len)
{
    return name.len == len && str_eq_nocase(name, (str){ lower, len });
}

/* One walk over the fields, told apart by their length first. */
static void read_headers(const struct http_head *head, struct click_visit *v)
{
    for (size_t i = 0; i < head->count; i++) {
        const struct http_field *f = &head->fields[i];
        switch (f->name.len) {
        case 7:
            if (eq_nocase(f->name, "referer", 7))
                v->referrer = f->value;
            else if (eq_nocase(f->name, "purpose", 7))
                v->purpose = f->value;
            else if (eq_nocase(f->name, "sec-gpc", 7))
                v->refuses_cookies = str_eq(f->value, STR("1"));
            break;
        case 5:
            if (eq_nocase(f->name, "x-moz", 5))
                v->purpose = f->value;
            break;
        case 9:
            if (eq_nocase(f->name, "x-purpose", 9))
                v->purpose = f->value;
            else if (eq_nocase(f->name, "x-country", 9))
                v->country = f->value;
            break;
        case 10:
            if (eq_nocase(f->name, "user-agent", 10))
                v->agent = f->value;
            break;
        case 11:
            if (eq_nocase(f->name, "sec-purpose", 11))
                v->purpose = f->value;
            break;
        case 12:
            if (eq_nocase(f->name, "cf-ipcountry", 12))
                v->country = f->value;
            break;
        case 6:
            if (eq_nocase(f->name, "cookie", 6) && !v->cookie.at)
                v->cookie = http_cookie(head, STR("trb"));
            break;
        default:
            break;
        }
    }
}

static void add(char **at, str text)
{
    memcpy(*at, text.at, text.len);
    *at += text.len;
}

/* The headers of the redirect; where the token stands is noted, so that it can be cut out. */
static void write_headers(struct pending *p, const struct click_plan *plan, bool is_tls)
{
    char *at = p->headers;
    add(&at, STR("Location: "));
    add(&at, (str){ plan->head, plan->plain_len });
    p->token_at = (size_t)(at - p->headers);
    add(&at, (str){ plan->head + plan->plain_len, plan->head_len - plan->plain_len });
    add(&at, (str){ plan->token, CLICK_TOKEN_LEN });
    p->token_end = (size_t)(at - p->headers);
    add(&at, (str){ plan->tail, plan->tail_len });
    p->cookie_at = (size_t)(at - p->headers);
    if (plan->sets_cookie) {
        add(&at, STR("\r\nSet-Cookie: trb="));
        add(&at, (str){ plan->visitor, VISITOR_LEN });
        add(&at, STR("; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax"));
        if (is_tls)
            add(&at, STR("; Secure"));
    }
    p->cookie_end = (size_t)(at - p->headers);
    add(&at,
        STR("\r\nCache-Control: no-store\r\nReferrer-Policy: strict-origin-when-cross-origin\r\n"));
    p->len = (size_t)(at - p->headers);
}

static void cut(struct pending *p, size_t at, size_t end)
{
    memmove(p->headers + at, p->headers + end, p->len - end);
    p->len -= end - at;
}

static void drop_token(struct pending *p)
{
    cut(p, p->cookie_at, p->cookie_end);
    cut(p, p->token_at, p->token_end);
}

/* On the thread that wrote the group. */
static void answer_later(void *arg, bool ok)
{
    struct pending *p = arg;
    click_noted(p->live, p->note, ok);
    if (!ok)
        drop_token(p);
    edge_complete_quietly(
        p->exchange, &(struct answer){ .status = 302, .headers = { p->headers, p->len } });
}

static void after_group(void *arg)
{
    struct live *live = arg;
    struct edge *edge = atomic_load_explicit(&live->edge, memory_order_acquire);
    if (edge)
        edge_wake(edge);
}

static void record(struct live *live, struct exchange *x, const struct click_plan *plan)
{
    struct pending *p = edge_scratch(x, sizeof(*p));
    size_t room = plan->head_len + CLICK_TOKEN_LEN + plan->tail_len + 256;
    *p = (struct pending){ .live = live,
        .exchange = x,
        .note = { plan->click.program_id, plan->click.marks, plan->click.at },
        .headers = edge_scratch(x, room) };
    write_headers(p, plan, x->is_tls);

    unsigned char bytes[CLICK_RECORD_MAX];
    size_t size = click_record_write(&plan->click, bytes);
    edge_later(x); /* before it may be answered by another thread */
    if (live_may_record(live, x->arrived_us) &&
        spool_append_quietly(live->spool, bytes, size, answer_later, p, x->arrived_us) == NULL)
        return;
    click_noted(live, p->note, false);
    drop_token(p);
    edge_complete(x, &(struct answer){ .status = 302, .headers = { p->headers, p->len } });
}

void live_edge(struct live *live, struct edge *edge)
{
    if (!live || atomic_load_explicit(&live->edge, memory_order_acquire) == edge)
        return;
    atomic_store(&live->edge, edge);
    spool_after_group(live->spool, edge ? after_group : NULL, live);
}

void click_fast(void *app, struct exchange *x)
{
    struct live *live = ((struct app *)app)->live;
    const struct http_head *head = x->head;
    bool is_get = head->method == HTTP_GET || head->method == HTTP_HEAD;
    if (!live || !is_get || !str_starts(head->path, STR("/c/")) || links_unsettled(live->links))
        return;

    struct click_visit v = { .code = str_from(head->path, 3),
        .query = head->query,
        .is_head = head->method == HTTP_HEAD,
        .is_tls = x->is_tls,
        .now = x->arrived };
    static _Thread_local struct click_plan plan; /* a loop runs one request at a time */
    int ticket = links_enter(live->links);
    links_expect(live->links, v.code);
    read_headers(head, &v);
    links_near(live->links, v.code);
    struct agent agent = agent_read(v.agent);
    const struct link_hot *link = links_find(live->links, v.code);
    bool is_open = link && link->is_open;
    if (is_open) {
        memcpy(v.ip, x->visitor.ip, sizeof(v.ip));
        click_plan(live, link, &v, &agent, &plan);
    }
    links_leave(live->links, ticket);
    if (!is_open)
        return; /* the route answers: a fallback, or a page that says so */
    live_edge(live, x->edge);
    record(live, x, &plan);
}

void click_round(void *app, int64_t now_us, bool is_idle)
{
    struct live *live = ((struct app *)app)->live;
    if (live)
        spool_round(live->spool, now_us, is_idle);
}
