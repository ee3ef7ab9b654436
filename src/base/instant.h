/* Points in time: milliseconds UTC since 1970. Zero means "none". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

typedef struct instant {
    int64_t ms;
} instant;

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, HOUR_MS = 60 * MINUTE_MS };
#define DAY_MS INT64_C(86400000)

struct civil {
    int year, month, day; /* 1..12, 1..31 */
    int hour, minute, second, ms;
    int weekday;          /* 0 = Monday */
};

bool instant_none(instant);
instant instant_plus_ms(instant, int64_t ms);
instant instant_plus_days(instant, int64_t days);
instant instant_day(instant);   /* midnight UTC of its day */
struct civil instant_civil(instant);
instant instant_from_civil(struct civil);
/* RFC 3339, "2026-12-01T10:00:00Z", offsets and fractions accepted; a bare date is its midnight. */
bool instant_read(str, instant *out);
str instant_print(struct arena *, instant);      /* "2026-12-01T10:00:00.123Z"; ms only when not zero */
str instant_print_date(struct arena *, instant); /* "2026-12-01" */
