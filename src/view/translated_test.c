/* What translators wrote, on pages. This program brings catalogues of its own instead of those from
 * po/. */
#include "base/test.h"

#include "base/buf.h"
#include "view/catalogue.h"
#include "view/template.h"

/* clang-format off */
static const struct message polish[] = { /* sorted by key */
    { "<b>{name}</b> is owed {owed}", { "{owed} dla <b>{name}</b>" } },
    { "Broken {name}",                { "Zepsute {imie}" } },
    { "Close",                        { "Zamknij \"to\" <teraz>" } },
    { "Open",                         { "Otwarte" } },
    { "Partners",                     { "Partnerzy" } },
    { "menu\004Open",                 { "Otwórz" } },
    { "menu\004Partners",             { "Do partnerów" } },
    { "{n} click",                    { "{n} kliknięcie", "{n} kliknięcia", "{n} kliknięć" } },
};
static const struct message russian[] = {
    { "Partners", { "Партнёры" } },
};
const struct catalogue catalogues[] = {
    { "en", NULL, 0 },
    { "pl", polish, sizeof(polish) / sizeof(polish[0]) },
    { "ru", russian, sizeof(russian) / sizeof(russian[0]) },
};
/* clang-format on */

TEST(messages_are_found_with_their_context_and_without)
{
    const struct lang *pl = languages[1];

    for (size_t i = 0; i < 5; i++)
        ASSERT_STR(lang_text(pl, NULL, str_of(polish[i].key)), polish[i].forms[0]);
    ASSERT_STR(_(pl, "Open"), "Otwarte");
    ASSERT_STR(lang_text(pl, "menu", STR("Open")), "Otwórz");
    ASSERT_STR(lang_text(pl, "men", STR("Open")), "Open");
    ASSERT_STR(lang_text(pl, "menus", STR("Open")), "Open");
    ASSERT_STR(lang_text(pl, "menu", STR("Close")), "Close");
    ASSERT_STR(_(languages[2], "Open"), "Open");
    ASSERT_STR(_(languages[0], "Open"), "Open");
    ASSERT_STR(lang_plural(pl, STR("{n} click"), STR("{n} clicks"), 22), "{n} kliknięcia");
    ASSERT_STR(lang_plural(languages[2], STR("{n} click"), STR("{n} clicks"), 21), "{n} clicks");
}

static str render(struct test *t, const struct lang *lang, const char *text, int64_t n)
{
    const struct template_source sources[] = { { "t/main", text }, { NULL, NULL } };
    struct render how = { .lang = lang };
    struct buf out = buf_new(t->arena);
    struct view *v = view_new(t->arena);
    struct templates *ts;
    err failed = templates_open(sources, NULL, true, &ts);

    view_text(v, "name", "A & B");
    view_money(v, "owed", (amount){ 1250, { "EUR" } });
    view_int(v, "n", n);
    view_words(v, "title", "Partners");
    view_words_in(v, "entry", "menu", "Partners");
    if (!failed)
        failed = template_render(ts, "t/main", v, NULL, &how, t->arena, &out);
    templates_close(ts);
    ASSERT_OK(failed);
    return buf_str(&out);
}

TEST(pages_speak_the_readers_language)
{
    static const struct {
        const char *text;
        int64_t n;
        const char *pl, *ru;
    } cases[] = {
        { "{{#_}}Partners{{/_}} {{title}} {{entry}}", 0, "Partnerzy Partnerzy Do partnerów",
            "Партнёры Партнёры Partners" },
        { "{{#_}}<b>{{name}}</b> is owed {owed}{{/_}}", 0, "12,50\xc2\xa0€ dla <b>A &amp; B</b>",
            "<b>A &amp; B</b> is owed 12,50\xc2\xa0€" },
        { "{{#_}}Broken {name}{{/_}}", 0, "Broken A &amp; B", "Broken A &amp; B" },
        { "{{#_ menu}}Open{{/_}}/{{#_}}Open{{/_}}", 0, "Otwórz/Otwarte", "Open/Open" },
        { "<a title=\"{{#_}}Close{{/_}}\">", 0, "<a title=\"Zamknij &quot;to&quot; &lt;teraz>\">",
            "<a title=\"Close\">" },
        { "{{#_n n}}{n} click|{n} clicks{{/_n}}", 1, "1 kliknięcie", "1 click" },
        { "{{#_n n}}{n} click|{n} clicks{{/_n}}", 3, "3 kliknięcia", "3 clicks" },
        { "{{#_n n}}{n} click|{n} clicks{{/_n}}", 21, "21 kliknięć", "21 clicks" },
        { "{{#_n n}}{n|plain} click|{{n|plain}} clicks{{/_n}}", 12345, "12345 kliknięć",
            "12345 clicks" },
    };

    EACH (c, cases) {
        test_case("%s", c->text);
        ASSERT_STR(render(t, languages[1], c->text, c->n), c->pl);
        ASSERT_STR(render(t, languages[2], c->text, c->n), c->ru);
    }
}

RUN_TESTS(
    ROW(messages_are_found_with_their_context_and_without), ROW(pages_speak_the_readers_language))
