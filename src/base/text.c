/* Encodings of text: UTF-8, hex, base64url, base32, percent. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"

static const char HEX[] = "0123456789abcdef";
static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char BASE32[] = "0123456789abcdefghjkmnpqrstvwxyz"; /* Crockford */
enum { BASE32_LETTERS = 13 };

static size_t point_size(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return 2;
    if (first >= 0xe0 && first < 0xf0)
        return 3;
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

size_t str_point(str s, size_t at, uint32_t *out)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

    if (at >= s.len)
        return 0;

    unsigned char first = (unsigned char)s.at[at];
    size_t size = point_size(first);

    if (size == 0 || size > s.len - at)
        return 0;

    uint32_t point = size == 1 ? first : first & (0x7fu >> size);

    for (size_t i = 1; i < size; i++) {
        unsigned char c = (unsigned char)s.at[at + i];

        if ((c & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (c & 0x3fu);
    }
    if (point < least[size] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
        return 0;
    *out = point;
    return size;
}

bool str_is_utf8(str s)
{
    uint32_t point;

    for (size_t i = 0, size; i < s.len; i += size) {
        size = str_point(s, i, &point);
        if (size == 0 || point == 0)
            return false;
    }
    return true;
}

size_t str_points(str s)
{
    size_t count = 0;

    for (size_t i = 0; i < s.len; i++)
        count += ((unsigned char)s.at[i] & 0xc0) != 0x80;
    return count;
}

str str_hex(struct arena *arena, const void *bytes, size_t size)
{
    const unsigned char *in = bytes;
    char *at = arena_array(arena, size + 1, 2);

    for (size_t i = 0; i < size; i++) {
        at[2 * i] = HEX[in[i] >> 4];
        at[2 * i + 1] = HEX[in[i] & 15];
    }
    return (str){ at, 2 * size };
}

str str_base64url(struct arena *arena, const void *bytes, size_t size)
{
    const unsigned char *in = bytes;
    char *at = arena_array(arena, size / 3 + 2, 4);
    size_t len = 0;
    uint32_t bits = 0;
    unsigned held = 0;

    for (size_t i = 0; i < size; i++) {
        bits = bits << 8 | in[i];
        for (held += 8; held >= 6; held -= 6)
            at[len++] = BASE64[bits >> (held - 6) & 63];
    }
    if (held)
        at[len++] = BASE64[bits << (6 - held) & 63];
    return (str){ at, len };
}

static bool letter_value(const char *alphabet, char letter, uint32_t *out)
{
    const char *found = letter ? strchr(alphabet, letter) : NULL;

    if (found)
        *out = (uint32_t)(found - alphabet);
    return found != NULL;
}

bool str_from_base64url(str s, void *out, size_t size)
{
    unsigned char *bytes = out;
    size_t len = 0;
    uint32_t bits = 0, value;
    unsigned held = 0;

    if (s.len != (size * 4 + 2) / 3)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!letter_value(BASE64, s.at[i], &value))
            return false;
        bits = (bits << 6 | value) & 0xffffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes[len++] = (unsigned char)(bits >> held);
        }
    }
    return len == size && (bits & ((1u << held) - 1)) == 0;
}

str str_base32_u64(struct arena *arena, uint64_t value)
{
    char *at = arena_alloc(arena, BASE32_LETTERS + 1);

    for (size_t i = BASE32_LETTERS; i-- > 0; value >>= 5)
        at[i] = BASE32[value & 31];
    at[BASE32_LETTERS] = '\0';
    return (str){ at, BASE32_LETTERS };
}

bool str_from_base32_u64(str s, uint64_t *out)
{
    uint64_t value = 0;
    uint32_t letter;

    if (s.len != BASE32_LETTERS)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!letter_value(BASE32, s.at[i], &letter) || (i == 0 && letter > 15))
            return false;
        value = value << 5 | letter;
    }
    *out = value;
    return true;
}

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

str str_url_encode(struct arena *arena, str s)
{
    static const char upper_hex[] = "0123456789ABCDEF";
    char *at = arena_array(arena, s.len + 1, 3);
    size_t len = 0;

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];

        if (is_unreserved((char)c)) {
            at[len++] = (char)c;
            continue;
        }
        at[len++] = '%';
        at[len++] = upper_hex[c >> 4];
        at[len++] = upper_hex[c & 15];
    }
    return (str){ at, len };
}

static bool hex_value(char c, unsigned *out)
{
    if (c >= '0' && c <= '9')
        *out = (unsigned)(c - '0');
    else if (c >= 'a' && c <= 'f')
        *out = (unsigned)(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F')
        *out = (unsigned)(c - 'A' + 10);
    else
        return false;
    return true;
}

bool str_url_decode(struct arena *arena, str s, bool plus_is_space, str *out)
{
    char *at = arena_alloc(arena, s.len + 1);
    size_t len = 0;

    for (size_t i = 0; i < s.len; i++) {
        unsigned high, low;
        char c = s.at[i];

        if (c == '%') {
            if (s.len - i < 3 || !hex_value(s.at[i + 1], &high) || !hex_value(s.at[i + 2], &low))
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        at[len++] = c;
    }
    at[len] = '\0';
    *out = (str){ at, len };
    return true;
}
