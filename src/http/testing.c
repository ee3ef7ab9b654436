/* The client of routes tests. One test runs at a time in a process, so the client at hand is a
 * static. */
#include "http/testing.h"

#include <string.h>

#include "http/inside.h"

static struct client *at_hand;

static const struct err NO_PROGRAM = { ERR_NOT_FOUND, "program_not_found",
    "There is no such programme.", NULL };

static err identify(struct request *rq)
{
    rq->who = &at_hand->who;
    return NULL;
}

static err program(struct request *rq, int64_t wanted, int64_t *out)
{
    const int64_t *all = at_hand->programs;
    int64_t own = rq->who->program_id;

    *out = 0;
    if (wanted == 0)
        *out = own ? own : all[1] ? 0 : all[0];
    for (size_t i = 0; i < CLIENT_PROGRAMS && wanted; i++) {
        if (all[i] == wanted && (!own || own == wanted))
            *out = wanted;
    }
    return wanted && *out != wanted ? &NO_PROGRAM : NULL;
}

static const struct gate gate_of_tests = { .identify = identify, .program = program };

static void close_client(void *server)
{
    server_close(server);
    at_hand = NULL;
}

struct client *client_open(struct test *t, const struct server_options *given)
{
    static const unsigned char secret[32] = "a secret that only tests have";
    struct server_options options = *given;
    struct client *c = ARENA_NEW(t->arena, struct client);

    options.env = options.env ? options.env : t->env;
    options.gate = options.gate ? options.gate : &gate_of_tests;
    options.secret = options.secret ? options.secret : secret;
    c->t = t;
    c->address = "203.0.113.9";
    c->who = (struct who){ .role = ROLE_NOBODY, .name = "", .email = "" };
    ASSERT_OK(server_open(&options, &c->server));
    arena_defer(t->arena, close_client, c->server);
    at_hand = c;
    return c;
}

struct who client_staff(enum role role)
{
    if (role == ROLE_NOBODY)
        return (struct who){ .role = ROLE_NOBODY, .name = "", .email = "" };
    return (struct who){ .person_id = 11,
        .role = role,
        .session_id = 12,
        .scopes = UINT64_MAX,
        .name = "Marta Zielińska",
        .email = "marta@shop.example",
        .csrf = { 1, 2, 3 } };
}

struct who client_partner(int64_t partner_id, int64_t program_id)
{
    struct who who = client_staff(ROLE_PARTNER);

    who.partner_id = partner_id;
    who.program_id = program_id;
    return who;
}

struct who client_key(enum role role)
{
    return (
        struct who){ .key_id = 13, .role = role, .scopes = UINT64_MAX, .name = "key", .email = "" };
}

/* ---- calls
 * -----------------------------------------------------------------------------------------------------
 */

static enum http_method method_of(const char *word)
{
    static const char *const words[] = { "", "GET", "POST", "PATCH", "DELETE", "PUT", "HEAD",
        "OPTIONS" };

    for (unsigned i = 1; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i], word) == 0)
            return (enum http_method)i;
    }
    test_assert(false, word, __FILE__, __LINE__);
    return HTTP_GET;
}

static void add_headers(struct request *rq, const char *lines)
{
    str rest = str_of(lines), row = STR_NONE;

    while (lines && str_cut(&rest, '\n', &row)) {
        size_t colon = 0;
        if (str_find(row, ':', &colon))
            pairs_add(
                &rq->parts->headers, str_first(row, colon), str_trim(str_from(row, colon + 1)));
    }
}

struct response client_call(
    struct client *c, const char *method, const char *address, const char *content_type, str body)
{
    struct request *rq = request_begin(c->t->arena, c->t->env);
    struct response out = { 0 };
    size_t mark = 0;

    rq->parts->sent_method = method_of(method);
    rq->method = rq->parts->sent_method >= HTTP_HEAD ? GET : (enum method)rq->parts->sent_method;
    rq->path = str_dup(c->t->arena, str_of(address));
    if (str_find(rq->path, '?', &mark)) {
        rq->query = str_from(rq->path, mark + 1);
        rq->path = str_first(rq->path, mark);
    }
    rq->host = STR("go.example");
    rq->peer_address = str_of(c->address);
    rq->parts->is_loopback = strcmp(c->address, "127.0.0.1") == 0;
    rq->is_tls = c->is_tls;
    rq->body = body;
    rq->content_type = str_of(content_type);
    add_headers(rq, c->headers);
    struct answer answer = server_answer(c->server, rq);
    out.status = answer.status;
    out.headers = answer.headers;
    out.body = answer.body;
    str type = response_header(&out, "content-type");
    if (str_starts(type, STR("application/")) && str_ends(type, STR("json")))
        ASSERT_OK(value_read(c->t->arena, out.body, &out.json));
    return out;
}

struct response client_get(struct client *c, const char *address)
{
    return client_call(c, "GET", address, NULL, STR(""));
}

struct response client_json(
    struct client *c, const char *method, const char *address, const char *json)
{
    return client_call(c, method, address, "application/json", str_of(json));
}

str client_token(struct client *c)
{
    struct request *rq = request_begin(c->t->arena, c->t->env);

    rq->parts->server = c->server;
    rq->who = &c->who;
    return guard_token(rq);
}

struct response client_form(struct client *c, const char *address, const char *urlencoded)
{
    str token = client_token(c);

    return client_call(c, "POST", address, "application/x-www-form-urlencoded",
        str_printf(c->t->arena, "%s&csrf=%" PRI_STR, urlencoded, STR_ARG(token)));
}

/* ---- answers
 * ------------------------------------------------------------------------------------------------------
 */

str response_header(const struct response *r, const char *name)
{
    str rest = r->headers, row = STR_NONE;

    while (str_cut(&rest, '\n', &row)) {
        size_t colon = 0;
        if (str_find(row, ':', &colon) && str_eq_nocase(str_first(row, colon), str_of(name)))
            return str_trim(str_from(row, colon + 1));
    }
    return STR_NONE;
}

const struct value *response_value(const struct response *r, const char *path)
{
    const struct value *at = &r->json;
    str rest = str_of(path), part = STR_NONE;
    uint64_t index = 0;

    while (at && str_cut(&rest, '/', &part)) {
        if (at->kind == VALUE_LIST)
            at = str_to_uint(part, &index) && index < at->count ? &at->items[index] : NULL;
        else
            at = value_member(at, part);
    }
    return at;
}

str response_text(const struct response *r, const char *path)
{
    const struct value *value = response_value(r, path);

    return value && value->kind == VALUE_TEXT ? value->text : STR_NONE;
}

int64_t response_int(const struct response *r, const char *path)
{
    const struct value *value = response_value(r, path);

    return value && value->kind == VALUE_INT ? value->number : 0;
}

int64_t response_count(const struct response *r, const char *path)
{
    const struct value *value = response_value(r, path);

    return value ? (int64_t)value->count : -1;
}
