/* A mouth for src/view, so that Node can compare it with Intl and with npm's mustache. Each line of
 * standard input is one question, a JSON object; each line of standard output its answer, a JSON
 * text or number. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "view/template.h"
#include "view/tree.h"

struct question {
    struct arena *arena;
    const struct view *asked;
    const struct lang *lang;
    struct buf *out;
};

static const struct view *member(const struct question *q, const char *name)
{
    const struct view *leaf = view_find(q->asked, str_of(name)).leaf;

    if (!leaf) {
        fprintf(stderr, "probe: a question without `%s`\n", name);
        exit(1);
    }
    return leaf;
}

static int64_t number(const struct question *q, const char *name)
{
    return member(q, name)->n;
}

static str text(const struct question *q, const char *name)
{
    return member(q, name)->text;
}

static amount money(const struct question *q)
{
    amount a = { .minor = number(q, "minor") };

    if (currency_read(text(q, "code"), &a.currency))
        exit(1);
    return a;
}

/* Texts under names that end in _html become trusted markup. */
static void trust(struct view *v)
{
    if (v->kind == VIEW_STR && str_ends(v->name, STR("_html")))
        v->kind = VIEW_HTML;
    for (struct view *child = v->first; child; child = child->next)
        trust(child);
}

static void answer_render(const struct question *q)
{
    const struct view *pages = member(q, "pages");
    struct template_source *sources =
        ARENA_ARRAY(q->arena, struct template_source, pages->count + 1);
    struct view *view = (struct view *)(uintptr_t)member(q, "view");
    struct render how = { .lang = q->lang };
    struct templates *ts;
    struct buf out = buf_new(q->arena);
    size_t count = 0;
    err failed;

    for (const struct view *page = pages->first; page; page = page->next)
        sources[count++] =
            (struct template_source){ str_c(q->arena, page->name), str_c(q->arena, page->text) };
    trust(view);
    failed = templates_open(sources, NULL, false, &ts);
    if (!failed)
        failed = template_render(ts, "t/main", view, NULL, &how, q->arena, &out);
    buf_json(q->out, failed ? str_printf(q->arena, "! %s", failed->text) : buf_str(&out));
    templates_close(ts);
}

static void answer_int(const struct question *q)
{
    buf_json(q->out, format_int(q->arena, q->lang, number(q, "n")));
}

static void answer_money(const struct question *q)
{
    buf_json(q->out, format_money(q->arena, q->lang, money(q)));
}

static void answer_whole(const struct question *q)
{
    buf_json(q->out, format_money_whole(q->arena, q->lang, money(q)));
}

static void answer_exact(const struct question *q)
{
    amount a = money(q);

    buf_json(q->out, format_money_exact(q->arena, q->lang, text(q, "decimal"), a.currency));
}

static void answer_decimal(const struct question *q)
{
    buf_json(q->out, format_decimal(q->arena, q->lang, text(q, "decimal")));
}

static void answer_percent(const struct question *q)
{
    buf_json(q->out, format_percent_bp(q->arena, q->lang, number(q, "bp")));
}

static void answer_ratio(const struct question *q)
{
    buf_json(q->out, format_ratio(q->arena, q->lang, number(q, "top"), number(q, "bottom"),
                         (int)number(q, "decimals")));
}

static void answer_date(const struct question *q)
{
    buf_json(q->out, format_date(q->arena, q->lang, (instant){ number(q, "ms") },
                         (enum date_form)number(q, "form"), (int)number(q, "offset")));
}

static void answer_ago(const struct question *q)
{
    buf_json(q->out, format_ago(q->arena, q->lang, (instant){ number(q, "then") },
                         (instant){ number(q, "now") }));
}

static void answer_plural(const struct question *q)
{
    buf_int(q->out, lang_plural_index(q->lang, number(q, "n")));
}

static void answer_codes(const struct question *q)
{
    struct view *codes = view_new(q->arena);

    for (const char *const *code = currency_codes(); *code; code++) {
        currency c;

        if (!currency_read(str_of(*code), &c))
            view_int(codes, *code, currency_decimals(c));
    }
    view_json(codes, q->out);
}

static const struct {
    const char *name;
    void (*answer)(const struct question *);
} answers[] = {
    { "render", answer_render },
    { "int", answer_int },
    { "money", answer_money },
    { "whole", answer_whole },
    { "exact", answer_exact },
    { "decimal", answer_decimal },
    { "percent", answer_percent },
    { "ratio", answer_ratio },
    { "date", answer_date },
    { "ago", answer_ago },
    { "plural", answer_plural },
    { "codes", answer_codes },
};

static bool answer(const struct question *q)
{
    str what = text(q, "do");

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        if (str_eq(what, str_of(answers[i].name))) {
            answers[i].answer(q);
            buf_char(q->out, '\n');
            return true;
        }
    }
    return false;
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;

    for (ssize_t len; (len = getline(&line, &room, stdin)) > 0;) {
        struct arena *arena = arena_new();
        struct buf out = buf_new(arena);
        struct question q = { .arena = arena, .out = &out };

        q.asked = view_read_json(arena, (str){ line, (size_t)len });
        if (!q.asked) {
            fprintf(stderr, "probe: no JSON: %s", line);
            return 1;
        }
        q.lang = lang_find(text(&q, "lang"));
        if (!q.lang || !answer(&q)) {
            fprintf(stderr, "probe: no answer to: %s", line);
            return 1;
        }
        fwrite(out.at, 1, out.len, stdout);
        arena_free(arena);
    }
    free(line);
    return 0;
}
