/* Our Mustache: variables escaped, sections, inverted sections, partials, dotted names, comments, and
 *   {{#_}}Words of a page{{/_}}                     translated; {name} inside is filled from the view
 *   {{#_n count}}{count} click|{count} clicks{{/_n}} plural by the leaf `count`
 *   {{amount}}                                       typed leaves print in the reader's form
 *   {{at|date}} {{at|short}} {{at|time}} {{at|weekday}} {{at|month}} {{at|iso}} {{at|ago}} {{at|clock}} {{at|ms}}
 *   {{amount|whole}} {{amount|plain}} {{n|plain}}    without grouping, for form values and CSV-like uses
 *   {{{html}}}                                       only for view_html leaves; anything else is escaped all the same
 *   {{> app/frame-console}}                          partial, by room/name
 *   {{< app/console}} {{$content}}…{{/content}} {{/app/console}}   inheritance: a page fills blocks of its frame
 *   {{#list}}…{{.}}…{{/list}}, and inside a list item {{-first}} {{-last}} {{-index}} as flags
 * Templates are embedded as room/pages/x.html = "room/x"; with a folder given they are read from disk. */
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

/* Compiles all; a mistake names template and line. disk_folder: src/ under ./run, else null. */
MUST_CHECK err templates_open(
    const struct template_source *embedded, const char *disk_folder, bool strict, struct templates **out);
void templates_close(struct templates *);

struct render {
    const struct lang *lang;
    instant now;
    int offset_minutes;
};
MUST_CHECK err template_render(struct templates *, const char *name, const struct view *, const struct view *frame,
    const struct render *, struct arena *, struct buf *out);
