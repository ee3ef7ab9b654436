/* The partner's links with what each brought: the list under the link builder. */
#include "rooms/report/report_inside.h"

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

struct lines {
    struct link_line *at;
    size_t count, days;
    int64_t first_day;
};

static err place(void *record, void *arg)
{
    const struct report_row *row = record;
    struct lines *lines = arg;

    for (size_t i = 0; i < lines->count; i++) {
        int64_t day = row->day - lines->first_day;

        if (lines->at[i].id != row->key_id)
            continue;
        lines->at[i].now.clicks += row->clicks;
        lines->at[i].now.unique_clicks += row->unique_clicks;
        lines->at[i].now.conversions += row->conversions;
        lines->at[i].now.commission += row->commission;
        lines->at[i].now.commission_e15 += row->commission_e15;
        if (day >= 0 && day < (int64_t)lines->days)
            lines->at[i].days[day] += row->clicks;
    }
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
            .code = ((struct report_row *)links.at)[i].key,
            .days = ARENA_ARRAY(rq->arena, int64_t, out->days ? out->days : 1) };
    TRY(db_each(rq->db, &REPORT_LINK_CLICKS, params, &report_row_fields, &row, place, out));
    row = (struct report_row){ 0 };
    TRY(db_each(rq->db, &REPORT_BY_LINK_ORDERS, params, &report_row_fields, &row, place, out));
    TRY(report_each_foreign(rq->db, &REPORT_BY_LINK_ORDERS, scope, params, place, out));
    for (size_t i = 0; i < out->count; i++)
        TRY(report_settle(&out->at[i].now));
    return NULL;
}

/* GET /portal/performance: what each link brought over a period. */
err report_links(struct request *rq, struct reply *rp)
{
    struct view *v = reply_view(rp), *list;
    struct program program = { 0 };
    struct report_scope scope;
    struct period period;
    struct lines lines;

    (void)click_complete(rq, 200);
    TRY(program_of_request(rq, &program));
    TRY(request_period(rq, "30d", &period));
    scope =
        (struct report_scope){ program.id, rq->partner_id, program.currency, rq->offset_minutes };
    TRY(load_lines(rq, &scope, &period, &lines));
    list = view_list(v, "lines");
    for (size_t i = 0; i < lines.count; i++)
        show_line(rq, view_item(list), &lines.at[i], &lines, program.currency);
    report_show_periods(rq, v, "/portal/performance", &period);
    return report_show_groups(rq, v, &scope, &period);
}
