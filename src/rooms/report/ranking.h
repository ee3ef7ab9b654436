/* Partners with their figures of a period, loaded together: lists, top tables, concentration,
 * groups. */
#pragma once

#include "rooms/partner/partner.h"
#include "rooms/report/report_inside.h"

struct ranked {
    struct partner partner;
    struct report_sums now, past;
    int64_t *revenue_days; /* of the period, for the curve */
    instant last_click_at; /* within the period */
};

struct ranking {
    struct ranked *at;
    size_t count;
    size_t days;
    struct report_sums total;
    size_t approved;
    size_t selling, past_selling; /* partners with an order in the period, and in the one before */
    currency currency;
    struct report_series *series; /* filled beside it, when given: see ranking_load */
};

enum rank_by {
    RANK_REVENUE,
    RANK_CLICKS,
    RANK_CONVERSIONS,
    RANK_COMMISSION,
    RANK_NAME,
    RANK_JOINED
};
extern const char *const rank_by_names[];

/* Every partner of the programme, in the order of their ids. `series` (may be null) gets the
 * programme's days from the same rows, so that a page that shows both reads them once. */
MUST_CHECK err ranking_load(struct db *, struct arena *, const struct report_scope *,
    const struct period *, struct ranking *out, struct report_series *series);
/* Largest first, except names; ties by name. */
void ranking_sort(struct ranking *, enum rank_by, bool ascending);
/* The sum of the first `count` by revenue, which must be sorted so. */
int64_t ranking_top_revenue(const struct ranking *, size_t count);
