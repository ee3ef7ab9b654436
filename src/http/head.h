/* The head of a request: request line and header fields, parsed in place and strictly (RFC 9112).
 * What two readers could understand in two ways is refused, so that nothing can be smuggled past a
 * proxy. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum {
    HEAD_HEADERS_MAX = 100,
    HEAD_LINE_MAX = 8 * 1024,   /* request line; longer is 414 */
    HEAD_BYTES_MAX = 16 * 1024, /* whole head; longer is 431 */
};

/* The first five have the values of `enum method` in http/route.h. */
enum http_method {
    HTTP_GET = 1,
    HTTP_POST,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_PUT,
    HTTP_HEAD,
    HTTP_OPTIONS,
};

struct http_field {
    str name;  /* as sent; compare without case */
    str value; /* without white space around it */
};

/* All texts point into the connection's own buffer and live as long as the exchange. */
struct http_head {
    enum http_method method;
    str method_text;
    str target;             /* as sent */
    str path;               /* begins with '/', still percent-encoded; "*" only for OPTIONS */
    str query;              /* without '?', still percent-encoded; none when there is no '?' */
    int minor;              /* 0 or 1, of HTTP/1.x */
    str host;               /* valid; may carry a port; none only in HTTP/1.0 */
    int64_t content_length; /* 0 when absent */
    bool has_length;
    bool is_chunked;
    bool keep_alive;
    bool expects_continue;
    bool query_is_odd; /* a broken percent sign or a byte that must be encoded: whoever takes it
                          says so */
    size_t count;
    size_t bytes; /* of the whole head, blank line included */
    /* How far a head that comes in pieces has been read. Private to head.c. */
    size_t line, seen;
    bool has_request_line, has_connection_close, has_connection_keep, is_absolute;
    str authority;
    struct http_field fields[HEAD_HEADERS_MAX];
};

/* What is wrong with a request, as it is told to the client. */
struct http_refusal {
    int status;
    const char *code;   /* stable, snake_case */
    const char *detail; /* one English sentence */
};

/* The target is no valid one; also for whole heads whose odd query nobody takes. */
extern const struct http_refusal HTTP_TARGET;

enum head_result { HEAD_MORE, HEAD_DONE, HEAD_REFUSED };

void head_begin(struct http_head *);
/* Reads on in `bytes`, which always begins at the first byte of the request and only grows.
 * HEAD_DONE: everything is filled and `bytes` of the head are used up. HEAD_REFUSED: *out_why says
 * with which status. */
enum head_result head_read(struct http_head *, str bytes, const struct http_refusal **out_why);

/* The first field of that name, none when absent. `name` in any case. */
str http_header(const struct http_head *, str name);
/* How many fields of that name were sent. */
size_t http_header_count(const struct http_head *, str name);
/* One cookie's value, as sent; none when absent. */
str http_cookie(const struct http_head *, str name);
