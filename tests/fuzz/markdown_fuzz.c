/* Fuzz target: markdown from strangers. Every tag that comes out is one of few, and every address
 * has a scheme of few. */
#include "base/arena.h"
#include "view/markdown.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

static bool begins(str html, const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        if (str_starts(html, str_of(words[i])))
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    static const char *const tags[] = { "<p>", "</p>", "<h2>", "</h2>", "<h3>", "</h3>", "<h4>",
        "</h4>", "<h5>", "</h5>", "<h6>", "</h6>", "<em>", "</em>", "<strong>", "</strong>",
        "<code>", "<code class=\"language-", "</code>", "<pre><code", "</pre>", "<ul>", "</ul>",
        "<ol>", "<ol start=\"", "</ol>", "<li>", "</li>", "<blockquote>", "</blockquote>", "<hr />",
        "<br />", "<!-- raw HTML omitted -->", "<a rel=\"nofollow ugc noopener\" href=\"", "</a>",
        NULL };
    struct arena *arena = arena_new();
    str html, text;

    if (!markdown_html(arena, (str){ (const char *)bytes, size }, &html)) {
        for (size_t i = 0; i < html.len; i++)
            assert(html.at[i] != '<' || begins(str_from(html, i), tags));
        assert(!str_has(str_lower(arena, html), STR("href=\"javascript:")));
    }
    assert(size > MARKDOWN_MAX || !markdown_text(arena, (str){ (const char *)bytes, size }, &text));
    arena_free(arena);
    return 0;
}
