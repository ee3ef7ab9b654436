/* Charts against the markup of the design, and the numbers behind them. */
#include "base/test.h"

#include <string.h>

#include "base/buf.h"
#include "view/chart_draw.h"
#include "view/tree.h"

#define SP "\xc2\xa0"

static str html_of(const struct view *v, const char *name)
{
    return view_find(v, str_of(name)).leaf->text;
}

static str joined(struct test *t, const struct view *v, const char *list, const char *member)
{
    struct buf out = buf_new(t->arena);

    for (const struct view *i = view_find(v, str_of(list)).leaf->first; i; i = i->next) {
        const struct view *leaf = member ? view_find(i, str_of(member)).leaf : i;

        buf_add(&out, leaf->kind == VIEW_NULL ? STR("null") : leaf->text);
        buf_char(&out, '|');
    }
    return buf_str(&out);
}

/* The thirty days of the design's portal page: earnings in cents. */
static const int64_t earned[] = { 710, 1086, 2430, 2124, 1722, 1532, 1543, 1049, 2030, 2215, 1520,
    1257, 2232, 1741, 1071, 1835, 1605, 2151, 1595, 2764, 1418, 2112, 1607, 1431, 1535, 1692, 2151,
    2417, 1036, 1627 };
static const int64_t before[] = { 1053, 1500, 1193, 1393, 1419, 1928, 1792, 989, 1529, 1893, 1147,
    1269, 1607, 1177, 748, 2266, 1141, 1709, 1957, 889, 1391, 910, 1761, 1536, 1063, 1785, 1941,
    1952, 1392, 1860 };

static struct view *month(struct test *t, struct chart more)
{
    static instant days[30];
    struct view *v = view_new(t->arena);
    instant first = test_instant("2026-10-22T22:00:00Z"); /* midnight two hours east */
    struct chart chart = more;

    for (int i = 0; i < 30; i++)
        days[i] = instant_plus_days(first, i);
    chart.id = "c1";
    chart.title = STR("Earnings & more");
    chart.days = days;
    chart.count = chart.count ? chart.count : 30;
    chart.now = chart.now ? chart.now : earned;
    chart.offset_minutes = 120;
    chart_line(v, t->arena, languages[0], &chart);
    return v;
}

TEST(the_line_chart_has_the_designs_markup)
{
    static const struct chart_note notes[] = { { 9, { "Terms", 5 } } };
    struct view *v = month(t, (struct chart){ .past = before,
                                  .last_open = true,
                                  .currency = { "EUR" },
                                  .notes = notes,
                                  .note_count = 1 });
    str svg = html_of(v, "svg");
    static const char *const parts[] = {
        "<svg viewBox=\"0 0 1000 240\" preserveAspectRatio=\"none\" role=\"img\" "
        "aria-labelledby=\"c1-t\">"
        "<title id=\"c1-t\">Earnings &amp; more</title><path class=\"g-grid\" d=\"M0 0H1000\"/>"
        "<path class=\"g-grid\" d=\"M0 80H1000\"/><path class=\"g-grid\" d=\"M0 160H1000\"/>"
        "<path class=\"g-zero\" d=\"M0 240H1000\"/><path class=\"g-area\" d=\"M0 183.2L34.5 "
        "153.1L69 45.6",
        "L965.5 157.1L965.5 240L0 240Z\"/><path class=\"g-mark\" d=\"M310.3 0V240\"/>"
        "<path class=\"g-flag\" d=\"M310.3 0h0\"/><path class=\"g-past\" d=\"M0 155.8L34.5 120",
        "L1000 91.2\"/><path class=\"g-now\" d=\"M0 183.2L34.5 153.1",
        "L965.5 157.1\"/><path class=\"g-now g-open\" d=\"M965.5 157.1L1000 109.8\"/>"
        "<path class=\"g-halo\" d=\"M1000 109.8h0\"/><path class=\"g-dot\" d=\"M1000 109.8h0\"/>"
        "<rect class=\"g-hit\" x=\"0\" y=\"0\" width=\"17.2\" height=\"240\">"
        "<title>23 Oct: €7.10; 23 Sep: €10.53</title></rect>"
        "<rect class=\"g-hit\" x=\"17.2\" y=\"0\" width=\"34.5\" height=\"240\">",
        "<rect class=\"g-hit\" x=\"982.8\" y=\"0\" width=\"17.2\" height=\"240\">"
        "<title>21 Nov: €16.27; 22 Oct: €18.60</title></rect></svg>",
    };

    EACH (part, parts)
        ASSERT_HAS(svg, *part);
    ASSERT_STR(joined(t, v, "y", NULL), "€30|€20|€10|0|");
    ASSERT_STR(
        joined(t, v, "x", "text"), "|24 Oct|||||||31 Oct|||||||7 Nov|||||||14 Nov|||||||Today|");
    ASSERT_TRUE(view_find(view_find(v, STR("x")).leaf->last, STR("minor")).leaf->is_true == false);
    ASSERT_STR(html_of(v, "period"), "23 Oct to 21 Nov");
    ASSERT_STR(html_of(v, "past_period"), "23 Sep to 22 Oct");
    ASSERT_INT(view_find(v, STR("rows")).leaf->count, 30);
}

TEST(every_other_label_is_minor_counted_from_the_end)
{
    struct view *v = month(t, (struct chart){ .currency = { "EUR" } });
    struct buf minor = buf_new(t->arena);

    for (const struct view *i = view_find(v, STR("x")).leaf->first; i; i = i->next)
        buf_char(&minor, view_find(i, STR("minor")).leaf->is_true ? 'm' : '.');
    ASSERT_STR(buf_str(&minor), "........m.............m.......");
    ASSERT_STR(joined(t, v, "rows", "past_day"),
        "null|null|null|null|null|null|null|null|null|null|null|null|null|null|null|null|null|null|"
        "null|null|"
        "null|null|null|null|null|null|null|null|null|null|");
    ASSERT_INT(view_find(v, STR("past_period")).leaf->kind, VIEW_NULL);
    ASSERT_HAS_NOT(html_of(v, "svg"), "g-open");
    ASSERT_HAS(joined(t, v, "x", "text"), "|21 Nov|");
}

TEST(the_island_gets_whole_numbers)
{
    static const int64_t two[] = { 5, 7 };
    struct view *v = month(t, (struct chart){ .now = two, .count = 2, .currency = { "EUR" } });
    struct buf out = buf_new(t->arena);

    view_json(view_find(v, STR("data")).leaf, &out);
    ASSERT_STR(buf_str(&out),
        "{\"name\":\"Earnings & more\",\"currency\":\"EUR\",\"decimals\":2,\"open\":false,"
        "\"times\":[1792706400,1792792800],\"now\":[5,7],\"past\":null,\"notes\":[]}");
}

TEST(scales_begin_at_zero_and_have_three_to_five_lines_at_round_values)
{
    static const struct {
        int64_t low, high;
        const char *code, *labels;
    } cases[] = {
        { 0, 0, "", "2|1|0|" },
        { 0, 0, "EUR", "€2|€1|0|" },
        { 0, 0, "JPY", "¥2|¥1|0|" },
        { 0, 1, "", "2|1|0|" },
        { 0, 2, "", "2|1|0|" },
        { 0, 3, "", "3|2|1|0|" },
        { 0, 5, "", "6|4|2|0|" },
        { 0, 90, "", "100|75|50|25|0|" },
        { 0, 2257, "", "3,000|2,000|1,000|0|" },
        { 0, 80, "EUR", "€0.80|€0.60|€0.40|€0.20|0|" },
        { 0, 225008, "EUR", "€3,000|€2,000|€1,000|0|" },
        { -100, 300, "", "300|200|100|0|−100|" },
        { -300, 0, "", "0|−100|−200|−300|" },
        { -1, 1000, "", "1,000|500|0|−500|" },
    };

    EACH (c, cases) {
        int64_t values[] = { c->low, c->high };
        struct chart chart = { .now = values, .count = 2 };
        struct view *v;

        test_case("%lld to %lld %s", (long long)c->low, (long long)c->high, c->code);
        if (*c->code)
            ASSERT_OK(currency_read(str_of(c->code), &chart.currency));
        v = month(t, chart);
        ASSERT_STR(joined(t, v, "y", NULL), c->labels);
    }
}

TEST(values_of_any_size_stay_in_the_picture)
{
    int64_t series[] = { INT64_MAX, INT64_MIN, 0, 1 };
    struct view *v;

    for (size_t count = 1; count <= 4; count++) {
        v = month(t, (struct chart){
                         .now = series, .past = series, .count = count, .last_open = count % 2 });
        ASSERT_HAS(html_of(v, "svg"), "g-dot");
        ASSERT_HAS_NOT(html_of(v, "svg"), " -");
    }
    ASSERT_HAS(chart_spark(t->arena, series, 4), "M0 2L33.3 26");
}

TEST(a_chart_without_points_is_an_empty_grid)
{
    struct view *v = view_new(t->arena);
    struct chart chart = { .id = "c", .title = STR("Nothing") };

    chart_line(v, t->arena, languages[0], &chart);
    ASSERT_HAS(html_of(v, "svg"), "g-zero");
    ASSERT_HAS_NOT(html_of(v, "svg"), "g-dot");
    ASSERT_INT(view_find(v, STR("period")).leaf->kind, VIEW_NULL);
    ASSERT_INT(view_find(v, STR("rows")).leaf->count, 0);
}

TEST(months_are_compared_with_the_months_before)
{
    static const int64_t two[] = { 5, 7 };
    instant months[] = { test_instant("2026-12-31T23:00:00Z"),
        test_instant("2027-01-31T23:00:00Z") };
    struct chart chart = { .id = "c",
        .title = STR("x"),
        .now = two,
        .past = two,
        .count = 2,
        .days = months,
        .step = CHART_MONTHS,
        .offset_minutes = 60 };
    struct view *v = view_new(t->arena);

    chart_line(v, t->arena, languages[1], &chart);
    ASSERT_STR(joined(t, v, "rows", "day"), "sty|lut|");
    ASSERT_STR(joined(t, v, "rows", "past_day"), "lis|gru|");
    ASSERT_STR(joined(t, v, "x", "text"), "sty|lut|");
}

TEST(bars_have_the_designs_markup)
{
    static const int64_t owed[] = { 499028, 386255, 218055 };
    static const str labels[] = { { "30 November", 11 }, { "31 December", 11 },
        { "29 January", 10 } };
    static const char *const tones[] = { NULL, "soft", "soft" };
    struct chart chart = { .id = "du",
        .title = STR("Owed"),
        .now = owed,
        .count = 3,
        .currency = { "EUR" },
        .labels = labels,
        .tones = tones };
    struct view *v = view_new(t->arena);

    chart_bars(v, t->arena, languages[0], &chart);
    ASSERT_STR(html_of(v, "svg"),
        "<svg viewBox=\"0 0 900 240\" preserveAspectRatio=\"none\" role=\"img\" "
        "aria-labelledby=\"du-t\">"
        "<title id=\"du-t\">Owed</title><rect class=\"g-bar\" x=\"60\" y=\"0\" width=\"180\" "
        "height=\"240\">"
        "<title>30 November: €4,990.28</title></rect><rect class=\"g-bar soft\" x=\"360\" "
        "y=\"54.2\" width=\"180\" "
        "height=\"185.8\"><title>31 December: €3,862.55</title></rect><rect class=\"g-bar soft\" "
        "x=\"660\" "
        "y=\"135.1\" width=\"180\" height=\"104.9\"><title>29 January: €2,180.55</title></rect>"
        "<path class=\"g-zero\" d=\"M0 240H900\"/></svg>");
    ASSERT_STR(joined(t, v, "labels", "value"), "€4,990.28|€3,862.55|€2,180.55|");
    ASSERT_STR(joined(t, v, "labels", "text"), "30 November|31 December|29 January|");
}

TEST(the_concentration_curve_adds_up_from_the_largest)
{
    static const int64_t shares[] = { 50, 30, 20, 0, -5 };
    struct view *v = view_new(t->arena);

    chart_concentration(v, t->arena, languages[0], shares, 5, 2, (currency){ "EUR" });
    ASSERT_HAS(html_of(v, "svg"), "aria-label=\"The largest 2 of 5 bring 80.0" SP "%.\"");
    ASSERT_HAS(html_of(v, "svg"),
        "<path class=\"g-now\" d=\"M0 240L200 120L400 48L600 0L800 0L1000 0\"/>");
    ASSERT_HAS(
        html_of(v, "svg"), "<rect class=\"g-band\" x=\"0\" y=\"0\" width=\"400\" height=\"240\"/>");
    ASSERT_HAS(html_of(v, "svg"),
        "<path class=\"g-guide\" d=\"M0 48H400V240\"/><path class=\"g-halo\" d=\"M400 48h0\"/>");
    ASSERT_STR(joined(t, v, "y", NULL), "100" SP "%|50" SP "%|0|");
    ASSERT_STR(joined(t, v, "x", NULL), "0|1|2|3|4|5|");
    ASSERT_STR(joined(t, v, "rows", "share"), "50.0" SP "%|80.0" SP "%|100.0" SP "%|100.0" SP "%|");
    ASSERT_INT(view_find(v, STR("top_sum")).leaf->money.minor, 80);
    chart_concentration(v, t->arena, languages[0], shares, 0, 10, (currency){ "EUR" });
    ASSERT_TRUE(html_of(v, "svg").at == NULL);
    ASSERT_INT(view_find(v, STR("top")).leaf->n, 0);
}

TEST(rows_of_a_long_curve_are_few)
{
    int64_t *shares = ARENA_ARRAY(t->arena, int64_t, 230);
    struct view *v = view_new(t->arena);
    struct buf counts = buf_new(t->arena);

    for (int i = 0; i < 230; i++)
        shares[i] = 230 - i;
    chart_concentration(v, t->arena, languages[0], shares, 230, 10, (currency){ "EUR" });
    for (const struct view *i = view_find(v, STR("rows")).leaf->first; i; i = i->next) {
        buf_int(&counts, view_find(i, STR("count")).leaf->n);
        buf_char(&counts, ' ');
    }
    ASSERT_STR(buf_str(&counts), "1 2 3 5 10 20 50 100 200 230 ");
    ASSERT_STR(joined(t, v, "x", NULL), "0|46|92|138|184|230|");
}

TEST(sparks_shares_and_live_bars_are_small_svgs)
{
    static const int64_t values[] = { 0, 5, 10 };

    ASSERT_STR(chart_spark(t->arena, values, 3),
        "<svg class=\"spark\" viewBox=\"0 0 100 28\" preserveAspectRatio=\"none\" "
        "aria-hidden=\"true\">"
        "<path class=\"area\" d=\"M0 26L50 14L100 2L100 28L0 28Z\"/><path d=\"M0 26L50 14L100 2\"/>"
        "<path class=\"end\" d=\"M100 2h0\"/></svg>");
    ASSERT_HAS(chart_spark_flat(t->arena, values, 1), "class=\"spark flat\"");
    ASSERT_HAS(chart_spark_flat(t->arena, values, 1), "<path class=\"end\" d=\"M100 26h0\"/>");
    ASSERT_TRUE(chart_spark(t->arena, values, 0).at == NULL);
    ASSERT_HAS(chart_share(t->arena, 786, 1000), "<rect width=\"78.6\" height=\"6\"/>");
    ASSERT_HAS(chart_share(t->arena, 5, 0), "<rect width=\"0\" height=\"6\"/>");
    ASSERT_HAS(chart_share(t->arena, 7, 5), "<rect width=\"100\" height=\"6\"/>");
    ASSERT_HAS(chart_live(t->arena, values, 3, STR("a & b")),
        "<svg class=\"livebars\" viewBox=\"0 0 3 20\" preserveAspectRatio=\"none\" role=\"img\" "
        "aria-label=\"a &amp; b\">"
        "<rect class=\"g-bar soft\" x=\"0.12\" y=\"20\" width=\".76\" height=\"0\"/>"
        "<rect class=\"g-bar soft\" x=\"1.12\" y=\"10\" width=\".76\" height=\"10\"/>");
}

TEST(a_qr_code_is_one_path_with_three_corner_marks)
{
    str svg;

    ASSERT_OK(chart_qr(t->arena, STR("https://go.kettle.example/c/anna?a&b"), &svg));
    ASSERT_HAS(svg, "<svg class=\"qr\" viewBox=\"0 0 29 29\" role=\"img\" "
                    "aria-label=\"https://go.kettle.example/c/anna?a&amp;b\" "
                    "shape-rendering=\"crispEdges\"><path d=\"M0 0h7v1h-7z");
    ASSERT_HAS(svg, "M22 0h7v1h-7z");
    ASSERT_HAS(svg, "M0 28h7v1h-7z");
    ASSERT_OK(chart_qr_file(t->arena, STR("https://go.kettle.example/c/anna?a&b"), &svg));
    ASSERT_HAS(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"370\" height=\"370\" "
                    "viewBox=\"-4 -4 37 37\"");
    ASSERT_HAS(svg, "a&amp;b</title><rect x=\"-4\" y=\"-4\" width=\"37\" height=\"37\" "
                    "fill=\"#fff\"/><path d=\"M0 0h7v1h-7z");
    ASSERT_ERR(chart_qr(t->arena, STR(""), &svg), &QR_TOO_LONG);
    ASSERT_ERR(
        chart_qr(t->arena, (str){ memset(arena_alloc(t->arena, 5000), 'a', 5000), 5000 }, &svg),
        &QR_TOO_LONG);
    ASSERT_OK(
        chart_qr(t->arena, (str){ memset(arena_alloc(t->arena, 2000), 'a', 2000), 2000 }, &svg));
}

RUN_TESTS(ROW(the_line_chart_has_the_designs_markup),
    ROW(every_other_label_is_minor_counted_from_the_end), ROW(the_island_gets_whole_numbers),
    ROW(scales_begin_at_zero_and_have_three_to_five_lines_at_round_values),
    ROW(values_of_any_size_stay_in_the_picture), ROW(a_chart_without_points_is_an_empty_grid),
    ROW(months_are_compared_with_the_months_before), ROW(bars_have_the_designs_markup),
    ROW(the_concentration_curve_adds_up_from_the_largest), ROW(rows_of_a_long_curve_are_few),
    ROW(sparks_shares_and_live_bars_are_small_svgs),
    ROW(a_qr_code_is_one_path_with_three_corner_marks))
