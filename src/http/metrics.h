/* Counters per route, printed as Prometheus text at /metrics. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "http/route.h"

struct metrics;

struct metrics *metrics_open(size_t routes); /* one more is kept for addresses that no row knows */
void metrics_close(struct metrics *);
/* `index` of the row; SIZE_MAX: no row. Thread-safe. */
void metrics_count(struct metrics *, size_t index, int status, int64_t took_us);
void metrics_print(
    const struct metrics *, const struct route *const *rows, size_t count, struct buf *out);
/* One line with its HELP and TYPE: for the numbers of other floors. */
void metrics_line(
    struct buf *, const char *name, const char *type, const char *help, int64_t value);
