/* From text to tree: tags, lines that vanish, sections that must close. */
#include "view/template_node.h"

#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

enum { NESTING_MAX = 64 };

struct token {
    char sigil; /* 0: text; 'v': value; '{': raw value; else # ^ / > < $ ! */
    str text;   /* the text, or what stands in the tag, trimmed */
    int line;
    bool gone;
};

struct parser {
    struct arena *arena;
    const char *name;
    struct token *tokens;
    size_t count, room, at;
    int depth;
};

err template_fail(struct arena *arena, const char *name, int line, const char *format, ...)
{
    va_list values;
    str text;

    va_start(values, format);
    text = str_vprintf(arena, format, values);
    va_end(values);
    return err_make(
        arena, ERR_INTERNAL, "template", NULL, "%s:%d: %" PRI_STR, name, line, STR_ARG(text));
}

bool template_is_plain(const char *name)
{
    return str_ends(str_of(name), STR(".txt"));
}

static void add_token(struct parser *p, struct token t)
{
    if (p->count == p->room) {
        struct token *larger;

        p->room = p->room ? p->room * 2 : 64;
        larger = ARENA_ARRAY(p->arena, struct token, p->room);
        if (p->count)
            memcpy(larger, p->tokens, p->count * sizeof(*larger));
        p->tokens = larger;
    }
    p->tokens[p->count++] = t;
}

/* Text between tags, cut after each line break so that lines can be judged. */
static void add_text(struct parser *p, str text, int *line)
{
    while (text.len) {
        size_t end;
        bool breaks = str_find(text, '\n', &end);
        str piece = breaks ? str_first(text, end + 1) : text;

        add_token(p, (struct token){ .text = piece, .line = *line });
        *line += breaks;
        text = str_from(text, piece.len);
    }
}

static bool find_text(str s, str needle, size_t *out)
{
    for (size_t i = 0; i + needle.len <= s.len; i++) {
        if (s.at[i] == needle.at[0] && memcmp(s.at + i, needle.at, needle.len) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

static int lines_in(str text)
{
    int lines = 0;

    for (size_t i = 0; i < text.len; i++)
        lines += text.at[i] == '\n';
    return lines;
}

/* `rest` begins behind the opening braces; leaves it behind the closing ones. */
static err add_tag(struct parser *p, str *rest, int *line)
{
    struct token t = { .sigil = 'v', .line = *line };
    size_t end;
    str close = STR("}}");

    if (rest->len && rest->at[0] == '{')
        close = STR("}}}");
    if (!find_text(*rest, close, &end))
        return template_fail(p->arena, p->name, *line, "a tag is not closed");
    t.text = str_first(*rest, end);
    *line += lines_in(t.text);
    *rest = str_from(*rest, end + close.len);
    if (t.text.len && strchr("#^/><$!{&=", t.text.at[0])) {
        t.sigil = t.text.at[0] == '&' ? '{' : t.text.at[0];
        t.text = str_from(t.text, 1);
    }
    t.text = str_trim(t.text);
    if (t.sigil == '=')
        return template_fail(p->arena, p->name, t.line, "delimiters cannot be changed");
    if (t.text.len == 0 && t.sigil != '!')
        return template_fail(p->arena, p->name, t.line, "a tag without a name");
    add_token(p, t);
    return NULL;
}

static err split(struct parser *p, str text)
{
    int line = 1;

    while (text.len) {
        size_t open;

        if (!find_text(text, STR("{{"), &open)) {
            add_text(p, text, &line);
            break;
        }
        add_text(p, str_first(text, open), &line);
        text = str_from(text, open + 2);
        TRY(add_tag(p, &text, &line));
    }
    return NULL;
}

static bool is_blank(str s)
{
    return str_trim(s).len == 0;
}

/* A line of white space and tags other than values prints nothing, not even its break. */
static void drop_tag_lines(struct parser *p)
{
    size_t start = 0;

    while (start < p->count) {
        bool has_tag = false, has_ink = false;
        size_t end = start;

        for (; end < p->count; end++) {
            const struct token *t = &p->tokens[end];

            if (t->sigil == 0)
                has_ink = has_ink || !is_blank(t->text);
            else if (t->sigil == 'v' || t->sigil == '{')
                has_ink = true;
            else
                has_tag = true;
            if (t->sigil == 0 && t->text.at[t->text.len - 1] == '\n') {
                end++;
                break;
            }
        }
        for (size_t i = start; has_tag && !has_ink && i < end; i++)
            p->tokens[i].gone = p->tokens[i].sigil == 0;
        start = end;
    }
}

static struct node *node_new(struct parser *p, enum node_kind kind, int line)
{
    struct node *n = ARENA_NEW(p->arena, struct node);

    n->kind = kind;
    n->line = line;
    return n;
}

static err parse_until(struct parser *, const struct token *opener, struct node **out);

/* A closing tag repeats the name, without a question mark if it likes, and `_` or `_n` alone. */
static bool closes(const struct token *closer, const struct token *opener)
{
    str name = opener->text, closing = closer->text;
    size_t end;

    if (opener->sigil == '#' && str_find(name, ' ', &end) && str_starts(name, STR("_")))
        name = str_first(name, end);
    if (str_ends(name, STR("?")))
        name.len--;
    if (str_ends(closing, STR("?")))
        closing.len--;
    return str_eq(closing, name);
}

/* {{#_}}, {{#_ context}}, {{#_n count}}: false when it is an ordinary section. */
static bool is_words(str text, str *out_word, str *out_rest)
{
    size_t space;

    *out_word = text;
    *out_rest = STR_NONE;
    if (str_find(text, ' ', &space)) {
        *out_word = str_first(text, space);
        *out_rest = str_trim(str_from(text, space));
    }
    return str_eq(*out_word, STR("_")) || str_eq(*out_word, STR("_n"));
}

static err parse_section(struct parser *p, const struct token *t, struct node **out)
{
    struct node *n = node_new(p, t->sigil == '#' ? NODE_SECTION : NODE_INVERTED, t->line);
    str word, rest;

    if (t->sigil == '#' && is_words(t->text, &word, &rest)) {
        n->kind = str_eq(word, STR("_n")) ? NODE_PLURAL : NODE_WORDS;
        if (n->kind == NODE_PLURAL)
            TRY(value_tag_read(p->arena, p->name, t->line, rest, &n->value));
        else if (rest.at)
            n->context = str_c(p->arena, rest);
    } else {
        TRY(value_tag_read(p->arena, p->name, t->line, t->text, &n->value));
        if (n->value.filter != FILTER_NONE)
            return template_fail(p->arena, p->name, t->line, "a section takes no filter");
    }
    TRY(parse_until(p, t, &n->children));
    *out = n;
    return NULL;
}

static bool is_name(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                strchr("_-/.", c)) ||
            !c)
            return false;
    }
    return text.len > 0;
}

static err parse_named(
    struct parser *p, const struct token *t, enum node_kind kind, struct node **out)
{
    struct node *n = node_new(p, kind, t->line);

    if (!is_name(t->text))
        return template_fail(
            p->arena, p->name, t->line, "`%" PRI_STR "` is no name", STR_ARG(t->text));
    n->text = t->text;
    if (kind != NODE_PARTIAL)
        TRY(parse_until(p, t, &n->children));
    *out = n;
    return NULL;
}

static err parse_one(struct parser *p, const struct token *t, struct node **out)
{
    switch (t->sigil) {
    case 0:
        *out = node_new(p, NODE_TEXT, t->line);
        (*out)->text = t->text;
        return NULL;
    case '#':
    case '^':
        return parse_section(p, t, out);
    case '>':
        return parse_named(p, t, NODE_PARTIAL, out);
    case '<':
        return parse_named(p, t, NODE_PARENT, out);
    case '$':
        return parse_named(p, t, NODE_BLOCK, out);
    case '/':
        return template_fail(
            p->arena, p->name, t->line, "{{/%" PRI_STR "}} closes nothing", STR_ARG(t->text));
    default:
        *out = node_new(p, NODE_VALUE, t->line);
        TRY(value_tag_read(p->arena, p->name, t->line, t->text, &(*out)->value));
        (*out)->value.is_raw = t->sigil == '{';
        return NULL;
    }
}

static err parse_until(struct parser *p, const struct token *opener, struct node **out)
{
    struct node **end = out;

    if (++p->depth > NESTING_MAX)
        return template_fail(p->arena, p->name, p->tokens[p->at - 1].line, "nested too deeply");
    while (p->at < p->count) {
        const struct token *t = &p->tokens[p->at++];
        struct node *made = NULL;

        if (t->gone || t->sigil == '!')
            continue;
        if (opener && t->sigil == '/' && closes(t, opener)) {
            p->depth--;
            return NULL;
        }
        TRY(parse_one(p, t, &made));
        *end = made;
        end = &made->next;
    }
    p->depth--;
    if (!opener)
        return NULL;
    return template_fail(p->arena, p->name, opener->line, "{{%c%" PRI_STR "}} is not closed",
        opener->sigil, STR_ARG(opener->text));
}

err template_parse(struct arena *arena, const char *name, str text, struct node **out)
{
    struct parser p = { .arena = arena, .name = name };

    *out = NULL;
    if (!str_is_utf8(text))
        return template_fail(arena, name, 1, "the text is not UTF-8");
    TRY(split(&p, text));
    drop_tag_lines(&p);
    return parse_until(&p, NULL, out);
}

err template_compile(struct arena *arena, const char *name, str text, struct node **out)
{
    TRY(template_parse(arena, name, text, out));
    TRY(template_translate(arena, name, *out));
    return template_place(arena, name, *out);
}
