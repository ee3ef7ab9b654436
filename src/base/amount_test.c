/* Sums, decimal text, splitting. */
#include "base/amount.h"

#include <stdlib.h>
#include <string.h>

#include "base/test.h"

static currency cur(const char *code)
{
    currency c = { 0 };

    ASSERT_OK(currency_read(str_of(code), &c));
    return c;
}

TEST(currencies_are_known_by_iso_code_with_their_minor_unit)
{
    static const struct {
        const char *code;
        int decimals;
    } cases[] = { { "EUR", 2 }, { "usd", 2 }, { "Pln", 2 }, { "RUB", 2 }, { "JPY", 0 },
        { "KRW", 0 }, { "VND", 0 }, { "CLP", 0 }, { "KWD", 3 }, { "TND", 3 }, { "AED", 2 },
        { "ZWG", 2 }, { "XCG", 2 } };

    EACH (c, cases) {
        test_case("%s", c->code);
        ASSERT_INT(currency_decimals(cur(c->code)), c->decimals);
    }
}

TEST(what_is_no_currency_is_refused)
{
    static const char *const cases[] = { "", "E", "EU", "EURO", "XXX", "HRK", "BGN", "XAU", "E R",
        "123", "EÜR" };
    currency out = { "QQQ" };

    EACH (c, cases) {
        test_case("\"%s\"", *c);
        ASSERT_ERR(currency_read(str_of(*c), &out), &CURRENCY_UNKNOWN);
        ASSERT_STR(str_of(out.code), "QQQ");
    }
    ASSERT_ERR(currency_read((str){ "EU\0", 3 }, &out), &CURRENCY_UNKNOWN);
    ASSERT_ERR(currency_read(STR_NONE, &out), &CURRENCY_UNKNOWN);
}

TEST(the_picker_list_is_sorted_and_every_code_in_it_can_be_read)
{
    const char *const *codes = currency_codes();
    size_t count = 0;

    for (; codes[count]; count++) {
        ASSERT_TRUE(currency_eq(cur(codes[count]), cur(codes[count])));
        ASSERT_TRUE(count == 0 || strcmp(codes[count - 1], codes[count]) < 0);
    }
    ASSERT_TRUE(count > 150);
    ASSERT_FALSE(currency_eq(cur("EUR"), cur("USD")));
    ASSERT_TRUE(currency_none((currency){ 0 }));
    ASSERT_FALSE(currency_none(cur("EUR")));
}

TEST(sums_keep_the_currency_and_refuse_overflow_and_mixing)
{
    amount out = { 7, { "QQQ" } };

    ASSERT_OK(amount_add((amount){ 100, cur("EUR") }, (amount){ -250, cur("EUR") }, &out));
    ASSERT_INT(out.minor, -150);
    ASSERT_STR(str_of(out.currency.code), "EUR");
    ASSERT_OK(amount_sub((amount){ 100, cur("EUR") }, (amount){ -250, cur("EUR") }, &out));
    ASSERT_INT(out.minor, 350);
    ASSERT_ERR(
        amount_add((amount){ 1, cur("EUR") }, (amount){ 1, cur("USD") }, &out), &AMOUNT_CURRENCIES);
    ASSERT_ERR(
        amount_sub((amount){ 1, cur("EUR") }, (amount){ 1, cur("USD") }, &out), &AMOUNT_CURRENCIES);
    ASSERT_ERR(amount_add((amount){ INT64_MAX, cur("EUR") }, (amount){ 1, cur("EUR") }, &out),
        &AMOUNT_OVERFLOW);
    ASSERT_ERR(amount_sub((amount){ INT64_MIN, cur("EUR") }, (amount){ 1, cur("EUR") }, &out),
        &AMOUNT_OVERFLOW);
    ASSERT_INT(out.minor, 350);
}

/* clang-format off */
static const struct { const char *text, *currency; int64_t minor; const char *printed; } texts[] = {
    { "12.90",  "EUR",  1290, "12.90" },
    { "12.9",   "EUR",  1290, "12.90" },
    { "12",     "EUR",  1200, "12.00" },
    { "0.05",   "EUR",     5, "0.05" },
    { "-0.05",  "EUR",    -5, "-0.05" },
    { "-3",     "EUR",  -300, "-3.00" },
    { "0",      "EUR",     0, "0.00" },
    { "-0",     "EUR",     0, "0.00" },
    { "007.5",  "EUR",   750, "7.50" },
    { "1250",   "JPY",  1250, "1250" },
    { "-1",     "JPY",    -1, "-1" },
    { "1.234",  "KWD",  1234, "1.234" },
    { "1",      "KWD",  1000, "1.000" },
    { "92233720368547758.07",  "EUR", INT64_MAX, "92233720368547758.07" },
    { "-92233720368547758.08", "EUR", INT64_MIN, "-92233720368547758.08" },
    { "9223372036854775807",   "JPY", INT64_MAX, "9223372036854775807" },
};
/* clang-format on */

TEST(decimal_text_is_read_and_printed_exactly)
{
    amount out;

    EACH (c, texts) {
        test_case("%s %s", c->text, c->currency);
        ASSERT_OK(amount_read(str_of(c->text), cur(c->currency), &out));
        ASSERT_INT(out.minor, c->minor);
        ASSERT_STR(amount_decimal(t->arena, out), c->printed);
    }
}

TEST(text_that_is_not_exactly_an_amount_is_refused)
{
    static const char *const cases[] = { "", "-", ".", "1.", ".5", "1.234", "1,50", "1 000", " 1",
        "1 ", "+1", "1e3", "0x10", "1.2.3", "--1", "NaN", "inf", "1.-5", "١" };
    amount out = { .minor = 7 };

    EACH (c, cases) {
        test_case("\"%s\"", *c);
        ASSERT_ERR(amount_read(str_of(*c), cur("EUR"), &out), &AMOUNT_TEXT);
    }
    ASSERT_ERR(amount_read(STR("1.0"), cur("JPY"), &out), &AMOUNT_TEXT);
    ASSERT_ERR(amount_read(STR("1.0000"), cur("KWD"), &out), &AMOUNT_TEXT);
    ASSERT_ERR(amount_read(STR_NONE, cur("EUR"), &out), &AMOUNT_TEXT);
    ASSERT_ERR(amount_read(STR("92233720368547758.08"), cur("EUR"), &out), &AMOUNT_OVERFLOW);
    ASSERT_ERR(amount_read(STR("-92233720368547758.09"), cur("EUR"), &out), &AMOUNT_OVERFLOW);
    ASSERT_ERR(amount_read(STR("9223372036854775808"), cur("JPY"), &out), &AMOUNT_OVERFLOW);
    ASSERT_ERR(amount_read(STR("99999999999999999999999999"), cur("EUR"), &out), &AMOUNT_OVERFLOW);
    ASSERT_INT(out.minor, 7);
}

TEST(every_amount_survives_printing_and_reading)
{
    static const char *const codes[] = { "JPY", "EUR", "KWD" };
    amount out;

    for (int i = 0; i < 3000; i++) {
        amount a = { (int64_t)test_random(t) >> test_random_between(t, 0, 63), cur(codes[i % 3]) };
        str text = amount_decimal(t->arena, a);

        test_case("%.*s", STR_ARG(text));
        ASSERT_OK(amount_read(text, a.currency, &out));
        ASSERT_INT(out.minor, a.minor);
    }
}

TEST(the_largest_rests_get_the_odd_units_and_ties_go_to_the_first)
{
    /* clang-format off */
    static const struct { int64_t whole, weights[4], parts[4]; } cases[] = {
        { 100,  { 1, 1, 1, 0 },         { 34, 33, 33, 0 } },
        { 101,  { 1, 1, 1, 0 },         { 34, 34, 33, 0 } },
        { -100, { 1, 1, 1, 0 },         { -34, -33, -33, 0 } },
        { 1,    { 1, 1, 1, 1 },         { 1, 0, 0, 0 } },
        { 0,    { 1, 2, 3, 4 },         { 0, 0, 0, 0 } },
        { 10,   { 0, 0, 7, 0 },         { 0, 0, 10, 0 } },
        { 100,  { 1, 2, 3, 1 },         { 14, 29, 43, 14 } },
        { 995,  { 4000, 2000, 4000, 0 },{ 398, 199, 398, 0 } },
        { 7,    { 5000, 2500, 2500, 0 },{ 3, 2, 2, 0 } },
        { INT64_MAX, { INT64_MAX, INT64_MAX, 0, 0 }, { INT64_MAX / 2 + 1, INT64_MAX / 2, 0, 0 } },
        { INT64_MIN, { INT64_MAX, INT64_MAX, 0, 0 }, { INT64_MIN / 2, INT64_MIN / 2, 0, 0 } },
        { INT64_MIN, { 0, 1, 0, 0 },    { 0, INT64_MIN, 0, 0 } },
    };
    /* clang-format on */
    int64_t parts[4];

    EACH (c, cases) {
        test_case("%lld", (long long)c->whole);
        amount_split(c->whole, c->weights, parts, 4);
        for (size_t i = 0; i < 4; i++)
            ASSERT_INT(parts[i], c->parts[i]);
    }
}

TEST(parts_sum_to_the_whole_and_are_less_than_one_unit_off)
{
    int64_t weights[12], parts[12];

    for (int round = 0; round < 5000; round++) {
        size_t count = (size_t)test_random_between(t, 1, 12);
        int64_t whole = (int64_t)test_random(t) >> test_random_between(t, 0, 63), sum = 0;
        __int128 total = 0;

        for (size_t i = 0; i < count; i++) {
            weights[i] = (int64_t)(test_random(t) >> test_random_between(t, 1, 62));
            total += weights[i];
        }
        if (total == 0)
            continue;
        amount_split(whole, weights, parts, count);
        for (size_t i = 0; i < count; i++) {
            __int128 off = (__int128)whole * weights[i] - (__int128)parts[i] * total;

            sum = (int64_t)((uint64_t)sum + (uint64_t)parts[i]);
            ASSERT_TRUE(off < total && -off < total);
            ASSERT_TRUE(weights[i] > 0 || parts[i] == 0);
        }
        ASSERT_INT(sum, whole);
    }
}

RUN_TESTS(ROW(currencies_are_known_by_iso_code_with_their_minor_unit),
    ROW(what_is_no_currency_is_refused),
    ROW(the_picker_list_is_sorted_and_every_code_in_it_can_be_read),
    ROW(sums_keep_the_currency_and_refuse_overflow_and_mixing),
    ROW(decimal_text_is_read_and_printed_exactly),
    ROW(text_that_is_not_exactly_an_amount_is_refused),
    ROW(every_amount_survives_printing_and_reading),
    ROW(the_largest_rests_get_the_odd_units_and_ties_go_to_the_first),
    ROW(parts_sum_to_the_whole_and_are_less_than_one_unit_off))
