/* Server-drawn charts as the design has them: SVG 1000 × 240, stretched, labels as HTML around it; the
 * caller adds the data table. Values are integers (counts or minor units). */
#pragma once

#include "base/amount.h"
#include "base/str.h"
#include "view/lang.h"
#include "view/view.h"

struct chart_note {
    size_t index;      /* at which point */
    str text;
};

struct chart {
    const char *id;              /* unique on the page: "c1" */
    str title;                   /* for screen readers */
    const int64_t *now, *past;   /* past may be null */
    size_t count;
    const instant *days;         /* of `now`, one per point */
    bool last_open;              /* the last value is of an unfinished day: dotted */
    currency currency;           /* none: plain numbers */
    const struct chart_note *notes;
    size_t note_count;
};

/* Fills `into` with everything the partial app/chart prints: svg (html), ticks, labels, table rows, and the
 * JSON that the uPlot island reads. */
void chart_line(struct view *into, struct arena *, const struct lang *, const struct chart *);
/* The 100 × 28 curve beside a figure. */
str chart_spark(struct arena *, const int64_t *values, size_t count);
/* Vertical bars with labels above: ageing, months. */
void chart_bars(struct view *into, struct arena *, const struct lang *, const struct chart *);
/* A concentration curve: shares cumulated from the largest; marks the point `top`. */
void chart_concentration(struct view *into, struct arena *, const struct lang *, const int64_t *sorted_down,
    size_t count, size_t top, currency);
/* QR code as SVG (libqrencode). */
MUST_CHECK err chart_qr(struct arena *, str text, str *out_svg);
