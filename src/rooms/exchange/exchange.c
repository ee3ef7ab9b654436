/* The arithmetic of rates: exact until it is rounded once. */
#include "rooms/exchange/exchange.h"

#include <string.h>

const struct err RATE_TEXT = { ERR_INVALID, "rate_text",
    N_("A rate is a number above zero such as 0.9234, with at most 12 decimals."), "rate" };
const struct err RATE_MISSING = { ERR_CONFLICT, "rate_missing",
    N_("There is no exchange rate for that day: add it under Exchange rates."), "pay_in" };

#define E12 INT64_C(1000000000000)
#define E15 ((__int128)1000000000000000)

/* clang-format off */
static const struct field list[] = {
    FIELD_ID(exchange_rate, id, "fxr"),
    FIELD_ID(exchange_rate, program_id, "prg", .flags = FIELD_TAKEN),
    FIELD(exchange_rate, currency,   .flags = FIELD_REQUIRED | FIELD_FILTER, .help = "The foreign currency."),
    FIELD(exchange_rate, day,        .flags = FIELD_REQUIRED | FIELD_FILTER | FIELD_SORT, .help = "From this day on, until the next rate's."),
    FIELD(exchange_rate, rate,       .flags = FIELD_REQUIRED, .max = 24, .help = "What one unit is worth in the programme's currency, a decimal: \"0.9234\"."),
    FIELD(exchange_rate, rate_e12,   .flags = FIELD_SECRET),
    FIELD(exchange_rate, created_at),
    FIELD(exchange_rate, actor),
};
const struct fields exchange_rate_fields = FIELDS(list, exchange_rate);
/* clang-format on */

err exchange_read(str text, int64_t *out_e12)
{
    int64_t whole = 0, unit = E12;
    bool has_point = false, has_digit = false;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '.' && !has_point && i > 0) {
            has_point = true;
            continue;
        }
        if (c < '0' || c > '9')
            return &RATE_TEXT;
        has_digit = true;
        if (has_point ? unit == 1 : whole >= E12 * 100000)
            return &RATE_TEXT;
        if (has_point)
            whole += (c - '0') * (unit /= 10);
        else
            whole = whole * 10 + (c - '0') * E12;
    }
    *out_e12 = whole;
    return has_digit && whole > 0 ? NULL : &RATE_TEXT;
}

bool exchange_times(amount from, currency to, int64_t rate_e12, __int128 *out_e15)
{
    /* Minor units differ by at most 10^3 either way; the 10^3 between 10^12 and 10^15 takes it. */
    int shift = 3 + currency_decimals(to) - currency_decimals(from.currency);

    *out_e15 = (__int128)from.minor * rate_e12;
    for (; shift > 0; shift--)
        if (__builtin_mul_overflow(*out_e15, (__int128)10, out_e15))
            return false;
    return true;
}

err exchange_round(__int128 e15, int64_t *out)
{
    __int128 size = e15 < 0 ? -e15 : e15, rounded = (size + E15 / 2) / E15;

    if (rounded > INT64_MAX)
        return &AMOUNT_OVERFLOW;
    *out = (int64_t)(e15 < 0 ? -rounded : rounded);
    return NULL;
}

err exchange_convert(amount from, currency to, int64_t rate_e12, amount *out)
{
    __int128 e15;

    out->currency = to;
    if (!exchange_times(from, to, rate_e12, &e15))
        return &AMOUNT_OVERFLOW;
    return exchange_round(e15, &out->minor);
}

/* The last of those that do not lie behind (unit, at). */
const struct exchange_rate *exchange_find(const struct list *all, currency unit, instant at)
{
    const struct exchange_rate *rates = all->at;
    size_t from = 0, to = all->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = strcmp(rates[middle].currency.code, unit.code);
        if (order < 0 || (order == 0 && rates[middle].day.ms <= at.ms))
            from = middle + 1;
        else
            to = middle;
    }
    return from > 0 && currency_eq(rates[from - 1].currency, unit) ? &rates[from - 1] : NULL;
}
