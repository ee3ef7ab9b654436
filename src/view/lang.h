/* Languages: catalogues compiled from po/ at build, plural rules, formats of numbers, money and dates. */
#pragma once

#include "base/amount.h"
#include "base/instant.h"
#include "base/str.h"

struct arena;

struct lang {
    const char *tag;       /* "en", "pl", "ru" */
    const char *name;      /* in itself: "polski" */
    unsigned index;
};

extern const struct lang *const languages[]; /* null-terminated; the first is English */
const struct lang *lang_find(str tag);       /* null when unknown; "pl-PL" finds pl */
const struct lang *lang_accept(str accept_language_header); /* never null */

/* The translation, or the msgid itself. Context may be null. */
str lang_text(const struct lang *, const char *context, str msgid);
/* Plural form for n. */
str lang_plural(const struct lang *, str one, str many, int64_t n);
/* Replaces {name} by values: lang_fill(arena, text, "name", value, …, NULL). */
str lang_fill(struct arena *, str text, ...) __attribute__((sentinel));
#define _(lang, msgid) lang_text((lang), NULL, STR(msgid))

/* Formats; thin and no-break spaces as CLDR has them. */
str format_int(struct arena *, const struct lang *, int64_t);
str format_money(struct arena *, const struct lang *, amount);        /* €12.50 | 12,50 € */
str format_money_whole(struct arena *, const struct lang *, amount);  /* axis labels: €2,000 */
str format_percent_bp(struct arena *, const struct lang *, int64_t bp); /* 12.5 % */
str format_ratio(struct arena *, const struct lang *, int64_t numerator, int64_t denominator, int decimals);
/* Formats of instants, in the time zone offset given (minutes east of UTC). */
enum date_form {
    DATE_LONG,      /* 12 November 2026 */
    DATE_SHORT,     /* 12 Nov */
    DATE_TIME,      /* 12 Nov, 19:42 */
    DATE_TIME_MS,   /* 12 Nov, 19:42:08.412 */
    DATE_WEEKDAY,   /* Monday 30 November */
    DATE_MONTH,     /* November 2026 */
    DATE_CLOCK,     /* 14:32:07 */
};
str format_date(struct arena *, const struct lang *, instant, enum date_form, int offset_minutes);
str format_ago(struct arena *, const struct lang *, instant then, instant now); /* "3 days ago" */
