/* Markdown that tries to be more than words. */
#include "base/test.h"

#include <string.h>

#include "view/markdown.h"

TEST(markdown_becomes_markup_that_a_stranger_cannot_bend)
{
    static const struct {
        const char *text, *html;
    } cases[] = {
        { "", "" },
        { "Hello *you*", "<p>Hello <em>you</em></p>\n" },
        { "## Two\n### Three", "<h2>Two</h2>\n<h3>Three</h3>\n" },
        { "# One\n## Two\n###### Six", "<h2>One</h2>\n<h3>Two</h3>\n<h6>Six</h6>\n" },
        { "[go](https://a.example?x=1&y \"t\")",
            "<p><a rel=\"nofollow ugc noopener\" href=\"https://a.example?x=1&amp;y\" "
            "title=\"t\">go</a></p>\n" },
        { "<https://a.example>", "<p><a rel=\"nofollow ugc noopener\" "
                                 "href=\"https://a.example\">https://a.example</a></p>\n" },
        { "[go](/local)", "<p><a rel=\"nofollow ugc noopener\" href=\"/local\">go</a></p>\n" },
        { "[go](javascript:alert(1))",
            "<p><a rel=\"nofollow ugc noopener\" href=\"\">go</a></p>\n" },
        { "[go](JaVaScRiPt:alert(1))",
            "<p><a rel=\"nofollow ugc noopener\" href=\"\">go</a></p>\n" },
        { "[go](data:text/html;base64,x)",
            "<p><a rel=\"nofollow ugc noopener\" href=\"\">go</a></p>\n" },
        { "[go](ftp://a.example)", "<p><a rel=\"nofollow ugc noopener\" href=\"\">go</a></p>\n" },
        { "[go](<java&#115;cript:alert(1)>)",
            "<p><a rel=\"nofollow ugc noopener\" href=\"\">go</a></p>\n" },
        { "![a cat](https://a.example/cat.png)",
            "<p><a rel=\"nofollow ugc noopener\" href=\"https://a.example/cat.png\">a "
            "cat</a></p>\n" },
        { "![](https://a.example/x.png)",
            "<p><a rel=\"nofollow ugc noopener\" "
            "href=\"https://a.example/x.png\">https://a.example/x.png</a></p>\n" },
        { "[![cat](c.png)](/x)", "<p><a rel=\"nofollow ugc noopener\" href=\"/x\">cat</a></p>\n" },
        { "![a ![b](b.png) c](javascript:x)",
            "<p><a rel=\"nofollow ugc noopener\" href=\"\">a b c</a></p>\n" },
        { "<script>alert(1)</script>", "<!-- raw HTML omitted -->\n" },
        { "a <b onclick=\"x\">b</b>",
            "<p>a <!-- raw HTML omitted -->b<!-- raw HTML omitted --></p>\n" },
        { "`<a href=\"x\">`", "<p><code>&lt;a href=&quot;x&quot;&gt;</code></p>\n" },
        { "[x](/y '<a href=')",
            "<p><a rel=\"nofollow ugc noopener\" href=\"/y\" title=\"&lt;a href=\">x</a></p>\n" },
        { "a\xff"
          "b",
            "<p>a\xef\xbf\xbd"
            "b</p>\n" },
    };

    EACH (c, cases) {
        str html;

        test_case("%s", c->text);
        ASSERT_OK(markdown_html(t->arena, str_of(c->text), &html));
        ASSERT_STR(html, c->html);
    }
}

TEST(the_same_as_plain_text)
{
    str text;

    ASSERT_OK(markdown_text(
        t->arena, STR("# Hi\n\nSee [the **page**](x)\nand `code`.  \nEnd <b>"), &text));
    ASSERT_STR(text, "Hi\nSee the page and code.\nEnd");
    ASSERT_OK(markdown_text(t->arena, STR_NONE, &text));
    ASSERT_STR(text, "");
}

TEST(long_texts_are_refused_and_deep_ones_are_not_slow)
{
    size_t size = MARKDOWN_MAX + 1;
    char *text = memset(arena_alloc(t->arena, size), '[', size);
    str out;

    ASSERT_ERR(markdown_html(t->arena, (str){ text, size }, &out), &MARKDOWN_TOO_LONG);
    ASSERT_ERR(markdown_text(t->arena, (str){ text, size }, &out), &MARKDOWN_TOO_LONG);
    ASSERT_OK(markdown_html(t->arena, (str){ text, size - 1 }, &out));
    memset(text, '>', size);
    ASSERT_OK(markdown_html(t->arena, (str){ text, size - 1 }, &out));
    for (size_t i = 0; i + 2 <= size; i += 2)
        memcpy(text + i, "![", 2);
    ASSERT_OK(markdown_html(t->arena, (str){ text, size - 1 }, &out));
}

RUN_TESTS(ROW(markdown_becomes_markup_that_a_stranger_cannot_bend), ROW(the_same_as_plain_text),
    ROW(long_texts_are_refused_and_deep_ones_are_not_slow))
