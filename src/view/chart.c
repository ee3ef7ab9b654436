/* Bars, the concentration curve, and the small charts beside figures. */
#include "view/chart.h"

#include "base/arena.h"
#include "view/chart_draw.h"

enum { HEIGHT = 240, SLOT = 300, BAR = 180 };

static int64_t not_less_than_zero(int64_t value)
{
    return value > 0 ? value : 0;
}

static int64_t largest(const int64_t *values, size_t count)
{
    int64_t most = 0;

    for (size_t i = 0; i < count; i++)
        most = values[i] > most ? values[i] : most;
    return most;
}

static str bar_label(struct arena *arena, const struct lang *lang, const struct chart *c, size_t i)
{
    if (c->labels)
        return c->labels[i];
    if (c->step == CHART_DAYS)
        return format_date(arena, lang, c->days[i], DATE_DAY, c->offset_minutes);
    return chart_day(arena, lang, c, c->days[i]);
}

static void draw_bar(struct buf *svg, const struct chart *c, size_t i, int64_t most)
{
    int64_t height = most ? tenths(not_less_than_zero(c->now[i]), most, HEIGHT) : 0;
    const char *tone = c->tones && c->tones[i] ? c->tones[i] : NULL;

    buf_printf(svg, "<rect class=\"g-bar%s%s\" x=\"%zu\" y=\"", tone ? " " : "", tone ? tone : "",
        i * SLOT + (SLOT - BAR) / 2);
    draw_tenths(svg, HEIGHT * 10 - height);
    buf_printf(svg, "\" width=\"%d\" height=\"", BAR);
    draw_tenths(svg, height);
    buf_add(svg, STR("\">"));
}

void chart_bars(
    struct view *into, struct arena *arena, const struct lang *lang, const struct chart *c)
{
    struct buf svg = buf_new(arena);
    struct view *labels = view_list(into, "labels");
    int64_t most = largest(c->now, c->count);

    buf_printf(&svg,
        "<svg viewBox=\"0 0 %zu 240\" preserveAspectRatio=\"none\" role=\"img\" "
        "aria-labelledby=\"%s-t\"><title id=\"%s-t\">",
        c->count * SLOT, c->id, c->id);
    buf_html(&svg, c->title);
    buf_add(&svg, STR("</title>"));
    for (size_t i = 0; i < c->count; i++) {
        str label = bar_label(arena, lang, c, i);
        str value = chart_value(arena, lang, c->currency, c->now[i]);
        struct view *item = view_item(labels);

        draw_bar(&svg, c, i, most);
        buf_add(&svg, STR("<title>"));
        buf_html(&svg, label);
        buf_add(&svg, STR(": "));
        buf_html(&svg, value);
        buf_add(&svg, STR("</title></rect>"));
        view_str(item, "value", value);
        view_str(item, "text", label);
    }
    buf_printf(&svg, "<path class=\"g-zero\" d=\"M0 240H%zu\"/></svg>", c->count * SLOT);
    view_text(into, "id", c->id);
    view_str(into, "title", c->title);
    view_html(into, "svg", buf_str(&svg));
}

/* The share of the first `n` in the whole, as y from the top. */
static int64_t curve_y(int64_t sum, int64_t whole)
{
    return whole ? HEIGHT * 10 - tenths(sum, whole, HEIGHT) : HEIGHT * 10;
}

static void draw_cumulated(struct buf *svg, const int64_t *sums, size_t count)
{
    for (size_t i = 0; i <= count; i++)
        draw_point(svg, i == 0 ? 'M' : 'L', tenths((int64_t)i, (int64_t)count, 1000),
            curve_y(sums[i], sums[count]));
}

static str draw_concentration(
    struct arena *arena, str label, const int64_t *sums, size_t count, size_t top)
{
    struct buf svg = buf_new(arena);
    int64_t x = tenths((int64_t)top, (int64_t)count, 1000), y = curve_y(sums[top], sums[count]);
    static const char *const dots[] = { "g-halo", "g-dot" };

    buf_add(&svg, STR("<svg viewBox=\"0 0 1000 240\" preserveAspectRatio=\"none\" role=\"img\" "
                      "aria-label=\""));
    buf_html(&svg, label);
    buf_add(&svg,
        STR("\"><path class=\"g-grid\" d=\"M0 0H1000\"/><path class=\"g-grid\" d=\"M0 120H1000\"/>"
            "<path class=\"g-zero\" d=\"M0 240H1000\"/>"
            "<rect class=\"g-band\" x=\"0\" y=\"0\" width=\""));
    draw_tenths(&svg, x);
    buf_add(&svg, STR("\" height=\"240\"/><path class=\"g-past\" d=\"M0 240L1000 0\"/>"
                      "<path class=\"g-area\" d=\""));
    draw_cumulated(&svg, sums, count);
    buf_add(&svg, STR("L1000 240Z\"/><path class=\"g-now\" d=\""));
    draw_cumulated(&svg, sums, count);
    buf_add(&svg, STR("\"/><path class=\"g-guide\" d=\""));
    draw_point(&svg, 'M', 0, y);
    buf_char(&svg, 'H');
    draw_tenths(&svg, x);
    buf_add(&svg, STR("V240\"/>"));
    for (size_t i = 0; i < 2; i++) {
        buf_printf(&svg, "<path class=\"%s\" d=\"", dots[i]);
        draw_point(&svg, 'M', x, y);
        buf_add(&svg, STR("h0\"/>"));
    }
    buf_add(&svg, STR("</svg>"));
    return buf_str(&svg);
}

/* 1, 2, 3, 5, 10, 20, 50, 100 … and the last. */
static size_t next_row(size_t n, size_t count)
{
    size_t unit = 1, next;

    while (n / unit >= 10)
        unit *= 10;
    next = n == 2 ? 3 : n / unit == 1 ? 2 * unit : n / unit < 5 ? 5 * unit : 10 * unit;
    return next < count ? next : count;
}

static void add_curve_rows(struct view *into, struct arena *arena, const struct lang *lang,
    const int64_t *sums, size_t count, currency c)
{
    struct view *rows = view_list(into, "rows");

    for (size_t n = count ? 1 : 0; n; n = n < count ? next_row(n, count) : 0) {
        struct view *row = view_item(rows);

        view_int(row, "count", (int64_t)n);
        view_str(row, "share", format_ratio(arena, lang, sums[n], sums[count], 1));
        view_minor(row, "sum", (amount){ sums[n], c });
    }
}

static void add_curve_axes(
    struct view *into, struct arena *arena, const struct lang *lang, size_t count)
{
    struct view *y = view_list(into, "y"), *x = view_list(into, "x");
    size_t marks = count < 5 ? count : 5;

    view_item_str(y, format_percent_bp(arena, lang, 10000));
    view_item_str(y, format_percent_bp(arena, lang, 5000));
    view_item_str(y, STR("0"));
    view_item_str(x, STR("0"));
    for (size_t i = 1; i <= marks; i++)
        view_item_str(x, format_int(arena, lang, (int64_t)((i * count + marks / 2) / marks)));
}

void chart_concentration(struct view *into, struct arena *arena, const struct lang *lang,
    const int64_t *sorted_down, size_t count, size_t top, currency c)
{
    int64_t *sums = ARENA_ARRAY(arena, int64_t, count + 1);
    str share, label;

    for (size_t i = 0; i < count; i++)
        if (__builtin_add_overflow(sums[i], not_less_than_zero(sorted_down[i]), &sums[i + 1]))
            sums[i + 1] = INT64_MAX;
    top = top > count ? count : top;
    share = format_ratio(arena, lang, sums[top], sums[count], 1);
    label = lang_fill(arena, _(lang, "The largest {top} of {count} bring {share}."), "top",
        format_int(arena, lang, (int64_t)top), "count", format_int(arena, lang, (int64_t)count),
        "share", share, NULL);
    view_html(into, "svg", count ? draw_concentration(arena, label, sums, count, top) : STR_NONE);
    add_curve_axes(into, arena, lang, count);
    add_curve_rows(into, arena, lang, sums, count, c);
    view_int(into, "count", (int64_t)count);
    view_int(into, "top", (int64_t)top);
    view_str(into, "top_share", share);
    view_minor(into, "top_sum", (amount){ sums[top], c });
    view_minor(into, "whole_sum", (amount){ sums[count], c });
}

/* A little air above and below, so that strokes are not cut: values lie between y = 26 and y = 2.
 */
static void draw_spark(struct buf *svg, const int64_t *values, size_t count, bool last_only)
{
    int64_t high = largest(values, count), low = 0;
    __int128 whole;

    for (size_t i = 0; i < count; i++)
        low = values[i] < low ? values[i] : low;
    whole = (__int128)high - low;
    for (size_t i = last_only ? count - 1 : 0; i < count; i++) {
        int64_t x = count > 1 ? tenths((int64_t)i, (int64_t)count - 1, 100) : 1000;
        int64_t y =
            whole ? (int64_t)((((__int128)high - values[i]) * 480 + whole) / (2 * whole)) : 240;

        draw_point(svg, i == 0 || last_only ? 'M' : 'L', x, 20 + y);
    }
}

static str spark(struct arena *arena, const char *class, const int64_t *values, size_t count)
{
    struct buf svg = buf_new(arena);

    if (count == 0)
        return STR_NONE;
    buf_printf(&svg,
        "<svg class=\"%s\" viewBox=\"0 0 100 28\" preserveAspectRatio=\"none\" "
        "aria-hidden=\"true\">",
        class);
    if (count > 1) {
        buf_add(&svg, STR("<path class=\"area\" d=\""));
        draw_spark(&svg, values, count, false);
        buf_add(&svg, STR("L100 28L0 28Z\"/><path d=\""));
        draw_spark(&svg, values, count, false);
        buf_add(&svg, STR("\"/>"));
    }
    buf_add(&svg, STR("<path class=\"end\" d=\""));
    draw_spark(&svg, values, count, true);
    buf_add(&svg, STR("h0\"/></svg>"));
    return buf_str(&svg);
}

str chart_spark(struct arena *arena, const int64_t *values, size_t count)
{
    return spark(arena, "spark", values, count);
}

str chart_spark_flat(struct arena *arena, const int64_t *values, size_t count)
{
    return spark(arena, "spark flat", values, count);
}

str chart_share(struct arena *arena, int64_t part, int64_t whole)
{
    struct buf svg = buf_new(arena);
    int64_t width =
        whole > 0 ? tenths(not_less_than_zero(part < whole ? part : whole), whole, 100) : 0;

    buf_add(&svg, STR("<svg class=\"share\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" "
                      "aria-hidden=\"true\"><rect width=\""));
    draw_tenths(&svg, width);
    buf_add(&svg, STR("\" height=\"6\"/></svg>"));
    return buf_str(&svg);
}

str chart_live(struct arena *arena, const int64_t *values, size_t count, str label)
{
    struct buf svg = buf_new(arena);
    int64_t most = largest(values, count);

    buf_printf(&svg,
        "<svg class=\"livebars\" viewBox=\"0 0 %zu 20\" preserveAspectRatio=\"none\" role=\"img\" "
        "aria-label=\"",
        count);
    buf_html(&svg, label);
    buf_add(&svg, STR("\">"));
    for (size_t i = 0; i < count; i++) {
        int64_t height = most ? tenths(not_less_than_zero(values[i]), most, 20) : 0;

        buf_printf(&svg, "<rect class=\"g-bar soft\" x=\"%zu.12\" y=\"", i);
        draw_tenths(&svg, 200 - height);
        buf_add(&svg, STR("\" width=\".76\" height=\""));
        draw_tenths(&svg, height);
        buf_add(&svg, STR("\"/>"));
    }
    buf_add(&svg, STR("</svg>"));
    return buf_str(&svg);
}
