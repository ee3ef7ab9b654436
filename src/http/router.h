/* Addresses to rows: all rooms' tables as one tree of segments. */
#pragma once

#include "base/err.h"
#include "http/route.h"

struct arena;
struct router;

enum { ROUTE_PARAMS_MOST = 6 };

struct route_match {
    const struct route *route;
    size_t index; /* of the row among all rows */
    enum shown_on surface;
    str params[ROUTE_PARAMS_MOST]; /* still percent-encoded, in the order of the path */
    size_t param_count;
    unsigned methods; /* bit per method that this address knows */
};

enum route_found { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_METHOD };

/* `with_test`: rows with ROUTE_TEST exist. ROUTES_BROKEN when two rows claim one address; the log
 * says which. */
MUST_CHECK err router_open(
    struct arena *, const struct route *const *tables, bool with_test, struct router **out);
enum route_found router_find(const struct router *, enum method, str path, struct route_match *out);
size_t router_rows(const struct router *, const struct route *const **out);
/* "GET, HEAD, POST" */
str router_allow(struct arena *, unsigned methods);
