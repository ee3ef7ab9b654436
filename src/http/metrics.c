/* Counters that many threads add to. Read while they run: each number is right, not all of one
 * instant. */
#include "http/metrics.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"

enum { BOUNDS = 10, CLASSES = 5 };

static const int64_t bounds_us[BOUNDS] = { 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000,
    1000000, 5000000 };
static const char *const bounds_s[BOUNDS] = { "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05",
    "0.1", "0.25", "1", "5" };

struct route_numbers {
    _Atomic uint64_t by_class[CLASSES]; /* 1xx … 5xx */
    _Atomic uint64_t below[BOUNDS];
    _Atomic uint64_t count, sum_us;
};

struct metrics {
    size_t routes;
    struct route_numbers at[];
};

struct metrics *metrics_open(size_t routes)
{
    struct metrics *metrics = calloc(1, sizeof *metrics + (routes + 1) * sizeof metrics->at[0]);

    if (!metrics)
        log_fatal("out of memory");
    metrics->routes = routes;
    return metrics;
}

void metrics_close(struct metrics *metrics)
{
    free(metrics);
}

static void add(_Atomic uint64_t *to, uint64_t n)
{
    atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

void metrics_count(struct metrics *metrics, size_t index, int status, int64_t took_us)
{
    struct route_numbers *n = &metrics->at[index < metrics->routes ? index : metrics->routes];
    size_t class = status >= 100 && status < 600 ? (size_t)status / 100 - 1 : CLASSES - 1;

    add(&n->by_class[class], 1);
    add(&n->count, 1);
    add(&n->sum_us, took_us > 0 ? (uint64_t)took_us : 0);
    for (size_t i = 0; i < BOUNDS; i++) {
        if (took_us <= bounds_us[i])
            add(&n->below[i], 1);
    }
}

static const char *method_word(const struct route *row)
{
    static const char *const words[] = { "?", "GET", "POST", "PATCH", "DELETE", "PUT" };

    return row ? words[row->method] : "?";
}

static void print_counts(struct buf *out, const struct route_numbers *n, const struct route *row)
{
    for (size_t i = 0; i < CLASSES; i++) {
        uint64_t count = atomic_load_explicit(&n->by_class[i], memory_order_relaxed);
        if (count > 0)
            buf_printf(out,
                "tributary_requests_total{method=\"%s\",route=\"%s\",class=\"%zuxx\"} %" PRIu64
                "\n",
                method_word(row), row ? row->path : "none", i + 1, count);
    }
}

static void print_durations(struct buf *out, const struct route_numbers *n, const struct route *row)
{
    const char *method = method_word(row), *path = row ? row->path : "none";
    uint64_t count = atomic_load_explicit(&n->count, memory_order_relaxed);
    uint64_t sum = atomic_load_explicit(&n->sum_us, memory_order_relaxed);

    if (count == 0)
        return;
    for (size_t i = 0; i < BOUNDS; i++)
        buf_printf(out,
            "tributary_request_seconds_bucket{method=\"%s\",route=\"%s\",le=\"%s\"} %" PRIu64 "\n",
            method, path, bounds_s[i], atomic_load_explicit(&n->below[i], memory_order_relaxed));
    buf_printf(out,
        "tributary_request_seconds_bucket{method=\"%s\",route=\"%s\",le=\"+Inf\"} %" PRIu64 "\n",
        method, path, count);
    buf_printf(out,
        "tributary_request_seconds_sum{method=\"%s\",route=\"%s\"} %" PRIu64 ".%06" PRIu64 "\n",
        method, path, sum / 1000000, sum % 1000000);
    buf_printf(out, "tributary_request_seconds_count{method=\"%s\",route=\"%s\"} %" PRIu64 "\n",
        method, path, count);
}

void metrics_print(
    const struct metrics *metrics, const struct route *const *rows, size_t count, struct buf *out)
{
    buf_add(out, STR("# HELP tributary_requests_total Requests answered by handlers.\n"
                     "# TYPE tributary_requests_total counter\n"));
    for (size_t i = 0; i <= metrics->routes; i++)
        print_counts(out, &metrics->at[i], i < count ? rows[i] : NULL);
    buf_add(out, STR("# HELP tributary_request_seconds Time from whole request to whole answer.\n"
                     "# TYPE tributary_request_seconds histogram\n"));
    for (size_t i = 0; i <= metrics->routes; i++)
        print_durations(out, &metrics->at[i], i < count ? rows[i] : NULL);
}

void metrics_line(
    struct buf *out, const char *name, const char *type, const char *help, int64_t value)
{
    buf_printf(
        out, "# HELP %s %s\n# TYPE %s %s\n%s %" PRId64 "\n", name, help, name, type, name, value);
}
