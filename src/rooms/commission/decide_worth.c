/* The one rounding of commissions: exact sums scaled by what was kept, rounded once over all
 * partners, split by the largest remainder. In rationals throughout, so that any order of refunds
 * ends at the same figures. */
#include "rooms/commission/decide.h"

#include <assert.h>
#include <stdlib.h>

enum { PARTS_MOST = 1024 };

#define E8 ((__int128)100000000)

/* A part as numerator ÷ denominator of minor units, split into whole and rest (both of the part's
 * sign). */
struct portion {
    __int128 rest;
    int64_t whole;
};

static int64_t gcd(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static err fits(__int128 n, int64_t *out)
{
    if (n > INT64_MAX || n < INT64_MIN)
        return &AMOUNT_OVERFLOW;
    *out = (int64_t)n;
    return NULL;
}

/* n ÷ d to the nearest whole, half away from zero. d > 0. */
static __int128 divide_rounded(__int128 n, __int128 d)
{
    __int128 whole = n / d, rest = n % d;
    if (rest < 0)
        return -rest >= d + rest ? whole - 1 : whole;
    return rest >= d - rest ? whole + 1 : whole;
}

static __int128 size_of(__int128 n)
{
    return n < 0 ? -n : n;
}

/* Hands the units that rounding down left over to the largest rests; ties go to the lower index. */
static void hand_out(struct portion *portions, size_t count, int64_t left)
{
    int64_t step = left < 0 ? -1 : 1;
    for (; left != 0; left -= step) {
        size_t best = 0;
        for (size_t i = 1; i < count; i++)
            if (size_of(portions[i].rest) > size_of(portions[best].rest))
                best = i;
        portions[best].whole += step;
        portions[best].rest = 0;
    }
}

err commission_worth(
    const exact *parts, size_t count, int64_t whole, int64_t refunded, int64_t *out)
{
    struct portion portions[PARTS_MOST];
    __int128 sum = 0, floors = 0;
    int64_t kept = whole - refunded, left;

    assert(count <= PARTS_MOST);
    assert(whole >= 0);
    assert(refunded >= 0);
    assert(refunded <= whole);
    if (count == 0)
        return NULL;
    if (whole == 0)
        whole = kept = 1;
    int64_t common = gcd(whole, kept);
    __int128 denominator = E8 * (whole / common);

    for (size_t i = 0; i < count; i++) {
        __int128 numerator;
        if (__builtin_mul_overflow(parts[i].e8, (__int128)(kept / common), &numerator) ||
            __builtin_add_overflow(sum, numerator, &sum))
            return &AMOUNT_OVERFLOW;
        TRY(fits(numerator / denominator, &portions[i].whole));
        portions[i].rest = numerator % denominator;
        floors += portions[i].whole;
    }
    TRY(fits(divide_rounded(sum, denominator) - floors, &left));
    hand_out(portions, count, left);
    for (size_t i = 0; i < count; i++)
        out[i] = portions[i].whole;
    return NULL;
}
