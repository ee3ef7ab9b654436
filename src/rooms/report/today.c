/* The console's first page: work that waits, the figures, whom the programme lives from, what is
 * owed and when. */
#include "rooms/report/report_inside.h"

#include "rooms/click/click.h"
#include "rooms/commission/commission.h"
#include "rooms/ledger/ledger.h"
#include "rooms/report/ranking.h"
#include "rooms/report/report.sql.h"
#include "view/chart.h"

enum { TOP_SHOWN = 6, TOP_TEN = 10, PAY_DAYS_SHOWN = 3 };

/* ---- work waiting
 * ------------------------------------------------------------------------------------------- */

static err show_work(struct request *rq, struct view *v, const struct program *program)
{
    struct view *work = view_object(v, "work");
    struct report_row row = { 0 };
    bool found;

    TRY(db_one(rq->db, &REPORT_APPLICATIONS, PARAMS(P("program_id", program->id)),
        &report_row_fields, &row, &found));
    view_int(work, "applications", row.clicks);
    view_instant(work, "oldest", row.last_at);
    row = (struct report_row){ 0 };
    TRY(db_one(rq->db, &REPORT_COMMISSIONS_WAITING,
        PARAMS(P("program_id", program->id), P("currency", program->currency), P("now", rq->now),
            P("manual", program->approval == APPROVAL_MANUAL)),
        &report_row_fields, &row, &found));
    view_int(work, "commissions", row.clicks);
    view_money(work, "commissions_sum", (amount){ row.commission, program->currency });
    row = (struct report_row){ 0 };
    TRY(db_one(rq->db, &REPORT_PAYOUTS_OPEN,
        PARAMS(P("program_id", program->id), P("currency", program->currency)), &report_row_fields,
        &row, &found));
    view_int(work, "payouts", row.clicks);
    view_money(work, "payouts_sum", (amount){ row.commission, program->currency });
    view_instant(work, "pay_day", program_next_payout(program, rq->now));
    return NULL;
}

/* ---- the live counter
 * ------------------------------------------------------------------------------------------ */

static void show_live(struct request *rq, struct view *v)
{
    int64_t minutes[60] = { 0 };
    struct view *live = view_object(v, "live"), *list = view_list(v, "minutes");

    live_minutes(rq->app->live, rq->program_id, rq->now, minutes);
    for (int i = 0; i < 60; i++)
        view_item_int(list, minutes[i]);
    view_int(live, "now", minutes[59]);
    view_html(live, "svg",
        chart_live(rq->arena, minutes, 60, _(rq->lang, "Clicks in each of the last 60 minutes")));
}

err report_live(struct request *rq, struct reply *rp)
{
    show_live(rq, reply_view(rp));
    return NULL;
}

/* ---- whom the programme lives from
 * ------------------------------------------------------------------------------- */

static int64_t share_bp(int64_t part, int64_t whole)
{
    return whole > 0 ? (int64_t)((__int128)part * 10000 / whole) : 0;
}

static int64_t not_negative(int64_t value)
{
    return value > 0 ? value : 0;
}

static void show_top(struct request *rq, struct view *v, const struct ranking *r)
{
    struct view *list = view_list(v, "top");
    int64_t most = r->count ? not_negative(r->at[0].now.revenue) : 0; /* they are in order */

    for (size_t i = 0; i < r->count && i < TOP_SHOWN; i++) {
        const struct ranked *p = &r->at[i];
        struct view *item;

        if (p->now.revenue <= 0 && p->now.clicks == 0)
            break;
        item = view_item(list);
        view_id(item, "id", "par", p->partner.id);
        view_str(item, "name", p->partner.name);
        view_str(item, "site", report_site_text(p->partner.website));
        view_money(item, "revenue", (amount){ p->now.revenue, r->currency });
        view_money(item, "commission", (amount){ p->now.commission, r->currency });
        view_percent_bp(item, "share", share_bp(p->now.revenue, r->total.revenue) / 10 * 10);
        view_html(item, "bar", chart_share(rq->arena, not_negative(p->now.revenue), most));
        view_instant(item, "last_click", p->last_click_at);
        view_html(item, "spark", chart_spark(rq->arena, p->revenue_days, r->days));
        report_show_delta(item, p->now.revenue, p->past.revenue, true, true);
    }
}

static void show_concentration(struct request *rq, struct view *v, const struct ranking *r)
{
    int64_t *revenue = ARENA_ARRAY(rq->arena, int64_t, r->count ? r->count : 1);
    struct view *c = view_object(v, "concentration");
    size_t count = 0, top;
    int64_t part;

    for (size_t i = 0; i < r->count; i++)
        if (r->at[i].partner.status == PARTNER_APPROVED || r->at[i].now.revenue > 0)
            revenue[count++] = r->at[i].now.revenue > 0 ? r->at[i].now.revenue : 0;
    top = count < TOP_TEN ? count : TOP_TEN;
    part = ranking_top_revenue(r, top);
    view_int(c, "top", (int64_t)top);
    view_int(c, "of", (int64_t)count);
    view_percent_bp(c, "share", share_bp(part, r->total.revenue) / 10 * 10);
    view_money(c, "part", (amount){ part, r->currency });
    view_money(c, "whole", (amount){ r->total.revenue, r->currency });
    view_bool(c, "any", r->total.revenue > 0 && count > 1);
    if (r->total.revenue > 0 && count > 1)
        chart_concentration(
            view_object(c, "chart"), rq->arena, rq->lang, revenue, count, top, r->currency);
}

/* ---- what is owed, and when
 * -------------------------------------------------------------------------------------- */

static err show_owed(struct request *rq, struct view *v, const struct program *program)
{
    struct ledger_balance balance = { 0 };
    struct view *owed = view_object(v, "owed");
    static const char *const tones[PAY_DAYS_SHOWN] = { NULL, "soft", "soft" };
    int64_t values[PAY_DAYS_SHOWN] = { 0 };
    instant days[PAY_DAYS_SHOWN];
    instant from = rq->now;
    currency c = program->currency;

    bool has_foreign;

    TRY(report_owed(rq->db, program, rq->now, &balance, &has_foreign));
    view_bool(owed, "has_foreign", has_foreign);
    for (int i = 0; i < PAY_DAYS_SHOWN; i++) {
        days[i] = program_next_payout(program, from);
        from = instant_plus_days(days[i], 1);
    }
    values[0] = balance.payable + balance.carried > 0 ? balance.payable + balance.carried : 0;
    for (int i = 0; i < PAY_DAYS_SHOWN; i++) {
        int64_t pending;
        /* what matures before the pay day, and after the one before it; the last takes the rest */
        TRY(report_maturing(rq->db, program, rq->now, i ? days[i - 1].ms : 0,
            i == PAY_DAYS_SHOWN - 1 ? INT64_MAX : days[i].ms, &pending));
        values[i] += pending;
    }
    view_money(owed, "sum",
        (amount){
            balance.pending + balance.held + balance.payable + balance.in_payout + balance.carried,
            c });
    view_money(owed, "payable", (amount){ balance.payable, c });
    view_money(owed, "pending", (amount){ balance.pending, c });
    view_money(owed, "held", (amount){ balance.held, c });
    view_bool(owed, "has_held", balance.held != 0);
    view_money(owed, "in_payout", (amount){ balance.in_payout, c });
    view_bool(owed, "has_in_payout", balance.in_payout != 0);
    view_money(owed, "carried", (amount){ balance.carried, c });
    view_bool(owed, "has_carried", balance.carried != 0);
    view_instant(owed, "pay_day", days[0]);
    chart_bars(view_object(owed, "chart"), rq->arena, rq->lang,
        &(struct chart){ .id = "due",
            .title = _(rq->lang, "Owed by pay day"),
            .now = values,
            .count = PAY_DAYS_SHOWN,
            .days = days,
            .tones = tones,
            .currency = c });
    return NULL;
}

/* ---- the page
 * --------------------------------------------------------------------------------------------------------
 */

err report_today(struct request *rq, struct reply *rp)
{
    static const enum report_measure measures[] = { MEASURE_CLICKS, MEASURE_CONVERSIONS,
        MEASURE_REVENUE, MEASURE_COMMISSION };
    static const struct report_panel panel = { "/manage/today", measures, 4, false };
    struct view *v = reply_view(rp);
    struct program program = { 0 };
    struct report_scope scope;
    struct report_series series;
    struct ranking ranking;
    struct period period;

    if (!rq->program_id)
        return reply_redirect(rp, 303, STR("/manage/welcome"));
    click_catch_up(rq, 200);
    TRY(program_of_request(rq, &program));
    TRY(request_period(rq, "30d", &period));
    scope = (struct report_scope){ program.id, 0, program.currency, rq->offset_minutes };
    TRY(report_series_orders(rq->db, rq->arena, &scope, &period, &series));
    TRY(ranking_load(rq->db, rq->arena, &scope, &period, &ranking, &series));
    if (str_eq(request_query(rq, "format"), STR("csv")))
        return report_csv(rq, rp, &series);
    TRY(report_show_panel(rq, v, &panel, &period, &series));
    TRY(show_work(rq, v, &program));
    ranking_sort(&ranking, RANK_REVENUE, false);
    view_int(v, "selling", (int64_t)ranking.selling);
    view_int(v, "partners", (int64_t)ranking.approved);
    view_bool(v, "is_fresh", series.total.clicks == 0 && series.past_total.clicks == 0);
    view_str(v, "program_slug", program.slug);
    view_instant(v, "today", rq->now);
    report_show_delta(view_object(v, "selling_change"), (int64_t)ranking.selling,
        (int64_t)ranking.past_selling, series.has_past, true);
    show_top(rq, v, &ranking);
    show_concentration(rq, v, &ranking);
    show_live(rq, v);
    return show_owed(rq, v, &program);
}
