/* Borrowed text: comparing, cutting, copying. Encodings are in text.c. */
#include "base/str.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

str str_of(const char *c)
{
    return c ? (str){ c, strlen(c) } : STR_NONE;
}

static str copy(struct arena *arena, str s)
{
    char *at = arena_alloc(arena, s.len + 1);

    if (s.len)
        memcpy(at, s.at, s.len);
    at[s.len] = '\0';
    return (str){ at, s.len };
}

str str_dup(struct arena *arena, str s)
{
    return s.at ? copy(arena, s) : STR_NONE;
}

const char *str_c(struct arena *arena, str s)
{
    return copy(arena, s.at ? s : STR("")).at;
}

str str_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;

    va_copy(again, args);

    int wanted = vsnprintf(NULL, 0, format, args);
    size_t len = wanted < 0 ? 0 : (size_t)wanted;
    char *at = arena_alloc(arena, len + 1);

    at[0] = '\0';
    vsnprintf(at, len + 1, format, again);
    va_end(again);
    return (str){ at, len };
}

str str_printf(struct arena *arena, const char *format, ...)
{
    va_list args;

    va_start(args, format);

    str out = str_vprintf(arena, format, args);

    va_end(args);
    return out;
}

bool str_eq(str a, str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static uint64_t load8(const char *at)
{
    uint64_t eight;

    memcpy(&eight, at, 8);
    return eight;
}

/* The letters of a text of up to eight, each at least once and in the same places for every text of
 * that length. */
static uint64_t load_few(const char *at, size_t len)
{
    const unsigned char *u = (const unsigned char *)at;
    uint32_t low, high;

    if (len == 8)
        return load8(at);
    if (len >= 4) {
        memcpy(&low, at, 4);
        memcpy(&high, at + len - 4, 4);
        return low | (uint64_t)high << 32;
    }
    return len ? u[0] | (uint64_t)u[len / 2] << 8 | (uint64_t)u[len - 1] << 16 : 0;
}

static uint64_t lower8(uint64_t eight)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones * 0x80;
    uint64_t low = eight & ~highs;
    uint64_t from_a = low + ones * (0x80 - 'A'), above_z = low + ones * (0x7f - 'Z');

    return eight | ((from_a ^ above_z) & ~eight & highs) >> 2;
}

bool str_eq_nocase(str a, str b)
{
    size_t i = 0;

    if (a.len != b.len)
        return false;
    for (; i + 8 < a.len; i += 8)
        if (lower8(load8(a.at + i)) != lower8(load8(b.at + i)))
            return false;
    return lower8(load_few(a.at + i, a.len - i)) == lower8(load_few(b.at + i, a.len - i));
}

static uint64_t fold(uint64_t hash, uint64_t eight, uint64_t seed)
{
    const uint64_t cases = UINT64_C(0x2020202020202020);
    unsigned __int128 product =
        (unsigned __int128)(hash ^ (eight | cases)) * UINT64_C(0xbf58476d1ce4e5b9);

    return (uint64_t)product ^ (uint64_t)(product >> 64) ^ seed;
}

uint64_t str_hash_nocase(str s, uint64_t seed)
{
    uint64_t hash = seed ^ s.len * UINT64_C(0x9e3779b97f4a7c15);
    size_t i = 0;

    for (; i + 8 < s.len; i += 8)
        hash = fold(hash, load8(s.at + i), seed);
    hash = fold(hash, load_few(s.at + i, s.len - i), seed);
    return (hash ^ hash >> 32) * UINT64_C(0x9e3779b97f4a7c15);
}

int str_cmp(str a, str b)
{
    size_t both = a.len < b.len ? a.len : b.len;
    int order = both ? memcmp(a.at, b.at, both) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool str_empty(str s)
{
    return !s.at || s.len == 0;
}

bool str_starts(str s, str prefix)
{
    return s.len >= prefix.len && str_eq(str_first(s, prefix.len), prefix);
}

bool str_ends(str s, str suffix)
{
    return s.len >= suffix.len && str_eq(str_from(s, s.len - suffix.len), suffix);
}

bool str_has(str s, str needle)
{
    return needle.len == 0 || (s.len && memmem(s.at, s.len, needle.at, needle.len) != NULL);
}

bool str_find(str s, char c, size_t *out_at)
{
    const char *found = s.len ? memchr(s.at, c, s.len) : NULL;

    if (found)
        *out_at = (size_t)(found - s.at);
    return found != NULL;
}

str str_from(str s, size_t at)
{
    if (at > s.len)
        at = s.len;
    return s.at ? (str){ s.at + at, s.len - at } : s;
}

str str_first(str s, size_t count)
{
    return (str){ s.at, count < s.len ? count : s.len };
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

str str_trim(str s)
{
    while (s.len && is_space(s.at[s.len - 1]))
        s.len--;
    while (s.len && is_space(s.at[0]))
        s = str_from(s, 1);
    return s;
}

bool str_cut(str *s, char separator, str *out)
{
    size_t at;

    if (!s->at)
        return false;
    if (str_find(*s, separator, &at)) {
        *out = str_first(*s, at);
        *s = str_from(*s, at + 1);
    } else {
        *out = *s;
        *s = STR_NONE;
    }
    return true;
}

static str map(struct arena *arena, str s, char (*fn)(char))
{
    if (!s.at)
        return s;

    char *at = arena_alloc(arena, s.len + 1);

    for (size_t i = 0; i < s.len; i++)
        at[i] = fn(s.at[i]);
    at[s.len] = '\0';
    return (str){ at, s.len };
}

str str_lower(struct arena *arena, str s)
{
    return map(arena, s, lower);
}

str str_upper(struct arena *arena, str s)
{
    return map(arena, s, upper);
}

str str_replace(struct arena *arena, str s, str what, str with)
{
    struct buf out = buf_new(arena);

    if (!s.at || what.len == 0)
        return s;
    while (s.len) {
        const char *found = memmem(s.at, s.len, what.at, what.len);

        if (!found)
            break;
        buf_add(&out, str_first(s, (size_t)(found - s.at)));
        buf_add(&out, with);
        s = str_from(s, (size_t)(found - s.at) + what.len);
    }
    buf_add(&out, s);
    return buf_str(&out);
}

static bool digits_to_uint(str s, uint64_t *out)
{
    uint64_t value = 0;

    if (str_empty(s))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
        if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.at[i] - '0'), &value))
            return false;
    }
    *out = value;
    return true;
}

bool str_to_uint(str s, uint64_t *out)
{
    return digits_to_uint(s, out);
}

bool str_to_int(str s, int64_t *out)
{
    bool negative = str_starts(s, STR("-"));
    uint64_t digits;

    if (!digits_to_uint(negative ? str_from(s, 1) : s, &digits))
        return false;
    if (digits > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    *out = negative ? (int64_t)(0 - digits) : (int64_t)digits;
    return true;
}
