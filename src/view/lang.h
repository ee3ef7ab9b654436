/* Languages: catalogues compiled from po/ at build, plural rules, formats of numbers, money and
 * dates. */
#pragma once

#include "base/amount.h"
#include "base/instant.h"
#include "base/str.h"

struct arena;

struct lang {
    const char *tag;  /* "en", "pl", "ru" */
    const char *name; /* in itself: "polski" */
    unsigned index;
};

enum { LANGUAGES = 3, PLURAL_FORMS = 3 };

extern const struct lang *const languages[]; /* null-terminated; the first is English */
const struct lang *lang_find(str tag);       /* null when unknown; "pl-PL" finds pl */
const struct lang *lang_accept(str accept_language_header); /* never null */

/* The translation, or the msgid itself. Context may be null. */
str lang_text(const struct lang *, const char *context, str msgid);
/* Plural form for n. */
str lang_plural(const struct lang *, str one, str many, int64_t n);
/* The same in two steps, for templates: which of the language's forms n takes (0, 1 …), and form i,
 * none when the language has no translation. English has two, Polish and Russian three. */
unsigned lang_plural_index(const struct lang *, int64_t n);
unsigned lang_plural_count(const struct lang *);
str lang_plural_form(const struct lang *, str one, str many, unsigned i);
/* Replaces {name} by values: lang_fill(arena, text, "name", value, …, NULL). Names are literals,
 * values are str (never a plain literal: STR("x")). Places without a value stay as they are. */
str lang_fill(struct arena *, str text, ...) __attribute__((sentinel));
#define _(lang, msgid) lang_text((lang), NULL, STR(msgid))

/* Formats. No-break spaces as CLDR has them; English as the design writes it: 12 November 2026,
 * −€12.50. */
str format_int(struct arena *, const struct lang *, int64_t);
str format_money(struct arena *, const struct lang *, amount); /* €12.50 | 12,50 € */
str format_money_whole(
    struct arena *, const struct lang *, amount); /* axis labels: €2,000; half away from zero */
/* Exact decimal text such as "27.5268" (base/amount.h, exact_decimal) in the reader's form;
 * anything that is no plain decimal comes back as it is. */
str format_decimal(struct arena *, const struct lang *, str decimal);               /* 27,5268 */
str format_money_exact(struct arena *, const struct lang *, str decimal, currency); /* 27,5268 € */
str format_percent_bp(
    struct arena *, const struct lang *, int64_t bp); /* 12.5 %; as many decimals as needed, to 2 */
/* numerator ÷ denominator as a percentage with exactly that many decimals (0..6): 60.4 %. A
 * denominator of zero: "–". */
str format_ratio(
    struct arena *, const struct lang *, int64_t numerator, int64_t denominator, int decimals);
/* numerator ÷ denominator as a number: 1.9. */
str format_quotient(
    struct arena *, const struct lang *, int64_t numerator, int64_t denominator, int decimals);

/* Formats of instants, in the time zone offset given (minutes east of UTC). */
enum date_form {
    DATE_LONG,        /* 12 November 2026 */
    DATE_SHORT,       /* 12 Nov */
    DATE_TIME,        /* 12 Nov, 19:42 */
    DATE_TIME_MS,     /* 12 Nov, 19:42:08.412 */
    DATE_WEEKDAY,     /* Monday 30 November */
    DATE_MONTH,       /* November 2026 */
    DATE_CLOCK,       /* 14:32:07 */
    DATE_DAY,         /* 12 November */
    DATE_SHORT_YEAR,  /* 12 Nov 2026 */
    DATE_FULL,        /* 12 November 2026, 19:42 */
    DATE_MINUTE,      /* 14:32 */
    DATE_MONTH_SHORT, /* Nov */
};
str format_date(struct arena *, const struct lang *, instant, enum date_form, int offset_minutes);
/* "just now", "4 min ago", "3 h ago", "3 days ago", "2 months ago"; later than now: "in 3 days". */
str format_ago(struct arena *, const struct lang *, instant then, instant now);
/* What stands in an <input type="datetime-local"> or "date" of the reader's zone: 2026-11-12T19:42,
 * 2026-11-12. */
str format_input_time(struct arena *, instant, int offset_minutes);
str format_input_date(struct arena *, instant, int offset_minutes);
