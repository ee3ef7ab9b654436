/* The address of the page at hand with a few parameters changed: sort links, filter chips, next
 * page. */
#pragma once

#include "http/request.h"

/* Path and query, with `name` set to `value` (none: left out) and `after` always left out unless it
 * is the name. */
str url_with(const struct request *, const char *name, str value);
