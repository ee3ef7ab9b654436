/* Which language, which plural, and what is said without a translation. */
#include "base/test.h"

#include "view/lang.h"

TEST(a_language_is_found_by_its_tag_with_or_without_a_region)
{
    static const struct {
        const char *tag, *found;
    } cases[] = {
        { "pl", "pl" },
        { "pl-PL", "pl" },
        { "PL_pl", "pl" },
        { "ru", "ru" },
        { "en-GB", "en" },
        { "de", NULL },
        { "p", NULL },
        { "plx", NULL },
        { "", NULL },
    };

    EACH (c, cases) {
        const struct lang *found = lang_find(str_of(c->tag));

        test_case("%s", c->tag);
        ASSERT_STR(str_of(found ? found->tag : "none"), c->found ? c->found : "none");
    }
}

TEST(a_browser_gets_the_language_it_likes_best)
{
    static const struct {
        const char *header, *tag;
    } cases[] = {
        { "pl", "pl" },
        { "de, pl;q=0.8, en;q=0.9", "en" },
        { "de-DE,de;q=0.9,ru-RU;q=0.5, pl;q=0.4", "ru" },
        { "pl;q=0, ru;q=0.001", "ru" },
        { "ru;q=1.0,pl", "ru" },
        { "pl ; q=0.9 , ru;q=0.95", "ru" },
        { "*", "en" },
        { "", "en" },
        { "pl;q=x, ru;q=0.1", "ru" },
        { ",,;;q=,pl;", "pl" },
    };

    EACH (c, cases) {
        test_case("%s", c->header);
        ASSERT_STR(str_of(lang_accept(str_of(c->header))->tag), c->tag);
    }
    ASSERT_STR(str_of(lang_accept(STR_NONE)->tag), "en");
}

TEST(each_number_takes_its_plural_form)
{
    static const struct {
        int64_t n;
        unsigned en, pl, ru;
    } cases[] = {
        { 0, 1, 2, 2 }, { 1, 0, 0, 0 }, { 2, 1, 1, 1 }, { 4, 1, 1, 1 }, { 5, 1, 2, 2 },
        { 11, 1, 2, 2 }, { 12, 1, 2, 2 }, { 14, 1, 2, 2 }, { 21, 1, 2, 0 }, { 22, 1, 1, 1 },
        { 25, 1, 2, 2 }, { 101, 1, 2, 0 }, { 111, 1, 2, 2 }, { 112, 1, 2, 2 }, { 122, 1, 1, 1 },
        { -1, 0, 0, 0 }, { -3, 1, 1, 1 }, { INT64_MIN, 1, 2, 2 }, /* …808 */
    };

    EACH (c, cases) {
        test_case("%lld", (long long)c->n);
        ASSERT_INT(lang_plural_index(languages[0], c->n), c->en);
        ASSERT_INT(lang_plural_index(languages[1], c->n), c->pl);
        ASSERT_INT(lang_plural_index(languages[2], c->n), c->ru);
    }
}

TEST(a_message_without_a_translation_is_said_in_english)
{
    str one = STR("one {thing} nobody translates"), many = STR("{n} things nobody translates");

    for (size_t i = 0; languages[i]; i++) {
        ASSERT_STR(lang_text(languages[i], NULL, one), "one {thing} nobody translates");
        ASSERT_STR(lang_text(languages[i], "context", one), "one {thing} nobody translates");
        ASSERT_STR(lang_plural(languages[i], one, many, 1), "one {thing} nobody translates");
        ASSERT_STR(lang_plural(languages[i], one, many, 21), "{n} things nobody translates");
    }
}

TEST(places_are_filled_by_name)
{
    ASSERT_STR(
        lang_fill(t->arena, STR("{a}, {b} and {a}; {c} {"), "a", STR("1"), "b", STR("{a}"), NULL),
        "1, {a} and 1; {c} {");
    ASSERT_STR(lang_fill(t->arena, STR("nothing"), NULL), "nothing");
}

RUN_TESTS(ROW(a_language_is_found_by_its_tag_with_or_without_a_region),
    ROW(a_browser_gets_the_language_it_likes_best), ROW(each_number_takes_its_plural_form),
    ROW(a_message_without_a_translation_is_said_in_english), ROW(places_are_filled_by_name))
