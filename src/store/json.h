/* The little JSON that rows need: lists of texts, and the lines of a portable dump. Not for
 * requests: those are read by http/. */
#pragma once

#include "base/buf.h"
#include "base/str.h"

/* Reads one value after another; every function skips blanks and gives false on anything else. */
struct json_reader {
    const char *at, *end;
    struct arena *arena;
};

struct json_reader json_reader(struct arena *, str text);
bool json_is(struct json_reader *, char c);             /* takes the character when it is next */
bool json_word(struct json_reader *, const char *word); /* null, true, false */
bool json_text(struct json_reader *, str *out);
bool json_int(struct json_reader *, int64_t *out);
bool json_end(struct json_reader *);
/* "name": takes the key and its colon. */
bool json_key(struct json_reader *, const char *name);

/* ["a","b"]; none and an empty text give an empty list. */
bool json_strs(struct arena *, str text, strs *out);
str json_of_strs(struct arena *, strs);
