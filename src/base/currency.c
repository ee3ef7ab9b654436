/* ISO 4217: the currencies in use, with their minor units. Funds, metals and test codes are left
 * out. */
#include <stdlib.h>
#include <string.h>

#include "base/amount.h"

const struct err CURRENCY_UNKNOWN = { ERR_INVALID, "currency_unknown",
    N_("This is not a currency code. Write three letters, like EUR."), "currency" };

/* clang-format off */
/* Sorted: searched by halving. */
static const char *const codes[] = {
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BHD",
    "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF",
    "CLP", "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN",
    "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD",
    "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IQD", "IRR", "ISK", "JMD", "JOD", "JPY", "KES",
    "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL",
    "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN",
    "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP",
    "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK",
    "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT",
    "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VED", "VES",
    "VND", "VUV", "WST", "XAF", "XCD", "XCG", "XOF", "XPF", "YER", "ZAR", "ZMW", "ZWG",
    NULL,
};

static const char *const without_decimals[] = {
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
    "XAF", "XOF", "XPF",
};

static const char *const with_three_decimals[] = {
    "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND",
};
/* clang-format on */

enum { CODES = sizeof(codes) / sizeof(codes[0]) - 1 };

static int compare(const void *key, const void *row)
{
    return strcmp(key, *(const char *const *)row);
}

static bool is_in(const char *code, const char *const *list, size_t count)
{
    return bsearch(code, list, count, sizeof(list[0]), compare) != NULL;
}

err currency_read(str text, currency *out)
{
    currency c = { 0 };

    if (text.len != 3)
        return &CURRENCY_UNKNOWN;
    for (size_t i = 0; i < 3; i++)
        c.code[i] =
            text.at[i] >= 'a' && text.at[i] <= 'z' ? (char)(text.at[i] - 'a' + 'A') : text.at[i];
    if (memchr(c.code, 0, 3) || !is_in(c.code, codes, CODES))
        return &CURRENCY_UNKNOWN;
    *out = c;
    return NULL;
}

bool currency_eq(currency a, currency b)
{
    return memcmp(a.code, b.code, sizeof(a.code)) == 0;
}

bool currency_none(currency c)
{
    return c.code[0] == 0;
}

int currency_decimals(currency c)
{
    if (is_in(c.code, without_decimals, sizeof(without_decimals) / sizeof(without_decimals[0])))
        return 0;
    if (is_in(c.code, with_three_decimals,
            sizeof(with_three_decimals) / sizeof(with_three_decimals[0])))
        return 3;
    return 2;
}

const char *const *currency_codes(void)
{
    return codes;
}
