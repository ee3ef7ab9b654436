/* Lengths and paths of charts, in tenths of an SVG unit. */
#pragma once

#include "base/buf.h"
#include "view/chart.h"

/* A scale from zero whose lines stand at round values. */
struct scale {
    int64_t step;
    int above, below; /* steps over and under zero; together two to four */
};

struct scale scale_for(const int64_t *const *series, size_t series_count, size_t count, currency);
int scale_lines(const struct scale *);               /* gridlines with both ends */
int64_t scale_value(const struct scale *, int line); /* of a gridline, 0 is the topmost */

/* value × size ÷ whole in tenths, half up; neither negative, whole > 0. */
int64_t tenths(int64_t value, int64_t whole, int64_t size);
void draw_tenths(struct buf *, int64_t); /* "34.5", "78" */
void draw_point(struct buf *, char verb, int64_t x, int64_t y);

str chart_value(struct arena *, const struct lang *, currency, int64_t);
str chart_axis_value(struct arena *, const struct lang *, currency, int64_t value, int64_t step);
str chart_day(struct arena *, const struct lang *, const struct chart *, instant);
