/* Borrowed text and its encodings. */
#include "base/str.h"

#include <string.h>

#include "base/test.h"

TEST(no_text_is_not_the_same_as_empty_text)
{
    ASSERT_TRUE(str_of(NULL).at == NULL);
    ASSERT_TRUE(str_dup(t->arena, STR_NONE).at == NULL);
    ASSERT_TRUE(str_dup(t->arena, STR("")).at != NULL);
    ASSERT_TRUE(str_empty(STR_NONE));
    ASSERT_TRUE(str_empty(STR("")));
    ASSERT_FALSE(str_empty(STR(" ")));
    ASSERT_TRUE(strcmp(str_c(t->arena, STR_NONE), "") == 0);
    ASSERT_TRUE(strcmp(str_c(t->arena, str_first(STR("abc"), 2)), "ab") == 0);
    ASSERT_STR(str_printf(t->arena, "%d-%s", 5, "x"), "5-x");
}

TEST(comparing_counts_bytes)
{
    ASSERT_TRUE(str_eq(STR("a\0b"), (str){ "a\0b", 3 }));
    ASSERT_FALSE(str_eq(STR("a\0b"), (str){ "a\0c", 3 }));
    ASSERT_FALSE(str_eq(STR("a"), STR("A")));
    ASSERT_TRUE(str_eq_nocase(STR("aBz-Ż"), STR("AbZ-Ż")));
    ASSERT_FALSE(str_eq_nocase(STR("ż"), STR("Ż")));
    ASSERT_TRUE(str_cmp(STR("a"), STR("b")) < 0);
    ASSERT_TRUE(str_cmp(STR("a"), STR("ab")) < 0);
    ASSERT_TRUE(str_cmp(STR("\xff"), STR("a")) > 0);
    ASSERT_INT(str_cmp(STR_NONE, STR("")), 0);
}

TEST(searching_finds_the_first_and_survives_the_ends)
{
    size_t at = 99;

    ASSERT_TRUE(str_starts(STR("abc"), STR("ab")));
    ASSERT_FALSE(str_starts(STR("a"), STR("ab")));
    ASSERT_TRUE(str_ends(STR("abc"), STR("bc")));
    ASSERT_FALSE(str_ends(STR("c"), STR("bc")));
    ASSERT_TRUE(str_starts(STR(""), STR("")));
    ASSERT_TRUE(str_has(STR("xabcx"), STR("abc")));
    ASSERT_FALSE(str_has(STR("ab"), STR("abc")));
    ASSERT_FALSE(str_has(STR_NONE, STR("a")));
    ASSERT_TRUE(str_find(STR("a.b.c"), '.', &at));
    ASSERT_INT(at, 1);
    ASSERT_FALSE(str_find(STR("abc"), '.', &at));
    ASSERT_STR(str_from(STR("abc"), 2), "c");
    ASSERT_STR(str_from(STR("abc"), 9), "");
    ASSERT_STR(str_first(STR("abc"), 9), "abc");
    ASSERT_STR(str_trim(STR(" \t a b \r\n")), "a b");
    ASSERT_STR(str_trim(STR("   ")), "");
}

TEST(cutting_gives_every_part_once)
{
    str s = STR("a,,b,"), part;
    const char *const wanted[] = { "a", "", "b", "" };

    EACH (w, wanted) {
        ASSERT_TRUE(str_cut(&s, ',', &part));
        ASSERT_STR(part, *w);
    }
    ASSERT_FALSE(str_cut(&s, ',', &part));
    s = STR("");
    ASSERT_TRUE(str_cut(&s, ',', &part));
    ASSERT_FALSE(str_cut(&s, ',', &part));
    s = STR_NONE;
    ASSERT_FALSE(str_cut(&s, ',', &part));
}

TEST(mapping_makes_new_text)
{
    ASSERT_STR(str_lower(t->arena, STR("AbZ ŻÓŁĆ 9")), "abz ŻÓŁĆ 9");
    ASSERT_STR(str_upper(t->arena, STR("abz żółć 9")), "ABZ żółć 9");
    ASSERT_STR(str_replace(t->arena, STR("aXXbXX"), STR("XX"), STR("-")), "a-b-");
    ASSERT_STR(str_replace(t->arena, STR("aaa"), STR("aa"), STR("b")), "ba");
    ASSERT_STR(str_replace(t->arena, STR("abc"), STR(""), STR("-")), "abc");
}

TEST(only_strict_utf_8_passes)
{
    static const char *const good[] = { "", "abc", "żółć", "я", "€", "😀", "\xf4\x8f\xbf\xbf",
        "\xed\x9f\xbf", "\xee\x80\x80" };
    static const char *const bad[] = { "\x80", "\xff", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80",
        "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "a\xc5", "\xe2\x82", "\xf0\x9f\x98", "\xc5 " };

    EACH (c, good)
        ASSERT_TRUE(str_is_utf8(str_of(*c)));
    EACH (c, bad) {
        test_case("row %zu", (size_t)(c - bad));
        ASSERT_FALSE(str_is_utf8(str_of(*c)));
    }
    ASSERT_FALSE(str_is_utf8(STR("a\0b")));
    ASSERT_INT(str_points(STR("żółć😀")), 5);
}

TEST(code_points_are_read_one_by_one)
{
    static const uint32_t wanted[] = { 'a', 0x17c, 0x20ac, 0x1f600 };
    str s = STR("aż€😀");
    size_t at = 0;
    uint32_t point = 0;

    EACH (w, wanted) {
        at += str_point(s, at, &point);
        ASSERT_INT(point, *w);
    }
    ASSERT_INT(at, s.len);
    ASSERT_INT(str_point(s, at, &point), 0);
}

TEST(whole_numbers_only)
{
    static const char *const bad[] = { "", "-", "+1", " 1", "1 ", "1.0", "1e3", "0x1",
        "9223372036854775808", "-9223372036854775809", "99999999999999999999", "--1" };
    int64_t out = 7;
    uint64_t big = 7;

    EACH (c, bad) {
        test_case("%s", *c);
        ASSERT_FALSE(str_to_int(str_of(*c), &out));
        ASSERT_INT(out, 7);
    }
    ASSERT_TRUE(str_to_int(STR("-9223372036854775808"), &out));
    ASSERT_INT(out, INT64_MIN);
    ASSERT_TRUE(str_to_int(STR("9223372036854775807"), &out));
    ASSERT_INT(out, INT64_MAX);
    ASSERT_TRUE(str_to_int(STR("-0"), &out));
    ASSERT_INT(out, 0);
    ASSERT_TRUE(str_to_uint(STR("18446744073709551615"), &big));
    ASSERT_TRUE(big == UINT64_MAX);
    ASSERT_FALSE(str_to_uint(STR("18446744073709551616"), &big));
    ASSERT_FALSE(str_to_uint(STR("-1"), &big));
}

TEST(base64url_is_canonical_and_exact_in_size)
{
    unsigned char in[40], out[40];

    ASSERT_STR(str_base64url(t->arena, "", 0), "");
    ASSERT_STR(str_base64url(t->arena, "f", 1), "Zg");
    ASSERT_STR(str_base64url(t->arena, "foobar", 6), "Zm9vYmFy");
    ASSERT_STR(str_base64url(t->arena, "\xff\xfe\xfd", 3), "__79");
    for (size_t size = 0; size < sizeof(in); size++) {
        t->env->random(t->env, in, sizeof(in));

        str text = str_base64url(t->arena, in, size);

        ASSERT_TRUE(str_from_base64url(text, out, size));
        ASSERT_TRUE(memcmp(in, out, size) == 0);
        ASSERT_FALSE(str_from_base64url(text, out, size + 1));
        ASSERT_FALSE(size > 0 && str_from_base64url(text, out, size - 1));
    }
    ASSERT_FALSE(str_from_base64url(STR("Zh"), out, 1)); /* bits that mean nothing */
    ASSERT_FALSE(str_from_base64url(STR("Zg=="), out, 1));
    ASSERT_FALSE(str_from_base64url(STR("Z+"), out, 1));
    ASSERT_FALSE(str_from_base64url(STR("Z\0"), out, 1));
}

TEST(hex_and_base32_are_lower_case)
{
    uint64_t out;

    ASSERT_STR(str_hex(t->arena, "\x00\xab\xff", 3), "00abff");
    ASSERT_STR(str_base32_u64(t->arena, 0), "0000000000000");
    ASSERT_STR(str_base32_u64(t->arena, UINT64_MAX), "fzzzzzzzzzzzz");
    ASSERT_TRUE(str_from_base32_u64(STR("fzzzzzzzzzzzz"), &out));
    ASSERT_TRUE(out == UINT64_MAX);
    ASSERT_FALSE(str_from_base32_u64(STR("gzzzzzzzzzzzz"), &out));
    ASSERT_FALSE(str_from_base32_u64(STR("FZZZZZZZZZZZZ"), &out));
}

TEST(percent_encoding_goes_both_ways)
{
    str out;

    ASSERT_STR(
        str_url_encode(t->arena, STR("aZ9-._~ /?&=+%ż")), "aZ9-._~%20%2F%3F%26%3D%2B%25%C5%BC");
    ASSERT_TRUE(str_url_decode(t->arena, STR("a%2fb+c%C5%BC"), true, &out));
    ASSERT_STR(out, "a/b cż");
    ASSERT_TRUE(str_url_decode(t->arena, STR("a+b"), false, &out));
    ASSERT_STR(out, "a+b");
    ASSERT_FALSE(str_url_decode(t->arena, STR("%"), false, &out));
    ASSERT_FALSE(str_url_decode(t->arena, STR("%2"), false, &out));
    ASSERT_FALSE(str_url_decode(t->arena, STR("%zz"), false, &out));
}

RUN_TESTS(ROW(no_text_is_not_the_same_as_empty_text), ROW(comparing_counts_bytes),
    ROW(searching_finds_the_first_and_survives_the_ends), ROW(cutting_gives_every_part_once),
    ROW(mapping_makes_new_text), ROW(only_strict_utf_8_passes),
    ROW(code_points_are_read_one_by_one), ROW(whole_numbers_only),
    ROW(base64url_is_canonical_and_exact_in_size), ROW(hex_and_base32_are_lower_case),
    ROW(percent_encoding_goes_both_ways))
