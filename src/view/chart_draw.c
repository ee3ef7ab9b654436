/* Lengths and paths of charts. */
#include "view/chart_draw.h"

#include <assert.h>

#include "base/arena.h"

enum { LINES_MAX = 4 };

/* 1, 2, 2.5 (from 25 on), 5, 10 … */
static int64_t next_step(int64_t step)
{
    int64_t unit = 1;

    while (step / unit >= 10)
        unit *= 10;
    if (step == unit)
        return 2 * unit;
    if (step == 2 * unit)
        return unit >= 10 ? unit / 2 * 5 : 5 * unit;
    if (step < 5 * unit)
        return 5 * unit;
    return 10 * unit;
}

static int64_t steps_in(int64_t size, int64_t step)
{
    return size / step + (size % step != 0);
}

struct scale scale_for(const int64_t *const *series, size_t series_count, size_t count, currency c)
{
    /* Half of the range is more than any value that can be drawn, and can be added to. */
    const int64_t limit = INT64_MAX / 4;
    int64_t high = 0, low = 0, step = 1;
    struct scale scale;

    for (size_t s = 0; s < series_count; s++) {
        for (size_t i = 0; series[s] && i < count; i++) {
            high = series[s][i] > high ? series[s][i] : high;
            low = series[s][i] < low ? series[s][i] : low;
        }
    }
    high = high > limit ? limit : high;
    low = low < -limit ? -limit : low;
    if (high == 0 && low == 0)
        for (int i = currency_none(c) ? 0 : currency_decimals(c); i > 0; i--)
            step *= 10;
    while (steps_in(high, step) + steps_in(-low, step) > LINES_MAX)
        step = next_step(step);
    scale = (struct scale){ step, (int)steps_in(high, step), (int)steps_in(-low, step) };
    while (scale.above + scale.below < 2)
        scale.above++;
    return scale;
}

int scale_lines(const struct scale *s)
{
    return s->above + s->below + 1;
}

int64_t scale_value(const struct scale *s, int line)
{
    return (s->above - line) * s->step;
}

int64_t tenths(int64_t value, int64_t whole, int64_t size)
{
    assert(value >= 0 && whole > 0);
    return (int64_t)(((__int128)value * size * 20 + whole) / (2 * (__int128)whole));
}

void draw_tenths(struct buf *out, int64_t value)
{
    buf_int(out, value / 10);
    if (value % 10) {
        buf_char(out, '.');
        buf_int(out, value % 10);
    }
}

void draw_point(struct buf *out, char verb, int64_t x, int64_t y)
{
    buf_char(out, verb);
    draw_tenths(out, x);
    buf_char(out, ' ');
    draw_tenths(out, y);
}

str chart_value(struct arena *arena, const struct lang *lang, currency c, int64_t value)
{
    if (currency_none(c))
        return format_int(arena, lang, value);
    return format_money(arena, lang, (amount){ value, c });
}

/* Whole units where the steps are whole; nothing needs a sign or a currency less than zero does. */
str chart_axis_value(
    struct arena *arena, const struct lang *lang, currency c, int64_t value, int64_t step)
{
    int64_t unit = 1;

    if (value == 0)
        return STR("0");
    if (currency_none(c))
        return format_int(arena, lang, value);
    for (int i = currency_decimals(c); i > 0; i--)
        unit *= 10;
    if (step % unit == 0)
        return format_money_whole(arena, lang, (amount){ value, c });
    return format_money(arena, lang, (amount){ value, c });
}

str chart_day(struct arena *arena, const struct lang *lang, const struct chart *chart, instant day)
{
    static const enum date_form forms[] = {
        [CHART_DAYS] = DATE_SHORT,
        [CHART_MONTHS] = DATE_MONTH_SHORT,
        [CHART_HOURS] = DATE_MINUTE,
    };

    return format_date(arena, lang, day, forms[chart->step], chart->offset_minutes);
}
