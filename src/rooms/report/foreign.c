/* Foreign money in the figures: kept exact by day and rate, rounded once at the end. */
#include "rooms/report/report_inside.h"

#include "rooms/exchange/exchange.h"

enum { PARAMS_MOST = 12 };

void report_add(struct report_sums *to, const struct report_row *row)
{
    to->clicks += row->clicks;
    to->unique_clicks += row->unique_clicks;
    to->conversions += row->conversions;
    to->counted += row->counted;
    to->revenue += row->revenue;
    to->commission += row->commission;
    to->refunded += row->refunded;
    to->revenue_e15 += row->revenue_e15;
    to->commission_e15 += row->commission_e15;
    to->refunded_e15 += row->refunded_e15;
}

static err settle(int64_t *sum, __int128 *e15)
{
    int64_t more;

    TRY(exchange_round(*e15, &more));
    *e15 = 0;
    return minor_add(*sum, more, sum);
}

err report_settle(struct report_sums *s)
{
    TRY(settle(&s->revenue, &s->revenue_e15));
    TRY(settle(&s->commission, &s->commission_e15));
    return settle(&s->refunded, &s->refunded_e15);
}

struct relay {
    const struct list *rates;
    currency from, to;
    row_fn fn;
    void *arg;
};

static bool turn(const struct relay *relay, int64_t rate_e12, int64_t *minor, __int128 *out_e15)
{
    bool fits = exchange_times((amount){ *minor, relay->from }, relay->to, rate_e12, out_e15);

    *minor = 0;
    return fits;
}

static err convert(void *record, void *arg)
{
    const struct relay *relay = arg;
    struct report_row row = *(const struct report_row *)record;
    const struct exchange_rate *rate =
        exchange_find(relay->rates, relay->from, (instant){ row.utc_day * DAY_MS });

    if (!rate)
        return NULL;
    row.clicks = row.unique_clicks = row.conversions = 0;
    if (!turn(relay, rate->rate_e12, &row.revenue, &row.revenue_e15) ||
        !turn(relay, rate->rate_e12, &row.commission, &row.commission_e15) ||
        !turn(relay, rate->rate_e12, &row.refunded, &row.refunded_e15))
        return &AMOUNT_OVERFLOW;
    return relay->fn(&row, relay->arg);
}

static void change_params(const struct param *from, currency unit, struct param *to)
{
    size_t count = 0;

    for (; from[count].name && count < PARAMS_MOST - 1; count++) {
        to[count] = from[count];
        if (str_eq(str_of(from[count].name), STR("currency")))
            to[count] = P("currency", unit);
        if (str_eq(str_of(from[count].name), STR("by_day")))
            to[count] = P("by_day", INT64_C(1));
    }
    to[count] = (struct param){ .name = NULL };
}

err report_each_foreign(struct db *db, const struct statement *statement,
    const struct report_scope *scope, const struct param *params, row_fn fn, void *arg)
{
    struct program program = { 0 };
    struct list rates;

    TRY(exchange_all(db, scope->program_id, &rates));
    if (rates.count == 0)
        return NULL;
    TRY(program_get(db, scope->program_id, &program));
    if (!currency_eq(program.currency, scope->currency))
        return NULL;
    const struct exchange_rate *rate = rates.at;
    for (size_t i = 0; i < rates.count; i++) {
        struct relay relay = { &rates, rate[i].currency, scope->currency, fn, arg };
        struct report_row row = { 0 };
        struct param changed[PARAMS_MOST];

        if (i > 0 && currency_eq(rate[i].currency, rate[i - 1].currency))
            continue;
        change_params(params, rate[i].currency, changed);
        TRY(db_each(db, statement, changed, &report_row_fields, &row, convert, &relay));
    }
    return NULL;
}
