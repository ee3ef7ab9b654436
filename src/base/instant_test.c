/* Points in time. */
#include "base/instant.h"

#include <time.h>

#include <stdlib.h>
#include <string.h>

#include "base/test.h"

/* clang-format off */
static const struct { const char *text; int64_t ms; const char *printed; } texts[] = {
    { "2026-12-01T10:00:00Z",           1796119200000, "2026-12-01T10:00:00Z" },
    { "2026-12-01t10:00:00z",           1796119200000, "2026-12-01T10:00:00Z" },
    { "2026-12-01T10:00:00.5Z",         1796119200500, "2026-12-01T10:00:00.500Z" },
    { "2026-12-01T10:00:00.123456789Z", 1796119200123, "2026-12-01T10:00:00.123Z" },
    { "2026-12-01T12:00:00+02:00",      1796119200000, "2026-12-01T10:00:00Z" },
    { "2026-12-01T04:30:00-05:30",      1796119200000, "2026-12-01T10:00:00Z" },
    { "2026-12-01",                     1796083200000, "2026-12-01T00:00:00Z" },
    { "2024-02-29",                     1709164800000, "2024-02-29T00:00:00Z" },
    { "2000-02-29",                      951782400000, "2000-02-29T00:00:00Z" },
    { "1969-12-31T23:59:59.999Z",                  -1, "1969-12-31T23:59:59.999Z" },
    { "1970-01-01T00:00:00.001Z",                   1, "1970-01-01T00:00:00.001Z" },
    { "9999-12-31T23:59:59Z",         253402300799000, "9999-12-31T23:59:59Z" },
    { "0001-01-01",                   -62135596800000, "0001-01-01T00:00:00Z" },
};
/* clang-format on */

TEST(rfc_3339_is_read_and_printed)
{
    instant out;

    EACH (c, texts) {
        test_case("%s", c->text);
        ASSERT_TRUE(instant_read(str_of(c->text), &out));
        ASSERT_INT(out.ms, c->ms);
        ASSERT_STR(instant_print(t->arena, out), c->printed);
    }
}

TEST(what_is_no_time_is_refused)
{
    static const char *const cases[] = { "", "2026", "2026-12", "2026-13-01", "2026-00-01",
        "2026-12-00", "2026-12-32", "2026-02-29", "1900-02-29", "2026-04-31", "2026-12-01T",
        "2026-12-01T10", "2026-12-01T10:00", "2026-12-01T10:00:00", "2026-12-01T24:00:00Z",
        "2026-12-01T10:60:00Z", "2026-12-01T10:00:60Z", "2026-12-01T10:00:00.Z",
        "2026-12-01T10:00:00+2:00", "2026-12-01T10:00:00+24:00", "2026-12-01T10:00:00+0200",
        "2026-12-01T10:00:00Zx", "2026-12-01 10:00:00Z", " 2026-12-01", "2026-12-01 ", "26-12-01",
        "+2026-12-01", "-2026-12-01", "0000-01-01", "1970-01-01", "1970-01-01T01:00:00+01:00",
        "tomorrow" };
    instant out = { 7 };

    EACH (c, cases) {
        test_case("%s", *c);
        ASSERT_FALSE(instant_read(str_of(*c), &out));
        ASSERT_INT(out.ms, 7);
    }
    ASSERT_FALSE(instant_read(STR_NONE, &out));
}

TEST(the_calendar_agrees_with_the_system_for_400_years)
{
    for (int64_t day = -80000; day < 80000; day += 17) {
        instant at = { day * DAY_MS + 12345678 };
        time_t seconds = (time_t)(day * 86400 + 12345);
        struct civil c = instant_civil(at);
        struct tm tm;

        test_case("day %lld", (long long)day);
        gmtime_r(&seconds, &tm);
        ASSERT_INT(c.year, tm.tm_year + 1900);
        ASSERT_INT(c.month, tm.tm_mon + 1);
        ASSERT_INT(c.day, tm.tm_mday);
        ASSERT_INT(c.weekday, (tm.tm_wday + 6) % 7);
        ASSERT_INT(c.hour * 3600 + c.minute * 60 + c.second, 12345);
        ASSERT_INT(c.ms, 678);
        ASSERT_INT(instant_from_civil(c).ms, at.ms);
    }
}

TEST(days_begin_at_midnight_utc)
{
    instant noon = test_instant("2026-12-01T12:34:56.789Z");

    ASSERT_STR(instant_print(t->arena, instant_day(noon)), "2026-12-01T00:00:00Z");
    ASSERT_STR(instant_print(t->arena, instant_plus_days(noon, 31)), "2027-01-01T12:34:56.789Z");
    ASSERT_STR(
        instant_print(t->arena, instant_plus_ms(noon, -HOUR_MS)), "2026-12-01T11:34:56.789Z");
    ASSERT_STR(instant_print_date(t->arena, noon), "2026-12-01");
    ASSERT_INT(instant_day((instant){ -1 }).ms, -DAY_MS);
    ASSERT_TRUE(instant_none((instant){ 0 }));
    ASSERT_FALSE(instant_none(noon));
}

RUN_TESTS(ROW(rfc_3339_is_read_and_printed), ROW(what_is_no_time_is_refused),
    ROW(the_calendar_agrees_with_the_system_for_400_years), ROW(days_begin_at_midnight_utc))
