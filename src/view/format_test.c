/* A few forms one can read; many are compared with Intl by tests/house/formats.test.mjs. */
#include "base/test.h"

#include "view/lang.h"

#define SP "\xc2\xa0"

TEST(money_stands_in_the_readers_form)
{
    static const struct {
        int64_t minor;
        const char *code, *en, *pl, *ru;
    } cases[] = {
        { 1250, "EUR", "€12.50", "12,50" SP "€", "12,50" SP "€" },
        { -123450, "EUR", "−€1,234.50", "-1234,50" SP "€", "-1" SP "234,50" SP "€" },
        { 1234567, "PLN", "PLN" SP "12,345.67", "12" SP "345,67" SP "zł",
            "12" SP "345,67" SP "PLN" },
        { 5, "USD", "$0.05", "0,05" SP "USD", "0,05" SP "$" },
        { 1250, "JPY", "¥1,250", "1250" SP "JPY", "1" SP "250" SP "¥" },
        { 1250, "BHD", "BHD" SP "1.250", "1,250" SP "BHD", "1,250" SP "BHD" },
        { INT64_MIN, "EUR", "−€92,233,720,368,547,758.08",
            "-92" SP "233" SP "720" SP "368" SP "547" SP "758,08" SP "€",
            "-92" SP "233" SP "720" SP "368" SP "547" SP "758,08" SP "€" },
    };

    EACH (c, cases) {
        amount a = { .minor = c->minor };

        test_case("%lld %s", (long long)c->minor, c->code);
        ASSERT_OK(currency_read(str_of(c->code), &a.currency));
        ASSERT_STR(format_money(t->arena, languages[0], a), c->en);
        ASSERT_STR(format_money(t->arena, languages[1], a), c->pl);
        ASSERT_STR(format_money(t->arena, languages[2], a), c->ru);
    }
}

TEST(whole_money_rounds_half_away_from_zero)
{
    static const struct {
        int64_t minor;
        const char *en;
    } cases[] = { { 200000, "€2,000" }, { 150, "€2" }, { 149, "€1" }, { -150, "−€2" },
        { -49, "€0" } };

    EACH (c, cases)
        ASSERT_STR(
            format_money_whole(t->arena, languages[0], (amount){ c->minor, { "EUR" } }), c->en);
}

TEST(percentages_and_ratios_have_a_no_break_space)
{
    static const struct {
        int64_t numerator, denominator;
        int decimals;
        const char *en;
    } ratios[] = {
        { 3191541, 5284010, 1, "60.4" SP "%" },
        { 1, 3, 2, "33.33" SP "%" },
        { 2, 3, 0, "67" SP "%" },
        { -1, 8, 1, "−12.5" SP "%" },
        { 1, -8, 0, "−13" SP "%" },
        { 0, -5, 1, "0.0" SP "%" },
        { 5, 0, 1, "–" },
        { INT64_MIN, INT64_MIN, 6, "100.000000" SP "%" },
        { -1, 2000, 1, "−0.1" SP "%" },
        { -1, 2001, 1, "0.0" SP "%" },
    };

    ASSERT_STR(format_percent_bp(t->arena, languages[0], 1250), "12.5" SP "%");
    ASSERT_STR(format_percent_bp(t->arena, languages[1], 4000), "40" SP "%");
    ASSERT_STR(format_percent_bp(t->arena, languages[2], -5), "-0,05" SP "%");
    EACH (c, ratios) {
        test_case("%s", c->en);
        ASSERT_STR(
            format_ratio(t->arena, languages[0], c->numerator, c->denominator, c->decimals), c->en);
    }
    ASSERT_STR(format_quotient(t->arena, languages[1], 19, 10, 1), "1,9");
}

TEST(exact_decimals_keep_every_digit)
{
    currency euro = { "EUR" };

    ASSERT_STR(format_decimal(t->arena, languages[1], STR("-12345.5268")), "-12" SP "345,5268");
    ASSERT_STR(format_money_exact(t->arena, languages[0], STR("27.5268"), euro), "€27.5268");
    ASSERT_STR(format_money_exact(t->arena, languages[2], STR("-0.5"), euro), "-0,5" SP "€");
    ASSERT_STR(format_decimal(t->arena, languages[1], STR("1e5")), "1e5");
    ASSERT_STR(format_decimal(t->arena, languages[1], STR("1.")), "1.");
    ASSERT_STR(format_decimal(t->arena, languages[1], STR(".5")), ".5");
    ASSERT_STR(format_decimal(t->arena, languages[1], STR("1.2.3")), "1.2.3");
}

TEST(dates_stand_in_the_readers_form_and_zone)
{
    static const struct {
        enum date_form form;
        const char *en, *pl, *ru;
    } cases[] = {
        { DATE_LONG, "1 December 2026", "1 grudnia 2026", "1 декабря 2026" SP "г." },
        { DATE_SHORT, "1 Dec", "1 gru", "1 дек." },
        { DATE_SHORT_YEAR, "1 Dec 2026", "1 gru 2026", "1 дек. 2026" SP "г." },
        { DATE_DAY, "1 December", "1 grudnia", "1 декабря" },
        { DATE_TIME, "1 Dec, 01:30", "1 gru, 01:30", "1 дек., 01:30" },
        { DATE_TIME_MS, "1 Dec, 01:30:08.412", "1 gru, 01:30:08.412", "1 дек., 01:30:08.412" },
        { DATE_FULL, "1 December 2026, 01:30", "1 grudnia 2026 01:30",
            "1 декабря 2026" SP "г. в 01:30" },
        { DATE_WEEKDAY, "Tuesday 1 December", "wtorek, 1 grudnia", "вторник, 1 декабря" },
        { DATE_MONTH, "December 2026", "grudzień 2026", "декабрь 2026" SP "г." },
        { DATE_MONTH_SHORT, "Dec", "gru", "дек." },
        { DATE_CLOCK, "01:30:08", "01:30:08", "01:30:08" },
        { DATE_MINUTE, "01:30", "01:30", "01:30" },
    };
    instant at = test_instant("2026-11-30T23:30:08.412Z");

    EACH (c, cases) {
        test_case("%s", c->en);
        ASSERT_STR(format_date(t->arena, languages[0], at, c->form, 120), c->en);
        ASSERT_STR(format_date(t->arena, languages[1], at, c->form, 120), c->pl);
        ASSERT_STR(format_date(t->arena, languages[2], at, c->form, 120), c->ru);
    }
    ASSERT_STR(format_input_time(t->arena, at, 120), "2026-12-01T01:30");
    ASSERT_STR(format_input_date(t->arena, at, -60), "2026-11-30");
}

TEST(time_that_has_passed_is_told_in_its_largest_unit)
{
    static const struct {
        int64_t ms;
        const char *en, *pl, *ru;
    } cases[] = {
        { 0, "just now", "przed chwilą", "только что" },
        { 59999, "just now", "przed chwilą", "только что" },
        { MINUTE_MS, "1 min ago", "1 min temu", "1 мин. назад" },
        { 23 * HOUR_MS, "23 h ago", "23 godz. temu", "23 ч назад" },
        { DAY_MS, "1 day ago", "1 dzień temu", "1 день назад" },
        { 22 * DAY_MS, "22 days ago", "22 dni temu", "22 дня назад" },
        { 65 * DAY_MS, "2 months ago", "2 miesiące temu", "2 месяца назад" },
        { 400 * DAY_MS, "1 year ago", "1 rok temu", "1 год назад" },
        { -3 * DAY_MS, "in 3 days", "za 3 dni", "через 3 дня" },
        { -59999, "just now", "przed chwilą", "только что" },
    };
    instant now = test_instant("2026-12-01T10:00:00Z");

    EACH (c, cases) {
        instant then = instant_plus_ms(now, -c->ms);

        test_case("%s", c->en);
        ASSERT_STR(format_ago(t->arena, languages[0], then, now), c->en);
        ASSERT_STR(format_ago(t->arena, languages[1], then, now), c->pl);
        ASSERT_STR(format_ago(t->arena, languages[2], then, now), c->ru);
    }
}

RUN_TESTS(ROW(money_stands_in_the_readers_form), ROW(whole_money_rounds_half_away_from_zero),
    ROW(percentages_and_ratios_have_a_no_break_space), ROW(exact_decimals_keep_every_digit),
    ROW(dates_stand_in_the_readers_form_and_zone),
    ROW(time_that_has_passed_is_told_in_its_largest_unit))
