/* What the files of this room share. Figures come from the roll-ups of clicks and from the rows of
 * orders and commissions, never from counters of their own: a page and the books cannot disagree.
 */
#pragma once

#include "http/reply.h"
#include "http/request.h"
#include "rooms/ledger/ledger.h"
#include "rooms/program/program.h"
#include "rooms/room.h"

/* Sums of one group, day or period. Money in the programme's currency. */
struct report_sums {
    int64_t clicks, unique_clicks;
    int64_t conversions;
    int64_t counted;             /* of them, in the currency of the money below */
    int64_t revenue, commission; /* minor units; what came back is taken off */
    int64_t refunded;            /* of the orders in it */
    /* Foreign money, exact in 10^-15 minor units, until report_settle() adds it rounded once. */
    __int128 revenue_e15, commission_e15, refunded_e15;
};

/* A row of a grouped query. */
struct report_row {
    int64_t day;    /* days since 1970 in the reader's zone */
    int64_t key_id; /* partner, link, coupon, creative */
    str key;        /* sub1, country, device; or the name of key_id */
    int64_t clicks, unique_clicks, conversions, counted, revenue, commission, refunded;
    int64_t utc_day; /* of the orders, when asked by day */
    __int128 revenue_e15, commission_e15, refunded_e15;
    instant last_at;
};
extern const struct fields report_row_fields;

/* Day by day, the period and the one before it; arrays of period.days. */
struct report_series {
    size_t days;
    instant *dates;
    struct report_sums *now, *past;
    struct report_sums total, past_total;
    bool has_past, is_open;
    currency currency;
};

struct report_scope {
    int64_t program_id;
    int64_t partner_id; /* 0: all */
    currency currency;
    int offset_minutes;
};

/* Into list `others`: what is owed in other currencies than `own`, one item each. */
MUST_CHECK err report_others_view(
    struct db *, const struct ledger_whose *, currency own, struct view *);

void report_add(struct report_sums *, const struct report_row *);
/* Adds the foreign money, rounded once. */
MUST_CHECK err report_settle(struct report_sums *);
/* The statement once more for each foreign currency with rates, its money turned into the
 * programme's own by the rate of each order's day (rows of struct report_row to `fn`: money in the
 * _e15 members, no clicks, no orders besides `counted`). What has no rate stays out. Nothing when
 * `scope` asks for another currency than the programme's. */
MUST_CHECK err report_each_foreign(struct db *, const struct statement *,
    const struct report_scope *, const struct param *, row_fn fn, void *arg);

/* What the programme owes, all currencies together at the rates of `now`; those without a rate stay
 * out. `has_foreign`: some of it is foreign. */
MUST_CHECK err report_owed(struct db *, const struct program *, instant now,
    struct ledger_balance *out, bool *out_has_foreign);
/* Pending that becomes payable in (after, until], likewise. */
MUST_CHECK err report_maturing(struct db *, const struct program *, instant now, int64_t after_ms,
    int64_t until_ms, int64_t *out);

MUST_CHECK err report_series(struct db *, struct arena *, const struct report_scope *,
    const struct period *, struct report_series *out);
/* The orders alone: what ranking_load leaves to be filled. */
MUST_CHECK err report_series_orders(struct db *, struct arena *, const struct report_scope *,
    const struct period *, struct report_series *out);
/* report_settle of all its sums. */
MUST_CHECK err report_series_settle(struct report_series *);
/* One member of the sums by name, as an array for charts. */
enum report_measure {
    MEASURE_CLICKS,
    MEASURE_CONVERSIONS,
    MEASURE_REVENUE,
    MEASURE_COMMISSION,
    MEASURE_EPC
};
extern const char *const report_measure_names[];
int64_t report_value(const struct report_sums *, enum report_measure);
int64_t *report_values(
    struct arena *, const struct report_sums *, size_t days, enum report_measure);
bool report_is_money(enum report_measure);

/* Earnings per click in minor units, half away from zero; 0 without clicks. */
int64_t report_epc(const struct report_sums *);
/* Change in basis points; false when there is nothing to compare with. */
bool report_change_bp(int64_t now, int64_t past, int64_t *out);
/* `up`, `down`, `same`, `is_good`, `percent` for the partial report/delta. more_is_good: costs are
 * the other way. */
void report_show_delta(struct view *, int64_t now, int64_t past, bool has_past, bool more_is_good);

/* The figures above a plot with the links that choose it, and the plot itself. */
struct report_panel {
    const char *path; /* of the page: "/portal" */
    const enum report_measure *measures;
    size_t measure_count;
    bool is_portal; /* commission is called earnings */
};
MUST_CHECK err report_show_panel(struct request *, struct view *, const struct report_panel *,
    const struct period *, const struct report_series *);
/* Period buttons: name, url, chosen. */
void report_show_periods(struct request *, struct view *, const char *path, const struct period *);
/* The period's days as CSV. */
MUST_CHECK err report_csv(struct request *, struct reply *, const struct report_series *);
/* The figures of a file's row, after what the row is of; `head` names their columns. */
void report_csv_head(struct buf *);
void report_csv_sums(struct buf *, struct arena *, const struct report_sums *, currency);

err report_today(struct request *, struct reply *);
err report_partners(struct request *, struct reply *);
err report_partner(struct request *, struct reply *);
err report_home(struct request *, struct reply *);
err report_links(struct request *, struct reply *);
err report_site(struct request *, struct reply *);
err report_search(struct request *, struct reply *);
err report_summary(struct request *, struct reply *);
err report_index(struct request *, struct reply *);
err report_live(struct request *, struct reply *);
/* Lists by_sub1, by_country, by_device with the sums of each. */
MUST_CHECK err report_show_groups(
    struct request *, struct view *, const struct report_scope *, const struct period *);
/* An address as people write it: without https:// and the slash at its end. */
str report_site_text(str url);
