/* Markdown that people wrote (descriptions, messages, lessons), as markup we trust: view_html takes
 * it. */
#pragma once

#include "base/err.h"
#include "base/str.h"

struct arena;

enum { MARKDOWN_MAX = 64 * 1024 };

extern const struct err MARKDOWN_TOO_LONG; /* markdown_too_long */

/* CommonMark without raw HTML. Links keep http, https, mailto, tel and relative addresses and carry
 * rel="nofollow ugc noopener"; images become links to them, so that no page fetches what a stranger
 * chose; the highest headings become h2, since the page has its h1. None gives empty markup. */
MUST_CHECK err markdown_html(struct arena *, str markdown, str *out_html);
/* The same as plain text: for summaries and mail. */
MUST_CHECK err markdown_text(struct arena *, str markdown, str *out_text);
