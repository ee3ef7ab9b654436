/* Stored JSON, read back for pages. */
#include "base/test.h"

#include <string.h>

#include "base/buf.h"
#include "view/tree.h"

TEST(what_is_json_is_read_and_prints_the_same)
{
    static const char *const cases[] = {
        "null",
        "true",
        "[]",
        "{}",
        "\"text\"",
        "[0,-1,9223372036854775807,-9223372036854775808,1.5,1e400,-0.0,9223372036854775808]",
        "{\"a\":{\"b\":[{\"c\":null}]},\"\":1}",
        "{\"total\":{\"amount\":-1250,\"currency\":\"EUR\"}}",
        "{\"paid_at\":\"2026-12-01T10:00:00Z\",\"rate_bp\":1250,\"day_at\":\"2026-12-01\"}",
        "\"Zoë €\"",
    };

    EACH (c, cases) {
        struct view *v = view_read_json(t->arena, str_of(*c));
        struct buf out = buf_new(t->arena);

        test_case("%s", *c);
        ASSERT_TRUE(v != NULL);
        view_json(v, &out);
        ASSERT_STR(buf_str(&out), *c);
    }
}

TEST(escapes_become_their_letters)
{
    struct view *v = view_read_json(
        t->arena, STR(" [ \"\\u0041\\n\\/\\\\\\\"\\u00e9\\u20ac\\ud83c\\udf75\" , -0 ]\r\n\t"));

    ASSERT_TRUE(v != NULL);
    ASSERT_STR(v->first->text, "A\n/\\\"é€🍵");
    ASSERT_INT(v->last->n, 0);
}

TEST(what_is_no_json_is_refused)
{
    static const char *const cases[] = {
        "",
        " ",
        "nul",
        "nulll",
        "True",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\"}",
        "{\"a\":}",
        "01",
        "+1",
        "-",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        "NaN",
        "'a'",
        "\"",
        "\"a",
        "\"\n\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"\\u0000\"",
        "\"\xff\"",
        "\"\xed\xa0\x80\"",
        "[",
        "]",
        "{",
        "}",
        "1 2",
        "[]]",
        "{\"a\":1,\"b\":2,\"a\":3}",
        "{\"a\":1,\"\\u0061\":3}",
        "/* */ 1",
        "\"\t\"",
    };

    EACH (c, cases) {
        test_case("%s", *c);
        ASSERT_TRUE(view_read_json(t->arena, str_of(*c)) == NULL);
    }
    ASSERT_TRUE(view_read_json(t->arena, STR_NONE) == NULL);
    ASSERT_TRUE(view_read_json(t->arena, STR("1\0")) == NULL);
}

TEST(nesting_ends_at_sixty_four)
{
    char text[140];

    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    ASSERT_TRUE(view_read_json(t->arena, (str){ text, 130 }) == NULL);
    ASSERT_TRUE(view_read_json(t->arena, (str){ text + 1, 128 }) != NULL);
}

TEST(money_instants_and_percentages_are_known_by_their_form)
{
    static const struct {
        const char *json;
        enum view_kind kind;
    } cases[] = {
        { "{\"x\":{\"amount\":1,\"currency\":\"EUR\"}}", VIEW_MONEY },
        { "{\"x\":{\"currency\":\"JPY\",\"amount\":1}}", VIEW_MONEY },
        { "{\"x\":{\"amount\":1,\"currency\":\"XQX\"}}", VIEW_OBJECT },
        { "{\"x\":{\"amount\":1.5,\"currency\":\"EUR\"}}", VIEW_OBJECT },
        { "{\"x\":{\"amount\":\"1\",\"currency\":\"EUR\"}}", VIEW_OBJECT },
        { "{\"x\":{\"amount\":1,\"currency\":\"EUR\",\"id\":1}}", VIEW_OBJECT },
        { "{\"x_at\":\"2026-12-01T10:00:00+02:00\"}", VIEW_INSTANT },
        { "{\"x_at\":\"2026-12-01\"}", VIEW_STR },
        { "{\"x_at\":\"tomorrow at ten\"}", VIEW_STR },
        { "{\"x\":\"2026-12-01T10:00:00Z\"}", VIEW_STR },
        { "{\"x_bp\":1250}", VIEW_PERCENT },
        { "{\"x_bp\":12.5}", VIEW_NUMBER },
        { "{\"x\":1250}", VIEW_INT },
    };

    EACH (c, cases) {
        struct view *v = view_read_json(t->arena, str_of(c->json));

        test_case("%s", c->json);
        ASSERT_TRUE(v != NULL);
        ASSERT_INT(v->first->kind, c->kind);
    }
}

TEST(a_raw_leaf_is_opened_when_it_is_walked)
{
    struct view *v = view_new(t->arena);

    view_raw(v, "receipt", STR("{\"sum\":{\"amount\":5,\"currency\":\"EUR\"}}"));
    view_raw(v, "broken", STR("{"));
    ASSERT_INT(view_find(view_find(v, STR("receipt")).leaf, STR("sum")).leaf->kind, VIEW_MONEY);
    ASSERT_TRUE(view_open(view_find(v, STR("broken")).leaf) == NULL);
    ASSERT_TRUE(view_open(view_find(v, STR("broken")).leaf) == NULL);
}

RUN_TESTS(ROW(what_is_json_is_read_and_prints_the_same), ROW(escapes_become_their_letters),
    ROW(what_is_no_json_is_refused), ROW(nesting_ends_at_sixty_four),
    ROW(money_instants_and_percentages_are_known_by_their_form),
    ROW(a_raw_leaf_is_opened_when_it_is_walked))
