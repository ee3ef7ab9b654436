/* Reading and cleaning of http and https addresses. */
#include "base/url.h"

#include "base/arena.h"
#include "base/buf.h"

#include <string.h>

const struct err URL_BROKEN = { ERR_INVALID, "url",
    N_("This is not a web address. It begins with https:// and the name of a site."), NULL };

enum { URL_MAX = 2000, LABEL_MAX = 63 };

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Bytes that RFC 3986 knows nowhere in an address, or that browsers read in their own way. */
static bool is_foreign(unsigned char c)
{
    return c <= ' ' || c > '~' || strchr("\"<>\\^`{|}", c) != NULL;
}

static bool is_well_spelled(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_foreign((unsigned char)text.at[i]))
            return false;
        if (text.at[i] == '%' &&
            (i + 2 >= text.len || !is_hex(text.at[i + 1]) || !is_hex(text.at[i + 2])))
            return false;
    }
    return true;
}

static bool is_host(str host)
{
    if (host.len == 0 || host.len > URL_HOST_MAX)
        return false;
    size_t label = 0;
    for (size_t i = 0; i <= host.len; i++) {
        char c = i < host.len ? host.at[i] : '.';
        if (c == '.') {
            if (label == 0 || label > LABEL_MAX || host.at[i - 1] == '-')
                return false;
            label = 0;
            continue;
        }
        if (!is_alnum(c) && (c != '-' || label == 0))
            return false;
        label++;
    }
    return true;
}

static bool port_read(str text, int32_t *out)
{
    int64_t port;
    if (text.len == 0 || text.len > 5 || !str_to_int(text, &port) || port < 1 || port > 65535)
        return false;
    *out = (int32_t)port;
    return true;
}

static size_t first_of(str text, const char *any)
{
    size_t i = 0;
    while (i < text.len && !strchr(any, text.at[i]))
        i++;
    return i;
}

bool url_read(str text, struct url *out)
{
    struct url u = { 0 };
    if (!text.at || text.len > URL_MAX || !is_well_spelled(text))
        return false;
    if (str_eq_nocase(str_first(text, 8), STR("https://")))
        u.scheme = STR("https");
    else if (str_eq_nocase(str_first(text, 7), STR("http://")))
        u.scheme = STR("http");
    else
        return false;

    str rest = str_from(text, u.scheme.len + 3);
    size_t ends = first_of(rest, "/?#");
    str authority = str_first(rest, ends);
    rest = str_from(rest, ends);
    size_t colon;
    u.host = authority;
    if (str_find(authority, ':', &colon)) {
        u.host = str_first(authority, colon);
        if (!port_read(str_from(authority, colon + 1), &u.port))
            return false;
    }
    if (!is_host(u.host)) /* which knows no '@' */
        return false;

    size_t hash, mark;
    if (str_find(rest, '#', &hash)) {
        u.fragment = str_from(rest, hash + 1);
        rest = str_first(rest, hash);
    }
    u.path = rest;
    if (str_find(rest, '?', &mark)) {
        u.query = str_from(rest, mark + 1);
        u.path = str_first(rest, mark);
    }
    *out = u;
    return true;
}

/* ---- allowed hosts
 * -------------------------------------------------------------------------------------- */

static bool is_below(str host, str domain)
{
    if (host.len < domain.len || domain.len == 0)
        return false;
    if (!str_eq_nocase(str_from(host, host.len - domain.len), domain))
        return false;
    return host.len == domain.len || host.at[host.len - domain.len - 1] == '.';
}

bool url_allowed(const struct url *u, const str *domains, size_t count)
{
    int32_t own = str_eq(u->scheme, STR("https")) ? 443 : 80;
    int32_t port = u->port ? u->port : own;
    for (size_t i = 0; i < count; i++) {
        str domain = domains[i];
        int32_t wanted = own;
        size_t colon;
        if (str_find(domain, ':', &colon)) {
            if (!port_read(str_from(domain, colon + 1), &wanted))
                continue;
            domain = str_first(domain, colon);
        }
        if (port == wanted && is_below(u->host, domain))
            return true;
    }
    return false;
}

size_t url_host_copy(str text, char out[URL_HOST_MAX])
{
    const char *slashes = text.at ? memmem(text.at, text.len, "://", 3) : NULL;
    if (!slashes)
        return 0;
    str rest = str_from(text, (size_t)(slashes - text.at) + 3);
    str host = str_first(rest, first_of(rest, "/?#"));
    size_t at;
    while (str_find(host, '@', &at))
        host = str_from(host, at + 1);
    if (str_find(host, ':', &at))
        host = str_first(host, at);
    if (!is_host(host))
        return 0;
    for (size_t i = 0; i < host.len; i++)
        out[i] = host.at[i] >= 'A' && host.at[i] <= 'Z' ? (char)(host.at[i] + 32) : host.at[i];
    return host.len;
}

str url_host_of(struct arena *arena, str text)
{
    char host[URL_HOST_MAX];
    size_t len = url_host_copy(text, host);
    return len > 0 ? str_dup(arena, (str){ host, len }) : STR_NONE;
}

/* ---- what a person pasted
 * ------------------------------------------------------------------------------- */

/* Strict by str_is_utf8, which the caller has asked. */
static uint32_t next_point(str *text)
{
    const unsigned char *at = (const unsigned char *)text->at;
    size_t more = at[0] < 0x80 ? 0 : at[0] < 0xe0 ? 1 : at[0] < 0xf0 ? 2 : 3;
    uint32_t point = more == 0 ? at[0] : at[0] & (0x3fu >> more);
    for (size_t i = 1; i <= more; i++)
        point = point << 6 | (at[i] & 0x3f);
    *text = str_from(*text, more + 1);
    return point;
}

/* The scripts in which European shops have their names; other letters have no case. */
static uint32_t lower_point(uint32_t c)
{
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) ||
        (c >= 0x410 && c <= 0x42f))
        return c + 32;
    if (c >= 0x400 && c <= 0x40f)
        return c + 80;
    if ((c >= 0x100 && c <= 0x12f) || (c >= 0x132 && c <= 0x137) || (c >= 0x14a && c <= 0x177))
        return c | 1;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
        return c & 1 ? c + 1 : c;
    return c;
}

static bool is_letter_point(uint32_t c)
{
    return (c >= 0xdf && c <= 0x1fff && c != 0xf7) || (c >= 0x3005 && c <= 0xd7ff) ||
           (c >= 0xf900 && c <= 0xfdff) || (c >= 0x20000 && c <= 0x3ffff);
}

/* RFC 3492. False: a label that would be too long. */
static uint32_t adapt(uint32_t delta, uint32_t points, bool is_first)
{
    uint32_t k = 0;
    delta = is_first ? delta / 700 : delta / 2;
    delta += delta / points;
    for (; delta > 455; k += 36)
        delta /= 35;
    return k + 36 * delta / (delta + 38);
}

static char digit_of(uint32_t d)
{
    return (char)(d < 26 ? 'a' + d : '0' + (d - 26));
}

static void add_variable(struct buf *out, uint32_t delta, uint32_t bias)
{
    uint32_t q = delta;
    for (uint32_t k = 36;; k += 36) {
        uint32_t t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
        if (q < t)
            break;
        buf_char(out, digit_of(t + (q - t) % (36 - t)));
        q = (q - t) / (36 - t);
    }
    buf_char(out, digit_of(q));
}

static void add_punycode(struct buf *out, const uint32_t *points, uint32_t count)
{
    uint32_t n = 128, delta = 0, bias = 72, handled = 0;
    for (uint32_t i = 0; i < count; i++)
        if (points[i] < 128) {
            buf_char(out, (char)points[i]);
            handled++;
        }
    uint32_t basic = handled;
    if (basic > 0)
        buf_char(out, '-');
    while (handled < count) {
        uint32_t next = UINT32_MAX;
        for (uint32_t i = 0; i < count; i++)
            if (points[i] >= n && points[i] < next)
                next = points[i];
        delta += (next - n) * (handled + 1); /* labels have at most 63 points: no overflow */
        n = next;
        for (uint32_t i = 0; i < count; i++) {
            delta += points[i] < n;
            if (points[i] != n)
                continue;
            add_variable(out, delta, bias);
            bias = adapt(delta, handled + 1, handled == basic);
            delta = 0;
            handled++;
        }
        delta++;
        n++;
    }
}

static bool add_label(struct buf *out, const uint32_t *points, uint32_t count)
{
    bool is_ascii = true;
    for (uint32_t i = 0; i < count; i++)
        is_ascii = is_ascii && points[i] < 128;
    if (!is_ascii) {
        buf_add(out, STR("xn--"));
        add_punycode(out, points, count);
        return true;
    }
    for (uint32_t i = 0; i < count; i++)
        buf_char(out, (char)points[i]);
    return true;
}

/* The host in lower-case ASCII; false when it holds what no host can. */
static bool add_host(struct buf *out, str host)
{
    uint32_t points[LABEL_MAX], count = 0;
    while (host.len > 0) {
        uint32_t c = lower_point(next_point(&host));
        if (c == '.' || c == 0x3002) {
            add_label(out, points, count);
            buf_char(out, '.');
            count = 0;
            continue;
        }
        if (count == LABEL_MAX || (c >= 0x80 && !is_letter_point(c)))
            return false;
        points[count++] = c;
    }
    return add_label(out, points, count);
}

static void add_escaped(struct buf *out, str rest)
{
    for (size_t i = 0; i < rest.len; i++) {
        unsigned char c = (unsigned char)rest.at[i];
        bool is_escape =
            c == '%' && i + 2 < rest.len && is_hex(rest.at[i + 1]) && is_hex(rest.at[i + 2]);
        if (is_foreign(c) || (c == '%' && !is_escape))
            buf_printf(out, "%%%02X", c);
        else
            buf_char(out, (char)c);
    }
}

static bool has_control(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < ' ' || text.at[i] == 127 || text.at[i] == '\\')
            return true;
    return false;
}

err url_clean(struct arena *arena, str text, str *out)
{
    text = str_trim(text);
    if (!text.at || text.len == 0 || text.len > URL_MAX || has_control(text) || !str_is_utf8(text))
        return &URL_BROKEN;

    struct buf b = buf_new(arena);
    if (str_eq_nocase(str_first(text, 7), STR("http://"))) {
        buf_add(&b, STR("http://"));
        text = str_from(text, 7);
    } else {
        buf_add(&b, STR("https://"));
        text = str_from(text, str_eq_nocase(str_first(text, 8), STR("https://")) ? 8 : 0);
    }
    size_t ends = first_of(text, "/?#"), colon = 0;
    str authority = str_first(text, ends), port = STR_NONE;
    if (str_find(authority, ':', &colon)) {
        port = str_from(authority, colon);
        authority = str_first(authority, colon);
    }
    if (!add_host(&b, authority))
        return &URL_BROKEN;
    buf_add(&b, port);
    add_escaped(&b, str_from(text, ends));

    struct url u;
    if (!url_read(buf_str(&b), &u))
        return &URL_BROKEN;
    *out = buf_str(&b);
    return NULL;
}
