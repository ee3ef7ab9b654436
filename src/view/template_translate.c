/* Messages of a template: their msgid, and their text in every language as nodes of its own. */
#include "view/template_node.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

enum { TAGS_MAX = 16 };

struct message_maker {
    struct arena *arena;
    const char *name;
    int line;
    struct value_tag tags[TAGS_MAX]; /* the places of this message */
    size_t count;
};

static const struct value_tag *tag_of(const struct message_maker *m, str path)
{
    for (size_t i = 0; i < m->count; i++)
        if (str_eq(m->tags[i].path.text, path))
            return &m->tags[i];
    return NULL;
}

static err remember(struct message_maker *m, const struct value_tag *tag)
{
    const struct value_tag *known = tag_of(m, tag->path.text);

    if (tag->path.count == 0)
        return template_fail(m->arena, m->name, m->line, "a value in a message needs a name");
    if (known && (known->filter != tag->filter || known->date_form != tag->date_form ||
                     known->is_raw != tag->is_raw))
        return template_fail(m->arena, m->name, m->line,
            "`%" PRI_STR "` stands twice in one message, in two forms", STR_ARG(tag->path.text));
    if (known)
        return NULL;
    if (m->count == TAGS_MAX)
        return template_fail(m->arena, m->name, m->line, "too many values in one message");
    m->tags[m->count++] = *tag;
    return NULL;
}

static void add_place(struct buf *out, str path)
{
    buf_char(out, '{');
    buf_add(out, path);
    buf_char(out, '}');
}

/* `rest` begins behind a brace: the place in it, and its length with the closing brace. */
static bool place_in(str rest, str *out, size_t *out_size)
{
    size_t end;

    if (!str_find(rest, '}', &end) || !value_tag_looks(str_first(rest, end)))
        return false;
    *out = str_first(rest, end);
    *out_size = end + 1;
    return true;
}

static err add_source_text(struct message_maker *m, struct buf *out, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        struct value_tag tag;
        str place;
        size_t size;

        if (text.at[i] != '{' || !place_in(str_from(text, i + 1), &place, &size)) {
            buf_char(out, text.at[i]);
            continue;
        }
        TRY(value_tag_read(m->arena, m->name, m->line, place, &tag));
        TRY(remember(m, &tag));
        add_place(out, tag.path.text);
        i += size;
    }
    return NULL;
}

/* The message as written, values as {name}, white space folded and trimmed. */
static err source_of(struct message_maker *m, const struct node *body, str *out)
{
    struct buf text = buf_new(m->arena), folded = buf_new(m->arena);
    bool is_space = true;

    for (const struct node *n = body; n; n = n->next) {
        if (n->kind == NODE_TEXT) {
            TRY(add_source_text(m, &text, n->text));
        } else if (n->kind == NODE_VALUE) {
            TRY(remember(m, &n->value));
            add_place(&text, n->value.path.text);
        } else {
            return template_fail(m->arena, m->name, n->line, "only values may stand in a message");
        }
    }
    for (size_t i = 0; i < text.len; i++) {
        bool was_space = is_space;

        is_space =
            text.at[i] == ' ' || text.at[i] == '\n' || text.at[i] == '\t' || text.at[i] == '\r';
        if (!is_space)
            buf_char(&folded, text.at[i]);
        else if (!was_space)
            buf_char(&folded, ' ');
    }
    *out = str_trim(buf_str(&folded));
    if (out->len == 0)
        return template_fail(m->arena, m->name, m->line, "an empty message");
    return NULL;
}

static struct node **add_node(struct message_maker *m, struct node **end, enum node_kind kind)
{
    *end = ARENA_NEW(m->arena, struct node);
    (*end)->kind = kind;
    (*end)->line = m->line;
    return &(*end)->next;
}

/* A translation as nodes; null when it names a place that the message does not have. */
static struct node *nodes_of(struct message_maker *m, str text)
{
    struct node *first = NULL, **end = &first;
    size_t from = 0;

    for (size_t i = 0; i <= text.len; i++) {
        str place = STR_NONE;
        size_t size = 0;
        bool is_place =
            i < text.len && text.at[i] == '{' && place_in(str_from(text, i + 1), &place, &size);
        struct node *made;

        if (!is_place && i < text.len)
            continue;
        if (i > from) {
            made = NULL;
            struct node **next = add_node(m, end, NODE_TEXT);
            made = *end;
            made->text = str_first(str_from(text, from), i - from);
            end = next;
        }
        if (is_place) {
            const struct value_tag *tag = tag_of(m, place);

            if (!tag)
                return NULL;
            struct node **next = add_node(m, end, NODE_VALUE);
            made = *end;
            made->value = *tag;
            end = next;
            i += size;
            from = i + 1;
        }
    }
    return first;
}

static void translate_words(struct message_maker *m, struct node *n)
{
    for (unsigned i = 0; i < LANGUAGES; i++)
        n->forms[i][0] = nodes_of(m, lang_text(languages[i], n->context, n->msgid));
}

/* "{count} click|{count} clicks": the bar that stands in no braces. */
static bool cut_plural(str text, str *one, str *many)
{
    bool in_place = false;
    size_t bars = 0, at = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '{' || text.at[i] == '}')
            in_place = text.at[i] == '{';
        if (text.at[i] == '|' && !in_place) {
            at = i;
            bars++;
        }
    }
    *one = str_trim(str_first(text, at));
    *many = str_trim(str_from(text, at + 1));
    return bars == 1 && one->len && many->len;
}

static void translate_plural(struct message_maker *m, struct node *n)
{
    for (unsigned i = 0; i < LANGUAGES; i++) {
        for (unsigned form = 0; form < lang_plural_count(languages[i]); form++) {
            str text = lang_plural_form(languages[i], n->msgid, n->many, form);

            n->forms[i][form] = text.at ? nodes_of(m, text) : NULL;
        }
    }
}

static err translate_message(struct arena *arena, const char *name, struct node *n)
{
    struct message_maker m = { .arena = arena, .name = name, .line = n->line };
    str source;

    TRY(source_of(&m, n->children, &source));
    n->msgid = source;
    if (n->kind == NODE_WORDS) {
        translate_words(&m, n);
        return NULL;
    }
    if (!cut_plural(source, &n->msgid, &n->many))
        return template_fail(arena, name, n->line, "a plural is written one|many");
    n->msgid = str_dup(arena, n->msgid);
    translate_plural(&m, n);
    return NULL;
}

err template_translate(struct arena *arena, const char *name, struct node *nodes)
{
    for (struct node *n = nodes; n; n = n->next) {
        if (n->kind == NODE_WORDS || n->kind == NODE_PLURAL)
            TRY(translate_message(arena, name, n));
        else
            TRY(template_translate(arena, name, n->children));
    }
    return NULL;
}
