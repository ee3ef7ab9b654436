/* Loading and sorting partners with their figures. */
#include "rooms/report/ranking.h"

#include <stdlib.h>
#include <string.h>

#include "rooms/exchange/exchange.h"
#include "rooms/report/report.sql.h"

const char *const rank_by_names[] = { "revenue", "clicks", "conversions", "commission", "name",
    "joined", NULL };

static int by_id(const void *key, const void *element)
{
    int64_t id = *(const int64_t *)key, other = ((const struct ranked *)element)->partner.id;

    return id < other ? -1 : id > other;
}

static int by_partner_id(const void *a, const void *b)
{
    return by_id(&((const struct ranked *)a)->partner.id, b);
}

struct placing {
    struct ranking *ranking;
    const struct period *period;
    int64_t first_day, past_day;
};

/* Clicks and commissions of all partners make the programme's own; orders do not, as partners may
 * share one. */
static void place_day(
    struct report_series *series, const struct report_row *row, int64_t now, int64_t past)
{
    struct report_sums *day = NULL, *total = NULL;

    if (now >= 0 && now < (int64_t)series->days) {
        day = &series->now[now];
        total = &series->total;
    } else if (series->has_past && past >= 0 && past < (int64_t)series->days) {
        day = &series->past[past];
        total = &series->past_total;
    } else {
        return;
    }
    day->clicks += row->clicks;
    day->unique_clicks += row->unique_clicks;
    day->commission += row->commission;
    day->commission_e15 += row->commission_e15;
    total->clicks += row->clicks;
    total->unique_clicks += row->unique_clicks;
    total->commission += row->commission;
    total->commission_e15 += row->commission_e15;
}

/* For the curve alone: each row's part is rounded by itself. */
static err add_foreign_day(struct ranked *found, int64_t day, __int128 e15)
{
    int64_t more;

    TRY(exchange_round(e15, &more));
    return minor_add(found->revenue_days[day], more, &found->revenue_days[day]);
}

static err place(void *record, void *arg)
{
    const struct report_row *row = record;
    struct placing *p = arg;
    struct ranked *found =
        bsearch(&row->key_id, p->ranking->at, p->ranking->count, sizeof *found, by_id);
    int64_t day = row->day - p->first_day;

    if (p->ranking->series)
        place_day(p->ranking->series, row, day, row->day - p->past_day);
    if (!found)
        return NULL;
    if (day >= 0 && day < (int64_t)p->ranking->days) {
        report_add(&found->now, row);
        report_add(&p->ranking->total, row);
        found->revenue_days[day] += row->revenue;
        if (row->revenue_e15)
            TRY(add_foreign_day(found, day, row->revenue_e15));
        if (row->last_at.ms > found->last_click_at.ms)
            found->last_click_at = row->last_at;
    } else if (day < 0) {
        report_add(&found->past, row);
    }
    return NULL;
}

static err load_partners(struct db *db, struct arena *arena, int64_t program_id, struct ranking *r)
{
    struct list rows = { 0 };

    TRY(db_all(db, &REPORT_PARTNERS, PARAMS(P("program_id", program_id)), &partner_fields, &rows));
    r->count = rows.count;
    r->at = ARENA_ARRAY(arena, struct ranked, rows.count ? rows.count : 1);
    for (size_t i = 0; i < rows.count; i++) {
        r->at[i].partner = ((struct partner *)rows.at)[i];
        r->at[i].revenue_days = ARENA_ARRAY(arena, int64_t, r->days ? r->days : 1);
    }
    if (rows.count > 0)
        qsort(r->at, r->count, sizeof *r->at, by_partner_id);
    return NULL;
}

err ranking_load(struct db *db, struct arena *arena, const struct report_scope *scope,
    const struct period *period, struct ranking *out, struct report_series *series)
{
    int64_t offset_ms = (int64_t)scope->offset_minutes * MINUTE_MS;
    instant from = instant_none(period->past_from) ? period->from : period->past_from;
    const struct param params[] = { P("program_id", scope->program_id),
        P("currency", scope->currency), P("from", from), P("to", period->to),
        P("offset", offset_ms), P("by_day", INT64_C(0)), { .name = NULL } };
    struct placing p = {
        .ranking = out,
        .period = period,
        .first_day = (period->from.ms + offset_ms) / DAY_MS,
        .past_day = (period->past_from.ms + offset_ms) / DAY_MS,
    };
    struct report_row row = { 0 };

    *out = (struct ranking){
        .days = (size_t)period->days, .currency = scope->currency, .series = series
    };
    TRY(load_partners(db, arena, scope->program_id, out));
    TRY(db_each(db, &REPORT_PARTNER_CLICKS, params, &report_row_fields, &row, place, &p));
    row = (struct report_row){ 0 };
    TRY(db_each(db, &REPORT_PARTNER_ORDERS, params, &report_row_fields, &row, place, &p));
    row = (struct report_row){ 0 };
    TRY(db_each(db, &REPORT_PARTNER_COMMISSIONS, params, &report_row_fields, &row, place, &p));
    TRY(report_each_foreign(db, &REPORT_PARTNER_ORDERS, scope, params, place, &p));
    TRY(report_each_foreign(db, &REPORT_PARTNER_COMMISSIONS, scope, params, place, &p));
    TRY(report_settle(&out->total));
    if (series)
        TRY(report_series_settle(series));
    for (size_t i = 0; i < out->count; i++) {
        TRY(report_settle(&out->at[i].now));
        TRY(report_settle(&out->at[i].past));
        out->approved += out->at[i].partner.status == PARTNER_APPROVED;
        out->selling += out->at[i].now.conversions > 0;
        out->past_selling += out->at[i].past.conversions > 0;
    }
    return NULL;
}

/* ---- sorting
 * ---------------------------------------------------------------------------------------------- */

struct sorting {
    enum rank_by by;
    bool ascending;
};

static int64_t value_of(const struct ranked *r, enum rank_by by)
{
    switch (by) {
    case RANK_REVENUE:
        return r->now.revenue;
    case RANK_CLICKS:
        return r->now.clicks;
    case RANK_CONVERSIONS:
        return r->now.conversions;
    case RANK_COMMISSION:
        return r->now.commission;
    case RANK_NAME:
        return 0;
    case RANK_JOINED:
        return r->partner.decided_at.ms;
    }
    return 0;
}

static int compare(const void *a, const void *b, void *arg)
{
    const struct sorting *s = arg;
    const struct ranked *x = a, *y = b;
    int64_t left = value_of(x, s->by), right = value_of(y, s->by);
    int names = str_cmp(x->partner.name, y->partner.name);

    if (s->by == RANK_NAME)
        return s->ascending ? names : -names;
    if (left != right)
        return (left < right) == s->ascending ? -1 : 1;
    return names;
}

void ranking_sort(struct ranking *r, enum rank_by by, bool ascending)
{
    struct sorting s = { by, ascending };

    if (r->count > 1)
        qsort_r(r->at, r->count, sizeof *r->at, compare, &s);
}

int64_t ranking_top_revenue(const struct ranking *r, size_t count)
{
    int64_t sum = 0;

    for (size_t i = 0; i < count && i < r->count; i++)
        sum += r->at[i].now.revenue;
    return sum;
}
