/* Which migration comes next: they run in the order of their names, but a table is made before
 * those that refer to it. */
#include "store/inside.h"

#include <ctype.h>
#include <string.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The word after `before`, from *at on. */
static bool next_name(const char **at, const char *before, str *out)
{
    const char *found = strstr(*at, before);
    if (!found)
        return false;
    found += strlen(before);
    size_t len = 0;
    while (is_word(found[len]))
        len++;
    *out = (str){ found, len };
    *at = found + len;
    return true;
}

static bool makes(const struct migration *m, str table)
{
    const char *at = m->sql;
    str name;
    while (next_name(&at, "CREATE TABLE ", &name))
        if (str_eq(name, table))
            return true;
    return false;
}

static bool is_made_elsewhere(const struct store *s, const bool *done, size_t i, str table)
{
    if (makes(&s->migrations[i], table))
        return false;
    for (size_t j = 0; j < s->migration_count; j++)
        if (!done[j] && j != i && makes(&s->migrations[j], table))
            return true;
    return false;
}

static bool may_run(const struct store *s, const bool *done, size_t i)
{
    const char *at = s->migrations[i].sql;
    str table;
    while (next_name(&at, "REFERENCES ", &table))
        if (is_made_elsewhere(s, done, i, table))
            return false;
    return true;
}

size_t migrate_next(const struct store *s, const bool *done)
{
    size_t first = s->migration_count;
    for (size_t i = 0; i < s->migration_count; i++) {
        if (done[i])
            continue;
        if (may_run(s, done, i))
            return i;
        if (first == s->migration_count)
            first = i;
    }
    return first; /* of a circle simply the first */
}
