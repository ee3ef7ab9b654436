/* Bytes being written. */
#include "base/buf.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"

struct buf buf_new(struct arena *arena)
{
    return (struct buf){ .arena = arena };
}

/* Room for `more` bytes and the NUL behind them. */
static char *reserve(struct buf *b, size_t more)
{
    size_t wanted;

    if (__builtin_add_overflow(b->len, more + 1, &wanted) || more == SIZE_MAX)
        log_fatal("out of memory: a text of more than %zu bytes", b->len);
    if (wanted > b->room) {
        size_t room = b->room ? b->room * 2 : 256;

        if (room < wanted)
            room = wanted;

        char *at = arena_alloc(b->arena, room);

        if (b->len)
            memcpy(at, b->at, b->len);
        b->at = at;
        b->room = room;
    }
    return b->at + b->len;
}

void buf_bytes(struct buf *b, const void *bytes, size_t size)
{
    char *at = reserve(b, size);

    if (size)
        memcpy(at, bytes, size);
    b->len += size;
}

void buf_add(struct buf *b, str s)
{
    buf_bytes(b, s.at, s.at ? s.len : 0);
}

void buf_char(struct buf *b, char c)
{
    *reserve(b, 1) = c;
    b->len++;
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;

    va_start(args, format);
    va_copy(again, args);

    int wanted = vsnprintf(NULL, 0, format, args);

    va_end(args);
    if (wanted > 0) {
        char *at = reserve(b, (size_t)wanted);

        vsnprintf(at, (size_t)wanted + 1, format, again);
        b->len += (size_t)wanted;
    }
    va_end(again);
}

void buf_int(struct buf *b, int64_t value)
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%" PRId64, value);

    buf_bytes(b, digits, (size_t)len);
}

void buf_json(struct buf *b, str s)
{
    static const char short_escapes[] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'
    };

    buf_char(b, '"');
    for (size_t i = 0; s.at && i < s.len;) {
        unsigned char c = (unsigned char)s.at[i];
        uint32_t point;
        size_t size = str_point(s, i, &point);

        if (size == 0) {
            buf_add(b, STR("\xef\xbf\xbd"));
            i++;
            continue;
        }
        if (c == '"' || c == '\\') {
            buf_char(b, '\\');
            buf_char(b, (char)c);
        } else if (c < sizeof(short_escapes) && short_escapes[c]) {
            buf_char(b, '\\');
            buf_char(b, short_escapes[c]);
        } else if (c < ' ' || c == 0x7f) {
            buf_printf(b, "\\u%04x", c);
        } else {
            buf_bytes(b, s.at + i, size);
        }
        i += size;
    }
    buf_char(b, '"');
}

static const char *html_escape(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void buf_html(struct buf *b, str s)
{
    size_t from = 0;

    for (size_t i = 0; s.at && i < s.len; i++) {
        const char *escape = html_escape(s.at[i]);

        if (!escape)
            continue;
        buf_bytes(b, s.at + from, i - from);
        buf_add(b, str_of(escape));
        from = i + 1;
    }
    if (s.at)
        buf_bytes(b, s.at + from, s.len - from);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
}

str buf_str(struct buf *b)
{
    *reserve(b, 0) = '\0';
    return (str){ b->at, b->len };
}
