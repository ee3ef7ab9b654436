/* Points in time and the proleptic Gregorian calendar. */
#include "base/instant.h"

#include <assert.h>

#include "base/arena.h"

bool instant_none(instant t)
{
    return t.ms == 0;
}

instant instant_plus_ms(instant t, int64_t ms)
{
    instant out;
    bool overflowed = __builtin_add_overflow(t.ms, ms, &out.ms);

    assert(!overflowed);
    return out;
}

instant instant_plus_days(instant t, int64_t days)
{
    int64_t ms;
    bool overflowed = __builtin_mul_overflow(days, DAY_MS, &ms);

    assert(!overflowed);
    return instant_plus_ms(t, ms);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

instant instant_day(instant t)
{
    return (instant){ floor_div(t.ms, DAY_MS) * DAY_MS };
}

/* Days since 1970-01-01, counted in eras of 400 years that begin on 1 March. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;

    int64_t era = floor_div(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

struct civil instant_civil(instant t)
{
    int64_t days = floor_div(t.ms, DAY_MS);
    int64_t ms = t.ms - days * DAY_MS;
    int64_t era = floor_div(days + 719468, 146097);
    int64_t day_of_era = days + 719468 - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_of_year = (int)((5 * day_of_year + 2) / 153);
    struct civil c = {
        .day = (int)(day_of_year - (153 * month_of_year + 2) / 5 + 1),
        .month = month_of_year < 10 ? month_of_year + 3 : month_of_year - 9,
        .hour = (int)(ms / HOUR_MS),
        .minute = (int)(ms / MINUTE_MS % 60),
        .second = (int)(ms / SECOND_MS % 60),
        .ms = (int)(ms % SECOND_MS),
        .weekday = (int)(days + 3 - floor_div(days + 3, 7) * 7),
    };

    c.year = (int)(year_of_era + era * 400 + (c.month <= 2));
    return c;
}

instant instant_from_civil(struct civil c)
{
    int64_t ms =
        ((int64_t)c.hour * 60 + c.minute) * MINUTE_MS + (int64_t)c.second * SECOND_MS + c.ms;

    return (instant){ days_from_civil(c.year, c.month, c.day) * DAY_MS + ms };
}

static int month_days(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && is_leap ? 29 : days[month - 1];
}

/* Exactly `count` digits, taken from the front. */
static bool take_number(str *s, size_t count, int most, int *out)
{
    int value = 0;

    if (s->len < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (s->at[i] < '0' || s->at[i] > '9')
            return false;
        value = value * 10 + (s->at[i] - '0');
    }
    *s = str_from(*s, count);
    *out = value;
    return value <= most;
}

static bool take_char(str *s, char c)
{
    if (!s->len || s->at[0] != c)
        return false;
    *s = str_from(*s, 1);
    return true;
}

static bool take_date(str *s, struct civil *c)
{
    return take_number(s, 4, 9999, &c->year) && take_char(s, '-') &&
           take_number(s, 2, 12, &c->month) && take_char(s, '-') &&
           take_number(s, 2, 31, &c->day) && c->year >= 1 && c->month >= 1 && c->day >= 1 &&
           c->day <= month_days(c->year, c->month);
}

/* ".123456": any number of digits, of which three count. */
static bool take_fraction(str *s, int *out_ms)
{
    int weight = 100;
    size_t digits = 0;

    if (!take_char(s, '.'))
        return true;
    for (; s->len && s->at[0] >= '0' && s->at[0] <= '9'; digits++, weight /= 10) {
        *out_ms += (s->at[0] - '0') * weight;
        *s = str_from(*s, 1);
    }
    return digits > 0;
}

static bool take_time(str *s, struct civil *c)
{
    return take_number(s, 2, 23, &c->hour) && take_char(s, ':') &&
           take_number(s, 2, 59, &c->minute) && take_char(s, ':') &&
           take_number(s, 2, 59, &c->second) && take_fraction(s, &c->ms);
}

static bool take_offset(str *s, int64_t *out_ms)
{
    int hours, minutes;

    *out_ms = 0;
    if (take_char(s, 'Z') || take_char(s, 'z'))
        return true;

    bool west = take_char(s, '-');

    if (!west && !take_char(s, '+'))
        return false;
    if (!take_number(s, 2, 23, &hours) || !take_char(s, ':') || !take_number(s, 2, 59, &minutes))
        return false;
    *out_ms = ((int64_t)hours * 60 + minutes) * MINUTE_MS * (west ? -1 : 1);
    return true;
}

bool instant_read(str s, instant *out)
{
    struct civil c = { 0 };
    int64_t offset_ms = 0;

    if (!take_date(&s, &c))
        return false;
    if (s.len) {
        if (!take_char(&s, 'T') && !take_char(&s, 't'))
            return false;
        if (!take_time(&s, &c) || !take_offset(&s, &offset_ms) || s.len)
            return false;
    }

    instant t = instant_plus_ms(instant_from_civil(c), -offset_ms);

    if (instant_none(t)) /* would mean "none"; nobody sold anything at that very moment */
        return false;
    *out = t;
    return true;
}

str instant_print(struct arena *arena, instant t)
{
    struct civil c = instant_civil(t);

    if (c.ms)
        return str_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", c.year, c.month, c.day,
            c.hour, c.minute, c.second, c.ms);
    return str_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day, c.hour,
        c.minute, c.second);
}

str instant_print_date(struct arena *arena, instant t)
{
    struct civil c = instant_civil(t);

    return str_printf(arena, "%04d-%02d-%02d", c.year, c.month, c.day);
}
