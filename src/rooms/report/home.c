/* The partner's first page: his link before his figures, the next pay day, what he earned, what to
 * do next. */
#include "rooms/report/report_inside.h"

#include "rooms/click/click.h"
#include "rooms/commission/commission.h"
#include "rooms/coupon/coupon.h"
#include "rooms/ledger/ledger.h"
#include "rooms/link/link.h"
#include "rooms/partner/partner.h"
#include "rooms/report/report.sql.h"
#include "view/chart.h"

/* ---- his link
 * ---------------------------------------------------------------------------------------------- */

static err show_link(struct request *rq, struct view *v)
{
    struct view *link_view = view_object(v, "link");
    struct link link = { 0 };
    struct list coupons = { 0 };
    struct view *codes = view_list(v, "coupons");
    str url, qr = STR_NONE;
    bool is_there;

    TRY(link_of_partner(rq->db, rq->program_id, rq->partner_id, &link, &is_there));
    view_bool(link_view, "is_there", is_there);
    if (is_there) {
        url = str_printf(
            rq->arena, "%" PRI_STR "/c/%" PRI_STR, STR_ARG(rq->base_url), STR_ARG(link.code));
        view_str(link_view, "url", url);
        view_str(link_view, "text",
            str_starts(url, STR("https://")) ? str_from(url, 8) : str_from(url, 7));
        view_str(link_view, "code", link.code);
        if (!chart_qr(rq->arena, url, &qr))
            view_html(link_view, "qr", qr);
    }
    TRY(coupon_of_partner(rq->db, rq->program_id, rq->partner_id, &coupons));
    for (size_t i = 0; i < coupons.count; i++)
        view_str(view_item(codes), "code", ((struct coupon *)coupons.at)[i].code);
    return NULL;
}

/* ---- the next pay day
 * ------------------------------------------------------------------------------------------ */

static err show_pay_day(struct request *rq, struct view *v, const struct program *program)
{
    struct ledger_whose whose = { .program_id = rq->program_id, .partner_id = rq->partner_id };
    struct ledger_balance b = { 0 };
    struct view *pay = view_object(v, "pay");
    currency c = program->currency;
    int64_t net;

    TRY(ledger_balance_of(rq->db, &whose, c, &b));
    net = b.payable + b.carried;
    view_instant(pay, "day", program_next_payout(program, rq->now));
    view_money(
        pay, "next", (amount){ b.in_payout + (net >= program->minimum_payout ? net : 0), c });
    view_money(pay, "payable", (amount){ b.payable, c });
    view_money(pay, "pending", (amount){ b.pending, c });
    view_bool(pay, "has_pending", b.pending != 0);
    view_money(pay, "held", (amount){ b.held, c });
    view_bool(pay, "has_held", b.held != 0);
    view_money(pay, "carried", (amount){ b.carried, c });
    view_bool(pay, "has_carried", b.carried != 0);
    view_bool(pay, "has_in_payout", b.in_payout != 0);
    view_money(pay, "in_payout", (amount){ b.in_payout, c });
    view_money(pay, "paid", (amount){ b.paid, c });
    view_bool(pay, "is_below", net > 0 && net < program->minimum_payout);
    view_money(pay, "minimum", (amount){ program->minimum_payout, c });
    view_money(pay, "missing", (amount){ program->minimum_payout - net, c });
    view_int(pay, "hold_days", program->hold_days);
    view_text(pay, "rows_path", "/portal/commissions?");
    TRY(report_others_view(rq->db, &whose, c, pay));
    return ledger_balance_view(rq->db, &whose, view_object(v, "balance"));
}

/* ---- getting started
 * ------------------------------------------------------------------------------------------- */

static void show_step(struct view *list, const char *name, bool is_done, int *done)
{
    struct view *item = view_item(list);

    view_bool(item, name, true);
    view_bool(item, "done", is_done);
    *done += is_done;
}

static err show_steps(
    struct request *rq, struct view *v, const struct partner *p, const struct program *program)
{
    struct view *list = view_list(v, "steps");
    int64_t first_click, first_commission;
    int done = 0;

    TRY(db_int(rq->db, &REPORT_FIRST_CLICK,
        PARAMS(P("program_id", p->program_id), P("partner_id", p->id)), &first_click));
    TRY(db_int(rq->db, &REPORT_FIRST_COMMISSION,
        PARAMS(P("program_id", p->program_id), P("partner_id", p->id)), &first_commission));
    show_step(list, "terms",
        program->terms_version == 0 || p->terms_version >= program->terms_version, &done);
    show_step(list, "payment", !str_empty(p->payout_account), &done);
    show_step(list, "click", first_click != 0, &done);
    show_step(list, "sale", first_commission != 0, &done);
    show_step(list, "tax", !str_empty(p->tax_id), &done);
    view_int(v, "steps_done", done);
    view_int(v, "steps_all", 5);
    view_bool(v, "steps_left", done < 5);
    view_str(v, "account_ending",
        p->payout_account.len > 4 ? str_from(p->payout_account, p->payout_account.len - 4)
                                  : STR_NONE);
    view_int(v, "terms_accepted", p->terms_version);
    view_instant(v, "first_click_at", (instant){ first_click });
    view_instant(v, "first_sale_at", (instant){ first_commission });
    return NULL;
}

/* ---- recent commissions, rates
 * ------------------------------------------------------------------------------------ */

static err show_recent(struct request *rq, struct view *v)
{
    struct view *list = view_list(v, "recent");
    struct list rows = { 0 };

    TRY(db_all(rq->db, &REPORT_LATEST_COMMISSIONS,
        PARAMS(P("program_id", rq->program_id), P("partner_id", rq->partner_id),
            P("most", INT64_C(8)), P("is_own", true)),
        &commission_fields, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct commission *c = (struct commission *)rows.at + i;
        struct view *item = view_item(list);

        view_record(item, NULL, &commission_fields, c);
        if (c->kind == COMMISSION_SALE || c->kind == COMMISSION_LEAD)
            view_money(item, "counted", (amount){ c->base_amount, c->base_currency });
        if (c->status_reason.at)
            view_words(item, "reason_words", commission_reason_words(c->status_reason.at));
        view_bool(item, "in_payout", c->payout_id != 0 && c->status == COMMISSION_PAYABLE);
    }
    return NULL;
}

err report_home(struct request *rq, struct reply *rp)
{
    static const enum report_measure measures[] = { MEASURE_CLICKS, MEASURE_CONVERSIONS,
        MEASURE_COMMISSION, MEASURE_EPC };
    static const struct report_panel panel = { "/portal/home", measures, 4, true };
    struct view *v = reply_view(rp);
    struct program program = { 0 };
    struct partner p = { 0 };
    struct report_series series;
    struct report_scope scope;
    struct period period;

    click_catch_up(rq, 200);
    TRY(program_of_request(rq, &program));
    TRY(partner_get(rq->db, program.id, rq->partner_id, &p));
    TRY(request_period(rq, "30d", &period));
    scope = (struct report_scope){ program.id, p.id, program.currency, rq->offset_minutes };
    TRY(report_series(rq->db, rq->arena, &scope, &period, &series));
    if (str_eq(request_query(rq, "format"), STR("csv")))
        return report_csv(rq, rp, &series);
    view_record(v, "partner", &partner_self_fields, &p);
    view_str(v, "program_name", program.name);
    view_int(v, "terms_version", program.terms_version);
    view_bool(v, "must_accept", program.terms_version > p.terms_version);
    TRY(show_link(rq, v));
    TRY(show_pay_day(rq, v, &program));
    TRY(report_show_panel(rq, v, &panel, &period, &series));
    TRY(show_recent(rq, v));
    TRY(commission_rates_view(rq, v, p.id, p.group));
    return show_steps(rq, v, &p, &program);
}
