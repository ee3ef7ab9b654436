/* The period of reports: whole days of the reader's zone, and what it is compared with. */
#include "http/parts.h"

static const struct err PERIOD_INVALID = { ERR_INVALID, "period_invalid",
    N_("The period is one of today, 7d, 30d, 90d, 12m, or two dates in order."), NULL };
static const struct err PERIOD_TOO_LONG = { ERR_INVALID, "period_too_long",
    N_("A period is at most ten years long."), NULL };

enum { DAYS_MOST = 3660 };

static instant local_midnight(const struct request *rq, instant at)
{
    int64_t offset = (int64_t)rq->offset_minutes * MINUTE_MS;

    return instant_plus_ms(instant_day(instant_plus_ms(at, offset)), -offset);
}

static bool named_days(str name, int64_t *out)
{
    static const struct {
        const char *name;
        int64_t days;
    } names[] = { { "today", 1 }, { "7d", 7 }, { "30d", 30 }, { "90d", 90 }, { "12m", 365 } };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq(str_of(names[i].name), name)) {
            *out = names[i].days;
            return true;
        }
    }
    return false;
}

/* A date is a day of the reader's zone; `to` includes its day. A time with an offset is taken as it
 * is. */
static bool read_end(const struct request *rq, str text, bool is_to, instant *out)
{
    if (!instant_read(text, out) || instant_none(*out))
        return false;
    if (text.len == 10) {
        *out = instant_plus_ms(*out, -(int64_t)rq->offset_minutes * MINUTE_MS);
        if (is_to)
            *out = instant_plus_days(*out, 1);
    }
    return true;
}

static err read_custom(struct request *rq, str from, str to, struct period *out)
{
    instant tomorrow = instant_plus_days(local_midnight(rq, rq->now), 1);

    out->name = STR("custom");
    out->to = tomorrow;
    if (!str_empty(to) && !read_end(rq, to, true, &out->to))
        return request_problem(rq, "to", &PERIOD_INVALID);
    out->from = instant_plus_days(out->to, -30);
    if (!str_empty(from) && !read_end(rq, from, false, &out->from))
        return request_problem(rq, "from", &PERIOD_INVALID);
    if (out->from.ms >= out->to.ms)
        return request_problem(rq, "from", &PERIOD_INVALID);
    out->days = (out->to.ms - out->from.ms + DAY_MS - 1) / DAY_MS;
    return out->days > DAYS_MOST ? request_problem(rq, "from", &PERIOD_TOO_LONG) : NULL;
}

static err compare_with_past(struct request *rq, struct period *out)
{
    str compare = request_query(rq, "compare");
    bool is_page = rq->surface != API;

    if (str_empty(compare) ? !is_page : str_eq(compare, STR("none")))
        return NULL;
    if (!str_empty(compare) && !str_eq(compare, STR("previous")))
        return request_problem(rq, "compare", &PERIOD_INVALID);
    out->past_to = out->from;
    out->past_from = instant_plus_ms(out->from, out->from.ms - out->to.ms);
    return NULL;
}

err request_period(struct request *rq, const char *fallback, struct period *out)
{
    str from = request_query(rq, "from"), to = request_query(rq, "to");
    str name = request_query(rq, "period");

    *out = (struct period){ .name = str_of(fallback) };
    if (!str_empty(from) || !str_empty(to)) {
        TRY(read_custom(rq, from, to, out));
    } else {
        out->name = str_empty(name) ? str_of(fallback) : name;
        if (!named_days(out->name, &out->days))
            return request_problem(rq, "period", &PERIOD_INVALID);
        out->to = instant_plus_days(local_midnight(rq, rq->now), 1);
        out->from = instant_plus_days(out->to, -out->days);
    }
    out->open = rq->now.ms >= out->from.ms && rq->now.ms < out->to.ms;
    return compare_with_past(rq, out);
}
