/* Figures by day and period, and how they are compared. */
#include "rooms/report/report_inside.h"

#include <string.h>

#include "rooms/report/report.sql.h"

/* clang-format off */
static const struct field row_list[] = {
    FIELD(report_row, day),
    FIELD_ID(report_row, key_id, "key"),
    FIELD(report_row, key, .max = 2000),
    FIELD(report_row, clicks),
    FIELD(report_row, unique_clicks),
    FIELD(report_row, conversions),
    FIELD(report_row, counted),
    FIELD(report_row, revenue),
    FIELD(report_row, commission),
    FIELD(report_row, refunded),
    FIELD(report_row, utc_day),
    FIELD(report_row, last_at),
};
const struct fields report_row_fields = FIELDS(row_list, report_row);
/* clang-format on */

const char *const report_measure_names[] = { "clicks", "conversions", "revenue", "commission",
    "epc", NULL };

int64_t report_epc(const struct report_sums *s)
{
    int64_t twice;

    if (s->clicks <= 0)
        return 0;
    twice = s->commission * 2;
    return (twice + (twice >= 0 ? s->clicks : -s->clicks)) / (2 * s->clicks);
}

int64_t report_value(const struct report_sums *s, enum report_measure measure)
{
    switch (measure) {
    case MEASURE_CLICKS:
        return s->clicks;
    case MEASURE_CONVERSIONS:
        return s->conversions;
    case MEASURE_REVENUE:
        return s->revenue;
    case MEASURE_COMMISSION:
        return s->commission;
    case MEASURE_EPC:
        return report_epc(s);
    }
    return 0;
}

bool report_is_money(enum report_measure measure)
{
    return measure == MEASURE_REVENUE || measure == MEASURE_COMMISSION || measure == MEASURE_EPC;
}

int64_t *report_values(
    struct arena *arena, const struct report_sums *sums, size_t days, enum report_measure measure)
{
    int64_t *values = ARENA_ARRAY(arena, int64_t, days ? days : 1);

    for (size_t i = 0; i < days; i++)
        values[i] = report_value(&sums[i], measure);
    return values;
}

bool report_change_bp(int64_t now, int64_t past, int64_t *out)
{
    if (past == 0)
        return false;
    *out = (int64_t)((__int128)(now - past) * 10000 / (past < 0 ? -past : past));
    return true;
}

void report_show_delta(struct view *v, int64_t now, int64_t past, bool has_past, bool more_is_good)
{
    struct view *delta = view_object(v, "delta");
    int64_t bp = 0;
    bool is_known = has_past && report_change_bp(now, past, &bp);

    bp = bp / 10 * 10; /* what rounds to nothing is no change */
    view_bool(delta, "known", is_known);
    view_bool(delta, "up", is_known && bp > 0);
    view_bool(delta, "down", is_known && bp < 0);
    view_bool(delta, "same", is_known && bp == 0);
    view_bool(delta, "good", is_known && bp != 0 && (bp > 0) == more_is_good);
    view_bool(delta, "bad", is_known && bp != 0 && (bp > 0) != more_is_good);
    view_percent_bp(delta, "percent", bp < 0 ? -bp : bp);
}

struct spreading {
    struct report_series *series;
    int64_t first_day, past_day;
};

/* Spreads rows over the two periods by their day. */
static err place(void *record, void *arg)
{
    const struct report_row *row = record;
    struct spreading *s = arg;
    int64_t now = row->day - s->first_day, past = row->day - s->past_day;

    if (now >= 0 && now < (int64_t)s->series->days) {
        report_add(&s->series->now[now], row);
        report_add(&s->series->total, row);
    } else if (s->series->has_past && past >= 0 && past < (int64_t)s->series->days) {
        report_add(&s->series->past[past], row);
        report_add(&s->series->past_total, row);
    }
    return NULL;
}

static int64_t day_of(instant at, int64_t offset_ms)
{
    return (at.ms + offset_ms) / DAY_MS;
}

struct series_query {
    struct param params[8];
    int64_t first_day, past_day;
};

static struct series_query query_of(const struct report_scope *scope, const struct period *period)
{
    int64_t offset_ms = (int64_t)scope->offset_minutes * MINUTE_MS;
    instant from = instant_none(period->past_from) ? period->from : period->past_from;

    return (struct series_query){
        .params = { P("program_id", scope->program_id), param_ref("partner_id", scope->partner_id),
            P("currency", scope->currency), P("from", from), P("to", period->to),
            P("offset", offset_ms), P("by_day", INT64_C(0)), { .name = NULL } },
        .first_day = day_of(period->from, offset_ms),
        .past_day = day_of(period->past_from, offset_ms),
    };
}

static void begin(struct arena *arena, const struct report_scope *scope,
    const struct period *period, struct report_series *out)
{
    *out = (struct report_series){ .days = (size_t)period->days,
        .has_past = !instant_none(period->past_from),
        .is_open = period->open,
        .currency = scope->currency };
    out->dates = ARENA_ARRAY(arena, instant, out->days);
    out->now = ARENA_ARRAY(arena, struct report_sums, out->days);
    out->past = ARENA_ARRAY(arena, struct report_sums, out->days);
    for (size_t i = 0; i < out->days; i++)
        out->dates[i] = instant_plus_days(period->from, (int64_t)i);
}

static err fill(struct db *db, const struct statement *statement, const struct series_query *q,
    struct report_series *out)
{
    struct spreading s = { out, q->first_day, q->past_day };
    struct report_row row = { 0 };

    return db_each(db, statement, q->params, &report_row_fields, &row, place, &s);
}

/* Of money there may be more, in foreign currencies. */
static err fill_money(struct db *db, const struct statement *statement,
    const struct report_scope *scope, const struct series_query *q, struct report_series *out)
{
    struct spreading s = { out, q->first_day, q->past_day };

    TRY(fill(db, statement, q, out));
    return report_each_foreign(db, statement, scope, q->params, place, &s);
}

err report_series_settle(struct report_series *series)
{
    for (size_t i = 0; i < series->days; i++) {
        TRY(report_settle(&series->now[i]));
        TRY(report_settle(&series->past[i]));
    }
    TRY(report_settle(&series->total));
    return report_settle(&series->past_total);
}

err report_series_orders(struct db *db, struct arena *arena, const struct report_scope *scope,
    const struct period *period, struct report_series *out)
{
    struct series_query q = query_of(scope, period);

    begin(arena, scope, period, out);
    TRY(fill_money(
        db, scope->partner_id ? &REPORT_PARTNER_ORDER_DAYS : &REPORT_ORDER_DAYS, scope, &q, out));
    return report_series_settle(out);
}

err report_series(struct db *db, struct arena *arena, const struct report_scope *scope,
    const struct period *period, struct report_series *out)
{
    struct series_query q = query_of(scope, period);

    TRY(report_series_orders(db, arena, scope, period, out));
    TRY(fill(db, &REPORT_CLICK_DAYS, &q, out));
    TRY(fill_money(db, &REPORT_COMMISSION_DAYS, scope, &q, out));
    return report_series_settle(out);
}

str report_site_text(str url)
{
    if (str_starts(url, STR("https://")))
        url = str_from(url, 8);
    else if (str_starts(url, STR("http://")))
        url = str_from(url, 7);
    if (str_ends(url, STR("/")))
        url = str_first(url, url.len - 1);
    return url;
}
