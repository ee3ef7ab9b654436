/* Strict JSON into a view, so that templates can walk stored receipts. Money, instants and
 * percentages are known by their form: see view_raw. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "view/tree.h"

enum { DEPTH_MAX = 64 };

struct reader {
    struct arena *arena;
    const char *at, *end;
    int depth;
};

static void skip_space(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
        r->at++;
}

static bool take(struct reader *r, char c)
{
    if (r->at >= r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

static bool take_word(struct reader *r, str word)
{
    if ((size_t)(r->end - r->at) < word.len || memcmp(r->at, word.at, word.len) != 0)
        return false;
    r->at += word.len;
    return true;
}

static bool read_hex4(struct reader *r, unsigned *out)
{
    unsigned code = 0;

    if (r->end - r->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = *r->at++;
        unsigned digit;

        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (unsigned)(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F')
            digit = (unsigned)(c - 'A') + 10;
        else
            return false;
        code = code * 16 + digit;
    }
    *out = code;
    return true;
}

static void put_utf8(struct buf *out, unsigned code)
{
    if (code < 0x80) {
        buf_char(out, (char)code);
    } else if (code < 0x800) {
        buf_char(out, (char)(0xc0 | (code >> 6)));
        buf_char(out, (char)(0x80 | (code & 0x3f)));
    } else if (code < 0x10000) {
        buf_char(out, (char)(0xe0 | (code >> 12)));
        buf_char(out, (char)(0x80 | ((code >> 6) & 0x3f)));
        buf_char(out, (char)(0x80 | (code & 0x3f)));
    } else {
        buf_char(out, (char)(0xf0 | (code >> 18)));
        buf_char(out, (char)(0x80 | ((code >> 12) & 0x3f)));
        buf_char(out, (char)(0x80 | ((code >> 6) & 0x3f)));
        buf_char(out, (char)(0x80 | (code & 0x3f)));
    }
}

static bool read_unicode(struct reader *r, struct buf *out)
{
    unsigned high, low;

    if (!read_hex4(r, &high) || high == 0 || (high >= 0xdc00 && high <= 0xdfff))
        return false;
    if (high >= 0xd800 && high <= 0xdbff) {
        if (!take_word(r, STR("\\u")) || !read_hex4(r, &low) || low < 0xdc00 || low > 0xdfff)
            return false;
        high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
    put_utf8(out, high);
    return true;
}

static bool read_escape(struct reader *r, struct buf *out)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *found;
    char c;

    if (r->at >= r->end)
        return false;
    c = *r->at++;
    if (c == 'u')
        return read_unicode(r, out);
    found = c ? strchr(letters, c) : NULL;
    if (!found)
        return false;
    buf_char(out, meanings[found - letters]);
    return true;
}

static bool read_string(struct reader *r, str *out)
{
    const char *from;
    struct buf text;

    if (!take(r, '"'))
        return false;
    from = r->at;
    while (r->at < r->end && *r->at != '"' && *r->at != '\\' && (unsigned char)*r->at >= 0x20)
        r->at++;
    if (r->at < r->end && *r->at == '"') { /* the usual: nothing to unescape, nothing to copy */
        *out = (str){ from, (size_t)(r->at++ - from) };
        return true;
    }
    text = buf_new(r->arena);
    buf_bytes(&text, from, (size_t)(r->at - from));
    while (r->at < r->end && (unsigned char)*r->at >= 0x20) {
        char c = *r->at++;

        if (c == '"') {
            *out = buf_str(&text);
            return true;
        }
        if (c != '\\')
            buf_char(&text, c);
        else if (!read_escape(r, &text))
            return false;
    }
    return false;
}

static bool is_digit(const struct reader *r)
{
    return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

static bool skip_digits(struct reader *r)
{
    if (!is_digit(r))
        return false;
    while (is_digit(r))
        r->at++;
    return true;
}

static bool read_number(struct reader *r, struct view *v)
{
    str text = { r->at, 0 };
    bool is_whole = true;

    take(r, '-');
    if (!take(r, '0') && !skip_digits(r))
        return false;
    if (take(r, '.')) {
        is_whole = false;
        if (!skip_digits(r))
            return false;
    }
    if (take(r, 'e') || take(r, 'E')) {
        is_whole = false;
        if (!take(r, '+'))
            take(r, '-');
        if (!skip_digits(r))
            return false;
    }
    text.len = (size_t)(r->at - text.at);
    if (is_whole && str_eq(text, STR("-0")))
        text = str_from(text, 1);
    if (is_whole && str_to_int(text, &v->n)) {
        v->kind = str_ends(v->name, STR("_bp")) ? VIEW_PERCENT : VIEW_INT;
        return true;
    }
    v->kind = VIEW_NUMBER;
    v->text = text;
    return true;
}

static bool read_value(struct reader *, struct view *);

static int by_name(const void *a, const void *b)
{
    return str_cmp((*(const struct view *const *)a)->name, (*(const struct view *const *)b)->name);
}

static bool names_differ(struct reader *r, const struct view *object)
{
    const struct view **sorted;
    size_t i = 0;

    if (object->count < 2)
        return true;
    sorted = ARENA_ARRAY(r->arena, const struct view *, object->count);
    for (const struct view *v = object->first; v; v = v->next)
        sorted[i++] = v;
    qsort(sorted, object->count, sizeof(struct view *), by_name);
    for (i = 1; i < object->count; i++)
        if (str_eq(sorted[i - 1]->name, sorted[i]->name))
            return false;
    return true;
}

/* {"amount":1250,"currency":"EUR"} and nothing else is money. */
static void know_money(struct view *object)
{
    const struct view *first = object->first, *second = first ? first->next : NULL;
    amount money = { 0 };

    if (object->count != 2)
        return;
    if (str_eq(first->name, STR("currency"))) {
        const struct view *swap = first;

        first = second;
        second = swap;
    }
    if (!str_eq(first->name, STR("amount")) || first->kind != VIEW_INT ||
        !str_eq(second->name, STR("currency")) || second->kind != VIEW_STR ||
        currency_read(second->text, &money.currency))
        return;
    money.minor = first->n;
    object->kind = VIEW_MONEY;
    object->money = money;
}

static bool read_object(struct reader *r, struct view *v)
{
    v->kind = VIEW_OBJECT;
    skip_space(r);
    if (take(r, '}'))
        return true;
    do {
        str name;

        skip_space(r);
        if (!read_string(r, &name))
            return false;
        skip_space(r);
        if (!take(r, ':') || !read_value(r, view_append(v, name, VIEW_NULL)))
            return false;
    } while (take(r, ','));
    if (!take(r, '}') || !names_differ(r, v))
        return false;
    know_money(v);
    return true;
}

static bool read_list(struct reader *r, struct view *v)
{
    v->kind = VIEW_LIST;
    skip_space(r);
    if (take(r, ']'))
        return true;
    do {
        if (!read_value(r, view_append(v, STR_NONE, VIEW_NULL)))
            return false;
    } while (take(r, ','));
    return take(r, ']');
}

static bool read_text(struct reader *r, struct view *v)
{
    instant at;

    if (!read_string(r, &v->text))
        return false;
    v->kind = VIEW_STR;
    if (str_ends(v->name, STR("_at")) && v->text.len > 10 && instant_read(v->text, &at)) {
        v->kind = VIEW_INSTANT;
        v->at = at;
    }
    return true;
}

/* Leaves the reader behind the value and the white space after it. */
static bool read_value(struct reader *r, struct view *v)
{
    bool is_read;

    skip_space(r);
    if (r->at >= r->end || ++r->depth > DEPTH_MAX)
        return false;
    if (take(r, '{')) {
        is_read = read_object(r, v);
    } else if (take(r, '[')) {
        is_read = read_list(r, v);
    } else if (*r->at == '"') {
        is_read = read_text(r, v);
    } else if (take_word(r, STR("null"))) {
        is_read = true;
    } else if (take_word(r, STR("true")) || take_word(r, STR("false"))) {
        v->kind = VIEW_BOOL;
        v->is_true = r->at[-2] == 'u';
        is_read = true;
    } else {
        is_read = read_number(r, v);
    }
    r->depth--;
    skip_space(r);
    return is_read;
}

struct view *view_read_json(struct arena *arena, str json)
{
    struct reader r = { .arena = arena, .at = json.at, .end = json.at + json.len };
    struct view *root = view_new(arena);

    root->kind = VIEW_NULL;
    if (!json.at || !str_is_utf8(json) || !read_value(&r, root) || r.at != r.end)
        return NULL;
    return root;
}
