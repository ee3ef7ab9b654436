/* Walks a compiled template: sections, parts, frames, messages. */
#include "view/template_render.h"

#include <pthread.h>
#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "view/template_store.h"

enum { PARTS_MAX = 64, STEPS_MAX = 5000000 };

static err render_nodes(struct rendering *, const struct node *);

err render_fail(const struct rendering *r, const struct node *n, const char *format, ...)
{
    va_list values;
    str text;

    va_start(values, format);
    text = str_vprintf(r->arena, format, values);
    va_end(values);
    return template_fail(r->arena, r->template->name, n->line, "%" PRI_STR, STR_ARG(text));
}

static err render_level(struct rendering *r, const struct node *n, struct level level)
{
    if (r->depth == CONTEXTS_MAX)
        return render_fail(r, n, "nested too deeply");
    r->levels[r->depth++] = level;
    TRY(render_nodes(r, n->children));
    r->depth--;
    return NULL;
}

static err render_list(struct rendering *r, const struct node *n, const struct view *list)
{
    struct level level = { .is_item = true, .count = (int64_t)list->count };

    for (const struct view *item = list->first; item; item = item->next) {
        level.view = item;
        level.index++;
        TRY(render_level(r, n, level));
    }
    return NULL;
}

static err unknown(const struct rendering *r, const struct node *n)
{
    if (!r->is_strict || n->value.path.may_miss)
        return NULL;
    return render_fail(r, n, "unknown name `%" PRI_STR "`", STR_ARG(n->value.path.text));
}

static err render_section(struct rendering *r, const struct node *n)
{
    struct value value = value_look(r, &n->value.path);

    if (value.is == VALUE_MISSING)
        TRY(unknown(r, n));
    if (!value_true(&value))
        return NULL;
    if (value.is != VALUE_LEAF || value.leaf->kind == VIEW_BOOL)
        return render_nodes(r, n->children);
    if (value.leaf->kind == VIEW_LIST)
        return render_list(r, n, value.leaf);
    return render_level(r, n, (struct level){ .view = value.leaf });
}

static err render_inverted(struct rendering *r, const struct node *n)
{
    struct value value = value_look(r, &n->value.path);

    if (value.is == VALUE_MISSING)
        TRY(unknown(r, n));
    return value_true(&value) ? NULL : render_nodes(r, n->children);
}

static err render_template(struct rendering *r, const struct node *n)
{
    const struct template *outside = r->template, *target = n->target;

    if (!target)
        TRY(templates_find(r->templates, n->text, r->arena, &target));
    if (!target)
        return render_fail(r, n, "there is no page `%" PRI_STR "`", STR_ARG(n->text));
    if (target->is_plain != outside->is_plain)
        return render_fail(r, n, "plain text and markup do not mix");
    if (++r->parts > PARTS_MAX)
        return render_fail(r, n, "pages include each other without end");
    r->template = target;
    TRY(render_nodes(r, target->nodes));
    r->template = outside;
    r->parts--;
    return NULL;
}

/* The frame sees the page's blocks before those it was given itself. */
static err render_parent(struct rendering *r, const struct node *n)
{
    const struct overrides *outside = r->overrides;
    struct overrides own = { .parent = n, .written = r->template, .outer = outside };

    r->overrides = &own;
    TRY(render_template(r, n));
    r->overrides = outside;
    return NULL;
}

static const struct node *block_in(const struct node *parent, str name)
{
    for (const struct node *n = parent->children; n; n = n->next)
        if (n->kind == NODE_BLOCK && str_eq(n->text, name))
            return n;
    return NULL;
}

/* The outermost page that fills the block wins. */
static const struct node *find_filler(
    const struct overrides *o, str name, const struct overrides **out)
{
    const struct node *found = NULL;

    for (; o; o = o->outer) {
        const struct node *block = block_in(o->parent, name);

        if (block) {
            found = block;
            *out = o;
        }
    }
    return found;
}

/* A page's block is read where it was written: with that template's own blocks in force. */
static err render_block(struct rendering *r, const struct node *n)
{
    const struct overrides *outside = r->overrides, *filler = NULL;
    const struct node *block = find_filler(outside, n->text, &filler);
    const struct template *template = r->template;

    if (!block)
        return render_nodes(r, n->children);
    if (++r->parts > PARTS_MAX)
        return render_fail(r, n, "pages include each other without end");
    r->overrides = filler->outer;
    r->template = filler->written;
    TRY(render_nodes(r, block->children));
    r->overrides = outside;
    r->template = template;
    r->parts--;
    return NULL;
}

static err render_words(struct rendering *r, const struct node *n)
{
    const struct node *form = n->forms[r->how->lang->index][0];

    return render_nodes(r, form ? form : n->forms[0][0]);
}

static err render_plural(struct rendering *r, const struct node *n)
{
    const struct lang *lang = r->how->lang;
    struct value value = value_look(r, &n->value.path);
    const struct node *form;
    int64_t count = value.n;

    if (value.is == VALUE_LEAF && value.leaf->kind == VIEW_INT)
        count = value.leaf->n;
    else if (value.is != VALUE_INT)
        return render_fail(r, n, "`%" PRI_STR "` is no whole number", STR_ARG(n->value.path.text));
    form = n->forms[lang->index][lang_plural_index(lang, count)];
    if (!form)
        form = n->forms[0][lang_plural_index(languages[0], count)];
    return render_nodes(r, form);
}

static err render_one(struct rendering *r, const struct node *n)
{
    switch (n->kind) {
    case NODE_TEXT:
        buf_add(r->out, n->text);
        return NULL;
    case NODE_VALUE:
        return value_print(r, n);
    case NODE_SECTION:
        return render_section(r, n);
    case NODE_INVERTED:
        return render_inverted(r, n);
    case NODE_PARTIAL:
        return render_template(r, n);
    case NODE_PARENT:
        return render_parent(r, n);
    case NODE_BLOCK:
        return render_block(r, n);
    case NODE_WORDS:
        return render_words(r, n);
    case NODE_PLURAL:
        return render_plural(r, n);
    }
    return NULL;
}

static err render_nodes(struct rendering *r, const struct node *nodes)
{
    for (const struct node *n = nodes; n; n = n->next) {
        if (++r->steps > STEPS_MAX)
            return render_fail(r, n, "the page has no end");
        TRY(render_one(r, n));
    }
    return NULL;
}

err template_render(struct templates *ts, const char *name, const struct view *view,
    const struct view *frame, const struct render *how, struct arena *arena, struct buf *out)
{
    struct rendering *r = ARENA_NEW(arena, struct rendering);
    err failed;

    r->templates = ts;
    r->is_strict = templates_strict(ts);
    r->how = how;
    r->arena = arena;
    r->out = out;
    r->frame = frame;
    r->levels[0].view = view;
    r->depth = 1;
    templates_enter(ts);
    failed = templates_find(ts, str_of(name), arena, &r->template);
    if (!failed && !r->template)
        failed = err_make(arena, ERR_INTERNAL, "template", NULL, "there is no page `%s`", name);
    if (!failed)
        failed = render_nodes(r, r->template->nodes);
    templates_leave(ts);
    return failed;
}
