/* How a page is made, for authors to copy: a list with a frame, a chart, words and an empty state.
 * The handler's part is in `fill`, the page's in `list_page`; the frame and the chart's partial are
 * shorter than the real ones in app/pages. */
#include "base/test.h"

#include "base/buf.h"
#include "view/chart.h"
#include "view/template.h"

static const char frame_page[] = "<!doctype html>\n"
                                 "<html lang=\"{{lang}}\">\n"
                                 "<title>{{$title}}{{program}}{{/title}}</title>\n"
                                 "<main>\n"
                                 "{{$content}}{{/content}}\n"
                                 "</main>\n"
                                 "</html>\n";

static const char chart_page[] =
    "{{#chart}}\n"
    "<figure class=\"chart\">\n"
    "<figcaption><span class=\"key\">{{period}}</span>{{#past_period}}<span class=\"key "
    "past\">{{.}}</span>"
    "{{/past_period}}</figcaption>\n"
    "<div class=\"plot\" data-chart=\"{{data|json}}\">{{{svg}}}</div>\n"
    "<ol class=\"x\" aria-hidden=\"true\">{{#x}}<li{{#minor}} "
    "class=\"m\"{{/minor}}>{{text}}</li>{{/x}}</ol>\n"
    "</figure>\n"
    "{{/chart}}\n";

static const char list_page[] =
    "{{< app/public}}\n"
    "{{$title}}{{#_}}Coupons{{/_}} · {{program}}{{/title}}\n"
    "{{$content}}\n"
    "<h1>{{#_n coupons.-count}}{coupons.-count} coupon|{coupons.-count} coupons{{/_n}}</h1>\n"
    "{{> app/chart}}\n"
    "{{#coupons}}\n"
    "<p{{#status_is_paused}} class=\"soft\"{{/status_is_paused}}><a "
    "href=\"/coupons/{{id}}\">{{code}}</a>\n"
    "{{#_}}saves the buyer {worth}, until <time "
    "datetime=\"{{ends_at|iso}}\">{{last_day|day}}</time>{{/_}}\n"
    "{{#partner}}{{#_}}for <a href=\"{{url}}\">{{name}}</a>{{/_}}{{/partner}}</p>\n"
    "{{/coupons}}\n"
    "{{^coupons}}\n"
    "<p class=\"empty\">{{#_}}No coupons yet.{{/_}} <a href=\"{{new_url}}\">{{#_}}Make "
    "one{{/_}}</a></p>\n"
    "{{/coupons}}\n"
    "{{/content}}\n"
    "{{/app/public}}\n";

static const struct template_source sources[] = {
    { "app/public", frame_page },
    { "app/chart", chart_page },
    { "coupon/list", list_page },
    { NULL, NULL },
};

/* What a handler does with reply_view(rp); what only the page needs goes into view_page(). */
static void fill(struct test *t, struct view *v, bool has_rows)
{
    static const char *const states[] = { "active", "paused", NULL };
    static const int64_t uses[] = { 3, 5 };
    instant days[] = { test_instant("2026-11-30T00:00:00Z"), test_instant("2026-12-01T00:00:00Z") };
    struct view *list = view_list(v, "coupons");
    struct chart chart = {
        .id = "c1", .title = STR("Uses by day"), .now = uses, .count = 2, .days = days
    };

    view_text(view_page(v), "new_url", "/coupons/new");
    view_null(view_page(v), "chart");
    if (!has_rows)
        return;
    for (unsigned i = 0; i < 2; i++) {
        struct view *coupon = view_item(list);

        view_id(coupon, "id", "cpn", 4096 + i);
        view_text(coupon, "code", i ? "TEA & CO" : "ANNA10");
        view_enum(coupon, "status", states, i);
        view_money(coupon, "worth", (amount){ 1250, { "EUR" } });
        view_instant(coupon, "ends_at", test_instant("2026-12-31T00:00:00Z"));
        view_instant(view_page(coupon), "last_day", test_instant("2026-12-30T00:00:00Z"));
        view_null(coupon, "partner");
        if (i == 0) {
            struct view *partner = view_object(coupon, "partner");

            view_text(partner, "name", "Anna");
            view_text(partner, "url", "javascript:alert(1)");
        }
    }
    chart_line(view_object(view_page(v), "chart"), t->arena, languages[0], &chart);
}

static str render(struct test *t, bool has_rows)
{
    struct view *v = view_new(t->arena), *frame = view_new(t->arena);
    struct render how = { .lang = languages[0], .now = t->env->now(t->env), .offset_minutes = 0 };
    struct buf out = buf_new(t->arena);
    struct templates *ts;
    str text;

    fill(t, v, has_rows);
    view_text(frame, "lang", "en");
    view_text(frame, "program", "Kettle & Kiln");
    ASSERT_OK(templates_open(sources, NULL, true, &ts));
    ASSERT_OK(template_render(ts, "coupon/list", v, frame, &how, t->arena, &out));
    text = buf_str(&out);
    templates_close(ts);
    return text;
}

TEST(a_page_fills_its_frame_and_prints_its_list)
{
    str page = render(t, true);

    ASSERT_HAS(page,
        "<!doctype html>\n<html lang=\"en\">\n<title>Coupons · Kettle &amp; Kiln</title>\n<main>\n"
        "<h1>2 coupons</h1>\n<figure class=\"chart\">\n"
        "<figcaption><span class=\"key\">30 Nov to 1 Dec</span></figcaption>\n"
        "<div class=\"plot\" data-chart=\"{&quot;name&quot;:&quot;Uses by day&quot;");
    ASSERT_HAS(page, "<ol class=\"x\" aria-hidden=\"true\"><li class=\"m\">30 Nov</li><li>1 "
                     "Dec</li></ol>\n</figure>\n");
    ASSERT_HAS(page,
        "<p><a href=\"/coupons/cpn_0000000000400\">ANNA10</a>\n"
        "saves the buyer €12.50, until <time datetime=\"2026-12-31T00:00:00Z\">30 December</time>\n"
        "for <a href=\"#\">Anna</a></p>\n");
    ASSERT_HAS(page, "<p class=\"soft\"><a href=\"/coupons/cpn_0000000000401\">TEA &amp; CO</a>\n");
    ASSERT_HAS_NOT(page, "No coupons yet");
}

TEST(an_empty_list_names_the_next_step)
{
    str page = render(t, false);

    ASSERT_HAS(page, "<h1>0 coupons</h1>\n<p class=\"empty\">No coupons yet. <a "
                     "href=\"/coupons/new\">Make one</a></p>\n</main>");
    ASSERT_HAS_NOT(page, "<figure");
}

RUN_TESTS(ROW(a_page_fills_its_frame_and_prints_its_list), ROW(an_empty_list_names_the_next_step))
