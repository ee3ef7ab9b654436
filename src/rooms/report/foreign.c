/* Foreign money in the figures: kept exact by day and rate, rounded once at the end. */
#include "rooms/report/report_inside.h"

#include "rooms/exchange/exchange.h"
#include "rooms/report/report.sql.h"

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

/* ---- what is owed, at the rates of now
 * -------------------------------------------------------------------------------- */

enum { KINDS = 6 };

static void kinds_of(struct ledger_balance *b, int64_t *out[KINDS])
{
    out[0] = &b->pending;
    out[1] = &b->payable;
    out[2] = &b->held;
    out[3] = &b->carried;
    out[4] = &b->in_payout;
    out[5] = &b->paid;
}

err report_owed(struct db *db, const struct program *program, instant now,
    struct ledger_balance *out, bool *out_has_foreign)
{
    struct ledger_whose whose = { .program_id = program->id };
    struct list balances, rates;
    __int128 sums[KINDS] = { 0 }, part;
    int64_t *from[KINDS], *to[KINDS];

    *out = (struct ledger_balance){ .currency = program->currency };
    *out_has_foreign = false;
    TRY(ledger_balances(db, &whose, &balances));
    TRY(exchange_all(db, program->id, &rates));
    struct ledger_balance *b = balances.at;
    for (size_t i = 0; i < balances.count; i++) {
        const struct exchange_rate *rate = exchange_find(&rates, b[i].currency, now);
        bool is_own = currency_eq(b[i].currency, program->currency);
        if (!is_own && !rate)
            continue;
        kinds_of(&b[i], from);
        for (int k = 0; k < KINDS; k++) {
            if (!exchange_times((amount){ *from[k], b[i].currency }, program->currency,
                    is_own ? INT64_C(1000000000000) : rate->rate_e12, &part) ||
                __builtin_add_overflow(sums[k], part, &sums[k]))
                return &AMOUNT_OVERFLOW;
            *out_has_foreign |= !is_own && part != 0;
        }
    }
    kinds_of(out, to);
    for (int k = 0; k < KINDS; k++)
        TRY(exchange_round(sums[k], to[k]));
    return NULL;
}

static err maturing_of(struct db *db, int64_t program_id, currency unit, int64_t after_ms,
    int64_t until_ms, int64_t *out)
{
    return db_int(db, &REPORT_MATURING,
        PARAMS(P("program_id", program_id), P("currency", unit), P("after", after_ms),
            P("until", until_ms)),
        out);
}

err report_maturing(struct db *db, const struct program *program, instant now, int64_t after_ms,
    int64_t until_ms, int64_t *out)
{
    struct list rates;
    __int128 sum = 0, part;
    int64_t minor;

    TRY(exchange_all(db, program->id, &rates));
    const struct exchange_rate *rate = rates.at;
    for (size_t i = 0; i < rates.count; i++) {
        if (i > 0 && currency_eq(rate[i].currency, rate[i - 1].currency))
            continue;
        const struct exchange_rate *found = exchange_find(&rates, rate[i].currency, now);
        if (!found)
            continue;
        TRY(maturing_of(db, program->id, rate[i].currency, after_ms, until_ms, &minor));
        if (!exchange_times(
                (amount){ minor, rate[i].currency }, program->currency, found->rate_e12, &part) ||
            __builtin_add_overflow(sum, part, &sum))
            return &AMOUNT_OVERFLOW;
    }
    TRY(exchange_round(sum, out));
    TRY(maturing_of(db, program->id, program->currency, after_ms, until_ms, &minor));
    return minor_add(*out, minor, out);
}
