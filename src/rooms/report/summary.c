/* GET /reports/summary: totals of a period, the one before it, and rows by a group. The same on
 * pages as CSV. */
#include "rooms/report/report_inside.h"

#include <stdlib.h>

#include "base/id.h"
#include "http/csv.h"
#include "rooms/click/click.h"
#include "rooms/report/report.sql.h"

enum group {
    GROUP_DAY,
    GROUP_PARTNER,
    GROUP_LINK,
    GROUP_COUPON,
    GROUP_CREATIVE,
    GROUP_SUB1,
    GROUP_COUNTRY,
    GROUP_DEVICE,
    GROUPS
};
static const struct {
    const char *name, *prefix;               /* prefix: keys are ids */
    const struct statement *clicks, *orders; /* null: none of that kind */
} groups[GROUPS] = {
    [GROUP_DAY] = { "day", NULL, NULL, NULL },
    [GROUP_PARTNER] = { "partner", "par", &REPORT_BY_PARTNER_CLICKS, &REPORT_BY_PARTNER_ORDERS },
    [GROUP_LINK] = { "link", "lnk", &REPORT_BY_LINK_CLICKS, &REPORT_BY_LINK_ORDERS },
    [GROUP_COUPON] = { "coupon", "cpn", NULL, &REPORT_BY_COUPON_ORDERS },
    [GROUP_CREATIVE] = { "creative", "crv", &REPORT_BY_CREATIVE_CLICKS,
        &REPORT_BY_CREATIVE_ORDERS },
    [GROUP_SUB1] = { "sub1", NULL, &REPORT_BY_SUB1_CLICKS, &REPORT_BY_SUB1_ORDERS },
    [GROUP_COUNTRY] = { "country", NULL, &REPORT_BY_COUNTRY_CLICKS, &REPORT_BY_COUNTRY_ORDERS },
    [GROUP_DEVICE] = { "device", NULL, &REPORT_BY_DEVICE_CLICKS, &REPORT_BY_DEVICE_ORDERS },
};

static const struct err GROUP_UNKNOWN = { ERR_INVALID, "group_unknown",
    N_("Group by day, partner, link, coupon, creative, sub1, country or device."), "group" };

static void show_sums(struct view *v, const struct report_sums *s, currency c)
{
    view_int(v, "clicks", s->clicks);
    view_int(v, "unique_clicks", s->unique_clicks);
    view_int(v, "impressions", 0);
    view_int(v, "conversions", s->conversions);
    view_money(v, "revenue", (amount){ s->revenue, c });
    view_money(v, "commission", (amount){ s->commission, c });
    view_null(v, "ctr"); /* no impressions are counted yet: a rate over nothing is no rate */
    if (s->clicks > 0)
        view_percent_bp(v, "cr", (s->conversions * 20000 + s->clicks) / (2 * s->clicks));
    else
        view_null(v, "cr");
    view_money(v, "epc", (amount){ report_epc(s), c });
    view_money(v, "aov",
        (amount){ s->counted > 0 ? (s->revenue * 2 + s->counted) / (2 * s->counted) : 0, c });
}

/* ---- rows of a group
 * ---------------------------------------------------------------------------------------- */

struct group_row {
    int64_t key_id;
    str key;
    struct report_sums sums;
};

struct gathered {
    struct group_row *at;
    size_t count, room;
    struct arena *arena;
};

static struct group_row *row_for(struct gathered *g, const struct report_row *key)
{
    for (size_t i = 0; i < g->count; i++)
        if (g->at[i].key_id == key->key_id && str_eq(g->at[i].key, key->key))
            return &g->at[i];
    if (g->count == g->room) {
        struct group_row *more =
            ARENA_ARRAY(g->arena, struct group_row, g->room ? g->room * 2 : 64);

        for (size_t i = 0; i < g->count; i++)
            more[i] = g->at[i];
        g->at = more;
        g->room = g->room ? g->room * 2 : 64;
    }
    g->at[g->count] =
        (struct group_row){ .key_id = key->key_id, .key = str_dup(g->arena, key->key) };
    return &g->at[g->count++];
}

static err gather(void *record, void *arg)
{
    const struct report_row *row = record;

    report_add(&row_for(arg, row)->sums, row);
    return NULL;
}

static int by_worth(const void *a, const void *b)
{
    const struct group_row *x = a, *y = b;

    if (x->sums.commission != y->sums.commission)
        return x->sums.commission < y->sums.commission ? 1 : -1;
    if (x->sums.clicks != y->sums.clicks)
        return x->sums.clicks < y->sums.clicks ? 1 : -1;
    return str_cmp(x->key, y->key);
}

static const char *device_words(str key)
{
    static const char *const words[] = { [DEVICE_UNKNOWN] = N_("unknown"),
        [DEVICE_DESKTOP] = N_("Desktop"),
        [DEVICE_PHONE] = N_("Phone"),
        [DEVICE_TABLET] = N_("Tablet"),
        [DEVICE_OTHER] = N_("Other") };

    for (size_t d = 0; click_device_names[d]; d++)
        if (str_eq(key, str_of(click_device_names[d])))
            return words[d];
    return NULL;
}

/* The rows of a group, the best first. */
static err gather_group(struct request *rq, enum group group, const struct report_scope *scope,
    const struct period *period, struct gathered *out)
{
    struct report_row row = { 0 };
    const struct param params[] = { P("program_id", scope->program_id),
        param_ref("partner_id", scope->partner_id), P("currency", scope->currency),
        P("from", period->from), P("to", period->to), P("by_day", INT64_C(0)), { .name = NULL } };

    if (groups[group].clicks)
        TRY(db_each(rq->db, groups[group].clicks, params, &report_row_fields, &row, gather, out));
    row = (struct report_row){ 0 };
    TRY(db_each(rq->db, groups[group].orders, params, &report_row_fields, &row, gather, out));
    TRY(report_each_foreign(rq->db, groups[group].orders, scope, params, gather, out));
    for (size_t i = 0; i < out->count; i++)
        TRY(report_settle(&out->at[i].sums));
    if (out->count > 1)
        qsort(out->at, out->count, sizeof *out->at, by_worth);
    return NULL;
}

/* The page of a partner, a link, a coupon or a creative. */
static str row_url(struct arena *arena, enum group group, int64_t id)
{
    return str_printf(arena, "/manage/%ss/%" PRI_STR, groups[group].name,
        STR_ARG(id_print(arena, groups[group].prefix, id)));
}

static err show_group(struct request *rq, struct view *list, enum group group,
    const struct report_scope *scope, const struct period *period)
{
    struct gathered g = { .arena = rq->arena };

    TRY(gather_group(rq, group, scope, period, &g));
    for (size_t i = 0; i < g.count && i < 1000; i++) {
        struct view *item = view_item(list);

        if (groups[group].prefix) {
            view_id(item, "key", groups[group].prefix, g.at[i].key_id);
            if (g.at[i].key_id)
                view_str(view_page(item), "row_url", row_url(rq->arena, group, g.at[i].key_id));
        } else {
            view_str(item, "key", g.at[i].key);
        }
        view_str(item, "name", g.at[i].key);
        if (group == GROUP_DEVICE)
            view_words(view_page(item), "words", device_words(g.at[i].key));
        show_sums(item, &g.at[i].sums, scope->currency);
    }
    return NULL;
}

static err find_group(struct request *rq, enum group *out)
{
    str name = request_query(rq, "group");

    *out = GROUP_DAY;
    if (str_empty(name))
        return NULL;
    for (enum group g = GROUP_DAY; g < GROUPS; g++)
        if (str_eq(name, str_of(groups[g].name))) {
            *out = g;
            return NULL;
        }
    return &GROUP_UNKNOWN;
}

/* What is asked: whose figures, in which currency, of which time. */
static err ask(struct request *rq, struct report_scope *scope, struct period *period)
{
    struct program program = { 0 };

    TRY(program_of_request(rq, &program));
    if (!str_empty(request_query(rq, "currency")))
        TRY(currency_read(request_query(rq, "currency"), &program.currency));
    TRY(request_period(rq, "30d", period));
    *scope =
        (struct report_scope){ program.id, rq->partner_id, program.currency, rq->offset_minutes };
    return NULL;
}

err report_summary(struct request *rq, struct reply *rp)
{
    struct view *v = reply_view(rp), *list;
    struct report_series series;
    struct report_scope scope;
    struct period period;
    enum group group;
    instant complete;

    TRY(find_group(rq, &group));
    click_catch_up(rq, 1000);
    TRY(click_complete_to(rq, &complete));
    TRY(ask(rq, &scope, &period));
    TRY(report_series(rq->db, rq->arena, &scope, &period, &series));
    view_instant(v, "from", period.from);
    view_instant(v, "to", period.to);
    view_instant(v, "complete_to", complete);
    view_text(v, "group", groups[group].name);
    show_sums(view_object(v, "totals"), &series.total, scope.currency);
    if (series.has_past)
        show_sums(view_object(v, "compare"), &series.past_total, scope.currency);
    else
        view_null(v, "compare");
    list = view_list(v, "data");
    if (group != GROUP_DAY)
        return show_group(rq, list, group, &scope, &period);
    for (size_t i = 0; i < series.days; i++) {
        struct view *item = view_item(list);

        view_str(item, "key",
            instant_print_date(rq->arena,
                instant_plus_ms(series.dates[i], (int64_t)rq->offset_minutes * MINUTE_MS)));
        view_instant(view_page(item), "day", series.dates[i]);
        show_sums(item, &series.now[i], scope.currency);
    }
    return NULL;
}

/* ---- the breakdowns of a page
 * -------------------------------------------------------------------------------- */

err report_show_groups(struct request *rq, struct view *v, const struct report_scope *scope,
    const struct period *period)
{
    TRY(show_group(rq, view_list(v, "by_sub1"), GROUP_SUB1, scope, period));
    TRY(show_group(rq, view_list(v, "by_country"), GROUP_COUNTRY, scope, period));
    return show_group(rq, view_list(v, "by_device"), GROUP_DEVICE, scope, period);
}

static err group_csv(struct request *rq, struct reply *rp, enum group group,
    const struct report_scope *scope, const struct period *period)
{
    struct gathered g = { .arena = rq->arena };
    struct buf b = buf_new(rq->arena);
    const char *prefix = groups[group].prefix;

    TRY(gather_group(rq, group, scope, period, &g));
    csv_cell(&b, str_of(groups[group].name), true);
    if (prefix)
        csv_cell(&b, STR("id"), false);
    report_csv_head(&b);
    for (size_t i = 0; i < g.count; i++) {
        csv_cell(&b, g.at[i].key, true);
        if (prefix)
            csv_cell(&b, id_print(rq->arena, prefix, g.at[i].key_id), false);
        report_csv_sums(&b, rq->arena, &g.at[i].sums, scope->currency);
    }
    return reply_file(rp, "text/csv; charset=utf-8",
        str_printf(rq->arena, "%s.csv", groups[group].name), buf_str(&b));
}

/* The figures of the page as a file: all rows of the group that is asked for. */
static err index_csv(struct request *rq, struct reply *rp, enum group group)
{
    struct report_series series;
    struct report_scope scope;
    struct period period;

    TRY(ask(rq, &scope, &period));
    if (group != GROUP_DAY)
        return group_csv(rq, rp, group, &scope, &period);
    TRY(report_series(rq->db, rq->arena, &scope, &period, &series));
    return report_csv(rq, rp, &series);
}

static str index_url(struct request *rq, enum group group, const struct period *period)
{
    return str_printf(rq->arena,
        "/manage/reports?group=%s&period=%" PRI_STR "&from=%" PRI_STR "&to=%" PRI_STR,
        groups[group].name, STR_ARG(period->name),
        STR_ARG(instant_print_date(rq->arena, period->from)),
        STR_ARG(instant_print_date(rq->arena, instant_plus_ms(period->to, -1))));
}

/* The console's reports: a group at a time, with the link to the same as a file. */
err report_index(struct request *rq, struct reply *rp)
{
    struct view *v = reply_view(rp), *choices = view_list(v, "groups");
    enum group group;

    struct period period;

    TRY(find_group(rq, &group));
    if (str_eq(request_query(rq, "format"), STR("csv")))
        return index_csv(rq, rp, group);
    TRY(report_summary(rq, rp));
    TRY(request_period(rq, "30d", &period));
    view_str(v, "csv_url",
        str_printf(rq->arena, "%" PRI_STR "&format=csv", STR_ARG(index_url(rq, group, &period))));
    report_show_periods(rq, v, "/manage/reports", &period);
    for (enum group g = GROUP_DAY; g < GROUPS; g++) {
        struct view *item = view_item(choices);

        view_text(item, "name", groups[g].name);
        view_bool(item, groups[g].name, true);
        view_bool(item, "chosen", g == group);
        view_str(item, "url", index_url(rq, g, &period));
    }
    return NULL;
}
