/* Pages: frames, messages, refused forms, errors. */
#include "http/testing.h"

#include <string.h>

#include "view/asset.h"
#include "view/template.h"

static const char *const kind_names[] = { "blog", "store", NULL };

struct thing {
    str name;
    unsigned kind;
    bool is_open;
};
static const struct field thing_list[] = {
    FIELD(thing, name, .flags = FIELD_REQUIRED, .max = 10),
    FIELD(thing, kind, .flags = FIELD_TAKEN, .names = kind_names),
    FIELD(thing, is_open, .flags = FIELD_TAKEN),
};
static const struct fields thing_fields = FIELDS(thing_list, thing);

static err form(struct request *rq __attribute__((unused)), struct reply *rp)
{
    struct thing old = { STR("old"), 0, false };

    view_text(reply_frame(rp), "title", "Things & more");
    view_record(reply_form(rp), NULL, &thing_fields, &old);
    return NULL;
}

static err save(struct request *rq, struct reply *rp)
{
    struct thing thing = { 0 };

    TRY(request_read(rq, &thing_fields, &thing));
    rp->undo = STR("/manage/things/1/undo");
    return reply_done(rp, "thing/saved?name=A%26B", "/things/new");
}

static err show(struct request *rq, struct reply *rp)
{
    view_text(reply_frame(rp), "title", "One");
    view_str(reply_form(rp), "name", request_param(rq, "id"));
    view_null(reply_form(rp), "kind");
    view_null(reply_form(rp), "is_open");
    return NULL;
}

static err refuse(struct request *rq __attribute__((unused)), struct reply *rp __attribute__((unused)))
{
    static const struct err done = { ERR_CONFLICT, "already", N_("This was done <already>."), NULL };

    return &done;
}

static err internal(struct request *rq, struct reply *rp __attribute__((unused)))
{
    return err_make(rq->arena, ERR_INTERNAL, "disk", NULL, "a secret");
}

/* clang-format off */
static const struct route addresses[] = {
    { GET,  "/things/new",       MANAGE, LINKS_READ,  form,     "thing/form" },
    { POST, "/things",           MANAGE, LINKS_WRITE, save,     "thing/form" },
    { GET,  "/things/{id}",      MANAGE, LINKS_READ,  show,     "thing/form" },
    { POST, "/things/{id}/done", MANAGE, LINKS_WRITE, refuse,   NULL },
    { GET,  "/broken",           MANAGE, LINKS_READ,  internal, "thing/form" },
    { GET,  "/api-only",         API,    LINKS_READ,  internal, NULL },
    { 0 },
};
/* clang-format on */
static const struct route *const tables[] = { addresses, NULL };

static const struct template_source sources[] = {
    { "thing/form",
        "{{< app/frame}}{{$content}}<h1>{{title}}</h1>"
        "{{#problem?}}<p class=\"alert\">{{problem.detail}}</p>{{#problem.list}}<a href=\"#{{field}}\">{{message}}</a>{{/problem.list}}{{/problem?}}"
        "<input name=\"name\" value=\"{{form.name}}\">{{#error?}}{{#error.name?}}<b>{{error.name}}</b>{{/error.name?}}{{/error?}}"
        "<option {{#form.kind_is_store?}}selected{{/form.kind_is_store?}}>"
        "{{#form.is_open}}<i>open</i>{{/form.is_open}}{{/content}}{{/app/frame}}" },
    { "app/frame",
        "<html lang=\"{{page_lang}}\"><link href=\"{{asset.site_css}}\">"
        "{{#flash?}}<p class=\"{{flash.tone}}\">{{flash.text}}{{#flash.undo}}<form action=\"{{flash.undo}}\"></form>{{/flash.undo}}</p>{{/flash?}}"
        "{{#languages}}<a href=\"{{url}}\">{{name}}</a>{{/languages}}"
        "<input name=\"csrf\" value=\"{{csrf}}\">{{$content}}{{/content}}<footer>{{page_ms}} {{brand}}</footer>" },
    { "app/error", "{{< app/frame}}{{$content}}<h1>{{status}} {{title}}</h1><p>{{detail}}</p><code>{{request_id}}</code>{{/content}}{{/app/frame}}" },
    { NULL, NULL },
};

static const struct asset files[] = {
    { "site.css", "site.0a1b.css", "text/css; charset=utf-8", "body{}", "GZ", "BR", 6, 2, 2 },
    { "plain.txt", "plain.ff.txt", "text/plain", "text", NULL, NULL, 4, 0, 0 },
    { 0 },
};

static err fill_frame(struct request *rq __attribute__((unused)), struct reply *rp __attribute__((unused)), struct view *frame)
{
    view_text(frame, "brand", "Kettle & Kiln");
    return NULL;
}

static const char *flash_words(str code, const char **out_tone)
{
    *out_tone = "good";
    return str_eq(code, STR("thing/saved")) ? N_("{name} is saved.") : NULL;
}

static struct client *at_hand;

static err identify(struct request *rq)
{
    rq->who = &at_hand->who;
    return NULL;
}

static err program(struct request *rq __attribute__((unused)), int64_t wanted, int64_t *out)
{
    *out = wanted;
    return NULL;
}

static const struct gate gate = { identify, program, fill_frame, flash_words };

static void close_templates(void *templates)
{
    templates_close(templates);
}

static struct client *client(struct test *t)
{
    struct templates *templates;

    ASSERT_OK(templates_open(sources, NULL, true, &templates));
    arena_defer(t->arena, close_templates, templates);
    at_hand = client_open(t, &(struct server_options){ .tables = tables, .templates = templates, .gate = &gate,
                                 .assets = files, .error_page = "app/error" });
    at_hand->who = client_staff(ROLE_OWNER);
    return at_hand;
}

TEST(a_page_stands_in_its_frame)
{
    struct client *c = client(t);
    struct response r = client_get(c, "/manage/things/new?a=b");

    ASSERT_INT(r.status, 200);
    ASSERT_STR(response_header(&r, "content-type"), "text/html; charset=utf-8");
    ASSERT_HAS(response_header(&r, "content-security-policy"), "script-src 'self'");
    ASSERT_HAS(response_header(&r, "server-timing"), "app;dur=");
    ASSERT_HAS(r.body, "<h1>Things &amp; more</h1>");
    ASSERT_HAS(r.body, "href=\"/static/site.0a1b.css\"");
    ASSERT_HAS(r.body, "value=\"old\"");
    ASSERT_HAS(r.body, "/manage/things/new?lang=pl&amp;a=b");
    ASSERT_HAS(r.body, "Kettle &amp; Kiln");
    str token = client_token(c);
    ASSERT_HAS(r.body, str_printf(t->arena, "name=\"csrf\" value=\"%" PRI_STR "\"", STR_ARG(token)).at);
}

TEST(a_refused_form_comes_back_with_what_was_typed)
{
    struct client *c = client(t);
    struct response r = client_form(c, "/manage/things", "name=much+too+%3Clong%3E+a+name&kind=store&is_open=on");

    ASSERT_INT(r.status, 422);
    ASSERT_STR(response_header(&r, "content-type"), "text/html; charset=utf-8");
    ASSERT_HAS(r.body, "<p class=\"alert\">At most 10 bytes.</p>");
    ASSERT_HAS(r.body, "<a href=\"#name\">At most 10 bytes.</a>");
    ASSERT_HAS(r.body, "value=\"much too &lt;long&gt; a name\"");
    ASSERT_HAS(r.body, "<b>At most 10 bytes.</b>");
    ASSERT_HAS(r.body, "<option selected>");
    ASSERT_HAS(r.body, "<i>open</i>");
    ASSERT_HAS_NOT(r.body, "value=\"old\"");
}

TEST(a_button_that_fails_shows_the_page_it_stood_on)
{
    struct client *c = client(t);
    struct response r = client_form(c, "/manage/things/seven/done", "a=b");

    ASSERT_INT(r.status, 409);
    ASSERT_HAS(r.body, "<h1>One</h1>");
    ASSERT_HAS(r.body, "value=\"seven\"");
    ASSERT_HAS(r.body, "This was done &lt;already&gt;.");
}

TEST(a_form_that_was_open_too_long_loses_nothing)
{
    struct client *c = client(t);
    struct response r = client_call(c, "POST", "/manage/things", "application/x-www-form-urlencoded", STR("name=kept&csrf=old"));

    ASSERT_INT(r.status, 403);
    ASSERT_HAS(r.body, "value=\"kept\"");
    ASSERT_HAS(r.body, "Send it once more.");
    c->headers = "Origin: https://evil.example\r\n";
    r = client_form(c, "/manage/things", "name=kept");
    ASSERT_INT(r.status, 403);
    ASSERT_HAS_NOT(r.body, "kept");
}

TEST(a_message_is_shown_once_with_its_undo)
{
    struct client *c = client(t);
    struct response r = client_form(c, "/manage/things", "name=x");

    ASSERT_INT(r.status, 303);
    ASSERT_STR(response_header(&r, "location"), "/manage/things/new");
    str cookie = response_header(&r, "set-cookie"), pair = STR_NONE;
    ASSERT_TRUE(str_starts(cookie, STR("flash=")));
    ASSERT_HAS(cookie, "HttpOnly");
    ASSERT_TRUE(str_cut(&cookie, ';', &pair));
    c->headers = str_printf(t->arena, "Cookie: %" PRI_STR "\r\n", STR_ARG(pair)).at;
    r = client_get(c, "/manage/things/new");
    ASSERT_HAS(r.body, "<p class=\"good\">A&amp;B is saved.<form action=\"/manage/things/1/undo\">");
    ASSERT_HAS(response_header(&r, "set-cookie"), "flash=; Path=/; SameSite=Lax; Max-Age=0");
    /* One that nobody signed says nothing. */
    str forged = str_replace(t->arena, pair, STR("flash=d"), STR("flash=e"));
    c->headers = str_printf(t->arena, "Cookie: %" PRI_STR "\r\n", STR_ARG(forged)).at;
    r = client_get(c, "/manage/things/new");
    ASSERT_HAS_NOT(r.body, "class=\"good\"");
}

TEST(errors_are_pages_in_the_readers_language_and_tell_no_secret)
{
    struct client *c = client(t);
    struct response r = client_get(c, "/manage/nothing");

    ASSERT_INT(r.status, 404);
    ASSERT_HAS(r.body, "<h1>404 There is no page at this address</h1>");
    ASSERT_HAS(r.body, "<html lang=\"en\">");
    r = client_get(c, "/manage/broken?lang=pl");
    ASSERT_INT(r.status, 500);
    ASSERT_HAS(r.body, "<html lang=\"pl\">");
    ASSERT_HAS_NOT(r.body, "secret");
    ASSERT_HAS(r.body, "<code>req_");
    r = client_get(c, "/api/v1/api-only");
    ASSERT_STR(response_header(&r, "content-type"), "application/problem+json");
}

TEST(static_files_come_compressed_and_for_ever)
{
    static const struct {
        const char *headers, *address;
        int status;
        const char *coding, *body;
    } cases[] = {
        { "", "/static/site.0a1b.css", 200, NULL, "body{}" },
        { "Accept-Encoding: gzip, deflate, br\r\n", "/static/site.0a1b.css", 200, "br", "BR" },
        { "Accept-Encoding: gzip\r\n", "/static/site.0a1b.css", 200, "gzip", "GZ" },
        { "Accept-Encoding: br;q=0, gzip;q=0.5\r\n", "/static/site.0a1b.css", 200, "gzip", "GZ" },
        { "Accept-Encoding: br\r\n", "/static/plain.ff.txt", 200, NULL, "text" },
        { "If-None-Match: \"site.0a1b.css\"\r\n", "/static/site.0a1b.css", 304, NULL, "" },
        { "If-None-Match: \"site.0a1b.css\"\r\nAccept-Encoding: br\r\n", "/static/site.0a1b.css", 200, "br", "BR" },
        { "", "/static/site.css", 404, NULL, NULL },
        { "", "/static/../secret", 404, NULL, NULL },
    };
    struct client *c = client(t);

    EACH(k, cases)
    {
        test_case("%s%s", k->headers, k->address);
        c->headers = k->headers;
        struct response r = client_get(c, k->address);
        ASSERT_INT(r.status, k->status);
        if (!k->body)
            continue;
        ASSERT_STR(r.body, k->body);
        ASSERT_STR(response_header(&r, "cache-control"), "public, max-age=31536000, immutable");
        ASSERT_STR(response_header(&r, "vary"), "Accept-Encoding");
        if (k->coding)
            ASSERT_STR(response_header(&r, "content-encoding"), k->coding);
        else
            ASSERT_TRUE(response_header(&r, "content-encoding").at == NULL);
    }
}

RUN_TESTS(ROW(a_page_stands_in_its_frame), ROW(a_refused_form_comes_back_with_what_was_typed),
    ROW(a_button_that_fails_shows_the_page_it_stood_on), ROW(a_form_that_was_open_too_long_loses_nothing),
    ROW(a_message_is_shown_once_with_its_undo), ROW(errors_are_pages_in_the_readers_language_and_tell_no_secret),
    ROW(static_files_come_compressed_and_for_ever))
