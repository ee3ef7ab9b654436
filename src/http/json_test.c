/* JSON that comes in. */
#include "http/json.h"

#include "base/buf.h"
#include "base/test.h"

TEST(whole_json_is_read)
{
    struct value v;

    ASSERT_OK(value_read(t->arena,
        STR(" {\"a\": [1, -2, true, null, \"x\\u00e9\"], \"b\": {\"c\": \"\"}, \"max\": "
            "9223372036854775807, "
            "\"min\": -9223372036854775808} "),
        &v));
    ASSERT_INT(v.kind, VALUE_OBJECT);
    ASSERT_INT(v.count, 4);
    ASSERT_STR(v.names[0], "a");
    const struct value *a = value_member(&v, STR("a"));
    ASSERT_INT(a->count, 5);
    ASSERT_INT(a->items[1].number, -2);
    ASSERT_TRUE(a->items[2].truth);
    ASSERT_INT(a->items[3].kind, VALUE_NULL);
    ASSERT_STR(a->items[4].text, "x\xC3\xA9");
    ASSERT_INT(value_member(&v, STR("max"))->number, INT64_MAX);
    ASSERT_INT(value_member(&v, STR("min"))->number, INT64_MIN);
    ASSERT_STR(value_member(value_member(&v, STR("b")), STR("c"))->text, "");
    ASSERT_TRUE(value_member(&v, STR("z")) == NULL);
}

TEST(numbers_that_are_no_64_bit_integers_are_known_as_such)
{
    static const struct {
        const char *text;
        enum value_kind kind;
    } cases[] = {
        { "9223372036854775807", VALUE_INT },
        { "9223372036854775808", VALUE_HUGE },
        { "-9223372036854775809", VALUE_HUGE },
        { "99999999999999999999999999999999", VALUE_HUGE },
        { "12.9", VALUE_REAL },
        { "12.0", VALUE_REAL },
        { "1e3", VALUE_REAL },
        { "-0", VALUE_INT },
        { "\"9223372036854775808\"", VALUE_TEXT },
    };

    EACH (c, cases) {
        struct value v;
        test_case("%s", c->text);
        ASSERT_OK(value_read(t->arena, str_of(c->text), &v));
        ASSERT_INT(v.kind, c->kind);
    }
}

TEST(a_huge_integer_of_a_thousand_digits_is_huge)
{
    struct buf text = buf_new(t->arena);
    struct value v;

    for (int i = 0; i < 1000; i++)
        buf_char(&text, '7');
    ASSERT_OK(value_read(t->arena, buf_str(&text), &v));
    ASSERT_INT(v.kind, VALUE_HUGE);
}

TEST(what_is_not_json_is_refused_by_name)
{
    static const struct {
        const char *text;
        const struct err *named;
    } cases[] = {
        { "", &JSON_MALFORMED },
        { "{", &JSON_MALFORMED },
        { "{}x", &JSON_MALFORMED },
        { "{'a':1}", &JSON_MALFORMED },
        { "{\"a\":1,}", &JSON_MALFORMED },
        { "{\"a\":01}", &JSON_MALFORMED },
        { "{\"a\":NaN}", &JSON_MALFORMED },
        { "[1 2]", &JSON_MALFORMED },
        { "\"a\nb\"", &JSON_MALFORMED },
        { "\"\\ud800\"", &JSON_MALFORMED },
        { "\"a\\u0000b\"", &JSON_MALFORMED },
        { "\"open", &JSON_MALFORMED },
        { "\"open\\", &JSON_MALFORMED },
        { "// c\n{}", &JSON_MALFORMED },
        { "{\"a\":1,\"a\":2}", &DUPLICATE_KEY },
        { "{\"b\":{\"a\":1,\"a\":1}}", &DUPLICATE_KEY },
        { "{\"a\":1,\"\\u0061\":2}", &DUPLICATE_KEY },
        { "{\"a\":\"\xFF\"}", &UTF8_INVALID },
        { "{\"a\":\"\xED\xA0\x80\"}", &UTF8_INVALID },
        { "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", &JSON_TOO_DEEP },
    };

    EACH (c, cases) {
        struct value v;
        test_case("%s", c->text);
        ASSERT_ERR(value_read(t->arena, str_of(c->text), &v), c->named);
    }
}

TEST(sixteen_levels_are_not_too_deep_and_brackets_in_texts_do_not_count)
{
    struct value v;

    ASSERT_OK(value_read(t->arena, STR("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]"), &v));
    ASSERT_OK(value_read(t->arena, STR("\"[[[[[[[[[[[[[[[[[[[[ \\\" [[[[\""), &v));
}

RUN_TESTS(ROW(whole_json_is_read), ROW(numbers_that_are_no_64_bit_integers_are_known_as_such),
    ROW(a_huge_integer_of_a_thousand_digits_is_huge), ROW(what_is_not_json_is_refused_by_name),
    ROW(sixteen_levels_are_not_too_deep_and_brackets_in_texts_do_not_count))
