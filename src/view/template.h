/* clang-format off */
/* Pages: our Mustache. rooms/coupon/pages/list.html is "coupon/list", compiled at start; under ./run
 * it is read again from disk as soon as the file changes. All that a page's author needs is here; a
 * worked example is view/template_example_test.c.
 *
 * VALUES
 *   {{name}}          the nearest `name`: in the innermost object, its page twin, the objects around
 *                     it, the page's root, then the frame. Always escaped.
 *   {{partner.name}}  looks inside an object
 *   {{name?}}         may be missing. Without the question mark an unknown name is an error when
 *                     strict, and nothing otherwise. A null is known: prints nothing, is false.
 *   {{.}}             the value itself: in a list of texts, or inside {{#text}}…{{/text}}
 *   {{{svg}}}         markup of ours (view_html) as it is; other leaves are escaped all the same
 *   {{! a note }}     printed nowhere
 *
 * Typed leaves print in the reader's form: 12,345  €12.50  12.5 %  12 November 2026. A filter asks
 * for another one, {{paid_at|short}}:
 *
 *   instant   date     12 November 2026     short    12 Nov           year     12 Nov 2026
 *             day      12 November          month    November 2026    weekday  Monday 30 November
 *             time     12 Nov, 19:42        ms       12 Nov, 19:42:08.412
 *             full     12 November 2026, 19:42
 *             clock    14:32:07             minute   14:32            ago      3 days ago
 *             iso      for <time datetime>
 *             input    2026-11-12           input_time  2026-11-12T19:42, for form values
 *   money     whole    €13                  plain    12.50, for form values
 *             minor    1250
 *   number    plain    12345, not grouped   percent  of basis points
 *             money    minor units or exact decimal text, in the nearest `currency`
 *   percent   plain    12.5
 *   text      url      percent-encoded, for one part of a URL: href="/search?q={{q|url}}"
 *             decimal  exact decimal text such as 27.5268
 *   anything  json     in <script type="application/json">{{chart.data|json}}</script>, or data-…
 *
 * SECTIONS
 *   {{#name}}…{{/name}}   for each item of a list; once with its members in reach for an object; once
 *                         for any value that is there. Not at all for false, null, 0, an empty text
 *                         or list, zero money.
 *   {{^name}}…{{/name}}   when the above prints nothing
 *   {{-first}} {{-last}} {{-index}}   in a list: two flags, and the item's number from 1
 *   {{list.-count}}       how many items
 *   {{#status_is_pending}}   whether the enum leaf `status` is that word
 *
 * WORDS
 *   {{#_}}You have {count} links. <a href="{{url}}">Make one</a>{{/_}}
 *       One message, translated. Values inside are {name} or {{name}}, both with filters if wanted;
 *       simple tags belong to the message; no sections. White space is folded. The msgid here:
 *       You have {count} links. <a href="{url}">Make one</a>
 *   {{#_ menu}}Open{{/_}}   with a context, where one English word has two translations
 *   {{#_n count}}{count} click|{count} clicks{{/_n}}   by the number `count`
 *   Works in attributes too: aria-label="{{#_}}Close{{/_}}". A view_words leaf is translated by
 *   {{name}} alone.
 *
 * FRAMES AND PARTS
 *   {{> app/pager}}   another page's text here, everything in reach; not inside tags or attributes
 *   {{< app/console}}{{$content}}…{{/content}}{{/app/console}}
 *                     fills blocks of a frame; what stands between the blocks is dropped
 *   {{$content}}nothing yet{{/content}}   in the frame: a block, and what it says unfilled
 *
 * MARKUP
 *   Each value is escaped for where it stands. The compiler follows the markup and refuses what it
 *   cannot make safe: values in tags outside quotes; style and on… attributes; scripts and styles in
 *   the page; sections that open a tag or a quote and leave it open. In href, src, action and their
 *   like a value that would begin a URL with another scheme than http, https, mailto or tel is
 *   printed as `#`.
 *   A line of nothing but tags (values excepted) vanishes with its line break.
 *   Names ending in .txt are plain text (mails): nothing is escaped. A page whose first line has
 *   <!-- mail --> is an HTML mail: style attributes and <style> are fine there, without values in them.
 *   Not supported: set delimiters, lambdas, indenting of partials.
 *
 * Mistakes are named `coupon/list:12: …`. */
/* clang-format on */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "view/lang.h"
#include "view/view.h"

struct templates;

struct template_source {
    const char *name; /* "coupon/list" */
    const char *text;
};

/* Compiles all; a mistake names template and line. `embedded` ends with a null name. disk_folder:
 * src/ under ./run, else null. *out is set even on failure, since it holds the error's text: close
 * it after reading that. */
MUST_CHECK err templates_open(const struct template_source *embedded, const char *disk_folder,
    bool strict, struct templates **out);
void templates_close(struct templates *); /* null is welcome */
/* Whether a page of that name exists. */
bool templates_has(struct templates *, const char *name);

struct render {
    const struct lang *lang;
    instant now;
    int offset_minutes; /* of the reader's zone, east of UTC */
};
/* `view` is what the handler filled, `frame` (may be null) what stands around it. Thread-safe. */
MUST_CHECK err template_render(struct templates *, const char *name, const struct view *,
    const struct view *frame, const struct render *, struct arena *, struct buf *out);
