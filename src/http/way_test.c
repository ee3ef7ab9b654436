/* The way to a handler: address, caller, rights, token, programme. */
#include "http/testing.h"

#include <string.h>

static err show(struct request *rq, struct reply *rp)
{
    struct view *v = reply_view(rp);

    view_id(v, "program_id", "prg", rq->program_id);
    view_id(v, "partner_id", "par", rq->partner_id);
    view_text(v, "lang", rq->lang->tag);
    view_int(v, "offset", rq->offset_minutes);
    view_str(v, "id", request_param(rq, "id"));
    view_str(v, "q", request_query(rq, "q"));
    view_str(v, "note", request_form(rq, "note"));
    view_int(v, "method", rq->method);
    return NULL;
}

static err save(struct request *rq, struct reply *rp)
{
    TRY(show(rq, rp));
    return reply_done(rp, "thing/saved", "/things");
}

static err broken(struct request *rq, struct reply *rp __attribute__((unused)))
{
    return err_make(rq->arena, ERR_INTERNAL, "disk", NULL, "SELECT secret FROM table");
}

static err by_id(struct request *rq, struct reply *rp)
{
    int64_t id = 0;

    TRY(request_param_id(rq, "id", "par", &id));
    view_int(reply_view(rp), "id", id);
    return NULL;
}

static err slow_down(struct request *rq, struct reply *rp __attribute__((unused)))
{
    return request_limit(rq, "sign-in", rq->peer_address, 2, 60000);
}

static err away(struct request *rq, struct reply *rp)
{
    (void)rq;
    reply_header(rp, "Referrer-Policy", STR("origin"));
    return reply_redirect(rp, 302, STR("https://shop.example/"));
}

/* clang-format off */
static const struct route addresses[] = {
    { GET,    "/things",      API | MANAGE | PORTAL, LINKS_READ,        show, NULL },
    { POST,   "/things",      API | MANAGE | PORTAL, LINKS_WRITE,       save, NULL },
    { GET,    "/things/{id}", API | MANAGE,          LINKS_READ,        show, NULL },
    { PATCH,  "/things/{id}", API | MANAGE,          LINKS_WRITE,       save, NULL },
    { DELETE, "/things/{id}", API | MANAGE,          LINKS_WRITE,       save, NULL },
    { POST,   "/sales",       API,                   CONVERSIONS_WRITE, save, NULL },
    { GET,    "/open",        API | PUBLIC,          NEEDS_NOTHING,     show, NULL },
    { GET,    "/away",        PUBLIC,                NEEDS_NOTHING,     away, NULL },
    { POST,   "/apply",       PUBLIC,                NEEDS_NOTHING,     save, NULL },
    { POST,   "/t/click",     PUBLIC,                NEEDS_NOTHING,     show, NULL, ROUTE_CORS },
    { GET,    "/fail",        API | MANAGE,          SIGNED_IN,         broken, NULL },
    { GET,    "/ids/{id}",    API,                   SIGNED_IN,         by_id, NULL },
    { POST,   "/slow",        API,                   SIGNED_IN,         slow_down, NULL },
    { 0 },
};
/* clang-format on */
static const struct route *const tables[] = { addresses, http_routes, NULL };

static struct client *client(struct test *t)
{
    struct client *c = client_open(t, &(struct server_options){ .tables = tables });

    c->programs[0] = id_at(test_instant("2026-01-01T00:00:00Z"), 1);
    c->who = client_staff(ROLE_OWNER);
    return c;
}

TEST(a_handlers_own_referrer_policy_stands_alone)
{
    struct response r = client_get(client(t), "/away");

    ASSERT_INT(r.status, 302);
    ASSERT_STR(response_header(&r, "referrer-policy"), "origin");
    ASSERT_HAS_NOT(r.headers, "Referrer-Policy: same-origin");
}

TEST(roles_reach_what_the_row_says)
{
    static const struct {
        enum role role;
        const char *method, *address;
        int status;
        const char *code;
    } cases[] = {
        { ROLE_OWNER, "GET", "/api/v1/things", 200, NULL },
        { ROLE_VIEWER, "GET", "/api/v1/things", 200, NULL },
        { ROLE_VIEWER, "POST", "/api/v1/things", 403, "forbidden" },
        { ROLE_PARTNER, "POST", "/api/v1/things", 200, NULL },
        { ROLE_PARTNER, "GET", "/portal/things", 200, NULL },
        { ROLE_PARTNER, "GET", "/manage/things", 403, NULL },
        { ROLE_OWNER, "GET", "/portal/things", 403, NULL },
        { ROLE_NOBODY, "GET", "/api/v1/things", 401, "no_key" },
        { ROLE_NOBODY, "GET", "/api/v1/open", 200, NULL },
        { ROLE_NOBODY, "GET", "/open", 200, NULL },
        { ROLE_OWNER, "GET", "/api/v1/nothing", 404, "not_found" },
        { ROLE_NOBODY, "GET", "/api/v1/nothing", 404, "not_found" },
        { ROLE_OWNER, "GET", "/nothing", 404, NULL },
        { ROLE_OWNER, "DELETE", "/api/v1/things", 405, "method_not_allowed" },
        { ROLE_OWNER, "OPTIONS", "/api/v1/things", 405, "method_not_allowed" },
        { ROLE_OWNER, "HEAD", "/api/v1/things", 200, NULL },
        { ROLE_OWNER, "GET", "/api/v1/things/%ff", 404, "not_found" },
        { ROLE_OWNER, "GET", "/api/v1/fail", 500, "internal" },
    };
    struct client *c = client(t);

    EACH(k, cases)
    {
        test_case("%s %s %s", role_name(k->role), k->method, k->address);
        c->who = k->role == ROLE_PARTNER ? client_partner(5, c->programs[0]) : client_staff(k->role);
        struct response r = client_call(c, k->method, k->address, NULL, STR(""));
        ASSERT_INT(r.status, k->status);
        if (k->code)
            ASSERT_STR(response_text(&r, "code"), k->code);
        ASSERT_HAS_NOT(r.body, "SELECT");
        ASSERT_STR(response_header(&r, "x-content-type-options"), "nosniff");
        ASSERT_STR(response_header(&r, "referrer-policy"), "same-origin");
        ASSERT_HAS(response_header(&r, "content-security-policy"), "frame-ancestors 'none'");
        ASSERT_STR(response_header(&r, "cache-control"), "no-store");
        ASSERT_TRUE(str_starts(response_header(&r, "x-request-id"), STR("req_")));
    }
}

TEST(a_wrong_method_is_told_the_right_ones)
{
    struct client *c = client(t);
    struct response r = client_call(c, "PUT", "/api/v1/things/1", NULL, STR(""));

    ASSERT_INT(r.status, 405);
    ASSERT_STR(response_header(&r, "allow"), "GET, HEAD, PATCH, DELETE");
}

TEST(strangers_are_sent_to_sign_in_and_back)
{
    struct client *c = client(t);

    c->who = client_staff(ROLE_NOBODY);
    struct response r = client_get(c, "/manage/things?q=a%20b&limit=5");
    ASSERT_INT(r.status, 303);
    ASSERT_STR(response_header(&r, "location"), "/sign-in?next=%2Fmanage%2Fthings%3Fq%3Da%2520b%26limit%3D5");
    r = client_get(c, "/api/v1/things");
    ASSERT_INT(r.status, 401);
    ASSERT_STR(response_header(&r, "www-authenticate"), "Bearer realm=\"tributary\"");
}

TEST(a_slash_too_many_is_taken_off)
{
    struct client *c = client(t);
    struct response r = client_get(c, "/manage/things/?q=1");

    ASSERT_INT(r.status, 308);
    ASSERT_STR(response_header(&r, "location"), "/manage/things?q=1");
    ASSERT_INT(client_get(c, "/manage/nothing/").status, 404);
    ASSERT_INT(client_get(c, "/api/v1/things/").status, 404);
}

TEST(forms_choose_the_method_that_html_does_not_know)
{
    struct client *c = client(t);
    struct response r = client_form(c, "/manage/things/7", "_method=PATCH&note=x");

    ASSERT_INT(r.status, 303);
    ASSERT_INT(client_form(c, "/manage/things/7", "_method=DELETE").status, 303);
    ASSERT_INT(client_form(c, "/manage/things/7", "note=x").status, 405);
    /* Not by the address, and not for the API. */
    ASSERT_INT(client_form(c, "/manage/things/7?_method=PATCH", "note=x").status, 405);
    ASSERT_INT(client_json(c, "POST", "/api/v1/things/7", "{\"_method\": \"PATCH\"}").status, 405);
}

TEST(only_forms_of_our_own_pages_change_anything)
{
    struct client *c = client(t);
    struct who other = client_staff(ROLE_OWNER);
    other.csrf[5] = 9;

    /* The control: the same form from our own page passes, with and without the browser's words. */
    ASSERT_INT(client_form(c, "/manage/things", "note=x").status, 303);
    c->headers = "Sec-Fetch-Site: same-origin\r\nOrigin: http://go.example\r\n";
    ASSERT_INT(client_form(c, "/manage/things", "note=x").status, 303);

    static const struct {
        const char *headers, *type, *body;
        int status;
    } cases[] = {
        { "", "application/x-www-form-urlencoded", "note=x", 403 },
        { "", "application/x-www-form-urlencoded", "note=x&csrf=", 403 },
        { "", "application/x-www-form-urlencoded", "note=x&csrf=AAAA", 403 },
        { "", NULL, "", 403 },
        { "", "text/plain", "note=x&csrf=TOKEN", 415 },
        { "", "application/json", "{\"note\": \"x\", \"csrf\": \"TOKEN\"}", 415 },
        { "Sec-Fetch-Site: cross-site\r\n", "application/x-www-form-urlencoded", "note=x&csrf=TOKEN", 403 },
        { "Sec-Fetch-Site: same-site\r\n", "application/x-www-form-urlencoded", "note=x&csrf=TOKEN", 403 },
        { "Sec-Fetch-Site: none\r\n", "application/x-www-form-urlencoded", "note=x&csrf=TOKEN", 403 },
        { "Origin: https://evil.example\r\n", "application/x-www-form-urlencoded", "note=x&csrf=TOKEN", 403 },
        { "Origin: null\r\n", "application/x-www-form-urlencoded", "note=x&csrf=TOKEN", 403 },
        { "Origin: http://go.example.evil.example\r\n", "application/x-www-form-urlencoded", "note=x&csrf=TOKEN", 403 },
        { "", "application/x-www-form-urlencoded", "note=x&csrf=TOKEN", 303 },
    };
    str token = str_base64url(t->arena, c->who.csrf, 32);
    EACH(k, cases)
    {
        test_case("%s %s %s", k->headers, k->type ? k->type : "", k->body);
        c->headers = k->headers;
        str body = str_replace(t->arena, str_of(k->body), STR("TOKEN"), token);
        ASSERT_INT(client_call(c, "POST", "/manage/things", k->type, body).status, k->status);
    }
    c->headers = "";
    /* Another person's token, and the token in the address. */
    str others = str_base64url(t->arena, other.csrf, 32);
    ASSERT_INT(client_call(c, "POST", "/manage/things", "application/x-www-form-urlencoded",
                   str_printf(t->arena, "csrf=%" PRI_STR, STR_ARG(others))).status, 403);
    ASSERT_INT(client_call(c, "POST", str_printf(t->arena, "/manage/things?csrf=%" PRI_STR, STR_ARG(token)).at,
                   "application/x-www-form-urlencoded", STR("note=x")).status, 403);
}

TEST(strangers_forms_carry_a_stamp_that_ages)
{
    struct client *c = client(t);

    c->who = client_staff(ROLE_NOBODY);
    ASSERT_INT(client_form(c, "/apply", "note=x").status, 303);
    ASSERT_INT(client_call(c, "POST", "/apply", "application/x-www-form-urlencoded", STR("note=x")).status, 403);

    str body = str_printf(t->arena, "csrf=%" PRI_STR, STR_ARG(client_token(c)));
    test_advance(t, 11 * HOUR_MS);
    struct response r = client_call(c, "POST", "/apply", "application/x-www-form-urlencoded", body);
    ASSERT_INT(r.status, 303);
    test_advance(t, 2 * HOUR_MS);
    ASSERT_INT(client_call(c, "POST", "/apply", "application/x-www-form-urlencoded", body).status, 403);

    /* A form of another node, whose clock is a little ahead, and one from the future. */
    body = str_printf(t->arena, "csrf=%" PRI_STR, STR_ARG(client_token(c)));
    test_advance(t, -2 * SECOND_MS);
    ASSERT_INT(client_call(c, "POST", "/apply", "application/x-www-form-urlencoded", body).status, 303);
    test_advance(t, -MINUTE_MS);
    ASSERT_INT(client_call(c, "POST", "/apply", "application/x-www-form-urlencoded", body).status, 403);

    /* Every letter of it counts. */
    body = str_printf(t->arena, "csrf=%" PRI_STR, STR_ARG(client_token(c)));
    for (size_t i = 5; i < body.len; i++) {
        char *other = (char *)(uintptr_t)str_dup(t->arena, body).at;
        test_case("letter %zu", i);
        other[i] = other[i] == 'A' ? 'B' : 'A';
        ASSERT_INT(client_call(c, "POST", "/apply", "application/x-www-form-urlencoded", (str){ other, body.len }).status, 403);
    }
}

TEST(the_api_takes_json_alone)
{
    struct client *c = client(t);

    c->who = client_key(ROLE_OWNER);
    ASSERT_INT(client_json(c, "POST", "/api/v1/things", "{}").status, 200);
    ASSERT_INT(client_call(c, "POST", "/api/v1/things", "application/json; charset=utf-8", STR("{}")).status, 200);
    ASSERT_INT(client_call(c, "POST", "/api/v1/things", NULL, STR("")).status, 200);
    struct response r = client_call(c, "POST", "/api/v1/things", "text/plain", STR("{}"));
    ASSERT_INT(r.status, 415);
    ASSERT_STR(response_text(&r, "code"), "content_type");
    ASSERT_INT(client_call(c, "POST", "/api/v1/things", "application/x-www-form-urlencoded", STR("a=b")).status, 415);
    ASSERT_INT(client_call(c, "POST", "/api/v1/things", NULL, STR("{}")).status, 415);
}

TEST(scripts_of_shops_are_let_in_where_the_row_says)
{
    struct client *c = client(t);

    c->who = client_staff(ROLE_NOBODY);
    c->headers = "Origin: https://shop.example\r\nSec-Fetch-Site: cross-site\r\n";
    struct response r = client_call(c, "POST", "/t/click", "text/plain", STR("{\"note\": \"x\"}"));
    ASSERT_INT(r.status, 200);
    ASSERT_STR(response_text(&r, "note"), "x");
    ASSERT_STR(response_header(&r, "access-control-allow-origin"), "*");
    r = client_call(c, "OPTIONS", "/t/click", NULL, STR(""));
    ASSERT_INT(r.status, 204);
    ASSERT_STR(response_header(&r, "access-control-allow-headers"), "Content-Type");
    r = client_call(c, "OPTIONS", "/open", NULL, STR(""));
    ASSERT_INT(r.status, 405);
    ASSERT_TRUE(response_header(&r, "access-control-allow-origin").at == NULL);
}

TEST(a_call_is_about_a_programme_that_the_caller_reaches)
{
    struct client *c = client(t);
    str first = id_print(t->arena, "prg", c->programs[0]);
    str missing = id_print(t->arena, "prg", c->programs[0] + 1);

    c->who = client_key(ROLE_OWNER);
    struct response r = client_get(c, "/api/v1/things");
    ASSERT_STR_EQ(response_text(&r, "program_id"), first);
    r = client_get(c, str_printf(t->arena, "/api/v1/things?program_id=%" PRI_STR, STR_ARG(first)).at);
    ASSERT_INT(r.status, 200);
    r = client_get(c, str_printf(t->arena, "/api/v1/things?program_id=%" PRI_STR, STR_ARG(missing)).at);
    ASSERT_INT(r.status, 404);
    r = client_json(c, "POST", "/api/v1/things",
        str_printf(t->arena, "{\"program_id\": \"%" PRI_STR "\"}", STR_ARG(missing)).at);
    ASSERT_INT(r.status, 404);
    r = client_json(c, "POST", "/api/v1/things",
        str_printf(t->arena, "{\"program_id\": \"%" PRI_STR "\"}", STR_ARG(first)).at);
    ASSERT_STR_EQ(response_text(&r, "program_id"), first);
    ASSERT_INT(client_get(c, "/api/v1/things?program_id=nonsense").status, 422);

    /* Two programmes: none is the default; a key of one cannot reach the other. */
    c->programs[1] = c->programs[0] + 1;
    r = client_get(c, "/api/v1/things");
    ASSERT_INT(response_value(&r, "program_id")->kind, VALUE_NULL);
    c->who.program_id = c->programs[0];
    r = client_get(c, str_printf(t->arena, "/api/v1/things?program_id=%" PRI_STR, STR_ARG(missing)).at);
    ASSERT_INT(r.status, 404);
    r = client_get(c, str_printf(t->arena, "/api/v1/things?program_id=%" PRI_STR, STR_ARG(first)).at);
    ASSERT_INT(r.status, 200);
}

TEST(partners_carry_their_own_id)
{
    struct client *c = client(t);
    int64_t partner = id_at(test_instant("2026-02-01T00:00:00Z"), 2);

    c->who = client_partner(partner, c->programs[0]);
    struct response r = client_get(c, "/api/v1/things");
    ASSERT_STR_EQ(response_text(&r, "partner_id"), id_print(t->arena, "par", partner));
    c->who = client_staff(ROLE_MANAGER);
    r = client_get(c, "/api/v1/things");
    ASSERT_INT(response_value(&r, "partner_id")->kind, VALUE_NULL);
    c->who = client_partner(0, c->programs[0]);
    ASSERT_INT(client_get(c, "/api/v1/things").status, 403);
}

TEST(a_test_key_reads_and_records_and_changes_nothing_else)
{
    struct client *c = client(t);

    c->who = client_key(ROLE_OWNER);
    c->who.is_test = true;
    ASSERT_INT(client_get(c, "/api/v1/things").status, 200);
    ASSERT_INT(client_json(c, "POST", "/api/v1/sales", "{}").status, 200);
    struct response r = client_json(c, "POST", "/api/v1/things", "{}");
    ASSERT_INT(r.status, 403);
    ASSERT_STR(response_text(&r, "code"), "test_key");
}

TEST(ids_of_another_kind_are_not_there)
{
    struct client *c = client(t);
    str good = id_print(t->arena, "par", 77), other = id_print(t->arena, "lnk", 77);

    ASSERT_INT(client_get(c, str_printf(t->arena, "/api/v1/ids/%" PRI_STR, STR_ARG(good)).at).status, 200);
    ASSERT_INT(client_get(c, str_printf(t->arena, "/api/v1/ids/%" PRI_STR, STR_ARG(other)).at).status, 404);
    ASSERT_INT(client_get(c, "/api/v1/ids/77").status, 404);
}

TEST(the_language_is_the_addresss_the_cookies_or_the_browsers)
{
    static const struct {
        const char *headers, *address, *lang;
    } cases[] = {
        { "", "/open", "en" },
        { "Accept-Language: pl-PL,pl;q=0.9,en;q=0.5\r\n", "/open", "pl" },
        { "Accept-Language: fr\r\n", "/open", "en" },
        { "Cookie: lang=ru\r\nAccept-Language: pl\r\n", "/open", "ru" },
        { "Cookie: lang=ru\r\n", "/open?lang=pl", "pl" },
        { "Cookie: lang=xx\r\nAccept-Language: pl\r\n", "/open?lang=yy", "pl" },
        { "Accept-Language: pl\r\n", "/api/v1/open", "en" },
    };
    struct client *c = client(t);

    EACH(k, cases)
    {
        test_case("%s%s", k->headers, k->address);
        c->headers = k->headers;
        struct response r = client_get(c, k->address);
        ASSERT_STR(response_text(&r, "lang"), k->lang);
    }
    c->headers = "";
    struct response r = client_get(c, "/open?lang=ru");
    ASSERT_HAS(response_header(&r, "set-cookie"), "lang=ru; Path=/; SameSite=Lax; Max-Age=34560000; HttpOnly");
}

TEST(the_zone_is_the_cookies)
{
    static const struct {
        const char *headers;
        int offset;
    } cases[] = { { "Cookie: tz=60\r\n", 60 }, { "Cookie: a=b; tz=-300\r\n", -300 }, { "Cookie: tz=9999\r\n", 0 },
        { "Cookie: tz=x\r\n", 0 }, { "", 0 } };
    struct client *c = client(t);

    EACH(k, cases)
    {
        test_case("%s", k->headers);
        c->headers = k->headers;
        struct response r = client_get(c, "/open");
        ASSERT_INT(response_int(&r, "offset"), k->offset);
    }
}

TEST(who_asks_too_often_is_told_when_to_come_back)
{
    struct client *c = client(t);

    ASSERT_INT(client_json(c, "POST", "/api/v1/slow", "{}").status, 200);
    ASSERT_INT(client_json(c, "POST", "/api/v1/slow", "{}").status, 200);
    struct response r = client_json(c, "POST", "/api/v1/slow", "{}");
    ASSERT_INT(r.status, 429);
    ASSERT_STR(response_text(&r, "code"), "rate_limited");
    ASSERT_STR(response_header(&r, "retry-after"), "30");
    c->address = "203.0.113.10";
    ASSERT_INT(client_json(c, "POST", "/api/v1/slow", "{}").status, 200);
}

TEST(the_numbers_are_for_this_machine_and_staff)
{
    struct client *c = client(t);

    client_get(c, "/open");
    c->who = client_staff(ROLE_NOBODY);
    ASSERT_INT(client_get(c, "/metrics").status, 404);
    c->address = "127.0.0.1";
    struct response r = client_get(c, "/metrics");
    ASSERT_INT(r.status, 200);
    ASSERT_HAS(r.body, "tributary_requests_total{method=\"GET\",route=\"/open\",class=\"2xx\"} 1\n");
    ASSERT_HAS(r.body, "tributary_request_seconds_count{method=\"GET\",route=\"/metrics\"} 1\n");
}

TEST(behind_tls_cookies_and_transport_are_strict)
{
    struct client *c = client(t);

    struct response r = client_get(c, "/open?lang=pl");
    ASSERT_TRUE(response_header(&r, "strict-transport-security").at == NULL);
    c->is_tls = true;
    r = client_get(c, "/open?lang=pl");
    ASSERT_HAS(response_header(&r, "strict-transport-security"), "max-age=31536000");
    ASSERT_HAS(response_header(&r, "set-cookie"), "; Secure");
}

RUN_TESTS(ROW(roles_reach_what_the_row_says), ROW(a_handlers_own_referrer_policy_stands_alone), ROW(a_wrong_method_is_told_the_right_ones),
    ROW(strangers_are_sent_to_sign_in_and_back), ROW(a_slash_too_many_is_taken_off),
    ROW(forms_choose_the_method_that_html_does_not_know), ROW(only_forms_of_our_own_pages_change_anything),
    ROW(strangers_forms_carry_a_stamp_that_ages), ROW(the_api_takes_json_alone),
    ROW(scripts_of_shops_are_let_in_where_the_row_says), ROW(a_call_is_about_a_programme_that_the_caller_reaches),
    ROW(partners_carry_their_own_id), ROW(a_test_key_reads_and_records_and_changes_nothing_else),
    ROW(ids_of_another_kind_are_not_there), ROW(the_language_is_the_addresss_the_cookies_or_the_browsers),
    ROW(the_zone_is_the_cookies), ROW(who_asks_too_often_is_told_when_to_come_back),
    ROW(the_numbers_are_for_this_machine_and_staff), ROW(behind_tls_cookies_and_transport_are_strict))
