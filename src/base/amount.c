/* Money: sums, decimal text, splitting. The table of currencies is in currency.c, exact arithmetic
 * in exact.c. */
#include "base/amount.h"

#include <assert.h>
#include <inttypes.h>

#include "base/arena.h"
#include "base/buf.h"

/* clang-format off */
const struct err AMOUNT_OVERFLOW   = { ERR_INVALID, "amount_overflow", N_("This amount is too large."), NULL };
const struct err AMOUNT_CURRENCIES = { ERR_INVALID, "amount_currencies", N_("Amounts of two currencies cannot be added."), "currency" };
const struct err AMOUNT_TEXT       = { ERR_INVALID, "amount_text", N_("This is not an amount. Write it like 12.90."), "amount" };
/* clang-format on */

err minor_add(int64_t a, int64_t b, int64_t *out)
{
    return __builtin_add_overflow(a, b, out) ? &AMOUNT_OVERFLOW : NULL;
}

err minor_sub(int64_t a, int64_t b, int64_t *out)
{
    return __builtin_sub_overflow(a, b, out) ? &AMOUNT_OVERFLOW : NULL;
}

err amount_add(amount a, amount b, amount *out)
{
    if (!currency_eq(a.currency, b.currency))
        return &AMOUNT_CURRENCIES;

    amount sum = { .currency = a.currency };

    TRY(minor_add(a.minor, b.minor, &sum.minor));
    *out = sum;
    return NULL;
}

err amount_sub(amount a, amount b, amount *out)
{
    if (!currency_eq(a.currency, b.currency))
        return &AMOUNT_CURRENCIES;

    amount difference = { .currency = a.currency };

    TRY(minor_sub(a.minor, b.minor, &difference.minor));
    *out = difference;
    return NULL;
}

static bool is_digits(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
    return s.len > 0;
}

/* Takes the digits of `s` into `value`, going down for negative amounts so that the least one fits.
 */
static bool take_digits(str s, bool negative, int64_t *value)
{
    for (size_t i = 0; i < s.len; i++) {
        int64_t digit = s.at[i] - '0';

        if (__builtin_mul_overflow(*value, INT64_C(10), value) ||
            __builtin_add_overflow(*value, negative ? -digit : digit, value))
            return false;
    }
    return true;
}

err amount_read(str text, currency c, amount *out)
{
    size_t decimals = (size_t)currency_decimals(c);
    bool negative = str_starts(text, STR("-"));
    str fraction = negative ? str_from(text, 1) : text;
    str whole = STR_NONE;
    int64_t minor = 0;

    str_cut(&fraction, '.', &whole);
    if (!is_digits(whole) || (fraction.at && !is_digits(fraction)) || fraction.len > decimals)
        return &AMOUNT_TEXT;
    if (!take_digits(whole, negative, &minor) || !take_digits(fraction, negative, &minor) ||
        !take_digits(str_first(STR("0000"), decimals - fraction.len), negative, &minor))
        return &AMOUNT_OVERFLOW;
    *out = (amount){ .minor = minor, .currency = c };
    return NULL;
}

str amount_decimal(struct arena *arena, amount a)
{
    uint64_t size = a.minor < 0 ? 0 - (uint64_t)a.minor : (uint64_t)a.minor;
    const char *sign = a.minor < 0 ? "-" : "";
    int decimals = currency_decimals(a.currency);
    uint64_t unit = 1;

    for (int i = 0; i < decimals; i++)
        unit *= 10;
    if (decimals == 0)
        return str_printf(arena, "%s%" PRIu64, sign, size);
    return str_printf(arena, "%s%" PRIu64 ".%0*" PRIu64, sign, size / unit, decimals, size % unit);
}

/* The rest of a part, in units of 1/total of a minor unit. */
static unsigned __int128 rest(uint64_t size, int64_t weight, unsigned __int128 total)
{
    return (unsigned __int128)size * (uint64_t)weight % total;
}

/* The next part in the order "largest rest first, then lower index" after the one at `last`. */
static size_t next_largest(
    uint64_t size, const int64_t *weights, unsigned __int128 total, size_t count, size_t last)
{
    unsigned __int128 bound = last < count ? rest(size, weights[last], total) : total;
    unsigned __int128 best_rest = 0;
    size_t best = count;

    for (size_t i = 0; i < count; i++) {
        unsigned __int128 r = rest(size, weights[i], total);
        bool is_after = r < bound || (r == bound && last < count && i > last);

        if (is_after && (best == count || r > best_rest)) {
            best = i;
            best_rest = r;
        }
    }
    assert(best < count);
    return best;
}

void amount_split(int64_t whole, const int64_t *weights, int64_t *parts, size_t count)
{
    uint64_t size = whole < 0 ? 0 - (uint64_t)whole : (uint64_t)whole;
    uint64_t left = size;
    unsigned __int128 total = 0;

    for (size_t i = 0; i < count; i++) {
        assert(weights[i] >= 0);
        total += (unsigned __int128)weights[i];
    }
    assert(total > 0);
    for (size_t i = 0; i < count; i++) {
        uint64_t part = (uint64_t)((unsigned __int128)size * (uint64_t)weights[i] / total);

        left -= part;
        parts[i] = (int64_t)(whole < 0 ? 0 - part : part);
    }
    for (size_t last = count; left > 0; left--) {
        last = next_largest(size, weights, total, count, last);
        parts[last] += whole < 0 ? -1 : 1;
    }
}
