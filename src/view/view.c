/* The tree: adding leaves and finding them again. */
#include "view/view.h"

#include <string.h>

#include "base/arena.h"
#include "base/id.h"
#include "view/tree.h"

struct view *view_new(struct arena *arena)
{
    struct view *v = ARENA_NEW(arena, struct view);

    v->arena = arena;
    v->kind = VIEW_OBJECT;
    return v;
}

static struct view *member_of(struct view *parent, str name)
{
    for (struct view *v = parent->first; v; v = v->next)
        if (str_eq(v->name, name))
            return v;
    return NULL;
}

struct view *view_append(struct view *parent, str name, enum view_kind kind)
{
    struct view *v = view_new(parent->arena);

    v->kind = kind;
    v->name = name;
    if (parent->last)
        parent->last->next = v;
    else
        parent->first = v;
    parent->last = v;
    parent->count++;
    return v;
}

struct view *view_add(struct view *parent, str name, enum view_kind kind)
{
    struct view *v = parent->kind == VIEW_OBJECT ? member_of(parent, name) : NULL;

    if (!v)
        return view_append(parent, name, kind);
    *v = (struct view){ .arena = v->arena, .kind = kind, .name = name, .next = v->next };
    return v;
}

static struct view *leaf(struct view *v, const char *name, enum view_kind kind)
{
    return view_add(v, str_of(name), kind);
}

void view_int(struct view *v, const char *name, int64_t n)
{
    leaf(v, name, VIEW_INT)->n = n;
}

void view_bool(struct view *v, const char *name, bool is_true)
{
    leaf(v, name, VIEW_BOOL)->is_true = is_true;
}

void view_str(struct view *v, const char *name, str text)
{
    leaf(v, name, text.at ? VIEW_STR : VIEW_NULL)->text = text;
}

void view_text(struct view *v, const char *name, const char *text)
{
    view_str(v, name, str_of(text));
}

void view_currency(struct view *v, const char *name, currency c)
{
    view_str(v, name, currency_none(c) ? STR_NONE : str_dup(v->arena, str_of(c.code)));
}

void view_words(struct view *v, const char *name, const char *msgid)
{
    view_words_in(v, name, NULL, msgid);
}

void view_words_in(struct view *v, const char *name, const char *context, const char *msgid)
{
    struct view *made = leaf(v, name, msgid ? VIEW_WORDS : VIEW_NULL);

    made->words.context = context;
    made->words.msgid = msgid;
}

void view_money(struct view *v, const char *name, amount money)
{
    leaf(v, name, currency_none(money.currency) ? VIEW_NULL : VIEW_MONEY)->money = money;
}

void view_minor(struct view *v, const char *name, amount money)
{
    leaf(v, name, VIEW_MINOR)->money = money;
}

void view_percent_bp(struct view *v, const char *name, int64_t bp)
{
    leaf(v, name, VIEW_PERCENT)->n = bp;
}

void view_instant(struct view *v, const char *name, instant at)
{
    leaf(v, name, instant_none(at) ? VIEW_NULL : VIEW_INSTANT)->at = at;
}

void view_id(struct view *v, const char *name, const char *prefix, int64_t id)
{
    view_str(v, name, id_print(v->arena, prefix, id));
}

void view_enum(struct view *v, const char *name, const char *const *names, unsigned value)
{
    struct view *made = leaf(v, name, VIEW_ENUM);

    made->choice.names = names;
    made->choice.value = value;
}

void view_null(struct view *v, const char *name)
{
    leaf(v, name, VIEW_NULL);
}

void view_raw(struct view *v, const char *name, str json)
{
    leaf(v, name, str_empty(json) ? VIEW_NULL : VIEW_RAW)->text = json;
}

void view_html(struct view *v, const char *name, str html)
{
    leaf(v, name, VIEW_HTML)->text = html;
}

struct view *view_object(struct view *v, const char *name)
{
    return leaf(v, name, VIEW_OBJECT);
}

struct view *view_list(struct view *v, const char *name)
{
    return leaf(v, name, VIEW_LIST);
}

struct view *view_item(struct view *list)
{
    return view_append(list, STR_NONE, VIEW_OBJECT);
}

void view_item_str(struct view *list, str text)
{
    view_append(list, STR_NONE, text.at ? VIEW_STR : VIEW_NULL)->text = text;
}

void view_item_int(struct view *list, int64_t n)
{
    view_append(list, STR_NONE, VIEW_INT)->n = n;
}

struct view *view_page(struct view *v)
{
    if (!v->page)
        v->page = view_new(v->arena);
    return v->page;
}

const struct view *view_open(const struct view *v)
{
    struct view *raw =
        (struct view *)(uintptr_t)v; /* what is remembered cannot be seen from outside */

    if (v->kind != VIEW_RAW)
        return v;
    if (!raw->parsed && !raw->parse_failed) {
        raw->parsed = view_read_json(raw->arena, raw->text);
        raw->parse_failed = !raw->parsed;
        if (raw->parsed)
            raw->parsed->name = raw->name;
    }
    return raw->parsed;
}

/* `status_is_pending` about the enum leaf `status`: a flag, when "pending" is one of its words. */
static bool asks_enum(const struct view *v, str name, struct view_found *out)
{
    static const str is = { "_is_", 4 };
    str word;

    if (v->kind != VIEW_ENUM || name.len <= v->name.len + is.len || !str_starts(name, v->name) ||
        !str_starts(str_from(name, v->name.len), is))
        return false;
    word = str_from(name, v->name.len + is.len);
    for (unsigned i = 0; v->choice.names[i]; i++) {
        if (str_eq(str_of(v->choice.names[i]), word)) {
            *out = (struct view_found){ .leaf = v, .is_flag = true, .flag = i == v->choice.value };
            return true;
        }
    }
    return false;
}

struct view_found view_find(const struct view *object, str name)
{
    struct view_found found = { .leaf = NULL };
    const struct view *asked = NULL;

    object = view_open(object);
    if (!object || object->kind != VIEW_OBJECT)
        return found;
    for (const struct view *v = object->first; v; v = v->next) {
        if (str_eq(v->name, name))
            return (struct view_found){ .leaf = v };
        if (!asked && asks_enum(v, name, &found))
            asked = v;
    }
    if (!asked && object->page)
        return view_find(object->page, name);
    return found;
}
