/* Server-drawn charts as the design has them: SVG 1000 × 240, stretched, labels as HTML around it.
 * Values are integers (counts or minor units). Everything is put into the object given, which
 * should be page-only: view_object(view_page(v), "chart"). Texts come out in the reader's language.
 */
#pragma once

#include "base/amount.h"
#include "base/err.h"
#include "base/str.h"
#include "view/lang.h"
#include "view/view.h"

enum chart_step {
    CHART_DAYS, /* one point a day, also for weeks: labels are dates */
    CHART_MONTHS,
    CHART_HOURS,
};

struct chart_note {
    size_t index; /* at which point */
    str text;
};

struct chart {
    const char *id;            /* unique on the page: "c1" */
    str title;                 /* for screen readers, and the table's caption */
    str name;                  /* of the values: "Earnings"; none: the title */
    const int64_t *now, *past; /* past may be null */
    size_t count;
    const instant *days;      /* of `now`, one per point */
    const instant *past_days; /* null: the stretch just before */
    enum chart_step step;
    int offset_minutes; /* of the reader's zone */
    bool last_open;     /* the last value is of an unfinished day: dotted, called "Today" */
    currency currency;  /* none: plain numbers */
    const struct chart_note *notes;
    size_t note_count;
    const str *labels;        /* bars: what stands below; null: the days */
    const char *const *tones; /* bars: "soft", "past", "good", "bad" or null, one per bar */
};

/* Fills `into`:
 *   id, title, name      texts
 *   svg                  {{{svg}}}, inside <div class="plot">
 *   y                    texts from the top down: <ol class="y"><li>{{.}}</li>…
 *   x                    one per point {text, minor}: <ol class="x"><li{{#minor}}
 * class="m"{{/minor}}> period, past_period  "23 Oct to 21 Nov"; past_period is null without a past
 *   notes                {text}
 *   rows                 {day, value, past_day, past_value}: the table; the last two null without a
 * past data                 what the uPlot island reads, {{data|json}}: name, currency, decimals,
 * open, times (seconds), now, past, notes {index, text} */
void chart_line(struct view *into, struct arena *, const struct lang *, const struct chart *);
/* Vertical bars with labels: ageing, months. Fills id, title, svg ({{{svg}}} in <div class="plot
 * low bare">) and labels {value, text}: <ol class="x around"><li><b>{{value}}</b>{{text}}</li>… */
void chart_bars(struct view *into, struct arena *, const struct lang *, const struct chart *);
/* A concentration curve: shares cumulated from the largest; marks the point `top`. Fills svg, y, x
 * (texts), rows {count, share, sum}, count, top, top_share, top_sum, whole_sum. */
void chart_concentration(struct view *into, struct arena *, const struct lang *,
    const int64_t *sorted_down, size_t count, size_t top, currency);

/* The 100 × 28 curve beside a figure; the flat one is grey, for figures that are not chosen. None
 * without values. */
str chart_spark(struct arena *, const int64_t *values, size_t count);
str chart_spark_flat(struct arena *, const int64_t *values, size_t count);
/* The thin bar of a share in a table. */
str chart_share(struct arena *, int64_t part, int64_t whole);
/* Small bars, one per minute or hour; `label` says what they show. */
str chart_live(struct arena *, const int64_t *values, size_t count, str label);

extern const struct err QR_TOO_LONG; /* qr_too_long */
/* QR code as one SVG path (libqrencode), labelled with its text. */
MUST_CHECK err chart_qr(struct arena *, str text, str *out_svg);
/* The same as a file of its own for print, with ground, margin and a size. */
MUST_CHECK err chart_qr_file(struct arena *, str text, str *out_svg);
