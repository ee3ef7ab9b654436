/* Money: whole minor units of one currency. Never a float; overflow is an error; rounding is named. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* ISO 4217 alphabetic code, upper case. All zero means "none". */
typedef struct currency {
    char code[4];
} currency;

typedef struct amount {
    int64_t minor;
    currency currency;
} amount;

extern const struct err AMOUNT_OVERFLOW;   /* amount_overflow */
extern const struct err AMOUNT_CURRENCIES; /* amount_currencies: two currencies in one sum */
extern const struct err CURRENCY_UNKNOWN;  /* currency_unknown */
extern const struct err AMOUNT_TEXT;       /* amount_text: not a decimal of this currency */

/* From text such as "EUR" (also lower case). */
MUST_CHECK err currency_read(str, currency *out);
bool currency_eq(currency, currency);
bool currency_none(currency);
int currency_decimals(currency); /* 0, 2 or 3 (ISO 4217 minor unit); 2 for unknown */
/* The table behind currency_read, for pickers: null after the last. */
const char *const *currency_codes(void);

MUST_CHECK err amount_add(amount a, amount b, amount *out);
MUST_CHECK err amount_sub(amount a, amount b, amount *out);
MUST_CHECK err minor_add(int64_t a, int64_t b, int64_t *out);
MUST_CHECK err minor_sub(int64_t a, int64_t b, int64_t *out);

/* Decimal text of foreign systems ("12.90", "-3", "1250" for JPY). Refuses more decimals than the
 * currency has, exponents, thousands separators, spaces. */
MUST_CHECK err amount_read(str, currency, amount *out);
/* "12.90": for CSV files and bank files. Pages use view/format.h. */
str amount_decimal(struct arena *, amount);

/* An exact rational amount: minor units times 10^-8. All percent arithmetic is done in it:
 * minor × basis points (10^4) × share in basis points (10^4). */
typedef struct exact {
    __int128 e8;
} exact;

exact exact_of(int64_t minor);
exact exact_add(exact, exact);
exact exact_sub(exact, exact);
/* minor × percent_bp × share_bp, exactly. Bounds: |minor| < 2^63, both bp within ±1,000,000. */
exact exact_share(int64_t minor, int64_t percent_bp, int64_t share_bp);
/* The one rounding: half away from zero. */
MUST_CHECK err exact_round(exact, int64_t *out);
/* "27.5268": the exact decimal in major units, trailing zeros cut down to the currency's own. */
str exact_decimal(struct arena *, exact, currency);

/* Parts of `whole` in proportion to `weights` (not negative, not all zero) by the largest-remainder
 * method; ties go to the lower index. The parts always sum to `whole`, which may be negative. */
void amount_split(int64_t whole, const int64_t *weights, int64_t *parts, size_t count);
/* The same, where `part` i is exactly e[i] before rounding: total = round(sum e), parts sum to it. */
MUST_CHECK err exact_split(const exact *e, int64_t *parts, size_t count);
/* e × numerator ÷ denominator kept at 10^-8, away from zero only below that: scaled on, it never falls
 * under a half that it truly reaches. */
exact exact_scale(exact, int64_t numerator, int64_t denominator);
