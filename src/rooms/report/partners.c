/* The console's table of partners with their figures, and a partner's own page. */
#include "rooms/report/report_inside.h"

#include <inttypes.h>

#include "http/csv.h"
#include "rooms/click/click.h"
#include "rooms/commission/commission.h"
#include "rooms/ledger/ledger.h"
#include "rooms/report/ranking.h"
#include "base/buf.h"
#include "base/id.h"
#include "rooms/report/report.sql.h"
#include "view/chart.h"

enum { PARTNERS_ON_PAGE = 50 };

/* ---- which of them
 * ---------------------------------------------------------------------------------------- */

enum view_of { VIEW_EVERYONE, VIEW_TOP, VIEW_QUIET, VIEW_NEW, VIEW_DORMANT, VIEWS };
static const struct {
    const char *name, *words;
} views[VIEWS] = {
    [VIEW_EVERYONE] = { "everyone", N_("Everyone") },
    [VIEW_TOP] = { "top", N_("Top ten") },
    [VIEW_QUIET] = { "quiet", N_("Gone quiet") },
    [VIEW_NEW] = { "new", N_("New this month") },
    [VIEW_DORMANT] = { "dormant", N_("No clicks yet") },
};

struct choosing {
    enum view_of view;
    str search, status, group, kind;
    instant now;
};

static bool matches_text(struct arena *arena, const struct partner *p, str search)
{
    if (str_empty(search))
        return true;
    search = str_lower(arena, search);
    return str_has(str_lower(arena, p->name), search) ||
           str_has(str_lower(arena, p->email), search) ||
           str_has(str_lower(arena, p->website.at ? p->website : STR("")), search);
}

static bool is_in_view(const struct ranked *r, enum view_of view, size_t place, instant now)
{
    switch (view) {
    case VIEW_TOP:
        return place < 10 && r->now.revenue > 0;
    case VIEW_QUIET:
        return r->past.clicks > 0 && r->now.clicks * 4 < r->past.clicks;
    case VIEW_NEW:
        return r->partner.status == PARTNER_APPROVED &&
               r->partner.decided_at.ms > now.ms - 30 * DAY_MS;
    case VIEW_DORMANT:
        return r->partner.status == PARTNER_APPROVED && r->now.clicks == 0 && r->past.clicks == 0;
    case VIEW_EVERYONE:
    case VIEWS:
        return true;
    }
    return true;
}

static bool is_chosen(
    struct arena *arena, const struct ranked *r, const struct choosing *c, size_t place)
{
    const struct partner *p = &r->partner;

    if (!str_empty(c->status) && !str_eq(c->status, str_of(partner_status_names[p->status])))
        return false;
    if (str_empty(c->status) && (p->status == PARTNER_PENDING || p->status == PARTNER_REJECTED))
        return false;
    if (!str_empty(c->group) && !str_eq(c->group, p->group))
        return false;
    if (!str_empty(c->kind) && !str_eq(c->kind, str_of(partner_kind_names[p->kind])))
        return false;
    return matches_text(arena, p, c->search) && is_in_view(r, c->view, place, c->now);
}

static struct ranking choose(
    struct arena *arena, const struct ranking *all, const struct choosing *c)
{
    struct ranking out = *all;

    out.at = ARENA_ARRAY(arena, struct ranked, all->count ? all->count : 1);
    out.count = 0;
    for (size_t i = 0; i < all->count; i++)
        if (is_chosen(arena, &all->at[i], c, i))
            out.at[out.count++] = all->at[i];
    return out;
}

/* ---- rows
 * --------------------------------------------------------------------------------------------------
 */

static void show_row(
    struct request *rq, struct view *item, const struct ranked *r, const struct ranking *all)
{
    const struct partner *p = &r->partner;
    currency c = all->currency;

    view_record(item, NULL, &partner_fields, p);
    view_str(item, "site", report_site_text(p->website));
    view_int(item, "clicks", r->now.clicks);
    view_int(item, "conversions", r->now.conversions);
    view_percent_bp(
        item, "rate", r->now.clicks > 0 ? r->now.conversions * 10000 / r->now.clicks / 10 * 10 : 0);
    view_money(item, "revenue", (amount){ r->now.revenue, c });
    view_money(item, "commission", (amount){ r->now.commission, c });
    view_money(item, "epc", (amount){ report_epc(&r->now), c });
    view_html(item, "spark", chart_spark(rq->arena, r->revenue_days, all->days));
    report_show_delta(item, r->now.revenue, r->past.revenue, true, true);
}

static err partners_csv(struct request *rq, struct reply *rp, const struct ranking *r)
{
    static const char *const head[] = { "partner", "name", "email", "website", "kind", "group",
        "status", "clicks", "unique_clicks", "conversions", "revenue", "commission", "currency" };
    struct buf b = buf_new(rq->arena);

    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++)
        csv_cell(&b, str_of(head[i]), i == 0);
    csv_end(&b);
    for (size_t i = 0; i < r->count; i++) {
        const struct ranked *row = &r->at[i];
        const int64_t counts[] = { row->now.clicks, row->now.unique_clicks, row->now.conversions };

        csv_cell(&b, id_print(rq->arena, "par", row->partner.id), true);
        csv_cell(&b, row->partner.name, false);
        csv_cell(&b, row->partner.email, false);
        csv_cell(&b, row->partner.website, false);
        csv_cell(&b, str_of(partner_kind_names[row->partner.kind]), false);
        csv_cell(&b, row->partner.group, false);
        csv_cell(&b, str_of(partner_status_names[row->partner.status]), false);
        for (size_t k = 0; k < 3; k++)
            csv_number(&b, str_printf(rq->arena, "%" PRId64, counts[k]), false);
        csv_number(&b, amount_decimal(rq->arena, (amount){ row->now.revenue, r->currency }), false);
        csv_number(
            &b, amount_decimal(rq->arena, (amount){ row->now.commission, r->currency }), false);
        csv_cell(&b, str_of(r->currency.code), false);
        csv_end(&b);
    }
    return reply_file(rp, "text/csv; charset=utf-8", STR("partners.csv"), buf_str(&b));
}

/* ---- addresses that keep the rest of the choice
 * ----------------------------------------------------------------- */

static str address(struct request *rq, const char *name, str value)
{
    static const char *const kept[] = { "period", "from", "to", "view", "q", "status", "group",
        "kind", "sort", "page" };
    struct buf b = buf_new(rq->arena);
    bool first = true;

    buf_add(&b, STR("/manage/partners"));
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        str now = str_eq(str_of(kept[i]), str_of(name)) ? value : request_query(rq, kept[i]);

        if (str_empty(now) ||
            (str_eq(str_of(kept[i]), STR("page")) && !str_eq(str_of(name), STR("page"))))
            continue;
        buf_printf(&b, "%c%s=%" PRI_STR, first ? '?' : '&', kept[i],
            STR_ARG(str_url_encode(rq->arena, now)));
        first = false;
    }
    return buf_str(&b);
}

static void show_views(
    struct request *rq, struct view *v, const struct ranking *all, struct choosing c)
{
    struct view *list = view_list(v, "views");
    enum view_of present = c.view;

    for (enum view_of view = VIEW_EVERYONE; view < VIEWS; view++) {
        struct view *item = view_item(list);

        c.view = view;
        view_words(item, "words", views[view].words);
        view_bool(item, "chosen", view == present);
        view_int(item, "count", (int64_t)choose(rq->arena, all, &c).count);
        view_str(item, "url",
            address(rq, "view", view == VIEW_EVERYONE ? STR_NONE : str_of(views[view].name)));
    }
}

static void show_sorts(struct request *rq, struct view *v, enum rank_by by, bool ascending)
{
    struct view *sorts = view_object(v, "sort");

    for (int i = 0; rank_by_names[i]; i++) {
        struct view *item = view_object(sorts, rank_by_names[i]);
        bool is_now = (int)by == i;

        view_bool(item, "is_down", is_now && !ascending);
        view_bool(item, "is_up", is_now && ascending);
        view_str(item, "url",
            address(rq, "sort",
                str_printf(rq->arena, "%s%s", is_now && !ascending ? "" : "-", rank_by_names[i])));
    }
}

static void show_filters(struct request *rq, struct view *v, const struct choosing *c)
{
    static const char *const names[] = { "status", "group", "kind" };
    const str values[] = { c->status, c->group, c->kind };
    struct view *list = view_list(v, "filters");

    for (size_t i = 0; i < 3; i++) {
        struct view *item;

        if (str_empty(values[i]))
            continue;
        item = view_item(list);
        view_text(item, "name", names[i]);
        view_str(item, "value", values[i]);
        view_str(item, "remove_url", address(rq, names[i], STR_NONE));
    }
    view_str(v, "q", c->search);
}

static void show_page(struct request *rq, struct view *v, const struct ranking *chosen_rows)
{
    struct view *rows = view_list(v, "rows");
    int64_t page = 1;
    size_t first, last;

    if (!str_to_int(request_query(rq, "page"), &page) || page < 1 || page > 1000000)
        page = 1;
    first = (size_t)(page - 1) * PARTNERS_ON_PAGE;
    last = first + PARTNERS_ON_PAGE < chosen_rows->count ? first + PARTNERS_ON_PAGE
                                                         : chosen_rows->count;
    for (size_t i = first; i < last; i++)
        show_row(rq, view_item(rows), &chosen_rows->at[i], chosen_rows);
    view_int(v, "first", first < last ? (int64_t)first + 1 : 0);
    view_int(v, "last", (int64_t)last);
    view_int(v, "matching", (int64_t)chosen_rows->count);
    if (page > 1)
        view_str(v, "before_url", address(rq, "page", str_printf(rq->arena, "%" PRId64, page - 1)));
    if (last < chosen_rows->count)
        view_str(v, "next_url", address(rq, "page", str_printf(rq->arena, "%" PRId64, page + 1)));
}

err report_partners(struct request *rq, struct reply *rp)
{
    struct view *v = reply_view(rp);
    struct program program = { 0 };
    struct ranking all, chosen_rows;
    struct report_scope scope;
    struct period period;
    struct choosing c = { .search = request_query(rq, "q"),
        .status = request_query(rq, "status"),
        .group = request_query(rq, "group"),
        .kind = request_query(rq, "kind"),
        .now = rq->now };
    str sort = request_query(rq, "sort"), view = request_query(rq, "view");
    bool ascending = !str_empty(sort) && !str_starts(sort, STR("-"));
    enum rank_by by = RANK_REVENUE;

    for (enum view_of i = VIEW_EVERYONE; i < VIEWS; i++)
        if (str_eq(view, str_of(views[i].name)))
            c.view = i;
    for (int i = 0; rank_by_names[i]; i++)
        if (str_eq(ascending ? sort : str_from(sort, 1), str_of(rank_by_names[i])))
            by = (enum rank_by)i;
    TRY(program_of_request(rq, &program));
    TRY(request_period(rq, "30d", &period));
    scope = (struct report_scope){ program.id, 0, program.currency, rq->offset_minutes };
    TRY(ranking_load(rq->db, rq->arena, &scope, &period, &all, NULL));
    ranking_sort(&all, RANK_REVENUE, false);
    chosen_rows = choose(rq->arena, &all, &c);
    if (by != RANK_REVENUE || ascending)
        ranking_sort(&chosen_rows, by, ascending);
    if (str_eq(request_query(rq, "format"), STR("csv")))
        return partners_csv(rq, rp, &chosen_rows);
    show_views(rq, v, &all, c);
    show_sorts(rq, v, by, ascending);
    show_filters(rq, v, &c);
    show_page(rq, v, &chosen_rows);
    report_show_periods(rq, v, "/manage/partners", &period);
    view_str(v, "csv_url",
        str_printf(rq->arena, "%" PRI_STR "%sformat=csv", STR_ARG(address(rq, "page", STR_NONE)),
            str_has(address(rq, "page", STR_NONE), STR("?")) ? "&" : "?"));
    view_int(v, "selling", (int64_t)all.selling);
    view_bool(v, "is_fresh", all.count == 0);
    view_str(v, "program_slug", program.slug);
    return NULL;
}

/* ---- one partner
 * -----------------------------------------------------------------------------------------------
 */

static err show_commissions(struct request *rq, struct view *v, int64_t partner_id)
{
    struct view *list = view_list(v, "commissions");
    struct list rows = { 0 };

    TRY(db_all(rq->db, &REPORT_LATEST_COMMISSIONS,
        PARAMS(P("program_id", rq->program_id), P("partner_id", partner_id), P("most", INT64_C(8)),
            P("is_own", false)),
        &commission_fields, &rows));
    for (size_t i = 0; i < rows.count; i++)
        view_record(view_item(list), NULL, &commission_fields, (struct commission *)rows.at + i);
    return NULL;
}

static err show_timeline(struct request *rq, struct view *v, int64_t partner_id)
{
    struct view *list = view_list(v, "timeline");
    struct list rows = { 0 };

    TRY(db_all(rq->db, &REPORT_TIMELINE,
        PARAMS(P("program_id", rq->program_id), P("partner_id", partner_id)), &partner_event_fields,
        &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const struct partner_event *e = (struct partner_event *)rows.at + i;
        struct view *item = view_item(list);

        view_record(item, NULL, &partner_event_fields, e);
        view_bool(item, "is_note", str_eq(e->kind, STR("note")));
        view_bool(item, "is_applied", str_eq(e->kind, STR("applied")));
        view_bool(item, "is_approved", str_eq(e->kind, STR("approved")));
        view_bool(item, "is_rejected", str_eq(e->kind, STR("rejected")));
        view_bool(item, "is_suspended", str_eq(e->kind, STR("suspended")));
        view_bool(item, "is_terms", str_eq(e->kind, STR("terms")));
        view_bool(item, "is_payout_changed", str_eq(e->kind, STR("payout_changed")));
    }
    return NULL;
}

static err show_subs(
    struct request *rq, struct view *v, int64_t partner_id, const struct period *period)
{
    struct view *list = view_list(v, "subs");
    struct list rows = { 0 };
    int64_t most = 1;

    TRY(db_all(rq->db, &REPORT_PARTNER_SUBS,
        PARAMS(P("program_id", rq->program_id), P("partner_id", partner_id),
            P("from", period->from), P("to", period->to)),
        &report_row_fields, &rows));
    for (size_t i = 0; i < rows.count; i++)
        most = ((struct report_row *)rows.at)[i].clicks > most
                   ? ((struct report_row *)rows.at)[i].clicks
                   : most;
    for (size_t i = 0; i < rows.count; i++) {
        const struct report_row *row = (struct report_row *)rows.at + i;
        struct view *item = view_item(list);

        view_str(item, "name", row->key);
        view_int(item, "clicks", row->clicks);
        view_int(item, "unique_clicks", row->unique_clicks);
        view_html(item, "bar", chart_share(rq->arena, row->clicks, most));
    }
    return NULL;
}

static err show_balance(struct request *rq, struct view *v, int64_t partner_id, currency c)
{
    struct ledger_whose whose = { .program_id = rq->program_id, .partner_id = partner_id };
    struct ledger_balance b = { 0 };

    TRY(ledger_balance_of(rq->db, &whose, c, &b));
    view_money(v, "owed", (amount){ b.pending + b.held + b.payable + b.in_payout + b.carried, c });
    view_money(v, "payable", (amount){ b.payable, c });
    view_money(v, "pending_sum", (amount){ b.pending, c });
    view_money(v, "held_sum", (amount){ b.held, c });
    view_money(v, "carried_sum", (amount){ b.carried, c });
    view_bool(v, "has_carried", b.carried != 0);
    view_money(v, "paid_sum", (amount){ b.paid, c });
    view_str(v, "rows_path",
        str_printf(rq->arena, "/manage/commissions?partner_id=%" PRI_STR "&",
            STR_ARG(id_print(rq->arena, "par", partner_id))));
    TRY(report_others_view(rq->db, &whose, c, v));
    return ledger_balance_view(rq->db, &whose, v);
}

static str mask(struct arena *arena, str account)
{
    if (str_empty(account))
        return STR_NONE;
    return account.len <= 4
               ? STR("••••")
               : str_printf(arena, "•••• %" PRI_STR, STR_ARG(str_from(account, account.len - 4)));
}

err report_partner(struct request *rq, struct reply *rp)
{
    struct view *v = reply_view(rp), *figures;
    struct program program = { 0 };
    struct partner p = { 0 };
    struct report_series series;
    struct report_scope scope;
    struct period period;
    int64_t id;
    static const enum report_measure measures[] = { MEASURE_REVENUE, MEASURE_COMMISSION,
        MEASURE_CLICKS, MEASURE_CONVERSIONS };
    struct report_panel panel = { NULL, measures, 4, false };

    TRY(program_of_request(rq, &program));
    TRY(request_param_id(rq, "id", "par", &id));
    TRY(partner_get(rq->db, program.id, id, &p));
    TRY(request_period(rq, "30d", &period));
    scope = (struct report_scope){ program.id, p.id, program.currency, rq->offset_minutes };
    TRY(report_series(rq->db, rq->arena, &scope, &period, &series));
    if (str_eq(request_query(rq, "format"), STR("csv")))
        return report_csv(rq, rp, &series);
    view_record(v, "partner", &partner_fields, &p);
    view_str(v, "account_masked", mask(rq->arena, p.payout_account));
    view_words(view_page(v), "method_words", partner_method_words(p.payout_method));
    panel.path = str_c(rq->arena, str_printf(rq->arena, "/manage/partners/%" PRI_STR,
                                      STR_ARG(id_print(rq->arena, "par", p.id))));
    TRY(report_show_panel(rq, v, &panel, &period, &series));
    figures = view_object(v, "rates");
    view_percent_bp(figures, "conversion",
        series.total.clicks ? series.total.conversions * 10000 / series.total.clicks / 10 * 10 : 0);
    view_percent_bp(figures, "refunded",
        series.total.revenue + series.total.refunded > 0
            ? series.total.refunded * 10000 / (series.total.revenue + series.total.refunded) / 10 *
                  10
            : 0);
    TRY(show_balance(rq, v, p.id, program.currency));
    TRY(show_commissions(rq, v, p.id));
    TRY(show_subs(rq, v, p.id, &period));
    return show_timeline(rq, v, p.id);
}
