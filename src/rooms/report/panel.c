/* The panel of figures with its plot, the same on every page that has one. */
#include "rooms/report/report_inside.h"

#include "base/buf.h"
#include "http/csv.h"
#include "view/chart.h"

static const struct {
    const char *name, *words;
} periods[] = {
    { "7d", N_("7 days") },
    { "30d", N_("30 days") },
    { "90d", N_("90 days") },
    { "12m", N_("12 months") },
};

/* What the page shows of a period stays when the period changes. */
static str keep_choice(struct request *rq, struct view *v)
{
    static const char *const choices[] = { "show", "group" };

    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        str value = request_query(rq, choices[i]);

        if (str_empty(value))
            continue;
        view_text(view_page(v), "period_choice", choices[i]);
        view_str(view_page(v), "period_choice_value", value);
        return str_printf(
            rq->arena, "&%s=%" PRI_STR, choices[i], STR_ARG(str_url_encode(rq->arena, value)));
    }
    return STR("");
}

void report_show_periods(
    struct request *rq, struct view *v, const char *path, const struct period *period)
{
    struct view *list = view_list(v, "periods");
    str choice = keep_choice(rq, v);

    for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
        struct view *item = view_item(list);

        view_words(item, "words", periods[i].words);
        view_bool(item, "chosen", str_eq(period->name, str_of(periods[i].name)));
        view_str(item, "url",
            str_printf(rq->arena, "%s?period=%s%" PRI_STR, path, periods[i].name, STR_ARG(choice)));
    }
    view_text(v, "period_path", path);
    view_str(v, "period_from", instant_print_date(rq->arena, period->from));
    view_str(v, "period_to", instant_print_date(rq->arena, instant_plus_ms(period->to, -1)));
    view_bool(v, "period_custom", str_eq(period->name, STR("custom")));
    view_int(v, "period_days", period->days);
    view_str(v, "csv_url",
        str_printf(rq->arena, "%s?period=%" PRI_STR "&from=%" PRI_STR "&to=%" PRI_STR "&format=csv",
            path, STR_ARG(period->name), STR_ARG(instant_print_date(rq->arena, period->from)),
            STR_ARG(instant_print_date(rq->arena, instant_plus_ms(period->to, -1)))));
}

static const char *words_of(enum report_measure measure, bool is_portal)
{
    static const char *const words[] = { N_("Clicks"), N_("Conversions"), N_("Revenue"),
        N_("Commission"), N_("Per click") };

    return measure == MEASURE_COMMISSION && is_portal ? N_("Earnings") : words[measure];
}

static const char *title_of(enum report_measure measure, bool is_portal)
{
    static const char *const titles[] = { N_("Clicks by day"), N_("Conversions by day"),
        N_("Revenue by day"), N_("Commission by day"), N_("Earnings per click by day") };

    return measure == MEASURE_COMMISSION && is_portal ? N_("Earnings by day") : titles[measure];
}

static void show_value(
    struct view *item, enum report_measure measure, const struct report_sums *sums, currency c)
{
    if (report_is_money(measure))
        view_money(item, "value", (amount){ report_value(sums, measure), c });
    else
        view_int(item, "value", report_value(sums, measure));
}

static enum report_measure chosen(struct request *rq, const struct report_panel *panel)
{
    str show = request_query(rq, "show");

    for (size_t i = 0; i < panel->measure_count; i++)
        if (str_eq(show, str_of(report_measure_names[panel->measures[i]])))
            return panel->measures[i];
    return panel->is_portal ? MEASURE_COMMISSION : MEASURE_REVENUE;
}

static void show_figure(struct request *rq, struct view *item, const struct report_panel *panel,
    const struct period *period, const struct report_series *series, enum report_measure measure,
    bool is_chosen)
{
    view_words(item, "name", words_of(measure, panel->is_portal));
    show_value(item, measure, &series->total, series->currency);
    view_bool(item, "chosen", is_chosen);
    view_str(item, "url",
        str_printf(rq->arena, "%s?period=%" PRI_STR "&from=%" PRI_STR "&to=%" PRI_STR "&show=%s",
            panel->path, STR_ARG(period->name),
            STR_ARG(instant_print_date(rq->arena, period->from)),
            STR_ARG(instant_print_date(rq->arena, instant_plus_ms(period->to, -1))),
            report_measure_names[measure]));
    report_show_delta(item, report_value(&series->total, measure),
        report_value(&series->past_total, measure), series->has_past,
        measure != MEASURE_COMMISSION || panel->is_portal);
    view_html(item, "spark",
        chart_spark(
            rq->arena, report_values(rq->arena, series->now, series->days, measure), series->days));
}

/* Terms that began within the period are marked on the plot. */
static err find_notes(
    struct request *rq, const struct period *period, struct chart_note *note, size_t *count)
{
    struct program_terms terms = { 0 };

    *count = 0;
    TRY(program_terms_at(rq->db, rq->program_id, period->to, &terms));
    if (terms.version > 1 && terms.starts_at.ms >= period->from.ms &&
        terms.starts_at.ms < period->to.ms) {
        note->index = (size_t)((terms.starts_at.ms - period->from.ms) / DAY_MS);
        note->text = str_empty(terms.summary) ? _(rq->lang, "Change of terms") : terms.summary;
        *count = 1;
    }
    return NULL;
}

err report_show_panel(struct request *rq, struct view *v, const struct report_panel *panel,
    const struct period *period, const struct report_series *series)
{
    struct view *figures = view_list(v, "figures");
    enum report_measure measure = chosen(rq, panel);
    struct chart_note note = { 0 };
    struct chart chart;

    for (size_t i = 0; i < panel->measure_count; i++)
        show_figure(rq, view_item(figures), panel, period, series, panel->measures[i],
            panel->measures[i] == measure);
    report_show_periods(rq, v, panel->path, period);
    chart = (struct chart){ .id = "c1",
        .title = lang_text(rq->lang, NULL, str_of(title_of(measure, panel->is_portal))),
        .now = report_values(rq->arena, series->now, series->days, measure),
        .past =
            series->has_past ? report_values(rq->arena, series->past, series->days, measure) : NULL,
        .count = series->days,
        .days = series->dates,
        .last_open = series->is_open,
        .notes = &note };
    if (report_is_money(measure))
        chart.currency = series->currency;
    TRY(find_notes(rq, period, &note, &chart.note_count));
    view_words(v, "chart_title", title_of(measure, panel->is_portal));
    chart_line(view_object(v, "chart"), rq->arena, rq->lang, &chart);
    return NULL;
}

void report_csv_head(struct buf *b)
{
    static const char *const head[] = { "clicks", "unique_clicks", "conversions", "revenue",
        "commission", "currency" };

    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++)
        csv_cell(b, str_of(head[i]), false);
    csv_end(b);
}

void report_csv_sums(struct buf *b, struct arena *arena, const struct report_sums *s, currency unit)
{
    csv_number(b, str_printf(arena, "%lld", (long long)s->clicks), false);
    csv_number(b, str_printf(arena, "%lld", (long long)s->unique_clicks), false);
    csv_number(b, str_printf(arena, "%lld", (long long)s->conversions), false);
    csv_number(b, amount_decimal(arena, (amount){ s->revenue, unit }), false);
    csv_number(b, amount_decimal(arena, (amount){ s->commission, unit }), false);
    csv_cell(b, str_of(unit.code), false);
    csv_end(b);
}

err report_csv(struct request *rq, struct reply *rp, const struct report_series *series)
{
    struct buf b = buf_new(rq->arena);

    csv_cell(&b, STR("day"), true);
    report_csv_head(&b);
    for (size_t i = 0; i < series->days; i++) {
        csv_cell(&b,
            instant_print_date(rq->arena,
                instant_plus_ms(series->dates[i], (int64_t)rq->offset_minutes * MINUTE_MS)),
            true);
        report_csv_sums(&b, rq->arena, &series->now[i], series->currency);
    }
    return reply_file(rp, "text/csv; charset=utf-8", STR("days.csv"), buf_str(&b));
}
