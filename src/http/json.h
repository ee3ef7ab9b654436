/* JSON as it came in: strict, whole, small. Duplicate keys, invalid UTF-8, NUL and nesting beyond
 * 16 are refused; integers are exact, and a number that is none, or too large for 63 bits, is known
 * as such. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum value_kind {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_INT,
    VALUE_REAL, /* has a fraction or an exponent; its value is not kept */
    VALUE_HUGE, /* an integer beyond 63 bits */
    VALUE_TEXT,
    VALUE_LIST,
    VALUE_OBJECT,
};

struct value {
    enum value_kind kind;
    bool truth;
    int64_t number;
    str text;
    size_t count;              /* of items or members */
    const struct value *items; /* of a list; of an object its values */
    const str *names;          /* of an object */
};

extern const struct err JSON_MALFORMED; /* 400 json_malformed; made ones say where */
extern const struct err UTF8_INVALID;   /* 400 utf8_invalid */
extern const struct err DUPLICATE_KEY;  /* 400 duplicate_key */
extern const struct err JSON_TOO_DEEP;  /* 400 json_too_deep */

MUST_CHECK err value_read(struct arena *, str text, struct value *out);
const struct value *value_member(
    const struct value *object, str name);    /* null when absent or no object */
const char *value_kind_name(enum value_kind); /* "a text", "an integer" */
