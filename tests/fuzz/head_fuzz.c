/* Fuzz target: heads of requests. What is read in one piece and what drips in must be the same,
 * everything must lie within the bytes, and what is taken must be free of the doubts that requests
 * are smuggled through. */
#include "http/head.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "http/host.h"
#include "http/proxy.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

static bool is_within(str s, str bytes)
{
    return !s.len || (s.at >= bytes.at && s.at + s.len <= bytes.at + bytes.len);
}

static void check_taken(const struct http_head *h, str bytes)
{
    str text = str_first(bytes, h->bytes), value;

    assert(h->bytes <= bytes.len && h->bytes <= HEAD_BYTES_MAX);
    assert(str_ends(text, STR("\r\n\r\n")) || str_ends(text, STR("\n\r\n")));
    assert(!memchr(text.at, 0, text.len));
    for (size_t i = 0; i < text.len; i++) {
        assert(text.at[i] != '\n' || (i && text.at[i - 1] == '\r'));
        assert(text.at[i] != '\r' || text.at[i + 1] == '\n');
    }
    assert(http_header_count(h, STR("content-length")) <= 1);
    assert(http_header_count(h, STR("transfer-encoding")) <= 1);
    assert(http_header_count(h, STR("host")) == 1 || !h->minor);
    value = http_header(h, STR("transfer-encoding"));
    assert(h->is_chunked == (value.at != NULL));
    assert(!value.at || (str_eq_nocase(value, STR("chunked")) && !h->has_length && h->minor == 1));
    assert(h->content_length >= 0);
    assert(h->method != HTTP_GET || (!h->content_length && !h->is_chunked));
    assert(!h->host.at || host_is_valid(h->host));
    assert(h->path.len && (h->path.at[0] == '/' || h->method == HTTP_OPTIONS));
    assert(!memchr(h->path.at, ' ', h->path.len) && !memchr(h->path.at, '#', h->path.len));
    assert(h->count <= HEAD_HEADERS_MAX);
    for (size_t i = 0; i < h->count; i++)
        assert(is_within(h->fields[i].name, bytes) && is_within(h->fields[i].value, bytes));
    assert(is_within(h->query, bytes) && is_within(h->target, bytes));
    (void)http_cookie(h, STR("trb"));
}

static void check_forwarded(const struct http_head *h)
{
    struct trust trust = { 0 };
    struct address visitor = { .ip = { 1 } };
    bool is_tls = false;

    forwarded_read(h, FORWARDED_X, &trust, &visitor, &is_tls);
    forwarded_read(h, FORWARDED_RFC_7239, &trust, &visitor, &is_tls);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    static struct http_head whole, dripped;
    const struct http_refusal *why, *why_dripped = NULL;
    enum head_result result, dripping = HEAD_MORE;
    size_t step = size ? bytes[size - 1] % 9 + 1 : 1, at = 0;
    char *copy = malloc(size + 1); /* of the exact size, so that a byte too far is seen */
    str text = { copy, size };

    if (size)
        memcpy(copy, bytes, size);
    head_begin(&whole);
    result = head_read(&whole, text, &why);
    head_begin(&dripped);
    while (at < size && dripping == HEAD_MORE) {
        at = at + step < size ? at + step : size;
        dripping = head_read(&dripped, str_first(text, at), &why_dripped);
    }
    assert((result == HEAD_REFUSED) == (why != NULL));
    if (result == HEAD_DONE) {
        assert(
            dripping == HEAD_DONE && dripped.bytes == whole.bytes && dripped.count == whole.count);
        assert(dripped.content_length == whole.content_length &&
               dripped.is_chunked == whole.is_chunked);
        assert(dripped.keep_alive == whole.keep_alive);
        check_taken(&whole, text);
        check_forwarded(&whole);
    } else {
        assert(dripping != HEAD_DONE);
    }
    free(copy);
    return 0;
}
