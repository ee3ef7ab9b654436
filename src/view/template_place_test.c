/* Where values may stand, and what is done to make them safe there. */
#include "base/test.h"

#include "base/buf.h"
#include "view/template.h"

static str render_with(struct test *t, const char *text, const char *value)
{
    const struct template_source sources[] = { { "t/main", text }, { "t/part", "part" },
        { NULL, NULL } };
    struct view *v = view_new(t->arena);
    struct templates *ts;
    struct buf out = buf_new(t->arena);
    struct render how = { .lang = languages[0] };
    err failed = templates_open(sources, NULL, true, &ts);
    str text_out;

    view_text(v, "x", value);
    view_bool(v, "yes", true);
    view_html(v, "svg", STR("<svg/>"));
    if (!failed)
        failed = template_render(ts, "t/main", v, NULL, &how, t->arena, &out);
    text_out = failed ? str_printf(t->arena, "! %s", failed->text) : buf_str(&out);
    templates_close(ts);
    return text_out;
}

TEST(a_url_keeps_only_schemes_that_lead_to_pages)
{
    static const struct {
        const char *url;
        bool is_safe;
    } cases[] = {
        { "https://a.example/x?y=1", true },
        { "HTTP://a.example", true },
        { "mailto:a@b.example", true },
        { "tel:+48123", true },
        { "/manage/partners", true },
        { "partners/12:30", true },
        { "?a=javascript:b", true },
        { "#a:b", true },
        { "", true },
        { "//other.example/x", true },
        { "javascript:alert(1)", false },
        { "JaVaScRiPt:alert(1)", false },
        { " \x01\tjava\nscript:alert(1)", false },
        { "data:text/html,x", false },
        { "vbscript:x", false },
        { "file:///etc/passwd", false },
        { ":", false },
        { "httpsx:y", false },
        { "javascriptlonger:y", false },
    };
    static const char *const places[] = { "<a href=\"{{x}}\">", "<a href='{{x}}'>",
        "<img src=\"{{x}}\">", "<form action=\"{{x}}\">", "<button formaction=\"{{x}}\">",
        "<a HREF=\"{{x}}\">", "<use xlink:href=\"{{x}}\"/>", "<a hx-get=\"{{x}}\">" };

    EACH (c, cases) {
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
            str out = render_with(t, places[i], c->url);

            test_case("%s in %s", c->url, places[i]);
            ASSERT_FALSE(str_starts(out, STR("!")));
            ASSERT_INT(str_has(out, STR("\"#\"")) || str_has(out, STR("'#'")), !c->is_safe);
        }
    }
    /* What stands before it has settled the scheme, or it is no URL at all. */
    ASSERT_STR(render_with(t, "<a href=\"/go?to={{x}}\">", "a:b"), "<a href=\"/go?to=a:b\">");
    ASSERT_STR(render_with(t, "<a title=\"{{x}}\">{{x}}</a>", "a:b"), "<a title=\"a:b\">a:b</a>");
    /* A piece that may be left out settles nothing. */
    ASSERT_STR(
        render_with(t, "<a href=\"{{^yes}}/{{/yes}}{{x}}\">", "javascript:a"), "<a href=\"#\">");
}

TEST(values_are_refused_where_escaping_cannot_help)
{
    static const char *const cases[] = {
        "<a href={{x}}>",
        "<a {{x}}>",
        "<a {{x}}=\"1\">",
        "<{{x}}>",
        "</{{x}}>",
        "<a b{{x}}>",
        "<a title=a{{x}}>",
        "<!doctype {{x}}>",
        "<script>let a = {{x}};</script>",
        "<script type=\"application/json\">{{x}}</script>",
        "<script type=\"application/json\">{{{svg}}}</script>",
        "<script type=\"text/plain\">{{x|json}}</script>",
        "<script type=\"application/json{{x}}\">{{x|json}}</script>",
        "<style>{{x}}</style>",
        "<a title=\"{{{svg}}}\">",
        "<textarea>{{{svg}}}</textarea>",
        "<!-- {{{svg}}} -->",
        "<a title=\"{{> t/part}}\">",
        "<a {{> t/part}}>",
        "<textarea>{{> t/part}}</textarea>",
        "<a href=\"{{$b}}x{{/b}}\">",
        "<a {{$b}}x{{/b}}>",
    };

    EACH (c, cases) {
        test_case("%s", *c);
        ASSERT_TRUE(str_starts(render_with(t, *c, "v"), STR("! t/main:1: ")));
    }
}

TEST(scripts_and_styles_are_refused_in_pages)
{
    static const struct {
        const char *text;
        bool is_fine;
    } cases[] = {
        { "<p style=\"color: red\">", false },
        { "<p onclick=\"x()\">", false },
        { "<p ONCLICK=x>", false },
        { "<p onclick>", false },
        { "<p {{#yes}}onclick{{/yes}}=\"x\">", false },
        { "<p hx-on:click=\"x\">", false },
        { "<iframe srcdoc=\"x\">", false },
        { "<script>x()</script>", false },
        { "<script src=\"/a.js\">x</script>", false },
        { "<SCRIPT>x()</SCRIPT>", false },
        { "<style>a{}</style>", false },
        { "<script src=\"/a.js\" type=\"module\"></script>", true },
        { "<script src=\"/a.js\">\n</script><p class=\"on\">x</p>", true },
        { "<script type=\"application/json\">{\"a\":\"</b>\"}</script>", true },
        { "<p class=\"style\" data-on=\"1\">on style</p>", true },
        { "<!-- <script>x()</script> -->", true },
        { "<p title=\"<script>x</script>\">", true },
        { "<!-- mail --><p style=\"color: red\">x</p><style>a{}</style>{{x}}", true },
        { "<!-- mail --><p style=\"color: {{x}}\">", false },
        { "<!-- mail --><style>{{x}}</style>", false },
        { "<!-- mail --><p onclick=\"x\">", false },
        { "<!-- mail --><script>x</script>", false },
        { "x\n<!-- mail --><p style=\"color: red\">", false },
    };

    EACH (c, cases) {
        test_case("%s", c->text);
        ASSERT_INT(!str_starts(render_with(t, c->text, ""), STR("!")), c->is_fine);
    }
}

TEST(pieces_that_may_be_left_out_close_what_they_open)
{
    static const struct {
        const char *text;
        bool is_fine;
    } cases[] = {
        { "<a {{#yes}}href=\"{{x}}\"{{/yes}}>", true },
        { "<option{{#yes}} selected{{/yes}}>", true },
        { "<option value=\"1\" {{#yes}}selected{{/yes}}>", true },
        { "<input {{#yes}}checked{{/yes}} disabled>", true },
        { "<a class=\"a{{#yes}} b{{/yes}}\">", true },
        { "{{#yes}}<b>{{/yes}}x{{#yes}}</b>{{/yes}}", true },
        { "{{#_}}<b>x</b>{{/_}}", true },
        { "{{#yes}}<a{{/yes}} href=\"{{x}}\">", false },
        { "<a {{#yes}}title=\"{{/yes}}{{x}}\">", false },
        { "<a title=\"{{#yes}}\"{{/yes}}>", false },
        { "{{#yes}}<!--{{/yes}} {{x}} -->", false },
        { "{{#yes}}<textarea>{{/yes}}{{x}}</textarea>", false },
        { "{{#_}}<b{{/_}}>", false },
        { "<a title=\"", false },
        { "<a", false },
        { "<!-- ", false },
        { "<script src=\"/x\">", false },
        { "<textarea>", false },
        { "a < b <", false },
        { "a < b", true },
        { "<textarea>{{x}}</textarea><title>a < b {{x}}</title>{{x}}", true },
        { "<textarea></textare></textarea>{{{svg}}}", true },
    };

    EACH (c, cases) {
        test_case("%s", c->text);
        ASSERT_INT(!str_starts(render_with(t, c->text, "v"), STR("!")), c->is_fine);
    }
}

TEST(values_in_every_place_come_out_escaped)
{
    static const char *const cases[] = { "{{x}}", "<p title=\"{{x}}\">", "<p title='{{x}}'>",
        "<!-- {{x}} -->", "<textarea>{{x}}</textarea>", "<a href=\"{{x}}\">", "<a href=\"/{{x}}\">",
        "{{#_}}a {x}{{/_}}", "<p title=\"{{#_}}a {x}{{/_}}\">", "<p data-x=\"{{x|json}}\">",
        "<title>{{x}}</title>", "<script type=\"application/json\">{{x|json}}</script>" };
    static const char *const values[] = { "\"><script>alert(1)</script>",
        "'><script>alert(1)</script>", "--><script>alert(1)</script>",
        "</textarea></title></script><script>alert(1)</script>" };

    EACH (c, cases) {
        EACH (value, values) {
            str out = render_with(t, *c, *value);

            test_case("%s with %s", *c, *value);
            ASSERT_FALSE(str_starts(out, STR("!")));
            ASSERT_HAS_NOT(out, "<script>alert");
            ASSERT_HAS(out, "alert(1)");
        }
    }
    ASSERT_STR(render_with(t, "<p title='{{x}}'>", "'a"), "<p title='&#39;a'>");
}

RUN_TESTS(ROW(a_url_keeps_only_schemes_that_lead_to_pages),
    ROW(values_are_refused_where_escaping_cannot_help),
    ROW(scripts_and_styles_are_refused_in_pages),
    ROW(pieces_that_may_be_left_out_close_what_they_open),
    ROW(values_in_every_place_come_out_escaped))
