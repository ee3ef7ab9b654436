/* Mustache as we have it: values, sections, messages, frames, mistakes. */
#include "base/test.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "view/template.h"
#include "view/tree.h"

#define SP "\xc2\xa0"

/* Renders `main` of the sources with the view, or says the error. */
static str render_in(struct test *t, const struct template_source *sources, const struct view *v,
    const struct view *frame, bool strict, const struct lang *lang)
{
    struct templates *ts;
    struct buf out = buf_new(t->arena);
    struct render how = { lang, t->env->now(t->env), 60 };
    err failed = templates_open(sources, NULL, strict, &ts);
    str text;

    if (!failed)
        failed = template_render(ts, "t/main", v, frame, &how, t->arena, &out);
    text = failed ? str_printf(t->arena, "! %s", failed->text) : buf_str(&out);
    templates_close(ts);
    return text.at ? text : STR("");
}

static str render_one(struct test *t, const char *text, const struct view *v)
{
    const struct template_source sources[] = { { "t/main", text }, { NULL, NULL } };

    return render_in(t, sources, v, NULL, true, languages[0]);
}

static struct view *sample(struct test *t)
{
    struct view *v = view_new(t->arena), *list, *item;
    static const char *const states[] = { "pending", "paid", NULL };

    view_text(v, "name", "Ann <&> \"'");
    view_text(v, "empty", "");
    view_str(v, "nothing", STR_NONE);
    view_int(v, "zero", 0);
    view_int(v, "count", 12345);
    view_bool(v, "yes", true);
    view_bool(v, "no", false);
    view_money(v, "owed", (amount){ 123450, { "EUR" } });
    view_money(v, "no_money", (amount){ 0, { "EUR" } });
    view_minor(v, "total", (amount){ -5, { "EUR" } });
    view_percent_bp(v, "rate", 1250);
    view_instant(v, "at", test_instant("2026-11-12T18:42:08.412Z"));
    view_enum(v, "status", states, 1);
    view_html(v, "svg", STR("<svg>&amp;</svg>"));
    view_html(v, "no_svg", STR_NONE);
    view_words(v, "words", "Partners & friends");
    view_words_in(v, "told", NULL, "{name} is owed {owed}, {unknown}");
    view_text(v, "exact", "27.5268");
    view_text(v, "currency", "EUR");
    view_text(view_page(v), "twin", "page only");
    view_raw(v, "receipt",
        STR("{\"sum\":{\"amount\":5,\"currency\":\"EUR\"},\"lines\":[{\"n\":1},{\"n\":2}],"
            "\"made_at\":\"2026-11-12T18:42:08Z\",\"odd\":1.50,\"none\":null}"));
    view_raw(v, "broken", STR("{"));
    item = view_object(v, "partner");
    view_text(item, "name", "Leaf");
    view_text(view_object(item, "bank"), "iban", "PL61");
    view_null(item, "agent");
    list = view_list(v, "items");
    view_text(view_item(list), "label", "one");
    item = view_item(list);
    view_text(item, "label", "two");
    view_text(item, "name", "inner");
    list = view_list(v, "tags");
    view_item_str(list, STR("a"));
    view_item_str(list, STR("<b>"));
    view_list(v, "none");
    return v;
}

TEST(values_print_escaped_and_in_the_readers_form)
{
    static const struct {
        const char *text, *out;
    } cases[] = {
        { "Hello", "Hello" },
        { "{{name}}", "Ann &lt;&amp;&gt; &quot;&#39;" },
        { "{{{name}}}", "Ann &lt;&amp;&gt; &quot;&#39;" },
        { "{{&name}}", "Ann &lt;&amp;&gt; &quot;&#39;" },
        { "{{ name }}", "Ann &lt;&amp;&gt; &quot;&#39;" },
        { "[{{empty}}{{nothing}}]", "[]" },
        { "{{count}} {{zero}}", "12,345 0" },
        { "{{yes}} {{no}}", "true false" },
        { "{{owed}} {{total}} {{rate}}", "€1,234.50 −€0.05 12.5" SP "%" },
        { "{{at}}", "12 November 2026" },
        { "{{status}}", "paid" },
        { "{{{svg}}}{{svg}}", "<svg>&amp;</svg>&lt;svg&gt;&amp;amp;&lt;/svg&gt;" },
        { "{{words}}", "Partners &amp; friends" },
        { "{{told}}", "Ann &lt;&amp;&gt; &quot;&#39; is owed €1,234.50, {unknown}" },
        { "{{twin}}", "page only" },
        { "{{partner.name}} {{partner.bank.iban}}", "Leaf PL61" },
        { "{{receipt.sum}} {{receipt.made_at|short}} {{receipt.odd}} {{receipt.none}}",
            "€0.05 12 Nov 1.50 " },
        { "a{{! note\n more }}b", "ab" },
        { "{{missing?}}{{partner.missing?}}", "" },
        { "{{nothing.deep}}{{partner.agent.name}}", "" },
        { "{{items.-count}}", "2" },
        { "{{broken?}}", "" },
        { "{ {name} }} }", "{ {name} }} }" },
    };
    struct view *v = sample(t);

    EACH (c, cases) {
        test_case("%s", c->text);
        ASSERT_STR(render_one(t, c->text, v), c->out);
    }
}

TEST(filters_ask_for_another_form)
{
    static const struct {
        const char *text, *out;
    } cases[] = {
        { "{{at|date}}", "12 November 2026" },
        { "{{at | short}}", "12 Nov" },
        { "{{at|year}}", "12 Nov 2026" },
        { "{{at|day}}", "12 November" },
        { "{{at|time}}", "12 Nov, 19:42" },
        { "{{at|ms}}", "12 Nov, 19:42:08.412" },
        { "{{at|full}}", "12 November 2026, 19:42" },
        { "{{at|weekday}}", "Thursday 12 November" },
        { "{{at|month}}", "November 2026" },
        { "{{at|clock}}", "19:42:08" },
        { "{{at|minute}}", "19:42" },
        { "{{at|ago}}", "18 days ago" },
        { "{{at|iso}}", "2026-11-12T18:42:08.412Z" },
        { "{{at|input}}", "2026-11-12" },
        { "{{at|input_time}}", "2026-11-12T19:42" },
        { "{{nothing|date}}", "" },
        { "{{owed|whole}}", "€1,235" },
        { "{{owed|plain}} {{total|plain}}", "1234.50 -0.05" },
        { "{{owed|minor}}", "123450" },
        { "{{count|plain}}", "12345" },
        { "{{rate|plain}}", "12.5" },
        { "{{count|money}}", "€123.45" },
        { "{{exact|money}}", "€27.5268" },
        { "{{exact|decimal}}", "27.5268" },
        { "{{count|percent}}", "123.45" SP "%" },
        { "{{name|url}}", "Ann%20%3C%26%3E%20%22%27" },
        { "{{owed|json}}", "{&quot;amount&quot;:123450,&quot;currency&quot;:&quot;EUR&quot;}" },
        { "<script type=\"application/json\">{{tags|json}}</script>",
            "<script type=\"application/json\">[\"a\",\"\\u003cb\\u003e\"]</script>" },
        { "{{name|date}}", "! t/main:1: `name` cannot be printed so" },
        { "{{partner}}", "! t/main:1: `partner` cannot be printed so" },
        { "{{name|loud}}", "! t/main:1: there is no filter `loud`" },
    };
    struct view *v = sample(t);

    EACH (c, cases) {
        test_case("%s", c->text);
        ASSERT_STR(render_one(t, c->text, v), c->out);
    }
}

TEST(sections_repeat_enter_or_leave_out)
{
    static const struct {
        const char *text, *out;
    } cases[] = {
        { "{{#yes}}y{{/yes}}{{#no}}n{{/no}}{{^no}}-{{/no}}{{^yes}}+{{/yes}}", "y-" },
        { "{{#empty}}e{{/empty}}{{#nothing}}n{{/nothing}}{{#zero}}0{{/zero}}{{#no_money}}0{{/"
          "no_money}}"
          "{{#none}}l{{/none}}{{#no_svg}}s{{/no_svg}}|",
            "|" },
        { "{{#count}}{{.}}{{/count}}{{#owed}} {{.|whole}}{{/owed}}", "12,345 €1,235" },
        { "{{#partner}}{{name}} {{bank.iban}} {{count}}{{/partner}}", "Leaf PL61 12,345" },
        { "{{#items}}{{label}}/{{name}};{{/items}}",
            "one/Ann &lt;&amp;&gt; &quot;&#39;;two/inner;" },
        { "{{#tags}}{{.}}{{^-last}}, {{/-last}}{{/tags}}", "a, &lt;b&gt;" },
        { "{{#items}}{{-index}}{{#-first}}f{{/-first}}{{#-last}}l{{/-last}} {{/items}}", "1f 2l " },
        { "{{#items}}{{#tags}}{{-index}}{{/tags}}{{/items}}", "1212" },
        { "{{#receipt.lines}}{{n}},{{/receipt.lines}}", "1,2," },
        { "{{#status_is_paid}}paid{{/status_is_paid}}{{#status_is_pending}}waits{{/"
          "status_is_pending}}",
            "paid" },
        { "{{#status}}{{.}}{{/status}}", "paid" },
        { "{{#missing?}}x{{/missing}}{{^missing?}}none{{/missing?}}", "none" },
        { "{{#partner.agent}}x{{/partner.agent}}", "" },
        { "{{#partner}}{{#partner}}{{name}}{{/partner}}{{/partner}}", "Leaf" },
    };
    struct view *v = sample(t);

    EACH (c, cases) {
        test_case("%s", c->text);
        ASSERT_STR(render_one(t, c->text, v), c->out);
    }
}

TEST(lines_of_tags_alone_vanish)
{
    static const struct {
        const char *text, *out;
    } cases[] = {
        { "a\n{{#yes}}\nb\n{{/yes}}\nc\n", "a\nb\nc\n" },
        { "a\n  {{! note }}  \nc", "a\nc" },
        { "a\n  {{#yes}}{{/yes}}  \nc", "a\nc" },
        { "a\n  {{#yes}} b {{/yes}}  \nc", "a\n   b   \nc" },
        { "  {{^no}}\r\nx\n  {{/no}}", "x\n" },
        { "a {{#yes}}\nb{{/yes}}", "a \nb" },
    };
    struct view *v = sample(t);

    EACH (c, cases) {
        test_case("%s", c->text);
        ASSERT_STR(render_one(t, c->text, v), c->out);
    }
}

TEST(mistakes_name_their_template_and_line)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        { "\n{{unknown}}", "! t/main:2: unknown name `unknown`" },
        { "\n\n{{#unknown}}{{/unknown}}", "! t/main:3: unknown name `unknown`" },
        { "{{^unknown}}{{/unknown}}", "! t/main:1: unknown name `unknown`" },
        { "{{partner.unknown}}", "! t/main:1: unknown name `partner.unknown`" },
        { "{{broken}}", "! t/main:1: unknown name `broken`" },
        { "{{-index}}", "! t/main:1: unknown name `-index`" },
        { "a\n{{#yes}}\n", "! t/main:2: {{#yes}} is not closed" },
        { "{{/yes}}", "! t/main:1: {{/yes}} closes nothing" },
        { "{{#yes}}{{/no}}", "! t/main:1: {{/no}} closes nothing" },
        { "{{name", "! t/main:1: a tag is not closed" },
        { "{{{name}}", "! t/main:1: a tag is not closed" },
        { "{{}}", "! t/main:1: a tag without a name" },
        { "{{na me}}", "! t/main:1: `na me` is no name" },
        { "{{a..b}}", "! t/main:1: `a..b` is no name" },
        { "{{=<% %>=}}", "! t/main:1: delimiters cannot be changed" },
        { "{{#name|url}}{{/name|url}}", "! t/main:1: a section takes no filter" },
        { "{{> t/none}}", "! t/main:1: there is no page `t/none`" },
        { "\n{{> t/main}}", "! t/main:2: pages include each other without end" },
        { "{{#_}} {{/_}}", "! t/main:1: an empty message" },
        { "{{#_}}a {{#yes}}b{{/yes}}{{/_}}", "! t/main:1: only values may stand in a message" },
        { "{{#_}}{at|short} {{at|date}}{{/_}}",
            "! t/main:1: `at` stands twice in one message, in two forms" },
        { "{{#_}}{{.}}{{/_}}", "! t/main:1: a value in a message needs a name" },
        { "{{#_n count}}{count} click{{/_n}}", "! t/main:1: a plural is written one|many" },
        { "{{#_n name}}one|many{{/_n}}", "! t/main:1: `name` is no whole number" },
        { "\xff", "! t/main:1: the text is not UTF-8" },
    };
    struct view *v = sample(t);

    EACH (c, cases) {
        test_case("%s", c->text);
        ASSERT_STR(render_one(t, c->text, v), c->error);
    }
}

TEST(an_unknown_name_is_nothing_when_not_strict)
{
    const struct template_source sources[] = {
        { "t/main", "[{{unknown}}{{#unknown}}x{{/unknown}}{{a.b}}{{name|date}}]" }, { NULL, NULL }
    };

    ASSERT_STR(render_in(t, sources, sample(t), NULL, false, languages[0]),
        "[Ann &lt;&amp;&gt; &quot;&#39;]");
}

TEST(the_frame_is_asked_last)
{
    const struct template_source sources[] = { { "t/main", "{{title}} {{name}}" }, { NULL, NULL } };
    struct view *frame = view_new(t->arena);

    view_text(frame, "title", "Today");
    view_text(view_page(frame), "name", "frame's");
    ASSERT_STR(render_in(t, sources, sample(t), frame, true, languages[0]),
        "Today Ann &lt;&amp;&gt; &quot;&#39;");
    ASSERT_STR(
        render_in(t, sources, view_new(t->arena), frame, true, languages[0]), "Today frame&#39;s");
}

TEST(messages_keep_their_places_in_every_language)
{
    static const struct {
        const char *text, *out;
    } cases[] = {
        { "{{#_}}  No such\n   message  {{/_}}", "No such message" },
        { "{{#_}}Hello {name}, {{count}} {at|short}{{/_}}",
            "Hello Ann &lt;&amp;&gt; &quot;&#39;, 12,345 12 Nov" },
        { "{{#_}}<a href=\"{{name}}\">Go</a> {not a place} {}{{/_}}",
            "<a href=\"Ann &lt;&amp;&gt; &quot;&#39;\">Go</a> {not a place} {}" },
        { "<i title=\"{{#_}}It's \"{{name}}\"{{/_}}\">x</i>",
            "<i title=\"It&#39;s &quot;Ann &lt;&amp;&gt; &quot;&#39;&quot;\">x</i>" },
        { "{{#_ menu}}Open{{/_}}", "Open" },
        { "{{#_n count}}{count} click|{count} clicks{{/_n}}", "12,345 clicks" },
        { "{{#items}}{{#_n -index}}one|many {name}{{/_n}} {{/items}}", "one many inner " },
        { "{{#_n items.-count}}one|many{{/_n}}", "many" },
        { "{{#_}}{{{svg}}}{{/_}}", "<svg>&amp;</svg>" },
    };
    struct view *v = sample(t);

    EACH (c, cases) {
        test_case("%s", c->text);
        ASSERT_STR(render_one(t, c->text, v), c->out);
    }
}

TEST(partials_see_everything_and_frames_take_blocks)
{
    static const struct template_source sources[] = {
        { "t/main", "{{< t/frame}}dropped {{$content}}<p>{{name}}</p>{{> "
                    "t/part}}{{/content}}{{/t/frame}}" },
        { "t/part", "{{#items}}{{label}} {{/items}}" },
        { "t/frame", "<title>{{$title}}Plain{{/title}}</title>{{$content}}{{/"
                     "content}}{{$foot}}foot{{/foot}}" },
        { NULL, NULL },
    };

    ASSERT_STR(render_in(t, sources, sample(t), NULL, true, languages[0]),
        "<title>Plain</title><p>Ann &lt;&amp;&gt; &quot;&#39;</p>one two foot");
}

TEST(the_outermost_page_fills_a_block_and_its_own_blocks_stay_its_own)
{
    static const struct {
        const char *main, *out;
    } cases[] = {
        { "{{< t/child}}{{$a}}main{{/a}}{{/t/child}}", "[main|child b]" },
        { "{{< t/child}}{{/t/child}}", "[child a inner|child b]" },
        { "{{< t/child}}{{$inner}}I{{/inner}}{{/t/child}}", "[child a I|child b]" },
        { "{{< t/base}}{{$a}}{{< t/base}}{{$a}}x{{/a}}{{/t/base}}{{/a}}{{/t/base}}", "[[x|b]|b]" },
        { "{{< t/base}}{{$b}}{{$a}}own{{/a}}{{/b}}{{/t/base}}", "[a|own]" },
    };

    EACH (c, cases) {
        const struct template_source sources[] = {
            { "t/main", c->main },
            { "t/child", "{{< t/base}}{{$a}}child a {{$inner}}inner{{/inner}}{{/a}}{{$b}}child "
                         "b{{/b}}{{/t/base}}" },
            { "t/base", "[{{$a}}a{{/a}}|{{$b}}b{{/b}}]" },
            { NULL, NULL },
        };

        test_case("%s", c->main);
        ASSERT_STR(render_in(t, sources, sample(t), NULL, true, languages[0]), c->out);
    }
}

TEST(plain_text_pages_escape_nothing_and_do_not_mix_with_markup)
{
    static const struct template_source sources[] = {
        { "t/main", "{{> t/mail.txt}}" },
        { "t/mail.txt", "{{name}} <{{svg}}> {{{svg}}}" },
        { NULL, NULL },
    };
    struct templates *ts;
    struct buf out = buf_new(t->arena);
    struct render how = { .lang = languages[0] };

    ASSERT_HAS(render_in(t, sources, sample(t), NULL, true, languages[0]), "do not mix");
    ASSERT_OK(templates_open(sources + 1, NULL, true, &ts));
    ASSERT_OK(template_render(ts, "t/mail.txt", sample(t), NULL, &how, t->arena, &out));
    ASSERT_STR(buf_str(&out), "Ann <&> \"' <<svg>&amp;</svg>> <svg>&amp;</svg>");
    ASSERT_TRUE(template_render(ts, "t/none", sample(t), NULL, &how, t->arena, &out) != NULL);
    templates_close(ts);
}

TEST(pages_that_repeat_without_end_stop)
{
    static const struct template_source sources[] = {
        { "t/main", "{{#items}}{{> t/main}}{{> t/main}}{{/items}}" },
        { NULL, NULL },
    };
    static const struct template_source frames[] = {
        { "t/main", "{{< t/main}}{{/t/main}}" },
        { NULL, NULL },
    };

    ASSERT_STR(render_in(t, sources, sample(t), NULL, true, languages[0]),
        "! t/main:1: pages include each other without end");
    ASSERT_STR(render_in(t, frames, sample(t), NULL, true, languages[0]),
        "! t/main:1: pages include each other without end");
}

static void write_page(struct test *t, const char *folder, const char *name, const char *text)
{
    FILE *f = fopen(str_printf(t->arena, "%s/%s", folder, name).at, "w");

    ASSERT_TRUE(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static str render_page(struct test *t, struct templates *ts, const char *name)
{
    struct buf out = buf_new(t->arena);
    struct render how = { .lang = languages[0] };
    err failed = template_render(ts, name, sample(t), NULL, &how, t->arena, &out);

    return failed ? str_of(failed->text) : buf_str(&out);
}

TEST(from_a_folder_pages_are_read_again_when_they_change)
{
    static const struct template_source sources[] = {
        { "shop/list", "embedded" },
        { "shop/other", "other" },
        { NULL, NULL },
    };
    struct templates *ts;
    const char *src = test_folder(t);

    mkdir(str_printf(t->arena, "%s/rooms", src).at, 0700);
    mkdir(str_printf(t->arena, "%s/rooms/shop", src).at, 0700);
    mkdir(str_printf(t->arena, "%s/rooms/shop/pages", src).at, 0700);
    mkdir(str_printf(t->arena, "%s/app", src).at, 0700);
    mkdir(str_printf(t->arena, "%s/app/pages", src).at, 0700);
    write_page(t, src, "rooms/shop/pages/list.html", "disk {{> app/part}}");
    write_page(t, src, "app/pages/part.html", "part");
    ASSERT_OK(templates_open(sources, src, true, &ts));
    ASSERT_STR(render_page(t, ts, "shop/list"), "disk part");
    ASSERT_STR(render_page(t, ts, "shop/other"), "other");
    write_page(t, src, "app/pages/part.html", "new {{count}}");
    ASSERT_STR(render_page(t, ts, "shop/list"), "disk new 12,345");
    write_page(t, src, "app/pages/part.html", "\n{{broken");
    ASSERT_STR(render_page(t, ts, "shop/list"), "app/part:2: a tag is not closed");
    ASSERT_STR(render_page(t, ts, "shop/list"), "app/part:2: a tag is not closed");
    write_page(t, src, "app/pages/part.html", "mended");
    ASSERT_STR(render_page(t, ts, "shop/list"), "disk mended");
    write_page(t, src, "rooms/shop/pages/fresh.html", "fresh");
    ASSERT_STR(render_page(t, ts, "shop/fresh"), "fresh");
    ASSERT_HAS(render_page(t, ts, "shop/none"), "there is no page");
    ASSERT_HAS(render_page(t, ts, "shop/../../app/pages/part"), "there is no page");
    templates_close(ts);
}

RUN_TESTS(ROW(values_print_escaped_and_in_the_readers_form), ROW(filters_ask_for_another_form),
    ROW(sections_repeat_enter_or_leave_out), ROW(lines_of_tags_alone_vanish),
    ROW(mistakes_name_their_template_and_line), ROW(an_unknown_name_is_nothing_when_not_strict),
    ROW(the_frame_is_asked_last), ROW(messages_keep_their_places_in_every_language),
    ROW(partials_see_everything_and_frames_take_blocks),
    ROW(the_outermost_page_fills_a_block_and_its_own_blocks_stay_its_own),
    ROW(plain_text_pages_escape_nothing_and_do_not_mix_with_markup),
    ROW(pages_that_repeat_without_end_stop),
    ROW(from_a_folder_pages_are_read_again_when_they_change))
