/* The target of a request line: origin form, absolute form of http and https, and "*" for OPTIONS.
 */
#include "http/target.h"

#include <string.h>

#include "http/host.h"

/* clang-format off */
enum { IN_PATH = 1, IN_QUERY = 2, HEX = 4, BOTH = IN_PATH | IN_QUERY };

/* What may stand as it is. Wider than RFC 3986 by what browsers send unencoded: [ ] { } | ^ ` and, in a query,
 * backslash; a shopper must not be turned away for a partner's odd link. */
static const unsigned char CLASS[256] = {
    ['0' ... '9'] = BOTH | HEX, ['A' ... 'F'] = BOTH | HEX, ['a' ... 'f'] = BOTH | HEX,
    ['G' ... 'Z'] = BOTH, ['g' ... 'z'] = BOTH,
    ['-'] = BOTH, ['.'] = BOTH, ['_'] = BOTH, ['~'] = BOTH,
    ['!'] = BOTH, ['$'] = BOTH, ['&'] = BOTH, ['\''] = BOTH, ['('] = BOTH, [')'] = BOTH,
    ['*'] = BOTH, ['+'] = BOTH, [','] = BOTH, [';'] = BOTH, ['='] = BOTH,
    [':'] = BOTH, ['@'] = BOTH, ['/'] = BOTH, ['%'] = BOTH,
    ['['] = BOTH, [']'] = BOTH, ['{'] = BOTH, ['}'] = BOTH, ['|'] = BOTH, ['^'] = BOTH, ['`'] = BOTH,
    ['?'] = IN_QUERY, ['\\'] = IN_QUERY,
};
/* clang-format on */

static bool is_all(str s, unsigned char class)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!(CLASS[(unsigned char)s.at[i]] & class))
            return false;
        if (s.at[i] != '%')
            continue;
        if (s.len - i < 3 || !(CLASS[(unsigned char)s.at[i + 1]] & HEX) ||
            !(CLASS[(unsigned char)s.at[i + 2]] & HEX))
            return false;
        if (class == IN_PATH && s.at[i + 1] == '0' && s.at[i + 2] == '0')
            return false; /* a NUL in a path serves nobody */
    }
    return true;
}

/* Odd, but it still says where it ends: no white space, no control character. */
static bool read_query(struct http_head *h, str query)
{
    h->query = query;
    h->query_is_odd = !is_all(query, IN_QUERY);
    return !h->query_is_odd || !memchr(query.at, ' ', query.len);
}

static bool read_origin(struct http_head *h, str s)
{
    size_t mark;

    h->path = str_find(s, '?', &mark) ? str_first(s, mark) : s;
    if (!is_all(h->path, IN_PATH))
        return false;
    return h->path.len == s.len || read_query(h, str_from(s, mark + 1));
}

static size_t scheme_length(str s)
{
    if (str_eq_nocase(str_first(s, 7), STR("http://")))
        return 7;
    return str_eq_nocase(str_first(s, 8), STR("https://")) ? 8 : 0;
}

static bool read_absolute(struct http_head *h, str s)
{
    size_t scheme = scheme_length(s), end = scheme;

    if (!scheme)
        return false;
    while (end < s.len && s.at[end] != '/' && s.at[end] != '?')
        end++;
    h->authority = (str){ s.at + scheme, end - scheme };
    h->is_absolute = true;
    if (!host_is_valid(h->authority))
        return false;
    s = str_from(s, end);
    if (s.len && s.at[0] == '/')
        return read_origin(h, s);
    h->path = STR("/");
    return !s.len || read_query(h, str_from(s, 1));
}

bool target_read(struct http_head *h)
{
    if (h->target.at[0] == '/')
        return h->target.len && read_origin(h, h->target);
    if (str_eq(h->target, STR("*"))) {
        h->path = h->target;
        return h->method == HTTP_OPTIONS;
    }
    return read_absolute(h, h->target);
}
