/* Names with values: headers, queries, cookies, forms. Few at a time, so a walk is the quickest
 * search. */
#include "http/parts.h"

#include <string.h>

enum { PAIRS_MOST = 2000 };

struct pairs pairs_new(struct arena *arena)
{
    return (struct pairs){ .arena = arena };
}

void pairs_add(struct pairs *pairs, str name, str value)
{
    if (pairs->count == pairs->room) {
        size_t room = pairs->room ? pairs->room * 2 : 8;
        struct pair *at = ARENA_ARRAY(pairs->arena, struct pair, room);
        if (pairs->count > 0)
            memcpy(at, pairs->at, pairs->count * sizeof *at);
        pairs->at = at;
        pairs->room = room;
    }
    pairs->at[pairs->count++] = (struct pair){ name, value };
}

str pairs_first(const struct pairs *pairs, str name)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (str_eq(pairs->at[i].name, name))
            return pairs->at[i].value;
    }
    return STR_NONE;
}

str pairs_last(const struct pairs *pairs, str name)
{
    for (size_t i = pairs->count; i > 0; i--) {
        if (str_eq(pairs->at[i - 1].name, name))
            return pairs->at[i - 1].value;
    }
    return STR_NONE;
}

str pairs_first_nocase(const struct pairs *pairs, str name)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (str_eq_nocase(pairs->at[i].name, name))
            return pairs->at[i].value;
    }
    return STR_NONE;
}

static bool decode(struct arena *arena, str text, str *out)
{
    if (!str_url_decode(arena, text, true, out))
        return false;
    if (out->at == NULL)
        *out = STR("");
    return str_is_utf8(*out);
}

bool pairs_read_urlencoded(struct pairs *pairs, str text)
{
    str part = STR_NONE;

    while (str_cut(&text, '&', &part)) {
        str name = part, value = STR("");
        size_t at = 0;
        if (part.len == 0)
            continue;
        if (pairs->count == PAIRS_MOST)
            return false;
        if (str_find(part, '=', &at)) {
            name = str_first(part, at);
            value = str_from(part, at + 1);
        }
        if (!decode(pairs->arena, name, &name) || !decode(pairs->arena, value, &value))
            return false;
        pairs_add(pairs, name, value);
    }
    return true;
}

/* Cookies that are not ours may hold anything: they are passed over, never refused. */
void pairs_read_cookies(struct pairs *pairs, str header)
{
    str part = STR_NONE;

    while (str_cut(&header, ';', &part)) {
        size_t at = 0;
        part = str_trim(part);
        if (!str_find(part, '=', &at) || pairs->count == PAIRS_MOST)
            continue;
        str value = str_trim(str_from(part, at + 1));
        if (value.len >= 2 && value.at[0] == '"' && value.at[value.len - 1] == '"')
            value = str_first(str_from(value, 1), value.len - 2);
        pairs_add(pairs, str_trim(str_first(part, at)), value);
    }
}
