/* The line chart: now, before, unfinished, notes. */
#include <string.h>

#include "base/arena.h"
#include "view/chart_draw.h"

enum { WIDTH = 1000, HEIGHT = 240 };

struct line {
    struct arena *arena;
    const struct lang *lang;
    const struct chart *chart;
    struct scale scale;
    struct buf svg;
};

static int64_t x_at(const struct line *l, size_t i)
{
    if (l->chart->count < 2)
        return WIDTH * 10;
    return tenths((int64_t)i, (int64_t)l->chart->count - 1, WIDTH);
}

static int64_t y_at(const struct line *l, int64_t value)
{
    int64_t whole = l->scale.step * (l->scale.above + l->scale.below);
    __int128 below_top = (__int128)l->scale.step * l->scale.above - value;

    /* Values beyond what a scale can show stop at its edge. */
    if (below_top < 0)
        below_top = 0;
    return tenths(below_top > whole ? whole : (int64_t)below_top, whole, HEIGHT);
}

static void draw_grid(struct line *l)
{
    int lines = scale_lines(&l->scale);

    for (int i = 0; i < lines; i++) {
        buf_printf(
            &l->svg, "<path class=\"%s\" d=\"M0 ", i == l->scale.above ? "g-zero" : "g-grid");
        draw_tenths(&l->svg, tenths(i, lines - 1, HEIGHT));
        buf_add(&l->svg, STR("H1000\"/>"));
    }
}

static void draw_curve(struct line *l, const int64_t *values, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        draw_point(&l->svg, i == from ? 'M' : 'L', x_at(l, i), y_at(l, values[i]));
}

static void draw_path(
    struct line *l, const char *class, const int64_t *values, size_t from, size_t to)
{
    if (from >= to)
        return;
    buf_printf(&l->svg, "<path class=\"%s\" d=\"", class);
    draw_curve(l, values, from, to);
    buf_add(&l->svg, STR("\"/>"));
}

/* The finished values: the unfinished one is a dotted stroke of its own, without a fill. */
static size_t finished(const struct chart *c)
{
    return c->last_open && c->count > 1 ? c->count - 1 : c->count;
}

static void draw_area(struct line *l)
{
    size_t end = finished(l->chart);

    if (end < 2)
        return;
    buf_add(&l->svg, STR("<path class=\"g-area\" d=\""));
    draw_curve(l, l->chart->now, 0, end);
    draw_point(&l->svg, 'L', x_at(l, end - 1), y_at(l, 0));
    draw_point(&l->svg, 'L', x_at(l, 0), y_at(l, 0));
    buf_add(&l->svg, STR("Z\"/>"));
}

static void draw_notes(struct line *l)
{
    for (size_t i = 0; i < l->chart->note_count; i++) {
        if (l->chart->notes[i].index >= l->chart->count)
            continue;
        buf_add(&l->svg, STR("<path class=\"g-mark\" d=\""));
        draw_point(&l->svg, 'M', x_at(l, l->chart->notes[i].index), 0);
        buf_add(&l->svg, STR("V240\"/><path class=\"g-flag\" d=\""));
        draw_point(&l->svg, 'M', x_at(l, l->chart->notes[i].index), 0);
        buf_add(&l->svg, STR("h0\"/>"));
    }
}

static void draw_end(struct line *l)
{
    size_t last = l->chart->count - 1;
    static const char *const classes[] = { "g-halo", "g-dot" };

    for (size_t i = 0; i < 2; i++) {
        buf_printf(&l->svg, "<path class=\"%s\" d=\"", classes[i]);
        draw_point(&l->svg, 'M', x_at(l, last), y_at(l, l->chart->now[last]));
        buf_add(&l->svg, STR("h0\"/>"));
    }
}

/* Days before the first of `now`, as far back as the chart reaches. */
static instant past_day(const struct chart *c, size_t i)
{
    if (c->past_days)
        return c->past_days[i];
    if (c->step == CHART_MONTHS) {
        struct civil day =
            instant_civil(instant_plus_ms(c->days[i], (int64_t)c->offset_minutes * MINUTE_MS));
        int months = day.year * 12 + day.month - 1 - (int)c->count;

        day.year = months / 12;
        day.month = months % 12 + 1;
        day.day = 1;
        return instant_plus_ms(instant_from_civil(day), -(int64_t)c->offset_minutes * MINUTE_MS);
    }
    if (c->step == CHART_HOURS)
        return instant_plus_ms(c->days[i], -(int64_t)c->count * HOUR_MS);
    return instant_plus_days(c->days[i], -(int64_t)c->count);
}

static str value_text(const struct line *l, int64_t value)
{
    return chart_value(l->arena, l->lang, l->chart->currency, value);
}

static str day_text(const struct line *l, instant day)
{
    return chart_day(l->arena, l->lang, l->chart, day);
}

/* A rectangle around each point says its values under the pointer. */
static void draw_hit(struct line *l, size_t i)
{
    const struct chart *c = l->chart;
    int64_t half = c->count > 1 ? tenths(1, 2 * ((int64_t)c->count - 1), WIDTH) : 0;
    int64_t from = i == 0 ? 0 : tenths(2 * (int64_t)i - 1, 2 * ((int64_t)c->count - 1), WIDTH);
    int64_t width = c->count < 2 ? WIDTH * 10 : tenths(1, (int64_t)c->count - 1, WIDTH);

    if (c->count > 1 && (i == 0 || i + 1 == c->count))
        width = half;
    buf_add(&l->svg, STR("<rect class=\"g-hit\" x=\""));
    draw_tenths(&l->svg, from);
    buf_add(&l->svg, STR("\" y=\"0\" width=\""));
    draw_tenths(&l->svg, width);
    buf_add(&l->svg, STR("\" height=\"240\"><title>"));
    buf_html(&l->svg, day_text(l, c->days[i]));
    buf_add(&l->svg, STR(": "));
    buf_html(&l->svg, value_text(l, c->now[i]));
    if (c->past) {
        buf_add(&l->svg, STR("; "));
        buf_html(&l->svg, day_text(l, past_day(c, i)));
        buf_add(&l->svg, STR(": "));
        buf_html(&l->svg, value_text(l, c->past[i]));
    }
    buf_add(&l->svg, STR("</title></rect>"));
}

static str draw(struct line *l)
{
    const struct chart *c = l->chart;

    buf_printf(&l->svg,
        "<svg viewBox=\"0 0 1000 240\" preserveAspectRatio=\"none\" role=\"img\" "
        "aria-labelledby=\"%s-t\"><title id=\"%s-t\">",
        c->id, c->id);
    buf_html(&l->svg, c->title);
    buf_add(&l->svg, STR("</title>"));
    draw_grid(l);
    draw_area(l);
    draw_notes(l);
    if (c->past)
        draw_path(l, "g-past", c->past, 0, c->count);
    draw_path(l, "g-now", c->now, 0, finished(c));
    if (finished(c) < c->count)
        draw_path(l, "g-now g-open", c->now, c->count - 2, c->count);
    if (c->count)
        draw_end(l);
    for (size_t i = 0; i < c->count; i++)
        draw_hit(l, i);
    buf_add(&l->svg, STR("</svg>"));
    return buf_str(&l->svg);
}

static void add_y(struct view *into, const struct line *l)
{
    struct view *list = view_list(into, "y");

    for (int i = 0; i < scale_lines(&l->scale); i++)
        view_item_str(list, chart_axis_value(l->arena, l->lang, l->chart->currency,
                                scale_value(&l->scale, i), l->scale.step));
}

/* Weeks rather than every fifth day: the same weekday each time. */
static size_t label_every(const struct chart *c)
{
    static const size_t gaps[] = { 1, 2, 7, 14, 28, 56, 91, 182 };
    size_t i = 0;

    if (c->step != CHART_DAYS)
        return (c->count + 11) / 12;
    while (i + 1 < sizeof(gaps) / sizeof(gaps[0]) && c->count > 8 * gaps[i])
        i++;
    return gaps[i];
}

static void add_x(struct view *into, const struct line *l)
{
    const struct chart *c = l->chart;
    struct view *list = view_list(into, "x");
    size_t every = c->count ? label_every(c) : 1;

    for (size_t i = 0; i < c->count; i++) {
        struct view *item = view_item(list);
        size_t back = c->count - 1 - i;
        bool is_labelled = back % every == 0;
        str text = is_labelled ? day_text(l, c->days[i]) : STR("");

        if (back == 0 && c->last_open && c->step == CHART_DAYS)
            text = _(l->lang, "Today");
        view_str(item, "text", text);
        view_bool(item, "minor", is_labelled && back / every % 2 == 1);
    }
}

static str period_text(const struct line *l, instant from, instant to)
{
    return lang_fill(l->arena, _(l->lang, "{from} to {to}"), "from", day_text(l, from), "to",
        day_text(l, to), NULL);
}

static void add_periods(struct view *into, const struct line *l)
{
    const struct chart *c = l->chart;

    view_null(into, "period");
    view_null(into, "past_period");
    if (c->count == 0)
        return;
    view_str(into, "period", period_text(l, c->days[0], c->days[c->count - 1]));
    if (c->past)
        view_str(into, "past_period", period_text(l, past_day(c, 0), past_day(c, c->count - 1)));
}

static void add_rows(struct view *into, const struct line *l)
{
    const struct chart *c = l->chart;
    struct view *list = view_list(into, "rows");

    for (size_t i = 0; i < c->count; i++) {
        struct view *row = view_item(list);

        view_str(row, "day", day_text(l, c->days[i]));
        view_str(row, "value", value_text(l, c->now[i]));
        view_str(row, "past_day", c->past ? day_text(l, past_day(c, i)) : STR_NONE);
        view_str(row, "past_value", c->past ? value_text(l, c->past[i]) : STR_NONE);
    }
}

static void add_numbers(struct view *into, const char *name, const int64_t *values, size_t count)
{
    struct view *list;

    if (!values) {
        view_null(into, name);
        return;
    }
    list = view_list(into, name);
    for (size_t i = 0; i < count; i++)
        view_item_int(list, values[i]);
}

static void add_notes(struct view *list, const struct chart *c)
{
    for (size_t i = 0; i < c->note_count; i++) {
        struct view *note = view_item(list);

        view_int(note, "index", (int64_t)c->notes[i].index);
        view_str(note, "text", c->notes[i].text);
    }
}

static void add_data(struct view *into, const struct line *l)
{
    const struct chart *c = l->chart;
    struct view *data = view_object(into, "data"), *times;
    bool is_money = !currency_none(c->currency);

    view_str(data, "name", c->name.at ? c->name : c->title);
    view_str(data, "currency", is_money ? str_dup(l->arena, str_of(c->currency.code)) : STR_NONE);
    view_int(data, "decimals", is_money ? currency_decimals(c->currency) : 0);
    view_bool(data, "open", c->last_open);
    times = view_list(data, "times");
    for (size_t i = 0; i < c->count; i++)
        view_item_int(times, c->days[i].ms / SECOND_MS);
    add_numbers(data, "now", c->now, c->count);
    add_numbers(data, "past", c->past, c->count);
    add_notes(view_list(data, "notes"), c);
}

void chart_line(
    struct view *into, struct arena *arena, const struct lang *lang, const struct chart *chart)
{
    const int64_t *const series[] = { chart->now, chart->past };
    struct line l = {
        .arena = arena,
        .lang = lang,
        .chart = chart,
        .scale = scale_for(series, 2, chart->count, chart->currency),
        .svg = buf_new(arena),
    };

    view_text(into, "id", chart->id);
    view_str(into, "title", chart->title);
    view_str(into, "name", chart->name.at ? chart->name : chart->title);
    view_html(into, "svg", draw(&l));
    add_y(into, &l);
    add_x(into, &l);
    add_periods(into, &l);
    add_notes(view_list(into, "notes"), chart);
    add_rows(into, &l);
    add_data(into, &l);
}
