/* Exact rational amounts in units of 10^-8 minor: percents without a rounding until the last one.
 */
#include <assert.h>
#include <inttypes.h>

#include "base/amount.h"
#include "base/arena.h"

#define ONE ((__int128)100000000)

static unsigned __int128 size_of(__int128 value)
{
    return value < 0 ? 0 - (unsigned __int128)value : (unsigned __int128)value;
}

exact exact_of(int64_t minor)
{
    return (exact){ (__int128)minor * ONE };
}

exact exact_add(exact a, exact b)
{
    exact sum;
    bool overflowed = __builtin_add_overflow(a.e8, b.e8, &sum.e8);

    assert(!overflowed);
    return sum;
}

exact exact_sub(exact a, exact b)
{
    exact difference;
    bool overflowed = __builtin_sub_overflow(a.e8, b.e8, &difference.e8);

    assert(!overflowed);
    return difference;
}

exact exact_share(int64_t minor, int64_t percent_bp, int64_t share_bp)
{
    assert(percent_bp >= -1000000 && percent_bp <= 1000000);
    assert(share_bp >= -1000000 && share_bp <= 1000000);
    return (exact){ (__int128)minor * percent_bp * share_bp };
}

err exact_round(exact e, int64_t *out)
{
    unsigned __int128 size = size_of(e.e8) / ONE + (size_of(e.e8) % ONE >= ONE / 2);
    unsigned __int128 most = (unsigned __int128)INT64_MAX + (e.e8 < 0 ? 1 : 0);

    if (size > most)
        return &AMOUNT_OVERFLOW;
    *out = (int64_t)(e.e8 < 0 ? 0 - (uint64_t)size : (uint64_t)size);
    return NULL;
}

str exact_decimal(struct arena *arena, exact e, currency c)
{
    size_t decimals = (size_t)currency_decimals(c);
    char digits[64];
    size_t at = sizeof(digits), places = 0;
    unsigned __int128 rest = size_of(e.e8);
    bool seen = false; /* a digit worth keeping behind the point */

    while (rest || places <= 8 + decimals) {
        char digit = (char)('0' + (int)(rest % 10));

        seen = seen || digit != '0' || places >= 8;
        if (seen)
            digits[--at] = digit;
        rest /= 10;
        if (++places == 8 + decimals && seen && at < sizeof(digits))
            digits[--at] = '.';
    }
    if (e.e8 < 0)
        digits[--at] = '-';
    return str_dup(arena, (str){ digits + at, sizeof(digits) - at });
}

/* Floor to whole minor units; what was cut off, 0 ≤ rest < ONE. */
static __int128 floor_minor(__int128 e8, __int128 *out_rest)
{
    __int128 whole = e8 / ONE, rest = e8 % ONE;

    if (rest < 0) {
        rest += ONE;
        whole--;
    }
    *out_rest = rest;
    return whole;
}

static size_t next_largest(const exact *e, size_t count, __int128 sign, size_t last)
{
    __int128 bound = ONE, best_rest = -1, rest;
    size_t best = count;

    if (last < count)
        floor_minor(e[last].e8 * sign, &bound);
    for (size_t i = 0; i < count; i++) {
        floor_minor(e[i].e8 * sign, &rest);
        if ((rest < bound || (rest == bound && last < count && i > last)) && rest > best_rest) {
            best = i;
            best_rest = rest;
        }
    }
    assert(best < count);
    return best;
}

/* Worked out on the side of zero where the sum is, so that a reversal splits as the credit did. */
err exact_split(const exact *e, int64_t *parts, size_t count)
{
    exact sum = { 0 };
    int64_t total;

    for (size_t i = 0; i < count; i++)
        sum = exact_add(sum, e[i]);
    TRY(exact_round(sum, &total));

    int sign = sum.e8 < 0 ? -1 : 1;
    __int128 left = (__int128)total * sign, rest;

    for (size_t i = 0; i < count; i++) {
        __int128 part = floor_minor(e[i].e8 * sign, &rest);

        if (part >= INT64_MAX || part <= INT64_MIN)
            return &AMOUNT_OVERFLOW;
        left -= part;
        parts[i] = (int64_t)part * sign;
    }
    for (size_t last = count; left > 0; left--) {
        last = next_largest(e, count, sign, last);
        parts[last] += sign;
    }
    return NULL;
}

/* |a| × |n| ÷ |d|, rounded up, in three limbs of 64 bits. */
static unsigned __int128 mul_div(unsigned __int128 a, uint64_t n, uint64_t d)
{
    unsigned __int128 low = (unsigned __int128)(uint64_t)a * n;
    unsigned __int128 high = (a >> 64) * n + (low >> 64);
    uint64_t limbs[3] = { (uint64_t)(high >> 64), (uint64_t)high, (uint64_t)low };
    uint64_t quotient[3];
    unsigned __int128 rest = 0;

    for (int i = 0; i < 3; i++) {
        rest = rest << 64 | limbs[i];
        quotient[i] = (uint64_t)(rest / d);
        rest %= d;
    }
    assert(quotient[0] == 0 && quotient[1] >> 63 == 0);
    return ((unsigned __int128)quotient[1] << 64 | quotient[2]) + (rest > 0);
}

exact exact_scale(exact e, int64_t numerator, int64_t denominator)
{
    assert(denominator != 0);

    bool is_negative = (e.e8 < 0) ^ (numerator < 0) ^ (denominator < 0);
    unsigned __int128 size =
        mul_div(size_of(e.e8), (uint64_t)size_of(numerator), (uint64_t)size_of(denominator));

    return (exact){ is_negative ? -(__int128)size : (__int128)size };
}
