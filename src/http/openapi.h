/* The API document (OpenAPI 3.1), made from the rows of routes and their field tables. */
#pragma once

#include "base/buf.h"
#include "http/route.h"

void openapi_print(struct arena *, const struct route *const *rows, size_t count, struct buf *out);
