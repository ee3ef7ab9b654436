/* The partner's links with what each brought: the list under the link builder. */
#include "rooms/report/report_inside.h"

#include <stdlib.h>

#include "base/buf.h"
#include "rooms/click/click.h"
#include "rooms/report/report.sql.h"
#include "view/chart.h"

struct link_line {
    int64_t id;
    str code;
    struct report_sums now;
    int64_t *days;
};

enum { SHOWN_MOST = 100 };

struct lines {
    struct link_line *at; /* by id while they are summed, then the busiest first */
    size_t count, days, shown;
    int64_t first_day;
};

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const struct link_line *)a)->id, y = ((const struct link_line *)b)->id;
    return (x > y) - (x < y);
}

static int busiest_first(const void *a, const void *b)
{
    const struct link_line *x = a, *y = b;

    if (x->now.clicks != y->now.clicks)
        return x->now.clicks > y->now.clicks ? -1 : 1;
    if (x->now.conversions != y->now.conversions)
        return x->now.conversions > y->now.conversions ? -1 : 1;
    return by_id(a, b);
}

static err add_sums(void *record, void *arg)
{
    const struct report_row *row = record;
    const struct lines *lines = arg;
    struct link_line key = { .id = row->key_id };
    struct link_line *line = bsearch(&key, lines->at, lines->count, sizeof(key), by_id);

    if (!line)
        return NULL;
    line->now.clicks += row->clicks;
    line->now.unique_clicks += row->unique_clicks;
    line->now.conversions += row->conversions;
    line->now.commission += row->commission;
    line->now.commission_e15 += row->commission_e15;
    return NULL;
}

static err add_day(void *record, void *arg)
{
    const struct report_row *row = record;
    const struct lines *lines = arg;
    int64_t day = row->day - lines->first_day;

    if (day < 0 || day >= (int64_t)lines->days)
        return NULL;
    for (size_t i = 0; i < lines->shown; i++)
        if (lines->at[i].id == row->key_id)
            lines->at[i].days[day] += row->clicks;
    return NULL;
}

static void show_line(struct request *rq, struct view *item, const struct link_line *l,
    const struct lines *lines, currency c)
{
    view_id(item, "id", "lnk", l->id);
    view_str(item, "code", l->code);
    view_int(item, "clicks", l->now.clicks);
    view_int(item, "unique_clicks", l->now.unique_clicks);
    view_int(item, "conversions", l->now.conversions);
    view_percent_bp(
        item, "rate", l->now.clicks ? l->now.conversions * 10000 / l->now.clicks / 10 * 10 : 0);
    view_money(item, "commission", (amount){ l->now.commission, c });
    view_html(item, "spark", chart_spark(rq->arena, l->days, lines->days));
}

static err load_lines(struct request *rq, const struct report_scope *scope,
    const struct period *period, struct lines *out)
{
    int64_t offset_ms = (int64_t)scope->offset_minutes * MINUTE_MS;
    const struct param params[] = { P("program_id", scope->program_id),
        param_ref("partner_id", scope->partner_id), P("currency", scope->currency),
        P("from", period->from), P("to", period->to), P("offset", offset_ms),
        P("by_day", INT64_C(0)), { .name = NULL } };
    struct report_row row = { 0 };
    struct list links = { 0 };

    TRY(db_all(rq->db, &REPORT_LINK_NAMES,
        PARAMS(P("program_id", scope->program_id), P("partner_id", scope->partner_id)),
        &report_row_fields, &links));
    *out = (struct lines){ .count = links.count,
        .days = (size_t)period->days,
        .first_day = (period->from.ms + offset_ms) / DAY_MS,
        .at = ARENA_ARRAY(rq->arena, struct link_line, links.count ? links.count : 1) };
    for (size_t i = 0; i < links.count; i++)
        out->at[i] = (struct link_line){ .id = ((struct report_row *)links.at)[i].key_id,
            .code = ((struct report_row *)links.at)[i].key };
    qsort(out->at, out->count, sizeof(out->at[0]), by_id);
    TRY(db_each(rq->db, &REPORT_LINK_CLICKS, params, &report_row_fields, &row, add_sums, out));
    row = (struct report_row){ 0 };
    TRY(db_each(rq->db, &REPORT_BY_LINK_ORDERS, params, &report_row_fields, &row, add_sums, out));
    TRY(report_each_foreign(rq->db, &REPORT_BY_LINK_ORDERS, scope, params, add_sums, out));
    for (size_t i = 0; i < out->count; i++)
        TRY(report_settle(&out->at[i].now));
    qsort(out->at, out->count, sizeof(out->at[0]), busiest_first);
    out->shown = out->count < SHOWN_MOST ? out->count : SHOWN_MOST;
    for (size_t i = 0; i < out->shown; i++)
        out->at[i].days = ARENA_ARRAY(rq->arena, int64_t, out->days ? out->days : 1);
    row = (struct report_row){ 0 };
    return db_each(rq->db, &REPORT_LINK_CLICKS, params, &report_row_fields, &row, add_day, out);
}

/* GET /portal/performance: what the busiest links brought over a period. */
err report_links(struct request *rq, struct reply *rp)
{
    struct view *v = reply_view(rp), *list;
    struct program program = { 0 };
    struct report_scope scope;
    struct period period;
    struct lines lines;

    click_catch_up(rq, 200);
    TRY(program_of_request(rq, &program));
    TRY(request_period(rq, "30d", &period));
    scope =
        (struct report_scope){ program.id, rq->partner_id, program.currency, rq->offset_minutes };
    TRY(load_lines(rq, &scope, &period, &lines));
    list = view_list(v, "lines");
    for (size_t i = 0; i < lines.shown; i++)
        show_line(rq, view_item(list), &lines.at[i], &lines, program.currency);
    view_bool(v, "is_cut", lines.shown < lines.count);
    view_int(v, "link_count", (int64_t)lines.count);
    report_show_periods(rq, v, "/portal/performance", &period);
    return report_show_groups(rq, v, &scope, &period);
}
