/* Numbers, money and percentages in the reader's form. Held against Intl by
 * tests/house/formats.test.mjs. */
#include "view/lang.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

#define NO_BREAK "\xc2\xa0"

static const struct number_style {
    const char *minus, *group, *point;
    size_t group_from; /* digits of the whole part from which it is grouped */
    bool symbol_first;
} styles[LANGUAGES] = {
    { "−", ",", ".", 4, true },
    { "-", NO_BREAK, ",", 5, false },
    { "-", NO_BREAK, ",", 4, false },
};

/* clang-format off */
static const struct symbol {
    const char *code;
    const char *in[LANGUAGES]; /* null: the code itself */
} symbols[] = {
    { "AUD", { "A$",   NULL,   "A$" } },
    { "BRL", { "R$",   "R$",   "R$" } },
    { "CAD", { "CA$",  NULL,   "CA$" } },
    { "CNY", { "CN¥",  NULL,   "CN¥" } },
    { "EUR", { "€",    "€",    "€" } },
    { "GBP", { "£",    NULL,   "£" } },
    { "HKD", { "HK$",  NULL,   "HK$" } },
    { "ILS", { "₪",    NULL,   "₪" } },
    { "INR", { "₹",    NULL,   "₹" } },
    { "JPY", { "¥",    NULL,   "¥" } },
    { "KRW", { "₩",    NULL,   "₩" } },
    { "MXN", { "MX$",  NULL,   "MX$" } },
    { "NZD", { "NZ$",  NULL,   "NZ$" } },
    { "PHP", { "₱",    NULL,   "PHP" } },
    { "PLN", { NULL,   "zł",   NULL } },
    { "RUB", { NULL,   NULL,   "₽" } },
    { "THB", { NULL,   NULL,   "฿" } },
    { "TMT", { NULL,   NULL,   "ТМТ" } },
    { "TWD", { "NT$",  NULL,   "NT$" } },
    { "UAH", { NULL,   NULL,   "₴" } },
    { "USD", { "$",    NULL,   "$" } },
    { "VND", { "₫",    NULL,   "₫" } },
    { "XAF", { "FCFA", "FCFA", "FCFA" } },
    { "XCD", { "EC$",  "EC$",  "EC$" } },
    { "XCG", { "Cg.",  NULL,   "Cg" } },
    { "XOF", { "F\u202fCFA", "F\u202fCFA", "F\u202fCFA" } },
    { "XPF", { "CFPF", "CFPF", "CFPF" } },
};
/* clang-format on */

/* A number split for printing. */
struct parts {
    bool is_negative;
    str whole;    /* digits, at least one */
    str fraction; /* digits, may be empty */
};

static void add_grouped(struct buf *out, const struct number_style *style, str digits)
{
    bool is_grouped = digits.len >= style->group_from;

    for (size_t i = 0; i < digits.len; i++) {
        if (is_grouped && i > 0 && (digits.len - i) % 3 == 0)
            buf_add(out, str_of(style->group));
        buf_char(out, digits.at[i]);
    }
}

static void add_number(struct buf *out, const struct number_style *style, const struct parts *p)
{
    add_grouped(out, style, p->whole);
    if (p->fraction.len) {
        buf_add(out, str_of(style->point));
        buf_add(out, p->fraction);
    }
}

static str print_number(struct arena *arena, const struct lang *lang, const struct parts *p)
{
    const struct number_style *style = &styles[lang->index];
    struct buf out = buf_new(arena);

    if (p->is_negative)
        buf_add(&out, str_of(style->minus));
    add_number(&out, style, p);
    return buf_str(&out);
}

static str symbol_of(const struct lang *lang, const currency *c)
{
    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
        if (strcmp(symbols[i].code, c->code) == 0)
            return str_of(symbols[i].in[lang->index] ? symbols[i].in[lang->index] : c->code);
    return str_of(c->code);
}

/* CLDR puts a space between a number and what is no symbol: letters and full stops. */
static bool needs_space(char last)
{
    return (last >= 'A' && last <= 'Z') || (last >= 'a' && last <= 'z') || last == '.';
}

static str print_money(
    struct arena *arena, const struct lang *lang, const struct parts *p, currency c)
{
    const struct number_style *style = &styles[lang->index];
    struct buf out = buf_new(arena);
    str symbol = symbol_of(lang, &c);

    if (p->is_negative)
        buf_add(&out, str_of(style->minus));
    if (style->symbol_first && symbol.len) {
        buf_add(&out, symbol);
        if (needs_space(symbol.at[symbol.len - 1]))
            buf_add(&out, STR(NO_BREAK));
    }
    add_number(&out, style, p);
    if (!style->symbol_first && symbol.len) {
        buf_add(&out, STR(NO_BREAK));
        buf_add(&out, symbol);
    }
    return buf_str(&out);
}

/* `size` with its last `decimals` digits as the fraction. */
static struct parts parts_of(
    struct arena *arena, unsigned __int128 size, bool is_negative, int decimals)
{
    char digits[64];
    size_t at = sizeof(digits), least = (size_t)decimals + 1;
    str all;

    do {
        digits[--at] = (char)('0' + (int)(size % 10));
        size /= 10;
    } while (size || sizeof(digits) - at < least);
    all = str_dup(arena, (str){ digits + at, sizeof(digits) - at });
    return (struct parts){ is_negative, str_first(all, all.len - (size_t)decimals),
        str_from(all, all.len - (size_t)decimals) };
}

static unsigned __int128 size_of(int64_t n)
{
    return n < 0 ? (unsigned __int128)-(__int128)n : (unsigned __int128)n;
}

str format_int(struct arena *arena, const struct lang *lang, int64_t n)
{
    struct parts p = parts_of(arena, size_of(n), n < 0, 0);

    return print_number(arena, lang, &p);
}

str format_money(struct arena *arena, const struct lang *lang, amount a)
{
    struct parts p = parts_of(arena, size_of(a.minor), a.minor < 0, currency_decimals(a.currency));

    return print_money(arena, lang, &p, a.currency);
}

str format_money_whole(struct arena *arena, const struct lang *lang, amount a)
{
    unsigned __int128 scale = 1;
    struct parts p;

    for (int i = currency_decimals(a.currency); i > 0; i--)
        scale *= 10;
    p = parts_of(arena, (size_of(a.minor) + scale / 2) / scale, a.minor < 0, 0);
    if (str_eq(p.whole, STR("0")))
        p.is_negative = false;
    return print_money(arena, lang, &p, a.currency);
}

/* Digits, then perhaps a point and digits; no exponent, no sign but minus. */
static bool read_decimal(str text, struct parts *out)
{
    size_t point;

    *out = (struct parts){ 0 };
    if (text.len && text.at[0] == '-') {
        out->is_negative = true;
        text = str_from(text, 1);
    }
    out->whole = text;
    if (str_find(text, '.', &point)) {
        out->whole = str_first(text, point);
        out->fraction = str_from(text, point + 1);
        if (out->fraction.len == 0)
            return false;
    }
    for (size_t i = 0; i < text.len; i++)
        if ((text.at[i] < '0' || text.at[i] > '9') && text.at + i != out->whole.at + out->whole.len)
            return false;
    return out->whole.len > 0;
}

str format_decimal(struct arena *arena, const struct lang *lang, str decimal)
{
    struct parts p;

    return read_decimal(decimal, &p) ? print_number(arena, lang, &p) : decimal;
}

str format_money_exact(struct arena *arena, const struct lang *lang, str decimal, currency c)
{
    struct parts p;

    return read_decimal(decimal, &p) ? print_money(arena, lang, &p, c) : decimal;
}

static str with_percent(struct arena *arena, str number)
{
    return str_printf(arena, "%" PRI_STR NO_BREAK "%%", STR_ARG(number));
}

str format_percent_bp(struct arena *arena, const struct lang *lang, int64_t bp)
{
    struct parts p = parts_of(arena, size_of(bp), bp < 0, 2);

    while (p.fraction.len && p.fraction.at[p.fraction.len - 1] == '0')
        p.fraction.len--;
    return with_percent(arena, print_number(arena, lang, &p));
}

/* numerator × scale ÷ denominator, half away from zero, with `decimals` of it as the fraction. */
static str divided(struct arena *arena, const struct lang *lang, int64_t numerator,
    int64_t denominator, int decimals, unsigned scale)
{
    unsigned __int128 top = size_of(numerator) * scale, bottom = size_of(denominator);
    struct parts p;

    assert(decimals >= 0 && decimals <= 6);
    if (bottom == 0)
        return STR("–");
    for (int i = 0; i < decimals; i++)
        top *= 10;
    top = (2 * top + bottom) / (2 * bottom);
    p = parts_of(arena, top, top != 0 && (numerator < 0) != (denominator < 0), decimals);
    return print_number(arena, lang, &p);
}

str format_ratio(struct arena *arena, const struct lang *lang, int64_t numerator,
    int64_t denominator, int decimals)
{
    str number = divided(arena, lang, numerator, denominator, decimals, 100);

    return denominator == 0 ? number : with_percent(arena, number);
}

str format_quotient(struct arena *arena, const struct lang *lang, int64_t numerator,
    int64_t denominator, int decimals)
{
    return divided(arena, lang, numerator, denominator, decimals, 1);
}
