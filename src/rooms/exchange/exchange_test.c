/* Rates: read strictly, used exactly, rounded once. */
#include "rooms/exchange/exchange.h"

#include "base/test.h"

TEST(a_rate_is_a_plain_decimal_above_zero)
{
    static const struct {
        const char *text;
        int64_t e12; /* 0: refused */
    } cases[] = {
        { "0.9234", 923400000000 },
        { "1", 1000000000000 },
        { "0.000000000001", 1 },
        { "999999.999999999999", 999999999999999999 },
        { "25.", 25000000000000 },
        { "0", 0 },
        { "0.0000000000001", 0 },
        { "1000000", 0 },
        { "", 0 },
        { ".5", 0 },
        { "1,5", 0 },
        { "-1", 0 },
        { "1e3", 0 },
        { "1.2.3", 0 },
        { "99999999999999999999", 0 },
    };

    EACH (c, cases) {
        int64_t e12 = 0;
        test_case("%s", c->text);
        if (c->e12) {
            ASSERT_OK(exchange_read(str_of(c->text), &e12));
            ASSERT_INT(e12, c->e12);
        } else {
            ASSERT_TRUE(err_is(exchange_read(str_of(c->text), &e12), &RATE_TEXT));
        }
    }
}

TEST(sums_are_exact_across_minor_units_and_rounded_half_away)
{
    static const struct {
        const char *from, *to, *rate;
        int64_t minor, wanted;
    } cases[] = {
        { "USD", "EUR", "0.9234", 10000, 9234 },
        { "USD", "EUR", "0.5", 1, 1 }, /* 0.5 cents: away from zero */
        { "USD", "EUR", "0.5", -1, -1 },
        { "USD", "EUR", "0.49", 1, 0 },
        { "JPY", "EUR", "0.0061", 1000, 610 }, /* ¥1,000 × 0.0061 = €6.10 */
        { "EUR", "JPY", "163.5", 610, 997 },   /* €6.10 × 163.5 = ¥997.35 */
        { "EUR", "KWD", "0.333", 1000, 3330 }, /* €10.00 = 3.330 dinars */
        { "KWD", "JPY", "480.25", 1001, 481 }, /* 1.001 × 480.25 = 480.73 */
        { "JPY", "KWD", "0.002082", 1, 2 },    /* 2.082 fils */
        { "VND", "EUR", "0.0000364", 1000000, 3640 },
    };

    EACH (c, cases) {
        amount out, from = { c->minor, { "" } };
        currency to;
        int64_t e12;
        test_case("%lld %s in %s", (long long)c->minor, c->from, c->to);
        ASSERT_OK(currency_read(str_of(c->from), &from.currency));
        ASSERT_OK(currency_read(str_of(c->to), &to));
        ASSERT_OK(exchange_read(str_of(c->rate), &e12));
        ASSERT_OK(exchange_convert(from, to, e12, &out));
        ASSERT_INT(out.minor, c->wanted);
        ASSERT_TRUE(currency_eq(out.currency, to));
    }
}

TEST(what_does_not_fit_is_refused)
{
    amount out, from = { INT64_MAX, { "USD" } };

    ASSERT_TRUE(exchange_convert(from, (currency){ "EUR" }, INT64_C(999999999999999999), &out));
    from.minor = INT64_C(1000000000000000);
    ASSERT_OK(exchange_convert(from, (currency){ "EUR" }, INT64_C(1000000000000), &out));
    ASSERT_INT(out.minor, from.minor);
}

TEST(the_rate_of_a_day_holds_until_the_next)
{
    struct exchange_rate rates[] = {
        { .id = 1, .currency = { "GBP" }, .day = { 10 * DAY_MS } },
        { .id = 2, .currency = { "USD" }, .day = { 10 * DAY_MS } },
        { .id = 3, .currency = { "USD" }, .day = { 10 * DAY_MS } }, /* told later */
        { .id = 4, .currency = { "USD" }, .day = { 20 * DAY_MS } },
    };
    struct list all = { rates, 4 };
    currency usd = { "USD" };

    ASSERT_FALSE(exchange_find(&all, usd, (instant){ 10 * DAY_MS - 1 }));
    ASSERT_INT(exchange_find(&all, usd, (instant){ 10 * DAY_MS })->id, 3);
    ASSERT_INT(exchange_find(&all, usd, (instant){ 20 * DAY_MS - 1 })->id, 3);
    ASSERT_INT(exchange_find(&all, usd, (instant){ 99 * DAY_MS })->id, 4);
    ASSERT_FALSE(exchange_find(&all, (currency){ "JPY" }, (instant){ 99 * DAY_MS }));
}

RUN_TESTS(ROW(a_rate_is_a_plain_decimal_above_zero),
    ROW(sums_are_exact_across_minor_units_and_rounded_half_away), ROW(what_does_not_fit_is_refused),
    ROW(the_rate_of_a_day_holds_until_the_next))
