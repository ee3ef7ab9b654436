/* Markdown to trusted markup: cmark in its safe mode. */
#pragma once

#include "base/err.h"
#include "base/str.h"

struct arena;

/* Raw HTML and dangerous addresses are dropped, links get rel="nofollow ugc noopener", headings go one level down.
 * Errors: markdown_too_long beyond 64 KB. The markup lives in the arena. */
MUST_CHECK err markdown_html(struct arena *, str markdown, str *out_html);
