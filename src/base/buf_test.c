/* Bytes being written. */
#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

#include "base/test.h"

TEST(what_is_added_comes_out_in_order)
{
    struct buf b = buf_new(t->arena);

    ASSERT_STR(buf_str(&b), "");
    buf_add(&b, STR("one "));
    buf_char(&b, '2');
    buf_bytes(&b, " three", 6);
    buf_add(&b, STR_NONE);
    buf_printf(&b, " %d %s", 4, "five");
    buf_int(&b, INT64_MIN);
    ASSERT_STR(buf_str(&b), "one 2 three 4 five-9223372036854775808");
    ASSERT_INT(buf_str(&b).at[buf_str(&b).len], 0);
    buf_clear(&b);
    ASSERT_STR(buf_str(&b), "");
}

TEST(it_grows_as_far_as_needed)
{
    struct buf b = buf_new(t->arena);

    for (int i = 0; i < 100000; i++)
        buf_printf(&b, "%05d", i);
    ASSERT_INT(b.len, 500000);
    ASSERT_STR_EQ(str_first(str_from(buf_str(&b), 5 * 77777), 5), STR("77777"));
}

TEST(json_text_is_quoted_and_never_invalid)
{
    /* clang-format off */
    static const struct { str in; const char *out; } cases[] = {
        { { "", 0 },                    "\"\"" },
        { { "a\"b\\c/", 6 },            "\"a\\\"b\\\\c/\"" },
        { { "\b\f\n\r\t", 5 },          "\"\\b\\f\\n\\r\\t\"" },
        { { "\0\x1f\x7f", 3 },          "\"\\u0000\\u001f\\u007f\"" },
        { { "żółć я €", 15 },           "\"żółć я €\"" },
        { { "\xff", 1 },                "\"\xef\xbf\xbd\"" },
        { { "a\xc5", 2 },               "\"a\xef\xbf\xbd\"" },
        { { "\xed\xa0\x80", 3 },        "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
        { { NULL, 0 },                  "\"\"" },
    };
    /* clang-format on */

    EACH (c, cases) {
        struct buf b = buf_new(t->arena);

        test_case("%s", c->out);
        buf_json(&b, c->in);
        ASSERT_STR(buf_str(&b), c->out);
    }
}

TEST(html_text_cannot_become_markup)
{
    struct buf b = buf_new(t->arena);

    buf_html(&b, STR("<a href='x' id=\"y\">R&D żółć</a>"));
    ASSERT_STR(buf_str(&b), "&lt;a href=&#39;x&#39; id=&quot;y&quot;&gt;R&amp;D żółć&lt;/a&gt;");
    buf_html(&b, STR_NONE);
}

RUN_TESTS(ROW(what_is_added_comes_out_in_order), ROW(it_grows_as_far_as_needed),
    ROW(json_text_is_quoted_and_never_invalid), ROW(html_text_cannot_become_markup))
