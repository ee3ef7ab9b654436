/* Request line and header fields, line by line, in place; a head that drips in is never read twice.
 */
#include "http/head.h"

#include <string.h>

#include "http/host.h"
#include "http/target.h"

/* clang-format off */
#define REFUSAL(name, status, code, detail) \
    static const struct http_refusal name = { status, code, detail }

REFUSAL(LINE_BREAK,      400, "line_break", "Lines of a request end in CR and LF, and hold neither elsewhere.");
REFUSAL(CONTROL,         400, "control_character", "A request holds no NUL or other control characters.");
REFUSAL(REQUEST_LINE,    400, "request_line", "The request line is a method, a target and a version with one space between them.");
REFUSAL(METHOD,          501, "method_unknown", "This server does not know that method.");
REFUSAL(VERSION,         505, "http_version", "This server speaks HTTP/1.0 and HTTP/1.1.");
const struct http_refusal HTTP_TARGET = { 400, "target", "The target is a path with an optional query, each percent sign followed by two hex digits." };
REFUSAL(TARGET_HOST,     400, "target_host", "The host in the target is not the one in the Host field.");
REFUSAL(LINE_TOO_LONG,   414, "target_too_long", "The request line is longer than 8 KiB.");
REFUSAL(HEAD_TOO_LONG,   431, "head_too_long", "The head of the request is longer than 16 KiB.");
REFUSAL(TOO_MANY_FIELDS, 431, "too_many_fields", "The request has more than 100 header fields.");
REFUSAL(FOLDED,          400, "folded_field", "A header field stands on one line of its own and does not begin with white space.");
REFUSAL(FIELD_NAME,      400, "field_name", "The name of a header field is a word, with the colon right behind it.");
REFUSAL(TWO_LENGTHS,     400, "two_lengths", "A request has one Content-Length at most.");
REFUSAL(LENGTH,          400, "length", "Content-Length is one whole number.");
REFUSAL(LENGTH_CHUNKED,  400, "length_and_chunks", "A request has either Content-Length or Transfer-Encoding.");
REFUSAL(CODING,          400, "transfer_coding", "The only Transfer-Encoding known is one chunked, in HTTP/1.1.");
REFUSAL(HOST_MISSING,    400, "host_missing", "The Host field is missing.");
REFUSAL(HOST_TWICE,      400, "host_twice", "A request has one Host field.");
REFUSAL(HOST_INVALID,    400, "host", "The Host field is not a host name or address with an optional port.");
REFUSAL(BODY_UNWANTED,   400, "body_unwanted", "GET and HEAD come without a body.");
REFUSAL(EXPECTATION,     417, "expectation", "The only expectation known is 100-continue.");

static const struct { str text; enum http_method method; } METHODS[] = {
    { STR("GET"),    HTTP_GET },
    { STR("POST"),   HTTP_POST },
    { STR("HEAD"),   HTTP_HEAD },
    { STR("PATCH"),  HTTP_PATCH },
    { STR("DELETE"), HTTP_DELETE },
    { STR("PUT"),    HTTP_PUT },
    { STR("OPTIONS"), HTTP_OPTIONS },
};

/* tchar of RFC 9110. */
static const bool TOKEN[256] = {
    ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1, ['&'] = 1, ['\''] = 1, ['*'] = 1, ['+'] = 1,
    ['-'] = 1, ['.'] = 1, ['^'] = 1, ['_'] = 1, ['`'] = 1, ['|'] = 1, ['~'] = 1,
    ['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1,
};
/* clang-format on */

static bool is_token(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!TOKEN[(unsigned char)s.at[i]])
            return false;
    return s.len > 0;
}

/* True when one of eight bytes is below 0x20 or is 0x7f. */
static bool has_control_8(uint64_t eight)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones * 0x80;
    uint64_t low = (eight - ones * 0x20) & ~eight;
    uint64_t mixed = eight ^ ones * 0x7f;
    uint64_t del = (mixed - ones) & ~mixed;

    return (low | del) & highs;
}

/* Visible bytes, space, tab and those above ASCII. */
static bool is_text(str s)
{
    size_t i = 0;

    for (; i + 8 <= s.len; i += 8) {
        uint64_t eight;

        memcpy(&eight, s.at + i, 8);
        if (has_control_8(eight))
            break;
    }
    for (; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static str trim_blanks(str s)
{
    while (s.len && (s.at[0] == ' ' || s.at[0] == '\t'))
        s.at++, s.len--;
    while (s.len && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
        s.len--;
    return s;
}

static const struct http_refusal *read_version(struct http_head *h, str version)
{
    if (version.len != 8 || memcmp(version.at, "HTTP/", 5) != 0 || version.at[6] != '.' ||
        version.at[5] < '0' || version.at[5] > '9' || version.at[7] < '0' || version.at[7] > '9')
        return &REQUEST_LINE;
    if (version.at[5] != '1' || version.at[7] > '1')
        return &VERSION;
    h->minor = version.at[7] - '0';
    return NULL;
}

static const struct http_refusal *read_method(struct http_head *h, str method)
{
    if (!is_token(method))
        return &REQUEST_LINE;
    h->method_text = method;
    for (size_t i = 0; i < sizeof METHODS / sizeof METHODS[0]; i++)
        if (str_eq(METHODS[i].text, method))
            h->method = METHODS[i].method;
    return NULL;
}

static const struct http_refusal *read_request_line(struct http_head *h, str line)
{
    const struct http_refusal *why;
    const char *first = memchr(line.at, ' ', line.len);
    const char *last = memrchr(line.at, ' ', line.len);

    if (!TOKEN[(unsigned char)line.at[0]])
        return &REQUEST_LINE; /* a TLS hello, a proxy header, noise */
    if (!is_text(line))
        return &CONTROL;
    if (!first || first == last)
        return &REQUEST_LINE;
    why = read_method(h, (str){ line.at, (size_t)(first - line.at) });
    if (!why)
        why = read_version(h, (str){ last + 1, (size_t)(line.at + line.len - last - 1) });
    if (why)
        return why;
    if (!h->method)
        return &METHOD;
    h->target = (str){ first + 1, (size_t)(last - first - 1) };
    return target_read(h) ? NULL : &HTTP_TARGET;
}

static const struct http_refusal *read_length(struct http_head *h, str value)
{
    int64_t length = 0;

    if (h->has_length)
        return &TWO_LENGTHS;
    if (!value.len || value.len > 18)
        return &LENGTH;
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] < '0' || value.at[i] > '9')
            return &LENGTH;
        length = length * 10 + (value.at[i] - '0');
    }
    h->has_length = true;
    h->content_length = length;
    return NULL;
}

static const struct http_refusal *read_coding(struct http_head *h, str value)
{
    if (h->is_chunked || !str_eq_nocase(value, STR("chunked")))
        return &CODING;
    h->is_chunked = true;
    return NULL;
}

static const struct http_refusal *read_host(struct http_head *h, str value)
{
    if (h->host.at)
        return &HOST_TWICE;
    if (!host_is_valid(value))
        return &HOST_INVALID;
    h->host = value;
    return NULL;
}

static void read_connection(struct http_head *h, str value)
{
    str token;

    while (str_cut(&value, ',', &token)) {
        token = trim_blanks(token);
        if (str_eq_nocase(token, STR("close")))
            h->has_connection_close = true;
        else if (str_eq_nocase(token, STR("keep-alive")))
            h->has_connection_keep = true;
    }
}

static const struct http_refusal *read_expect(struct http_head *h, str value)
{
    if (h->minor == 0)
        return NULL; /* RFC 9110: ignored in HTTP/1.0 */
    if (!str_eq_nocase(value, STR("100-continue")))
        return &EXPECTATION;
    h->expects_continue = true;
    return NULL;
}

/* The fields that decide where a request ends and whom it is for. */
static const struct http_refusal *read_known(struct http_head *h, struct http_field f)
{
    switch (f.name.len) {
    case 4:
        return str_eq_nocase(f.name, STR("Host")) ? read_host(h, f.value) : NULL;
    case 6:
        return str_eq_nocase(f.name, STR("Expect")) ? read_expect(h, f.value) : NULL;
    case 10:
        if (str_eq_nocase(f.name, STR("Connection")))
            read_connection(h, f.value);
        return NULL;
    case 14:
        return str_eq_nocase(f.name, STR("Content-Length")) ? read_length(h, f.value) : NULL;
    case 17:
        return str_eq_nocase(f.name, STR("Transfer-Encoding")) ? read_coding(h, f.value) : NULL;
    default:
        return NULL;
    }
}

static const struct http_refusal *read_field(struct http_head *h, str line)
{
    const char *colon = memchr(line.at, ':', line.len);
    struct http_field *f = &h->fields[h->count];

    if (line.at[0] == ' ' || line.at[0] == '\t')
        return &FOLDED;
    if (!is_text(line))
        return &CONTROL;
    if (!colon)
        return &FIELD_NAME;
    if (h->count == HEAD_HEADERS_MAX)
        return &TOO_MANY_FIELDS;
    f->name = (str){ line.at, (size_t)(colon - line.at) };
    if (!is_token(f->name))
        return &FIELD_NAME;
    f->value = trim_blanks((str){ colon + 1, (size_t)(line.at + line.len - colon - 1) });
    h->count++;
    return read_known(h, *f);
}

/* What can only be judged with all fields known. */
static const struct http_refusal *read_end(struct http_head *h)
{
    bool is_bodiless = h->method == HTTP_GET || h->method == HTTP_HEAD;

    if (h->is_chunked && h->has_length)
        return &LENGTH_CHUNKED;
    if (h->is_chunked && h->minor == 0)
        return &CODING;
    if (!h->host.at && h->minor > 0)
        return &HOST_MISSING;
    if (h->is_absolute && h->host.at && !str_eq_nocase(h->host, h->authority))
        return &TARGET_HOST;
    if (is_bodiless && (h->is_chunked || h->content_length))
        return &BODY_UNWANTED;
    if (h->is_absolute && !h->host.at)
        h->host = h->authority;
    h->keep_alive = !h->has_connection_close && (h->minor > 0 || h->has_connection_keep);
    return NULL;
}

void head_begin(struct http_head *h)
{
    memset(h, 0, offsetof(struct http_head, fields));
}

/* Before a whole line is there: what can already be said of its beginning. */
static const struct http_refusal *judge_partial(const struct http_head *h, str bytes)
{
    if (h->has_request_line)
        return bytes.len >= HEAD_BYTES_MAX ? &HEAD_TOO_LONG : NULL;
    if (bytes.len - h->line > HEAD_LINE_MAX + 1) /* its CR included */
        return &LINE_TOO_LONG;
    if (h->line < bytes.len && !TOKEN[(unsigned char)bytes.at[h->line]] &&
        !(h->line == 0 && bytes.at[0] == '\r'))
        return &REQUEST_LINE; /* need not be waited for */
    return NULL;
}

static const struct http_refusal *read_line(struct http_head *h, str line)
{
    if (h->has_request_line)
        return read_field(h, line);
    if (line.len > HEAD_LINE_MAX)
        return &LINE_TOO_LONG;
    h->has_request_line = true;
    return read_request_line(h, line);
}

enum head_result head_read(struct http_head *h, str bytes, const struct http_refusal **out_why)
{
    const char *feed;

    *out_why = NULL;
    while (h->seen < bytes.len && (feed = memchr(bytes.at + h->seen, '\n', bytes.len - h->seen))) {
        str line = { bytes.at + h->line, (size_t)(feed - bytes.at) - h->line };
        size_t next = (size_t)(feed - bytes.at) + 1;
        bool is_leading_blank = h->line == 0 && line.len == 1; /* RFC 9112 2.2: one is ignored */

        if (!line.len || line.at[line.len - 1] != '\r' || memchr(line.at, '\r', line.len - 1))
            *out_why = &LINE_BREAK;
        else if (next > HEAD_BYTES_MAX)
            *out_why = h->has_request_line ? &HEAD_TOO_LONG : &LINE_TOO_LONG;
        else if (line.len > 1)
            *out_why = read_line(h, (str){ line.at, line.len - 1 });
        else if (h->has_request_line)
            *out_why = read_end(h);
        else if (!is_leading_blank)
            *out_why = &REQUEST_LINE;
        if (*out_why)
            return HEAD_REFUSED;
        h->line = h->seen = h->bytes = next;
        if (line.len == 1 && h->has_request_line)
            return HEAD_DONE;
    }
    h->seen = bytes.len;
    *out_why = judge_partial(h, bytes);
    return *out_why ? HEAD_REFUSED : HEAD_MORE;
}

str http_header(const struct http_head *h, str name)
{
    for (size_t i = 0; i < h->count; i++)
        if (str_eq_nocase(h->fields[i].name, name))
            return h->fields[i].value;
    return STR_NONE;
}

size_t http_header_count(const struct http_head *h, str name)
{
    size_t count = 0;

    for (size_t i = 0; i < h->count; i++)
        count += str_eq_nocase(h->fields[i].name, name);
    return count;
}

static str cookie_in(str cookies, str name)
{
    str pair;

    while (str_cut(&cookies, ';', &pair)) {
        pair = trim_blanks(pair);
        if (pair.len > name.len && pair.at[name.len] == '=' && str_starts(pair, name))
            return str_from(pair, name.len + 1);
    }
    return STR_NONE;
}

str http_cookie(const struct http_head *h, str name)
{
    for (size_t i = 0; i < h->count; i++) {
        str value = STR_NONE;

        if (str_eq_nocase(h->fields[i].name, STR("Cookie")))
            value = cookie_in(h->fields[i].value, name);
        if (value.at)
            return value;
    }
    return STR_NONE;
}
