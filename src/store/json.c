/* The little JSON that rows need. */
#include "store/json.h"

#include <string.h>

#include "base/arena.h"

struct json_reader json_reader(struct arena *arena, str text)
{
    return (struct json_reader){ text.at, text.at + text.len, arena };
}

static void skip(struct json_reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
        r->at++;
}

bool json_is(struct json_reader *r, char c)
{
    skip(r);
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

bool json_word(struct json_reader *r, const char *word)
{
    size_t len = strlen(word);
    skip(r);
    if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
        return false;
    r->at += len;
    return true;
}

bool json_end(struct json_reader *r)
{
    skip(r);
    return r->at == r->end;
}

bool json_int(struct json_reader *r, int64_t *out)
{
    skip(r);
    const char *from = r->at;
    while (r->at < r->end && (*r->at == '-' || (*r->at >= '0' && *r->at <= '9')))
        r->at++;
    return str_to_int((str){ from, (size_t)(r->at - from) }, out);
}

/* ---- texts ---------------------------------------------------------------------------------- */

static bool hex4(struct json_reader *r, uint32_t *out)
{
    uint32_t value = 0;
    if (r->end - r->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = *r->at++;
        uint32_t digit;
        if (c >= '0' && c <= '9')
            digit = (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (uint32_t)(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F')
            digit = (uint32_t)(c - 'A') + 10;
        else
            return false;
        value = value << 4 | digit;
    }
    *out = value;
    return true;
}

static void add_point(struct buf *b, uint32_t point)
{
    if (point < 0x80) {
        buf_char(b, (char)point);
        return;
    }
    if (point < 0x800) {
        buf_char(b, (char)(0xC0 | point >> 6));
    } else {
        if (point < 0x10000) {
            buf_char(b, (char)(0xE0 | point >> 12));
        } else {
            buf_char(b, (char)(0xF0 | point >> 18));
            buf_char(b, (char)(0x80 | (point >> 12 & 0x3F)));
        }
        buf_char(b, (char)(0x80 | (point >> 6 & 0x3F)));
    }
    buf_char(b, (char)(0x80 | (point & 0x3F)));
}

static bool unicode(struct json_reader *r, struct buf *b)
{
    uint32_t point, low;
    if (!hex4(r, &point) || (point >= 0xDC00 && point <= 0xDFFF))
        return false;
    if (point >= 0xD800 && point <= 0xDBFF) {
        if (r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u')
            return false;
        r->at += 2;
        if (!hex4(r, &low) || low < 0xDC00 || low > 0xDFFF)
            return false;
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    }
    add_point(b, point);
    return true;
}

static bool escape(struct json_reader *r, struct buf *b)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    if (r->at == r->end)
        return false;
    char c = *r->at++;
    if (c == 'u')
        return unicode(r, b);
    const char *found = c ? strchr(names, c) : NULL;
    if (!found)
        return false;
    buf_char(b, values[found - names]);
    return true;
}

bool json_text(struct json_reader *r, str *out)
{
    if (!json_is(r, '"'))
        return false;
    struct buf b = buf_new(r->arena);
    while (r->at < r->end && *r->at != '"') {
        unsigned char c = (unsigned char)*r->at++;
        if (c < 0x20)
            return false;
        if (c != '\\')
            buf_char(&b, (char)c);
        else if (!escape(r, &b))
            return false;
    }
    if (r->at == r->end)
        return false;
    r->at++;
    *out = buf_str(&b);
    if (!out->at)
        *out = STR("");
    return true;
}

bool json_key(struct json_reader *r, const char *name)
{
    str key;
    return json_text(r, &key) && str_eq(key, str_of(name)) && json_is(r, ':');
}

/* ---- lists of texts ------------------------------------------------------------------------- */

bool json_strs(struct arena *arena, str text, strs *out)
{
    *out = (strs){ NULL, 0 };
    if (str_empty(text))
        return true;
    struct json_reader r = json_reader(arena, text);
    size_t room = 0;
    if (!json_is(&r, '['))
        return false;
    if (json_is(&r, ']'))
        return json_end(&r);
    do {
        if (out->count == room) {
            str *more = ARENA_ARRAY(arena, str, room * 2 + 4);
            if (out->count > 0)
                memcpy(more, out->at, out->count * sizeof(str));
            out->at = more;
            room = room * 2 + 4;
        }
        if (!json_text(&r, &out->at[out->count++]))
            return false;
    } while (json_is(&r, ','));
    return json_is(&r, ']') && json_end(&r);
}

str json_of_strs(struct arena *arena, strs list)
{
    struct buf b = buf_new(arena);
    buf_char(&b, '[');
    for (size_t i = 0; i < list.count; i++) {
        if (i > 0)
            buf_char(&b, ',');
        buf_json(&b, list.at[i]);
    }
    buf_char(&b, ']');
    return buf_str(&b);
}
