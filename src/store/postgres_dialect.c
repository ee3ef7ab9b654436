/* Triggers of migrations. The rooms write the one kind there is (a change that is refused) as
 * SQLite spells it, and files that have run are never changed: here they get their other spelling.
 */
#include "store/postgres_inside.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The end of a quoted text, a comment, a word, or of one letter. */
static size_t token_length(str s)
{
    size_t len = 1;
    char c = s.at[0];
    if (c == '\'' || c == '"') {
        while (len < s.len && (s.at[len] != c || (len + 1 < s.len && s.at[len + 1] == c)))
            len += s.at[len] == c ? 2 : 1;
        return len < s.len ? len + 1 : s.len;
    }
    if (str_starts(s, STR("--"))) {
        while (len < s.len && s.at[len] != '\n')
            len++;
        return len;
    }
    if (isspace((unsigned char)c))
        while (len < s.len && isspace((unsigned char)s.at[len]))
            len++;
    else if (is_word(c))
        while (len < s.len && is_word(s.at[len]))
            len++;
    return len;
}

static bool is_blank(str token)
{
    return isspace((unsigned char)token.at[0]) || str_starts(token, STR("--"));
}

static bool take(str *rest, const char *word)
{
    str s = *rest;
    while (s.len > 0) {
        str token = str_first(s, token_length(s));
        s = str_from(s, token.len);
        if (is_blank(token))
            continue;
        if (!str_eq_nocase(token, str_of(word)))
            return false;
        *rest = s;
        return true;
    }
    return false;
}

/* Up to this word, which is taken too. */
static bool take_until(str *rest, const char *word, str *out)
{
    str s = *rest;
    while (s.len > 0) {
        size_t len = token_length(s);
        if (str_eq_nocase(str_first(s, len), str_of(word))) {
            *out = str_trim(str_first(*rest, (size_t)(s.at - rest->at)));
            *rest = str_from(s, len);
            return true;
        }
        s = str_from(s, len);
    }
    return false;
}

static bool take_text(str *rest, str *out)
{
    str s = str_trim(*rest);
    if (s.len == 0 || s.at[0] != '\'')
        return false;
    *out = str_first(s, token_length(s));
    *rest = str_from(s, out->len);
    return true;
}

/* "CREATE TRIGGER a BEFORE UPDATE ON b BEGIN SELECT RAISE(ABORT, 'c'); END;" */
static bool take_trigger(str *rest, struct buf *out)
{
    str s = *rest, head, message;
    if (!take(&s, "CREATE") || !take(&s, "TRIGGER") || !take_until(&s, "BEGIN", &head) ||
        !take(&s, "SELECT") || !take(&s, "RAISE") || !take(&s, "(") || !take(&s, "ABORT") ||
        !take(&s, ",") || !take_text(&s, &message) || !take(&s, ")") || !take(&s, ";") ||
        !take(&s, "END") || !take(&s, ";"))
        return false;
    str when = head, before;
    buf_add(out, STR("CREATE TRIGGER "));
    if (take_until(&when, "WHEN", &before))
        buf_printf(out, "%" PRI_STR " FOR EACH ROW WHEN (%" PRI_STR ")", STR_ARG(before),
            STR_ARG(str_trim(when)));
    else
        buf_printf(out, "%" PRI_STR " FOR EACH ROW", STR_ARG(head));
    buf_printf(out, " EXECUTE FUNCTION refuse(%" PRI_STR ");", STR_ARG(message));
    *rest = s;
    return true;
}

str pg_translate(struct arena *arena, str sql)
{
    struct buf out = buf_new(arena);
    while (sql.len > 0) {
        str token = str_first(sql, token_length(sql));
        if (str_eq_nocase(token, STR("CREATE")) && take_trigger(&sql, &out))
            continue;
        buf_add(&out, token);
        sql = str_from(sql, token.len);
    }
    return buf_str(&out);
}
