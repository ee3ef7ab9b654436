/* The PROXY protocol (versions 1 and 2) and the Forwarded fields. */
#include "http/proxy.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { V1_MAX = 107, V2_HEAD = 16, V2_MAX = 2048 };

const struct err EDGE_TRUSTED = { ERR_INVALID, "edge_trusted",
    N_("A trusted proxy is written as an address or a block such as 10.0.0.0/8."), NULL };

err trust_read(strs texts, struct trust *out)
{
    struct trust t = { .blocks = calloc(texts.count + 1, sizeof *t.blocks) };

    if (!t.blocks)
        log_fatal("out of memory");
    for (size_t i = 0; i < texts.count; i++) {
        if (address_block_read(texts.at[i], &t.blocks[t.count++]))
            continue;
        log_line(LOG_ERROR, "not an address or block: %" PRI_STR, STR_ARG(texts.at[i]));
        free(t.blocks);
        return &EDGE_TRUSTED;
    }
    *out = t;
    return NULL;
}

void trust_free(struct trust *t)
{
    free(t->blocks);
}

bool trust_has(const struct trust *t, struct address a)
{
    for (size_t i = 0; i < t->count; i++)
        if (address_in(a, t->blocks[i]))
            return true;
    return address_is_none(a);
}

/* "PROXY TCP4 198.51.100.1 203.0.113.1 35646 80\r\n" */
static enum proxy_result read_v1(str bytes, size_t *out_used, struct address *visitor)
{
    str line = str_first(bytes, V1_MAX), word;
    size_t end;

    if (!str_find(line, '\n', &end))
        return bytes.len < V1_MAX ? PROXY_MORE : PROXY_BAD;
    if (end < 7 || line.at[end - 1] != '\r')
        return PROXY_BAD;
    *out_used = end + 1;
    line = str_from(str_first(line, end - 1), 6);
    if (!str_cut(&line, ' ', &word))
        return PROXY_BAD;
    if (str_eq(word, STR("UNKNOWN")))
        return PROXY_DONE;
    if (!str_eq(word, STR("TCP4")) && !str_eq(word, STR("TCP6")))
        return PROXY_BAD;
    return str_cut(&line, ' ', &word) && address_read(word, visitor) ? PROXY_DONE : PROXY_BAD;
}

static enum proxy_result read_v2(str bytes, size_t *out_used, struct address *visitor)
{
    static const unsigned char MAPPED[12] = { [10] = 0xff, [11] = 0xff };
    const unsigned char *b = (const unsigned char *)bytes.at;
    size_t length;

    if (bytes.len < V2_HEAD)
        return PROXY_MORE;
    length = (size_t)b[14] << 8 | b[15];
    if (b[12] >> 4 != 2 || length > V2_MAX)
        return PROXY_BAD;
    if (bytes.len < V2_HEAD + length)
        return PROXY_MORE;
    *out_used = V2_HEAD + length;
    if ((b[12] & 15) == 0)
        return PROXY_DONE; /* LOCAL: a health check of the proxy itself */
    if ((b[12] & 15) != 1)
        return PROXY_BAD;
    if (b[13] == 0x11 && length >= 12) {
        memcpy(visitor->ip, MAPPED, sizeof MAPPED);
        memcpy(visitor->ip + 12, b + V2_HEAD, 4);
    } else if (b[13] == 0x21 && length >= 36) {
        memcpy(visitor->ip, b + V2_HEAD, 16);
    } else if (b[13] != 0) {
        return PROXY_BAD;
    }
    return PROXY_DONE;
}

enum proxy_result proxy_read(str bytes, size_t *out_used, struct address *visitor)
{
    static const str V1 = { "PROXY ", 6 }, V2 = { "\r\n\r\n\0\r\nQUIT\n", 12 };

    *out_used = 0;
    if (str_starts(bytes, V1))
        return read_v1(bytes, out_used, visitor);
    if (str_starts(bytes, V2))
        return read_v2(bytes, out_used, visitor);
    return str_starts(V1, bytes) || str_starts(V2, bytes) ? PROXY_MORE : PROXY_BAD;
}

/* "203.0.113.9", "203.0.113.9:4711", "[2001:db8::1]:80", "2001:db8::1", each perhaps quoted. */
static bool read_node(str s, struct address *out)
{
    size_t at;

    s = str_trim(s);
    if (s.len >= 2 && s.at[0] == '"' && s.at[s.len - 1] == '"')
        s = (str){ s.at + 1, s.len - 2 };
    if (s.len && s.at[0] == '[')
        return str_find(s, ']', &at) && address_read((str){ s.at + 1, at - 1 }, out);
    if (address_read(s, out))
        return true;
    return str_find(s, ':', &at) && address_read(str_first(s, at), out);
}

/* One part of a Forwarded element: false when there is none of that name. */
static bool forwarded_part(str element, str name, str *out)
{
    str pair;

    while (str_cut(&element, ';', &pair)) {
        size_t at;

        pair = str_trim(pair);
        if (str_find(pair, '=', &at) && str_eq_nocase(str_first(pair, at), name)) {
            *out = str_from(pair, at + 1);
            return true;
        }
    }
    return false;
}

static bool is_https(str s)
{
    s = str_trim(s);
    return str_eq_nocase(s, STR("https")) || str_eq_nocase(s, STR("\"https\""));
}

struct walk {
    enum forwarded_by by;
    const struct trust *trust;
    struct address *visitor;
    bool *is_tls;
};

/* One hop, from the right. True when the walk ends here. */
static bool hop(struct walk *w, str element)
{
    struct address a;
    str text = element, proto;

    if (w->by == FORWARDED_RFC_7239) {
        if (forwarded_part(element, STR("proto"), &proto))
            *w->is_tls = is_https(proto);
        if (!forwarded_part(element, STR("for"), &text))
            return true;
    }
    if (!read_node(text, &a))
        return true; /* "unknown" or nonsense: what stands left of it cannot be believed either */
    *w->visitor = a;
    return !trust_has(w->trust, a);
}

static bool walk_field(struct walk *w, str value)
{
    while (value.len) {
        size_t comma = value.len;

        while (comma && value.at[comma - 1] != ',')
            comma--;
        if (hop(w, str_from(value, comma)))
            return true;
        value.len = comma ? comma - 1 : 0;
    }
    return false;
}

void forwarded_read(const struct http_head *h, enum forwarded_by by, const struct trust *trust,
    struct address *visitor, bool *is_tls)
{
    struct walk w = { by, trust, visitor, is_tls };
    str name = by == FORWARDED_X ? STR("X-Forwarded-For") : STR("Forwarded");

    if (by == FORWARDED_NOT)
        return;
    if (by == FORWARDED_X) {
        str proto = http_header(h, STR("X-Forwarded-Proto"));
        str last = proto;

        while (str_cut(&proto, ',', &last))
            ;
        *is_tls = is_https(last);
    }
    for (size_t i = h->count; i-- > 0;)
        if (str_eq_nocase(h->fields[i].name, name) && walk_field(&w, h->fields[i].value))
            return;
}
