/* The view as JSON: members in the order they were added, nothing that is for pages only. */
#include "view/view.h"

#include "base/arena.h"
#include "base/buf.h"
#include "view/tree.h"

static void print(const struct view *, struct buf *out);

static void print_children(const struct view *v, struct buf *out)
{
    bool is_first = true;

    for (const struct view *child = v->first; child; child = child->next) {
        if (child->kind == VIEW_HTML)
            continue;
        if (!is_first)
            buf_char(out, ',');
        is_first = false;
        if (v->kind == VIEW_OBJECT) {
            buf_json(out, child->name);
            buf_char(out, ':');
        }
        print(child, out);
    }
}

static void print_money(amount money, struct buf *out)
{
    buf_add(out, STR("{\"amount\":"));
    buf_int(out, money.minor);
    buf_add(out, STR(",\"currency\":"));
    buf_json(out, str_of(money.currency.code));
    buf_char(out, '}');
}

static void print(const struct view *v, struct buf *out)
{
    switch (v->kind) {
    case VIEW_OBJECT:
        buf_char(out, '{');
        print_children(v, out);
        buf_char(out, '}');
        return;
    case VIEW_LIST:
        buf_char(out, '[');
        print_children(v, out);
        buf_char(out, ']');
        return;
    case VIEW_INT:
    case VIEW_PERCENT:
        buf_int(out, v->n);
        return;
    case VIEW_MINOR:
        buf_int(out, v->money.minor);
        return;
    case VIEW_BOOL:
        buf_add(out, v->is_true ? STR("true") : STR("false"));
        return;
    case VIEW_STR:
        buf_json(out, v->text);
        return;
    case VIEW_WORDS:
        buf_json(out, str_of(v->words.msgid));
        return;
    case VIEW_ENUM:
        buf_json(out, str_of(v->choice.names[v->choice.value]));
        return;
    case VIEW_MONEY:
        print_money(v->money, out);
        return;
    case VIEW_INSTANT:
        buf_json(out, instant_print(out->arena, v->at));
        return;
    case VIEW_NUMBER:
    case VIEW_RAW:
        buf_add(out, v->text);
        return;
    case VIEW_NULL:
    case VIEW_HTML:
        break;
    }
    buf_add(out, STR("null"));
}

void view_json(const struct view *v, struct buf *out)
{
    print(v, out);
}

/* Outside strings JSON has none of these letters, so each can only stand where an escape may. */
void view_json_script(const struct view *v, struct buf *out)
{
    struct buf plain = buf_new(out->arena);
    str text;

    print(v, &plain);
    text = buf_str(&plain);
    for (size_t i = 0; i < text.len; i++) {
        str rest = str_from(text, i);

        if (text.at[i] == '<' || text.at[i] == '>' || text.at[i] == '&') {
            buf_printf(out, "\\u%04x", (unsigned)text.at[i]);
        } else if (str_starts(rest, STR("\xe2\x80\xa8")) || str_starts(rest, STR("\xe2\x80\xa9"))) {
            buf_printf(out, "\\u20%02x", (unsigned)(unsigned char)text.at[i + 2] - 0x80);
            i += 2;
        } else {
            buf_char(out, text.at[i]);
        }
    }
}
