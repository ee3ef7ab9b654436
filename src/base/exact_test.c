/* Exact rational amounts and their one rounding. */
#include "base/amount.h"

#include <stdlib.h>
#include <string.h>

#include "base/test.h"

static const currency EUR = { "EUR" }, JPY = { "JPY" }, KWD = { "KWD" };
#define MINOR(e8_) ((exact){ (e8_) })
#define UNIT       INT64_C(100000000)

TEST(halves_are_rounded_away_from_zero)
{
    /* clang-format off */
    static const struct { int64_t e8, minor; } cases[] = {
        { 0, 0 }, { 1, 0 }, { UNIT / 2 - 1, 0 }, { UNIT / 2, 1 }, { UNIT, 1 }, { UNIT * 3 / 2 - 1, 1 },
        { UNIT * 3 / 2, 2 }, { UNIT * 5 / 2, 3 }, { -1, 0 }, { -UNIT / 2 + 1, 0 }, { -UNIT / 2, -1 },
        { -UNIT * 3 / 2, -2 }, { -UNIT * 5 / 2, -3 }, { -UNIT * 5 / 2 + 1, -2 },
    };
    /* clang-format on */
    int64_t out;

    EACH (c, cases) {
        test_case("%lld", (long long)c->e8);
        ASSERT_OK(exact_round(MINOR(c->e8), &out));
        ASSERT_INT(out, c->minor);
    }
}

TEST(rounding_refuses_what_does_not_fit)
{
    int64_t out = 7;

    ASSERT_OK(exact_round(exact_of(INT64_MAX), &out));
    ASSERT_INT(out, INT64_MAX);
    ASSERT_OK(exact_round(exact_of(INT64_MIN), &out));
    ASSERT_INT(out, INT64_MIN);
    ASSERT_OK(exact_round(exact_add(exact_of(INT64_MAX), MINOR(UNIT / 2 - 1)), &out));
    ASSERT_ERR(
        exact_round(exact_add(exact_of(INT64_MAX), MINOR(UNIT / 2)), &out), &AMOUNT_OVERFLOW);
    ASSERT_OK(exact_round(exact_sub(exact_of(INT64_MIN), MINOR(UNIT / 2 - 1)), &out));
    ASSERT_ERR(
        exact_round(exact_sub(exact_of(INT64_MIN), MINOR(UNIT / 2)), &out), &AMOUNT_OVERFLOW);
    ASSERT_ERR(exact_round(exact_share(INT64_MAX, 1000000, 10000), &out), &AMOUNT_OVERFLOW);
}

TEST(shares_are_exact_and_print_as_decimals)
{
    /* clang-format off */
    static const struct { int64_t minor, percent_bp, share_bp; currency currency; const char *printed; int64_t rounded; } cases[] = {
        { 9950,  1000, 10000, { "EUR" }, "9.95",     995 },
        { 12990, 1250, 10000, { "EUR" }, "16.2375", 1624 },
        { 22939, 1200, 10000, { "EUR" }, "27.5268", 2753 },
        { 22939, 1200, 3333,  { "EUR" }, "9.17468244", 917 },
        { 1,     1,    1,     { "EUR" }, "0.0000000001", 0 },
        { -9950, 1000, 10000, { "EUR" }, "-9.95",   -995 },
        { -1,    5000, 10000, { "EUR" }, "-0.005",    -1 },
        { 1250,  1000, 10000, { "JPY" }, "125",      125 },
        { 1255,  1000, 10000, { "JPY" }, "125.5",    126 },
        { 1234,  1000, 10000, { "KWD" }, "0.1234",   123 },
        { 1000,  1000, 10000, { "KWD" }, "0.100",    100 },
        { 0,     1000, 10000, { "EUR" }, "0.00",       0 },
        { 0,     1000, 10000, { "JPY" }, "0",          0 },
        { 100,   10000, 10000, { "EUR" }, "1.00",    100 },
    };
    /* clang-format on */
    int64_t out;

    EACH (c, cases) {
        exact e = exact_share(c->minor, c->percent_bp, c->share_bp);

        test_case("%s", c->printed);
        ASSERT_STR(exact_decimal(t->arena, e, c->currency), c->printed);
        ASSERT_OK(exact_round(e, &out));
        ASSERT_INT(out, c->rounded);
    }
}

TEST(a_decimal_without_fraction_ends_at_the_minor_unit)
{
    ASSERT_STR(exact_decimal(t->arena, exact_of(INT64_MIN), EUR), "-92233720368547758.08");
    ASSERT_STR(exact_decimal(t->arena, exact_of(INT64_MAX), JPY), "9223372036854775807");
    ASSERT_STR(exact_decimal(t->arena, exact_of(5), KWD), "0.005");
}

TEST(parts_of_a_sum_add_up_to_its_rounding)
{
    /* clang-format off */
    static const struct { int64_t e8[3], parts[3]; } cases[] = {
        { { UNIT / 2, UNIT / 2, 0 },              { 1, 0, 0 } },
        { { -UNIT / 2, -UNIT / 2, 0 },            { -1, 0, 0 } },
        { { UNIT / 3, UNIT / 3, UNIT / 3 },       { 1, 0, 0 } },
        { { UNIT * 9 / 10, UNIT * 9 / 10, 0 },    { 1, 1, 0 } },
        { { UNIT * 4 / 10, UNIT * 6 / 10, UNIT }, { 0, 1, 1 } },
        { { UNIT * 3 / 2, -UNIT / 2, 0 },         { 2, -1, 0 } },
        { { 0, 0, 0 },                            { 0, 0, 0 } },
    };
    /* clang-format on */
    int64_t parts[3];

    EACH (c, cases) {
        exact e[3] = { MINOR(c->e8[0]), MINOR(c->e8[1]), MINOR(c->e8[2]) };

        test_case(
            "%lld, %lld, %lld", (long long)c->e8[0], (long long)c->e8[1], (long long)c->e8[2]);
        ASSERT_OK(exact_split(e, parts, 3));
        for (size_t i = 0; i < 3; i++)
            ASSERT_INT(parts[i], c->parts[i]);
    }
}

TEST(random_parts_add_up_are_near_and_mirror_when_negated)
{
    for (int round = 0; round < 5000; round++) {
        size_t count = (size_t)test_random_between(t, 1, 9);
        exact e[9], negated[9], sum = { 0 };
        int64_t parts[9], mirrored[9], total, added = 0;

        for (size_t i = 0; i < count; i++) {
            e[i] = exact_share(test_random_between(t, -100000, 1000000),
                test_random_between(t, 0, 10000), test_random_between(t, 0, 10000));
            negated[i] = exact_sub((exact){ 0 }, e[i]);
            sum = exact_add(sum, e[i]);
        }
        ASSERT_OK(exact_round(sum, &total));
        ASSERT_OK(exact_split(e, parts, count));
        ASSERT_OK(exact_split(negated, mirrored, count));
        for (size_t i = 0; i < count; i++) {
            __int128 off = e[i].e8 - (__int128)parts[i] * UNIT;

            ASSERT_TRUE(off < UNIT && -off < UNIT);
            ASSERT_INT(parts[i], -mirrored[i]);
            added += parts[i];
        }
        ASSERT_INT(added, total);
    }
}

TEST(splitting_refuses_what_does_not_fit)
{
    exact e[2] = { exact_share(INT64_MAX, 1000000, 10000), exact_of(0) };
    int64_t parts[2];

    ASSERT_ERR(exact_split(e, parts, 2), &AMOUNT_OVERFLOW);
    e[1] = exact_sub(exact_of(1), e[0]); /* the sum fits, its parts do not */
    ASSERT_ERR(exact_split(e, parts, 2), &AMOUNT_OVERFLOW);
}

TEST(scaling_multiplies_before_it_divides)
{
    ASSERT_TRUE(exact_scale(exact_of(995), 1, 3).e8 == (__int128)995 * UNIT / 3 + 1);
    ASSERT_TRUE(exact_scale(exact_of(-995), 1, 3).e8 == -((__int128)995 * UNIT / 3) - 1);
    ASSERT_TRUE(exact_scale(exact_of(995), -1, -3).e8 == (__int128)995 * UNIT / 3 + 1);
    ASSERT_TRUE(exact_scale(exact_of(996), 1, 3).e8 == exact_of(332).e8);
    ASSERT_TRUE(
        exact_scale(exact_of(INT64_MAX), INT64_MAX, INT64_MAX).e8 == exact_of(INT64_MAX).e8);
    ASSERT_TRUE(
        exact_scale(exact_of(INT64_MIN), INT64_MIN, INT64_MIN).e8 == exact_of(INT64_MIN).e8);
    ASSERT_TRUE(exact_scale(exact_share(INT64_MAX, 1000000, 10000), INT64_MAX, INT64_MAX).e8 ==
                exact_share(INT64_MAX, 1000000, 10000).e8);
    for (int i = 0; i < 5000; i++) {
        int64_t minor = test_random_between(t, -1000000000, 1000000000);
        int64_t n = test_random_between(t, 0, 1000000000),
                d = test_random_between(t, 1, 1000000000);

        __int128 product = (__int128)minor * UNIT * n, away = minor < 0 ? 1 - d : d - 1;
        ASSERT_TRUE(exact_scale(exact_of(minor), n, d).e8 == (product + away) / d);
    }
}

RUN_TESTS(ROW(halves_are_rounded_away_from_zero), ROW(rounding_refuses_what_does_not_fit),
    ROW(shares_are_exact_and_print_as_decimals),
    ROW(a_decimal_without_fraction_ends_at_the_minor_unit),
    ROW(parts_of_a_sum_add_up_to_its_rounding),
    ROW(random_parts_add_up_are_near_and_mirror_when_negated),
    ROW(splitting_refuses_what_does_not_fit), ROW(scaling_multiplies_before_it_divides))
