/* Finding a value in the context, and writing it in the reader's form, safe for its place. */
#include "view/template_render.h"

#include <assert.h>

#include "base/arena.h"

enum step { STEP_MISSING, STEP_NULL, STEP_FOUND };

static bool is_null(const struct value *v)
{
    return v->is == VALUE_LEAF && v->leaf->kind == VIEW_NULL;
}

static struct value leaf_value(const struct view *v)
{
    const struct view *opened = view_open(v);

    return opened ? (struct value){ .is = VALUE_LEAF, .leaf = opened }
                  : (struct value){ .is = VALUE_MISSING };
}

static struct value member(const struct view *v, str name)
{
    const struct view *opened = view_open(v);
    struct view_found found;

    if (opened && opened->kind == VIEW_LIST && str_eq(name, STR("-count")))
        return (struct value){ .is = VALUE_INT, .n = (int64_t)opened->count };
    found = view_find(v, name);
    if (!found.leaf)
        return (struct value){ .is = VALUE_MISSING };
    if (found.is_flag)
        return (struct value){ .is = VALUE_FLAG, .flag = found.flag };
    return leaf_value(found.leaf);
}

/* The whole path from `v` on. A null on the way makes the rest null: known, but nothing. */
static enum step walk(const struct view *v, const struct path *path, struct value *out)
{
    *out = member(v, path->parts[0]);
    for (size_t i = 1; i < path->count; i++) {
        if (is_null(out))
            return STEP_NULL;
        if (out->is != VALUE_LEAF)
            return STEP_MISSING;
        *out = member(out->leaf, path->parts[i]);
    }
    return out->is == VALUE_MISSING ? STEP_MISSING : STEP_FOUND;
}

static bool look_at_item(const struct rendering *r, str name, struct value *out)
{
    for (size_t i = r->depth; i-- > 0;) {
        const struct level *level = &r->levels[i];

        if (!level->is_item)
            continue;
        if (str_eq(name, STR("-index")))
            *out = (struct value){ .is = VALUE_INT, .n = level->index };
        else if (str_eq(name, STR("-first")))
            *out = (struct value){ .is = VALUE_FLAG, .flag = level->index == 1 };
        else if (str_eq(name, STR("-last")))
            *out = (struct value){ .is = VALUE_FLAG, .flag = level->index == level->count };
        else
            return false;
        return true;
    }
    return false;
}

struct value value_look(const struct rendering *r, const struct path *path)
{
    static const struct view nothing = { .kind = VIEW_NULL };
    struct value value;
    bool seen_null = false;

    if (path->count == 0)
        return leaf_value(r->levels[r->depth - 1].view);
    if (path->count == 1 && path->parts[0].at[0] == '-' && look_at_item(r, path->parts[0], &value))
        return value;
    for (size_t i = r->depth + 1; i-- > 0;) {
        const struct view *at = i > 0 ? r->levels[i - 1].view : r->frame;
        enum step step = at ? walk(at, path, &value) : STEP_MISSING;

        if (step == STEP_FOUND)
            return value;
        seen_null = seen_null || step == STEP_NULL;
    }
    return seen_null ? (struct value){ .is = VALUE_LEAF, .leaf = &nothing }
                     : (struct value){ .is = VALUE_MISSING };
}

static bool leaf_true(const struct view *v)
{
    switch (v->kind) {
    case VIEW_OBJECT:
    case VIEW_INSTANT:
    case VIEW_NUMBER:
    case VIEW_WORDS:
        return true;
    case VIEW_LIST:
        return v->count > 0;
    case VIEW_INT:
    case VIEW_PERCENT:
        return v->n != 0;
    case VIEW_BOOL:
        return v->is_true;
    case VIEW_STR:
    case VIEW_HTML:
        return v->text.len > 0;
    case VIEW_MONEY:
    case VIEW_MINOR:
        return v->money.minor != 0;
    case VIEW_ENUM:
        return v->choice.names[v->choice.value][0] != '\0';
    case VIEW_NULL:
    case VIEW_RAW: /* opened before */
        break;
    }
    return false;
}

bool value_true(const struct value *v)
{
    switch (v->is) {
    case VALUE_LEAF:
        return leaf_true(v->leaf);
    case VALUE_FLAG:
        return v->flag;
    case VALUE_INT:
        return v->n != 0;
    case VALUE_MISSING:
        break;
    }
    return false;
}

/* Money without a currency is a count of something: it prints as a number. */
static str money_text(const struct rendering *r, amount money)
{
    if (currency_none(money.currency))
        return format_int(r->arena, r->how->lang, money.minor);
    return format_money(r->arena, r->how->lang, money);
}

static str leaf_text(const struct rendering *, const struct view *);

/* A message's {places}, from what can be reached here; those that lead nowhere stay. */
static str words_text(const struct rendering *r, const struct view *v)
{
    str text = lang_text(r->how->lang, v->words.context, str_of(v->words.msgid));
    struct buf out = buf_new(r->arena);

    if (!str_has(text, STR("{")))
        return text;
    for (size_t i = 0; i < text.len; i++) {
        str rest = str_from(text, i + 1);
        struct value_tag tag;
        struct value value;
        size_t end;

        if (text.at[i] == '{' && str_find(rest, '}', &end) &&
            value_tag_looks(str_first(rest, end)) &&
            !value_tag_read(r->arena, r->template->name, 0, str_first(rest, end), &tag)) {
            value = value_look(r, &tag.path);
            if (value.is == VALUE_LEAF && value.leaf->kind != VIEW_WORDS) {
                buf_add(&out, leaf_text(r, value.leaf));
                i += end + 1;
                continue;
            }
        }
        buf_char(&out, text.at[i]);
    }
    return buf_str(&out);
}

/* How a leaf prints when no filter asks for anything. */
static str leaf_text(const struct rendering *r, const struct view *v)
{
    const struct lang *lang = r->how->lang;

    switch (v->kind) {
    case VIEW_INT:
        return format_int(r->arena, lang, v->n);
    case VIEW_PERCENT:
        return format_percent_bp(r->arena, lang, v->n);
    case VIEW_BOOL:
        return v->is_true ? STR("true") : STR("false");
    case VIEW_STR:
    case VIEW_NUMBER:
    case VIEW_HTML:
        return v->text;
    case VIEW_WORDS:
        return words_text(r, v);
    case VIEW_ENUM:
        return str_of(v->choice.names[v->choice.value]);
    case VIEW_MONEY:
    case VIEW_MINOR:
        return money_text(r, v->money);
    case VIEW_INSTANT:
        return format_date(r->arena, lang, v->at, DATE_LONG, r->how->offset_minutes);
    case VIEW_NULL:
    case VIEW_OBJECT:
    case VIEW_LIST:
    case VIEW_RAW:
        break;
    }
    return STR_NONE;
}

static bool date_text(
    const struct rendering *r, const struct value_tag *tag, const struct view *v, str *out)
{
    const struct render *how = r->how;

    if (v->kind != VIEW_INSTANT)
        return false;
    if (tag->filter == FILTER_ISO)
        *out = instant_print(r->arena, v->at);
    else if (tag->filter == FILTER_AGO)
        *out = format_ago(r->arena, how->lang, v->at, how->now);
    else if (tag->filter == FILTER_INPUT)
        *out = format_input_date(r->arena, v->at, how->offset_minutes);
    else if (tag->filter == FILTER_INPUT_TIME)
        *out = format_input_time(r->arena, v->at, how->offset_minutes);
    else
        *out = format_date(r->arena, how->lang, v->at, tag->date_form, how->offset_minutes);
    return true;
}

static bool is_money(const struct view *v)
{
    return v->kind == VIEW_MONEY || v->kind == VIEW_MINOR;
}

static str percent_plain(struct arena *arena, int64_t bp)
{
    str text = amount_decimal(
        arena, (amount){ bp, { "EUR" } }); /* two decimals, like a percentage in points */

    if (str_ends(text, STR(".00")))
        return str_first(text, text.len - 3);
    return str_ends(text, STR("0")) ? str_first(text, text.len - 1) : text;
}

static bool plain_text(const struct rendering *r, const struct view *v, str *out)
{
    if (v->kind == VIEW_INT || (v->kind == VIEW_MINOR && currency_none(v->money.currency)))
        *out =
            str_printf(r->arena, "%lld", (long long)(v->kind == VIEW_INT ? v->n : v->money.minor));
    else if (is_money(v))
        *out = amount_decimal(r->arena, v->money);
    else if (v->kind == VIEW_PERCENT)
        *out = percent_plain(r->arena, v->n);
    else if (v->kind == VIEW_INSTANT)
        *out = instant_print(r->arena, v->at);
    else
        *out = leaf_text(r, v);
    return v->kind != VIEW_OBJECT && v->kind != VIEW_LIST;
}

/* Minor units or exact decimal text in the nearest `currency`. */
static bool in_currency(const struct rendering *r, const struct view *v, str *out)
{
    static const str name = { "currency", 8 };
    const struct path path = { .text = name, .parts = &name, .count = 1 };
    struct value found = value_look(r, &path);
    currency c;

    if (is_money(v) && !currency_none(v->money.currency)) {
        *out = leaf_text(r, v);
        return true;
    }
    if (found.is != VALUE_LEAF || found.leaf->kind != VIEW_STR ||
        currency_read(found.leaf->text, &c))
        return false;
    if (v->kind == VIEW_INT)
        *out = format_money(r->arena, r->how->lang, (amount){ v->n, c });
    else if (v->kind == VIEW_STR || v->kind == VIEW_NUMBER)
        *out = format_money_exact(r->arena, r->how->lang, v->text, c);
    else
        return false;
    return true;
}

static bool filtered_text(
    const struct rendering *r, const struct value_tag *tag, const struct view *v, str *out)
{
    const struct lang *lang = r->how->lang;

    switch (tag->filter) {
    case FILTER_NONE:
        *out = leaf_text(r, v);
        return v->kind != VIEW_OBJECT && v->kind != VIEW_LIST;
    case FILTER_DATE:
    case FILTER_ISO:
    case FILTER_AGO:
    case FILTER_INPUT:
    case FILTER_INPUT_TIME:
        return date_text(r, tag, v, out);
    case FILTER_WHOLE:
        if (is_money(v))
            *out = format_money_whole(r->arena, lang, v->money);
        return is_money(v);
    case FILTER_PLAIN:
        return plain_text(r, v, out);
    case FILTER_MINOR:
        if (is_money(v))
            *out = str_printf(r->arena, "%lld", (long long)v->money.minor);
        return is_money(v);
    case FILTER_MONEY:
        return in_currency(r, v, out);
    case FILTER_PERCENT:
        if (v->kind == VIEW_INT || v->kind == VIEW_PERCENT)
            *out = format_percent_bp(r->arena, lang, v->n);
        return v->kind == VIEW_INT || v->kind == VIEW_PERCENT;
    case FILTER_DECIMAL:
        if (v->kind == VIEW_STR || v->kind == VIEW_NUMBER)
            *out = format_decimal(r->arena, lang, v->text);
        return v->kind == VIEW_STR || v->kind == VIEW_NUMBER;
    case FILTER_URL:
        if (!plain_text(r, v, out))
            return false;
        *out = str_url_encode(r->arena, *out);
        return true;
    case FILTER_JSON:
        break;
    }
    assert(false && "a filter that exists");
    return false;
}

static str json_text(const struct rendering *r, const struct view *v, enum place place)
{
    struct buf text = buf_new(r->arena);

    if (place == PLACE_SCRIPT)
        view_json_script(v, &text);
    else
        view_json(v, &text);
    return buf_str(&text);
}

/* Whether a URL that begins like this stays where pages may lead: browsers drop white space and
 * control letters. */
static bool is_safe_url(str url)
{
    static const char *const schemes[] = { "http", "https", "mailto", "tel" };
    char scheme[8];
    size_t len = 0;

    for (size_t i = 0; i < url.len; i++) {
        unsigned char c = (unsigned char)url.at[i];

        if (c == '/' || c == '?' || c == '#')
            return true;
        if (c == ':') {
            for (size_t s = 0; s < sizeof(schemes) / sizeof(schemes[0]); s++)
                if (str_eq_nocase((str){ scheme, len }, str_of(schemes[s])))
                    return true;
            return false;
        }
        if (c <= ' ' || c == 0x7f)
            continue;
        if (len < sizeof(scheme))
            scheme[len++] =
                (char)c; /* a longer one matches none: its first eight letters already do not */
    }
    return true;
}

static void escape(struct rendering *r, str text, enum place place)
{
    switch (place) {
    case PLACE_URL:
        buf_html(r->out, is_safe_url(text) ? text : STR("#"));
        return;
    case PLACE_TEXT:
    case PLACE_ATTRIBUTE:
        buf_html(r->out, text);
        return;
    case PLACE_SCRIPT:
    case PLACE_PLAIN:
        break;
    }
    buf_add(r->out, text);
}

err value_print(struct rendering *r, const struct node *n)
{
    const struct value_tag *tag = &n->value;
    struct value value = value_look(r, &tag->path);
    struct view made = { .arena = r->arena, .kind = VIEW_INT, .n = value.n };
    str text = STR_NONE;

    if (value.is == VALUE_MISSING) {
        if (!r->is_strict || tag->path.may_miss)
            return NULL;
        return render_fail(r, n, "unknown name `%" PRI_STR "`", STR_ARG(tag->path.text));
    }
    if (value.is == VALUE_FLAG)
        made = (struct view){ .arena = r->arena, .kind = VIEW_BOOL, .is_true = value.flag };
    if (value.is != VALUE_LEAF)
        value.leaf = &made;
    if (tag->filter == FILTER_JSON) {
        escape(r, json_text(r, value.leaf, tag->place), tag->place);
        return NULL;
    }
    if (value.leaf->kind == VIEW_NULL)
        return NULL;
    if (tag->is_raw && value.leaf->kind == VIEW_HTML) {
        buf_add(r->out, value.leaf->text);
        return NULL;
    }
    if (!filtered_text(r, tag, value.leaf, &text)) {
        if (r->is_strict)
            return render_fail(
                r, n, "`%" PRI_STR "` cannot be printed so", STR_ARG(tag->path.text));
        text = leaf_text(r, value.leaf);
    }
    escape(r, text, tag->place);
    return NULL;
}
