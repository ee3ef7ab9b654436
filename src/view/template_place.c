/* Follows the markup through a template, so that each value knows where it stands. What cannot be
 * made safe by escaping is refused here, before anything is rendered. */
#include "view/template_node.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

enum markup_state {
    IN_TEXT,
    AT_TAG,         /* behind < */
    AT_DECLARATION, /* behind <! */
    IN_DECLARATION,
    IN_COMMENT,
    IN_TAG_NAME,
    IN_TAG,  /* between attributes */
    IN_NAME, /* of an attribute */
    AFTER_NAME,
    AFTER_EQUALS,
    IN_DOUBLE,
    IN_SINGLE,
    IN_BARE,   /* a value without quotes */
    IN_RAW,    /* inside script and style */
    IN_RCDATA, /* inside textarea and title */
};

struct word {
    char at[24];
    size_t len;
};

struct markup {
    enum markup_state state;
    bool closes;    /* the tag is a closing one */
    bool url_open;  /* nothing static has settled the URL's scheme yet */
    bool is_data;   /* a script of type application/json */
    int dashes;     /* of a comment's ends */
    size_t matched; /* letters of </script seen */
    struct word tag, name, value;
};

struct placer {
    struct arena *arena;
    const char *name;
    int line;
    bool is_mail; /* mail programs know no stylesheets: static styles are allowed */
    struct markup m;
};

static void word_add(struct word *w, char c)
{
    if (c >= 'A' && c <= 'Z')
        c = (char)(c - 'A' + 'a');
    if (w->len < sizeof(w->at) - 1)
        w->at[w->len] = c;
    if (w->len < sizeof(w->at))
        w->len++;
}

static bool word_is(const struct word *w, const char *text)
{
    return w->len == strlen(text) && memcmp(w->at, text, w->len) == 0;
}

static bool is_url_name(const struct word *w)
{
    static const char *const names[] = { "href", "src", "action", "formaction", "poster", "cite",
        "data", "background", "ping", "manifest", "srcset", "xlink:href", "hx-get", "hx-post",
        "hx-put", "hx-patch", "hx-delete", "hx-push-url", "hx-replace-url" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (word_is(w, names[i]))
            return true;
    return false;
}

static bool is_forbidden(const struct word *w)
{
    return word_is(w, "style") || word_is(w, "srcdoc") ||
           (w->len > 2 && memcmp(w->at, "on", 2) == 0) ||
           (w->len >= 5 && memcmp(w->at, "hx-on", 5) == 0) || word_is(w, "hx-vars");
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static err fail(const struct placer *p, const char *what)
{
    return template_fail(p->arena, p->name, p->line, "%s", what);
}

static void end_tag(struct markup *m)
{
    m->state = IN_TEXT;
    m->matched = 0;
    if (m->closes)
        return;
    if (word_is(&m->tag, "script") || word_is(&m->tag, "style"))
        m->state = IN_RAW;
    else if (word_is(&m->tag, "textarea") || word_is(&m->tag, "title"))
        m->state = IN_RCDATA;
}

static void begin_tag(struct markup *m, bool closes)
{
    m->state = IN_TAG_NAME;
    m->closes = closes;
    m->is_data = false;
    m->tag = (struct word){ .len = 0 };
}

static err begin_value(struct placer *p, enum markup_state state)
{
    struct markup *m = &p->m;

    m->state = state;
    m->value = (struct word){ .len = 0 };
    m->url_open = is_url_name(&m->name);
    return NULL;
}

static void end_value(struct markup *m)
{
    m->state = IN_TAG;
    if (word_is(&m->tag, "script") && word_is(&m->name, "type") &&
        word_is(&m->value, "application/json"))
        m->is_data = true;
}

static void value_char(struct markup *m, char c)
{
    word_add(&m->value, c);
    if (c == '/' || c == '?' || c == '#')
        m->url_open = false;
}

static err in_tag_char(struct placer *p, char c)
{
    struct markup *m = &p->m;

    if (c == '>') {
        end_tag(m);
    } else if (c == '=' && m->state == AFTER_NAME) {
        m->state = AFTER_EQUALS;
    } else if (!is_space(c) && c != '/') {
        m->state = IN_NAME;
        m->name = (struct word){ .len = 0 };
        word_add(&m->name, c);
    } else if (c == '/') {
        m->state = IN_TAG;
    }
    return NULL;
}

static err name_char(struct placer *p, char c)
{
    struct markup *m = &p->m;

    if (c != '=' && c != '>' && c != '/' && !is_space(c)) {
        word_add(&m->name, c);
        return NULL;
    }
    if (is_forbidden(&m->name) && !(p->is_mail && word_is(&m->name, "style")))
        return fail(p, "style and on… attributes do not belong into pages");
    m->state = AFTER_NAME;
    return in_tag_char(p, c);
}

static err after_equals_char(struct placer *p, char c)
{
    if (c == '"')
        return begin_value(p, IN_DOUBLE);
    if (c == '\'')
        return begin_value(p, IN_SINGLE);
    if (is_space(c))
        return NULL;
    TRY(begin_value(p, IN_BARE));
    value_char(&p->m, c);
    return NULL;
}

static void bare_char(struct placer *p, char c)
{
    if (is_space(c) || c == '>') {
        end_value(&p->m);
        if (c == '>')
            end_tag(&p->m);
    } else {
        value_char(&p->m, c);
    }
}

static void at_tag_char(struct markup *m, char c)
{
    if (c == '/') {
        begin_tag(m, true);
    } else if (c == '!') {
        m->state = AT_DECLARATION;
        m->dashes = 0;
    } else if (is_letter(c)) {
        begin_tag(m, false);
        word_add(&m->tag, c);
    } else if (c != '<') {
        m->state = IN_TEXT;
    }
}

static void declaration_char(struct markup *m, char c)
{
    m->dashes = c == '-' ? m->dashes + 1 : 0;
    if (m->dashes == 2 && m->state == AT_DECLARATION) {
        m->state = IN_COMMENT;
        m->dashes = 0;
    } else if (c == '>') {
        m->state = IN_TEXT;
    } else if (c != '-') {
        m->state = IN_DECLARATION;
    }
}

/* Looks for the closing tag of script, style, textarea, title. */
static void raw_char(struct markup *m, char c)
{
    char lower = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    char wanted = m->matched == 0 ? '<' : m->matched == 1 ? '/' : m->tag.at[m->matched - 2];

    if (m->matched == m->tag.len + 2) {
        m->matched = 0;
        if (is_space(c) || c == '>' || c == '/') {
            m->closes = true;
            m->state = IN_TAG;
            if (c == '>')
                end_tag(m);
            return;
        }
        wanted = '<';
    }
    m->matched = lower == wanted ? m->matched + 1 : lower == '<';
}

static err markup_char(struct placer *p, char c)
{
    struct markup *m = &p->m;

    switch (m->state) {
    case IN_TEXT:
        if (c == '<')
            m->state = AT_TAG;
        return NULL;
    case AT_TAG:
        at_tag_char(m, c);
        return NULL;
    case AT_DECLARATION:
    case IN_DECLARATION:
        declaration_char(m, c);
        return NULL;
    case IN_COMMENT:
        if (c == '>' && m->dashes >= 2)
            m->state = IN_TEXT;
        m->dashes = c == '-' ? m->dashes + 1 : 0;
        return NULL;
    case IN_TAG_NAME:
        if (!is_space(c) && c != '>' && c != '/') {
            word_add(&m->tag, c);
            return NULL;
        }
        m->state = IN_TAG;
        return in_tag_char(p, c);
    case IN_TAG:
    case AFTER_NAME:
        return in_tag_char(p, c);
    case IN_NAME:
        return name_char(p, c);
    case AFTER_EQUALS:
        return after_equals_char(p, c);
    case IN_DOUBLE:
    case IN_SINGLE:
        if (c == (m->state == IN_DOUBLE ? '"' : '\''))
            end_value(m);
        else
            value_char(m, c);
        return NULL;
    case IN_BARE:
        bare_char(p, c);
        return NULL;
    case IN_RAW:
        if (m->matched == 0 && c != '<' && !is_space(c) && !m->is_data &&
            !(p->is_mail && word_is(&m->tag, "style")))
            return fail(p, "scripts and styles belong into files");
        raw_char(m, c);
        return NULL;
    case IN_RCDATA:
        raw_char(m, c);
        return NULL;
    }
    return NULL;
}

static err follow_text(struct placer *p, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        TRY(markup_char(p, text.at[i]));
        p->line += text.at[i] == '\n';
    }
    return NULL;
}

static err place_value(struct placer *p, struct value_tag *value)
{
    struct markup *m = &p->m;

    switch (m->state) {
    case IN_TEXT:
    case IN_COMMENT:
    case IN_RCDATA:
        value->place = PLACE_TEXT;
        if (value->is_raw && m->state != IN_TEXT)
            return fail(p, "markup cannot stand here");
        return NULL;
    case IN_DOUBLE:
    case IN_SINGLE:
        if (value->is_raw)
            return fail(p, "markup cannot stand in an attribute");
        if (is_forbidden(&m->name))
            return fail(p, "a value cannot stand in a style");
        value->place = m->url_open ? PLACE_URL : PLACE_ATTRIBUTE;
        word_add(&m->value, '?'); /* whatever is printed, the value is not the static text alone */
        return NULL;
    case IN_RAW:
        if (!m->is_data || value->filter != FILTER_JSON)
            return fail(p, "only |json in a script of type application/json");
        value->place = PLACE_SCRIPT;
        return NULL;
    default:
        return fail(p, "a value inside a tag needs quotes around it");
    }
}

static bool is_inside_tag(enum markup_state s)
{
    return s == IN_TAG_NAME || s == IN_TAG || s == IN_NAME || s == AFTER_NAME;
}

/* Whether a piece that may be printed or not leaves the markup where it found it. */
static bool same_place(const struct markup *before, const struct markup *after)
{
    if (is_inside_tag(before->state) && is_inside_tag(after->state))
        return before->closes == after->closes && before->tag.len == after->tag.len;
    return before->state == after->state;
}

static err place_nodes(struct placer *, struct node *);

static err place_optional(struct placer *p, const struct node *n)
{
    struct markup before = p->m;

    TRY(place_nodes(p, n->children));
    if (!same_place(&before, &p->m)) {
        p->line = n->line;
        return fail(p, "what may be left out must close the tags and quotes it opens");
    }
    p->m.url_open = before.url_open;
    if (is_inside_tag(before.state)) {
        TRY(markup_char(p, ' ')); /* an attribute without a value ends here */
        if (before.state != IN_TAG)
            return NULL;
        p->m.state = IN_TAG;
    }
    return NULL;
}

static err place_block(struct placer *p, const struct node *n)
{
    enum markup_state s = p->m.state;

    if (s != IN_TEXT && s != IN_RCDATA && (s != IN_DOUBLE || is_url_name(&p->m.name)))
        return fail(p, "a block cannot stand here");
    return place_optional(p, n);
}

/* Blocks of a parent are read as if they stood in text; what else stands there is dropped. */
static err place_parent(struct placer *p, const struct node *n)
{
    struct markup outside = p->m;

    for (struct node *block = n->children; block; block = block->next) {
        if (block->kind != NODE_BLOCK)
            continue;
        p->m = (struct markup){ .state = IN_TEXT };
        TRY(place_optional(p, block));
    }
    p->m = outside;
    return NULL;
}

/* In an attribute a message is text: a quote of a translation must not end it. */
static void quote_texts(struct arena *arena, struct node *nodes)
{
    for (struct node *n = nodes; n; n = n->next) {
        if (n->kind != NODE_TEXT)
            continue;
        n->text = str_replace(arena, n->text, STR("\""), STR("&quot;"));
        n->text = str_replace(arena, n->text, STR("'"), STR("&#39;"));
        n->text = str_replace(arena, n->text, STR("<"), STR("&lt;"));
    }
}

static err place_message(struct placer *p, struct node *n)
{
    struct markup before = p->m, after = p->m;
    bool in_quotes = before.state == IN_DOUBLE || before.state == IN_SINGLE;
    int line = p->line;

    for (unsigned i = 0; i < LANGUAGES * PLURAL_FORMS; i++) {
        struct node *form = n->forms[i / PLURAL_FORMS][i % PLURAL_FORMS];

        if (!form)
            continue;
        if (in_quotes)
            quote_texts(p->arena, form);
        p->m = before;
        TRY(place_nodes(p, form));
        p->line = line;
        if (!same_place(&before, &p->m))
            return fail(p, "a message must close the tags it opens");
        after = p->m;
    }
    p->m = after;
    return NULL;
}

static err place_one(struct placer *p, struct node *n)
{
    switch (n->kind) {
    case NODE_TEXT:
        return follow_text(p, n->text);
    case NODE_VALUE:
        return place_value(p, &n->value);
    case NODE_SECTION:
    case NODE_INVERTED:
        return place_optional(p, n);
    case NODE_BLOCK:
        return place_block(p, n);
    case NODE_PARTIAL:
    case NODE_PARENT:
        if (p->m.state != IN_TEXT)
            return fail(p, "another page can only stand in text");
        return n->kind == NODE_PARENT ? place_parent(p, n) : NULL;
    case NODE_WORDS:
    case NODE_PLURAL:
        return place_message(p, n);
    }
    return NULL;
}

static err place_nodes(struct placer *p, struct node *nodes)
{
    for (struct node *n = nodes; n; n = n->next) {
        p->line = n->line;
        TRY(place_one(p, n));
    }
    return NULL;
}

static void place_plain(struct node *nodes)
{
    for (struct node *n = nodes; n; n = n->next) {
        n->value.place = PLACE_PLAIN;
        place_plain(n->children);
        for (unsigned i = 0; i < LANGUAGES * PLURAL_FORMS; i++)
            place_plain(n->forms[i / PLURAL_FORMS][i % PLURAL_FORMS]);
    }
}

/* `<!-- mail -->` in the beginning makes a page a mail. */
static bool says_mail(const struct node *first)
{
    return first && first->kind == NODE_TEXT && str_has(first->text, STR("<!-- mail -->"));
}

err template_place(struct arena *arena, const char *name, struct node *nodes)
{
    struct placer p = { .arena = arena, .name = name, .line = 1, .is_mail = says_mail(nodes) };

    if (template_is_plain(name)) {
        place_plain(nodes);
        return NULL;
    }
    TRY(place_nodes(&p, nodes));
    if (p.m.state != IN_TEXT)
        return fail(&p, "the page ends inside a tag, a quote, a script or a comment");
    return NULL;
}
