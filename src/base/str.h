/* Text that is borrowed: a pointer and a length. Bytes made by functions here are also NUL-terminated. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

typedef struct str {
    const char *at; /* null means "no text", which is not the same as empty */
    size_t len;
} str;

#define STR(literal) ((str){ "" literal, sizeof(literal) - 1 })
#define STR_NONE     ((str){ NULL, 0 })
#define PRI_STR      ".*s"
#define STR_ARG(s)   (int)(s).len, (s).at ? (s).at : ""

str str_of(const char *c); /* null stays "no text" */
str str_dup(struct arena *, str);
const char *str_c(struct arena *, str); /* NUL-terminated copy; never null */
str str_printf(struct arena *, const char *format, ...) __attribute__((format(printf, 2, 3)));
str str_vprintf(struct arena *, const char *format, va_list);

bool str_eq(str, str);
bool str_eq_nocase(str, str); /* ASCII only */
/* For tables in memory, with a seed of the process; letters of either case hash alike. */
uint64_t str_hash_nocase(str, uint64_t seed);
int str_cmp(str, str);        /* bytewise */
bool str_empty(str);          /* none, or of no length */
bool str_starts(str s, str prefix);
bool str_ends(str s, str suffix);
bool str_has(str s, str needle);
bool str_find(str s, char c, size_t *out_at);
str str_from(str s, size_t at);             /* the rest, clipped */
str str_first(str s, size_t count);         /* the beginning, clipped */
str str_trim(str);                          /* ASCII white space at both ends */
bool str_cut(str *s, char separator, str *out); /* takes the next part; false when nothing is left */
str str_lower(struct arena *, str);         /* ASCII */
str str_upper(struct arena *, str);         /* ASCII */
str str_replace(struct arena *, str s, str what, str with);
bool str_is_utf8(str);      /* strict: no overlong forms, no surrogates, no NUL */
size_t str_points(str);     /* code points in valid UTF-8 */
/* The code point that begins at byte `at`; returns its size in bytes, 0 when there is none or it is not valid. */
size_t str_point(str, size_t at, uint32_t *out);

/* Whole-string numbers: no sign but '-', no spaces, no overflow; false and nothing written otherwise. */
bool str_to_int(str, int64_t *out);
bool str_to_uint(str, uint64_t *out);

/* Lists of texts: tags, domains. Stored as a JSON array, entered one a line. */
typedef struct strs {
    str *at;
    size_t count;
} strs;

/* A JSON object of strings, kept as its text: metadata. */
typedef struct json_object {
    str text;
} json_object;

/* Lower-case hex, URL-safe base64 without padding, Crockford base32 in lower case. */
str str_hex(struct arena *, const void *bytes, size_t size);
str str_base64url(struct arena *, const void *bytes, size_t size);
bool str_from_base64url(str, void *out, size_t size); /* exact size, canonical; false otherwise */
str str_base32_u64(struct arena *, uint64_t);         /* 13 letters */
bool str_from_base32_u64(str, uint64_t *out);         /* 13 letters, canonical lower case only */

/* Percent-encoding of one URL component (RFC 3986 unreserved kept). */
str str_url_encode(struct arena *, str);
bool str_url_decode(struct arena *, str, bool plus_is_space, str *out); /* false: bad escape */
