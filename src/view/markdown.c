/* Markdown through cmark, with what a stranger may not do taken out of the tree first. */
#include "view/markdown.h"

#include <cmark.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

const struct err MARKDOWN_TOO_LONG = { ERR_TOO_LARGE, "markdown_too_long",
    N_("This text is too long. 64 kilobytes is the most."), NULL };

enum { OPTIONS = CMARK_OPT_DEFAULT | CMARK_OPT_VALIDATE_UTF8 }; /* safe: raw HTML is left out */

static bool is_allowed(const char *url)
{
    static const char *const schemes[] = { "http", "https", "mailto", "tel" };
    size_t end = strcspn(url, ":/?#");

    if (url[end] != ':')
        return true;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (str_eq_nocase((str){ url, end }, str_of(schemes[i])))
            return true;
    return false;
}

/* The page has its h1, so the text's highest headings become h2, whichever level its author began with. */
static int highest_level(cmark_node *document)
{
    int highest = 6;
    cmark_event_type event;
    cmark_iter *iter = cmark_iter_new(document);

    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event == CMARK_EVENT_ENTER && cmark_node_get_type(node) == CMARK_NODE_HEADING
            && cmark_node_get_heading_level(node) < highest)
            highest = cmark_node_get_heading_level(node);
    }
    cmark_iter_free(iter);
    return highest;
}

static void move_heading(cmark_node *heading, int highest)
{
    int level = cmark_node_get_heading_level(heading) - highest + 2;

    cmark_node_set_heading_level(heading, level < 6 ? level : 6);
}

/* An image becomes a link with the image's description as its words. */
static void image_to_link(cmark_node *image)
{
    cmark_node *link = cmark_node_new(CMARK_NODE_LINK), *child;
    const char *url = cmark_node_get_url(image);

    cmark_node_set_url(link, is_allowed(url) ? url : "");
    if (!cmark_node_first_child(image)) {
        cmark_node *text = cmark_node_new(CMARK_NODE_TEXT);

        cmark_node_set_literal(text, url);
        cmark_node_append_child(link, text);
    }
    while ((child = cmark_node_first_child(image)))
        cmark_node_append_child(link, child);
    cmark_node_replace(image, link);
    cmark_node_free(image);
}

/* Inside a link, or inside an image that becomes one. */
static bool is_in_link(cmark_node *node)
{
    while ((node = cmark_node_parent(node)))
        if (cmark_node_get_type(node) == CMARK_NODE_LINK ||
            cmark_node_get_type(node) == CMARK_NODE_IMAGE)
            return true;
    return false;
}

/* Links do not nest: an image inside one leaves its words only. */
static void image_to_words(cmark_node *image)
{
    cmark_node *child;

    while ((child = cmark_node_first_child(image)))
        cmark_node_insert_before(image, child);
    cmark_node_free(image);
}

static void make_safe(cmark_node *document)
{
    int highest = highest_level(document);
    cmark_iter *iter = cmark_iter_new(document);
    cmark_event_type event;

    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);

        if (event == CMARK_EVENT_ENTER && type == CMARK_NODE_HEADING)
            move_heading(node, highest);
        if (event == CMARK_EVENT_ENTER && type == CMARK_NODE_LINK &&
            !is_allowed(cmark_node_get_url(node)))
            cmark_node_set_url(node, "");
        if (event == CMARK_EVENT_EXIT && type == CMARK_NODE_IMAGE) {
            if (is_in_link(node))
                image_to_words(node);
            else
                image_to_link(node);
        }
    }
    cmark_iter_free(iter);
}

/* cmark escapes every < of the text, so these letters are always a link of its own. */
static str with_rel(struct arena *arena, str html)
{
    return str_replace(arena, html, STR("<a href="), STR("<a rel=\"nofollow ugc noopener\" href="));
}

static err parse(str markdown, cmark_node **out)
{
    if (markdown.len > MARKDOWN_MAX)
        return &MARKDOWN_TOO_LONG;
    *out = cmark_parse_document(markdown.at ? markdown.at : "", markdown.len, OPTIONS);
    return NULL;
}

err markdown_html(struct arena *arena, str markdown, str *out_html)
{
    cmark_node *document;
    char *html;

    TRY(parse(markdown, &document));
    make_safe(document);
    html = cmark_render_html(document, OPTIONS);
    *out_html = with_rel(arena, str_of(html));
    if (!out_html->at)
        *out_html = STR("");
    *out_html = str_dup(arena, *out_html); /* str_replace may give its argument back */
    free(html);
    cmark_node_free(document);
    return NULL;
}

static void add_words(struct buf *out, cmark_node *node, cmark_event_type event)
{
    switch (cmark_node_get_type(node)) {
    case CMARK_NODE_TEXT:
    case CMARK_NODE_CODE:
    case CMARK_NODE_CODE_BLOCK:
        if (event == CMARK_EVENT_ENTER)
            buf_add(out, str_of(cmark_node_get_literal(node)));
        return;
    case CMARK_NODE_SOFTBREAK:
        buf_char(out, ' ');
        return;
    case CMARK_NODE_LINEBREAK:
        buf_char(out, '\n');
        return;
    case CMARK_NODE_PARAGRAPH:
    case CMARK_NODE_HEADING:
        if (event == CMARK_EVENT_EXIT)
            buf_char(out, '\n');
        return;
    default:
        return;
    }
}

err markdown_text(struct arena *arena, str markdown, str *out_text)
{
    struct buf out = buf_new(arena);
    cmark_node *document;
    cmark_iter *iter;
    cmark_event_type event;

    TRY(parse(markdown, &document));
    iter = cmark_iter_new(document);
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE)
        add_words(&out, cmark_iter_get_node(iter), event);
    cmark_iter_free(iter);
    cmark_node_free(document);
    *out_text = str_trim(buf_str(&out));
    return NULL;
}
